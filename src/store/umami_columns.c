/* umami_columns.c - loading, and keeping up.
 * SPDX-License-Identifier: MIT
 *
 * Umami's questions count distinct sessions and visits over any range, grouped and filtered by any
 * of twenty columns. In SQL that is a pass with a tree per group (about a second for a million
 * rows); rollups would need one per column and could not be filtered. So the rows are kept as the
 * numbers they are: about 60 bytes an event, and a question is a pass over arrays. The store's size
 * cap bounds the events, and thereby this.
 *
 * Rows are read by their rowid, which only grows: what is above the last one seen is new. Rows that
 * went for their age, or as the first ones of a full store, are passed over; when they are the
 * most, or others were deleted (store->umami_epoch moved), everything is forgotten and read again.
 * Reading goes in short slices, so that nobody who waits for the lock waits long. A session is
 * looked up when its first event is seen. */
#include "config.h"

#include "store/umami_columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "store/reader.h"
#include "store/umami_id.h"

#define SLICE_NS    (10 * 1000000ull)
#define CHECK_ROWS  256 /* between two looks at the clock */
#define ROOM_FIRST  64
#define PRELOAD_MIN 50000 /* fewer rows load in a tenth of a second */
#define GONE_MIN    65536 /* fewer passed-over rows are not worth reading again */

struct umami_columns {
    pthread_rwlock_t lock;
    uint64_t epoch;
    int64_t first_event, last_event; /* rowids; those before the first are gone */
    int64_t first_read;              /* the lowest one that was read */
    uint64_t rows;                   /* read, of all websites */
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
    for (size_t i = 0; i < UMAMI_EVENT_COLUMNS; i++)
        free(e->text[i]);
    free(e->visitors);
    free(e->last_stay);
    numbers_fini(&e->sessions);
    numbers_fini(&e->visits);
    numbers_fini(&e->stays);
    free(e);
}

