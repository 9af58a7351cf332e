/* pack.h - numbers and bytes written small: the format of everything kept in blobs.
 * SPDX-License-Identifier: MIT
 *
 * Little-endian, independent of machine. Reading is safe over hostile bytes: past the end, or over
 * a varint that never ends, every read answers zero and the cursor is marked bad. */
#ifndef OV_BASE_PACK_H
#define OV_BASE_PACK_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PACK_VARINT_MAX 10
#define PACK_NUMBER_MAX 9

void pack_u8(struct buf *b, uint8_t v);
void pack_varint(struct buf *b, uint64_t v);
void pack_signed(struct buf *b, int64_t v); /* small near zero, whatever the sign */
void pack_f64(struct buf *b, double v);
/* Any double, exactly; short decimals such as 1834.2 take two to six bytes, others nine. */
void pack_number(struct buf *b, double v);
void pack_blob(struct buf *b, const void *bytes, size_t len); /* its length first */
void pack_text(struct buf *b, const char *text);              /* the same, without the NUL */

struct unpack {
    const uint8_t *at;
    const uint8_t *end;
    bool bad;
};

static inline struct unpack
unpack_over(const void *bytes, size_t len)
{
    const uint8_t *at = bytes;

    return (struct unpack){ .at = at, .end = len == 0 ? at : at + len };
}

static inline uint64_t
unpack_varint(struct unpack *u)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64 && u->at < u->end; shift += 7) {
        uint8_t byte = *u->at++;

        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return v;
    }
    u->bad = true;
    u->at = u->end;
    return 0;
}

static inline int64_t
unpack_signed(struct unpack *u)
{
    uint64_t v = unpack_varint(u);

    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static inline uint8_t
unpack_u8(struct unpack *u)
{
    if (u->at < u->end)
        return *u->at++;
    u->bad = true;
    return 0;
}

double unpack_f64(struct unpack *u);
double unpack_scaled(struct unpack *u, uint64_t v); /* the rest of unpack_number() */

/* Most numbers that are kept are counts. */
static inline double
unpack_number(struct unpack *u)
{
    uint64_t v = unpack_varint(u);

    if ((v & 7) != 0)
        return unpack_scaled(u, v);
    v >>= 3;
    return (double)((int64_t)(v >> 1) ^ -(int64_t)(v & 1));
}

/* Points into the bytes; NULL and a zero length when it does not fit. */
const void *unpack_bytes(struct unpack *u, size_t len);
const void *unpack_blob(struct unpack *u, size_t *len);

/* A fast hash for tables in memory; not for anything kept, not for secrets. */
uint64_t pack_hash(const void *bytes, size_t len);

#endif
