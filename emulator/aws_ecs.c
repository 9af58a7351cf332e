/* aws_ecs.c - ECS: the stack's clusters and the services on them.
 * SPDX-License-Identifier: MIT
 *
 * Services are on Fargate and have one deployment, which was completed when they were made: a
 * stack knows no releases. What runs is in stack_tasks.h. */
#include "config.h"

#include "emulator/aws_ecs.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/text.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/parts.h"

#define SERVICES_MAX    10 /* of DescribeServices */
#define SERVICES_USUAL  10 /* of a page of ListServices */
#define CLUSTERS_MAX    100
#define TOKEN_MAX       4096
#define ROLLOUT_MS      INT64_C(120000) /* from a service's making to its deployment's end */
#define PLATFORM        "1.4.0"
#define DEFAULT_CLUSTER "default"

static const char *const launch_types[] = { "EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES",
                                            NULL };
#define FARGATE 1

/* --- shared --- */

enum status
ecs_cluster(struct aws_call *call, const struct stack_resource **out)
{
    const char *name = DEFAULT_CLUSTER;
    enum status st = awsvalue_string(&call->in, "cluster", AWS_OPTIONAL, 0, 2048, &name);

    if (st != OK)
        return st;
    *out = inventory_find(call, STACK_ECS_CLUSTER, name, false);
    if (*out == NULL)
        return wire_error_set(call->error, 400, "ClusterNotFoundException", "Cluster not found.");
    return OK;
}

enum status
ecs_page_read(struct aws_call *call, uint64_t scope, size_t usual, struct inventory_page *page)
{
    int64_t limit = (int64_t)usual;
    enum status st = inventory_page_read(call, scope, "nextToken", page);

    if (st == OK)
        st = awsvalue_int(&call->in, "maxResults", AWS_OPTIONAL, 1, ECS_PAGE_MAX, &limit);
    page->limit = (size_t)limit;
    return st;
}

void
ecs_page_end(struct aws_call *call, const struct inventory_page *page)
{
    const char *token = inventory_page_token(call, page, "");

    if (token != NULL)
        cJSON_AddStringToObject(call->out, "nextToken", token);
}

void
ecs_add_failure(cJSON *failures, const char *arn)
{
    cJSON *failure = cJSON_CreateObject();

    cJSON_AddStringToObject(failure, "arn", arn);
    cJSON_AddStringToObject(failure, "reason", "MISSING");
    cJSON_AddItemToArray(failures, failure);
}

enum status
ecs_include(struct aws_call *call, const char *const *known, unsigned *told)
{
    const char *const *what = NULL;
    size_t count = 0;
    enum status st = inventory_texts(call, "include", 10, &what, &count);

    for (size_t i = 0; i < count && st == OK; i++) {
        unsigned bit = 0;

        while (known[bit] != NULL && strcmp(known[bit], what[i]) != 0)
            bit++;
        if (known[bit] == NULL)
            st = awsvalue_invalid(&call->in, "include", "has %.40s, which is not told here",
                                  what[i]);
        *told |= 1u << bit;
    }
    return st;
}

void
ecs_add_tags(cJSON *out, const struct stack_resource *resource)
{
    cJSON *tags = cJSON_AddArrayToObject(out, "tags");

    for (size_t i = 0; i < resource->tag_count; i++) {
        cJSON *tag = cJSON_CreateObject();

        cJSON_AddStringToObject(tag, "key", resource->tags[i].key);
        cJSON_AddStringToObject(tag, "value", resource->tags[i].value);
        cJSON_AddItemToArray(tags, tag);
    }
}

const char *
ecs_arn(struct aws_call *call, const char *kind, const struct stack_resource *cluster,
        const char *name)
{
    const struct stack *stack = emulator_stack(call->em);

    return arena_printf(call->arena, "arn:aws:ecs:%s:%s:%s/%s/%s", stack->region, stack->account,
                        kind, cluster->name, name);
}

const char *
ecs_task_definition(struct aws_call *call, const struct stack_resource *service)
{
    const struct stack *stack = emulator_stack(call->em);

    return arena_printf(call->arena, "arn:aws:ecs:%s:%s:task-definition/%s:1", stack->region,
                        stack->account, service->name);
}

