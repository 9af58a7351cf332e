/* aws_logs_tags.c - CloudWatch Logs: tags of log groups, by the older and the newer operations.
 * SPDX-License-Identifier: MIT
 *
 * TagLogGroup and its two sisters name a group, TagResource and its sisters an ARN; AWS calls the
 * former deprecated, and awscli has both. */
#include "config.h"

#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"

#include "base/json.h"

/* --- putting --- */

static enum status
put_tags(struct aws_call *call, const char *group, const char *too_many)
{
    struct log_extra *tags = NULL;
    struct err err = { 0 };
    size_t count = 0;
    enum status st = aws_logs_tags(call, AWS_REQUIRED, &tags, &count);

    if (st != OK)
        return st;
    st = store_put_log_extras(call->store, group, LOG_EXTRA_TAG, tags, count, LOG_TAGS_MAX, &err);
    if (st == E_LIMIT)
        return wire_error_set(call->error, 400, too_many,
                              "a log group has at most %d tags, and this would make it more",
                              LOG_TAGS_MAX);
    return aws_logs_changed(call, st, &err);
}

enum status
aws_tag_log_group(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", "tags", NULL };
    const char *group = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    return st == OK ? put_tags(call, group, call->in.service->invalid_code) : st;
}

enum status
aws_tag_resource(struct aws_call *call)
{
    static const char *const known[] = { "resourceArn", "tags", NULL };
    const char *group = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_resource(call, &group);
    return st == OK ? put_tags(call, group, "TooManyTagsException") : st;
}

/* --- dropping --- */

static enum status
drop_tags(struct aws_call *call, const char *group, const char *key)
{
    struct awslist list = { 0 };
    const char **names;
    struct err err = { 0 };
    size_t count = 0;
    enum status st = awsvalue_list(&call->in, key, AWS_REQUIRED, 0, LOG_TAGS_MAX, &list);

    if (st != OK)
        return st;
    names = arena_alloc(call->arena, (list.count + 1) * sizeof *names);
    while (st == OK && awslist_next(&list))
        st = awslist_string(&list, 1, 128, &names[count++]);
    if (st != OK)
        return st;
    st = store_drop_log_extras(call->store, group, LOG_EXTRA_TAG, names, count, &err);
    return aws_logs_changed(call, st, &err);
}

enum status
aws_untag_log_group(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", "tags", NULL };
    const char *group = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    return st == OK ? drop_tags(call, group, "tags") : st;
}

enum status
aws_untag_resource(struct aws_call *call)
{
    static const char *const known[] = { "resourceArn", "tagKeys", NULL };
    const char *group = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_resource(call, &group);
    return st == OK ? drop_tags(call, group, "tagKeys") : st;
}

/* --- listing --- */

static enum status
list_tags(struct aws_call *call, const char *group)
{
    struct log_extra_list list = { 0 };
    struct err err = { 0 };
    cJSON *tags;
    enum status st =
        store_list_log_extras(call->reader, call->arena, group, LOG_EXTRA_TAG, &list, &err);

    if (st != OK)
        return aws_logs_changed(call, st, &err);
    call->out = cJSON_CreateObject();
    tags = json_map();
    cJSON_AddItemToObject(call->out, "tags", tags);
    for (size_t i = 0; i < list.count; i++)
        cJSON_AddStringToObject(tags, list.extras[i].name, list.extras[i].value);
    return OK;
}

enum status
aws_list_tags_log_group(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", NULL };
    const char *group = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    return st == OK ? list_tags(call, group) : st;
}

enum status
aws_list_tags_for_resource(struct aws_call *call)
{
    static const char *const known[] = { "resourceArn", NULL };
    const char *group = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_resource(call, &group);
    return st == OK ? list_tags(call, group) : st;
}
