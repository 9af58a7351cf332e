/* answers.c - snapshots by hand.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "aws/ecs.h"
#include "aws/elb.h"
#include "base/day.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "domain/arn.h"
#include "domain/money.h"
#include "tui/recording.h"

void
stage_open(struct stage *stage)
{
    *stage = (struct stage){ .arena = arena_new() };
    stage->q = (struct view_query){ .now_ms = ANSWERS_NOW,
                                    .range = { .span_ms = 3600000 },
                                    .key = "",
                                    .cursor = "",
                                    .filter = "",
                                    .steps = 30 };
}

static void
drop_shown(struct stage *stage)
{
    union {
        const struct snapshot *shown;
        struct snapshot *counted;
    } snapshot = { .shown = stage->q.snapshot };

    snapshot_unref(snapshot.counted);
    stage->q.snapshot = NULL;
    ask_list_free(stage->asks);
    stage->asks = NULL;
}

void
stage_close(struct stage *stage)
{
    drop_shown(stage);
    for (size_t i = 0; i < stage->count; i++)
        answer_unref(stage->list[i]);
    arena_free(stage->arena);
}

static struct answer *
add(struct stage *stage, const char *key, enum ask_kind kind)
{
    struct answer *answer = answer_new(key, kind);

    answer->got_ms = ANSWERS_NOW - 400;
    answer->pace_ms = 1000;
    answer->from_ms = ANSWERS_NOW - 86400000;
    answer->to_ms = ANSWERS_NOW;
    stage->list[stage->count++] = answer;
    return answer;
}

static cJSON *
parse(const char *json)
{
    cJSON *value = NULL;
    struct err err;

    if (json_parse(&value, json, strlen(json), &err) != OK)
        fail_msg("the test's own JSON is wrong: %s", err.text);
    return value;
}

static const char *
text_at(struct arena *arena, const cJSON *list, int index)
{
    return arena_strdup(arena, cJSON_GetStringValue(cJSON_GetArrayItem(list, index)));
}

void
stage_names(struct stage *stage, const char *key, const char *namespace_name, const char *json)
{
    struct answer *a = add(stage, key, ASK_METRIC_NAMES);
    cJSON *list = parse(json), *item;
    struct series_key *names =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *names);

    cJSON_ArrayForEach(item, list)
    {
        size_t dims = (size_t)cJSON_GetArraySize(item) / 2;
        struct dimension *d = arena_alloc(a->arena, (dims + 1) * sizeof *d);

        for (size_t i = 0; i < dims; i++)
            d[i] = (struct dimension){ text_at(a->arena, item, (int)(1 + 2 * i)),
                                       text_at(a->arena, item, (int)(2 + 2 * i)) };
        names[a->name_count++] =
            (struct series_key){ .namespace_name = arena_strdup(a->arena, namespace_name),
                                 .metric = text_at(a->arena, item, 0),
                                 .dims = { .dims = d, .count = dims } };
    }
    a->names = names;
    cJSON_Delete(list);
}

static void
read_points(struct arena *arena, const cJSON *item, struct metric_points *out)
{
    size_t count = cJSON_IsNumber(item) ? 1 : (size_t)cJSON_GetArraySize(item);
    int64_t *times = arena_alloc(arena, (count + 1) * sizeof *times);
    double *values = arena_alloc(arena, (count + 1) * sizeof *values);

    for (size_t i = 0; i < count; i++) {
        const cJSON *pair = cJSON_GetArrayItem(item, (int)i);

        times[i] = ANSWERS_NOW;
        values[i] = item->valuedouble;
        if (cJSON_IsNumber(item))
            continue;
        times[i] = ANSWERS_NOW - (int64_t)cJSON_GetArrayItem(pair, 0)->valuedouble;
        values[i] = cJSON_GetArrayItem(pair, 1)->valuedouble;
    }
    *out = (struct metric_points){
        .id = arena_strdup(arena, item->string), .times_ms = times, .values = values, .count = count
    };
}

void
stage_points(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_METRICS);
    cJSON *all = parse(json), *item;
    struct metric_points *points =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(all) + 1) * sizeof *points);

    cJSON_ArrayForEach(item, all)
    {
        read_points(a->arena, item, &points[a->point_count++]);
    }
    a->points = points;
    cJSON_Delete(all);
}

void
stage_groups(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_LOG_GROUPS);
    cJSON *list = parse(json);
    size_t count = (size_t)cJSON_GetArraySize(list);
    struct described_group *groups = arena_alloc(a->arena, (count + 1) * sizeof *groups);

    for (size_t i = 0; i < count; i++)
        groups[i] = (struct described_group){ .name = text_at(a->arena, list, (int)i),
                                              .stored_bytes = 100 };
    a->groups = groups;
    a->group_count = count;
    cJSON_Delete(list);
}

void
stage_events(struct stage *stage, const char *key, const char *group, const char *json)
{
    struct answer *a = add(stage, key, ASK_LOG_EVENTS);
    cJSON *list = parse(json), *item;
    struct log_entry *events =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *events);

    cJSON_ArrayForEach(item, list)
    {
        struct log_entry *e = &events[a->event_count++];

        e->id = text_at(a->arena, item, 0);
        e->group = arena_strdup(a->arena, group);
        e->stream = "stream";
        e->time_ms = ANSWERS_NOW - (int64_t)cJSON_GetArrayItem(item, 1)->valuedouble;
        e->ingested_ms = e->time_ms;
        e->message = text_at(a->arena, item, 2);
        e->message_len = strlen(e->message);
    }
    a->events = events;
    cJSON_Delete(list);
}

/* The place of a word in a list that ends with NULL; fails the test when it is not there. */
static int
index_of(const char *word, const char *const *words)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], word) == 0)
            return i;
    }
    fail_msg("the test says \"%s\" where only \"%s\" and others can stand", word, words[0]);
    return 0;
}

