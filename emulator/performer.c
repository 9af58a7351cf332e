/* performer.c - exchanges without a connection.
 * SPDX-License-Identifier: MIT
 *
 * Requests under way wait in a row, oldest first, and each is finished, that is counted and shown,
 * when it leaves the row. An exact performer hands writes over in batches: while one is committed
 * the next is made, and no request leaves the row but when its batch has ended. What a handler puts
 * off for a reader is done on the performer's own thread, when all that came before is on disk. So
 * neither the order of ids and rows nor what is committed together depends on which thread was
 * faster. */
#include "config.h"

#include "emulator/performer.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/limits.h"
#include "emulator/aws.h"
#include "emulator/emf_workers.h"
#include "emulator/exchange_own.h"
#include "emulator/function_log.h"
#include "emulator/ingest.h"
#include "emulator/parts.h"
#include "emulator/readers.h"
#include "emulator/routes.h"
#include "fixture/aws_times.h"

#define ROW           128 /* requests under way, at most */
#define CROWD         32  /* the same beside live traffic */
#define BATCH         64  /* events whose writes an exact one has committed together */
#define FUNCTIONS_MAX 32
#define RETRY_MS      5

struct function {
    char group[512];
    struct function_log log;
};

/* One request; its place in the row is its own until it has left. */
struct play {
    struct exchange x;
    struct performer *performer;
    const cJSON *headers;
    struct fixture_event event;
    bool is_done; /* under the lock: the answer is there */
};

struct performer {
    struct performer_options options;
    struct emulator *em;
    pthread_t owner; /* while it plays */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    unsigned lines; /* under way; with is_done of plays and `stop` under the lock */
    struct play *row[ROW];
    size_t first, count;
    struct store_reader *reader; /* of an exact one, as are ... */
    size_t batch;                /* ... the number of events since the last batch, ... */
    size_t batch_requests;       /* ... of requests among them, ... */
    unsigned batch_lines;        /* ... and of lines */
    struct function functions[FUNCTIONS_MAX];
    size_t function_count;
    struct arena *arena;
};

/* --- the row ----------------------------------------------------------------------------------
 */

static const char *
answer_header(const void *arg, const char *name)
{
    const struct exchange *x = arg;

    if (strcasecmp(name, "content-type") == 0)
        return x->content_type;
    for (const struct exchange_header *h = x->reply_headers; h != NULL; h = h->next) {
        if (strcasecmp(h->name, name) == 0)
            return h->value;
    }
    return NULL;
}

static void
tell_answer(const struct performer *p, const struct play *play)
{
    const struct exchange *x = &play->x;
    const bool has_body = x->reply != NULL && strcmp(x->method, "HEAD") != 0;
    const struct fixture_answer answer = { .status = x->status,
                                           .body = has_body ? x->reply : "",
                                           .length = has_body ? x->reply_len : 0,
                                           .header = answer_header,
                                           .arg = x };

    p->options.answered(p->options.arg, &play->event, &answer);
}

static void
finish(struct performer *p, struct play *play)
{
    struct exchange *x = &play->x;

    exchange_record(x);
    if (p->options.answered != NULL)
        tell_answer(p, play);
    exchange_fini(x);
    fixture_event_fini(&play->event);
    free(play);
}

/* The front of the row, once it is answered; without waiting, or however long that takes: an
 * exchange that a handler has is not ours to give back. NULL: not now, or the row is empty. */
static struct play *
take_front(struct performer *p, bool waits)
{
    struct play *play = p->count == 0 ? NULL : p->row[p->first];

    if (play == NULL)
        return NULL;
    pthread_mutex_lock(&p->lock);
    while (waits && !play->is_done)
        pthread_cond_wait(&p->wake, &p->lock);
    if (!play->is_done)
        play = NULL;
    pthread_mutex_unlock(&p->lock);
    if (play == NULL)
        return NULL;
    p->first = (p->first + 1) % ROW;
    p->count--;
    return play;
}

/* Until at most so many are under way. */
static void
shorten_row(struct performer *p, size_t most)
{
    struct play *play;

    while ((play = take_front(p, p->count > most)) != NULL)
        finish(p, play);
}

