/* aws_alarm_list.c - CloudWatch DescribeAlarms and DescribeAlarmsForMetric.
 * SPDX-License-Identifier: MIT
 *
 * Alarms come by name, both kinds mixed in one order, so the token of a page is a name. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "emulator/aws_alarm.h"
#include "emulator/aws_metric.h"
#include "emulator/aws_operations.h"
#include "emulator/aws_token.h"

#define CHUNK      500
#define ACTION_MAX 1024
#define STAT_MAX   100

/* --- one alarm -------------------------------------------------------------------------------- */

/* What was defined, and what became of it. */
static cJSON *
show(struct aws_call *call, const struct alarm_row *row)
{
    cJSON *to = NULL;

    if (json_parse(&to, row->definition, strlen(row->definition), NULL) != OK)
        to = cJSON_CreateObject();
    cJSON_AddStringToObject(to, "AlarmArn", alarm_arn(call->arena, call->region, row->name));
    cJSON_ReplaceItemInObjectCaseSensitive(to, "ActionsEnabled",
                                           cJSON_CreateBool(row->actions_enabled));
    cJSON_AddItemToObject(to, "AlarmConfigurationUpdatedTimestamp", json_time(row->configured_ms));
    cJSON_AddStringToObject(to, "StateValue", alarm_state_name(row->state));
    cJSON_AddStringToObject(to, "StateReason", row->reason);
    if (row->reason_data[0] != '\0')
        cJSON_AddStringToObject(to, "StateReasonData", row->reason_data);
    cJSON_AddItemToObject(to, "StateUpdatedTimestamp", json_time(row->updated_ms));
    cJSON_AddItemToObject(to, "StateTransitionedTimestamp", json_time(row->changed_ms));
    return to;
}

/* What is told of the parents and children of an alarm. */
static cJSON *
show_relative(struct aws_call *call, const struct alarm_row *row, bool with_state)
{
    cJSON *to = cJSON_CreateObject();

    cJSON_AddStringToObject(to, "AlarmName", row->name);
    cJSON_AddStringToObject(to, "AlarmArn", alarm_arn(call->arena, call->region, row->name));
    if (with_state) {
        cJSON_AddStringToObject(to, "StateValue", alarm_state_name(row->state));
        cJSON_AddItemToObject(to, "StateUpdatedTimestamp", json_time(row->updated_ms));
    }
    return to;
}

struct listing {
    cJSON *of[2]; /* metric alarms, composite alarms */
    size_t count;
};

static struct listing
begin(struct aws_call *call)
{
    struct listing list = { { NULL, NULL }, 0 };

    call->out = cJSON_CreateObject();
    list.of[1] = cJSON_AddArrayToObject(call->out, "CompositeAlarms");
    list.of[0] = cJSON_AddArrayToObject(call->out, "MetricAlarms");
    return list;
}

static void
end(struct aws_call *call, const struct listing *list)
{
    snprintf(call->note, sizeof call->note, "%zu %s", list->count,
             list->count == 1 ? "alarm" : "alarms");
}

/* --- which ------------------------------------------------------------------------------------ */

struct filter {
    const char *const *names; /* NULL: any */
    size_t name_count;
    const char *prefix, *action; /* NULL: any */
    bool metric, composite;
    int state; /* enum alarm_state, or -1 */
};

static enum status
read_names(struct aws_call *call, struct filter *f)
{
    if (!awsvalue_has(&call->in, "AlarmNames"))
        return OK;
    if (f->prefix != NULL)
        return wire_error_set(call->error, 400, "ValidationError",
                              "AlarmNamePrefix and AlarmNames are mutually exclusive");
    if (cJSON_GetArraySize(json_get(call->in.object, "AlarmNames")) == 0)
        return OK;
    return aws_alarm_names(call, &f->names, &f->name_count);
}

static enum status
read_filter(struct aws_call *call, struct filter *f)
{
    static const char *const states[] = { "OK", "ALARM", "INSUFFICIENT_DATA", NULL };
    const struct awsvalue *in = &call->in;
    enum status st;

    *f = (struct filter){ .state = -1 };
    st = awsvalue_string(in, "AlarmNamePrefix", AWS_OPTIONAL, 1, ALARM_NAME_MAX, &f->prefix);
    if (st == OK)
        st = read_names(call, f);
    if (st == OK)
        st = aws_alarm_types(in, &f->metric, &f->composite);
    if (st == OK)
        st = awsvalue_enum(in, "StateValue", AWS_OPTIONAL, states, &f->state);
    if (st == OK)
        st = awsvalue_string(in, "ActionPrefix", AWS_OPTIONAL, 1, ACTION_MAX, &f->action);
    return st;
}

