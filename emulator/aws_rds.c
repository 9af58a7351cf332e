/* aws_rds.c - RDS: the stack's Aurora clusters and their instances.
 * SPDX-License-Identifier: MIT
 *
 * A stack says class, version and sizes of a database. What else is told are the values that
 * CreateDBCluster and CreateDBInstance give a cluster when they are not asked for others; members
 * that would have to be made up (subnets, certificates, keys) are left out. */
#include "config.h"

#include "emulator/aws_rds.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/day.h"
#include "base/json.h"
#include "base/text.h"
#include "domain/stack_type.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/parts.h"

#define NAME_MAX_RDS   255
#define RECORDS_MIN    20
#define RECORDS_MAX    100
#define PORT           5432
#define MASTER         "postgres"
#define RETENTION_DAYS 1               /* of backups: the default */
#define RESTORABLE_MS  INT64_C(300000) /* Aurora restores to within five minutes */
#define WINDOW_MINUTES 30
#define DAY_MINUTES    1440
#define PI_DAYS        7 /* of Performance Insights: what is free */
#define PROMOTION_TIER 1

/* --- filters and pages --- */

static enum status
read_filter(struct aws_call *call, const struct awsvalue *in, const char *const *known,
            struct rds_filter *out)
{
    static const char *const members[] = { "Name", "Values", NULL };
    struct awslist list = { 0 };
    const char **values;
    enum status st = aws_only(in, members);

    if (st == OK)
        st = awsvalue_string(in, "Name", AWS_REQUIRED, 1, NAME_MAX_RDS, &out->name);
    if (st == OK)
        st = awsvalue_list(in, "Values", AWS_REQUIRED, 1, RDS_FILTERS_MAX, &list);
    if (st != OK)
        return st;
    while (*known != NULL && strcmp(*known, out->name) != 0)
        known++;
    if (*known == NULL)
        return wire_error_set(call->error, 400, call->in.service->invalid_code,
                              "Unrecognized filter name: %.100s", out->name);
    values = arena_alloc(call->arena, list.count * sizeof *values);
    while (st == OK && awslist_next(&list))
        st = awslist_string(&list, 1, NAME_MAX_RDS, &values[out->count++]);
    out->values = values;
    return st;
}

enum status
rds_filters_read(struct aws_call *call, const char *const *known, struct rds_filters *out)
{
    struct awslist list = { 0 };
    enum status st = awsvalue_list(&call->in, "Filters", AWS_OPTIONAL, 0, RDS_FILTERS_MAX, &list);

    *out = (struct rds_filters){ 0 };
    while (st == OK && awslist_next(&list)) {
        struct awsvalue in;

        st = awslist_struct(&list, &in);
        if (st == OK)
            st = read_filter(call, &in, known, &out->items[out->count++]);
    }
    return st;
}

bool
rds_filters_pass(const struct rds_filters *filters, const char *name, const char *text)
{
    for (size_t i = 0; i < filters->count; i++) {
        const struct rds_filter *f = &filters->items[i];
        size_t n = 0;

        if (strcmp(f->name, name) != 0)
            continue;
        while (n < f->count && strcasecmp(f->values[n], text) != 0)
            n++;
        if (n == f->count)
            return false;
    }
    return true;
}

bool
rds_filters_pass_resource(const struct rds_filters *filters, const char *name,
                          const struct stack_resource *resource)
{
    return rds_filters_pass(filters, name, resource->name) ||
           rds_filters_pass(filters, name, resource->arn);
}

enum status
rds_page_read(struct aws_call *call, uint64_t scope, struct inventory_page *page)
{
    int64_t limit = RECORDS_MAX;
    enum status st = inventory_page_read(call, scope, "Marker", page);

    if (st == OK)
        st = awsvalue_int(&call->in, "MaxRecords", AWS_OPTIONAL, INT32_MIN, INT32_MAX, &limit);
    if (st == OK && (limit < RECORDS_MIN || limit > RECORDS_MAX))
        return wire_error_set(call->error, 400, call->in.service->invalid_code,
                              "Invalid value %lld for MaxRecords. Must be between %d and %d",
                              (long long)limit, RECORDS_MIN, RECORDS_MAX);
    page->limit = (size_t)limit;
    return st;
}

