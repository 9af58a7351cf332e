/* frame.h - the line above a panel: where one is, and what is to be said about its data.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_FRAME_H
#define OV_TUI_WIDGETS_FRAME_H

#include "tui/pen.h"

struct frame {
    const char *crumbs[4]; /* "Errors", "9f2c": joined with the glyph for deeper; NULL ends */
    const char *trouble;   /* why the data is old; stands in the title, in the colour of bad */
    const char *note;      /* at the right */
    bool has_focus;
    bool has_left_edge; /* another panel stands at its left: │ below the ┬ */
};

/* Draws title line and left edge, returns what is left inside. */
struct area frame_draw(const struct pen *pen, struct area area, const struct frame *frame);

#endif
