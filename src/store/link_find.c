/* link_find.c - from one id to all that belong to it, hop by hop.
 * SPDX-License-Identifier: MIT
 *
 * Breadth first, so that what was seen together with the id stands before what is only known
 * through another one. Each id is taken once, by the shortest way. */
#include "config.h"

#include "store/link.h"

#include <string.h>

#include "base/clock.h"
#include "base/table.h"
#include "store/post_id.h"
#include "store/reader.h"
#include "store/vital.h"

/* A UUID in lower case; `text` is where it stays. */
static const char *
plain_id(const char *id, char *text)
{
    uint8_t uuid[16];

    if (!uuid_parse(uuid, id))
        return id;
    uuid_format(uuid, text);
    return text;
}

struct walk {
    struct store_reader *reader;
    struct arena *arena;
    struct store_links *out;
    struct table seen; /* kind and id */
    unsigned hops;     /* of what is found now */
};

/* true: it is new. */
static bool
note_seen(struct walk *k, enum link_kind kind, const char *id)
{
    char key[STORE_LINK_ID_MAX + 2];
    size_t len = strnlen(id, STORE_LINK_ID_MAX + 1);

    key[0] = (char)kind;
    memcpy(key + 1, id, len);
    if (table_find(&k->seen, key, len + 1) != NULL)
        return false;
    table_add(&k->seen, key, len + 1);
    return true;
}

static void
take(struct walk *k, enum link_kind kind, const char *id, int64_t first_ms, int64_t last_ms)
{
    struct store_links *out = k->out;

    if (!note_seen(k, kind, id))
        return;
    if (out->count == STORE_LINKS_MAX) {
        out->is_partial = true;
        return;
    }
    out->list[out->count++] = (struct store_linked){ .kind = kind,
                                                     .id = arena_strdup(k->arena, id),
                                                     .hops = k->hops,
                                                     .first_ms = first_ms,
                                                     .last_ms = last_ms };
}

/* --- one id ----------------------------------------------------------------------------------- */

static enum status
follow_links(struct walk *k, enum link_kind kind, const char *id, struct err *err)
{
    struct db *db = &k->reader->db;
    sqlite3_stmt *st = db_stmt(db, SQL_LINKS_OF);
    enum link_kind to;
    enum status status;
    bool row;

    sqlite3_bind_text(st, 1, store_link_name(kind), -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, id, -1, SQLITE_STATIC);
    sqlite3_bind_int(st, 3, STORE_LINKS_MAX + 1);
    while ((status = db_next(db, st, &row, err)) == OK && row) {
        if (store_link_kind(&to, (const char *)sqlite3_column_text(st, 0)))
            take(k, to, (const char *)sqlite3_column_text(st, 1), sqlite3_column_int64(st, 2),
                 sqlite3_column_int64(st, 3));
    }
    return status;
}

/* The session of a report, which may be any text: the row itself is the link. */
static enum status
follow_report(struct walk *k, const uint8_t error[16], struct err *err)
{
    struct db *db = &k->reader->db;
    sqlite3_stmt *st = db_stmt(db, SQL_ERROR_SESSION);
    char id[UUID_TEXT];
    struct session_ref session;
    const char *text = "";
    enum status status;
    int64_t at_ms;
    bool row;

    sqlite3_bind_blob(st, 1, error, 16, SQLITE_STATIC);
    status = db_next(db, st, &row, err);
    if (status != OK || !row)
        return status;
    session_read(&session, st, 0);
    at_ms = post_id_time(sqlite3_column_int64(st, 1));
    sqlite3_reset(st);
    status = session_text(db, k->arena, &session, &text, err);
    if (status == OK && *text != '\0' && strlen(text) <= STORE_LINK_ID_MAX)
        take(k, LINK_APP_SESSION, plain_id(text, id), at_ms, at_ms);
    return status;
}

/* The reports of a session of the app. */
static enum status
follow_session(struct walk *k, const uint8_t session[16], struct err *err)
{
    struct db *db = &k->reader->db;
    sqlite3_stmt *st = db_stmt(db, SQL_ERRORS_OF_SESSION);
    char text[UUID_TEXT];
    enum status status;
    bool row;

    sqlite3_bind_blob(st, 1, session, 16, SQLITE_STATIC);
    sqlite3_bind_int(st, 2, STORE_LINKS_MAX + 1);
    while ((status = db_next(db, st, &row, err)) == OK && row) {
        int64_t at_ms = post_id_time(sqlite3_column_int64(st, 1));

        if (sqlite3_column_bytes(st, 0) != 16)
            continue;
        uuid_format(sqlite3_column_blob(st, 0), text);
        take(k, LINK_ERROR, text, at_ms, at_ms);
    }
    return status;
}

