/* statistic.h - CloudWatch's statistic names: read, and computed from a bucket.
 * SPDX-License-Identifier: MIT
 *
 * Percentiles interpolate linearly between ranks; AWS does not document its choice. Trimmed
 * statistics (TM, WM, TC, TS, IQM) are recognised by name only and answered with E_UNSUPPORTED
 * until they are computed. */
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
    STATISTIC_PERCENTILE,     /* p75, p99.9 */
    STATISTIC_PERCENTILE_RANK /* PR(:2500), PR(100:2000), PR(100:) in percent */
};

struct statistic {
    enum statistic_kind kind;
    double low, high; /* percentile: high is 0..100; rank: the bounds, -inf and +inf when open */
};

/* E_INVALID: not a statistic; E_UNSUPPORTED: a real one we do not compute. Both name it. */
MUST_CHECK enum status statistic_parse(struct statistic *out, const char *name, struct err *err);
bool statistic_needs_sketch(const struct statistic *statistic);
/* NaN when it cannot be known: no data, or a percentile of a statistic set (known only if count is
 * 1 or min = max). */
double statistic_value(const struct statistic *statistic, const struct statistic_set *set,
                       const struct sketch *sketch);

#endif
