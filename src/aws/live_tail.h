/* live_tail.h - new lines of a log group as they are written: CloudWatch Logs' Live Tail.
 * SPDX-License-Identifier: MIT
 *
 * A session costs money by the minute, so nobody has one who did not ask for it. */
#ifndef OV_AWS_LIVE_TAIL_H
#define OV_AWS_LIVE_TAIL_H

#include "aws/client.h"
#include "aws/logs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct live_tail; /* under way; gone once it told an end */

/* Told about each second: what is new. The lines have no ids, and live as long as the call.
 * `is_sampled`: there were more than the service hands over (500 a second). */
typedef void live_tail_lines(void *arg, const struct logs_event *lines, size_t count,
                             bool is_sampled);
/* The session is over: it always has a reason. */
typedef void live_tail_end(void *arg, const struct err *err);

/* `group` is a name; what the service wants instead, its ARN, is looked up first. `pattern` NULL:
 * every line. */
struct live_tail *live_tail_start(struct aws_client *client, const char *group, const char *pattern,
                                  live_tail_lines *lines, live_tail_end *end, void *arg);
void live_tail_stop(struct live_tail *tail); /* NULL is fine */
/* So far, of the session alone. */
int64_t live_tail_cost_microusd(const struct live_tail *tail);

#endif
