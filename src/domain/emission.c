/* emission.c - documents are built as JSON values, printed, and read again by their door's reader.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/emission.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/emf.h"
#include "domain/error_report.h"
#include "domain/log_schema.h"
#include "domain/umami_send.h"
#include "domain/web_vitals.h"

#define DIRECTIVE "_aws"
#define WHOLE_MAX 0x1p53

/* A whole number that a double cannot hold is an id, of which no digit may change; and what is
 * beyond all doubles has no number to be written as. */
static bool
is_long(const cJSON *value, const char *text)
{
    if (cJSON_IsNumber(value) && !isfinite(value->valuedouble))
        return true;
    return cJSON_IsNumber(value) && fabs(value->valuedouble) >= WHOLE_MAX &&
           text[strspn(text, "-0123456789")] == '\0';
}

static cJSON *
value_of(const char *text)
{
    cJSON *value;

    if (json_parse_strict(&value, text, strlen(text), NULL) != OK)
        return cJSON_CreateString(text);
    if (!cJSON_IsString(value) && !is_long(value, text))
        return value;
    cJSON_Delete(value); /* quotes were meant as such */
    return cJSON_CreateString(text);
}

static void
put_fields(cJSON *object, const struct emission_fields *fields)
{
    for (size_t i = 0; i < fields->count; i++) {
        cJSON_DeleteItemFromObjectCaseSensitive(object, fields->items[i].name);
        cJSON_AddItemToObject(object, fields->items[i].name, value_of(fields->items[i].value));
    }
}

/* Ends each function below: prints what was built, unless it was found wrong. */
static enum status
finish(struct buf *b, cJSON *root, enum status st)
{
    if (st == OK)
        json_print(b, root);
    cJSON_Delete(root);
    return st;
}

static enum status
first_fault(const struct field_errors *errors, struct err *err)
{
    return err_set(err, E_INVALID, "%s: %s", errors->list[0].field, errors->list[0].message);
}

/* --- metrics ---------------------------------------------------------------------------------- */

static enum status
judge_document(const cJSON *root, int64_t now_ms, struct err *err)
{
    struct arena *arena = arena_new();
    struct emf_result result;
    enum status st = OK;
    struct buf text;

    buf_init(&text, (size_t)1 << 20);
    json_print(&text, root);
    emf_read(&result, arena, text.data, text.len, now_ms);
    if (result.fault_count > 0)
        st = err_set(err, E_INVALID, "CloudWatch would drop it: %s; %s", result.faults[0].text,
                     result.faults[0].fix);
    else if (buf_failed(&text))
        st = err_set(err, E_LIMIT, "the document is larger than 1 MiB");
    buf_fini(&text);
    arena_free(arena);
    return st;
}

/* What is put later would replace the directive. */
static enum status
check_fields(const struct emission_fields *fields, struct err *err)
{
    for (size_t i = 0; i < fields->count; i++) {
        if (strcmp(fields->items[i].name, DIRECTIVE) == 0)
            return err_set(err, E_INVALID, "field " DIRECTIVE ": the document has its own");
    }
    return OK;
}

static void
put_definitions(cJSON *directive, const struct emission_metric *metrics, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(directive, "Metrics");

    for (size_t i = 0; i < count; i++) {
        cJSON *metric = cJSON_CreateObject();

        cJSON_AddStringToObject(metric, "Name", metrics[i].name);
        if (metrics[i].unit != NULL)
            cJSON_AddStringToObject(metric, "Unit", metrics[i].unit);
        cJSON_AddItemToArray(list, metric);
    }
}

/* A dimension's value is always text. */
static enum status
put_dimensions(cJSON *root, cJSON *set, const struct emission_fields *dimensions, struct err *err)
{
    for (size_t i = 0; i < dimensions->count; i++) {
        const struct emission_field *d = &dimensions->items[i];

        if (json_get(root, d->name) != NULL)
            return err_set(err, E_INVALID, "dimension %s: something else has that name already",
                           d->name);
        cJSON_AddItemToArray(set, cJSON_CreateString(d->name));
        cJSON_AddStringToObject(root, d->name, d->value);
    }
    return OK;
}