/* The session and the visit of a hit: its row is the link. */
static enum status
follow_hit(struct walk *k, const char *id, struct err *err)
{
    struct db *db = &k->reader->db;
    sqlite3_stmt *st = db_stmt(db, SQL_UMAMI_EVENT_IDS);
    enum status status;
    bool row;

    sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
    while ((status = db_next(db, st, &row, err)) == OK && row) {
        int64_t at_ms = sqlite3_column_int64(st, 2);

        take(k, LINK_UMAMI_SESSION, (const char *)sqlite3_column_text(st, 0), at_ms, at_ms);
        take(k, LINK_UMAMI_VISIT, (const char *)sqlite3_column_text(st, 1), at_ms, at_ms);
    }
    return status;
}

/* The visits of a session of Umami, or the session of a visit. There is no index for that
 * (umami_schema.h), so hits are read one by one, and only for the id that was asked for. */
static enum status
follow_hits(struct walk *k, enum link_kind kind, const char *id, struct err *err)
{
    struct db *db = &k->reader->db;
    bool is_session = kind == LINK_UMAMI_SESSION;
    sqlite3_stmt *st = db_stmt(db, is_session ? SQL_UMAMI_VISITS_OF : SQL_UMAMI_VISITS_SESSION);
    enum status status;
    bool row;

    sqlite3_bind_text(st, 1, id, -1, SQLITE_STATIC);
    sqlite3_bind_int(st, 2, STORE_LINKS_MAX + 1);
    while ((status = db_next(db, st, &row, err)) == OK && row)
        take(k, is_session ? LINK_UMAMI_VISIT : LINK_UMAMI_SESSION,
             (const char *)sqlite3_column_text(st, 0), sqlite3_column_int64(st, 1),
             sqlite3_column_int64(st, 2));
    return status;
}

static enum status
follow(struct walk *k, enum link_kind kind, const char *id, struct err *err)
{
    enum status st = follow_links(k, kind, id, err);
    uint8_t uuid[16];

    if (st != OK || !uuid_parse(uuid, id))
        return st;
    if (kind == LINK_ERROR)
        return follow_report(k, uuid, err);
    if (kind == LINK_UMAMI_EVENT)
        return follow_hit(k, id, err);
    return kind == LINK_APP_SESSION ? follow_session(k, uuid, err) : OK;
}

/* --- all of them ------------------------------------------------------------------------------ */

static enum status
walk(struct walk *k, enum link_kind kind, const char *id, unsigned hops, struct err *err)
{
    enum status st;
    size_t at = 0, end;

    note_seen(k, kind, id);
    k->hops = 1;
    st = follow(k, kind, id, err);
    if (st == OK && (kind == LINK_UMAMI_SESSION || kind == LINK_UMAMI_VISIT))
        st = follow_hits(k, kind, id, err);
    while (st == OK && k->hops < hops && at < k->out->count) {
        k->hops++;
        for (end = k->out->count; at < end && st == OK; at++)
            st = follow(k, k->out->list[at].kind, k->out->list[at].id, err);
    }
    return st;
}

enum status
store_find_links(struct store_reader *r, struct arena *arena, enum link_kind kind, const char *id,
                 unsigned hops, struct store_links *out, struct err *err)
{
    struct store_links links = { 0 };
    struct walk k = { .reader = r, .arena = arena, .out = &links };
    char text[UUID_TEXT];
    enum status status = OK; /* nothing longer was ever kept */

    id = plain_id(id, text);
    if (strlen(id) <= STORE_LINK_ID_MAX) {
        links.list = arena_alloc(arena, STORE_LINKS_MAX * sizeof *links.list);
        table_init(&k.seen, 1);
        status = reader_begin(r, err);
        if (status == OK)
            status = walk(&k, kind, id, hops < STORE_LINK_HOPS ? hops : STORE_LINK_HOPS, err);
        reader_end(r);
        table_fini(&k.seen);
    }
    if (status == OK)
        *out = links;
    return status;
}
