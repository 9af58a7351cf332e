/* errors.c - what the error reporter function does with a request, and its reports by id.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/errors.h"

#include <stdio.h>
#include <string.h>

#include "base/iso8601.h"
#include "base/json.h"
#include "domain/error_report.h"
#include "emulator/body.h"
#include "emulator/emulator.h"
#include "emulator/exchange_own.h"
#include "emulator/own_lines.h"
#include "emulator/parts.h"
#include "emulator/privacy.h"

#define ANSWER_MAX ((size_t)1 << 20)

/* Searched as it came, whatever becomes of the report; logged, stored and shown without what
 * personal data it holds. The session's id stays, because it ties the report to other things. */
static void
scrub(struct exchange *x, struct error_report *report)
{
    struct privacy *privacy = emulator_privacy(exchange_emulator(x));
    const char **members[] = { &report->message, &report->type,       &report->stack,
                               &report->url,     &report->user_agent, &report->component_stack };
    const struct privacy_text texts[] = {
        { "error.message", report->message, PII_JSON, PII_WAY_PAYLOAD },
        { "error.type", report->type, PII_PLAIN, PII_WAY_PAYLOAD },
        { "error.stack", report->stack, PII_PLAIN, PII_WAY_PAYLOAD },
        { "context.url", report->url, PII_URL, PII_WAY_URL },
        { "context.userAgent", report->user_agent, PII_PLAIN, PII_WAY_PAYLOAD },
        { "context.componentStack", report->component_stack, PII_PLAIN, PII_WAY_PAYLOAD },
    };
    const struct privacy_item item = { .source = "error",
                                       .message = "error report",
                                       .session = report->session_id,
                                       .page = report->url,
                                       .time_ms = report->received_ms,
                                       .texts = texts,
                                       .count = sizeof texts / sizeof texts[0],
                                       .is_scrubbed = true };

    if (!privacy_take(privacy, &item))
        return;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *members[i] = privacy_scrub(privacy, exchange_arena(x), &texts[i]);
    report->route = privacy_scrub_route(privacy, exchange_arena(x), report->route);
}

static void
keep(struct exchange *x, struct error_report *report)
{
    struct emulator *em = exchange_emulator(x);
    struct store_write *write = store_write_new(emulator_store(em));
    char id[UUID_TEXT], answer[96];
    int len;

    report->received_ms = exchange_now_ms(x);
    report->environment = emulator_options(em)->environment;
    clock_uuid(emulator_clock(em), report->request_id);
    clock_uuid(emulator_clock(em), report->error_id);
    report->duration_us = (uint32_t)((mono_ns() - exchange_started_ns(x)) / 1000);
    scrub(x, report);
    store_write_error(write, report);
    own_lines_error(x, write, report);
    uuid_format(report->error_id, id);
    len = snprintf(answer, sizeof answer, "{\"success\":true,\"errorId\":\"%s\"}", id);
    exchange_note(x, false, "%.60s: %.120s", report->type[0] == '\0' ? "error" : report->type,
                  report->message);
    exchange_commit(x, write, 200, "application/json", answer, (size_t)len);
}

static void
take(struct exchange *x, const cJSON *body)
{
    struct field_errors errors = { .count = 0 };
    struct error_report report = { 0 };

    if (error_report_read(&report, exchange_arena(x), body, &errors))
        keep(x, &report);
    else
        body_refuse_fields(x, &errors);
}

void
errors_post(struct exchange *x)
{
    body_read(x, take);
}

static void
print_member(struct buf *b, const char *lead, const char *value)
{
    buf_adds(b, lead);
    json_print_string(b, value, strlen(value));
}

static void
print_report(struct buf *b, struct arena *arena, const struct error_report *r)
{
    char id[UUID_TEXT], request[UUID_TEXT], received[ISO8601_TEXT], page[ISO8601_TEXT];
    struct fingerprint print;

    uuid_format(r->error_id, id);
    uuid_format(r->request_id, request);
    iso8601_format_ms(r->received_ms, received);
    fingerprint_make(&print, arena, r->type, r->message, r->stack);
    buf_addf(b, "{\"errorId\":\"%s\",\"receivedAt\":\"%s\",\"requestId\":\"%s\"", id, received,
             request);
    print_member(b, ",\"environment\":", r->environment);
    print_member(b, ",\"fingerprint\":", print.text);
    print_member(b, ",\"frame\":", print.frame);
    print_member(b, ",\"error\":{\"type\":", r->type);
    print_member(b, ",\"message\":", r->message);
    print_member(b, ",\"stack\":", r->stack);
    print_member(b, "},\"context\":{\"url\":", r->url);
    print_member(b, ",\"route\":", r->route);
    print_member(b, ",\"userAgent\":", r->user_agent);
    print_member(b, ",\"sessionId\":", r->session_id);
    print_member(b, ",\"componentStack\":", r->component_stack);
    if (r->page_time_ms != 0) {
        iso8601_format_ms(r->page_time_ms, page);
        print_member(b, ",\"timestamp\":", page);
    }
    buf_adds(b, "}}");
}

/* On a reader thread; `arg` is the id's 16 bytes. */
static void
look_up(struct exchange *x, struct store_reader *reader, void *arg)
{
    struct error_report report = { 0 };
    struct err err = { 0 };
    enum status st = store_find_error(reader, exchange_arena(x), arg, &report, &err);
    struct buf b;

    if (st == E_NOTFOUND) {
        exchange_refuse(x, REFUSAL_ANSWERED, 404, "it may have been removed by retention",
                        "no error report has this id");
        return;
    }
    if (st != OK) {
        exchange_refuse(x, REFUSAL_STORAGE, 503, NULL, "%s", err.text);
        return;
    }
    buf_init(&b, ANSWER_MAX);
    print_report(&b, exchange_arena(x), &report);
    exchange_reply(x, 200, "application/json", b.data, b.len);
    buf_fini(&b);
}

void
errors_get(struct exchange *x)
{
    const char *text = exchange_path(x) + strlen("/errors/");
    uint8_t *id = arena_alloc(exchange_arena(x), 16);

    if (uuid_parse(id, text))
        exchange_defer(x, look_up, id);
    else
        exchange_refuse(x, REFUSAL_ANSWERED, 404,
                        "an errorId is a UUID, as POST /errors/report answers it",
                        "%.60s is not an errorId", text);
}
