/* recorder.c - exchanges and lines as records for the scribe.
 * SPDX-License-Identifier: MIT
 *
 * A body is recorded unpacked: what is packed cannot be redacted. A token of OpenReplay's tracker
 * is a credential; the number of its session, which the token only proves, is written in a header
 * of its own, so that a replay can tell whose batch it is. So it is with the signature of an AWS
 * request, be it in the headers or in the query: what it is for is written, and nothing of it. */
#include "config.h"

#include "emulator/recorder.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/mem.h"
#include "domain/limits.h"
#include "emulator/aws.h"
#include "emulator/exchange_own.h"
#include "emulator/openreplay.h"
#include "emulator/parts.h"
#include "emulator/routes.h"
#include "fixture/expect.h"
#include "fixture/fixture.h"
#include "wire/inflate.h"

#define HEADERS_FIRST 16
#define ANSWER_MAX    ((size_t)64 << 10) /* of a larger one the status alone is expected */

struct recorder {
    struct scribe *scribe;
    enum recorder_expects expects;
};

/* An exchange being written down. */
struct writing {
    struct scribe_page *page;
    const char *encoding; /* of the body; NULL: it is plain */
    bool is_aws;
    struct fixture_header *headers; /* of the record */
    size_t header_room;
};

/* --- what is left to the scribe's thread ------------------------------------------------------
 */

struct raw {
    const char *encoding; /* of the body; NULL: it is plain */
    struct buf plain;
    const char *answer; /* to be expected; NULL: not its body */
    size_t answer_length;
    cJSON *expect;
};

/* The caller's; NULL: the status alone. */
static cJSON *
expectation(const struct raw *raw, const struct fixture_record *record)
{
    cJSON *body, *out;

    if (raw->answer == NULL)
        return NULL;
    body =
        fixture_expectation_of(raw->answer, raw->answer_length, record->body, record->body_length);
    if (body == NULL)
        return NULL;
    out = cJSON_CreateObject();
    cJSON_AddNumberToObject(out, "status", record->expect_status);
    cJSON_AddItemToObject(out, "body", body);
    return out;
}

static enum status
make_whole(struct scribe_page *page, struct err *err)
{
    struct fixture_record *record = &page->record;
    struct raw *raw = page->own;
    enum status st = OK;

    if (raw->encoding != NULL) {
        st = inflate_body(&raw->plain, raw->encoding, record->body, record->body_length, err);
        record->body = raw->plain.data;
        record->body_length = raw->plain.len;
    }
    if (st == OK)
        record->expect = raw->expect = expectation(raw, record);
    return st;
}

static void
drop_raw(struct scribe_page *page)
{
    struct raw *raw = page->own;

    cJSON_Delete(raw->expect);
    buf_fini(&raw->plain);
}

static struct raw *
add_raw(struct scribe_page *page, const char *encoding)
{
    struct raw *raw = arena_alloc(page->arena, sizeof *raw);

    raw->encoding = encoding;
    buf_init(&raw->plain, LIMIT_RECORDING_INFLATED_BYTES);
    page->own = raw;
    page->prepare = make_whole;
    page->drop = drop_raw;
    return raw;
}

/* --- exchanges --------------------------------------------------------------------------------
 */

