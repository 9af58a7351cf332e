/* metric_data_own.h - what the files of metric_data share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_METRIC_DATA_OWN_H
#define OV_EMULATOR_METRIC_DATA_OWN_H

#include "domain/metric.h"
#include "domain/statistic.h"
#include "emulator/metric_data.h"

struct metric_data_entry {
    const char *id;
    const char *label; /* NULL: made here */
    bool is_returned;
    int64_t period_ms;
    const char *stat_name;
    struct statistic stat;
    struct series_key key;
    int unit;      /* enum unit, or -1 */
    uint64_t hash; /* of what makes a group: key, period, unit */
    uint64_t id_hash, metric_hash, dims_hash;
    size_t group; /* number of the first query of the group */
    /* the answer */
    bool is_known;
    struct metric_data_series series;
};

struct metric_data {
    struct metric_data_entry *entries;
    size_t count;
    /* since metric_data_begin() */
    struct store_reader *reader;
    struct arena *arena;
    int64_t start_ms, end_ms, now_ms;
};

/* The label that CloudWatch shows when none is given. */
const char *metric_data_label(const struct metric_data *data, const struct metric_data_entry *e);

#endif
