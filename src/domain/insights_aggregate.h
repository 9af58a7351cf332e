/* insights_aggregate.h - what stats computes over a group of records.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_AGGREGATE_H
#define OV_DOMAIN_INSIGHTS_AGGREGATE_H

#include "base/buf.h"
#include "base/mem.h"
#include "domain/insights_plan.h"

struct sketch;
struct distinct;

/* The state of one aggregate of one group; begins zeroed. */
struct insights_tally {
    double count, sum, mean, spread;
    struct value kept;
    int64_t kept_ms;
    char *text; /* owned: the bytes of a text that is kept */
    size_t room;
    struct sketch *sketch;     /* in the arena */
    struct distinct *distinct; /* owned */
};
void tally_fini(struct insights_tally *t);

/* Where the states of all groups take their memory from. */
struct insights_tally_room {
    struct arena *arena;
    struct buf key; /* scratch */
    size_t bytes;   /* owned by the tallies themselves */
};

typedef void aggregate_add(struct insights_tally *t, const struct value *v, int64_t time_ms,
                           struct insights_tally_room *room);
typedef struct value aggregate_result(const struct insights_tally *t, double percent);

struct insights_aggregate {
    const char *name;
    bool wants_percent;
    bool wants_time; /* speaks of the record's own time */
    aggregate_add *add;
    aggregate_result *result;
};

extern const struct insights_aggregate insights_aggregates[]; /* ends with a row without a name */
const struct insights_aggregate *
aggregate_find(const char *name); /* case does not count; or NULL */

#endif
