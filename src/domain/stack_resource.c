/* stack_resource.c - the resources of a stack file.
 * SPDX-License-Identifier: MIT
 *
 * Two rounds: the first reads each resource alone, the second finds parents and peers, which may
 * stand further down, and with them makes the ARNs. */
#include "config.h"

#include "domain/stack_file.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "domain/stack_type.h"

#define USERS_MAX 100

enum {
    NAME,
    TYPE,
    ID,
    TAGS,
    LISTED,
    CREATED,
    PARENT,
    PEER,
    USERS,
    SIZE, /* and the others by enum stack_size */
    WORD = SIZE + STACK_SIZES,
    MEMBERS = WORD + STACK_WORDS
};
_Static_assert(MEMBERS <= STACK_MEMBERS_MAX, "the names of a resource's members fit");

static const char *const names[MEMBERS] = {
    [NAME] = "name",
    [TYPE] = "type",
    [ID] = "id",
    [TAGS] = "tags",
    [LISTED] = "listed",
    [CREATED] = "created",
    [PARENT] = "parent",
    [PEER] = "peer",
    [USERS] = "users",
    [SIZE + STACK_VCPU] = "vcpu",
    [SIZE + STACK_MEMORY_GIB] = "memoryGiB",
    [SIZE + STACK_TASKS] = "tasks",
    [SIZE + STACK_ARM] = "arm",
    [SIZE + STACK_CPU] = "cpu",
    [SIZE + STACK_MEMORY] = "memory",
    [SIZE + STACK_CONNECTIONS] = "connections",
    [SIZE + STACK_MAX_CONNECTIONS] = "maxConnections",
    [SIZE + STACK_READ_IOPS] = "readIops",
    [SIZE + STACK_WRITE_IOPS] = "writeIops",
    [SIZE + STACK_STORAGE_GIB] = "storageGiB",
    [SIZE + STACK_GROWTH_GIB_DAY] = "growthGiBPerDay",
    [SIZE + STACK_BACKUP_GIB] = "backupGiB",
    [SIZE + STACK_REQUESTS_DAY] = "requestsPerDay",
    [SIZE + STACK_TRANSFER_GB_DAY] = "transferGBPerDay",
    [SIZE + STACK_DURATION_MS] = "durationMs",
    [SIZE + STACK_ERROR_PERCENT] = "errorPercent",
    [SIZE + STACK_IPV4] = "publicIPv4",
    [SIZE + STACK_METRICS] = "customMetrics",
    [SIZE + STACK_ALARMS] = "alarms",
    [SIZE + STACK_LOGS_GB_DAY] = "logsGBPerDay",
    [SIZE + STACK_EDITORS] = "editors",
    [SIZE + STACK_VIEWERS] = "viewers",
    [SIZE + STACK_MONTHLY_USD] = "monthlyUsd",
    [WORD + STACK_CLASS] = "class",
    [WORD + STACK_VERSION] = "version",
    [WORD + STACK_IMAGE] = "image",
    [WORD + STACK_SERVICE] = "service",
};

/* One resource while it is read. */
struct draft {
    struct stack_resource *resource;
    const struct stack_place *place;
    const cJSON *found[MEMBERS];
};

/* Parents and peers of all, for the second round. */
struct relations {
    const cJSON *parent, *peer;
};

/* --- the first round --- */

/* Names become parts of ARNs and dimensions. */
static void
check_name(struct stack_reader *r, const struct draft *d)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "-_./+=,@";

    if (d->resource->name[strspn(d->resource->name, good)] != '\0')
        stack_fault_at(r, d->place, "name",
                       "expected letters, digits and - _ . / + = , @, got \"%.80s\"",
                       d->resource->name);
}

static void
read_type(struct stack_reader *r, struct draft *d)
{
    const char *type = "", *near;

    if (d->found[TYPE] == NULL)
        stack_fault(r, d->place, "has no \"type\"");
    stack_take_text(r, d->place, "type", d->found[TYPE], STACK_NAME_MAX, &type);
    d->resource->type_name = type;
    d->resource->type = stack_type_find(type);
    if (d->resource->type != STACK_OTHER || *type == '\0' || d->found[WORD + STACK_SERVICE] != NULL)
        return;
    near = text_nearest(type, stack_type_names());
    if (near == NULL)
        stack_fault_at(r, d->place, "type",
                       "\"%.60s\" is none of the known types; one of another service needs the "
                       "member \"service\"",
                       type);
    else
        stack_fault_at(r, d->place, "type", "unknown type \"%.60s\" (did you mean \"%s\"?)", type,
                       near);
}

