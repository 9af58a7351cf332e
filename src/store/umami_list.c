/* umami_list.c - pages of events and of sessions.
 * SPDX-License-Identifier: MIT
 *
 * Which rows a page has is found in the columns; what they say is then read from the database, row
 * by row: a page is short. A row that was deleted in between is left out. */
#include "config.h"

#include "store/umami_scope.h"

#include <string.h>

#include "base/top.h"
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
is_wanted(const struct umami_pick *p, const struct umami_list_query *q, uint32_t session,
          const uint8_t *found, uint32_t row)
{
    const struct umami_events *e = p->events;

    if (!umami_visitor_of(e, row)->is_known && !q->with_unknown)
        return false;
    if (q->session != NULL && umami_stay_of(e, row)->session != session)
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

    uint32_t session = NUMBERS_NONE;

    if (p->events == NULL)
        return 0;
    if (q->session != NULL)
        session = numbers_find(&p->events->sessions, q->session);
    for (size_t i = p->count; i > 0; i--) {
        if (!is_wanted(p, q, session, found, p->rows[i - 1]))
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
    int64_t first_ms, last_ms, totaltime_s;
    uint32_t visits, views, events;
};

/* Numbers for (id, host). Nearly every id has one host, which needs no table. */
struct pairs {
    struct {
        uint32_t host, number; /* + 1 */
    } * first;                 /* by id */
    struct numbers others;
    uint32_t *other_numbers;
    size_t other_room;
    uint32_t count;
};

struct visitors {
    struct umami_pick pick;
    struct visitor *list;
    size_t count, room;
    struct pairs sessions, stays;
    struct span {
        int64_t first_ms, last_ms;
    } * spans; /* by number of the stay */
    size_t span_room;
};

static void
pairs_init(struct pairs *p, struct arena *arena, uint32_t ids)
{
    p->first = arena_alloc(arena, (ids + 1) * sizeof *p->first);
    p->others.width = 2 * sizeof(uint32_t);
}

static uint32_t
number_pair(struct pairs *p, struct arena *arena, uint32_t id, uint32_t host)
{
    const uint32_t pair[2] = { id, host }, known = p->others.count;
    uint32_t other;

    if (p->first[id].number == 0) {
        p->first[id].host = host;
        p->first[id].number = ++p->count;
    }
    if (p->first[id].host == host)
        return p->first[id].number - 1;
    other = numbers_take(&p->others, pair);
    if (other == known) {
        p->other_numbers = arena_grow(arena, p->other_numbers, known, &p->other_room, 64,
                                      sizeof *p->other_numbers);
        p->other_numbers[other] = p->count++;
    }
    return p->other_numbers[other];
}

/* Mostly enough at once: growing costs more than the rest. */
static size_t
room_for(const struct umami_pick *p, uint32_t all)
{
    return p->count < all ? p->count : all;
}

/* The visit of a row: counted once, and its time grows. Rows come in order of time. */
static void
extend_visit(struct visitors *v, struct visitor *visitor, uint32_t stay, int64_t time_ms)
{
    const uint32_t known = v->stays.count;
    const uint32_t number = number_pair(&v->stays, v->pick.arena, stay, visitor->host);
    struct span *span;

    if (number == known) {
        v->spans = arena_grow(v->pick.arena, v->spans, known, &v->span_room,
                              room_for(&v->pick, v->pick.events->stays.count), sizeof *v->spans);
        v->spans[number] = (struct span){ time_ms, time_ms };
        visitor->visits++;
        return;
    }
    span = &v->spans[number];
    visitor->totaltime_s +=
        (time_ms - span->first_ms) / 1000 - (span->last_ms - span->first_ms) / 1000;
    span->last_ms = time_ms;
}

static struct visitor *
visitor_of(struct visitors *v, uint32_t session, uint32_t host, int64_t time_ms)
{
    const uint32_t number = number_pair(&v->sessions, v->pick.arena, session, host);

    if (number == v->count) {
        v->list = arena_grow(v->pick.arena, v->list, v->count, &v->room,
                             room_for(&v->pick, v->pick.events->sessions.count), sizeof *v->list);
        v->list[v->count++] =
            (struct visitor){ .session = session, .host = host, .first_ms = time_ms };
    }
    return &v->list[number];
}

/* `only`: number of one session, or NUMBERS_NONE. */
static void
collect(struct visitors *v, bool by_host, unsigned view_types, uint32_t only)
{
    const struct umami_events *e = v->pick.events;

    if (e == NULL)
        return;
    pairs_init(&v->sessions, v->pick.arena, e->sessions.count);
    pairs_init(&v->stays, v->pick.arena, e->stays.count);
    for (size_t i = 0; i < v->pick.count; i++) {
        const uint32_t row = v->pick.rows[i], session = umami_stay_of(e, row)->session;
        const uint32_t host = by_host ? umami_number(e, row, UMAMI_BY_HOSTNAME) : 0;
        struct visitor *visitor;

        if (only != NUMBERS_NONE && only != session)
            continue;
        if (v->sessions.first[session].number == 0 && !e->visitors[session].is_known)
            continue;
        visitor = visitor_of(v, session, host, e->time_ms[row]);
        visitor->last_ms = e->time_ms[row];
        visitor->views += view_types >> e->type[row] & 1;
        visitor->events += e->type[row] == UMAMI_ROW_EVENT;
        extend_visit(v, visitor, e->stay[row], e->time_ms[row]);
    }
    numbers_fini(&v->sessions.others);
    numbers_fini(&v->stays.others);
}

static bool
visitor_is_found(const struct visitors *v, const uint8_t *found, const struct visitor *visitor)
{
    static const enum umami_column searched[] = { UMAMI_BY_DISTINCT_ID, UMAMI_BY_CITY,
                                                  UMAMI_BY_BROWSER, UMAMI_BY_OS, UMAMI_BY_DEVICE };
    const struct umami_seen *seen = &v->pick.events->visitors[visitor->session];

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

    memcpy(out->id, v->pick.events->sessions.keys + (size_t)from->session * 16, 16);
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

/* Those that are searched for stay. */
static void
search_visitors(struct visitors *v, const uint8_t *found)
{
    size_t kept = 0;

    for (size_t i = 0; i < v->count; i++) {
        if (visitor_is_found(v, found, &v->list[i]))
            v->list[kept++] = v->list[i];
    }
    v->count = kept;
}

static void
print_page(struct visitors *v, struct arena *arena, const struct umami_list_query *q,
           struct umami_session_list *out)
{
    const size_t offset = q->offset < v->count ? q->offset : v->count;
    const size_t count = v->count - offset < q->limit ? v->count - offset : q->limit;

    out->sessions = arena_alloc(arena, (count + 1) * sizeof *out->sessions);
    out->total = (int64_t)v->count;
    top_sort(v->list, v->count, sizeof *v->list, offset + count, latest_first);
    for (size_t i = offset; i < offset + count; i++)
        print_visitor(v, arena, &v->list[i], &out->sessions[out->count++]);
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
        collect(&v, by_host, view_types, NUMBERS_NONE);
        if (found != NULL)
            search_visitors(&v, found);
        print_page(&v, arena, query, &list);
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
    uint32_t number = NUMBERS_NONE;
    enum status st;

    memcpy(scope.website, website, 16);
    st = umami_pick_open(&v.pick, r, &scope, err);
    if (st == OK && v.pick.events != NULL)
        number = numbers_find(&v.pick.events->sessions, session);
    if (number != NUMBERS_NONE)
        collect(&v, false, view_types, number);
    if (st == OK && v.count == 0)
        st = err_set(err, E_NOTFOUND, "the website has no such session");
    if (st == OK) {
        print_visitor(&v, arena, &v.list[0], &found);
        *out = found;
    }
    umami_pick_close(&v.pick);
    return st;
}
