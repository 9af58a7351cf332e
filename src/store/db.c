/* db.c - connections, statements, and SQLite's errors as sentences.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "store/db.h"

#include <errno.h>
#include <string.h>

#define SQL_TEXT(name, text) text,
static const char *const texts[SQL_COUNT] = { SQL_LIST(SQL_TEXT) };
#undef SQL_TEXT

#define BUSY_MS 5000 /* only migrations and checkpoints ever meet a lock */

enum status
db_fail(struct db *db, struct err *err)
{
    int code = db->handle == NULL ? SQLITE_NOMEM : sqlite3_extended_errcode(db->handle);
    int system = db->handle == NULL ? 0 : sqlite3_system_errno(db->handle);

    db->full = (code & 0xff) == SQLITE_FULL ||
               ((code & 0xff) == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT));
    if (db->full)
        return err_set(err, E_IO, "the disk is full; free some space, nothing was lost");
    return err_set(err, E_IO, "the database said: %s",
                   db->handle == NULL ? "out of memory" : sqlite3_errmsg(db->handle));
}

enum status
db_exec(struct db *db, const char *sql, struct err *err)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ? OK : db_fail(db, err);
}

enum status
db_open(struct db *db, const char *path, enum db_mode mode, bool safe, struct err *err)
{
    int flags =
        SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (mode == DB_WRITER ? SQLITE_OPEN_CREATE : 0);
    enum status st;

    *db = (struct db){ 0 };
    if (sqlite3_open_v2(path, &db->handle, flags, NULL) != SQLITE_OK) {
        st = db_fail(db, err);
        db_close(db);
        return st;
    }
    sqlite3_busy_timeout(db->handle, BUSY_MS);
    sqlite3_extended_result_codes(db->handle, 1);
    st = db_exec(db,
                 "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=0;"
                 "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0",
                 err);
    if (st == OK)
        st = db_exec(db, safe ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL", err);
    if (st == OK)
        st = db_exec(db,
                     mode == DB_WRITER ? "PRAGMA cache_size=-8192"
                                       : "PRAGMA cache_size=-2048; PRAGMA query_only=ON",
                     err);
    /* the last one to close would move the log into the file */
    if (st == OK && mode == DB_STILL)
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (st != OK)
        db_close(db);
    return st;
}

void
db_close(struct db *db)
{
    for (int i = 0; i < SQL_COUNT; i++)
        sqlite3_finalize(db->statements[i]);
    sqlite3_close(db->handle);
    *db = (struct db){ 0 };
}

sqlite3_stmt *
db_stmt(struct db *db, enum sql which)
{
    sqlite3_stmt *st = db->statements[which];

    if (st != NULL) {
        sqlite3_reset(st);
        return st;
    }
    if (sqlite3_prepare_v3(db->handle, texts[which], -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) !=
        SQLITE_OK)
        return NULL;
    db->statements[which] = st;
    return st;
}

enum status
db_next(struct db *db, sqlite3_stmt *st, bool *row, struct err *err)
{
    int rc = st == NULL ? SQLITE_ERROR : sqlite3_step(st);

    *row = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW)
        return OK;
    if (rc == SQLITE_DONE) {
        sqlite3_reset(st);
        return OK;
    }
    db_fail(db, err);
    if (st != NULL)
        sqlite3_reset(st);
    return E_IO;
}

enum status
db_run(struct db *db, sqlite3_stmt *st, struct err *err)
{
    bool row;
    enum status status = db_next(db, st, &row, err);

    if (status == OK && row)
        sqlite3_reset(st);
    return status;
}

enum status
db_do(struct db *db, enum sql which, struct err *err)
{
    return db_run(db, db_stmt(db, which), err);
}

enum status
db_get_int(struct db *db, sqlite3_stmt *st, int64_t otherwise, int64_t *out, struct err *err)
{
    bool row;
    enum status status = db_next(db, st, &row, err);

    if (status != OK)
        return status;
    *out = otherwise;
    if (row && sqlite3_column_type(st, 0) != SQLITE_NULL)
        *out = sqlite3_column_int64(st, 0);
    if (row)
        sqlite3_reset(st);
    return OK;
}

void
db_bind_bytes(sqlite3_stmt *st, int at, const void *bytes, size_t len)
{
    sqlite3_bind_blob64(st, at, bytes == NULL || len == 0 ? "" : bytes, len, SQLITE_STATIC);
}
