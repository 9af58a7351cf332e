/* aws_logs_groups.c - CloudWatch Logs: making and listing groups and streams.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

/* --- making --- */

static const char *const classes[] = { "STANDARD", "INFREQUENT_ACCESS", "DELIVERY", NULL };

/* A class other than STANDARD would change what the other operations can do with the group. */
static enum status
check_class(const struct awsvalue *in)
{
    int which = 0;
    enum status st = awsvalue_enum(in, "logGroupClass", AWS_OPTIONAL, classes, &which);

    if (st == OK && which != 0)
        return awsvalue_invalid(in, "logGroupClass", "is %s; obsview has only STANDARD groups",
                                classes[which]);
    return st;
}

enum status
aws_create_log_group(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", "logGroupClass",
                                         "kmsKeyId",     "deletionProtectionEnabled",
                                         "tags",         NULL };
    struct log_group_spec spec = { .name = NULL };
    struct log_extra *tags = NULL;
    bool is_protected = false;
    struct err err = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &spec.name);
    if (st == OK)
        st = awsvalue_string(&call->in, "kmsKeyId", AWS_OPTIONAL, 0, 256, &spec.kms_key);
    if (st == OK)
        st = aws_logs_tags(call, AWS_OPTIONAL, &tags, &spec.tag_count);
    spec.tags = tags;
    if (st == OK)
        st = check_class(&call->in);
    if (st == OK)
        st = awsvalue_bool(&call->in, "deletionProtectionEnabled", AWS_OPTIONAL, &is_protected);
    if (st == OK && is_protected)
        st = awsvalue_invalid(&call->in, "deletionProtectionEnabled", "is not supported");
    if (st != OK)
        return st;
    st = store_make_log_group(call->store, &spec, &err);
    if (st == E_EXISTS)
        return wire_error_set(call->error, 400, "ResourceAlreadyExistsException",
                              "The specified log group already exists");
    return st == OK ? OK : aws_store_failed(call, &err);
}

enum status
aws_create_log_stream(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", "logStreamName", NULL };
    const char *group = NULL, *stream = NULL;
    struct err err = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    if (st == OK)
        st = aws_logs_stream_name(&call->in, &stream);
    if (st != OK)
        return st;
    st = store_create_log_stream(call->store, group, stream, &err);
    if (st == E_NOTFOUND)
        return aws_logs_no_group(call);
    if (st == E_EXISTS)
        return wire_error_set(call->error, 400, "ResourceAlreadyExistsException",
                              "The specified log stream already exists");
    return st == OK ? OK : aws_store_failed(call, &err);
}

/* --- listing --- */

static void
put_group(struct aws_call *call, const struct log_group_info *info, cJSON *groups)
{
    const char *arn = aws_logs_group_arn(call, info->name);
    cJSON *group = cJSON_CreateObject();

    cJSON_AddItemToArray(groups, group);
    cJSON_AddStringToObject(group, "logGroupName", info->name);
    cJSON_AddNumberToObject(group, "creationTime", (double)info->created_ms);
    if (info->retention_days > 0)
        cJSON_AddNumberToObject(group, "retentionInDays", info->retention_days);
    cJSON_AddNumberToObject(group, "metricFilterCount", (double)info->metric_filters);
    cJSON_AddStringToObject(group, "arn", arena_printf(call->arena, "%s:*", arn));
    cJSON_AddNumberToObject(group, "storedBytes", (double)info->stored_bytes);
    if (*info->kms_key != '\0')
        cJSON_AddStringToObject(group, "kmsKeyId", info->kms_key);
    cJSON_AddStringToObject(group, "logGroupClass", "STANDARD");
    cJSON_AddStringToObject(group, "logGroupArn", arn);
}

struct group_filter {
    const char *prefix;
    const char *part;
    bool none; /* of a class of which there are none */
};

/* Classes are told apart only to say that all groups are of one. */
static enum status
read_class_filter(const struct awsvalue *in, struct group_filter *filter)
{
    int which = 0;
    enum status st = awsvalue_enum(in, "logGroupClass", AWS_OPTIONAL, classes, &which);

    filter->none = which != 0;
    return st;
}

