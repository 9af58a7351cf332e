/* costs_model.c - what the Costs view asks, and its month against the budget.
 * SPDX-License-Identifier: MIT
 *
 * Two questions to Cost Explorer a day, and a third for the state of the tag keys: every grouping
 * is derived from their rows (domain/spend.h). The budget is the one that counts the project's tag;
 * where AWS tells of none, the document's own, and the panel says so. What the whole account costs
 * is told by AWS/Billing, for nothing, where somebody switched that on. */
#include "config.h"

#include "base/day.h"
#include "base/json.h"
#include "domain/limits.h"
#include "domain/money.h"
#include "domain/projection.h"
#include "tui/format.h"
#include "tui/views/costs.h"
#include "tui/views/models.h"
#include "tui/views/parts.h"

#include <math.h>
#include <string.h>

#define SOURCE       "Cost Explorer GetCostAndUsage"
#define ACCOUNT_MS   21600000 /* AWS/Billing is published about that often */
#define BILLING      "costs.account"
#define BILLING_ZONE "us-east-1" /* AWS/Billing is published there alone */
#define FACTS_MAX    12
#define DEAREST      4 /* components in the summary */

/* --- asking --- */

static void
ask_costs(struct ask_list *asks, const char *key, const char *first, const char *second)
{
    ask_list_add(asks, &(struct ask){ .key = key,
                                      .kind = ASK_COSTS,
                                      .range = { .span_ms = DAY_MS },
                                      .cost_tags = { first, second },
                                      .project = LIMIT_PROJECT });
}

void
costs_ask_budgets(struct ask_list *asks)
{
    ask_list_add(
        asks,
        &(struct ask){ .key = COSTS_BUDGETS, .kind = ASK_BUDGETS, .range = { .span_ms = DAY_MS } });
}

void
costs_ask_bill(struct ask_list *asks)
{
    ask_costs(asks, COSTS_COMPONENTS, "Component", "Function");
    costs_ask_budgets(asks);
}

void
costs_ask_environments(struct ask_list *asks)
{
    ask_costs(asks, COSTS_ENVIRONMENTS, "Environment", "Resource");
}

static void
ask_account(struct ask_list *asks)
{
    struct dimension dims[] = { { "Currency", "USD" } };
    const struct metric_ask query = { .id = "total",
                                      .series = { .namespace_name = "AWS/Billing",
                                                  .metric = "EstimatedCharges",
                                                  .dims = { dims, 1 } },
                                      .stat = "Maximum",
                                      .period_s = ACCOUNT_MS / 1000 };

    ask_list_add(asks, &(struct ask){ .key = BILLING,
                                      .kind = ASK_METRICS,
                                      .range = { .span_ms = 2 * DAY_MS },
                                      .pace_ms = ACCOUNT_MS,
                                      .queries = &query,
                                      .query_count = 1,
                                      .region = BILLING_ZONE });
}

void
costs_ask(struct ask_list *asks, const struct view_query *q)
{
    costs_ask_bill(asks);
    if (q->is_behind)
        return;
    costs_ask_environments(asks);
    ask_list_add(asks, &(struct ask){ .key = "costs.tags",
                                      .kind = ASK_COST_TAGS,
                                      .range = { .span_ms = DAY_MS } });
    ask_account(asks);
    costs_ask_telemetry(asks, q);
    if (q->snapshot != NULL && q->snapshot->is_emulator)
        ask_list_add(asks, &(struct ask){ .key = COSTS_STACK,
                                          .kind = ASK_EMULATOR,
                                          .range = { .span_ms = DAY_MS },
                                          .path = "/_obsview/stack" });
}

/* --- words --- */

const char *
costs_usd(struct arena *arena, int64_t microusd)
{
    char text[MONEY_TEXT];

    money_format(text, microusd < 0 ? -microusd : microusd, 2);
    return arena_printf(arena, "%s$%s", microusd < 0 ? "-" : "", text);
}

const char *
costs_day(struct arena *arena, int64_t day)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    char text[DAY_TEXT];
    int month;

    day_format(day, text);
    month = (text[5] - '0') * 10 + text[6] - '0';
    return arena_printf(arena, "%s %u", months[(month + 11) % 12], day_of_month(day));
}

enum level
costs_level(enum spend_level level)
{
    static const enum level levels[] = {
        [SPEND_FINE] = LEVEL_OK, [SPEND_NEAR] = LEVEL_WARN, [SPEND_OVER] = LEVEL_BAD
    };

    return levels[level];
}

/* --- what is known --- */

