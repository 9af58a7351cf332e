/* costs_parts.c - where the money goes: by Component, Function, Environment and resource type, and
 * against what each component was expected to cost.
 * SPDX-License-Identifier: MIT
 *
 * What lacks the tag has a row of its own in each table, even while it costs nothing: it is the
 * part that no report would show. All rows are of one filter, Project, which every note names. */
#include "config.h"

#include "domain/limits.h"
#include "domain/money.h"
#include "domain/projection.h"
#include "tui/views/costs.h"
#include "tui/views/parts.h"

#include <math.h>
#include <string.h>

#define SOURCE "Cost Explorer GetCostAndUsage"

static const struct {
    const char *name;
    const char *title;
    const char *column; /* its heading */
    const char *answer;
    int key;
} pivots[] = {
    { "components", "by Component", "component", COSTS_COMPONENTS, 0 },
    { "functions", "by Function", "function", COSTS_COMPONENTS, 1 },
    { "environments", "by Environment", "environment", COSTS_ENVIRONMENTS, 0 },
    { "resources", "by resource type", "resource", COSTS_ENVIRONMENTS, 1 },
};

enum { NAME, COST, SHARE, END, BEFORE, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [NAME] =   { .name = "", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .is_in_summary = true },
    [COST] =   { .name = "cost", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD, .is_in_summary = true },
    [SHARE] =  { .name = "share", .kind = CELL_GAUGE, .quantity = QUANTITY_PERCENT, .priority = 1, .min_width = 9, .max_width = 16, .is_flexible = true },
    [END] =    { .name = "month end", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD, .priority = 2 },
    [BEFORE] = { .name = "last month", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD, .priority = 3 },
};
/* clang-format on */

static struct cell
money_cell(int64_t microusd)
{
    return cell_number((double)microusd, QUANTITY_MICROUSD, LEVEL_NONE);
}

static void
fill_row(struct row *row, struct arena *arena, const struct spend_part *part, int64_t total)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    bool is_untagged = *part->name == '\0', is_lost = is_untagged && part->to_date > 0;
    double share = total > 0 ? 100.0 * (double)part->to_date / (double)total : 0;

    cells[NAME] =
        cell_text(is_untagged ? "(untagged)" : part->name, is_lost ? LEVEL_WARN : LEVEL_NONE);
    cells[COST] = money_cell(part->to_date);
    cells[SHARE] = cell_gauge(share, 100, (double)NAN, QUANTITY_PERCENT, LEVEL_NONE);
    if (part->has_end)
        cells[END] = money_cell(part->end_of_month);
    cells[BEFORE] = money_cell(part->before);
    *row = (struct row){ .key = is_untagged ? "(untagged)" : part->name,
                         .cells = cells,
                         .level = is_lost ? LEVEL_WARN : LEVEL_NONE };
}

static const struct column *
columns_called(struct arena *arena, const char *heading)
{
    struct column *own = arena_alloc(arena, sizeof columns);

    memcpy(own, columns, sizeof columns);
    own[NAME].name = heading;
    return own;
}

void
costs_build_parts(struct panel *panel, struct arena *arena, const struct view_query *q,
                  const char *name)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct spend_part *parts;
    struct row *rows;
    int64_t total = 0, untagged = 0;
    size_t count, at = 0;

    while (strcmp(pivots[at].name, name) != 0)
        at++;
    parts = costs_split(arena, &count, q, pivots[at].answer, pivots[at].key);
    rows = arena_alloc(arena, (count + 1) * sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        total += parts[i].to_date;
        untagged += *parts[i].name == '\0' ? parts[i].to_date : 0;
    }
    for (size_t i = 0; i < count; i++)
        fill_row(&rows[i], arena, &parts[i], total);
    *grid = (struct grid){ .name = pivots[at].name,
                           .columns = columns_called(arena, pivots[at].column),
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = COST,
                           .sort_descending = true,
                           .empty = "no cost is told under Project=" LIMIT_PROJECT };
    panel->name = pivots[at].name;
    panel->title = pivots[at].title;
    if (count > 0)
        panel->note = arena_printf(arena, "untagged %s", costs_usd(arena, untagged));
    panel->grid = grid;
    panel_source(panel, SOURCE ", Project=" LIMIT_PROJECT, q,
                 snapshot_answer(q->snapshot, pivots[at].answer));
}

