/* test_view_review.c - the monthly review: sums to the millionth, months apart, advice by evidence.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "base/buf.h"
#include "tui/views/rows.h"

#include <math.h>

/* Four months, by days before 2026-11-24: October is reviewed, September is the month before
 * and neither August nor November counts. */
static const char by_function[] =
    "[[90,\"Umami\",\"Analytics\",\"1.000001\"],[56,\"Umami\",\"Analytics\",\"2\"],"
    "[54,\"Umami\",\"Analytics\",\"10.10\"],[54,\"\",\"Analytics\",\"0.05\"],"
    "[24,\"OpenReplay\",\"SessionReplay\",\"20.123456\"],[24,\"OpenReplay\",\"\",\"0.000004\"],"
    "[23,\"Umami\",\"Analytics\",\"500\"],[1,\"Umami\",\"Analytics\",\"700\"]]";
static const char by_place[] =
    "[[54,\"prod\",\"ALB\",\"10.10\"],[54,\"\",\"ECSService\",\"0.05\"],"
    "[24,\"prod\",\"S3Bucket\",\"20.12346\"],[23,\"dev\",\"ALB\",\"500\"]]";
static const char by_resource[] =
    "[[56,\"Umami\",\"ALB\",\"2\"],[54,\"Umami\",\"ALB\",\"10.10\"],"
    "[54,\"\",\"ECSService\",\"0.05\"],[24,\"OpenReplay\",\"S3Bucket\",\"20.12346\"],"
    "[23,\"Umami\",\"ALB\",\"500\"]]";

static void
tell_costs(struct stage *s)
{
    stage_open(s);
    s->q.key = "2026-10";
    stage_costs(s, "review.function", by_function);
    stage_costs(s, "review.place", by_place);
    stage_costs(s, "review.resource", by_resource);
}

static void
show(struct stage *s)
{
    stage_show(s, view_review.ask, view_review.build);
}

static const struct cell *
fact(const struct stage *s, const char *name)
{
    const struct panel *panel = stage_panel(s, "summary");

    for (size_t i = 0; i < panel->fact_count; i++) {
        if (strcmp(panel->facts[i].name, name) == 0)
            return &panel->facts[i].value;
    }
    fail_msg("no fact %s", name);
    return NULL;
}

static double
sum_of(const struct stage *s, const char *panel, const char *column)
{
    const struct grid *grid = stage_panel(s, panel)->grid;
    double sum = 0;

    for (size_t i = 0; i < grid->row_count; i++)
        sum += stage_cell(s, panel, grid->rows[i].key, column)->number;
    return sum;
}

static void
every_table_adds_up_to_the_total(void **state)
{
    static const char *const panels[] = { "components", "functions", "environments", "resources" };
    struct stage s;

    (void)state;
    tell_costs(&s);
    show(&s);
    assert_true(fact(&s, "total")->number == 30273460);
    assert_true(fact(&s, "month before")->number == 2000000);
    assert_true(fact(&s, "change")->number == 28273460);
    assert_true(fact(&s, "without Component")->number == 50000);
    assert_int_equal(fact(&s, "without Component")->level, LEVEL_WARN);
    for (size_t i = 0; i < sizeof panels / sizeof panels[0]; i++)
        assert_true(sum_of(&s, panels[i], "cost") == 30273460);
    assert_true(stage_cell(&s, "components", "OpenReplay", "cost")->number == 20123460);
    assert_true(stage_cell(&s, "components", "Umami", "month before")->number == 2000000);
    assert_true(stage_cell(&s, "functions", "(untagged)", "cost")->number == 4);
    assert_true(stage_cell(&s, "resources", "ALB of Umami", "cost")->number == 10100000);
    stage_close(&s);
}

