/* metric_filters.h - the metric filters of all log groups, over every line that comes in.
 * SPDX-License-Identifier: MIT
 *
 * What a filter makes of a line is in the same commit as the line. While there are no filters,
 * asking costs one relaxed load. Any thread may call. */
#ifndef OV_EMULATOR_METRIC_FILTERS_H
#define OV_EMULATOR_METRIC_FILTERS_H

#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct metric_filters;

struct metric_filters *metric_filters_new(void);
void metric_filters_free(struct metric_filters *all); /* NULL is fine */

/* Makes them those of the store: at the start, and behind everything that changes some. Filters
 * that stay the same keep what they remember. */
MUST_CHECK enum status metric_filters_load(struct metric_filters *all, struct store_reader *reader,
                                           struct err *err);

/* Whether a group has any: a hint that lines must be at hand. */
bool metric_filters_want(struct metric_filters *all, const char *group);
/* true: default values wait for the end of a minute. */
bool metric_filters_apply(struct metric_filters *all, struct store_write *write, const char *group,
                          const struct log_event *events, size_t count);
/* Default values of the minutes that are over; true: others wait still. */
bool metric_filters_settle(struct metric_filters *all, struct store_write *write, int64_t now_ms);

#endif
