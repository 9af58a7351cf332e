/* insights_jobs.c - the turns of running queries, and the memory of ended ones.
 * SPDX-License-Identifier: MIT
 *
 * Two locks. The list's guards what is told of a query (status, counts) and is held for moments.
 * A query's own guards its executor: a slice holds it for some 50 ms, somebody who wants the rows
 * waits for that. Who holds a query's lock may take the list's, never the other way round; a count
 * of users keeps a query alive between the two.
 *
 * At most a few queries run at a time, each slice another one, so that what queries keep in memory
 * is bounded; further ones are scheduled. A query that ended gives back all but its rows. */
#include "config.h"

#include "emulator/insights_jobs.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "emulator/aws_call.h"
#include "emulator/readers.h"

#define RUNNING_MAX  4
#define TIMEOUT_NS   (3600 * 1000000000ull) /* API reference, StartQuery */
#define KEPT_MAX     200                    /* ended ones */
#define KEPT_BYTES   ((size_t)128 << 20)
#define KEPT_NS      (3600 * 1000000000ull)
#define SLICE_NS     (40 * 1000000ull) /* the store stops by itself after 50 ms */
#define LINES_CHECK  4                 /* between two looks at the clock */
#define LAMBDA_GROUP "/aws/lambda/"

struct job {
    struct job *next, *before; /* newer, older */
    char id[UUID_TEXT];
    struct arena *arena;
    const char *query;
    const char **groups;
    const char **logs; /* "000000000000:group" */
    size_t group_count;
    int64_t start_ms, end_ms;
    atomic_bool stop; /* cancelled: the slice breaks off */

    pthread_mutex_t run; /* guards the next four */
    struct insights *q;
    size_t group; /* that is being read */
    char after[INSIGHTS_ID];
    uint64_t slice_end_ns;

    /* Guarded by the list's lock: */
    enum job_status status;
    unsigned users;
    bool is_dropped; /* freed by its last user */
    int64_t created_ms, duration_ms;
    uint64_t started_ns, ended_ns;
    size_t bytes;
    char failure[ERR_TEXT_MAX];
    struct insights_counts counts;
    size_t groups_scanned;
};

struct insights_jobs {
    pthread_mutex_t lock;
    struct readers *readers;
    struct clock *clock;
    struct job *newest, *oldest;
    size_t count;
    const struct job *stepped; /* the last one that had a slice; only compared */
};

/* --- names ------------------------------------------------------------------------------------ */

static const char *const status_names[JOB_STATUS_COUNT + 1] = {
    [JOB_SCHEDULED] = "Scheduled", [JOB_RUNNING] = "Running",     [JOB_COMPLETE] = "Complete",
    [JOB_FAILED] = "Failed",       [JOB_CANCELLED] = "Cancelled", [JOB_TIMEOUT] = "Timeout",
};

const char *
job_status_name(enum job_status status)
{
    return status_names[status];
}

const char *const *
job_status_names(void)
{
    return status_names;
}

static bool
has_ended(const struct job *job)
{
    return job->status != JOB_SCHEDULED && job->status != JOB_RUNNING;
}

/* --- the list; its lock is held --------------------------------------------------------------- */

static void
job_free(struct job *job)
{
    insights_free(job->q);
    pthread_mutex_destroy(&job->run);
    arena_free(job->arena);
    free(job);
}

static void
append(struct insights_jobs *jobs, struct job *job)
{
    job->before = jobs->newest;
    if (jobs->newest != NULL)
        jobs->newest->next = job;
    else
        jobs->oldest = job;
    jobs->newest = job;
    jobs->count++;
}

static void
drop(struct insights_jobs *jobs, struct job *job)
{
    if (job->before != NULL)
        job->before->next = job->next;
    else
        jobs->oldest = job->next;
    if (job->next != NULL)
        job->next->before = job->before;
    else
        jobs->newest = job->before;
    jobs->count--;
    if (jobs->stepped == job)
        jobs->stepped = NULL;
    job->is_dropped = true;
    if (job->users == 0)
        job_free(job);
}

