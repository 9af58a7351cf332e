/* budgets.h - asking Budgets: limits, what counts against them, and who is told when.
 * SPDX-License-Identifier: MIT
 *
 * Reading has no price. The account, which has to be named, is learnt from STS. */
#ifndef OV_AWS_BUDGETS_H
#define OV_AWS_BUDGETS_H

#include "aws/client.h"
#include "base/mem.h"
#include "domain/bill.h"

#include <stdbool.h>
#include <stddef.h>

#define BUDGETS_MAX      100
#define BUDGETS_TOLD_MAX 10 /* of how many the notifications are asked for: one request each */

struct budgets_job; /* under way; gone once `done` was called */

/* In the arena, those of costs first. `err` NULL: all is well. `partial`: there are more. A budget
 * whose notifications are refused is told without them. Budgets that are not in US dollars are left
 * out. */
typedef void budgets_done(void *arg, const struct bill_budget *budgets, size_t count, bool partial,
                          const struct err *err);
struct budgets_job *budgets_list(struct aws_client *client, struct arena *arena, budgets_done *done,
                                 void *arg);
void budgets_cancel(struct budgets_job *job); /* NULL is fine */

#endif
