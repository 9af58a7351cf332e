/* overview_model.c - what the Overview asks and says.
 * SPDX-License-Identifier: MIT
 *
 * Each panel is the first panel of its own view, made by that view's own builder, so the two cannot
 * disagree; Enter goes there. API Gateway and CloudFront are facts above the functions. What
 * happened is put together of the same answers: alarms that changed, deployments, error groups that
 * are new, and what came in with a fault. Nothing is asked for that its view would not ask. */
#include "config.h"

#include "tui/format.h"
#include "tui/views/analytics.h"
#include "tui/views/costs.h"
#include "tui/views/databases.h"
#include "tui/views/deploys.h"
#include "tui/views/edge.h"
#include "tui/views/known_alarms.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <math.h>
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
    databases_ask_measures(asks, &top);
    known_alarms_ask(asks, &top);
    if (q->snapshot == NULL || !q->snapshot->lacks_umami)
        analytics_ask_summary(asks, &top);
    costs_ask_bill(asks);
    if (q->snapshot != NULL && q->snapshot->is_emulator)
        ask_some(asks, &top, intake_ask, "intake.");
}

/* --- panels of other views --- */

static struct row *
copy_rows(struct arena *arena, const struct grid *grid)
{
    struct row *rows = arena_alloc(arena, (grid->row_count + 1) * sizeof *rows);

    if (grid->row_count > 0)
        memcpy(rows, grid->rows, grid->row_count * sizeof *rows);
    return rows;
}

/* The panel `name` of a model, called after the view it leads to. Its rows lead there too, unless
 * they lead somewhere of their own. */
static struct grid *
take_panel(struct panel *out, struct arena *arena, const struct model *model, const char *name,
           const char *view, const char *title)
{
    const struct panel *panel = model_panel(model, name);
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = copy_rows(arena, panel->grid);

    for (size_t i = 0; i < panel->grid->row_count; i++) {
        if (rows[i].open_view == NULL)
            rows[i].open_view = view;
    }
    *grid = *panel->grid;
    grid->rows = rows;
    *out = *panel;
    out->name = view;
    out->title = title;
    out->grid = grid;
    out->open_view = view;
    return grid;
}

/* "worst route" of the vitals: the first row of the routes, which are sorted so. */
static void
add_worst_route(struct panel *panel, struct arena *arena, const struct model *vitals)
{
    const struct panel *routes = model_panel(vitals, "routes");
    struct fact *fact;

    if (routes->grid->row_count == 0 || routes->grid->rows[0].level < LEVEL_WARN)
        return;
    fact = arena_alloc(arena, sizeof *fact);
    fact->name = "worst route";
    fact->value = cell_text(routes->grid->rows[0].key, routes->grid->rows[0].level);
    panel->facts = fact;
    panel->fact_count = 1;
}

/* An account without a cluster has no panel about it. */
static bool
take_aurora(struct panel *out, struct arena *arena, const struct model *aurora)
{
    const struct panel *measures = model_panel(aurora, "measures");

    if (measures->grid->row_count == 0 && measures->got_ms != 0 && measures->failure == NULL)
        return false;
    take_panel(out, arena, aurora, "measures", "aurora", "Aurora");
    return true;
}

static void
keep_last(struct grid *grid, size_t most)
{
    if (grid->row_count <= most)
        return;
    grid->rows += grid->row_count - most;
    grid->row_count = most;
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
    enum level level;
    const char *view;
    const char *open_key;
    const char *id; /* tells it from others of its view */
};

struct happenings {
    struct arena *arena;
    struct happening *list;
    size_t count;
};

static int
newest_first(const void *a, const void *b)
{
    const struct happening *x = a, *y = b;
    int by_view;

    if (x->time_ms != y->time_ms)
        return x->time_ms > y->time_ms ? -1 : 1;
    by_view = strcmp(x->view, y->view);
    return by_view != 0 ? by_view : strcmp(x->id, y->id);
}

static const struct cell *
cell_named(const struct grid *grid, const struct row *row, const char *name)
{
    static const struct cell none;

    for (size_t i = 0; i < grid->column_count; i++) {
        if (strcmp(grid->columns[i].name, name) == 0)
            return &row->cells[i];
    }
    return &none;
}

