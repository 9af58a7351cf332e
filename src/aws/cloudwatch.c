/* cloudwatch.c - GetMetricData and ListMetrics.
 * SPDX-License-Identifier: MIT
 *
 * One GetMetricData carries up to 500 queries; which go together is metric_plan.c's business. Ids
 * are ours ("ov0", "ov1", ...) but where expressions name a query: a series may come in pieces over
 * several pages, and the Id says where a piece belongs. Each piece is checked before any of it is
 * taken: arrays of equal length, numbers, times that can be. Points come ascending or not,
 * depending on the server's mood between pages, so they are sorted at the end; a time that came
 * twice keeps its last value.
 *
 * An expression may come to several series under one Id, which only their Labels tell apart. Nobody
 * here has a use for that, and mixing them up would be a wrong number, so it is refused. */
#include "config.h"

#include "aws/cloudwatch.h"

#include "aws/answer.h"
#include "aws/metric_plan.h"
#include "aws/pages.h"
#include "base/json.h"
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_PAGES_MAX   40
#define NAMES_PAGES_MAX  40
#define POINTS_MAX       400000 /* of all series of a job */
#define STATS_PER_METRIC 5      /* billed as one metric, up to so many statistics */

struct point {
    int64_t time_ms;
    double value;
    size_t order; /* of arrival */
};

struct gathered {
    struct point *points;
    size_t count;
    size_t cap;
    bool is_partial;     /* its newest piece said so */
    uint64_t label_hash; /* of an expression's series; 0: none came yet */
};

struct cloudwatch_job {
    struct aws_client *client;
    struct arena *arena;
    struct pages *pages;
    void *arg;
    int64_t cost_microusd;
    bool partial;

    cloudwatch_data_done *data_done;
    const struct cloudwatch_query *queries;
    struct gathered *series;
    size_t count;
    struct metric_plan plan;
    size_t request; /* the one under way */
    int64_t from_ms;
    int64_t to_ms;
    size_t points;

    cloudwatch_names_done *names_done;
    struct series_key *names;
    size_t name_cap;
    size_t max;
};

static void
job_free(struct cloudwatch_job *job)
{
    for (size_t i = 0; job->series != NULL && i < job->count; i++)
        free(job->series[i].points);
    free(job->series);
    metric_plan_fini(&job->plan);
    free(job->names);
    free(job);
}

void
cloudwatch_cancel(struct cloudwatch_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    job_free(job);
}

static uint64_t
series_hash(const struct series_key *key)
{
    uint64_t h = text_hash(key->namespace_name, strlen(key->namespace_name), TEXT_HASH_SEED);

    h = text_hash(key->metric, strlen(key->metric), h + 1);
    for (size_t i = 0; i < key->dims.count; i++) {
        h = text_hash(key->dims.dims[i].name, strlen(key->dims.dims[i].name), h + 1);
        h = text_hash(key->dims.dims[i].value, strlen(key->dims.dims[i].value), h + 1);
    }
    return h;
}

static int
by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* An expression that finds its metrics itself, by search or by a query. */
static bool
looks_for_metrics(const char *expression)
{
    return strstr(expression, "SEARCH(") != NULL || strncmp(expression, "SELECT ", 7) == 0;
}

size_t
cloudwatch_metrics_billed(const struct cloudwatch_query *queries, size_t count)
{
    uint64_t *hashes = xcalloc(count + 1, sizeof *hashes);
    size_t metrics = 0, hashed = 0, same = 0;

    for (size_t i = 0; i < count; i++) {
        if (queries[i].expression == NULL)
            hashes[hashed++] = series_hash(&queries[i].series);
        else if (looks_for_metrics(queries[i].expression))
            metrics++;
    }
    if (hashed > 1)
        qsort(hashes, hashed, sizeof *hashes, by_number);
    for (size_t i = 0; i < hashed; i++) {
        same = i > 0 && hashes[i] == hashes[i - 1] ? same + 1 : 0;
        if (same % STATS_PER_METRIC == 0)
            metrics++;
    }
    free(hashes);
    return metrics;
}

