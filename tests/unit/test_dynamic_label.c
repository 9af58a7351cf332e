/* test_dynamic_label.c - labels with values in them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/dynamic_label.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define T0 1795392000000LL /* 2026-11-23T00:00:00Z */

static const struct dimension dims[] = { { "Env", "prod" }, { "Page", "/home" } };
static const struct series_key key = { "Shop/Web", "LCP", { dims, 2 } };
static const int64_t times[] = { T0, T0 + 60000, T0 + 180000 };
static const double values[] = { 20, 50.5, 10 };

static struct dynamic_label_source
source(void)
{
    return (struct dynamic_label_source){
        .label = "LCP p75",
        .account = "000000000000",
        .region = "eu-west-1",
        .key = &key,
        .stat = "p75",
        .period_ms = 60000,
        .times_ms = times,
        .values = values,
        .count = 3,
        .now_ms = T0 + 3780000,
    };
}

static void
assert_label(const struct dynamic_label_source *s, const char *label, const char *want)
{
    struct arena *arena = arena_new();
    struct err err;

    if (dynamic_label_check(label, &err) != OK)
        fail_msg("%s: %s", label, err.text);
    assert_string_equal(dynamic_label_render(arena, label, s), want);
    arena_free(arena);
}

static void
variables_are_filled_in(void **state)
{
    static const char *const cases[][2] = {
        { "plain $ {text} }", "plain $ {text} }" },
        { "${LABEL}", "LCP p75" },
        { "[max: ${MAX} of ${LABEL}]", "[max: 50.5 of LCP p75]" },
        { "${MIN}|${SUM}|${FIRST}|${LAST}", "10|80.5|20|10" },
        { "${AVG}", "26.8333333333333" },
        { "${DATAPOINT_COUNT} of ${MIN_MAX_RANGE}", "3 of 40.5" },
        { "${FIRST_LAST_RANGE}", "-10" },
        { "${FIRST_LAST_TIME_RANGE}", "3m" },
        { "${MIN_MAX_TIME_RANGE}", "2m" },
        { "${FIRST_TIME}", "2026-11-23T00:00:00Z" },
        { "${LAST_TIME} ${LAST_TIME_RELATIVE}", "2026-11-23T00:03:00Z 1h" },
        { "${MAX_TIME} ${MIN_TIME}", "2026-11-23T00:01:00Z 2026-11-23T00:03:00Z" },
        { "${MAX_TIME_RELATIVE}", "1h 2m" },
        { "${PROP('MetricName')} ${PROP('Namespace')}", "LCP Shop/Web" },
        { "${PROP('Dim.Page')} ${PROP('Dim.Env')}${PROP('Dim.No')}", "/home prod" },
        { "${PROP('Stat')} ${PROP('Period')}", "p75 60" },
        { "${PROP('Region')} ${PROP('AccountId')}", "eu-west-1 000000000000" },
    };
    const struct dynamic_label_source s = source();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_label(&s, cases[i][0], cases[i][1]);
}

static void
times_follow_the_zone(void **state)
{
    struct dynamic_label_source s = source();

    (void)state;
    s.zone_minutes = 90;
    assert_label(&s, "${FIRST_TIME}", "2026-11-23T01:30:00+01:30");
    s.zone_minutes = -300;
    assert_label(&s, "${FIRST_TIME}", "2026-11-22T19:00:00-05:00");
}

static void
an_empty_series_says_so(void **state)
{
    struct dynamic_label_source s = source();

    (void)state;
    s.count = 0;
    s.key = NULL;
    assert_label(&s, "${AVG} ${LAST_TIME} ${DATAPOINT_COUNT} ${PROP('Dim.Page')}", "-- -- 0 ");
}

static void
unknown_variables_are_named(void **state)
{
    static const char *const cases[][2] = {
        { "${P99}", "${P99} is not a variable of dynamic labels" },
        { "${avg}", "${avg} is not a variable of dynamic labels" },
        { "${PROP('Color')}", "${PROP('Color')} is not a variable of dynamic labels" },
        { "${PROP('Dim.')}", "${PROP('Dim.')} is not a variable of dynamic labels" },
        { "a ${AVG", "a dynamic label has a ${ without }" },
        { "${LABEL}${LABEL}", "${LABEL} may stand in a label once" },
        { "${AVG}${AVG}${AVG}${AVG}${AVG}${AVG}", "a dynamic label has at most 5 values" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = { 0 };

        assert_int_equal(dynamic_label_check(cases[i][0], &err), E_INVALID);
        assert_string_equal(err.text, cases[i][1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variables_are_filled_in),
        cmocka_unit_test(times_follow_the_zone),
        cmocka_unit_test(an_empty_series_says_so),
        cmocka_unit_test(unknown_variables_are_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
