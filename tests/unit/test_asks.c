/* test_asks.c - when two questions are one.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/asks.h"

static const struct ask november = { .key = "bill",
                                     .kind = ASK_COSTS,
                                     .cost_tags = { "Component", "Resource" },
                                     .project = "UserMetrics",
                                     .cost_from_day = 20758,
                                     .cost_to_day = 20788 };

static void
every_part_of_a_bill_is_another_question(void **state)
{
    struct ask other[5];

    (void)state;
    for (size_t i = 0; i < 5; i++)
        other[i] = november;
    assert_true(ask_equal(&november, &other[0]) && ask_is_same_thing(&november, &other[0]));
    other[0].cost_from_day--;
    other[1].cost_to_day = 0;
    other[2].project = NULL;
    other[3].cost_tags[1] = "Function";
    other[4].region = "us-east-1";
    for (size_t i = 0; i < 5; i++) {
        assert_false(ask_equal(&november, &other[i]));
        assert_false(ask_is_same_thing(&november, &other[i]));
    }
}

static void
another_window_is_about_the_same_thing(void **state)
{
    struct ask a = { .key = "e", .kind = ASK_ALARM_EVENTS, .alarm = "cpu", .limit = 5 }, b = a;

    (void)state;
    b.range.span_ms = 3600000;
    assert_false(ask_equal(&a, &b));
    assert_true(ask_is_same_thing(&a, &b));
    b.alarm = NULL;
    assert_false(ask_is_same_thing(&a, &b));
}

/* Lines that a pattern chose say nothing about those that another one would. */
static void
a_pattern_makes_other_lines(void **state)
{
    struct ask a = { .key = "l", .kind = ASK_LOG_EVENTS, .group = "/app" }, b = a;

    (void)state;
    assert_true(ask_is_same_thing(&a, &b));
    b.pattern = "ERROR";
    assert_false(ask_is_same_thing(&a, &b));
    a.pattern = "ERROR";
    assert_true(ask_equal(&a, &b));
    assert_false(ask_is_same_thing(&a, &b));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_of_a_bill_is_another_question),
        cmocka_unit_test(another_window_is_about_the_same_thing),
        cmocka_unit_test(a_pattern_makes_other_lines),
    };

    return cmocka_run_group_tests_name("asks", tests, NULL, NULL);
}
