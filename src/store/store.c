/* store.c - the door, the queue behind it, and the thread that commits.
 * SPDX-License-Identifier: MIT
 *
 * The writer takes everything that is queued, applies it in one transaction, looks once more, and
 * only when the queue stays empty (or the group is large) commits and calls back. There is no
 * timer: a lone write is committed at once, and the group grows by itself when commits cost more
 * than arrivals. */
#include "config.h"

#include "base/clock.h"
#include "domain/limits.h"
#include "store/compact.h"
#include "store/recording_write.h"
#include "store/retain.h"
#include "store/schema.h"
#include "store/umami_columns.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define QUEUE_WRITES    65536
#define QUEUE_BYTES     ((size_t)64 << 20)
#define GROUP_MAX       4096
#define IDLE_FLUSH_MS   1000
#define TIERS_TURNS     10 /* house-keepings, a minute each, between two looks through the tiers */
#define COMPACT_FROM_MS 600000
#define COMPACT_TO_MS   60000
#define FOLD_TRIES      1000
#define FOLD_PAUSE_NS   5000000            /* a checkpoint or a read is over soon */
#define FULL_RETRY_NS   (200 * 1000000ull) /* how often a full disk is tried again */

/* --- the queue -------------------------------------------------------------------------------- */

static void
queue_init(struct queue *q)
{
    *q = (struct queue){ .end = &q->first, .held_end = &q->held };
    pthread_mutex_init(&q->lock, NULL);
    mono_cond_init(&q->wake);
}

static void
queue_fini(struct queue *q)
{
    assert(q->first == NULL);
    pthread_cond_destroy(&q->wake);
    pthread_mutex_destroy(&q->lock);
}

static void
append(struct store_write ***end, struct store_write *write)
{
    write->next = NULL;
    **end = write;
    *end = &write->next;
}

/* false: full, or stopping. `waits`: somebody waits for it, so it is never held. */
static bool
queue_push(struct queue *q, struct store_write *write, bool bounded, bool waits)
{
    bool good, was_empty;

    pthread_mutex_lock(&q->lock);
    good = !q->stopping &&
           (!bounded || (q->count < QUEUE_WRITES && q->bytes + write->bytes.len <= QUEUE_BYTES));
    was_empty = q->first == NULL;
    if (good) {
        append(q->gathers && !waits ? &q->held_end : &q->end, write);
        q->count++;
        q->bytes += write->bytes.len;
    }
    pthread_mutex_unlock(&q->lock);
    if (good && was_empty)
        pthread_cond_signal(&q->wake);
    return good;
}

/* Under the lock. */
static void
queue_release(struct queue *q)
{
    if (q->held == NULL)
        return;
    *q->end = q->held;
    q->end = q->held_end;
    q->held = NULL;
    q->held_end = &q->held;
    pthread_cond_signal(&q->wake);
}

/* Everything there is; with `wait`, blocks until there is something, or it is time to flush
 * (`dirty`), or to stop. */
static struct store_write *
queue_take(struct queue *q, bool wait, bool dirty, bool *stopping)
{
    struct store_write *list;
    struct timespec until;

    pthread_mutex_lock(&q->lock);
    if (wait && dirty && q->first == NULL && !q->stopping) {
        until = mono_deadline(IDLE_FLUSH_MS);
        while (q->first == NULL && !q->stopping &&
               pthread_cond_timedwait(&q->wake, &q->lock, &until) == 0)
            ;
    } else {
        while (wait && q->first == NULL && !q->stopping)
            pthread_cond_wait(&q->wake, &q->lock);
    }
    list = q->first;
    q->first = NULL;
    q->end = &q->first;
    if (q->held == NULL)
        q->count = q->bytes = 0;
    for (const struct store_write *w = q->held == NULL ? NULL : list; w != NULL; w = w->next) {
        q->count--;
        q->bytes -= w->bytes.len;
    }
    *stopping = q->stopping;
    pthread_mutex_unlock(&q->lock);
    return list;
}

/* --- a group ---------------------------------------------------------------------------------- */

struct group {
    struct store_write *first, **end;
    size_t count;
    bool begun;
    enum status status; /* of the whole group */
    struct err err;
};

