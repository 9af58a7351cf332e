/* analytics_model.c - what the Analytics view asks and says.
 * SPDX-License-Identifier: MIT
 *
 * Panels and their wires, all of Umami's read API:
 *   summary   GET stats (with what was before), GET pageviews, GET active
 *   active    GET active; GET realtime for where people are
 *   pages, referrers, events, countries, devices   GET metrics by type
 *   websites  GET websites
 *   hits      GET realtime, or an emulator's own intake (hits_model.c)
 * Umami counts a value by the people who had it, an event by how often it happened. A visit without
 * a second view is a bounce; its average time is all seconds by all visits, as Umami's own pages
 * have it. */
#include "config.h"

#include "tui/views/analytics.h"
#include "tui/views/models.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NOW_MS   300000 /* who is there "now": Umami's own five minutes */
#define LISTED   12     /* websites in a sentence */
#define WEBSITES "umami.websites"

/* clang-format off */
static const struct list {
    const char *name; /* of the panel */
    const char *type; /* in the words of version 3 */
    const char *heading;
    const char *counted;
    const char *nameless;
    const char *empty;
} lists[] = {
    { "pages", "path", "page", "visitors", "(no path)", "no page was viewed in this range" },
    { "referrers", "referrer", "referrer", "visitors", "(direct)", "nobody came from another site" },
    { "events", "event", "event", "times", "(no name)", "no event in this range" },
    { "countries", "country", "country", "visitors", "(unknown)", "no country is known: a proxy's header or a geo database tells it" },
    { "devices", "device", "device", "visitors", "(unknown)", "no device is known" },
};
/* clang-format on */
#define LISTS (sizeof lists / sizeof lists[0])

/* --- the website --- */

static const struct umami_answer *
known_websites(const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, WEBSITES);

    return answer == NULL ? NULL : answer->umami;
}

const char *
analytics_website_word(const struct umami_website *website)
{
    if (*website->domain != '\0')
        return website->domain;
    return *website->name != '\0' ? website->name : website->id;
}

/* Its id, its domain or its name. */
static bool
is_called(const struct umami_website *website, const char *name)
{
    return strcasecmp(website->id, name) == 0 || strcasecmp(website->domain, name) == 0 ||
           strcasecmp(website->name, name) == 0;
}

static bool
comes_before(const struct umami_website *a, const struct umami_website *b)
{
    int by = strcasecmp(a->name, b->name);

    return by != 0 ? by < 0 : strcmp(a->id, b->id) < 0;
}

static bool
looks_like_id(const char *text)
{
    return strlen(text) == 36 && text[strspn(text, "0123456789abcdefABCDEF-")] == '\0';
}

static const char *
names_of(struct arena *arena, const struct umami_answer *known)
{
    const char *all = "";

    for (size_t i = 0; i < known->website_count && i < LISTED; i++)
        all = arena_printf(arena, "%s%s%s", all, i == 0 ? "" : ", ",
                           analytics_website_word(&known->websites[i]));
    return all;
}

static const struct umami_website *
website_called(const struct umami_answer *known, const char *name)
{
    const struct umami_website *found = NULL;

    for (size_t i = 0; known != NULL && i < known->website_count; i++) {
        const struct umami_website *at = &known->websites[i];

        if (name != NULL ? found == NULL && is_called(at, name)
                         : found == NULL || comes_before(at, found))
            found = at;
    }
    return found;
}

bool
analytics_website(struct umami_website *out, struct arena *arena, const struct view_query *q,
                  const char **why)
{
    const struct umami_answer *known = known_websites(q);
    const char *name = q->names == NULL ? NULL : q->names->website;
    const struct umami_website *found;

    *why = NULL;
    if (*q->key != '\0')
        name = q->key;
    found = website_called(known, name);
    if (found != NULL)
        *out = *found;
    else if (name != NULL && looks_like_id(name)) /* one that is not in the user's own list */
        *out = (struct umami_website){ .id = name, .name = "", .domain = "" };
    else if (known != NULL && known->website_count == 0)
        *why = "Umami has no website yet: add its script to a page, or add one there";
    else if (known != NULL)
        *why = arena_printf(arena, "Umami has no website \"%s\"; there are %s", name,
                            names_of(arena, known));
    return found != NULL || (name != NULL && looks_like_id(name));
}

