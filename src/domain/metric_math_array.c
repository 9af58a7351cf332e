/* metric_math_array.c - functions of metric math that make few of many: folds, arrays, searches.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/metric_math_functions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- folds --- */

/* Running totals; the standard deviation by Welford's method, which does not cancel. */
struct fold {
    double count, sum, min, max, mean, squares;
};

static void
fold_add(struct fold *f, double value)
{
    double off = value - f->mean;

    f->min = f->count == 0 ? value : fmin(f->min, value);
    f->max = f->count == 0 ? value : fmax(f->max, value);
    f->count++;
    f->sum += value;
    f->mean += off / f->count;
    f->squares += off * (value - f->mean);
}

/* `all` is what an average is divided by. */
static double
fold_value(const struct fold *f, enum math_fold which, double all)
{
    if (which == FOLD_COUNT)
        return f->count;
    if (f->count == 0)
        return NAN;
    switch (which) {
    case FOLD_AVG:
        return f->sum / all;
    case FOLD_MAX:
        return f->max;
    case FOLD_MIN:
        return f->min;
    case FOLD_STDDEV:
        return sqrt(f->squares / f->count);
    case FOLD_SUM:
        return f->sum;
    case FOLD_COUNT:
        break;
    }
    return NAN;
}

static struct fold
fold_of(const struct math_series *series)
{
    struct fold f = { 0 };

    for (size_t i = 0; i < series->count; i++)
        fold_add(&f, series->values[i]);
    return f;
}

static int64_t
longest_period(const struct math_value *array, int64_t period_ms)
{
    if (array->count > 0)
        period_ms = array->series[0].period_ms;
    for (size_t i = 1; i < array->count; i++) {
        if (array->series[i].period_ms > period_ms)
            period_ms = array->series[i].period_ms;
    }
    return period_ms;
}

/* Many series, one value a time: each series is walked once, beside the list of all times. */
static enum status
fold_array(struct math_run *run, enum math_fold which, const struct math_value *array,
           struct math_value *out)
{
    struct math_points points;
    struct fold *folds;
    int64_t *times;
    size_t count;
    enum status st = math_times(run, array->series, array->count, &times, &count);

    if (st == OK)
        st = math_points_new(run, count, &points);
    if (st != OK)
        return st;
    folds = xcalloc(count + 1, sizeof *folds);
    for (size_t i = 0; i < array->count; i++) {
        const struct math_series *s = &array->series[i];

        for (size_t k = 0, t = 0; k < s->count; k++) {
            while (times[t] < s->times_ms[k])
                t++;
            fold_add(&folds[t], s->values[k]);
        }
    }
    for (size_t t = 0; t < count; t++)
        math_points_add(&points, times[t], fold_value(&folds[t], which, (double)array->count));
    free(folds);
    *out =
        math_one(run, math_series_of(&points, NULL, longest_period(array, run->world->period_ms)));
    return OK;
}

enum status
math_fold(struct math_run *run, const struct math_node *node, const struct math_value *args,
          struct math_value *out)
{
    const enum math_fold which = (enum math_fold)node->function->which;
    struct fold f;

    if (args[0].type == MATH_ARRAY)
        return fold_array(run, which, &args[0], out);
    f = fold_of(&args[0].series[0]);
    *out = math_scalar(fold_value(&f, which, f.count));
    return OK;
}

/* --- arrays --- */

enum status
math_metrics(struct math_run *run, const struct math_node *node, const struct math_value *args,
             struct math_value *out)
{
    (void)args;
    return run->world->metrics(run->world->arg, node->count > 0 ? node->args[0]->text : NULL, out,
                               run->err);
}

enum status
math_search(struct math_run *run, const struct math_node *node, const struct math_value *args,
            struct math_value *out)
{
    int64_t period_ms = node->count > 2 ? (int64_t)args[2].scalar * 1000 : 0;

    return run->world->search(run->world->arg, node->search, node->args[1]->text, period_ms, out,
                              run->err);
}