/* --- projected against actual --- */

enum { COMPONENT, EXPECTED, ACTUAL, MONTH_END, VERDICT, MADE_OF, LINE_COLUMNS };

/* clang-format off */
static const struct column line_columns[LINE_COLUMNS] = {
    [COMPONENT] = { .name = "component", .kind = CELL_TEXT, .min_width = 14, .is_in_summary = true },
    [EXPECTED] =  { .name = "expected", .kind = CELL_TEXT, .priority = 1 },
    [ACTUAL] =    { .name = "", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD, .priority = 2 },
    [MONTH_END] = { .name = "month end", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD, .is_in_summary = true },
    [VERDICT] =   { .name = "verdict", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true },
    [MADE_OF] =   { .name = "expected of", .kind = CELL_TEXT, .min_width = 24, .priority = 3, .is_flexible = true },
};
/* clang-format on */

static const char *
expected_text(struct arena *arena, const struct projected *p)
{
    if (p == NULL)
        return "none";
    if (p->low == p->high)
        return arena_printf(arena, "$%d", (int)(p->low / MONEY_USD));
    return arena_printf(arena, "$%d to %d", (int)(p->low / MONEY_USD), (int)(p->high / MONEY_USD));
}

/* An editor and a viewer are paid for each; more than one editor's price means more than one. */
static const char *
why_above(struct arena *arena, const struct view_query *q, const struct projection_line *line)
{
    if (line->projected == NULL || strcmp(line->component, "Grafana") != 0)
        return "";
    return arena_printf(arena, "; $%.0f an editor, $%.0f a viewer",
                        view_price_usd(q, PRICE_GRAFANA_EDITOR, 1),
                        view_price_usd(q, PRICE_GRAFANA_VIEWER, 1));
}

/* OpenReplay wants four times the CPU that the document gives it, and x86 (docs.openreplay.com,
 * deployment, minimum specs); what that alone would cost is told before anybody is surprised. */
#define UPSTREAM_VCPU  2
#define UPSTREAM_GIB   8
#define HOURS_OF_MONTH 730

static const char *
made_of_text(struct arena *arena, const struct view_query *q, const struct projected *p)
{
    double usd;

    if (p == NULL)
        return "";
    if (strcmp(p->component, "OpenReplay") != 0)
        return p->what;
    usd = view_price_usd(q, PRICE_FARGATE_VCPU, UPSTREAM_VCPU * HOURS_OF_MONTH) +
          view_price_usd(q, PRICE_FARGATE_GB, UPSTREAM_GIB * HOURS_OF_MONTH);
    return arena_printf(arena, "%s; upstream asks %d vCPU and %d GB, $%.0f on Fargate alone",
                        p->what, UPSTREAM_VCPU, UPSTREAM_GIB, usd);
}

static const char *
verdict_text(struct arena *arena, const struct view_query *q, const struct projection_line *line)
{
    const char *off = costs_usd(arena, line->off < 0 ? -line->off : line->off);

    switch (line->verdict) {
    case PROJECTION_BELOW:
        return arena_printf(arena, "below by %s", off);
    case PROJECTION_IN:
        return "inside";
    case PROJECTION_ABOVE:
        if (line->projected == NULL)
            return "not budgeted";
        return arena_printf(arena, "above by %s%s", off, why_above(arena, q, line));
    case PROJECTION_UNKNOWN:
        break;
    }
    return "cannot be told yet";
}

static enum level
verdict_level(enum projection_verdict verdict)
{
    static const enum level levels[] = { [PROJECTION_UNKNOWN] = LEVEL_UNKNOWN,
                                         [PROJECTION_BELOW] = LEVEL_OK,
                                         [PROJECTION_IN] = LEVEL_OK,
                                         [PROJECTION_ABOVE] = LEVEL_WARN };

    return levels[verdict];
}

