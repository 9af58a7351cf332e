/* cost_tags.h - asking Cost Explorer which tag keys costs can be grouped by.
 * SPDX-License-Identifier: MIT
 *
 * Each request costs a cent; one for every thousand keys. */
#ifndef OV_AWS_COST_TAGS_H
#define OV_AWS_COST_TAGS_H

#include "aws/listing.h"
#include "base/mem.h"
#include "domain/bill.h"

#include <stdbool.h>
#include <stddef.h>

#define COST_TAGS_MAX 1000

/* In the arena. `err` NULL: all is well. `partial`: there are more. `requests`: those that reached
 * the service, whatever it said. */
typedef void cost_tags_done(void *arg, const struct bill_tag *tags, size_t count, bool partial,
                            unsigned requests, const struct err *err);
struct listing *cost_tags_list(struct aws_client *client, struct arena *arena, cost_tags_done *done,
                               void *arg);

/* Tells who hears of answers (client.h) of one that was kept. */
void cost_tags_tell(const struct aws_client *client, const struct bill_tag *tags, size_t count);

#endif
