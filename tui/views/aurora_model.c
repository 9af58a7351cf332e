/* aurora_model.c - what the Aurora view says of a cluster.
 * SPDX-License-Identifier: MIT
 *
 * Columns and their wires: RDS DescribeDBClusters and DescribeDBInstances name clusters, classes
 * and states; DescribeDBClusterParameters the maximum of connections, else AWS's formula by class
 * (db_limit.h); GetMetricData of AWS/RDS the measures; Performance Insights the load by user, which
 * is sessions that do something and no number of connections; connections by user come from
 * UserMetrics/Database where the emitter of the README, or one like it, publishes them;
 * DescribeEvents what happened. Umami's share is by connections where they are known by user, else
 * by load, and says which.
 *
 * Measures, users, the facts of the cluster and the comparison have files of their own,
 * aurora_*.c; here are graphs, events, the list of clusters, and what puts it together. */
#include "config.h"

#include "tui/views/aurora_parts.h"
#include "tui/views/deploys.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <math.h>
#include <string.h>

#define PANELS 8

/* --- graphs --- */

static const struct chart_mark *
marks_of(struct arena *arena, const struct view_query *q, size_t *count)
{
    size_t deployed;
    const struct chart_mark *deploys = deploys_marks(arena, q, NULL, &deployed);
    struct chart_mark *marks = arena_alloc(arena, (deployed + 1) * sizeof *marks);

    *count = 0;
    for (size_t i = 0; i < deployed; i++)
        marks[(*count)++] = deploys[i];
    if (q->mark_ms != 0)
        marks[(*count)++] = (struct chart_mark){ .time_ms = q->mark_ms, .label = "mark" };
    return marks;
}

static void
build_graph(struct panel *panel, struct arena *arena, const struct view_query *q,
            const struct measure *m, const char *name, const char *title, const char *limit)
{
    struct chart *chart = arena_alloc(arena, sizeof *chart);
    struct chart_limit *line = arena_alloc(arena, sizeof *line);

    panel->name = name;
    panel->title = title;
    panel->note = m->note;
    *line = (struct chart_limit){ .value = m->line, .label = limit, .level = LEVEL_BAD };
    *chart = (struct chart){ .name = name,
                             .series = m->series,
                             .series_count = 1,
                             .limits = line,
                             .limit_count = isnan(m->line) ? 0 : 1,
                             .quantity = m->series == NULL ? QUANTITY_PLAIN : m->series->quantity };
    chart->marks = marks_of(arena, q, &chart->mark_count);
    if (m->series != NULL) {
        panel->charts = chart;
        panel->chart_count = 1;
    }
    panel_source(panel, AURORA_METRICS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.main"));
}

static void
build_graphs(struct model *out, struct panel *panels, struct measures *all,
             const struct view_query *q, const struct database *db)
{
    const char *id = db->instance_count > 0 ? db->instances[0]->id : "";

    if (all->count < 2)
        return;
    build_graph(&panels[out->panel_count++], all->arena, q, &all->list[0], "cpu",
                arena_printf(all->arena, "CPU %s", id), "70 %");
    build_graph(&panels[out->panel_count++], all->arena, q, &all->list[1], "connections",
                arena_printf(all->arena, "connections %s", id), "80 %");
}

/* --- events --- */

enum { TIME, OF, CATEGORY, MESSAGE, EVENT_COLUMNS };

/* clang-format off */
static const struct column event_columns[EVENT_COLUMNS] = {
    [TIME] =     { .name = "time", .kind = CELL_TIME },
    [OF] =       { .name = "source", .kind = CELL_TEXT, .priority = 2, .max_width = 24 },
    [CATEGORY] = { .name = "what", .kind = CELL_TEXT, .is_in_summary = true, .max_width = 22 },
    [MESSAGE] =  { .name = "message", .kind = CELL_TEXT, .min_width = 20, .is_flexible = true, .is_in_summary = true },
};
/* clang-format on */

/* Amazon RDS User Guide, "Amazon RDS event categories and event messages". */
static enum level
category_level(const char *category)
{
    static const struct {
        const char *name;
        enum level level;
    } levels[] = {
        { "failure", LEVEL_BAD },       { "failover", LEVEL_WARN }, { "low storage", LEVEL_WARN },
        { "availability", LEVEL_WARN }, { "deletion", LEVEL_WARN }, { "security", LEVEL_WARN },
    };

    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(levels[i].name, category) == 0)
            return levels[i].level;
    }
    return LEVEL_NONE;
}

