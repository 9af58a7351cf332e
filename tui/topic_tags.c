/* topic_tags.c - ASK_TAGS: GetResources, and what the tagging schema says of each.
 * SPDX-License-Identifier: MIT
 *
 * Judged here, once, since a view is built many times from one answer. */
#include "config.h"

#include "aws/tagging.h"
#include "tui/topic.h"

#include <stdlib.h>
#include <string.h>

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
    struct answer *answer = topic_end(topic, partial, err);

    if (answer == NULL)
        return;
    fill(answer, resources, count);
    topic_answer(topic, answer, 0);
}

static void
start(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state = tagging_list(topic->client, answer->arena, on_resources, topic);
}

const struct topic_kind topic_tags = { .start = start, .cancel = topic_cancel_listing };