static bool
has_name(const struct filter *f, const char *name)
{
    for (size_t i = 0; i < f->name_count; i++) {
        if (strcmp(f->names[i], name) == 0)
            return true;
    }
    return f->names == NULL;
}

static bool
has_action(const struct alarm_row *row, const char *prefix, struct arena *arena)
{
    struct wire_error error = { 0 };
    struct alarm_definition def;

    if (alarm_definition_load(&def, arena, row->definition, row->is_composite, &error) != OK)
        return false;
    for (int i = 0; i < ALARM_STATES; i++) {
        for (size_t k = 0; k < def.action_counts[i]; k++) {
            if (strncmp(def.actions[i][k], prefix, strlen(prefix)) == 0)
                return true;
        }
    }
    return false;
}

static bool
matches(const struct filter *f, const struct alarm_row *row, struct arena *arena)
{
    if (!(row->is_composite ? f->composite : f->metric))
        return false;
    if (f->state >= 0 && (int)row->state != f->state)
        return false;
    return has_name(f, row->name) && (f->action == NULL || has_action(row, f->action, arena));
}

/* --- DescribeAlarms --------------------------------------------------------------------------- */

/* *more: the name of the last alarm shown, when others follow. */
static enum status
list_alarms(struct aws_call *call, const struct filter *f, const char *after, size_t limit,
            struct listing *list, const char **more)
{
    struct alarm_page page = { .next = after };
    struct err err = { 0 };
    const char *last = NULL;

    do {
        if (store_list_alarms(call->reader, call->arena, f->prefix, page.next, CHUNK, &page,
                              &err) != OK)
            return aws_store_failed(call, &err);
        for (size_t i = 0; i < page.count; i++) {
            const struct alarm_row *row = &page.alarms[i];

            if (!matches(f, row, call->arena))
                continue;
            if (list->count == limit) {
                *more = last;
                return OK;
            }
            last = row->name;
            list->count++;
            cJSON_AddItemToArray(list->of[row->is_composite], show(call, row));
        }
    } while (page.next != NULL);
    return OK;
}

static enum status
describe_filtered(struct aws_call *call, uint64_t scope)
{
    const char *after = NULL, *more = NULL;
    struct listing list;
    struct filter f;
    size_t limit = 0;
    enum status st = read_filter(call, &f);

    if (st == OK)
        st = aws_alarm_page(call, scope, &limit, &after);
    if (st != OK)
        return st;
    list = begin(call);
    st = list_alarms(call, &f, after, limit, &list, &more);
    if (st == OK && more != NULL)
        cJSON_AddStringToObject(call->out, "NextToken", aws_token_make(call->arena, scope, more));
    end(call, &list);
    return st;
}

/* --- relatives -------------------------------------------------------------------------------- */

/* `entry` is a child of the alarm `name`, or a parent. */
static bool
is_related(const struct alarm_set *set, const struct alarm_entry *entry, const char *name,
           bool children)
{
    const struct alarm_entry *parent = children ? alarm_set_find(set, name) : entry;
    const char *child = children ? entry->row.name : name;

    return parent != NULL && parent->def.expr != NULL &&
           alarm_rule_looks_at(parent->def.expr, child);
}

static enum status
refuse_others(const struct awsvalue *in, const char *key)
{
    static const char *const others[] = { "AlarmNames",        "AlarmNamePrefix",
                                          "AlarmTypes",        "StateValue",
                                          "ActionPrefix",      "ChildrenOfAlarmName",
                                          "ParentsOfAlarmName" };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(others[i], key) != 0 && awsvalue_has(in, others[i]))
            return wire_error_set(in->error, 400, "ValidationError",
                                  "%s cannot be given together with %s", others[i], key);
    }
    return OK;
}

