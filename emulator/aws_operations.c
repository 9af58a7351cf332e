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
    { "logs",       "FilterLogEvents",      false, aws_filter_log_events,
      "events of a group that match a filter pattern" },
    { "logs",       "GetLogEvents",         false, aws_get_log_events,
      "events of one stream, page by page, both ways" },
    { "logs",       "PutLogEvents",         true,  aws_put_log_events,
      "add events to a stream; EMF among them becomes metrics" },
    { "monitoring", "GetMetricData",        false, aws_get_metric_data,
      "500 metrics or expressions; metric math, SEARCH()" },
    { "monitoring", "GetMetricStatistics",  false, aws_get_metric_statistics,
      "one metric with several statistics, trimmed ones too" },
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
