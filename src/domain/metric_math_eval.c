/* metric_math_eval.c - an expression over time series: values, operators, and the walk of the tree.
 * SPDX-License-Identifier: MIT
 *
 * Series are sparse: times and values side by side, ascending. An operator walks both operands at
 * once; every new series is taken off the caller's budget of points before it is made, as its
 * points and some for itself, so neither the length of a text nor the number of series can ask for
 * more memory than that. */
#include "config.h"

#include "domain/metric_math_functions.h"
#include "domain/metric_math_own.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- values --- */

static enum status
spend(struct math_run *run, size_t points)
{
    if (points > *run->world->points_left)
        return err_set(run->err, E_LIMIT,
                       "the expressions of this request make too many datapoints: ask for a "
                       "shorter range, a longer period or fewer metrics");
    *run->world->points_left -= points;
    return OK;
}

/* A series without a point takes room too: [a, a] of [a, a], a few times over, would fill any. */
enum status
math_series_new(struct math_run *run, size_t count, struct math_series **out)
{
    enum status st = count > SIZE_MAX / MATH_SERIES_POINTS ? spend(run, SIZE_MAX)
                                                           : spend(run, count * MATH_SERIES_POINTS);

    if (st == OK)
        *out = arena_alloc(run->arena, (count + 1) * sizeof **out);
    return st;
}

enum status
math_points_new(struct math_run *run, size_t room, struct math_points *out)
{
    enum status st = spend(run, room);

    if (st != OK)
        return st;
    out->times_ms = arena_alloc(run->arena, (room + 1) * sizeof *out->times_ms);
    out->values = arena_alloc(run->arena, (room + 1) * sizeof *out->values);
    out->count = 0;
    return OK;
}

void
math_points_add(struct math_points *points, int64_t time_ms, double value)
{
    if (!isfinite(value))
        return;
    points->times_ms[points->count] = time_ms;
    points->values[points->count++] = value + 0.0; /* -0 is 0 */
}

struct math_series
math_series_of(const struct math_points *points, const struct math_series *like, int64_t period_ms)
{
    return (struct math_series){
        .label = like == NULL ? NULL : like->label,
        .origin = like == NULL ? NULL : like->origin,
        .times_ms = points->times_ms,
        .values = points->values,
        .count = points->count,
        .period_ms = period_ms,
    };
}

struct math_value
math_one(struct math_run *run, struct math_series series)
{
    struct math_series *copy = arena_alloc(run->arena, sizeof *copy);

    *copy = series;
    return (struct math_value){ .type = MATH_SERIES, .series = copy, .count = 1 };
}

struct math_value
math_scalar(double number)
{
    return (struct math_value){ .type = MATH_SCALAR,
                                .scalar = isfinite(number) ? number + 0.0 : (double)NAN };
}

enum status
math_fault(const struct math_run *run, const struct math_node *node, const char *fmt, ...)
{
    struct err why;
    va_list ap;

    va_start(ap, fmt);
    err_setv(&why, E_INVALID, fmt, ap);
    va_end(ap);
    return err_set(run->err, E_INVALID, "at character %zu: %s", node->at, why.text);
}

size_t
math_grid(const struct math_run *run, int64_t period_ms, int64_t *start_ms)
{
    int64_t end_ms;

    run->world->range(run->world->arg, period_ms, start_ms, &end_ms);
    return *start_ms < end_ms ? (size_t)((end_ms - *start_ms + period_ms - 1) / period_ms) : 0;
}

static int
by_time(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* Series of one request mostly have the same times: those are found without sorting. */
static bool
same_times(const struct math_series *series, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (series[i].count != series[0].count ||
            memcmp(series[i].times_ms, series[0].times_ms,
                   series[0].count * sizeof *series[0].times_ms) != 0)
            return false;
    }
    return true;
}

enum status
math_times(struct math_run *run, const struct math_series *series, size_t count, int64_t **times,
           size_t *time_count)
{
    struct math_points points;
    size_t total = 0, n = 0;
    const bool same = same_times(series, count);
    enum status st;

    for (size_t i = 0; i < (same && count > 0 ? 1 : count); i++)
        total += series[i].count;
    st = math_points_new(run, total, &points);
    if (st != OK)
        return st;
    for (size_t i = 0, at = 0; at < total; at += series[i++].count) {
        if (series[i].count > 0)
            memcpy(points.times_ms + at, series[i].times_ms,
                   series[i].count * sizeof *points.times_ms);
    }
    if (!same)
        qsort(points.times_ms, total, sizeof *points.times_ms, by_time);
    for (size_t i = 0; i < total; i++) {
        if (n == 0 || points.times_ms[n - 1] != points.times_ms[i])
            points.times_ms[n++] = points.times_ms[i];
    }
    *times = points.times_ms;
    *time_count = n;
    return OK;
}

/* --- operators --- */

static enum status
with_number(struct math_run *run, const struct math_operator *op, const struct math_series *series,
            double number, bool number_first, struct math_series *out)
{
    struct math_points points;
    enum status st = math_points_new(run, series->count, &points);

    if (st != OK)
        return st;
    for (size_t i = 0; i < series->count && !isnan(number); i++) {
        double value = series->values[i];

        math_points_add(&points, series->times_ms[i],
                        number_first ? op->compute(number, value) : op->compute(value, number));
    }
    *out = math_series_of(&points, series, series->period_ms);
    return OK;
}

