/* recording_write.c - a session and its bodies become rows, and go again.
 * SPDX-License-Identifier: MIT
 *
 * Bodies are compressed by whoever hands them in, so that neither the queue nor the writer carries
 * what a zip bomb unfolds to. A session is removed in one statement per table within one
 * transaction, however much it holds: there is no moment at which a part of it is left. */
#include "config.h"

#include "store/recording_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/clock.h"
#include "domain/pii.h"
#include "store/link_write.h"
#include "store/store_inside.h"

#define ZSTD_FAST 1

/* --- the records ------------------------------------------------------------------------------ */

static void
add_text(struct buf *b, const char *text)
{
    pack_text(b, text == NULL ? "" : text);
}

void
store_write_recording(struct store_write *write, const struct recording_start *start)
{
    struct buf *b = &write->bytes;

    pack_u8(b, RECORD_RECORDING);
    pack_varint(b, start->session);
    pack_u8(b, start->again);
    add_text(b, start->user_id);
    if (start->again)
        return;
    pack_signed(b, start->time_ms);
    add_text(b, start->user_uuid);
    add_text(b, start->project_key);
    add_text(b, start->tracker_version);
    add_text(b, start->user_agent);
    add_text(b, start->timezone);
    add_text(b, start->referrer);
    pack_varint(b, start->width);
    pack_varint(b, start->height);
}

/* By way of memory of its own, so that what waits in the queue is no larger than it must be. */
static void
add_packed(struct buf *b, const void *bytes, size_t length)
{
    size_t bound = ZSTD_compressBound(length), packed;
    void *room = xmalloc(bound);

    packed = ZSTD_compress(room, bound, bytes, length, ZSTD_FAST);
    if (ZSTD_isError(packed))
        buf_room(b, WRITE_BYTES_MAX + 1); /* no memory: the write fails as a whole */
    else
        pack_blob(b, room, packed);
    free(room);
}

void
store_write_recording_body(struct store_write *write, const struct recording_body *body)
{
    bool is_faulty = body->fault.kind != OPENREPLAY_NO_FAULT;
    struct buf *b = &write->bytes;

    pack_u8(b, RECORD_RECORDING_BODY);
    pack_varint(b, body->session);
    pack_signed(b, body->received_ms);
    add_text(b, body->tab);
    pack_varint(b, body->page_no);
    pack_u8(b, (uint8_t)body->stream);
    pack_varint(b, body->first_index);
    pack_varint(b, body->length);
    pack_signed(b, body->first_ms);
    pack_signed(b, body->last_ms);
    pack_u8(b, (uint8_t)body->fault.kind);
    pack_varint(b, body->fault.offset);
    pack_varint(b, is_faulty ? pack_hash(body->bytes, body->length) : 0);
    add_packed(b, body->bytes, body->length);
}

void
store_write_recording_searched(struct store_write *write, uint64_t number)
{
    pack_u8(&write->bytes, RECORD_RECORDING_SEARCHED);
    pack_varint(&write->bytes, number);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void
bind_text(sqlite3_stmt *st, int at, struct unpack *u)
{
    size_t len;
    const char *text = unpack_blob(u, &len);

    sqlite3_bind_text(st, at, len == 0 ? "" : text, (int)len, SQLITE_STATIC);
}

/* Numbers of 64 bits without a sign are kept as SQLite's, which have one. */
static void
bind_number(sqlite3_stmt *st, int at, struct unpack *u)
{
    sqlite3_bind_int64(st, at, (int64_t)unpack_varint(u));
}

static enum status
set_user(struct writer *w, int64_t session, struct unpack *u, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_RECORDING_USER);
    size_t len;
    const char *user = unpack_blob(u, &len);

    if (len == 0)
        return OK;
    sqlite3_bind_int64(st, 1, session);
    sqlite3_bind_text(st, 2, user, (int)len, SQLITE_STATIC);
    return db_run(&w->db, st, err);
}

enum status
recording_apply(struct writer *w, struct unpack *u, struct err *err)
{
    int64_t session = (int64_t)unpack_varint(u);
    sqlite3_stmt *st;

    if (unpack_u8(u) != 0)
        return set_user(w, session, u, err);
    st = db_stmt(&w->db, SQL_RECORDING_ADD);
    sqlite3_bind_int64(st, 1, session);
    bind_text(st, 7, u); /* the user's id */
    sqlite3_bind_int64(st, 2, unpack_signed(u));
    for (int at = 3; at <= 6; at++)
        bind_text(st, at, u);
    for (int at = 8; at <= 9; at++)
        bind_text(st, at, u);
    for (int at = 10; at <= 11; at++)
        bind_number(st, at, u);
    return db_run(&w->db, st, err);
}

