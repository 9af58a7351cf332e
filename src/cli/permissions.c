/* permissions.c - the table of what obsview asks.
 * SPDX-License-Identifier: MIT
 *
 * Which actions can be limited to resources is told by AWS's Service Authorization Reference
 * (2026). A probe is refused for want of the permission before anything else is looked at, so it
 * may ask about what does not exist; prices are those of the CloudWatch price list, us-east-1. */
#include "config.h"

#include "cli/permissions.h"

#include <string.h>

static cJSON *
probe_empty(const struct probe *with)
{
    (void)with;
    return cJSON_CreateObject();
}

static cJSON *
probe_records(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    (void)with;
    cJSON_AddNumberToObject(input, "MaxRecords", 1);
    return input;
}

/* One statistic of one metric, over one minute. */
static cJSON *
probe_metric_data(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();
    cJSON *query = cJSON_CreateObject();
    cJSON *metric = cJSON_CreateObject(), *stat = cJSON_CreateObject();

    cJSON_AddStringToObject(metric, "Namespace", "UserMetrics/Frontend");
    cJSON_AddStringToObject(metric, "MetricName", "LCP");
    cJSON_AddItemToObject(stat, "Metric", metric);
    cJSON_AddNumberToObject(stat, "Period", 60);
    cJSON_AddStringToObject(stat, "Stat", "SampleCount");
    cJSON_AddStringToObject(query, "Id", "q0");
    cJSON_AddItemToObject(query, "MetricStat", stat);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "MetricDataQueries"), query);
    cJSON_AddNumberToObject(input, "StartTime", (double)(with->now_ms / 60000 * 60 - 60));
    cJSON_AddNumberToObject(input, "EndTime", (double)(with->now_ms / 60000 * 60));
    return input;
}

static cJSON *
probe_statistics(const struct probe *with)
{
    static const char *const statistics[] = { "SampleCount" };
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "Namespace", "UserMetrics/Frontend");
    cJSON_AddStringToObject(input, "MetricName", "LCP");
    cJSON_AddNumberToObject(input, "Period", 60);
    cJSON_AddNumberToObject(input, "StartTime", (double)(with->now_ms / 60000 * 60 - 60));
    cJSON_AddNumberToObject(input, "EndTime", (double)(with->now_ms / 60000 * 60));
    cJSON_AddItemToObject(input, "Statistics", cJSON_CreateStringArray(statistics, 1));
    return input;
}

static cJSON *
probe_groups(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    (void)with;
    cJSON_AddNumberToObject(input, "limit", 1);
    return input;
}

/* A moment long ago, one line at most. */
static cJSON *
probe_events(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "logGroupName", with->log_group);
    cJSON_AddNumberToObject(input, "startTime", (double)(with->now_ms - 1000));
    cJSON_AddNumberToObject(input, "endTime", (double)with->now_ms);
    cJSON_AddNumberToObject(input, "limit", 1);
    return input;
}

static cJSON *
probe_query(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    (void)with;
    cJSON_AddStringToObject(input, "queryId", "00000000-0000-0000-0000-000000000000");
    return input;
}

/* A query that no parser takes: it is refused before it reads a line. */
static cJSON *
probe_start_query(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "logGroupName", with->log_group);
    cJSON_AddNumberToObject(input, "startTime", (double)(with->now_ms / 1000 - 1));
    cJSON_AddNumberToObject(input, "endTime", (double)(with->now_ms / 1000));
    cJSON_AddStringToObject(input, "queryString", "|");
    return input;
}

static cJSON *
probe_functions(const struct probe *with)
{
    cJSON *query = cJSON_CreateObject();

    (void)with;
    cJSON_AddStringToObject(query, "MaxItems", "1");
    return query;
}

static cJSON *
probe_clusters(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    (void)with;
    cJSON_AddNumberToObject(input, "maxResults", 1);
    return input;
}

/* What need not exist, by a list of one name. */
static cJSON *
list_of_one(const char *member, const char *name)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddItemToObject(input, member, cJSON_CreateStringArray(&name, 1));
    return input;
}

static cJSON *
probe_service(const struct probe *with)
{
    (void)with;
    return list_of_one("services", "obsview-doctor");
}

static cJSON *
probe_task(const struct probe *with)
{
    (void)with;
    return list_of_one("tasks", "00000000000000000000000000000000");
}

