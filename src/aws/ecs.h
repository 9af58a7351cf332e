/* ecs.h - asking ECS: which services there are, whether their tasks run, and why they do not.
 * SPDX-License-Identifier: MIT
 *
 * Reading has no price. */
#ifndef OV_AWS_ECS_H
#define OV_AWS_ECS_H

#include "aws/client.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ECS_SERVICES_MAX 200
#define ECS_CLUSTERS_MAX 20
#define ECS_UNTOLD       (-1)

struct ecs_service {
    const char *cluster; /* its name, not its ARN */
    const char *name;
    const char *status;       /* "ACTIVE", "DRAINING", "INACTIVE" */
    int64_t desired, running; /* ECS_UNTOLD: the answer has no such number */
    int64_t pending;
    /* Of the deployment that is being rolled out, or was last. */
    const char *rollout; /* "COMPLETED", "IN_PROGRESS", "FAILED"; "" when not told */
    const char *rollout_reason;
    int64_t failed; /* tasks */
    int64_t rollout_ms;
    /* Of the task that stopped last, where the service is short of tasks; "" else. */
    const char *stopped;
    int64_t stopped_ms;
};

/* Fewer tasks run than should, or the rollout goes wrong. */
bool ecs_service_is_short(const struct ecs_service *service);

struct ecs_job; /* under way; gone once `done` was called */

/* In the arena, by cluster and name. `err` NULL: all is well. `partial`: there are more. `caveat`:
 * why no stopped task could be told of; NULL: nothing is missing. */
typedef void ecs_done(void *arg, const struct ecs_service *services, size_t count, bool partial,
                      const char *caveat, const struct err *err);
struct ecs_job *ecs_describe(struct aws_client *client, struct arena *arena, ecs_done *done,
                             void *arg);
void ecs_cancel(struct ecs_job *job); /* NULL is fine */

#endif
