/* aws_logs_groups.c - CloudWatch Logs: making and listing groups and streams.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

#define LIST_MAX 50

/* --- making --- */

/* A class other than STANDARD would change what the other operations can do with the group. */
static enum status
check_class(const struct awsvalue *in)
{
    static const char *const classes[] = { "STANDARD", "INFREQUENT_ACCESS", "DELIVERY", NULL };
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
                                         "deletionProtectionEnabled", NULL };
    const char *group = NULL;
    bool is_protected = false;
    struct err err = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    if (st == OK)
        st = check_class(&call->in);
    if (st == OK)
        st = awsvalue_bool(&call->in, "deletionProtectionEnabled", AWS_OPTIONAL, &is_protected);
    if (st == OK && is_protected)
        st = awsvalue_invalid(&call->in, "deletionProtectionEnabled", "is not supported");
    if (st != OK)
        return st;
    st = store_create_log_group(call->store, group, &err);
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

/* The key a page goes on from: NULL for the first. */
static enum status
read_page(struct aws_call *call, uint64_t scope, const char **after, size_t *limit)
{
    const char *token = NULL;
    int64_t count = LIST_MAX;
    enum status st = awsvalue_int(&call->in, "limit", AWS_OPTIONAL, 1, LIST_MAX, &count);

    if (st == OK)
        st = awsvalue_string(&call->in, "nextToken", AWS_OPTIONAL, 1, LOG_TOKEN_MAX, &token);
    if (st != OK)
        return st;
    *limit = (size_t)count;
    *after = token == NULL ? NULL : aws_token_read(call->arena, scope, token);
    return token != NULL && *after == NULL ? aws_logs_bad_token(call) : OK;
}

static void
put_next(struct aws_call *call, uint64_t scope, const char *next)
{
    if (next != NULL)
        cJSON_AddStringToObject(call->out, "nextToken", aws_token_make(call->arena, scope, next));
}

static void
put_group(struct aws_call *call, const struct log_group_info *info, cJSON *groups)
{
    const char *arn = aws_logs_group_arn(call, info->name);
    cJSON *group = cJSON_CreateObject();

    cJSON_AddItemToArray(groups, group);
    cJSON_AddStringToObject(group, "logGroupName", info->name);
    cJSON_AddNumberToObject(group, "creationTime", (double)info->created_ms);
    cJSON_AddNumberToObject(group, "metricFilterCount", 0);
    cJSON_AddStringToObject(group, "arn", arena_printf(call->arena, "%s:*", arn));
    cJSON_AddNumberToObject(group, "storedBytes", (double)info->stored_bytes);
    cJSON_AddStringToObject(group, "logGroupClass", "STANDARD");
    cJSON_AddStringToObject(group, "logGroupArn", arn);
}

static enum status
read_group_filter(const struct awsvalue *in, const char **prefix, const char **part)
{
    static const char *const known[] = { "logGroupNamePrefix",
                                         "logGroupNamePattern",
                                         "logGroupClass",
                                         "includeLinkedAccounts",
                                         "limit",
                                         "nextToken",
                                         NULL };
    bool linked = false;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = awsvalue_string(in, "logGroupNamePrefix", AWS_OPTIONAL, 1, LOG_NAME_MAX, prefix);
    if (st == OK)
        st = awsvalue_string(in, "logGroupNamePattern", AWS_OPTIONAL, 0, LOG_NAME_MAX, part);
    if (st == OK)
        st = check_class(in);
    if (st == OK)
        st = awsvalue_bool(in, "includeLinkedAccounts", AWS_OPTIONAL, &linked);
    if (st == OK && linked)
        return awsvalue_invalid(in, "includeLinkedAccounts",
                                "is not supported: obsview knows one account");
    if (st == OK && *prefix != NULL && *part != NULL)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "LogGroup name prefix and LogGroup name pattern are mutually "
                              "exclusive parameters.");
    return st;
}

enum status
aws_describe_log_groups(struct aws_call *call)
{
    static const char *const keys[] = { "logGroupNamePrefix", "logGroupNamePattern", NULL };
    const uint64_t scope = aws_token_scope("DescribeLogGroups", &call->in, keys);
    const char *prefix = NULL, *part = NULL, *after = NULL;
    struct log_group_page page = { 0 };
    struct err err = { 0 };
    size_t limit = 0;
    cJSON *groups;
    enum status st = read_group_filter(&call->in, &prefix, &part);

    if (st == OK)
        st = read_page(call, scope, &after, &limit);
    if (st != OK)
        return st;
    if (store_list_log_groups(call->reader, call->arena, prefix, part, after, limit, &page, &err) !=
        OK)
        return aws_store_failed(call, &err);

    call->out = cJSON_CreateObject();
    groups = cJSON_AddArrayToObject(call->out, "logGroups");
    for (size_t i = 0; i < page.count; i++)
        put_group(call, &page.groups[i], groups);
    put_next(call, scope, page.next);
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
        st = read_page(call, scope, &after, &limit);
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
    put_next(call, scope, page.next);
    snprintf(call->note, sizeof call->note, "%zu %s", page.count,
             page.count == 1 ? "stream" : "streams");
    return OK;
}
