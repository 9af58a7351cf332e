/* pii_remarks.h - what stands where a secret would and is none: "Password is required".
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_PII_REMARKS_H
#define OV_DOMAIN_PII_REMARKS_H

#include <stdbool.h>
#include <stddef.h>

#define PII_SECRET_MOST 4096 /* bytes of one */
/* Whether a value beside the name of a secret is one, as far as the value tells. */
bool pii_is_secret(const char *value, size_t length);
/* What declares one in prose, or names it: "password: varchar"; in quotes it may be one. */
bool pii_is_declared(const char *value, size_t length);

/* A word that sentences about passwords have: behind "password:" it begins one, most likely. */
bool pii_is_prose(const char *value, size_t length);

/* Without case; the words are in small letters. */
bool pii_is_word_of(const char *const *words, size_t count, const char *value, size_t length);
#define PII_IS_WORD_OF(words, value, length) \
    pii_is_word_of(words, sizeof(words) / sizeof((words)[0]), value, length)

#endif
