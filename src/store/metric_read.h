/* metric_read.h - the buckets of a metric query while they are put together.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_METRIC_READ_H
#define OV_STORE_METRIC_READ_H

#include "store/reader.h"

struct bucket {
    int64_t start; /* epoch seconds */
    struct statistic_set set;
    bool sketchless;
    struct raw_range raw[RAW_SOURCES];
    struct sketch *sketch;
};

struct metric_scan {
    struct arena *arena;
    bool want_sketch;
    int64_t period, start, end; /* seconds; whole periods */
    struct bucket *buckets;     /* ascending */
    size_t count, room;
};

#endif
