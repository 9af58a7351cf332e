/* texts.c - the dictionary of repeating texts.
 * SPDX-License-Identifier: MIT
 *
 * The index holds a 64-bit hash, not the text: stacks are long and would lie in the file twice. The
 * day a text was last used is written once a day, and retention drops texts no row can name. */
#include "config.h"

#include "base/text.h"
#include "store/texts.h"

#define CACHE_ENTRIES 65536
#define CACHE_BYTES   ((size_t)8 << 20)
#define CACHED_MAX    4096 /* longer texts are looked up in the table every time */

struct known {
    int64_t id;
    int64_t day;
};

void
texts_init(struct texts *t)
{
    table_init(&t->by_value, sizeof(struct known));
}

void
texts_fini(struct texts *t)
{
    table_fini(&t->by_value);
}

void
texts_forget(struct texts *t)
{
    table_clear(&t->by_value);
}

static enum status
touch(struct db *db, struct known *known, int64_t day, struct err *err)
{
    sqlite3_stmt *st = db_stmt(db, SQL_TEXT_TOUCH);

    known->day = day;
    sqlite3_bind_int64(st, 1, known->id);
    sqlite3_bind_int64(st, 2, day);
    return db_run(db, st, err);
}

static enum status
find_or_add(struct db *db, const void *text, size_t len, int64_t day, struct known *out,
            struct err *err)
{
    int64_t hash = (int64_t)text_hash(text, len, TEXT_HASH_SEED);
    sqlite3_stmt *st = db_stmt(db, SQL_TEXT_FIND);
    enum status status;
    bool row;

    sqlite3_bind_int64(st, 1, hash);
    db_bind_bytes(st, 2, text, len);
    status = db_next(db, st, &row, err);
    if (status != OK)
        return status;
    if (row) {
        *out = (struct known){ sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1) };
        sqlite3_reset(st);
        return OK;
    }
    st = db_stmt(db, SQL_TEXT_ADD);
    sqlite3_bind_int64(st, 1, hash);
    sqlite3_bind_int64(st, 2, day);
    db_bind_bytes(st, 3, text, len);
    status = db_run(db, st, err);
    *out = (struct known){ sqlite3_last_insert_rowid(db->handle), day };
    return status;
}

enum status
texts_intern(struct texts *t, struct db *db, const void *text, size_t len, int64_t day, int64_t *id,
             struct err *err)
{
    struct known *cached = len > CACHED_MAX ? NULL : table_find(&t->by_value, text, len);
    struct known known;
    enum status st = OK;

    if (cached != NULL) {
        if (cached->day < day)
            st = touch(db, cached, day, err);
        *id = cached->id;
        return st;
    }
    st = find_or_add(db, text, len, day, &known, err);
    if (st == OK && known.day < day)
        st = touch(db, &known, day, err);
    if (st != OK)
        return st;
    *id = known.id;
    if (len > CACHED_MAX)
        return OK;
    if (t->by_value.count >= CACHE_ENTRIES || table_bytes(&t->by_value) > CACHE_BYTES)
        texts_forget(t);
    cached = table_add(&t->by_value, text, len);
    *cached = known;
    return OK;
}

enum status
texts_get(struct db *db, struct arena *arena, int64_t id, const char **text, struct err *err)
{
    sqlite3_stmt *st = db_stmt(db, SQL_TEXT_GET);
    enum status status;
    bool row;

    *text = "";
    sqlite3_bind_int64(st, 1, id);
    status = db_next(db, st, &row, err);
    if (status != OK || !row)
        return status;
    if (sqlite3_column_bytes(st, 0) > 0)
        *text =
            arena_strndup(arena, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
    sqlite3_reset(st);
    return OK;
}
