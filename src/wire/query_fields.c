/* query_fields.c - one table a service, from the services' own API models.
 * SPDX-License-Identifier: MIT
 *
 * A list without elements, a number and a time cannot be told from text, and RDS calls the elements
 * of each list by a name of their own where others say "member". Only what somebody reads, and
 * lists that may be empty, need a row. No name means two things within one service. */
#include "config.h"

#include "wire/query_fields.h"

#include <stddef.h>
#include <string.h>

#define COUNT(A) (sizeof(A) / sizeof((A)[0]))

/* clang-format off */
/* 2010-08-01 */
static const struct query_field cloudwatch[] = {
    { "ActionsEnabled",                     QUERY_BOOL,   NULL, QUERY_TEXT },
    { "ActionsSuppressorExtensionPeriod",   QUERY_NUMBER, NULL, QUERY_TEXT },
    { "ActionsSuppressorWaitPeriod",        QUERY_NUMBER, NULL, QUERY_TEXT },
    { "AlarmActions",                       QUERY_LIST,   NULL, QUERY_TEXT },
    { "AlarmConfigurationUpdatedTimestamp", QUERY_TIME,   NULL, QUERY_TEXT },
    { "AlarmHistoryItems",                  QUERY_LIST,   NULL, QUERY_TEXT },
    { "Average",                            QUERY_NUMBER, NULL, QUERY_TEXT },
    { "CompositeAlarms",                    QUERY_LIST,   NULL, QUERY_TEXT },
    { "Datapoints",                         QUERY_LIST,   NULL, QUERY_TEXT },
    { "DatapointsToAlarm",                  QUERY_NUMBER, NULL, QUERY_TEXT },
    { "Dimensions",                         QUERY_LIST,   NULL, QUERY_TEXT },
    { "EvaluationPeriods",                  QUERY_NUMBER, NULL, QUERY_TEXT },
    { "InsufficientDataActions",            QUERY_LIST,   NULL, QUERY_TEXT },
    { "Maximum",                            QUERY_NUMBER, NULL, QUERY_TEXT },
    { "Messages",                           QUERY_LIST,   NULL, QUERY_TEXT },
    { "MetricAlarms",                       QUERY_LIST,   NULL, QUERY_TEXT },
    { "MetricDataResults",                  QUERY_LIST,   NULL, QUERY_TEXT },
    { "Metrics",                            QUERY_LIST,   NULL, QUERY_TEXT },
    { "Minimum",                            QUERY_NUMBER, NULL, QUERY_TEXT },
    { "OKActions",                          QUERY_LIST,   NULL, QUERY_TEXT },
    { "OwningAccounts",                     QUERY_LIST,   NULL, QUERY_TEXT },
    { "Period",                             QUERY_NUMBER, NULL, QUERY_TEXT },
    { "ReturnData",                         QUERY_BOOL,   NULL, QUERY_TEXT },
    { "SampleCount",                        QUERY_NUMBER, NULL, QUERY_TEXT },
    { "StateTransitionedTimestamp",         QUERY_TIME,   NULL, QUERY_TEXT },
    { "StateUpdatedTimestamp",              QUERY_TIME,   NULL, QUERY_TEXT },
    { "Sum",                                QUERY_NUMBER, NULL, QUERY_TEXT },
    { "Threshold",                          QUERY_NUMBER, NULL, QUERY_TEXT },
    { "Timestamp",                          QUERY_TIME,   NULL, QUERY_TEXT },
    { "Timestamps",                         QUERY_LIST,   NULL, QUERY_TIME },
    { "Values",                             QUERY_LIST,   NULL, QUERY_NUMBER },
};

/* 2014-10-31: DescribeDBClusters, DescribeDBInstances, DescribeEvents,
 * DescribeDBClusterParameters, and the Filters of all of them */
