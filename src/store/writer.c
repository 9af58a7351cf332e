/* writer.c - the writing connection and the memory in front of it.
 * SPDX-License-Identifier: MIT
 *
 * A group of writes is one transaction: rows are inserted, values are added to the open rollups in
 * memory, chunks that grew are written, COMMIT. The rollups themselves, and the counts and spans
 * that follow from rows, go to disk only now and then (rollup.c); the marks state.seen say which
 * raw rows the rollups on disk contain, so at open the rest is added again, and a killed process
 * loses nothing.
 *
 * Ids of posts are times. A post that sorts below its mark (a clock that stepped back, two threads
 * that overtook each other) is noted in the table `late` until the next flush, so that the rule
 * "above the mark, or late" names exactly the rows the rollups on disk lack. */
#include "config.h"

#include "store/failure.h"
#include "store/link_write.h"
#include "store/post_id.h"
#include "store/recording_write.h"
#include "store/schema.h"
#include "store/vital.h"
#include "store/writer.h"

#define FLUSH_ROWS 50000               /* bounds what recovery has to add again */
#define FLUSH_NS   (5 * 1000000000ull) /* and how much a flush writes */

int64_t
writer_now_ms(const struct writer *w)
{
    return w->made_ms != 0 ? w->made_ms : clock_now_ms(w->clock);
}

/* --- state ------------------------------------------------------------------------------------ */

static enum status
load_state(struct writer *w, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_STATE_GET);
    struct writer_state *s = &w->state;
    enum status status;
    bool row;

    status = db_next(&w->db, st, &row, err);
    if (status != OK)
        return status;
    if (!row)
        return err_set(err, E_IO, "the database lacks its state row");
    s->vitals = sqlite3_column_int64(st, 0);
    s->errors = sqlite3_column_int64(st, 1);
    s->data = sqlite3_column_int64(st, 2);
    s->log_lines = sqlite3_column_int64(st, 3);
    s->next_line = sqlite3_column_int64(st, 4);
    for (int i = 0; i < RAW_SOURCES; i++)
        s->seen[i] = sqlite3_column_int64(st, 5 + i);
    sqlite3_reset(st);
    w->saved_lines = s->log_lines;
    w->saved_next_line = s->next_line;
    return OK;
}

static enum status
save_state(struct writer *w, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_STATE_SET);
    const struct writer_state *s = &w->state;

    sqlite3_bind_int64(st, 1, s->vitals);
    sqlite3_bind_int64(st, 2, s->errors);
    sqlite3_bind_int64(st, 3, s->data);
    sqlite3_bind_int64(st, 4, s->log_lines);
    sqlite3_bind_int64(st, 5, s->next_line);
    w->saved_lines = s->log_lines;
    w->saved_next_line = s->next_line;
    for (int i = 0; i < RAW_SOURCES; i++)
        sqlite3_bind_int64(st, 6 + i, s->seen[i]);
    return db_run(&w->db, st, err);
}

/* Lines are not added again after a crash: their counts go with every commit that has some. */
static enum status
save_lines(struct writer *w, struct err *err)
{
    sqlite3_stmt *st;

    if (w->state.log_lines == w->saved_lines && w->state.next_line == w->saved_next_line)
        return OK;
    st = db_stmt(&w->db, SQL_STATE_LINES);
    sqlite3_bind_int64(st, 1, w->state.log_lines);
    sqlite3_bind_int64(st, 2, w->state.next_line);
    w->saved_lines = w->state.log_lines;
    w->saved_next_line = w->state.next_line;
    return db_run(&w->db, st, err);
}

static enum status
max_id(struct writer *w, sqlite3_stmt *st, bool ranged, int64_t *out, struct err *err)
{
    if (ranged) {
        sqlite3_bind_int64(st, 1, 0);
        sqlite3_bind_int64(st, 2, INT64_MAX);
    }
    return db_get_int(&w->db, st, 0, out, err);
}