static bool
is_active(const struct answer *tags, const char *key)
{
    for (size_t i = 0; i < tags->cost_tag_count; i++) {
        if (strcmp(tags->cost_tags[i].key, key) == 0)
            return tags->cost_tags[i].is_active;
    }
    return false;
}

struct spend_part *
costs_split(struct arena *arena, size_t *count, const struct view_query *q, const char *name,
            int key)
{
    const struct answer *answer = snapshot_answer(q->snapshot, name);

    *count = 0;
    if (answer == NULL || answer->cost_count == 0)
        return NULL;
    return spend_split(arena, count, answer->costs, answer->cost_count, key, answer->cost_from_day,
                       day_of_ms(answer->got_ms), day_of_ms(q->now_ms));
}

bool
costs_is_of_project(const struct bill_budget *b)
{
    return b->is_cost && b->is_monthly && b->other_filters == 0 && b->filter_count == 1 &&
           strcmp(b->filters[0].key, "Project") == 0 &&
           strcmp(b->filters[0].value, LIMIT_PROJECT) == 0;
}

static struct costs_budget
find_budget(const struct answer *answer)
{
    struct costs_budget budget = { .limit_microusd = LIMIT_BUDGET_USD * MONEY_USD };

    for (size_t i = 0; answer != NULL && i < answer->budget_count; i++) {
        if (costs_is_of_project(&answer->budgets[i]))
            return (struct costs_budget){ answer->budgets[i].limit_microusd, &answer->budgets[i],
                                          "" };
    }
    budget.why = " (the document's; AWS has none)";
    if (answer == NULL || answer->got_ms == 0)
        budget.why = answer == NULL || answer->failure == NULL
                         ? " (the document's, until AWS answers)"
                         : " (the document's; AWS does not tell)";
    return budget;
}

/* --- the month --- */

struct facts {
    struct arena *arena;
    struct fact *list;
    size_t count;
};

static void
add(struct facts *facts, const char *name, struct cell value)
{
    if (facts->count < FACTS_MAX)
        facts->list[facts->count++] = (struct fact){ name, value };
}

static void
add_budget(struct facts *facts, const struct spend_month *m, const struct costs_budget *budget)
{
    static const char *const words[] = {
        [SPEND_FINE] = "fine", [SPEND_NEAR] = "above 80 % of it", [SPEND_OVER] = "above it"
    };
    enum spend_level level = spend_judge(m->to_date, budget->limit_microusd);
    int64_t near = spend_near_mark(budget->limit_microusd);

    add(facts, "spent",
        cell_gauge((double)m->to_date, (double)budget->limit_microusd, (double)near,
                   QUANTITY_MICROUSD, costs_level(level)));
    add(facts, "budget",
        cell_text(arena_printf(facts->arena, "%s of %s: %s%s", costs_usd(facts->arena, m->to_date),
                               costs_usd(facts->arena, budget->limit_microusd), words[level],
                               budget->why),
                  costs_level(level)));
}

static void
add_forecast(struct facts *facts, const struct spend_month *m, const struct costs_budget *budget)
{
    struct arena *arena = facts->arena;
    const struct forecast_value *end = &m->end_of_month;

    if (!m->has_forecast) {
        add(facts, "forecast",
            cell_text(m->told < m->first ? "the bill is of last month yet" : "too few days to tell",
                      LEVEL_UNKNOWN));
        return;
    }
    add(facts, "forecast",
        cell_text(arena_printf(arena, "%s at the end (%s to %s, 4 in 5)",
                               costs_usd(arena, end->mean), costs_usd(arena, end->low),
                               costs_usd(arena, end->high)),
                  costs_level(spend_judge(end->mean, budget->limit_microusd))));
}

static const char *
passing_text(struct arena *arena, const struct spend_passing *p, enum level *level)
{
    switch (p->when) {
    case SPEND_PASSED:
        *level = LEVEL_WARN;
        return arena_printf(arena, "passed on %s", costs_day(arena, p->day));
    case SPEND_EXPECTED:
        *level = LEVEL_WARN;
        return arena_printf(arena, "on %s at this rate", costs_day(arena, p->day));
    case SPEND_POSSIBLE:
        *level = LEVEL_OK;
        return "possible this month, not expected";
    case SPEND_UNLIKELY:
        *level = LEVEL_OK;
        return "unlikely this month";
    case SPEND_UNKNOWN:
        break;
    }
    *level = LEVEL_UNKNOWN;
    return "cannot be told yet";
}

