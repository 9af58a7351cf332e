/* emf.c - the Embedded Metric Format, as CloudWatch enforces it and never tells.
 * SPDX-License-Identifier: MIT
 *
 * Format: "Specification: Embedded metric format" in the CloudWatch User Guide, with its JSON
 * schema; the bounds of names and values are those of PutMetricData. How much of a document falls
 * with one mistake is not documented. Here it is the smallest unit that has no meaning left:
 *
 *   the metric          its definition, its unit, its target, its values
 *   the dimension set   a name or a target in it
 *   the directive       namespace, or one of the two lists as a whole
 *   the document        its time
 *
 * The document is parsed once, into the caller's arena, so names and values are borrowed and not
 * copied. The parts: emf_fault.c tells, emf_dimensions.c and emf_metrics.c judge their lists,
 * emf_hidden.c looks for documents in lines that are none, and this file judges the line and the
 * document around them. Three bounds are ours and not CloudWatch's
 * (EMF_OWN_*): a line of 200 KB could otherwise ask for a hundred million samples. */
#include "config.h"

#include "domain/emf.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "domain/emf_own.h"
#include "domain/lambda_line.h"
#include "domain/limits.h"

/* --- namespace */

static bool
has_namespace_characters(const char *name)
{
    for (; *name != '\0'; name++) {
        if (!isalnum((unsigned char)*name) && strchr(".-_/#: ", *name) == NULL)
            return false;
    }
    return true;
}

static bool
is_fit_namespace(struct emf_reading *r, const struct emf_place *at, const char *name)
{
    static const char fix[] = "use 1 to 255 of A-Z a-z 0-9 . - _ / # : and blank, such as "
                              "\"UserMetrics/Lambda\"";
    const char *pointer;

    if (!emf_is_blank(name) && emf_characters(name) <= METRIC_NAME_MAX && name[0] != ':' &&
        strncmp(name, "AWS/", 4) != 0 && has_namespace_characters(name))
        return true;
    pointer = emf_pointer_at(r, at, "Namespace");
    if (emf_is_blank(name))
        emf_fault(r, "namespace-blank", pointer, fix, "the namespace is empty or blank");
    else if (emf_characters(name) > METRIC_NAME_MAX)
        emf_fault(r, "namespace-too-long", pointer, fix, "the namespace has %zu characters, %d fit",
                  emf_characters(name), METRIC_NAME_MAX);
    else if (name[0] == ':')
        emf_fault(r, "namespace-colon", pointer, fix, "the namespace begins with a colon");
    else if (strncmp(name, "AWS/", 4) == 0)
        emf_fault(r, "namespace-reserved", pointer,
                  "choose a namespace that does not begin with AWS/",
                  "%s is reserved for AWS services", emf_quote(r, name));
    else
        emf_fault(r, "namespace-characters", pointer, fix,
                  "the namespace %s holds a character that is not allowed", emf_quote(r, name));
    return false;
}

/* --- directives */

static bool
check_list(struct emf_reading *r, const struct emf_place *at, const cJSON *directive,
           const char *name, const cJSON *list)
{
    static const char fix[] =
        "a directive needs Namespace, Dimensions (a list of lists) and Metrics (a list)";

    if (cJSON_IsArray(list))
        return true;
    if (list == NULL)
        emf_fault(r, strcmp(name, "Metrics") == 0 ? "metrics-missing" : "dimensions-missing",
                  emf_pointer_at(r, at, ""), emf_fix_missing(r, directive, name, fix),
                  "%s is missing", name);
    else
        emf_fault(r, strcmp(name, "Metrics") == 0 ? "metrics-type" : "dimensions-type",
                  emf_pointer_at(r, at, name), fix, "%s must be a list, got %s", name,
                  emf_type_name(list));
    return false;
}

static bool
read_namespace(struct emf_reading *r, struct metric_datum *base, const struct emf_place *at,
               const cJSON *directive, const cJSON *name)
{
    static const char fix[] = "add \"Namespace\": \"UserMetrics/...\"";

    if (name == NULL)
        emf_fault(r, "namespace-missing", emf_pointer_at(r, at, ""),
                  emf_fix_missing(r, directive, "Namespace", fix), "Namespace is missing");
    else if (!cJSON_IsString(name))
        emf_fault(r, "namespace-type", emf_pointer_at(r, at, "Namespace"), fix,
                  "Namespace must be a string, got %s", emf_type_name(name));
    else if (is_fit_namespace(r, at, name->valuestring)) {
        base->namespace_name = name->valuestring;
        return true;
    }
    return false;
}

