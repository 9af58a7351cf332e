/* aws_metric_data.c - CloudWatch GetMetricData.
 * SPDX-License-Identifier: MIT
 *
 * Queries that look at the same series through the same period form a group, and the store is read
 * once per group: five statistics of one series cost what one does. A group's buckets, with their
 * sketches, live in an arena of their own that is freed as soon as the group's values are computed,
 * so 500 series over a day never stand in memory as sketches all at once.
 *
 * Results come query by query in the order asked; a page ends when MaxDatapoints are in it. The
 * token holds the number of the query to go on with and the time of its last point, so data that
 * arrives between two pages neither repeats nor shifts points. Groups are read lazily: what a page
 * does not reach is not read for it. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/sketch.h"
#include "emulator/aws_metric.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

#define QUERIES_MAX 500
#define POINTS_MAX  100800
#define LABEL_MAX   4096
#define ID_MAX      255
#define NO_BOUND    INT64_MIN

/* One value at one time. */
struct point {
    int64_t time_ms;
    double value;
};

struct query {
    const char *id;
    const char *label; /* NULL: made here */
    const char *stat_name;
    struct statistic stat;
    struct series_key key;
    int64_t period_ms;
    int unit; /* enum unit, or -1 */
    bool is_returned;
    uint64_t hash; /* of what makes a group: key, period, unit */
    uint64_t id_hash, metric_hash, dims_hash;
    size_t group;         /* number of the first query of the group */
    bool is_known;        /* points are computed */
    struct point *points; /* ascending */
    size_t point_count;
};

struct question {
    struct aws_call *call;
    struct query *queries;
    size_t count;
    int64_t start_ms, end_ms;
    bool ascending;
    int64_t max_points;
    uint64_t scope;
    /* where this page begins */
    size_t first;
    int64_t bound_ms; /* of the first query: time of its last point on the page before */
};

/* --- reading the question --- */

static enum status
read_id(const struct awsvalue *in, const char **out)
{
    const char *c;
    enum status st = awsvalue_string(in, "Id", AWS_REQUIRED, 1, ID_MAX, out);

    if (st != OK)
        return st;
    for (c = *out; *c == '_' || (*c >= '0' && *c <= '9') || (*c >= 'A' && *c <= 'Z') ||
                   (*c >= 'a' && *c <= 'z');
         c++)
        continue;
    if (*c != '\0' || **out < 'a' || **out > 'z')
        return wire_error_set(in->error, 400, "ValidationError",
                              "The value for parameter %sId must be letters, numbers and "
                              "underscores, starting with a lower-case letter: %s",
                              in->path, *out);
    return OK;
}

static enum status
read_label(const struct awsvalue *in, const char **out)
{
    enum status st = awsvalue_string(in, "Label", AWS_OPTIONAL, 0, LABEL_MAX, out);

    if (st == OK && *out != NULL && strstr(*out, "${") != NULL)
        return awsvalue_invalid(in, "Label",
                                "holds a dynamic label, which obsview does not support");
    return st;
}

static uint64_t
hash_text(const char *text, uint64_t seed)
{
    return text_hash(text, strlen(text) + 1, seed);
}

/* Every query is compared with every other one: hashes first, texts only where those agree. */
static void
hash_query(struct query *q)
{
    q->id_hash = hash_text(q->id, TEXT_HASH_SEED);
    q->metric_hash = hash_text(q->key.metric, TEXT_HASH_SEED);
    q->dims_hash = TEXT_HASH_SEED;
    for (size_t i = 0; i < q->key.dims.count; i++) {
        q->dims_hash = hash_text(q->key.dims.dims[i].name, q->dims_hash);
        q->dims_hash = hash_text(q->key.dims.dims[i].value, q->dims_hash);
    }
    q->hash = hash_text(q->key.namespace_name, q->metric_hash ^ q->dims_hash);
    q->hash = text_hash(&q->period_ms, sizeof q->period_ms, q->hash);
    q->hash = text_hash(&q->unit, sizeof q->unit, q->hash);
}

