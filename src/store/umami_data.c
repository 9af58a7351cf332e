/* umami_data.c - properties of events and sessions, and measured vitals, row by row.
 * SPDX-License-Identifier: MIT
 *
 * Long ranges are read in transactions of at most 50 ms, which go on behind the last row seen. */
#include "config.h"

#include "store/umami_scope.h"

#include <math.h>
#include <string.h>

#include "store/reader.h"
#include "store/umami_id.h"

#define CHECK_ROWS 256
#define KEY_MAX    2048 /* a key has 500 characters */

/* Behind which row the next transaction goes on. */
struct data_place {
    int64_t time_ms, row_id;
    char key[KEY_MAX];
};

static const char *
text_at(sqlite3_stmt *st, int column)
{
    return (const char *)sqlite3_column_text(st, column);
}

/* Columns: rowid, created_at, owner, event_name, data_key, string_value, number_value, date_value,
 * data_type. */
static struct umami_property
take(sqlite3_stmt *st)
{
    struct umami_property p = {
        .event = text_at(st, 3),
        .key = text_at(st, 4),
        .string = text_at(st, 5),
        .has_number = sqlite3_column_type(st, 6) != SQLITE_NULL,
        .number = sqlite3_column_double(st, 6),
        .date_ms = sqlite3_column_int64(st, 7),
        .type = (enum umami_data_type)sqlite3_column_int(st, 8),
        .time_ms = sqlite3_column_int64(st, 1),
    };

    umami_id_read(st, 2, p.owner);
    return p;
}

static bool
is_asked_for(const struct umami_property_query *q, const struct umami_property *p)
{
    if (q->event != NULL && (p->event == NULL || strcmp(p->event, q->event) != 0))
        return false;
    return q->key == NULL || strcmp(p->key, q->key) == 0;
}

struct walk {
    const struct umami_property_query *query;
    umami_property_visitor *visit;
    void *arg;
    enum sql which;
    bool stop;
    /* What may be shown, when there are filters: rows of events, or ids of sessions. */
    bool is_filtered;
    struct table passing;
};

/* The rows are in no table of ids, so events are known by their row. */
static void
note_passing(struct walk *w, const struct umami_pick *p, uint32_t row)
{
    const struct umami_events *e = p->events;
    const void *key = &e->row_id[row];
    size_t len = sizeof e->row_id[row];

    if (w->which == SQL_UMAMI_SESSION_DATA) {
        key = (const uint8_t *)e->sessions.keys + (size_t)umami_stay_of(e, row)->session * 16;
        len = 16;
    }
    if (table_find(&w->passing, key, len) == NULL)
        (void)table_add(&w->passing, key, len);
}

static enum status
find_passing(struct store_reader *r, struct walk *w, struct err *err)
{
    const struct umami_scope *scope = w->query->scope;
    struct umami_pick pick;
    enum status st;

    if (scope == NULL || (scope->filter_count == 0 && scope->only_types == 0))
        return OK;
    w->is_filtered = true;
    st = umami_pick_open(&pick, r, scope, err);
    for (size_t i = 0; st == OK && i < pick.count; i++)
        note_passing(w, &pick, pick.rows[i]);
    umami_pick_close(&pick);
    return st;
}

static bool
is_passing(struct walk *w, const struct umami_property *p, sqlite3_stmt *st)
{
    const int64_t row_id = w->which == SQL_UMAMI_EVENT_DATA ? sqlite3_column_int64(st, 9) : 0;

    if (!w->is_filtered)
        return true;
    if (w->which == SQL_UMAMI_SESSION_DATA)
        return table_find(&w->passing, p->owner, 16) != NULL;
    return table_find(&w->passing, &row_id, sizeof row_id) != NULL;
}

