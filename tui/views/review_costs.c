/* review_costs.c - the monthly review's tables of money.
 * SPDX-License-Identifier: MIT
 *
 * All of them are sums of the same rows, in millionths of a dollar, so each adds up to the total;
 * what carries no tag has a line of its own. */
#include "config.h"

#include "tui/views/review.h"

#include "base/day.h"
#include "domain/limits.h"
#include "domain/money.h"
#include "domain/projection.h"
#include "domain/spend.h"
#include "tui/views/costs.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE          "Cost Explorer GetCostAndUsage"
#define TOP             10 /* the document's "Top 10 most expensive resources" */
#define UNTAGGED        "(untagged)"
#define BUDGET_MICROUSD (LIMIT_BUDGET_USD * MONEY_USD)

enum { COMPONENT, FUNCTION };   /* keys of by_function */
enum { ENVIRONMENT, RESOURCE }; /* of by_place */

void
review_ask_costs(struct ask_list *asks, const struct review_month *review)
{
    static const struct {
        const char *key, *tags[BILL_KEYS];
    } questions[] = {
        { "review.function", { "Component", "Function" } },
        { "review.place", { "Environment", "Resource" } },
        { "review.resource", { "Component", "Resource" } },
    };
    int64_t today = day_of_ms(review->q->now_ms);

    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
        ask_list_add(
            asks,
            &(struct ask){ .key = questions[i].key,
                           .kind = ASK_COSTS,
                           .cost_tags = { questions[i].tags[0], questions[i].tags[1] },
                           .project = LIMIT_PROJECT,
                           .cost_from_day = day_month(review->first, review->has_before ? -1 : 0),
                           .cost_to_day = review->end < today + 1 ? review->end : today + 1 });
}

/* The moment whose month is the one reviewed, and the day the bill was told. */
static int64_t
now_of(const struct review_month *review)
{
    int64_t today = day_of_ms(review->q->now_ms);

    return review->is_open ? today : review->end - 1;
}

static struct spend_part *
split(const struct review_month *review, const struct answer *answer, int key, size_t *count)
{
    *count = 0;
    if (!review_is_told(answer))
        return NULL;
    return spend_split(review->arena, count, answer->costs, answer->cost_count, key,
                       day_month(review->first, -1), day_of_ms(review->q->now_ms), now_of(review));
}

static int64_t
total(const struct spend_part *parts, size_t count, int64_t *before)
{
    int64_t sum = 0;

    *before = 0;
    for (size_t i = 0; i < count; i++) {
        sum += parts[i].to_date;
        *before += parts[i].before;
    }
    return sum;
}

bool
review_is_told(const struct answer *answer)
{
    return answer != NULL && answer->got_ms != 0;
}

int64_t
review_spent_on(const struct review_month *review, const char *component, const char *resource)
{
    const struct answer *answer = review->by_resource;
    int64_t sum = 0;

    for (size_t i = 0; answer != NULL && i < answer->cost_count; i++) {
        const struct bill_row *row = &answer->costs[i];

        if (row->day >= review->first && row->day < review->end &&
            strcmp(row->keys[0], component) == 0 && strcmp(row->keys[1], resource) == 0)
            sum += row->microusd;
    }
    return sum;
}

/* --- a table of parts ------------------------------------------------------------------------- */

enum { NAME, COST, SHARE, BEFORE, CHANGE, COLUMNS };

/* clang-format off */
static const struct column columns[COLUMNS] = {
    [NAME] =   { .name = "name", .kind = CELL_TEXT, .is_flexible = true },
    [COST] =   { .name = "cost", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD },
    [SHARE] =  { .name = "share", .kind = CELL_NUMBER, .quantity = QUANTITY_PERCENT },
    [BEFORE] = { .name = "month before", .kind = CELL_NUMBER, .quantity = QUANTITY_MICROUSD },
    [CHANGE] = { .name = "change", .kind = CELL_DELTA, .quantity = QUANTITY_MICROUSD },
};
/* clang-format on */

static void
fill_row(struct row *row, const struct review_month *review, const char *name, int64_t cost,
         int64_t before, int64_t of)
{
    struct arena *arena = review->arena;
    struct cell *cells = arena_alloc(arena, COLUMNS * sizeof *cells);
    bool is_untagged = *name == '\0';

    cells[NAME] =
        cell_text(is_untagged ? UNTAGGED : name, is_untagged && cost > 0 ? LEVEL_WARN : LEVEL_NONE);
    cells[COST] = cell_number((double)cost, QUANTITY_MICROUSD, LEVEL_NONE);
    cells[SHARE] = cell_number(of > 0 ? 100.0 * (double)cost / (double)of : (double)NAN,
                               QUANTITY_PERCENT, LEVEL_NONE);
    if (review->has_before) {
        cells[BEFORE] = cell_number((double)before, QUANTITY_MICROUSD, LEVEL_NONE);
        cells[CHANGE] = cell_delta((double)(cost - before), QUANTITY_MICROUSD);
    }
    *row = (struct row){ .key = cells[NAME].text, .cells = cells, .level = cells[NAME].level };
}

