/* umami_columns.c - loading, and keeping up.
 * SPDX-License-Identifier: MIT
 *
 * Umami's questions count distinct sessions and visits over any range, grouped and filtered by any
 * of twenty columns. In SQL that is a pass with a tree per group (about a second for a million
 * rows); rollups would need one per column and could not be filtered. So the rows are kept as the
 * numbers they are: about 50 bytes an event, and a question is a pass over arrays. The store's size
 * cap bounds the events, and thereby this.
 *
 * Rows are read by their rowid, which only grows: what is above the last one seen is new. Rows that
 * went for their age, or as the first ones of a full store, are passed over; when others were
 * deleted (store->umami_epoch moved) everything is forgotten and read again. Reading goes in
 * transactions of at most 50 ms. A session is looked up when its first event is seen. */
#include "config.h"

#include "store/umami_columns.h"

#include <stdlib.h>
#include <string.h>

#include "store/reader.h"
#include "store/umami_id.h"

#define CHECK_ROWS 256 /* between two looks at the clock */
#define ROOM_FIRST 64

struct umami_columns {
    pthread_rwlock_t lock;
    uint64_t epoch;
    int64_t first_event, last_event; /* rowids; those before the first are gone */
    struct table websites;           /* struct umami_events by id */
    struct table text_numbers;
    const char **texts;
    uint32_t text_count, text_room;
};

/* --- memory ----------------------------------------------------------------------------------- */

static void
events_fini(struct umami_events *e)
{
    free(e->time_ms);
    free(e->row_id);
    free(e->stay);
    free(e->type);
    free(e->order);
    for (size_t i = 0; i < UMAMI_EVENT_COLUMNS; i++)
        free(e->text[i]);
    free(e->stays);
    free(e->visitors);
    table_fini(&e->stay_by_pair);
    table_fini(&e->visitor_by_id);
    table_fini(&e->visit_by_id);
    free(e);
}

/* The websites are in a table by id, whose records are pointers; a list runs through them. */
struct website {
    struct umami_events *events;
    struct website *next;
};

struct umami_columns *
umami_columns_new(void)
{
    struct umami_columns *c = xcalloc(1, sizeof *c);

    pthread_rwlock_init(&c->lock, NULL);
    return c;
}

static void
forget(struct umami_columns *c)
{
    struct website **first;

    if (c->texts == NULL)
        return;
    first = table_find(&c->websites, "", 0);
    for (struct website *w = *first; w != NULL; w = w->next)
        events_fini(w->events);
    table_fini(&c->websites);
    table_fini(&c->text_numbers);
    free(c->texts);
    c->texts = NULL;
    c->text_count = c->text_room = 0;
    c->last_event = 0;
}

static void
prepare(struct umami_columns *c)
{
    if (c->texts != NULL)
        return;
    table_init(&c->websites, sizeof(struct website));
    (void)table_add(&c->websites, "", 0); /* the head of the list of them */
    table_init(&c->text_numbers, sizeof(uint32_t));
    c->text_room = ROOM_FIRST;
    c->texts = xcalloc(c->text_room, sizeof *c->texts);
    c->text_count = 1;
}

void
umami_columns_free(struct umami_columns *c)
{
    if (c == NULL)
        return;
    forget(c);
    pthread_rwlock_destroy(&c->lock);
    free(c);
}

