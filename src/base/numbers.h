/* numbers.h - numbers for keys of one width, in order of arrival from 0 on.
 * SPDX-License-Identifier: MIT
 *
 * For millions of small keys: a key costs its width and about eight bytes, and the keys stand in
 * one array by number. Zeroed but for `width` is empty. Keys are only ever added. */
#ifndef OV_BASE_NUMBERS_H
#define OV_BASE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBERS_NONE UINT32_MAX

struct numbers {
    size_t width;         /* of a key, in bytes */
    unsigned char *keys;  /* moves when a key is added */
    uint32_t count, room; /* of keys */
    uint32_t *slots;      /* number + 1, by hash; 0: free */
    uint32_t slot_count;  /* a power of two, or 0 */
};

void numbers_fini(struct numbers *numbers); /* leaves it empty */
/* NUMBERS_NONE: the key is not there. */
uint32_t numbers_find(const struct numbers *numbers, const void *key);
/* The key's number, a new one when it is not there yet. */
uint32_t numbers_take(struct numbers *numbers, const void *key);
size_t numbers_bytes(const struct numbers *numbers);

#endif
