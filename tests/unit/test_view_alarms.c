/* test_view_alarms.c - what the Alarms view makes of alarms, their values and their history.
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
#include "tui/views/rows.h"

static const char alarms[] =
    "[{\"name\":\"calm\",\"state\":\"OK\",\"ago\":7200000,"
    "\"metric\":[\"AWS/RDS\",\"CPUUtilization\"],\"stat\":\"Average\",\"threshold\":70,\"n\":5},"
    "{\"name\":\"failing\",\"state\":\"ALARM\",\"ago\":60000,\"reason\":\"Threshold Crossed\","
    "\"metric\":[\"AWS/"
    "Lambda\",\"Errors\",\"FunctionName\",\"f\"],\"threshold\":1,\"n\":3,\"m\":2},"
    "{\"name\":\"slow hits\",\"state\":\"OK\",\"ago\":1000,\"op\":\"<\",\"threshold\":90,"
    "\"period\":300,\"metric\":[\"AWS/CloudFront\",\"CacheHitRate\"],\"stat\":\"Average\"},"
    "{\"name\":\"blind\",\"state\":\"INSUFFICIENT_DATA\",\"ago\":90000,"
    "\"metric\":[\"Own\",\"Heartbeat\"]},"
    "{\"name\":\"both\",\"state\":\"OK\",\"ago\":5000,"
    "\"rule\":\"ALARM(\\\"failing\\\") AND NOT OK(gone)\"}]";

static void
the_worst_stands_first(void **state)
{
    static const char *const order[] = { "failing", "blind", "slow hits", "both", "calm" };
    const struct grid *grid;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_alarms(&s, "alarms", alarms);
    stage_points(&s, "alarms.now.60",
                 "{\"failing\":[[150000,4],[90000,3],[10000,0]],"
                 "\"calm\":[[90000,41]]}");
    stage_points(&s, "alarms.now.300", "{\"slow hits\":[[400000,94.5]]}");
    stage_show(&s, alarms_ask, alarms_build);
    grid = stage_panel(&s, "alarms")->grid;
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(grid->rows[i].key, order[i]);
    assert_int_equal(s.model.attention, 1);
    assert_int_equal(s.model.attention_level, LEVEL_BAD);
    assert_string_equal(stage_panel(&s, "alarms")->note, "1 ALARM   3 OK   1 no data");
    /* The newest whole minute, not the one that has just begun. */
    assert_true(stage_cell(&s, "alarms", "failing", "now")->number == 3);
    assert_int_equal(stage_cell(&s, "alarms", "failing", "now")->level, LEVEL_BAD);
    assert_true(stage_cell(&s, "alarms", "failing", "to limit")->number == -2);
    assert_true(stage_cell(&s, "alarms", "calm", "to limit")->number == 29);
    assert_int_equal(stage_cell(&s, "alarms", "calm", "now")->quantity, QUANTITY_PERCENT);
    assert_true(stage_cell(&s, "alarms", "slow hits", "to limit")->number == 4.5);
    assert_int_equal(stage_cell(&s, "alarms", "blind", "now")->level, LEVEL_UNKNOWN);
    assert_int_equal(stage_cell(&s, "alarms", "both", "now")->kind, CELL_EMPTY);
    stage_close(&s);
}

static void
each_period_is_asked_by_itself(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_alarms(&s, "alarms", alarms);
    stage_show(&s, alarms_ask, alarms_build);
    assert_int_equal(stage_ask(&s, "alarms.now.60")->query_count, 3);
    assert_int_equal(stage_ask(&s, "alarms.now.300")->query_count, 1);
    assert_int_equal(stage_ask(&s, "alarms.now.300")->queries[0].period_s, 300);
    assert_true(stage_ask(&s, "alarms.now.60")->range.span_ms >= 5 * 60000);
    assert_null(stage_ask(&s, "alarms.math.both"));
    stage_close(&s);
}

