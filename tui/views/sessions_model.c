/* sessions_model.c - what the Sessions view asks, and its list.
 * SPDX-License-Identifier: MIT
 *
 * Sessions come from the recordings bucket alone, over S3: of an emulator, or of an account, where
 * each request costs. There the list is asked for once (`r` asks again), and a session is read when
 * it is entered. Beside an emulator the one under the cursor is read. Findings of personal data are
 * lines of log group /obsview/privacy; an account has none, so what was loaded is searched. */
#include "config.h"

#include "tui/format.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"
#include "tui/views/sessions.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE     "S3 ListObjectsV2, GetObject"
#define LEAKS_MAX  2000
#define LONGEST_MS (INT64_C(12) * 3600000)
#define ONCE_MS    (INT64_C(365) * 86400000) /* never again by itself: it is paid by the request */
#define SESSION    "\"session\":\""

const char *
session_answer_key(struct arena *arena, const char *id)
{
    return arena_printf(arena, "sessions.%s", id);
}

const char *
session_links_key(struct arena *arena, const char *id)
{
    return arena_printf(arena, "sessions.links.%s", id);
}

static bool
is_number(const char *text)
{
    return *text != '\0' && strlen(text) <= 20 && text[strspn(text, "0123456789")] == '\0';
}

static bool
is_local(const struct view_query *q)
{
    return q->snapshot != NULL && q->snapshot->is_emulator;
}

static const struct recording_list *
list_of(const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, SESSIONS_KEY);

    return answer == NULL ? NULL : answer->recordings;
}

/* The session that was entered; beside an emulator, where looking is free, the one under the
 * cursor or the newest. "": none. */
static const char *
chosen(const struct view_query *q)
{
    const struct recording_list *list = list_of(q);

    if (is_number(q->key))
        return q->key;
    if (!is_local(q))
        return "";
    if (is_number(q->cursor))
        return q->cursor;
    return list != NULL && list->count > 0 ? list->list[0].id : "";
}

static void
ask_session(struct ask_list *asks, const struct view_query *q, const char *id)
{
    struct arena *arena = arena_new();

    ask_list_add(asks, &(struct ask){ .key = session_answer_key(arena, id),
                                      .kind = ASK_RECORDING,
                                      .range = { .span_ms = LONGEST_MS },
                                      .pace_ms = is_local(q) ? 0 : ONCE_MS,
                                      .session = id });
    if (is_local(q))
        ask_list_add(
            asks, &(struct ask){ .key = session_links_key(arena, id),
                                 .kind = ASK_EMULATOR,
                                 .range = { .span_ms = LONGEST_MS },
                                 .path = arena_printf(
                                     arena, "/_obsview/links?kind=recording&id=%s&hops=2", id) });
    arena_free(arena);
}

void
sessions_ask(struct ask_list *asks, const struct view_query *q)
{
    const char *id = chosen(q);

    if (q->snapshot == NULL) /* whether asking costs is not known yet */
        return;
    ask_list_add(asks, &(struct ask){ .key = SESSIONS_KEY,
                                      .kind = ASK_SESSIONS,
                                      .range = q->range,
                                      .pace_ms = is_local(q) ? 0 : ONCE_MS });
    if (is_local(q))
        ask_list_add(asks, &(struct ask){ .key = SESSIONS_LEAKS_KEY,
                                          .kind = ASK_LOG_EVENTS,
                                          .range = { .span_ms = q->range.span_ms + LONGEST_MS,
                                                     .to_ms = q->range.to_ms },
                                          .group = PII_LOG_GROUP,
                                          .limit = LEAKS_MAX });
    if (*id == '\0')
        return;
    ask_session(asks, q, id);
    errors_ask_reports(asks, q); /* an error of the session leads to its group */
}

/* --- leaks, counted --- */

struct leak_counts {
    uint64_t *sessions; /* of all findings, ascending */
    size_t count;
};