/* At most 100 children, and 150 parents [quotas]: one page of the token's state, by name. */
static enum status
describe_relatives(struct aws_call *call, const char *key, bool children, uint64_t scope)
{
    const char *name = NULL, *after = NULL, *last = NULL;
    struct alarm_set *set = NULL;
    struct listing list;
    size_t limit = 0;
    enum status st = refuse_others(&call->in, key);

    if (st == OK)
        st = awsvalue_string(&call->in, key, AWS_REQUIRED, 1, ALARM_NAME_MAX, &name);
    if (st == OK)
        st = aws_alarm_page(call, scope, &limit, &after);
    if (st == OK)
        st = aws_alarm_load(call, &set);
    if (st != OK)
        return st;
    list = begin(call);
    for (size_t i = 0; i < set->count; i++) {
        const struct alarm_row *row = &set->entries[i].row;

        if ((after != NULL && strcmp(row->name, after) <= 0) ||
            !is_related(set, &set->entries[i], name, children))
            continue;
        if (list.count == limit) {
            cJSON_AddStringToObject(call->out, "NextToken",
                                    aws_token_make(call->arena, scope, last));
            break;
        }
        last = row->name;
        list.count++;
        cJSON_AddItemToArray(list.of[row->is_composite], show_relative(call, row, children));
    }
    end(call, &list);
    alarm_set_free(set);
    return OK;
}

enum status
aws_describe_alarms(struct aws_call *call)
{
    static const char *const known[] = {
        "AlarmNames", "AlarmNamePrefix", "AlarmTypes", "ChildrenOfAlarmName", "ParentsOfAlarmName",
        "StateValue", "ActionPrefix",    "MaxRecords", "NextToken",           NULL
    };
    static const char *const keys[] = { "AlarmNames",         "AlarmNamePrefix",
                                        "AlarmTypes",         "ChildrenOfAlarmName",
                                        "ParentsOfAlarmName", "StateValue",
                                        "ActionPrefix",       NULL };
    const uint64_t scope = aws_token_scope("DescribeAlarms", &call->in, keys);
    enum status st = aws_only(&call->in, known);

    if (st != OK)
        return st;
    if (awsvalue_has(&call->in, "ChildrenOfAlarmName"))
        return describe_relatives(call, "ChildrenOfAlarmName", true, scope);
    if (awsvalue_has(&call->in, "ParentsOfAlarmName"))
        return describe_relatives(call, "ParentsOfAlarmName", false, scope);
    return describe_filtered(call, scope);
}

/* --- DescribeAlarmsForMetric ------------------------------------------------------------------ */

struct measured {
    struct series_key key;
    const char *stat;  /* NULL: any */
    int64_t period_ms; /* 0: any */
    int unit;          /* -1: any */
};

static enum status
read_measured(struct aws_call *call, struct measured *m)
{
    const struct awsvalue *in = &call->in;
    enum status st;

    *m = (struct measured){ .unit = -1 };
    st = aws_metric_key(in, call->arena, &m->key);
    if (st == OK)
        st = awsvalue_string(in, "Statistic", AWS_OPTIONAL, 1, STAT_MAX, &m->stat);
    if (st == OK)
        st = awsvalue_string(in, "ExtendedStatistic", AWS_OPTIONAL, 1, STAT_MAX, &m->stat);
    if (st == OK && awsvalue_has(in, "Period"))
        st = aws_metric_period(in, &m->period_ms);
    if (st == OK)
        st = aws_metric_unit(in, &m->unit);
    return st;
}

/* Alarms on metric math are not listed, as on AWS. */
static bool
measures(const struct alarm_entry *entry, const struct measured *m)
{
    const struct alarm_definition *def = &entry->def;

    return !entry->is_broken && !def->is_composite && !def->is_math &&
           series_key_equal(&def->key, &m->key) &&
           (m->stat == NULL || strcmp(def->stat_name, m->stat) == 0) &&
           (m->period_ms == 0 || def->rule.period_s * 1000LL == m->period_ms) &&
           (m->unit < 0 || def->unit == m->unit);
}

enum status
aws_describe_alarms_for_metric(struct aws_call *call)
{
    static const char *const known[] = { "MetricName", "Namespace",
                                         "Statistic",  "ExtendedStatistic",
                                         "Dimensions", "Period",
                                         "Unit",       NULL };
    struct alarm_set *set = NULL;
    struct measured m;
    cJSON *alarms;
    enum status st = aws_only(&call->in, known);

    if (st == OK)
        st = read_measured(call, &m);
    if (st == OK)
        st = aws_alarm_load(call, &set);
    if (st != OK)
        return st;
    call->out = cJSON_CreateObject();
    alarms = cJSON_AddArrayToObject(call->out, "MetricAlarms");
    for (size_t i = 0; i < set->count; i++) {
        if (measures(&set->entries[i], &m))
            cJSON_AddItemToArray(alarms, show(call, &set->entries[i].row));
    }
    alarm_set_free(set);
    return OK;
}
