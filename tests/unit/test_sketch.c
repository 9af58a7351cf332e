/* test_sketch.c - exact while few, within one percent beyond, the same after a trip through bytes.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/pack.h"
#include "domain/sketch.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 88172645463325252u;

static double
uniform(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static int
ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* Linear interpolation between ranks over sorted values. */
static double
truth(const double *sorted, size_t n, double q)
{
    double rank = q * (double)(n - 1);
    size_t low = (size_t)rank;

    if (low + 1 >= n)
        return sorted[n - 1];
    return sorted[low] + (sorted[low + 1] - sorted[low]) * (rank - (double)low);
}

static const double quantiles[] = { 0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1 };
#define QUANTILES (sizeof quantiles / sizeof quantiles[0])

static void
few_values_are_exact(void **state)
{
    struct sketch *sk = sketch_new();

    (void)state;
    assert_true(isnan(sketch_quantile(sk, 0.5)));
    for (int i = 10; i > 0; i--)
        sketch_add(sk, i, 1);
    assert_true(sketch_is_exact(sk));
    assert_true(sketch_quantile(sk, 0.75) == 7.75);
    assert_true(sketch_quantile(sk, 0) == 1 && sketch_quantile(sk, 1) == 10);
    sketch_free(sk);
}

static void
equal_values_stay_exact_however_many(void **state)
{
    struct sketch *sk = sketch_new();

    (void)state;
    for (int i = 0; i < 100000; i++)
        sketch_add(sk, i % 3, 1);
    assert_true(sketch_is_exact(sk));
    assert_true(sketch_quantile(sk, 0.5) == 1);
    sketch_free(sk);
}

static void
counts_weigh(void **state)
{
    struct sketch *sk = sketch_new();

    (void)state;
    sketch_add(sk, 10, 3);
    sketch_add(sk, 20, 1);
    assert_true(sketch_count(sk) == 4);
    assert_true(sketch_quantile(sk, 0.5) == 10);
    assert_true(sketch_quantile(sk, 5.0 / 6) == 15);
    sketch_add(sk, NAN, 1);
    sketch_add(sk, INFINITY, 1);
    sketch_add(sk, 1, -1);
    sketch_add(sk, 1, 0);
    assert_true(sketch_count(sk) == 4);
    sketch_free(sk);
}

static void
check_within(const struct sketch *sk, double *values, size_t n)
{
    qsort(values, n, sizeof *values, ascending);
    for (size_t i = 0; i < QUANTILES; i++) {
        double want = truth(values, n, quantiles[i]), got = sketch_quantile(sk, quantiles[i]);

        if (fabs(got - want) > 0.01 * fabs(want))
            fail_msg("q %g: %.17g instead of %.17g", quantiles[i], got, want);
    }
}

/* Shapes that data come in: latencies, shifts, both signs, many magnitudes. */
static double
draw(int shape)
{
    switch (shape) {
    case 0:
        return exp(6 + 2 * (uniform() + uniform() + uniform() - 1.5));
    case 1:
        return uniform() * 5000;
    case 2:
        return -exp(uniform() * 20);
    case 3:
        return uniform() < 0.3 ? 0 : uniform();
    default:
        return exp((uniform() - 0.5) * 1000);
    }
}

static void
many_values_are_within_one_percent(void **state)
{
    enum { N = 20000 };
    double *values = malloc(N * sizeof *values);

    (void)state;
    for (int shape = 0; shape < 5; shape++) {
        struct sketch *sk = sketch_new();

        for (size_t i = 0; i < N; i++) {
            values[i] = draw(shape);
            sketch_add(sk, values[i], 1);
        }
        assert_false(sketch_is_exact(sk));
        check_within(sk, values, N);
        sketch_free(sk);
    }
    free(values);
}