static enum status
read_metric_stat(struct aws_call *call, const struct awsvalue *in, struct query *q)
{
    static const char *const known[] = { "Metric", "Period", "Stat", "Unit", NULL };
    static const char *const known_metric[] = { "Namespace", "MetricName", "Dimensions", NULL };
    struct awsvalue stat, metric;
    enum status st;

    st = awsvalue_struct(in, "MetricStat", AWS_REQUIRED, &stat);
    if (st == OK)
        st = aws_only(&stat, known);
    if (st == OK)
        st = awsvalue_struct(&stat, "Metric", AWS_REQUIRED, &metric);
    if (st == OK)
        st = aws_only(&metric, known_metric);
    if (st == OK)
        st = aws_metric_key(&metric, call->arena, &q->key);
    if (st == OK)
        st = aws_metric_period(&stat, &q->period_ms);
    if (st == OK)
        st = aws_metric_unit(&stat, &q->unit);
    if (st == OK)
        st = awsvalue_string(&stat, "Stat", AWS_REQUIRED, 1, ID_MAX, &q->stat_name);
    if (st == OK)
        st = aws_metric_statistic(&stat, "Stat", q->stat_name, &q->stat);
    return st;
}

static enum status
read_query(struct aws_call *call, const struct awslist *list, struct query *q)
{
    static const char *const known[] = { "Id", "MetricStat", "Label", "ReturnData", NULL };
    struct awsvalue in;
    enum status st;

    *q = (struct query){ .unit = -1, .is_returned = true };
    st = awslist_struct(list, &in);
    if (st == OK && awsvalue_has(&in, "Expression"))
        return awsvalue_invalid(&in, "Expression",
                                "is not supported: obsview computes no metric math");
    if (st == OK)
        st = aws_only(&in, known);
    if (st == OK)
        st = read_id(&in, &q->id);
    if (st == OK)
        st = read_label(&in, &q->label);
    if (st == OK)
        st = awsvalue_bool(&in, "ReturnData", AWS_OPTIONAL, &q->is_returned);
    if (st == OK)
        st = read_metric_stat(call, &in, q);
    if (st == OK)
        hash_query(q);
    return st;
}

static bool
same_dims(const struct dimension_set *a, const struct dimension_set *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (strcmp(a->dims[i].name, b->dims[i].name) != 0 ||
            strcmp(a->dims[i].value, b->dims[i].value) != 0)
            return false;
    }
    return true;
}

static bool
same_group(const struct query *a, const struct query *b)
{
    return a->hash == b->hash && a->period_ms == b->period_ms && a->unit == b->unit &&
           strcmp(a->key.metric, b->key.metric) == 0 &&
           strcmp(a->key.namespace_name, b->key.namespace_name) == 0 &&
           same_dims(&a->key.dims, &b->key.dims);
}

/* Finds each query's group, and ids that stand twice. */
static enum status
relate(const struct question *qn)
{
    for (size_t i = 0; i < qn->count; i++) {
        struct query *q = &qn->queries[i];

        q->group = i;
        for (size_t k = 0; k < i; k++) {
            if (q->id_hash == qn->queries[k].id_hash && strcmp(q->id, qn->queries[k].id) == 0)
                return wire_error_set(qn->call->error, 400, "ValidationError",
                                      "The values for parameter id in MetricDataQueries are not "
                                      "unique: %s",
                                      q->id);
            if (q->group == i && same_group(q, &qn->queries[k]))
                q->group = qn->queries[k].group;
        }
    }
    return OK;
}

static enum status
read_queries(struct question *qn)
{
    struct awslist list = { 0 };
    enum status st = aws_list(&qn->call->in, "MetricDataQueries", AWS_REQUIRED, QUERIES_MAX, &list);

    if (st != OK)
        return st;
    qn->queries = arena_alloc(qn->call->arena, list.count * sizeof *qn->queries);
    qn->count = list.count;
    while (awslist_next(&list)) {
        st = read_query(qn->call, &list, &qn->queries[list.number - 1]);
        if (st != OK)
            return st;
    }
    return relate(qn);
}

/* LabelOptions only says in which zone dynamic labels print times, and those are refused. */
static enum status
read_label_options(const struct awsvalue *in)
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
    if ((*zone != '+' && *zone != '-') || strspn(zone + 1, "0123456789") != 4)
        return awsvalue_invalid(&options, "Timezone", "must look like +0130");
    return OK;
}

