/* insights.c - StartQuery, GetQueryResults again and again, and StopQuery when nobody waits.
 * SPDX-License-Identifier: MIT
 *
 * A query belongs to the account, not to a connection: one that is started and forgotten reads on,
 * and is paid for. So a job that is cancelled outlives its caller as an orphan of the client until
 * StopQuery was answered; if even the answer to StartQuery is not there yet, it waits for that
 * first.
 *
 * The pace of the polls is that of the console: soon after the start, then each second. A poll that
 * fails may have been bad luck, since the query runs on at the service; three in a row are taken
 * for the end. StartQuery itself is not repeated when its answer is lost: two queries would scan.
 *
 * What a query found may come in pages. They are followed when it has ended, as far as rows are
 * shown; a page that does not come leaves those before it, marked as not all. */
#include "config.h"

#include "aws/insights.h"

#include "aws/insights_table.h"
#include "aws/pages.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define POLL_MS        1000 /* half of it at first */
#define POLLS_MAX      3700 /* the service ends a query after an hour */
#define FAILURES_MAX   3
#define PAGES_MAX      10  /* behind the first; one holds up to 10,000 rows */
#define BYTES_PER_UNIT 1e9 /* a gigabyte, of which the price is told */

struct insights_job {
    struct aws_client *client;
    struct aws_call *call;
    struct net_wait *wait;
    struct pages *pages;       /* the rows behind the first page; NULL: not under way */
    cJSON *whole;              /* the first page's answer, to which they are added */
    size_t row_count;          /* in it */
    struct aws_orphan *orphan; /* not NULL: nobody is told any more */
    insights_tell *tell;
    void *arg;
    char *id; /* NULL: not started yet */
    int64_t cost_microusd;
    int poll_ms;
    unsigned polls;
    unsigned failures; /* in a row */
};

static void
job_free(struct insights_job *job)
{
    cJSON_Delete(job->whole);
    free(job->id);
    free(job);
}

/* The client goes before the orphan was done. */
static void
drop(void *arg)
{
    struct insights_job *job = arg;

    aws_call_cancel(job->call);
    job_free(job);
}

/* --- the end --- */

static void
on_stopped(void *arg, const cJSON *answer, const struct err *err)
{
    struct insights_job *job = arg;

    (void)answer;
    (void)err; /* nobody is there to hear it */
    aws_client_release(job->client, job->orphan);
    job_free(job);
}

static void
stop(struct insights_job *job)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "queryId", job->id);
    job->call = aws_call_start(job->client, AWS_LOGS, "StopQuery", input, on_stopped, job);
    cJSON_Delete(input);
}

/* `is_running`: the service is at work and has to be told to stop. */
static void
fail(struct insights_job *job, bool is_running, const struct err *err)
{
    job->tell(job->arg, NULL, true, job->cost_microusd, err);
    if (!is_running) {
        job_free(job);
        return;
    }
    job->orphan = aws_client_adopt(job->client, drop, job);
    stop(job);
}

int64_t
insights_cancel(struct insights_job *job)
{
    int64_t cost_microusd;

    if (job == NULL)
        return 0;
    cost_microusd = job->cost_microusd;
    if (job->pages != NULL) { /* the query has ended */
        pages_cancel(job->pages);
        job_free(job);
        return cost_microusd;
    }
    net_wait_cancel(job->wait);
    job->wait = NULL;
    job->orphan = aws_client_adopt(job->client, drop, job);
    if (job->id == NULL)
        return 0; /* on_started() goes on from here */
    aws_call_cancel(job->call);
    stop(job);
    return cost_microusd;
}

/* --- the polls --- */

static void poll_later(struct insights_job *job, int wait_ms);

static void
poll_failed(struct insights_job *job, const struct err *err)
{
    if (++job->failures >= FAILURES_MAX || err->code == E_NOTFOUND || err->code == E_AUTH)
        fail(job, true, err);
    else
        poll_later(job, job->poll_ms);
}

static void
count_cost(struct insights_job *job, const struct insights_table *table)
{
    const struct price_list *prices = &aws_client_target(job->client)->prices;

    job->failures = 0;
    job->cost_microusd =
        price_microusd(prices, PRICE_INSIGHTS_GB, table->bytes_scanned / BYTES_PER_UNIT);
}

static void
take_table(struct insights_job *job, const struct insights_table *table)
{
    if (table->status != INSIGHTS_STATUS_RUNNING) {
        job->tell(job->arg, table, true, job->cost_microusd, NULL);
        job_free(job);
        return;
    }
    poll_later(job, job->poll_ms); /* first: whoever is told may cancel */
    job->tell(job->arg, table, false, job->cost_microusd, NULL);
}

/* --- more pages --- */

static enum status
add_rows(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct insights_job *job = arg;
    cJSON *rows = cJSON_GetObjectItemCaseSensitive(job->whole, "results");
    const cJSON *more = json_get(page, "results"), *row;

    if (!cJSON_IsArray(more))
        return err_set(err, E_INVALID, "GetQueryResults: results that are no list");
    cJSON_ArrayForEach(row, more)
    {
        if (job->row_count == INSIGHTS_ROWS_MAX)
            break;
        cJSON_AddItemToArray(rows, cJSON_Duplicate(row, true));
        job->row_count++;
    }
    *enough = job->row_count == INSIGHTS_ROWS_MAX;
    return OK;
}