static void
apply_one(struct store *s, struct group *g, struct store_write *write)
{
    if (write->job_after != NULL)
        return;
    if (!g->begun) {
        g->begun = true;
        g->status = writer_begin(&s->writer, &g->err);
    }
    if (g->status != OK)
        return;
    if (write->job == NULL) {
        g->status = writer_apply(&s->writer, write, &g->err);
        return;
    }
    write->status = write->job(&s->writer, write->job_arg, &write->err);
    if (write->status == E_IO) {
        g->status = E_IO;
        g->err = write->err;
    }
}

static void
apply_list(struct store *s, struct group *g, struct store_write *list)
{
    *g->end = list;
    for (; list != NULL; list = list->next) {
        apply_one(s, g, list);
        g->end = &list->next;
        g->count++;
    }
}

static int64_t
file_bytes(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 ? info.st_size : 0;
}

static void
publish(struct store *s)
{
    const struct writer_state *state = &s->writer.state;
    struct counters *c = &s->counters;

    c->dirty =
        s->writer.stale || s->writer.rollups.dirty_count > 0 || s->writer.catalog.dirty != NULL;
    if (s->writer.stale)
        return; /* the counts hold what was rolled back */
    c->vitals = (uint64_t)state->vitals;
    c->errors = (uint64_t)state->errors;
    c->data = (uint64_t)state->data;
    c->log_lines = (uint64_t)state->log_lines;
}

static void
end_group(struct store *s, struct group *g)
{
    const uint64_t began_ns = mono_ns();

    if (!g->begun)
        return;
    if (g->status == OK)
        g->status = writer_commit(&s->writer, writer_wants_flush(&s->writer), &g->err);
    if (g->status == OK) {
        s->counters.commits++;
        s->counters.commit_ns += mono_ns() - began_ns;
        s->counters.disk_full = false;
    } else {
        s->counters.disk_full = s->writer.db.full;
        s->failed_ns = mono_ns();
        writer_abandon(&s->writer);
    }
    publish(s);
}

/* Callbacks in the order of arrival; the writes are freed. */
static void
finish_group(struct store *s, struct group *g)
{
    struct store_write *write = g->first;

    while (write != NULL) {
        struct store_write *next = write->next;

        if (write->job_after != NULL)
            write->status = write->job_after(&s->writer, write->job_arg, &write->err);
        else if (g->status != OK)
            write->status = err_set(&write->err, E_IO, "%s", g->err.text);
        if (write->done != NULL)
            write->done(write->arg, write->status, write->status == OK ? NULL : &write->err);
        store_write_free(write);
        write = next;
    }
}

/* While the disk is full most writes are refused without trying: trying costs reading the memory
 * in front of the database again. */
static bool
refuse_at_once(const struct store *s)
{
    return s->counters.disk_full && mono_ns() - s->failed_ns < FULL_RETRY_NS;
}

static void
flush_idle(struct store *s)
{
    struct group g = { .begun = true };

    g.status = writer_begin(&s->writer, &g.err);
    if (g.status == OK)
        g.status = writer_commit(&s->writer, true, &g.err);
    if (g.status != OK)
        writer_abandon(&s->writer);
    publish(s);
}

static void
run_group(struct store *s, struct store_write *list)
{
    struct group g = { .end = &g.first };
    bool stopping, yielded = false;

    if (refuse_at_once(s))
        g.status = err_set(&g.err, E_IO, "the disk is full; free some space, nothing was lost");
    while (list != NULL) {
        apply_list(s, &g, list);
        if (g.count >= GROUP_MAX)
            break;
        list = queue_take(&s->queue, false, false, &stopping);
        if (list == NULL && !yielded) {
            yielded = true;
            sched_yield();
            list = queue_take(&s->queue, false, false, &stopping);
        }
    }
    end_group(s, &g);
    finish_group(s, &g);
    /* Someone reads and nobody writes: spare the next reads the question. */
    if (!g.begun && s->counters.dirty && !s->writer.stale)
        flush_idle(s);
}

/* --- the thread ------------------------------------------------------------------------------- */

