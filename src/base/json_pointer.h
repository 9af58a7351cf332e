/* json_pointer.h - places in JSON as JSON pointers (RFC 6901): "/metrics/0/a~1b".
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_JSON_POINTER_H
#define OV_BASE_JSON_POINTER_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Appends a step down: a slash and the name, in which "~" becomes "~0" and "/" "~1". */
void json_pointer_add(struct buf *b, const char *name);

/* Whether a step, as it stands between two slashes, names that member. */
bool json_pointer_is_step(const char *step, size_t length, const char *name);

/* In a text that json_parse() takes: how many bytes stand before the value that the pointer names.
 * What is not there stands where that begins in which it is missing. */
size_t json_pointer_offset(const char *text, size_t len, const char *pointer);

#endif
