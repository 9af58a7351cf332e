/* aws_logs_get.c - CloudWatch Logs GetLogEvents: one stream, page by page, both ways.
 * SPDX-License-Identifier: MIT
 *
 * A page is always told oldest first; what differs is the end it was taken from. Its two tokens are
 * places between lines: "f/" goes on towards newer lines, "b/" towards older ones. A place is the
 * time and id of a line and whether that line itself is still wanted. A page without lines gives
 * back the very token it was asked with: that is how clients see the end. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

#define READS_MAX 40 /* of about 50 ms each, before a page is answered as it is */

/* Where reading goes on. A zeroed place is the end of the range on the side reading starts. */
struct place {
    char id[sizeof((struct log_line *)0)->id]; /* "": none */
    int64_t time_ms;
    bool with_line;
};

struct question {
    struct aws_call *call;
    uint64_t scope;
    const char *group, *stream;
    int64_t start_ms, end_ms; /* both included */
    size_t limit;
    bool backward;
    const char *token;
    struct place from;
};

struct found {
    struct log_line **lines; /* in reading order */
    size_t count;
    size_t bytes;
};

/* --- tokens --- */

/* "1795393560000+00000000000000000042", '-' instead of '+' without the line; "" for no place */
static const char *
make_token(const struct question *qn, char way, const struct place *at)
{
    struct arena *arena = qn->call->arena;
    const char *state = "";

    if (at->id[0] != '\0')
        state = arena_printf(arena, "%lld%c%s", (long long)at->time_ms, at->with_line ? '+' : '-',
                             at->id);
    return arena_printf(arena, "%c/%s", way, aws_token_make(arena, qn->scope, state));
}

static bool
read_place(const char *state, struct place *out)
{
    const size_t len = strspn(state, "0123456789");
    char number[24];

    if (*state == '\0')
        return true;
    if (len == 0 || len >= sizeof number || (state[len] != '+' && state[len] != '-') ||
        strlen(state + len + 1) >= sizeof out->id)
        return false;
    snprintf(number, sizeof number, "%.*s", (int)len, state);
    snprintf(out->id, sizeof out->id, "%s", state + len + 1);
    out->with_line = state[len] == '+';
    return text_parse_int(&out->time_ms, number);
}

static enum status
read_token(struct question *qn)
{
    const char *state = NULL;
    enum status st =
        awsvalue_string(&qn->call->in, "nextToken", AWS_OPTIONAL, 1, LOG_TOKEN_MAX, &qn->token);

    if (st != OK || qn->token == NULL)
        return st;
    if (strncmp(qn->token, "f/", 2) == 0 || strncmp(qn->token, "b/", 2) == 0)
        state = aws_token_read(qn->call->arena, qn->scope, qn->token + 2);
    if (state == NULL || !read_place(state, &qn->from))
        return aws_logs_bad_token(qn->call);
    qn->backward = *qn->token == 'b';
    return OK;
}

/* --- question --- */

static enum status
read_question(struct question *qn)
{
    static const char *const known[] = {
        "logGroupName", "logGroupIdentifier", "logStreamName", "startTime", "endTime", "nextToken",
        "limit",        "startFromHead",      "unmask",        NULL
    };
    const struct awsvalue *in = &qn->call->in;
    bool from_head = false;
    int64_t limit = LOG_PAGE_LINES;
    enum status st = aws_only(in, known);

    if (st == OK)
        st = aws_logs_group(qn->call, &qn->group);
    if (st == OK)
        st = aws_logs_stream_name(in, &qn->stream);
    if (st == OK)
        st = aws_logs_range(in, &qn->start_ms, &qn->end_ms);
    if (st == OK)
        st = awsvalue_int(in, "limit", AWS_OPTIONAL, 1, LOG_PAGE_LINES, &limit);
    if (st == OK)
        st = awsvalue_bool(in, "startFromHead", AWS_OPTIONAL, &from_head);
    if (st != OK)
        return st;
    if (qn->end_ms != INT64_MAX)
        qn->end_ms--; /* endTime itself is left out */
    qn->limit = (size_t)limit;
    qn->backward = !from_head;
    return read_token(qn);
}

/* --- reading --- */

/* The store reads from a millisecond on; the lines of that millisecond on the wrong side of the
 * place are left out here. */
static bool
is_wanted(const struct question *qn, const struct log_line *line)
{
    int order;

    if (qn->from.id[0] == '\0')
        return true;
    order = line->time_ms < qn->from.time_ms ? -1 : line->time_ms > qn->from.time_ms;
    if (order == 0)
        order = strcmp(line->id, qn->from.id);
    if (order == 0)
        return qn->from.with_line;
    return qn->backward ? order < 0 : order > 0;
}