/* Metrics of the request under way. */
static size_t
metrics_billed(const struct cloudwatch_job *job)
{
    struct cloudwatch_query *queries = xcalloc(job->count + 1, sizeof *queries);
    size_t count = 0, billed;

    for (size_t i = 0; i < job->count; i++) {
        if (job->plan.request_of[i] == job->request)
            queries[count++] = job->queries[i];
    }
    billed = cloudwatch_metrics_billed(queries, count);
    free(queries);
    return billed;
}

static cJSON *
dimensions_json(const struct dimension_set *set)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < set->count; i++) {
        cJSON *d = cJSON_CreateObject();

        cJSON_AddStringToObject(d, "Name", set->dims[i].name);
        cJSON_AddStringToObject(d, "Value", set->dims[i].value);
        cJSON_AddItemToArray(list, d);
    }
    return list;
}

static cJSON *
stat_json(const struct cloudwatch_query *query)
{
    cJSON *stat = cJSON_CreateObject(), *metric = cJSON_AddObjectToObject(stat, "Metric");

    cJSON_AddStringToObject(metric, "Namespace", query->series.namespace_name);
    cJSON_AddStringToObject(metric, "MetricName", query->series.metric);
    cJSON_AddItemToObject(metric, "Dimensions", dimensions_json(&query->series.dims));
    cJSON_AddNumberToObject(stat, "Period", query->period_s);
    cJSON_AddStringToObject(stat, "Stat", query->stat);
    return stat;
}

static cJSON *
query_json(const struct cloudwatch_query *query, size_t index)
{
    cJSON *q = cJSON_CreateObject();
    char id[24];

    snprintf(id, sizeof id, "ov%zu", index);
    cJSON_AddStringToObject(q, "Id", query->math_id != NULL ? query->math_id : id);
    if (query->expression == NULL)
        cJSON_AddItemToObject(q, "MetricStat", stat_json(query));
    else
        cJSON_AddStringToObject(q, "Expression", query->expression);
    if (query->expression != NULL && query->period_s > 0)
        cJSON_AddNumberToObject(q, "Period", query->period_s);
    if (query->is_hidden)
        cJSON_AddFalseToObject(q, "ReturnData");
    return q;
}

static void
add_point(struct gathered *g, int64_t time_ms, double value)
{
    if (g->count == g->cap) {
        g->cap = g->cap == 0 ? 64 : 2 * g->cap;
        g->points = xreallocarray(g->points, g->cap, sizeof *g->points);
    }
    g->points[g->count] = (struct point){ time_ms, value, g->count };
    g->count++;
}

/* The query of the request under way that has this Id; job->count: none. */
static size_t
query_of(const struct cloudwatch_job *job, const char *id)
{
    int64_t index;

    if (strncmp(id, "ov", 2) == 0 && text_parse_int(&index, id + 2) && index >= 0 &&
        (size_t)index < job->count && job->queries[index].math_id == NULL &&
        job->plan.request_of[index] == job->request)
        return (size_t)index;
    for (size_t i = 0; i < job->count; i++) {
        if (job->plan.request_of[i] == job->request && job->queries[i].math_id != NULL &&
            strcmp(job->queries[i].math_id, id) == 0)
            return i;
    }
    return job->count;
}

/* Epoch seconds that are a sane time, as milliseconds. */
static bool
read_time(const cJSON *value, int64_t *out)
{
    if (!cJSON_IsNumber(value) || !(value->valuedouble >= 0 && value->valuedouble < 1e11))
        return false;
    *out = (int64_t)(value->valuedouble * 1000.0 + 0.5);
    return true;
}

/* Another Label than before is another series. */
static enum status
check_label(struct gathered *g, const struct cloudwatch_query *query, const cJSON *result,
            struct err *err)
{
    const char *label = json_get_string(result, "Label", "");
    uint64_t hash = text_hash(label, strlen(label), TEXT_HASH_SEED);

    if (query->expression == NULL)
        return OK;
    if (g->label_hash != 0 && g->label_hash != hash)
        return err_set(err, E_UNSUPPORTED,
                       "GetMetricData: the expression %s comes to several series, one can be shown",
                       query->expression);
    g->label_hash = hash;
    return OK;
}

