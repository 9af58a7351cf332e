/* lambda_model.c - what the Lambda view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * Columns and their wires: ListMetrics of AWS/Lambda names the functions; GetMetricData per
 * function gives Invocations and Errors (Sum), Duration (p50, p95, p99, and p95 at equal steps) and
 * Throttles (Sum). The share of errors is worked out here. Cold starts and memory stand in REPORT
 * lines, which are not read by polling, so they have no column. A column of a metric that nobody
 * publishes is not there. */
#include "config.h"

#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS         86400000
#define FUNCTIONS_FREE 80
#define FUNCTIONS_PAID 40
#define NAMESPACE      "AWS/Lambda"
#define SOURCE         "CloudWatch GetMetricData"
#define BAD_SHARE      1.0 /* percent of calls that fail, as in the document's alarm */

enum lambda_metric { INVOCATIONS, ERRORS, DURATION, THROTTLES, METRICS };

static const char *const metric_names[METRICS] = {
    [INVOCATIONS] = "Invocations",
    [ERRORS] = "Errors",
    [DURATION] = "Duration",
    [THROTTLES] = "Throttles",
};

struct function {
    const char *name;
    struct dimension_set dims;
    bool has[METRICS];
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

static void
take_name(struct functions *functions, const struct series_key *key)
{
    const char *name;
    size_t i;

    if (strcmp(key->namespace_name, NAMESPACE) != 0 || key->dims.count != 1 ||
        strcmp(key->dims.dims[0].name, "FunctionName") != 0)
        return;
    name = key->dims.dims[0].value;
    for (i = 0; i < functions->count && strcmp(functions->list[i].name, name) != 0; i++)
        continue;
    if (i == functions->count) {
        functions->list[i] = (struct function){ .name = name, .dims = key->dims };
        functions->count++;
    }
    for (int m = 0; m < METRICS; m++) {
        if (strcmp(key->metric, metric_names[m]) == 0)
            functions->list[i].has[m] = functions->has[m] = true;
    }
}

static void
find_functions(struct functions *functions, struct arena *arena, const struct view_query *q)
{
    const struct answer *names = snapshot_answer(q->snapshot, "lambda.names");
    size_t most = q->snapshot != NULL && q->snapshot->is_emulator ? FUNCTIONS_FREE : FUNCTIONS_PAID;

    *functions = (struct functions){ .list = NULL };
    if (names == NULL)
        return;
    functions->list = arena_alloc(arena, (names->name_count + 1) * sizeof *functions->list);
    for (size_t i = 0; i < names->name_count; i++)
        take_name(functions, &names->names[i]);
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

void
lambda_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct query_list queries = { .arena = arena };
    struct functions functions;

    ask_list_add(asks, &(struct ask){ .key = "lambda.names",
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = 300000,
                                      .namespace_name = NAMESPACE });
    find_functions(&functions, arena, q);
    for (size_t i = 0; i < functions.count; i++) {
        const struct function *f = &functions.list[i];
        struct series_key key = { .namespace_name = NAMESPACE, .dims = f->dims };

        for (int m = 0; m < METRICS; m++) {
            key.metric = metric_names[m];
            if (f->has[m] && m != DURATION)
                query_add(&queries, id_of(arena, key.metric, f), &key, "Sum", 0);
        }
        if (!f->has[DURATION])
            continue;
        key.metric = metric_names[DURATION];
        query_add(&queries, id_of(arena, "p50", f), &key, "p50", 0);
        query_add(&queries, id_of(arena, "p95", f), &key, "p95", 0);
        query_add(&queries, id_of(arena, "p99", f), &key, "p99", 0);
        query_add(&queries, id_of(arena, "trend", f), &key, "p95", view_step_s(q));
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = "lambda.now",
                                          .kind = ASK_METRICS,
                                          .range = q->range,
                                          .queries = queries.items,
                                          .query_count = queries.count });
    arena_free(arena);
}

enum { NAME, CALLS, FAILED, SHARE, P50, P95, P99, THROTTLED, TREND, COLUMNS };

/* clang-format off */
static const struct column all_columns[COLUMNS] = {
    [NAME] =      { .name = "function", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .is_in_summary = true },
    [CALLS] =     { .name = "calls", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT },
    [FAILED] =    { .name = "errors", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 2 },
    [SHARE] =     { .name = "err %", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .is_in_summary = true },
    [P50] =       { .name = "p50", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .priority = 2 },
    [P95] =       { .name = "p95", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .is_in_summary = true },
    [P99] =       { .name = "p99", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .priority = 2 },
    [THROTTLED] = { .name = "throttles", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 3 },
    [TREND] =     { .name = "p95 trend", .kind = CELL_TREND, .priority = 1, .min_width = 10, .is_flexible = true },
};
/* clang-format on */

