/* sample.c - hand-made models.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "sample.h"

#include "tui/layout.h"

#include <math.h>
#include <string.h>

#define NOW SAMPLE_NOW_MS

static void
no_asks(struct ask_list *asks, const struct view_query *q)
{
    (void)asks;
    (void)q;
}

static const struct series *
wave(struct arena *arena, double base, double height, size_t steps, enum quantity quantity)
{
    struct series *series = arena_alloc(arena, sizeof(*series));
    double *values = arena_alloc(arena, steps * sizeof(*values));

    for (size_t i = 0; i < steps; i++)
        values[i] = i % 11 == 10 ? (double)NAN : base + height * (double)(i * 7 % 13) / 13;
    *series = (struct series){ .name = "p75",
                               .from_ms = NOW - 3600000,
                               .step_ms = 3600000 / (int64_t)steps,
                               .values = values,
                               .count = steps,
                               .open = 1,
                               .quantity = quantity };
    return series;
}

/* --- vitals ------------------------------------------------------------------------------ */

static const struct column metric_columns[] = {
    { .name = "metric", .kind = CELL_TEXT, .is_in_summary = true },
    { .name = "p75", .kind = CELL_NUMBER, .is_in_summary = true },
    { .name = "rating", .kind = CELL_TEXT, .priority = 1 },
    { .name = "good", .kind = CELL_NUMBER, .priority = 4 },
    { .name = "poor", .kind = CELL_NUMBER, .priority = 4 },
    { .name = "trend", .kind = CELL_TREND, .priority = 2, .is_flexible = true },
    { .name = "change", .kind = CELL_DELTA, .priority = 3 },
};

#define COLUMNS(a) (sizeof(a) / sizeof((a)[0]))

static struct row
metric_row(struct arena *arena, const char *name, double p75, enum level level, double good,
           double poor, double change, enum quantity quantity)
{
    static const char *const words[] = { "", "no data", "good", "fair", "poor" };
    struct cell *cells = arena_alloc(arena, COLUMNS(metric_columns) * sizeof(*cells));

    cells[0] = cell_text(name, LEVEL_NONE);
    cells[1] = cell_number(p75, quantity, level);
    cells[2] = cell_text(words[level], level);
    cells[3] = cell_number(good, quantity, LEVEL_NONE);
    cells[4] = cell_number(poor, quantity, LEVEL_NONE);
    cells[5] =
        isnan(p75) ? cell_trend(NULL) : cell_trend(wave(arena, p75 * 0.8, p75 * 0.4, 30, quantity));
    cells[6] = cell_delta(change, quantity);
    return (struct row){ .key = name, .cells = cells, .level = level };
}

static struct grid *
metrics_table(struct arena *arena)
{
    struct grid *grid = arena_alloc(arena, sizeof(*grid));
    struct row *rows = arena_alloc(arena, 6 * sizeof(*rows));
    const enum quantity ms = QUANTITY_MILLISECONDS;

    rows[0] = metric_row(arena, "LCP", 2410, LEVEL_OK, 2500, 4000, 180, ms);
    rows[1] = metric_row(arena, "INP", 236, LEVEL_WARN, 200, 500, 31, ms);
    rows[2] = metric_row(arena, "CLS", 0.04, LEVEL_OK, 0.1, 0.25, 0, QUANTITY_SCORE);
    rows[3] = metric_row(arena, "FCP", 1320, LEVEL_OK, 1800, 3000, -20, ms);
    rows[4] = metric_row(arena, "TTFB", 2610, LEVEL_BAD, 800, 1800, 1200, ms);
    rows[5] = metric_row(arena, "FID", (double)NAN, LEVEL_UNKNOWN, 100, 300, (double)NAN, ms);
    *grid = (struct grid){ .name = "metrics",
                           .columns = metric_columns,
                           .column_count = COLUMNS(metric_columns),
                           .rows = rows,
                           .row_count = 6,
                           .sort_column = -1,
                           .empty = "no vitals yet" };
    return grid;
}

