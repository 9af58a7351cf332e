/* collector.c - one thread around struct gather.
 * SPDX-License-Identifier: MIT
 *
 * The screen's thread and this one share a mailbox: wishes go in, the newest snapshot comes out. A
 * lock guards its few pointers for a few instructions; nobody waits for the network under it. An
 * eventfd tells the screen that there is something to take. */
#include "config.h"

#include "tui/collector.h"

#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define IDLE_MS    60000
#define ROUNDS_MAX 8 /* of asking on the grounds of answers */
#define CODE_MAX   16

struct collector {
    pthread_t thread;
    pthread_mutex_t lock;
    int fd;
    struct gather_options options;
    /* the mailbox */
    struct gather *gather; /* NULL until the thread has made it */
    struct ask_list *wanted;
    struct snapshot *newest;
    unsigned wants, wants_read, newest_of; /* how often was wanted something else; as of ... */
    bool hurries;
    bool is_idle;
    bool stops;
    char code[CODE_MAX]; /* of an MFA device; "" when none was typed */
    /* the screen's own */
    struct ask_list *last; /* what was wanted last */
    uint64_t hurried_ns;
};

/* --- the thread's side --- */

/* Takes the wishes; false: time to go. */
static bool
read_mail(struct collector *c, struct gather *g)
{
    struct ask_list *wanted;
    bool hurries, is_idle, stops;
    char code[CODE_MAX];

    pthread_mutex_lock(&c->lock);
    memcpy(code, c->code, sizeof code);
    c->code[0] = '\0';
    wanted = c->wanted;
    hurries = c->hurries;
    is_idle = c->is_idle;
    stops = c->stops;
    c->wanted = NULL;
    c->wants_read = c->wants;
    c->hurries = false;
    pthread_mutex_unlock(&c->lock);
    gather_set_idle(g, is_idle);
    if (wanted != NULL)
        gather_want(g, wanted);
    ask_list_free(wanted);
    if (hurries)
        gather_hurry(g);
    if (code[0] != '\0')
        gather_give_code(g, code);
    return !stops;
}

