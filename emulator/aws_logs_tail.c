/* aws_logs_tail.c - CloudWatch Logs StartLiveTail: what is asked for, and for which groups.
 * SPDX-License-Identifier: MIT
 *
 * The session itself is live_tails.h's. Groups must exist when it starts; streams need not, as they
 * come and go while it runs. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "domain/filter_pattern.h"
#include "emulator/aws_logs.h"
#include "emulator/aws_operations.h"
#include "emulator/emulator.h"
#include "emulator/live_tails.h"
#include "emulator/parts.h"

#define IDENTIFIER_MAX 2048

static enum status
check_group(struct aws_call *call, const char *group)
{
    struct log_stream_page page = { 0 };
    struct err err = { 0 };
    enum status st = store_list_log_streams(call->reader, call->arena, group, NULL, false, false,
                                            NULL, 1, &page, &err);

    if (st == E_NOTFOUND)
        return aws_logs_no_group(call);
    return st == OK ? OK : aws_store_failed(call, &err);
}

static enum status
read_groups(struct aws_call *call, struct live_tails_ask *ask)
{
    struct awslist list = { 0 };
    enum status st =
        awsvalue_list(&call->in, "logGroupIdentifiers", AWS_REQUIRED, 1, LIVE_TAIL_GROUPS, &list);

    while (st == OK && awslist_next(&list)) {
        const char *text = NULL, *name = NULL;

        st = awslist_string(&list, 1, IDENTIFIER_MAX, &text);
        if (st != OK)
            return st;
        name = aws_logs_identified(call->arena, text);
        if (name == NULL || text[strlen(text) - 1] == '*')
            return awsvalue_invalid(&call->in, "logGroupIdentifiers",
                                    "must be log groups' names or ARNs without \":*\" at the end");
        st = check_group(call, name);
        ask->groups[ask->group_count].name = name;
        ask->groups[ask->group_count++].identifier = text;
    }
    return st;
}

static enum status
read_names(struct aws_call *call, const char *key, const char *const **out, size_t *count)
{
    struct awslist list = { 0 };
    enum status st = awsvalue_list(&call->in, key, AWS_OPTIONAL, 1, LIVE_TAIL_STREAM_MAX, &list);
    const char **names;

    if (st != OK || list.count == 0)
        return st;
    names = arena_alloc(call->arena, list.count * sizeof *names);
    while (st == OK && awslist_next(&list))
        st = awslist_string(&list, 1, LOG_NAME_MAX, &names[list.number - 1]);
    *out = names;
    *count = list.count;
    return st;
}

static enum status
read_streams(struct aws_call *call, struct live_tails_ask *ask)
{
    enum status st = read_names(call, "logStreamNames", &ask->streams, &ask->stream_count);

    if (st == OK)
        st = read_names(call, "logStreamNamePrefixes", &ask->prefixes, &ask->prefix_count);
    if (st != OK)
        return st;
    if (ask->stream_count > 0 && ask->prefix_count > 0)
        return wire_error_set(call->error, 400, call->in.service->invalid_code,
                              "logStreamNames and logStreamNamePrefixes are mutually exclusive "
                              "parameters.");
    if (ask->stream_count + ask->prefix_count > 0 && ask->group_count != 1)
        return wire_error_set(call->error, 400, call->in.service->invalid_code,
                              "logStreamNames and logStreamNamePrefixes need exactly one log group "
                              "in logGroupIdentifiers.");
    return OK;
}

static enum status
read_pattern(struct aws_call *call, struct live_tails_ask *ask)
{
    const char *text = NULL;
    struct err err = { 0 };
    enum status st = awsvalue_string(&call->in, "logEventFilterPattern", AWS_OPTIONAL, 0,
                                     FILTER_PATTERN_MAX, &text);

    if (st != OK || text == NULL || *text == '\0')
        return st;
    if (filter_pattern_compile(&ask->filter, text, &err) != OK)
        return awsvalue_invalid(&call->in, "logEventFilterPattern", "is not a filter pattern: %s",
                                err.text);
    ask->pattern = text;
    return OK;
}

static enum status
start(struct aws_call *call, struct live_tails_ask *ask)
{
    struct live_session *session = NULL;
    char session_id[UUID_TEXT];
    struct err err = { 0 };
    uint8_t uuid[16];
    enum status st;

    if (call->is_beside)
        clock_uuid_beside(emulator_clock(call->em), uuid);
    else
        clock_uuid(emulator_clock(call->em), uuid);
    uuid_format(uuid, session_id);
    ask->session_id = session_id;
    ask->request_id = call->request_id;
    ask->now_ms = call->now_ms;
    st = live_tails_open(emulator_live_tails(call->em), ask, &session, &err);
    if (st == E_LIMIT)
        return wire_error_set(call->error, 400, "LimitExceededException", "%s", err.text);
    if (st != OK)
        return wire_error_set(call->error, 500, "InternalServiceFault", "%s", err.text);
    call->stream = &live_session_stream;
    call->stream_state = session;
    return OK;
}

enum status
aws_start_live_tail(struct aws_call *call)
{
    static const char *const known[] = { "logGroupIdentifiers", "logStreamNames",
                                         "logStreamNamePrefixes", "logEventFilterPattern", NULL };
    struct live_tails_ask ask = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_groups(call, &ask);
    if (st == OK)
        st = read_streams(call, &ask);
    if (st == OK)
        st = read_pattern(call, &ask);
    if (st != OK)
        return st;
    st = start(call, &ask);
    if (st != OK)
        filter_pattern_free(ask.filter);
    return st;
}
