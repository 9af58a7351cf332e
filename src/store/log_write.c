/* log_write.c - lines into chunks, one per stream and minute and commit.
 * SPDX-License-Identifier: MIT
 *
 * While a group of writes is applied, its lines are only noted: their bytes stay in the submits.
 * Before the commit they are sorted by stream, minute, time and arrival (they mostly are already),
 * and each run becomes one chunk. A chunk never reaches over a minute, so a reader finds all lines
 * of a minute by the chunks that begin in it. */
#include "config.h"

#include "base/iso8601.h"
#include "base/text.h"
#include "store/log_write.h"
#include "store/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CACHE_STREAMS 32768
#define CHUNK_LINES   4096
#define CHUNK_BYTES   ((size_t)512 << 10)
#define NAME_MAX_LEN  512 /* CloudWatch Logs: group and stream names have at most 512 characters */

void
logs_init(struct logs *l)
{
    *l = (struct logs){ .packer = log_packer_new(), .next_chunk = 1 };
    table_init(&l->groups, sizeof(struct log_group));
    table_init(&l->streams, sizeof(struct log_stream));
}

void
logs_fini(struct logs *l)
{
    table_fini(&l->groups);
    table_fini(&l->streams);
    log_packer_free(l->packer);
    free(l->pending);
    free(l->run);
}

void
logs_forget(struct logs *l)
{
    table_clear(&l->groups);
    table_clear(&l->streams);
    l->dirty_groups = NULL;
    l->dirty_streams = NULL;
    l->pending_count = 0;
    memset(l->posts, 0, sizeof l->posts);
}

bool
logs_are_many(const struct logs *l)
{
    return l->streams.count > CACHE_STREAMS;
}

/* --- groups and streams ----------------------------------------------------------------------- */

enum status
logs_find_group(struct writer *w, const char *name, size_t len, struct log_group **out,
                struct err *err)
{
    struct log_group *group = table_find(&w->logs.groups, name, len);
    sqlite3_stmt *st;
    enum status status;
    int64_t id;

    if (group != NULL) {
        *out = group;
        return OK;
    }
    st = db_stmt(&w->db, SQL_GROUP_FIND);
    sqlite3_bind_text64(st, 1, name, len, SQLITE_STATIC, SQLITE_UTF8);
    status = db_get_int(&w->db, st, 0, &id, err);
    if (status != OK)
        return status;
    if (id == 0)
        return err_set(err, E_NOTFOUND, "no log group %.*s", (int)(len > 200 ? 200 : len), name);
    group = table_add(&w->logs.groups, name, len);
    group->id = id;
    *out = group;
    return OK;
}

enum status
logs_group(struct writer *w, const char *name, size_t len, bool must_be_new, struct log_group **out,
           struct err *err)
{
    enum status status = logs_find_group(w, name, len, out, err);
    sqlite3_stmt *st;

    if (status == OK && must_be_new)
        return err_set(err, E_EXISTS, "the log group %.*s exists already",
                       (int)(len > 200 ? 200 : len), name);
    if (status != E_NOTFOUND)
        return status;
    st = db_stmt(&w->db, SQL_GROUP_ADD);
    sqlite3_bind_text64(st, 1, name, len, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int64(st, 2, writer_now_ms(w));
    status = db_run(&w->db, st, err);
    return status == OK ? logs_find_group(w, name, len, out, err) : status;
}

static enum status
find_stream(struct writer *w, struct log_group *group, const char *name, size_t len,
            struct log_stream *out, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_STREAM_FIND);
    enum status status;
    bool row;

    sqlite3_bind_int64(st, 1, group->id);
    sqlite3_bind_text64(st, 2, name, len, SQLITE_STATIC, SQLITE_UTF8);
    status = db_next(&w->db, st, &row, err);
    *out = (struct log_stream){ .group = group };
    if (status != OK || !row)
        return status;
    out->id = sqlite3_column_int64(st, 0);
    out->first_ms = sqlite3_column_int64(st, 1);
    out->last_ms = sqlite3_column_int64(st, 2);
    out->ingested_ms = sqlite3_column_int64(st, 3);
    sqlite3_reset(st);
    return OK;
}