static enum status
load_last(struct writer *w, struct err *err)
{
    struct writer_state *s = &w->state;
    int64_t chunk;
    enum status st = max_id(w, db_stmt(&w->db, SQL_VITAL_LAST), true, &s->last[RAW_VITAL], err);

    if (st == OK)
        st = max_id(w, db_stmt(&w->db, SQL_ERROR_LAST), true, &s->last[RAW_ERROR], err);
    if (st == OK)
        st = max_id(w, db_stmt(&w->db, SQL_SAMPLE_LAST), false, &s->last[RAW_SAMPLE], err);
    if (st == OK)
        st = max_id(w, db_stmt(&w->db, SQL_LOG_LAST), false, &chunk, err);
    if (st != OK)
        return st;
    /* Ids are never used twice, even when the newest rows were removed. */
    for (int i = 0; i < RAW_SOURCES; i++) {
        if (s->last[i] < s->seen[i])
            s->last[i] = s->seen[i];
    }
    w->samples.next_id = s->last[RAW_SAMPLE] + 1;
    w->logs.next_chunk = chunk + 1;
    return OK;
}

static void
forget(struct writer *w)
{
    rollups_forget(&w->rollups);
    catalog_forget(&w->catalog);
    texts_forget(&w->texts);
    logs_forget(&w->logs);
    umami_known_forget(&w->umami);
    table_clear(&w->links);
    w->samples.id = 0;
    w->late = true;
}

/* Brings memory in line with the database, adding to the rollups what those on disk lack. */
static enum status
recover(struct writer *w, struct err *err)
{
    enum status st;

    forget(w);
    st = load_state(w, err);
    if (st == OK)
        st = load_last(w, err);
    if (st == OK)
        st = db_do(&w->db, SQL_BEGIN, err);
    if (st != OK)
        return st;
    st = vital_replay(w, err);
    if (st == OK)
        st = failure_replay(w, err);
    if (st == OK)
        st = samples_replay(w, err);
    if (st == OK)
        st = db_do(&w->db, SQL_COMMIT, err);
    if (st != OK) {
        sqlite3_exec(w->db.handle, "ROLLBACK", NULL, NULL, NULL);
        forget(w);
        return st;
    }
    w->stale = false;
    return OK;
}

/* --- life ------------------------------------------------------------------------------------- */

enum status
writer_open(struct writer *w, const char *path, bool safe, struct clock *clock, struct err *err)
{
    enum status st;

    *w = (struct writer){ .clock = clock, .stale = true, .last_flush_ns = mono_ns() };
    texts_init(&w->texts);
    catalog_init(&w->catalog);
    rollups_init(&w->rollups);
    samples_init(&w->samples);
    logs_init(&w->logs);
    umami_known_init(&w->umami);
    table_init(&w->links, sizeof(int64_t));
    buf_init(&w->scratch, WRITE_BYTES_MAX);
    st = db_open(&w->db, path, DB_WRITER, safe, err);
    if (st != OK) {
        writer_close(w);
        return err_context(err, "cannot open %s", path);
    }
    st = schema_prepare(&w->db, path, clock_now_ms(clock), err);
    if (st == OK)
        st = recover(w, err);
    if (st != OK)
        writer_close(w);
    return st;
}

void
writer_close(struct writer *w)
{
    rollups_fini(&w->rollups);
    catalog_fini(&w->catalog);
    texts_fini(&w->texts);
    samples_fini(&w->samples);
    logs_fini(&w->logs);
    umami_known_fini(&w->umami);
    table_fini(&w->links);
    buf_fini(&w->scratch);
    db_close(&w->db);
}

/* --- groups ----------------------------------------------------------------------------------- */

enum status
writer_refresh(struct writer *w, struct err *err)
{
    return w->stale ? recover(w, err) : OK;
}

enum status
writer_begin(struct writer *w, struct err *err)
{
    enum status st = writer_refresh(w, err);

    if (st == OK && w->rollups.dirty_count == 0 && catalog_is_large(&w->catalog)) {
        rollups_forget(&w->rollups);
        catalog_forget(&w->catalog);
    }
    if (st == OK && w->rollups.dirty_count == 0 && logs_are_many(&w->logs))
        logs_forget(&w->logs);
    return st == OK ? db_do(&w->db, SQL_BEGIN, err) : st;
}

static enum status
apply_record(struct writer *w, struct unpack *u, struct err *err)
{
    switch ((enum record)unpack_u8(u)) {
    case RECORD_VITALS:
        w->since_flush++;
        return vital_apply(w, u, err);
    case RECORD_ERROR:
        w->since_flush++;
        return failure_apply(w, u, err);
    case RECORD_DATUM:
        w->since_flush++;
        return sample_apply(w, u, err);
    case RECORD_LOGS:
        return logs_apply(w, u, err);
    case RECORD_UMAMI:
        return umami_apply(w, u, err);
    case RECORD_LINK:
        return link_apply(w, u, err);
    case RECORD_LINK_DROP:
        return link_drop_apply(w, u, err);
    case RECORD_RECORDING:
        return recording_apply(w, u, err);
    case RECORD_RECORDING_BODY:
        return recording_apply_body(w, u, err);
    case RECORD_RECORDING_SEARCHED:
        return recording_apply_searched(w, u, err);
    }
    return err_set(err, E_INTERNAL, "a write holds an unknown record");
}

