/* alarms.h - asking CloudWatch: its alarms, and what happened to them.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_ALARMS_H
#define OV_AWS_ALARMS_H

#include "aws/listing.h"
#include "base/mem.h"
#include "domain/alarm.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ALARMS_MAX 2000

struct alarms_event {
    const char *alarm;
    const char *kind; /* "StateUpdate", "ConfigurationUpdate", "Action" */
    const char *summary;
    enum alarm_state from, to; /* StateUpdate only, else ALARM_STATES */
    int64_t time_ms;
};

struct alarms_job; /* under way; gone once `done` was called */

/* Everything handed over is in the arena given at the start. `err` NULL: all is well. `partial`:
 * there are more. Both operations are of those that are free by the million. */
typedef void alarms_done(void *arg, const struct alarm *alarms, size_t count, bool partial,
                         const struct err *err);
/* Metric alarms and composite ones, at most ALARMS_MAX. An alarm on anomaly detection has the
 * nearest comparison, and without the expression of its band. */
struct alarms_job *alarms_describe(struct aws_client *client, struct arena *arena,
                                   alarms_done *done, void *arg);
void alarms_cancel(struct alarms_job *job); /* NULL is fine */

typedef void alarms_events_done(void *arg, const struct alarms_event *events, size_t count,
                                bool partial, const struct err *err);
/* Newest first, at most `max`; `alarm` NULL: of all. */
struct listing *alarms_history(struct aws_client *client, struct arena *arena, const char *alarm,
                               int64_t from_ms, int64_t to_ms, size_t max, alarms_events_done *done,
                               void *arg);

#endif
