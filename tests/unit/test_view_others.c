/* test_view_others.c - what Lambda, Logs, Intake and Overview make of answers.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "tui/report.h"
#include "tui/views/models.h"
#include "tui/views/rows.h"

static const char functions[] =
    "[[\"Invocations\",\"FunctionName\",\"checkout\"],[\"Errors\",\"FunctionName\",\"checkout\"],"
    "[\"Duration\",\"FunctionName\",\"checkout\"],[\"Invocations\",\"FunctionName\",\"quiet\"],"
    "[\"Errors\",\"FunctionName\",\"quiet\"],"
    "[\"Invocations\",\"FunctionName\",\"checkout\",\"Resource\",\"checkout:1\"],"
    "[\"Invocations\"]]";

static void
functions_are_found_and_rated(void **state)
{
    const struct grid *grid;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "lambda.names", "AWS/Lambda", functions);
    stage_points(&s, "lambda.now",
                 "{\"Invocations.checkout\":2100,\"Errors.checkout\":40,\"p50.checkout\":188,"
                 "\"p95.checkout\":912,\"p99.checkout\":10000,\"trend.checkout\":[[0,900]],"
                 "\"Invocations.quiet\":[],\"Errors.quiet\":[]}");
    stage_show(&s, lambda_ask, lambda_build);
    assert_int_equal(stage_ask(&s, "lambda.now")->query_count, 8);
    grid = stage_panel(&s, "functions")->grid;
    assert_int_equal(grid->row_count, 2);
    assert_string_equal(grid->rows[0].key, "checkout");
    assert_string_equal(grid->rows[0].open_view, "logs");
    assert_string_equal(grid->rows[0].open_key, "/aws/lambda/checkout");
    assert_true(stage_cell(&s, "functions", "checkout", "err %")->number > 1.9);
    assert_int_equal(stage_cell(&s, "functions", "checkout", "err %")->level, LEVEL_BAD);
    assert_true(stage_cell(&s, "functions", "checkout", "p95")->number == 912);
    assert_true(stage_cell(&s, "functions", "quiet", "calls")->number == 0); /* a known zero */
    assert_int_equal(stage_cell(&s, "functions", "quiet", "err %")->kind, CELL_EMPTY);
    for (size_t i = 0; i < grid->column_count; i++)
        assert_string_not_equal(grid->columns[i].name, "throttles"); /* nobody publishes it */
    assert_int_equal(s.model.attention, 1);
    stage_close(&s);
}

static void
throttles_have_a_column_when_there_is_a_wire(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(
        &s, "lambda.names", "AWS/Lambda",
        "[[\"Throttles\",\"FunctionName\",\"f\"],[\"Invocations\",\"FunctionName\",\"f\"]]");
    stage_points(&s, "lambda.now", "{\"Throttles.f\":3,\"Invocations.f\":9}");
    stage_show(&s, lambda_ask, lambda_build);
    assert_true(stage_cell(&s, "functions", "f", "throttles")->number == 3);
    stage_close(&s);
}

static void
log_groups_are_followed_together_or_alone(void **state)
{
    const struct grid *lines;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_groups(&s, "logs.groups", "[\"/aws/lambda/a\",\"/b\"]");
    stage_events(&s, "logs./aws/lambda/a", "/aws/lambda/a",
                 "[[\"1\",3000,\"ERROR no\"],[\"2\",1000,\"{\\\"level\\\":\\\"warn\\\","
                 "\\\"message\\\":\\\"slow\\\"}\"]]");
    stage_events(&s, "logs./b", "/b", "[[\"3\",2000,\"hello\"]]");
    stage_show(&s, logs_ask, logs_build);
    assert_int_equal(s.asks->count, 3);
    assert_int_equal(stage_ask(&s, "logs./b")->limit, 200);
    assert_null(stage_ask(&s, "logs./b")->pattern);
    lines = stage_panel(&s, "lines")->grid;
    assert_int_equal(lines->row_count, 3);
    assert_string_equal(lines->rows[0].key, "1");
    assert_string_equal(lines->rows[1].key, "3");
    assert_int_equal(lines->rows[0].level, LEVEL_BAD);
    assert_string_equal(stage_cell(&s, "lines", "2", "message")->text,
                        "slow  {\"level\":\"warn\",\"message\":\"slow\"}");
    assert_string_equal(stage_cell(&s, "lines", "2", "group")->text, "a");
    assert_true(stage_cell(&s, "levels", "ERROR", "lines")->number == 1);
    assert_true(stage_cell(&s, "levels", "other", "lines")->number == 1);
    assert_true(stage_cell(&s, "groups", "/aws/lambda/a", "errors")->number == 1);
    assert_string_equal(stage_panel(&s, "lines")->title, "/aws/lambda/a +1");
    s.q.key = "/b";
    s.q.filter = "{ $.level = \"ERROR\" }";
    stage_show(&s, logs_ask, logs_build);
    assert_null(stage_ask(&s, "logs./aws/lambda/a"));
    assert_string_equal(stage_ask(&s, "logs./b")->pattern, "{ $.level = \"ERROR\" }");
    assert_int_equal(stage_panel(&s, "lines")->grid->row_count, 1);
    s.q.filter = "plain words";
    stage_show(&s, logs_ask, logs_build);
    assert_null(stage_ask(&s, "logs./b")->pattern); /* the screen's own filter */
    stage_close(&s);
}

