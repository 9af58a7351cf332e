/* throttle.c - token buckets per service or operation.
 * SPDX-License-Identifier: MIT
 *
 * AWS's own quotas are token buckets, too, so a client sees the same bursts. Rules are few and
 * given once: a list under one lock, walked for each request. */
#include "config.h"

#include "emulator/throttle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "emulator/aws.h"

#define RATE_MAX   1000000.0
#define NAMES_MAX  256 /* operations whose names are compared with a slip */
#define RULE_SHOWN 80

struct rule {
    char *service;
    char *operation; /* NULL: all of the service */
    double rate;     /* tokens a second, and the most there are */
    double tokens;
    uint64_t since_ns; /* when `tokens` was right; 0: never yet */
};

struct throttle {
    pthread_mutex_t lock;
    struct rule *rules;
    size_t count;
};

static bool
is_about(const struct rule *rule, const struct aws_operation *op)
{
    return strcmp(rule->service, op->service) == 0 &&
           (rule->operation == NULL || strcmp(rule->operation, op->name) == 0);
}

static enum status
check_names(const struct rule *rule, struct err *err)
{
    const char *names[NAMES_MAX + 1];
    const char *near;
    size_t count = 0;

    for (const struct aws_operation *op = aws_operations; op->name != NULL; op++) {
        if (is_about(rule, op))
            return OK;
        if (count < NAMES_MAX)
            names[count++] = rule->operation == NULL ? op->service : op->name;
    }
    names[count] = NULL;
    near = text_nearest(rule->operation == NULL ? rule->service : rule->operation, names);
    return err_set(err, E_USAGE,
                   near == NULL ? "--throttle: the emulator has no %.60s%s%.60s; see obsview help "
                                  "aws"
                                : "--throttle: the emulator has no %.60s%s%.60s (did you mean %s?)",
                   rule->service, rule->operation == NULL ? "" : ":",
                   rule->operation == NULL ? "" : rule->operation, near);
}

/* "monitoring=5", "logs:FilterLogEvents=0.5" */
static enum status
read_rule(struct rule *out, const char *text, struct err *err)
{
    const char *equals = strchr(text, '=');
    const char *colon = strchr(text, ':');

    if (equals == NULL || equals == text || !text_parse_double(&out->rate, equals + 1) ||
        out->rate < 0 || out->rate > RATE_MAX)
        return err_set(err, E_USAGE,
                       "--throttle %.*s: expected SERVICE=RATE or SERVICE:Operation=RATE in "
                       "requests a second, such as monitoring=5",
                       RULE_SHOWN, text);
    if (colon != NULL && colon < equals)
        out->operation = xstrndup(colon + 1, (size_t)(equals - colon - 1));
    else
        colon = equals;
    out->service = xstrndup(text, (size_t)(colon - text));
    /* less than one a second still lets one through */
    out->tokens = out->rate > 0 && out->rate < 1 ? 1 : out->rate;
    return check_names(out, err);
}

enum status
throttle_new(struct throttle **out, const char *const *rules, struct err *err)
{
    struct throttle *throttle = xcalloc(1, sizeof *throttle);
    enum status st = OK;
    size_t count = 0;

    while (rules != NULL && rules[count] != NULL)
        count++;
    throttle->rules = xcalloc(count + 1, sizeof *throttle->rules);
    pthread_mutex_init(&throttle->lock, NULL);
    for (size_t i = 0; i < count && st == OK; i++)
        st = read_rule(&throttle->rules[throttle->count++], rules[i], err);
    if (st != OK) {
        throttle_free(throttle);
        return st;
    }
    *out = throttle;
    return OK;
}

void
throttle_free(struct throttle *throttle)
{
    if (throttle == NULL)
        return;
    for (size_t i = 0; i < throttle->count; i++) {
        free(throttle->rules[i].service);
        free(throttle->rules[i].operation);
    }
    pthread_mutex_destroy(&throttle->lock);
    free(throttle->rules);
    free(throttle);
}

static void
fill_up(struct rule *rule, uint64_t now_ns)
{
    double most = rule->rate > 0 && rule->rate < 1 ? 1 : rule->rate;

    if (rule->since_ns != 0 && now_ns > rule->since_ns)
        rule->tokens += (double)(now_ns - rule->since_ns) / 1e9 * rule->rate;
    if (rule->tokens > most)
        rule->tokens = most;
    if (now_ns > rule->since_ns)
        rule->since_ns = now_ns;
}

bool
throttle_pass(struct throttle *throttle, const struct aws_operation *op, uint64_t now_ns)
{
    bool passes = true;

    if (throttle->count == 0)
        return true;
    pthread_mutex_lock(&throttle->lock);
    for (size_t i = 0; i < throttle->count; i++) {
        if (!is_about(&throttle->rules[i], op))
            continue;
        fill_up(&throttle->rules[i], now_ns);
        passes = passes && throttle->rules[i].tokens >= 1;
    }
    for (size_t i = 0; passes && i < throttle->count; i++)
        throttle->rules[i].tokens -= is_about(&throttle->rules[i], op);
    pthread_mutex_unlock(&throttle->lock);
    return passes;
}
