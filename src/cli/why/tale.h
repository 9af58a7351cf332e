/* tale.h - what became of one thing, door by door: lines of text, or JSON.
 * SPDX-License-Identifier: MIT */
#ifndef OV_CLI_TALE_H
#define OV_CLI_TALE_H

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tale_door {
    TALE_RECEIVED, /* a request or line that came in */
    TALE_DROPPED,  /* one that was refused or dropped, and by which rule */
    TALE_DOUBTED,  /* one that is kept here, and a real server would drop */
    TALE_STORED,   /* as what it is kept */
    TALE_FED,      /* a series that it feeds */
    TALE_LINE,     /* a log line that tells of it */
    TALE_PRIVACY,  /* personal data that was found in it */
    TALE_LINKED,   /* another id of the same visitor */
    TALE_ALARM,    /* one that watches a series it feeds */
    TALE_UNKNOWN,  /* what could not be found out, and why; says nothing of the thing */
    TALE_DOORS
};

struct tale;

struct tale *tale_new(const char *id, const char *as); /* "error", "metric" */
void tale_free(struct tale *tale);                     /* NULL is fine */
void tale_call(struct tale *tale, const char *as);     /* it turned out to be that */

/* `time_ms` 0: at no time in particular. Texts are copied; more than TALE_STEPS_MAX of a door are
 * counted and not kept. */
#define TALE_STEPS_MAX 20
void tale_add(struct tale *tale, enum tale_door door, int64_t time_ms, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A series, once; the latter by way of a metric filter of that name. */
void tale_add_series(struct tale *tale, const char *namespace_name, const char *metric);
void tale_add_filtered(struct tale *tale, const char *namespace_name, const char *metric,
                       const char *filter);
/* Whether this series is one of those, by its names. */
bool tale_has_series(const struct tale *tale, const char *namespace_name, const char *metric);
/* Where something was looked for: "12 log groups over 24h". */
void tale_looked(struct tale *tale, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

bool tale_is_known(const struct tale *tale); /* anything but TALE_UNKNOWN was added */
void tale_print_text(struct buf *b, const struct tale *tale);
void tale_print_json(struct buf *b, const struct tale *tale);

#endif
