/* test_byte_range.c - Range headers against sizes.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/byte_range.h"

static void
ranges_are_cut_to_what_is_there(void **state)
{
    static const struct {
        const char *header;
        uint64_t size;
        enum byte_range_kind kind;
        uint64_t from, length;
    } cases[] = {
        { NULL, 10, BYTE_RANGE_WHOLE, 0, 10 },
        { "bytes=0-3", 10, BYTE_RANGE_PART, 0, 4 },
        { "BYTES=9-9", 10, BYTE_RANGE_PART, 9, 1 },
        { "bytes=4-", 10, BYTE_RANGE_PART, 4, 6 },
        { "bytes=4-400", 10, BYTE_RANGE_PART, 4, 6 },
        { "bytes=0-99999999999999999999999", 10, BYTE_RANGE_PART, 0, 10 },
        { "bytes=-3", 10, BYTE_RANGE_PART, 7, 3 },
        { "bytes=-30", 10, BYTE_RANGE_PART, 0, 10 },
        { "bytes=10-", 10, BYTE_RANGE_OUTSIDE, 0, 0 },
        { "bytes=0-0", 0, BYTE_RANGE_OUTSIDE, 0, 0 },
        { "bytes=-0", 10, BYTE_RANGE_OUTSIDE, 0, 0 },
        { "bytes=-5", 0, BYTE_RANGE_OUTSIDE, 0, 0 },
        { "bytes=18446744073709551615-", UINT64_MAX, BYTE_RANGE_OUTSIDE, 0, 0 },
        { "bytes=0-18446744073709551615", UINT64_MAX, BYTE_RANGE_PART, 0, UINT64_MAX },
        /* to be left alone */
        { "bytes=5-4", 10, BYTE_RANGE_WHOLE, 0, 10 },
        { "bytes=-", 10, BYTE_RANGE_WHOLE, 0, 10 },
        { "bytes=", 10, BYTE_RANGE_WHOLE, 0, 10 },
        { "bytes=0-1,3-4", 10, BYTE_RANGE_WHOLE, 0, 10 },
        { "bytes=0 - 1", 10, BYTE_RANGE_WHOLE, 0, 10 },
        { "items=0-1", 10, BYTE_RANGE_WHOLE, 0, 10 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct byte_range range = byte_range_read(cases[i].header, cases[i].size);

        if (range.kind != cases[i].kind || range.from != cases[i].from ||
            range.length != cases[i].length)
            fail_msg("%s: kind %d, from %llu, length %llu",
                     cases[i].header == NULL ? "none" : cases[i].header, (int)range.kind,
                     (unsigned long long)range.from, (unsigned long long)range.length);
    }
}

static void
an_answer_says_where_its_part_is(void **state)
{
    static const char *const wrong[] = { "bytes 0-9/*", "bytes 0-10/10", "bytes 3-2/10",
                                         "bytes */10",  "bytes 0-9/10x", "0-9/10",
                                         "bytes -9/10" };
    uint64_t from = 77, size = 77;

    (void)state;
    assert_true(byte_range_read_content("bytes 3-9/10", &from, &size));
    assert_int_equal(from, 3);
    assert_int_equal(size, 10);
    assert_false(byte_range_read_content(NULL, &from, &size));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (byte_range_read_content(wrong[i], &from, &size))
            fail_msg("%s was taken", wrong[i]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_cut_to_what_is_there),
        cmocka_unit_test(an_answer_says_where_its_part_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
