/* aws_logs_filter.c - CloudWatch Logs FilterLogEvents.
 * SPDX-License-Identifier: MIT
 *
 * One call scans for as long as the store lets a read run (about 50 ms) and answers what it found:
 * a page may be empty and still have a nextToken, as on AWS. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "domain/filter_pattern.h"
#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

#define STREAMS_MAX 100

/* Newest first needs a start from 2024 on (API reference, June 2026). */
#define NEWEST_FIRST_SINCE_MS 1704067200000LL

static enum status
read_streams(struct aws_call *call, struct log_query *query)
{
    const struct awsvalue *in = &call->in;
    struct awslist list = { 0 };
    const char **names;
    enum status st;

    st = awsvalue_string(in, "logStreamNamePrefix", AWS_OPTIONAL, 1, LOG_NAME_MAX,
                         &query->stream_prefix);
    if (st == OK)
        st = awsvalue_list(in, "logStreamNames", AWS_OPTIONAL, 1, STREAMS_MAX, &list);
    if (st != OK || list.count == 0)
        return st;
    if (query->stream_prefix != NULL)
        return wire_error_set(call->error, 400, in->service->invalid_code,
                              "LogStreamNames and LogStreamNamePrefix are mutually exclusive "
                              "parameters.");
    names = arena_alloc(call->arena, list.count * sizeof *names);
    while (st == OK && awslist_next(&list))
        st = awslist_string(&list, 1, LOG_NAME_MAX, &names[list.number - 1]);
    query->streams = names;
    query->stream_count = list.count;
    return st;
}

static enum status
read_pattern(struct aws_call *call, struct filter_pattern **out)
{
    const char *text = NULL;
    struct err err = { 0 };
    enum status st =
        awsvalue_string(&call->in, "filterPattern", AWS_OPTIONAL, 0, FILTER_PATTERN_MAX, &text);

    if (st != OK || text == NULL || *text == '\0')
        return st;
    if (filter_pattern_compile(out, text, &err) != OK)
        return awsvalue_invalid(&call->in, "filterPattern", "is not a filter pattern: %s",
                                err.text);
    return OK;
}

static enum status
read_order(const struct awsvalue *in, struct log_query *query)
{
    bool from_head = true;
    enum status st = awsvalue_bool(in, "startFromHead", AWS_OPTIONAL, &from_head);

    if (st == OK && !from_head && query->start_ms < NEWEST_FIRST_SINCE_MS)
        return awsvalue_invalid(in, "startFromHead",
                                "may be false only with a startTime on or after "
                                "2024-01-01T00:00:00Z");
    query->newest_first = !from_head;
    return st;
}

static enum status
read_query(struct aws_call *call, struct log_query *query, uint64_t scope)
{
    /* interleaved has had no effect since 2019; nothing is masked here, so unmask has none */
    static const char *const known[] = { "logGroupName",
                                         "logGroupIdentifier",
                                         "logStreamNames",
                                         "logStreamNamePrefix",
                                         "startTime",
                                         "endTime",
                                         "filterPattern",
                                         "nextToken",
                                         "limit",
                                         "interleaved",
                                         "startFromHead",
                                         "unmask",
                                         NULL };
    const struct awsvalue *in = &call->in;
    const char *token = NULL;
    int64_t limit = LOG_PAGE_LINES;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = aws_logs_group(call, &query->group);
    if (st == OK)
        st = read_streams(call, query);
    if (st == OK)
        st = aws_logs_range(in, &query->start_ms, &query->end_ms);
    if (st == OK)
        st = read_order(in, query);
    if (st == OK)
        st = awsvalue_int(in, "limit", AWS_OPTIONAL, 1, LOG_PAGE_LINES, &limit);
    if (st == OK)
        st = awsvalue_string(in, "nextToken", AWS_OPTIONAL, 1, LOG_TOKEN_MAX, &token);
    if (st != OK)
        return st;
    query->limit = (size_t)limit;
    query->limit_bytes = LOG_PAGE_BYTES;
    if (token != NULL)
        query->after = aws_token_read(call->arena, scope, token);
    return token != NULL && query->after == NULL ? aws_logs_bad_token(call) : OK;
}

static bool
matches(void *arg, const char *message, size_t len)
{
    return filter_pattern_match(arg, message, len);
}

static void
put_event(const struct log_line *line, cJSON *events)
{
    cJSON *event = cJSON_CreateObject();

    cJSON_AddItemToArray(events, event);
    cJSON_AddStringToObject(event, "logStreamName", line->stream);
    cJSON_AddNumberToObject(event, "timestamp", (double)line->time_ms);
    aws_logs_add_message(event, line);
    cJSON_AddNumberToObject(event, "ingestionTime", (double)line->ingested_ms);
    cJSON_AddStringToObject(event, "eventId", line->id);
}

static void
answer(struct aws_call *call, const struct log_page *page, uint64_t scope)
{
    cJSON *events;

    call->out = cJSON_CreateObject();
    events = cJSON_AddArrayToObject(call->out, "events");
    for (size_t i = 0; i < page->count; i++)
        put_event(&page->lines[i], events);
    cJSON_AddArrayToObject(call->out, "searchedLogStreams"); /* empty on AWS since 2020 */
    if (page->next != NULL)
        cJSON_AddStringToObject(call->out, "nextToken",
                                aws_token_make(call->arena, scope, page->next));
    snprintf(call->note, sizeof call->note, "%zu %s", page->count,
             page->count == 1 ? "event" : "events");
}

enum status
aws_filter_log_events(struct aws_call *call)
{
    static const char *const keys[] = { "logGroupName",
                                        "logGroupIdentifier",
                                        "logStreamNames",
                                        "logStreamNamePrefix",
                                        "filterPattern",
                                        "startFromHead",
                                        NULL };
    const uint64_t scope = aws_token_scope("FilterLogEvents", &call->in, keys);
    struct filter_pattern *pattern = NULL;
    struct log_query query = { 0 };
    struct log_page page = { 0 };
    struct err err = { 0 };
    enum status st = read_query(call, &query, scope);

    if (st == OK)
        st = read_pattern(call, &pattern);
    if (st != OK)
        return st;
    if (pattern != NULL) {
        query.match = matches;
        query.match_arg = pattern;
    }
    st = store_read_logs(call->reader, call->arena, &query, &page, &err);
    filter_pattern_free(pattern);
    if (st == E_NOTFOUND)
        return aws_logs_not_found(call, query.group);
    if (st == E_INVALID)
        return aws_logs_bad_token(call);
    if (st != OK)
        return aws_store_failed(call, &err);
    answer(call, &page, scope);
    return OK;
}
