/* umami_count.c - totals, series and the week.
 * SPDX-License-Identifier: MIT
 *
 * A bucket is a piece of wall-clock time, so its number comes from the time with the zone's offset
 * added. Rows come in order of time and an offset holds for months: the zone is asked again only
 * where it ends. */
#include "config.h"

#include "store/umami_scope.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/day.h"
#include "base/top.h"
#include "store/reader.h"
#include "store/umami_id.h"

#define MINUTE_MS   INT64_C(60000)
#define HOUR_MS     INT64_C(3600000)
#define BUCKETS_MAX 2000000 /* a year of minutes fits; the API asks for far fewer */

/* --- totals ----------------------------------------------------------------------------------- */

static void
take_totals(void *arg, uint32_t key, const struct umami_totals *totals)
{
    struct umami_totals *out = arg;

    (void)key;
    *out = *totals;
}

enum status
store_umami_totals(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                   struct umami_totals *out, struct err *err)
{
    struct umami_totals totals = { 0 };
    struct umami_pick pick;
    enum status st = umami_pick_open(&pick, r, scope, err);

    (void)arena;
    if (st == OK)
        umami_count_groups(&pick, &(struct umami_groups){ NULL, 1, false }, take_totals, &totals);
    umami_pick_close(&pick);
    if (st == OK)
        *out = totals;
    return st;
}

/* --- buckets ---------------------------------------------------------------------------------- */

struct wall {
    const struct zone *zone;
    int64_t from_ms, until_ms, offset_ms; /* where the offset holds */
};

static int64_t
wall_ms(struct wall *w, int64_t utc_ms)
{
    if (utc_ms < w->from_ms || utc_ms >= w->until_ms)
        w->offset_ms = zone_offset_ms(w->zone, utc_ms, &w->from_ms, &w->until_ms);
    return utc_ms + w->offset_ms;
}

static int64_t
round_down(int64_t ms, int64_t unit_ms)
{
    int64_t rest = ms % unit_ms;

    return ms - (rest < 0 ? rest + unit_ms : rest);
}

/* The first day of the month or year. */
static int64_t
calendar_start(int64_t ms, enum umami_unit unit)
{
    time_t t = (time_t)(round_down(ms, DAY_MS) / 1000);
    struct tm tm = { 0 };

    gmtime_r(&t, &tm);
    return (int64_t)t * 1000 - (unit == UMAMI_YEAR ? tm.tm_yday : tm.tm_mday - 1) * DAY_MS;
}

struct buckets {
    enum umami_unit unit;
    struct wall wall;
    int64_t last, from_ms, until_ms; /* the last bucket, and a time that is all in it */
};

/* Finds where the bucket of a moment begins, and how far around it that holds for sure. */
static int64_t
find_bucket(struct buckets *b, int64_t utc_ms)
{
    static const int64_t unit_ms[] = { MINUTE_MS, HOUR_MS, DAY_MS, DAY_MS, DAY_MS };
    const int64_t ms = wall_ms(&b->wall, utc_ms), start = round_down(ms, unit_ms[b->unit]);

    b->from_ms = start - b->wall.offset_ms;
    b->until_ms = b->from_ms + unit_ms[b->unit];
    if (b->from_ms < b->wall.from_ms)
        b->from_ms = b->wall.from_ms;
    if (b->until_ms > b->wall.until_ms)
        b->until_ms = b->wall.until_ms;
    return b->unit <= UMAMI_DAY ? start : calendar_start(start, b->unit);
}

static int64_t
bucket_of(struct buckets *b, int64_t utc_ms)
{
    if (utc_ms < b->from_ms || utc_ms >= b->until_ms)
        b->last = find_bucket(b, utc_ms);
    return b->last;
}

int64_t
umami_bucket_start(const struct zone *zone, enum umami_unit unit, int64_t utc_ms)
{
    struct buckets b = { .unit = unit, .wall = { .zone = zone } };

    return bucket_of(&b, utc_ms);
}

/* --- series ----------------------------------------------------------------------------------- */

