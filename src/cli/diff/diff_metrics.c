/* diff_metrics.c - metrics and dimension sets that came and went, and the alarms that miss them.
 * SPDX-License-Identifier: MIT
 *
 * A series is namespace, name and the exact set of its dimensions: an alarm on [service] is blind
 * the moment the code publishes [service, region] instead, and says INSUFFICIENT_DATA at best. So
 * what is compared are the sets of dimension names that each metric is published with; values of
 * dimensions come and go with the traffic, and matter where an alarm names one. */
#include "config.h"

#include "cli/diff/diff_own.h"
#include "cli/diff/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GONE        "metric gone"
#define ALARMS_TOLD 5
#define MORE_LEAST  10 /* series more, and twice as many: worth a row */

/* A metric with one set of dimension names. */
struct shape {
    const struct series_key *key; /* of one of its series */
    size_t series;
};

struct shapes {
    struct shape *list; /* by namespace, metric and dimensions */
    size_t count;
};

/* "Shop Orders [region, service]" */
static const char *
shape_text(struct arena *arena, const struct shape *shape)
{
    const struct series_key *key = shape->key;
    const char *text = arena_printf(arena, "%s %s [", key->namespace_name, key->metric);

    for (size_t i = 0; i < key->dims.count; i++)
        text = arena_printf(arena, "%s%s%s", text, i == 0 ? "" : ", ", key->dims.dims[i].name);
    return arena_printf(arena, "%s]", text);
}

static int
metric_order(const struct series_key *x, const struct series_key *y)
{
    int order = strcmp(x->namespace_name, y->namespace_name);

    return order != 0 ? order : strcmp(x->metric, y->metric);
}

/* By the names of dimensions; they are sorted. */
static int
names_order(const struct series_key *x, const struct series_key *y)
{
    for (size_t i = 0; i < x->dims.count && i < y->dims.count; i++) {
        int order = strcmp(x->dims.dims[i].name, y->dims.dims[i].name);

        if (order != 0)
            return order;
    }
    return x->dims.count < y->dims.count ? -1 : x->dims.count > y->dims.count;
}

static int
by_shape(const void *a, const void *b)
{
    const struct shape *x = a, *y = b;
    int order = metric_order(x->key, y->key);

    return order != 0 ? order : names_order(x->key, y->key);
}

static struct shapes
shapes_of(struct arena *arena, const struct check_series *series)
{
    struct shapes out = { .list = arena_alloc(arena, (series->count + 1) * sizeof *out.list) };
    size_t kept = 0;

    for (size_t i = 0; i < series->count; i++)
        out.list[i] = (struct shape){ &series->list[i], 1 };
    if (series->count > 1)
        qsort(out.list, series->count, sizeof *out.list, by_shape);
    for (size_t i = 0; i < series->count; i++) {
        if (kept > 0 && by_shape(&out.list[kept - 1], &out.list[i]) == 0)
            out.list[kept - 1].series++;
        else
            out.list[kept++] = out.list[i];
    }
    out.count = kept;
    return out;
}

/* The shapes of a metric, from `from` on. */
static size_t
end_of(const struct shapes *s, size_t from)
{
    size_t end = from + 1;

    while (end < s->count && metric_order(s->list[end].key, s->list[from].key) == 0)
        end++;
    return end;
}

/* --- who looks at it -------------------------------------------------------------------------- */

/* The alarms of B, and those of A that B does not have, each once: both lists are by name. */
static const char *
alarms_on(struct diffing *d, const struct shape *shape, size_t *count)
{
    const struct digest *sides[2] = { d->b, d->a };
    const char *text = "", *last = "";

    *count = 0;
    for (size_t s = 0; s < 2 && *count == 0; s++) {
        for (size_t i = 0; i < sides[s]->watch_count; i++) {
            const struct digest_watch *w = &sides[s]->watches[i];

            if (strcmp(w->alarm, last) == 0 || metric_order(&w->key, shape->key) != 0 ||
                names_order(&w->key, shape->key) != 0)
                continue;
            last = w->alarm;
            if ((*count)++ < ALARMS_TOLD)
                text = arena_printf(d->out->arena, "%s%s%s", text, *count == 1 ? "" : ", ", last);
        }
    }
    return text;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* A metric that counts what goes wrong is often published only then: that it is gone says as well
 * that nothing went wrong. By its name, since nothing else tells it from one that was lost. */
static bool
counts_failures(const char *metric)
{
    static const char *const words[] = { "error",   "fail",     "fault",  "exception",
                                         "timeout", "throttle", "reject", "retry",
                                         "retries", "dropped",  "denied", "crash" };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasestr(metric, words[i]) != NULL)
            return true;
    }
    return false;
}

