/* facts.h - names and values: "routes  /checkout 20".
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_FACTS_H
#define OV_TUI_WIDGETS_FACTS_H

#include "tui/pen.h"

/* One a line when there is room for all, else as many beside each other as fit. Returns the rows
 * used. */
int facts_draw(const struct pen *pen, struct area area, const struct fact *facts, size_t count);

#endif
