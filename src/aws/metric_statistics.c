/* metric_statistics.c - queries sorted into requests, a few under way at a time.
 * SPDX-License-Identifier: MIT
 *
 * Queries of one series and period share a request, but the five plain statistics and percentiles
 * cannot (GetMetricStatistics, API reference), and a request takes ten percentiles at most. The
 * answer's data points come in no order and hold every statistic of the request. */
#include "config.h"

#include "aws/metric_statistics.h"

#include "base/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define EXTENDED_MAX 10
#define PLAIN_MAX    5
#define POINTS_MAX   1440
#define AT_ONCE      6 /* of the 400 a second that the service allows */

struct request {
    struct metric_statistics_job *job;
    struct aws_call *call;
    size_t queries[EXTENDED_MAX]; /* indices; the first one speaks for series and period */
    size_t query_count;
    bool is_extended;
};

struct metric_statistics_job {
    struct aws_client *client;
    struct arena *arena;
    const struct cloudwatch_query *queries;
    size_t query_count;
    int64_t from_ms, to_ms;
    struct request *requests;
    size_t request_count, next, under_way;
    struct cloudwatch_points *points;
    cloudwatch_data_done *done;
    void *arg;
};

static bool
is_plain(const char *stat)
{
    static const char *const names[PLAIN_MAX] = { "SampleCount", "Average", "Sum", "Minimum",
                                                  "Maximum" };

    for (size_t i = 0; i < PLAIN_MAX; i++) {
        if (strcmp(names[i], stat) == 0)
            return true;
    }
    return false;
}

static bool
is_percentile(const char *stat)
{
    return stat[0] == 'p' && stat[1] != '\0' && strspn(stat + 1, "0123456789.") == strlen(stat + 1);
}

static bool
share_a_request(const struct cloudwatch_query *a, const struct cloudwatch_query *b)
{
    return a->period_s == b->period_s && is_plain(a->stat) == is_plain(b->stat) &&
           series_key_equal(&a->series, &b->series);
}

/* Puts each query into the first request that has a place for it. */
static size_t
sort_queries(const struct cloudwatch_query *queries, size_t count, struct request *requests)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        while (at < n && (requests[at].query_count == EXTENDED_MAX ||
                          !share_a_request(&queries[requests[at].queries[0]], &queries[i])))
            at++;
        if (at == n) {
            requests[n] = (struct request){ .is_extended = !is_plain(queries[i].stat) };
            n++;
        }
        requests[at].queries[requests[at].query_count++] = i;
    }
    return n;
}

size_t
metric_statistics_requests(const struct cloudwatch_query *queries, size_t count, int64_t from_ms,
                           int64_t to_ms)
{
    struct request *requests;
    size_t n;

    for (size_t i = 0; i < count; i++) {
        if (queries[i].expression != NULL || queries[i].is_hidden ||
            (!is_plain(queries[i].stat) && !is_percentile(queries[i].stat)) ||
            (to_ms - from_ms) / (queries[i].period_s * INT64_C(1000)) > POINTS_MAX)
            return 0;
    }
    requests = xcalloc(count + 1, sizeof *requests);
    n = sort_queries(queries, count, requests);
    free(requests);
    return n;
}

static void
job_free(struct metric_statistics_job *job)
{
    for (size_t i = 0; i < job->request_count; i++)
        aws_call_cancel(job->requests[i].call);
    free(job->requests);
    free(job);
}

void
metric_statistics_cancel(struct metric_statistics_job *job)
{
    if (job != NULL)
        job_free(job);
}

static void
end(struct metric_statistics_job *job, const struct err *err)
{
    job->done(job->arg, err == NULL ? job->points : NULL, false, 0, err);
    job_free(job);
}

/* --- an answer --- */

struct point {
    int64_t time_ms;
    double value;
};

static int
by_time(const void *a, const void *b)
{
    const struct point *x = a, *y = b;

    return x->time_ms < y->time_ms ? -1 : x->time_ms > y->time_ms;
}

/* One statistic of all data points, ascending. */
static enum status
read_statistic(struct metric_statistics_job *job, const struct request *rq, const cJSON *list,
               size_t query, struct err *err)
{
    const char *stat = job->queries[query].stat;
    size_t count = (size_t)cJSON_GetArraySize(list), n = 0;
    struct point *points = xcalloc(count + 1, sizeof *points);
    int64_t *times = arena_alloc(job->arena, (count + 1) * sizeof *times);
    double *values = arena_alloc(job->arena, (count + 1) * sizeof *values);
    const char *caveat = NULL;
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        const cJSON *time = json_get(item, "Timestamp");
        const cJSON *value =
            json_get(rq->is_extended ? json_get(item, "ExtendedStatistics") : item, stat);

        if (!cJSON_IsNumber(time) || !(time->valuedouble >= 0 && time->valuedouble < 1e11)) {
            free(points);
            return err_set(err, E_INVALID, "GetMetricStatistics: a data point without a Timestamp");
        }
        if (cJSON_IsNumber(value))
            points[n++] =
                (struct point){ (int64_t)(time->valuedouble * 1000 + 0.5), value->valuedouble };
    }
    if (n == 0 && count > 0)
        caveat = arena_printf(job->arena, "this server's GetMetricStatistics leaves out %s", stat);
    qsort(points, n, sizeof *points, by_time);
    for (size_t i = 0; i < n; i++) {
        times[i] = points[i].time_ms;
        values[i] = points[i].value;
    }
    free(points);
    job->points[query] = (struct cloudwatch_points){ times, values, n, caveat };
    return OK;
}