static void
add_shape(struct diffing *d, const struct shape *shape, bool is_new, const char *change,
          const char *note)
{
    struct arena *arena = d->out->arena;
    const char *series = arena_printf(arena, "%zu series", shape->series);
    struct diff_row row = { .section = DIFF_METRICS,
                            .verdict = is_new ? DIFF_CHANGED : DIFF_WORSE,
                            .change = change,
                            .what = shape_text(arena, shape),
                            .before = is_new ? "none" : series,
                            .after = is_new ? series : "none",
                            .note = note };
    size_t alarms = 0;

    if (!is_new)
        row.where = alarms_on(d, shape, &alarms);
    if (alarms > 0)
        row.note =
            arena_printf(arena, "%s%s%zu alarm%s %s this", note, *note == '\0' ? "" : "; ", alarms,
                         alarms == 1 ? "" : "s", alarms == 1 ? "looks at" : "look at");
    else if (strcmp(change, GONE) == 0 && counts_failures(shape->key->metric)) {
        row.verdict = DIFF_CHANGED;
        row.note = "by its name it counts failures: it may be that there were none";
    }
    diff_add(d, &row);
}

/* NULL: none of them has the dimensions of `like`. */
static const struct shape *
find_shape(const struct shapes *s, size_t from, size_t to, const struct series_key *like)
{
    for (size_t i = from; i < to; i++) {
        if (names_order(s->list[i].key, like) == 0)
            return &s->list[i];
    }
    return NULL;
}

/* A dimension with many new values is paid for by the value. */
static void
compare_series(struct diffing *d, const struct shape *before, const struct shape *later)
{
    struct arena *arena = d->out->arena;

    if (later->series < before->series + MORE_LEAST || later->series < 2 * before->series)
        return;
    diff_add(d, &(struct diff_row){ .section = DIFF_METRICS,
                                    .verdict = DIFF_CHANGED,
                                    .change = "more series",
                                    .what = shape_text(arena, later),
                                    .before = arena_printf(arena, "%zu series", before->series),
                                    .after = arena_printf(arena, "%zu series", later->series),
                                    .note = "each value of a dimension is a metric to pay for" });
}

static bool
has_dimension(const struct shapes *s, size_t from, size_t to, const char *name)
{
    for (size_t i = from; i < to; i++) {
        const struct dimension_set *set = &s->list[i].key->dims;

        for (size_t k = 0; k < set->count; k++) {
            if (strcmp(set->dims[k].name, name) == 0)
                return true;
        }
    }
    return false;
}

/* Those of a shape that no shape of the metric has on the other side; how many there are. */
static size_t
count_lost(const struct shape *shape, const struct shapes *other, size_t from, size_t to)
{
    const struct dimension_set *set = &shape->key->dims;
    size_t lost = 0;

    for (size_t k = 0; k < set->count; k++)
        lost += !has_dimension(other, from, to, set->dims[k].name);
    return lost;
}

/* A metric that both have. */
static void
compare_metric(struct diffing *d, const struct shapes *a, size_t a_from, size_t a_to,
               const struct shapes *b, size_t b_from, size_t b_to)
{
    for (size_t i = a_from; i < a_to; i++) {
        const struct shape *later = find_shape(b, b_from, b_to, a->list[i].key);
        size_t lost = count_lost(&a->list[i], b, b_from, b_to);

        if (later != NULL)
            compare_series(d, &a->list[i], later);
        else
            add_shape(d, &a->list[i], false, "dimensions gone",
                      lost > 0
                          ? arena_printf(d->out->arena,
                                         "%zu of them in no series of this metric any more", lost)
                          : "published in other combinations alone");
    }
    for (size_t i = b_from; i < b_to; i++) {
        if (find_shape(a, a_from, a_to, b->list[i].key) == NULL)
            add_shape(d, &b->list[i], true, "dimensions new", "");
    }
}

