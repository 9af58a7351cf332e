/* stack_bill.c - lines and days of a stack's bill.
 * SPDX-License-Identifier: MIT
 *
 * A line is a row of stack_usage.c that a resource uses anything of. Its usage of a day is: units
 * (which may grow with the days) x how much of a day's due the rate makes of them x the day's load,
 * if it follows the load x the part of the day in which the resource existed, with incidents
 * weighed in. Only then comes the price, and one rounding to a millionth.
 *
 * Inside a day usage follows the hours, or the load's curve. A cumulative share from 0 to 1 says
 * how much of the day is over at a time; a part is the difference of two rounded products, so that
 * parts add up to the day whatever they are. The current day counts to the last full hour by the
 * same share, as a bill lags.
 *
 * Most lines have neither incident nor birthday on a day: for those the weight is 1 and the share
 * one number for all, which keeps a quarter of a large stack within milliseconds. */
#include "config.h"

#include "domain/stack_bill.h"

#include "base/day.h"
#include "base/mem.h"
#include "domain/money.h"
#include "domain/stack_load.h"
#include "domain/stack_usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS     INT64_C(3600000)
#define DAY_HOURS   24.0
#define MONTH_HOURS 730.0 /* of a custom metric (CloudWatch pricing) */
#define MILLION     1e6

struct stack_usage {
    const struct usage_row *row;
    const struct stack_resource *resource;
    struct usage_units units;
    double microusd_per_unit;
    uint64_t noise;
    int64_t begin_ms;  /* nothing before */
    bool has_incident; /* at any time */
};

struct stack_bill_index {
    struct arena *arena;
    struct stack_bill_line *lines;
    struct stack_usage *usages; /* of each line; side by side, for every day walks over them */
    uint32_t *by_rate;          /* numbers of all lines, those of one rate together: no branch of
                                 * the walk is a surprise to the processor then */
    size_t count;
};

/* What is the same for all lines on a day. */
struct day_facts {
    const struct stack *stack;
    int64_t day;
    int64_t start_ms;
    double age; /* days since the stack's beginning */
    unsigned month_days, month_day;
    struct stack_day_load load;
};

/* --- the lines ------------------------------------------------------------------------------ */

static bool
row_is_for(const struct usage_row *row, const struct stack_resource *resource)
{
    if (row->type != STACK_TYPES && row->type != resource->type)
        return false;
    return row->family == NULL ||
           strncmp(resource->words[STACK_CLASS], row->family, strlen(row->family)) == 0;
}

static const char *
usage_type(struct arena *arena, const struct stack *stack, const struct usage_row *row,
           const struct stack_resource *resource)
{
    const char *star = strchr(row->name, '*');
    char code[16];

    usage_region_code(code, stack->region, row->code);
    if (star == NULL)
        return arena_printf(arena, "%s%s", code, row->name);
    return arena_printf(arena, "%s%.*s%s", code, (int)(star - row->name), row->name,
                        resource->words[STACK_CLASS]);
}

static double
microusd_of(const struct stack *stack, const struct usage_row *row)
{
    if (row->price == PRICES)
        return MILLION;
    return stack->prices.rows[row->price].usd / stack->prices.rows[row->price].per * MILLION;
}

/* false: it uses none of it. */
static bool
usage_init(struct stack_usage *u, const struct stack *stack, const struct usage_row *row,
           const struct stack_resource *resource, const bool *has_incident)
{
    *u = (struct stack_usage){ .row = row,
                               .resource = resource,
                               .has_incident = has_incident[resource->number] };
    row->units(&u->units, resource);
    if (!(u->units.first > 0) && !(u->units.growth > 0))
        return false;
    u->microusd_per_unit = microusd_of(stack, row);
    if (row->noise != NULL)
        u->noise = stack_noise_key(resource, row->noise);
    u->begin_ms = resource->created_ms > stack->since_ms ? resource->created_ms : stack->since_ms;
    return true;
}

static void
add_lines(struct stack_bill_index *index, const struct stack *stack,
          const struct stack_resource *resource, const bool *has_incident)
{
    for (size_t i = 0; i < usage_row_count; i++) {
        const struct usage_row *row = &usage_rows[i];
        struct stack_usage usage;

        if (!row_is_for(row, resource) || !usage_init(&usage, stack, row, resource, has_incident))
            continue;
        if (index->count % 1024 == 0) {
            index->lines = xreallocarray(index->lines, index->count + 1024, sizeof *index->lines);
            index->usages =
                xreallocarray(index->usages, index->count + 1024, sizeof *index->usages);
        }
        index->usages[index->count] = usage;
        index->lines[index->count++] = (struct stack_bill_line){
            .resource = resource,
            .service = row->service != NULL ? row->service : resource->words[STACK_SERVICE],
            .usage_type = usage_type(index->arena, stack, row, resource),
            .operation = row->operation,
            .unit = row->unit,
        };
    }
}

static bool
changes_usage(enum stack_effect_kind kind)
{
    return kind == STACK_SCALE_COST || kind == STACK_SCALE_REQUESTS;
}

