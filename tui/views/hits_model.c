/* hits_model.c - what a tracker sends, the moment it arrives.
 * SPDX-License-Identifier: MIT
 *
 * An emulator keeps each request with its verdict: those to Umami's collection endpoints are shown,
 * whatever website they name, because a wrong name is what one looks for; Enter opens the request.
 * A real Umami tells of the hits it has counted (GET realtime), and of no others. */
#include "config.h"

#include "base/json.h"
#include "tui/views/analytics.h"
#include "tui/views/hit_words.h"

#include <math.h>
#include <string.h>

#define KEY           "umami.hits"
#define PATH          "/_obsview/events?kind=http&path=/api/&details=1&mask=1&limit=200"
#define SESSION_SHOWN 8

enum { TIME, VERDICT, TYPE, PAGE, EVENT, SESSION, COUNTRY, WEBSITE, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [TIME] =    { .name = "time", .kind = CELL_TIME, .is_in_summary = true },
    [VERDICT] = { .name = "verdict", .kind = CELL_TEXT, .min_width = 20, .max_width = 48, .is_flexible = true, .is_in_summary = true },
    [TYPE] =    { .name = "type", .kind = CELL_TEXT, .min_width = 8 },
    [PAGE] =    { .name = "path", .kind = CELL_TEXT, .min_width = 10, .max_width = 64, .is_flexible = true, .is_in_summary = true },
    [EVENT] =   { .name = "event", .kind = CELL_TEXT, .min_width = 6, .max_width = 24, .is_flexible = true, .is_in_summary = true },
    [SESSION] = { .name = "session", .kind = CELL_TEXT, .priority = 1, .max_width = 8 },
    [COUNTRY] = { .name = "country", .kind = CELL_TEXT, .priority = 2 },
    [WEBSITE] = { .name = "website", .kind = CELL_TEXT, .priority = 3, .max_width = 20 },
};
/* clang-format on */

/* The emulator's own intake tells more, and only of what goes to it. */
static bool
has_intake(const struct view_query *q)
{
    return q->snapshot != NULL && q->snapshot->is_emulator && q->snapshot->umami_is_local;
}

void
hits_ask(struct ask_list *asks, const struct view_query *q)
{
    if (has_intake(q))
        ask_list_add(asks, &(struct ask){ .key = KEY,
                                          .kind = ASK_EMULATOR,
                                          .range = { .span_ms = q->range.span_ms },
                                          .path = PATH });
}

static void
set_text(struct cell *cell, const char *text)
{
    if (text != NULL && *text != '\0')
        *cell = cell_text(text, LEVEL_NONE);
}

/* --- from the intake --- */

static const char *
website_word(struct arena *arena, const struct view_query *q, const char *id)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "umami.websites");
    const struct umami_answer *known = answer == NULL ? NULL : answer->umami;

    for (size_t i = 0; known != NULL && i < known->website_count; i++) {
        if (strcmp(known->websites[i].id, id) == 0)
            return analytics_website_word(&known->websites[i]);
    }
    return arena_strdup(arena, id);
}

static void
fill_event(struct row *row, struct arena *arena, const struct view_query *q, const cJSON *event)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    enum level level = hit_level(event);

    cells[TIME] = cell_time(json_get_int(event, "timeMs", 0));
    cells[VERDICT] = cell_text(hit_verdict(arena, event), level);
    set_text(&cells[TYPE], arena_strdup(arena, hit_type(event)));
    set_text(&cells[PAGE], arena_strdup(arena, hit_detail(event, "Umami-Path")));
    set_text(&cells[EVENT], arena_strdup(arena, hit_detail(event, "Umami-Event")));
    set_text(&cells[SESSION],
             arena_strndup(arena, hit_detail(event, "Umami-Session"), SESSION_SHOWN));
    set_text(&cells[WEBSITE], website_word(arena, q, hit_detail(event, "Umami-Website")));
    row->key = arena_printf(arena, "%lld", (long long)json_get_int(event, "id", 0));
    row->open_view = "intake";
    row->open_key = row->key;
    row->cells = cells;
    row->level = level == LEVEL_OK ? LEVEL_NONE : level;
}