enum status
emission_metrics(struct buf *b, int64_t now_ms, const char *namespace_name,
                 const struct emission_metric *metrics, size_t count,
                 const struct emission_fields *dimensions, const struct emission_fields *fields,
                 struct err *err)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *aws = cJSON_AddObjectToObject(root, DIRECTIVE);
    cJSON *directive = cJSON_CreateObject(), *set = cJSON_CreateArray();
    enum status st = check_fields(fields, err);

    cJSON_AddNumberToObject(aws, "Timestamp", (double)now_ms);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(aws, "CloudWatchMetrics"), directive);
    cJSON_AddStringToObject(directive, "Namespace", namespace_name);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(directive, "Dimensions"), set);
    put_definitions(directive, metrics, count);
    if (st == OK) {
        put_fields(root, fields);
        st = put_dimensions(root, set, dimensions, err);
    }
    for (size_t i = 0; st == OK && i < count; i++) {
        if (json_get(root, metrics[i].name) != NULL)
            st = err_set(err, E_INVALID, "metric %s: something else has that name already",
                         metrics[i].name);
        cJSON_AddNumberToObject(root, metrics[i].name, metrics[i].value);
    }
    if (st == OK)
        st = judge_document(root, now_ms, err);
    return finish(b, root, st);
}

/* --- a log line ------------------------------------------------------------------------------- */

/* A stack begins with the message; behind a shell's there are no frames. */
static void
put_error(cJSON *root, const struct emission_log *log)
{
    const char *message = log->error == NULL ? log->message : log->error;
    cJSON *error;

    if (strcmp(log->level, "ERROR") != 0 && log->error == NULL)
        return;
    error = cJSON_AddObjectToObject(root, "error");
    cJSON_AddStringToObject(error, "message", message);
    cJSON_AddStringToObject(error, "stack", message);
}

static enum status
judge_line(const cJSON *root, struct err *err)
{
    unsigned broken = log_schema_judge(root) & ~(1u << LOG_DEBUG_IN_PROD);

    for (unsigned rule = 0; rule < LOG_RULES; rule++) {
        if ((broken & 1u << rule) != 0)
            return err_set(err, E_INVALID, "%s", log_rule_sentence((enum log_rule)rule));
    }
    return OK;
}

enum status
emission_log(struct buf *b, int64_t now_ms, const struct emission_log *log, struct err *err)
{
    cJSON *root = cJSON_CreateObject();
    char time[ISO8601_TEXT];

    iso8601_format_ms(now_ms, time);
    cJSON_AddStringToObject(root, "timestamp", time);
    cJSON_AddStringToObject(root, "level", log->level);
    cJSON_AddStringToObject(root, "message", log->message);
    cJSON_AddStringToObject(root, "functionName", log->function_name);
    cJSON_AddStringToObject(root, "requestId", log->request_id);
    if (log->context.count > 0)
        put_fields(cJSON_AddObjectToObject(root, "context"), &log->context);
    put_error(root, log);
    return finish(b, root, judge_line(root, err));
}

/* --- bodies of the tracking endpoints ----------------------------------------------------------
 */

enum status
emission_vital(struct buf *b, int64_t now_ms, const char *name, double value,
               const struct emission_page *page, struct err *err)
{
    cJSON *root = cJSON_CreateObject(), *metric = cJSON_CreateObject();
    struct arena *arena = arena_new();
    struct field_errors errors = { 0 };
    struct vitals_post post;
    char time[ISO8601_TEXT];
    enum vital vital;
    enum status st;

    iso8601_format_ms(now_ms, time);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(root, "metrics"), metric);
    cJSON_AddStringToObject(metric, "name", name);
    cJSON_AddNumberToObject(metric, "value", value);
    if (vital_parse(&vital, name))
        cJSON_AddStringToObject(metric, "rating", rating_wire_name(vital_rate(vital, value)));
    cJSON_AddStringToObject(metric, "url", page->url);
    cJSON_AddStringToObject(metric, "timestamp", time);
    cJSON_AddStringToObject(root, "sessionId", page->session_id);
    cJSON_AddStringToObject(root, "userAgent", page->user_agent);
    st = web_vitals_read(&post, arena, root, &errors) ? OK : first_fault(&errors, err);
    arena_free(arena);
    return finish(b, root, st);
}

