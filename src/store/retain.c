/* retain.c - old data out, a few milliseconds at a time.
 * SPDX-License-Identifier: MIT
 *
 * Raw metric values live a day: they serve exact percentiles, and after that the rollups are all
 * there is. Rollups age as on CloudWatch: seconds are dropped, minutes become five minutes, these
 * become hours, and hours are dropped. Posts and log lines are kept for as many days as their group
 * says (PutRetentionPolicy), to the minute, and else until the size cap is reached; then the oldest
 * of all raw data goes first, whatever kind it is, until a twentieth of the cap is free. What
 * Umami's trackers sent is kept for a year, and session recordings, each whole, for 30 days, within
 * that cap; a link between ids as long as what it came from. Pages that become free are used again,
 * so the file stops growing at about the cap.
 *
 * The work is cut into steps that each run as a job within a group of writes, so that nobody waits
 * long for it. */
#include "config.h"

#include "domain/limits.h"
#include "store/error_group.h"
#include "store/failure.h"
#include "store/link_write.h"
#include "store/log_drop.h"
#include "store/post_id.h"
#include "store/recording_write.h"
#include "store/retain.h"
#include "store/umami_write.h"
#include "store/vital.h"
#include "store/writer.h"

#include <stdio.h>
#include <string.h>

#define STEP_NS        (4 * 1000000ull)
#define BATCH          200
#define SERIES_BATCH   20
#define RAW_KEEP_MS    86400000LL
#define DAY_MS         86400000LL
#define EVENTS_KEEP_MS (30 * DAY_MS)
#define FREE_SHARE     20 /* one twentieth */

/* --- raw values ------------------------------------------------------------------------------- */

/* The oldest batch of chunks; with `before_ms`, only those whose values are all older. *more: there
 * may be others. */
static enum status
drop_samples(struct writer *w, int64_t before_ms, bool *more, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_SAMPLE_OLDEST);
    int64_t last = 0, values = 0;
    enum status status;
    size_t n = 0;
    bool row;

    *more = false;
    sqlite3_bind_int(st, 1, BATCH);
    while ((status = db_next(&w->db, st, &row, err)) == OK && row) {
        if (sqlite3_column_int64(st, 1) >= before_ms)
            break;
        last = sqlite3_column_int64(st, 0);
        values += sqlite3_column_int64(st, 2);
        n++;
    }
    if (st != NULL)
        sqlite3_reset(st);
    if (status != OK || n == 0)
        return status;
    *more = n == BATCH;
    w->state.data -= values;
    st = db_stmt(&w->db, SQL_SAMPLE_DROP);
    sqlite3_bind_int64(st, 1, last);
    return db_run(&w->db, st, err);
}

static enum status
drop_by_id(struct writer *w, enum sql which, int64_t id, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, which);

    sqlite3_bind_int64(st, 1, id);
    return db_run(&w->db, st, err);
}

/* --- groups that keep their lines for some days ----------------------------------------------- */

/* One batch of the group at hand; *more: there may be others, or other groups. */
static enum status
age_group(struct writer *w, struct retention *r, bool *more, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_GROUP_AGING);
    struct log_drop drop = { .before_ms = INT64_MAX };
    char name[LOG_DROP_NAME];
    enum status status;
    bool any = false;

    sqlite3_bind_int64(st, 1, r->after_group);
    status = db_next(&w->db, st, more, err);
    if (status != OK || !*more)
        return status;
    drop.group = sqlite3_column_int64(st, 0);
    snprintf(name, sizeof name, "%s", (const char *)sqlite3_column_text(st, 1));
    drop.name = name;
    drop.before_ms = r->now_ms - sqlite3_column_int64(st, 2) * DAY_MS;
    sqlite3_reset(st);
    status = log_drop_batch(w, &drop, &any, err);
    r->dropped_lines = r->dropped_lines || drop.dropped_lines;
    r->dropped_posts = r->dropped_posts || drop.dropped_posts;
    if (!any)
        r->after_group = drop.group;
    return status;
}

/* --- the cap ---------------------------------------------------------------------------------- */

enum kind {
    VITALS_KIND,
    ERRORS_KIND,
    SAMPLES_KIND,
    LINES_KIND,
    UMAMI_KIND,
    RECORDINGS_KIND,
    KINDS
};