static enum status
read_answer(struct metric_statistics_job *job, const struct request *rq, const cJSON *answer,
            struct err *err)
{
    const cJSON *list = json_get(answer, "Datapoints");
    enum status st = OK;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "GetMetricStatistics: an answer without Datapoints");
    if (cJSON_GetArraySize(list) > POINTS_MAX + 1)
        return err_set(err, E_LIMIT, "GetMetricStatistics: more than %d data points", POINTS_MAX);
    for (size_t i = 0; st == OK && i < rq->query_count; i++)
        st = read_statistic(job, rq, list, rq->queries[i], err);
    return st;
}

/* --- the requests --- */

/* One query under two ids is one statistic. */
static cJSON *
stats_of(const struct metric_statistics_job *job, const struct request *rq)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < rq->query_count; i++) {
        const char *stat = job->queries[rq->queries[i]].stat;
        size_t k = 0;

        while (strcmp(job->queries[rq->queries[k]].stat, stat) != 0)
            k++;
        if (k == i)
            cJSON_AddItemToArray(list, cJSON_CreateString(stat));
    }
    return list;
}

static cJSON *
input_of(const struct metric_statistics_job *job, const struct request *rq)
{
    const struct cloudwatch_query *q = &job->queries[rq->queries[0]];
    cJSON *input = cJSON_CreateObject(), *dims;

    cJSON_AddStringToObject(input, "Namespace", q->series.namespace_name);
    cJSON_AddStringToObject(input, "MetricName", q->series.metric);
    dims = cJSON_AddArrayToObject(input, "Dimensions");
    for (size_t i = 0; i < q->series.dims.count; i++) {
        cJSON *d = cJSON_CreateObject();

        cJSON_AddStringToObject(d, "Name", q->series.dims.dims[i].name);
        cJSON_AddStringToObject(d, "Value", q->series.dims.dims[i].value);
        cJSON_AddItemToArray(dims, d);
    }
    cJSON_AddNumberToObject(input, "StartTime", (double)job->from_ms / 1000.0);
    cJSON_AddNumberToObject(input, "EndTime", (double)job->to_ms / 1000.0);
    cJSON_AddNumberToObject(input, "Period", q->period_s);
    cJSON_AddItemToObject(input, rq->is_extended ? "ExtendedStatistics" : "Statistics",
                          stats_of(job, rq));
    return input;
}

static void on_answer(void *arg, const cJSON *answer, const struct err *err);

static void
start_some(struct metric_statistics_job *job)
{
    while (job->under_way < AT_ONCE && job->next < job->request_count) {
        struct request *rq = &job->requests[job->next++];
        cJSON *input = input_of(job, rq);

        rq->job = job;
        job->under_way++;
        rq->call = aws_call_start(job->client, AWS_CLOUDWATCH, "GetMetricStatistics", input,
                                  on_answer, rq);
        cJSON_Delete(input);
    }
}

static void
on_answer(void *arg, const cJSON *answer, const struct err *err)
{
    struct request *rq = arg;
    struct metric_statistics_job *job = rq->job;
    struct err own = { 0 };

    rq->call = NULL;
    job->under_way--;
    if (answer == NULL)
        end(job, err);
    else if (read_answer(job, rq, answer, &own) != OK)
        end(job, &own);
    else if (job->under_way == 0 && job->next == job->request_count)
        end(job, NULL);
    else
        start_some(job);
}

struct metric_statistics_job *
metric_statistics_get(struct aws_client *client, struct arena *arena,
                      const struct cloudwatch_query *queries, size_t count, int64_t from_ms,
                      int64_t to_ms, cloudwatch_data_done *done, void *arg)
{
    struct metric_statistics_job *job = xcalloc(1, sizeof *job);

    assert(count > 0);
    *job = (struct metric_statistics_job){ .client = client,
                                           .arena = arena,
                                           .queries = queries,
                                           .query_count = count,
                                           .from_ms = from_ms,
                                           .to_ms = to_ms,
                                           .done = done,
                                           .arg = arg };
    job->requests = xcalloc(count, sizeof *job->requests);
    job->request_count = sort_queries(queries, count, job->requests);
    job->points = arena_alloc(arena, count * sizeof *job->points);
    start_some(job);
    return job;
}
