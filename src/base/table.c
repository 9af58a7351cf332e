/* table.c - open addressing over entries in an arena.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/pack.h"
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 64
#define SLOTS_KEPT  1024 /* when all is cleared */

struct table_entry {
    uint64_t hash;
    size_t len;
    _Alignas(max_align_t) unsigned char record[]; /* and the key behind it */
};

void
table_init(struct table *t, size_t record_size)
{
    *t = (struct table){ .arena = arena_new(), .slot_count = SLOTS_FIRST };
    t->record_size = (record_size + 15) / 16 * 16;
    t->slots = xcalloc(t->slot_count, sizeof(struct table_entry *));
}

void
table_fini(struct table *t)
{
    arena_free(t->arena);
    free(t->slots);
    *t = (struct table){ 0 };
}

void
table_clear(struct table *t)
{
    size_t record_size = t->record_size;

    if (t->slot_count > SLOTS_KEPT) {
        table_fini(t);
        table_init(t, record_size);
        return;
    }
    arena_clear(t->arena);
    memset(t->slots, 0, t->slot_count * sizeof(struct table_entry *));
    t->count = 0;
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t
slot_of(const struct table *t, uint64_t hash, const void *key, size_t len)
{
    size_t at = hash & (t->slot_count - 1);

    for (; t->slots[at] != NULL; at = (at + 1) & (t->slot_count - 1)) {
        const struct table_entry *e = t->slots[at];

        if (e->hash == hash && e->len == len && memcmp(e->record + t->record_size, key, len) == 0)
            break;
    }
    return at;
}

void *
table_find(const struct table *t, const void *key, size_t len)
{
    struct table_entry *e = t->slots[slot_of(t, pack_hash(key, len), key, len)];

    return e == NULL ? NULL : e->record;
}

static void
grow(struct table *t)
{
    struct table_entry **old = t->slots;
    size_t old_count = t->slot_count;

    t->slot_count *= 2;
    t->slots = xcalloc(t->slot_count, sizeof(struct table_entry *));
    for (size_t i = 0; i < old_count; i++) {
        size_t at;

        if (old[i] == NULL)
            continue;
        at = old[i]->hash & (t->slot_count - 1);
        while (t->slots[at] != NULL)
            at = (at + 1) & (t->slot_count - 1);
        t->slots[at] = old[i];
    }
    free(old);
}

void *
table_add(struct table *t, const void *key, size_t len)
{
    struct table_entry *e = arena_alloc(t->arena, sizeof *e + t->record_size + len);

    if ((t->count + 1) * 4 > t->slot_count * 3)
        grow(t);
    e->hash = pack_hash(key, len);
    e->len = len;
    if (len > 0)
        memcpy(e->record + t->record_size, key, len);
    t->slots[slot_of(t, e->hash, key, len)] = e;
    t->count++;
    return e->record;
}

size_t
table_bytes(const struct table *t)
{
    return arena_used(t->arena) + t->slot_count * sizeof(struct table_entry *);
}