static const struct column route_columns[] = {
    { .name = "route", .kind = CELL_TEXT, .is_flexible = true, .min_width = 12 },
    { .name = "loads", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT },
    { .name = "LCP p75", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS },
    { .name = "INP p75", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .priority = 2 },
    { .name = "last", .kind = CELL_TIME, .priority = 3 },
    { .name = "share", .kind = CELL_SHARES, .priority = 1 },
    { .name = "budget", .kind = CELL_GAUGE, .priority = 4, .quantity = QUANTITY_PERCENT },
};

static struct grid *
routes_table(struct arena *arena)
{
    static const struct {
        const char *route;
        double loads, lcp, inp;
        enum level level;
        int64_t ago;
    } given[] = {
        { "/checkout", 212, 3840, 412, LEVEL_WARN, 12000 },
        { "/pricing", 288, 2610, 180, LEVEL_WARN, 95000 },
        { "/docs/\xe4\xb8\xad\xe6\x96\x87/\xe5\xbf\xab\xe9\x80\x9f", 190, 1210, 90, LEVEL_OK,
          4000 },
        { "/cafe\xcc\x81/menu", 12490, 980, 60, LEVEL_OK, 7200000 },
        { "/a/very/long/route/that/goes/on/and/on/until/nobody/reads/it/any/more/:id", 3, 9120,
          1204, LEVEL_BAD, 172900000 },
    };
    size_t count = sizeof(given) / sizeof(given[0]);
    struct grid *grid = arena_alloc(arena, sizeof(*grid));
    struct row *rows = arena_alloc(arena, count * sizeof(*rows));

    for (size_t i = 0; i < count; i++) {
        struct cell *cells = arena_alloc(arena, COLUMNS(route_columns) * sizeof(*cells));

        cells[0] = cell_text(given[i].route, LEVEL_NONE);
        cells[1] = cell_number(given[i].loads, QUANTITY_COUNT, LEVEL_NONE);
        cells[2] = cell_number(given[i].lcp, QUANTITY_MILLISECONDS, given[i].level);
        cells[3] = cell_number(given[i].inp, QUANTITY_MILLISECONDS, given[i].level);
        cells[4] = cell_age(NOW - given[i].ago);
        cells[5] = cell_shares(75 - (double)i * 10, 15, 10 + (double)i * 10);
        cells[6] = cell_gauge(20.0 * (double)(i + 1), 100, 80, QUANTITY_PERCENT, given[i].level);
        rows[i] = (struct row){ .key = given[i].route,
                                .cells = cells,
                                .level = given[i].level,
                                .is_new = i == 1,
                                .open_key = given[i].route };
    }
    *grid = (struct grid){ .name = "routes",
                           .columns = route_columns,
                           .column_count = COLUMNS(route_columns),
                           .rows = rows,
                           .row_count = count,
                           .sort_column = 2,
                           .sort_descending = true,
                           .empty = "no route yet" };
    return grid;
}

static const struct bin bins[] = {
    { 0, 1000, 118, LEVEL_OK },    { 1000, 2000, 487, LEVEL_OK },
    { 2000, 2500, 302, LEVEL_OK }, { 2500, 4000, 241, LEVEL_WARN },
    { 4000, 8000, 49, LEVEL_BAD }, { 8000, (double)INFINITY, 7, LEVEL_BAD },
};
static const struct spread spread = { "LCP", bins, 6, QUANTITY_MILLISECONDS };

static struct panel
fresh_panel(const char *name, const char *title, const char *note)
{
    return (struct panel){ .name = name,
                           .title = title,
                           .note = note,
                           .source = "CloudWatch GetMetricData",
                           .got_ms = NOW - 400,
                           .pace_ms = 1000 };
}

static void
finish(struct model *out, const struct view_query *q, struct panel *panels, size_t count)
{
    out->now_ms = q->now_ms;
    out->from_ms = view_query_from_ms(q);
    out->to_ms = view_query_to_ms(q);
    out->panels = panels;
    out->panel_count = count;
}

static void
vitals_sample(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 3 * sizeof(*panels));

    panels[0] = fresh_panel("metrics", "p75 by metric", "1,204 loads");
    panels[0].grid = metrics_table(arena);
    panels[1] = fresh_panel("spread", "LCP spread", NULL);
    panels[1].spread = &spread;
    panels[2] = fresh_panel("routes", "by route", "12 routes");
    panels[2].grid = routes_table(arena);
    panels[2].failure = "access denied: cloudwatch:GetMetricData";
    panels[2].got_ms = NOW - 65000;
    panels[2].retry_ms = NOW + 30000;
    finish(out, q, panels, 3);
}

