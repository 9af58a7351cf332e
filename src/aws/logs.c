/* logs.c - DescribeLogGroups and FilterLogEvents.
 * SPDX-License-Identifier: MIT
 *
 * The newest lines are wanted, so FilterLogEvents is asked to begin at the end (startFromHead
 * false) and to give no more than that many. A page may be short or empty and still not the last.
 *
 * Lines wait outside the arena until it is known which of them stay, so what is kept bounds the
 * memory, not what was read. */
#include "config.h"

#include "aws/logs.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_PAGE      50
#define GROUPS_PAGES_MAX 40
#define EVENTS_PAGE      10000
/* The service's own condition for newest first: a window that begins in 2024 or later. */
#define NEWEST_FIRST_SINCE_MS 1704067200000LL
#define EVENTS_PAGES_MAX      200 /* a page ends with its server's patience, too */
#define EVENTS_BYTES_MAX      ((size_t)64 * 1024 * 1024)

struct logs_job {
    struct aws_client *client;
    struct arena *arena;
    struct pages *pages;
    void *arg;
    bool partial;
    size_t max;

    logs_groups_done *groups_done;
    struct logs_group *groups;
    size_t group_count;

    logs_events_done *events_done;
    struct logs_event *events; /* in order of arrival; each owns its texts */
    size_t count;
    size_t cap;
    size_t bytes; /* of their texts */
};

/* The one allocation behind an event's texts: the id comes first in it. */
static void
event_fini(struct logs_event *event)
{
    union {
        const char *borrowed;
        char *owned;
    } id = { .borrowed = event->id };

    free(id.owned);
}

static void
job_free(struct logs_job *job)
{
    for (size_t i = 0; i < job->count; i++)
        event_fini(&job->events[i]);
    free(job->groups);
    free(job->events);
    free(job);
}

void
logs_cancel(struct logs_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    job_free(job);
}

static enum status
read_groups_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct logs_job *job = arg;
    const cJSON *list = json_get(page, "logGroups");
    const cJSON *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "DescribeLogGroups: an answer without logGroups");
    cJSON_ArrayForEach(item, list)
    {
        const char *name = json_get_string(item, "logGroupName", NULL);

        if (name == NULL)
            return err_set(err, E_INVALID, "DescribeLogGroups: a group without logGroupName");
        if (job->group_count == job->max) {
            job->partial = true;
            *enough = true;
            return OK;
        }
        job->groups[job->group_count++] =
            (struct logs_group){ .name = arena_strdup(job->arena, name),
                                 .created_ms = json_get_int(item, "creationTime", 0),
                                 .stored_bytes = json_get_int(item, "storedBytes", 0) };
    }
    return answer_check_size(job->arena, "DescribeLogGroups", err);
}

static void
on_groups_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct logs_job *job = arg;
    struct logs_group *groups = arena_alloc(job->arena, (job->group_count + 1) * sizeof *groups);

    (void)arrived;
    job->pages = NULL;
    memcpy(groups, job->groups, job->group_count * sizeof *groups);
    job->groups_done(job->arg, groups, job->group_count, more || job->partial, err);
    job_free(job);
}

struct logs_job *
logs_describe_groups(struct aws_client *client, struct arena *arena, const char *prefix, size_t max,
                     logs_groups_done *done, void *arg)
{
    struct logs_job *job = xcalloc(1, sizeof *job);
    cJSON *input = cJSON_CreateObject();

    assert(max > 0);
    job->client = client;
    job->arena = arena;
    job->groups_done = done;
    job->arg = arg;
    job->max = max;
    job->groups = xcalloc(max, sizeof *job->groups);
    if (prefix != NULL)
        cJSON_AddStringToObject(input, "logGroupNamePrefix", prefix);
    cJSON_AddNumberToObject(input, "limit", max < GROUPS_PAGE ? (double)max : GROUPS_PAGE);
    job->pages = pages_start(client, &(struct pages_request){
                                         .service = AWS_LOGS,
                                         .operation = "DescribeLogGroups",
                                         .token = "nextToken",
                                         .max = GROUPS_PAGES_MAX,
                                         .input = input,
                                         .read = read_groups_page,
                                         .done = on_groups_done,
                                         .arg = job,
                                     });
    return job;
}

static int
by_time(const void *a, const void *b)
{
    const struct logs_event *x = a, *y = b;

    if (x->time_ms != y->time_ms)
        return x->time_ms < y->time_ms ? -1 : 1;
    if (x->ingested_ms != y->ingested_ms)
        return x->ingested_ms < y->ingested_ms ? -1 : 1;
    return strcmp(x->id, y->id);
}

static size_t
event_bytes(const struct logs_event *event)
{
    return strlen(event->id) + strlen(event->stream) + event->message_len;
}

/* Keeps the newest `max`. Called when twice as many have come, so each line is moved once on
 * average. */
