/* survey.c - errors, deployments and alarms in a recording, found by reading it.
 * SPDX-License-Identifier: MIT
 *
 * A deployment leaves no event of its own. What tells of one is that a Lambda's START lines name
 * another version than before, that a tracker of session recordings names another revision of the
 * page (revID), or that the function list of an account has a newer LastModified. */
#include "config.h"

#include "cli/replay/survey.h"

#include "base/buf.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/table.h"
#include "base/text.h"
#include "domain/error_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX     ((size_t)1 << 20)
#define SEEN_MAX     50000 /* groups of errors and things that may be deployed, at most */
#define CHANGES_MAX  5000  /* deployments and alarms of an account */
#define MESSAGE_MAX  100   /* columns of it in a marker */
#define NAME_MAX_LEN 120

struct seen {
    const char *version; /* of what may be deployed */
};

struct survey {
    int64_t start_ms;
    char *page_start;
    struct arena *arena; /* texts */
    struct arena *scratch;
    struct marker *markers;
    size_t count, room;
    size_t errors, changes;
    size_t again, every; /* errors that were seen before; one in so many is kept */
    struct table seen;   /* of struct seen: groups of errors, and what may be deployed */
    bool is_cut, is_sorted;
};

struct survey *
survey_new(int64_t start_ms, const char *page_start)
{
    struct survey *s = xcalloc(1, sizeof *s);

    s->start_ms = start_ms;
    s->page_start = xstrdup(page_start);
    s->arena = arena_new();
    s->scratch = arena_new();
    table_init(&s->seen, sizeof(struct seen));
    s->is_sorted = true;
    s->every = 1;
    return s;
}

void
survey_free(struct survey *s)
{
    if (s == NULL)
        return;
    arena_free(s->arena);
    arena_free(s->scratch);
    table_fini(&s->seen);
    free(s->page_start);
    free(s->markers);
    free(s);
}

/* --- what was seen before ---------------------------------------------------------------------
 */

/* A new one has the version "". NULL: there are too many. */
static struct seen *
find_seen(struct survey *s, const char *key, bool *is_new)
{
    size_t len = strlen(key);
    struct seen *seen = table_find(&s->seen, key, len);

    *is_new = seen == NULL;
    if (seen == NULL && s->seen.count < SEEN_MAX) {
        seen = table_add(&s->seen, key, len);
        seen->version = "";
    }
    return seen;
}

static void
add_marker(struct survey *s, int64_t at_ms, enum marker_kind kind, const char *text)
{
    if (s->count == s->room) {
        s->room = s->room == 0 ? 64 : 2 * s->room;
        s->markers = xreallocarray(s->markers, s->room, sizeof *s->markers);
    }
    if (s->count > 0 && s->markers[s->count - 1].at_ms > at_ms)
        s->is_sorted = false;
    s->markers[s->count++] = (struct marker){ at_ms, kind, arena_strdup(s->arena, text) };
}

/* --- errors -----------------------------------------------------------------------------------
 */

/* Every other of them goes, from now on too: so what is kept comes from the whole recording. */
static void
thin_out(struct survey *s)
{
    size_t kept = 0, errors = 0;

    for (size_t i = 0; i < s->count; i++) {
        if (s->markers[i].kind != MARKER_ERROR || errors++ % 2 == 0)
            s->markers[kept++] = s->markers[i];
    }
    s->count = kept;
    s->errors = (errors + 1) / 2;
    s->every *= 2;
    s->is_cut = true;
}

/* Whether an error that was seen before gets a marker. */
static bool
is_kept(struct survey *s)
{
    if (s->again++ % s->every != 0)
        return false;
    if (s->errors == SURVEY_ERRORS_MAX)
        thin_out(s);
    s->errors++;
    return true;
}

