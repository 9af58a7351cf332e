/* cost_view.c - lines into groups, groups into sums.
 * SPDX-License-Identifier: MIT
 *
 * Sums of money are whole millionths and stay so; they stop at the largest number rather than turn
 * over, which takes a bill of nine trillion dollars. */
#include "config.h"

#include "emulator/cost_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/day.h"

#define KEY_BYTES 16384 /* two values of a tag or two names */

/* Normalized units of an instance hour: AWS counts a "small" as 1. */
static int64_t
normal_factor(const struct stack_bill_line *line)
{
    static const struct {
        const char *size;
        int factor;
    } sizes[] = {
        { "medium", 2 },    { "large", 4 },      { "xlarge", 8 },
        { "2xlarge", 16 },  { "4xlarge", 32 },   { "8xlarge", 64 },
        { "12xlarge", 96 }, { "16xlarge", 128 }, { "24xlarge", 192 },
    };
    const char *dot;

    if (line->resource->type != STACK_DB_INSTANCE ||
        strstr(line->usage_type, "InstanceUsage:") == NULL)
        return 0;
    dot = strrchr(line->usage_type, '.');
    for (size_t i = 0; dot != NULL && i < sizeof sizes / sizeof sizes[0]; i++) {
        if (strcmp(dot + 1, sizes[i].size) == 0)
            return sizes[i].factor;
    }
    return 0;
}

void
cost_view_init(struct cost_view *view, struct arena *arena, const struct cost_book *book,
               const struct cost_filter *filter)
{
    size_t lines = book->line_count + 1;

    view->book = book;
    view->filter = filter;
    view->arena = arena;
    view->groups = NULL;
    view->group_count = view->group_room = 0;
    view->order = NULL;
    table_init(&view->by_values, sizeof(size_t));
    view->group_of = arena_alloc(arena, lines * sizeof *view->group_of);
    view->charges = arena_alloc(arena, lines * sizeof *view->charges);
    view->of_day = arena_alloc(arena, lines * sizeof *view->of_day);
    view->normal_of = arena_alloc(arena, lines * sizeof *view->normal_of);
    for (size_t i = 0; i < book->line_count; i++)
        view->normal_of[i] = normal_factor(&book->lines[i]);
    view->valid_from = view->valid_until = 0;
    view->whole_day = INT64_MIN;
}

void
cost_view_fini(struct cost_view *view)
{
    table_fini(&view->by_values);
    free(view->groups);
    free(view->order);
}

void
cost_view_clear(struct cost_view *view)
{
    for (size_t i = 0; i < view->group_count; i++)
        view->groups[i].sum = (struct cost_sum){ .microusd = 0 };
}

/* --- groups ---------------------------------------------------------------------------------- */

static size_t
add_group(struct cost_view *view, const char *const *values, const struct buf *key)
{
    struct cost_group *group;

    if (view->group_count == view->group_room) {
        view->group_room = view->group_room == 0 ? 16 : 2 * view->group_room;
        view->groups = xreallocarray(view->groups, view->group_room, sizeof *view->groups);
        view->order = xreallocarray(view->order, view->group_room, sizeof *view->order);
    }
    group = &view->groups[view->group_count];
    *group = (struct cost_group){ .sum = { .microusd = 0 } };
    for (size_t i = 0; i < view->key_count; i++)
        group->values[i] = values[i];
    *(size_t *)table_add(&view->by_values, key->data, key->len) = view->group_count;
    return view->group_count++;
}

static size_t
group_of_line(struct cost_view *view, const struct stack_bill_line *line, int64_t day,
              struct buf *key)
{
    const char *values[COST_KEYS_MAX] = { NULL };
    const size_t *known;

    buf_clear(key);
    buf_addc(key, 'g');
    for (size_t i = 0; i < view->key_count; i++) {
        values[i] = cost_key_value(&view->keys[i], view->book->stack, line, day);
        buf_add(key, values[i], strlen(values[i]) + 1);
    }
    known = table_find(&view->by_values, key->data, key->len);
    return known != NULL ? *known : add_group(view, values, key);
}

