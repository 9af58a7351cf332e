/* filter_json.h - filter patterns over JSON messages: { $.level = "error" && $.ms > 500 }
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FILTER_JSON_H
#define OV_DOMAIN_FILTER_JSON_H

#include "domain/filter_cursor.h"

struct filter_json;

/* Reads from the opening brace to the closing one; lives in the cursor's arena. */
MUST_CHECK enum status filter_json_read(struct filter_json **out, struct filter_cursor *c);
/* Parses the message at most once, and not at all when it cannot match. */
bool filter_json_match(const struct filter_json *fj, const char *message, size_t len);

#endif
