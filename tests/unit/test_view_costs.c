/* test_view_costs.c - what the Costs view asks and says.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "base/buf.h"
#include "tui/views/models.h"

#define BUDGET                                                                                     \
    "[{\"name\":\"obs\",\"limit\":\"150\",\"project\":\"UserMetrics\",\"marks\":[\"120\",\"150\"]" \
    "}]"

/* The same every day from October on: so many dollars for each component. Today is November 24. */
static void
stage_steady(struct stage *s, const char *const *components, const char *const *usd)
{
    struct buf rows;

    buf_init(&rows, 1 << 20);
    for (int day = 54; day >= 0; day--) {
        for (size_t i = 0; components[i] != NULL; i++)
            buf_addf(&rows, "%s[%d,\"%s\",\"f%zu\",\"%s\"]", rows.len > 0 ? "," : "[", day,
                     components[i], i, usd[i]);
    }
    buf_adds(&rows, "]");
    stage_costs(s, "costs.components", rows.data);
    buf_fini(&rows);
}

static const char *
fact_text(const struct panel *panel, const char *name)
{
    for (size_t i = 0; i < panel->fact_count; i++) {
        if (strcmp(panel->facts[i].name, name) == 0)
            return panel->facts[i].value.text;
    }
    fail_msg("no fact %s in %s", name, panel->name);
    abort(); /* not reached */
}

static enum level
fact_level(const struct panel *panel, const char *name)
{
    for (size_t i = 0; i < panel->fact_count; i++) {
        if (strcmp(panel->facts[i].name, name) == 0)
            return panel->facts[i].value.level;
    }
    fail_msg("no fact %s in %s", name, panel->name);
    abort(); /* not reached */
}

static void
has_fact(const struct panel *panel, const char *name, const char *text, enum level level)
{
    if (strstr(fact_text(panel, name), text) == NULL)
        fail_msg("%s says \"%s\", not \"%s\"", name, fact_text(panel, name), text);
    assert_int_equal(fact_level(panel, name), level);
}

/* --- asking --- */

static void
three_questions_cost_something(void **state)
{
    struct stage s;
    size_t paid = 0;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    stage_show(&s, costs_ask, costs_build);
    for (size_t i = 0; i < s.asks->count; i++)
        paid += s.asks->items[i].kind == ASK_COSTS || s.asks->items[i].kind == ASK_COST_TAGS;
    assert_int_equal(paid, 3);
    assert_string_equal(stage_ask(&s, "costs.components")->cost_tags[0], "Component");
    assert_string_equal(stage_ask(&s, "costs.components")->cost_tags[1], "Function");
    assert_string_equal(stage_ask(&s, "costs.components")->project, "UserMetrics");
    assert_string_equal(stage_ask(&s, "costs.environments")->cost_tags[0], "Environment");
    assert_string_equal(stage_ask(&s, "costs.environments")->cost_tags[1], "Resource");
    assert_string_equal(stage_ask(&s, "costs.account")->region, "us-east-1");
    assert_null(stage_ask(&s, "costs.stack")); /* only an emulator has one */
    stage_close(&s);
}

static void
the_overview_asks_the_same_question(void **state)
{
    struct stage s, o;

    (void)state;
    stage_open(&s);
    stage_open(&o);
    stage_show(&s, costs_ask, costs_build);
    stage_show(&o, overview_ask, overview_build);
    assert_true(ask_equal(stage_ask(&s, "costs.components"), stage_ask(&o, "costs.components")));
    assert_true(ask_equal(stage_ask(&s, "costs.budgets"), stage_ask(&o, "costs.budgets")));
    assert_null(stage_ask(&o, "costs.environments"));
    assert_null(stage_ask(&o, "costs.tags"));
    stage_close(&o);
    stage_close(&s);
}

/* --- the month --- */

/* One row, of yesterday. */
static void
stage_sum(struct stage *s, const char *usd)
{
    char rows[128];

    snprintf(rows, sizeof rows, "[[1,\"Umami\",\"Analytics\",\"%s\"]]", usd);
    stage_costs(s, "costs.components", rows);
    stage_budgets(s, "costs.budgets", BUDGET);
}

