/* alarm_event.c - summaries and data of an alarm's history.
 * SPDX-License-Identifier: MIT
 *
 * Shaped like CloudWatch's. One thing is different and says so: an Action is never carried out
 * here, so its item tells that nothing was sent. */
#include "config.h"

#include "emulator/alarm_event.h"

#include <ctype.h>
#include <string.h>

#include "base/json.h"

#define DATA_MAX    4095 /* HistoryData */
#define SUMMARY_MAX 255
#define TEXT_MAX    ((size_t)1 << 20)

/* Prints and deletes; NULL when longer than an item may be. */
static const char *
print(struct arena *arena, cJSON *data)
{
    const char *text = NULL;
    struct buf b;

    buf_init(&b, TEXT_MAX);
    json_print(&b, data);
    if (!buf_failed(&b) && b.len <= DATA_MAX)
        text = arena_strdup(arena, b.data);
    buf_fini(&b);
    cJSON_Delete(data);
    return text;
}

static cJSON *
begin(void)
{
    cJSON *data = cJSON_CreateObject();

    cJSON_AddStringToObject(data, "version", "1.0");
    return data;
}

/* A member that is JSON already; left out when there is none. */
static void
add_json(cJSON *to, const char *key, const char *text)
{
    if (text != NULL && *text != '\0')
        cJSON_AddRawToObject(to, key, text);
}

static void
set_event(struct alarm_event *event, struct arena *arena, const struct alarm_row *row,
          enum alarm_event_kind kind, int64_t now_ms, const char *summary, const char *data)
{
    *event = (struct alarm_event){ .name = row->name,
                                   .is_composite = row->is_composite,
                                   .kind = kind,
                                   .time_ms = now_ms,
                                   .summary = arena_strndup(arena, summary, SUMMARY_MAX),
                                   .data = data };
}

/* --- configuration ---------------------------------------------------------------------------- */

/* History spells members "alarmName" and, for once, "okactions". */
static void
respell(cJSON *value)
{
    cJSON *member;

    cJSON_ArrayForEach(member, value)
    {
        if (member->string != NULL && strcmp(member->string, "OKActions") == 0)
            memcpy(member->string, "okactions", sizeof "okactions");
        else if (member->string != NULL)
            member->string[0] = (char)tolower((unsigned char)member->string[0]);
        respell(member);
    }
}

static void
add_definition(cJSON *to, const char *key, const char *definition)
{
    cJSON *copy = NULL;

    if (json_parse(&copy, definition, strlen(definition), NULL) != OK)
        return;
    respell(copy);
    cJSON_AddItemToObject(to, key, copy);
}

const struct alarm_event *
alarm_event_edit(struct arena *arena, enum alarm_edit edit, const struct alarm_row *row,
                 int64_t now_ms)
{
    static const struct {
        const char *done, *type, *member;
    } words[] = {
        [ALARM_CREATED] = { "created", "Create", "createdAlarm" },
        [ALARM_UPDATED] = { "updated", "Update", "updatedAlarm" },
        [ALARM_DELETED] = { "deleted", "Delete", "deletedAlarm" },
    };
    struct alarm_event *event = arena_alloc(arena, sizeof *event);
    const char *summary = arena_printf(arena, "Alarm \"%s\" %s", row->name, words[edit].done);
    cJSON *data = begin();
    const char *text;

    cJSON_AddStringToObject(data, "type", words[edit].type);
    add_definition(data, words[edit].member, row->definition);
    text = print(arena, data);
    if (text == NULL)
        text = arena_printf(arena, "{\"version\":\"1.0\",\"type\":\"%s\"}", words[edit].type);
    set_event(event, arena, row, ALARM_EVENT_CONFIGURATION, now_ms, summary, text);
    return event;
}

/* --- states ----------------------------------------------------------------------------------- */

static void
add_state(cJSON *to, const char *key, enum alarm_state state, const char *reason,
          const char *reason_data)
{
    cJSON *object = cJSON_AddObjectToObject(to, key);

    cJSON_AddStringToObject(object, "stateValue", alarm_state_name(state));
    cJSON_AddStringToObject(object, "stateReason", reason);
    add_json(object, "stateReasonData", reason_data);
}

/* The data of both reasons when they fit, else of the new one, else none. */
static const char *
tell_turn(struct arena *arena, const struct alarm_row *row, const struct alarm_turning *to)
{
    const char *text = NULL;

    for (int parts = 2; parts >= 0 && text == NULL; parts--) {
        cJSON *data = begin();

        add_state(data, "oldState", row->state, row->reason, parts == 2 ? row->reason_data : NULL);
        add_state(data, "newState", to->state, to->reason, parts > 0 ? to->reason_data : NULL);
        text = print(arena, data);
    }
    return text == NULL ? "{\"version\":\"1.0\"}" : text;
}

static void
add_action(struct alarm_event *event, struct arena *arena, const struct alarm_row *row,
           const char *arn, int64_t now_ms)
{
    cJSON *data = begin();

    cJSON_AddStringToObject(data, "actionState", "NotSent");
    cJSON_AddNumberToObject(data, "stateUpdateTimestamp", (double)now_ms);
    cJSON_AddStringToObject(data, "notificationResource", arn);
    cJSON_AddStringToObject(data, "error", "obsview records actions and carries none out");
    set_event(event, arena, row, ALARM_EVENT_ACTION, now_ms,
              arena_printf(arena, "Recorded action %s (obsview sends nothing)", arn),
              print(arena, data));
}

struct alarm_change
alarm_event_turn(struct arena *arena, const struct alarm_row *row,
                 const struct alarm_definition *def, const struct alarm_turning *to, int64_t now_ms)
{
    const size_t actions = row->actions_enabled ? def->action_counts[to->state] : 0;
    struct alarm_change change = { .kind = ALARM_SET_STATE, .row = *row };
    struct alarm_event *events = arena_alloc(arena, (actions + 1) * sizeof *events);
    const char *summary = arena_printf(arena, "Alarm updated from %s to %s",
                                       alarm_state_name(row->state), alarm_state_name(to->state));

    change.row.state = to->state;
    change.row.reason = to->reason;
    change.row.reason_data = to->reason_data;
    change.row.updated_ms = now_ms;
    change.events = events;
    if (row->state == to->state)
        return change;
    change.row.changed_ms = now_ms;
    set_event(&events[change.event_count++], arena, row, ALARM_EVENT_STATE, now_ms, summary,
              tell_turn(arena, row, to));
    for (size_t i = 0; i < actions; i++)
        add_action(&events[change.event_count++], arena, row, def->actions[to->state][i], now_ms);
    return change;
}
