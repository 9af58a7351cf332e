/* umami_list.c - pages of events and of sessions.
 * SPDX-License-Identifier: MIT
 *
 * Which rows a page has is found in the columns; what they say is then read from the database, row
 * by row: a page is short. A row that was deleted in between is left out. */
#include "config.h"

#include "store/umami_scope.h"

#include <stdlib.h>
#include <string.h>

#include "store/reader.h"
#include "store/umami_id.h"

static const char *
column_text(struct arena *arena, sqlite3_stmt *st, int column)
{
    const char *text = (const char *)sqlite3_column_text(st, column);

    return text == NULL ? NULL : arena_strdup(arena, text);
}

/* --- events ----------------------------------------------------------------------------------- */

enum { EVENT_TEXT = 5, EVENT_REST = EVENT_TEXT + UMAMI_COLUMNS };

static void
take_event(struct arena *arena, sqlite3_stmt *st, struct umami_event *out)
{
    umami_id_read(st, 0, out->id);
    umami_id_read(st, 1, out->session);
    umami_id_read(st, 2, out->visit);
    out->time_ms = sqlite3_column_int64(st, 3);
    out->type = (unsigned)sqlite3_column_int(st, 4);
    for (int i = 0; i < UMAMI_COLUMNS; i++)
        out->text[i] = column_text(arena, st, EVENT_TEXT + i);
    out->referrer_path = column_text(arena, st, EVENT_REST);
    out->referrer_query = column_text(arena, st, EVENT_REST + 1);
    for (int i = 0; i < UMAMI_CLICKS; i++)
        out->click[i] = column_text(arena, st, EVENT_REST + 2 + i);
    out->has_data = sqlite3_column_int(st, EVENT_REST + 2 + UMAMI_CLICKS) != 0;
}

static enum status
read_events(struct store_reader *r, struct arena *arena, const int64_t *row_ids, size_t count,
            struct umami_event_list *out, struct err *err)
{
    enum status status = reader_begin(r, err);
    bool row;

    out->events = arena_alloc(arena, (count + 1) * sizeof *out->events);
    for (size_t i = 0; status == OK && i < count; i++) {
        sqlite3_stmt *st = db_stmt(&r->db, SQL_UMAMI_EVENT_AT);

        if (st != NULL)
            sqlite3_bind_int64(st, 1, row_ids[i]);
        status = db_next(&r->db, st, &row, err);
        if (status == OK && row)
            take_event(arena, st, &out->events[out->count++]);
    }
    reader_end(r);
    return status;
}

/* Which texts are found, by number; NULL: nothing is searched for. */
static enum status
open_search(struct umami_pick *p, const struct umami_list_query *q, uint8_t **found,
            struct err *err)
{
    *found = NULL;
    if (q->search == NULL || p->events == NULL)
        return OK;
    *found = arena_alloc(p->arena, umami_text_count(p->reader));
    return umami_pass_like(p, q->search, q->how == UMAMI_SEARCH_PART, true, *found, err);
}

static bool
is_wanted(const struct umami_pick *p, const struct umami_list_query *q, const uint8_t *found,
          uint32_t row)
{
    const struct umami_events *e = p->events;
    const struct umami_seen *v = &e->visitors[e->stays[e->stay[row]].session];

    if (!v->is_known && !q->with_unknown)
        return false;
    if (q->session != NULL && memcmp(v->id, q->session, 16) != 0)
        return false;
    if (found == NULL)
        return true;
    return (e->type[row] == UMAMI_ROW_VIEW && found[umami_number(e, row, UMAMI_BY_PATH)]) ||
           (e->type[row] == UMAMI_ROW_EVENT && found[umami_number(e, row, UMAMI_BY_EVENT)]);
}

static size_t
find_events(struct umami_pick *p, const struct umami_list_query *q, const uint8_t *found,
            int64_t *row_ids, int64_t *total)
{
    size_t count = 0;

    for (size_t i = p->count; i > 0; i--) {
        if (!is_wanted(p, q, found, p->rows[i - 1]))
            continue;
        if (*total >= (int64_t)q->offset && count < q->limit)
            row_ids[count++] = p->events->row_id[p->rows[i - 1]];
        ++*total;
    }
    return count;
}

