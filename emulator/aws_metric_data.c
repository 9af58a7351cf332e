/* aws_metric_data.c - CloudWatch GetMetricData.
 * SPDX-License-Identifier: MIT
 *
 * Results come query by query in the order asked; a page ends when MaxDatapoints are in it. The
 * token holds the number of the query to go on with, which of its series, and the time of its last
 * point, so data that arrives between two pages neither repeats nor shifts points. What a page does
 * not reach is not read for it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "emulator/aws_metric.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/metric_data.h"

#define QUERIES_MAX 500
#define POINTS_MAX  100800
#define TOKEN_CHARS 4096
#define NO_BOUND    INT64_MIN

/* Where a page begins: a query, one of its series, and the time of its last point before. */
struct place {
    size_t query, series;
    int64_t bound_ms;
};

struct question {
    struct aws_call *call;
    struct metric_data *data;
    int64_t start_ms, end_ms;
    bool ascending;
    int64_t max_points;
    uint64_t scope;
    struct place first;
};

/* --- reading the question --- */

/* LabelOptions says in which zone dynamic labels print times: "+0130". */
static enum status
read_label_options(const struct awsvalue *in, int *minutes)
{
    static const char *const known[] = { "Timezone", NULL };
    const char *zone = NULL;
    struct awsvalue options;
    enum status st;

    if (!awsvalue_has(in, "LabelOptions"))
        return OK;
    st = awsvalue_struct(in, "LabelOptions", AWS_OPTIONAL, &options);
    if (st == OK)
        st = aws_only(&options, known);
    if (st == OK)
        st = awsvalue_string(&options, "Timezone", AWS_OPTIONAL, 5, 5, &zone);
    if (st != OK || zone == NULL)
        return st;
    if ((*zone != '+' && *zone != '-') || strspn(zone + 1, "0123456789") != 4 || zone[3] > '5')
        return awsvalue_invalid(&options, "Timezone", "must look like +0130");
    *minutes = ((zone[1] - '0') * 10 + zone[2] - '0') * 60 + (zone[3] - '0') * 10 + zone[4] - '0';
    if (*zone == '-')
        *minutes = -*minutes;
    return OK;
}

/* "7", "7.2" or "7.2@1795393560000": a query, one of its series, the time of its last point. */
static bool
read_state(char *state, struct question *qn)
{
    char *at = strchr(state, '@'), *dot;
    int64_t query, series = 0;

    if (at != NULL)
        *at++ = '\0';
    dot = strchr(state, '.');
    if (dot != NULL)
        *dot++ = '\0';
    if (!text_parse_int(&query, state) || query < 0 ||
        (size_t)query >= metric_data_count(qn->data) ||
        (dot != NULL && (!text_parse_int(&series, dot) || series < 0)))
        return false;
    qn->first.query = (size_t)query;
    qn->first.series = (size_t)series;
    return at == NULL || text_parse_int(&qn->first.bound_ms, at);
}

static enum status
read_token(struct question *qn)
{
    static const char *const keys[] = { "MetricDataQueries", "ScanBy", "StartTime", "EndTime",
                                        NULL };
    const struct awsvalue *in = &qn->call->in;
    const char *token = NULL, *state;
    enum status st = awsvalue_string(in, "NextToken", AWS_OPTIONAL, 1, TOKEN_CHARS, &token);

    qn->scope = aws_token_scope("GetMetricData", in, keys);
    qn->first.bound_ms = NO_BOUND;
    if (st != OK || token == NULL)
        return st;
    state = aws_token_read(qn->call->arena, qn->scope, token);
    if (state == NULL || !read_state(arena_strdup(qn->call->arena, state), qn))
        return wire_error_set(in->error, 400, "InvalidNextToken",
                              "The NextToken is not one that was given for this request.");
    return OK;
}

static enum status
read_question(struct question *qn)
{
    static const char *const known[] = { "MetricDataQueries", "StartTime", "EndTime",      "ScanBy",
                                         "MaxDatapoints",     "NextToken", "LabelOptions", NULL };
    static const char *const orders[] = { "TimestampDescending", "TimestampAscending", NULL };
    const struct awsvalue *in = &qn->call->in;
    int order = 0, zone_minutes = 0;
    enum status st;

    qn->max_points = POINTS_MAX;
    st = aws_only(in, known);
    if (st == OK)
        st = awsvalue_time(in, "StartTime", AWS_REQUIRED, &qn->start_ms);
    if (st == OK)
        st = awsvalue_time(in, "EndTime", AWS_REQUIRED, &qn->end_ms);
    if (st == OK)
        st = awsvalue_enum(in, "ScanBy", AWS_OPTIONAL, orders, &order);
    if (st == OK)
        st = awsvalue_int(in, "MaxDatapoints", AWS_OPTIONAL, 1, POINTS_MAX, &qn->max_points);
    if (st == OK)
        st = read_label_options(in, &zone_minutes);
    if (st == OK)
        st = metric_data_read(&qn->data, qn->call->arena, in, "MetricDataQueries", QUERIES_MAX);
    if (st == OK)
        st = read_token(qn);
    if (st != OK)
        return st;
    qn->call->billed = metric_data_billed(qn->data);
    qn->ascending = order == 1;
    metric_data_labels(qn->data, qn->call->region, zone_minutes);
    if (qn->start_ms >= qn->end_ms)
        return wire_error_set(qn->call->error, 400, "ValidationError",
                              "The parameter StartTime must be less than the parameter EndTime.");
    return OK;
}

