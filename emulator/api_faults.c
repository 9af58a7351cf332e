/* api_faults.c - GET, POST and DELETE /_obsview/faults.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/api.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "emulator/changes.h"
#include "emulator/exchange_own.h"
#include "emulator/faults.h"
#include "emulator/parts.h"

#define ANSWER_MAX ((size_t)64 << 10)

static const char hint[] = "say {\"path\":\"/ingest/v1/web/i\",\"status\":401,\"count\":1} or "
                           "{\"rule\":\"POST /api/send=hang\"}; a count of 0 removes it";

static void
answer(struct exchange *x)
{
    struct buf b;

    buf_init(&b, ANSWER_MAX);
    buf_adds(&b, "{\"success\":true,\"faults\":");
    faults_print(&b, emulator_faults(x->em));
    buf_addc(&b, '}');
    exchange_set_header(x, "Cache-Control", "no-store");
    exchange_reply(x, 200, "application/json", b.data, b.len);
    buf_fini(&b);
}

static bool
is_whole(const cJSON *number, double low, double high)
{
    return cJSON_IsNumber(number) && number->valuedouble >= low && number->valuedouble <= high &&
           number->valuedouble == (double)(int64_t)number->valuedouble;
}

static enum status
read_method(struct fault *out, const cJSON *body, struct err *err)
{
    const cJSON *method = json_get(body, "method");

    if (method == NULL || cJSON_IsNull(method) ||
        (cJSON_IsString(method) && method->valuestring[0] == '\0'))
        return OK;
    if (!cJSON_IsString(method) || !fault_is_method(method->valuestring))
        return err_set(err, E_USAGE, "method: expected GET, POST or another method");
    snprintf(out->method, sizeof out->method, "%s", method->valuestring);
    return OK;
}

static enum status
read_count(struct fault *out, const cJSON *body, struct err *err)
{
    const cJSON *count = json_get(body, "count");

    if (count == NULL || out->count == 0)
        return OK;
    if (!cJSON_IsNull(count) && !is_whole(count, 0, FAULT_COUNT_MAX))
        return err_set(err, E_USAGE, "count: expected a whole number up to %d, or null",
                       FAULT_COUNT_MAX);
    out->count = cJSON_IsNull(count) ? FAULT_FOREVER : (uint64_t)count->valuedouble;
    return OK;
}

static enum status
read_what(struct fault *out, const cJSON *body, struct err *err)
{
    const cJSON *status = json_get(body, "status"), *chance = json_get(body, "probability");
    const char *what = json_get_string(body, "fault", "");
    enum status st;

    if (what[0] == '\0' && !is_whole(status, 400, 599))
        return err_set(err, E_USAGE, "status: expected a number from 400 to 599");
    if (what[0] == '\0') {
        out->kind = FAULT_STATUS;
        out->status = (unsigned)status->valuedouble;
    } else {
        st = fault_parse_what(out, what, err);
        if (st != OK)
            return err_context(err, "fault");
    }
    if (chance == NULL)
        return OK;
    if (!cJSON_IsNumber(chance) || !(chance->valuedouble > 0 && chance->valuedouble <= 1))
        return err_set(err, E_USAGE, "probability: expected a number above 0 and at most 1");
    out->probability = chance->valuedouble;
    return OK;
}

static enum status
read_fault(struct fault *out, const cJSON *body, struct err *err)
{
    const char *rule = json_get_string(body, "rule", NULL);
    enum status st;

    *out = (struct fault){ .count = 1, .probability = 1 };
    if (rule != NULL)
        return fault_parse(out, rule, err);
    st = fault_parse_path(out, json_get_string(body, "path", ""), err);
    if (st == OK)
        st = read_what(out, body, err);
    if (st == OK)
        st = read_count(out, body, err);
    if (st == OK)
        st = read_method(out, body, err);
    return st;
}

void
api_faults(struct exchange *x)
{
    x->is_unseen = true;
    answer(x);
}

void
api_set_fault(struct exchange *x)
{
    const cJSON *body = NULL;
    const char *text;
    struct err err = { 0 };
    struct fault fault;
    enum status st;
    size_t len;

    x->is_unseen = true;
    text = exchange_body(x, &len);
    st = json_parse_in(&body, x->arena, text, len, &err);
    if (st == OK)
        st = read_fault(&fault, body, &err);
    if (st == OK)
        st = faults_set(emulator_faults(x->em), &fault, &err);
    if (st != OK) {
        exchange_refuse(x, REFUSAL_ANSWERED, 400, hint, "%s", err.text);
        return;
    }
    changes_poke(emulator_changes(x->em));
    answer(x);
}

void
api_clear_faults(struct exchange *x)
{
    x->is_unseen = true;
    faults_clear(emulator_faults(x->em));
    changes_poke(emulator_changes(x->em));
    answer(x);
}
