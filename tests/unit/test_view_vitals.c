/* test_view_vitals.c - what the Vitals view makes of answers.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "tui/views/models.h"

#define NS "UserMetrics/Frontend"

static const char both_sets[] = "[[\"LCP\",\"environment\",\"dev\"],"
                                "[\"CLS\",\"environment\",\"dev\"],"
                                "[\"LCP\",\"environment\",\"dev\",\"route\",\"/a\"],"
                                "[\"LCP\",\"environment\",\"dev\",\"route\",\"/b\"],"
                                "[\"LCP\",\"environment\",\"prod\"]]";

static void
names_are_asked_first(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    vitals_ask(s.asks = ask_list_new(), &s.q);
    assert_int_equal(s.asks->count, 1);
    assert_string_equal(s.asks->items[0].namespace_name, NS);
    vitals_build(&s.model, s.arena, &s.q); /* before any answer */
    assert_int_equal(stage_panel(&s, "metrics")->grid->row_count, 0);
    assert_non_null(strstr(stage_panel(&s, "metrics")->grid->empty, "no web vitals yet"));
    assert_int_equal(stage_panel(&s, "metrics")->got_ms, 0);
    stage_close(&s);
}

static void
an_account_without_vitals_says_of_which_environment(void **state)
{
    const char *empty;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "vitals.names", NS, "[[\"LCP\",\"environment\",\"prod\"]]");
    s.is_account = true;
    stage_show(&s, vitals_ask, vitals_build);
    empty = stage_panel(&s, "metrics")->grid->empty;
    assert_non_null(strstr(empty, "no web vitals of environment \"dev\""));
    assert_non_null(strstr(empty, "--environment"));
    assert_null(strstr(empty, "POST")); /* there is no such server */
    stage_close(&s);
}

static void
the_published_sets_are_asked(void **state)
{
    const struct ask *now;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "vitals.names", NS, both_sets);
    stage_show(&s, vitals_ask, vitals_build);
    now = stage_ask(&s, "vitals.now");
    assert_non_null(now);
    assert_int_equal(now->query_count, 6); /* p75, loads, trend of LCP and CLS */
    assert_int_equal(now->queries[0].series.dims.count, 1);
    assert_string_equal(now->queries[0].series.dims.dims[0].value, "dev"); /* not prod's */
    assert_int_equal(now->queries[0].period_s, 0);
    assert_int_equal(stage_ask(&s, "vitals.day")->range.span_ms, 86400000);
    assert_non_null(stage_ask(&s, "vitals.spread.LCP"));
    assert_int_equal(stage_ask(&s, "vitals.routes")->query_count, 8);
    s.q.cursor = "CLS";
    stage_show(&s, vitals_ask, vitals_build);
    assert_non_null(stage_ask(&s, "vitals.spread.CLS"));
    assert_null(stage_ask(&s, "vitals.spread.LCP"));
    s.q.range.span_ms = 86400000; /* nothing to compare a day with */
    stage_show(&s, vitals_ask, vitals_build);
    assert_null(stage_ask(&s, "vitals.day"));
    stage_close(&s);
}

static void
metrics_are_rated_and_compared(void **state)
{
    const struct cell *trend;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "vitals.names", NS, both_sets);
    stage_points(&s, "vitals.now",
                 "{\"p75.LCP\":2410,\"n.LCP\":1204,\"trend.LCP\":[[240000,2000],[0,3000]],"
                 "\"p75.CLS\":0.3,\"n.CLS\":7}");
    stage_points(&s, "vitals.day", "{\"p75.LCP\":2230,\"p75.CLS\":0.301}");
    stage_show(&s, vitals_ask, vitals_build);
    assert_true(stage_cell(&s, "metrics", "LCP", "p75")->number == 2410);
    assert_int_equal(stage_cell(&s, "metrics", "LCP", "p75")->level, LEVEL_OK);
    assert_string_equal(stage_cell(&s, "metrics", "LCP", "rating")->text, "good");
    assert_true(stage_cell(&s, "metrics", "LCP", "vs 24 h")->number == 180);
    assert_true(stage_cell(&s, "metrics", "LCP", "good ≤")->number == 2500);
    assert_int_equal(stage_cell(&s, "metrics", "CLS", "p75")->level, LEVEL_BAD);
    assert_int_equal(stage_cell(&s, "metrics", "CLS", "p75")->quantity, QUANTITY_SCORE);
    assert_true(stage_cell(&s, "metrics", "CLS", "vs 24 h")->number == 0); /* too little to tell */
    assert_int_equal(stage_cell(&s, "metrics", "INP", "p75")->kind, CELL_EMPTY);
    assert_string_equal(stage_cell(&s, "metrics", "INP", "rating")->text, "no data");
    trend = stage_cell(&s, "metrics", "LCP", "trend");
    assert_int_equal(trend->series->step_ms, 120000);
    assert_int_equal(trend->series->open, 1); /* 03:20 to 03:22, asked for at 03:20:22 */
    assert_true(trend->series->values[trend->series->count - 1] == 3000);
    assert_true(trend->series->values[trend->series->count - 3] == 2000);
    assert_true(isnan(trend->series->values[trend->series->count - 2])); /* a gap stays a gap */
    assert_string_equal(stage_panel(&s, "metrics")->note, "1,204 loads");
    assert_int_equal(s.model.attention, 1);
    assert_int_equal(stage_panel(&s, "metrics")->got_ms, ANSWERS_NOW - 400);
    stage_close(&s);
}

