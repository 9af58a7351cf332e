/* aws_logs.c - reading the parts of CloudWatch Logs' questions.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/aws_logs.h"

#include <string.h>

#include "base/buf.h"

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_/#"
#define ARN_MAX    2048

enum status
aws_logs_group_name(const struct awsvalue *in, const char **out)
{
    enum status st = awsvalue_string(in, "logGroupName", AWS_REQUIRED, 1, LOG_NAME_MAX, out);

    if (st == OK && !aws_logs_is_group_name(*out))
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "1 validation error detected: Value '%.60s' at 'logGroupName' failed "
                              "to satisfy constraint: Member must satisfy regular expression "
                              "pattern: [\\.\\-_/#A-Za-z0-9]+",
                              *out);
    return st;
}

enum status
aws_logs_stream_name(const struct awsvalue *in, const char **out)
{
    enum status st = awsvalue_string(in, "logStreamName", AWS_REQUIRED, 1, LOG_NAME_MAX, out);

    if (st == OK && strpbrk(*out, ":*") != NULL)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "1 validation error detected: Value '%.60s' at 'logStreamName' "
                              "failed to satisfy constraint: Member must satisfy regular "
                              "expression pattern: [^:*]*",
                              *out);
    return st;
}

/* "arn:aws:logs:REGION:ACCOUNT:log-group:NAME", with or without ":*" behind. */
static const char *
name_of_arn(struct arena *arena, const char *arn)
{
    static const char mark[] = ":log-group:";
    const char *at = strstr(arn, mark);

    if (at == NULL)
        return NULL;
    at += sizeof mark - 1;
    return arena_strndup(arena, at, strcspn(at, ":"));
}

const char *
aws_logs_group_of(struct aws_call *call, const char *identifier)
{
    if (strncmp(identifier, "arn:", 4) == 0)
        identifier = name_of_arn(call->arena, identifier);
    return identifier == NULL || *identifier == '\0' ? NULL : identifier;
}

bool
aws_logs_is_group_name(const char *name)
{
    return name[strspn(name, NAME_CHARS)] == '\0';
}

enum status
aws_logs_group(struct aws_call *call, const char **out)
{
    const struct awsvalue *in = &call->in;
    const char *text = NULL;
    enum status st;

    if (awsvalue_has(in, "logGroupName") == awsvalue_has(in, "logGroupIdentifier"))
        return wire_error_set(call->error, 400, in->service->invalid_code,
                              "expected exactly one of logGroupName and logGroupIdentifier");
    if (awsvalue_has(in, "logGroupName"))
        return aws_logs_group_name(in, out);
    st = awsvalue_string(in, "logGroupIdentifier", AWS_REQUIRED, 1, ARN_MAX, &text);
    if (st != OK)
        return st;
    text = aws_logs_group_of(call, text);
    if (text == NULL)
        return awsvalue_invalid(in, "logGroupIdentifier",
                                "is neither a log group's name nor its ARN");
    *out = text;
    return OK;
}

enum status
aws_logs_range(const struct awsvalue *in, int64_t *start_ms, int64_t *end_ms)
{
    enum status st;

    *start_ms = 0;
    *end_ms = INT64_MAX;
    st = awsvalue_millis(in, "startTime", AWS_OPTIONAL, start_ms);
    if (st == OK)
        st = awsvalue_millis(in, "endTime", AWS_OPTIONAL, end_ms);
    if (st == OK && *end_ms < *start_ms)
        return awsvalue_invalid(in, "endTime", "must not be before startTime");
    return st;
}

const char *
aws_logs_group_arn(struct aws_call *call, const char *group)
{
    return arena_printf(call->arena, "arn:aws:logs:%s:" AWS_ACCOUNT ":log-group:%s", call->region,
                        group);
}

void
aws_logs_add_text(cJSON *object, const char *name, const char *text, size_t len)
{
    const char *end = text + len;
    struct buf clean;

    buf_init(&clean, 3 * len + 1);
    while (text < end) {
        size_t part = strnlen(text, (size_t)(end - text));

        buf_add(&clean, text, part);
        text += part;
        if (text < end) {
            buf_adds(&clean, "\xef\xbf\xbd");
            text++;
        }
    }
    cJSON_AddStringToObject(object, name, clean.data);
    buf_fini(&clean);
}

void
aws_logs_add_message(cJSON *event, const struct log_line *line)
{
    if (memchr(line->message, '\0', line->message_len) == NULL)
        cJSON_AddStringToObject(event, "message", line->message);
    else
        aws_logs_add_text(event, "message", line->message, line->message_len);
}

enum status
aws_logs_no_group(struct aws_call *call)
{
    return wire_error_set(call->error, 400, "ResourceNotFoundException",
                          "The specified log group does not exist.");
}

enum status
aws_logs_no_stream(struct aws_call *call)
{
    return wire_error_set(call->error, 400, "ResourceNotFoundException",
                          "The specified log stream does not exist.");
}

enum status
aws_logs_bad_token(struct aws_call *call)
{
    return wire_error_set(call->error, 400, call->in.service->invalid_code,
                          "The specified nextToken is invalid.");
}

enum status
aws_logs_not_found(struct aws_call *call, const char *group)
{
    struct log_stream_page page = { 0 };
    enum status st = store_list_log_streams(call->reader, call->arena, group, NULL, false, false,
                                            NULL, 1, &page, NULL);

    return st == OK ? aws_logs_no_stream(call) : aws_logs_no_group(call);
}
