/* test_metric_plan.c - metric math asked of CloudWatch: what goes out together, what comes back.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/cloudwatch.h"
#include "aws/metric_plan.h"
#include "aws_bench.h"

#define METRIC(name) \
    .series = { .namespace_name = "N", .metric = (name) }, .stat = "Sum", .period_s = 60

/* `text` is a list of queries: "m1" a metric with that id, "-" one without, "e1=m1+m2" an
 * expression. Wanted: the request of each. */
struct plan_case {
    const char *name;
    const char *queries[8];
    size_t want[8];
    size_t requests;
};

/* clang-format off */
static const struct plan_case plan_cases[] = {
    { "metrics alone are one request", { "-", "m1", "-" }, { 0, 0, 0 }, 1 },
    { "an expression joins its metrics", { "m1", "e1=m1*2" }, { 0, 0 }, 1 },
    { "METRICS() keeps strangers out", { "-", "m1", "e1=SUM(METRICS())", "-" }, { 0, 1, 1, 0 }, 2 },
    { "METRICS() takes all that has a name", { "m1", "e1=SUM(METRICS())", "x" }, { 0, 0, 0 }, 1 },
    { "METRICS(\"m\") takes those that begin so", { "-", "m1", "e1=MAX(METRICS(\"m\"))", "x1" },
      { 0, 0, 0, 0 }, 1 },
    { "expressions of expressions", { "e2=e1/2", "-", "e1=m1+1", "m1" }, { 0, 0, 0, 0 }, 1 },
};
/* clang-format on */

static void
read_query(struct cloudwatch_query *out, char *text)
{
    char *equals = strchr(text, '=');

    *out =
        (struct cloudwatch_query){ METRIC("A"), .math_id = strcmp(text, "-") == 0 ? NULL : text };
    if (equals == NULL)
        return;
    *equals = '\0';
    out->expression = equals + 1;
}

static void
what_hangs_together_goes_out_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof plan_cases / sizeof plan_cases[0]; i++) {
        const struct plan_case *c = &plan_cases[i];
        struct cloudwatch_query queries[8];
        struct metric_plan plan = { 0 };
        char *texts[8] = { 0 };
        struct err err = { 0 };
        size_t n = 0;

        for (; n < 8 && c->queries[n] != NULL; n++) {
            texts[n] = xstrdup(c->queries[n]);
            read_query(&queries[n], texts[n]);
        }
        if (metric_plan_make(&plan, queries, n, &err) != OK)
            fail_msg("%s: %s", c->name, err.text);
        if (plan.request_count != c->requests)
            fail_msg("%s: %zu requests", c->name, plan.request_count);
        for (size_t k = 0; k < n; k++) {
            if (plan.request_of[k] != c->want[k])
                fail_msg("%s: query %zu is in request %zu", c->name, k, plan.request_of[k]);
            free(texts[k]);
        }
        metric_plan_fini(&plan);
    }
}

/* 600 metrics "m0".."m599" without ids but for some, and expressions over pairs of them. */
static void
a_group_is_never_cut_in_two(void **state)
{
    struct cloudwatch_query *queries = xcalloc(900, sizeof *queries);
    char ids[600][8], expressions[300][24];
    struct metric_plan plan = { 0 };
    size_t in[3] = { 0 };

    (void)state;
    for (size_t i = 0; i < 600; i++) {
        snprintf(ids[i], sizeof ids[i], "m%zu", i);
        queries[i] = (struct cloudwatch_query){ METRIC("A"), .math_id = ids[i] };
    }
    for (size_t i = 0; i < 300; i++) { /* the first and the last, and so inwards */
        snprintf(expressions[i], sizeof expressions[i], "m%zu/m%zu", i, 599 - i);
        queries[600 + i] = (struct cloudwatch_query){ .expression = expressions[i] };
    }
    assert_int_equal(metric_plan_make(&plan, queries, 900, NULL), OK);
    assert_int_equal(plan.request_count, 2);
    for (size_t i = 0; i < 300; i++) {
        assert_int_equal(plan.request_of[i], plan.request_of[599 - i]);
        assert_int_equal(plan.request_of[i], plan.request_of[600 + i]);
    }
    for (size_t i = 0; i < 900; i++)
        in[plan.request_of[i]]++;
    assert_true(in[0] <= METRIC_REQUEST_MAX && in[1] <= METRIC_REQUEST_MAX);
    metric_plan_fini(&plan);
    free(queries);
}