static enum status
add_stream(struct writer *w, const char *name, size_t len, struct log_stream *s, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_STREAM_ADD);
    enum status status;

    sqlite3_bind_int64(st, 1, s->group->id);
    sqlite3_bind_text64(st, 2, name, len, SQLITE_STATIC, SQLITE_UTF8);
    sqlite3_bind_int64(st, 3, writer_now_ms(w));
    status = db_run(&w->db, st, err);
    s->id = sqlite3_last_insert_rowid(w->db.handle);
    return status;
}

enum status
logs_stream(struct writer *w, struct log_group *group, const char *name, size_t len,
            bool must_be_new, struct log_stream **out, struct err *err)
{
    char key[8 + NAME_MAX_LEN];
    struct log_stream found, *known;
    enum status st;

    if (len > NAME_MAX_LEN)
        len = NAME_MAX_LEN;
    memcpy(key, &group->id, 8);
    memcpy(key + 8, name, len);
    known = table_find(&w->logs.streams, key, 8 + len);
    if (known == NULL) {
        st = find_stream(w, group, name, len, &found, err);
        if (st == OK && found.id == 0) {
            must_be_new = false;
            st = add_stream(w, name, len, &found, err);
        }
        if (st != OK)
            return st;
        known = table_add(&w->logs.streams, key, 8 + len);
        *known = found;
    }
    if (must_be_new)
        return err_set(err, E_EXISTS, "the log stream %.*s exists already",
                       (int)(len > 200 ? 200 : len), name);
    *out = known;
    return OK;
}

static void
widen(struct log_stream *s, int64_t first_ms, int64_t last_ms, int64_t ingested_ms)
{
    if (s->first_ms == 0 || first_ms < s->first_ms)
        s->first_ms = first_ms;
    if (last_ms > s->last_ms)
        s->last_ms = last_ms;
    if (ingested_ms > s->ingested_ms)
        s->ingested_ms = ingested_ms;
}

static void
saw(struct logs *l, struct log_stream *s, int64_t first_ms, int64_t last_ms, int64_t ingested_ms)
{
    widen(s, first_ms, last_ms, ingested_ms);
    if (!s->dirty) {
        s->dirty = true;
        s->next_dirty = l->dirty_streams;
        l->dirty_streams = s;
    }
}

void
logs_grew(struct logs *l, struct log_group *g, int64_t bytes)
{
    g->grew += bytes;
    if (!g->dirty) {
        g->dirty = true;
        g->next_dirty = l->dirty_groups;
        l->dirty_groups = g;
    }
}

void
logs_post_stream_name(char name[POST_STREAM_TEXT], const char *function, int64_t day)
{
    char date[ISO8601_TEXT];
    uint64_t high = text_hash(function, strlen(function), TEXT_HASH_SEED ^ (uint64_t)day);
    uint64_t low = text_hash(&high, sizeof high, TEXT_HASH_SEED);

    iso8601_format_ms(day * 86400000, date);
    snprintf(name, POST_STREAM_TEXT, "%.4s/%.2s/%.2s/[$LATEST]%016" PRIx64 "%016" PRIx64, date,
             date + 5, date + 8, high, low);
}

bool
logs_post_stream_day(const char *name, const char *function, int64_t *day)
{
    char date[ISO8601_TEXT], again[POST_STREAM_TEXT];
    int64_t ms;

    if (strlen(name) < 10)
        return false;
    snprintf(date, sizeof date, "%.4s-%.2s-%.2sT00:00:00Z", name, name + 5, name + 8);
    if (!iso8601_parse(&ms, date))
        return false;
    *day = ms / 86400000;
    logs_post_stream_name(again, function, *day);
    return strcmp(name, again) == 0;
}

