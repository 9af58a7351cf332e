/* aws_alarm_history.c - CloudWatch DescribeAlarmHistory.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <stdio.h>

#include "base/json.h"
#include "emulator/aws_alarm.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

static const char *const item_types[ALARM_EVENT_KINDS + 1] = {
    [ALARM_EVENT_CONFIGURATION] = "ConfigurationUpdate",
    [ALARM_EVENT_STATE] = "StateUpdate",
    [ALARM_EVENT_ACTION] = "Action",
};

static enum status
read_question(struct aws_call *call, struct alarm_event_query *q)
{
    static const char *const orders[] = { "TimestampDescending", "TimestampAscending", NULL };
    const struct awsvalue *in = &call->in;
    int order = 0, kind = -1;
    enum status st;

    *q = (struct alarm_event_query){ .end_ms = INT64_MAX, .kinds = ~0u };
    st = awsvalue_string(in, "AlarmName", AWS_OPTIONAL, 1, ALARM_NAME_MAX, &q->name);
    if (st == OK)
        st = aws_alarm_types(in, &q->metric, &q->composite);
    if (st == OK)
        st = awsvalue_enum(in, "HistoryItemType", AWS_OPTIONAL, item_types, &kind);
    if (st == OK)
        st = awsvalue_time(in, "StartDate", AWS_OPTIONAL, &q->start_ms);
    if (st == OK)
        st = awsvalue_time(in, "EndDate", AWS_OPTIONAL, &q->end_ms);
    if (st == OK)
        st = awsvalue_enum(in, "ScanBy", AWS_OPTIONAL, orders, &order);
    if (st == OK && q->start_ms > q->end_ms)
        return wire_error_set(call->error, 400, "ValidationError",
                              "StartDate must not be after EndDate");
    if (kind >= 0)
        q->kinds = 1u << kind;
    q->ascending = order == 1;
    return st;
}

static void
put_item(const struct alarm_event *event, cJSON *items)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddItemToArray(items, item);
    cJSON_AddStringToObject(item, "AlarmName", event->name);
    cJSON_AddStringToObject(item, "AlarmType",
                            event->is_composite ? "CompositeAlarm" : "MetricAlarm");
    cJSON_AddItemToObject(item, "Timestamp", json_time(event->time_ms));
    cJSON_AddStringToObject(item, "HistoryItemType", item_types[event->kind]);
    cJSON_AddStringToObject(item, "HistorySummary", event->summary);
    cJSON_AddStringToObject(item, "HistoryData", event->data);
}

enum status
aws_describe_alarm_history(struct aws_call *call)
{
    static const char *const known[] = { "AlarmName", "AlarmTypes", "HistoryItemType",
                                         "StartDate", "EndDate",    "MaxRecords",
                                         "NextToken", "ScanBy",     NULL };
    static const char *const keys[] = { "AlarmName", "AlarmTypes", "HistoryItemType",
                                        "StartDate", "EndDate",    "ScanBy",
                                        NULL };
    const uint64_t scope = aws_token_scope("DescribeAlarmHistory", &call->in, keys);
    struct alarm_event_page page = { 0 };
    struct alarm_event_query q;
    struct err err = { 0 };
    cJSON *items;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_question(call, &q);
    if (st == OK)
        st = aws_alarm_page(call, scope, &q.limit, &q.after);
    if (st != OK)
        return st;
    if (store_read_alarm_events(call->reader, call->arena, &q, &page, &err) != OK)
        return aws_store_failed(call, &err);
    call->out = cJSON_CreateObject();
    items = cJSON_AddArrayToObject(call->out, "AlarmHistoryItems");
    for (size_t i = 0; i < page.count; i++)
        put_item(&page.events[i], items);
    if (page.next != NULL)
        cJSON_AddStringToObject(call->out, "NextToken",
                                aws_token_make(call->arena, scope, page.next));
    snprintf(call->note, sizeof call->note, "%zu %s", page.count,
             page.count == 1 ? "item" : "items");
    return OK;
}