static void
on_rows(void *arg, bool more, unsigned arrived, const struct err *failure)
{
    struct insights_job *job = arg;
    struct insights_table table;
    struct arena *arena = arena_new();
    struct err err;

    (void)arrived; /* reading results is free */
    job->pages = NULL;
    if (failure == NULL && !more)
        cJSON_DeleteItemFromObjectCaseSensitive(job->whole, "nextToken");
    if (insights_table_read(&table, arena, job->whole, &err) == OK)
        take_table(job, &table);
    else
        fail(job, false, &err);
    arena_free(arena);
}

static void
read_on(struct insights_job *job, const cJSON *answer, size_t row_count)
{
    cJSON *input = cJSON_CreateObject();

    job->whole = cJSON_Duplicate(answer, true);
    job->row_count = row_count;
    cJSON_AddStringToObject(input, "queryId", job->id);
    cJSON_AddStringToObject(input, "nextToken", json_get_string(answer, "nextToken", ""));
    job->pages = pages_start(job->client, &(struct pages_request){ .service = AWS_LOGS,
                                                                   .operation = "GetQueryResults",
                                                                   .token = "nextToken",
                                                                   .max = PAGES_MAX,
                                                                   .input = input,
                                                                   .read = add_rows,
                                                                   .done = on_rows,
                                                                   .arg = job });
}

static bool
has_more_to_read(const struct insights_table *table, const cJSON *answer)
{
    return table->status != INSIGHTS_STATUS_RUNNING && table->row_count > 0 &&
           table->row_count < INSIGHTS_ROWS_MAX &&
           *json_get_string(answer, "nextToken", "") != '\0';
}

static void
take_results(struct insights_job *job, const cJSON *answer, const struct insights_table *table)
{
    count_cost(job, table);
    if (has_more_to_read(table, answer))
        read_on(job, answer, table->row_count);
    else
        take_table(job, table);
}

static void
on_results(void *arg, const cJSON *answer, const struct err *failure)
{
    struct insights_job *job = arg;
    struct insights_table table;
    struct arena *arena;
    struct err err;

    job->call = NULL;
    if (failure != NULL) {
        poll_failed(job, failure);
        return;
    }
    arena = arena_new();
    if (insights_table_read(&table, arena, answer, &err) == OK)
        take_results(job, answer, &table);
    else
        fail(job, true, &err);
    arena_free(arena);
}

static void
on_waited(void *arg, bool is_ready)
{
    struct insights_job *job = arg;
    cJSON *input;
    struct err err;

    (void)is_ready;
    job->wait = NULL;
    if (++job->polls > POLLS_MAX) {
        err_set(&err, E_LIMIT, "the query did not end within an hour");
        fail(job, true, &err);
        return;
    }
    input = cJSON_CreateObject();
    cJSON_AddStringToObject(input, "queryId", job->id);
    job->call = aws_call_start(job->client, AWS_LOGS, "GetQueryResults", input, on_results, job);
    cJSON_Delete(input);
}

static void
poll_later(struct insights_job *job, int wait_ms)
{
    job->wait = net_wait(aws_client_net(job->client), -1, wait_ms, on_waited, job);
}

/* --- the start --- */

static void
on_started(void *arg, const cJSON *answer, const struct err *failure)
{
    struct insights_job *job = arg;
    const char *id = json_get_string(answer, "queryId", NULL);
    struct err err = { 0 };

    job->call = NULL;
    if (failure != NULL)
        err = *failure;
    else if (id == NULL || *id == '\0')
        err_set(&err, E_INVALID, "StartQuery: an answer without queryId");
    else
        job->id = xstrdup(id);
    if (job->orphan != NULL && job->id != NULL)
        stop(job);
    else if (job->orphan != NULL)
        on_stopped(job, NULL, NULL);
    else if (err.code != OK)
        fail(job, false, &err);
    else
        poll_later(job, job->poll_ms / 2);
}

struct insights_job *
insights_start(struct aws_client *client, const struct insights_query *query, insights_tell *tell,
               void *arg)
{
    struct insights_job *job = xcalloc(1, sizeof *job);
    cJSON *input = cJSON_CreateObject(), *groups;

    job->client = client;
    job->tell = tell;
    job->arg = arg;
    job->poll_ms = query->poll_ms > 0 ? query->poll_ms : POLL_MS;
    groups = cJSON_AddArrayToObject(input, "logGroupNames");
    for (size_t i = 0; i < query->group_count; i++)
        cJSON_AddItemToArray(groups, cJSON_CreateString(query->groups[i]));
    cJSON_AddNumberToObject(input, "startTime", (double)(query->from_ms / 1000));
    cJSON_AddNumberToObject(input, "endTime", (double)((query->to_ms + 999) / 1000));
    cJSON_AddStringToObject(input, "queryString", query->text);
    cJSON_AddNumberToObject(input, "limit", INSIGHTS_ROWS_MAX);
    job->call = aws_call_start(client, AWS_LOGS, "StartQuery", input, on_started, job);
    cJSON_Delete(input);
    return job;
}
