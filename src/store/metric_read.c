/* metric_read.c - the data of one series in periods.
 * SPDX-License-Identifier: MIT
 *
 * What is asked for is put together of rollup rows. Old data exist only in coarser tiers, new data
 * only in finer ones, so every tier that the period is a multiple of is read, coarsest first. The
 * newest rollups may still be in the writer's memory; it is asked for copies of those of this
 * series, which stand in for the rows on disk. That costs no write, whatever the load. */
#include "config.h"

#include "domain/sketch.h"
#include "store/exact.h"
#include "store/metric_read.h"

#include <stdlib.h>
#include <string.h>

#define UNITS_MAX    UNITS
#define PAST_S       (500 * 86400LL) /* nothing is kept longer */
#define COPY_BYTES   ((size_t)256 << 20)
#define MILLISECONDS 1000

static const int tiers[] = { 3600, 300, 60, 1 };
#define TIERS (sizeof tiers / sizeof tiers[0])

/* A rollup in the writer's memory. */
struct overlay {
    int64_t series, tier, start;
    const void *body;
    size_t len;
    double count;
    bool used;
};

struct job {
    const int64_t *series;
    size_t series_count;
    struct buf copies;
};

static enum status
copy_job(struct writer *w, void *arg, struct err *err)
{
    struct job *job = arg;
    enum status st = writer_refresh(w, err);

    if (st == OK)
        rollups_copy(&w->rollups, job->series, job->series_count, &job->copies);
    return st;
}

/* --- series of a key, one for each unit ------------------------------------------------------- */

struct units {
    int64_t ids[UNITS_MAX];
    size_t count;
    enum unit newest;
};

static enum status
find_units(struct store_reader *r, const struct metric_query *query, struct units *out,
           struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_SERIES_UNITS);
    enum status status;
    struct buf key;
    bool row;

    *out = (struct units){ 0 };
    buf_init(&key, WRITE_BYTES_MAX);
    catalog_series_key(&key, &query->key);
    db_bind_bytes(st, 1, key.data, key.len);
    while ((status = db_next(&r->db, st, &row, err)) == OK && row && out->count < UNITS_MAX) {
        int unit = sqlite3_column_int(st, 1);

        if (query->unit >= 0 && unit != query->unit)
            continue;
        if (out->count == 0)
            out->newest = (enum unit)unit;
        out->ids[out->count++] = sqlite3_column_int64(st, 0);
    }
    if (st != NULL)
        sqlite3_reset(st);
    buf_fini(&key);
    return status;
}

/* --- buckets ---------------------------------------------------------------------------------- */

static struct bucket *
insert_bucket(struct metric_scan *s, size_t at, int64_t start)
{
    if (s->count == s->room) {
        s->room = s->room == 0 ? 256 : s->room * 2;
        s->buckets = xreallocarray(s->buckets, s->room, sizeof *s->buckets);
    }
    memmove(&s->buckets[at + 1], &s->buckets[at], (s->count - at) * sizeof *s->buckets);
    s->buckets[at] = (struct bucket){ .start = start };
    s->count++;
    return &s->buckets[at];
}

/* Where the row that begins at `at` belongs. Rows mostly come in order: the last bucket, or a new
 * one behind it. */
static struct bucket *
get_bucket(struct metric_scan *s, int64_t at)
{
    struct bucket *last = s->count == 0 ? NULL : &s->buckets[s->count - 1];
    size_t low = 0, high = s->count;
    int64_t start;

    if (last != NULL && at >= last->start && at - last->start < s->period)
        return last;
    start = at - at % s->period;
    if (s->count == 0 || s->buckets[s->count - 1].start < start)
        return insert_bucket(s, s->count, start);
    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (s->buckets[mid].start < start)
            low = mid + 1;
        else
            high = mid;
    }
    if (s->buckets[low].start == start)
        return &s->buckets[low];
    return insert_bucket(s, low, start);
}

static bool
add_row(struct metric_scan *s, int64_t start, const void *body, size_t len)
{
    struct bucket *bucket = get_bucket(s, start);
    struct rollup_row row;

    if (!rollup_row_decode(&row, body, len))
        return false;
    statistic_set_merge(&bucket->set, &row.set);
    for (int i = 0; i < RAW_SOURCES; i++)
        raw_range_merge(&bucket->raw[i], &row.raw[i]);
    if (row.sketchless)
        bucket->sketchless = true;
    if (!s->want_sketch || bucket->sketchless)
        return true;
    if (bucket->sketch == NULL)
        bucket->sketch = sketch_new_in(s->arena);
    return sketch_decode(bucket->sketch, row.sketch, row.sketch_len);
}

/* --- the writer's memory ---------------------------------------------------------------------- */

static struct overlay *
read_copies(const struct buf *copies, size_t *count)
{
    struct unpack u = unpack_over(copies->data, copies->len);
    struct overlay *list = NULL;
    size_t room = 0, n = 0;

    while (u.at < u.end && !u.bad) {
        struct rollup_row row;

        if (n == room) {
            room = room == 0 ? 16 : room * 2;
            list = xreallocarray(list, room, sizeof *list);
        }
        list[n] = (struct overlay){ .series = unpack_signed(&u) };
        list[n].tier = unpack_signed(&u);
        list[n].start = unpack_signed(&u);
        list[n].body = unpack_blob(&u, &list[n].len);
        if (!u.bad && rollup_row_decode(&row, list[n].body, list[n].len)) {
            list[n].count = row.set.count;
            n++;
        }
    }
    *count = n;
    return list;
}