void
rds_page_end(struct aws_call *call, const struct inventory_page *page, const char *more)
{
    const char *token = inventory_page_token(call, page, more);

    if (token != NULL)
        cJSON_AddStringToObject(call->out, "Marker", token);
}

/* --- what follows from a resource --- */

/* A minute of the day that stays the same for a cluster. */
static int64_t
minute_of(const struct stack_resource *cluster, const char *what)
{
    uint64_t hash =
        text_hash(cluster->id, strlen(cluster->id), text_hash(what, strlen(what), TEXT_HASH_SEED));

    return (int64_t)((hash ^ hash >> 29) % DAY_MINUTES);
}

int64_t
rds_backup_ms(const struct stack_resource *cluster)
{
    /* some minutes into the window */
    return (minute_of(cluster, "backup") + minute_of(cluster, "delay") % (WINDOW_MINUTES / 2)) %
           DAY_MINUTES * 60000;
}

static const char *
window(struct aws_call *call, int64_t minute)
{
    int64_t end = (minute + WINDOW_MINUTES) % DAY_MINUTES;

    return arena_printf(call->arena, "%02d:%02d-%02d:%02d", (int)(minute / 60), (int)(minute % 60),
                        (int)(end / 60), (int)(end % 60));
}

static const char *
maintenance_window(struct aws_call *call, const struct stack_resource *r)
{
    static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
    int64_t minute = minute_of(r, "maintenance") % (DAY_MINUTES - WINDOW_MINUTES);
    const char *day = days[minute_of(r, "day") % 7];
    const char *times = window(call, minute);

    return arena_printf(call->arena, "%s:%.5s-%s:%s", day, times, day, times + 6);
}

const struct stack_resource *
rds_member(const struct aws_call *call, const struct stack_resource *cluster,
           const struct stack_resource *after)
{
    do
        after = inventory_next(call, STACK_DB_INSTANCE, after);
    while (after != NULL && after->parent != cluster);
    return after;
}

int64_t
rds_own_connections(const struct aws_call *call, const struct stack_resource *cluster)
{
    const struct stack_resource *writer = rds_member(call, cluster, NULL);
    double most = writer == NULL ? 0 : writer->sizes[STACK_MAX_CONNECTIONS];

    if (writer == NULL || most == stack_max_connections(writer->sizes[STACK_MEMORY_GIB]))
        return 0;
    return (int64_t)most;
}

const char *
rds_parameter_group(struct aws_call *call, const struct stack_resource *cluster)
{
    const char *version = cluster->words[STACK_VERSION];

    assert(version != NULL); /* a cluster without one is refused when the file is read */
    if (rds_own_connections(call, cluster) != 0)
        return arena_printf(call->arena, "%s-parameters", cluster->name);
    return arena_printf(call->arena, "default." RDS_ENGINE "%.*s", (int)strcspn(version, "."),
                        version);
}

/* Ten letters that all endpoints of an account share in a region. */
static const char *
endpoint(struct aws_call *call, const struct stack_resource *r, const char *kind)
{
    const struct stack *stack = emulator_stack(call->em);

    return arena_printf(call->arena, "%s.%s%s.%s.rds.amazonaws.com", r->name, kind,
                        inventory_digits(call, stack->account, 12), stack->region);
}

static const char *
zone(struct aws_call *call, size_t number)
{
    return arena_printf(call->arena, "%s%c", emulator_stack(call->em)->region,
                        (char)('a' + number % 3));
}

static void
add_tags(cJSON *out, const struct stack_resource *r)
{
    cJSON *tags = cJSON_CreateArray();

    for (size_t i = 0; i < r->tag_count; i++) {
        cJSON *tag = cJSON_CreateObject();

        cJSON_AddStringToObject(tag, "Key", r->tags[i].key);
        cJSON_AddStringToObject(tag, "Value", r->tags[i].value);
        cJSON_AddItemToArray(tags, tag);
    }
    cJSON_AddItemToObject(out, "TagList", tags);
}

