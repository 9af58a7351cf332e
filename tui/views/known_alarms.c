/* known_alarms.c - asked once for every view that speaks of alarms.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/views/known_alarms.h"

#include <string.h>

#define DAY_MS  INT64_C(86400000)
#define PACE_MS 60000 /* alarms are judged once a minute */

void
known_alarms_ask(struct ask_list *asks, const struct view_query *q)
{
    ask_list_add(asks, &(struct ask){ .key = "alarms",
                                      .kind = ASK_ALARMS,
                                      .range = { .span_ms = DAY_MS },
                                      .pace_ms = PACE_MS });
    if (q->is_behind)
        return;
    ask_list_add(asks, &(struct ask){ .key = "alarms.events",
                                      .kind = ASK_ALARM_EVENTS,
                                      .range = q->range,
                                      .pace_ms = PACE_MS });
}

const struct answer *
known_alarms_answer(const struct view_query *q)
{
    return snapshot_answer(q->snapshot, "alarms");
}

const struct answer *
known_alarms_events(const struct view_query *q)
{
    return snapshot_answer(q->snapshot, "alarms.events");
}

const struct alarm *
known_alarms_find(const struct view_query *q, const char *name)
{
    const struct answer *answer = known_alarms_answer(q);

    for (size_t i = 0; answer != NULL && i < answer->alarm_count; i++) {
        if (strcmp(answer->alarms[i].name, name) == 0)
            return &answer->alarms[i];
    }
    return NULL;
}

int64_t
alarm_since_ms(const struct alarm *alarm)
{
    return alarm->changed_ms != 0 ? alarm->changed_ms : alarm->updated_ms;
}

void
known_alarms_count(const struct view_query *q, size_t counts[ALARM_STATES],
                   const struct alarm **worst)
{
    const struct answer *answer = known_alarms_answer(q);

    memset(counts, 0, ALARM_STATES * sizeof *counts);
    *worst = NULL;
    for (size_t i = 0; answer != NULL && i < answer->alarm_count; i++) {
        const struct alarm *alarm = &answer->alarms[i];

        counts[alarm->state]++;
        if (alarm->state == ALARM_STATE_ALARM &&
            (*worst == NULL || alarm_since_ms(alarm) < alarm_since_ms(*worst)))
            *worst = alarm;
    }
}

const char *
alarm_state_word(enum alarm_state state)
{
    return state == ALARM_STATE_NO_DATA ? "no data" : alarm_state_name(state);
}

enum level
alarm_state_level(enum alarm_state state)
{
    if (state == ALARM_STATE_ALARM)
        return LEVEL_BAD;
    return state == ALARM_STATE_OK ? LEVEL_OK : LEVEL_UNKNOWN;
}

static bool
is_change(const struct alarm_history_item *event)
{
    return event->from != ALARM_STATES && event->to != ALARM_STATES;
}

const char *
alarm_event_word(struct arena *arena, const struct alarm_history_item *event)
{
    static const char *const words[][2] = { { "ConfigurationUpdate", "configured" },
                                            { "Action", "action" },
                                            { "StateUpdate", "state" } };

    if (is_change(event))
        return arena_printf(arena, "%s to %s", alarm_state_word(event->from),
                            alarm_state_word(event->to));
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(event->kind, words[i][0]) == 0)
            return words[i][1];
    }
    return event->kind;
}

enum level
alarm_event_level(const struct alarm_history_item *event)
{
    return is_change(event) ? alarm_state_level(event->to) : LEVEL_NONE;
}
