/* series_list.c - which series there are.
 * SPDX-License-Identifier: MIT
 *
 * The key column sorts by namespace, metric and dimensions, so a page is a range scan from the
 * continuation key on; a namespace and metric in the filter bound the range. */
#include "config.h"

#include "base/hex.h"
#include "store/reader.h"

#include <stdlib.h>
#include <string.h>

#define KEY_BYTES  WRITE_BYTES_MAX
#define CHECK_ROWS 256 /* between two looks at the clock */

static bool
read_place(struct buf *key, struct arena *arena, const char *hex)
{
    size_t len = strlen(hex) / 2;
    char *bytes = arena_alloc(arena, len + 1);

    if (strlen(hex) % 2 != 0 || !hex_parse(bytes, hex, len))
        return false;
    buf_add(key, bytes, len);
    return len > 0 && bytes[len - 1] == '\0' && !buf_failed(key);
}

static const char *
print_place(struct arena *arena, const struct buf *key)
{
    char *hex = arena_alloc(arena, 2 * key->len + 1);

    hex_format(hex, key->data, key->len);
    return hex;
}

/* What every key of the answer begins with. */
static void
filter_stem(struct buf *stem, const struct series_filter *filter)
{
    if (filter->namespace_name == NULL)
        return;
    buf_add(stem, filter->namespace_name, strlen(filter->namespace_name) + 1);
    if (filter->metric != NULL)
        buf_add(stem, filter->metric, strlen(filter->metric) + 1);
}

static bool
matches(const struct series_filter *filter, const struct series_info *info)
{
    if (info->last_ms == 0 || info->last_ms < filter->active_since_ms)
        return false;
    if (filter->metric != NULL && strcmp(filter->metric, info->key.metric) != 0)
        return false;
    for (size_t i = 0; i < filter->dim_count; i++) {
        if (!metric_has_dimension(&info->key.dims, &filter->dims[i]))
            return false;
    }
    return true;
}

struct scan {
    const struct series_filter *filter;
    struct arena *arena;
    size_t limit;
    struct buf stem;
    struct buf after;        /* key of the series looked at last */
    struct series_info info; /* that series; rows of other units are added to it */
    bool has_info;
    struct series_page page;
};

/* The series before the current row is complete: keep it if it matches. */
static void
settle(struct scan *s)
{
    if (s->has_info && matches(s->filter, &s->info))
        s->page.series[s->page.count++] = s->info;
    s->has_info = false;
}

static void
take_row(struct scan *s, sqlite3_stmt *st)
{
    const void *key = sqlite3_column_blob(st, 0);
    size_t len = (size_t)sqlite3_column_bytes(st, 0);
    enum unit unit = (enum unit)sqlite3_column_int(st, 1);
    int64_t first_ms = sqlite3_column_int64(st, 2), last_ms = sqlite3_column_int64(st, 3);
    bool same = s->has_info && len == s->after.len && memcmp(key, s->after.data, len) == 0;

    if (last_ms == 0)
        return;
    if (!same) {
        settle(s);
        if (s->page.count == s->limit)
            return;
        s->info = (struct series_info){ .unit = unit, .first_ms = first_ms, .last_ms = last_ms };
        s->has_info = catalog_read_key(&s->info.key, s->arena, key, len);
        buf_clear(&s->after);
        buf_add(&s->after, key, len);
        return;
    }
    if (last_ms > s->info.last_ms) {
        s->info.last_ms = last_ms;
        s->info.unit = unit;
    }
    if (first_ms < s->info.first_ms)
        s->info.first_ms = first_ms;
}

/* One read transaction; *more when it ended for want of time. */
static enum status
scan_a_while(struct store_reader *r, struct scan *s, bool *more, struct err *err)
{
    uint64_t until = mono_ns() + READ_NS;
    sqlite3_stmt *st;
    enum status status = reader_begin(r, err);
    bool row;

    *more = false;
    st = status == OK ? db_stmt(&r->db, SQL_SERIES_LIST) : NULL;
    if (status == OK)
        db_bind_bytes(st, 1, s->after.data, s->after.len);
    for (size_t n = 1; status == OK && s->page.count < s->limit && !*more; n++) {
        status = db_next(&r->db, st, &row, err);
        if (status != OK || !row)
            break;
        if ((size_t)sqlite3_column_bytes(st, 0) < s->stem.len ||
            memcmp(sqlite3_column_blob(st, 0), s->stem.data, s->stem.len) != 0)
            break;
        /* Units of one series lie together: stop only between series. */
        *more = n % CHECK_ROWS == 0 && mono_ns() > until && !s->has_info;
        if (!*more)
            take_row(s, st);
    }
    reader_end(r);
    return status;
}

enum status
store_list_series(struct store_reader *r, struct arena *arena, const struct series_filter *filter,
                  const char *after, size_t limit, struct series_page *out, struct err *err)
{
    struct scan s = { .filter = filter, .arena = arena, .limit = limit > 0 ? limit : 1 };
    enum status st = OK;
    bool more = true;

    if (s.limit > 10000)
        s.limit = 10000;
    buf_init(&s.stem, KEY_BYTES);
    buf_init(&s.after, KEY_BYTES);
    filter_stem(&s.stem, filter);
    if (s.stem.len > 0) /* one byte less: a series without dimensions has the stem as its key */
        buf_add(&s.after, s.stem.data, s.stem.len - 1);
    if (after != NULL) {
        buf_clear(&s.after);
        if (!read_place(&s.after, arena, after))
            st = err_set(err, E_INVALID, "that is not a continuation key of a list of metrics");
    }
    if (st == OK)
        st = reader_flush(r, err);
    s.page.series = arena_alloc(arena, s.limit * sizeof *s.page.series);
    while (st == OK && more && s.page.count < s.limit)
        st = scan_a_while(r, &s, &more, err);
    if (st == OK && s.page.count < s.limit)
        settle(&s);
    else if (st == OK)
        s.page.next = print_place(arena, &s.after);
    if (st == OK)
        *out = s.page;
    buf_fini(&s.stem);
    buf_fini(&s.after);
    return st;
}
