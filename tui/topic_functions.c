/* topic_functions.c - ASK_FUNCTIONS: Lambda's ListFunctions.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/lambda.h"
#include "tui/topic.h"

#include <stdlib.h>

struct functions_state {
    struct lambda_job *job;
    struct answer *answer; /* being filled */
};

static struct functions_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct functions_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct functions_state *state = state_of(topic);

    lambda_cancel(state->job);
    answer_unref(state->answer);
    *state = (struct functions_state){ NULL, NULL };
}

static void
fini(struct topic *topic)
{
    free(topic->state);
}

static void
on_functions(void *arg, const struct lambda_info *functions, size_t count, bool partial,
             const struct err *err)
{
    struct topic *topic = arg;
    struct functions_state *state = state_of(topic);
    struct answer *answer = state->answer;
    struct lambda_function *out;

    *state = (struct functions_state){ NULL, NULL };
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, 0);
        return;
    }
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct lambda_function){ .name = functions[i].name,
                                           .runtime = functions[i].runtime,
                                           .memory_mb = functions[i].memory_mb,
                                           .timeout_s = functions[i].timeout_s,
                                           .modified_ms = functions[i].modified_ms };
    answer->functions = out;
    answer->function_count = count;
    answer->is_partial = partial;
    topic_answer(topic, answer, 0);
}

static void
start(struct topic *topic)
{
    struct functions_state *state = state_of(topic);

    state->answer = answer_new(topic->ask->key, ASK_FUNCTIONS);
    state->answer->to_ms = topic_to_ms(topic);
    state->answer->from_ms = state->answer->to_ms - topic->ask->range.span_ms;
    state->job = lambda_list(topic->client, state->answer->arena, on_functions, topic);
}

const struct topic_kind topic_functions = { .start = start, .cancel = cancel, .fini = fini };
