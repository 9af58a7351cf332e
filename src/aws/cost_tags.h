/* cost_tags.h - asking Cost Explorer which tag keys costs can be grouped by.
 * SPDX-License-Identifier: MIT
 *
 * Each request costs a cent; there is one for every hundred keys. */
#ifndef OV_AWS_COST_TAGS_H
#define OV_AWS_COST_TAGS_H

#include "aws/client.h"
#include "base/mem.h"
#include "domain/bill.h"

#include <stdbool.h>
#include <stddef.h>

#define COST_TAGS_MAX 1000

struct cost_tags_job; /* under way; gone once `done` was called */

/* In the arena. `err` NULL: all is well. `partial`: there are more. `requests`: those that reached
 * the service, whatever it said. */
typedef void cost_tags_done(void *arg, const struct bill_tag *tags, size_t count, bool partial,
                            unsigned requests, const struct err *err);
struct cost_tags_job *cost_tags_list(struct aws_client *client, struct arena *arena,
                                     cost_tags_done *done, void *arg);
void cost_tags_cancel(struct cost_tags_job *job); /* NULL is fine */

#endif
