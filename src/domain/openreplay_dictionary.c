/* openreplay_dictionary.c - entries in an arena.
 * SPDX-License-Identifier: MIT
 *
 * An entry that comes again does not touch the text before, to which others may point. */
#include "config.h"

#include "domain/openreplay_dictionary.h"

#include <string.h>

struct entry {
    size_t length;
    char text[];
};

void
openreplay_dictionary_init(struct openreplay_dictionary *d, size_t entry_max, size_t byte_max)
{
    *d = (struct openreplay_dictionary){ .texts = arena_new(),
                                         .entry_max = entry_max,
                                         .byte_max = byte_max };
}

void
openreplay_dictionary_fini(struct openreplay_dictionary *d)
{
    openreplay_keys_fini(&d->keys);
    arena_free(d->texts);
    d->texts = NULL;
}

void
openreplay_dictionary_clear(struct openreplay_dictionary *d)
{
    openreplay_keys_clear(&d->keys);
    arena_clear(d->texts);
}

static bool
has_room(const struct openreplay_dictionary *d, size_t length)
{
    return length <= d->byte_max && arena_used(d->texts) <= d->byte_max - length &&
           openreplay_keys_count(&d->keys) < d->entry_max;
}

void
openreplay_dictionary_take(struct openreplay_dictionary *d,
                           const struct openreplay_message *message)
{
    struct openreplay_text text = message->values[1].text;
    struct entry *entry;

    if (!has_room(d, text.length))
        return;
    entry = arena_room(d->texts, sizeof *entry + text.length + 1);
    entry->length = text.length;
    memcpy(entry->text, text.at, text.length);
    entry->text[text.length] = '\0';
    (void)openreplay_keys_put(&d->keys, message->layout->fields[0].type, &message->values[0],
                              entry);
}

bool
openreplay_dictionary_find(const struct openreplay_dictionary *d, enum openreplay_type type,
                           const union openreplay_value *key, struct openreplay_text *out)
{
    const struct entry *entry = openreplay_keys_find(&d->keys, type, key);

    if (entry != NULL)
        *out = (struct openreplay_text){ entry->text, entry->length };
    return entry != NULL;
}
