/* pii.h - personal data and secrets in texts: the rules, and the scanner.
 * SPDX-License-Identifier: MIT
 *
 * Rules come from a file `openreplay-sanitization-rules.json` (obsview-pii-rules(5)): selectors
 * that must be masked, named regular expressions with severities, and an allow-list. Without a file
 * the rules of the user's document and the built-in kinds hold. Values that were found never leave
 * this module: a hit is a masked shape and a keyed hash. */
#ifndef OV_DOMAIN_PII_H
#define OV_DOMAIN_PII_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pii_severity { PII_LOW, PII_MEDIUM, PII_HIGH };
const char *pii_severity_name(enum pii_severity severity); /* "low", "medium", "high" */
bool pii_severity_parse(const char *text, enum pii_severity *out);

struct pii_rules;

/* The default, never fails. */
struct pii_rules *pii_rules_default(void);
/* E_INVALID: the sentence names the member, where it stands and what was expected. */
MUST_CHECK enum status pii_rules_parse(struct pii_rules **out, const char *json, size_t length,
                                       struct err *err);
void pii_rules_free(struct pii_rules *rules); /* NULL is fine */
/* SHA-256 of the file in hex, or of the default's own text: reports name it. */
const char *pii_rules_hash(const struct pii_rules *rules);

/* How a text is to be read besides as it stands. */
enum pii_reading {
    PII_PLAIN,
    PII_URL,  /* percent-decoded as well; query parameters that carry secrets */
    PII_JSON, /* unescaped once as well; members that carry secrets */
};

#define PII_SHAPE_MAX 48
struct pii_hit {
    const char *kind; /* "email", "phone", "ssn", "card", "jwt", "aws-key", "bearer", "url-secret",
                         or a rule's name */
    enum pii_severity severity;
    size_t offset, length;     /* in the text as it stands; of a decoded reading where it began */
    char shape[PII_SHAPE_MAX]; /* "****@*******.***": lengths and separators, nothing else */
    uint8_t hash[16];          /* keyed with the scanner's key: the same for the same value */
};

/* A scanner is for one thread; rules may be shared. `key` (32 bytes) makes hashes that mean nothing
 * elsewhere. */
struct pii_scanner;
struct pii_scanner *pii_scanner_new(const struct pii_rules *rules, const uint8_t key[32]);
void pii_scanner_free(struct pii_scanner *scanner); /* NULL is fine */

typedef void pii_found(void *arg, const struct pii_hit *hit);
/* Calls back once for each value found, in order. false: a limit was met, so that the text could
 * not be judged (never to be taken for clean). Text that is masked already (stars, `***@***.com`)
 * is no finding. */
MUST_CHECK bool pii_scan(struct pii_scanner *scanner, enum pii_reading reading, const char *text,
                         size_t length, pii_found *found, void *arg);

#endif
