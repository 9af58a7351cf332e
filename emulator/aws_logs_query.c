/* aws_logs_query.c - CloudWatch Logs StartQuery, StopQuery and DescribeQueries.
 * SPDX-License-Identifier: MIT
 *
 * Times are in seconds here and nowhere else in CloudWatch Logs; both ends belong to the range, and
 * the last second is taken as a whole. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/insights_jobs.h"
#include "emulator/parts.h"

#define SECONDS_MAX    253402300799LL /* the end of the year 9999 */
#define IDENTIFIER_MAX 2048
#define QUERY_ID_MAX   256
#define DESCRIBE_MAX   1000
#define MESSAGE_SHOWN  300

/* --- StartQuery ------------------------------------------------------------------------------- */

static enum status
read_one_group(struct aws_call *call, struct insights_ask *ask)
{
    const char **groups = arena_alloc(call->arena, sizeof *groups);

    ask->groups = groups;
    ask->group_count = 1;
    return aws_logs_group_name(&call->in, &groups[0]);
}

static bool
has_group(const struct insights_ask *ask, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ask->groups[i], name) == 0)
            return true;
    }
    return false;
}

/* logGroupNames or logGroupIdentifiers; a group that is named twice is read once. */
static enum status
read_groups(struct aws_call *call, const char *key, struct insights_ask *ask)
{
    const struct awsvalue *in = &call->in;
    struct awslist list = { 0 };
    const char **groups;
    size_t count = 0;
    enum status st = awsvalue_list(in, key, AWS_REQUIRED, 1, INSIGHTS_GROUPS_ASK, &list);

    if (st != OK)
        return st;
    groups = arena_alloc(call->arena, list.count * sizeof *groups);
    ask->groups = groups;
    while (st == OK && awslist_next(&list)) {
        const char *name = NULL;

        st = awslist_string(&list, 1, IDENTIFIER_MAX, &name);
        if (st != OK)
            break;
        name = aws_logs_identified(call->arena, name);
        if (name == NULL || !aws_logs_is_group_name(name))
            return awsvalue_invalid(in, key, "has an item that is no log group's name or ARN");
        if (!has_group(ask, count, name))
            groups[count++] = name;
    }
    ask->group_count = count;
    return st;
}

static enum status
read_scope(struct aws_call *call, struct insights_ask *ask)
{
    static const char *const keys[] = { "logGroupName", "logGroupNames", "logGroupIdentifiers" };
    const struct awsvalue *in = &call->in;
    const char *key = NULL;
    unsigned given = 0;

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (awsvalue_has(in, keys[i])) {
            given++;
            key = keys[i];
        }
    }
    if (given != 1)
        return wire_error_set(call->error, 400, in->service->invalid_code,
                              "expected exactly one of logGroupName, logGroupNames and "
                              "logGroupIdentifiers");
    return key == keys[0] ? read_one_group(call, ask) : read_groups(call, key, ask);
}

static enum status
check_groups(struct aws_call *call, const struct insights_ask *ask)
{
    for (size_t i = 0; i < ask->group_count; i++) {
        struct log_stream_page page = { 0 };
        struct err err = { 0 };
        enum status st = store_list_log_streams(call->reader, call->arena, ask->groups[i], NULL,
                                                false, false, NULL, 1, &page, &err);

        if (st == E_NOTFOUND)
            return wire_error_set(call->error, 400, "ResourceNotFoundException",
                                  "Log group '%.200s' does not exist for account ID '" AWS_ACCOUNT
                                  "'",
                                  ask->groups[i]);
        if (st != OK)
            return aws_store_failed(call, &err);
    }
    return OK;
}

static enum status
read_language(const struct awsvalue *in)
{
    static const char *const languages[] = { "CWLI", "SQL", "PPL", NULL };
    int language = 0;
    enum status st = awsvalue_enum(in, "queryLanguage", AWS_OPTIONAL, languages, &language);

    if (st == OK && language != 0)
        return awsvalue_invalid(in, "queryLanguage", "%s is not supported by obsview: only CWLI",
                                languages[language]);
    return st;
}