/* --- clusters --- */

static void
add_members(struct aws_call *call, cJSON *out, const struct stack_resource *cluster)
{
    cJSON *zones = cJSON_CreateArray(), *members = cJSON_CreateArray();
    const struct stack_resource *r = NULL;
    size_t count = 0;

    for (size_t i = 0; i < 3; i++)
        cJSON_AddItemToArray(zones, cJSON_CreateString(zone(call, i)));
    while ((r = rds_member(call, cluster, r)) != NULL) {
        cJSON *member = cJSON_CreateObject();

        cJSON_AddStringToObject(member, "DBInstanceIdentifier", r->name);
        cJSON_AddBoolToObject(member, "IsClusterWriter", count++ == 0);
        cJSON_AddStringToObject(member, "DBClusterParameterGroupStatus", "in-sync");
        cJSON_AddNumberToObject(member, "PromotionTier", PROMOTION_TIER);
        cJSON_AddItemToArray(members, member);
    }
    cJSON_AddItemToObject(out, "AvailabilityZones", zones);
    cJSON_AddItemToObject(out, "DBClusterMembers", members);
    cJSON_AddBoolToObject(out, "MultiAZ", count > 1);
}

static void
add_restorable(struct aws_call *call, cJSON *out, const struct stack_resource *cluster)
{
    int64_t latest = call->now_ms - call->now_ms % RESTORABLE_MS;
    int64_t earliest = call->now_ms - RETENTION_DAYS * DAY_MS;

    if (earliest < cluster->created_ms)
        earliest = cluster->created_ms;
    cJSON_AddItemToObject(out, "EarliestRestorableTime", json_time(earliest));
    cJSON_AddItemToObject(out, "LatestRestorableTime",
                          json_time(latest < earliest ? earliest : latest));
}

static void
add_empty(cJSON *out, const char *const *lists, size_t count)
{
    for (size_t i = 0; i < count; i++)
        cJSON_AddArrayToObject(out, lists[i]);
}

static cJSON *
describe_cluster(struct aws_call *call, const struct stack_resource *r)
{
    static const char *const empty[] = { "ReadReplicaIdentifiers", "VpcSecurityGroups",
                                         "AssociatedRoles", "DomainMemberships" };
    cJSON *out = cJSON_CreateObject();

    cJSON_AddNumberToObject(out, "AllocatedStorage", 1); /* Aurora's storage grows by itself */
    cJSON_AddNumberToObject(out, "BackupRetentionPeriod", RETENTION_DAYS);
    cJSON_AddStringToObject(out, "DBClusterIdentifier", r->name);
    cJSON_AddStringToObject(out, "DBClusterParameterGroup", rds_parameter_group(call, r));
    cJSON_AddStringToObject(out, "DBSubnetGroup", "default");
    cJSON_AddStringToObject(out, "Status", "available");
    cJSON_AddStringToObject(out, "Endpoint", endpoint(call, r, "cluster-"));
    cJSON_AddStringToObject(out, "ReaderEndpoint", endpoint(call, r, "cluster-ro-"));
    cJSON_AddNumberToObject(out, "Port", PORT);
    cJSON_AddStringToObject(out, "Engine", RDS_ENGINE);
    cJSON_AddStringToObject(out, "EngineVersion", r->words[STACK_VERSION]);
    cJSON_AddStringToObject(out, "EngineMode", "provisioned");
    cJSON_AddStringToObject(out, "MasterUsername", MASTER);
    cJSON_AddStringToObject(out, "PreferredBackupWindow", window(call, minute_of(r, "backup")));
    cJSON_AddStringToObject(out, "PreferredMaintenanceWindow", maintenance_window(call, r));
    cJSON_AddStringToObject(out, "DbClusterResourceId", r->id);
    cJSON_AddStringToObject(out, "DBClusterArn", r->arn);
    cJSON_AddStringToObject(out, "StorageType", "aurora");
    cJSON_AddBoolToObject(out, "StorageEncrypted", false);
    cJSON_AddBoolToObject(out, "IAMDatabaseAuthenticationEnabled", false);
    cJSON_AddBoolToObject(out, "DeletionProtection", false);
    cJSON_AddBoolToObject(out, "HttpEndpointEnabled", false);
    cJSON_AddBoolToObject(out, "CopyTagsToSnapshot", false);
    cJSON_AddBoolToObject(out, "CrossAccountClone", false);
    cJSON_AddBoolToObject(out, "GlobalWriteForwardingRequested", false);
    cJSON_AddStringToObject(out, "NetworkType", "IPV4");
    cJSON_AddBoolToObject(out, "AutoMinorVersionUpgrade", true);
    cJSON_AddItemToObject(out, "ClusterCreateTime", json_time(r->created_ms));
    add_restorable(call, out, r);
    add_members(call, out, r);
    add_empty(out, empty, sizeof empty / sizeof empty[0]);
    add_tags(out, r);
    return out;
}

