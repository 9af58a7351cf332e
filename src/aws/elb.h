/* elb.h - asking Elastic Load Balancing: which targets answer their health checks.
 * SPDX-License-Identifier: MIT
 *
 * Reading has no price. */
#ifndef OV_AWS_ELB_H
#define OV_AWS_ELB_H

#include "aws/client.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELB_GROUPS_MAX 50

struct elb_group {
    const char *name;
    const char *dimension; /* as CloudWatch knows it: "targetgroup/umami/943f017f100becff" */
    const char *balancer;  /* "app/umami/50dc6c495c0c9188"; "" when none uses it */
    const char *check;     /* the path of its health check; "" when it has none */
    size_t targets;        /* registered */
    size_t healthy;
    size_t starting; /* not judged yet: "initial" */
    size_t leaving;  /* "draining", "unused": no traffic, and none is missed */
    /* Of the first target that fails; "" when none does. */
    const char *state;  /* "unhealthy", "unavailable" */
    const char *reason; /* "Target.ResponseCodeMismatch" */
    const char *description;
};

struct elb_job; /* under way; gone once `done` was called */

/* In the arena, in the service's order. `err` NULL: all is well. `partial`: there are more. */
typedef void elb_done(void *arg, const struct elb_group *groups, size_t count, bool partial,
                      const struct err *err);
struct elb_job *elb_describe(struct aws_client *client, struct arena *arena, elb_done *done,
                             void *arg);
void elb_cancel(struct elb_job *job); /* NULL is fine */

#endif
