/* pii_own.h - what the rules, the scanner and the built-in kinds share.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_PII_OWN_H
#define OV_DOMAIN_PII_OWN_H

#include "base/mem.h"
#include "domain/pii.h"
#include "domain/pii_escapes.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

struct pii_pattern {
    const char *name;
    enum pii_severity severity;
    pcre2_code *code;
    const char *contains; /* what every match has in it; NULL: nothing is known */
    size_t contains_length;
    unsigned digits; /* the least number of digits in a row of them; 0: nothing is known */
};

struct pii_rules {
    struct arena *arena;
    char hash[65];
    struct pii_pattern *patterns;
    size_t pattern_count;
    size_t digits_least; /* that a text needs to interest a pattern; 0: one has no hints, and
                            wants to see all */
    const struct pii_selector **selectors;
    size_t selector_count;
    const char **allowed; /* globs, in lower case */
    size_t allowed_count;
    bool is_off[PII_KINDS];
    enum pii_severity severities[PII_KINDS];
};

/* --- what is seen of a text before any expression is asked --- */

enum pii_class {
    PII_HAS_DIGIT = 1,
    PII_HAS_AT = 2,
    PII_HAS_ESCAPE = 4, /* percent sign, backslash */
    PII_HAS_EQUALS = 8,
    PII_HAS_COLON = 16,
    PII_HAS_J = 32,  /* "eyJ" */
    PII_HAS_I = 64,  /* "AKIA", "ASIA" */
    PII_HAS_B = 128, /* "Bearer" */
    PII_HAS_PLUS = 256,
    PII_HAS_QUOTE = 512,
    PII_HAS_JOINT = 1024, /* dash, underscore: in most tokens */
    PII_HAS_W = 2048,     /* "password", "pwd" */
    PII_HAS_BLANK = 4096,
    PII_HAS_ANGLE = 8192, /* the one that opens */
    PII_HAS_K = 16384     /* "hooks" */
};

/* A find before overlaps are settled; ends in the text that was searched. */
struct pii_find {
    size_t start, end;
    const char *kind;
    enum pii_severity severity;
    unsigned rank; /* of two that overlap the higher one stays */
};
#define PII_FINDS_MAX 4096 /* in one text; with more it is not judged */

struct pii_finds {
    const struct pii_rules *rules;
    struct pii_find *items;
    size_t count, room;
    bool is_full;
};
void pii_finds_add(struct pii_finds *finds, size_t start, size_t end, const char *kind,
                   enum pii_severity severity, unsigned rank);

/* Digits that belong together: nothing but one or two of ' ', '-', '.', '/', '(', ')', '+' is
 * between them. */
struct pii_digits {
    size_t start, end; /* of the first digit, behind the last one */
    size_t count;
};
/* The next cluster at or behind *at, which moves behind it. */
bool pii_digits_next(struct pii_digits *out, const char *text, size_t length, size_t *at);

enum pii_rank {
    PII_RANK_SECRET = 10,
    PII_RANK_BEARER = 20,
    PII_RANK_CARD = 200, /* patterns are below */
    PII_RANK_TOKEN = 201
};
/* One of a kind, unless the rules switch that off. */
void pii_kinds_add(struct pii_finds *finds, size_t start, size_t end, enum pii_kind kind,
                   enum pii_rank rank);

/* The built-in kinds (pii_kinds.c). `classes` are those the text has. */
void pii_kinds_scan(struct pii_finds *finds, unsigned classes, const char *text, size_t length);
void pii_kinds_scan_cards(struct pii_finds *finds, const struct pii_digits *digits,
                          const char *text, size_t length);

/* The account number of a bank that has its check digits there (pii_iban.c). */
void pii_iban_scan(struct pii_finds *finds, const struct pii_digits *digits, const char *text,
                   size_t length);
/* Whether what begins with a group of digits or letters at `start` is part of a UUID (pii_uuid.c).
 */
bool pii_is_of_uuid(const char *text, size_t length, size_t start, size_t end);
/* Tokens of other services, and what URLs hold before their host (pii_tokens.c). */
void pii_tokens_scan(struct pii_finds *finds, unsigned classes, const char *text, size_t length);
/* What a name before it, or around it, gives away (pii_secrets.c). */
void pii_secrets_scan(struct pii_finds *finds, unsigned classes, const char *text, size_t length);
/* A key of letters that nobody wrote: long, and no words (pii_random.c). */
bool pii_is_random(const char *value, size_t length);
/* false: neither finds anything in a text that says nothing else; a quick look. */
bool pii_tokens_may(const char *text, size_t length);
bool pii_secrets_may(unsigned classes, const char *text, size_t length);

/* --- characters --- */

static inline bool
pii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool
pii_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
pii_is_capital(char c)
{
    return c >= 'A' && c <= 'Z';
}

static inline size_t
pii_count_digits(const char *text, size_t length)
{
    size_t count = 0;

    for (size_t i = 0; i < length; i++)
        count += pii_is_digit(text[i]);
    return count;
}

static inline bool
pii_is_base64url(char c)
{
    return pii_is_digit(c) || pii_is_letter(c) || c == '-' || c == '_';
}

static inline bool
pii_is_among(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

#endif
