/* pi_load.h - the load of a database by what it is made of: Performance Insights' dimensions.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_PI_LOAD_H
#define OV_EMULATOR_PI_LOAD_H

#include "base/mem.h"
#include "domain/stack.h"

#include <stddef.h>
#include <stdint.h>

#define PI_DIMENSIONS_MAX 2

/* A group and the dimensions it has here. */
struct pi_group {
    const char *name;                          /* "db.user" */
    const char *dimensions[PI_DIMENSIONS_MAX]; /* "db.user.name"; NULL: no more */
};
/* NULL: it is not told here. */
const struct pi_group *pi_group_find(const char *name);

/* Whole periods, as far as minutes are over. */
struct pi_range {
    int64_t start_ms, end_ms, period_ms;
    int64_t known_ms; /* behind the last minute that is over */
};

struct pi_key {
    const char *values[PI_DIMENSIONS_MAX]; /* of the group's dimensions */
    double average;                        /* over the range */
    double *loads;                         /* by period; NaN: nothing is known of it */
};
struct pi_keys {
    struct pi_key *keys; /* the greatest first */
    size_t count;
};
/* The `limit` greatest; in the arena. */
struct pi_keys pi_load_by(const struct pi_group *group, const struct stack *stack,
                          const struct stack_resource *instance, const struct pi_range *range,
                          size_t limit, struct arena *arena);

#endif