static const struct band vitals_abreast[] = {
    { .slots = { { "metrics", 2, false }, { "spread", 1, false } },
      .least = 8,
      .most = 9,
      .grow = 1 },
    { .slots = { { "routes", 1, false } }, .least = 4, .grow = 1 },
    { .least = 0 },
};
static const struct band vitals_column[] = {
    { .slots = { { "metrics", 1, true } }, .least = 3, .most = 4, .grow = 1 },
    { .slots = { { "spread", 1, false } }, .least = 4, .most = 7, .grow = 1 },
    { .slots = { { "routes", 1, false } }, .least = 4, .grow = 2 },
    { .least = 0 },
};
static const struct layout vitals_layout = { vitals_abreast, vitals_column };

static const struct view vitals = { .key = '2',
                                    .name = "vitals",
                                    .title = "Vitals",
                                    .short_title = "Vit",
                                    .help = "page vitals",
                                    .ask = no_asks,
                                    .build = vitals_sample,
                                    .layout = &vitals_layout };

/* --- errors ------------------------------------------------------------------------------ */

static const struct column group_columns[] = {
    { .name = "id", .kind = CELL_TEXT },
    { .name = "n", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT },
    { .name = "first", .kind = CELL_TIME, .priority = 2 },
    { .name = "last", .kind = CELL_TIME },
    { .name = "where", .kind = CELL_TEXT, .priority = 1 },
    { .name = "message", .kind = CELL_TEXT, .is_flexible = true, .min_width = 10 },
};

static struct grid *
groups_table(struct arena *arena)
{
    static const char *const messages[] = {
        "TypeError: undefined is not an object (evaluating 'cart.total.toFixed')",
        "TimeoutError: task timed out after 10.01 seconds",
        "ChunkLoadError: loading chunk 7 failed",
    };
    static const char *const ids[] = { "9f2c", "b07e", "41aa" };
    struct grid *grid = arena_alloc(arena, sizeof(*grid));
    struct row *rows = arena_alloc(arena, 3 * sizeof(*rows));

    for (size_t i = 0; i < 3; i++) {
        struct cell *cells = arena_alloc(arena, COLUMNS(group_columns) * sizeof(*cells));

        cells[0] = cell_text(ids[i], LEVEL_NONE);
        cells[1] = cell_number((double)(21 - i * 6), QUANTITY_COUNT, LEVEL_NONE);
        cells[2] = cell_time(NOW - 3000000 * (int64_t)(i + 1));
        cells[3] = cell_age(NOW - 12000 * (int64_t)(i * i + 1));
        cells[4] = cell_text(i == 1 ? "lambda" : "browser", LEVEL_NONE);
        cells[5] = cell_text(messages[i], LEVEL_NONE);
        rows[i] = (struct row){
            .key = ids[i], .cells = cells, .level = LEVEL_BAD, .is_new = i == 0, .open_key = ids[i]
        };
    }
    *grid = (struct grid){ .name = "groups",
                           .columns = group_columns,
                           .column_count = COLUMNS(group_columns),
                           .rows = rows,
                           .row_count = 3,
                           .sort_column = 3,
                           .sort_descending = true,
                           .empty = "no error: the best of screens" };
    return grid;
}

static const char stack[] =
    "TypeError: undefined is not an object (evaluating 'cart.total.toFixed')\n"
    "\tat CartTotal (src/cart/CartTotal.tsx:41:22)\n"
    "\tat renderWithHooks (node_modules/react-dom/cjs/react-dom.development.js:14985:18)\n"
    "\tat mountIndeterminateComponent (react-dom.development.js:17811:13)\n";
static const char context[] =
    "{\"route\":\"/checkout\",\"cart\":{\"items\":[1,2,3],\"total\":null}}";

