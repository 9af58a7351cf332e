/* stack_bill.h - what a stack costs: lines of usage, priced day by day.
 * SPDX-License-Identifier: MIT
 *
 * A line is what one resource uses of one thing AWS charges for. Its usage of a day follows from
 * the resource's sizes, the load of that day and incidents; its cost is rounded to a millionth of a
 * dollar once, here (from list prices; what is free a month is not taken off), and every answer
 * (Cost Explorer, Budgets, AWS/Billing) sums the same numbers, so all of them agree to the last
 * digit. */
#ifndef OV_DOMAIN_STACK_BILL_H
#define OV_DOMAIN_STACK_BILL_H

#include "domain/stack.h"

#include <stddef.h>
#include <stdint.h>

struct stack_bill_line {
    const struct stack_resource *resource;
    const char *service;    /* "Amazon Relational Database Service", as Cost Explorer shows it */
    const char *usage_type; /* "NatGateway-Hours"; with the region's prefix where it has one */
    const char *operation;  /* "RunTask" */
    const char *unit;       /* of the usage: "Hrs", "GB", "GB-Mo", "Requests" */
    const struct stack_usage *usage; /* its generator; private */
};

struct stack_charge {
    int64_t microusd;
    int64_t micro_units; /* usage, in millionths of the line's unit */
};

/* The lines, in the order of the resources. */
const struct stack_bill_line *stack_bill_lines(const struct stack *stack, size_t *count);
/* What each line has cost on a day (base/day.h) up to the last full hour of `now_ms`: `charges` has
 * room for all lines. Whole days never change; a day to come costs nothing. */
void stack_bill_day(const struct stack *stack, int64_t day, int64_t now_ms,
                    struct stack_charge *charges);
/* The part of one line and whole day that falls into [from_ms, to_ms), times within that day; hours
 * of a day sum up to it exactly. `of_day` is what stack_bill_day() says once the day is over, as
 * with `now_ms` at its end; up to the current hour it gives what that says now. */
struct stack_charge stack_bill_part(const struct stack *stack, const struct stack_bill_line *line,
                                    const struct stack_charge *of_day, int64_t from_ms,
                                    int64_t to_ms);
/* The same of all lines at once. */
void stack_bill_parts(const struct stack *stack, const struct stack_charge *of_day, int64_t from_ms,
                      int64_t to_ms, struct stack_charge *parts);
/* What stack_bill_day() says of one line. */
struct stack_charge stack_bill_line_day(const struct stack *stack,
                                        const struct stack_bill_line *line, int64_t day,
                                        int64_t now_ms);

/* For stack_read() and stack_free(). */
struct stack_bill_index *stack_bill_index_new(const struct stack *stack);
void stack_bill_index_free(struct stack_bill_index *index);

#endif
