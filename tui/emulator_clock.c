/* emulator_clock.c - asks /_obsview/health for the time.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/emulator_clock.h"

#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>

#define ANSWER_MAX ((size_t)64 << 10)
#define TIMEOUT_MS 5000

struct emulator_clock {
    struct net *net;
    struct clock *clock;
    char *url, *bearer; /* NULL: no token */
    void (*moved)(void *arg);
    void *arg;
    struct net_call *call;
    bool is_stale; /* it may have moved since it was asked */
};

struct emulator_clock *
emulator_clock_new(struct net *net, const char *url, const char *token, struct clock *clock,
                   void (*moved)(void *arg), void *arg)
{
    struct emulator_clock *ec = xcalloc(1, sizeof *ec);

    ec->net = net;
    ec->clock = clock;
    ec->url = xasprintf("%s/_obsview/health", url);
    ec->bearer = token == NULL ? NULL : xasprintf("Authorization: Bearer %s", token);
    ec->moved = moved;
    ec->arg = arg;
    return ec;
}

void
emulator_clock_free(struct emulator_clock *ec)
{
    if (ec == NULL)
        return;
    net_cancel(ec->call);
    free(ec->url);
    free(ec->bearer);
    free(ec);
}

static void
on_health(void *arg, const struct net_answer *answer)
{
    struct emulator_clock *ec = arg;
    cJSON *json = NULL;

    ec->call = NULL;
    if (answer->status == 200 &&
        json_parse(&json, answer->body->data, answer->body->len, NULL) == OK)
        clock_set(ec->clock, json_get_int(json, "now", 0));
    cJSON_Delete(json);
    if (ec->is_stale)
        emulator_clock_ask(ec);
    ec->moved(ec->arg);
}

void
emulator_clock_ask(struct emulator_clock *ec)
{
    const char *headers[] = { ec->bearer, NULL };

    ec->is_stale = ec->call != NULL;
    if (ec->call != NULL)
        return;
    ec->call = net_start(ec->net, &(struct net_request){ .method = "GET",
                                                         .url = ec->url,
                                                         .headers = headers,
                                                         .answer_max = ANSWER_MAX,
                                                         .timeout_ms = TIMEOUT_MS,
                                                         .max_attempts = 1,
                                                         .done = on_health,
                                                         .arg = ec });
}