static enum status
count_body(struct writer *w, int64_t session, int64_t received_ms, int64_t length, size_t packed,
           bool has_fault, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_RECORDING_GREW);

    sqlite3_bind_int64(st, 1, session);
    sqlite3_bind_int64(st, 2, received_ms);
    sqlite3_bind_int64(st, 3, length);
    sqlite3_bind_int64(st, 4, (int64_t)packed);
    sqlite3_bind_int(st, 5, has_fault);
    return db_run(&w->db, st, err);
}

enum status
recording_apply_body(struct writer *w, struct unpack *u, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_RECORDING_BODY_ADD);
    int64_t session = (int64_t)unpack_varint(u), received_ms = unpack_signed(u), length;
    const void *body;
    enum status status;
    size_t packed;
    int fault;

    sqlite3_bind_int64(st, 1, session);
    sqlite3_bind_int64(st, 2, received_ms);
    bind_text(st, 3, u);
    bind_number(st, 4, u);
    sqlite3_bind_int(st, 5, unpack_u8(u));
    bind_number(st, 6, u);
    length = (int64_t)unpack_varint(u);
    sqlite3_bind_int64(st, 7, length);
    sqlite3_bind_int64(st, 8, unpack_signed(u));
    sqlite3_bind_int64(st, 9, unpack_signed(u));
    fault = unpack_u8(u);
    sqlite3_bind_int(st, 10, fault);
    bind_number(st, 11, u);
    bind_number(st, 12, u);
    body = unpack_blob(u, &packed);
    db_bind_bytes(st, 13, body, packed);
    status = db_run(&w->db, st, err);
    if (status != OK || sqlite3_changes(w->db.handle) == 0)
        return status;
    return count_body(w, session, received_ms, length, packed, fault != OPENREPLAY_NO_FAULT, err);
}

enum status
recording_apply_searched(struct writer *w, struct unpack *u, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_RECORDING_SEARCH_SET);

    bind_number(st, 1, u);
    return db_run(&w->db, st, err);
}

/* --- leaving ---------------------------------------------------------------------------------- */

static enum status
drop(struct writer *w, int64_t session, struct err *err)
{
    static const enum sql tables[] = { SQL_RECORDING_BODIES_DROP, SQL_RECORDING_DROP };
    char name[24];
    const struct link_end end = { LINK_RECORDING, name,
                                  (size_t)snprintf(name, sizeof name, "%llu",
                                                   (unsigned long long)session) };
    enum status status = link_drop(w, &end, err);

    for (int i = 0; i < 2 && status == OK; i++) {
        sqlite3_stmt *st = db_stmt(&w->db, tables[i]);

        sqlite3_bind_int64(st, 1, session);
        status = db_run(&w->db, st, err);
    }
    return status;
}

/* *session is left alone when there is none. */
static enum status
find_oldest(struct writer *w, int64_t *session, int64_t *started_ms, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_RECORDING_FIRST);
    enum status status;
    bool row;

    *started_ms = INT64_MAX;
    status = db_next(&w->db, st, &row, err);
    if (status != OK || !row)
        return status;
    *session = sqlite3_column_int64(st, 0);
    *started_ms = sqlite3_column_int64(st, 1);
    sqlite3_reset(st);
    return OK;
}

enum status
recording_oldest(struct writer *w, int64_t *started_ms, struct err *err)
{
    int64_t session;

    return find_oldest(w, &session, started_ms, err);
}

enum status
recording_drop_before(struct writer *w, int64_t before_ms, bool *more, struct err *err)
{
    int64_t session = 0, started_ms;
    enum status status = find_oldest(w, &session, &started_ms, err);

    *more = status == OK && started_ms < before_ms;
    return *more ? drop(w, session, err) : status;
}

static enum status
delete_job(struct writer *w, void *arg, struct err *err)
{
    const uint64_t *session = arg;
    enum status status = drop(w, (int64_t)*session, err);

    if (status == OK && sqlite3_changes(w->db.handle) == 0)
        return err_set(err, E_NOTFOUND, "no recording of session %llu",
                       (unsigned long long)*session);
    return status;
}

enum status
store_delete_recording(struct store *store, uint64_t session, struct err *err)
{
    return store_ask_writer(store, delete_job, NULL, &session, err);
}

enum status
recording_seed_key(struct writer *w, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_RECORDING_SEARCH_KEY);
    uint8_t key[PII_KEY_BYTES];

    for (size_t at = 0; at < sizeof key; at += 16)
        clock_uuid_stored(w->clock, key + at);
    sqlite3_bind_blob(st, 1, key, sizeof key, SQLITE_STATIC);
    return db_run(&w->db, st, err);
}
