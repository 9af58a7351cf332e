/* hex.h - bytes as pairs of hexadecimal digits.
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_HEX_H
#define OV_BASE_HEX_H

#include <stdbool.h>
#include <stddef.h>

/* The value of one digit in either case, or -1. */
static inline int
hex_digit(char c)
{
    const unsigned digit = (unsigned)c - '0', letter = ((unsigned)c | 0x20) - 'a';

    if (digit < 10)
        return (int)digit;
    return letter < 6 ? (int)letter + 10 : -1;
}

/* Writes 2 * `len` digits in lower case and a NUL. */
void hex_format(char *text, const void *bytes, size_t len);
/* Reads 2 * `len` digits. In lower case only, so that what is compared as text has one spelling. */
bool hex_parse(void *bytes, const char *text, size_t len);

#endif