enum status
emission_error(struct buf *b, int64_t now_ms, const char *message, const char *type,
               const char *stack, const struct emission_page *page, struct err *err)
{
    cJSON *root = cJSON_CreateObject();
    cJSON *error = cJSON_AddObjectToObject(root, "error");
    cJSON *context = cJSON_AddObjectToObject(root, "context");
    struct arena *arena = arena_new();
    struct field_errors errors = { 0 };
    struct error_report report;
    char time[ISO8601_TEXT];
    enum status st;

    iso8601_format_ms(now_ms, time);
    cJSON_AddStringToObject(error, "message", message);
    if (stack != NULL)
        cJSON_AddStringToObject(error, "stack", stack);
    if (type != NULL)
        cJSON_AddStringToObject(error, "type", type);
    cJSON_AddStringToObject(context, "url", page->url);
    cJSON_AddStringToObject(context, "userAgent", page->user_agent);
    cJSON_AddStringToObject(context, "timestamp", time);
    cJSON_AddStringToObject(context, "sessionId", page->session_id);
    st = error_report_read(&report, arena, root, &errors) ? OK : first_fault(&errors, err);
    arena_free(arena);
    return finish(b, root, st);
}

/* As a browser's location.hostname: without a user and a port, with the brackets of IPv6. */
static void
read_hostname(char *out, size_t size, const char *url)
{
    const char *host = strstr(url, "://"), *user;
    size_t length;

    host = host == NULL ? "" : host + 3;
    length = strcspn(host, "/?#");
    user = memrchr(host, '@', length);
    if (user != NULL) {
        length -= (size_t)(user + 1 - host);
        host = user + 1;
    }
    if (*host == '[')
        length = strcspn(host, "]/?#") + 1;
    else
        length = strcspn(host, ":/?#");
    snprintf(out, size, "%.*s", (int)strnlen(host, length), host);
}

/* Both generations must take it. */
static enum status
judge_event(const cJSON *root, struct err *err)
{
    struct arena *arena = arena_new();
    enum status st = OK;

    for (int dialect = UMAMI_V2; dialect <= UMAMI_V3 && st == OK; dialect++) {
        struct umami_faults faults = { 0 };
        struct umami_send send;
        char text[256];

        if (umami_send_read(&send, arena, (enum umami_dialect)dialect, root, &faults))
            continue;
        umami_faults_describe(text, sizeof text, &faults);
        st = err_set(err, E_INVALID, "%s", text);
    }
    arena_free(arena);
    return st;
}

enum status
emission_event(struct buf *b, const char *name, const char *website,
               const struct emission_page *page, const struct emission_fields *data,
               struct err *err)
{
    cJSON *root = cJSON_CreateObject(), *payload;
    char hostname[101];

    read_hostname(hostname, sizeof hostname, page->url);
    cJSON_AddStringToObject(root, "type", "event");
    payload = cJSON_AddObjectToObject(root, "payload");
    cJSON_AddStringToObject(payload, "website", website);
    cJSON_AddStringToObject(payload, "hostname", hostname);
    cJSON_AddStringToObject(payload, "url", page->url);
    if (name != NULL)
        cJSON_AddStringToObject(payload, "name", name);
    if (data->count > 0)
        put_fields(cJSON_AddObjectToObject(payload, "data"), data);
    return finish(b, root, judge_event(root, err));
}
