/* test_numbers.c - keys keep their numbers while the table grows.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MANY 100000

struct key {
    uint32_t low, high;
};

static struct key
key_of(uint32_t i)
{
    return (struct key){ i % 7, i / 7 };
}

static void
numbers_grow_in_order_of_arrival(void **state)
{
    struct numbers n = { .width = sizeof(struct key) };

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        const struct key key = key_of(i);

        assert_int_equal(numbers_find(&n, &key), NUMBERS_NONE);
        assert_int_equal(numbers_take(&n, &key), i);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        const struct key key = key_of(i);

        assert_int_equal(numbers_take(&n, &key), i);
        assert_int_equal(numbers_find(&n, &key), i);
        assert_memory_equal(n.keys + i * sizeof key, &key, sizeof key);
    }
    assert_int_equal(n.count, MANY);
    numbers_fini(&n);
}

static void
a_key_costs_little_more_than_its_width(void **state)
{
    struct numbers n = { .width = 16 };

    (void)state;
    for (uint64_t i = 0; i < MANY; i++) {
        const uint64_t key[2] = { i, i };

        numbers_take(&n, key);
    }
    assert_true(numbers_bytes(&n) < (size_t)MANY * (16 + 16));
    numbers_fini(&n);
}

static void
what_was_emptied_counts_from_zero(void **state)
{
    struct numbers n = { .width = 16 };

    (void)state;
    assert_int_equal(numbers_find(&n, "0123456789abcdef"), NUMBERS_NONE);
    assert_int_equal(numbers_take(&n, "0123456789abcdef"), 0);
    numbers_fini(&n);
    assert_int_equal(numbers_find(&n, "0123456789abcdef"), NUMBERS_NONE);
    assert_int_equal(numbers_take(&n, "fedcba9876543210"), 0);
    numbers_fini(&n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_grow_in_order_of_arrival),
        cmocka_unit_test(a_key_costs_little_more_than_its_width),
        cmocka_unit_test(what_was_emptied_counts_from_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
