/* compact.c - putting log chunks together.
 * SPDX-License-Identifier: MIT
 *
 * Every commit leaves one chunk for each stream, so lines that come one by one lie in chunks of one
 * line, poorly compressed and dear to read. When their minute is over they are put into chunks of
 * up to half a megabyte. Lines keep their numbers, so nothing that names one changes; the new chunk
 * takes the id of the oldest, so that retention still meets them in order of age. The reading and
 * packing is done here; the writer only checks that the old chunks are still what they were, and
 * replaces them. */
#include "config.h"

#include "store/compact.h"

#include <stdlib.h>
#include <string.h>

#define CROWD      4
#define CROWDS_MAX 256 /* for one call and group; the next turn finds the rest */
#define LINES_MAX  4096
#define BYTES_MAX  ((size_t)512 << 10)
#define GROUPS_MAX 10000

struct crowd {
    int64_t group, stream, minute;
};

struct old_chunk {
    int64_t id, first_ms, last_ms, lines, raw_len, body_len;
};

/* Chunks that become one. */
struct merger {
    int64_t group, stream;
    struct old_chunk *old;
    size_t old_count, old_room;
    struct log_chunk *chunks; /* unpacked, as many */
    struct chunk_line *lines;
    size_t line_count, line_room, bytes;
    struct log_packer *packer;
    const void *body;
    size_t body_len, raw_len;
};

static void
clear(struct merger *m)
{
    for (size_t i = 0; i < m->old_count; i++)
        log_chunk_fini(&m->chunks[i]);
    m->old_count = m->line_count = m->bytes = 0;
}

static void
merger_fini(struct merger *m)
{
    clear(m);
    free(m->old);
    free(m->chunks);
    free(m->lines);
    log_packer_free(m->packer);
}

/* --- the writer's part ------------------------------------------------------------------------ */

/* The old chunk is still there, unchanged. */
static enum status
check(struct writer *w, const struct old_chunk *old, bool *same, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_LOG_CHECK);
    enum status status;

    sqlite3_bind_int64(st, 1, old->id);
    sqlite3_bind_int64(st, 2, old->first_ms);
    sqlite3_bind_int64(st, 3, old->last_ms);
    sqlite3_bind_int64(st, 4, old->lines);
    sqlite3_bind_int64(st, 5, old->raw_len);
    status = db_next(&w->db, st, same, err);
    if (status == OK && *same)
        sqlite3_reset(st);
    return status;
}

static enum status
put(struct writer *w, const struct merger *m, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_LOG_ADD);
    int64_t id = m->old[0].id;

    for (size_t i = 1; i < m->old_count; i++)
        id = m->old[i].id < id ? m->old[i].id : id;
    sqlite3_bind_int64(st, 1, id);
    sqlite3_bind_int64(st, 2, m->group);
    sqlite3_bind_int64(st, 3, m->stream);
    sqlite3_bind_int64(st, 4, m->lines[0].time_ms);
    sqlite3_bind_int64(st, 5, m->lines[m->line_count - 1].time_ms);
    sqlite3_bind_int64(st, 6, (int64_t)m->line_count);
    sqlite3_bind_int64(st, 7, (int64_t)m->raw_len);
    db_bind_bytes(st, 8, m->body, m->body_len);
    return db_run(&w->db, st, err);
}

static enum status
replace_job(struct writer *w, void *arg, struct err *err)
{
    const struct merger *m = arg;
    int64_t freed = 0;
    enum status st = OK;
    sqlite3_stmt *drop, *grew;
    bool same = true;

    for (size_t i = 0; i < m->old_count && st == OK && same; i++)
        st = check(w, &m->old[i], &same, err);
    if (st != OK || !same)
        return st; /* retention was faster */
    for (size_t i = 0; i < m->old_count && st == OK; i++) {
        drop = db_stmt(&w->db, SQL_LOG_DROP);
        sqlite3_bind_int64(drop, 1, m->old[i].id);
        st = db_run(&w->db, drop, err);
        freed += m->old[i].body_len;
    }
    if (st == OK)
        st = put(w, m, err);
    if (st != OK)
        return st;
    grew = db_stmt(&w->db, SQL_GROUP_GREW);
    sqlite3_bind_int64(grew, 1, m->group);
    sqlite3_bind_int64(grew, 2, (int64_t)m->body_len - freed);
    return db_run(&w->db, grew, err);
}

/* --- reading and packing ---------------------------------------------------------------------- */

