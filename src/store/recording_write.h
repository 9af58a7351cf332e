/* recording_write.h - session recordings, as the writer thread adds and removes them.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_RECORDING_WRITE_H
#define OV_STORE_RECORDING_WRITE_H

#include "base/pack.h"
#include "store/recording.h"

struct writer;

/* The records of store_write_recording(), ..._body() and ..._searched(). */
MUST_CHECK enum status recording_apply(struct writer *w, struct unpack *record, struct err *err);
MUST_CHECK enum status recording_apply_body(struct writer *w, struct unpack *record,
                                            struct err *err);

MUST_CHECK enum status recording_apply_searched(struct writer *w, struct unpack *record,
                                                struct err *err);

/* When the oldest session began; INT64_MAX when there is none. */
MUST_CHECK enum status recording_oldest(struct writer *w, int64_t *started_ms, struct err *err);
/* Removes the oldest session with all its bodies if it began before `before_ms`. *more: it did, and
 * there may be others. */
MUST_CHECK enum status recording_drop_before(struct writer *w, int64_t before_ms, bool *more,
                                             struct err *err);
/* The key of findings, which is random, becomes one of the clock's ids: of a store that is stepped
 * and empty. */
MUST_CHECK enum status recording_seed_key(struct writer *w, struct err *err);

#endif
