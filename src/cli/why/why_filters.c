/* why_filters.c - metric filters: the series that count a line, and the lines that a series counts.
 * SPDX-License-Identifier: MIT
 *
 * The line does not tell of them, so the log group is asked for its filters, and each is tried on
 * the line as CloudWatch Logs would: the whole line, with its prefix. */
#include "config.h"

#include "cli/why/why_own.h"

#include <stdlib.h>
#include <string.h>

#include "domain/filter_pattern.h"

#define FILTERS_MAX 100 /* of a log group (CloudWatch Logs quotas) */
#define PAGES_MAX   3   /* of 50 */

struct why_filters {
    cJSON *list;                                  /* as DescribeMetricFilters gives them */
    struct filter_pattern *patterns[FILTERS_MAX]; /* NULL: one that cannot be read */
    size_t count;
};

/* The list, the caller's. `wanted`: the members that say which, and a comma. */
static cJSON *
ask(struct why *a, const char *wanted)
{
    cJSON *all = cJSON_CreateArray(), *filter;
    const char *token = "";

    for (int page = 0; page < PAGES_MAX && token != NULL && !a->is_filters_off; page++) {
        cJSON *json = why_ask_aws(a, AWS_LOGS, "DescribeMetricFilters",
                                  arena_printf(a->arena, "{%s\"limit\":50%s%s}", wanted,
                                               *token == '\0' ? "" : ",\"nextToken\":",
                                               *token == '\0' ? "" : why_quoted(a, token)));
        cJSON *list = cJSON_GetObjectItemCaseSensitive(json, "metricFilters");

        a->is_filters_off = json == NULL;
        while (cJSON_IsArray(list) && (filter = cJSON_DetachItemFromArray(list, 0)) != NULL)
            cJSON_AddItemToArray(all, filter);
        token = json_get_string(json, "nextToken", NULL);
        if (token != NULL)
            token = arena_strdup(a->arena, token);
        cJSON_Delete(json);
    }
    return all;
}

struct why_filters *
why_filters_new(struct why *a, const char *group)
{
    struct why_filters *f = xcalloc(1, sizeof *f);
    const cJSON *filter;

    f->list = ask(a, arena_printf(a->arena, "\"logGroupName\":%s,", why_quoted(a, group)));
    cJSON_ArrayForEach(filter, f->list)
    {
        if (f->count == FILTERS_MAX)
            break;
        if (filter_pattern_compile(&f->patterns[f->count],
                                   json_get_string(filter, "filterPattern", ""), NULL) != OK)
            f->patterns[f->count] = NULL;
        f->count++;
    }
    return f;
}

void
why_filters_free(struct why_filters *f)
{
    if (f == NULL)
        return;
    for (size_t i = 0; i < f->count; i++)
        filter_pattern_free(f->patterns[i]);
    cJSON_Delete(f->list);
    free(f);
}

void
why_filters_take(struct why *a, struct why_filters *f, const char *message)
{
    const cJSON *filter = f->list->child, *to;

    for (size_t i = 0; i < f->count; i++, filter = filter->next) {
        if (f->patterns[i] == NULL ||
            !filter_pattern_match(f->patterns[i], message, strlen(message)))
            continue;
        cJSON_ArrayForEach(to, json_get(filter, "metricTransformations"))
        {
            tale_add_filtered(a->tale, json_get_string(to, "metricNamespace", ""),
                              json_get_string(to, "metricName", ""),
                              json_get_string(filter, "filterName", "?"));
        }
    }
}

static void
tell_counted(struct why *a, void *arg, const char *group, const cJSON *event)
{
    (void)arg;
    why_tell_line(a, group, event);
}

static void
tell_filter(struct why *a, const cJSON *filter)
{
    const char *group = json_get_string(filter, "logGroupName", "");
    const char *pattern = json_get_string(filter, "filterPattern", "");
    const cJSON *to = cJSON_GetArrayItem(json_get(filter, "metricTransformations"), 0);

    tale_add(a->tale, TALE_STORED, 0,
             "by the metric filter %s of %s: %s for each line that matches %s",
             json_get_string(filter, "filterName", "?"), group,
             json_get_string(to, "metricValue", "?"), *pattern == '\0' ? "anything" : pattern);
    tale_add_series(a->tale, a->namespace_name, a->metric);
    why_look_at_lines(a, group, pattern, tell_counted, NULL);
}

void
why_look_for_filters(struct why *a)
{
    cJSON *list = ask(a, arena_printf(a->arena, "\"metricNamespace\":%s,\"metricName\":%s,",
                                      why_quoted(a, a->namespace_name), why_quoted(a, a->metric)));
    const cJSON *filter;

    cJSON_ArrayForEach(filter, list)
    {
        tell_filter(a, filter);
    }
    if (!a->is_filters_off)
        tale_looked(a->tale, "metric filters");
    cJSON_Delete(list);
}