static void
order_by_rate(struct stack_bill_index *index)
{
    size_t n = 0;

    index->by_rate = xcalloc(index->count + 1, sizeof *index->by_rate);
    for (int rate = USAGE_HOURS; rate <= USAGE_FLAT; rate++) {
        for (size_t i = 0; i < index->count; i++) {
            if ((int)index->usages[i].row->rate == rate)
                index->by_rate[n++] = (uint32_t)i;
        }
    }
}

struct stack_bill_index *
stack_bill_index_new(const struct stack *stack)
{
    struct stack_bill_index *index = xcalloc(1, sizeof *index);
    bool *has_incident = xcalloc(stack->resource_count + 1, sizeof *has_incident);

    index->arena = arena_new();
    for (size_t i = 0; i < stack->incident_count; i++) {
        const struct stack_incident *incident = &stack->incidents[i];

        for (size_t j = 0; j < incident->effect_count; j++) {
            if (changes_usage(incident->effects[j].kind))
                has_incident[incident->effects[j].resource->number] = true;
        }
    }
    for (size_t i = 0; i < stack->resource_count; i++)
        add_lines(index, stack, &stack->resources[i], has_incident);
    for (size_t i = 0; i < index->count; i++)
        index->lines[i].usage = &index->usages[i];
    order_by_rate(index);
    free(has_incident);
    return index;
}

void
stack_bill_index_free(struct stack_bill_index *index)
{
    if (index == NULL)
        return;
    arena_free(index->arena);
    free(index->lines);
    free(index->usages);
    free(index->by_rate);
    free(index);
}

const struct stack_bill_line *
stack_bill_lines(const struct stack *stack, size_t *count)
{
    *count = stack->bill->count;
    return stack->bill->lines;
}

/* --- how much of a day ---------------------------------------------------------------------- */

static double
even_share(int64_t ms_of_day)
{
    return (double)ms_of_day / (double)DAY_MS;
}

/* Which part of an undisturbed day is over. */
static double
plain_share(const struct stack *stack, const struct usage_row *row, int64_t ms_of_day)
{
    return row->rate == USAGE_BUSY ? stack_load_share(stack, ms_of_day) : even_share(ms_of_day);
}

static double
scale_at(const struct stack *stack, const struct stack_usage *u, int64_t time_ms)
{
    const struct stack_effect *cost, *requests = NULL;

    cost = stack_effect_at(stack, u->resource, STACK_SCALE_COST, time_ms);
    if (u->row->by_requests)
        requests = stack_effect_at(stack, u->resource, STACK_SCALE_REQUESTS, time_ms);
    return (cost != NULL ? cost->value : 1) * (requests != NULL ? requests->value : 1);
}

/* How much of an undisturbed day's usage falls between the day's start and `until_ms`. */
static double
weight(const struct stack *stack, const struct stack_usage *u, int64_t start_ms, int64_t until_ms)
{
    int64_t at = u->begin_ms > start_ms ? u->begin_ms : start_ms;
    double sum = 0;

    if (!u->has_incident)
        return at >= until_ms ? 0
                              : plain_share(stack, u->row, until_ms - start_ms) -
                                    plain_share(stack, u->row, at - start_ms);
    while (at < until_ms) {
        int64_t to = stack_effect_turn(stack, u->resource, at, until_ms);

        sum += scale_at(stack, u, at) * (plain_share(stack, u->row, to - start_ms) -
                                         plain_share(stack, u->row, at - start_ms));
        at = to;
    }
    return sum;
}

/* --- charges -------------------------------------------------------------------------------- */

/* Halves up; what a library's llround() does of values from 0, without the call. */
static int64_t
whole(double value)
{
    if (!(value > 0))
        return 0;
    return value < (double)MONEY_MAX ? (int64_t)(value + 0.5) : MONEY_MAX;
}

static struct day_facts
facts_of(const struct stack *stack, int64_t day)
{
    struct day_facts facts = {
        .stack = stack, .day = day, .start_ms = day * DAY_MS, .load = stack_day_load(stack, day)
    };

    facts.age = (double)(day - day_of_ms(stack->since_ms));
    facts.month_days = (unsigned)(day_month(day, 1) - day_month(day, 0));
    facts.month_day = day_of_month(day);
    return facts;
}

/* Of a monthly amount, what falls on a day of the month: the days add up to it exactly. */
static int64_t
day_of_amount(int64_t amount, const struct day_facts *facts)
{
    int64_t days = facts->month_days, day = facts->month_day;

    return amount * day / days - amount * (day - 1) / days;
}

static double
rate_of_day(const struct day_facts *facts, const struct stack_usage *u)
{
    switch (u->row->rate) {
    case USAGE_HOURS:
        return DAY_HOURS;
    case USAGE_MONTH:
        return 1.0 / facts->month_days;
    case USAGE_METRIC_MONTH:
        return DAY_HOURS / MONTH_HOURS;
    case USAGE_BUSY:
        return stack_day_load_of(&facts->load, u->noise);
    case USAGE_FLAT:
        break;
    }
    return 0;
}