static bool
is_wanted_cluster(const struct rds_filters *filters, const struct stack_resource *r)
{
    /* nothing here is a clone or belongs to a domain */
    return rds_filters_pass_resource(filters, "db-cluster-id", r) &&
           rds_filters_pass(filters, "db-cluster-resource-id", r->id) &&
           rds_filters_pass(filters, "engine", RDS_ENGINE) &&
           rds_filters_pass(filters, "clone-group-id", "") &&
           rds_filters_pass(filters, "domain", "");
}

static enum status
not_found(struct aws_call *call, const char *code, const char *what, const char *name)
{
    return wire_error_set(call->error, 404, code, "%s %.255s not found.", what, name);
}

/* What DescribeDBClusters and DescribeDBInstances differ in. */
struct rds_listing {
    const char *operation, *identifier; /* the parameter that names one */
    const char *const *parameters;      /* all of them */
    const char *const *filters;
    enum stack_type type;
    const char *fault, *noun; /* when there is none of that name */
    const char *list;         /* of the answer */
    bool (*is_wanted)(const struct rds_filters *filters, const struct stack_resource *r);
    cJSON *(*describe)(struct aws_call *call, const struct stack_resource *r);
};

static cJSON *
list_page(struct aws_call *call, const struct rds_listing *of, const struct rds_filters *filters,
          const char *name, struct inventory_page *page)
{
    const struct stack_resource *r = NULL;
    cJSON *list = cJSON_CreateArray();

    while (!inventory_page_is_over(page) && (r = inventory_next(call, of->type, r)) != NULL) {
        if (name != NULL && !inventory_is_named(r, name, true))
            continue;
        if (of->is_wanted(filters, r) && inventory_page_takes(page, r->number + 1))
            cJSON_AddItemToArray(list, of->describe(call, r));
    }
    return list;
}

static enum status
describe_listing(struct aws_call *call, const struct rds_listing *of)
{
    const char *const keys[] = { of->identifier, "Filters", NULL };
    const uint64_t scope = aws_token_scope(of->operation, &call->in, keys);
    struct inventory_page page = { 0 };
    struct rds_filters filters;
    const char *name = NULL;
    bool is_shared = false;
    enum status st = aws_only(&call->in, of->parameters);

    if (st == OK)
        st = awsvalue_string(&call->in, of->identifier, AWS_OPTIONAL, 1, NAME_MAX_RDS, &name);
    if (st == OK) /* no other account shares any with this one */
        st = awsvalue_bool(&call->in, "IncludeShared", AWS_OPTIONAL, &is_shared);
    if (st == OK)
        st = rds_filters_read(call, of->filters, &filters);
    if (st == OK)
        st = rds_page_read(call, scope, &page);
    if (st != OK)
        return st;
    if (name != NULL && inventory_find(call, of->type, name, true) == NULL)
        return not_found(call, of->fault, of->noun, name);
    call->out = cJSON_CreateObject();
    cJSON_AddItemToObject(call->out, of->list, list_page(call, of, &filters, name, &page));
    rds_page_end(call, &page, "");
    return OK;
}

