/* overview_model.c - what the Overview asks and says.
 * SPDX-License-Identifier: MIT
 *
 * Each panel is the first panel of its own view, made by that view's own builder, so the two cannot
 * disagree; Enter goes there. What happened is put together of the same answers: error groups that
 * are new, and what came in with a fault. Nothing is asked for that its view would not ask. */
#include "config.h"

#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 50
#define INTAKE_MAX 50

/* The same query at the top of a view. */
static struct view_query
at_the_top(const struct view_query *q)
{
    struct view_query top = *q;

    top.key = "";
    top.cursor = "";
    top.filter = "";
    return top;
}

/* What a view asks, without what only its details need. */
static void
ask_some(struct ask_list *asks, const struct view_query *q,
         void (*ask)(struct ask_list *asks, const struct view_query *q), const char *but)
{
    struct ask_list *all = ask_list_new();

    ask(all, q);
    for (size_t i = 0; i < all->count; i++) {
        if (strncmp(all->items[i].key, but, strlen(but)) != 0)
            ask_list_add(asks, &all->items[i]);
    }
    ask_list_free(all);
}

void
overview_ask(struct ask_list *asks, const struct view_query *q)
{
    struct view_query top = at_the_top(q);

    ask_some(asks, &top, vitals_ask, "vitals.spread.");
    ask_some(asks, &top, errors_ask, "-");
    ask_some(asks, &top, lambda_ask, "-");
    if (q->snapshot != NULL && q->snapshot->is_emulator)
        ask_some(asks, &top, intake_ask, "intake.");
}

/* --- panels of other views --- */

static struct row *
copy_rows(struct arena *arena, const struct table *table)
{
    struct row *rows = arena_alloc(arena, (table->row_count + 1) * sizeof *rows);

    if (table->row_count > 0)
        memcpy(rows, table->rows, table->row_count * sizeof *rows);
    return rows;
}

/* The panel `name` of a model, called after the view it leads to. Its rows lead there too, unless
 * they lead somewhere of their own. */
static struct table *
take_panel(struct panel *out, struct arena *arena, const struct model *model, const char *name,
           const char *view, const char *title)
{
    const struct panel *panel = model_panel(model, name);
    struct table *table = arena_alloc(arena, sizeof *table);
    struct row *rows = copy_rows(arena, panel->table);

    for (size_t i = 0; i < panel->table->row_count; i++) {
        if (rows[i].open_view == NULL)
            rows[i].open_view = view;
    }
    *table = *panel->table;
    table->rows = rows;
    *out = *panel;
    out->name = view;
    out->title = title;
    out->table = table;
    out->open_view = view;
    return table;
}

/* "worst route" of the vitals: the first row of the routes, which are sorted so. */
static void
add_worst_route(struct panel *panel, struct arena *arena, const struct model *vitals)
{
    const struct panel *routes = model_panel(vitals, "routes");
    struct fact *fact;

    if (routes->table->row_count == 0 || routes->table->rows[0].level < LEVEL_WARN)
        return;
    fact = arena_alloc(arena, sizeof *fact);
    fact->name = "worst route";
    fact->value = cell_text(routes->table->rows[0].key, routes->table->rows[0].level);
    panel->facts = fact;
    panel->fact_count = 1;
}

static void
keep_last(struct table *table, size_t most)
{
    if (table->row_count <= most)
        return;
    table->rows += table->row_count - most;
    table->row_count = most;
}

/* --- what happened --- */

enum { TIME, KIND, TEXT, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [TIME] = { .name = "time", .kind = CELL_TIME },
    [KIND] = { .name = "what", .kind = CELL_TEXT, .is_in_summary = true },
    [TEXT] = { .name = "text", .kind = CELL_TEXT, .min_width = 20, .is_flexible = true, .is_in_summary = true },
};
/* clang-format on */

struct happening {
    int64_t time_ms;
    const char *kind;
    const char *text;
    const char *view;
    const struct row *row;
};

static int
newest_first(const void *a, const void *b)
{
    const struct happening *x = a, *y = b;

    if (x->time_ms != y->time_ms)
        return x->time_ms > y->time_ms ? -1 : 1;
    return strcmp(x->row->key, y->row->key);
}

static const struct cell *
cell_named(const struct table *table, const struct row *row, const char *name)
{
    static const struct cell none;

    for (size_t i = 0; i < table->column_count; i++) {
        if (strcmp(table->columns[i].name, name) == 0)
            return &row->cells[i];
    }
    return &none;
}

