/* topic_metrics.c - ASK_METRICS and ASK_METRIC_NAMES: GetMetricData and ListMetrics.
 * SPDX-License-Identifier: MIT
 *
 * The queries of an ask go out together, so their windows are joined: from the earliest begin any
 * of them needs to the latest end. Each answer's series keep the ids of the ask. */
#include "config.h"

#include "aws/cloudwatch.h"
#include "aws/metric_statistics.h"
#include "tui/topic.h"
#include "tui/window.h"

#include <stdlib.h>

#define NAMES_MAX 5000
#define MINUTE_MS 60000
/* More requests than this for one answer would be a crowd, however little they cost. */
#define FREE_REQUESTS_MAX 60

struct metrics_state {
    struct cloudwatch_job *job;
    struct metric_statistics_job *free_job; /* the same, asked without charge */
    const struct cloudwatch_query *queries; /* in the arena of ... */
    struct answer *answer;                  /* ... what is being filled */
};

static struct metrics_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct metrics_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct metrics_state *state = state_of(topic);

    cloudwatch_cancel(state->job);
    metric_statistics_cancel(state->free_job);
    answer_unref(state->answer);
    *state = (struct metrics_state){ 0 };
}

static void
fini(struct topic *topic)
{
    free(topic->state);
}

static void
widen(struct answer *answer, int64_t from_ms, int64_t to_ms)
{
    if (answer->from_ms == 0 || from_ms < answer->from_ms)
        answer->from_ms = from_ms;
    if (to_ms > answer->to_ms)
        answer->to_ms = to_ms;
}

/* The queries with their periods settled, in the answer's arena; sets its window. */
static const struct cloudwatch_query *
settle_queries(const struct topic *topic, struct answer *answer)
{
    const struct ask *ask = topic->ask;
    struct cloudwatch_query *queries =
        arena_alloc(answer->arena, (ask->query_count + 1) * sizeof *queries);
    int64_t to_ms = topic_to_ms(topic), from_ms = to_ms - ask->range.span_ms;
    struct window whole = window_whole(from_ms, to_ms, topic_now_ms(topic), ask->range.to_ms == 0);

    for (size_t i = 0; i < ask->query_count; i++) {
        const struct metric_ask *q = &ask->queries[i];
        int64_t step_ms = q->period_s * (int64_t)1000;

        queries[i] = (struct cloudwatch_query){ .series = q->series,
                                                .stat = q->stat,
                                                .period_s = q->period_s,
                                                .expression = q->expression,
                                                .math_id = q->math_id,
                                                .is_hidden = q->is_hidden };
        if (q->expression != NULL && q->period_s == 0)
            continue; /* its metrics settle it */
        if (q->period_s == 0) {
            queries[i].period_s = whole.period_s;
            widen(answer, whole.from_ms, whole.to_ms);
        } else
            widen(answer, window_floor(from_ms, step_ms), window_ceil(to_ms, step_ms));
    }
    if (answer->to_ms == 0) /* expressions alone, that find their metrics themselves */
        widen(answer, window_floor(from_ms, MINUTE_MS), window_ceil(to_ms, MINUTE_MS));
    return queries;
}

/* Few enough requests, and some of the free ones left: an emulator, where nothing costs anything,
 * is asked in one. */
static bool
is_free(const struct topic *topic, const struct answer *answer,
        const struct cloudwatch_query *queries)
{
    size_t requests;

    if (topic_is_local(topic))
        return false;
    requests = metric_statistics_requests(queries, topic->ask->query_count, answer->from_ms,
                                          answer->to_ms);
    return requests > 0 && requests <= FREE_REQUESTS_MAX && topic_has_free_calls(topic, requests);
}

static void ask_free(struct topic *topic, struct metrics_state *state);

