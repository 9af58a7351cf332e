/* restxml.c - S3's requests and answers.
 * SPDX-License-Identifier: MIT
 *
 * Which operation it is says s3_operation.c. What was read before something is refused stays in the
 * call: an error names the bucket and the key it is about. */
#include "config.h"

#include "wire/restxml.h"

#include "base/iso8601.h"
#include "base/json.h"
#include "wire/percent.h"
#include "wire/s3_operation.h"
#include "wire/xml.h"
#include "wire/xml_read.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TYPE_XML   "application/xml"
#define NAME_BYTES 64
#define XMLNS      "http://s3.amazonaws.com/doc/2006-03-01/"

/* --- in --- */

static bool
recognise(const struct http_request *rq)
{
    (void)rq;
    return false;
}

static enum status
add_text(cJSON *input, const char *name, const char *value, size_t len, bool plus,
         struct wire_error *error)
{
    struct buf text;
    enum status st = OK;

    buf_init(&text, RESTXML_KEY_MAX);
    percent_decode(&text, value, len, plus);
    if (buf_failed(&text))
        st = wire_error_set(error, 400, strcmp(name, "Key") == 0 ? "KeyTooLongError" : "InvalidURI",
                            "%s is longer than %d bytes", name, RESTXML_KEY_MAX);
    else if (memchr(text.data, '\0', text.len) != NULL)
        st = wire_error_set(error, 400, "InvalidURI", "%s has a zero byte in it", name);
    else if (!cJSON_HasObjectItem(input, name))
        cJSON_AddStringToObject(input, name, text.data);
    buf_fini(&text);
    return st;
}

/* "/bucket/key/with/slashes" */
static enum status
read_path(cJSON *input, const char *path, enum s3_level *level, struct wire_error *error)
{
    size_t bucket = strcspn(path + 1, "/");
    const char *key = path + 1 + bucket;
    enum status st;

    *level = S3_SERVICE;
    if (path[0] != '/' || (bucket == 0 && *key == '\0'))
        return OK;
    *level = S3_BUCKET;
    st = add_text(input, "Bucket", path + 1, bucket, false, error);
    if (st != OK || *key == '\0' || key[1] == '\0')
        return st;
    *level = S3_OBJECT;
    return add_text(input, "Key", key + 1, strlen(key + 1), false, error);
}

/* Those of a presigned URL, and the name some SDKs repeat, are no members. */
static bool
is_member(const char *name, size_t len)
{
    return len > 0 && len < NAME_BYTES && strncasecmp(name, "X-Amz-", 6) != 0 &&
           !(len == 4 && strncmp(name, "x-id", 4) == 0);
}

static enum status
read_query(cJSON *input, const char *query, struct wire_error *error)
{
    while (*query != '\0') {
        size_t len = strcspn(query, "&"), name_len = strcspn(query, "=&");
        size_t value = name_len < len ? name_len + 1 : len;
        char name[NAME_BYTES];

        if (is_member(query, name_len)) {
            snprintf(name, sizeof name, "%.*s", (int)name_len, query);
            if (add_text(input, name, query + value, len - value, true, error) != OK)
                return E_INVALID;
        }
        query += query[len] == '&' ? len + 1 : len;
    }
    return OK;
}

static void
read_headers(cJSON *input, const struct http_request *rq)
{
    static const char *const names[] = { "Range",
                                         "If-Match",
                                         "If-None-Match",
                                         "If-Modified-Since",
                                         "If-Unmodified-Since",
                                         "x-amz-expected-bucket-owner" };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = http_header_get(rq, names[i]);

        if (value != NULL && !cJSON_HasObjectItem(input, names[i]))
            cJSON_AddStringToObject(input, names[i], value);
    }
}

static enum status
read_body(cJSON *input, const struct http_request *rq, struct wire_error *error)
{
    char root[XML_READ_NAME];
    cJSON *value = NULL;
    struct err err = { 0 };

    if (rq->body_len == 0)
        return OK;
    if (xml_read(&value, root, NULL, rq->body, rq->body_len, &err) != OK)
        return wire_error_set(error, 400, "MalformedXML",
                              "The XML you provided was not well-formed: %s", err.text);
    cJSON_AddItemToObject(input, root, value);
    return OK;
}