/* The copy that stands in for a row, or NULL. The row on disk wins when it is the newer one. */
static struct overlay *
find_overlay(struct overlay *list, size_t count, int64_t series, int tier, int64_t start,
             const void *body, size_t len)
{
    struct rollup_row row;

    for (size_t i = 0; i < count; i++) {
        if (list[i].start != start || list[i].series != series || list[i].tier != tier)
            continue;
        list[i].used = true;
        return rollup_row_decode(&row, body, len) && row.set.count >= list[i].count ? NULL
                                                                                    : &list[i];
    }
    return NULL;
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum status
add_tier(struct store_reader *r, struct metric_scan *s, int64_t series, int tier,
         struct overlay *overlays, size_t overlay_count, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_ROLLUP_RANGE);
    enum status status;
    bool row;

    sqlite3_bind_int64(st, 1, series);
    sqlite3_bind_int(st, 2, tier);
    sqlite3_bind_int64(st, 3, s->start);
    sqlite3_bind_int64(st, 4, s->end);
    while ((status = db_next(&r->db, st, &row, err)) == OK && row) {
        int64_t start = sqlite3_column_int64(st, 0);
        const void *body = sqlite3_column_blob(st, 1);
        size_t len = (size_t)sqlite3_column_bytes(st, 1);
        const struct overlay *over =
            find_overlay(overlays, overlay_count, series, tier, start, body, len);

        if (!add_row(s, start, over == NULL ? body : over->body, over == NULL ? len : over->len)) {
            status = err_set(err, E_IO, "a rollup row is damaged");
            break;
        }
    }
    if (st != NULL)
        sqlite3_reset(st);
    for (size_t i = 0; i < overlay_count && status == OK; i++) {
        struct overlay *o = &overlays[i];

        if (o->used || o->series != series || o->tier != tier || o->start < s->start ||
            o->start >= s->end)
            continue;
        o->used = true;
        if (!add_row(s, o->start, o->body, o->len))
            status = err_set(err, E_INTERNAL, "a rollup in memory is damaged");
    }
    return status;
}

static bool
tier_serves(int tier, int64_t period)
{
    return period < TIER_MINUTE ? tier == TIER_SECOND : tier != TIER_SECOND && period % tier == 0;
}

static enum status
add_all(struct store_reader *r, struct metric_scan *s, const struct units *units,
        const struct buf *copies, struct err *err)
{
    size_t overlay_count;
    struct overlay *overlays = read_copies(copies, &overlay_count);
    enum status st = OK;

    for (size_t t = 0; t < TIERS; t++) {
        if (!tier_serves(tiers[t], s->period))
            continue;
        for (size_t i = 0; i < units->count && st == OK; i++)
            st = add_tier(r, s, units->ids[i], tiers[t], overlays, overlay_count, err);
    }
    free(overlays);
    return st;
}

static void
answer(struct metric_buckets *out, struct arena *arena, const struct metric_scan *s, enum unit unit)
{
    *out = (struct metric_buckets){ .unit = unit, .count = s->count };
    out->buckets = arena_alloc(arena, s->count * sizeof *out->buckets);
    for (size_t i = 0; i < s->count; i++) {
        const struct bucket *from = &s->buckets[i];

        out->buckets[i].start_ms = from->start * MILLISECONDS;
        out->buckets[i].set = from->set;
        out->buckets[i].sketch = from->sketchless ? NULL : from->sketch;
    }
}

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* The query's range in whole periods, cut to what can exist at all. */
static bool
set_range(struct metric_scan *s, const struct metric_query *query, int64_t now_ms)
{
    int64_t start_ms = query->start_ms, end_ms = query->end_ms;
    int64_t oldest_ms = now_ms - PAST_S * MILLISECONDS, newest_ms = now_ms + PAST_S * MILLISECONDS;

    s->period = query->period_ms / MILLISECONDS;
    if (start_ms < oldest_ms)
        start_ms = oldest_ms;
    if (end_ms > newest_ms)
        end_ms = newest_ms;
    if (s->period < 1 || start_ms >= end_ms)
        return false;
    s->start = floor_div(start_ms, query->period_ms) * s->period;
    s->end = floor_div(end_ms - 1, query->period_ms) * s->period + s->period;
    return true;
}

enum status
store_read_metric(struct store_reader *r, struct arena *arena, const struct metric_query *query,
                  struct metric_buckets *out, struct err *err)
{
    struct metric_scan s = { .arena = arena, .want_sketch = query->want_sketch };
    struct units units;
    struct job job = { .series = units.ids };
    enum status st;

    if (!set_range(&s, query, clock_now_ms(r->store->clock))) {
        *out = (struct metric_buckets){ .unit = UNIT_NONE };
        return OK;
    }
    buf_init(&job.copies, COPY_BYTES);
    st = reader_begin(r, err);
    if (st == OK)
        st = find_units(r, query, &units, err);
    reader_end(r);
    job.series_count = st == OK ? units.count : 0;
    if (job.series_count > 0 && r->store->counters.dirty)
        st = store_ask_writer(r->store, NULL, copy_job, &job, err);
    if (st == OK && job.series_count > 0) {
        st = reader_begin(r, err);
        if (st == OK)
            st = add_all(r, &s, &units, &job.copies, err);
        reader_end(r);
    }
    if (st == OK && query->want_sketch)
        st = exact_refine(r, &s, &query->key, units.ids, job.series_count, err);
    if (st == OK)
        answer(out, arena, &s, units.count > 0 ? units.newest : UNIT_NONE);
    free(s.buckets);
    buf_fini(&job.copies);
    return st;
}
