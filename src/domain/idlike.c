/* idlike.c - what identifiers look like.
 * SPDX-License-Identifier: MIT
 *
 * The rules, each with the smallest bound that keeps words people write ("v2", "step-3",
 * "oauth2Callback", "iphone-15-pro", "h264"):
 *
 *   digits and separators only          42, 2026-11-24, 1.0.3
 *   five digits or more                 ORD-2026-000123, red-shoe-182736
 *   an "@"                              jane@example.com, @jane
 *   hexadecimal, 8 or more, one digit   3f2a91bc, a UUID, a git or Mongo id
 *   letters and digits in quick change  dQw4w9WgXcQ, cus_9s6XKzkNRiz8i3, a ULID, base64
 *
 * A word without any digit is never an id. */
#include "config.h"

#include "domain/idlike.h"

#include <string.h>

#define DIGITS_MAX  4 /* more are an id */
#define HEX_MIN     8
#define CHANGES_MIN 5 /* between lower case, upper case and digits */

static bool
is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

enum looks { LOOKS_SEPARATOR, LOOKS_LOWER, LOOKS_UPPER, LOOKS_DIGIT, LOOKS_OTHER };

static enum looks
looks_of(char c)
{
    if (c >= '0' && c <= '9')
        return LOOKS_DIGIT;
    if (c >= 'a' && c <= 'z')
        return LOOKS_LOWER;
    if (c >= 'A' && c <= 'Z')
        return LOOKS_UPPER;
    return c != '\0' && strchr("-_.,:~+=", c) != NULL ? LOOKS_SEPARATOR : LOOKS_OTHER;
}

/* What one look at each character tells of a segment. */
struct shape {
    size_t count[LOOKS_OTHER + 1];
    size_t hex; /* digits and a-f in either case */
    size_t dashes;
    size_t changes;
};

static struct shape
shape_of(const char *text, size_t len)
{
    struct shape s = { .hex = 0 };
    enum looks last = LOOKS_SEPARATOR;

    for (size_t i = 0; i < len; i++) {
        enum looks now = looks_of(text[i]);

        s.count[now]++;
        s.hex += is_hex(text[i]);
        s.dashes += text[i] == '-';
        if (now == LOOKS_SEPARATOR)
            continue;
        s.changes += last != LOOKS_SEPARATOR && now != last;
        last = now;
    }
    return s;
}

bool
idlike(const char *text, size_t len)
{
    struct shape s = shape_of(text, len);
    size_t digits = s.count[LOOKS_DIGIT];

    if (memchr(text, '@', len) != NULL)
        return len > 1;
    if (digits == 0)
        return false;
    if (digits > DIGITS_MAX || digits + s.count[LOOKS_SEPARATOR] == len)
        return true;
    if (s.hex >= HEX_MIN && s.hex + s.dashes == len)
        return true;
    return s.count[LOOKS_OTHER] == 0 && s.changes >= CHANGES_MIN;
}
