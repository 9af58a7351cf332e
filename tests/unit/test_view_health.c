/* test_view_health.c - the verdicts of the Health view.
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

static const char two[] =
    "[[\"Errors\",\"FunctionName\",\"f\"],[\"Errors\",\"FunctionName\",\"g\"],"
    "[\"Duration\",\"FunctionName\",\"f\"],[\"Errors\"]]";

static const struct cell *
cell(const struct stage *s, const char *thing, const char *column)
{
    return stage_cell(s, "things", thing, column);
}

static void
functions_are_held_against_five_percent(void **state)
{
    static const struct {
        const char *points;
        enum level level;
        int64_t ago_ms; /* of "since"; 0: none */
    } cases[] = {
        { "{\"Invocations.f\":[[600000,1000]],\"Errors.f\":[[600000,50]]}", LEVEL_OK, 0 },
        { "{\"Invocations.f\":[[600000,1000]],\"Errors.f\":[[600000,51]]}", LEVEL_BAD, 0 },
        { "{\"Invocations.f\":[[600000,9]]}", LEVEL_OK, 0 },
        { "{\"Invocations.f\":[],\"Errors.f\":[]}", LEVEL_UNKNOWN, 0 }, /* 0/0 is no data */
        { "{\"Invocations.f\":[[600000,10],[480000,10],[360000,10]],"
          "\"Errors.f\":[[480000,5],[360000,5]]}",
          LEVEL_BAD, 480000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage s;
        int64_t since;

        stage_open(&s);
        stage_names(&s, "lambda.names", "AWS/Lambda", two);
        stage_points(&s, "health.functions", cases[i].points);
        stage_show(&s, health_ask, health_build);
        assert_int_equal(stage_ask(&s, "health.functions")->query_count, 4);
        assert_int_equal(cell(&s, "f", "state")->level, cases[i].level);
        since = cell(&s, "f", "since")->time_ms;
        if (cases[i].ago_ms == 0)
            assert_true(since == 0);
        else /* the start of its step */
            assert_true(since <= ANSWERS_NOW - cases[i].ago_ms &&
                        since > ANSWERS_NOW - cases[i].ago_ms - 120000);
        assert_int_equal(cell(&s, "g", "state")->level, LEVEL_UNKNOWN);
        stage_close(&s);
    }
}

static void
the_worst_is_seen_first_and_without_colour(void **state)
{
    const struct table *table;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "lambda.names", "AWS/Lambda", two);
    stage_points(&s, "health.functions",
                 "{\"Invocations.f\":[[600000,10]],\"Invocations.g\":[[600000,10]],"
                 "\"Errors.g\":[[600000,9]]}");
    stage_alarms(&s, "alarms", "[{\"name\":\"a\",\"state\":\"OK\"},{\"name\":\"b\"}]");
    stage_show(&s, health_ask, health_build);
    table = stage_panel(&s, "things")->table;
    assert_string_equal(table->rows[0].key, "g");
    assert_string_equal(table->rows[0].cells[1].text, "bad");
    assert_string_equal(cell(&s, "g", "what")->text, "90.0 % of 10 calls fail, line 5 %");
    assert_string_equal(cell(&s, "alarms", "what")->text, "0 ALARM, 2 OK, 0 no data");
    assert_int_equal(s.model.attention, 1);
    stage_close(&s);
}

static void
alarms_are_counted(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_alarms(&s, "alarms",
                 "[{\"name\":\"young\",\"state\":\"ALARM\",\"ago\":1000},"
                 "{\"name\":\"old\",\"state\":\"ALARM\",\"ago\":9000},"
                 "{\"name\":\"c\",\"state\":\"INSUFFICIENT_DATA\"}]");
    stage_show(&s, health_ask, health_build);
    assert_string_equal(cell(&s, "alarms", "what")->text, "2 ALARM, 0 OK, 1 no data: old");
    assert_true(cell(&s, "alarms", "since")->time_ms == ANSWERS_NOW - 9000);
    assert_null(stage_ask(&s, "alarms.events"));
    stage_close(&s);
}

static void
obsview_judges_itself(void **state)
{
    static const struct {
        const char *json;
        enum level store, queue;
    } cases[] = {
        { "{\"store\":{\"bytes\":10,\"maxBytes\":100,\"queue\":0}}", LEVEL_OK, LEVEL_OK },
        { "{\"store\":{\"bytes\":81,\"maxBytes\":100,\"queue\":1001}}", LEVEL_WARN, LEVEL_WARN },
        { "{\"store\":{\"bytes\":81,\"maxBytes\":0,\"queue\":1000}}", LEVEL_OK, LEVEL_OK },
        { "{\"store\":{\"bytes\":1,\"maxBytes\":100,\"diskFull\":true}}", LEVEL_BAD, LEVEL_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage s;

        stage_open(&s);
        stage_json(&s, "health.obsview", cases[i].json);
        stage_show(&s, health_ask, health_build);
        assert_string_equal(stage_ask(&s, "health.obsview")->path, "/_obsview/health");
        assert_int_equal(cell(&s, "obsview store", "state")->level, cases[i].store);
        assert_int_equal(cell(&s, "obsview queue", "state")->level, cases[i].queue);
        assert_int_equal(cell(&s, "source", "state")->level, LEVEL_OK);
        assert_int_equal(cell(&s, "answers", "state")->level, LEVEL_OK);
        stage_close(&s);
    }
}

static void
silence_and_failures_are_told(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "logs.names", "AWS/Logs",
                "[[\"IncomingLogEvents\",\"LogGroupName\",\"/a\"],[\"IncomingLogEvents\"],"
                "[\"IncomingBytes\"]]");
    stage_points(&s, "health.logs", "{\"0\":[[1800000,40],[1680000,2]]}");
    stage_failure(&s, "api.names", ASK_METRIC_NAMES, "access denied");
    stage_show(&s, health_ask, health_build);
    assert_int_equal(stage_ask(&s, "health.logs")->query_count, 1); /* the whole, not its parts */
    assert_int_equal(cell(&s, "log intake", "state")->level, LEVEL_WARN);
    assert_non_null(strstr(cell(&s, "log intake", "what")->text, "after 42 lines"));
    assert_int_equal(cell(&s, "answers", "state")->level, LEVEL_WARN);
    assert_non_null(strstr(cell(&s, "answers", "what")->text, "access denied"));
    stage_close(&s);
}

static void
answers_that_all_fail_are_bad(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_failure(&s, "api.names", ASK_METRIC_NAMES, "no AWS endpoint");
    stage_failure(&s, "alarms", ASK_ALARMS, "no AWS endpoint");
    stage_show(&s, health_ask, health_build);
    assert_int_equal(cell(&s, "answers", "state")->level, LEVEL_BAD);
    assert_string_equal(cell(&s, "answers", "what")->text, "2 of 2 fail: no AWS endpoint");
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_held_against_five_percent),
        cmocka_unit_test(the_worst_is_seen_first_and_without_colour),
        cmocka_unit_test(alarms_are_counted),
        cmocka_unit_test(obsview_judges_itself),
        cmocka_unit_test(silence_and_failures_are_told),
        cmocka_unit_test(answers_that_all_fail_are_bad),
    };

    return cmocka_run_group_tests_name("view_health", tests, NULL, NULL);
}
