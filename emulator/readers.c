/* readers.c - two threads, one bounded queue.
 * SPDX-License-Identifier: MIT
 *
 * Two, because the design machine has two cores and the writer and the HTTP thread want most of
 * both; a long scan then leaves one thread for short questions. Each opens its own connection, so
 * that starting does not wait for two of them.
 *
 * Long work, such as a Logs Insights query, comes in steps between the questions, and never on both
 * threads at once: a question waits for one step at most, and mostly for none. */
#include "config.h"

#include "emulator/readers.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "emulator/exchange_own.h"

#define READER_THREADS 2
#define QUEUE_MAX      512
#define READER_NICE    5
#define STARVED_NS     (500 * 1000000ull) /* so long without a step, and it goes before questions */

struct job {
    struct exchange *x;
    exchange_work *work;
    void *arg;
};

struct readers {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct job queue[QUEUE_MAX];
    size_t first, count;
    bool stop;
    struct work {
        readers_step *step;
        void *arg;
        bool has_more;
    } works[READERS_WORKS]; /* the background */
    size_t work_count, turn;
    bool is_stepping;
    uint64_t stepped_ns; /* when its last step ended */
    struct store *store;
    pthread_t thread[READER_THREADS];
    unsigned running;
};

/* The background's work whose turn it is; NULL: there is none, or it is being done. */
static struct work *
next_work(struct readers *r)
{
    if (r->is_stepping || r->stop)
        return NULL;
    for (size_t i = 0; i < r->work_count; i++) {
        struct work *work = &r->works[(r->turn + i) % r->work_count];

        if (work->has_more)
            return work;
    }
    return NULL;
}

enum turn { TURN_END, TURN_JOB, TURN_STEP };

/* What to do next. TURN_END: nothing left and no more to come. */
static enum turn
next_turn(struct readers *r, struct job *out, struct work **work)
{
    enum turn turn = TURN_END;

    pthread_mutex_lock(&r->lock);
    while (r->count == 0 && !r->stop && next_work(r) == NULL)
        pthread_cond_wait(&r->filled, &r->lock);
    *work = next_work(r);
    if (*work != NULL && (r->count == 0 || mono_ns() - r->stepped_ns > STARVED_NS)) {
        r->is_stepping = true;
        r->turn = (size_t)(*work - r->works) + 1;
        turn = TURN_STEP;
    } else if (r->count > 0) {
        *out = r->queue[r->first];
        r->first = (r->first + 1) % QUEUE_MAX;
        r->count--;
        turn = TURN_JOB;
    }
    pthread_mutex_unlock(&r->lock);
    return turn;
}

/* has_more is taken away before the step, so that a wake-up during it is not lost. */
static void
do_step(struct readers *r, struct work *work, struct store_reader *reader)
{
    bool more;

    pthread_mutex_lock(&r->lock);
    work->has_more = false;
    pthread_mutex_unlock(&r->lock);
    more = work->step(work->arg, reader);
    pthread_mutex_lock(&r->lock);
    work->has_more |= more;
    r->is_stepping = false;
    r->stepped_ns = mono_ns();
    if (next_work(r) != NULL)
        pthread_cond_signal(&r->filled);
    pthread_mutex_unlock(&r->lock);
}

static void
do_job(struct job *job, struct store_reader *reader, const struct err *err)
{
    if (reader == NULL)
        exchange_refuse(job->x, REFUSAL_STORAGE, 503, NULL, "%s", err->text);
    else
        job->work(job->x, reader, job->arg);
}

static void *
reader_main(void *arg)
{
    struct readers *r = arg;
    struct store_reader *reader = NULL;
    struct err err = { 0 };
    struct work *work;
    struct job job;
    enum turn turn;

    /* Linux keeps the priority per thread: a long scan gives way to whoever posts. Failing to be
     * modest does no harm. */
    (void)setpriority(PRIO_PROCESS, 0, READER_NICE);
    if (store_reader_open(&reader, r->store, &err) != OK)
        reader = NULL;
    for (turn = next_turn(r, &job, &work); turn != TURN_END; turn = next_turn(r, &job, &work)) {
        if (reader == NULL && store_reader_open(&reader, r->store, &err) != OK)
            reader = NULL;
        if (turn == TURN_STEP)
            do_step(r, work, reader);
        else
            do_job(&job, reader, &err);
    }
    store_reader_close(reader);
    return NULL;
}

enum status
readers_start(struct readers **out, struct store *store, struct err *err)
{
    struct readers *r = xcalloc(1, sizeof *r);

    r->store = store;
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->filled, NULL);
    for (unsigned i = 0; i < READER_THREADS; i++) {
        enum status st = thread_start(&r->thread[i], "obsview-read", reader_main, r, err);

        if (st != OK) {
            readers_stop(r);
            return st;
        }
        r->running++;
    }
    *out = r;
    return OK;
}

void
readers_stop(struct readers *r)
{
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->lock);
    r->stop = true;
    pthread_cond_broadcast(&r->filled);
    pthread_mutex_unlock(&r->lock);
    for (unsigned i = 0; i < r->running; i++)
        pthread_join(r->thread[i], NULL);
    pthread_cond_destroy(&r->filled);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

bool
readers_submit(struct readers *r, struct exchange *x, exchange_work *work, void *arg)
{
    bool taken = false;

    pthread_mutex_lock(&r->lock);
    if (r->count < QUEUE_MAX && !r->stop) {
        r->queue[(r->first + r->count) % QUEUE_MAX] = (struct job){ x, work, arg };
        r->count++;
        taken = true;
        pthread_cond_signal(&r->filled);
    }
    pthread_mutex_unlock(&r->lock);
    return taken;
}

void
readers_add_background(struct readers *r, readers_step *step, void *arg)
{
    pthread_mutex_lock(&r->lock);
    assert(r->work_count < READERS_WORKS);
    r->works[r->work_count++] = (struct work){ .step = step, .arg = arg };
    pthread_mutex_unlock(&r->lock);
}

void
readers_wake_background(struct readers *r)
{
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->work_count; i++)
        r->works[i].has_more = true;
    if (next_work(r) != NULL)
        pthread_cond_signal(&r->filled);
    pthread_mutex_unlock(&r->lock);
}
