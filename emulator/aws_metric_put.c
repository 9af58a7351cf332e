/* aws_metric_put.c - CloudWatch PutMetricData.
 * SPDX-License-Identifier: MIT
 *
 * The whole request is judged before anything is kept: one bad datum refuses all of them, as
 * CloudWatch does. Limits are those of the API reference (2010-08-01). */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "domain/limits.h"
#include "emulator/aws_metric.h"
#include "emulator/aws_operations.h"

#define DATA_MAX   1000
#define VALUES_MAX 150

/* +-2^360, the widest value the API takes */
static const double value_max = 0x1p360;

static enum status
read_namespace(const struct awsvalue *in, const char **out)
{
    enum status st = awsvalue_string(in, "Namespace", AWS_REQUIRED, 1, METRIC_NAME_MAX, out);

    if (st != OK)
        return st;
    if (**out == ':')
        return awsvalue_invalid(in, "Namespace", "must not start with a colon");
    if (strncmp(*out, "AWS/", 4) == 0)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "The value AWS/ for parameter Namespace is invalid.");
    return OK;
}

/* What EMF and the console would also refuse: CloudWatch takes ASCII, and not only blanks. */
static enum status
check_dimensions(const struct awsvalue *in, const struct dimension_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct dimension *dim = &set->dims[i];
        const char *texts[] = { dim->name, dim->value };

        if (dim->name[0] == ':')
            return awsvalue_invalid(in, "Dimensions", "has a name that starts with a colon: %s",
                                    dim->name);
        for (size_t t = 0; t < 2; t++) {
            if (texts[t][strspn(texts[t], " \t\r\n")] == '\0')
                return awsvalue_invalid(in, "Dimensions",
                                        "has a name or value without a visible character");
            for (const char *c = texts[t]; *c != '\0'; c++) {
                if ((unsigned char)*c > 127)
                    return awsvalue_invalid(in, "Dimensions",
                                            "must contain only ASCII characters, not %s", texts[t]);
            }
        }
    }
    return OK;
}

static enum status
read_time(const struct awsvalue *in, int64_t now_ms, int64_t *out)
{
    enum status st;

    *out = now_ms;
    st = awsvalue_time(in, "Timestamp", AWS_OPTIONAL, out);
    if (st != OK)
        return st;
    if (*out < now_ms - LIMIT_PAST_MS)
        return awsvalue_invalid(in, "Timestamp", "must specify a time within the past two weeks");
    if (*out > now_ms + LIMIT_FUTURE_MS)
        return awsvalue_invalid(in, "Timestamp",
                                "must specify a time no more than two hours in the future");
    return OK;
}

static enum status
check_value(const struct awsvalue *in, const char *key, double value)
{
    if (fabs(value) <= value_max)
        return OK;
    return wire_error_set(in->error, 400, in->service->invalid_code,
                          "The value %g for parameter %s%s is invalid.", value, in->path, key);
}

/* `key` as `count` numbers in the arena. */
static enum status
read_numbers(struct arena *arena, const struct awsvalue *in, const char *key, const double **out,
             size_t *count)
{
    struct awslist list = { 0 };
    double *numbers;
    enum status st = aws_list(in, key, AWS_OPTIONAL, VALUES_MAX, &list);

    if (st != OK)
        return st;
    numbers = arena_alloc(arena, (list.count + 1) * sizeof *numbers);
    while (awslist_next(&list)) {
        st = awslist_number(&list, &numbers[list.number - 1]);
        if (st == OK)
            st = check_value(in, key, numbers[list.number - 1]);
        if (st != OK)
            return st;
    }
    *out = numbers;
    *count = list.count;
    return OK;
}

static enum status
read_values(struct arena *arena, const struct awsvalue *in, struct metric_datum *datum)
{
    size_t counts = 0;
    enum status st;

    st = read_numbers(arena, in, "Values", &datum->values, &datum->value_count);
    if (st == OK)
        st = read_numbers(arena, in, "Counts", &datum->counts, &counts);
    if (st != OK)
        return st;
    if (datum->value_count == 0)
        return awsvalue_missing(in, "Values");
    if (counts == 0)
        datum->counts = NULL;
    else if (counts != datum->value_count)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "The parameters %sValues and %sCounts must be of the same size.",
                              in->path, in->path);
    for (size_t i = 0; i < counts; i++) {
        if (!(datum->counts[i] > 0))
            return awsvalue_invalid(in, "Counts", "must hold numbers greater than 0");
    }
    return OK;
}

static enum status
read_statistics(const struct awsvalue *in, struct metric_datum *datum)
{
    static const char *const known[] = { "SampleCount", "Sum", "Minimum", "Maximum", NULL };
    struct statistic_set *set = &datum->statistics;
    double *const fields[] = { &set->count, &set->sum, &set->min, &set->max };
    struct awsvalue sv;
    enum status st;

    st = awsvalue_struct(in, "StatisticValues", AWS_REQUIRED, &sv);
    if (st == OK)
        st = aws_only(&sv, known);
    for (size_t i = 0; st == OK && known[i] != NULL; i++) {
        st = awsvalue_number(&sv, known[i], AWS_REQUIRED, fields[i]);
        if (st == OK)
            st = check_value(&sv, known[i], *fields[i]);
    }
    if (st != OK)
        return st;
    if (!(set->count > 0))
        return awsvalue_invalid(&sv, "SampleCount", "must be greater than 0");
    if (set->max < set->min)
        return awsvalue_invalid(&sv, "Maximum", "must be greater than %sMinimum", sv.path);
    return OK;
}

