/* rollup.c - adding values to open minutes and seconds.
 * SPDX-License-Identifier: MIT
 *
 * Only the finest tiers are fed: a minute for every series and a second for high-resolution data.
 * Coarser ones are made of these when they age (retain.c). A row is read back when late data
 * arrives for it; a series that moves on to a time later than all it has seen needs no look. */
#include "config.h"

#include "store/rollup.h"
#include "store/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHAINS     16384u
#define OPEN_MAX   8192
#define KEEP_TURNS 12 /* flushes, about five seconds each under load */

void
rollups_init(struct rollups *r)
{
    *r = (struct rollups){ .chains = xcalloc(CHAINS, sizeof(struct rollup *)) };
    buf_init(&r->body, (size_t)8 << 20);
}

static void
close_one(struct rollup *open)
{
    int slot = open->tier == TIER_SECOND;

    if (open->series->open[slot] == open)
        open->series->open[slot] = NULL;
    sketch_free(open->sketch);
    free(open);
}

/* Closes those last used before flush number `before`. */
static void
close_older(struct rollups *r, uint64_t before)
{
    for (unsigned i = 0; i < CHAINS && r->count > 0; i++) {
        struct rollup **at = &r->chains[i];

        while (*at != NULL) {
            struct rollup *open = *at;

            if (open->used >= before) {
                at = &open->next;
                continue;
            }
            *at = open->next;
            close_one(open);
            r->count--;
        }
    }
}

void
rollups_forget(struct rollups *r)
{
    r->dirty_count = 0;
    close_older(r, UINT64_MAX);
}

void
rollups_fini(struct rollups *r)
{
    rollups_forget(r);
    free(r->chains);
    free(r->dirty);
    buf_fini(&r->body);
}

bool
rollups_are_many(const struct rollups *r)
{
    return r->count >= OPEN_MAX;
}

void
rollups_trim(struct rollups *r)
{
    if (rollups_are_many(r))
        close_older(r, UINT64_MAX);
    else if (r->flushes > KEEP_TURNS)
        close_older(r, r->flushes - KEEP_TURNS);
}

static unsigned
chain_of(const struct stored_series *series, int tier, int64_t start)
{
    uint64_t h = (uint64_t)series->id * 0x9e3779b97f4a7c15u ^ (uint64_t)(start + tier);

    h *= 0xbf58476d1ce4e5b9u;
    return (unsigned)(h >> 40) & (CHAINS - 1);
}

/* Continues the row that is there, if it is. */
static enum status
read_back(struct writer *w, struct rollup *open, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ROLLUP_GET);
    enum status status;
    bool row;

    sqlite3_bind_int64(st, 1, open->series->id);
    sqlite3_bind_int(st, 2, open->tier);
    sqlite3_bind_int64(st, 3, open->start);
    status = db_next(&w->db, st, &row, err);
    if (status != OK || !row)
        return status;
    if (!rollup_row_decode(&open->row, sqlite3_column_blob(st, 0),
                           (size_t)sqlite3_column_bytes(st, 0)) ||
        !sketch_decode(open->sketch, open->row.sketch, open->row.sketch_len))
        status = err_set(err, E_IO, "a rollup row is damaged");
    open->row.sketch = NULL;
    sqlite3_reset(st);
    return status;
}

static enum status
open_one(struct writer *w, struct stored_series *series, int tier, int64_t start,
         struct rollup **out, struct err *err)
{
    struct rollups *r = &w->rollups;
    struct rollup **chain = &r->chains[chain_of(series, tier, start)], *open;
    enum status st = OK;

    for (open = *chain; open != NULL; open = open->next) {
        if (open->series == series && open->tier == tier && open->start == start) {
            *out = open;
            return OK;
        }
    }
    open = xcalloc(1, sizeof *open);
    open->series = series;
    open->tier = tier;
    open->start = start;
    open->sketch = sketch_new();
    open->used = r->flushes;
    open->next = *chain;
    *chain = open;
    r->count++;
    if (series->last_ms != 0 && start <= series->last_ms / 1000)
        st = read_back(w, open, err);
    *out = open;
    return st;
}

static int64_t
floor_to(int64_t time_ms, int64_t step_ms)
{
    int64_t rest = time_ms % step_ms;

    return time_ms - rest - (rest < 0 ? step_ms : 0);
}