static void
one_alarm_is_followed(void **state)
{
    const struct panel *panel;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_alarms(&s, "alarms", alarms);
    stage_points(&s, "alarms.chart.failing", "{\"value\":[[120000,1],[60000,4]]}");
    stage_alarm_events(&s, "alarms.history.failing",
                       "[[\"failing\",\"StateUpdate\",60000,\"Alarm updated from OK to ALARM\","
                       "\"OK\",\"ALARM\"],"
                       "[\"failing\",\"ConfigurationUpdate\",900000,\"Alarm created\"]]");
    stage_functions(&s, "functions", "[[\"f\",\"nodejs22.x\",512,10,600000]]");
    s.q.cursor = "failing";
    stage_show(&s, alarms_ask, alarms_build);
    assert_string_equal(stage_ask(&s, "alarms.history.failing")->alarm, "failing");
    assert_int_equal(stage_ask(&s, "alarms.chart.failing")->queries[0].period_s, 60);
    panel = stage_panel(&s, "alarm");
    assert_int_equal(panel->chart_count, 1);
    assert_true(panel->charts[0].limits[0].value == 1);
    assert_int_equal(panel->charts[0].mark_count, 2); /* its change of state, and a deployment */
    assert_int_equal(stage_panel(&s, "history")->grid->row_count, 2);
    assert_string_equal(stage_panel(&s, "history")->grid->rows[0].cells[1].text, "OK to ALARM");
    assert_int_equal(stage_panel(&s, "history")->grid->rows[0].level, LEVEL_BAD);
    assert_string_equal(stage_panel(&s, "history")->grid->rows[1].cells[1].text, "configured");
    s.q.key = "calm"; /* what was entered goes before what the cursor is on */
    stage_show(&s, alarms_ask, alarms_build);
    assert_string_equal(stage_panel(&s, "alarm")->title, "calm");
    stage_close(&s);
}

static void
a_composite_alarm_shows_its_children(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_alarms(&s, "alarms", alarms);
    s.q.cursor = "both";
    stage_show(&s, alarms_ask, alarms_build);
    assert_null(stage_ask(&s, "alarms.chart.both"));
    assert_int_equal(stage_panel(&s, "children")->grid->row_count, 2);
    assert_string_equal(stage_cell(&s, "children", "failing", "state")->text, "ALARM");
    assert_string_equal(stage_cell(&s, "children", "gone", "state")->text, "there is none");
    stage_close(&s);
}

static void
metric_math_is_asked_as_written(void **state)
{
    static const struct alarm_metric metrics[] = {
        { .id = "e1", .expression = "100*m1/m2", .label = "error %", .is_returned = true },
        { .id = "m1",
          .series = { .namespace_name = "AWS/Lambda", .metric = "Errors" },
          .stat = "Sum",
          .period_s = 60 },
        { .id = "m2",
          .series = { .namespace_name = "AWS/Lambda", .metric = "Invocations" },
          .stat = "Sum",
          .period_s = 60 },
    };
    struct answer *answer;
    struct alarm *alarm;
    const struct ask *ask;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_alarms(&s, "alarms", "[{\"name\":\"rate\",\"state\":\"OK\",\"threshold\":5}]");
    answer = s.list[0];
    alarm = arena_alloc(answer->arena, sizeof *alarm);
    *alarm = answer->alarms[0];
    alarm->metrics = metrics;
    alarm->metric_count = 3;
    answer->alarms = alarm;
    stage_points(&s, "alarms.math.rate", "{\"value\":[[90000,1.5]]}");
    stage_show(&s, alarms_ask, alarms_build);
    ask = stage_ask(&s, "alarms.math.rate");
    assert_int_equal(ask->query_count, 3);
    assert_string_equal(ask->queries[0].id, "value");
    assert_string_equal(ask->queries[0].expression, "100*m1/m2");
    assert_false(ask->queries[0].is_hidden);
    assert_string_equal(ask->queries[1].math_id, "m1");
    assert_true(ask->queries[1].is_hidden);
    assert_true(stage_cell(&s, "alarms", "rate", "now")->number == 1.5);
    assert_int_equal(stage_cell(&s, "alarms", "rate", "now")->quantity, QUANTITY_PERCENT);
    stage_close(&s);
}

static void
a_band_is_no_threshold(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_alarms(&s, "alarms",
                 "[{\"name\":\"odd\",\"state\":\"OK\",\"metric\":[\"AWS/RDS\",\"Reads\"],"
                 "\"banded\":true}]");
    stage_points(&s, "alarms.now.60", "{\"odd\":[[90000,41]]}");
    stage_points(&s, "alarms.chart.odd", "{\"value\":[[150000,40],[90000,41]]}");
    stage_show(&s, alarms_ask, alarms_build);
    assert_true(stage_cell(&s, "alarms", "odd", "now")->number == 41);
    assert_int_equal(stage_cell(&s, "alarms", "odd", "to limit")->kind, CELL_EMPTY);
    assert_string_equal(stage_cell(&s, "alarms", "odd", "rule")->text,
                        "Reads outside its band for 1 of 1 x 1 m");
    assert_int_equal(stage_panel(&s, "alarm")->chart_count, 1);
    assert_int_equal(stage_panel(&s, "alarm")->charts[0].limit_count, 0);
    stage_close(&s);
}