static void
a_spread_is_counted_from_ranks(void **state)
{
    const struct spread *spread;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "vitals.names", NS, both_sets);
    stage_points(&s, "vitals.spread.LCP",
                 "{\"n\":200,\"e0\":10,\"e1\":50,\"e2\":75,\"e3\":95,\"e4\":100}");
    stage_show(&s, vitals_ask, vitals_build);
    spread = stage_panel(&s, "spread")->spread;
    assert_int_equal(spread->bin_count, 6);
    assert_true(spread->bins[0].count == 20);
    assert_true(spread->bins[1].count == 80);
    assert_true(spread->bins[3].count == 40);
    assert_true(spread->bins[5].count == 0);
    assert_int_equal(spread->bins[2].level, LEVEL_OK); /* up to 2.5 s */
    assert_int_equal(spread->bins[3].level, LEVEL_WARN);
    assert_int_equal(spread->bins[4].level, LEVEL_BAD);
    assert_true(isinf(spread->bins[5].to));
    stage_close(&s);
}

static void
routes_are_sorted_worst_first(void **state)
{
    const struct grid *routes;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "vitals.names", NS, both_sets);
    stage_points(&s, "vitals.routes",
                 "{\"p75.LCP./a\":2000,\"n.LCP./a\":10,\"good.LCP./a\":80,\"poor.LCP./a\":90,"
                 "\"p75.LCP./b\":4500,\"n.LCP./b\":3}");
    stage_show(&s, vitals_ask, vitals_build);
    routes = stage_panel(&s, "routes")->grid;
    assert_int_equal(routes->row_count, 2);
    assert_string_equal(routes->rows[0].key, "/b");
    assert_int_equal(routes->rows[0].level, LEVEL_BAD);
    assert_true(stage_cell(&s, "routes", "/a", "LCP share")->shares[1] == 10);
    assert_int_equal(stage_cell(&s, "routes", "/b", "LCP share")->kind, CELL_EMPTY);
    stage_close(&s);
}

static void
without_a_whole_no_percentile_is_made_up(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "vitals.names", NS,
                "[[\"LCP\",\"device\",\"mobile\",\"environment\",\"dev\"],"
                "[\"LCP\",\"device\",\"desktop\",\"environment\",\"dev\"]]");
    stage_points(&s, "vitals.routes", "{\"p75.LCP.device mobile\":3000,\"n.LCP.device mobile\":4}");
    stage_show(&s, vitals_ask, vitals_build);
    assert_null(stage_ask(&s, "vitals.now"));
    assert_null(stage_panel(&s, "spread")->spread);
    assert_int_equal(stage_panel(&s, "spread")->got_ms, ANSWERS_NOW - 400); /* not "asking" */
    assert_string_equal(stage_panel(&s, "metrics")->note,
                        "no account-wide p75: add the set [environment]");
    assert_int_equal(stage_panel(&s, "metrics")->grid->row_count, 0);
    assert_true(stage_cell(&s, "routes", "device mobile", "LCP p75")->number == 3000);
    stage_close(&s);
}

static void
long_names_are_the_same_metric(void **state)
{
    const struct ask *now;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "vitals.names", NS,
                "[[\"LargestContentfulPaint\",\"Environment\",\"dev\"],"
                "[\"Whatever\",\"environment\",\"dev\"]]");
    stage_show(&s, vitals_ask, vitals_build);
    now = stage_ask(&s, "vitals.now");
    assert_int_equal(now->query_count, 3);
    assert_string_equal(now->queries[0].series.metric, "LargestContentfulPaint");
    assert_string_equal(now->queries[0].id, "p75.LCP");
    stage_close(&s);
}

static void
a_failure_stands_in_its_panel(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "vitals.names", NS, both_sets);
    stage_failure(&s, "vitals.now", ASK_METRICS, "access denied: CloudWatch GetMetricData");
    stage_show(&s, vitals_ask, vitals_build);
    assert_string_equal(stage_panel(&s, "metrics")->failure,
                        "access denied: CloudWatch GetMetricData");
    assert_null(stage_panel(&s, "routes")->failure);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_asked_first),
        cmocka_unit_test(an_account_without_vitals_says_of_which_environment),
        cmocka_unit_test(the_published_sets_are_asked),
        cmocka_unit_test(metrics_are_rated_and_compared),
        cmocka_unit_test(a_spread_is_counted_from_ranks),
        cmocka_unit_test(routes_are_sorted_worst_first),
        cmocka_unit_test(without_a_whole_no_percentile_is_made_up),
        cmocka_unit_test(long_names_are_the_same_metric),
        cmocka_unit_test(a_failure_stands_in_its_panel),
    };

    return cmocka_run_group_tests_name("view_vitals", tests, NULL, NULL);
}
