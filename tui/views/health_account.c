/* health_account.c - budgets and databases in one line each.
 * SPDX-License-Identifier: MIT
 *
 * The questions are those of the Costs and Aurora views, under the same keys, so nothing is asked
 * twice. What says more than a verdict is there. */
#include "config.h"

#include "tui/views/health_account.h"

#include "aws/rds.h"
#include "domain/bill.h"
#include "domain/spend.h"
#include "tui/views/costs.h"
#include "tui/views/databases.h"
#include "tui/views/parts.h"

#include <math.h>
#include <stdlib.h>

/* Only what is judged: details are for who looks at them. */
static struct view_query
of_databases(const struct view_query *q)
{
    struct view_query top = *q;

    top.key = top.cursor = "";
    top.is_behind = true;
    return top;
}

void
health_ask_account(struct ask_list *asks, const struct view_query *q)
{
    struct view_query top = of_databases(q);

    costs_ask_budgets(asks);
    databases_ask(asks, &top);
}

/* --- budgets --- */

static enum level
budget_level(const struct bill_budget *b)
{
    enum level level = costs_level(spend_judge(b->spent_microusd, b->limit_microusd));

    if (level < LEVEL_WARN && b->has_forecast && b->forecast_microusd > b->limit_microusd)
        return LEVEL_WARN;
    return level;
}

static const char *
budget_text(struct arena *arena, const struct bill_budget *b)
{
    static const char *const words[] = {
        [SPEND_FINE] = "", [SPEND_NEAR] = ": above 80 %", [SPEND_OVER] = ": over the limit"
    };
    double share = b->limit_microusd > 0
                       ? 100 * (double)b->spent_microusd / (double)b->limit_microusd
                       : (double)NAN;
    const char *text =
        arena_printf(arena, "%s of %s this month", costs_usd(arena, b->spent_microusd),
                     costs_usd(arena, b->limit_microusd));

    if (!isnan(share))
        text = arena_printf(arena, "%s, %.1f %%", text, share);
    text =
        arena_printf(arena, "%s%s", text, words[spend_judge(b->spent_microusd, b->limit_microusd)]);
    if (b->has_forecast)
        text =
            arena_printf(arena, "%s, forecast %s%s", text, costs_usd(arena, b->forecast_microusd),
                         b->forecast_microusd > b->limit_microusd ? " passes it" : "");
    return text;
}

static void
add_budgets(struct things *all, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, COSTS_BUDGETS);

    for (size_t i = 0; answer != NULL && i < answer->budget_count; i++) {
        const struct bill_budget *b = &answer->budgets[i];

        if (!b->is_cost || !b->is_monthly)
            continue;
        things_add(all, arena_printf(all->arena, "budget %s", b->name), budget_level(b), 0,
                   arena_printf(all->arena, "%s%s", budget_text(all->arena, b), things_origin(q)))
            ->open_view = "costs";
    }
}

/* --- databases --- */

/* The newest value of the range; NaN when there is none. */
static double
newest(const struct view_query *q, const char *id)
{
    const struct answer *answer = snapshot_answer(q->snapshot, "aurora.main");
    const struct metric_points *points = answer == NULL ? NULL : answer_points(answer, id);

    return points == NULL || points->count == 0 ? (double)NAN : points->values[points->count - 1];
}

static const char *
connections_text(struct arena *arena, double connections, double most)
{
    if (isnan(connections))
        return "connections unknown";
    if (isnan(most))
        return arena_printf(arena, "%.0f connections, of how many is unknown: cannot judge",
                            connections);
    return arena_printf(arena, "%.0f of %.0f connections, line %.0f %%", connections, most,
                        DB_CONNECTIONS_LINE);
}

static void
add_database(struct things *all, const struct view_query *q, const struct database *db)
{
    struct arena *arena = all->arena;
    const char *name = arena_printf(arena, "Aurora %s", db->cluster->id);
    double cpu, connections;
    enum db_verdict by_cpu, by_connections;
    enum level level = LEVEL_OK;

    if (db->writer == NULL) {
        things_add(all, name, LEVEL_BAD, 0, "no instance writes")->open_view = "aurora";
        return;
    }
    cpu = newest(q, database_id(arena, "cpu", db->writer->id));
    connections = newest(q, database_id(arena, "conn", db->writer->id));
    by_cpu = db_judge_cpu(cpu);
    by_connections = db_judge_connections(connections, db->limit.connections);
    if (by_cpu == DB_OVER || by_connections == DB_OVER)
        level = LEVEL_BAD;
    else if (by_cpu == DB_CANNOT_JUDGE)
        level = LEVEL_UNKNOWN;
    things_add(all, name, level, 0,
               arena_printf(
                   arena, "%s, %s%s",
                   isnan(cpu) ? "CPU unknown"
                              : arena_printf(arena, "CPU %.1f %%, line %.0f %%", cpu, DB_CPU_LINE),
                   connections_text(arena, connections, db->limit.connections), things_origin(q)))
        ->open_view = "aurora";
}

void
health_add_account(struct things *all, const struct view_query *q)
{
    struct view_query top = of_databases(q);
    struct databases databases;

    databases_find(&databases, all->arena, &top);
    for (size_t i = 0; i < databases.count; i++)
        add_database(all, q, &databases.list[i]);
    add_budgets(all, q);
}
