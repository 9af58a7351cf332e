/* statistic.h - CloudWatch's statistic names: read, and computed from a bucket.
 * SPDX-License-Identifier: MIT
 *
 * Shapes and boundaries: "CloudWatch statistics definitions", Amazon CloudWatch User Guide. What it
 * leaves open is decided here:
 *
 *   percentile     linear interpolation between ranks: p75 of n values lies at rank 0.75 * (n - 1)
 *   percent range  of TM, TC, TS: each value covers 1/n of the way from 0 % to 100 %; a value that
 *                  lies across a bound counts with the share of it that is inside, so TC(10%:90%)
 *                  is always 0.8 * n and TS = TM * TC
 *   WM             each value outside becomes the value at the bound: the percentile, or the number
 *   value range    above the lower bound, up to and including the upper one (the guide says so)
 *   nothing in it  TM and WM have no value; TC and TS are 0
 *
 * All of this is exact while the sketch is. Beyond that a value is known within 1 %, and how many
 * of a bin lie below a number is interpolated within the bin.
 *
 * As in CloudWatch, a period with a negative value has none of these statistics. */
#ifndef OV_DOMAIN_STATISTIC_H
#define OV_DOMAIN_STATISTIC_H

#include "base/err.h"
#include "domain/metric.h"

#include <stdbool.h>

struct sketch;

enum statistic_kind {
    STATISTIC_COUNT,
    STATISTIC_AVERAGE,
    STATISTIC_SUM,
    STATISTIC_MINIMUM,
    STATISTIC_MAXIMUM,
    STATISTIC_PERCENTILE,      /* p75, p99.9 */
    STATISTIC_PERCENTILE_RANK, /* PR(:2500), PR(100:2000), PR(100:) in percent */
    STATISTIC_TRIMMED_MEAN,    /* tm90, TM(10%:90%), TM(150:1000), IQM */
    STATISTIC_WINSORIZED_MEAN, /* wm98, WM(10%:90%) */
    STATISTIC_TRIMMED_COUNT,   /* tc90, TC(0.005:0.030) */
    STATISTIC_TRIMMED_SUM      /* ts90, TS(80%:) */
};

struct statistic {
    enum statistic_kind kind;
    bool is_percent;  /* the bounds are 0..100 */
    double low, high; /* a percentile is `high`; an open bound of values is -inf or +inf */
};

/* E_INVALID: not a statistic; the sentence names it. */
MUST_CHECK enum status statistic_parse(struct statistic *out, const char *name, struct err *err);
bool statistic_needs_sketch(const struct statistic *statistic);
/* NaN when it cannot be known: no data, or a percentile of a statistic set (known only if count is
 * 1 or min = max). */
double statistic_value(const struct statistic *statistic, const struct statistic_set *set,
                       const struct sketch *sketch);

#endif
