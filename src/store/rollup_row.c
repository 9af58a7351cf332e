/* rollup_row.c - rollups to bytes and back.
 * SPDX-License-Identifier: MIT
 *
 * flags, count, sum, min, max, then for each source whose bit is set its first id and the distance
 * to the last, then the sketch up to the end. */
#include "config.h"

#include "base/pack.h"
#include "store/rollup_row.h"

#define FLAG_SKETCHLESS 0x80u

void
rollup_row_encode(struct buf *b, const struct rollup_row *row, const struct sketch *sketch)
{
    unsigned flags = row->sketchless ? FLAG_SKETCHLESS : 0;

    for (unsigned i = 0; i < RAW_SOURCES; i++)
        flags |= row->raw[i].last != 0 ? 1u << i : 0;
    pack_u8(b, (uint8_t)flags);
    pack_number(b, row->set.count);
    pack_number(b, row->set.sum);
    pack_number(b, row->set.min);
    pack_number(b, row->set.max);
    for (unsigned i = 0; i < RAW_SOURCES; i++) {
        if (row->raw[i].last == 0)
            continue;
        pack_varint(b, (uint64_t)row->raw[i].first);
        pack_varint(b, (uint64_t)(row->raw[i].last - row->raw[i].first));
    }
    if (sketch != NULL && !row->sketchless)
        sketch_encode(sketch, b);
}

bool
rollup_row_decode(struct rollup_row *out, const void *bytes, size_t len)
{
    struct unpack u = unpack_over(bytes, len);
    unsigned flags = unpack_u8(&u);

    *out = (struct rollup_row){ .sketchless = (flags & FLAG_SKETCHLESS) != 0 };
    out->set.count = unpack_number(&u);
    out->set.sum = unpack_number(&u);
    out->set.min = unpack_number(&u);
    out->set.max = unpack_number(&u);
    for (unsigned i = 0; i < RAW_SOURCES; i++) {
        if ((flags & 1u << i) == 0)
            continue;
        out->raw[i].first = (int64_t)unpack_varint(&u);
        out->raw[i].last = out->raw[i].first + (int64_t)unpack_varint(&u);
    }
    out->sketch = u.at;
    out->sketch_len = (size_t)(u.end - u.at);
    return !u.bad;
}

void
statistic_set_merge(struct statistic_set *into, const struct statistic_set *from)
{
    if (into->count == 0) {
        *into = *from;
        return;
    }
    into->count += from->count;
    into->sum += from->sum;
    if (from->min < into->min)
        into->min = from->min;
    if (from->max > into->max)
        into->max = from->max;
}

void
raw_range_merge(struct raw_range *into, const struct raw_range *from)
{
    if (from->last == 0)
        return;
    if (into->last == 0 || from->first < into->first)
        into->first = from->first;
    if (from->last > into->last)
        into->last = from->last;
}
