/* filter_pattern.h - CloudWatch Logs filter patterns: which messages are wanted.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FILTER_PATTERN_H
#define OV_DOMAIN_FILTER_PATTERN_H

#include "base/err.h"
#include "base/mem.h"

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
size_t filter_pattern_regexes(const struct filter_pattern *fp); /* how many it holds */

/* A value of a message under the name a pattern gives it: "$.level" over JSON, "$status" over
 * fields, or "$4" for a field without a name. */
struct filter_found {
    const char *name;
    const char *text;
};
/* What the pattern names in a message that it matched, each name once, in the arena; none for
 * patterns of terms. */
size_t filter_pattern_list(struct filter_pattern *fp, struct arena *arena, const char *message,
                           size_t len, struct filter_found **out);

/* One such name, ready to be looked up: "$.level" for a pattern over JSON (no wildcard), "$status"
 * for a field that the pattern names. Lives as long as the pattern. */
struct filter_name;
MUST_CHECK enum status filter_pattern_name(struct filter_pattern *fp, const char *text,
                                           const struct filter_name **out, struct err *err);
/* The values of a matched message, in the arena; NULL where there is none: absent, null, a list or
 * an object. */
void filter_pattern_find(struct filter_pattern *fp, struct arena *arena,
                         const struct filter_name *const *names, size_t count, const char *message,
                         size_t len, const char **texts);

#endif