static const char arrived[] =
    "{\"events\":[{\"id\":7,\"timeMs\":1795490420000,\"kind\":\"http\",\"method\":\"POST\","
    "\"path\":\"/errors/report\",\"verdict\":\"accepted\",\"reason\":\"\",\"status\":200,"
    "\"fault\":false,\"size\":416,\"durationUs\":1500},"
    "{\"id\":8,\"timeMs\":1795490421000,\"kind\":\"emf-tcp\",\"verdict\":\"no namespace\","
    "\"reason\":\"namespace-missing\",\"status\":0,\"fault\":true,\"size\":12}],\"next\":9}";

static void
what_arrives_is_judged(void **state)
{
    const struct grid *grid;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_json(&s, "intake", arrived);
    stage_json(&s, "intake.8",
               "{\"id\":8,\"kind\":\"emf-tcp\",\"headers\":[[\"A\",\"b\"],[\"broken\"],7],"
               "\"body\":\"{\\\"_aws\\\":{}}\",\"bodyCut\":true,\"fault\":true}");
    stage_show(&s, intake_ask, intake_build);
    assert_string_equal(stage_ask(&s, "intake.8")->path,
                        "/_obsview/events/8?mask=1"); /* the newest */
    grid = stage_panel(&s, "requests")->grid;
    assert_int_equal(grid->row_count, 2);
    assert_true(stage_cell(&s, "requests", "7", "took")->number == 1.5);
    assert_int_equal(grid->rows[0].level, LEVEL_NONE);
    assert_int_equal(grid->rows[1].level, LEVEL_WARN);
    assert_string_equal(stage_cell(&s, "requests", "8", "verdict")->text,
                        "no namespace (namespace-missing)");
    assert_int_equal(stage_cell(&s, "requests", "8", "took")->kind, CELL_EMPTY);
    assert_string_equal(stage_panel(&s, "request")->passages[0].text, "A: b\n");
    assert_true(stage_panel(&s, "request")->passages[1].is_json);
    assert_string_equal(stage_panel(&s, "request")->note, "body cut");
    s.q.cursor = "7";
    stage_show(&s, intake_ask, intake_build);
    assert_non_null(stage_ask(&s, "intake.7"));
    s.q.key = "../../secret"; /* no id: not asked */
    stage_show(&s, intake_ask, intake_build);
    assert_non_null(stage_ask(&s, "intake.7"));
    assert_int_equal(s.asks->count, 2);
    stage_close(&s);
}

static void
broken_intake_answers_break_nothing(void **state)
{
    static const char *const answers[] = { "{}",
                                           "[]",
                                           "7",
                                           "{\"events\":{}}",
                                           "{\"events\":[1,null,\"x\",[]]}",
                                           "{\"events\":[{}]}",
                                           "{\"events\":[{\"id\":\"x\",\"timeMs\":[]}]}",
                                           "{\"events\":[{\"kind\":1,\"status\":\"200\"}]}",
                                           "{\"events\":[{\"id\":\"x\",\"size\":null}]}" };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct stage s;

        stage_open(&s);
        stage_json(&s, "intake", answers[i]);
        stage_json(&s, "intake.0", answers[i]);
        stage_show(&s, intake_ask, intake_build);
        assert_non_null(stage_panel(&s, "requests")->grid);
        stage_show(&s, overview_ask, overview_build);
        stage_close(&s);
    }
}

