/* tail.h - a table that is a log: newest at the bottom, lines that may wrap and unfold.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_TAIL_H
#define OV_TUI_WIDGETS_TAIL_H

#include "tui/widgets/table.h"

void tail_draw(struct table_state *state, const struct pen *pen, struct area area,
               const struct table *table, bool has_focus);

#endif
