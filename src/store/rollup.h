/* rollup.h - the rollups that are open in the writer's memory.
 * SPDX-License-Identifier: MIT
 *
 * Values are added here and nowhere else; what is open goes to its rows all at once, together with
 * the marks up to which raw rows are contained, so that a kill in between loses nothing. */
#ifndef OV_STORE_ROLLUP_H
#define OV_STORE_ROLLUP_H

#include "store/catalog.h"
#include "store/rollup_row.h"

#define TIER_SECOND 1
#define TIER_MINUTE 60

struct rollup {
    struct rollup *next; /* in the hash chain */
    struct stored_series *series;
    int64_t start; /* epoch seconds */
    int tier;
    bool dirty;
    uint64_t used; /* the flush it was last added to before */
    struct rollup_row row;
    struct sketch *sketch;
};

struct rollups {
    struct rollup **chains;
    size_t count;
    struct rollup **dirty;
    size_t dirty_count, dirty_room;
    uint64_t flushes;
    struct buf body;
};

void rollups_init(struct rollups *r);
void rollups_fini(struct rollups *r);
void rollups_forget(struct rollups *r); /* drops everything, written or not */

/* Where a value comes from: the raw row that holds it. */
struct origin {
    int64_t time_ms;
    enum raw_source source;
    int64_t raw_id;
};
/* Adds values to each series of a fan: equal ones when min is max, else a set whose distribution is
 * not known. */
MUST_CHECK enum status rollups_add(struct writer *w, const struct fan *fan,
                                   const struct origin *from, const struct statistic_set *set,
                                   struct err *err);
MUST_CHECK enum status rollups_add_value(struct writer *w, const struct fan *fan,
                                         const struct origin *from, double value, double count,
                                         struct err *err);

/* Writes what is dirty, the series' spans and the marks into the current transaction. Only between
 * writes: the marks say that every raw row is contained whole. */
MUST_CHECK enum status rollups_flush(struct writer *w, struct err *err);
/* More are open than should be: flush at the end of this group. */
bool rollups_are_many(const struct rollups *r);
/* After a flush was committed: closes what has not been added to for a while. */
void rollups_trim(struct rollups *r);

/* Appends (series, tier, start, length, row) for every unwritten rollup of the given series. */
void rollups_copy(struct rollups *r, const int64_t *series, size_t count, struct buf *to);

#endif
