/* test_view_errors.c - what the Errors view makes of answers.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "base/mem.h"
#include "tui/views/models.h"

#define GROUP "/aws/lambda/obsview-dev-error-reporter"

/* An event of [id, ms before now, an ERROR line]. */
static const char *
event(struct arena *arena, const char *id, int64_t ago_ms, const char *type, const char *session,
      const char *stack)
{
    return arena_printf(
        arena,
        "[\"%s\",%lld,\"{\\\"level\\\":\\\"ERROR\\\",\\\"message\\\":\\\"went wrong\\\","
        "\\\"context\\\":{\\\"url\\\":\\\"http://x/cart\\\",\\\"route\\\":\\\"/cart\\\","
        "\\\"sessionId\\\":\\\"%s\\\",\\\"userAgent\\\":\\\"Chrome/130.0\\\"},"
        "\\\"error\\\":{\\\"message\\\":\\\"went wrong\\\",\\\"type\\\":\\\"%s\\\","
        "\\\"stack\\\":\\\"%s\\\"}}\"]",
        id, (long long)ago_ms, session, type, stack);
}

static void
ready(struct stage *s, const char *events)
{
    stage_open(s);
    stage_groups(s, "errors.groups", "[\"/aws/lambda/other\",\"" GROUP "\"]");
    if (events != NULL)
        stage_events(s, "errors.events", GROUP, events);
}

static void
the_reporters_group_is_found_and_asked(void **state)
{
    const struct ask *ask;
    struct stage s;

    (void)state;
    ready(&s, NULL);
    stage_show(&s, errors_ask, errors_build);
    ask = stage_ask(&s, "errors.events");
    assert_string_equal(ask->group, GROUP);
    assert_string_equal(ask->pattern, "{ $.level = \"ERROR\" }");
    assert_int_equal(ask->range.span_ms, 86400000); /* a day, to know what is new */
    assert_string_equal(stage_panel(&s, "groups")->grid->empty, "no errors in this range");
    assert_true(
        panel_is_awaited(stage_panel(&s, "groups"))); /* the group is known, its lines not */
    stage_close(&s);
    stage_open(&s);
    stage_groups(&s, "errors.groups", "[]");
    stage_show(&s, errors_ask, errors_build); /* an emulator makes it with the first report */
    assert_non_null(strstr(stage_panel(&s, "groups")->grid->empty, "POST /errors/report"));
    assert_null(stage_panel(&s, "groups")->note);
    s.is_account = true;
    stage_show(&s, errors_ask, errors_build);
    assert_null(stage_ask(&s, "errors.events"));
    assert_false(panel_is_awaited(stage_panel(&s, "groups")));
    assert_non_null(strstr(stage_panel(&s, "groups")->grid->empty, "error-reporter"));
    assert_string_equal(stage_panel(&s, "groups")->note, "no error reporter");
    stage_close(&s);
}

static void
alike_errors_are_one_group(void **state)
{
    struct arena *arena = arena_new();
    const struct grid *groups;
    struct stage s;

    (void)state;
    ready(&s, arena_printf(
                  arena, "[%s,%s,%s,%s]",
                  event(arena, "1", 80000000, "TypeError", "s1", "at f (http://x/src/a.ts:1:2)"),
                  event(arena, "2", 60000, "TypeError", "s1", "at f (http://x/src/a.ts:9:9)"),
                  event(arena, "3", 50000, "TypeError", "s2", "at f (http://x/src/a.ts:1:2)"),
                  event(arena, "4", 1000, "RangeError", "", "at g (http://x/src/b.ts:1:2)")));
    s.is_account = true;
    stage_show(&s, errors_ask, errors_build);
    groups = stage_panel(&s, "groups")->grid;
    assert_int_equal(groups->row_count, 2);
    assert_true(groups->rows[0].is_new);  /* RangeError, the last one */
    assert_false(groups->rows[1].is_new); /* TypeError was known before the range */
    assert_true(stage_cell(&s, "groups", groups->rows[1].key, "n")->number == 2);
    assert_true(stage_cell(&s, "groups", groups->rows[1].key, "users")->number == 2);
    assert_int_equal(stage_cell(&s, "groups", groups->rows[1].key, "first")->time_ms,
                     ANSWERS_NOW - 80000000);
    assert_int_equal(stage_cell(&s, "groups", groups->rows[1].key, "last")->time_ms,
                     ANSWERS_NOW - 50000);
    assert_string_equal(stage_cell(&s, "groups", groups->rows[0].key, "message")->text,
                        "RangeError: went wrong");
    assert_string_equal(stage_cell(&s, "groups", groups->rows[0].key, "where")->text, "browser");
    assert_int_equal(stage_cell(&s, "groups", groups->rows[0].key, "users")->kind, CELL_EMPTY);
    assert_true(stage_cell(&s, "groups", groups->rows[1].key, "first")->is_latest);
    assert_string_equal(stage_panel(&s, "groups")->note, "2 groups, 3 events, 1 new in 24 h");
    assert_string_equal(stage_panel(&s, "group")->note, "new in 24 h");
    assert_int_equal(s.model.attention, 1);
    stage_close(&s);
    arena_free(arena);
}

