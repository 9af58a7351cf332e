/* cost_explorer.h - asking Cost Explorer what was spent, by day and two tags.
 * SPDX-License-Identifier: MIT
 *
 * Each request costs a cent, and so does each further page of an answer. */
#ifndef OV_AWS_COST_EXPLORER_H
#define OV_AWS_COST_EXPLORER_H

#include "aws/client.h"
#include "base/mem.h"
#include "domain/bill.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COST_EXPLORER_ROWS_MAX 50000

struct cost_question {
    int64_t from_day, to_day;    /* [from, to), see base/day.h */
    const char *tags[BILL_KEYS]; /* grouped by these two keys */
    const char *filter_key;      /* only what carries this tag... */
    const char *filter_value;    /* ...with this value; both NULL: everything */
};

struct cost_explorer_job; /* under way; gone once `done` was called */

/* In the arena, as they were told: by day. `err` NULL: all is well. `partial`: there are more.
 * `requests`: those that reached the service, whatever it said. */
typedef void cost_explorer_done(void *arg, const struct bill_row *rows, size_t count, bool partial,
                                unsigned requests, const struct err *err);
/* UnblendedCost, in US dollars; a bill in another currency is E_UNSUPPORTED. */
struct cost_explorer_job *cost_explorer_usage(struct aws_client *client, struct arena *arena,
                                              const struct cost_question *question,
                                              cost_explorer_done *done, void *arg);
/* Tells who hears of answers (client.h) of one that was kept. */
void cost_explorer_tell(const struct aws_client *client, const struct cost_question *question,
                        const struct bill_row *rows, size_t count);
void cost_explorer_cancel(struct cost_explorer_job *job); /* NULL is fine */

#endif
