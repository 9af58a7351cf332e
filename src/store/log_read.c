/* log_read.c - a page of log lines, or a look at them.
 * SPDX-License-Identifier: MIT
 *
 * The two sources of a group are merged line by line. A call ends with the range, with a full page,
 * or after fifty milliseconds; the key it leaves is the place of the last line it looked at, so the
 * next call goes on exactly there whatever was written or put together in between. */
#include "config.h"

#include "store/log_source.h"

#include <stdlib.h>
#include <string.h>

#define CHECK_LINES 64 /* between two looks at the clock */
#define TIME_MAX    (((int64_t)1 << 43) - 1)

struct page {
    const struct log_query *query;
    struct log_range range;
    int64_t *stream_ids; /* owned */
    struct chunk_source *chunks;
    struct post_source *posts;
    struct read_line chunk_line, post_line;
    bool has_chunk, has_post;
    struct table names; /* of streams, by id */
    struct arena *arena;
    struct log_page out;
    size_t room, bytes;
    struct log_place seen; /* the last line looked at */
    bool saw_any;
    const struct log_scan *scan; /* lines are shown to it and not kept */
    bool stopped;                /* by its visitor */
    int64_t last_stream;         /* id and name: neighbours are mostly of one stream */
    const char *last_name;
};

static bool
wants_name(const struct log_query *query, const char *name)
{
    if (query->stream_prefix != NULL &&
        strncmp(name, query->stream_prefix, strlen(query->stream_prefix)) != 0)
        return false;
    if (query->streams == NULL)
        return true;
    for (size_t i = 0; i < query->stream_count; i++) {
        if (strcmp(query->streams[i], name) == 0)
            return true;
    }
    return false;
}

static bool
wants_post(void *arg, const char *name)
{
    return wants_name(arg, name);
}

/* The ids of the streams that were named; E_NOTFOUND when the only one does not exist. */
static enum status
resolve_streams(struct store_reader *r, struct page *p, struct err *err)
{
    const struct log_query *query = p->query;
    sqlite3_stmt *st;
    enum status status;
    size_t n = 0, room = 0;
    bool row;

    if (query->streams == NULL && query->stream_prefix == NULL)
        return OK;
    st = db_stmt(&r->db, SQL_STREAM_NAMES);
    sqlite3_bind_int64(st, 1, p->range.group);
    while ((status = db_next(&r->db, st, &row, err)) == OK && row) {
        if (!wants_name(query, (const char *)sqlite3_column_text(st, 1)))
            continue;
        if (n == room) {
            room = room == 0 ? 16 : room * 2;
            p->stream_ids = xreallocarray(p->stream_ids, room, sizeof *p->stream_ids);
        }
        p->stream_ids[n++] = sqlite3_column_int64(st, 0);
    }
    if (status == OK && n == 0 && query->streams != NULL && query->stream_count == 1)
        return err_set(err, E_NOTFOUND, "no log stream %.200s in %.200s", query->streams[0],
                       query->group);
    if (p->stream_ids == NULL)
        p->stream_ids = xcalloc(1, sizeof *p->stream_ids);
    p->range.stream_ids = p->stream_ids;
    p->range.stream_count = n;
    return status;
}

static enum status
set_range(struct page *p, struct err *err)
{
    const struct log_query *query = p->query;
    struct log_range *range = &p->range;

    range->start_ms = query->start_ms < 0 ? 0 : query->start_ms;
    range->end_ms = query->end_ms > TIME_MAX ? TIME_MAX : query->end_ms;
    range->reverse = query->newest_first;
    range->after.kind = LOG_KIND_NONE;
    range->after.time_ms = query->newest_first ? range->end_ms + 1 : range->start_ms;
    if (query->after != NULL && !log_place_parse(&range->after, query->after))
        return err_set(err, E_INVALID, "that is not a continuation key of a list of log lines");
    return OK;
}

