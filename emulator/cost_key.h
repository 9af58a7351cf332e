/* cost_key.h - what costs are grouped and filtered by: dimensions, and tags while they are active.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_COST_KEY_H
#define OV_EMULATOR_COST_KEY_H

#include "emulator/cost_ledger.h"

#include <stdbool.h>
#include <stdint.h>

struct cost_dimension {
    const char *name; /* "SERVICE" */
    bool can_group;   /* GetCostAndUsage takes it in GroupBy */
    const char *(*value)(const struct stack *stack, const struct stack_bill_line *line);
};

/* NULL: there is none, or it says nothing about what a stack has. */
const struct cost_dimension *cost_dimension_find(const char *name);

/* One of the two. */
struct cost_key {
    const struct cost_dimension *dimension;
    const char *tag;
};

/* The tag is a cost allocation tag and was active on that day already. */
bool cost_tag_is_active(const struct stack *stack, const char *tag, int64_t day);
/* Borrowed from the stack; "" for a tag that it has not or that was not active. */
const char *cost_key_value(const struct cost_key *key, const struct stack *stack,
                           const struct stack_bill_line *line, int64_t day);

#endif