/* "7" or "7@1795393560000" */
static bool
read_state(const char *state, struct question *qn)
{
    const char *at = strchr(state, '@');
    char number[16];
    int64_t first;

    snprintf(number, sizeof number, "%.*s", at == NULL ? 15 : (int)(at - state), state);
    if (!text_parse_int(&first, number) || first < 0 || (size_t)first >= qn->count)
        return false;
    qn->first = (size_t)first;
    return at == NULL || text_parse_int(&qn->bound_ms, at + 1);
}

static enum status
read_token(struct question *qn)
{
    static const char *const keys[] = { "MetricDataQueries", "ScanBy", "StartTime", "EndTime",
                                        NULL };
    const struct awsvalue *in = &qn->call->in;
    const char *token = NULL, *state;
    enum status st = awsvalue_string(in, "NextToken", AWS_OPTIONAL, 1, LABEL_MAX, &token);

    qn->scope = aws_token_scope("GetMetricData", in, keys);
    qn->bound_ms = NO_BOUND;
    if (st != OK || token == NULL)
        return st;
    state = aws_token_read(qn->call->arena, qn->scope, token);
    if (state == NULL || !read_state(state, qn))
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
    int order = 0;
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
        st = read_label_options(in);
    if (st == OK)
        st = read_queries(qn);
    if (st == OK)
        st = read_token(qn);
    if (st != OK)
        return st;
    qn->ascending = order == 1;
    if (qn->start_ms >= qn->end_ms)
        return wire_error_set(qn->call->error, 400, "ValidationError",
                              "The parameter StartTime must be less than the parameter EndTime.");
    return OK;
}

/* --- computing --- */

static void
compute(struct query *q, struct arena *arena, const struct metric_buckets *buckets)
{
    q->is_known = true;
    q->points = arena_alloc(arena, (buckets->count + 1) * sizeof *q->points);
    for (size_t i = 0; i < buckets->count; i++) {
        const struct metric_bucket *bucket = &buckets->buckets[i];
        double value = statistic_value(&q->stat, &bucket->set, bucket->sketch);

        if (isfinite(value))
            q->points[q->point_count++] = (struct point){ bucket->start_ms, value };
    }
}

/* Reads the group of query `i` and computes every query in it from `i` on. */
static enum status
read_group(struct question *qn, size_t i)
{
    struct aws_call *call = qn->call;
    struct query *const q = &qn->queries[i];
    const struct aws_metric_range range =
        aws_metric_range(qn->start_ms, qn->end_ms, q->period_ms, call->now_ms);
    struct metric_query ask = {
        .key = q->key,
        .start_ms = range.start_ms,
        .end_ms = range.end_ms,
        .period_ms = q->period_ms,
        .unit = q->unit,
    };
    struct metric_buckets buckets = { 0 };
    struct err err = { 0 };
    struct arena *arena = arena_new();
    enum status st = OK;

    for (size_t k = i; k < qn->count; k++) {
        if (qn->queries[k].group == q->group && statistic_needs_sketch(&qn->queries[k].stat))
            ask.want_sketch = true;
    }
    if (range.start_ms < range.end_ms)
        st = store_read_metric(call->reader, arena, &ask, &buckets, &err);
    for (size_t k = i; st == OK && k < qn->count; k++) {
        if (qn->queries[k].group == q->group && qn->queries[k].is_returned)
            compute(&qn->queries[k], call->arena, &buckets);
    }
    arena_free(arena);
    return st == OK ? OK : aws_store_failed(call, &err);
}

/* --- answering --- */

/* What CloudWatch shows when no label is given: the metric's name, and whatever else tells this
 * query from its neighbours: the values of its dimensions, its statistic. */