static const struct grid *
grid_of(struct arena *arena, const char *name, const struct row *rows, size_t count)
{
    struct grid *grid = arena_alloc(arena, sizeof *grid);

    *grid = (struct grid){ .name = name,
                           .columns = columns,
                           .column_count = COLUMNS,
                           .rows = rows,
                           .row_count = count,
                           .sort_column = COST,
                           .sort_descending = true,
                           .empty = "nothing was billed" };
    return grid;
}

static void
build_split(struct panel *panel, const struct review_month *review, const struct answer *answer,
            int key, const char *name, const char *title)
{
    struct arena *arena = review->arena;
    size_t count;
    const struct spend_part *parts = split(review, answer, key, &count);
    struct row *rows = arena_alloc(arena, (count + 1) * sizeof *rows);
    int64_t before, sum = total(parts, count, &before);

    for (size_t i = 0; i < count; i++)
        fill_row(&rows[i], review, parts[i].name, parts[i].to_date, parts[i].before, sum);
    *panel =
        (struct panel){ .name = name, .title = title, .grid = grid_of(arena, name, rows, count) };
    panel_source(panel, SOURCE, review->q, answer);
}

/* What a month that is over came to is known, and nothing of it is left to be forecast. */
static void
build_projected(struct panel *panel, const struct review_month *review)
{
    size_t count;
    struct spend_part *parts = split(review, review->by_function, COMPONENT, &count);

    for (size_t i = 0; !review->is_open && i < count; i++) {
        parts[i].end_of_month = parts[i].to_date;
        parts[i].has_end = true;
    }
    *panel = (struct panel){ 0 };
    costs_projected(panel, review->arena, review->q, parts, count,
                    review->is_open ? "so far" : "cost");
    panel_source(panel, SOURCE, review->q, review->by_function);
}

/* --- the most expensive resources ------------------------------------------------------------- */

struct pair {
    const char *component, *resource;
    int64_t cost, before;
};

static int
dearest_first(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    return (y->cost > x->cost) - (y->cost < x->cost);
}

static size_t
collect_pairs(struct pair *pairs, const struct review_month *review, int64_t *sum)
{
    size_t count = 0;

    *sum = 0;
    for (size_t i = 0; i < review->by_resource->cost_count; i++) {
        const struct bill_row *row = &review->by_resource->costs[i];
        size_t k = 0;

        while (k < count && (strcmp(pairs[k].component, row->keys[0]) != 0 ||
                             strcmp(pairs[k].resource, row->keys[1]) != 0))
            k++;
        if (k == count)
            pairs[count++] = (struct pair){ .component = row->keys[0], .resource = row->keys[1] };
        if (row->day >= review->first && row->day < review->end) {
            pairs[k].cost += row->microusd;
            *sum += row->microusd;
        } else if (row->day < review->first) {
            pairs[k].before += row->microusd;
        }
    }
    return count;
}

static const char *
pair_name(struct arena *arena, const struct pair *pair)
{
    return arena_printf(arena, "%s of %s", *pair->resource != '\0' ? pair->resource : UNTAGGED,
                        *pair->component != '\0' ? pair->component : UNTAGGED);
}

static void
build_dearest(struct panel *panel, const struct review_month *review)
{
    struct arena *arena = review->arena;
    const struct answer *answer = review->by_resource;
    struct pair *pairs =
        arena_alloc(arena, (answer == NULL ? 1 : answer->cost_count + 1) * sizeof *pairs);
    struct row *rows = arena_alloc(arena, TOP * sizeof *rows);
    int64_t sum = 0;
    size_t all = review_is_told(answer) ? collect_pairs(pairs, review, &sum) : 0, count = 0;

    if (all > 1)
        qsort(pairs, all, sizeof *pairs, dearest_first);
    for (size_t i = 0; i < all && count < TOP && pairs[i].cost > 0; i++)
        fill_row(&rows[count++], review, pair_name(arena, &pairs[i]), pairs[i].cost,
                 pairs[i].before, sum);
    *panel = (struct panel){ .name = "resources",
                             .title = "most expensive resources",
                             .note = "by the tags Resource and Component",
                             .grid = grid_of(arena, "resources", rows, count) };
    panel_source(panel, SOURCE, review->q, answer);
}

/* --- the summary ------------------------------------------------------------------------------ */

