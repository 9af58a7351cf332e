/* readers.c - two threads, one bounded queue.
 * SPDX-License-Identifier: MIT
 *
 * Two, because the design machine has two cores and the writer and the HTTP thread want most of
 * both; a long scan then leaves one thread for short questions. */
#include "config.h"

#include "emulator/readers.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/mem.h"
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
    struct store_reader *reader[READER_THREADS];
    pthread_t thread[READER_THREADS];
    unsigned opened, running;
};

struct reader_start {
    struct readers *readers;
    struct store_reader *reader;
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
    struct reader_start start = *(struct reader_start *)arg;
    struct job job;

    free(arg);
    /* Linux keeps the priority per thread: a long scan gives way to whoever posts. Failing to be
     * modest does no harm. */
    (void)setpriority(PRIO_PROCESS, 0, READER_NICE);
    while (next_job(start.readers, &job))
        job.work(job.x, start.reader, job.arg);
    return NULL;
}

enum status
readers_start(struct readers **out, struct store *store, struct err *err)
{
    struct readers *r = xcalloc(1, sizeof *r);

    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->filled, NULL);
    for (unsigned i = 0; i < READER_THREADS; i++) {
        struct reader_start *start;

        if (store_reader_open(&r->reader[i], store, err) != OK)
            goto failed;
        r->opened++;
        start = xmalloc(sizeof *start);
        *start = (struct reader_start){ r, r->reader[i] };
        if (thread_start(&r->thread[i], "obsview-read", reader_main, start, err) != OK) {
            free(start);
            goto failed;
        }
        r->running++;
    }
    *out = r;
    return OK;
failed:
    readers_stop(r);
    return err == NULL ? E_IO : err->code;
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
    for (unsigned i = 0; i < r->opened; i++)
        store_reader_close(r->reader[i]);
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