static int
saw_frames(void *arg, sqlite3 *handle, const char *name, int frames)
{
    struct store *s = arg;

    (void)handle;
    (void)name;
    s->wal_frames = frames;
    return SQLITE_OK;
}

/* Between groups: tell the keeper how long the log is, and make the last short pass. */
static void
keep_log_short(struct store *s)
{
    if (keeper_wants_pass(s->keeper, s->wal_frames)) {
        sqlite3_wal_checkpoint_v2(s->writer.db.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
        keeper_passed(s->keeper);
    }
    keeper_saw_frames(s->keeper, s->wal_frames);
}

/* Nothing to do for a while is an occasion; but not when nothing may depend on time. */
static bool
is_due_to_flush(const struct store *s)
{
    return s->counters.dirty && !s->writer.stale && !s->is_stepped;
}

static void *
write_for_ever(void *arg)
{
    struct store *s = arg;
    bool stopping = false;

    while (true) {
        struct store_write *list = queue_take(&s->queue, true, is_due_to_flush(s), &stopping);

        if (list != NULL)
            run_group(s, list);
        else if (s->counters.dirty && !s->writer.stale && (stopping || !s->is_stepped))
            flush_idle(s);
        else if (stopping)
            break;
        if (stopping && list == NULL && s->writer.stale)
            break;
        keep_log_short(s);
    }
    return NULL;
}

/* --- the door --------------------------------------------------------------------------------- */

enum status
store_open(struct store **out, const struct store_options *options, struct err *err)
{
    struct store *s = xcalloc(1, sizeof *s);
    enum status st = place_enter(&s->place, options->path, err);

    if (st != OK) {
        free(s);
        return st;
    }
    s->power_loss_safe = options->power_loss_safe && !place_is_private(&s->place);
    s->max_bytes = options->max_bytes > 0 ? options->max_bytes : LIMIT_STORE_BYTES;
    s->clock = options->clock;
    s->is_stepped = options->is_stepped;
    st = writer_open(&s->writer, s->place.path, s->power_loss_safe, s->clock, err);
    if (st == OK && s->is_stepped) {
        s->writer.is_stepped = true;
        st = recording_seed_key(&s->writer, err);
        if (st != OK)
            writer_close(&s->writer);
    }
    if (st != OK) {
        place_leave(&s->place);
        free(s);
        return st;
    }
    queue_init(&s->queue);
    sqlite3_wal_hook(s->writer.db.handle, saw_frames, s);
    publish(s);
    st = keeper_start(&s->keeper, s, s->place.path, err);
    if (st == OK && pthread_create(&s->thread, NULL, write_for_ever, s) != 0) {
        keeper_stop(s->keeper);
        st = err_set(err, E_IO, "cannot start a thread");
    }
    if (st != OK) {
        queue_fini(&s->queue);
        writer_close(&s->writer);
        place_leave(&s->place);
        free(s);
        return st;
    }
    s->umami = umami_columns_new();
    *out = s;
    return OK;
}

static void
make_to_read(struct store *s, struct clock *clock)
{
    s->is_to_read = true;
    s->clock = clock;
    s->umami = umami_columns_new();
}

static enum status
check_file(const struct place *place, const char *name, struct err *err)
{
    struct db db;
    enum status st = db_open(&db, place->path, DB_STILL, false, err);

    if (st == OK) {
        st = schema_check(&db, name, err);
        db_close(&db);
    }
    return st;
}

/* `beside`: whoever has it open goes on. */
static enum status
open_to_read(struct store **out, const char *path, struct clock *clock, bool beside,
             struct err *err)
{
    struct store *s = xcalloc(1, sizeof *s);
    struct stat at;
    enum status st = OK;

    if (stat(path, &at) != 0 || !S_ISREG(at.st_mode))
        st = err_set(err, E_NOTFOUND, "%s is no database file", path);
    if (st == OK)
        st = place_enter(&s->place, path, err);
    if (st == E_EXISTS && beside) {
        if (err != NULL)
            *err = (struct err){ .code = OK };
        place_visit(&s->place, path);
        st = OK;
    }
    if (st == OK) {
        st = check_file(&s->place, path, err);
        if (st != OK)
            place_leave(&s->place);
    }
    if (st != OK) {
        free(s);
        return st;
    }
    make_to_read(s, clock);
    *out = s;
    return OK;
}

/* `fill` writes the file. */
static enum status
fill_place(const struct place *place, store_fill *fill, void *arg, struct err *err)
{
    int fd = open(place->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    enum status st;

    if (fd < 0)
        return err_errno(err, errno, "cannot create %s", place->path);
    st = fill(arg, fd, err);
    close(fd);
    return st;
}

enum status
store_open_copy(struct store **out, const char *name, struct clock *clock, store_fill *fill,
                void *arg, struct err *err)
{
    struct store *s = xcalloc(1, sizeof *s);
    enum status st = place_enter_scratch(&s->place, err);

    if (st != OK) {
        free(s);
        return st;
    }
    make_to_read(s, clock);
    st = fill_place(&s->place, fill, arg, err);
    if (st == OK)
        st = check_file(&s->place, name, err);
    if (st == OK)
        *out = s;
    else
        store_close(s);
    return st;
}

enum status
store_open_to_read(struct store **out, const char *path, struct clock *clock, struct err *err)
{
    return open_to_read(out, path, clock, false, err);
}

enum status
store_open_beside(struct store **out, const char *path, struct clock *clock, struct err *err)
{
    return open_to_read(out, path, clock, true, err);
}

void
store_close(struct store *s)
{
    if (s == NULL)
        return;
    if (s->is_to_read) {
        umami_columns_free(s->umami);
        place_leave(&s->place);
        free(s);
        return;
    }
    pthread_mutex_lock(&s->queue.lock);
    queue_release(&s->queue);
    s->queue.stopping = true;
    pthread_mutex_unlock(&s->queue.lock);
    pthread_cond_signal(&s->queue.wake);
    pthread_join(s->thread, NULL);
    keeper_stop(s->keeper);
    umami_columns_free(s->umami);
    queue_fini(&s->queue);
    writer_close(&s->writer);
    place_leave(&s->place);
    free(s);
}

enum status
store_submit(struct store *s, struct store_write *write, store_done *done, void *arg,
             struct err *err)
{
    if (buf_failed(&write->bytes))
        return err_set(err, E_LIMIT, "more than %zu bytes in one write", WRITE_BYTES_MAX);
    write->done = done;
    write->arg = arg;
    if (queue_push(&s->queue, write, true, false))
        return OK;
    return err_set(err, E_BUSY, "the queue in front of the database is full");
}

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool done;
    enum status status;
    struct err err;
};

static void
wake_waiter(void *arg, enum status status, const struct err *err)
{
    struct waiter *waiter = arg;

    pthread_mutex_lock(&waiter->lock);
    waiter->done = true;
    waiter->status = status;
    if (err != NULL)
        waiter->err = *err;
    pthread_cond_signal(&waiter->wake);
    pthread_mutex_unlock(&waiter->lock);
}

static enum status
submit_and_wait(struct store *s, struct store_write *write, bool bounded, struct err *err)
{
    struct waiter waiter = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };

    write->done = wake_waiter;
    write->arg = &waiter;
    if (!queue_push(&s->queue, write, bounded, true))
        return err_set(err, E_BUSY, "the queue in front of the database is full");
    pthread_mutex_lock(&waiter.lock);
    while (!waiter.done)
        pthread_cond_wait(&waiter.wake, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    pthread_cond_destroy(&waiter.wake);
    pthread_mutex_destroy(&waiter.lock);
    if (waiter.status != OK && err != NULL)
        *err = waiter.err;
    return waiter.status;
}

enum status
store_submit_wait(struct store *s, struct store_write *write, struct err *err)
{
    if (buf_failed(&write->bytes))
        return err_set(err, E_LIMIT, "more than %zu bytes in one write", WRITE_BYTES_MAX);
    return submit_and_wait(s, write, true, err);
}

enum status
store_ask_writer(struct store *s, write_job *job, write_job *after, void *arg, struct err *err)
{
    struct store_write *write = xcalloc(1, sizeof *write);
    enum status st;

    buf_init(&write->bytes, 0);
    write->job = job;
    write->job_after = after;
    write->job_arg = arg;
    st = submit_and_wait(s, write, false, err);
    if (st == E_BUSY)
        store_write_free(write);
    return st;
}

static enum status
reset_job(struct writer *w, void *arg, struct err *err)
{
    (void)arg;
    return writer_empty(w, err);
}

enum status
store_reset(struct store *s, struct err *err)
{
    enum status st = store_ask_writer(s, reset_job, NULL, NULL, err);

    s->counters.alarm_changes++;
    s->umami_epoch++;
    return st;
}

static enum status
retain(struct store *s, bool tiers, struct err *err)
{
    struct retention r = { .max_bytes = s->max_bytes, .tiers = tiers };
    enum status st = OK;

    r.now_ms = clock_now_ms(s->clock);
    while (st == OK && r.phase != RETAIN_DONE)
        st = store_ask_writer(s, retain_job, NULL, &r, err);
    s->umami_epoch += r.shrank;
    return st;
}

void
store_gather(struct store *s, bool on)
{
    pthread_mutex_lock(&s->queue.lock);
    s->queue.gathers = on;
    queue_release(&s->queue);
    pthread_mutex_unlock(&s->queue.lock);
}

void
store_release(struct store *s)
{
    pthread_mutex_lock(&s->queue.lock);
    queue_release(&s->queue);
    pthread_mutex_unlock(&s->queue.lock);
}

static enum status
flush_job(struct writer *w, void *arg, struct err *err)
{
    (void)arg;
    return writer_flush(w, err);
}

/* *arg: it is done. */
static enum status
fold_job(struct writer *w, void *arg, struct err *err)
{
    bool *done = arg;
    int rc = sqlite3_wal_checkpoint_v2(w->db.handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);

    *done = rc == SQLITE_OK;
    if (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
        return OK;
    return err_set(err, E_IO, "the database's log cannot be folded: %s",
                   sqlite3_errmsg(w->db.handle));
}

enum status
store_fold(struct store *s, struct err *err)
{
    const struct timespec pause = { .tv_nsec = FOLD_PAUSE_NS };
    enum status st = store_ask_writer(s, flush_job, NULL, NULL, err);
    bool done = false;

    for (int i = 0; i < FOLD_TRIES && st == OK; i++) {
        st = store_ask_writer(s, NULL, fold_job, &done, err);
        if (done)
            return OK;
        nanosleep(&pause, NULL);
    }
    return st == OK ? err_set(err, E_BUSY, "somebody reads the database all the time") : st;
}

enum status
store_retain(struct store *s, struct err *err)
{
    return retain(s, true, err);
}

/* Looking through every series is only worth it now and then. Log chunks are put together when
 * their minute has been over for a while; a few minutes are looked at again for late lines. */
void
store_keep_house(struct store *s, struct store_reader *reader, unsigned turn)
{
    int64_t now_ms = clock_now_ms(s->clock);
    struct err err;

    if (s->is_stepped)
        return;
    if (retain(s, turn % TIERS_TURNS == 0, &err) != OK ||
        compact_logs(reader, now_ms - COMPACT_FROM_MS, now_ms - COMPACT_TO_MS, &err) != OK)
        return; /* counters.disk_full says it, and the next minute tries again */
}

void
store_commits(const struct store *s, uint64_t *count, uint64_t *ns)
{
    *count = s->counters.commits;
    *ns = s->counters.commit_ns;
}

void
store_stats(struct store *s, struct store_stats *out)
{
    struct counters *c = &s->counters;
    char *wal = xasprintf("%s-wal", s->place.path);

    *out = (struct store_stats){
        .bytes = file_bytes(s->place.path) + file_bytes(wal),
        .max_bytes = s->max_bytes,
        .vitals = c->vitals,
        .errors = c->errors,
        .data = c->data,
        .log_lines = c->log_lines,
        .commits = c->commits,
        .disk_full = c->disk_full,
    };
    pthread_mutex_lock(&s->queue.lock);
    out->queue_length = s->queue.count;
    pthread_mutex_unlock(&s->queue.lock);
    free(wal);
}
