/* test_intake.c - the ring of what arrived.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emulator/intake.h"

static const struct intake_filter all = { .kinds = UINT32_MAX };

static void
add(struct intake *in, enum intake_kind kind, const char *verdict, const char *body, size_t len)
{
    intake_add(in, &(struct intake_item){ .kind = kind,
                                          .status = 200,
                                          .size = len,
                                          .method = "POST",
                                          .path = "/x",
                                          .verdict = verdict,
                                          .headers = "A: b\n",
                                          .headers_len = 5,
                                          .body = body,
                                          .body_len = len });
}

static void
items_come_back_as_they_went_in(void **state)
{
    struct intake *in = intake_new();
    struct arena *arena = arena_new();
    struct intake_item item;
    uint64_t id = 0;

    (void)state;
    assert_false(intake_next(in, arena, &id, &all, INTAKE_ALL, &item));
    add(in, INTAKE_HTTP, "accepted", "hello", 5);
    add(in, INTAKE_EMF_UDP, "2 values", "line", 4);
    assert_true(intake_next(in, arena, &id, &all, INTAKE_ALL, &item));
    assert_int_equal(id, 1);
    assert_int_equal(item.id, 1);
    assert_string_equal(item.verdict, "accepted");
    assert_string_equal(item.method, "POST");
    assert_string_equal(item.reason, "");
    assert_string_equal(item.headers, "A: b\n");
    assert_string_equal(item.body, "hello");
    id++;
    assert_true(intake_next(in, arena, &id, &all, INTAKE_LINE, &item));
    assert_int_equal(item.kind, INTAKE_EMF_UDP);
    assert_null(item.body);
    assert_int_equal(item.size, 4);
    id++;
    assert_false(intake_next(in, arena, &id, &all, INTAKE_ALL, &item));
    arena_free(arena);
    intake_free(in);
}

static void
kinds_can_be_chosen(void **state)
{
    struct intake *in = intake_new();
    struct arena *arena = arena_new();
    struct intake_item item;
    uint64_t id;

    (void)state;
    for (int i = 0; i < 10; i++)
        add(in, i % 2 == 0 ? INTAKE_HTTP : INTAKE_EMF_TCP, "", "", 0);
    id = intake_newest(in, &(struct intake_filter){ .kinds = 1U << INTAKE_EMF_TCP }, 2);
    assert_int_equal(id, 8);
    assert_true(intake_next(in, arena, &id, &(struct intake_filter){ .kinds = 1U << INTAKE_HTTP },
                            INTAKE_ALL, &item));
    assert_int_equal(id, 9);
    assert_int_equal(intake_newest(in, &all, 100), 1);
    intake_add(in, &(struct intake_item){ .path = "/api/send", .method = "POST", .headers = "" });
    add(in, INTAKE_HTTP, "", "", 0);
    id = intake_newest(in, &(struct intake_filter){ UINT32_MAX, "/api/" }, 1);
    assert_int_equal(id, 11);
    id = 1;
    assert_true(intake_next(in, arena, &id, &(struct intake_filter){ UINT32_MAX, "/api/" },
                            INTAKE_HEADERS, &item));
    assert_string_equal(item.path, "/api/send");
    assert_null(item.body);
    assert_false(intake_next(in, arena, &id, &(struct intake_filter){ UINT32_MAX, "/api/sender" },
                             INTAKE_LINE, &item));
    arena_free(arena);
    intake_free(in);
}

static void
check_all(struct intake *in, uint64_t last)
{
    struct intake_stats stats;
    struct intake_item item;
    uint64_t expected;

    intake_stats(in, &stats);
    assert_int_equal(stats.next_id, last + 1);
    assert_true(stats.items <= INTAKE_ITEMS && stats.bytes <= INTAKE_BYTES);
    expected = stats.oldest_id;
    for (uint64_t id = 0;; id++) {
        struct arena *arena = arena_new();
        bool found = intake_next(in, arena, &id, &all, INTAKE_ALL, &item);

        if (found) {
            assert_int_equal(id, expected);
            expected++;
            for (size_t i = 0; i < item.body_len; i++)
                assert_int_equal(item.body[i], (char)('a' + id % 26));
        }
        arena_free(arena);
        if (!found)
            break;
    }
    assert_int_equal(expected, last + 1);
}

/* What had to make room is counted; what was removed on purpose is not. */
static void
check_forgotten(struct intake *in, uint64_t count)
{
    struct intake_stats stats;

    intake_stats(in, &stats);
    for (size_t i = 0; i < INTAKE_KINDS; i++)
        assert_int_equal(stats.forgotten[i], i == INTAKE_HTTP ? count : 0);
}

static void
the_ring_is_bounded_in_items_and_bytes(void **state)
{
    struct intake *in = intake_new();
    static char body[INTAKE_BODY_MAX + 1000];
    uint64_t id = 0;

    (void)state;
    for (size_t i = 0; i < 3 * INTAKE_ITEMS; i++) {
        id++;
        memset(body, (char)('a' + id % 26), 8);
        add(in, INTAKE_HTTP, "", body, 8);
    }
    check_all(in, id);
    check_forgotten(in, 2 * INTAKE_ITEMS);
    for (size_t i = 0; i < 200; i++) {
        size_t len = (i * 7919) % sizeof body;

        id++;
        memset(body, (char)('a' + id % 26), len);
        add(in, INTAKE_HTTP, "", body, len);
    }
    check_all(in, id);
    intake_clear(in);
    check_all(in, id);
    check_forgotten(in, 0);
    intake_free(in);
}

static void
credentials_never_enter(void **state)
{
    static const char *const secret[] = {
        "Authorization", "cookie", "COOKIE", "Set-Cookie", "X-Amz-Security-Token", "x-api-key"
    };
    struct buf b;

    (void)state;
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        buf_init(&b, 1000);
        intake_print_header(&b, secret[i], "swordfish");
        assert_null(strstr(b.data, "swordfish"));
        assert_non_null(strstr(b.data, secret[i]));
        buf_fini(&b);
    }
    buf_init(&b, 1000);
    intake_print_header(&b, "Umami-Event", "buy\r\nUmami-Rule: bot"); /* stays one line */
    intake_print_header(&b, "Content-Type", "text/plain");
    assert_string_equal(b.data, "Umami-Event: buy  Umami-Rule: bot\nContent-Type: text/plain\n");
    buf_clear(&b);
    intake_print_path(&b, "/p", "a=1&token=swordfish&X-Amz-Signature=swordfish&tokens=2&token");
    assert_string_equal(b.data, "/p?a=1&token=***&X-Amz-Signature=***&tokens=2&token");
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_back_as_they_went_in),
        cmocka_unit_test(kinds_can_be_chosen),
        cmocka_unit_test(the_ring_is_bounded_in_items_and_bytes),
        cmocka_unit_test(credentials_never_enter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
