/* why_logs.c - lines of logs that mention it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why/why_own.h"

#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "domain/emf.h"

#define GROUPS_MAX 50
#define PAGES_MAX  3
#define LINE_SHOWN 240
#define PRIVACY    "/obsview/privacy" /* the log group */

/* A document that breaks a rule feeds nothing, or not all. Of an emulator the intake has told so.
 */
static void
tell_fault(struct why *a, const char *group, int64_t at_ms, const struct emf_result *emf)
{
    const struct emf_fault *fault = &emf->faults[0];

    if (!a->target.is_emulator && emf->datum_count == 0 && emf->fault_count > 0)
        tale_add(a->tale, TALE_DROPPED, at_ms,
                 "no metric came of a document in %s: %s: %s (rule %s)", group, fault->pointer,
                 fault->text, fault->rule);
}

/* What stands behind the prefix of console.log is as good as the line. */
static void
note_series(struct why *a, const char *group, const cJSON *event)
{
    const char *message = json_get_string(event, "message", "");
    const int64_t at_ms = json_get_int(event, "timestamp", 0);
    struct arena *arena = arena_new();
    struct emf_result emf;

    emf_read(&emf, arena, message, strlen(message), json_get_int(event, "ingestionTime", at_ms));
    for (size_t i = 0; i < emf.datum_count; i++)
        tale_add_series(a->tale, emf.data[i].namespace_name, emf.data[i].metric);
    tell_fault(a, group, at_ms, &emf);
    arena_free(arena);
}

/* A line of a metric's EMF, and not one that only says its name. */
static bool
is_line_of_metric(const char *message, const struct why *a)
{
    return why_mentions(message, "\"_aws\"") && why_names_metric(a, message);
}

void
why_tell_line(struct why *a, const char *group, const cJSON *event)
{
    const char *message = json_get_string(event, "message", "");

    tale_add(a->tale, TALE_LINE, json_get_int(event, "timestamp", 0), "%s: %.*s%s", group,
             LINE_SHOWN, message, strlen(message) > LINE_SHOWN ? "..." : "");
}

static void
tell_line(struct why *a, void *arg, const char *group, const cJSON *event)
{
    const char *message = json_get_string(event, "message", "");
    bool is_privacy = strcmp(group, PRIVACY) == 0;
    struct why_filters **filters = arg;
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
    why_tell_line(a, group, event);
    if (a->metric != NULL)
        return;
    note_series(a, group, event);
    if (*filters == NULL)
        *filters = why_filters_new(a, group);
    why_filters_take(a, *filters, message);
}

bool
why_look_at_lines(struct why *a, const char *group, const char *pattern,
                  void (*tell)(struct why *a, void *arg, const char *group, const cJSON *event),
                  void *arg)
{
    const char *token = NULL;
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
            tell(a, arg, group, event);
        }
        ok = ok && json != NULL;
        token = json_get_string(json, "nextToken", NULL);
        if (token != NULL)
            token = arena_strdup(a->arena, token);
        cJSON_Delete(json);
    }
    return ok;
}

static bool
look_into_group(struct why *a, const char *group)
{
    /* What was found in a report is told with the session, not with the report's id. A pattern in
     * quotes means the text itself. */
    bool by_session = a->session != NULL && strcmp(group, PRIVACY) == 0;
    const char *pattern = why_quoted(a, by_session ? a->session : a->needle);
    struct why_filters *filters = NULL;
    bool ok = why_look_at_lines(a, group, pattern, tell_line, &filters);

    why_filters_free(filters);
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
    tale_looked(a->tale, "%zu log group%s over %" PRId64 " h", count, text_s(count),
                a->span_ms / 3600000);
}
