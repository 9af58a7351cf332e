/* exact.c - a bounded scan of raw rows.
 * SPDX-License-Identifier: MIT
 *
 * Rollup rows remember between which raw rows their values lie. A bucket of up to EXACT_MAX samples
 * whose sketch is no longer exact is built again from these rows. Whether that is worth it is known
 * before: a row holds about one value of a series, so a query over more values than ROWS_MAX is
 * answered from sketches alone. A bucket is replaced only when exactly as many values were found as
 * it counts: rows that were dropped, or came in between, leave the sketch in place. */
#include "config.h"

#include "base/text.h"
#include "domain/sketch.h"
#include "store/exact.h"
#include "store/post_id.h"
#include "store/vital.h"

#include <stdlib.h>
#include <string.h>

#define EXACT_MAX 4096
#define ROWS_MAX  65536

struct weighted {
    double value, count;
};

struct scan {
    struct store_reader *r;
    size_t rows; /* looked at so far */
    /* which samples of a post are meant */
    bool is_vital, is_duration, any_route;
    enum vital vital;
    int64_t environment, route;
    int64_t *fans; /* which entries of a chunk */
    size_t fan_count;
    /* the bucket at hand */
    int64_t start_ms, end_ms;
    struct weighted *values;
    size_t count, room;
    double total;
};

static bool
is_candidate(const struct bucket *b)
{
    return b->sketch != NULL && !b->sketchless && !sketch_is_exact(b->sketch) &&
           b->set.count <= EXACT_MAX;
}

/* --- what the series' values look like in raw rows -------------------------------------------- */

static enum status
text_id(struct store_reader *r, const char *text, int64_t *id, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_TEXT_FIND);

    sqlite3_bind_int64(st, 1, (int64_t)text_hash(text, strlen(text), TEXT_HASH_SEED));
    db_bind_bytes(st, 2, text, strlen(text));
    return db_get_int(&r->db, st, -1, id, err);
}

static enum status
describe_posts(struct scan *s, const struct series_key *key, struct err *err)
{
    const struct dimension *dims = key->dims.dims;
    enum status st = OK;

    s->is_duration =
        strcmp(key->namespace_name, "AWS/Lambda") == 0 && strcmp(key->metric, "Duration") == 0;
    s->is_vital = strcmp(key->namespace_name, WEB_VITALS_NAMESPACE) == 0 &&
                  vital_parse(&s->vital, key->metric) && key->dims.count >= 1 &&
                  strcmp(dims[0].name, "environment") == 0;
    if (!s->is_vital)
        return OK;
    s->any_route = key->dims.count == 1;
    st = text_id(s->r, dims[0].value, &s->environment, err);
    if (st == OK && !s->any_route)
        st = text_id(s->r, dims[1].value, &s->route, err);
    return st;
}

static enum status
find_fans(struct scan *s, const int64_t *series, size_t series_count, struct err *err)
{
    enum status status = OK;
    size_t room = 0;
    bool row;

    for (size_t i = 0; i < series_count && status == OK; i++) {
        sqlite3_stmt *st = db_stmt(&s->r->db, SQL_FAN_OF);

        sqlite3_bind_int64(st, 1, series[i]);
        while ((status = db_next(&s->r->db, st, &row, err)) == OK && row) {
            if (s->fan_count == room) {
                room = room == 0 ? 8 : room * 2;
                s->fans = xreallocarray(s->fans, room, sizeof *s->fans);
            }
            s->fans[s->fan_count++] = sqlite3_column_int64(st, 0);
        }
    }
    return status;
}

/* --- rows ------------------------------------------------------------------------------------- */

static void
take(struct scan *s, double value, double count)
{
    if (s->count == s->room) {
        s->room = s->room == 0 ? 256 : s->room * 2;
        s->values = xreallocarray(s->values, s->room, sizeof *s->values);
    }
    s->values[s->count++] = (struct weighted){ value, count };
    s->total += count;
}

static void
take_vitals(struct scan *s, sqlite3_stmt *st)
{
    struct vital_row_sample sample = { 0 };
    struct vital_row row;
    struct unpack u;

    vital_row_read(&row, st);
    if (s->is_duration)
        take(s, row.duration_us / 1000.0, 1);
    if (!s->is_vital || row.environment != s->environment)
        return;
    u = unpack_over(row.samples, row.samples_len);
    while (vital_row_next(&u, &row, &sample)) {
        if (sample.vital == s->vital && (s->any_route || sample.route == s->route))
            take(s, sample.value, 1);
    }
}

