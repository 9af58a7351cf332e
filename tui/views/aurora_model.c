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
 * "now" is the last step that has a value, "most" the highest of the range; what is judged is each
 * of them. A moment, marked with :mark or a deployment, splits the range into before and after. */
#include "config.h"

#include "tui/format.h"
#include "tui/views/databases.h"
#include "tui/views/deploys.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define METRICS_SOURCE  "CloudWatch GetMetricData"
#define RDS_SOURCE      "RDS"
#define INSIGHTS_SOURCE "Performance Insights, " USER_NAMESPACE
#define PANELS          8
#define MEASURES_MAX    48
#define CREDITS_LOW     10.0 /* CPU credits: some ten minutes of a whole vCPU */

/* --- measures --- */

struct measure {
    const char *key, *name;
    const struct series *series;
    double now, most;
    double line; /* above it is too much; NaN: there is none */
    double full; /* of the gauge; NaN: none */
    enum level level;
    const char *note;
};

struct measures {
    struct arena *arena;
    struct measure list[MEASURES_MAX];
    size_t count;
    unsigned over; /* instances beyond a line */
};

static double
last_of(const struct series *series)
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
                           .now = last_of(series),
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

/* "over 70 %", "well, was over", "well"; the sentence that says why not when nothing can be said.
 */
static const char *
verdict_note(enum db_verdict now, enum db_verdict most, const char *over, const char *why_not)
{
    if (now == DB_CANNOT_JUDGE)
        return why_not;
    if (now == DB_OVER)
        return over;
    return most == DB_OVER ? "well, was over" : "well";
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
    m->note = verdict_note(now, most, over, why_not);
}