static struct job *
find(const struct insights_jobs *jobs, const char *id)
{
    for (struct job *job = jobs->newest; job != NULL; job = job->before) {
        if (strcmp(job->id, id) == 0)
            return job;
    }
    return NULL;
}

static size_t
count_open(const struct insights_jobs *jobs)
{
    size_t n = 0;

    for (const struct job *job = jobs->newest; job != NULL; job = job->before)
        n += !has_ended(job);
    return n;
}

/* Forgets ended queries, oldest first, until the others are within bounds. The newest stays. */
static void
trim(struct insights_jobs *jobs)
{
    uint64_t now = mono_ns();
    size_t ended = 0, bytes = 0;
    struct job *job, *before;

    for (job = jobs->newest; job != NULL; job = before) {
        before = job->before;
        if (!has_ended(job))
            continue;
        ended++;
        bytes += job->bytes;
        if (ended > KEPT_MAX || (ended > 1 && bytes > KEPT_BYTES) || now - job->ended_ns > KEPT_NS)
            drop(jobs, job);
    }
}

/* --- use -------------------------------------------------------------------------------------- */

static void
release(struct insights_jobs *jobs, struct job *job)
{
    bool last;

    pthread_mutex_lock(&jobs->lock);
    last = --job->users == 0 && job->is_dropped;
    pthread_mutex_unlock(&jobs->lock);
    if (last)
        job_free(job);
}

/* Ends a query that has not ended yet. Its own lock is held, or nobody else can know it. */
static void
end(struct insights_jobs *jobs, struct job *job, enum job_status status, const char *why)
{
    const char *failure;
    bool is_first;

    pthread_mutex_lock(&jobs->lock);
    is_first = !has_ended(job);
    pthread_mutex_unlock(&jobs->lock);
    if (!is_first)
        return;
    if (insights_settle(job->q) != OK && status == JOB_COMPLETE)
        status = JOB_FAILED;
    failure = why != NULL ? why : insights_failure(job->q);
    pthread_mutex_lock(&jobs->lock);
    job->status = status;
    job->ended_ns = mono_ns();
    job->duration_ms = (int64_t)((job->ended_ns - job->started_ns) / 1000000);
    job->bytes = insights_memory(job->q);
    insights_counts(job->q, &job->counts);
    if (failure != NULL && status == JOB_FAILED)
        snprintf(job->failure, sizeof job->failure, "%s", failure);
    trim(jobs);
    pthread_mutex_unlock(&jobs->lock);
}

/* --- slices ----------------------------------------------------------------------------------- */

struct slice {
    struct job *job;
    unsigned lines;
};

static void
write_id(const struct insights_line *line, char id[INSIGHTS_ID])
{
    log_visit_id(line->place, id);
}

static bool
visit(void *arg, const struct log_visit *shown)
{
    struct slice *slice = arg;
    struct job *job = slice->job;
    const struct insights_line line = {
        .time_ms = shown->time_ms,
        .ingested_ms = shown->ingested_ms,
        .message = shown->message,
        .len = shown->message_len,
        .stream = shown->stream,
        .log = job->logs[job->group],
        .is_lambda = strncmp(job->groups[job->group], LAMBDA_GROUP, sizeof LAMBDA_GROUP - 1) == 0,
        .group = (unsigned)job->group,
        .id = write_id,
        .place = shown,
    };

    if (insights_add(job->q, &line) != OK)
        return false;
    return ++slice->lines % LINES_CHECK != 0 ||
           (mono_ns() < job->slice_end_ns && !atomic_load(&job->stop));
}

/* Reads on. false: the query has come to an end, good or bad. */
static bool
scan(struct job *job, struct store_reader *reader, struct err *err)
{
    struct slice slice = { job, 0 };
    const struct log_scan what = {
        .group = job->groups[job->group],
        .start_ms = job->start_ms,
        .end_ms = job->end_ms,
        .newest_first = true,
        .visit = visit,
        .arg = &slice,
        .after = job->after[0] == '\0' ? NULL : job->after,
    };
    char next[INSIGHTS_ID] = "";
    enum status st;

    job->slice_end_ns = mono_ns() + SLICE_NS;
    st = store_scan_logs(reader, &what, next, err);
    if (st != OK && st != E_NOTFOUND) /* a group that went away meanwhile has no more lines */
        return false;
    memcpy(job->after, next, sizeof next);
    if (next[0] == '\0')
        job->group++;
    return insights_failure(job->q) == NULL && job->group < job->group_count;
}

