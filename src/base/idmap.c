/* idmap.c - open addressing, at most half full, with an end to the search.
 * SPDX-License-Identifier: MIT
 *
 * Half full and well mixed, a run of IDMAP_STEPS slots does not come by chance. One that was made
 * on purpose is torn apart by growing, but only as long as the slots are in proportion to what they
 * hold. */
#include "config.h"

#include "base/idmap.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOTS_FIRST 128
#define SLOTS_KEPT  4096 /* when all is cleared */
#define SPARSEST    8    /* slots for each id */

/* The slot of that id, or the free one where it belongs. NULL: neither is near enough. */
static struct idmap_slot *
slot_of(const struct idmap *map, uint64_t id)
{
    size_t at = (size_t)idmap_hash(id);

    for (unsigned i = 0; i < IDMAP_STEPS && i < map->slot_count; i++) {
        struct idmap_slot *slot = &map->slots[(at + i) & (map->slot_count - 1)];

        if (slot->value == NULL || slot->id == id)
            return slot;
    }
    return NULL;
}

/* What finds no place in the new slots is lost: it was put there to that end. */
static void
grow(struct idmap *map)
{
    struct idmap old = *map;

    map->slot_count = old.slot_count == 0 ? SLOTS_FIRST : 2 * old.slot_count;
    map->slots = xcalloc(map->slot_count, sizeof *map->slots);
    map->count = 0;
    for (size_t i = 0; i < old.slot_count; i++) {
        struct idmap_slot *slot = old.slots[i].value == NULL ? NULL : slot_of(map, old.slots[i].id);

        if (slot == NULL)
            continue;
        *slot = old.slots[i];
        map->count++;
    }
    free(old.slots);
}

bool
idmap_put(struct idmap *map, uint64_t id, void *value)
{
    struct idmap_slot *slot;

    if (2 * (map->count + 1) > map->slot_count)
        grow(map);
    slot = slot_of(map, id);
    while (slot == NULL && map->slot_count < SPARSEST * map->count) {
        grow(map);
        slot = slot_of(map, id);
    }
    if (slot == NULL)
        return false;
    if (slot->value == NULL)
        map->count++;
    *slot = (struct idmap_slot){ .id = id, .value = value };
    return true;
}

void
idmap_clear(struct idmap *map)
{
    if (map->slot_count > SLOTS_KEPT)
        idmap_fini(map);
    if (map->count > 0)
        memset(map->slots, 0, map->slot_count * sizeof *map->slots);
    map->count = 0;
}

void
idmap_fini(struct idmap *map)
{
    free(map->slots);
    *map = (struct idmap){ .slots = NULL };
}