static const char *const alarm_signs[] = { ">=", ">", "<", "<=", NULL }; /* as the enum has them */

static enum alarm_state
state_of(const char *name)
{
    enum alarm_state state = ALARM_STATES;

    if (!alarm_state_parse(&state, name))
        fail_msg("%s is no state of an alarm", name);
    return state;
}

static enum alarm_missing
missing_of(const char *name)
{
    enum alarm_missing missing = ALARM_MISSING;

    if (!alarm_missing_parse(&missing, name))
        fail_msg("%s is no treatment of missing data", name);
    return missing;
}

static const struct alarm_metric *
read_alarm_metric(struct arena *arena, const cJSON *item, int32_t period_s)
{
    const cJSON *metric = json_get(item, "metric");
    size_t dims = ((size_t)cJSON_GetArraySize(metric) - 2) / 2;
    struct dimension *d = arena_alloc(arena, (dims + 1) * sizeof *d);
    struct alarm_metric *out = arena_alloc(arena, sizeof *out);

    for (size_t i = 0; i < dims; i++)
        d[i] = (struct dimension){ text_at(arena, metric, (int)(2 + 2 * i)),
                                   text_at(arena, metric, (int)(3 + 2 * i)) };
    *out = (struct alarm_metric){
        .id = "",
        .series = { .namespace_name = text_at(arena, metric, 0),
                    .metric = text_at(arena, metric, 1),
                    .dims = { .dims = d, .count = dims } },
        .stat = arena_strdup(arena, json_get_string(item, "stat", "Sum")),
        .period_s = period_s,
        .is_returned = true,
    };
    return out;
}