static void
run_slice(struct insights_jobs *jobs, struct job *job, struct store_reader *reader)
{
    struct err err = { 0 };
    bool more = false;

    pthread_mutex_lock(&job->run);
    if (reader == NULL)
        err_set(&err, E_IO, "the store cannot be read");
    else if (!atomic_load(&job->stop))
        more = scan(job, reader, &err);
    if (err.code != OK && err.code != E_NOTFOUND)
        end(jobs, job, JOB_FAILED, err.text);
    else if (!more && !atomic_load(&job->stop))
        end(jobs, job, insights_failure(job->q) == NULL ? JOB_COMPLETE : JOB_FAILED, NULL);
    else if (mono_ns() - job->started_ns > TIMEOUT_NS)
        end(jobs, job, JOB_TIMEOUT, NULL);
    pthread_mutex_lock(&jobs->lock);
    insights_counts(job->q, &job->counts);
    job->groups_scanned = job->group < job->group_count ? job->group + 1 : job->group_count;
    pthread_mutex_unlock(&jobs->lock);
    pthread_mutex_unlock(&job->run);
}

/* The next in turn among the running; scheduled ones move up. NULL: none is open. */
static struct job *
next_job(struct insights_jobs *jobs)
{
    struct job *first = NULL, *behind = NULL;
    unsigned running = 0;
    bool passed = false;

    for (struct job *job = jobs->oldest; job != NULL && running < RUNNING_MAX; job = job->next) {
        if (has_ended(job))
            passed |= job == jobs->stepped;
        if (has_ended(job))
            continue;
        job->status = JOB_RUNNING;
        running++;
        first = first == NULL ? job : first;
        if (passed && behind == NULL)
            behind = job;
        passed |= job == jobs->stepped;
    }
    return behind != NULL ? behind : first;
}

static bool
step(void *arg, struct store_reader *reader)
{
    struct insights_jobs *jobs = arg;
    struct job *job;
    bool more;

    pthread_mutex_lock(&jobs->lock);
    job = next_job(jobs);
    jobs->stepped = job;
    if (job != NULL)
        job->users++;
    pthread_mutex_unlock(&jobs->lock);
    if (job == NULL)
        return false;
    run_slice(jobs, job, reader);
    release(jobs, job);
    pthread_mutex_lock(&jobs->lock);
    more = count_open(jobs) > 0;
    pthread_mutex_unlock(&jobs->lock);
    return more;
}

/* --- the life of the list --------------------------------------------------------------------- */

struct insights_jobs *
insights_jobs_new(struct readers *readers, struct clock *clock)
{
    struct insights_jobs *jobs = xcalloc(1, sizeof *jobs);

    pthread_mutex_init(&jobs->lock, NULL);
    jobs->readers = readers;
    jobs->clock = clock;
    readers_add_background(readers, step, jobs);
    return jobs;
}

void
insights_jobs_free(struct insights_jobs *jobs)
{
    if (jobs == NULL)
        return;
    while (jobs->newest != NULL)
        drop(jobs, jobs->newest);
    pthread_mutex_destroy(&jobs->lock);
    free(jobs);
}

static struct job *
make_job(struct insights_jobs *jobs, const struct insights_ask *ask)
{
    struct job *job = xcalloc(1, sizeof *job);
    uint8_t id[16];

    pthread_mutex_init(&job->run, NULL);
    if (ask->is_beside)
        clock_uuid_beside(jobs->clock, id);
    else
        clock_uuid(jobs->clock, id);
    uuid_format(id, job->id);
    job->arena = arena_new();
    job->query = arena_strdup(job->arena, ask->query);
    job->group_count = ask->group_count;
    job->groups = arena_alloc(job->arena, ask->group_count * sizeof *job->groups);
    job->logs = arena_alloc(job->arena, ask->group_count * sizeof *job->logs);
    for (size_t i = 0; i < ask->group_count; i++) {
        job->groups[i] = arena_strdup(job->arena, ask->groups[i]);
        job->logs[i] = arena_printf(job->arena, AWS_ACCOUNT ":%s", ask->groups[i]);
    }
    job->start_ms = ask->start_ms;
    job->end_ms = ask->end_ms;
    job->created_ms = ask->now_ms;
    job->started_ns = mono_ns();
    return job;
}