static void
read_directive(struct emf_reading *r, size_t index, const cJSON *directive)
{
    struct metric_datum base = { .time_ms = r->out->time_ms };
    const cJSON *name = NULL, *dimensions = NULL, *metrics = NULL;
    struct emf_place at = { index, NULL, 0 };
    struct dimension_set *sets = NULL;

    if (!cJSON_IsObject(directive)) {
        emf_fault(r, "directive-type", emf_pointer_at(r, &at, ""),
                  "a directive is {\"Namespace\": ..., \"Dimensions\": ..., \"Metrics\": ...}",
                  "expected an object, got %s", emf_type_name(directive));
        return;
    }
    for (const cJSON *c = directive->child; c != NULL; c = c->next) {
        if (strcmp(c->string, "Namespace") == 0)
            name = c;
        else if (strcmp(c->string, "Dimensions") == 0)
            dimensions = c;
        else if (strcmp(c->string, "Metrics") == 0)
            metrics = c;
    }
    if (!read_namespace(r, &base, &at, directive, name) ||
        !check_list(r, &at, directive, "Dimensions", dimensions) ||
        !check_list(r, &at, directive, "Metrics", metrics) || metrics->child == NULL)
        return; /* no metrics at all is what the client libraries write when idle */
    base.set_count = emf_read_sets(r, &sets, index, dimensions);
    base.sets = sets;
    if (base.set_count > 0)
        emf_read_metrics(r, &base, index, metrics);
}

static size_t
count_definitions(const cJSON *directives)
{
    const cJSON *directive;
    size_t n = 0;

    cJSON_ArrayForEach(directive, directives) n +=
        (size_t)cJSON_GetArraySize(json_get(directive, "Metrics"));
    return n;
}

/* --- the document */

static bool
read_time(struct emf_reading *r, const cJSON *aws, const cJSON *time)
{
    static const char pointer[] = "/_aws/Timestamp";
    static const char fix[] = "write milliseconds since 1970 as a whole number: Date.now()";
    double ms = cJSON_IsNumber(time) ? time->valuedouble : 0;

    if (time == NULL)
        emf_fault(r, "timestamp-missing", "/_aws", emf_fix_missing(r, aws, "Timestamp", fix),
                  "Timestamp is missing");
    else if (!cJSON_IsNumber(time))
        emf_fault(r, "timestamp-type", pointer, fix, "Timestamp must be a number, got %s",
                  emf_type_name(time));
    else if (ms != floor(ms) || !isfinite(ms))
        emf_fault(r, "timestamp-not-whole", pointer, fix, "%.17g is not a whole number", ms);
    else if (ms < (double)(r->now_ms - LIMIT_PAST_MS))
        emf_fault(r, "timestamp-too-old", pointer,
                  ms * 1000 > (double)(r->now_ms - LIMIT_PAST_MS) &&
                          ms * 1000 < (double)(r->now_ms + LIMIT_FUTURE_MS)
                      ? "these look like seconds: multiply by 1000"
                      : fix,
                  "%.0f is more than 14 days ago", ms);
    else if (ms > (double)(r->now_ms + LIMIT_FUTURE_MS))
        emf_fault(r, "timestamp-too-new", pointer,
                  ms / 1000 < (double)(r->now_ms + LIMIT_FUTURE_MS)
                      ? "if these are microseconds, divide by 1000; else set the clock"
                      : fix,
                  "%.0f is more than 2 hours ahead", ms);
    else {
        r->out->time_ms = (int64_t)ms;
        return true;
    }
    return false;
}

static bool
check_metadata(struct emf_reading *r, const cJSON *aws, const cJSON *directives)
{
    static const char fix[] = "\"_aws\" is {\"Timestamp\": ..., \"CloudWatchMetrics\": [...]}";

    r->out->kind = EMF_MALFORMED;
    if (!cJSON_IsObject(aws))
        emf_fault(r, "metadata-type", "/_aws", fix, "_aws must be an object, got %s",
                  emf_type_name(aws));
    else if (directives == NULL)
        emf_fault(r, "directives-missing", "/_aws",
                  emf_fix_missing(r, aws, "CloudWatchMetrics", fix),
                  "CloudWatchMetrics is missing");
    else if (!cJSON_IsArray(directives))
        emf_fault(r, "directives-type", EMF_DIRECTIVES, fix,
                  "CloudWatchMetrics must be a list, got %s", emf_type_name(directives));
    else {
        r->out->kind = EMF_DOCUMENT;
        return true;
    }
    return false;
}

