/* filter_fields.h - filter patterns of space-delimited fields: [ip, ..., status = 5*, bytes > 1000]
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FILTER_FIELDS_H
#define OV_DOMAIN_FILTER_FIELDS_H

#include "domain/filter_cursor.h"
#include "domain/filter_pattern.h"

struct filter_fields;

/* Reads from the opening bracket to the closing one; lives in the cursor's arena. */
MUST_CHECK enum status filter_fields_read(struct filter_fields **out, struct filter_cursor *c);
/* Allocates nothing. One thread at a time: it keeps its scratch memory. */
bool filter_fields_match(struct filter_fields *fields, const char *message, size_t len);
/* Every field of a message that matches: "$name", or "$4" for the fourth when it has no name. */
size_t filter_fields_list(struct filter_fields *fields, struct arena *arena, const char *message,
                          size_t len, struct filter_found **out);

/* Which field "$name" means. */
MUST_CHECK enum status filter_fields_named(const struct filter_fields *fields, const char *text,
                                           size_t *out, struct err *err);
/* Of the message that was matched last and is still there. */
const char *filter_fields_text(const struct filter_fields *fields, struct arena *arena,
                               size_t field);

#endif
