/* aws_s3_get.c - GetObject and HeadObject: an object's bytes, or a stretch of them.
 * SPDX-License-Identifier: MIT
 *
 * Conditions are judged as RFC 9110 (13.2.2) has them, ranges by wire/byte_range.h. One answer has
 * ANSWER_MAX bytes at most, since it is in memory as a whole; clients that copy files ask for
 * ranges of 8 MiB anyway. */
#include "config.h"

#include "emulator/aws_s3.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "domain/limits.h"
#include "emulator/aws_operations.h"
#include "emulator/parts.h"
#include "wire/byte_range.h"

#define ANSWER_MAX (64ull * 1024 * 1024)

/* Whether a list of ETags, with quotes or without, has this one; "*" has all. */
static bool
names_etag(const char *list, const char *etag)
{
    size_t len = strlen(etag) - 2;

    while (*list != '\0') {
        size_t own;

        list += strspn(list, " \t,");
        if (strncmp(list, "W/", 2) == 0)
            list += 2;
        list += *list == '"';
        own = strcspn(list, "\",");
        if ((own == len && strncmp(list, etag + 1, len) == 0) || (own == 1 && *list == '*'))
            return true;
        list += own;
        list += *list == '"';
    }
    return false;
}

/* A header with a date that is none is as good as none. */
static bool
read_date(const struct aws_call *call, const char *header, int64_t *out_ms)
{
    const char *text = json_get_string(call->in.object, header, NULL);

    return text != NULL && http_date_parse(out_ms, text);
}

/* 0: the object is to be sent; else the status to answer with. */
static unsigned
judge_conditions(const struct aws_call *call, const struct s3_object *object)
{
    const char *match = json_get_string(call->in.object, "If-Match", NULL);
    const char *none = json_get_string(call->in.object, "If-None-Match", NULL);
    int64_t modified_ms = object->modified_ms / 1000 * 1000, date_ms;

    if (match != NULL && !names_etag(match, object->etag))
        return 412;
    if (match == NULL && read_date(call, "If-Unmodified-Since", &date_ms) && modified_ms > date_ms)
        return 412;
    if (none != NULL)
        return names_etag(none, object->etag) ? 304 : 0;
    return read_date(call, "If-Modified-Since", &date_ms) && modified_ms <= date_ms ? 304 : 0;
}

static const char *
date_text(struct aws_call *call, int64_t time_ms)
{
    char text[HTTP_DATE_TEXT];

    http_date_format(text, time_ms);
    return arena_strdup(call->arena, text);
}

static struct aws_bytes *
start_answer(struct aws_call *call, unsigned status, const struct recording *recording,
             const struct s3_object *object)
{
    struct aws_bytes *answer = s3_answer(call, status);

    s3_add_header(answer, "ETag", arena_strdup(call->arena, object->etag));
    s3_add_header(answer, "Last-Modified", date_text(call, object->modified_ms));
    if (status == 304)
        return answer;
    s3_add_header(answer, "Accept-Ranges", "bytes");
    s3_add_header(answer, "x-amz-server-side-encryption", "AES256");
    s3_add_header(
        answer, "x-amz-expiration",
        arena_printf(call->arena, "expiry-date=\"%s\", rule-id=\"recordings\"",
                     date_text(call, recording->start.time_ms + LIMIT_RECORDING_KEEP_MS)));
    return answer;
}

static enum status
refuse_condition(struct aws_call *call)
{
    return wire_error_set(call->error, 412, "PreconditionFailed",
                          "At least one of the pre-conditions you specified did not hold");
}

/* One bucket object that is asked for, and which of its bytes. */
struct asked {
    struct recording recording;
    enum recording_file file;
    struct s3_object object;
    struct byte_range range;
};

static enum status
read_request(struct aws_call *call, struct asked *asked)
{
    static const char *const known[] = { "Bucket",
                                         "Key",
                                         "Range",
                                         "If-Match",
                                         "If-None-Match",
                                         "If-Modified-Since",
                                         "If-Unmodified-Since",
                                         "x-amz-expected-bucket-owner",
                                         NULL };
    const char *key = json_get_string(call->in.object, "Key", "");
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = s3_check_bucket(call);
    if (st == OK)
        st = s3_find(call, key, &asked->recording, &asked->file, &asked->object);
    if (st != OK)
        return st;
    asked->range =
        byte_range_read(json_get_string(call->in.object, "Range", NULL), asked->object.size);
    return OK;
}

static enum status
check_range(struct aws_call *call, const struct asked *asked, bool is_head)
{
    if (asked->range.kind == BYTE_RANGE_OUTSIDE)
        return wire_error_set(call->error, 416, "InvalidRange",
                              "The requested range is not satisfiable: the object has %llu bytes",
                              (unsigned long long)asked->object.size);
    if (asked->range.length > ANSWER_MAX && !is_head)
        return wire_error_set(call->error, 400, "InvalidRequest",
                              "obsview sends at most %llu bytes in one answer; ask with Range",
                              ANSWER_MAX);
    return OK;
}

static enum status
read_bytes(struct aws_call *call, const struct asked *asked, char **out)
{
    char *bytes = arena_alloc(call->arena, (size_t)asked->range.length + 1);
    struct err err = { 0 };

    if (s3_objects_read(emulator_s3_objects(call->em), call->reader, &asked->recording, asked->file,
                        asked->range.from, bytes, (size_t)asked->range.length, &err) != OK)
        return s3_failed(call, &err);
    *out = bytes;
    return OK;
}

static enum status
answer(struct aws_call *call, bool is_head)
{
    struct asked asked = { .file = RECORDING_FILES };
    struct aws_bytes *reply;
    char *bytes = NULL;
    unsigned status;
    enum status st = read_request(call, &asked);

    if (st != OK)
        return st;
    status = judge_conditions(call, &asked.object);
    if (status == 412)
        return refuse_condition(call);
    if (status == 304) {
        start_answer(call, 304, &asked.recording, &asked.object);
        return OK;
    }
    st = check_range(call, &asked, is_head);
    if (st == OK && !is_head)
        st = read_bytes(call, &asked, &bytes);
    if (st != OK)
        return st;
    reply = start_answer(call, asked.range.kind == BYTE_RANGE_PART ? 206 : 200, &asked.recording,
                         &asked.object);
    if (asked.range.kind == BYTE_RANGE_PART)
        s3_add_header(reply, "Content-Range",
                      arena_printf(call->arena, "bytes %llu-%llu/%llu",
                                   (unsigned long long)asked.range.from,
                                   (unsigned long long)(asked.range.from + asked.range.length - 1),
                                   (unsigned long long)asked.object.size));
    reply->type = "application/octet-stream";
    reply->bytes = bytes;
    reply->length = asked.range.length;
    snprintf(call->note, sizeof call->note, "%llu bytes", (unsigned long long)reply->length);
    return OK;
}

enum status
aws_s3_get_object(struct aws_call *call)
{
    return answer(call, false);
}

enum status
aws_s3_head_object(struct aws_call *call)
{
    return answer(call, true);
}
