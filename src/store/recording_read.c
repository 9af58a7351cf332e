/* recording_read.c - sessions that were recorded, and their bodies as they came.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "store/recording.h"

#include <string.h>
#include <zstd.h>

#include "domain/limits.h"
#include "store/reader.h"

#define PAGE_MAX 1000 /* sessions of a page */

/* --- sessions --------------------------------------------------------------------------------- */

static const char *
column_text(struct arena *arena, sqlite3_stmt *st, int column)
{
    const char *text = (const char *)sqlite3_column_text(st, column);

    return arena_strdup(arena, text == NULL ? "" : text);
}

static struct recording
take_recording(struct arena *arena, sqlite3_stmt *st)
{
    return (struct recording){
        .start = { .session = (uint64_t)sqlite3_column_int64(st, 0),
                   .time_ms = sqlite3_column_int64(st, 1),
                   .user_uuid = column_text(arena, st, 2),
                   .project_key = column_text(arena, st, 3),
                   .tracker_version = column_text(arena, st, 4),
                   .user_agent = column_text(arena, st, 5),
                   .user_id = column_text(arena, st, 6),
                   .timezone = column_text(arena, st, 7),
                   .referrer = column_text(arena, st, 8),
                   .width = (unsigned)sqlite3_column_int64(st, 9),
                   .height = (unsigned)sqlite3_column_int64(st, 10) },
        .last_received_ms = sqlite3_column_int64(st, 11),
        .bodies = (uint64_t)sqlite3_column_int64(st, 12),
        .raw_bytes = (uint64_t)sqlite3_column_int64(st, 13),
        .stored_bytes = (uint64_t)sqlite3_column_int64(st, 14),
        .faults = (uint64_t)sqlite3_column_int64(st, 15),
    };
}

/* *found false: there is none. */
static enum status
get(struct store_reader *r, struct arena *arena, uint64_t session, struct recording *out,
    bool *found, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_RECORDING_GET);
    enum status status;

    sqlite3_bind_int64(st, 1, (int64_t)session);
    status = db_next(&r->db, st, found, err);
    if (status == OK && *found) {
        *out = take_recording(arena, st);
        sqlite3_reset(st);
    }
    return status;
}

enum status
store_find_recording(struct store_reader *r, struct arena *arena, uint64_t session,
                     struct recording *out, struct err *err)
{
    bool found = false;
    enum status status = reader_begin(r, err);

    if (status == OK)
        status = get(r, arena, session, out, &found, err);
    reader_end(r);
    if (status == OK && !found)
        return err_set(err, E_NOTFOUND, "no recording of session %llu",
                       (unsigned long long)session);
    return status;
}

/* Where the page behind `after` begins: a session that has gone since then is skipped by its
 * number, which holds its start. */
static enum status
find_place(struct store_reader *r, struct arena *arena, uint64_t after, int64_t *before_ms,
           struct err *err)
{
    struct recording last;
    enum status status;
    bool found;

    *before_ms = INT64_MAX;
    if (after == 0)
        return OK;
    status = get(r, arena, after, &last, &found, err);
    if (status == OK)
        *before_ms = found ? last.start.time_ms : openreplay_session_ms(after);
    return status;
}

static enum status
list(struct store_reader *r, struct arena *arena, uint64_t after, size_t max,
     struct recording **out, size_t *count, struct err *err)
{
    struct recording *found = arena_alloc(arena, (max + 1) * sizeof *found);
    sqlite3_stmt *st;
    int64_t before_ms;
    enum status status = find_place(r, arena, after, &before_ms, err);
    size_t n = 0;
    bool row;

    if (status != OK)
        return status;
    st = db_stmt(&r->db, SQL_RECORDING_LIST);
    sqlite3_bind_int64(st, 1, before_ms);
    sqlite3_bind_int64(st, 2, (int64_t)after);
    sqlite3_bind_int64(st, 3, (int64_t)max);
    while ((status = db_next(&r->db, st, &row, err)) == OK && row && n < max)
        found[n++] = take_recording(arena, st);
    *out = found;
    *count = n;
    return status;
}

enum status
store_list_recordings(struct store_reader *r, struct arena *arena, uint64_t after, size_t max,
                      struct recording **out, size_t *count, struct err *err)
{
    enum status status = reader_begin(r, err);

    if (status == OK)
        status = list(r, arena, after, max > PAGE_MAX ? PAGE_MAX : max, out, count, err);
    reader_end(r);
    return status;
}

/* --- bodies ----------------------------------------------------------------------------------- */