static void
errors_sample(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 3 * sizeof(*panels));
    struct fact *facts = arena_alloc(arena, 3 * sizeof(*facts));
    struct chart *chart = arena_alloc(arena, sizeof(*chart));
    struct chart_limit *limit = arena_alloc(arena, sizeof(*limit));
    struct chart_mark *mark = arena_alloc(arena, sizeof(*mark));
    struct passage *passages = arena_alloc(arena, 2 * sizeof(*passages));

    panels[0] = fresh_panel("groups", "groups", "37 events, 1 new");
    panels[0].grid = groups_table(arena);
    facts[0] =
        (struct fact){ "group", cell_text(*q->cursor != '\0' ? q->cursor : "none", LEVEL_NONE) };
    facts[1] = (struct fact){ "routes", cell_text("/checkout 20  /cart 1", LEVEL_NONE) };
    facts[2] = (struct fact){ "state", cell_text("new", LEVEL_WARN) };
    *limit = (struct chart_limit){ 6, "line", LEVEL_WARN };
    *mark = (struct chart_mark){ NOW - 1200000, "deploy" };
    *chart = (struct chart){ .name = "events",
                             .series = wave(arena, 1, 5, 40, QUANTITY_COUNT),
                             .series_count = 1,
                             .limits = limit,
                             .limit_count = 1,
                             .marks = mark,
                             .mark_count = 1,
                             .quantity = QUANTITY_COUNT };
    panels[1] = fresh_panel("group", "group", "new since 12:03");
    panels[1].facts = facts;
    panels[1].fact_count = 3;
    panels[1].charts = chart;
    panels[1].chart_count = 1;
    passages[0] = (struct passage){ "stack", stack, sizeof(stack) - 1, false };
    passages[1] = (struct passage){ "context", context, sizeof(context) - 1, true };
    panels[2] = fresh_panel("stack", "stack", NULL);
    panels[2].passages = passages;
    panels[2].passage_count = 2;
    finish(out, q, panels, 3);
    out->attention = 3;
    out->attention_level = LEVEL_WARN;
}

static const struct band errors_abreast[] = {
    { .slots = { { "groups", 3, false }, { "group", 2, false } },
      .least = 10,
      .most = 14,
      .grow = 1 },
    { .slots = { { "stack", 1, false } }, .least = 6, .grow = 1 },
    { .least = 0 },
};
static const struct band errors_column[] = {
    { .slots = { { "groups", 1, false } }, .least = 6, .most = 8, .grow = 1 },
    { .slots = { { "stack", 1, false } }, .least = 6, .grow = 1 },
    { .least = 0 },
};
static const struct layout errors_layout = { errors_abreast, errors_column };

static const struct view errors = { .key = '3',
                                    .name = "errors",
                                    .title = "Errors",
                                    .short_title = "Err",
                                    .help = "errors in groups",
                                    .ask = no_asks,
                                    .build = errors_sample,
                                    .layout = &errors_layout };

/* --- logs -------------------------------------------------------------------------------- */

static const struct column line_columns[] = {
    { .name = "time", .kind = CELL_TIME },
    { .name = "level", .kind = CELL_TEXT },
    { .name = "source", .kind = CELL_TEXT, .priority = 1, .max_width = 12 },
    { .name = "message", .kind = CELL_TEXT, .is_flexible = true },
};

static void
logs_sample(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, sizeof(*panels));
    struct grid *grid = arena_alloc(arena, sizeof(*grid));
    struct row *rows = arena_alloc(arena, 60 * sizeof(*rows));

    for (size_t i = 0; i < 60; i++) {
        struct cell *cells = arena_alloc(arena, 4 * sizeof(*cells));
        enum level level = i % 20 == 19 ? LEVEL_BAD : i % 7 == 6 ? LEVEL_WARN : LEVEL_NONE;

        cells[0] = cell_time(NOW - 1000 * (int64_t)(60 - i));
        cells[1] = cell_text(level == LEVEL_BAD    ? "ERROR"
                             : level == LEVEL_WARN ? "WARN"
                                                   : "INFO",
                             level);
        cells[2] = cell_text(i % 2 == 0 ? "checkout" : "vitals-ingest", LEVEL_NONE);
        cells[3] = cell_text(
            level == LEVEL_BAD ? arena_printf(arena,
                                              "{\"requestId\":\"1-66-%zu\",\"message\":"
                                              "\"cart.total undefined\",\"context\":"
                                              "{\"route\":\"/checkout\",\"n\":[1,2]}}",
                                              i)
                               : arena_printf(arena, "line %zu of a log that says what it did", i),
            LEVEL_NONE);
        rows[i] =
            (struct row){ .key = arena_printf(arena, "%zu", i), .cells = cells, .level = level };
    }
    *grid = (struct grid){ .name = "lines",
                           .columns = line_columns,
                           .column_count = 4,
                           .rows = rows,
                           .row_count = 60,
                           .sort_column = -1,
                           .is_tail = true,
                           .empty = "no line yet" };
    panels[0] = fresh_panel("lines", "lines", "412 lines/min");
    panels[0].grid = grid;
    finish(out, q, panels, 1);
}

