/* check_budget.c - the project's budget: what was spent, what is forecast, and who is told.
 * SPDX-License-Identifier: MIT
 *
 * "Budget: $150/month, Filter: Tag:Project = UserMetrics, Alerts: 80% ($120), 100% ($150)"
 * (document 1008-1011). A mark is passed by what is above it: $120.00 of 150 is well, $120.01 a
 * warning, $150.00 still one, $150.01 a failure (domain/spend.h). A forecast above the limit is a
 * warning, since there is time to act. Reading budgets is free. */
#include "config.h"

#include "base/day.h"
#include "base/text.h"
#include "cli/check/checks.h"
#include "domain/limits.h"
#include "domain/money.h"
#include "domain/spend.h"
#include "tui/views/costs.h"

#include <stdio.h>

#define RULE "budget"

void
check_budget_ask(struct ask_list *asks, const struct view_query *q)
{
    (void)q;
    costs_ask_budgets(asks);
}

static const enum finding_level spent_levels[] = {
    [SPEND_FINE] = FINDING_OK, [SPEND_NEAR] = FINDING_WARN, [SPEND_OVER] = FINDING_FAIL
};
static const char *const spent_words[] = {
    [SPEND_FINE] = "within 80 %", [SPEND_NEAR] = "above 80 %", [SPEND_OVER] = "above 100 %"
};

struct budget_texts {
    char spent[MONEY_TEXT], limit[MONEY_TEXT], mark[MONEY_TEXT], forecast[MONEY_TEXT];
};

static void
judge_spent(struct findings *found, const struct bill_budget *b, const struct budget_texts *texts)
{
    enum spend_level level = spend_judge(b->spent_microusd, b->limit_microusd);
    char evidence[160], expected[100];

    snprintf(evidence, sizeof evidence, "$%s of $%s are spent: %s", texts->spent, texts->limit,
             spent_words[level]);
    snprintf(expected, sizeof expected, "at most $%s",
             level == SPEND_OVER ? texts->limit : texts->mark);
    findings_put(found,
                 &(struct finding){ .level = spent_levels[level],
                                    .rule = "budget.spent",
                                    .subject = b->name,
                                    .evidence = evidence,
                                    .expected = level == SPEND_FINE ? "" : expected,
                                    .fix = level == SPEND_FINE
                                               ? ""
                                               : "obsview report costs names the biggest driver" });
}

static void
judge_forecast(struct findings *found, const struct bill_budget *b,
               const struct budget_texts *texts)
{
    bool is_over = b->has_forecast && b->forecast_microusd > b->limit_microusd;
    char evidence[160], expected[100];

    snprintf(expected, sizeof expected, "at most $%s", texts->limit);
    if (b->has_forecast)
        snprintf(evidence, sizeof evidence, "the month is forecast to come to $%s of $%s",
                 texts->forecast, texts->limit);
    else
        snprintf(evidence, sizeof evidence,
                 "cannot judge: AWS tells no forecast, as it does for the first weeks of a budget");
    findings_put(found, &(struct finding){ .level = !b->has_forecast ? FINDING_UNKNOWN
                                                    : is_over        ? FINDING_WARN
                                                                     : FINDING_OK,
                                           .rule = "budget.forecast",
                                           .subject = b->name,
                                           .evidence = evidence,
                                           .expected = is_over ? expected : "" });
}

/* Somebody is told when what was spent passes the mark. */
static bool
is_told(const struct bill_budget *b, int64_t mark_microusd)
{
    for (size_t i = 0; i < b->notification_count; i++) {
        if (!b->notifications[i].is_forecast && b->notifications[i].mark_microusd == mark_microusd)
            return true;
    }
    return false;
}

static void
judge_alert(struct findings *found, const struct bill_budget *b, int percent, int64_t mark_microusd,
            const char *mark)
{
    bool is_well = is_told(b, mark_microusd);
    char evidence[160];

    if (!b->has_notifications)
        snprintf(evidence, sizeof evidence,
                 "cannot judge: its notifications were not told, see obsview iam-policy");
    else
        snprintf(evidence, sizeof evidence, "%s at %d %% ($%s)",
                 is_well ? "a notification is set" : "nobody is told", percent, mark);
    findings_put(found, &(struct finding){
                            .level = !b->has_notifications ? FINDING_UNKNOWN
                                     : is_well             ? FINDING_OK
                                                           : FINDING_WARN,
                            .rule = percent == 80 ? "budget.alert.80" : "budget.alert.100",
                            .subject = b->name,
                            .evidence = evidence,
                            .fix = is_well || !b->has_notifications
                                       ? ""
                                       : "add a notification of actual costs to the budget" });
}

static void
judge_budget(struct findings *found, const struct bill_budget *b)
{
    int64_t near = spend_near_mark(b->limit_microusd);
    struct budget_texts texts;

    money_format(texts.spent, b->spent_microusd, 2);
    money_format(texts.limit, b->limit_microusd, 2);
    money_format(texts.mark, near, 2);
    money_format(texts.forecast, b->forecast_microusd, 2);
    judge_spent(found, b, &texts);
    judge_forecast(found, b, &texts);
    judge_alert(found, b, 80, near, texts.mark);
    judge_alert(found, b, 100, b->limit_microusd, texts.limit);
}

/* --- a query's period --- */

/* Cost Explorer's End is exclusive, so "Start=2025-11-01,End=2025-11-30" (document 1122) loses a
 * day of November. */
static void
judge_period(struct findings *found, const char *text)
{
    char evidence[160], expected[100], fix[160], first[DAY_TEXT], last[DAY_TEXT], end[DAY_TEXT];
    struct finding finding = { .level = FINDING_OK, .rule = "budget.period", .subject = text };
    int64_t from, to;

    if (!check_period_parse(&from, &to, text))
        return; /* the command line was refused then */
    day_format(from, first);
    day_format(to - 1, last);
    snprintf(evidence, sizeof evidence, "its last day is %s", last);
    if (day_of_month(to + 1) == 1) {
        day_format(to, last);
        day_format(to + 1, end);
        snprintf(evidence, sizeof evidence,
                 "End is exclusive: the costs of %s, the last day of the month, are not in it",
                 last);
        snprintf(expected, sizeof expected, "End=%s", end);
        snprintf(fix, sizeof fix, "aws ce get-cost-and-usage --time-period Start=%s,End=%s", first,
                 end);
        finding.level = FINDING_WARN;
        finding.expected = expected;
        finding.fix = fix;
    }
    finding.evidence = evidence;
    findings_put(found, &finding);
}

void
check_budget_judge(struct findings *found, const struct view_query *q)
{
    const struct answer *answer = check_answer(found, q, COSTS_BUDGETS, RULE);
    size_t ours = 0;

    judge_period(found, q->key);
    if (answer == NULL)
        return;
    for (size_t i = 0; i < answer->budget_count; i++) {
        if (!costs_is_of_project(&answer->budgets[i]))
            continue;
        judge_budget(found, &answer->budgets[i]);
        ours++;
    }
    if (ours == 0)
        findings_put(
            found,
            &(struct finding){
                .level = answer->is_partial ? FINDING_UNKNOWN : FINDING_FAIL,
                .rule = "budget.filter",
                .evidence = "no monthly cost budget is filtered by Project=" LIMIT_PROJECT " alone",
                .expected = "$150 a month, with notifications at 80 % and 100 %",
                .fix = "make one: Billing, Budgets" });
    if (answer->budget_count > ours)
        findings_note(found, "not judged: %zu other budget%s", answer->budget_count - ours,
                      text_s(answer->budget_count - ours));
}