static const struct query_field rds[] = {
    { "AllocatedStorage",                   QUERY_NUMBER, NULL, QUERY_TEXT },
    { "AssociatedRoles",                    QUERY_LIST,   "DBClusterRole", QUERY_TEXT },
    { "AutoMinorVersionUpgrade",            QUERY_BOOL,   NULL, QUERY_TEXT },
    { "AvailabilityZones",                  QUERY_LIST,   "AvailabilityZone", QUERY_TEXT },
    { "BackupRetentionPeriod",              QUERY_NUMBER, NULL, QUERY_TEXT },
    { "ClusterCreateTime",                  QUERY_TIME,   NULL, QUERY_TEXT },
    { "CopyTagsToSnapshot",                 QUERY_BOOL,   NULL, QUERY_TEXT },
    { "DBClusterMembers",                   QUERY_LIST,   "DBClusterMember", QUERY_TEXT },
    { "DBClusters",                         QUERY_LIST,   "DBCluster", QUERY_TEXT },
    { "DBInstances",                        QUERY_LIST,   "DBInstance", QUERY_TEXT },
    { "DBParameterGroups",                  QUERY_LIST,   "DBParameterGroup", QUERY_TEXT },
    { "DBSecurityGroups",                   QUERY_LIST,   "DBSecurityGroup", QUERY_TEXT },
    { "Date",                               QUERY_TIME,   NULL, QUERY_TEXT },
    { "DeletionProtection",                 QUERY_BOOL,   NULL, QUERY_TEXT },
    { "DomainMemberships",                  QUERY_LIST,   "DomainMembership", QUERY_TEXT },
    { "EarliestRestorableTime",             QUERY_TIME,   NULL, QUERY_TEXT },
    { "EventCategories",                    QUERY_LIST,   "EventCategory", QUERY_TEXT },
    { "Events",                             QUERY_LIST,   "Event", QUERY_TEXT },
    { "Filters",                            QUERY_LIST,   "Filter", QUERY_TEXT },
    { "HttpEndpointEnabled",                QUERY_BOOL,   NULL, QUERY_TEXT },
    { "IAMDatabaseAuthenticationEnabled",   QUERY_BOOL,   NULL, QUERY_TEXT },
    { "InstanceCreateTime",                 QUERY_TIME,   NULL, QUERY_TEXT },
    { "Iops",                               QUERY_NUMBER, NULL, QUERY_TEXT },
    { "IsClusterWriter",                    QUERY_BOOL,   NULL, QUERY_TEXT },
    { "IsModifiable",                       QUERY_BOOL,   NULL, QUERY_TEXT },
    { "LatestRestorableTime",               QUERY_TIME,   NULL, QUERY_TEXT },
    { "MaxCapacity",                        QUERY_NUMBER, NULL, QUERY_TEXT },
    { "MinCapacity",                        QUERY_NUMBER, NULL, QUERY_TEXT },
    { "MonitoringInterval",                 QUERY_NUMBER, NULL, QUERY_TEXT },
    { "MultiAZ",                            QUERY_BOOL,   NULL, QUERY_TEXT },
    { "OptionGroupMemberships",             QUERY_LIST,   "OptionGroupMembership", QUERY_TEXT },
    { "Parameters",                         QUERY_LIST,   "Parameter", QUERY_TEXT },
    { "PerformanceInsightsEnabled",         QUERY_BOOL,   NULL, QUERY_TEXT },
    { "PerformanceInsightsRetentionPeriod", QUERY_NUMBER, NULL, QUERY_TEXT },
    { "Port",                               QUERY_NUMBER, NULL, QUERY_TEXT },
    { "PromotionTier",                      QUERY_NUMBER, NULL, QUERY_TEXT },
    { "PubliclyAccessible",                 QUERY_BOOL,   NULL, QUERY_TEXT },
    { "ReadReplicaDBInstanceIdentifiers",   QUERY_LIST,   "ReadReplicaDBInstanceIdentifier", QUERY_TEXT },
    { "ReadReplicaIdentifiers",             QUERY_LIST,   "ReadReplicaIdentifier", QUERY_TEXT },
    { "SecondsUntilAutoPause",              QUERY_NUMBER, NULL, QUERY_TEXT },
    { "StorageEncrypted",                   QUERY_BOOL,   NULL, QUERY_TEXT },
    { "Subnets",                            QUERY_LIST,   "Subnet", QUERY_TEXT },
    { "TagList",                            QUERY_LIST,   "Tag", QUERY_TEXT },
    { "Values",                             QUERY_LIST,   "Value", QUERY_TEXT },
    { "VpcSecurityGroups",                  QUERY_LIST,   "VpcSecurityGroupMembership", QUERY_TEXT },
};

/* 2015-12-01: DescribeLoadBalancers, DescribeTargetGroups, DescribeTargetHealth, DescribeTags */
static const struct query_field load_balancing[] = {
    { "AvailabilityZones",          QUERY_LIST,   NULL, QUERY_TEXT },
    { "CreatedTime",                QUERY_TIME,   NULL, QUERY_TEXT },
    { "HealthCheckEnabled",         QUERY_BOOL,   NULL, QUERY_TEXT },
    { "HealthCheckIntervalSeconds", QUERY_NUMBER, NULL, QUERY_TEXT },
    { "HealthCheckTimeoutSeconds",  QUERY_NUMBER, NULL, QUERY_TEXT },
    { "HealthyThresholdCount",      QUERY_NUMBER, NULL, QUERY_TEXT },
    { "LoadBalancerAddresses",      QUERY_LIST,   NULL, QUERY_TEXT },
    { "LoadBalancerArns",           QUERY_LIST,   NULL, QUERY_TEXT },
    { "LoadBalancers",              QUERY_LIST,   NULL, QUERY_TEXT },
    { "Port",                       QUERY_NUMBER, NULL, QUERY_TEXT },
    { "SecurityGroups",             QUERY_LIST,   NULL, QUERY_TEXT },
    { "TagDescriptions",            QUERY_LIST,   NULL, QUERY_TEXT },
    { "Tags",                       QUERY_LIST,   NULL, QUERY_TEXT },
    { "TargetGroups",               QUERY_LIST,   NULL, QUERY_TEXT },
    { "TargetHealthDescriptions",   QUERY_LIST,   NULL, QUERY_TEXT },
    { "UnhealthyThresholdCount",    QUERY_NUMBER, NULL, QUERY_TEXT },
};

static const struct {
    const char *service;
    const struct query_field *fields;
    size_t count;
} tables[] = {
    { "monitoring",           cloudwatch,     COUNT(cloudwatch) },
    { "rds",                  rds,            COUNT(rds) },
    { "elasticloadbalancing", load_balancing, COUNT(load_balancing) },
};
/* clang-format on */

const struct query_field *
query_field_find(const struct wire_service *service, const char *name)
{
    for (size_t t = 0; t < COUNT(tables); t++) {
        if (strcmp(tables[t].service, service->name) != 0)
            continue;
        for (size_t i = 0; i < tables[t].count; i++) {
            if (strcmp(tables[t].fields[i].name, name) == 0)
                return &tables[t].fields[i];
        }
    }
    return NULL;
}

const char *
query_field_item(const struct wire_service *service, const char *list)
{
    const struct query_field *field = list == NULL ? NULL : query_field_find(service, list);

    return field == NULL || field->item == NULL ? "member" : field->item;
}
