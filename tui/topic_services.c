/* topic_services.c - ASK_SERVICES and ASK_TARGETS: the services of ECS, the targets of load
 * balancers.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/ecs.h"
#include "aws/elb.h"
#include "tui/topic.h"

#include <stdlib.h>

struct services_state {
    struct ecs_job *ecs;
    struct elb_job *elb;
    struct answer *answer; /* being filled */
};

static struct services_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct services_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct services_state *state = state_of(topic);

    ecs_cancel(state->ecs);
    elb_cancel(state->elb);
    answer_unref(state->answer);
    *state = (struct services_state){ NULL, NULL, NULL };
}

static void
fini(struct topic *topic)
{
    free(topic->state);
}

/* The answer that is not being filled any more. */
static struct answer *
take_answer(struct topic *topic)
{
    struct services_state *state = state_of(topic);
    struct answer *answer = state->answer;

    *state = (struct services_state){ NULL, NULL, NULL };
    return answer;
}

static void
finish(struct topic *topic, struct answer *answer, const struct err *err)
{
    if (err == NULL) {
        topic_answer(topic, answer, 0);
        return;
    }
    answer_unref(answer);
    topic_fail(topic, err, 0);
}

static void
on_services(void *arg, const struct ecs_service *services, size_t count, bool partial,
            const char *caveat, const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = take_answer(topic);

    answer->services = services;
    answer->service_count = count;
    answer->is_partial = partial;
    answer->caveat = caveat;
    finish(topic, answer, err);
}

static void
on_targets(void *arg, const struct elb_group *groups, size_t count, bool partial,
           const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = take_answer(topic);

    answer->targets = groups;
    answer->target_count = count;
    answer->is_partial = partial;
    finish(topic, answer, err);
}

static struct services_state *
begin(struct topic *topic, enum ask_kind kind)
{
    struct services_state *state = state_of(topic);

    state->answer = answer_new(topic->ask->key, kind);
    state->answer->to_ms = topic_to_ms(topic);
    state->answer->from_ms = state->answer->to_ms - topic->ask->range.span_ms;
    return state;
}

static void
start_services(struct topic *topic)
{
    struct services_state *state = begin(topic, ASK_SERVICES);

    state->ecs = ecs_describe(topic->client, state->answer->arena, on_services, topic);
}

static void
start_targets(struct topic *topic)
{
    struct services_state *state = begin(topic, ASK_TARGETS);

    state->elb = elb_describe(topic->client, state->answer->arena, on_targets, topic);
}

const struct topic_kind topic_services = { .start = start_services,
                                           .cancel = cancel,
                                           .fini = fini };
const struct topic_kind topic_targets = { .start = start_targets, .cancel = cancel, .fini = fini };
