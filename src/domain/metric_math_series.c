/* metric_math_series.c - functions of metric math that go along a time series.
 * SPDX-License-Identifier: MIT
 *
 * A function of one series is applied to each of an array by math_each(). What reaches over the
 * whole range, whether there is data or not (FILL, TIME_SERIES, HOUR and their kin), asks the world
 * which periods that are. */
#include "config.h"

#include "domain/metric_math_functions.h"

#include <math.h>
#include <string.h>
#include <time.h>

typedef enum status each_series(struct math_run *run, const struct math_node *node,
                                const struct math_value *args, const struct math_series *in,
                                struct math_series *out);

static enum status
math_each(struct math_run *run, const struct math_node *node, const struct math_value *args,
          each_series *apply, struct math_value *out)
{
    struct math_series *series;
    enum status st = math_series_new(run, args[0].count, &series);

    for (size_t i = 0; st == OK && i < args[0].count; i++)
        st = apply(run, node, args, &args[0].series[i], &series[i]);
    if (st == OK)
        *out =
            (struct math_value){ .type = args[0].type, .series = series, .count = args[0].count };
    return st;
}

/* --- one value at a time --- */

static double
mapped(enum math_map which, double value)
{
    switch (which) {
    case MAP_ABS:
        return fabs(value);
    case MAP_CEIL:
        return ceil(value);
    case MAP_FLOOR:
        return floor(value);
    case MAP_LOG:
        return log(value);
    case MAP_LOG10:
        return log10(value);
    }
    return NAN;
}

static enum status
map_series(struct math_run *run, const struct math_node *node, const struct math_value *args,
           const struct math_series *in, struct math_series *out)
{
    struct math_points points;
    enum status st = math_points_new(run, in->count, &points);

    (void)args;
    if (st != OK)
        return st;
    for (size_t i = 0; i < in->count; i++)
        math_points_add(&points, in->times_ms[i],
                        mapped((enum math_map)node->function->which, in->values[i]));
    *out = math_series_of(&points, in, in->period_ms);
    return OK;
}

enum status
math_map(struct math_run *run, const struct math_node *node, const struct math_value *args,
         struct math_value *out)
{
    return math_each(run, node, args, map_series, out);
}

/* --- a value and the one before it --- */

static enum status
step_series(struct math_run *run, const struct math_node *node, const struct math_value *args,
            const struct math_series *in, struct math_series *out)
{
    struct math_points points;
    enum status st = math_points_new(run, in->count, &points);

    (void)args;
    if (st != OK)
        return st;
    for (size_t i = 1; i < in->count; i++) {
        double diff = in->values[i] - in->values[i - 1];
        double seconds = (double)(in->times_ms[i] - in->times_ms[i - 1]) / 1000;
        double value = node->function->which == STEP_DIFF   ? diff
                       : node->function->which == STEP_TIME ? seconds
                                                            : diff / seconds;

        math_points_add(&points, in->times_ms[i], value);
    }
    *out = math_series_of(&points, in, in->period_ms);
    return OK;
}

enum status
math_step(struct math_run *run, const struct math_node *node, const struct math_value *args,
          struct math_value *out)
{
    return math_each(run, node, args, step_series, out);
}

static enum status
running_sum(struct math_run *run, const struct math_node *node, const struct math_value *args,
            const struct math_series *in, struct math_series *out)
{
    struct math_points points;
    double sum = 0;
    enum status st = math_points_new(run, in->count, &points);

    (void)node;
    (void)args;
    if (st != OK)
        return st;
    for (size_t i = 0; i < in->count; i++) {
        sum += in->values[i];
        math_points_add(&points, in->times_ms[i], sum);
    }
    *out = math_series_of(&points, in, in->period_ms);
    return OK;
}

enum status
math_running_sum(struct math_run *run, const struct math_node *node, const struct math_value *args,
                 struct math_value *out)
{
    return math_each(run, node, args, running_sum, out);
}

/* --- every period of the range --- */