static struct stack_charge
flat_day(const struct day_facts *facts, const struct stack_usage *u, double part)
{
    int64_t month = whole(u->units.first * u->microusd_per_unit);
    int64_t units = whole(u->units.first * MILLION);
    struct stack_charge charge = { .microusd = day_of_amount(month, facts),
                                   .micro_units = day_of_amount(units, facts) };

    if (part != 1) {
        charge.microusd = whole((double)charge.microusd * part);
        charge.micro_units = whole((double)charge.micro_units * part);
    }
    return charge;
}

/* The whole day, however much of it is over. */
static struct stack_charge
whole_day(const struct day_facts *facts, const struct stack_usage *u)
{
    double part = 1, units;

    if (u->begin_ms >= facts->start_ms + DAY_MS)
        return (struct stack_charge){ .microusd = 0 };
    if (u->has_incident || u->begin_ms > facts->start_ms)
        part = weight(facts->stack, u, facts->start_ms, facts->start_ms + DAY_MS);
    if (u->row->rate == USAGE_FLAT)
        return flat_day(facts, u, part);
    units = (u->units.first + u->units.growth * facts->age) * rate_of_day(facts, u) * part;
    return (struct stack_charge){ .microusd = whole(units * u->microusd_per_unit),
                                  .micro_units = whole(units * MILLION) };
}

static struct stack_charge
between(const struct stack_charge *of_day, double from, double to)
{
    return (struct stack_charge){
        .microusd = whole((double)of_day->microusd * to) - whole((double)of_day->microusd * from),
        .micro_units =
            whole((double)of_day->micro_units * to) - whole((double)of_day->micro_units * from),
    };
}

struct stack_charge
stack_bill_part(const struct stack *stack, const struct stack_bill_line *line,
                const struct stack_charge *of_day, int64_t from_ms, int64_t to_ms)
{
    int64_t start_ms = day_of_ms(from_ms) * DAY_MS, end_ms = start_ms + DAY_MS;
    const struct stack_usage *u = line->usage;
    double all = weight(stack, u, start_ms, end_ms), from, to;

    if (!(all > 0) || to_ms <= from_ms)
        return (struct stack_charge){ .microusd = 0 };
    from = weight(stack, u, start_ms, from_ms) / all;
    to = to_ms >= end_ms ? 1 : weight(stack, u, start_ms, to_ms) / all;
    return between(of_day, from, to);
}

void
stack_bill_parts(const struct stack *stack, const struct stack_charge *of_day, int64_t from_ms,
                 int64_t to_ms, struct stack_charge *parts)
{
    const struct stack_bill_index *index = stack->bill;
    const int64_t start_ms = day_of_ms(from_ms) * DAY_MS;
    const double even_from = even_share(from_ms - start_ms), even_to = even_share(to_ms - start_ms);
    const double busy_from = stack_load_share(stack, from_ms - start_ms);
    const double busy_to = stack_load_share(stack, to_ms - start_ms);

    for (size_t i = 0; i < index->count; i++) {
        const struct stack_usage *u = &index->usages[i];
        const bool is_busy = u->row->rate == USAGE_BUSY;

        if (u->has_incident || u->begin_ms > start_ms)
            parts[i] = stack_bill_part(stack, &index->lines[i], &of_day[i], from_ms, to_ms);
        else
            parts[i] =
                between(&of_day[i], is_busy ? busy_from : even_from, is_busy ? busy_to : even_to);
    }
}

struct stack_charge
stack_bill_line_day(const struct stack *stack, const struct stack_bill_line *line, int64_t day,
                    int64_t now_ms)
{
    const int64_t until_ms = now_ms - now_ms % HOUR_MS;
    const struct day_facts facts = facts_of(stack, day);
    struct stack_charge charge;

    if (facts.start_ms >= until_ms || facts.start_ms + DAY_MS <= stack->since_ms)
        return (struct stack_charge){ .microusd = 0 };
    charge = whole_day(&facts, line->usage);
    if (until_ms < facts.start_ms + DAY_MS)
        charge = stack_bill_part(stack, line, &charge, facts.start_ms, until_ms);
    return charge;
}

void
stack_bill_day(const struct stack *stack, int64_t day, int64_t now_ms, struct stack_charge *charges)
{
    const struct stack_bill_index *index = stack->bill;
    int64_t until_ms = now_ms - now_ms % HOUR_MS;
    struct day_facts facts;

    if (day * DAY_MS >= until_ms || (day + 1) * DAY_MS <= stack->since_ms) {
        memset(charges, 0, index->count * sizeof *charges);
        return;
    }
    facts = facts_of(stack, day);
    for (size_t n = 0; n < index->count; n++) {
        size_t i = index->by_rate[n];

        charges[i] = whole_day(&facts, &index->usages[i]);
    }
    if (until_ms < facts.start_ms + DAY_MS)
        stack_bill_parts(stack, charges, facts.start_ms, until_ms, charges);
}
