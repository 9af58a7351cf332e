/* alarm_watch.h - the thread that evaluates alarms on the product clock.
 * SPDX-License-Identifier: MIT
 *
 * At every full minute each alarm is judged by what is known then (every ten seconds those with a
 * period below a minute, once an hour those that look back more than a day). Only turns are
 * written. When the clock jumps, every minute passed is judged as if it had come, the last day's at
 * most. Composite alarms follow their children at once. */
#ifndef OV_EMULATOR_ALARM_WATCH_H
#define OV_EMULATOR_ALARM_WATCH_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct alarm_watch;
struct emulator;

MUST_CHECK enum status alarm_watch_start(struct alarm_watch **out, struct emulator *em,
                                         struct err *err);
void alarm_watch_stop(struct alarm_watch *watch); /* NULL is fine */

/* Definitions are checked against each other before they are written: whoever edits them holds this
 * from the check to the commit, so that no two make a circle together. */
void alarm_watch_begin_edit(struct alarm_watch *watch);
void alarm_watch_end_edit(struct alarm_watch *watch);
/* Alarms were changed by someone else: composite ones may have to follow. */
void alarm_watch_poke(struct alarm_watch *watch);
/* Waits until all that is due at this moment of a virtual clock has been evaluated; false: not
 * within that time. */
bool alarm_watch_await(struct alarm_watch *watch, int64_t wait_ms);

#endif
