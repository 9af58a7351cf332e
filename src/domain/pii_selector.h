/* pii_selector.h - CSS selectors of elements that must be masked, over recorded nodes.
 * SPDX-License-Identifier: MIT
 *
 * Type, *, #id, .class, [name], [name=value] and its relatives ~= |= ^= $= *= with an `i` flag;
 * descendants and children; lists with commas. What else CSS has (:not(), siblings) is refused with
 * a sentence, never ignored. */
#ifndef OV_DOMAIN_PII_SELECTOR_H
#define OV_DOMAIN_PII_SELECTOR_H

#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pii_selector;

/* Lives in `arena`. E_INVALID names the position and what was expected there. */
MUST_CHECK enum status pii_selector_parse(struct pii_selector **out, struct arena *arena,
                                          const char *text, struct err *err);
/* As it was written. */
const char *pii_selector_text(const struct pii_selector *selector);

/* How a selector asks about elements. All texts are terminated. */
struct pii_element_reader {
    void *arg;
    const char *(*tag)(void *arg, uint64_t element);                         /* NULL: no element */
    const char *(*attribute)(void *arg, uint64_t element, const char *name); /* NULL: has none */
    bool (*parent)(void *arg, uint64_t element, uint64_t *out); /* false: it is a root */
};
/* Of an element, not of what is below it. */
bool pii_selector_matches(const struct pii_selector *selector,
                          const struct pii_element_reader *reader, uint64_t element);

#endif
