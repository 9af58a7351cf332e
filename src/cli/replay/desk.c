/* desk.c - one lock, a mailbox, and what is published.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/replay/desk.h"

#include "base/buf.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define TURNS_MAX   5000 /* of alarms, that are remembered */
#define BROKEN_MAX  20   /* lines that are named */
#define BROKEN_TEXT ((size_t)16 << 10)

struct desk {
    int fd;
    atomic_bool has_mail;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* under the lock */
    unsigned given, taken, followed; /* orders: by the screen, by the player, in the status */
    struct transport_order orders[DESK_ORDERS_MAX];
    size_t order_count;
    bool stops;
    struct transport_status status;
    struct past *offered, *looked_at, *held[DESK_HELD_MAX];
    struct marker_list *markers;
    struct marker *found;  /* by the survey */
    struct marker *turned; /* alarms */
    struct arena *texts;   /* of both */
    size_t found_count, turned_count;
    bool found_is_cut, is_surveyed;
    int64_t end_ms;
    struct buf broken;
};

static void
tell(struct desk *d)
{
    const uint64_t one = 1;
    ssize_t n;

    do
        n = write(d->fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

/* Under the lock: the player is to look up. */
static void
wake_player(struct desk *d)
{
    atomic_store(&d->has_mail, true);
    pthread_cond_signal(&d->wake);
}

/* --- markers ----------------------------------------------------------------------------------
 */

/* Under the lock, or before anybody else is there. */
static void
renew_markers(struct desk *d)
{
    struct arena *arena = arena_new();
    struct marker_list *list = arena_alloc(arena, sizeof *list);
    size_t count = d->found_count + d->turned_count, f = 0, t = 0;
    struct marker *items = arena_alloc(arena, (count + 1) * sizeof *items);

    for (size_t i = 0; i < count; i++) {
        bool is_found =
            t == d->turned_count || (f < d->found_count && d->found[f].at_ms < d->turned[t].at_ms);

        items[i] = is_found ? d->found[f++] : d->turned[t++];
    }
    list->arena = arena;
    list->items = items;
    list->count = count;
    list->is_whole = d->is_surveyed;
    list->is_cut = d->found_is_cut;
    atomic_store(&list->references, 1);
    marker_list_unref(d->markers);
    d->markers = list;
}

static bool
has_turned(const struct desk *d, int64_t at_ms, const char *alarm)
{
    for (size_t i = 0; i < d->turned_count; i++) {
        if (d->turned[i].at_ms == at_ms && strcmp(d->turned[i].text, alarm) == 0)
            return true;
    }
    return false;
}

static void
add_turn(struct desk *d, int64_t at_ms, const char *alarm)
{
    size_t at = d->turned_count++;

    d->turned = xreallocarray(d->turned, d->turned_count, sizeof *d->turned);
    for (; at > 0 && d->turned[at - 1].at_ms > at_ms; at--)
        d->turned[at] = d->turned[at - 1];
    d->turned[at] = (struct marker){ at_ms, MARKER_ALARM, arena_strdup(d->texts, alarm) };
    renew_markers(d);
}

void
desk_turned(struct desk *d, int64_t at_ms, const char *alarm)
{
    pthread_mutex_lock(&d->lock);
    if (d->turned_count < TURNS_MAX && !has_turned(d, at_ms, alarm))
        add_turn(d, at_ms, alarm);
    pthread_mutex_unlock(&d->lock);
}

void
desk_surveyed(struct desk *d, const struct marker *markers, size_t count, bool is_cut,
              uint64_t events, int64_t end_ms)
{
    struct marker *found = xcalloc(count + 1, sizeof *found);

    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < count; i++) {
        found[i] = markers[i];
        found[i].text = arena_strdup(d->texts, markers[i].text);
    }
    d->found = found;
    d->found_count = count;
    d->found_is_cut = is_cut;
    d->is_surveyed = true;
    d->end_ms = end_ms;
    d->status.all_events = events;
    d->status.time.is_end_known = true;
    if (end_ms > d->status.time.end_ms)
        d->status.time.end_ms = end_ms;
    wake_player(d); /* it publishes what follows from the end */
    renew_markers(d);
    pthread_mutex_unlock(&d->lock);
    tell(d);
}

bool
desk_end(struct desk *d, int64_t *end_ms)
{
    bool is_known;

    pthread_mutex_lock(&d->lock);
    is_known = d->is_surveyed;
    *end_ms = d->end_ms;
    pthread_mutex_unlock(&d->lock);
    return is_known;
}

struct marker_list *
desk_markers(struct desk *d)
{
    struct marker_list *list;

    pthread_mutex_lock(&d->lock);
    list = marker_list_ref(d->markers);
    pthread_mutex_unlock(&d->lock);
    return list;
}

void
desk_add_broken(struct desk *d, const struct err *err)
{
    pthread_mutex_lock(&d->lock);
    if (d->status.broken++ < BROKEN_MAX)
        buf_addf(&d->broken, "%s\n", err->text);
    pthread_mutex_unlock(&d->lock);
}

char *
desk_broken(struct desk *d)
{
    char *text;

    pthread_mutex_lock(&d->lock);
    text = xstrdup(d->broken.data == NULL ? "" : d->broken.data);
    pthread_mutex_unlock(&d->lock);
    return text;
}

/* --- the status -------------------------------------------------------------------------------
 */

int
desk_fd(const struct desk *d)
{
    return d->fd;
}

void
desk_read(struct desk *d, struct transport_status *out)
{
    uint64_t count;
    ssize_t n;

    do
        n = read(d->fd, &count, sizeof count);
    while (n < 0 && errno == EINTR);
    pthread_mutex_lock(&d->lock);
    *out = d->status;
    out->is_behind = d->followed != d->given;
    pthread_mutex_unlock(&d->lock);
}

void
desk_publish(struct desk *d, struct transport_status *status)
{
    pthread_mutex_lock(&d->lock);
    status->all_events = d->status.all_events;
    status->broken = d->status.broken;
    status->failures = d->status.failures;
    status->turns = d->status.turns;
    memcpy(status->failure, d->status.failure, sizeof status->failure);
    d->status = *status;
    d->followed = d->taken;
    pthread_mutex_unlock(&d->lock);
    tell(d);
}

void
desk_fail(struct desk *d, const struct err *err)
{
    pthread_mutex_lock(&d->lock);
    snprintf(d->status.failure, sizeof d->status.failure, "%s", err->text);
    d->status.failures++;
    pthread_mutex_unlock(&d->lock);
}

/* --- pasts ------------------------------------------------------------------------------------
 */

void
desk_offer(struct desk *d, struct past *past)
{
    pthread_mutex_lock(&d->lock);
    d->offered = past;
    d->status.turns++;
    pthread_mutex_unlock(&d->lock);
}

bool
desk_holds(struct desk *d, const struct past *past)
{
    bool holds = false;

    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < DESK_HELD_MAX; i++)
        holds |= d->held[i] == past;
    pthread_mutex_unlock(&d->lock);
    return holds;
}

