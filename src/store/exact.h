/* exact.h - percentiles from raw values where the sketch only knows them within 1 %.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_EXACT_H
#define OV_STORE_EXACT_H

#include "store/metric_read.h"

/* Replaces the sketches of buckets with few enough samples by exact ones, as long as the raw rows
 * are there and the scan stays small; where it cannot, the sketch stays. `series` are the ids that
 * make up the query's key. Opens a read transaction of its own. */
MUST_CHECK enum status exact_refine(struct store_reader *r, struct metric_scan *scan,
                                    const struct series_key *key, const int64_t *series,
                                    size_t series_count, struct err *err);

#endif
