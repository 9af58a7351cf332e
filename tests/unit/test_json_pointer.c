/* test_json_pointer.c - steps of a pointer, and where in a text they lead.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/json_pointer.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static void
a_step_is_escaped(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 64);
    json_pointer_add(&b, "a/b");
    json_pointer_add(&b, "~");
    json_pointer_add(&b, "");
    assert_string_equal(b.data, "/a~1b/~0/");
    buf_fini(&b);
    assert_true(json_pointer_is_step("a~1b~0", 6, "a/b~"));
    assert_false(json_pointer_is_step("a~1b", 4, "a/bc"));
    assert_false(json_pointer_is_step("a~1b", 4, "a/"));
    assert_true(json_pointer_is_step("", 0, ""));
}

/* The value that is pointed to begins with what is expected. */
static void
a_value_is_found_in_its_text(void **state)
{
    static const struct {
        const char *text, *pointer, *begins;
    } rows[] = {
        { " {\"a\":1}", "", "{" },
        { "{\"a\" : \"x\" , \"b\":{\"c\":[1,\"]\",{\"d\":true}]}}", "/a", "\"x\"" },
        { "{\"a\" : \"x\" , \"b\":{\"c\":[1,\"]\",{\"d\":true}]}}", "/b/c", "[1" },
        { "{\"a\" : \"x\" , \"b\":{\"c\":[1,\"]\",{\"d\":true}]}}", "/b/c/1", "\"]\"" },
        { "{\"a\" : \"x\" , \"b\":{\"c\":[1,\"]\",{\"d\":true}]}}", "/b/c/2/d", "true" },
        { "{\"x\":{\"a\":1},\"a\":2}", "/a", "2" },
        { "{\"\\u0061\":1,\"a\\\"\":2}", "/a", "1" },
        { "{\"\\u0061\":1,\"a\\\"\":2}", "/a\"", "2" },
        { "{\"a/b\":1,\"~\":[]}", "/a~1b", "1" },
        { "{\"a/b\":1,\"~\":[ ]}", "/~0", "[ ]" },
        { "{\"a\":\"\\\\\",\"b\":-1.5e3,\"c\":null}", "/c", "null" },
        { "[[],{},[[1]]]", "/2/0/0", "1" },
        /* What is not there stands where that begins in which it is missing. */
        { "{\"a\":{\"b\":1}}", "/a/c/d", "{\"b\"" },
        { "{\"a\":[1,2]}", "/a/2", "[1" },
        { "{\"a\":[1,2]}", "/a/01", "[1" },
        { "{\"a\":5}", "/a/b", "5" },
        { "{\"a\":5}", "/b", "{" },
        { "7", "/b", "7" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const size_t length = strlen(rows[i].text);
        const size_t at = json_pointer_offset(rows[i].text, length, rows[i].pointer);

        assert_true(at < length);
        if (strncmp(rows[i].text + at, rows[i].begins, strlen(rows[i].begins)) != 0)
            fail_msg("%s %s: %s", rows[i].text, rows[i].pointer, rows[i].text + at);
    }
}

/* Whatever is asked of whatever text, the answer lies in it. */
static void
no_text_is_left(void **state)
{
    static const char whole[] = "{\"a\":[1,\"b\\\"\",{\"c\":[{}]}],\"d\" : 5 }";
    static const char *const pointers[] = { "", "/", "/a", "/a/1", "/a/2/c/0", "/d", "/e", "/a/9" };

    (void)state;
    for (size_t length = 0; length < sizeof whole; length++) {
        char *text = malloc(length + 1); /* so that a checker sees its end */

        memcpy(text, whole, length);
        text = realloc(text, length == 0 ? 1 : length);
        for (size_t i = 0; i < COUNT(pointers); i++)
            assert_in_range(json_pointer_offset(text, length, pointers[i]), 0, length);
        free(text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_escaped),
        cmocka_unit_test(a_value_is_found_in_its_text),
        cmocka_unit_test(no_text_is_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
