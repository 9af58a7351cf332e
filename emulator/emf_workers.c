/* emf_workers.c - splits batches into lines, and lines into what the store keeps.
 * SPDX-License-Identifier: MIT
 *
 * Batches carry numbers. Two workers read batches side by side; then each waits for its turn to
 * submit, so that lines reach the store in the order of their arrival. What concerns more than one
 * line of a function's output (function_log.h) happens in that turn too. */
#include "config.h"

#include "emulator/emf_workers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/mem.h"
#include "base/thread.h"
#include "domain/limits.h"
#include "emulator/function_log.h"
#include "emulator/ingest.h"
#include "emulator/parts.h"
#include "emulator/recorder.h"

#define THREADS     2
#define BATCHES_MAX 8 /* given and not yet committed */
#define BYTES_MAX   ((size_t)4 << 20)
#define LINES_FIRST 1024

/* One thread's own. */
struct worker {
    struct emf_workers *all;
    pthread_t thread;
    struct arena *arena;
    struct log_event *events;
    size_t event_count, event_cap;
};

struct emf_workers {
    struct emulator *em;
    void (*wake)(void *arg);
    void *wake_arg;
    char in_group[512], in_stream[80]; /* of a function's output */
    struct function_log function;      /* for whose turn it is */

    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct emf_batch *first, **last;
    uint64_t next_number; /* of the batch that is given next */
    uint64_t turn;        /* number of the batch that may be submitted */
    size_t under_way;     /* batches given and not yet committed */
    bool stop;
    struct worker workers[THREADS];
    unsigned running;
};

const char *
emf_socket_group(const struct emulator *em)
{
    const char *group = emulator_options(em)->emf_group;

    return group == NULL || *group == '\0' ? "emf/logs/default" : group;
}

struct emf_batch *
emf_batch_new(enum intake_kind kind, const char *peer, int64_t now_ms)
{
    struct emf_batch *batch = xcalloc(1, sizeof *batch);

    batch->kind = kind;
    batch->now_ms = now_ms;
    snprintf(batch->peer, sizeof batch->peer, "%s", peer);
    buf_init(&batch->bytes, BYTES_MAX);
    return batch;
}

/* --- towards the store
 * ---------------------------------------------------------------------------- */

static void
show_loss(struct emf_workers *w, const struct err *err)
{
    char verdict[INTAKE_VERDICT_MAX];

    snprintf(verdict, sizeof verdict, "not kept: %.180s", err->text);
    intake_add(emulator_intake(w->em),
               &(struct intake_item){ .kind = INTAKE_EMF_TCP,
                                      .has_fault = true,
                                      .time_ms = clock_now_ms(emulator_clock(w->em)),
                                      .method = "EMF",
                                      .path = "",
                                      .verdict = verdict,
                                      .reason = "storage" });
}

/* On the writer thread. The last thing it does with the workers is to give back the lock. */
static void
committed(void *arg, enum status status, const struct err *err)
{
    struct emf_workers *w = arg;

    if (status != OK)
        show_loss(w, err);
    pthread_mutex_lock(&w->lock);
    w->under_way--;
    w->wake(w->wake_arg);
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

/* Somebody else may have filled the store's queue; it is emptied all the time. */
static void
submit(struct emf_workers *w, struct store_write *write)
{
    const struct timespec pause = { .tv_nsec = 1000000 };

    while (store_submit(emulator_store(w->em), write, committed, w, NULL) != OK)
        nanosleep(&pause, NULL);
}

/* --- lines
 * ------------------------------------------------------------------------------------------- */

static void
add_event(struct worker *worker, const char *line, size_t len, int64_t now_ms)
{
    if (worker->event_count == worker->event_cap) {
        worker->event_cap = worker->event_cap == 0 ? LINES_FIRST : worker->event_cap * 2;
        worker->events = xreallocarray(worker->events, worker->event_cap, sizeof *worker->events);
    }
    worker->events[worker->event_count++] = (struct log_event){ now_ms, line, len };
}

static struct ingest
describe(const struct emf_workers *w, const struct emf_batch *batch)
{
    bool piped = batch->kind == INTAKE_EMF_STDIN;

    return (struct ingest){
        .em = w->em,
        .kind = batch->kind,
        .peer = batch->peer,
        .group = piped ? w->in_group : emf_socket_group(w->em),
        .stream = piped ? w->in_stream : "default",
        .by_document = !piped,
        .emf_only = !piped,
        .now_ms = batch->now_ms,
    };
}

/* Drops carriage returns and blank lines. */
static void
split(struct worker *worker, const struct emf_batch *batch, const struct ingest *in,
      struct store_write *write)
{
    const char *at = batch->bytes.data, *end = at + batch->bytes.len;

    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = newline == NULL ? end : newline;
        size_t len = (size_t)(line_end - at);

        if (len > 0 && at[len - 1] == '\r')
            len--;
        if (len > LIMIT_LOG_EVENT_BYTES)
            ingest_overlong(write, in, at, INTAKE_BODY_MAX, LIMIT_LOG_EVENT_BYTES);
        else if (strspn(at, " \t") < len)
            add_event(worker, at, len, batch->now_ms);
        at = newline == NULL ? end : newline + 1;
    }
}

static struct store_write *
read_batch(struct worker *worker, const struct emf_batch *batch)
{
    struct emf_workers *w = worker->all;
    struct store_write *write = store_write_new(emulator_store(w->em));
    const struct ingest in = describe(w, batch);
    struct ingest_result result;

    worker->event_count = 0;
    if (batch->is_overlong) {
        ingest_overlong(write, &in, batch->bytes.data, batch->bytes.len, LIMIT_LOG_EVENT_BYTES);
        return write;
    }
    split(worker, batch, &in, write);
    ingest_log_lines(write, worker->arena, &in, worker->events, worker->event_count, &result);
    arena_clear(worker->arena);
    return write;
}