/* Buckets are numbered as they come; times only grow, wall clocks can step back an hour. */
struct umami_line {
    struct umami_pick pick;
    struct arena *arena;
    int64_t *walls; /* of each bucket */
    int64_t latest; /* of them */
    uint32_t bucket_count, last_bucket;
    size_t wall_room;
    uint32_t name_count;   /* of a series of names; else 1 */
    const uint32_t *names; /* text number of each */
    struct umami_points out;
    size_t room;
};

static uint32_t
number_bucket(struct umami_line *s, int64_t wall)
{
    if (s->bucket_count > 0 && s->walls[s->last_bucket] == wall)
        return s->last_bucket;
    /* After a step back it is one of the few before. */
    if (s->bucket_count > 0 && wall <= s->latest) {
        for (s->last_bucket = s->bucket_count; s->last_bucket-- > 0;) {
            if (s->walls[s->last_bucket] == wall)
                return s->last_bucket;
        }
    } else
        s->latest = wall;
    s->walls =
        arena_grow(s->pick.arena, s->walls, s->bucket_count, &s->wall_room, 64, sizeof *s->walls);
    s->walls[s->bucket_count] = wall;
    s->last_bucket = s->bucket_count++;
    return s->last_bucket;
}

static void
add_point(void *arg, uint32_t key, const struct umami_totals *totals)
{
    struct umami_line *s = arg;

    s->out.points[s->out.count++] = (struct umami_point){
        .wall_ms = s->walls[key / s->name_count],
        .name =
            s->names == NULL
                ? NULL
                : arena_strdup(s->arena, umami_text(s->pick.reader, s->names[key % s->name_count])),
        .rows = totals->rows,
        .sessions = totals->visitors,
    };
}

static int
compare_points(const void *a, const void *b)
{
    const struct umami_point *x = a, *y = b;

    if (x->wall_ms != y->wall_ms)
        return x->wall_ms < y->wall_ms ? -1 : 1;
    return x->name == NULL ? 0 : strcmp(x->name, y->name);
}

struct name_count {
    uint32_t name;
    int64_t rows;
};

static int
compare_names(const void *a, const void *b)
{
    const struct name_count *x = a, *y = b;

    if (x->rows != y->rows)
        return x->rows > y->rows ? -1 : 1;
    return x->name < y->name ? -1 : x->name > y->name;
}

/* slot[text number]: which of the names it is; UMAMI_NO_GROUP for those that do not count. */
static uint32_t *
number_names(struct umami_line *s, size_t limit)
{
    const uint32_t texts = umami_text_count(s->pick.reader);
    struct name_count *counts = arena_alloc(s->pick.arena, texts * sizeof *counts);
    uint32_t *slot = arena_alloc(s->pick.arena, texts * sizeof *slot), *names;

    for (size_t i = 0; i < s->pick.count; i++)
        counts[umami_number(s->pick.events, s->pick.rows[i], UMAMI_BY_EVENT)].rows++;
    for (uint32_t i = 0; i < texts; i++)
        counts[i].name = i;
    counts[0].rows = 0;
    top_sort(counts, texts, sizeof *counts, limit == 0 ? texts : limit, compare_names);
    memset(slot, 0xff, texts * sizeof *slot);
    names = arena_alloc(s->pick.arena, texts * sizeof *names);
    s->name_count = 0;
    while (s->name_count < texts && counts[s->name_count].rows > 0 &&
           (limit == 0 || s->name_count < limit)) {
        names[s->name_count] = counts[s->name_count].name;
        slot[counts[s->name_count].name] = s->name_count;
        s->name_count++;
    }
    s->names = names;
    return slot;
}