static enum status
save_span(struct writer *w, const struct log_stream *s, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_STREAM_SPAN);

    sqlite3_bind_int64(st, 1, s->id);
    sqlite3_bind_int64(st, 2, s->first_ms);
    sqlite3_bind_int64(st, 3, s->last_ms);
    sqlite3_bind_int64(st, 4, s->ingested_ms);
    return db_run(&w->db, st, err);
}

static enum status
save_growth(struct writer *w, const struct log_group *g, int64_t *bytes, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_GROUP_GREW);

    sqlite3_bind_int64(st, 1, g->id);
    sqlite3_bind_int64(st, 2, *bytes);
    *bytes = 0;
    return db_run(&w->db, st, err);
}

static enum status
find_post_stream(struct writer *w, struct post_stream *to, const char *function, int64_t day,
                 struct err *err)
{
    char group_name[128], name[POST_STREAM_TEXT];
    struct log_group *group;
    enum status st;

    snprintf(group_name, sizeof group_name, POST_GROUP_PREFIX "%s", function);
    st = logs_group(w, group_name, strlen(group_name), false, &group, err);
    if (st != OK)
        return st;
    logs_post_stream_name(name, function, day);
    st = logs_stream(w, group, name, strlen(name), false, &to->stream, err);
    if (st != OK)
        return st;
    to->function = function;
    to->day = day;
    return OK;
}

enum status
logs_saw_post(struct writer *w, const char *function, int64_t time_ms, size_t bytes,
              struct err *err)
{
    struct post_stream *known = w->logs.posts;
    int64_t day = time_ms / 86400000;
    enum status st;

    if (known->function != NULL && strcmp(known->function, function) != 0)
        known++;
    if (known->function == NULL || known->day != day) {
        /* A span can be written any time; growth only with the marks of a flush. */
        st = known->dirty ? save_span(w, known->stream, err) : OK;
        if (st == OK)
            st = find_post_stream(w, known, function, day, err);
        if (st != OK)
            return st;
    }
    widen(known->stream, time_ms, time_ms, time_ms);
    known->stream->group->posts_grew += (int64_t)bytes;
    known->dirty = true;
    return OK;
}

enum status
logs_save_posts(struct writer *w, struct err *err)
{
    enum status st = OK;

    for (size_t i = 0; i < POST_FUNCTIONS && st == OK; i++) {
        struct post_stream *post = &w->logs.posts[i];

        if (!post->dirty)
            continue;
        post->dirty = false;
        st = save_span(w, post->stream, err);
        if (st == OK)
            st = save_growth(w, post->stream->group, &post->stream->group->posts_grew, err);
    }
    return st;
}

/* --- lines ------------------------------------------------------------------------------------ */

static struct pending_line *
add_pending(struct logs *l)
{
    if (l->pending_count == l->pending_room) {
        l->pending_room = l->pending_room == 0 ? 256 : l->pending_room * 2;
        l->pending = xreallocarray(l->pending, l->pending_room, sizeof *l->pending);
    }
    return &l->pending[l->pending_count++];
}

enum status
logs_apply(struct writer *w, struct unpack *record, struct err *err)
{
    struct log_group *group;
    struct log_stream *stream;
    const char *group_name, *stream_name;
    size_t group_len, stream_len, count;
    int64_t ingested_ms;
    enum status st;

    group_name = unpack_blob(record, &group_len);
    stream_name = unpack_blob(record, &stream_len);
    ingested_ms = unpack_signed(record);
    count = unpack_varint(record);
    if (record->bad)
        return err_set(err, E_INTERNAL, "a record of log lines is cut short");
    st = logs_group(w, group_name, group_len, false, &group, err);
    if (st == OK)
        st = logs_stream(w, group, stream_name, stream_len, false, &stream, err);
    for (size_t i = 0; i < count && st == OK && !record->bad; i++) {
        struct pending_line *pending = add_pending(&w->logs);

        pending->stream = stream;
        pending->line.time_ms = unpack_signed(record);
        pending->line.ingested_ms = ingested_ms;
        pending->line.number = w->state.next_line++;
        pending->line.text = unpack_blob(record, &pending->line.len);
        w->state.log_lines++;
    }
    return st;
}

