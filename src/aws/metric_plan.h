/* metric_plan.h - which queries go out together in one GetMetricData.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_METRIC_PLAN_H
#define OV_AWS_METRIC_PLAN_H

#include "aws/cloudwatch.h"
#include "base/err.h"

#include <stddef.h>

#define METRIC_REQUEST_MAX 500 /* queries in one request, API model */

struct metric_plan {
    size_t *request_of; /* of each query */
    size_t request_count;
};

/* An expression and all it refers to come into the same request, and one that says METRICS() into a
 * request without strangers. E_INVALID: two queries have the same id; E_LIMIT: an expression needs
 * more than a request takes. */
MUST_CHECK enum status metric_plan_make(struct metric_plan *out,
                                        const struct cloudwatch_query *queries, size_t count,
                                        struct err *err);
void metric_plan_fini(struct metric_plan *plan);

#endif
