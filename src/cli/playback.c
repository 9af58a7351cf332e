/* playback.c - one thread that follows orders, one past after the other.
 * SPDX-License-Identifier: MIT
 *
 * Forwards, the past on screen goes on: at its speed, or as fast as it can towards a goal. Back, a
 * new one is opened and played up to the goal behind the scenes, while the one on screen stands
 * still and can be looked at; only when the new one has arrived it is offered. So no frame shows
 * half of a past, and to give up costs nothing.
 *
 * A past that the screen has borrowed is not closed before it is given back; the others are closed
 * as soon as they are not needed any more.
 *
 * The lock guards the mailbox and what is published; neither file nor scene is touched under it. */
#include "config.h"

#include "cli/playback.h"

#include "base/mem.h"
#include "cli/survey.h"
#include "fixture/fixture.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ORDERS_MAX  64
#define TICK_MS     100 /* how often the clock is moved while nothing happens */
#define CHUNK_NS    UINT64_C(50000000) /* how long is played between two looks at the mailbox */
#define HELD_MAX    2
#define RETIRED_MAX 4
#define TURNS_MAX   5000 /* of alarms, that are remembered */
#define BROKEN_MAX  20   /* lines that are named */
#define BROKEN_TEXT ((size_t)16 << 10)
#define NS_OF_MS    1000000.0

/* Where a seek is going. */
struct goal {
    bool is_set;
    bool by_events; /* so many have been played; else a moment */
    bool resumes;   /* playing afterwards */
    uint64_t events, from_events;
    int64_t at_ms, from_ms;
    int64_t turn_ms; /* an alarm that turns after this is the goal; 0: none is */
};

struct playback {
    struct playback_options options;
    pthread_t player, surveyor;
    bool has_surveyor;
    int fd;
    atomic_bool interrupts; /* there is mail */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* under the lock */
    struct transport_order orders[ORDERS_MAX];
    size_t order_count;
    bool stops;
    struct transport_status status;
    struct past *offered, *looked_at, *held[HELD_MAX];
    struct marker_list *markers;
    struct marker *found;  /* by the survey */
    struct marker *turned; /* alarms */
    struct arena *texts;   /* of both */
    size_t found_count, turned_count;
    bool found_is_cut;
    int64_t surveyed_end_ms; /* INT64_MIN: not known yet */
    struct buf broken;
    /* the player's own */
    struct past *current, *building, *retired[RETIRED_MAX];
    struct goal goal;
    bool is_playing, is_broken;
    double speed;
    int64_t start_ms, told_end_ms; /* as the header says; the start when it does not */
    uint64_t base_ns;              /* what is playing was at base_ms then */
    int64_t base_ms;
};

/* --- what is published ------------------------------------------------------------------------
 */

