/* gateway_model.c - API Gateway: what is asked, and a row for each API, stage and route.
 * SPDX-License-Identifier: MIT
 *
 * Two products publish into AWS/ApiGateway under different names, and an account may have both:
 *   HTTP APIs  ApiId[,Stage[,Method,Resource]]    Count, 4xx, 5xx, Latency
 *   REST APIs  ApiName[,Stage[,Method,Resource]]  Count, 4XXError, 5XXError, Latency
 * ("Monitoring metrics", API Gateway Developer Guide, HTTP and REST APIs.) ListMetrics says which
 * are there; routes are published only where detailed metrics were switched on. An API's own set is
 * left out when its stages are there: it would be the same requests once more. */
#include "config.h"

#include "tui/views/edge.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "AWS/ApiGateway"
#define SOURCE    "CloudWatch GetMetricData"
#define DAY_MS    86400000
#define PACE_MS   300000
#define ROWS_FREE 60
#define ROWS_PAID 12 /* four metrics each */

enum depth { OF_API, OF_STAGE, OF_ROUTE };

enum gateway_metric { COUNT, CLIENT, SERVER, LATENCY, METRICS };

static const char *const http_names[METRICS] = { "Count", "4xx", "5xx", "Latency" };
static const char *const rest_names[METRICS] = { "Count", "4XXError", "5XXError", "Latency" };
static const char *const stats[METRICS] = { "Sum", "Sum", "Sum", "p95" };

/* One dimension set. */
struct place {
    const char *api;   /* its id or name */
    const char *stage; /* "" for the whole API */
    const char *label;
    const char *key;
    struct dimension_set dims;
    enum depth depth;
    bool is_rest;
    bool has[METRICS];
};

struct places {
    struct place *list;
    size_t count;
    size_t left_out;
};

/* What a dimension set is of; false when it is none of the known shapes. */
static bool
read_place(struct place *out, struct arena *arena, const struct dimension_set *dims)
{
    const char *id = dimension_value(dims, "ApiId"), *name = dimension_value(dims, "ApiName");
    const char *stage = dimension_value(dims, "Stage"), *method = dimension_value(dims, "Method");
    const char *resource = dimension_value(dims, "Resource");
    size_t known =
        (id != NULL) + (name != NULL) + (stage != NULL) + (method != NULL) + (resource != NULL);

    if ((id == NULL) == (name == NULL) || known != dims->count ||
        (method == NULL) != (resource == NULL))
        return false;
    if (method != NULL && stage == NULL)
        return false;
    *out = (struct place){ .api = id != NULL ? id : name,
                           .stage = stage != NULL ? stage : "",
                           .dims = *dims,
                           .depth = method != NULL  ? OF_ROUTE
                                    : stage != NULL ? OF_STAGE
                                                    : OF_API,
                           .is_rest = name != NULL };
    if (method == NULL)
        out->label = stage != NULL ? arena_printf(arena, "%s %s", out->api, stage) : out->api;
    else if (strncmp(resource, method, strlen(method)) == 0) /* HTTP: "GET /items" */
        out->label = resource;
    else
        out->label = arena_printf(arena, "%s %s", method, resource);
    out->key =
        arena_printf(arena, "%s/%s/%s", out->api, out->stage, method != NULL ? out->label : "");
    return true;
}

static void
take_name(struct places *places, struct arena *arena, const struct series_key *key)
{
    struct place place;
    size_t i = 0;

    if (strcmp(key->namespace_name, NAMESPACE) != 0 || !read_place(&place, arena, &key->dims))
        return;
    while (i < places->count && strcmp(places->list[i].key, place.key) != 0)
        i++;
    if (i == places->count)
        places->list[places->count++] = place;
    for (int m = 0; m < METRICS; m++) {
        if (strcmp(key->metric, (place.is_rest ? rest_names : http_names)[m]) == 0)
            places->list[i].has[m] = true;
    }
}