static bool
is_of_cluster(const struct db_event *event, const struct database *db)
{
    if (strcmp(event->source, db->cluster->id) == 0)
        return true;
    for (size_t i = 0; i < db->instance_count; i++) {
        if (strcmp(event->source, db->instances[i]->id) == 0)
            return true;
    }
    return false;
}

static void
fill_event(struct row *row, struct arena *arena, const struct db_event *event, size_t number)
{
    struct cell *cells = arena_alloc(arena, EVENT_COLUMNS * sizeof *cells);
    enum level level = category_level(event->category);

    cells[TIME] = cell_time(event->time_ms);
    cells[OF] = cell_text(event->source, LEVEL_NONE);
    cells[CATEGORY] = cell_text(event->category, level);
    cells[MESSAGE] = cell_text(event->message, LEVEL_NONE);
    *row = (struct row){ .key = arena_printf(arena, "%s %lld %zu", event->source,
                                             (long long)event->time_ms, number),
                         .cells = cells,
                         .level = level };
}

/* Numbered from the oldest, so that a new event changes no key. */
static void
build_events(struct panel *panel, struct arena *arena, const struct view_query *q,
             const struct database *db)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "aurora.events");
    size_t count = answer == NULL ? 0 : answer->db_event_count;
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);

    *grid = (struct grid){ .name = "events",
                           .columns = event_columns,
                           .column_count = EVENT_COLUMNS,
                           .rows = rows,
                           .sort_column = TIME,
                           .sort_descending = true,
                           .empty = "nothing happened to this cluster in this range" };
    for (size_t i = 0; i < count; i++) {
        if (is_of_cluster(&answer->db_events[i], db))
            fill_event(&rows[grid->row_count++], arena, &answer->db_events[i], count - i);
    }
    panel->name = "events";
    panel->title = "events";
    panel->note = "newest first";
    panel->grid = grid;
    panel_source(panel, AURORA_RDS_SOURCE " DescribeEvents", q, answer);
}

/* --- several clusters --- */

enum { CLUSTER, STATUS, ENGINE, WRITER, CPU, CONNECTED, CLUSTER_COLUMNS };

/* clang-format off */
static const struct column cluster_columns[CLUSTER_COLUMNS] = {
    [CLUSTER] =   { .name = "cluster", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .is_in_summary = true },
    [STATUS] =    { .name = "status", .kind = CELL_TEXT, .priority = 1, .max_width = 16 },
    [ENGINE] =    { .name = "engine", .kind = CELL_TEXT, .priority = 3, .max_width = 26 },
    [WRITER] =    { .name = "writer", .kind = CELL_TEXT, .priority = 2, .max_width = 30 },
    [CPU] =       { .name = "CPU", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .is_in_summary = true },
    [CONNECTED] = { .name = "connections", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true },
};
/* clang-format on */

