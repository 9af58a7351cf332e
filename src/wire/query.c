/* query.c - requests as forms, answers as XML.
 * SPDX-License-Identifier: MIT
 *
 * The form comes in the body of a POST, or in the query string of a GET (presigned URLs of STS and
 * friends). Action and Version are taken out, and so are the X-Amz-* parameters of a presigned URL;
 * the rest is the operation's input, all of it text: awsvalue.h reads numbers and times out of
 * that. Answers carry the service's XML namespace, which is found by the Version. */
#include "config.h"

#include "wire/query.h"

#include "base/json.h"
#include "wire/form.h"
#include "wire/xml.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FORM_TYPE "application/x-www-form-urlencoded"

/* Whether the text has a parameter Action. */
static bool
names_action(const char *text)
{
    for (; text != NULL; text = strchr(text, '&')) {
        text += *text == '&';
        if (strncmp(text, "Action=", 7) == 0)
            return true;
    }
    return false;
}

static bool
recognise(const struct http_request *rq)
{
    if (strcmp(rq->method, "POST") == 0)
        return http_type_is(http_header_get(rq, "content-type"), FORM_TYPE);
    return strcmp(rq->method, "GET") == 0 && names_action(rq->query);
}

static void
drop_signature(cJSON *input)
{
    cJSON *item = input->child;

    while (item != NULL) {
        cJSON *next = item->next;

        if (strncasecmp(item->string, "X-Amz-", 6) == 0)
            cJSON_Delete(cJSON_DetachItemViaPointer(input, item));
        item = next;
    }
}

static enum status
take_names(struct wire_call *call, struct wire_error *error)
{
    const char *action = json_get_string(call->input, "Action", NULL);
    const char *version = json_get_string(call->input, "Version", NULL);

    if (version != NULL)
        call->service = service_by_query_version(version);
    if (action == NULL || *action == '\0')
        return wire_error_set(error, 400, "MissingAction", "expected a parameter Action");
    if (strlen(action) >= sizeof call->operation)
        return wire_error_set(error, 400, "UnknownOperationException",
                              "Action is longer than %zu bytes", sizeof call->operation - 1);
    snprintf(call->operation, sizeof call->operation, "%s", action);
    if (call->service == NULL)
        return wire_error_set(error, 400, "UnknownOperationException",
                              "no service has a query API of Version %s",
                              version == NULL ? "(none given)" : version);
    cJSON_DeleteItemFromObjectCaseSensitive(call->input, "Action");
    cJSON_DeleteItemFromObjectCaseSensitive(call->input, "Version");
    return OK;
}

static enum status
decode(struct wire_call *call, const struct http_request *rq, struct wire_error *error)
{
    bool in_url = strcmp(rq->method, "GET") == 0;
    const char *text = in_url ? rq->query : rq->body;
    size_t len = in_url ? strlen(rq->query) : rq->body_len;
    struct err err = { 0 };

    *call = (struct wire_call){ .content_type = "text/xml" };
    if (form_parse(&call->input, text == NULL ? "" : text, len, &err) != OK)
        return wire_error_set(error, 400, "MalformedQueryString", "%s", err.text);
    if (in_url)
        drop_signature(call->input);
    return take_names(call, error);
}

/* xmlns="..." with a blank before, or nothing when the service is not known. */
static void
put_namespace(struct buf *b, const struct wire_call *call)
{
    if (call->service != NULL && call->service->xmlns != NULL)
        buf_addf(b, " xmlns=\"%s\"", call->service->xmlns);
}

static void
encode(struct wire_reply *reply, const struct wire_call *call, const cJSON *result,
       const char *request_id)
{
    struct buf *b = &reply->body;
    char name[WIRE_OPERATION_MAX + 16];

    wire_reply_start(reply, call, 200, request_id);
    buf_addf(b, "<%sResponse", call->operation);
    put_namespace(b, call);
    buf_addc(b, '>');
    snprintf(name, sizeof name, "%sResult", call->operation);
    xml_element(b, call->service, name, result);
    buf_adds(b, "<ResponseMetadata><RequestId>");
    xml_text(b, request_id);
    buf_addf(b, "</RequestId></ResponseMetadata></%sResponse>", call->operation);
}

static void
encode_error(struct wire_reply *reply, const struct wire_call *call, const struct wire_error *error,
             const char *request_id)
{
    struct buf *b = &reply->body;

    wire_reply_start(reply, call, error->status, request_id);
    buf_adds(b, "<ErrorResponse");
    put_namespace(b, call);
    buf_addf(b, "><Error><Type>%s</Type><Code>", error->status < 500 ? "Sender" : "Receiver");
    xml_text(b, wire_error_query_code(error->code));
    buf_adds(b, "</Code><Message>");
    xml_text(b, error->message);
    buf_adds(b, "</Message></Error><RequestId>");
    xml_text(b, request_id);
    buf_adds(b, "</RequestId></ErrorResponse>");
}

const struct wire_codec codec_query = {
    .name = "query",
    .recognise = recognise,
    .decode = decode,
    .encode = encode,
    .encode_error = encode_error,
};
