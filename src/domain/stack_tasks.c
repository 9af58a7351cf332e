/* stack_tasks.c - tasks out of incidents: a service's stretches of time, then each slot's.
 * SPDX-License-Identifier: MIT
 *
 * How many tasks are down changes only where an incident begins or ends, so the service's past is
 * a short list of stretches. A slot goes through them: up, down from one on, up again. */
#include "config.h"

#include "domain/stack_tasks.h"

#include "base/hex.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

struct stretch {
    int64_t from_ms;
    size_t down; /* tasks */
};

struct stretches {
    struct stretch *items;
    size_t count;
};

struct tasks {
    const struct stack_resource *service;
    struct arena *arena;
    struct stack_task *items;
    size_t count, room;
    int64_t now_ms, oldest_ms; /* what stopped before is forgotten */
};

size_t
stack_tasks_desired(const struct stack_resource *service)
{
    return (size_t)service->sizes[STACK_TASKS];
}

static size_t
count_down(const struct stack *stack, const struct stack_resource *service, int64_t time_ms)
{
    const struct stack_effect *effect = stack_effect_at(stack, service, STACK_STOP_TASKS, time_ms);
    size_t desired = stack_tasks_desired(service);

    if (effect == NULL || effect->value <= 0)
        return 0;
    return effect->value >= (double)desired ? desired : (size_t)effect->value;
}

size_t
stack_tasks_running(const struct stack *stack, const struct stack_resource *service,
                    int64_t time_ms)
{
    if (time_ms < service->created_ms)
        return 0;
    return stack_tasks_desired(service) - count_down(stack, service, time_ms);
}

/* --- the service --- */

static bool
concerns(const struct stack_incident *incident, const struct stack_resource *service)
{
    for (size_t i = 0; i < incident->effect_count; i++) {
        if (incident->effects[i].kind == STACK_STOP_TASKS &&
            incident->effects[i].resource == service)
            return true;
    }
    return false;
}

static int
compare_stretches(const void *a, const void *b)
{
    const struct stretch *left = a, *right = b;

    return (left->from_ms > right->from_ms) - (left->from_ms < right->from_ms);
}

static struct stretches
find_stretches(const struct stack *stack, const struct tasks *tasks)
{
    struct stretches found = { 0 };
    size_t room = 1;

    for (size_t i = 0; i < stack->incident_count; i++)
        room += 2 * (size_t)concerns(&stack->incidents[i], tasks->service);
    found.items = arena_alloc(tasks->arena, room * sizeof *found.items);
    found.items[found.count++].from_ms = tasks->service->created_ms;
    for (size_t i = 0; i < stack->incident_count && room > 1; i++) {
        const struct stack_incident *incident = &stack->incidents[i];

        if (!concerns(incident, tasks->service) || incident->from_ms > tasks->now_ms)
            continue;
        if (incident->from_ms > tasks->service->created_ms)
            found.items[found.count++].from_ms = incident->from_ms;
        if (incident->to_ms > tasks->service->created_ms && incident->to_ms <= tasks->now_ms)
            found.items[found.count++].from_ms = incident->to_ms;
    }
    qsort(found.items, found.count, sizeof *found.items, compare_stretches);
    for (size_t i = 0; i < found.count; i++)
        found.items[i].down = count_down(stack, tasks->service, found.items[i].from_ms);
    return found;
}

/* --- a slot --- */

static void
name_task(struct stack_task *task, const char *arn)
{
    uint64_t parts[2];

    parts[0] = text_hash(arn, strlen(arn), TEXT_HASH_SEED);
    parts[0] = text_hash(&task->slot, sizeof task->slot, parts[0]);
    parts[0] = text_hash(&task->created_ms, sizeof task->created_ms, parts[0]);
    parts[1] = text_hash(parts, sizeof parts[0], parts[0]);
    hex_format(task->id, parts, sizeof parts);
}

static void
add_task(struct tasks *tasks, size_t slot, int64_t created_ms, int64_t started_ms,
         int64_t stopped_ms)
{
    struct stack_task *task;

    if (stopped_ms != 0 && stopped_ms <= tasks->oldest_ms)
        return;
    tasks->items = arena_grow(tasks->arena, tasks->items, tasks->count, &tasks->room, 16,
                              sizeof *tasks->items);
    task = &tasks->items[tasks->count++];
    *task = (struct stack_task){
        .slot = slot, .created_ms = created_ms, .started_ms = started_ms, .stopped_ms = stopped_ms
    };
    name_task(task, tasks->service->arn);
}

/* Attempts that were given up between `from_ms` and `to_ms`. When the last one began. */
static int64_t
add_attempts(struct tasks *tasks, size_t slot, int64_t from_ms, int64_t to_ms)
{
    int64_t last_ms = from_ms + (to_ms - from_ms) / STACK_TASK_TRY_MS * STACK_TASK_TRY_MS;
    int64_t at_ms = from_ms;

    if (tasks->oldest_ms > from_ms) /* those before are forgotten */
        at_ms += (tasks->oldest_ms - from_ms) / STACK_TASK_TRY_MS * STACK_TASK_TRY_MS;
    for (; at_ms < last_ms; at_ms += STACK_TASK_TRY_MS)
        add_task(tasks, slot, at_ms, 0, at_ms + STACK_TASK_TRY_MS);
    return last_ms;
}

static void
add_slot(struct tasks *tasks, const struct stretches *stretches, size_t slot, size_t desired)
{
    int64_t created_ms = tasks->service->created_ms, started_ms = created_ms;
    int64_t down_ms = 0; /* since when it is */
    bool is_down = false;

    for (size_t i = 0; i < stretches->count; i++) {
        const struct stretch *s = &stretches->items[i];
        bool goes_down = slot + s->down >= desired;

        if (goes_down && !is_down) {
            if (s->from_ms > created_ms)
                add_task(tasks, slot, created_ms, started_ms, s->from_ms);
            down_ms = s->from_ms;
        } else if (!goes_down && is_down) {
            created_ms = add_attempts(tasks, slot, down_ms, s->from_ms);
            started_ms = s->from_ms;
        }
        is_down = goes_down;
    }
    if (is_down) {
        created_ms = add_attempts(tasks, slot, down_ms, tasks->now_ms);
        started_ms = 0;
    }
    add_task(tasks, slot, created_ms, started_ms, 0);
}

struct stack_task *
stack_tasks_at(const struct stack *stack, const struct stack_resource *service, int64_t now_ms,
               int64_t kept_ms, struct arena *arena, size_t *count)
{
    struct tasks tasks = {
        .service = service, .arena = arena, .now_ms = now_ms, .oldest_ms = now_ms - kept_ms
    };
    size_t desired = stack_tasks_desired(service);
    struct stretches stretches;

    *count = 0;
    if (now_ms < service->created_ms)
        return NULL;
    stretches = find_stretches(stack, &tasks);
    for (size_t slot = 0; slot < desired; slot++)
        add_slot(&tasks, &stretches, slot, desired);
    *count = tasks.count;
    return tasks.items;
}
