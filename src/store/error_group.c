/* error_group.c - a row for each group of errors, kept as long as a report of it is.
 * SPDX-License-Identifier: MIT
 *
 * Whether a group is new is asked again and again, and reading all reports each time would cost the
 * more the longer a store lives. So when a report is written, the first and the last time of its
 * group are, too. When what makes a group changes (domain/fingerprint.c), a step of the schema has
 * to empty the table and make it anew. */
#include "config.h"

#include "store/error_group.h"

#include "base/mem.h"
#include "domain/error_report.h"
#include "store/post_id.h"
#include "store/reader.h"
#include "store/store.h"
#include "store/texts.h"

static enum status
saw(struct db *db, uint64_t group, int64_t first_ms, int64_t last_ms, struct err *err)
{
    sqlite3_stmt *st = db_stmt(db, SQL_ERROR_GROUP_SAW);

    sqlite3_bind_int64(st, 1, (int64_t)group);
    sqlite3_bind_int64(st, 2, first_ms);
    sqlite3_bind_int64(st, 3, last_ms);
    return db_run(db, st, err);
}

enum status
error_group_saw(struct writer *w, uint64_t group, int64_t time_ms, struct err *err)
{
    return saw(&w->db, group, time_ms, time_ms, err);
}

enum status
error_group_drop(struct writer *w, int64_t before_ms, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ERROR_GROUP_DROP);

    sqlite3_bind_int64(st, 1, before_ms);
    return db_run(&w->db, st, err);
}

/* A row of SQL_ERROR_KINDS: reports of one type, message and stack. */
static enum status
add_kind(struct db *db, struct arena *arena, sqlite3_stmt *st, struct err *err)
{
    const char *texts[3];
    struct fingerprint print;
    enum status status = OK;

    for (int i = 0; i < 3 && status == OK; i++)
        status = texts_get(db, arena, sqlite3_column_int64(st, i), &texts[i], err);
    if (status != OK)
        return status;
    fingerprint_make(&print, arena, texts[0], texts[1], texts[2]);
    return saw(db, print.id, post_id_time(sqlite3_column_int64(st, 3)),
               post_id_time(sqlite3_column_int64(st, 4)), err);
}

enum status
error_group_make(struct db *db, struct err *err)
{
    sqlite3_stmt *st = db_stmt(db, SQL_ERROR_KINDS);
    struct arena *arena = arena_new();
    enum status status;
    bool row;

    while ((status = db_next(db, st, &row, err)) == OK && row) {
        status = add_kind(db, arena, st, err);
        if (status != OK)
            break;
        arena_clear(arena);
    }
    if (st != NULL)
        sqlite3_reset(st);
    arena_free(arena);
    return status;
}

enum status
store_find_error_groups(struct store_reader *r, struct arena *arena, struct stored_groups *out,
                        struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = status == OK ? db_stmt(&r->db, SQL_ERROR_GROUPS) : NULL;
    bool row;

    *out = (struct stored_groups){ .list = arena_alloc(arena, STORE_ERROR_GROUPS_MAX *
                                                                  sizeof *out->list) };
    if (st != NULL)
        sqlite3_bind_int(st, 1, STORE_ERROR_GROUPS_MAX + 1);
    while (status == OK && (status = db_next(&r->db, st, &row, err)) == OK && row) {
        out->is_partial = out->count == STORE_ERROR_GROUPS_MAX;
        if (out->is_partial)
            break;
        out->list[out->count++] = (struct stored_group){
            .id = (uint64_t)sqlite3_column_int64(st, 0),
            .first_ms = sqlite3_column_int64(st, 1),
            .last_ms = sqlite3_column_int64(st, 2),
        };
    }
    if (st != NULL)
        sqlite3_reset(st);
    reader_end(r);
    return status;
}
