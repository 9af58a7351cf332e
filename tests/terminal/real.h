/* real.h - a snapshot the product's own views can be built from.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_TERMINAL_REAL_H
#define OV_TESTS_TERMINAL_REAL_H

#include "tui/snapshot.h"

/* 2026-11-24T03:20:23Z */
#define REAL_NOW_MS INT64_C(1795490423000)

struct snapshot *real_snapshot(void);

#endif
