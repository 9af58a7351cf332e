/* aws_rds_events.c - RDS: what happened to databases in the last fourteen days.
 * SPDX-License-Identifier: MIT
 *
 * Events follow from the stack and the time: a snapshot of each cluster a day, the making of
 * clusters and instances, and what an incident's restart of an instance brings with it. When the
 * writer restarts, the cluster fails over to it: a cluster keeps its writer here. Messages are
 * those of "Amazon RDS event categories and event messages" (User Guide), RDS-EVENT-0004, -0005,
 * -0006, -0071, -0072, -0168, -0169 and -0170. */
#include "config.h"

#include "emulator/aws_rds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/day.h"
#include "base/json.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"
#include "emulator/parts.h"

#define KEPT_MS          (14 * DAY_MS)
#define DURATION_DEFAULT 60    /* minutes */
#define DURATION_MAX     20160 /* fourteen days */
#define NAME_MAX_RDS     255
#define CATEGORIES_MAX   50
#define SNAPSHOT_MS      INT64_C(150000) /* to take one */
#define FAILOVER_MS      INT64_C(2000)   /* after the instance went, until its cluster reacts */

enum source { SOURCE_INSTANCE, SOURCE_CLUSTER, SOURCE_SNAPSHOT };

static const struct {
    const char *type, *arn_part;
} sources[] = {
    [SOURCE_INSTANCE] = { "db-instance", NULL },
    [SOURCE_CLUSTER] = { "db-cluster", NULL },
    [SOURCE_SNAPSHOT] = { "db-cluster-snapshot", "cluster-snapshot" },
};

struct event {
    int64_t time_ms;
    enum source source;
    const struct stack_resource *resource; /* of a snapshot its cluster */
    int64_t snapshot_ms;
    const char *category;
    const char *message;
    size_t number; /* of its making: events of one moment keep their order */
};

struct events {
    struct aws_call *call;
    struct event *items;
    size_t count, room, made;
    /* What is asked for: [start, end] */
    int64_t start_ms, end_ms;
    const char *type, *name; /* or NULL */
    const char *const *categories;
    size_t category_count;
};

/* --- making them --- */

static const char *
snapshot_name(struct aws_call *call, const struct event *e)
{
    int64_t minute = e->snapshot_ms % DAY_MS / 60000;
    char day[DAY_TEXT];

    day_format(day_of_ms(e->snapshot_ms), day);
    return arena_printf(call->arena, "rds:%s-%s-%02d-%02d", e->resource->name, day,
                        (int)(minute / 60), (int)(minute % 60));
}

static const char *
source_name(struct aws_call *call, const struct event *e)
{
    return e->source == SOURCE_SNAPSHOT ? snapshot_name(call, e) : e->resource->name;
}

static bool
is_wanted(const struct events *events, const struct event *e)
{
    size_t i = 0;

    if (e->time_ms < events->start_ms || e->time_ms > events->end_ms)
        return false;
    if (events->type != NULL && strcmp(events->type, sources[e->source].type) != 0)
        return false;
    while (i < events->category_count && strcmp(events->categories[i], e->category) != 0)
        i++;
    if (events->category_count > 0 && i == events->category_count)
        return false;
    return events->name == NULL || strcasecmp(events->name, source_name(events->call, e)) == 0;
}

static void
add_event(struct events *events, struct event e)
{
    e.number = events->made++;
    if (!is_wanted(events, &e))
        return;
    events->items = arena_grow(events->call->arena, events->items, events->count, &events->room, 64,
                               sizeof *events->items);
    events->items[events->count++] = e;
}

static void
add_snapshots(struct events *events, const struct stack_resource *cluster)
{
    int64_t first = day_of_ms(events->start_ms) - 1, last = day_of_ms(events->end_ms);

    for (int64_t day = first; day <= last; day++) {
        int64_t time_ms = day * DAY_MS + rds_backup_ms(cluster);

        if (time_ms <= cluster->created_ms)
            continue;
        add_event(events, (struct event){ time_ms, SOURCE_SNAPSHOT, cluster, time_ms, "backup",
                                          "Creating automated cluster snapshot", 0 });
        add_event(events, (struct event){ time_ms + SNAPSHOT_MS, SOURCE_SNAPSHOT, cluster, time_ms,
                                          "backup", "Automated cluster snapshot created", 0 });
    }
}