/* The time of the oldest row of each kind, INT64_MAX where there is none. */
static enum status
find_oldest(struct writer *w, int64_t oldest[KINDS], struct err *err)
{
    static const enum sql posts[] = { SQL_VITAL_NEXT, SQL_ERROR_NEXT };
    static const enum sql chunks[] = { SQL_SAMPLE_OLDEST, SQL_LOG_OLDEST };
    enum status status = OK;
    sqlite3_stmt *st;
    bool row;

    for (int i = 0; i < 2 && status == OK; i++) {
        st = db_stmt(&w->db, posts[i]);
        sqlite3_bind_int64(st, 1, 0);
        status = db_get_int(&w->db, st, INT64_MAX, &oldest[i], err);
        if (oldest[i] != INT64_MAX)
            oldest[i] = post_id_time(oldest[i]);
    }
    for (int i = 0; i < 2 && status == OK; i++) {
        st = db_stmt(&w->db, chunks[i]);
        sqlite3_bind_int(st, 1, 1);
        status = db_next(&w->db, st, &row, err);
        oldest[SAMPLES_KIND + i] = status == OK && row ? sqlite3_column_int64(st, 1) : INT64_MAX;
        if (st != NULL)
            sqlite3_reset(st);
    }
    if (status == OK)
        status = umami_oldest(w, &oldest[UMAMI_KIND], err);
    return status == OK ? recording_oldest(w, &oldest[RECORDINGS_KIND], err) : status;
}

static enum status
used_bytes(struct writer *w, int64_t *out, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_COUNT_PAGES);
    enum status status;
    bool row;

    *out = 0;
    status = db_next(&w->db, st, &row, err);
    if (status != OK || !row)
        return status;
    *out =
        (sqlite3_column_int64(st, 0) - sqlite3_column_int64(st, 1)) * sqlite3_column_int64(st, 2);
    sqlite3_reset(st);
    return OK;
}

/* Its fans go with it: one that also leads to living series is made again when it is next used. */
static enum status
drop_one_series(struct writer *w, int64_t id, struct err *err)
{
    enum status st = drop_by_id(w, SQL_ROLLUP_DROP_ALL, id, err);

    if (st == OK)
        st = drop_by_id(w, SQL_SERIES_DROP, id, err);
    if (st == OK)
        st = drop_by_id(w, SQL_FAN_DROP, id, err);
    return st == OK ? drop_by_id(w, SQL_FAN_UNLINK, id, err) : st;
}

/* With no raw data left, the series that were silent for longest. */
static enum status
drop_series(struct writer *w, struct retention *r, bool *more, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_SERIES_OLDEST);
    int64_t ids[SERIES_BATCH];
    enum status status;
    size_t n = 0;
    bool row;

    sqlite3_bind_int(st, 1, SERIES_BATCH);
    while ((status = db_next(&w->db, st, &row, err)) == OK && row && n < SERIES_BATCH)
        ids[n++] = sqlite3_column_int64(st, 0);
    if (st != NULL)
        sqlite3_reset(st);
    for (size_t i = 0; i < n && status == OK; i++)
        status = drop_one_series(w, ids[i], err);
    *more = n > 0;
    r->dropped_series = r->dropped_series || n > 0;
    return status;
}

/* One batch of whatever is oldest. *more: the file is still too large and something was dropped. */
static enum status
drop_oldest(struct writer *w, struct retention *r, bool *more, struct err *err)
{
    int64_t oldest[KINDS], used;
    int kind = 0;
    bool ignored;
    enum status st = used_bytes(w, &used, err);

    *more = false;
    if (st != OK)
        return st;
    if (used > r->max_bytes)
        r->over = true;
    if (!r->over || used <= r->max_bytes - r->max_bytes / FREE_SHARE)
        return OK;
    st = find_oldest(w, oldest, err);
    if (st != OK)
        return st;
    for (int i = 1; i < KINDS; i++) {
        if (oldest[i] < oldest[kind])
            kind = i;
    }
    if (oldest[kind] == INT64_MAX)
        return drop_series(w, r, more, err);
    *more = true;
    switch ((enum kind)kind) {
    case VITALS_KIND:
        r->dropped_posts = true;
        return log_drop_vitals(w, 0, INT64_MAX, &ignored, err);
    case ERRORS_KIND:
        r->dropped_posts = true;
        return log_drop_errors(w, 0, INT64_MAX, &ignored, err);
    case SAMPLES_KIND:
        return drop_samples(w, INT64_MAX, &ignored, err);
    case LINES_KIND:
        r->dropped_lines = true;
        return log_drop_oldest(w, err);
    case UMAMI_KIND:
        return umami_drop_first(w, err);
    case RECORDINGS_KIND:
        return recording_drop_before(w, INT64_MAX, &ignored, err);
    case KINDS:
        break;
    }
    return OK;
}

