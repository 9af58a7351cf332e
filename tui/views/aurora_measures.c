/* aurora_measures.c - what is measured of a cluster, judged where there is a line.
 * SPDX-License-Identifier: MIT
 *
 * "now" is the last step that has a value, "most" the highest of the range; both are judged, so
 * that what was too much an hour ago is still told. */
#include "config.h"

#include "tui/views/aurora_parts.h"

#include "tui/format.h"
#include "tui/views/parts.h"

#include <math.h>
#include <string.h>

#define CREDITS_LOW 10.0 /* CPU credits: some ten minutes of a whole vCPU */

double
aurora_measure_last(const struct series *series)
{
    for (size_t i = series == NULL ? 0 : series->count; i > 0; i--) {
        if (!isnan(series->values[i - 1]))
            return series->values[i - 1];
    }
    return (double)NAN;
}

static double
most_of(const struct series *series)
{
    double most = (double)NAN;

    for (size_t i = 0; series != NULL && i < series->count; i++) {
        if (!isnan(series->values[i]) && !(most >= series->values[i]))
            most = series->values[i];
    }
    return most;
}

/* Seconds as milliseconds, and the like. */
static const struct series *
scaled(struct arena *arena, const struct series *from, double factor, enum quantity quantity)
{
    struct series *to;
    double *values;

    if (from == NULL)
        return NULL;
    to = arena_alloc(arena, sizeof *to);
    values = arena_alloc(arena, (from->count + 1) * sizeof *values);
    for (size_t i = 0; i < from->count; i++)
        values[i] = from->values[i] * factor;
    *to = *from;
    to->values = values;
    to->quantity = quantity;
    return to;
}

static struct measure *
add_measure(struct measures *all, const char *key, const char *name, const struct series *series)
{
    struct measure *m = &all->list[all->count++];

    *m = (struct measure){ .key = key,
                           .name = name,
                           .series = series,
                           .now = aurora_measure_last(series),
                           .most = most_of(series),
                           .line = (double)NAN,
                           .full = (double)NAN };
    return m;
}

static bool
has_room(const struct measures *all, size_t more)
{
    return all->count + more <= MEASURES_MAX;
}

static enum level
verdict_level(enum db_verdict verdict)
{
    static const enum level levels[] = {
        [DB_CANNOT_JUDGE] = LEVEL_UNKNOWN, [DB_WELL] = LEVEL_OK, [DB_OVER] = LEVEL_BAD
    };

    return levels[verdict];
}

/* "over 70 %", "was over 70 %" in this range, or "fine"; the sentence that says why not when
 * nothing can be said. */
static const char *
verdict_note(struct arena *arena, enum db_verdict now, enum db_verdict most, const char *over,
             const char *why_not)
{
    if (now == DB_CANNOT_JUDGE)
        return why_not;
    if (now == DB_OVER)
        return over;
    return most == DB_OVER ? arena_printf(arena, "was %s", over) : "fine";
}

static const char *
instance_name(struct measures *all, const char *what, const struct database *db,
              const struct db_instance *instance)
{
    return db->instance_count == 1 ? what : arena_printf(all->arena, "%s %s", what, instance->id);
}

static void
judge_measure(struct measures *all, struct measure *m, enum db_verdict now, enum db_verdict most,
              const char *over, const char *why_not)
{
    m->level = verdict_level(now);
    if (now == DB_WELL && most == DB_OVER)
        m->level = LEVEL_WARN;
    if (now == DB_OVER)
        all->over++;
    m->note = verdict_note(all->arena, now, most, over, why_not);
}

void
aurora_measure_add_cpu(struct measures *all, const struct view_query *q, const struct database *db,
                       const struct db_instance *instance)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "aurora.main");
    const char *id = database_id(all->arena, "cpu", instance->id);
    struct measure *m = add_measure(
        all, id, instance_name(all, "CPU", db, instance),
        answer_series(all->arena, q, answer, id, "CPU", database_step_s(q), QUANTITY_PERCENT));

    m->line = DB_CPU_LINE;
    m->full = 100;
    judge_measure(all, m, db_judge_cpu(m->now), db_judge_cpu(m->most), "over 70 %",
                  "cannot judge: no data");
}

