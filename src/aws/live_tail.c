/* live_tail.c - StartLiveTail and its event stream.
 * SPDX-License-Identifier: MIT
 *
 * The service sends an update each second, also when there is nothing new. So a stream that is
 * silent for half a minute is dead, whatever TCP thinks, and is ended. A session that ends is not
 * begun anew here: lines were missed, and whoever shows them has to look for those first.
 *
 * The answer to a session that was refused is no stream but an ordinary refusal; the client tells
 * them apart. */
#include "config.h"

#include "aws/live_tail.h"

#include "base/clock.h"
#include "base/json.h"
#include "wire/event_stream.h"

#include <stdlib.h>
#include <string.h>

#define SILENCE_MS 30000
#define LINES_MAX  2000 /* of an update; the service sends 500 */
#define MINUTE_NS  (60 * 1000000000ULL)
#define GROUPS_MAX 50

struct live_tail {
    struct aws_client *client;
    struct aws_call *call;
    struct net_wait *watch;
    struct event_decoder decoder;
    live_tail_lines *lines;
    live_tail_end *end;
    void *arg;
    char *group;
    char *pattern;
    uint64_t opened_ns; /* 0: not yet */
    bool has_heard;     /* since the last look */
    struct err err;     /* why the stream is broken off */
};

static void
tail_free(struct live_tail *tail)
{
    net_wait_cancel(tail->watch);
    event_decoder_fini(&tail->decoder);
    free(tail->group);
    free(tail->pattern);
    free(tail);
}

void
live_tail_stop(struct live_tail *tail)
{
    if (tail == NULL)
        return;
    aws_call_cancel(tail->call);
    tail_free(tail);
}

int64_t
live_tail_cost_microusd(const struct live_tail *tail)
{
    const struct price_list *prices = &aws_client_target(tail->client)->prices;
    uint64_t minutes;

    if (tail->opened_ns == 0)
        return 0;
    minutes = (mono_ns() - tail->opened_ns) / MINUTE_NS + 1; /* begun ones count */
    return price_microusd(prices, PRICE_LIVE_TAIL_MINUTE, (double)minutes);
}

static void
tell_end(struct live_tail *tail, const struct err *err)
{
    tail->end(tail->arg, err);
    tail_free(tail);
}

/* --- frames --- */

static void
tell_lines(struct live_tail *tail, const cJSON *update)
{
    const cJSON *list = json_get(update, "sessionResults"), *item;
    int total = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    size_t max = total > LINES_MAX ? LINES_MAX : (size_t)total, count = 0;
    struct logs_event *lines = xcalloc(max + 1, sizeof *lines);
    bool is_sampled = json_get_bool(json_get(update, "sessionMetadata"), "sampled", false);

    for (item = total > 0 ? list->child : NULL; item != NULL && count < max; item = item->next) {
        const char *message = json_get_string(item, "message", NULL);
        int64_t time_ms = json_get_int(item, "timestamp", -1);

        if (message == NULL || time_ms < 0)
            continue;
        lines[count++] =
            (struct logs_event){ .id = "",
                                 .stream = json_get_string(item, "logStreamName", ""),
                                 .message = message,
                                 .message_len = strlen(message),
                                 .time_ms = time_ms,
                                 .ingested_ms = json_get_int(item, "ingestionTime", 0) };
    }
    tail->lines(tail->arg, lines, count, is_sampled || (size_t)total > max);
    free(lines);
}

static enum status
take_exception(const struct event_frame *frame, struct err *err)
{
    const char *type = event_frame_get(frame, ":exception-type");
    cJSON *doc = NULL;

    if (json_parse(&doc, frame->payload, frame->payload_len, NULL) != OK)
        doc = NULL;
    err_set(err, E_BUSY, "Live Tail has ended: %s: %s", type != NULL ? type : "exception",
            json_get_string(doc, "message", json_get_string(doc, "Message", "no reason given")));
    cJSON_Delete(doc);
    return err->code;
}

/* As the model has it: the stream's events are members of a union. */
static void
tell_ear(struct live_tail *tail, cJSON *update)
{
    cJSON *piece = cJSON_CreateObject();

    cJSON_AddItemToObject(piece, "sessionUpdate", update);
    if (cJSON_GetArraySize(json_get(update, "sessionResults")) > 0)
        aws_stream_tell(tail->call, &piece);
    cJSON_Delete(piece);
}

