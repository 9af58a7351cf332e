/* aws_alarm_set.c - CloudWatch operations that change alarms: states, actions, tags, deletion.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "emulator/alarm_event.h"
#include "emulator/alarm_watch.h"
#include "emulator/aws_alarm.h"
#include "emulator/aws_operations.h"
#include "emulator/parts.h"

#define REASON_MAX 1023
#define DATA_MAX   4000
#define ARN_MAX    1024
#define TAGS_MAX   50
#define TAG_KEY    128

/* --- states ----------------------------------------------------------------------------------- */

static enum status
read_reason_data(const struct awsvalue *in, struct arena *arena, const char **out)
{
    struct err err = { 0 };
    const cJSON *parsed;
    enum status st = awsvalue_string(in, "StateReasonData", AWS_OPTIONAL, 0, DATA_MAX, out);

    if (st != OK || **out == '\0')
        return st;
    if (json_parse_in(&parsed, arena, *out, strlen(*out), &err) != OK)
        return wire_error_set(in->error, 400, "InvalidFormatFault", "StateReasonData is %s",
                              err.text);
    return OK;
}

enum status
aws_set_alarm_state(struct aws_call *call)
{
    static const char *const known[] = { "AlarmName", "StateValue", "StateReason",
                                         "StateReasonData", NULL };
    static const char *const states[] = { "OK", "ALARM", "INSUFFICIENT_DATA", NULL };
    const struct awsvalue *in = &call->in;
    struct alarm_turning to = { .reason_data = "" };
    struct alarm_definition def;
    struct alarm_change change;
    struct alarm_row row;
    const char *name = NULL;
    int state = 0;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = awsvalue_string(in, "AlarmName", AWS_REQUIRED, 1, ALARM_NAME_MAX, &name);
    if (st == OK)
        st = awsvalue_enum(in, "StateValue", AWS_REQUIRED, states, &state);
    if (st == OK)
        st = awsvalue_string(in, "StateReason", AWS_REQUIRED, 0, REASON_MAX, &to.reason);
    if (st == OK)
        st = read_reason_data(in, call->arena, &to.reason_data);
    if (st == OK)
        st = aws_alarm_find(call, name, &row);
    if (st == OK)
        st =
            alarm_definition_load(&def, call->arena, row.definition, row.is_composite, call->error);
    if (st != OK)
        return st;
    to.state = (enum alarm_state)state;
    change = alarm_event_turn(call->arena, &row, &def, &to, call->now_ms);
    snprintf(call->note, sizeof call->note, "%.40s: %s", name, states[state]);
    return aws_alarm_change(call, &change, 1);
}

/* --- deletion --------------------------------------------------------------------------------- */

static bool
is_named(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

/* No alarm goes that stays in the rule of another; nor two composite ones at a time, as on AWS. */
static enum status
check_deletion(struct aws_call *call, const struct alarm_set *set, const char *const *names,
               size_t count)
{
    const char *composite = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct alarm_entry *entry = alarm_set_find(set, names[i]);
        const struct alarm_entry *parent = alarm_set_parent(set, names[i], NULL);

        while (parent != NULL && is_named(parent->row.name, names, count))
            parent = alarm_set_parent(set, names[i], parent);
        if (entry != NULL && parent != NULL)
            return wire_error_set(call->error, 400, "ValidationError",
                                  "Cannot delete %s as the composite alarm %s depends on it",
                                  names[i], parent->row.name);
        if (entry == NULL || !entry->row.is_composite)
            continue;
        if (composite != NULL && strcmp(composite, names[i]) != 0)
            return wire_error_set(call->error, 400, "ValidationError",
                                  "At most one composite alarm can be deleted at a time: %s and %s",
                                  composite, names[i]);
        composite = names[i];
    }
    return OK;
}

/* Names that do not exist are passed over, as on AWS. */
static enum status
delete_named(struct aws_call *call, const struct alarm_set *set, const char *const *names,
             size_t count)
{
    struct alarm_change *changes = arena_alloc(call->arena, (count + 1) * sizeof *changes);
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        const struct alarm_entry *entry = alarm_set_find(set, names[i]);

        if (entry == NULL || is_named(names[i], names, i))
            continue;
        changes[n] = (struct alarm_change){ .kind = ALARM_DELETE, .row = entry->row };
        changes[n].events = alarm_event_edit(call->arena, ALARM_DELETED, &entry->row, call->now_ms);
        changes[n++].event_count = 1;
    }
    snprintf(call->note, sizeof call->note, "%zu %s", n, n == 1 ? "alarm" : "alarms");
    return n == 0 ? OK : aws_alarm_change(call, changes, n);
}

enum status
aws_delete_alarms(struct aws_call *call)
{
    static const char *const known[] = { "AlarmNames", NULL };
    const char *const *names = NULL;
    struct alarm_set *set = NULL;
    size_t count = 0;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_alarm_names(call, &names, &count);
    if (st != OK)
        return st;
    alarm_watch_begin_edit(emulator_alarm_watch(call->em));
    st = aws_alarm_load(call, &set);
    if (st == OK)
        st = check_deletion(call, set, names, count);
    if (st == OK)
        st = delete_named(call, set, names, count);
    alarm_watch_end_edit(emulator_alarm_watch(call->em));
    alarm_set_free(set);
    return st;
}