static void
the_budget_is_judged_at_its_exact_edges(void **state)
{
    static const struct {
        const char *usd, *says;
        enum level level;
    } cases[] = {
        { "119.99", "$119.99 of $150.00: fine", LEVEL_OK },
        { "120.00", "$120.00 of $150.00: fine", LEVEL_OK },
        { "120.01", "$120.01 of $150.00: above 80 % of it", LEVEL_WARN },
        { "150.00", "$150.00 of $150.00: above 80 % of it", LEVEL_WARN },
        { "150.01", "$150.01 of $150.00: above it", LEVEL_BAD },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage s;

        stage_open(&s);
        stage_sum(&s, cases[i].usd);
        stage_show(&s, costs_ask, costs_build);
        assert_string_equal(fact_text(stage_panel(&s, "month"), "budget"), cases[i].says);
        assert_int_equal(fact_level(stage_panel(&s, "month"), "budget"), cases[i].level);
        assert_int_equal(s.model.attention, cases[i].level == LEVEL_OK ? 0 : 1);
        stage_close(&s);
    }
}

static void
a_steady_month_is_foreseen(void **state)
{
    static const char *const components[] = { "OpenReplay", "Umami", "", NULL };
    static const char *const usd[] = { "2.50", "1.50", "1.00", NULL };
    const struct panel *month;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_steady(&s, components, usd);
    stage_budgets(&s, "costs.budgets", BUDGET);
    stage_show(&s, costs_ask, costs_build);
    month = stage_panel(&s, "month");
    assert_string_equal(month->note, "day 24 of 30   data of 03:20, next in 23 h");
    has_fact(month, "budget", "$120.00 of $150.00: fine", LEVEL_OK);
    has_fact(month, "forecast", "$150.00 at the end ($150.00 to $150.00, 4 in 5)", LEVEL_WARN);
    has_fact(month, "80 % mark", "$120.00: on Nov 25 at this rate", LEVEL_WARN);
    has_fact(month, "100 % mark", "$150.00: unlikely this month", LEVEL_OK);
    has_fact(month, "average", "$5.00 a day; last month $155.00 in all", LEVEL_NONE);
    has_fact(month, "target", "inside $100 to 150; above the projected $94 to 134", LEVEL_WARN);
    assert_null(month->failure);
    stage_close(&s);
}

static void
without_a_budget_the_documents_is_taken_and_said(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_costs(&s, "costs.components", "[[1,\"Umami\",\"f\",\"10\"]]");
    stage_budgets(&s, "costs.budgets", "[{\"name\":\"x\",\"limit\":\"9\",\"project\":\"Other\"}]");
    stage_show(&s, costs_ask, costs_build);
    has_fact(stage_panel(&s, "month"), "budget",
             "$10.00 of $150.00: fine (the document's; AWS has none)", LEVEL_OK);
    has_fact(stage_panel(&s, "account"), "budgets", "none counts the tag Project=UserMetrics alone",
             LEVEL_WARN);
    stage_close(&s);

    stage_open(&s);
    stage_costs(&s, "costs.components", "[[1,\"Umami\",\"f\",\"10\"]]");
    stage_failure(&s, "costs.budgets", ASK_BUDGETS, "access denied: Budgets DescribeBudgets (no)");
    stage_show(&s, costs_ask, costs_build);
    has_fact(stage_panel(&s, "month"), "budget", "(the document's; AWS does not tell)", LEVEL_OK);
    has_fact(stage_panel(&s, "account"), "budgets", "access denied", LEVEL_UNKNOWN);
    stage_close(&s);
}

static void
a_bill_without_rows_says_which_tag_to_look_after(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_costs(&s, "costs.components", "[]");
    stage_show(&s, costs_ask, costs_build);
    assert_non_null(strstr(stage_panel(&s, "month")->failure, "no cost is told under Project="));
    assert_int_equal(stage_panel(&s, "components")->grid->row_count, 0);
    assert_int_equal(stage_panel(&s, "projected")->grid->row_count, 0);
    stage_close(&s);

    stage_open(&s);
    stage_costs(&s, "costs.components", "[]");
    stage_cost_tags(&s, "costs.tags", "[[\"Project\",false,0]]");
    stage_show(&s, costs_ask, costs_build);
    assert_non_null(strstr(stage_panel(&s, "month")->failure, "Project is not active"));
    has_fact(stage_panel(&s, "account"), "tag keys", "not active, so untagged below: Project",
             LEVEL_WARN);
    stage_close(&s);
}

static void
a_refused_bill_says_so_in_each_panel(void **state)
{
    static const char *const panels[] = { "month", "components", "functions", "projected" };
    struct stage s;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    stage_failure(&s, "costs.components", ASK_COSTS, "access denied: Cost Explorer (no)");
    stage_show(&s, costs_ask, costs_build);
    for (size_t i = 0; i < sizeof panels / sizeof panels[0]; i++)
        assert_string_equal(stage_panel(&s, panels[i])->failure,
                            "access denied: Cost Explorer (no)");
    assert_true(panel_is_unknown(stage_panel(&s, "month")));
    stage_close(&s);
}

