/* metric_source.h - what is known of a series, and which series there are: measured or simulated.
 * SPDX-License-Identifier: MIT
 *
 * Everybody who reads metrics (GetMetricData, GetMetricStatistics, ListMetrics, SEARCH(), alarms)
 * asks here. What is stored was measured or put, and wins minute by minute; for the rest the series
 * of the stack answer (domain/stack_series.h), as they were published up to now.
 *
 * AWS/Billing has what was measured of the bill in it (cost_ledger.h).
 *
 * Of those these are measured where it has a meaning for the store of this emulator, under a real
 * clock and while something is written: AWS/RDS CommitLatency and CommitThroughput of the writer of
 * the stack's first cluster (service_metrics.h). */
#ifndef OV_EMULATOR_METRIC_SOURCE_H
#define OV_EMULATOR_METRIC_SOURCE_H

#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct emulator;
struct stack;

struct metric_source {
    struct store_reader *reader;
    const struct stack *stack; /* NULL: nothing is simulated */
    int64_t now_ms;
    struct emulator *em; /* NULL: bills are the stack's alone */
};

enum metric_origin_kind {
    METRIC_STORED,           /* or there are no data */
    METRIC_SIMULATED,        /* all of it */
    METRIC_PARTLY_SIMULATED, /* some of it */
};

/* As store_read_metric(). `kind` may be NULL. */
MUST_CHECK enum status metric_source_read(const struct metric_source *source, struct arena *arena,
                                          const struct metric_query *query,
                                          struct metric_buckets *out, enum metric_origin_kind *kind,
                                          struct err *err);
/* As store_list_series(): both kinds in one order, a series that is of both once. */
MUST_CHECK enum status metric_source_list(const struct metric_source *source, struct arena *arena,
                                          const struct series_filter *filter, const char *after,
                                          size_t limit, struct series_page *out, struct err *err);

/* The stack answers for what is not stored of this series. */
bool metric_source_is_simulated(const struct stack *stack, const struct series_key *key);
/* The namespaces that have simulated series, in their order: names that live as long as the stack.
 * Returns how many there are, of which at most `max` are told. */
size_t metric_source_namespaces(const struct stack *stack, const char **names, size_t max);
/* One of those that are measured; both NULL: there are no more. */
struct metric_source_measured {
    const char *namespace_name, *metric;
};
struct metric_source_measured metric_source_measured(size_t number);

#endif