const char *
ecs_task_address(struct aws_call *call, const char *task_id)
{
    unsigned char bytes[2] = { 0 };

    if (!hex_parse(bytes, task_id, sizeof bytes))
        return "";
    return arena_printf(call->arena, "10.0.%u.%u", bytes[0], 4 + bytes[1] % 250u);
}

const struct stack_resource *
ecs_target_group(const struct aws_call *call, const struct stack_resource *service)
{
    return inventory_of(call, STACK_TARGET_GROUP, service);
}

/* --- clusters --- */

enum status
aws_list_ecs_clusters(struct aws_call *call)
{
    static const char *const known[] = { "nextToken", "maxResults", NULL };
    static const char *const keys[] = { NULL };
    const uint64_t scope = aws_token_scope("ListClusters", &call->in, keys);
    const struct stack_resource *r = NULL;
    struct inventory_page page = { 0 };
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = ecs_page_read(call, scope, ECS_PAGE_MAX, &page);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "clusterArns");
    while ((r = inventory_next(call, STACK_ECS_CLUSTER, r)) != NULL) {
        if (inventory_page_takes(&page, r->number + 1))
            cJSON_AddItemToArray(list, cJSON_CreateString(r->arn));
    }
    ecs_page_end(call, &page);
    return OK;
}

enum { TELL_TAGS = 1, TELL_SETTINGS = 2 };
static const char *const cluster_includes[] = { "TAGS", "SETTINGS", NULL };

/* What a stack's clusters measure is what Container Insights does. */
static void
add_settings(cJSON *out)
{
    cJSON *settings = cJSON_AddArrayToObject(out, "settings"), *insights = cJSON_CreateObject();

    cJSON_AddStringToObject(insights, "name", "containerInsights");
    cJSON_AddStringToObject(insights, "value", "enabled");
    cJSON_AddItemToArray(settings, insights);
}

static cJSON *
describe_cluster(struct aws_call *call, const struct stack_resource *r, unsigned told)
{
    const struct stack *stack = emulator_stack(call->em);
    const struct stack_resource *service = NULL;
    size_t services = 0, running = 0, desired = 0;
    cJSON *out = cJSON_CreateObject();

    while ((service = inventory_next(call, STACK_ECS_SERVICE, service)) != NULL) {
        if (service->parent != r)
            continue;
        services++;
        desired += stack_tasks_desired(service);
        running += stack_tasks_running(stack, service, call->now_ms);
    }
    cJSON_AddStringToObject(out, "clusterArn", r->arn);
    cJSON_AddStringToObject(out, "clusterName", r->name);
    cJSON_AddStringToObject(out, "status", "ACTIVE");
    cJSON_AddNumberToObject(out, "registeredContainerInstancesCount", 0); /* Fargate has none */
    cJSON_AddNumberToObject(out, "runningTasksCount", (double)running);
    cJSON_AddNumberToObject(out, "pendingTasksCount", (double)(desired - running));
    cJSON_AddNumberToObject(out, "activeServicesCount", (double)services);
    cJSON_AddArrayToObject(out, "statistics");
    cJSON_AddArrayToObject(out, "capacityProviders");
    cJSON_AddArrayToObject(out, "defaultCapacityProviderStrategy");
    if ((told & TELL_SETTINGS) != 0)
        add_settings(out);
    else
        cJSON_AddArrayToObject(out, "settings");
    if ((told & TELL_TAGS) != 0)
        ecs_add_tags(out, r);
    else
        cJSON_AddArrayToObject(out, "tags");
    return out;
}

/* The ARN of a cluster that is not there, as its failure has it. */
static const char *
missing_cluster(struct aws_call *call, const char *name)
{
    if (strncmp(name, "arn:", 4) == 0)
        return name;
    return arena_printf(call->arena, "arn:aws:ecs:%s:" AWS_ACCOUNT ":cluster/%s", call->region,
                        name);
}

