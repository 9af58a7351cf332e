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
#include "wire/percent.h"
#include "wire/sigv4.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_MAX ((size_t)12 * 1024 * 1024)
#define TIMEOUT_MS 20000
#define SKEW_MS    120000 /* beyond this a refused signature is put down to the clock */
#define OPERATION  64
#define QUERY_MAX  8192

struct aws_client {
    struct net *net;
    const struct aws_target *target;
    char *region;               /* NULL: the target's */
    struct aws_client *regions; /* of ours: clients like this one elsewhere */
    struct aws_client *next;
    struct aws_client *root; /* who counts for all of them; NULL: this one */
    int64_t skew_ms;         /* the service's clock less ours */
    int64_t free_calls;
};

struct aws_call {
    struct aws_client *client;
    struct net_call *net_call;
    enum aws_service service;
    char operation[OPERATION];
    struct awsjson_request rq;
    const char *method;
    char *url; /* without path and query */
    char *host;
    char *path;
    char *query;
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
    if (client == NULL)
        return;
    while (client->regions != NULL) {
        struct aws_client *other = client->regions;

        client->regions = other->next;
        aws_client_free(other);
    }
    free(client->region);
    free(client);
}

static const char *
region_of(const struct aws_client *client)
{
    return client->region != NULL ? client->region : client->target->region;
}

struct aws_client *
aws_client_in(struct aws_client *client, const char *region)
{
    struct aws_client *other = client->regions;

    if (region == NULL || strcmp(region, region_of(client)) == 0)
        return client;
    while (other != NULL && strcmp(other->region, region) != 0)
        other = other->next;
    if (other != NULL || !aws_region_is_valid(region))
        return other;
    other = aws_client_new(client->net, client->target);
    other->region = xstrdup(region);
    other->root = client->root != NULL ? client->root : client;
    other->next = client->regions;
    client->regions = other;
    return other;
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
    free(call->url);
    free(call->host);
    free(call->path);
    free(call->query);
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

/* How many of sign()'s headers a request has: Host; Content-Type with a body; X-Amz-Target. */
static size_t
header_count(const struct aws_call *call)
{
    if (strcmp(call->method, "GET") == 0)
        return 1;
    return call->text_done != NULL ? 2 : 3;
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
        .method = call->method,
        .path = call->path,
        .query = call->query,
        .headers = headers,
        .header_count = header_count(call),
        .body = call->rq.body.data,
        .body_len = call->rq.body.len,
    };
    struct sigv4_key key = {
        .access_key = keys->access_key,
        .secret = keys->secret_key,
        .token = keys->session_token,
        .region = region_of(client),
        .service = aws_services[call->service].signing_name,
    };
    struct sigv4_signed made;

    if (call->service == AWS_CLOUDWATCH && strcmp(call->operation, "GetMetricData") != 0)
        (call->client->root != NULL ? call->client->root : call->client)->free_calls++;
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

/* HTML or XML where JSON should be: nobody who speaks AWS JSON said this. */
static bool
is_page(const struct buf *body)
{
    return body->data[strspn(body->data, " \t\r\n")] == '<';
}

/* Emulators say so what they cannot do, and web servers everything. */
static enum status
explain_page(const struct aws_call *call, const struct net_answer *answer, struct err *err)
{
    enum status code = answer->status == 500 ? E_UNSUPPORTED : E_INVALID;

    if (answer->status > 500)
        return err_set(err, E_IO, "%s %s: %s answers with status %d and a web page",
                       wire_service_of(call)->title, call->operation, call->host, answer->status);
    return err_set(err, code,
                   "%s %s: %s answers with status %d and a web page: it does not know this "
                   "operation, or is no AWS endpoint",
                   wire_service_of(call)->title, call->operation, call->host, answer->status);
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
    if (call->done != NULL && is_page(answer->body))
        return explain_page(call, answer, err);
    return err_set(err, answer->status >= 500 ? E_IO : E_INVALID, "%s %s: %s%s%s", service->title,
                   call->operation, refusal.code, refusal.message[0] != '\0' ? ": " : "",
                   refusal.message);
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
    } else if (is_page(answer->body))
        err_set(&err, E_INVALID, "%s: %s answers with a web page, not JSON: is it an AWS endpoint?",
                call->operation, call->host);
    else if (json_parse(&json, answer->body->data, answer->body->len, &err) != OK)
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
    call->method = "POST";
    call->url = aws_target_url(client->target, service, region_of(client));
    call->host = host_of(call->url);
    call->path = xstrdup("/");
    call->query = xstrdup("");
    snprintf(call->operation, sizeof call->operation, "%s", operation);
    return call;
}

static void
send_call(struct aws_call *call)
{
    bool is_get = strcmp(call->method, "GET") == 0;
    char *url = xasprintf("%s%s%s%s", call->url, call->path[1] != '\0' ? call->path : "",
                          *call->query != '\0' ? "?" : "", call->query);

    call->net_call =
        net_start(call->client->net, &(struct net_request){
                                         .method = call->method,
                                         .url = url,
                                         .body = is_get ? NULL : call->rq.body.data,
                                         .body_len = is_get ? 0 : call->rq.body.len,
                                         .answer_max = ANSWER_MAX,
                                         .timeout_ms = TIMEOUT_MS,
                                         .max_attempts = call->client->target->max_attempts,
                                         .prepare = sign,
                                         .is_transient = is_transient,
                                         .done = on_answer,
                                         .arg = call,
                                     });
    free(url);
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

static char *
query_of(const cJSON *texts)
{
    const cJSON *text;
    struct buf b;

    buf_init(&b, QUERY_MAX);
    cJSON_ArrayForEach(text, texts)
    {
        if (!cJSON_IsString(text))
            continue;
        buf_adds(&b, b.len > 0 ? "&" : "");
        percent_encode(&b, text->string, strlen(text->string), false);
        buf_addc(&b, '=');
        percent_encode(&b, text->valuestring, strlen(text->valuestring), false);
    }
    return buf_take(&b, NULL);
}

struct aws_call *
aws_get_start(struct aws_client *client, enum aws_service service, const char *operation,
              const char *path, const cJSON *query, aws_done *done, void *arg)
{
    struct aws_call *call = new_call(client, service, operation, arg);

    call->done = done;
    call->method = "GET";
    free(call->path);
    free(call->query);
    call->path = xstrdup(path);
    call->query = query_of(query);
    buf_init(&call->rq.body, 0);
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
