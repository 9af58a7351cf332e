/* changes.c - coalesces pokes into wake-ups.
 * SPDX-License-Identifier: MIT
 *
 * The thread sleeps without a timeout while nobody listens, so an idle emulator has no wake-ups
 * from here. */
#include "config.h"

#include "emulator/changes.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

struct changes {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    struct changes_listener *listeners;
    uint64_t generation;
    uint64_t beats;
    bool ended, stop;
    atomic_bool poked;
    atomic_uint listening;
};

/* Under the lock. */
static void
wake_all(struct changes *c)
{
    for (struct changes_listener *l = c->listeners; l != NULL; l = l->next) {
        if (!l->asleep)
            continue;
        l->asleep = false;
        l->wake(l->arg);
    }
}

/* Under the lock: waits for a poke, a first listener, the end, or the next beat. */
static void
wait_for_news(struct changes *c)
{
    struct timespec beat = mono_deadline(CHANGES_HEARTBEAT_MS);

    while (!c->stop && !(atomic_load(&c->poked) && c->listeners != NULL)) {
        if (c->listeners == NULL) {
            pthread_cond_wait(&c->wake, &c->lock);
            beat = mono_deadline(CHANGES_HEARTBEAT_MS);
        } else if (pthread_cond_timedwait(&c->wake, &c->lock, &beat) == ETIMEDOUT)
            return;
    }
}

static void
rest(struct changes *c)
{
    struct timespec until = mono_deadline(CHANGES_PACE_MS);

    while (!c->stop && pthread_cond_timedwait(&c->wake, &c->lock, &until) != ETIMEDOUT)
        continue;
}

static void *
changes_main(void *arg)
{
    struct changes *c = arg;

    pthread_mutex_lock(&c->lock);
    while (!c->stop) {
        wait_for_news(c);
        if (c->stop)
            break;
        if (atomic_exchange(&c->poked, false))
            c->generation++;
        else
            c->beats++;
        wake_all(c);
        rest(c);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

enum status
changes_start(struct changes **out, struct err *err)
{
    struct changes *c = xcalloc(1, sizeof *c);
    enum status st;

    pthread_mutex_init(&c->lock, NULL);
    mono_cond_init(&c->wake);
    st = thread_start(&c->thread, "obsview-wake", changes_main, c, err);
    if (st != OK) {
        pthread_cond_destroy(&c->wake);
        pthread_mutex_destroy(&c->lock);
        free(c);
        return st;
    }
    *out = c;
    return OK;
}

void
changes_stop(struct changes *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    c->stop = true;
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void
changes_poke(struct changes *c)
{
    if (atomic_load_explicit(&c->poked, memory_order_relaxed))
        return;
    if (atomic_exchange(&c->poked, true) || atomic_load(&c->listening) == 0)
        return;
    pthread_mutex_lock(&c->lock);
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

void
changes_listen(struct changes *c, struct changes_listener *l)
{
    pthread_mutex_lock(&c->lock);
    l->seen = c->generation;
    l->beats = c->beats;
    l->asleep = false;
    l->prev = NULL;
    l->next = c->listeners;
    if (c->listeners != NULL)
        c->listeners->prev = l;
    c->listeners = l;
    atomic_fetch_add(&c->listening, 1);
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

void
changes_leave(struct changes *c, struct changes_listener *l)
{
    pthread_mutex_lock(&c->lock);
    if (l->prev != NULL)
        l->prev->next = l->next;
    else
        c->listeners = l->next;
    if (l->next != NULL)
        l->next->prev = l->prev;
    atomic_fetch_sub(&c->listening, 1);
    pthread_mutex_unlock(&c->lock);
}

enum changes_news
changes_event(struct changes *c, struct changes_listener *l, uint64_t *generation)
{
    enum changes_news news = CHANGES_NOTHING;

    pthread_mutex_lock(&c->lock);
    *generation = c->generation;
    if (c->ended)
        news = CHANGES_END;
    else if (l->seen != c->generation)
        news = CHANGES_CHANGED;
    else if (l->beats != c->beats)
        news = CHANGES_BEAT;
    l->seen = c->generation;
    l->beats = c->beats;
    if (news == CHANGES_NOTHING) {
        l->asleep = true;
        l->sleep(l->arg);
    }
    pthread_mutex_unlock(&c->lock);
    return news;
}

void
changes_end(struct changes *c)
{
    pthread_mutex_lock(&c->lock);
    c->ended = true;
    wake_all(c);
    pthread_mutex_unlock(&c->lock);
}
