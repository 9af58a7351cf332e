/* lambda_line.c - START, END, REPORT and what stands in front of console.log's text.
 * SPDX-License-Identifier: MIT
 *
 * Two formats are in use: the text format (AWS Lambda developer guide, "Working with Lambda
 * function logs"), where fields of a REPORT are parted by tabs, and the JSON format, where platform
 * events are objects with "type" and "record" and a console call is an object with "message". Only
 * platform events are parsed as JSON here: everything else that begins with a brace is what the
 * function printed, and most of it never needs to be understood.
 *
 * In the text format the runtimes of Node and Python put time, request and level in front of what
 * is logged, each in an order of its own (LogPatch.js and bootstrap.py of their runtime interface
 * clients); what is printed past console and logging has no prefix. */
#include "config.h"

#include "domain/lambda_line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/json.h"
#include "base/text.h"

#define PLATFORM_MAX 16384 /* the platform's own events are far shorter */
#define UNKNOWN      ((double)NAN)

struct span {
    const char *text;
    size_t len;
};

static bool
starts(struct span s, const char *with)
{
    size_t len = strlen(with);

    return s.len >= len && memcmp(s.text, with, len) == 0;
}

static struct span
skip(struct span s, size_t n)
{
    n = n < s.len ? n : s.len;
    return (struct span){ s.text + n, s.len - n };
}

/* What stands before the first `c`; *rest is what stands behind it, empty when there is none. */
static struct span
upto(struct span s, char c, struct span *rest)
{
    const char *at = s.len > 0 ? memchr(s.text, c, s.len) : NULL;
    size_t len = at == NULL ? s.len : (size_t)(at - s.text);

    *rest = skip(s, at == NULL ? len : len + 1);
    return (struct span){ s.text, len };
}

static struct span
trim(struct span s)
{
    while (s.len > 0 && strchr(" \t\r\n", s.text[s.len - 1]) != NULL)
        s.len--;
    while (s.len > 0 && strchr(" \t\r\n", s.text[0]) != NULL)
        s = skip(s, 1);
    return s;
}

/* false, and nothing written, when it does not fit. */
static bool
keep(char *out, size_t size, struct span s)
{
    if (s.len >= size)
        return false;
    memcpy(out, s.text, s.len);
    out[s.len] = '\0';
    return true;
}

static bool
is_request_id(struct span s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.text[i] <= ' ' || s.text[i] >= 0x7f)
            return false;
    }
    return s.len > 0;
}

#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static void
keep_prefix(struct lambda_line *out, enum lambda_prefix prefix, struct span id, const char *level,
            struct span message)
{
    out->prefix = prefix;
    snprintf(out->level, sizeof out->level, "%s", level);
    keep(out->request_id, sizeof out->request_id, id);
    out->message = message.text;
    out->message_len = message.len;
}

/* "2026-11-23T01:02:03.004Z TAB id TAB INFO TAB text", as the Node runtime writes it. */
static void
read_node_prefix(struct lambda_line *out, struct span line)
{
    struct span rest, at = upto(line, '\t', &rest), id = upto(rest, '\t', &rest);
    struct span level = upto(rest, '\t', &rest);
    char text[ISO8601_TEXT], name[sizeof out->level];
    int64_t time_ms;

    if (!keep(text, sizeof text, at) || !iso8601_parse(&time_ms, text))
        return;
    if (level.len == 0 || rest.text != level.text + level.len + 1 || !is_request_id(id) ||
        !keep(name, sizeof name, level) || name[strspn(name, CAPITALS)] != '\0')
        return;
    out->time_ms = time_ms;
    keep_prefix(out, LAMBDA_PREFIX_NODE, id, name, rest);
    if (strcmp(out->request_id, "undefined") == 0) /* printed while the runtime was starting */
        out->request_id[0] = '\0';
}

/* "2026-11-23T01:02:03.004Z"; until 2021 the milliseconds were without leading zeros. */
static bool
read_python_time(int64_t *out, struct span at)
{
    struct span rest, second = upto(at, '.', &rest), end, ms = upto(rest, 'Z', &end);
    char text[ISO8601_TEXT], fraction[4];
    int64_t whole_ms;

    if (end.text != at.text + at.len || at.text[at.len - 1] != 'Z' || ms.len == 0 ||
        !keep(fraction, sizeof fraction, ms) || fraction[strspn(fraction, "0123456789")] != '\0' ||
        !keep(text, sizeof text - 1, second))
        return false;
    memcpy(text + second.len, "Z", 2);
    if (!iso8601_parse(&whole_ms, text))
        return false;
    *out = whole_ms + strtol(fraction, NULL, 10);
    return true;
}

/* "[INFO] TAB 2026-11-23T01:02:03.004Z TAB id TAB text", as the Python runtime writes it; outside
 * of a request there is no id. */