const char *
analytics_one_of_several(struct arena *arena, const struct view_query *q)
{
    const struct umami_answer *known = known_websites(q);
    struct umami_website website;
    const char *why;

    if (known == NULL || known->website_count < 2 || !analytics_website(&website, arena, q, &why))
        return NULL;
    return analytics_website_word(&website);
}

/* --- asking --- */

static const char *
key_of(struct arena *arena, const char *website, enum umami_topic topic, const char *type)
{
    static const char *const words[UMAMI_TOPICS] = {
        [UMAMI_ACTIVE] = "active",   [UMAMI_STATS] = "stats",       [UMAMI_PAGEVIEWS] = "views",
        [UMAMI_METRICS] = "metrics", [UMAMI_REALTIME] = "realtime",
    };

    return arena_printf(arena, "umami.%s%s%s.%s", words[topic], type == NULL ? "" : ".",
                        type == NULL ? "" : type, website);
}

const struct answer *
analytics_answer(struct arena *arena, const struct view_query *q, const char *website,
                 enum umami_topic topic, const char *type)
{
    return snapshot_answer(q->snapshot, key_of(arena, website, topic, type));
}

static void
ask_about(struct ask_list *asks, struct arena *arena, const struct view_query *q,
          const char *website, enum umami_topic topic, const char *type)
{
    bool is_now = topic == UMAMI_ACTIVE || topic == UMAMI_REALTIME;

    ask_list_add(asks, &(struct ask){ .key = key_of(arena, website, topic, type),
                                      .kind = ASK_UMAMI,
                                      .range = { .span_ms = is_now ? NOW_MS : q->range.span_ms,
                                                 .to_ms = is_now ? 0 : q->range.to_ms },
                                      .umami = topic,
                                      .website = website,
                                      .umami_metric = type });
}

void
analytics_ask_websites(struct ask_list *asks)
{
    ask_list_add(asks, &(struct ask){ .key = WEBSITES,
                                      .kind = ASK_UMAMI,
                                      .range = { .span_ms = NOW_MS },
                                      .umami = UMAMI_WEBSITES });
}

void
analytics_ask_summary(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct umami_website website;
    const char *why;

    analytics_ask_websites(asks);
    if (analytics_website(&website, arena, q, &why)) {
        ask_about(asks, arena, q, website.id, UMAMI_STATS, NULL);
        ask_about(asks, arena, q, website.id, UMAMI_PAGEVIEWS, NULL);
        ask_about(asks, arena, q, website.id, UMAMI_ACTIVE, NULL);
    }
    arena_free(arena);
}

void
analytics_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct umami_website website;
    const char *why;

    analytics_ask_summary(asks, q);
    if (analytics_website(&website, arena, q, &why)) {
        for (size_t i = 0; i < LISTS; i++)
            ask_about(asks, arena, q, website.id, UMAMI_METRICS, lists[i].type);
        ask_about(asks, arena, q, website.id, UMAMI_REALTIME, NULL);
    }
    hits_ask(asks, q);
    arena_free(arena);
}

/* --- the summary --- */

enum { FIGURE, NOW, BEFORE, CHANGE, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [FIGURE] = { .name = "figure", .kind = CELL_TEXT, .is_in_summary = true },
    [NOW] =    { .name = "now", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true },
    [BEFORE] = { .name = "before", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 1 },
    [CHANGE] = { .name = "change", .kind = CELL_DELTA, .quantity = QUANTITY_PERCENT, .is_in_summary = true },
};
/* clang-format on */