static cJSON *
probe_targets(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    (void)with;
    cJSON_AddNumberToObject(input, "PageSize", 1);
    return input;
}

static cJSON *
probe_target_health(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    (void)with;
    cJSON_AddStringToObject(input, "TargetGroupArn",
                            "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/"
                            "obsview-doctor/0000000000000000");
    return input;
}

static cJSON *
probe_resources(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    (void)with;
    cJSON_AddNumberToObject(input, "ResourcesPerPage", 1);
    return input;
}

static cJSON *
probe_databases(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject();

    (void)with;
    cJSON_AddNumberToObject(input, "MaxRecords", 20); /* the least that RDS takes */
    return input;
}

static cJSON *
probe_parameters(const struct probe *with)
{
    cJSON *input = probe_databases(with);

    cJSON_AddStringToObject(input, "DBClusterParameterGroupName", "obsview-doctor");
    return input;
}

static cJSON *
probe_load(const struct probe *with)
{
    cJSON *input = cJSON_CreateObject(), *query = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "ServiceType", "RDS");
    cJSON_AddStringToObject(input, "Identifier", "db-00000000000000000000000000");
    cJSON_AddStringToObject(query, "Metric", "db.load.avg");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "MetricQueries"), query);
    cJSON_AddNumberToObject(input, "StartTime", (double)(with->now_ms / 60000 * 60 - 60));
    cJSON_AddNumberToObject(input, "EndTime", (double)(with->now_ms / 60000 * 60));
    return input;
}

#define ANY_BUDGET     "the names of an account's budgets are not known before"
#define ANY_COST       "Cost Explorer has no resource for costs"
#define ANY_DATABASE   "it finds out which databases there are"
#define ANY_METRIC     "CloudWatch has no resource for metrics"
#define ANY_ALARM      "composite alarms are only told to who may read all alarms"
#define ANY_QUERY      "CloudWatch Logs has no resource for queries"
#define ANY_TASK       "it finds out which services and tasks there are"
#define NOT_THE_BUCKET "each request costs; obsview sessions asks, and says what it is told"
#define ANY_TARGET     "Elastic Load Balancing has no resource for what only describes"

