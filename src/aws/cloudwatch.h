/* cloudwatch.h - asking CloudWatch: which metrics there are, and their data.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_CLOUDWATCH_H
#define OV_AWS_CLOUDWATCH_H

#include "aws/client.h"
#include "base/mem.h"
#include "domain/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cloudwatch_query {
    struct series_key series;
    const char *stat; /* "p75", "Average", "PR(:2500)" */
    int32_t period_s; /* of an expression: 0 leaves it to its metrics */
    /* Metric math over the ids of the others, instead of series and stat; NULL: a metric. It must
     * come to one series. */
    const char *expression;
    const char *math_id; /* what expressions call it; NULL: nobody does */
    bool is_hidden;      /* only expressions use it: no points come back */
};

struct cloudwatch_points {
    const int64_t *times_ms; /* starts of periods, ascending, each once */
    const double *values;
    size_t count;
    const char *caveat; /* why the server told less than it was asked; NULL: it did not */
};

struct cloudwatch_job; /* under way; gone once `done` was called */

/* In the order of the queries, in the arena. `err` NULL: all is well. `partial`: the server held
 * something back. The cost is counted in either case. */
typedef void cloudwatch_data_done(void *arg, const struct cloudwatch_points *points, bool partial,
                                  int64_t cost_microusd, const struct err *err);
/* The data of [from, to), in as many requests as it takes (metric_plan.h). Queries are borrowed
 * until done. NULL: they cannot be asked at all, and `done` has been called with the reason. */
struct cloudwatch_job *cloudwatch_get_data(struct aws_client *client, struct arena *arena,
                                           const struct cloudwatch_query *queries, size_t count,
                                           int64_t from_ms, int64_t to_ms,
                                           cloudwatch_data_done *done, void *arg);

typedef void cloudwatch_names_done(void *arg, const struct series_key *names, size_t count,
                                   bool partial, int64_t cost_microusd, const struct err *err);
/* `namespace_name` NULL: all. At most `max` names. */
struct cloudwatch_job *cloudwatch_list_metrics(struct aws_client *client, struct arena *arena,
                                               const char *namespace_name, size_t max,
                                               cloudwatch_names_done *done, void *arg);

void cloudwatch_cancel(struct cloudwatch_job *job); /* NULL is fine */

/* The metrics that one GetMetricData with these queries is charged for: each once for up to five
 * statistics; no expressions, unless they look for metrics themselves. */
size_t cloudwatch_metrics_billed(const struct cloudwatch_query *queries, size_t count);

#endif
