/* percent.c - percent-encoding.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/hex.h"
#include "wire/percent.h"

static bool
is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

void
percent_encode(struct buf *b, const char *text, size_t len, bool keep_slash)
{
    static const char hex[] = "0123456789ABCDEF";

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        char triple[3] = { '%', hex[c >> 4], hex[c & 15] };

        if (is_unreserved(text[i]) || (keep_slash && text[i] == '/'))
            buf_addc(b, text[i]);
        else
            buf_add(b, triple, sizeof triple);
    }
}

void
percent_decode(struct buf *b, const char *text, size_t len, bool plus)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%' && len - i > 2 && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else if (c == '+' && plus)
            c = ' ';
        buf_addc(b, c);
    }
}
