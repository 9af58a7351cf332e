/* rate_limit.h - at most so many requests per address in any sixty seconds.
 * SPDX-License-Identifier: MIT
 *
 * The window slides: request n is refused while n - limit ... n - 1 all lie within the last minute,
 * and refused requests do not count. IPv6 addresses count per /64, which is what one customer
 * holds. Memory is bounded; when it is full the address that was quiet longest is forgotten. Any
 * thread may ask. */
#ifndef OV_EMULATOR_RATE_LIMIT_H
#define OV_EMULATOR_RATE_LIMIT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_WINDOW_MS 60000

struct rate_limit;

struct rate_limit *rate_limit_new(int64_t per_minute); /* 0: no limit */
void rate_limit_free(struct rate_limit *rate);         /* NULL is fine */

/* Counts one request at monotonic time `now_ms`. false: it is one too many, and *retry_after_s
 * (at least 1) tells when the next one passes. */
bool rate_limit_pass(struct rate_limit *rate, const struct sockaddr_storage *peer, int64_t now_ms,
                     unsigned *retry_after_s);
void rate_limit_clear(struct rate_limit *rate);
size_t rate_limit_addresses(struct rate_limit *rate);

#endif
