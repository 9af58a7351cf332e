/* aws_logs_metric_filters.c - CloudWatch Logs: metric filters, put, described, removed and tried.
 * SPDX-License-Identifier: MIT
 *
 * The store keeps a filter as the text of what was put; metric_filters.c applies it. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "domain/filter_pattern.h"
#include "emulator/aws_logs_filters.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/metric_filter.h"
#include "emulator/metric_filters.h"
#include "emulator/parts.h"

#define FILTERS_MAX  100 /* of a group (CloudWatch Logs quotas) */
#define MESSAGES_MAX 50  /* TestMetricFilter, API model */
#define NAME_MAX_LEN 255

/* --- putting -----------------------------------------------------------------------------------
 */

/* A name without : * $ (API model). */
static enum status
copy_metric_name(const struct awsvalue *in, const char *key, cJSON *to)
{
    const char *text = NULL;
    enum status st = awsvalue_string(in, key, AWS_REQUIRED, 1, NAME_MAX_LEN, &text);

    if (st == OK && strpbrk(text, ":*$") != NULL)
        return awsvalue_invalid(in, key, "may not hold any of : * $");
    if (st == OK)
        cJSON_AddStringToObject(to, key, text);
    return st;
}

static enum status
copy_dimensions(struct aws_call *call, const struct awsvalue *in, cJSON *to)
{
    struct log_extra *pairs = NULL;
    size_t count = 0;
    cJSON *map;
    enum status st = aws_logs_map(call, in, "dimensions", AWS_OPTIONAL, METRIC_FILTER_DIMENSIONS,
                                  &pairs, &count);

    if (st != OK || count == 0)
        return st;
    map = json_map();
    cJSON_AddItemToObject(to, "dimensions", map);
    for (size_t i = 0; i < count; i++)
        cJSON_AddStringToObject(map, pairs[i].name, pairs[i].value);
    return OK;
}

static enum status
copy_optional(struct aws_call *call, const struct awsvalue *in, cJSON *to)
{
    const char *unit = NULL;
    double otherwise = 0;
    enum status st = awsvalue_string(in, "unit", AWS_OPTIONAL, 1, 64, &unit);

    if (st == OK)
        st = awsvalue_number(in, "defaultValue", AWS_OPTIONAL, &otherwise);
    if (st == OK && awsvalue_has(in, "defaultValue"))
        cJSON_AddNumberToObject(to, "defaultValue", otherwise);
    if (st == OK)
        st = copy_dimensions(call, in, to);
    if (st == OK && unit != NULL)
        cJSON_AddStringToObject(to, "unit", unit);
    return st;
}

static enum status
copy_transformation(struct aws_call *call, const struct awsvalue *in, cJSON *to)
{
    static const char *const known[] = {
        "metricName", "metricNamespace", "metricValue", "defaultValue", "dimensions", "unit", NULL
    };
    const char *value = NULL;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = copy_metric_name(in, "metricName", to);
    if (st == OK)
        st = copy_metric_name(in, "metricNamespace", to);
    if (st == OK)
        st = awsvalue_string(in, "metricValue", AWS_REQUIRED, 1, METRIC_FILTER_VALUE_MAX, &value);
    if (st != OK)
        return st;
    cJSON_AddStringToObject(to, "metricValue", value);
    return copy_optional(call, in, to);
}

/* What is put, checked member by member. */
static enum status
copy_definition(struct aws_call *call, cJSON *to)
{
    const char *pattern = NULL;
    struct awslist list = { 0 };
    cJSON *transformation;
    struct awsvalue in;
    enum status st =
        awsvalue_string(&call->in, "filterPattern", AWS_REQUIRED, 0, FILTER_PATTERN_MAX, &pattern);

    if (st == OK)
        st = awsvalue_list(&call->in, "metricTransformations", AWS_REQUIRED, 1, 1, &list);
    if (st == OK && awslist_next(&list))
        st = awslist_struct(&list, &in);
    if (st != OK)
        return st;
    cJSON_AddStringToObject(to, "filterPattern", pattern);
    transformation = cJSON_CreateObject();
    cJSON_AddItemToArray(cJSON_AddArrayToObject(to, "metricTransformations"), transformation);
    return copy_transformation(call, &in, transformation);
}

