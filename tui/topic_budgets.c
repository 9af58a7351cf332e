/* topic_budgets.c - ASK_BUDGETS: Budgets' DescribeBudgets.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/budgets.h"
#include "tui/topic.h"

static void
cancel(struct topic *topic)
{
    budgets_cancel(topic->state);
    topic_drop(topic);
}

static void
on_budgets(void *arg, const struct bill_budget *budgets, size_t count, bool partial,
           const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);

    if (answer == NULL)
        return;
    answer->budgets = budgets;
    answer->budget_count = count;
    topic_answer(topic, answer, 0);
}

static void
start(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state = budgets_list(topic->client, answer->arena, on_budgets, topic);
}

const struct topic_kind topic_budgets = { .start = start, .cancel = cancel };
