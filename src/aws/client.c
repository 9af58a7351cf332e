/* client.c - the way of a call: keys, signature, protocol, and what a refusal leads to.
 * SPDX-License-Identifier: MIT
 *
 * A call waits until there are keys, is signed anew for each attempt, and keeps a copy of the keys
 * it was signed with. Keys that the service refuses lead to a search for others; when it finds some
 * the call is made once more, with them. A service that says our clock is off tells the time in its
 * Date header: the difference is remembered for that host and the request signed once more.
 *
 * A service that speaks nothing else is asked in the query protocol. CloudWatch is asked in AWS
 * JSON; an old endpoint or emulator that cannot read that is asked again in the query protocol, and
 * if it answers, so is everything after it. */
#include "config.h"

#include "aws/client.h"

#include "aws/client_own.h"
#include "aws/endpoint.h"
#include "aws/refusal.h"
#include "aws/signing.h"
#include "base/json.h"
#include "base/mem.h"
#include "wire/awsjson.h"
#include "wire/percent.h"
#include "wire/query_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX ((size_t)12 * 1024 * 1024)
#define TIMEOUT_MS 20000
#define QUERY_MAX  8192

static void on_keys(void *arg, const struct err *err);

static struct aws_client *
client_new(struct net *net, const struct aws_target *target, struct shared *shared)
{
    struct aws_client *client = xcalloc(1, sizeof *client);

    client->net = net;
    client->target = target;
    client->shared = shared;
    return client;
}

struct aws_client *
aws_client_new(struct net *net, const struct aws_target *target)
{
    struct aws_client *client = client_new(net, target, xcalloc(1, sizeof(struct shared)));

    client->shared->provider = provider_new(net, target, on_keys, client->shared);
    net_set_ca_bundle(net, target->ca_bundle);
    return client;
}

void
aws_client_free(struct aws_client *client)
{
    if (client == NULL)
        return;
    while (client->orphans != NULL) {
        struct aws_orphan *orphan = client->orphans;

        client->orphans = orphan->next;
        orphan->drop(orphan->arg);
        free(orphan);
    }
    while (client->regions != NULL) {
        struct aws_client *other = client->regions;

        client->regions = other->next;
        aws_client_free(other);
    }
    if (client->region == NULL) {
        provider_free(client->shared->provider);
        free(client->shared);
    }
    free(client->region);
    free(client);
}

struct aws_orphan *
aws_client_adopt(struct aws_client *client, void (*drop)(void *arg), void *arg)
{
    struct aws_orphan *orphan = xcalloc(1, sizeof *orphan);

    *orphan = (struct aws_orphan){ .next = client->orphans, .drop = drop, .arg = arg };
    client->orphans = orphan;
    return orphan;
}

void
aws_client_release(struct aws_client *client, struct aws_orphan *orphan)
{
    struct aws_orphan **at = &client->orphans;

    while (*at != orphan)
        at = &(*at)->next;
    *at = orphan->next;
    free(orphan);
}

const char *
client_region(const struct aws_client *client)
{
    return client->region != NULL ? client->region : provider_region(client->shared->provider);
}