enum status
aws_describe_db_clusters(struct aws_call *call)
{
    static const char *const parameters[] = { "DBClusterIdentifier", "Filters",
                                              "MaxRecords",          "Marker",
                                              "IncludeShared",       NULL };
    static const char *const filters[] = {
        "clone-group-id", "db-cluster-id", "db-cluster-resource-id", "domain", "engine", NULL
    };
    static const struct rds_listing listing = {
        .operation = "DescribeDBClusters",
        .identifier = "DBClusterIdentifier",
        .parameters = parameters,
        .filters = filters,
        .type = STACK_DB_CLUSTER,
        .fault = "DBClusterNotFoundFault",
        .noun = "DBCluster",
        .list = "DBClusters",
        .is_wanted = is_wanted_cluster,
        .describe = describe_cluster,
    };

    return describe_listing(call, &listing);
}

/* --- instances --- */

/* Where it stands among the instances of its cluster, from 0. */
static size_t
place_in_cluster(const struct aws_call *call, const struct stack_resource *instance)
{
    const struct stack_resource *r = NULL;
    size_t place = 0;

    while ((r = rds_member(call, instance->parent, r)) != NULL && r != instance)
        place++;
    return place;
}

static const char *
status_of(struct aws_call *call, const struct stack_resource *r)
{
    const struct stack *stack = emulator_stack(call->em);

    for (size_t i = 0; i < stack->incident_count; i++) {
        const struct stack_incident *incident = &stack->incidents[i];

        if (call->now_ms < incident->from_ms || call->now_ms >= incident->from_ms + RDS_RESTART_MS)
            continue;
        for (size_t n = 0; n < incident->effect_count; n++) {
            if (incident->effects[n].kind == STACK_RESTART && incident->effects[n].resource == r)
                return "rebooting";
        }
    }
    return "available";
}

static void
add_groups(struct aws_call *call, cJSON *out, const struct stack_resource *r)
{
    cJSON *groups = cJSON_CreateArray(), *group = cJSON_CreateObject();
    const char *version = r->parent->words[STACK_VERSION];
    const char *name;

    assert(version != NULL);
    name = arena_printf(call->arena, "default." RDS_ENGINE "%.*s", (int)strcspn(version, "."),
                        version);
    cJSON_AddStringToObject(group, "DBParameterGroupName", name);
    cJSON_AddStringToObject(group, "ParameterApplyStatus", "in-sync");
    cJSON_AddItemToArray(groups, group);
    cJSON_AddItemToObject(out, "DBParameterGroups", groups);
    groups = cJSON_AddArrayToObject(out, "OptionGroupMemberships");
    group = cJSON_CreateObject();
    cJSON_AddStringToObject(group, "OptionGroupName",
                            arena_printf(call->arena, "default:" RDS_ENGINE "-%.*s",
                                         (int)strcspn(version, "."), version));
    cJSON_AddStringToObject(group, "Status", "in-sync");
    cJSON_AddItemToArray(groups, group);
}

