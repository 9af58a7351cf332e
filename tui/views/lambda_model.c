/* lambda_model.c - what the Lambda view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * Columns and their wires: ListMetrics of AWS/Lambda names the functions; GetMetricData per
 * function gives Invocations, Errors and Throttles (Sum), ConcurrentExecutions (Maximum) and
 * Duration (p50, p95, p99, and p95 at equal steps). Cold starts are the samples of InitDuration
 * where somebody publishes it in AWS/Lambda (the emulator does), or of ColdStart with the dimension
 * functionName in UserMetrics/Lambda, as the document has it. ListFunctions gives memory, runtime
 * and the newest deployment. A column that no wire feeds is not there. What API Gateway and
 * CloudFront say beside it stands in gateway_model.c and cdn_model.c. */
#include "config.h"

#include "tui/views/deploys.h"
#include "tui/views/edge.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS         86400000
#define FUNCTIONS_FREE 80
#define FUNCTIONS_PAID 40
#define NAMESPACE      "AWS/Lambda"
#define OWN_NAMESPACE  "UserMetrics/Lambda"
#define SOURCE         "CloudWatch GetMetricData"
#define BAD_SHARE      1.0 /* percent of calls that fail, as in the document's alarm */

enum lambda_metric { INVOCATIONS, ERRORS, DURATION, THROTTLES, CONCURRENCY, COLD, METRICS };

static const struct {
    const char *name;
    const char *stat; /* NULL: more than one, asked by hand */
} metrics[METRICS] = {
    [INVOCATIONS] = { "Invocations", "Sum" },
    [ERRORS] = { "Errors", "Sum" },
    [DURATION] = { "Duration", NULL },
    [THROTTLES] = { "Throttles", "Sum" },
    [CONCURRENCY] = { "ConcurrentExecutions", "Maximum" },
    [COLD] = { "InitDuration", "SampleCount" },
};

struct function {
    const char *name;
    struct dimension_set dims;
    bool has[METRICS];
    const struct series_key *own_cold; /* in UserMetrics/Lambda; NULL: not there */
};

struct functions {
    struct function *list; /* by name */
    size_t count;
    size_t left_out;
    bool has[METRICS];
};

static int
by_name(const void *a, const void *b)
{
    return strcmp(((const struct function *)a)->name, ((const struct function *)b)->name);
}

static struct function *
function_named(struct functions *functions, const char *name)
{
    for (size_t i = 0; i < functions->count; i++) {
        if (strcmp(functions->list[i].name, name) == 0)
            return &functions->list[i];
    }
    return NULL;
}

static void
take_name(struct functions *functions, const struct view_query *q, const struct series_key *key)
{
    struct function *function;
    const char *name;

    if (strcmp(key->namespace_name, NAMESPACE) != 0 || key->dims.count != 1 ||
        strcmp(key->dims.dims[0].name, "FunctionName") != 0)
        return;
    name = key->dims.dims[0].value;
    if (!function_is_wanted(q, name))
        return;
    function = function_named(functions, name);
    if (function == NULL) {
        function = &functions->list[functions->count++];
        *function = (struct function){ .name = name, .dims = key->dims };
    }
    for (int m = 0; m < METRICS; m++) {
        if (strcmp(key->metric, metrics[m].name) == 0)
            function->has[m] = functions->has[m] = true;
    }
}

/* The document's own cold starts, of the set with the fewest dimensions: finer ones would be the
 * same starts again. */
static void
take_own(struct functions *functions, const struct series_key *key)
{
    const char *name = dimension_value(&key->dims, "functionName");
    struct function *function = name == NULL ? NULL : function_named(functions, name);

    if (function == NULL || function->has[COLD] || strcmp(key->namespace_name, OWN_NAMESPACE) != 0)
        return;
    if (strcmp(key->metric, "ColdStart") != 0 && strcmp(key->metric, "ColdStartDuration") != 0)
        return;
    if (function->own_cold == NULL || key->dims.count < function->own_cold->dims.count)
        function->own_cold = key;
    functions->has[COLD] = true;
}

static void
find_functions(struct functions *functions, struct arena *arena, const struct view_query *q)
{
    const struct answer *names = snapshot_answer(q->snapshot, "lambda.names");
    const struct answer *own = snapshot_answer(q->snapshot, "lambda.own");
    size_t most = q->snapshot != NULL && q->snapshot->is_emulator ? FUNCTIONS_FREE : FUNCTIONS_PAID;

    *functions = (struct functions){ .list = NULL };
    if (names == NULL)
        return;
    functions->list = arena_alloc(arena, (names->name_count + 1) * sizeof *functions->list);
    for (size_t i = 0; i < names->name_count; i++)
        take_name(functions, q, &names->names[i]);
    for (size_t i = 0; own != NULL && i < own->name_count; i++)
        take_own(functions, &own->names[i]);
    if (functions->count > 1)
        qsort(functions->list, functions->count, sizeof *functions->list, by_name);
    if (functions->count > most) {
        functions->left_out = functions->count - most;
        functions->count = most;
    }
}

