/* pii_texts.h - named texts searched for personal data: error reports, analytics, vitals, log
 * lines. SPDX-License-Identifier: MIT
 *
 * For whatever the application sends besides recordings. The caller says which texts there are, and
 * what they are called; findings that are equal are told once, with their number. */
#ifndef OV_DOMAIN_PII_TEXTS_H
#define OV_DOMAIN_PII_TEXTS_H

#include "domain/pii_finding.h"

#include <cjson/cJSON.h>

/* Where the texts come from; members as in struct pii_finding. */
struct pii_origin {
    const char *source; /* "error", "umami", "web-vitals", "log" */
    int64_t time_ms;
    const char *session; /* NULL: none */
    const char *message; /* "error report", "/api/send", a log group */
    const char *page;    /* a URL; told without its query, and scrubbed; NULL: none */
    const char *advice;  /* NULL: that of the source */
};

struct pii_text {
    const char *field;
    enum pii_reading reading;
    const char *text; /* NULL: there is none */
    size_t length;
};

/* The finding and its texts hold until the call returns. */
typedef void pii_texts_found(void *arg, const struct pii_finding *finding);

/* Each calls back for what it found, and returns how many texts could not be judged. */
unsigned pii_texts_scan(struct pii_scanner *scanner, const struct pii_origin *origin,
                        const struct pii_text *texts, size_t count, pii_texts_found *found,
                        void *arg);
/* Every text below `value`, under its path: "payload.url", "payload.data.items[0]". A member whose
 * name says that it is a secret is one, whatever it looks like. */
unsigned pii_texts_scan_json(struct pii_scanner *scanner, const struct pii_origin *origin,
                             const cJSON *value, pii_texts_found *found, void *arg);
/* One line of a log; structured or not. */
unsigned pii_texts_scan_line(struct pii_scanner *scanner, const struct pii_origin *origin,
                             const char *line, size_t length, pii_texts_found *found, void *arg);

#endif
