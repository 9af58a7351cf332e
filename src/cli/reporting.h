/* reporting.h - asking a view once, and printing what came.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_REPORTING_H
#define OV_CLI_REPORTING_H

#include "cli/settings.h"
#include "tui/view.h"

/* Asks once what the view asks, and hands over what came; q->snapshot is there during the call only.
 * Something may have failed in it. An error when the source could not be asked at all. */
typedef void asking_told(void *arg, const struct view_query *q);
MUST_CHECK enum status asking_run(struct settings *s, const struct view *view, int64_t span_ms,
                                  asking_told *told, void *arg, struct err *err);

/* The whole of a command that prints a view over the last `span_ms`; returns the exit code. */
int reporting_run(struct settings *s, const struct view *view, int64_t span_ms);

#endif
