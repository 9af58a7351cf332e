/* sample.h - views with fixed contents: every kind of cell and panel, nothing asked of anybody.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_TERMINAL_SAMPLE_H
#define OV_TESTS_TERMINAL_SAMPLE_H

#include "tui/view.h"

/* Tuesday, 2026-11-24 12:04:31 UTC */
#define SAMPLE_NOW_MS INT64_C(1795521871000)

extern const struct view *const sample_views[]; /* vitals, errors, logs */
/* The same with every text replaced by this one. */
extern const struct view *const hostile_views[];
void hostile_set(const char *text, size_t len);

struct snapshot *sample_snapshot(void);

#endif
