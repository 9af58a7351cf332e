/* s3_objects.h - the objects of the recordings bucket: how large they are, and their bytes.
 * SPDX-License-Identifier: MIT
 *
 * Nothing of the kind is stored: they are made of the bodies of a session when somebody asks.
 * obsview.full is laid out anew for each range that is read; the packed files are made once and
 * remembered while there is room, their sizes longer than their bytes. The same bodies make the
 * same file, so a size that was told stays true. Any thread may call. */
#ifndef OV_EMULATOR_S3_OBJECTS_H
#define OV_EMULATOR_S3_OBJECTS_H

#include "base/err.h"
#include "domain/recording_file.h"
#include "store/recording.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define S3_ETAG_TEXT  40
#define S3_PACKED_MAX ((size_t)64 * 1024 * 1024) /* of a packed file; a larger one is not there */

struct s3_objects;

struct s3_objects *s3_objects_new(void);
void s3_objects_free(struct s3_objects *objects); /* NULL is fine */

struct s3_object {
    uint64_t size; /* 0: there is no such object */
    int64_t modified_ms;
    char etag[S3_ETAG_TEXT]; /* with its quotes; no MD5 of anything */
};
/* As the session was when `recording` was read. */
MUST_CHECK enum status s3_objects_find(struct s3_objects *objects, struct store_reader *reader,
                                       const struct recording *recording, enum recording_file file,
                                       struct s3_object *out, struct err *err);
/* Whether that needs no reading of bodies. */
bool s3_objects_know(struct s3_objects *objects, const struct recording *recording);
/* `length` bytes from `from` on, which must be within what find() tells. E_NOTFOUND: the session
 * has gone meanwhile. */
MUST_CHECK enum status s3_objects_read(struct s3_objects *objects, struct store_reader *reader,
                                       const struct recording *recording, enum recording_file file,
                                       uint64_t from, char *to, size_t length, struct err *err);

#endif
