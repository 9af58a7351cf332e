/* base64.h - bytes as characters that every text can hold (RFC 4648), in either alphabet.
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_BASE64_H
#define OV_BASE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Each character's number and one, in either alphabet, so that others are 0. */
extern const uint8_t base64_numbers[256];

/* -1: the character is none of base64's. */
static inline int
base64_digit(char c)
{
    return (int)base64_numbers[(unsigned char)c] - 1;
}

#define BASE64_URL      1u /* dash and underscore in the places of plus and slash */
#define BASE64_UNPADDED 2u /* no equals signs at the end */
/* Appends the bytes, encoded; the buffer's ceiling is the limit. */
void base64_print(struct buf *out, const void *bytes, size_t length, unsigned how);

/* Appends what a padded text of the ordinary alphabet says. false: it is none, and nothing is
 * appended. */
bool base64_read(struct buf *out, const char *text, size_t length);
/* Whether it is one. */
bool base64_is_valid(const char *text, size_t length);

#endif