static void
read_alarm(struct arena *arena, const cJSON *item, struct alarm *out)
{
    const char *rule = json_get_string(item, "rule", NULL);
    int n = (int)json_get_int(item, "n", 1);
    bool is_banded = json_get_bool(item, "banded", false);

    *out = (struct alarm){
        .name = arena_strdup(arena, json_get_string(item, "name", "")),
        .description = arena_strdup(arena, json_get_string(item, "description", "")),
        .is_composite = rule != NULL,
        .composite_rule = rule != NULL ? arena_strdup(arena, rule) : NULL,
        .rule = { .comparison = (enum alarm_comparison)index_of(json_get_string(item, "op", ">"),
                                                                alarm_signs),
                  .missing = missing_of(json_get_string(item, "missing", "missing")),
                  .threshold = json_get_number(item, "threshold", is_banded ? (double)NAN : 0),
                  .band = is_banded ? ALARM_OUTSIDE_BAND : ALARM_NO_BAND,
                  .period_s = (int32_t)json_get_int(item, "period", 60),
                  .evaluation_periods = n,
                  .datapoints_to_alarm = (int)json_get_int(item, "m", n) },
        .actions_enabled = true,
        .state = state_of(json_get_string(item, "state", "OK")),
        .reason = arena_strdup(arena, json_get_string(item, "reason", "")),
        .changed_ms = ANSWERS_NOW - json_get_int(item, "ago", 60000),
    };
    out->arn = arena_printf(arena, "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:%s", out->name);
    out->updated_ms = out->changed_ms;
    out->configured_ms = ANSWERS_NOW - 86400000;
    if (json_get(item, "metric") != NULL) {
        out->metrics = read_alarm_metric(arena, item, out->rule.period_s);
        out->metric_count = 1;
    }
}

void
stage_alarms(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_ALARMS);
    cJSON *list = parse(json), *item;
    struct alarm *alarms =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *alarms);

    cJSON_ArrayForEach(item, list)
    {
        read_alarm(a->arena, item, &alarms[a->alarm_count++]);
    }
    a->alarms = alarms;
    cJSON_Delete(list);
}

static enum alarm_state
state_at(const cJSON *list, int index)
{
    const cJSON *item = cJSON_GetArrayItem(list, index);

    return item == NULL ? ALARM_STATES : state_of(cJSON_GetStringValue(item));
}

void
stage_alarm_events(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_ALARM_EVENTS);
    cJSON *list = parse(json), *item;
    struct alarm_history_item *events =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *events);

    cJSON_ArrayForEach(item, list)
    {
        events[a->alarm_event_count++] = (struct alarm_history_item){
            .alarm = text_at(a->arena, item, 0),
            .kind = text_at(a->arena, item, 1),
            .time_ms = ANSWERS_NOW - (int64_t)cJSON_GetArrayItem(item, 2)->valuedouble,
            .summary = text_at(a->arena, item, 3),
            .from = state_at(item, 4),
            .to = state_at(item, 5),
        };
    }
    a->alarm_events = events;
    cJSON_Delete(list);
}

static int64_t
int_at(const cJSON *list, int index)
{
    return (int64_t)cJSON_GetArrayItem(list, index)->valuedouble;
}

void
stage_functions(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_FUNCTIONS);
    cJSON *list = parse(json), *item;
    struct lambda_function *functions =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *functions);

    cJSON_ArrayForEach(item, list)
    {
        functions[a->function_count++] = (struct lambda_function){
            .name = text_at(a->arena, item, 0),
            .runtime = text_at(a->arena, item, 1),
            .memory_mb = int_at(item, 2),
            .timeout_s = int_at(item, 3),
            .modified_ms = ANSWERS_NOW - int_at(item, 4),
        };
    }
    a->functions = functions;
    cJSON_Delete(list);
}

/* "Key=Value" each. */
static void
read_tag_texts(struct arena *arena, struct tagged_resource *r, const cJSON *item)
{
    size_t count = (size_t)cJSON_GetArraySize(item) - 1;
    struct resource_tag *tags = arena_alloc(arena, (count + 1) * sizeof *tags);

    for (size_t i = 0; i < count; i++) {
        const char *text = text_at(arena, item, (int)i + 1), *equals = strchr(text, '=');

        tags[i] = (struct resource_tag){ arena_strndup(arena, text, (size_t)(equals - text)),
                                         equals + 1 };
    }
    r->tags = tags;
    r->tag_count = count;
}

void
stage_tagged(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_TAGS);
    cJSON *list = parse(json), *item;
    size_t most = (size_t)cJSON_GetArraySize(list) + 1;
    struct tagged_resource *tagged = arena_alloc(a->arena, most * sizeof *tagged);
    struct tag_verdict *verdicts = arena_alloc(a->arena, most * sizeof *verdicts);

    cJSON_ArrayForEach(item, list)
    {
        struct tagged_resource *r = &tagged[a->tagged_count];
        char type[ARN_TYPE_TEXT];

        r->arn = text_at(a->arena, item, 0);
        arn_read(type, &r->name, r->arn);
        r->type = arena_strdup(a->arena, type);
        read_tag_texts(a->arena, r, item);
        tag_judge(&verdicts[a->tagged_count++], r);
    }
    a->tagged = tagged;
    a->tag_verdicts = verdicts;
    cJSON_Delete(list);
}

