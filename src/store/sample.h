/* sample.h - raw metric data: the values of one commit packed into chunks.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_SAMPLE_H
#define OV_STORE_SAMPLE_H

#include "base/pack.h"
#include "domain/metric.h"
#include "store/db.h"

struct writer;

/* The chunk that grows while a group is applied. */
struct samples {
    struct buf body;
    int64_t id; /* 0: none is open */
    int64_t next_id;
    int64_t first_ms; /* of the first entry, not the least */
    int64_t last_ms;  /* the greatest */
    int64_t before_ms;
    int64_t count;
};

void samples_init(struct samples *s);
void samples_fini(struct samples *s);

MUST_CHECK enum status sample_apply(struct writer *w, struct unpack *record, struct err *err);
/* Writes the open chunk; before each commit. */
MUST_CHECK enum status samples_finish(struct writer *w, struct err *err);
MUST_CHECK enum status samples_replay(struct writer *w, struct err *err);

/* Walks over the entries of a row of SQL_SAMPLE_UP. */
struct sample_walk {
    struct unpack in;
    int64_t time_ms;
    unsigned form;
    size_t left; /* values of the entry that were not given yet */
};
struct sample_entry {
    int64_t fan;
    int64_t time_ms;
    struct statistic_set set; /* equal values when min is max */
};
struct sample_walk sample_walk_over(sqlite3_stmt *st);
bool sample_walk_next(struct sample_walk *walk, struct sample_entry *entry);

#endif
