/* chunk_source.c - lines out of chunks, merged.
 * SPDX-License-Identifier: MIT
 *
 * Chunks never reach over a minute. So the reader goes from minute to minute: the heads of all
 * chunks that begin in one are read from a covering index, and a chunk is unpacked only when the
 * reading has come to its first line (in reverse: its last). Among the few that are open at a time
 * the next line is the least. */
#include "config.h"

#include "store/log_source.h"

#include <stdlib.h>
#include <string.h>

struct head {
    int64_t id, first_ms, last_ms, stream;
};

struct open_chunk {
    struct log_chunk chunk;
    int64_t stream;
    size_t at;   /* in reverse: one behind */
    size_t left; /* lines not given yet */
};

struct chunk_source {
    struct store_reader *r;
    struct log_range range;
    int64_t window; /* the minute whose heads are loaded */
    bool begun, ended;
    struct head *heads;
    size_t head_count, head_room, next_head;
    struct open_chunk *open;
    size_t open_count, open_room;
    size_t spent; /* the open chunk that gave the last line and is empty now, or SIZE_MAX */
};

bool
log_range_has(const struct log_range *range, const struct log_place *place)
{
    int side = log_place_compare(place, &range->after);

    return place->time_ms >= range->start_ms && place->time_ms <= range->end_ms &&
           (range->reverse ? side < 0 : side > 0);
}

static bool
wants_stream(const struct log_range *range, int64_t stream)
{
    if (range->stream_ids == NULL)
        return true;
    for (size_t i = 0; i < range->stream_count; i++) {
        if (range->stream_ids[i] == stream)
            return true;
    }
    return false;
}

struct chunk_source *
chunk_source_new(struct store_reader *r, const struct log_range *range)
{
    struct chunk_source *s = xcalloc(1, sizeof *s);

    s->r = r;
    s->range = *range;
    s->spent = SIZE_MAX;
    return s;
}

void
chunk_source_free(struct chunk_source *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->open_count; i++)
        log_chunk_fini(&s->open[i].chunk);
    free(s->open);
    free(s->heads);
    free(s);
}

/* --- minutes ---------------------------------------------------------------------------------- */

static int64_t
minute_of(int64_t time_ms)
{
    int64_t rest = time_ms % LOG_WINDOW_MS;

    return time_ms - rest - (rest < 0 ? LOG_WINDOW_MS : 0);
}

/* The times between which lines can still be wanted. */
static int64_t
earliest(const struct log_range *range)
{
    return !range->reverse && range->after.time_ms > range->start_ms ? range->after.time_ms
                                                                     : range->start_ms;
}

static int64_t
latest(const struct log_range *range)
{
    return range->reverse && range->after.time_ms < range->end_ms ? range->after.time_ms
                                                                  : range->end_ms;
}

static enum status
find_minute(struct chunk_source *s, bool *found, struct err *err)
{
    bool reverse = s->range.reverse;
    sqlite3_stmt *st = db_stmt(&s->r->db, reverse ? SQL_LOG_PREV : SQL_LOG_NEXT);
    int64_t edge, at;
    enum status status;

    if (reverse)
        edge = s->begun ? s->window - 1 : latest(&s->range);
    else
        edge = s->begun ? s->window + LOG_WINDOW_MS : minute_of(earliest(&s->range));
    sqlite3_bind_int64(st, 1, s->range.group);
    sqlite3_bind_int64(st, 2, edge);
    status = db_get_int(&s->r->db, st, INT64_MIN, &at, err);
    s->begun = true;
    *found =
        status == OK && at != INT64_MIN &&
        (reverse ? minute_of(at) + LOG_WINDOW_MS > earliest(&s->range) : at <= latest(&s->range));
    if (*found)
        s->window = minute_of(at);
    return status;
}

static int
by_first(const void *left, const void *right)
{
    const struct head *a = left, *b = right;

    return a->first_ms < b->first_ms ? -1 : a->first_ms > b->first_ms;
}

static int
by_last(const void *left, const void *right)
{
    const struct head *a = left, *b = right;

    return a->last_ms > b->last_ms ? -1 : a->last_ms < b->last_ms;
}

static enum status
load_heads(struct chunk_source *s, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&s->r->db, SQL_LOG_HEADS);
    enum status status;
    bool row;

    s->head_count = s->next_head = 0;
    sqlite3_bind_int64(st, 1, s->range.group);
    sqlite3_bind_int64(st, 2, s->window);
    sqlite3_bind_int64(st, 3, s->window + LOG_WINDOW_MS);
    while ((status = db_next(&s->r->db, st, &row, err)) == OK && row) {
        struct head head = { sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 1),
                             sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3) };

        if (head.last_ms < earliest(&s->range) || head.first_ms > latest(&s->range) ||
            !wants_stream(&s->range, head.stream))
            continue;
        if (s->head_count == s->head_room) {
            s->head_room = s->head_room == 0 ? 64 : s->head_room * 2;
            s->heads = xreallocarray(s->heads, s->head_room, sizeof *s->heads);
        }
        s->heads[s->head_count++] = head;
    }
    if (s->head_count > 0)
        qsort(s->heads, s->head_count, sizeof *s->heads, s->range.reverse ? by_last : by_first);
    return status;
}