static bool
has_stages(const struct places *places, const char *api)
{
    for (size_t i = 0; i < places->count; i++) {
        if (places->list[i].depth == OF_STAGE && strcmp(places->list[i].api, api) == 0)
            return true;
    }
    return false;
}

static int
coarse_first(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->depth != y->depth)
        return x->depth < y->depth ? -1 : 1;
    return strcmp(x->key, y->key);
}

static void
find_places(struct places *places, struct arena *arena, const struct view_query *q)
{
    const struct answer *names = snapshot_answer(q->snapshot, "api.names");
    size_t most = q->snapshot != NULL && q->snapshot->is_emulator ? ROWS_FREE : ROWS_PAID;
    size_t kept = 0;

    *places = (struct places){ .list = NULL };
    if (names == NULL)
        return;
    places->list = arena_alloc(arena, (names->name_count + 1) * sizeof *places->list);
    for (size_t i = 0; i < names->name_count; i++)
        take_name(places, arena, &names->names[i]);
    if (places->count > 1)
        qsort(places->list, places->count, sizeof *places->list, coarse_first);
    for (size_t i = 0; i < places->count; i++) {
        struct place place = places->list[i];

        /* A WebSocket API counts messages, not requests. */
        if (!place.has[COUNT] || (place.depth == OF_API && has_stages(places, place.api)))
            continue;
        places->list[kept++] = place;
    }
    places->left_out = kept > most ? kept - most : 0;
    places->count = kept - places->left_out;
}

static const char *
id_of(struct arena *arena, enum gateway_metric metric, const struct place *place)
{
    return arena_printf(arena, "%s.%s", rest_names[metric], place->key);
}

void
gateway_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct query_list queries = { .arena = arena };
    struct places places;

    ask_list_add(asks, &(struct ask){ .key = "api.names",
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = PACE_MS,
                                      .namespace_name = NAMESPACE });
    find_places(&places, arena, q);
    for (size_t i = 0; i < places.count; i++) {
        const struct place *p = &places.list[i];

        for (int m = 0; m < METRICS; m++) {
            struct series_key key = { .namespace_name = NAMESPACE,
                                      .metric = (p->is_rest ? rest_names : http_names)[m],
                                      .dims = p->dims };

            if (p->has[m])
                query_add(&queries, id_of(arena, m, p), &key, stats[m], 0);
        }
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = "api.now",
                                          .kind = ASK_METRICS,
                                          .range = q->range,
                                          .queries = queries.items,
                                          .query_count = queries.count });
    arena_free(arena);
}

enum { ROUTE, STAGE, REQUESTS, CLIENT_SHARE, SERVER_SHARE, P95, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [ROUTE] =        { .name = "route", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .is_in_summary = true },
    [STAGE] =        { .name = "stage", .kind = CELL_TEXT, .priority = 3, .max_width = 16 },
    [REQUESTS] =     { .name = "requests", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 1 },
    [CLIENT_SHARE] = { .name = "4xx %", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .priority = 2 },
    [SERVER_SHARE] = { .name = "5xx %", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .is_in_summary = true },
    [P95] =          { .name = "p95", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .is_in_summary = true },
};
/* clang-format on */

struct counted_place {
    double requests, client, server, p95_ms;
};

/* Periods without a point had nothing to count. */
static double
sum_of(struct arena *arena, const struct answer *answer, const struct place *p,
       enum gateway_metric metric)
{
    double value = answer_value(answer, id_of(arena, metric, p));

    if (answer == NULL || !p->has[metric])
        return (double)NAN;
    return isnan(value) ? 0 : value;
}

static struct counted_place
count_place(struct arena *arena, const struct answer *answer, const struct place *p)
{
    return (struct counted_place){ .requests = sum_of(arena, answer, p, COUNT),
                                   .client = sum_of(arena, answer, p, CLIENT),
                                   .server = sum_of(arena, answer, p, SERVER),
                                   .p95_ms = answer_value(answer, id_of(arena, LATENCY, p)) };
}

