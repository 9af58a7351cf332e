/* findings.h - what was looked at and found, and how it is told: to people, scripts and CI.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_FINDINGS_H
#define OV_CLI_FINDINGS_H

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum finding_level {
    FINDING_OK, /* looked at, and well */
    FINDING_WARN,
    FINDING_FAIL,
    FINDING_UNKNOWN, /* could not be judged: that is never well */
    FINDING_LEVELS
};

struct finding {
    enum finding_level level;
    const char *rule;      /* "clock", "tags.required" */
    const char *subject;   /* what it is about: an ARN, a budget; "" or NULL: the rule says it */
    const char *evidence;  /* "lacks ManagedBy, Owner" */
    const char *expected;  /* "" or NULL: nothing to add */
    const char *fix;       /* what to do; "" or NULL: nothing */
    const char *where;     /* "app.log:12", the line of a file; another text, "" or NULL: nowhere */
    const char *details;   /* a JSON object whose members stand beside these in JSON; NULL: none */
    const char *corrected; /* JSON, as it should have been; "" or NULL: that takes a decision */
    const char *same;      /* what stays when the next run finds it again; NULL: the subject does */
};

struct findings {
    struct arena *arena;
    struct finding *items;
    size_t count, cap;
    const char **notes; /* sentences that are no findings */
    size_t note_count;
    size_t levels[FINDING_LEVELS]; /* how many of each */
};

void findings_init(struct findings *f);
void findings_fini(struct findings *f);
/* Copies; texts become fit for a terminal. */
void findings_put(struct findings *f, const struct finding *finding);
/* The same without subject and expectation. */
void findings_add(struct findings *f, enum finding_level level, const char *rule, const char *fix,
                  const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void findings_note(struct findings *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum findings_format {
    FINDINGS_TEXT,
    FINDINGS_JSON,
    FINDINGS_JUNIT,  /* XML, as CI systems read it */
    FINDINGS_GITHUB, /* workflow commands, which become annotations */
    FINDINGS_MARKDOWN,
    FINDINGS_SARIF /* 2.1.0, as GitHub's code scanning takes it */
};
/* "text", "json", "junit", "github", "md", "sarif"; E_USAGE for another one, in the name of the
 * command. */
MUST_CHECK enum status findings_format_parse(enum findings_format *out, const char *name,
                                             const char *command, struct err *err);

struct findings_print {
    enum findings_format format;
    const char *title; /* "obsview check tags" */
    bool shows_well;   /* in text: also what is well */
    int64_t cost_microusd;
    const char *(*explain)(const char *rule); /* a sentence; it, or what it gives, may be NULL */
};
void findings_print(struct buf *out, const struct findings *f, const struct findings_print *how);
/* "3 looked at, 2 ok, 0 warn, 1 fail, 0 unknown" */
void findings_print_counts(struct buf *out, const struct findings *f);
/* The colon of "app.log:12"; NULL: it names no line of a file. */
const char *findings_line_behind(const char *where);

/* To standard output; with FINDINGS_GITHUB also as Markdown to the end of the file that
 * GITHUB_STEP_SUMMARY names, which is shown on the page of the run. E_IO: that cannot be written.
 */
MUST_CHECK enum status findings_show(const struct findings *f, const struct findings_print *how,
                                     struct err *err);

#endif
