/* metric_data_own.h - what the files of metric_data share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_METRIC_DATA_OWN_H
#define OV_EMULATOR_METRIC_DATA_OWN_H

#include "domain/metric.h"
#include "domain/metric_math.h"
#include "domain/statistic.h"
#include "emulator/metric_data.h"

/* Which metric a series comes from, and how: the origin of a math_series. */
struct metric_origin {
    struct series_key key;
    const char *stat_name;
    uint64_t metric_hash, dims_hash;
    enum metric_origin_kind kind; /* once its data are read */
};

/* One query: a metric, or an expression when `math` is set. */
struct metric_data_entry {
    const char *id;
    const char *label; /* NULL: made here; may hold variables */
    bool is_returned;
    bool is_foreign;   /* of another account: nothing to be seen */
    int64_t period_ms; /* of an expression: 0 when it does not say */
    uint64_t id_hash;
    /* a metric */
    struct metric_origin origin;
    struct statistic stat;
    int unit;      /* enum unit, or -1 */
    uint64_t hash; /* of what makes a group: key, period, unit */
    size_t group;  /* number of the first query of the group */
    /* an expression */
    struct metric_math *math;
    enum math_type type;
    size_t *refs; /* queries it names */
    size_t ref_count;
    bool is_checked;
    /* the answer */
    bool is_known;
    struct math_value value;
    struct metric_data_result result;
};

struct metric_data {
    struct metric_data_entry *entries;
    size_t count;
    const struct metric_origin **origins; /* of the metrics */
    size_t origin_count;
    size_t *order; /* the expressions, each behind those it names */
    size_t order_count;
    /* how labels are written */
    const char *region;
    int zone_minutes;
    /* since metric_data_begin() */
    struct metric_source source;
    struct arena *arena;
    struct arena *scratch; /* of the expression that is being computed */
    int64_t start_ms, end_ms;
    size_t points_kept; /* in the arena */
    size_t points_left; /* for the expression at hand */
    bool is_cut;        /* a SEARCH() found more than it may bring */
};

uint64_t metric_data_hash(const char *text, uint64_t seed);
void metric_origin_hash(struct metric_origin *origin);

/* --- metric_data.c --- */

#define METRIC_DATA_POINTS_MAX 8000000 /* values a request may hold: 128 MB */

/* Reads the group of a metric unless its values are known. */
MUST_CHECK enum status metric_data_read_metric(struct metric_data *data, size_t query,
                                               struct err *err);
/* The values of one statistic. E_LIMIT: the budget of points is spent. */
MUST_CHECK enum status metric_data_values(struct metric_data *data, const struct statistic *stat,
                                          const struct metric_buckets *buckets,
                                          struct math_series *out, struct err *err);
/* What metric_source_read() is asked for over the range of the data. false: nothing is kept. */
bool metric_data_ask(const struct metric_data *data, const struct series_key *key,
                     int64_t period_ms, struct metric_query *out);

/* --- metric_data_math.c --- */

MUST_CHECK enum status metric_data_eval(struct metric_data *data, size_t query, struct err *err);

/* --- metric_data_label.c --- */

/* What CloudWatch shows when no label is given: the metric's name, and whatever else tells it from
 * its neighbours: the values of its dimensions, its statistic. Of simulated data it says so. */
const char *metric_data_default_label(struct arena *arena, const struct metric_origin *of,
                                      const struct metric_origin *const *all, size_t count);
/* The label of a series of a query, variables filled in. */
const char *metric_data_label(const struct metric_data *data, const struct metric_data_entry *e,
                              const struct math_series *series);

#endif
