/* cmd_why.c - follows one id or one metric through every door.
 * SPDX-License-Identifier: MIT
 *
 * Each door is asked over the wire that anybody may use: the emulator's intake and links, and of
 * AWS's services those that a screen reads too. What only an emulator keeps is said to be unknown
 * on an account. Nothing that is asked here is charged by the request, but those to CloudWatch
 * count towards the million a month that are free, and so are counted. */
#include "config.h"

#include "cli/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aws/client.h"
#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/sending.h"
#include "cli/tale.h"
#include "cli/watching.h"
#include "domain/web_vitals.h"
#include "wire/percent.h"

#define DAY_MS       INT64_C(86400000)
#define DEADLINE_NS  (UINT64_C(60) * 1000000000)
#define ANSWER_MAX   ((size_t)20 << 20)
#define OUTPUT_MAX   ((size_t)4 << 20)
#define GROUPS_MAX   50
#define PAGES_MAX    3
#define DIMS_MAX     30
#define BODY_SHOWN   200
#define LINE_SHOWN   240
#define SERIES_SHOWN 10
#define POINTS_MAX   1440 /* of GetMetricStatistics */
#define NEEDLE_LEAST 6
#define PRIVACY      "/obsview/privacy" /* the log group */

struct asker {
    struct settings *s;
    struct aws_target target;
    struct net *net;
    struct aws_client *client;
    struct arena *arena;
    struct tale *tale;
    int64_t now_ms, span_ms;
    const char *id;     /* as it was given */
    const char *needle; /* what texts are searched for: the id, or a metric's name */
    bool is_short;      /* too short to be searched for: every text has it */
    /* a metric; NULL: an id */
    const char *namespace_name, *metric;
    const char *dims[DIMS_MAX][2];
    size_t dim_count;
    int64_t stored_ms;   /* an error report's arrival; 0: none */
    const char *session; /* that the report carries; NULL: none */
    /* the answer being waited for */
    bool is_done;
    unsigned answers; /* that came, of all */
    cJSON *answer;
    struct err err;
};

/* --- asking ----------------------------------------------------------------------------------- */

static void
on_answer(void *arg, const cJSON *answer, const struct err *err)
{
    struct asker *a = arg;

    a->is_done = true;
    a->answer = answer == NULL ? NULL : cJSON_Duplicate(answer, true);
    if (err != NULL)
        a->err = *err;
}

/* The answer, the caller's; NULL: a->err says why there is none. */
static cJSON *
ask_aws(struct asker *a, enum aws_service service, const char *operation, const char *input)
{
    uint64_t end = mono_ns() + DEADLINE_NS;
    cJSON *value = cJSON_Parse(input), *answer;
    struct aws_call *call;

    a->is_done = false;
    a->answer = NULL;
    a->err = (struct err){ .code = OK };
    call = aws_call_start(a->client, service, operation, value, on_answer, a);
    while (!a->is_done && mono_ns() < end)
        net_run(a->net, 200);
    if (!a->is_done) {
        aws_call_cancel(call);
        err_set(&a->err, E_IO, "%s: no answer", operation);
    }
    cJSON_Delete(value);
    answer = a->answer;
    a->answer = NULL;
    a->answers += answer != NULL;
    if (answer == NULL)
        tale_add(a->tale, TALE_UNKNOWN, 0, "%s: %s", operation, a->err.text);
    return answer;
}

static cJSON *
ask_emulator(struct asker *a, const char *path)
{
    cJSON *json = NULL;
    struct buf b;

    buf_init(&b, ANSWER_MAX);
    a->err = (struct err){ .code = OK };
    if (sending_get(a->target.urls[AWS_CLOUDWATCH], path, a->s, &b, &a->err) == OK &&
        json_parse(&json, b.data, b.len, &a->err) != OK)
        json = NULL;
    a->answers += json != NULL;
    buf_fini(&b);
    return json;
}

/* A JSON text in quotes. */
static const char *
quoted(struct asker *a, const char *text)
{
    const char *out;
    struct buf b;

    buf_init(&b, OUTPUT_MAX);
    json_print_string(&b, text, strlen(text));
    out = arena_strndup(a->arena, b.data, b.len);
    buf_fini(&b);
    return out;
}

static const char *
escaped(struct asker *a, const char *text)
{
    const char *out;
    struct buf b;

    buf_init(&b, OUTPUT_MAX);
    percent_encode(&b, text, strlen(text), false);
    out = arena_strndup(a->arena, b.data == NULL ? "" : b.data, b.len);
    buf_fini(&b);
    return out;
}

/* --- received --------------------------------------------------------------------------------- */

