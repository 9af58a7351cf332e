/* insights_aggregate.c - counts, sums, percentiles, first and last values.
 * SPDX-License-Identifier: MIT
 *
 * Specified in the CloudWatch Logs user guide, "stats". What it leaves open is chosen as follows. A
 * value that is no number takes no part in sum, avg, stddev and pct; without any the result is
 * missing. stddev is that of a sample (divided by n - 1) and 0 for one value. A percentile is exact
 * while a group has at most some thousand distinct values and then within 1 %, interpolated between
 * ranks. count_distinct is exact up to 65,536 values; beyond, it counts those whose hash ends in so
 * many zeros (Flajolet, "On adaptive sampling", 1990), within about half a percent. */
#include "config.h"

#include "domain/insights_aggregate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/pack.h"
#include "domain/sketch.h"

static const struct value nothing = { .type = VALUE_NULL };

/* --- counting distinct values ----------------------------------------------------------------- */

#define DISTINCT_FIRST 16
#define DISTINCT_MAX   65536

struct distinct {
    uint64_t *hashes; /* 0: free */
    size_t room, used;
    unsigned shift; /* only hashes that end in so many zeros are kept */
};

static bool
is_kept(const struct distinct *d, uint64_t hash)
{
    return (hash & (((uint64_t)1 << d->shift) - 1)) == 0;
}

static void
place(struct distinct *d, uint64_t hash)
{
    size_t at = (hash >> 24) & (d->room - 1);

    while (d->hashes[at] != 0 && d->hashes[at] != hash)
        at = (at + 1) & (d->room - 1);
    d->used += d->hashes[at] == 0;
    d->hashes[at] = hash;
}

/* Into a table of another size, or with fewer hashes. */
static void
rebuild(struct distinct *d, size_t room)
{
    struct distinct old = *d;

    d->hashes = xcalloc(room, sizeof *d->hashes);
    d->room = room;
    d->used = 0;
    for (size_t i = 0; i < old.room; i++) {
        if (old.hashes[i] != 0 && is_kept(d, old.hashes[i]))
            place(d, old.hashes[i]);
    }
    free(old.hashes);
}

static void
add_distinct(struct insights_tally *t, const struct value *v, int64_t time_ms,
             struct insights_tally_room *room)
{
    struct distinct *d = t->distinct;
    uint64_t hash;

    (void)time_ms;
    buf_clear(&room->key);
    value_key(&room->key, v);
    hash = pack_hash(room->key.data, room->key.len);
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
    hash += hash == 0;
    if (d == NULL) {
        d = t->distinct = xcalloc(1, sizeof *d);
        rebuild(d, DISTINCT_FIRST);
        room->bytes += sizeof *d + d->room * sizeof *d->hashes;
    }
    if (!is_kept(d, hash))
        return;
    place(d, hash);
    if (d->used > DISTINCT_MAX) {
        d->shift++;
        rebuild(d, d->room);
    } else if (d->used * 4 > d->room * 3) {
        room->bytes += d->room * sizeof *d->hashes;
        rebuild(d, d->room * 2);
    }
}

