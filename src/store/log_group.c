/* log_group.c - making, changing and removing log groups and streams.
 * SPDX-License-Identifier: MIT
 *
 * All of it are jobs for the writer thread, whose memory mirrors the rows; a removal is as many
 * short jobs as it needs, so that writes go on in between. The row goes last: a killed process
 * leaves a group with fewer lines. */
#include "config.h"

#include "base/clock.h"
#include "store/log_drop.h"
#include "store/store_inside.h"

#include <stdio.h>
#include <string.h>

#define STEP_NS (4 * 1000000ull)

static enum status
find(struct writer *w, const char *name, struct log_group **out, struct err *err)
{
    return logs_find_group(w, name, strlen(name), out, err);
}

static enum status
run_on(struct writer *w, enum sql which, int64_t id, struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, which);

    sqlite3_bind_int64(st, 1, id);
    return db_run(&w->db, st, err);
}

/* --- what a group carries --------------------------------------------------------------------- */

struct extras {
    const char *group;
    enum log_extra_kind kind;
    const struct log_extra *extras; /* to put ... */
    const char *const *names;       /* ... or to drop */
    size_t count, max;
};

static enum status
put_extra(struct writer *w, int64_t group, enum log_extra_kind kind, const struct log_extra *extra,
          struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_EXTRA_PUT);

    sqlite3_bind_int64(st, 1, group);
    sqlite3_bind_int(st, 2, (int)kind);
    sqlite3_bind_text(st, 3, extra->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64(st, 4, writer_now_ms(w));
    sqlite3_bind_text(st, 5, extra->value, -1, SQLITE_STATIC);
    return db_run(&w->db, st, err);
}

static enum status
drop_extra(struct writer *w, int64_t group, enum log_extra_kind kind, const char *name,
           struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_EXTRA_DROP);

    sqlite3_bind_int64(st, 1, group);
    sqlite3_bind_int(st, 2, (int)kind);
    sqlite3_bind_text(st, 3, name, -1, SQLITE_STATIC);
    return db_run(&w->db, st, err);
}

static enum status
put_all(struct writer *w, int64_t group, const struct extras *e, struct err *err)
{
    enum status st = OK;

    for (size_t i = 0; i < e->count && st == OK; i++)
        st = put_extra(w, group, e->kind, &e->extras[i], err);
    return st;
}

/* One too many is seen when all are in; the savepoint takes them out again. */
static enum status
put_extras_job(struct writer *w, void *arg, struct err *err)
{
    const struct extras *e = arg;
    struct log_group *group;
    sqlite3_stmt *st;
    int64_t count = 0;
    enum status status = find(w, e->group, &group, err);

    if (status == OK)
        status = db_do(&w->db, SQL_EXTRA_BEGIN, err);
    if (status != OK)
        return status;
    status = put_all(w, group->id, e, err);
    if (status == OK) {
        st = db_stmt(&w->db, SQL_EXTRA_COUNT);
        sqlite3_bind_int64(st, 1, group->id);
        sqlite3_bind_int(st, 2, (int)e->kind);
        status = db_get_int(&w->db, st, 0, &count, err);
    }
    if (status == OK && (size_t)count > e->max) {
        status = db_do(&w->db, SQL_EXTRA_BACK, err);
        if (status == OK)
            status = db_do(&w->db, SQL_EXTRA_END, err);
        return status == OK ? err_set(err, E_LIMIT, "more than %zu", e->max) : status;
    }
    return status == OK ? db_do(&w->db, SQL_EXTRA_END, err) : status;
}

static enum status
drop_extras_job(struct writer *w, void *arg, struct err *err)
{
    const struct extras *e = arg;
    struct log_group *group;
    enum status st = find(w, e->group, &group, err);

    for (size_t i = 0; i < e->count && st == OK; i++)
        st = drop_extra(w, group->id, e->kind, e->names[i], err);
    return st;
}

enum status
store_put_log_extras(struct store *s, const char *group, enum log_extra_kind kind,
                     const struct log_extra *extras, size_t count, size_t max, struct err *err)
{
    struct extras e = {
        .group = group, .kind = kind, .extras = extras, .count = count, .max = max
    };

    return store_ask_writer(s, put_extras_job, NULL, &e, err);
}

enum status
store_drop_log_extras(struct store *s, const char *group, enum log_extra_kind kind,
                      const char *const *names, size_t count, struct err *err)
{
    struct extras e = { .group = group, .kind = kind, .names = names, .count = count };

    return store_ask_writer(s, drop_extras_job, NULL, &e, err);
}

/* --- making ----------------------------------------------------------------------------------- */

static enum status
make_group_job(struct writer *w, void *arg, struct err *err)
{
    const struct log_group_spec *spec = arg;
    const struct extras tags = { .kind = LOG_EXTRA_TAG,
                                 .extras = spec->tags,
                                 .count = spec->tag_count };
    struct log_group *group;
    sqlite3_stmt *st;
    enum status status = logs_group(w, spec->name, strlen(spec->name), true, &group, err);

    if (status == OK && spec->kms_key != NULL) {
        st = db_stmt(&w->db, SQL_GROUP_KMS);
        sqlite3_bind_int64(st, 1, group->id);
        sqlite3_bind_text(st, 2, spec->kms_key, -1, SQLITE_STATIC);
        status = db_run(&w->db, st, err);
    }
    return status == OK ? put_all(w, group->id, &tags, err) : status;
}

