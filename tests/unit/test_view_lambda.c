/* test_view_lambda.c - what the Lambda view makes of functions, API Gateway and CloudFront.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "tui/views/models.h"

#include <math.h>

static bool
has_column(const struct stage *s, const char *panel, const char *name)
{
    const struct grid *grid = stage_panel(s, panel)->grid;

    for (size_t i = 0; i < grid->column_count; i++) {
        if (strcmp(grid->columns[i].name, name) == 0)
            return true;
    }
    return false;
}

static const char one_function[] = "[[\"Invocations\",\"FunctionName\",\"f\"],"
                                   "[\"Errors\",\"FunctionName\",\"f\"],"
                                   "[\"Duration\",\"FunctionName\",\"f\"]]";

static void
columns_are_those_with_a_wire(void **state)
{
    static const char *const optional[] = {
        "cold", "throttles", "conc", "MB", "runtime", "deployed"
    };
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "lambda.names", "AWS/Lambda", one_function);
    stage_points(&s, "lambda.now", "{\"Invocations.f\":10,\"Errors.f\":0}");
    stage_failure(&s, "functions", ASK_FUNCTIONS, "unknown operation");
    stage_show(&s, lambda_ask, lambda_build);
    for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++)
        assert_false(has_column(&s, "functions", optional[i]));
    assert_null(stage_panel(&s, "functions")->failure); /* an emulator may have no functions */
    assert_int_equal(stage_panel(&s, "functions")->grid->sort_column, 3);
    stage_close(&s);
}

static void
configuration_and_cold_starts_have_columns(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "lambda.names", "AWS/Lambda",
                "[[\"Invocations\",\"FunctionName\",\"f\"],"
                "[\"ConcurrentExecutions\",\"FunctionName\",\"f\"],"
                "[\"Invocations\",\"FunctionName\",\"g\"],"
                "[\"InitDuration\",\"FunctionName\",\"g\"]]");
    stage_names(&s, "lambda.own", "UserMetrics/Lambda",
                "[[\"ColdStart\",\"functionName\",\"f\",\"environment\",\"prod\"],"
                "[\"ColdStart\",\"functionName\",\"f\"],[\"ColdStart\",\"functionName\",\"g\"]]");
    stage_functions(&s, "functions", "[[\"f\",\"nodejs22.x\",512,10,600000]]");
    stage_points(&s, "lambda.now",
                 "{\"Invocations.f\":200,\"InitDuration.f\":4,\"ConcurrentExecutions.f\":9,"
                 "\"Invocations.g\":10,\"InitDuration.g\":1}");
    stage_show(&s, lambda_ask, lambda_build);
    assert_true(stage_cell(&s, "functions", "f", "cold")->number == 2);
    assert_true(stage_cell(&s, "functions", "g", "cold")->number == 10);
    assert_true(stage_cell(&s, "functions", "f", "conc")->number == 9);
    assert_true(stage_cell(&s, "functions", "f", "MB")->number == 512);
    assert_string_equal(stage_cell(&s, "functions", "f", "runtime")->text, "nodejs22.x");
    assert_true(stage_cell(&s, "functions", "f", "deployed")->time_ms == ANSWERS_NOW - 600000);
    assert_int_equal(stage_cell(&s, "functions", "g", "MB")->kind, CELL_EMPTY);
    for (size_t i = 0; i < stage_ask(&s, "lambda.now")->query_count; i++) {
        const struct metric_ask *m = &stage_ask(&s, "lambda.now")->queries[i];

        if (strcmp(m->id, "InitDuration.f") != 0)
            continue;
        assert_string_equal(m->series.metric, "ColdStart");
        assert_int_equal(m->series.dims.count, 1); /* not the finer set */
        assert_string_equal(m->stat, "SampleCount");
    }
    stage_close(&s);
}

static void
deployments_inside_the_range_are_marks(void **state)
{
    const struct panel *panel;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "lambda.names", "AWS/Lambda", one_function);
    stage_points(&s, "lambda.now", "{\"Invocations.f\":10,\"trend.f\":[[60000,40]]}");
    stage_points(&s, "lambda.focus.f", "{\"Errors\":[[60000,4]]}");
    stage_functions(&s, "functions",
                    "[[\"f\",\"nodejs22.x\",512,10,600000],[\"g\",\"python3.13\",128,3,700000]]");
    s.q.cursor = "f";
    stage_show(&s, lambda_ask, lambda_build);
    assert_int_equal(stage_ask(&s, "lambda.focus.f")->query_count, 2);
    panel = stage_panel(&s, "function");
    assert_int_equal(panel->chart_count, 2);
    for (size_t i = 0; i < panel->chart_count; i++) {
        assert_int_equal(panel->charts[i].mark_count, 1); /* its own, not that of g */
        assert_true(panel->charts[i].marks[0].time_ms == ANSWERS_NOW - 600000);
    }
    assert_string_equal(panel->note, "deployed in this range");
    s.q.range.span_ms = 300000;
    stage_show(&s, lambda_ask, lambda_build);
    assert_int_equal(stage_panel(&s, "function")->charts[0].mark_count, 0);
    assert_string_equal(stage_panel(&s, "function")->note, "timeout 10 s");
    stage_close(&s);
    stage_open(&s);
    stage_names(&s, "lambda.names", "AWS/Lambda", one_function);
    stage_functions(&s, "functions", "[[\"f\",\"\",0,0,600000]]"); /* as an emulator lists it */
    s.q.cursor = "f";
    s.q.range.span_ms = 300000;
    stage_show(&s, lambda_ask, lambda_build);
    assert_null(stage_panel(&s, "function")->note);
    stage_close(&s);
}