struct aws_client *
aws_client_in(struct aws_client *client, const char *region)
{
    struct aws_client *other = client->regions;
    const char *own = client_region(client);

    if (region == NULL || (own != NULL && strcmp(region, own) == 0))
        return client;
    while (other != NULL && strcmp(other->region, region) != 0)
        other = other->next;
    if (other != NULL || !endpoint_is_region(region))
        return other;
    other = client_new(client->net, client->target, client->shared);
    other->region = xstrdup(region);
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

struct provider *
aws_client_provider(const struct aws_client *client)
{
    return client->shared->provider;
}

void
aws_client_on_keys(struct aws_client *client, aws_keys_found *found, void *arg)
{
    client->shared->keys_found = found;
    client->shared->keys_arg = arg;
}

int64_t
aws_client_free_calls(const struct aws_client *client)
{
    return client->shared->free_calls;
}

static void
take_from(struct aws_call **list, const struct aws_call *call)
{
    while (*list != NULL && *list != call)
        list = &(*list)->next;
    if (*list != NULL)
        *list = call->next;
}

static void
stop_waiting(struct aws_call *call)
{
    take_from(&call->client->shared->waiting, call);
    take_from(&call->client->shared->served, call);
}

void
call_free(struct aws_call *call)
{
    awsjson_request_fini(&call->rq);
    aws_credentials_fini(&call->keys);
    buf_fini(&call->not_stream);
    free(call->url);
    free(call->path);
    free(call->query);
    free(call->range);
    free(call->if_match);
    cJSON_Delete(call->input);
    cJSON_Delete(call->refusal);
    free(call);
}

void
aws_call_count(struct aws_call *call, unsigned *arrived)
{
    call->arrived = arrived;
}

void
aws_call_cancel(struct aws_call *call)
{
    if (call == NULL)
        return;
    net_cancel(call->net_call);
    net_wait_cancel(call->cue);
    stop_waiting(call);
    call_free(call);
}

const struct wire_service *
call_wire_service(const struct aws_call *call)
{
    return service_by_name(aws_services[call->service].signing_name);
}

/* The headers of an operation of S3. */
static size_t
rest_headers(const struct aws_call *call, struct http_header headers[3])
{
    size_t count = 0;

    if (call->range != NULL)
        headers[count++] = (struct http_header){ "Range", call->range };
    if (call->if_match != NULL)
        headers[count++] = (struct http_header){ "If-Match", call->if_match };
    if (call->rq.body.len > 0)
        headers[count++] = (struct http_header){ "Content-Type", "application/xml" };
    return count;
}

/* How many of sign()'s headers a request has: none without a body, X-Amz-Target in AWS JSON. */
static size_t
header_count(const struct aws_call *call)
{
    if (strcmp(call->method, "GET") == 0)
        return 0;
    return call->is_query ? 1 : 2;
}

static void
sign(void *arg, struct net_call *net_call)
{
    struct aws_call *call = arg;
    struct http_header headers[3] = { { "Content-Type", call->rq.type },
                                      { "X-Amz-Target", call->rq.target } };
    size_t count = call->rest_done != NULL ? rest_headers(call, headers) : header_count(call);

    if (call->service == AWS_CLOUDWATCH && strcmp(call->operation, "GetMetricData") != 0)
        call->client->shared->free_calls++;
    signing_add(
        call->client->net, net_call,
        &(struct signing){ .method = call->method,
                           .url = call->url,
                           .path = call->path,
                           .query = call->query,
                           .headers = headers,
                           .header_count = count,
                           .body = call->rq.body.data,
                           .body_len = call->rq.body.len,
                           .region = aws_service_region(call->service, client_region(call->client)),
                           .service = aws_services[call->service].signing_name,
                           .keys = &call->keys });
}

/* --- refusals --- */

/* Nobody there could read the request, and there is another way to write it. */
static bool
may_ask_in_query(const struct aws_call *call, const struct refusal *refusal)
{
    return refusal->kind == REFUSED_NO_PROTOCOL && !call->is_query &&
           call->client->shared->spoken[call->service] == SPOKEN_UNKNOWN &&
           call_wire_service(call)->query_version != NULL;
}

/* A stream's bytes went their own way, except those of a refusal. */
static struct net_answer
whole_answer(const struct aws_call *call, const struct net_answer *answer)
{
    struct net_answer whole = *answer;

    if (call->stream_done != NULL)
        whole.body = &call->not_stream;
    return whole;
}

static enum net_verdict
judge(void *arg, const struct net_answer *net_answer)
{
    struct aws_call *call = arg;
    struct net_answer whole = whole_answer(call, net_answer), *answer = &whole;
    struct refusal refusal;

    refusal_read(&refusal, answer);
    if (refusal.kind == REFUSED_TOO_OFTEN)
        return NET_AGAIN;
    if (refusal.kind == REFUSED_FOR_CLOCK && !call->clock_was_set) {
        call->clock_was_set = true;
        if (refusal_learn_clock(call->client->net, call->url, answer))
            return NET_AGAIN;
    }
    return may_ask_in_query(call, &refusal) ? NET_FINAL : NET_AS_USUAL;
}

/* The endpoint without its scheme. */
static const char *
endpoint_host(const struct aws_call *call)
{
    return strstr(call->url, "://") + 3;
}

/* The query protocol begins with '<', too, so the Content-Type has to say it; that alone proves
 * nothing, since some emulators call all their answers HTML. */
static bool
is_html(const struct net_answer *answer)
{
    return refusal_is_page(answer->body) && answer->type != NULL &&
           strncmp(answer->type, "text/html", 9) == 0;
}

enum status
call_explain(const struct aws_call *call, const struct net_answer *answer,
             const struct refusal *refusal, struct err *err)
{
    const struct refused_call refused = { .service = call_wire_service(call)->title,
                                          .operation = call->operation,
                                          .host = endpoint_host(call),
                                          .keys = call->keys.source,
                                          .is_query = call->is_query };

    return refusal_explain(refusal, answer, &refused, err);
}

/* --- the way of a call --- */

static void on_answer(void *arg, const struct net_answer *answer);

void
call_fail(struct aws_call *call, const struct err *err)
{
    hearing_tell(call, call->status, &call->refusal, err);
    if (call->rest_done != NULL)
        call->rest_done(call->arg, NULL, err);
    else if (call->text_done != NULL)
        call->text_done(call->arg, NULL, err);
    else if (call->stream_done != NULL)
        call->stream_done(call->arg, err);
    else
        call->done(call->arg, NULL, err);
    call_free(call);
}

/* A frame begins with its length, of which the first byte is 0: what begins like text is the body
 * of a refusal. */
static bool
on_stream_bytes(void *arg, const char *bytes, size_t len)
{
    struct aws_call *call = arg;

    if (call->not_stream.len == 0 && (len == 0 || bytes[0] < ' '))
        call->is_streaming = true;
    if (call->is_streaming)
        return call->on_bytes(call->arg, bytes, len);
    buf_add(&call->not_stream, bytes, len);
    return !buf_failed(&call->not_stream);
}

/* "https://stream-logs.eu-west-1.amazonaws.com"; a named endpoint stays as it is. */
static char *
url_of(const struct aws_call *call)
{
    const struct aws_client *client = call->client;
    char *url = aws_target_url(client->target, call->service, client_region(client)), *longer;

    if (call->prefix == NULL || client->target->urls[call->service] != NULL)
        return url;
    longer = xasprintf("https://%s%s", call->prefix, strstr(url, "://") + 3);
    free(url);
    return longer;
}

/* A second StartQuery would be a second scan, and paid for like the first; Cost Explorer charges
 * for each request. */
static bool
is_once(const struct aws_call *call)
{
    return call->service == AWS_COST_EXPLORER ||
           (call->service == AWS_LOGS && strcmp(call->operation, "StartQuery") == 0);
}

static void
send_call(struct aws_call *call, const struct aws_credentials *keys)
{
    const struct aws_client *client = call->client;
    bool is_get = strcmp(call->method, "GET") == 0, is_stream = call->stream_done != NULL;
    char *url;

    aws_credentials_fini(&call->keys);
    aws_credentials_copy(&call->keys, keys);
    if (call->url == NULL)
        call->url = url_of(call);
    url = xasprintf("%s%s%s%s", call->url, call->path[1] != '\0' ? call->path : "",
                    *call->query != '\0' ? "?" : "", call->query);
    call->net_call =
        net_start(client->net, &(struct net_request){
                                   .method = call->method,
                                   .url = url,
                                   .body = is_get ? NULL : call->rq.body.data,
                                   .body_len = is_get ? 0 : call->rq.body.len,
                                   .answer_max = call->answer_max,
                                   .timeout_ms = is_stream ? 0 : TIMEOUT_MS,
                                   .max_attempts = is_stream ? 1 : client->target->max_attempts,
                                   .is_once = is_once(call),
                                   .on_bytes = is_stream ? on_stream_bytes : NULL,
                                   .prepare = sign,
                                   .judge = judge,
                                   .done = on_answer,
                                   .arg = call,
                               });
    free(url);
}

/* Now, or when there are keys. */
static void
send_or_wait(struct aws_call *call)
{
    struct shared *shared = call->client->shared;
    const struct aws_credentials *keys;

    if (shared->stand_in != NULL) {
        call->cue = net_wait(call->client->net, -1, 0, hearing_on_cue, call);
        return;
    }
    keys = provider_keys(shared->provider);
    if (keys != NULL) {
        send_call(call, keys);
        return;
    }
    call->next = shared->waiting;
    shared->waiting = call;
}

/* The end of a search: whoever waits goes on, or is told why not. Who is told may cancel others
 * that wait too, or begin to wait again. */
static void
on_keys(void *arg, const struct err *err)
{
    struct shared *shared = arg;

    shared->served = shared->waiting;
    shared->waiting = NULL;
    while (shared->served != NULL) {
        const struct aws_credentials *keys = provider_alive(shared->provider);
        struct aws_call *call = shared->served;

        shared->served = call->next;
        if (call->was_refused && (keys == NULL || aws_credentials_equal(keys, &call->keys)))
            call_fail(call, err == NULL ? &call->refused : err);
        else if (keys == NULL)
            call_fail(call, err);
        else
            send_call(call, keys);
    }
    if (err == NULL && shared->keys_found != NULL)
        shared->keys_found(shared->keys_arg);
}

/* Keys that the service does not take: once, others are looked for. */
static bool
look_for_others(struct aws_call *call, const struct refusal *refusal, const struct err *err)
{
    struct shared *shared = call->client->shared;
    struct provider *provider = shared->provider;

    if ((refusal->kind != REFUSED_EXPIRED && refusal->kind != REFUSED_KEYS) || call->was_refused ||
        !provider_refused(provider, &call->keys))
        return false;
    call->was_refused = true;
    call->refused = *err;
    if (provider_is_searching(provider)) {
        call->next = shared->waiting;
        shared->waiting = call;
    } else
        send_or_wait(call);
    return true;
}

/* The same question in the older protocol. */
static void
ask_in_query(struct aws_call *call)
{
    cJSON *input = NULL;

    if (json_parse(&input, call->rq.body.data, call->rq.body.len, NULL) != OK)
        input = NULL;
    call->is_query = true;
    buf_clear(&call->rq.body);
    snprintf(call->rq.type, sizeof call->rq.type, QUERY_CLIENT_TYPE);
    query_client_form(&call->rq.body, call_wire_service(call), call->operation, input);
    cJSON_Delete(input);
    send_or_wait(call);
}

static enum status
read_body(const struct aws_call *call, const struct net_answer *answer, cJSON **out,
          struct err *err)
{
    enum status st;

    if (call->is_query ? is_html(answer) : refusal_is_page(answer->body))
        return err_set(err, E_INVALID,
                       "%s: %s answers with a web page, not JSON: it is no AWS endpoint, or a "
                       "sign-in page stands between",
                       call->operation, endpoint_host(call));
    if (call->is_query)
        st = query_client_read(out, call_wire_service(call), answer->body->data, answer->body->len,
                               err);
    else
        st = json_parse(out, answer->body->data, answer->body->len, err);
    if (st != OK)
        return err_context(err, "%s: answer", call->operation);
    if (!cJSON_IsObject(*out))
        return err_set(err, E_INVALID, "%s: the answer is not a JSON object", call->operation);
    return OK;
}

/* The ear comes last, so that it may take what was told. */
void
call_give(struct aws_call *call, cJSON **answer)
{
    call->done(call->arg, *answer, NULL);
    hearing_tell(call, 200, answer, NULL);
    call_free(call);
}

static void
take_answer(struct aws_call *call, const struct net_answer *answer)
{
    enum spoken *spoken = &call->client->shared->spoken[call->service];
    struct err err = { 0 };
    cJSON *json = NULL;

    if (call->stream_done != NULL && call->not_stream.len > 0) {
        err_set(&err, E_INVALID, "%s: %s answers with something that is no event stream",
                call->operation, endpoint_host(call));
        call_fail(call, &err);
        return;
    }
    if (call->stream_done != NULL) {
        call->stream_done(call->arg, NULL);
        call_free(call);
        return;
    }
    if (call->text_done != NULL) {
        call->text_done(call->arg, answer->body->data, NULL);
        hearing_tell_account(call, answer->body);
        call_free(call);
        return;
    }
    if (read_body(call, answer, &json, &err) == OK) {
        *spoken = call->is_query ? SPOKEN_QUERY : SPOKEN_JSON;
        call_give(call, &json);
    } else
        call_fail(call, &err);
    cJSON_Delete(json);
}

static bool
is_good_rest(const struct aws_call *call, const struct net_answer *answer)
{
    return (answer->status >= 200 && answer->status < 300) ||
           (answer->status == 416 && call->range != NULL);
}

/* What S3 says of a bucket that is elsewhere, and of an object that has changed. */
void
call_explain_rest(const struct aws_call *call, const struct net_answer *answer, struct err *err)
{
    if (answer->status == 412)
        err_set(err, E_BUSY, "it has changed while it was being read");
    else if (answer->bucket_region != NULL && (answer->status == 301 || answer->status == 400))
        err_set(err, E_INVALID, "S3 %s: the bucket is in %.40s: give --region", call->operation,
                answer->bucket_region);
    else if (answer->status == 404)
        err->code = E_NOTFOUND;
}

static void
on_answer(void *arg, const struct net_answer *net_answer)
{
    struct aws_call *call = arg;
    struct net_answer whole = whole_answer(call, net_answer), *answer = &whole;
    struct err err = answer->err;
    struct refusal refusal;

    call->net_call = NULL;
    call->status = 0;
    if (call->arrived != NULL && answer->has_arrived) {
        (*call->arrived)++;
        call->arrived = NULL; /* asked otherwise once more, it is still one question */
    }
    if (call->rest_done != NULL && is_good_rest(call, answer)) {
        call->rest_done(call->arg, answer, NULL);
        hearing_tell_rest(call, answer);
        call_free(call);
        return;
    }
    if (answer->status == 200) {
        take_answer(call, answer);
        return;
    }
    if (answer->status == 0) {
        call_fail(call, &err);
        return;
    }
    refusal_read(&refusal, answer);
    hearing_keep_refusal(call, answer, &refusal);
    (void)call_explain(call, answer, &refusal, &err);
    if (call->rest_done != NULL)
        call_explain_rest(call, answer, &err);
    if (may_ask_in_query(call, &refusal)) {
        call->in_json = err;
        ask_in_query(call);
    } else if (call->in_json.code != OK && refusal.kind == REFUSED_NO_PROTOCOL)
        call_fail(call, &call->in_json); /* that was no better */
    else if (!look_for_others(call, &refusal, &err))
        call_fail(call, &err);
}

static struct aws_call *
new_call(struct aws_client *client, enum aws_service service, const char *operation, void *arg)
{
    struct aws_call *call = xcalloc(1, sizeof *call);

    call->client = client;
    call->service = service;
    call->arg = arg;
    call->method = "POST";
    call->answer_max = ANSWER_MAX;
    call->path = xstrdup("/");
    call->query = xstrdup("");
    snprintf(call->operation, sizeof call->operation, "%s", operation);
    return call;
}

static bool
must_be_query(const struct aws_call *call)
{
    return call->client->shared->spoken[call->service] == SPOKEN_QUERY ||
           call_wire_service(call)->target == NULL;
}

struct aws_call *
aws_call_start(struct aws_client *client, enum aws_service service, const char *operation,
               const cJSON *input, aws_done *done, void *arg)
{
    struct aws_call *call = new_call(client, service, operation, arg);

    call->done = done;
    hearing_keep_input(call, input);
    if (must_be_query(call)) {
        call->is_query = true;
        snprintf(call->rq.type, sizeof call->rq.type, QUERY_CLIENT_TYPE);
        buf_init(&call->rq.body, WIRE_REPLY_MAX);
        query_client_form(&call->rq.body, call_wire_service(call), operation, input);
    } else
        awsjson_request_init(&call->rq, call_wire_service(call), operation, input);
    send_or_wait(call);
    return call;
}

struct aws_call *
aws_stream_start(struct aws_client *client, enum aws_service service, const char *operation,
                 const char *prefix, const cJSON *input, net_on_bytes *on_bytes,
                 aws_stream_done *done, void *arg)
{
    struct aws_call *call = new_call(client, service, operation, arg);

    call->stream_done = done;
    call->on_bytes = on_bytes;
    call->prefix = prefix;
    hearing_keep_input(call, input);
    buf_init(&call->not_stream, CALL_REFUSAL_MAX);
    awsjson_request_init(&call->rq, call_wire_service(call), operation, input);
    send_or_wait(call);
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
    hearing_keep_input(call, query);
    buf_init(&call->rq.body, 0);
    send_or_wait(call);
    return call;
}

struct aws_call *
aws_rest_start(struct aws_client *client, const struct aws_rest *rest, aws_rest_done *done,
               void *arg)
{
    struct aws_call *call = new_call(client, AWS_S3, rest->operation, arg);

    call->rest_done = done;
    call->is_query = true; /* errors are XML: what begins like a page is an answer */
    call->method = rest->method;
    free(call->path);
    free(call->query);
    call->path = xstrdup(rest->path);
    call->query = xstrdup(rest->query);
    call->range = rest->range == NULL ? NULL : xstrdup(rest->range);
    call->if_match = rest->if_match == NULL ? NULL : xstrdup(rest->if_match);
    call->answer_max = rest->answer_max;
    buf_init(&call->rq.body, CALL_REFUSAL_MAX * 4);
    if (rest->body != NULL)
        buf_adds(&call->rq.body, rest->body);
    hearing_keep_rest_input(call, rest);
    send_or_wait(call);
    return call;
}

struct aws_call *
aws_query_start(struct aws_client *client, enum aws_service service, const char *operation,
                aws_text_done *done, void *arg)
{
    struct aws_call *call = new_call(client, service, operation, arg);

    call->text_done = done;
    call->is_query = true;
    snprintf(call->rq.type, sizeof call->rq.type, QUERY_CLIENT_TYPE);
    buf_init(&call->rq.body, 256);
    query_client_form(&call->rq.body, call_wire_service(call), operation, NULL);
    hearing_keep_input(call, NULL);
    send_or_wait(call);
    return call;
}