static enum status
read_ask(struct aws_call *call, struct insights_ask *ask)
{
    static const char *const known[] = { "logGroupName", "logGroupNames", "logGroupIdentifiers",
                                         "startTime",    "endTime",       "queryString",
                                         "limit",        "queryLanguage", NULL };
    const struct awsvalue *in = &call->in;
    int64_t start = 0, end = 0, limit = 0;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = read_language(in);
    if (st == OK)
        st = read_scope(call, ask);
    if (st == OK)
        st = awsvalue_int(in, "startTime", AWS_REQUIRED, 0, SECONDS_MAX, &start);
    if (st == OK)
        st = awsvalue_int(in, "endTime", AWS_REQUIRED, 0, SECONDS_MAX, &end);
    if (st == OK)
        st = awsvalue_string(in, "queryString", AWS_REQUIRED, 0, INSIGHTS_QUERY_MAX, &ask->query);
    if (st == OK)
        st = awsvalue_int(in, "limit", AWS_OPTIONAL, 1, INSIGHTS_ROWS_MAX, &limit);
    if (st == OK && end < start)
        return awsvalue_invalid(in, "endTime", "must not be before startTime");
    ask->start_ms = start * 1000;
    ask->end_ms = end * 1000 + 999;
    ask->limit = (size_t)limit;
    ask->now_ms = call->now_ms;
    ask->is_beside = call->is_beside;
    return st;
}

static enum status
refuse_query(struct aws_call *call, const struct insights_error *error)
{
    struct wire_error *out = call->error;
    enum status st;
    struct buf members;

    st = wire_error_set(out, 400, "MalformedQueryException", "%s at character %zu to %zu",
                        error->err.text, error->start, error->end);
    buf_init(&members, sizeof out->members - 1);
    buf_addf(&members,
             "\"queryCompileError\":{\"location\":{\"startCharOffset\":%zu,\"endCharOffset\":%zu},"
             "\"message\":",
             error->start, error->end);
    json_print_string(&members, error->err.text, strnlen(error->err.text, MESSAGE_SHOWN));
    buf_addc(&members, '}');
    if (!buf_failed(&members))
        memcpy(out->members, members.data, members.len + 1);
    buf_fini(&members);
    return st;
}

enum status
aws_start_query(struct aws_call *call)
{
    struct insights_error error = { 0 };
    struct insights_ask ask = { 0 };
    char id[UUID_TEXT];
    enum status st = read_ask(call, &ask);

    if (st == OK)
        st = check_groups(call, &ask);
    if (st != OK)
        return st;
    st = insights_jobs_start(emulator_insights(call->em), &ask, id, &error);
    if (st == E_INVALID)
        return refuse_query(call, &error);
    if (st != OK)
        return wire_error_set(call->error, 400, "LimitExceededException",
                              "Account maximum query concurrency limit of [%d] reached.",
                              INSIGHTS_JOBS_MAX);
    call->out = cJSON_CreateObject();
    cJSON_AddStringToObject(call->out, "queryId", id);
    return OK;
}

/* --- StopQuery -------------------------------------------------------------------------------- */

enum status
aws_stop_query(struct aws_call *call)
{
    static const char *const known[] = { "queryId", NULL };
    const char *id = NULL;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = awsvalue_string(&call->in, "queryId", AWS_REQUIRED, 1, QUERY_ID_MAX, &id);
    if (st != OK)
        return st;
    st = insights_jobs_cancel(emulator_insights(call->em), id);
    if (st == E_NOTFOUND)
        return aws_logs_no_query(call, id);
    if (st != OK)
        return wire_error_set(call->error, 400, call->in.service->invalid_code,
                              "The specified query is not running: it has ended already.");
    call->out = cJSON_CreateObject();
    cJSON_AddTrueToObject(call->out, "success");
    return OK;
}