static void
bind_range(sqlite3_stmt *st, const struct umami_property_query *q, const struct data_place *at)
{
    if (st == NULL)
        return;
    umami_id_bind(st, 1, q->website);
    sqlite3_bind_int64(st, 2, at->time_ms);
    sqlite3_bind_text(st, 3, at->key, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(st, 4, at->row_id);
    sqlite3_bind_int64(st, 5, q->end_ms);
    sqlite3_bind_int64(st, 6, q->start_ms);
}

static enum status
walk_slice(struct store_reader *r, struct walk *w, struct data_place *at, bool *more,
           struct err *err)
{
    const uint64_t until_ns = mono_ns() + READ_NS;
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    unsigned rows = 0;
    bool row;

    *more = false;
    if (status == OK) {
        st = db_stmt(&r->db, w->which);
        bind_range(st, w->query, at);
    }
    while (status == OK && (status = db_next(&r->db, st, &row, err)) == OK && row) {
        struct umami_property p = take(st);

        at->time_ms = p.time_ms;
        at->row_id = sqlite3_column_int64(st, 0);
        strncpy(at->key, p.key, sizeof at->key - 1);
        w->stop = is_asked_for(w->query, &p) && is_passing(w, &p, st) && !w->visit(w->arg, &p);
        if (w->stop)
            break;
        if (++rows % CHECK_ROWS == 0 && mono_ns() > until_ns) {
            *more = true;
            break;
        }
    }
    reader_end(r);
    return status;
}

static enum status
walk(struct store_reader *r, struct walk *w, struct data_place *at, struct err *err)
{
    enum status st;
    bool more = true;

    table_init(&w->passing, 1);
    st = find_passing(r, w, err);
    while (st == OK && more && !w->stop)
        st = walk_slice(r, w, at, &more, err);
    table_fini(&w->passing);
    return st;
}

enum status
store_umami_event_data(struct store_reader *r, const struct umami_property_query *query,
                       umami_property_visitor *visit, void *arg, struct err *err)
{
    struct walk w = { query, visit, arg, SQL_UMAMI_EVENT_DATA, false, false, { 0 } };
    struct data_place at = { .time_ms = query->start_ms, .row_id = INT64_MIN };

    return walk(r, &w, &at, err);
}

enum status
store_umami_session_data(struct store_reader *r, const struct umami_property_query *query,
                         umami_property_visitor *visit, void *arg, struct err *err)
{
    struct walk w = { query, visit, arg, SQL_UMAMI_SESSION_DATA, false, false, { 0 } };
    struct data_place at = { .time_ms = INT64_MIN, .row_id = INT64_MIN };

    return walk(r, &w, &at, err);
}

enum status
store_umami_properties(struct store_reader *r, bool of_session, const uint8_t website[16],
                       const uint8_t owner[16], umami_property_visitor *visit, void *arg,
                       struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    bool row;

    if (status == OK) {
        st = db_stmt(&r->db, of_session ? SQL_UMAMI_DATA_OF_SESSION : SQL_UMAMI_DATA_OF_EVENT);
        if (st != NULL) {
            umami_id_bind(st, 1, website);
            umami_id_bind(st, 2, owner);
        }
    }
    while (status == OK && (status = db_next(&r->db, st, &row, err)) == OK && row) {
        struct umami_property p = take(st);

        if (!visit(arg, &p))
            break;
    }
    reader_end(r);
    return status;
}

/* --- vitals ----------------------------------------------------------------------------------- */

/* lcp, inp, cls, fcp, ttfb of one row; the texts are in the columns. */
static enum status
read_values(struct store_reader *r, int64_t row_id, struct umami_vitals_row *out, bool *found,
            struct err *err)
{
    /* Umami's columns have one decimal, of CLS four. */
    static const double scale[UMAMI_VITALS] = {
        [UMAMI_LCP] = 10, [UMAMI_INP] = 10,  [UMAMI_CLS] = 10000,
        [UMAMI_FCP] = 10, [UMAMI_TTFB] = 10,
    };
    sqlite3_stmt *st = db_stmt(&r->db, SQL_UMAMI_VITALS_AT);
    enum status status;

    if (st != NULL)
        sqlite3_bind_int64(st, 1, row_id);
    status = db_next(&r->db, st, found, err);
    for (int i = 0; status == OK && *found && i < UMAMI_VITALS; i++)
        out->value[i] = sqlite3_column_type(st, i) == SQLITE_NULL
                            ? (double)NAN
                            : round(sqlite3_column_double(st, i) * scale[i]) / scale[i];
    if (status == OK && *found)
        sqlite3_reset(st);
    return status;
}

enum status
store_umami_vitals(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                   umami_vitals_visitor *visit, void *arg, struct err *err)
{
    struct umami_pick pick;
    enum status st = umami_pick_open(&pick, r, scope, err);
    bool found = false, go_on = true;

    (void)arena;
    /* Each row is a transaction of its own, so none of them is long. */
    for (size_t i = 0; st == OK && go_on && i < pick.count; i++) {
        const struct umami_events *e = pick.events;
        const uint32_t at = pick.rows[i];
        struct umami_vitals_row row = {
            .time_ms = e->time_ms[at],
            .path = umami_text(r, umami_number(e, at, UMAMI_BY_PATH)),
            .title = umami_text(r, umami_number(e, at, UMAMI_BY_TITLE)),
            .device = umami_text(r, umami_number(e, at, UMAMI_BY_DEVICE)),
            .browser = umami_text(r, umami_number(e, at, UMAMI_BY_BROWSER)),
        };

        st = read_values(r, e->row_id[at], &row, &found, err);
        if (st == OK && found)
            go_on = visit(arg, &row);
    }
    umami_pick_close(&pick);
    return st;
}
