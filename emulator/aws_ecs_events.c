/* aws_ecs_events.c - ECS: what a service says it did, in its own words.
 * SPDX-License-Identifier: MIT
 *
 * A service that does nothing says so every six hours; one whose tasks fail says what it starts
 * and gives up. The latter follows from its tasks of the last day, or hour when they are many:
 * an incident that is older leaves no trace but the steady state that came after. Texts: "Amazon
 * ECS service event messages" (Developer Guide). */
#include "config.h"

#include "emulator/aws_ecs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "emulator/parts.h"

#define EVENTS_MAX     100
#define STEADY_EVERY   INT64_C(21600000) /* six hours */
#define STEADY_AFTER   INT64_C(60000)    /* a replacement runs */
#define TRACE_MS       INT64_C(86400000)
#define TRACED_TASKS   10 /* a service that should have more is traced for an hour only */
#define TASKS_AN_EVENT 10 /* a service starts ten at a time */
#define MESSAGE_MAX    2048

struct event {
    int64_t time_ms;
    size_t number; /* of its making: events of one moment keep their order */
    const char *message;
};

struct events {
    struct aws_call *call;
    const struct stack_resource *service, *group;
    struct event *items;
    size_t count, room;
};

static void
add_event(struct events *events, int64_t time_ms, const char *message)
{
    events->items = arena_grow(events->call->arena, events->items, events->count, &events->room,
                               (size_t)2 * EVENTS_MAX, sizeof *events->items);
    events->items[events->count] = (struct event){ time_ms, events->count, message };
    events->count++;
}

static void
add_steady(struct events *events, int64_t time_ms)
{
    add_event(events, time_ms,
              arena_printf(events->call->arena, "(service %s) has reached a steady state.",
                           events->service->name));
}

/* As long as nothing was down. */
static void
add_steadies(struct events *events)
{
    const struct stack *stack = emulator_stack(events->call->em);
    int64_t past = events->call->now_ms - events->service->created_ms;
    size_t desired = stack_tasks_desired(events->service);

    for (int64_t n = past / STEADY_EVERY; n > 0 && n > past / STEADY_EVERY - EVENTS_MAX; n--) {
        int64_t time_ms = events->service->created_ms + n * STEADY_EVERY;

        if (stack_tasks_running(stack, events->service, time_ms) == desired)
            add_steady(events, time_ms);
    }
}

/* --- what happens to tasks --- */

/* When it happened, 0: never. */
typedef int64_t moment_of(const struct stack_task *task);

static int64_t
created(const struct stack_task *task)
{
    return task->created_ms;
}

static int64_t
failed(const struct stack_task *task)
{
    return task->stopped_ms;
}

static int
compare_by_creation(const void *a, const void *b)
{
    const struct stack_task *left = a, *right = b;

    if (left->created_ms != right->created_ms)
        return left->created_ms < right->created_ms ? -1 : 1;
    return (left->slot > right->slot) - (left->slot < right->slot);
}

static int
compare_by_failure(const void *a, const void *b)
{
    const struct stack_task *left = a, *right = b;

    if (left->stopped_ms != right->stopped_ms)
        return left->stopped_ms < right->stopped_ms ? -1 : 1;
    return compare_by_creation(a, b);
}

/* "(task a) (task b)" */
static const char *
list_tasks(struct events *events, const struct stack_task *tasks, size_t count)
{
    const char *text;
    struct buf b;

    buf_init(&b, MESSAGE_MAX);
    for (size_t i = 0; i < count; i++)
        buf_addf(&b, "%s(task %s)", i == 0 ? "" : " ", tasks[i].id);
    text = arena_strdup(events->call->arena, b.data);
    buf_fini(&b);
    return text;
}

static void
tell_started(struct events *events, const struct stack_task *tasks, size_t count)
{
    add_event(events, tasks->created_ms,
              arena_printf(events->call->arena, "(service %s) has started %zu tasks: %s.",
                           events->service->name, count, list_tasks(events, tasks, count)));
}

