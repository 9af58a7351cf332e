/* client.c - signing, and making sense of refusals.
 * SPDX-License-Identifier: MIT
 *
 * Every attempt is signed anew, with the system's own clock (never the product clock). A service
 * that says our clock is off tells the time in its Date header: the difference is remembered and
 * the request signed once more. */
#include "config.h"

#include "aws/client.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "wire/awsjson.h"
#include "wire/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_MAX ((size_t)12 * 1024 * 1024)
#define TIMEOUT_MS 20000
#define SKEW_MS    120000 /* beyond this a refused signature is put down to the clock */
#define OPERATION  64

struct aws_client {
    struct net *net;
    const struct aws_target *target;
    int64_t skew_ms; /* the service's clock less ours */
    int64_t free_calls;
};

struct aws_call {
    struct aws_client *client;
    struct net_call *net_call;
    enum aws_service service;
    char operation[OPERATION];
    struct awsjson_request rq;
    char *host;
    aws_done *done;           /* one of these two is NULL */
    aws_text_done *text_done; /* the query protocol */
    void *arg;
    bool clock_was_set;
};

struct aws_client *
aws_client_new(struct net *net, const struct aws_target *target)
{
    struct aws_client *client = xcalloc(1, sizeof *client);

    client->net = net;
    client->target = target;
    return client;
}

void
aws_client_free(struct aws_client *client)
{
    free(client);
}

const struct aws_target *
aws_client_target(const struct aws_client *client)
{
    return client->target;
}

struct net *
aws_client_net(const struct aws_client *client)
{
    return client->net;
}

int64_t
aws_client_free_calls(const struct aws_client *client)
{
    return client->free_calls;
}

static void
call_free(struct aws_call *call)
{
    awsjson_request_fini(&call->rq);
    free(call->host);
    free(call);
}

void
aws_call_cancel(struct aws_call *call)
{
    if (call == NULL)
        return;
    net_cancel(call->net_call);
    call_free(call);
}

static int64_t
wall_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* The Host header of an endpoint; default ports are not part of it. */
static char *
host_of(const char *url)
{
    bool is_tls = strncmp(url, "https", 5) == 0;
    const char *host = strstr(url, "://") + 3;
    const char *port = is_tls ? ":443" : ":80";
    size_t len = strlen(host), port_len = strlen(port);

    if (len > port_len && strcmp(host + len - port_len, port) == 0)
        len -= port_len;
    return xstrndup(host, len);
}

static const struct wire_service *
wire_service_of(const struct aws_call *call)
{
    return service_by_name(aws_services[call->service].signing_name);
}

/* Each attempt carries the time it is made, so it is signed anew. */
static void
sign(void *arg, struct net_call *net_call)
{
    struct aws_call *call = arg;
    const struct aws_client *client = call->client;
    const struct aws_credentials *keys = &client->target->credentials;
    struct http_header headers[] = {
        { "Host", call->host },
        { "Content-Type", call->rq.type },
        { "X-Amz-Target", call->rq.target }, /* AWS JSON only */
    };
    struct http_request rq = {
        .method = "POST",
        .path = "/",
        .query = "",
        .headers = headers,
        .header_count = call->done != NULL ? 3 : 2,
        .body = call->rq.body.data,
        .body_len = call->rq.body.len,
    };
    struct sigv4_key key = {
        .access_key = keys->access_key,
        .secret = keys->secret_key,
        .token = keys->session_token,
        .region = client->target->region,
        .service = aws_services[call->service].signing_name,
    };
    struct sigv4_signed made;

    if (call->service == AWS_CLOUDWATCH && strcmp(call->operation, "GetMetricData") != 0)
        call->client->free_calls++;
    for (size_t i = 0; i < rq.header_count; i++)
        net_call_header(net_call, headers[i].name, headers[i].value);
    if (sigv4_sign(&made, &rq, &key, wall_ms() + client->skew_ms, NULL) != OK)
        return; /* the service will say so */
    net_call_header(net_call, "X-Amz-Date", made.date);
    net_call_header(net_call, "Authorization", made.authorization);
    if (keys->session_token != NULL)
        net_call_header(net_call, "X-Amz-Security-Token", keys->session_token);
}

/* --- refusals --- */

static bool
code_is(const char *code, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(code, *list) == 0)
            return true;
    }
    return false;
}

/* botocore, retries/standard.py */
static const char *const throttled[] = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestThrottled",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
    "RequestTimeout",
    "RequestTimeoutException",
    NULL,
};
static const char *const clock_is_off[] = {
    "SignatureDoesNotMatch", "InvalidSignatureException", "RequestExpired",
    "RequestInTheFuture",    "RequestTimeTooSkewed",      NULL,
};
static const char *const not_allowed[] = {
    "AccessDenied",  "AccessDeniedException",         "UnauthorizedOperation",
    "OptInRequired", "SubscriptionRequiredException", NULL,
};
static const char *const expired[] = { "ExpiredToken", "ExpiredTokenException", NULL };
static const char *const unknown_keys[] = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    NULL,
};