/* Exactly one of Value, Values and StatisticValues. */
static enum status
read_content(struct arena *arena, const struct awsvalue *in, struct metric_datum *datum)
{
    static const char *const ways[] = { "Value", "Values", "StatisticValues" };
    const char *way = NULL;
    double *value;
    enum status st;

    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (!awsvalue_has(in, ways[i]))
            continue;
        if (way != NULL)
            return wire_error_set(in->error, 400, "InvalidParameterCombinationException",
                                  "The parameters %s%s and %s%s are mutually exclusive and you "
                                  "have specified both.",
                                  in->path, way, in->path, ways[i]);
        way = ways[i];
    }
    if (way == NULL)
        return wire_error_set(in->error, 400, in->service->missing_code,
                              "At least one of the parameters %sValue, %sValues or "
                              "%sStatisticValues must be specified.",
                              in->path, in->path, in->path);
    if (way == ways[1])
        return read_values(arena, in, datum);
    if (awsvalue_has(in, "Counts"))
        return awsvalue_invalid(in, "Counts", "needs the parameter %sValues", in->path);
    if (way == ways[2])
        return read_statistics(in, datum);

    value = arena_alloc(arena, sizeof *value);
    st = awsvalue_number(in, "Value", AWS_REQUIRED, value);
    if (st == OK)
        st = check_value(in, "Value", *value);
    datum->values = value;
    datum->value_count = 1;
    return st;
}

static enum status
read_resolution(const struct awsvalue *in, bool *is_high)
{
    int64_t seconds = 60;
    enum status st = awsvalue_int(in, "StorageResolution", AWS_OPTIONAL, 1, INT32_MAX, &seconds);

    if (st != OK)
        return st;
    if (seconds != 1 && seconds != 60)
        return awsvalue_invalid(in, "StorageResolution", "must be 1 or 60");
    *is_high = seconds == 1;
    return OK;
}

static enum status
read_datum(struct arena *arena, const struct awsvalue *in, int64_t now_ms,
           struct metric_datum *datum)
{
    static const char *const known[] = { "MetricName",        "Dimensions", "Timestamp", "Value",
                                         "StatisticValues",   "Values",     "Counts",    "Unit",
                                         "StorageResolution", NULL };
    struct dimension_set *set = arena_alloc(arena, sizeof *set);
    int unit = UNIT_NONE;
    enum status st;

    st = aws_only(in, known);
    if (st == OK)
        st = awsvalue_string(in, "MetricName", AWS_REQUIRED, 1, METRIC_NAME_MAX, &datum->metric);
    if (st == OK)
        st = aws_metric_dimensions(in, arena, set);
    if (st == OK)
        st = check_dimensions(in, set);
    if (st == OK)
        st = read_time(in, now_ms, &datum->time_ms);
    if (st == OK)
        st = aws_metric_unit(in, &unit);
    if (st == OK)
        st = read_resolution(in, &datum->high_resolution);
    if (st == OK)
        st = read_content(arena, in, datum);
    datum->sets = set;
    datum->set_count = 1;
    datum->unit = (enum unit)unit;
    return st;
}

enum status
aws_metric_read_data(const struct awsvalue *in, struct arena *arena, int64_t now_ms,
                     const struct metric_datum **out, size_t *count)
{
    static const char *const known[] = { "Namespace", "MetricData", NULL };
    const char *namespace_name = NULL;
    struct awslist list = { 0 };
    struct metric_datum *data;
    struct awsvalue item;
    enum status st;

    st = aws_only(in, known);
    if (st == OK)
        st = read_namespace(in, &namespace_name);
    if (st == OK)
        st = aws_list(in, "MetricData", AWS_REQUIRED, DATA_MAX, &list);
    if (st != OK)
        return st;

    data = arena_alloc(arena, list.count * sizeof *data);
    while (st == OK && awslist_next(&list)) {
        struct metric_datum *datum = &data[list.number - 1];

        *datum = (struct metric_datum){ .namespace_name = namespace_name };
        st = awslist_struct(&list, &item);
        if (st == OK)
            st = read_datum(arena, &item, now_ms, datum);
    }
    *out = data;
    *count = list.count;
    return st;
}

enum status
aws_put_metric_data(struct aws_call *call)
{
    const struct metric_datum *data;
    size_t count;
    enum status st = aws_metric_read_data(&call->in, call->arena, call->now_ms, &data, &count);

    if (st != OK)
        return st;
    call->write = store_write_new(call->store);
    for (size_t i = 0; i < count; i++)
        store_write_datum(call->write, &data[i]);
    snprintf(call->note, sizeof call->note, "%zu %s", count, count == 1 ? "datum" : "data");
    return OK;
}