static int64_t
window_of(int64_t time_ms)
{
    int64_t rest = time_ms % LOG_WINDOW_MS;

    return time_ms - rest - (rest < 0 ? LOG_WINDOW_MS : 0);
}

static int
by_place(const void *left, const void *right)
{
    const struct pending_line *a = left, *b = right;

    if (a->stream->id != b->stream->id)
        return a->stream->id < b->stream->id ? -1 : 1;
    if (a->line.time_ms != b->line.time_ms)
        return a->line.time_ms < b->line.time_ms ? -1 : 1;
    return a->line.number < b->line.number ? -1 : 1;
}

static void
sort_pending(struct logs *l)
{
    for (size_t i = 1; i < l->pending_count; i++) {
        if (by_place(&l->pending[i - 1], &l->pending[i]) > 0) {
            qsort(l->pending, l->pending_count, sizeof *l->pending, by_place);
            return;
        }
    }
}

/* How many lines from `from` on belong into one chunk; copies them to the scratch run. */
static size_t
gather(struct logs *l, size_t from)
{
    const struct pending_line *first = &l->pending[from];
    int64_t window = window_of(first->line.time_ms);
    size_t n = 0, bytes = 0;

    if (l->run_room == 0) {
        l->run_room = CHUNK_LINES;
        l->run = xcalloc(l->run_room, sizeof *l->run);
    }
    while (from + n < l->pending_count && n < CHUNK_LINES && (n == 0 || bytes < CHUNK_BYTES) &&
           l->pending[from + n].stream == first->stream &&
           window_of(l->pending[from + n].line.time_ms) == window) {
        l->run[n] = l->pending[from + n].line;
        bytes += l->run[n].len;
        n++;
    }
    return n;
}

static enum status
write_chunk(struct writer *w, struct log_stream *s, size_t count, struct err *err)
{
    struct logs *l = &w->logs;
    const struct chunk_line *lines = l->run;
    sqlite3_stmt *st = db_stmt(&w->db, SQL_LOG_ADD);
    size_t body_len, raw_len;
    const void *body;

    log_chunk_pack(l->packer, lines, count, &body, &body_len, &raw_len);
    saw(l, s, lines[0].time_ms, lines[count - 1].time_ms, lines[count - 1].ingested_ms);
    logs_grew(l, s->group, (int64_t)body_len);
    sqlite3_bind_int64(st, 1, l->next_chunk++);
    sqlite3_bind_int64(st, 2, s->group->id);
    sqlite3_bind_int64(st, 3, s->id);
    sqlite3_bind_int64(st, 4, lines[0].time_ms);
    sqlite3_bind_int64(st, 5, lines[count - 1].time_ms);
    sqlite3_bind_int64(st, 6, (int64_t)count);
    sqlite3_bind_int64(st, 7, (int64_t)raw_len);
    db_bind_bytes(st, 8, body, body_len);
    return db_run(&w->db, st, err);
}

static enum status
save_spans(struct writer *w, struct err *err)
{
    struct logs *l = &w->logs;
    enum status st = OK;

    for (; l->dirty_streams != NULL && st == OK; l->dirty_streams = l->dirty_streams->next_dirty) {
        l->dirty_streams->dirty = false;
        st = save_span(w, l->dirty_streams, err);
    }
    for (; l->dirty_groups != NULL && st == OK; l->dirty_groups = l->dirty_groups->next_dirty) {
        l->dirty_groups->dirty = false;
        st = save_growth(w, l->dirty_groups, &l->dirty_groups->grew, err);
    }
    return st;
}

enum status
logs_finish(struct writer *w, struct err *err)
{
    struct logs *l = &w->logs;
    enum status st = OK;
    size_t n;

    sort_pending(l);
    for (size_t i = 0; i < l->pending_count && st == OK; i += n) {
        n = gather(l, i);
        st = write_chunk(w, l->pending[i].stream, n, err);
    }
    l->pending_count = 0;
    return st == OK ? save_spans(w, err) : st;
}