/* DAY counts from Monday, 1, to Sunday, 7; MONTH from 1. */
static double
calendar(enum math_calendar which, int64_t time_ms)
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm tm;

    gmtime_r(&seconds, &tm);
    switch (which) {
    case CALENDAR_DATE:
        return tm.tm_mday;
    case CALENDAR_DAY:
        return tm.tm_wday == 0 ? 7 : tm.tm_wday;
    case CALENDAR_EPOCH:
        return (double)seconds;
    case CALENDAR_HOUR:
        return tm.tm_hour;
    case CALENDAR_MINUTE:
        return tm.tm_min;
    case CALENDAR_MONTH:
        return tm.tm_mon + 1;
    case CALENDAR_YEAR:
        return tm.tm_year + 1900;
    }
    return NAN;
}

enum status
math_calendar(struct math_run *run, const struct math_node *node, const struct math_value *args,
              struct math_value *out)
{
    const struct math_series *in = &args[0].series[0];
    int64_t start_ms;
    size_t count = math_grid(run, in->period_ms, &start_ms);
    struct math_points points;
    enum status st = math_points_new(run, count, &points);

    if (st != OK)
        return st;
    for (size_t i = 0; i < count; i++) {
        int64_t time_ms = start_ms + (int64_t)i * in->period_ms;

        math_points_add(&points, time_ms,
                        calendar((enum math_calendar)node->function->which, time_ms));
    }
    *out = math_one(run, math_series_of(&points, in, in->period_ms));
    return OK;
}

static enum status
constant(struct math_run *run, double number, int64_t period_ms, struct math_series *out)
{
    int64_t start_ms;
    size_t count = math_grid(run, period_ms, &start_ms);
    struct math_points points;
    enum status st = math_points_new(run, count, &points);

    if (st != OK)
        return st;
    for (size_t i = 0; i < count; i++)
        math_points_add(&points, start_ms + (int64_t)i * period_ms, number);
    *out = math_series_of(&points, NULL, period_ms);
    return OK;
}

enum status
math_time_series(struct math_run *run, const struct math_node *node, const struct math_value *args,
                 struct math_value *out)
{
    struct math_series series;
    enum status st = constant(run, args[0].scalar, run->world->period_ms, &series);

    (void)node;
    if (st == OK)
        *out = math_one(run, series);
    return st;
}

/* --- FILL --- */

enum filler { FILL_NUMBER, FILL_SERIES, FILL_REPEAT, FILL_LINEAR };

struct fill {
    const struct math_series *in;
    enum filler filler;
    double number;
    const struct math_series *series;
    size_t next;  /* the first point of `in` behind the gap */
    size_t other; /* where we are in `series` */
};

/* The value for a time in front of in[next]; NaN: none. */
static double
filling(struct fill *f, int64_t time_ms)
{
    const struct math_series *in = f->in, *s = f->series;
    double share;

    switch (f->filler) {
    case FILL_NUMBER:
        return f->number;
    case FILL_SERIES:
        while (f->other < s->count && s->times_ms[f->other] < time_ms)
            f->other++;
        return f->other < s->count && s->times_ms[f->other] == time_ms ? s->values[f->other]
                                                                       : (double)NAN;
    case FILL_REPEAT:
        return f->next > 0 ? in->values[f->next - 1] : (double)NAN;
    case FILL_LINEAR:
        if (f->next == 0 || f->next == in->count)
            return NAN;
        share = (double)(time_ms - in->times_ms[f->next - 1]) /
                (double)(in->times_ms[f->next] - in->times_ms[f->next - 1]);
        return in->values[f->next - 1] + (in->values[f->next] - in->values[f->next - 1]) * share;
    }
    return NAN;
}

