/* percent.h - percent-encoding (RFC 3986) of URL parts and forms.
 * SPDX-License-Identifier: MIT */
#ifndef OV_WIRE_PERCENT_H
#define OV_WIRE_PERCENT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends with every byte outside A-Z a-z 0-9 - _ . ~ as %XX in upper case; '/' stays when
 * `keep_slash`. */
void percent_encode(struct buf *b, const char *text, size_t len, bool keep_slash);
/* Appends decoded bytes; `plus` makes '+' a blank, as forms have it. A '%' without two hex digits
 * behind it stays as it is. */
void percent_decode(struct buf *b, const char *text, size_t len, bool plus);

#endif
