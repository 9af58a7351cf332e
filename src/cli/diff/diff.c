/* diff.c - two digests walked side by side.
 * SPDX-License-Identifier: MIT
 *
 * Worse is what a change must not do unnoticed: a new group of errors, a vital that became slower
 * and left its rating, a metric or dimensions of one that are gone, an alarm or a metric filter
 * that lost what it looks at, and personal data in clear of which the rules say "high". */
#include "config.h"

#include "cli/diff/diff.h"

#include "base/text.h"
#include "cli/diff/diff_own.h"
#include "cli/diff/digest.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED_LEAST 3 /* see diff_is_telling() */
#define MONTH_MS       (INT64_C(30) * 24 * 3600 * 1000)
#define SPAN_LEAST_MS  60000 /* shorter ones say nothing about a month */
#define GB             1e9

/* clang-format off */
const struct diff_section_info diff_sections[DIFF_SECTIONS] = {
    [DIFF_READING] = { "reading", "Could not be judged" },
    [DIFF_ERRORS] = { "errors", "Error groups" },
    [DIFF_VITALS] = { "vitals", "Web vitals" },
    [DIFF_METRICS] = { "metrics", "Metrics and their dimensions" },
    [DIFF_ALARMS] = { "alarms", "Alarms and metric filters" },
    [DIFF_LOGS] = { "logs", "Log fields" },
    [DIFF_VISITORS] = { "visitors", "Pages and events" },
    [DIFF_PRIVACY] = { "privacy", "Personal data" },
};
static const char *const verdict_names[DIFF_VERDICTS] = {
    [DIFF_WORSE] = "worse", [DIFF_UNKNOWN] = "not judged", [DIFF_BETTER] = "better",
    [DIFF_CHANGED] = "changed", [DIFF_NOISE] = "noise",
};
/* clang-format on */

const char *
diff_verdict_name(enum diff_verdict verdict)
{
    return verdict_names[verdict];
}

/* --- rows ------------------------------------------------------------------------------------- */

static const char *
clean(struct diffing *d, const char *text)
{
    const char *from = text == NULL ? "" : text;
    const char *kept;
    size_t fits;
    struct buf b;

    buf_init(&b, (size_t)64 << 10);
    text_clean(&b, from, strnlen(from, DIFF_TEXT + 1));
    fits = b.len;
    if (fits >= DIFF_TEXT - 4) {
        fits = DIFF_TEXT - 4;
        while (fits > 0 && ((unsigned char)b.data[fits] & 0xc0) == 0x80)
            fits--;
        kept = arena_printf(d->out->arena, "%.*s...", (int)fits, b.data);
    } else {
        kept = arena_strdup(d->out->arena, b.data);
    }
    buf_fini(&b);
    return kept;
}

void
diff_add(struct diffing *d, const struct diff_row *row)
{
    struct diff *out = d->out;

    out->rows = arena_grow(out->arena, out->rows, out->count, &out->room, 64, sizeof *out->rows);
    out->rows[out->count++] = (struct diff_row){
        .section = row->section,
        .verdict = row->verdict,
        .change = clean(d, row->change),
        .what = clean(d, row->what),
        .before = clean(d, row->before),
        .after = clean(d, row->after),
        .note = clean(d, row->note),
        .where = clean(d, row->where),
        .details = row->details == NULL ? NULL : arena_strdup(out->arena, row->details)
    };
    out->verdicts[row->verdict]++;
}

const char *
diff_times(struct diffing *d, uint64_t count)
{
    return arena_printf(d->out->arena, "%llu time%s", (unsigned long long)count,
                        count == 1 ? "" : "s");
}

bool
diff_is_telling(uint64_t seen, uint64_t all, uint64_t others)
{
    return all > 0 && (double)seen / (double)all * (double)others >= EXPECTED_LEAST;
}

const char *
diff_series_text(struct arena *arena, const struct series_key *key)
{
    const char *text = arena_printf(arena, "%s %s {", key->namespace_name, key->metric);

    for (size_t i = 0; i < key->dims.count; i++)
        text = arena_printf(arena, "%s%s%s=%s", text, i == 0 ? "" : ", ", key->dims.dims[i].name,
                            key->dims.dims[i].value);
    return arena_printf(arena, "%s}", text);
}

/* --- errors ----------------------------------------------------------------------------------- */

