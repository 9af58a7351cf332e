/* spread.h - how values are spread: a bar for each bin, its texture by rating.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_SPREAD_H
#define OV_TUI_WIDGETS_SPREAD_H

#include "tui/pen.h"

/* Returns the rows used. */
int spread_draw(const struct pen *pen, struct area area, const struct spread *spread);

#endif