/* What the endpoints of vitals and errors make of what they are sent: without any of that, its
 * section tells it, and that there are no errors any more is no loss. */
static bool
is_told_elsewhere(const struct series_key *key, const struct digest *lacks)
{
    enum vital vital;
    bool is_vital = vital_parse(&vital, key->metric);

    if (strcmp(key->namespace_name, WEB_VITALS_NAMESPACE) != 0)
        return false;
    for (size_t i = 0; is_vital && i < lacks->vitals.count; i++) {
        if (lacks->vitals.list[i].vital == vital)
            return false;
    }
    return is_vital || (strcmp(key->metric, "Errors") == 0 && lacks->errors.errors == 0);
}

static void
add_metric(struct diffing *d, const struct shapes *s, size_t from, size_t to, bool is_new)
{
    if (is_told_elsewhere(s->list[from].key, is_new ? d->a : d->b))
        return;
    for (size_t i = from; i < to; i++)
        add_shape(d, &s->list[i], is_new, is_new ? "metric new" : GONE, "");
}

void
diff_metrics(struct diffing *d)
{
    struct arena *arena = arena_new();
    struct shapes a = shapes_of(arena, &d->a->series), b = shapes_of(arena, &d->b->series);
    size_t i = 0, k = 0;

    while (i < a.count || k < b.count) {
        int order = i == a.count   ? 1
                    : k == b.count ? -1
                                   : metric_order(a.list[i].key, b.list[k].key);
        size_t a_end = order <= 0 ? end_of(&a, i) : i, b_end = order >= 0 ? end_of(&b, k) : k;

        if (order < 0)
            add_metric(d, &a, i, a_end, false);
        else if (order > 0)
            add_metric(d, &b, k, b_end, true);
        else
            compare_metric(d, &a, i, a_end, &b, k, b_end);
        i = a_end;
        k = b_end;
    }
    arena_free(arena);
}

/* --- alarms ----------------------------------------------------------------------------------- */

static bool
has_alarm(const struct digest *of, const char *name)
{
    size_t low = 0, high = of->watch_count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(of->watches[middle].alarm, name);

        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Alarms that are on one side alone. */
static void
add_lonely_alarms(struct diffing *d, const struct digest *has, const struct digest *lacks,
                  bool is_new)
{
    for (size_t i = 0; i < has->watch_count; i++) {
        const char *name = has->watches[i].alarm;

        if ((i > 0 && strcmp(has->watches[i - 1].alarm, name) == 0) || has_alarm(lacks, name))
            continue;
        diff_add(d, &(struct diff_row){
                        .section = DIFF_ALARMS,
                        .verdict = DIFF_CHANGED,
                        .change = is_new ? "alarm new" : "alarm gone",
                        .what = name,
                        .where = diff_series_text(d->out->arena, &has->watches[i].key) });
    }
}

void
diff_alarms(struct diffing *d)
{
    const struct digest *a = d->a, *b = d->b;

    for (size_t i = 0; i < b->watch_count; i++) {
        const struct digest_watch *w = &b->watches[i];

        if (!check_series_has(&a->series, &w->key) || check_series_has(&b->series, &w->key))
            continue;
        diff_add(d, &(struct diff_row){ .section = DIFF_ALARMS,
                                        .verdict = DIFF_WORSE,
                                        .change = "alarm without data",
                                        .what = w->alarm,
                                        .before = "has data",
                                        .after = "none",
                                        .note = "the series that it looks at is gone",
                                        .where = diff_series_text(d->out->arena, &w->key) });
    }
    add_lonely_alarms(d, a, b, false);
    add_lonely_alarms(d, b, a, true);
}
