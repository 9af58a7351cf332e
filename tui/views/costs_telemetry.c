/* costs_telemetry.c - what the telemetry itself costs: custom metrics, log bytes, and obsview.
 * SPDX-License-Identifier: MIT
 *
 * Each distinct set of namespace, name and dimension values is one custom metric and paid for by
 * the month, so what multiplies them is a dimension with many values. Which one that is: the one
 * without which the fewest metrics would be left. Log bytes are those of the last day, for thirty
 * days. Both are at list price, and beside an emulator tell what would be paid if this went on in
 * production. */
#include "config.h"

#include "base/json.h"
#include "base/text.h"
#include "domain/limits.h"
#include "domain/money.h"
#include "domain/projection.h"
#include "tui/format.h"
#include "tui/views/costs.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NAMES       "costs.metrics"
#define BYTES       "costs.bytes"
#define HOUR_MS     3600000
#define DAYS        30 /* a month, for what was counted in a day */
#define GROUPS_MOST 20
#define DIMENSIONS  24 /* names of dimensions that are looked at */
#define OWN_FACTS   8

/* --- asking --- */

static bool
is_bytes(const struct series_key *key)
{
    return strcmp(key->namespace_name, "AWS/Logs") == 0 &&
           strcmp(key->metric, "IncomingBytes") == 0 &&
           (key->dims.count == 0 ||
            (key->dims.count == 1 && dimension_value(&key->dims, "LogGroupName") != NULL));
}

static bool
has_account_bytes(const struct answer *names)
{
    for (size_t i = 0; names != NULL && i < names->name_count; i++) {
        if (is_bytes(&names->names[i]) && names->names[i].dims.count == 0)
            return true;
    }
    return false;
}

void
costs_ask_telemetry(struct ask_list *asks, const struct view_query *q)
{
    const struct answer *names = snapshot_answer(q->snapshot, NAMES);
    struct arena *arena = arena_new();
    struct query_list queries = { .arena = arena };
    bool has_whole = has_account_bytes(names);

    ask_list_add(asks, &(struct ask){ .key = NAMES,
                                      .kind = ASK_METRIC_NAMES,
                                      .range = { .span_ms = 24 * HOUR_MS },
                                      .pace_ms = HOUR_MS });
    for (size_t i = 0; names != NULL && i < names->name_count && queries.count < GROUPS_MOST; i++) {
        const struct series_key *key = &names->names[i];

        if (is_bytes(key) && (key->dims.count == 0) == has_whole)
            query_add(&queries, arena_printf(arena, "%zu", queries.count), key, "Sum", 0);
    }
    if (queries.count > 0)
        ask_list_add(asks, &(struct ask){ .key = BYTES,
                                          .kind = ASK_METRICS,
                                          .range = { .span_ms = 24 * HOUR_MS },
                                          .pace_ms = HOUR_MS,
                                          .queries = queries.items,
                                          .query_count = queries.count });
    arena_free(arena);
}

/* --- custom metrics --- */

/* Not AWS's own, and not made up by the emulator's stack. */
static bool
is_custom(const struct view_query *q, const struct series_key *key)
{
    const struct answer *stack = snapshot_answer(q->snapshot, COSTS_STACK);
    const cJSON *simulated = stack == NULL ? NULL : json_get(stack->json, "simulated");
    const cJSON *name;

    if (strncmp(key->namespace_name, "AWS/", 4) == 0)
        return false;
    cJSON_ArrayForEach(name, simulated)
    {
        if (cJSON_IsString(name) && strcmp(name->valuestring, key->namespace_name) == 0)
            return false;
    }
    return true;
}

/* Those of the answer that are paid for as custom metrics. */
struct customs {
    const struct series_key **keys;
    size_t count;
};

static struct customs
find_customs(struct arena *arena, const struct view_query *q, const struct answer *names)
{
    struct customs all = { .keys = arena_alloc(arena, (names->name_count + 1) * sizeof *all.keys) };

    for (size_t i = 0; i < names->name_count; i++) {
        if (is_custom(q, &names->names[i]))
            all.keys[all.count++] = &names->names[i];
    }
    return all;
}

static int
by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static size_t
distinct(uint64_t *hashes, size_t count)
{
    size_t n = 0;

    if (count > 1)
        qsort(hashes, count, sizeof *hashes, by_value);
    for (size_t i = 0; i < count; i++)
        n += i == 0 || hashes[i] != hashes[i - 1];
    return n;
}

static uint64_t
hash_text(const char *text, uint64_t seed)
{
    return text_hash(text, strlen(text) + 1, seed); /* with its end: "ab", "c" is not "a", "bc" */
}

