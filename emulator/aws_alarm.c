/* aws_alarm.c - the shared parts of operations on alarms.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/aws_alarm.h"

#include <string.h>

#include "base/json.h"
#include "emulator/alarm_watch.h"
#include "emulator/aws_token.h"
#include "emulator/changes.h"
#include "emulator/parts.h"

#define RECORDS_MAX 100
#define TOKEN_CHARS 4096
#define TAGS_MAX    50
#define TAG_KEY     128
#define TAG_VALUE   256
#define TEXT_MAX    ((size_t)1 << 20)

enum status
aws_alarm_find(struct aws_call *call, const char *name, struct alarm_row *out)
{
    struct err err = { 0 };
    enum status st = store_find_alarm(call->reader, call->arena, name, out, &err);

    if (st == E_NOTFOUND)
        return wire_error_set(call->error, 404, "ResourceNotFound", "Unknown alarm name %s", name);
    return st == OK ? OK : aws_store_failed(call, &err);
}

enum status
aws_alarm_names(struct aws_call *call, const char *const **names, size_t *count)
{
    struct awslist list = { 0 };
    enum status st = aws_list(&call->in, "AlarmNames", AWS_REQUIRED, AWS_ALARM_NAMES_MAX, &list);
    const char **all;

    if (st != OK)
        return st;
    all = arena_alloc(call->arena, (list.count + 1) * sizeof *all);
    *count = 0;
    while (st == OK && awslist_next(&list))
        st = awslist_string(&list, 1, ALARM_NAME_MAX, &all[(*count)++]);
    *names = all;
    return st;
}

enum status
aws_alarm_load(struct aws_call *call, struct alarm_set **out)
{
    struct err err = { 0 };

    if (alarm_set_load(out, call->reader, store_alarm_generation(call->store), &err) != OK)
        return aws_store_failed(call, &err);
    return OK;
}

enum status
aws_alarm_change(struct aws_call *call, const struct alarm_change *changes, size_t count)
{
    struct err err = { 0 };
    enum status st = store_change_alarms(call->store, changes, count, &err);

    if (st == E_LIMIT)
        return wire_error_set(call->error, 400, "LimitExceededFault", "%s", err.text);
    if (st != OK)
        return aws_store_failed(call, &err);
    changes_poke(emulator_changes(call->em));
    alarm_watch_poke(emulator_alarm_watch(call->em));
    return OK;
}

enum status
aws_alarm_page(struct aws_call *call, uint64_t scope, size_t *limit, const char **after)
{
    const char *token = NULL;
    int64_t records = RECORDS_MAX;
    enum status st = awsvalue_int(&call->in, "MaxRecords", AWS_OPTIONAL, 1, RECORDS_MAX, &records);

    if (st == OK)
        st = awsvalue_string(&call->in, "NextToken", AWS_OPTIONAL, 1, TOKEN_CHARS, &token);
    if (st != OK)
        return st;
    *limit = (size_t)records;
    *after = token == NULL ? NULL : aws_token_read(call->arena, scope, token);
    if (token != NULL && *after == NULL)
        return wire_error_set(call->error, 400, "InvalidNextToken",
                              "The next token is not one that was given for this request.");
    return OK;
}

enum status
aws_alarm_types(const struct awsvalue *in, bool *metric, bool *composite)
{
    struct awslist list = { 0 };
    enum status st = aws_list(in, "AlarmTypes", AWS_OPTIONAL, RECORDS_MAX, &list);

    *metric = list.count == 0;
    *composite = false;
    while (st == OK && awslist_next(&list)) {
        const char *type = NULL;

        st = awslist_string(&list, 1, ALARM_NAME_MAX, &type);
        if (st != OK)
            break;
        if (strcmp(type, "MetricAlarm") == 0)
            *metric = true;
        else if (strcmp(type, "CompositeAlarm") == 0)
            *composite = true;
        else
            return awsvalue_invalid(in, "AlarmTypes",
                                    "may hold MetricAlarm and CompositeAlarm, not %s", type);
    }
    return st;
}

/* --- tags ------------------------------------------------------------------------------------- */

static enum status
read_tag(const struct awslist *list, cJSON *to)
{
    static const char *const known[] = { "Key", "Value", NULL };
    const char *key = NULL, *value = NULL;
    struct awsvalue in;
    cJSON *tag;
    enum status st = awslist_struct(list, &in);

    if (st == OK)
        st = aws_only(&in, known);
    if (st == OK)
        st = awsvalue_string(&in, "Key", AWS_REQUIRED, 1, TAG_KEY, &key);
    if (st == OK)
        st = awsvalue_string(&in, "Value", AWS_REQUIRED, 0, TAG_VALUE, &value);
    if (st != OK)
        return st;
    tag = cJSON_CreateObject();
    cJSON_AddStringToObject(tag, "Key", key);
    cJSON_AddStringToObject(tag, "Value", value);
    cJSON_AddItemToArray(to, tag);
    return OK;
}

enum status
aws_alarm_read_tags(struct aws_call *call, enum awsvalue_need need, cJSON **out)
{
    struct awslist list = { 0 };
    enum status st = aws_list(&call->in, "Tags", need, TAGS_MAX, &list);
    cJSON *tags;

    if (st != OK)
        return st;
    tags = cJSON_CreateArray();
    while (st == OK && awslist_next(&list))
        st = read_tag(&list, tags);
    if (st == OK)
        *out = tags;
    else
        cJSON_Delete(tags);
    return st;
}

const char *
aws_alarm_print(struct arena *arena, const cJSON *value)
{
    const char *text;
    struct buf b;

    buf_init(&b, TEXT_MAX);
    json_print(&b, value);
    text = arena_strdup(arena, b.data);
    buf_fini(&b);
    return text;
}