static const char *
id_of(struct arena *arena, const char *what, const struct function *function)
{
    return arena_printf(arena, "%s.%s", what, function->name);
}

static void
ask_names(struct ask_list *asks)
{
    ask_list_add(asks, &(struct ask){ .key = "lambda.names",
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = 300000,
                                      .namespace_name = NAMESPACE });
    ask_list_add(asks, &(struct ask){ .key = "lambda.own",
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = 300000,
                                      .namespace_name = OWN_NAMESPACE });
}

static void
add_queries(struct query_list *queries, const struct view_query *q, const struct function *f)
{
    struct series_key key = { .namespace_name = NAMESPACE, .dims = f->dims };
    struct arena *arena = queries->arena;

    for (int m = 0; m < METRICS; m++) {
        key.metric = metrics[m].name;
        if (f->has[m] && metrics[m].stat != NULL)
            query_add(queries, id_of(arena, key.metric, f), &key, metrics[m].stat, 0);
    }
    if (f->own_cold != NULL && !f->has[COLD])
        query_add(queries, id_of(arena, metrics[COLD].name, f), f->own_cold, "SampleCount", 0);
    if (!f->has[DURATION])
        return;
    key.metric = metrics[DURATION].name;
    query_add(queries, id_of(arena, "p50", f), &key, "p50", 0);
    query_add(queries, id_of(arena, "p95", f), &key, "p95", 0);
    query_add(queries, id_of(arena, "p99", f), &key, "p99", 0);
    query_add(queries, id_of(arena, "trend", f), &key, "p95", view_step_s(q));
}

/* What the graphs of the function under the cursor need beyond its row. */
static void
ask_focus(struct ask_list *asks, struct arena *arena, const struct view_query *q,
          const struct function *f)
{
    struct query_list queries = { .arena = arena };
    struct series_key key = { .namespace_name = NAMESPACE, .dims = f->dims };

    for (int m = INVOCATIONS; m <= ERRORS; m++) {
        key.metric = metrics[m].name;
        if (f->has[m])
            query_add(&queries, key.metric, &key, "Sum", view_step_s(q));
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = id_of(arena, "lambda.focus", f),
                                          .kind = ASK_METRICS,
                                          .range = q->range,
                                          .queries = queries.items,
                                          .query_count = queries.count });
}

void
lambda_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct query_list queries = { .arena = arena };
    struct functions functions;

    ask_names(asks);
    find_functions(&functions, arena, q);
    for (size_t i = 0; i < functions.count; i++) {
        add_queries(&queries, q, &functions.list[i]);
        if (!q->is_behind && strcmp(functions.list[i].name, q->cursor) == 0)
            ask_focus(asks, arena, q, &functions.list[i]);
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = "lambda.now",
                                          .kind = ASK_METRICS,
                                          .range = q->range,
                                          .queries = queries.items,
                                          .query_count = queries.count });
    gateway_ask(asks, q);
    cdn_ask(asks, q);
    if (!q->is_behind)
        deploys_ask(asks);
    arena_free(arena);
}

/* --- the functions --- */

enum {
    NAME,
    CALLS,
    FAILED,
    SHARE,
    P50,
    P95,
    P99,
    COLD_SHARE,
    THROTTLED,
    AT_ONCE,
    MEMORY,
    RUNTIME,
    DEPLOYED,
    TREND,
    COLUMNS
};

/* clang-format off */
static const struct column all_columns[COLUMNS] = {
    [NAME] =       { .name = "function", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .is_in_summary = true },
    [CALLS] =      { .name = "calls", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT },
    [FAILED] =     { .name = "errors", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 4 },
    [SHARE] =      { .name = "err %", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .is_in_summary = true },
    [P50] =        { .name = "p50", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .priority = 3 },
    [P95] =        { .name = "p95", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .is_in_summary = true },
    [P99] =        { .name = "p99", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .priority = 3 },
    [COLD_SHARE] = { .name = "cold", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .priority = 2 },
    [THROTTLED] =  { .name = "throttles", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 4 },
    [AT_ONCE] =    { .name = "conc", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 5 },
    [MEMORY] =     { .name = "MB", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 5 },
    [RUNTIME] =    { .name = "runtime", .kind = CELL_TEXT, .priority = 6, .max_width = 14 },
    [DEPLOYED] =   { .name = "deployed", .kind = CELL_TIME, .priority = 4 },
    [TREND] =      { .name = "p95 trend", .kind = CELL_TREND, .priority = 1, .min_width = 10, .is_flexible = true },
};
/* clang-format on */

