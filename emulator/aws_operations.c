/* aws_operations.c - the table of AWS operations.
 * SPDX-License-Identifier: MIT
 *
 * A new operation is one handler and one row here; the wire codecs need no change. */
#include "config.h"

#include "emulator/aws_operations.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
const struct aws_operation aws_operations[] = {
    /* service       operation              writes handler */
    { "lambda",     "GetFunction",          false, aws_get_function,
      "the configuration of a function whose log is here" },
    { "lambda",     "GetFunctionConfiguration", false, aws_get_function_configuration,
      "the same without its wrapping" },
    { "lambda",     "ListFunctions",        false, aws_list_functions,
      "functions whose logs are here, with what those say" },
    { "logs",       "CreateLogGroup",       true,  aws_create_log_group,
      "make a log group of class STANDARD; a KMS key is noted, no more" },
    { "logs",       "CreateLogStream",      true,  aws_create_log_stream,
      "make a stream in a log group" },
    { "logs",       "DeleteLogGroup",       true,  aws_delete_log_group,
      "remove a group with lines, streams, filters and tags" },
    { "logs",       "DeleteLogStream",      true,  aws_delete_log_stream,
      "remove a stream with its lines" },
    { "logs",       "DeleteMetricFilter",   true,  aws_delete_metric_filter,
      "remove a metric filter; its metrics stay" },
    { "logs",       "DeleteRetentionPolicy", true, aws_delete_retention_policy,
      "keep a group's lines until the size cap" },
    { "logs",       "DeleteSubscriptionFilter", true, aws_delete_subscription_filter,
      "remove a subscription filter" },
    { "logs",       "DescribeLogGroups",    false, aws_describe_log_groups,
      "groups by a prefix or a part of the name" },
    { "logs",       "DescribeLogStreams",   false, aws_describe_log_streams,
      "streams of a group by name or by last event" },
    { "logs",       "DescribeMetricFilters", false, aws_describe_metric_filters,
      "metric filters by group and name, or by metric" },
    { "logs",       "DescribeSubscriptionFilters", false, aws_describe_subscription_filters,
      "subscription filters of a group" },
    { "logs",       "FilterLogEvents",      false, aws_filter_log_events,
      "events of a group that match a filter pattern" },
    { "logs",       "GetLogEvents",         false, aws_get_log_events,
      "events of one stream, page by page, both ways" },
    { "logs",       "ListTagsForResource",  false, aws_list_tags_for_resource,
      "tags of a log group by its ARN" },
    { "logs",       "ListTagsLogGroup",     false, aws_list_tags_log_group,
      "tags of a log group by its name" },
    { "logs",       "PutLogEvents",         true,  aws_put_log_events,
      "add events to a stream; EMF among them becomes metrics" },
    { "logs",       "PutMetricFilter",      true,  aws_put_metric_filter,
      "make metrics of a group's lines, from the next one on" },
    { "logs",       "PutRetentionPolicy",   true,  aws_put_retention_policy,
      "for how many days a group keeps lines, in product time" },
    { "logs",       "PutSubscriptionFilter", true, aws_put_subscription_filter,
      "note a subscription filter; nothing is delivered" },
    { "logs",       "TagLogGroup",          true,  aws_tag_log_group,
      "tag a log group by its name" },
    { "logs",       "TagResource",          true,  aws_tag_resource,
      "tag a log group by its ARN" },
    { "logs",       "TestMetricFilter",     false, aws_test_metric_filter,
      "which of some messages a pattern matches, and what it names" },
    { "logs",       "UntagLogGroup",        true,  aws_untag_log_group,
      "take tags off a log group by its name" },
    { "logs",       "UntagResource",        true,  aws_untag_resource,
      "take tags off a log group by its ARN" },
    { "logs",       "StartLiveTail",        false, aws_start_live_tail,
      "new lines of up to ten groups as they come, 500 a second" },
    { "monitoring", "GetMetricData",        false, aws_get_metric_data,
      "500 metrics and expressions: all statistics, math" },
    { "monitoring", "GetMetricStatistics",  false, aws_get_metric_statistics,
      "one metric with several statistics, trimmed ones too" },
    { "monitoring", "ListMetrics",          false, aws_list_metrics,
      "metrics by namespace, name and dimensions" },
    { "monitoring", "PutMetricData",        true,  aws_put_metric_data,
      "add values, values with counts, or statistic sets" },
    { "sts",        "AssumeRole",           false, aws_assume_role,
      "temporary keys of any role, without policies" },
    { "sts",        "AssumeRoleWithWebIdentity", false, aws_assume_role_with_web_identity,
      "the same for any web identity token, unsigned" },
    { "sts",        "GetCallerIdentity",    false, aws_get_caller_identity,
      "the account and access key of the caller" },
    { "sts",        "GetSessionToken",      false, aws_get_session_token,
      "temporary keys of the caller" },
    { NULL, NULL, false, NULL, NULL },
};
/* clang-format on */

bool
aws_operation_is_open(const struct aws_operation *op)
{
    return op->handle == aws_assume_role_with_web_identity;
}

const struct aws_operation *
aws_operation_find(const char *service, const char *name)
{
    for (const struct aws_operation *op = aws_operations; op->name != NULL; op++) {
        if (strcmp(op->service, service) == 0 && strcmp(op->name, name) == 0)
            return op;
    }
    return NULL;
}