/* Rows of a table that are worth telling. */
static void
add_rows(struct happenings *all, const struct grid *grid, const char *view, const char *kind,
         const char *time, const char *text)
{
    for (size_t i = 0; grid != NULL && i < grid->row_count; i++) {
        const struct row *row = &grid->rows[i];

        if (!row->is_new && row->level < LEVEL_WARN)
            continue;
        all->list[all->count++] =
            (struct happening){ .time_ms = cell_named(grid, row, time)->time_ms,
                                .kind = kind,
                                .text = cell_named(grid, row, text)->text,
                                .level = row->level,
                                .view = view,
                                .open_key = row->open_key,
                                .id = row->key };
    }
}

/* Changes of state; that an alarm was configured or has told somebody is in its own history. */
static void
add_alarms(struct happenings *all, const struct answer *events)
{
    for (size_t i = 0; events != NULL && i < events->alarm_event_count; i++) {
        const struct alarm_history_item *event = &events->alarm_events[i];

        if (event->to == ALARM_STATES)
            continue;
        all->list[all->count++] = (struct happening){
            .time_ms = event->time_ms,
            .kind = "alarm",
            .text = arena_printf(all->arena, "%s  %s", event->alarm,
                                 alarm_event_word(all->arena, event)),
            .level = alarm_event_level(event),
            .view = "alarms",
            .open_key = event->alarm,
            .id = arena_printf(all->arena, "%s %lld", event->alarm, (long long)event->time_ms),
        };
    }
}

static void
add_deploys(struct happenings *all, const struct view_query *q)
{
    /* An emulator cannot tell a deployment: it knows when a function was first heard of. */
    bool is_emulator = q->snapshot != NULL && q->snapshot->is_emulator;
    size_t count;
    const struct chart_mark *marks = deploys_marks(all->arena, q, NULL, &count);

    for (size_t i = 0; i < count; i++)
        all->list[all->count++] =
            (struct happening){ .time_ms = marks[i].time_ms,
                                .kind = is_emulator ? "first seen" : "deploy",
                                .text = arena_printf(all->arena, "function %s", marks[i].label),
                                .level = LEVEL_OK,
                                .view = "lambda",
                                .id = marks[i].label };
}

static size_t
happenings_most(const struct view_query *q, const struct grid *errors, const struct grid *intake)
{
    const struct answer *events = known_alarms_events(q), *functions = deploys_answer(q);

    return errors->row_count + (intake == NULL ? 0 : intake->row_count) +
           (events == NULL ? 0 : events->alarm_event_count) +
           (functions == NULL ? 0 : functions->function_count);
}

static void
fill_event(struct row *row, struct arena *arena, const struct happening *h)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);

    cells[TIME] = cell_time(h->time_ms);
    cells[KIND] = cell_text(h->kind, h->level);
    cells[TEXT] = cell_text(h->text, LEVEL_NONE);
    *row = (struct row){ .key = arena_printf(arena, "%s %s", h->view, h->id),
                         .cells = cells,
                         .level = h->level >= LEVEL_WARN ? h->level : LEVEL_NONE,
                         .open_view = h->view,
                         .open_key = h->open_key };
}

static void
build_events(struct panel *panel, struct arena *arena, const struct view_query *q,
             const struct grid *errors, const struct grid *intake)
{
    size_t most = happenings_most(q, errors, intake);
    struct happenings all = { .arena = arena,
                              .list = arena_alloc(arena, (most + 1) * sizeof *all.list) };
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows;

    add_rows(&all, errors, "errors", "new error", "first", "message");
    add_rows(&all, intake, "intake", "fault", "time", "verdict");
    add_alarms(&all, known_alarms_events(q));
    add_deploys(&all, q);
    if (all.count > 1)
        qsort(all.list, all.count, sizeof *all.list, newest_first);
    if (all.count > EVENTS_MAX)
        all.count = EVENTS_MAX;
    rows = arena_alloc(arena, (all.count + 1) * sizeof *rows);
    for (size_t i = 0; i < all.count; i++)
        fill_event(&rows[i], arena, &all.list[i]);
    *grid = (struct grid){ .name = "events",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = all.count,
                           .sort_column = TIME,
                           .sort_descending = true,
                           .empty = "nothing worth telling in this range" };
    panel->name = "events";
    panel->title = "what happened";
    panel->note = "newest first";
    panel->grid = grid;
}

/* --- before the functions --- */

static const char *
p95_text(struct arena *arena, double p95_ms)
{
    char text[FORMAT_TEXT];

    format_quantity(text, p95_ms, QUANTITY_MILLISECONDS);
    return isnan(p95_ms) ? "" : arena_printf(arena, "p95 %s   ", text);
}

