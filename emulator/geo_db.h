/* geo_db.h - a MaxMind database of places: which city an address belongs to.
 * SPDX-License-Identifier: MIT
 *
 * The file is the user's own (GeoLite2-City or one of its layout); none comes with the program. It
 * stays mapped, so a newer one is put in its place by renaming, never by writing into it. Any
 * thread may ask. */
#ifndef OV_EMULATOR_GEO_DB_H
#define OV_EMULATOR_GEO_DB_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/umami_place.h"

struct geo_db;

/* E_IO: it cannot be read. E_USAGE: it is none of MaxMind's, or not about places. */
MUST_CHECK enum status geo_db_open(struct geo_db **out, const char *path, struct err *err);
void geo_db_close(struct geo_db *db); /* NULL is fine */

umami_locate geo_db_locate; /* of a struct geo_db */

#endif
