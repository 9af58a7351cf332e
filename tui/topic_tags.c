/* topic_tags.c - ASK_TAGS: GetResources, and what the tagging schema says of each.
 * SPDX-License-Identifier: MIT
 *
 * Judged here, once, since a view is built many times from one answer. */
#include "config.h"

#include "aws/tagging.h"
#include "tui/topic.h"

#include <stdlib.h>
#include <string.h>

struct tags_state {
    struct tagging_job *job;
    struct answer *answer; /* being filled */
};

static struct tags_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct tags_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct tags_state *state = state_of(topic);

    tagging_cancel(state->job);
    answer_unref(state->answer);
    *state = (struct tags_state){ NULL, NULL };
}

static void
fini(struct topic *topic)
{
    free(topic->state);
}

static int
by_arn(const void *a, const void *b)
{
    const struct tagged_resource *x = a, *y = b;

    return strcmp(x->arn, y->arn);
}

static void
fill(struct answer *answer, const struct tagged_resource *resources, size_t count)
{
    struct tagged_resource *sorted = arena_alloc(answer->arena, (count + 1) * sizeof *sorted);
    struct tag_verdict *verdicts = arena_alloc(answer->arena, (count + 1) * sizeof *verdicts);
    size_t kept = 0;

    memcpy(sorted, resources, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, by_arn);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && by_arn(&sorted[kept - 1], &sorted[i]) == 0)
            continue; /* told twice: something moved between two pages */
        sorted[kept] = sorted[i];
        tag_judge(&verdicts[kept], &sorted[kept]);
        kept++;
    }
    answer->tagged = sorted;
    answer->tag_verdicts = verdicts;
    answer->tagged_count = kept;
}

static void
on_resources(void *arg, const struct tagged_resource *resources, size_t count, bool partial,
             const struct err *err)
{
    struct topic *topic = arg;
    struct tags_state *state = state_of(topic);
    struct answer *answer = state->answer;

    *state = (struct tags_state){ NULL, NULL };
    if (err != NULL) {
        answer_unref(answer);
        topic_fail(topic, err, 0);
        return;
    }
    fill(answer, resources, count);
    answer->is_partial = partial;
    topic_answer(topic, answer, 0);
}

static void
start(struct topic *topic)
{
    struct tags_state *state = state_of(topic);

    state->answer = answer_new(topic->ask->key, ASK_TAGS);
    state->answer->to_ms = topic_to_ms(topic);
    state->answer->from_ms = state->answer->to_ms - topic->ask->range.span_ms;
    state->job = tagging_list(topic->client, state->answer->arena, on_resources, topic);
}

const struct topic_kind topic_tags = { .start = start, .cancel = cancel, .fini = fini };