static const char *
share_text(struct arena *arena, const char *what, double share)
{
    char text[FORMAT_TEXT];

    format_quantity(text, share, QUANTITY_PERCENT);
    return isnan(share) ? "" : arena_printf(arena, "%s %s   ", what, text);
}

/* "API 5xx 0.21 %   p95 240 ms" and "CDN hit 94 %   5xx 0.02 %", where there is one. */
static void
add_edge(struct panel *panel, struct arena *arena, const struct view_query *q,
         const struct model *lambda)
{
    struct fact *facts = arena_alloc(arena, 2 * sizeof *facts);
    struct panel unused = { 0 };
    struct gateway_total apis;
    struct cdn_total cdn;

    panel->facts = facts;
    gateway_build(&unused, arena, q, &apis);
    if (model_panel(lambda, "api")->grid->row_count > 0 && apis.requests > 0)
        facts[panel->fact_count++] = (struct fact){
            "API",
            cell_text(arena_printf(arena, "%s%s%s", share_text(arena, "5xx", apis.server_share),
                                   p95_text(arena, apis.p95_ms),
                                   counted(arena, apis.requests, "request")),
                      gateway_level(apis.server_share))
        };
    if (cdn_build(&unused, arena, q, &cdn) && cdn.requests > 0)
        facts[panel->fact_count++] =
            (struct fact){ "CDN", cell_text(arena_printf(arena, "%s%s%s",
                                                         share_text(arena, "5xx", cdn.server_share),
                                                         share_text(arena, "hit", cdn.hit_share),
                                                         counted(arena, cdn.requests, "request")),
                                            gateway_level(cdn.server_share)) };
}

/* The Analytics view's first panel; where there are several websites it says whose visitors these
 * are. */
static void
build_visitors(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const char *website = analytics_one_of_several(arena, q);

    panel->name = "analytics";
    panel->title = "Visitors";
    panel->open_view = "analytics";
    analytics_build_summary(panel, arena, q, ANALYTICS_FIGURES_SHORT);
    if (website != NULL && panel->note != NULL)
        panel->note = arena_printf(arena, "%s, %s", website, panel->note);
    if (q->snapshot != NULL && q->snapshot->lacks_umami)
        panel->failure = "no Umami is configured: umami-url names one";
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
    struct view_query top = at_the_top(q), quiet = top;
    struct panel *panels = arena_alloc(arena, 9 * sizeof *panels);
    struct model vitals = { 0 }, errors = { 0 }, lambda = { 0 }, alarms = { 0 }, intake = { 0 };
    struct model aurora = { 0 };
    bool has_intake = q->snapshot != NULL && q->snapshot->is_emulator;
    struct grid *groups, *requests = NULL;

    model_begin(out, q);
    vitals_build(&vitals, arena, &top);
    errors_build(&errors, arena, &top);
    lambda_build(&lambda, arena, &top);
    quiet.is_behind = true; /* nobody asks here what the alarms measure now */
    alarms_build(&alarms, arena, &quiet);
    aurora_build(&aurora, arena, &top);
    take_panel(&panels[0], arena, &vitals, "metrics", "vitals", "Web vitals p75");
    add_worst_route(&panels[0], arena, &vitals);
    groups = take_panel(&panels[1], arena, &errors, "groups", "errors", "Errors");
    take_panel(&panels[2], arena, &lambda, "functions", "lambda", "Lambda, API, CDN");
    add_edge(&panels[2], arena, &top, &lambda);
    take_panel(&panels[3], arena, &alarms, "alarms", "alarms", "Alarms");
    out->panel_count = 5;
    if (take_aurora(&panels[out->panel_count], arena, &aurora))
        out->panel_count++;
    if (has_intake) {
        intake_build(&intake, arena, &top);
        requests =
            take_panel(&panels[out->panel_count++], arena, &intake, "requests", "intake", "Intake");
    }
    build_events(&panels[4], arena, &top, groups, requests);
    add_age(&panels[4], &panels[1]);
    add_age(&panels[4], &panels[3]);
    if (has_intake) {
        add_age(&panels[4], &panels[out->panel_count - 1]);
        keep_last(requests, INTAKE_MAX);
    }
    costs_build_summary(&panels[out->panel_count++], arena, &top);
    build_visitors(&panels[out->panel_count++], arena, &top);
    out->panels = panels;
    out->attention = vitals.attention + errors.attention + lambda.attention + alarms.attention +
                     aurora.attention;
    if (out->attention > 0)
        out->attention_level = out->attention > errors.attention ? LEVEL_BAD : LEVEL_WARN;
}
