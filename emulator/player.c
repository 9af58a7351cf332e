/* player.c - a fixture in a loop.
 * SPDX-License-Identifier: MIT
 *
 * What a performer does with an event; here is only when. It bounds the requests under way, so
 * filling the past does not crowd out live traffic. */
#include "config.h"

#include "emulator/player.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "emulator/intake.h"
#include "emulator/parts.h"
#include "emulator/performer.h"
#include "fixture/fixture.h"

#define FILL_WAIT_MS 5000  /* how long a start waits for the past at most */
#define SLICE_MS     10000 /* a clock that was set is noticed within this, ... */
#define VIRTUAL_MS   50    /* ... and a virtual one within that */

struct player {
    struct emulator *em;
    struct fixture *fixture;
    struct performer *performer;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    bool is_filled; /* the past has been played */
    unsigned turn;  /* through the fixture, the first is 0 */
};

/* --- waiting
 * -------------------------------------------------------------------------------------- */

/* true: stop. */
static bool
pause_for(struct player *p, int64_t ms)
{
    struct timespec until = mono_deadline(ms);
    bool stop;

    pthread_mutex_lock(&p->lock);
    if (!p->stop)
        pthread_cond_timedwait(&p->wake, &p->lock, &until);
    stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return stop;
}

static bool
must_stop(struct player *p)
{
    bool stop;

    pthread_mutex_lock(&p->lock);
    stop = p->stop;
    pthread_mutex_unlock(&p->lock);
    return stop;
}

/* The first event that is not due yet: all before it are answered, and so on disk. */
static void
fill_ended(struct player *p)
{
    performer_drain(p->performer);
    pthread_mutex_lock(&p->lock);
    p->is_filled = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static bool
wait_until(struct player *p, int64_t due_ms)
{
    int64_t slice = clock_is_virtual(emulator_clock(p->em)) ? VIRTUAL_MS : SLICE_MS;

    while (!must_stop(p)) {
        int64_t wait = due_ms - clock_now_ms(emulator_clock(p->em));

        if (wait <= 0)
            return true;
        if (!p->is_filled)
            fill_ended(p);
        if (pause_for(p, wait < slice ? wait : slice))
            return false;
    }
    return false;
}

/* --- the loop
 * -------------------------------------------------------------------------------------------- */

static void
show_broken_line(struct player *p, const struct err *err)
{
    intake_add(emulator_intake(p->em),
               &(struct intake_item){ .kind = INTAKE_FIXTURE,
                                      .has_fault = true,
                                      .time_ms = clock_now_ms(emulator_clock(p->em)),
                                      .peer = "fixture",
                                      .method = "PLAY",
                                      .path = emulator_options(p->em)->demo_path,
                                      .verdict = err->text,
                                      .reason = "fixture" });
}

/* One turn through the fixture, whose start is moved to `base_ms`. false: stop. */
static bool
play_turn(struct player *p, int64_t base_ms)
{
    int64_t by_ms = base_ms - fixture_start_ms(p->fixture);
    struct fixture_event event;
    struct err err = { 0 };
    enum status st;

    while ((st = fixture_next(p->fixture, &event, &err)) == OK || st == E_INVALID) {
        if (st != OK) {
            if (p->turn == 0)
                show_broken_line(p, &err);
            continue;
        }
        if (!wait_until(p, base_ms + event.t_ms)) {
            fixture_event_fini(&event);
            return false;
        }
        if (!performer_play(p->performer, &event, base_ms + event.t_ms, by_ms, p->turn))
            return false;
    }
    return true;
}

/* Whole turns that end now, so that the past is filled and the next turn begins at once. */
static int64_t
first_base(const struct player *p)
{
    int64_t length = fixture_length_ms(p->fixture);
    int64_t turns = PLAYER_PAST_MS / length;

    return clock_now_ms(emulator_clock(p->em)) - (turns > 0 ? turns * length : PLAYER_PAST_MS);
}

static void *
player_main(void *arg)
{
    struct player *p = arg;
    int64_t length = fixture_length_ms(p->fixture);
    int64_t base = first_base(p);

    while (play_turn(p, base)) {
        int64_t behind = clock_now_ms(emulator_clock(p->em)) - base - length;

        /* After a machine's sleep the past is filled again, but no more than it would be at start.
         */
        if (behind > PLAYER_PAST_MS + length)
            base = first_base(p);
        else
            base += length;
        p->turn++;
    }
    return NULL;
}

/* Whoever looks now should see the past whole; but a slow disk must not keep the door shut. */
static void
await_fill(struct player *p)
{
    struct timespec until = mono_deadline(FILL_WAIT_MS);

    pthread_mutex_lock(&p->lock);
    while (!p->is_filled && pthread_cond_timedwait(&p->wake, &p->lock, &until) == 0)
        ;
    pthread_mutex_unlock(&p->lock);
}

static void
free_player(struct player *p)
{
    performer_free(p->performer);
    fixture_close(p->fixture);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

enum status
player_start(struct player **out, struct emulator *em, const char *path, struct err *err)
{
    struct player *p = xcalloc(1, sizeof *p);
    enum status st = fixture_open(&p->fixture, path, err);

    p->em = em;
    pthread_mutex_init(&p->lock, NULL);
    mono_cond_init(&p->wake);
    if (st == OK)
        st = performer_new(&p->performer, &(struct performer_options){ .em = em }, err);
    if (st == OK)
        st = thread_start(&p->thread, "obsview-play", player_main, p, err);
    if (st != OK) {
        free_player(p);
        return st;
    }
    await_fill(p);
    *out = p;
    return OK;
}

void
player_stop(struct player *p)
{
    if (p == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    performer_stop(p->performer);
    pthread_join(p->thread, NULL);
    free_player(p);
}
