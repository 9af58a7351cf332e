/* buckets.c - the buckets that recordings go to, by what S3 publishes of them once a day.
 * SPDX-License-Identifier: MIT
 *
 * Which those are is known by their names, as for the wires of the diagram (edges.h), whose list of
 * names this shares. S3 tells the bytes of each storage class in a series of its own, and they are
 * added up here. Two weeks are asked for, since only growth over days says whether old recordings
 * go. */
#include "config.h"

#include "tui/views/buckets.h"

#include "tui/format.h"
#include "tui/views/edges.h"
#include "tui/views/parts.h"

#include <math.h>
#include <string.h>

#define DAY_MS  INT64_C(86400000)
#define SPAN_MS (14 * DAY_MS)
#define PACE_MS (DAY_MS / 4)
#define MOST    20 /* series */
#define ANSWER  "health.buckets"
#define BYTES   "BucketSizeBytes"
#define OBJECTS "NumberOfObjects"

static bool
is_told(const struct series_key *key, const char *metric)
{
    return strcmp(key->metric, metric) == 0 && dimension_value(&key->dims, "BucketName") != NULL &&
           dimension_value(&key->dims, "StorageType") != NULL && edges_are_recordings(key);
}

static const char *
id_of(struct arena *arena, const struct series_key *key)
{
    return arena_printf(arena, "%s %s %s", key->metric, dimension_value(&key->dims, "BucketName"),
                        dimension_value(&key->dims, "StorageType"));
}

void
buckets_ask(struct ask_list *asks, const struct view_query *q)
{
    const struct answer *names = snapshot_answer(q->snapshot, EDGES_BUCKETS);
    struct arena *arena = arena_new();
    struct query_list queries = { .arena = arena };

    for (size_t i = 0; names != NULL && i < names->name_count && queries.count < MOST; i++) {
        const struct series_key *key = &names->names[i];

        if (is_told(key, BYTES) || is_told(key, OBJECTS))
            query_add(&queries, id_of(arena, key), key, "Average", (int32_t)(DAY_MS / 1000));
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = ANSWER,
                                          .kind = ASK_METRICS,
                                          .range = { .span_ms = SPAN_MS },
                                          .pace_ms = PACE_MS,
                                          .queries = queries.items,
                                          .query_count = queries.count });
    arena_free(arena);
}

struct size {
    double last;  /* NaN: nothing is known */
    double a_day; /* NaN: of one day alone */
};

/* All series of a bucket together. */
static struct size
size_of(struct arena *arena, const struct view_query *q, const char *bucket, const char *metric)
{
    const struct answer *names = snapshot_answer(q->snapshot, EDGES_BUCKETS);
    const struct answer *answer = snapshot_answer(q->snapshot, ANSWER);
    struct size size = { (double)NAN, (double)NAN };

    for (size_t i = 0; i < names->name_count; i++) {
        const struct series_key *key = &names->names[i];
        const struct metric_points *p = NULL;
        int64_t span_ms;

        if (is_told(key, metric) && strcmp(dimension_value(&key->dims, "BucketName"), bucket) == 0)
            p = answer_points(answer, id_of(arena, key));
        if (p == NULL || p->count == 0)
            continue;
        size.last = (isnan(size.last) ? 0 : size.last) + p->values[p->count - 1];
        span_ms = p->times_ms[p->count - 1] - p->times_ms[0];
        if (span_ms > 0)
            size.a_day =
                (isnan(size.a_day) ? 0 : size.a_day) +
                (p->values[p->count - 1] - p->values[0]) * (double)DAY_MS / (double)span_ms;
    }
    return size;
}

static const char *
bytes_text(struct arena *arena, double bytes)
{
    char text[FORMAT_TEXT];

    format_quantity(text, bytes, QUANTITY_BYTES);
    return arena_strdup(arena, text);
}

static const char *
bucket_text(struct arena *arena, const struct size *bytes, const struct size *objects)
{
    const char *text = bytes_text(arena, bytes->last);

    if (!isnan(objects->last))
        text = arena_printf(arena, "%s in %s", text, counted(arena, objects->last, "object"));
    if (!isnan(bytes->a_day))
        text = arena_printf(arena, "%s, %s%s a day", text, bytes->a_day < 0 ? "-" : "+",
                            bytes_text(arena, fabs(bytes->a_day)));
    return text;
}

static bool
is_first(const struct answer *names, size_t at, const char *bucket)
{
    for (size_t i = 0; i < at; i++) {
        if (is_told(&names->names[i], BYTES) &&
            strcmp(dimension_value(&names->names[i].dims, "BucketName"), bucket) == 0)
            return false;
    }
    return true;
}

void
buckets_add(struct things *all, const struct view_query *q)
{
    const struct answer *names = snapshot_answer(q->snapshot, EDGES_BUCKETS);
    const struct answer *answer = snapshot_answer(q->snapshot, ANSWER);

    if (names == NULL || answer == NULL)
        return;
    for (size_t i = 0; i < names->name_count; i++) {
        const struct series_key *key = &names->names[i];
        const char *bucket = dimension_value(&key->dims, "BucketName");
        struct size bytes, objects;

        if (!is_told(key, BYTES) || !is_first(names, i, bucket))
            continue;
        bytes = size_of(all->arena, q, bucket, BYTES);
        objects = size_of(all->arena, q, bucket, OBJECTS);
        things_add(all, arena_printf(all->arena, "bucket %s", bucket),
                   isnan(bytes.last) ? LEVEL_UNKNOWN : LEVEL_OK, 0,
                   isnan(bytes.last)
                       ? answer->failure != NULL ? answer->failure : "no size in two weeks"
                       : arena_printf(all->arena, "%s%s", bucket_text(all->arena, &bytes, &objects),
                                      things_origin(q)));
    }
}