static void
tell(struct playback *p)
{
    const uint64_t one = 1;
    ssize_t n;

    do
        n = write(p->fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

/* Under the lock. */
static void
renew_markers(struct playback *p)
{
    struct arena *arena = arena_new();
    struct marker_list *list = arena_alloc(arena, sizeof *list);
    size_t count = p->found_count + p->turned_count, f = 0, t = 0;
    struct marker *items = arena_alloc(arena, (count + 1) * sizeof *items);

    for (size_t i = 0; i < count; i++) {
        bool is_found = t == p->turned_count ||
                        (f < p->found_count && p->found[f].at_ms < p->turned[t].at_ms);

        items[i] = is_found ? p->found[f++] : p->turned[t++];
        items[i].text = arena_strdup(arena, items[i].text);
    }
    list->arena = arena;
    list->items = items;
    list->count = count;
    list->is_whole = p->surveyed_end_ms != INT64_MIN;
    list->is_cut = p->found_is_cut;
    atomic_store(&list->references, 1);
    marker_list_unref(p->markers);
    p->markers = list;
}

/* An alarm of a past, whichever it is: they all have the same ones. */
static void
on_turned(void *arg, int64_t at_ms, const char *text)
{
    struct playback *p = arg;
    size_t at;

    pthread_mutex_lock(&p->lock);
    at = p->turned_count;
    for (size_t i = 0; i < p->turned_count; i++) {
        if (p->turned[i].at_ms == at_ms && strcmp(p->turned[i].text, text) == 0)
            at = SIZE_MAX;
    }
    if (at != SIZE_MAX && p->turned_count < TURNS_MAX) {
        p->turned = xreallocarray(p->turned, p->turned_count + 1, sizeof *p->turned);
        while (at > 0 && p->turned[at - 1].at_ms > at_ms) {
            p->turned[at] = p->turned[at - 1];
            at--;
        }
        p->turned[at] = (struct marker){ at_ms, MARKER_ALARM, arena_strdup(p->texts, text) };
        p->turned_count++;
        renew_markers(p);
    }
    pthread_mutex_unlock(&p->lock);
}

/* The end of the recording as far as is known. */
static int64_t
end_ms(struct playback *p, bool *is_known)
{
    int64_t end = p->told_end_ms, surveyed;

    pthread_mutex_lock(&p->lock);
    surveyed = p->surveyed_end_ms;
    pthread_mutex_unlock(&p->lock);
    *is_known = surveyed != INT64_MIN || p->told_end_ms > p->start_ms;
    if (surveyed > end)
        end = surveyed;
    return end > past_last_ms(p->current) ? end : past_last_ms(p->current);
}

static enum transport_state
state_of(struct playback *p)
{
    bool is_known;

    if (p->goal.is_set)
        return TRANSPORT_SEEKING;
    if (p->is_broken)
        return TRANSPORT_BROKEN;
    if (p->is_playing)
        return TRANSPORT_PLAYING;
    return past_is_over(p->current) && past_now_ms(p->current) >= end_ms(p, &is_known)
               ? TRANSPORT_ENDED
               : TRANSPORT_PAUSED;
}

static double
share(double done, double all)
{
    return all <= 0 || done > all ? 1 : done / all;
}

/* How far a seek is; 0 when nobody knows how far it goes. */
static double
progress(const struct playback *p)
{
    const struct past *past = p->building != NULL ? p->building : p->current;
    const struct goal *goal = &p->goal;

    if (goal->by_events)
        return share((double)(past_events(past) - goal->from_events),
                     (double)(goal->events - goal->from_events));
    if (goal->at_ms == INT64_MAX)
        return 0;
    return share((double)(past_now_ms(past) - goal->from_ms),
                 (double)(goal->at_ms - goal->from_ms));
}

static void
publish(struct playback *p)
{
    struct transport_status now = { .state = state_of(p), .speed = p->speed };

    now.time.start_ms = p->start_ms;
    now.time.end_ms = end_ms(p, &now.time.is_end_known);
    now.time.now_ms = past_now_ms(p->current);
    now.events = past_events(p->current);
    if (p->goal.is_set) {
        now.target_ms = p->goal.by_events ? INT64_MAX : p->goal.at_ms;
        now.target_event = p->goal.by_events ? p->goal.events : 0;
        now.progress = progress(p);
        now.is_rebuilding = p->building != NULL;
    }
    pthread_mutex_lock(&p->lock);
    now.all_events = p->status.all_events;
    now.broken = p->status.broken;
    now.failures = p->status.failures;
    now.turns = p->status.turns;
    memcpy(now.failure, p->status.failure, sizeof now.failure);
    p->status = now;
    pthread_mutex_unlock(&p->lock);
    tell(p);
}

static void
tell_failure(struct playback *p, const struct err *err)
{
    pthread_mutex_lock(&p->lock);
    snprintf(p->status.failure, sizeof p->status.failure, "%s", err->text);
    p->status.failures++;
    pthread_mutex_unlock(&p->lock);
}

/* The screen is to look anew: at another past, or at one that has jumped. */
static void
offer(struct playback *p)
{
    pthread_mutex_lock(&p->lock);
    p->offered = p->current;
    p->status.turns++;
    pthread_mutex_unlock(&p->lock);
}

/* --- pasts come and go ------------------------------------------------------------------------
 */

static bool
is_held(struct playback *p, const struct past *past)
{
    bool held = false;

    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < HELD_MAX; i++)
        held |= p->held[i] == past;
    pthread_mutex_unlock(&p->lock);
    return held;
}

static void
close_retired(struct playback *p)
{
    for (size_t i = 0; i < RETIRED_MAX; i++) {
        if (p->retired[i] == NULL || is_held(p, p->retired[i]))
            continue;
        past_close(p->retired[i]);
        p->retired[i] = NULL;
    }
}

/* At most HELD_MAX are kept from being closed, so there is always room. */
static void
retire(struct playback *p, struct past *past)
{
    size_t i = 0;

    close_retired(p);
    while (i < RETIRED_MAX - 1 && p->retired[i] != NULL)
        i++;
    assert(p->retired[i] == NULL);
    p->retired[i] = past;
    close_retired(p);
}

static enum status
open_past(struct playback *p, struct past **out, struct err *err)
{
    return past_open(out,
                     &(struct past_options){ .path = p->options.path,
                                             .open = p->options.open,
                                             .ctx = p->options.ctx,
                                             .turned = on_turned,
                                             .arg = p },
                     err);
}

/* --- seeking ----------------------------------------------------------------------------------
 */

static bool
can_reach(const struct past *past, const struct goal *goal)
{
    if (!goal->by_events)
        return past_now_ms(past) <= goal->at_ms;
    if (past_events(past) == goal->events)
        return past_now_ms(past) <= past_last_ms(past);
    return past_events(past) < goal->events;
}

static void
give_up_building(struct playback *p)
{
    past_close(p->building);
    p->building = NULL;
}

static void
rebase(struct playback *p)
{
    p->base_ns = mono_ns();
    p->base_ms = past_now_ms(p->current);
}

static void
end_goal(struct playback *p, bool resumes)
{
    p->goal.is_set = false;
    p->is_playing = resumes;
    rebase(p);
    publish(p);
}

static void
seek(struct playback *p, const struct goal *goal)
{
    const struct past *past;
    struct err err = { 0 };

    p->goal = *goal;
    p->goal.is_set = true;
    if (can_reach(p->current, goal) && !p->is_broken) {
        give_up_building(p);
    } else if (p->building == NULL || !can_reach(p->building, goal)) {
        give_up_building(p);
        if (open_past(p, &p->building, &err) != OK) {
            p->building = NULL;
            tell_failure(p, &err);
            end_goal(p, false);
            return;
        }
    }
    past = p->building != NULL ? p->building : p->current;
    p->goal.from_ms = past_now_ms(past);
    p->goal.from_events = past_events(past);
    publish(p);
}

/* What was being built takes the place of what is on screen. */
static void
arrive(struct playback *p)
{
    struct past *before = p->current;

    if (p->building != NULL) {
        p->current = p->building;
        p->building = NULL;
        p->is_broken = false;
        offer(p);
        retire(p, before);
    } else if (!p->goal.by_events)
        offer(p);
    end_goal(p, p->goal.resumes);
}

/* What is wrong with a past ends a seek, and the past on screen cannot go on. */
static void
fail(struct playback *p, const struct err *err)
{
    tell_failure(p, err);
    if (p->building != NULL)
        give_up_building(p);
    else
        p->is_broken = true;
    end_goal(p, false);
}

/* The alarm that was looked for. */
static bool
is_goal(const struct playback *p, const struct past *past, bool turned)
{
    return turned && p->goal.turn_ms != 0 && past_now_ms(past) > p->goal.turn_ms;
}

/* Where the clock is to stand when all that was to be played was played. */
static int64_t
goal_ms(struct playback *p, const struct past *past)
{
    const struct goal *goal = &p->goal;
    bool is_known, is_last = past_is_over(past) && past_events(past) < goal->events;
    int64_t end;

    if (goal->by_events && !is_last)
        return past_now_ms(past);
    if (!goal->by_events && goal->at_ms != INT64_MAX)
        return goal->at_ms;
    end = end_ms(p, &is_known);
    return end > past_last_ms(past) ? end : past_last_ms(past);
}

static enum status
settle_goal(struct playback *p, struct past *past, struct err *err)
{
    int64_t to_ms = goal_ms(p, past);
    bool turned = false;
    enum status st;

    do
        st = past_settle(past, to_ms, &turned, err);
    while (st == OK && past_now_ms(past) < to_ms && !is_goal(p, past, turned));
    return st;
}

/* A chunk of the way. E_NOTFOUND: there is nothing more to be played on it. */
static enum status
play_towards(struct playback *p, struct past *past, bool *is_there, struct err *err)
{
    const uint64_t until_ns = mono_ns() + CHUNK_NS;
    const struct goal *goal = &p->goal;
    enum status st = OK;
    bool turned;

    *is_there = false;
    while (st == OK && !*is_there && mono_ns() < until_ns && !atomic_load(&p->interrupts)) {
        if (goal->by_events && past_events(past) >= goal->events)
            return E_NOTFOUND;
        st = past_play(past, goal->by_events ? INT64_MAX : goal->at_ms, &turned, err);
        *is_there = is_goal(p, past, turned);
    }
    return st;
}

static void
go_on(struct playback *p)
{
    struct past *past = p->building != NULL ? p->building : p->current;
    struct err err = { 0 };
    bool is_there;
    enum status st = play_towards(p, past, &is_there, &err);

    if (st == E_NOTFOUND) {
        is_there = true;
        st = settle_goal(p, past, &err);
    }
    if (st != OK)
        fail(p, &err);
    else if (is_there)
        arrive(p);
    else
        publish(p);
}

/* --- playing ----------------------------------------------------------------------------------
 */

static int64_t
due_ms(const struct playback *p)
{
    double passed = (double)(mono_ns() - p->base_ns) / NS_OF_MS * p->speed;

    return p->base_ms + (int64_t)passed;
}

/* All that is due by now; what cannot be kept up with is due later. */
static void
play_on(struct playback *p)
{
    const uint64_t until_ns = mono_ns() + CHUNK_NS;
    bool is_known, turned = false, is_late = false;
    int64_t to_ms = p->speed == SPEED_WHOLE ? INT64_MAX : due_ms(p), last_ms;
    struct err err = { 0 };
    enum status st = OK;

    while (st == OK && !is_late && !atomic_load(&p->interrupts)) {
        st = past_play(p->current, to_ms, &turned, &err);
        is_late = mono_ns() >= until_ns;
    }
    if (st == E_NOTFOUND)
        st = OK;
    else if (st == OK)
        to_ms = past_now_ms(p->current);
    last_ms = end_ms(p, &is_known);
    if (to_ms > last_ms && past_is_over(p->current)) {
        to_ms = last_ms;
        p->is_playing = false;
    }
    if (st == OK)
        st = past_settle(p->current, to_ms, &turned, &err);
    if (is_late || turned)
        rebase(p);
    if (st != OK)
        fail(p, &err);
    else
        publish(p);
}

/* --- orders -----------------------------------------------------------------------------------
 */

/* From where further steps count: the seek that is under way. */
static int64_t
from_ms(const struct playback *p)
{
    return p->goal.is_set && !p->goal.by_events && p->goal.at_ms != INT64_MAX
               ? p->goal.at_ms
               : past_now_ms(p->current);
}

static void
step(struct playback *p, int direction)
{
    struct goal goal = { .by_events = true };
    bool is_between = past_now_ms(p->current) > past_last_ms(p->current);

    if (p->goal.is_set && p->goal.by_events) {
        goal.events = p->goal.events;
        is_between = false;
    } else
        goal.events = past_events(p->current);
    if (direction > 0)
        goal.events += (uint64_t)direction;
    else {
        uint64_t back = (uint64_t)-direction - (is_between && goal.events > 0);

        goal.events -= back < goal.events ? back : goal.events;
    }
    seek(p, &goal);
}

/* Where an alarm turns on the way to the next one, that is the next. */
static void
go_to_marker(struct playback *p, int direction)
{
    struct marker_list *list = playback_markers(p);
    const struct marker *marker = NULL;
    struct goal goal = { .at_ms = from_ms(p), .turn_ms = direction > 0 ? from_ms(p) : 0 };
    bool is_known;

    for (int i = direction; i != 0; i += i > 0 ? -1 : 1) {
        marker = marker_next(list, goal.at_ms, direction);
        if (marker == NULL)
            goal.at_ms = direction > 0 ? INT64_MAX : p->start_ms;
        else
            goal.at_ms = marker->at_ms;
        if (marker == NULL)
            break;
    }
    if (goal.at_ms == INT64_MAX && list->is_whole)
        goal.at_ms = end_ms(p, &is_known);
    marker_list_unref(list);
    seek(p, &goal);
}

/* Where a seek forwards has come so far, that is where one is. */
static void
stay(struct playback *p)
{
    struct err err = { 0 };
    bool turned;

    if (!p->goal.is_set)
        return;
    if (p->building != NULL) {
        give_up_building(p);
    } else if (past_settle(p->current, past_now_ms(p->current), &turned, &err) != OK) {
        fail(p, &err);
        return;
    } else
        offer(p);
    end_goal(p, false);
}

static void
follow(struct playback *p, const struct transport_order *order)
{
    switch (order->verb) {
    case TRANSPORT_PLAY:
        p->goal.resumes = true;
        p->is_playing = !p->is_broken && !p->goal.is_set;
        break;
    case TRANSPORT_PAUSE:
        p->goal.resumes = p->is_playing = false;
        break;
    case TRANSPORT_SPEED:
        p->speed = order->speed;
        break;
    case TRANSPORT_SEEK:
        seek(p, &(struct goal){ .at_ms = order->at_ms,
                                .resumes = p->goal.is_set ? p->goal.resumes : p->is_playing });
        break;
    case TRANSPORT_STEP:
        step(p, order->direction);
        break;
    case TRANSPORT_MARK:
        go_to_marker(p, order->direction);
        break;
    case TRANSPORT_STAY:
        stay(p);
        break;
    }
    rebase(p);
}

/* Steps of one kind in a row are one. Under the lock. */
static void
put_order(struct playback *p, const struct transport_order *order)
{
    struct transport_order *last = p->order_count > 0 ? &p->orders[p->order_count - 1] : NULL;
    bool is_step = order->verb == TRANSPORT_STEP || order->verb == TRANSPORT_MARK;

    if (is_step && last != NULL && last->verb == order->verb &&
        (last->direction > 0) == (order->direction > 0))
        last->direction += order->direction;
    else if (p->order_count < ORDERS_MAX)
        p->orders[p->order_count++] = *order;
}

/* Waits for mail, or until the clock has to move on. false: time to go. */
static bool
read_mail(struct playback *p)
{
    struct transport_order orders[ORDERS_MAX];
    struct timespec until = mono_deadline(TICK_MS);
    size_t count;
    bool stops, is_news;

    pthread_mutex_lock(&p->lock);
    if (p->order_count == 0 && !p->stops && !p->goal.is_set && !atomic_load(&p->interrupts)) {
        if (!p->is_playing)
            pthread_cond_wait(&p->wake, &p->lock);
        else if (p->speed != SPEED_WHOLE)
            pthread_cond_timedwait(&p->wake, &p->lock, &until);
    }
    count = p->order_count;
    memcpy(orders, p->orders, count * sizeof orders[0]);
    p->order_count = 0;
    is_news = atomic_exchange(&p->interrupts, false);
    stops = p->stops;
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < count && !stops; i++)
        follow(p, &orders[i]);
    if (is_news && !stops)
        publish(p);
    return !stops;
}

