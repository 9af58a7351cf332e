/* databases.c - clusters, and what is asked about them.
 * SPDX-License-Identifier: MIT
 *
 * RDS names the clusters, their instances, their parameter groups: free, and seldom asked. What is
 * judged (CPU and connections of each instance) is asked each minute, and in the background too;
 * the rest only of the cluster that is looked at and every five minutes, storage every hour.
 * Whoever can ask one metric at a time does so for nothing (topic_metrics.c). */
#include "config.h"

#include "tui/views/databases.h"

#include "base/json.h"
#include "tui/views/deploys.h"
#include "tui/views/parts.h"
#include "tui/window.h"

#include <string.h>

#define NAMESPACE    "AWS/RDS"
#define DAY_MS       INT64_C(86400000)
#define WEEK_MS      (7 * DAY_MS)
#define SELDOM_MS    INT64_C(300000)
#define HOURLY_MS    INT64_C(3600000)
#define CLUSTERS_MAX 10
#define STEPS        60
#define STACK_PATH   "/_obsview/stack"

const char *
database_id(struct arena *arena, const char *what, const char *of)
{
    return arena_printf(arena, "%s.%s", what, of);
}

const char *
database_key(struct arena *arena, const char *what, const struct database *db)
{
    return arena_printf(arena, "aurora.%s.%s", what, db->cluster->id);
}

int32_t
database_step_s(const struct view_query *q)
{
    return window_step_s(q->range.span_ms, q->now_ms - view_query_from_ms(q), STEPS);
}

/* --- which there are --- */

static const struct db_instance *
instance_named(const struct view_query *q, const char *id)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "aurora.instances");

    for (size_t i = 0; answer != NULL && i < answer->db_instance_count; i++) {
        if (strcmp(answer->db_instances[i].id, id) == 0)
            return &answer->db_instances[i];
    }
    return NULL;
}

/* What is not told of an instance is not known; its name is, from the cluster. */
static const struct db_instance *
member_instance(struct arena *arena, const struct view_query *q, const struct db_member *member)
{
    const struct db_instance *known = instance_named(q, member->instance);
    struct db_instance *bare;

    if (known != NULL)
        return known;
    bare = arena_alloc(arena, sizeof *bare);
    *bare = (struct db_instance){
        .id = member->instance, .cluster = "", .class_name = "", .status = "", .resource_id = ""
    };
    return bare;
}

static void
add_members(struct database *db, struct arena *arena, const struct view_query *q, bool writers)
{
    for (size_t i = 0; i < db->cluster->member_count; i++) {
        const struct db_member *member = &db->cluster->members[i];

        if (member->is_writer != writers || db->instance_count == DATABASE_INSTANCES_MAX)
            continue;
        db->instances[db->instance_count] = member_instance(arena, q, member);
        if (writers && db->writer == NULL)
            db->writer = db->instances[db->instance_count];
        db->instance_count++;
    }
}

bool
database_has_default_group(const struct database *db)
{
    const char *group = db->cluster->parameter_group;

    return *group == '\0' || strncmp(group, "default.", 8) == 0;
}

static void
find_limit(struct database *db, struct arena *arena, const struct view_query *q)
{
    const char *key = database_key(arena, "parameter", db);
    const struct answer *parameter = snapshot_answer(q->snapshot, key);
    struct db_shape shape = { .class_name = db->writer->class_name,
                              .least_acu = db->cluster->least_acu,
                              .most_acu = db->cluster->most_acu,
                              .engine = db->cluster->engine };

    if (parameter != NULL && parameter->got_ms != 0)
        shape.parameter = parameter->db_parameter;
    else if (!database_has_default_group(db))
        shape.parameter = "not told"; /* it may say anything */
    db->limit = db_limit_of(&shape);
    db->is_serverless = strcmp(shape.class_name, "db.serverless") == 0;
    if (!db_class_find(&db->class, shape.class_name))
        db->class = (struct db_class){ .vcpus = 0 };
}