/* Periods without a point had nothing to count. */
static double
sum_of(struct arena *arena, const struct answer *answer, const struct function *f,
       enum lambda_metric metric)
{
    double value = answer_value(answer, id_of(arena, metrics[metric].name, f));

    if (answer == NULL || (!f->has[metric] && (metric != COLD || f->own_cold == NULL)))
        return (double)NAN;
    return isnan(value) ? 0 : value;
}

static enum level
share_level(double share)
{
    if (isnan(share))
        return LEVEL_NONE;
    return share > BAD_SHARE ? LEVEL_BAD : share > 0 ? LEVEL_WARN : LEVEL_OK;
}

static struct cell
duration_cell(struct arena *arena, const struct answer *answer, const struct function *f,
              const char *stat)
{
    return cell_number(answer_value(answer, id_of(arena, stat, f)), QUANTITY_MILLISECONDS,
                       LEVEL_NONE);
}

static void
fill_configuration(struct cell *cells, const struct view_query *q, const struct function *f)
{
    const struct lambda_function *known = deploys_function(q, f->name);

    if (known == NULL)
        return;
    if (known->memory_mb > 0)
        cells[MEMORY] = cell_number((double)known->memory_mb, QUANTITY_COUNT, LEVEL_NONE);
    if (*known->runtime != '\0')
        cells[RUNTIME] = cell_text(known->runtime, LEVEL_NONE);
    if (known->modified_ms > 0)
        cells[DEPLOYED] = cell_age(known->modified_ms);
}

static struct cell *
function_cells(struct arena *arena, const struct view_query *q, const struct answer *answer,
               const struct function *f)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    double calls = sum_of(arena, answer, f, INVOCATIONS);
    double failed = sum_of(arena, answer, f, ERRORS);
    double share = calls > 0 ? 100 * failed / calls : (double)NAN;
    double cold = calls > 0 ? 100 * sum_of(arena, answer, f, COLD) / calls : (double)NAN;
    double throttled = sum_of(arena, answer, f, THROTTLES);

    cells[NAME] = cell_text(f->name, LEVEL_NONE);
    cells[CALLS] = cell_number(calls, QUANTITY_COUNT, LEVEL_NONE);
    cells[FAILED] = cell_number(failed, QUANTITY_COUNT, LEVEL_NONE);
    cells[SHARE] = cell_number(share, QUANTITY_PERCENT, share_level(share));
    cells[P50] = duration_cell(arena, answer, f, "p50");
    cells[P95] = duration_cell(arena, answer, f, "p95");
    cells[P99] = duration_cell(arena, answer, f, "p99");
    cells[COLD_SHARE] = cell_number(cold, QUANTITY_PERCENT, LEVEL_NONE);
    cells[THROTTLED] =
        cell_number(throttled, QUANTITY_COUNT, throttled > 0 ? LEVEL_WARN : LEVEL_NONE);
    cells[AT_ONCE] = cell_number(answer_value(answer, id_of(arena, metrics[CONCURRENCY].name, f)),
                                 QUANTITY_COUNT, LEVEL_NONE);
    fill_configuration(cells, q, f);
    cells[TREND] = cell_trend(answer_series(arena, q, answer, id_of(arena, "trend", f), f->name,
                                            view_step_s(q), QUANTITY_MILLISECONDS));
    return cells;
}

/* By share of errors, then by calls. */
static int
worst_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int by = cell_compare_down(&x->cells[SHARE], &y->cells[SHARE]);

    if (by == 0)
        by = cell_compare_down(&x->cells[CALLS], &y->cells[CALLS]);
    return by != 0 ? by : strcmp(x->key, y->key);
}

static bool
has_cells(const struct row *rows, size_t count, size_t column)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].cells[column].kind != CELL_EMPTY)
            return true;
    }
    return false;
}

/* From the right, so that what is left to drop keeps its place. */
static void
drop_columns(struct grid *grid, struct arena *arena, struct row *rows,
             const struct functions *functions)
{
    const struct {
        size_t column;
        bool has;
    } optional[] = {
        { DEPLOYED, has_cells(rows, grid->row_count, DEPLOYED) },
        { RUNTIME, has_cells(rows, grid->row_count, RUNTIME) },
        { MEMORY, has_cells(rows, grid->row_count, MEMORY) },
        { AT_ONCE, functions->has[CONCURRENCY] },
        { THROTTLED, functions->has[THROTTLES] },
        { COLD_SHARE, functions->has[COLD] },
    };

    for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++) {
        if (!optional[i].has)
            grid_drop_column(grid, arena, rows, optional[i].column);
    }
}

