/* pii_steps.h - a text that is searched by the names in it, and steps over it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_PII_STEPS_H
#define OV_DOMAIN_PII_STEPS_H

#include "domain/pii_names.h"
#include "domain/pii_own.h"

#define PII_QUOTED_MOST   256
#define PII_COMMAND_BACK  256 /* how far before its option the name of a command is looked for */
#define PII_PROSE_LEAST   4
#define PII_SECRET_DIGITS 3 /* of what is no password */

struct pii_steps {
    struct pii_finds *finds;
    const char *text;
    size_t length;
    /* Where the values end that were looked at last: "password=password=..." is one value, whose
     * end is looked for once and not again for each name in it. */
    size_t *parameter_end, *cookie_end;
};

/* The value of that name, if it is one. */
void pii_steps_add(const struct pii_steps *s, const struct pii_named *known, size_t start,
                   size_t end);

/* `code=` and `auth=`, whose values are secrets when they look like one, as a parameter and as a
 * member (pii_grants.c). `end` is that of the name, `start` where what follows begins. */
void pii_grants_look_parameter(const struct pii_steps *s, size_t end, size_t start);
void pii_grants_look_member(const struct pii_steps *s, size_t end, size_t start);
/* Passwords in statements (pii_statements.c). */
void pii_statements_scan(const struct pii_steps *s, unsigned classes);

static inline bool
pii_holds(const char *value, size_t length, char c)
{
    return memchr(value, c, length) != NULL;
}

/* ENV_SECRET = "AWS_SECRET_ACCESS_KEY": the name of another one. */
static inline bool
pii_is_constant(const char *value, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!pii_is_digit(value[i]) && !pii_is_capital(value[i]) && value[i] != '_')
            return false;
    }
    return pii_holds(value, length, '_');
}

/* Most words are told by two letters. */
static inline bool
pii_is_other_word(const struct pii_steps *s, size_t end)
{
    return end < 2 || (pii_is_base64url(s->text[end - 1]) &&
                       !pii_name_may_end(s->text[end - 2], s->text[end - 1]));
}

/* By which a text that has such a name is told. */
static inline bool
pii_has_w(const struct pii_name *name)
{
    return pii_holds(name->text, name->length, 'w');
}

static inline size_t
pii_skip(const struct pii_steps *s, size_t at, const char *set)
{
    while (at < s->length && pii_is_among(set, s->text[at]))
        at++;
    return at;
}

static inline size_t
pii_skip_to(const struct pii_steps *s, size_t at, const char *set)
{
    while (at < s->length && !pii_is_among(set, s->text[at]))
        at++;
    return at;
}

/* Where the value of a parameter ends, of which the first byte is at `start`. */
static inline size_t
pii_parameter_end(const struct pii_steps *s, size_t start)
{
    if (start > *s->parameter_end)
        *s->parameter_end = pii_skip_to(s, start, "&#;\"'<>\\) \t\r\n");
    return *s->parameter_end;
}

/* Where `mark` is the next time; the end: nowhere. */
static inline size_t
pii_next(const struct pii_steps *s, size_t at, const char *mark)
{
    const char *found =
        at < s->length ? memmem(s->text + at, s->length - at, mark, strlen(mark)) : NULL;

    return found == NULL ? s->length : (size_t)(found - s->text);
}

/* Where the value ends whose quote is before `start`; 0: it has no end. */
static inline size_t
pii_quoted_end(const struct pii_steps *s, size_t start)
{
    size_t end = start;

    while (end < s->length && end - start <= PII_QUOTED_MOST &&
           s->text[end] != s->text[start - 1] && s->text[end] != '\n')
        end++;
    return end < s->length && s->text[end] == s->text[start - 1] ? end : 0;
}

#endif