static void *
play(void *arg)
{
    struct playback *p = arg;

    rebase(p);
    while (read_mail(p)) {
        close_retired(p);
        if (p->goal.is_set)
            go_on(p);
        else if (p->is_playing)
            play_on(p);
    }
    return NULL;
}

/* --- the survey -------------------------------------------------------------------------------
 */

static bool
must_stop(struct playback *p)
{
    bool stops;

    pthread_mutex_lock(&p->lock);
    stops = p->stops;
    pthread_mutex_unlock(&p->lock);
    return stops;
}

static void
tell_broken(struct playback *p, const struct err *err)
{
    pthread_mutex_lock(&p->lock);
    if (p->status.broken++ < BROKEN_MAX)
        buf_addf(&p->broken, "%s\n", err->text);
    pthread_mutex_unlock(&p->lock);
}

static void
keep_survey(struct playback *p, struct survey *survey, uint64_t events, int64_t last_ms)
{
    size_t count;
    bool is_cut;
    const struct marker *markers = survey_markers(survey, &count, &is_cut);
    struct marker *found = xcalloc(count + 1, sizeof *found);

    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < count; i++) {
        found[i] = markers[i];
        found[i].text = arena_strdup(p->texts, markers[i].text);
    }
    p->found = found;
    p->found_count = count;
    p->found_is_cut = is_cut;
    p->surveyed_end_ms = last_ms;
    p->status.all_events = events;
    atomic_store(&p->interrupts, true); /* the player publishes the new end */
    pthread_cond_signal(&p->wake);
    renew_markers(p);
    pthread_mutex_unlock(&p->lock);
    tell(p);
}

