/* sketch.h - the distribution of a stream in little memory: exact while few, then within 1 %,
 * always mergeable. SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_SKETCH_H
#define OV_DOMAIN_SKETCH_H

#include "base/buf.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

struct sketch;

struct sketch *sketch_new(void); /* caller owns; give back with sketch_free() */
struct sketch *
sketch_new_in(struct arena *arena);  /* lives and dies with the arena; never sketch_free() it */
void sketch_free(struct sketch *sk); /* NULL is fine */
void sketch_add(struct sketch *sk, double value, double times);
void sketch_merge(struct sketch *into, const struct sketch *from);
double sketch_count(const struct sketch *sk);
bool sketch_is_exact(const struct sketch *sk);
/* q in 0..1, linear interpolation between ranks (rank q * (n - 1)); NaN while empty. */
double sketch_quantile(const struct sketch *sk, double q);

/* Some of the values: how many, and their sum. */
struct sketch_part {
    double count, sum;
};
/* Those above `low`, up to and including `high`; either may be infinite. */
struct sketch_part sketch_part_of_values(const struct sketch *sk, double low, double high);
/* Those between two ranks, 0..1 of the way; a value that lies across one counts in part. */
struct sketch_part sketch_part_of_ranks(const struct sketch *sk, double low, double high);

/* Compact bytes, independent of machine; decode merges into `into`. false: not ours. */
void sketch_encode(const struct sketch *sk, struct buf *b);
bool sketch_decode(struct sketch *into, const void *bytes, size_t len);

#endif
