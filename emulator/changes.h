/* changes.h - "something changed", told to whoever listens, at a bearable pace.
 * SPDX-License-Identifier: MIT
 *
 * A poke costs one atomic operation unless somebody listens and nothing was poked yet. A thread
 * tells the listeners at most ten times a second, and every fifteen seconds without a change so
 * that dead connections are noticed. */
#ifndef OV_EMULATOR_CHANGES_H
#define OV_EMULATOR_CHANGES_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define CHANGES_PACE_MS      100
#define CHANGES_HEARTBEAT_MS 15000

struct changes;

MUST_CHECK enum status changes_start(struct changes **out, struct err *err);
void changes_stop(struct changes *changes); /* NULL is fine */

/* From any thread: data came, or went. */
void changes_poke(struct changes *changes);

/* Asks for news with changes_event(); when there are none it is put to sleep, and woken when there
 * are. Both calls come under a lock and must be quick. */
struct changes_listener {
    void (*sleep)(void *arg); /* on the thread that asked */
    void (*wake)(void *arg);  /* on the thread of changes */
    void *arg;
    /* below: ours */
    struct changes_listener *next, *prev;
    uint64_t seen; /* generation last told */
    uint64_t beats;
    bool asleep;
};
void changes_listen(struct changes *changes, struct changes_listener *listener);
void changes_leave(struct changes *changes, struct changes_listener *listener);

enum changes_news { CHANGES_NOTHING, CHANGES_CHANGED, CHANGES_BEAT, CHANGES_END };
/* What to tell this listener now; asking marks it as told. *generation counts changes. */
enum changes_news changes_event(struct changes *changes, struct changes_listener *listener,
                                uint64_t *generation);
/* Wakes every listener with CHANGES_END, for good. */
void changes_end(struct changes *changes);

#endif
