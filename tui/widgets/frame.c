/* frame.c - "─ Errors › 9f2c ─────────── 37 events ─".
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/widgets/frame.h"

#include "base/text.h"

#include <string.h>

static int
draw_crumbs(const struct pen *pen, int x, int y, int columns, const struct frame *frame)
{
    int used = 0;

    for (size_t i = 0; i < 4 && frame->crumbs[i] != NULL && used < columns; i++) {
        struct ink ink = { .role = frame->has_focus ? ROLE_ACCENT : ROLE_HEAD };

        if (i > 0)
            used += pen_text(pen, x + used, y, columns - used, pen->glyphs->crumb,
                             (struct ink){ .role = ROLE_DIM });
        used += pen_text(pen, x + used, y, columns - used, frame->crumbs[i], ink);
    }
    return used;
}

static int
draw_trouble(const struct pen *pen, int x, int y, int columns, const char *trouble)
{
    struct pen loud = *pen;
    int used;

    loud.is_dimmed = false;
    used = pen_text(&loud, x, y, columns, pen->glyphs->is_ascii ? " - " : " · ",
                    (struct ink){ .role = ROLE_DIM });
    return used +
           pen_text(&loud, x + used, y, columns - used, trouble, (struct ink){ .role = ROLE_WARN });
}

struct area
frame_draw(const struct pen *pen, struct area area, const struct frame *frame)
{
    struct ink line = { .role = ROLE_DIM };
    int x = area.x, right = area.x + area.columns, used, room;
    int note = frame->note != NULL ? text_columns(frame->note) : 0;

    canvas_fill(pen->canvas, (struct area){ area.x, area.y, area.columns, 1 }, pen->glyphs->across,
                line);
    if (frame->has_left_edge) {
        canvas_fill(pen->canvas, (struct area){ area.x, area.y + 1, 1, area.rows - 1 },
                    pen->glyphs->down, line);
        pen_glyph(pen, area.x, area.y, pen->glyphs->tee, line);
        x++;
    }
    room = right - x - 4; /* "─ " before, " ─" behind */
    if (room < 1)
        return (struct area){ x, area.y + 1, right - x, area.rows - 1 };
    pen_text(pen, x + 1, area.y, 1, " ", line);
    used = draw_crumbs(pen, x + 2, area.y, room, frame);
    if (frame->trouble != NULL && used < room - 4)
        used += draw_trouble(pen, x + 2 + used, area.y, room - used, frame->trouble);
    pen_text(pen, x + 2 + used, area.y, 1, " ", line);
    if (note > 0 && used + 4 + note > room) /* cut, or left out when little would remain */
        note = room - used - 4 >= 8 ? room - used - 4 : 0;
    if (note > 0) {
        int at = right - 2 - note;

        pen_text(pen, at - 1, area.y, 1, " ", line);
        pen_text(pen, at, area.y, note, frame->note, (struct ink){ .role = ROLE_TEXT });
        pen_text(pen, at + note, area.y, 1, " ", line);
    }
    return (struct area){ x, area.y + 1, right - x, area.rows - 1 };
}
