/* test_statistic.c - CloudWatch's statistic names and their values.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/sketch.h"
#include "domain/statistic.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static double
value_of(const char *name, const struct statistic_set *set, const struct sketch *sk)
{
    struct statistic statistic;
    struct err err = { 0 };

    if (statistic_parse(&statistic, name, &err) != OK)
        fail_msg("%s: %s", name, err.text);
    return statistic_value(&statistic, set, sk);
}

static void
names_are_read(void **state)
{
    static const struct {
        const char *name;
        enum status status;
        enum statistic_kind kind;
    } cases[] = {
        { "Average", OK, STATISTIC_AVERAGE },
        { "SampleCount", OK, STATISTIC_COUNT },
        { "p75", OK, STATISTIC_PERCENTILE },
        { "p99.9", OK, STATISTIC_PERCENTILE },
        { "p100", OK, STATISTIC_PERCENTILE },
        { "PR(:2500)", OK, STATISTIC_PERCENTILE_RANK },
        { "PR(100:2000)", OK, STATISTIC_PERCENTILE_RANK },
        { "PR(-5:)", OK, STATISTIC_PERCENTILE_RANK },
        { "average", E_INVALID, 0 },
        { "p101", E_INVALID, 0 },
        { "p", E_INVALID, 0 },
        { "p-1", E_INVALID, 0 },
        { "p7x", E_INVALID, 0 },
        { "PR(:)", E_INVALID, 0 },
        { "PR(5:1)", E_INVALID, 0 },
        { "PR(5)", E_INVALID, 0 },
        { "", E_INVALID, 0 },
        { "tm90", E_UNSUPPORTED, 0 },
        { "TM(10%:90%)", E_UNSUPPORTED, 0 },
        { "IQM", E_UNSUPPORTED, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct statistic out;
        struct err err = { 0 };

        if (statistic_parse(&out, cases[i].name, &err) != cases[i].status)
            fail_msg("%s: status %d", cases[i].name, (int)err.code);
        if (cases[i].status == OK)
            assert_int_equal(out.kind, cases[i].kind);
        else
            assert_non_null(strstr(err.text, cases[i].name));
    }
}

static void
values_come_from_set_and_sketch(void **state)
{
    const struct statistic_set set = { 4, 100, 10, 40 };
    struct sketch *sk = sketch_new();

    (void)state;
    for (int i = 1; i <= 4; i++)
        sketch_add(sk, 10 * i, 1);
    assert_true(value_of("Average", &set, sk) == 25);
    assert_true(value_of("Sum", &set, sk) == 100);
    assert_true(value_of("Minimum", &set, sk) == 10);
    assert_true(value_of("Maximum", &set, sk) == 40);
    assert_true(value_of("SampleCount", &set, sk) == 4);
    assert_true(value_of("p75", &set, sk) == 32.5);
    assert_true(value_of("PR(:20)", &set, sk) == 50);
    assert_true(value_of("PR(10:30)", &set, sk) == 50); /* the lower bound is exclusive */
    assert_true(value_of("PR(30:)", &set, sk) == 25);
    sketch_free(sk);
}

static void
sets_alone_know_few_percentiles(void **state)
{
    const struct statistic_set many = { 4, 100, 10, 40 }, one = { 1, 7, 7, 7 }, none = { 0 };
    const struct statistic_set equal = { 3, 15, 5, 5 };

    (void)state;
    assert_true(isnan(value_of("p50", &many, NULL)));
    assert_true(isnan(value_of("PR(:20)", &many, NULL)));
    assert_true(value_of("p50", &one, NULL) == 7);
    assert_true(value_of("p99", &equal, NULL) == 5);
    assert_true(value_of("PR(:5)", &equal, NULL) == 100);
    assert_true(isnan(value_of("Sum", &none, NULL)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(values_come_from_set_and_sketch),
        cmocka_unit_test(sets_alone_know_few_percentiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
