/* vitals_model.c - what the Vitals view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * Columns and their wires: everything is GetMetricData over the namespace UserMetrics/Frontend;
 * which dimension sets exist is asked of ListMetrics first, since a team publishes what it chose.
 *   metrics  p75, vs 24 h: p75 of one period that holds the range, and the last 24 hours;
 *            trend: p75 at equal steps; loads: SampleCount
 *   spread   PR(:edge) of the metric under the cursor, times SampleCount
 *   routes   the same per set [environment, route]; share: PR at both limits of LCP
 * Where only finer sets exist there is no p75 for all: percentiles of parts cannot be put together.
 * The view then shows the parts and says which set to publish. */
#include "config.h"

#include "tui/views/models.h"
#include "tui/views/parts.h"
#include "tui/views/vital_sets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS       86400000
#define PAID_SLOW_MS 300000
#define EDGES        5
#define SOURCE       "CloudWatch GetMetricData"

/* Where the bars of a spread end; good and poor limits are among them. */
static const double edges[VITALS][EDGES] = {
    [VITAL_LCP] = { 1000, 2000, 2500, 4000, 8000 }, [VITAL_INP] = { 100, 200, 350, 500, 1000 },
    [VITAL_CLS] = { 0.05, 0.1, 0.175, 0.25, 0.5 },  [VITAL_FCP] = { 1000, 1800, 2400, 3000, 6000 },
    [VITAL_TTFB] = { 400, 800, 1300, 1800, 3600 },  [VITAL_FID] = { 50, 100, 200, 300, 600 },
};

static enum quantity
quantity_of(enum vital vital)
{
    return vital == VITAL_CLS ? QUANTITY_SCORE : QUANTITY_MILLISECONDS;
}

/* --- asking --- */

static struct series_key
key_of(const struct part *part, enum vital vital)
{
    return (struct series_key){ .namespace_name = WEB_VITALS_NAMESPACE,
                                .metric = part->names[vital],
                                .dims = part->dims };
}

static const char *
rank_stat(struct arena *arena, double bound)
{
    return arena_printf(arena, "PR(:%g)", bound);
}

static const char *
id_of(struct arena *arena, const char *what, enum vital vital)
{
    return arena_printf(arena, "%s.%s", what, vitals[vital].name);
}

/* Named by the part, not by its number: a new route must not move the others' values. */
static const char *
part_id(struct arena *arena, const char *what, enum vital vital, const struct part *part)
{
    return arena_printf(arena, "%s.%s.%s", what, vitals[vital].name, part->label);
}

static void
add_asks(struct ask_list *asks, const struct view_query *q, const char *key,
         const struct query_list *queries, int64_t span_ms, int64_t pace_ms)
{
    if (queries->count == 0)
        return;
    ask_list_add(asks, &(struct ask){ .key = key,
                                      .kind = ASK_METRICS,
                                      .range = { .span_ms = span_ms, .to_ms = q->range.to_ms },
                                      .pace_ms = pace_ms,
                                      .queries = queries->items,
                                      .query_count = queries->count });
}

static void
ask_whole(struct ask_list *asks, struct arena *arena, const struct view_query *q,
          const struct part *whole)
{
    struct query_list now = { .arena = arena }, day = { .arena = arena };

    for (int v = 0; v < VITALS; v++) {
        enum vital vital = (enum vital)v;
        struct series_key key = key_of(whole, vital);

        if (key.metric == NULL)
            continue;
        query_add(&now, id_of(arena, "p75", vital), &key, "p75", 0);
        query_add(&now, id_of(arena, "n", vital), &key, "SampleCount", 0);
        query_add(&now, id_of(arena, "trend", vital), &key, "p75", view_step_s(q));
        query_add(&day, id_of(arena, "p75", vital), &key, "p75", 0);
    }
    add_asks(asks, q, "vitals.now", &now, q->range.span_ms, 0);
    if (q->range.span_ms < DAY_MS)
        add_asks(asks, q, "vitals.day", &day, DAY_MS, PAID_SLOW_MS);
}