/* --- actions ---------------------------------------------------------------------------------- */

static enum status
switch_actions(struct aws_call *call, bool enabled)
{
    static const char *const known[] = { "AlarmNames", NULL };
    const char *const *names = NULL;
    struct alarm_change *changes;
    size_t count = 0;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_alarm_names(call, &names, &count);
    changes = arena_alloc(call->arena, (count + 1) * sizeof *changes);
    for (size_t i = 0; i < count && st == OK; i++) {
        struct alarm_row *row = &changes[i].row;

        st = aws_alarm_find(call, names[i], row);
        if (st != OK)
            break;
        row->actions_enabled = enabled;
        row->configured_ms = call->now_ms;
        changes[i].kind = ALARM_SET_ACTIONS;
        changes[i].events = alarm_event_edit(call->arena, ALARM_UPDATED, row, call->now_ms);
        changes[i].event_count = 1;
    }
    if (st != OK)
        return st;
    snprintf(call->note, sizeof call->note, "%zu %s", count, count == 1 ? "alarm" : "alarms");
    return aws_alarm_change(call, changes, count);
}

enum status
aws_enable_alarm_actions(struct aws_call *call)
{
    return switch_actions(call, true);
}

enum status
aws_disable_alarm_actions(struct aws_call *call)
{
    return switch_actions(call, false);
}

/* --- tags ------------------------------------------------------------------------------------- */

static enum status
read_resource(struct aws_call *call, struct alarm_row *row)
{
    const char *arn = NULL, *name;
    enum status st = awsvalue_string(&call->in, "ResourceARN", AWS_REQUIRED, 1, ARN_MAX, &arn);

    if (st != OK)
        return st;
    name = strstr(arn, ":alarm:");
    if (strncmp(arn, "arn:aws:cloudwatch:", 19) != 0 || name == NULL)
        return awsvalue_invalid(&call->in, "ResourceARN",
                                "must be the ARN of an alarm; nothing else has tags in obsview");
    if (store_find_alarm(call->reader, call->arena, name + strlen(":alarm:"), row, NULL) != OK)
        return wire_error_set(call->error, 404, "ResourceNotFoundException", "Unknown alarm %.200s",
                              arn);
    return OK;
}

static enum status
keep_tags(struct aws_call *call, const struct alarm_row *row, const cJSON *tags)
{
    struct alarm_change change = { .kind = ALARM_SET_TAGS, .row = *row };

    change.row.tags = aws_alarm_print(call->arena, tags);
    return aws_alarm_change(call, &change, 1);
}

static cJSON *
parse_tags(const struct alarm_row *row)
{
    cJSON *tags = NULL;

    if (json_parse(&tags, row->tags, strlen(row->tags), NULL) != OK)
        tags = cJSON_CreateArray();
    return tags;
}

static void
drop_tag(cJSON *tags, const char *key)
{
    cJSON *tag = tags->child;

    while (tag != NULL) {
        cJSON *next = tag->next;

        if (strcmp(json_get_string(tag, "Key", ""), key) == 0)
            cJSON_Delete(cJSON_DetachItemViaPointer(tags, tag));
        tag = next;
    }
}

enum status
aws_list_alarm_tags(struct aws_call *call)
{
    static const char *const known[] = { "ResourceARN", NULL };
    struct alarm_row row;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_resource(call, &row);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    cJSON_AddItemToObject(call->out, "Tags", parse_tags(&row));
    return OK;
}

enum status
aws_tag_alarm(struct aws_call *call)
{
    static const char *const known[] = { "ResourceARN", "Tags", NULL };
    cJSON *given = NULL, *tags;
    struct alarm_row row;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_resource(call, &row);
    if (st == OK)
        st = aws_alarm_read_tags(call, AWS_REQUIRED, &given);
    if (st != OK)
        return st;
    tags = parse_tags(&row);
    while (given->child != NULL) {
        cJSON *tag = cJSON_DetachItemFromArray(given, 0);

        drop_tag(tags, json_get_string(tag, "Key", ""));
        cJSON_AddItemToArray(tags, tag);
    }
    if (cJSON_GetArraySize(tags) > TAGS_MAX)
        st = awsvalue_invalid(&call->in, "Tags", "would make more than %d tags", TAGS_MAX);
    else
        st = keep_tags(call, &row, tags);
    cJSON_Delete(given);
    cJSON_Delete(tags);
    if (st == OK)
        call->out = cJSON_CreateObject();
    return st;
}

enum status
aws_untag_alarm(struct aws_call *call)
{
    static const char *const known[] = { "ResourceARN", "TagKeys", NULL };
    struct awslist list = { 0 };
    struct alarm_row row;
    cJSON *tags;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_resource(call, &row);
    if (st == OK)
        st = aws_list(&call->in, "TagKeys", AWS_REQUIRED, TAGS_MAX, &list);
    if (st != OK)
        return st;
    tags = parse_tags(&row);
    while (st == OK && awslist_next(&list)) {
        const char *key = NULL;

        st = awslist_string(&list, 1, TAG_KEY, &key);
        if (st == OK)
            drop_tag(tags, key);
    }
    if (st == OK)
        st = keep_tags(call, &row, tags);
    cJSON_Delete(tags);
    if (st == OK)
        call->out = cJSON_CreateObject();
    return st;
}
