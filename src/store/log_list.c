/* log_list.c - which log groups and streams there are.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "store/reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MAX 10000

static const char *
column_text(sqlite3_stmt *st, int column)
{
    const void *text = sqlite3_column_text(st, column);

    return text == NULL ? "" : text;
}

static size_t
clip(size_t limit)
{
    if (limit == 0)
        return 1;
    return limit > LIMIT_MAX ? LIMIT_MAX : limit;
}

enum status
store_list_log_groups(struct store_reader *r, struct arena *arena, const char *prefix,
                      const char *part, const char *after, size_t limit, struct log_group_page *out,
                      struct err *err)
{
    struct log_group_page page = { .groups =
                                       arena_alloc(arena, clip(limit) * sizeof *page.groups) };
    enum status status = reader_flush(r, err);
    sqlite3_stmt *st = NULL;
    bool row;

    if (status == OK)
        status = reader_begin(r, err);
    if (status == OK)
        st = db_stmt(&r->db, SQL_GROUP_LIST);
    if (status == OK)
        sqlite3_bind_text(st, 1, after == NULL ? "" : after, -1, SQLITE_STATIC);
    while (status == OK && (status = db_next(&r->db, st, &row, err)) == OK && row) {
        const char *name = column_text(st, 0);

        if (prefix != NULL && strncmp(name, prefix, strlen(prefix)) != 0)
            continue;
        if (part != NULL && strstr(name, part) == NULL)
            continue;
        if (page.count == clip(limit)) {
            page.next = page.groups[page.count - 1].name;
            break;
        }
        page.groups[page.count++] = (struct log_group_info){
            .name = arena_strdup(arena, name),
            .created_ms = sqlite3_column_int64(st, 1),
            .stored_bytes = sqlite3_column_int64(st, 2),
            .retention_days = sqlite3_column_int(st, 3),
            .kms_key = arena_strdup(arena, column_text(st, 4)),
            .metric_filters = (size_t)sqlite3_column_int64(st, 5),
        };
    }
    reader_end(r);
    if (status == OK)
        *out = page;
    return status;
}

static enum status
list_extras(struct store_reader *r, struct arena *arena, int64_t group, enum log_extra_kind kind,
            struct log_extra_list *out, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_EXTRA_LIST);
    enum status status;
    size_t room = 0;
    bool row;

    sqlite3_bind_int(st, 1, (int)kind);
    sqlite3_bind_int64(st, 2, group);
    while ((status = db_next(&r->db, st, &row, err)) == OK && row) {
        if (out->count == room) {
            struct log_extra *grown;

            room = room == 0 ? 16 : room * 2;
            grown = arena_alloc(arena, room * sizeof *grown);
            if (out->count > 0)
                memcpy(grown, out->extras, out->count * sizeof *grown);
            out->extras = grown;
        }
        out->extras[out->count++] = (struct log_extra){
            .group = arena_strdup(arena, column_text(st, 0)),
            .name = arena_strdup(arena, column_text(st, 1)),
            .created_ms = sqlite3_column_int64(st, 2),
            .value = arena_strdup(arena, column_text(st, 3)),
        };
    }
    return status;
}

enum status
store_list_log_extras(struct store_reader *r, struct arena *arena, const char *group,
                      enum log_extra_kind kind, struct log_extra_list *out, struct err *err)
{
    struct log_extra_list list = { 0 };
    int64_t id = 0;
    enum status st = reader_begin(r, err);

    if (st == OK && group != NULL)
        st = reader_find_group(r, group, &id, err);
    if (st == OK)
        st = list_extras(r, arena, id, kind, &list, err);
    reader_end(r);
    if (st == OK)
        *out = list;
    return st;
}

struct streams {
    struct log_stream_info *list;
    size_t count, room;
    int64_t retention_days; /* of their group */
};

static enum status
load_streams(struct store_reader *r, struct arena *arena, const char *group, const char *prefix,
             struct streams *out, struct err *err)
{
    enum status status;
    sqlite3_stmt *st;
    int64_t id = 0;
    bool row;