static struct value
result_distinct(const struct insights_tally *t, double percent)
{
    const struct distinct *d = t->distinct;

    (void)percent;
    return value_number(d == NULL ? 0 : ldexp((double)d->used, (int)d->shift));
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void
add_count(struct insights_tally *t, const struct value *v, int64_t time_ms,
          struct insights_tally_room *room)
{
    (void)v;
    (void)time_ms;
    (void)room;
    t->count++;
}

static void
add_number(struct insights_tally *t, const struct value *v, int64_t time_ms,
           struct insights_tally_room *room)
{
    double number, off;

    (void)time_ms;
    (void)room;
    if (!value_as_number(v, &number))
        return;
    t->count++;
    t->sum += number;
    off = number - t->mean; /* Welford, 1962: the spread without a difference of large sums */
    t->mean += off / t->count;
    t->spread += off * (number - t->mean);
}

static void
add_sketch(struct insights_tally *t, const struct value *v, int64_t time_ms,
           struct insights_tally_room *room)
{
    double number;

    (void)time_ms;
    if (!value_as_number(v, &number))
        return;
    if (t->sketch == NULL)
        t->sketch = sketch_new_in(room->arena);
    sketch_add(t->sketch, number, 1);
}

static struct value
result_count(const struct insights_tally *t, double percent)
{
    (void)percent;
    return value_number(t->count);
}

static struct value
result_sum(const struct insights_tally *t, double percent)
{
    (void)percent;
    return t->count == 0 ? nothing : value_number(t->sum);
}

static struct value
result_avg(const struct insights_tally *t, double percent)
{
    (void)percent;
    return t->count == 0 ? nothing : value_number(t->sum / t->count);
}

static struct value
result_stddev(const struct insights_tally *t, double percent)
{
    (void)percent;
    if (t->count == 0)
        return nothing;
    return value_number(t->count < 2 ? 0 : sqrt(t->spread / (t->count - 1)));
}

static struct value
result_percentile(const struct insights_tally *t, double percent)
{
    return t->sketch == NULL ? nothing : value_number(sketch_quantile(t->sketch, percent / 100));
}

/* --- one of the values ------------------------------------------------------------------------ */

static void
keep(struct insights_tally *t, const struct value *v, struct insights_tally_room *room)
{
    t->kept = *v;
    if (v->type != VALUE_TEXT)
        return;
    if (v->len > t->room) {
        t->text = xreallocarray(t->text, v->len, 1);
        room->bytes += v->len - t->room;
        t->room = v->len;
    }
    if (v->len > 0)
        memcpy(t->text, v->text, v->len);
    t->kept.text = t->text == NULL ? "" : t->text;
}

/* Extremes of numbers are numbers, whatever they were written as. */
static struct value
plain(const struct value *v)
{
    double number;

    return v->type == VALUE_TEXT && value_as_number(v, &number) ? value_number(number) : *v;
}

static void
add_min(struct insights_tally *t, const struct value *v, int64_t time_ms,
        struct insights_tally_room *room)
{
    struct value mine = plain(v);

    (void)time_ms;
    if (t->kept.type == VALUE_NULL || value_compare(&mine, &t->kept) < 0)
        keep(t, &mine, room);
}

static void
add_max(struct insights_tally *t, const struct value *v, int64_t time_ms,
        struct insights_tally_room *room)
{
    struct value mine = plain(v);

    (void)time_ms;
    if (t->kept.type == VALUE_NULL || value_compare(&mine, &t->kept) > 0)
        keep(t, &mine, room);
}

static void
add_first(struct insights_tally *t, const struct value *v, int64_t time_ms,
          struct insights_tally_room *room)
{
    (void)time_ms;
    if (t->kept.type == VALUE_NULL || value_sort(v, &t->kept) < 0)
        keep(t, v, room);
}

static void
add_last(struct insights_tally *t, const struct value *v, int64_t time_ms,
         struct insights_tally_room *room)
{
    (void)time_ms;
    if (t->kept.type == VALUE_NULL || value_sort(v, &t->kept) > 0)
        keep(t, v, room);
}

/* Records come newest first: of the same millisecond the first is the latest. */
static void
add_latest(struct insights_tally *t, const struct value *v, int64_t time_ms,
           struct insights_tally_room *room)
{
    if (t->kept.type != VALUE_NULL && time_ms <= t->kept_ms)
        return;
    keep(t, v, room);
    t->kept_ms = time_ms;
}

static void
add_earliest(struct insights_tally *t, const struct value *v, int64_t time_ms,
             struct insights_tally_room *room)
{
    if (t->kept.type != VALUE_NULL && time_ms > t->kept_ms)
        return;
    keep(t, v, room);
    t->kept_ms = time_ms;
}

static struct value
result_kept(const struct insights_tally *t, double percent)
{
    (void)percent;
    return t->kept;
}

/* --- the table -------------------------------------------------------------------------------- */

/* clang-format off */
const struct insights_aggregate insights_aggregates[] = {
    /* name           percent time */
    { "avg",            false, false, add_number,   result_avg },
    { "count",          false, false, add_count,    result_count },
    { "count_distinct", false, false, add_distinct, result_distinct },
    { "earliest",       false, true,  add_earliest, result_kept },
    { "latest",         false, true,  add_latest,   result_kept },
    { "max",            false, false, add_max,      result_kept },
    { "min",            false, false, add_min,      result_kept },
    { "pct",            true,  false, add_sketch,   result_percentile },
    { "percentile",     true,  false, add_sketch,   result_percentile },
    { "sortsFirst",     false, false, add_first,    result_kept },
    { "sortsLast",      false, false, add_last,     result_kept },
    { "stddev",         false, false, add_number,   result_stddev },
    { "sum",            false, false, add_number,   result_sum },
    { NULL, false, false, NULL, NULL },
};
/* clang-format on */

const struct insights_aggregate *
aggregate_find(const char *name)
{
    for (const struct insights_aggregate *a = insights_aggregates; a->name != NULL; a++) {
        if (strcasecmp(a->name, name) == 0)
            return a;
    }
    return NULL;
}

void
tally_fini(struct insights_tally *t)
{
    free(t->text);
    if (t->distinct != NULL)
        free(t->distinct->hashes);
    free(t->distinct);
}
