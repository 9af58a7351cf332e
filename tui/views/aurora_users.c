/* aurora_users.c - whose connections, and whose load.
 * SPDX-License-Identifier: MIT
 *
 * Connections are those of the last minute that was published, load is a mean over the range: that
 * of a moment is mostly nothing. */
#include "config.h"

#include "tui/views/aurora_parts.h"

#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
        user->connections = aurora_measure_last(trend);
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

void
aurora_users_gather(struct users *users, struct arena *arena, const struct view_query *q,
                    const struct database *db)
{
    *users = (struct users){ .count = 0 };
    gather_connections(users, arena, q, db);
    gather_load(users, arena, q, db);
    if (users->count > 1)
        qsort(users->list, users->count, sizeof users->list[0], busiest_first);
}

struct db_share
aurora_users_umami_share(const struct users *users)
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

void
aurora_users_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                   const struct database *db, const struct users *users)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (users->count + 1) * sizeof *rows);
    bool asks_load = db->writer != NULL && db->writer->has_insights;

    for (size_t i = 0; i < users->count; i++)
        fill_user(&rows[i], arena, users, &users->list[i]);
    *grid = (struct grid){
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
        grid_drop_column(grid, arena, rows, USER_TREND);
    if (users->count > 0 && !users->has_load)
        grid_drop_column(grid, arena, rows, LOAD);
    if (users->count > 0 && !users->has_connections)
        grid_drop_column(grid, arena, rows, CONNECTIONS);
    panel->name = "users";
    panel->title = users->has_connections ? "connections by user" : "load by user";
    panel->note = users_note(users);
    panel->grid = grid;
    panel_source(panel, AURORA_INSIGHTS_SOURCE, q, snapshot_answer(q->snapshot, "aurora.own"));
    if (asks_load && *db->writer->resource_id != '\0')
        panel_source(panel, AURORA_INSIGHTS_SOURCE, q,
                     snapshot_answer(q->snapshot, database_key(arena, "load", db)));
}
