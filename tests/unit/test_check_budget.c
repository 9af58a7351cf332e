/* test_check_budget.c - the marks of a budget, to the cent.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "cli/check/checks.h"
#include "domain/money.h"

#define USD  MONEY_USD
#define CENT (MONEY_USD / 100)

static const struct bill_filter project[] = { { "Project", "UserMetrics" } };
static const struct bill_notification both[] = { { .mark_microusd = 120 * USD },
                                                 { .mark_microusd = 150 * USD } };

static const struct bill_budget typical = { .name = "observability",
                                            .is_monthly = true,
                                            .is_cost = true,
                                            .limit_microusd = 150 * USD,
                                            .spent_microusd = 90 * USD,
                                            .has_forecast = true,
                                            .forecast_microusd = 118 * USD,
                                            .filters = project,
                                            .filter_count = 1,
                                            .notifications = both,
                                            .notification_count = 2,
                                            .has_notifications = true };

static void
no_model(struct model *out, struct arena *arena, const struct view_query *q)
{
    (void)out;
    (void)arena;
    (void)q;
}

static void
judge(struct findings *f, const struct bill_budget *budgets, size_t count)
{
    struct answer *answer = answer_new("costs.budgets", ASK_BUDGETS);
    struct stage s;

    stage_open(&s);
    answer->got_ms = ANSWERS_NOW;
    answer->budgets = budgets;
    answer->budget_count = count;
    s.list[s.count++] = answer;
    stage_show(&s, check_budget_ask, no_model);
    assert_non_null(stage_ask(&s, "costs.budgets"));
    findings_init(f);
    check_budget_judge(f, &s.q);
    stage_close(&s);
}

static const struct finding *
of_rule(const struct findings *f, const char *rule)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->items[i].rule, rule) == 0)
            return &f->items[i];
    }
    fail_msg("nothing is said of %s", rule);
    return &f->items[0];
}

static void
a_typical_month_is_well(void **state)
{
    struct findings f;

    (void)state;
    judge(&f, &typical, 1);
    assert_int_equal(f.count, 4);
    assert_int_equal(f.levels[FINDING_OK], 4);
    assert_string_equal(of_rule(&f, "budget.spent")->evidence,
                        "$90.00 of $150.00 are spent: within 80 %");
    assert_string_equal(of_rule(&f, "budget.spent")->subject, "observability");
    findings_fini(&f);
}

static void
the_edges_are_exact(void **state)
{
    static const struct {
        int64_t spent;
        enum finding_level level;
        const char *evidence, *expected;
    } cases[] = {
        { 120 * USD, FINDING_OK, "$120.00 of $150.00 are spent: within 80 %", "" },
        { 120 * USD + CENT, FINDING_WARN, "$120.01 of $150.00 are spent: above 80 %",
          "at most $120.00" },
        { 150 * USD, FINDING_WARN, "$150.00 of $150.00 are spent: above 80 %", "at most $120.00" },
        { 150 * USD + CENT, FINDING_FAIL, "$150.01 of $150.00 are spent: above 100 %",
          "at most $150.00" },
        { 0, FINDING_OK, "$0.00 of $150.00 are spent: within 80 %", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bill_budget b = typical;
        struct findings f;

        b.spent_microusd = cases[i].spent;
        judge(&f, &b, 1);
        assert_int_equal(of_rule(&f, "budget.spent")->level, cases[i].level);
        assert_string_equal(of_rule(&f, "budget.spent")->evidence, cases[i].evidence);
        assert_string_equal(of_rule(&f, "budget.spent")->expected, cases[i].expected);
        findings_fini(&f);
    }
}

static void
a_forecast_above_the_limit_is_a_warning(void **state)
{
    struct bill_budget b = typical;
    struct findings f;

    (void)state;
    b.forecast_microusd = 150 * USD;
    judge(&f, &b, 1);
    assert_int_equal(of_rule(&f, "budget.forecast")->level, FINDING_OK);
    findings_fini(&f);
    b.forecast_microusd++;
    judge(&f, &b, 1);
    assert_int_equal(of_rule(&f, "budget.forecast")->level, FINDING_WARN);
    findings_fini(&f);
    b.has_forecast = false;
    judge(&f, &b, 1);
    assert_int_equal(of_rule(&f, "budget.forecast")->level, FINDING_UNKNOWN);
    findings_fini(&f);
}

static void
both_marks_are_told_to_somebody(void **state)
{
    static const struct bill_notification others[] = {
        { .mark_microusd = 120 * USD, .is_forecast = true }, { .mark_microusd = 150 * USD }
    };
    struct bill_budget b = typical;
    struct findings f;

    (void)state;
    b.notifications = others;
    judge(&f, &b, 1);
    assert_int_equal(of_rule(&f, "budget.alert.80")->level, FINDING_WARN);
    assert_string_equal(of_rule(&f, "budget.alert.80")->evidence,
                        "nobody is told at 80 % ($120.00)");
    assert_int_equal(of_rule(&f, "budget.alert.100")->level, FINDING_OK);
    findings_fini(&f);
    b.has_notifications = false;
    judge(&f, &b, 1);
    assert_int_equal(f.levels[FINDING_UNKNOWN], 2);
    findings_fini(&f);
}

static void
only_the_projects_budget_counts(void **state)
{
    struct bill_budget others[3] = { typical, typical, typical };
    struct findings f;

    (void)state;
    others[0].filter_count = 0;
    others[1].is_monthly = false;
    others[2].other_filters = 1;
    judge(&f, others, 3);
    assert_int_equal(f.count, 1);
    assert_int_equal(of_rule(&f, "budget.filter")->level, FINDING_FAIL);
    assert_string_equal(f.notes[0], "not judged: 3 other budgets");
    findings_fini(&f);
}

/* The document's own query, and the month as it was meant. */
static void
a_period_that_loses_the_last_day_is_pointed_out(void **state)
{
    static const struct {
        const char *period, *evidence, *expected;
    } cases[] = {
        { "2025-11-01..2025-11-30",
          "End is exclusive: the costs of 2025-11-30, the last day of the month, are not in it",
          "End=2025-12-01" },
        { "2025-11-01..2025-12-01", "its last day is 2025-11-30", "" },
        { "2024-02-01..2024-02-29",
          "End is exclusive: the costs of 2024-02-29, the last day of the month, are not in it",
          "End=2024-03-01" },
        { "2024-02-01..2024-02-28", "its last day is 2024-02-27", "" },
        { "2025-11-10..2025-11-11", "its last day is 2025-11-10", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct view_query q = { .key = cases[i].period };
        struct findings f;

        findings_init(&f);
        check_budget_judge(&f, &q);
        assert_string_equal(of_rule(&f, "budget.period")->evidence, cases[i].evidence);
        assert_string_equal(of_rule(&f, "budget.period")->expected, cases[i].expected);
        assert_int_equal(of_rule(&f, "budget.period")->level,
                         *cases[i].expected == '\0' ? FINDING_OK : FINDING_WARN);
        findings_fini(&f);
    }
}

static void
a_period_is_two_dates_in_order(void **state)
{
    static const char *const bad[] = { "",
                                       "..",
                                       "2025-11-01",
                                       "2025-11-01..",
                                       "2025-11-01..2025-11-01",
                                       "2025-12-01..2025-11-01",
                                       "2025-11-01..2025-11-31",
                                       "2025-11-01-and-more..2025-12-01",
                                       "2025-11-01..2025-12-01T00:00:00Z" };
    int64_t from, to;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(check_period_parse(&from, &to, bad[i]));
    assert_true(check_period_parse(&from, &to, "2025-11-01..2025-12-01"));
    assert_int_equal(to - from, 30);
}

static void
what_did_not_come_is_never_clean(void **state)
{
    struct findings f;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_failure(&s, "costs.budgets", ASK_BUDGETS, "access denied");
    stage_show(&s, check_budget_ask, no_model);
    findings_init(&f);
    check_budget_judge(&f, &s.q);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.items[0].level, FINDING_UNKNOWN);
    assert_string_equal(f.items[0].evidence, "cannot judge: access denied");
    findings_fini(&f);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_typical_month_is_well),
        cmocka_unit_test(the_edges_are_exact),
        cmocka_unit_test(a_forecast_above_the_limit_is_a_warning),
        cmocka_unit_test(both_marks_are_told_to_somebody),
        cmocka_unit_test(only_the_projects_budget_counts),
        cmocka_unit_test(a_period_that_loses_the_last_day_is_pointed_out),
        cmocka_unit_test(a_period_is_two_dates_in_order),
        cmocka_unit_test(what_did_not_come_is_never_clean),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
