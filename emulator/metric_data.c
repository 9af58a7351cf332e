/* metric_data.c - the values of metric data queries.
 * SPDX-License-Identifier: MIT
 *
 * Queries that look at the same series through the same period form a group, and its data are read
 * once per group: five statistics of one series cost what one does. A group's buckets, with their
 * sketches, live in an arena of their own that is freed as soon as the group's values are computed,
 * so 500 series over a day never stand in memory as sketches all at once.
 *
 * Groups are read lazily: a query that nobody asks for is not read. What a request may hold in
 * values is bounded by METRIC_DATA_POINTS_MAX. */
#include "config.h"

#include "emulator/metric_data_own.h"

#include <math.h>
#include <string.h>

#include "domain/sketch.h"
#include "emulator/aws_metric.h"

size_t
metric_data_count(const struct metric_data *data)
{
    return data->count;
}

bool
metric_data_is_returned(const struct metric_data *data, size_t query)
{
    return data->entries[query].is_returned;
}

bool
metric_data_is_foreign(const struct metric_data *data, size_t query)
{
    return data->entries[query].is_foreign;
}

bool
metric_data_is_cut(const struct metric_data *data)
{
    return data->is_cut;
}

void
metric_data_labels(struct metric_data *data, const char *region, int zone_minutes)
{
    data->region = region;
    data->zone_minutes = zone_minutes;
}

void
metric_data_begin(struct metric_data *data, const struct metric_source *source, struct arena *arena,
                  int64_t start_ms, int64_t end_ms)
{
    data->source = *source;
    data->arena = arena;
    data->start_ms = start_ms;
    data->end_ms = end_ms;
    data->points_kept = 0;
    data->is_cut = false;
    for (size_t i = 0; i < data->count; i++)
        data->entries[i].is_known = false;
}

/* --- metrics --- */

bool
metric_data_ask(const struct metric_data *data, const struct series_key *key, int64_t period_ms,
                struct metric_query *out)
{
    const struct aws_metric_range range =
        aws_metric_range(data->start_ms, data->end_ms, period_ms, data->source.now_ms);

    *out = (struct metric_query){
        .key = *key,
        .start_ms = range.start_ms,
        .end_ms = range.end_ms,
        .period_ms = period_ms,
        .unit = -1,
    };
    return range.start_ms < range.end_ms;
}

enum status
metric_data_values(struct metric_data *data, const struct statistic *stat,
                   const struct metric_buckets *buckets, struct math_series *out, struct err *err)
{
    int64_t *times = arena_alloc(data->arena, (buckets->count + 1) * sizeof *times);
    double *values = arena_alloc(data->arena, (buckets->count + 1) * sizeof *values);

    if (buckets->count > METRIC_DATA_POINTS_MAX - data->points_kept)
        return err_set(err, E_LIMIT,
                       "the metrics of this request have too many datapoints: ask for a shorter "
                       "range, a longer period or fewer metrics");
    data->points_kept += buckets->count;
    *out = (struct math_series){ .times_ms = times, .values = values };
    for (size_t i = 0; i < buckets->count; i++) {
        const struct metric_bucket *bucket = &buckets->buckets[i];
        double value = statistic_value(stat, &bucket->set, bucket->sketch);

        if (!isfinite(value))
            continue;
        times[out->count] = bucket->start_ms;
        values[out->count++] = value;
    }
    return OK;
}

static enum status
fill_in(struct metric_data *data, struct metric_data_entry *e, const struct metric_buckets *buckets,
        enum metric_origin_kind kind, struct err *err)
{
    struct math_series *series = arena_alloc(data->arena, sizeof *series);
    struct metric_data_series *result = arena_alloc(data->arena, sizeof *result);
    enum status st = metric_data_values(data, &e->stat, buckets, series, err);

    if (st != OK)
        return st;
    e->origin.kind = kind;
    series->period_ms = e->period_ms;
    series->origin = &e->origin;
    e->value = (struct math_value){ .type = MATH_SERIES, .series = series, .count = 1 };
    *result = (struct metric_data_series){
        .id = e->id,
        .label = metric_data_label(data, e, series),
        .times_ms = series->times_ms,
        .values = series->values,
        .count = series->count,
        .period_ms = series->period_ms,
    };
    e->result = (struct metric_data_result){ result, 1 };
    e->is_known = true;
    return OK;
}

static bool
is_of_group(const struct metric_data *data, size_t query, size_t group)
{
    const struct metric_data_entry *e = &data->entries[query];

    return e->math == NULL && e->group == group && !e->is_known;
}

enum status
metric_data_read_metric(struct metric_data *data, size_t query, struct err *err)
{
    const struct metric_data_entry *e = &data->entries[query];
    enum metric_origin_kind kind = METRIC_STORED;
    struct metric_buckets buckets = { 0 };
    struct metric_query ask;
    struct arena *arena;
    enum status st = OK;
    bool is_kept;

    if (e->is_known)
        return OK;
    is_kept = metric_data_ask(data, &e->origin.key, e->period_ms, &ask) && !e->is_foreign;
    ask.unit = e->unit;
    for (size_t k = e->group; k < data->count; k++) {
        if (is_of_group(data, k, e->group) && statistic_needs_sketch(&data->entries[k].stat))
            ask.want_sketch = true;
    }
    arena = arena_new();
    if (is_kept)
        st = metric_source_read(&data->source, arena, &ask, &buckets, &kind, err);
    for (size_t k = e->group; st == OK && k < data->count; k++) {
        if (is_of_group(data, k, e->group))
            st = fill_in(data, &data->entries[k], &buckets, kind, err);
    }
    arena_free(arena);
    return st;
}

/* --- all of it --- */

enum status
metric_data_query(struct metric_data *data, size_t query, struct metric_data_result *out,
                  struct err *err)
{
    struct metric_data_entry *e = &data->entries[query];
    enum status st = OK;

    if (e->math == NULL)
        st = metric_data_read_metric(data, query, err);
    else if (!e->is_known)
        st = metric_data_eval(data, query, err);
    if (st == OK)
        *out = e->result;
    return st;
}

enum status
metric_data_compute(struct metric_data *data, const struct metric_source *source,
                    struct arena *arena, int64_t start_ms, int64_t end_ms,
                    struct metric_data_result *out, struct err *err)
{
    struct metric_data_result *parts = arena_alloc(arena, data->count * sizeof *parts);
    struct metric_data_series *all;
    size_t count = 0;

    metric_data_begin(data, source, arena, start_ms, end_ms);
    for (size_t i = 0; i < data->count; i++) {
        enum status st;

        if (!data->entries[i].is_returned)
            continue;
        st = metric_data_query(data, i, &parts[i], err);
        if (st != OK)
            return st;
        count += parts[i].count;
    }
    all = arena_alloc(arena, (count + 1) * sizeof *all);
    *out = (struct metric_data_result){ .series = all };
    for (size_t i = 0; i < data->count; i++) {
        if (parts[i].count > 0)
            memcpy(&all[out->count], parts[i].series, parts[i].count * sizeof *all);
        out->count += parts[i].count;
    }
    return OK;
}
