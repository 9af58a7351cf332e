/* test_aws_bill.c - Cost Explorer and Budgets, as they answer and as they should not.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/budgets.h"
#include "aws/cost_explorer.h"
#include "aws/cost_tags.h"
#include "aws_bench.h"
#include "base/day.h"

/* Each paid request has a connection of its own: the one before has to be closed. */
#define CLOSED \
    "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close\r\n\r\n"
#define ACCOUNT \
    "<GetCallerIdentityResponse><Account>123456789012</Account></GetCallerIdentityResponse>"

struct asked {
    struct aws_bench b;
    const struct bill_row *rows;
    const struct bill_tag *tags;
    const struct bill_budget *budgets;
    size_t count;
    bool partial;
    unsigned requests;
};

static void
on_usage(void *arg, const struct bill_row *rows, size_t count, bool partial, unsigned requests,
         const struct err *err)
{
    struct asked *a = arg;

    a->rows = rows;
    a->count = count;
    a->partial = partial;
    a->requests = requests;
    aws_bench_end(&a->b, err);
}

static void
on_tags(void *arg, const struct bill_tag *tags, size_t count, bool partial, unsigned requests,
        const struct err *err)
{
    struct asked *a = arg;

    a->tags = tags;
    a->count = count;
    a->partial = partial;
    a->requests = requests;
    aws_bench_end(&a->b, err);
}

static void
on_budgets(void *arg, const struct bill_budget *budgets, size_t count, bool partial,
           const struct err *err)
{
    struct asked *a = arg;

    a->budgets = budgets;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

typedef void starter(struct asked *a);

static void
start_usage(struct asked *a)
{
    struct cost_question question = { .tags = { "Component", "Function" },
                                      .filter_key = "Project",
                                      .filter_value = "UserMetrics" };

    assert_true(day_parse(&question.from_day, "2026-10-01"));
    assert_true(day_parse(&question.to_day, "2026-11-25"));
    cost_explorer_usage(a->b.client, a->b.arena, &question, on_usage, a);
}

static void
start_tags(struct asked *a)
{
    cost_tags_list(a->b.client, a->b.arena, on_tags, a);
}

static void
start_budgets(struct asked *a)
{
    budgets_list(a->b.client, a->b.arena, on_budgets, a);
}

static void
ask(struct asked *a, starter *start, const char *const *bodies)
{
    *a = (struct asked){ 0 };
    aws_bench_open(&a->b, bodies);
    start(a);
    aws_bench_run(&a->b);
}

/* --- where they are at home --- */

static void
global_services_are_asked_where_they_are_at_home(void **state)
{
    static const struct {
        const char *region, *costs, *budgets, *logs, *signed_for;
    } cases[] = {
        { "eu-west-1", "https://ce.us-east-1.amazonaws.com", "https://budgets.amazonaws.com",
          "https://logs.eu-west-1.amazonaws.com", "us-east-1" },
        { "us-east-1", "https://ce.us-east-1.amazonaws.com", "https://budgets.amazonaws.com",
          "https://logs.us-east-1.amazonaws.com", "us-east-1" },
        { "cn-north-1", "https://ce.cn-northwest-1.amazonaws.com.cn",
          "https://budgets.amazonaws.com.cn", "https://logs.cn-north-1.amazonaws.com.cn",
          "cn-northwest-1" },
    };
    struct aws_target target = { .is_emulator = false };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *costs = aws_target_url(&target, AWS_COST_EXPLORER, cases[i].region);
        char *budgets = aws_target_url(&target, AWS_BUDGETS, cases[i].region);
        char *logs = aws_target_url(&target, AWS_LOGS, cases[i].region);

        assert_string_equal(costs, cases[i].costs);
        assert_string_equal(budgets, cases[i].budgets);
        assert_string_equal(logs, cases[i].logs);
        assert_string_equal(aws_service_region(AWS_BUDGETS, cases[i].region), cases[i].signed_for);
        assert_string_equal(aws_service_region(AWS_LOGS, cases[i].region), cases[i].region);
        free(costs);
        free(budgets);
        free(logs);
    }
}

/* --- GetCostAndUsage --- */

