/* performance_insights.h - asking Performance Insights how many sessions each user keeps busy.
 * SPDX-License-Identifier: MIT
 *
 * It measures load, in average active sessions, and not connections: one that waits for its client
 * counts for nothing. Free for the seven days it keeps by default. */
#ifndef OV_AWS_PERFORMANCE_INSIGHTS_H
#define OV_AWS_PERFORMANCE_INSIGHTS_H

#include "aws/client.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSIGHTS_USERS_MAX 10

struct load_series {
    const char *user; /* "": all of them */
    const int64_t *times_ms;
    const double *values;
    size_t count;
};

/* What GetResourceMetrics may be asked in, in seconds: 60, 300 or 3600, some 180 points or fewer
 * up to a week. */
int32_t performance_insights_period_s(int64_t span_ms);

struct performance_insights_job; /* under way; gone once `done` was called */

/* In the arena; the total first, when it is told. */
typedef void performance_insights_done(void *arg, const struct load_series *series, size_t count,
                                       bool partial, const struct err *err);
struct performance_insights_job *
performance_insights_load(struct aws_client *client, struct arena *arena, const char *resource_id,
                          int64_t from_ms, int64_t to_ms, performance_insights_done *done,
                          void *arg);
void performance_insights_cancel(struct performance_insights_job *job); /* NULL is fine */

#endif
