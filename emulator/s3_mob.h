/* s3_mob.h - OpenReplay's three files of a session, made of what was received.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_S3_MOB_H
#define OV_EMULATOR_S3_MOB_H

#include "base/buf.h"
#include "domain/recording_file.h"

#include <stddef.h>

struct s3_mob;

struct s3_mob *s3_mob_new(size_t max); /* bytes of a file, packed */
void s3_mob_free(struct s3_mob *mob);  /* NULL is fine */
/* In the order they arrived. `first_ms`: of the body's first message, 0: it has none; the session
 * begins with the first there is. What cannot be decoded is left out. */
void s3_mob_add(struct s3_mob *mob, int64_t first_ms, const void *body, size_t length);
/* The file, packed, until the mob is freed; once, after all bodies. NULL: there is nothing in it,
 * or more than `max`. */
const struct buf *s3_mob_end(struct s3_mob *mob, enum recording_file file);

#endif
