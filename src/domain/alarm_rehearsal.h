/* alarm_rehearsal.h - an alarm played over past data: when it would have fired, flapped, been
 * blind. SPDX-License-Identifier: MIT
 *
 * Pure: the values come from whoever asked for them. The alarm is judged once at the end of every
 * period, as CloudWatch does for periods of a minute. (Longer periods it judges every minute over a
 * sliding window, which values of whole periods cannot show: a real alarm may be up to a period
 * earlier.) */
#ifndef OV_DOMAIN_ALARM_REHEARSAL_H
#define OV_DOMAIN_ALARM_REHEARSAL_H

#include "base/mem.h"
#include "domain/alarm.h"

#include <stddef.h>
#include <stdint.h>

struct alarm_turn {
    int64_t time_ms; /* end of the period that made it turn */
    enum alarm_state from, to;
    bool is_flap; /* back in ALARM within an evaluation range of having left it */
    const char *reason;
};

/* Time during which no datapoint was in the evaluation range: nothing could have been noticed. */
struct alarm_blind_span {
    int64_t start_ms, end_ms;
};

struct alarm_rehearsal {
    const struct alarm_turn *turns;
    size_t turn_count;
    const struct alarm_blind_span *blind;
    size_t blind_count;
    size_t fired; /* turns to ALARM ... */
    size_t flaps; /* ... and those among them that are flaps */
    int64_t state_ms[ALARM_STATES];
    int64_t blind_ms;
    enum alarm_state last;
};

/* `values` are consecutive periods from `start_ms` on, NaN without data; `samples` may be NULL and
 * `percentile` negative, as in an alarm_window. Starts in INSUFFICIENT_DATA. */
void alarm_rehearse(const struct alarm_rule *rule, const double *values, const double *samples,
                    size_t count, int64_t start_ms, double percentile, struct arena *arena,
                    struct alarm_rehearsal *out);

#endif
