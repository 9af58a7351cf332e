/* client_hearing.c - calls by their meaning: for who hears of them, and from who stands in for AWS.
 * SPDX-License-Identifier: MIT
 *
 * A stand-in is asked in the place of keys and network, when net_run() runs, as an answer would
 * come; what it says takes the same way as AWS's own answer from there. */
#include "config.h"

#include "aws/client_own.h"

#include "base/json.h"
#include "base/mem.h"
#include "wire/query_client.h"
#include "wire/restxml.h"
#include "wire/s3_operation.h"
#include "wire/xml.h"
#include "wire/xml_read.h"

#include <stdio.h>
#include <string.h>

void
aws_client_set_ear(struct aws_client *client, const struct aws_ear *ear)
{
    client->shared->ear = ear;
}

void
aws_client_set_stand_in(struct aws_client *client, const struct aws_stand_in *stand_in)
{
    client->shared->stand_in = stand_in;
}

int64_t
aws_client_known_ms(const struct aws_client *client)
{
    return client->shared->known_ms;
}

/* --- who hears of it --- */

/* Whether parameters are to be kept for somebody. */
static bool
is_heard(const struct aws_call *call)
{
    const struct shared *shared = call->client->shared;

    return shared->ear != NULL || shared->stand_in != NULL;
}

void
hearing_keep_input(struct aws_call *call, const cJSON *input)
{
    if (is_heard(call))
        call->input = input == NULL ? cJSON_CreateObject() : cJSON_Duplicate(input, true);
}

void
hearing_tell(const struct aws_call *call, unsigned status, cJSON **answer, const struct err *err)
{
    const struct aws_ear *ear = call->client->shared->ear;
    struct aws_heard heard = { .service = aws_services[call->service].signing_name,
                               .operation = call->operation,
                               .region = client_region(call->client),
                               .input = call->input,
                               .status = status,
                               .answer = *answer,
                               .err = err };

    if (ear == NULL || call->input == NULL)
        return;
    ear->hear(ear->arg, &heard);
    *answer = heard.answer;
}

bool
aws_client_hears(const struct aws_client *client)
{
    return client->shared->ear != NULL;
}

void
aws_client_tell(const struct aws_client *client, enum aws_service service, const char *operation,
                cJSON *input, cJSON *answer)
{
    const struct aws_ear *ear = client->shared->ear;
    struct aws_heard heard = { .service = aws_services[service].signing_name,
                               .operation = operation,
                               .region = client_region(client),
                               .input = input,
                               .status = 200,
                               .answer = answer };

    if (ear != NULL)
        ear->hear(ear->arg, &heard);
    cJSON_Delete(heard.answer);
    cJSON_Delete(input);
}

void
aws_stream_tell(struct aws_call *call, cJSON **piece)
{
    hearing_tell(call, 200, piece, NULL);
}

/* Whose account it is; what else STS says names a person. */
void
hearing_tell_account(const struct aws_call *call, const struct buf *text)
{
    cJSON *whole = NULL, *account;

    if (call->input == NULL ||
        query_client_read(&whole, call_wire_service(call), text->data, text->len, NULL) != OK)
        return;
    account = cJSON_CreateObject();
    cJSON_AddStringToObject(account, "Account", json_get_string(whole, "Account", ""));
    hearing_tell(call, 200, &account, NULL);
    cJSON_Delete(account);
    cJSON_Delete(whole);
}

/* What it was refused with, in one form: {"__type":...,"message":...} and what else was said. */
void
hearing_keep_refusal(struct aws_call *call, const struct net_answer *answer,
                     const struct refusal *refusal)
{
    const struct wire_error *error = &refusal->error;
    cJSON *value = NULL;

    if (call->input == NULL || strncmp(error->code, "HTTP", 4) == 0)
        return; /* not AWS's own words: what is made of them is what is heard */
    call->status = (unsigned)answer->status;
    if (json_parse(&value, answer->body->data, answer->body->len, NULL) != OK ||
        !cJSON_IsObject(value)) {
        cJSON_Delete(value);
        value = cJSON_CreateObject();
        cJSON_AddStringToObject(value, "message", error->message);
    }
    if (json_get(value, "__type") == NULL)
        cJSON_AddItemToObject(value, "__type", cJSON_CreateString(error->code));
    cJSON_Delete(call->refusal);
    call->refusal = value;
}

