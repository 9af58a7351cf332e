/* aws_gzip.h - compressed request bodies, opened within a bound.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_GZIP_H
#define OV_EMULATOR_AWS_GZIP_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>

/* Appends what the gzip members in `bytes` hold. E_INVALID: not gzip, damaged or cut short;
 * E_LIMIT: more than `out` may hold. */
MUST_CHECK enum status aws_gunzip(struct buf *out, const void *bytes, size_t len, struct err *err);

#endif
