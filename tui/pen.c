/* pen.c - cells, drawn.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/pen.h"

#include "base/text.h"
#include "tui/format.h"
#include "tui/widgets/bars.h"
#include "tui/widgets/lane.h"

#include <math.h>
#include <string.h>

#define LANE_COLUMNS   48
#define TREND_COLUMNS  30
#define SHARES_COLUMNS 20
#define GAUGE_COLUMNS  20
#define CELL_TEXT_MAX  4096 /* what is measured and compared of one cell's text */

static struct ink
dimmed(const struct pen *pen, struct ink ink)
{
    if (pen->is_dimmed)
        ink = (struct ink){ .role = ROLE_DIM, .is_selected = ink.is_selected };
    return ink;
}

int
pen_text(const struct pen *pen, int x, int y, int columns, const char *text, struct ink ink)
{
    return canvas_text(pen->canvas, x, y, columns, text, dimmed(pen, ink));
}

void
pen_glyph(const struct pen *pen, int x, int y, uint32_t glyph, struct ink ink)
{
    canvas_fill(pen->canvas, (struct area){ x, y, 1, 1 }, glyph, dimmed(pen, ink));
}

enum role
pen_level_role(enum level level)
{
    static const enum role roles[] = { ROLE_TEXT, ROLE_DIM, ROLE_OK, ROLE_WARN, ROLE_BAD };

    return roles[level];
}

static void
print_time(const struct pen *pen, struct buf *b, const struct cell *cell)
{
    bool is_age = pen->times == TIMES_AS_MEANT ? cell->is_age : pen->times == TIMES_AS_AGES;
    char text[FORMAT_TEXT];

    if (is_age)
        format_age(text, pen->now_ms - cell->time_ms);
    else
        format_time(text, cell->time_ms, pen->now_ms);
    if (cell->is_latest)
        buf_adds(b, is_age ? pen->glyphs->at_least : pen->glyphs->at_most);
    buf_adds(b, text);
}

void
pen_cell_print(const struct pen *pen, struct buf *b, const struct cell *cell)
{
    char text[FORMAT_TEXT] = "";

    switch (cell->kind) {
    case CELL_TEXT:
        buf_add(b, cell->text, strnlen(cell->text, CELL_TEXT_MAX));
        return;
    case CELL_NUMBER:
    case CELL_GAUGE:
        format_quantity(text, cell->number, cell->quantity);
        break;
    case CELL_DELTA:
        format_delta(text, cell->number, cell->quantity);
        break;
    case CELL_TIME:
        print_time(pen, b, cell);
        return;
    case CELL_EMPTY:
    case CELL_TREND:
    case CELL_SHARES:
    case CELL_LANE:
        break;
    }
    buf_adds(b, text);
}

/* The text as it will stand on the canvas. */
static int
text_cell_columns(const struct pen *pen, const struct cell *cell)
{
    struct buf raw, clean;
    int columns;

    buf_init(&raw, CELL_TEXT_MAX + FORMAT_TEXT);
    buf_init(&clean, 4 * CELL_TEXT_MAX);
    pen_cell_print(pen, &raw, cell);
    text_clean(&clean, raw.data, raw.len);
    columns = text_columns(clean.data);
    buf_fini(&clean);
    buf_fini(&raw);
    return columns;
}

int
pen_cell_columns(const struct pen *pen, const struct cell *cell)
{
    int columns = 0;

    switch (cell->kind) {
    case CELL_LANE:
        return LANE_COLUMNS;
    case CELL_TREND:
        return TREND_COLUMNS;
    case CELL_SHARES:
        return SHARES_COLUMNS;
    case CELL_GAUGE:
        return text_cell_columns(pen, cell) + 1 + GAUGE_COLUMNS;
    case CELL_TEXT:
    case CELL_NUMBER:
    case CELL_DELTA:
    case CELL_TIME:
        columns = text_cell_columns(pen, cell);
        break;
    case CELL_EMPTY:
        break;
    }
    return columns + (cell->level != LEVEL_NONE ? 2 : 0);
}

static void
draw_mark(const struct pen *pen, int x, int y, const struct cell *cell, struct ink ink)
{
    ink.role = pen_level_role(cell->level);
    pen_text(pen, x, y, 1, pen->glyphs->levels[cell->level], ink);
}

static void
draw_text(const struct pen *pen, int x, int y, int columns, const struct cell *cell, struct ink ink)
{
    if (cell->level != LEVEL_NONE) {
        draw_mark(pen, x, y, cell, ink);
        x += 2;
        columns -= 2;
        ink.role = pen_level_role(cell->level);
    }
    pen_text(pen, x, y, columns, cell->text, ink);
}

static void
draw_right(const struct pen *pen, int x, int y, int columns, const struct cell *cell,
           bool has_marks, struct ink ink)
{
    struct buf text;
    int used;

    if (has_marks) {
        columns -= 2;
        if (cell->level != LEVEL_NONE)
            draw_mark(pen, x + columns + 1, y, cell, ink);
        ink.role = cell->level == LEVEL_NONE ? ink.role : pen_level_role(cell->level);
    }
    buf_init(&text, FORMAT_TEXT);
    pen_cell_print(pen, &text, cell);
    used = text_columns(text.data);
    if (used < columns) {
        x += columns - used;
        columns = used;
    }
    pen_text(pen, x, y, columns, text.data, ink);
    buf_fini(&text);
}

static void
draw_gauge(const struct pen *pen, int x, int y, int columns, const struct cell *cell,
           struct ink ink)
{
    struct buf text;
    int used;

    buf_init(&text, FORMAT_TEXT);
    pen_cell_print(pen, &text, cell);
    used = pen_text(pen, x, y, columns, text.data, ink);
    ink.role = cell->level == LEVEL_NONE ? ROLE_GRAPH1 : pen_level_role(cell->level);
    bars_gauge(pen, x + used + 1, y, columns - used - 1, cell->number, cell->full, cell->limit,
               ink);
    buf_fini(&text);
}

void
pen_cell(const struct pen *pen, int x, int y, int columns, const struct cell *cell, bool has_marks,
         struct ink ink)
{
    if (columns <= 0)
        return;
    switch (cell->kind) {
    case CELL_TEXT:
        draw_text(pen, x, y, columns, cell, ink);
        break;
    case CELL_NUMBER:
    case CELL_DELTA:
    case CELL_TIME:
        draw_right(pen, x, y, columns, cell, has_marks, ink);
        break;
    case CELL_EMPTY:
        if (cell->level != LEVEL_NONE)
            draw_mark(pen, x + columns - 1, y, cell, ink);
        break;
    case CELL_TREND:
        bars_trend(pen, x, y, columns, cell->series, ink);
        break;
    case CELL_LANE:
        lane_draw(pen, x, y, columns, cell->lane, ink);
        break;
    case CELL_SHARES:
        bars_shares(pen, x, y, columns, cell->shares, ink.is_selected);
        break;
    case CELL_GAUGE:
        draw_gauge(pen, x, y, columns, cell, ink);
        break;
    }
}
