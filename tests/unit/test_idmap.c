/* test_idmap.c - numbers to pointers, also when somebody chooses the numbers.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/idmap.h"

#define MANY 100000

static int values[MANY];

static void
an_empty_map_has_nothing(void **state)
{
    struct idmap map = { .slots = NULL };

    (void)state;
    assert_null(idmap_find(&map, 0));
    idmap_clear(&map);
    idmap_fini(&map);
}

/* Counted ids, ids made from the time, and ids far apart, as trackers make them. */
static void
ids_of_trackers_are_found_again(void **state)
{
    static const uint64_t steps[] = { 1, 1000, 99999999, UINT64_C(1) << 32 };

    (void)state;
    for (size_t s = 0; s < sizeof steps / sizeof steps[0]; s++) {
        struct idmap map = { .slots = NULL };

        for (uint64_t i = 0; i < MANY; i++)
            assert_true(idmap_put(&map, i * steps[s], &values[i]));
        assert_int_equal(map.count, MANY);
        for (uint64_t i = 0; i < MANY; i++)
            assert_ptr_equal(idmap_find(&map, i * steps[s]), &values[i]);
        assert_null(idmap_find(&map, MANY * steps[s] + 1));
        idmap_fini(&map);
    }
}

static void
the_last_value_of_an_id_counts(void **state)
{
    struct idmap map = { .slots = NULL };

    (void)state;
    assert_true(idmap_put(&map, 7, &values[0]));
    assert_true(idmap_put(&map, 7, &values[1]));
    assert_int_equal(map.count, 1);
    assert_ptr_equal(idmap_find(&map, 7), &values[1]);
    idmap_clear(&map);
    assert_null(idmap_find(&map, 7));
    assert_true(idmap_put(&map, 7, &values[2]));
    assert_ptr_equal(idmap_find(&map, 7), &values[2]);
    idmap_fini(&map);
}

/* The number whose hash is that: the inverse of the multiplication, modulo 2^64. */
static uint64_t
number_of(uint64_t hash)
{
    uint64_t product = hash ^ hash >> 32, inverse = 1, factor = UINT64_C(0x9e3779b97f4a7c15);

    for (int i = 0; i < 6; i++)
        inverse *= 2 - factor * inverse;
    return product * inverse;
}

/* All begin at the same slot, however many slots there are. */
static void
numbers_that_were_made_to_meet_are_given_up(void **state)
{
    struct idmap map = { .slots = NULL };
    size_t taken = 0;

    (void)state;
    for (uint64_t i = 0; i < 10000; i++) {
        uint64_t id = number_of(i << 40);

        assert_int_equal(idmap_hash(id), i << 40);
        taken += idmap_put(&map, id, &values[i]);
    }
    assert_true(taken >= IDMAP_STEPS && taken < 10000);
    assert_true(map.slot_count <= 16 * 2 * IDMAP_STEPS);
    for (uint64_t i = 0; i < IDMAP_STEPS / 2; i++)
        assert_ptr_equal(idmap_find(&map, number_of(i << 40)), &values[i]);
    assert_null(idmap_find(&map, number_of(UINT64_C(9999) << 40)));
    idmap_fini(&map);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_has_nothing),
        cmocka_unit_test(ids_of_trackers_are_found_again),
        cmocka_unit_test(the_last_value_of_an_id_counts),
        cmocka_unit_test(numbers_that_were_made_to_meet_are_given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
