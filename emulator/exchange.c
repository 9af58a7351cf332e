/* exchange.c - one request on its way to an answer.
 * SPDX-License-Identifier: MIT
 *
 * At any moment exactly one thread owns an exchange: the one that carries it, a reader that was
 * given it, or the store's writer between exchange_commit() and the callback. Whoever hands it on
 * parks it first, so that the carrier knows to wait; whoever ends it calls the carrier's finish().
 */
#include "config.h"

#include "emulator/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"
#include "base/json.h"
#include "emulator/changes.h"
#include "emulator/exchange_own.h"
#include "emulator/parts.h"
#include "emulator/privacy.h"
#include "emulator/readers.h"
#include "emulator/recorder.h"
#include "emulator/routes.h"
#include "emulator/service_metrics.h"
#include "emulator/tally.h"

#define PATH_TEXT_MAX 4096
#define BODY_KEEP     ((size_t)16 << 10) /* a larger buffer is given back after its request */
#define REPLY_HINT    "try again in a second"

void
exchange_init(struct exchange *x, struct emulator *em, const struct exchange_carrier *carrier,
              void *carried)
{
    *x = (struct exchange){ .em = em, .carrier = carrier, .carried = carried };
    x->arena = arena_new();
    buf_init(&x->body, 0);
    buf_init(&x->headers_text, INTAKE_HEADERS_MAX);
    buf_init(&x->path_text, PATH_TEXT_MAX);
}

static void
close_stream(struct exchange *x)
{
    if (x->stream != NULL)
        x->stream->close(x->stream_state);
    x->stream = NULL;
}

void
exchange_fini(struct exchange *x)
{
    close_stream(x);
    arena_free(x->arena);
    buf_fini(&x->body);
    buf_fini(&x->headers_text);
    buf_fini(&x->path_text);
    x->arena = NULL;
}

void
exchange_reuse(struct exchange *x)
{
    struct exchange fresh = { .em = x->em, .carrier = x->carrier, .carried = x->carried };

    close_stream(x);
    fresh.arena = x->arena;
    arena_clear(fresh.arena);
    if (x->body.cap > BODY_KEEP)
        buf_fini(&x->body);
    buf_clear(&x->body);
    fresh.body = x->body;
    fresh.headers_text = x->headers_text;
    fresh.path_text = x->path_text;
    *x = fresh;
}

/* --- what came in --------------------------------------------------------------------------- */

struct emulator *
exchange_emulator(struct exchange *x)
{
    return x->em;
}

struct arena *
exchange_arena(struct exchange *x)
{
    return x->arena;
}

const char *
exchange_method(const struct exchange *x)
{
    return x->method;
}

const char *
exchange_path(const struct exchange *x)
{
    return x->path;
}

const char *
exchange_query_text(const struct exchange *x)
{
    return x->query;
}

/* '%XX' and '+' of a form; a broken escape stands for itself. */
static char *
decode(struct arena *arena, const char *text, size_t len)
{
    char *out = arena_alloc(arena, len + 1), *to = out;

    for (size_t i = 0; i < len; i++) {
        int high = text[i] == '%' && i + 2 < len ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

        if (low >= 0) {
            *to++ = (char)(high * 16 + low);
            i += 2;
        } else
            *to++ = (char)(text[i] == '+' ? ' ' : text[i]);
    }
    return out;
}

const char *
exchange_query(const struct exchange *x, const char *name)
{
    size_t name_len = strlen(name);
    const char *at = x->query;

    while (*at != '\0') {
        size_t len = strcspn(at, "&");
        size_t key = strcspn(at, "=&");

        if (key == name_len && strncmp(at, name, key) == 0) {
            const char *value = key < len ? at + key + 1 : at + key;

            return decode(x->arena, value, (size_t)(at + len - value));
        }
        at += len;
        if (*at == '&')
            at++;
    }
    return NULL;
}

const char *
exchange_header(const struct exchange *x, const char *name)
{
    return x->carrier->header(x, name);
}

void
exchange_headers(const struct exchange *x, exchange_header_visitor *visit, void *arg)
{
    x->carrier->headers(x, visit, arg);
}

const char *
exchange_body(const struct exchange *x, size_t *len)
{
    *len = x->body.len;
    return x->body.data;
}

bool
exchange_is_beside(const struct exchange *x)
{
    return emulator_options(x->em)->is_stepped && !x->is_replayed;
}

