/* umami_collect.c - POST /api/send and its neighbours.
 * SPDX-License-Identifier: MIT
 *
 * A body is JSON whatever it calls itself; one that is not is as good as none. Small bodies are
 * read on the HTTP thread, large ones on a reader. The rows of a batch are one write: its members
 * are judged one by one, and those that are taken are kept together. */
#include "config.h"

#include "emulator/umami_collect.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "emulator/changes.h"
#include "emulator/exchange_own.h"
#include "emulator/intake.h"
#include "emulator/parts.h"
#include "emulator/privacy.h"
#include "emulator/umami_hits.h"

#define AT_ONCE   ((size_t)64 << 10) /* more is not scanned on the HTTP thread */
#define SHOWN_MAX 100                /* members of a batch with a line of their own */
#define BATCH_MAX ((size_t)32 << 20) /* of the answer; bodies are bounded far below */
#define JSON_TYPE "application/json"
#define NOT_FOUND_PAGE                                                       \
    "<!DOCTYPE html><html><head><title>404</title></head><body><h1>404</h1>" \
    "<p>This page could not be found.</p></body></html>"

/* --- the rules of Umami's paths --------------------------------------------------------------- */

bool
umami_owns(const char *path)
{
    return strncmp(path, "/api/", 5) == 0;
}

void
umami_set_headers(struct exchange *x)
{
    const char *age = umami_environment(emulator_umami(x->em))->cors_max_age;

    exchange_set_header(x, "Access-Control-Allow-Origin", "*");
    exchange_set_header(x, "Access-Control-Allow-Headers", "*");
    exchange_set_header(x, "Access-Control-Allow-Methods", "GET, DELETE, POST, PUT");
    exchange_set_header(x, "Access-Control-Max-Age", age == NULL ? "86400" : age);
    exchange_set_header(x, "Cache-Control", "no-cache");
}

/* The path is there without its last slash: the original answers before it looks at anything. */
static bool
redirect(struct exchange *x)
{
    const char *path = exchange_path(x), *query = exchange_query_text(x);
    size_t len = strlen(path);
    char *to;

    if (len == 0 || path[len - 1] != '/')
        return false;
    to = arena_printf(exchange_arena(x), "%.*s%s%s", (int)(len - 1), path,
                      *query == '\0' ? "" : "?", query);
    exchange_drop_headers(x);
    exchange_set_header(x, "Location", to);
    exchange_note(x, true, "a slash too much: redirected to %.100s", to);
    exchange_reply(x, 308, "text/plain", to, strlen(to));
    return true;
}

/* "POST, OPTIONS" in the order of the alphabet, as the web framework lists them. */
static void
allow_methods(struct exchange *x, const char *methods)
{
    static const char *const known[] = { "DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT", NULL };
    char text[96] = "";
    size_t len = 0;

    for (const char *const *m = known; *m != NULL; m++) {
        if (strstr(methods, *m) != NULL && len < sizeof text)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? ", " : "", *m);
    }
    exchange_set_header(x, "Allow", text);
}

void
umami_answer_no_route(struct exchange *x, const char *methods)
{
    if (redirect(x))
        return;
    if (*methods == '\0') {
        x->refusal = REFUSAL_PATH;
        exchange_note(x, true, "nothing is at %.100s", exchange_path(x));
        exchange_set_header(x, "Cache-Control",
                            "private, no-cache, no-store, max-age=0, must-revalidate");
        exchange_reply(x, 404, "text/html; charset=utf-8", NOT_FOUND_PAGE,
                       sizeof NOT_FOUND_PAGE - 1);
    } else if (strcmp(exchange_method(x), "OPTIONS") == 0) {
        allow_methods(x, methods);
        exchange_note(x, false, "CORS preflight");
        exchange_reply(x, 204, NULL, NULL, 0);
    } else {
        x->refusal = REFUSAL_METHOD;
        exchange_note(x, true, "%.30s is not a method of %.100s", exchange_method(x),
                      exchange_path(x));
        exchange_reply(x, 405, NULL, NULL, 0);
    }
}

void
umami_reply_error(struct exchange *x, unsigned status, const char *message)
{
    struct buf b;

    buf_init(&b, UMAMI_ANSWER_MAX);
    umami_error_print(&b, umami_dialect(emulator_umami(x->em)), status, message);
    exchange_reply(x, status, JSON_TYPE, b.data, b.len);
    buf_fini(&b);
}