void
stage_cost_tags(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_COST_TAGS);
    cJSON *list = parse(json), *item;
    struct bill_tag *tags =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *tags);

    cJSON_ArrayForEach(item, list)
    {
        int64_t ago = int_at(item, 2);

        tags[a->cost_tag_count++] =
            (struct bill_tag){ .key = text_at(a->arena, item, 0),
                               .is_active = cJSON_IsTrue(cJSON_GetArrayItem(item, 1)),
                               .changed_ms = ago == 0 ? 0 : ANSWERS_NOW - ago };
    }
    a->cost_tags = tags;
    cJSON_Delete(list);
}

static const char *
text_of(struct arena *arena, const cJSON *item, const char *member, const char *otherwise)
{
    return arena_strdup(arena, json_get_string(item, member, otherwise));
}

void
stage_services(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_SERVICES);
    cJSON *list = parse(json), *item;
    struct ecs_service *services =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *services);

    cJSON_ArrayForEach(item, list)
    {
        services[a->service_count++] = (struct ecs_service){
            .cluster = text_of(a->arena, item, "cluster", "obs"),
            .name = text_of(a->arena, item, "name", ""),
            .status = "ACTIVE",
            .desired = json_get_int(item, "desired", 0),
            .running = json_get_int(item, "running", 0),
            .pending = json_get_int(item, "pending", 0),
            .failed = json_get_int(item, "failed", 0),
            .rollout = text_of(a->arena, item, "rollout", "COMPLETED"),
            .rollout_reason = "",
            .stopped = text_of(a->arena, item, "stopped", ""),
            .stopped_ms = ANSWERS_NOW - json_get_int(item, "ago", 60000),
        };
    }
    a->services = services;
    cJSON_Delete(list);
}

void
stage_targets(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_TARGETS);
    cJSON *list = parse(json), *item;
    struct elb_group *groups =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *groups);

    cJSON_ArrayForEach(item, list)
    {
        groups[a->target_count++] = (struct elb_group){
            .name = text_of(a->arena, item, "name", ""),
            .dimension = "",
            .balancer = text_of(a->arena, item, "balancer", "app/obs/1"),
            .check = text_of(a->arena, item, "check", ""),
            .targets = (size_t)json_get_int(item, "targets", 0),
            .healthy = (size_t)json_get_int(item, "healthy", 0),
            .starting = (size_t)json_get_int(item, "starting", 0),
            .leaving = (size_t)json_get_int(item, "leaving", 0),
            .state = text_of(a->arena, item, "state", ""),
            .reason = "",
            .description = text_of(a->arena, item, "description", ""),
        };
    }
    a->targets = groups;
    cJSON_Delete(list);
}

static const struct db_member *
read_members(struct arena *arena, const cJSON *list, size_t *count)
{
    struct db_member *members =
        arena_alloc(arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *members);
    const cJSON *item;

    *count = 0;
    cJSON_ArrayForEach(item, list)
    {
        members[(*count)++] = (struct db_member){ text_at(arena, item, 0),
                                                  cJSON_IsTrue(cJSON_GetArrayItem(item, 1)) };
    }
    return members;
}

static double
number_at(const cJSON *list, int index)
{
    const cJSON *item = cJSON_GetArrayItem(list, index);

    return item == NULL ? 0 : item->valuedouble;
}