/* --- the account --- */

static void
what_is_not_under_the_project_is_told(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_sum(&s, "96.20");
    stage_points(&s, "costs.account", "{\"total\":[[43200000,300.5],[21600000,310.25]]}");
    stage_show(&s, costs_ask, costs_build);
    has_fact(stage_panel(&s, "account"), "account", "$310.25, of which $214.05 not of the project",
             LEVEL_NONE);
    has_fact(stage_panel(&s, "account"), "AWS tells", "at $120.00, at $150.00", LEVEL_OK);
    stage_close(&s);

    stage_open(&s);
    stage_sum(&s, "96.20");
    stage_points(&s, "costs.account", "{\"total\":[]}");
    stage_show(&s, costs_ask, costs_build);
    has_fact(stage_panel(&s, "account"), "account", "AWS/Billing tells nothing", LEVEL_UNKNOWN);
    stage_close(&s);
}

static void
a_simulated_bill_is_called_that(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_sum(&s, "1");
    stage_json(&s, "costs.stack", "{\"name\":\"document\",\"simulated\":[\"ce\"]}");
    stage_show(&s, costs_ask, costs_build);
    assert_non_null(stage_ask(&s, "costs.stack"));
    has_fact(stage_panel(&s, "account"), "simulated", "stack \"document\"", LEVEL_NONE);
    has_fact(stage_panel(&s, "account"), "simulated", "log bytes measured", LEVEL_NONE);
    stage_close(&s);
}

/* --- parts --- */

static void
what_has_no_tag_has_a_row(void **state)
{
    static const char *const components[] = { "OpenReplay", "", "Umami", NULL };
    static const char *const usd[] = { "2.50", "0.10", "1.40", NULL };
    const struct panel *panel;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_steady(&s, components, usd);
    stage_costs(&s, "costs.environments", "[[1,\"prod\",\"ALB\",\"3\"]]");
    stage_show(&s, costs_ask, costs_build);
    panel = stage_panel(&s, "components");
    assert_string_equal(panel->note, "untagged $2.40");
    assert_int_equal(panel->grid->row_count, 3);
    assert_string_equal(panel->grid->rows[0].key, "OpenReplay");
    assert_true(stage_cell(&s, "components", "OpenReplay", "cost")->number == 60e6);
    assert_true(stage_cell(&s, "components", "OpenReplay", "last month")->number == 77.5e6);
    assert_true(stage_cell(&s, "components", "OpenReplay", "month end")->number == 75e6);
    assert_true(stage_cell(&s, "components", "OpenReplay", "share")->number == 62.5);
    assert_int_equal(panel->grid->rows[2].level, LEVEL_WARN);
    assert_string_equal(panel->grid->rows[2].key, "(untagged)");
    panel = stage_panel(&s, "environments"); /* even while it costs nothing */
    assert_int_equal(panel->grid->row_count, 2);
    assert_string_equal(panel->grid->rows[1].key, "(untagged)");
    assert_int_equal(panel->grid->rows[1].level, LEVEL_NONE);
    stage_close(&s);
}

static void
the_dear_component_is_named(void **state)
{
    static const char *const components[] = { "Infrastructure", "OpenReplay", "Umami",
                                              "CloudWatch",     "Grafana",    NULL };
    static const char *const usd[] = { "1.3333", "1.60", "0.60", "0.50", "0.90", NULL };
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_steady(&s, components, usd);
    stage_show(&s, costs_ask, costs_build);
    assert_string_equal(stage_panel(&s, "projected")->note, "driver: Grafana, $18.00 above");
    assert_string_equal(stage_cell(&s, "projected", "Infrastructure", "verdict")->text, "inside");
    assert_string_equal(stage_cell(&s, "projected", "Infrastructure", "expected")->text,
                        "$35 to 45");
    assert_string_equal(stage_cell(&s, "projected", "OpenReplay", "verdict")->text,
                        "above by $13.00");
    assert_string_equal(stage_cell(&s, "projected", "Grafana", "verdict")->text,
                        "above by $18.00; $9 an editor, $5 a viewer");
    assert_string_equal(stage_cell(&s, "projected", "total", "expected")->text, "$94 to 134");
    assert_string_equal(stage_cell(&s, "projected", "Umami", "expected of")->text,
                        "ECS (0.25 vCPU), Aurora (shared), ALB");
    assert_string_equal(
        stage_cell(&s, "projected", "OpenReplay", "expected of")->text,
        "ECS (0.5 vCPU), S3, ALB; upstream asks 2 vCPU and 8 GB, $85 on Fargate alone");
    assert_string_equal(stage_cell(&s, "projected", "OpenSearch", "verdict")->text,
                        "not budgeted; no such tag");
    stage_close(&s);
}

