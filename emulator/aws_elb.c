/* aws_elb.c - Elastic Load Balancing: the stack's load balancers, target groups and their targets.
 * SPDX-License-Identifier: MIT
 *
 * The targets of a group are the tasks of the ECS service behind it: one that runs is healthy, an
 * attempt that does not get to run fails its health checks, one that stopped drains for the five
 * minutes that a group waits by default. Settings are the defaults of CreateTargetGroup. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "emulator/aws_ecs.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/parts.h"

#define PAGE_MAX  400
#define NAMES_MAX 400
#define BALANCERS 20 /* ARNs of a request */
#define TARGETS   1000
#define ADDRESS   128
#define PORT_TEXT "80" /* ECS_PORT */

/* --- shared --- */

static enum status
read_page(struct aws_call *call, uint64_t scope, struct inventory_page *page)
{
    int64_t limit = PAGE_MAX;
    enum status st = inventory_page_read(call, scope, "Marker", page);

    if (st == OK)
        st = awsvalue_int(&call->in, "PageSize", AWS_OPTIONAL, 1, PAGE_MAX, &limit);
    page->limit = (size_t)limit;
    return st;
}

static void
end_page(struct aws_call *call, const struct inventory_page *page)
{
    const char *token = inventory_page_token(call, page, "");

    if (token != NULL)
        cJSON_AddStringToObject(call->out, "NextMarker", token);
}

/* Which load balancers or groups are asked for: by name, by ARN, or all. */
struct choice {
    enum stack_type type;
    const char *what;         /* "load balancer" */
    const char *missing_code; /* when one of them is not there */
    const char *const *texts;
    size_t count;
    bool by_arn;
};

static enum status
check_choice(struct aws_call *call, const struct choice *choice)
{
    for (size_t i = 0; i < choice->count; i++) {
        const struct stack_resource *r =
            inventory_find(call, choice->type, choice->texts[i], false);

        if (choice->by_arn && strncmp(choice->texts[i], "arn:", 4) != 0)
            return wire_error_set(call->error, 400, "ValidationException",
                                  "'%.200s' is not a valid %s ARN", choice->texts[i], choice->what);
        if (r == NULL)
            return wire_error_set(call->error, 400, choice->missing_code,
                                  "One or more %ss not found", choice->what);
    }
    return OK;
}

static enum status
read_choice(struct aws_call *call, const char *arns_key, size_t arns_max, struct choice *choice)
{
    const char *const *arns = NULL, *const *names = NULL;
    size_t arn_count = 0, name_count = 0;
    enum status st = inventory_texts(call, arns_key, arns_max, &arns, &arn_count);

    if (st == OK)
        st = inventory_texts(call, "Names", NAMES_MAX, &names, &name_count);
    if (st != OK)
        return st;
    if (arn_count > 0 && name_count > 0)
        return awsvalue_invalid(&call->in, arns_key, "can't be specified together with Names");
    choice->by_arn = arn_count > 0;
    choice->texts = choice->by_arn ? arns : names;
    choice->count = choice->by_arn ? arn_count : name_count;
    return check_choice(call, choice);
}

static bool
is_chosen(const struct choice *choice, const struct stack_resource *r)
{
    for (size_t i = 0; i < choice->count; i++) {
        if (inventory_is_named(r, choice->texts[i], false))
            return true;
    }
    return choice->count == 0;
}

/* Everything stands in the one network of the stack, if it has any. */
static void
add_vpc(struct aws_call *call, cJSON *out)
{
    const struct stack_resource *vpc = inventory_next(call, STACK_VPC, NULL);

    if (vpc != NULL)
        cJSON_AddStringToObject(out, "VpcId", vpc->id);
}

/* --- load balancers --- */

