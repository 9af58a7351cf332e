/* readers.h - the threads that read the store, so that the HTTP thread never does.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_READERS_H
#define OV_EMULATOR_READERS_H

#include "base/err.h"
#include "emulator/exchange.h"

#include <stdbool.h>

struct readers;

MUST_CHECK enum status readers_start(struct readers **out, struct store *store, struct err *err);
/* Does what is queued, then ends the threads. NULL is fine. */
void readers_stop(struct readers *readers);

/* Work for times when nobody waits: one reader at a time does a step of it, of at most about 50 ms,
 * and goes on as long as a step says that there is more. When questions never cease it still gets a
 * step now and then. At most READERS_WORKS of them take turns; added before anything is submitted.
 */
#define READERS_WORKS 2
typedef bool readers_step(void *arg, struct store_reader *reader); /* reader NULL: no store */
void readers_add_background(struct readers *readers, readers_step *step, void *arg);
/* There is something to do for one of the steps; on any thread. */
void readers_wake_background(struct readers *readers);

/* false: the queue is full. */
bool readers_submit(struct readers *readers, struct exchange *x, exchange_work *work, void *arg);

#endif
