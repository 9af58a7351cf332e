/* topic.c - what topics have in common that fill one answer by one call.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/topic.h"

#include "aws/listing.h"

#include <assert.h>

struct answer *
topic_begin(struct topic *topic)
{
    struct answer *answer = answer_new(topic->ask->key, topic->ask->kind);

    assert(topic->filling == NULL);
    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    topic->filling = answer;
    return answer;
}

struct answer *
topic_end(struct topic *topic, bool partial, const struct err *err)
{
    struct answer *answer = topic->filling;

    topic->filling = NULL;
    topic->state = NULL;
    answer->is_partial = partial;
    if (err == NULL)
        return answer;
    answer_unref(answer);
    topic_fail(topic, err, 0);
    return NULL;
}

void
topic_drop(struct topic *topic)
{
    answer_unref(topic->filling);
    topic->filling = NULL;
    topic->state = NULL;
}

void
topic_cancel_listing(struct topic *topic)
{
    listing_cancel(topic->state);
    topic_drop(topic);
}