static enum status
read_points(struct cloudwatch_job *job, struct gathered *g, const cJSON *result, struct err *err)
{
    const cJSON *times = json_get(result, "Timestamps");
    const cJSON *values = json_get(result, "Values");
    const cJSON *t, *v;
    int64_t time_ms;

    if (!cJSON_IsArray(times) || !cJSON_IsArray(values))
        return err_set(err, E_INVALID, "GetMetricData: a result without Timestamps and Values");
    v = values->child;
    for (t = times->child; t != NULL && v != NULL; t = t->next, v = v->next) {
        if (!read_time(t, &time_ms) || !cJSON_IsNumber(v))
            return err_set(err, E_INVALID, "GetMetricData: a point that is no time and number");
        if (++job->points > POINTS_MAX)
            return err_set(err, E_LIMIT, "GetMetricData: more than %d points", POINTS_MAX);
        add_point(g, time_ms, v->valuedouble);
    }
    if (t != NULL || v != NULL)
        return err_set(err, E_INVALID, "GetMetricData: Timestamps and Values differ in length");
    return OK;
}

static enum status
read_result(struct cloudwatch_job *job, const cJSON *result, struct err *err)
{
    size_t index = query_of(job, json_get_string(result, "Id", ""));
    const char *code = json_get_string(result, "StatusCode", "Complete");
    struct gathered *g;

    if (index == job->count || job->queries[index].is_hidden)
        return OK;
    g = &job->series[index];
    g->is_partial = strcmp(code, "Complete") != 0;
    if (check_label(g, &job->queries[index], result, err) != OK)
        return err->code;
    return read_points(job, g, result, err);
}

static enum status
read_data_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct cloudwatch_job *job = arg;
    const cJSON *results = json_get(page, "MetricDataResults");
    const cJSON *result;

    (void)enough;
    if (!cJSON_IsArray(results))
        return err_set(err, E_INVALID, "GetMetricData: an answer without MetricDataResults");
    cJSON_ArrayForEach(result, results)
    {
        enum status st = read_result(job, result, err);

        if (st != OK)
            return st;
    }
    return OK;
}

static int
by_time(const void *a, const void *b)
{
    const struct point *x = a, *y = b;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static void
settle_series(struct arena *arena, struct gathered *g, struct cloudwatch_points *out)
{
    int64_t *times = arena_alloc(arena, (g->count + 1) * sizeof *times);
    double *values = arena_alloc(arena, (g->count + 1) * sizeof *values);
    size_t n = 0;

    if (g->count > 1)
        qsort(g->points, g->count, sizeof *g->points, by_time);
    for (size_t i = 0; i < g->count; i++) {
        if (n > 0 && times[n - 1] == g->points[i].time_ms)
            n--;
        times[n] = g->points[i].time_ms;
        values[n++] = g->points[i].value;
    }
    *out = (struct cloudwatch_points){ .times_ms = times, .values = values, .count = n };
}

static void
end_data(struct cloudwatch_job *job, const struct err *err)
{
    struct cloudwatch_points *points = NULL;

    if (err == NULL)
        points = arena_alloc(job->arena, (job->count + 1) * sizeof *points);
    for (size_t i = 0; err == NULL && i < job->count; i++) {
        settle_series(job->arena, &job->series[i], &points[i]);
        job->partial |= job->series[i].is_partial;
    }
    job->data_done(job->arg, points, err == NULL && job->partial, job->cost_microusd, err);
    job_free(job);
}

static void start_request(struct cloudwatch_job *job);

static void
on_request_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct cloudwatch_job *job = arg;

    job->pages = NULL;
    job->cost_microusd += price_microusd(&aws_client_target(job->client)->prices, PRICE_METRIC_DATA,
                                         (double)arrived * (double)metrics_billed(job));
    job->partial |= more;
    job->request++;
    if (err == NULL && job->request < job->plan.request_count)
        start_request(job);
    else
        end_data(job, err);
}