/* --- DescribeQueries -------------------------------------------------------------------------- */

struct listing {
    const char *group; /* NULL: any */
    int status;        /* -1: any */
    const char *after; /* the id it goes on behind; NULL: from the start */
    size_t limit;
    cJSON *queries;
    size_t count;
    char last[UUID_TEXT];
    bool is_begun, has_more;
};

static bool
is_wanted(const struct listing *l, const struct job_view *view)
{
    if (l->status >= 0 && (int)view->status != l->status)
        return false;
    for (size_t i = 0; l->group != NULL && i < view->group_count; i++) {
        if (strcmp(view->groups[i], l->group) == 0)
            return true;
    }
    return l->group == NULL;
}

static void
list_query(void *arg, const struct job_view *view)
{
    struct listing *l = arg;
    cJSON *query;

    if (!l->is_begun) {
        l->is_begun = strcmp(view->id, l->after) == 0;
        return;
    }
    if (!is_wanted(l, view))
        return;
    if (l->count == l->limit) {
        l->has_more = true;
        return;
    }
    l->count++;
    memcpy(l->last, view->id, sizeof l->last);
    query = cJSON_CreateObject();
    cJSON_AddItemToArray(l->queries, query);
    cJSON_AddStringToObject(query, "queryLanguage", "CWLI");
    cJSON_AddStringToObject(query, "queryId", view->id);
    cJSON_AddStringToObject(query, "queryString", view->query);
    cJSON_AddStringToObject(query, "status", job_status_name(view->status));
    cJSON_AddNumberToObject(query, "createTime", (double)view->created_ms);
    cJSON_AddStringToObject(query, "logGroupName", view->groups[0]);
    cJSON_AddNumberToObject(query, "queryDuration", (double)view->duration_ms);
    cJSON_AddNumberToObject(query, "bytesScanned", (double)view->counts.bytes);
}

static enum status
read_listing(struct aws_call *call, struct listing *l, uint64_t scope)
{
    static const char *const known[] = { "logGroupName", "status",        "maxResults",
                                         "nextToken",    "queryLanguage", NULL };
    const struct awsvalue *in = &call->in;
    const char *token = NULL;
    int64_t limit = DESCRIBE_MAX;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = read_language(in);
    if (st == OK && awsvalue_has(in, "logGroupName"))
        st = aws_logs_group_name(in, &l->group);
    if (st == OK)
        st = awsvalue_enum(in, "status", AWS_OPTIONAL, job_status_names(), &l->status);
    if (st == OK)
        st = awsvalue_int(in, "maxResults", AWS_OPTIONAL, 1, DESCRIBE_MAX, &limit);
    if (st == OK)
        st = awsvalue_string(in, "nextToken", AWS_OPTIONAL, 1, LOG_TOKEN_MAX, &token);
    if (st != OK)
        return st;
    l->limit = (size_t)limit;
    l->is_begun = token == NULL;
    if (token != NULL)
        l->after = aws_token_read(call->arena, scope, token);
    return token != NULL && l->after == NULL ? aws_logs_bad_token(call) : OK;
}

enum status
aws_describe_queries(struct aws_call *call)
{
    static const char *const keys[] = { "logGroupName", "status", NULL };
    const uint64_t scope = aws_token_scope("DescribeQueries", &call->in, keys);
    struct listing l = { .status = -1 };
    enum status st = read_listing(call, &l, scope);

    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    l.queries = cJSON_AddArrayToObject(call->out, "queries");
    insights_jobs_list(emulator_insights(call->em), list_query, &l);
    if (l.has_more)
        cJSON_AddStringToObject(call->out, "nextToken", aws_token_make(call->arena, scope, l.last));
    snprintf(call->note, sizeof call->note, "%zu %s", l.count, l.count == 1 ? "query" : "queries");
    return OK;
}