void
stage_db_clusters(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_DB_CLUSTERS);
    cJSON *list = parse(json), *item;
    struct db_cluster *clusters =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *clusters);

    cJSON_ArrayForEach(item, list)
    {
        struct db_cluster *c = &clusters[a->db_cluster_count++];

        *c = (struct db_cluster){
            .id = text_of(a->arena, item, "id", ""),
            .status = text_of(a->arena, item, "status", "available"),
            .engine = text_of(a->arena, item, "engine", "aurora-postgresql"),
            .version = text_of(a->arena, item, "version", "15.4"),
            .parameter_group = text_of(a->arena, item, "group", "default.aurora-postgresql15"),
            .least_acu = number_at(json_get(item, "acu"), 0),
            .most_acu = number_at(json_get(item, "acu"), 1),
            .backup_days = json_get_int(item, "days", 0),
            .restorable_ms = ANSWERS_NOW - 240000,
        };
        c->members = read_members(a->arena, json_get(item, "members"), &c->member_count);
    }
    a->db_clusters = clusters;
    cJSON_Delete(list);
}

void
stage_db_instances(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_DB_INSTANCES);
    cJSON *list = parse(json), *item;
    struct db_instance *instances =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *instances);

    cJSON_ArrayForEach(item, list)
    {
        instances[a->db_instance_count++] = (struct db_instance){
            .id = text_of(a->arena, item, "id", ""),
            .cluster = text_of(a->arena, item, "cluster", ""),
            .class_name = text_of(a->arena, item, "class", "db.t4g.medium"),
            .status = "available",
            .resource_id = text_of(a->arena, item, "resource", ""),
            .has_insights = json_get_bool(item, "insights", false),
        };
    }
    a->db_instances = instances;
    cJSON_Delete(list);
}

void
stage_db_events(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_DB_EVENTS);
    cJSON *list = parse(json), *item;
    struct db_event *events =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *events);

    cJSON_ArrayForEach(item, list)
    {
        events[a->db_event_count++] = (struct db_event){ .source = text_at(a->arena, item, 0),
                                                         .time_ms = ANSWERS_NOW - int_at(item, 1),
                                                         .category = text_at(a->arena, item, 2),
                                                         .message = text_at(a->arena, item, 3) };
    }
    a->db_events = events;
    cJSON_Delete(list);
}

void
stage_db_parameter(struct stage *stage, const char *key, const char *value)
{
    struct answer *a = add(stage, key, ASK_DB_PARAMETER);

    a->db_parameter = value == NULL ? NULL : arena_strdup(a->arena, value);
}

/* The texts of a list, NULL where it holds null. */
static void
read_texts(struct arena *arena, const cJSON *list, const char **out, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = cJSON_GetStringValue(cJSON_GetArrayItem(list, (int)i));

        out[i] = text != NULL ? arena_strdup(arena, text) : NULL;
    }
}

void
stage_insights(struct stage *stage, const char *key, const char *json)
{
    static const char *const states[] = { "running", "complete", "cancelled", "failed", NULL };
    struct answer *a = add(stage, key, ASK_INSIGHTS);
    cJSON *doc = parse(json);
    const cJSON *columns = json_get(doc, "columns"), *rows = json_get(doc, "rows"), *row;
    size_t width = (size_t)cJSON_GetArraySize(columns), height = (size_t)cJSON_GetArraySize(rows);
    const char **names = arena_alloc(a->arena, (width + 1) * sizeof *names);
    const char **cells = arena_alloc(a->arena, (width * height + 1) * sizeof *cells);
    struct insights_result *result = arena_alloc(a->arena, sizeof *result);

    read_texts(a->arena, columns, names, width);
    *result = (struct insights_result){
        .state = (enum insights_state)index_of(json_get_string(doc, "state", "complete"), states),
        .columns = names,
        .column_count = width,
        .cells = cells,
        .records_matched = json_get_number(doc, "matched", (double)height),
        .records_scanned = json_get_number(doc, "scanned", (double)height),
        .bytes_scanned = json_get_number(doc, "bytes", 0),
    };
    cJSON_ArrayForEach(row, rows)
    {
        read_texts(a->arena, row, cells + width * result->row_count++, width);
    }
    a->insights = result;
    cJSON_Delete(doc);
}

static int64_t
money_of(const char *text)
{
    int64_t microusd = 0;

    if (text == NULL || !money_parse(&microusd, text))
        fail_msg("the test's own money is wrong: %s", text == NULL ? "none" : text);
    return microusd;
}