static void
await_lines(struct performer *p, unsigned most)
{
    pthread_mutex_lock(&p->lock);
    while (p->lines > most)
        pthread_cond_wait(&p->wake, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

/* The batch before this one has ended when this one is handed over. */
static void
end_batch(struct performer *p)
{
    while (p->count > p->batch_requests)
        finish(p, take_front(p, true));
    await_lines(p, p->batch_lines);
    store_release(emulator_store(p->em));
    p->batch = p->batch_requests = p->batch_lines = 0;
}

static bool
must_stop(struct performer *p)
{
    bool stop;

    pthread_mutex_lock(&p->lock);
    stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return stop;
}

bool
performer_drain(struct performer *p)
{
    if (p->options.is_exact)
        end_batch(p);
    shorten_row(p, 0);
    await_lines(p, 0);
    return !must_stop(p);
}

/* --- the carrier ------------------------------------------------------------------------------
 */

static const char *
play_header(const struct exchange *x, const char *name)
{
    const struct play *play = x->carried;
    const cJSON *header;

    cJSON_ArrayForEach(header, play->headers)
    {
        if (strcasecmp(header->string, name) == 0)
            return header->valuestring;
    }
    return NULL;
}

static void
play_headers(const struct exchange *x, exchange_header_visitor *visit, void *arg)
{
    const struct play *play = x->carried;
    const cJSON *header;

    cJSON_ArrayForEach(header, play->headers)
    {
        if (cJSON_IsString(header))
            visit(arg, header->string, header->valuestring);
    }
}

static void
play_finish(struct exchange *x)
{
    struct play *play = x->carried;
    struct performer *p = play->performer;

    pthread_mutex_lock(&p->lock);
    play->is_done = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static void
play_park(struct exchange *x)
{
    (void)x;
}

/* The play is not in the row yet, so all before it can be waited for. */
static bool
play_defer(struct exchange *x, exchange_work *work, void *arg)
{
    struct performer *p = ((struct play *)x->carried)->performer;

    if (p->reader == NULL || !pthread_equal(pthread_self(), p->owner))
        return readers_submit(emulator_readers(x->em), x, work, arg);
    performer_drain(p);
    work(x, p->reader, arg);
    return true;
}

static const struct exchange_carrier carrier = {
    .header = play_header,
    .headers = play_headers,
    .park = play_park,
    .defer = play_defer,
    .finish = play_finish,
};

/* --- requests ---------------------------------------------------------------------------------
 */

/* Whoever recorded without a proxy was on the same machine. */
static void
come_from_loopback(struct exchange *x)
{
    struct sockaddr_in here = { .sin_family = AF_INET };

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    memcpy(&x->peer, &here, sizeof here);
}

static void
arrive(struct exchange *x, const struct play *play, int64_t at_ms, int64_t by_ms)
{
    const struct fixture_event *event = &play->event;
    const struct performer *p = play->performer;
    size_t path_len = strcspn(event->path, "?");

    x->is_trusted = true;
    x->started_ns = mono_ns();
    x->is_replayed = p->options.is_exact;
    x->took_us = event->took_us;
    x->now_ms = at_ms;
    x->peer_text = "fixture";
    if (p->options.is_exact)
        come_from_loopback(x);
    x->method = event->method;
    x->path = arena_strndup(x->arena, event->path, path_len);
    x->query = event->path[path_len] == '?' ? event->path + path_len + 1 : "";
    x->body_limit = route_body_limit(x);
    x->body.max = LIMIT_BODY_DISCARD;
    if (event->body != NULL && aws_vouched(x) != NULL)
        aws_times_print(&x->body, event, by_ms);
    else if (event->body != NULL)
        fixture_print_body(&x->body, event->body, by_ms);
    x->body_seen = x->body.len;
}

static void
play_request(struct performer *p, struct fixture_event *event, int64_t at_ms, int64_t by_ms,
             unsigned turn)
{
    struct play *play = xcalloc(1, sizeof *play);
    struct exchange *x = &play->x;

    if (!p->options.is_exact)
        shorten_row(p, CROWD - 1);
    fixture_move_visitor(event->arena, event->headers, turn);
    play->performer = p;
    play->event = *event;
    play->headers = cJSON_IsObject(event->headers) ? event->headers : NULL;
    exchange_init(x, p->em, &carrier, play);
    arrive(x, play, at_ms, by_ms);
    route_dispatch(x);
    if (!x->is_parked)
        play_finish(x);
    p->row[(p->first + p->count++) % ROW] = play;
    p->batch_requests++;
}

/* --- lines ------------------------------------------------------------------------------------
 */

static struct function_log *
function_of(struct performer *p, const char *group)
{
    struct function *f;

    for (size_t i = 0; i < p->function_count; i++) {
        if (strcmp(p->functions[i].group, group) == 0)
            return &p->functions[i].log;
    }
    /* With more functions than that the last one only loses what it remembered of a failure. */
    f = &p->functions[p->function_count < FUNCTIONS_MAX ? p->function_count++ : FUNCTIONS_MAX - 1];
    snprintf(f->group, sizeof f->group, "%s", group);
    function_log_init(&f->log, group);
    return &f->log;
}

/* On the writer thread. */
static void
line_committed(void *arg, enum status status, const struct err *err)
{
    struct performer *p = arg;

    (void)status; /* of a full disk the writes behind it tell */
    (void)err;
    pthread_mutex_lock(&p->lock);
    p->lines--;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

/* Takes the write; waits while too much is under way. */
static void
submit_line(struct performer *p, struct store_write *write)
{
    struct timespec until;

    await_lines(p, ROW - 1);
    pthread_mutex_lock(&p->lock);
    p->lines++;
    pthread_mutex_unlock(&p->lock);
    while (store_submit(emulator_store(p->em), write, line_committed, p, NULL) != OK) {
        pthread_mutex_lock(&p->lock);
        until = mono_deadline(RETRY_MS);
        if (!p->stop)
            pthread_cond_timedwait(&p->wake, &p->lock, &until);
        if (p->stop)
            p->lines--;
        pthread_mutex_unlock(&p->lock);
        if (must_stop(p)) {
            store_write_free(write);
            return;
        }
    }
}

static void
play_line(struct performer *p, const struct fixture_event *event, int64_t at_ms, int64_t by_ms)
{
    static const enum intake_kind kinds[] = {
        [FIXTURE_EMF_TCP] = INTAKE_EMF_TCP,
        [FIXTURE_EMF_UDP] = INTAKE_EMF_UDP,
        [FIXTURE_EMF_STDIN] = INTAKE_EMF_STDIN,
    };
    bool piped = event->source == FIXTURE_EMF_STDIN;
    struct store_write *write = store_write_new(emulator_store(p->em));
    struct ingest in = {
        .em = p->em,
        .kind = kinds[event->source],
        .peer = "fixture",
        .group = event->group != NULL ? event->group
                 : piped              ? "/aws/lambda/function"
                                      : emf_socket_group(p->em),
        .stream = "fixture",
        .by_document = !piped,
        .emf_only = !piped,
        .now_ms = at_ms,
    };
    struct ingest_result result;
    struct log_event line = { .time_ms = at_ms };
    struct buf text;

    if (p->options.is_exact && p->count > 0) /* a line is shown at once */
        performer_drain(p);
    buf_init(&text, LIMIT_LOG_EVENT_BYTES);
    fixture_print_line(&text, event->line, event->line_length, by_ms);
    line.message = text.data;
    line.message_len = text.len;
    if (piped)
        function_log_line(function_of(p, in.group), write, text.data, text.len, at_ms);
    ingest_log_lines(write, p->arena, &in, &line, 1, &result);
    submit_line(p, write);
    p->batch_lines++;
    buf_fini(&text);
    arena_clear(p->arena);
}

/* --- life -------------------------------------------------------------------------------------
 */

/* Who asks sees what was answered before: all of it is on disk, counted and shown. What a page
 * sends asks nothing, and need not wait. */
static bool
is_question(const struct fixture_event *event)
{
    return event->source == FIXTURE_HTTP &&
           (strcmp(event->method, "POST") != 0 || strncmp(event->path, "/_obsview", 9) == 0);
}

bool
performer_play(struct performer *p, struct fixture_event *event, int64_t at_ms, int64_t by_ms,
               unsigned turn)
{
    p->owner = pthread_self();
    if (p->options.is_exact && is_question(event))
        performer_drain(p);
    if (event->source == FIXTURE_HTTP) {
        play_request(p, event, at_ms, by_ms, turn);
    } else {
        if (event->source != FIXTURE_AWS) /* that one is for a screen */
            play_line(p, event, at_ms, by_ms);
        fixture_event_fini(event);
    }
    if (p->options.is_exact && ++p->batch >= BATCH)
        end_batch(p);
    return !must_stop(p);
}

void
performer_stop(struct performer *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

enum status
performer_new(struct performer **out, const struct performer_options *options, struct err *err)
{
    struct performer *p = xcalloc(1, sizeof *p);
    enum status st = OK;

    p->options = *options;
    p->em = options->em;
    if (options->is_exact)
        st = store_reader_open(&p->reader, emulator_store(p->em), err);
    if (st != OK) {
        free(p);
        return st;
    }
    if (options->is_exact)
        store_gather(emulator_store(p->em), true);
    p->arena = arena_new();
    pthread_mutex_init(&p->lock, NULL);
    mono_cond_init(&p->wake);
    *out = p;
    return OK;
}

void
performer_free(struct performer *p)
{
    if (p == NULL)
        return;
    performer_drain(p);
    if (p->options.is_exact)
        store_gather(emulator_store(p->em), false);
    store_reader_close(p->reader);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    arena_free(p->arena);
    free(p);
}