/* --- what nothing names any more -------------------------------------------------------------- */

static enum status
oldest_of_group(struct writer *w, int64_t id, const char *name, const int64_t oldest[KINDS],
                int64_t *out, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_LOG_NEXT);
    int64_t posts = INT64_MAX;
    enum status status;

    if (strcmp(name, POST_GROUP_PREFIX WEB_VITALS_FUNCTION) == 0)
        posts = oldest[VITALS_KIND];
    else if (strcmp(name, POST_GROUP_PREFIX ERROR_REPORT_FUNCTION) == 0)
        posts = oldest[ERRORS_KIND];
    sqlite3_bind_int64(st, 1, id);
    sqlite3_bind_int64(st, 2, INT64_MIN);
    status = db_get_int(&w->db, st, INT64_MAX, out, err);
    if (posts < *out)
        *out = posts;
    return status;
}

/* Streams whose newest line is older than everything their group still has. */
static enum status
drop_streams(struct writer *w, const int64_t oldest[KINDS], struct err *err)
{
    sqlite3_stmt *groups = db_stmt(&w->db, SQL_GROUP_IDS), *st;
    enum status status;
    int64_t first;
    bool row;

    while ((status = db_next(&w->db, groups, &row, err)) == OK && row) {
        int64_t id = sqlite3_column_int64(groups, 0);

        status = oldest_of_group(w, id, (const char *)sqlite3_column_text(groups, 1), oldest,
                                 &first, err);
        if (status != OK)
            break;
        st = db_stmt(&w->db, SQL_STREAM_DROP);
        sqlite3_bind_int64(st, 1, id);
        sqlite3_bind_int64(st, 2, first);
        status = db_run(&w->db, st, err);
        if (status != OK)
            break;
    }
    if (groups != NULL)
        sqlite3_reset(groups);
    logs_forget(&w->logs);
    return status;
}

/* Texts last used on a day from which no post is left. */
static enum status
drop_texts(struct writer *w, const int64_t oldest[KINDS], struct err *err)
{
    int64_t first =
        oldest[VITALS_KIND] < oldest[ERRORS_KIND] ? oldest[VITALS_KIND] : oldest[ERRORS_KIND];
    sqlite3_stmt *st = db_stmt(&w->db, SQL_TEXT_DROP);

    sqlite3_bind_int64(st, 1, first / DAY_MS);
    texts_forget(&w->texts);
    catalog_forget_quick(&w->catalog); /* its keys hold numbers of texts */
    return db_run(&w->db, st, err);
}

static enum status
sweep(struct writer *w, struct retention *r, struct err *err)
{
    int64_t oldest[KINDS];
    enum status st = OK;

    if (r->dropped_posts || r->dropped_lines) {
        st = find_oldest(w, oldest, err);
        if (st == OK)
            st = logs_finish(w, err);
        if (st == OK)
            st = drop_streams(w, oldest, err);
    }
    if (st == OK && r->dropped_posts)
        st = drop_texts(w, oldest, err);
    if (st == OK && r->dropped_posts)
        st = error_group_drop(w, oldest[ERRORS_KIND], err);
    if (st == OK && r->dropped_series) {
        rollups_forget(&w->rollups);
        catalog_forget(&w->catalog);
    }
    return st;
}

/* --- tiers ------------------------------------------------------------------------------------ */

