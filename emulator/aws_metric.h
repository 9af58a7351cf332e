/* aws_metric.h - what CloudWatch's operations have in common: names, units, periods, ranges.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_METRIC_H
#define OV_EMULATOR_AWS_METRIC_H

#include "base/mem.h"
#include "domain/metric.h"
#include "domain/statistic.h"
#include "emulator/aws_call.h"
#include "emulator/metric_source.h"

#include <stdbool.h>
#include <stdint.h>

/* Namespace, MetricName and Dimensions of `in`: one series. Strings are borrowed from the input. */
MUST_CHECK enum status aws_metric_key(const struct awsvalue *in, struct arena *arena,
                                      struct series_key *out);
/* The list Dimensions, sorted; absent is the empty set. */
MUST_CHECK enum status aws_metric_dimensions(const struct awsvalue *in, struct arena *arena,
                                             struct dimension_set *out);
/* Unit as enum unit; left alone when absent. */
MUST_CHECK enum status aws_metric_unit(const struct awsvalue *in, int *out);
/* Period: 1, 5, 10, 20, 30 or a multiple of 60 seconds. */
MUST_CHECK enum status aws_metric_period(const struct awsvalue *in, int64_t *out_ms);
/* A statistic by name; `key` is where the name stood. */
MUST_CHECK enum status aws_metric_statistic(const struct awsvalue *in, const char *key,
                                            const char *name, struct statistic *out);

/* The input of PutMetricData, judged as CloudWatch does at that time. The data live in the arena,
 * their texts in the input. */
MUST_CHECK enum status aws_metric_read_data(const struct awsvalue *in, struct arena *arena,
                                            int64_t now_ms, const struct metric_datum **out,
                                            size_t *count);

/* Where a call's metrics come from. */
struct metric_source aws_metric_source(const struct aws_call *call);

/* The range that is read for a question, in whole periods from the epoch. */
struct aws_metric_range {
    int64_t start_ms, end_ms; /* start = end: nothing is kept at this period for that long */
};
/* Rounds the start down as CloudWatch does, by its age and the period, and the end up, so that
 * every period is read whole; leaves out what is no longer kept at such a fine period. */
struct aws_metric_range aws_metric_range(int64_t start_ms, int64_t end_ms, int64_t period_ms,
                                         int64_t now_ms);

#endif