enum status
insights_jobs_start(struct insights_jobs *jobs, const struct insights_ask *ask, char id[UUID_TEXT],
                    struct insights_error *error)
{
    const struct insights_options options = { .limit = ask->limit, .now_ms = ask->now_ms };
    struct insights *q = NULL;
    struct job *job;
    enum status st = insights_new(&q, ask->query, &options, error);
    bool is_taken;

    if (st != OK)
        return st;
    job = make_job(jobs, ask);
    job->q = q;
    memcpy(id, job->id, UUID_TEXT);
    pthread_mutex_lock(&jobs->lock);
    trim(jobs);
    is_taken = count_open(jobs) < INSIGHTS_JOBS_MAX;
    if (is_taken)
        append(jobs, job);
    pthread_mutex_unlock(&jobs->lock);
    if (!is_taken) {
        job_free(job);
        return E_BUSY;
    }
    readers_wake_background(jobs->readers);
    return OK;
}

/* --- looking ---------------------------------------------------------------------------------- */

/* The list's lock is held. */
static struct job_view
view_of(const struct job *job)
{
    uint64_t ran = mono_ns() - job->started_ns;

    return (struct job_view){
        .id = job->id,
        .query = job->query,
        .groups = job->groups,
        .group_count = job->group_count,
        .status = job->status,
        .created_ms = job->created_ms,
        .duration_ms = has_ended(job) ? job->duration_ms : (int64_t)(ran / 1000000),
        .failure = job->failure[0] == '\0' ? NULL : job->failure,
        .counts = job->counts,
        .groups_scanned = job->groups_scanned,
    };
}

static struct job *
use(struct insights_jobs *jobs, const char *id)
{
    struct job *job;

    pthread_mutex_lock(&jobs->lock);
    job = find(jobs, id);
    if (job != NULL)
        job->users++;
    pthread_mutex_unlock(&jobs->lock);
    return job;
}

enum status
insights_jobs_read(struct insights_jobs *jobs, const char *id, job_reader *read, void *arg)
{
    struct job *job = use(jobs, id);
    struct job_view view;

    if (job == NULL)
        return E_NOTFOUND;
    pthread_mutex_lock(&job->run);
    pthread_mutex_lock(&jobs->lock);
    view = view_of(job);
    pthread_mutex_unlock(&jobs->lock);
    if (view.status == JOB_RUNNING && insights_collect(job->q) != OK)
        view.rows = NULL; /* the slice that comes next says that it failed */
    else
        view.rows = job->q;
    read(arg, &view);
    pthread_mutex_unlock(&job->run);
    release(jobs, job);
    return OK;
}

void
insights_jobs_list(struct insights_jobs *jobs, job_reader *read, void *arg)
{
    pthread_mutex_lock(&jobs->lock);
    for (const struct job *job = jobs->newest; job != NULL; job = job->before) {
        const struct job_view view = view_of(job);

        read(arg, &view);
    }
    pthread_mutex_unlock(&jobs->lock);
}

enum status
insights_jobs_cancel(struct insights_jobs *jobs, const char *id)
{
    struct job *job = use(jobs, id);
    bool ended;

    if (job == NULL)
        return E_NOTFOUND;
    atomic_store(&job->stop, true);
    pthread_mutex_lock(&job->run);
    pthread_mutex_lock(&jobs->lock);
    ended = has_ended(job);
    pthread_mutex_unlock(&jobs->lock);
    if (!ended)
        end(jobs, job, JOB_CANCELLED, NULL);
    pthread_mutex_unlock(&job->run);
    release(jobs, job);
    return ended ? E_EXISTS : OK;
}