static void
fill_cluster(struct row *row, struct arena *arena, const struct view_query *q,
             const struct database *db, unsigned *over)
{
    struct measures *all = arena_alloc(arena, sizeof *all);
    struct cell *cells = arena_alloc(arena, CLUSTER_COLUMNS * sizeof *cells);
    const struct db_cluster *c = db->cluster;

    *all = (struct measures){ .arena = arena };
    for (size_t i = 0; i < db->instance_count; i++) {
        aurora_measure_add_cpu(all, q, db, db->instances[i]);
        aurora_measure_add_connections(all, q, db, db->instances[i]);
    }
    *over += all->over;
    cells[CLUSTER] = cell_text(c->id, LEVEL_NONE);
    cells[STATUS] = cell_text(c->status, aurora_cluster_status_level(c->status));
    cells[ENGINE] = cell_text(arena_printf(arena, "%s %s", c->engine, c->version), LEVEL_NONE);
    cells[WRITER] = cell_text(db->writer == NULL ? NULL : db->writer->class_name, LEVEL_NONE);
    if (all->count >= 2) {
        cells[CPU] = cell_number(all->list[0].now, QUANTITY_PERCENT, all->list[0].level);
        cells[CONNECTED] = cell_number(all->list[1].now, QUANTITY_COUNT, all->list[1].level);
    }
    *row =
        (struct row){ .key = c->id,
                      .cells = cells,
                      .level = aurora_measures_worst(all) >= LEVEL_WARN ? aurora_measures_worst(all)
                                                                        : LEVEL_NONE,
                      .open_key = c->id };
}

static void
build_clusters(struct panel *panel, struct arena *arena, const struct view_query *q,
               const struct databases *all, struct row *rows)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);

    *grid = (struct grid){ .name = "clusters",
                           .columns = cluster_columns,
                           .column_count = CLUSTER_COLUMNS,
                           .rows = rows,
                           .row_count = all->count,
                           .sort_column = -1,
                           .empty = aurora_measures_no_cluster(q) };
    panel->name = "clusters";
    panel->title = "clusters";
    panel->note = all->left_out == 0 ? counted(arena, (double)all->count, "cluster")
                                     : arena_printf(arena, "%zu clusters, %zu more not asked",
                                                    all->count, all->left_out);
    panel->grid = grid;
    panel_source(panel, AURORA_RDS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.clusters"));
    panel_source(panel, AURORA_METRICS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.main"));
}

/* --- all of it --- */

static void
build_focus(struct model *out, struct panel *panels, struct measures *all,
            const struct view_query *q, const struct database *db)
{
    struct users *users = arena_alloc(all->arena, sizeof *users);
    struct moment moment = aurora_moment_find(all->arena, q);

    aurora_users_gather(users, all->arena, q, db);
    aurora_cluster_build(&panels[out->panel_count++], all->arena, q, db, users);
    build_graphs(out, panels, all, q, db);
    aurora_users_build(&panels[out->panel_count++], all->arena, q, db, users);
    if (moment.time_ms != 0)
        aurora_change_build(&panels[out->panel_count++], all->arena, q, all, &moment);
    build_events(&panels[out->panel_count++], all->arena, q, db);
}

void
aurora_ask(struct ask_list *asks, const struct view_query *q)
{
    databases_ask(asks, q);
}

void
aurora_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, PANELS * sizeof *panels);
    struct measures *all = arena_alloc(arena, sizeof *all);
    struct databases databases;
    struct row *rows;

    model_begin(out, q);
    *all = (struct measures){ .arena = arena };
    databases_find(&databases, arena, q);
    rows = arena_alloc(arena, (databases.count + 1) * sizeof *rows);
    for (size_t i = 0; i < databases.count; i++)
        fill_cluster(&rows[i], arena, q, &databases.list[i], &out->attention);
    out->panels = panels;
    if (databases.is_list)
        build_clusters(&panels[out->panel_count++], arena, q, &databases, rows);
    if (databases.focus != NULL)
        aurora_measures_gather(all, q, databases.focus);
    aurora_measures_build(&panels[out->panel_count++], all, q, databases.focus);
    if (databases.focus != NULL)
        build_focus(out, panels, all, q, databases.focus);
    if (out->attention > 0)
        out->attention_level = LEVEL_BAD;
}
