/* diff.h - what differs between two digests: rows with a verdict each, and amounts side by side.
 * SPDX-License-Identifier: MIT
 *
 * Pure. What is the same makes no row. Small differences are judged before they are told: a change
 * of values that chance explains is noise, and so is the absence of what was rare before. */
#ifndef OV_CLI_DIFF_H
#define OV_CLI_DIFF_H

#include "base/buf.h"
#include "base/mem.h"
#include "domain/price.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct digest;

enum diff_verdict {
    DIFF_WORSE,
    DIFF_UNKNOWN, /* could not be judged: never the same as nothing */
    DIFF_BETTER,
    DIFF_CHANGED, /* neither */
    DIFF_NOISE,
    DIFF_VERDICTS
};
const char *diff_verdict_name(enum diff_verdict verdict); /* "worse", "not judged", ... */

enum diff_section {
    DIFF_READING, /* what could not be read */
    DIFF_ERRORS,
    DIFF_VITALS,
    DIFF_METRICS,
    DIFF_ALARMS,
    DIFF_LOGS,
    DIFF_VISITORS,
    DIFF_PRIVACY,
    DIFF_SECTIONS
};
struct diff_section_info {
    const char *name;  /* in JSON: "errors" */
    const char *title; /* "Error groups" */
};
extern const struct diff_section_info diff_sections[DIFF_SECTIONS];

/* Texts are never NULL, free of control characters and at most DIFF_TEXT bytes. `what` and `where`
 * come from outside; the others are ours. */
#define DIFF_TEXT 400
struct diff_row {
    enum diff_section section;
    enum diff_verdict verdict;
    const char *change; /* "new", "gone", "slower" */
    const char *what;
    const char *before, *after;
    const char *note;
    const char *where;
    const char *details; /* members of a JSON object for programs; NULL: none */
};

enum diff_quantity { DIFF_COUNT, DIFF_BYTES, DIFF_USD, DIFF_SPAN }; /* millionths, milliseconds */
struct diff_amount {
    const char *name; /* "log lines" */
    const char *key;  /* in JSON: "logLines" */
    enum diff_quantity quantity;
    double before, after; /* NaN: nobody can tell */
};
#define DIFF_AMOUNTS_MAX 24

struct diff {
    struct arena *arena;
    const char *names[2];
    struct diff_row *rows; /* by section, then verdict, then the order of the section */
    size_t count, room;
    size_t verdicts[DIFF_VERDICTS];
    struct diff_amount amounts[DIFF_AMOUNTS_MAX];
    size_t amount_count;
    const char *assumption; /* under which costs of a month were estimated */
};

struct diff_options {
    const struct price_list *prices;
    size_t least; /* samples to judge a vital by */
};
/* Both digests have ended and outlive nothing: the diff has copies. */
void diff_make(struct diff *out, const struct digest *before, const struct digest *after,
               const struct diff_options *options);
void diff_fini(struct diff *diff);
/* No row, and every amount the same. */
bool diff_is_empty(const struct diff *diff);

enum diff_format { DIFF_TEXT_FORMAT, DIFF_JSON_FORMAT, DIFF_MARKDOWN_FORMAT };
/* Markdown is at most DIFF_COMMENT bytes; what was left out for that is said in it. */
#define DIFF_COMMENT ((size_t)65000) /* GitHub takes 65,536 characters in a comment */
/* Its first line, which is not shown: a job finds its own comment by it, to write it anew. */
#define DIFF_MARK "<!-- obsview diff -->"
void diff_print(struct buf *out, const struct diff *diff, enum diff_format format);

#endif