static void
add_error(struct diffing *d, const struct error_group *g, bool is_new)
{
    struct arena *arena = d->out->arena;
    bool is_telling = is_new || diff_is_telling(g->count, d->a->lines, d->b->lines);
    bool is_thrown = *g->frame != '\0', has_route = *g->route != '\0';

    diff_add(d, &(struct diff_row){
                    .section = DIFF_ERRORS,
                    .verdict = is_new       ? DIFF_WORSE
                               : is_telling ? DIFF_BETTER
                                            : DIFF_NOISE,
                    .change = is_new ? "new" : "gone",
                    .what = arena_printf(arena, "%s%s%s", g->type,
                                         *g->type == '\0' || *g->message == '\0' ? "" : ": ",
                                         g->message),
                    .before = is_new ? "none" : diff_times(d, g->count),
                    .after = is_new ? diff_times(d, g->count) : "none",
                    .note = arena_printf(arena, "%.16s%s", g->id,
                                         is_telling ? "" : ": rare, its absence may be chance"),
                    .where = arena_printf(arena, "%s%s%s%s", g->frame,
                                          is_thrown && has_route ? ", on " : "", g->route,
                                          is_thrown || has_route ? "" : g->first) });
}

/* The most frequent first. */
static int
by_count(const void *a, const void *b)
{
    const struct error_group *const *x = a, *const *y = b;

    if ((*x)->count != (*y)->count)
        return (*x)->count > (*y)->count ? -1 : 1;
    return strcmp((*x)->id, (*y)->id);
}

/* Those of one side that the other one does not have. */
static void
add_lonely_errors(struct diffing *d, const struct error_groups *has,
                  const struct error_groups *lacks, bool is_new)
{
    const struct error_group **lonely = xcalloc(has->count + 1, sizeof(void *));
    size_t count = 0;

    for (size_t i = 0; i < has->count; i++) {
        if (error_groups_find(lacks, has->list[i].id) == NULL)
            lonely[count++] = &has->list[i];
    }
    if (count > 1)
        qsort(lonely, count, sizeof *lonely, by_count);
    for (size_t i = 0; i < count; i++)
        add_error(d, lonely[i], is_new);
    free(lonely);
}

static void
diff_errors(struct diffing *d)
{
    add_lonely_errors(d, &d->b->errors, &d->a->errors, true);
    add_lonely_errors(d, &d->a->errors, &d->b->errors, false);
}

/* --- visitors --------------------------------------------------------------------------------- */

static uint64_t
all_hits(const struct digest *of)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < of->hit_count; i++)
        sum += of->hits[i].count;
    return sum;
}

/* `has` and `lacks`: all hits on the side that has it, and on the other one. */
static void
add_hit(struct diffing *d, const struct digest_hit *hit, bool is_new, uint64_t has, uint64_t lacks)
{
    bool is_telling = diff_is_telling(hit->count, has, lacks);

    diff_add(d, &(struct diff_row){ .section = DIFF_VISITORS,
                                    .verdict = is_telling ? DIFF_CHANGED : DIFF_NOISE,
                                    .change = arena_printf(d->out->arena, "%s %s", hit->kind,
                                                           is_new ? "new" : "gone"),
                                    .what = hit->name,
                                    .before = is_new ? "none" : diff_times(d, hit->count),
                                    .after = is_new ? diff_times(d, hit->count) : "none",
                                    .note = is_telling ? "" : "rare: it may be chance",
                                    .where = hit->site });
}

static int
hit_order(const struct digest_hit *x, const struct digest_hit *y)
{
    int order = strcmp(x->site, y->site);

    order = order != 0 ? order : strcmp(x->kind, y->kind);
    return order != 0 ? order : strcmp(x->name, y->name);
}

static void
diff_visitors(struct diffing *d)
{
    const struct digest *a = d->a, *b = d->b;
    const uint64_t of_a = all_hits(a), of_b = all_hits(b);
    size_t i = 0, k = 0;

    while (i < a->hit_count || k < b->hit_count) {
        int order = i == a->hit_count   ? 1
                    : k == b->hit_count ? -1
                                        : hit_order(&a->hits[i], &b->hits[k]);

        if (order < 0)
            add_hit(d, &a->hits[i], false, of_a, of_b);
        else if (order > 0)
            add_hit(d, &b->hits[k], true, of_b, of_a);
        i += order <= 0;
        k += order >= 0;
    }
}

/* --- personal data ---------------------------------------------------------------------------- */