/* DocumentDB and Neptune are told by the same operation. */
static bool
is_aurora(const struct db_cluster *cluster)
{
    return strcmp(cluster->engine, "docdb") != 0 && strcmp(cluster->engine, "neptune") != 0;
}

static void
choose_focus(struct databases *out, const struct view_query *q)
{
    const char *wanted = *q->key != '\0' ? q->key : q->cursor;

    out->is_list = out->count > 1 && *q->key == '\0';
    out->focus = out->count > 0 ? &out->list[0] : NULL;
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(out->list[i].cluster->id, wanted) == 0)
            out->focus = &out->list[i];
    }
}

void
databases_find(struct databases *out, struct arena *arena, const struct view_query *q)
{
    const struct answer *clusters = snapshot_answer(q->snapshot, "aurora.clusters");

    *out = (struct databases){ .list = arena_alloc(arena, CLUSTERS_MAX * sizeof *out->list) };
    for (size_t i = 0; clusters != NULL && i < clusters->db_cluster_count; i++) {
        struct database *db = &out->list[out->count];

        if (!is_aurora(&clusters->db_clusters[i]))
            continue;
        if (out->count == CLUSTERS_MAX) {
            out->left_out++;
            continue;
        }
        *db = (struct database){ .cluster = &clusters->db_clusters[i],
                                 .limit = db_limit_of(&(struct db_shape){ .class_name = "" }) };
        add_members(db, arena, q, true);
        add_members(db, arena, q, false);
        if (db->writer != NULL)
            find_limit(db, arena, q);
        out->count++;
    }
    choose_focus(out, q);
}

/* --- users --- */

const char *
database_user_name(const struct series_key *key)
{
    return dimension_value(&key->dims, "user");
}

/* Published for another cluster; a set that names none is taken for ours. */
static bool
is_of_another(const struct series_key *key, const struct database *db)
{
    static const char *const names[] = { "cluster", "dBClusterIdentifier" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = dimension_value(&key->dims, names[i]);

        if (value != NULL && strcmp(value, db->cluster->id) != 0)
            return true;
    }
    return false;
}

/* Of each user the set with the fewest dimensions: finer ones would be the same connections. */
static void
take_user(struct database_users *out, const struct series_key *key)
{
    const char *user = database_user_name(key);

    if (user == NULL)
        return;
    for (size_t i = 0; i < out->count; i++) {
        if (strcmp(database_user_name(out->users[i]), user) != 0)
            continue;
        if (key->dims.count < out->users[i]->dims.count)
            out->users[i] = key;
        return;
    }
    if (out->count < DATABASE_USERS_MAX)
        out->users[out->count++] = key;
}

static void
take_schema(struct database_users *out, const struct series_key *key)
{
    const char *schema = dimension_value(&key->dims, "schema");

    if (schema == NULL || strcmp(schema, UMAMI_SCHEMA) != 0)
        return;
    if (out->schema == NULL || key->dims.count < out->schema->dims.count)
        out->schema = key;
}

void
database_users_find(struct database_users *out, const struct view_query *q,
                    const struct database *db)
{
    const struct answer *names = snapshot_answer(q->snapshot, "aurora.own");

    *out = (struct database_users){ .count = 0 };
    for (size_t i = 0; names != NULL && i < names->name_count; i++) {
        const struct series_key *key = &names->names[i];

        if (strcmp(key->namespace_name, USER_NAMESPACE) != 0 || is_of_another(key, db))
            continue;
        if (strcmp(key->metric, USER_CONNECTIONS) == 0)
            take_user(out, key);
        else if (strcmp(key->metric, SCHEMA_BYTES) == 0)
            take_schema(out, key);
    }
}

bool
databases_are_simulated(const struct view_query *q)
{
    const struct answer *stack = snapshot_answer(q->snapshot, "aurora.stack");
    const cJSON *list = stack == NULL ? NULL : json_get(stack->json, "simulated"), *item;

    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, NAMESPACE) == 0)
            return true;
    }
    return false;
}

