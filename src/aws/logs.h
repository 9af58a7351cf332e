/* logs.h - asking CloudWatch Logs: which groups there are, and the lines in one.
 * SPDX-License-Identifier: MIT
 *
 * None of these requests has a price. */
#ifndef OV_AWS_LOGS_H
#define OV_AWS_LOGS_H

#include "aws/client.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct logs_group {
    const char *name;
    int64_t created_ms;
    int64_t stored_bytes;
};

struct logs_event {
    const char *id;
    const char *stream;
    const char *message;
    size_t message_len;
    int64_t time_ms;
    int64_t ingested_ms;
};

struct logs_job; /* under way; gone once `done` was called */

/* Everything handed over is in the arena given at the start. `err` NULL: all is well. */
typedef void logs_groups_done(void *arg, const struct logs_group *groups, size_t count,
                              bool partial, const struct err *err);
/* At most `max`, in the server's order, which is by name. */
struct logs_job *logs_describe_groups(struct aws_client *client, struct arena *arena,
                                      const char *prefix, size_t max, logs_groups_done *done,
                                      void *arg);

typedef void logs_events_done(void *arg, const struct logs_event *events, size_t count,
                              bool partial, const struct err *err);

struct logs_filter {
    const char *group;
    const char *pattern; /* NULL: every line */
    int64_t from_ms;
    int64_t to_ms; /* both inclusive, as the service has it */
    size_t max;    /* lines; the newest are kept, `partial` says there were more */
};
/* Ascending by time. */
struct logs_job *logs_filter_events(struct aws_client *client, struct arena *arena,
                                    const struct logs_filter *filter, logs_events_done *done,
                                    void *arg);

void logs_cancel(struct logs_job *job); /* NULL is fine */

#endif
