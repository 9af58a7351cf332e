/* test_check_cardinality.c - distinct series, what they cost, and which dimension is to blame.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "judged.h"

#define SPACE "UserMetrics/Lambda"

static void
begin(struct judged *j, const char *const *flags)
{
    judged_init(j, flags);
    assert_true(judged_open(j, &check_cardinality));
}

/* `count` series that differ by their route. */
static void
add_routes(struct judged *j, size_t count)
{
    char route[32];

    for (size_t i = 0; i < count; i++) {
        snprintf(route, sizeof route, "/page-%zu-x", i);
        judged_series(j, SPACE, "Duration",
                      (const char *const[]){ "functionName", "f", "route", route, NULL });
    }
}

/* The first ten are free; each of the next costs 0.30 USD a month. */
static void
the_price_is_judged_beyond_its_marks_and_not_at_them(void **state)
{
    static const struct {
        size_t series;
        enum finding_level level;
    } cases[] = { { 1, FINDING_OK },
                  { 43, FINDING_OK },
                  { 44, FINDING_WARN },
                  { 76, FINDING_WARN },
                  { 77, FINDING_FAIL } };
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(&j, NULL);
        add_routes(&j, cases[i].series);
        judged_close(&j);
        if (judged_nth(&j, "cardinality.price", 0)->level != cases[i].level)
            fail_msg("%zu: %s", cases[i].series, judged_nth(&j, "cardinality.price", 0)->evidence);
        judged_fini(&j);
    }
}

static void
a_mark_may_be_off_and_a_mark_is_not_passed_when_met(void **state)
{
    static const struct {
        const char *flags[5];
        enum finding_level level;
    } cases[] = {
        { { "warn", "off", "limit", "off", NULL }, FINDING_OK },
        { { "warn", "27.00", "limit", "off", NULL }, FINDING_OK }, /* 90 at 0.30 are 27 */
        { { "warn", "26.99", "limit", "off", NULL }, FINDING_WARN },
        { { "warn", "off", "limit", "27.00", NULL }, FINDING_OK },
        { { "warn", "off", "limit", "26.99", NULL }, FINDING_FAIL },
    };
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(&j, cases[i].flags);
        add_routes(&j, 100);
        judged_close(&j);
        if (judged_nth(&j, "cardinality.price", 0)->level != cases[i].level)
            fail_msg("%zu: %s", i, judged_nth(&j, "cardinality.price", 0)->evidence);
        judged_fini(&j);
    }
}

/* Without the route one series a function would be left, without the function one a route. */
static void
the_dimension_to_blame_is_the_one_that_multiplies(void **state)
{
    const struct finding *f;
    char route[32], function[32];
    struct judged j;

    (void)state;
    begin(&j, NULL);
    for (int i = 0; i < 50; i++) {
        for (int k = 0; k < 3; k++) {
            snprintf(route, sizeof route, "/page-%d-x", i);
            snprintf(function, sizeof function, "shop-%c", 'a' + k);
            judged_series(&j, SPACE, "Duration",
                          (const char *const[]){ "functionName", function, "route", route, NULL });
        }
    }
    judged_close(&j);
    f = judged_nth(&j, "cardinality.price", 0);
    assert_int_equal(f->level, FINDING_FAIL);
    assert_non_null(
        strstr(f->fix, "the dimension to blame is route, with 50 values: without it 3 "));
    judged_fini(&j);
}

static void
a_dimension_of_ids_is_a_finding_from_five_values_on(void **state)
{
    static const struct {
        int ids, words;
        enum finding_level level;
    } cases[] = {
        { 4, 0, FINDING_OK }, { 5, 0, FINDING_FAIL }, { 3, 3, FINDING_OK }, { 4, 3, FINDING_FAIL }
    };
    char value[64];
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        begin(&j, NULL);
        for (int k = 0; k < cases[i].ids; k++) {
            snprintf(value, sizeof value, "5f1c9a52-6f0e-4d5a-9d0c-0a4f1e9b7c%02x", k);
            judged_series(&j, SPACE, "M", (const char *const[]){ "user", value, NULL });
        }
        for (int k = 0; k < cases[i].words; k++) {
            snprintf(value, sizeof value, "guest%c", 'a' + k);
            judged_series(&j, SPACE, "M", (const char *const[]){ "user", value, NULL });
        }
        judged_close(&j);
        if (judged_nth(&j, "cardinality.ids", 0)->level != cases[i].level)
            fail_msg("%zu: %s", i, judged_nth(&j, "cardinality.ids", 0)->evidence);
        judged_fini(&j);
    }
}

static void
a_series_counts_once_and_awss_own_not_at_all(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, NULL);
    for (int i = 0; i < 3; i++) {
        judged_series(&j, SPACE, "M", NULL);
        judged_series(&j, "AWS/Lambda", "Duration", NULL);
    }
    judged_close(&j);
    assert_non_null(
        strstr(judged_nth(&j, "cardinality.price", 0)->evidence, "1 series, about 0.00"));
    judged_fini(&j);
}

static void
nothing_cannot_be_judged(void **state)
{
    char *deep = judged_nested(100000);
    struct judged j;

    (void)state;
    begin(&j, NULL);
    judged_series(&j, "AWS/Lambda", "Duration", NULL);
    judged_line(&j, "no document");
    judged_line(&j, deep);
    judged_post(&j, "/metrics/web-vitals", deep);
    judged_close(&j);
    assert_int_equal(j.found.count, 1);
    assert_int_equal(judged_nth(&j, "cardinality", 0)->level, FINDING_UNKNOWN);
    assert_non_null(strstr(judged_nth(&j, "cardinality", 0)->evidence, "4 things"));
    judged_fini(&j);
    free(deep);
}

/* Beyond ten thousand the next ones are cheaper (0.10 USD). */
static void
many_series_have_the_price_of_their_tier(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, NULL);
    add_routes(&j, 10100);
    judged_close(&j);
    assert_non_null(strstr(judged_nth(&j, "cardinality.price", 0)->evidence,
                           "10100 series, about 3007.00 USD"));
    judged_fini(&j);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_price_is_judged_beyond_its_marks_and_not_at_them),
        cmocka_unit_test(a_mark_may_be_off_and_a_mark_is_not_passed_when_met),
        cmocka_unit_test(the_dimension_to_blame_is_the_one_that_multiplies),
        cmocka_unit_test(a_dimension_of_ids_is_a_finding_from_five_values_on),
        cmocka_unit_test(a_series_counts_once_and_awss_own_not_at_all),
        cmocka_unit_test(nothing_cannot_be_judged),
        cmocka_unit_test(many_series_have_the_price_of_their_tier),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
