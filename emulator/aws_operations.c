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
    { "logs",       "CreateLogGroup",       true,  aws_create_log_group,
      "make a log group of class STANDARD" },
    { "logs",       "CreateLogStream",      true,  aws_create_log_stream,
      "make a stream in a log group" },
    { "logs",       "DescribeLogGroups",    false, aws_describe_log_groups,
      "groups by a prefix or a part of the name" },
    { "logs",       "DescribeLogStreams",   false, aws_describe_log_streams,
      "streams of a group by name or by last event" },
    { "logs",       "DescribeQueries",      false, aws_describe_queries,
      "Insights queries by log group and status, newest first" },
    { "logs",       "FilterLogEvents",      false, aws_filter_log_events,
      "events of a group that match a filter pattern" },
    { "logs",       "GetLogEvents",         false, aws_get_log_events,
      "events of one stream, page by page, both ways" },
    { "logs",       "GetLogRecord",         false, aws_get_log_record,
      "all fields of one event that an Insights query found" },
    { "logs",       "GetQueryResults",      false, aws_get_query_results,
      "rows of an Insights query, so far or for good" },
    { "logs",       "PutLogEvents",         true,  aws_put_log_events,
      "add events to a stream; EMF among them becomes metrics" },
    { "logs",       "StartQuery",           false, aws_start_query,
      "start a Logs Insights query (man obsview-insights)" },
    { "logs",       "StopQuery",            false, aws_stop_query,
      "cancel a running Insights query" },
    { "monitoring", "GetMetricData",        false, aws_get_metric_data,
      "up to 500 series: the five plain statistics, pNN, PR()" },
    { "monitoring", "GetMetricStatistics",  false, aws_get_metric_statistics,
      "one metric with several statistics" },
    { "monitoring", "ListMetrics",          false, aws_list_metrics,
      "metrics by namespace, name and dimensions" },
    { "monitoring", "PutMetricData",        true,  aws_put_metric_data,
      "add values, values with counts, or statistic sets" },
    { "sts",        "GetCallerIdentity",    false, aws_get_caller_identity,
      "the account and access key of the caller" },
    { NULL, NULL, false, NULL, NULL },
};
/* clang-format on */

const struct aws_operation *
aws_operation_find(const char *service, const char *name)
{
    for (const struct aws_operation *op = aws_operations; op->name != NULL; op++) {
        if (strcmp(op->service, service) == 0 && strcmp(op->name, name) == 0)
            return op;
    }
    return NULL;
}
