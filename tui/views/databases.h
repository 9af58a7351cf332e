/* databases.h - Aurora clusters as the answers know them: which there are, what each may do, what
 * is asked about it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_DATABASES_H
#define OV_TUI_VIEWS_DATABASES_H

#include "domain/db_limit.h"
#include "tui/view.h"

#include <stdbool.h>
#include <stddef.h>

#define UMAMI_USER   "umami_user" /* the document's */
#define UMAMI_SCHEMA "umami"
/* What the README's emitter publishes: connections by `user`, bytes by `schema`. */
#define USER_NAMESPACE   "UserMetrics/Database"
#define USER_CONNECTIONS "DatabaseConnections"
#define SCHEMA_BYTES     "SchemaBytes"

#define DATABASE_INSTANCES_MAX 16
#define DATABASE_USERS_MAX     20

struct database {
    const struct db_cluster *cluster;
    const struct db_instance *writer;                            /* NULL: none is told */
    const struct db_instance *instances[DATABASE_INSTANCES_MAX]; /* the writer first */
    size_t instance_count;
    struct db_class class; /* the writer's; no vcpus when it is not known, or serverless */
    bool is_serverless;
    struct db_limit limit; /* the writer's */
};

struct databases {
    struct database *list; /* as RDS lists them */
    size_t count;
    size_t left_out; /* clusters that are not asked about */
    /* The one that is looked at: entered, or under the cursor, or the first; NULL: there is none */
    const struct database *focus;
    bool is_list; /* several, and none of them entered */
};

void databases_find(struct databases *out, struct arena *arena, const struct view_query *q);
void databases_ask(struct ask_list *asks, const struct view_query *q);
/* What the first panel needs alone. */
void databases_ask_measures(struct ask_list *asks, const struct view_query *q);

/* AWS's own parameters, which nobody can change: its formula holds though it cannot be read. */
bool database_has_default_group(const struct database *db);

/* Sixty steps whatever the width of the screen: a comparison needs enough of them on both sides,
 * and points cost nothing. */
int32_t database_step_s(const struct view_query *q);

#define DATABASE_CREDITS_S 300 /* CPU credits are published every five minutes */

/* Ids of queries in "aurora.main": "cpu.shop-1". */
const char *database_id(struct arena *arena, const char *what, const char *of);
/* Keys of asks of one cluster: "aurora.more.shop". */
const char *database_key(struct arena *arena, const char *what, const struct database *db);

/* The metrics by which users, and the schema, are told; NULL where nobody publishes them. */
struct database_users {
    const struct series_key *users[DATABASE_USERS_MAX];
    size_t count;
    const struct series_key *schema; /* Umami's */
};
void database_users_find(struct database_users *out, const struct view_query *q,
                         const struct database *db);
const char *database_user_name(const struct series_key *key);

/* An emulator makes these numbers up, and says so. */
bool databases_are_simulated(const struct view_query *q);
/* But this one it measures of its own store. */
bool database_metric_is_measured(const struct view_query *q, const char *metric);

#endif
