/* table.h - a hash table from bytes to a small record, for caches in front of the dictionaries.
 * SPDX-License-Identifier: MIT
 *
 * Entries are only ever added; a cache that has grown too large is cleared as a whole. Records do
 * not move while they live. */
#ifndef OV_BASE_TABLE_H
#define OV_BASE_TABLE_H

#include "base/mem.h"

#include <stddef.h>
#include <stdint.h>

struct table {
    struct arena *arena;
    struct table_entry **slots;
    size_t slot_count; /* a power of two */
    size_t count;
    size_t record_size;
};

void table_init(struct table *t, size_t record_size);
void table_fini(struct table *t);
void table_clear(struct table *t);
void *table_find(const struct table *t, const void *key, size_t len);
/* The record comes zeroed. The key must not be there yet. */
void *table_add(struct table *t, const void *key, size_t len);
size_t table_bytes(const struct table *t);

#endif
