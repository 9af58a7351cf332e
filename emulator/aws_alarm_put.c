/* aws_alarm_put.c - CloudWatch PutMetricAlarm and PutCompositeAlarm.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "emulator/alarm_event.h"
#include "emulator/alarm_watch.h"
#include "emulator/aws_alarm.h"
#include "emulator/aws_operations.h"
#include "emulator/parts.h"

#define PAYLOAD_MAX 122880 /* 120 KB, API reference */

static const char first_reason[] = "Unchecked: Initial alarm creation";

/* A new alarm begins in INSUFFICIENT_DATA; one that is there keeps state and tags. */
static enum status
keep(struct aws_call *call, const struct alarm_definition *def)
{
    struct alarm_change change = { .kind = ALARM_PUT, .event_count = 1 };
    struct alarm_row known;
    struct err err = { 0 };
    cJSON *shown = alarm_definition_show(def), *tags = NULL;
    enum status st = aws_alarm_read_tags(call, AWS_OPTIONAL, &tags);
    bool is_new;

    change.row = (struct alarm_row){
        .name = def->name,
        .is_composite = def->is_composite,
        .actions_enabled = def->actions_enabled,
        .definition = aws_alarm_print(call->arena, shown),
        .state = ALARM_STATE_NO_DATA,
        .reason = first_reason,
        .reason_data = "",
        .updated_ms = call->now_ms,
        .changed_ms = call->now_ms,
        .configured_ms = call->now_ms,
    };
    if (st == OK)
        change.row.tags = aws_alarm_print(call->arena, tags);
    cJSON_Delete(shown);
    cJSON_Delete(tags);
    if (st != OK)
        return st;
    if (strlen(change.row.definition) > PAYLOAD_MAX)
        return wire_error_set(call->error, 400, "ValidationError", "An alarm has at most %d bytes",
                              PAYLOAD_MAX);
    st = store_find_alarm(call->reader, call->arena, def->name, &known, &err);
    if (st != OK && st != E_NOTFOUND)
        return aws_store_failed(call, &err);
    is_new = st == E_NOTFOUND;
    if (!is_new && known.is_composite != def->is_composite)
        return wire_error_set(call->error, 400, "ValidationError",
                              "%s is the name of a %s alarm already", def->name,
                              known.is_composite ? "composite" : "metric");
    change.events = alarm_event_edit(call->arena, is_new ? ALARM_CREATED : ALARM_UPDATED,
                                     &change.row, call->now_ms);
    snprintf(call->note, sizeof call->note, "%.40s %s", def->name, is_new ? "created" : "updated");
    return aws_alarm_change(call, &change, 1);
}

enum status
aws_put_metric_alarm(struct aws_call *call)
{
    struct alarm_definition def;
    enum status st = aws_only(&call->in, alarm_definition_members);

    if (st == OK)
        st = alarm_definition_read_metric(&def, call->arena, &call->in);
    return st == OK ? keep(call, &def) : st;
}

/* --- composite alarms ------------------------------------------------------------------------- */

static enum status
check_children(struct aws_call *call, const struct alarm_set *set,
               const struct alarm_definition *def)
{
    const char *const *names, *through;
    size_t count;

    alarm_rule_children(def->expr, call->arena, &names, &count);
    for (size_t i = 0; i < count; i++) {
        if (alarm_set_find(set, names[i]) == NULL && strcmp(names[i], def->name) != 0)
            return wire_error_set(call->error, 400, "ValidationError",
                                  "Could not save the composite alarm as alarm %s in the alarm "
                                  "rule does not exist",
                                  names[i]);
    }
    through = alarm_set_cycle(set, def->name, def->expr);
    if (through != NULL)
        return wire_error_set(call->error, 400, "ValidationError",
                              "Could not save the composite alarm: its rule comes back to itself "
                              "through %s, and obsview evaluates no cycles",
                              through);
    return OK;
}

enum status
aws_put_composite_alarm(struct aws_call *call)
{
    static const char *const known[] = { "AlarmName",
                                         "AlarmDescription",
                                         "ActionsEnabled",
                                         "OKActions",
                                         "AlarmActions",
                                         "InsufficientDataActions",
                                         "AlarmRule",
                                         "Tags",
                                         NULL };
    struct alarm_definition def;
    struct alarm_set *set = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = alarm_definition_read_composite(&def, call->arena, &call->in);
    if (st != OK)
        return st;
    alarm_watch_begin_edit(emulator_alarm_watch(call->em));
    st = aws_alarm_load(call, &set);
    if (st == OK)
        st = check_children(call, set, &def);
    alarm_set_free(set);
    if (st == OK)
        st = keep(call, &def);
    alarm_watch_end_edit(emulator_alarm_watch(call->em));
    return st;
}
