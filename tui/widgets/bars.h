/* bars.h - small drawings inside one line: trends, gauges, shares.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WIDGETS_BARS_H
#define OV_TUI_WIDGETS_BARS_H

#include "tui/pen.h"

/* The whole series over exactly `columns`; gaps stay blank. */
void bars_trend(const struct pen *pen, int x, int y, int columns, const struct series *series,
                struct ink ink);
/* value of full, with a mark at limit (NaN: none). */
void bars_gauge(const struct pen *pen, int x, int y, int columns, double value, double full,
                double limit, struct ink ink);
/* Good, fair and poor as textures. */
void bars_shares(const struct pen *pen, int x, int y, int columns, const double shares[3],
                 bool is_selected);

/* The highest of what falls into each of `columns` equal parts of the series, so that a peak is
 * never smoothed away and percentiles are never averaged (the lowest, where the series says that
 * lows matter); NaN for a gap. */
void bars_resample(const struct series *series, double *out, int columns);
/* Whether column `i` of these holds a step that is not over yet. */
bool bars_is_open(const struct series *series, int i, int columns);

#endif