static void
publish(struct collector *c, struct snapshot *snapshot)
{
    const uint64_t one = 1;
    struct snapshot *old;
    ssize_t n;

    pthread_mutex_lock(&c->lock);
    old = c->newest;
    c->newest = snapshot;
    c->newest_of = c->wants_read;
    pthread_mutex_unlock(&c->lock);
    snapshot_unref(old);
    do
        n = write(c->fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

static void *
run(void *arg)
{
    struct collector *c = arg;
    struct gather *g = gather_new(&c->options);

    pthread_mutex_lock(&c->lock);
    c->gather = g;
    pthread_mutex_unlock(&c->lock);
    while (read_mail(c, g)) {
        struct snapshot *snapshot;

        gather_run(g, IDLE_MS);
        snapshot = gather_take(g);
        if (snapshot != NULL)
            publish(c, snapshot);
    }
    pthread_mutex_lock(&c->lock);
    c->gather = NULL;
    pthread_mutex_unlock(&c->lock);
    gather_free(g);
    return NULL;
}

/* --- the screen's side --- */

/* Under the lock: ends the thread's sleep, if it got as far as sleeping. */
static void
wake(struct collector *c)
{
    if (c->gather != NULL)
        gather_wake(c->gather);
}

static bool
same_asks(const struct ask_list *a, const struct ask_list *b)
{
    if (a == NULL || a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (!ask_equal(&a->items[i], &b->items[i]) ||
            a->items[i].is_background != b->items[i].is_background)
            return false;
    }
    return true;
}

static struct ask_list *
copy_asks(const struct ask_list *asks)
{
    struct ask_list *copy = ask_list_new();

    for (size_t i = 0; i < asks->count; i++)
        ask_list_add(copy, &asks->items[i]);
    return copy;
}

/* The screen asks again after every snapshot, mostly for the same: that wakes nobody. */
static bool
feed_want(void *ctx, const struct ask_list *asks)
{
    struct collector *c = ctx;
    struct ask_list *copy, *old;

    if (same_asks(c->last, asks))
        return false;
    ask_list_free(c->last);
    c->last = copy_asks(asks);
    copy = copy_asks(asks);
    pthread_mutex_lock(&c->lock);
    old = c->wanted;
    c->wanted = copy;
    c->wants++;
    wake(c);
    pthread_mutex_unlock(&c->lock);
    ask_list_free(old);
    return true;
}

static struct snapshot *
feed_take(void *ctx)
{
    struct collector *c = ctx;
    struct snapshot *snapshot;
    uint64_t count;
    ssize_t n;

    do
        n = read(c->fd, &count, sizeof count);
    while (n < 0 && errno == EINTR);
    pthread_mutex_lock(&c->lock);
    snapshot = c->newest;
    c->newest = NULL;
    if (snapshot != NULL && c->newest_of != c->wants)
        snapshot->has_open = true; /* it knows nothing of what has been wanted since */
    pthread_mutex_unlock(&c->lock);
    return snapshot;
}

static int64_t
feed_hurry(void *ctx)
{
    struct collector *c = ctx;
    uint64_t now = mono_ns(), gap = GATHER_HURRY_PAID_MS * 1000000ULL;

    if (!c->options.target->is_emulator && c->options.stand_in == NULL && c->hurried_ns != 0 &&
        now < c->hurried_ns + gap)
        return (int64_t)((c->hurried_ns + gap - now) / 1000000) + 1;
    c->hurried_ns = now;
    pthread_mutex_lock(&c->lock);
    c->hurries = true;
    wake(c);
    pthread_mutex_unlock(&c->lock);
    return 0;
}

static void
feed_set_idle(void *ctx, bool is_idle)
{
    struct collector *c = ctx;

    pthread_mutex_lock(&c->lock);
    c->is_idle = is_idle;
    wake(c);
    pthread_mutex_unlock(&c->lock);
}

static void
feed_give_code(void *ctx, const char *code)
{
    struct collector *c = ctx;

    pthread_mutex_lock(&c->lock);
    snprintf(c->code, sizeof c->code, "%s", code);
    wake(c);
    pthread_mutex_unlock(&c->lock);
}

struct feed
collector_feed(struct collector *c)
{
    return (struct feed){
        .ctx = c,
        .fd = c->fd,
        .want = feed_want,
        .take = feed_take,
        .hurry = feed_hurry,
        .set_idle = feed_set_idle,
        .give_code = feed_give_code,
    };
}

static int
start_thread(struct collector *c)
{
    sigset_t all, before;
    int e;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e = pthread_create(&c->thread, NULL, run, c);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}

enum status
collector_start(struct collector **out, const struct gather_options *options, struct err *err)
{
    struct collector *c = xcalloc(1, sizeof *c);
    int e;

    c->options = *options;
    c->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (c->fd < 0) {
        free(c);
        return err_errno(err, errno, "cannot start collecting");
    }
    pthread_mutex_init(&c->lock, NULL);
    e = start_thread(c);
    if (e != 0) {
        close(c->fd);
        free(c);
        return err_errno(err, e, "cannot start collecting");
    }
    *out = c;
    return OK;
}

void
collector_stop(struct collector *c)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&c->lock);
    c->stops = true;
    wake(c);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    pthread_mutex_destroy(&c->lock);
    close(c->fd);
    snapshot_unref(c->newest);
    ask_list_free(c->wanted);
    ask_list_free(c->last);
    free(c);
}

/* --- one look --- */

static void
run_until_settled(struct gather *g, uint64_t end_ns)
{
    while (!gather_is_settled(g)) {
        uint64_t now = mono_ns();

        if (now >= end_ns)
            return;
        gather_run(g, (int)((end_ns - now) / 1000000) + 1);
        snapshot_unref(gather_take(g));
    }
}

/* Something was answered, or the reason why nothing was. */
static enum status
judge(const struct snapshot *snapshot, struct err *err)
{
    const char *failure = NULL;

    if (snapshot->state == SOURCE_FAILING)
        return err_set(err, E_IO, "%s", snapshot->failure);
    for (size_t i = 0; i < snapshot->answer_count; i++) {
        if (snapshot->answers[i]->got_ms != 0)
            return OK;
        if (snapshot->answers[i]->failure != NULL)
            failure = snapshot->answers[i]->failure;
    }
    if (failure != NULL)
        return err_set(err, E_IO, "%s", failure);
    return err_set(err, E_IO, "no answer from %s in time", snapshot->source);
}

enum status
collect_once(struct snapshot **out, struct view_query *q, const struct gather_options *options,
             const struct view *view, int timeout_ms, struct err *err)
{
    uint64_t end_ns = mono_ns() + (uint64_t)timeout_ms * 1000000;
    struct gather *g = gather_new(options);
    struct snapshot *snapshot = gather_snapshot(g);
    struct ask_list *asked = NULL;

    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct ask_list *asks = ask_list_new();

        q->snapshot = snapshot;
        view->ask(asks, q);
        if (same_asks(asked, asks)) {
            ask_list_free(asks);
            break;
        }
        ask_list_free(asked);
        asked = asks;
        gather_want(g, asks);
        run_until_settled(g, end_ns);
        snapshot_unref(snapshot);
        snapshot = gather_snapshot(g);
    }
    ask_list_free(asked);
    gather_free(g);
    q->snapshot = snapshot;
    *out = snapshot;
    return judge(snapshot, err);
}