/* The XML of an operation whose answers are XML. */
static bool
has_xml(const struct aws_call *call)
{
    const struct s3_operation *op = s3_operation_named(call->operation);

    return op != NULL && op->root != NULL;
}

void
hearing_tell_rest(struct aws_call *call, const struct net_answer *answer)
{
    char root[XML_READ_NAME];
    cJSON *value = NULL;

    if (call->input == NULL || call->client->shared->ear == NULL || !has_xml(call) ||
        answer->status != 200 ||
        xml_read(&value, root, NULL, answer->body->data, answer->body->len, NULL) != OK)
        return;
    hearing_tell(call, 200, &value, NULL);
    cJSON_Delete(value);
}

/* Bucket, Key and the parameters of the query. */
void
hearing_keep_rest_input(struct aws_call *call, const struct aws_rest *rest)
{
    const struct http_request rq = { .method = rest->method,
                                     .path = rest->path,
                                     .query = rest->query };
    struct wire_error error;
    struct wire_call read;

    if (!is_heard(call))
        return;
    if (codec_restxml.decode(&read, &rq, &error) == OK) {
        call->input = read.input;
        read.input = NULL;
    }
    wire_call_fini(&read);
}

/* --- the stand-in --- */

/* As it would have come from the service: XML where bytes are wanted. */
static void
give_rest(struct aws_call *call, const cJSON *value)
{
    struct wire_call as_asked = { .service = call_wire_service(call) };
    struct net_answer answer = { .status = 200, .has_arrived = true };
    struct wire_reply reply;

    snprintf(as_asked.operation, sizeof as_asked.operation, "%s", call->operation);
    wire_reply_init(&reply);
    codec_restxml.encode(&reply, &as_asked, value, "");
    answer.body = &reply.body;
    call->rest_done(call->arg, &answer, NULL);
    wire_reply_fini(&reply);
    call_free(call);
}

static void
give_text(struct aws_call *call, const cJSON *value)
{
    struct buf text;

    buf_init(&text, CALL_REFUSAL_MAX);
    buf_adds(&text, "<Account>");
    xml_text(&text, json_get_string(value, "Account", ""));
    buf_adds(&text, "</Account>");
    call->text_done(call->arg, text.data, NULL);
    buf_fini(&text);
    call_free(call);
}

static void
refuse(struct aws_call *call, const struct aws_cue *cue)
{
    struct net_answer answer = { .status = (int)cue->status, .has_arrived = true };
    struct refusal refusal;
    struct err err = { 0 };
    struct buf body;

    buf_init(&body, CALL_REFUSAL_MAX);
    json_print(&body, cue->answer);
    answer.body = &body;
    refusal_read(&refusal, &answer);
    call->is_query = false;
    (void)call_explain(call, &answer, &refusal, &err);
    if (call->rest_done != NULL)
        call_explain_rest(call, &answer, &err);
    call_fail(call, &err);
    buf_fini(&body);
}

void
hearing_on_cue(void *arg, bool is_ready)
{
    struct aws_call *call = arg;
    struct shared *shared = call->client->shared;
    struct aws_cue cue = { .status = 0 };

    (void)is_ready;
    call->cue = NULL;
    if (call->input == NULL)
        err_set(&cue.err, E_UNRECORDED, "not in the recording: %s", call->operation);
    else
        shared->stand_in->answer(
            shared->stand_in->arg,
            &(struct aws_heard){ .service = aws_services[call->service].signing_name,
                                 .operation = call->operation,
                                 .region = client_region(call->client),
                                 .input = call->input },
            &cue);
    if (cue.status != 0 && call->arrived != NULL)
        (*call->arrived)++;
    if (call->url == NULL)
        call->url = xstrdup("https://(recorded)");
    shared->known_ms = cue.known_ms;
    if (cue.status == 0)
        call_fail(call, &cue.err);
    else if (cue.status != 200)
        refuse(call, &cue);
    else if (call->rest_done != NULL)
        give_rest(call, cue.answer);
    else if (call->done != NULL)
        call_give(call, &cue.answer);
    else if (call->text_done != NULL)
        give_text(call, cue.answer);
    else {
        err_set(&cue.err, E_UNRECORDED, "%s cannot be played", call->operation);
        call_fail(call, &cue.err);
    }
    shared->known_ms = 0;
    cJSON_Delete(cue.answer);
}
