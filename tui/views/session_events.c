/* session_events.c - a session's story and what leaked in it, in one order.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hex.h"
#include "tui/format.h"
#include "tui/views/parts.h"
#include "tui/views/sessions.h"

#include <stdlib.h>
#include <string.h>

#define FINDINGS_MAX 500
#define AXIS_MIN_MS  1000

static const struct {
    enum session_lane lane;
    bool is_told; /* as an event */
} places[OPENREPLAY_KINDS] = {
    [OPENREPLAY_PAGE] = { SESSION_PAGE, true },
    [OPENREPLAY_CLICK] = { SESSION_CLICK, true },
    [OPENREPLAY_INPUT] = { SESSION_CLICK, true },
    [OPENREPLAY_CONSOLE] = { SESSION_EVENT, true },
    [OPENREPLAY_NETWORK] = { SESSION_NET, true },
    [OPENREPLAY_RESOURCE] = { SESSION_NET, true },
    [OPENREPLAY_ERROR] = { SESSION_ERROR, true },
    [OPENREPLAY_LOAD] = { SESSION_VITAL, true },
    [OPENREPLAY_VITAL] = { SESSION_VITAL, true },
    [OPENREPLAY_EVENT] = { SESSION_EVENT, true },
    [OPENREPLAY_ISSUE] = { SESSION_ISSUE, true },
    [OPENREPLAY_USER] = { SESSION_EVENT, true },
    [OPENREPLAY_META] = { SESSION_EVENT, true },
    [OPENREPLAY_TAB] = { SESSION_EVENT, true },
    [OPENREPLAY_VISIBILITY] = { SESSION_EVENT, true },
    [OPENREPLAY_SOCKET] = { SESSION_NET, true },
    [OPENREPLAY_STATE] = { SESSION_EVENT, true },
    [OPENREPLAY_GRAPHQL] = { SESSION_NET, true },
    [OPENREPLAY_SELECTION] = { SESSION_CLICK, true },
};

static enum level
level_of(const struct openreplay_line *line)
{
    static const enum level levels[] = { LEVEL_NONE, LEVEL_WARN, LEVEL_BAD };

    return line->kind == OPENREPLAY_ERROR ? LEVEL_BAD : levels[line->severity];
}

/* What went wrong in the console belongs beside exceptions. */
static enum session_lane
lane_of(const struct openreplay_line *line)
{
    if (line->kind == OPENREPLAY_CONSOLE && line->severity != OPENREPLAY_INFO)
        return SESSION_ERROR;
    return places[line->kind].lane;
}

/* --- findings --- */

struct found {
    const struct pii_finding *list;
    size_t count;
};

/* Lines of the log group that are of this session. */
static struct found
findings_of_log(struct arena *arena, const struct view_query *q, const char *id)
{
    const struct answer *answer = snapshot_answer(q->snapshot, SESSIONS_LEAKS_KEY);
    struct pii_finding *list = arena_alloc(arena, FINDINGS_MAX * sizeof *list);
    const char *mark = arena_printf(arena, "\"session\":\"%s\"", id);
    struct found found = { .list = list };

    for (size_t i = 0; answer != NULL && i < answer->event_count; i++) {
        const struct log_entry *event = &answer->events[i];

        if (!event->is_gap && found.count < FINDINGS_MAX && strstr(event->message, mark) != NULL &&
            pii_finding_read(&list[found.count], arena, event->message, event->message_len))
            found.count++;
    }
    return found;
}

static const char *
finding_key(struct arena *arena, const struct pii_finding *f, size_t number)
{
    char hash[33];

    hex_format(hash, f->hash, sizeof f->hash);
    return arena_printf(arena, "leak.%s.%zu", hash, number);
}

/* --- one order --- */

static int
by_time(const void *a, const void *b)
{
    const struct session_event *x = a, *y = b;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    return (x->finding != NULL) - (y->finding != NULL); /* what leaked comes behind what it is in */
}