static double
bounce_share(const double figures[UMAMI_FIGURES])
{
    return figures[UMAMI_VISITS] > 0 ? 100 * figures[UMAMI_BOUNCES] / figures[UMAMI_VISITS]
                                     : (double)NAN;
}

static double
average_ms(const double figures[UMAMI_FIGURES])
{
    return figures[UMAMI_VISITS] > 0 ? 1000 * figures[UMAMI_SECONDS] / figures[UMAMI_VISITS]
                                     : (double)NAN;
}

/* By how much more than before, in percent; of a share, in points of it. NaN: nothing to compare
 * with. */
static double
change_of(double now, double before, enum quantity quantity)
{
    if (quantity == QUANTITY_PERCENT)
        return now - before;
    return before > 0 ? 100 * (now - before) / before : (double)NAN;
}

static void
fill_figure(struct row *row, struct arena *arena, const char *name, double now, double before,
            enum quantity quantity)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    double change = change_of(now, before, quantity);

    cells[FIGURE] = cell_text(name, LEVEL_NONE);
    cells[NOW] = cell_number(now, quantity, LEVEL_NONE);
    cells[BEFORE] = cell_number(before, quantity, LEVEL_NONE);
    if (!isnan(change))
        cells[CHANGE] = cell_delta(change, QUANTITY_PERCENT);
    *row = (struct row){ .key = name, .cells = cells };
}

static const struct grid *
figures_grid(struct arena *arena, const struct umami_answer *stats, size_t figures, const char *why)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, ANALYTICS_FIGURES * sizeof *rows);

    *grid = (struct grid){ .name = "figures",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = stats == NULL ? 0 : figures,
                           .sort_column = -1,
                           .empty = why == NULL ? "no figures" : why };
    if (stats == NULL)
        return grid;
    fill_figure(&rows[0], arena, "visitors", stats->now[UMAMI_VISITORS],
                stats->before[UMAMI_VISITORS], QUANTITY_COUNT);
    fill_figure(&rows[1], arena, "visits", stats->now[UMAMI_VISITS], stats->before[UMAMI_VISITS],
                QUANTITY_COUNT);
    fill_figure(&rows[2], arena, "views", stats->now[UMAMI_VIEWS], stats->before[UMAMI_VIEWS],
                QUANTITY_COUNT);
    fill_figure(&rows[3], arena, "bounce", bounce_share(stats->now), bounce_share(stats->before),
                QUANTITY_PERCENT);
    fill_figure(&rows[4], arena, "average visit", average_ms(stats->now), average_ms(stats->before),
                QUANTITY_MILLISECONDS);
    return grid;
}

/* Steps without views are absent in the answer, and none they were. */
static const struct series *
views_series(struct arena *arena, const struct answer *answer)
{
    const struct umami_answer *told = answer->umami;
    struct series *series = arena_alloc(arena, sizeof *series);
    int64_t step_ms = told->step_ms;
    double *values;

    series->name = "views";
    series->quantity = QUANTITY_COUNT;
    series->step_ms = step_ms;
    series->from_ms = answer->from_ms - answer->from_ms % step_ms;
    series->count = (size_t)((answer->to_ms - series->from_ms) / step_ms) + 1;
    series->open = 1;
    values = arena_alloc(arena, series->count * sizeof *values);
    for (size_t i = 0; i < told->bucket_count; i++) {
        int64_t at = (told->buckets[i].at_ms - series->from_ms) / step_ms;

        if (told->buckets[i].at_ms >= series->from_ms && at < (int64_t)series->count)
            values[at] += told->buckets[i].views;
    }
    series->values = values;
    return series;
}

static void
add_graph(struct panel *panel, struct arena *arena, const struct answer *answer)
{
    struct chart *chart;

    if (answer == NULL || answer->umami == NULL || answer->umami->step_ms <= 0)
        return;
    chart = arena_alloc(arena, sizeof *chart);
    *chart = (struct chart){ .name = "views",
                             .series = views_series(arena, answer),
                             .series_count = 1,
                             .quantity = QUANTITY_COUNT };
    panel->charts = chart;
    panel->chart_count = 1;
}

