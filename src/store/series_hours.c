/* series_hours.c - how many series had data in an hour, added up by days.
 * SPDX-License-Identifier: MIT
 *
 * Rollups lie by series, tier and time, so the next one at or behind a time is one look into the
 * index. An hour with data is skipped as a whole, whatever lies in it: the cost is a look per
 * series, hour and tier that has data, not per row. A series has a row for each unit it was put
 * with; those are one metric. */
#include "config.h"

#include "store/reader.h"

#include <string.h>

#include "base/clock.h"
#include "store/catalog.h"

#define HOUR_S    3600
#define DAY_HOURS 24
#define DAY_MS    INT64_C(86400000)

/* Where rows may lie, by age; the tier of seconds has a minute beside it. */
static const int tiers[] = { 60, 300, 3600 };

struct hours {
    series_counts *counts;
    int64_t from_s;
    size_t days;
    struct buf key;      /* of the series looked at last */
    unsigned char *seen; /* an hour each, of that series */
    int64_t *out;
};

static void
settle(struct hours *h)
{
    for (size_t i = 0; i < h->days * DAY_HOURS; i++)
        h->out[i / DAY_HOURS] += h->seen[i];
    memset(h->seen, 0, h->days * DAY_HOURS);
}

static enum status
mark_tier(struct store_reader *r, struct hours *h, int64_t series, int tier, struct err *err)
{
    int64_t at = 0, end = (int64_t)h->days * DAY_HOURS; /* hours */
    enum status st = OK;

    while (st == OK && at < end) {
        sqlite3_stmt *next = db_stmt(&r->db, SQL_ROLLUP_NEXT);
        bool row;

        sqlite3_bind_int64(next, 1, series);
        sqlite3_bind_int(next, 2, tier);
        sqlite3_bind_int64(next, 3, h->from_s + at * HOUR_S);
        st = db_next(&r->db, next, &row, err);
        at = st == OK && row ? (sqlite3_column_int64(next, 0) - h->from_s) / HOUR_S : end;
        if (at < end)
            h->seen[at++] = 1;
        sqlite3_reset(next);
    }
    return st;
}

static enum status
take_series(struct store_reader *r, struct hours *h, const void *key, size_t len, int64_t id,
            struct err *err)
{
    enum status st = OK;

    if (len != h->key.len || memcmp(key, h->key.data, len) != 0) {
        settle(h);
        buf_clear(&h->key);
        buf_add(&h->key, key, len);
    }
    if (len == 0 || memchr(key, '\0', len) == NULL || !h->counts(key))
        return OK;
    for (size_t i = 0; st == OK && i < sizeof tiers / sizeof *tiers; i++)
        st = mark_tier(r, h, id, tiers[i], err);
    return st;
}

/* One read transaction; *more when it ended for want of time. */
static enum status
count_a_while(struct store_reader *r, struct hours *h, bool *more, struct err *err)
{
    uint64_t until = mono_ns() + READ_NS;
    enum status st = reader_begin(r, err);
    sqlite3_stmt *list = st == OK ? db_stmt(&r->db, SQL_SERIES_SINCE) : NULL;
    bool row;

    *more = false;
    if (st == OK) {
        db_bind_bytes(list, 1, h->key.data, h->key.len);
        sqlite3_bind_int64(list, 2, h->from_s * 1000);
        sqlite3_bind_int64(list, 3, h->from_s * 1000 + (int64_t)h->days * DAY_MS);
    }
    while (st == OK && !*more) {
        const void *key;
        size_t len;

        st = db_next(&r->db, list, &row, err);
        if (st != OK || !row)
            break;
        key = sqlite3_column_blob(list, 0);
        len = (size_t)sqlite3_column_bytes(list, 0);
        /* Units of one series lie together: stop only between series. */
        *more = mono_ns() > until && h->key.len > 0 &&
                (len != h->key.len || memcmp(key, h->key.data, len) != 0);
        if (!*more)
            st = take_series(r, h, key, len, sqlite3_column_int64(list, 1), err);
    }
    if (list != NULL)
        sqlite3_reset(list);
    reader_end(r);
    return st;
}

enum status
store_count_series_hours(struct store_reader *r, struct arena *arena, int64_t from_ms, size_t days,
                         series_counts *counts, int64_t *hours, struct err *err)
{
    struct hours h = { .counts = counts, .from_s = from_ms / 1000, .days = days, .out = hours };
    enum status st = reader_flush(r, err);
    bool more = true;

    memset(hours, 0, days * sizeof *hours);
    h.seen = arena_alloc(arena, days * DAY_HOURS + 1);
    buf_init(&h.key, WRITE_BYTES_MAX);
    while (st == OK && more)
        st = count_a_while(r, &h, &more, err);
    if (st == OK)
        settle(&h);
    buf_fini(&h.key);
    return st;
}
