/* metric_data_math.c - the expressions among metric data queries.
 * SPDX-License-Identifier: MIT
 *
 * An expression is computed in a scratch arena, and only its result is kept. Those it names come
 * first, in the order found when they were checked, one at a time: however long a chain of
 * expressions is, one of them is under way. SEARCH() looks through the list of series and reads
 * each that it finds. */
#include "config.h"

#include "emulator/metric_data_own.h"

#include <stdlib.h>
#include <string.h>

#include "domain/limits.h"
#include "domain/series_search.h"
#include "emulator/aws_call.h"
#include "emulator/aws_metric.h"

#define PAGE_SERIES 1000
/* CloudWatch caps what a search brings: 500 series of a search alone, 100 inside an expression. */
#define FOUND_ALONE_MAX 500
#define FOUND_MAX       100

/* --- what ids and METRICS() stand for --- */

struct evaluation {
    struct metric_data *data;
    const struct metric_data_entry *entry;
};

static enum status
world_id(void *arg, const char *id, struct math_value *out, struct err *err)
{
    struct metric_data *data = ((struct evaluation *)arg)->data;
    const uint64_t hash = metric_data_hash(id, 0);

    for (size_t i = 0; i < data->count; i++) {
        struct metric_data_entry *e = &data->entries[i];
        enum status st = OK;

        if (e->id_hash != hash || strcmp(e->id, id) != 0)
            continue;
        if (e->math == NULL)
            st = metric_data_read_metric(data, i, err);
        if (st == OK)
            *out = e->value;
        return st;
    }
    return err_set(err, E_INTERNAL, "the id %s was not checked", id);
}

static enum status
world_metrics(void *arg, const char *part, struct math_value *out, struct err *err)
{
    struct metric_data *data = ((struct evaluation *)arg)->data;
    struct math_series *series = arena_alloc(data->scratch, data->count * sizeof *series);

    *out = (struct math_value){ .type = MATH_ARRAY, .series = series };
    for (size_t i = 0; i < data->count; i++) {
        const struct metric_data_entry *e = &data->entries[i];
        enum status st;

        if (e->math != NULL || (part != NULL && strstr(e->id, part) == NULL))
            continue;
        st = metric_data_read_metric(data, i, err);
        if (st != OK)
            return st;
        series[out->count] = e->value.series[0];
        series[out->count++].label = e->result.series[0].label;
    }
    return OK;
}

static void
world_range(void *arg, int64_t period_ms, int64_t *start_ms, int64_t *end_ms)
{
    const struct metric_data *data = ((struct evaluation *)arg)->data;
    const struct aws_metric_range range =
        aws_metric_range(data->start_ms, data->end_ms, period_ms, data->source.now_ms);

    *start_ms = range.start_ms;
    *end_ms = range.end_ms;
}

/* --- SEARCH() --- */

struct finding {
    struct metric_data *data;
    const struct series_search *search;
    const char *stat_name;
    size_t max;
    struct metric_origin *found;
    size_t count;
};

/* A key that outlives the page it was listed in. */
static struct series_key
copy_key(struct arena *arena, const struct series_key *key)
{
    struct dimension *dims = arena_alloc(arena, (key->dims.count + 1) * sizeof *dims);

    for (size_t i = 0; i < key->dims.count; i++)
        dims[i] = (struct dimension){ arena_strdup(arena, key->dims.dims[i].name),
                                      arena_strdup(arena, key->dims.dims[i].value) };
    return (struct series_key){ arena_strdup(arena, key->namespace_name),
                                arena_strdup(arena, key->metric),
                                { dims, key->dims.count } };
}

static void
take_found(struct finding *f, const struct series_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        struct metric_origin *origin = &f->found[f->count];

        if (!series_search_matches(f->search, &page->series[i].key, AWS_ACCOUNT))
            continue;
        if (f->count == f->max) {
            f->data->is_cut = true;
            return;
        }
        origin->key = copy_key(f->data->arena, &page->series[i].key);
        origin->stat_name = f->stat_name;
        metric_origin_hash(origin);
        f->count++;
    }
}

/* All series seen in the last two weeks that match, in the order of ListMetrics. */
static enum status
find_series(struct finding *f, struct err *err)
{
    const struct series_filter filter = {
        .namespace_name = series_search_namespace(f->search),
        .active_since_ms = f->data->source.now_ms - LIMIT_PAST_MS,
    };
    const char *after = NULL;
    enum status st = OK;

    do {
        struct arena *arena = arena_new();
        struct series_page page = { 0 };

        st = metric_source_list(&f->data->source, arena, &filter, after, PAGE_SERIES, &page, err);
        if (st == OK)
            take_found(f, &page);
        after = page.next == NULL ? NULL : arena_strdup(f->data->scratch, page.next);
        arena_free(arena);
    } while (st == OK && after != NULL && !f->data->is_cut);
    return st;
}

static enum status
read_found(struct metric_data *data, struct metric_origin *origin, const struct statistic *stat,
           int64_t period_ms, struct math_series *out, struct err *err)
{
    struct metric_buckets buckets = { 0 };
    struct metric_query ask;
    struct arena *arena = arena_new();
    enum status st = OK;

    if (metric_data_ask(data, &origin->key, period_ms, &ask)) {
        ask.want_sketch = statistic_needs_sketch(stat);
        st = metric_source_read(&data->source, arena, &ask, &buckets, &origin->kind, err);
    }
    if (st == OK)
        st = metric_data_values(data, stat, &buckets, out, err);
    out->period_ms = period_ms;
    out->origin = origin;
    arena_free(arena);
    return st;
}