void
analytics_build_summary(struct panel *panel, struct arena *arena, const struct view_query *q,
                        size_t figures)
{
    const struct answer *websites = snapshot_answer(q->snapshot, WEBSITES), *stats = NULL;
    struct umami_website website;
    const struct answer *active, *steps;
    const char *why;

    panel_source(panel, ANALYTICS_SOURCE, q, websites);
    if (!analytics_website(&website, arena, q, &why)) {
        panel->grid = figures_grid(arena, NULL, 0, why);
        if (q->names != NULL && q->names->website != NULL && panel->failure == NULL)
            panel->failure = why; /* a wrong setting */
        return;
    }
    stats = analytics_answer(arena, q, website.id, UMAMI_STATS, NULL);
    steps = analytics_answer(arena, q, website.id, UMAMI_PAGEVIEWS, NULL);
    active = analytics_answer(arena, q, website.id, UMAMI_ACTIVE, NULL);
    panel->grid = figures_grid(arena, stats == NULL ? NULL : stats->umami, figures, NULL);
    add_graph(panel, arena, steps);
    panel_source(panel, ANALYTICS_SOURCE, q, stats);
    panel_source(panel, ANALYTICS_SOURCE, q, steps);
    panel_source(panel, ANALYTICS_SOURCE, q, active);
    if (active != NULL && active->umami != NULL)
        panel->note = arena_printf(arena, "%s now", count_text(arena, active->umami->active));
}

/* --- who is there --- */

enum { PEOPLE, PAGE, PAGE_COLUMNS };

/* clang-format off */
static const struct column page_columns[PAGE_COLUMNS] = {
    [PEOPLE] = { .name = "people", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .is_in_summary = true },
    [PAGE] =   { .name = "page", .kind = CELL_TEXT, .min_width = 10, .max_width = 64, .takes_rest = true, .is_flexible = true, .is_in_summary = true },
};
/* clang-format on */

static int
fullest_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int by = cell_compare_down(&x->cells[PEOPLE], &y->cells[PEOPLE]);

    return by != 0 ? by : strcmp(x->key, y->key);
}

static bool
was_seen(const struct umami_live_hit *hits, size_t count, const char *session)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(hits[i].session, session) == 0)
            return true;
    }
    return false;
}

/* Where everybody's newest hit of the last five minutes was. */
static size_t
count_people(struct umami_value *pages, const struct answer *realtime)
{
    const struct umami_answer *now = realtime->umami;
    size_t count = 0;

    for (size_t i = 0; i < now->hit_count; i++) {
        const struct umami_live_hit *hit = &now->hits[i];
        size_t at = 0;

        if (hit->time_ms < realtime->to_ms - NOW_MS || *hit->path == '\0' ||
            was_seen(now->hits, i, hit->session))
            continue;
        while (at < count && strcmp(pages[at].name, hit->path) != 0)
            at++;
        if (at == count)
            pages[count++] = (struct umami_value){ .name = hit->path };
        pages[at].count++;
    }
    return count;
}

static void
fill_pages(struct grid *grid, struct row *rows, struct arena *arena, const struct answer *realtime)
{
    struct umami_value *pages = arena_alloc(arena, UMAMI_ROWS_MAX * sizeof *pages);

    grid->row_count = count_people(pages, realtime);
    for (size_t i = 0; i < grid->row_count; i++) {
        struct cell *cells = arena_alloc(arena, PAGE_COLUMNS * sizeof *cells);

        cells[PAGE] = cell_text(pages[i].name, LEVEL_NONE);
        cells[PEOPLE] = cell_number(pages[i].count, QUANTITY_COUNT, LEVEL_NONE);
        rows[i] = (struct row){ .key = pages[i].name, .cells = cells };
    }
    if (grid->row_count > 1)
        qsort(rows, grid->row_count, sizeof *rows, fullest_first);
}

