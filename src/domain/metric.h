/* metric.h - what CloudWatch calls a metric: its identity, what is put into it, what is asked of
 * it. SPDX-License-Identifier: MIT
 *
 * A series is namespace + metric name + the exact set of dimensions; a query never rolls up over
 * sets. Strings are borrowed: they live as long as whoever made the struct says. */
#ifndef OV_DOMAIN_METRIC_H
#define OV_DOMAIN_METRIC_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_DIMENSIONS_MAX 30  /* PutMetricData, EMF specification */
#define METRIC_NAME_MAX       255 /* API model; also namespace and dimension name */
#define METRIC_DIM_VALUE_MAX  1024

/* The 27 units of the CloudWatch API in the order of its documentation; UNIT_NONE is the default.
 */
/* clang-format off */
enum unit {
    UNIT_NONE,
    UNIT_SECONDS, UNIT_MICROSECONDS, UNIT_MILLISECONDS,
    UNIT_BYTES, UNIT_KILOBYTES, UNIT_MEGABYTES, UNIT_GIGABYTES, UNIT_TERABYTES,
    UNIT_BITS, UNIT_KILOBITS, UNIT_MEGABITS, UNIT_GIGABITS, UNIT_TERABITS,
    UNIT_PERCENT, UNIT_COUNT,
    UNIT_BYTES_S, UNIT_KILOBYTES_S, UNIT_MEGABYTES_S, UNIT_GIGABYTES_S, UNIT_TERABYTES_S,
    UNIT_BITS_S, UNIT_KILOBITS_S, UNIT_MEGABITS_S, UNIT_GIGABITS_S, UNIT_TERABITS_S,
    UNIT_COUNT_S,
    UNITS
};
/* clang-format on */
const char *unit_name(enum unit unit);             /* "Milliseconds" */
bool unit_parse(enum unit *out, const char *name); /* exact spelling */

struct dimension {
    const char *name;
    const char *value;
};

/* Sorted by name, names distinct: metric_sort_dimensions() makes it so. */
struct dimension_set {
    const struct dimension *dims;
    size_t count;
};

/* Sorts in place; E_INVALID when a name stands twice. */
MUST_CHECK enum status metric_sort_dimensions(struct dimension *dims, size_t count,
                                              struct err *err);

/* It has that name, with that value when there is one. */
bool metric_has_dimension(const struct dimension_set *set, const struct dimension *wanted);

struct series_key {
    const char *namespace_name;
    const char *metric;
    struct dimension_set dims;
};

bool series_key_equal(const struct series_key *a, const struct series_key *b);
/* The order of lists: by namespace, metric, then dimensions; below 0, 0 or above, as strcmp(). */
int series_key_compare(const struct series_key *a, const struct series_key *b);

/* 1, 5, 10, 20, 30 or a multiple of 60 seconds. */
bool metric_is_period(int64_t seconds);

/* What CloudWatch keeps of many values: enough for every statistic but percentiles. */
struct statistic_set {
    double count;
    double sum;
    double min;
    double max;
};

/* Values of one metric at one time, going into one or more series that differ only in their
 * dimension set. */
struct metric_datum {
    const char *namespace_name;
    const char *metric;
    enum unit unit;
    bool high_resolution; /* StorageResolution 1 */
    int64_t time_ms;
    const struct dimension_set *sets;
    size_t set_count;
    /* Either values, each `counts[i]` times (NULL: once each) ... */
    const double *values;
    const double *counts;
    size_t value_count;
    /* ... or a statistic set, when value_count is 0. */
    struct statistic_set statistics;
};

#endif
