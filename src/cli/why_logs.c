/* why_logs.c - lines of logs that mention it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why_own.h"

#include <inttypes.h>
#include <string.h>

#define GROUPS_MAX 50
#define PAGES_MAX  3
#define LINE_SHOWN 240
#define PRIVACY    "/obsview/privacy" /* the log group */

static void
note_series(struct why *a, const char *message)
{
    const cJSON *directive, *metric;
    cJSON *line = NULL;

    if (json_parse(&line, message, strlen(message), NULL) != OK)
        return;
    cJSON_ArrayForEach(directive, json_get(json_get(line, "_aws"), "CloudWatchMetrics"))
    {
        const char *ns = json_get_string(directive, "Namespace", "");

        cJSON_ArrayForEach(metric, json_get(directive, "Metrics"))
        {
            tale_add_series(a->tale, ns, json_get_string(metric, "Name", ""));
        }
    }
    cJSON_Delete(line);
}

/* A line of a metric's EMF, and not one that only says its name. */
static bool
is_line_of_metric(const char *message, const struct why *a)
{
    return why_mentions(message, "\"_aws\"") && why_mentions(message, a->namespace_name);
}

static void
tell_line(struct why *a, const char *group, const cJSON *event)
{
    const char *message = json_get_string(event, "message", "");
    bool is_privacy = strcmp(group, PRIVACY) == 0;
    cJSON *line = NULL;

    if (a->metric != NULL && !is_line_of_metric(message, a))
        return;
    if (is_privacy && a->session != NULL && json_get_int(event, "timestamp", 0) != a->stored_ms)
        return; /* of something else of the session */
    if (is_privacy && json_parse(&line, message, strlen(message), NULL) == OK) {
        tale_add(a->tale, TALE_PRIVACY, json_get_int(event, "timestamp", 0), "%s; %s",
                 json_get_string(line, "message", ""), json_get_string(line, "advice", ""));
        cJSON_Delete(line);
        return;
    }
    tale_add(a->tale, TALE_LINE, json_get_int(event, "timestamp", 0), "%s: %.*s%s", group,
             LINE_SHOWN, message, strlen(message) > LINE_SHOWN ? "..." : "");
    if (a->metric == NULL)
        note_series(a, message);
}

static bool
look_into_group(struct why *a, const char *group)
{
    /* What was found in a report is told with the session, not with the report's id. A pattern in
     * quotes means the text itself. */
    bool by_session = a->session != NULL && strcmp(group, PRIVACY) == 0;
    const char *pattern = why_quoted(a, by_session ? a->session : a->needle), *token = NULL;
    bool ok = true;

    for (int page = 0; page < PAGES_MAX && (page == 0 || token != NULL); page++) {
        const cJSON *event;
        cJSON *json = why_ask_aws(
            a, AWS_LOGS, "FilterLogEvents",
            arena_printf(
                a->arena,
                "{\"logGroupName\":%s,\"filterPattern\":%s,\"startTime\":%" PRId64
                ",\"limit\":1000%s%s}",
                why_quoted(a, group), why_quoted(a, pattern), a->now_ms - a->span_ms,
                token == NULL ? "" : ",\"nextToken\":", token == NULL ? "" : why_quoted(a, token)));

        cJSON_ArrayForEach(event, json_get(json, "events"))
        {
            tell_line(a, group, event);
        }
        ok = ok && json != NULL;
        token = json_get_string(json, "nextToken", NULL);
        if (token != NULL)
            token = arena_strdup(a->arena, token);
        cJSON_Delete(json);
    }
    return ok;
}

void
why_look_into_logs(struct why *a)
{
    cJSON *json = why_ask_aws(a, AWS_LOGS, "DescribeLogGroups", "{\"limit\":50}");
    const cJSON *group;
    size_t count = 0;

    if (json == NULL)
        return;
    cJSON_ArrayForEach(group, json_get(json, "logGroups"))
    {
        if (count < GROUPS_MAX && look_into_group(a, json_get_string(group, "logGroupName", "")))
            count++;
    }
    if (json_get_string(json, "nextToken", NULL) != NULL)
        tale_add(a->tale, TALE_UNKNOWN, 0, "what further log groups hold: the first %d were read",
                 GROUPS_MAX);
    cJSON_Delete(json);
    tale_looked(a->tale, "%zu log groups over %" PRId64 " h", count, a->span_ms / 3600000);
}