/* The intake is told oldest first. */
static struct row *
rows_of_intake(struct arena *arena, const struct view_query *q, const cJSON *list, size_t *count,
               size_t *faults)
{
    size_t all = 0;
    struct row *rows;
    const cJSON *event;

    cJSON_ArrayForEach(event, list) all += hit_is(event);
    rows = arena_alloc(arena, (all + 1) * sizeof *rows);
    *count = all;
    cJSON_ArrayForEach(event, list)
    {
        if (!hit_is(event))
            continue;
        fill_event(&rows[--all], arena, q, event);
        *faults += rows[all].level != LEVEL_NONE;
    }
    return rows;
}

/* --- from Umami --- */

static struct row *
rows_of_umami(struct arena *arena, const struct umami_answer *realtime)
{
    struct row *rows = arena_alloc(arena, (realtime->hit_count + 1) * sizeof *rows);

    for (size_t i = 0; i < realtime->hit_count; i++) {
        const struct umami_live_hit *hit = &realtime->hits[i];
        struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);

        cells[TIME] = cell_time(hit->time_ms);
        set_text(&cells[TYPE], strcmp(hit->kind, "pageview") == 0 ? "view" : hit->kind);
        set_text(&cells[PAGE], hit->path);
        set_text(&cells[EVENT], hit->name);
        set_text(&cells[SESSION], arena_strndup(arena, hit->session, SESSION_SHOWN));
        set_text(&cells[COUNTRY], hit->country);
        rows[i] = (struct row){ .key = arena_printf(arena, "%lld %s %s %s %zu",
                                                    (long long)hit->time_ms, hit->session,
                                                    hit->path, hit->name, realtime->hit_count - i),
                                .cells = cells };
    }
    return rows;
}

/* --- the panel --- */

/* From the right, so that what is left to drop keeps its place. */
static void
drop_empty_columns(struct grid *grid, struct arena *arena, struct row *rows)
{
    for (size_t c = COLUMNS; c-- > VERDICT;) {
        bool has = c == PAGE;

        for (size_t i = 0; i < grid->row_count && !has; i++)
            has = rows[i].cells[c].kind != CELL_EMPTY;
        if (!has)
            grid_drop_column(grid, arena, rows, c);
    }
}

static void
build_grid(struct panel *panel, struct arena *arena, struct row *rows, size_t count,
           const char *empty)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);

    *grid = (struct grid){ .name = "hits",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = TIME,
                           .sort_descending = true,
                           .empty = empty };
    drop_empty_columns(grid, arena, rows);
    panel->name = "hits";
    panel->title = "live hits";
    panel->grid = grid;
}

static void
build_intake(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, KEY);
    const cJSON *list = answer == NULL ? NULL : json_get(answer->json, "events");
    size_t count, faults = 0;
    struct row *rows = rows_of_intake(arena, q, list, &count, &faults);

    build_grid(panel, arena, rows, count,
               "no hit yet: the tracker's script posts to /api/send of this emulator");
    panel->note = arena_printf(arena, "newest first, %s", counted(arena, (double)faults, "fault"));
    panel_source(panel, "GET /_obsview/events", q, answer);
}

void
hits_build(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer;
    struct umami_website website;
    const char *why;

    if (has_intake(q)) {
        build_intake(panel, arena, q);
        return;
    }
    if (!analytics_website(&website, arena, q, &why))
        return;
    answer = analytics_answer(arena, q, website.id, UMAMI_REALTIME, NULL);
    if (answer != NULL && answer->umami != NULL)
        build_grid(panel, arena, rows_of_umami(arena, answer->umami), answer->umami->hit_count,
                   "nothing in the last half hour");
    else
        build_grid(panel, arena, arena_alloc(arena, sizeof(struct row)), 0, "");
    panel->note = "newest first, counted by Umami";
    panel_source(panel, ANALYTICS_SOURCE, q, answer);
}
