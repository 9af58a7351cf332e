/* session_lanes.c - a session on one time axis, a lane for each kind of thing.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/format.h"
#include "tui/views/parts.h"
#include "tui/views/sessions.h"

#include <string.h>

#define SLOW_MS 1000 /* a request that took longer is called slow */

enum { LANE, WHEN, SAYS, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [LANE] = { .name = "lane", .kind = CELL_TEXT, .is_in_summary = true, .is_name = true },
    [WHEN] = { .name = "when", .kind = CELL_LANE, .min_width = 20, .is_flexible = true },
    [SAYS] = { .name = "in all", .kind = CELL_TEXT, .priority = 1, .max_width = 18, .is_in_summary = true },
};

static const struct {
    const char *name;
    enum lane_style style;
    bool is_ours; /* not in OpenReplay's own files */
} lanes[SESSION_LANES] = {
    [SESSION_PAGE] =  { "page", LANE_PAGES, false },
    [SESSION_ERROR] = { "err", LANE_MARKS, true },
    [SESSION_LEAK] =  { "leak", LANE_MARKS, false },
    [SESSION_CLICK] = { "click", LANE_MARKS, false },
    [SESSION_NET] =   { "net", LANE_DENSITY, false },
    [SESSION_ISSUE] = { "issue", LANE_MARKS, false },
    [SESSION_VITAL] = { "vital", LANE_MARKS, true },
    [SESSION_EVENT] = { "event", LANE_MARKS, true },
};
/* clang-format on */

struct counts {
    unsigned all, warned, bad;
    unsigned slow, refused, failed; /* requests */
    const struct session_event *gravest;
};

static void
count(struct counts *c, const struct session_event *event)
{
    const struct openreplay_line *line = event->line;

    c->all++;
    c->warned += event->level == LEVEL_WARN;
    c->bad += event->level == LEVEL_BAD;
    if (c->gravest == NULL || event->level > c->gravest->level)
        c->gravest = event;
    if (line == NULL)
        return;
    c->slow += line->duration_ms >= SLOW_MS;
    c->refused += line->status >= 400 && line->status < 500;
    c->failed += line->status >= 500;
}

/* "  5xx 2", or nothing. */
static const char *
some(struct arena *arena, const char *what, unsigned n)
{
    return n == 0 ? "" : arena_printf(arena, "  %s %u", what, n);
}

static const char *
says(struct arena *arena, enum session_lane lane, const struct counts *c, bool is_cut)
{
    switch (lane) {
    case SESSION_PAGE:
        return counted(arena, c->all, "page");
    case SESSION_NET:
        return arena_printf(arena, "%u%s%s%s", c->all, some(arena, "5xx", c->failed),
                            some(arena, "4xx", c->refused), some(arena, "slow", c->slow));
    case SESSION_LEAK:
        if (c->all == 0)
            return "none found";
        return arena_printf(arena, "%u: %s %s", c->all, c->gravest->finding->kind,
                            c->gravest->finding->element != NULL ? c->gravest->finding->element
                            : c->gravest->finding->field != NULL ? c->gravest->finding->field
                                                                 : "");
    default:
        return arena_printf(arena, "%s%s", count_text(arena, c->all), is_cut ? "+" : "");
    }
}

/* "/checkout" of "https://shop.example/checkout" */
static const char *
page_label(const struct openreplay_line *line)
{
    const char *host = line->page == NULL ? NULL : strstr(line->page, "://");
    const char *path = host == NULL ? NULL : strchr(host + 3, '/');

    return path != NULL ? path : line->page;
}

static void
fill_lane(struct row *row, const struct session_look *look, enum session_lane number)
{
    struct arena *arena = look->arena;
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    struct lane *lane = arena_alloc(arena, sizeof *lane);
    struct lane_mark *marks = arena_alloc(arena, (look->count + 1) * sizeof *marks);
    bool is_absent = lanes[number].is_ours && !look->told->seen.has_analytics;
    struct counts counts = { .all = 0 };

    *lane = (struct lane){ .style = lanes[number].style,
                           .from_ms = look->from_ms,
                           .to_ms = look->to_ms,
                           .at_ms = look->at != NULL ? look->at->time_ms : 0,
                           .marks = marks };
    for (size_t i = 0; i < look->count; i++) {
        const struct session_event *event = &look->events[i];

        if (event->lane != number)
            continue;
        count(&counts, event);
        marks[lane->count++] = (struct lane_mark){
            .time_ms = event->time_ms,
            .level = event->level,
            .text = number == SESSION_PAGE ? page_label(event->line) : NULL,
        };
    }
    cells[LANE] = cell_text(lanes[number].name, LEVEL_NONE);
    cells[WHEN] = cell_lane(lane);
    cells[SAYS] = cell_text(!is_absent ? says(arena, number, &counts, look->told->summary.is_cut)
                            : counts.all == 0 ? "not in these files"
                                              : arena_printf(arena, "%u of console", counts.all),
                            counts.bad > 0      ? LEVEL_BAD
                            : counts.warned > 0 ? LEVEL_WARN
                                                : LEVEL_NONE);
    *row = (struct row){ .key = lanes[number].name,
                         .cells = cells,
                         .level = counts.bad > 0      ? LEVEL_BAD
                                  : counts.warned > 0 ? LEVEL_WARN
                                                      : LEVEL_NONE,
                         .open_panel = "events" };
}

/* How long, with what, and whether more is coming. */
static const char *
note(const struct session_look *look)
{
    struct arena *arena = look->arena;
    const struct recording_told *told = look->told;
    int64_t age_ms = look->q->now_ms - told->seen.last_ms;
    char length[FORMAT_TEXT], age[FORMAT_TEXT];

    format_offset(length, look->to_ms - look->from_ms, false);
    format_age(age, age_ms);
    if (!told->seen.has_analytics)
        return arena_printf(arena, "%s, without errors, vitals, events, fields", length);
    if (told->seen.has_full && age_ms < RECORDING_GONE_MS)
        return arena_printf(arena, "batch %s ago, next flush within %d s", age,
                            RECORDING_FLUSH_MS / 1000);
    return arena_printf(
        arena, "%s, ended %s ago%s%s%s", length, age, *told->version != '\0' ? ", tracker " : "",
        told->version,
        told->seen.faults > 0
            ? arena_printf(arena, ", %s", counted(arena, told->seen.faults, "fault"))
            : "");
}

void
session_lanes_build(struct panel *panel, const struct session_look *look)
{
    struct arena *arena = look->arena;
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, SESSION_LANES * sizeof *rows);

    *grid = (struct grid){ .name = "lanes",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .sort_column = -1,
                           .subject = look->id };
    panel->name = "timeline";
    panel->title = "timeline";
    panel->grid = grid;
    panel_source(panel, "S3 GetObject", look->q, look->answer);
    panel->pace_ms = 0;
    if (look->told == NULL)
        return;
    for (int i = 0; i < SESSION_LANES; i++)
        fill_lane(&rows[grid->row_count++], look, (enum session_lane)i);
    panel->note = note(look);
}
