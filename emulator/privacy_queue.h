/* privacy_queue.h - texts that wait to be searched for personal data: bounded, what finds no room
 * is counted. SPDX-License-Identifier: MIT
 *
 * Not for sharing between threads: privacy.c has a lock around it. */
#ifndef OV_EMULATOR_PRIVACY_QUEUE_H
#define OV_EMULATOR_PRIVACY_QUEUE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct privacy_load {
    struct privacy_load *next;
    struct buf bytes;
    size_t lines; /* of a log group; 0: named texts of a request */
};
void privacy_load_free(struct privacy_load *load);

struct privacy_queue {
    struct privacy_load *first, **end;
    size_t count, bytes;
    uint64_t requests_missed, lines_missed; /* not told yet; whoever tells sets them to 0 */
    uint64_t lines_ns;                      /* when the last lines came */
};

void privacy_queue_init(struct privacy_queue *q);
/* Takes the load: it waits, or is counted and freed. */
void privacy_queue_push(struct privacy_queue *q, struct privacy_load *load);
/* NULL: nothing waits. */
struct privacy_load *privacy_queue_pop(struct privacy_queue *q);
/* Whether lines would find room. Otherwise so many of them are counted, and need not be looked at.
 */
bool privacy_queue_takes_lines(struct privacy_queue *q, size_t count);
/* More waits than a moment's work, and lines keep coming. */
bool privacy_queue_is_flooded(const struct privacy_queue *q);
/* Nothing waits, and nothing is to be told. */
bool privacy_queue_is_settled(const struct privacy_queue *q);

#endif
