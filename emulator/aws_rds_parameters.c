/* aws_rds_parameters.c - RDS: the parameters of a cluster's parameter group.
 * SPDX-License-Identifier: MIT
 *
 * A group of Aurora PostgreSQL has some four hundred parameters. Told are those that say how many
 * of something a database takes, or how long it waits, with what AWS says of each. A cluster whose
 * writer has a number of connections of its own in the stack has a group of its own, too. */
#include "config.h"

#include "emulator/aws_rds.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

#define NAME_MAX_RDS    255
#define MAX_CONNECTIONS "max_connections"

struct parameter {
    const char *name;
    const char *value; /* NULL: the engine's own default, which is not told */
    const char *description;
    const char *source;
    const char *apply; /* "static": after a restart */
    const char *allowed;
};

/* As DescribeDBClusterParameters tells of a default group; all are integers that may be
 * changed. */
static const struct parameter parameters[] = {
    { "idle_in_transaction_session_timeout", "86400000",
      "(ms) Sets the maximum allowed duration of any idling transaction.", "system", "dynamic",
      "0-2147483647" },
    { "log_autovacuum_min_duration", "10000",
      "(ms) Sets the minimum execution time above which autovacuum actions will be logged.",
      "system", "dynamic", "-1-2147483647" },
    { "log_min_duration_statement", NULL,
      "(ms) Sets the minimum execution time above which statements will be logged.",
      "engine-default", "dynamic", "-1-2147483647" },
    { "maintenance_work_mem", "GREATEST({DBInstanceClassMemory/63963136*1024},65536)",
      "(kB) Sets the maximum memory to be used for maintenance operations.", "engine-default",
      "dynamic", "1024-2147483647" },
    { MAX_CONNECTIONS, "LEAST({DBInstanceClassMemory/9531392},5000)",
      "Sets the maximum number of concurrent connections.", "system", "static", "6-262143" },
    { "max_locks_per_transaction", "64", "Sets the maximum number of locks per transaction.",
      "engine-default", "static", "10-2147483647" },
    { "max_prepared_transactions", "0",
      "Sets the maximum number of simultaneously prepared transactions.", "engine-default",
      "static", "0-262143" },
    { "max_replication_slots", "20",
      "Sets the maximum number of replication slots that the server can support.", "system",
      "static", "5-262143" },
    { "max_standby_streaming_delay", "14000",
      "(ms) Sets the maximum delay before canceling queries when a hot standby server is "
      "processing streamed WAL data.",
      "engine-default", "dynamic", "1000-30000" },
    { "max_wal_senders", "10",
      "Sets the maximum number of simultaneously running WAL sender processes.", "system", "static",
      "5-262143" },
    { "max_worker_processes", "GREATEST(${DBInstanceVCPU*2},8)",
      "Sets the maximum number of concurrent worker processes.", "engine-default", "static",
      "0-262143" },
};

/* The group's number of connections, 0: it is a default group. E_INVALID: no cluster has it. */
static enum status
find_group(struct aws_call *call, const char *name, int64_t *connections)
{
    const struct stack_resource *r = NULL;

    while ((r = inventory_next(call, STACK_DB_CLUSTER, r)) != NULL) {
        if (strcmp(rds_parameter_group(call, r), name) == 0) {
            *connections = rds_own_connections(call, r);
            return OK;
        }
    }
    return wire_error_set(call->error, 404, "DBParameterGroupNotFound",
                          "DBClusterParameterGroup not found: %.255s", name);
}

static struct parameter
in_group(struct aws_call *call, const struct parameter *p, int64_t connections)
{
    struct parameter out = *p;

    if (connections != 0 && strcmp(p->name, MAX_CONNECTIONS) == 0) {
        out.value = arena_printf(call->arena, "%lld", (long long)connections);
        out.source = "user";
    }
    return out;
}

static cJSON *
describe(const struct parameter *p)
{
    cJSON *out = cJSON_CreateObject(), *modes = cJSON_CreateArray();

    cJSON_AddStringToObject(out, "ParameterName", p->name);
    if (p->value != NULL)
        cJSON_AddStringToObject(out, "ParameterValue", p->value);
    cJSON_AddStringToObject(out, "Description", p->description);
    cJSON_AddStringToObject(out, "Source", p->source);
    cJSON_AddStringToObject(out, "ApplyType", p->apply);
    cJSON_AddStringToObject(out, "DataType", "integer");
    cJSON_AddStringToObject(out, "AllowedValues", p->allowed);
    cJSON_AddBoolToObject(out, "IsModifiable", true);
    cJSON_AddStringToObject(out, "ApplyMethod", "pending-reboot");
    cJSON_AddItemToArray(modes, cJSON_CreateString("provisioned"));
    cJSON_AddItemToObject(out, "SupportedEngineModes", modes);
    return out;
}

static void
answer(struct aws_call *call, int64_t connections, const char *source,
       const struct rds_filters *filters, struct inventory_page *page)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        const struct parameter p = in_group(call, &parameters[i], connections);

        if (source != NULL && strcmp(source, p.source) != 0)
            continue;
        if (rds_filters_pass(filters, "parameter-name", p.name) &&
            inventory_page_takes(page, i + 1))
            cJSON_AddItemToArray(list, describe(&p));
    }
    call->out = cJSON_CreateObject();
    cJSON_AddItemToObject(call->out, "Parameters", list);
    rds_page_end(call, page, "");
}

enum status
aws_describe_db_cluster_parameters(struct aws_call *call)
{
    static const char *const known[] = {
        "DBClusterParameterGroupName", "Source", "Filters", "MaxRecords", "Marker", NULL
    };
    static const char *const keys[] = { "DBClusterParameterGroupName", "Source", "Filters", NULL };
    static const char *const filter_names[] = { "parameter-name", NULL };
    const uint64_t scope = aws_token_scope("DescribeDBClusterParameters", &call->in, keys);
    const char *group = NULL, *source = NULL;
    struct inventory_page page = { 0 };
    struct rds_filters filters;
    int64_t connections = 0;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_string(&call->in, "DBClusterParameterGroupName", AWS_REQUIRED, 1,
                             NAME_MAX_RDS, &group);
    if (st == OK)
        st = awsvalue_string(&call->in, "Source", AWS_OPTIONAL, 1, NAME_MAX_RDS, &source);
    if (st == OK)
        st = rds_filters_read(call, filter_names, &filters);
    if (st == OK)
        st = rds_page_read(call, scope, &page);
    if (st == OK)
        st = find_group(call, group, &connections);
    if (st == OK)
        answer(call, connections, source, &filters, &page);
    return st;
}
