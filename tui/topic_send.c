/* topic_send.c - ASK_SEND: a request of the intake, sent again because somebody said so.
 * SPDX-License-Identifier: MIT
 *
 * Once for each run: nothing sends it a second time by itself, not even when the connection broke,
 * since the first may have been taken in. Only to an emulator: what an app sent to AWS is not for a
 * screen to repeat. */
#include "config.h"

#include "aws/signing.h"
#include "base/json.h"
#include "tui/topic.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX  ((size_t)1 << 20)
#define SHOWN_MAX   ((size_t)512)
#define TIMEOUT_MS  10000
#define HEADERS_MAX 100

struct sending {
    struct net_call *call;
    struct arena *arena; /* of what is sent */
    char *path;          /* up to the query */
    const char *query;
    struct http_header headers[HEADERS_MAX];
    size_t header_count;
};

static struct sending *
state_of(struct topic *topic)
{
    if (topic->state == NULL) {
        struct sending *sending = xcalloc(1, sizeof *sending);

        sending->arena = arena_new();
        topic->state = sending;
    }
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    net_cancel(state_of(topic)->call);
    state_of(topic)->call = NULL;
}

static void
fini(struct topic *topic)
{
    struct sending *sending = topic->state;

    if (sending != NULL)
        arena_free(sending->arena);
    free(sending);
}

static void
on_done(void *arg, const struct net_answer *net)
{
    struct topic *topic = arg;
    size_t len = net->body == NULL ? 0 : net->body->len;
    struct answer *answer;

    state_of(topic)->call = NULL;
    if (net->status == 0) {
        topic_fail(topic, &net->err, 0);
        return;
    }
    answer = answer_new(topic->ask->key, ASK_SEND);
    answer->json = cJSON_CreateObject();
    cJSON_AddNumberToObject(answer->json, "run", topic->ask->run);
    cJSON_AddNumberToObject(answer->json, "status", net->status);
    cJSON_AddStringToObject(answer->json, "body",
                            len == 0 ? ""
                                     : arena_strndup(answer->arena, net->body->data,
                                                     len < SHOWN_MAX ? len : SHOWN_MAX));
    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms;
    topic_answer(topic, answer, 0);
}

/* "Name: value\n" lines. */
static void
split_headers(struct sending *sending, const char *lines)
{
    char *rest = arena_strdup(sending->arena, lines);

    while (sending->header_count < HEADERS_MAX - 1 &&
           http_header_next(&sending->headers[sending->header_count], &rest))
        sending->header_count++;
}

/* As they came. What libcurl would add by itself was not there: Umami would take the hit for a bot's,
 * and a body would be called a form. */
static void
add_captured(struct net_call *call, const struct sending *sending)
{
    static const char *const own[] = { "Content-Type", "User-Agent", "Accept" };
    const struct http_request rq = { .headers = sending->headers,
                                     .header_count = sending->header_count };

    for (size_t i = 0; i < sending->header_count; i++) {
        if (*sending->headers[i].value == '\0')
            net_call_header_without_value(call, sending->headers[i].name);
        else
            net_call_header(call, sending->headers[i].name, sending->headers[i].value);
    }
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (http_header_get(&rq, own[i]) == NULL)
            net_call_header(call, own[i], "");
    }
}

/* All of them fresh: those of a signature carry the time. */
static void
add_headers(void *arg, struct net_call *call)
{
    struct topic *topic = arg;
    struct sending *sending = state_of(topic);
    const struct ask_request *rq = topic->ask->request;
    const struct aws_target *target = aws_client_target(topic->client);

    if (rq->service == NULL) {
        add_captured(call, sending);
        if (target->token != NULL)
            net_call_header(call, "Authorization",
                            arena_printf(sending->arena, "Bearer %s", target->token));
        return;
    }
    signing_add(aws_client_net(topic->client), call,
                &(struct signing){ .method = rq->method,
                                   .url = target->urls[AWS_CLOUDWATCH],
                                   .path = sending->path,
                                   .query = sending->query,
                                   .headers = sending->headers,
                                   .header_count = sending->header_count,
                                   .body = rq->body,
                                   .body_len = rq->body_len,
                                   .region = target->region,
                                   .service = rq->service,
                                   .keys = &target->credentials });
}

static void
start(struct topic *topic)
{
    const struct aws_target *target = aws_client_target(topic->client);
    const struct ask_request *rq = topic->ask->request;
    struct sending *sending = state_of(topic);
    size_t path = strcspn(rq->path, "?");
    struct err err;

    if (!target->is_emulator) {
        err_set(&err, E_UNSUPPORTED, "requests are sent again to an emulator alone");
        topic_fail(topic, &err, 0);
        return;
    }
    sending->path = arena_strndup(sending->arena, rq->path, path);
    sending->query = rq->path[path] == '?' ? rq->path + path + 1 : "";
    sending->header_count = 0;
    split_headers(sending, rq->headers);
    sending->call = net_start(
        aws_client_net(topic->client),
        &(struct net_request){
            .method = rq->method,
            .url = arena_printf(sending->arena, "%s%s", target->urls[AWS_CLOUDWATCH], rq->path),
            .body = rq->body_len > 0 ? rq->body : NULL,
            .body_len = rq->body_len,
            .answer_max = ANSWER_MAX,
            .timeout_ms = TIMEOUT_MS,
            .max_attempts = 1,
            .is_once = true,
            .is_direct = true,
            .prepare = add_headers,
            .done = on_done,
            .arg = topic });
}

const struct topic_kind topic_send = {
    .start = start, .cancel = cancel, .fini = fini, .is_once = true
};