/* Ten minutes of ones, three of fours, and silence before. */
static void
alarms_are_played_over_the_past(void **state)
{
    const struct grid *turns;
    struct stage s;

    (void)state;
    stage_open(&s);
    s.q.range.span_ms = 3600000;
    stage_alarms(&s, "alarms",
                 "[{\"name\":\"failing\",\"metric\":[\"AWS/Lambda\",\"Errors\"],\"threshold\":1},"
                 "{\"name\":\"both\",\"rule\":\"ALARM(failing)\"},"
                 "{\"name\":\"banded\",\"metric\":[\"AWS/Lambda\",\"Errors\"],\"banded\":true},"
                 "{\"name\":\"unanswered\",\"metric\":[\"AWS/Lambda\",\"Errors\"]}]");
    stage_points(&s, "rehearsal.failing",
                 "{\"value\":[[623000,1],[563000,1],[503000,1],[443000,1],[383000,4],[323000,4],"
                 "[263000,4],[203000,1],[143000,1],[83000,1],[23000,9]]}");
    stage_show(&s, view_rehearsal.ask, view_rehearsal.build);
    assert_null(stage_ask(&s, "rehearsal.both"));
    assert_null(stage_ask(&s, "rehearsal.banded")); /* what cannot be judged is not paid for */
    assert_string_equal(stage_cell(&s, "alarms", "banded", "ends")->text,
                        "its band is AWS's: not played");
    assert_int_equal(stage_cell(&s, "alarms", "banded", "fired")->kind, CELL_EMPTY);
    assert_null(stage_ask(&s, "alarms.events"));
    assert_int_equal(stage_ask(&s, "rehearsal.failing")->queries[0].period_s, 60);
    assert_true(stage_cell(&s, "alarms", "failing", "fired")->number == 1);
    assert_true(stage_cell(&s, "alarms", "failing", "flapped")->number == 0);
    assert_true(stage_cell(&s, "alarms", "failing", "in alarm")->number == 3 * 60000);
    assert_true(stage_cell(&s, "alarms", "failing", "blind")->number > 40 * 60000);
    assert_int_equal(stage_cell(&s, "alarms", "failing", "blind")->level, LEVEL_WARN);
    assert_string_equal(stage_cell(&s, "alarms", "failing", "ends")->text, "OK");
    assert_int_equal(stage_cell(&s, "alarms", "both", "fired")->kind, CELL_EMPTY);
    assert_string_equal(stage_cell(&s, "alarms", "unanswered", "ends")->text, "no answer");
    turns = stage_panel(&s, "turns")->grid;
    assert_int_equal(turns->row_count, 3);
    assert_string_equal(turns->rows[1].cells[2].text, "OK to ALARM");
    assert_true(turns->rows[1].cells[0].time_ms == ANSWERS_NOW - 323000); /* the period's end */
    stage_close(&s);
}

static void
without_alarms_it_says_how_to_get_one(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_show(&s, alarms_ask, alarms_build);
    assert_int_equal(s.model.panel_count, 1);
    stage_alarms(&s, "alarms", "[]");
    stage_show(&s, alarms_ask, alarms_build);
    assert_non_null(strstr(stage_panel(&s, "alarms")->grid->empty, "put-metric-alarm"));
    assert_int_equal(s.model.attention, 0);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_stands_first),
        cmocka_unit_test(each_period_is_asked_by_itself),
        cmocka_unit_test(one_alarm_is_followed),
        cmocka_unit_test(a_composite_alarm_shows_its_children),
        cmocka_unit_test(metric_math_is_asked_as_written),
        cmocka_unit_test(a_band_is_no_threshold),
        cmocka_unit_test(alarms_are_played_over_the_past),
        cmocka_unit_test(without_alarms_it_says_how_to_get_one),
    };

    return cmocka_run_group_tests_name("view_alarms", tests, NULL, NULL);
}
