/* text.h - text from outside, made fit to be seen, compared and cut.
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_TEXT_H
#define OV_BASE_TEXT_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Appends `len` bytes as valid UTF-8 without control characters: C0, DEL, C1, bidirectional
 * overrides, line and paragraph separators and zero-width characters become U+FFFD; invalid bytes
 * too. Tabs and newlines become one blank. Nothing else may stand between foreign text and the
 * terminal. */
void text_clean(struct buf *b, const char *text, size_t len);
/* The same in place and without tabs and newlines: "?" stands for each. */
void text_defuse(char *text);

/* The next code point of a NUL-terminated UTF-8 text; *text moves behind it. 0 at the end, U+FFFD
 * for a bad byte. */
uint32_t text_next(const char **text);

/* Columns of a code point on a terminal: 0 for combining marks, 2 for wide ones. */
int text_columns_of(uint32_t code_point);
/* Columns of a clean text. */
int text_columns(const char *text);
/* The number of leading bytes that fit into `columns`, never splitting a character or its combining
 * marks. */
size_t text_fit(const char *text, int columns);

/* The offset of the first byte that is not UTF-8 (RFC 3629), or `len`. */
size_t text_utf8_end(const char *text, size_t len);
/* Bytes of the mark at the beginning of a file by which editors and shells of Windows say that it
 * is UTF-8; 0 without. */
size_t text_mark(const char *text, size_t len);

/* How many units of UTF-16 a UTF-8 text has, as JavaScript counts. */
size_t text_utf16_units(const char *text);
/* The number of leading bytes that have at most `units` of them, never splitting a character. */
size_t text_utf16_fit(const char *text, size_t units);

/* A whole decimal integer with an optional sign and nothing else. */
bool text_parse_int(int64_t *out, const char *text);
/* A finite decimal number and nothing else. */
bool text_parse_double(double *out, const char *text);

/* The candidate with the smallest edit distance to `word`, or NULL when none is near enough to be a
 * slip. The list ends with NULL. */
const char *text_nearest(const char *word, const char *const *candidates);

/* The end of a noun behind a number: "%zu line%s", and of its verb: "line%s %s", n, text_s(n),
 * text_are(n). */
const char *text_s(uint64_t count);   /* "" for one, "s" for all others */
const char *text_are(uint64_t count); /* "is", "are" */

/* Of ASCII, whatever the locale. */
static inline bool
text_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
text_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* FNV-1a, for tables and fingerprints, never for secrets. */
uint64_t text_hash(const void *bytes, size_t len, uint64_t seed);
#define TEXT_HASH_SEED 0xcbf29ce484222325u

#endif
