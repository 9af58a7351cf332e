/* awsjson.c - JSON in, JSON out, the operation named in a header.
 * SPDX-License-Identifier: MIT
 *
 * 1.0 and 1.1 differ in their content type alone, as far as requests and answers go; the answer
 * repeats what the request used. Services that once spoke the query protocol (CloudWatch) are asked
 * with x-amzn-query-mode to repeat their errors in the old spelling, in x-amzn-query-error, so that
 * programs written against the old codes go on working. */
#include "config.h"

#include "wire/awsjson.h"

#include "base/json.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TYPE_10 "application/x-amz-json-1.0"
#define TYPE_11 "application/x-amz-json-1.1"

static bool
recognise(const struct http_request *rq)
{
    const char *type = http_header_get(rq, "content-type");

    return http_type_is(type, TYPE_10) || http_type_is(type, TYPE_11) ||
           http_header_get(rq, "x-amz-target") != NULL;
}

static enum status
read_target(struct wire_call *call, const struct http_request *rq, struct wire_error *error)
{
    const char *target = http_header_get(rq, "x-amz-target");
    const char *dot = target == NULL ? NULL : strrchr(target, '.');
    char prefix[64];

    if (dot == NULL || dot[1] == '\0' || (size_t)(dot - target) >= sizeof prefix ||
        strlen(dot + 1) >= sizeof call->operation)
        return wire_error_set(error, 400, "UnknownOperationException",
                              "expected header X-Amz-Target: SERVICE.OPERATION, got %s",
                              target == NULL ? "none" : "something else");
    snprintf(prefix, sizeof prefix, "%.*s", (int)(dot - target), target);
    snprintf(call->operation, sizeof call->operation, "%s", dot + 1);
    call->service = service_by_target(prefix);
    if (call->service == NULL)
        return wire_error_set(error, 400, "UnknownOperationException",
                              "no service answers to X-Amz-Target %s", target);
    return OK;
}

static enum status
decode(struct wire_call *call, const struct http_request *rq, struct wire_error *error)
{
    const char *mode = http_header_get(rq, "x-amzn-query-mode");
    struct err err = { 0 };
    enum status st;

    *call = (struct wire_call){ .content_type = TYPE_11 };
    if (http_type_is(http_header_get(rq, "content-type"), TYPE_10))
        call->content_type = TYPE_10;
    call->wants_query_error = mode != NULL && strcasecmp(mode, "true") == 0;
    st = read_target(call, rq, error);
    if (st != OK)
        return st;

    if (rq->body_len == 0)
        call->input = cJSON_CreateObject();
    else if (json_parse(&call->input, rq->body, rq->body_len, &err) != OK)
        return wire_error_set(error, 400, "SerializationException", "%s", err.text);
    if (!cJSON_IsObject(call->input))
        return wire_error_set(error, 400, "SerializationException",
                              "expected a JSON object as the request");
    return OK;
}

static void
encode(struct wire_reply *reply, const struct wire_call *call, const cJSON *result,
       const char *request_id)
{
    wire_reply_start(reply, call, 200, request_id);
    if (result != NULL) /* without output there is no body (Smithy's AwsJson10NoInputAndNoOutput) */
        json_print(&reply->body, result);
}

static void
encode_error(struct wire_reply *reply, const struct wire_call *call, const struct wire_error *error,
             const char *request_id)
{
    wire_reply_start(reply, call, error->status, request_id);
    wire_reply_header(reply, "x-amzn-ErrorType", "%s", error->code);
    wire_reply_query_error(reply, call, error);
    buf_adds(&reply->body, "{\"__type\":");
    json_print_string(&reply->body, error->code, strlen(error->code));
    buf_adds(&reply->body, ",\"message\":");
    json_print_string(&reply->body, error->message, strlen(error->message));
    if (error->members[0] != '\0')
        buf_addf(&reply->body, ",%s", error->members);
    buf_addc(&reply->body, '}');
}

const struct wire_codec codec_awsjson = {
    .name = "AWS JSON",
    .recognise = recognise,
    .decode = decode,
    .encode = encode,
    .encode_error = encode_error,
};

void
awsjson_request_init(struct awsjson_request *rq, const struct wire_service *service,
                     const char *operation, const cJSON *input)
{
    buf_init(&rq->body, WIRE_REPLY_MAX);
    snprintf(rq->target, sizeof rq->target, "%s.%s", service->target, operation);
    snprintf(rq->type, sizeof rq->type, "application/x-amz-json-%s", service->json_version);
    if (input == NULL)
        buf_adds(&rq->body, "{}");
    else
        json_print(&rq->body, input);
}

void
awsjson_request_fini(struct awsjson_request *rq)
{
    buf_fini(&rq->body);
}

/* "com.amazonaws.logs#ResourceNotFoundException" and "ResourceNotFoundException:http://..." name
 * the same thing. */
static void
bare_code(char code[WIRE_CODE_MAX], const char *type)
{
    const char *hash = strchr(type, '#');
    const char *from = hash == NULL ? type : hash + 1;

    snprintf(code, WIRE_CODE_MAX, "%.*s", (int)strcspn(from, ":"), from);
}

void
awsjson_read_error(struct wire_error *out, unsigned status, const char *error_type,
                   const char *body, size_t len)
{
    cJSON *doc = NULL;
    const char *type, *message;

    if (len == 0 || json_parse(&doc, body, len, NULL) != OK)
        doc = NULL;
    type = json_get_string(doc, "__type", json_get_string(doc, "code", NULL));
    if (error_type != NULL && *error_type != '\0')
        type = error_type;
    message = json_get_string(doc, "message", json_get_string(doc, "Message", ""));
    wire_error_set(out, status, "", "%s", message);
    if (type != NULL)
        bare_code(out->code, type);
    if (out->code[0] == '\0')
        snprintf(out->code, sizeof out->code, "HTTP%u", status);
    cJSON_Delete(doc);
}