static const struct tier {
    int seconds;
    int64_t keep_ms;
    int into; /* the coarser tier its rows become, or 0 */
} tiers[] = {
    { 1, LIMIT_KEEP_1S_MS, 0 },
    { 60, LIMIT_KEEP_60S_MS, 300 },
    { 300, LIMIT_KEEP_300S_MS, 3600 },
    { 3600, LIMIT_KEEP_3600S_MS, 0 },
};

/* A coarser row while finer ones are put into it. */
struct coarse {
    int64_t start;
    struct rollup_row row;
    struct sketch *sketch; /* NULL: none is begun */
};

static enum status
take_body(struct coarse *to, const void *body, size_t len, struct err *err)
{
    struct rollup_row row;

    if (!rollup_row_decode(&row, body, len) ||
        !sketch_decode(to->sketch, row.sketch, row.sketch_len))
        return err_set(err, E_IO, "a rollup row is damaged");
    statistic_set_merge(&to->row.set, &row.set);
    if (row.sketchless)
        to->row.sketchless = true;
    return OK; /* raw rows of that age are gone: no ranges */
}

/* Starts from the row that is there already, if one is. */
static enum status
begin_coarse(struct writer *w, struct coarse *to, int64_t series, int tier, int64_t start,
             struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ROLLUP_GET);
    enum status status;
    bool row;

    *to = (struct coarse){ .start = start, .sketch = sketch_new() };
    sqlite3_bind_int64(st, 1, series);
    sqlite3_bind_int(st, 2, tier);
    sqlite3_bind_int64(st, 3, start);
    status = db_next(&w->db, st, &row, err);
    if (status == OK && row) {
        status =
            take_body(to, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0), err);
        sqlite3_reset(st);
    }
    return status;
}

static enum status
end_coarse(struct writer *w, struct coarse *coarse, int64_t series, int tier, struct err *err)
{
    sqlite3_stmt *st;
    enum status status;

    if (coarse->sketch == NULL)
        return OK;
    buf_clear(&w->scratch);
    rollup_row_encode(&w->scratch, &coarse->row, coarse->sketch);
    st = db_stmt(&w->db, SQL_ROLLUP_PUT);
    sqlite3_bind_int64(st, 1, series);
    sqlite3_bind_int(st, 2, tier);
    sqlite3_bind_int64(st, 3, coarse->start);
    db_bind_bytes(st, 4, w->scratch.data, w->scratch.len);
    status = db_run(&w->db, st, err);
    sketch_free(coarse->sketch);
    coarse->sketch = NULL;
    return status;
}

/* Puts the rows of a tier that are older than `before` (seconds) into the next coarser one. */
static enum status
coarsen(struct writer *w, int64_t series, const struct tier *tier, int64_t before, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_ROLLUP_OLD);
    struct coarse coarse = { 0 };
    enum status status;
    bool row;

    sqlite3_bind_int64(st, 1, series);
    sqlite3_bind_int(st, 2, tier->seconds);
    sqlite3_bind_int64(st, 3, before);
    while ((status = db_next(&w->db, st, &row, err)) == OK && row) {
        int64_t start = sqlite3_column_int64(st, 0) / tier->into * tier->into;

        if (coarse.sketch == NULL || coarse.start != start) {
            status = end_coarse(w, &coarse, series, tier->into, err);
            if (status == OK)
                status = begin_coarse(w, &coarse, series, tier->into, start, err);
        }
        if (status == OK)
            status = take_body(&coarse, sqlite3_column_blob(st, 1),
                               (size_t)sqlite3_column_bytes(st, 1), err);
        if (status != OK)
            break;
    }
    if (st != NULL)
        sqlite3_reset(st);
    if (status == OK)
        status = end_coarse(w, &coarse, series, tier->into, err);
    sketch_free(coarse.sketch);
    return status;
}

static enum status
age_series(struct writer *w, int64_t series, int64_t now_ms, struct err *err)
{
    enum status status = OK;

    for (size_t i = 0; i < sizeof tiers / sizeof tiers[0] && status == OK; i++) {
        const struct tier *tier = &tiers[i];
        int64_t before = (now_ms - tier->keep_ms) / 1000;
        sqlite3_stmt *st;

        if (tier->into != 0) {
            before -= before % tier->into; /* whole coarser rows only */
            status = coarsen(w, series, tier, before, err);
        }
        if (status != OK)
            return status;
        st = db_stmt(&w->db, SQL_ROLLUP_DROP);
        sqlite3_bind_int64(st, 1, series);
        sqlite3_bind_int(st, 2, tier->seconds);
        sqlite3_bind_int64(st, 3, before);
        status = db_run(&w->db, st, err);
    }
    return status;
}

