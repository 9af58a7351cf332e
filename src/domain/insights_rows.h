/* insights_rows.h - rows that are kept: the first few in some order, or one of each kind.
 * SPDX-License-Identifier: MIT */
#ifndef OV_DOMAIN_INSIGHTS_ROWS_H
#define OV_DOMAIN_INSIGHTS_ROWS_H

#include "base/table.h"
#include "domain/insights_record.h"

struct insights_row {
    uint64_t number; /* in order of arrival */
    int64_t time_ms;
    size_t bytes;
    bool is_line;
    unsigned group;
    char id[INSIGHTS_ID];
    struct value values[]; /* what it is ordered by, then what is kept */
};

struct insights_rows {
    const struct insights_section *section;
    bool newest_first;          /* of lines: their order where no other is asked for */
    struct insights_row **rows; /* a heap with the last one on top, unless there is dedup */
    size_t count, room;
    struct table seen; /* dedup: key to index */
    bool has_seen;
    struct value *order; /* of the record at hand */
    struct buf key;
    uint64_t arrived;
    size_t bytes;
};

void rows_init(struct insights_rows *k, const struct insights_section *section, bool newest_first);
void rows_fini(struct insights_rows *k);
/* Takes the record when it is among the first. */
void rows_offer(struct insights_rows *k, struct insights_record *r);
/* Pointers to the rows in their order, as many as the section lets through; the caller's
 * (free()). */
struct insights_row **rows_sorted(const struct insights_rows *k, size_t *count);
size_t rows_bytes(const struct insights_rows *k);
/* A kept value; `kept` is its index in the section's list. */
const struct value *row_value(const struct insights_rows *k, const struct insights_row *row,
                              unsigned kept);

#endif
