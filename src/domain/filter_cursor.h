/* filter_cursor.h - reading a filter pattern from left to right: what its three forms share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_FILTER_CURSOR_H
#define OV_DOMAIN_FILTER_CURSOR_H

#include "base/err.h"
#include "base/mem.h"
#include "domain/filter_regex.h"

#include <stdbool.h>
#include <stddef.h>

#define FILTER_REGEX_MAX 2 /* CloudWatch Logs user guide: two in one pattern */

enum filter_op { FILTER_EQ, FILTER_NE, FILTER_LT, FILTER_GT, FILTER_LE, FILTER_GE };

/* The right side of a comparison. A wildcard counts at the ends only: Ev*ent means itself (user
 * guide, "Matching terms in JSON log events"). */
struct filter_value {
    struct filter_regex *regex; /* else the rest: */
    const char *text;           /* without the wildcards at its ends */
    size_t len;
    bool open_start; /* a wildcard before it */
    bool open_end;   /* and behind it */
    bool is_number;  /* written without quotes, and one */
    double number;
};

/* What is made while reading lives in the arena; the regular expressions are the caller's. */
struct filter_cursor {
    const char *text;
    size_t at;
    struct arena *arena;
    struct filter_regex *regexes[FILTER_REGEX_MAX];
    size_t regex_count;
    struct err *err;
};

void cursor_skip_blanks(struct filter_cursor *c);
/* Skips blanks; takes the token if it stands there. */
bool cursor_accept(struct filter_cursor *c, const char *token);
/* E_INVALID: "expected <what> at position <n> of the filter pattern, got <what stands there>". */
enum status cursor_expected(struct filter_cursor *c, const char *what);

bool cursor_is_word_char(char ch); /* letter, digit or underscore */

/* "..." with \" and \\ inside. */
MUST_CHECK enum status cursor_quoted(struct filter_cursor *c, const char **text, size_t *len);
/* %...% */
MUST_CHECK enum status cursor_regex(struct filter_cursor *c, struct filter_regex **re);
/* One of = != < > <= >= */
MUST_CHECK enum status cursor_op(struct filter_cursor *c, enum filter_op *op);
/* What may stand behind `op`. */
MUST_CHECK enum status cursor_value(struct filter_cursor *c, enum filter_op op,
                                    struct filter_value *value);

/* Whether `text <op> value` holds. Texts that are numbers compare as numbers with a value that is
 * one. */
bool filter_value_text(const struct filter_value *value, enum filter_op op, const char *text,
                       size_t len);
bool filter_value_number(const struct filter_value *value, enum filter_op op, double number);

#endif