static enum status
pull_chunk(struct page *p, struct err *err)
{
    return chunk_source_next(p->chunks, &p->chunk_line, &p->has_chunk, err);
}

static enum status
pull_post(struct page *p, struct err *err)
{
    return p->posts == NULL ? OK : post_source_next(p->posts, &p->post_line, &p->has_post, err);
}

static enum status
stream_name(struct store_reader *r, struct page *p, const struct read_line *line, const char **out,
            struct err *err)
{
    sqlite3_stmt *st;
    enum status status;
    const char **slot;
    bool row;

    if (line->stream != 0 && line->stream == p->last_stream) {
        *out = p->last_name;
        return OK;
    }
    if (line->stream == 0) {
        slot = table_find(&p->names, line->stream_name, strlen(line->stream_name));
        if (slot == NULL) {
            slot = table_add(&p->names, line->stream_name, strlen(line->stream_name));
            *slot = arena_strdup(p->arena, line->stream_name);
        }
        *out = *slot;
        return OK;
    }
    slot = table_find(&p->names, &line->stream, sizeof line->stream);
    if (slot != NULL) {
        p->last_stream = line->stream;
        *out = p->last_name = *slot;
        return OK;
    }
    st = db_stmt(&r->db, SQL_STREAM_NAME);
    sqlite3_bind_int64(st, 1, line->stream);
    status = db_next(&r->db, st, &row, err);
    if (status != OK)
        return status;
    slot = table_add(&p->names, &line->stream, sizeof line->stream);
    *slot = row ? arena_strdup(p->arena, (const char *)sqlite3_column_text(st, 0)) : "";
    if (row)
        sqlite3_reset(st);
    *out = *slot;
    return OK;
}

static enum status
keep_line(struct store_reader *r, struct page *p, const struct read_line *line, struct err *err)
{
    struct log_line *to;
    char *message;

    if (p->out.count == p->room) {
        struct log_line *grown;

        p->room = p->room == 0 ? 64 : p->room * 2;
        grown = arena_alloc(p->arena, p->room * sizeof *grown);
        if (p->out.count > 0)
            memcpy(grown, p->out.lines, p->out.count * sizeof *grown);
        p->out.lines = grown;
    }
    to = &p->out.lines[p->out.count++];
    message = arena_alloc(p->arena, line->len + 1);
    if (line->len > 0)
        memcpy(message, line->text, line->len);
    to->time_ms = line->place.time_ms;
    to->ingested_ms = line->ingested_ms;
    to->message = message;
    to->message_len = line->len;
    log_place_format(&line->place, to->id);
    p->bytes += line->len;
    return stream_name(r, p, line, &to->stream, err);
}

static enum status
show_line(struct store_reader *r, struct page *p, const struct read_line *line, struct err *err)
{
    struct log_visit shown = {
        .time_ms = line->place.time_ms,
        .ingested_ms = line->ingested_ms,
        .message = line->len == 0 ? "" : line->text,
        .message_len = line->len,
        .number = line->place.number,
        .kind = line->place.kind,
    };
    enum status st = stream_name(r, p, line, &shown.stream, err);

    if (st == OK)
        p->stopped = !p->scan->visit(p->scan->arg, &shown);
    return st;
}

/* Looks at one line and takes it when it matches. */
static enum status
visit(struct store_reader *r, struct page *p, const struct read_line *line, struct err *err)
{
    const struct log_query *query = p->query;

    p->seen = line->place;
    p->saw_any = true;
    if (p->scan != NULL)
        return show_line(r, p, line, err);
    p->out.scanned_bytes += line->len;
    if (query->match != NULL &&
        !query->match(query->match_arg, line->len == 0 ? "" : line->text, line->len))
        return OK;
    return keep_line(r, p, line, err);
}

static bool
is_full(const struct page *p)
{
    size_t limit = p->query->limit > 0 ? p->query->limit : 1;

    return p->out.count >= limit ||
           (p->out.count > 0 && p->query->limit_bytes > 0 && p->bytes >= p->query->limit_bytes);
}