    status = reader_find_group(r, group, &id, err);
    if (status == OK) {
        st = db_stmt(&r->db, SQL_GROUP_RETENTION);
        sqlite3_bind_int64(st, 1, id);
        status = db_get_int(&r->db, st, 0, &out->retention_days, err);
    }
    st = status == OK ? db_stmt(&r->db, SQL_STREAM_LIST) : NULL;
    if (status == OK)
        sqlite3_bind_int64(st, 1, id);
    while (status == OK && (status = db_next(&r->db, st, &row, err)) == OK && row) {
        const char *name = column_text(st, 0);

        if (prefix != NULL && strncmp(name, prefix, strlen(prefix)) != 0)
            continue;
        if (out->count == out->room) {
            out->room = out->room == 0 ? 64 : out->room * 2;
            out->list = xreallocarray(out->list, out->room, sizeof *out->list);
        }
        out->list[out->count++] = (struct log_stream_info){
            .name = arena_strdup(arena, name),
            .created_ms = sqlite3_column_int64(st, 1),
            .first_event_ms = sqlite3_column_int64(st, 2),
            .last_event_ms = sqlite3_column_int64(st, 3),
            .last_ingestion_ms = sqlite3_column_int64(st, 4),
        };
    }
    return status;
}

static int
by_name(const void *left, const void *right)
{
    const struct log_stream_info *a = left, *b = right;

    return strcmp(a->name, b->name);
}

static int
by_last_event(const void *left, const void *right)
{
    const struct log_stream_info *a = left, *b = right;

    if (a->last_event_ms != b->last_event_ms)
        return a->last_event_ms < b->last_event_ms ? -1 : 1;
    return by_name(left, right);
}

/* "time/name" of the last stream given; time 0 when ordered by name. */
static bool
read_key(struct log_stream_info *out, const char *key)
{
    char *end;

    if (*key < '0' || *key > '9')
        return false;
    out->last_event_ms = strtoll(key, &end, 10);
    out->name = end + 1;
    return *end == '/' && *out->name != '\0';
}

static void
reverse(struct streams *s)
{
    for (size_t i = 0; i + 1 < s->count - i; i++) {
        struct log_stream_info other = s->list[s->count - 1 - i];

        s->list[s->count - 1 - i] = s->list[i];
        s->list[i] = other;
    }
}

enum status
store_list_log_streams(struct store_reader *r, struct arena *arena, const char *group,
                       const char *prefix, bool by_last, bool descending, const char *after,
                       size_t limit, struct log_stream_page *out, struct err *err)
{
    int (*compare)(const void *, const void *) = by_last ? by_last_event : by_name;
    struct log_stream_page page = { 0 };
    struct log_stream_info key = { 0 };
    struct streams all = { 0 };
    enum status st;
    size_t from = 0;

    if (after != NULL && !read_key(&key, after))
        return err_set(err, E_INVALID, "that is not a continuation key of a list of log streams");
    st = reader_flush(r, err);
    if (st == OK)
        st = reader_begin(r, err);
    if (st == OK)
        st = load_streams(r, arena, group, prefix, &all, err);
    reader_end(r);
    if (st != OK) {
        free(all.list);
        return st;
    }
    if (all.count > 0)
        qsort(all.list, all.count, sizeof *all.list, compare);
    if (descending)
        reverse(&all);
    while (after != NULL && from < all.count &&
           (descending ? compare(&all.list[from], &key) >= 0 : compare(&all.list[from], &key) <= 0))
        from++;
    page.count = all.count - from < clip(limit) ? all.count - from : clip(limit);
    page.streams = arena_alloc(arena, page.count * sizeof *page.streams);
    if (page.count > 0)
        memcpy(page.streams, all.list + from, page.count * sizeof *page.streams);
    if (from + page.count < all.count)
        page.next = arena_printf(arena, "%" PRId64 "/%s",
                                 by_last ? page.streams[page.count - 1].last_event_ms : 0,
                                 page.streams[page.count - 1].name);
    page.retention_days = (int)all.retention_days;
    free(all.list);
    *out = page;
    return OK;
}
