/* chart.h - a graph with its limits, in braille, half blocks or ASCII.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_CHART_H
#define OV_TUI_WIDGETS_CHART_H

#include "tui/pen.h"

/* One series is filled, several are lines. With three rows and more the scale stands at the left,
 * with five and more the times below. */
void chart_draw(const struct pen *pen, struct area area, const struct chart *chart, int64_t from_ms,
                int64_t to_ms);

#endif
