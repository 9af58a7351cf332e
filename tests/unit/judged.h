/* judged.h - what a check over items finds, for its tests: items in, findings out.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_JUDGED_H
#define OV_TESTS_JUDGED_H

#include "cli/check/check_stream.h"

#define JUDGED_NOW INT64_C(1795394140000) /* 2026-11-23 */

struct judged {
    struct findings found;
    struct check_run run;
    struct settings *settings;
    struct price_list prices;
    const struct check_stream *stream;
    void *state;
    struct err err;
    int fds[4]; /* files of judged_file() */
    size_t fd_count;
};

/* `flags`: names and values, ends with NULL; NULL: none. The clock stands at JUDGED_NOW. */
void judged_init(struct judged *j, const char *const *flags);
void judged_fini(struct judged *j);
/* A file with this text, whose path lives as long as the test: for --baseline. */
const char *judged_file(struct judged *j, const char *text);
/* false: the check refused, and j->err says why. */
bool judged_open(struct judged *j, const struct check_stream *stream);
void judged_line(struct judged *j, const char *text);
void judged_line_at(struct judged *j, const char *text, int64_t time_ms);
void judged_post(struct judged *j, const char *path, const char *body);
void judged_request(struct judged *j, const char *method, const char *path, const char *body,
                    unsigned status);
/* `dims`: names and values, ends with NULL. */
void judged_series(struct judged *j, const char *namespace_name, const char *metric,
                   const char *const *dims);
void judged_close(struct judged *j); /* fails the test when the check cannot end */

/* The n-th finding of the rule, fails the test when there is none. */
const struct finding *judged_nth(const struct judged *j, const char *rule, size_t n);
size_t judged_count(const struct judged *j, const char *rule);
/* All findings that are not ok as "fail emf.unit-unknown", one a line; the caller's. */
char *judged_told(const struct judged *j);

/* All at once: init, open, a line each, close. `lines` ends with NULL. */
void judged_lines(struct judged *j, const struct check_stream *stream, const char *const *flags,
                  const char *const *lines);
/* A value nested as deep, as text: [[[...]]]; the caller's. */
char *judged_nested(size_t depth);

#endif