static cJSON *
describe_balancer(struct aws_call *call, const struct stack_resource *r)
{
    const struct stack *stack = emulator_stack(call->em);
    cJSON *out = cJSON_CreateObject(), *state, *zones;
    uint64_t number = text_hash(r->arn, strlen(r->arn), TEXT_HASH_SEED);

    cJSON_AddStringToObject(out, "LoadBalancerArn", r->arn);
    cJSON_AddStringToObject(out, "LoadBalancerName", r->name);
    cJSON_AddStringToObject(out, "DNSName",
                            arena_printf(call->arena, "%s-%09llu.%s.elb.amazonaws.com", r->name,
                                         (unsigned long long)(number % 1000000000u),
                                         stack->region));
    cJSON_AddItemToObject(out, "CreatedTime", json_time(r->created_ms));
    cJSON_AddStringToObject(out, "Scheme",
                            r->sizes[STACK_IPV4] > 0 ? "internet-facing" : "internal");
    cJSON_AddStringToObject(out, "Type", "application");
    cJSON_AddStringToObject(out, "IpAddressType", "ipv4");
    add_vpc(call, out);
    state = cJSON_AddObjectToObject(out, "State");
    cJSON_AddStringToObject(state, "Code", "active");
    zones = cJSON_AddArrayToObject(out, "AvailabilityZones");
    for (char c = 'a'; c <= 'b'; c++) { /* an application load balancer is in two at least */
        cJSON *zone = cJSON_CreateObject();

        cJSON_AddStringToObject(zone, "ZoneName",
                                arena_printf(call->arena, "%s%c", stack->region, c));
        cJSON_AddArrayToObject(zone, "LoadBalancerAddresses");
        cJSON_AddItemToArray(zones, zone);
    }
    cJSON_AddArrayToObject(out, "SecurityGroups");
    return out;
}

enum status
aws_describe_load_balancers(struct aws_call *call)
{
    static const char *const known[] = { "LoadBalancerArns", "Names", "Marker", "PageSize", NULL };
    static const char *const keys[] = { "LoadBalancerArns", "Names", NULL };
    const uint64_t scope = aws_token_scope("DescribeLoadBalancers", &call->in, keys);
    struct choice choice = { .type = STACK_LOAD_BALANCER,
                             .what = "load balancer",
                             .missing_code = "LoadBalancerNotFound" };
    const struct stack_resource *r = NULL;
    struct inventory_page page = { 0 };
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_page(call, scope, &page);
    if (st == OK)
        st = read_choice(call, "LoadBalancerArns", BALANCERS, &choice);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "LoadBalancers");
    while ((r = inventory_next(call, STACK_LOAD_BALANCER, r)) != NULL) {
        if (is_chosen(&choice, r) && inventory_page_takes(&page, r->number + 1))
            cJSON_AddItemToArray(list, describe_balancer(call, r));
    }
    end_page(call, &page);
    return OK;
}

/* --- target groups --- */

static cJSON *
describe_group(struct aws_call *call, const struct stack_resource *r)
{
    cJSON *out = cJSON_CreateObject(), *matcher, *balancers;

    cJSON_AddStringToObject(out, "TargetGroupArn", r->arn);
    cJSON_AddStringToObject(out, "TargetGroupName", r->name);
    cJSON_AddStringToObject(out, "Protocol", "HTTP");
    cJSON_AddStringToObject(out, "ProtocolVersion", "HTTP1");
    cJSON_AddNumberToObject(out, "Port", ECS_PORT);
    add_vpc(call, out);
    cJSON_AddBoolToObject(out, "HealthCheckEnabled", true);
    cJSON_AddStringToObject(out, "HealthCheckProtocol", "HTTP");
    cJSON_AddStringToObject(out, "HealthCheckPort", "traffic-port");
    cJSON_AddStringToObject(out, "HealthCheckPath", "/");
    cJSON_AddNumberToObject(out, "HealthCheckIntervalSeconds", 30);
    cJSON_AddNumberToObject(out, "HealthCheckTimeoutSeconds", 5);
    cJSON_AddNumberToObject(out, "HealthyThresholdCount", 5);
    cJSON_AddNumberToObject(out, "UnhealthyThresholdCount", 2);
    matcher = cJSON_AddObjectToObject(out, "Matcher");
    cJSON_AddStringToObject(matcher, "HttpCode", "200");
    balancers = cJSON_AddArrayToObject(out, "LoadBalancerArns");
    if (r->parent != NULL)
        cJSON_AddItemToArray(balancers, cJSON_CreateString(r->parent->arn));
    cJSON_AddStringToObject(out, "TargetType", "ip"); /* as Fargate needs it */
    cJSON_AddStringToObject(out, "IpAddressType", "ipv4");
    return out;
}