/* Periods without a point had nothing to count. */
static double
sum_of(struct arena *arena, const struct answer *answer, const struct function *f,
       enum lambda_metric metric)
{
    double value = answer_value(answer, id_of(arena, metric_names[metric], f));

    if (answer == NULL || !f->has[metric])
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

static struct cell *
function_cells(struct arena *arena, const struct view_query *q, const struct answer *answer,
               const struct function *f)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    double calls = sum_of(arena, answer, f, INVOCATIONS);
    double failed = sum_of(arena, answer, f, ERRORS);
    double share = calls > 0 ? 100 * failed / calls : (double)NAN;
    double throttled = sum_of(arena, answer, f, THROTTLES);

    cells[NAME] = cell_text(f->name, LEVEL_NONE);
    cells[CALLS] = cell_number(calls, QUANTITY_COUNT, LEVEL_NONE);
    cells[FAILED] = cell_number(failed, QUANTITY_COUNT, LEVEL_NONE);
    cells[SHARE] = cell_number(share, QUANTITY_PERCENT, share_level(share));
    cells[P50] = cell_number(answer_value(answer, id_of(arena, "p50", f)), QUANTITY_MILLISECONDS,
                             LEVEL_NONE);
    cells[P95] = cell_number(answer_value(answer, id_of(arena, "p95", f)), QUANTITY_MILLISECONDS,
                             LEVEL_NONE);
    cells[P99] = cell_number(answer_value(answer, id_of(arena, "p99", f)), QUANTITY_MILLISECONDS,
                             LEVEL_NONE);
    cells[THROTTLED] =
        cell_number(throttled, QUANTITY_COUNT, throttled > 0 ? LEVEL_WARN : LEVEL_NONE);
    cells[TREND] = cell_trend(answer_series(arena, q, answer, id_of(arena, "trend", f), f->name,
                                            view_step_s(q), QUANTITY_MILLISECONDS));
    return cells;
}

static double
number_or(const struct cell *cell, double otherwise)
{
    return cell->kind == CELL_NUMBER ? cell->number : otherwise;
}

/* Worst first: by share of errors, then by calls. */
static int
worst_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    double v = number_or(&x->cells[SHARE], -1), w = number_or(&y->cells[SHARE], -1);

    if (v != w)
        return v > w ? -1 : 1;
    v = number_or(&x->cells[CALLS], -1);
    w = number_or(&y->cells[CALLS], -1);
    if (v != w)
        return v > w ? -1 : 1;
    return strcmp(x->key, y->key);
}

/* Takes the column without a wire out of the rows and the headings. */
static void
drop_column(struct table *table, struct arena *arena, struct row *rows, size_t at)
{
    struct column *columns = arena_alloc(arena, table->column_count * sizeof *columns);

    memcpy(columns, table->columns, table->column_count * sizeof *columns);
    memmove(&columns[at], &columns[at + 1], (table->column_count - at - 1) * sizeof *columns);
    for (size_t i = 0; i < table->row_count; i++) {
        struct cell *cells = arena_alloc(arena, table->column_count * sizeof *cells);

        memcpy(cells, rows[i].cells, table->column_count * sizeof *cells);
        memmove(&cells[at], &cells[at + 1], (table->column_count - at - 1) * sizeof *cells);
        rows[i].cells = cells;
    }
    table->columns = columns;
    table->column_count--;
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
    struct table *table = arena_alloc(arena, sizeof *table);
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
    *table = (struct table){ .name = "functions",
                             .columns = all_columns,
                             .column_count = COLUMNS,
                             .rows = rows,
                             .row_count = functions->count,
                             .sort_column = SHARE,
                             .sort_descending = true,
                             .empty = "no function has reported yet" };
    if (!functions->has[THROTTLES])
        drop_column(table, arena, rows, THROTTLED);
    panel->name = "functions";
    panel->title = "functions";
    panel->note = functions_note(arena, functions);
    panel->table = table;
    panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, "lambda.names"));
    if (functions->count > 0)
        panel_source(panel, SOURCE, q, answer);
}

void
lambda_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panel = arena_alloc(arena, sizeof *panel);
    struct functions functions;

    model_begin(out, q);
    find_functions(&functions, arena, q);
    build_functions(panel, arena, q, &functions, out);
    out->panels = panel;
    out->panel_count = 1;
    if (out->attention > 0)
        out->attention_level = LEVEL_BAD;
}
