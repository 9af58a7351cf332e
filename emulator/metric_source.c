/* metric_source.c - the store and the stack, asked as one.
 * SPDX-License-Identifier: MIT
 *
 * A series that the stack does not have costs one binary search more than the store alone. One that
 * is only simulated is put into the periods that were asked for, value by value. One of both is
 * read from the store once more, minute by minute, to see which minutes are taken: those the stack
 * leaves out. Data that the store keeps only in hours or five minutes take all of these.
 *
 * Lists are merged by key. A page of the store is complete up to its last series (when it says that
 * there are more, it is full), so the first `limit` of both are right whatever comes behind, and
 * the key of the last one told is the continuation key of both. */
#include "config.h"

#include "emulator/metric_source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/hex.h"
#include "domain/money.h"
#include "domain/sketch.h"
#include "domain/stack_series.h"
#include "emulator/cost_ledger.h"

#define SECOND_MS     INT64_C(1000)
#define MINUTE_MS     INT64_C(60000)
#define KEY_BYTES_MAX ((size_t)128 << 10)
#define PAGE_MAX      10000

/* Called the same in AWS/Billing as in Cost Explorer. */
#define MEASURED_SERVICE "AmazonCloudWatch"

/* --- values ----------------------------------------------------------------------------------- */

/* Minutes of a range that the store has data of. */
struct taken {
    int64_t start_ms;
    size_t count;
    unsigned char *minutes; /* NULL: none */
};

static bool
is_taken(const struct taken *taken, int64_t time_ms)
{
    const size_t minute = (size_t)((time_ms - taken->start_ms) / MINUTE_MS);

    return taken->minutes != NULL && minute < taken->count && taken->minutes[minute] != 0;
}

/* What is only known of `tier` as a whole takes all its minutes. */
static void
take_bucket(struct taken *taken, int64_t start_ms, int64_t tier_ms)
{
    const size_t from = (size_t)((start_ms - taken->start_ms) / MINUTE_MS);
    const size_t count = (size_t)(tier_ms / MINUTE_MS);

    for (size_t i = from; i < from + count && i < taken->count; i++) {
        if (taken->minutes[i] != 0)
            return;
    }
    for (size_t i = from; i < from + count && i < taken->count; i++)
        taken->minutes[i] = 1;
}

static enum status
find_taken(const struct metric_source *source, const struct metric_query *query,
           struct taken *taken, struct err *err)
{
    static const int64_t tiers[] = { MINUTE_MS, 5 * MINUTE_MS, 60 * MINUTE_MS };
    struct arena *arena = arena_new();
    enum status st = OK;

    taken->start_ms = query->start_ms;
    taken->count = (size_t)((query->end_ms - query->start_ms) / MINUTE_MS + 1);
    taken->minutes = xcalloc(taken->count, 1);
    for (size_t t = 0; st == OK && t < sizeof tiers / sizeof tiers[0]; t++) {
        struct metric_query ask = *query;
        struct metric_buckets buckets = { 0 };

        if (query->period_ms % tiers[t] != 0)
            continue;
        ask.period_ms = tiers[t];
        ask.want_sketch = false;
        st = store_read_metric(source->reader, arena, &ask, &buckets, err);
        for (size_t i = 0; st == OK && i < buckets.count; i++)
            take_bucket(taken, buckets.buckets[i].start_ms, tiers[t]);
        arena_clear(arena);
    }
    arena_free(arena);
    return st;
}

/* One bucket in the making. */
struct filling {
    struct metric_bucket bucket;
    struct sketch *sketch; /* NULL: not wanted */
};

static void
add_set(struct statistic_set *to, const struct statistic_set *from)
{
    if (to->count == 0) {
        *to = *from;
        return;
    }
    to->count += from->count;
    to->sum += from->sum;
    to->min = fmin(to->min, from->min);
    to->max = fmax(to->max, from->max);
}

/* EstimatedCharges in which something measured can be: those of all services and of CloudWatch. */
static bool
is_measured_charge(const struct stack_series *series)
{
    const struct dimension_set *dims = &series->key.dims;

    if (strcmp(series->key.namespace_name, "AWS/Billing") != 0)
        return false;
    for (size_t i = 0; i < dims->count; i++) {
        if (strcmp(dims->dims[i].name, "ServiceName") == 0)
            return strcmp(dims->dims[i].value, MEASURED_SERVICE) == 0;
    }
    return true;
}

/* What was published for the period at `at_ms`; added to the bucket's sketch. The bill of the stack
 * becomes that of the ledger. */
