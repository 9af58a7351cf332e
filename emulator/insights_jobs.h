/* insights_jobs.h - Logs Insights queries that were started: waiting, running, and what they found.
 * SPDX-License-Identifier: MIT
 *
 * Queries run on the readers' background, a slice of about 50 ms at a time, a few of them in turn.
 * A query that ended is kept for a while, for whoever asks for its rows. */
#ifndef OV_EMULATOR_INSIGHTS_JOBS_H
#define OV_EMULATOR_INSIGHTS_JOBS_H

#include "base/clock.h"
#include "base/err.h"
#include "domain/insights.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSIGHTS_JOBS_MAX   100 /* not ended yet (API reference, StartQuery) */
#define INSIGHTS_GROUPS_ASK 50

struct insights_jobs;
struct readers;

struct insights_jobs *insights_jobs_new(struct readers *readers, struct clock *clock);
/* After the readers have ended. NULL is fine. */
void insights_jobs_free(struct insights_jobs *jobs);

struct insights_ask {
    const char *query;
    const char *const *groups;
    size_t group_count;
    int64_t start_ms, end_ms; /* both inclusive */
    size_t limit;             /* 0: the default */
    int64_t now_ms;
    bool is_beside; /* of struct aws_call */
};
/* E_INVALID: `error` has the sentence and its place. E_BUSY: too many are not ended yet. */
MUST_CHECK enum status insights_jobs_start(struct insights_jobs *jobs,
                                           const struct insights_ask *ask, char id[UUID_TEXT],
                                           struct insights_error *error);

enum job_status {
    JOB_SCHEDULED,
    JOB_RUNNING,
    JOB_COMPLETE,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_TIMEOUT,
    JOB_STATUS_COUNT
};
const char *job_status_name(enum job_status status); /* as the API spells it */
const char *const *job_status_names(void);           /* all, then NULL */

/* A query as it is now; borrowed for the call. */
struct job_view {
    const char *id;
    const char *query;
    const char *const *groups;
    size_t group_count;
    enum job_status status;
    int64_t created_ms, duration_ms;
    const char *failure; /* NULL, or why it failed */
    struct insights_counts counts;
    size_t groups_scanned;
    const struct insights *rows; /* collected; NULL where only the head was asked for */
};
typedef void job_reader(void *arg, const struct job_view *view);

/* Shows one query with its rows so far. May wait for the end of a slice. E_NOTFOUND. */
MUST_CHECK enum status insights_jobs_read(struct insights_jobs *jobs, const char *id,
                                          job_reader *read, void *arg);
/* Shows the heads of all, newest first. */
void insights_jobs_list(struct insights_jobs *jobs, job_reader *read, void *arg);
/* E_NOTFOUND; E_EXISTS: it had ended already. */
MUST_CHECK enum status insights_jobs_cancel(struct insights_jobs *jobs, const char *id);

#endif
