/* umami_loading.c - a work of the readers' background, and who waits for it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/umami_loading.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "emulator/parts.h"
#include "store/umami_read.h"

#define WAITING_MAX 512               /* as many as may wait for a reader */
#define STEP_NS     (40 * 1000000ull) /* of the 50 ms that a step may take */

struct waiting {
    struct exchange *x;
    exchange_work *work;
    void *arg;
};

struct umami_loading {
    struct emulator *em;
    bool is_preloaded; /* the background alone knows it */
    pthread_mutex_t lock;
    struct waiting waiting[WAITING_MAX]; /* under the lock */
    size_t count;
};

static bool
somebody_waits(struct umami_loading *l)
{
    bool waits;

    pthread_mutex_lock(&l->lock);
    waits = l->count > 0;
    pthread_mutex_unlock(&l->lock);
    return waits;
}

/* They look for themselves whether they may go on, and say what went wrong. */
static void
wake_all(struct umami_loading *l)
{
    struct waiting *woken = xcalloc(WAITING_MAX, sizeof *woken);
    size_t count;

    pthread_mutex_lock(&l->lock);
    count = l->count;
    for (size_t i = 0; i < count; i++)
        woken[i] = l->waiting[i];
    l->count = 0;
    pthread_mutex_unlock(&l->lock);
    for (size_t i = 0; i < count; i++)
        exchange_defer(woken[i].x, woken[i].work, woken[i].arg);
    free(woken);
}

static bool
load_more(struct umami_loading *l, struct store_reader *reader)
{
    bool more = false;
    struct err err;
    enum status st = OK;

    if (!l->is_preloaded)
        st = store_umami_preload(reader, &more, &err);
    else if (somebody_waits(l))
        st = store_umami_catch_up(reader, &more, &err);
    return st == OK && more;
}

static bool
step(void *arg, struct store_reader *reader)
{
    const uint64_t until_ns = mono_ns() + STEP_NS;
    struct umami_loading *l = arg;
    bool more = reader != NULL;

    while (more && mono_ns() < until_ns && !emulator_is_stopping(l->em))
        more = load_more(l, reader);
    if (more && !emulator_is_stopping(l->em))
        return true;
    l->is_preloaded = true;
    wake_all(l);
    return false;
}

struct umami_loading *
umami_loading_new(struct emulator *em)
{
    struct umami_loading *l = xcalloc(1, sizeof *l);

    l->em = em;
    pthread_mutex_init(&l->lock, NULL);
    readers_add_background(emulator_readers(em), step, l);
    readers_wake_background(emulator_readers(em));
    return l;
}

void
umami_loading_free(struct umami_loading *l)
{
    if (l == NULL)
        return;
    pthread_mutex_destroy(&l->lock);
    free(l);
}

bool
umami_loading_wait(struct umami_loading *l, struct exchange *x, exchange_work *work, void *arg)
{
    bool may_wait;

    pthread_mutex_lock(&l->lock);
    may_wait = l->count < WAITING_MAX && !emulator_is_stopping(l->em);
    if (may_wait)
        l->waiting[l->count++] = (struct waiting){ x, work, arg };
    pthread_mutex_unlock(&l->lock);
    if (may_wait)
        readers_wake_background(emulator_readers(l->em));
    return may_wait;
}
