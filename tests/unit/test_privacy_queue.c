/* test_privacy_queue.c - what waits, what finds no room, and what a flood is.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "emulator/privacy_queue.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

static void
push(struct privacy_queue *q, size_t bytes, size_t lines)
{
    struct privacy_load *load = xcalloc(1, sizeof *load);

    buf_init(&load->bytes, bytes);
    buf_room(&load->bytes, bytes);
    buf_grown(&load->bytes, bytes);
    load->lines = lines;
    privacy_queue_push(q, load);
}

static size_t
drain(struct privacy_queue *q)
{
    struct privacy_load *load;
    size_t count = 0;

    for (; (load = privacy_queue_pop(q)) != NULL; count++)
        privacy_load_free(load);
    return count;
}

static void
first_in_is_first_out(void **state)
{
    struct privacy_queue q;

    (void)state;
    privacy_queue_init(&q);
    assert_null(privacy_queue_pop(&q));
    assert_true(privacy_queue_is_settled(&q));
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 1; i <= 3; i++)
            push(&q, i, 0);
        assert_int_equal(q.count, 3);
        assert_int_equal(q.bytes, 6);
        assert_false(privacy_queue_is_settled(&q));
        for (size_t i = 1; i <= 3; i++) {
            struct privacy_load *load = privacy_queue_pop(&q);

            assert_int_equal(load->bytes.len, i);
            privacy_load_free(load);
        }
        assert_int_equal(q.bytes, 0);
        assert_true(privacy_queue_is_settled(&q));
    }
}

static void
lines_leave_room_for_requests(void **state)
{
    struct privacy_queue q;
    size_t loads = 0, requests = 0;

    (void)state;
    privacy_queue_init(&q);
    while (q.lines_missed == 0) {
        push(&q, 128 * KIB, 300);
        loads++;
    }
    assert_int_equal(q.lines_missed, 300);
    assert_in_range(q.bytes, 11 * MIB, 12 * MIB);
    assert_false(privacy_queue_takes_lines(&q, 7));
    assert_int_equal(q.lines_missed, 307);
    while (q.requests_missed == 0) {
        push(&q, 128 * KIB, 0);
        requests++;
    }
    assert_int_equal(q.requests_missed, 1);
    assert_in_range(q.bytes, 15 * MIB, 16 * MIB);
    assert_int_equal(drain(&q), loads - 1 + requests - 1);
    assert_false(privacy_queue_is_settled(&q)); /* it is not told yet */
    assert_true(privacy_queue_takes_lines(&q, 7));
    assert_int_equal(q.lines_missed, 307);
}

static void
a_flood_is_much_that_came_just_now(void **state)
{
    struct privacy_queue q;
    bool is_flooded = false;

    (void)state;
    privacy_queue_init(&q);
    push(&q, 512 * KIB, 1000);
    assert_false(privacy_queue_is_flooded(&q)); /* little waits */
    push(&q, 2 * MIB, 1000);
    for (int i = 0; i < 100 && !is_flooded; i++) { /* just now, however slow this machine is */
        q.lines_ns = mono_ns();
        is_flooded = privacy_queue_is_flooded(&q);
    }
    assert_true(is_flooded);
    q.lines_ns = 1;
    assert_false(privacy_queue_is_flooded(&q)); /* the last of it was long ago */
    push(&q, 128 * KIB, 0);
    assert_false(privacy_queue_is_flooded(&q)); /* a request is none */
    assert_int_equal(drain(&q), 3);
    assert_false(privacy_queue_is_flooded(&q));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_in_is_first_out),
        cmocka_unit_test(lines_leave_room_for_requests),
        cmocka_unit_test(a_flood_is_much_that_came_just_now),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
