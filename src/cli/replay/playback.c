/* playback.c - one thread that follows orders, one past after the other.
 * SPDX-License-Identifier: MIT
 *
 * Forwards, the past on screen goes on: at its speed, or as fast as it can towards a goal. Back, a
 * new one is opened and played up to the goal behind the scenes, while the one on screen stands
 * still and can be looked at; only when the new one has arrived it is offered. So no frame shows
 * half of a past, and to give up costs nothing.
 *
 * Who has gone a step back, and waited for it, will look at what is there and then go another one:
 * meanwhile that is played ahead, so that it need not be waited for.
 *
 * A past cannot be copied, but those that were left still stand where they were left: a few are
 * parked, and a later way begins at the one that stands nearest before its goal, be it that one
 * goes forwards again or back to behind it. Of too many the one goes that stands closest behind
 * another, so that they stay spread.
 *
 * A past that the screen has borrowed is not closed before it is given back, nor played on once it
 * was left; the others are closed as soon as they are not needed any more.
 */
#include "config.h"

#include "cli/replay/playback.h"

#include "base/mem.h"
#include "cli/replay/surveyor.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_MS     1000
#define TICK_LEAST_MS 100                 /* how often the clock is moved while nothing happens */
#define CHUNK_NS      UINT64_C(50000000)  /* how long is played between two looks at the mailbox */
#define SLOW_NS       UINT64_C(300000000) /* a way back that took longer is gone ahead */
#define RETIRED_MAX   (DESK_HELD_MAX + 2)
#define PARKED_MAX    3 /* each is a whole emulator, with threads and a store */
#define NS_OF_MS      1000000.0

/* Where a seek is going. */
struct goal {
    bool is_set;
    bool by_events; /* so many have been played; else a moment */
    bool resumes;   /* playing afterwards */
    uint64_t events, from_events;
    int64_t at_ms, from_ms;
    int64_t turn_ms; /* an alarm that turns after this is the goal; 0: none is */
    enum transport_verb verb;
    enum marker_kind least; /* of TRANSPORT_MARK */
    uint64_t since_ns;      /* when it was set */
};

struct playback {
    struct playback_options options;
    struct desk *desk;
    struct surveyor *surveyor;
    pthread_t thread;
    /* the thread's own */
    struct past *current, *building, *retired[RETIRED_MAX];
    struct past *parked[PARKED_MAX + 1]; /* by how far they are; the last place is to put one in */
    size_t parked_count;
    struct goal goal;
    struct goal ahead; /* of the next step back; `building` is on its way there */
    bool is_playing, is_broken, is_slow;
    double speed;
    int64_t start_ms, told_end_ms; /* as the header says; the start when it does not */
    uint64_t base_ns;              /* what is playing was at base_ms then */
    int64_t base_ms;
};

/* --- what is published ------------------------------------------------------------------------
 */

/* The end of the recording as far as is known. */
static int64_t
end_ms(struct playback *p, bool *is_known)
{
    int64_t end = p->told_end_ms, surveyed;

    *is_known = desk_end(p->desk, &surveyed);
    if (*is_known && surveyed > end)
        end = surveyed;
    *is_known |= p->told_end_ms > p->start_ms;
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
    desk_publish(p->desk, &now);
}

/* --- pasts come and go ------------------------------------------------------------------------
 */

static void
close_retired(struct playback *p)
{
    for (size_t i = 0; i < RETIRED_MAX; i++) {
        if (p->retired[i] == NULL || desk_holds(p->desk, p->retired[i]))
            continue;
        past_close(p->retired[i]);
        p->retired[i] = NULL;
    }
}

/* At most DESK_HELD_MAX are kept from being closed, so there is always room. */
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