static enum status
decode(struct wire_call *call, const struct http_request *rq, struct wire_error *error)
{
    const struct s3_operation *op;
    enum s3_level level;
    enum status st;

    *call = (struct wire_call){ .content_type = TYPE_XML, .service = service_by_name("s3") };
    call->input = cJSON_CreateObject();
    st = read_path(call->input, rq->path, &level, error);
    if (st != OK)
        return st;
    op = s3_operation_of(rq, level);
    if (op == NULL)
        return wire_error_set(error, 405, "MethodNotAllowed",
                              "S3 has no operation that is %s %.100s", rq->method, rq->path);
    snprintf(call->operation, sizeof call->operation, "%s", op->name);
    st = read_query(call->input, rq->query, error);
    if (st != OK)
        return st;
    read_headers(call->input, rq);
    if (strcmp(rq->method, "PUT") == 0)
        return OK; /* an object's bytes, perhaps: nothing here looks at them */
    return read_body(call->input, rq, error);
}

/* --- out --- */

static void put_element(struct buf *b, const cJSON *value);

static void
put_value(struct buf *b, const cJSON *value)
{
    const cJSON *item;

    if (cJSON_IsObject(value)) {
        cJSON_ArrayForEach(item, value) put_element(b, item);
    } else if (cJSON_IsString(value))
        xml_text(b, value->valuestring);
    else if (cJSON_IsBool(value))
        buf_adds(b, cJSON_IsTrue(value) ? "true" : "false");
    else if (cJSON_IsNumber(value) && (value->type & JSON_TIME) != 0) {
        char text[ISO8601_TEXT];

        iso8601_format_ms((int64_t)llround(value->valuedouble * 1000.0), text);
        buf_adds(b, text);
    } else if (cJSON_IsNumber(value))
        json_print_number(b, value->valuedouble);
}

/* Names are our handlers', never data. */
static void
put_named(struct buf *b, const char *name, const cJSON *value)
{
    buf_addf(b, "<%s>", name);
    put_value(b, value);
    buf_addf(b, "</%s>", name);
}

static void
put_element(struct buf *b, const cJSON *value)
{
    const cJSON *item;

    if (cJSON_IsNull(value))
        return;
    if (!cJSON_IsArray(value)) {
        put_named(b, value->string, value);
        return;
    }
    cJSON_ArrayForEach(item, value) put_named(b, value->string, item);
}

static void
start(struct wire_reply *reply, unsigned status, const char *request_id)
{
    reply->status = status;
    reply->content_type = TYPE_XML;
    wire_reply_header(reply, "x-amz-request-id", "%s", request_id);
}

static void
encode(struct wire_reply *reply, const struct wire_call *call, const cJSON *result,
       const char *request_id)
{
    const struct s3_operation *op = s3_operation_named(call->operation);

    start(reply, 200, request_id);
    if (result == NULL || op == NULL || op->root == NULL)
        return;
    buf_addf(&reply->body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%s xmlns=\"" XMLNS "\">",
             op->root);
    put_value(&reply->body, result);
    buf_addf(&reply->body, "</%s>", op->root);
}

const char *
restxml_code(const char *code)
{
    /* clang-format off */
    static const char *const codes[][2] = {
        { "ExpiredTokenException",               "ExpiredToken" },
        { "InternalServiceFault",                "InternalError" },
        { "InvalidSignatureException",           "SignatureDoesNotMatch" },
        { "MissingAuthenticationTokenException", "AccessDenied" },
        { "RequestEntityTooLargeException",      "EntityTooLarge" },
        { "ServiceUnavailableException",         "ServiceUnavailable" },
        { "ThrottlingException",                 "SlowDown" },
        { "UnknownOperationException",           "NotImplemented" },
        { "UnrecognizedClientException",         "InvalidAccessKeyId" },
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(codes[i][0], code) == 0)
            return codes[i][1];
    }
    return code;
}

/* What S3 answers with another status than the other services. */
static unsigned
status_of(const struct wire_error *error, const char *code)
{
    if (strcmp(code, "NotImplemented") == 0)
        return 501;
    return strcmp(code, "SlowDown") == 0 ? 503 : error->status;
}

static void
encode_error(struct wire_reply *reply, const struct wire_call *call, const struct wire_error *error,
             const char *request_id)
{
    const char *code = restxml_code(error->code);
    const cJSON *bucket = json_get(call->input, "Bucket"), *key = json_get(call->input, "Key");

    start(reply, status_of(error, code), request_id);
    buf_addf(&reply->body,
             "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>", code);
    xml_text(&reply->body, error->message);
    buf_adds(&reply->body, "</Message>");
    if (cJSON_IsString(bucket))
        put_named(&reply->body, "BucketName", bucket);
    if (cJSON_IsString(key))
        put_named(&reply->body, "Key", key);
    buf_addf(&reply->body, "<RequestId>%s</RequestId></Error>", request_id);
}

const struct wire_codec codec_restxml = {
    .name = "REST XML",
    .recognise = recognise,
    .decode = decode,
    .encode = encode,
    .encode_error = encode_error,
};
