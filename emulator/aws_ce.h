/* aws_ce.h - what the operations of Cost Explorer share.
 * SPDX-License-Identifier: MIT
 *
 * Supported of an input is what the operation's file says; anything else is refused by name, as
 * cost categories and billing views are, which a stack has not. */
#ifndef OV_EMULATOR_AWS_CE_H
#define OV_EMULATOR_AWS_CE_H

#include "emulator/aws_call.h"
#include "emulator/cost_view.h"

#include <stdint.h>

#define CE_TEXT_MAX  1024
#define CE_TOKEN_MAX 8192
#define CE_PAGE      1000 /* values, tags */

/* [from, to), in hours since 1970 so that hourly requests fit too. */
struct ce_period {
    int64_t from, to;
    bool has_hours; /* Start and End are written with a time */
};
MUST_CHECK enum status ce_period_read(struct ce_period *out, struct aws_call *call);
/* The same day of the month, so many months later (or, below 0, earlier); the month's last day
 * where that is shorter. */
int64_t ce_months_later(int64_t day, int months);
/* Refuses with what the service says of periods of costs: ends in the next month, begins more than
 * 14 months ago. */
MUST_CHECK enum status ce_period_check_past(const struct ce_period *period, struct aws_call *call);
/* "TimePeriod": {"Start", "End"}. */
void ce_put_period(cJSON *to, const struct ce_period *period);

enum status ce_refuse(struct aws_call *call, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* No account, or the store failed. */
enum status ce_failed(struct aws_call *call, const struct err *err);

/* Millionths as Cost Explorer writes amounts: "1.234568", "0". */
#define CE_AMOUNT 32
void ce_amount(char text[CE_AMOUNT], int64_t millionths);

/* The account's entry in a list of values with attributes. */
void ce_put_account(cJSON *list, const struct stack *stack);

/* The place that a page begins at, from the token of this name, which belongs to this operation and
 * the same other members; 0 without one. */
MUST_CHECK enum status ce_place_read(uint64_t *place, struct aws_call *call, const char *operation,
                                     const char *token_name, const char *const *keys);
void ce_place_put(struct aws_call *call, const char *operation, const char *token_name,
                  const char *const *keys, uint64_t place);

#endif