static void
read_python_prefix(struct lambda_line *out, struct span line)
{
    struct span rest, level = upto(skip(line, 1), ']', &rest), gap = upto(rest, '\t', &rest);
    struct span at = upto(rest, '\t', &rest), id = upto(rest, '\t', &rest);
    char name[sizeof out->level];
    int64_t time_ms;

    if (level.len == 0 || gap.len > 0 || rest.text != id.text + id.len + 1 ||
        (id.len > 0 && !is_request_id(id)) || !keep(name, sizeof name, level) ||
        name[strspn(name, CAPITALS)] != '\0' || at.len == 0 || !read_python_time(&time_ms, at))
        return;
    out->time_ms = time_ms;
    keep_prefix(out, LAMBDA_PREFIX_PYTHON, id, name, rest);
}

/* --- the text format */

static double
read_amount(struct span value)
{
    char text[32];
    struct span rest;
    double v;

    value = upto(trim(value), ' ', &rest);
    if (!keep(text, sizeof text, value) || !text_parse_double(&v, text))
        return UNKNOWN;
    return v;
}

static void
read_report_field(struct lambda_line *out, struct span field)
{
    const struct {
        const char *name;
        double *to;
    } amounts[] = {
        { "Duration:", &out->duration_ms },  { "Billed Duration:", &out->billed_ms },
        { "Memory Size:", &out->memory_mb }, { "Max Memory Used:", &out->used_mb },
        { "Init Duration:", &out->init_ms },
    };

    field = trim(field);
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        if (starts(field, amounts[i].name))
            *amounts[i].to = read_amount(skip(field, strlen(amounts[i].name)));
    }
    if (starts(field, "Status: timeout"))
        out->timed_out = true;
    if (starts(field, "Status: error") || starts(field, "Error Type:"))
        out->failed = true;
}

static void
read_report(struct lambda_line *out, struct span rest)
{
    while (rest.len > 0)
        read_report_field(out, upto(rest, '\t', &rest));
}

/* "2026-11-23T01:02:03.004Z 8f3c... Task timed out after 3.00 seconds" */
static bool
read_timeout(struct lambda_line *out, struct span line)
{
    struct span rest, at = upto(line, ' ', &rest), id = upto(rest, ' ', &rest);
    char text[ISO8601_TEXT];

    if (!starts(rest, "Task timed out after ") || !keep(text, sizeof text, at) ||
        !iso8601_parse(&out->time_ms, text))
        return false;
    keep(out->request_id, sizeof out->request_id, id);
    out->timed_out = true;
    return true;
}

static bool
read_text(struct lambda_line *out, struct span line)
{
    static const struct {
        const char *start;
        enum lambda_line_kind kind;
    } kinds[] = {
        { "START RequestId: ", LAMBDA_LINE_START },   { "END RequestId: ", LAMBDA_LINE_END },
        { "REPORT RequestId: ", LAMBDA_LINE_REPORT }, { "INIT_START ", LAMBDA_LINE_INIT },
        { "INIT_REPORT ", LAMBDA_LINE_INIT },
    };
    struct span rest, id;
    size_t i = 0;

    while (i < sizeof kinds / sizeof kinds[0] && !starts(line, kinds[i].start))
        i++;
    if (i == sizeof kinds / sizeof kinds[0])
        return read_timeout(out, line);
    out->kind = kinds[i].kind;
    if (out->kind == LAMBDA_LINE_INIT)
        return true;
    line = skip(line, strlen(kinds[i].start));
    id = out->kind == LAMBDA_LINE_REPORT ? upto(line, '\t', &rest) : upto(line, ' ', &rest);
    keep(out->request_id, sizeof out->request_id, trim(id));
    if (out->kind == LAMBDA_LINE_REPORT)
        read_report(out, rest);
    return true;
}

/* --- the JSON format */

static void
read_metrics(struct lambda_line *out, const cJSON *metrics)
{
    out->duration_ms = json_get_number(metrics, "durationMs", UNKNOWN);
    out->billed_ms = json_get_number(metrics, "billedDurationMs", UNKNOWN);
    out->memory_mb = json_get_number(metrics, "memorySizeMB", UNKNOWN);
    out->used_mb = json_get_number(metrics, "maxMemoryUsedMB", UNKNOWN);
    out->init_ms = json_get_number(metrics, "initDurationMs", UNKNOWN);
}

static void
read_record(struct lambda_line *out, const cJSON *record)
{
    const char *id = json_get_string(record, "requestId", "");
    const char *status = json_get_string(record, "status", "");

    keep(out->request_id, sizeof out->request_id, (struct span){ id, strlen(id) });
    if (out->kind != LAMBDA_LINE_REPORT)
        return;
    read_metrics(out, json_get(record, "metrics"));
    out->timed_out = strcmp(status, "timeout") == 0;
    out->failed = strcmp(status, "error") == 0 || strcmp(status, "failure") == 0 ||
                  json_get(record, "errorType") != NULL;
}

