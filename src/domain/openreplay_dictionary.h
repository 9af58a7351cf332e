/* openreplay_dictionary.h - the texts that a recorded page sends once and names by a key.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_OPENREPLAY_DICTIONARY_H
#define OV_DOMAIN_OPENREPLAY_DICTIONARY_H

#include "base/mem.h"
#include "domain/openreplay_keys.h"

/* Embedded by whoever follows a page. What goes beyond the two limits is not taken in. */
struct openreplay_dictionary {
    struct openreplay_keys keys;
    struct arena *texts; /* of the entries */
    size_t entry_max;
    size_t byte_max; /* of the texts */
};

void openreplay_dictionary_init(struct openreplay_dictionary *d, size_t entry_max, size_t byte_max);
void openreplay_dictionary_fini(struct openreplay_dictionary *d);
void openreplay_dictionary_clear(struct openreplay_dictionary *d);

/* An entry's message: its key is its first field, the text the second one. */
void openreplay_dictionary_take(struct openreplay_dictionary *d,
                                const struct openreplay_message *message);
/* The text of a key that stands in a field of that type, terminated; the text holds until the
 * dictionary is cleared, whatever is taken in. false: nobody sent such an entry. */
bool openreplay_dictionary_find(const struct openreplay_dictionary *d, enum openreplay_type type,
                                const union openreplay_value *key, struct openreplay_text *out);

#endif
