/* error_sessions.c - from an error to the recordings of those it happened to.
 * SPDX-License-Identifier: MIT
 *
 * Error reports name the application's session. Which recording that is, the link table of an
 * emulator knows. A bucket of an account has no index, and OpenReplay's own files do not say whose
 * they are; an obsview.full that was loaded does, if the application told the tracker. */
#include "config.h"

#include "tui/views/error_sessions.h"

#include "base/buf.h"
#include "base/json.h"
#include "tui/recording.h"
#include "tui/views/parts.h"
#include "wire/percent.h"

#include <string.h>

#define ID_MAX 128

void
error_sessions_add(struct error_sessions *sessions, const char *id, int64_t time_ms)
{
    if (*id == '\0' || strlen(id) > ID_MAX)
        return;
    for (size_t i = 0; i < sessions->count; i++) {
        struct error_session *known = &sessions->list[i];

        if (strcmp(known->id, id) != 0)
            continue;
        known->count++;
        if (time_ms > known->last_ms)
            known->last_ms = time_ms;
        return;
    }
    sessions->is_partial |= sessions->count == ERROR_SESSIONS_MAX;
    if (sessions->count < ERROR_SESSIONS_MAX)
        sessions->list[sessions->count++] =
            (struct error_session){ .id = id, .count = 1, .last_ms = time_ms };
}

static const char *
links_key(struct arena *arena, const char *id)
{
    return arena_printf(arena, "errors.links.%s", id);
}

static bool
has_links(const struct view_query *q)
{
    return q->snapshot != NULL && q->snapshot->is_emulator;
}

void
error_sessions_ask(struct ask_list *asks, const struct view_query *q,
                   const struct error_sessions *sessions)
{
    struct arena *arena = arena_new();

    for (size_t i = 0; has_links(q) && i < sessions->count; i++) {
        const char *id = sessions->list[i].id;
        struct buf path;

        buf_init(&path, 1024);
        buf_adds(&path, "/_obsview/links?kind=app-session&hops=2&id=");
        percent_encode(&path, id, strlen(id), false);
        if (!buf_failed(&path))
            ask_list_add(asks, &(struct ask){ .key = links_key(arena, id),
                                              .kind = ASK_EMULATOR,
                                              .range = { .span_ms = 1 },
                                              .path = path.data });
        buf_fini(&path);
    }
    arena_free(arena);
}

/* --- the panel --- */

static const char *
linked_recording(struct arena *arena, const struct view_query *q, const char *id)
{
    const struct answer *answer = snapshot_answer(q->snapshot, links_key(arena, id));
    const cJSON *links = answer == NULL ? NULL : json_get(answer->json, "links"), *link;

    cJSON_ArrayForEach(link, links)
    {
        if (strcmp(json_get_string(link, "kind", ""), "recording") == 0)
            return arena_strdup(arena, json_get_string(link, "id", ""));
    }
    return NULL;
}

/* Of those that were loaded. */
static const char *
loaded_recording(const struct view_query *q, const char *id)
{
    for (size_t i = 0; q->snapshot != NULL && i < q->snapshot->answer_count; i++) {
        const struct recording_told *told = q->snapshot->answers[i]->recording;

        for (size_t k = 0; told != NULL && k < told->id_count; k++) {
            if (strcmp(told->ids[k], id) == 0)
                return told->seen.id;
        }
    }
    return NULL;
}

enum { SESSION, COUNT, LAST, RECORDING, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [SESSION] =   { .name = "session", .kind = CELL_TEXT, .min_width = 8, .is_flexible = true, .is_in_summary = true },
    [COUNT] =     { .name = "n", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 2 },
    [LAST] =      { .name = "last", .kind = CELL_TIME, .priority = 1 },
    [RECORDING] = { .name = "recording", .kind = CELL_TEXT, .is_in_summary = true },
};
/* clang-format on */

static void
fill_row(struct row *row, struct arena *arena, const struct view_query *q,
         const struct error_session *session)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    const char *recording = linked_recording(arena, q, session->id);
    const char *unknown = has_links(q) ? "not recorded" : "not known";

    if (recording == NULL)
        recording = loaded_recording(q, session->id);
    cells[SESSION] = cell_text(session->id, LEVEL_NONE);
    cells[COUNT] = cell_number((double)session->count, QUANTITY_COUNT, LEVEL_NONE);
    cells[LAST] = cell_age(session->last_ms);
    cells[RECORDING] = cell_text(recording != NULL ? recording : unknown, LEVEL_NONE);
    *row = (struct row){ .key = session->id, .cells = cells };
    if (recording != NULL) {
        row->open_view = "sessions";
        row->open_key = recording;
    }
}

void
error_sessions_build(struct panel *panel, struct arena *arena, const struct view_query *q,
                     const struct error_sessions *sessions)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (sessions->count + 1) * sizeof *rows);
    size_t known = 0;

    for (size_t i = 0; i < sessions->count; i++) {
        fill_row(&rows[i], arena, q, &sessions->list[i]);
        known += rows[i].open_key != NULL;
    }
    *grid = (struct grid){ .name = "sessions",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = sessions->count,
                           .sort_column = -1,
                           .empty = "the reports name no session" };
    panel->name = "sessions";
    panel->title = "sessions";
    panel->grid = grid;
    if (known > 0)
        panel->note = "Enter opens the recording";
    else if (!has_links(q) && sessions->count > 0)
        panel->note = "a bucket does not say whose its recordings are";
    else if (sessions->is_partial)
        panel->note = "the newest of them";
}