/* "80 % ($120.00)   on Nov 28 at this rate" */
static void
add_mark(struct facts *facts, const struct spend_month *m, const char *name, int64_t mark,
         bool is_last)
{
    struct spend_passing passing = spend_passes(m, mark);
    enum level level;
    const char *text = passing_text(facts->arena, &passing, &level);

    if (is_last && passing.when == SPEND_PASSED)
        level = LEVEL_BAD;
    add(facts, name,
        cell_text(arena_printf(facts->arena, "%s: %s", costs_usd(facts->arena, mark), text),
                  level));
}

static void
add_days(struct facts *facts, const struct spend_month *m)
{
    struct arena *arena = facts->arena;
    struct series *series = arena_alloc(arena, sizeof *series);
    size_t count = (size_t)(m->end - m->first);
    double *values = arena_alloc(arena, count * sizeof *values);

    for (size_t i = 0; i < count; i++)
        values[i] = i < m->day_count ? (double)m->days[i] : (double)NAN;
    *series = (struct series){ .name = "per day",
                               .from_ms = m->first * DAY_MS,
                               .step_ms = DAY_MS,
                               .values = values,
                               .count = count,
                               .open = m->day_count > 0 ? count - m->day_count + 1 : count,
                               .quantity = QUANTITY_MICROUSD };
    add(facts, "per day", cell_trend(series));
    add(facts, "average",
        cell_text(arena_printf(arena, "%s a day; last month %s in all",
                               costs_usd(arena, m->average), costs_usd(arena, m->before)),
                  LEVEL_NONE));
}

static const char *
place_text(int64_t end, int64_t low, int64_t high)
{
    return end > high ? "above" : end < low ? "below" : "inside";
}

/* Where the month will end, against the document's two other numbers for it: what it should cost
 * and what it was projected to. */
static void
add_target(struct facts *facts, const struct spend_month *m)
{
    const int64_t low = LIMIT_TARGET_LOW_USD * MONEY_USD, high = LIMIT_TARGET_HIGH_USD * MONEY_USD;
    const struct projected *p = &projected_total;
    int64_t end = m->end_of_month.mean;

    if (!m->has_forecast) {
        add(facts, "target",
            cell_text(arena_printf(facts->arena, "$%d to %d; projected $%d to %d",
                                   LIMIT_TARGET_LOW_USD, LIMIT_TARGET_HIGH_USD,
                                   (int)(p->low / MONEY_USD), (int)(p->high / MONEY_USD)),
                      LEVEL_UNKNOWN));
        return;
    }
    add(facts, "target",
        cell_text(arena_printf(facts->arena, "%s $%d to %d; %s the projected $%d to %d",
                               place_text(end, low, high), LIMIT_TARGET_LOW_USD,
                               LIMIT_TARGET_HIGH_USD, place_text(end, p->low, p->high),
                               (int)(p->low / MONEY_USD), (int)(p->high / MONEY_USD)),
                  end > high || end > p->high ? LEVEL_WARN : LEVEL_OK));
}

/* The whole account, and what of it no budget of the project counts. */
static void
add_account(struct facts *facts, const struct view_query *q, const struct spend_month *m)
{
    struct arena *arena = facts->arena;
    const struct answer *answer = snapshot_answer(q->snapshot, BILLING);
    const struct metric_points *points = answer_points(answer, "total");
    int64_t total;

    if (answer == NULL)
        return;
    if (points == NULL || points->count == 0) {
        add(facts, "account",
            cell_text(answer->failure != NULL
                          ? answer->failure
                          : "AWS/Billing tells nothing: billing alerts are not switched on",
                      LEVEL_UNKNOWN));
        return;
    }
    if (day_of_ms(points->times_ms[points->count - 1]) < day_month(day_of_ms(q->now_ms), 0)) {
        add(facts, "account", cell_text("AWS/Billing has not told this month yet", LEVEL_UNKNOWN));
        return;
    }
    if (!(fabs(points->values[points->count - 1]) < (double)(MONEY_MAX / MONEY_USD)))
        return;
    total = llround(points->values[points->count - 1] * (double)MONEY_USD);
    add(facts, "account",
        cell_text(arena_printf(arena, "%s, of which %s not of the project", costs_usd(arena, total),
                               costs_usd(arena, total > m->to_date ? total - m->to_date : 0)),
                  LEVEL_NONE));
}