/* The definition as text, in the call's arena, once it is known to work. */
static enum status
read_definition(struct aws_call *call, const char **text)
{
    cJSON *definition = cJSON_CreateObject();
    struct metric_filter *filter = NULL;
    struct err err = { 0 };
    struct buf printed;
    enum status st = copy_definition(call, definition);

    if (st == OK && metric_filter_new(&filter, definition, &err) != OK)
        st = wire_error_set(call->error, 400, call->in.service->invalid_code, "%s", err.text);
    if (st == OK) {
        buf_init(&printed, 1 << 16);
        json_print(&printed, definition);
        *text = arena_strdup(call->arena, printed.data);
        buf_fini(&printed);
    }
    metric_filter_free(filter);
    cJSON_Delete(definition);
    return st;
}

static enum status
reload(struct aws_call *call, enum status status, struct err *err)
{
    if (status == OK)
        status = metric_filters_load(emulator_metric_filters(call->em), call->reader, err);
    return aws_logs_changed(call, status, err);
}

static enum status
read_put(struct aws_call *call, const char **group, struct log_extra *extra)
{
    static const char *const known[] = { "logGroupName",           "filterName",
                                         "filterPattern",          "metricTransformations",
                                         "applyOnTransformedLogs", NULL };
    bool transformed = false;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, group);
    if (st == OK)
        st = aws_logs_plain_name(&call->in, "filterName", AWS_REQUIRED, &extra->name);
    if (st == OK)
        st = awsvalue_bool(&call->in, "applyOnTransformedLogs", AWS_OPTIONAL, &transformed);
    if (st == OK && transformed)
        return awsvalue_invalid(&call->in, "applyOnTransformedLogs",
                                "is not supported: obsview transforms no logs");
    return st == OK ? read_definition(call, &extra->value) : st;
}

enum status
aws_put_metric_filter(struct aws_call *call)
{
    struct log_extra extra = { 0 };
    const char *group = NULL;
    struct err err = { 0 };
    enum status st = read_put(call, &group, &extra);

    if (st == OK)
        st = aws_logs_put_filter(call, LOG_EXTRA_METRIC_FILTER, "metric", FILTERS_MAX, group,
                                 &extra);
    return st == OK ? reload(call, OK, &err) : st;
}

/* --- removing ----------------------------------------------------------------------------------
 */

enum status
aws_delete_metric_filter(struct aws_call *call)
{
    const char *group = NULL, *name = NULL;
    struct err err = { 0 };
    enum status st = aws_logs_named_filter(call, LOG_EXTRA_METRIC_FILTER, "metric", &group, &name);

    if (st != OK)
        return st;
    st = store_drop_log_extras(call->store, group, LOG_EXTRA_METRIC_FILTER, &name, 1, &err);
    return reload(call, st, &err);
}

/* --- describing --------------------------------------------------------------------------------
 */

struct wanted {
    const char *group, *prefix;
    const char *metric, *namespace_name;
};

static enum status
read_wanted(const struct awsvalue *in, struct wanted *w)
{
    static const char *const known[] = {
        "logGroupName", "filterNamePrefix", "metricName", "metricNamespace",
        "limit",        "nextToken",        NULL
    };
    enum status st = aws_only(in, known);

    if (st == OK && awsvalue_has(in, "logGroupName"))
        st = aws_logs_group_name(in, &w->group);
    if (st == OK)
        st = aws_logs_plain_name(in, "filterNamePrefix", AWS_OPTIONAL, &w->prefix);
    if (st == OK)
        st = awsvalue_string(in, "metricName", AWS_OPTIONAL, 1, NAME_MAX_LEN, &w->metric);
    if (st == OK)
        st = awsvalue_string(in, "metricNamespace", AWS_OPTIONAL, 1, NAME_MAX_LEN,
                             &w->namespace_name);
    if (st == OK && w->prefix != NULL && w->group == NULL)
        return awsvalue_invalid(in, "filterNamePrefix", "needs logGroupName beside it");
    if (st == OK && (w->metric == NULL) != (w->namespace_name == NULL))
        return awsvalue_invalid(in, "metricName", "and metricNamespace go together");
    return st;
}