/* Adds what fits. false: the page is full. */
static bool
take_lines(const struct question *qn, const struct log_page *page, struct found *found)
{
    for (size_t i = 0; i < page->count; i++) {
        struct log_line *line = &page->lines[i];

        if (!is_wanted(qn, line))
            continue;
        if (found->count == qn->limit ||
            (found->count > 0 && found->bytes + line->message_len > LOG_PAGE_BYTES))
            return false;
        found->lines[found->count++] = line;
        found->bytes += line->message_len;
    }
    return true;
}

static enum status
read_lines(struct question *qn, struct found *found, struct err *err)
{
    struct log_query query = {
        .group = qn->group,
        .streams = &qn->stream,
        .stream_count = 1,
        .start_ms = qn->start_ms,
        .end_ms = qn->end_ms,
        .newest_first = qn->backward,
        .limit = qn->limit + 1,
        .limit_bytes = LOG_PAGE_BYTES,
    };
    enum status st = OK;

    found->lines = arena_alloc(qn->call->arena, qn->limit * sizeof(struct log_line *));
    if (qn->from.id[0] != '\0' && qn->backward && qn->from.time_ms < query.end_ms)
        query.end_ms = qn->from.time_ms;
    if (qn->from.id[0] != '\0' && !qn->backward && qn->from.time_ms > query.start_ms)
        query.start_ms = qn->from.time_ms;
    for (int i = 0; st == OK && i < READS_MAX; i++) {
        struct log_page page = { 0 };

        st = store_read_logs(qn->call->reader, qn->call->arena, &query, &page, err);
        if (st != OK || !take_lines(qn, &page, found) || page.next == NULL)
            break;
        query.after = page.next;
    }
    return st;
}

/* --- answer --- */

static struct place
beside(const struct log_line *line)
{
    struct place at = { .time_ms = line->time_ms };

    snprintf(at.id, sizeof at.id, "%s", line->id);
    return at;
}

static void
put_tokens(const struct question *qn, const struct log_line *oldest, const struct log_line *newest)
{
    struct place older = qn->from, newer = qn->from;

    if (oldest != NULL) {
        older = beside(oldest);
        newer = beside(newest);
    } else if (qn->backward) {
        newer.with_line = !qn->from.with_line;
    } else {
        older.with_line = !qn->from.with_line;
    }
    cJSON_AddStringToObject(qn->call->out, "nextForwardToken", make_token(qn, 'f', &newer));
    cJSON_AddStringToObject(qn->call->out, "nextBackwardToken", make_token(qn, 'b', &older));
}

static void
answer(const struct question *qn, const struct found *found)
{
    const struct log_line *oldest = NULL, *newest = NULL;
    cJSON *events;

    qn->call->out = cJSON_CreateObject();
    events = cJSON_AddArrayToObject(qn->call->out, "events");
    for (size_t i = 0; i < found->count; i++) {
        const struct log_line *line = found->lines[qn->backward ? found->count - 1 - i : i];
        cJSON *event = cJSON_CreateObject();

        cJSON_AddItemToArray(events, event);
        cJSON_AddNumberToObject(event, "timestamp", (double)line->time_ms);
        aws_logs_add_message(event, line);
        cJSON_AddNumberToObject(event, "ingestionTime", (double)line->ingested_ms);
        oldest = oldest == NULL ? line : oldest;
        newest = line;
    }
    put_tokens(qn, oldest, newest);
    snprintf(qn->call->note, sizeof qn->call->note, "%zu %s", found->count,
             found->count == 1 ? "event" : "events");
}

enum status
aws_get_log_events(struct aws_call *call)
{
    static const char *const keys[] = { "logGroupName", "logGroupIdentifier", "logStreamName",
                                        NULL };
    struct question qn = {
        .call = call,
        .scope = aws_token_scope("GetLogEvents", &call->in, keys),
    };
    struct found found = { 0 };
    struct err err = { 0 };
    enum status st = read_question(&qn);

    if (st != OK)
        return st;
    if (qn.end_ms >= qn.start_ms)
        st = read_lines(&qn, &found, &err);
    if (st == E_NOTFOUND)
        return aws_logs_not_found(call, qn.group);
    if (st != OK)
        return aws_store_failed(call, &err);
    answer(&qn, &found);
    return OK;
}