static void
add_restart(struct events *events, const struct stack_resource *r, int64_t time_ms)
{
    struct arena *arena = events->call->arena;
    bool is_writer = rds_member(events->call, r->parent, NULL) == r;

    if (time_ms <= r->created_ms || time_ms > events->end_ms ||
        time_ms + RDS_RESTART_MS + FAILOVER_MS < events->start_ms)
        return;
    add_event(events, (struct event){ time_ms, SOURCE_INSTANCE, r, 0, "availability",
                                      "DB instance shutdown", 0 });
    if (is_writer)
        add_event(events,
                  (struct event){
                      time_ms + FAILOVER_MS, SOURCE_CLUSTER, r->parent, 0, "failover",
                      arena_printf(arena, "Started same AZ failover to DB instance: %s", r->name),
                      0 });
    add_event(events, (struct event){ time_ms + RDS_RESTART_MS, SOURCE_INSTANCE, r, 0,
                                      "availability", "DB instance restarted", 0 });
    if (is_writer)
        add_event(events,
                  (struct event){
                      time_ms + RDS_RESTART_MS + FAILOVER_MS, SOURCE_CLUSTER, r->parent, 0,
                      "failover",
                      arena_printf(arena, "Completed failover to DB instance: %s", r->name), 0 });
}

static void
add_incidents(struct events *events, const struct stack *stack)
{
    for (size_t i = 0; i < stack->incident_count; i++) {
        const struct stack_incident *incident = &stack->incidents[i];

        for (size_t n = 0; n < incident->effect_count; n++) {
            if (incident->effects[n].kind == STACK_RESTART &&
                incident->effects[n].resource->type == STACK_DB_INSTANCE)
                add_restart(events, incident->effects[n].resource, incident->from_ms);
        }
    }
}

