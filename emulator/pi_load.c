/* pi_load.c - who and what makes the load, summed up minute by minute.
 * SPDX-License-Identifier: MIT
 *
 * Two walks over the range: one for the averages, which say who is among the greatest, and one for
 * the values of those alone, so memory follows from the limit and not from the number of users. */
#include "config.h"

#include "emulator/pi_load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "domain/stack_series.h"

#define MINUTE_MS INT64_C(60000)

enum kind { BY_USER, BY_WAIT, BY_WAIT_TYPE };

static const struct pi_group groups[] = {
    [BY_USER] = { "db.user", { "db.user.name" } },
    [BY_WAIT] = { "db.wait_event", { "db.wait_event.name", "db.wait_event.type" } },
    [BY_WAIT_TYPE] = { "db.wait_event_type", { "db.wait_event_type.name" } },
};

const struct pi_group *
pi_group_find(const char *name)
{
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (strcmp(groups[i].name, name) == 0)
            return &groups[i];
    }
    return NULL;
}

/* "IO:XactSync" is of type IO; "CPU" of its own. */
static const char *
wait_type(struct arena *arena, const char *name)
{
    return arena_strndup(arena, name, strcspn(name, ":"));
}

struct walk {
    enum kind kind;
    const struct stack *stack;
    const struct stack_resource *instance;
    const struct pi_range *range;
    struct pi_key *keys;
    size_t count;
    size_t waits[STACK_WAITS]; /* which key each wait goes to */
    double *minute;            /* loads of a minute */
};

static size_t
key_of(struct walk *w, const char *name, const char *type)
{
    for (size_t i = 0; i < w->count; i++) {
        if (strcmp(w->keys[i].values[0], name) == 0)
            return i;
    }
    w->keys[w->count] = (struct pi_key){ .values = { name, type } };
    return w->count++;
}

static void
name_keys(struct walk *w, struct arena *arena)
{
    const size_t users = w->instance->user_count;

    w->keys = arena_alloc(arena, (users + STACK_WAITS) * sizeof *w->keys);
    w->minute = arena_alloc(arena, (users + STACK_WAITS) * sizeof *w->minute);
    for (size_t i = 0; w->kind == BY_USER && i < users; i++)
        w->keys[w->count++] = (struct pi_key){ .values = { w->instance->users[i].name, NULL } };
    for (size_t i = 0; w->kind != BY_USER && i < STACK_WAITS; i++) {
        const char *name = stack_wait_name(i), *type = wait_type(arena, name);

        w->waits[i] = w->kind == BY_WAIT ? key_of(w, name, type) : key_of(w, type, NULL);
    }
}

/* One load for each key. */
static void
look_at(struct walk *w, int64_t minute_ms)
{
    double waits[STACK_WAITS];

    if (w->kind == BY_USER) {
        stack_user_loads(w->stack, w->instance, minute_ms, w->minute);
        return;
    }
    memset(w->minute, 0, w->count * sizeof *w->minute);
    stack_wait_loads(w->stack, w->instance, minute_ms, waits);
    for (size_t i = 0; i < STACK_WAITS; i++)
        w->minute[w->waits[i]] += waits[i];
}

static int64_t
first_minute(const struct walk *w)
{
    int64_t since = w->stack->since_ms;

    if (w->instance->created_ms > since)
        since = w->instance->created_ms;
    since += (MINUTE_MS - since % MINUTE_MS) % MINUTE_MS;
    return since > w->range->start_ms ? since : w->range->start_ms;
}

static int64_t
end_minute(const struct pi_range *range)
{
    return range->known_ms < range->end_ms ? range->known_ms : range->end_ms;
}

static void
sum_up(struct walk *w)
{
    const int64_t end_ms = end_minute(w->range);
    size_t minutes = 0;

    for (int64_t at = first_minute(w); at < end_ms; at += MINUTE_MS, minutes++) {
        look_at(w, at);
        for (size_t i = 0; i < w->count; i++)
            w->keys[i].average += w->minute[i];
    }
    for (size_t i = 0; minutes > 0 && i < w->count; i++)
        w->keys[i].average /= (double)minutes;
}

/* Where a key was before it was sorted. */
struct ranked {
    struct pi_key key;
    size_t number;
};

static int
by_average(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->key.average != y->key.average)
        return x->key.average > y->key.average ? -1 : 1;
    return strcmp(x->key.values[0], y->key.values[0]);
}

static void
fill_periods(struct walk *w, const struct ranked *ranked, struct pi_keys *out)
{
    const struct pi_range *range = w->range;
    const int64_t end_ms = end_minute(range);
    int64_t at = first_minute(w);

    while (at < end_ms) {
        const size_t period = (size_t)((at - range->start_ms) / range->period_ms);
        const int64_t to_ms = range->start_ms + (int64_t)(period + 1) * range->period_ms;
        double minutes = 0;

        for (size_t i = 0; i < out->count; i++)
            out->keys[i].loads[period] = 0;
        for (; at < to_ms && at < end_ms; at += MINUTE_MS, minutes++) {
            look_at(w, at);
            for (size_t i = 0; i < out->count; i++)
                out->keys[i].loads[period] += w->minute[ranked[i].number];
        }
        for (size_t i = 0; i < out->count; i++)
            out->keys[i].loads[period] /= minutes;
    }
}

struct pi_keys
pi_load_by(const struct pi_group *group, const struct stack *stack,
           const struct stack_resource *instance, const struct pi_range *range, size_t limit,
           struct arena *arena)
{
    const size_t periods = (size_t)((range->end_ms - range->start_ms) / range->period_ms);
    struct walk w = {
        .kind = (enum kind)(group - groups), .stack = stack, .instance = instance, .range = range
    };
    struct pi_keys out = { 0 };
    struct ranked *ranked;

    name_keys(&w, arena);
    sum_up(&w);
    ranked = arena_alloc(arena, (w.count + 1) * sizeof *ranked);
    for (size_t i = 0; i < w.count; i++)
        ranked[i] = (struct ranked){ w.keys[i], i };
    if (w.count > 0)
        qsort(ranked, w.count, sizeof *ranked, by_average);
    out.count = w.count < limit ? w.count : limit;
    out.keys = arena_alloc(arena, (out.count + 1) * sizeof *out.keys);
    for (size_t i = 0; i < out.count; i++) {
        out.keys[i] = ranked[i].key;
        out.keys[i].loads = arena_alloc(arena, (periods + 1) * sizeof(double));
        for (size_t k = 0; k < periods; k++)
            out.keys[i].loads[k] = NAN;
    }
    fill_periods(&w, ranked, &out);
    return out;
}
