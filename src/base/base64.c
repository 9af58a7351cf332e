/* base64.c - four characters for three bytes.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/base64.h"

#include <string.h>

#define GROUP_BYTES 3
#define GROUP_TEXT  4

/* clang-format off */
const uint8_t base64_numbers[256] = {
    ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8,
    ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16,
    ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
    ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32,
    ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
    ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56,
    ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['-'] = 63,
    ['/'] = 64, ['_'] = 64,
};
/* clang-format on */

static char
character(unsigned number, bool is_url)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    if (number < sizeof alphabet - 1)
        return alphabet[number];
    return number == 62 ? (is_url ? '-' : '+') : (is_url ? '_' : '/');
}

void
base64_print(struct buf *out, const void *bytes, size_t length, unsigned how)
{
    const unsigned char *p = bytes;
    const bool is_url = (how & BASE64_URL) != 0;

    for (size_t at = 0; at < length; at += GROUP_BYTES) {
        const size_t left = length - at < GROUP_BYTES ? length - at : GROUP_BYTES;
        uint32_t bits = 0;

        for (size_t i = 0; i < GROUP_BYTES; i++)
            bits = bits << 8 | (i < left ? p[at + i] : 0);
        for (size_t i = 0; i <= left; i++)
            buf_addc(out, character(bits >> (18 - 6 * i) & 0x3f, is_url));
        for (size_t i = left; (how & BASE64_UNPADDED) == 0 && i < GROUP_BYTES; i++)
            buf_addc(out, '=');
    }
}

/* How many characters are before the padding; `length` and more: it is no base64. */
static size_t
digits_of(const char *text, size_t length)
{
    size_t count = length;

    while (length - count < 2 && count > 0 && text[count - 1] == '=')
        count--;
    if (length % GROUP_TEXT != 0)
        return length + 1;
    for (size_t i = 0; i < count; i++) {
        if (base64_digit(text[i]) < 0 || text[i] == '-' || text[i] == '_')
            return length + 1;
    }
    return count;
}

bool
base64_is_valid(const char *text, size_t length)
{
    return digits_of(text, length) <= length;
}

bool
base64_read(struct buf *out, const char *text, size_t length)
{
    const size_t count = digits_of(text, length);
    uint32_t bits = 0;
    unsigned held = 0;

    if (count > length)
        return false;
    for (size_t i = 0; i < count; i++) {
        bits = bits << 6 | (uint32_t)base64_digit(text[i]);
        held += 6;
        if (held >= 8) {
            held -= 8;
            buf_addc(out, (char)(bits >> held));
        }
    }
    return true;
}