static enum status
count_series(struct umami_line *s, struct buckets *b, const uint32_t *slot, struct err *err)
{
    const struct umami_events *e = s->pick.events;
    uint32_t *keys = arena_room(s->pick.arena, s->pick.count * sizeof *keys);
    uint64_t all;

    for (size_t i = 0; i < s->pick.count; i++) {
        uint32_t row = s->pick.rows[i], bucket, name = 0;

        if (slot != NULL)
            name = slot[umami_number(e, row, UMAMI_BY_EVENT)];
        keys[i] = UMAMI_NO_GROUP;
        if (name == UMAMI_NO_GROUP)
            continue;
        bucket = number_bucket(s, bucket_of(b, e->time_ms[row]));
        all = (uint64_t)bucket * s->name_count + name;
        if (all >= BUCKETS_MAX)
            return err_set(err, E_LIMIT, "more than %d points; ask for a coarser unit",
                           BUCKETS_MAX);
        keys[i] = (uint32_t)all;
    }
    all = (uint64_t)s->bucket_count * s->name_count;
    s->out.points = arena_alloc(s->arena, (size_t)(all + 1) * sizeof *s->out.points);
    umami_count_groups(&s->pick, &(struct umami_groups){ keys, (uint32_t)all, true }, add_point, s);
    qsort(s->out.points, s->out.count, sizeof *s->out.points, compare_points);
    return OK;
}

enum status
store_umami_series(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                   enum umami_unit unit, const struct zone *zone, bool by_event, size_t limit,
                   struct umami_points *out, struct err *err)
{
    struct umami_line s = { .arena = arena, .name_count = 1 };
    struct buckets b = { .unit = unit, .wall = { .zone = zone } };
    enum status st = umami_pick_open(&s.pick, r, scope, err);

    if (st == OK && s.pick.count > 0)
        st = count_series(&s, &b, by_event ? number_names(&s, limit) : NULL, err);
    umami_pick_close(&s.pick);
    if (st == OK)
        *out = s.out;
    return st;
}

/* --- the week --------------------------------------------------------------------------------- */

#define WEEK_HOURS (7 * 24)

static void
take_hour(void *arg, uint32_t key, const struct umami_totals *totals)
{
    int64_t(*hours)[24] = arg;

    hours[key / 24][key % 24] = totals->visitors;
}

enum status
store_umami_week(struct store_reader *r, struct arena *arena, const struct umami_scope *scope,
                 const struct zone *zone, int64_t hours[7][24], struct err *err)
{
    struct wall wall = { .zone = zone };
    struct umami_pick pick;
    enum status st = umami_pick_open(&pick, r, scope, err);

    (void)arena;
    memset(hours, 0, WEEK_HOURS * sizeof hours[0][0]);
    if (st == OK && pick.count > 0) {
        uint32_t *keys = arena_room(pick.arena, pick.count * sizeof *keys);

        for (size_t i = 0; i < pick.count; i++) {
            int64_t ms = wall_ms(&wall, pick.events->time_ms[pick.rows[i]]);
            unsigned weekday = (day_weekday(day_of_ms(ms)) + 1) % 7;

            keys[i] = weekday * 24 + (uint32_t)((ms - round_down(ms, DAY_MS)) / HOUR_MS);
        }
        umami_count_groups(&pick, &(struct umami_groups){ keys, WEEK_HOURS, true }, take_hour,
                           hours);
    }
    umami_pick_close(&pick);
    return st;
}

/* --- the span --------------------------------------------------------------------------------- */

enum status
store_umami_span(struct store_reader *r, const uint8_t website[16], struct umami_span *out,
                 struct err *err)
{
    const struct umami_scope scope = { .start_ms = INT64_MIN,
                                       .end_ms = INT64_MAX - 1,
                                       .types = UMAMI_ALL_TYPES };
    struct umami_scope of = scope;
    struct umami_pick pick;
    enum status st;

    memcpy(of.website, website, 16);
    st = umami_pick_open(&pick, r, &of, err);
    if (st == OK) {
        *out = (struct umami_span){ 0 };
        if (pick.count > 0) {
            out->first_ms = pick.events->time_ms[pick.rows[0]];
            out->last_ms = pick.events->time_ms[pick.rows[pick.count - 1]];
        }
    }
    umami_pick_close(&pick);
    return st;
}
