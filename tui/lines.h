/* lines.h - many lines of foreign text, cleaned, cut or wrapped to a width.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_LINES_H
#define OV_TUI_LINES_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct line {
    size_t at; /* into the text */
    size_t len;
};

struct lines {
    struct buf text;
    struct line *items;
    size_t count;
    size_t cap;
};

enum lines_how {
    LINES_CUT,
    LINES_WRAP = 1,
    LINES_INDENT_JSON = 2 /* when the text is JSON, or ends in it behind two blanks */
};

void lines_init(struct lines *lines);
void lines_fini(struct lines *lines);
/* Appends. A text that passes a megabyte or 20,000 lines ends in a line that says so. */
void lines_add(struct lines *lines, const char *text, size_t len, int columns, unsigned how);
const char *lines_text(const struct lines *lines, size_t line, size_t *len);

#endif