enum status
store_make_log_group(struct store *s, const struct log_group_spec *spec, struct err *err)
{
    struct log_group_spec copy = *spec;

    return store_ask_writer(s, make_group_job, NULL, &copy, err);
}

enum status
store_create_log_group(struct store *s, const char *group, struct err *err)
{
    return store_make_log_group(s, &(struct log_group_spec){ .name = group }, err);
}

struct log_names {
    const char *group;
    const char *stream; /* NULL: the group itself */
};

static enum status
make_stream_job(struct writer *w, void *arg, struct err *err)
{
    const struct log_names *names = arg;
    struct log_group *group;
    struct log_stream *stream;
    enum status st = find(w, names->group, &group, err);

    if (st == OK)
        st = logs_stream(w, group, names->stream, strlen(names->stream), true, &stream, err);
    return st;
}

enum status
store_create_log_stream(struct store *s, const char *group, const char *stream, struct err *err)
{
    struct log_names names = { group, stream };

    return store_ask_writer(s, make_stream_job, NULL, &names, err);
}

/* --- retention -------------------------------------------------------------------------------- */

struct days {
    const char *group;
    int days;
};

static enum status
retention_job(struct writer *w, void *arg, struct err *err)
{
    const struct days *days = arg;
    struct log_group *group;
    sqlite3_stmt *st;
    enum status status = find(w, days->group, &group, err);

    if (status != OK)
        return status;
    st = db_stmt(&w->db, SQL_GROUP_RETAIN);
    sqlite3_bind_int64(st, 1, group->id);
    sqlite3_bind_int(st, 2, days->days);
    return db_run(&w->db, st, err);
}

enum status
store_set_log_retention(struct store *s, const char *group, int days, struct err *err)
{
    struct days arg = { group, days };

    return store_ask_writer(s, retention_job, NULL, &arg, err);
}

/* --- removing --------------------------------------------------------------------------------- */

struct removal {
    struct log_names names;
    bool done;
};

static enum status
find_stream(struct writer *w, const struct log_names *names, int64_t group, int64_t *id,
            struct err *err)
{
    sqlite3_stmt *st = db_stmt(&w->db, SQL_STREAM_FIND);
    enum status status;

    sqlite3_bind_int64(st, 1, group);
    sqlite3_bind_text(st, 2, names->stream, -1, SQLITE_STATIC);
    status = db_get_int(&w->db, st, 0, id, err);
    if (status == OK && *id == 0)
        return err_set(err, E_NOTFOUND, "no log stream %.200s", names->stream);
    return status;
}

static enum status
remove_rows(struct writer *w, const struct log_drop *drop, struct err *err)
{
    static const enum sql of_group[] = { SQL_GROUP_STREAMS_DROP, SQL_EXTRA_DROP_ALL,
                                         SQL_GROUP_DROP };
    enum status st = OK;

    if (drop->stream != 0)
        return run_on(w, SQL_STREAM_DROP_ONE, drop->stream, err);
    for (size_t i = 0; i < sizeof of_group / sizeof of_group[0] && st == OK; i++)
        st = run_on(w, of_group[i], drop->group, err);
    return st;
}

static enum status
remove_lines(struct writer *w, struct removal *r, struct log_drop *drop, struct err *err)
{
    const uint64_t until = mono_ns() + STEP_NS;
    enum status st = OK;
    bool more = true;

    while (st == OK && more && mono_ns() < until)
        st = log_drop_batch(w, drop, &more, err);
    if (st == OK)
        st = writer_flush(w, err); /* the counts that went down */
    if (st != OK || more)
        return st;
    r->done = true;
    logs_forget(&w->logs);
    return remove_rows(w, drop, err);
}

static enum status
removal_job(struct writer *w, void *arg, struct err *err)
{
    struct removal *r = arg;
    struct log_drop drop = { .name = r->names.group,
                             .stream_name = r->names.stream,
                             .before_ms = INT64_MAX };
    struct log_group *group;
    enum status st = find(w, r->names.group, &group, err);

    if (st == OK) {
        drop.group = group->id;
        if (r->names.stream != NULL)
            st = find_stream(w, &r->names, drop.group, &drop.stream, err);
    }
    if (st == OK)
        st = writer_flush(w, err);
    return st == OK ? remove_lines(w, r, &drop, err) : st;
}

static enum status
remove_names(struct store *s, const char *group, const char *stream, struct err *err)
{
    struct removal r = { .names = { group, stream } };
    enum status st = OK;

    while (st == OK && !r.done)
        st = store_ask_writer(s, removal_job, NULL, &r, err);
    return st;
}

enum status
store_delete_log_group(struct store *s, const char *group, struct err *err)
{
    return remove_names(s, group, NULL, err);
}

enum status
store_delete_log_stream(struct store *s, const char *group, const char *stream, struct err *err)
{
    return remove_names(s, group, stream, err);
}
