/* aws_ecs.h - what ECS's operations have in common: clusters by name, pages, failures.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_ECS_H
#define OV_EMULATOR_AWS_ECS_H

#include "domain/stack_tasks.h"
#include "emulator/inventory.h"

#include <stddef.h>
#include <stdint.h>

#define ECS_PAGE_MAX 100
#define ECS_PORT     80              /* of a task's container: files do not say */
#define ECS_DRAIN_MS INT64_C(300000) /* how long a stopped task's target drains: the default */

/* The member "cluster": a name or an ARN; "default" when it is absent. */
MUST_CHECK enum status ecs_cluster(struct aws_call *call, const struct stack_resource **out);
/* maxResults and nextToken. */
MUST_CHECK enum status ecs_page_read(struct aws_call *call, uint64_t scope, size_t usual,
                                     struct inventory_page *page);
void ecs_page_end(struct aws_call *call, const struct inventory_page *page);
/* One of "services", "tasks" or "clusters" that is not there. */
void ecs_add_failure(cJSON *failures, const char *arn);
/* The member "include": what else to tell, a bit for each name of `known`, which ends with NULL. */
MUST_CHECK enum status ecs_include(struct aws_call *call, const char *const *known, unsigned *told);
void ecs_add_tags(cJSON *out, const struct stack_resource *resource);

/* "arn:aws:ecs:REGION:ACCOUNT:KIND/CLUSTER/NAME" */
const char *ecs_arn(struct aws_call *call, const char *kind, const struct stack_resource *cluster,
                    const char *name);
const char *ecs_task_definition(struct aws_call *call, const struct stack_resource *service);
/* The address of a task in its subnet. */
const char *ecs_task_address(struct aws_call *call, const char *task_id);
/* The target group that a service stands behind; NULL: none. */
const struct stack_resource *ecs_target_group(const struct aws_call *call,
                                              const struct stack_resource *service);

/* The newest events of a service, at most a hundred, newest first, as its member "events". */
void ecs_add_events(struct aws_call *call, cJSON *out, const struct stack_resource *service);

#endif