enum status
aws_describe_ecs_clusters(struct aws_call *call)
{
    static const char *const known[] = { "clusters", "include", NULL };
    static const char *const usual[] = { DEFAULT_CLUSTER };
    const char *const *names = usual;
    unsigned told = 0;
    size_t count = 0;
    cJSON *list, *failures;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = inventory_texts(call, "clusters", CLUSTERS_MAX, &names, &count);
    if (st == OK)
        st = ecs_include(call, cluster_includes, &told);
    if (st != OK)
        return st;
    if (count == 0) {
        names = usual;
        count = 1;
    }
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "clusters");
    failures = cJSON_AddArrayToObject(call->out, "failures");
    for (size_t i = 0; i < count; i++) {
        const struct stack_resource *r = inventory_find(call, STACK_ECS_CLUSTER, names[i], false);

        if (r == NULL)
            ecs_add_failure(failures, missing_cluster(call, names[i]));
        else
            cJSON_AddItemToArray(list, describe_cluster(call, r, told));
    }
    return OK;
}

/* --- services --- */

enum status
aws_list_ecs_services(struct aws_call *call)
{
    static const char *const known[] = { "cluster",    "nextToken",          "maxResults",
                                         "launchType", "schedulingStrategy", NULL };
    static const char *const keys[] = { "cluster", "launchType", "schedulingStrategy", NULL };
    static const char *const strategies[] = { "REPLICA", "DAEMON", NULL };
    const uint64_t scope = aws_token_scope("ListServices", &call->in, keys);
    const struct stack_resource *cluster = NULL, *r = NULL;
    int launch = FARGATE, strategy = 0;
    struct inventory_page page = { 0 };
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_enum(&call->in, "launchType", AWS_OPTIONAL, launch_types, &launch);
    if (st == OK)
        st = awsvalue_enum(&call->in, "schedulingStrategy", AWS_OPTIONAL, strategies, &strategy);
    if (st == OK)
        st = ecs_page_read(call, scope, SERVICES_USUAL, &page);
    if (st == OK)
        st = ecs_cluster(call, &cluster);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "serviceArns");
    while (launch == FARGATE && strategy == 0 &&
           (r = inventory_next(call, STACK_ECS_SERVICE, r)) != NULL) {
        if (r->parent == cluster && inventory_page_takes(&page, r->number + 1))
            cJSON_AddItemToArray(list, cJSON_CreateString(r->arn));
    }
    ecs_page_end(call, &page);
    return OK;
}

static void
add_counts(cJSON *out, const struct stack *stack, const struct stack_resource *r, int64_t now_ms)
{
    size_t desired = stack_tasks_desired(r), running = stack_tasks_running(stack, r, now_ms);

    cJSON_AddNumberToObject(out, "desiredCount", (double)desired);
    cJSON_AddNumberToObject(out, "runningCount", (double)running);
    cJSON_AddNumberToObject(out, "pendingCount", (double)(desired - running));
}

static void
add_platform(cJSON *out)
{
    cJSON_AddStringToObject(out, "launchType", launch_types[FARGATE]);
    cJSON_AddStringToObject(out, "platformVersion", PLATFORM);
    cJSON_AddStringToObject(out, "platformFamily", "Linux");
}

static void
add_deployments(struct aws_call *call, cJSON *out, const struct stack_resource *r)
{
    cJSON *list = cJSON_AddArrayToObject(out, "deployments"), *deployment = cJSON_CreateObject();
    uint64_t number = text_hash(r->arn, strlen(r->arn), TEXT_HASH_SEED);
    const char *id =
        arena_printf(call->arena, "ecs-svc/%019llu", (unsigned long long)(number >> 2));
    bool is_over = call->now_ms >= r->created_ms + ROLLOUT_MS;

    cJSON_AddStringToObject(deployment, "id", id);
    cJSON_AddStringToObject(deployment, "status", "PRIMARY");
    cJSON_AddStringToObject(deployment, "taskDefinition", ecs_task_definition(call, r));
    add_counts(deployment, emulator_stack(call->em), r, call->now_ms);
    /* a deployment that once had a running task counts no failed ones (API Reference) */
    cJSON_AddNumberToObject(deployment, "failedTasks", 0);
    cJSON_AddItemToObject(deployment, "createdAt", json_time(r->created_ms));
    cJSON_AddItemToObject(deployment, "updatedAt",
                          json_time(is_over ? r->created_ms + ROLLOUT_MS : r->created_ms));
    add_platform(deployment);
    cJSON_AddStringToObject(deployment, "rolloutState", is_over ? "COMPLETED" : "IN_PROGRESS");
    cJSON_AddStringToObject(deployment, "rolloutStateReason",
                            arena_printf(call->arena, "ECS deployment %s %s.", id,
                                         is_over ? "completed" : "in progress"));
    cJSON_AddItemToArray(list, deployment);
}

