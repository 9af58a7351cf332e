/* error_report.c - the error reporter Lambda, as far as it computes.
 * SPDX-License-Identifier: MIT
 *
 * Anything can be thrown in a browser, so a message may be empty and the stack or the type may be
 * missing, but not all three: such a report says nothing. Long texts are cut and kept, because the
 * first kilobytes of a stack are the ones that matter. */
#include "config.h"

#include "domain/error_report.h"

#include <string.h>

#include "base/clock.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "domain/field.h"
#include "domain/limits.h"
#include "domain/route.h"

static void
read_error(struct error_report *out, const struct field_object *error)
{
    static const struct field_text message = { .key = "message",
                                               .max = LIMIT_ERROR_MESSAGE_BYTES,
                                               .is_required = true };
    static const struct field_text stack = { .key = "stack", .max = LIMIT_STACK_BYTES };
    static const struct field_text type = { .key = "type", .max = LIMIT_ERROR_TYPE_BYTES };
    size_t wrong = error->errors->count;

    field_read_text(&out->message, error, &message);
    field_read_text(&out->stack, error, &stack);
    field_read_text(&out->type, error, &type);
    if (error->errors->count == wrong && out->message[0] == '\0' && out->stack[0] == '\0' &&
        out->type[0] == '\0')
        field_error_add(error->errors, "error.message",
                        "expected a message, a stack or a type, got three times nothing");
}

static void
read_context(struct error_report *out, const struct field_object *context)
{
    static const struct field_text url = { .key = "url", .max = LIMIT_URL_BYTES };
    static const struct field_text agent = { .key = "userAgent", .max = LIMIT_USER_AGENT_BYTES };
    static const struct field_text components = { .key = "componentStack",
                                                  .max = LIMIT_STACK_BYTES };
    static const struct field_text session = {
        .key = "sessionId", .max = LIMIT_SESSION_BYTES, .is_required = true, .is_identity = true
    };

    field_read_text(&out->url, context, &url);
    field_read_text(&out->user_agent, context, &agent);
    field_read_text(&out->component_stack, context, &components);
    field_read_text(&out->session_id, context, &session);
    field_read_time(&out->page_time_ms, context, "timestamp");
}

bool
error_report_read(struct error_report *out, struct arena *arena, const cJSON *body,
                  struct field_errors *errors)
{
    struct field_object object = { body, "", -1, arena, errors };
    struct field_object error = { field_get(&object, "error"), "error", -1, arena, errors };
    struct field_object context = { field_get(&object, "context"), "context", -1, arena, errors };
    struct error_report report = *out;
    size_t wrong = errors->count;
    char route[ROUTE_TEXT];

    if (!cJSON_IsObject(body)) {
        field_expected(&object, NULL, "an object", body);
        return false;
    }
    if (cJSON_IsObject(error.members))
        read_error(&report, &error);
    else
        field_expected(&object, "error", "an object", error.members);
    if (cJSON_IsObject(context.members))
        read_context(&report, &context);
    else
        field_expected(&object, "context", "an object", context.members);
    if (errors->count > wrong)
        return false;
    route_fold(route, report.url);
    report.route = arena_strdup(arena, route);
    *out = report;
    return true;
}

static void
print_member(struct buf *b, const char *lead, const char *value)
{
    buf_adds(b, lead);
    json_print_string(b, value, strlen(value));
}

static void
print_given(struct buf *b, const char *lead, const char *value)
{
    if (value[0] != '\0')
        print_member(b, lead, value);
}

static void
print_context(struct buf *b, const struct error_report *r)
{
    char id[UUID_TEXT], page[ISO8601_TEXT];

    uuid_format(r->error_id, id);
    print_member(b, ",\"context\":{\"errorId\":", id);
    print_member(b, ",\"environment\":", r->environment);
    print_given(b, ",\"url\":", r->url);
    print_member(b, ",\"route\":", r->route);
    print_given(b, ",\"userAgent\":", r->user_agent);
    if (r->page_time_ms != 0) {
        iso8601_format_ms(r->page_time_ms, page);
        print_member(b, ",\"timestamp\":", page);
    }
    print_member(b, ",\"sessionId\":", r->session_id);
    print_given(b, ",\"componentStack\":", r->component_stack);
    buf_addc(b, '}');
}

void
error_report_print_log(struct buf *b, const struct error_report *report)
{
    char received[ISO8601_TEXT], request[UUID_TEXT];

    iso8601_format_ms(report->received_ms, received);
    uuid_format(report->request_id, request);
    print_member(b, "{\"timestamp\":", received);
    print_member(b, ",\"level\":\"ERROR\",\"message\":", report->message);
    print_member(b, ",\"functionName\":\"" ERROR_REPORT_FUNCTION "\",\"requestId\":", request);
    print_context(b, report);
    print_member(b, ",\"error\":{\"message\":", report->message);
    print_given(b, ",\"stack\":", report->stack);
    print_given(b, ",\"type\":", report->type);
    buf_adds(b, "}}");
}