static void
keep_newest(struct logs_job *job)
{
    if (job->count > 1)
        qsort(job->events, job->count, sizeof *job->events, by_time);
    if (job->count <= job->max)
        return;
    for (size_t i = 0; i < job->count - job->max; i++) {
        job->bytes -= event_bytes(&job->events[i]);
        event_fini(&job->events[i]);
    }
    memmove(job->events, job->events + job->count - job->max, job->max * sizeof *job->events);
    job->count = job->max;
    job->partial = true;
}

static void
add_event(struct logs_job *job, const struct logs_event *event)
{
    if (job->count == 2 * job->max)
        keep_newest(job);
    if (job->count == job->cap) {
        job->cap = job->cap == 0 ? 64 : 2 * job->cap;
        job->events = xreallocarray(job->events, job->cap, sizeof *job->events);
    }
    job->events[job->count++] = *event;
    job->bytes += event_bytes(event);
}

/* Three texts, one behind the other. */
static void
event_set_texts(struct logs_event *event, const char *id, const char *stream, const char *message)
{
    size_t id_size = strlen(id) + 1, stream_size = strlen(stream) + 1;
    char *bytes;

    event->message_len = strlen(message);
    bytes = xmalloc(id_size + stream_size + event->message_len + 1);
    memcpy(bytes, id, id_size);
    memcpy(bytes + id_size, stream, stream_size);
    memcpy(bytes + id_size + stream_size, message, event->message_len + 1);
    event->id = bytes;
    event->stream = bytes + id_size;
    event->message = bytes + id_size + stream_size;
}

static enum status
read_event(struct logs_job *job, const cJSON *item, struct err *err)
{
    const char *message = json_get_string(item, "message", NULL);
    int64_t time_ms = json_get_int(item, "timestamp", -1);
    struct logs_event event;

    if (message == NULL || time_ms < 0)
        return err_set(err, E_INVALID, "FilterLogEvents: an event without timestamp and message");
    event_set_texts(&event, json_get_string(item, "eventId", ""),
                    json_get_string(item, "logStreamName", ""), message);
    event.time_ms = time_ms;
    event.ingested_ms = json_get_int(item, "ingestionTime", 0);
    add_event(job, &event);
    return OK;
}

static enum status
read_events_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct logs_job *job = arg;
    const cJSON *list = json_get(page, "events");
    const cJSON *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "FilterLogEvents: an answer without events");
    cJSON_ArrayForEach(item, list)
    {
        enum status st = read_event(job, item, err);

        if (st != OK)
            return st;
    }
    if (job->bytes > EVENTS_BYTES_MAX)
        return err_set(err, E_LIMIT, "FilterLogEvents: more than %zu MB of lines",
                       EVENTS_BYTES_MAX / 1024 / 1024);
    *enough = job->count >= job->max;
    return OK;
}

static const struct logs_event *
copy_events(const struct logs_job *job)
{
    struct logs_event *events = arena_alloc(job->arena, (job->count + 1) * sizeof *events);

    for (size_t i = 0; i < job->count; i++) {
        const struct logs_event *from = &job->events[i];

        events[i] = *from;
        events[i].id = arena_strdup(job->arena, from->id);
        events[i].stream = arena_strdup(job->arena, from->stream);
        events[i].message = arena_strndup(job->arena, from->message, from->message_len);
    }
    return events;
}

static void
on_events_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct logs_job *job = arg;

    (void)arrived;
    job->pages = NULL;
    keep_newest(job);
    job->events_done(job->arg, copy_events(job), job->count, more || job->partial, err);
    job_free(job);
}

struct logs_job *
logs_filter_events(struct aws_client *client, struct arena *arena, const struct logs_filter *filter,
                   logs_events_done *done, void *arg)
{
    struct logs_job *job = xcalloc(1, sizeof *job);
    cJSON *input = cJSON_CreateObject();

    assert(filter->max > 0);
    job->client = client;
    job->arena = arena;
    job->events_done = done;
    job->arg = arg;
    job->max = filter->max;
    cJSON_AddStringToObject(input, "logGroupName", filter->group);
    if (filter->pattern != NULL)
        cJSON_AddStringToObject(input, "filterPattern", filter->pattern);
    cJSON_AddNumberToObject(input, "startTime", (double)filter->from_ms);
    cJSON_AddNumberToObject(input, "endTime", (double)filter->to_ms);
    cJSON_AddNumberToObject(input, "limit",
                            filter->max < EVENTS_PAGE ? (double)filter->max : EVENTS_PAGE);
    if (filter->from_ms >= NEWEST_FIRST_SINCE_MS)
        cJSON_AddFalseToObject(input, "startFromHead");
    job->pages = pages_start(client, &(struct pages_request){
                                         .service = AWS_LOGS,
                                         .operation = "FilterLogEvents",
                                         .token = "nextToken",
                                         .max = EVENTS_PAGES_MAX,
                                         .input = input,
                                         .read = read_events_page,
                                         .done = on_events_done,
                                         .arg = job,
                                     });
    return job;
}