static void *
survey(void *arg)
{
    struct playback *p = arg;
    struct survey *survey = survey_new(p->start_ms, p->options.page_start);
    struct fixture_event event;
    struct fixture *f = NULL;
    struct err err = { 0 };
    uint64_t events = 0;
    int64_t last_ms = p->start_ms;
    enum status st = fixture_open(&f, p->options.path, &err);

    while (st == OK && !must_stop(p)) {
        st = fixture_next(f, &event, &err);
        if (st == OK) {
            survey_add(survey, &event);
            last_ms = p->start_ms + event.t_ms;
            events++;
            fixture_event_fini(&event);
        } else if (st == E_INVALID) {
            tell_broken(p, &err);
            st = OK;
        }
    }
    if (st == E_NOTFOUND || st == E_IO) /* what cannot be read says the player, once it is there */
        keep_survey(p, survey, events, last_ms);
    fixture_close(f);
    survey_free(survey);
    return NULL;
}

/* --- the screen's side ------------------------------------------------------------------------
 */

int
playback_fd(const struct playback *p)
{
    return p->fd;
}

void
playback_read(struct playback *p, struct transport_status *out)
{
    uint64_t count;
    ssize_t n;

    do
        n = read(p->fd, &count, sizeof count);
    while (n < 0 && errno == EINTR);
    pthread_mutex_lock(&p->lock);
    *out = p->status;
    pthread_mutex_unlock(&p->lock);
}

