/* cdn_model.c - CloudFront: what is asked, and a row for each distribution.
 * SPDX-License-Identifier: MIT
 *
 * CloudFront publishes in us-east-1 alone, under DistributionId and Region=Global, a point a
 * minute. The six basic metrics are free (asking for them is not); CacheHitRate and OriginLatency
 * exist only where somebody switched the additional metrics on, which costs extra, so their columns
 * are marked and are there only then. ("Viewing CloudFront and edge function metrics", Amazon
 * CloudFront Developer Guide.) */
#include "config.h"

#include "tui/views/edge.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMESPACE "AWS/CloudFront"
#define REGION    "us-east-1"
#define SOURCE    "CloudWatch GetMetricData, us-east-1"
#define DAY_MS    86400000
#define PACE_MS   300000
#define MOST      10

enum cdn_metric { REQUESTS, BYTES, CLIENT, SERVER, HITS, ORIGIN, METRICS };

static const struct {
    const char *name;
    const char *stat;
} metrics[METRICS] = {
    [REQUESTS] = { "Requests", "Sum" },       [BYTES] = { "BytesDownloaded", "Sum" },
    [CLIENT] = { "4xxErrorRate", "Average" }, [SERVER] = { "5xxErrorRate", "Average" },
    [HITS] = { "CacheHitRate", "Average" },   [ORIGIN] = { "OriginLatency", "p90" },
};

struct distribution {
    const char *id;
    struct dimension_set dims;
    bool has[METRICS];
};

struct distributions {
    struct distribution *list;
    size_t count;
    bool has[METRICS];
};

static void
take_name(struct distributions *all, const struct series_key *key)
{
    const char *id = dimension_value(&key->dims, "DistributionId");
    size_t i = 0;

    if (strcmp(key->namespace_name, NAMESPACE) != 0 || id == NULL || key->dims.count != 2 ||
        dimension_value(&key->dims, "Region") == NULL)
        return;
    while (i < all->count && strcmp(all->list[i].id, id) != 0)
        i++;
    if (i == MOST)
        return;
    if (i == all->count)
        all->list[all->count++] = (struct distribution){ .id = id, .dims = key->dims };
    for (int m = 0; m < METRICS; m++) {
        if (strcmp(key->metric, metrics[m].name) == 0)
            all->list[i].has[m] = all->has[m] = true;
    }
}

static void
find_distributions(struct distributions *all, struct arena *arena, const struct view_query *q)
{
    const struct answer *names = snapshot_answer(q->snapshot, "cdn.names");

    *all = (struct distributions){ .list = arena_alloc(arena, MOST * sizeof *all->list) };
    for (size_t i = 0; names != NULL && i < names->name_count; i++)
        take_name(all, &names->names[i]);
}

static const char *
id_of(struct arena *arena, enum cdn_metric metric, const struct distribution *d)
{
    return arena_printf(arena, "%s.%s", metrics[metric].name, d->id);
}

void
cdn_ask(struct ask_list *asks, const struct view_query *q)
{
    struct arena *arena = arena_new();
    struct query_list queries = { .arena = arena };
    struct distributions all;

    ask_list_add(asks, &(struct ask){ .key = "cdn.names",
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = PACE_MS,
                                      .namespace_name = NAMESPACE,
                                      .region = REGION });
    find_distributions(&all, arena, q);
    for (size_t i = 0; i < all.count; i++) {
        struct series_key key = { .namespace_name = NAMESPACE, .dims = all.list[i].dims };

        for (int m = 0; m < METRICS; m++) {
            key.metric = metrics[m].name;
            if (all.list[i].has[m])
                query_add(&queries, id_of(arena, m, &all.list[i]), &key, metrics[m].stat, 0);
        }
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = "cdn.now",
                                          .kind = ASK_METRICS,
                                          .range = q->range,
                                          .queries = queries.items,
                                          .query_count = queries.count,
                                          .region = REGION });
    arena_free(arena);
}

enum { NAME, COUNT, CLIENT_RATE, SERVER_RATE, OUT, HIT_RATE, ORIGIN_P90, COLUMNS };