static bool
read_value(struct filling *f, const struct metric_source *source, struct arena *arena,
           const struct stack_series *series, int64_t at_ms, struct statistic_set *set)
{
    int64_t more = 0;
    double usd;

    if (source->em == NULL || !is_measured_charge(series))
        return stack_series_value(source->stack, series, at_ms, set, f->sketch);
    if (!stack_series_value(source->stack, series, at_ms, set, NULL))
        return false;
    if (cost_month_difference(&more, source->em, source->reader, arena, at_ms, source->now_ms,
                              NULL) == OK &&
        more != 0) {
        usd = (double)(llround(set->sum * MONEY_USD) + more) / MONEY_USD;
        *set = (struct statistic_set){ .count = 1, .sum = usd, .min = usd, .max = usd };
    }
    if (f->sketch != NULL)
        sketch_add(f->sketch, set->sum, 1);
    return true;
}

/* The periods of the series within one bucket. */
static void
fill(struct filling *f, const struct metric_source *source, struct arena *arena,
     const struct stack_series *series, const struct taken *taken, int64_t from_ms, int64_t to_ms)
{
    const int64_t step_ms = series->period_s * SECOND_MS;

    for (int64_t at = from_ms + (step_ms - from_ms % step_ms) % step_ms; at < to_ms;
         at += step_ms) {
        struct statistic_set set;

        if (!is_taken(taken, at) && read_value(f, source, arena, series, at, &set))
            add_set(&f->bucket.set, &set);
    }
    f->bucket.sketch = f->sketch;
}

/* Where simulated data end: behind the newest period published, or where the question ends. */
static int64_t
end_of(const struct metric_source *source, const struct stack_series *series,
       const struct metric_query *query)
{
    const int64_t end_ms =
        stack_series_newest(series, source->now_ms) + series->period_s * SECOND_MS;

    return end_ms < query->end_ms ? end_ms : query->end_ms;
}

static int64_t
begin_of(const struct metric_source *source, const struct stack_series *series,
         const struct metric_query *query)
{
    const int64_t since_ms = stack_series_since(source->stack, series);

    return since_ms > query->start_ms ? since_ms - since_ms % query->period_ms : query->start_ms;
}

/* The buckets that the stack has something for. */
static void
simulate(const struct metric_source *source, struct arena *arena, const struct stack_series *series,
         const struct metric_query *query, const struct taken *taken, struct metric_buckets *out)
{
    const int64_t period_ms = query->period_ms, step_ms = series->period_s * SECOND_MS;
    const int64_t end_ms = end_of(source, series, query);
    int64_t at = begin_of(source, series, query);
    size_t room = 0;

    *out = (struct metric_buckets){ .unit = series->unit };
    if (period_ms < MINUTE_MS || at >= end_ms ||
        (query->unit >= 0 && query->unit != (int)series->unit))
        return;
    at -= at % period_ms;
    room = (size_t)((end_ms - at) / (period_ms > step_ms ? period_ms : step_ms)) + 2;
    out->buckets = arena_alloc(arena, room * sizeof *out->buckets);
    while (at < end_ms) {
        const int64_t to_ms = at + period_ms < end_ms ? at + period_ms : end_ms;
        struct filling f = { .bucket = { .start_ms = at } };

        if (query->want_sketch)
            f.sketch = sketch_new_in(arena);
        fill(&f, source, arena, series, taken, at, to_ms);
        if (f.bucket.set.count > 0)
            out->buckets[out->count++] = f.bucket;
        at += period_ms;
        if (step_ms > period_ms && at % step_ms != 0)
            at += (step_ms - at % step_ms) / period_ms * period_ms;
    }
}

static struct metric_bucket
join(struct arena *arena, const struct metric_bucket *a, const struct metric_bucket *b)
{
    struct metric_bucket out = *a;
    struct sketch *sketch;

    add_set(&out.set, &b->set);
    out.sketch = NULL;
    if (a->sketch != NULL && b->sketch != NULL) {
        sketch = sketch_new_in(arena);
        sketch_merge(sketch, a->sketch);
        sketch_merge(sketch, b->sketch);
        out.sketch = sketch;
    }
    return out;
}

static void
merge(struct arena *arena, const struct metric_buckets *a, const struct metric_buckets *b,
      struct metric_buckets *out)
{
    struct metric_bucket *list = arena_alloc(arena, (a->count + b->count + 1) * sizeof *list);
    size_t i = 0, k = 0, n = 0;

    while (i < a->count || k < b->count) {
        if (k == b->count || (i < a->count && a->buckets[i].start_ms < b->buckets[k].start_ms))
            list[n++] = a->buckets[i++];
        else if (i == a->count || b->buckets[k].start_ms < a->buckets[i].start_ms)
            list[n++] = b->buckets[k++];
        else
            list[n++] = join(arena, &a->buckets[i++], &b->buckets[k++]);
    }
    *out = (struct metric_buckets){ list, n, a->unit };
}

