/* db.h - one SQLite connection with its prepared statements.
 * SPDX-License-Identifier: MIT */
#ifndef OV_STORE_DB_H
#define OV_STORE_DB_H

#include "base/err.h"
#include "store/sql.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db {
    sqlite3 *handle;
    sqlite3_stmt *statements[SQL_COUNT]; /* prepared when first asked for */
    bool full;                           /* the last failure was for want of space */
};

enum db_mode {
    DB_WRITER,
    DB_READER,
    DB_STILL /* a reader after which the file and its log are what they were */
};

/* A WAL connection. `safe`: every commit reaches the disk before it returns. */
MUST_CHECK enum status db_open(struct db *db, const char *path, enum db_mode mode, bool safe,
                               struct err *err);
void db_close(struct db *db); /* a zeroed one is fine */

/* Ready to bind and step; NULL after an error, which db_fail() then words. */
sqlite3_stmt *db_stmt(struct db *db, enum sql which);
/* Steps a statement that yields nothing. A NULL statement is the error it came from. */
MUST_CHECK enum status db_run(struct db *db, sqlite3_stmt *st, struct err *err);
/* Steps to the next row; at the end (and after an error) the statement is reset. */
MUST_CHECK enum status db_next(struct db *db, sqlite3_stmt *st, bool *row, struct err *err);
/* A statement without parameters. */
MUST_CHECK enum status db_do(struct db *db, enum sql which, struct err *err);
/* Constant text: schema steps and pragmas. */
MUST_CHECK enum status db_exec(struct db *db, const char *sql, struct err *err);
/* The first column of the first row, or `otherwise` when there is none or it is NULL. */
MUST_CHECK enum status db_get_int(struct db *db, sqlite3_stmt *st, int64_t otherwise, int64_t *out,
                                  struct err *err);
enum status db_fail(struct db *db, struct err *err);

/* Bytes that stay where they are until the statement has run; an empty text is not NULL. */
void db_bind_bytes(sqlite3_stmt *st, int at, const void *bytes, size_t len);

#endif