static bool
is_wanted(const struct wanted *w, const struct log_extra *extra, const cJSON *definition)
{
    const cJSON *to = cJSON_GetArrayItem(json_get(definition, "metricTransformations"), 0);

    if (w->prefix != NULL && strncmp(extra->name, w->prefix, strlen(w->prefix)) != 0)
        return false;
    return w->metric == NULL ||
           (strcmp(json_get_string(to, "metricName", ""), w->metric) == 0 &&
            strcmp(json_get_string(to, "metricNamespace", ""), w->namespace_name) == 0);
}

static bool
put_filter(void *arg, const struct log_extra *extra, cJSON *definition)
{
    if (!is_wanted(arg, extra, definition))
        return false;
    cJSON_AddStringToObject(definition, "filterName", extra->name);
    cJSON_AddStringToObject(definition, "logGroupName", extra->group);
    cJSON_AddNumberToObject(definition, "creationTime", (double)extra->created_ms);
    cJSON_AddBoolToObject(definition, "applyOnTransformedLogs", false);
    return true;
}

enum status
aws_describe_metric_filters(struct aws_call *call)
{
    static const char *const keys[] = { "logGroupName", "filterNamePrefix", "metricName",
                                        "metricNamespace", NULL };
    const uint64_t scope = aws_token_scope("DescribeMetricFilters", &call->in, keys);
    struct wanted wanted = { 0 };
    enum status st = read_wanted(&call->in, &wanted);

    if (st != OK)
        return st;
    return aws_logs_describe_filters(call, scope, wanted.group, LOG_EXTRA_METRIC_FILTER,
                                     "metricFilters", put_filter, &wanted);
}

/* --- trying ------------------------------------------------------------------------------------
 */

/* eventNumber counts from 1: so the service answers, though the API reference's examples count
 * from 0. */
static void
try_message(struct aws_call *call, struct filter_pattern *pattern, size_t number,
            const char *message, cJSON *matches)
{
    const size_t len = strlen(message);
    struct filter_found *found = NULL;
    size_t count;
    cJSON *match, *values;

    if (!filter_pattern_match(pattern, message, len))
        return;
    match = cJSON_CreateObject();
    values = json_map();
    cJSON_AddItemToArray(matches, match);
    cJSON_AddNumberToObject(match, "eventNumber", (double)number);
    cJSON_AddStringToObject(match, "eventMessage", message);
    cJSON_AddItemToObject(match, "extractedValues", values);
    count = filter_pattern_list(pattern, call->arena, message, len, &found);
    for (size_t i = 0; i < count; i++)
        cJSON_AddStringToObject(values, found[i].name, found[i].text);
}

static enum status
try_messages(struct aws_call *call, struct filter_pattern *pattern)
{
    struct awslist list = { 0 };
    cJSON *matches;
    enum status st =
        awsvalue_list(&call->in, "logEventMessages", AWS_REQUIRED, 1, MESSAGES_MAX, &list);

    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    matches = cJSON_AddArrayToObject(call->out, "matches");
    while (st == OK && awslist_next(&list)) {
        const char *message = NULL;

        st = awslist_string(&list, 1, SIZE_MAX, &message);
        if (st == OK)
            try_message(call, pattern, list.number, message, matches);
    }
    return st;
}

enum status
aws_test_metric_filter(struct aws_call *call)
{
    static const char *const known[] = { "filterPattern", "logEventMessages", NULL };
    struct filter_pattern *pattern = NULL;
    const char *text = NULL;
    struct err err = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st =
            awsvalue_string(&call->in, "filterPattern", AWS_REQUIRED, 0, FILTER_PATTERN_MAX, &text);
    if (st != OK)
        return st;
    if (filter_pattern_compile(&pattern, text, &err) != OK)
        return awsvalue_invalid(&call->in, "filterPattern", "is not a filter pattern: %s",
                                err.text);
    st = try_messages(call, pattern);
    filter_pattern_free(pattern);
    return st;
}