static enum status
fill_series(struct math_run *run, const struct math_node *node, const struct math_value *args,
            const struct math_series *in, struct math_series *out)
{
    const struct math_node *with = node->args[1];
    struct fill f = { .in = in, .number = args[1].scalar, .series = args[1].series };
    int64_t start_ms;
    size_t grid = math_grid(run, in->period_ms, &start_ms);
    struct math_points points;
    enum status st = math_points_new(run, grid + in->count, &points);

    if (st != OK)
        return st;
    if (with->kind == NODE_WORD)
        f.filler = strcmp(with->text, "REPEAT") == 0 ? FILL_REPEAT : FILL_LINEAR;
    else
        f.filler = args[1].type == MATH_SERIES ? FILL_SERIES : FILL_NUMBER;
    for (size_t i = 0; i < grid; i++) {
        int64_t time_ms = start_ms + (int64_t)i * in->period_ms;

        for (; f.next < in->count && in->times_ms[f.next] < time_ms; f.next++)
            math_points_add(&points, in->times_ms[f.next], in->values[f.next]);
        if (f.next == in->count || in->times_ms[f.next] != time_ms)
            math_points_add(&points, time_ms, filling(&f, time_ms));
    }
    for (; f.next < in->count; f.next++)
        math_points_add(&points, in->times_ms[f.next], in->values[f.next]);
    *out = math_series_of(&points, in, in->period_ms);
    return OK;
}

enum status
math_fill(struct math_run *run, const struct math_node *node, const struct math_value *args,
          struct math_value *out)
{
    return math_each(run, node, args, fill_series, out);
}

/* --- IF --- */

/* The value of a branch at a time; times are asked for in ascending order. */
static double
branch(const struct math_value *value, size_t *at, int64_t time_ms, double missing)
{
    const struct math_series *s = value->series;

    if (value->type == MATH_SCALAR)
        return value->scalar;
    while (*at < s->count && s->times_ms[*at] < time_ms)
        (*at)++;
    return *at < s->count && s->times_ms[*at] == time_ms ? s->values[*at] : missing;
}

/* Point by point. As the guide's tables show, a missing true value is 0, a missing false one no
 * point. */
static enum status
if_each(struct math_run *run, const struct math_value *args, size_t count, struct math_value *out)
{
    const struct math_series *condition = &args[0].series[0];
    const struct math_series *like = NULL;
    struct math_points points;
    size_t yes = 0, no = 0;
    enum status st = math_points_new(run, condition->count, &points);

    if (st != OK)
        return st;
    for (size_t i = 0; i < condition->count; i++) {
        int64_t time_ms = condition->times_ms[i];
        double value = NAN;

        if (condition->values[i] != 0)
            value = branch(&args[1], &yes, time_ms, 0);
        else if (count > 2)
            value = branch(&args[2], &no, time_ms, (double)NAN);
        math_points_add(&points, time_ms, value);
    }
    if (args[1].type == MATH_SERIES)
        like = &args[1].series[0];
    *out = math_one(run, math_series_of(&points, like, condition->period_ms));
    return OK;
}

/* One number decides for all points. */
static enum status
if_once(struct math_run *run, const struct math_node *node, const struct math_value *args,
        struct math_value *out)
{
    const struct math_value *chosen = NULL;
    struct math_series series = { .period_ms = run->world->period_ms };
    enum status st = OK;

    if (!isnan(args[0].scalar) && args[0].scalar != 0)
        chosen = &args[1];
    else if (!isnan(args[0].scalar) && node->count > 2)
        chosen = &args[2];
    if (node->type == MATH_SCALAR) {
        *out = math_scalar(chosen == NULL ? (double)NAN : chosen->scalar);
        return OK;
    }
    for (size_t i = 1; i < node->count; i++) {
        if (args[i].type == MATH_SERIES)
            series.period_ms = args[i].series[0].period_ms;
    }
    if (chosen != NULL && chosen->type == MATH_SERIES)
        series = chosen->series[0];
    else if (chosen != NULL)
        st = constant(run, chosen->scalar, series.period_ms, &series);
    if (st == OK)
        *out = math_one(run, series);
    return st;
}

enum status
math_if(struct math_run *run, const struct math_node *node, const struct math_value *args,
        struct math_value *out)
{
    if (args[0].type == MATH_SERIES)
        return if_each(run, args, node->count, out);
    return if_once(run, node, args, out);
}