void
playback_order(struct playback *p, const struct transport_order *order)
{
    pthread_mutex_lock(&p->lock);
    put_order(p, order);
    atomic_store(&p->interrupts, true);
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

struct marker_list *
playback_markers(struct playback *p)
{
    struct marker_list *list;

    pthread_mutex_lock(&p->lock);
    list = marker_list_ref(p->markers);
    pthread_mutex_unlock(&p->lock);
    return list;
}

struct past *
playback_borrow(struct playback *p, unsigned *turns)
{
    struct past *past = NULL;
    size_t i = 0;

    pthread_mutex_lock(&p->lock);
    *turns = p->status.turns;
    if (p->offered != p->looked_at) {
        past = p->looked_at = p->offered;
        while (i < HELD_MAX - 1 && p->held[i] != NULL)
            i++;
        assert(p->held[i] == NULL);
        p->held[i] = past;
    }
    pthread_mutex_unlock(&p->lock);
    return past;
}

void
playback_let_go(struct playback *p, struct past *past)
{
    pthread_mutex_lock(&p->lock);
    for (size_t i = 0; i < HELD_MAX; i++) {
        if (p->held[i] == past)
            p->held[i] = NULL;
    }
    atomic_store(&p->interrupts, true); /* it can be closed now */
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

char *
playback_broken(struct playback *p)
{
    char *text;

    pthread_mutex_lock(&p->lock);
    text = xstrdup(p->broken.data == NULL ? "" : p->broken.data);
    pthread_mutex_unlock(&p->lock);
    return text;
}

/* --- life --------------------------------------------------------------------------------------
 */

static int
start_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
    sigset_t all, before;
    int e;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e = pthread_create(thread, NULL, run, arg);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}

static void
free_playback(struct playback *p)
{
    for (size_t i = 0; i < RETIRED_MAX; i++)
        past_close(p->retired[i]);
    past_close(p->building);
    past_close(p->current);
    free(p->found);
    free(p->turned);
    arena_free(p->texts);
    marker_list_unref(p->markers);
    buf_fini(&p->broken);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    if (p->fd >= 0)
        close(p->fd);
    free(p);
}

static enum status
open_first(struct playback *p, struct err *err)
{
    enum status st = open_past(p, &p->current, err);

    if (st != OK)
        return st;
    p->start_ms = past_now_ms(p->current);
    p->told_end_ms = p->start_ms + past_told_length_ms(p->current);
    p->offered = p->current;
    renew_markers(p);
    publish(p);
    if (p->options.at_ms != INT64_MIN)
        seek(p, &(struct goal){ .at_ms = p->options.at_ms, .resumes = p->is_playing });
    return OK;
}

enum status
playback_start(struct playback **out, const struct playback_options *options, struct err *err)
{
    struct playback *p = xcalloc(1, sizeof *p);
    enum status st;
    int e;

    p->options = *options;
    p->speed = options->speed;
    p->is_playing = !options->is_paused;
    p->surveyed_end_ms = INT64_MIN;
    p->texts = arena_new();
    pthread_mutex_init(&p->lock, NULL);
    mono_cond_init(&p->wake);
    buf_init(&p->broken, BROKEN_TEXT);
    p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    st = p->fd < 0 ? err_errno(err, errno, "cannot start playing") : open_first(p, err);
    if (st != OK) {
        free_playback(p);
        return st;
    }
    e = start_thread(&p->player, play, p);
    if (e != 0) {
        free_playback(p);
        return err_errno(err, e, "cannot start playing");
    }
    p->has_surveyor = start_thread(&p->surveyor, survey, p) == 0; /* else there are no markers */
    *out = p;
    return OK;
}

void
playback_stop(struct playback *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->stops = true;
    atomic_store(&p->interrupts, true);
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->player, NULL);
    if (p->has_surveyor)
        pthread_join(p->surveyor, NULL);
    free_playback(p);
}
