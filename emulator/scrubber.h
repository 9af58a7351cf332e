/* scrubber.h - texts as they may be kept, from any thread; it remembers in which nothing was.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_SCRUBBER_H
#define OV_EMULATOR_SCRUBBER_H

#include "base/mem.h"
#include "domain/pii.h"

struct scrubber;

/* Rules are borrowed; `key` as in pii_scanner_new(). */
struct scrubber *scrubber_new(const struct pii_rules *rules, const uint8_t key[PII_KEY_BYTES]);
void scrubber_free(struct scrubber *scrubber); /* NULL is fine */

/* Nothing would be found in it: that is plain to see, or it was searched before. */
bool scrubber_knows_clean(const struct scrubber *scrubber, enum pii_reading reading,
                          const char *text, size_t len);
void scrubber_note_clean(struct scrubber *scrubber, enum pii_reading reading, const char *text,
                         size_t len);
/* What would be found is replaced by its shape, and what cannot be searched is cut. Mostly it is
 * the text itself that comes back. */
const char *scrubber_scrub(struct scrubber *scrubber, struct arena *arena, enum pii_reading reading,
                           const char *text, size_t len, size_t *out_len);

#endif
