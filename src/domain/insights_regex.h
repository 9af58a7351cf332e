/* insights_regex.h - the regular expressions of Logs Insights: PCRE2 with a limit on its steps.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_REGEX_H
#define OV_DOMAIN_INSIGHTS_REGEX_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct insights_regex;

/* Bytes are matched, not characters. E_INVALID says what is wrong; *offset is where in the text. */
MUST_CHECK enum status insights_regex_new(struct insights_regex **out, const char *text, size_t len,
                                          size_t *offset, struct err *err);
void insights_regex_free(struct insights_regex *re); /* NULL is fine */

/* Capturing groups, and the name of one (from 1): "" when it has none. */
unsigned insights_regex_groups(const struct insights_regex *re);
const char *insights_regex_group_name(const struct insights_regex *re, unsigned group);

enum regex_verdict { REGEX_MISSES, REGEX_MATCHES, REGEX_GAVE_UP };
/* Whether it occurs in the text. One thread at a time: it keeps its scratch memory. */
enum regex_verdict insights_regex_match(struct insights_regex *re, const char *text, size_t len);
/* What a group (from 1) caught in the last match; false when it took no part. */
bool insights_regex_group(const struct insights_regex *re, unsigned group, size_t *start,
                          size_t *end);

#endif