static void
read_size(struct stack_reader *r, struct draft *d, enum stack_size size)
{
    const struct stack_size_rule *rule = stack_size_rule(d->resource->type, size);
    const cJSON *value = d->found[SIZE + size];
    bool is_arm = false;
    int64_t microusd;

    if (rule == NULL) {
        if (value != NULL)
            stack_fault_at(r, d->place, names[SIZE + size], "a resource of type %.40s has no %s",
                           d->resource->type_name, names[SIZE + size]);
        return;
    }
    d->resource->sizes[size] = rule->otherwise;
    if (size == STACK_ARM) {
        if (stack_take_bool(r, d->place, "arm", value, &is_arm))
            d->resource->sizes[size] = is_arm;
    } else if (size == STACK_MONTHLY_USD) {
        if (stack_take_money(r, d->place, "monthlyUsd", value, &microusd))
            d->resource->sizes[size] = fmin((double)microusd / 1e6, rule->most);
    } else {
        stack_take_number(r, d->place, names[SIZE + size], value, rule->least, rule->most,
                          &d->resource->sizes[size]);
    }
}

static void
read_words(struct stack_reader *r, struct draft *d)
{
    const struct stack_type_rule *rule = stack_type_rule(d->resource->type);

    for (enum stack_word w = 0; w < STACK_WORDS; w++) {
        const char *name = names[WORD + w];

        d->resource->words[w] = "";
        if ((rule->words & 1u << w) != 0)
            stack_take_text(r, d->place, name, d->found[WORD + w], STACK_NAME_MAX,
                            &d->resource->words[w]);
        else if (d->found[WORD + w] != NULL)
            stack_fault_at(r, d->place, name, "a resource of type %.40s has no %s",
                           d->resource->type_name, name);
    }
}

/* What the class says where the file does not. */
static void
complete_instance(struct stack_reader *r, struct draft *d)
{
    double *sizes = d->resource->sizes;
    const char *class = d->resource->words[STACK_CLASS];
    const struct stack_class *known = stack_class_find(class);

    if (known == NULL && (sizes[STACK_VCPU] <= 0 || sizes[STACK_MEMORY_GIB] <= 0)) {
        stack_fault_at(
            r, d->place, "class",
            "\"%.60s\" is no class of Aurora PostgreSQL known here: give vcpu and memoryGiB",
            class);
        return;
    }
    if (sizes[STACK_VCPU] <= 0)
        sizes[STACK_VCPU] = known->vcpu;
    if (sizes[STACK_MEMORY_GIB] <= 0)
        sizes[STACK_MEMORY_GIB] = known->memory_gib;
    if (d->found[SIZE + STACK_ARM] == NULL && known != NULL)
        sizes[STACK_ARM] = known->is_arm;
    if (sizes[STACK_MAX_CONNECTIONS] <= 0)
        sizes[STACK_MAX_CONNECTIONS] = stack_max_connections(sizes[STACK_MEMORY_GIB]);
}

static void
read_users(struct stack_reader *r, struct draft *d)
{
    const struct stack_place place = { .up = d->place, .key = "users" };
    const cJSON *member, *value = d->found[USERS];
    struct stack_user *users;
    size_t count = 0;

    if (value == NULL || !stack_is_object(r, d->place, "users", value))
        return;
    if (d->resource->type != STACK_DB_INSTANCE) {
        stack_fault(r, &place, "a resource of type %.40s has no users", d->resource->type_name);
        return;
    }
    if (cJSON_GetArraySize(value) > USERS_MAX) {
        stack_fault(r, &place, "more than %d users", USERS_MAX);
        return;
    }
    users = arena_alloc(r->arena, (size_t)(cJSON_GetArraySize(value) + 1) * sizeof *users);
    cJSON_ArrayForEach(member, value)
    {
        users[count].name = member->string;
        if (stack_take_number(r, &place, member->string, member, 0, 262143,
                              &users[count].connections))
            count++;
    }
    d->resource->users = users;
    d->resource->user_count = count;
}

static void
read_resource(struct stack_reader *r, const struct stack_item *item,
              struct stack_resource *resource, struct relations *relations)
{
    struct draft d = { .resource = resource, .place = &item->place };
    bool is_listed = true;

    stack_members(r, item, names, MEMBERS, d.found);
    resource->name = "";
    stack_take_text(r, d.place, "name", d.found[NAME], STACK_NAME_MAX, &resource->name);
    check_name(r, &d);
    read_type(r, &d);
    stack_take_text(r, d.place, "id", d.found[ID], STACK_NAME_MAX, &resource->id);
    resource->tags = stack_take_tags(r, d.place, "tags", d.found[TAGS], &resource->tag_count);
    stack_take_bool(r, d.place, "listed", d.found[LISTED], &is_listed);
    resource->is_listed =
        is_listed && resource->tag_count > 0 && stack_type_rule(resource->type)->is_resource;
    resource->created_ms = r->stack->since_ms;
    stack_take_time(r, d.place, "created", d.found[CREATED], &resource->created_ms);
    for (enum stack_size s = 0; s < STACK_SIZES; s++)
        read_size(r, &d, s);
    read_words(r, &d);
    if (resource->type == STACK_DB_INSTANCE)
        complete_instance(r, &d);
    read_users(r, &d);
    *relations = (struct relations){ .parent = d.found[PARENT], .peer = d.found[PEER] };
}

