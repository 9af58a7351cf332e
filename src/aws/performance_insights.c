/* performance_insights.c - GetResourceMetrics: db.load.avg by db.user.
 * SPDX-License-Identifier: MIT
 *
 * The first list of an answer has no dimensions and is the total. A page may go on with series of
 * the page before, so points are gathered by user. A period that is not over has a point without a
 * value. */
#include "config.h"

#include "aws/performance_insights.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define OPERATION   "GetResourceMetrics"
#define PAGES_MAX   10
#define SERIES_MAX  (INSIGHTS_USERS_MAX + 1)
#define POINTS_MAX  2000
#define HOUR_MS     INT64_C(3600000)
#define MINUTELY_MS (3 * HOUR_MS)
#define FIVELY_MS   (24 * HOUR_MS)

struct gathered {
    const char *user;
    int64_t times_ms[POINTS_MAX];
    double values[POINTS_MAX];
    size_t count;
};

struct performance_insights_job {
    struct arena *arena;
    struct pages *pages;
    performance_insights_done *done;
    void *arg;
    struct gathered *series;
    size_t count;
    bool partial;
};

int32_t
performance_insights_period_s(int64_t span_ms)
{
    return span_ms <= MINUTELY_MS ? 60 : span_ms <= FIVELY_MS ? 300 : 3600;
}

static void
job_free(struct performance_insights_job *job)
{
    free(job->series);
    free(job);
}

void
performance_insights_cancel(struct performance_insights_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    job_free(job);
}

/* NULL when there are too many. */
static struct gathered *
series_of(struct performance_insights_job *job, const char *user)
{
    for (size_t i = 0; i < job->count; i++) {
        if (strcmp(job->series[i].user, user) == 0)
            return &job->series[i];
    }
    if (job->count == SERIES_MAX)
        return NULL;
    job->series[job->count].user = arena_strdup(job->arena, user);
    return &job->series[job->count++];
}

/* Ascending times alone: what comes twice is taken once. */
static void
read_points(struct performance_insights_job *job, struct gathered *series, const cJSON *points)
{
    const cJSON *point;

    cJSON_ArrayForEach(point, points)
    {
        int64_t time_ms = answer_time_ms(point, "Timestamp");
        const cJSON *value = json_get(point, "Value");

        if (time_ms == 0 || !cJSON_IsNumber(value) || value->valuedouble < 0)
            continue;
        if (series->count > 0 && series->times_ms[series->count - 1] >= time_ms)
            continue;
        if (series->count == POINTS_MAX) {
            job->partial = true;
            return;
        }
        series->times_ms[series->count] = time_ms;
        series->values[series->count++] = value->valuedouble;
    }
}

static enum status
read_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct performance_insights_job *job = arg;
    const cJSON *list = json_get(page, "MetricList"), *item;

    *enough = false;
    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, OPERATION ": an answer without MetricList");
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *dimensions = json_get(json_get(item, "Key"), "Dimensions");
        const char *user = json_get_string(dimensions, "db.user.name", "");
        struct gathered *series;

        if (cJSON_IsObject(dimensions) && *user == '\0')
            continue; /* of something else */
        series = series_of(job, user);
        if (series == NULL)
            job->partial = true;
        else
            read_points(job, series, json_get(item, "DataPoints"));
    }
    return OK;
}

static void
on_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct performance_insights_job *job = arg;
    struct load_series *out = arena_alloc(job->arena, (job->count + 1) * sizeof *out);

    (void)arrived;
    job->pages = NULL;
    for (size_t i = 0; i < job->count; i++) {
        const struct gathered *from = &job->series[i];
        int64_t *times = arena_alloc(job->arena, (from->count + 1) * sizeof *times);
        double *values = arena_alloc(job->arena, (from->count + 1) * sizeof *values);

        memcpy(times, from->times_ms, from->count * sizeof *times);
        memcpy(values, from->values, from->count * sizeof *values);
        out[i] = (struct load_series){ from->user, times, values, from->count };
    }
    job->done(job->arg, out, job->count, more || job->partial, err);
    job_free(job);
}

static cJSON *
make_input(const char *resource_id, int64_t from_ms, int64_t to_ms)
{
    cJSON *input = cJSON_CreateObject();
    cJSON *query = cJSON_CreateObject(), *group = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "ServiceType", "RDS");
    cJSON_AddStringToObject(input, "Identifier", resource_id);
    cJSON_AddStringToObject(query, "Metric", "db.load.avg");
    cJSON_AddStringToObject(group, "Group", "db.user");
    cJSON_AddNumberToObject(group, "Limit", INSIGHTS_USERS_MAX);
    cJSON_AddItemToObject(query, "GroupBy", group);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "MetricQueries"), query);
    cJSON_AddNumberToObject(input, "StartTime", (double)(from_ms / 1000));
    cJSON_AddNumberToObject(input, "EndTime", (double)(to_ms / 1000));
    cJSON_AddNumberToObject(input, "PeriodInSeconds",
                            performance_insights_period_s(to_ms - from_ms));
    return input;
}

struct performance_insights_job *
performance_insights_load(struct aws_client *client, struct arena *arena, const char *resource_id,
                          int64_t from_ms, int64_t to_ms, performance_insights_done *done,
                          void *arg)
{
    struct performance_insights_job *job = xcalloc(1, sizeof *job);

    job->arena = arena;
    job->done = done;
    job->arg = arg;
    job->series = xcalloc(SERIES_MAX, sizeof *job->series);
    job->pages = pages_start(
        client, &(struct pages_request){ .service = AWS_PI,
                                         .operation = OPERATION,
                                         .token = "NextToken",
                                         .max = PAGES_MAX,
                                         .input = make_input(resource_id, from_ms, to_ms),
                                         .read = read_page,
                                         .done = on_done,
                                         .arg = job });
    return job;
}
