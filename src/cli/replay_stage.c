/* replay_stage.c - a fixture in an emulator of its own.
 * SPDX-License-Identifier: MIT
 *
 * The clock goes from event to event; where a minute ends between two of them, and every so many
 * events, everything that is due is done before it goes on. */
#include "config.h"

#include "cli/replay.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/start.h"
#include "emulator/performer.h"
#include "store/store.h"

#define STEP_EVENTS 256 /* texts to be searched wait in bounded room */
#define MINUTE_MS   60000

struct stage {
    struct started started;
    struct performer *performer;
    struct replay_tally *tally;
    unsigned since_step;
};

static void
on_answer(void *arg, const struct fixture_event *event, unsigned status, const char *body,
          size_t length)
{
    struct stage *stage = arg;

    replay_judge(stage->tally, event, status, body, length);
}

static enum status
settle(void *state, int64_t at_ms, struct err *err)
{
    struct stage *stage = state;

    performer_drain(stage->performer);
    stage->since_step = 0;
    return emulator_step(stage->started.emulator, at_ms, err);
}

static enum status
play(void *state, struct fixture_event *event, int64_t at_ms, struct err *err)
{
    struct stage *stage = state;
    const int64_t now_ms = clock_now_ms(stage->started.clock);
    enum status st = OK;

    if (at_ms / MINUTE_MS > now_ms / MINUTE_MS || stage->since_step >= STEP_EVENTS)
        st = settle(state, at_ms, err);
    else
        clock_set(stage->started.clock, at_ms);
    if (st != OK) {
        fixture_event_fini(event);
        return st;
    }
    stage->since_step++;
    performer_play(stage->performer, event, at_ms, 0, 0);
    return OK;
}

static enum status
rest(void *state, struct err *err)
{
    struct stage *stage = state;

    performer_free(stage->performer);
    stage->performer = NULL;
    return store_fold(emulator_store(stage->started.emulator), err);
}

static void
close_stage(void *state)
{
    struct stage *stage = state;

    performer_free(stage->performer);
    start_stop(&stage->started);
    free(stage);
}

enum status
replay_open_stage(struct replay_door *out, struct settings *s, struct replay_tally *tally,
                  int64_t start_ms, char **url, struct err *err)
{
    struct stage *stage = xcalloc(1, sizeof *stage);
    enum status st = start_stage(&stage->started, s, start_ms, err);

    stage->tally = tally;
    if (st == OK)
        st = performer_new(&stage->performer,
                           &(struct performer_options){ .em = stage->started.emulator,
                                                        .is_exact = true,
                                                        .answered = on_answer,
                                                        .arg = stage },
                           err);
    if (st != OK) {
        if (stage->started.emulator != NULL)
            start_stop(&stage->started);
        free(stage);
        return st;
    }
    *url = xstrdup(emulator_url(stage->started.emulator));
    *out = (struct replay_door){ stage, play, settle, rest, close_stage };
    return OK;
}

struct store *
replay_stage_store(const struct replay_door *door)
{
    const struct stage *stage = door->state;

    return emulator_store(stage->started.emulator);
}