static struct umami_events *
website_events(struct umami_columns *c, const uint8_t id[16])
{
    struct website *w = table_find(&c->websites, id, 16), **first;

    if (w != NULL)
        return w->events;
    w = table_add(&c->websites, id, 16);
    w->events = xcalloc(1, sizeof *w->events);
    table_init(&w->events->stay_by_pair, sizeof(uint32_t));
    table_init(&w->events->visitor_by_id, sizeof(uint32_t));
    table_init(&w->events->visit_by_id, sizeof(uint32_t));
    first = table_find(&c->websites, "", 0);
    w->next = *first;
    *first = w;
    return w->events;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static uint32_t
number_text(struct umami_columns *c, const char *text, size_t len)
{
    uint32_t *slot;

    if (text == NULL)
        return 0;
    slot = table_find(&c->text_numbers, text, len);
    if (slot != NULL)
        return *slot;
    if (c->text_count == c->text_room) {
        c->text_room *= 2;
        c->texts = xreallocarray(c->texts, c->text_room, sizeof *c->texts);
    }
    slot = table_add(&c->text_numbers, text, len);
    *slot = c->text_count;
    c->texts[c->text_count] = arena_strndup(c->text_numbers.arena, text, len);
    return c->text_count++;
}

static uint32_t
column_number(struct umami_columns *c, sqlite3_stmt *st, int column)
{
    return number_text(c, (const char *)sqlite3_column_text(st, column),
                       (size_t)sqlite3_column_bytes(st, column));
}

static uint32_t
number_visitor(struct umami_events *e, const uint8_t id[16])
{
    uint32_t *slot = table_find(&e->visitor_by_id, id, 16);

    if (slot != NULL)
        return *slot;
    if (e->visitor_count == e->visitor_room) {
        e->visitor_room = e->visitor_room == 0 ? ROOM_FIRST : e->visitor_room * 2;
        e->visitors = xreallocarray(e->visitors, e->visitor_room, sizeof *e->visitors);
    }
    e->visitors[e->visitor_count] = (struct umami_seen){ 0 };
    memcpy(e->visitors[e->visitor_count].id, id, 16);
    slot = table_add(&e->visitor_by_id, id, 16);
    *slot = e->visitor_count;
    return e->visitor_count++;
}

static uint32_t
number_stay(struct umami_events *e, const uint8_t session[16], const uint8_t visit[16])
{
    uint8_t pair[32];
    uint32_t *slot, *visit_slot;

    memcpy(pair, session, 16);
    memcpy(pair + 16, visit, 16);
    slot = table_find(&e->stay_by_pair, pair, sizeof pair);
    if (slot != NULL)
        return *slot;
    if (e->stay_count == e->stay_room) {
        e->stay_room = e->stay_room == 0 ? ROOM_FIRST : e->stay_room * 2;
        e->stays = xreallocarray(e->stays, e->stay_room, sizeof *e->stays);
    }
    visit_slot = table_find(&e->visit_by_id, visit, 16);
    if (visit_slot == NULL) {
        visit_slot = table_add(&e->visit_by_id, visit, 16);
        *visit_slot = e->visit_count++;
    }
    e->stays[e->stay_count] = (struct umami_stay){ number_visitor(e, session), *visit_slot };
    slot = table_add(&e->stay_by_pair, pair, sizeof pair);
    *slot = e->stay_count;
    return e->stay_count++;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void
make_room(struct umami_events *e)
{
    uint32_t room = e->room == 0 ? ROOM_FIRST : e->room * 2;

    if (e->count < e->room)
        return;
    e->time_ms = xreallocarray(e->time_ms, room, sizeof *e->time_ms);
    e->row_id = xreallocarray(e->row_id, room, sizeof *e->row_id);
    e->stay = xreallocarray(e->stay, room, sizeof *e->stay);
    e->type = xreallocarray(e->type, room, sizeof *e->type);
    e->order = xreallocarray(e->order, room, sizeof *e->order);
    for (size_t i = 0; i < UMAMI_EVENT_COLUMNS; i++) {
        if (e->text[i] != NULL)
            e->text[i] = xreallocarray(e->text[i], room, sizeof *e->text[i]);
    }
    e->room = room;
}

static void
set_text(struct umami_events *e, size_t column, uint32_t row, uint32_t number)
{
    if (e->text[column] == NULL) {
        if (number == 0)
            return;
        e->text[column] = xcalloc(e->room, sizeof *e->text[column]);
    }
    e->text[column][row] = number;
}

/* A session has no row when a token of another website named it, and may get one later. */
static enum status
read_session(struct store_reader *r, struct umami_seen *v, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_UMAMI_SESSION_OF);
    enum status status;
    bool row;

    if (st != NULL)
        umami_id_bind(st, 1, v->id);
    status = db_next(&r->db, st, &row, err);
    if (status != OK || !row)
        return status;
    v->is_known = true;
    for (int i = 0; i < UMAMI_SESSION_COLUMNS; i++)
        v->text[i] = column_number(r->store->umami, st, i);
    sqlite3_reset(st);
    return OK;
}

static enum status
add_event(struct store_reader *r, sqlite3_stmt *st, struct err *err)
{
    uint8_t website[16], session[16], visit[16];
    struct umami_columns *c = r->store->umami;
    struct umami_seen *v;
    struct umami_events *e;
    uint32_t row;
    int type = sqlite3_column_int(st, 5);

    umami_id_read(st, 1, website);
    umami_id_read(st, 2, session);
    umami_id_read(st, 3, visit);
    e = website_events(c, website);
    make_room(e);
    row = e->count++;
    e->row_id[row] = sqlite3_column_int64(st, 0);
    e->time_ms[row] = sqlite3_column_int64(st, 4);
    e->type[row] = (uint8_t)(type > 0 && type < 8 ? type : 0);
    e->stay[row] = number_stay(e, session, visit);
    for (int i = 0; i < UMAMI_EVENT_COLUMNS; i++)
        set_text(e, (size_t)i, row, column_number(c, st, 6 + i));
    v = &e->visitors[e->stays[e->stay[row]].session];
    return v->is_known ? OK : read_session(r, v, err);
}

/* One transaction of new rows. *more: there may be others. */
static enum status
read_slice(struct store_reader *r, bool *more, struct err *err)
{
    const uint64_t until_ns = mono_ns() + READ_NS;
    struct umami_columns *c = r->store->umami;
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st;
    unsigned rows = 0;
    bool row = false;

    *more = false;
    if (status != OK)
        return status;
    st = db_stmt(&r->db, SQL_UMAMI_EVENTS_NEW);
    if (st != NULL)
        sqlite3_bind_int64(st, 1, c->last_event);
    while ((status = db_next(&r->db, st, &row, err)) == OK && row) {
        status = add_event(r, st, err);
        if (status != OK)
            break;
        c->last_event = sqlite3_column_int64(st, 0);
        if (++rows % CHECK_ROWS == 0 && mono_ns() > until_ns) {
            *more = true;
            break;
        }
    }
    reader_end(r);
    return status;
}

static enum status
keep_up(struct store_reader *r, struct err *err)
{
    struct umami_columns *c = r->store->umami;
    enum status st = OK;
    bool more = true;
    uint64_t epoch = r->store->umami_epoch;

    if (epoch != c->epoch)
        forget(c);
    c->epoch = epoch;
    prepare(c);
    while (st == OK && more)
        st = read_slice(r, &more, err);
    if (st == OK)
        st = db_get_int(&r->db, db_stmt(&r->db, SQL_UMAMI_FIRST_ROW), INT64_MAX, &c->first_event,
                        err);
    return st;
}

/* --- order ------------------------------------------------------------------------------------ */

static int
compare_rows(const void *a, const void *b, void *arg)
{
    const struct umami_events *e = arg;
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    if (e->time_ms[x] != e->time_ms[y])
        return e->time_ms[x] < e->time_ms[y] ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* New rows mostly are the latest, too; only then nothing is to be done. */
static void
put_in_order(struct umami_events *e)
{
    uint32_t old = e->ordered, fresh = e->count - old, at = e->count;
    uint32_t *tail;
    bool sorted = true;

    for (uint32_t row = old; row < e->count; row++) {
        e->order[row] = row;
        sorted = sorted && (row == 0 || compare_rows(&e->order[row - 1], &row, e) < 0);
    }
    e->ordered = e->count;
    if (sorted)
        return;
    tail = xreallocarray(NULL, fresh, sizeof *tail);
    memcpy(tail, e->order + old, fresh * sizeof *tail);
    qsort_r(tail, fresh, sizeof *tail, compare_rows, e);
    while (fresh > 0) {
        if (old > 0 && compare_rows(&e->order[old - 1], &tail[fresh - 1], e) > 0)
            e->order[--at] = e->order[--old];
        else
            e->order[--at] = tail[--fresh];
    }
    free(tail);
}

/* --- the door --------------------------------------------------------------------------------- */

enum status
umami_columns_enter(struct store_reader *r, const uint8_t website[16],
                    const struct umami_events **out, struct err *err)
{
    struct umami_columns *c = r->store->umami;
    struct website *w;
    enum status st;

    /* Between the two locks another reader may have brought new rows, or forgotten the old. */
    for (;;) {
        pthread_rwlock_wrlock(&c->lock);
        st = keep_up(r, err);
        w = st == OK ? table_find(&c->websites, website, 16) : NULL;
        if (w != NULL)
            put_in_order(w->events);
        pthread_rwlock_unlock(&c->lock);
        pthread_rwlock_rdlock(&c->lock);
        w = st == OK && c->texts != NULL ? table_find(&c->websites, website, 16) : NULL;
        if (st != OK || (c->texts != NULL && (w == NULL || w->events->ordered == w->events->count)))
            break;
        pthread_rwlock_unlock(&c->lock);
    }
    *out = w == NULL ? NULL : w->events;
    return st;
}

void
umami_columns_leave(struct store_reader *r)
{
    pthread_rwlock_unlock(&r->store->umami->lock);
}

int64_t
umami_first_row(const struct store_reader *r)
{
    return r->store->umami->first_event;
}

const char *
umami_text(const struct store_reader *r, uint32_t number)
{
    return r->store->umami->texts[number];
}

uint32_t
umami_text_count(const struct store_reader *r)
{
    return r->store->umami->text_count;
}

uint32_t
umami_text_number(const struct store_reader *r, const char *text)
{
    const uint32_t *slot = table_find(&r->store->umami->text_numbers, text, strlen(text));

    return slot == NULL ? 0 : *slot;
}
