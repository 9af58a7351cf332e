/* readers.c - two threads, one bounded queue.
 * SPDX-License-Identifier: MIT
 *
 * Two, because the design machine has two cores and the writer and the HTTP thread want most of
 * both; a long scan then leaves one thread for short questions. Each opens its own connection, so
 * that starting does not wait for two of them. */
#include "config.h"

#include "emulator/readers.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/mem.h"
#include "emulator/exchange_own.h"
#include "emulator/thread.h"

#define READER_THREADS 2
#define QUEUE_MAX      512
#define READER_NICE    5

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
    struct store *store;
    pthread_t thread[READER_THREADS];
    unsigned running;
};

/* false: nothing left and no more to come. */
static bool
next_job(struct readers *r, struct job *out)
{
    bool found = false;

    pthread_mutex_lock(&r->lock);
    while (r->count == 0 && !r->stop)
        pthread_cond_wait(&r->filled, &r->lock);
    if (r->count > 0) {
        *out = r->queue[r->first];
        r->first = (r->first + 1) % QUEUE_MAX;
        r->count--;
        found = true;
    }
    pthread_mutex_unlock(&r->lock);
    return found;
}

static void *
reader_main(void *arg)
{
    struct readers *r = arg;
    struct store_reader *reader = NULL;
    struct err err = { 0 };
    struct job job;

    /* Linux keeps the priority per thread: a long scan gives way to whoever posts. Failing to be
     * modest does no harm. */
    (void)setpriority(PRIO_PROCESS, 0, READER_NICE);
    if (store_reader_open(&reader, r->store, &err) != OK)
        reader = NULL;
    while (next_job(r, &job)) {
        if (reader == NULL && store_reader_open(&reader, r->store, &err) != OK) {
            reader = NULL;
            exchange_refuse(job.x, REFUSAL_STORAGE, 503, NULL, "%s", err.text);
        } else
            job.work(job.x, reader, job.arg);
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
