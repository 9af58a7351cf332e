/* aws_s3.c - S3: the one bucket there is, and what is set on it.
 * SPDX-License-Identifier: MIT
 *
 * The bucket holds the recordings of sessions as OpenReplay lays them out (s3_objects.h). It cannot
 * be written to: what is in it comes by way of the tracker. Its lifecycle is what retention does
 * here; encryption is told because a client that checks its bucket asks for it. */
#include "config.h"

#include "emulator/aws_s3.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "domain/limits.h"
#include "emulator/aws_operations.h"
#include "emulator/parts.h"

#define OWNER_NAME "obsview"
#define DAY_MS     86400000LL

const char *
s3_bucket(const struct aws_call *call)
{
    return emulator_options(call->em)->recordings_bucket;
}

enum status
s3_check_bucket(struct aws_call *call)
{
    const char *bucket = json_get_string(call->in.object, "Bucket", "");
    const char *owner =
        json_get_string(call->in.object, "x-amz-expected-bucket-owner", AWS_ACCOUNT);

    if (strcmp(bucket, s3_bucket(call)) != 0)
        return wire_error_set(call->error, 404, "NoSuchBucket",
                              "The specified bucket does not exist; the one here is %.100s",
                              s3_bucket(call));
    if (strcmp(owner, AWS_ACCOUNT) != 0)
        return wire_error_set(call->error, 403, "AccessDenied",
                              "Access Denied: the bucket's owner is " AWS_ACCOUNT);
    return OK;
}

enum status
s3_failed(struct aws_call *call, const struct err *err)
{
    if (err->code == E_NOTFOUND)
        return wire_error_set(call->error, 404, "NoSuchKey", "The specified key does not exist.");
    return aws_store_failed(call, err);
}

enum status
s3_find(struct aws_call *call, const char *key, struct recording *recording,
        enum recording_file *file, struct s3_object *out)
{
    struct err err = { .code = E_NOTFOUND };
    uint64_t session;
    enum status st;

    if (!recording_key_read(&session, file, key))
        return s3_failed(call, &err);
    st = store_find_recording(call->reader, call->arena, session, recording, &err);
    if (st == OK)
        st = s3_objects_find(emulator_s3_objects(call->em), call->reader, recording, *file, out,
                             &err);
    if (st == OK && out->size == 0)
        err.code = st = E_NOTFOUND;
    return st == OK ? OK : s3_failed(call, &err);
}

struct aws_bytes *
s3_answer(struct aws_call *call, unsigned status)
{
    struct aws_bytes *answer = arena_alloc(call->arena, sizeof *answer);

    *answer = (struct aws_bytes){ .status = status };
    call->bytes = answer;
    return answer;
}

void
s3_add_header(struct aws_bytes *answer, const char *name, const char *value)
{
    answer->headers[answer->header_count].name = name;
    answer->headers[answer->header_count++].value = value;
}

cJSON *
s3_owner(void)
{
    cJSON *owner = cJSON_CreateObject();

    cJSON_AddStringToObject(owner, "ID", AWS_ACCOUNT);
    cJSON_AddStringToObject(owner, "DisplayName", OWNER_NAME);
    return owner;
}

/* Every operation on the bucket itself takes the bucket, and what its path says. */
static enum status
take_bucket(struct aws_call *call, const char *subresource)
{
    const char *const known[] = { "Bucket", "x-amz-expected-bucket-owner", subresource, NULL };
    enum status st = aws_only(&call->in, known);

    return st == OK ? s3_check_bucket(call) : st;
}

enum status
aws_s3_list_buckets(struct aws_call *call)
{
    static const char *const known[] = { "max-buckets", "prefix", "bucket-region", NULL };
    const char *prefix = "", *region = call->region;
    int64_t max = 10000, started_ms;
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_int(&call->in, "max-buckets", AWS_OPTIONAL, 1, 10000, &max);
    if (st == OK)
        st = awsvalue_string(&call->in, "prefix", AWS_OPTIONAL, 0, 1024, &prefix);
    if (st == OK)
        st = awsvalue_string(&call->in, "bucket-region", AWS_OPTIONAL, 0, 64, &region);
    if (st != OK)
        return st;
    started_ms = call->now_ms - (int64_t)((mono_ns() - emulator_started_ns(call->em)) / 1000000);
    call->out = cJSON_CreateObject();
    cJSON_AddItemToObject(call->out, "Owner", s3_owner());
    list = cJSON_AddArrayToObject(cJSON_AddObjectToObject(call->out, "Buckets"), "Bucket");
    if (strncmp(s3_bucket(call), prefix, strlen(prefix)) == 0 &&
        strcmp(region, call->region) == 0) {
        cJSON *bucket = cJSON_CreateObject();

        cJSON_AddStringToObject(bucket, "Name", s3_bucket(call));
        cJSON_AddItemToObject(bucket, "CreationDate", json_time(started_ms));
        cJSON_AddStringToObject(bucket, "BucketRegion", call->region);
        cJSON_AddItemToArray(list, bucket);
    }
    return OK;
}

enum status
aws_s3_head_bucket(struct aws_call *call)
{
    enum status st = take_bucket(call, NULL);

    if (st == OK)
        s3_add_header(s3_answer(call, 200), "x-amz-bucket-region", call->region);
    return st;
}

/* us-east-1 has no name there (GetBucketLocation, S3 API Reference). */
enum status
aws_s3_get_bucket_location(struct aws_call *call)
{
    enum status st = take_bucket(call, "location");

    if (st == OK)
        call->out = cJSON_CreateString(strcmp(call->region, "us-east-1") == 0 ? "" : call->region);
    return st;
}

enum status
aws_s3_get_bucket_lifecycle(struct aws_call *call)
{
    enum status st = take_bucket(call, "lifecycle");
    cJSON *rule;

    if (st != OK)
        return st;
    rule = cJSON_CreateObject();
    cJSON_AddStringToObject(rule, "ID", "recordings");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(rule, "Filter"), "Prefix", "");
    cJSON_AddStringToObject(rule, "Status", "Enabled");
    cJSON_AddNumberToObject(cJSON_AddObjectToObject(rule, "Expiration"), "Days",
                            (double)(LIMIT_RECORDING_KEEP_MS / DAY_MS));
    call->out = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(call->out, "Rule"), rule);
    return OK;
}

enum status
aws_s3_get_bucket_encryption(struct aws_call *call)
{
    enum status st = take_bucket(call, "encryption");
    cJSON *rule;

    if (st != OK)
        return st;
    rule = cJSON_CreateObject();
    cJSON_AddStringToObject(cJSON_AddObjectToObject(rule, "ApplyServerSideEncryptionByDefault"),
                            "SSEAlgorithm", "AES256");
    cJSON_AddFalseToObject(rule, "BucketKeyEnabled");
    call->out = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(call->out, "Rule"), rule);
    return OK;
}
