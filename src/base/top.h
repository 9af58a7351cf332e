/* top.h - the first few of many, in order, without sorting all of them.
 * SPDX-License-Identifier: MIT */
#ifndef OV_BASE_TOP_H
#define OV_BASE_TOP_H

#include <stddef.h>

#define TOP_WIDTH_MAX 256

/* Brings the first `wanted` items by `compare`, as for qsort(), to the front, in order; the others
 * stand behind them in any order. `width` is at most TOP_WIDTH_MAX. */
void top_sort(void *items, size_t count, size_t width, size_t wanted,
              int (*compare)(const void *left, const void *right));

#endif