/* Two series: a point that one of them has not is 0 for logic, and drops out of arithmetic. */
static enum status
with_series(struct math_run *run, const struct math_operator *op, const struct math_series *a,
            const struct math_series *b, struct math_series *out)
{
    struct math_points points;
    size_t i = 0, k = 0;
    enum status st = math_points_new(run, a->count + b->count, &points);

    if (st != OK)
        return st;
    while (i < a->count || k < b->count) {
        const bool has_a = i < a->count && (k == b->count || a->times_ms[i] <= b->times_ms[k]);
        const bool has_b = k < b->count && (i == a->count || b->times_ms[k] <= a->times_ms[i]);
        int64_t time_ms = has_a ? a->times_ms[i] : b->times_ms[k];

        if (op->is_logic || (has_a && has_b))
            math_points_add(&points, time_ms,
                            op->compute(has_a ? a->values[i] : 0, has_b ? b->values[k] : 0));
        i += has_a;
        k += has_b;
    }
    *out = math_series_of(&points, a->origin == b->origin ? a : NULL,
                          a->period_ms > b->period_ms ? a->period_ms : b->period_ms);
    return OK;
}

/* One element of the answer. An array's series keeps its label and origin beside a number or a
 * single series. */
static enum status
operate_on(struct math_run *run, const struct math_operator *op, const struct math_value *a,
           const struct math_value *b, size_t i, struct math_series *out)
{
    const struct math_series *left, *right;
    enum status st;

    if (a->type == MATH_SCALAR)
        return with_number(run, op, &b->series[i], a->scalar, true, out);
    if (b->type == MATH_SCALAR)
        return with_number(run, op, &a->series[i], b->scalar, false, out);
    left = &a->series[a->type == MATH_ARRAY ? i : 0];
    right = &b->series[b->type == MATH_ARRAY ? i : 0];
    st = with_series(run, op, left, right, out);
    if (st == OK && a->type == MATH_ARRAY) {
        out->label = left->label;
        out->origin = left->origin;
    } else if (st == OK && b->type == MATH_ARRAY) {
        out->label = right->label;
        out->origin = right->origin;
    }
    return st;
}

static enum status
operate(struct math_run *run, const struct math_node *node, const struct math_value *args,
        struct math_value *out)
{
    const struct math_value *a = &args[0], *b = &args[1];
    struct math_series *series;
    size_t count;
    enum status st;

    if (node->type == MATH_SCALAR) {
        *out = math_scalar(isnan(a->scalar) || isnan(b->scalar)
                               ? (double)NAN
                               : node->op->compute(a->scalar, b->scalar));
        return OK;
    }
    if (a->type == MATH_ARRAY && b->type == MATH_ARRAY && a->count != b->count)
        return math_fault(run, node, "%s of an array of %zu and an array of %zu time series",
                          node->op->sign, a->count, b->count);
    count = a->type == MATH_ARRAY ? a->count : b->type == MATH_ARRAY ? b->count : 1;
    st = math_series_new(run, count, &series);
    for (size_t i = 0; st == OK && i < count; i++)
        st = operate_on(run, node->op, a, b, i, &series[i]);
    if (st == OK)
        *out = (struct math_value){ .type = node->type, .series = series, .count = count };
    return st;
}

static enum status
minus(struct math_run *run, const struct math_value *a, struct math_value *out)
{
    struct math_series *series;
    enum status st;

    if (a->type == MATH_SCALAR) {
        *out = math_scalar(-a->scalar);
        return OK;
    }
    st = math_series_new(run, a->count, &series);
    if (st != OK)
        return st;
    for (size_t i = 0; i < a->count; i++) {
        struct math_points points;

        st = math_points_new(run, a->series[i].count, &points);
        if (st != OK)
            return st;
        for (size_t k = 0; k < a->series[i].count; k++)
            math_points_add(&points, a->series[i].times_ms[k], -a->series[i].values[k]);
        series[i] = math_series_of(&points, &a->series[i], a->series[i].period_ms);
    }
    *out = (struct math_value){ .type = a->type, .series = series, .count = a->count };
    return OK;
}

/* --- the tree --- */

/* The series of all elements, one behind the other. */
static enum status
flatten(struct math_run *run, const struct math_value *items, size_t count, struct math_value *out)
{
    struct math_value all = { .type = MATH_ARRAY };
    struct math_series *series;
    enum status st;

    for (size_t i = 0; i < count; i++)
        all.count += items[i].count;
    st = math_series_new(run, all.count, &series);
    if (st != OK)
        return st;
    all.series = series;
    for (size_t i = 0; i < count; i++) {
        if (items[i].count > 0)
            memcpy(series, items[i].series, items[i].count * sizeof *series);
        series += items[i].count;
    }
    *out = all;
    return OK;
}

static enum status
eval_node(struct math_run *run, const struct math_node *node, struct math_value *out)
{
    struct math_value *args = arena_alloc(run->arena, (node->count + 1) * sizeof *args);

    for (size_t i = 0; i < node->count; i++) {
        enum status st = eval_node(run, node->args[i], &args[i]);

        if (st != OK)
            return st;
    }
    switch (node->kind) {
    case NODE_NUMBER:
        *out = math_scalar(node->number);
        return OK;
    case NODE_ID:
        return run->world->id(run->world->arg, node->text, out, run->err);
    case NODE_LIST:
        return flatten(run, args, node->count, out);
    case NODE_MINUS:
        return minus(run, &args[0], out);
    case NODE_BINARY:
        return operate(run, node, args, out);
    case NODE_CALL:
        return node->function->compute(run, node, args, out);
    case NODE_TEXT: /* functions read the text and the word from the tree */
    case NODE_WORD:
        break;
    }
    *out = (struct math_value){ .type = node->type };
    return OK;
}

enum status
metric_math_eval(const struct metric_math *math, const struct math_world *world,
                 struct arena *arena, struct math_value *out, struct err *err)
{
    struct math_run run = { world, arena, err };

    return eval_node(&run, math->root, out);
}
