/* event_stream.c - frames between checksums.
 * SPDX-License-Identifier: MIT
 *
 * Big-endian: total length, length of the headers, CRC-32 of these eight bytes, the headers, the
 * payload, CRC-32 of all before ("Amazon Event Stream Specification", smithy.io). A header is a
 * length and a name, a type, and a value whose length the type tells. The first checksum is checked
 * before a length is believed, so a stream that has lost its step is noticed at once, and not after
 * waiting for gigabytes. */
#include "config.h"

#include "wire/event_stream.h"

#include <stdint.h>
#include <string.h>
#include <zlib.h>

#define PRELUDE     12 /* two lengths and their checksum */
#define CRC         4
#define TYPE_BYTES  6
#define TYPE_STRING 7

static uint32_t
checksum(const void *bytes, size_t len)
{
    return (uint32_t)crc32(0, bytes, (unsigned)len);
}

/* --- writing --- */

static void
put_number(struct buf *b, uint32_t n, int bytes)
{
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
        buf_addc(b, (char)(unsigned char)(n >> shift));
}

void
event_stream_add(struct buf *b, const struct event_header *headers, size_t count,
                 const void *payload, size_t len)
{
    size_t start = b->len, headers_len = 0;

    for (size_t i = 0; i < count; i++)
        headers_len += 1 + strlen(headers[i].name) + 1 + 2 + strlen(headers[i].value);
    put_number(b, (uint32_t)(PRELUDE + headers_len + len + CRC), 4);
    put_number(b, (uint32_t)headers_len, 4);
    if (buf_failed(b))
        return;
    put_number(b, checksum(b->data + start, 8), 4);
    for (size_t i = 0; i < count; i++) {
        put_number(b, (uint32_t)strlen(headers[i].name), 1);
        buf_adds(b, headers[i].name);
        put_number(b, TYPE_STRING, 1);
        put_number(b, (uint32_t)strlen(headers[i].value), 2);
        buf_adds(b, headers[i].value);
    }
    buf_add(b, payload, len);
    if (buf_failed(b))
        return;
    put_number(b, checksum(b->data + start, b->len - start), 4);
}

/* --- reading --- */

const char *
event_frame_get(const struct event_frame *frame, const char *name)
{
    for (size_t i = 0; i < frame->header_count; i++) {
        if (strcmp(frame->headers[i].name, name) == 0)
            return frame->headers[i].value;
    }
    return NULL;
}

void
event_decoder_init(struct event_decoder *d)
{
    *d = (struct event_decoder){ .given = 0 };
    buf_init(&d->bytes, 2 * EVENT_FRAME_MAX);
    buf_init(&d->names, EVENT_FRAME_MAX);
}

void
event_decoder_fini(struct event_decoder *d)
{
    buf_fini(&d->bytes);
    buf_fini(&d->names);
}

enum status
event_decoder_add(struct event_decoder *d, const void *bytes, size_t len, struct err *err)
{
    buf_consume(&d->bytes, d->given);
    d->given = 0;
    buf_add(&d->bytes, bytes, len);
    if (buf_failed(&d->bytes))
        return err_set(err, E_LIMIT, "event stream: more than %zu bytes wait to be read",
                       d->bytes.max);
    return OK;
}

static uint32_t
number_at(const char *at, int bytes)
{
    uint32_t n = 0;

    for (int i = 0; i < bytes; i++)
        n = n << 8 | (unsigned char)at[i];
    return n;
}

/* How long a value of this type is, its own length field included; 0 with *known false for a type
 * that is none. */
static size_t
value_length(unsigned type, const char *at, size_t left, bool *known)
{
    static const unsigned char lengths[] = { 0, 0, 1, 2, 4, 8, 0, 0, 8, 16 };

    *known = type < sizeof lengths;
    if (type == TYPE_BYTES || type == TYPE_STRING)
        return left < 2 ? 2 : 2 + number_at(at, 2);
    return *known ? lengths[type] : 0;
}

/* Where a header's texts begin in `names`, which may move until all are in. */
struct offsets {
    size_t name, value;
};

static size_t
keep_text(struct buf *names, const char *text, size_t len)
{
    size_t at = names->len;

    buf_add(names, text, len);
    buf_addc(names, '\0');
    return at;
}

static enum status
read_headers(struct event_decoder *d, struct event_frame *out, const char *at, size_t left,
             struct err *err)
{
    struct offsets offsets[EVENT_HEADERS_MAX];

    buf_clear(&d->names);
    while (left > 0) {
        size_t name_len = (unsigned char)*at, value_len;
        bool known;

        if (left < 1 + name_len + 1)
            return err_set(err, E_INVALID, "event stream: the headers do not add up");
        value_len = value_length((unsigned char)at[1 + name_len], at + 2 + name_len,
                                 left - 2 - name_len, &known);
        if (!known || value_len > left - 2 - name_len)
            return err_set(err, E_INVALID, "event stream: the headers do not add up");
        if (at[1 + name_len] == TYPE_STRING) {
            if (out->header_count == EVENT_HEADERS_MAX)
                return err_set(err, E_LIMIT, "event stream: more than %d headers",
                               EVENT_HEADERS_MAX);
            offsets[out->header_count].name = keep_text(&d->names, at + 1, name_len);
            offsets[out->header_count++].value =
                keep_text(&d->names, at + 2 + name_len + 2, value_len - 2);
        }
        at += 2 + name_len + value_len;
        left -= 2 + name_len + value_len;
    }
    for (size_t i = 0; i < out->header_count; i++)
        out->headers[i] = (struct event_header){ d->names.data + offsets[i].name,
                                                 d->names.data + offsets[i].value };
    return OK;
}

enum status
event_decoder_next(struct event_decoder *d, struct event_frame *out, bool *has, struct err *err)
{
    const char *at;
    size_t total, headers;

    *has = false;
    buf_consume(&d->bytes, d->given);
    d->given = 0;
    at = d->bytes.data;
    if (d->bytes.len < PRELUDE)
        return OK;
    if (checksum(at, 8) != number_at(at + 8, 4))
        return err_set(err, E_INVALID, "event stream: the checksum of a frame's head is wrong");
    total = number_at(at, 4);
    headers = number_at(at + 4, 4);
    if (total > EVENT_FRAME_MAX)
        return err_set(err, E_LIMIT, "event stream: a frame of %zu bytes, over %zu", total,
                       EVENT_FRAME_MAX);
    if (total < PRELUDE + CRC || headers > total - PRELUDE - CRC)
        return err_set(err, E_INVALID, "event stream: a frame's lengths contradict each other");
    if (d->bytes.len < total)
        return OK;
    if (checksum(at, total - CRC) != number_at(at + total - CRC, 4))
        return err_set(err, E_INVALID, "event stream: the checksum of a frame is wrong");
    *out = (struct event_frame){ .payload = at + PRELUDE + headers,
                                 .payload_len = total - PRELUDE - headers - CRC };
    d->given = total;
    *has = true;
    return read_headers(d, out, at + PRELUDE, headers, err);
}