static void
add_error(struct survey *s, int64_t at_ms, const struct error_report *report)
{
    struct fingerprint print;
    struct seen *seen;
    char text[4 * MESSAGE_MAX + 40];
    bool is_new;

    fingerprint_make(&print, s->scratch, report->type, report->message, report->stack);
    seen = find_seen(s, print.text, &is_new);
    s->is_cut |= seen == NULL;
    if (seen == NULL || (!is_new && !is_kept(s)))
        return;
    snprintf(text, sizeof text, "%s %.4s %.*s", is_new ? "new error" : "error", print.text,
             (int)text_fit(report->message, MESSAGE_MAX), report->message);
    add_marker(s, at_ms, is_new ? MARKER_NEW_ERROR : MARKER_ERROR, text);
}

/* A body is JSON, or a string that holds some; *owned is the caller's. */
static const cJSON *
body_of(const struct fixture_event *event, cJSON **owned)
{
    *owned = NULL;
    if (!cJSON_IsString(event->body))
        return event->body;
    if (json_parse(owned, event->body->valuestring, strlen(event->body->valuestring), NULL) != OK)
        *owned = NULL;
    return *owned;
}

static void
read_error(struct survey *s, const struct fixture_event *event, int64_t at_ms)
{
    cJSON *owned;
    const cJSON *body = body_of(event, &owned);
    struct error_report report;
    struct field_errors errors = { 0 };

    if (body != NULL && error_report_read(&report, s->scratch, body, &errors))
        add_error(s, at_ms, &report);
    cJSON_Delete(owned);
    arena_clear(s->scratch);
}

/* --- deployments ------------------------------------------------------------------------------
 */

/* Of `what`, version after version. */
static void
see_version(struct survey *s, int64_t at_ms, const char *what, const char *version)
{
    char text[3 * NAME_MAX_LEN + 40];
    bool is_new;
    struct seen *seen = find_seen(s, what, &is_new);

    if (seen == NULL || (!is_new && strcmp(seen->version, version) == 0) ||
        s->changes == CHANGES_MAX)
        return;
    snprintf(text, sizeof text, "deploy: %.*s from %.*s to %.*s", NAME_MAX_LEN, what, NAME_MAX_LEN,
             seen->version, NAME_MAX_LEN, version);
    seen->version = arena_strdup(s->arena, version);
    if (is_new)
        return;
    s->changes++;
    add_marker(s, at_ms, MARKER_DEPLOY, text);
}

static void
read_page_start(struct survey *s, const struct fixture_event *event, int64_t at_ms)
{
    cJSON *owned;
    const cJSON *body = body_of(event, &owned);
    const char *revision = json_get_string(body, "revID", "");

    if (*revision != '\0')
        see_version(s, at_ms, "the page", revision);
    cJSON_Delete(owned);
}

/* "START RequestId: ... Version: 12", or platform.start of the JSON format. */
static void
read_start_line(struct survey *s, const struct fixture_event *event, int64_t at_ms)
{
    static const char begin[] = "START RequestId: ", mark[] = "Version: ";
    const char *group = event->group != NULL ? event->group : "/aws/lambda/function";
    const char *at;
    char version[NAME_MAX_LEN];

    if (event->line_length >= BODY_MAX || strncmp(event->line, begin, sizeof begin - 1) != 0)
        return;
    at = strstr(event->line, mark);
    if (at == NULL)
        return;
    at += sizeof mark - 1;
    snprintf(version, sizeof version, "%.*s", (int)strcspn(at, " \r\n"), at);
    see_version(s, at_ms, group, version);
}

static void
read_functions(struct survey *s, const struct fixture_event *event)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(event->answer, "Functions"))
    {
        const char *name = json_get_string(item, "FunctionName", "");
        const char *modified = json_get_string(item, "LastModified", "");
        char what[NAME_MAX_LEN], text[NAME_MAX_LEN + 40];
        struct seen *seen;
        int64_t at_ms;
        bool is_new;

        if (*name == '\0' || !iso8601_parse(&at_ms, modified) || s->changes == CHANGES_MAX)
            continue;
        snprintf(what, sizeof what, "%.60s@%.40s", name, modified);
        seen = find_seen(s, what, &is_new);
        if (seen == NULL || !is_new || at_ms <= s->start_ms || at_ms > s->start_ms + event->t_ms)
            continue;
        snprintf(text, sizeof text, "deploy: function %.*s", NAME_MAX_LEN, name);
        s->changes++;
        add_marker(s, at_ms, MARKER_DEPLOY, text);
    }
}

