/* filter_regex.h - the regular expressions CloudWatch Logs allows in a filter pattern.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FILTER_REGEX_H
#define OV_DOMAIN_FILTER_REGEX_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct filter_regex;

/* `text` is what stands between the percent signs. E_INVALID names what is wrong and where, counted
 * from `position`, the place of its first character in the whole filter pattern. */
MUST_CHECK enum status filter_regex_new(struct filter_regex **out, const char *text, size_t len,
                                        size_t position, struct err *err);
void filter_regex_free(struct filter_regex *re); /* NULL is fine */

/* Whether it occurs anywhere in the text. One thread at a time: it keeps its scratch memory. */
bool filter_regex_match(struct filter_regex *re, const char *text, size_t len);
/* How often it needed more steps than allowed; such texts count as not matching. */
size_t filter_regex_gave_up(const struct filter_regex *re);

#endif
