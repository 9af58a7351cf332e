/* pager.c - drawing passages one below the other.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/widgets/pager.h"

#include "base/mem.h"
#include "tui/lines.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void
add_passage(struct lines *lines, const struct pager_state *state, const struct passage *passage,
            int columns)
{
    unsigned how = state->is_cut ? LINES_CUT : LINES_WRAP;

    if (passage->is_json && !state->is_raw)
        how |= LINES_INDENT_JSON;
    lines_add(lines, passage->text, passage->len, columns, how);
}

void
pager_draw(struct pager_state *state, const struct pen *pen, struct area area,
           const struct passage *passages, size_t count)
{
    struct lines lines;
    size_t *headings = xcalloc(count + 1, sizeof(*headings));

    lines_init(&lines);
    for (size_t i = 0; i < count; i++) {
        headings[i] = count > 1 ? lines.count : SIZE_MAX;
        if (count > 1)
            lines_add(&lines, passages[i].name, strlen(passages[i].name), area.columns, LINES_CUT);
        add_passage(&lines, state, &passages[i], area.columns);
    }
    state->page = area.rows > 0 ? (size_t)area.rows : 0;
    state->line_count = lines.count;
    pager_move(state, 0);
    for (size_t y = 0; y < state->page && state->top + y < lines.count; y++) {
        struct ink ink = { .role = pen->is_dimmed ? ROLE_DIM : ROLE_TEXT };
        size_t len;
        const char *text = lines_text(&lines, state->top + y, &len);

        for (size_t i = 0; i < count; i++) {
            if (headings[i] == state->top + y)
                ink.role = ROLE_HEAD;
        }
        if (state->is_cut)
            pen_text(pen, area.x, area.y + (int)y, area.columns, text, ink);
        else
            canvas_bytes(pen->canvas, area.x, area.y + (int)y, area.columns, text, len, ink);
    }
    free(headings);
    lines_fini(&lines);
}

void
pager_move(struct pager_state *state, long delta)
{
    size_t most = state->line_count > state->page ? state->line_count - state->page : 0;

    if (delta < 0)
        state->top = (size_t)-delta > state->top ? 0 : state->top - (size_t)-delta;
    else
        state->top = (size_t)delta > most ? most : state->top + (size_t)delta;
    if (state->top > most)
        state->top = most;
}