static enum status
merge(struct store_reader *r, struct page *p, bool *exhausted, struct err *err)
{
    uint64_t until = mono_ns() + READ_NS;
    enum status st = pull_chunk(p, err);

    if (st == OK)
        st = pull_post(p, err);
    for (size_t n = 1; st == OK && (p->has_chunk || p->has_post); n++) {
        bool post = p->has_post;

        if (p->stopped || is_full(p) || (n % CHECK_LINES == 0 && mono_ns() > until))
            return OK;
        if (p->has_post && p->has_chunk) {
            int side = log_place_compare(&p->post_line.place, &p->chunk_line.place);

            post = p->range.reverse ? side > 0 : side < 0;
        }
        st = visit(r, p, post ? &p->post_line : &p->chunk_line, err);
        if (st == OK)
            st = post ? pull_post(p, err) : pull_chunk(p, err);
    }
    *exhausted = true;
    return st;
}

static const char *
key_text(struct arena *arena, const struct log_place *place)
{
    char text[LOG_PLACE_TEXT];

    log_place_format(place, text);
    return arena_strdup(arena, text);
}

static void
set_keys(struct page *p, bool exhausted)
{
    if (!exhausted)
        p->out.next = key_text(p->arena, p->saw_any ? &p->seen : &p->range.after);
    if (p->out.count > 0)
        p->out.last = arena_strdup(p->arena, p->out.lines[p->out.count - 1].id);
    else
        p->out.last = key_text(p->arena, &p->range.after);
}

/* Opens both sources and merges them, in one transaction. */
static enum status
read_range(struct store_reader *r, struct page *p, bool *exhausted, struct err *err)
{
    union {
        const struct log_query *in;
        void *out;
    } arg = { p->query }; /* the callback type takes any pointer; it only reads */
    enum status st = reader_begin(r, err);

    if (st == OK)
        st = reader_find_group(r, p->query->group, &p->range.group, err);
    if (st == OK)
        st = resolve_streams(r, p, err);
    if (st == OK) {
        p->chunks = chunk_source_new(r, &p->range);
        p->posts = post_source_new(r, &p->range, p->query->group, wants_post, arg.out);
        st = merge(r, p, exhausted, err);
    }
    chunk_source_free(p->chunks);
    post_source_free(p->posts);
    reader_end(r);
    free(p->stream_ids);
    return st;
}

enum status
store_read_logs(struct store_reader *r, struct arena *arena, const struct log_query *query,
                struct log_page *out, struct err *err)
{
    struct page p = { .query = query, .arena = arena };
    bool exhausted = false;
    enum status st = set_range(&p, err);

    if (st != OK)
        return st;
    table_init(&p.names, sizeof(char *));
    st = read_range(r, &p, &exhausted, err);
    table_fini(&p.names);
    if (st != OK)
        return st;
    set_keys(&p, exhausted);
    *out = p.out;
    return OK;
}

enum status
store_scan_logs(struct store_reader *r, const struct log_scan *scan, char next[32], struct err *err)
{
    const struct log_query query = {
        .group = scan->group,
        .start_ms = scan->start_ms,
        .end_ms = scan->end_ms,
        .newest_first = scan->newest_first,
        .limit = SIZE_MAX,
        .after = scan->after,
    };
    struct page p = { .query = &query, .scan = scan };
    bool exhausted = false;
    enum status st = set_range(&p, err);

    if (st != OK)
        return st;
    table_init(&p.names, sizeof(char *));
    p.arena = p.names.arena;
    st = read_range(r, &p, &exhausted, err);
    table_fini(&p.names);
    if (st != OK)
        return st;
    next[0] = '\0';
    if (!exhausted)
        log_place_format(p.saw_any ? &p.seen : &p.range.after, next);
    return OK;
}

void
log_visit_id(const struct log_visit *line, char id[32])
{
    const struct log_place place = { line->time_ms, line->number, line->kind };

    log_place_format(&place, id);
}
