/* aws_logs_put.c - CloudWatch Logs PutLogEvents.
 * SPDX-License-Identifier: MIT
 *
 * Events that are too old or too new do not fail the request: they are left out and named in
 * rejectedLogEventsInfo. Since events come in order of time, those are a head and a tail of the
 * batch. What is kept goes the way of every log line, so EMF among the events becomes metrics. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "domain/limits.h"
#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/ingest.h"

#define DAY_MS 86400000LL

struct batch {
    const char *group;
    const char *stream;
    struct log_event *events;
    size_t count;
    size_t bytes; /* as the service counts them */
    int retention_days;
    size_t expired_end; /* events before it are older than the group keeps them */
    size_t old_end;     /* ... and before it, too old for any group */
    size_t new_start;   /* events from it on are too new */
};

static enum status
read_event(const struct awslist *list, struct batch *batch)
{
    static const char *const known[] = { "timestamp", "message", NULL };
    struct log_event *event = &batch->events[list->number - 1];
    struct awsvalue in;
    enum status st = awslist_struct(list, &in);

    if (st == OK)
        st = aws_only(&in, known);
    if (st == OK)
        st = awsvalue_millis(&in, "timestamp", AWS_REQUIRED, &event->time_ms);
    if (st == OK)
        st = awsvalue_string(&in, "message", AWS_REQUIRED, 1, SIZE_MAX, &event->message);
    if (st != OK)
        return st;
    event->message_len = strlen(event->message);
    batch->bytes += event->message_len + LIMIT_LOG_EVENT_EXTRA;
    if (event->message_len > LIMIT_LOG_EVENT_BYTES)
        return wire_error_set(in.error, 400, in.service->invalid_code,
                              "Log event too large: %zu bytes exceeds limit of %d",
                              event->message_len, LIMIT_LOG_EVENT_BYTES);
    return OK;
}

static enum status
check_times(const struct awsvalue *in, const struct batch *batch)
{
    const struct log_event *events = batch->events;

    for (size_t i = 1; i < batch->count; i++) {
        if (events[i].time_ms < events[i - 1].time_ms)
            return wire_error_set(in->error, 400, in->service->invalid_code,
                                  "Log events in a single PutLogEvents request must be in "
                                  "chronological order.");
    }
    if (events[batch->count - 1].time_ms - events[0].time_ms > DAY_MS)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "The batch of log events in a single PutLogEvents request cannot "
                              "span more than 24 hours.");
    return OK;
}

static enum status
read_events(struct aws_call *call, struct batch *batch)
{
    const struct awsvalue *in = &call->in;
    struct awslist list = { 0 };
    enum status st = awsvalue_list(in, "logEvents", AWS_REQUIRED, 1, LIMIT_LOG_BATCH_EVENTS, &list);

    if (st != OK)
        return st;
    batch->events = arena_alloc(call->arena, list.count * sizeof *batch->events);
    batch->count = list.count;
    while (st == OK && awslist_next(&list))
        st = read_event(&list, batch);
    if (st != OK)
        return st;
    if (batch->bytes > LIMIT_LOG_BATCH_BYTES)
        return wire_error_set(in->error, 400, in->service->invalid_code,
                              "Upload too large: %zu bytes exceeds limit of %d", batch->bytes,
                              LIMIT_LOG_BATCH_BYTES);
    return check_times(in, batch);
}

/* sequenceToken is accepted and ignored, as on AWS since 2023; an entity is answered for below. */
static enum status
read_batch(struct aws_call *call, struct batch *batch)
{
    static const char *const known[] = { "logGroupName",  "logStreamName", "logEvents",
                                         "sequenceToken", "entity",        NULL };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = aws_logs_group_name(&call->in, &batch->group);
    if (st == OK)
        st = aws_logs_stream_name(&call->in, &batch->stream);
    return st == OK ? read_events(call, batch) : st;
}

