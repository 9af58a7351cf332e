/* recorder.c - a bounded queue of records, and the thread that writes them.
 * SPDX-License-Identifier: MIT
 *
 * A body is recorded unpacked: what is packed cannot be redacted. A token of OpenReplay's tracker
 * is a credential; the number of its session, which the token only proves, is written in a header
 * of its own, so that a replay can tell whose batch it is. */
#include "config.h"

#include "emulator/recorder.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/limits.h"
#include "emulator/exchange_own.h"
#include "emulator/openreplay.h"
#include "emulator/parts.h"
#include "emulator/routes.h"
#include "emulator/thread.h"
#include "fixture/expect.h"
#include "wire/inflate.h"

#define QUEUE_BYTES   ((size_t)64 << 20)
#define FLUSH_MS      1000
#define HEADERS_FIRST 16
#define ANSWER_MAX    ((size_t)64 << 10) /* of a larger one the status alone is expected */

struct waiting {
    struct waiting *next;
    struct arena *arena;
    struct fixture_record record;
    const char *encoding; /* of the body; NULL: it is plain */
    const char *answer;   /* to be expected; NULL: not its body */
    size_t answer_length;
    size_t bytes;
    struct fixture_header *headers; /* of the record */
    size_t header_room;
};

struct recorder {
    struct fixture_writer *writer;
    int64_t start_ms;
    enum recorder_expects expects;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* under the lock */
    struct waiting *first, **end;
    size_t queued_bytes;
    bool stop;
    struct recorder_counts counts; /* of those that did not get as far as the writer */
    uint64_t taken, lost;          /* by the writer */
};

/* --- the thread -------------------------------------------------------------------------------
 */

static void
drop(struct waiting *w)
{
    arena_free(w->arena);
    free(w);
}

/* What was not written, for another reason than the disk. */
static void
count_refused(struct recorder *r, const struct err *err)
{
    pthread_mutex_lock(&r->lock);
    r->counts.refused++;
    r->counts.last = *err;
    pthread_mutex_unlock(&r->lock);
}

/* What is lost may have been taken before. */
static void
count(struct recorder *r, enum status st, const struct err *err)
{
    pthread_mutex_lock(&r->lock);
    r->taken += st == OK || st == E_IO;
    r->counts.refused += st != OK && st != E_IO;
    r->lost = fixture_writer_lost(r->writer);
    if (st != OK)
        r->counts.last = *err;
    pthread_mutex_unlock(&r->lock);
}

static void
flush(struct recorder *r)
{
    struct err err = { 0 };
    enum status st = fixture_writer_flush(r->writer, &err);

    pthread_mutex_lock(&r->lock);
    r->lost = fixture_writer_lost(r->writer);
    if (st != OK)
        r->counts.last = err;
    pthread_mutex_unlock(&r->lock);
}

/* Under the lock, or when nobody else is there any more. */
static struct recorder_counts
counts_of(const struct recorder *r)
{
    struct recorder_counts counts = r->counts;

    counts.written = r->taken - r->lost;
    counts.dropped += r->lost;
    return counts;
}

/* The caller's; NULL: the status alone. */
static cJSON *
expectation(const struct waiting *w)
{
    cJSON *body, *out;

    if (w->answer == NULL)
        return NULL;
    body =
        fixture_expectation_of(w->answer, w->answer_length, w->record.body, w->record.body_length);
    if (body == NULL)
        return NULL;
    out = cJSON_CreateObject();
    cJSON_AddNumberToObject(out, "status", w->record.expect_status);
    cJSON_AddItemToObject(out, "body", body);
    return out;
}

static void
write_one(struct recorder *r, struct waiting *w)
{
    struct err err = { 0 };
    cJSON *expect = NULL;
    struct buf plain;
    enum status st = OK;

    buf_init(&plain, LIMIT_RECORDING_INFLATED_BYTES);
    if (w->encoding != NULL)
        st = inflate_body(&plain, w->encoding, w->record.body, w->record.body_length, &err);
    if (st == OK && w->encoding != NULL) {
        w->record.body = plain.data;
        w->record.body_length = plain.len;
    }
    if (st == OK) {
        w->record.expect = expect = expectation(w);
        st = fixture_write(r->writer, &w->record, &err);
    }
    cJSON_Delete(expect);
    buf_fini(&plain);
    count(r, st, &err);
}

