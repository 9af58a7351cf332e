/* aurora_cluster.c - the facts of a cluster: what it is, what it takes, what of it is Umami's.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/views/aurora_parts.h"

#include "tui/format.h"
#include "tui/views/parts.h"

#include <math.h>
#include <string.h>

#define FACTS_MAX 12

struct facts {
    struct arena *arena;
    struct fact list[FACTS_MAX];
    size_t count;
};

static void
add_fact(struct facts *facts, const char *name, const char *text, enum level level)
{
    if (text != NULL && *text != '\0')
        facts->list[facts->count++] = (struct fact){ name, cell_text(text, level) };
}

static const char *
bytes_text(struct arena *arena, double bytes)
{
    char text[FORMAT_TEXT];

    format_quantity(text, bytes, QUANTITY_BYTES);
    return arena_strdup(arena, text);
}

enum level
aurora_cluster_status_level(const char *status)
{
    return strcmp(status, "available") == 0 ? LEVEL_OK : LEVEL_WARN;
}

static void
add_writer(struct facts *facts, const struct database *db)
{
    const struct db_instance *w = db->writer;

    if (w == NULL) {
        add_fact(facts, "writer", "none", LEVEL_BAD);
        return;
    }
    add_fact(facts, "writer", w->id, LEVEL_NONE);
    add_fact(facts, "class",
             db->class.vcpus > 0 ? arena_printf(facts->arena, "%s  %g vCPU  %g GiB", w->class_name,
                                                db->class.vcpus, db->class.memory_gib)
                                 : w->class_name,
             LEVEL_NONE);
    if (db->instance_count > 1)
        add_fact(facts, "readers", arena_printf(facts->arena, "%zu", db->instance_count - 1),
                 LEVEL_NONE);
}

static void
add_maximum(struct facts *facts, const struct database *db)
{
    const struct db_limit *limit = &db->limit;

    if (limit->source == DB_LIMIT_UNKNOWN)
        add_fact(facts, "maximum", "unknown: cannot judge", LEVEL_UNKNOWN);
    else
        add_fact(facts, "maximum",
                 arena_printf(facts->arena, "%s%.0f, %s", limit->is_estimate ? "~" : "",
                              limit->connections, db_limit_source_name(limit->source)),
                 LEVEL_NONE);
}

static const char *
connections_text(struct arena *arena, const struct users *users)
{
    for (size_t i = 0; i < users->count; i++) {
        if (strcmp(users->list[i].name, UMAMI_USER) == 0)
            return arena_printf(arena, ": %.0f of %.0f", users->list[i].connections,
                                users->connections);
    }
    return "";
}

static void
add_umami(struct facts *facts, const struct view_query *q, const struct database *db,
          const struct users *users)
{
    struct db_share share = aurora_users_umami_share(users);
    const struct metric_points *schema = aurora_storage_points(facts->arena, q, db, "schema");
    double bytes = aurora_storage_last(schema);

    if (share.method == DB_SHARE_UNKNOWN)
        add_fact(facts, "Umami", "share unknown: none by user", LEVEL_UNKNOWN);
    else
        add_fact(
            facts, "Umami",
            arena_printf(
                facts->arena, "%.0f %% %s%s", share.percent, db_share_method_name(share.method),
                share.method == DB_SHARE_CONNECTIONS ? connections_text(facts->arena, users) : ""),
            LEVEL_NONE);
    if (!isnan(bytes))
        add_fact(
            facts, "schema",
            arena_printf(facts->arena, "%s  %s", bytes_text(facts->arena, bytes),
                         aurora_storage_growth_text(facts->arena, aurora_storage_growth(schema))),
            LEVEL_NONE);
}

static void
add_backup(struct facts *facts, const struct view_query *q, const struct database *db)
{
    double bytes = aurora_storage_last(aurora_storage_points(facts->arena, q, db, "backup"));
    const char *days = db->cluster->backup_days == 0
                           ? ""
                           : counted(facts->arena, (double)db->cluster->backup_days, "day");

    if (isnan(bytes) && *days == '\0')
        return;
    add_fact(facts, "backup",
             arena_printf(facts->arena, "%s%s%s",
                          isnan(bytes) ? "" : bytes_text(facts->arena, bytes),
                          isnan(bytes) || *days == '\0' ? "" : "  ", days),
             LEVEL_NONE);
}

void
aurora_cluster_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                     const struct database *db, const struct users *users)
{
    struct facts *facts = arena_alloc(arena, sizeof *facts);
    const struct db_cluster *c = db->cluster;

    *facts = (struct facts){ .arena = arena };
    add_fact(facts, "status", *c->status == '\0' ? "not told" : c->status,
             aurora_cluster_status_level(c->status));
    add_fact(facts, "engine", arena_printf(arena, "%s %s", c->engine, c->version), LEVEL_NONE);
    add_writer(facts, db);
    add_maximum(facts, db);
    add_umami(facts, q, db, users);
    add_backup(facts, q, db);
    if (c->restorable_ms != 0)
        facts->list[facts->count++] = (struct fact){ "restorable", cell_time(c->restorable_ms) };
    panel->name = "cluster";
    panel->title = "cluster";
    panel->facts = facts->list;
    panel->fact_count = facts->count;
    panel_source(panel, AURORA_RDS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.clusters"));
    panel_source(panel, AURORA_RDS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.instances"));
    if (!database_has_default_group(db))
        panel_source(panel, AURORA_RDS_SOURCE, q,
                     snapshot_answer(q->snapshot, database_key(arena, "parameter", db)));
}