/* Rows of a table that are worth telling. */
static size_t
add_happenings(struct happening *list, size_t count, const struct table *table, const char *view,
               const char *kind, const char *time, const char *text)
{
    for (size_t i = 0; table != NULL && i < table->row_count; i++) {
        const struct row *row = &table->rows[i];

        if (!row->is_new && row->level < LEVEL_WARN)
            continue;
        list[count++] = (struct happening){ .time_ms = cell_named(table, row, time)->time_ms,
                                            .kind = kind,
                                            .text = cell_named(table, row, text)->text,
                                            .view = view,
                                            .row = row };
    }
    return count;
}

static void
build_events(struct panel *panel, struct arena *arena, const struct table *errors,
             const struct table *intake)
{
    size_t most = errors->row_count + (intake == NULL ? 0 : intake->row_count);
    struct happening *list = arena_alloc(arena, (most + 1) * sizeof *list);
    struct table *table = arena_alloc(arena, sizeof *table);
    size_t count = 0;
    struct row *rows;

    count = add_happenings(list, count, errors, "errors", "new error", "first", "message");
    count = add_happenings(list, count, intake, "intake", "fault", "time", "verdict");
    if (count > 1)
        qsort(list, count, sizeof *list, newest_first);
    if (count > EVENTS_MAX)
        count = EVENTS_MAX;
    rows = arena_alloc(arena, (count + 1) * sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);

        cells[TIME] = cell_time(list[i].time_ms);
        cells[KIND] = cell_text(list[i].kind, list[i].row->level);
        cells[TEXT] = cell_text(list[i].text, LEVEL_NONE);
        rows[i] = (struct row){ .key = arena_printf(arena, "%s %s", list[i].view, list[i].row->key),
                                .cells = cells,
                                .level = list[i].row->level,
                                .open_view = list[i].view,
                                .open_key = list[i].row->open_key };
    }
    *table = (struct table){ .name = "events",
                             .columns = columns,
                             .column_count = COLUMNS,
                             .rows = rows,
                             .row_count = count,
                             .sort_column = TIME,
                             .sort_descending = true,
                             .empty = "nothing worth telling in this range" };
    panel->name = "events";
    panel->title = "what happened";
    panel->note = "newest first";
    panel->table = table;
}

/* As old as the older of the two it is made of. */
static void
add_age(struct panel *panel, const struct panel *of)
{
    panel->source = of->source;
    if (of->got_ms != 0 && (panel->got_ms == 0 || of->got_ms < panel->got_ms))
        panel->got_ms = of->got_ms;
    if (of->pace_ms > panel->pace_ms)
        panel->pace_ms = of->pace_ms;
    if (panel->failure == NULL) {
        panel->failure = of->failure;
        panel->retry_ms = of->retry_ms;
    }
}

void
overview_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct view_query top = at_the_top(q);
    struct panel *panels = arena_alloc(arena, 5 * sizeof *panels);
    struct model vitals = { 0 }, errors = { 0 }, lambda = { 0 }, intake = { 0 };
    bool has_intake = q->snapshot != NULL && q->snapshot->is_emulator;
    struct table *groups, *requests = NULL;

    model_begin(out, q);
    vitals_build(&vitals, arena, &top);
    errors_build(&errors, arena, &top);
    lambda_build(&lambda, arena, &top);
    take_panel(&panels[0], arena, &vitals, "metrics", "vitals", "Web vitals p75");
    add_worst_route(&panels[0], arena, &vitals);
    groups = take_panel(&panels[1], arena, &errors, "groups", "errors", "Errors");
    take_panel(&panels[2], arena, &lambda, "functions", "lambda", "Lambda");
    out->panel_count = 4;
    if (has_intake) {
        intake_build(&intake, arena, &top);
        requests = take_panel(&panels[4], arena, &intake, "requests", "intake", "Intake");
        out->panel_count = 5;
    }
    build_events(&panels[3], arena, groups, requests);
    add_age(&panels[3], &panels[1]);
    if (has_intake) {
        add_age(&panels[3], &panels[4]);
        keep_last(requests, INTAKE_MAX);
    }
    out->panels = panels;
    out->attention = vitals.attention + errors.attention + lambda.attention;
    if (out->attention > 0)
        out->attention_level = vitals.attention + lambda.attention > 0 ? LEVEL_BAD : LEVEL_WARN;
}
