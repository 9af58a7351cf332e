/* filter_json.h - filter patterns over JSON messages: { $.level = "error" && $.ms > 500 }
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FILTER_JSON_H
#define OV_DOMAIN_FILTER_JSON_H

#include "domain/filter_cursor.h"
#include "domain/filter_pattern.h"

#include <cjson/cJSON.h>

struct filter_json;

/* Reads from the opening brace to the closing one; lives in the cursor's arena. */
MUST_CHECK enum status filter_json_read(struct filter_json **out, struct filter_cursor *c);
/* Parses the message at most once, and not at all when it cannot match. */
bool filter_json_match(const struct filter_json *fj, const char *message, size_t len);
/* The selectors of the pattern with the texts they select. */
size_t filter_json_list(const struct filter_json *fj, struct arena *arena, const char *message,
                        size_t len, struct filter_found **out);

/* A selector by itself, to its end; without wildcards, so that it selects one thing at most. */
struct filter_path;
MUST_CHECK enum status filter_json_path(const struct filter_path **out, struct filter_cursor *c);
/* A string, a number or a boolean as text; else NULL. */
const char *filter_path_text(const struct filter_path *path, struct arena *arena,
                             const cJSON *message);

#endif