static const char *
functions_note(struct arena *arena, const struct functions *functions)
{
    const char *all = counted(arena, (double)functions->count, "function");

    if (functions->left_out == 0)
        return all;
    return arena_printf(arena, "%s, %zu more not asked", all, functions->left_out);
}

static void
build_functions(struct panel *panel, struct arena *arena, const struct view_query *q,
                const struct functions *functions, struct model *out)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "lambda.now");
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (functions->count + 1) * sizeof *rows);

    for (size_t i = 0; i < functions->count; i++) {
        const struct function *f = &functions->list[i];
        struct cell *cells = function_cells(arena, q, answer, f);

        rows[i] = (struct row){ .key = f->name,
                                .cells = cells,
                                .level = cells[SHARE].level,
                                .open_view = "logs",
                                .open_key = arena_printf(arena, "/aws/lambda/%s", f->name) };
        if (rows[i].level == LEVEL_BAD)
            out->attention++;
    }
    if (functions->count > 1)
        qsort(rows, functions->count, sizeof *rows, worst_first);
    *grid = (struct grid){ .name = "functions",
                           .columns = all_columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = functions->count,
                           .sort_column = SHARE,
                           .sort_descending = true,
                           .empty = "no function has reported yet" };
    drop_columns(grid, arena, rows, functions);
    panel->name = "functions";
    panel->title = "functions";
    panel->note = functions_note(arena, functions);
    panel->grid = grid;
    panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, "lambda.names"));
    if (functions->count > 0)
        panel_source(panel, SOURCE, q, answer);
    panel_source(panel, SOURCE, q, deploys_answer(q));
}

/* --- the function under the cursor --- */

static void
add_chart(struct panel *panel, struct chart *chart, const char *name, const struct series *series,
          const struct chart_mark *marks, size_t mark_count)
{
    if (series == NULL)
        return;
    chart[panel->chart_count++] = (struct chart){ .name = name,
                                                  .series = series,
                                                  .series_count = 1,
                                                  .marks = marks,
                                                  .mark_count = mark_count,
                                                  .quantity = series->quantity };
}

static const char *
focus_note(struct arena *arena, const struct lambda_function *known, size_t marks)
{
    if (known == NULL || known->modified_ms == 0)
        return NULL;
    if (marks > 0)
        return "deployed in this range";
    return known->timeout_s == 0 /* not told */
               ? NULL
               : arena_printf(arena, "timeout %lld s", (long long)known->timeout_s);
}

static void
build_focus(struct panel *panel, struct arena *arena, const struct view_query *q,
            const struct function *f)
{
    const struct answer *row = snapshot_answer(q->snapshot, "lambda.now");
    const struct answer *focus = snapshot_answer(q->snapshot, id_of(arena, "lambda.focus", f));
    struct chart *charts = arena_alloc(arena, 3 * sizeof *charts);
    size_t count;
    const struct chart_mark *marks = deploys_marks(arena, q, f->name, &count);
    int32_t step = view_step_s(q);

    panel->name = "function";
    panel->title = arena_printf(arena, "%s: p95, errors", f->name);
    panel->note = focus_note(arena, deploys_function(q, f->name), count);
    panel->charts = charts;
    add_chart(
        panel, charts, "p95",
        answer_series(arena, q, row, id_of(arena, "trend", f), "p95", step, QUANTITY_MILLISECONDS),
        marks, count);
    add_chart(panel, charts, "errors",
              answer_series(arena, q, focus, metrics[ERRORS].name, "errors", step, QUANTITY_COUNT),
              marks, count);
    panel_source(panel, SOURCE, q, row);
    panel_source(panel, SOURCE, q, focus);
}

static const struct function *
function_under_cursor(struct functions *functions, const struct view_query *q,
                      const struct grid *grid)
{
    const struct function *found = function_named(functions, q->cursor);

    if (found == NULL && grid->row_count > 0)
        found = function_named(functions, grid->rows[0].key);
    return found;
}

void
lambda_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, 4 * sizeof *panels);
    const struct function *focus;
    struct functions functions;
    struct gateway_total apis;
    struct cdn_total cdn;

    model_begin(out, q);
    find_functions(&functions, arena, q);
    build_functions(&panels[0], arena, q, &functions, out);
    out->panels = panels;
    out->panel_count = 1;
    focus = function_under_cursor(&functions, q, panels[0].grid);
    if (focus != NULL)
        build_focus(&panels[out->panel_count++], arena, q, focus);
    gateway_build(&panels[out->panel_count++], arena, q, &apis);
    if (apis.server_share > GATEWAY_BAD_SHARE)
        out->attention++;
    if (cdn_build(&panels[out->panel_count], arena, q, &cdn)) {
        out->panel_count++;
        if (cdn.server_share > GATEWAY_BAD_SHARE)
            out->attention++;
    }
    if (out->attention > 0)
        out->attention_level = LEVEL_BAD;
}
