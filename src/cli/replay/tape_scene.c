/* tape_scene.c - a clock over a tape.
 * SPDX-License-Identifier: MIT
 *
 * Playing an event moves the clock, and that is all: the tape knows what was known by then. The
 * screen asks it as it would ask AWS. Markers, of alarms too, are the survey's (survey.h). */
#include "config.h"

#include "cli/replay/tape_scene.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tui/gather.h"

#define PACE_MS 500 /* how often it is asked: the clock may fly, and asking is cheap */

struct tape_scene {
    const struct tape *tape;
    struct clock *clock;
    struct aws_stand_in stand_in;
};

/* --- the door ---------------------------------------------------------------------------------
 */

static enum status
play(void *state, struct fixture_event *event, int64_t at_ms, struct err *err)
{
    struct tape_scene *scene = state;

    (void)err;
    fixture_event_fini(event);
    clock_set(scene->clock, at_ms);
    return OK;
}

static enum status
settle(void *state, int64_t at_ms, struct err *err)
{
    struct tape_scene *scene = state;

    (void)err;
    clock_set(scene->clock, at_ms);
    return OK;
}

static enum status
rest(void *state, struct err *err)
{
    (void)state;
    (void)err;
    return OK;
}

static void
close_scene(void *state)
{
    struct tape_scene *scene = state;

    clock_free(scene->clock);
    free(scene);
}

/* --- whom the screen asks ---------------------------------------------------------------------
 */

static void
answer(void *arg, const struct aws_heard *call, struct aws_cue *out)
{
    const struct tape_scene *scene = arg;
    struct tape_answer told = { .status = 0 };
    struct err err = { 0 };
    enum status st = tape_ask(scene->tape,
                              &(struct tape_call){ .service = call->service,
                                                   .operation = call->operation,
                                                   .region = call->region,
                                                   .parameters = call->input },
                              clock_now_ms(scene->clock), &told, &err);

    if (st != OK && strcmp(call->service, "umami") == 0 && !tape_has_service(scene->tape, "umami"))
        err_set(&err, E_UNSUPPORTED, "no Umami was asked in this recording");
    *out = (struct aws_cue){ .status = told.status,
                             .answer = told.answer,
                             .known_ms = told.known_ms,
                             .err = st == OK ? told.err : err };
}

static enum status
target(void *state, struct aws_target *out, struct err *err)
{
    const struct tape_scene *scene = state;

    (void)err;
    aws_target_of_recording(out, "recorded", tape_region(scene->tape));
    return OK;
}

/* The tape is Umami as well. */
static void
equip(void *state, struct gather_options *gather)
{
    struct tape_scene *scene = state;

    gather->stand_in = &scene->stand_in;
    gather->pace_ms = PACE_MS;
    gather->umami = NULL;
    gather->followed = NULL;
    gather->listens = false;
}

/* --- all --------------------------------------------------------------------------------------
 */

static bool
begins_with_answer(const char *path)
{
    struct fixture_event event;
    struct fixture *fixture;
    bool is = false;
    enum status st;

    if (fixture_open(&fixture, path, NULL) != OK)
        return false;
    do
        st = fixture_next(fixture, &event, NULL);
    while (st == E_INVALID);
    if (st == OK) {
        is = event.source == FIXTURE_AWS;
        fixture_event_fini(&event);
    }
    fixture_close(fixture);
    return is;
}

enum status
tape_scene_read(struct tape **out, const char *path, struct err *err)
{
    *out = NULL;
    return begins_with_answer(path) ? tape_open(out, path, err) : OK;
}

enum status
scene_open_tape(void *ctx, struct scene *out, int64_t start_ms, struct err *err)
{
    struct tape_scene *scene = xcalloc(1, sizeof *scene);

    (void)err;
    scene->tape = ctx;
    scene->clock = clock_new_virtual(start_ms);
    scene->stand_in = (struct aws_stand_in){ .answer = answer, .arg = scene };
    *out = (struct scene){ .door = { .state = scene,
                                     .play = play,
                                     .settle = settle,
                                     .rest = rest,
                                     .close = close_scene },
                           .clock = scene->clock,
                           .target = target,
                           .equip = equip };
    return OK;
}