/* --- telemetry --- */

static void
the_dimension_that_multiplies_is_blamed(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "costs.metrics", "UserMetrics/Frontend",
                "[[\"LCP\",\"environment\",\"dev\",\"route\",\"/a\"],"
                "[\"LCP\",\"environment\",\"dev\",\"route\",\"/b\"],"
                "[\"LCP\",\"environment\",\"dev\",\"route\",\"/c\"],"
                "[\"INP\",\"environment\",\"dev\",\"route\",\"/a\"],"
                "[\"INP\",\"environment\",\"prod\",\"route\",\"/a\"]]");
    stage_points(&s, "costs.bytes", "{\"0\":[[3600000,1.5e9],[7200000,0.5e9]]}");
    stage_show(&s, costs_ask, costs_build);
    assert_string_equal(stage_cell(&s, "telemetry", "custom metrics", "amount")->text, "5");
    assert_true(stage_cell(&s, "telemetry", "custom metrics", "a month")->number == 1.5e6);
    assert_string_equal(stage_cell(&s, "telemetry", "custom metrics", "why")->text,
                        "route multiplies them: without it 3");
    assert_string_equal(stage_cell(&s, "telemetry", "log bytes", "amount")->text, "2.0 GB a day");
    assert_true(stage_cell(&s, "telemetry", "log bytes", "a month")->number == 30e6);
    assert_int_equal(stage_cell(&s, "telemetry", "custom metrics", "a month")->level, LEVEL_NONE);
    assert_int_equal(stage_cell(&s, "telemetry", "log bytes", "a month")->level, LEVEL_WARN);
    stage_close(&s);
}

static void
awss_own_metrics_cost_nothing(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "costs.metrics", "AWS/Logs",
                "[[\"IncomingBytes\"],[\"IncomingBytes\",\"LogGroupName\",\"/a\"],"
                "[\"IncomingLogEvents\"]]");
    stage_show(&s, costs_ask, costs_build);
    assert_string_equal(stage_cell(&s, "telemetry", "custom metrics", "amount")->text, "0");
    assert_int_equal(stage_ask(&s, "costs.bytes")->query_count, 1); /* the account's own sum */
    assert_int_equal(stage_ask(&s, "costs.bytes")->queries[0].series.dims.count, 0);
    stage_close(&s);
}

static void
what_looking_costs_is_told_by_kind(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    stage_sum(&s, "1");
    s.list[0]->cost_microusd = 10000;
    stage_points(&s, "vitals.now", "{}");
    s.list[2]->cost_microusd = 40000;
    stage_show(&s, costs_ask, costs_build);
    has_fact(stage_panel(&s, "own"), "Cost Explorer", "$0.01, at most three requests a day",
             LEVEL_NONE);
    has_fact(stage_panel(&s, "own"), "GetMetricData", "$0.04", LEVEL_NONE);
    has_fact(stage_panel(&s, "own"), "this month", "$0.00", LEVEL_NONE);
    stage_close(&s);

    stage_open(&s);
    stage_show(&s, costs_ask, costs_build);
    has_fact(stage_panel(&s, "own"), "asked", "an emulator: free", LEVEL_NONE);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_questions_cost_something),
        cmocka_unit_test(the_overview_asks_the_same_question),
        cmocka_unit_test(the_budget_is_judged_at_its_exact_edges),
        cmocka_unit_test(a_steady_month_is_foreseen),
        cmocka_unit_test(without_a_budget_the_documents_is_taken_and_said),
        cmocka_unit_test(a_bill_without_rows_says_which_tag_to_look_after),
        cmocka_unit_test(a_refused_bill_says_so_in_each_panel),
        cmocka_unit_test(what_is_not_under_the_project_is_told),
        cmocka_unit_test(a_simulated_bill_is_called_that),
        cmocka_unit_test(what_has_no_tag_has_a_row),
        cmocka_unit_test(the_dear_component_is_named),
        cmocka_unit_test(the_dimension_that_multiplies_is_blamed),
        cmocka_unit_test(awss_own_metrics_cost_nothing),
        cmocka_unit_test(what_looking_costs_is_told_by_kind),
    };

    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests_name("costs view", tests, NULL, NULL);
}
