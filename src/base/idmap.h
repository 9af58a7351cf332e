/* idmap.h - a hash table from numbers to pointers, for ids that somebody else gave.
 * SPDX-License-Identifier: MIT
 *
 * Whoever chooses the numbers may choose ones that meet: after IDMAP_STEPS steps a number is not
 * looked for any further, and one that finds no place within them is not taken in. */
#ifndef OV_BASE_IDMAP_H
#define OV_BASE_IDMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IDMAP_STEPS 64

struct idmap {
    struct idmap_slot {
        uint64_t id;
        void *value; /* NULL: free */
    } * slots;
    size_t slot_count; /* a power of two, or zero while nothing was ever put in */
    size_t count;
};

static inline uint64_t
idmap_hash(uint64_t id)
{
    id *= UINT64_C(0x9e3779b97f4a7c15);
    return id ^ id >> 32;
}

/* NULL: not there. */
static inline void *
idmap_find(const struct idmap *map, uint64_t id)
{
    size_t at, steps = map->slot_count < IDMAP_STEPS ? map->slot_count : IDMAP_STEPS;

    for (at = (size_t)idmap_hash(id); steps > 0; at++, steps--) {
        const struct idmap_slot *slot = &map->slots[at & (map->slot_count - 1)];

        if (slot->id == id || slot->value == NULL)
            return slot->value;
    }
    return NULL;
}

/* A zeroed struct idmap is an empty one. The value, which is not NULL, takes the place of the one
 * before. false: not taken in. */
bool idmap_put(struct idmap *map, uint64_t id, void *value);
void idmap_clear(struct idmap *map);
void idmap_fini(struct idmap *map);

#endif
