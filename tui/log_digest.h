/* log_digest.h - what one log line says: its level, the words worth showing, the error in it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_LOG_DIGEST_H
#define OV_TUI_LOG_DIGEST_H

#include "base/mem.h"
#include "tui/snapshot.h"

#include <stdbool.h>
#include <stddef.h>

enum line_level { LINE_PLAIN, LINE_DEBUG, LINE_INFO, LINE_WARN, LINE_ERROR, LINE_LEVELS };
const char *line_level_name(enum line_level level); /* "ERROR"; "" for LINE_PLAIN */

/* An error as an ERROR line tells it, in JSON or in words; and a call that timed out or whose
 * process ended. Texts are never NULL, "" when the line does not say. */
struct error_seen {
    uint64_t group; /* the fingerprint */
    const char *group_text;
    const char *type;
    const char *message;
    const char *normalised;
    const char *frame; /* the app's own first frame */
    const char *stack;
    const char *component_stack;
    const char *session;
    const char *route;
    const char *browser; /* "Safari 17", of the user agent */
    const char *function_name;
    bool is_browser; /* it came from a page, not from a Lambda of its own */
};

struct pii_finding;

struct log_digest {
    enum line_level level;
    const char *text; /* the message of a structured line, the metrics of an EMF document, or the
                         line without its runtime prefix and end */
    const char *line; /* the line to show: text, and behind it the JSON it was taken from */
    bool is_json;
    bool is_judged;                    /* a structured line that log_schema.h has rules for */
    unsigned broken;                   /* rules of log_schema.h that it breaks, a bit each */
    const struct error_seen *error;    /* LINE_ERROR with an error inside; else NULL */
    const struct pii_finding *finding; /* of personal data (domain/pii_finding.h); else NULL */
    uint64_t unsearched; /* texts of which the line says that they were not searched for such */
};

const struct log_digest *log_digest_make(struct arena *arena, const char *line, size_t len);
/* The event's own, or one made now. */
const struct log_digest *log_digest_of(struct arena *arena, const struct log_entry *event);

/* "Safari 17", "Chrome 130", "Firefox 132", "Edge 130", or "" */
const char *browser_name(struct arena *arena, const char *user_agent);

#endif