static void
add_lines(struct session_look *look, struct session_event *events)
{
    const struct recording_told *told = look->told;

    for (size_t i = 0; i < told->line_count; i++) {
        const struct openreplay_line *line = &told->lines[i];

        if (!places[line->kind].is_told)
            continue;
        events[look->count++] = (struct session_event){
            .time_ms = line->time_ms,
            .lane = lane_of(line),
            .level = level_of(line),
            .line = line,
            .key =
                arena_printf(look->arena, "%zu.%zu.%d", line->body, line->offset, (int)line->kind),
        };
    }
}

/* Lines are in order; findings are few, and each moves to its place. */
static void
add_findings(struct session_look *look, struct session_event *events, struct found found)
{
    for (size_t i = 0; i < found.count; i++)
        events[look->count++] =
            (struct session_event){ .time_ms = found.list[i].time_ms,
                                    .lane = SESSION_LEAK,
                                    .level = LEVEL_BAD,
                                    .finding = &found.list[i],
                                    .key = finding_key(look->arena, &found.list[i], i) };
}

static void
set_axis(struct session_look *look)
{
    const struct recording_told *told = look->told;

    look->from_ms = told->summary.first_ms;
    look->to_ms = told->summary.last_ms;
    if (told->has_head && told->seen.start_ms < look->from_ms)
        look->from_ms = told->seen.start_ms;
    if (look->to_ms < look->from_ms + AXIS_MIN_MS)
        look->to_ms = look->from_ms + AXIS_MIN_MS;
}

static void
find_cursor(struct session_look *look)
{
    look->at = look->count > 0 ? &look->events[0] : NULL;
    for (size_t i = 0; look->q->detail != NULL && i < look->count; i++) {
        if (strcmp(look->events[i].key, look->q->detail) == 0) {
            look->at = &look->events[i];
            return;
        }
    }
}

/* Ids that error reports may carry: the application's own session, of the link table; else who the
 * application says it is. */
static void
find_ids(struct session_look *look)
{
    const struct answer *links =
        snapshot_answer(look->q->snapshot, session_links_key(look->arena, look->id));
    const cJSON *list = links == NULL ? NULL : cJSON_GetObjectItem(links->json, "links"), *link;
    size_t most = (size_t)cJSON_GetArraySize(list) + look->told->id_count;
    const char **ids = arena_alloc(look->arena, (most + 1) * sizeof *ids);

    cJSON_ArrayForEach(link, list)
    {
        const char *id = cJSON_GetStringValue(cJSON_GetObjectItem(link, "id"));

        if (id != NULL)
            ids[look->id_count++] = id;
    }
    for (size_t i = 0; i < look->told->id_count; i++)
        ids[look->id_count++] = look->told->ids[i];
    look->ids = ids;
}

void
session_look(struct session_look *out, struct arena *arena, const struct view_query *q,
             const char *id)
{
    struct session_event *events;
    struct found found;

    *out = (struct session_look){ .arena = arena, .q = q, .id = id };
    out->answer = snapshot_answer(q->snapshot, session_answer_key(arena, id));
    out->told = out->answer == NULL ? NULL : out->answer->recording;
    if (out->told == NULL)
        return;
    found = out->told->is_scanned ? (struct found){ out->told->findings, out->told->finding_count }
                                  : findings_of_log(arena, q, id);
    events = arena_alloc(arena, (out->told->line_count + found.count + 1) * sizeof *events);
    out->events = events;
    add_lines(out, events);
    add_findings(out, events, found);
    if (out->count > 1)
        qsort(events, out->count, sizeof *events, by_time);
    set_axis(out);
    find_cursor(out);
    find_ids(out);
    session_find_reports(out);
}

/* --- the panel --- */

