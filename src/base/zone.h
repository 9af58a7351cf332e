/* zone.h - wall-clock time of a named time zone, summer time included.
 * SPDX-License-Identifier: MIT
 *
 * Read from the system's time zone files (RFC 9636); tzset() would set the zone of the whole
 * process. A zone is immutable and may be used by any thread. */
#ifndef OV_BASE_ZONE_H
#define OV_BASE_ZONE_H

#include "base/err.h"
#include "base/mem.h"

#include <stdint.h>

#define ZONE_NAME_MAX 64

struct zone;

/* "UTC" (in either case, also "GMT") is always there. E_NOTFOUND: no zone has this name. E_IO: the
 * file cannot be read or is none. Lives in the arena. */
MUST_CHECK enum status zone_find(const struct zone **out, struct arena *arena, const char *name,
                                 struct err *err);

/* The milliseconds to add to UTC for the wall clock at this moment. When `from_ms` and `until_ms`
 * are given they say how long that holds (from included, until not). */
int64_t zone_offset_ms(const struct zone *zone, int64_t utc_ms, int64_t *from_ms,
                       int64_t *until_ms);

#endif