static bool
mentions(const char *text, const char *needle)
{
    size_t len = strlen(needle);

    for (; text != NULL && *text != '\0'; text++) {
        if (strncasecmp(text, needle, len) == 0)
            return true;
    }
    return false;
}

static bool
is_about(const struct asker *a, const cJSON *event)
{
    const cJSON *pair;

    if (a->stored_ms != 0 && json_get_int(event, "timeMs", 0) == a->stored_ms &&
        strncmp(json_get_string(event, "path", ""), "/errors/report", 14) == 0)
        return true; /* the id of a report is in its answer */
    if (strcmp(a->id, arena_printf(a->arena, "%" PRId64, json_get_int(event, "id", -1))) == 0)
        return true;
    if (a->is_short)
        return false;
    cJSON_ArrayForEach(pair, json_get(event, "headers"))
    {
        if (a->metric == NULL &&
            mentions(cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1)), a->needle))
            return true;
    }
    return mentions(json_get_string(event, "body", ""), a->needle) ||
           mentions(json_get_string(event, "path", ""), a->needle) ||
           mentions(json_get_string(event, "verdict", ""), a->needle);
}

static void
tell_event(struct asker *a, const cJSON *event)
{
    const char *reason = json_get_string(event, "reason", "");
    bool is_dropped = json_get_bool(event, "fault", false);
    int64_t status = json_get_int(event, "status", 0);

    tale_add(a->tale, is_dropped ? TALE_DROPPED : TALE_RECEIVED, json_get_int(event, "timeMs", 0),
             "request %" PRId64 " by %s: %s %s%s, %s%s%s%s", json_get_int(event, "id", 0),
             json_get_string(event, "kind", "?"), json_get_string(event, "method", ""),
             json_get_string(event, "path", ""),
             status == 0 ? "" : arena_printf(a->arena, " was answered %" PRId64, status),
             json_get_string(event, "verdict", ""), *reason == '\0' ? "" : " (rule ", reason,
             *reason == '\0' ? "" : ")");
}

static void
look_into_intake(struct asker *a)
{
    int64_t since = 0, next = 0, oldest = 1, seen = 0;

    if (!a->target.is_emulator) {
        tale_add(a->tale, TALE_UNKNOWN, 0,
                 "who sent it and what was refused: an account keeps nothing of that");
        return;
    }
    do {
        const cJSON *event;
        cJSON *json = ask_emulator(
            a, arena_printf(a->arena, "/_obsview/events?limit=500&body=1&since=%" PRId64, since));

        if (json == NULL) {
            tale_add(a->tale, TALE_UNKNOWN, 0, "what came in: %s", a->err.text);
            return;
        }
        cJSON_ArrayForEach(event, json_get(json, "events"))
        {
            seen++;
            if (is_about(a, event))
                tell_event(a, event);
        }
        next = json_get_int(json, "next", 0);
        oldest = json_get_int(json, "oldest", 1);
        if (cJSON_GetArraySize(json_get(json, "events")) == 0)
            next = since;
        cJSON_Delete(json);
        if (next <= since)
            break;
        since = next;
    } while (true);
    tale_looked(a->tale, "the intake (%" PRId64 " requests and lines from %" PRId64 " on)", seen,
                oldest);
}

/* --- stored ----------------------------------------------------------------------------------- */

static bool
is_uuid(const char *text)
{
    uint8_t uuid[16];

    return uuid_parse(uuid, text);
}

static void
look_for_report(struct asker *a)
{
    const char *received;
    const cJSON *error;
    cJSON *json;

    if (!a->target.is_emulator || !is_uuid(a->id))
        return;
    tale_looked(a->tale, "error reports");
    json = ask_emulator(a, arena_printf(a->arena, "/errors/%s", a->id));
    if (json == NULL)
        return; /* no report has that id */
    error = json_get(json, "error");
    received = json_get_string(json, "receivedAt", "");
    if (!iso8601_parse(&a->stored_ms, received))
        a->stored_ms = 0;
    a->session = json_get_string(json_get(json, "context"), "sessionId", NULL);
    if (a->session != NULL)
        a->session = arena_strdup(a->arena, a->session);
    tale_call(a->tale, "error");
    tale_add(a->tale, TALE_STORED, a->stored_ms,
             "as an error report of group %s, route %s: %s%s%s (GET /errors/%s)",
             json_get_string(json, "fingerprint", "?"),
             json_get_string(json_get(json, "context"), "route", "?"),
             json_get_string(error, "type", ""),
             *json_get_string(error, "type", "") == '\0' ? "" : ": ",
             json_get_string(error, "message", ""), a->id);
    cJSON_Delete(json);
}

