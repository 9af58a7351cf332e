/* check_pii.h - findings of personal data as findings of a check, wherever they come from.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_CHECK_PII_H
#define OV_CLI_CHECK_PII_H

#include "cli/findings.h"
#include "domain/pii_finding.h"

/* High ones fail, others warn; what is below `least` is counted in *below alone. `where` is the
 * line of a file, "app.log:12"; NULL: none. */
void check_pii_put(struct findings *found, const struct pii_finding *finding, const char *where,
                   enum pii_severity least, size_t *below);
void check_pii_note_below(struct findings *found, enum pii_severity least, size_t below);

#endif
