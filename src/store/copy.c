/* copy.c - the whole database as a file, while it is written.
 * SPDX-License-Identifier: MIT
 *
 * One step of SQLite's backup takes all pages as they are in one read transaction, and readers stop
 * no writer. The copy goes through a path, since SQLite opens nothing else, and loses it before the
 * first page is in it: it is gone with its descriptor, however the process ends. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/place.h"
#include "store/reader.h"

#define TEMPLATE "%s/obsview-copy-XXXXXX"

static enum status
check_size(struct store_reader *r, int64_t most, struct err *err)
{
    int64_t bytes;
    enum status st = db_get_int(&r->db, db_stmt(&r->db, SQL_BYTES), 0, &bytes, err);

    reader_end(r);
    if (st == OK && bytes > most)
        return err_set(err, E_LIMIT, "the database has %lld bytes, and at most %lld are copied",
                       (long long)bytes, (long long)most);
    return st;
}

static enum status
take_pages(struct store_reader *r, sqlite3 *to, struct err *err)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", r->db.handle, "main");

    if (backup != NULL)
        (void)sqlite3_backup_step(backup, -1); /* the end says what was wrong */
    if (backup != NULL && sqlite3_backup_finish(backup) == SQLITE_OK)
        return OK;
    return err_set(err, E_IO, "cannot copy the database: %s", sqlite3_errmsg(to));
}

/* Nobody needs what a crash would leave, and without a journal SQLite needs no name once it has
 * opened the file. */
static enum status
fill(struct store_reader *r, const char *path, struct err *err)
{
    sqlite3 *to = NULL;
    enum status st;

    if (sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) !=
            SQLITE_OK ||
        sqlite3_exec(to, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF", NULL, NULL, NULL) !=
            SQLITE_OK)
        st = err_set(err, E_IO, "cannot copy into %s: %s", path, sqlite3_errmsg(to));
    else if (unlink(path) != 0)
        st = err_errno(err, errno, "cannot remove %s", path);
    else
        st = take_pages(r, to, err);
    sqlite3_close(to);
    return st;
}

enum status
store_copy(struct store_reader *r, int64_t most, int *fd, struct err *err)
{
    char *path = xasprintf(TEMPLATE, place_scratch());
    enum status st = reader_flush(r, err);

    *fd = -1;
    if (st == OK)
        st = check_size(r, most, err);
    if (st == OK) {
        *fd = mkostemp(path, O_CLOEXEC);
        st = *fd < 0 ? err_errno(err, errno, "cannot create a file in %s", place_scratch())
                     : fill(r, path, err);
    }
    if (*fd >= 0 && st != OK) {
        unlink(path); /* unless it is gone */
        close(*fd);
        *fd = -1;
    }
    free(path);
    return st;
}