static enum status
find_stream(struct aws_call *call, struct batch *batch)
{
    struct log_stream_page page = { 0 };
    struct err err = { 0 };
    enum status st;

    /* by name, the stream itself comes before all that it is a prefix of */
    st = store_list_log_streams(call->reader, call->arena, batch->group, batch->stream, false,
                                false, NULL, 1, &page, &err);
    if (st == E_NOTFOUND)
        return aws_logs_no_group(call);
    if (st != OK)
        return aws_store_failed(call, &err);
    if (page.count == 0 || strcmp(page.streams[0].name, batch->stream) != 0)
        return aws_logs_no_stream(call);
    batch->retention_days = page.retention_days;
    return OK;
}

static void
judge_times(const struct aws_call *call, struct batch *batch)
{
    const int64_t oldest = call->now_ms - LIMIT_PAST_MS;
    const int64_t kept =
        batch->retention_days == 0 ? INT64_MIN : call->now_ms - batch->retention_days * DAY_MS;
    const int64_t newest = call->now_ms + LIMIT_FUTURE_MS;

    batch->new_start = batch->count;
    while (batch->old_end < batch->count && batch->events[batch->old_end].time_ms < oldest)
        batch->old_end++;
    batch->expired_end = batch->old_end;
    while (batch->expired_end < batch->count && batch->events[batch->expired_end].time_ms < kept)
        batch->expired_end++;
    while (batch->new_start > batch->expired_end &&
           batch->events[batch->new_start - 1].time_ms > newest)
        batch->new_start--;
}

static void
put_rejected(struct aws_call *call, const struct batch *batch)
{
    cJSON *info;

    if (batch->expired_end == 0 && batch->new_start == batch->count)
        return;
    call->has_fault = true;
    info = cJSON_AddObjectToObject(call->out, "rejectedLogEventsInfo");
    if (batch->new_start < batch->count)
        cJSON_AddNumberToObject(info, "tooNewLogEventStartIndex", (double)batch->new_start);
    if (batch->old_end > 0)
        cJSON_AddNumberToObject(info, "tooOldLogEventEndIndex", (double)batch->old_end);
    if (batch->expired_end > batch->old_end)
        cJSON_AddNumberToObject(info, "expiredLogEventEndIndex", (double)batch->expired_end);
}

static void
answer(struct aws_call *call, const struct batch *batch)
{
    char token[64];

    call->out = cJSON_CreateObject();
    /* 56 digits, of no use to anybody since sequence tokens are ignored */
    snprintf(token, sizeof token, "4964%052lld", (long long)call->now_ms);
    cJSON_AddStringToObject(call->out, "nextSequenceToken", token);
    put_rejected(call, batch);
    if (awsvalue_has(&call->in, "entity")) {
        cJSON *info = cJSON_AddObjectToObject(call->out, "rejectedEntityInfo");

        cJSON_AddStringToObject(info, "errorType", "UnsupportedLogGroupType");
    }
}

static void
keep(struct aws_call *call, const struct batch *batch)
{
    const struct ingest in = {
        .em = call->em,
        .kind = INTAKE_EMF_LOGS,
        .group = batch->group,
        .stream = batch->stream,
        .emf_only = call->logs_format != NULL && strcasecmp(call->logs_format, "json/emf") == 0,
        .now_ms = call->now_ms,
    };
    const size_t count = batch->new_start - batch->expired_end;
    struct ingest_result result = { 0 };

    if (count > 0) {
        call->write = store_write_new(call->store);
        ingest_log_lines(call->write, call->arena, &in, batch->events + batch->expired_end, count,
                         &result);
    }
    call->has_fault |= result.faulty > 0;
    snprintf(call->note, sizeof call->note, "%zu of %zu %s, %zu with EMF", count, batch->count,
             batch->count == 1 ? "event" : "events", result.documents);
}

enum status
aws_put_log_events(struct aws_call *call)
{
    struct batch batch = { 0 };
    enum status st = read_batch(call, &batch);

    if (st == OK)
        st = find_stream(call, &batch);
    if (st != OK)
        return st;
    judge_times(call, &batch);
    answer(call, &batch);
    keep(call, &batch);
    return OK;
}
