/* rpccbor.c - CBOR in, CBOR out, service and operation named in the path.
 * SPDX-License-Identifier: MIT
 *
 * POST /service/GraniteServiceVersion20100801/operation/PutMetricData with the header
 * Smithy-Protocol: rpc-v2-cbor, which every answer repeats (smithy.io, "Smithy RPC v2 CBOR
 * protocol"). An input without members has no body, and an operation without output is answered
 * without one. Error types are absolute shape names, as the protocol demands; clients take what
 * stands behind the '#'. */
#include "config.h"

#include "wire/rpccbor.h"

#include "base/json.h"
#include "wire/cbor.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TYPE_CBOR "application/cbor"
#define PROTOCOL  "rpc-v2-cbor"
#define SERVICE   "/service/"
#define OPERATION "/operation/"

static bool
recognise(const struct http_request *rq)
{
    const char *protocol = http_header_get(rq, "smithy-protocol");

    return protocol != NULL && strcasecmp(protocol, PROTOCOL) == 0;
}

/* The last "/service/" of the path: proxies may have put something before it. */
static const char *
find_service(const char *path)
{
    const char *found = NULL, *next = path;

    while ((next = strstr(next, SERVICE)) != NULL)
        found = next++;
    return found;
}

static enum status
read_path(struct wire_call *call, const struct http_request *rq, struct wire_error *error)
{
    const char *service = find_service(rq->path);
    const char *name = service == NULL ? NULL : service + strlen(SERVICE);
    const char *operation = name == NULL ? NULL : strstr(name, OPERATION);
    char cbor_name[64];

    if (operation == NULL || strcmp(rq->method, "POST") != 0)
        return wire_error_set(error, 404, "UnknownOperationException",
                              "expected POST /service/SERVICE/operation/OPERATION, got %s %.100s",
                              rq->method, rq->path);
    snprintf(cbor_name, sizeof cbor_name, "%.*s", (int)(operation - name), name);
    operation += strlen(OPERATION);
    if (strlen(operation) >= sizeof call->operation)
        return wire_error_set(error, 404, "UnknownOperationException",
                              "the operation's name is longer than %zu bytes",
                              sizeof call->operation - 1);
    snprintf(call->operation, sizeof call->operation, "%s", operation);
    call->service = service_by_cbor_name(cbor_name);
    if (call->service == NULL)
        return wire_error_set(error, 404, "UnknownOperationException",
                              "no service speaks CBOR as %s", cbor_name);
    return OK;
}

static enum status
read_input(struct wire_call *call, const struct http_request *rq, struct wire_error *error)
{
    const char *type = http_header_get(rq, "content-type");
    struct err err = { 0 };

    if (rq->body_len == 0) {
        call->input = cJSON_CreateObject();
        return OK;
    }
    if (!http_type_is(type, TYPE_CBOR))
        return wire_error_set(error, 415, "UnsupportedMediaTypeException",
                              "expected Content-Type: " TYPE_CBOR ", got %.60s",
                              type == NULL ? "none" : type);
    if (cbor_parse(&call->input, rq->body, rq->body_len, &err) != OK)
        return wire_error_set(error, 400, "SerializationException", "%s", err.text);
    if (!cJSON_IsObject(call->input))
        return wire_error_set(error, 400, "SerializationException",
                              "expected a CBOR map as the request");
    return OK;
}

static enum status
decode(struct wire_call *call, const struct http_request *rq, struct wire_error *error)
{
    const char *mode = http_header_get(rq, "x-amzn-query-mode");
    enum status st;

    *call = (struct wire_call){ .content_type = TYPE_CBOR };
    call->wants_query_error = mode != NULL && strcasecmp(mode, "true") == 0;
    st = read_path(call, rq, error);
    return st == OK ? read_input(call, rq, error) : st;
}

static void
start(struct wire_reply *reply, const struct wire_call *call, unsigned status,
      const char *request_id)
{
    wire_reply_header(reply, "Smithy-Protocol", PROTOCOL);
    wire_reply_start(reply, call, status, request_id);
}

static void
encode(struct wire_reply *reply, const struct wire_call *call, const cJSON *result,
       const char *request_id)
{
    start(reply, call, 200, request_id);
    if (result == NULL)
        reply->content_type = NULL;
    else
        cbor_print(&reply->body, result);
}

static void
encode_error(struct wire_reply *reply, const struct wire_call *call, const struct wire_error *error,
             const char *request_id)
{
    const char *shapes = call->service == NULL ? NULL : call->service->shapes;
    char type[WIRE_CODE_MAX + 64];
    cJSON *body = cJSON_CreateObject();

    start(reply, call, error->status, request_id);
    wire_reply_query_error(reply, call, error);
    snprintf(type, sizeof type, "%s%s%s", shapes == NULL ? "" : shapes, shapes == NULL ? "" : "#",
             error->code);
    cJSON_AddStringToObject(body, "__type", type);
    cJSON_AddStringToObject(body, "message", error->message);
    cbor_print(&reply->body, body);
    cJSON_Delete(body);
}

const struct wire_codec codec_rpccbor = {
    .name = "RPC v2 CBOR",
    .recognise = recognise,
    .decode = decode,
    .encode = encode,
    .encode_error = encode_error,
};