static void
add_balancers(struct aws_call *call, cJSON *out, const struct stack_resource *r)
{
    const struct stack_resource *group = ecs_target_group(call, r);
    cJSON *list = cJSON_AddArrayToObject(out, "loadBalancers"), *balancer;

    if (group == NULL)
        return;
    balancer = cJSON_CreateObject();
    cJSON_AddStringToObject(balancer, "targetGroupArn", group->arn);
    cJSON_AddStringToObject(balancer, "containerName", r->name);
    cJSON_AddNumberToObject(balancer, "containerPort", ECS_PORT);
    cJSON_AddItemToArray(list, balancer);
}

static cJSON *
describe_service(struct aws_call *call, const struct stack_resource *r, bool tells_tags)
{
    cJSON *out = cJSON_CreateObject(), *controller;

    cJSON_AddStringToObject(out, "serviceArn", r->arn);
    cJSON_AddStringToObject(out, "serviceName", r->name);
    cJSON_AddStringToObject(out, "clusterArn", r->parent->arn);
    add_balancers(call, out, r);
    cJSON_AddArrayToObject(out, "serviceRegistries");
    cJSON_AddStringToObject(out, "status", "ACTIVE");
    add_counts(out, emulator_stack(call->em), r, call->now_ms);
    add_platform(out);
    cJSON_AddStringToObject(out, "taskDefinition", ecs_task_definition(call, r));
    add_deployments(call, out, r);
    ecs_add_events(call, out, r);
    cJSON_AddItemToObject(out, "createdAt", json_time(r->created_ms));
    cJSON_AddArrayToObject(out, "placementConstraints");
    cJSON_AddArrayToObject(out, "placementStrategy");
    cJSON_AddStringToObject(out, "schedulingStrategy", "REPLICA");
    controller = cJSON_AddObjectToObject(out, "deploymentController");
    cJSON_AddStringToObject(controller, "type", "ECS");
    cJSON_AddBoolToObject(out, "enableECSManagedTags", false);
    cJSON_AddStringToObject(out, "propagateTags", "NONE");
    cJSON_AddBoolToObject(out, "enableExecuteCommand", false);
    if (tells_tags)
        ecs_add_tags(out, r);
    return out;
}

/* By name or ARN, on that cluster. */
static const struct stack_resource *
find_service(struct aws_call *call, const struct stack_resource *cluster, const char *name)
{
    const struct stack_resource *r = inventory_find(call, STACK_ECS_SERVICE, name, false);

    return r != NULL && r->parent == cluster ? r : NULL;
}

enum status
aws_describe_ecs_services(struct aws_call *call)
{
    static const char *const known[] = { "cluster", "services", "include", NULL };
    static const char *const includes[] = { "TAGS", NULL };
    const struct stack_resource *cluster = NULL;
    const char *const *names = NULL;
    unsigned told = 0;
    size_t count = 0;
    cJSON *list, *failures;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = inventory_texts(call, "services", SERVICES_MAX, &names, &count);
    if (st == OK)
        st = ecs_include(call, includes, &told);
    if (st == OK && count == 0)
        st = wire_error_set(call->error, 400, "InvalidParameterException",
                            "Services cannot be empty.");
    if (st == OK)
        st = ecs_cluster(call, &cluster);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "services");
    failures = cJSON_AddArrayToObject(call->out, "failures");
    for (size_t i = 0; i < count; i++) {
        const struct stack_resource *r = find_service(call, cluster, names[i]);

        if (r != NULL)
            cJSON_AddItemToArray(list, describe_service(call, r, told != 0));
        else
            ecs_add_failure(failures, strncmp(names[i], "arn:", 4) == 0
                                          ? names[i]
                                          : ecs_arn(call, "service", cluster, names[i]));
    }
    return OK;
}