enum { AT, CLOCK, KIND, WHAT, PAGE, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [AT] =    { .name = "at", .kind = CELL_TEXT },
    [CLOCK] = { .name = "clock", .kind = CELL_TIME, .priority = 4 },
    [KIND] =  { .name = "kind", .kind = CELL_TEXT, .max_width = 10, .is_in_summary = true },
    [WHAT] =  { .name = "what", .kind = CELL_TEXT, .min_width = 44, .is_flexible = true, .is_in_summary = true },
    [PAGE] =  { .name = "page", .kind = CELL_TEXT, .priority = 3, .max_width = 30 },
};
/* clang-format on */

static const char *
finding_text(struct arena *arena, const struct pii_finding *f)
{
    return arena_printf(arena, "%s %s%s%s in %s.%s%s", f->kind, f->shape == NULL ? "" : f->shape,
                        f->element == NULL ? "" : "  ", f->element == NULL ? "" : f->element,
                        f->message == NULL ? "?" : f->message, f->field == NULL ? "?" : f->field,
                        f->count > 1 ? arena_printf(arena, " (%u times)", f->count) : "");
}

static const char *
path_of(const char *page)
{
    const char *host = page == NULL ? NULL : strstr(page, "://");
    const char *path = host == NULL ? NULL : strchr(host + 3, '/');

    return path != NULL ? path : page != NULL ? page : "";
}

static void
fill_row(struct row *row, const struct session_look *look, const struct session_event *event)
{
    struct arena *arena = look->arena;
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    const struct openreplay_line *line = event->line;
    const char *what, *why, *group;
    char at[FORMAT_TEXT];

    format_offset(at, event->time_ms - look->from_ms, true);
    if (line == NULL)
        what = finding_text(arena, event->finding);
    else
        what = line->repeated > 1 && line->kind != OPENREPLAY_INPUT
                   ? arena_printf(arena, "%s (%u times)", line->text, line->repeated)
                   : line->text;
    cells[AT] = cell_text(arena_strdup(arena, at), LEVEL_NONE);
    cells[CLOCK] = cell_time(event->time_ms);
    cells[KIND] = cell_text(line == NULL ? "leak" : openreplay_kind_name(line->kind), LEVEL_NONE);
    cells[WHAT] = cell_text(what, event->level);
    cells[PAGE] = cell_text(path_of(line == NULL ? event->finding->page : line->page), LEVEL_NONE);
    *row = (struct row){
        .key = event->key, .cells = cells, .level = event->level, .open_panel = "message"
    };
    group = line != NULL && line->kind == OPENREPLAY_ERROR ? session_error_group(look, event, &why)
                                                           : NULL;
    if (group != NULL) {
        row->open_panel = NULL;
        row->open_view = "errors";
        row->open_key = group;
    }
}

static const char *
empty_text(const struct session_look *look)
{
    if (look->told == NULL)
        return NULL;
    return look->told->seen.faults > 0 ? "nothing in it could be read"
                                       : "nothing happened in it that a line would tell";
}

void
session_events_build(struct panel *panel, const struct session_look *look)
{
    struct arena *arena = look->arena;
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (look->count + 1) * sizeof *rows);
    char at[FORMAT_TEXT] = "";

    for (size_t i = 0; i < look->count; i++)
        fill_row(&rows[i], look, &look->events[i]);
    *grid = (struct grid){ .name = "events",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = look->count,
                           .sort_column = AT,
                           .subject = look->id,
                           .empty = empty_text(look) };
    if (look->at != NULL)
        format_offset(at, look->at->time_ms - look->from_ms, false);
    panel->name = "events";
    panel->title = look->at == NULL ? arena_printf(arena, "events of %s", look->id)
                                    : arena_printf(arena, "events of %s at %s", look->id, at);
    panel->note = look->told == NULL ? NULL
                  : look->told->summary.is_cut
                      ? arena_printf(arena, "the first %d; obsview sessions show has all",
                                     RECORDING_LINES_MAX)
                      : counted(arena, (double)look->count, "event");
    panel->grid = grid;
    panel_source(panel, "S3 GetObject", look->q, look->answer);
    panel->pace_ms = 0; /* what is over does not change, and what is new comes by itself */
}