/* --- chunks ----------------------------------------------------------------------------------- */

static const struct chunk_line *
current(const struct open_chunk *open)
{
    return &open->chunk.lines[open->at];
}

static struct log_place
place_of(const struct chunk_line *line)
{
    return (struct log_place){ line->time_ms, line->number, LOG_KIND_LINE };
}

/* Moves on to the next wanted line of a chunk; false when there is none. */
static bool
settle(const struct chunk_source *s, struct open_chunk *open)
{
    while (open->left > 0) {
        struct log_place place = place_of(current(open));

        if (log_range_has(&s->range, &place))
            return true;
        open->left--;
        if (open->left > 0)
            open->at = s->range.reverse ? open->at - 1 : open->at + 1;
    }
    return false;
}

static void
close_chunk(struct chunk_source *s, size_t i)
{
    log_chunk_fini(&s->open[i].chunk);
    s->open[i] = s->open[--s->open_count];
}

static enum status
open_next(struct chunk_source *s, struct err *err)
{
    const struct head *head = &s->heads[s->next_head++];
    sqlite3_stmt *st = db_stmt(&s->r->db, SQL_LOG_GET);
    struct open_chunk *open;
    enum status status;
    bool row;

    sqlite3_bind_int64(st, 1, head->id);
    status = db_next(&s->r->db, st, &row, err);
    if (status != OK || !row)
        return status;
    if (s->open_count == s->open_room) {
        s->open_room = s->open_room == 0 ? 8 : s->open_room * 2;
        s->open = xreallocarray(s->open, s->open_room, sizeof *s->open);
    }
    open = &s->open[s->open_count];
    *open = (struct open_chunk){ .stream = head->stream };
    status = log_chunk_unpack(
        &open->chunk, sqlite3_column_blob(st, 2), (size_t)sqlite3_column_bytes(st, 2),
        (size_t)sqlite3_column_int64(st, 0), (size_t)sqlite3_column_int64(st, 1), err);
    sqlite3_reset(st);
    if (status != OK)
        return status;
    s->open_count++;
    open->left = open->chunk.count;
    open->at = s->range.reverse && open->left > 0 ? open->left - 1 : 0;
    if (!settle(s, open))
        close_chunk(s, s->open_count - 1);
    return OK;
}

/* The open chunk whose line comes first, or open_count. */
static size_t
least(const struct chunk_source *s)
{
    size_t best = 0;

    for (size_t i = 1; i < s->open_count; i++) {
        struct log_place a = place_of(current(&s->open[i]));
        struct log_place b = place_of(current(&s->open[best]));
        int side = log_place_compare(&a, &b);

        if (s->range.reverse ? side > 0 : side < 0)
            best = i;
    }
    return s->open_count == 0 ? 0 : best;
}

/* Must the next head be opened before the least open line can be given? */
static bool
head_is_due(const struct chunk_source *s)
{
    const struct head *head;
    int64_t now;

    if (s->next_head == s->head_count)
        return false;
    if (s->open_count == 0)
        return true;
    head = &s->heads[s->next_head];
    now = current(&s->open[least(s)])->time_ms;
    return s->range.reverse ? head->last_ms >= now : head->first_ms <= now;
}

static void
drop_spent(struct chunk_source *s)
{
    struct open_chunk *open;

    if (s->spent == SIZE_MAX)
        return;
    open = &s->open[s->spent];
    open->left--;
    if (open->left > 0)
        open->at = s->range.reverse ? open->at - 1 : open->at + 1;
    if (!settle(s, open))
        close_chunk(s, s->spent);
    s->spent = SIZE_MAX;
}

enum status
chunk_source_next(struct chunk_source *s, struct read_line *line, bool *more, struct err *err)
{
    enum status st = OK;
    bool found = true;

    *more = false;
    drop_spent(s);
    while (st == OK && !s->ended) {
        if (head_is_due(s)) {
            st = open_next(s, err);
        } else if (s->open_count > 0) {
            const struct open_chunk *open;

            s->spent = least(s);
            open = &s->open[s->spent];
            *line = (struct read_line){
                .place = place_of(current(open)),
                .ingested_ms = current(open)->ingested_ms,
                .stream = open->stream,
                .text = current(open)->text,
                .len = current(open)->len,
            };
            *more = true;
            return OK;
        } else {
            st = find_minute(s, &found, err);
            s->ended = !found;
            if (st == OK && found)
                st = load_heads(s, err);
        }
    }
    return st;
}
