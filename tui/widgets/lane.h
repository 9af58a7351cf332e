/* lane.h - what happened when, on one line: marks, heights, or the pages one was on.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_LANE_H
#define OV_TUI_WIDGETS_LANE_H

#include "tui/pen.h"

/* The whole axis over exactly `columns`. */
void lane_draw(const struct pen *pen, int x, int y, int columns, const struct lane *lane,
               struct ink ink);
/* "0:00      0:40      1:20": the heading of a column of lanes. */
void lane_draw_axis(const struct pen *pen, int x, int y, int columns, const struct lane *lane);

#endif
