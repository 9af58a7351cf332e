/* reporting.h - asking a view once, and printing what came.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_REPORTING_H
#define OV_CLI_REPORTING_H

#include "cli/settings.h"
#include "tui/view.h"

/* The whole of a command that prints a view over the last `span_ms`; returns the exit code. */
int reporting_run(struct settings *s, const struct view *view, int64_t span_ms);

#endif
