/* insights_model.c - what a Logs Insights query would scan, and what it found.
 * SPDX-License-Identifier: MIT
 *
 * A query is paid by the bytes it scans: those that came into the chosen groups inside the range.
 * AWS/Logs IncomingBytes tells them, so that is asked while the query is being typed, and price and
 * bytes stand in the panel before Enter is pressed. Both are estimates: the metric counts what came
 * in, a query also scans what was there when it began, and prices are a list's. The query itself
 * runs once for each run number; nothing here asks it again. */
#include "config.h"

#include "domain/price.h"
#include "tui/format.h"
#include "tui/views/insights.h"
#include "tui/views/parts.h"

#include <math.h>
#include <string.h>

#define GROUPS_MOST  50 /* of one StartQuery */
#define PACE_MS      300000
#define COLUMNS_MOST 30
#define GB           1e9
#define SOURCE       "CloudWatch Logs GetQueryResults"

static bool
was_run(const struct view_query *q)
{
    return q->insights != NULL && *q->insights != '\0';
}

/* The group that was entered, or all there are. */
struct chosen {
    const char *names[GROUPS_MOST];
    size_t count;
    size_t left_out;
};

static void
choose_groups(struct chosen *chosen, struct arena *arena, const struct view_query *q)
{
    size_t count;
    const char **wanted =
        wanted_groups(arena, q, snapshot_answer(q->snapshot, "logs.groups"), &count);

    *chosen = (struct chosen){ .count = 0 };
    if (*q->key != '\0') {
        chosen->names[chosen->count++] = q->key;
        return;
    }
    for (size_t i = 0; i < count && i < GROUPS_MOST; i++)
        chosen->names[chosen->count++] = wanted[i];
    chosen->left_out = count - chosen->count;
}

static void
ask_bytes(struct ask_list *asks, struct arena *arena, const struct view_query *q,
          const struct chosen *chosen)
{
    struct query_list queries = { .arena = arena };

    for (size_t i = 0; i < chosen->count; i++) {
        const struct dimension dim = { "LogGroupName", chosen->names[i] };
        struct dimension *copy = arena_alloc(arena, sizeof *copy);
        struct series_key key = { .namespace_name = "AWS/Logs", .metric = "IncomingBytes" };

        *copy = dim;
        key.dims = (struct dimension_set){ .dims = copy, .count = 1 };
        query_add(&queries, chosen->names[i], &key, "Sum", 0);
    }
    ask_list_add(asks, &(struct ask){ .key = "insights.bytes",
                                      .kind = ASK_METRICS,
                                      .range = q->range,
                                      .pace_ms = PACE_MS,
                                      .queries = queries.items,
                                      .query_count = queries.count });
}

void
insights_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct chosen chosen;

    choose_groups(&chosen, arena, q);
    if (q->insights_is_typed && chosen.count > 0)
        ask_bytes(asks, arena, q, &chosen);
    if (was_run(q) && chosen.count > 0)
        ask_list_add(asks, &(struct ask){ .key = "insights",
                                          .kind = ASK_INSIGHTS,
                                          .range = q->range,
                                          .query = q->insights,
                                          .groups = chosen.names,
                                          .group_count = chosen.count,
                                          .run = q->insights_run });
    arena_free(arena);
}

/* --- before --- */

static const char *
price_text(struct arena *arena, const struct view_query *q, double bytes)
{
    double usd = view_price_usd(q, PRICE_INSIGHTS_GB, bytes / GB);
    bool is_emulator = q->snapshot->is_emulator;

    if (usd > 0 && usd < 0.0001)
        return arena_printf(arena, "less than $0.0001 [estimate%s]", is_emulator ? ", at AWS" : "");
    return arena_printf(arena, "$%.*f [estimate%s]", usd < 0.01 ? 4 : 2, usd,
                        is_emulator ? ", at AWS" : "");
}

static const char *
estimate(struct arena *arena, const struct view_query *q, const struct chosen *chosen)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "insights.bytes");
    double bytes = 0;
    size_t known = 0;
    char text[FORMAT_TEXT];

    for (size_t i = 0; i < chosen->count; i++) {
        double value = answer_value(answer, chosen->names[i]);

        bytes += isnan(value) ? 0 : value;
        known += !isnan(value);
    }
    if (answer == NULL || (answer->got_ms == 0 && answer->failure == NULL))
        return "scans: asking";
    if (known == 0)
        return "scans: unknown, no IncomingBytes in this range";
    format_quantity(text, bytes, QUANTITY_BYTES);
    return arena_printf(arena, "scans about %s%s, %s", text,
                        known < chosen->count
                            ? arena_printf(arena, " (%zu of %zu groups tell)", known, chosen->count)
                            : "",
                        price_text(arena, q, bytes));
}

/* --- after --- */

