/* topic_functions.c - ASK_FUNCTIONS: Lambda's ListFunctions.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/lambda.h"
#include "tui/topic.h"

static void
on_functions(void *arg, const struct lambda_info *functions, size_t count, bool partial,
             const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);
    struct lambda_function *out;

    if (answer == NULL)
        return;
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct lambda_function){ .name = functions[i].name,
                                           .runtime = functions[i].runtime,
                                           .memory_mb = functions[i].memory_mb,
                                           .timeout_s = functions[i].timeout_s,
                                           .modified_ms = functions[i].modified_ms };
    answer->functions = out;
    answer->function_count = count;
    topic_answer(topic, answer, 0);
}

static void
start(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state = lambda_list(topic->client, answer->arena, on_functions, topic);
}

const struct topic_kind topic_functions = { .start = start, .cancel = topic_cancel_listing };
