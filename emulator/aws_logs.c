/* aws_logs.c - reading the parts of CloudWatch Logs' questions.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/aws_logs.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "emulator/aws_token.h"

#define NAME_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_/#"
#define ARN_MAX    2048

#define TAG_CHARS \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _.:/=+-@" /* API model */
#define TAG_KEY_MAX   512                                                     /* 128 characters */
#define TAG_VALUE_MAX 1024                                                    /* 256 */

enum status
aws_logs_group_name(const struct awsvalue *in, const char **out)
{
    enum status st = awsvalue_string(in, "logGroupName", AWS_REQUIRED, 1, LOG_NAME_MAX, out);

    if (st == OK && (*out)[strspn(*out, NAME_CHARS)] != '\0')
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "1 validation error detected: Value '%.60s' at 'logGroupName' failed "
                              "to satisfy constraint: Member must satisfy regular expression "
                              "pattern: [\\.\\-_/#A-Za-z0-9]+",
                              *out);
    return st;
}

enum status
aws_logs_plain_name(const struct awsvalue *in, const char *key, enum awsvalue_need need,
                    const char **out)
{
    enum status st = awsvalue_string(in, key, need, 1, LOG_NAME_MAX, out);

    if (st == OK && *out != NULL && strpbrk(*out, ":*") != NULL)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "1 validation error detected: Value '%.60s' at '%s' "
                              "failed to satisfy constraint: Member must satisfy regular "
                              "expression pattern: [^:*]*",
                              *out, key);
    return st;
}

enum status
aws_logs_stream_name(const struct awsvalue *in, const char **out)
{
    return aws_logs_plain_name(in, "logStreamName", AWS_REQUIRED, out);
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
aws_logs_identified(struct arena *arena, const char *text)
{
    if (strncmp(text, "arn:", 4) == 0)
        text = name_of_arn(arena, text);
    return text == NULL || *text == '\0' ? NULL : text;
}

enum status
aws_logs_resource(struct aws_call *call, const char **out)
{
    const char *arn = NULL;
    enum status st = awsvalue_string(&call->in, "resourceArn", AWS_REQUIRED, 1, 1011, &arn);

    if (st != OK)
        return st;
    *out = strncmp(arn, "arn:", 4) == 0 ? name_of_arn(call->arena, arn) : NULL;
    if (*out == NULL || **out == '\0')
        return awsvalue_invalid(&call->in, "resourceArn",
                                "is not the ARN of a log group, which are the only resources here");
    return OK;
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
    text = aws_logs_identified(call->arena, text);
    if (text == NULL)
        return awsvalue_invalid(in, "logGroupIdentifier",
                                "is neither a log group's name nor its ARN");
    *out = text;
    return OK;
}

enum status
aws_logs_page(struct aws_call *call, uint64_t scope, const char **after, size_t *limit)
{
    const char *token = NULL;
    int64_t count = LOG_DESCRIBE_MAX;
    enum status st = awsvalue_int(&call->in, "limit", AWS_OPTIONAL, 1, LOG_DESCRIBE_MAX, &count);

    if (st == OK)
        st = awsvalue_string(&call->in, "nextToken", AWS_OPTIONAL, 1, LOG_TOKEN_MAX, &token);
    if (st != OK)
        return st;
    *limit = (size_t)count;
    *after = token == NULL ? NULL : aws_token_read(call->arena, scope, token);
    return token != NULL && *after == NULL ? aws_logs_bad_token(call) : OK;
}

void
aws_logs_next(struct aws_call *call, uint64_t scope, const char *next)
{
    if (next != NULL)
        cJSON_AddStringToObject(call->out, "nextToken", aws_token_make(call->arena, scope, next));
}

enum status
aws_logs_map(struct aws_call *call, const struct awsvalue *in, const char *key,
             enum awsvalue_need need, size_t max, struct log_extra **out, size_t *count)
{
    const cJSON *map = json_get(in->object, key), *item;
    struct log_extra *pairs;

    *count = 0;
    if (map == NULL || cJSON_IsNull(map))
        return need == AWS_REQUIRED ? awsvalue_missing(in, key) : OK;
    if (!cJSON_IsObject(map))
        return awsvalue_invalid(in, key, "is not a map of texts");
    if ((size_t)cJSON_GetArraySize(map) > max)
        return awsvalue_invalid(in, key, "has more than %zu entries", max);
    pairs = arena_alloc(call->arena, (max + 1) * sizeof *pairs);
    cJSON_ArrayForEach(item, map)
    {
        if (!cJSON_IsString(item))
            return awsvalue_invalid(in, key, "is not a map of texts: see %.60s", item->string);
        pairs[(*count)++] = (struct log_extra){ .name = item->string, .value = item->valuestring };
    }
    *out = pairs;
    return OK;
}

/* API model: letters, blanks and digits of any script, and _ . : / = + - @ */
static bool
is_tag_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x80 && strchr(TAG_CHARS, *text) == NULL)
            return false;
    }
    return true;
}

enum status
aws_logs_tags(struct aws_call *call, enum awsvalue_need need, struct log_extra **out, size_t *count)
{
    enum status st = aws_logs_map(call, &call->in, "tags", need, LOG_TAGS_MAX, out, count);

    if (st == OK && *count == 0 && awsvalue_has(&call->in, "tags"))
        return awsvalue_invalid(&call->in, "tags", "is empty");
    for (size_t i = 0; st == OK && i < *count; i++) {
        const char *key = (*out)[i].name, *value = (*out)[i].value;

        if (*key == '\0' || strlen(key) > TAG_KEY_MAX || !is_tag_text(key))
            st = awsvalue_invalid(&call->in, "tags", "has a key that is none: %.60s", key);
        else if (strncmp(key, "aws:", 4) == 0)
            st = awsvalue_invalid(&call->in, "tags", "has the key %.60s; aws: is reserved", key);
        else if (strlen(value) > TAG_VALUE_MAX || !is_tag_text(value))
            st = awsvalue_invalid(&call->in, "tags", "has a value that is none, at key %.60s", key);
    }
    return st;
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
aws_logs_add_message(cJSON *event, const struct log_line *line)
{
    const char *text = line->message, *end = text + line->message_len;
    struct buf clean;

    if (memchr(text, '\0', line->message_len) == NULL) {
        cJSON_AddStringToObject(event, "message", text);
        return;
    }
    buf_init(&clean, 3 * line->message_len + 1);
    while (text < end) {
        size_t len = strnlen(text, (size_t)(end - text));

        buf_add(&clean, text, len);
        text += len;
        if (text < end) {
            buf_adds(&clean, "\xef\xbf\xbd");
            text++;
        }
    }
    cJSON_AddStringToObject(event, "message", clean.data);
    buf_fini(&clean);
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
aws_logs_changed(struct aws_call *call, enum status status, const struct err *err)
{
    if (status == E_NOTFOUND)
        return aws_logs_no_group(call);
    return status == OK ? OK : aws_store_failed(call, err);
}

enum status
aws_logs_not_found(struct aws_call *call, const char *group)
{
    struct log_stream_page page = { 0 };
    enum status st = store_list_log_streams(call->reader, call->arena, group, NULL, false, false,
                                            NULL, 1, &page, NULL);

    return st == OK ? aws_logs_no_stream(call) : aws_logs_no_group(call);
}
