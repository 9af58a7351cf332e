/* pen.h - what a widget draws with: the canvas, the glyphs, the moment, and cells.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_PEN_H
#define OV_TUI_PEN_H

#include "base/buf.h"
#include "tui/canvas.h"
#include "tui/glyphs.h"
#include "tui/model.h"

#include <stdbool.h>
#include <stdint.h>

/* How times are shown: `a` walks through them. */
enum times { TIMES_AS_MEANT, TIMES_AS_AGES, TIMES_AS_CLOCKS };

struct pen {
    struct canvas *canvas;
    const struct glyphs *glyphs;
    int64_t now_ms;
    enum times times;
    bool is_dimmed; /* the data is stale: everything in one faint role */
};

/* As canvas_text(), with the pen's dimming. */
int pen_text(const struct pen *pen, int x, int y, int columns, const char *text, struct ink ink);
void pen_glyph(const struct pen *pen, int x, int y, uint32_t glyph, struct ink ink);
enum role pen_level_role(enum level level);

/* A cell without its mark, as text; trends, shares and gauges have none of their own beyond the
 * number. Raw foreign text stays raw. */
void pen_cell_print(const struct pen *pen, struct buf *b, const struct cell *cell);
/* Columns the cell would like; trends and bars ask for a comfortable length. */
int pen_cell_columns(const struct pen *pen, const struct cell *cell);
/* Draws a cell into exactly `columns`; numbers stand at the right, a column for the mark behind
 * them when `has_marks`. */
void pen_cell(const struct pen *pen, int x, int y, int columns, const struct cell *cell,
              bool has_marks, struct ink ink);

#endif