static void
record(struct worker *worker, const struct emf_batch *batch)
{
    const struct emf_workers *w = worker->all;
    struct recorder *recorder = emulator_options(w->em)->recorder;

    for (size_t i = 0; recorder != NULL && i < worker->event_count; i++)
        recorder_take_line(recorder, batch->kind,
                           batch->kind == INTAKE_EMF_STDIN ? w->in_group : NULL,
                           worker->events[i].message, worker->events[i].message_len, batch->now_ms);
}

static void
add_function_metrics(struct worker *worker, const struct emf_batch *batch,
                     struct store_write *write)
{
    for (size_t i = 0; i < worker->event_count; i++)
        function_log_line(&worker->all->function, write, worker->events[i].message,
                          worker->events[i].message_len, batch->now_ms);
}

/* --- the threads
 * ----------------------------------------------------------------------------------------- */

/* NULL: nothing left and no more to come. */
static struct emf_batch *
next_batch(struct emf_workers *w)
{
    struct emf_batch *batch;

    pthread_mutex_lock(&w->lock);
    while (w->first == NULL && !w->stop)
        pthread_cond_wait(&w->changed, &w->lock);
    batch = w->first;
    if (batch != NULL) {
        w->first = batch->next;
        if (w->first == NULL)
            w->last = &w->first;
    }
    pthread_mutex_unlock(&w->lock);
    return batch;
}

static void
wait_for_turn(struct emf_workers *w, uint64_t number)
{
    pthread_mutex_lock(&w->lock);
    while (w->turn != number)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

static void
end_turn(struct emf_workers *w)
{
    pthread_mutex_lock(&w->lock);
    w->turn++;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

static void *
worker_main(void *arg)
{
    struct worker *worker = arg;
    struct emf_workers *w = worker->all;
    struct emf_batch *batch;

    while ((batch = next_batch(w)) != NULL) {
        struct store_write *write = read_batch(worker, batch);

        wait_for_turn(w, batch->number);
        if (batch->kind == INTAKE_EMF_STDIN)
            add_function_metrics(worker, batch, write);
        record(worker, batch);
        submit(w, write);
        end_turn(w);
        buf_fini(&batch->bytes);
        free(batch);
    }
    return NULL;
}

bool
emf_workers_have_room(struct emf_workers *w)
{
    bool room;

    pthread_mutex_lock(&w->lock);
    room = w->under_way < BATCHES_MAX;
    pthread_mutex_unlock(&w->lock);
    return room;
}

void
emf_workers_give(struct emf_workers *w, struct emf_batch *batch)
{
    batch->next = NULL;
    pthread_mutex_lock(&w->lock);
    batch->number = w->next_number++;
    *w->last = batch;
    w->last = &batch->next;
    w->under_way++;
    pthread_cond_broadcast(&w->changed);
    pthread_mutex_unlock(&w->lock);
}

/* --- start and stop
 * ---------------------------------------------------------------------------------------- */

/* "2026/11/24/[$LATEST]0123456789abcdef0123456789abcdef", as Lambda names its streams. */
static void
name_input(struct emf_workers *w)
{
    const char *group = emulator_options(w->em)->emf_group;
    const char *function = getenv("AWS_LAMBDA_FUNCTION_NAME");
    time_t now = (time_t)(clock_now_ms(emulator_clock(w->em)) / 1000);
    char hex[33];
    uint8_t id[16];
    struct tm tm;
    size_t len;

    if (group != NULL && *group != '\0')
        snprintf(w->in_group, sizeof w->in_group, "%s", group);
    else
        snprintf(w->in_group, sizeof w->in_group, "/aws/lambda/%.140s",
                 function == NULL || *function == '\0' ? "function" : function);
    function_log_init(&w->function, w->in_group);
    gmtime_r(&now, &tm);
    len = strftime(w->in_stream, sizeof w->in_stream, "%Y/%m/%d/[$LATEST]", &tm);
    clock_uuid(emulator_clock(w->em), id);
    hex_format(hex, id, sizeof id);
    snprintf(w->in_stream + len, sizeof w->in_stream - len, "%s", hex);
}

enum status
emf_workers_start(struct emf_workers **out, struct emulator *em, void (*wake)(void *arg), void *arg,
                  struct err *err)
{
    struct emf_workers *w = xcalloc(1, sizeof *w);
    enum status st = OK;

    w->em = em;
    w->wake = wake;
    w->wake_arg = arg;
    w->last = &w->first;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->changed, NULL);
    name_input(w);
    for (unsigned i = 0; i < THREADS && st == OK; i++) {
        struct worker *worker = &w->workers[i];

        worker->all = w;
        worker->arena = arena_new();
        st = thread_start(&worker->thread, "obsview-lines", worker_main, worker, err);
        w->running += st == OK;
    }
    if (st != OK) {
        emf_workers_stop(w);
        return st;
    }
    *out = w;
    return OK;
}

void
emf_workers_stop(struct emf_workers *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->changed);
    while (w->under_way > 0)
        pthread_cond_wait(&w->changed, &w->lock);
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->running; i++)
        pthread_join(w->workers[i].thread, NULL);
    for (unsigned i = 0; i < THREADS; i++) {
        arena_free(w->workers[i].arena);
        free(w->workers[i].events);
    }
    pthread_cond_destroy(&w->changed);
    pthread_mutex_destroy(&w->lock);
    free(w);
}