static int
by_place(const void *left, const void *right)
{
    const struct chunk_line *a = left, *b = right;

    if (a->time_ms != b->time_ms)
        return a->time_ms < b->time_ms ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static enum status
replace(struct store_reader *r, struct merger *m, struct err *err)
{
    if (m->old_count < 2)
        return OK;
    qsort(m->lines, m->line_count, sizeof *m->lines, by_place);
    log_chunk_pack(m->packer, m->lines, m->line_count, &m->body, &m->body_len, &m->raw_len);
    return store_ask_writer(r->store, replace_job, NULL, m, err);
}

static void
add_lines(struct merger *m, const struct log_chunk *chunk)
{
    size_t need = m->line_count + chunk->count;

    if (need > m->line_room) {
        m->line_room = need > m->line_room * 2 ? need : m->line_room * 2;
        m->lines = xreallocarray(m->lines, m->line_room, sizeof *m->lines);
    }
    memcpy(m->lines + m->line_count, chunk->lines, chunk->count * sizeof *m->lines);
    m->line_count = need;
}

static enum status
add_chunk(struct merger *m, sqlite3_stmt *st, struct err *err)
{
    struct old_chunk *old;
    enum status status;

    if (m->old_count == m->old_room) {
        m->old_room = m->old_room == 0 ? 64 : m->old_room * 2;
        m->old = xreallocarray(m->old, m->old_room, sizeof *m->old);
        m->chunks = xreallocarray(m->chunks, m->old_room, sizeof *m->chunks);
    }
    old = &m->old[m->old_count];
    *old = (struct old_chunk){
        .id = sqlite3_column_int64(st, 0),
        .first_ms = sqlite3_column_int64(st, 1),
        .last_ms = sqlite3_column_int64(st, 2),
        .lines = sqlite3_column_int64(st, 3),
        .raw_len = sqlite3_column_int64(st, 4),
        .body_len = sqlite3_column_bytes(st, 5),
    };
    status = log_chunk_unpack(&m->chunks[m->old_count], sqlite3_column_blob(st, 5),
                              (size_t)old->body_len, (size_t)old->lines, (size_t)old->raw_len, err);
    if (status != OK)
        return status;
    m->bytes += (size_t)old->raw_len;
    add_lines(m, &m->chunks[m->old_count++]);
    return OK;
}

/* Reads the next chunks of a crowd that fit into one, behind id `after`; *more: there are others.
 */
static enum status
read_some(struct store_reader *r, struct merger *m, const struct crowd *crowd, int64_t *after,
          bool *more, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = status == OK ? db_stmt(&r->db, SQL_LOG_CROWD) : NULL;

    *more = false;
    if (status == OK) {
        sqlite3_bind_int64(st, 1, crowd->group);
        sqlite3_bind_int64(st, 2, crowd->minute);
        sqlite3_bind_int64(st, 3, crowd->minute + LOG_WINDOW_MS);
        sqlite3_bind_int64(st, 4, crowd->stream);
        sqlite3_bind_int64(st, 5, *after);
    }
    while (status == OK && (status = db_next(&r->db, st, more, err)) == OK && *more) {
        if (m->old_count > 0 && (m->line_count + (size_t)sqlite3_column_int64(st, 3) > LINES_MAX ||
                                 m->bytes + (size_t)sqlite3_column_int64(st, 4) > BYTES_MAX))
            break;
        *after = sqlite3_column_int64(st, 0);
        status = add_chunk(m, st, err);
    }
    reader_end(r);
    return status;
}

static enum status
merge_crowd(struct store_reader *r, const struct crowd *crowd, struct err *err)
{
    struct merger m = { .group = crowd->group, .stream = crowd->stream };
    enum status st = OK;
    int64_t after = 0;
    bool more = true;

    m.packer = log_packer_new();
    while (st == OK && more) {
        st = read_some(r, &m, crowd, &after, &more, err);
        if (st == OK)
            st = replace(r, &m, err);
        clear(&m);
    }
    merger_fini(&m);
    return st;
}

/* --- finding ---------------------------------------------------------------------------------- */

static enum status
find_crowds(struct store_reader *r, int64_t group, int64_t from_ms, int64_t to_ms,
            struct crowd *crowds, size_t *count, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = status == OK ? db_stmt(&r->db, SQL_LOG_CROWDS) : NULL;
    bool row;

    *count = 0;
    if (status == OK) {
        sqlite3_bind_int64(st, 1, group);
        sqlite3_bind_int64(st, 2, from_ms);
        sqlite3_bind_int64(st, 3, to_ms);
        sqlite3_bind_int64(st, 4, CROWD);
        sqlite3_bind_int64(st, 5, LOG_WINDOW_MS);
    }
    while (status == OK && *count < CROWDS_MAX && (status = db_next(&r->db, st, &row, err)) == OK &&
           row)
        crowds[(*count)++] = (struct crowd){ group, sqlite3_column_int64(st, 0),
                                             sqlite3_column_int64(st, 1) * LOG_WINDOW_MS };
    reader_end(r);
    return status;
}

static enum status
find_groups(struct store_reader *r, int64_t **ids, size_t *count, struct err *err)
{
    enum status status = reader_begin(r, err);
    sqlite3_stmt *st = status == OK ? db_stmt(&r->db, SQL_GROUP_IDS) : NULL;
    size_t room = 0;
    bool row;

    *ids = NULL;
    *count = 0;
    while (status == OK && *count < GROUPS_MAX && (status = db_next(&r->db, st, &row, err)) == OK &&
           row) {
        if (*count == room) {
            room = room == 0 ? 16 : room * 2;
            *ids = xreallocarray(*ids, room, sizeof **ids);
        }
        (*ids)[(*count)++] = sqlite3_column_int64(st, 0);
    }
    reader_end(r);
    return status;
}

enum status
compact_logs(struct store_reader *r, int64_t from_ms, int64_t to_ms, struct err *err)
{
    struct crowd *crowds = xcalloc(CROWDS_MAX, sizeof *crowds);
    size_t group_count, count;
    int64_t *groups;
    enum status st = find_groups(r, &groups, &group_count, err);

    from_ms -= from_ms % LOG_WINDOW_MS;
    to_ms -= to_ms % LOG_WINDOW_MS;
    for (size_t g = 0; g < group_count && st == OK; g++) {
        st = find_crowds(r, groups[g], from_ms, to_ms, crowds, &count, err);
        for (size_t i = 0; i < count && st == OK; i++)
            st = merge_crowd(r, &crowds[i], err);
    }
    free(groups);
    free(crowds);
    return st;
}