static void
merging_is_like_adding(void **state)
{
    enum { N = 3000 };
    double *values = malloc(N * sizeof *values);
    struct arena *arena = arena_new();
    struct sketch *all = sketch_new_in(arena);

    (void)state;
    for (size_t part = 0; part < 30; part++) {
        struct sketch *sk = sketch_new();
        struct buf b;

        /* Parts of every size: some exact, some not. */
        for (size_t i = part * 100; i < part * 100 + 100; i++) {
            values[i] = draw(part % 2 == 0 ? 0 : 1);
            sketch_add(sk, values[i], 1);
        }
        buf_init(&b, 100000);
        sketch_encode(sk, &b);
        assert_true(sketch_decode(all, b.data, b.len));
        buf_fini(&b);
        sketch_free(sk);
    }
    assert_true(sketch_count(all) == N);
    assert_true(sketch_is_exact(all)); /* answers hold more than what is stored */
    qsort(values, N, sizeof *values, ascending);
    for (size_t i = 0; i < QUANTILES; i++)
        assert_true(fabs(sketch_quantile(all, quantiles[i]) - truth(values, N, quantiles[i])) <=
                    1e-12 * truth(values, N, quantiles[i]));
    free(values);
    arena_free(arena);
}

static void
histograms_merge_within_one_percent(void **state)
{
    enum { N = 10000 };
    double *values = malloc(N * sizeof *values);
    struct sketch *all = sketch_new();

    (void)state;
    for (size_t part = 0; part < 10; part++) {
        struct arena *arena = arena_new();
        struct sketch *sk = sketch_new(), *read = sketch_new_in(arena);
        struct buf b;

        for (size_t i = part * N / 10; i < (part + 1) * N / 10; i++) {
            values[i] = draw((int)part % 4);
            sketch_add(sk, values[i], 1);
        }
        buf_init(&b, 100000);
        sketch_encode(sk, &b);
        assert_true(sketch_decode(read, b.data, b.len));
        for (size_t i = 0; i < QUANTILES; i++)
            assert_true(sketch_quantile(read, quantiles[i]) == sketch_quantile(sk, quantiles[i]));
        sketch_merge(all, read);
        buf_fini(&b);
        sketch_free(sk);
        arena_free(arena);
    }
    assert_true(sketch_count(all) == N);
    check_within(all, values, N);
    free(values);
    sketch_free(all);
}

static void
bytes_survive_and_damage_is_refused(void **state)
{
    struct sketch *sk = sketch_new();
    struct buf b;

    (void)state;
    buf_init(&b, 100000);
    for (size_t i = 0; i < 1000; i++)
        sketch_add(sk, draw(0), i % 2 == 0 ? 1 : 2.5);
    sketch_encode(sk, &b);
    for (size_t i = 0; i < b.len; i++) {
        char kept = b.data[i];

        for (int flip = 1; flip < 256; flip += 37) {
            struct arena *arena = arena_new();
            struct sketch *lazy = sketch_new_in(arena), *eager = sketch_new();

            b.data[i] = (char)(kept ^ flip);
            /* Whatever it answers, it must stay within its bytes. */
            if (sketch_decode(lazy, b.data, b.len))
                (void)sketch_quantile(lazy, 0.75);
            if (sketch_decode(eager, b.data, b.len))
                (void)sketch_quantile(eager, 0.25);
            sketch_free(eager);
            arena_free(arena);
        }
        b.data[i] = kept;
    }
    for (size_t len = 1; len < b.len; len++) {
        struct sketch *eager = sketch_new();

        assert_false(sketch_decode(eager, b.data, len));
        sketch_free(eager);
    }
    buf_fini(&b);
    sketch_free(sk);
}

static void
numbers_pack_exactly(void **state)
{
    static const double numbers[] = { 0,    1,    -1,   1834.2,    0.043, 1e300,   -1e-300,
                                      2500, 1e15, 1e22, 123456.78, 0.1,   1.0 / 3, 4e13 };
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct unpack u;

        buf_clear(&b);
        pack_number(&b, numbers[i]);
        assert_true(b.len <= PACK_NUMBER_MAX);
        u = unpack_over(b.data, b.len);
        assert_true(unpack_number(&u) == numbers[i]);
        assert_true(!u.bad && u.at == u.end);
    }
    buf_clear(&b);
    pack_number(&b, 1834.2);
    assert_true(b.len == 3);
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(few_values_are_exact),
        cmocka_unit_test(equal_values_stay_exact_however_many),
        cmocka_unit_test(counts_weigh),
        cmocka_unit_test(many_values_are_within_one_percent),
        cmocka_unit_test(merging_is_like_adding),
        cmocka_unit_test(histograms_merge_within_one_percent),
        cmocka_unit_test(bytes_survive_and_damage_is_refused),
        cmocka_unit_test(numbers_pack_exactly),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