static bool
is_our_fan(const struct scan *s, int64_t fan)
{
    for (size_t i = 0; i < s->fan_count; i++) {
        if (s->fans[i] == fan)
            return true;
    }
    return false;
}

static void
take_chunk(struct scan *s, sqlite3_stmt *st)
{
    struct sample_walk walk = sample_walk_over(st);
    struct sample_entry e = { 0 };

    s->rows += (size_t)sqlite3_column_int64(st, 3);
    while (sample_walk_next(&walk, &e)) {
        if (e.time_ms >= s->start_ms && e.time_ms < s->end_ms && is_our_fan(s, e.fan) &&
            e.set.min == e.set.max)
            take(s, e.set.min, e.set.count);
    }
}

/* A post's time is its id's, and a bucket's range holds no others. */
static void
take_row(struct scan *s, enum raw_source source, sqlite3_stmt *st)
{
    int64_t time_ms = post_id_time(sqlite3_column_int64(st, 0));

    if (source == RAW_SAMPLE)
        take_chunk(s, st);
    else if (time_ms < s->start_ms || time_ms >= s->end_ms)
        return;
    else if (source == RAW_VITAL)
        take_vitals(s, st);
    else if (s->is_duration)
        take(s, (double)sqlite3_column_int64(st, 4) / 1000.0, 1);
}

static enum status
scan_source(struct scan *s, enum raw_source source, const struct raw_range *range, struct err *err)
{
    static const enum sql statements[RAW_SOURCES] = { SQL_VITAL_UP, SQL_ERROR_UP, SQL_SAMPLE_UP };
    sqlite3_stmt *st;
    enum status status = OK;
    bool row = range->last != 0;

    if (!row)
        return OK;
    st = db_stmt(&s->r->db, statements[source]);
    sqlite3_bind_int64(st, 1, range->first - 1);
    sqlite3_bind_int64(st, 2, range->last + 1);
    while (row && s->rows < ROWS_MAX) {
        status = db_next(&s->r->db, st, &row, err);
        if (status != OK || !row)
            break;
        s->rows++;
        take_row(s, source, st);
    }
    if (st != NULL)
        sqlite3_reset(st);
    return status;
}

static int
by_value(const void *left, const void *right)
{
    const struct weighted *a = left, *b = right;

    return (a->value > b->value) - (a->value < b->value);
}

static enum status
refine(struct scan *s, struct bucket *b, int64_t period, struct arena *arena, struct err *err)
{
    struct sketch *sketch;
    enum status st = OK;

    s->count = 0;
    s->total = 0;
    s->start_ms = b->start * 1000;
    s->end_ms = (b->start + period) * 1000;
    for (int i = 0; i < RAW_SOURCES && st == OK; i++)
        st = scan_source(s, (enum raw_source)i, &b->raw[i], err);
    if (st != OK || s->total != b->set.count || s->rows >= ROWS_MAX)
        return st;
    qsort(s->values, s->count, sizeof *s->values, by_value);
    sketch = sketch_new_in(arena);
    for (size_t i = 0; i < s->count; i++)
        sketch_add(sketch, s->values[i].value, s->values[i].count);
    b->sketch = sketch;
    return OK;
}

enum status
exact_refine(struct store_reader *r, struct metric_scan *scan, const struct series_key *key,
             const int64_t *series, size_t series_count, struct err *err)
{
    struct scan s = { .r = r };
    double values = 0;
    enum status st;

    for (size_t i = 0; i < scan->count; i++) {
        if (is_candidate(&scan->buckets[i]))
            values += scan->buckets[i].set.count;
    }
    if (values == 0 || values > ROWS_MAX)
        return OK;
    st = reader_begin(r, err);
    if (st == OK)
        st = describe_posts(&s, key, err);
    if (st == OK)
        st = find_fans(&s, series, series_count, err);
    for (size_t i = scan->count; i > 0 && st == OK && s.rows < ROWS_MAX; i--) {
        if (is_candidate(&scan->buckets[i - 1]))
            st = refine(&s, &scan->buckets[i - 1], scan->period, scan->arena, err);
    }
    reader_end(r);
    free(s.fans);
    free(s.values);
    return st;
}