/* Of a metric, as if it had no dimension `without` (NULL: as it is). */
static uint64_t
hash_metric(const struct series_key *key, const char *without)
{
    uint64_t hash = hash_text(key->metric, hash_text(key->namespace_name, TEXT_HASH_SEED));

    for (size_t i = 0; i < key->dims.count; i++) {
        const struct dimension *d = &key->dims.dims[i];

        if (without == NULL || strcmp(d->name, without) != 0)
            hash = hash_text(d->value, hash_text(d->name, hash));
    }
    return hash;
}

static size_t
count_metrics(struct arena *arena, const struct customs *all, const char *without)
{
    uint64_t *hashes = arena_alloc(arena, (all->count + 1) * sizeof *hashes);

    for (size_t i = 0; i < all->count; i++)
        hashes[i] = hash_metric(all->keys[i], without);
    return distinct(hashes, all->count);
}

static size_t
dimension_names(const char *out[DIMENSIONS], const struct customs *all)
{
    size_t n = 0;

    for (size_t i = 0; i < all->count; i++) {
        const struct dimension_set *set = &all->keys[i]->dims;

        for (size_t d = 0; d < set->count; d++) {
            size_t k = 0;

            while (k < n && strcmp(out[k], set->dims[d].name) != 0)
                k++;
            if (k == n && n < DIMENSIONS)
                out[n++] = set->dims[d].name;
        }
    }
    return n;
}

struct blame {
    const char *dimension; /* NULL: none multiplies anything */
    size_t without;        /* metrics that would be left */
};

static struct blame
find_blame(struct arena *arena, const struct customs *all, size_t metrics)
{
    const char *dimensions[DIMENSIONS];
    size_t count = dimension_names(dimensions, all);
    struct blame worst = { NULL, metrics };

    for (size_t i = 0; i < count; i++) {
        size_t left = count_metrics(arena, all, dimensions[i]);

        if (left < worst.without)
            worst = (struct blame){ dimensions[i], left };
    }
    return worst;
}

/* --- the panel --- */

enum { WHAT, AMOUNT, MONTH, WHY, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [WHAT] =   { .name = "what", .kind = CELL_TEXT, .min_width = 14, .is_in_summary = true },
    [AMOUNT] = { .name = "amount", .kind = CELL_TEXT, .min_width = 10, .priority = 1 },
    [MONTH] =  { .name = "a month", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD, .is_in_summary = true },
    [WHY] =    { .name = "why", .kind = CELL_TEXT, .min_width = 12, .is_flexible = true, .priority = 2 },
};
/* clang-format on */

/* Alone more than all of CloudWatch was projected to cost is worth a look, more than the whole
 * budget is bad. */
static enum level
month_level(double usd)
{
    double most = (double)LIMIT_BUDGET_USD;

    if (usd > most)
        return LEVEL_BAD;
    for (size_t i = 0; i < PROJECTED_COMPONENTS; i++) {
        if (strcmp(projected_components[i].component, "CloudWatch") == 0)
            most = (double)projected_components[i].high / (double)MONEY_USD;
    }
    return usd > most ? LEVEL_WARN : LEVEL_NONE;
}

static void
fill_row(struct row *row, struct arena *arena, const char *what, const char *amount, double usd,
         const char *why)
{
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    enum level level = month_level(usd);

    cells[WHAT] = cell_text(what, LEVEL_NONE);
    cells[AMOUNT] = cell_text(amount, LEVEL_NONE);
    cells[MONTH] = cell_number(usd * (double)MONEY_USD, QUANTITY_MICROUSD, level);
    cells[WHY] = cell_text(why, LEVEL_NONE);
    *row = (struct row){ .key = what, .cells = cells, .level = level };
}

static void
add_metrics(struct row *row, struct arena *arena, const struct view_query *q,
            const struct answer *names)
{
    struct customs all = find_customs(arena, q, names);
    size_t metrics = count_metrics(arena, &all, NULL);
    struct blame blame = find_blame(arena, &all, metrics);
    const char *why = "no dimension multiplies them";

    if (blame.dimension != NULL)
        why = arena_printf(arena, "%s multiplies them: without it %zu", blame.dimension,
                           blame.without);
    fill_row(row, arena, "custom metrics",
             arena_printf(arena, "%s%s", names->is_partial ? "at least " : "",
                          count_text(arena, (double)metrics)),
             view_price_usd(q, PRICE_CUSTOM_METRIC, (double)metrics), why);
}