static void
what_no_request_can_hold_is_refused(void **state)
{
    struct cloudwatch_query *queries = xcalloc(501, sizeof *queries);
    char ids[500][8];
    struct metric_plan plan = { 0 };
    struct err err;

    (void)state;
    for (size_t i = 0; i < 500; i++) {
        snprintf(ids[i], sizeof ids[i], "m%zu", i);
        queries[i] = (struct cloudwatch_query){ METRIC("A"), .math_id = ids[i] };
    }
    queries[500] = (struct cloudwatch_query){ .expression = "SUM(METRICS(\"m\"))" };
    assert_int_equal(metric_plan_make(&plan, queries, 501, &err), E_LIMIT);
    assert_string_equal(err.text, "GetMetricData: an expression needs 501 queries in one request, "
                                  "which takes 500");
    queries[1].math_id = "m0";
    assert_int_equal(metric_plan_make(&plan, queries, 2, &err), E_INVALID);
    assert_string_equal(err.text, "GetMetricData: two queries have the id m0");
    free(queries);
}

/* --- over the wire --- */

struct asked {
    struct aws_bench b;
    const struct cloudwatch_points *points;
    bool partial;
    int64_t cost;
};

static void
on_data(void *arg, const struct cloudwatch_points *points, bool partial, int64_t cost_microusd,
        const struct err *err)
{
    struct asked *a = arg;

    a->points = points;
    a->partial = partial;
    a->cost = cost_microusd;
    aws_bench_end(&a->b, err);
}

static const struct cloudwatch_query rate[] = {
    { METRIC("Errors"), .math_id = "m1", .is_hidden = true },
    { METRIC("Invocations"), .math_id = "m2" },
    { .expression = "100*m1/m2", .math_id = "e1" },
    { METRIC("Throttles") },
};

static void
ask(struct asked *a, const char *const *bodies)
{
    aws_bench_open(&a->b, bodies);
    if (cloudwatch_get_data(a->b.client, a->b.arena, rate, 4, 0, 600000, on_data, a) != NULL)
        aws_bench_run(&a->b);
}

static void
an_expression_is_asked_with_what_it_needs(void **state)
{
    static const char *const bodies[] = {
        "{\"MetricDataResults\":[{\"Id\":\"e1\",\"Label\":\"e1\",\"Timestamps\":[60],\"Values\":"
        "[5],\"StatusCode\":\"PartialData\"},{\"Id\":\"m1\",\"Timestamps\":[60],\"Values\":[1]},"
        "{\"Id\":\"ov0\",\"Timestamps\":[60],\"Values\":[9]}],\"NextToken\":\"a\"}",
        "{\"MetricDataResults\":[{\"Id\":\"e1\",\"Label\":\"e1\",\"Timestamps\":[120],\"Values\":"
        "[6]},{\"Id\":\"ov3\",\"Timestamps\":[60],\"Values\":[2]}]}",
        NULL
    };
    struct asked a = { 0 };

    (void)state;
    ask(&a, bodies);
    assert_int_equal(a.b.err.code, OK);
    aws_bench_asked(&a.b, 0, "{\"Id\":\"e1\",\"Expression\":\"100*m1/m2\"}");
    aws_bench_asked(&a.b, 0, "\"Stat\":\"Sum\"},\"ReturnData\":false}");
    aws_bench_asked(&a.b, 0, "{\"Id\":\"ov3\",\"MetricStat\":");
    assert_int_equal(a.points[0].count, 0); /* hidden: whatever the server says */
    assert_int_equal(a.points[1].count, 0);
    assert_int_equal(a.points[2].count, 2);
    assert_true(a.points[2].values[1] == 6);
    assert_int_equal(a.points[3].count, 1);
    assert_false(a.partial);          /* the last piece was complete */
    assert_int_equal(a.cost, 2 * 30); /* three metrics, two pages; the expression is free */
    aws_bench_close(&a.b);
}