/* The fingerprint of the only group, of lines that an account told. */
static char *
group_key(const char *events)
{
    struct stage s;
    char *key;

    ready(&s, events);
    s.is_account = true;
    stage_show(&s, errors_ask, errors_build);
    assert_null(stage_ask(&s, "errors.first"));
    assert_int_equal(stage_panel(&s, "groups")->grid->row_count, 1);
    key = xstrdup(stage_panel(&s, "groups")->grid->rows[0].key);
    stage_close(&s);
    return key;
}

static void
an_emulator_knows_since_when(void **state)
{
    static const struct {
        int64_t first_ago_ms, range_ms;
        bool is_new;
    } cases[] = {
        { INT64_C(9) * 86400000, 3600000, false }, /* before the lines at hand */
        { INT64_C(9) * 86400000, INT64_C(7) * 86400000, false },
        { INT64_C(9) * 86400000, INT64_C(30) * 86400000, true }, /* no line is from before */
        { 60000, 3600000, true },
    };
    struct arena *arena = arena_new();
    const char *events =
        arena_printf(arena, "[%s]", event(arena, "1", 60000, "TypeError", "s1", ""));
    char *key = group_key(events);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const int64_t first_ms = ANSWERS_NOW - cases[i].first_ago_ms;
        const struct cell *first;
        struct stage s;

        ready(&s, events);
        s.q.range.span_ms = cases[i].range_ms;
        stage_json(&s, "errors.first",
                   arena_printf(arena, "{\"groups\":[{\"id\":\"%s\",\"firstMs\":%lld}]}", key,
                                (long long)first_ms));
        stage_show(&s, errors_ask, errors_build);
        assert_string_equal(stage_ask(&s, "errors.first")->path, "/_obsview/error-groups");
        first = stage_cell(&s, "groups", key, "first");
        assert_true(first->time_ms == first_ms && !first->is_latest);
        assert_int_equal(stage_panel(&s, "groups")->grid->rows[0].is_new, cases[i].is_new);
        assert_string_equal(stage_panel(&s, "groups")->note,
                            cases[i].is_new ? "1 group, 1 event, 1 new" : "1 group, 1 event");
        assert_int_equal(s.model.attention, cases[i].is_new);
        stage_close(&s);
    }
    free(key);
    arena_free(arena);
}

static void
what_an_emulator_does_not_tell_is_bounded(void **state)
{
    struct arena *arena = arena_new();
    struct stage s;

    (void)state;
    ready(&s, arena_printf(arena, "[%s]", event(arena, "1", 60000, "TypeError", "s1", "")));
    stage_show(&s, errors_ask, errors_build); /* it has not answered yet */
    assert_true(stage_panel(&s, "groups")->grid->rows[0].cells[3].is_latest);
    assert_false(stage_panel(&s, "groups")->grid->rows[0].is_new);
    stage_json(&s, "errors.first",
               "{\"groups\":[{\"id\":7},null,{}]}"); /* a line by PutLogEvents */
    stage_show(&s, errors_ask, errors_build);
    assert_true(stage_panel(&s, "groups")->grid->rows[0].cells[3].is_latest);
    assert_true(stage_panel(&s, "groups")->grid->rows[0].is_new);
    stage_close(&s);
    arena_free(arena);
}