bool
database_metric_is_measured(const struct view_query *q, const char *metric)
{
    const struct answer *stack = snapshot_answer(q->snapshot, "aurora.stack");
    const cJSON *list = stack == NULL ? NULL : json_get(stack->json, "measured"), *item;

    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(json_get_string(item, "namespace", ""), NAMESPACE) == 0 &&
            strcmp(json_get_string(item, "metric", ""), metric) == 0)
            return true;
    }
    return false;
}

/* --- what is asked --- */

static void
add_query(struct query_list *queries, const char *id, const char *metric, const char *dimension,
          const char *value, const char *stat, int32_t period_s)
{
    struct dimension *dim = arena_alloc(queries->arena, sizeof *dim);
    struct series_key key = { .namespace_name = NAMESPACE,
                              .metric = metric,
                              .dims = { .dims = dim, .count = 1 } };

    *dim = (struct dimension){ dimension, value };
    query_add(queries, id, &key, stat, period_s);
}

static void
add_ask(struct ask_list *asks, const char *key, const struct query_list *queries,
        struct range range, int64_t pace_ms)
{
    if (queries->count > 0)
        ask_list_add(asks, &(struct ask){ .key = key,
                                          .kind = ASK_METRICS,
                                          .range = range,
                                          .pace_ms = pace_ms,
                                          .queries = queries->items,
                                          .query_count = queries->count });
}

/* What is judged. */
static void
ask_main(struct ask_list *asks, struct arena *arena, const struct view_query *q,
         const struct databases *all)
{
    struct query_list queries = { .arena = arena };
    int32_t step = database_step_s(q);

    for (size_t i = 0; i < all->count; i++) {
        for (size_t k = 0; k < all->list[i].instance_count; k++) {
            const char *id = all->list[i].instances[k]->id;

            add_query(&queries, database_id(arena, "cpu", id), "CPUUtilization",
                      "DBInstanceIdentifier", id, "Average", step);
            add_query(&queries, database_id(arena, "conn", id), "DatabaseConnections",
                      "DBInstanceIdentifier", id, "Average", step);
        }
    }
    add_ask(asks, "aurora.main", &queries, q->range, 0);
}

static void
ask_more(struct ask_list *asks, struct arena *arena, const struct view_query *q,
         const struct database *db)
{
    static const struct {
        const char *id, *metric, *stat;
    } always[] = {
        { "read", "ReadIOPS", "Average" },           { "write", "WriteIOPS", "Average" },
        { "read_s", "ReadLatency", "Average" },      { "write_s", "WriteLatency", "Average" },
        { "commit_ms", "CommitLatency", "Average" }, { "deadlocks", "Deadlocks", "Average" },
    };
    struct query_list queries = { .arena = arena };
    const char *id = db->writer->id, *by = "DBInstanceIdentifier";
    int32_t step = database_step_s(q);

    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        add_query(&queries, always[i].id, always[i].metric, by, id, always[i].stat, step);
    if (db->writer->has_insights)
        add_query(&queries, "load", "DBLoad", by, id, "Average", step);
    if (db->is_serverless)
        add_query(&queries, "acu", "ServerlessDatabaseCapacity", by, id, "Average", step);
    if (db->class.has_credits)
        add_query(&queries, "credits", "CPUCreditBalance", by, id, "Minimum",
                  step > DATABASE_CREDITS_S ? step : DATABASE_CREDITS_S);
    for (size_t i = 0; i < db->instance_count; i++) {
        if (db->instances[i] != db->writer)
            add_query(&queries, database_id(arena, "lag", db->instances[i]->id), "AuroraReplicaLag",
                      by, db->instances[i]->id, "Maximum", step);
    }
    add_ask(asks, database_key(arena, "more", db), &queries, q->range, SELDOM_MS);
}

