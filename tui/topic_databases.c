/* topic_databases.c - what RDS and Performance Insights tell: clusters, instances, events, the
 * maximum of connections, and load by user.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/performance_insights.h"
#include "aws/rds.h"
#include "tui/topic.h"

static void
on_clusters(void *arg, const struct db_cluster *clusters, size_t count, bool partial,
            const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);

    if (answer == NULL)
        return;
    answer->db_clusters = clusters;
    answer->db_cluster_count = count;
    topic_answer(topic, answer, 0);
}

static void
start_clusters(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state = rds_clusters(topic->client, answer->arena, on_clusters, topic);
}

static void
on_instances(void *arg, const struct db_instance *instances, size_t count, bool partial,
             const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);

    if (answer == NULL)
        return;
    answer->db_instances = instances;
    answer->db_instance_count = count;
    topic_answer(topic, answer, 0);
}

static void
start_instances(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state = rds_instances(topic->client, answer->arena, on_instances, topic);
}

static void
on_events(void *arg, const struct db_event *events, size_t count, bool partial,
          const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);

    if (answer == NULL)
        return;
    answer->db_events = events;
    answer->db_event_count = count;
    topic_answer(topic, answer, 0);
}

static void
start_events(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state =
        rds_events(topic->client, answer->arena, answer->from_ms, answer->to_ms, on_events, topic);
}

static void
on_parameter(void *arg, const char *value, const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, false, err);

    if (answer == NULL)
        return;
    answer->db_parameter = value;
    topic_answer(topic, answer, 0);
}

static void
start_parameter(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state = rds_max_connections(topic->client, answer->arena, topic->ask->database,
                                       on_parameter, topic);
}

const struct topic_kind topic_db_clusters = { .start = start_clusters,
                                              .cancel = topic_cancel_listing };
const struct topic_kind topic_db_instances = { .start = start_instances,
                                               .cancel = topic_cancel_listing };
const struct topic_kind topic_db_events = { .start = start_events, .cancel = topic_cancel_listing };
const struct topic_kind topic_db_parameter = { .start = start_parameter,
                                               .cancel = topic_cancel_listing };

/* --- load --- */

static void
cancel_load(struct topic *topic)
{
    performance_insights_cancel(topic->state);
    topic_drop(topic);
}

static void
on_load(void *arg, const struct load_series *series, size_t count, bool partial,
        const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);
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

/* Whole periods, so that the same window is asked again until one more is over. */
static void
start_load(struct topic *topic)
{
    int64_t period_ms = performance_insights_period_s(topic->ask->range.span_ms) * INT64_C(1000);
    struct answer *answer = topic_begin(topic);

    answer->from_ms -= answer->from_ms % period_ms;
    answer->to_ms -= answer->to_ms % period_ms;
    topic->state = performance_insights_load(topic->client, answer->arena, topic->ask->database,
                                             answer->from_ms, answer->to_ms, on_load, topic);
}

const struct topic_kind topic_db_load = { .start = start_load, .cancel = cancel_load };
