/* aws_logs_subscriptions.c - CloudWatch Logs: subscription filters, as records.
 * SPDX-License-Identifier: MIT
 *
 * They are checked, kept and described, so that deployment tools find what they put. Nothing is
 * delivered: there is no destination here that could take it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "domain/filter_pattern.h"
#include "emulator/aws_logs_filters.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

#define FILTERS_MAX 2 /* of a group (CloudWatch Logs quotas) */
#define ARN_MAX     2048

/* What PutSubscriptionFilter takes: Kinesis, Firehose, Lambda, or a destination of Logs itself. */
static bool
is_destination(const char *arn)
{
    static const char *const services[] = { "kinesis", "firehose", "lambda", "logs" };
    const char *service = strncmp(arn, "arn:", 4) == 0 ? strchr(arn + 4, ':') : NULL;

    for (size_t i = 0; service != NULL && i < sizeof services / sizeof services[0]; i++) {
        size_t len = strlen(services[i]);

        if (strncmp(service + 1, services[i], len) == 0 && service[1 + len] == ':')
            return true;
    }
    return false;
}

static enum status
copy_pattern(const struct awsvalue *in, cJSON *to)
{
    struct filter_pattern *pattern = NULL;
    const char *text = NULL;
    struct err err = { 0 };
    enum status st =
        awsvalue_string(in, "filterPattern", AWS_REQUIRED, 0, FILTER_PATTERN_MAX, &text);

    if (st != OK)
        return st;
    if (filter_pattern_compile(&pattern, text, &err) != OK)
        return awsvalue_invalid(in, "filterPattern", "is not a filter pattern: %s", err.text);
    filter_pattern_free(pattern);
    cJSON_AddStringToObject(to, "filterPattern", text);
    return OK;
}

static enum status
copy_destination(const struct awsvalue *in, cJSON *to)
{
    static const char *const distributions[] = { "ByLogStream", "Random", NULL };
    const char *destination = NULL, *role = NULL;
    int distribution = 0;
    enum status st = awsvalue_string(in, "destinationArn", AWS_REQUIRED, 1, ARN_MAX, &destination);

    if (st == OK && !is_destination(destination))
        return awsvalue_invalid(in, "destinationArn",
                                "is not the ARN of a Kinesis stream, a Firehose stream, a Lambda "
                                "function or a destination of Logs");
    if (st == OK)
        st = awsvalue_string(in, "roleArn", AWS_OPTIONAL, 1, ARN_MAX, &role);
    if (st == OK)
        st = awsvalue_enum(in, "distribution", AWS_OPTIONAL, distributions, &distribution);
    if (st != OK)
        return st;
    cJSON_AddStringToObject(to, "destinationArn", destination);
    if (role != NULL)
        cJSON_AddStringToObject(to, "roleArn", role);
    cJSON_AddStringToObject(to, "distribution", distributions[distribution]);
    return OK;
}

static enum status
read_put(struct aws_call *call, const char **group, struct log_extra *extra)
{
    static const char *const known[] = {
        "logGroupName", "filterName", "filterPattern", "destinationArn", "roleArn",
        "distribution", NULL
    };
    cJSON *definition = cJSON_CreateObject();
    struct buf printed;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, group);
    if (st == OK)
        st = aws_logs_plain_name(&call->in, "filterName", AWS_REQUIRED, &extra->name);
    if (st == OK)
        st = copy_pattern(&call->in, definition);
    if (st == OK)
        st = copy_destination(&call->in, definition);
    if (st == OK) {
        buf_init(&printed, 1 << 16);
        json_print(&printed, definition);
        extra->value = arena_strdup(call->arena, printed.data);
        buf_fini(&printed);
    }
    cJSON_Delete(definition);
    return st;
}

enum status
aws_put_subscription_filter(struct aws_call *call)
{
    struct log_extra extra = { 0 };
    const char *group = NULL;
    enum status st = read_put(call, &group, &extra);

    if (st != OK)
        return st;
    return aws_logs_put_filter(call, LOG_EXTRA_SUBSCRIPTION, "subscription", FILTERS_MAX, group,
                               &extra);
}

enum status
aws_delete_subscription_filter(struct aws_call *call)
{
    const char *group = NULL, *name = NULL;
    struct err err = { 0 };
    enum status st =
        aws_logs_named_filter(call, LOG_EXTRA_SUBSCRIPTION, "subscription", &group, &name);

    if (st != OK)
        return st;
    st = store_drop_log_extras(call->store, group, LOG_EXTRA_SUBSCRIPTION, &name, 1, &err);
    return aws_logs_changed(call, st, &err);
}

static bool
put_filter(void *arg, const struct log_extra *extra, cJSON *definition)
{
    const char *prefix = arg;

    if (prefix != NULL && strncmp(extra->name, prefix, strlen(prefix)) != 0)
        return false;
    cJSON_AddStringToObject(definition, "filterName", extra->name);
    cJSON_AddStringToObject(definition, "logGroupName", extra->group);
    cJSON_AddNumberToObject(definition, "creationTime", (double)extra->created_ms);
    return true;
}

enum status
aws_describe_subscription_filters(struct aws_call *call)
{
    static const char *const known[] = { "logGroupName", "filterNamePrefix", "limit", "nextToken",
                                         NULL };
    static const char *const keys[] = { "logGroupName", "filterNamePrefix", NULL };
    const uint64_t scope = aws_token_scope("DescribeSubscriptionFilters", &call->in, keys);
    const char *group = NULL, *prefix = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &group);
    if (st == OK)
        st = aws_logs_plain_name(&call->in, "filterNamePrefix", AWS_OPTIONAL, &prefix);
    if (st != OK)
        return st;
    /* the visitor only reads it */
    return aws_logs_describe_filters(call, scope, group, LOG_EXTRA_SUBSCRIPTION,
                                     "subscriptionFilters", put_filter,
                                     prefix == NULL ? NULL : arena_strdup(call->arena, prefix));
}