/* Over is over: the last day counts as it was, and nothing of the month is forecast. */
static void
a_month_is_held_against_what_was_projected(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.q.key = "2026-10";
    stage_costs(
        &s, "review.function",
        "[[54,\"Umami\",\"Analytics\",\"20\"],[30,\"Grafana\",\"Visualization\",\"9\"],"
        "[24,\"OpenReplay\",\"SessionReplay\",\"56\"],[23,\"Umami\",\"Analytics\",\"500\"]]");
    show(&s);
    assert_string_equal(stage_panel(&s, "projected")->note, "driver: OpenReplay, $21.00 above");
    assert_true(stage_cell(&s, "projected", "OpenReplay", "cost")->number == 56e6);
    assert_string_equal(stage_cell(&s, "projected", "OpenReplay", "verdict")->text,
                        "above by $21.00");
    assert_string_equal(stage_cell(&s, "projected", "Umami", "verdict")->text, "inside");
    assert_string_equal(stage_cell(&s, "projected", "Grafana", "verdict")->text, "inside");
    assert_string_equal(stage_cell(&s, "projected", "Infrastructure", "verdict")->text,
                        "below by $35.00");
    stage_close(&s);

    tell_costs(&s); /* five cents without a tag drive nothing */
    show(&s);
    assert_string_equal(stage_panel(&s, "projected")->note, "driver: Infrastructure, $35.00 below");
    stage_close(&s);
}

/* The document's own command ends on the last day, whose costs it is then not told. */
static void
the_last_day_is_told(void **state)
{
    struct stage s;

    (void)state;
    tell_costs(&s);
    show(&s);
    assert_string_equal(fact(&s, "last day")->text,
                        "$20.12, which a query with End=2026-10-31 leaves out");
    stage_close(&s);
}

static void
asks_three_questions_about_two_months(void **state)
{
    static const char *const keys[] = { "review.function", "review.place", "review.resource" };
    struct stage s;
    size_t costs = 0;

    (void)state;
    tell_costs(&s);
    show(&s);
    for (size_t i = 0; i < s.asks->count; i++)
        costs += s.asks->items[i].kind == ASK_COSTS;
    assert_int_equal(costs, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(stage_ask(&s, keys[i])->cost_from_day, 20697); /* 2026-09-01 */
        assert_int_equal(stage_ask(&s, keys[i])->cost_to_day, 20758);   /* 2026-11-01 */
        assert_string_equal(stage_ask(&s, keys[i])->project, "UserMetrics");
    }
    stage_close(&s);
}

/* Cost Explorer tells thirteen whole months; of the earliest the month before is not asked for. */
static void
the_earliest_month_is_told_alone(void **state)
{
    struct stage s;

    (void)state;
    tell_costs(&s);
    s.q.key = "2025-10";
    show(&s);
    assert_int_equal(stage_ask(&s, "review.place")->cost_from_day, 20362); /* 2025-10-01 */
    assert_int_equal(stage_ask(&s, "review.place")->cost_to_day, 20393);   /* 2025-11-01 */
    assert_int_equal(fact(&s, "month before")->level, LEVEL_UNKNOWN);
    assert_string_equal(fact(&s, "change")->text, "unknown");
    stage_close(&s);

    tell_costs(&s);
    s.q.key = "2025-11";
    show(&s);
    assert_int_equal(stage_ask(&s, "review.place")->cost_from_day, 20362);
    stage_close(&s);
}

static void
a_month_that_goes_on_says_so(void **state)
{
    struct stage s;

    (void)state;
    tell_costs(&s);
    s.q.key = "2026-11";
    show(&s);
    assert_string_equal(fact(&s, "month")->text, "2026-11 so far");
    assert_true(fact(&s, "total")->number == 1200000000);
    assert_int_equal(fact(&s, "budget")->level, LEVEL_BAD);
    assert_int_equal(stage_ask(&s, "review.place")->cost_to_day, 20782); /* 2026-11-25 */
    stage_close(&s);
}

