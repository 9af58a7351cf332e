/* text.c - cleaning, measuring and reading text.
 * SPDX-License-Identifier: MIT
 *
 * Widths come from the C library's wcwidth() with one correction: a code point it does not know
 * counts as one column, because that is what terminals draw for it. */
#include "config.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT 0xfffdu

/* Decodes one code point from at most `len` bytes; returns its length, or 0 for a malformed
 * sequence. Overlong forms, surrogates and values past U+10FFFF are malformed (RFC 3629). */
static size_t
decode(const unsigned char *s, size_t len, uint32_t *out)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t need;
    uint32_t cp;

    if (s[0] < 0x80) {
        *out = s[0];
        return 1;
    }
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        need = 2, cp = s[0] & 0x1fu;
    else if ((s[0] & 0xf0) == 0xe0)
        need = 3, cp = s[0] & 0x0fu;
    else if (s[0] >= 0xf0 && s[0] <= 0xf4)
        need = 4, cp = s[0] & 0x07u;
    else
        return 0;
    if (len < need)
        return 0;
    for (size_t i = 1; i < need; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        cp = cp << 6 | (s[i] & 0x3fu);
    }
    if (cp < least[need] || (cp >= 0xd800 && cp <= 0xdfff) || cp > 0x10ffff)
        return 0;
    *out = cp;
    return need;
}

static bool
is_hidden(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || cp == 0x61c ||
           (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) ||
           (cp >= 0x2060 && cp <= 0x206f) || cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
           (cp >= 0xe0000 && cp <= 0xe007f);
}

void
text_clean(struct buf *b, const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t from = 0, i = 0;

    while (i < len) {
        uint32_t cp = REPLACEMENT;
        size_t n = decode(s + i, len - i, &cp);
        const char *instead = NULL;

        if (n == 0 || is_hidden(cp))
            instead = "\xef\xbf\xbd";
        if (cp == '\t' || cp == '\n' || cp == '\r')
            instead = " ";
        if (n == 0)
            n = 1;
        if (instead != NULL) {
            buf_add(b, text + from, i - from);
            buf_adds(b, instead);
            from = i + n;
        }
        i += n;
    }
    buf_add(b, text + from, len - from);
}

void
text_defuse(char *text)
{
    unsigned char *s = (unsigned char *)text;
    size_t len = strlen(text), kept = 0, n;

    for (size_t i = 0; i < len; i += n) {
        uint32_t cp = REPLACEMENT;

        n = decode(s + i, len - i, &cp);
        if (n == 0 || is_hidden(cp)) {
            s[kept++] = '?';
            n += n == 0;
        } else {
            memmove(s + kept, s + i, n);
            kept += n;
        }
    }
    s[kept] = '\0';
}

uint32_t
text_next(const char **text)
{
    uint32_t cp = REPLACEMENT;
    size_t n;

    if (**text == '\0')
        return 0;
    n = decode((const unsigned char *)*text, strnlen(*text, 4), &cp);
    *text += n > 0 ? n : 1;
    return n > 0 ? cp : REPLACEMENT;
}

int
text_columns_of(uint32_t code_point)
{
    int w;

    if (code_point >= 0x20 && code_point < 0x7f)
        return 1;
    w = wcwidth((wchar_t)code_point);
    return w < 0 ? 1 : w;
}

int
text_columns(const char *text)
{
    int columns = 0;

    for (uint32_t cp = text_next(&text); cp != 0; cp = text_next(&text))
        columns += text_columns_of(cp);
    return columns;
}

size_t
text_fit(const char *text, int columns)
{
    const char *p = text;
    int used = 0;

    while (*p != '\0') {
        const char *next = p;
        int w = text_columns_of(text_next(&next));

        if (used + w > columns)
            break;
        used += w;
        p = next;
    }
    return (size_t)(p - text);
}

bool
text_parse_int(int64_t *out, const char *text)
{
    char *end;
    long long v;

    if (*text == '\0' || isspace((unsigned char)*text))
        return false;
    errno = 0;
    v = strtoll(text, &end, 10);
    if (errno != 0 || *end != '\0')
        return false;
    *out = v;
    return true;
}