static void
read_platform(struct lambda_line *out, struct span line)
{
    static const struct {
        const char *type;
        enum lambda_line_kind kind;
    } kinds[] = {
        { "platform.initStart", LAMBDA_LINE_INIT }, { "platform.initReport", LAMBDA_LINE_INIT },
        { "platform.start", LAMBDA_LINE_START },    { "platform.runtimeDone", LAMBDA_LINE_END },
        { "platform.end", LAMBDA_LINE_END },        { "platform.report", LAMBDA_LINE_REPORT },
    };
    cJSON *event = NULL;
    const char *type;

    if (line.len > PLATFORM_MAX || memmem(line.text, line.len, "\"platform.", 10) == NULL ||
        json_parse(&event, line.text, line.len, NULL) != OK)
        return;
    type = json_get_string(event, "type", "");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(type, kinds[i].type) != 0 || !cJSON_IsObject(json_get(event, "record")))
            continue;
        out->kind = kinds[i].kind;
        if (!iso8601_parse(&out->time_ms, json_get_string(event, "time", "")))
            out->time_ms = 0;
        read_record(out, json_get(event, "record"));
    }
    cJSON_Delete(event);
}

void
lambda_line_read(struct lambda_line *out, const char *line, size_t len)
{
    struct span s = { line, len };

    *out = (struct lambda_line){ .message = line,
                                 .message_len = len,
                                 .duration_ms = UNKNOWN,
                                 .billed_ms = UNKNOWN,
                                 .memory_mb = UNKNOWN,
                                 .used_mb = UNKNOWN,
                                 .init_ms = UNKNOWN };
    while (s.len > 0 && (s.text[s.len - 1] == '\n' || s.text[s.len - 1] == '\r'))
        s.len--;
    if (starts(s, "{"))
        read_platform(out, s);
    else if (starts(s, "["))
        read_python_prefix(out, s);
    else if (!read_text(out, s))
        read_node_prefix(out, s);
}

/* --- whose it is */

/* "[ERROR] ValueError: text CR Traceback ...", as the Python runtime tells what nobody caught. */
static bool
is_python_traceback(struct span s)
{
    static const char traceback[] = "Traceback (most recent call last):";

    return starts(s, "[ERROR] ") && memmem(s.text, s.len, traceback, sizeof traceback - 1) != NULL;
}

bool
lambda_line_is_the_runtimes(const struct lambda_line *line)
{
    static const char *const platform[] = {
        "EXTENSION\tName: ", "LOGS\tName: ",    "TELEMETRY\tName: ", "XRAY TraceId: ",
        "RESTORE_START ",    "RESTORE_REPORT ", "LAMBDA_WARNING: ",
    };
    static const char *const uncaught[] = { "Invoke Error \t{", "Uncaught Exception \t{",
                                            "Unhandled Promise Rejection \t{" };
    struct span s = trim((struct span){ line->message, line->message_len }), rest, id;

    if (line->kind != LAMBDA_LINE_OTHER || (line->timed_out && line->time_ms != 0))
        return true;
    for (size_t i = 0; i < sizeof uncaught / sizeof uncaught[0] && line->time_ms != 0; i++) {
        if (starts(s, uncaught[i]))
            return true;
    }
    for (size_t i = 0; i < sizeof platform / sizeof platform[0] && line->time_ms == 0; i++) {
        if (starts(s, platform[i]))
            return true;
    }
    if (starts(s, "RequestId: ")) { /* "RequestId: 8f3c... Error: Runtime exited ..." */
        id = upto(skip(s, strlen("RequestId: ")), ' ', &rest);
        return is_request_id(id) && (starts(rest, "Error: ") || starts(rest, "Process exited "));
    }
    if (line->time_ms == 0 && is_python_traceback(s))
        return true;
    return starts(s, "Runtime.") && memchr(s.text, ' ', s.len) == NULL;
}

/* --- writing */

void
lambda_line_print_start(struct buf *b, const char *request_id)
{
    buf_addf(b, "START RequestId: %s Version: $LATEST", request_id);
}

void
lambda_line_print_end(struct buf *b, const char *request_id)
{
    buf_addf(b, "END RequestId: %s", request_id);
}

/* Without the two memory fields: there is no sandbox whose memory could be told. */
void
lambda_line_print_report(struct buf *b, const char *request_id, double duration_ms)
{
    buf_addf(b, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\t", request_id,
             duration_ms, ceil(duration_ms));
}

static size_t
digits(uint64_t number)
{
    size_t n = 1;

    for (; number >= 10; number /= 10)
        n++;
    return n;
}

size_t
lambda_line_frame_bytes(uint32_t duration_us)
{
    static const char start[] = "START RequestId:  Version: $LATEST";
    static const char end[] = "END RequestId: ";
    static const char report[] = "REPORT RequestId: \tDuration: .00 ms\tBilled Duration:  ms\t";
    uint64_t ms = duration_us / 1000;
    size_t fixed = sizeof start + sizeof end + sizeof report - 3 + 3 * (size_t)36;
    size_t billed = digits(ms + (duration_us % 1000 != 0));

    if (duration_us % 1000 >= 995) /* two decimals may round it up to the next whole one */
        return fixed + (size_t)snprintf(NULL, 0, "%.2f", duration_us / 1000.0) - 3 + billed;
    return fixed + digits(ms) + billed;
}