static enum status
read_group_filter(const struct awsvalue *in, struct group_filter *filter)
{
    static const char *const known[] = { "logGroupNamePrefix",
                                         "logGroupNamePattern",
                                         "logGroupClass",
                                         "logGroupIdentifiers",
                                         "includeLinkedAccounts",
                                         "limit",
                                         "nextToken",
                                         NULL };
    bool linked = false;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = awsvalue_string(in, "logGroupNamePrefix", AWS_OPTIONAL, 1, LOG_NAME_MAX,
                             &filter->prefix);
    if (st == OK)
        st = awsvalue_string(in, "logGroupNamePattern", AWS_OPTIONAL, 0, LOG_NAME_MAX,
                             &filter->part);
    if (st == OK)
        st = read_class_filter(in, filter);
    if (st == OK)
        st = awsvalue_bool(in, "includeLinkedAccounts", AWS_OPTIONAL, &linked);
    if (st == OK && linked)
        return awsvalue_invalid(in, "includeLinkedAccounts",
                                "is not supported: obsview knows one account");
    if (st == OK && filter->prefix != NULL && filter->part != NULL)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "LogGroup name prefix and LogGroup name pattern are mutually "
                              "exclusive parameters.");
    if (st == OK && awsvalue_has(in, "logGroupIdentifiers") &&
        (filter->prefix != NULL || filter->part != NULL || awsvalue_has(in, "limit") ||
         awsvalue_has(in, "nextToken")))
        return awsvalue_invalid(in, "logGroupIdentifiers",
                                "goes with no prefix, pattern, limit and nextToken");
    return st;
}

/* Each of logGroupIdentifiers that there is. */
static enum status
put_identified(struct aws_call *call, cJSON *groups)
{
    struct awslist list = { 0 };
    enum status st =
        awsvalue_list(&call->in, "logGroupIdentifiers", AWS_REQUIRED, 1, LOG_DESCRIBE_MAX, &list);

    while (st == OK && awslist_next(&list)) {
        struct log_group_page page = { 0 };
        const char *text = NULL, *name;
        struct err err = { 0 };

        st = awslist_string(&list, 1, 2048, &text);
        if (st != OK)
            return st;
        name = aws_logs_identified(call->arena, text);
        if (name == NULL)
            return awsvalue_invalid(&call->in, "logGroupIdentifiers",
                                    "has %.60s, neither a log group's name nor its ARN", text);
        /* by name, the group itself comes before all that it is a prefix of */
        if (store_list_log_groups(call->reader, call->arena, name, NULL, NULL, 1, &page, &err) !=
            OK)
            return aws_store_failed(call, &err);
        if (page.count == 1 && strcmp(page.groups[0].name, name) == 0)
            put_group(call, &page.groups[0], groups);
    }
    return st;
}

enum status
aws_describe_log_groups(struct aws_call *call)
{
    static const char *const keys[] = { "logGroupNamePrefix", "logGroupNamePattern", NULL };
    const uint64_t scope = aws_token_scope("DescribeLogGroups", &call->in, keys);
    struct group_filter filter = { 0 };
    struct log_group_page page = { 0 };
    const char *after = NULL;
    struct err err = { 0 };
    size_t limit = 0;
    cJSON *groups;
    enum status st = read_group_filter(&call->in, &filter);

    if (st == OK)
        st = aws_logs_page(call, scope, &after, &limit);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    groups = cJSON_AddArrayToObject(call->out, "logGroups");
    if (awsvalue_has(&call->in, "logGroupIdentifiers"))
        return put_identified(call, groups);
    if (!filter.none && store_list_log_groups(call->reader, call->arena, filter.prefix, filter.part,
                                              after, limit, &page, &err) != OK)
        return aws_store_failed(call, &err);
    for (size_t i = 0; i < page.count; i++)
        put_group(call, &page.groups[i], groups);
    aws_logs_next(call, scope, page.next);
    snprintf(call->note, sizeof call->note, "%zu %s", page.count,
             page.count == 1 ? "group" : "groups");
    return OK;
}

