/* metric_data.h - metric data queries: read, checked and computed, for whoever states them.
 * SPDX-License-Identifier: MIT
 *
 * GetMetricData's MetricDataQueries and the Metrics of an alarm have the same shape: metrics with a
 * statistic, and metric math over their ids. Queries are read and checked once; they may be
 * computed again and again, each time over another range. */
#ifndef OV_EMULATOR_METRIC_DATA_H
#define OV_EMULATOR_METRIC_DATA_H

#include "base/err.h"
#include "base/mem.h"
#include "emulator/metric_source.h"
#include "wire/awsvalue.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metric_data;

/* Reads the list `key` ("MetricDataQueries" or "Metrics") of at most `max` queries, checks ids,
 * references, expressions and their types. Borrows from the input. On failure in->error says why.
 */
MUST_CHECK enum status metric_data_read(struct metric_data **out, struct arena *arena,
                                        const struct awsvalue *in, const char *key, size_t max);

size_t metric_data_count(const struct metric_data *data);
bool metric_data_is_returned(const struct metric_data *data, size_t query);
/* It names another account: its series is empty, and CloudWatch's word for that is Forbidden. */
bool metric_data_is_foreign(const struct metric_data *data, size_t query);

/* The metrics AWS would charge for: up to five statistics of one are one; an expression is free,
 * but a SEARCH() counts as one here. */
size_t metric_data_billed(const struct metric_data *data);

/* What variables of labels say; without it, nothing and UTC. */
void metric_data_labels(struct metric_data *data, const char *region, int zone_minutes);

/* One time series of the answer; an expression such as SEARCH() may give several. */
struct metric_data_series {
    const char *id;
    const char *label;
    const int64_t *times_ms; /* ascending starts of periods */
    const double *values;
    size_t count;
    int64_t period_ms;
};

struct metric_data_result {
    const struct metric_data_series *series; /* only those that are returned, in order of queries */
    size_t count;
};

/* Everything of [start, end) at once, in the arena; the source's time decides what is still kept.
 * E_INVALID and E_LIMIT: a sentence for the caller of the API; else the store failed. */
MUST_CHECK enum status metric_data_compute(struct metric_data *data,
                                           const struct metric_source *source, struct arena *arena,
                                           int64_t start_ms, int64_t end_ms,
                                           struct metric_data_result *out, struct err *err);

/* The same query by query: what is not asked for is not read. Everything is borrowed until the next
 * begin. */
void metric_data_begin(struct metric_data *data, const struct metric_source *source,
                       struct arena *arena, int64_t start_ms, int64_t end_ms);
MUST_CHECK enum status metric_data_query(struct metric_data *data, size_t query,
                                         struct metric_data_result *out, struct err *err);
/* A SEARCH() so far found more series than it may bring. */
bool metric_data_is_cut(const struct metric_data *data);

#endif