static enum level
level_of(enum spend_level level)
{
    return level == SPEND_OVER ? LEVEL_BAD : level == SPEND_NEAR ? LEVEL_WARN : LEVEL_OK;
}

static const char *
budget_word(enum spend_level level)
{
    return level == SPEND_OVER   ? "beyond 100 % of it"
           : level == SPEND_NEAR ? "beyond 80 % of it"
                                 : "within 80 % of it";
}

/* The document's total of 94 to 134. */
static const char *
projection_word(int64_t sum, bool is_open)
{
    if (is_open)
        return "the month is not over";
    return sum < projected_total.low    ? "below it"
           : sum > projected_total.high ? "above it"
                                        : "inside it";
}

static int64_t
untagged(const struct spend_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (*parts[i].name == '\0')
            return parts[i].to_date;
    }
    return 0;
}

enum { MONTH, FILTER, TOTAL, LAST, OVER, BUDGET, EXPECTED, UNTAGGED_COST, LAST_DAY, FACTS };

/* End is exclusive: a question that ends on a month's last day, as the document's own command does,
 * is not told of that day. */
static const char *
last_day_word(const struct review_month *review)
{
    const struct answer *answer = review->by_function;
    int64_t sum = 0;
    char text[DAY_TEXT];

    for (size_t i = 0; i < answer->cost_count; i++)
        sum += answer->costs[i].day == review->end - 1 ? answer->costs[i].microusd : 0;
    day_format(review->end - 1, text);
    return arena_printf(review->arena, "%s, which a query with End=%s leaves out",
                        costs_usd(review->arena, sum), text);
}

static void
build_summary(struct panel *panel, const struct review_month *review)
{
    struct arena *arena = review->arena;
    struct fact *facts = arena_alloc(arena, FACTS * sizeof *facts);
    size_t count;
    const struct spend_part *parts = split(review, review->by_function, COMPONENT, &count);
    int64_t before, sum = total(parts, count, &before), loose = untagged(parts, count);
    enum spend_level level = spend_judge(sum, BUDGET_MICROUSD);
    char first[DAY_TEXT];

    day_format(review->first, first);
    *panel = (struct panel){ .name = "summary", .title = "summary" };
    panel_source(panel, SOURCE, review->q, review->by_function);
    if (parts == NULL)
        return;
    facts[MONTH] = (struct fact){ "month", cell_text(arena_printf(arena, "%.7s%s", first,
                                                                  review->is_open ? " so far" : ""),
                                                     LEVEL_NONE) };
    facts[FILTER] = (struct fact){ "filter", cell_text("Project = " LIMIT_PROJECT, LEVEL_NONE) };
    facts[TOTAL] =
        (struct fact){ "total", cell_number((double)sum, QUANTITY_MICROUSD, LEVEL_NONE) };
    facts[LAST] =
        (struct fact){ "month before", cell_number((double)before, QUANTITY_MICROUSD, LEVEL_NONE) };
    facts[OVER] = (struct fact){ "change", cell_delta((double)(sum - before), QUANTITY_MICROUSD) };
    if (!review->has_before) {
        facts[LAST].value = cell_text("longer ago than Cost Explorer tells", LEVEL_UNKNOWN);
        facts[OVER].value = cell_text("unknown", LEVEL_UNKNOWN);
    }
    facts[BUDGET] = (struct fact){
        "budget", cell_text(arena_printf(arena, "$%lld: %s", (long long)(BUDGET_MICROUSD / 1000000),
                                         budget_word(level)),
                            level_of(level))
    };
    facts[EXPECTED] =
        (struct fact){ "projection",
                       cell_text(arena_printf(arena, "$%lld to $%lld: %s",
                                              (long long)(projected_total.low / 1000000),
                                              (long long)(projected_total.high / 1000000),
                                              projection_word(sum, review->is_open)),
                                 LEVEL_NONE) };
    facts[UNTAGGED_COST] =
        (struct fact){ "without Component", cell_number((double)loose, QUANTITY_MICROUSD,
                                                        loose > 0 ? LEVEL_WARN : LEVEL_OK) };
    if (!review->is_open)
        facts[LAST_DAY] = (struct fact){ "last day", cell_text(last_day_word(review), LEVEL_NONE) };
    panel->facts = facts;
    panel->fact_count = review->is_open ? LAST_DAY : FACTS;
}

void
review_build_costs(struct panel panels[REVIEW_COST_PANELS], const struct review_month *review)
{
    build_summary(&panels[0], review);
    build_split(&panels[1], review, review->by_function, COMPONENT, "components", "by component");
    build_projected(&panels[2], review);
    build_split(&panels[3], review, review->by_function, FUNCTION, "functions", "by function");
    build_split(&panels[4], review, review->by_place, ENVIRONMENT, "environments",
                "by environment");
    build_dearest(&panels[5], review);
}
