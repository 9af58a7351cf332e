/* filter_pattern.h - CloudWatch Logs filter patterns: which messages are wanted.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FILTER_PATTERN_H
#define OV_DOMAIN_FILTER_PATTERN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define FILTER_PATTERN_MAX 1024 /* bytes (FilterLogEvents, API model) */

struct filter_pattern;

/* E_INVALID (or E_LIMIT) says what was expected at which position; nothing or blanks match all. */
MUST_CHECK enum status filter_pattern_compile(struct filter_pattern **out, const char *text,
                                              struct err *err);
void filter_pattern_free(struct filter_pattern *fp); /* NULL is fine */

/* One thread at a time: a pattern keeps scratch memory. `message` need not be NUL-terminated. */
bool filter_pattern_match(struct filter_pattern *fp, const char *message, size_t len);

/* How many judgements a regular expression gave up, because they took too many steps; they count as
 * not matching, so a finding of "nothing" is only sure while this is 0. */
size_t filter_pattern_undecided(const struct filter_pattern *fp);

#endif
