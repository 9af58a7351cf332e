/* fuzz_event_stream.c - any bytes in any pieces: frames within their bounds, or a sentence.
 * SPDX-License-Identifier: MIT
 *
 * The first byte says how long the pieces are. Checksums would keep a fuzzer out, so the same bytes
 * are also taken as the headers and payload of a frame whose checksums are right. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include "wire/event_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_frame(const struct event_frame *frame)
{
    size_t sum = 0;

    assert(frame->header_count <= EVENT_HEADERS_MAX);
    for (size_t i = 0; i < frame->header_count; i++) {
        assert(strlen(frame->headers[i].name) <= 255);
        assert(strlen(frame->headers[i].value) <= 65535);
    }
    for (size_t i = 0; i < frame->payload_len; i++)
        sum += (unsigned char)frame->payload[i];
    assert(frame->payload_len <= EVENT_FRAME_MAX && sum <= 255 * frame->payload_len);
}

static void
decode(const char *bytes, size_t len, size_t piece)
{
    struct event_decoder d;
    enum status st = OK;

    event_decoder_init(&d);
    for (size_t at = 0; at < len && st == OK; at += piece) {
        struct err err = { 0 };
        struct event_frame frame;
        bool has = true;

        st = event_decoder_add(&d, bytes + at, len - at < piece ? len - at : piece, &err);
        while (st == OK && has) {
            st = event_decoder_next(&d, &frame, &has, &err);
            if (st == OK && has)
                check_frame(&frame);
        }
        assert(st == OK || err.text[0] != '\0');
    }
    event_decoder_fini(&d);
}

static void
put_number(struct buf *b, size_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_addc(b, (char)(unsigned char)(n >> shift));
}

/* A frame around the bytes, of which the first half are its headers. */
static void
decode_sealed(const char *bytes, size_t len, size_t piece)
{
    struct buf b;

    buf_init(&b, EVENT_FRAME_MAX * 2);
    put_number(&b, 12 + len + 4);
    put_number(&b, len / 2);
    put_number(&b, crc32(0, (const unsigned char *)b.data, 8));
    buf_add(&b, bytes, len);
    put_number(&b, crc32(0, (const unsigned char *)b.data, (unsigned)b.len));
    decode(b.data, b.len, piece);
    buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t piece = size > 0 ? (size_t)data[0] + 1 : 1;

    if (size == 0)
        return 0;
    decode((const char *)data + 1, size - 1, piece);
    decode_sealed((const char *)data + 1, size - 1, piece);
    return 0;
}