struct past *
desk_borrow(struct desk *d, unsigned *turns)
{
    struct past *past = NULL;
    size_t i = 0;

    pthread_mutex_lock(&d->lock);
    *turns = d->status.turns;
    if (d->offered != d->looked_at) {
        past = d->looked_at = d->offered;
        while (i < DESK_HELD_MAX - 1 && d->held[i] != NULL)
            i++;
        assert(d->held[i] == NULL);
        d->held[i] = past;
    }
    pthread_mutex_unlock(&d->lock);
    return past;
}

void
desk_let_go(struct desk *d, struct past *past)
{
    pthread_mutex_lock(&d->lock);
    for (size_t i = 0; i < DESK_HELD_MAX; i++) {
        if (d->held[i] == past)
            d->held[i] = NULL;
    }
    wake_player(d); /* it can be closed now */
    pthread_mutex_unlock(&d->lock);
}

/* --- orders -----------------------------------------------------------------------------------
 */

/* Steps of one kind in a row are one. */
static void
put_order(struct desk *d, const struct transport_order *order)
{
    struct transport_order *last = d->order_count > 0 ? &d->orders[d->order_count - 1] : NULL;
    bool is_step = order->verb == TRANSPORT_STEP || order->verb == TRANSPORT_MARK;

    if (is_step && last != NULL && last->verb == order->verb && last->least == order->least &&
        (last->direction > 0) == (order->direction > 0))
        last->direction += order->direction;
    else if (d->order_count < DESK_ORDERS_MAX)
        d->orders[d->order_count++] = *order;
}

void
desk_order(struct desk *d, const struct transport_order *order)
{
    pthread_mutex_lock(&d->lock);
    put_order(d, order);
    d->given++;
    wake_player(d);
    pthread_mutex_unlock(&d->lock);
}

bool
desk_has_mail(struct desk *d)
{
    return atomic_load(&d->has_mail);
}

bool
desk_read_mail(struct desk *d, int wait_ms, struct transport_order orders[DESK_ORDERS_MAX],
               size_t *count)
{
    struct timespec until = mono_deadline(wait_ms);
    bool is_news;

    pthread_mutex_lock(&d->lock);
    if (!atomic_load(&d->has_mail)) {
        if (wait_ms < 0)
            pthread_cond_wait(&d->wake, &d->lock);
        else if (wait_ms > 0)
            pthread_cond_timedwait(&d->wake, &d->lock, &until);
    }
    *count = d->order_count;
    memcpy(orders, d->orders, *count * sizeof orders[0]);
    d->order_count = 0;
    d->taken = d->given;
    is_news = atomic_exchange(&d->has_mail, false);
    pthread_mutex_unlock(&d->lock);
    return is_news;
}

/* --- life --------------------------------------------------------------------------------------
 */

void
desk_stop(struct desk *d)
{
    pthread_mutex_lock(&d->lock);
    d->stops = true;
    wake_player(d);
    pthread_mutex_unlock(&d->lock);
}

bool
desk_stops(struct desk *d)
{
    bool stops;

    pthread_mutex_lock(&d->lock);
    stops = d->stops;
    pthread_mutex_unlock(&d->lock);
    return stops;
}

enum status
desk_new(struct desk **out, struct err *err)
{
    struct desk *d;
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (fd < 0)
        return err_errno(err, errno, "cannot start playing");
    d = xcalloc(1, sizeof *d);
    d->fd = fd;
    d->texts = arena_new();
    pthread_mutex_init(&d->lock, NULL);
    mono_cond_init(&d->wake);
    buf_init(&d->broken, BROKEN_TEXT);
    renew_markers(d);
    *out = d;
    return OK;
}

void
desk_free(struct desk *d)
{
    if (d == NULL)
        return;
    free(d->found);
    free(d->turned);
    arena_free(d->texts);
    marker_list_unref(d->markers);
    buf_fini(&d->broken);
    pthread_cond_destroy(&d->wake);
    pthread_mutex_destroy(&d->lock);
    close(d->fd);
    free(d);
}
