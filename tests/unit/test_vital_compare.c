/* test_vital_compare.c - how often `check vitals` is wrong: by chance alone, and by overlooking.
 * SPDX-License-Identifier: MIT
 *
 * A run compares six routes by five vitals. Runs are drawn from distributions that vitals have:
 * skewed, with few different values, with a tail that has no variance. All is seeded. */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/check/vital_samples.h"

#define SERIES     30 /* 6 routes by 5 vitals */
#define VALUES_MAX 200

static uint64_t seed = 20261128;

static double
random_share(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return ((double)(seed >> 11) + 0.5) / 9007199254740992.0;
}

static double
random_normal(void)
{
    return sqrt(-2 * log(random_share())) * cos(6.283185307179586 * random_share());
}

/* LCP: log-normal, whole milliseconds. */
static double
skewed(void)
{
    return floor(2000 * exp(0.4 * random_normal()));
}

/* INP: a multiple of 8 ms, as browsers round it. */
static double
tied(void)
{
    return 8 * floor(8 * exp(0.5 * random_normal()));
}

/* CLS: mostly none. */
static double
mostly_zero(void)
{
    return random_share() < 0.7 ? 0 : floor(100 * random_share()) / 1000;
}

/* A tail of Pareto with exponent 1.1. */
static double
heavy(void)
{
    return floor(300 / pow(random_share(), 1 / 1.1));
}

/* TTFB: from a cache, or not. */
static double
two_peaks(void)
{
    return floor((random_share() < 0.5 ? 30 : 600) + 20 * random_normal() + 100);
}

static double (*const shapes[])(void) = { skewed, tied, mostly_zero, heavy, two_peaks };

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static struct vital_series
draw(double *values, size_t count, double (*shape)(void), double factor)
{
    for (size_t i = 0; i < count; i++)
        values[i] = factor * shape();
    qsort(values, count, sizeof *values, by_value);
    return (struct vital_series){ .values = values, .count = count };
}

static size_t
random_count(void)
{
    return 20 + (size_t)(random_share() * (VALUES_MAX - 20 + 1));
}

/* How many of a run's comparisons say "slower" or "faster", nothing having changed. */
static void
run(size_t *slower, size_t *faster)
{
    static double before[VALUES_MAX], later[VALUES_MAX];

    *slower = *faster = 0;
    for (size_t i = 0; i < SERIES; i++) {
        double (*shape)(void) = shapes[i % 5];
        struct vital_series a = draw(before, random_count(), shape, 1);
        struct vital_series b = draw(later, random_count(), shape, 1);
        struct vital_change change = vital_compare(&a, &b, SERIES);

        *slower += change.way == VITAL_SLOWER;
        *faster += change.way == VITAL_FASTER;
    }
}

static void
chance_alone_fails_at_most_one_run_in_twenty(void **state)
{
    enum { RUNS = 1000 };
    size_t alarms = 0, joys = 0;

    (void)state;
    for (size_t i = 0; i < RUNS; i++) {
        size_t slower, faster;

        run(&slower, &faster);
        alarms += slower > 0;
        joys += faster > 0;
    }
    print_message("of %d runs with %d comparisons, %zu say slower and %zu faster by chance\n", RUNS,
                  SERIES, alarms, joys);
    assert_true(alarms <= RUNS / 20);
    assert_true(joys <= RUNS / 20);
}

/* One comparison at the least number of samples, where a normal approximation is weakest. */
static void
chance_alone_fails_one_comparison_in_twenty_at_the_least_count(void **state)
{
    enum { RUNS = 4000 };
    double before[20], later[20];

    (void)state;
    for (size_t k = 0; k < 5; k++) {
        size_t alarms = 0;

        for (size_t i = 0; i < RUNS; i++) {
            struct vital_series a = draw(before, 20, shapes[k], 1);
            struct vital_series b = draw(later, 20, shapes[k], 1);

            alarms += vital_compare(&a, &b, 1).way == VITAL_SLOWER;
        }
        print_message("shape %zu: %zu of %d\n", k, alarms, RUNS);
        assert_true(alarms <= RUNS * 6 / 100); /* five, and four standard errors less */
    }
}

static size_t
found(double (*shape)(void), size_t count, size_t comparisons, size_t runs)
{
    static double before[VALUES_MAX], later[VALUES_MAX];
    size_t n = 0;

    for (size_t i = 0; i < runs; i++) {
        struct vital_series a = draw(before, count, shape, 1);
        struct vital_series b = draw(later, count, shape, 1.2);

        n += vital_compare(&a, &b, comparisons).way == VITAL_SLOWER;
    }
    return n;
}

/* A fifth slower: what a hundred samples of each side are enough to see. */
static void
a_regression_of_a_fifth_is_found(void **state)
{
    enum { RUNS = 1000 };

    (void)state;
    for (size_t k = 0; k < 5; k++)
        print_message("shape %zu, of %d with n = 100: %zu alone, %zu among 30\n", k, RUNS,
                      found(shapes[k], 100, 1, RUNS), found(shapes[k], 100, SERIES, RUNS));
    assert_true(found(skewed, 100, 1, RUNS) >= RUNS * 85 / 100);
    assert_true(found(skewed, 200, SERIES, RUNS) >= RUNS * 85 / 100);
    assert_int_equal(found(mostly_zero, 20, 1, 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_alone_fails_at_most_one_run_in_twenty),
        cmocka_unit_test(chance_alone_fails_one_comparison_in_twenty_at_the_least_count),
        cmocka_unit_test(a_regression_of_a_fifth_is_found),
    };

    return cmocka_run_group_tests_name("vital_compare", tests, NULL, NULL);
}
