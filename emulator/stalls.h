/* stalls.h - things that are to happen some milliseconds from now, for answers that are late.
 * SPDX-License-Identifier: MIT
 *
 * The thread that waits begins with the first stall: without faults there is none. */
#ifndef OV_EMULATOR_STALLS_H
#define OV_EMULATOR_STALLS_H

#include <stdbool.h>
#include <stdint.h>

#define STALLS_MAX 512 /* with more the one that is due first ends at once */

struct stalls;
typedef void stall_end(void *arg);

struct stalls *stalls_new(void);
void stalls_free(struct stalls *stalls); /* after stalls_end(); NULL is fine */

/* `end` is called on another thread, once. false: it will not be, for there is no waiting any
 * more. */
bool stalls_add(struct stalls *stalls, unsigned ms, stall_end *end, void *arg);
/* All that wait end now. */
void stalls_end(struct stalls *stalls);

#endif
