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

/* false: the queue is full. */
bool readers_submit(struct readers *readers, struct exchange *x, exchange_work *work, void *arg);

#endif
