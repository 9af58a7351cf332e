/* stalls.c - a thread that sleeps until the first of them is due.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/stalls.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

struct stall {
    uint64_t due_ns;
    stall_end *end;
    void *arg;
};

struct stalls {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool is_running, is_ended;
    struct stall list[STALLS_MAX];
    unsigned count;
};

struct stalls *
stalls_new(void)
{
    struct stalls *s = xcalloc(1, sizeof *s);

    pthread_mutex_init(&s->lock, NULL);
    mono_cond_init(&s->wake);
    return s;
}

void
stalls_free(struct stalls *s)
{
    if (s == NULL)
        return;
    pthread_cond_destroy(&s->wake);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

/* Under the lock, with one there. */
static unsigned
first_of(const struct stalls *s)
{
    unsigned first = 0;

    for (unsigned i = 1; i < s->count; i++) {
        if (s->list[i].due_ns < s->list[first].due_ns)
            first = i;
    }
    return first;
}

/* Under the lock; `end` only marks a connection as one to go on with, and is brief. */
static void
end_one(struct stalls *s, unsigned i)
{
    struct stall stall = s->list[i];

    s->list[i] = s->list[--s->count];
    stall.end(stall.arg);
}

static void *
stalls_main(void *arg)
{
    struct stalls *s = arg;

    pthread_mutex_lock(&s->lock);
    while (!s->is_ended) {
        unsigned first = s->count == 0 ? 0 : first_of(s);
        uint64_t now = mono_ns();

        if (s->count == 0) {
            pthread_cond_wait(&s->wake, &s->lock);
        } else if (s->list[first].due_ns <= now) {
            end_one(s, first);
        } else {
            struct timespec until =
                mono_deadline((int64_t)((s->list[first].due_ns - now) / 1000000 + 1));

            pthread_cond_timedwait(&s->wake, &s->lock, &until);
        }
    }
    while (s->count > 0)
        end_one(s, s->count - 1);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* Under the lock. */
static bool
run(struct stalls *s)
{
    if (!s->is_running && !s->is_ended)
        s->is_running = thread_start(&s->thread, "obsview-stalls", stalls_main, s, NULL) == OK;
    return s->is_running && !s->is_ended;
}

bool
stalls_add(struct stalls *s, unsigned ms, stall_end *end, void *arg)
{
    bool added;

    pthread_mutex_lock(&s->lock);
    added = run(s);
    if (added && s->count == STALLS_MAX)
        end_one(s, first_of(s));
    if (added)
        s->list[s->count++] = (struct stall){ mono_ns() + (uint64_t)ms * 1000000, end, arg };
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    return added;
}

void
stalls_end(struct stalls *s)
{
    bool is_running;

    pthread_mutex_lock(&s->lock);
    is_running = s->is_running && !s->is_ended;
    s->is_ended = true;
    pthread_cond_signal(&s->wake);
    pthread_mutex_unlock(&s->lock);
    if (is_running)
        pthread_join(s->thread, NULL);
}
