/* api_clock.c - moves a virtual clock, so that tests need not wait for minutes.
 * SPDX-License-Identifier: MIT
 *
 * The answer comes when the alarms have caught up: a test may look at them at once. After a jump of a
 * day or more, what is too old by then is gone as well. */
#include "config.h"

#include "emulator/api.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "emulator/alarm_watch.h"
#include "emulator/changes.h"
#include "emulator/exchange_own.h"
#include "emulator/parts.h"

#define YEAR_MS  (366 * 86400000LL)
#define AWAIT_MS 60000
#define JUMP_MS  86400000LL

static const char hint[] =
    "say {\"now\":\"2026-11-24T10:05:00Z\"}, {\"now\":EPOCH_MS} or {\"advance\":SECONDS}";

/* The time that is asked for, or -1. */
static int64_t
read_time(const cJSON *body, int64_t now_ms)
{
    const cJSON *now = json_get(body, "now"), *advance = json_get(body, "advance");
    int64_t time_ms = -1;
    double ms = -1;

    if (cJSON_IsString(now) && advance == NULL)
        return iso8601_parse(&time_ms, now->valuestring) ? time_ms : -1;
    if (cJSON_IsNumber(now) && advance == NULL)
        ms = now->valuedouble;
    else if (cJSON_IsNumber(advance) && now == NULL && advance->valuedouble >= 0)
        ms = (double)now_ms + advance->valuedouble * 1000;
    return ms >= 0 && ms < 9e15 ? (int64_t)ms : -1;
}

static void
refuse(struct exchange *x, int64_t time_ms, int64_t now_ms)
{
    char now[ISO8601_TEXT];

    iso8601_format_ms(now_ms, now);
    if (time_ms < 0)
        exchange_refuse(x, REFUSAL_ANSWERED, 400, hint, "no time was read");
    else if (time_ms < now_ms)
        exchange_refuse(x, REFUSAL_ANSWERED, 400, hint,
                        "the clock stands at %s and never goes back", now);
    else
        exchange_refuse(x, REFUSAL_ANSWERED, 400, hint,
                        "that is more than a year ahead of the clock, which stands at %s", now);
}

static void
move(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct emulator *em = exchange_emulator(x);
    struct clock *clock = emulator_clock(em);
    const int64_t now_ms = clock_now_ms(clock);
    size_t len;
    const char *text = exchange_body(x, &len);
    int64_t time_ms = -1;
    cJSON *body = NULL;
    struct err err = { 0 };
    char answer[80];
    int n;

    (void)reader;
    (void)arg;
    if (json_parse(&body, text, len, NULL) == OK)
        time_ms = read_time(body, now_ms);
    cJSON_Delete(body);
    if (time_ms < now_ms || time_ms > now_ms + YEAR_MS) {
        refuse(x, time_ms, now_ms);
        return;
    }
    clock_set(clock, time_ms);
    if (!alarm_watch_await(emulator_alarm_watch(em), AWAIT_MS)) {
        exchange_refuse(x, REFUSAL_BUSY, 503, NULL,
                        "the clock was set, but alarms have not been evaluated yet");
        return;
    }
    if (time_ms - now_ms >= JUMP_MS && store_retain(emulator_store(em), &err) != OK) {
        exchange_refuse(x, REFUSAL_STORAGE, 503, NULL, "%s", err.text);
        return;
    }
    changes_poke(emulator_changes(em));
    n = snprintf(answer, sizeof answer, "{\"success\":true,\"now\":%" PRId64 "}",
                 clock_now_ms(clock));
    exchange_reply(x, 200, "application/json", answer, (size_t)n);
}

void
api_clock(struct exchange *x)
{
    x->is_unseen = true;
    if (!clock_is_virtual(emulator_clock(exchange_emulator(x)))) {
        exchange_refuse(x, REFUSAL_ANSWERED, 409, "start the emulator with --clock TIME",
                        "the clock is the real one and cannot be set");
        return;
    }
    exchange_defer(x, move, NULL);
}