/* --- the second round --- */

static const struct stack_resource *
relative(struct stack_reader *r, const struct stack_item *item, const char *key, const cJSON *value,
         const struct stack_resource *resource, enum stack_type type)
{
    const struct stack_resource *other;
    const char *name = NULL;

    if (value != NULL && type == STACK_TYPE_NONE)
        stack_fault_at(r, &item->place, key, "a resource of type %.40s has no %s",
                       resource->type_name, key);
    if (type == STACK_TYPE_NONE ||
        !stack_take_text(r, &item->place, key, value, STACK_NAME_MAX, &name))
        return NULL;
    other = stack_find(r->stack, name);
    if (other == NULL)
        stack_fault_at(r, &item->place, key, "there is no resource \"%.80s\"", name);
    else if (other->type != type)
        stack_fault_at(r, &item->place, key, "expected one of type %s, but \"%.60s\" is %.40s",
                       stack_type_name(type), name, other->type_name);
    else
        return other;
    return NULL;
}

static const char *
other_arn(struct stack_reader *r, const struct stack_resource *resource)
{
    size_t service = strcspn(resource->type_name, ":");
    const char *kind = resource->type_name + service;

    return arena_printf(r->arena, "arn:aws:%.*s:%s:%s:%s%s%s", (int)service, resource->type_name,
                        r->world->region, r->world->account, *kind == ':' ? kind + 1 : "",
                        *kind == ':' ? "/" : "", resource->name);
}

static void
relate(struct stack_reader *r, const struct stack_item *item, struct stack_resource *resource,
       const struct relations *relations)
{
    const struct stack_type_rule *rule = stack_type_rule(resource->type);

    resource->parent = relative(r, item, "parent", relations->parent, resource, rule->parent);
    resource->peer = relative(r, item, "peer", relations->peer, resource, rule->peer);
    if (rule->parent != STACK_TYPE_NONE && relations->parent == NULL)
        stack_fault(r, &item->place, "has no \"parent\": the name of a resource of type %s",
                    stack_type_name(rule->parent));
    if (resource->id == NULL)
        resource->id = stack_pattern_fill(r->arena, rule->id, resource, r->world);
    resource->arn = resource->type == STACK_OTHER
                        ? other_arn(r, resource)
                        : stack_pattern_fill(r->arena, rule->arn, resource, r->world);
}

static void
remember(struct stack_reader *r, const struct stack_resource *resource)
{
    const struct stack_resource **slot;
    size_t len = strlen(resource->name);

    if (table_find(&r->whole->by_name, resource->name, len) != NULL)
        return;
    slot = table_add(&r->whole->by_name, resource->name, len);
    *slot = resource;
}

/* How many of a type one parent has at most, as with AWS ("Amazon Aurora quotas", "Quotas for your
 * Application Load Balancers"); what sums them up by the minute relies on it. */
static const struct {
    enum stack_type type;
    unsigned most;
    const char *what;
} crowds[] = {
    { STACK_DB_INSTANCE, 16, "instances" },
    { STACK_TARGET_GROUP, 100, "target groups" },
};

static void
check_crowds(struct stack_reader *r, const struct stack_items *items,
             const struct stack_resource *list)
{
    unsigned *counts = xcalloc(items->count + 1, sizeof *counts);

    for (size_t i = 0; i < items->count; i++) {
        for (size_t c = 0; c < sizeof crowds / sizeof *crowds; c++) {
            if (list[i].type == crowds[c].type && list[i].parent != NULL &&
                ++counts[list[i].parent->number] == crowds[c].most + 1)
                stack_fault_at(r, &items->list[i].place, "parent", "\"%.60s\" has more than %u %s",
                               list[i].parent->name, crowds[c].most, crowds[c].what);
        }
    }
    free(counts);
}

void
stack_read_resources(struct stack_reader *r, const cJSON *own, const cJSON *under)
{
    static const struct stack_place place = { .up = NULL, .key = "resources" };
    struct stack_items items = stack_merge(r, &place, own, under, "name", STACK_RESOURCES_MAX);
    struct stack_resource *list = arena_alloc(r->arena, (items.count + 1) * sizeof *list);
    struct relations *relations = arena_alloc(r->arena, (items.count + 1) * sizeof *relations);

    for (size_t i = 0; i < items.count; i++) {
        list[i].number = i;
        read_resource(r, &items.list[i], &list[i], &relations[i]);
        remember(r, &list[i]);
    }
    for (size_t i = 0; i < items.count; i++)
        relate(r, &items.list[i], &list[i], &relations[i]);
    check_crowds(r, &items, list);
    r->stack->resources = list;
    r->stack->resource_count = items.count;
}