bool
text_parse_double(double *out, const char *text)
{
    char *end;
    double v;

    /* strtod also reads "inf", "nan" and hexadecimal: none is a number on our wires */
    if (*text == '\0' || strspn(text, "+-.0123456789eE") != strlen(text))
        return false;
    v = strtod(text, &end);
    if (*end != '\0' || !isfinite(v))
        return false;
    *out = v;
    return true;
}

#define WORD_MAX 48

static size_t
edit_distance(const char *a, size_t la, const char *b, size_t lb)
{
    size_t row[WORD_MAX + 1];

    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[lb];
}

const char *
text_nearest(const char *word, const char *const *candidates)
{
    size_t len = strnlen(word, WORD_MAX + 1);
    size_t best = len / 3 + 2; /* a slip changes a third of a word at most */
    const char *nearest = NULL;

    if (len > WORD_MAX)
        return NULL;
    for (; *candidates != NULL; candidates++) {
        size_t other = strlen(*candidates), distance;

        if (other > WORD_MAX)
            continue;
        distance = edit_distance(word, len, *candidates, other);
        if (distance < best) {
            best = distance;
            nearest = *candidates;
        }
    }
    return nearest;
}

const char *
text_s(uint64_t count)
{
    return count == 1 ? "" : "s";
}

const char *
text_are(uint64_t count)
{
    return count == 1 ? "is" : "are";
}

uint64_t
text_hash(const void *bytes, size_t len, uint64_t seed)
{
    const unsigned char *p = bytes;
    uint64_t h = seed;

    for (size_t i = 0; i < len; i++)
        h = (h ^ p[i]) * 0x100000001b3u;
    return h;
}

/* How many bytes at the start are ASCII. Bodies are nearly nothing else: eight bytes at a time. */
static size_t
ascii_bytes(const unsigned char *text, size_t len)
{
    size_t i = 0;

    for (; i + 8 <= len; i += 8) {
        uint64_t w;

        memcpy(&w, text + i, sizeof w);
        if ((w & 0x8080808080808080u) != 0)
            break;
    }
    while (i < len && text[i] < 0x80)
        i++;
    return i;
}

size_t
text_utf8_end(const char *bytes, size_t len)
{
    const unsigned char *text = (const unsigned char *)bytes;
    size_t i = ascii_bytes(text, len);

    while (i < len) {
        unsigned char c = text[i];
        size_t more = c < 0xc2 ? 9 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : c < 0xf5 ? 3 : 9;

        if (more > 3 || i + more >= len)
            return i;
        for (size_t k = 1; k <= more; k++) {
            if ((text[i + k] & 0xc0) != 0x80)
                return i;
        }
        if ((c == 0xe0 && text[i + 1] < 0xa0) || (c == 0xed && text[i + 1] > 0x9f) ||
            (c == 0xf0 && text[i + 1] < 0x90) || (c == 0xf4 && text[i + 1] > 0x8f))
            return i;
        i += more + 1;
        i += ascii_bytes(text + i, len - i);
    }
    return len;
}

/* Characters beyond the first plane take two. */
static size_t
units_of(unsigned char lead)
{
    return (lead & 0xc0) == 0x80 ? 0 : lead >= 0xf0 ? 2 : 1;
}

size_t
text_mark(const char *text, size_t len)
{
    static const char mark[] = "\xef\xbb\xbf";
    const size_t length = sizeof mark - 1;

    return len >= length && memcmp(text, mark, length) == 0 ? length : 0;
}

size_t
text_utf16_units(const char *text)
{
    size_t units = 0;

    for (; *text != '\0'; text++)
        units += units_of((unsigned char)*text);
    return units;
}

size_t
text_utf16_fit(const char *text, size_t units)
{
    size_t len = 0;

    for (; text[len] != '\0'; len++) {
        size_t next = units_of((unsigned char)text[len]);

        if (next > units)
            break;
        units -= next;
    }
    return len;
}