/* Realtime lists the newest hits alone: at a busy site it does not reach back five minutes. */
static const char *
people_note(struct arena *arena, double active, const struct grid *pages)
{
    const char *all = count_text(arena, active);
    double listed = 0;

    for (size_t i = 0; i < pages->row_count; i++)
        listed += pages->rows[i].cells[PEOPLE].number;
    if (listed > 0 && listed < active)
        return arena_printf(arena, "%s of %s people", count_text(arena, listed), all);
    return arena_printf(arena, "%s %s", all, active > 0.5 && active < 1.5 ? "person" : "people");
}

static void
build_active(struct panel *panel, struct arena *arena, const struct view_query *q,
             const struct umami_website *website)
{
    const struct answer *active = analytics_answer(arena, q, website->id, UMAMI_ACTIVE, NULL);
    const struct answer *realtime = analytics_answer(arena, q, website->id, UMAMI_REALTIME, NULL);
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, UMAMI_ROWS_MAX * sizeof *rows);

    *grid = (struct grid){ .name = "pages",
                           .columns = page_columns,
                           .column_count = PAGE_COLUMNS,
                           .rows = rows,
                           .sort_column = PEOPLE,
                           .sort_descending = true,
                           .empty = "nobody in the last five minutes" };
    if (realtime != NULL && realtime->umami != NULL)
        fill_pages(grid, rows, arena, realtime);
    panel->name = "active";
    panel->title = "active now";
    panel->grid = grid;
    if (active != NULL && active->umami != NULL)
        panel->note = people_note(arena, active->umami->active, grid);
    panel_source(panel, ANALYTICS_SOURCE, q, active);
    panel_source(panel, ANALYTICS_SOURCE, q, realtime);
}

/* --- pages, referrers, events, countries, devices --- */

enum { NAME, COUNT, SHARE, LIST_COLUMNS };

static const struct column *
list_columns(struct arena *arena, const struct list *list)
{
    struct column *own = arena_alloc(arena, LIST_COLUMNS * sizeof *own);

    own[NAME] = (struct column){ .name = list->heading,
                                 .kind = CELL_TEXT,
                                 .min_width = 16,
                                 .max_width = 64,
                                 .takes_rest = true,
                                 .is_flexible = true,
                                 .is_in_summary = true };
    own[COUNT] = (struct column){ .name = list->counted,
                                  .kind = CELL_NUMBER,
                                  .quantity = QUANTITY_COUNT,
                                  .is_in_summary = true };
    own[SHARE] = (struct column){ .name = "of most",
                                  .kind = CELL_GAUGE,
                                  .quantity = QUANTITY_PERCENT,
                                  .priority = 1,
                                  .min_width = 7,
                                  .max_width = 14,
                                  .is_flexible = true };
    return own;
}

static void
build_list(struct panel *panel, struct arena *arena, const struct view_query *q,
           const struct umami_website *website, const struct list *list)
{
    const struct answer *answer =
        analytics_answer(arena, q, website->id, UMAMI_METRICS, list->type);
    const struct umami_answer *metrics = answer == NULL ? NULL : answer->umami;
    size_t count = metrics == NULL ? 0 : metrics->row_count;
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);

    for (size_t i = 0; i < count; i++) {
        struct cell *cells = arena_alloc(arena, LIST_COLUMNS * sizeof *cells);
        const char *name = metrics->rows[i].name;
        double n = metrics->rows[i].count, most = metrics->rows[0].count;

        cells[NAME] = cell_text(name == NULL ? list->nameless : name, LEVEL_NONE);
        cells[COUNT] = cell_number(n, QUANTITY_COUNT, LEVEL_NONE);
        if (most > 0)
            cells[SHARE] =
                cell_gauge(100 * n / most, 100, (double)NAN, QUANTITY_PERCENT, LEVEL_NONE);
        rows[i] = (struct row){ .key = name == NULL ? list->nameless : name, .cells = cells };
    }
    *grid = (struct grid){ .name = list->name,
                           .columns = list_columns(arena, list),
                           .column_count = LIST_COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = COUNT,
                           .sort_descending = true,
                           .empty = list->empty };
    panel->name = list->name;
    panel->title = list->name;
    panel->note = metrics != NULL && metrics->is_partial
                      ? arena_printf(arena, "first %s", count_text(arena, (double)count))
                      : NULL;
    panel->grid = grid;
    panel_source(panel, ANALYTICS_SOURCE, q, answer);
}

