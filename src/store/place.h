/* place.h - where a database lies, and the lock that makes it ours.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_PLACE_H
#define OV_STORE_PLACE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct place {
    char *path;      /* of the database file */
    char *directory; /* to be removed when it is left, or NULL */
    int lock_fd;
};

/* For ":memory:" a private directory in memory (/dev/shm, else $TMPDIR); those of dead processes
 * are removed on the way. E_EXISTS: another process has the database open. */
MUST_CHECK enum status place_enter(struct place *place, const char *path, struct err *err);
/* The same on disk ($TMPDIR, else /tmp). */
MUST_CHECK enum status place_enter_scratch(struct place *place, struct err *err);
/* Where temporary files go that may be large. */
const char *place_scratch(void);
/* A database that another process has open: without the lock, to be read alone. */
void place_visit(struct place *place, const char *path);
void place_leave(struct place *place);
static inline bool
place_is_private(const struct place *place)
{
    return place->directory != NULL;
}

#endif