static void
look_for_links(struct asker *a)
{
    static const char *const kinds[] = { "error",       "app-session", "umami-session",
                                         "umami-visit", "recording",   "visitor" };

    if (!a->target.is_emulator) {
        tale_add(a->tale, TALE_UNKNOWN, 0, "other ids of the visitor: only an emulator ties them");
        return;
    }
    tale_looked(a->tale, "links");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        cJSON *json = ask_emulator(a, arena_printf(a->arena, "/_obsview/links?hops=3&kind=%s&id=%s",
                                                   kinds[i], escaped(a, a->id)));
        const cJSON *link;

        cJSON_ArrayForEach(link, json_get(json, "links"))
        {
            if (a->stored_ms == 0)
                tale_call(a->tale, kinds[i]);
            tale_add(a->tale, TALE_LINKED, json_get_int(link, "lastMs", 0), "as %s with %s %s%s",
                     kinds[i], json_get_string(link, "kind", "?"), json_get_string(link, "id", "?"),
                     json_get_int(link, "hops", 1) > 1 ? ", by way of another" : "");
        }
        cJSON_Delete(json);
    }
}

/* --- log lines -------------------------------------------------------------------------------- */

static void
note_series(struct asker *a, const char *message)
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
is_line_of_metric(const char *message, const struct asker *a)
{
    return mentions(message, "\"_aws\"") && mentions(message, a->namespace_name);
}

