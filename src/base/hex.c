/* hex.c - hexadecimal digits.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hex.h"

static const char digits[] = "0123456789abcdef";

void
hex_format(char *text, const void *bytes, size_t len)
{
    const unsigned char *p = bytes;

    for (size_t i = 0; i < len; i++) {
        *text++ = digits[p[i] >> 4];
        *text++ = digits[p[i] & 15];
    }
    *text = '\0';
}

static int
lower_digit(char c)
{
    return c >= 'A' && c <= 'F' ? -1 : hex_digit(c);
}

bool
hex_parse(void *bytes, const char *text, size_t len)
{
    unsigned char *p = bytes;

    for (size_t i = 0; i < len; i++) {
        int high = lower_digit(text[2 * i]);
        int low = high < 0 ? -1 : lower_digit(text[2 * i + 1]);

        if (low < 0)
            return false;
        p[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}
