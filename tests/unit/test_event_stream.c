/* test_event_stream.c - frames there and back, in pieces, and damaged.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "wire/event_stream.h"

static void
from_hex(struct buf *b, const char *hex)
{
    buf_init(b, 1 << 20);
    for (; *hex != '\0'; hex += 2) {
        char pair[3] = { hex[0], hex[1], '\0' };

        buf_addc(b, (char)strtol(pair, NULL, 16));
    }
}

/* A vector of the specification's own test suite: one int32 header (which is read over), and a
 * payload; and the empty message. */
static void
the_specification_s_frames_are_read(void **state)
{
    static const struct {
        const char *hex;
        const char *payload;
    } cases[] = {
        { "000000100000000005c248eb7d98c8ff", "" },
        { "0000002d0000001041c424b80a6576656e742d747970650400"
          "00a00c7b27666f6f273a27626172277d36f480a0",
          "{'foo':'bar'}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct event_decoder d;
        struct event_frame frame;
        struct err err = { 0 };
        struct buf bytes;
        bool has = false;

        from_hex(&bytes, cases[i].hex);
        event_decoder_init(&d);
        assert_int_equal(event_decoder_add(&d, bytes.data, bytes.len, &err), OK);
        if (event_decoder_next(&d, &frame, &has, &err) != OK)
            fail_msg("%s: %s", cases[i].hex, err.text);
        assert_true(has);
        assert_int_equal(frame.header_count, 0);
        assert_int_equal(frame.payload_len, strlen(cases[i].payload));
        assert_memory_equal(frame.payload, cases[i].payload, frame.payload_len);
        event_decoder_fini(&d);
        buf_fini(&bytes);
    }
}

static const struct event_header headers[] = {
    { ":message-type", "event" },
    { ":event-type", "sessionUpdate" },
    { "empty", "" },
};
#define HEADERS (sizeof headers / sizeof headers[0])

static void
add_three(struct buf *b)
{
    buf_init(b, 1 << 20);
    event_stream_add(b, headers, HEADERS, "{}", 2);
    event_stream_add(b, NULL, 0, NULL, 0);
    event_stream_add(b, headers, 1, "{\"a\":1}", 7);
}

static void
frames_come_out_as_they_went_in_however_cut(void **state)
{
    struct buf bytes;

    (void)state;
    add_three(&bytes);
    for (size_t piece = 1; piece <= bytes.len; piece++) {
        static const size_t lengths[] = { 2, 0, 7 };
        struct event_decoder d;
        size_t count = 0;

        event_decoder_init(&d);
        for (size_t at = 0; at < bytes.len; at += piece) {
            size_t len = bytes.len - at < piece ? bytes.len - at : piece;
            struct event_frame frame;
            bool has;

            assert_int_equal(event_decoder_add(&d, bytes.data + at, len, NULL), OK);
            while (event_decoder_next(&d, &frame, &has, NULL) == OK && has) {
                assert_true(count < 3);
                assert_int_equal(frame.payload_len, lengths[count]);
                if (count == 0) {
                    assert_string_equal(event_frame_get(&frame, ":event-type"), "sessionUpdate");
                    assert_string_equal(event_frame_get(&frame, "empty"), "");
                    assert_null(event_frame_get(&frame, "event-type"));
                }
                count++;
            }
        }
        assert_int_equal(count, 3);
        event_decoder_fini(&d);
    }
    buf_fini(&bytes);
}

static enum status
decode_all(const struct buf *bytes, size_t *count, struct err *err)
{
    struct event_decoder d;
    struct event_frame frame;
    enum status st;
    bool has = true;

    *count = 0;
    event_decoder_init(&d);
    st = event_decoder_add(&d, bytes->data, bytes->len, err);
    while (st == OK && has) {
        st = event_decoder_next(&d, &frame, &has, err);
        *count += st == OK && has;
    }
    event_decoder_fini(&d);
    return st;
}

static void
every_flipped_bit_is_noticed(void **state)
{
    struct buf bytes;

    (void)state;
    buf_init(&bytes, 1 << 20);
    event_stream_add(&bytes, headers, HEADERS, "{\"a\":1}", 7);
    for (size_t bit = 0; bit < bytes.len * 8; bit++) {
        struct err err = { 0 };
        size_t count;

        bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
        if (decode_all(&bytes, &count, &err) == OK)
            fail_msg("bit %zu may be anything", bit);
        bytes.data[bit / 8] = (char)(bytes.data[bit / 8] ^ 1 << bit % 8);
    }
    buf_fini(&bytes);
}

/* Sets both checksums right again after the bytes were changed. */
static void
seal(struct buf *b)
{
    uint32_t head = (uint32_t)crc32(0, (const unsigned char *)b->data, 8), all;

    for (size_t i = 0; i < 4; i++)
        b->data[8 + i] = (char)(unsigned char)(head >> (24 - 8 * i));
    all = (uint32_t)crc32(0, (const unsigned char *)b->data, (unsigned)b->len - 4);
    for (size_t i = 0; i < 4; i++)
        b->data[b->len - 4 + i] = (char)(unsigned char)(all >> (24 - 8 * i));
}

static void
lengths_that_lie_are_refused_with_right_checksums(void **state)
{
    static const struct {
        const char *what;
        size_t at;
        unsigned char byte;
        enum status st;
        const char *says;
    } cases[] = {
        { "a total of 16 MiB", 0, 1, E_LIMIT, "a frame of 16777" },
        { "a total of less than nothing", 3, 1, E_INVALID, "contradict each other" },
        { "headers beyond the frame", 6, 1, E_INVALID, "contradict each other" },
        { "a name beyond the headers", 12, 200, E_INVALID, "do not add up" },
        { "a value beyond the headers", 27, 255, E_INVALID, "do not add up" },
        { "a type that is none", 26, 10, E_INVALID, "do not add up" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = { 0 };
        struct buf bytes;
        size_t count;

        buf_init(&bytes, 1 << 20);
        event_stream_add(&bytes, headers, 1, "{}", 2);
        bytes.data[cases[i].at] = (char)cases[i].byte;
        seal(&bytes);
        if (decode_all(&bytes, &count, &err) != cases[i].st ||
            strstr(err.text, cases[i].says) == NULL)
            fail_msg("%s: expected \"%s\", got \"%s\"", cases[i].what, cases[i].says, err.text);
        buf_fini(&bytes);
    }
}

static void
more_than_two_frames_may_not_wait(void **state)
{
    char *zeros = calloc(1, EVENT_FRAME_MAX);
    struct event_decoder d;

    (void)state;
    event_decoder_init(&d);
    assert_int_equal(event_decoder_add(&d, zeros, EVENT_FRAME_MAX, NULL), OK);
    assert_int_equal(event_decoder_add(&d, zeros, EVENT_FRAME_MAX, NULL), OK);
    assert_int_equal(event_decoder_add(&d, zeros, 1, NULL), E_LIMIT);
    event_decoder_fini(&d);
    free(zeros);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_specification_s_frames_are_read),
        cmocka_unit_test(frames_come_out_as_they_went_in_however_cut),
        cmocka_unit_test(every_flipped_bit_is_noticed),
        cmocka_unit_test(lengths_that_lie_are_refused_with_right_checksums),
        cmocka_unit_test(more_than_two_frames_may_not_wait),
    };

    return cmocka_run_group_tests_name("event stream", tests, NULL, NULL);
}