enum status
writer_apply(struct writer *w, const struct store_write *write, struct err *err)
{
    struct unpack u = unpack_over(write->bytes.data, write->bytes.len);
    enum status st = OK;

    w->made_ms = write->made_ms;
    while (st == OK && u.at < u.end)
        st = apply_record(w, &u, err);
    w->made_ms = 0;
    if (st == OK && u.bad)
        st = err_set(err, E_INTERNAL, "a write is cut short");
    return st;
}

bool
writer_wants_flush(const struct writer *w)
{
    return w->rollups.dirty_count > 0 &&
           (w->since_flush >= FLUSH_ROWS || catalog_is_large(&w->catalog) ||
            rollups_are_many(&w->rollups) || logs_are_many(&w->logs) ||
            (!w->is_stepped && mono_ns() - w->last_flush_ns >= FLUSH_NS));
}

/* Chunks first: a mark may only pass a chunk that is written. */
enum status
writer_flush(struct writer *w, struct err *err)
{
    enum status st = samples_finish(w, err);

    if (st == OK)
        st = logs_finish(w, err);
    return st == OK ? rollups_flush(w, err) : st;
}

enum status
writer_commit(struct writer *w, bool flush, struct err *err)
{
    enum status st = flush ? writer_flush(w, err) : samples_finish(w, err);

    if (st == OK && !flush)
        st = logs_finish(w, err);
    if (st == OK && !flush)
        st = save_lines(w, err);
    if (st == OK)
        st = db_do(&w->db, SQL_COMMIT, err);
    if (st == OK && flush)
        rollups_trim(&w->rollups);
    return st;
}

void
writer_abandon(struct writer *w)
{
    sqlite3_exec(w->db.handle, "ROLLBACK", NULL, NULL, NULL);
    forget(w);
    w->stale = true;
}

enum status
writer_mark_flushed(struct writer *w, struct err *err)
{
    enum status st = OK;

    if (w->late)
        st = db_do(&w->db, SQL_LATE_CLEAR, err);
    w->late = false;
    for (int i = 0; i < RAW_SOURCES; i++)
        w->state.seen[i] = w->state.last[i];
    w->since_flush = 0;
    w->last_flush_ns = mono_ns();
    if (st == OK)
        st = logs_save_posts(w, err);
    return st == OK ? save_state(w, err) : st;
}

static enum status
note_late(struct writer *w, enum raw_source source, int64_t id, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_LATE_ADD);

    w->late = true;
    sqlite3_bind_int(st, 1, (int)source);
    sqlite3_bind_int64(st, 2, id);
    return db_run(&w->db, st, err);
}

enum status
writer_next_post(struct writer *w, enum raw_source source, int64_t time_ms, int64_t *id,
                 struct err *err)
{
    int64_t *last = &w->state.last[source];
    int64_t first = post_id_first(time_ms), newest;
    sqlite3_stmt *st;
    enum status status;

    if (first > *last) {
        *id = *last = first;
        return OK;
    }
    if (post_id_time(*last) == time_ms) {
        *id = ++*last;
        return OK;
    }
    st = db_stmt(&w->db, source == RAW_VITAL ? SQL_VITAL_LAST : SQL_ERROR_LAST);
    sqlite3_bind_int64(st, 1, first);
    sqlite3_bind_int64(st, 2, post_id_first(time_ms + 1));
    status = db_get_int(&w->db, st, first - 1, &newest, err);
    if (status != OK)
        return status;
    *id = newest + 1;
    return *id <= w->state.seen[source] ? note_late(w, source, *id, err) : OK;
}

enum status
writer_empty(struct writer *w, struct err *err)
{
    int64_t next_line = w->state.next_line;
    enum status st;

    forget(w);
    st = schema_empty(&w->db, err);
    w->state = (struct writer_state){ .next_line = next_line };
    w->saved_lines = 0;
    w->late = false;
    return st;
}
