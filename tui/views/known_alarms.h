/* known_alarms.h - the alarms that exist, and what happened to them.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_KNOWN_ALARMS_H
#define OV_TUI_VIEWS_KNOWN_ALARMS_H

#include "domain/alarm.h"
#include "tui/view.h"

#include <stddef.h>

/* The alarms themselves, and the changes of all of them inside the range. */
void known_alarms_ask(struct ask_list *asks, const struct view_query *q);
const struct answer *known_alarms_answer(const struct view_query *q);                /* or NULL */
const struct answer *known_alarms_events(const struct view_query *q);                /* or NULL */
const struct alarm *known_alarms_find(const struct view_query *q, const char *name); /* or NULL */

/* How many are in each state; *worst is the one in ALARM for the longest, or NULL. */
void known_alarms_count(const struct view_query *q, size_t counts[ALARM_STATES],
                        const struct alarm **worst);
int64_t alarm_since_ms(const struct alarm *alarm); /* in this state */

/* "ALARM", "OK", "no data" */
const char *alarm_state_word(enum alarm_state state);
enum level alarm_state_level(enum alarm_state state);
/* "OK to ALARM" of a StateUpdate, else the kind of the event in a word. */
const char *alarm_event_word(struct arena *arena, const struct alarm_history_item *event);
enum level alarm_event_level(const struct alarm_history_item *event);

#endif
