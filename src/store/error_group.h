/* error_group.h - since when each group of errors is known.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_ERROR_GROUP_H
#define OV_STORE_ERROR_GROUP_H

#include "store/writer.h"

/* A report of the group (its fingerprint's id) came then. */
MUST_CHECK enum status error_group_saw(struct writer *w, uint64_t group, int64_t time_ms,
                                       struct err *err);
/* Forgets those of which the last report is older. */
MUST_CHECK enum status error_group_drop(struct writer *w, int64_t before_ms, struct err *err);
/* Fills the table, which is empty, from the reports there are. */
MUST_CHECK enum status error_group_make(struct db *db, struct err *err);

#endif
