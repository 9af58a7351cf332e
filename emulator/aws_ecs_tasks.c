/* aws_ecs_tasks.c - ECS: the tasks of services, those that run and those that lately stopped.
 * SPDX-License-Identifier: MIT
 *
 * A task's id says nothing of its service, so finding one looks through the tasks of its cluster.
 * Everything but its times follows from its service. */
#include "config.h"

#include "emulator/aws_ecs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/table.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/parts.h"

#define TASKS_MAX   100
#define ID_LONG     36                /* with hyphens */
#define SLOT_PLACES UINT64_C(1000000) /* more than the tasks of a service, stopped ones too */
#define EXIT_CODE   1
#define PLATFORM    "1.4.0"

enum desired { DESIRED_RUNNING, DESIRED_PENDING, DESIRED_STOPPED };

/* --- listing --- */

struct listing {
    const struct stack_resource *cluster;
    const char *service, *family; /* or NULL */
    int desired;
    bool is_empty; /* of a kind that there is none of */
};

static enum status
read_listing(struct aws_call *call, struct listing *out)
{
    static const char *const known[] = { "cluster",    "family",        "nextToken",
                                         "maxResults", "startedBy",     "serviceName",
                                         "launchType", "desiredStatus", NULL };
    static const char *const statuses[] = { "RUNNING", "PENDING", "STOPPED", NULL };
    static const char *const types[] = { "FARGATE", "EC2", "EXTERNAL", "MANAGED_INSTANCES", NULL };
    const char *starter = NULL;
    int type = 0;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_enum(&call->in, "desiredStatus", AWS_OPTIONAL, statuses, &out->desired);
    if (st == OK)
        st = awsvalue_enum(&call->in, "launchType", AWS_OPTIONAL, types, &type);
    if (st == OK)
        st = awsvalue_string(&call->in, "family", AWS_OPTIONAL, 1, 2048, &out->family);
    if (st == OK)
        st = awsvalue_string(&call->in, "startedBy", AWS_OPTIONAL, 1, 128, &starter);
    if (st == OK)
        st = awsvalue_string(&call->in, "serviceName", AWS_OPTIONAL, 1, 2048, &out->service);
    if (st == OK && starter != NULL && (out->family != NULL || out->service != NULL))
        return awsvalue_invalid(&call->in, "startedBy", "must be the only filter");
    /* services start them, and none is ever desired to be pending (API Reference) */
    out->is_empty = type != 0 || starter != NULL || out->desired == DESIRED_PENDING;
    return st == OK ? ecs_cluster(call, &out->cluster) : st;
}

static bool
is_listed(const struct listing *listing, const struct stack_task *task)
{
    return (task->stopped_ms != 0) == (listing->desired == DESIRED_STOPPED);
}

static void
list_service(struct aws_call *call, cJSON *list, const struct listing *listing,
             const struct stack_resource *service, struct inventory_page *page)
{
    int64_t kept_ms = listing->desired == DESIRED_STOPPED ? STACK_TASK_KEPT_MS : 0;
    size_t count = 0;
    const struct stack_task *tasks = stack_tasks_at(emulator_stack(call->em), service, call->now_ms,
                                                    kept_ms, call->arena, &count);

    for (size_t i = 0; i < count && !inventory_page_is_over(page); i++) {
        uint64_t place = ((uint64_t)service->number + 1) * SLOT_PLACES + i;

        if (is_listed(listing, &tasks[i]) && inventory_page_takes(page, place))
            cJSON_AddItemToArray(
                list, cJSON_CreateString(ecs_arn(call, "task", listing->cluster, tasks[i].id)));
    }
}

static enum status
list_tasks(struct aws_call *call, const struct listing *listing, struct inventory_page *page)
{
    cJSON *list = cJSON_AddArrayToObject(call->out, "taskArns");
    const struct stack_resource *r = NULL;
    bool has_service = listing->service == NULL;

    while ((r = inventory_next(call, STACK_ECS_SERVICE, r)) != NULL) {
        if (r->parent != listing->cluster ||
            (listing->service != NULL && !inventory_is_named(r, listing->service, false)))
            continue;
        has_service = true;
        if (listing->is_empty || inventory_page_is_over(page) ||
            ((uint64_t)r->number + 2) * SLOT_PLACES <= page->from ||
            (listing->family != NULL && strcmp(listing->family, r->name) != 0))
            continue;
        list_service(call, list, listing, r, page);
    }
    if (!has_service)
        return wire_error_set(call->error, 400, "ServiceNotFoundException", "Service not found.");
    ecs_page_end(call, page);
    return OK;
}

enum status
aws_list_ecs_tasks(struct aws_call *call)
{
    static const char *const keys[] = { "cluster",       "family",     "startedBy", "serviceName",
                                        "desiredStatus", "launchType", NULL };
    const uint64_t scope = aws_token_scope("ListTasks", &call->in, keys);
    struct inventory_page page = { 0 };
    struct listing listing = { 0 };
    enum status st = read_listing(call, &listing);

    if (st == OK)
        st = ecs_page_read(call, scope, ECS_PAGE_MAX, &page);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    return list_tasks(call, &listing, &page);
}

