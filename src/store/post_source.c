/* post_source.c - log lines of our own functions, rendered from typed rows.
 * SPDX-License-Identifier: MIT
 *
 * What the Lambdas behind the two tracking endpoints would print is never stored: START, one EMF
 * document for each vital (or the ERROR line), END and REPORT follow from the row. */
#include "config.h"

#include "domain/lambda_line.h"
#include "store/failure.h"
#include "store/log_source.h"
#include "store/post_id.h"
#include "store/vital.h"

#include <stdlib.h>
#include <string.h>

#define ROW_TEXT_MAX ((size_t)64 << 20)
#define DAY_MS       86400000

struct post_source {
    struct store_reader *r;
    struct log_range range;
    bool is_error;
    const char *function;
    post_wants *wants;
    void *wants_arg;
    sqlite3_stmt *st; /* NULL before the first row */
    int64_t id;       /* of the row whose lines are at hand */
    struct buf text;
    size_t *ends; /* of its lines in the text */
    size_t count, room;
    size_t given;
    int64_t day;
    bool day_wanted;
    char stream_name[POST_STREAM_TEXT];
    struct vital_sample *samples;
    size_t sample_room;
};

struct post_source *
post_source_new(struct store_reader *r, const struct log_range *range, const char *group,
                post_wants *wants, void *arg)
{
    struct post_source *s;
    bool is_vital = strcmp(group, POST_GROUP_PREFIX WEB_VITALS_FUNCTION) == 0;
    bool is_error = strcmp(group, POST_GROUP_PREFIX ERROR_REPORT_FUNCTION) == 0;

    if (!is_vital && !is_error)
        return NULL;
    s = xcalloc(1, sizeof *s);
    s->r = r;
    s->range = *range;
    s->is_error = is_error;
    s->function = is_error ? ERROR_REPORT_FUNCTION : WEB_VITALS_FUNCTION;
    s->wants = wants;
    s->wants_arg = arg;
    s->day = INT64_MIN;
    buf_init(&s->text, ROW_TEXT_MAX);
    return s;
}

void
post_source_free(struct post_source *s)
{
    if (s == NULL)
        return;
    buf_fini(&s->text);
    free(s->ends);
    free(s->samples);
    free(s);
}

static char
kind_of(const struct post_source *s)
{
    return s->is_error ? LOG_KIND_ERROR : LOG_KIND_VITAL;
}

/* --- rendering -------------------------------------------------------------------------------- */

static void
end_line(struct post_source *s)
{
    if (s->count == s->room) {
        s->room = s->room == 0 ? 32 : s->room * 2;
        s->ends = xreallocarray(s->ends, s->room, sizeof *s->ends);
    }
    while (s->text.len > 0 && s->text.data[s->text.len - 1] == '\n')
        s->text.len--;
    s->ends[s->count++] = s->text.len;
    buf_addc(&s->text, '\0');
}

static void
begin_lines(struct post_source *s, const uint8_t request_id[16], char request[UUID_TEXT])
{
    s->count = s->given = 0;
    buf_clear(&s->text);
    uuid_format(request_id, request);
    lambda_line_print_start(&s->text, request);
    end_line(s);
}

static void
close_lines(struct post_source *s, const char *request, uint32_t duration_us)
{
    lambda_line_print_end(&s->text, request);
    end_line(s);
    lambda_line_print_report(&s->text, request, duration_us / 1000.0);
    end_line(s);
}

static enum status
read_samples(struct post_source *s, const struct vital_row *row, struct vitals_post *post,
             struct err *err)
{
    struct unpack u = unpack_over(row->samples, row->samples_len);
    struct vital_row_sample from = { 0 };
    enum status st = OK;

    while (st == OK && vital_row_next(&u, row, &from)) {
        struct vital_sample *to;

        if (post->sample_count == s->sample_room) {
            s->sample_room = s->sample_room == 0 ? 16 : s->sample_room * 2;
            s->samples = xreallocarray(s->samples, s->sample_room, sizeof *s->samples);
        }
        to = &s->samples[post->sample_count++];
        *to = (struct vital_sample){
            .vital = from.vital,
            .value = from.value,
            .rating = from.rating,
            .claimed = from.claimed,
            .page_time_ms = from.page_time_ms,
        };
        st = reader_text(s->r, from.url, &to->url, err);
        if (st == OK)
            st = reader_text(s->r, from.route, &to->route, err);
    }
    post->samples = s->samples;
    return st;
}

