/* facts.c - key and value lines.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/widgets/facts.h"

#include "base/text.h"

#define NAME_MAX_COLUMNS 20

static int
draw_value(const struct pen *pen, int x, int y, int columns, const struct cell *cell)
{
    int wanted = pen_cell_columns(pen, cell);

    if (wanted > columns || cell->kind == CELL_TREND)
        wanted = columns;
    pen_cell(pen, x, y, wanted, cell, cell->level != LEVEL_NONE && cell->kind != CELL_TEXT,
             (struct ink){ .role = ROLE_TEXT });
    return wanted;
}

static int
draw_column(const struct pen *pen, struct area area, const struct fact *facts, size_t count)
{
    int widest = 0;

    for (size_t i = 0; i < count; i++) {
        int w = text_columns(facts[i].name);

        if (w > widest)
            widest = w;
    }
    if (widest > NAME_MAX_COLUMNS)
        widest = NAME_MAX_COLUMNS;
    for (size_t i = 0; i < count; i++) {
        int y = area.y + (int)i;

        pen_text(pen, area.x, y, widest, facts[i].name, (struct ink){ .role = ROLE_DIM });
        draw_value(pen, area.x + widest + 2, y, area.columns - widest - 2, &facts[i].value);
    }
    return (int)count;
}

static int
draw_flow(const struct pen *pen, struct area area, const struct fact *facts, size_t count)
{
    int x = 0, y = 0;

    for (size_t i = 0; i < count; i++) {
        int wanted = text_columns(facts[i].name) + 1 + pen_cell_columns(pen, &facts[i].value);

        if (x > 0 && x + wanted > area.columns) {
            x = 0;
            y++;
        }
        if (y >= area.rows)
            return area.rows;
        x += pen_text(pen, area.x + x, area.y + y, area.columns - x, facts[i].name,
                      (struct ink){ .role = ROLE_DIM });
        x += 1;
        x += draw_value(pen, area.x + x, area.y + y, area.columns - x, &facts[i].value);
        x += 3;
    }
    return y + 1;
}

int
facts_draw(const struct pen *pen, struct area area, const struct fact *facts, size_t count)
{
    if (count == 0 || area.rows < 1)
        return 0;
    if ((int)count <= area.rows)
        return draw_column(pen, area, facts, count);
    return draw_flow(pen, area, facts, count);
}