/* One series; *more: there are others. */
static enum status
age_next(struct writer *w, struct retention *r, bool *more, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_SERIES_AFTER);
    enum status status;
    int64_t last_ms;

    sqlite3_bind_int64(st, 1, r->after_series);
    status = db_next(&w->db, st, more, err);
    if (status != OK || !*more)
        return status;
    r->after_series = sqlite3_column_int64(st, 0);
    last_ms = sqlite3_column_int64(st, 1);
    sqlite3_reset(st);
    status = age_series(w, r->after_series, r->now_ms, err);
    if (status != OK || last_ms == 0 || last_ms >= r->now_ms - LIMIT_KEEP_3600S_MS)
        return status;
    r->dropped_series = true;
    return drop_one_series(w, r->after_series, err);
}

/* --- events of alarms ------------------------------------------------------------------------- */

/* CloudWatch keeps the history of alarms for 30 days. */
static enum status
drop_events(struct writer *w, int64_t before_ms, bool *more, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_EVENT_DROP);
    enum status status;

    sqlite3_bind_int64(st, 1, before_ms);
    sqlite3_bind_int64(st, 2, STORE_ALARM_EVENTS_MAX);
    sqlite3_bind_int(st, 3, BATCH);
    status = db_run(&w->db, st, err);
    *more = status == OK && sqlite3_changes(w->db.handle) == BATCH;
    return status;
}

/* --- steps ------------------------------------------------------------------------------------ */

static enum status
step(struct writer *w, struct retention *r, bool *more, struct err *err)
{
    switch (r->phase) {
    case RETAIN_SAMPLES:
        return drop_samples(w, r->now_ms - RAW_KEEP_MS, more, err);
    case RETAIN_GROUPS:
        return age_group(w, r, more, err);
    case RETAIN_SIZE:
        return drop_oldest(w, r, more, err);
    case RETAIN_TIERS:
        *more = false;
        return r->tiers ? age_next(w, r, more, err) : OK;
    case RETAIN_EVENTS:
        return drop_events(w, r->now_ms - EVENTS_KEEP_MS, more, err);
    case RETAIN_RECORDINGS:
        return recording_drop_before(w, r->now_ms - LIMIT_RECORDING_KEEP_MS, more, err);
    case RETAIN_UMAMI:
        *more = false;
        if (!r->tiers)
            return OK;
        return umami_drop_before(w, r->now_ms - LIMIT_UMAMI_KEEP_MS, r->after_website, more, err);
    case RETAIN_LINKS:
        *more = false;
        return r->tiers ? link_drop_before(w, r->now_ms, more, err) : OK;
    case RETAIN_DONE:
        break;
    }
    *more = false;
    return OK;
}

enum status
retain_job(struct writer *w, void *arg, struct err *err)
{
    struct retention *r = arg;
    uint64_t until = mono_ns() + STEP_NS;
    enum status st = writer_flush(w, err);
    int64_t last = 0, left = 0;
    bool more;

    if (st == OK)
        st = umami_last_row(w, &last, err);
    /* Rows may be put together below: none must be open with older content in memory. */
    if (st == OK && r->phase == RETAIN_TIERS && r->tiers)
        rollups_forget(&w->rollups);
    while (st == OK && r->phase != RETAIN_DONE && mono_ns() < until) {
        st = step(w, r, &more, err);
        if (st == OK && !more)
            r->phase++;
        if (r->phase == RETAIN_TIERS && r->tiers && !more)
            rollups_forget(&w->rollups);
    }
    if (st == OK)
        st = sweep(w, r, err);
    if (st == OK)
        st = writer_flush(w, err); /* the counts that went down */
    if (st == OK)
        st = umami_last_row(w, &left, err);
    r->shrank |= left < last;
    r->dropped_posts = r->dropped_lines = r->dropped_series = false;
    return st;
}
