/* topic_send.c - ASK_SEND: something of the intake, sent again because somebody said so.
 * SPDX-License-Identifier: MIT
 *
 * It is had from the intake first, as it came: what the screen has of it is without personal data,
 * and of bytes that are no text it has none. Then it is sent once for each run: nothing sends it a
 * second time by itself, not even when the connection broke, since the first may have been taken
 * in. A line of EMF the emulator itself takes once more, by the door it came by. Only to an
 * emulator: what an app sent to AWS is not for a screen to repeat. */
#include "config.h"

#include "aws/signing.h"
#include "base/json.h"
#include "tui/captured.h"
#include "tui/topic.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX ((size_t)1 << 20)
#define SHOWN_MAX  ((size_t)512)
#define TIMEOUT_MS 10000

struct sending {
    struct net_call *call;
    struct arena *arena; /* of what is sent */
    cJSON *event;        /* whose texts it has, too */
    struct captured captured;
    char *path; /* up to the query */
    const char *query;
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

    if (sending != NULL) {
        arena_free(sending->arena);
        cJSON_Delete(sending->event);
    }
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

/* What libcurl would add by itself and was not there: Umami would take the hit for a bot's, and a
 * body would be called a form. */
static void
leave_out_own(struct net_call *call, const struct captured *c)
{
    static const char *const own[] = { "Content-Type", "User-Agent", "Accept" };
    const struct http_request rq = { .headers = c->headers, .header_count = c->header_count };

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++) {
        if (http_header_get(&rq, own[i]) == NULL)
            net_call_header(call, own[i], "");
    }
}

static void
add_captured(struct net_call *call, const struct captured *c)
{
    for (size_t i = 0; i < c->header_count; i++) {
        if (*c->headers[i].value == '\0')
            net_call_header_without_value(call, c->headers[i].name);
        else
            net_call_header(call, c->headers[i].name, c->headers[i].value);
    }
    leave_out_own(call, c);
}

/* All of them fresh: those of a signature carry the time. */
static void
add_headers(void *arg, struct net_call *call)
{
    struct topic *topic = arg;
    struct sending *sending = state_of(topic);
    const struct captured *c = &sending->captured;
    const struct aws_target *target = aws_client_target(topic->client);

    if (c->service == NULL) {
        add_captured(call, c);
        if (target->token != NULL)
            net_call_header(call, "Authorization",
                            arena_printf(sending->arena, "Bearer %s", target->token));
        return;
    }
    leave_out_own(call, c);
    signing_add(aws_client_net(topic->client), call,
                &(struct signing){ .method = c->method,
                                   .url = target->urls[AWS_CLOUDWATCH],
                                   .path = sending->path,
                                   .query = sending->query,
                                   .headers = c->headers,
                                   .header_count = c->header_count,
                                   .body = c->body,
                                   .body_len = c->body_len,
                                   .region = target->region,
                                   .service = c->service,
                                   .keys = &target->credentials });
}

static void
send_captured(struct topic *topic)
{
    const struct aws_target *target = aws_client_target(topic->client);
    struct sending *sending = state_of(topic);
    const struct captured *c = &sending->captured;
    const size_t path = strcspn(c->path, "?");

    sending->path = arena_strndup(sending->arena, c->path, path);
    sending->query = c->path[path] == '?' ? c->path + path + 1 : "";
    sending->call =
        net_start(aws_client_net(topic->client),
                  &(struct net_request){ .method = c->method,
                                         .url = arena_printf(sending->arena, "%s%s",
                                                             target->urls[AWS_CLOUDWATCH], c->path),
                                         .body = c->body_len > 0 ? c->body : NULL,
                                         .body_len = c->body_len,
                                         .answer_max = ANSWER_MAX,
                                         .timeout_ms = TIMEOUT_MS,
                                         .max_attempts = 1,
                                         .is_once = true,
                                         .is_direct = true,
                                         .prepare = add_headers,
                                         .done = on_done,
                                         .arg = topic });
}

static const char *
event_url(struct topic *topic)
{
    return arena_printf(state_of(topic)->arena, "%s/_obsview/events/%s",
                        aws_client_target(topic->client)->urls[AWS_CLOUDWATCH],
                        topic->ask->request->id);
}

static const char *
authorization(struct topic *topic)
{
    const char *token = aws_client_target(topic->client)->token;

    return token == NULL ? NULL
                         : arena_printf(state_of(topic)->arena, "Authorization: Bearer %s", token);
}

static void
take_again(struct topic *topic)
{
    const char *const headers[] = { authorization(topic), NULL };

    state_of(topic)->call =
        net_start(aws_client_net(topic->client), &(struct net_request){ .method = "POST",
                                                                        .url = event_url(topic),
                                                                        .headers = headers,
                                                                        .body = "",
                                                                        .answer_max = ANSWER_MAX,
                                                                        .timeout_ms = TIMEOUT_MS,
                                                                        .max_attempts = 1,
                                                                        .is_once = true,
                                                                        .is_direct = true,
                                                                        .done = on_done,
                                                                        .arg = topic });
}

static enum status
read_event(struct sending *sending, const struct net_answer *net, struct err *err)
{
    enum status st;

    if (net->status == 0) {
        *err = net->err;
        return err->code;
    }
    if (net->status == 404)
        return err_set(err, E_NOTFOUND, "not sent: the intake does not have it any more");
    if (net->status != 200)
        return err_set(err, E_IO, "not sent: asked for it, the emulator answered with %d",
                       net->status);
    cJSON_Delete(sending->event);
    sending->event = NULL;
    arena_clear(sending->arena);
    st = json_parse(&sending->event, net->body->data, net->body->len, err);
    if (st == OK)
        st = captured_read(&sending->captured, sending->arena, sending->event, err);
    if (st == OK && sending->captured.lacks != NULL)
        st = err_set(err, E_UNSUPPORTED, "%s", sending->captured.lacks);
    return st == OK ? OK : err_context(err, "not sent");
}

static void
on_event(void *arg, const struct net_answer *net)
{
    struct topic *topic = arg;
    struct sending *sending = state_of(topic);
    struct err err = { 0 };

    sending->call = NULL;
    if (read_event(sending, net, &err) != OK)
        topic_fail(topic, &err, 0);
    else if (sending->captured.source == FIXTURE_HTTP)
        send_captured(topic);
    else
        take_again(topic);
}

static void
start(struct topic *topic)
{
    const struct aws_target *target = aws_client_target(topic->client);
    const char *const headers[] = { authorization(topic), NULL };
    struct err err;

    if (!target->is_emulator) {
        err_set(&err, E_UNSUPPORTED, "requests are sent again to an emulator alone");
        topic_fail(topic, &err, 0);
        return;
    }
    state_of(topic)->call =
        net_start(aws_client_net(topic->client), &(struct net_request){ .method = "GET",
                                                                        .url = event_url(topic),
                                                                        .headers = headers,
                                                                        .answer_max = ANSWER_MAX,
                                                                        .timeout_ms = TIMEOUT_MS,
                                                                        .max_attempts = 1,
                                                                        .done = on_event,
                                                                        .arg = topic });
}

const struct topic_kind topic_send = {
    .start = start, .cancel = cancel, .fini = fini, .is_once = true
};