static cJSON *
describe_instance(struct aws_call *call, const struct stack_resource *r)
{
    static const char *const empty[] = { "DBSecurityGroups", "VpcSecurityGroups",
                                         "ReadReplicaDBInstanceIdentifiers", "DomainMemberships" };
    cJSON *out = cJSON_CreateObject(), *address;

    cJSON_AddStringToObject(out, "DBInstanceIdentifier", r->name);
    cJSON_AddStringToObject(out, "DBInstanceClass", r->words[STACK_CLASS]);
    cJSON_AddStringToObject(out, "Engine", RDS_ENGINE);
    cJSON_AddStringToObject(out, "EngineVersion", r->parent->words[STACK_VERSION]);
    cJSON_AddStringToObject(out, "DBInstanceStatus", status_of(call, r));
    cJSON_AddStringToObject(out, "MasterUsername", MASTER);
    address = cJSON_AddObjectToObject(out, "Endpoint");
    cJSON_AddStringToObject(address, "Address", endpoint(call, r, ""));
    cJSON_AddNumberToObject(address, "Port", PORT);
    cJSON_AddNumberToObject(out, "DbInstancePort", 0); /* the endpoint has it */
    cJSON_AddNumberToObject(out, "AllocatedStorage", 1);
    cJSON_AddStringToObject(out, "StorageType", "aurora");
    cJSON_AddItemToObject(out, "InstanceCreateTime", json_time(r->created_ms));
    cJSON_AddNumberToObject(out, "BackupRetentionPeriod", RETENTION_DAYS);
    cJSON_AddStringToObject(out, "PreferredBackupWindow",
                            window(call, minute_of(r->parent, "backup")));
    cJSON_AddStringToObject(out, "PreferredMaintenanceWindow", maintenance_window(call, r));
    cJSON_AddStringToObject(out, "AvailabilityZone", zone(call, place_in_cluster(call, r)));
    cJSON_AddStringToObject(out, "DBClusterIdentifier", r->parent->name);
    cJSON_AddStringToObject(out, "DbiResourceId", r->id);
    cJSON_AddStringToObject(out, "DBInstanceArn", r->arn);
    cJSON_AddStringToObject(out, "LicenseModel", "postgresql-license");
    cJSON_AddStringToObject(out, "NetworkType", "IPV4");
    cJSON_AddNumberToObject(out, "PromotionTier", PROMOTION_TIER);
    cJSON_AddNumberToObject(out, "MonitoringInterval", 0);
    cJSON_AddBoolToObject(out, "MultiAZ", false);
    cJSON_AddBoolToObject(out, "AutoMinorVersionUpgrade", true);
    cJSON_AddBoolToObject(out, "PubliclyAccessible", false);
    cJSON_AddBoolToObject(out, "StorageEncrypted", false);
    cJSON_AddBoolToObject(out, "CopyTagsToSnapshot", false);
    cJSON_AddBoolToObject(out, "IAMDatabaseAuthenticationEnabled", false);
    cJSON_AddBoolToObject(out, "DeletionProtection", false);
    cJSON_AddBoolToObject(out, "PerformanceInsightsEnabled", true); /* it is answered for */
    cJSON_AddNumberToObject(out, "PerformanceInsightsRetentionPeriod", PI_DAYS);
    cJSON_AddStringToObject(out, "DatabaseInsightsMode", "standard");
    add_groups(call, out, r);
    add_empty(out, empty, sizeof empty / sizeof empty[0]);
    add_tags(out, r);
    return out;
}

static bool
is_wanted_instance(const struct rds_filters *filters, const struct stack_resource *r)
{
    return rds_filters_pass_resource(filters, "db-cluster-id", r->parent) &&
           rds_filters_pass_resource(filters, "db-instance-id", r) &&
           rds_filters_pass(filters, "dbi-resource-id", r->id) &&
           rds_filters_pass(filters, "engine", RDS_ENGINE) &&
           rds_filters_pass(filters, "domain", "");
}

enum status
aws_describe_db_instances(struct aws_call *call)
{
    static const char *const parameters[] = { "DBInstanceIdentifier", "Filters", "MaxRecords",
                                              "Marker", NULL };
    static const char *const filters[] = { "db-cluster-id", "db-instance-id", "dbi-resource-id",
                                           "domain",        "engine",         NULL };
    static const struct rds_listing listing = {
        .operation = "DescribeDBInstances",
        .identifier = "DBInstanceIdentifier",
        .parameters = parameters,
        .filters = filters,
        .type = STACK_DB_INSTANCE,
        .fault = "DBInstanceNotFound",
        .noun = "DBInstance",
        .list = "DBInstances",
        .is_wanted = is_wanted_instance,
        .describe = describe_instance,
    };

    return describe_listing(call, &listing);
}
