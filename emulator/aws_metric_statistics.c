/* aws_metric_statistics.c - CloudWatch GetMetricStatistics: one series, several statistics.
 * SPDX-License-Identifier: MIT
 *
 * CloudWatch promises no order of the points; ours come ascending. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "emulator/aws_metric.h"
#include "emulator/aws_operations.h"

#define POINTS_MAX   1440
#define PLAIN_MAX    5
#define EXTENDED_MAX 10
#define NAME_MAX_LEN 64

struct wanted {
    const char *name;
    struct statistic stat;
};

struct question {
    struct aws_call *call;
    struct series_key key;
    int64_t start_ms, end_ms, period_ms;
    int unit;
    struct wanted wanted[EXTENDED_MAX];
    size_t count;
    bool is_extended;
};

static enum status
read_statistics(struct question *qn)
{
    const struct awsvalue *in = &qn->call->in;
    const bool plain = awsvalue_has(in, "Statistics");
    const char *key = plain ? "Statistics" : "ExtendedStatistics";
    struct awslist list = { 0 };
    enum status st;

    qn->is_extended = !plain;
    if (plain == awsvalue_has(in, "ExtendedStatistics"))
        return wire_error_set(in->error, 400, "InvalidParameterCombinationException",
                              "Must specify either Statistics or ExtendedStatistics%s",
                              plain ? ", but not both" : "");
    st = aws_list(in, key, AWS_REQUIRED, plain ? PLAIN_MAX : EXTENDED_MAX, &list);
    while (st == OK && awslist_next(&list)) {
        struct wanted *w = &qn->wanted[qn->count++];

        st = awslist_string(&list, 1, NAME_MAX_LEN, &w->name);
        if (st == OK)
            st = aws_metric_statistic(in, key, w->name, &w->stat);
        if (st == OK && statistic_needs_sketch(&w->stat) == plain)
            return awsvalue_invalid(in, key, "does not take %s; use %s", w->name,
                                    plain ? "ExtendedStatistics" : "Statistics");
    }
    return st;
}

static void
print_thousands(char text[static 32], int64_t n)
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%lld", (long long)n), k = 0;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            text[k++] = ',';
        text[k++] = digits[i];
    }
    text[k] = '\0';
}

static enum status
check_range(const struct question *qn)
{
    const int64_t points = (qn->end_ms - qn->start_ms) / qn->period_ms;
    char shown[32];

    if (qn->start_ms >= qn->end_ms)
        return wire_error_set(qn->call->error, 400, "InvalidParameterValueException",
                              "The parameter StartTime must be less than the parameter EndTime.");
    if (points <= POINTS_MAX)
        return OK;
    print_thousands(shown, points);
    return wire_error_set(qn->call->error, 400, "InvalidParameterCombinationException",
                          "You have requested up to %s datapoints, which exceeds the limit of "
                          "1,440. You may reduce the datapoints requested by increasing Period, "
                          "or decreasing the time range.",
                          shown);
}

static enum status
read_question(struct question *qn)
{
    static const char *const known[] = {
        "Namespace", "MetricName", "Dimensions",         "StartTime", "EndTime",
        "Period",    "Statistics", "ExtendedStatistics", "Unit",      NULL
    };
    const struct awsvalue *in = &qn->call->in;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = aws_metric_key(in, qn->call->arena, &qn->key);
    if (st == OK)
        st = awsvalue_time(in, "StartTime", AWS_REQUIRED, &qn->start_ms);
    if (st == OK)
        st = awsvalue_time(in, "EndTime", AWS_REQUIRED, &qn->end_ms);
    if (st == OK)
        st = aws_metric_period(in, &qn->period_ms);
    if (st == OK)
        st = aws_metric_unit(in, &qn->unit);
    if (st == OK)
        st = read_statistics(qn);
    return st == OK ? check_range(qn) : st;
}

static void
put_point(const struct question *qn, const struct metric_bucket *bucket, const char *unit,
          cJSON *points)
{
    cJSON *point = cJSON_CreateObject(), *into = point;
    size_t known = 0;

    cJSON_AddItemToObject(point, "Timestamp", json_time(bucket->start_ms));
    if (qn->is_extended) {
        into = json_map();
        cJSON_AddItemToObject(point, "ExtendedStatistics", into);
    }
    for (size_t i = 0; i < qn->count; i++) {
        double value = statistic_value(&qn->wanted[i].stat, &bucket->set, bucket->sketch);

        if (!isfinite(value))
            continue;
        cJSON_AddNumberToObject(into, qn->wanted[i].name, value);
        known++;
    }
    cJSON_AddStringToObject(point, "Unit", unit);
    if (known > 0)
        cJSON_AddItemToArray(points, point);
    else
        cJSON_Delete(point);
}

enum status
aws_get_metric_statistics(struct aws_call *call)
{
    struct question qn = { .call = call, .unit = -1 };
    const struct metric_source source = aws_metric_source(call);
    struct metric_buckets buckets = { 0 };
    struct aws_metric_range range;
    struct metric_query ask;
    struct err err = { 0 };
    cJSON *points;
    enum status st = read_question(&qn);

    if (st != OK)
        return st;
    range = aws_metric_range(qn.start_ms, qn.end_ms, qn.period_ms, call->now_ms);
    ask = (struct metric_query){
        .key = qn.key,
        .start_ms = range.start_ms,
        .end_ms = range.end_ms,
        .period_ms = qn.period_ms,
        .want_sketch = qn.is_extended,
        .unit = qn.unit,
    };
    if (range.start_ms < range.end_ms &&
        metric_source_read(&source, call->arena, &ask, &buckets, NULL, &err) != OK)
        return aws_store_failed(call, &err);

    call->out = cJSON_CreateObject();
    cJSON_AddStringToObject(call->out, "Label", qn.key.metric);
    points = cJSON_AddArrayToObject(call->out, "Datapoints");
    for (size_t i = 0; i < buckets.count; i++)
        put_point(&qn, &buckets.buckets[i], unit_name(buckets.unit), points);
    snprintf(call->note, sizeof call->note, "%s", qn.key.metric);
    return OK;
}