/* --- answering --- */

/* The points of a series that are not told yet: [*from, *to) of its ascending list. */
static void
untold(const struct question *qn, const struct metric_data_series *series, int64_t bound_ms,
       size_t *from, size_t *to)
{
    *from = 0;
    *to = series->count;
    if (bound_ms == NO_BOUND)
        return;
    if (qn->ascending) {
        while (*from < *to && series->times_ms[*from] <= bound_ms)
            (*from)++;
    } else {
        while (*to > *from && series->times_ms[*to - 1] >= bound_ms)
            (*to)--;
    }
}

static void
put_message(cJSON *into, const char *code, const char *value)
{
    cJSON *list = cJSON_AddArrayToObject(into, "Messages"), *message = cJSON_CreateObject();

    cJSON_AddItemToArray(list, message);
    cJSON_AddStringToObject(message, "Code", code);
    cJSON_AddStringToObject(message, "Value", value);
}

/* Appends one result with up to *room points. false: points were left, up to *bound_ms is told. */
static bool
put_result(const struct question *qn, const struct metric_data_series *series, bool is_foreign,
           cJSON *results, size_t *room, int64_t *bound_ms)
{
    cJSON *result = cJSON_CreateObject(), *times, *values;
    size_t from, to, count;

    untold(qn, series, *bound_ms, &from, &to);
    count = to - from < *room ? to - from : *room;
    cJSON_AddItemToArray(results, result);
    cJSON_AddStringToObject(result, "Id", series->id);
    cJSON_AddStringToObject(result, "Label", series->label);
    times = json_numbers(qn->call->arena, count);
    values = json_numbers(qn->call->arena, count);
    cJSON_AddItemToObject(result, "Timestamps", times);
    cJSON_AddItemToObject(result, "Values", values);
    for (size_t n = 0; n < count; n++) {
        size_t k = qn->ascending ? from + n : to - 1 - n;

        json_set_time(&times->child[n], series->times_ms[k]);
        cJSON_SetNumberValue(&values->child[n], series->values[k]);
        *bound_ms = series->times_ms[k];
    }
    *room -= count;
    if (is_foreign) {
        cJSON_AddStringToObject(result, "StatusCode", "Forbidden");
        put_message(result, "Forbidden", "The metric is in another account, which is not linked.");
    } else {
        cJSON_AddStringToObject(result, "StatusCode",
                                count == to - from ? "Complete" : "PartialData");
    }
    return count == to - from;
}

static void
put_token(const struct question *qn, cJSON *out, const struct place *next)
{
    char state[72];

    if (next->bound_ms == NO_BOUND)
        snprintf(state, sizeof state, "%zu.%zu", next->query, next->series);
    else
        snprintf(state, sizeof state, "%zu.%zu@%lld", next->query, next->series,
                 (long long)next->bound_ms);
    cJSON_AddStringToObject(out, "NextToken", aws_token_make(qn->call->arena, qn->scope, state));
}

static enum status
failed(const struct question *qn, const struct err *err)
{
    if (err->code == E_INVALID || err->code == E_LIMIT)
        return wire_error_set(qn->call->error, 400, "ValidationError", "%s", err->text);
    return aws_store_failed(qn->call, err);
}

/* The series of one query, from `at->series` on. *full: the page ended and `at` says where. */
static enum status
put_query(const struct question *qn, struct place *at, cJSON *results, size_t *room, bool *full)
{
    const bool is_foreign = metric_data_is_foreign(qn->data, at->query);
    struct metric_data_result result;
    struct err err = { 0 };

    *full = *room == 0;
    if (*full)
        return OK;
    if (metric_data_query(qn->data, at->query, &result, &err) != OK)
        return failed(qn, &err);
    for (; at->series < result.count; at->series++) {
        const struct metric_data_series *series = &result.series[at->series];

        *full = *room == 0 || !put_result(qn, series, is_foreign, results, room, &at->bound_ms);
        if (*full)
            return OK;
        at->bound_ms = NO_BOUND;
    }
    return OK;
}

static enum status
answer(struct question *qn)
{
    struct aws_call *call = qn->call;
    const struct metric_source source = aws_metric_source(call);
    struct place at = qn->first;
    size_t room = (size_t)qn->max_points;
    cJSON *results;
    bool full = false;

    call->out = cJSON_CreateObject();
    results = cJSON_AddArrayToObject(call->out, "MetricDataResults");
    metric_data_begin(qn->data, &source, call->arena, qn->start_ms, qn->end_ms);
    while (at.query < metric_data_count(qn->data)) {
        enum status st = OK;

        if (metric_data_is_returned(qn->data, at.query))
            st = put_query(qn, &at, results, &room, &full);
        if (st != OK)
            return st;
        if (full) {
            put_token(qn, call->out, &at);
            break;
        }
        at = (struct place){ at.query + 1, 0, NO_BOUND };
    }
    if (metric_data_is_cut(qn->data))
        put_message(call->out, "MaxMetricsExceeded", "Maximum number of allowed metrics exceeded");
    return OK;
}

enum status
aws_get_metric_data(struct aws_call *call)
{
    struct question qn = { .call = call };
    enum status st = read_question(&qn);
    size_t count;

    if (st != OK)
        return st;
    count = metric_data_count(qn.data);
    snprintf(call->note, sizeof call->note, "%zu %s", count, count == 1 ? "query" : "queries");
    return answer(&qn);
}