void
umami_refuse_size(struct exchange *x)
{
    x->refusal = REFUSAL_SIZE;
    exchange_note(x, true, "body over %zu bytes", x->body_limit);
    umami_reply_error(x, 413, "Payload too large");
}

/* A commit that comes to nothing is told in the dialect as well. */
static void
excuse(struct exchange *x, const char *reason, void *arg)
{
    (void)arg;
    umami_reply_error(x, 503, reason);
}

/* --- bodies ----------------------------------------------------------------------------------- */

/* Bytes that are not UTF-8 become U+FFFD, and a byte order mark is skipped, as text() does it. */
static const char *
read_utf8(struct exchange *x, size_t *len)
{
    const char *text = exchange_body(x, len);
    struct buf b;

    if (*len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3;
        *len -= 3;
    }
    if (text_utf8_end(text, *len) == *len)
        return text;
    buf_init(&b, 3 * *len);
    for (size_t at = 0; at < *len; at++) {
        size_t good = text_utf8_end(text + at, *len - at);

        buf_add(&b, text + at, good);
        at += good;
        if (at < *len)
            buf_adds(&b, "\xef\xbf\xbd");
    }
    text = memcpy(arena_alloc(exchange_arena(x), b.len + 1), b.data, b.len);
    *len = b.len;
    buf_fini(&b);
    return text;
}

static const cJSON *
read_body(struct exchange *x, struct err *err)
{
    const cJSON *body = NULL;
    size_t len;
    const char *text = read_utf8(x, &len);

    if (len == 0)
        err_set(err, E_INVALID, "it is empty");
    else if (json_parse_strict_in(&body, exchange_arena(x), text, len, err) != OK)
        body = NULL;
    return body;
}

const cJSON *
umami_read_json(struct exchange *x)
{
    struct err err;

    return read_body(x, &err);
}

/* Umami's own words for what is no JSON are "received undefined", which mends nothing. */
static void
note_no_json(struct exchange *x)
{
    struct err err = { 0 };

    if (read_body(x, &err) == NULL)
        exchange_note(x, true, "the body is not JSON: %s", err.text);
}

static const char *
header_of(void *arg, const char *name)
{
    return exchange_header(arg, name);
}

/* "127.0.0.1" of "127.0.0.1:50000"; a fixture has no connection. */
static const char *
socket_address(struct exchange *x)
{
    const char *peer = x->peer_text, *colon = peer == NULL ? NULL : strrchr(peer, ':');

    if (colon == NULL)
        return "127.0.0.1";
    if (*peer == '[')
        return arena_strndup(x->arena, peer + 1, (size_t)(colon - peer - 2));
    return arena_strndup(x->arena, peer, (size_t)(colon - peer));
}

static struct umami_request
request_of(struct exchange *x)
{
    return (struct umami_request){ .umami = emulator_umami(x->em),
                                   .arena = exchange_arena(x),
                                   .header = header_of,
                                   .arg = x,
                                   .socket = socket_address(x),
                                   .now_ms = exchange_now_ms(x) };
}

/* --- words for the screen --------------------------------------------------------------------- */

static void
describe(char text[INTAKE_VERDICT_MAX], const struct umami_outcome *o)
{
    const char *what = o->type == NULL ? "hit" : o->type;

    if (o->type != NULL && strcmp(o->type, "event") == 0 && o->name == NULL)
        what = "page view";
    if (o->status != 200)
        snprintf(text, INTAKE_VERDICT_MAX, "%s", o->doubt.text);
    else if (o->is_dropped)
        snprintf(text, INTAKE_VERDICT_MAX, "dropped: %s", o->doubt.text);
    else
        snprintf(text, INTAKE_VERDICT_MAX, "%s%s%.50s%s%.60s%s%s", what, o->name == NULL ? "" : " ",
                 o->name == NULL ? "" : o->name, o->path == NULL ? "" : " ",
                 o->path == NULL ? "" : o->path, o->doubt.rule == NULL ? "" : "; ",
                 o->doubt.rule == NULL ? "" : o->doubt.text);
}

