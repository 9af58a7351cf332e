/* filter_terms.h - filter patterns of plain terms: ERROR -debug "two words" ?a ?b %regex%
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FILTER_TERMS_H
#define OV_DOMAIN_FILTER_TERMS_H

#include "domain/filter_cursor.h"

struct filter_terms;

/* Reads to the end of the pattern; lives in the cursor's arena. */
MUST_CHECK enum status filter_terms_read(struct filter_terms **out, struct filter_cursor *c);
/* Allocates nothing. */
bool filter_terms_match(const struct filter_terms *terms, const char *message, size_t len);

#endif
