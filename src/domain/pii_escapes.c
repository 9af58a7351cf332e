/* pii_escapes.c - texts as they read without percent-encoding and JSON's escapes.
 * SPDX-License-Identifier: MIT
 *
 * Character by character, so that a place in what was read can be found again in the text by
 * walking once more. All of it is done in one pass: a URL in JSON has both kinds of escapes. */
#include "config.h"

#include "domain/pii_escapes.h"

#include <string.h>

#include "base/hex.h"

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t
put_utf8(char out[4], unsigned code)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    return 3;
}

/* \u0040; a half of a surrogate pair becomes what is no text, and nobody looks for it. */
static size_t
step_unicode(const struct pii_escapes *e, size_t at, char out[4], size_t *count)
{
    unsigned code = 0;

    for (size_t i = 1; i <= 4; i++) {
        int digit = at + i < e->length ? hex_digit(e->text[at + i]) : -1;

        if (digit < 0) {
            out[0] = 'u';
            *count = 1;
            return at + 1;
        }
        code = code << 4 | (unsigned)digit;
    }
    *count = put_utf8(out, code);
    return at + 5;
}

/* JSON in JSON has its backslashes escaped, so a row of them is one. */
static size_t
step_backslash(const struct pii_escapes *e, size_t at, char out[4], size_t *count)
{
    while (at < e->length && e->text[at] == '\\')
        at++;
    *count = 1;
    out[0] = '\\';
    if (at == e->length)
        return at;
    if (e->text[at] == 'u')
        return step_unicode(e, at, out, count);
    if (e->text[at] == 'n' || e->text[at] == 'r')
        out[0] = '\n'; /* ends a value as it does where nobody escaped it */
    else if (strchr("tbf", e->text[at]) != NULL && e->text[at] != '\0')
        out[0] = ' ';
    else if (e->text[at] == '"' || e->text[at] == '/')
        out[0] = e->text[at];
    else
        return at;
    return at + 1;
}

size_t
pii_escapes_step(const struct pii_escapes *e, size_t at, char out[4], size_t *count)
{
    char c = e->text[at];

    if (c == '\\' && (e->reading == PII_JSON || e->reading == PII_FORM))
        return step_backslash(e, at, out, count);
    out[0] = c;
    *count = 1;
    if (c == '%' && at + 2 < e->length) {
        int high = hex_digit(e->text[at + 1]), low = hex_digit(e->text[at + 2]);

        if (high >= 0 && low >= 0) {
            out[0] = (char)(high << 4 | low);
            return at + 3;
        }
    }
    if (c == '+' && e->reading == PII_URL && at > 0 && at + 1 < e->length &&
        is_digit(e->text[at - 1]) && is_digit(e->text[at + 1]))
        out[0] = ' ';
    if (c == '+' && e->reading == PII_FORM)
        out[0] = ' ';
    return at + 1;
}