static void
costs_come_by_day_and_two_keys_over_pages(void **state)
{
    static const char *const bodies[] = {
        CLOSED
        "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2026-11-01\",\"End\":\"2026-11-02\"},"
        "\"Total\":{},\"Groups\":[{\"Keys\":[\"Component$Umami\",\"Function$Analytics\"],"
        "\"Metrics\":{\"UnblendedCost\":{\"Amount\":\"0.6234567891\",\"Unit\":\"USD\"}}},"
        "{\"Keys\":[\"Component$\",\"Function$\"],\"Metrics\":{\"UnblendedCost\":{\"Amount\":"
        "\"0E-10\",\"Unit\":\"USD\"}}}],\"Estimated\":true}],\"NextPageToken\":\"p2\"}",
        "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"2026-11-02\",\"End\":\"2026-11-03\"},"
        "\"Groups\":[{\"Keys\":[\"Component$a$b\",\"Function$\"],\"Metrics\":{\"UnblendedCost\":"
        "{\"Amount\":\"-1.5\",\"Unit\":\"USD\"}}}]},{\"TimePeriod\":{\"Start\":\"2026-11-03\"},"
        "\"Groups\":[]}]}",
        NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_usage, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 3);
    assert_int_equal(a.requests, 2);
    assert_false(a.partial);
    aws_bench_asked(&a.b, 0, "AWSInsightsIndexService.GetCostAndUsage\r\n");
    aws_bench_asked(&a.b, 0, "/us-east-1/ce/aws4_request"); /* though eu-west-1 is watched */
    aws_bench_asked(&a.b, 0,
                    "{\"TimePeriod\":{\"Start\":\"2026-10-01\",\"End\":\"2026-11-25\"},"
                    "\"Granularity\":\"DAILY\",\"Metrics\":[\"UnblendedCost\"],\"Filter\":{"
                    "\"Tags\":{\"Key\":\"Project\",\"Values\":[\"UserMetrics\"]}},\"GroupBy\":[{"
                    "\"Type\":\"TAG\",\"Key\":\"Component\"},{\"Type\":\"TAG\",\"Key\":"
                    "\"Function\"}]}");
    aws_bench_asked(&a.b, 1, "\"NextPageToken\":\"p2\"");
    assert_string_equal(a.rows[0].keys[0], "Umami");
    assert_string_equal(a.rows[0].keys[1], "Analytics");
    assert_int_equal(a.rows[0].microusd, 623457);
    assert_string_equal(a.rows[1].keys[0], "");
    assert_int_equal(a.rows[1].microusd, 0);
    assert_string_equal(a.rows[2].keys[0], "a$b");
    assert_int_equal(a.rows[2].microusd, -1500000);
    assert_int_equal(a.rows[2].day, a.rows[0].day + 1);
    aws_bench_close(&a.b);
}

/* Each page is a cent: three, and what is left out is said. */
static void
pages_of_costs_are_bounded(void **state)
{
#define PAGE(n) CLOSED "{\"ResultsByTime\":[],\"NextPageToken\":\"" n "\"}"
    static const char *const bodies[] = { PAGE("a"), PAGE("b"), PAGE("c"), PAGE("d"), NULL };
    struct asked a;

    (void)state;
    ask(&a, start_usage, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.requests, 3);
    assert_true(a.partial);
    aws_bench_close(&a.b);
}