/* LoadBalancerArn: only the groups of this one. */
static enum status
read_balancer(struct aws_call *call, const struct stack_resource **out)
{
    const char *arn = NULL;
    enum status st = awsvalue_string(&call->in, "LoadBalancerArn", AWS_OPTIONAL, 1, 2048, &arn);
    struct choice choice = { .type = STACK_LOAD_BALANCER,
                             .what = "load balancer",
                             .missing_code = "LoadBalancerNotFound",
                             .texts = &arn,
                             .count = 1,
                             .by_arn = true };

    if (st != OK || arn == NULL)
        return st;
    st = check_choice(call, &choice);
    if (st == OK)
        *out = inventory_find(call, STACK_LOAD_BALANCER, arn, false);
    return st;
}

enum status
aws_describe_target_groups(struct aws_call *call)
{
    static const char *const known[] = { "LoadBalancerArn", "TargetGroupArns", "Names",
                                         "Marker",          "PageSize",        NULL };
    static const char *const keys[] = { "LoadBalancerArn", "TargetGroupArns", "Names", NULL };
    const uint64_t scope = aws_token_scope("DescribeTargetGroups", &call->in, keys);
    struct choice choice = { .type = STACK_TARGET_GROUP,
                             .what = "target group",
                             .missing_code = "TargetGroupNotFound" };
    const struct stack_resource *balancer = NULL, *r = NULL;
    struct inventory_page page = { 0 };
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_page(call, scope, &page);
    if (st == OK)
        st = read_balancer(call, &balancer);
    if (st == OK)
        st = read_choice(call, "TargetGroupArns", NAMES_MAX, &choice);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "TargetGroups");
    while ((r = inventory_next(call, STACK_TARGET_GROUP, r)) != NULL) {
        if (is_chosen(&choice, r) && (balancer == NULL || r->parent == balancer) &&
            inventory_page_takes(&page, r->number + 1))
            cJSON_AddItemToArray(list, describe_group(call, r));
    }
    end_page(call, &page);
    return OK;
}

/* --- health --- */

enum health { HEALTHY, UNHEALTHY, DRAINING, UNREGISTERED };

static const struct {
    const char *state, *reason, *description;
} healths[] = {
    [HEALTHY] = { "healthy", NULL, NULL },
    [UNHEALTHY] = { "unhealthy", "Target.FailedHealthChecks", "Health checks failed" },
    [DRAINING] = { "draining", "Target.DeregistrationInProgress",
                   "Target deregistration is in progress" },
    [UNREGISTERED] = { "unused", "Target.NotRegistered",
                       "Target is not registered to the target "
                       "group" },
};

struct target {
    const char *address;
    int64_t port; /* 0: the group's */
};

static cJSON *
describe_health(const char *address, int64_t port, const char *zone, enum health health)
{
    cJSON *out = cJSON_CreateObject(), *target, *state;

    target = cJSON_AddObjectToObject(out, "Target");
    cJSON_AddStringToObject(target, "Id", address);
    cJSON_AddNumberToObject(target, "Port", (double)port);
    if (zone != NULL)
        cJSON_AddStringToObject(target, "AvailabilityZone", zone);
    if (health != UNREGISTERED)
        cJSON_AddStringToObject(out, "HealthCheckPort", PORT_TEXT);
    state = cJSON_AddObjectToObject(out, "TargetHealth");
    cJSON_AddStringToObject(state, "State", healths[health].state);
    if (healths[health].reason != NULL)
        cJSON_AddStringToObject(state, "Reason", healths[health].reason);
    if (healths[health].description != NULL)
        cJSON_AddStringToObject(state, "Description", healths[health].description);
    return out;
}

