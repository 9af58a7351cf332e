/* aws.c - the way of a signed request: scope, protocol, operation, handler, answer.
 * SPDX-License-Identifier: MIT
 *
 * The SigV4 scope says which service is meant, the codec table which protocol it is asked in, the
 * operation table what there is. What stands in between is the same for all of them, so that an
 * operation is one handler and a protocol is one codec, in any combination.
 *
 * All of it but the scope happens on a reader's thread, decoding too: bodies may be large or
 * compressed, and nearly every operation asks the store, which the HTTP thread must not do. */
#include "config.h"

#include "emulator/aws.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "emulator/aws_call.h"
#include "emulator/emulator.h"
#include "emulator/exchange_own.h"
#include "emulator/keyring.h"
#include "emulator/parts.h"
#include "emulator/service_metrics.h"
#include "emulator/tally.h"
#include "emulator/throttle.h"
#include "fixture/fixture.h"
#include "wire/awsjson.h"
#include "wire/event_stream.h"
#include "wire/inflate.h"
#include "wire/query.h"
#include "wire/restxml.h"
#include "wire/sigv4.h"

#define HEADERS_KEPT 100

/* A request on its way; lives in the exchange's arena. */
struct passage {
    struct exchange *x;
    char request_id[UUID_TEXT];
    struct sigv4_claim claim;
    bool is_unsigned;
    bool is_vouched; /* a fixture says that it was signed */
    struct http_request rq;
    struct http_header headers[HEADERS_KEPT];
    const struct wire_codec *codec;
    struct wire_call call;
    const struct aws_operation *op;
    struct wire_error error;
};

/* --- answers ---------------------------------------------------------------------------------- */

static void
send_reply(struct passage *p, const struct wire_reply *reply, struct store_write *write)
{
    for (size_t i = 0; i < reply->header_count; i++)
        exchange_set_header(p->x, reply->headers[i].name, reply->headers[i].value);
    wire_call_fini(&p->call);
    if (write == NULL) {
        exchange_reply(p->x, reply->status, reply->content_type, reply->body.data, reply->body.len);
        return;
    }
    service_metrics_wake(emulator_service_metrics(exchange_emulator(p->x)));
    exchange_commit(p->x, write, reply->status, reply->content_type, reply->body.data,
                    reply->body.len);
}

/* Errors before a protocol is known: all services but S3, which has one, and those that speak a
 * form have an AWS JSON client. */
static void
encode_bare_error(const struct passage *p, struct wire_reply *reply)
{
    const struct wire_call call = { .content_type = "application/x-amz-json-1.1" };

    codec_awsjson.encode_error(reply, &call, &p->error, p->request_id);
}

/* Refused before it was decoded: the headers alone say in which shape to answer. */
static void
decode_head(struct passage *p)
{
    struct http_request head = p->rq;
    struct wire_error ignored;

    head.body = NULL;
    head.body_len = 0;
    if (p->codec->decode(&p->call, &head, &ignored) != OK)
        return; /* a form without its Action, say: the error to tell is another */
}

static void
refuse(struct passage *p)
{
    struct wire_reply reply;

    if (p->codec != NULL && p->call.content_type == NULL)
        decode_head(p);
    exchange_note(p->x, true, "%s%s%s: %s", p->call.operation,
                  p->call.operation[0] == '\0' ? "" : ": ", p->error.code, p->error.message);
    wire_reply_init(&reply);
    if (p->codec == NULL)
        encode_bare_error(p, &reply);
    else
        p->codec->encode_error(&reply, &p->call, &p->error, p->request_id);
    send_reply(p, &reply, NULL);
    wire_reply_fini(&reply);
}

/* The store or the readers could not do it: SDKs try again by themselves after this. */
static void
excuse(struct exchange *x, const char *reason, void *arg)
{
    struct passage *p = arg;

    (void)x;
    wire_error_set(&p->error, 503, "ServiceUnavailableException", "%s", reason);
    refuse(p);
}

/* --- the handler --------------------------------------------------------------------------------
 */

static void
answer(struct passage *p, struct aws_call *call)
{
    struct wire_reply reply;

    exchange_note(p->x, call->has_fault, "%s%s%s", p->op->name, call->note[0] == '\0' ? "" : ": ",
                  call->note);
    wire_reply_init(&reply);
    codec_encode(p->codec, &reply, &p->call, call->out, p->request_id);
    send_reply(p, &reply, call->write);
    wire_reply_fini(&reply);
}

static void
answer_with_bytes(struct passage *p, const struct aws_call *call)
{
    const struct aws_bytes *b = call->bytes;

    exchange_note(p->x, call->has_fault, "%s%s%s", p->op->name, call->note[0] == '\0' ? "" : ": ",
                  call->note);
    exchange_set_header(p->x, "x-amz-request-id", p->request_id);
    for (size_t i = 0; i < b->header_count; i++)
        exchange_set_header(p->x, b->headers[i].name, b->headers[i].value);
    wire_call_fini(&p->call);
    exchange_reply_large(p->x, b->status, b->type, b->bytes, b->length);
}