/* The metric under the cursor, LCP at first. */
static enum vital
chosen_vital(const struct view_query *q)
{
    enum vital vital;

    return vital_parse(&vital, q->cursor) ? vital : VITAL_LCP;
}

static const char *
spread_key(struct arena *arena, enum vital vital)
{
    return arena_printf(arena, "vitals.spread.%s", vitals[vital].name);
}

static void
ask_spread(struct ask_list *asks, struct arena *arena, const struct view_query *q,
           const struct part *whole)
{
    enum vital vital = chosen_vital(q);
    struct series_key key = key_of(whole, vital);
    struct query_list queries = { .arena = arena };

    if (key.metric == NULL)
        return;
    query_add(&queries, "n", &key, "SampleCount", 0);
    for (size_t i = 0; i < EDGES; i++)
        query_add(&queries, arena_printf(arena, "e%zu", i), &key, rank_stat(arena, edges[vital][i]),
                  0);
    add_asks(asks, q, spread_key(arena, vital), &queries, q->range.span_ms, 0);
}

static void
ask_parts(struct ask_list *asks, struct arena *arena, const struct view_query *q,
          const struct parts *parts)
{
    struct query_list queries = { .arena = arena };

    for (size_t i = 0; i < parts->count; i++) {
        const struct part *part = &parts->list[i];

        for (int v = 0; v < VITALS; v++) {
            struct series_key key = key_of(part, (enum vital)v);

            if (key.metric == NULL || vitals[v].deprecated)
                continue;
            query_add(&queries, part_id(arena, "p75", (enum vital)v, part), &key, "p75", 0);
            query_add(&queries, part_id(arena, "n", (enum vital)v, part), &key, "SampleCount", 0);
            if (v != VITAL_LCP)
                continue;
            query_add(&queries, part_id(arena, "good", VITAL_LCP, part), &key,
                      rank_stat(arena, vitals[v].good), 0);
            query_add(&queries, part_id(arena, "poor", VITAL_LCP, part), &key,
                      rank_stat(arena, vitals[v].poor), 0);
        }
    }
    add_asks(asks, q, "vitals.routes", &queries, q->range.span_ms, PAID_SLOW_MS);
}

void
vitals_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct parts parts;

    vital_sets_ask(asks);
    vital_sets_find(&parts, arena, q);
    if (parts.whole.label != NULL) {
        ask_whole(asks, arena, q, &parts.whole);
        ask_spread(asks, arena, q, &parts.whole);
    }
    ask_parts(asks, arena, q, &parts);
    arena_free(arena);
}

/* --- saying --- */

static enum level
level_of(enum rating rating)
{
    static const enum level levels[] = {
        [RATING_NONE] = LEVEL_UNKNOWN,
        [RATING_GOOD] = LEVEL_OK,
        [RATING_FAIR] = LEVEL_WARN,
        [RATING_POOR] = LEVEL_BAD,
    };

    return levels[rating];
}

static enum rating
rate(enum vital vital, double value)
{
    return isnan(value) ? RATING_NONE : vital_rate(vital, value);
}

/* CLS is printed to its second digit, so a difference is one from there on. */
static double
difference(enum vital vital, double now, double before)
{
    double by = now - before;

    return fabs(by) < (vital == VITAL_CLS ? 0.005 : 0.5) ? 0 : by;
}

enum {
    METRIC_NAME,
    METRIC_P75,
    METRIC_RATING,
    METRIC_GOOD,
    METRIC_POOR,
    METRIC_TREND,
    METRIC_DELTA,
    METRIC_LOADS,
    METRIC_COLUMNS
};

/* clang-format off */
static const struct column metric_columns[METRIC_COLUMNS] = {
    [METRIC_NAME] =   { .name = "metric", .kind = CELL_TEXT, .is_in_summary = true },
    [METRIC_P75] =    { .name = "p75", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .is_in_summary = true },
    [METRIC_RATING] = { .name = "rating", .kind = CELL_TEXT, .priority = 1 },
    [METRIC_GOOD] =   { .name = "good ≤", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .priority = 3 },
    [METRIC_POOR] =   { .name = "poor >", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .priority = 3 },
    [METRIC_TREND] =  { .name = "trend", .kind = CELL_TREND, .priority = 1, .min_width = 10, .is_flexible = true },
    [METRIC_DELTA] =  { .name = "vs 24 h", .kind = CELL_DELTA, .quantity = QUANTITY_MILLISECONDS, .priority = 2 },
    [METRIC_LOADS] =  { .name = "loads", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 4 },
};
/* clang-format on */

