/* write.h - what one submit carries: records in one flat buffer, or a job for the writer thread.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_WRITE_H
#define OV_STORE_WRITE_H

#include "base/buf.h"
#include "base/pack.h"
#include "store/store.h"

#define WRITE_BYTES_MAX ((size_t)32 << 20) /* one submit; bodies are bounded far below */

enum record {
    RECORD_VITALS = 1,
    RECORD_ERROR,
    RECORD_DATUM,
    RECORD_LOGS,
    RECORD_UMAMI,
    RECORD_LINK,
    RECORD_LINK_DROP,
    RECORD_RECORDING,
    RECORD_RECORDING_BODY,
    RECORD_RECORDING_SEARCHED
};

struct writer;
/* Runs on the writer thread. E_IO fails the whole group; any other status is this job's alone. */
typedef enum status write_job(struct writer *w, void *arg, struct err *err);

struct store_write {
    struct store_write *next;
    struct buf bytes;
    int64_t made_ms;      /* when it was begun; 0: by nobody who looked at a clock */
    write_job *job;       /* inside the transaction, or NULL */
    write_job *job_after; /* when it is over, whatever came of it, or NULL */
    void *job_arg;
    store_done *done;
    void *arg;
    enum status status; /* the job's */
    struct err err;
};

/* What makes a datum's fan: unit, resolution, namespace, metric, every set. */
void write_fan_key(struct buf *b, const struct metric_datum *datum);

enum datum_form { DATUM_ONCE, DATUM_COUNTED, DATUM_STATISTICS };

#endif
