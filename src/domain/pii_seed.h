/* pii_seed.h - made-up people: personal data and secrets that belong to nobody, for tests of
 * masking. SPDX-License-Identifier: MIT
 *
 * The same seed and number make the same person. Addresses are of example.com (RFC 2606), telephone
 * numbers of the 555-0100 to 0199 that are kept for fiction, card numbers those that the networks
 * publish for tests, social security numbers two that were published and are void. */
#ifndef OV_DOMAIN_PII_SEED_H
#define OV_DOMAIN_PII_SEED_H

#include <stddef.h>
#include <stdint.h>

#define PII_SEED_VALUE 256

struct pii_seed_field {
    const char *name; /* of a form's field: "email" */
    const char *kind; /* that the built-in rules give it in "name=value"; "" for a name, which no
                         rule knows */
    char value[PII_SEED_VALUE];
};
#define PII_SEED_FIELDS 10

void pii_seed_make(struct pii_seed_field fields[PII_SEED_FIELDS], uint64_t seed, uint64_t number);

#endif
