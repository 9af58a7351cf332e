/* metric_filter.h - one metric filter: what it looks for in a line and what it makes of it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_METRIC_FILTER_H
#define OV_EMULATOR_METRIC_FILTER_H

#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metric_filter;

#define METRIC_FILTER_DIMENSIONS 3 /* MetricTransformation, API reference */
#define METRIC_FILTER_VALUE_MAX  100

/* From {"filterPattern":"...","metricTransformations":[{metricName, metricNamespace, metricValue,
 * defaultValue?, dimensions?, unit?}]}, as PutMetricFilter takes and DescribeMetricFilters gives
 * it. E_INVALID says what is wrong with it. */
MUST_CHECK enum status metric_filter_new(struct metric_filter **out, const cJSON *definition,
                                         struct err *err);
void metric_filter_free(struct metric_filter *mf); /* NULL is fine */

/* Adds the metric data of these lines to `write`. One thread at a time. */
void metric_filter_apply(struct metric_filter *mf, struct store_write *write,
                         const struct log_event *events, size_t count);
/* Adds the default value of a minute that is over at `now_ms`, had lines and none that matched.
 * true: a minute is still open. */
bool metric_filter_settle(struct metric_filter *mf, struct store_write *write, int64_t now_ms);

#endif
