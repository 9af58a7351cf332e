/* window.h - times that CloudWatch's clock-aligned periods can answer.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_WINDOW_H
#define OV_TUI_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/* The step for `steps` points over a span: a length people know, that CloudWatch keeps for data as
 * old as the span's begin. */
int32_t window_step_s(int64_t span_ms, int64_t age_ms, int steps);

int64_t window_floor(int64_t ms, int64_t step_ms);
int64_t window_ceil(int64_t ms, int64_t step_ms);

struct window {
    int64_t from_ms;
    int64_t to_ms;
    int32_t period_s;
};

/* One period that holds [from, to) whole and as little else as can be. While `is_live`, it may
 * reach into the future, where there is nothing to be counted. */
struct window window_whole(int64_t from_ms, int64_t to_ms, int64_t now_ms, bool is_live);

#endif