static void
add_finding(struct diffing *d, const struct digest_finding *f, bool is_new)
{
    diff_add(d, &(struct diff_row){ .section = DIFF_PRIVACY,
                                    .verdict = !is_new                   ? DIFF_BETTER
                                               : f->severity == PII_HIGH ? DIFF_WORSE
                                                                         : DIFF_CHANGED,
                                    .change = is_new ? "new" : "gone",
                                    .what = f->kind,
                                    .before = is_new ? "none" : diff_times(d, f->count),
                                    .after = is_new ? diff_times(d, f->count) : "none",
                                    .note = arena_printf(d->out->arena, "severity %s",
                                                         pii_severity_name(f->severity)),
                                    .where = f->place });
}

static void
diff_privacy(struct diffing *d)
{
    const struct digest *a = d->a, *b = d->b;
    size_t i = 0, k = 0;

    while (i < a->finding_count || k < b->finding_count) {
        int order = i == a->finding_count   ? 1
                    : k == b->finding_count ? -1
                                            : strcmp(a->findings[i].kind, b->findings[k].kind);

        if (order == 0)
            order = strcmp(a->findings[i].place, b->findings[k].place);
        if (order < 0)
            add_finding(d, &a->findings[i], false);
        else if (order > 0)
            add_finding(d, &b->findings[k], true);
        i += order <= 0;
        k += order >= 0;
    }
}

/* --- what was not read ------------------------------------------------------------------------ */

static bool
is_nothing(const struct digest *of)
{
    return of->lines == 0 && of->series.count == 0 && of->hit_count == 0 && of->finding_count == 0;
}

static void
diff_gaps(struct diffing *d)
{
    const struct digest *sides[2] = { d->a, d->b };

    for (size_t s = 0; s < 2; s++) {
        struct diff_row row = { .section = DIFF_READING,
                                .verdict = DIFF_UNKNOWN,
                                .what = sides[s]->name,
                                .change = s == 0 ? "in A" : "in B" };

        row.note = "not enough data: nothing is in it";
        if (is_nothing(sides[s]))
            diff_add(d, &row);
        for (size_t i = 0; i < sides[s]->gap_count; i++) {
            row.note = sides[s]->gaps[i];
            diff_add(d, &row);
        }
    }
}

/* --- amounts ---------------------------------------------------------------------------------- */

static void
add_amount(struct diffing *d, const char *name, const char *key, enum diff_quantity quantity,
           double before, double after)
{
    struct diff *out = d->out;

    if (out->amount_count < DIFF_AMOUNTS_MAX)
        out->amounts[out->amount_count++] =
            (struct diff_amount){ name, key, quantity, before, after };
}

static double
span_ms(const struct digest *of)
{
    return (double)(of->last_ms - of->first_ms);
}

/* What a month of such traffic pays for its logs: taken in, and kept for a month. */
static double
logs_month(const struct diffing *d, const struct digest *of)
{
    double gb = (double)of->bytes / GB * (double)MONTH_MS / span_ms(of);

    if (of->lines == 0)
        return 0;
    if (span_ms(of) < SPAN_LEAST_MS)
        return NAN;
    return (double)(price_month_microusd(d->options->prices, PRICE_LOGS_GB, gb) +
                    price_month_microusd(d->options->prices, PRICE_LOGS_STORAGE, gb));
}

static void
add_costs(struct diffing *d)
{
    const struct price_list *prices = d->options->prices;
    const struct digest *a = d->a, *b = d->b;
    double metrics[2] = { (double)price_custom_metrics(prices, (double)a->series.count),
                          (double)price_custom_metrics(prices, (double)b->series.count) };
    double logs[2] = { logs_month(d, a), logs_month(d, b) };
    double alarms[2] = { (double)price_month_microusd(prices, PRICE_ALARM, (double)a->alarms),
                         (double)price_month_microusd(prices, PRICE_ALARM, (double)b->alarms) };
    char spans[2][DIFF_AMOUNT_TEXT];

    add_amount(d, "custom metrics, a month", "metricsMonth", DIFF_USD, metrics[0], metrics[1]);
    add_amount(d, "logs, a month", "logsMonth", DIFF_USD, logs[0], logs[1]);
    add_amount(d, "alarms, a month", "alarmsMonth", DIFF_USD, alarms[0], alarms[1]);
    add_amount(d, "all three, a month", "month", DIFF_USD, metrics[0] + logs[0] + alarms[0],
               metrics[1] + logs[1] + alarms[1]);
    diff_amount_text(spans[0], span_ms(a), DIFF_SPAN);
    diff_amount_text(spans[1], span_ms(b), DIFF_SPAN);
    d->out->assumption = arena_printf(
        d->out->arena,
        "A month is 30 days of the traffic that was measured over %s (A) and %s (B); list prices "
        "of "
        "%s without what is free; metrics and alarms are there all month, logs are kept for one.%s",
        spans[0], spans[1], prices->as_of,
        isnan(logs[0]) || isnan(logs[1]) ? " Less than a minute says nothing about a month of logs."
                                         : "");
}

