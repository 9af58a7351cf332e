/* replay_logs.c - log groups, and the lines that wait for each.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/replay/replay_logs.h"

#include <stdlib.h>
#include <string.h>

#include "aws/client.h"
#include "aws/libcurl.h"
#include "base/mem.h"
#include "cli/sending.h"
#include "cli/watching.h"
#include "domain/limits.h"

#define NO_NAME    "/aws/lambda/function" /* as a replay within calls it */
#define STREAM     "fixture"
#define EVENTS_MAX 1000 /* AWS takes ten thousand; a watcher would see nothing for a while */
#define GROUPS_MAX 100  /* known at a time */

struct group {
    struct group *next;
    char *name;
    bool is_made;
    cJSON *events; /* those that wait; NULL: none do */
    size_t bytes;  /* of them, as the service counts */
    int count;
};

struct replay_logs {
    struct aws_target target;
    struct net *net;
    struct aws_client *client;
    struct group *groups;
    int group_count;
};

enum status
replay_logs_open(struct replay_logs **out, const struct settings *s, const char *url,
                 struct err *err)
{
    struct replay_logs *logs;
    enum status st = libcurl_load(err);

    if (st != OK)
        return st;
    logs = xcalloc(1, sizeof *logs);
    st = watching_target(&logs->target, s, url, err);
    if (st != OK) {
        free(logs);
        return st;
    }
    logs->net = net_new();
    logs->client = aws_client_new(logs->net, &logs->target);
    *out = logs;
    return OK;
}

static void
forget_groups(struct replay_logs *logs)
{
    while (logs->groups != NULL) {
        struct group *g = logs->groups;

        logs->groups = g->next;
        cJSON_Delete(g->events);
        free(g->name);
        free(g);
    }
    logs->group_count = 0;
}

void
replay_logs_close(struct replay_logs *logs)
{
    if (logs == NULL)
        return;
    forget_groups(logs);
    aws_client_free(logs->client);
    net_free(logs->net);
    aws_target_fini(&logs->target);
    free(logs);
}

static cJSON *
input_for(const struct group *g, bool has_stream)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "logGroupName", g->name);
    if (has_stream)
        cJSON_AddStringToObject(input, "logStreamName", STREAM);
    return input;
}

/* What is there already is just what is wanted; what else is wrong the events tell. */
static void
make_group(struct replay_logs *logs, struct group *g)
{
    enum status st = sending_call(logs->client, "CreateLogGroup", input_for(g, false), NULL);

    if (st == OK || st == E_INVALID)
        st = sending_call(logs->client, "CreateLogStream", input_for(g, true), NULL);
    g->is_made = st == OK || st == E_INVALID;
}

static enum status
flush_group(struct replay_logs *logs, struct group *g, struct err *err)
{
    cJSON *input;
    enum status st;

    if (g->events == NULL)
        return OK;
    if (!g->is_made)
        make_group(logs, g);
    input = input_for(g, true);
    cJSON_AddItemToObject(input, "logEvents", g->events);
    g->events = NULL;
    g->bytes = 0;
    g->count = 0;
    st = sending_call(logs->client, "PutLogEvents", input, err);
    return st == OK ? OK : err_context(err, "log group %s", g->name);
}

enum status
replay_logs_flush(struct replay_logs *logs, struct err *err)
{
    enum status st = OK;

    for (struct group *g = logs->groups; g != NULL && st == OK; g = g->next)
        st = flush_group(logs, g, err);
    return st;
}

static enum status
find_group(struct replay_logs *logs, const char *name, struct group **out, struct err *err)
{
    enum status st = OK;
    struct group *g;

    for (g = logs->groups; g != NULL; g = g->next) {
        if (strcmp(g->name, name) == 0) {
            *out = g;
            return OK;
        }
    }
    if (logs->group_count == GROUPS_MAX) {
        st = replay_logs_flush(logs, err);
        forget_groups(logs);
    }
    g = xcalloc(1, sizeof *g);
    g->name = xstrdup(name);
    g->next = logs->groups;
    logs->groups = g;
    logs->group_count++;
    *out = g;
    return st;
}

static void
add_event(struct group *g, const struct buf *line, int64_t now_ms)
{
    cJSON *event = cJSON_CreateObject();

    if (g->events == NULL)
        g->events = cJSON_CreateArray();
    cJSON_AddNumberToObject(event, "timestamp", (double)now_ms);
    cJSON_AddStringToObject(event, "message", line->data);
    cJSON_AddItemToArray(g->events, event);
    g->bytes += line->len + LIMIT_LOG_EVENT_EXTRA;
    g->count++;
}

enum status
replay_logs_add(struct replay_logs *logs, const char *group, const struct buf *line, int64_t now_ms,
                struct err *err)
{
    const size_t bytes = line->len + LIMIT_LOG_EVENT_EXTRA;
    struct group *g;
    enum status st;

    if (line->len == 0)
        return OK; /* a blank line is no event */
    if (bytes > LIMIT_LOG_BATCH_BYTES || buf_failed(line))
        return err_set(err, E_LIMIT, "a line of %zu bytes: a log event holds %d", line->len,
                       LIMIT_LOG_BATCH_BYTES - LIMIT_LOG_EVENT_EXTRA);
    st = find_group(logs, group == NULL ? NO_NAME : group, &g, err);
    if (st == OK && (g->count == EVENTS_MAX || g->bytes + bytes > LIMIT_LOG_BATCH_BYTES))
        st = flush_group(logs, g, err);
    if (st == OK)
        add_event(g, line, now_ms);
    return st;
}
