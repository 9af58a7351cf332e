/* writer.h - everything the writer thread owns.
 * SPDX-License-Identifier: MIT
 *
 * Only the writer thread touches a struct writer. A failed commit makes all of its memory stale: it
 * is forgotten and read again from the database before the next group. */
#ifndef OV_STORE_WRITER_H
#define OV_STORE_WRITER_H

#include "base/table.h"
#include "store/catalog.h"
#include "store/lambda.h"
#include "store/log_write.h"
#include "store/rollup.h"
#include "store/sample.h"
#include "store/store.h"
#include "store/texts.h"
#include "store/umami_write.h"
#include "store/write.h"

/* The one row of the table `state`, plus what is newer than it. Counts of posts and data are
 * written by a flush, together with the marks, and counted again from the rows above these after a
 * crash. */
struct writer_state {
    int64_t vitals, errors, data, log_lines; /* kept now */
    int64_t next_line;                       /* number of the next log line */
    int64_t seen[RAW_SOURCES];               /* rollups on disk contain the raw rows up to here */
    int64_t last[RAW_SOURCES];               /* the newest raw rows; not in the table */
};

struct writer {
    struct db db;
    struct clock *clock; /* borrowed */
    struct writer_state state;
    int64_t saved_lines, saved_next_line; /* of it, what the table has */
    struct texts texts;
    struct catalog catalog;
    struct rollups rollups;
    struct samples samples;
    struct logs logs;
    struct umami_known umami;
    struct table links; /* pairs of link_put() -> when they were last written */
    struct buf scratch;
    bool stale;          /* memory does not match the database */
    bool late;           /* the table `late` has rows */
    int64_t since_flush; /* raw rows added */
    uint64_t last_flush_ns;
    bool is_stepped; /* no time is one to flush at */
    int64_t made_ms; /* of the write that is applied; 0: none is, or it does not know */
};

MUST_CHECK enum status writer_open(struct writer *w, const char *path, bool safe,
                                   struct clock *clock, struct err *err);
void writer_close(struct writer *w);

/* One transaction around writer_apply() calls. After any failure: writer_abandon(). */
MUST_CHECK enum status writer_begin(struct writer *w, struct err *err);
MUST_CHECK enum status writer_apply(struct writer *w, const struct store_write *write,
                                    struct err *err);
MUST_CHECK enum status writer_commit(struct writer *w, bool flush, struct err *err);
void writer_abandon(struct writer *w);

/* Makes memory match the database again after a failure. */
MUST_CHECK enum status writer_refresh(struct writer *w, struct err *err);

bool writer_wants_flush(const struct writer *w);
/* The time of what is created on the way: when the write that is applied was begun, so that it does
 * not depend on how soon it is applied. */
int64_t writer_now_ms(const struct writer *w);
/* The id for a new row of vital_post or error_post. */
MUST_CHECK enum status writer_next_post(struct writer *w, enum raw_source source, int64_t time_ms,
                                        int64_t *id, struct err *err);
/* For jobs: everything applied so far to its rows, so that memory may be forgotten. */
MUST_CHECK enum status writer_flush(struct writer *w, struct err *err);
/* For rollups_flush(): everything so far is contained. */
MUST_CHECK enum status writer_mark_flushed(struct writer *w, struct err *err);
/* Removes every row; inside the transaction. */
MUST_CHECK enum status writer_empty(struct writer *w, struct err *err);

#endif
