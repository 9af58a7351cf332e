/* theme.h - how each role looks, in 256 colours, in 16 and in none.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_THEME_H
#define OV_TUI_THEME_H

#include "tui/canvas.h"

#include <stdbool.h>
#include <stdint.h>

enum depth { DEPTH_MONO, DEPTH_16, DEPTH_256 };

/* Colours are palette numbers; -1 is the terminal's own foreground or background. */
struct look {
    int16_t foreground;
    int16_t background;
    bool is_bold;
    bool is_dim;
    bool is_reverse;
    bool is_underlined;
};

struct theme;

extern const struct theme *const themes[];        /* "terminal" first; ends with NULL */
const struct theme *theme_find(const char *name); /* NULL: no such theme */
const struct theme *theme_next(const struct theme *theme);
const char *theme_name(const struct theme *theme);

struct look theme_look(const struct theme *theme, enum depth depth, enum role role,
                       bool is_selected);

/* How many colours to use. `wanted` is --color (auto, always, never, mono, 16, 256; NULL: auto),
 * `offered` what the terminal has, `no_color` the variable's value or NULL. false: unknown word. */
bool depth_choose(enum depth *out, const char *wanted, int offered, const char *no_color);

#endif