int64_t
exchange_now_ms(const struct exchange *x)
{
    return x->now_ms;
}

int64_t
exchange_duration_us(const struct exchange *x, uint64_t from_ns, uint64_t to_ns)
{
    return x->is_replayed ? x->took_us : (int64_t)((to_ns - from_ns) / 1000);
}

uint32_t
exchange_took_us(const struct exchange *x)
{
    int64_t us = exchange_duration_us(x, x->started_ns, mono_ns());

    return us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

/* --- what goes out -------------------------------------------------------------------------- */

void
exchange_set_header(struct exchange *x, const char *name, const char *value)
{
    struct exchange_header *h = x->reply_headers;

    while (h != NULL && strcasecmp(h->name, name) != 0)
        h = h->next;
    if (h != NULL) {
        h->value = arena_strdup(x->arena, value);
        return;
    }
    h = arena_alloc(x->arena, sizeof *h);
    h->name = arena_strdup(x->arena, name);
    h->value = arena_strdup(x->arena, value);
    h->next = x->reply_headers;
    x->reply_headers = h;
}

void
exchange_drop_headers(struct exchange *x)
{
    x->reply_headers = NULL;
}

static void
set_reply(struct exchange *x, unsigned status, const char *content_type, const char *body,
          size_t len)
{
    x->status = status;
    x->content_type = content_type == NULL ? NULL : arena_strdup(x->arena, content_type);
    x->reply = NULL;
    x->reply_len = 0;
    x->unsent_len = 0;
    if (content_type == NULL || len == 0)
        return;
    x->reply = memcpy(arena_alloc(x->arena, len), body, len);
    x->reply_len = len;
}

static void
end(struct exchange *x)
{
    x->is_ready = true;
    if (x->is_parked)
        x->carrier->finish(x);
}

static void
park(struct exchange *x)
{
    if (x->is_parked)
        return;
    x->is_parked = true;
    x->carrier->park(x);
}

void
exchange_reply(struct exchange *x, unsigned status, const char *content_type, const char *body,
               size_t len)
{
    set_reply(x, status, content_type, body, len);
    end(x);
}

void
exchange_reply_large(struct exchange *x, unsigned status, const char *content_type,
                     const char *body, uint64_t len)
{
    set_reply(x, status, content_type, NULL, 0);
    x->reply = body;
    x->reply_len = body == NULL ? 0 : (size_t)len;
    x->unsent_len = body == NULL ? len : 0;
    end(x);
}

void
exchange_stream(struct exchange *x, unsigned status, const char *content_type,
                const struct exchange_stream *stream, void *state)
{
    set_reply(x, status, content_type, NULL, 0);
    x->stream = stream;
    x->stream_state = state;
    end(x);
}

static void
print_refusal(struct exchange *x, unsigned status, const char *sentence, const char *hint)
{
    struct buf b;

    buf_init(&b, 4096);
    buf_adds(&b, "{\"success\":false,\"error\":");
    json_print_string(&b, sentence, strlen(sentence));
    if (hint != NULL) {
        buf_adds(&b, ",\"hint\":");
        json_print_string(&b, hint, strlen(hint));
    }
    buf_addc(&b, '}');
    set_reply(x, status, "application/json", b.data, b.len);
    buf_fini(&b);
}

void
exchange_refuse(struct exchange *x, enum refusal_reason why, unsigned status, const char *hint,
                const char *fmt, ...)
{
    char sentence[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(sentence, sizeof sentence, fmt, ap);
    va_end(ap);
    x->refusal = why;
    exchange_note(x, true, "%s", sentence);
    print_refusal(x, status, sentence, hint);
    end(x);
}

void
exchange_break(struct exchange *x)
{
    x->refusal = REFUSAL_FAULT;
    x->status = 0;
    end(x);
}

void
exchange_set_excuse(struct exchange *x, exchange_excuse *excuse, void *arg)
{
    x->excuse = excuse;
    x->excuse_arg = arg;
}

static void
end_unavailable(struct exchange *x, enum refusal_reason why, const char *reason)
{
    x->refusal = why;
    exchange_note(x, true, "not kept: %s", reason);
    exchange_set_header(x, "Retry-After", "1");
    if (x->excuse != NULL) {
        x->excuse(x, reason, x->excuse_arg);
        return;
    }
    print_refusal(x, 503, reason, REPLY_HINT);
    end(x);
}

/* On the writer thread. */
static void
committed(void *arg, enum status status, const struct err *err)
{
    struct exchange *x = arg;

    if (status != OK)
        end_unavailable(x, REFUSAL_STORAGE, err->text);
    else
        end(x);
}

void
exchange_commit(struct exchange *x, struct store_write *write, unsigned status,
                const char *content_type, const char *body, size_t len)
{
    struct err err = { 0 };

    set_reply(x, status, content_type, body, len);
    park(x);
    if (store_submit(emulator_store(x->em), write, committed, x, &err) == OK)
        return;
    store_write_free(write);
    end_unavailable(x, REFUSAL_BUSY, err.text);
}

void
exchange_defer(struct exchange *x, exchange_work *work, void *arg)
{
    park(x);
    if (x->carrier->defer != NULL ? x->carrier->defer(x, work, arg)
                                  : readers_submit(emulator_readers(x->em), x, work, arg))
        return;
    end_unavailable(x, REFUSAL_BUSY, "too many questions are waiting for an answer");
}

void
exchange_note(struct exchange *x, bool fault, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(x->note, sizeof x->note, fmt, ap);
    va_end(ap);
    x->has_fault = fault;
}

void
exchange_add_details(struct exchange *x, const char *rule, const char *lines)
{
    x->rule = rule;
    x->details = arena_strdup(x->arena, lines);
}

void
exchange_hide_body(struct exchange *x)
{
    x->hides_body = true;
}

/* --- the record ----------------------------------------------------------------------------- */

static void
print_header(void *arg, const char *name, const char *value)
{
    intake_print_header(arg, name, value);
}

static void
print_private(void *arg, const char *name, const char *value)
{
    intake_print_private(arg, name, value);
}

static const char *
verdict(const struct exchange *x)
{
    char text[INTAKE_VERDICT_MAX];
    const char *note = x->note;

    if (note[0] == '\0') {
        snprintf(text, sizeof text, x->status < 400 ? "accepted" : "answered %u", x->status);
        note = arena_strdup(x->arena, text);
    }
    if (x->fault == FAULT_SLOW)
        return arena_printf(x->arena, "fault injected: %u ms late; %s", x->fault_ms, note);
    if (x->fault == FAULT_HALF)
        return arena_printf(x->arena, "fault injected: half an answer; %s", note);
    return note;
}

static const char *
reason(const struct exchange *x)
{
    if (x->refusal != REFUSAL_NONE)
        return refusal_word(x->refusal);
    if (x->fault != FAULT_NONE)
        return refusal_word(REFUSAL_FAULT);
    return x->rule == NULL ? "" : x->rule;
}

void
exchange_record(struct exchange *x)
{
    struct buf *headers = &x->headers_text, *path = &x->path_text;

    if (x->refusal == REFUSAL_NONE && x->status >= 400)
        x->refusal = REFUSAL_ANSWERED;
    tally_request(emulator_tally(x->em), route_row(x), x->refusal);
    if (x->route != NULL && x->route->function != NULL)
        service_metrics_request(emulator_service_metrics(x->em), x);
    if (emulator_options(x->em)->recorder != NULL)
        recorder_take(emulator_options(x->em)->recorder, x);
    if (x->is_unseen)
        return;
    buf_clear(headers);
    buf_clear(path);
    exchange_headers(x, x->kind == INTAKE_REPLAY ? print_private : print_header, headers);
    if (x->details != NULL)
        buf_adds(headers, x->details);
    intake_print_path(path, x->path, x->query);
    intake_add(emulator_intake(x->em), &(struct intake_item){
                                           .kind = x->is_aws ? INTAKE_AWS : x->kind,
                                           .has_fault = x->has_fault || x->status >= 400,
                                           .status = x->status,
                                           .time_ms = x->now_ms,
                                           .duration_us = exchange_took_us(x),
                                           .size = x->body_seen,
                                           .peer = x->peer_text,
                                           .method = x->method,
                                           .path = path->data,
                                           .verdict = verdict(x),
                                           .reason = reason(x),
                                           .headers = headers->data,
                                           .headers_len = headers->len,
                                           .body = x->body.data,
                                           .body_len = x->hides_body ? 0 : x->body.len,
                                       });
    if (x->kind == INTAKE_REPLAY && x->status == 200)
        privacy_wake(emulator_privacy(x->em));
    changes_poke(emulator_changes(x->em));
}
