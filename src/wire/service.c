/* service.c - the table of AWS services (names from the services' own API models).
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "wire/service.h"

#include <stddef.h>
#include <string.h>

/* The error names of a service whose model has nothing special. */
#define PLAIN_ERRORS .missing_code = "ValidationException", .invalid_code = "ValidationException"

const struct wire_service wire_services[] = {
    {
        .name = "monitoring",
        .title = "CloudWatch",
        .target = "GraniteServiceVersion20100801",
        .json_version = "1.0",
        .cbor_name = "GraniteServiceVersion20100801",
        .shapes = "com.amazonaws.cloudwatch",
        .query_version = "2010-08-01",
        .xmlns = "http://monitoring.amazonaws.com/doc/2010-08-01/",
        .missing_code = "MissingRequiredParameterException",
        .invalid_code = "InvalidParameterValueException",
    },
    {
        .name = "logs",
        .title = "CloudWatch Logs",
        .target = "Logs_20140328",
        .json_version = "1.1",
        .missing_code = "InvalidParameterException",
        .invalid_code = "InvalidParameterException",
    },
    {
        .name = "lambda",
        .title = "Lambda",
        .rest_version = "2015-03-31",
        .missing_code = "InvalidParameterValueException",
        .invalid_code = "InvalidParameterValueException",
    },
    {
        .name = "ce",
        .title = "Cost Explorer",
        .target = "AWSInsightsIndexService",
        .json_version = "1.1",
        PLAIN_ERRORS,
    },
    {
        .name = "budgets",
        .title = "Budgets",
        .target = "AWSBudgetServiceGateway",
        .json_version = "1.1",
        .missing_code = "InvalidParameterException",
        .invalid_code = "InvalidParameterException",
    },
    {
        .name = "tagging",
        .title = "Resource Groups Tagging",
        .target = "ResourceGroupsTaggingAPI_20170126",
        .json_version = "1.1",
        .missing_code = "InvalidParameterException",
        .invalid_code = "InvalidParameterException",
    },
    {
        .name = "rds",
        .title = "RDS",
        .query_version = "2014-10-31",
        .xmlns = "http://rds.amazonaws.com/doc/2014-10-31/",
        .missing_code = "MissingRequiredParameterException",
        .invalid_code = "InvalidParameterValueException",
    },
    {
        .name = "pi",
        .title = "Performance Insights",
        .target = "PerformanceInsightsv20180227",
        .json_version = "1.1",
        .missing_code = "InvalidArgumentException",
        .invalid_code = "InvalidArgumentException",
    },
    {
        .name = "ecs",
        .title = "ECS",
        .target = "AmazonEC2ContainerServiceV20141113",
        .json_version = "1.1",
        .missing_code = "InvalidParameterException",
        .invalid_code = "InvalidParameterException",
    },
    {
        .name = "elasticloadbalancing",
        .title = "Elastic Load Balancing",
        .query_version = "2015-12-01",
        .xmlns = "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
        PLAIN_ERRORS,
    },
    {
        .name = "sts",
        .title = "STS",
        .query_version = "2011-06-15",
        .xmlns = "https://sts.amazonaws.com/doc/2011-06-15/",
        PLAIN_ERRORS,
    },
    {
        .name = "s3",
        .title = "S3",
        .missing_code = "InvalidRequest",
        .invalid_code = "InvalidArgument",
    },
    {
        .name = "secretsmanager",
        .title = "Secrets Manager",
        .target = "secretsmanager",
        .json_version = "1.1",
        .missing_code = "InvalidParameterException",
        .invalid_code = "InvalidParameterException",
    },
    { .name = NULL },
};

static const struct wire_service *
find(size_t column, const char *value)
{
    for (const struct wire_service *s = wire_services; s->name != NULL; s++) {
        const char *const *cell = (const char *const *)(const void *)((const char *)s + column);

        if (*cell != NULL && strcmp(*cell, value) == 0)
            return s;
    }
    return NULL;
}

const struct wire_service *
service_by_name(const char *name)
{
    return find(offsetof(struct wire_service, name), name);
}

const struct wire_service *
service_by_target(const char *target)
{
    return find(offsetof(struct wire_service, target), target);
}

const struct wire_service *
service_by_cbor_name(const char *name)
{
    return find(offsetof(struct wire_service, cbor_name), name);
}

const struct wire_service *
service_by_rest_version(const char *version)
{
    return find(offsetof(struct wire_service, rest_version), version);
}

const struct wire_service *
service_by_query_version(const char *version)
{
    return find(offsetof(struct wire_service, query_version), version);
}
