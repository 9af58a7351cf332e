/* topic_umami.c - ASK_UMAMI: visitors, as Umami's read API tells them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/topic.h"
#include "umami/client.h"

#include <stdlib.h>

struct umami_state {
    struct umami_call *call;
    struct answer *answer; /* being filled */
};

static struct umami_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct umami_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct umami_state *state = state_of(topic);

    umami_cancel(state->call);
    answer_unref(state->answer);
    *state = (struct umami_state){ NULL, NULL };
}

static void
fini(struct topic *topic)
{
    free(topic->state);
}

static void
on_done(void *arg, const struct umami_answer *umami, const struct err *err)
{
    struct topic *topic = arg;
    struct umami_state *state = state_of(topic);
    struct answer *answer = state->answer;
    struct umami_answer *kept;

    *state = (struct umami_state){ NULL, NULL };
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, 0);
        return;
    }
    kept = arena_alloc(answer->arena, sizeof *kept);
    *kept = *umami;
    answer->umami = kept;
    answer->is_partial = umami->is_partial;
    answer->is_apart = !topic_is_local(topic);
    topic_answer(topic, answer, 0);
}

static void
start(struct topic *topic)
{
    const struct ask *ask = topic->ask;
    struct umami_state *state = state_of(topic);

    state->answer = answer_new(ask->key, ASK_UMAMI);
    state->answer->to_ms = topic_to_ms(topic);
    state->answer->from_ms = state->answer->to_ms - ask->range.span_ms;
    state->call = umami_ask(topic_umami_client(topic), state->answer->arena,
                            &(struct umami_question){ .topic = ask->umami,
                                                      .website = ask->website,
                                                      .type = ask->umami_metric,
                                                      .from_ms = state->answer->from_ms,
                                                      .to_ms = state->answer->to_ms },
                            on_done, topic);
}

const struct topic_kind topic_umami = { .start = start, .cancel = cancel, .fini = fini };
