/* reporting.h - asking a view once, and printing what came.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_REPORTING_H
#define OV_CLI_REPORTING_H

#include "cli/settings.h"
#include "tui/view.h"

/* The whole of a command that prints a view over a range, as if `key` had been entered there ("" is
 * its top); returns the exit code. */
int reporting_run(struct settings *s, const struct view *view, const struct range *range,
                  const char *key);

#endif
