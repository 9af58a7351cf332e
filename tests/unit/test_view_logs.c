/* test_view_logs.c - findings in structured lines, and Logs Insights before, while and after it
 * runs.
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

#define GOOD                                                                    \
    "\\\"timestamp\\\":\\\"2026-11-24T03:20:23Z\\\",\\\"message\\\":\\\"m\\\"," \
    "\\\"functionName\\\":\\\"f\\\",\\\"requestId\\\":\\\"r\\\""

static const char lines[] = "[[\"good\",3000,\"{\\\"level\\\":\\\"INFO\\\"," GOOD "}\"],"
                            "[\"debug\",2500,\"{\\\"level\\\":\\\"DEBUG\\\"," GOOD "}\"],"
                            "[\"lower\",2000,\"{\\\"level\\\":\\\"info\\\"," GOOD "}\"],"
                            "[\"plain\",1000,\"START RequestId: 1\"]]";

static void
lines_off_the_schema_are_marked(void **state)
{
    const struct panel *line;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_groups(&s, "logs.groups", "[\"/a\"]");
    stage_events(&s, "logs./a", "/a", lines);
    s.q.cursor = "lower";
    stage_show(&s, logs_ask, logs_build);
    assert_int_equal(stage_cell(&s, "lines", "good", "level")->level, LEVEL_NONE);
    assert_int_equal(stage_cell(&s, "lines", "lower", "level")->level, LEVEL_WARN);
    assert_int_equal(stage_cell(&s, "lines", "plain", "level")->level, LEVEL_NONE);
    assert_int_equal(stage_cell(&s, "lines", "debug", "level")->level, LEVEL_NONE); /* dev */
    assert_string_equal(stage_panel(&s, "lines")->note, "4 lines, 1 off the schema");
    line = stage_panel(&s, "line");
    assert_string_equal(line->note, "1 finding");
    assert_int_equal(line->passage_count, 2);
    assert_int_equal(strncmp(line->passages[0].text, "level-case: ", 12), 0);
    assert_true(line->passages[1].is_json);
    s.q.cursor = "good";
    stage_show(&s, logs_ask, logs_build);
    assert_string_equal(stage_panel(&s, "line")->note, "keeps the schema");
    stage_close(&s);
}

static void
debug_is_a_finding_in_production(void **state)
{
    static const struct {
        const char *environment;
        enum level level;
    } cases[] = { { "prod", LEVEL_WARN },    { "production", LEVEL_WARN }, { "live", LEVEL_WARN },
                  { "staging", LEVEL_NONE }, { "dev", LEVEL_NONE },        { "", LEVEL_NONE } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct snapshot *snapshot;
        struct model model = { 0 };
        struct stage s;

        stage_open(&s);
        stage_groups(&s, "logs.groups", "[\"/a\"]");
        stage_events(&s, "logs./a", "/a", lines);
        snapshot = snapshot_new("aws", cases[i].environment, s.list, s.count);
        s.q.snapshot = snapshot;
        logs_build(&model, s.arena, &s.q);
        assert_string_equal(model.panels[0].grid->rows[1].key, "debug");
        assert_int_equal(model.panels[0].grid->rows[1].cells[1].level, cases[i].level);
        s.q.snapshot = NULL;
        snapshot_unref(snapshot);
        stage_close(&s);
    }
}

static void
a_query_has_its_price_before_it_runs(void **state)
{
    const struct panel *panel;
    struct price_list own;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_groups(&s, "logs.groups", "[\"/a\",\"/b\"]");
    stage_show(&s, logs_ask, logs_build);
    assert_null(stage_ask(&s, "insights.bytes")); /* it would cost something */
    assert_null(model_panel(&s.model, "insights"));
    s.q.insights_is_typed = true;
    stage_show(&s, logs_ask, logs_build);
    assert_int_equal(stage_ask(&s, "insights.bytes")->query_count, 2);
    assert_string_equal(stage_ask(&s, "insights.bytes")->queries[0].series.metric, "IncomingBytes");
    assert_null(stage_ask(&s, "insights"));
    assert_string_equal(stage_panel(&s, "insights")->facts[1].value.text, "scans: asking");
    stage_points(&s, "insights.bytes", "{\"/a\":2000000000}");
    stage_show(&s, logs_ask, logs_build);
    panel = stage_panel(&s, "insights");
    assert_string_equal(panel->facts[0].value.text, "2 log groups");
    assert_string_equal(panel->facts[1].value.text, "scans about 2.0 GB (1 of 2 groups tell), "
                                                    "$0.01 [estimate, at AWS]");
    assert_int_equal(price_list_read(&own, "[LogsInsightsGB]\nusd = 2\n", NULL), OK);
    s.q.prices = &own; /* of the person's own file */
    stage_show(&s, logs_ask, logs_build);
    assert_string_equal(stage_panel(&s, "insights")->facts[1].value.text,
                        "scans about 2.0 GB (1 of 2 groups tell), $4.00 [estimate, at AWS]");
    s.q.key = "/c"; /* a group nobody knows the bytes of */
    stage_show(&s, logs_ask, logs_build);
    assert_int_equal(stage_ask(&s, "insights.bytes")->query_count, 1);
    assert_string_equal(stage_panel(&s, "insights")->facts[1].value.text,
                        "scans: unknown, no IncomingBytes in this range");
    stage_close(&s);
}