static const struct band logs_bands[] = {
    { .slots = { { "lines", 1, false } }, .least = 8, .grow = 1 },
    { .least = 0 },
};
static const struct layout logs_layout = { logs_bands, logs_bands };

static const struct view logs = { .key = '9',
                                  .name = "logs",
                                  .title = "Logs",
                                  .short_title = "Log",
                                  .help = "log lines",
                                  .ask = no_asks,
                                  .build = logs_sample,
                                  .layout = &logs_layout };

const struct view *const sample_views[] = { &vitals, &errors, &logs, NULL };

/* --- hostile ----------------------------------------------------------------------------- */

static struct {
    const char *text;
    size_t len;
} hostile;

void
hostile_set(const char *text, size_t len)
{
    hostile.text = text;
    hostile.len = len;
}

static struct grid *
hostile_table(struct arena *arena, bool is_tail)
{
    static const struct column columns[] = {
        { .name = "a", .kind = CELL_TEXT, .is_in_summary = true },
        { .name = "b", .kind = CELL_TEXT, .is_flexible = true, .is_in_summary = true },
    };
    struct grid *grid = arena_alloc(arena, sizeof(*grid));
    struct row *row = arena_alloc(arena, sizeof(*row));
    struct cell *cells = arena_alloc(arena, 2 * sizeof(*cells));

    cells[0] = cell_text(hostile.text, LEVEL_BAD);
    cells[1] = cell_text(hostile.text, LEVEL_NONE);
    *row = (struct row){ .key = hostile.text, .cells = cells, .open_key = hostile.text };
    *grid = (struct grid){ .name = "t",
                           .columns = columns,
                           .column_count = 2,
                           .rows = row,
                           .row_count = 1,
                           .sort_column = -1,
                           .is_tail = is_tail,
                           .empty = hostile.text };
    return grid;
}

static void
hostile_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 3 * sizeof(*panels));
    struct fact *fact = arena_alloc(arena, sizeof(*fact));
    struct passage *passages = arena_alloc(arena, 2 * sizeof(*passages));

    panels[0] = fresh_panel("metrics", hostile.text, hostile.text);
    panels[0].failure = hostile.text;
    panels[0].grid = hostile_table(arena, false);
    panels[1] = fresh_panel("spread", hostile.text, hostile.text);
    *fact = (struct fact){ hostile.text, cell_text(hostile.text, LEVEL_WARN) };
    panels[1].facts = fact;
    panels[1].fact_count = 1;
    passages[0] = (struct passage){ hostile.text, hostile.text, hostile.len, true };
    passages[1] = (struct passage){ hostile.text, hostile.text, hostile.len, false };
    panels[1].passages = passages;
    panels[1].passage_count = 2;
    panels[2] = fresh_panel("routes", hostile.text, hostile.text);
    panels[2].grid = hostile_table(arena, true);
    finish(out, q, panels, 3);
}

static const struct view hostile_view = { .key = '2',
                                          .name = "vitals",
                                          .title = "Vitals",
                                          .short_title = "Vit",
                                          .help = "h",
                                          .ask = no_asks,
                                          .build = hostile_build,
                                          .layout = &vitals_layout };

const struct view *const hostile_views[] = { &hostile_view, NULL };

struct snapshot *
sample_snapshot(void)
{
    struct snapshot *snapshot = snapshot_new("local 127.0.0.1:6270", "dev", NULL, 0);

    snapshot->state = SOURCE_LIVE;
    snapshot->is_emulator = true;
    snapshot->pace_ms = 1000;
    return snapshot;
}
