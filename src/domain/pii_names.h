/* pii_names.h - names whose values are secrets: "password", DB_PASSWORD, "masterUserPassword".
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_PII_NAMES_H
#define OV_DOMAIN_PII_NAMES_H

#include "domain/pii.h"

enum pii_trait {
    PII_TRAIT_END = 1,     /* others may be before it */
    PII_TRAIT_PROSE = 2,   /* people write it, too */
    PII_TRAIT_PASS = 4,    /* a password by all of its names */
    PII_TRAIT_PATH = 8,    /* a path is none: PWD=/var/task */
    PII_TRAIT_COOKIE = 16, /* holds one when it has an equals sign */
    PII_TRAIT_SCHEME = 32, /* the word before the value says how it is to be read */
    PII_TRAIT_WORD = 64,   /* means other things, too: numbers and sentences are none */
    PII_TRAIT_KEY = 128    /* names the key of a table, too: not each of its values is a secret */
};

/* Letters and digits of it alone. */
struct pii_name {
    const char *text;
    size_t length;
    enum pii_kind kind;
    unsigned traits;
};

/* One that was found, and whether others are before it. */
struct pii_named {
    const struct pii_name *name;
    size_t start;
    bool is_end;
};

/* The longest of the names that ends at `end`; false: there is none. */
bool pii_name_before(struct pii_named *out, const char *text, size_t end);
/* false: none ends with these two characters. */
bool pii_name_may_end(char before, char last);

#endif