enum status
store_umami_events(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                   const struct umami_list_query *query, struct umami_event_list *out,
                   struct err *err)
{
    struct umami_event_list list = { 0 };
    struct umami_pick pick;
    enum status st = umami_pick_open(&pick, r, scope, err);
    int64_t *row_ids = arena_alloc(arena, (query->limit + 1) * sizeof *row_ids);
    uint8_t *found = NULL;
    size_t count = 0;

    if (st == OK)
        st = open_search(&pick, query, &found, err);
    if (st == OK)
        count = find_events(&pick, query, found, row_ids, &list.total);
    umami_pick_close(&pick);
    if (st == OK)
        st = read_events(r, arena, row_ids, count, &list, err);
    if (st == OK)
        *out = list;
    return st;
}

/* --- sessions --------------------------------------------------------------------------------- */

struct visitor {
    uint32_t session, host; /* the host when sessions are told apart by it */
    int64_t first_ms, last_ms, visits, views, events, totaltime_s;
};

struct visitors {
    struct umami_pick pick;
    struct visitor *list;
    size_t count;
    uint32_t *keys; /* of each picked row */
    /* numbering: the last number of each session, and all of them */
    uint32_t *last; /* + 1 */
    struct table numbers;
};

static uint32_t
number_visitor(struct visitors *v, uint32_t session, uint32_t host)
{
    const uint32_t pair[2] = { session, host };
    uint32_t *slot;

    if (v->last[session] != 0 && v->list[v->last[session] - 1].host == host)
        return v->last[session] - 1;
    slot = table_find(&v->numbers, pair, sizeof pair);
    if (slot == NULL) {
        slot = table_add(&v->numbers, pair, sizeof pair);
        *slot = (uint32_t)v->count;
        v->list[v->count++] = (struct visitor){ .session = session, .host = host };
    }
    v->last[session] = *slot + 1;
    return *slot;
}

static void
take_visits(void *arg, uint32_t key, const struct umami_totals *totals)
{
    struct visitors *v = arg;

    v->list[key].visits = totals->visits;
    v->list[key].totaltime_s = totals->totaltime_s;
}

static void
add_visitor_row(struct visitor *v, const struct umami_events *e, uint32_t row, unsigned view_types)
{
    if (v->first_ms == 0)
        v->first_ms = e->time_ms[row];
    v->last_ms = e->time_ms[row];
    v->views += view_types >> e->type[row] & 1;
    v->events += e->type[row] == UMAMI_ROW_EVENT;
}

/* `only`: number of one session, or UINT32_MAX. */
static void
collect(struct visitors *v, bool by_host, unsigned view_types, uint32_t only)
{
    const struct umami_events *e = v->pick.events;

    v->list = arena_alloc(v->pick.arena, (v->pick.count + 1) * sizeof *v->list);
    v->keys = arena_alloc(v->pick.arena, (v->pick.count + 1) * sizeof *v->keys);
    if (e == NULL)
        return;
    v->last = arena_alloc(v->pick.arena, (e->visitor_count + 1) * sizeof *v->last);
    table_init(&v->numbers, sizeof(uint32_t));
    for (size_t i = 0; i < v->pick.count; i++) {
        uint32_t row = v->pick.rows[i], session = e->stays[e->stay[row]].session;

        v->keys[i] = UMAMI_NO_GROUP;
        if (!e->visitors[session].is_known || (only != UINT32_MAX && only != session))
            continue;
        v->keys[i] =
            number_visitor(v, session, by_host ? umami_number(e, row, UMAMI_BY_HOSTNAME) : 0);
        add_visitor_row(&v->list[v->keys[i]], e, row, view_types);
    }
    table_fini(&v->numbers);
    umami_count_groups(&v->pick, &(struct umami_groups){ v->keys, (uint32_t)v->count, false },
                       take_visits, v);
}

