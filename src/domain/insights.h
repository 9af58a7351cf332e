/* insights.h - a CloudWatch Logs Insights query: compiled once, then shown line after line.
 * SPDX-License-Identifier: MIT
 *
 * Lines come newest first within a log group. What a query keeps is bounded: the rows that are
 * still among the first, the groups of stats; when that is not enough the query fails and says why,
 * it never answers less than it should. A line that a regular expression gave up on is counted as
 * undecided. One thread at a time. */
#ifndef OV_DOMAIN_INSIGHTS_H
#define OV_DOMAIN_INSIGHTS_H

#include "base/err.h"
#include "domain/insights_plan.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSIGHTS_BYTES_MAX  ((size_t)64 << 20) /* rows and groups of one query */
#define INSIGHTS_GROUPS_MAX 100000
#define INSIGHTS_ID         32

struct insights;

struct insights_options {
    size_t limit; /* rows at most; 0: INSIGHTS_ROWS */
    int64_t now_ms;
};
/* E_INVALID: `error` has the sentence and the place. */
MUST_CHECK enum status insights_new(struct insights **out, const char *query,
                                    const struct insights_options *options,
                                    struct insights_error *error);
void insights_free(struct insights *q); /* NULL is fine */

/* Borrowed for the call. */
struct insights_line {
    int64_t time_ms, ingested_ms;
    const char *message; /* need not end in a NUL */
    size_t len;
    const char *stream;
    const char *log; /* "000000000000:group" */
    bool is_lambda;  /* of a function's log group: its fields are discovered */
    unsigned group;  /* the caller's number of the log group, given back with a row */
    /* Writes the line's id; asked for only when it is kept. */
    void (*id)(const struct insights_line *line, char id[INSIGHTS_ID]);
    const void *place; /* for id() */
};
/* E_LIMIT: the query came to its bounds and has failed; further lines are ignored. */
enum status insights_add(struct insights *q, const struct insights_line *line);
/* What came to an end: the sentence, or NULL. */
const char *insights_failure(const struct insights *q);

struct insights_counts {
    uint64_t scanned, matched, undecided, bytes;
};
void insights_counts(const struct insights *q, struct insights_counts *out);

/* Brings the rows so far into order; may be called again after more lines. */
enum status insights_collect(struct insights *q);
/* As insights_collect() for the last time: gives back what only more lines would need. */
enum status insights_settle(struct insights *q);
size_t insights_memory(const struct insights *q);

/* The collected rows. A value that a row has not is VALUE_NULL. */
size_t insights_row_count(const struct insights *q);
unsigned insights_column_count(const struct insights *q);
const char *insights_column_name(const struct insights *q, unsigned column);
const struct value *insights_cell(const struct insights *q, size_t row, unsigned column);
/* Which line a row is: false when it is none (behind stats). */
bool insights_row_line(const struct insights *q, size_t row, unsigned *group, const char **id);

/* All fields that are discovered in a line, for a person who asks for one: system fields first.
 * Times are in epoch milliseconds. */
typedef void insights_field_visitor(void *arg, const char *name, const char *text, size_t len);
void insights_discover(const struct insights_line *line, insights_field_visitor *visit, void *arg);

#endif