static void
fill_metric(struct row *row, struct arena *arena, const struct view_query *q, enum vital vital)
{
    const struct answer *now = snapshot_answer(q->snapshot, "vitals.now");
    const struct answer *day = snapshot_answer(q->snapshot, "vitals.day");
    double p75 = answer_value(now, id_of(arena, "p75", vital));
    double before = answer_value(day, id_of(arena, "p75", vital));
    enum rating rating = rate(vital, p75);
    enum quantity quantity = quantity_of(vital);
    struct cell *cells = arena_alloc(arena, METRIC_COLUMNS * sizeof *cells);
    bool has_day = q->range.span_ms < DAY_MS && !isnan(p75) && !isnan(before);

    cells[METRIC_NAME] = cell_text(vitals[vital].name, LEVEL_NONE);
    cells[METRIC_P75] = cell_number(p75, quantity, level_of(rating));
    cells[METRIC_RATING] =
        cell_text(rating == RATING_NONE ? "no data" : rating_screen_name(rating), level_of(rating));
    cells[METRIC_GOOD] = cell_number(vitals[vital].good, quantity, LEVEL_NONE);
    cells[METRIC_POOR] = cell_number(vitals[vital].poor, quantity, LEVEL_NONE);
    cells[METRIC_TREND] = cell_trend(answer_series(arena, q, now, id_of(arena, "trend", vital),
                                                   vitals[vital].name, view_step_s(q), quantity));
    if (has_day)
        cells[METRIC_DELTA] = cell_delta(difference(vital, p75, before), quantity);
    if (rating != RATING_NONE)
        cells[METRIC_LOADS] =
            cell_number(answer_value(now, id_of(arena, "n", vital)), QUANTITY_COUNT, LEVEL_NONE);
    row->key = vitals[vital].name;
    row->cells = cells;
    row->level = level_of(rating);
}

/* A load reports each of these once. */
static double
load_count(struct arena *arena, const struct answer *now)
{
    static const enum vital once[] = { VITAL_LCP, VITAL_FCP, VITAL_TTFB };
    double most = 0;

    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) {
        double n = answer_value(now, id_of(arena, "n", once[i]));

        if (n > most)
            most = n;
    }
    return most;
}

static const char no_vitals[] =
    "no web vitals yet: add the script tag of the start page to your app, or send them to "
    "POST /metrics/web-vitals";

/* Why there is no row. Beside an account nobody can run a server to send them to. */
static const char *
missing_vitals(struct arena *arena, const struct view_query *q, const struct parts *parts)
{
    if (parts->whole.label == NULL && parts->count > 0)
        return "only finer dimension sets are published; their p75 are below, and cannot "
               "be put together";
    if (q->snapshot == NULL || q->snapshot->is_emulator)
        return no_vitals;
    return arena_printf(arena,
                        "no web vitals of environment \"%s\" in " WEB_VITALS_NAMESPACE
                        " here; --environment and --region name another",
                        q->snapshot->environment);
}

static const char *
metrics_note(struct arena *arena, const struct view_query *q, const struct parts *parts)
{
    const struct answer *now = snapshot_answer(q->snapshot, "vitals.now");

    if (parts->whole.label == NULL && parts->count > 0)
        return "no account-wide p75: add the set [environment]";
    return now == NULL ? NULL : counted(arena, load_count(arena, now), "load");
}