/* clang-format off */
static const struct column all_columns[COLUMNS] = {
    [NAME] =        { .name = "distribution", .kind = CELL_TEXT, .min_width = 10, .is_flexible = true, .is_in_summary = true },
    [COUNT] =       { .name = "requests", .kind = CELL_NUMBER, .quantity = QUANTITY_COUNT, .priority = 1 },
    [CLIENT_RATE] = { .name = "4xx %", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .priority = 3 },
    [SERVER_RATE] = { .name = "5xx %", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .is_in_summary = true },
    [OUT] =         { .name = "out", .kind = CELL_NUMBER, .quantity = QUANTITY_BYTES, .priority = 4 },
    [HIT_RATE] =    { .name = "hit % *", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT, .priority = 2, .is_in_summary = true },
    [ORIGIN_P90] =  { .name = "origin p90 *", .kind = CELL_NUMBER, .quantity = QUANTITY_MILLISECONDS, .priority = 5 },
};
/* clang-format on */

static void
fill_row(struct row *row, struct arena *arena, const struct answer *answer,
         const struct distribution *d)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    double values[METRICS];

    for (int m = 0; m < METRICS; m++)
        values[m] = answer_value(answer, id_of(arena, m, d));
    cells[NAME] = cell_text(d->id, LEVEL_NONE);
    cells[COUNT] = cell_number(values[REQUESTS], QUANTITY_COUNT, LEVEL_NONE);
    cells[CLIENT_RATE] = cell_number(values[CLIENT], QUANTITY_PERCENT, LEVEL_NONE);
    cells[SERVER_RATE] =
        cell_number(values[SERVER], QUANTITY_PERCENT, gateway_level(values[SERVER]));
    cells[OUT] = cell_number(values[BYTES], QUANTITY_BYTES, LEVEL_NONE);
    cells[HIT_RATE] = cell_number(values[HITS], QUANTITY_PERCENT, LEVEL_NONE);
    cells[ORIGIN_P90] = cell_number(values[ORIGIN], QUANTITY_MILLISECONDS, LEVEL_NONE);
    *row = (struct row){ .key = d->id, .cells = cells, .level = gateway_level(values[SERVER]) };
}

/* Rates are weighted by requests. */
static void
add_total(struct cdn_total *total, const struct row *row)
{
    double requests = row->cells[COUNT].number;

    if (row->cells[COUNT].kind != CELL_NUMBER || !(requests > 0))
        return;
    if (row->cells[SERVER_RATE].kind == CELL_NUMBER)
        total->server_share += row->cells[SERVER_RATE].number * requests;
    if (row->cells[HIT_RATE].kind == CELL_NUMBER)
        total->hit_share += row->cells[HIT_RATE].number * requests;
    total->requests += requests;
}

bool
cdn_build(struct panel *panel, struct arena *arena, const struct view_query *q,
          struct cdn_total *total)
{
    const struct answer *names = snapshot_answer(q->snapshot, "cdn.names");
    const struct answer *answer = snapshot_answer(q->snapshot, "cdn.now");
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct distributions all;
    struct row *rows;

    *total = (struct cdn_total){ .requests = 0 };
    find_distributions(&all, arena, q);
    if (all.count == 0 && (q->snapshot == NULL || q->snapshot->is_emulator))
        return false;
    rows = arena_alloc(arena, (all.count + 1) * sizeof *rows);
    for (size_t i = 0; i < all.count; i++) {
        fill_row(&rows[i], arena, answer, &all.list[i]);
        add_total(total, &rows[i]);
    }
    total->server_share = total->requests > 0 ? total->server_share / total->requests : (double)NAN;
    total->hit_share =
        total->requests > 0 && all.has[HITS] ? total->hit_share / total->requests : (double)NAN;
    *grid = (struct grid){ .name = "distributions",
                           .columns = all_columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = all.count,
                           .sort_column = -1,
                           .empty = "no CloudFront distribution has reported yet" };
    if (!all.has[ORIGIN])
        grid_drop_column(grid, arena, rows, ORIGIN_P90);
    if (!all.has[HITS])
        grid_drop_column(grid, arena, rows, HIT_RATE);
    panel->name = "cdn";
    panel->title = "CDN";
    panel->note = all.has[HITS] || all.has[ORIGIN]
                      ? "* costs extra at AWS"
                      : counted(arena, (double)all.count, "distribution");
    panel->grid = grid;
    panel_source(panel, SOURCE, q, names);
    if (all.count > 0)
        panel_source(panel, SOURCE, q, answer);
    return true;
}