/* The outcome as lines behind the headers. */
static void
print_details(struct buf *b, const struct umami_outcome *o)
{
    const struct {
        const char *name, *value;
    } lines[] = { { "Umami-Website", o->website },
                  { "Umami-Type", o->type },
                  { "Umami-Path", o->path },
                  { "Umami-Event", o->name },
                  { "Umami-Session", o->session_id },
                  { "Umami-Visit", o->visit_id },
                  { "Umami-Why", o->why },
                  { "Umami-Place", o->place },
                  { "Umami-Rule", o->doubt.rule },
                  { "Umami-Verdict", o->doubt.rule == NULL ? NULL : o->doubt.text } };

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (lines[i].value != NULL && *lines[i].value != '\0')
            intake_print_header(b, lines[i].name, lines[i].value);
    }
}

static void
note(struct exchange *x, const struct umami_outcome *o)
{
    char text[INTAKE_VERDICT_MAX];
    struct buf b;

    describe(text, o);
    exchange_note(x, o->doubt.rule != NULL || o->status != 200, "%s", text);
    buf_init(&b, INTAKE_HEADERS_MAX);
    print_details(&b, o);
    exchange_add_details(x, o->doubt.rule, b.data);
    buf_fini(&b);
}

/* What a hit says is searched whatever becomes of it. */
static void
search(struct exchange *x, const struct umami_outcome *o, const cJSON *hit)
{
    const cJSON *payload = json_get(hit, "payload");

    privacy_take_json(emulator_privacy(x->em),
                      &(struct privacy_item){ .source = "umami",
                                              .message = "/api/send",
                                              .session = o->session_id,
                                              .page = json_get_string(payload, "url", ""),
                                              .time_ms = x->now_ms },
                      "payload", payload);
}

/* --- POST /api/send --------------------------------------------------------------------------- */

static void
finish_send(struct exchange *x, const struct umami_outcome *o, struct store_write *write)
{
    static const char beep[] = "{\"beep\":\"boop\"}";
    char answer[UMAMI_TOKEN_TEXT + 160];
    int len;

    note(x, o);
    if (store_write_is_empty(write)) {
        store_write_free(write);
        if (o->status != 200) {
            x->refusal = REFUSAL_BODY;
            note_no_json(x);
        }
        exchange_reply(x, o->status, JSON_TYPE, o->is_dropped ? beep : o->error,
                       o->is_dropped ? sizeof beep - 1 : strlen(o->error));
        return;
    }
    len = snprintf(answer, sizeof answer,
                   "{\"cache\":\"%s\",\"sessionId\":\"%s\",\"visitId\":\"%s\"}", o->token,
                   o->session_id, o->visit_id);
    exchange_set_excuse(x, excuse, NULL);
    exchange_commit(x, write, 200, JSON_TYPE, answer, (size_t)len);
}

static void
send_now(struct exchange *x)
{
    const struct umami_request request = request_of(x);
    const cJSON *body = umami_read_json(x);
    struct store_write *write = store_write_new(emulator_store(x->em));
    struct umami_outcome outcome;

    umami_take(&outcome, &request, body, write);
    search(x, &outcome, body);
    finish_send(x, &outcome, write);
}

static void
send_later(struct exchange *x, struct store_reader *reader, void *arg)
{
    (void)reader;
    (void)arg;
    send_now(x);
}

void
umami_send_post(struct exchange *x)
{
    if (x->body.len <= AT_ONCE) {
        send_now(x);
        return;
    }
    exchange_set_excuse(x, excuse, NULL);
    exchange_defer(x, send_later, NULL);
}

/* --- POST /api/batch -------------------------------------------------------------------------- */

struct batch {
    struct exchange *x;
    struct store_write *write;
    struct buf details;
    const char *token; /* of the first member that got one */
    size_t size, errors, doubted;
};

/* A member's own line on the screen. */
static void
show_member(struct batch *b, const cJSON *member, const struct umami_outcome *o)
{
    struct exchange *x = b->x;
    char verdict[INTAKE_VERDICT_MAX], path[32];
    struct buf body, headers;

    describe(verdict, o);
    snprintf(path, sizeof path, "/api/batch[%zu]", b->size);
    buf_init(&body, INTAKE_BODY_MAX);
    buf_init(&headers, INTAKE_HEADERS_MAX);
    json_print(&body, member);
    print_details(&headers, o);
    intake_add(emulator_intake(x->em),
               &(struct intake_item){ .kind = INTAKE_HTTP,
                                      .has_fault = o->doubt.rule != NULL,
                                      .status = o->status,
                                      .time_ms = x->now_ms,
                                      .size = body.len,
                                      .peer = x->peer_text,
                                      .method = "POST",
                                      .path = path,
                                      .verdict = verdict,
                                      .reason = o->doubt.rule == NULL ? "" : o->doubt.rule,
                                      .headers = headers.data,
                                      .headers_len = headers.len,
                                      .body = body.data,
                                      .body_len = body.len });
    buf_fini(&body);
    buf_fini(&headers);
}

