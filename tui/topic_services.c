/* topic_services.c - ASK_SERVICES and ASK_TARGETS: the services of ECS, the targets of load
 * balancers.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/ecs.h"
#include "aws/elb.h"
#include "tui/topic.h"

/* --- services --- */

static void
cancel_services(struct topic *topic)
{
    ecs_cancel(topic->state);
    topic_drop(topic);
}

static void
on_services(void *arg, const struct ecs_service *services, size_t count, bool partial,
            const char *caveat, const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);

    if (answer == NULL)
        return;
    answer->services = services;
    answer->service_count = count;
    answer->caveat = caveat;
    topic_answer(topic, answer, 0);
}

static void
start_services(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state = ecs_describe(topic->client, answer->arena, on_services, topic);
}

const struct topic_kind topic_services = { .start = start_services, .cancel = cancel_services };

/* --- targets --- */

static void
cancel_targets(struct topic *topic)
{
    elb_cancel(topic->state);
    topic_drop(topic);
}

static void
on_targets(void *arg, const struct elb_group *groups, size_t count, bool partial,
           const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);

    if (answer == NULL)
        return;
    answer->targets = groups;
    answer->target_count = count;
    topic_answer(topic, answer, 0);
}

static void
start_targets(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state = elb_describe(topic->client, answer->arena, on_targets, topic);
}

const struct topic_kind topic_targets = { .start = start_targets, .cancel = cancel_targets };