static int
compare_events(const void *a, const void *b)
{
    const struct event *left = a, *right = b;

    if (left->time_ms != right->time_ms)
        return left->time_ms < right->time_ms ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

static void
make_events(struct events *events)
{
    const struct stack *stack = emulator_stack(events->call->em);
    const struct stack_resource *r = NULL;

    while ((r = inventory_next(events->call, STACK_DB_CLUSTER, r)) != NULL) {
        add_event(events, (struct event){ r->created_ms, SOURCE_CLUSTER, r, 0, "creation",
                                          "DB cluster created", 0 });
        add_snapshots(events, r);
    }
    while ((r = inventory_next(events->call, STACK_DB_INSTANCE, r)) != NULL)
        add_event(events, (struct event){ r->created_ms, SOURCE_INSTANCE, r, 0, "creation",
                                          "DB instance created", 0 });
    if (stack != NULL)
        add_incidents(events, stack);
    if (events->count > 1)
        qsort(events->items, events->count, sizeof *events->items, compare_events);
}

/* --- the question --- */

static enum status
read_range(struct aws_call *call, struct events *events)
{
    int64_t minutes = DURATION_DEFAULT, start = INT64_MIN, end = call->now_ms;
    enum status st = awsvalue_int(&call->in, "Duration", AWS_OPTIONAL, 1, DURATION_MAX, &minutes);

    if (st == OK)
        st = awsvalue_time(&call->in, "StartTime", AWS_OPTIONAL, &start);
    if (st == OK)
        st = awsvalue_time(&call->in, "EndTime", AWS_OPTIONAL, &end);
    if (st != OK)
        return st;
    if (start == INT64_MIN)
        start = end - minutes * 60000;
    if (start > end)
        return wire_error_set(call->error, 400, "InvalidParameterCombinationException",
                              "StartTime must not be after EndTime.");
    events->start_ms = start > call->now_ms - KEPT_MS ? start : call->now_ms - KEPT_MS;
    events->end_ms = end < call->now_ms ? end : call->now_ms;
    return OK;
}

static enum status
read_source(struct aws_call *call, struct events *events)
{
    /* API model */
    static const char *const types[] = {
        "db-instance",           "db-parameter-group", "db-security-group",
        "db-snapshot",           "db-cluster",         "db-cluster-snapshot",
        "custom-engine-version", "db-proxy",           "blue-green-deployment",
        "db-shard-group",        "zero-etl",           NULL
    };
    int type = -1;
    enum status st = awsvalue_enum(&call->in, "SourceType", AWS_OPTIONAL, types, &type);

    if (st == OK)
        st = awsvalue_string(&call->in, "SourceIdentifier", AWS_OPTIONAL, 1, NAME_MAX_RDS,
                             &events->name);
    if (st != OK)
        return st;
    if (events->name != NULL && type < 0)
        return wire_error_set(call->error, 400, "InvalidParameterCombinationException",
                              "SourceType must be provided when SourceIdentifier is supplied.");
    events->type = type < 0 ? NULL : types[type];
    return OK;
}

/* The range of the first page holds for those after it: "start,end". */
static enum status
restore_range(struct events *events, const struct inventory_page *page)
{
    int64_t start, end = -1;
    char *rest;

    if (*page->more == '\0')
        return OK;
    start = strtoll(page->more, &rest, 10);
    if (*rest == ',')
        end = strtoll(rest + 1, &rest, 10);
    if (*rest != '\0' || start < 0 || end < start || end - start > KEPT_MS ||
        end > events->call->now_ms)
        return awsvalue_invalid(&events->call->in, "Marker", "was not made for this request");
    events->start_ms = start;
    events->end_ms = end;
    return OK;
}

/* --- the answer --- */

static cJSON *
describe(struct aws_call *call, const struct event *e)
{
    const struct stack *stack = emulator_stack(call->em);
    const char *name = source_name(call, e);
    cJSON *out = cJSON_CreateObject(), *categories = cJSON_CreateArray();

    cJSON_AddStringToObject(out, "SourceIdentifier", name);
    cJSON_AddStringToObject(out, "SourceType", sources[e->source].type);
    cJSON_AddStringToObject(out, "Message", e->message);
    cJSON_AddItemToArray(categories, cJSON_CreateString(e->category));
    cJSON_AddItemToObject(out, "EventCategories", categories);
    cJSON_AddItemToObject(out, "Date", json_time(e->time_ms));
    cJSON_AddStringToObject(out, "SourceArn",
                            sources[e->source].arn_part == NULL
                                ? e->resource->arn
                                : arena_printf(call->arena, "arn:aws:rds:%s:%s:%s:%s",
                                               stack->region, stack->account,
                                               sources[e->source].arn_part, name));
    return out;
}

static void
answer(struct events *events, struct inventory_page *page)
{
    struct aws_call *call = events->call;
    const char *range =
        arena_printf(call->arena, "%" PRId64 ",%" PRId64, events->start_ms, events->end_ms);
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < events->count && !inventory_page_is_over(page); i++) {
        if (inventory_page_takes(page, i + 1))
            cJSON_AddItemToArray(list, describe(call, &events->items[i]));
    }
    call->out = cJSON_CreateObject();
    cJSON_AddItemToObject(call->out, "Events", list);
    rds_page_end(call, page, range);
    snprintf(call->note, sizeof call->note, "%zu %s", page->count,
             page->count == 1 ? "event" : "events");
}

enum status
aws_describe_events(struct aws_call *call)
{
    static const char *const known[] = { "SourceIdentifier", "SourceType",      "StartTime",
                                         "EndTime",          "Duration",        "MaxRecords",
                                         "Marker",           "EventCategories", NULL };
    static const char *const keys[] = {
        "SourceIdentifier", "SourceType",      "StartTime", "EndTime",
        "Duration",         "EventCategories", NULL
    };
    const uint64_t scope = aws_token_scope("DescribeEvents", &call->in, keys);
    struct events events = { .call = call };
    struct inventory_page page = { 0 };
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_range(call, &events);
    if (st == OK)
        st = read_source(call, &events);
    if (st == OK)
        st = inventory_texts(call, "EventCategories", CATEGORIES_MAX, &events.categories,
                             &events.category_count);
    if (st == OK)
        st = rds_page_read(call, scope, &page);
    if (st == OK)
        st = restore_range(&events, &page);
    if (st != OK)
        return st;
    make_events(&events);
    answer(&events, &page);
    return OK;
}
