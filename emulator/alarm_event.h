/* alarm_event.h - what happens to an alarm, as its history tells it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_ALARM_EVENT_H
#define OV_EMULATOR_ALARM_EVENT_H

#include "emulator/alarm_definition.h"
#include "store/store.h"

enum alarm_edit { ALARM_CREATED, ALARM_UPDATED, ALARM_DELETED };

/* The ConfigurationUpdate; in the arena. */
const struct alarm_event *alarm_event_edit(struct arena *arena, enum alarm_edit edit,
                                           const struct alarm_row *row, int64_t now_ms);

struct alarm_turning {
    enum alarm_state state;
    const char *reason;
    const char *reason_data; /* JSON, or "" */
};
/* The change that puts an alarm into a state, with a StateUpdate and an Action for each action of
 * that state when it is another one than before. `row` is the alarm until now. */
struct alarm_change alarm_event_turn(struct arena *arena, const struct alarm_row *row,
                                     const struct alarm_definition *def,
                                     const struct alarm_turning *to, int64_t now_ms);

#endif
