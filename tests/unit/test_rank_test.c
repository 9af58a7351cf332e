/* test_rank_test.c - U, z and p against values computed elsewhere.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "domain/rank_test.h"

static void
is_near(double got, double wanted, double by)
{
    if (!(fabs(got - wanted) <= by))
        fail_msg("%.9g is not %.9g", got, wanted);
}

/* Each value is larger than each other one: U is all pairs. By hand: mean 12.5, variance
 * 5 * 5 * 11 / 12, continuity 0.5. */
static void
apart(void **state)
{
    static const double a[] = { 1, 2, 3, 4, 5 }, b[] = { 6, 7, 8, 9, 10 };
    struct rank_test up = rank_test(a, 5, b, 5), down = rank_test(b, 5, a, 5);

    (void)state;
    is_near(up.u, 25, 0);
    is_near(up.z, 12 / sqrt(25 * 11 / 12.0), 1e-12);
    is_near(up.p, 0.0060928901, 1e-7);
    is_near(down.u, 0, 0);
    is_near(down.z, -up.z, 1e-12);
    is_near(down.p, 1 - up.p, 1e-12);
}

/* Ties of two, three and one: sum(t^3 - t) = 6 + 24, N = 9. Ranks by hand: 1, 2.5, 2.5, 4, 6, 6,
 * 6, 8, 9, so the later four sum to 6 + 6 + 8 + 9 and U is 29 - 10. */
static void
ties_count_half(void **state)
{
    static const double a[] = { 1, 2, 2, 3, 5 }, b[] = { 5, 5, 7, 9 };
    struct rank_test t = rank_test(a, 5, b, 4);

    (void)state;
    is_near(t.u, 19, 0);
    is_near(t.z, 8.5 / sqrt(20 / 12.0 * (10 - 30 / 72.0)), 1e-12);
}

static void
what_is_alike_is_no_finding(void **state)
{
    static const double a[] = { 1, 2, 3, 4, 5, 6, 7, 8 }, same[] = { 4, 4, 4, 4 };

    (void)state;
    is_near(rank_test(a, 8, a, 8).z, 0, 0);
    is_near(rank_test(a, 8, a, 8).p, 0.5, 1e-12);
    is_near(rank_test(same, 4, same, 4).p, 1, 0);
    is_near(rank_test(a, 0, a, 8).p, 1, 0);
    is_near(rank_test(NULL, 0, NULL, 0).p, 1, 0);
}

/* One sample of a thousand under chance is called worse about as often as p says. */
static void
p_is_how_often_chance_does_it(void **state)
{
    uint64_t seed = 3;
    int below = 0;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        double values[2][30];

        for (size_t side = 0; side < 2; side++) {
            for (size_t i = 0; i < 30; i++) {
                size_t at = i;
                double value;

                seed = seed * 6364136223846793005u + 1442695040888963407u;
                value = (double)(seed >> 55); /* 0 to 511: some are equal */
                for (; at > 0 && values[side][at - 1] > value; at--)
                    values[side][at] = values[side][at - 1];
                values[side][at] = value;
            }
        }
        below += rank_test(values[0], 30, values[1], 30).p < 0.05;
    }
    assert_in_range(below, 70, 130);
}

static void
quantiles_lie_between_ranks(void **state)
{
    static const double v[] = { 10, 20, 30, 40, 50 };

    (void)state;
    is_near(rank_quantile(v, 5, 0.75), 40, 0);
    is_near(rank_quantile(v, 4, 0.75), 32.5, 1e-12);
    is_near(rank_quantile(v, 1, 0.75), 10, 0);
    is_near(rank_quantile(v, 5, 1), 50, 0);
    is_near(rank_quantile(v, 5, 0), 10, 0);
    assert_true(isnan(rank_quantile(v, 0, 0.75)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apart),
        cmocka_unit_test(ties_count_half),
        cmocka_unit_test(what_is_alike_is_no_finding),
        cmocka_unit_test(p_is_how_often_chance_does_it),
        cmocka_unit_test(quantiles_lie_between_ranks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