static void
on_turned(void *arg, int64_t at_ms, const char *text)
{
    desk_turned(((struct playback *)arg)->desk, at_ms, text);
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

static bool
is_further(const struct past *past, const struct past *than)
{
    if (past_events(past) != past_events(than))
        return past_events(past) > past_events(than);
    return past_now_ms(past) > past_now_ms(than);
}

/* The caller's from now on. */
static struct past *
take_parked(struct playback *p, size_t at)
{
    struct past *past = p->parked[at];

    p->parked_count--;
    memmove(&p->parked[at], &p->parked[at + 1], (p->parked_count - at) * sizeof p->parked[0]);
    return past;
}

/* The one that spares least: a way from the one before it, or from the start, is hardly longer. */
static size_t
least_needed(const struct playback *p)
{
    uint64_t before = 0, least = UINT64_MAX;
    size_t found = 0;

    for (size_t i = 0; i < p->parked_count; i++) {
        const uint64_t events = past_events(p->parked[i]);

        if (events - before < least) {
            least = events - before;
            found = i;
        }
        before = events;
    }
    return found;
}

static void
park(struct playback *p, struct past *past)
{
    size_t at = p->parked_count++;

    for (; at > 0 && is_further(p->parked[at - 1], past); at--)
        p->parked[at] = p->parked[at - 1];
    p->parked[at] = past;
    if (p->parked_count > PARKED_MAX)
        retire(p, take_parked(p, least_needed(p)));
}

/* Where an alarm that turns on the way is looked for, no way is spared. What the screen still looks
 * at stands still. NULL: none stands nearer than `than`, which may be NULL. */
static struct past *
take_nearest(struct playback *p, const struct goal *goal, const struct past *than)
{
    for (size_t i = p->parked_count; goal->turn_ms == 0 && i-- > 0;) {
        if (than != NULL && !is_further(p->parked[i], than))
            return NULL;
        if (can_reach(p->parked[i], goal) && !desk_holds(p->desk, p->parked[i]))
            return take_parked(p, i);
    }
    return NULL;
}

static void
give_up_building(struct playback *p)
{
    if (p->building != NULL)
        park(p, p->building);
    p->building = NULL;
}

/* It is broken. */
static void
drop_building(struct playback *p)
{
    past_close(p->building);
    p->building = NULL;
}

/* From where the goal is nearest; NULL in *out: on from what is on screen. */
static enum status
find_way(struct playback *p, const struct goal *goal, struct past **out, struct err *err)
{
    const bool goes_on = can_reach(p->current, goal) && !p->is_broken;

    *out = take_nearest(p, goal, goes_on ? p->current : NULL);
    return *out != NULL || goes_on ? OK : open_past(p, out, err);
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
    p->goal.since_ns = mono_ns();
    p->ahead.is_set = false;
    give_up_building(p);
    if (find_way(p, goal, &p->building, &err) != OK) {
        p->building = NULL;
        desk_fail(p->desk, &err);
        end_goal(p, false);
        return;
    }
    past = p->building != NULL ? p->building : p->current;
    p->goal.from_ms = past_now_ms(past);
    p->goal.from_events = past_events(past);
    publish(p);
}

/* The next step back, or marker. */
static void
look_ahead(struct playback *p)
{
    const struct goal *goal = &p->goal;
    struct marker_list *markers = desk_markers(p->desk);
    const struct marker *marker = marker_next(markers, past_now_ms(p->current), -1, goal->least);

    p->ahead = (struct goal){ .by_events = goal->verb == TRANSPORT_STEP };
    if (goal->verb == TRANSPORT_STEP && goal->events > 0) {
        p->ahead.events = goal->events - 1;
        p->ahead.is_set = true;
    } else if (goal->verb == TRANSPORT_MARK && marker != NULL) {
        p->ahead.at_ms = marker->at_ms;
        p->ahead.is_set = true;
    }
    marker_list_unref(markers);
}

/* What was being built takes the place of what is on screen. */
static void
arrive(struct playback *p)
{
    struct past *before = p->current;
    const bool was_broken = p->is_broken;

    if (p->building != NULL) {
        p->current = p->building;
        p->building = NULL;
        p->is_broken = false;
        desk_offer(p->desk, p->current);
        if (was_broken)
            retire(p, before);
        else
            park(p, before);
        if (p->is_slow || mono_ns() - p->goal.since_ns > SLOW_NS) {
            p->is_slow = true; /* and will be, though this one is gone ahead */
            look_ahead(p);
        }
    } else if (!p->goal.by_events)
        desk_offer(p->desk, p->current);
    end_goal(p, p->goal.resumes);
}

/* What is wrong with a past ends a seek, and the past on screen cannot go on. */
static void
fail(struct playback *p, const struct err *err)
{
    desk_fail(p->desk, err);
    if (p->building != NULL)
        drop_building(p);
    else
        p->is_broken = true;
    end_goal(p, false);
}

/* The alarm that was looked for. */
static bool
is_goal(const struct goal *goal, const struct past *past, bool turned)
{
    return turned && goal->turn_ms != 0 && past_now_ms(past) > goal->turn_ms;
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

    past_look_ahead(past);
    do
        st = past_settle(past, to_ms, &turned, err);
    while (st == OK && past_now_ms(past) < to_ms && !is_goal(&p->goal, past, turned));
    return st;
}

/* A chunk of the way. E_NOTFOUND: there is nothing more to be played on it. */
static enum status
play_towards(struct playback *p, const struct goal *goal, struct past *past, bool *is_there,
             struct err *err)
{
    const uint64_t until_ns = mono_ns() + CHUNK_NS;
    enum status st = OK;
    bool turned;

    *is_there = false;
    while (st == OK && !*is_there && mono_ns() < until_ns && !desk_has_mail(p->desk)) {
        if (goal->by_events && past_events(past) >= goal->events)
            return E_NOTFOUND;
        st = past_play(past, goal->by_events ? INT64_MAX : goal->at_ms, &turned, err);
        *is_there = is_goal(goal, past, turned);
    }
    return st;
}

static void
go_on(struct playback *p)
{
    struct past *past = p->building != NULL ? p->building : p->current;
    struct err err = { 0 };
    bool is_there;
    enum status st = play_towards(p, &p->goal, past, &is_there, &err);

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

/* A chunk of the way that may be ordered next. It stands ready a moment before it: what is due then
 * is done when one arrives. */
static void
go_ahead(struct playback *p)
{
    struct err err = { 0 };
    bool is_there;
    enum status st = OK;

    if (p->building == NULL)
        p->building = take_nearest(p, &p->ahead, NULL);
    if (p->building == NULL)
        st = open_past(p, &p->building, &err);
    if (st == OK)
        st = play_towards(p, &p->ahead, p->building, &is_there, &err);
    if (st == OK)
        return;
    p->ahead.is_set = false;
    if (st != E_NOTFOUND) /* who goes there will be told */
        drop_building(p);
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

    while (st == OK && !is_late && !desk_has_mail(p->desk)) {
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
    struct goal goal = { .by_events = true, .verb = TRANSPORT_STEP };
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
go_to_marker(struct playback *p, int direction, enum marker_kind least)
{
    struct marker_list *list = desk_markers(p->desk);
    const struct marker *marker = NULL;
    struct goal goal = { .verb = TRANSPORT_MARK,
                         .least = least,
                         .at_ms = from_ms(p),
                         .turn_ms = direction > 0 ? from_ms(p) : 0 };
    bool is_known;

    for (int i = direction; i != 0; i += i > 0 ? -1 : 1) {
        marker = marker_next(list, goal.at_ms, direction, least);
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
        desk_offer(p->desk, p->current);
    end_goal(p, false);
}

static void
follow(struct playback *p, const struct transport_order *order)
{
    switch (order->verb) {
    case TRANSPORT_PLAY:
        p->goal.resumes = true;
        if (!p->goal.is_set) {
            p->ahead.is_set = false;
            give_up_building(p);
        }
        p->is_playing = !p->is_broken && !p->goal.is_set;
        break;
    case TRANSPORT_PAUSE:
        p->goal.resumes = p->is_playing = false;
        break;
    case TRANSPORT_SPEED:
        p->speed = order->speed;
        break;
    case TRANSPORT_SEEK:
        seek(p, &(struct goal){ .verb = TRANSPORT_SEEK,
                                .at_ms = order->at_ms,
                                .resumes = p->goal.is_set ? p->goal.resumes : p->is_playing });
        break;
    case TRANSPORT_STEP:
        step(p, order->direction);
        break;
    case TRANSPORT_MARK:
        go_to_marker(p, order->direction, order->least);
        break;
    case TRANSPORT_STAY:
        stay(p);
        break;
    }
    rebase(p);
}

/* Until the next event, or a second of the recording is over, whichever is first: each time the
 * clock is moved the screen asks what is new. */
static int
tick_ms(struct playback *p)
{
    double wait = SECOND_MS / p->speed;
    int64_t next_ms;

    if (past_next_ms(p->current, &next_ms, NULL) == OK && next_ms - due_ms(p) < SECOND_MS)
        wait = (double)(next_ms - due_ms(p)) / p->speed;
    return wait < TICK_LEAST_MS ? TICK_LEAST_MS : wait > SECOND_MS ? SECOND_MS : (int)wait + 1;
}

/* -1: until somebody orders something. */
static int
wait_ms(struct playback *p)
{
    if (p->goal.is_set || (p->is_playing && p->speed == SPEED_WHOLE))
        return 0;
    if (p->is_playing)
        return tick_ms(p);
    return p->ahead.is_set ? 0 : -1;
}

/* Waits for mail, or until the clock has to move on. false: time to go. */
static bool
read_mail(struct playback *p)
{
    struct transport_order orders[DESK_ORDERS_MAX];
    size_t count;
    bool is_news = desk_read_mail(p->desk, wait_ms(p), orders, &count);

    if (desk_stops(p->desk))
        return false;
    for (size_t i = 0; i < count; i++)
        follow(p, &orders[i]);
    if (is_news)
        publish(p);
    return true;
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
        else if (p->ahead.is_set)
            go_ahead(p);
    }
    return NULL;
}

/* --- life --------------------------------------------------------------------------------------
 */

struct desk *
playback_desk(const struct playback *p)
{
    return p->desk;
}

static int
start_thread(struct playback *p)
{
    sigset_t all, before;
    int e;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    e = pthread_create(&p->thread, NULL, play, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return e;
}

static void
free_playback(struct playback *p)
{
    for (size_t i = 0; i < RETIRED_MAX; i++)
        past_close(p->retired[i]);
    for (size_t i = 0; i < p->parked_count; i++)
        past_close(p->parked[i]);
    past_close(p->building);
    past_close(p->current);
    desk_free(p->desk);
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
    desk_offer(p->desk, p->current);
    publish(p);
    if (p->options.at_ms != INT64_MIN)
        seek(p, &(struct goal){
                    .verb = TRANSPORT_SEEK, .at_ms = p->options.at_ms, .resumes = p->is_playing });
    return OK;
}

enum status
playback_start(struct playback **out, const struct playback_options *options, struct err *err)
{
    struct playback *p = xcalloc(1, sizeof *p);
    enum status st = desk_new(&p->desk, err);
    int e = 0;

    p->options = *options;
    p->speed = options->speed;
    p->is_playing = !options->is_paused;
    if (st == OK)
        st = open_first(p, err);
    if (st == OK)
        st = surveyor_start(&p->surveyor, p->desk, options->path, options->page_start, err);
    if (st == OK)
        e = start_thread(p);
    if (e != 0) {
        desk_stop(p->desk);
        surveyor_join(p->surveyor);
        st = err_errno(err, e, "cannot start playing");
    }
    if (st != OK)
        free_playback(p);
    else
        *out = p;
    return st;
}

void
playback_stop(struct playback *p)
{
    if (p == NULL)
        return;
    desk_stop(p->desk);
    pthread_join(p->thread, NULL);
    surveyor_join(p->surveyor);
    free_playback(p);
}
