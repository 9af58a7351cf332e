/* metric_math.h - CloudWatch metric math: an expression over time series, read, checked, computed.
 * SPDX-License-Identifier: MIT
 *
 * Grammar, functions and rules: "Using metric math", Amazon CloudWatch User Guide. Pure: what ids,
 * METRICS() and SEARCH() stand for comes from the caller. What the guide leaves open is decided so:
 *
 *   missing points   arithmetic needs both operands: a point that only one has is dropped (FILL it
 *                    first); comparisons, AND and OR take the missing one for 0; AVG over an array
 *                    divides by the number of series, SUM, MIN, MAX and STDDEV see what is there
 *   no such number   x/0, the logarithm of 0 and the like are no points
 *   mixed periods    points meet where their times agree; the result has the longer period
 *   ^                groups from the right and binds tighter than the minus in front: -2^2 is -4
 *   STDDEV           of the whole population (divided by n)
 *   no data          AVG, SUM, MIN, MAX and STDDEV of an empty series are no number
 *   IF               a condition that is a number chooses for all points at once; a number chosen
 *                    beside a series becomes a point in every period
 *
 * Bounded: 2048 characters, 64 levels, and the caller's budget of points. */
#ifndef OV_DOMAIN_METRIC_MATH_H
#define OV_DOMAIN_METRIC_MATH_H

#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define METRIC_MATH_CHARS_MAX 2048 /* GetMetricData, Expression */

enum math_type {
    MATH_SCALAR = 1, /* S of the guide */
    MATH_SERIES = 2, /* TS */
    MATH_ARRAY = 4,  /* TS[] */
    MATH_TEXT = 8,
    MATH_WORD = 16 /* REPEAT, ASC */
};

struct math_series {
    const char *label;       /* what it is called on its own; NULL: nothing */
    const void *origin;      /* the caller's: which metric it comes from; NULL: from several */
    const int64_t *times_ms; /* ascending */
    const double *values;    /* finite */
    size_t count;
    int64_t period_ms;
};

struct math_value {
    enum math_type type; /* scalar, series (one) or array */
    double scalar;       /* NaN: no number */
    const struct math_series *series;
    size_t count;
};

struct metric_math;
struct series_search;

/* Reads one expression. E_INVALID and E_LIMIT say at which character (from 1); E_UNSUPPORTED names
 * a function that exists and is not computed here. Lives in the arena. */
MUST_CHECK enum status metric_math_parse(struct metric_math **out, struct arena *arena,
                                         const char *text, struct err *err);

/* What an id stands for: false when there is none of that name. */
typedef bool metric_math_lookup(void *arg, const char *id, enum math_type *type, bool *is_metric);
/* Calls for every id that the expression names. */
typedef enum status metric_math_visit(void *arg, const char *id, struct err *err);
MUST_CHECK enum status metric_math_ids(const struct metric_math *math, metric_math_visit *visit,
                                       void *arg, struct err *err);
/* Checks ids, types and what SEARCH() asks for; *out is the result's. A scalar is no answer of
 * GetMetricData: the caller decides. */
MUST_CHECK enum status metric_math_check(struct metric_math *math, metric_math_lookup *lookup,
                                         void *arg, enum math_type *out, struct err *err);
/* The whole expression is one SEARCH(). */
bool metric_math_is_search(const struct metric_math *math);
/* It holds a SEARCH() without a period of its own. */
bool metric_math_wants_period(const struct metric_math *math);

/* What a series costs of the budget beside its points: its own memory is that of so many. */
#define MATH_SERIES_POINTS 8

/* What an expression is computed from. Values that the callbacks give are borrowed. */
struct math_world {
    void *arg;
    enum status (*id)(void *arg, const char *id, struct math_value *out, struct err *err);
    /* All metrics, or those whose id contains `part`. */
    enum status (*metrics)(void *arg, const char *part, struct math_value *out, struct err *err);
    /* `period_ms` is 0 when the expression names none. */
    enum status (*search)(void *arg, const struct series_search *search, const char *stat,
                          int64_t period_ms, struct math_value *out, struct err *err);
    /* The periods that are asked for: starts from *start_ms below *end_ms. */
    void (*range)(void *arg, int64_t period_ms, int64_t *start_ms, int64_t *end_ms);
    int64_t period_ms;   /* of a series made of a number */
    size_t *points_left; /* how many more points may be made */
};

/* Values live in the arena. E_INVALID: arrays of different lengths and what callbacks say; E_LIMIT:
 * the budget is spent. */
MUST_CHECK enum status metric_math_eval(const struct metric_math *math,
                                        const struct math_world *world, struct arena *arena,
                                        struct math_value *out, struct err *err);

#endif
