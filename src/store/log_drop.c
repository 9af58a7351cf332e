/* log_drop.c - rows that hold lines, counted out of what is kept.
 * SPDX-License-Identifier: MIT
 *
 * Lines of our own functions are typed rows with time in their ids; a stream of theirs is a day.
 * All other lines lie in chunks. Each call removes a few hundred rows at most, so that it fits
 * between two groups of writes. */
#include "config.h"

#include "store/failure.h"
#include "store/log_drop.h"
#include "store/post_id.h"
#include "store/vital.h"
#include "store/writer.h"

#include <string.h>

#define BATCH  200
#define DAY_MS 86400000LL

/* --- posts ------------------------------------------------------------------------------------ */

static enum status
shrink_group(struct writer *w, const char *function, int64_t bytes, struct err *err)
{
    char name[128] = POST_GROUP_PREFIX;
    struct log_group *group;
    enum status st;

    strncat(name, function, sizeof name - strlen(name) - 1);
    st = logs_find_group(w, name, strlen(name), &group, err);
    if (st == E_NOTFOUND)
        return OK;
    if (st == OK)
        logs_grew(&w->logs, group, -bytes);
    return st;
}

static int64_t
count_samples(const struct vital_row *row)
{
    struct unpack u = unpack_over(row->samples, row->samples_len);
    struct vital_row_sample sample = { 0 };
    int64_t n = 0;

    while (vital_row_next(&u, row, &sample))
        n++;
    return n;
}

static enum status
drop_between(struct writer *w, enum sql which, int64_t low, int64_t last, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, which);

    sqlite3_bind_int64(st, 1, low);
    sqlite3_bind_int64(st, 2, last);
    return db_run(&w->db, st, err);
}

enum status
log_drop_vitals(struct writer *w, int64_t low, int64_t high, bool *more, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_VITAL_UP);
    int64_t samples = 0, bytes = 0;
    struct vital_row row = { 0 };
    enum status status;
    bool any;

    sqlite3_bind_int64(st, 1, low);
    sqlite3_bind_int64(st, 2, high);
    for (int n = 0; n < BATCH; n++) {
        status = db_next(&w->db, st, &any, err);
        if (status != OK)
            return status;
        if (!any)
            break;
        vital_row_read(&row, st);
        samples += count_samples(&row);
        bytes += (int64_t)vital_stored_bytes(row.samples_len);
    }
    sqlite3_reset(st);
    *more = row.id != 0;
    if (!*more)
        return OK;
    w->state.vitals -= samples;
    status = shrink_group(w, WEB_VITALS_FUNCTION, bytes, err);
    return status == OK ? drop_between(w, SQL_VITAL_DROP, low, row.id, err) : status;
}

enum status
log_drop_errors(struct writer *w, int64_t low, int64_t high, bool *more, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ERROR_UP);
    int64_t last = 0, count = 0;
    enum status status;
    bool any;

    sqlite3_bind_int64(st, 1, low);
    sqlite3_bind_int64(st, 2, high);
    for (; count < BATCH; count++) {
        status = db_next(&w->db, st, &any, err);
        if (status != OK)
            return status;
        if (!any)
            break;
        last = sqlite3_column_int64(st, 0);
    }
    sqlite3_reset(st);
    *more = count > 0;
    if (!*more)
        return OK;
    w->state.errors -= count;
    status = shrink_group(w, ERROR_REPORT_FUNCTION, count * FAILURE_STORED_BYTES, err);
    return status == OK ? drop_between(w, SQL_ERROR_DROP, low, last, err) : status;
}

/* --- chunks ----------------------------------------------------------------------------------- */

static enum status
drop_chunk(struct writer *w, int64_t id, int64_t group, int64_t bytes, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_GROUP_GREW);
    enum status status;

    sqlite3_bind_int64(st, 1, group);
    sqlite3_bind_int64(st, 2, -bytes);
    status = db_run(&w->db, st, err);
    if (status != OK)
        return status;
    st = db_stmt(&w->db, SQL_LOG_DROP);
    sqlite3_bind_int64(st, 1, id);
    return db_run(&w->db, st, err);
}

/* Drops the chunks that `st`, bound, selects: id, last_ms, grp, lines, bytes. */
static enum status
drop_chunks(struct writer *w, sqlite3_stmt *st, size_t *count, struct err *err)
{
    struct {
        int64_t id, group, lines, bytes;
    } batch[BATCH];
    enum status status;
    size_t n = 0;
    bool row;

    while ((status = db_next(&w->db, st, &row, err)) == OK && row && n < BATCH) {
        batch[n].id = sqlite3_column_int64(st, 0);
        batch[n].group = sqlite3_column_int64(st, 2);
        batch[n].lines = sqlite3_column_int64(st, 3);
        batch[n].bytes = sqlite3_column_int64(st, 4);
        n++;
    }
    if (st != NULL)
        sqlite3_reset(st);
    for (size_t i = 0; i < n && status == OK; i++) {
        status = drop_chunk(w, batch[i].id, batch[i].group, batch[i].bytes, err);
        w->state.log_lines -= batch[i].lines;
    }
    *count = n;
    return status;
}

enum status
log_drop_oldest(struct writer *w, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_LOG_OLDEST);
    size_t ignored;

    sqlite3_bind_int(st, 1, BATCH);
    return drop_chunks(w, st, &ignored, err);
}

/* --- a group ---------------------------------------------------------------------------------- */

/* The posts that are the group's lines, or the stream's: a day of a function. */
static enum status
drop_posts(struct writer *w, struct log_drop *drop, bool *more, struct err *err)
{
    const bool is_vital = strcmp(drop->name, POST_GROUP_PREFIX WEB_VITALS_FUNCTION) == 0;
    const bool is_error = strcmp(drop->name, POST_GROUP_PREFIX ERROR_REPORT_FUNCTION) == 0;
    const char *function = is_vital ? WEB_VITALS_FUNCTION : ERROR_REPORT_FUNCTION;
    int64_t low = 0, high = post_id_first(drop->before_ms), day;
    enum status st;

    *more = false;
    if (!is_vital && !is_error)
        return OK;
    if (drop->stream != 0) {
        if (!logs_post_stream_day(drop->stream_name, function, &day))
            return OK;
        low = post_id_first(day * DAY_MS) - 1;
        high = post_id_first((day + 1) * DAY_MS);
    }
    st = is_vital ? log_drop_vitals(w, low, high, more, err)
                  : log_drop_errors(w, low, high, more, err);
    drop->dropped_posts = drop->dropped_posts || *more;
    return st;
}

enum status
log_drop_batch(struct writer *w, struct log_drop *drop, bool *more, struct err *err)
{
    enum status status = drop_posts(w, drop, more, err);
    sqlite3_stmt *st;
    size_t count = 0;

    if (status != OK)
        return status;
    st = db_stmt(&w->db, SQL_LOG_AGED);
    sqlite3_bind_int64(st, 1, drop->group);
    sqlite3_bind_int64(st, 2, drop->before_ms);
    sqlite3_bind_int64(st, 3, drop->stream);
    sqlite3_bind_int(st, 4, BATCH);
    status = drop_chunks(w, st, &count, err);
    drop->dropped_lines = drop->dropped_lines || count > 0;
    *more = *more || count > 0;
    return status;
}
