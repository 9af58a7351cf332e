/* metric_data.c - the values of metric data queries.
 * SPDX-License-Identifier: MIT
 *
 * Queries that look at the same series through the same period form a group, and the store is read
 * once per group: five statistics of one series cost what one does. A group's buckets, with their
 * sketches, live in an arena of their own that is freed as soon as the group's values are computed,
 * so 500 series over a day never stand in memory as sketches all at once.
 *
 * Groups are read lazily: a query that nobody asks for is not read. */
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

void
metric_data_begin(struct metric_data *data, struct store_reader *reader, struct arena *arena,
                  int64_t start_ms, int64_t end_ms, int64_t now_ms)
{
    data->reader = reader;
    data->arena = arena;
    data->start_ms = start_ms;
    data->end_ms = end_ms;
    data->now_ms = now_ms;
    for (size_t i = 0; i < data->count; i++)
        data->entries[i].is_known = false;
}

/* --- metrics --- */

/* What CloudWatch shows when no label is given: the metric's name, and whatever else tells this
 * query from its neighbours: the values of its dimensions, its statistic. */
const char *
metric_data_label(const struct metric_data *data, const struct metric_data_entry *e)
{
    bool dims_differ = false, stats_differ = false, names_differ = false;
    struct arena *arena = data->arena;
    const char *label = "";

    for (size_t i = 0; i < data->count; i++) {
        const struct metric_data_entry *other = &data->entries[i];

        if (e->metric_hash != other->metric_hash)
            continue;
        names_differ |= strcmp(e->key.namespace_name, other->key.namespace_name) != 0;
        dims_differ |= e->dims_hash != other->dims_hash;
        stats_differ |= strcmp(e->stat_name, other->stat_name) != 0;
    }
    if (names_differ)
        label = arena_printf(arena, "%s ", e->key.namespace_name);
    for (size_t i = 0; dims_differ && i < e->key.dims.count; i++)
        label = arena_printf(arena, "%s%s ", label, e->key.dims.dims[i].value);
    label = arena_printf(arena, "%s%s", label, e->key.metric);
    return stats_differ ? arena_printf(arena, "%s %s", label, e->stat_name) : label;
}

static void
fill_in(const struct metric_data *data, struct metric_data_entry *e,
        const struct metric_buckets *buckets)
{
    int64_t *times = arena_alloc(data->arena, (buckets->count + 1) * sizeof *times);
    double *values = arena_alloc(data->arena, (buckets->count + 1) * sizeof *values);
    size_t n = 0;

    for (size_t i = 0; i < buckets->count; i++) {
        const struct metric_bucket *bucket = &buckets->buckets[i];
        double value = statistic_value(&e->stat, &bucket->set, bucket->sketch);

        if (!isfinite(value))
            continue;
        times[n] = bucket->start_ms;
        values[n++] = value;
    }
    e->is_known = true;
    e->series = (struct metric_data_series){
        .id = e->id,
        .label = e->label != NULL ? e->label : metric_data_label(data, e),
        .times_ms = times,
        .values = values,
        .count = n,
        .period_ms = e->period_ms,
    };
}

/* Reads the group of query `i` and computes every query in it. */
static enum status
read_group(struct metric_data *data, size_t i, struct err *err)
{
    const struct metric_data_entry *e = &data->entries[i];
    const struct aws_metric_range range =
        aws_metric_range(data->start_ms, data->end_ms, e->period_ms, data->now_ms);
    struct metric_query ask = {
        .key = e->key,
        .start_ms = range.start_ms,
        .end_ms = range.end_ms,
        .period_ms = e->period_ms,
        .unit = e->unit,
    };
    struct metric_buckets buckets = { 0 };
    struct arena *arena = arena_new();
    enum status st = OK;

    for (size_t k = e->group; k < data->count; k++) {
        if (data->entries[k].group == e->group && statistic_needs_sketch(&data->entries[k].stat))
            ask.want_sketch = true;
    }
    if (range.start_ms < range.end_ms)
        st = store_read_metric(data->reader, arena, &ask, &buckets, err);
    for (size_t k = e->group; st == OK && k < data->count; k++) {
        if (data->entries[k].group == e->group)
            fill_in(data, &data->entries[k], &buckets);
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

    if (!e->is_known) {
        enum status st = read_group(data, query, err);

        if (st != OK)
            return st;
    }
    *out = (struct metric_data_result){ &e->series, 1 };
    return OK;
}

enum status
metric_data_compute(struct metric_data *data, struct store_reader *reader, struct arena *arena,
                    int64_t start_ms, int64_t end_ms, int64_t now_ms,
                    struct metric_data_result *out, struct err *err)
{
    struct metric_data_result *parts = arena_alloc(arena, data->count * sizeof *parts);
    struct metric_data_series *all;
    size_t count = 0;

    metric_data_begin(data, reader, arena, start_ms, end_ms, now_ms);
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
