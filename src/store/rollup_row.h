/* rollup_row.h - one rollup as bytes: statistics, where its raw values lie, and the sketch.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_ROLLUP_ROW_H
#define OV_STORE_ROLLUP_ROW_H

#include "base/buf.h"
#include "domain/metric.h"
#include "domain/sketch.h"

#include <stdbool.h>
#include <stdint.h>

enum raw_source { RAW_VITAL, RAW_ERROR, RAW_SAMPLE, RAW_SOURCES };

/* Ids, both inclusive; last 0: none. */
struct raw_range {
    int64_t first, last;
};

struct rollup_row {
    struct statistic_set set;
    bool sketchless; /* statistic sets went in: the distribution is not known */
    struct raw_range raw[RAW_SOURCES];
    const void *sketch; /* encoded; into the bytes that were read */
    size_t sketch_len;
};

void rollup_row_encode(struct buf *b, const struct rollup_row *row, const struct sketch *sketch);
bool rollup_row_decode(struct rollup_row *out, const void *bytes, size_t len);

void statistic_set_merge(struct statistic_set *into, const struct statistic_set *from);
void raw_range_merge(struct raw_range *into, const struct raw_range *from);

#endif