static enum status
world_search(void *arg, const struct series_search *search, const char *stat_name,
             int64_t period_ms, struct math_value *out, struct err *err)
{
    const struct evaluation *ev = arg;
    struct metric_data *data = ev->data;
    struct finding f = { data, search, stat_name, FOUND_MAX, NULL, 0 };
    const struct metric_origin **all;
    struct math_series *series;
    struct statistic stat;
    enum status st = statistic_parse(&stat, stat_name, err);

    if (period_ms == 0)
        period_ms = ev->entry->period_ms;
    if (metric_math_is_search(ev->entry->math))
        f.max = FOUND_ALONE_MAX;
    f.found = arena_alloc(data->arena, f.max * sizeof *f.found);
    if (st == OK)
        st = find_series(&f, err);
    series = arena_alloc(data->scratch, (f.count + 1) * sizeof *series);
    all = arena_alloc(data->scratch, (f.count + 1) * sizeof *all);
    for (size_t i = 0; i < f.count; i++)
        all[i] = &f.found[i];
    for (size_t i = 0; st == OK && i < f.count; i++) {
        st = read_found(data, &f.found[i], &stat, period_ms, &series[i], err);
        series[i].label = metric_data_default_label(data->arena, all[i], all, f.count);
    }
    *out = (struct math_value){ .type = MATH_ARRAY, .series = series, .count = f.count };
    return st;
}

/* --- one expression --- */

/* Keeps a result; the scratch arena with all that led to it may go. */
static enum status
keep(struct metric_data *data, struct metric_data_entry *e, const struct math_value *value,
     struct err *err)
{
    struct math_series *series = arena_alloc(data->arena, (value->count + 1) * sizeof *series);
    size_t points = value->count * MATH_SERIES_POINTS;

    for (size_t i = 0; i < value->count; i++)
        points += value->series[i].count;
    if (points > METRIC_DATA_POINTS_MAX - data->points_kept)
        return err_set(err, E_LIMIT,
                       "the expressions of this request make too many datapoints: ask for a "
                       "shorter range, a longer period or fewer metrics");
    data->points_kept += points;
    for (size_t i = 0; i < value->count; i++) {
        const struct math_series *from = &value->series[i];
        int64_t *times = arena_alloc(data->arena, (from->count + 1) * sizeof *times);
        double *values = arena_alloc(data->arena, (from->count + 1) * sizeof *values);

        if (from->count > 0) {
            memcpy(times, from->times_ms, from->count * sizeof *times);
            memcpy(values, from->values, from->count * sizeof *values);
        }
        series[i] = *from;
        series[i].times_ms = times;
        series[i].values = values;
    }
    e->value = *value;
    e->value.series = series;
    return OK;
}

/* The period of a series made of a number: what the query says, else the shortest there is. */
static int64_t
own_period(const struct metric_data *data, const struct metric_data_entry *e)
{
    int64_t shortest = e->period_ms;

    for (size_t i = 0; e->period_ms == 0 && i < data->count; i++) {
        const struct metric_data_entry *other = &data->entries[i];

        if (other->math == NULL && (shortest == 0 || other->period_ms < shortest))
            shortest = other->period_ms;
    }
    if (shortest != 0)
        return shortest;
    if (data->source.now_ms - data->start_ms <= LIMIT_KEEP_60S_MS)
        return 60000;
    return data->source.now_ms - data->start_ms <= LIMIT_KEEP_300S_MS ? 300000 : 3600000;
}

static enum status
eval_one(struct metric_data *data, struct metric_data_entry *e, struct err *err)
{
    struct evaluation ev = { data, e };
    const struct math_world world = {
        .arg = &ev,
        .id = world_id,
        .metrics = world_metrics,
        .search = world_search,
        .range = world_range,
        .period_ms = own_period(data, e),
        .points_left = &data->points_left,
    };
    struct math_value value;
    enum status st;

    data->points_left = METRIC_DATA_POINTS_MAX - data->points_kept;
    data->scratch = arena_new();
    st = metric_math_eval(e->math, &world, data->scratch, &value, err);
    if (st == OK)
        st = keep(data, e, &value, err);
    else if (st == E_INVALID)
        err_context(err, "Error in expression '%s'", e->id);
    arena_free(data->scratch);
    data->scratch = NULL;
    return st;
}

static void
put_results(struct metric_data *data, struct metric_data_entry *e)
{
    struct metric_data_series *series =
        arena_alloc(data->arena, (e->value.count + 1) * sizeof *series);

    for (size_t i = 0; i < e->value.count; i++) {
        const struct math_series *from = &e->value.series[i];

        series[i] = (struct metric_data_series){
            .id = e->id,
            .label = metric_data_label(data, e, from),
            .times_ms = from->times_ms,
            .values = from->values,
            .count = from->count,
            .period_ms = from->period_ms,
        };
    }
    e->result = (struct metric_data_result){ series, e->value.count };
}

/* Marks the query and every expression it leads to. */
static void
mark_needed(const struct metric_data *data, size_t query, bool *needed)
{
    needed[query] = true;
    for (size_t i = data->order_count; i-- > 0;) {
        const struct metric_data_entry *e = &data->entries[data->order[i]];

        for (size_t k = 0; needed[data->order[i]] && !e->is_known && k < e->ref_count; k++)
            needed[e->refs[k]] = true;
    }
}

enum status
metric_data_eval(struct metric_data *data, size_t query, struct err *err)
{
    bool *needed = xcalloc(data->count, sizeof *needed);
    enum status st = OK;

    mark_needed(data, query, needed);
    for (size_t i = 0; st == OK && i < data->order_count; i++) {
        struct metric_data_entry *e = &data->entries[data->order[i]];

        if (!needed[data->order[i]] || e->is_known)
            continue;
        st = eval_one(data, e, err);
        if (st == OK)
            put_results(data, e);
        e->is_known = st == OK;
    }
    free(needed);
    return st;
}