static void
what_was_refused_did_not_cost_nothing(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.q.key = "2026-10";
    stage_failure(&s, "review.function", ASK_COSTS, "access denied: ce:GetCostAndUsage");
    stage_failure(&s, "review.place", ASK_COSTS, "access denied: ce:GetCostAndUsage");
    stage_failure(&s, "review.resource", ASK_COSTS, "access denied: ce:GetCostAndUsage");
    show(&s);
    assert_int_equal(stage_panel(&s, "summary")->fact_count, 0);
    assert_int_equal(stage_panel(&s, "components")->grid->row_count, 0);
    assert_int_equal(stage_panel(&s, "resources")->grid->row_count, 0);
    assert_int_equal(stage_panel(&s, "actions")->grid->row_count, 0);
    assert_non_null(strstr(stage_panel(&s, "summary")->failure, "ce:GetCostAndUsage"));
    stage_close(&s);
}

static const char services[] = "[[\"CPUUtilization\",\"ClusterName\",\"c\",\"ServiceName\",\"a\"],"
                               "[\"CPUUtilization\",\"ClusterName\",\"c\",\"ServiceName\",\"b\"]]";

/* What is said of services with these numbers. */
static enum level
advice_for(const char *points)
{
    struct stage s;
    enum level level;

    tell_costs(&s);
    stage_names(&s, "review.names.AWS/ECS", "AWS/ECS", services);
    stage_points(&s, "review.use", points);
    show(&s);
    level = stage_cell(&s, "actions", "ECS services", "advice")->level;
    stage_close(&s);
    return level;
}

static void
a_service_is_idle_below_both_lines(void **state)
{
    (void)state;
    assert_int_equal(advice_for("{}"), LEVEL_UNKNOWN);
    assert_int_equal(advice_for("{\"0.mean.a\":20,\"0.peak.a\":49}"), LEVEL_OK);
    assert_int_equal(advice_for("{\"0.mean.a\":19.9,\"0.peak.a\":50}"), LEVEL_OK);
    assert_int_equal(advice_for("{\"0.mean.a\":19.9,\"0.peak.a\":49.9}"), LEVEL_WARN);
    assert_int_equal(advice_for("{\"0.mean.a\":70,\"0.peak.a\":90,\"0.mean.b\":1,\"0.peak.b\":2}"),
                     LEVEL_WARN);
}

static void
a_bucket_that_grows_is_told(void **state)
{
    struct stage s;

    (void)state;
    tell_costs(&s);
    stage_tagged(&s, "tags",
                 "[[\"arn:aws:s3:::recordings\",\"Component=OpenReplay\"],"
                 "[\"arn:aws:s3:::other\",\"Component=CloudWatch\"]]");
    stage_names(&s, "review.names.AWS/S3", "AWS/S3",
                "[[\"BucketSizeBytes\",\"BucketName\",\"recordings\",\"StorageType\",\"S\"],"
                "[\"BucketSizeBytes\",\"BucketName\",\"other\",\"StorageType\",\"S\"]]");
    stage_points(&s, "review.use",
                 "{\"6.mean.recordings\":[[864000000,1000],[86400000,1101]],"
                 "\"6.mean.other\":[[864000000,1000],[86400000,9000]]}");
    show(&s);
    assert_int_equal(stage_cell(&s, "actions", "OpenReplay S3", "advice")->level, LEVEL_WARN);
    assert_non_null(strstr(stage_cell(&s, "actions", "OpenReplay S3", "evidence")->text,
                           "recordings: 1.0 kB at the beginning, 1.1 kB at the end"));
    assert_string_equal(stage_cell(&s, "use", "other size", "component")->text, "CloudWatch");
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_adds_up_to_the_total),
        cmocka_unit_test(a_month_is_held_against_what_was_projected),
        cmocka_unit_test(the_last_day_is_told),
        cmocka_unit_test(asks_three_questions_about_two_months),
        cmocka_unit_test(the_earliest_month_is_told_alone),
        cmocka_unit_test(a_month_that_goes_on_says_so),
        cmocka_unit_test(what_was_refused_did_not_cost_nothing),
        cmocka_unit_test(a_service_is_idle_below_both_lines),
        cmocka_unit_test(a_bucket_that_grows_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
