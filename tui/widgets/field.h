/* field.h - one line of text being typed: the command line, the filter, the search in the help.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_FIELD_H
#define OV_TUI_WIDGETS_FIELD_H

#include "tui/keys.h"
#include "tui/pen.h"

#include <stdbool.h>
#include <stddef.h>

#define FIELD_MAX 512

struct field {
    char text[FIELD_MAX];
    size_t len;
    size_t at; /* the caret, in bytes */
};

void field_set(struct field *field, const char *text); /* caret at the end */
/* true when the key belonged to the text: letters, arrows, Home, End, Backspace, Del, ^A ^E ^U ^K
 * ^W */
bool field_key(struct field *field, key_code key);
/* Draws `prompt` and the text, scrolled so that the caret is in sight. Returns the caret's column.
 */
int field_draw(const struct pen *pen, struct area area, const struct field *field,
               const char *prompt);

#endif