/* The open rollup for a time, marked dirty. */
static enum status
get_open(struct writer *w, struct stored_series *series, int tier, const struct origin *from,
         struct rollup **out, struct err *err)
{
    struct rollups *r = &w->rollups;
    int64_t start = floor_to(from->time_ms, (int64_t)tier * 1000) / 1000;
    struct rollup *open = series->open[tier == TIER_SECOND];
    struct raw_range raw = { from->raw_id, from->raw_id };
    enum status st;

    if (open == NULL || open->start != start) {
        st = open_one(w, series, tier, start, &open, err);
        if (st != OK)
            return st;
        series->open[tier == TIER_SECOND] = open;
    }
    open->used = r->flushes;
    raw_range_merge(&open->row.raw[from->source], &raw);
    if (!open->dirty) {
        open->dirty = true;
        if (r->dirty_count == r->dirty_room) {
            r->dirty_room = r->dirty_room == 0 ? 256 : r->dirty_room * 2;
            r->dirty = xreallocarray(r->dirty, r->dirty_room, sizeof(struct rollup *));
        }
        r->dirty[r->dirty_count++] = open;
    }
    *out = open;
    return OK;
}

static void
add_set(struct rollup *open, const struct statistic_set *set)
{
    statistic_set_merge(&open->row.set, set);
    if (set->min != set->max)
        open->row.sketchless = true;
    else if (!open->row.sketchless)
        sketch_add(open->sketch, set->min, set->count);
}

enum status
rollups_add(struct writer *w, const struct fan *fan, const struct origin *from,
            const struct statistic_set *set, struct err *err)
{
    struct rollup *open;
    enum status st = OK;

    /* One endless sum would make every later one endless, too. */
    if (!isfinite(set->sum) || !isfinite(set->min) || !isfinite(set->max) || !(set->count > 0))
        return OK;
    for (size_t i = 0; i < fan->count && st == OK; i++) {
        st = get_open(w, fan->series[i], TIER_MINUTE, from, &open, err);
        if (st == OK)
            add_set(open, set);
        if (st == OK && fan->high_resolution) {
            st = get_open(w, fan->series[i], TIER_SECOND, from, &open, err);
            if (st == OK)
                add_set(open, set);
        }
        if (st == OK)
            catalog_saw(&w->catalog, fan->series[i], from->time_ms);
    }
    return st;
}

enum status
rollups_add_value(struct writer *w, const struct fan *fan, const struct origin *from, double value,
                  double count, struct err *err)
{
    const struct statistic_set set = { count, value * count, value, value };

    return rollups_add(w, fan, from, &set, err);
}

static void
encode(struct rollups *r, const struct rollup *open)
{
    buf_clear(&r->body);
    rollup_row_encode(&r->body, &open->row, open->sketch);
}

enum status
rollups_flush(struct writer *w, struct err *err)
{
    struct rollups *r = &w->rollups;
    enum status status = OK;

    for (size_t i = 0; i < r->dirty_count && status == OK; i++) {
        struct rollup *open = r->dirty[i];
        sqlite3_stmt *st = db_stmt(&w->db, SQL_ROLLUP_PUT);

        encode(r, open);
        open->dirty = false;
        sqlite3_bind_int64(st, 1, open->series->id);
        sqlite3_bind_int(st, 2, open->tier);
        sqlite3_bind_int64(st, 3, open->start);
        db_bind_bytes(st, 4, r->body.data, r->body.len);
        status = db_run(&w->db, st, err);
    }
    r->dirty_count = 0;
    r->flushes++;
    if (status == OK)
        status = catalog_save(w, err);
    if (status == OK)
        status = writer_mark_flushed(w, err);
    return status;
}

void
rollups_copy(struct rollups *r, const int64_t *series, size_t count, struct buf *to)
{
    for (size_t i = 0; i < r->dirty_count; i++) {
        const struct rollup *open = r->dirty[i];
        size_t k = 0;

        while (k < count && series[k] != open->series->id)
            k++;
        if (k == count)
            continue;
        encode(r, open);
        pack_signed(to, open->series->id);
        pack_signed(to, open->tier);
        pack_signed(to, open->start);
        pack_blob(to, r->body.data, r->body.len);
    }
}
