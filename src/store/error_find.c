/* error_find.c - one error report by its id.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "store/failure.h"
#include "store/reader.h"

enum status
store_find_error(struct store_reader *r, struct arena *arena, const uint8_t error_id[16],
                 struct error_report *out, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = status == OK ? db_stmt(&r->db, SQL_ERROR_FIND) : NULL;
    char text[UUID_TEXT];
    int64_t id;
    bool row;

    if (status == OK) {
        sqlite3_bind_blob(st, 1, error_id, 16, SQLITE_STATIC);
        status = db_next(&r->db, st, &row, err);
    }
    if (status == OK && !row) {
        uuid_format(error_id, text);
        status = err_set(err, E_NOTFOUND, "no error report %s", text);
    } else if (status == OK) {
        status = failure_read(&r->db, arena, st, &id, out, err);
    }
    reader_end(r);
    return status;
}