static size_t
events_bytes(const struct umami_events *e)
{
    size_t row = sizeof *e->time_ms + sizeof *e->row_id + sizeof *e->stay + sizeof *e->type;

    for (size_t i = 0; i < UMAMI_EVENT_COLUMNS; i++)
        row += e->text[i] == NULL ? 0 : sizeof *e->text[i];
    return sizeof *e + e->room * row + e->visitor_room * sizeof *e->visitors +
           e->visit_room * sizeof *e->last_stay + numbers_bytes(&e->sessions) +
           numbers_bytes(&e->visits) + numbers_bytes(&e->stays);
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
    c->first_read = INT64_MAX;
    c->rows = 0;
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
    c->first_read = INT64_MAX;
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
    w->events->lowest_row_id = INT64_MAX;
    w->events->sessions.width = w->events->visits.width = 16;
    w->events->stays.width = sizeof(struct umami_stay);
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

/* A text often is that of the row before. */
static uint32_t
column_number(struct umami_columns *c, sqlite3_stmt *st, int column, uint32_t before)
{
    const char *text = (const char *)sqlite3_column_text(st, column);
    const size_t len = (size_t)sqlite3_column_bytes(st, column);

    if (text != NULL && before != 0 && strcmp(text, c->texts[before]) == 0 && strlen(text) == len)
        return before;
    return number_text(c, text, len);
}

static uint32_t
number_session(struct umami_events *e, const uint8_t id[16])
{
    const uint32_t known = e->sessions.count, number = numbers_take(&e->sessions, id);

    if (e->sessions.room > e->visitor_room) {
        e->visitor_room = e->sessions.room;
        e->visitors = xreallocarray(e->visitors, e->visitor_room, sizeof *e->visitors);
    }
    if (number == known)
        e->visitors[number] = (struct umami_seen){ .is_known = false };
    return number;
}

static uint32_t
number_visit(struct umami_events *e, const uint8_t id[16])
{
    const uint32_t known = e->visits.count, number = numbers_take(&e->visits, id);

    if (e->visits.room > e->visit_room) {
        e->visit_room = e->visits.room;
        e->last_stay = xreallocarray(e->last_stay, e->visit_room, sizeof *e->last_stay);
    }
    if (number == known)
        e->last_stay[number] = NUMBERS_NONE;
    return number;
}

/* A visit nearly always goes on in the session it was in. */
static uint32_t
number_stay(struct umami_events *e, const uint8_t session[16], const uint8_t visit[16])
{
    struct umami_stay stay = { .visit = number_visit(e, visit) };
    uint32_t *last = &e->last_stay[stay.visit];

    if (*last != NUMBERS_NONE) {
        memcpy(&stay, e->stays.keys + *last * sizeof stay, sizeof stay);
        if (memcmp(e->sessions.keys + (size_t)stay.session * 16, session, 16) == 0)
            return *last;
    }
    stay.session = number_session(e, session);
    *last = numbers_take(&e->stays, &stay);
    return *last;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void
make_room(struct umami_events *e)
{
    const uint32_t room = e->room + e->room / 2 + ROOM_FIRST;

    if (e->count < e->room)
        return;
    e->time_ms = xreallocarray(e->time_ms, room, sizeof *e->time_ms);
    e->row_id = xreallocarray(e->row_id, room, sizeof *e->row_id);
    e->stay = xreallocarray(e->stay, room, sizeof *e->stay);
    e->type = xreallocarray(e->type, room, sizeof *e->type);
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

static uint32_t
text_before(const struct umami_events *e, uint32_t row, int column)
{
    return row == 0 || e->text[column] == NULL ? 0 : e->text[column][row - 1];
}

/* A session has no row when a token of another website named it, and may get one later. */
static enum status
read_session(struct store_reader *r, const uint8_t id[16], struct umami_events *e, uint32_t number,
             struct err *err)
{
    struct umami_seen *v = &e->visitors[number];
    sqlite3_stmt *st = db_stmt(&r->db, SQL_UMAMI_SESSION_OF);
    enum status status;
    bool row;

    if (st != NULL)
        umami_id_bind(st, 1, id);
    status = db_next(&r->db, st, &row, err);
    if (status != OK || !row)
        return status;
    v->is_known = true;
    for (int i = 0; i < UMAMI_SESSION_COLUMNS; i++)
        v->text[i] = column_number(r->store->umami, st, i, number == 0 ? 0 : v[-1].text[i]);
    sqlite3_reset(st);
    return OK;
}

static enum status
add_event(struct store_reader *r, sqlite3_stmt *st, struct err *err)
{
    uint8_t website[16], session[16], visit[16];
    struct umami_columns *c = r->store->umami;
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
    if (e->row_id[row] < e->lowest_row_id)
        e->lowest_row_id = e->row_id[row];
    e->time_ms[row] = sqlite3_column_int64(st, 4);
    e->type[row] = (uint8_t)(type > 0 && type < 8 ? type : 0);
    e->stay[row] = number_stay(e, session, visit);
    for (int i = 0; i < UMAMI_EVENT_COLUMNS; i++)
        set_text(e, (size_t)i, row, column_number(c, st, 6 + i, text_before(e, row, i)));
    row = umami_stay_of(e, row)->session;
    return e->visitors[row].is_known ? OK : read_session(r, session, e, row, err);
}

/* One transaction of new rows. *more: there may be others. */
static enum status
read_slice(struct store_reader *r, bool *more, struct err *err)
{
    const uint64_t until_ns = mono_ns() + SLICE_NS;
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
        if (c->rows++ == 0)
            c->first_read = c->last_event;
        if (++rows % CHECK_ROWS == 0 && mono_ns() > until_ns) {
            *more = true;
            break;
        }
    }
    reader_end(r);
    return status;
}

/* Whether most of what is in memory went from the database. */
static bool
is_stale(const struct umami_columns *c)
{
    const int64_t gone = c->first_event - c->first_read;

    return c->rows > 0 && gone > GONE_MIN && (uint64_t)gone > c->rows / 2;
}

/* Under the lock. One slice. */
static enum status
keep_up(struct store_reader *r, bool *more, struct err *err)
{
    struct umami_columns *c = r->store->umami;
    uint64_t epoch = r->store->umami_epoch;
    enum status st;

    st = db_get_int(&r->db, db_stmt(&r->db, SQL_UMAMI_FIRST_ROW), INT64_MAX, &c->first_event, err);
    if (st != OK)
        return st;
    if (epoch != c->epoch || is_stale(c))
        forget(c);
    c->epoch = epoch;
    prepare(c);
    return read_slice(r, more, err);
}

/* --- order ------------------------------------------------------------------------------------ */

struct moment {
    int64_t time_ms;
    uint32_t row;
};

static int
compare_moments(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* The first row with a time above `ms`, of those in order. */
static uint32_t
row_after(const struct umami_events *e, int64_t ms)
{
    uint32_t low = 0, high = e->ordered;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (e->time_ms[middle] <= ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The places from `from` on get the rows that `plan` names. */
static void
move_column(void *column, size_t width, uint32_t from, const uint32_t *plan, uint32_t count,
            unsigned char *scratch)
{
    unsigned char *base = column;

    if (column == NULL)
        return;
    for (uint32_t i = 0; i < count; i++)
        memcpy(scratch + i * width, base + plan[i] * width, width);
    memcpy(base + from * width, scratch, count * width);
}

static void
move_rows(struct umami_events *e, uint32_t from, const uint32_t *plan)
{
    const uint32_t count = e->count - from;
    unsigned char *scratch = xreallocarray(NULL, count, sizeof *e->time_ms);

    move_column(e->time_ms, sizeof *e->time_ms, from, plan, count, scratch);
    move_column(e->row_id, sizeof *e->row_id, from, plan, count, scratch);
    move_column(e->stay, sizeof *e->stay, from, plan, count, scratch);
    move_column(e->type, sizeof *e->type, from, plan, count, scratch);
    for (size_t i = 0; i < UMAMI_EVENT_COLUMNS; i++)
        move_column(e->text[i], sizeof *e->text[i], from, plan, count, scratch);
    free(scratch);
}

static bool
is_in_order(const struct umami_events *e)
{
    for (uint32_t row = e->ordered; row < e->count; row++) {
        if (row > 0 && e->time_ms[row - 1] > e->time_ms[row])
            return false;
    }
    return true;
}

/* New rows mostly are the latest, too; else they are merged in, and what is older stays. */
static void
put_in_order(struct umami_events *e)
{
    const uint32_t fresh = e->count - e->ordered;
    struct moment *late;
    uint32_t *plan, from, old, at = 0;

    if (is_in_order(e)) {
        e->ordered = e->count;
        return;
    }
    late = xreallocarray(NULL, fresh, sizeof *late);
    for (uint32_t i = 0; i < fresh; i++)
        late[i] = (struct moment){ e->time_ms[e->ordered + i], e->ordered + i };
    qsort(late, fresh, sizeof *late, compare_moments);
    from = old = row_after(e, late[0].time_ms);
    plan = xreallocarray(NULL, e->count - from, sizeof *plan);
    for (uint32_t i = 0; i < fresh; i++) {
        while (old < e->ordered && e->time_ms[old] <= late[i].time_ms)
            plan[at++] = old++;
        plan[at++] = late[i].row;
    }
    while (old < e->ordered)
        plan[at++] = old++;
    move_rows(e, from, plan);
    e->ordered = e->count;
    free(plan);
    free(late);
}

/* --- the door --------------------------------------------------------------------------------- */

enum status
store_umami_catch_up(struct store_reader *r, bool *more, struct err *err)
{
    struct umami_columns *c = r->store->umami;
    enum status st;

    pthread_rwlock_wrlock(&c->lock);
    st = keep_up(r, more, err);
    pthread_rwlock_unlock(&c->lock);
    return st;
}

enum status
store_umami_preload(struct store_reader *r, bool *more, struct err *err)
{
    int64_t first = 0, last = 0;
    enum status st = db_get_int(&r->db, db_stmt(&r->db, SQL_UMAMI_FIRST_ROW), 0, &first, err);

    if (st == OK)
        st = db_get_int(&r->db, db_stmt(&r->db, SQL_UMAMI_LAST_ROW), 0, &last, err);
    if (st == OK && last - first >= PRELOAD_MIN)
        return store_umami_catch_up(r, more, err);
    *more = false;
    return st;
}

static enum status
keep_up_to_the_end(struct store_reader *r, struct err *err)
{
    enum status st = OK;
    bool more = true;

    while (st == OK && more)
        st = keep_up(r, &more, err);
    return st;
}

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
        st = keep_up_to_the_end(r, err);
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

size_t
umami_columns_bytes(struct umami_columns *c)
{
    struct website **first;
    size_t bytes = sizeof *c;

    pthread_rwlock_rdlock(&c->lock);
    if (c->texts != NULL) {
        first = table_find(&c->websites, "", 0);
        for (struct website *w = *first; w != NULL; w = w->next)
            bytes += events_bytes(w->events);
        bytes += table_bytes(&c->websites) + table_bytes(&c->text_numbers) +
                 c->text_room * sizeof *c->texts;
    }
    pthread_rwlock_unlock(&c->lock);
    return bytes;
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