static enum status
render_vital(struct post_source *s, struct err *err)
{
    char request[UUID_TEXT], session[UUID_TEXT];
    struct vitals_post post = { 0 };
    struct vital_row row;
    enum status st;

    reader_trim_texts(s->r);
    vital_row_read(&row, s->st);
    s->id = row.id;
    post.received_ms = post_id_time(row.id);
    post.duration_us = row.duration_us;
    memcpy(post.request_id, row.request, 16);
    st = reader_text(s->r, row.environment, &post.environment, err);
    if (st == OK)
        st = reader_text(s->r, row.agent, &post.user_agent, err);
    if (st == OK && row.session.is_uuid) {
        uuid_format(row.session.uuid, session);
        post.session_id = session;
    } else if (st == OK) {
        st = reader_text(s->r, row.session.text, &post.session_id, err);
    }
    if (st == OK)
        st = read_samples(s, &row, &post, err);
    if (st != OK)
        return st;
    begin_lines(s, post.request_id, request);
    for (size_t i = 0; i < post.sample_count; i++) {
        web_vitals_print_emf(&s->text, &post, i);
        end_line(s);
    }
    close_lines(s, request, post.duration_us);
    return OK;
}

static enum status
render_error(struct post_source *s, struct err *err)
{
    struct arena *arena = arena_new();
    struct error_report report;
    char request[UUID_TEXT];
    enum status st = failure_read(&s->r->db, arena, s->st, &s->id, &report, err);

    if (st == OK) {
        begin_lines(s, report.request_id, request);
        error_report_print_log(&s->text, &report);
        end_line(s);
        close_lines(s, request, report.duration_us);
    }
    arena_free(arena);
    return st;
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum status
start(struct post_source *s, struct err *err)
{
    static const enum sql statements[2][2] = { { SQL_VITAL_UP, SQL_VITAL_DOWN },
                                               { SQL_ERROR_UP, SQL_ERROR_DOWN } };
    const struct log_range *range = &s->range;
    const struct log_place *after = &range->after;
    int64_t low = post_id_first(range->start_ms), high = post_id_first(range->end_ms + 1);
    int64_t edge = after->kind == kind_of(s) ? log_place_post_id(after)
                   : range->reverse          ? post_id_first(after->time_ms + 1) - 1
                                             : post_id_first(after->time_ms);

    if (!range->reverse && edge > low)
        low = edge;
    if (range->reverse && edge + 1 < high)
        high = edge + 1;
    s->st = db_stmt(&s->r->db, statements[s->is_error][range->reverse]);
    if (s->st == NULL)
        return db_fail(&s->r->db, err);
    sqlite3_bind_int64(s->st, 1, low - 1);
    sqlite3_bind_int64(s->st, 2, high);
    return OK;
}

static bool
day_is_wanted(struct post_source *s, int64_t day)
{
    if (s->day != day) {
        s->day = day;
        logs_post_stream_name(s->stream_name, s->function, day);
        s->day_wanted = s->wants(s->wants_arg, s->stream_name);
    }
    return s->day_wanted;
}

/* Renders the next row of a wanted stream; no lines at the end. */
static enum status
next_row(struct post_source *s, struct err *err)
{
    enum status status = s->st == NULL ? start(s, err) : OK;
    bool row;

    s->count = s->given = 0;
    while (status == OK && (status = db_next(&s->r->db, s->st, &row, err)) == OK && row) {
        if (!day_is_wanted(s, post_id_time(sqlite3_column_int64(s->st, 0)) / DAY_MS))
            continue;
        return s->is_error ? render_error(s, err) : render_vital(s, err);
    }
    return status;
}

enum status
post_source_next(struct post_source *s, struct read_line *line, bool *more, struct err *err)
{
    enum status st = OK;

    *more = false;
    while (true) {
        size_t i;

        if (s->given == s->count) {
            st = next_row(s, err);
            if (st != OK || s->count == 0)
                return st;
        }
        i = s->range.reverse ? s->count - 1 - s->given : s->given;
        s->given++;
        *line = (struct read_line){
            .place = { post_id_time(s->id), log_place_post_number(s->id, (int64_t)i), kind_of(s) },
            .ingested_ms = post_id_time(s->id),
            .stream_name = s->stream_name,
        };
        if (!log_range_has(&s->range, &line->place))
            continue;
        line->text = s->text.data + (i == 0 ? 0 : s->ends[i - 1] + 1);
        line->len = (size_t)(s->text.data + s->ends[i] - line->text);
        *more = true;
        return OK;
    }
}
