/* openreplay_keys.c - a map of numbers and, for trackers of version 15, a table of texts.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/openreplay_keys.h"

#define TEXT_MAX 64 /* "0_12" */

void
openreplay_keys_fini(struct openreplay_keys *keys)
{
    idmap_fini(&keys->numbers);
    if (keys->texts.slots != NULL)
        table_fini(&keys->texts);
}

void
openreplay_keys_clear(struct openreplay_keys *keys)
{
    idmap_clear(&keys->numbers);
    if (keys->texts.slots != NULL)
        table_clear(&keys->texts);
}

size_t
openreplay_keys_count(const struct openreplay_keys *keys)
{
    return keys->numbers.count + keys->texts.count;
}

void *
openreplay_keys_find(const struct openreplay_keys *keys, enum openreplay_type type,
                     const union openreplay_value *key)
{
    void **found;

    if (type != OPENREPLAY_TEXT)
        return idmap_find(&keys->numbers, key->u);
    if (keys->texts.slots == NULL || key->text.length > TEXT_MAX)
        return NULL;
    found = table_find(&keys->texts, key->text.at, key->text.length);
    return found == NULL ? NULL : *found;
}

bool
openreplay_keys_put(struct openreplay_keys *keys, enum openreplay_type type,
                    const union openreplay_value *key, void *value)
{
    void **found;

    if (type != OPENREPLAY_TEXT)
        return idmap_put(&keys->numbers, key->u, value);
    if (key->text.length > TEXT_MAX)
        return false;
    if (keys->texts.slots == NULL)
        table_init(&keys->texts, sizeof(void *));
    found = table_find(&keys->texts, key->text.at, key->text.length);
    if (found == NULL)
        found = table_add(&keys->texts, key->text.at, key->text.length);
    *found = value;
    return true;
}
