/* clock.h - two clocks and the ids that depend on them.
 * SPDX-License-Identifier: MIT
 *
 * Product time ("now") is what people see and what data is stamped with; it can be virtual.
 * Monotonic time is for timeouts and durations and is always real. All functions may be called from
 * any thread. */
#ifndef OV_BASE_CLOCK_H
#define OV_BASE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct clock;

struct clock *clock_new_real(void);
/* Stands still at `start_ms` (epoch milliseconds) until moved; ids come from a generator seeded
 * with it. */
struct clock *clock_new_virtual(int64_t start_ms);
void clock_free(struct clock *clock); /* NULL is fine */

int64_t clock_now_ms(const struct clock *clock); /* epoch milliseconds */
bool clock_is_virtual(const struct clock *clock);
/* Virtual clocks only, and only forwards; earlier times are ignored. */
void clock_set(struct clock *clock, int64_t now_ms);

/* Nanoseconds since some fixed point; never virtual. */
uint64_t mono_ns(void);
/* The same clock for pthread_cond_timedwait(): the time `ms` from now, and a condition variable
 * that waits by it. */
struct timespec mono_deadline(int64_t ms);
void mono_cond_init(pthread_cond_t *cond);

#define UUID_TEXT 37 /* 36 characters and the NUL */

/* A version 4 UUID (RFC 9562), lower case: from the system's generator, or seeded under a virtual
 * clock. */
void clock_uuid(struct clock *clock, uint8_t uuid[16]);
/* The same for the store's writer thread. Seeded ids of its own, so that those of others do not
 * depend on when it gets to its rows. */
void clock_uuid_stored(struct clock *clock, uint8_t uuid[16]);
/* The same for who looks at what a virtual clock moves, and must not change the ids there. */
void clock_uuid_beside(struct clock *clock, uint8_t uuid[16]);
void uuid_format(const uint8_t uuid[16], char text[UUID_TEXT]);
/* Accepts the 8-4-4-4-12 form in either case. */
bool uuid_parse(uint8_t uuid[16], const char *text);

#endif
