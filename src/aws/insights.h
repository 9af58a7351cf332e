/* insights.h - asking CloudWatch Logs Insights: a query that runs at the service, and is paid for
 * by what it reads.
 * SPDX-License-Identifier: MIT */
#ifndef OV_AWS_INSIGHTS_H
#define OV_AWS_INSIGHTS_H

#include "aws/client.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSIGHTS_GROUPS_MAX  50   /* API model */
#define INSIGHTS_ROWS_MAX    5000 /* more is asked for by nobody who reads them */
#define INSIGHTS_COLUMNS_MAX 100

enum insights_status {
    INSIGHTS_STATUS_RUNNING,
    INSIGHTS_STATUS_COMPLETE,
    INSIGHTS_STATUS_CANCELLED,
    INSIGHTS_STATUS_FAILED,
    INSIGHTS_STATUS_TIMEOUT
};

struct insights_query {
    const char *const *groups; /* 1 to 50 */
    size_t group_count;
    const char *text;
    int64_t from_ms;
    int64_t to_ms;
    int poll_ms; /* between two looks; 0: a second, and half of one at first */
};

/* What is known so far. Lives as long as the call it is handed to. */
struct insights_table {
    enum insights_status status;
    const char *const *columns; /* in order of appearance, without @ptr */
    size_t column_count;
    const char *const *cells; /* row by row; NULL where a row has no such field */
    size_t row_count;
    double records_matched, records_scanned, bytes_scanned;
    bool is_partial; /* there are more rows, or columns */
};

struct insights_job; /* under way; gone once it told the last */

/* While it runs, `is_last` is false. At the end `err` is NULL when the query came to one, whatever
 * its status. The cost is that of the whole query so far, also with an error. */
typedef void insights_tell(void *arg, const struct insights_table *table, bool is_last,
                           int64_t cost_microusd, const struct err *err);
/* Copies the query. */
struct insights_job *insights_start(struct aws_client *client, const struct insights_query *query,
                                    insights_tell *tell, void *arg);
/* Also tells the service to stop, so that nobody pays for what nobody waits for; net_finish()
 * before the client is freed gives that a chance. Returns what it has cost until the last poll.
 * NULL is fine. */
int64_t insights_cancel(struct insights_job *job);

#endif