static void
answer_with_stream(struct passage *p, struct aws_call *call)
{
    exchange_note(p->x, false, "%s", p->op->name);
    exchange_set_header(p->x, "x-amzn-RequestId", p->request_id);
    wire_call_fini(&p->call);
    exchange_stream(p->x, 200, EVENT_STREAM_TYPE, call->stream, call->stream_state);
}

static void
run(struct passage *p, struct store_reader *reader)
{
    struct exchange *x = p->x;
    struct emulator *em = exchange_emulator(x);
    struct aws_call call = {
        .em = em,
        .in = awsvalue_of(&p->call, &p->error),
        .error = &p->error,
        .arena = exchange_arena(x),
        .store = emulator_store(em),
        .reader = reader,
        .now_ms = exchange_now_ms(x),
        .request_id = p->request_id,
        .region = p->claim.region,
        .access_key = p->claim.access_key,
        .logs_format = exchange_header(x, "x-amzn-logs-format"),
        .is_beside = exchange_is_beside(x),
    };
    enum status st = p->op->handle(&call);

    assert(call.write == NULL || p->op->writes);
    tally_operation(emulator_tally(em), (size_t)(p->op - aws_operations), call.billed);
    if (st == OK && call.stream != NULL) {
        answer_with_stream(p, &call);
    } else if (st == OK && call.bytes != NULL) {
        answer_with_bytes(p, &call);
    } else if (st == OK) {
        answer(p, &call);
    } else {
        store_write_free(call.write);
        refuse(p);
    }
    cJSON_Delete(call.out);
}

/* --- the operation ------------------------------------------------------------------------------
 */

static enum status
find_operation(struct passage *p)
{
    const char *meant = p->call.service->name;

    if (!p->is_unsigned && strcmp(p->claim.service, meant) != 0)
        return wire_error_set(&p->error, 403, "InvalidSignatureException",
                              "Credential should be scoped to correct service: '%s', not '%.40s'.",
                              meant, p->claim.service);
    p->op = aws_operation_find(meant, p->call.operation);
    if (p->op == NULL)
        return wire_error_set(&p->error, 400, "UnknownOperationException",
                              "obsview does not support %s; see obsview help aws",
                              p->call.operation);
    return OK;
}

/* Points the request at its plain body. */
static enum status
open_body(struct passage *p, struct buf *opened)
{
    const char *encoding = http_header_get(&p->rq, "content-encoding");
    struct err err = { 0 };
    enum status st;

    if (!inflate_is_needed(encoding))
        return OK;
    st = inflate_body(opened, encoding, p->rq.body, p->rq.body_len, &err);
    if (st == E_LIMIT)
        return wire_error_set(&p->error, 413, "RequestEntityTooLargeException", "%s", err.text);
    if (st != OK)
        return wire_error_set(&p->error, 400, "SerializationException", "%s", err.text);
    p->rq.body = opened->data;
    p->rq.body_len = opened->len;
    return OK;
}

/* Of the body as it was sent, and so before it is opened. */
static enum status
authenticate(struct passage *p)
{
    struct emulator *em = exchange_emulator(p->x);

    if (p->is_unsigned || p->is_vouched || !emulator_options(em)->require_auth)
        return OK;
    return keyring_verify(emulator_keyring(em), &p->claim, &p->rq, exchange_arena(p->x), &p->error);
}

/* From here on a fixture that vouches for the request is answered as its sender was. */
static void
note_write(struct passage *p)
{
    if (p->op->writes && !p->is_unsigned)
        p->x->signed_for =
            arena_printf(p->x->arena, "%s/%s", p->call.service->name, p->claim.region);
}

static void
work(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct passage *p = arg;
    struct buf opened;
    enum status st;

    buf_init(&opened, AWS_OPENED_MAX);
    st = authenticate(p);
    if (st == OK)
        st = open_body(p, &opened);
    if (st == OK)
        st = p->codec->decode(&p->call, &p->rq, &p->error);
    if (st == OK)
        st = find_operation(p);
    /* what needs no signature carries a secret instead */
    if (p->is_unsigned || (p->op != NULL && aws_operation_is_open(p->op)))
        exchange_hide_body(x);
    if (p->is_unsigned && !(st == OK && aws_operation_is_open(p->op)))
        st = sigv4_read(&p->claim, &p->rq, &p->error); /* which says what is missing */
    if (st == OK && !throttle_pass(emulator_throttle(exchange_emulator(x)), p->op, mono_ns()))
        st = wire_error_set(&p->error, 400, "ThrottlingException", "Rate exceeded");
    buf_fini(&opened);
    if (st != OK) {
        refuse(p);
        return;
    }
    note_write(p);
    run(p, reader);
}

