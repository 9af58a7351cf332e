/* test_top.c - the first few are those that sorting everything would bring to the front.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/top.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 1000

static int
ascending(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static void
fill(uint32_t numbers[MANY], uint32_t below)
{
    uint32_t state = 7;

    for (size_t i = 0; i < MANY; i++) {
        state = state * 1664525u + 1013904223u;
        numbers[i] = (state >> 8) % below;
    }
}

static void
the_front_is_as_if_all_were_sorted(void **state)
{
    static const size_t wanted[] = { 0, 1, 2, 3, 20, 124, 125, 126, 500, MANY, MANY + 1 };
    static const uint32_t below[] = { 1, 3, 1000000 };
    uint32_t numbers[MANY], sorted[MANY], whole[MANY];

    (void)state;
    for (size_t b = 0; b < sizeof below / sizeof below[0]; b++) {
        fill(sorted, below[b]);
        qsort(sorted, MANY, sizeof sorted[0], ascending);
        for (size_t w = 0; w < sizeof wanted / sizeof wanted[0]; w++) {
            size_t front = wanted[w] < MANY ? wanted[w] : MANY;

            fill(numbers, below[b]);
            top_sort(numbers, MANY, sizeof numbers[0], wanted[w], ascending);
            assert_memory_equal(numbers, sorted, front * sizeof numbers[0]);
            memcpy(whole, numbers, sizeof whole); /* none was lost */
            qsort(whole, MANY, sizeof whole[0], ascending);
            assert_memory_equal(whole, sorted, sizeof sorted);
        }
    }
}

static void
nothing_is_sorted_without_complaint(void **state)
{
    uint32_t one = 1;

    (void)state;
    top_sort(&one, 0, sizeof one, 5, ascending);
    top_sort(&one, 1, sizeof one, 5, ascending);
    assert_int_equal(one, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_is_as_if_all_were_sorted),
        cmocka_unit_test(nothing_is_sorted_without_complaint),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
