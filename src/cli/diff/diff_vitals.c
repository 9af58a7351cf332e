/* diff_vitals.c - p75 of each vital and route on both sides, and whether chance explains it.
 * SPDX-License-Identifier: MIT
 *
 * By the rules of `check vitals --baseline` (vital_samples.h): values that are the same, in
 * whatever order, are no difference; too few on either side are not judged. What became slower is
 * worse once its p75 left its rating (web.dev's limits). */
#include "config.h"

#include "cli/diff/diff_own.h"
#include "cli/diff/digest.h"

#include "base/json.h"

#include <math.h>
#include <string.h>

static const char *
value_text(struct diffing *d, enum vital vital, double value)
{
    return vitals[vital].unit == UNIT_NONE ? arena_printf(d->out->arena, "%.3f", value)
                                           : arena_printf(d->out->arena, "%.0f ms", value);
}

/* "2410 ms, good (n 40)" */
static const char *
side_text(struct diffing *d, const struct vital_series *s)
{
    double p75;

    if (s == NULL || s->count == 0)
        return "none";
    p75 = rank_quantile(s->values, s->count, VITAL_SHARE);
    return arena_printf(d->out->arena, "%s, %s (n %zu%s)", value_text(d, s->vital, p75),
                        rating_screen_name(vital_rate(s->vital, p75)), s->seen,
                        s->seen > s->count ? ", sampled" : "");
}

static const char *
details(struct diffing *d, const struct vital_series *before, const struct vital_series *later,
        const struct vital_change *change)
{
    const struct vital_series *any = later == NULL ? before : later;
    const char *text;
    struct buf b;

    buf_init(&b, 4096);
    buf_addf(&b, "\"vital\":\"%s\",\"route\":", vitals[any->vital].name);
    json_print_string(&b, any->route, strlen(any->route));
    buf_addf(&b, ",\"samples\":[%zu,%zu],\"p75\":[", before == NULL ? 0 : before->seen,
             later == NULL ? 0 : later->seen);
    json_print_number(&b, before == NULL
                              ? (double)NAN
                              : rank_quantile(before->values, before->count, VITAL_SHARE));
    buf_addc(&b, ',');
    json_print_number(&b, later == NULL ? (double)NAN
                                        : rank_quantile(later->values, later->count, VITAL_SHARE));
    buf_addc(&b, ']');
    if (change != NULL) {
        buf_adds(&b, ",\"p\":");
        json_print_number(&b, change->test.p);
        buf_adds(&b, ",\"pCounts\":");
        json_print_number(&b, change->chance);
    }
    text = arena_strdup(d->out->arena, b.data);
    buf_fini(&b);
    return text;
}

/* What is common to all rows. */
static struct diff_row
row_of(struct diffing *d, const struct vital_series *before, const struct vital_series *later)
{
    const struct vital_series *any = later == NULL ? before : later;

    return (struct diff_row){ .section = DIFF_VITALS,
                              .what = arena_printf(d->out->arena, "%s %s", vitals[any->vital].name,
                                                   any->route),
                              .before = side_text(d, before),
                              .after = side_text(d, later) };
}

static bool
is_enough(const struct diffing *d, const struct vital_series *s)
{
    return s != NULL && s->count >= d->options->least;
}

static void
add_judged(struct diffing *d, const struct vital_series *before, const struct vital_series *later,
           size_t comparisons)
{
    struct vital_change c = vital_compare(before, later, comparisons);
    struct diff_row row = row_of(d, before, later);
    enum rating was = vital_rate(before->vital, c.was), is = vital_rate(later->vital, c.is);
    /* Of the direction that is told. */
    double p =
        c.way == VITAL_FASTER || (c.way == VITAL_ALIKE && c.is < c.was) ? 1 - c.test.p : c.test.p;
    const char *growth =
        c.was > 0 ? arena_printf(d->out->arena, "%+.0f %%, ", 100 * (c.is - c.was) / c.was) : "";

    row.verdict = c.way == VITAL_SLOWER && is > was ? DIFF_WORSE
                  : c.way == VITAL_SLOWER           ? DIFF_CHANGED
                  : c.way == VITAL_FASTER           ? DIFF_BETTER
                                                    : DIFF_NOISE;
    row.change = c.way == VITAL_SLOWER && is > was ? "slower, into a worse rating"
                 : c.way == VITAL_SLOWER           ? "slower, in the same rating"
                 : c.way == VITAL_FASTER           ? "faster"
                                                   : "no more than noise";
    row.note = arena_printf(d->out->arena, "%sp %.2g (below %.2g counts%s)", growth, p, c.chance,
                            c.way == VITAL_ALIKE ? ", and 5 % of p75" : "");
    row.details = details(d, before, later, &c);
    diff_add(d, &row);
}

static void
add_unjudged(struct diffing *d, const struct vital_series *before, const struct vital_series *later)
{
    struct diff_row row = row_of(d, before, later);

    row.verdict = before == NULL ? DIFF_CHANGED : DIFF_UNKNOWN;
    row.change = before == NULL ? "new" : later == NULL ? "gone" : "not enough data";
    if (before != NULL)
        row.note = arena_printf(d->out->arena, "not enough data: %zu samples are needed in both",
                                d->options->least);
    row.details = details(d, before, later, NULL);
    diff_add(d, &row);
}

static bool
is_alike(const struct vital_series *a, const struct vital_series *b)
{
    return a != NULL && b != NULL && a->seen == b->seen && a->count == b->count &&
           memcmp(a->values, b->values, a->count * sizeof *a->values) == 0;
}

void
diff_vitals(struct diffing *d)
{
    const struct vital_samples *a = &d->a->vitals, *b = &d->b->vitals;
    size_t comparisons = 0;

    for (size_t i = 0; i < a->count; i++) {
        const struct vital_series *later = vital_samples_find(b, &a->list[i]);

        comparisons += is_enough(d, &a->list[i]) && is_enough(d, later);
    }
    for (size_t i = 0; i < a->count; i++) {
        const struct vital_series *before = &a->list[i], *later = vital_samples_find(b, before);

        if (is_alike(before, later))
            continue;
        if (is_enough(d, before) && is_enough(d, later))
            add_judged(d, before, later, comparisons);
        else
            add_unjudged(d, before, later);
    }
    for (size_t i = 0; i < b->count; i++) {
        if (vital_samples_find(a, &b->list[i]) == NULL)
            add_unjudged(d, NULL, &b->list[i]);
    }
}
