/* schema.h - the tables, and the steps that lead from older ones to them.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_SCHEMA_H
#define OV_STORE_SCHEMA_H

#include "store/db.h"

/* Creates the tables in an empty file, brings older ones up to date in one transaction, and refuses
 * a file of a newer schema or of another program. Leaves the file in write-ahead mode. */
MUST_CHECK enum status schema_prepare(struct db *db, const char *path, int64_t now_ms,
                                      struct err *err);

/* Whether the file is one of this schema, which it stays. */
MUST_CHECK enum status schema_check(struct db *db, const char *path, struct err *err);

/* Deletes every row and leaves the tables; inside the caller's transaction. */
MUST_CHECK enum status schema_empty(struct db *db, struct err *err);

#endif
