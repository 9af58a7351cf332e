/* zstd.h - zstd, as recordings are kept in a bucket.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_ZSTD_H
#define OV_WIRE_ZSTD_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* One frame that is written piece by piece; what comes out depends on all that went in, and not on
 * how it was cut. */
struct zstd_writer;

struct zstd_writer *zstd_writer_new(size_t max);   /* bytes that may come out */
void zstd_writer_free(struct zstd_writer *writer); /* NULL is fine */
void zstd_writer_add(struct zstd_writer *writer, const void *bytes, size_t len);
/* The end: what came out, until the writer is freed. NULL: more than `max`. */
const struct buf *zstd_writer_end(struct zstd_writer *writer);

bool zstd_is(const void *bytes, size_t len); /* by its magic number */
/* Appends the plain bytes of all frames; the buffer's ceiling is the cap. E_LIMIT past it, or for a
 * frame that wants a window of more than 64 MiB; E_INVALID when the data is damaged or cut short.
 */
MUST_CHECK enum status zstd_open(struct buf *out, const void *bytes, size_t len, struct err *err);

#endif