static enum status
read_both(const struct metric_source *source, struct arena *arena,
          const struct stack_series *series, const struct metric_query *query,
          const struct metric_buckets *stored, struct metric_buckets *out,
          enum metric_origin_kind *kind, struct err *err)
{
    struct metric_buckets simulated = { 0 };
    struct taken taken = { 0 };
    enum status st = OK;

    if (stored->count > 0 && query->period_ms >= MINUTE_MS)
        st = find_taken(source, query, &taken, err);
    if (st == OK)
        simulate(source, arena, series, query, &taken, &simulated);
    free(taken.minutes);
    if (st != OK)
        return st;
    if (simulated.count == 0) {
        *out = *stored;
    } else if (stored->count == 0) {
        *out = simulated;
        *kind = METRIC_SIMULATED;
    } else {
        merge(arena, stored, &simulated, out);
        *kind = METRIC_PARTLY_SIMULATED;
    }
    return OK;
}

enum status
metric_source_read(const struct metric_source *source, struct arena *arena,
                   const struct metric_query *query, struct metric_buckets *out,
                   enum metric_origin_kind *kind, struct err *err)
{
    const struct stack_series *series =
        source->stack == NULL ? NULL : stack_series_find(source->stack, &query->key);
    enum metric_origin_kind unused;
    struct metric_buckets stored = { 0 };
    enum status st = store_read_metric(source->reader, arena, query, &stored, err);

    if (kind == NULL)
        kind = &unused;
    *kind = METRIC_STORED;
    if (st == OK && series != NULL)
        return read_both(source, arena, series, query, &stored, out, kind, err);
    if (st == OK)
        *out = stored;
    return st;
}

/* --- which there are -------------------------------------------------------------------------- */

/* The store's continuation keys: the bytes of namespace, metric and dimensions, each with its NUL,
 * in hexadecimal. */
static const char *
key_print(struct arena *arena, const struct series_key *key)
{
    const char *text;
    struct buf b;
    char *hex;

    buf_init(&b, KEY_BYTES_MAX);
    buf_add(&b, key->namespace_name, strlen(key->namespace_name) + 1);
    buf_add(&b, key->metric, strlen(key->metric) + 1);
    for (size_t i = 0; i < key->dims.count; i++) {
        buf_add(&b, key->dims.dims[i].name, strlen(key->dims.dims[i].name) + 1);
        buf_add(&b, key->dims.dims[i].value, strlen(key->dims.dims[i].value) + 1);
    }
    hex = arena_alloc(arena, 2 * b.len + 1);
    hex_format(hex, b.data, b.len);
    text = hex;
    buf_fini(&b);
    return text;
}

/* The way back. A key that was cut (namespace or metric alone) reads as what sorts there. */
static bool
key_read(struct arena *arena, const char *hex, struct series_key *out)
{
    const size_t len = strlen(hex) / 2;
    char *bytes = arena_alloc(arena, len + 1);
    struct dimension *dims;
    const char **texts;
    size_t count = 0;

    if (strlen(hex) % 2 != 0 || !hex_parse(bytes, hex, len) || len == 0 || bytes[len - 1] != '\0')
        return false;
    texts = arena_alloc(arena, len * sizeof *texts);
    for (size_t at = 0; at < len; at += strlen(bytes + at) + 1)
        texts[count++] = bytes + at;
    if (count < 2 || count % 2 != 0)
        return false;
    dims = arena_alloc(arena, (count / 2) * sizeof *dims);
    for (size_t i = 2; i < count; i += 2)
        dims[i / 2 - 1] = (struct dimension){ texts[i], texts[i + 1] };
    *out = (struct series_key){ texts[0], texts[1], { dims, count / 2 - 1 } };
    return true;
}

/* A walk over the simulated series behind a key, those that match. */
struct walk {
    const struct metric_source *source;
    const struct series_filter *filter;
    const struct stack_series *all;
    size_t at, count;
};

static bool
is_before(const struct walk *w, size_t i, const struct series_key *after)
{
    const struct stack_series *series = &w->all[i];
    int order;

    if (after != NULL)
        return series_key_compare(&series->key, after) <= 0;
    if (w->filter->namespace_name == NULL)
        return false;
    order = strcmp(series->key.namespace_name, w->filter->namespace_name);
    if (order == 0 && w->filter->metric != NULL)
        order = strcmp(series->key.metric, w->filter->metric);
    return order < 0;
}