void
aurora_measure_add_connections(struct measures *all, const struct view_query *q,
                               const struct database *db, const struct db_instance *instance)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "aurora.main");
    const char *id = database_id(all->arena, "conn", instance->id);
    double max = db->limit.connections;
    struct measure *m = add_measure(all, id, instance_name(all, "connections", db, instance),
                                    answer_series(all->arena, q, answer, id, "connections",
                                                  database_step_s(q), QUANTITY_COUNT));

    m->line = isnan(max) ? (double)NAN : max * DB_CONNECTIONS_LINE / 100;
    m->full = max;
    judge_measure(
        all, m, db_judge_connections(m->now, max), db_judge_connections(m->most, max),
        arena_printf(all->arena, "over 80 %% of %s%.0f", db->limit.is_estimate ? "~" : "", max),
        isnan(max) ? "cannot judge: no max" : "cannot judge: no data");
}

static const struct series *
more_series(struct measures *all, const struct view_query *q, const struct database *db,
            const char *id, const char *name, enum quantity quantity)
{
    return answer_series(all->arena, q,
                         snapshot_answer(q->snapshot, database_key(all->arena, "more", db)), id,
                         name, database_step_s(q), quantity);
}

static void
add_traffic(struct measures *all, const struct view_query *q, const struct database *db)
{
    static const struct {
        const char *id, *name;
        double factor;
        enum quantity quantity;
        const char *metric;
    } rows[] = {
        { "read", "read IOPS", 1, QUANTITY_COUNT, "ReadIOPS" },
        { "write", "write IOPS", 1, QUANTITY_COUNT, "WriteIOPS" },
        { "read_s", "read latency", 1000, QUANTITY_MILLISECONDS, "ReadLatency" },
        { "write_s", "write latency", 1000, QUANTITY_MILLISECONDS, "WriteLatency" },
        { "commit_ms", "commit latency", 1, QUANTITY_MILLISECONDS, "CommitLatency" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct series *series =
            more_series(all, q, db, rows[i].id, rows[i].name, rows[i].quantity);
        struct measure *m =
            add_measure(all, rows[i].id, rows[i].name,
                        scaled(all->arena, series, rows[i].factor, rows[i].quantity));

        if (database_metric_is_measured(q, rows[i].metric))
            m->note = "own store while written";
    }
}

static void
add_load(struct measures *all, const struct view_query *q, const struct database *db)
{
    struct measure *m;

    if (!db->writer->has_insights)
        return;
    m = add_measure(all, "load", "load, sessions",
                    more_series(all, q, db, "load", "load", QUANTITY_PLAIN));
    if (!(db->class.vcpus > 0)) {
        m->note = "average active sessions";
        return;
    }
    m->line = db->class.vcpus;
    m->full = 2 * db->class.vcpus;
    judge_measure(all, m, db_judge_load(m->now, m->line), db_judge_load(m->most, m->line),
                  "more than vCPUs", "cannot judge: no data");
    if (m->level == LEVEL_BAD) { /* some wait: worth a look, and no line of the document's */
        m->level = LEVEL_WARN;
        all->over--;
    }
}

/* Deadlocks come per second; how many there were says more. */
static void
add_deadlocks(struct measures *all, const struct view_query *q, const struct database *db)
{
    const struct series *rate = more_series(all, q, db, "deadlocks", "deadlocks", QUANTITY_PLAIN);
    const struct series *series =
        scaled(all->arena, rate, rate == NULL ? 1 : (double)rate->step_ms / 1000, QUANTITY_COUNT);
    struct measure *m = add_measure(all, "deadlocks", "deadlocks", series);
    double sum = 0;

    for (size_t i = 0; series != NULL && i < series->count; i++)
        sum += isnan(series->values[i]) ? 0 : series->values[i];
    if (series == NULL)
        return;
    m->note =
        sum < 0.5 ? "none in this range" : arena_printf(all->arena, "%.0f in this range", sum);
    m->level = sum < 0.5 ? LEVEL_NONE : LEVEL_WARN;
}

static void
add_credits(struct measures *all, const struct view_query *q, const struct database *db)
{
    int32_t step = database_step_s(q);
    struct measure *m;

    if (!db->class.has_credits)
        return;
    m = add_measure(
        all, "credits", "CPU credits",
        answer_series(all->arena, q,
                      snapshot_answer(q->snapshot, database_key(all->arena, "more", db)), "credits",
                      "credits", step > DATABASE_CREDITS_S ? step : DATABASE_CREDITS_S,
                      QUANTITY_COUNT));
    if (m->now < CREDITS_LOW) {
        m->level = LEVEL_WARN;
        m->note = "nearly spent";
    }
}

static void
add_capacity(struct measures *all, const struct view_query *q, const struct database *db)
{
    struct measure *m;

    if (!db->is_serverless)
        return;
    m = add_measure(all, "acu", "capacity, ACU",
                    more_series(all, q, db, "acu", "ACU", QUANTITY_PLAIN));
    if (db->cluster->most_acu > 0) {
        m->full = db->cluster->most_acu;
        m->note =
            arena_printf(all->arena, "%g to %g", db->cluster->least_acu, db->cluster->most_acu);
    }
}

static void
add_lag(struct measures *all, const struct view_query *q, const struct database *db)
{
    for (size_t i = 0; i < db->instance_count && has_room(all, 4); i++) {
        const struct db_instance *reader = db->instances[i];
        const char *id = database_id(all->arena, "lag", reader->id);

        if (reader != db->writer)
            add_measure(all, id, arena_printf(all->arena, "lag %s", reader->id),
                        more_series(all, q, db, id, "lag", QUANTITY_MILLISECONDS));
    }
}

const struct metric_points *
aurora_storage_points(struct arena *arena, const struct view_query *q, const struct database *db,
                      const char *id)
{
    return answer_points(snapshot_answer(q->snapshot, database_key(arena, "storage", db)), id);
}

double
aurora_storage_last(const struct metric_points *points)
{
    return points == NULL || points->count == 0 ? (double)NAN : points->values[points->count - 1];
}

double
aurora_storage_growth(const struct metric_points *points)
{
    return points == NULL ? (double)NAN
                          : db_growth_a_day(points->times_ms, points->values, points->count);
}

const char *
aurora_storage_growth_text(struct arena *arena, double bytes_a_day)
{
    char text[FORMAT_TEXT];

    if (isnan(bytes_a_day))
        return "growth not known yet";
    format_delta(text, bytes_a_day, QUANTITY_BYTES);
    return arena_printf(arena, "%s a day", text);
}

static void
add_storage(struct measures *all, const struct view_query *q, const struct database *db)
{
    const struct metric_points *points = aurora_storage_points(all->arena, q, db, "bytes");
    struct measure *m = add_measure(all, "storage", "storage", NULL);

    m->now = aurora_storage_last(points);
    if (!isnan(m->now))
        m->note = aurora_storage_growth_text(all->arena, aurora_storage_growth(points));
}

/* What is not judged, and nobody publishes, is left out. */
static void
drop_silent(struct measures *all)
{
    size_t kept = 0;

    for (size_t i = 0; i < all->count; i++) {
        if (!isnan(all->list[i].now) || all->list[i].level != LEVEL_NONE)
            all->list[kept++] = all->list[i];
    }
    all->count = kept;
}

void
aurora_measures_gather(struct measures *all, const struct view_query *q, const struct database *db)
{
    for (size_t i = 0; i < db->instance_count && has_room(all, 16); i++) {
        aurora_measure_add_cpu(all, q, db, db->instances[i]);
        aurora_measure_add_connections(all, q, db, db->instances[i]);
    }
    if (db->writer == NULL)
        return;
    add_storage(all, q, db);
    add_load(all, q, db);
    add_capacity(all, q, db);
    add_traffic(all, q, db);
    add_deadlocks(all, q, db);
    add_credits(all, q, db);
    add_lag(all, q, db);
    drop_silent(all);
}

enum { NAME, NOW, GAUGE, LINE, MOST, NOTE, TREND, COLUMNS };

/* clang-format off */
static const struct column measure_columns[COLUMNS] = {
    [NAME] =  { .name = "measure", .kind = CELL_TEXT, .min_width = 14, .is_in_summary = true },
    [NOW] =   { .name = "now", .kind = CELL_NUMBER, .is_in_summary = true },
    [GAUGE] = { .name = "of all", .kind = CELL_GAUGE, .priority = 3, .min_width = 12, .max_width = 20 },
    [LINE] =  { .name = "line", .kind = CELL_NUMBER, .priority = 4 },
    [MOST] =  { .name = "most", .kind = CELL_NUMBER, .priority = 5 },
    [NOTE] =  { .name = "note", .kind = CELL_TEXT, .priority = 1, .max_width = 24 },
    [TREND] = { .name = "trend", .kind = CELL_TREND, .priority = 2, .min_width = 10, .is_flexible = true },
};
/* clang-format on */

static enum quantity
quantity_of(const struct measure *m)
{
    if (strcmp(m->key, "storage") == 0)
        return QUANTITY_BYTES;
    return m->series == NULL ? QUANTITY_PLAIN : m->series->quantity;
}

static struct cell *
measure_cells(struct arena *arena, const struct measure *m)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    enum quantity quantity = quantity_of(m);

    cells[NAME] = cell_text(m->name, LEVEL_NONE);
    cells[NOW] = cell_number(m->now, quantity, m->level);
    if (!isnan(m->line))
        cells[LINE] = cell_number(m->line, quantity, LEVEL_NONE);
    if (!isnan(m->full) && !isnan(m->now))
        cells[GAUGE] = cell_gauge(m->now, m->full, m->line, quantity, m->level);
    if (!isnan(m->most))
        cells[MOST] = cell_number(m->most, quantity, LEVEL_NONE);
    cells[NOTE] = cell_text(m->note, LEVEL_NONE);
    cells[TREND] = cell_trend(m->series);
    return cells;
}