/* Under the lock. NULL: nothing came within a second, or it is time to stop. */
static struct waiting *
next(struct recorder *r)
{
    struct timespec until = mono_deadline(FLUSH_MS);
    struct waiting *w;

    while (r->first == NULL && !r->stop &&
           pthread_cond_timedwait(&r->wake, &r->lock, &until) != ETIMEDOUT)
        continue;
    w = r->first;
    if (w == NULL)
        return NULL;
    r->first = w->next;
    if (r->first == NULL)
        r->end = &r->first;
    r->queued_bytes -= w->bytes;
    return w;
}

static void *
write_for_ever(void *arg)
{
    struct recorder *r = arg;
    uint64_t flushed_ns = mono_ns();
    bool has_some = false, stopping = false;
    struct waiting *w;

    while (!stopping) {
        pthread_mutex_lock(&r->lock);
        w = next(r);
        stopping = w == NULL && r->stop;
        pthread_mutex_unlock(&r->lock);
        if (w != NULL) {
            write_one(r, w);
            drop(w);
            has_some = true;
        }
        if (has_some && mono_ns() - flushed_ns > FLUSH_MS * UINT64_C(1000000)) {
            flush(r);
            flushed_ns = mono_ns();
            has_some = false;
        }
    }
    return NULL;
}

/* --- handing in -------------------------------------------------------------------------------
 */

static struct waiting *
begin(const struct recorder *r, enum fixture_source source, int64_t now_ms)
{
    struct waiting *w = xcalloc(1, sizeof *w);

    w->arena = arena_new();
    w->record = (struct fixture_record){ .source = source,
                                         .t_ms = now_ms > r->start_ms ? now_ms - r->start_ms : 0,
                                         .took_us = -1 };
    return w;
}

static void
push(struct recorder *r, struct waiting *w)
{
    bool fits;

    w->bytes = arena_used(w->arena) + sizeof *w;
    pthread_mutex_lock(&r->lock);
    fits = r->queued_bytes + w->bytes <= QUEUE_BYTES;
    if (fits) {
        *r->end = w;
        r->end = &w->next;
        r->queued_bytes += w->bytes;
        pthread_cond_signal(&r->wake);
    } else {
        r->counts.dropped++;
        err_set(&r->counts.last, E_BUSY, "more came than could be written");
    }
    pthread_mutex_unlock(&r->lock);
    if (!fits)
        drop(w);
}

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
append_header(struct waiting *w, const char *name, const char *value)
{
    const size_t n = w->record.header_count++;

    w->headers =
        arena_grow(w->arena, w->headers, n, &w->header_room, HEADERS_FIRST, sizeof *w->headers);
    w->headers[n] = (struct fixture_header){ name, value };
    w->record.headers = w->headers;
}

