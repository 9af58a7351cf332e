/* metric_math_own.h - what the files of metric_math share: the tree, the functions.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_METRIC_MATH_OWN_H
#define OV_DOMAIN_METRIC_MATH_OWN_H

#include "domain/metric_math.h"

#define MATH_ARGS_MAX 4 /* of a function; arrays are longer */

enum math_node_kind {
    NODE_NUMBER,
    NODE_TEXT,
    NODE_WORD,
    NODE_ID,
    NODE_LIST,
    NODE_MINUS, /* unary */
    NODE_BINARY,
    NODE_CALL
};

struct math_operator;
struct math_function;

struct math_node {
    enum math_node_kind kind;
    enum math_type type; /* known after the check */
    size_t at;           /* character, from 1 */
    double number;
    const char *text; /* text, word, id */
    const struct math_operator *op;
    const struct math_function *function;
    struct math_node **args;
    size_t count;
    struct series_search *search; /* of SEARCH(), after the check */
};

struct metric_math {
    struct arena *arena;
    struct math_node *root;
};

/* An infix operator. */
struct math_operator {
    const char *sign;
    int strength;    /* larger binds tighter */
    bool is_logic;   /* comparison, AND, OR: no arrays, a missing point is 0 */
    bool from_right; /* a^b^c is a^(b^c) */
    double (*compute)(double a, double b);
};
extern const struct math_operator math_operators[]; /* ends with NULL */
const struct math_operator *math_operator_find(const char *text, size_t len);

/* Evaluation in progress. */
struct math_run {
    const struct math_world *world;
    struct arena *arena;
    struct err *err;
};

enum math_result {
    RESULT_SAME, /* TS gives TS, TS[] gives TS[] */
    RESULT_FOLD, /* TS gives S, TS[] gives TS */
    RESULT_SCALAR,
    RESULT_SERIES,
    RESULT_ARRAY,
    RESULT_IF /* TS unless all are S */
};

typedef enum status math_compute(struct math_run *run, const struct math_node *node,
                                 const struct math_value *args, struct math_value *out);

struct math_function {
    const char *name;
    unsigned char args[MATH_ARGS_MAX]; /* sets of enum math_type */
    size_t min, max;
    enum math_result result;
    math_compute *compute;            /* NULL: known, not computed here */
    int which;                        /* for a compute that serves several */
    const char *words[MATH_ARGS_MAX]; /* " REPEAT LINEAR ": allowed words of an argument */
};
const struct math_function *math_function_find(const char *name);

/* --- values (metric_math_values.c) --- */

/* A series under construction: room for `room` points, taken off the budget. */
struct math_points {
    int64_t *times_ms;
    double *values;
    size_t count;
};
MUST_CHECK enum status math_points_new(struct math_run *run, size_t room, struct math_points *out);
/* Room for `count` series, which are taken off the budget as MATH_SERIES_POINTS each. */
MUST_CHECK enum status math_series_new(struct math_run *run, size_t count,
                                       struct math_series **out);
/* Drops what is no number. */
void math_points_add(struct math_points *points, int64_t time_ms, double value);
/* A copy of `like` with these points; `like` may be NULL. */
struct math_series math_series_of(const struct math_points *points, const struct math_series *like,
                                  int64_t period_ms);
struct math_value math_one(struct math_run *run, struct math_series series);
struct math_value math_scalar(double number);
/* "Position 7: ..." in front; E_INVALID. */
enum status math_fault(const struct math_run *run, const struct math_node *node, const char *fmt,
                       ...) __attribute__((format(printf, 3, 4)));
/* The number of periods that are asked for, and the start of the first. */
size_t math_grid(const struct math_run *run, int64_t period_ms, int64_t *start_ms);

/* The times that any of the series has, each once. */
MUST_CHECK enum status math_times(struct math_run *run, const struct math_series *series,
                                  size_t count, int64_t **times, size_t *time_count);

#endif