static const char *
keep_bytes(struct arena *arena, const char *bytes, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    if (length > 0)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

static void
append_header(struct writing *w, const char *name, const char *value)
{
    struct fixture_record *record = &w->page->record;
    const size_t n = record->header_count++;

    w->headers = arena_grow(w->page->arena, w->headers, n, &w->header_room, HEADERS_FIRST,
                            sizeof *w->headers);
    w->headers[n] = (struct fixture_header){ name, value };
    record->headers = w->headers;
}

static void
add_header(void *arg, const char *name, const char *value)
{
    struct writing *w = arg;
    struct arena *arena = w->page->arena;

    if (strcasecmp(name, "Content-Encoding") == 0 && inflate_is_needed(value)) {
        w->encoding = arena_strdup(arena, value);
        return;
    }
    if (strcasecmp(name, FIXTURE_RECORDING) != 0 && strcasecmp(name, FIXTURE_SIGNED) != 0 &&
        !(w->is_aws && fixture_is_signature(name)))
        append_header(w, arena_strdup(arena, name), arena_strdup(arena, value));
}

/* Whose recording it is: of a batch its token says it, of a start the answer. */
static uint64_t
session_of(const struct exchange *x)
{
    const char *authorization = exchange_header(x, "Authorization");
    struct openreplay_token token = { .session = 0 };
    cJSON *answer = NULL;
    int64_t session = 0;

    if (x->kind != INTAKE_REPLAY)
        return 0;
    if (authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0 &&
        openreplay_open(emulator_openreplay(x->em), authorization + 7, &token))
        return token.session;
    if (x->status == 200 && x->reply_len > 0 &&
        json_parse(&answer, x->reply, x->reply_len, NULL) == OK) {
        const char *text = json_get_string(answer, "sessionID", "");

        session = strtoll(text, NULL, 10);
        cJSON_Delete(answer);
    }
    return session > 0 ? (uint64_t)session : 0;
}

static void
add_session(struct writing *w, const struct exchange *x)
{
    uint64_t session = session_of(x);
    char text[OPENREPLAY_RECORDED_TEXT];

    if (session == 0)
        return;
    openreplay_recorded_format(session, text);
    append_header(w, FIXTURE_RECORDING, arena_strdup(w->page->arena, text));
}

static bool
is_signature(const char *parameter)
{
    return strncasecmp(parameter, "X-Amz-", 6) == 0;
}

/* With its query, but for a signature that is there. */
static const char *
path_of(struct arena *arena, const struct exchange *x)
{
    const char *at = x->query, *path;
    struct buf b;
    char lead = '?';

    buf_init(&b, FIXTURE_LINE_MAX);
    buf_adds(&b, x->path);
    while (*at != '\0') {
        const size_t length = strcspn(at, "&");

        if (!(x->is_aws && is_signature(at))) {
            buf_addc(&b, lead);
            buf_add(&b, at, length);
            lead = '&';
        }
        at += length + (at[length] == '&');
    }
    path = arena_strdup(arena, b.data);
    buf_fini(&b);
    return path;
}

/* Questions change nothing, and what no route takes is for nobody. A login holds a password, and is
 * a question's affair. */
static bool
is_recorded(const struct exchange *x)
{
    if (x->is_trusted || x->status == 0)
        return false;
    return x->is_aws ? x->signed_for != NULL
                     : x->route != NULL && strcmp(x->method, "POST") == 0 &&
                           strncmp(x->path, "/_obsview", 9) != 0;
}

static void
expect_answer(const struct recorder *r, struct raw *raw, struct scribe_page *page,
              const struct exchange *x)
{
    if (r->expects != RECORD_NO_EXPECTATION)
        page->record.expect_status = x->status;
    if (r->expects == RECORD_BODY && x->reply_len > 0 && x->reply_len <= ANSWER_MAX) {
        raw->answer = keep_bytes(page->arena, x->reply, x->reply_len);
        raw->answer_length = x->reply_len;
    }
}

void
recorder_take(struct recorder *r, const struct exchange *x)
{
    struct writing w = { .is_aws = x->is_aws };
    struct fixture_record *record;
    struct arena *arena;
    struct raw *raw;

    if (!is_recorded(x))
        return;
    if (x->body_seen > x->body.len) {
        scribe_miss(r->scribe, &(struct err){ .code = E_LIMIT,
                                              .text = "a body that was too long was not kept" });
        return;
    }
    w.page = scribe_page_new(r->scribe, FIXTURE_HTTP, x->now_ms);
    record = &w.page->record;
    arena = w.page->arena;
    record->took_us = exchange_took_us(x);
    record->method = arena_strdup(arena, x->method);
    record->path = path_of(arena, x);
    exchange_headers(x, add_header, &w);
    if (x->signed_for != NULL)
        append_header(&w, FIXTURE_SIGNED, arena_strdup(arena, x->signed_for));
    add_session(&w, x);
    record->has_body = x->body.len > 0;
    record->body = keep_bytes(arena, x->body.data, x->body.len);
    record->body_length = x->body.len;
    raw = add_raw(w.page, w.encoding);
    if (w.encoding == NULL || x->status < 400) /* what was refused packed may be taken unpacked */
        expect_answer(r, raw, w.page, x);
    scribe_take(r->scribe, w.page);
}

void
recorder_take_line(struct recorder *r, enum intake_kind kind, const char *group, const char *line,
                   size_t length, int64_t now_ms)
{
    static const struct {
        enum intake_kind kind;
        enum fixture_source source;
    } doors[] = { { INTAKE_EMF_TCP, FIXTURE_EMF_TCP },
                  { INTAKE_EMF_UDP, FIXTURE_EMF_UDP },
                  { INTAKE_EMF_STDIN, FIXTURE_EMF_STDIN } };

    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++) {
        struct scribe_page *page;

        if (doors[i].kind != kind)
            continue;
        page = scribe_page_new(r->scribe, doors[i].source, now_ms);
        page->record.group = group == NULL ? NULL : arena_strdup(page->arena, group);
        page->record.line = keep_bytes(page->arena, line, length);
        page->record.line_length = length;
        scribe_take(r->scribe, page);
    }
}

/* --- life -------------------------------------------------------------------------------------
 */

enum status
recorder_new(struct recorder **out, const struct recorder_options *options, struct err *err)
{
    struct recorder *r = xcalloc(1, sizeof *r);
    enum status st = scribe_new(&r->scribe, options->path, options->start_ms, options->settings,
                                options->redactor, err);

    r->expects = options->expects;
    if (st == OK)
        *out = r;
    else
        free(r);
    return st;
}

enum status
recorder_close(struct recorder *r, struct scribe_counts *counts, struct err *err)
{
    enum status st = scribe_close(r->scribe, counts, err);

    free(r);
    return st;
}

void
recorder_print(struct buf *b, struct recorder *r)
{
    struct scribe_counts counts;

    scribe_read_counts(r->scribe, &counts);
    buf_addf(b,
             ",\"recording\":{\"written\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"refused\":%" PRIu64
             ",\"reason\":",
             counts.written, counts.dropped, counts.refused);
    json_print_string(b, counts.last.text, strlen(counts.last.text));
    buf_addc(b, '}');
}
