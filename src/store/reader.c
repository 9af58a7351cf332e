/* reader.c - opening, transactions, and a cache of texts.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "store/reader.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES ((size_t)4 << 20)

enum status
store_reader_open(struct store_reader **out, struct store *store, struct err *err)
{
    struct store_reader *r = xcalloc(1, sizeof *r);
    enum status st =
        db_open(&r->db, store->place.path, store->is_to_read ? DB_STILL : DB_READER, false, err);

    if (st != OK) {
        free(r);
        return st;
    }
    r->store = store;
    table_init(&r->texts, sizeof(char *));
    *out = r;
    return OK;
}

void
store_reader_close(struct store_reader *r)
{
    if (r == NULL)
        return;
    table_fini(&r->texts);
    db_close(&r->db);
    free(r);
}

enum status
reader_begin(struct store_reader *r, struct err *err)
{
    return db_do(&r->db, SQL_BEGIN_READ, err);
}

void
reader_end(struct store_reader *r)
{
    struct err ignored;

    /* A statement that was left in the middle would keep the snapshot alive. */
    for (int i = 0; i < SQL_COUNT; i++) {
        if (r->db.statements[i] != NULL)
            sqlite3_reset(r->db.statements[i]);
    }
    if (sqlite3_get_autocommit(r->db.handle) == 0 && db_do(&r->db, SQL_COMMIT, &ignored) != OK)
        sqlite3_exec(r->db.handle, "ROLLBACK", NULL, NULL, NULL);
}

static enum status
flush_job(struct writer *w, void *arg, struct err *err)
{
    (void)arg;
    return writer_flush(w, err);
}

enum status
reader_flush(struct store_reader *r, struct err *err)
{
    return r->store->counters.dirty ? store_ask_writer(r->store, flush_job, NULL, NULL, err) : OK;
}

enum status
reader_text(struct store_reader *r, int64_t id, const char **text, struct err *err)
{
    char **slot = table_find(&r->texts, &id, sizeof id);
    const char *found;
    enum status st;

    if (slot != NULL) {
        *text = *slot;
        return OK;
    }
    st = texts_get(&r->db, r->texts.arena, id, &found, err);
    if (st != OK)
        return st;
    slot = table_add(&r->texts, &id, sizeof id);
    *slot = arena_strdup(r->texts.arena, found);
    *text = *slot;
    return OK;
}

void
reader_trim_texts(struct store_reader *r)
{
    if (table_bytes(&r->texts) > TEXT_BYTES)
        table_clear(&r->texts);
}

enum status
reader_find_group(struct store_reader *r, const char *name, int64_t *id, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&r->db, SQL_GROUP_FIND);
    enum status status;

    sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
    status = db_get_int(&r->db, st, 0, id, err);
    if (status == OK && *id == 0)
        return err_set(err, E_NOTFOUND, "no log group %.250s", name);
    return status;
}