/* --- describing --- */

static const char *
amount(struct aws_call *call, double units)
{
    return arena_printf(call->arena, "%.0f", round(units * 1024.0));
}

/* Why a task stopped: its own container ended, or the load balancer gave it up. */
static void
add_end(struct aws_call *call, cJSON *out, const struct stack_resource *service,
        const struct stack_task *task)
{
    const struct stack_resource *group = ecs_target_group(call, service);
    bool is_given_up = task->started_ms == 0 && group != NULL;

    cJSON_AddItemToObject(out, "stoppingAt", json_time(task->stopped_ms));
    cJSON_AddItemToObject(out, "stoppedAt", json_time(task->stopped_ms));
    cJSON_AddStringToObject(out, "stopCode",
                            is_given_up ? "ServiceSchedulerInitiated" : "EssentialContainerExited");
    cJSON_AddStringToObject(
        out, "stoppedReason",
        is_given_up ? arena_printf(call->arena,
                                   "Task failed ELB health checks in (target-group %s)", group->arn)
                    : "Essential container in task exited");
}

static const char *
status_of(const struct stack_task *task)
{
    if (task->stopped_ms != 0)
        return "STOPPED";
    return task->started_ms != 0 ? "RUNNING" : "ACTIVATING";
}

static const char *
health_of(const struct stack_task *task)
{
    if (task->stopped_ms != 0)
        return "UNKNOWN";
    return task->started_ms != 0 ? "HEALTHY" : "UNHEALTHY";
}

static void
add_container(struct aws_call *call, cJSON *out, const struct stack_resource *service,
              const struct stack_task *task, const char *arn)
{
    cJSON *containers = cJSON_AddArrayToObject(out, "containers");
    cJSON *container = cJSON_CreateObject(), *interfaces, *interface;
    const char *id = inventory_digits(call, arn, 12);

    cJSON_AddStringToObject(container, "containerArn",
                            arena_printf(call->arena, "%s/%s-%s",
                                         ecs_arn(call, "container", service->parent, task->id), id,
                                         task->id + 24));
    cJSON_AddStringToObject(container, "taskArn", arn);
    cJSON_AddStringToObject(container, "name", service->name);
    if (*service->words[STACK_IMAGE] != '\0')
        cJSON_AddStringToObject(container, "image", service->words[STACK_IMAGE]);
    cJSON_AddStringToObject(container, "lastStatus",
                            task->started_ms == 0 && task->stopped_ms == 0 ? "RUNNING"
                                                                           : status_of(task));
    if (task->stopped_ms != 0 && task->started_ms != 0)
        cJSON_AddNumberToObject(container, "exitCode", EXIT_CODE);
    cJSON_AddStringToObject(container, "healthStatus", health_of(task));
    cJSON_AddStringToObject(container, "cpu", amount(call, service->sizes[STACK_VCPU]));
    cJSON_AddStringToObject(container, "memory", amount(call, service->sizes[STACK_MEMORY_GIB]));
    cJSON_AddArrayToObject(container, "networkBindings");
    interfaces = cJSON_AddArrayToObject(container, "networkInterfaces");
    interface = cJSON_CreateObject();
    cJSON_AddStringToObject(interface, "privateIpv4Address", ecs_task_address(call, task->id));
    cJSON_AddItemToArray(interfaces, interface);
    cJSON_AddItemToArray(containers, container);
}

static cJSON *
describe(struct aws_call *call, const struct stack_resource *service, const struct stack_task *task,
         bool tells_tags)
{
    const struct stack *stack = emulator_stack(call->em);
    const char *arn = ecs_arn(call, "task", service->parent, task->id);
    uint64_t zone = task->slot % 3;
    cJSON *out = cJSON_CreateObject();

    cJSON_AddStringToObject(out, "taskArn", arn);
    cJSON_AddStringToObject(out, "clusterArn", service->parent->arn);
    cJSON_AddStringToObject(out, "taskDefinitionArn", ecs_task_definition(call, service));
    cJSON_AddStringToObject(out, "group", arena_printf(call->arena, "service:%s", service->name));
    cJSON_AddStringToObject(out, "launchType", "FARGATE");
    cJSON_AddStringToObject(out, "platformVersion", PLATFORM);
    cJSON_AddStringToObject(out, "platformFamily", "Linux");
    cJSON_AddStringToObject(out, "availabilityZone",
                            arena_printf(call->arena, "%s%c", stack->region, (char)('a' + zone)));
    cJSON_AddStringToObject(out, "desiredStatus", task->stopped_ms != 0 ? "STOPPED" : "RUNNING");
    cJSON_AddStringToObject(out, "lastStatus", status_of(task));
    cJSON_AddStringToObject(out, "healthStatus", health_of(task));
    cJSON_AddStringToObject(out, "connectivity",
                            task->stopped_ms != 0 ? "DISCONNECTED" : "CONNECTED");
    cJSON_AddStringToObject(out, "cpu", amount(call, service->sizes[STACK_VCPU]));
    cJSON_AddStringToObject(out, "memory", amount(call, service->sizes[STACK_MEMORY_GIB]));
    cJSON_AddItemToObject(out, "createdAt", json_time(task->created_ms));
    if (task->started_ms != 0)
        cJSON_AddItemToObject(out, "startedAt", json_time(task->started_ms));
    if (task->stopped_ms != 0)
        add_end(call, out, service, task);
    cJSON_AddArrayToObject(out, "attachments");
    cJSON_AddBoolToObject(out, "enableExecuteCommand", false);
    add_container(call, out, service, task, arn);
    if (tells_tags) /* tasks get none of their service's, see propagateTags */
        cJSON_AddArrayToObject(out, "tags");
    return out;
}

