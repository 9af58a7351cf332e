/* idlike.h - does a word name one thing (an id, a hash, a date) rather than a kind of thing?
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_IDLIKE_H
#define OV_DOMAIN_IDLIKE_H

#include <stdbool.h>
#include <stddef.h>

/* `text` is one word: a path segment, a token of a message. Empty is no id. */
bool idlike(const char *text, size_t len);

#endif
