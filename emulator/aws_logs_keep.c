/* aws_logs_keep.c - CloudWatch Logs: how long a group keeps lines, and removing groups and streams.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/metric_filters.h"
#include "emulator/parts.h"

/* PutRetentionPolicy, API reference. */
static const int days_allowed[] = { 1,   3,   5,   7,   14,   30,   60,   90,   120,  150,  180,
                                    365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 };

static enum status
read_days(const struct awsvalue *in, int *out)
{
    int64_t days = 0;
    enum status st =
        awsvalue_has(in, "retentionInDays")
            ? awsvalue_int(in, "retentionInDays", AWS_REQUIRED, INT32_MIN, INT32_MAX, &days)
            : awsvalue_missing(in, "retentionInDays");

    if (st != OK)
        return st;
    for (size_t i = 0; i < sizeof days_allowed / sizeof days_allowed[0]; i++) {
        if (days_allowed[i] == days) {
            *out = (int)days;
            return OK;
        }
    }
    return awsvalue_invalid(in, "retentionInDays",
                            "is none of 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 "
                            "2192 2557 2922 3288 3653");
}

enum status
aws_put_retention_policy(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", "retentionInDays", NULL };
    const char *group = NULL;
    struct err err = { 0 };
    int days = 0;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    if (st == OK)
        st = read_days(&call->in, &days);
    if (st != OK)
        return st;
    return aws_logs_changed(call, store_set_log_retention(call->store, group, days, &err), &err);
}

enum status
aws_delete_retention_policy(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", NULL };
    const char *group = NULL;
    struct err err = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    if (st != OK)
        return st;
    return aws_logs_changed(call, store_set_log_retention(call->store, group, 0, &err), &err);
}

enum status
aws_delete_log_group(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", NULL };
    const char *group = NULL;
    struct err err = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    if (st != OK)
        return st;
    st = store_delete_log_group(call->store, group, &err);
    if (st == OK)
        st = metric_filters_load(emulator_metric_filters(call->em), call->reader, &err);
    return aws_logs_changed(call, st, &err);
}

enum status
aws_delete_log_stream(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", "logStreamName", NULL };
    const char *group = NULL, *stream = NULL;
    struct err err = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    if (st == OK)
        st = aws_logs_stream_name(&call->in, &stream);
    if (st != OK)
        return st;
    st = store_delete_log_stream(call->store, group, stream, &err);
    if (st == E_NOTFOUND)
        return aws_logs_not_found(call, group);
    return st == OK ? OK : aws_store_failed(call, &err);
}
