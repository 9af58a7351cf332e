/* umami_reports.h - what Umami's reports ask: tables by several columns, funnels, who came back,
 * ways. SPDX-License-Identifier: MIT
 *
 * As in umami_read.h: whole questions, answered into an arena. */
#ifndef OV_STORE_UMAMI_REPORTS_H
#define OV_STORE_UMAMI_REPORTS_H

#include "store/umami_read.h"

#define UMAMI_FIELDS_MAX 20
#define UMAMI_STEPS_MAX  8

struct umami_breakdown_row {
    const char *names[UMAMI_FIELDS_MAX]; /* NULL */
    struct umami_totals totals;
};
struct umami_breakdown {
    struct umami_breakdown_row *rows;
    size_t count;
};
/* By all of the columns together; the largest `limit` by visitors, then by rows, or the other way
 * round. */
MUST_CHECK enum status store_umami_breakdown(struct store_reader *reader, struct arena *arena,
                                             const struct umami_scope *scope,
                                             const enum umami_column *columns, size_t column_count,
                                             bool by_rows, size_t limit,
                                             struct umami_breakdown *out, struct err *err);

/* Rows with this path, or of this event. A value with a * in front or behind is looked for as LIKE
 * has it, in the given case. */
struct umami_step {
    bool is_event;
    const char *value;
};
/* Sessions that got to each step. A step counts that comes at most `window_ms` after the one
 * before; filters are asked of the first alone. */
MUST_CHECK enum status store_umami_funnel(struct store_reader *reader, struct arena *arena,
                                          const struct umami_scope *scope,
                                          const struct umami_step *steps, size_t step_count,
                                          int64_t window_ms, int64_t visitors[UMAMI_STEPS_MAX],
                                          struct err *err);
/* Rows, and sessions, of the scope that are such a step. */
MUST_CHECK enum status store_umami_goal(struct store_reader *reader, struct arena *arena,
                                        const struct umami_scope *scope,
                                        const struct umami_step *step, int64_t *rows,
                                        int64_t *sessions, struct err *err);

struct umami_return {
    int64_t day_ms; /* of the first visit, on the wall clock */
    int64_t day;    /* after it; negative: before the first row that passed the filters */
    int64_t visitors, returned;
};
struct umami_returns {
    struct umami_return *rows; /* by day of the first visit, then by day after it */
    size_t count;
};
/* `by_session`: the first visit is the time of the session's own row, if that is in the range;
 * else of the first row of the scope. Filters only say who is asked about. */
MUST_CHECK enum status store_umami_retention(struct store_reader *reader, struct arena *arena,
                                             const struct umami_scope *scope,
                                             const struct zone *zone, bool by_session,
                                             struct umami_returns *out, struct err *err);

struct umami_way {
    const char *steps[UMAMI_STEPS_MAX]; /* names of events, else paths; NULL: it ended before */
    int64_t visits;
};
struct umami_ways {
    struct umami_way *ways; /* most frequent first */
    size_t count;
};
/* The first `steps` things done in each visit, of those that begin and end with these (or NULL). */
MUST_CHECK enum status store_umami_ways(struct store_reader *reader, struct arena *arena,
                                        const struct umami_scope *scope, size_t steps,
                                        const char *first, const char *last, size_t limit,
                                        struct umami_ways *out, struct err *err);

#endif
