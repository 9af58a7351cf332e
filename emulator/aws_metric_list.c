/* aws_metric_list.c - CloudWatch ListMetrics.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>

#include "emulator/aws_metric.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

#define PAGE_MAX    500
#define FILTERS_MAX 10
#define TOKEN_CHARS 4096
#define RECENT_MS   (3 * 3600000LL)   /* RecentlyActive=PT3H */
#define LISTED_MS   (14 * 86400000LL) /* a metric without data for two weeks is not listed */

/* Dimensions whose Value is absent match any value. */
static enum status
read_filters(const struct awsvalue *in, struct arena *arena, struct series_filter *filter)
{
    static const char *const known[] = { "Name", "Value", NULL };
    struct awslist list = { 0 };
    struct dimension *dims;
    enum status st = aws_list(in, "Dimensions", AWS_OPTIONAL, FILTERS_MAX, &list);

    if (st != OK)
        return st;
    dims = arena_alloc(arena, (list.count + 1) * sizeof *dims);
    while (st == OK && awslist_next(&list)) {
        struct dimension *dim = &dims[list.number - 1];
        struct awsvalue item;

        st = awslist_struct(&list, &item);
        if (st == OK)
            st = aws_only(&item, known);
        if (st == OK)
            st = awsvalue_string(&item, "Name", AWS_REQUIRED, 1, METRIC_NAME_MAX, &dim->name);
        if (st == OK)
            st =
                awsvalue_string(&item, "Value", AWS_OPTIONAL, 1, METRIC_DIM_VALUE_MAX, &dim->value);
    }
    filter->dims = dims;
    filter->dim_count = list.count;
    return st;
}

static enum status
read_filter(struct aws_call *call, struct series_filter *filter)
{
    static const char *const known[] = { "Namespace",  "MetricName",
                                         "Dimensions", "RecentlyActive",
                                         "NextToken",  "IncludeLinkedAccounts",
                                         NULL };
    static const char *const recent[] = { "PT3H", NULL };
    const struct awsvalue *in = &call->in;
    bool linked = false;
    int which = -1;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = awsvalue_string(in, "Namespace", AWS_OPTIONAL, 1, METRIC_NAME_MAX,
                             &filter->namespace_name);
    if (st == OK)
        st = awsvalue_string(in, "MetricName", AWS_OPTIONAL, 1, METRIC_NAME_MAX, &filter->metric);
    if (st == OK)
        st = read_filters(in, call->arena, filter);
    if (st == OK)
        st = awsvalue_enum(in, "RecentlyActive", AWS_OPTIONAL, recent, &which);
    if (st == OK)
        st = awsvalue_bool(in, "IncludeLinkedAccounts", AWS_OPTIONAL, &linked);
    if (st == OK && linked)
        return awsvalue_invalid(in, "IncludeLinkedAccounts",
                                "is not supported: obsview knows one account");
    filter->active_since_ms = call->now_ms - (which == 0 ? RECENT_MS : LISTED_MS);
    return st;
}

static void
put_metric(const struct series_key *key, cJSON *metrics)
{
    cJSON *metric = cJSON_CreateObject(), *dims;

    cJSON_AddItemToArray(metrics, metric);
    cJSON_AddStringToObject(metric, "Namespace", key->namespace_name);
    cJSON_AddStringToObject(metric, "MetricName", key->metric);
    dims = cJSON_AddArrayToObject(metric, "Dimensions");
    for (size_t i = 0; i < key->dims.count; i++) {
        cJSON *dim = cJSON_CreateObject();

        cJSON_AddItemToArray(dims, dim);
        cJSON_AddStringToObject(dim, "Name", key->dims.dims[i].name);
        cJSON_AddStringToObject(dim, "Value", key->dims.dims[i].value);
    }
}

enum status
aws_list_metrics(struct aws_call *call)
{
    static const char *const keys[] = { "Namespace", "MetricName", "Dimensions", "RecentlyActive",
                                        NULL };
    const struct metric_source source = aws_metric_source(call);
    struct series_filter filter = { 0 };
    const char *token = NULL, *after = NULL;
    struct series_page page = { 0 };
    struct err err = { 0 };
    uint64_t scope;
    cJSON *metrics;
    enum status st = read_filter(call, &filter);

    if (st == OK)
        st = awsvalue_string(&call->in, "NextToken", AWS_OPTIONAL, 1, TOKEN_CHARS, &token);
    if (st != OK)
        return st;
    scope = aws_token_scope("ListMetrics", &call->in, keys);
    if (token != NULL)
        after = aws_token_read(call->arena, scope, token);
    if (token != NULL && after == NULL)
        return wire_error_set(call->error, 400, "InvalidParameterValueException",
                              "The parameter NextToken is not one that was given for this "
                              "request.");
    if (metric_source_list(&source, call->arena, &filter, after, PAGE_MAX, &page, &err) != OK)
        return aws_store_failed(call, &err);

    call->out = cJSON_CreateObject();
    metrics = cJSON_AddArrayToObject(call->out, "Metrics");
    for (size_t i = 0; i < page.count; i++)
        put_metric(&page.series[i].key, metrics);
    if (page.next != NULL)
        cJSON_AddStringToObject(call->out, "NextToken",
                                aws_token_make(call->arena, scope, page.next));
    snprintf(call->note, sizeof call->note, "%zu %s", page.count,
             page.count == 1 ? "metric" : "metrics");
    return OK;
}