static void
read_refusal(struct wire_error *out, const struct net_answer *answer)
{
    awsjson_read_error(out, (unsigned)answer->status, answer->error_type, answer->body->data,
                       answer->body->len);
}

/* Our clock against the service's, when that is the reason; true once per call. */
static bool
set_clock(struct aws_call *call, const struct net_answer *answer)
{
    int64_t off = answer->date_ms - wall_ms();

    if (call->clock_was_set || answer->date_ms == 0 || (off > -SKEW_MS && off < SKEW_MS))
        return false;
    call->clock_was_set = true;
    call->client->skew_ms = off;
    return true;
}

static bool
is_transient(void *arg, const struct net_answer *answer)
{
    struct wire_error refusal;

    read_refusal(&refusal, answer);
    if (code_is(refusal.code, clock_is_off))
        return set_clock(arg, answer);
    return code_is(refusal.code, throttled);
}

static enum status
explain(const struct aws_call *call, const struct net_answer *answer, struct err *err)
{
    const struct wire_service *service = wire_service_of(call);
    struct wire_error refusal;

    read_refusal(&refusal, answer);
    if (code_is(refusal.code, not_allowed))
        return err_set(err, E_AUTH, "access denied: %s %s (%s)", service->title, call->operation,
                       refusal.message);
    if (code_is(refusal.code, expired))
        return err_set(err, E_AUTH, "the AWS credentials (%s) have expired: sign in again",
                       call->client->target->credentials.source);
    if (code_is(refusal.code, unknown_keys) || code_is(refusal.code, clock_is_off))
        return err_set(err, E_AUTH, "the AWS credentials (%s) are refused: %s: %s",
                       call->client->target->credentials.source, refusal.code, refusal.message);
    if (code_is(refusal.code, throttled))
        return err_set(err, E_BUSY, "%s %s: asked too often (%s)", service->title, call->operation,
                       refusal.code);
    if (strncmp(refusal.code, "ResourceNotFound", 16) == 0)
        return err_set(err, E_NOTFOUND, "%s", refusal.message);
    return err_set(err, answer->status >= 500 ? E_IO : E_INVALID, "%s %s: %s: %s", service->title,
                   call->operation, refusal.code, refusal.message);
}

static void
on_answer(void *arg, const struct net_answer *answer)
{
    struct aws_call *call = arg;
    struct err err = { 0 };
    cJSON *json = NULL;

    if (answer->status == 0)
        err = answer->err;
    else if (answer->status != 200)
        (void)explain(call, answer, &err);
    else if (call->text_done != NULL) {
        call->text_done(call->arg, answer->body->data, NULL);
        call_free(call);
        return;
    } else if (json_parse(&json, answer->body->data, answer->body->len, &err) != OK)
        err_context(&err, "%s: answer", call->operation);
    else if (!cJSON_IsObject(json))
        err_set(&err, E_INVALID, "%s: the answer is not a JSON object", call->operation);
    if (call->text_done != NULL)
        call->text_done(call->arg, NULL, &err);
    else
        call->done(call->arg, err.code == OK ? json : NULL, err.code == OK ? NULL : &err);
    cJSON_Delete(json);
    call_free(call);
}

static struct aws_call *
new_call(struct aws_client *client, enum aws_service service, const char *operation, void *arg)
{
    struct aws_call *call = xcalloc(1, sizeof *call);

    call->client = client;
    call->service = service;
    call->arg = arg;
    call->host = host_of(client->target->urls[service]);
    snprintf(call->operation, sizeof call->operation, "%s", operation);
    return call;
}

static void
send_call(struct aws_call *call)
{
    const struct aws_target *target = call->client->target;

    call->net_call = net_start(call->client->net, &(struct net_request){
                                                      .method = "POST",
                                                      .url = target->urls[call->service],
                                                      .body = call->rq.body.data,
                                                      .body_len = call->rq.body.len,
                                                      .answer_max = ANSWER_MAX,
                                                      .timeout_ms = TIMEOUT_MS,
                                                      .max_attempts = target->max_attempts,
                                                      .prepare = sign,
                                                      .is_transient = is_transient,
                                                      .done = on_answer,
                                                      .arg = call,
                                                  });
}

struct aws_call *
aws_call_start(struct aws_client *client, enum aws_service service, const char *operation,
               const cJSON *input, aws_done *done, void *arg)
{
    struct aws_call *call = new_call(client, service, operation, arg);

    call->done = done;
    awsjson_request_init(&call->rq, wire_service_of(call), operation, input);
    send_call(call);
    return call;
}

struct aws_call *
aws_query_start(struct aws_client *client, enum aws_service service, const char *operation,
                aws_text_done *done, void *arg)
{
    struct aws_call *call = new_call(client, service, operation, arg);

    call->text_done = done;
    snprintf(call->rq.type, sizeof call->rq.type, "application/x-www-form-urlencoded");
    buf_init(&call->rq.body, 256);
    buf_addf(&call->rq.body, "Action=%s&Version=%s", operation,
             wire_service_of(call)->query_version);
    send_call(call);
    return call;
}
