/* aws_metric.c - reading the parts of CloudWatch's questions.
 * SPDX-License-Identifier: MIT
 *
 * Rules and sentences are those of the CloudWatch API reference, version 2010-08-01. */
#include "config.h"

#include "emulator/aws_metric.h"

#include <string.h>

#include "domain/limits.h"
#include "emulator/parts.h"

#define HOUR_MS 3600000LL
#define MIN_MS  60000LL

enum status
aws_metric_key(const struct awsvalue *in, struct arena *arena, struct series_key *out)
{
    struct series_key key = { 0 };
    enum status st;

    st = awsvalue_string(in, "Namespace", AWS_REQUIRED, 1, METRIC_NAME_MAX, &key.namespace_name);
    if (st == OK)
        st = awsvalue_string(in, "MetricName", AWS_REQUIRED, 1, METRIC_NAME_MAX, &key.metric);
    if (st == OK)
        st = aws_metric_dimensions(in, arena, &key.dims);
    if (st == OK)
        *out = key;
    return st;
}

static enum status
read_dimension(const struct awslist *list, struct dimension *out)
{
    static const char *const known[] = { "Name", "Value", NULL };
    struct awsvalue in;
    enum status st;

    st = awslist_struct(list, &in);
    if (st == OK)
        st = aws_only(&in, known);
    if (st == OK)
        st = awsvalue_string(&in, "Name", AWS_REQUIRED, 1, METRIC_NAME_MAX, &out->name);
    if (st == OK)
        st = awsvalue_string(&in, "Value", AWS_REQUIRED, 1, METRIC_DIM_VALUE_MAX, &out->value);
    return st;
}

enum status
aws_metric_dimensions(const struct awsvalue *in, struct arena *arena, struct dimension_set *out)
{
    struct awslist list = { 0 };
    struct dimension *dims;
    enum status st;

    st = aws_list(in, "Dimensions", AWS_OPTIONAL, METRIC_DIMENSIONS_MAX, &list);
    if (st != OK)
        return st;
    dims = arena_alloc(arena, (list.count + 1) * sizeof *dims);
    while (awslist_next(&list)) {
        st = read_dimension(&list, &dims[list.number - 1]);
        if (st != OK)
            return st;
    }
    if (metric_sort_dimensions(dims, list.count, NULL) != OK)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "No metric may specify the same dimension name twice.");
    *out = (struct dimension_set){ dims, list.count };
    return OK;
}

enum status
aws_metric_unit(const struct awsvalue *in, int *out)
{
    const char *name = NULL;
    enum unit unit;
    enum status st = awsvalue_string(in, "Unit", AWS_OPTIONAL, 0, METRIC_NAME_MAX, &name);

    if (st != OK || name == NULL)
        return st;
    if (!unit_parse(&unit, name))
        return awsvalue_invalid(in, "Unit",
                                "must be a value in the set [ Seconds, Microseconds, ..., None ], "
                                "not %s",
                                name);
    *out = (int)unit;
    return OK;
}

enum status
aws_metric_period(const struct awsvalue *in, int64_t *out_ms)
{
    int64_t seconds = 0;
    enum status st = awsvalue_int(in, "Period", AWS_REQUIRED, 1, INT32_MAX, &seconds);

    if (st != OK)
        return st;
    if (!metric_is_period(seconds))
        return awsvalue_invalid(in, "Period", "must be 1, 5, 10, 20, 30 or a multiple of 60");
    *out_ms = seconds * 1000;
    return OK;
}

enum status
aws_metric_statistic(const struct awsvalue *in, const char *key, const char *name,
                     struct statistic *out)
{
    struct err err = { 0 };
    enum status st = statistic_parse(out, name, &err);

    if (st == OK)
        return OK;
    return awsvalue_invalid(in, key, "is not valid: %s", err.text);
}

struct metric_source
aws_metric_source(const struct aws_call *call)
{
    return (struct metric_source){ call->reader, emulator_stack(call->em), call->now_ms, call->em };
}

static int64_t
round_down(int64_t time_ms, int64_t step_ms)
{
    return time_ms - time_ms % step_ms;
}

static int64_t
round_up(int64_t time_ms, int64_t step_ms)
{
    return round_down(time_ms + step_ms - 1, step_ms);
}

/* How far back points of this period reach: they are made of those of the finest kept resolution
 * that divides it. */
static int64_t
reach_ms(int64_t period_ms)
{
    if (period_ms < MIN_MS)
        return LIMIT_KEEP_1S_MS;
    if (period_ms % (5 * MIN_MS) != 0)
        return LIMIT_KEEP_60S_MS;
    return period_ms % HOUR_MS != 0 ? LIMIT_KEEP_300S_MS : LIMIT_KEEP_3600S_MS;
}

struct aws_metric_range
aws_metric_range(int64_t start_ms, int64_t end_ms, int64_t period_ms, int64_t now_ms)
{
    const int64_t age_ms = now_ms - start_ms;
    const int64_t oldest_ms = now_ms - reach_ms(period_ms);
    struct aws_metric_range range = { start_ms, round_up(end_ms, period_ms) };

    if (age_ms > LIMIT_KEEP_300S_MS)
        range.start_ms = round_down(start_ms, HOUR_MS);
    else if (age_ms > LIMIT_KEEP_60S_MS)
        range.start_ms = round_down(start_ms, 5 * MIN_MS);
    range.start_ms = round_down(range.start_ms, period_ms);
    if (range.start_ms < oldest_ms)
        range.start_ms = round_up(oldest_ms, period_ms);
    if (range.start_ms > range.end_ms)
        range.start_ms = range.end_ms;
    return range;
}
