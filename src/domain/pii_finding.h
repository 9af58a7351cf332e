/* pii_finding.h - personal data that was found where it should not be: what is told of it.
 * SPDX-License-Identifier: MIT
 *
 * A finding never holds the value: its masked shape and a keyed hash to recognise repeats. As a
 * line of log group /obsview/privacy it is structured JSON of level WARN; screen, report and check
 * read it back from there. */
#ifndef OV_DOMAIN_PII_FINDING_H
#define OV_DOMAIN_PII_FINDING_H

#include "base/buf.h"
#include "base/mem.h"
#include "domain/pii.h"

#define PII_LOG_GROUP "/obsview/privacy"
#define PII_FUNCTION  "obsview-privacy" /* functionName of its lines */

/* How the value got where it is. */
enum pii_way {
    PII_WAY_NONE,      /* nothing masks this field in any configuration: SelectionChange, ... */
    PII_WAY_INPUT,     /* the input mode */
    PII_WAY_TEXT,      /* the text rules */
    PII_WAY_ATTRIBUTE, /* attributes are sent as they are */
    PII_WAY_URL,
    PII_WAY_SELECTOR, /* a selector of the rules matches, and the element was not masked */
    PII_WAY_PAYLOAD   /* the application supplied it */
};
const char *pii_way_name(enum pii_way way); /* "none", "input", "text", ... */

struct pii_finding {
    const char *source; /* "openreplay", "error", "umami", "web-vitals", "log" */
    int64_t time_ms;
    const char *session; /* decimal id, app's UUID or Umami's; NULL: none */
    const char *message; /* "SelectionChange", "error report", "/api/send", a log group */
    unsigned message_id; /* of openreplay */
    const char *field;   /* "selection", "payload.url" */
    const char *kind;
    const char *rule; /* the selector that matches; NULL: the kind says it */
    enum pii_severity severity;
    enum pii_way way;
    const char *element; /* "input#email.field[name=email]"; NULL: none */
    const char *page;    /* URL without its query; NULL: none */
    const char *shape;
    uint8_t hash[16];
    bool is_scrubbed;   /* replaced by its shape before it was logged and stored */
    unsigned count;     /* equal (hash, message, field, element) in this source */
    const char *advice; /* what would mask it: "data-openreplay-obscured on input#email" */
};

/* What could not be judged is told as a finding of this kind, without shape and hash. */
#define PII_UNJUDGED "unjudged"

/* One JSON object, as it stands in the log group. */
void pii_finding_print(struct buf *b, const struct pii_finding *finding);
/* Its own members alone, for `check pii --format json`. */
void pii_finding_print_bare(struct buf *b, const struct pii_finding *finding);
/* Of a line of the log group; texts live in `arena`. false: the line is no finding. */
bool pii_finding_read(struct pii_finding *out, struct arena *arena, const char *line,
                      size_t length);

#endif
