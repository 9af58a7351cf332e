/* player.h - plays a fixture through the emulator's own doors, in a loop, shifted to now.
 * SPDX-License-Identifier: MIT
 *
 * The format is that of obsview-fixture(5). On start the past twenty minutes are filled at once,
 * before player_start() returns; then events come when they are due. Nothing in it counts against
 * the rate limit. */
#ifndef OV_EMULATOR_PLAYER_H
#define OV_EMULATOR_PLAYER_H

#include "base/err.h"
#include "emulator/emulator.h"

#define PLAYER_PAST_MS (20 * 60000LL)

struct player;

/* E_IO: cannot be read; E_INVALID: not a fixture, or one of a later version. Lines that are broken
 * are left out and shown in the intake with file, line and column. */
MUST_CHECK enum status player_start(struct player **out, struct emulator *em, const char *path,
                                    struct err *err);
void player_stop(struct player *player); /* NULL is fine */

#endif
