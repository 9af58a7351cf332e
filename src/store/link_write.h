/* link_write.h - links between ids, as the writer thread adds and removes them.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_LINK_WRITE_H
#define OV_STORE_LINK_WRITE_H

#include "base/pack.h"
#include "store/link.h"

struct writer;

/* The records of store_link_add() and store_link_drop(). */
MUST_CHECK enum status link_apply(struct writer *w, struct unpack *record, struct err *err);
MUST_CHECK enum status link_drop_apply(struct writer *w, struct unpack *record, struct err *err);

/* One end of a pair; the text ends with its length. An empty one makes no pair. */
struct link_end {
    enum link_kind kind;
    const char *id;
    size_t len;
};
struct link_source {
    const char *owner;
    size_t owner_len;
    int64_t seen_ms, until_ms; /* when it is dropped */
};
MUST_CHECK enum status link_put(struct writer *w, const struct link_end *a,
                                const struct link_end *b, const struct link_source *source,
                                struct err *err);

/* Removes all pairs of one end. */
MUST_CHECK enum status link_drop(struct writer *w, const struct link_end *end, struct err *err);
/* Removes a batch of those that would go next. */
MUST_CHECK enum status link_drop_first(struct writer *w, struct err *err);
/* Removes a batch of the pairs that are over, and of those beyond STORE_LINK_ROWS; *more: there may
 * be others. */
MUST_CHECK enum status link_drop_before(struct writer *w, int64_t now_ms, bool *more,
                                        struct err *err);

#endif