static int
by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Only whose they are: reading thousands of lines as JSON for each frame would be felt. */
static void
count_leaks(struct leak_counts *leaks, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, SESSIONS_LEAKS_KEY);
    size_t most = answer == NULL ? 0 : answer->event_count;

    *leaks = (struct leak_counts){ .sessions = arena_alloc(arena, (most + 1) * sizeof(uint64_t)) };
    for (size_t i = 0; i < most; i++) {
        const char *at = strstr(answer->events[i].message, SESSION);
        uint64_t session = at == NULL ? 0 : strtoull(at + strlen(SESSION), NULL, 10);

        if (session != 0 && !answer->events[i].is_gap)
            leaks->sessions[leaks->count++] = session;
    }
    if (leaks->count > 1)
        qsort(leaks->sessions, leaks->count, sizeof *leaks->sessions, by_number);
}

static size_t
leaks_of(const struct leak_counts *leaks, const char *id)
{
    uint64_t session = strtoull(id, NULL, 10);
    size_t low = 0, high = leaks->count, n = 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (leaks->sessions[middle] < session)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + n < leaks->count && leaks->sessions[low + n] == session)
        n++;
    return n;
}

/* --- the list --- */

enum { START, LENGTH, PAGES, ERRORS, LEAKS, BATCH, DEVICE, ZONE, ID, BYTES, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [START] =  { .name = "start", .kind = CELL_TIME, .is_in_summary = true },
    [LENGTH] = { .name = "length", .kind = CELL_TEXT, .priority = 1 },
    [PAGES] =  { .name = "pages", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 3 },
    [ERRORS] = { .name = "err", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 1, .is_in_summary = true },
    [LEAKS] =  { .name = "leak", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 1, .is_in_summary = true },
    [BATCH] =  { .name = "last batch", .kind = CELL_TEXT, .priority = 2 },
    [DEVICE] = { .name = "device", .kind = CELL_TEXT, .priority = 4, .min_width = 8, .max_width = 18 },
    [ZONE] =   { .name = "where", .kind = CELL_TEXT, .priority = 5, .max_width = 10 },
    [ID] =     { .name = "id", .kind = CELL_TEXT, .priority = 4, .is_name = true },
    [BYTES] =  { .name = "size", .kind = CELL_NUMBER, .quantity = QUANTITY_BYTES, .priority = 6 },
};
/* clang-format on */

static bool
is_recording(const struct view_query *q, const struct recording_seen *seen)
{
    return seen->has_full && q->now_ms - seen->last_ms < RECORDING_GONE_MS;
}

static const char *
batch_text(struct arena *arena, const struct view_query *q, const struct recording_seen *seen)
{
    char age[FORMAT_TEXT];

    format_age(age, q->now_ms - seen->last_ms);
    if (is_recording(q, seen))
        return arena_printf(arena, "live, %s ago", age);
    return arena_printf(arena, "ended %s ago", age);
}

/* What was read of it when it was entered; the list itself reads nothing where that costs. */
static const struct recording_seen *
best_seen(struct arena *arena, const struct view_query *q, const struct recording_seen *seen,
          const struct recording_told **told)
{
    const struct answer *answer = snapshot_answer(q->snapshot, session_answer_key(arena, seen->id));

    *told = answer == NULL ? NULL : answer->recording;
    return *told != NULL && !seen->is_read ? &(*told)->seen : seen;
}

/* OpenReplay's files are written later than what is in them: until one was read, nobody knows. */
static struct cell
length_cell(struct arena *arena, const struct recording_seen *listed,
            const struct recording_seen *seen)
{
    int64_t last_ms = listed->has_full ? listed->last_ms : seen->last_ms;
    char length[FORMAT_TEXT];

    if (!listed->has_full && !seen->is_read)
        return (struct cell){ .kind = CELL_EMPTY };
    format_offset(length, last_ms - seen->start_ms, false);
    return cell_text(arena_strdup(arena, length), LEVEL_NONE);
}

