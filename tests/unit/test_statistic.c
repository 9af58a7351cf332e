/* test_statistic.c - CloudWatch's statistic names and their values.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/mem.h"
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
        { "p12.3456789", OK, STATISTIC_PERCENTILE },
        { "tm90", OK, STATISTIC_TRIMMED_MEAN },
        { "tm99.99", OK, STATISTIC_TRIMMED_MEAN },
        { "wm98", OK, STATISTIC_WINSORIZED_MEAN },
        { "tc90", OK, STATISTIC_TRIMMED_COUNT },
        { "ts90", OK, STATISTIC_TRIMMED_SUM },
        { "IQM", OK, STATISTIC_TRIMMED_MEAN },
        { "TM(10%:90%)", OK, STATISTIC_TRIMMED_MEAN },
        { "TM(5%:)", OK, STATISTIC_TRIMMED_MEAN },
        { "TM(:95%)", OK, STATISTIC_TRIMMED_MEAN },
        { "TM(150:1000)", OK, STATISTIC_TRIMMED_MEAN },
        { "WM(:1000)", OK, STATISTIC_WINSORIZED_MEAN },
        { "TC(0.005:0.030)", OK, STATISTIC_TRIMMED_COUNT },
        { "TS(80%:)", OK, STATISTIC_TRIMMED_SUM },
        { "TM(10%:1000)", E_INVALID, 0 },
        { "TM(10:90%)", E_INVALID, 0 },
        { "TM(90%:10%)", E_INVALID, 0 },
        { "TM(50%:50%)", E_INVALID, 0 },
        { "TM(10%:101%)", E_INVALID, 0 },
        { "TM(:)", E_INVALID, 0 },
        { "TM(%:)", E_INVALID, 0 },
        { "TM()", E_INVALID, 0 },
        { "TM(10%)", E_INVALID, 0 },
        { "TM(1:2:3)", E_INVALID, 0 },
        { "TM10", E_INVALID, 0 },
        { "tm(10%:90%)", E_INVALID, 0 },
        { "tm", E_INVALID, 0 },
        { "tm101", E_INVALID, 0 },
        { "tm0", E_INVALID, 0 },
        { "PR(10%:90%)", E_INVALID, 0 },
        { "pr90", E_INVALID, 0 },
        { "IQM(1:2)", E_INVALID, 0 },
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
    assert_true(value_of("TM(10%:90%)", &equal, NULL) == 5);
    assert_true(value_of("TC(4:5)", &equal, NULL) == 3);
    assert_true(isnan(value_of("tm90", &many, NULL)));
    assert_true(isnan(value_of("Sum", &none, NULL)));
}

static void
assert_near(const char *name, const struct statistic_set *set, const struct sketch *sk, double want)
{
    double got = value_of(name, set, sk);

    if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
        fail_msg("%s: %.17g, not %.17g", name, got, want);
}

#define NEAR(name, want) assert_near(name, &set, sk, want)

/* 10, 20, ... 100: each covers a tenth of the way. */
static void
trimmed_statistics_weigh_the_edges(void **state)
{
    const struct statistic_set set = { 10, 550, 10, 100 };
    struct sketch *sk = sketch_new();

    (void)state;
    for (int i = 1; i <= 10; i++)
        sketch_add(sk, 10 * i, 1);
    NEAR("tm90", 450.0 / 9);
    NEAR("tc90", 9);
    NEAR("ts90", 450);
    NEAR("TM(:90%)", 450.0 / 9);
    NEAR("TM(5%:)", (550 - 5) / 9.5); /* half of the first value is inside */
    NEAR("TC(5%:)", 9.5);
    NEAR("TS(5%:95%)", 550 - 5 - 50);
    NEAR("IQM", (0.5 * 30 + 40 + 50 + 60 + 70 + 0.5 * 80) / 5);
    NEAR("TM(25%:75%)", value_of("IQM", &set, sk));
    NEAR("wm90", (550 - 100 + 91) / 10.0); /* p90 is 91 */
    NEAR("WM(10%:90%)", (550 - 10 - 100 + 19 + 91) / 10.0);
    sketch_free(sk);
}

static void
bounds_of_values_exclude_the_lower_one(void **state)
{
    const struct statistic_set set = { 10, 550, 10, 100 };
    struct sketch *sk = sketch_new();

    (void)state;
    for (int i = 1; i <= 10; i++)
        sketch_add(sk, 10 * i, 1);
    NEAR("TC(20:50)", 3);
    NEAR("TM(20:50)", 40);
    NEAR("TS(20:50)", 120);
    NEAR("TM(:20)", 15);
    NEAR("TC(95:)", 1);
    NEAR("WM(20:50)", (20 + 20 + 30 + 40 + 6 * 50) / 10.0);
    NEAR("WM(:50)", (10 + 20 + 30 + 40 + 6 * 50) / 10.0);
    NEAR("WM(500:)", 500);
    assert_true(isnan(value_of("TM(500:)", &set, sk)));
    NEAR("TC(500:)", 0);
    NEAR("TS(500:)", 0);
    sketch_free(sk);
}

static void
negative_values_have_no_distribution(void **state)
{
    const struct statistic_set set = { 2, 4, -1, 5 };
    struct sketch *sk = sketch_new();

    (void)state;
    sketch_add(sk, -1, 1);
    sketch_add(sk, 5, 1);
    assert_true(isnan(value_of("p50", &set, sk)));
    assert_true(isnan(value_of("tm90", &set, sk)));
    assert_true(value_of("Average", &set, sk) == 2);
    sketch_free(sk);
}

static const char *const loose[] = { "tm90",        "tm99",        "TM(10%:90%)", "IQM",
                                     "wm90",        "WM(5%:95%)",  "ts90",        "TS(80%:)",
                                     "tc75",        "TM(:700)",    "TM(300:900)", "WM(300:900)",
                                     "TS(300:900)", "TC(300:900)", "PR(:500)" };

/* Far past the exact limit, against the same statistic of all the values. */
static void
many_values_stay_within_one_percent(void **state)
{
    struct statistic_set set = { 0, 0, 1e300, 0 };
    struct arena *arena = arena_new();
    struct sketch *all = sketch_new_in(arena), *binned = sketch_new();

    (void)state;
    for (int i = 0; i < 3000; i++) {
        double value = 100 + (i * 7919) % 3001 / 2.0;

        sketch_add(all, value, 1);
        sketch_add(binned, value, 1);
        set.count++;
        set.sum += value;
        set.min = fmin(set.min, value);
        set.max = fmax(set.max, value);
    }
    assert_true(sketch_is_exact(all));
    assert_false(sketch_is_exact(binned));
    for (size_t i = 0; i < sizeof loose / sizeof loose[0]; i++) {
        double want = value_of(loose[i], &set, all), got = value_of(loose[i], &set, binned);

        if (!(fabs(got - want) <= 0.01 * want))
            fail_msg("%s: %.17g, not %.17g", loose[i], got, want);
    }
    sketch_free(binned);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read),
        cmocka_unit_test(trimmed_statistics_weigh_the_edges),
        cmocka_unit_test(bounds_of_values_exclude_the_lower_one),
        cmocka_unit_test(negative_values_have_no_distribution),
        cmocka_unit_test(many_values_stay_within_one_percent),
        cmocka_unit_test(values_come_from_set_and_sketch),
        cmocka_unit_test(sets_alone_know_few_percentiles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
