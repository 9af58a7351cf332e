/* store_inside.h - the store as its own files see it.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_STORE_INSIDE_H
#define OV_STORE_STORE_INSIDE_H

#include "store/keeper.h"
#include "store/place.h"
#include "store/writer.h"

#include <pthread.h>
#include <stdatomic.h>

/* Submits on their way to the writer. */
struct queue {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct store_write *first, **end;
    size_t count, bytes;                  /* of these and those */
    struct store_write *held, **held_end; /* wait for store_release() */
    bool gathers;
    bool stopping;
};

/* Written by the writer thread after each group, read by anyone. */
struct counters {
    _Atomic uint64_t vitals, errors, data, log_lines, commits, commit_ns;
    _Atomic uint64_t alarm_changes; /* written by whoever changed alarms */
    _Atomic bool disk_full;
    _Atomic bool dirty; /* rollups in memory are newer than on disk */
};

struct umami_columns;

struct store {
    struct place place;
    bool power_loss_safe;
    bool is_to_read; /* it has place, clock and columns alone */
    int64_t max_bytes;
    struct clock *clock; /* borrowed */
    bool is_stepped;     /* see store_options */
    struct queue queue;
    struct counters counters;
    struct umami_columns *umami;  /* what the readers count over */
    _Atomic uint64_t umami_epoch; /* moves when rows of Umami's were deleted */
    struct keeper *keeper;
    pthread_t thread;
    struct writer writer; /* the writer thread's own */
    int wal_frames;       /* the writer thread's own */
    uint64_t failed_ns;   /* the writer thread's own: when a commit last failed for want of space */
};

/* Runs a job on the writer thread and waits: `job` inside a transaction, `after` outside of any.
 * The queue's bounds do not hold for it. */
MUST_CHECK enum status store_ask_writer(struct store *store, write_job *job, write_job *after,
                                        void *arg, struct err *err);
/* From the keeper, about once a minute; turns count from one. */
void store_keep_house(struct store *store, struct store_reader *reader, unsigned turn);

#endif
