/* metric_statistics.h - metric data by GetMetricStatistics: one metric a request, and free.
 * SPDX-License-Identifier: MIT
 *
 * GetMetricData takes hundreds of series in one request and charges for each; GetMetricStatistics
 * takes one, and the first million requests of a month cost nothing. The points are the same. */
#ifndef OV_AWS_METRIC_STATISTICS_H
#define OV_AWS_METRIC_STATISTICS_H

#include "aws/cloudwatch.h"

struct metric_statistics_job; /* under way; gone once `done` was called */

/* How many requests these queries take over [from, to); 0 when they cannot be asked this way: an
 * expression, a statistic that is neither plain nor a percentile, more than 1,440 points. */
size_t metric_statistics_requests(const struct cloudwatch_query *queries, size_t count,
                                  int64_t from_ms, int64_t to_ms);

/* As cloudwatch_get_data(); only what metric_statistics_requests() allows. A statistic that the
 * server leaves out of its answers has no points, and a caveat. */
struct metric_statistics_job *metric_statistics_get(struct aws_client *client, struct arena *arena,
                                                    const struct cloudwatch_query *queries,
                                                    size_t count, int64_t from_ms, int64_t to_ms,
                                                    cloudwatch_data_done *done, void *arg);
void metric_statistics_cancel(struct metric_statistics_job *job); /* NULL is fine */

#endif
