/* spend.c - sums over days, months and values.
 * SPDX-License-Identifier: MIT
 *
 * The day on which the bill was asked is not whole: of it counts what is told, or what is forecast
 * for it when that is more. A forecast takes all whole days there are, from the first that cost
 * anything on; where those are too few, a part of the sum is put in proportion to the days that are
 * over, which is what a person would do on paper. */
#include "config.h"

#include "domain/spend.h"

#include "base/day.h"
#include "base/text.h"
#include "domain/limits.h"

#include <stdlib.h>
#include <string.h>

#define HISTORY_MAX FORECAST_DAYS_MOST

enum spend_level
spend_judge(int64_t microusd, int64_t limit_microusd)
{
    if (microusd > limit_microusd)
        return SPEND_OVER;
    return microusd > spend_near_mark(limit_microusd) ? SPEND_NEAR : SPEND_FINE;
}

int64_t
spend_near_mark(int64_t limit_microusd)
{
    return limit_microusd / 100 * LIMIT_BUDGET_NEAR_PERCENT +
           limit_microusd % 100 * LIMIT_BUDGET_NEAR_PERCENT / 100;
}

/* --- days --- */

/* Costs by day from `first` on. */
struct days {
    int64_t first;
    size_t count;
    int64_t costs[HISTORY_MAX];
};

static void
days_begin(struct days *days, int64_t from, int64_t told)
{
    int64_t count = told - from + 1;

    memset(days, 0, sizeof *days);
    days->first = count > HISTORY_MAX ? told + 1 - HISTORY_MAX : from;
    days->count = count < 0 ? 0 : count > HISTORY_MAX ? HISTORY_MAX : (size_t)count;
}

static void
days_add(struct days *days, const struct bill_row *row)
{
    if (row->day >= days->first && row->day < days->first + (int64_t)days->count)
        days->costs[row->day - days->first] += row->microusd;
}

static int64_t
days_sum(const struct days *days, int64_t from, int64_t to)
{
    int64_t sum = 0;

    for (size_t i = 0; i < days->count; i++) {
        int64_t day = days->first + (int64_t)i;

        if (day >= from && day < to)
            sum += days->costs[i];
    }
    return sum;
}

/* Of the days [told, end), from those before; false: too little is known. */
static bool
look_ahead(const struct days *days, int64_t told, int64_t end, struct forecast_value *ahead,
           struct forecast_value *total)
{
    size_t start = 0, count = told > days->first ? (size_t)(told - days->first) : 0;

    if (count > days->count)
        count = days->count;
    while (start < count && days->costs[start] == 0)
        start++; /* before it began */
    if (end <= told || end - told > SPEND_DAYS_MAX)
        return false;
    return forecast_days(ahead, (size_t)(end - told), total, days->costs + start, count - start,
                         days->first + (int64_t)start, SPEND_CHANCE);
}

/* What the day in progress is already above its forecast. */
static int64_t
surplus(const struct days *days, int64_t told, const struct forecast_value *ahead)
{
    int64_t so_far = days_sum(days, told, told + 1);

    return so_far > ahead[0].mean ? so_far - ahead[0].mean : 0;
}

/* --- the month --- */

static void
foresee(struct spend_month *m, const struct days *days)
{
    int64_t whole = days_sum(days, m->first, m->told), more;
    struct forecast_value rest;

    if (m->told < m->first || !look_ahead(days, m->told, m->end, m->ahead, &rest))
        return;
    more = surplus(days, m->told, m->ahead);
    m->ahead[0].mean += more;
    m->ahead_count = (size_t)(m->end - m->told);
    m->has_forecast = true;
    m->end_of_month = (struct forecast_value){ .mean = whole + rest.mean + more,
                                               .low = whole + rest.low + more,
                                               .high = whole + rest.high + more };
    if (m->end_of_month.low < m->to_date)
        m->end_of_month.low = m->to_date < m->end_of_month.mean ? m->to_date : m->end_of_month.mean;
}

void
spend_month(struct spend_month *out, const struct bill_row *rows, size_t count, int64_t from,
            int64_t told, int64_t now)
{
    struct days days;
    int64_t whole_days;

    *out = (struct spend_month){ .first = day_month(now, 0), .end = day_month(now, 1) };
    out->told = told < now ? told : now;
    days_begin(&days, from, out->told);
    for (size_t i = 0; i < count; i++)
        days_add(&days, &rows[i]);
    out->to_date = days_sum(&days, out->first, out->end);
    out->before = days_sum(&days, day_month(now, -1), out->first);
    for (int64_t day = out->first; day <= out->told; day++)
        out->days[out->day_count++] = days_sum(&days, day, day + 1);
    whole_days = out->told - out->first;
    if (whole_days > 0)
        out->average = days_sum(&days, out->first, out->told) / whole_days;
    foresee(out, &days);
}

