/* reader.h - one reading thread's connection.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_READER_H
#define OV_STORE_READER_H

#include "store/store_inside.h"

#define READ_NS (50 * 1000000ull) /* the longest a read transaction may last */

struct store_reader {
    struct store *store;
    struct db db;
    struct table texts; /* dictionary texts by number: a bounded cache */
};

/* Every read is one or more of these. reader_end() after any status of what is in between. */
MUST_CHECK enum status reader_begin(struct store_reader *r, struct err *err);
void reader_end(struct store_reader *r);
/* The rollups in memory go to disk first, when there are any. */
MUST_CHECK enum status reader_flush(struct store_reader *r, struct err *err);

/* A text of the dictionary; lives until reader_trim_texts() is called. */
MUST_CHECK enum status reader_text(struct store_reader *r, int64_t id, const char **text,
                                   struct err *err);
/* Empties the cache when it has grown large; never between asking for a text and using it. */
void reader_trim_texts(struct store_reader *r);

/* The number of a log group; E_NOTFOUND with a sentence when there is none. */
MUST_CHECK enum status reader_find_group(struct store_reader *r, const char *name, int64_t *id,
                                         struct err *err);

#endif
