/* json_own.h - what the two readers of JSON share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_JSON_OWN_H
#define OV_BASE_JSON_OWN_H

#include "base/mem.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

/* How many bytes at the start of a text stand for themselves in a JSON string: printable ASCII, no
 * quote, no backslash. */
size_t json_plain_bytes(const char *text, size_t len);

/* The tree that cJSON would make of the text, in `arena`, in less than half the time. NULL: it is
 * no JSON, or has something in it that is left to cJSON: then what was taken of the arena is lost
 * with it. */
const cJSON *json_read_plain(struct arena *arena, const char *text, size_t len);

#endif
