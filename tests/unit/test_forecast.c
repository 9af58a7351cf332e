/* test_forecast.c - forecasts of days and sums, and whether their intervals keep their word.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "domain/forecast.h"

#define HISTORY 90
#define AHEAD   28
#define MONTHS  2000
#define PI      3.14159265358979323846

static uint64_t seed;

static double
uniform(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return ((double)(seed >> 11) + 0.5) * 0x1p-53;
}

static double
normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(2 * PI * uniform());
}

/* What a day costs: 4 dollars, less on weekends, and 8 % up or down. */
static int64_t
cost_of(int64_t day)
{
    static const double week[7] = { 4.1e6, 4.2e6, 4.3e6, 4.2e6, 4.0e6, 2.9e6, 2.7e6 };

    return llround(week[(day + 3) % 7] * (1 + 0.08 * normal()));
}

/* How often, in percent, truth lay inside: of the first day, of the sum. */
static void
back_test(double level, size_t history_days, double *of_day, double *of_sum)
{
    size_t days = 0, sums = 0;

    for (int month = 0; month < MONTHS; month++) {
        struct forecast_value ahead[AHEAD], total;
        int64_t history[HISTORY], first = 20000 + month, truth = 0, next = 0;

        for (size_t i = 0; i < history_days; i++)
            history[i] = cost_of(first + (int64_t)i);
        assert_true(forecast_days(ahead, AHEAD, &total, history, history_days, first, level));
        for (size_t i = 0; i < AHEAD; i++) {
            next = cost_of(first + (int64_t)(history_days + i));
            days += i == 0 && next >= ahead[i].low && next <= ahead[i].high;
            truth += next;
        }
        sums += truth >= total.low && truth <= total.high;
    }
    *of_day = 100.0 * (double)days / MONTHS;
    *of_sum = 100.0 * (double)sums / MONTHS;
}

static void
the_interval_holds_as_often_as_it_says(void **state)
{
    static const double levels[] = { 51, 80, 95, 99 };

    (void)state;
    seed = 4;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        double of_day, of_sum;

        back_test(levels[i], HISTORY, &of_day, &of_sum);
        /* Three standard deviations of a share of 2,000. */
        if (fabs(of_day - levels[i]) > 3.4 || fabs(of_sum - levels[i]) > 3.4)
            fail_msg("%.0f %%: %.1f %% of the days and %.1f %% of the sums lay inside", levels[i],
                     of_day, of_sum);
        back_test(levels[i], 14, &of_day, &of_sum);
        if (fabs(of_day - levels[i]) > 4 || fabs(of_sum - levels[i]) > 4)
            fail_msg("two weeks, %.0f %%: %.1f %% of the days and %.1f %% of the sums lay inside",
                     levels[i], of_day, of_sum);
    }
}

static void
a_sum_is_surer_than_its_days(void **state)
{
    struct forecast_value ahead[AHEAD], total, part;
    int64_t history[HISTORY], low = 0, high = 0, mean = 0;

    (void)state;
    seed = 5;
    for (int64_t i = 0; i < HISTORY; i++)
        history[i] = cost_of(20000 + i);
    assert_true(forecast_days(ahead, AHEAD, &total, history, HISTORY, 20000, 80));
    for (size_t i = 0; i < AHEAD; i++) {
        assert_true(ahead[i].low < ahead[i].mean && ahead[i].mean < ahead[i].high);
        low += ahead[i].low;
        high += ahead[i].high;
        mean += ahead[i].mean;
    }
    assert_true(total.low > low && total.high < high);
    assert_int_equal(total.mean, mean); /* whoever adds the days up gets the sum that is told */
    assert_true(forecast_sum(&part, 0, AHEAD, history, HISTORY, 20000, 80));
    assert_memory_equal(&part, &total, sizeof part);
    assert_true(forecast_sum(&part, 5, 1, history, HISTORY, 20000, 80));
    assert_memory_equal(&part, &ahead[5], sizeof part);
}

static void
what_never_varies_is_certain(void **state)
{
    struct forecast_value ahead[7], total;
    int64_t history[21];

    (void)state;
    for (size_t i = 0; i < 21; i++)
        history[i] = 1000000 + (i % 7 == 0) * 500000;
    assert_true(forecast_days(ahead, 7, &total, history, 21, 20000, 95));
    assert_int_equal(ahead[0].mean, 1500000);
    assert_int_equal(ahead[0].low, 1500000);
    assert_int_equal(ahead[1].high, 1000000);
    assert_int_equal(total.mean, 7500000);
    assert_int_equal(total.low, 7500000);
}

static void
a_week_is_the_least(void **state)
{
    struct forecast_value ahead, total;
    int64_t history[10] = { 0, 0, 0, 5, 6, 5, 6, 5, 6, 5 };

    (void)state;
    assert_false(forecast_days(&ahead, 1, &total, history, 9, 20000, 80));
    assert_true(forecast_days(&ahead, 1, &total, history, 10, 20000, 80));
    assert_int_equal(ahead.mean, 5); /* 38 / 7: the days before the first cost do not count */
    assert_true(ahead.low >= 4);
    assert_false(forecast_days(&ahead, 1, &total, history, 3, 20000, 80));
    assert_false(forecast_days(&ahead, 1, &total, history, 0, 20000, 80));
}

static void
nothing_is_forecast_below_zero(void **state)
{
    struct forecast_value ahead, total;
    int64_t history[8] = { 100, 0, 0, 0, 0, 0, 0, 0 };

    (void)state;
    assert_true(forecast_days(&ahead, 1, &total, history, 8, 20000, 99));
    assert_int_equal(ahead.low, 0);
    assert_int_equal(total.low, 0);
    assert_true(ahead.high > 100);
}

static void
a_lasting_change_is_learnt_in_eight_weeks(void **state)
{
    struct forecast_value ahead, total;
    int64_t history[HISTORY];

    (void)state;
    for (size_t i = 0; i < HISTORY; i++)
        history[i] = i < HISTORY - 56 ? 9000000 : 3000000;
    assert_true(forecast_days(&ahead, 1, &total, history, HISTORY, 20000, 80));
    assert_int_equal(ahead.mean, 3000000);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_holds_as_often_as_it_says),
        cmocka_unit_test(a_sum_is_surer_than_its_days),
        cmocka_unit_test(what_never_varies_is_certain),
        cmocka_unit_test(a_week_is_the_least),
        cmocka_unit_test(nothing_is_forecast_below_zero),
        cmocka_unit_test(a_lasting_change_is_learnt_in_eight_weeks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
