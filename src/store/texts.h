/* texts.h - texts that repeat (URLs, routes, user agents, stacks), kept once and named by a number.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_TEXTS_H
#define OV_STORE_TEXTS_H

#include "base/table.h"
#include "store/db.h"

struct texts {
    struct table by_value; /* a bounded cache in front of the table `text` */
};

void texts_init(struct texts *t);
void texts_fini(struct texts *t);
void texts_forget(struct texts *t); /* after a rollback: ids may be gone */

/* The number of a text, new or known. `day` is the day (of product time) it is used on. */
MUST_CHECK enum status texts_intern(struct texts *t, struct db *db, const void *text, size_t len,
                                    int64_t day, int64_t *id, struct err *err);
/* The text behind a number; "" when it is not there. On any connection, uncached. */
MUST_CHECK enum status texts_get(struct db *db, struct arena *arena, int64_t id, const char **text,
                                 struct err *err);

#endif