static void
walk_start(struct walk *w, const struct series_key *after)
{
    size_t low = 0, high;

    w->all = stack_series_all(w->source->stack, &w->count);
    high = w->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (is_before(w, middle, after))
            low = middle + 1;
        else
            high = middle;
    }
    w->at = low;
}

static struct series_info
info_of(const struct walk *w, const struct stack_series *series)
{
    return (struct series_info){
        .key = series->key,
        .unit = series->unit,
        .first_ms = stack_series_since(w->source->stack, series),
        .last_ms = stack_series_newest(series, w->source->now_ms),
    };
}

static bool
matches(const struct walk *w, const struct series_info *info)
{
    const struct series_filter *filter = w->filter;

    if (info->last_ms < info->first_ms || info->last_ms < filter->active_since_ms)
        return false;
    if (filter->metric != NULL && strcmp(filter->metric, info->key.metric) != 0)
        return false;
    for (size_t i = 0; i < filter->dim_count; i++) {
        if (!metric_has_dimension(&info->key.dims, &filter->dims[i]))
            return false;
    }
    return true;
}

/* The next that matches; false: there is none. It stays the next until walk->at moves on. */
static bool
walk_next(struct walk *w, struct series_info *out)
{
    for (; w->at < w->count; w->at++) {
        const struct stack_series *series = &w->all[w->at];

        if (w->filter->namespace_name != NULL &&
            strcmp(series->key.namespace_name, w->filter->namespace_name) != 0)
            return false;
        *out = info_of(w, series);
        if (matches(w, out))
            return true;
    }
    return false;
}

/* Whichever comes first, up to `limit`; *more: some are left. */
static void
merge_lists(struct walk *w, const struct series_page *stored, size_t limit,
            struct series_page *page, bool *more)
{
    struct series_info simulated;
    bool has = walk_next(w, &simulated);
    size_t i = 0;

    while (page->count < limit && (has || i < stored->count)) {
        const int order = !has ? -1
                          : i < stored->count
                              ? series_key_compare(&stored->series[i].key, &simulated.key)
                              : 1;

        page->series[page->count] = order <= 0 ? stored->series[i++] : simulated;
        if (order == 0 && simulated.last_ms > page->series[page->count].last_ms)
            page->series[page->count].last_ms = simulated.last_ms;
        page->count++;
        if (order < 0)
            continue;
        w->at++;
        has = walk_next(w, &simulated);
    }
    *more = has || i < stored->count;
}

enum status
metric_source_list(const struct metric_source *source, struct arena *arena,
                   const struct series_filter *filter, const char *after, size_t limit,
                   struct series_page *out, struct err *err)
{
    struct walk walk = { .source = source, .filter = filter };
    struct series_page stored = { 0 }, page = { 0 };
    struct series_key place;
    bool more;
    enum status st;

    limit = limit == 0 ? 1 : limit > PAGE_MAX ? PAGE_MAX : limit;
    st = store_list_series(source->reader, arena, filter, after, limit, &stored, err);
    if (st != OK)
        return st;
    if (source->stack == NULL) {
        *out = stored;
        return OK;
    }
    if (after != NULL && !key_read(arena, after, &place))
        return err_set(err, E_INVALID, "that is not a continuation key of a list of metrics");
    walk_start(&walk, after == NULL ? NULL : &place);
    page.series = arena_alloc(arena, limit * sizeof *page.series);
    merge_lists(&walk, &stored, limit, &page, &more);
    if (more || stored.next != NULL)
        page.next = key_print(arena, &page.series[page.count - 1].key);
    *out = page;
    return OK;
}

/* --- what is what ----------------------------------------------------------------------------- */

bool
metric_source_is_simulated(const struct stack *stack, const struct series_key *key)
{
    return stack != NULL && stack_series_find(stack, key) != NULL;
}

size_t
metric_source_namespaces(const struct stack *stack, const char **names, size_t max)
{
    const struct stack_series *all;
    const char *last = "";
    size_t count, found = 0;

    if (stack == NULL)
        return 0;
    all = stack_series_all(stack, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].key.namespace_name, last) == 0)
            continue;
        last = all[i].key.namespace_name;
        if (found < max)
            names[found] = last;
        found++;
    }
    return found;
}

struct metric_source_measured
metric_source_measured(size_t number)
{
    static const struct metric_source_measured all[] = {
        { "AWS/RDS", "CommitLatency" },
        { "AWS/RDS", "CommitThroughput" },
    };

    return number < sizeof all / sizeof all[0] ? all[number]
                                               : (struct metric_source_measured){ NULL, NULL };
}