enum status
math_metric_count(struct math_run *run, const struct math_node *node, const struct math_value *args,
                  struct math_value *out)
{
    (void)run;
    (void)node;
    *out = math_scalar((double)args[0].count);
    return OK;
}

enum status
math_period(struct math_run *run, const struct math_node *node, const struct math_value *args,
            struct math_value *out)
{
    (void)run;
    (void)node;
    *out = math_scalar((double)args[0].series[0].period_ms / 1000);
    return OK;
}

/* FIRST and LAST; of an empty array an empty series. */
enum status
math_pick(struct math_run *run, const struct math_node *node, const struct math_value *args,
          struct math_value *out)
{
    struct math_series none = { .period_ms = run->world->period_ms };

    if (args[0].count == 0)
        *out = math_one(run, none);
    else
        *out = math_one(run, args[0].series[node->function->which == 0 ? 0 : args[0].count - 1]);
    return OK;
}

enum status
math_remove_empty(struct math_run *run, const struct math_node *node, const struct math_value *args,
                  struct math_value *out)
{
    struct math_series *series;
    enum status st = math_series_new(run, args[0].count, &series);

    (void)node;
    if (st != OK)
        return st;
    *out = (struct math_value){ .type = MATH_ARRAY, .series = series };
    for (size_t i = 0; i < args[0].count; i++) {
        if (args[0].series[i].count > 0)
            series[out->count++] = args[0].series[i];
    }
    return OK;
}

/* A number as an index into `count` things. */
static enum status
read_index(const struct math_run *run, const struct math_node *node, double number, size_t count,
           size_t *out)
{
    if (!(number >= 0) || number != floor(number))
        return math_fault(run, node, "%s counts time series with whole numbers from 0",
                          node->function->name);
    *out = number > (double)count ? count : (size_t)number;
    return OK;
}

enum status
math_slice(struct math_run *run, const struct math_node *node, const struct math_value *args,
           struct math_value *out)
{
    size_t from = 0, to = args[0].count;
    enum status st = read_index(run, node, args[1].scalar, args[0].count, &from);

    if (st == OK && node->count > 2)
        st = read_index(run, node, args[2].scalar, args[0].count, &to);
    if (st == OK)
        *out = (struct math_value){ .type = MATH_ARRAY,
                                    .series = args[0].series + from,
                                    .count = to > from ? to - from : 0 };
    return st;
}

struct ranked {
    double value;
    size_t number;
};

/* Ascending; equal ones stay in their order, and those without data come last in any order. */
static int
by_rank(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;

    if (isnan(a->value) != isnan(b->value))
        return isnan(a->value) ? 1 : -1;
    if (a->value != b->value && !isnan(a->value))
        return a->value < b->value ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static enum math_fold
fold_named(const char *name)
{
    return (enum math_fold)math_function_find(name)->which;
}

enum status
math_sort(struct math_run *run, const struct math_node *node, const struct math_value *args,
          struct math_value *out)
{
    const size_t all = args[0].count;
    const double sign = strcmp(node->args[2]->text, "DESC") == 0 ? -1 : 1;
    struct math_series *series;
    struct ranked *ranked;
    size_t count = all;
    enum status st = math_series_new(run, all, &series);

    if (st == OK && node->count > 3)
        st = read_index(run, node, args[3].scalar, all, &count);
    if (st != OK)
        return st;
    ranked = arena_alloc(run->arena, (all + 1) * sizeof *ranked);
    for (size_t i = 0; i < all; i++) {
        struct fold f = fold_of(&args[0].series[i]);

        ranked[i] =
            (struct ranked){ sign * fold_value(&f, fold_named(node->args[1]->text), f.count), i };
    }
    qsort(ranked, all, sizeof *ranked, by_rank);
    for (size_t i = 0; i < count; i++)
        series[i] = args[0].series[ranked[i].number];
    *out = (struct math_value){ .type = MATH_ARRAY, .series = series, .count = count };
    return OK;
}