static void
add_bytes(struct row *row, struct arena *arena, const struct view_query *q,
          const struct answer *answer)
{
    char text[FORMAT_TEXT];
    double bytes = 0;

    for (size_t i = 0; answer != NULL && i < answer->point_count; i++) {
        for (size_t k = 0; k < answer->points[i].count; k++)
            bytes += answer->points[i].values[k];
    }
    format_quantity(text, bytes, QUANTITY_BYTES);
    fill_row(row, arena, "log bytes", arena_printf(arena, "%s a day", text),
             view_price_usd(q, PRICE_LOGS_GB, bytes * DAYS / 1e9),
             "IncomingBytes of the last 24 h");
}

void
costs_build_telemetry(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct answer *names = snapshot_answer(q->snapshot, NAMES);
    const struct answer *bytes = snapshot_answer(q->snapshot, BYTES);
    struct grid *grid = arena_alloc(arena, sizeof *grid);
    struct row *rows = arena_alloc(arena, 2 * sizeof *rows);
    bool is_emulator = q->snapshot != NULL && q->snapshot->is_emulator;
    size_t count = 0;

    if (names != NULL && names->got_ms != 0)
        add_metrics(&rows[count++], arena, q, names);
    if (bytes != NULL && bytes->got_ms != 0)
        add_bytes(&rows[count++], arena, q, bytes);
    else if (count > 0 && bytes == NULL)
        fill_row(&rows[count++], arena, "log bytes", "none", 0, "no log group has reported");
    *grid = (struct grid){ .name = "telemetry",
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = -1,
                           .empty = "nothing is known of metrics and logs yet" };
    panel->name = "telemetry";
    panel->title = is_emulator ? "this telemetry in production" : "telemetry at list price";
    panel->note = "a month at this rate";
    panel->grid = grid;
    panel_source(panel, "CloudWatch ListMetrics, GetMetricData", q, names);
    if (bytes != NULL)
        panel_source(panel, panel->source, q, bytes);
}

/* --- obsview itself --- */

/* What is paid for: kinds of questions; the second may be ASK_KINDS, which nothing is. */
static const struct {
    const char *name;
    enum ask_kind first, second;
    const char *behind;
} paid[] = {
    { "Cost Explorer", ASK_COSTS, ASK_COST_TAGS, ", at most three requests a day" },
    { "GetMetricData", ASK_METRICS, ASK_KINDS, "" },
    { "Logs Insights", ASK_INSIGHTS, ASK_KINDS, "" },
    { "Live Tail", ASK_LOG_EVENTS, ASK_KINDS, "" },
};

static int64_t
session_cost(const struct snapshot *snapshot, enum ask_kind kind)
{
    int64_t sum = 0;

    for (size_t i = 0; i < snapshot->answer_count; i++)
        sum += snapshot->answers[i]->kind == kind ? snapshot->answers[i]->cost_microusd : 0;
    return sum;
}

static struct fact
own_fact(struct arena *arena, const char *name, int64_t microusd, const char *behind)
{
    char text[FORMAT_TEXT];

    format_quantity(text, (double)microusd, QUANTITY_MICROUSD);
    return (struct fact){ name, cell_text(arena_printf(arena, "%s%s", text, behind), LEVEL_NONE) };
}

static const char *
limit_text(struct arena *arena, const struct snapshot *s)
{
    if (s->limit_microusd < 0)
        return " by all of your screens";
    return arena_printf(arena, " of %s (--max-spend)%s", costs_usd(arena, s->limit_microusd),
                        s->is_spent ? ": what costs is not asked" : "");
}

void
costs_build_own(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    const struct snapshot *s = q->snapshot;
    struct fact *facts = arena_alloc(arena, OWN_FACTS * sizeof *facts);
    size_t n = 0;

    panel->name = "own";
    panel->title = "what obsview costs you";
    panel->source = "obsview's own count, at list prices";
    panel->is_waiting = s == NULL;
    if (s == NULL)
        return;
    panel->got_ms = q->now_ms;
    panel->facts = facts;
    if (s->is_emulator)
        facts[n++] = (struct fact){ "asked", cell_text("an emulator: free", LEVEL_NONE) };
    else
        facts[n++] = own_fact(arena, "this month", s->spent_microusd, limit_text(arena, s));
    facts[n++] = own_fact(arena, "at this pace", s->cost_month_microusd, " a month of 176 hours");
    facts[n++] = own_fact(arena, "this session", s->cost_microusd, "");
    for (size_t i = 0; !s->is_emulator && i < sizeof paid / sizeof paid[0]; i++)
        facts[n++] = own_fact(arena, paid[i].name,
                              session_cost(s, paid[i].first) + session_cost(s, paid[i].second),
                              paid[i].behind);
    panel->fact_count = n;
}