static void
the_details_follow_the_cursor(void **state)
{
    struct arena *arena = arena_new();
    const struct grid *groups, *stack;
    struct stage s;

    (void)state;
    ready(&s, arena_printf(arena, "[%s,%s]",
                           event(arena, "1", 60000, "TypeError", "s1",
                                 "TypeError: went wrong\\\\n at f (http://x/src/a.ts:1:2)"
                                 "\\\\n at h (http://x/node_modules/react/i.js:1:2)"),
                           event(arena, "2", 1000, "RangeError", "s2", "")));
    stage_show(&s, errors_ask, errors_build);
    groups = stage_panel(&s, "groups")->grid;
    assert_int_equal(stage_panel(&s, "stack")->grid->row_count, 0); /* RangeError sent none */
    s.q.cursor = groups->rows[1].key;
    stage_show(&s, errors_ask, errors_build);
    stack = stage_panel(&s, "stack")->grid;
    assert_int_equal(stack->row_count, 2);
    assert_string_equal(stack->rows[0].cells[1].text, "f");
    assert_string_equal(stack->rows[0].cells[2].text, "src/a.ts");
    assert_int_equal(stack->rows[1].level, LEVEL_NONE); /* not the app's own */
    assert_string_equal(stage_panel(&s, "group")->facts[0].value.text, "TypeError");
    assert_int_equal(stage_panel(&s, "group")->charts[0].series[0].quantity, QUANTITY_COUNT);
    assert_null(model_panel(&s.model, "components")); /* nobody sent any */
    s.q.key = "no such group";
    stage_show(&s, errors_ask, errors_build);
    assert_null(model_panel(&s.model, "group"));
    stage_close(&s);
    arena_free(arena);
}

static void
what_is_not_known_to_be_new_is_not_called_new(void **state)
{
    struct arena *arena = arena_new();
    struct stage s;

    (void)state;
    ready(&s, arena_printf(arena, "[%s]", event(arena, "1", 60000, "TypeError", "s1", "")));
    s.list[s.count - 1]->is_partial = true; /* older lines were left out */
    stage_show(&s, errors_ask, errors_build);
    assert_false(stage_panel(&s, "groups")->grid->rows[0].is_new);
    assert_int_equal(s.model.attention, 0);
    stage_close(&s);
    ready(&s, arena_printf(arena, "[%s,%s]", event(arena, "1", 7200000, "RangeError", "", ""),
                           event(arena, "2", 60000, "TypeError", "s1", "")));
    s.is_account = true;
    s.list[s.count - 1]->is_partial = true; /* but two hours are known */
    stage_show(&s, errors_ask, errors_build);
    assert_true(stage_panel(&s, "groups")->grid->rows[0].is_new);
    assert_string_equal(stage_panel(&s, "groups")->note,
                        "1 group, 1 event, newest only, 1 new in 2 h");
    stage_close(&s);
    ready(&s, arena_printf(arena, "[%s]", event(arena, "1", 60000, "TypeError", "s1", "")));
    s.is_account = true;
    s.q.range.span_ms = 86400000; /* all that is known */
    stage_show(&s, errors_ask, errors_build);
    assert_false(stage_panel(&s, "groups")->grid->rows[0].is_new);
    stage_close(&s);
    arena_free(arena);
}

static void
lines_that_are_no_errors_are_left_out(void **state)
{
    struct stage s;

    (void)state;
    ready(&s, "[[\"1\",5,\"not JSON\"],[\"2\",4,\"{\\\"level\\\":\\\"INFO\\\"}\"],"
              "[\"3\",3,\"{\\\"level\\\":\\\"ERROR\\\"}\"],[\"4\",2,\"\"]]");
    stage_show(&s, errors_ask, errors_build);
    assert_int_equal(stage_panel(&s, "groups")->grid->row_count, 0);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reporters_group_is_found_and_asked),
        cmocka_unit_test(alike_errors_are_one_group),
        cmocka_unit_test(an_emulator_knows_since_when),
        cmocka_unit_test(what_an_emulator_does_not_tell_is_bounded),
        cmocka_unit_test(the_details_follow_the_cursor),
        cmocka_unit_test(what_is_not_known_to_be_new_is_not_called_new),
        cmocka_unit_test(lines_that_are_no_errors_are_left_out),
    };

    return cmocka_run_group_tests_name("view_errors", tests, NULL, NULL);
}
