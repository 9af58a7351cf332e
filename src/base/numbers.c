/* numbers.c - open addressing over numbers; the keys stand apart.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/numbers.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/pack.h"

#define SLOTS_FIRST 64

static unsigned char *
key_of(const struct numbers *n, uint32_t number)
{
    return n->keys + (size_t)number * n->width;
}

/* The slot of the key, or the free one where it belongs. */
static uint32_t
slot_of(const struct numbers *n, const void *key)
{
    uint32_t at = (uint32_t)pack_hash(key, n->width) & (n->slot_count - 1);

    while (n->slots[at] != 0 && memcmp(key_of(n, n->slots[at] - 1), key, n->width) != 0)
        at = (at + 1) & (n->slot_count - 1);
    return at;
}

static void
grow_slots(struct numbers *n)
{
    free(n->slots);
    n->slot_count = n->slot_count == 0 ? SLOTS_FIRST : 2 * n->slot_count;
    n->slots = xcalloc(n->slot_count, sizeof *n->slots);
    for (uint32_t i = 0; i < n->count; i++)
        n->slots[slot_of(n, key_of(n, i))] = i + 1;
}

static void
grow_keys(struct numbers *n)
{
    n->room += n->room / 2 + SLOTS_FIRST;
    n->keys = xreallocarray(n->keys, n->room, n->width);
}

void
numbers_fini(struct numbers *n)
{
    free(n->keys);
    free(n->slots);
    *n = (struct numbers){ .width = n->width };
}

uint32_t
numbers_find(const struct numbers *n, const void *key)
{
    /* A free slot holds 0, and 0 - 1 is none. */
    return n->count == 0 ? NUMBERS_NONE : n->slots[slot_of(n, key)] - 1;
}

uint32_t
numbers_take(struct numbers *n, const void *key)
{
    uint32_t at;

    if (n->count >= n->slot_count / 4 * 3)
        grow_slots(n);
    at = slot_of(n, key);
    if (n->slots[at] != 0)
        return n->slots[at] - 1;
    if (n->count == n->room)
        grow_keys(n);
    memcpy(key_of(n, n->count), key, n->width);
    n->slots[at] = ++n->count;
    return n->count - 1;
}

size_t
numbers_bytes(const struct numbers *n)
{
    return n->room * n->width + n->slot_count * sizeof *n->slots;
}
