/* test_hex.c - hexadecimal digits.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
every_digit_has_its_value_and_nothing_else_has_one(void **state)
{
    static const char all[] = "0123456789abcdef0123456789ABCDEF";

    (void)state;
    for (int c = -128; c < 128; c++) {
        const char *at = c == 0 ? NULL : strchr(all, (char)c);
        int expected = at == NULL ? -1 : (int)(at - all) % 16;

        assert_int_equal(hex_digit((char)c), expected);
    }
}

static void
every_byte_comes_back(void **state)
{
    unsigned char in[256], out[256];
    char text[513];

    (void)state;
    for (int i = 0; i < 256; i++)
        in[i] = (unsigned char)i;
    hex_format(text, in, sizeof in);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102", 6);
    assert_memory_equal(text + 506, "fdfeff", 6);
    assert_true(hex_parse(out, text, sizeof out));
    assert_memory_equal(in, out, sizeof in);
}

static void
reads_one_spelling_only(void **state)
{
    static const char *const wrong[] = { "AB", "aB", "a", "", "0x", " 1", "g0", "0g", "0\xc3" };
    unsigned char byte = 0;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (hex_parse(&byte, wrong[i], 1))
            fail_msg("\"%s\" was read", wrong[i]);
    }
    assert_true(hex_parse(&byte, "ab", 1));
    assert_int_equal(byte, 0xab);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_digit_has_its_value_and_nothing_else_has_one),
        cmocka_unit_test(every_byte_comes_back),
        cmocka_unit_test(reads_one_spelling_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