static void
fill_row(struct row *row, struct arena *arena, const struct view_query *q,
         const struct recording_seen *listed, const struct leak_counts *leaks)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    const struct recording_told *told;
    const struct recording_seen *seen = best_seen(arena, q, listed, &told);
    size_t leaked =
        told != NULL && told->is_scanned ? told->finding_count : leaks_of(leaks, listed->id);
    cells[ID] = cell_text(seen->id, LEVEL_NONE);
    cells[START] = cell_time(seen->start_ms);
    cells[LENGTH] = length_cell(arena, listed, seen);
    cells[BATCH] = cell_text(batch_text(arena, q, listed), LEVEL_NONE);
    cells[BYTES] = cell_number((double)listed->bytes, QUANTITY_BYTES, LEVEL_NONE);
    if (seen->is_read) {
        cells[PAGES] = cell_number(seen->pages, QUANTITY_COUNT, LEVEL_NONE);
        if (seen->has_analytics)
            cells[ERRORS] = cell_number(seen->errors, QUANTITY_COUNT,
                                        seen->errors > 0 ? LEVEL_WARN : LEVEL_NONE);
        cells[DEVICE] = cell_text(seen->device, LEVEL_NONE);
        cells[ZONE] = cell_text(seen->zone, LEVEL_NONE);
    }
    if (leaked > 0 || (told != NULL && told->is_scanned) || is_local(q))
        cells[LEAKS] =
            cell_number((double)leaked, QUANTITY_COUNT, leaked > 0 ? LEVEL_BAD : LEVEL_NONE);
    *row = (struct row){ .key = seen->id,
                         .cells = cells,
                         .level = leaked > 0         ? LEVEL_BAD
                                  : seen->errors > 0 ? LEVEL_WARN
                                                     : LEVEL_NONE,
                         .open_key = seen->id };
}

/* Only the newest lines of the log group were asked for. */
static bool
has_all(const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, SESSIONS_LEAKS_KEY);

    return answer == NULL || !answer->is_partial;
}

static const char *
list_note(struct arena *arena, const struct view_query *q, const struct grid *grid,
          const struct answer *answer)
{
    const struct recording_list *list = answer == NULL ? NULL : answer->recordings;
    size_t with_errors = 0, live = 0;
    double leaked = 0;

    for (size_t i = 0; i < grid->row_count; i++) {
        const struct cell *cells = grid->rows[i].cells;

        with_errors += cells[ERRORS].kind == CELL_NUMBER && cells[ERRORS].number > 0;
        leaked += cells[LEAKS].kind == CELL_NUMBER ? cells[LEAKS].number : 0;
        live += is_recording(q, &list->list[i]);
    }
    return arena_printf(arena, "%s%s%s%s%s", counted(arena, (double)grid->row_count, "session"),
                        answer != NULL && answer->is_partial ? ", there are more" : "",
                        live > 0 ? arena_printf(arena, ", %zu live", live) : "",
                        with_errors > 0 ? arena_printf(arena, ", %zu with errors", with_errors)
                                        : "",
                        leaked > 0 ? arena_printf(arena, ", %s%s", has_all(q) ? "" : "at least ",
                                                  counted(arena, leaked, "leak"))
                                   : "");
}

static void
build_list(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, SESSIONS_KEY);
    const struct recording_list *list = list_of(q);
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    size_t count = list == NULL ? 0 : list->count;
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);
    struct leak_counts leaks;

    count_leaks(&leaks, arena, q);
    for (size_t i = 0; i < count; i++)
        fill_row(&rows[i], arena, q, &list->list[i], &leaks);
    *grid = (struct grid){ .name = "sessions",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = START,
                           .sort_descending = true,
                           .empty = "no session was recorded in this range" };
    panel->name = "sessions";
    panel->title = "recorded";
    panel->note = list_note(arena, q, grid, answer);
    panel->grid = grid;
    panel_source(panel, SOURCE, q, answer);
    if (!is_local(q))
        panel->pace_ms = 0; /* asked for on demand */
}

void
sessions_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 4 * sizeof *panels);
    const char *id = chosen(q);
    struct session_look look;

    model_begin(out, q);
    build_list(&panels[out->panel_count++], arena, q);
    if (*id != '\0') {
        session_look(&look, arena, q, id);
        session_events_build(&panels[out->panel_count++], &look);
        session_lanes_build(&panels[out->panel_count++], &look);
        if (look.at != NULL)
            session_message_build(&panels[out->panel_count++], &look);
    }
    out->panels = panels;
}