static const char *
make_label(const struct question *qn, const struct query *q)
{
    bool dims_differ = false, stats_differ = false, names_differ = false;
    struct arena *arena = qn->call->arena;
    const char *label = "";

    for (size_t i = 0; i < qn->count; i++) {
        const struct query *other = &qn->queries[i];

        if (q->metric_hash != other->metric_hash)
            continue;
        names_differ |= strcmp(q->key.namespace_name, other->key.namespace_name) != 0;
        dims_differ |= q->dims_hash != other->dims_hash;
        stats_differ |= strcmp(q->stat_name, other->stat_name) != 0;
    }
    if (names_differ)
        label = arena_printf(arena, "%s ", q->key.namespace_name);
    for (size_t i = 0; dims_differ && i < q->key.dims.count; i++)
        label = arena_printf(arena, "%s%s ", label, q->key.dims.dims[i].value);
    label = arena_printf(arena, "%s%s", label, q->key.metric);
    return stats_differ ? arena_printf(arena, "%s %s", label, q->stat_name) : label;
}

/* The points of a query that are not told yet: [*from, *to) of its ascending list. */
static void
untold(const struct question *qn, size_t i, size_t *from, size_t *to)
{
    const struct query *q = &qn->queries[i];

    *from = 0;
    *to = q->point_count;
    if (i != qn->first || qn->bound_ms == NO_BOUND)
        return;
    if (qn->ascending) {
        while (*from < *to && q->points[*from].time_ms <= qn->bound_ms)
            (*from)++;
    } else {
        while (*to > *from && q->points[*to - 1].time_ms >= qn->bound_ms)
            (*to)--;
    }
}

/* Appends one result with up to *room points. false: points were left, up to *bound_ms is told. */
static bool
put_result(const struct question *qn, size_t i, cJSON *results, size_t *room, int64_t *bound_ms)
{
    const struct query *q = &qn->queries[i];
    cJSON *result = cJSON_CreateObject(), *times, *values;
    size_t from, to, count;

    untold(qn, i, &from, &to);
    count = to - from < *room ? to - from : *room;
    cJSON_AddItemToArray(results, result);
    cJSON_AddStringToObject(result, "Id", q->id);
    cJSON_AddStringToObject(result, "Label", q->label != NULL ? q->label : make_label(qn, q));
    times = cJSON_AddArrayToObject(result, "Timestamps");
    values = cJSON_AddArrayToObject(result, "Values");
    for (size_t n = 0; n < count; n++) {
        const struct point *p = &q->points[qn->ascending ? from + n : to - 1 - n];

        cJSON_AddItemToArray(times, json_time(p->time_ms));
        cJSON_AddItemToArray(values, cJSON_CreateNumber(p->value));
        *bound_ms = p->time_ms;
    }
    *room -= count;
    cJSON_AddStringToObject(result, "StatusCode", count == to - from ? "Complete" : "PartialData");
    return count == to - from;
}

static void
put_token(const struct question *qn, cJSON *out, size_t next, int64_t bound_ms)
{
    char state[48];

    if (bound_ms == NO_BOUND)
        snprintf(state, sizeof state, "%zu", next);
    else
        snprintf(state, sizeof state, "%zu@%lld", next, (long long)bound_ms);
    cJSON_AddStringToObject(out, "NextToken", aws_token_make(qn->call->arena, qn->scope, state));
}

static enum status
answer(struct question *qn)
{
    cJSON *out = cJSON_CreateObject();
    cJSON *results = cJSON_AddArrayToObject(out, "MetricDataResults");
    size_t room = (size_t)qn->max_points;

    qn->call->out = out;
    for (size_t i = qn->first; i < qn->count; i++) {
        struct query *q = &qn->queries[i];
        int64_t bound_ms = i == qn->first ? qn->bound_ms : NO_BOUND;

        if (!q->is_returned)
            continue;
        if (room == 0) {
            put_token(qn, out, i, bound_ms);
            break;
        }
        if (!q->is_known) {
            enum status st = read_group(qn, i);

            if (st != OK)
                return st;
        }
        if (!put_result(qn, i, results, &room, &bound_ms)) {
            put_token(qn, out, i, bound_ms);
            break;
        }
    }
    return OK;
}

enum status
aws_get_metric_data(struct aws_call *call)
{
    struct question qn = { .call = call };
    enum status st = read_question(&qn);

    if (st != OK)
        return st;
    snprintf(call->note, sizeof call->note, "%zu %s", qn.count,
             qn.count == 1 ? "query" : "queries");
    return answer(&qn);
}