static void
take_member(struct batch *b, const struct umami_request *request, const cJSON *member)
{
    struct umami_outcome o;

    umami_take(&o, request, member, b->write);
    search(b->x, &o, member);
    if (b->size < SHOWN_MAX)
        show_member(b, member, &o);
    if (o.status != 200) {
        buf_addf(&b->details, "%s{\"index\":%zu,\"response\":%s}", b->errors > 0 ? "," : "",
                 b->size, o.error);
        b->errors++;
    } else if (o.doubt.rule != NULL) {
        b->doubted++;
    }
    if (b->token == NULL)
        b->token = o.token;
    b->size++;
}

static void
finish_batch(struct batch *b)
{
    struct exchange *x = b->x;
    bool is_newer = umami_dialect(emulator_umami(x->em)) == UMAMI_V3;
    struct buf answer;

    buf_init(&answer, BATCH_MAX + UMAMI_ANSWER_MAX);
    buf_addf(&answer, "{\"size\":%zu,\"processed\":%zu,\"errors\":%zu,\"details\":[", b->size,
             b->size - b->errors, b->errors);
    buf_add(&answer, b->details.data, b->details.len);
    buf_addc(&answer, ']');
    if (is_newer && b->token != NULL)
        buf_addf(&answer, ",\"cache\":\"%s\"", b->token);
    else if (is_newer && b->size == 0)
        buf_adds(&answer, ",\"cache\":null");
    buf_addc(&answer, '}');
    exchange_note(x, b->errors > 0 || b->doubted > 0,
                  "a batch of %zu, %zu refused, %zu that production would not keep", b->size,
                  b->errors, b->doubted);
    exchange_set_excuse(x, excuse, NULL);
    if (store_write_is_empty(b->write)) {
        store_write_free(b->write);
        exchange_reply(x, 200, JSON_TYPE, answer.data, answer.len);
    } else {
        exchange_commit(x, b->write, 200, JSON_TYPE, answer.data, answer.len);
    }
    buf_fini(&answer);
}

void
umami_reply_faults(struct exchange *x, const struct umami_faults *faults)
{
    char text[INTAKE_VERDICT_MAX];
    struct buf b;

    umami_faults_describe(text, sizeof text, faults);
    exchange_note(x, true, "%s", text);
    note_no_json(x);
    x->refusal = REFUSAL_BODY;
    buf_init(&b, BATCH_MAX);
    umami_faults_print(&b, umami_dialect(emulator_umami(x->em)), faults);
    exchange_reply(x, 400, JSON_TYPE, b.data, b.len);
    buf_fini(&b);
}

static void
batch_now(struct exchange *x)
{
    const struct umami_request request = request_of(x);
    struct umami_faults faults = { .count = 0 };
    const cJSON *body = umami_read_json(x);
    struct batch b = { .x = x };

    if (!umami_batch_read(body, umami_dialect(request.umami), &faults)) {
        umami_reply_faults(x, &faults);
        return;
    }
    b.write = store_write_new(emulator_store(x->em));
    buf_init(&b.details, BATCH_MAX);
    for (const cJSON *c = body->child; c != NULL; c = c->next)
        take_member(&b, &request, c);
    finish_batch(&b);
    buf_fini(&b.details);
}

static void
batch_later(struct exchange *x, struct store_reader *reader, void *arg)
{
    (void)reader;
    (void)arg;
    batch_now(x);
}

void
umami_batch_post(struct exchange *x)
{
    exchange_set_excuse(x, excuse, NULL);
    exchange_defer(x, batch_later, NULL);
}

/* --- what needs no body ----------------------------------------------------------------------- */

void
umami_heartbeat_get(struct exchange *x)
{
    static const char answer[] = "{\"ok\":true}";

    exchange_reply(x, 200, JSON_TYPE, answer, sizeof answer - 1);
}

void
umami_config_get(struct exchange *x)
{
    static const char answer[] = "{\"cloudMode\":false,\"privateMode\":false,"
                                 "\"telemetryDisabled\":true,\"updatesDisabled\":true,"
                                 "\"currentVersion\":true}";

    exchange_reply(x, 200, JSON_TYPE, answer, sizeof answer - 1);
}
