/* pii.h - personal data and secrets in texts: the rules, and the scanner.
 * SPDX-License-Identifier: MIT
 *
 * Rules come from a file `openreplay-sanitization-rules.json` (obsview-pii-rules(5)): selectors
 * that must be masked, named regular expressions with severities, built-in kinds and an allow-list.
 * Without a file those of fixtures/openreplay-sanitization-rules.json hold, which is built in.
 * Values that were found never leave this module: a hit is a masked shape and a keyed hash. */
#ifndef OV_DOMAIN_PII_H
#define OV_DOMAIN_PII_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pii_severity { PII_LOW, PII_MEDIUM, PII_HIGH };
const char *pii_severity_name(enum pii_severity severity); /* "low", "medium", "high" */
bool pii_severity_parse(const char *text, enum pii_severity *out);

/* What is built in, besides the expressions of the rules. */
enum pii_kind {
    PII_CARD,    /* 13 to 19 digits with Luhn's check digit */
    PII_IBAN,    /* an account number of a bank, with its check digits */
    PII_JWT,     /* a token that can be read by anyone */
    PII_AWS_KEY, /* access key ids, and secret keys beside their name */
    PII_BEARER,
    PII_SECRET,   /* values beside the names token, password, ..., and tokens of other services */
    PII_UNMASKED, /* an element that a selector of the rules names was sent in clear */
    PII_KINDS
};
const char *pii_kind_name(enum pii_kind kind); /* "card", "jwt", "aws-key", ... */

struct pii_rules;
struct pii_selector;

#define PII_RULES_MAX 262144 /* bytes of a rules file */

/* The default, never fails. */
struct pii_rules *pii_rules_default(void);
/* E_INVALID: the sentence names the member, where it stands and what was expected. */
MUST_CHECK enum status pii_rules_parse(struct pii_rules **out, const char *json, size_t length,
                                       struct err *err);
void pii_rules_free(struct pii_rules *rules); /* NULL is fine */
/* SHA-256 of the file in hex, or of the default's own text: reports name it. */
const char *pii_rules_hash(const struct pii_rules *rules);
/* Selectors of elements that must be masked (pii_selector.h). */
const struct pii_selector *const *pii_rules_selectors(const struct pii_rules *rules, size_t *count);
/* false: the rules switch the kind off. */
bool pii_rules_kind(const struct pii_rules *rules, enum pii_kind kind, enum pii_severity *out);

/* Of any kind by its name; false: the rules have none of that name, or it is off. */
bool pii_rules_severity(const struct pii_rules *rules, const char *kind, enum pii_severity *out);

/* How a text is to be read besides as it stands. Percent-encoding is undone in all of them. */
enum pii_reading {
    PII_PLAIN,
    PII_URL,  /* a plus between digits is a blank as well */
    PII_JSON, /* escapes are undone, however deep JSON is nested in JSON */
    PII_FORM, /* as PII_JSON, and each plus is a blank, as browsers write the queries of forms */
};

#define PII_SHAPE_MAX 48
struct pii_hit {
    const char *kind; /* pii_kind_name(), or the name of a pattern of the rules: "email", "phone",
                         "ssn"; lives as long as the rules */
    enum pii_severity severity;
    size_t offset, length;     /* in the text as it stands, of a decoded reading too */
    char shape[PII_SHAPE_MAX]; /* "****@*******.***": lengths and separators, nothing else */
    uint8_t hash[16]; /* keyed with the scanner's key: the same for the same value, encoded or not
                       */
};

/* A scanner is for one thread; rules may be shared. `key` makes hashes that mean nothing elsewhere.
 */
#define PII_KEY_BYTES 32
struct pii_scanner;
struct pii_scanner *pii_scanner_new(const struct pii_rules *rules,
                                    const uint8_t key[PII_KEY_BYTES]);
void pii_scanner_free(struct pii_scanner *scanner); /* NULL is fine */

typedef void pii_found(void *arg, const struct pii_hit *hit);
/* Calls back once for each value found, in order. false: a limit was met, so that the text could
 * not be judged (never to be taken for clean). Text that is masked already (stars, `***@***.com`)
 * is no finding. */
MUST_CHECK bool pii_scan(struct pii_scanner *scanner, enum pii_reading reading, const char *text,
                         size_t length, pii_found *found, void *arg);
/* false: certainly nothing would be found, and that costs next to nothing. */
bool pii_is_suspect(const struct pii_scanner *scanner, const char *text, size_t length);
/* pii_scan() in two steps, for whoever does something between them: what a text has at all, where
 * it is suspect, and the search of a text that was seen so. */
struct pii_sight {
    unsigned classes;
    size_t digits;
};
bool pii_look(const struct pii_scanner *scanner, const char *text, size_t length,
              struct pii_sight *out);
MUST_CHECK bool pii_search(struct pii_scanner *scanner, const struct pii_sight *sight,
                           enum pii_reading reading, const char *text, size_t length,
                           pii_found *found, void *arg);
/* The text with all that is found in it replaced by its shape. false: from what could not be judged
 * on it is left out. */
bool pii_scrub(struct pii_scanner *scanner, enum pii_reading reading, const char *text,
               size_t length, struct buf *out);
/* A hit that is the whole value; for those whom not the text but its place gives away. false: the
 * kind is off, or the value masked, empty or allowed. */
bool pii_judge(struct pii_scanner *scanner, enum pii_kind kind, const char *value, size_t length,
               struct pii_hit *out);
/* Whether all values beside that name are secrets: "password", "access_token". */
bool pii_names_secret(const char *name, enum pii_kind *kind);
/* What an IBAN in capitals, without blanks, leaves when it is divided by 97; 1: its check digits
 * are right. */
unsigned pii_iban_rest(const char *iban, size_t length);
/* Nothing but stars and what stands between words. */
bool pii_is_masked(const char *value, size_t length);

#endif