/* --- the way in ---------------------------------------------------------------------------------
 */

static void
keep_header(void *arg, const char *name, const char *value)
{
    struct passage *p = arg;

    if (p->rq.header_count < HEADERS_KEPT)
        p->headers[p->rq.header_count++] = (struct http_header){ name, value };
}

static void
read_request(struct passage *p)
{
    p->rq.method = exchange_method(p->x);
    p->rq.path = exchange_path(p->x);
    p->rq.query = exchange_query_text(p->x);
    p->rq.body = exchange_body(p->x, &p->rq.body_len);
    p->rq.headers = p->headers;
    exchange_headers(p->x, keep_header, p);
}

static enum status
find_protocol(struct passage *p)
{
    const char *type = http_header_get(&p->rq, "content-type");
    const struct wire_service *service = service_by_name(p->claim.service);

    if (p->codec == NULL && service == NULL)
        return wire_error_set(&p->error, 501, "NotImplemented",
                              "obsview does not emulate the service %.40s; see obsview help aws",
                              p->claim.service);
    if (p->codec == NULL)
        return wire_error_set(
            &p->error, 400, "UnknownOperationException",
            "obsview does not speak the protocol of this request to %s (%s %.60s, "
            "content type %.60s); it speaks AWS JSON, RPC v2 CBOR, query and REST JSON",
            service->title, p->rq.method, p->rq.path, type == NULL ? "none" : type);
    return OK;
}

/* The id that is in the answer is what somebody has who asks about the request later. */
static void
tell_request_id(struct passage *p)
{
    char line[sizeof "x-amzn-RequestId: \n" + UUID_TEXT];

    snprintf(line, sizeof line, "x-amzn-RequestId: %s\n", p->request_id);
    exchange_add_details(p->x, NULL, line);
}

static struct passage *
enter(struct exchange *x)
{
    struct passage *p = arena_alloc(exchange_arena(x), sizeof *p);
    uint8_t id[16];

    *p = (struct passage){ .x = x };
    if (exchange_is_beside(x))
        clock_uuid_beside(emulator_clock(exchange_emulator(x)), id);
    else
        clock_uuid(emulator_clock(exchange_emulator(x)), id);
    uuid_format(id, p->request_id);
    tell_request_id(p);
    read_request(p);
    p->codec = codec_find(&p->rq);
    return p;
}

/* Whose requests look like any other's: the scope says so. */
static void
know_s3(struct passage *p)
{
    if (strcmp(p->claim.service, "s3") == 0)
        p->codec = &codec_restxml;
}

const char *
aws_vouched(const struct exchange *x)
{
    return x->is_trusted ? exchange_header(x, FIXTURE_SIGNED) : NULL;
}

static enum status
read_vouched(struct passage *p, const char *scope)
{
    const size_t length = strcspn(scope, "/");
    const char *region = scope[length] == '/' ? scope + length + 1
                                              : emulator_options(exchange_emulator(p->x))->region;

    p->is_vouched = true;
    snprintf(p->claim.service, sizeof p->claim.service, "%.*s",
             (int)(length < sizeof p->claim.service ? length : sizeof p->claim.service - 1), scope);
    snprintf(p->claim.region, sizeof p->claim.region, "%s", region);
    snprintf(p->claim.access_key, sizeof p->claim.access_key, "fixture");
    return OK;
}

/* An unsigned form may be one of the few operations that need no signature: its Action says. */
static enum status
read_claim(struct passage *p)
{
    const struct emulator *em = exchange_emulator(p->x);
    const char *vouched = aws_vouched(p->x);

    if (vouched != NULL)
        return read_vouched(p, vouched);
    if (sigv4_is_signed(&p->rq) || p->codec != &codec_query)
        return sigv4_read(&p->claim, &p->rq, &p->error);
    p->is_unsigned = true;
    snprintf(p->claim.region, sizeof p->claim.region, "%s", emulator_options(em)->region);
    return OK;
}

void
aws_refuse(struct exchange *x, unsigned status, const char *code, const char *message)
{
    struct passage *p = enter(x);

    if ((aws_vouched(x) != NULL || sigv4_is_signed(&p->rq)) && read_claim(p) == OK)
        know_s3(p);
    wire_error_set(&p->error, status, code, "%s", message);
    refuse(p);
}

void
aws_handle(struct exchange *x)
{
    struct passage *p = enter(x);
    enum status st;

    exchange_set_excuse(x, excuse, p);
    st = read_claim(p);
    know_s3(p);
    if (st == OK)
        st = find_protocol(p);
    if (st == OK)
        exchange_defer(x, work, p);
    else
        refuse(p);
}