static void
build_metrics(struct panel *panel, struct arena *arena, const struct view_query *q,
              const struct parts *parts, struct model *out)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, VITALS * sizeof *rows);

    *grid = (struct grid){ .name = "metrics",
                           .columns = metric_columns,
                           .column_count = METRIC_COLUMNS,
                           .rows = rows,
                           .sort_column = -1,
                           .empty = missing_vitals(arena, q, parts) };
    for (int v = 0; v < VITALS && parts->whole.label != NULL; v++) {
        if (vitals[v].deprecated && parts->whole.names[v] == NULL)
            continue;
        fill_metric(&rows[grid->row_count], arena, q, (enum vital)v);
        if (rows[grid->row_count].level == LEVEL_BAD)
            out->attention++;
        grid->row_count++;
    }
    panel->name = "metrics";
    panel->title = "p75 by metric";
    panel->note = metrics_note(arena, q, parts);
    panel->grid = grid;
    panel_source(panel, SOURCE, q, vital_sets_answer(q));
    if (parts->whole.label != NULL)
        panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, "vitals.now"));
    if (out->attention > 0)
        out->attention_level = LEVEL_BAD;
}

static enum level
bin_level(enum vital vital, double to)
{
    if (to <= vitals[vital].good)
        return LEVEL_OK;
    return to <= vitals[vital].poor ? LEVEL_WARN : LEVEL_BAD;
}

static const struct spread *
make_spread(struct arena *arena, const struct answer *answer, enum vital vital)
{
    struct spread *spread = arena_alloc(arena, sizeof *spread);
    struct bin *bins = arena_alloc(arena, (EDGES + 1) * sizeof *bins);
    double n = answer_value(answer, "n"), below = 0, from = 0;

    if (!(n > 0))
        return NULL;
    for (size_t i = 0; i <= EDGES; i++) {
        double to = i < EDGES ? edges[vital][i] : (double)INFINITY;
        double rank = i < EDGES ? answer_value(answer, arena_printf(arena, "e%zu", i)) / 100 : 1.0;

        if (isnan(rank))
            return NULL;
        bins[i] = (struct bin){ .from = from,
                                .to = to,
                                .count = rank > below ? round(n * (rank - below)) : 0,
                                .level = bin_level(vital, to) };
        from = to;
        below = rank > below ? rank : below;
    }
    *spread = (struct spread){ .name = vitals[vital].name,
                               .bins = bins,
                               .bin_count = EDGES + 1,
                               .quantity = quantity_of(vital) };
    return spread;
}

static void
build_spread(struct panel *panel, struct arena *arena, const struct view_query *q,
             const struct parts *parts)
{
    enum vital vital = chosen_vital(q);
    const struct answer *answer = snapshot_answer(q->snapshot, spread_key(arena, vital));

    panel->name = "spread";
    panel->title = arena_printf(arena, "%s spread", vitals[vital].name);
    panel->spread = make_spread(arena, answer, vital);
    if (parts->whole.names[vital] == NULL) /* nobody publishes it, so nobody was asked */
        answer = vital_sets_answer(q);
    panel_source(panel, SOURCE, q, answer);
}

enum {
    PART_NAME,
    PART_LOADS,
    PART_FIRST,
    PART_LAST = PART_FIRST + VITAL_TTFB,
    PART_SHARE,
    PART_COLUMNS
};

/* clang-format off */
#define PART_VITAL(NAME, QUANTITY, PRIORITY) \
    { .name = NAME, .kind = CELL_NUMBER, .quantity = QUANTITY, .priority = PRIORITY }
static const struct column part_columns[PART_COLUMNS] = {
    [PART_NAME] =  { .name = "route", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .is_in_summary = true },
    [PART_LOADS] = { .name = "loads", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 1 },
    [PART_FIRST + VITAL_LCP] =  PART_VITAL("LCP p75", QUANTITY_MILLISECONDS, 0),
    [PART_FIRST + VITAL_INP] =  PART_VITAL("INP p75", QUANTITY_MILLISECONDS, 1),
    [PART_FIRST + VITAL_CLS] =  PART_VITAL("CLS", QUANTITY_SCORE, 2),
    [PART_FIRST + VITAL_FCP] =  PART_VITAL("FCP", QUANTITY_MILLISECONDS, 4),
    [PART_FIRST + VITAL_TTFB] = PART_VITAL("TTFB", QUANTITY_MILLISECONDS, 4),
    [PART_SHARE] = { .name = "LCP share", .kind = CELL_SHARES, .priority = 3, .min_width = 10, .max_width = 20 },
};
/* clang-format on */

