/* aws_logs_filters.c - naming, counting and listing the filters of log groups.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/aws_logs_filters.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "domain/filter_pattern.h"

#define REGEX_PATTERNS_MAX 5

/* --- the quota ---------------------------------------------------------------------------------
 */

static bool
has_regex(const char *definition)
{
    struct filter_pattern *pattern = NULL;
    cJSON *doc = NULL;
    bool has = false;

    if (json_parse(&doc, definition, strlen(definition), NULL) == OK &&
        filter_pattern_compile(&pattern, json_get_string(doc, "filterPattern", ""), NULL) == OK)
        has = filter_pattern_regexes(pattern) > 0;
    filter_pattern_free(pattern);
    cJSON_Delete(doc);
    return has;
}

static enum status
count_regexes(struct aws_call *call, const char *group, enum log_extra_kind kind,
              const char *but_not, size_t *count)
{
    struct log_extra_list list = { 0 };
    struct err err = { 0 };
    enum status st = store_list_log_extras(call->reader, call->arena, group, kind, &list, &err);

    for (size_t i = 0; st == OK && i < list.count; i++) {
        if (but_not == NULL || strcmp(list.extras[i].name, but_not) != 0)
            *count += has_regex(list.extras[i].value);
    }
    return aws_logs_changed(call, st, &err);
}

/* Five patterns with regular expressions per group, filters of both kinds together (user guide,
 * "Supported regular expressions"): refuses `extra` when it would be the sixth. */
static enum status
check_regexes(struct aws_call *call, const char *group, const struct log_extra *extra,
              enum log_extra_kind kind)
{
    static const enum log_extra_kind kinds[] = { LOG_EXTRA_METRIC_FILTER, LOG_EXTRA_SUBSCRIPTION };
    size_t count = has_regex(extra->value);
    enum status st = OK;

    if (count == 0)
        return OK;
    for (size_t i = 0; i < 2 && st == OK; i++)
        st = count_regexes(call, group, kinds[i], kinds[i] == kind ? extra->name : NULL, &count);
    if (st == OK && count > REGEX_PATTERNS_MAX)
        return wire_error_set(call->error, 400, "LimitExceededException",
                              "Resource limit exceeded: a log group has at most %d filter patterns "
                              "with regular expressions.",
                              REGEX_PATTERNS_MAX);
    return st;
}

/* --- one ---------------------------------------------------------------------------------------
 */

enum status
aws_logs_put_filter(struct aws_call *call, enum log_extra_kind kind, const char *what, int most,
                    const char *group, const struct log_extra *extra)
{
    struct err err = { 0 };
    enum status st = check_regexes(call, group, extra, kind);

    if (st != OK)
        return st;
    st = store_put_log_extras(call->store, group, kind, extra, 1, (size_t)most, &err);
    if (st == E_LIMIT)
        return wire_error_set(call->error, 400, "LimitExceededException",
                              "Resource limit exceeded: a log group has at most %d %s filters.",
                              most, what);
    return aws_logs_changed(call, st, &err);
}

enum status
aws_logs_named_filter(struct aws_call *call, enum log_extra_kind kind, const char *what,
                      const char **group, const char **name)
{
    static const char *const known[] = { "logGroupName", "filterName", NULL };
    struct log_extra_list list = { 0 };
    struct err err = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, group);
    if (st == OK)
        st = aws_logs_plain_name(&call->in, "filterName", AWS_REQUIRED, name);
    if (st != OK)
        return st;
    st = store_list_log_extras(call->reader, call->arena, *group, kind, &list, &err);
    for (size_t i = 0; st == OK && i < list.count; i++) {
        if (strcmp(list.extras[i].name, *name) == 0)
            return OK;
    }
    if (st != OK)
        return aws_logs_changed(call, st, &err);
    return wire_error_set(call->error, 400, "ResourceNotFoundException",
                          "The specified %s filter does not exist.", what);
}

/* --- many --------------------------------------------------------------------------------------
 */

/* "group:name", which sorts as the list does: neither may hold a colon. */
static bool
is_behind(const struct log_extra *extra, const char *after)
{
    size_t len = after == NULL ? 0 : strcspn(after, ":");
    int order = after == NULL ? 1 : strncmp(extra->group, after, len);

    if (order == 0 && extra->group[len] != '\0')
        order = 1;
    return order != 0 ? order > 0 : strcmp(extra->name, after + len + 1) > 0;
}

enum status
aws_logs_describe_filters(struct aws_call *call, uint64_t scope, const char *group,
                          enum log_extra_kind kind, const char *member,
                          aws_logs_filter_visit *visit, void *arg)
{
    struct log_extra_list list = { 0 };
    const char *after = NULL, *last = NULL;
    struct err err = { 0 };
    size_t limit = 0, count = 0;
    cJSON *filters;
    enum status st = aws_logs_page(call, scope, &after, &limit);

    if (st != OK)
        return st;
    st = store_list_log_extras(call->reader, call->arena, group, kind, &list, &err);
    if (st != OK)
        return aws_logs_changed(call, st, &err);
    call->out = cJSON_CreateObject();
    filters = cJSON_AddArrayToObject(call->out, member);
    for (size_t i = 0; i < list.count; i++) {
        const struct log_extra *extra = &list.extras[i];
        cJSON *definition = NULL;

        if (!is_behind(extra, after) ||
            json_parse(&definition, extra->value, strlen(extra->value), NULL) != OK)
            continue;
        if (!visit(arg, extra, definition)) {
            cJSON_Delete(definition);
            continue;
        }
        if (count == limit) {
            cJSON_Delete(definition);
            aws_logs_next(call, scope, last);
            break;
        }
        cJSON_AddItemToArray(filters, definition);
        count++;
        last = arena_printf(call->arena, "%s:%s", extra->group, extra->name);
    }
    snprintf(call->note, sizeof call->note, "%zu %s", count, count == 1 ? "filter" : "filters");
    return OK;
}