/* A week whatever the range: growth is slow, and its metrics come hourly and daily. */
static void
ask_storage(struct ask_list *asks, struct arena *arena, const struct view_query *q,
            const struct database *db)
{
    const struct range week = { .span_ms = WEEK_MS, .to_ms = q->range.to_ms };
    struct query_list queries = { .arena = arena };
    const char *id = db->cluster->id, *by = "DBClusterIdentifier";
    struct database_users users;

    add_query(&queries, "bytes", "VolumeBytesUsed", by, id, "Average", 3600);
    add_query(&queries, "backup", "BackupRetentionPeriodStorageUsed", by, id, "Average", 86400);
    database_users_find(&users, q, db);
    if (users.schema != NULL)
        query_add(&queries, "schema", users.schema, "Average", 3600);
    add_ask(asks, database_key(arena, "storage", db), &queries, week, HOURLY_MS);
}

static void
ask_users(struct ask_list *asks, struct arena *arena, const struct view_query *q,
          const struct database *db)
{
    struct query_list queries = { .arena = arena };
    struct database_users users;

    ask_list_add(asks, &(struct ask){ .key = "aurora.own",
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = SELDOM_MS,
                                      .namespace_name = USER_NAMESPACE });
    database_users_find(&users, q, db);
    for (size_t i = 0; i < users.count; i++)
        query_add(&queries, database_user_name(users.users[i]), users.users[i], "Average",
                  database_step_s(q));
    add_ask(asks, database_key(arena, "users", db), &queries, q->range, SELDOM_MS);
    if (db->writer != NULL && db->writer->has_insights && *db->writer->resource_id != '\0')
        ask_list_add(asks, &(struct ask){ .key = database_key(arena, "load", db),
                                          .kind = ASK_DB_LOAD,
                                          .range = q->range,
                                          .pace_ms = SELDOM_MS,
                                          .database = db->writer->resource_id });
}

static void
ask_inventory(struct ask_list *asks, const struct view_query *q)
{
    const struct range day = { .span_ms = DAY_MS };

    ask_list_add(asks,
                 &(struct ask){ .key = "aurora.clusters", .kind = ASK_DB_CLUSTERS, .range = day });
    ask_list_add(
        asks, &(struct ask){ .key = "aurora.instances", .kind = ASK_DB_INSTANCES, .range = day });
    if (q->snapshot != NULL && q->snapshot->is_emulator)
        ask_list_add(asks, &(struct ask){ .key = "aurora.stack",
                                          .kind = ASK_EMULATOR,
                                          .range = day,
                                          .path = STACK_PATH });
}

/* Each cluster's own, for its maximum. */
static void
ask_parameters(struct ask_list *asks, struct arena *arena, const struct databases *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const char *group = all->list[i].cluster->parameter_group;

        if (*group != '\0')
            ask_list_add(asks,
                         &(struct ask){ .key = database_key(arena, "parameter", &all->list[i]),
                                        .kind = ASK_DB_PARAMETER,
                                        .range = { .span_ms = DAY_MS },
                                        .database = group });
    }
}

static void
ask_details(struct ask_list *asks, struct arena *arena, const struct view_query *q,
            const struct database *db)
{
    ask_users(asks, arena, q, db);
    ask_list_add(asks,
                 &(struct ask){ .key = "aurora.events", .kind = ASK_DB_EVENTS, .range = q->range });
    deploys_ask(asks);
}

static void
ask_all(struct ask_list *asks, const struct view_query *q, bool with_details)
{
    struct arena *arena = arena_new();
    struct databases all;

    ask_inventory(asks, q);
    databases_find(&all, arena, q);
    ask_parameters(asks, arena, &all);
    ask_main(asks, arena, q, &all);
    if (all.focus != NULL && !q->is_behind) {
        if (all.focus->writer != NULL)
            ask_more(asks, arena, q, all.focus);
        if (with_details)
            ask_details(asks, arena, q, all.focus);
        ask_storage(asks, arena, q, all.focus);
    }
    arena_free(arena);
}

void
databases_ask(struct ask_list *asks, const struct view_query *q)
{
    ask_all(asks, q, true);
}

void
databases_ask_measures(struct ask_list *asks, const struct view_query *q)
{
    ask_all(asks, q, false);
}
