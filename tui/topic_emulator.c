/* topic_emulator.c - ASK_EMULATOR: what an emulator tells about itself.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/json.h"
#include "tui/topic.h"

#include <stdlib.h>

#define ANSWER_MAX ((size_t)16 * 1024 * 1024) /* what an emulator answers at most */
#define TIMEOUT_MS 10000

struct emulator_state {
    struct net_call *call;
};

static struct emulator_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct emulator_state));
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
    free(topic->state);
}

static enum status
read_answer(struct topic *topic, const struct net_answer *net, cJSON **json, struct err *err)
{
    if (net->status == 0) {
        *err = net->err;
        return err->code;
    }
    if (net->status == 404)
        return err_set(err, E_NOTFOUND, "%s: not there any more", topic->ask->path);
    if (net->status == 401 || net->status == 403)
        return err_set(err, E_AUTH, "%s wants a token: give the emulator's with --token",
                       topic->ask->path);
    if (net->status != 200)
        return err_set(err, E_IO, "%s answers with status %d", topic->ask->path, net->status);
    if (json_parse(json, net->body->data, net->body->len, err) != OK)
        return err_context(err, "%s", topic->ask->path);
    return OK;
}

static void
on_done(void *arg, const struct net_answer *net)
{
    struct topic *topic = arg;
    struct answer *answer;
    cJSON *json = NULL;
    struct err err = { 0 };

    state_of(topic)->call = NULL;
    if (read_answer(topic, net, &json, &err) != OK) {
        topic_fail(topic, &err, 0);
        return;
    }
    answer = answer_new(topic->ask->key, ASK_EMULATOR);
    answer->json = json;
    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    topic_answer(topic, answer, 0);
}

static void
start(struct topic *topic)
{
    const struct aws_target *target = aws_client_target(topic->client);
    char *url, *bearer = NULL;
    const char *headers[2] = { NULL, NULL };
    struct err err;

    if (!target->is_emulator) {
        err_set(&err, E_UNSUPPORTED,
                "only obsview's own emulator tells this; what is watched here is not one");
        topic_fail(topic, &err, 0);
        return;
    }
    url = xasprintf("%s%s", target->urls[AWS_CLOUDWATCH], topic->ask->path);
    if (target->token != NULL)
        headers[0] = bearer = xasprintf("Authorization: Bearer %s", target->token);
    state_of(topic)->call = net_start(aws_client_net(topic->client), &(struct net_request){
                                                                         .method = "GET",
                                                                         .url = url,
                                                                         .headers = headers,
                                                                         .answer_max = ANSWER_MAX,
                                                                         .timeout_ms = TIMEOUT_MS,
                                                                         .max_attempts = 1,
                                                                         .done = on_done,
                                                                         .arg = topic,
                                                                     });
    free(url);
    free(bearer);
}

const struct topic_kind topic_emulator = { .start = start, .cancel = cancel, .fini = fini };
