/* stack_ecs.c - what ECS measures of services on Fargate.
 * SPDX-License-Identifier: MIT
 *
 * AWS/ECS has a value per running task each minute, so the sample count tells how many there are.
 * Tasks that an incident stops are started again and die again: they are pending, and the others
 * carry their load. Names: "Amazon ECS service utilization metrics" and "Amazon ECS Container
 * Insights metrics". */
#include "config.h"

#include "domain/stack_series.h"

#include <math.h>
#include <stdio.h>

#include "domain/stack_load.h"
#include "domain/stack_series_own.h"
#include "domain/stack_tasks.h"

#define TASKS_MAX 200 /* told one by one */

struct stack_ecs
stack_ecs_at(const struct stack_moment *at)
{
    const struct stack_effect *set = stack_effect_near(at, STACK_SET_CPU);
    const struct stack_resource *r = at->resource;
    struct stack_ecs t = {
        .desired = (double)stack_tasks_desired(r),
        .running = (double)stack_tasks_running(at->stack, r, at->end_ms - 1),
    };

    if (t.running == 0)
        return t;
    t.cpu = r->sizes[STACK_CPU] * (0.2 + 0.8 * stack_busy(at)) * t.desired / t.running;
    if (set != NULL)
        t.cpu = set->value;
    t.cpu = fmin(fmax(t.cpu, 0.05), 100);
    t.memory = fmin(100, r->sizes[STACK_MEMORY] * stack_ripple(at, "memory", 0.02) *
                             (0.9 + 0.1 * t.desired / t.running));
    return t;
}

/* One value per task, around the mean; exactly the mean when an incident says what it is. */
static void
per_task(const struct stack_moment *at, struct stack_sink *sink, const struct stack_ecs *t,
         double mean, double spread)
{
    if (stack_effect_near(at, STACK_SET_CPU) != NULL || t->running > TASKS_MAX) {
        stack_sink_add(sink, mean, t->running);
        return;
    }
    for (double i = 0; i < t->running; i++) {
        char what[32];

        snprintf(what, sizeof what, "task %.0f", i);
        stack_sink_add(sink, fmin(100, mean * stack_ripple(at, what, spread)), 1);
    }
}

static void
measure_cpu(const struct stack_moment *at, struct stack_sink *sink)
{
    const struct stack_ecs t = stack_ecs_at(at);

    per_task(at, sink, &t, t.cpu, 0.08);
}

static void
measure_memory(const struct stack_moment *at, struct stack_sink *sink)
{
    const struct stack_ecs t = stack_ecs_at(at);

    per_task(at, sink, &t, t.memory, 0.01);
}

static double
reserved_cpu(const struct stack_moment *at)
{
    return at->resource->sizes[STACK_VCPU] * 1024; /* in CPU units */
}

static double
reserved_memory(const struct stack_moment *at)
{
    return at->resource->sizes[STACK_MEMORY_GIB] * 1024;
}

#define OF_TASKS(name, expression)                                                     \
    static void measure_##name(const struct stack_moment *at, struct stack_sink *sink) \
    {                                                                                  \
        const struct stack_ecs t = stack_ecs_at(at);                                   \
                                                                                       \
        stack_sink_add(sink, (expression), 1);                                         \
    }

OF_TASKS(running, t.running)
OF_TASKS(desired, t.desired)
OF_TASKS(pending, t.desired - t.running)
OF_TASKS(deployments, t.desired > 0 ? 1 : 0)
OF_TASKS(cpu_utilized, t.running *reserved_cpu(at) * t.cpu / 100)
OF_TASKS(cpu_reserved, t.running *reserved_cpu(at))
OF_TASKS(memory_utilized, t.running *reserved_memory(at) * t.memory / 100)
OF_TASKS(memory_reserved, t.running *reserved_memory(at))

#define BY_SERVICE IN(SET_SERVICE)
#define ECS        "AWS/ECS"
#define INSIGHTS   "ECS/ContainerInsights"

/* clang-format off */
const struct stack_metric stack_ecs_metrics[] = {
    { ECS,      "CPUUtilization",    UNIT_PERCENT,   60, BY_SERVICE, measure_cpu,             NULL },
    { ECS,      "MemoryUtilization", UNIT_PERCENT,   60, BY_SERVICE, measure_memory,          NULL },
    { INSIGHTS, "RunningTaskCount",  UNIT_COUNT,     60, BY_SERVICE, measure_running,         NULL },
    { INSIGHTS, "DesiredTaskCount",  UNIT_COUNT,     60, BY_SERVICE, measure_desired,         NULL },
    { INSIGHTS, "PendingTaskCount",  UNIT_COUNT,     60, BY_SERVICE, measure_pending,         NULL },
    { INSIGHTS, "DeploymentCount",   UNIT_COUNT,     60, BY_SERVICE, measure_deployments,     NULL },
    { INSIGHTS, "CpuUtilized",       UNIT_NONE,      60, BY_SERVICE, measure_cpu_utilized,    NULL },
    { INSIGHTS, "CpuReserved",       UNIT_NONE,      60, BY_SERVICE, measure_cpu_reserved,    NULL },
    { INSIGHTS, "MemoryUtilized",    UNIT_MEGABYTES, 60, BY_SERVICE, measure_memory_utilized, NULL },
    { INSIGHTS, "MemoryReserved",    UNIT_MEGABYTES, 60, BY_SERVICE, measure_memory_reserved, NULL },
    { NULL, NULL, UNIT_NONE, 0, 0, NULL, NULL },
};
/* clang-format on */
