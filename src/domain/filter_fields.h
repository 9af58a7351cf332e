/* filter_fields.h - filter patterns of space-delimited fields: [ip, ..., status = 5*, bytes > 1000]
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FILTER_FIELDS_H
#define OV_DOMAIN_FILTER_FIELDS_H

#include "domain/filter_cursor.h"

struct filter_fields;

/* Reads from the opening bracket to the closing one; lives in the cursor's arena. */
MUST_CHECK enum status filter_fields_read(struct filter_fields **out, struct filter_cursor *c);
/* Allocates nothing. One thread at a time: it keeps its scratch memory. */
bool filter_fields_match(struct filter_fields *fields, const char *message, size_t len);

#endif