static bool
visitor_is_found(const struct visitors *v, const uint8_t *found, const struct visitor *visitor)
{
    static const enum umami_column searched[] = { UMAMI_BY_DISTINCT_ID, UMAMI_BY_CITY,
                                                  UMAMI_BY_BROWSER, UMAMI_BY_OS, UMAMI_BY_DEVICE };
    const struct umami_seen *seen = &v->pick.events->visitors[visitor->session];

    if (found == NULL)
        return true;
    for (size_t i = 0; i < sizeof searched / sizeof searched[0]; i++) {
        if (found[seen->text[searched[i] - UMAMI_EVENT_COLUMNS]])
            return true;
    }
    return false;
}

static int
latest_first(const void *a, const void *b)
{
    const struct visitor *x = a, *y = b;

    if (x->last_ms != y->last_ms)
        return x->last_ms > y->last_ms ? -1 : 1;
    return x->session < y->session ? -1 : x->session > y->session;
}

static void
print_visitor(const struct visitors *v, struct arena *arena, const struct visitor *from,
              struct umami_session *out)
{
    const struct umami_seen *seen = &v->pick.events->visitors[from->session];

    memcpy(out->id, seen->id, 16);
    for (int i = 0; i < UMAMI_SESSION_COLUMNS; i++) {
        const char *text = umami_text(v->pick.reader, seen->text[i]);

        out->text[UMAMI_EVENT_COLUMNS + i] = text == NULL ? NULL : arena_strdup(arena, text);
    }
    if (from->host != 0)
        out->text[UMAMI_BY_HOSTNAME] = arena_strdup(arena, umami_text(v->pick.reader, from->host));
    out->first_ms = from->first_ms;
    out->last_ms = from->last_ms;
    out->visits = from->visits;
    out->views = from->views;
    out->events = from->events;
    out->totaltime_s = from->totaltime_s;
}

static void
print_page(struct visitors *v, struct arena *arena, const struct umami_list_query *q,
           const uint8_t *found, struct umami_session_list *out)
{
    out->sessions = arena_alloc(arena, (q->limit + 1) * sizeof *out->sessions);
    if (v->count == 0)
        return;
    qsort(v->list, v->count, sizeof *v->list, latest_first);
    for (size_t i = 0; i < v->count; i++) {
        if (!visitor_is_found(v, found, &v->list[i]))
            continue;
        if (out->total >= (int64_t)q->offset && out->count < q->limit)
            print_visitor(v, arena, &v->list[i], &out->sessions[out->count++]);
        out->total++;
    }
}

enum status
store_umami_sessions(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                     unsigned view_types, bool by_host, const struct umami_list_query *query,
                     struct umami_session_list *out, struct err *err)
{
    struct visitors v = { 0 };
    struct umami_session_list list = { 0 };
    enum status st = umami_pick_open(&v.pick, r, scope, err);
    uint8_t *found = NULL;

    if (st == OK)
        st = open_search(&v.pick, query, &found, err);
    if (st == OK) {
        collect(&v, by_host, view_types, UINT32_MAX);
        print_page(&v, arena, query, found, &list);
        *out = list;
    }
    umami_pick_close(&v.pick);
    return st;
}

enum status
store_umami_session(struct store_reader *r, struct arena *arena, const uint8_t website[16],
                    const uint8_t session[16], unsigned view_types, struct umami_session *out,
                    struct err *err)
{
    struct umami_scope scope = { .start_ms = INT64_MIN,
                                 .end_ms = INT64_MAX - 1,
                                 .types = UMAMI_ALL_TYPES };
    struct umami_session found = { 0 };
    struct visitors v = { 0 };
    const uint32_t *number = NULL;
    enum status st;

    memcpy(scope.website, website, 16);
    st = umami_pick_open(&v.pick, r, &scope, err);
    if (st == OK && v.pick.events != NULL)
        number = table_find(&v.pick.events->visitor_by_id, session, 16);
    if (st == OK && number != NULL)
        collect(&v, false, view_types, *number);
    if (st == OK && v.count == 0)
        st = err_set(err, E_NOTFOUND, "the website has no such session");
    if (st == OK) {
        print_visitor(&v, arena, &v.list[0], &found);
        *out = found;
    }
    umami_pick_close(&v.pick);
    return st;
}
