/* vital.c - web vitals to rows, and to the series they belong to.
 * SPDX-License-Identifier: MIT
 *
 * The samples of a post lie packed in one column; a sample is
 *   vital | rating << 3 | claimed << 5 | same << 7, value, [url, route,] page time - received
 * where `same` says that URL and route are those of the sample before. */
#include "config.h"

#include "store/post_id.h"
#include "store/vital.h"
#include "store/writer.h"

#include <string.h>

#define SAME    0x80u
#define NO_TIME INT64_MIN
#define DAY_MS  86400000

void
vital_row_read(struct vital_row *out, sqlite3_stmt *st)
{
    *out = (struct vital_row){
        .id = sqlite3_column_int64(st, 0),
        .environment = sqlite3_column_int64(st, 1),
        .agent = sqlite3_column_int64(st, 3),
        .duration_us = (uint32_t)sqlite3_column_int64(st, 4),
    };
    session_read(&out->session, st, 2);
    if (sqlite3_column_bytes(st, 5) == 16)
        memcpy(out->request, sqlite3_column_blob(st, 5), 16);
    out->samples = sqlite3_column_blob(st, 6);
    out->samples_len = (size_t)sqlite3_column_bytes(st, 6);
}

bool
vital_row_next(struct unpack *u, const struct vital_row *row, struct vital_row_sample *sample)
{
    unsigned head;
    int64_t skew;

    if (u->at == u->end)
        return false;
    head = unpack_u8(u);
    sample->vital = (enum vital)(head & 7);
    sample->rating = (enum rating)(head >> 3 & 3);
    sample->claimed = (enum rating)(head >> 5 & 3);
    sample->value = unpack_number(u);
    if ((head & SAME) == 0) {
        sample->url = (int64_t)unpack_varint(u);
        sample->route = (int64_t)unpack_varint(u);
    }
    skew = unpack_signed(u);
    sample->page_time_ms = skew == NO_TIME ? 0 : skew + post_id_time(row->id);
    return !u->bad && sample->vital < VITALS;
}

/* --- sessions --------------------------------------------------------------------------------- */

void
session_bind(sqlite3_stmt *st, int at, const struct session_ref *session)
{
    if (session->is_uuid)
        sqlite3_bind_blob(st, at, session->uuid, 16, SQLITE_STATIC);
    else
        sqlite3_bind_int64(st, at, session->text);
}

void
session_read(struct session_ref *out, sqlite3_stmt *st, int column)
{
    *out = (struct session_ref){ 0 };
    out->is_uuid =
        sqlite3_column_type(st, column) == SQLITE_BLOB && sqlite3_column_bytes(st, column) == 16;
    if (out->is_uuid)
        memcpy(out->uuid, sqlite3_column_blob(st, column), 16);
    else
        out->text = sqlite3_column_int64(st, column);
}

/* Only the spelling that uuid_format() gives back: anything else is kept as text. */
static bool
read_uuid(uint8_t uuid[16], const char *text, size_t len)
{
    char given[UUID_TEXT] = "", own[UUID_TEXT];

    if (len != sizeof given - 1)
        return false;
    memcpy(given, text, len);
    if (!uuid_parse(uuid, given))
        return false;
    uuid_format(uuid, own);
    return strcmp(given, own) == 0;
}

enum status
session_intern(struct writer *w, struct unpack *record, int64_t day, struct session_ref *out,
               struct err *err)
{
    const void *text;
    size_t len;

    *out = (struct session_ref){ 0 };
    text = unpack_blob(record, &len);
    out->is_uuid = read_uuid(out->uuid, text, len);
    if (out->is_uuid)
        return OK;
    return texts_intern(&w->texts, &w->db, text, len, day, &out->text, err);
}

enum status
session_text(struct db *db, struct arena *arena, const struct session_ref *session,
             const char **text, struct err *err)
{
    char uuid[UUID_TEXT];

    if (!session->is_uuid)
        return texts_get(db, arena, session->text, text, err);
    uuid_format(session->uuid, uuid);
    *text = arena_strdup(arena, uuid);
    return OK;
}

/* --- series ----------------------------------------------------------------------------------- */

/* The short key under which the fan of a vital on a route is remembered. */
struct vital_key {
    int64_t environment, route;
    int64_t vital;
};

static enum status
make_fan(struct writer *w, const struct vital_key *key, struct fan **out, struct err *err)
{
    struct arena *arena = arena_new();
    struct dimension dims[2] = { { "environment", "" }, { "route", "" } };
    const struct dimension_set sets[2] = { { dims, 1 }, { dims, 2 } };
    struct metric_datum datum = {
        .namespace_name = WEB_VITALS_NAMESPACE,
        .metric = vitals[key->vital].name,
        .unit = vitals[key->vital].unit,
        .sets = sets,
        .set_count = 2,
    };
    enum status st = texts_get(&w->db, arena, key->environment, &dims[0].value, err);

    if (st == OK)
        st = texts_get(&w->db, arena, key->route, &dims[1].value, err);
    if (*dims[1].value == '\0') /* dimension values may not be empty */
        datum.set_count = 1;
    if (st == OK)
        st = catalog_datum_fan(w, &datum, out, err);
    arena_free(arena);
    return st;
}

