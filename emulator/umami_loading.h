/* umami_loading.h - loads the events that Umami's questions count, while nobody else wants
 * anything. SPDX-License-Identifier: MIT
 *
 * A million events take seconds. They are loaded in the readers' free time, after a start, when
 * they are that many; and a question that comes before the end waits here, not on a reader. */
#ifndef OV_EMULATOR_UMAMI_LOADING_H
#define OV_EMULATOR_UMAMI_LOADING_H

#include "emulator/readers.h"

struct emulator;
struct umami_loading;

/* Begins at once. */
struct umami_loading *umami_loading_new(struct emulator *em);
void umami_loading_free(struct umami_loading *loading); /* NULL is fine; nobody waits any more */

/* Goes on with the exchange, as exchange_defer() does, when everything is loaded or cannot be.
 * false: too many wait already, or the emulator stops. */
bool umami_loading_wait(struct umami_loading *loading, struct exchange *x, exchange_work *work,
                        void *arg);

#endif
