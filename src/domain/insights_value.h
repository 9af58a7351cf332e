/* insights_value.h - one value of a Logs Insights query: loosely typed, as that language is.
 * SPDX-License-Identifier: MIT
 *
 * What comes out of a log line is text; whether it is a number is asked when that matters. So a
 * JSON number keeps the digits it was written with, and a field that parse found compares as a
 * number with one. */
#ifndef OV_DOMAIN_INSIGHTS_VALUE_H
#define OV_DOMAIN_INSIGHTS_VALUE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_type {
    VALUE_NULL,
    VALUE_UNKNOWN, /* a regular expression gave up: neither true nor false */
    VALUE_TRUTH,   /* prints as 1 or 0 */
    VALUE_NUMBER,
    VALUE_TIME, /* prints as 2026-11-23 01:02:03.004, UTC */
    VALUE_TEXT
};

struct value {
    enum value_type type;
    bool is_quoted; /* text that was written as a string: equal only to the same bytes */
    size_t len;     /* of text, which need not end in a NUL */
    union {
        bool truth;
        double number;
        int64_t time_ms;
        const char *text;
    };
};

struct value value_truth(bool truth);
struct value value_number(double number); /* NaN and infinities become null */
struct value value_time(int64_t time_ms);
struct value value_text(const char *text, size_t len);   /* may be a number */
struct value value_quoted(const char *text, size_t len); /* a string */

bool value_is_null(const struct value *v); /* null or unknown */
/* Whether a condition holds: true, a number but 0, or text that says either. */
bool value_holds(const struct value *v);
/* The number it is or spells; a time counts in milliseconds. */
bool value_as_number(const struct value *v, double *out);
bool value_as_time(const struct value *v, int64_t *out_ms);

#define VALUE_ROOM 40
/* Its text: its own, or printed into `room`. Whole numbers print without a point, others with up to
 * four decimals. */
const char *value_as_text(const struct value *v, char room[VALUE_ROOM], size_t *len);

bool value_equal(const struct value *a, const struct value *b);
/* As comparisons have it: by number when both are numbers, else by bytes. */
int value_compare(const struct value *a, const struct value *b);
/* As sort has it (CloudWatch Logs user guide, "sort"): texts before numbers, texts by runs of
 * digits and of other characters. Neither may be null. */
int value_sort(const struct value *a, const struct value *b);

/* Appends bytes that are the same for equal values alone. */
void value_key(struct buf *b, const struct value *v);

#endif