static const char *
scanned_text(struct arena *arena, const struct view_query *q, const struct insights_result *result)
{
    char bytes[FORMAT_TEXT];

    format_quantity(bytes, result->bytes_scanned, QUANTITY_BYTES);
    return arena_printf(arena, "%s, %s of %s match, %s", bytes,
                        count_text(arena, result->records_matched),
                        counted(arena, result->records_scanned, "line"),
                        price_text(arena, q, result->bytes_scanned));
}

static const char *
progress(const struct answer *answer)
{
    static const char *const words[] = { "running, Esc stops it", "complete", "stopped",
                                         "failed at the server" };

    if (answer != NULL && answer->insights != NULL)
        return words[answer->insights->state];
    if (answer != NULL && answer->failure != NULL)
        return "not run";
    return "starting, Esc stops it";
}

static bool
is_shown(const char *column)
{
    return strcmp(column, "@ptr") != 0; /* for GetLogRecord, not for eyes */
}

static size_t
fill_columns(struct column *columns, size_t *from, const struct insights_result *result)
{
    size_t count = 0;

    for (size_t i = 0; i < result->column_count && count < COLUMNS_MOST; i++) {
        if (!is_shown(result->columns[i]))
            continue;
        from[count] = i;
        columns[count] = (struct column){ .name = result->columns[i],
                                          .kind = CELL_TEXT,
                                          .priority = (uint8_t)(count > 0 ? 1 : 0),
                                          .is_in_summary = count < 3 };
        count++;
    }
    if (count > 0)
        columns[count - 1].is_flexible = true;
    return count;
}

static void
fill_grid(struct grid *grid, struct arena *arena, const struct insights_result *result)
{
    struct column *columns = arena_alloc(arena, COLUMNS_MOST * sizeof *columns);
    size_t *from = arena_alloc(arena, COLUMNS_MOST * sizeof *from);
    struct row *rows = arena_alloc(arena, (result->row_count + 1) * sizeof *rows);
    size_t count = fill_columns(columns, from, result);

    for (size_t r = 0; r < result->row_count; r++) {
        struct cell *cells = arena_alloc(arena, (count + 1) * sizeof *cells);

        for (size_t c = 0; c < count; c++) {
            const char *text = result->cells[r * result->column_count + from[c]];

            if (text != NULL)
                cells[c] = cell_text(text, LEVEL_NONE);
        }
        rows[r] = (struct row){ .key = arena_printf(arena, "%zu", r), .cells = cells };
    }
    grid->columns = columns;
    grid->column_count = count;
    grid->rows = rows;
    grid->row_count = count > 0 ? result->row_count : 0;
}

static const struct grid *
result_grid(struct arena *arena, const struct answer *answer)
{
    static const struct column nothing[] = { { .name = "result", .kind = CELL_TEXT } };
    const struct insights_result *result = answer == NULL ? NULL : answer->insights;
    struct grid *grid = arena_alloc(arena, sizeof *grid);

    *grid = (struct grid){ .name = "results", .sort_column = -1, .empty = "nothing found yet" };
    if (result != NULL) {
        fill_grid(grid, arena, result);
        if (result->state == INSIGHTS_COMPLETE)
            grid->empty = "no line matches";
    }
    if (grid->column_count == 0) {
        grid->columns = nothing;
        grid->column_count = 1;
    }
    return grid;
}

static void
add_facts(struct panel *panel, struct arena *arena, const struct view_query *q,
          const struct chosen *chosen)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "insights");
    struct fact *facts = arena_alloc(arena, 4 * sizeof *facts);
    const char *groups =
        chosen->count == 1 ? chosen->names[0] : counted(arena, (double)chosen->count, "log group");

    if (chosen->left_out > 0)
        groups = arena_printf(arena, "%s, %zu more left out", groups, chosen->left_out);
    facts[panel->fact_count++] = (struct fact){ "groups", cell_text(groups, LEVEL_NONE) };
    if (q->insights_is_typed)
        facts[panel->fact_count++] =
            (struct fact){ "before it runs", cell_text(estimate(arena, q, chosen), LEVEL_NONE) };
    if (was_run(q))
        facts[panel->fact_count++] = (struct fact){ "query", cell_text(q->insights, LEVEL_NONE) };
    if (was_run(q) && answer != NULL && answer->insights != NULL)
        facts[panel->fact_count++] =
            (struct fact){ "read",
                           cell_text(scanned_text(arena, q, answer->insights), LEVEL_NONE) };
    panel->facts = facts;
}

bool
insights_build(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "insights");
    struct chosen chosen;

    choose_groups(&chosen, arena, q);
    if (!q->insights_is_typed && !was_run(q))
        return false;
    panel->name = "insights";
    panel->title = "Insights";
    panel->source = SOURCE;
    add_facts(panel, arena, q, &chosen);
    if (!was_run(q)) {
        panel->note = "Enter runs it";
        return true;
    }
    panel->note = chosen.count == 0 ? "there is no log group to ask" : progress(answer);
    panel->grid = result_grid(arena, answer);
    if (answer != NULL && answer->failure != NULL) {
        panel->failure = answer->failure; /* said once: nothing tries again by itself */
        panel->got_ms = answer->got_ms;
    }
    return true;
}