static void
read_directives(struct emf_reading *r, const cJSON *directives)
{
    size_t index = 0, most = count_definitions(directives) + 1;
    const cJSON *directive;

    r->data = arena_room(r->arena, most * sizeof *r->data);
    r->names = arena_room(r->arena, most * sizeof *r->names);
    r->out->data = r->data;
    cJSON_ArrayForEach(directive, directives)
    {
        if (index == EMF_OWN_DIRECTIVES) {
            emf_fault(r, "directives-too-many", EMF_DIRECTIVES,
                      "spread them over several documents",
                      "obsview reads %d directives of a document", EMF_OWN_DIRECTIVES);
            break;
        }
        read_directive(r, index++, directive);
    }
}

static void
read_document(struct emf_reading *r, const cJSON *aws)
{
    const cJSON *time = NULL, *directives = NULL;

    for (const cJSON *c = cJSON_IsObject(aws) ? aws->child : NULL; c != NULL; c = c->next) {
        if (strcmp(c->string, "Timestamp") == 0)
            time = c;
        else if (strcmp(c->string, "CloudWatchMetrics") == 0)
            directives = c;
        else if (strcmp(c->string, "LogGroupName") == 0 && cJSON_IsString(c))
            r->out->log_group = c->valuestring;
        else if (strcmp(c->string, "LogStreamName") == 0 && cJSON_IsString(c))
            r->out->log_stream = c->valuestring;
    }
    if (!check_metadata(r, aws, directives))
        return;
    if (read_time(r, aws, time))
        read_directives(r, directives);
    if (r->out->fault_count > 0 && r->out->datum_count == 0)
        r->out->kind = EMF_INVALID;
}

/* --- the line around it */

static void
read_json(struct emf_reading *r, const char *text, size_t len)
{
    const cJSON *root, *aws;
    struct err err = { 0 };

    if (json_parse_in(&root, r->arena, text, len, &err) != OK) {
        if (memmem(text, len, "\"_aws\"", 6) == NULL) {
            emf_look_around(r, text, len); /* perhaps only quoted inside a text */
            return;
        }
        r->out->kind = EMF_MALFORMED;
        emf_fault(
            r, "not-json", "",
            "one whole document per line and nothing else; log drivers may cut lines at 16 KB",
            "%s", err.text);
        return;
    }
    members_init(&r->root, r->arena, root);
    aws = members_find(&r->root, "_aws");
    if (aws == NULL)
        emf_look_inside(r, root);
    else
        read_document(r, aws);
}

void
emf_read(struct emf_result *out, struct arena *arena, const char *line, size_t len, int64_t now_ms)
{
    struct emf_reading r = { .arena = arena, .out = out, .now_ms = now_ms };
    struct lambda_line lambda;
    const cJSON *other;

    *out = (struct emf_result){ .kind = EMF_PLAIN };
    if (len == 0 || memmem(line, len, "_aws", 4) == NULL)
        return;
    while (len > 0 && strchr(" \t\r\n", *line) != NULL && *line != '\0') {
        line++;
        len--;
    }
    if (len > LIMIT_LOG_EVENT_BYTES) {
        out->kind = EMF_INVALID;
        emf_fault(&r, "document-too-large", "", "spread it over several documents",
                  "%zu bytes, a log event has at most %d", len, LIMIT_LOG_EVENT_BYTES);
        return;
    }
    if (*line != '{') {
        lambda_line_read(&lambda, line, len);
        if (lambda.prefix == LAMBDA_PREFIX_NODE) { /* the libraries of Python print past logging */
            line = lambda.message;
            len = lambda.message_len;
        }
    }
    if (len > 0 && *line == '{')
        read_json(&r, line, len);
    else if (len > 0 && (*line == '[' || *line == '"') &&
             json_parse_in(&other, arena, line, len, NULL) == OK)
        emf_look_inside(&r, other);
    else
        emf_look_around(&r, line, len);
}
