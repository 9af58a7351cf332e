/* umami_sales.c - the rows of umami_revenue, and the first rows of sessions.
 * SPDX-License-Identifier: MIT
 *
 * There are few sales beside the events, so they are read from their table. An event that filters
 * let pass is known by its row, as in umami_data.c. */
#include "config.h"

#include "store/umami_sales.h"

#include <math.h>
#include <string.h>

#include "base/table.h"
#include "store/reader.h"
#include "store/umami_id.h"
#include "store/umami_scope.h"

#define CHECK_ROWS 256
#define PLACES     1e4 /* numeric(19,4) */
#define AMOUNT_MAX 9e18

struct walk {
    const struct umami_sales_query *query;
    const struct umami_scope *scope;
    umami_sale_visitor *visit;
    void *arg;
    int64_t time_ms, row_id; /* of the last row seen */
    bool is_filtered, stop;
    struct table passing; /* rows of events */
};

static enum status
find_passing(struct store_reader *r, struct walk *w, struct err *err)
{
    struct umami_pick pick;
    enum status st;

    if (w->scope->filter_count == 0 && w->scope->only_types == 0)
        return OK;
    w->is_filtered = true;
    st = umami_pick_open(&pick, r, w->scope, err);
    for (size_t i = 0; st == OK && i < pick.count; i++)
        (void)table_add(&w->passing, &pick.events->row_id[pick.rows[i]], sizeof(int64_t));
    umami_pick_close(&pick);
    return st;
}

static bool
is_in_capitals(const char *text, const char *wanted)
{
    for (; *text != '\0'; text++, wanted++) {
        if (*wanted != (*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text))
            return false;
    }
    return *wanted == '\0';
}

/* Columns: rowid, created_at, revenue, event_name, currency, session_id, the event's rowid, the
 * session's id, country, region. */
static bool
show(struct walk *w, sqlite3_stmt *st)
{
    const int64_t event_row = sqlite3_column_int64(st, 6);
    const double amount = sqlite3_column_double(st, 2) * PLACES;
    struct umami_sale sale = {
        .time_ms = sqlite3_column_int64(st, 1),
        .amount = fabs(amount) < AMOUNT_MAX ? llround(amount) : 0,
        .event = (const char *)sqlite3_column_text(st, 3),
        .currency = (const char *)sqlite3_column_text(st, 4),
        .has_session = sqlite3_column_type(st, 7) != SQLITE_NULL,
        .country = (const char *)sqlite3_column_text(st, 8),
        .region = (const char *)sqlite3_column_text(st, 9),
    };

    sale.is_asked_for = w->query->as_like
                            ? sqlite3_strlike(w->query->currency, sale.currency, '\\') == 0
                            : is_in_capitals(sale.currency, w->query->currency);
    if (w->is_filtered && table_find(&w->passing, &event_row, sizeof event_row) == NULL)
        return true;
    umami_id_read(st, 5, sale.session);
    return w->visit(w->arg, &sale);
}

static enum status
walk_slice(struct store_reader *r, struct walk *w, bool *more, struct err *err)
{
    const uint64_t until_ns = mono_ns() + READ_NS;
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    unsigned rows = 0;
    bool row;

    *more = false;
    if (status == OK && (st = db_stmt(&r->db, SQL_UMAMI_SALES)) != NULL) {
        umami_id_bind(st, 1, w->scope->website);
        sqlite3_bind_int64(st, 2, w->time_ms);
        sqlite3_bind_int64(st, 3, w->row_id);
        sqlite3_bind_int64(st, 4, w->scope->start_ms);
        sqlite3_bind_int64(st, 5, w->scope->end_ms);
    }
    while (status == OK && (status = db_next(&r->db, st, &row, err)) == OK && row) {
        w->row_id = sqlite3_column_int64(st, 0);
        w->time_ms = sqlite3_column_int64(st, 1);
        w->stop = !show(w, st);
        *more = !w->stop && ++rows % CHECK_ROWS == 0 && mono_ns() > until_ns;
        if (w->stop || *more)
            break;
    }
    reader_end(r);
    return status;
}

enum status
store_umami_sales(struct store_reader *r, const struct umami_sales_query *query,
                  umami_sale_visitor *visit, void *arg, struct err *err)
{
    struct walk w = { .query = query,
                      .scope = query->scope,
                      .visit = visit,
                      .arg = arg,
                      .time_ms = query->scope->start_ms,
                      .row_id = INT64_MIN };
    bool more = true;
    enum status st;

    table_init(&w.passing, 1);
    st = find_passing(r, &w, err);
    while (st == OK && more)
        st = walk_slice(r, &w, &more, err);
    table_fini(&w.passing);
    return st;
}

/* Rows come in order of time, so the first of a session says when it began. */
enum status
store_umami_entries(struct store_reader *r, const struct umami_scope *scope,
                    umami_entry_visitor *visit, void *arg, struct err *err)
{
    struct umami_pick pick;
    enum status st = umami_pick_open(&pick, r, scope, err);
    const struct umami_events *e = pick.events;
    int64_t *began = NULL; /* by number of the session */
    bool *is_known = NULL;

    if (st == OK && pick.count > 0) {
        began = arena_alloc(pick.arena, e->sessions.count * sizeof *began);
        is_known = arena_alloc(pick.arena, e->sessions.count * sizeof *is_known);
    }
    for (size_t i = 0; st == OK && i < pick.count; i++) {
        const uint32_t row = pick.rows[i], session = umami_stay_of(e, row)->session;
        struct umami_entry entry = {
            .referrer = umami_text(r, umami_number(e, row, UMAMI_BY_REFERRER)),
            .query = umami_text(r, umami_number(e, row, UMAMI_BY_QUERY)),
            .medium = umami_text(r, umami_number(e, row, UMAMI_BY_UTM_MEDIUM)),
            .source = umami_text(r, umami_number(e, row, UMAMI_BY_UTM_SOURCE)),
            .is_foreign = umami_foreign_referrer(&pick, row, false) != 0,
        };

        if (is_known[session] && began[session] != e->time_ms[row])
            continue;
        is_known[session] = true;
        began[session] = e->time_ms[row];
        memcpy(entry.session, (const uint8_t *)e->sessions.keys + (size_t)session * 16, 16);
        visit(arg, &entry);
    }
    umami_pick_close(&pick);
    return st;
}