static void
a_query_runs_and_its_rows_are_a_table(void **state)
{
    const struct panel *panel;
    const struct ask *ask;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_groups(&s, "logs.groups", "[\"/a\",\"/b\"]");
    s.q.insights = "stats count() by route";
    s.q.insights_run = 3;
    stage_show(&s, logs_ask, logs_build);
    ask = stage_ask(&s, "insights");
    assert_string_equal(ask->query, "stats count() by route");
    assert_int_equal(ask->group_count, 2);
    assert_int_equal(ask->run, 3);
    assert_non_null(strstr(stage_panel(&s, "insights")->note, "Esc stops it"));
    stage_insights(&s, "insights",
                   "{\"state\":\"complete\",\"columns\":[\"route\",\"@ptr\",\"count()\"],"
                   "\"rows\":[[\"/a\",\"x\",\"7\"],[null,\"y\",\"2\"]],\"matched\":9,"
                   "\"scanned\":1200,\"bytes\":4000000}");
    stage_show(&s, logs_ask, logs_build);
    panel = stage_panel(&s, "insights");
    assert_int_equal(panel->grid->column_count, 2); /* no pointer */
    assert_int_equal(panel->grid->row_count, 2);
    assert_string_equal(stage_cell(&s, "insights", "0", "count()")->text, "7");
    assert_int_equal(stage_cell(&s, "insights", "1", "route")->kind, CELL_EMPTY);
    assert_string_equal(panel->note, "complete");
    assert_string_equal(panel->facts[2].value.text,
                        "4.0 MB, 9 of 1,200 lines match, less than $0.0001 [estimate, at AWS]");
    stage_close(&s);
}

static void
a_query_that_cannot_run_says_why(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_groups(&s, "logs.groups", "[\"/a\"]");
    stage_failure(&s, "insights", ASK_INSIGHTS, "unknown command \"frobnicate\" at 1");
    s.q.insights = "frobnicate";
    s.q.insights_run = 1;
    stage_show(&s, logs_ask, logs_build);
    assert_string_equal(stage_panel(&s, "insights")->failure,
                        "unknown command \"frobnicate\" at 1");
    assert_string_equal(stage_panel(&s, "insights")->note, "not run");
    stage_close(&s);
}

static void
live_tail_is_of_the_group_that_was_entered(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_groups(&s, "logs.groups", "[\"/a\"]");
    s.q.wants_live_tail = true;
    stage_show(&s, logs_ask, logs_build);
    assert_false(stage_ask(&s, "logs./a")->wants_live_tail);
    s.q.key = "/a";
    stage_show(&s, logs_ask, logs_build);
    assert_true(stage_ask(&s, "logs./a")->wants_live_tail);
    assert_string_equal(stage_panel(&s, "lines")->note, "live tail  0 lines");
    stage_close(&s);
}

static void
what_the_settings_name_is_looked_at(void **state)
{
    static const char *const list[] = { "/far/away", "/aws/lambda/a*", NULL };
    const struct scope_names names = { .log_groups = list };
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_groups(&s, "logs.groups", "[\"/aws/lambda/alpha\",\"/aws/lambda/beta\"]");
    s.q.names = &names;
    s.q.insights = "fields @message";
    stage_show(&s, logs_ask, logs_build);
    assert_non_null(stage_ask(&s, "logs./far/away")); /* named whole: not looked for first */
    assert_non_null(stage_ask(&s, "logs./aws/lambda/alpha"));
    assert_null(stage_ask(&s, "logs./aws/lambda/beta"));
    assert_int_equal(stage_panel(&s, "groups")->grid->row_count, 1);
    assert_int_equal(stage_ask(&s, "insights")->group_count, 2);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_off_the_schema_are_marked),
        cmocka_unit_test(debug_is_a_finding_in_production),
        cmocka_unit_test(a_query_has_its_price_before_it_runs),
        cmocka_unit_test(a_query_runs_and_its_rows_are_a_table),
        cmocka_unit_test(a_query_that_cannot_run_says_why),
        cmocka_unit_test(live_tail_is_of_the_group_that_was_entered),
        cmocka_unit_test(what_the_settings_name_is_looked_at),
    };

    return cmocka_run_group_tests_name("view_logs", tests, NULL, NULL);
}
