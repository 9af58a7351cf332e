/* pager.h - passages of text to scroll through: stack traces, headers, bodies.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_PAGER_H
#define OV_TUI_WIDGETS_PAGER_H

#include "tui/pen.h"

#include <stdbool.h>
#include <stddef.h>

struct pager_state {
    size_t top;
    size_t page;       /* lines that fitted at the last draw */
    size_t line_count; /* all lines at the last draw */
    bool is_cut;       /* long lines end at the edge instead of wrapping */
    bool is_raw;       /* JSON stays on one line */
};

void pager_draw(struct pager_state *state, const struct pen *pen, struct area area,
                const struct passage *passages, size_t count);
void pager_move(struct pager_state *state, long delta);

#endif
