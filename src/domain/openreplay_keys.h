/* openreplay_keys.h - keys of a page's dictionaries to pointers: numbers, or texts.
 * SPDX-License-Identifier: MIT
 *
 * Three generations: counted numbers (14), texts (15), numbers made from the time (16 and newer).
 * Numbers and texts are two name spaces. */
#ifndef OV_DOMAIN_OPENREPLAY_KEYS_H
#define OV_DOMAIN_OPENREPLAY_KEYS_H

#include "base/idmap.h"
#include "base/table.h"
#include "domain/openreplay_message.h"

/* Zeroed it is empty. */
struct openreplay_keys {
    struct idmap numbers;
    struct table texts; /* has no slots until one comes */
};

void openreplay_keys_fini(struct openreplay_keys *keys);
void openreplay_keys_clear(struct openreplay_keys *keys);
size_t openreplay_keys_count(const struct openreplay_keys *keys);
/* The key stands in a field of that type. NULL: it is not there. */
void *openreplay_keys_find(const struct openreplay_keys *keys, enum openreplay_type type,
                           const union openreplay_value *key);
/* In the place of the one before. false: no tracker makes such a key. */
bool openreplay_keys_put(struct openreplay_keys *keys, enum openreplay_type type,
                         const union openreplay_value *key, void *value);

#endif