static void
add_amounts(struct diffing *d)
{
    const struct digest *a = d->a, *b = d->b;
    double values[2] = { 0, 0 };

    for (size_t i = 0; i < a->vitals.count; i++)
        values[0] += (double)a->vitals.list[i].seen;
    for (size_t i = 0; i < b->vitals.count; i++)
        values[1] += (double)b->vitals.list[i].seen;
    add_amount(d, "span", "span", DIFF_SPAN, span_ms(a), span_ms(b));
    if (a->is_fixture && b->is_fixture) {
        add_amount(d, "requests", "requests", DIFF_COUNT, (double)a->requests, (double)b->requests);
        add_amount(d, "of them refused", "refused", DIFF_COUNT, (double)a->refused,
                   (double)b->refused);
    }
    add_amount(d, "errors", "errors", DIFF_COUNT, (double)a->errors.errors,
               (double)b->errors.errors);
    add_amount(d, "web vitals", "vitals", DIFF_COUNT, values[0], values[1]);
    add_amount(d, "page views", "views", DIFF_COUNT, (double)a->views, (double)b->views);
    add_amount(d, "visits", "visits", DIFF_COUNT, (double)a->visits, (double)b->visits);
    add_amount(d, "visitors", "visitors", DIFF_COUNT, (double)a->visitors, (double)b->visitors);
    add_amount(d, "log lines", "logLines", DIFF_COUNT, (double)a->lines, (double)b->lines);
    add_amount(d, "bytes of logs", "logBytes", DIFF_BYTES, (double)a->bytes, (double)b->bytes);
    add_amount(d, "of them EMF", "emfBytes", DIFF_BYTES, (double)a->emf_bytes,
               (double)b->emf_bytes);
    add_amount(d, "EMF documents", "emfDocuments", DIFF_COUNT, (double)a->emf_lines,
               (double)b->emf_lines);
    add_amount(d, "custom metrics", "customMetrics", DIFF_COUNT, (double)a->series.count,
               (double)b->series.count);
    add_amount(d, "alarms", "alarms", DIFF_COUNT, (double)a->alarms, (double)b->alarms);
    add_costs(d);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* What is equal stays in the order it was added in, which qsort() does not promise. */
static int
by_weight(const void *a, const void *b)
{
    const struct diff_row *const *x = a, *const *y = b;

    if ((*x)->section != (*y)->section)
        return (*x)->section < (*y)->section ? -1 : 1;
    if ((*x)->verdict != (*y)->verdict)
        return (*x)->verdict < (*y)->verdict ? -1 : 1;
    return *x < *y ? -1 : *x > *y;
}

static void
sort_rows(struct diff *out)
{
    struct diff_row **places = xcalloc(out->count + 1, sizeof *places);
    struct diff_row *sorted = arena_alloc(out->arena, (out->count + 1) * sizeof *sorted);

    for (size_t i = 0; i < out->count; i++)
        places[i] = &out->rows[i];
    if (out->count > 1)
        qsort(places, out->count, sizeof *places, by_weight);
    for (size_t i = 0; i < out->count; i++)
        sorted[i] = *places[i];
    out->rows = sorted;
    free(places);
}

/* Against nothing, all would be new or gone, and nothing of that would mean anything. */
static void
diff_contents(struct diffing *d)
{
    diff_errors(d);
    diff_vitals(d);
    diff_metrics(d);
    diff_alarms(d);
    diff_logs(d);
    diff_visitors(d);
    diff_privacy(d);
}

void
diff_make(struct diff *out, const struct digest *before, const struct digest *after,
          const struct diff_options *options)
{
    struct diffing d = { .out = out, .a = before, .b = after, .options = options };

    *out = (struct diff){ .arena = arena_new() };
    out->names[0] = clean(&d, before->name);
    out->names[1] = clean(&d, after->name);
    diff_gaps(&d);
    if (!is_nothing(before) && !is_nothing(after))
        diff_contents(&d);
    add_amounts(&d);
    sort_rows(out);
}

void
diff_fini(struct diff *diff)
{
    arena_free(diff->arena);
}

bool
diff_is_empty(const struct diff *diff)
{
    bool is_same = diff->count == 0;

    for (size_t i = 0; i < diff->amount_count; i++) {
        const struct diff_amount *a = &diff->amounts[i];

        is_same = is_same && ((isnan(a->before) && isnan(a->after)) || !(a->before != a->after));
    }
    return is_same;
}