void
stage_costs(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_COSTS);
    int64_t today = day_of_ms(ANSWERS_NOW);
    cJSON *list = parse(json), *item;
    struct bill_row *rows =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *rows);

    a->pace_ms = 86400000;
    a->cost_from_day = day_month(today, -1);
    a->cost_to_day = today + 1;
    cJSON_ArrayForEach(item, list)
    {
        rows[a->cost_count++] = (struct bill_row){
            .day = today - int_at(item, 0),
            .keys = { text_at(a->arena, item, 1), text_at(a->arena, item, 2) },
            .microusd = money_of(cJSON_GetStringValue(cJSON_GetArrayItem(item, 3))),
        };
    }
    a->costs = rows;
    cJSON_Delete(list);
}

static void
read_budget(struct bill_budget *b, struct arena *arena, const cJSON *item)
{
    const cJSON *marks = json_get(item, "marks"), *mark;
    struct bill_filter *filter = arena_alloc(arena, sizeof *filter);
    struct bill_notification *told =
        arena_alloc(arena, ((size_t)cJSON_GetArraySize(marks) + 1) * sizeof *told);

    *filter =
        (struct bill_filter){ "Project",
                              arena_strdup(arena, json_get_string(item, "project", "other")) };
    *b = (struct bill_budget){ .name = arena_strdup(arena, json_get_string(item, "name", "b")),
                               .is_monthly = true,
                               .is_cost = true,
                               .limit_microusd = money_of(json_get_string(item, "limit", "")),
                               .filters = filter,
                               .filter_count = 1,
                               .notifications = told,
                               .has_notifications = marks != NULL };
    cJSON_ArrayForEach(mark, marks)
    {
        told[b->notification_count++].mark_microusd = money_of(cJSON_GetStringValue(mark));
    }
}

void
stage_budgets(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_BUDGETS);
    cJSON *list = parse(json), *item;
    struct bill_budget *budgets =
        arena_alloc(a->arena, ((size_t)cJSON_GetArraySize(list) + 1) * sizeof *budgets);

    a->pace_ms = 21600000;
    cJSON_ArrayForEach(item, list)
    {
        read_budget(&budgets[a->budget_count++], a->arena, item);
    }
    a->budgets = budgets;
    cJSON_Delete(list);
}

/* Times written as "$now-5000" become what a server would have said then. */
static void
put_times(cJSON *value)
{
    int64_t ms;

    for (cJSON *child = value->child; child != NULL; child = child->next)
        put_times(child);
    if (cJSON_IsString(value) && strncmp(value->valuestring, "$now-", 5) == 0 &&
        text_parse_int(&ms, value->valuestring + 5)) {
        char text[ISO8601_TEXT];

        iso8601_format_ms(ANSWERS_NOW - ms, text);
        cJSON_SetValuestring(value, text);
    }
}

void
stage_umami(struct stage *stage, const char *key, enum umami_topic topic, const char *type,
            const char *json)
{
    struct answer *a = add(stage, key, ASK_UMAMI);
    struct umami_answer *umami = arena_alloc(a->arena, sizeof *umami);
    cJSON *value = parse(json);
    struct err err;

    a->from_ms = a->to_ms - stage->q.range.span_ms;
    put_times(value);
    if (umami_answer_read(
            umami, a->arena,
            &(struct umami_question){
                .topic = topic, .type = type, .from_ms = a->from_ms, .to_ms = a->to_ms },
            UMAMI_V3, value, &err) != OK)
        fail_msg("the test's own Umami is wrong: %s", err.text);
    cJSON_Delete(value);
    a->umami = umami;
}