/* Who is told of it at AWS. */
static void
add_alerts(struct facts *facts, const struct view_query *q, const struct costs_budget *budget)
{
    const struct answer *budgets = snapshot_answer(q->snapshot, "costs.budgets");
    const struct bill_budget *b = budget->told;
    const char *text = "";
    enum level level = LEVEL_OK;

    if (budgets != NULL && budgets->failure != NULL)
        add(facts, "budgets", cell_text(budgets->failure, LEVEL_UNKNOWN));
    else if (budgets != NULL && b == NULL)
        add(facts, "budgets",
            cell_text("none counts the tag Project=" LIMIT_PROJECT " alone", LEVEL_WARN));
    if (b == NULL || !b->has_notifications)
        return;
    for (size_t i = 0; i < b->notification_count; i++) {
        const struct bill_notification *n = &b->notifications[i];

        text = arena_printf(facts->arena, "%s%sat %s%s%s", text, i > 0 ? ", " : "",
                            n->is_forecast ? "a forecast of " : "",
                            costs_usd(facts->arena, n->mark_microusd), n->is_alarm ? " (now)" : "");
        if (n->is_alarm)
            level = LEVEL_WARN;
    }
    add(facts, "AWS tells",
        cell_text(*text == '\0' ? "nobody: the budget has no notifications" : text,
                  *text == '\0' ? LEVEL_WARN : level));
}

/* Costs can be told by a tag only while its key is active. */
static void
add_tags(struct facts *facts, const struct view_query *q)
{
    static const char *const wanted[] = { "Project", "Component", "Function", "Environment",
                                          "Resource" };
    const struct answer *answer = snapshot_answer(q->snapshot, "costs.tags");
    const char *idle = "";

    if (answer == NULL || (answer->got_ms == 0 && answer->failure == NULL))
        return;
    if (answer->got_ms == 0) {
        add(facts, "tag keys", cell_text(answer->failure, LEVEL_UNKNOWN));
        return;
    }
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (!is_active(answer, wanted[i]))
            idle = arena_printf(facts->arena, "%s%s%s", idle, *idle == '\0' ? "" : ", ", wanted[i]);
    }
    add(facts, "tag keys",
        cell_text(*idle == '\0'
                      ? "all that these costs are told by are active"
                      : arena_printf(facts->arena, "not active, so untagged below: %s", idle),
                  *idle == '\0' ? LEVEL_OK : LEVEL_WARN));
}

/* Who made these numbers up, when they are, and which are not: of days with data of their own. */
static void
add_simulated(struct facts *facts, const struct view_query *q)
{
    const struct answer *answer = snapshot_answer(q->snapshot, COSTS_STACK);
    const char *name = answer == NULL ? NULL : json_get_string(answer->json, "name", NULL);

    if (name != NULL)
        add(facts, "simulated",
            cell_text(arena_printf(facts->arena, "stack \"%s\"; metrics, log bytes measured", name),
                      LEVEL_NONE));
}

/* "day 22 of 30   data of 06:10, next in 17 h" */
static const char *
month_note(struct arena *arena, const struct spend_month *m, const struct view_query *q,
           const struct answer *answer)
{
    int64_t today = day_of_ms(q->now_ms);
    char got[FORMAT_TEXT], next[FORMAT_TEXT];

    if (q->now_ms - answer->got_ms > DAY_MS)
        format_time(got, answer->got_ms, q->now_ms);
    else
        format_minute(got, answer->got_ms);
    format_age(next, answer->got_ms + answer->pace_ms - q->now_ms);
    return arena_printf(arena, "day %u of %u   data of %s, next in %s", day_of_month(today),
                        (unsigned)(m->end - m->first), got, next);
}

/* Nothing at all was told to cost anything: which tag would have to be looked after. */
static const char *
nothing_told(struct arena *arena, const struct view_query *q)
{
    const struct answer *tags = snapshot_answer(q->snapshot, "costs.tags");

    if (tags != NULL && tags->got_ms != 0 && !is_active(tags, "Project"))
        return "the tag Project is not active for cost allocation: its costs cannot be told";
    return arena_printf(arena, "no cost is told under Project=" LIMIT_PROJECT
                               ": is the tag set, and active for cost allocation?");
}

void
costs_build_month(struct panel *panel, struct arena *arena, const struct view_query *q,
                  struct spend_month *m, struct costs_budget *budget)
{
    const struct answer *bill = snapshot_answer(q->snapshot, COSTS_COMPONENTS);
    const struct answer *budgets = snapshot_answer(q->snapshot, "costs.budgets");
    struct facts facts = { .arena = arena,
                           .list = arena_alloc(arena, FACTS_MAX * sizeof(struct fact)) };

