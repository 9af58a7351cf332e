/* codec.c - the table of protocols and what they share.
 * SPDX-License-Identifier: MIT
 *
 * A new protocol is a file with one `struct wire_codec` and one row here. */
#include "config.h"

#include "wire/codec.h"

#include "base/text.h"
#include "wire/awsjson.h"
#include "wire/query.h"
#include "wire/restjson.h"
#include "wire/rpccbor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct wire_codec *const codecs[] = {
    &codec_rpccbor,
    &codec_awsjson,
    &codec_query,
    &codec_restjson,
};

/* clang-format off */
static const struct {
    const char *json;
    const char *query;
} aliases[] = {
    /* CloudWatch's API model */
    { "ConcurrentModificationException",      "ConcurrentModificationException" },
    { "DashboardInvalidInputError",           "InvalidParameterInput" },
    { "DashboardNotFoundError",               "ResourceNotFound" },
    { "InternalServiceFault",                 "InternalServiceError" },
    { "InvalidFormatFault",                   "InvalidFormat" },
    { "InvalidParameterCombinationException", "InvalidParameterCombination" },
    { "InvalidParameterValueException",       "InvalidParameterValue" },
    { "LimitExceededFault",                   "LimitExceeded" },
    { "MissingRequiredParameterException",    "MissingParameter" },
    /* common to all services */
    { "AccessDeniedException",                "AccessDenied" },
    { "ExpiredTokenException",                "ExpiredToken" },
    { "IncompleteSignatureException",         "IncompleteSignature" },
    { "InvalidSignatureException",            "SignatureDoesNotMatch" },
    { "MissingAuthenticationTokenException",  "MissingAuthenticationToken" },
    { "SerializationException",               "MalformedInput" },
    { "ServiceUnavailableException",          "ServiceUnavailable" },
    { "ThrottlingException",                  "Throttling" },
    { "UnknownOperationException",            "InvalidAction" },
    { "UnrecognizedClientException",          "InvalidClientTokenId" },
    { "ValidationException",                  "ValidationError" },
};
/* clang-format on */

/* Copies valid UTF-8, cut between characters where it does not fit. */
static void
copy_cut(char *to, size_t size, const char *from)
{
    size_t len = strlen(from);

    if (len >= size)
        len = size - 1;
    while (len > 0 && ((unsigned char)from[len] & 0xc0) == 0x80)
        len--;
    memcpy(to, from, len);
    to[len] = '\0';
}

/* A sentence may repeat what came in, cut anywhere; what goes out is clean text again. */
enum status
wire_error_set(struct wire_error *error, unsigned status, const char *code, const char *fmt, ...)
{
    char raw[WIRE_MESSAGE_MAX];
    struct buf clean;
    va_list ap;

    error->status = status;
    error->members[0] = '\0';
    snprintf(error->code, sizeof error->code, "%s", code);
    va_start(ap, fmt);
    vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    buf_init(&clean, sizeof raw * 3); /* a bad byte becomes three */
    text_clean(&clean, raw, strlen(raw));
    copy_cut(error->message, sizeof error->message, clean.data);
    buf_fini(&clean);
    return status < 500 ? E_INVALID : E_INTERNAL;
}

const char *
wire_error_query_code(const char *code)
{
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++) {
        if (strcmp(aliases[i].json, code) == 0)
            return aliases[i].query;
    }
    return code;
}

void
wire_call_fini(struct wire_call *call)
{
    cJSON_Delete(call->input);
    call->input = NULL;
}

void
wire_reply_init(struct wire_reply *reply)
{
    *reply = (struct wire_reply){ .status = 200 };
    buf_init(&reply->body, WIRE_REPLY_MAX);
}

void
wire_reply_fini(struct wire_reply *reply)
{
    buf_fini(&reply->body);
}

void
wire_reply_start(struct wire_reply *reply, const struct wire_call *call, unsigned status,
                 const char *request_id)
{
    reply->status = status;
    reply->content_type = call->content_type;
    wire_reply_header(reply, "x-amzn-RequestId", "%s", request_id);
}

void
wire_reply_query_error(struct wire_reply *reply, const struct wire_call *call,
                       const struct wire_error *error)
{
    if (call->wants_query_error)
        wire_reply_header(reply, "x-amzn-query-error", "%s;%s", wire_error_query_code(error->code),
                          error->status < 500 ? "Sender" : "Receiver");
}

void
wire_reply_header(struct wire_reply *reply, const char *name, const char *fmt, ...)
{
    va_list ap;

    if (reply->header_count == WIRE_HEADERS_MAX)
        return;
    va_start(ap, fmt);
    vsnprintf(reply->headers[reply->header_count].value, sizeof reply->headers[0].value, fmt, ap);
    va_end(ap);
    reply->headers[reply->header_count++].name = name;
}

const struct wire_codec *
codec_find(const struct http_request *rq)
{
    for (size_t i = 0; i < sizeof codecs / sizeof codecs[0]; i++) {
        if (codecs[i]->recognise(rq))
            return codecs[i];
    }
    return NULL;
}

void
codec_encode(const struct wire_codec *codec, struct wire_reply *reply, const struct wire_call *call,
             const cJSON *result, const char *request_id)
{
    struct wire_error error;

    codec->encode(reply, call, result, request_id);
    if (!buf_failed(&reply->body))
        return;
    wire_reply_fini(reply);
    wire_reply_init(reply);
    wire_error_set(&error, 500, "InternalServiceFault", "the answer is larger than %u bytes",
                   WIRE_REPLY_MAX);
    codec->encode_error(reply, call, &error, request_id);
}
