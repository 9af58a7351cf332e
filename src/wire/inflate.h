/* inflate.h - compressed request bodies, back to what they were.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_INFLATE_H
#define OV_WIRE_INFLATE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a Content-Encoding (NULL: none) means that there is something to do. */
bool inflate_is_needed(const char *content_encoding);

/* Appends the plain bytes; the buffer's ceiling is the cap, and memory grows with the output, not
 * with what the input promises. E_UNSUPPORTED for an encoding other than gzip and deflate (one of
 * them, once), E_LIMIT past the cap, E_INVALID when the data is damaged, cut short or followed by
 * something else. */
MUST_CHECK enum status inflate_body(struct buf *out, const char *content_encoding,
                                    const void *bytes, size_t len, struct err *err);

#endif