static struct cell
share_cell(struct arena *arena, const struct answer *answer, const struct part *part)
{
    double good = answer_value(answer, part_id(arena, "good", VITAL_LCP, part));
    double poor = answer_value(answer, part_id(arena, "poor", VITAL_LCP, part));

    if (isnan(good) || isnan(poor))
        return (struct cell){ .kind = CELL_EMPTY };
    return cell_shares(good, poor - good, 100 - poor);
}

/* False when nothing was loaded there in this range. */
static bool
fill_part(struct row *row, struct arena *arena, const struct answer *answer,
          const struct part *part)
{
    struct cell *cells = arena_alloc(arena, PART_COLUMNS * sizeof *cells);
    double loads = 0;

    for (int v = VITAL_LCP; v <= VITAL_TTFB; v++) {
        double p75 = answer_value(answer, part_id(arena, "p75", (enum vital)v, part));
        double n = answer_value(answer, part_id(arena, "n", (enum vital)v, part));
        enum level level = level_of(rate((enum vital)v, p75));

        cells[PART_FIRST + v] = cell_number(p75, quantity_of((enum vital)v), level);
        if (level > row->level)
            row->level = level;
        if (v != VITAL_INP && v != VITAL_CLS && n > loads)
            loads = n;
        if (loads == 0 && n > 0)
            loads = n;
    }
    cells[PART_NAME] = cell_text(part->label, LEVEL_NONE);
    cells[PART_LOADS] = cell_number(loads, QUANTITY_COUNT, LEVEL_NONE);
    cells[PART_SHARE] = share_cell(arena, answer, part);
    row->key = part->label;
    row->cells = cells;
    return loads > 0;
}

/* Worst LCP first, those without one last. */
static int
by_lcp(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    const struct cell *p = &x->cells[PART_FIRST + VITAL_LCP];
    const struct cell *r = &y->cells[PART_FIRST + VITAL_LCP];
    double v = p->kind == CELL_NUMBER ? p->number : -1, w = r->kind == CELL_NUMBER ? r->number : -1;

    if (v != w)
        return v > w ? -1 : 1;
    return strcmp(x->key, y->key);
}

static const char *
parts_note(struct arena *arena, const struct parts *parts, size_t shown)
{
    const char *noun = parts->whole.label != NULL ? "route" : "dimension set";

    if (parts->left_out > 0)
        return arena_printf(arena, "%s, %s more not asked", counted(arena, (double)shown, noun),
                            count_text(arena, (double)parts->left_out));
    return counted(arena, (double)shown, noun);
}

static void
build_routes(struct panel *panel, struct arena *arena, const struct view_query *q,
             const struct parts *parts)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "vitals.routes");
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (parts->count + 1) * sizeof *rows);

    *grid = (struct grid){ .name = "routes",
                           .columns = part_columns,
                           .column_count = PART_COLUMNS,
                           .rows = rows,
                           .sort_column = PART_FIRST + VITAL_LCP,
                           .sort_descending = true,
                           .empty = "no loads in this range" };
    for (size_t i = 0; i < parts->count; i++) {
        rows[grid->row_count] = (struct row){ .level = LEVEL_NONE };
        if (fill_part(&rows[grid->row_count], arena, answer, &parts->list[i]))
            grid->row_count++;
    }
    if (grid->row_count > 1)
        qsort(rows, grid->row_count, sizeof *rows, by_lcp);
    panel->name = "routes";
    panel->title =
        parts->whole.label != NULL || parts->count == 0 ? "by route" : "by dimension set";
    panel->note = parts_note(arena, parts, grid->row_count);
    panel->grid = grid;
    panel_source(panel, SOURCE, q, vital_sets_answer(q));
    if (parts->count > 0)
        panel_source(panel, SOURCE, q, answer);
}

void
vitals_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 3 * sizeof *panels);
    struct parts parts;

    model_begin(out, q);
    vital_sets_find(&parts, arena, q);
    build_metrics(&panels[0], arena, q, &parts, out);
    build_spread(&panels[1], arena, q, &parts);
    build_routes(&panels[2], arena, q, &parts);
    out->panels = panels;
    out->panel_count = 3;
}