static void
add_header(void *arg, const char *name, const char *value)
{
    struct waiting *w = arg;

    if (strcasecmp(name, "Content-Encoding") == 0 && inflate_is_needed(value)) {
        w->encoding = arena_strdup(w->arena, value);
        return;
    }
    if (strcasecmp(name, OPENREPLAY_RECORDED) != 0)
        append_header(w, arena_strdup(w->arena, name), arena_strdup(w->arena, value));
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
add_session(struct waiting *w, const struct exchange *x)
{
    uint64_t session = session_of(x);
    char text[OPENREPLAY_RECORDED_TEXT];

    if (session == 0)
        return;
    openreplay_recorded_format(session, text);
    append_header(w, OPENREPLAY_RECORDED, arena_strdup(w->arena, text));
}

/* Questions change nothing, and what no route takes is for nobody. A login holds a password, and is
 * a question's affair. */
static bool
is_recorded(const struct exchange *x)
{
    return !x->is_aws && !x->is_trusted && x->route != NULL && x->status != 0 &&
           strcmp(x->method, "POST") == 0 && strncmp(x->path, "/_obsview", 9) != 0;
}

static void
expect_answer(const struct recorder *r, struct waiting *w, const struct exchange *x)
{
    if (r->expects != RECORD_NO_EXPECTATION)
        w->record.expect_status = x->status;
    if (r->expects == RECORD_BODY && x->reply_len > 0 && x->reply_len <= ANSWER_MAX) {
        w->answer = keep_bytes(w->arena, x->reply, x->reply_len);
        w->answer_length = x->reply_len;
    }
}

void
recorder_take(struct recorder *r, const struct exchange *x)
{
    struct waiting *w;

    if (!is_recorded(x))
        return;
    w = begin(r, FIXTURE_HTTP, x->now_ms);
    if (x->body_seen > x->body.len) {
        drop(w);
        count_refused(r, &(struct err){ .code = E_LIMIT,
                                        .text = "a body that was too long was not kept" });
        return;
    }
    w->record.took_us = exchange_took_us(x);
    w->record.method = "POST";
    w->record.path = *x->query == '\0' ? arena_strdup(w->arena, x->path)
                                       : arena_printf(w->arena, "%s?%s", x->path, x->query);
    exchange_headers(x, add_header, w);
    add_session(w, x);
    w->record.has_body = x->body.len > 0;
    w->record.body = keep_bytes(w->arena, x->body.data, x->body.len);
    w->record.body_length = x->body.len;
    if (w->encoding == NULL || x->status < 400) /* what was refused packed may be taken unpacked */
        expect_answer(r, w, x);
    push(r, w);
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
        struct waiting *w;

        if (doors[i].kind != kind)
            continue;
        w = begin(r, doors[i].source, now_ms);
        w->record.group = group == NULL ? NULL : arena_strdup(w->arena, group);
        w->record.line = keep_bytes(w->arena, line, length);
        w->record.line_length = length;
        push(r, w);
    }
}

/* --- life -------------------------------------------------------------------------------------
 */

static void
recorder_free(struct recorder *r)
{
    pthread_cond_destroy(&r->wake);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

enum status
recorder_new(struct recorder **out, const struct recorder_options *options, struct err *err)
{
    struct recorder *r = xcalloc(1, sizeof *r);
    enum status st;

    r->end = &r->first;
    r->start_ms = options->start_ms;
    r->expects = options->expects;
    pthread_mutex_init(&r->lock, NULL);
    mono_cond_init(&r->wake);
    st = fixture_writer_open_with(&r->writer, options->path, options->start_ms, options->settings,
                                  options->redactor, err);
    if (st == OK) {
        st = thread_start(&r->thread, "obsview-record", write_for_ever, r, err);
        if (st != OK && fixture_writer_close(r->writer, NULL) != OK)
            err_context(err, "%s", options->path);
    }
    if (st == OK)
        *out = r;
    else
        recorder_free(r);
    return st;
}

enum status
recorder_close(struct recorder *r, struct recorder_counts *counts, struct err *err)
{
    enum status st;

    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    pthread_join(r->thread, NULL);
    st = fixture_writer_close_counting(r->writer, &r->lost, err);
    if (st != OK && err != NULL)
        r->counts.last = *err;
    if (counts != NULL)
        *counts = counts_of(r);
    recorder_free(r);
    return st;
}

void
recorder_print(struct buf *b, struct recorder *r)
{
    struct recorder_counts counts;

    pthread_mutex_lock(&r->lock);
    counts = counts_of(r);
    pthread_mutex_unlock(&r->lock);
    buf_addf(b,
             ",\"recording\":{\"written\":%" PRIu64 ",\"dropped\":%" PRIu64 ",\"refused\":%" PRIu64
             ",\"reason\":",
             counts.written, counts.dropped, counts.refused);
    json_print_string(b, counts.last.text, strlen(counts.last.text));
    buf_addc(b, '}');
}
