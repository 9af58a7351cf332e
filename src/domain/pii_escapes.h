/* pii_escapes.h - texts as they read without percent-encoding and JSON's escapes.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_PII_ESCAPES_H
#define OV_DOMAIN_PII_ESCAPES_H

#include "domain/pii.h"

/* A text that may have escapes. */
struct pii_escapes {
    enum pii_reading reading;
    const char *text;
    size_t length;
};

/* Whether anything but the character itself may come of it. */
static inline bool
pii_may_escape(char c)
{
    return c == '%' || c == '\\' || c == '+';
}

/* One character without its escapes, at most four bytes and never more than it had; where the next
 * one begins. */
size_t pii_escapes_step(const struct pii_escapes *e, size_t at, char out[4], size_t *count);

#endif