enum level
gateway_level(double server_share)
{
    if (isnan(server_share))
        return LEVEL_NONE;
    return server_share > GATEWAY_BAD_SHARE ? LEVEL_BAD : server_share > 0 ? LEVEL_WARN : LEVEL_OK;
}

static void
fill_row(struct row *row, struct arena *arena, const struct place *p, const struct counted_place *c)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    double client = c->requests > 0 ? 100 * c->client / c->requests : (double)NAN;
    double server = c->requests > 0 ? 100 * c->server / c->requests : (double)NAN;

    cells[ROUTE] = cell_text(p->label, LEVEL_NONE);
    if (p->depth == OF_ROUTE)
        cells[STAGE] = cell_text(arena_printf(arena, "%s %s", p->api, p->stage), LEVEL_NONE);
    cells[REQUESTS] = cell_number(c->requests, QUANTITY_COUNT, LEVEL_NONE);
    cells[CLIENT_SHARE] = cell_number(client, QUANTITY_PERCENT, LEVEL_NONE);
    cells[SERVER_SHARE] = cell_number(server, QUANTITY_PERCENT, gateway_level(server));
    cells[P95] = cell_number(c->p95_ms, QUANTITY_MILLISECONDS, LEVEL_NONE);
    *row = (struct row){ .key = p->key, .cells = cells, .level = gateway_level(server) };
}

static void
add_total(struct gateway_total *total, const struct counted_place *c)
{
    total->requests += c->requests;
    total->client_share += isnan(c->client) ? 0 : c->client;
    total->server_share += isnan(c->server) ? 0 : c->server;
    total->p95_ms = fmax(total->p95_ms, c->p95_ms);
}

/* Sums of requests become shares of them. */
static void
finish_total(struct gateway_total *total)
{
    total->client_share =
        total->requests > 0 ? 100 * total->client_share / total->requests : (double)NAN;
    total->server_share =
        total->requests > 0 ? 100 * total->server_share / total->requests : (double)NAN;
}

static int
worst_first(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int by = cell_compare_down(&x->cells[SERVER_SHARE], &y->cells[SERVER_SHARE]);

    if (by == 0)
        by = cell_compare_down(&x->cells[REQUESTS], &y->cells[REQUESTS]);
    return by != 0 ? by : strcmp(x->key, y->key);
}

static const char *
note_of(struct arena *arena, const struct places *places)
{
    const char *all = counted(arena, (double)places->count, "route");

    if (places->count == 0)
        return NULL;
    if (places->left_out == 0)
        return all;
    return arena_printf(arena, "%s, %zu more not asked", all, places->left_out);
}

void
gateway_build(struct panel *panel, struct arena *arena, const struct view_query *q,
              struct gateway_total *total)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "api.now");
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct places places;
    struct row *rows;

    find_places(&places, arena, q);
    rows = arena_alloc(arena, (places.count + 1) * sizeof *rows);
    *total = (struct gateway_total){ .requests = answer == NULL ? (double)NAN : 0,
                                     .p95_ms = (double)NAN };
    for (size_t i = 0; i < places.count; i++) {
        struct counted_place c = count_place(arena, answer, &places.list[i]);

        fill_row(&rows[i], arena, &places.list[i], &c);
        if (places.list[i].depth != OF_ROUTE)
            add_total(total, &c);
    }
    finish_total(total);
    if (places.count > 1)
        qsort(rows, places.count, sizeof *rows, worst_first);
    *grid = (struct grid){ .name = "apis",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = places.count,
                           .sort_column = SERVER_SHARE,
                           .sort_descending = true,
                           .empty = "no API of API Gateway has reported yet" };
    panel->name = "api";
    panel->title = "API Gateway";
    panel->note = note_of(arena, &places);
    panel->grid = grid;
    panel_source(panel, SOURCE, q, snapshot_answer(q->snapshot, "api.names"));
    if (places.count > 0)
        panel_source(panel, SOURCE, q, answer);
}
