/* test_base64.c - the vectors of RFC 4648, both ways, and what is none.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"

static const struct {
    const char *plain, *padded, *bare;
} vectors[] = {
    { "", "", "" },
    { "f", "Zg==", "Zg" },
    { "fo", "Zm8=", "Zm8" },
    { "foo", "Zm9v", "Zm9v" },
    { "foob", "Zm9vYg==", "Zm9vYg" },
    { "fooba", "Zm9vYmE=", "Zm9vYmE" },
    { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
};

static void
vectors_hold_both_ways(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        buf_clear(&b);
        base64_print(&b, vectors[i].plain, strlen(vectors[i].plain), 0);
        assert_string_equal(b.len == 0 ? "" : b.data, vectors[i].padded);
        buf_clear(&b);
        base64_print(&b, vectors[i].plain, strlen(vectors[i].plain), BASE64_UNPADDED);
        assert_string_equal(b.len == 0 ? "" : b.data, vectors[i].bare);
        buf_clear(&b);
        assert_true(base64_read(&b, vectors[i].padded, strlen(vectors[i].padded)));
        assert_int_equal(b.len, strlen(vectors[i].plain));
        assert_memory_equal(b.len == 0 ? "" : b.data, vectors[i].plain, b.len);
    }
    buf_fini(&b);
}

static void
each_alphabet_has_its_signs(void **state)
{
    static const char bytes[] = "\xfb\xff\xbf";
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    base64_print(&b, bytes, 3, 0);
    base64_print(&b, bytes, 3, BASE64_URL);
    assert_string_equal(b.data, "+/+/-_-_");
    assert_int_equal(base64_digit('-'), base64_digit('+'));
    assert_int_equal(base64_digit('_'), 63);
    assert_int_equal(base64_digit('='), -1);
    buf_fini(&b);
}

static void
what_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {
        "Z", "Zg", "Zg=", "Z===", "=Zm9", "Zm9-", "Zm 9", "Zm9v="
    };
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(base64_is_valid(wrong[i], strlen(wrong[i])));
        assert_false(base64_read(&b, wrong[i], strlen(wrong[i])));
    }
    assert_int_equal(b.len, 0);
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_hold_both_ways),
        cmocka_unit_test(each_alphabet_has_its_signs),
        cmocka_unit_test(what_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
