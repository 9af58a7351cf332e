/* stack_tasks.h - the tasks of an ECS service of a stack at a time: which run, which failed.
 * SPDX-License-Identifier: MIT
 *
 * A service keeps as many tasks as it should have, each in a slot of its own. While an incident
 * stops some (STACK_STOP_TASKS), the last slots have none that runs: one attempt follows another,
 * each is given up when its health checks fail, and the one under way when the incident ends is
 * the replacement. Pure functions of the stack and the time; ids follow from service, slot and
 * time. */
#ifndef OV_DOMAIN_STACK_TASKS_H
#define OV_DOMAIN_STACK_TASKS_H

#include "base/mem.h"
#include "domain/stack.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STACK_TASK_ID      33
#define STACK_TASK_TRY_MS  INT64_C(120000)  /* an attempt: two health checks after a slow start */
#define STACK_TASK_KEPT_MS INT64_C(3600000) /* how long ECS shows a stopped task */

struct stack_task {
    char id[STACK_TASK_ID];
    size_t slot;
    int64_t created_ms;
    int64_t started_ms; /* running since; 0: never did */
    int64_t stopped_ms; /* 0: not yet */
};

/* Of those it should have: how many run at that time. */
size_t stack_tasks_desired(const struct stack_resource *service);
size_t stack_tasks_running(const struct stack *stack, const struct stack_resource *service,
                           int64_t time_ms);

/* The tasks that are there at `now_ms`, and those that stopped within `kept_ms` before it; by slot,
 * then creation. They live in the arena. */
struct stack_task *stack_tasks_at(const struct stack *stack, const struct stack_resource *service,
                                  int64_t now_ms, int64_t kept_ms, struct arena *arena,
                                  size_t *count);

#endif