/* A recording that does not hold it the one way may hold it the other. */
static bool
ask_otherwise(struct topic *topic, struct metrics_state *state, const struct err *err)
{
    const struct answer *answer = state->answer;

    if (err->code != E_UNRECORDED || state->free_job != NULL ||
        metric_statistics_requests(state->queries, topic->ask->query_count, answer->from_ms,
                                   answer->to_ms) == 0)
        return false;
    state->job = NULL;
    ask_free(topic, state);
    return true;
}

static void
on_data(void *arg, const struct cloudwatch_points *points, bool partial, int64_t cost_microusd,
        const struct err *err)
{
    struct topic *topic = arg;
    struct metrics_state *state = state_of(topic);
    struct answer *answer = state->answer;
    struct metric_points *out;

    if (err != NULL && ask_otherwise(topic, state, err))
        return;
    *state = (struct metrics_state){ 0 };
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, cost_microusd);
        return;
    }
    out = arena_alloc(answer->arena, (topic->ask->query_count + 1) * sizeof *out);
    for (size_t i = 0; i < topic->ask->query_count; i++)
        out[i] =
            (struct metric_points){ .id = arena_strdup(answer->arena, topic->ask->queries[i].id),
                                    .times_ms = points[i].times_ms,
                                    .values = points[i].values,
                                    .count = points[i].count };
    for (size_t i = 0; i < topic->ask->query_count && answer->caveat == NULL; i++)
        answer->caveat = points[i].caveat;
    answer->points = out;
    answer->point_count = topic->ask->query_count;
    answer->is_partial = partial;
    topic_answer(topic, answer, cost_microusd);
}

static void
ask_free(struct topic *topic, struct metrics_state *state)
{
    const struct answer *answer = state->answer;

    state->free_job =
        metric_statistics_get(topic->client, answer->arena, state->queries, topic->ask->query_count,
                              answer->from_ms, answer->to_ms, on_data, topic);
}

static void
start_metrics(struct topic *topic)
{
    struct metrics_state *state = state_of(topic);

    state->answer = answer_new(topic->ask->key, ASK_METRICS);
    state->queries = settle_queries(topic, state->answer);
    if (topic->ask->query_count == 0) { /* nothing to ask is answered at once */
        struct answer *answer = state->answer;

        state->answer = NULL;
        topic_answer(topic, answer, 0);
        return;
    }
    if (is_free(topic, state->answer, state->queries))
        ask_free(topic, state);
    else
        state->job = cloudwatch_get_data(topic->client, state->answer->arena, state->queries,
                                         topic->ask->query_count, state->answer->from_ms,
                                         state->answer->to_ms, on_data, topic);
}

static bool
is_paid(struct topic *topic)
{
    struct answer *scratch = answer_new(topic->ask->key, ASK_METRICS);
    bool is =
        topic->ask->query_count > 0 && !is_free(topic, scratch, settle_queries(topic, scratch));

    answer_unref(scratch);
    return is;
}

const struct topic_kind topic_metrics = {
    .start = start_metrics, .cancel = cancel, .is_paid = is_paid, .fini = fini
};

static void
on_names(void *arg, const struct series_key *names, size_t count, bool partial,
         int64_t cost_microusd, const struct err *err)
{
    struct topic *topic = arg;
    struct metrics_state *state = state_of(topic);
    struct answer *answer = state->answer;

    *state = (struct metrics_state){ 0 };
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, cost_microusd);
        return;
    }
    answer->names = names;
    answer->name_count = count;
    answer->is_partial = partial;
    topic_answer(topic, answer, cost_microusd);
}

static void
start_names(struct topic *topic)
{
    struct metrics_state *state = state_of(topic);

    state->answer = answer_new(topic->ask->key, ASK_METRIC_NAMES);
    state->answer->to_ms = topic_to_ms(topic);
    state->answer->from_ms = state->answer->to_ms - topic->ask->range.span_ms;
    state->job = cloudwatch_list_metrics(topic->client, state->answer->arena,
                                         topic->ask->namespace_name, NAMES_MAX, on_names, topic);
}

const struct topic_kind topic_names = { .start = start_names, .cancel = cancel, .fini = fini };
