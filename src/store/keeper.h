/* keeper.h - the thread that keeps house: checkpoints, retention, compaction.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_KEEPER_H
#define OV_STORE_KEEPER_H

#include "base/err.h"

#include <stdbool.h>

struct store;
struct keeper;

MUST_CHECK enum status keeper_start(struct keeper **out, struct store *store, const char *path,
                                    struct err *err);
void keeper_stop(struct keeper *keeper); /* NULL is fine */

/* The writer's side: the write-ahead log has this many frames now. */
void keeper_saw_frames(struct keeper *keeper, int frames);
/* Few frames were left after a pass: the writer should make the last one itself, between groups. */
bool keeper_wants_pass(struct keeper *keeper, int frames);
void keeper_passed(struct keeper *keeper);

#endif