/* Groups hold until the next day on which a tag becomes active. */
static void
turn(struct cost_view *view, int64_t day)
{
    const struct stack *stack = view->book->stack;
    struct buf key;

    if (day >= view->valid_from && day < view->valid_until)
        return;
    view->valid_from = day;
    view->valid_until = INT64_MAX;
    for (size_t i = 0; i < stack->cost_tag_count; i++) {
        int64_t changed = day_of_ms(stack->cost_tags[i].changed_ms);

        if (changed > day && changed < view->valid_until)
            view->valid_until = changed;
    }
    buf_init(&key, KEY_BYTES);
    for (size_t i = 0; i < view->book->line_count; i++) {
        const struct stack_bill_line *line = &view->book->lines[i];

        view->group_of[i] = cost_filter_takes(view->filter, stack, line, day)
                                ? group_of_line(view, line, day, &key)
                                : SIZE_MAX;
    }
    buf_fini(&key);
}

static int
by_values(const void *a, const void *b, void *arg)
{
    const struct cost_view *view = arg;
    const struct cost_group *x = &view->groups[*(const size_t *)a];
    const struct cost_group *y = &view->groups[*(const size_t *)b];
    int order = 0;

    for (size_t i = 0; i < view->key_count && order == 0; i++)
        order = strcmp(x->values[i], y->values[i]);
    return order;
}

const size_t *
cost_view_order(struct cost_view *view)
{
    for (size_t i = 0; i < view->group_count; i++)
        view->order[i] = i;
    if (view->group_count > 0)
        qsort_r(view->order, view->group_count, sizeof *view->order, by_values, view);
    return view->order;
}

/* --- sums ------------------------------------------------------------------------------------ */

static void
add(int64_t *sum, int64_t value)
{
    if (__builtin_add_overflow(*sum, value, sum))
        *sum = INT64_MAX;
}

static void
add_charge(struct cost_sum *sum, const char *unit, int64_t normal,
           const struct stack_charge *charge)
{
    if (charge->microusd == 0 && charge->micro_units == 0)
        return;
    add(&sum->microusd, charge->microusd);
    add(&sum->micro_units, charge->micro_units);
    if (normal != 0)
        add(&sum->micro_normal, normal * charge->micro_units);
    if (!sum->has_usage)
        sum->unit = unit;
    else if (sum->unit != NULL && sum->unit != unit && strcmp(sum->unit, unit) != 0)
        sum->unit = NULL;
    sum->has_usage = true;
}

static void
add_charges(struct cost_view *view)
{
    for (size_t i = 0; i < view->book->line_count; i++) {
        if (view->group_of[i] != SIZE_MAX)
            add_charge(&view->groups[view->group_of[i]].sum, view->book->lines[i].unit,
                       view->normal_of[i], &view->charges[i]);
    }
}

void
cost_view_add_day(struct cost_view *view, int64_t day)
{
    turn(view, day);
    cost_book_day(view->book, day, view->charges);
    add_charges(view);
}

void
cost_view_add_hour(struct cost_view *view, int64_t day, unsigned hour)
{
    turn(view, day);
    if (view->whole_day != day) {
        cost_book_whole_day(view->book, day, view->of_day);
        view->whole_day = day;
    }
    cost_book_hour(view->book, day, hour, view->of_day, view->charges);
    add_charges(view);
}

struct cost_sum
cost_view_total(const struct cost_view *view)
{
    struct cost_sum total = { .microusd = 0 };

    for (size_t i = 0; i < view->group_count; i++) {
        const struct cost_sum *sum = &view->groups[i].sum;

        if (!sum->has_usage)
            continue;
        add(&total.microusd, sum->microusd);
        add(&total.micro_units, sum->micro_units);
        add(&total.micro_normal, sum->micro_normal);
        if (!total.has_usage)
            total.unit = sum->unit;
        else if (total.unit != NULL && (sum->unit == NULL || strcmp(total.unit, sum->unit) != 0))
            total.unit = NULL;
        total.has_usage = true;
    }
    return total;
}
