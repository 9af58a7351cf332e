/* openreplay_dictionary.c - three generations of keys: counted numbers (14), texts (15), numbers
 * made from the time (16 and newer). SPDX-License-Identifier: MIT
 *
 * An entry that comes again does not touch the text before, to which others may point. */
#include "config.h"

#include "domain/openreplay_dictionary.h"

#include <string.h>

#include "base/mem.h"

#define KEY_MAX 64 /* of a text: "0_12" */

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

static void
forget_text_keys(struct openreplay_dictionary *d)
{
    if (d->by_text.slots != NULL)
        table_fini(&d->by_text);
}

void
openreplay_dictionary_fini(struct openreplay_dictionary *d)
{
    forget_text_keys(d);
    idmap_fini(&d->by_number);
    arena_free(d->texts);
    d->texts = NULL;
}

void
openreplay_dictionary_clear(struct openreplay_dictionary *d)
{
    forget_text_keys(d);
    idmap_clear(&d->by_number);
    arena_clear(d->texts);
}

/* --- texts as keys ---------------------------------------------------------------------------- */

static const struct entry *
find_by_text(const struct openreplay_dictionary *d, struct openreplay_text key)
{
    struct entry **found;

    if (d->by_text.slots == NULL)
        return NULL;
    found = table_find(&d->by_text, key.at, key.length);
    return found == NULL ? NULL : *found;
}

static void
put_by_text(struct openreplay_dictionary *d, struct openreplay_text key, struct entry *entry)
{
    struct entry **found;

    if (d->by_text.slots == NULL)
        table_init(&d->by_text, sizeof(struct entry *));
    found = table_find(&d->by_text, key.at, key.length);
    if (found == NULL)
        found = table_add(&d->by_text, key.at, key.length);
    *found = entry;
}

/* --- both ------------------------------------------------------------------------------------- */

static bool
has_room(const struct openreplay_dictionary *d, size_t length)
{
    return length <= d->byte_max && arena_used(d->texts) <= d->byte_max - length &&
           d->by_number.count + d->by_text.count < d->entry_max;
}

static struct entry *
make_entry(struct openreplay_dictionary *d, struct openreplay_text text)
{
    struct entry *entry = arena_room(d->texts, sizeof *entry + text.length + 1);

    entry->length = text.length;
    memcpy(entry->text, text.at, text.length);
    entry->text[text.length] = '\0';
    return entry;
}

void
openreplay_dictionary_take(struct openreplay_dictionary *d,
                           const struct openreplay_message *message)
{
    const union openreplay_value *key = &message->values[0];
    struct openreplay_text text = message->values[1].text;
    bool is_text = message->layout->fields[0].type == OPENREPLAY_TEXT;

    if (!has_room(d, text.length) || (is_text && key->text.length > KEY_MAX))
        return;
    if (is_text)
        put_by_text(d, key->text, make_entry(d, text));
    else
        (void)idmap_put(&d->by_number, key->u, make_entry(d, text));
}

bool
openreplay_dictionary_find(const struct openreplay_dictionary *d, enum openreplay_type type,
                           const union openreplay_value *key, struct openreplay_text *out)
{
    const struct entry *entry =
        type == OPENREPLAY_TEXT ? find_by_text(d, key->text) : idmap_find(&d->by_number, key->u);

    if (entry != NULL)
        *out = (struct openreplay_text){ entry->text, entry->length };
    return entry != NULL;
}
