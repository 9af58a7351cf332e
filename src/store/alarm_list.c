/* alarm_list.c - alarms and their history are read.
 * SPDX-License-Identifier: MIT
 *
 * Alarms come by name. Events come by time and number, so the key of a page is both: events of one
 * millisecond keep their order, and new ones do not shift a page. */
#include "config.h"

#include "store/reader.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MAX 10000

static const char *
column_text(struct arena *arena, sqlite3_stmt *st, int column)
{
    const char *text = (const char *)sqlite3_column_text(st, column);

    return arena_strdup(arena, text == NULL ? "" : text);
}

static size_t
clip(size_t limit)
{
    if (limit == 0)
        return 1;
    return limit > LIMIT_MAX ? LIMIT_MAX : limit;
}

/* --- alarms ----------------------------------------------------------------------------------- */

static struct alarm_row
take_alarm(struct arena *arena, sqlite3_stmt *st)
{
    struct alarm_row row = {
        .name = column_text(arena, st, 0),
        .is_composite = sqlite3_column_int(st, 1) != 0,
        .actions_enabled = sqlite3_column_int(st, 2) != 0,
        .definition = column_text(arena, st, 3),
        .tags = column_text(arena, st, 4),
        .state = (enum alarm_state)sqlite3_column_int(st, 5),
        .reason = column_text(arena, st, 6),
        .reason_data = column_text(arena, st, 7),
        .updated_ms = sqlite3_column_int64(st, 8),
        .changed_ms = sqlite3_column_int64(st, 9),
        .configured_ms = sqlite3_column_int64(st, 10),
    };

    return row;
}

static void
add_alarm(struct alarm_page *page, size_t *room, const struct alarm_row *row)
{
    if (page->count == *room) {
        *room = *room == 0 ? 64 : *room * 2;
        page->alarms = xreallocarray(page->alarms, *room, sizeof *page->alarms);
    }
    page->alarms[page->count++] = *row;
}

static enum status
scan_alarms(struct store_reader *r, struct arena *arena, const char *prefix, const char *after,
            size_t limit, struct alarm_page *page, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_ALARM_LIST);
    const size_t prefix_len = strlen(prefix);
    enum status status;
    size_t room = 0;
    bool row;

    sqlite3_bind_text(st, 1, after, -1, SQLITE_STATIC);
    sqlite3_bind_text(st, 2, prefix, -1, SQLITE_STATIC);
    while ((status = db_next(&r->db, st, &row, err)) == OK && row) {
        struct alarm_row alarm;

        if (strncmp((const char *)sqlite3_column_text(st, 0), prefix, prefix_len) != 0)
            break;
        if (page->count == limit) {
            page->next = page->alarms[limit - 1].name;
            break;
        }
        alarm = take_alarm(arena, st);
        add_alarm(page, &room, &alarm);
    }
    return status;
}

enum status
store_list_alarms(struct store_reader *r, struct arena *arena, const char *prefix,
                  const char *after, size_t limit, struct alarm_page *out, struct err *err)
{
    struct alarm_page page = { 0 };
    enum status st = reader_begin(r, err);

    if (st == OK)
        st = scan_alarms(r, arena, prefix == NULL ? "" : prefix, after == NULL ? "" : after,
                         clip(limit), &page, err);
    reader_end(r);
    if (st == OK) {
        *out = page;
        out->alarms = arena_alloc(arena, (page.count + 1) * sizeof *page.alarms);
        if (page.count > 0)
            memcpy(out->alarms, page.alarms, page.count * sizeof *page.alarms);
    }
    free(page.alarms);
    return st;
}

enum status
store_find_alarm(struct store_reader *r, struct arena *arena, const char *name,
                 struct alarm_row *out, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = NULL;
    bool row = false;

    if (status == OK) {
        st = db_stmt(&r->db, SQL_ALARM_GET);
        sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
        status = db_next(&r->db, st, &row, err);
    }
    if (status == OK && row)
        *out = take_alarm(arena, st);
    reader_end(r);
    if (status == OK && !row)
        return err_set(err, E_NOTFOUND, "no alarm %s", name);
    return status;
}

/* --- events ----------------------------------------------------------------------------------- */

struct event_place {
    int64_t time_ms, id;
};

/* "time/id" */
static bool
read_key(struct event_place *out, const char *key)
{
    char *end;

    if (*key < '0' || *key > '9')
        return false;
    out->time_ms = strtoll(key, &end, 10);
    if (end[0] != '/' || end[1] < '0' || end[1] > '9')
        return false;
    out->id = strtoll(end + 1, &end, 10);
    return *end == '\0';
}

static sqlite3_stmt *
select_events(struct db *db, const struct alarm_event_query *q, const struct event_place *after)
{
    static const enum sql which[2][2] = { { SQL_EVENT_DOWN, SQL_EVENT_UP },
                                          { SQL_EVENT_DOWN_OF, SQL_EVENT_UP_OF } };
    sqlite3_stmt *st = db_stmt(db, which[q->name != NULL][q->ascending]);

    sqlite3_bind_int64(st, 1, after->time_ms);
    sqlite3_bind_int64(st, 2, after->id);
    sqlite3_bind_int64(st, 3, q->ascending ? q->end_ms : q->start_ms);
    if (q->name != NULL)
        sqlite3_bind_text(st, 4, q->name, -1, SQLITE_STATIC);
    return st;
}

static bool
is_asked_for(const struct alarm_event_query *q, sqlite3_stmt *st)
{
    const bool composite = sqlite3_column_int(st, 2) != 0;

    return (composite ? q->composite : q->metric) &&
           (q->kinds & 1u << sqlite3_column_int(st, 3)) != 0;
}

static enum status
scan_events(struct store_reader *r, struct arena *arena, const struct alarm_event_query *q,
            const struct event_place *after, struct alarm_event_page *page, struct err *err)
{
    sqlite3_stmt *st = select_events(&r->db, q, after);
    struct event_place last = *after;
    enum status status;
    bool row;

    while ((status = db_next(&r->db, st, &row, err)) == OK && row) {
        if (!is_asked_for(q, st))
            continue;
        if (page->count == clip(q->limit)) {
            page->next = arena_printf(arena, "%" PRId64 "/%" PRId64, last.time_ms, last.id);
            break;
        }
        last = (struct event_place){ sqlite3_column_int64(st, 4), sqlite3_column_int64(st, 0) };
        page->events[page->count++] = (struct alarm_event){
            .name = column_text(arena, st, 1),
            .is_composite = sqlite3_column_int(st, 2) != 0,
            .kind = (enum alarm_event_kind)sqlite3_column_int(st, 3),
            .time_ms = last.time_ms,
            .summary = column_text(arena, st, 5),
            .data = column_text(arena, st, 6),
        };
    }
    return status;
}

enum status
store_read_alarm_events(struct store_reader *r, struct arena *arena,
                        const struct alarm_event_query *q, struct alarm_event_page *out,
                        struct err *err)
{
    struct alarm_event_page page = { 0 };
    struct event_place after = q->ascending ? (struct event_place){ q->start_ms, -1 }
                                            : (struct event_place){ q->end_ms, INT64_MAX };
    enum status st;

    if (q->after != NULL && !read_key(&after, q->after))
        return err_set(err, E_INVALID, "that is not a continuation key of a list of alarm events");
    page.events = arena_alloc(arena, clip(q->limit) * sizeof *page.events);
    st = reader_begin(r, err);
    if (st == OK)
        st = scan_events(r, arena, q, &after, &page, err);
    reader_end(r);
    if (st == OK)
        *out = page;
    return st;
}
