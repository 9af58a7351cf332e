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
    /* service, operation, writes, handler */
    { "budgets", "DescribeBudget", false, aws_describe_budget,
      "a budget with what was spent of it and is forecast" },
    { "budgets", "DescribeBudgetPerformanceHistory", false, aws_describe_budget_performance_history,
      "what the months of a budget came to" },
    { "budgets", "DescribeBudgets", false, aws_describe_budgets,
      "all budgets of the stack file" },
    { "budgets", "DescribeNotificationsForBudget", false, aws_describe_notifications_for_budget,
      "a budget's thresholds, and which are passed" },
    { "ce", "GetCostAndUsage", false, aws_get_cost_and_usage,
      "costs by hours, days or months, filtered, in groups" },
    { "ce", "GetCostForecast", false, aws_get_cost_forecast,
      "what days or months to come will cost, an interval" },
    { "ce", "GetDimensionValues", false, aws_get_dimension_values,
      "services, usage types and others that cost anything" },
    { "ce", "GetTags", false, aws_get_tags,
      "active tag keys, or the values of one" },
    { "ce", "ListCostAllocationTags", false, aws_list_cost_allocation_tags,
      "which tag keys costs may be grouped by" },
    { "lambda", "GetFunction", false, aws_get_function,
      "the configuration of a function whose log is here" },
    { "lambda", "GetFunctionConfiguration", false, aws_get_function_configuration,
      "the same without its wrapping" },
    { "lambda", "ListFunctions", false, aws_list_functions,
      "functions whose logs are here, with what those say" },
    { "logs", "CreateLogGroup", true, aws_create_log_group,
      "make a group of class STANDARD; a KMS key is noted" },
    { "logs", "CreateLogStream", true, aws_create_log_stream,
      "make a stream in a log group" },
    { "logs", "DeleteLogGroup", true, aws_delete_log_group,
      "remove a group with lines, streams, filters and tags" },
    { "logs", "DeleteLogStream", true, aws_delete_log_stream,
      "remove a stream with its lines" },
    { "logs", "DeleteMetricFilter", true, aws_delete_metric_filter,
      "remove a metric filter; its metrics stay" },
    { "logs", "DeleteRetentionPolicy", true, aws_delete_retention_policy,
      "keep a group's lines until the size cap" },
    { "logs", "DeleteSubscriptionFilter", true, aws_delete_subscription_filter,
      "remove a subscription filter" },
    { "logs", "DescribeLogGroups", false, aws_describe_log_groups,
      "groups by a prefix or a part of the name" },
    { "logs", "DescribeLogStreams", false, aws_describe_log_streams,
      "streams of a group by name or by last event" },
    { "logs", "DescribeMetricFilters", false, aws_describe_metric_filters,
      "metric filters by group and name, or by metric" },
    { "logs", "DescribeQueries", false, aws_describe_queries,
      "Insights queries by group and status, newest first" },
    { "logs", "DescribeSubscriptionFilters", false, aws_describe_subscription_filters,
      "subscription filters of a group" },
    { "logs", "FilterLogEvents", false, aws_filter_log_events,
      "events of a group that match a filter pattern" },
    { "logs", "GetLogEvents", false, aws_get_log_events,
      "events of one stream, page by page, both ways" },
    { "logs", "GetLogRecord", false, aws_get_log_record,
      "all fields of one event that an Insights query found" },
    { "logs", "GetQueryResults", false, aws_get_query_results,
      "rows of an Insights query, so far or for good" },
    { "logs", "ListTagsForResource", false, aws_list_tags_for_resource,
      "tags of a log group by its ARN" },
    { "logs", "ListTagsLogGroup", false, aws_list_tags_log_group,
      "tags of a log group by its name" },
    { "logs", "PutLogEvents", true, aws_put_log_events,
      "add events to a stream; EMF in them becomes metrics" },
    { "logs", "PutMetricFilter", true, aws_put_metric_filter,
      "make metrics of a group's lines, from the next one on" },
    { "logs", "PutRetentionPolicy", true, aws_put_retention_policy,
      "for how many days a group keeps lines" },
    { "logs", "PutSubscriptionFilter", true, aws_put_subscription_filter,
      "note a subscription filter; nothing is delivered" },
    { "logs", "StartLiveTail", false, aws_start_live_tail,
      "new lines of up to ten groups, 500 a second" },
    { "logs", "StartQuery", false, aws_start_query,
      "start a Logs Insights query (man obsview-insights)" },
    { "logs", "StopQuery", false, aws_stop_query,
      "cancel a running Insights query" },
    { "logs", "TagLogGroup", true, aws_tag_log_group,
      "tag a log group by its name" },
    { "logs", "TagResource", true, aws_tag_resource,
      "tag a log group by its ARN" },
    { "logs", "TestMetricFilter", false, aws_test_metric_filter,
      "which of some messages a pattern matches" },
    { "logs", "UntagLogGroup", true, aws_untag_log_group,
      "take tags off a log group by its name" },
    { "logs", "UntagResource", true, aws_untag_resource,
      "take tags off a log group by its ARN" },
    { "monitoring", "DeleteAlarms", true, aws_delete_alarms,
      "forget alarms that no composite alarm uses" },
    { "monitoring", "DescribeAlarmHistory", false, aws_describe_alarm_history,
      "what happened to alarms, 30 days back" },
    { "monitoring", "DescribeAlarms", false, aws_describe_alarms,
      "alarms by name, prefix, state, action or relation" },
    { "monitoring", "DescribeAlarmsForMetric", false, aws_describe_alarms_for_metric,
      "alarms on one metric" },
    { "monitoring", "DisableAlarmActions", true, aws_disable_alarm_actions,
      "record no actions of alarms" },
    { "monitoring", "EnableAlarmActions", true, aws_enable_alarm_actions,
      "record actions of alarms; nothing is ever sent" },
    { "monitoring", "GetMetricData", false, aws_get_metric_data,
      "metrics and metric math: all statistics, SEARCH()" },
    { "monitoring", "GetMetricStatistics", false, aws_get_metric_statistics,
      "one metric with several statistics, trimmed ones too" },
    { "monitoring", "ListMetrics", false, aws_list_metrics,
      "metrics by namespace, name and dimensions" },
    { "monitoring", "ListTagsForResource", false, aws_list_alarm_tags,
      "tags of an alarm" },
    { "monitoring", "PutCompositeAlarm", true, aws_put_composite_alarm,
      "an alarm over alarms; suppressors are refused" },
    { "monitoring", "PutMetricAlarm", true, aws_put_metric_alarm,
      "an alarm on a metric or metric math" },
    { "monitoring", "PutMetricData", true, aws_put_metric_data,
      "add values, values with counts, or statistic sets" },
    { "monitoring", "SetAlarmState", true, aws_set_alarm_state,
      "a state until the next evaluation" },
    { "monitoring", "TagResource", true, aws_tag_alarm,
      "set tags of an alarm" },
    { "monitoring", "UntagResource", true, aws_untag_alarm,
      "remove tags of an alarm" },
    { "sts", "AssumeRole", false, aws_assume_role,
      "temporary keys of any role, without policies" },
    { "sts", "AssumeRoleWithWebIdentity", false, aws_assume_role_with_web_identity,
      "the same for any web identity token, unsigned" },
    { "sts", "GetCallerIdentity", false, aws_get_caller_identity,
      "the account and access key of the caller" },
    { "sts", "GetSessionToken", false, aws_get_session_token,
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