static void
the_overview_leads_to_the_views(void **state)
{
    const struct panel *events;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "vitals.names", "UserMetrics/Frontend",
                "[[\"LCP\",\"environment\",\"dev\"],"
                "[\"LCP\",\"environment\",\"dev\",\"route\",\"/slow\"]]");
    stage_points(&s, "vitals.routes", "{\"p75.LCP./slow\":4500,\"n.LCP./slow\":3}");
    stage_names(&s, "lambda.names", "AWS/Lambda", functions);
    stage_json(&s, "intake", arrived);
    stage_alarms(&s, "alarms", "[{\"name\":\"a\",\"state\":\"ALARM\"}]");
    stage_alarm_events(&s, "alarms.events",
                       "[[\"a\",\"StateUpdate\",1000,\"to ALARM\",\"OK\",\"ALARM\"],"
                       "[\"a\",\"Action\",900,\"told\"]]");
    stage_functions(&s, "functions",
                    "[[\"checkout\",\"nodejs22.x\",512,10,60000],"
                    "[\"old\",\"nodejs22.x\",512,10,864000000]]");
    stage_names(&s, "api.names", "AWS/ApiGateway",
                "[[\"Count\",\"ApiName\",\"r\"],[\"5XXError\",\"ApiName\",\"r\"]]");
    stage_points(&s, "api.now", "{\"Count.r//\":200,\"5XXError.r//\":1}");
    stage_show(&s, overview_ask, overview_build);
    assert_null(stage_ask(&s, "vitals.spread.LCP")); /* only the details need it */
    assert_null(stage_ask(&s, "intake.8"));
    assert_non_null(stage_ask(&s, "vitals.routes"));
    assert_string_equal(stage_panel(&s, "vitals")->open_view, "vitals");
    assert_string_equal(stage_panel(&s, "vitals")->grid->rows[0].open_view, "vitals");
    assert_string_equal(stage_panel(&s, "vitals")->facts[0].value.text, "/slow");
    assert_string_equal(stage_panel(&s, "lambda")->grid->rows[0].open_view, "logs");
    assert_string_equal(stage_panel(&s, "lambda")->facts[0].value.text,
                        "5xx 0.50 %   200 requests");
    assert_string_equal(stage_panel(&s, "alarms")->grid->rows[0].open_view, "alarms");
    assert_string_equal(stage_panel(&s, "alarms")->grid->rows[0].open_key, "a");
    events = stage_panel(&s, "events");
    assert_int_equal(events->grid->row_count, 3);
    for (size_t i = 0; i < 3; i++) {
        static const char *const views_of[] = { "alarms", "intake", "lambda" };
        static const char *const keys[] = { "a", "8", NULL };

        assert_string_equal(events->grid->rows[i].open_view, views_of[i]);
        if (keys[i] != NULL)
            assert_string_equal(events->grid->rows[i].open_key, keys[i]);
    }
    assert_string_equal(events->grid->rows[0].cells[2].text, "a  OK to ALARM");
    assert_string_equal(events->grid->rows[2].cells[1].text, "first seen");
    assert_int_equal(s.model.attention_level, LEVEL_BAD);
    stage_close(&s);
}

/* What came is told as it came; what was subtracted here has no noise behind its digits. */
static void
differences_are_printed_without_noise(void **state)
{
    static const struct column columns[] = { { .name = "p75", .kind = CELL_NUMBER },
                                             { .name = "change", .kind = CELL_DELTA } };
    const struct cell cells[] = { { .kind = CELL_NUMBER, .number = 0.1 + 0.2 },
                                  { .kind = CELL_DELTA, .number = 1.1 - 1 } };
    const struct row row = { .key = "a", .cells = cells };
    const struct grid grid = {
        .name = "t", .columns = columns, .column_count = 2, .rows = &row, .row_count = 1
    };
    struct panel panel = { .name = "p", .title = "P", .grid = &grid };
    const struct model model = { .panels = &panel, .panel_count = 1 };
    const struct glyphs glyphs = glyphs_for(false, GRAPH_BRAILLE);
    struct buf out;

    (void)state;
    buf_init(&out, 1 << 16);
    report_print(&out, REPORT_JSON, &view_lambda, &model, &glyphs);
    assert_non_null(strstr(out.data, "{\"p75\":0.30000000000000004,\"change\":0.1}"));
    buf_clear(&out);
    report_print(&out, REPORT_CSV, &view_lambda, &model, &glyphs);
    assert_string_equal(out.data, "p75,change\r\n0.3,0.1\r\n");
    buf_fini(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_are_printed_without_noise),
        cmocka_unit_test(functions_are_found_and_rated),
        cmocka_unit_test(throttles_have_a_column_when_there_is_a_wire),
        cmocka_unit_test(log_groups_are_followed_together_or_alone),
        cmocka_unit_test(what_arrives_is_judged),
        cmocka_unit_test(broken_intake_answers_break_nothing),
        cmocka_unit_test(the_overview_leads_to_the_views),
    };

    return cmocka_run_group_tests_name("view_others", tests, NULL, NULL);
}
