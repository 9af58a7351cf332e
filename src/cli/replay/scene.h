/* scene.h - where a recorded past is played to be looked at: an emulator within, or answers of an
 * account.
 * SPDX-License-Identifier: MIT
 *
 * A scene only goes forwards. Who goes back opens another one and plays it up to there. */
#ifndef OV_CLI_SCENE_H
#define OV_CLI_SCENE_H

#include "aws/target.h"
#include "base/clock.h"
#include "base/err.h"
#include "cli/replay/replay.h"

#include <stdint.h>

struct gather_options;

/* An alarm that turned to ALARM, or from it; the text is borrowed for the call. */
typedef void scene_turned(void *arg, int64_t at_ms, const char *text);

/* All but `target` and `equip` is called on the thread that opened it. `door.state` is the state of
 * all functions. */
struct scene {
    /* play() takes events in their order; settle() moves the clock, and what was played by then is
     * seen by whoever asks. Both end before the clock is beyond the moment they were given. */
    struct replay_door door;
    struct clock *clock; /* stands where the door has moved it to; until door.close() */
    /* Tells the alarms that turned since the last time. NULL: none is judged here. */
    enum status (*turns)(void *state, scene_turned *turned, void *arg, struct err *err);
    const char *url; /* of an emulator within, until door.close(); NULL: ... */
    /* ... this says whom the screen asks, and what its collector needs besides; *gather has all but
     * that. Both on the screen's thread, while the scene is open, and both may be NULL beside a
     * url. */
    enum status (*target)(void *state, struct aws_target *out, struct err *err);
    void (*equip)(void *state, struct gather_options *gather);
};

/* Opens a scene whose clock stands at `start_ms`; nothing has happened in it yet. */
typedef enum status scene_opener(void *ctx, struct scene *out, int64_t start_ms, struct err *err);

/* An emulator with an empty store of its own, which is no file of anybody; `settings` says what it
 * is like: those of the fixture are among them already. */
scene_opener scene_open_stage;

#endif
