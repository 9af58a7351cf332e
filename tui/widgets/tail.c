/* tail.c - drawing log lines of different heights.
 * SPDX-License-Identifier: MIT
 *
 * The last column is the message; the others stand once, on its first line. Only the lines in sight
 * are broken up, walking upwards from the cursor, so a thousand lines behind cost nothing. */
#include "config.h"

#include "tui/widgets/tail.h"

#include "tui/lines.h"

#include <string.h>

#define GUTTER 1

static void
message_lines(struct lines *lines, const struct grid_state *state, const struct cell *message,
              int columns)
{
    unsigned how = LINES_CUT;

    if (message->kind != CELL_TEXT)
        return;
    if (!state->is_wrapped && !state->is_unfolded) {
        /* One line whatever it holds: newlines become blanks when it is drawn. */
        return;
    }
    if (state->is_wrapped)
        how |= LINES_WRAP;
    if (state->is_unfolded)
        how |= LINES_INDENT_JSON;
    lines_add(lines, message->text, strlen(message->text), columns, how);
}

static size_t
row_height(const struct grid_state *state, const struct grid *grid, size_t place, int columns)
{
    const struct row *row = &grid->rows[state->ordering.rows[place]];
    struct lines lines;
    size_t height;

    if (!state->is_wrapped && !state->is_unfolded)
        return 1;
    lines_init(&lines);
    message_lines(&lines, state, &row->cells[grid->column_count - 1], columns);
    height = lines.count > 0 ? lines.count : 1;
    lines_fini(&lines);
    return height;
}

/* Sets top so that the cursor's row is in sight; when following, so that the last row is at the
 * bottom. */
static void
find_top(struct grid_state *state, const struct grid *grid, size_t rows, int columns)
{
    size_t used = 0, place = state->cursor;

    if (!state->is_following && state->cursor <= state->top) {
        state->top = state->cursor;
        return;
    }
    for (;;) {
        used += row_height(state, grid, place, columns);
        if (used > rows && place < state->cursor) {
            place++;
            break;
        }
        if (place == 0 || used >= rows || (!state->is_following && place == state->top))
            break;
        place--;
    }
    state->top = place;
}

static enum role
message_role(const struct row *row)
{
    return row->level == LEVEL_BAD || row->level == LEVEL_WARN ? pen_level_role(row->level)
                                                               : ROLE_TEXT;
}

/* Draws one row, returns the lines it took. */
static int
draw_row(const struct grid_state *state, const struct pen *pen, struct area area,
         const struct grid *grid, size_t place, const struct column_place *places, int count,
         bool has_focus)
{
    const struct row *row = &grid->rows[state->ordering.rows[place]];
    bool is_cursor = place == state->cursor;
    struct ink ink = { .role = ROLE_TEXT, .is_selected = is_cursor && has_focus };
    const struct column_place *last = &places[count - 1];
    int x = area.x + GUTTER, used = 1;
    bool ends_in_message = last->column == (int)grid->column_count - 1;
    struct lines lines;

    lines_init(&lines);
    if (ends_in_message)
        message_lines(&lines, state, &row->cells[last->column], last->columns);
    if (lines.count > 1)
        used = (int)lines.count < area.rows ? (int)lines.count : area.rows;
    if (ink.is_selected)
        canvas_fill(pen->canvas, (struct area){ area.x, area.y, area.columns, used }, ' ', ink);
    if (is_cursor)
        pen_glyph(pen, area.x, area.y, pen->glyphs->cursor,
                  (struct ink){ .role = has_focus ? ROLE_ACCENT : ROLE_DIM,
                                .is_selected = ink.is_selected });
    for (int i = 0; i < count; i++) {
        struct ink here = ink;

        if (ends_in_message && i == count - 1)
            here.role = message_role(row);
        if (i < count - 1 || !ends_in_message || lines.count == 0)
            pen_cell(pen, x + places[i].x, area.y, places[i].columns, &row->cells[places[i].column],
                     places[i].has_marks, here);
    }
    ink.role = pen->is_dimmed ? ROLE_DIM : message_role(row);
    for (int i = 0; i < used && (size_t)i < lines.count; i++) {
        size_t len;
        const char *text = lines_text(&lines, (size_t)i, &len);

        canvas_bytes(pen->canvas, x + last->x, area.y + i, last->columns, text, len, ink);
    }
    lines_fini(&lines);
    return used;
}

void
tail_draw(struct grid_state *state, const struct pen *pen, struct area area,
          const struct grid *grid, bool has_focus)
{
    struct column_place places[GRID_COLUMNS_MAX];
    int count, y = 0, message;

    state->page = area.rows > 0 ? (size_t)area.rows : 0;
    if (area.rows < 1 || area.columns <= GUTTER || grid->column_count == 0)
        return;
    if (state->ordering.count == 0) {
        grid_draw_empty(
            pen, (struct area){ area.x + GUTTER, area.y, area.columns - GUTTER, area.rows }, grid);
        return;
    }
    count = grid_plan(pen, grid, &state->ordering, area.columns - GUTTER, state->shift, places);
    state->hidden = (int)grid->column_count - count;
    message = places[count - 1].columns;
    find_top(state, grid, (size_t)area.rows, message);
    for (size_t place = state->top; place < state->ordering.count && y < area.rows; place++) {
        struct area line = { area.x, area.y + y, area.columns, area.rows - y };

        y += draw_row(state, pen, line, grid, place, places, count, has_focus);
    }
}