static enum status
unfold(struct arena *arena, sqlite3_stmt *st, struct recording_part *part, struct err *err)
{
    int64_t length = sqlite3_column_int64(st, 6);
    void *bytes;
    size_t n;

    if (length < 0 || length > LIMIT_RECORDING_INFLATED_BYTES)
        return err_set(err, E_IO, "body %llu of a recording claims %lld bytes",
                       (unsigned long long)part->number, (long long)length);
    bytes = arena_alloc(arena, (size_t)length + 1);
    n = ZSTD_decompress(bytes, (size_t)length, sqlite3_column_blob(st, 11),
                        (size_t)sqlite3_column_bytes(st, 11));
    if (ZSTD_isError(n) || n != (size_t)length)
        return err_set(err, E_IO, "body %llu of a recording is damaged",
                       (unsigned long long)part->number);
    part->body.bytes = bytes;
    part->body.length = n;
    return OK;
}

static enum status
take_part(struct arena *arena, sqlite3_stmt *st, uint64_t session, struct recording_part *part,
          struct err *err)
{
    *part = (struct recording_part){
        .number = (uint64_t)sqlite3_column_int64(st, 0),
        .body = { .session = session,
                  .received_ms = sqlite3_column_int64(st, 1),
                  .tab = column_text(arena, st, 2),
                  .page_no = (uint64_t)sqlite3_column_int64(st, 3),
                  .stream = (enum openreplay_stream)sqlite3_column_int(st, 4),
                  .first_index = (uint64_t)sqlite3_column_int64(st, 5),
                  .first_ms = sqlite3_column_int64(st, 7),
                  .last_ms = sqlite3_column_int64(st, 8),
                  .fault = { .kind = (enum openreplay_fault_kind)sqlite3_column_int(st, 9),
                             .offset = (size_t)sqlite3_column_int64(st, 10) } },
    };
    return unfold(arena, st, part, err);
}

struct parts {
    struct recording_part *list;
    size_t count, room, bytes;
    uint64_t next;
};

static enum status
read_parts(struct store_reader *r, struct arena *arena, uint64_t session, uint64_t from,
           size_t max_bytes, struct parts *parts, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_RECORDING_BODIES);
    enum status status;
    bool row;

    sqlite3_bind_int64(st, 1, (int64_t)session);
    sqlite3_bind_int64(st, 2, (int64_t)from);
    while ((status = db_next(&r->db, st, &row, err)) == OK && row) {
        if (parts->count > 0 && parts->bytes >= max_bytes) {
            parts->next = (uint64_t)sqlite3_column_int64(st, 0);
            break;
        }
        if (parts->count == parts->room)
            parts->list =
                arena_grow(arena, parts->list, parts->count, &parts->room, 16, sizeof *parts->list);
        status = take_part(arena, st, session, &parts->list[parts->count], err);
        if (status != OK)
            break;
        parts->bytes += parts->list[parts->count++].body.length;
    }
    return status;
}

enum status
store_read_recording(struct store_reader *r, struct arena *arena, uint64_t session, uint64_t from,
                     size_t max_bytes, struct recording_part **out, size_t *count, uint64_t *next,
                     struct err *err)
{
    struct parts parts = { 0 };
    enum status status = reader_begin(r, err);

    if (status == OK)
        status = read_parts(r, arena, session, from, max_bytes, &parts, err);
    reader_end(r);
    if (status != OK)
        return status;
    *out = parts.list;
    *count = parts.count;
    *next = parts.next;
    return OK;
}

enum status
store_next_recording(struct store_reader *r, struct arena *arena, uint64_t number,
                     struct recording_part *out, bool *found, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;

    *found = false;
    if (status == OK) {
        st = db_stmt(&r->db, SQL_RECORDING_BODY_NEXT);
        sqlite3_bind_int64(st, 1, (int64_t)number);
        status = db_next(&r->db, st, found, err);
    }
    if (status == OK && *found)
        status = take_part(arena, st, (uint64_t)sqlite3_column_int64(st, 12), out, err);
    reader_end(r);
    return status;
}

enum status
store_read_recording_search(struct store_reader *r, struct recording_search *out, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    bool row = false;

    if (status == OK) {
        st = db_stmt(&r->db, SQL_RECORDING_SEARCH_GET);
        status = db_next(&r->db, st, &row, err);
    }
    if (status == OK && (!row || sqlite3_column_bytes(st, 1) != sizeof out->key))
        status = err_set(err, E_IO, "the database lacks the key of its findings");
    if (status == OK) {
        out->number = (uint64_t)sqlite3_column_int64(st, 0);
        memcpy(out->key, sqlite3_column_blob(st, 1), sizeof out->key);
    }
    reader_end(r);
    return status;
}
