/* findings_sarif.h - findings in SARIF, for code scanning.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_FINDINGS_SARIF_H
#define OV_CLI_FINDINGS_SARIF_H

#include "cli/findings.h"

/* A row of the table of formats. What is well is left out, since readers take a result for a fault;
 * what could not be judged is a result of kind "open" and a notification, and the invocation is
 * then no success. */
void findings_print_sarif(struct buf *out, const struct findings *f,
                          const struct findings_print *how);

#endif