/* --- which websites there are --- */

enum { SITE, SITE_NAME, SITE_COLUMNS };

/* clang-format off */
static const struct column site_columns[SITE_COLUMNS] = {
    [SITE] =      { .name = "website", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .is_in_summary = true },
    [SITE_NAME] = { .name = "name", .kind = CELL_TEXT, .priority = 1, .max_width = 24 },
};
/* clang-format on */

static int
by_name(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int by = strcasecmp(x->cells[SITE_NAME].text, y->cells[SITE_NAME].text);

    return by != 0 ? by : strcmp(x->key, y->key);
}

static void
build_websites(struct panel *panel, struct arena *arena, const struct view_query *q,
               const struct umami_answer *known)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, (known->website_count + 1) * sizeof *rows);

    for (size_t i = 0; i < known->website_count; i++) {
        const struct umami_website *website = &known->websites[i];
        struct cell *cells = arena_alloc(arena, SITE_COLUMNS * sizeof *cells);

        cells[SITE] = cell_text(analytics_website_word(website), LEVEL_NONE);
        cells[SITE_NAME] = cell_text(website->name, LEVEL_NONE);
        rows[i] = (struct row){ .key = website->id, .cells = cells, .open_key = website->id };
    }
    if (known->website_count > 1)
        qsort(rows, known->website_count, sizeof *rows, by_name);
    *grid = (struct grid){ .name = "websites",
                           .columns = site_columns,
                           .column_count = SITE_COLUMNS,
                           .rows = rows,
                           .row_count = known->website_count,
                           .sort_column = SITE_NAME };
    panel->name = "websites";
    panel->title = "websites";
    panel->note = known->is_partial ? "there are more" : "Enter looks at one";
    panel->grid = grid;
    panel_source(panel, ANALYTICS_SOURCE, q, snapshot_answer(q->snapshot, WEBSITES));
}

/* --- all of it --- */

static const char *
summary_title(const struct view_query *q, const struct umami_website *website)
{
    if (website == NULL)
        return "visitors";
    /* what was entered is in the panel's breadcrumbs */
    return *q->key != '\0' ? "visitors" : analytics_website_word(website);
}

void
analytics_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    struct panel *panels = arena_alloc(arena, (LISTS + 4) * sizeof *panels);
    const struct umami_answer *known = known_websites(q);
    struct umami_website website;
    const char *why;
    bool has_website = analytics_website(&website, arena, q, &why);

    model_begin(out, q);
    out->panels = panels;
    panels[0].name = "summary";
    panels[0].title = summary_title(q, has_website ? &website : NULL);
    analytics_build_summary(&panels[out->panel_count++], arena, q, ANALYTICS_FIGURES);
    if (has_website) {
        build_active(&panels[out->panel_count++], arena, q, &website);
        for (size_t i = 0; i < LISTS; i++)
            build_list(&panels[out->panel_count++], arena, q, &website, &lists[i]);
    }
    if (known != NULL && known->website_count > 1)
        build_websites(&panels[out->panel_count++], arena, q, known);
    hits_build(&panels[out->panel_count], arena, q);
    if (panels[out->panel_count].name != NULL)
        out->panel_count++;
}
