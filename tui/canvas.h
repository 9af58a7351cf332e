/* canvas.h - a frame as a grid of tiles, drawn without knowing a terminal.
 * SPDX-License-Identifier: MIT
 *
 * Everything on screen is drawn here first: the screen copies what changed to the terminal,
 * `--once` and tests print it as text. canvas_text() is the only way text gets in, and it lets no
 * control character through, so nothing foreign can reach the terminal raw. */
#ifndef OV_TUI_CANVAS_H
#define OV_TUI_CANVAS_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a tile means; the theme decides how that looks. */
enum role {
    ROLE_TEXT,
    ROLE_DIM,
    ROLE_OK,
    ROLE_WARN,
    ROLE_BAD,
    ROLE_ACCENT, /* where one is: the tab, the focused title */
    ROLE_HEAD,   /* headings */
    ROLE_MARK,   /* what a filter found, limits, cursors */
    ROLE_GRAPH1,
    ROLE_GRAPH2,
    ROLE_GRAPH3,
    ROLE_GRAPH4,
    ROLES
};

struct tile {
    uint32_t code_point; /* 0: the right half of a wide character */
    uint32_t combining;  /* one mark on top of it, 0: none; further ones are dropped */
    uint8_t role;
    bool is_selected;
    bool is_bold;
    bool unused; /* no padding: tiles are compared as bytes */
};

struct area {
    int x;
    int y;
    int columns;
    int rows;
};

struct canvas {
    int columns;
    int rows;
    bool is_ascii;      /* nothing past '~' gets in: '?' stands for it */
    struct tile *tiles; /* row by row */
    struct buf scratch;
};

struct ink {
    enum role role;
    bool is_selected;
    bool is_bold;
};

void canvas_init(struct canvas *canvas, int columns, int rows); /* all blank */
void canvas_fini(struct canvas *canvas);
void canvas_resize(struct canvas *canvas, int columns, int rows); /* and blanks it */
void canvas_clear(struct canvas *canvas);

/* Draws a text cut to `columns`, its last one an ellipsis when cut, never half a wide character.
 * Returns the columns used. Outside of the canvas nothing happens. */
int canvas_text(struct canvas *canvas, int x, int y, int columns, const char *text, struct ink ink);
/* The first `len` bytes only, and without an ellipsis. */
int canvas_bytes(struct canvas *canvas, int x, int y, int columns, const char *text, size_t len,
                 struct ink ink);
void canvas_fill(struct canvas *canvas, struct area area, uint32_t code_point, struct ink ink);
/* Gives a stretch of a row another ink, keeping its characters. */
void canvas_tint(struct canvas *canvas, int x, int y, int columns, struct ink ink);

/* Lines without trailing blanks. */
void canvas_print(const struct canvas *canvas, struct buf *b);

/* Appends one code point as UTF-8. */
void canvas_print_code_point(struct buf *b, uint32_t code_point);

#endif
