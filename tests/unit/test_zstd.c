/* test_zstd.c - zstd written in pieces and opened within bounds.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "wire/zstd.h"

#define BYTES 300000

static char *
some_bytes(void)
{
    char *bytes = xmalloc(BYTES);
    uint32_t x = 7;

    for (size_t i = 0; i < BYTES; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (char)(x >> 29);
    }
    return bytes;
}

/* Cut into pieces of `step`. */
static struct zstd_writer *
pack(const char *bytes, size_t step)
{
    struct zstd_writer *writer = zstd_writer_new(BYTES * 2);

    for (size_t at = 0; at < BYTES; at += step)
        zstd_writer_add(writer, bytes + at, BYTES - at < step ? BYTES - at : step);
    return writer;
}

static void
what_went_in_comes_out(void **state)
{
    char *bytes = some_bytes();
    struct zstd_writer *once = pack(bytes, BYTES), *pieces = pack(bytes, 777);
    const struct buf *a = zstd_writer_end(once), *b = zstd_writer_end(pieces);
    struct buf out, twice;

    (void)state;
    assert_true(zstd_is(a->data, a->len));
    assert_true(a->len < BYTES / 2);
    assert_int_equal(a->len, b->len);
    assert_memory_equal(a->data, b->data, a->len);

    buf_init(&out, BYTES * 2);
    buf_init(&twice, BYTES * 2);
    buf_add(&twice, a->data, a->len);
    buf_add(&twice, a->data, a->len);
    assert_int_equal(zstd_open(&out, twice.data, twice.len, NULL),
                     OK); /* two frames, to the brim */
    assert_int_equal(out.len, BYTES * 2);
    assert_memory_equal(out.data, bytes, BYTES);
    assert_memory_equal(out.data + BYTES, bytes, BYTES);
    buf_fini(&out);
    buf_fini(&twice);
    zstd_writer_free(once);
    zstd_writer_free(pieces);
    free(bytes);
}

static void
bounds_hold_both_ways(void **state)
{
    char *bytes = some_bytes();
    struct zstd_writer *writer = pack(bytes, BYTES), *tiny = zstd_writer_new(100);
    const struct buf *packed = zstd_writer_end(writer);
    struct err err;
    struct buf out;

    (void)state;
    zstd_writer_add(tiny, bytes, BYTES);
    assert_null(zstd_writer_end(tiny));
    buf_init(&out, BYTES - 1);
    assert_int_equal(zstd_open(&out, packed->data, packed->len, &err), E_LIMIT);
    buf_fini(&out);
    buf_init(&out, BYTES);
    for (size_t len = 0; len < packed->len; len += len < 40 ? 1 : 997) {
        buf_clear(&out);
        assert_int_equal(zstd_open(&out, packed->data, len, &err), E_INVALID);
    }
    buf_clear(&out);
    assert_int_equal(zstd_open(&out, "\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff", 10, &err),
                     E_INVALID);
    assert_false(zstd_is("\x28\xb5\x2f", 3));
    buf_fini(&out);
    zstd_writer_free(writer);
    zstd_writer_free(tiny);
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_went_in_comes_out),
        cmocka_unit_test(bounds_hold_both_ways),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
