/* failure.h - error reports: one row each, long texts by number.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_FAILURE_H
#define OV_STORE_FAILURE_H

#include "domain/error_report.h"
#include "store/vital.h"

#define FAILURE_STORED_BYTES 80 /* what a row counts as in its log group's stored bytes */

/* Reads a row of SQL_ERROR_* into a report whose texts are in the arena. Resets nothing. */
MUST_CHECK enum status failure_read(struct db *db, struct arena *arena, sqlite3_stmt *st,
                                    int64_t *id, struct error_report *out, struct err *err);

MUST_CHECK enum status failure_apply(struct writer *w, struct unpack *record, struct err *err);
MUST_CHECK enum status failure_replay(struct writer *w, struct err *err);

#endif