    memset(m, 0, sizeof *m);
    *budget = find_budget(budgets);
    panel->name = "month";
    panel->title = "this month";
    panel_source(panel, SOURCE ", Budgets DescribeBudgets", q, bill);
    if (bill == NULL || bill->got_ms == 0)
        return;
    spend_month(m, bill->costs, bill->cost_count, bill->cost_from_day, day_of_ms(bill->got_ms),
                day_of_ms(q->now_ms));
    add_budget(&facts, m, budget);
    add_forecast(&facts, m, budget);
    add_mark(&facts, m, "80 % mark", spend_near_mark(budget->limit_microusd), false);
    add_mark(&facts, m, "100 % mark", budget->limit_microusd, true);
    add_days(&facts, m);
    add_target(&facts, m);
    panel->note = month_note(arena, m, q, bill);
    panel->facts = facts.list;
    panel->fact_count = facts.count;
    if (panel->failure == NULL && bill->cost_count == 0)
        panel->failure = nothing_told(arena, q);
}

/* --- around it --- */

void
costs_build_account(struct panel *panel, struct arena *arena, const struct view_query *q,
                    const struct spend_month *m, const struct costs_budget *budget)
{
    struct facts facts = { .arena = arena,
                           .list = arena_alloc(arena, FACTS_MAX * sizeof(struct fact)) };

    panel->name = "account";
    panel->title = "the account";
    add_account(&facts, q, m);
    add_alerts(&facts, q, budget);
    add_tags(&facts, q);
    add_simulated(&facts, q);
    panel->facts = facts.list;
    panel->fact_count = facts.count;
    panel_source(panel, "CloudWatch AWS/Billing, Budgets, Cost Explorer ListCostAllocationTags", q,
                 snapshot_answer(q->snapshot, BILLING));
    if (facts.count > 0)
        panel->failure = NULL; /* each line says what it lacks */
}

/* "OpenReplay $44.77   Infrastructure $38.16   ..." */
static const char *
dearest(struct arena *arena, const struct view_query *q)
{
    size_t count;
    struct spend_part *parts = costs_split(arena, &count, q, COSTS_COMPONENTS, 0);
    const char *text = "";

    for (size_t i = 0; i < count && i < DEAREST; i++)
        text = arena_printf(arena, "%s%s%s %s", text, i > 0 ? "   " : "",
                            *parts[i].name == '\0' ? "(untagged)" : parts[i].name,
                            costs_usd(arena, parts[i].to_date));
    return text;
}

void
costs_build_summary(struct panel *panel, struct arena *arena, const struct view_query *q)
{
    struct facts facts = { .arena = arena,
                           .list = arena_alloc(arena, FACTS_MAX * sizeof(struct fact)) };
    struct spend_month m;
    struct costs_budget budget;
    int64_t near;

    costs_build_month(panel, arena, q, &m, &budget);
    panel->name = "costs";
    panel->title = "Costs";
    panel->open_view = "costs";
    if (panel->fact_count == 0)
        return;
    near = spend_near_mark(budget.limit_microusd);
    facts.list[facts.count++] = panel->facts[0]; /* the gauge */
    if (m.has_forecast)
        add(&facts, "month end",
            cell_text(costs_usd(arena, m.end_of_month.mean),
                      costs_level(spend_judge(m.end_of_month.mean, budget.limit_microusd))));
    facts.list[facts.count++] = panel->facts[1];
    if (m.to_date > near)
        add_mark(&facts, &m, "100 % mark", budget.limit_microusd, true);
    else
        add_mark(&facts, &m, "80 % mark", near, false);
    add(&facts, "dearest", cell_text(dearest(arena, q), LEVEL_NONE));
    panel->facts = facts.list;
    panel->fact_count = facts.count;
}

/* --- all of it --- */

void
costs_build(struct model *out, struct arena *arena, const struct view_query *q)
{
    static const char *const parts[] = { "components", "functions", "environments", "resources" };
    struct panel *panels = arena_alloc(arena, 9 * sizeof *panels);
    struct spend_month month;
    struct costs_budget budget;
    enum spend_level level;

    model_begin(out, q);
    costs_build_month(&panels[out->panel_count++], arena, q, &month, &budget);
    costs_build_own(&panels[out->panel_count++], arena, q);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        costs_build_parts(&panels[out->panel_count++], arena, q, parts[i]);
    costs_build_projected(&panels[out->panel_count++], arena, q);
    costs_build_telemetry(&panels[out->panel_count++], arena, q);
    costs_build_account(&panels[out->panel_count++], arena, q, &month, &budget);
    out->panels = panels;
    level = spend_judge(month.to_date, budget.limit_microusd);
    out->attention = level == SPEND_FINE ? 0 : 1;
    out->attention_level = level == SPEND_FINE ? LEVEL_NONE : costs_level(level);
}