static const char *
step_note(struct arena *arena, const struct view_query *q)
{
    char text[FORMAT_TEXT];

    format_span(text, database_step_s(q) * INT64_C(1000));
    return arena_printf(arena, "%ssteps of %s", databases_are_simulated(q) ? "simulated   " : "",
                        text);
}

const char *
aurora_measures_no_cluster(const struct view_query *q)
{
    const struct answer *instances = snapshot_answer(q->snapshot, "aurora.instances");

    if (instances != NULL && instances->db_instance_count > 0)
        return "no Aurora cluster here; RDS knows only instances outside of clusters";
    return "no Aurora cluster in this account and region";
}

void
aurora_measures_build(struct panel *panel, struct measures *all, const struct view_query *q,
                      const struct database *db)
{
    struct grid *grid = arena_alloc(all->arena, sizeof *grid);
    struct row *rows = arena_alloc(all->arena, (all->count + 1) * sizeof *rows);

    for (size_t i = 0; i < all->count; i++)
        rows[i] = (struct row){ .key = all->list[i].key,
                                .cells = measure_cells(all->arena, &all->list[i]),
                                .level = all->list[i].level };
    *grid = (struct grid){ .name = "measures",
                           .columns = measure_columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = all->count,
                           .sort_column = -1,
                           .empty = db == NULL ? aurora_measures_no_cluster(q)
                                               : "this cluster has no instance" };
    panel->name = "measures";
    panel->title = db == NULL        ? "clusters"
                   : *q->key != '\0' ? "measures" /* it is named before it */
                                     : db->cluster->id;
    panel->note = db == NULL ? NULL : step_note(all->arena, q);
    panel->grid = grid;
    panel_source(panel, AURORA_RDS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.clusters"));
    if (all->count == 0)
        return;
    panel_source(panel, AURORA_METRICS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.main"));
    if (db->writer != NULL && !q->is_behind)
        panel_source(panel, AURORA_METRICS_SOURCE, q,
                     snapshot_answer(q->snapshot, database_key(all->arena, "more", db)));
}

enum level
aurora_measures_worst(const struct measures *all)
{
    enum level worst = LEVEL_NONE;

    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].level > worst)
            worst = all->list[i].level;
    }
    return worst;
}
