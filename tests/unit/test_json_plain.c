/* test_json_plain.c - two readers, one tree.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/json_own.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void
same_links(const cJSON *a, const cJSON *b)
{
    const cJSON *last = NULL;

    assert_int_equal(a->type, b->type);
    assert_int_equal(a->valueint, b->valueint);
    if (b->string != NULL)
        assert_string_equal(a->string, b->string);
    for (a = a->child, b = b->child; a != NULL && b != NULL; a = a->next, b = b->next) {
        same_links(a, b);
        assert_true(last == NULL || a->prev == last);
        last = a;
    }
    assert_true(a == NULL && b == NULL);
    assert_true(last == NULL || last->next == NULL);
}

/* Whether the quick reader read it. */
static bool
agree(const char *text, size_t length)
{
    struct arena *arena = arena_new();
    const cJSON *plain = json_read_plain(arena, text, length);
    bool is_read = plain != NULL;
    cJSON *value = NULL;
    struct buf a, b;

    buf_init(&a, 1 << 20);
    buf_init(&b, 1 << 20);
    if (json_parse(&value, text, length, NULL) != OK && is_read)
        fail_msg("cJSON does not read %.*s", (int)length, text);
    if (is_read) {
        same_links(plain, value);
        json_print(&a, plain);
        json_print(&b, value);
        assert_string_equal(a.data, b.data);
    }
    buf_fini(&b);
    buf_fini(&a);
    cJSON_Delete(value);
    arena_free(arena);
    return is_read;
}

static const char *const usual[] = {
    "{}",
    "[]",
    " [ ] ",
    "{\"a\":1}",
    "[1,2,3]",
    "\n{ \"a\" : [ { } , [ ] , { \"b\" : null } ] }\r\n",
    "{\"a\":{\"b\":{\"c\":[true,false,null]}},\"d\":\"\"}",
    "\"text\"",
    "7",
    "-0",
    "-1.5e3",
    "0.1",
    "1e-7",
    "1795394134547",
    "123456789012345678901234567890",
    "0.30000000000000004",
    "74.614",
    "1.7976931348623157e308",
    "5e-324",
    "1e999",
    "9007199254740993",
    "2147483648",
    "-2147483649",
    "{\"quoted\":\"\\\"{\\\\\\/}\\\" \\n\\t\\r\\b\\f\"}",
    "{\"M\xc3\xbcnchen\":\"\xf0\x9f\x98\x80 \x7f \xff\"}",
    "{\"a\":1,\"a\":2}",
    "{\"eight678\":\"eight678eight678\"}",
};

static const char *const odd[] = {
    "",           " ",
    "{",          "[1,]",
    "{\"a\":1,}", "{\"a\"}",
    "{\"a\" 1}",  "[1 2]",
    "01",         "1.",
    ".5",         "-",
    "+1",         "1e",
    "nul",        "True",
    "\"a",        "\"\\u0041\"",
    "\"\\x\"",    "\"\\",
    "{} {}",      "[1]]",
    "\"a\nb\"",   "{1:2}",
    "[\"a\":1]",  "\xef\xbb\xbf{}",
    "{,}",        "1e99999",
    "'a'",        "{\"a\":undefined}",
};

static void
both_read_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(usual); i++) {
        if (!agree(usual[i], strlen(usual[i])))
            fail_msg("left to cJSON: %s", usual[i]);
    }
    for (size_t i = 0; i < COUNT(odd); i++) {
        if (agree(odd[i], strlen(odd[i])))
            fail_msg("read: %s", odd[i]);
    }
    assert_false(agree("{}\0", 3));
    assert_false(agree("\"a\0b\"", 5));
}

static void
depth_has_the_same_limit(void **state)
{
    char text[2 * (JSON_DEPTH_MAX + 1)];

    (void)state;
    for (int depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        assert_int_equal(agree(text, 2 * (size_t)depth), depth <= JSON_DEPTH_MAX);
    }
}

/* What happens to bytes on their way, over and over. */
static void
what_is_broken_reads_alike(void **state)
{
    static const char bytes[] = "{}[]\",:\\0123456789.-+eEtrufalsn \n\x7f\xc3";
    uint32_t seed = 1;
    size_t read = 0;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        const char *from = usual[(seed >> 8) % COUNT(usual)];
        size_t length = strlen(from);
        char text[128];

        memcpy(text, from, length + 1);
        for (int k = 0; k < 1 + i % 3; k++) {
            seed = seed * 1664525u + 1013904223u;
            text[(seed >> 8) % length] = bytes[(seed >> 20) % (sizeof bytes - 1)];
        }
        seed = seed * 1664525u + 1013904223u;
        read += agree(text, length - (seed >> 16) % 2);
    }
    assert_in_range(read, 20000, 180000);
}

static void
many_numbers_are_rounded_alike(void **state)
{
    uint32_t seed = 7;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        char text[64];

        seed = seed * 1664525u + 1013904223u;
        snprintf(text, sizeof text, "[%u.%ue%d,0.%u%u]", seed >> (i % 32), seed >> 3,
                 (int)(seed >> 27) - 16, seed >> 5, seed >> 9);
        assert_true(agree(text, strlen(text)));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_read_alike),
        cmocka_unit_test(depth_has_the_same_limit),
        cmocka_unit_test(what_is_broken_reads_alike),
        cmocka_unit_test(many_numbers_are_rounded_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