static void
fill_line(struct row *row, struct arena *arena, const struct view_query *q,
          const struct projection_line *line)
{
    struct cell *cells = arena_alloc(arena, LINE_COLUMNS * sizeof *cells);
    enum level level = verdict_level(line->verdict);

    cells[COMPONENT] =
        cell_text(*line->component == '\0' ? "(untagged)" : line->component, LEVEL_NONE);
    cells[EXPECTED] = cell_text(expected_text(arena, line->projected), LEVEL_NONE);
    cells[ACTUAL] = money_cell(line->actual);
    if (line->verdict != PROJECTION_UNKNOWN)
        cells[MONTH_END] = money_cell(line->end_of_month);
    cells[VERDICT] = cell_text(verdict_text(arena, q, line), level);
    cells[MADE_OF] = cell_text(made_of_text(arena, q, line->projected), LEVEL_NONE);
    *row = (struct row){ .key = cells[COMPONENT].text,
                         .cells = cells,
                         .level = level == LEVEL_WARN ? level : LEVEL_NONE };
}

/* The log store that the document's stack streams to, and that no row of its costs has. */
static void
fill_opensearch(struct row *row, struct arena *arena)
{
    struct cell *cells = arena_alloc(arena, LINE_COLUMNS * sizeof *cells);

    cells[COMPONENT] = cell_text("OpenSearch", LEVEL_NONE);
    cells[EXPECTED] = cell_text("none", LEVEL_NONE);
    cells[VERDICT] = cell_text("not budgeted; no such tag", LEVEL_NONE);
    cells[MADE_OF] = cell_text("", LEVEL_NONE);
    *row = (struct row){ .key = "OpenSearch", .cells = cells };
}

static const char *
driver_text(struct arena *arena, const struct projection_line *driver)
{
    if (driver == NULL)
        return "each inside its range";
    return arena_printf(arena, "driver: %s, %s %s",
                        *driver->component == '\0' ? "(untagged)" : driver->component,
                        costs_usd(arena, driver->off < 0 ? -driver->off : driver->off),
                        driver->off < 0 ? "below" : "above");
}

static bool
has_line(const struct projection *p, const char *component)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->lines[i].component, component) == 0)
            return true;
    }
    return false;
}

/* Of these columns, what was spent is called `spent`. */
static const struct column *
line_columns_with(struct arena *arena, const char *spent)
{
    struct column *own = arena_alloc(arena, sizeof line_columns);

    memcpy(own, line_columns, sizeof line_columns);
    own[ACTUAL].name = spent;
    return own;
}

void
costs_projected(struct panel *panel, struct arena *arena, const struct view_query *q,
                const struct spend_part *parts, size_t count, const char *spent)
{
    struct projection *p = arena_alloc(arena, sizeof *p);
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows;
    size_t n = 0;

    if (parts != NULL)
        projection_compare(p, parts, count);
    rows = arena_alloc(arena, (p->count + 3) * sizeof *rows);
    for (size_t i = 0; i < p->count; i++)
        fill_line(&rows[n++], arena, q, &p->lines[i]);
    if (parts != NULL) {
        fill_line(&rows[n++], arena, q, &p->total);
        if (!has_line(p, "OpenSearch"))
            fill_opensearch(&rows[n++], arena);
        panel->note = driver_text(arena, p->driver);
    }
    *grid = (struct grid){ .name = "projected",
                           .columns = line_columns_with(arena, spent),
                           .column_count = LINE_COLUMNS,
                           .rows = rows,
                           .row_count = n,
                           .sort_column = -1,
                           .empty = "no cost is told under Project=" LIMIT_PROJECT };
    panel->name = "projected";
    panel->title = "projected against actual";
    panel->grid = grid;
}

void
costs_build_projected(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    size_t count;
    struct spend_part *parts = costs_split(arena, &count, q, COSTS_COMPONENTS, 0);

    costs_projected(panel, arena, q, parts, count, "so far");
    panel_source(panel, SOURCE ", Project=" LIMIT_PROJECT, q,
                 snapshot_answer(q->snapshot, COSTS_COMPONENTS));
}