static enum health
health_of(const struct stack_task *task)
{
    if (task->stopped_ms != 0)
        return DRAINING;
    return task->started_ms != 0 ? HEALTHY : UNHEALTHY;
}

static enum status
read_targets(struct aws_call *call, struct target **out, size_t *count)
{
    static const char *const known[] = { "Id", "Port", "AvailabilityZone", NULL };
    struct awslist list = { 0 };
    enum status st = awsvalue_list(&call->in, "Targets", AWS_OPTIONAL, 0, TARGETS, &list);
    struct target *targets = arena_alloc(call->arena, (list.count + 1) * sizeof *targets);

    for (size_t i = 0; st == OK && awslist_next(&list); i++) {
        struct awsvalue in;

        st = awslist_struct(&list, &in);
        if (st == OK)
            st = aws_only(&in, known);
        if (st == OK)
            st = awsvalue_string(&in, "Id", AWS_REQUIRED, 1, ADDRESS, &targets[i].address);
        if (st == OK)
            st = awsvalue_int(&in, "Port", AWS_OPTIONAL, 1, 65535, &targets[i].port);
    }
    *out = targets;
    *count = list.count;
    return st;
}

/* The targets asked for that were not found among those there are. */
static void
add_strangers(cJSON *list, const struct target *targets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t port = targets[i].port == 0 ? ECS_PORT : targets[i].port;

        if (targets[i].address != NULL)
            cJSON_AddItemToArray(list,
                                 describe_health(targets[i].address, port, NULL, UNREGISTERED));
    }
}

/* Whether this one is asked for; takes it off the list. */
static bool
take_target(struct target *targets, size_t count, const char *address)
{
    bool is_there = false;

    for (size_t i = 0; i < count; i++) {
        if (targets[i].address == NULL || strcmp(targets[i].address, address) != 0 ||
            (targets[i].port != 0 && targets[i].port != ECS_PORT))
            continue;
        targets[i].address = NULL;
        is_there = true;
    }
    return is_there;
}

static void
add_healths(struct aws_call *call, cJSON *list, const struct stack_resource *group,
            struct target *targets, size_t target_count)
{
    const struct stack *stack = emulator_stack(call->em);
    size_t count = 0;
    const struct stack_task *tasks =
        group->peer == NULL
            ? NULL
            : stack_tasks_at(stack, group->peer, call->now_ms, ECS_DRAIN_MS, call->arena, &count);

    for (size_t i = 0; i < count; i++) {
        const char *address = ecs_task_address(call, tasks[i].id);
        const char *zone =
            arena_printf(call->arena, "%s%c", stack->region, (char)('a' + tasks[i].slot % 3));

        if (target_count == 0 || take_target(targets, target_count, address))
            cJSON_AddItemToArray(list,
                                 describe_health(address, ECS_PORT, zone, health_of(&tasks[i])));
    }
    add_strangers(list, targets, target_count);
}

enum status
aws_describe_target_health(struct aws_call *call)
{
    static const char *const known[] = { "TargetGroupArn", "Targets", NULL };
    const char *arn = NULL;
    struct choice choice = { .type = STACK_TARGET_GROUP,
                             .what = "target group",
                             .missing_code = "TargetGroupNotFound",
                             .texts = &arn,
                             .count = 1,
                             .by_arn = true };
    struct target *targets = NULL;
    size_t count = 0;
    cJSON *list;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_string(&call->in, "TargetGroupArn", AWS_REQUIRED, 1, 2048, &arn);
    if (st == OK)
        st = read_targets(call, &targets, &count);
    if (st == OK)
        st = check_choice(call, &choice);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    list = cJSON_AddArrayToObject(call->out, "TargetHealthDescriptions");
    add_healths(call, list, inventory_find(call, STACK_TARGET_GROUP, arn, false), targets, count);
    return OK;
}