static void
what_is_no_bill_is_refused_by_field(void **state)
{
#define RESULT(start, group) \
    "{\"ResultsByTime\":[{\"TimePeriod\":{\"Start\":\"" start "\"},\"Groups\":[" group "]}]}"
#define GROUP(keys, amount, unit)                                                               \
    "{\"Keys\":" keys ",\"Metrics\":{\"UnblendedCost\":{\"Amount\":" amount ",\"Unit\":\"" unit \
    "\"}}}"
    static const struct {
        const char *body, *says;
    } cases[] = {
        { "{}", "without ResultsByTime" },
        { RESULT("2026-02-30", ""), "TimePeriod.Start is \"2026-02-30\", expected YYYY-MM-DD" },
        { RESULT("2026-11-01", GROUP("[\"a$\"]", "\"1\"", "USD")), "without its 2 Keys" },
        { RESULT("2026-11-01", GROUP("[\"a$\",7]", "\"1\"", "USD")), "Keys[1] is not text" },
        { RESULT("2026-11-01", GROUP("[\"a$\",\"b$\"]", "\"cheap\"", "USD")),
          "UnblendedCost.Amount is \"cheap\", expected a decimal number" },
        { RESULT("2026-11-01", GROUP("[\"a$\",\"b$\"]", "1.5", "USD")), "Amount is \"\"" },
        { RESULT("2026-11-01", GROUP("[\"a$\",\"b$\"]", "\"1e300\"", "USD")), "Amount" },
        { RESULT("2026-11-01", GROUP("[\"a$\",\"b$\"]", "\"1\"", "CNY")),
          "the bill is in CNY, expected USD" },
        { "!400{\"__type\":\"ValidationException\",\"message\":\"no\"}", "ValidationException" },
        { "!400{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}",
          "access denied: Cost Explorer GetCostAndUsage" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const bodies[] = { cases[i].body, NULL };
        struct asked a;

        ask(&a, start_usage, bodies);
        aws_bench_failed(&a.b, cases[i].says);
        assert_int_equal(a.requests, 1);
        aws_bench_close(&a.b);
    }
}

/* --- ListCostAllocationTags --- */

static void
tag_keys_tell_whether_they_are_active(void **state)
{
    static const char *const bodies[] = {
        CLOSED
        "{\"CostAllocationTags\":[{\"TagKey\":\"Project\",\"Type\":\"UserDefined\",\"Status\":"
        "\"Active\",\"LastUpdatedDate\":\"2025-11-01T00:00:00Z\",\"LastUsedDate\":"
        "\"2026-11-01T00:00:00Z\"}],\"NextToken\":\"n\"}",
        "{\"CostAllocationTags\":[{\"TagKey\":\"aws:createdBy\",\"Type\":\"AWSGenerated\","
        "\"Status\":\"Inactive\"}]}",
        NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_tags, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 2);
    assert_int_equal(a.requests, 2);
    aws_bench_asked(&a.b, 0, "AWSInsightsIndexService.ListCostAllocationTags\r\n");
    assert_true(a.tags[0].is_active);
    assert_int_equal(a.tags[0].changed_ms, 1761955200000);
    assert_false(a.tags[1].is_active);
    assert_true(a.tags[1].is_generated);
    assert_int_equal(a.tags[1].changed_ms, 0);
    aws_bench_close(&a.b);
}

static void
a_tag_without_its_members_is_refused(void **state)
{
    static const struct {
        const char *body, *says;
    } cases[] = {
        { "{\"CostAllocationTags\":{}}", "without CostAllocationTags" },
        { "{\"CostAllocationTags\":[{\"Status\":\"Active\"}]}", "without TagKey" },
        { "{\"CostAllocationTags\":[{\"TagKey\":\"Project\"}]}",
          "Project: no Status, expected Active or Inactive" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const bodies[] = { cases[i].body, NULL };
        struct asked a;

        ask(&a, start_tags, bodies);
        aws_bench_failed(&a.b, cases[i].says);
        aws_bench_close(&a.b);
    }
}

/* --- Budgets --- */

static void
budgets_tell_limits_filters_and_notifications(void **state)
{
    static const char *const bodies[] = {
        ACCOUNT,
        "{\"Budgets\":[{\"BudgetName\":\"hours\",\"BudgetType\":\"USAGE\",\"TimeUnit\":\"MONTHLY\","
        "\"BudgetLimit\":{\"Amount\":\"730\",\"Unit\":\"Hrs\"}},"
        "{\"BudgetName\":\"observability\",\"BudgetType\":\"COST\",\"TimeUnit\":\"MONTHLY\","
        "\"BudgetLimit\":{\"Amount\":\"150.0\",\"Unit\":\"USD\"},\"CostFilters\":{\"TagKeyValue\":["
        "\"user:Project$UserMetrics\"],\"Region\":[\"eu-west-1\"]},\"CalculatedSpend\":{"
        "\"ActualSpend\":{\"Amount\":\"96.204\",\"Unit\":\"USD\"},\"ForecastedSpend\":{\"Amount\":"
        "\"131.4\",\"Unit\":\"USD\"}},\"LastUpdatedTime\":1795393200},"
        "{\"BudgetName\":\"yuan\",\"BudgetType\":\"COST\",\"TimeUnit\":\"MONTHLY\","
        "\"BudgetLimit\":{\"Amount\":\"9\",\"Unit\":\"CNY\"}},"
        "{\"BudgetName\":\"new\",\"BudgetType\":\"COST\",\"TimeUnit\":\"ANNUALLY\",\"BudgetLimit\":"
        "{\"Amount\":\"1000\",\"Unit\":\"USD\"},\"FilterExpression\":{\"And\":[{\"Tags\":{\"Key\":"
        "\"Project\",\"Values\":[\"UserMetrics\"]}},{\"Not\":{}}]}}]}",
        "{\"Notifications\":[{\"NotificationType\":\"ACTUAL\",\"ComparisonOperator\":"
        "\"GREATER_THAN\",\"Threshold\":80.0,\"ThresholdType\":\"PERCENTAGE\","
        "\"NotificationState\":\"ALARM\"},{\"NotificationType\":\"FORECASTED\","
        "\"ComparisonOperator\":\"GREATER_THAN\",\"Threshold\":149.99,\"ThresholdType\":"
        "\"ABSOLUTE_VALUE\"},{\"NotificationType\":\"ACTUAL\",\"ComparisonOperator\":"
        "\"LESS_THAN\",\"Threshold\":1}]}",
        "!400{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}", NULL
    };
    const struct bill_budget *b;
    struct asked a;

    (void)state;
    ask(&a, start_budgets, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 3); /* the one in yuan cannot be compared */
    aws_bench_asked(&a.b, 1, "AWSBudgetServiceGateway.DescribeBudgets\r\n");
    aws_bench_asked(&a.b, 1, "/us-east-1/budgets/aws4_request");
    aws_bench_asked(&a.b, 1, "\"AccountId\":\"123456789012\"");
    aws_bench_asked(&a.b, 2, "\"BudgetName\":\"observability\"");
    aws_bench_asked(&a.b, 3, "\"BudgetName\":\"new\"");

    b = &a.budgets[0]; /* of costs first */
    assert_string_equal(b->name, "observability");
    assert_true(b->is_cost && b->is_monthly);
    assert_int_equal(b->limit_microusd, 150000000);
    assert_int_equal(b->spent_microusd, 96204000);
    assert_true(b->has_forecast);
    assert_int_equal(b->forecast_microusd, 131400000);
    assert_int_equal(b->updated_ms, 1795393200000);
    assert_int_equal(b->filter_count, 1);
    assert_string_equal(b->filters[0].key, "Project");
    assert_string_equal(b->filters[0].value, "UserMetrics");
    assert_int_equal(b->other_filters, 1);
    assert_true(b->has_notifications);
    assert_int_equal(b->notification_count, 2);
    assert_int_equal(b->notifications[0].mark_microusd, 120000000);
    assert_true(b->notifications[0].is_alarm);
    assert_true(b->notifications[1].is_forecast);
    assert_int_equal(b->notifications[1].mark_microusd, 149990000);

    b = &a.budgets[1];
    assert_string_equal(b->name, "new");
    assert_false(b->is_monthly);
    assert_int_equal(b->filter_count, 1);
    assert_int_equal(b->other_filters, 1);
    assert_false(b->has_notifications); /* refused, and told without */
    assert_string_equal(a.budgets[2].name, "hours");
    aws_bench_close(&a.b);
}

static void
no_budget_and_no_account_are_told_apart(void **state)
{
    static const char *const none[] = { ACCOUNT, "{}", NULL };
    static const char *const nobody[] = { "<html>", NULL };
    static const char *const denied[] = {
        ACCOUNT, "!400{\"__type\":\"AccessDeniedException\",\"Message\":\"no\"}", NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_budgets, none);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 0);
    aws_bench_close(&a.b);
    ask(&a, start_budgets, nobody);
    aws_bench_failed(&a.b, "which STS GetCallerIdentity did not tell: its answer has no Account");
    aws_bench_close(&a.b);
    ask(&a, start_budgets, denied);
    aws_bench_failed(&a.b, "access denied: Budgets DescribeBudgets");
    aws_bench_close(&a.b);
}

static void
cancelled_jobs_leave_nothing_behind(void **state)
{
    static const char *const bodies[] = { "{}", NULL };
    static const struct cost_question question = { 1, 2, { "a", "b" }, NULL, NULL };
    struct asked a = { 0 };

    (void)state;
    aws_bench_open(&a.b, bodies);
    cost_explorer_cancel(cost_explorer_usage(a.b.client, a.b.arena, &question, on_usage, &a));
    listing_cancel(cost_tags_list(a.b.client, a.b.arena, on_tags, &a));
    budgets_cancel(budgets_list(a.b.client, a.b.arena, on_budgets, &a));
    cost_explorer_cancel(NULL);
    listing_cancel(NULL);
    budgets_cancel(NULL);
    net_run(a.b.net, 0);
    assert_false(a.b.is_done);
    aws_bench_close(&a.b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(global_services_are_asked_where_they_are_at_home),
        cmocka_unit_test(costs_come_by_day_and_two_keys_over_pages),
        cmocka_unit_test(pages_of_costs_are_bounded),
        cmocka_unit_test(what_is_no_bill_is_refused_by_field),
        cmocka_unit_test(tag_keys_tell_whether_they_are_active),
        cmocka_unit_test(a_tag_without_its_members_is_refused),
        cmocka_unit_test(budgets_tell_limits_filters_and_notifications),
        cmocka_unit_test(no_budget_and_no_account_are_told_apart),
        cmocka_unit_test(cancelled_jobs_leave_nothing_behind),
    };

    return cmocka_run_group_tests_name("aws bill", tests, NULL, NULL);
}