static void
tell_line(struct asker *a, const char *group, const cJSON *event)
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
look_into_group(struct asker *a, const char *group)
{
    /* What was found in a report is told with the session, not with the report's id. A pattern in
     * quotes means the text itself. */
    bool by_session = a->session != NULL && strcmp(group, PRIVACY) == 0;
    const char *pattern = quoted(a, by_session ? a->session : a->needle), *token = NULL;
    bool ok = true;

    for (int page = 0; page < PAGES_MAX && (page == 0 || token != NULL); page++) {
        const cJSON *event;
        cJSON *json =
            ask_aws(a, AWS_LOGS, "FilterLogEvents",
                    arena_printf(a->arena,
                                 "{\"logGroupName\":%s,\"filterPattern\":%s,\"startTime\":%" PRId64
                                 ",\"limit\":1000%s%s}",
                                 quoted(a, group), quoted(a, pattern), a->now_ms - a->span_ms,
                                 token == NULL ? "" : ",\"nextToken\":",
                                 token == NULL ? "" : quoted(a, token)));

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

static void
look_into_logs(struct asker *a)
{
    cJSON *json = ask_aws(a, AWS_LOGS, "DescribeLogGroups", "{\"limit\":50}");
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

/* --- metrics ---------------------------------------------------------------------------------- */

static const char *
dimensions_json(struct asker *a)
{
    const char *text = "";

    for (size_t i = 0; i < a->dim_count; i++)
        text = arena_printf(a->arena, "%s%s{\"Name\":%s,\"Value\":%s}", text, i > 0 ? "," : "",
                            quoted(a, a->dims[i][0]), quoted(a, a->dims[i][1]));
    return arena_printf(a->arena, "[%s]", text);
}

static const char *
dimensions_text(struct asker *a, const cJSON *list)
{
    const char *text = "";
    const cJSON *dim;

    cJSON_ArrayForEach(dim, list)
    {
        text = arena_printf(a->arena, "%s%s%s=%s", text, *text == '\0' ? "" : ", ",
                            json_get_string(dim, "Name", "?"), json_get_string(dim, "Value", "?"));
    }
    return *text == '\0' ? "no dimensions" : text;
}

static const char *
print_value(struct asker *a, const cJSON *json)
{
    char *text = cJSON_PrintUnformatted(json);
    const char *out = arena_strdup(a->arena, text);

    cJSON_free(text);
    return out;
}

/* How much of it there is in the range, and when the newest came. */
static void
tell_series(struct asker *a, const cJSON *dims)
{
    int64_t period_s = (a->span_ms / 1000 / POINTS_MAX / 60 + 1) * 60;
    char from[ISO8601_TEXT], to[ISO8601_TEXT];
    double samples = 0, newest_value = 0;
    int64_t newest_ms = 0;
    const cJSON *point;
    cJSON *json;

    iso8601_format_ms((a->now_ms - a->span_ms) / 60000 * 60000, from);
    iso8601_format_ms(a->now_ms, to);
    json = ask_aws(a, AWS_CLOUDWATCH, "GetMetricStatistics",
                   arena_printf(a->arena,
                                "{\"Namespace\":%s,\"MetricName\":%s,\"Dimensions\":%s,"
                                "\"StartTime\":\"%s\",\"EndTime\":\"%s\",\"Period\":%" PRId64
                                ",\"Statistics\":[\"SampleCount\",\"Average\"]}",
                                quoted(a, a->namespace_name), quoted(a, a->metric),
                                print_value(a, dims), from, to, period_s));
    cJSON_ArrayForEach(point, json_get(json, "Datapoints"))
    {
        const cJSON *at = json_get(point, "Timestamp");
        int64_t ms = cJSON_IsNumber(at) ? (int64_t)(at->valuedouble * 1000) : 0;

        if (cJSON_IsString(at) && !iso8601_parse(&ms, at->valuestring))
            ms = 0;
        samples += json_get_number(point, "SampleCount", 0);
        if (ms >= newest_ms) {
            newest_ms = ms;
            newest_value = json_get_number(point, "Average", 0);
        }
    }
    if (json != NULL && samples > 0)
        tale_add(a->tale, TALE_STORED, newest_ms,
                 "as a series with %s: %.0f sample%s, the newest period's average is %g",
                 dimensions_text(a, dims), samples, samples == 1 ? "" : "s", newest_value);
    else if (json != NULL)
        tale_add(a->tale, TALE_STORED, 0, "as a series with %s: no sample in the range",
                 dimensions_text(a, dims));
    cJSON_Delete(json);
}

static void
look_for_series(struct asker *a)
{
    cJSON *json = ask_aws(
        a, AWS_CLOUDWATCH, "ListMetrics",
        arena_printf(a->arena, "{\"Namespace\":%s,\"MetricName\":%s,\"Dimensions\":%s}",
                     quoted(a, a->namespace_name), quoted(a, a->metric), dimensions_json(a)));
    const cJSON *metric;
    size_t count = 0;

    if (json == NULL)
        return;
    cJSON_ArrayForEach(metric, json_get(json, "Metrics"))
    {
        const cJSON *dims = json_get(metric, "Dimensions");
        cJSON *none = dims == NULL ? cJSON_CreateArray() : NULL;

        if (count++ < SERIES_SHOWN)
            tell_series(a, dims == NULL ? none : dims);
        cJSON_Delete(none);
    }
    if (count > SERIES_SHOWN)
        tale_add(a->tale, TALE_STORED, 0, "and as %zu%s more series", count - SERIES_SHOWN,
                 json_get_string(json, "NextToken", NULL) == NULL ? "" : " or");
    cJSON_Delete(json);
    if (count > 0)
        tale_add_series(a->tale, a->namespace_name, a->metric);
    tale_looked(a->tale, "ListMetrics");
}

/* A report is counted by a series that no EMF tells of; it is one of those that exist. */
static void
look_for_failures(struct asker *a)
{
    cJSON *json = ask_aws(a, AWS_CLOUDWATCH, "ListMetrics",
                          "{\"Namespace\":\"" WEB_VITALS_NAMESPACE "\",\"MetricName\":\"Errors\"}");

    if (cJSON_GetArraySize(json_get(json, "Metrics")) > 0)
        tale_add_series(a->tale, WEB_VITALS_NAMESPACE, "Errors");
    cJSON_Delete(json);
}

/* --- alarms ----------------------------------------------------------------------------------- */

static bool
watches(const struct asker *a, const cJSON *alarm)
{
    const cJSON *query;

    if (tale_has_series(a->tale, json_get_string(alarm, "Namespace", ""),
                        json_get_string(alarm, "MetricName", "")))
        return true;
    cJSON_ArrayForEach(query, json_get(alarm, "Metrics"))
    {
        const cJSON *metric = json_get(json_get(query, "MetricStat"), "Metric");

        if (tale_has_series(a->tale, json_get_string(metric, "Namespace", ""),
                            json_get_string(metric, "MetricName", "")))
            return true;
    }
    return false;
}

static void
look_for_alarms(struct asker *a)
{
    const char *token = NULL;
    size_t count = 0;

    for (int page = 0; page < PAGES_MAX && (page == 0 || token != NULL); page++) {
        const cJSON *alarm;
        cJSON *json =
            ask_aws(a, AWS_CLOUDWATCH, "DescribeAlarms",
                    token == NULL ? "{\"MaxRecords\":100}"
                                  : arena_printf(a->arena, "{\"MaxRecords\":100,\"NextToken\":%s}",
                                                 quoted(a, token)));

        cJSON_ArrayForEach(alarm, json_get(json, "MetricAlarms"))
        {
            count++;
            if (watches(a, alarm))
                tale_add(a->tale, TALE_ALARM, 0, "%s is %s: %s",
                         json_get_string(alarm, "AlarmName", "?"),
                         json_get_string(alarm, "StateValue", "?"),
                         json_get_string(alarm, "StateReason", ""));
        }
        token = json_get_string(json, "NextToken", NULL);
        if (token != NULL)
            token = arena_strdup(a->arena, token);
        cJSON_Delete(json);
    }
    tale_looked(a->tale, "%zu alarms", count);
}

/* --- the command ------------------------------------------------------------------------------ */

/* NAMESPACE/NAME[,DIM=VALUE...]: a namespace may have slashes, the last one is before the name. */
static enum status
read_metric(struct asker *a, struct err *err)
{
    size_t head = strcspn(a->id, ",");
    char *text = arena_strndup(a->arena, a->id, head), *slash = strrchr(text, '/');
    const char *at = a->id + head;

    if (slash == NULL || slash == text || slash[1] == '\0')
        return OK; /* an id, then */
    *slash = '\0';
    a->namespace_name = text;
    a->metric = a->needle = slash + 1;
    while (*at == ',') {
        size_t len = strcspn(++at, ",");
        char *pair = arena_strndup(a->arena, at, len), *equals = strchr(pair, '=');

        if (equals == NULL || equals == pair || a->dim_count == DIMS_MAX)
            return err_set(
                err, E_USAGE,
                "%.80s: expected NAMESPACE/NAME,DIMENSION=VALUE with up to %d dimensions", a->id,
                DIMS_MAX);
        *equals = '\0';
        a->dims[a->dim_count][0] = pair;
        a->dims[a->dim_count++][1] = equals + 1;
        at += len;
    }
    return OK;
}

/* E_IO and the like when nobody answered anything. */
static enum status
look(struct asker *a)
{
    look_for_report(a);
    if (a->stored_ms != 0)
        look_for_failures(a);
    if (a->metric != NULL)
        look_for_series(a);
    look_into_intake(a);
    if (!a->is_short)
        look_into_logs(a);
    if (a->answers == 0)
        return a->err.code;
    if (a->metric == NULL)
        look_for_links(a);
    look_for_alarms(a);
    return OK;
}

static int
print(const struct asker *a)
{
    struct buf b;

    buf_init(&b, OUTPUT_MAX);
    if (strcmp(settings_text(a->s, SET_FORMAT), "json") == 0)
        tale_print_json(&b, a->tale);
    else
        tale_print_text(&b, a->tale);
    fwrite(b.data, 1, b.len, stdout);
    buf_fini(&b);
    if (!a->target.is_emulator)
        fprintf(stderr,
                "obsview: %" PRId64
                " request(s) to CloudWatch, of a million a month that are free\n",
                aws_client_free_calls(a->client));
    return tale_is_known(a->tale) ? EXIT_OK : EXIT_FINDING;
}

static int64_t
span_of(const struct settings *s)
{
    return strcmp(settings_origin(s, SET_RANGE), "default") == 0 ? DAY_MS : watching_span_ms(s);
}

static enum status
begin(struct asker *a, struct invocation *inv, struct err *err)
{
    enum status st;

    a->arena = arena_new();
    a->s = inv->settings;
    a->span_ms = span_of(inv->settings);
    if (inv->argument_count == 0 || *inv->arguments[0] == '\0' || strlen(inv->arguments[0]) > 512)
        return err_set(
            err, E_USAGE,
            "why: expected an id of an error, session, visit, recording or request, or a "
            "metric as NAMESPACE/NAME");
    a->id = a->needle = inv->arguments[0];
    st = read_metric(a, err);
    a->is_short = strlen(a->needle) < NEEDLE_LEAST && a->metric == NULL;
    if (st == OK)
        st = watching_target(&a->target, inv->settings, NULL, err);
    if (st != OK)
        return st;
    a->net = net_new();
    a->client = aws_client_new(a->net, &a->target);
    a->tale = tale_new(a->id, a->metric != NULL ? "metric" : a->is_short ? "request" : "id");
    return watching_now(&a->now_ms, inv->settings, err);
}

static void
end(struct asker *a)
{
    tale_free(a->tale);
    aws_client_free(a->client);
    if (a->net != NULL) {
        net_free(a->net);
        aws_target_fini(&a->target);
    }
    arena_free(a->arena);
}

int
cmd_why(struct invocation *inv)
{
    struct asker a = { .span_ms = 0 };
    struct err err = { 0 };
    enum status st = begin(&a, inv, &err);
    int code;

    if (st == OK) {
        st = look(&a);
        err = a.err;
    }
    code = st == OK ? print(&a) : command_fail(&err);
    end(&a);
    return code;
}