static void
both_kinds_of_api_are_understood(void **state)
{
    const struct grid *grid;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "api.names", "AWS/ApiGateway",
                "[[\"Count\",\"ApiId\",\"h\"],[\"Count\",\"ApiId\",\"h\",\"Stage\",\"$default\"],"
                "[\"4xx\",\"ApiId\",\"h\",\"Stage\",\"$default\"],"
                "[\"5xx\",\"ApiId\",\"h\",\"Stage\",\"$default\"],"
                "[\"Latency\",\"ApiId\",\"h\",\"Stage\",\"$default\"],"
                "[\"Count\",\"ApiId\",\"h\",\"Stage\",\"$default\",\"Method\",\"GET\","
                "\"Resource\",\"GET /items\"],"
                "[\"Count\",\"ApiName\",\"rest\"],[\"4XXError\",\"ApiName\",\"rest\"],"
                "[\"5XXError\",\"ApiName\",\"rest\"],[\"Latency\",\"ApiName\",\"rest\"],"
                "[\"ConnectCount\",\"ApiId\",\"socket\"],[\"Count\",\"Planet\",\"Mars\"]]");
    stage_points(&s, "api.now",
                 "{\"Count.h/$default/\":900,\"4XXError.h/$default/\":9,\"5XXError.h/$default/\":0,"
                 "\"Count.rest//\":100,\"5XXError.rest//\":2,\"Latency.rest//\":1435,"
                 "\"Count.h/$default/GET /items\":5}");
    stage_show(&s, lambda_ask, lambda_build);
    for (size_t i = 0; i < stage_ask(&s, "api.now")->query_count; i++) {
        const struct metric_ask *m = &stage_ask(&s, "api.now")->queries[i];

        if (strcmp(m->id, "5XXError.h/$default/") == 0)
            assert_string_equal(m->series.metric, "5xx");
        if (strcmp(m->id, "5XXError.rest//") == 0)
            assert_string_equal(m->series.metric, "5XXError");
    }
    grid = stage_panel(&s, "api")->grid;
    assert_int_equal(grid->row_count, 3); /* not the whole of h, no socket, no Mars */
    assert_string_equal(grid->rows[0].key, "rest//");
    assert_int_equal(grid->rows[0].level, LEVEL_BAD);
    assert_true(stage_cell(&s, "api", "rest//", "5xx %")->number == 2);
    assert_true(stage_cell(&s, "api", "rest//", "4xx %")->number == 0); /* a known zero */
    assert_true(stage_cell(&s, "api", "h/$default/", "4xx %")->number == 1);
    assert_string_equal(stage_cell(&s, "api", "h/$default/GET /items", "route")->text,
                        "GET /items");
    assert_string_equal(stage_cell(&s, "api", "h/$default/", "route")->text, "h $default");
    stage_show(&s, overview_ask, overview_build);
    assert_string_equal(stage_panel(&s, "lambda")->facts[0].name, "API");
    assert_string_equal(stage_panel(&s, "lambda")->facts[0].value.text,
                        "5xx 0.20 %   p95 1.44 s   1,000 requests");
    stage_close(&s);
}

static void
the_cdn_is_asked_in_its_own_region(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_show(&s, lambda_ask, lambda_build);
    assert_string_equal(stage_ask(&s, "cdn.names")->region, "us-east-1");
    assert_null(model_panel(&s.model, "cdn")); /* an emulator has none */
    stage_names(&s, "cdn.names", "AWS/CloudFront",
                "[[\"Requests\",\"DistributionId\",\"E1\",\"Region\",\"Global\"],"
                "[\"5xxErrorRate\",\"DistributionId\",\"E1\",\"Region\",\"Global\"],"
                "[\"Requests\",\"DistributionId\",\"E1\"]]");
    stage_points(&s, "cdn.now", "{\"Requests.E1\":1000,\"5xxErrorRate.E1\":0.5}");
    stage_show(&s, lambda_ask, lambda_build);
    assert_string_equal(stage_ask(&s, "cdn.now")->region, "us-east-1");
    assert_int_equal(stage_ask(&s, "cdn.now")->query_count, 2);
    assert_true(stage_cell(&s, "cdn", "E1", "5xx %")->number == 0.5);
    assert_int_equal(stage_cell(&s, "cdn", "E1", "5xx %")->level, LEVEL_WARN);
    assert_false(has_column(&s, "cdn", "hit % *"));
    assert_false(has_column(&s, "cdn", "origin p90 *"));
    assert_string_equal(stage_panel(&s, "cdn")->note, "1 distribution");
    stage_close(&s);
}

static void
only_the_functions_that_are_named(void **state)
{
    static const char *const list[] = { "shop-*", "f", NULL };
    const struct scope_names names = { .functions = list };
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "lambda.names", "AWS/Lambda",
                "[[\"Errors\",\"FunctionName\",\"f\"],[\"Errors\",\"FunctionName\",\"f2\"],"
                "[\"Errors\",\"FunctionName\",\"shop-a\"]]");
    s.q.names = &names;
    stage_show(&s, lambda_ask, lambda_build);
    assert_int_equal(stage_panel(&s, "functions")->grid->row_count, 2);
    stage_show(&s, health_ask, health_build);
    assert_int_equal(stage_ask(&s, "health.functions")->query_count, 4);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_those_with_a_wire),
        cmocka_unit_test(configuration_and_cold_starts_have_columns),
        cmocka_unit_test(deployments_inside_the_range_are_marks),
        cmocka_unit_test(both_kinds_of_api_are_understood),
        cmocka_unit_test(the_cdn_is_asked_in_its_own_region),
        cmocka_unit_test(only_the_functions_that_are_named),
    };

    return cmocka_run_group_tests_name("view_lambda", tests, NULL, NULL);
}
