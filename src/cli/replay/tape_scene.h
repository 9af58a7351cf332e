/* tape_scene.h - what AWS answered a screen, as a scene to look at (scene.h).
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_TAPE_SCENE_H
#define OV_CLI_TAPE_SCENE_H

#include "base/err.h"
#include "cli/replay/scene.h"
#include "fixture/tape.h"

/* Reads a fixture whose first event is an answer of AWS; *out is NULL for any other, and for one
 * that cannot be read. E_LIMIT as tape_open(). */
MUST_CHECK enum status tape_scene_read(struct tape **out, const char *path, struct err *err);

/* `ctx` is a struct tape, which is borrowed and may serve several scenes at a time. */
scene_opener scene_open_tape;

#endif
