/* topic_databases.c - what RDS and Performance Insights tell: clusters, instances, events, the
 * maximum of connections, and load by user.
 * SPDX-License-Identifier: MIT
 *
 * One state serves all five kinds, of which each topic is one: a job of RDS or one of Performance
 * Insights, and the answer that it fills. */
#include "config.h"

#include "aws/performance_insights.h"
#include "aws/rds.h"
#include "tui/topic.h"

#include <stdlib.h>

struct databases_state {
    struct rds_job *job;
    struct performance_insights_job *load_job;
    struct answer *answer; /* being filled */
};

static struct databases_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct databases_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct databases_state *state = state_of(topic);

    rds_cancel(state->job);
    performance_insights_cancel(state->load_job);
    answer_unref(state->answer);
    *state = (struct databases_state){ NULL, NULL, NULL };
}

static void
fini(struct topic *topic)
{
    free(topic->state);
}

static struct databases_state *
begin(struct topic *topic)
{
    struct databases_state *state = state_of(topic);

    state->answer = answer_new(topic->ask->key, topic->ask->kind);
    state->answer->to_ms = topic_to_ms(topic);
    state->answer->from_ms = state->answer->to_ms - topic->ask->range.span_ms;
    return state;
}

/* The answer that is to be filled now; NULL when it has failed, which is told. */
static struct answer *
end(struct topic *topic, bool partial, const struct err *err)
{
    struct databases_state *state = state_of(topic);
    struct answer *answer = state->answer;

    *state = (struct databases_state){ NULL, NULL, NULL };
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, 0);
        return NULL;
    }
    answer->is_partial = partial;
    return answer;
}

static const struct db_member *
copy_members(struct arena *arena, const struct rds_cluster *cluster)
{
    struct db_member *out = arena_alloc(arena, (cluster->member_count + 1) * sizeof *out);

    for (size_t i = 0; i < cluster->member_count; i++)
        out[i] = (struct db_member){ cluster->members[i].instance, cluster->members[i].is_writer };
    return out;
}

static void
on_clusters(void *arg, const struct rds_cluster *clusters, size_t count, bool partial,
            const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = end(topic, partial, err);
    struct db_cluster *out;

    if (answer == NULL)
        return;
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct db_cluster){ .id = clusters[i].id,
                                      .status = clusters[i].status,
                                      .engine = clusters[i].engine,
                                      .version = clusters[i].version,
                                      .parameter_group = clusters[i].parameter_group,
                                      .members = copy_members(answer->arena, &clusters[i]),
                                      .member_count = clusters[i].member_count,
                                      .least_acu = clusters[i].least_acu,
                                      .most_acu = clusters[i].most_acu,
                                      .backup_days = clusters[i].backup_days,
                                      .restorable_ms = clusters[i].restorable_ms };
    answer->db_clusters = out;
    answer->db_cluster_count = count;
    topic_answer(topic, answer, 0);
}

static void
on_instances(void *arg, const struct rds_instance *instances, size_t count, bool partial,
             const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = end(topic, partial, err);
    struct db_instance *out;

    if (answer == NULL)
        return;
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct db_instance){ .id = instances[i].id,
                                       .cluster = instances[i].cluster,
                                       .class_name = instances[i].class_name,
                                       .status = instances[i].status,
                                       .resource_id = instances[i].resource_id,
                                       .has_insights = instances[i].has_insights };
    answer->db_instances = out;
    answer->db_instance_count = count;
    topic_answer(topic, answer, 0);
}

static void
on_events(void *arg, const struct rds_event *events, size_t count, bool partial,
          const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = end(topic, partial, err);
    struct db_event *out;

    if (answer == NULL)
        return;
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct db_event){ .source = events[i].source,
                                    .message = events[i].message,
                                    .category = events[i].category,
                                    .time_ms = events[i].time_ms };
    answer->db_events = out;
    answer->db_event_count = count;
    topic_answer(topic, answer, 0);
}

static void
on_parameter(void *arg, const char *value, const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = end(topic, false, err);

    if (answer == NULL)
        return;
    answer->db_parameter = value;
    topic_answer(topic, answer, 0);
}

static void
on_load(void *arg, const struct load_series *series, size_t count, bool partial,
        const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = end(topic, partial, err);
    struct metric_points *out;

    if (answer == NULL)
        return;
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct metric_points){ .id = series[i].user,
                                         .times_ms = series[i].times_ms,
                                         .values = series[i].values,
                                         .count = series[i].count };
    answer->points = out;
    answer->point_count = count;
    topic_answer(topic, answer, 0);
}

static void
start_clusters(struct topic *topic)
{
    struct databases_state *state = begin(topic);

    state->job = rds_clusters(topic->client, state->answer->arena, on_clusters, topic);
}

static void
start_instances(struct topic *topic)
{
    struct databases_state *state = begin(topic);

    state->job = rds_instances(topic->client, state->answer->arena, on_instances, topic);
}

static void
start_events(struct topic *topic)
{
    struct databases_state *state = begin(topic);

    state->job = rds_events(topic->client, state->answer->arena, state->answer->from_ms,
                            state->answer->to_ms, on_events, topic);
}

static void
start_parameter(struct topic *topic)
{
    struct databases_state *state = begin(topic);

    state->job = rds_max_connections(topic->client, state->answer->arena, topic->ask->database,
                                     on_parameter, topic);
}

/* Whole periods, so that the same window is asked again until one more is over. */
static void
start_load(struct topic *topic)
{
    struct databases_state *state = begin(topic);
    int64_t period_ms = performance_insights_period_s(topic->ask->range.span_ms) * INT64_C(1000);
    struct answer *answer = state->answer;

    answer->from_ms -= answer->from_ms % period_ms;
    answer->to_ms -= answer->to_ms % period_ms;
    state->load_job = performance_insights_load(topic->client, answer->arena, topic->ask->database,
                                                answer->from_ms, answer->to_ms, on_load, topic);
}

const struct topic_kind topic_db_clusters = { .start = start_clusters,
                                              .cancel = cancel,
                                              .fini = fini };
const struct topic_kind topic_db_instances = { .start = start_instances,
                                               .cancel = cancel,
                                               .fini = fini };
const struct topic_kind topic_db_events = { .start = start_events, .cancel = cancel, .fini = fini };
const struct topic_kind topic_db_parameter = { .start = start_parameter,
                                               .cancel = cancel,
                                               .fini = fini };
const struct topic_kind topic_db_load = { .start = start_load, .cancel = cancel, .fini = fini };