static void
add_cpu(struct measures *all, const struct view_query *q, const struct database *db,
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

static void
add_connections(struct measures *all, const struct view_query *q, const struct database *db,
                const struct db_instance *instance)
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
                      snapshot_answer(q->snapshot, database_key(all->arena, "more", db)),
                      "credits", "credits", step > DATABASE_CREDITS_S ? step : DATABASE_CREDITS_S,
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

static const struct metric_points *
storage_points(struct arena *arena, const struct view_query *q, const struct database *db,
               const char *id)
{
    return answer_points(snapshot_answer(q->snapshot, database_key(arena, "storage", db)), id);
}

static double
last_point(const struct metric_points *points)
{
    return points == NULL || points->count == 0 ? (double)NAN : points->values[points->count - 1];
}

static double
growth_of(const struct metric_points *points)
{
    return points == NULL ? (double)NAN
                          : db_growth_a_day(points->times_ms, points->values, points->count);
}

static const char *
growth_text(struct arena *arena, double bytes_a_day)
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
    const struct metric_points *points = storage_points(all->arena, q, db, "bytes");
    struct measure *m = add_measure(all, "storage", "storage", NULL);

    m->now = last_point(points);
    if (!isnan(m->now))
        m->note = growth_text(all->arena, growth_of(points));
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

static void
gather_measures(struct measures *all, const struct view_query *q, const struct database *db)
{
    for (size_t i = 0; i < db->instance_count && has_room(all, 16); i++) {
        add_cpu(all, q, db, db->instances[i]);
        add_connections(all, q, db, db->instances[i]);
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

static const char *
no_cluster(const struct view_query *q)
{
    const struct answer *instances = snapshot_answer(q->snapshot, "aurora.instances");

    if (instances != NULL && instances->db_instance_count > 0)
        return "no Aurora cluster here; RDS knows only instances outside of clusters";
    return "no Aurora cluster in this account and region";
}

static void
build_measures(struct panel *panel, struct measures *all, const struct view_query *q,
               const struct database *db)
{
    struct table *table = arena_alloc(all->arena, sizeof *table);
    struct row *rows = arena_alloc(all->arena, (all->count + 1) * sizeof *rows);

    for (size_t i = 0; i < all->count; i++)
        rows[i] = (struct row){ .key = all->list[i].key,
                                .cells = measure_cells(all->arena, &all->list[i]),
                                .level = all->list[i].level };
    *table = (struct table){ .name = "measures",
                             .columns = measure_columns,
                             .column_count = COLUMNS,
                             .rows = rows,
                             .row_count = all->count,
                             .sort_column = -1,
                             .empty = db == NULL ? no_cluster(q) : "this cluster has no instance" };
    panel->name = "measures";
    panel->title = db == NULL ? "clusters" : db->cluster->id;
    panel->note = db == NULL ? NULL : step_note(all->arena, q);
    panel->table = table;
    panel_source(panel, RDS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.clusters"));
    if (all->count == 0)
        return;
    panel_source(panel, METRICS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.main"));
    if (db->writer != NULL && !q->is_behind)
        panel_source(panel, METRICS_SOURCE, q,
                     snapshot_answer(q->snapshot, database_key(all->arena, "more", db)));
}

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
    panel_source(panel, METRICS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.main"));
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

/* --- users --- */

struct user {
    const char *name;
    double connections, load;
    const struct series *trend;
};

struct users {
    struct user list[DATABASE_USERS_MAX + 16];
    size_t count;
    double connections, load; /* of all */
    bool has_connections, has_load;
};

static struct user *
user_named(struct users *users, const char *name)
{
    for (size_t i = 0; i < users->count; i++) {
        if (strcmp(users->list[i].name, name) == 0)
            return &users->list[i];
    }
    if (users->count == sizeof users->list / sizeof users->list[0])
        return NULL;
    users->list[users->count] =
        (struct user){ .name = name, .connections = (double)NAN, .load = (double)NAN };
    return &users->list[users->count++];
}

static void
gather_connections(struct users *users, struct arena *arena, const struct view_query *q,
                   const struct database *db)
{
    const struct answer *answer = snapshot_answer(q->snapshot, database_key(arena, "users", db));

    users->connections = (double)NAN;
    for (size_t i = 0; answer != NULL && i < answer->point_count; i++) {
        const struct metric_points *p = &answer->points[i];
        const struct series *trend =
            answer_series(arena, q, answer, p->id, p->id, database_step_s(q), QUANTITY_COUNT);
        struct user *user = trend == NULL ? NULL : user_named(users, p->id);

        if (user == NULL)
            continue;
        user->connections = last_of(trend);
        user->trend = trend;
        if (isnan(user->connections))
            continue;
        users->has_connections = true;
        users->connections =
            (isnan(users->connections) ? 0 : users->connections) + user->connections;
    }
}

static double
mean_of(const struct metric_points *points)
{
    double sum = 0;

    for (size_t i = 0; i < points->count; i++)
        sum += points->values[i];
    return points->count == 0 ? (double)NAN : sum / (double)points->count;
}

/* Means over the range: the load of a moment is mostly nothing. */
static void
gather_load(struct users *users, struct arena *arena, const struct view_query *q,
            const struct database *db)
{
    const struct answer *answer = snapshot_answer(q->snapshot, database_key(arena, "load", db));

    users->load = (double)NAN;
    for (size_t i = 0; answer != NULL && i < answer->point_count; i++) {
        const struct metric_points *p = &answer->points[i];
        struct user *user = *p->id == '\0' ? NULL : user_named(users, p->id);

        if (*p->id == '\0')
            users->load = mean_of(p);
        if (user == NULL)
            continue;
        user->load = mean_of(p);
        users->has_load = true;
    }
}

static int
busiest_first(const void *a, const void *b)
{
    const struct user *x = a, *y = b;
    double by = (isnan(y->connections) ? -1 : y->connections) -
                (isnan(x->connections) ? -1 : x->connections);

    if (!(by < 0 || by > 0))
        by = (isnan(y->load) ? -1 : y->load) - (isnan(x->load) ? -1 : x->load);
    if (by < 0 || by > 0)
        return by < 0 ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void
gather_users(struct users *users, struct arena *arena, const struct view_query *q,
             const struct database *db)
{
    *users = (struct users){ .count = 0 };
    gather_connections(users, arena, q, db);
    gather_load(users, arena, q, db);
    if (users->count > 1)
        qsort(users->list, users->count, sizeof users->list[0], busiest_first);
}

static struct db_share
umami_share(const struct users *users)
{
    double connections = (double)NAN, load = (double)NAN;

    for (size_t i = 0; i < users->count; i++) {
        if (strcmp(users->list[i].name, UMAMI_USER) != 0)
            continue;
        connections = users->list[i].connections;
        load = users->list[i].load;
    }
    return db_share_of(connections, users->connections, load, users->load);
}

enum { USER, CONNECTIONS, SHARE, LOAD, USER_TREND, USER_COLUMNS };

/* clang-format off */
static const struct column user_columns[USER_COLUMNS] = {
    [USER] =        { .name = "user", .kind = CELL_TEXT, .min_width = 10, .is_flexible = true, .is_in_summary = true },
    [CONNECTIONS] = { .name = "connections", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true },
    [SHARE] =       { .name = "share", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .priority = 1 },
    [LOAD] =        { .name = "load (sessions)", .kind = CELL_NUMBER, .quantity = QUANTITY_PLAIN, .priority = 2, .is_in_summary = true },
    [USER_TREND] =  { .name = "trend", .kind = CELL_TREND, .priority = 3, .min_width = 8, .is_flexible = true },
};
/* clang-format on */

static const char *
users_note(const struct users *users)
{
    if (users->has_connections && users->has_load)
        return "load: average active sessions";
    if (users->has_connections)
        return "connections alone: Performance Insights is off";
    return users->has_load ? "load, average active sessions; connections by user unknown" : NULL;
}

static void
fill_user(struct row *row, struct arena *arena, const struct users *users, const struct user *user)
{
    struct cell *cells = arena_alloc(arena, USER_COLUMNS * sizeof *cells);
    double share = users->has_connections ? 100 * user->connections / users->connections
                                          : 100 * user->load / users->load;

    cells[USER] = cell_text(user->name, LEVEL_NONE);
    cells[CONNECTIONS] = cell_number(user->connections, QUANTITY_COUNT, LEVEL_NONE);
    cells[SHARE] = cell_number(share, QUANTITY_PERCENT, LEVEL_NONE);
    cells[LOAD] = cell_number(user->load, QUANTITY_PLAIN, LEVEL_NONE);
    cells[USER_TREND] = cell_trend(user->trend);
    *row = (struct row){ .key = user->name, .cells = cells };
}

static void
build_users(struct panel *panel, struct arena *arena, const struct view_query *q,
            const struct database *db, const struct users *users)
{
    struct table *table = arena_alloc(arena, sizeof *table);
    struct row *rows = arena_alloc(arena, (users->count + 1) * sizeof *rows);
    bool asks_load = db->writer != NULL && db->writer->has_insights;

    for (size_t i = 0; i < users->count; i++)
        fill_user(&rows[i], arena, users, &users->list[i]);
    *table = (struct table){
        .name = "users",
        .columns = user_columns,
        .column_count = USER_COLUMNS,
        .rows = rows,
        .row_count = users->count,
        .sort_column = users->has_connections ? CONNECTIONS : LOAD,
        .sort_descending = true,
        .empty = asks_load ? "unknown: nobody publishes connections by user, and no load yet"
                           : "unknown: Performance Insights is off, and nobody publishes "
                             "connections by user",
    };
    if (users->count > 0 && !users->has_connections)
        table_drop_column(table, arena, rows, USER_TREND);
    if (users->count > 0 && !users->has_load)
        table_drop_column(table, arena, rows, LOAD);
    if (users->count > 0 && !users->has_connections)
        table_drop_column(table, arena, rows, CONNECTIONS);
    panel->name = "users";
    panel->title = users->has_connections ? "connections by user" : "load by user";
    panel->note = users_note(users);
    panel->table = table;
    panel_source(panel, INSIGHTS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.own"));
    if (asks_load && *db->writer->resource_id != '\0')
        panel_source(panel, INSIGHTS_SOURCE, q,
                     snapshot_answer(q->snapshot, database_key(arena, "load", db)));
}

/* --- the cluster --- */

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

static enum level
status_level(const char *status)
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
    struct db_share share = umami_share(users);
    const struct metric_points *schema = storage_points(facts->arena, q, db, "schema");
    double bytes = last_point(schema);

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
        add_fact(facts, "schema",
                 arena_printf(facts->arena, "%s  %s", bytes_text(facts->arena, bytes),
                              growth_text(facts->arena, growth_of(schema))),
                 LEVEL_NONE);
}

static void
add_backup(struct facts *facts, const struct view_query *q, const struct database *db)
{
    double bytes = last_point(storage_points(facts->arena, q, db, "backup"));
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

static void
build_cluster(struct panel *panel, struct arena *arena, const struct view_query *q,
              const struct database *db, const struct users *users)
{
    struct facts *facts = arena_alloc(arena, sizeof *facts);
    const struct db_cluster *c = db->cluster;

    *facts = (struct facts){ .arena = arena };
    add_fact(facts, "status", *c->status == '\0' ? "not told" : c->status, status_level(c->status));
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
    panel_source(panel, RDS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.clusters"));
    panel_source(panel, RDS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.instances"));
    if (!database_has_default_group(db))
        panel_source(panel, RDS_SOURCE, q,
                     snapshot_answer(q->snapshot, database_key(arena, "parameter", db)));
}

/* --- before and after --- */

enum { WHAT, BEFORE, AFTER, CHANGE, VERDICT, CHANGE_COLUMNS };

/* clang-format off */
static const struct column change_columns[CHANGE_COLUMNS] = {
    [WHAT] =    { .name = "measure", .kind = CELL_TEXT, .min_width = 10, .is_flexible = true, .is_in_summary = true },
    [BEFORE] =  { .name = "before", .kind = CELL_NUMBER },
    [AFTER] =   { .name = "after", .kind = CELL_NUMBER },
    [CHANGE] =  { .name = "change", .kind = CELL_DELTA, .quantity = QUANTITY_PERCENT, .is_in_summary = true },
    [VERDICT] = { .name = "verdict", .kind = CELL_TEXT, .min_width = 10 },
};
/* clang-format on */

struct moment {
    int64_t time_ms; /* 0: there is none */
    const char *label;
};

/* The marked time, else the newest deployment of the range. */
static struct moment
moment_of(struct arena *arena, const struct view_query *q)
{
    struct moment moment = { q->mark_ms, "marked" };
    size_t count;
    const struct chart_mark *deploys = deploys_marks(arena, q, NULL, &count);

    if (moment.time_ms != 0)
        return moment;
    for (size_t i = 0; i < count; i++) {
        if (deploys[i].time_ms > moment.time_ms)
            moment = (struct moment){ deploys[i].time_ms,
                                      arena_printf(arena, "function %s", deploys[i].label) };
    }
    return moment;
}

static struct cell
verdict_cell(const struct db_change *change)
{
    static const struct {
        const char *text;
        enum level level;
    } verdicts[] = {
        [DB_CHANGE_UNKNOWN] = { "too few samples", LEVEL_UNKNOWN },
        [DB_CHANGE_NONE] = { "as before", LEVEL_OK },
        [DB_CHANGE_WORSE] = { "grew", LEVEL_WARN },
        [DB_CHANGE_OVER] = { "passed its line", LEVEL_BAD },
    };

    return cell_text(verdicts[change->verdict].text, verdicts[change->verdict].level);
}

/* Both sides are as long as the shorter one; the step that the moment is in is of neither. */
static struct db_change
compare_measure(struct arena *arena, const struct view_query *q, const struct measure *m,
                int64_t mark_ms)
{
    int64_t before = mark_ms - view_query_from_ms(q), after = view_query_to_ms(q) - mark_ms;
    int64_t *times = arena_alloc(arena, (m->series->count + 1) * sizeof *times);
    double *values = arena_alloc(arena, (m->series->count + 1) * sizeof *values);

    for (size_t i = 0; i < m->series->count; i++) {
        times[i] = m->series->from_ms + (int64_t)i * m->series->step_ms;
        values[i] = times[i] < mark_ms && times[i] + m->series->step_ms > mark_ms
                        ? (double)NAN
                        : m->series->values[i];
    }
    return db_compare(times, values, m->series->count, mark_ms, before < after ? before : after,
                      m->line);
}

/* Load and pressure are better when they are less; of the others more is no decline. */
static bool
is_compared(const struct measure *m)
{
    static const char *const not [] = { "credits", "acu", "deadlocks", "storage" };

    for (size_t i = 0; i < sizeof not / sizeof not [0]; i++) {
        if (strcmp(m->key, not [i]) == 0)
            return false;
    }
    return m->series != NULL;
}

static void
fill_change(struct row *row, struct arena *arena, const struct measure *m,
            const struct db_change *change)
{
    struct cell *cells = arena_alloc(arena, CHANGE_COLUMNS * sizeof *cells);

    cells[WHAT] = cell_text(m->name, LEVEL_NONE);
    cells[BEFORE] = cell_number(change->before, m->series->quantity, LEVEL_NONE);
    cells[AFTER] = cell_number(change->after, m->series->quantity, LEVEL_NONE);
    cells[CHANGE] = cell_delta(change->percent, QUANTITY_PERCENT);
    cells[VERDICT] = verdict_cell(change);
    *row = (struct row){ .key = m->key,
                         .cells = cells,
                         .level = cells[VERDICT].level >= LEVEL_WARN ? cells[VERDICT].level
                                                                     : LEVEL_NONE };
}

static void
build_change(struct panel *panel, struct arena *arena, const struct view_query *q,
             const struct measures *all, const struct moment *moment)
{
    struct table *table = arena_alloc(arena, sizeof *table);
    struct row *rows = arena_alloc(arena, (all->count + 1) * sizeof *rows);
    bool is_inside =
        moment->time_ms > view_query_from_ms(q) && moment->time_ms < view_query_to_ms(q);
    char text[FORMAT_TEXT];

    *table = (struct table){ .name = "change",
                             .columns = change_columns,
                             .column_count = CHANGE_COLUMNS,
                             .rows = rows,
                             .sort_column = -1,
                             .empty = is_inside ? "nothing to compare yet"
                                                : "the marked time is outside the range; ] and { "
                                                  "change it" };
    for (size_t i = 0; is_inside && i < all->count; i++) {
        struct db_change change;

        if (!is_compared(&all->list[i]))
            continue;
        change = compare_measure(arena, q, &all->list[i], moment->time_ms);
        fill_change(&rows[table->row_count++], arena, &all->list[i], &change);
    }
    format_time(text, moment->time_ms, q->now_ms);
    panel->name = "change";
    panel->title = arena_printf(arena, "before and after %s", text);
    panel->note = moment->label;
    panel->table = table;
    panel_source(panel, METRICS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.main"));
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
    struct table *table = arena_alloc(arena, sizeof *table);
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);

    *table = (struct table){ .name = "events",
                             .columns = event_columns,
                             .column_count = EVENT_COLUMNS,
                             .rows = rows,
                             .sort_column = TIME,
                             .sort_descending = true,
                             .empty = "nothing happened to this cluster in this range" };
    for (size_t i = 0; i < count; i++) {
        if (is_of_cluster(&answer->db_events[i], db))
            fill_event(&rows[table->row_count++], arena, &answer->db_events[i], count - i);
    }
    panel->name = "events";
    panel->title = "events";
    panel->note = "newest first";
    panel->table = table;
    panel_source(panel, RDS_SOURCE " DescribeEvents", q, answer);
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

static enum level
worst_level(const struct measures *all)
{
    enum level worst = LEVEL_NONE;

    for (size_t i = 0; i < all->count; i++) {
        if (all->list[i].level > worst)
            worst = all->list[i].level;
    }
    return worst;
}

static void
fill_cluster(struct row *row, struct arena *arena, const struct view_query *q,
             const struct database *db, unsigned *over)
{
    struct measures *all = arena_alloc(arena, sizeof *all);
    struct cell *cells = arena_alloc(arena, CLUSTER_COLUMNS * sizeof *cells);
    const struct db_cluster *c = db->cluster;

    *all = (struct measures){ .arena = arena };
    for (size_t i = 0; i < db->instance_count; i++) {
        add_cpu(all, q, db, db->instances[i]);
        add_connections(all, q, db, db->instances[i]);
    }
    *over += all->over;
    cells[CLUSTER] = cell_text(c->id, LEVEL_NONE);
    cells[STATUS] = cell_text(c->status, status_level(c->status));
    cells[ENGINE] = cell_text(arena_printf(arena, "%s %s", c->engine, c->version), LEVEL_NONE);
    cells[WRITER] = cell_text(db->writer == NULL ? NULL : db->writer->class_name, LEVEL_NONE);
    if (all->count >= 2) {
        cells[CPU] = cell_number(all->list[0].now, QUANTITY_PERCENT, all->list[0].level);
        cells[CONNECTED] = cell_number(all->list[1].now, QUANTITY_COUNT, all->list[1].level);
    }
    *row = (struct row){ .key = c->id,
                         .cells = cells,
                         .level = worst_level(all) >= LEVEL_WARN ? worst_level(all) : LEVEL_NONE,
                         .open_key = c->id };
}

static void
build_clusters(struct panel *panel, struct arena *arena, const struct view_query *q,
               const struct databases *all, struct row *rows)
{
    struct table *table = arena_alloc(arena, sizeof *table);

    *table = (struct table){ .name = "clusters",
                             .columns = cluster_columns,
                             .column_count = CLUSTER_COLUMNS,
                             .rows = rows,
                             .row_count = all->count,
                             .sort_column = -1,
                             .empty = no_cluster(q) };
    panel->name = "clusters";
    panel->title = "clusters";
    panel->note = all->left_out == 0 ? counted(arena, (double)all->count, "cluster")
                                     : arena_printf(arena, "%zu clusters, %zu more not asked",
                                                    all->count, all->left_out);
    panel->table = table;
    panel_source(panel, RDS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.clusters"));
    panel_source(panel, METRICS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.main"));
}

/* --- all of it --- */

static void
build_focus(struct model *out, struct panel *panels, struct measures *all,
            const struct view_query *q, const struct database *db)
{
    struct users *users = arena_alloc(all->arena, sizeof *users);
    struct moment moment = moment_of(all->arena, q);

    gather_users(users, all->arena, q, db);
    build_cluster(&panels[out->panel_count++], all->arena, q, db, users);
    build_graphs(out, panels, all, q, db);
    build_users(&panels[out->panel_count++], all->arena, q, db, users);
    if (moment.time_ms != 0)
        build_change(&panels[out->panel_count++], all->arena, q, all, &moment);
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
        gather_measures(all, q, databases.focus);
    build_measures(&panels[out->panel_count++], all, q, databases.focus);
    if (databases.focus != NULL)
        build_focus(out, panels, all, q, databases.focus);
    if (out->attention > 0)
        out->attention_level = LEVEL_BAD;
}