/* Everything that is kept in memory and flushed now and then: done when a row is stored, and again
 * after a crash for the rows the last flush did not contain. */
static enum status
feed(struct writer *w, const struct vital_row *row, struct err *err)
{
    struct unpack u = unpack_over(row->samples, row->samples_len);
    struct vital_row_sample sample = { 0 };
    const struct origin from = { post_id_time(row->id), RAW_VITAL, row->id };
    enum status st = OK;

    while (st == OK && vital_row_next(&u, row, &sample)) {
        const struct vital_key key = { row->environment, sample.route, sample.vital };
        struct fan *fan = catalog_quick(&w->catalog, &key, sizeof key);

        if (fan == NULL) {
            st = make_fan(w, &key, &fan, err);
            if (st != OK)
                return st;
            catalog_set_quick(&w->catalog, &key, sizeof key, fan);
        }
        st = rollups_add_value(w, fan, &from, sample.value, 1, err);
        w->state.vitals++;
    }
    if (st == OK)
        st = logs_saw_post(w, WEB_VITALS_FUNCTION, from.time_ms,
                           vital_stored_bytes(row->samples_len), err);
    if (st == OK)
        st = lambda_feed(w, WEB_VITALS_FUNCTION, &from, row->duration_us, err);
    return st;
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum status
intern(struct writer *w, struct unpack *record, int64_t day, int64_t *id, struct err *err)
{
    size_t len;
    const void *text = unpack_blob(record, &len);

    return texts_intern(&w->texts, &w->db, text, len, day, id, err);
}

/* Turns the samples of a record into a row's. */
static enum status
pack_samples(struct writer *w, struct unpack *record, int64_t received_ms, struct err *err)
{
    size_t count = unpack_varint(record);
    int64_t url_before = -1, route_before = -1, url, route, page_ms;
    struct buf *to = &w->scratch;
    enum status st = OK;

    buf_clear(to);
    for (size_t i = 0; i < count && st == OK && !record->bad; i++) {
        unsigned vital = unpack_u8(record), ratings = unpack_u8(record);
        unsigned head = (vital & 7) | (ratings & 3) << 3 | (ratings >> 4 & 3) << 5;
        double value = unpack_f64(record);

        st = intern(w, record, received_ms / DAY_MS, &url, err);
        if (st == OK)
            st = intern(w, record, received_ms / DAY_MS, &route, err);
        if (i > 0 && url == url_before && route == route_before)
            head |= SAME;
        page_ms = unpack_signed(record);
        pack_u8(to, (uint8_t)head);
        pack_number(to, value);
        if ((head & SAME) == 0) {
            pack_varint(to, (uint64_t)url);
            pack_varint(to, (uint64_t)route);
        }
        pack_signed(to, page_ms == 0 ? NO_TIME : page_ms - received_ms);
        url_before = url;
        route_before = route;
    }
    return st;
}

static enum status
insert(struct writer *w, const struct vital_row *row, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_VITAL_ADD);

    sqlite3_bind_int64(st, 1, row->id);
    sqlite3_bind_int64(st, 2, row->environment);
    session_bind(st, 3, &row->session);
    sqlite3_bind_int64(st, 4, row->agent);
    sqlite3_bind_int64(st, 5, row->duration_us);
    sqlite3_bind_blob(st, 6, row->request, 16, SQLITE_STATIC);
    db_bind_bytes(st, 7, row->samples, row->samples_len);
    return db_run(&w->db, st, err);
}

enum status
vital_apply(struct writer *w, struct unpack *record, struct err *err)
{
    int64_t received_ms = unpack_signed(record), day = received_ms / DAY_MS;
    struct vital_row row = { .duration_us = (uint32_t)unpack_varint(record) };
    const void *request = unpack_bytes(record, 16);
    enum status st;

    if (request != NULL)
        memcpy(row.request, request, 16);
    st = intern(w, record, day, &row.environment, err);
    if (st == OK)
        st = session_intern(w, record, day, &row.session, err);
    if (st == OK)
        st = intern(w, record, day, &row.agent, err);
    if (st == OK)
        st = pack_samples(w, record, received_ms, err);
    if (st == OK)
        st = writer_next_post(w, RAW_VITAL, received_ms, &row.id, err);
    if (st != OK)
        return st;
    row.samples = w->scratch.data;
    row.samples_len = w->scratch.len;
    st = insert(w, &row, err);
    return st == OK ? feed(w, &row, err) : st;
}

static enum status
replay_rows(struct writer *w, sqlite3_stmt *st, struct err *err)
{
    struct vital_row row;
    enum status status;
    bool more;

    while ((status = db_next(&w->db, st, &more, err)) == OK && more) {
        vital_row_read(&row, st);
        status = feed(w, &row, err);
        if (status != OK)
            break;
    }
    if (st != NULL)
        sqlite3_reset(st);
    return status;
}

enum status
vital_replay(struct writer *w, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_VITAL_UP);
    enum status status;

    sqlite3_bind_int64(st, 1, w->state.seen[RAW_VITAL]);
    sqlite3_bind_int64(st, 2, INT64_MAX);
    status = replay_rows(w, st, err);
    return status == OK ? replay_rows(w, db_stmt(&w->db, SQL_VITAL_LATE), err) : status;
}