void
stage_sessions(struct stage *stage, const char *key, const char *json)
{
    struct answer *a = add(stage, key, ASK_SESSIONS);
    struct recording_list *list = arena_alloc(a->arena, sizeof *list);
    cJSON *rows = parse(json), *row;
    struct recording_seen *seen =
        arena_alloc(a->arena, (size_t)(cJSON_GetArraySize(rows) + 1) * sizeof *seen);

    cJSON_ArrayForEach(row, rows)
    {
        double began = cJSON_GetNumberValue(cJSON_GetArrayItem(row, 1)),
               last = cJSON_GetNumberValue(cJSON_GetArrayItem(row, 2));
        bool is_read = cJSON_GetArraySize(row) > 3;

        seen[list->count++] = (struct recording_seen){
            .id = text_at(a->arena, row, 0),
            .start_ms = ANSWERS_NOW - (int64_t)began,
            .last_ms = ANSWERS_NOW - (int64_t)last,
            .bytes = 20480,
            .has_full = is_read,
            .has_analytics = is_read,
            .is_read = is_read,
            .pages = is_read ? (unsigned)cJSON_GetArrayItem(row, 3)->valueint : 0,
            .errors = is_read ? (unsigned)cJSON_GetArrayItem(row, 4)->valueint : 0,
            .device = is_read ? text_at(a->arena, row, 5) : "",
            .zone = is_read ? "UTC+01:00" : "",
        };
    }
    cJSON_Delete(rows);
    list->list = seen;
    a->recordings = list;
}

void
stage_recording(struct stage *stage, const char *key, const struct recording_read *read)
{
    struct answer *a = add(stage, key, ASK_RECORDING);
    struct recording_told *told = arena_alloc(a->arena, sizeof *told);
    struct recording_bytes *bodies = arena_alloc(a->arena, (read->body_count + 1) * sizeof *bodies);
    struct recording_read copy = *read;

    for (size_t i = 0; i < read->body_count; i++) {
        char *bytes = arena_room(a->arena, read->bodies[i].length + 1);

        memcpy(bytes, read->bodies[i].at, read->bodies[i].length);
        bodies[i] = read->bodies[i];
        bodies[i].at = bytes;
    }
    copy.bodies = bodies;
    recording_tell(told, a->arena, &copy);
    a->recording = told;
}

void
stage_json(struct stage *stage, const char *key, const char *json)
{
    add(stage, key, ASK_EMULATOR)->json = parse(json);
}

void
stage_failure(struct stage *stage, const char *key, enum ask_kind kind, const char *sentence)
{
    struct answer *a = add(stage, key, kind);

    a->got_ms = 0;
    a->failure = arena_strdup(a->arena, sentence);
    a->retry_ms = ANSWERS_NOW + 1000;
}

void
stage_show(struct stage *stage, void (*ask)(struct ask_list *asks, const struct view_query *q),
           void (*build)(struct model *out, struct arena *arena, const struct view_query *q))
{
    struct snapshot *snapshot =
        snapshot_new("local 127.0.0.1:6270", "dev", stage->list, stage->count);

    snapshot->is_emulator = !stage->is_account;
    snapshot->umami_is_local = !stage->is_account && !stage->has_own_umami;
    snapshot->lacks_umami = stage->lacks_umami;
    snapshot->unkept = stage->unkept;
    snapshot->state = SOURCE_LIVE;
    drop_shown(stage);
    stage->q.snapshot = snapshot;
    stage->asks = ask_list_new();
    ask(stage->asks, &stage->q);
    stage->model = (struct model){ 0 };
    build(&stage->model, stage->arena, &stage->q);
}

const struct ask *
stage_ask(const struct stage *stage, const char *key)
{
    for (size_t i = 0; i < stage->asks->count; i++) {
        if (strcmp(stage->asks->items[i].key, key) == 0)
            return &stage->asks->items[i];
    }
    return NULL;
}

const struct panel *
stage_panel(const struct stage *stage, const char *name)
{
    const struct panel *panel = model_panel(&stage->model, name);

    if (panel == NULL)
        fail_msg("no panel %s", name);
    return panel;
}

const struct cell *
stage_cell(const struct stage *stage, const char *panel, const char *row, const char *column)
{
    const struct grid *grid = stage_panel(stage, panel)->grid;

    for (size_t r = 0; r < grid->row_count; r++) {
        for (size_t c = 0; c < grid->column_count; c++) {
            if (strcmp(grid->rows[r].key, row) == 0 && strcmp(grid->columns[c].name, column) == 0)
                return &grid->rows[r].cells[c];
        }
    }
    fail_msg("no cell %s in row %s of %s", column, row, panel);
    return NULL;
}
