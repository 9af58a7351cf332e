/* topic_budgets.c - ASK_BUDGETS: Budgets' DescribeBudgets.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/budgets.h"
#include "tui/topic.h"

#include <stdlib.h>

struct budgets_state {
    struct budgets_job *job;
    struct answer *answer; /* being filled */
};

static struct budgets_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct budgets_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct budgets_state *state = state_of(topic);

    budgets_cancel(state->job);
    answer_unref(state->answer);
    *state = (struct budgets_state){ NULL, NULL };
}

static void
fini(struct topic *topic)
{
    free(topic->state);
}

static void
on_budgets(void *arg, const struct bill_budget *budgets, size_t count, bool partial,
           const struct err *err)
{
    struct topic *topic = arg;
    struct budgets_state *state = state_of(topic);
    struct answer *answer = state->answer;

    *state = (struct budgets_state){ NULL, NULL };
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, 0);
        return;
    }
    answer->budgets = budgets;
    answer->budget_count = count;
    answer->is_partial = partial;
    topic_answer(topic, answer, 0);
}

static void
start(struct topic *topic)
{
    struct budgets_state *state = state_of(topic);

    state->answer = answer_new(topic->ask->key, ASK_BUDGETS);
    state->answer->to_ms = topic_to_ms(topic);
    state->answer->from_ms = state->answer->to_ms - topic->ask->range.span_ms;
    state->job = budgets_list(topic->client, state->answer->arena, on_budgets, topic);
}

const struct topic_kind topic_budgets = { .start = start, .cancel = cancel, .fini = fini };
