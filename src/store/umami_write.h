/* umami_write.h - Umami's rows, as the writer thread adds and removes them.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_UMAMI_WRITE_H
#define OV_STORE_UMAMI_WRITE_H

#include "base/pack.h"
#include "base/table.h"
#include "store/db.h"

struct writer;

/* What is known to be there already. */
struct umami_known {
    struct table websites, sessions;
};

void umami_known_init(struct umami_known *known);
void umami_known_fini(struct umami_known *known);
void umami_known_forget(struct umami_known *known); /* after a rollback: rows may be gone */

/* The record of store_write_umami(). */
MUST_CHECK enum status umami_apply(struct writer *w, struct unpack *record, struct err *err);

/* Removes a batch of what was created before `before_ms`, website by website; *after (41 bytes, ""
 * at first) is the website it has come to. *more: there may be others. */
MUST_CHECK enum status umami_drop_before(struct writer *w, int64_t before_ms, char after[41],
                                         bool *more, struct err *err);
/* When the event that was stored first was created; INT64_MAX when there is none. */
MUST_CHECK enum status umami_oldest(struct writer *w, int64_t *created_ms, struct err *err);
/* The highest number of a row of website_event; 0 for none. */
MUST_CHECK enum status umami_last_row(struct writer *w, int64_t *number, struct err *err);
/* Removes the events that were stored first, with all that hangs on them, and links that are old.
 */
MUST_CHECK enum status umami_drop_first(struct writer *w, struct err *err);

#endif