static enum status
take_frame(struct live_tail *tail, const struct event_frame *frame, struct err *err)
{
    const char *kind = event_frame_get(frame, ":message-type");
    const char *type = event_frame_get(frame, ":event-type");
    cJSON *doc = NULL;

    tail->has_heard = true;
    if (kind != NULL && (strcmp(kind, "exception") == 0 || strcmp(kind, "error") == 0))
        return take_exception(frame, err);
    if (tail->opened_ns == 0)
        tail->opened_ns = mono_ns();
    if (type == NULL || strcmp(type, "sessionUpdate") != 0)
        return OK;
    if (json_parse(&doc, frame->payload, frame->payload_len, err) != OK)
        return err_context(err, "Live Tail: an update");
    tell_lines(tail, doc);
    tell_ear(tail, doc);
    return OK;
}

static bool
on_bytes(void *arg, const char *bytes, size_t len)
{
    struct live_tail *tail = arg;
    struct event_frame frame;
    bool has = true;

    if (event_decoder_add(&tail->decoder, bytes, len, &tail->err) != OK)
        return false;
    while (has) {
        if (event_decoder_next(&tail->decoder, &frame, &has, &tail->err) != OK)
            return false;
        if (has && take_frame(tail, &frame, &tail->err) != OK)
            return false;
    }
    return true;
}

/* --- the session --- */

static void
on_stream_end(void *arg, const struct err *err)
{
    struct live_tail *tail = arg;
    struct err closed;

    tail->call = NULL;
    err_set(&closed, E_IO, "Live Tail: the service closed the session");
    if (tail->err.code != OK)
        err = &tail->err; /* it was us who broke it off */
    tell_end(tail, err != NULL ? err : &closed);
}

static void watch(struct live_tail *tail);

static void
on_watched(void *arg, bool is_ready)
{
    struct live_tail *tail = arg;
    struct err err;

    (void)is_ready;
    tail->watch = NULL;
    if (tail->has_heard) {
        watch(tail);
        return;
    }
    aws_call_cancel(tail->call);
    tail->call = NULL;
    err_set(&err, E_IO, "Live Tail: nothing was heard for %d seconds", SILENCE_MS / 1000);
    tell_end(tail, &err);
}

static void
watch(struct live_tail *tail)
{
    tail->has_heard = false;
    tail->watch = net_wait(aws_client_net(tail->client), -1, SILENCE_MS, on_watched, tail);
}

static void
open_session(struct live_tail *tail, const char *identifier)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "logGroupIdentifiers"),
                         cJSON_CreateString(identifier));
    if (tail->pattern != NULL)
        cJSON_AddStringToObject(input, "logEventFilterPattern", tail->pattern);
    tail->call = aws_stream_start(tail->client, AWS_LOGS, "StartLiveTail", "stream-", input,
                                  on_bytes, on_stream_end, tail);
    cJSON_Delete(input);
    watch(tail);
}

/* The ARN of the group in an answer of DescribeLogGroups, the caller's; NULL: it is not there. */
static char *
find_arn(const cJSON *answer, const char *group)
{
    const cJSON *list = json_get(answer, "logGroups"), *item;

    for (item = cJSON_IsArray(list) ? list->child : NULL; item != NULL; item = item->next) {
        const char *arn = json_get_string(item, "logGroupArn", json_get_string(item, "arn", group));
        size_t len = strlen(arn);

        if (strcmp(json_get_string(item, "logGroupName", ""), group) != 0)
            continue;
        if (len > 2 && strcmp(arn + len - 2, ":*") == 0)
            len -= 2;
        return xstrndup(arn, len);
    }
    return NULL;
}

static void
on_groups(void *arg, const cJSON *answer, const struct err *failure)
{
    struct live_tail *tail = arg;
    char *arn = find_arn(answer, tail->group);
    struct err err;

    tail->call = NULL;
    if (failure != NULL)
        tell_end(tail, failure);
    else if (arn == NULL) {
        err_set(&err, E_NOTFOUND, "Live Tail: there is no log group %s", tail->group);
        tell_end(tail, &err);
    } else
        open_session(tail, arn);
    free(arn);
}

struct live_tail *
live_tail_start(struct aws_client *client, const char *group, const char *pattern,
                live_tail_lines *lines, live_tail_end *end, void *arg)
{
    struct live_tail *tail = xcalloc(1, sizeof *tail);
    cJSON *input = cJSON_CreateObject();

    tail->client = client;
    tail->lines = lines;
    tail->end = end;
    tail->arg = arg;
    tail->group = xstrdup(group);
    tail->pattern = pattern != NULL ? xstrdup(pattern) : NULL;
    event_decoder_init(&tail->decoder);
    cJSON_AddStringToObject(input, "logGroupNamePrefix", group);
    cJSON_AddNumberToObject(input, "limit", GROUPS_MAX); /* by name, so its own comes first */
    tail->call = aws_call_start(client, AWS_LOGS, "DescribeLogGroups", input, on_groups, tail);
    cJSON_Delete(input);
    return tail;
}