/* clang-format off */
const struct permission permissions[] = {
    { "budgets:ViewBudget", "costs overview tags health", SCOPE_ALL, ANY_BUDGET,
      AWS_BUDGETS, NULL, 0, NULL, "Budgets wants the account named; the Costs view asks, and says what it is told" },
    { "ce:GetCostAndUsage", "costs overview tags", SCOPE_ALL, ANY_COST,
      AWS_COST_EXPLORER, NULL, 0, NULL, "each request costs a cent" },
    { "ce:ListCostAllocationTags", "costs tags", SCOPE_ALL, ANY_COST,
      AWS_COST_EXPLORER, NULL, 0, NULL, "each request costs a cent" },
    { "cloudwatch:DescribeAlarmHistory", "alarms overview health", SCOPE_ALL, ANY_ALARM,
      AWS_CLOUDWATCH, probe_records, 0, NULL, NULL },
    { "cloudwatch:DescribeAlarms", "alarms overview health", SCOPE_ALL, ANY_ALARM,
      AWS_CLOUDWATCH, probe_records, 0, NULL, NULL },
    { "cloudwatch:GetMetricData", "overview vitals errors lambda aurora costs health alarms", SCOPE_ALL, ANY_METRIC,
      AWS_CLOUDWATCH, probe_metric_data, 10, NULL, NULL },
    { "cloudwatch:GetMetricStatistics", "overview vitals errors lambda aurora costs health alarms", SCOPE_ALL, ANY_METRIC,
      AWS_CLOUDWATCH, probe_statistics, 10, NULL, NULL },
    { "cloudwatch:ListMetrics", "overview vitals errors lambda aurora costs health", SCOPE_ALL, ANY_METRIC,
      AWS_CLOUDWATCH, probe_empty, 10, NULL, NULL },
    { "ecs:DescribeServices", "health", SCOPE_ALL, ANY_TASK, AWS_ECS, probe_service, 0, NULL, NULL },
    { "ecs:DescribeTasks", "health", SCOPE_ALL, ANY_TASK, AWS_ECS, probe_task, 0, NULL, NULL },
    { "ecs:ListClusters", "health", SCOPE_ALL, ANY_TASK, AWS_ECS, probe_clusters, 0, NULL, NULL },
    { "ecs:ListServices", "health", SCOPE_ALL, ANY_TASK, AWS_ECS, probe_clusters, 0, NULL, NULL },
    { "ecs:ListTasks", "health", SCOPE_ALL, ANY_TASK, AWS_ECS, probe_clusters, 0, NULL, NULL },
    { "elasticloadbalancing:DescribeTargetGroups", "health", SCOPE_ALL, ANY_TARGET,
      AWS_ELB, probe_targets, 0, NULL, NULL },
    { "elasticloadbalancing:DescribeTargetHealth", "health", SCOPE_ALL, ANY_TARGET,
      AWS_ELB, probe_target_health, 0, NULL, NULL },
    { "lambda:ListFunctions", "overview lambda aurora health alarms", SCOPE_ALL, "Lambda lists all functions or none",
      AWS_LAMBDA, probe_functions, 0, "/2015-03-31/functions", NULL },
    { "logs:DescribeLogGroups", "overview errors sessions lambda logs privacy", SCOPE_ALL,
      "it finds out which log groups there are", AWS_LOGS, probe_groups, 0, NULL, NULL },
    { "logs:FilterLogEvents", "overview errors sessions lambda logs privacy", SCOPE_GROUPS, NULL,
      AWS_LOGS, probe_events, 0, NULL, NULL },
    { "logs:GetQueryResults", "logs errors", SCOPE_ALL, ANY_QUERY, AWS_LOGS, probe_query, 0, NULL, NULL },
    { "logs:StartLiveTail", "logs", SCOPE_GROUPS, NULL,
      AWS_LOGS, NULL, 0, NULL, "a live tail is paid by the minute" },
    { "logs:StartQuery", "logs errors", SCOPE_GROUPS, NULL,
      AWS_LOGS, probe_start_query, 0, NULL, NULL },
    { "logs:StopQuery", "logs errors", SCOPE_ALL, ANY_QUERY, AWS_LOGS, probe_query, 0, NULL, NULL },
    { "pi:GetResourceMetrics", "aurora", SCOPE_ALL, "its resources are named by ids that RDS alone tells",
      AWS_PI, probe_load, 0, NULL, NULL },
    { "rds:DescribeDBClusterParameters", "aurora overview health", SCOPE_ALL, ANY_DATABASE,
      AWS_RDS, probe_parameters, 0, NULL, NULL },
    { "rds:DescribeDBClusters", "aurora overview health", SCOPE_ALL, ANY_DATABASE,
      AWS_RDS, probe_databases, 0, NULL, NULL },
    { "rds:DescribeDBInstances", "aurora overview health", SCOPE_ALL, ANY_DATABASE,
      AWS_RDS, probe_databases, 0, NULL, NULL },
    { "rds:DescribeEvents", "aurora", SCOPE_ALL, ANY_DATABASE, AWS_RDS, probe_databases, 0, NULL, NULL },
    { "s3:GetEncryptionConfiguration", "sessions", SCOPE_BUCKET, NULL, AWS_S3, NULL, 0, NULL, NOT_THE_BUCKET },
    { "s3:GetLifecycleConfiguration", "sessions", SCOPE_BUCKET, NULL, AWS_S3, NULL, 0, NULL, NOT_THE_BUCKET },
    { "s3:GetObject", "sessions", SCOPE_BUCKET, NULL, AWS_S3, NULL, 0, NULL, NOT_THE_BUCKET },
    { "s3:ListBucket", "sessions", SCOPE_BUCKET, NULL, AWS_S3, NULL, 0, NULL, NOT_THE_BUCKET },
    { "tag:GetResources", "costs tags", SCOPE_ALL, "it finds out which resources there are",
      AWS_TAGGING, probe_resources, 0, NULL, NULL },
    { NULL, NULL, SCOPE_ALL, NULL, AWS_SERVICES, NULL, 0, NULL, NULL },
};
/* clang-format on */

const char *
permission_operation(const struct permission *p)
{
    return strchr(p->action, ':') + 1;
}

bool
permission_is_for(const struct permission *p, const char *view)
{
    size_t len = strlen(view);

    for (const char *at = p->views; *at != '\0'; at += strspn(at, " ")) {
        size_t n = strcspn(at, " ");

        if (n == len && strncmp(at, view, len) == 0)
            return true;
        at += n;
    }
    return false;
}