struct stream_filter {
    const char *group;
    const char *prefix;
    bool by_last_event;
    bool descending;
};

static enum status
read_stream_filter(struct aws_call *call, struct stream_filter *filter)
{
    static const char *const known[] = { "logGroupName", "logGroupIdentifier",
                                         "orderBy",      "logStreamNamePrefix",
                                         "descending",   "limit",
                                         "nextToken",    NULL };
    static const char *const orders[] = { "LogStreamName", "LastEventTime", NULL };
    const struct awsvalue *in = &call->in;
    int order = 0;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = aws_logs_group(call, &filter->group);
    if (st == OK)
        st = awsvalue_string(in, "logStreamNamePrefix", AWS_OPTIONAL, 1, LOG_NAME_MAX,
                             &filter->prefix);
    if (st == OK)
        st = awsvalue_enum(in, "orderBy", AWS_OPTIONAL, orders, &order);
    if (st == OK)
        st = awsvalue_bool(in, "descending", AWS_OPTIONAL, &filter->descending);
    filter->by_last_event = order == 1;
    if (st == OK && filter->by_last_event && filter->prefix != NULL)
        return wire_error_set(call->error, 400, in->service->invalid_code,
                              "Cannot order by LastEventTime with a logStreamNamePrefix.");
    return st;
}

static void
put_stream(struct aws_call *call, const char *group_arn, const struct log_stream_info *info,
           cJSON *streams)
{
    cJSON *stream = cJSON_CreateObject();

    cJSON_AddItemToArray(streams, stream);
    cJSON_AddStringToObject(stream, "logStreamName", info->name);
    cJSON_AddNumberToObject(stream, "creationTime", (double)info->created_ms);
    if (info->last_event_ms != 0) {
        cJSON_AddNumberToObject(stream, "firstEventTimestamp", (double)info->first_event_ms);
        cJSON_AddNumberToObject(stream, "lastEventTimestamp", (double)info->last_event_ms);
        cJSON_AddNumberToObject(stream, "lastIngestionTime", (double)info->last_ingestion_ms);
    }
    cJSON_AddStringToObject(stream, "arn",
                            arena_printf(call->arena, "%s:log-stream:%s", group_arn, info->name));
    cJSON_AddNumberToObject(stream, "storedBytes", 0); /* AWS has said 0 since 2019 */
}

enum status
aws_describe_log_streams(struct aws_call *call)
{
    static const char *const keys[] = { "logGroupName",        "logGroupIdentifier", "orderBy",
                                        "logStreamNamePrefix", "descending",         NULL };
    const uint64_t scope = aws_token_scope("DescribeLogStreams", &call->in, keys);
    struct stream_filter filter = { 0 };
    struct log_stream_page page = { 0 };
    const char *after = NULL, *arn;
    struct err err = { 0 };
    size_t limit = 0;
    cJSON *streams;
    enum status st = read_stream_filter(call, &filter);

    if (st == OK)
        st = aws_logs_page(call, scope, &after, &limit);
    if (st != OK)
        return st;
    st = store_list_log_streams(call->reader, call->arena, filter.group, filter.prefix,
                                filter.by_last_event, filter.descending, after, limit, &page, &err);
    if (st == E_NOTFOUND)
        return aws_logs_no_group(call);
    if (st != OK)
        return aws_store_failed(call, &err);

    call->out = cJSON_CreateObject();
    arn = aws_logs_group_arn(call, filter.group);
    streams = cJSON_AddArrayToObject(call->out, "logStreams");
    for (size_t i = 0; i < page.count; i++)
        put_stream(call, arn, &page.streams[i], streams);
    aws_logs_next(call, scope, page.next);
    snprintf(call->note, sizeof call->note, "%zu %s", page.count,
             page.count == 1 ? "stream" : "streams");
    return OK;
}
