/* tail.h - a table that is a log: newest at the bottom, lines that may wrap and unfold.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_TAIL_H
#define OV_TUI_WIDGETS_TAIL_H

#include "tui/widgets/grid.h"

void tail_draw(struct grid_state *state, const struct pen *pen, struct area area,
               const struct grid *grid, bool has_focus);

#endif