struct refused_case {
    const char *name;
    const char *body;
    const char *want;
};

static const struct refused_case refused_cases[] = {
    { "several series of an expression",
      "{\"MetricDataResults\":[{\"Id\":\"e1\",\"Label\":\"a\",\"Timestamps\":[],\"Values\":[]},"
      "{\"Id\":\"e1\",\"Label\":\"b\",\"Timestamps\":[],\"Values\":[]}]}",
      "the expression 100*m1/m2 comes to several series" },
    { "no list", "{\"MetricDataResults\":{}}", "an answer without MetricDataResults" },
    { "a result that is none", "{\"MetricDataResults\":[{\"Id\":\"e1\"}]}",
      "a result without Timestamps and Values" },
    { "texts for numbers",
      "{\"MetricDataResults\":[{\"Id\":\"e1\",\"Timestamps\":[60],\"Values\":[\"5\"]}]}",
      "a point that is no time and number" },
    { "a token that is none", "{\"MetricDataResults\":[],\"NextToken\":[1]}",
      "NextToken is not text" },
};

static void
wrong_answers_are_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        const char *const bodies[] = { refused_cases[i].body, NULL };
        struct asked a = { 0 };

        ask(&a, bodies);
        if (a.b.err.code == OK)
            fail_msg("%s: taken", refused_cases[i].name);
        aws_bench_failed(&a.b, refused_cases[i].want);
        aws_bench_close(&a.b);
    }
}

static void
pages_that_go_round_are_left(void **state)
{
    static const char *const bodies[] = { "{\"MetricDataResults\":[],\"NextToken\":\"a\"}",
                                          "{\"MetricDataResults\":[],\"NextToken\":\"b\"}",
                                          "{\"MetricDataResults\":[],\"NextToken\":\"a\"}", NULL };
    struct asked a = { 0 };

    (void)state;
    ask(&a, bodies);
    aws_bench_failed(&a.b, "GetMetricData: the server repeats a page token without end");
    assert_int_equal(a.cost, 3 * 30); /* and still it was asked three times */
    aws_bench_close(&a.b);
}

struct cost_case {
    const char *name;
    struct cloudwatch_query queries[8];
    size_t count;
    size_t want;
};

static const struct cost_case cost_cases[] = {
    { "one metric", { { METRIC("A") } }, 1, 1 },
    { "five statistics of one",
      { { METRIC("A") }, { METRIC("A") }, { METRIC("A") }, { METRIC("A") }, { METRIC("A") } },
      5,
      1 },
    { "a sixth",
      { { METRIC("A") },
        { METRIC("A") },
        { METRIC("A") },
        { METRIC("A") },
        { METRIC("A") },
        { METRIC("A") } },
      6,
      2 },
    { "two metrics, mixed", { { METRIC("A") }, { METRIC("B") }, { METRIC("A") } }, 3, 2 },
    { "expressions are free",
      { { METRIC("A"), .math_id = "m1" }, { .expression = "m1*2" }, { .expression = "m1*3" } },
      3,
      1 },
    { "a search is not", { { .expression = "SUM(SEARCH('{N} A', 'Sum', 60))" } }, 1, 1 },
    { "hidden ones cost", { { METRIC("A"), .math_id = "m1", .is_hidden = true } }, 1, 1 },
};

static void
metrics_are_billed_and_expressions_are_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cost_cases / sizeof cost_cases[0]; i++) {
        const struct cost_case *c = &cost_cases[i];
        size_t got = cloudwatch_metrics_billed(c->queries, c->count);

        if (got != c->want)
            fail_msg("%s: %zu, not %zu", c->name, got, c->want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_hangs_together_goes_out_together),
        cmocka_unit_test(a_group_is_never_cut_in_two),
        cmocka_unit_test(what_no_request_can_hold_is_refused),
        cmocka_unit_test(an_expression_is_asked_with_what_it_needs),
        cmocka_unit_test(wrong_answers_are_sentences),
        cmocka_unit_test(pages_that_go_round_are_left),
        cmocka_unit_test(metrics_are_billed_and_expressions_are_not),
    };

    return cmocka_run_group_tests_name("metric_plan", tests, NULL, NULL);
}
