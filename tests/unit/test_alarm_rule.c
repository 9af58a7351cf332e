/* test_alarm_rule.c - rules of composite alarms: truth, names, refusals.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/buf.h"
#include "domain/alarm_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Alarms are named by their state: o, a, i; anything else does not exist. */
static bool
look(void *arg, const char *name, enum alarm_state *state)
{
    static const char names[] = "oai";
    const char *found = strchr(names, *name);

    (void)arg;
    if (found == NULL || strlen(name) != 1)
        return false;
    *state = (enum alarm_state)(found - names);
    return true;
}

static void
rules_hold_or_do_not(void **state)
{
    static const struct {
        const char *rule;
        bool holds;
    } cases[] = {
        { "TRUE", true },
        { "FALSE", false },
        { "ALARM(a)", true },
        { "ALARM(o)", false },
        { "OK(\"o\")", true },
        { "INSUFFICIENT_DATA( i )", true },
        { "INSUFFICIENT_DATA(a)", false },
        { "NOT ALARM(o)", true },
        { "NOT NOT ALARM(o)", false },
        { "NOT(TRUE)", false },
        { "ALARM(gone)", false },
        { "NOT OK(gone)", true },
        { "TRUE OR FALSE AND FALSE", true },
        { "(TRUE OR FALSE) AND FALSE", false },
        { "NOT FALSE AND FALSE", false },
        { "ALARM(a) AND (OK(o) OR FALSE) AND NOT INSUFFICIENT_DATA(o)", true },
        { "ALARM(arn:aws:cloudwatch:us-east-1:000000000000:alarm:a)", true },
        { " ( ALARM ( \"a\" ) ) ", true },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena *arena = arena_new();
        const struct alarm_expr *expr;
        struct err err = { 0 };

        if (alarm_rule_parse(&expr, arena, cases[i].rule, &err) != OK)
            fail_msg("%s: %s", cases[i].rule, err.text);
        if (alarm_rule_holds(expr, look, NULL) != cases[i].holds)
            fail_msg("%s is not %s", cases[i].rule, cases[i].holds ? "true" : "false");
        arena_free(arena);
    }
}

static void
children_are_named_once(void **state)
{
    static const char rule[] =
        "ALARM(\"disk \\\"one\\\" (full)\") OR NOT (OK(b) AND ALARM(b)) OR ALARM(c)";
    struct arena *arena = arena_new();
    const struct alarm_expr *expr;
    const char *const *names;
    size_t count;

    (void)state;
    assert_int_equal(alarm_rule_parse(&expr, arena, rule, NULL), OK);
    alarm_rule_children(expr, arena, &names, &count);
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "c"); /* chains are walked from their end */
    assert_string_equal(names[1], "b");
    assert_true(alarm_rule_looks_at(expr, "b"));
    assert_false(alarm_rule_looks_at(expr, "disk"));
    assert_string_equal(names[2], "disk \"one\" (full)");
    arena_free(arena);
}

static void
wrong_rules_are_refused_where_they_are_wrong(void **state)
{
    static const struct {
        const char *rule;
        enum status status;
        const char *part;
    } cases[] = {
        { "", E_INVALID, "character 1" },
        { "ALARM", E_INVALID, "expected ( and the name of an alarm at character 6" },
        { "ALARM()", E_INVALID, "the name of an alarm is missing at character 7" },
        { "ALARM(\"a)", E_INVALID, "a quote is not closed at character 7" },
        { "ALARM(a b)", E_INVALID, "expected ) behind the name of the alarm at character 9" },
        { "(ALARM(a)", E_INVALID, "a parenthesis is not closed at character 1" },
        { "ALARM(a))", E_INVALID, "expected AND, OR or the end at character 9" },
        { "ALARM(a) XOR ALARM(b)", E_INVALID, "character 10" },
        { "alarm(a)", E_INVALID, "character 1" },
        { "ALARM(a) AND", E_INVALID, "the rule ends" },
        { "TRUEFALSE", E_INVALID, "character 1" },
        { "AT_LEAST(2, ALARM, (a, b))", E_UNSUPPORTED, "AT_LEAST" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct arena *arena = arena_new();
        const struct alarm_expr *expr;
        struct err err = { 0 };

        assert_int_equal(alarm_rule_parse(&expr, arena, cases[i].rule, &err), cases[i].status);
        if (strstr(err.text, cases[i].part) == NULL)
            fail_msg("%s: \"%s\" does not say \"%s\"", cases[i].rule, err.text, cases[i].part);
        arena_free(arena);
    }
}

static enum status
repeat(const char *before, const char *part, size_t times, const char *after)
{
    struct arena *arena = arena_new();
    const struct alarm_expr *expr;
    struct buf b;
    enum status st;

    buf_init(&b, 100000);
    buf_adds(&b, before);
    for (size_t i = 0; i < times; i++)
        buf_adds(&b, part);
    buf_adds(&b, after);
    st = alarm_rule_parse(&expr, arena, b.data, NULL);
    buf_fini(&b);
    arena_free(arena);
    return st;
}

static void
size_and_depth_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(repeat("", "NOT ", ALARM_RULE_DEPTH, "TRUE"), OK);
    assert_int_equal(repeat("", "NOT ", ALARM_RULE_DEPTH + 1, "TRUE"), E_LIMIT);
    assert_int_equal(repeat("", "(", 4000, ""), E_LIMIT);
    assert_int_equal(repeat("TRUE", " OR TRUE", ALARM_RULE_ELEMENTS - 1, ""), OK);
    assert_int_equal(repeat("TRUE", " OR TRUE", ALARM_RULE_ELEMENTS, ""), E_LIMIT);
    assert_int_equal(repeat("TRUE", "          ", 1100, ""), E_LIMIT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_hold_or_do_not),
        cmocka_unit_test(children_are_named_once),
        cmocka_unit_test(wrong_rules_are_refused_where_they_are_wrong),
        cmocka_unit_test(size_and_depth_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