static void
start_request(struct cloudwatch_job *job)
{
    cJSON *input = cJSON_CreateObject();
    cJSON *queries = cJSON_AddArrayToObject(input, "MetricDataQueries");

    for (size_t i = 0; i < job->count; i++) {
        if (job->plan.request_of[i] == job->request)
            cJSON_AddItemToArray(queries, query_json(&job->queries[i], i));
    }
    cJSON_AddNumberToObject(input, "StartTime", (double)job->from_ms / 1000.0);
    cJSON_AddNumberToObject(input, "EndTime", (double)job->to_ms / 1000.0);
    cJSON_AddStringToObject(input, "ScanBy", "TimestampAscending");
    job->pages = pages_start(job->client, &(struct pages_request){
                                              .service = AWS_CLOUDWATCH,
                                              .operation = "GetMetricData",
                                              .token = "NextToken",
                                              .max = DATA_PAGES_MAX,
                                              .input = input,
                                              .read = read_data_page,
                                              .done = on_request_done,
                                              .arg = job,
                                          });
}

struct cloudwatch_job *
cloudwatch_get_data(struct aws_client *client, struct arena *arena,
                    const struct cloudwatch_query *queries, size_t count, int64_t from_ms,
                    int64_t to_ms, cloudwatch_data_done *done, void *arg)
{
    struct cloudwatch_job *job = xcalloc(1, sizeof *job);
    struct err err = { 0 };

    assert(count > 0);
    job->client = client;
    job->arena = arena;
    job->data_done = done;
    job->arg = arg;
    job->queries = queries;
    job->series = xcalloc(count, sizeof *job->series);
    job->count = count;
    job->from_ms = from_ms;
    job->to_ms = to_ms;
    if (metric_plan_make(&job->plan, queries, count, &err) != OK) {
        end_data(job, &err);
        return NULL;
    }
    start_request(job);
    return job;
}

static enum status
read_name(struct cloudwatch_job *job, const cJSON *item, struct err *err)
{
    const char *namespace_name = json_get_string(item, "Namespace", NULL);
    const char *metric = json_get_string(item, "MetricName", NULL);
    struct series_key *key;

    if (namespace_name == NULL || metric == NULL)
        return err_set(err, E_INVALID, "ListMetrics: a metric without Namespace and MetricName");
    if (job->count == job->name_cap) {
        job->name_cap = job->name_cap == 0 ? 64 : 2 * job->name_cap;
        job->names = xreallocarray(job->names, job->name_cap, sizeof *job->names);
    }
    key = &job->names[job->count++];
    key->namespace_name = arena_strdup(job->arena, namespace_name);
    key->metric = arena_strdup(job->arena, metric);
    if (answer_check_size(job->arena, "ListMetrics", err) != OK)
        return E_LIMIT;
    return answer_dimensions(&key->dims, job->arena, json_get(item, "Dimensions"), "ListMetrics",
                             err);
}

static enum status
read_names_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct cloudwatch_job *job = arg;
    const cJSON *list = json_get(page, "Metrics");
    const cJSON *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "ListMetrics: an answer without Metrics");
    cJSON_ArrayForEach(item, list)
    {
        enum status st;

        if (job->count == job->max) {
            job->partial = true;
            *enough = true;
            return OK;
        }
        st = read_name(job, item, err);
        if (st != OK)
            return st;
    }
    return OK;
}

static void
on_names_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct cloudwatch_job *job = arg;
    struct series_key *names;

    job->pages = NULL;
    (void)arrived; /* one of the requests that are free by the million */
    names = arena_alloc(job->arena, (job->count + 1) * sizeof *names);
    if (job->count > 0)
        memcpy(names, job->names, job->count * sizeof *names);
    job->names_done(job->arg, names, job->count, more || job->partial, job->cost_microusd, err);
    job_free(job);
}

struct cloudwatch_job *
cloudwatch_list_metrics(struct aws_client *client, struct arena *arena, const char *namespace_name,
                        size_t max, cloudwatch_names_done *done, void *arg)
{
    struct cloudwatch_job *job = xcalloc(1, sizeof *job);
    cJSON *input = cJSON_CreateObject();

    job->client = client;
    job->arena = arena;
    job->names_done = done;
    job->arg = arg;
    job->max = max;
    if (namespace_name != NULL)
        cJSON_AddStringToObject(input, "Namespace", namespace_name);
    job->pages = pages_start(client, &(struct pages_request){
                                         .service = AWS_CLOUDWATCH,
                                         .operation = "ListMetrics",
                                         .token = "NextToken",
                                         .max = NAMES_PAGES_MAX,
                                         .input = input,
                                         .read = read_names_page,
                                         .done = on_names_done,
                                         .arg = job,
                                     });
    return job;
}