/* --- finding --- */

struct wanted {
    const char *id;  /* without hyphens */
    const char *arn; /* as a failure has it */
    cJSON *found;
};

/* A task's id, or its ARN: "task/CLUSTER/ID", in old ones "task/ID". */
static enum status
read_id(struct aws_call *call, const struct stack_resource *cluster, const char *text,
        struct wanted *out)
{
    const char *slash = strncmp(text, "arn:", 4) == 0 ? strrchr(text, '/') : NULL;
    const char *id = slash == NULL ? text : slash + 1;
    char *plain = arena_strdup(call->arena, id);
    size_t n = 0;

    if (strlen(id) != STACK_TASK_ID - 1 && strlen(id) != ID_LONG)
        return wire_error_set(call->error, 400, "InvalidParameterException",
                              "taskId length should be one of [%d,%d]", STACK_TASK_ID - 1, ID_LONG);
    for (; *id != '\0'; id++) {
        if (*id != '-')
            plain[n++] = *id;
    }
    plain[n] = '\0';
    *out = (struct wanted){ .id = plain };
    out->arn = slash == NULL ? ecs_arn(call, "task", cluster, text) : text;
    return OK;
}

static void
look_through(struct aws_call *call, const struct stack_resource *service, const struct table *ids,
             bool tells_tags)
{
    size_t count = 0;
    const struct stack_task *tasks = stack_tasks_at(emulator_stack(call->em), service, call->now_ms,
                                                    STACK_TASK_KEPT_MS, call->arena, &count);

    for (size_t i = 0; i < count; i++) {
        struct wanted **w = table_find(ids, tasks[i].id, STACK_TASK_ID);

        if (w != NULL && (*w)->found == NULL)
            (*w)->found = describe(call, service, &tasks[i], tells_tags);
    }
}

static void
answer(struct aws_call *call, struct wanted *wanted, size_t count,
       const struct stack_resource *cluster, bool tells_tags)
{
    const struct stack_resource *r = NULL;
    cJSON *list, *failures;
    struct table ids;

    table_init(&ids, sizeof(struct wanted *));
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(wanted[i].id) + 1;

        if (table_find(&ids, wanted[i].id, len) == NULL)
            *(struct wanted **)table_add(&ids, wanted[i].id, len) = &wanted[i];
    }
    while ((r = inventory_next(call, STACK_ECS_SERVICE, r)) != NULL) {
        if (r->parent == cluster)
            look_through(call, r, &ids, tells_tags);
    }
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "tasks");
    failures = cJSON_AddArrayToObject(call->out, "failures");
    for (size_t i = 0; i < count; i++) {
        struct wanted **w = table_find(&ids, wanted[i].id, strlen(wanted[i].id) + 1);

        if (wanted[i].found != NULL)
            cJSON_AddItemToArray(list, wanted[i].found);
        else if (*w == &wanted[i]) /* else it was asked for twice, and told */
            ecs_add_failure(failures, wanted[i].arn);
    }
    table_fini(&ids);
}

enum status
aws_describe_ecs_tasks(struct aws_call *call)
{
    static const char *const known[] = { "cluster", "tasks", "include", NULL };
    static const char *const includes[] = { "TAGS", NULL };
    const struct stack_resource *cluster = NULL;
    const char *const *names = NULL;
    struct wanted *wanted;
    unsigned told = 0;
    size_t count = 0;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = inventory_texts(call, "tasks", TASKS_MAX, &names, &count);
    if (st == OK)
        st = ecs_include(call, includes, &told);
    if (st == OK && count == 0)
        st =
            wire_error_set(call->error, 400, "InvalidParameterException", "Tasks cannot be empty.");
    if (st == OK)
        st = ecs_cluster(call, &cluster);
    wanted = arena_alloc(call->arena, (count + 1) * sizeof *wanted);
    for (size_t i = 0; i < count && st == OK; i++)
        st = read_id(call, cluster, names[i], &wanted[i]);
    if (st == OK)
        answer(call, wanted, count, cluster, told != 0);
    return st;
}