/* --- alarms of an account ---------------------------------------------------------------------
 */

static int64_t
updated_ms(const cJSON *alarm)
{
    const cJSON *at = json_get(alarm, "StateUpdatedTimestamp");
    int64_t ms = 0;

    if (cJSON_IsNumber(at) && at->valuedouble > 0 && at->valuedouble < 1e11)
        return (int64_t)(at->valuedouble * 1000);
    return cJSON_IsString(at) && iso8601_parse(&ms, at->valuestring) ? ms : 0;
}

static void
see_alarm(struct survey *s, const cJSON *alarm, int64_t told_ms)
{
    const char *name = json_get_string(alarm, "AlarmName", "");
    const char *now = json_get_string(alarm, "StateValue", ""), *before;
    int64_t at_ms = updated_ms(alarm);
    char key[2 * NAME_MAX_LEN + 16], text[2 * NAME_MAX_LEN + 60];
    struct seen *seen;
    bool is_new, is_alarm = strcmp(now, "ALARM") == 0;

    if (*name == '\0' || *now == '\0')
        return;
    snprintf(key, sizeof key, "alarm %.*s", 2 * NAME_MAX_LEN, name);
    seen = find_seen(s, key, &is_new);
    if (seen == NULL || s->changes == CHANGES_MAX)
        return;
    before = seen->version;
    if (strcmp(before, now) == 0)
        return;
    seen->version = arena_strdup(s->arena, now);
    if (is_new ? !is_alarm || at_ms <= s->start_ms : !is_alarm && strcmp(before, "ALARM") != 0)
        return;
    snprintf(text, sizeof text, "alarm %.*s turned %.40s", 2 * NAME_MAX_LEN, name, now);
    s->changes++;
    add_marker(s, at_ms > s->start_ms && at_ms < told_ms ? at_ms : told_ms, MARKER_ALARM, text);
}

static void
read_alarms(struct survey *s, const struct fixture_event *event)
{
    static const char *const lists[] = { "MetricAlarms", "CompositeAlarms" };
    const cJSON *alarm;

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        cJSON_ArrayForEach(alarm, json_get(event->answer, lists[i]))
            see_alarm(s, alarm, s->start_ms + event->t_ms);
    }
}

/* --- all ---------------------------------------------------------------------------------------
 */

static bool
is_path(const struct fixture_event *event, const char *path)
{
    size_t len = strcspn(event->path, "?");

    return strlen(path) == len && strncmp(event->path, path, len) == 0;
}

void
survey_add(struct survey *s, const struct fixture_event *event)
{
    int64_t at_ms = s->start_ms + event->t_ms;

    if (event->source == FIXTURE_HTTP && strcmp(event->method, "POST") == 0) {
        if (is_path(event, "/errors/report"))
            read_error(s, event, at_ms);
        else if (is_path(event, s->page_start))
            read_page_start(s, event, at_ms);
    } else if (event->source == FIXTURE_EMF_STDIN) {
        read_start_line(s, event, at_ms);
    } else if (event->source == FIXTURE_AWS && strcmp(event->operation, "ListFunctions") == 0) {
        read_functions(s, event);
    } else if (event->source == FIXTURE_AWS && strcmp(event->operation, "DescribeAlarms") == 0) {
        read_alarms(s, event);
    }
}

static int
compare(const void *a, const void *b)
{
    const struct marker *x = a, *y = b;

    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    return (int)y->kind - (int)x->kind;
}

const struct marker *
survey_markers(struct survey *s, size_t *count, bool *is_cut)
{
    if (!s->is_sorted)
        qsort(s->markers, s->count, sizeof *s->markers, compare);
    s->is_sorted = true;
    *count = s->count;
    *is_cut = s->is_cut;
    return s->markers;
}