struct spend_passing
spend_passes(const struct spend_month *m, int64_t mark)
{
    int64_t sum = 0;

    for (size_t i = 0; i < m->day_count; i++) {
        sum += m->days[i];
        if (sum > mark)
            return (struct spend_passing){ SPEND_PASSED, m->first + (int64_t)i };
    }
    if (!m->has_forecast)
        return (struct spend_passing){ SPEND_UNKNOWN, 0 };
    sum -= m->day_count > 0 ? m->days[m->day_count - 1] : 0; /* it is not over: forecast too */
    for (size_t i = 0; i < m->ahead_count; i++) {
        sum += m->ahead[i].mean;
        if (sum > mark)
            return (struct spend_passing){ SPEND_EXPECTED, m->told + (int64_t)i };
    }
    if (m->end_of_month.high > mark)
        return (struct spend_passing){ SPEND_POSSIBLE, 0 };
    return (struct spend_passing){ SPEND_UNLIKELY, 0 };
}

/* --- parts --- */

static int
dearest_first(const void *a, const void *b)
{
    const struct spend_part *x = a, *y = b;

    if (x->to_date != y->to_date)
        return x->to_date > y->to_date ? -1 : 1;
    if (x->before != y->before)
        return x->before > y->before ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* Parts under construction: each with its days, and a hash of its name to find it by. */
struct splitting {
    struct spend_part *parts;
    struct days *days;
    uint64_t hashes[SPEND_PARTS_MAX];
    size_t count;
};

static uint64_t
hash_of(const char *name)
{
    return text_hash(name, strlen(name), TEXT_HASH_SEED);
}

/* SPEND_PARTS_MAX: there is none, and no room for it. */
static size_t
place_of(struct splitting *s, const char *name, int64_t from, int64_t told)
{
    uint64_t hash = hash_of(name);
    size_t i = 0;

    while (i < s->count && (s->hashes[i] != hash || strcmp(s->parts[i].name, name) != 0))
        i++;
    if (i == s->count && i < SPEND_PARTS_MAX) {
        s->parts[i].name = name;
        s->hashes[i] = hash;
        days_begin(&s->days[i], from, told);
        s->count++;
    }
    return i;
}

static void
foresee_part(struct spend_part *part, const struct days *days, int64_t first, int64_t told,
             int64_t end)
{
    int64_t whole = days_sum(days, first, told), whole_days = told - first;
    struct forecast_value ahead[SPEND_DAYS_MAX], rest;

    part->is_forecast = told >= first && look_ahead(days, told, end, ahead, &rest);
    part->has_end = part->is_forecast || whole_days > 0;
    if (part->is_forecast)
        part->end_of_month = whole + rest.mean + surplus(days, told, ahead);
    else if (whole_days > 0) {
        part->end_of_month =
            whole / whole_days * (end - first) + whole % whole_days * (end - first) / whole_days;
        if (part->end_of_month < part->to_date)
            part->end_of_month = part->to_date;
    }
}

struct spend_part *
spend_split(struct arena *arena, size_t *part_count, const struct bill_row *rows, size_t count,
            int key, int64_t from, int64_t told, int64_t now)
{
    int64_t first = day_month(now, 0), end = day_month(now, 1);
    struct splitting s = { .parts = arena_alloc(arena, SPEND_PARTS_MAX * sizeof *s.parts),
                           .days = xcalloc(SPEND_PARTS_MAX, sizeof *s.days) };

    told = told < now ? told : now;
    (void)place_of(&s, "", from, told);
    for (size_t i = 0; i < count; i++) {
        size_t at = place_of(&s, rows[i].keys[key], from, told);

        if (at < SPEND_PARTS_MAX)
            days_add(&s.days[at], &rows[i]);
    }
    for (size_t i = 0; i < s.count; i++) {
        s.parts[i].to_date = days_sum(&s.days[i], first, end);
        s.parts[i].before = days_sum(&s.days[i], day_month(now, -1), first);
        foresee_part(&s.parts[i], &s.days[i], first, told, end);
    }
    free(s.days);
    qsort(s.parts, s.count, sizeof *s.parts, dearest_first);
    *part_count = s.count;
    return s.parts;
}
