/* cost_filter.h - Cost Explorer's expressions: which lines of the bill count.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_COST_FILTER_H
#define OV_EMULATOR_COST_FILTER_H

#include "emulator/aws_call.h"
#include "emulator/cost_key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cost_filter_kind { COST_AND, COST_OR, COST_NOT, COST_IN, COST_ABSENT };

/* Lives in an arena. */
struct cost_filter {
    enum cost_filter_kind kind;
    const struct cost_filter *const *parts; /* AND, OR; NOT has one */
    size_t part_count;
    struct cost_key key;       /* IN, ABSENT; of ABSENT: without a tag, no tag at all */
    const char *const *values; /* IN; "" is what has no such tag */
    size_t value_count;
};

/* The member "Filter" of an operation's input; *out is NULL when there is none. Bounded, and what
 * is not supported is refused by name. */
MUST_CHECK enum status cost_filter_read(const struct cost_filter **out, struct aws_call *call);
/* What has all of these tags. */
const struct cost_filter *cost_filter_of_tags(struct arena *arena, const struct stack_tag *tags,
                                              size_t count);

/* NULL takes every line. */
bool cost_filter_takes(const struct cost_filter *filter, const struct stack *stack,
                       const struct stack_bill_line *line, int64_t day);

#endif
