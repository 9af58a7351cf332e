/* test_inflate.c - compressed bodies, whole, damaged and oversized.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#define ZLIB_CONST /* input is not written to */
#include <zlib.h>

#include "base/mem.h"
#include "wire/inflate.h"

#define GZIP (15 + 16)
#define ZLIB 15

/* Compresses into a fresh allocation of exactly the right size. */
static unsigned char *
packed(const void *bytes, size_t len, int window, size_t *packed_len)
{
    z_stream z = { 0 };
    unsigned char *room, *exact;
    size_t most;

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window, 9, Z_DEFAULT_STRATEGY), Z_OK);
    most = deflateBound(&z, (uLong)len);
    room = xmalloc(most);
    z.next_in = bytes;
    z.avail_in = (uInt)len;
    z.next_out = room;
    z.avail_out = (uInt)most;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    *packed_len = most - z.avail_out;
    deflateEnd(&z);
    exact = xmalloc(*packed_len);
    memcpy(exact, room, *packed_len);
    free(room);
    return exact;
}

static const char text[] = "{\"Namespace\":\"Shop/Web\",\"MetricData\":[{\"MetricName\":\"LCP\"}]}";
#define TEXT_LEN (sizeof text - 1)

static enum status
unpack(struct buf *out, size_t max, const char *encoding, const void *bytes, size_t len,
       struct err *err)
{
    buf_init(out, max);
    *err = (struct err){ 0 };
    return inflate_body(out, encoding, bytes, len, err);
}

static void
gzip_and_zlib_come_back_whole(void **state)
{
    static const char *const gzip[] = { "gzip", "GZIP", "x-gzip", " gzip\t" };
    struct buf out;
    struct err err;
    size_t len;
    unsigned char *bytes = packed(text, TEXT_LEN, GZIP, &len);

    (void)state;
    for (size_t i = 0; i < sizeof gzip / sizeof gzip[0]; i++) {
        assert_true(inflate_is_needed(gzip[i]));
        assert_int_equal(unpack(&out, 1000, gzip[i], bytes, len, &err), OK);
        assert_string_equal(out.data, text);
        buf_fini(&out);
    }
    assert_int_equal(unpack(&out, 1000, "deflate", bytes, len, &err), E_INVALID);
    buf_fini(&out);
    free(bytes);
    bytes = packed(text, TEXT_LEN, ZLIB, &len);
    assert_int_equal(unpack(&out, 1000, "deflate", bytes, len, &err), OK);
    assert_string_equal(out.data, text);
    buf_fini(&out);
    free(bytes);
    bytes = packed("", 0, GZIP, &len);
    assert_int_equal(unpack(&out, 0, "gzip", bytes, len, &err), OK);
    assert_int_equal(out.len, 0);
    buf_fini(&out);
    free(bytes);
}

static void
plain_bodies_and_unknown_encodings(void **state)
{
    static const char *const unknown[] = { "br", "gzip, gzip", "zstd", "gzipped", "gzi" };
    struct buf out;
    struct err err;

    (void)state;
    assert_false(inflate_is_needed(NULL));
    assert_false(inflate_is_needed(""));
    assert_false(inflate_is_needed("Identity"));
    assert_int_equal(unpack(&out, 100, NULL, text, TEXT_LEN, &err), OK);
    assert_string_equal(out.data, text);
    buf_fini(&out);
    assert_int_equal(unpack(&out, 10, NULL, text, TEXT_LEN, &err), E_LIMIT);
    buf_fini(&out);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_true(inflate_is_needed(unknown[i]));
        assert_int_equal(unpack(&out, 100, unknown[i], text, TEXT_LEN, &err), E_UNSUPPORTED);
        assert_non_null(strstr(err.text, unknown[i]));
        buf_fini(&out);
    }
}

static void
the_cap_is_exact(void **state)
{
    size_t big = 100000, len;
    char *zeros = xcalloc(big, 1);
    unsigned char *bytes = packed(zeros, big, GZIP, &len);
    struct buf out;
    struct err err;

    (void)state;
    assert_true(len < 200); /* 500 to 1 */
    assert_int_equal(unpack(&out, big, "gzip", bytes, len, &err), OK);
    assert_int_equal(out.len, big);
    buf_fini(&out);
    assert_int_equal(unpack(&out, big - 1, "gzip", bytes, len, &err), E_LIMIT);
    assert_true(out.cap <= big);
    buf_fini(&out);
    assert_int_equal(unpack(&out, 0, "gzip", bytes, len, &err), E_LIMIT);
    buf_fini(&out);
    free(bytes);
    free(zeros);
}

static void
several_members_are_one_body(void **state)
{
    size_t len;
    unsigned char *bytes = packed(text, TEXT_LEN, GZIP, &len);
    unsigned char *twice = xmalloc(2 * len + 1);
    struct buf out;
    struct err err;

    (void)state;
    memcpy(twice, bytes, len);
    memcpy(twice + len, bytes, len);
    assert_int_equal(unpack(&out, 1000, "gzip", twice, 2 * len, &err), OK);
    assert_int_equal(out.len, 2 * TEXT_LEN);
    buf_fini(&out);
    twice[2 * len] = 'x';
    assert_int_equal(unpack(&out, 1000, "gzip", twice, 2 * len + 1, &err), E_INVALID);
    assert_string_equal(err.text, "1 bytes behind the compressed body");
    buf_fini(&out);
    free(twice);
    free(bytes);
}

static void
every_cut_is_noticed(void **state)
{
    size_t len;
    unsigned char *bytes = packed(text, TEXT_LEN, GZIP, &len);

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        unsigned char *part = xmalloc(cut);
        struct buf out;
        struct err err;

        memcpy(part, bytes, cut);
        assert_int_equal(unpack(&out, 1000, "gzip", part, cut, &err), E_INVALID);
        assert_string_equal(err.text, "the compressed body is cut short");
        buf_fini(&out);
        free(part);
    }
    free(bytes);
}

static void
no_flipped_bit_passes_for_the_text(void **state)
{
    size_t len;
    unsigned char *bytes = packed(text, TEXT_LEN, GZIP, &len);

    (void)state;
    for (size_t bit = 80; bit < 8 * len; bit++) { /* behind the header, whose flags may vary */
        struct buf out;
        struct err err;

        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_int_not_equal(unpack(&out, 100000, "gzip", bytes, len, &err), OK);
        assert_true(err.text[0] != '\0');
        buf_fini(&out);
        bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_and_zlib_come_back_whole),
        cmocka_unit_test(plain_bodies_and_unknown_encodings),
        cmocka_unit_test(the_cap_is_exact),
        cmocka_unit_test(several_members_are_one_body),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(no_flipped_bit_passes_for_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