/* A task that ran ends by itself, an attempt is ended. */
static void
tell_failed(struct events *events, const struct stack_task *tasks, size_t count)
{
    struct arena *arena = events->call->arena;
    const char *name = events->service->name;
    bool ran = tasks->started_ms != 0;

    if (!ran && events->group != NULL)
        add_event(events, tasks->stopped_ms,
                  arena_printf(arena,
                               "(service %s) (port %d) is unhealthy in (target-group %s) due to "
                               "(reason Health checks failed).",
                               name, ECS_PORT, events->group->arn));
    if (!ran)
        add_event(events, tasks->stopped_ms,
                  arena_printf(arena, "(service %s) has stopped %zu running tasks: %s.", name,
                               count, list_tasks(events, tasks, count)));
    if (events->group != NULL)
        add_event(events, tasks->stopped_ms,
                  arena_printf(arena, "(service %s) has begun draining connections on %zu tasks.",
                               name, count));
    if (events->group != NULL)
        add_event(events, tasks->stopped_ms,
                  arena_printf(arena, "(service %s) deregistered %zu targets in (target-group %s)",
                               name, count, events->group->arn));
}

/* Tells of tasks to which the same happened at the same time together; they are sorted by that. */
static void
tell(struct events *events, const struct stack_task *tasks, size_t count, moment_of *moment,
     void (*say)(struct events *, const struct stack_task *, size_t))
{
    size_t end;

    for (size_t i = 0; i < count; i = end) {
        for (end = i + 1;
             end < count && end - i < TASKS_AN_EVENT && moment(&tasks[end]) == moment(&tasks[i]);)
            end++;
        if (moment(&tasks[i]) != 0)
            say(events, &tasks[i], end - i);
    }
}

/* After the last replacement of an incident ran for a while. */
static void
tell_recoveries(struct events *events, const struct stack_task *tasks, size_t count)
{
    const struct stack *stack = emulator_stack(events->call->em);
    size_t desired = stack_tasks_desired(events->service);
    int64_t told_ms = 0;

    for (size_t i = 0; i < count; i++) {
        int64_t time_ms = tasks[i].started_ms + STEADY_AFTER;

        if (tasks[i].started_ms == 0 || time_ms == told_ms || time_ms > events->call->now_ms ||
            stack_tasks_running(stack, events->service, time_ms) < desired)
            continue;
        add_steady(events, time_ms);
        told_ms = time_ms;
    }
}

static int
newest_first(const void *a, const void *b)
{
    const struct event *left = a, *right = b;

    if (left->time_ms != right->time_ms)
        return left->time_ms > right->time_ms ? -1 : 1;
    return (left->number < right->number) - (left->number > right->number);
}

static void
make_events(struct events *events)
{
    struct aws_call *call = events->call;
    size_t count = 0;
    int64_t kept_ms =
        stack_tasks_desired(events->service) > TRACED_TASKS ? STACK_TASK_KEPT_MS : TRACE_MS;
    struct stack_task *tasks = stack_tasks_at(emulator_stack(call->em), events->service,
                                              call->now_ms, kept_ms, call->arena, &count);

    add_steadies(events);
    if (count > 0)
        qsort(tasks, count, sizeof *tasks, compare_by_creation);
    tell(events, tasks, count, created, tell_started);
    tell_recoveries(events, tasks, count);
    if (count > 0)
        qsort(tasks, count, sizeof *tasks, compare_by_failure);
    tell(events, tasks, count, failed, tell_failed);
    if (events->count > 1)
        qsort(events->items, events->count, sizeof *events->items, newest_first);
}

/* An id as random as a UUID looks, and always the same. */
static const char *
event_id(struct aws_call *call, const struct stack_resource *service, const struct event *event)
{
    const char *digits = inventory_digits(call,
                                          arena_printf(call->arena, "%s %lld %s", service->arn,
                                                       (long long)event->time_ms, event->message),
                                          32);

    return arena_printf(call->arena, "%.8s-%.4s-4%.3s-a%.3s-%.12s", digits, digits + 8, digits + 13,
                        digits + 17, digits + 20);
}

void
ecs_add_events(struct aws_call *call, cJSON *out, const struct stack_resource *service)
{
    struct events events = { .call = call,
                             .service = service,
                             .group = ecs_target_group(call, service) };
    cJSON *list = cJSON_AddArrayToObject(out, "events");

    make_events(&events);
    for (size_t i = 0; i < events.count && i < EVENTS_MAX; i++) {
        cJSON *event = cJSON_CreateObject();

        cJSON_AddStringToObject(event, "id", event_id(call, service, &events.items[i]));
        cJSON_AddItemToObject(event, "createdAt", json_time(events.items[i].time_ms));
        cJSON_AddStringToObject(event, "message", events.items[i].message);
        cJSON_AddItemToArray(list, event);
    }
}
