/* openreplay_findings.h - what was found in a recorded session, each thing once.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_FINDINGS_H
#define OV_DOMAIN_OPENREPLAY_FINDINGS_H

#include "domain/openreplay_place.h"

struct openreplay_findings;

/* The scanner, which is borrowed, scrubs what is told of an element and a page. */
struct openreplay_findings *openreplay_findings_new(struct pii_scanner *scanner,
                                                    const char *session);
void openreplay_findings_free(struct openreplay_findings *findings); /* NULL is fine */
/* It waits until its element is known whole; what its place points to must hold until then. */
void openreplay_findings_add(struct openreplay_findings *findings, const struct pii_hit *hit,
                             const struct openreplay_place *place);
size_t openreplay_findings_waiting(const struct openreplay_findings *findings);
/* Describes those that wait. How many found no room. */
unsigned openreplay_findings_settle(struct openreplay_findings *findings);

/* In the order in which they were first settled. */
size_t openreplay_findings_count(const struct openreplay_findings *findings);
const struct pii_finding *openreplay_findings_at(const struct openreplay_findings *findings,
                                                 size_t i);

#endif
