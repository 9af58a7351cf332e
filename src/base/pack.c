/* pack.c - varints, short decimals, length-prefixed bytes.
 * SPDX-License-Identifier: MIT
 *
 * A measured value is nearly always a short decimal: 1834.2, 0.043, 17. pack_number() looks for the
 * smallest power of ten that makes it whole and writes the whole number with that power in its low
 * three bits; what is no short decimal is written as its eight bytes behind the mark 7. */
#include "config.h"

#include "base/pack.h"

#include <math.h>

#define RAW_MARK  7u
#define WHOLE_MAX 35184372088832.0 /* 2^45: with sign and power at most seven bytes */

static const double powers[] = { 1.0, 10.0, 100.0, 1000.0, 10000.0 };
#define POWERS (sizeof powers / sizeof powers[0])

static size_t
put_varint(char *to, uint64_t v)
{
    size_t n = 0;

    while (v >= 0x80) {
        to[n++] = (char)(uint8_t)(v | 0x80);
        v >>= 7;
    }
    to[n++] = (char)(uint8_t)v;
    return n;
}

void
pack_u8(struct buf *b, uint8_t v)
{
    buf_add(b, &v, 1);
}

void
pack_varint(struct buf *b, uint64_t v)
{
    char *to = buf_room(b, PACK_VARINT_MAX);

    if (to != NULL)
        buf_grown(b, put_varint(to, v));
}

static uint64_t
zigzag(int64_t v)
{
    return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

void
pack_signed(struct buf *b, int64_t v)
{
    pack_varint(b, zigzag(v));
}

static void
put_f64(char *to, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    for (unsigned i = 0; i < 8; i++)
        to[i] = (char)(uint8_t)(bits >> (8 * i));
}

void
pack_f64(struct buf *b, double v)
{
    char bytes[8];

    put_f64(bytes, v);
    buf_add(b, bytes, sizeof bytes);
}

void
pack_number(struct buf *b, double v)
{
    char bytes[PACK_VARINT_MAX];

    for (unsigned k = 0; k < POWERS; k++) {
        double scaled = v * powers[k];
        double whole;

        if (!(fabs(scaled) < WHOLE_MAX))
            break;
        whole = (double)(int64_t)scaled;
        if (whole == scaled && whole / powers[k] == v) {
            buf_add(b, bytes, put_varint(bytes, zigzag((int64_t)whole) << 3 | k));
            return;
        }
    }
    bytes[0] = (char)RAW_MARK;
    put_f64(bytes + 1, v);
    buf_add(b, bytes, 9);
}

void
pack_blob(struct buf *b, const void *bytes, size_t len)
{
    char *to = len > SIZE_MAX - PACK_VARINT_MAX ? NULL : buf_room(b, PACK_VARINT_MAX + len);
    size_t n;

    if (to == NULL)
        return;
    n = put_varint(to, len);
    if (len > 0)
        memcpy(to + n, bytes, len);
    buf_grown(b, n + len);
}

void
pack_text(struct buf *b, const char *text)
{
    pack_blob(b, text, strlen(text));
}

double
unpack_f64(struct unpack *u)
{
    const uint8_t *bytes = unpack_bytes(u, 8);
    uint64_t bits = 0;
    double v;

    if (bytes == NULL)
        return 0;
    for (unsigned i = 0; i < 8; i++)
        bits |= (uint64_t)bytes[i] << (8 * i);
    memcpy(&v, &bits, sizeof v);
    return v;
}

double
unpack_scaled(struct unpack *u, uint64_t v)
{
    unsigned k = (unsigned)(v & 7);

    if (k == RAW_MARK && v == RAW_MARK)
        return unpack_f64(u);
    if (k >= POWERS) {
        u->bad = true;
        return 0;
    }
    v >>= 3;
    return (double)((int64_t)(v >> 1) ^ -(int64_t)(v & 1)) / powers[k];
}

const void *
unpack_bytes(struct unpack *u, size_t len)
{
    const void *bytes = u->at;

    if (u->bad || (size_t)(u->end - u->at) < len) {
        u->bad = true;
        u->at = u->end;
        return NULL;
    }
    u->at += len;
    return bytes;
}

const void *
unpack_blob(struct unpack *u, size_t *len)
{
    uint64_t n = unpack_varint(u);
    const void *bytes;

    if (u->bad || n > (uint64_t)(u->end - u->at)) {
        u->bad = true;
        u->at = u->end;
        *len = 0;
        return NULL;
    }
    bytes = unpack_bytes(u, (size_t)n);
    *len = (size_t)n;
    return bytes;
}

static uint64_t
mix(uint64_t h)
{
    h ^= h >> 32;
    h *= 0x9e3779b97f4a7c15u;
    h ^= h >> 29;
    return h;
}

uint64_t
pack_hash(const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    uint64_t h = 0x243f6a8885a308d3u ^ len;
    uint64_t word;

    for (; len >= 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        h = mix(h ^ word) * 0xbf58476d1ce4e5b9u;
    }
    word = 0;
    if (len > 0)
        memcpy(&word, p, len);
    return mix(mix(h ^ word) * 0x94d049bb133111ebu);
}
