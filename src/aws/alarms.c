/* alarms.c - DescribeAlarms and DescribeAlarmHistory.
 * SPDX-License-Identifier: MIT
 *
 * Shapes: MetricAlarm, CompositeAlarm and AlarmHistoryItem of the API model. Of an alarm only its
 * name is insisted on: what else is missing gets the value that PutMetricAlarm would have given it,
 * numbers are brought into the limits of the service, and an unknown state is no state at all. So a
 * half-hearted emulator is shown for what it says, and no number can break what is calculated with
 * it later. */
#include "config.h"

#include "aws/alarms.h"

#include "aws/answer.h"
#include "aws/listing.h"
#include "aws/pages.h"
#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PAGE        100 /* MaxRecords at most */
#define PAGES_MAX   60  /* a page may be short */
#define METRICS_MAX 100 /* of one alarm; the service takes 10 */
#define ACTIONS_MAX 5   /* API model */
#define WEEK_S      604800
#define PERIODS_MAX 10080 /* a week of minutes: N x period at most, PutMetricAlarm */

#define ALARMS  "DescribeAlarms"
#define HISTORY "DescribeAlarmHistory"

struct alarms_job {
    struct arena *arena;
    struct pages *pages;
    alarms_done *done;
    void *arg;
    struct alarm *alarms;
    size_t count;
    size_t cap;
    bool partial;
};

static void
job_free(struct alarms_job *job)
{
    free(job->alarms);
    free(job);
}

void
alarms_cancel(struct alarms_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    job_free(job);
}

static void
add_types(cJSON *input)
{
    cJSON *types = cJSON_AddArrayToObject(input, "AlarmTypes");

    cJSON_AddItemToArray(types, cJSON_CreateString("MetricAlarm"));
    cJSON_AddItemToArray(types, cJSON_CreateString("CompositeAlarm"));
    cJSON_AddNumberToObject(input, "MaxRecords", PAGE);
}

/* --- alarms --- */

static enum status
read_metric(struct alarms_job *job, const cJSON *item, struct alarm_metric *out, struct err *err)
{
    const cJSON *stat = json_get(item, "MetricStat"), *metric = json_get(stat, "Metric");
    struct arena *arena = job->arena;

    *out = (struct alarm_metric){
        .id = answer_text(arena, item, "Id", ""),
        .stat = answer_text(arena, stat, "Stat", "Average"),
        .period_s = (int32_t)answer_int(stat, "Period", 1, WEEK_S,
                                        answer_int(item, "Period", 1, WEEK_S, 60)),
        .expression = answer_text(arena, item, "Expression", NULL),
        .label = answer_text(arena, item, "Label", NULL),
        .is_returned = json_get_bool(item, "ReturnData", true),
    };
    out->series.namespace_name = answer_text(arena, metric, "Namespace", "");
    out->series.metric = answer_text(arena, metric, "MetricName", "");
    return answer_dimensions(&out->series.dims, arena, json_get(metric, "Dimensions"), ALARMS, err);
}

/* One metric is told by members of the alarm itself. */
static enum status
read_single(struct alarms_job *job, const cJSON *item, struct alarm *alarm, struct err *err)
{
    struct alarm_metric *out = arena_alloc(job->arena, sizeof *out);
    const char *stat = json_get_string(item, "Statistic", "Average");

    *out = (struct alarm_metric){
        .id = "",
        .stat = answer_text(job->arena, item, "ExtendedStatistic", stat),
        .period_s = (int32_t)answer_int(item, "Period", 1, WEEK_S, 60),
        .is_returned = true,
    };
    out->series.namespace_name = answer_text(job->arena, item, "Namespace", "");
    out->series.metric = answer_text(job->arena, item, "MetricName", "");
    alarm->metrics = out;
    alarm->metric_count = 1;
    return answer_dimensions(&out->series.dims, job->arena, json_get(item, "Dimensions"), ALARMS,
                             err);
}

static enum status
read_metrics(struct alarms_job *job, const cJSON *item, struct alarm *alarm, struct err *err)
{
    const cJSON *list = json_get(item, "Metrics"), *m;
    const char *band = json_get_string(item, "ThresholdMetricId", NULL);
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    struct alarm_metric *out;
    bool is_returned = false;

    if (count == 0)
        return read_single(job, item, alarm, err);
    if (count > METRICS_MAX)
        return err_set(err, E_LIMIT, ALARMS ": an alarm with %d metrics", count);
    out = arena_alloc(job->arena, ((size_t)count + 1) * sizeof *out);
    cJSON_ArrayForEach(m, list)
    {
        struct alarm_metric *metric = &out[alarm->metric_count];

        if (read_metric(job, m, metric, err) != OK)
            return err->code;
        if (band != NULL && strcmp(metric->id, band) == 0)
            continue;
        alarm->metric_count++;
        metric->is_returned &= !is_returned; /* the first of them */
        is_returned |= metric->is_returned;
    }
    if (!is_returned && alarm->metric_count > 0)
        out[alarm->metric_count - 1].is_returned = true;
    alarm->metrics = out;
    return OK;
}

static void
read_comparison(const cJSON *item, struct alarm_rule *rule)
{
    static const struct {
        const char *name;
        enum alarm_comparison comparison;
        enum alarm_band band;
    } of_bands[] = {
        { "GreaterThanUpperThreshold", ALARM_GREATER, ALARM_ABOVE_BAND },
        { "LessThanLowerThreshold", ALARM_LESS, ALARM_BELOW_BAND },
        { "LessThanLowerOrGreaterThanUpperThreshold", ALARM_GREATER, ALARM_OUTSIDE_BAND },
    };
    const char *name = json_get_string(item, "ComparisonOperator", "");

    rule->comparison = ALARM_GREATER;
    rule->threshold = json_get_number(item, "Threshold", (double)NAN);
    (void)alarm_comparison_parse(&rule->comparison, name);
    for (size_t i = 0; i < sizeof of_bands / sizeof of_bands[0]; i++) {
        if (strcmp(name, of_bands[i].name) == 0) {
            rule->comparison = of_bands[i].comparison;
            rule->band = of_bands[i].band;
            rule->threshold = (double)NAN;
        }
    }
}

/* The period of what is compared, or of the first metric that it is made of. */
static int32_t
period_of(const struct alarm *alarm)
{
    int32_t period_s = 60;

    for (size_t i = alarm->metric_count; i > 0; i--) {
        const struct alarm_metric *m = &alarm->metrics[i - 1];

        if (m->expression == NULL)
            period_s = m->period_s;
        if (m->expression == NULL && m->is_returned)
            return period_s;
    }
    return period_s;
}

static void
read_rule(const cJSON *item, struct alarm *alarm)
{
    const char *low = json_get_string(item, "EvaluateLowSampleCountPercentile", "");
    const char *missing = json_get_string(item, "TreatMissingData", "missing");
    struct alarm_rule *rule = &alarm->rule;

    read_comparison(item, rule);
    rule->missing = ALARM_MISSING;
    (void)alarm_missing_parse(&rule->missing, missing);
    rule->period_s = period_of(alarm);
    rule->evaluation_periods = (int)answer_int(item, "EvaluationPeriods", 1, PERIODS_MAX, 1);
    rule->datapoints_to_alarm = (int)answer_int(item, "DatapointsToAlarm", 1,
                                                rule->evaluation_periods, rule->evaluation_periods);
    rule->names_datapoints = json_get(item, "DatapointsToAlarm") != NULL;
    rule->ignores_low_samples = strcmp(low, "ignore") == 0;
}

static void
read_actions(struct alarms_job *job, const cJSON *item, struct alarm *alarm)
{
    const cJSON *list = json_get(item, "AlarmActions"), *action;
    const char **actions = arena_alloc(job->arena, ACTIONS_MAX * sizeof *actions);

    for (action = cJSON_IsArray(list) ? list->child : NULL;
         action != NULL && alarm->action_count < ACTIONS_MAX; action = action->next) {
        if (cJSON_IsString(action))
            actions[alarm->action_count++] = arena_strdup(job->arena, action->valuestring);
    }
    alarm->actions = actions;
}

static void
read_state(struct alarms_job *job, const cJSON *item, struct alarm *alarm)
{
    alarm->state = ALARM_STATE_NO_DATA;
    (void)alarm_state_parse(&alarm->state, json_get_string(item, "StateValue", ""));
    alarm->reason = answer_text(job->arena, item, "StateReason", "");
    alarm->updated_ms = answer_time_ms(item, "StateUpdatedTimestamp");
    alarm->changed_ms = answer_time_ms(item, "StateTransitionedTimestamp");
    alarm->configured_ms = answer_time_ms(item, "AlarmConfigurationUpdatedTimestamp");
    alarm->actions_enabled = json_get_bool(item, "ActionsEnabled", true);
}

static enum status
read_alarm(struct alarms_job *job, const cJSON *item, bool is_composite, struct err *err)
{
    struct alarm alarm = { .name = answer_text(job->arena, item, "AlarmName", NULL) };

    if (alarm.name == NULL)
        return err_set(err, E_INVALID, ALARMS ": an alarm without AlarmName");
    alarm.arn = answer_text(job->arena, item, "AlarmArn", "");
    alarm.description = answer_text(job->arena, item, "AlarmDescription", "");
    alarm.is_composite = is_composite;
    if (is_composite)
        alarm.composite_rule = answer_text(job->arena, item, "AlarmRule", "");
    else if (read_metrics(job, item, &alarm, err) != OK)
        return err->code;
    read_rule(item, &alarm);
    read_actions(job, item, &alarm);
    read_state(job, item, &alarm);
    if (job->count == job->cap) {
        job->cap = job->cap == 0 ? PAGE : 2 * job->cap;
        job->alarms = xreallocarray(job->alarms, job->cap, sizeof *job->alarms);
    }
    job->alarms[job->count++] = alarm;
    return answer_check_size(job->arena, ALARMS, err);
}

static enum status
read_alarms(struct alarms_job *job, const cJSON *list, bool is_composite, bool *enough,
            struct err *err)
{
    const cJSON *item;

    for (item = cJSON_IsArray(list) ? list->child : NULL; item != NULL; item = item->next) {
        if (job->count == ALARMS_MAX) {
            job->partial = true;
            *enough = true;
            return OK;
        }
        if (read_alarm(job, item, is_composite, err) != OK)
            return err->code;
    }
    return OK;
}

static enum status
read_alarms_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct alarms_job *job = arg;
    const cJSON *metric = json_get(page, "MetricAlarms");
    const cJSON *composite = json_get(page, "CompositeAlarms");

    if (!cJSON_IsArray(metric) && !cJSON_IsArray(composite))
        return err_set(err, E_INVALID, ALARMS ": an answer without MetricAlarms");
    if (read_alarms(job, metric, false, enough, err) != OK)
        return err->code;
    return read_alarms(job, composite, true, enough, err);
}

static void
on_alarms_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct alarms_job *job = arg;
    struct alarm *alarms = arena_alloc(job->arena, (job->count + 1) * sizeof *alarms);

    (void)arrived;
    job->pages = NULL;
    if (job->count > 0)
        memcpy(alarms, job->alarms, job->count * sizeof *alarms);
    job->done(job->arg, alarms, job->count, more || job->partial, err);
    job_free(job);
}

struct alarms_job *
alarms_describe(struct aws_client *client, struct arena *arena, alarms_done *done, void *arg)
{
    struct alarms_job *job = xcalloc(1, sizeof *job);
    cJSON *input = cJSON_CreateObject();

    job->arena = arena;
    job->done = done;
    job->arg = arg;
    add_types(input);
    job->pages = pages_start(client, &(struct pages_request){
                                         .service = AWS_CLOUDWATCH,
                                         .operation = ALARMS,
                                         .token = "NextToken",
                                         .max = PAGES_MAX,
                                         .input = input,
                                         .read = read_alarms_page,
                                         .done = on_alarms_done,
                                         .arg = job,
                                     });
    return job;
}

/* --- history --- */

static enum alarm_state
state_of(const cJSON *data, const char *key)
{
    enum alarm_state state = ALARM_STATES;

    (void)alarm_state_parse(&state, json_get_string(json_get(data, key), "stateValue", ""));
    return state;
}

/* "Alarm updated from OK to ALARM": the word behind `before`. */
static enum alarm_state
state_in(const char *summary, const char *before)
{
    const char *at = strstr(summary, before);
    enum alarm_state state = ALARM_STATES;
    char word[24] = "";
    size_t len;

    if (at == NULL)
        return state;
    at += strlen(before);
    len = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
    if (len < sizeof word)
        memcpy(word, at, len);
    (void)alarm_state_parse(&state, word);
    return state;
}

/* HistoryData tells both states in JSON; who leaves it out may still have a summary. */
static void
read_states(const cJSON *item, struct alarms_event *event)
{
    const char *data = json_get_string(item, "HistoryData", "");
    cJSON *doc = NULL;

    event->from = event->to = ALARM_STATES;
    if (strcmp(event->kind, "StateUpdate") != 0)
        return;
    if (json_parse(&doc, data, strlen(data), NULL) == OK) {
        event->from = state_of(doc, "oldState");
        event->to = state_of(doc, "newState");
        cJSON_Delete(doc);
    }
    if (event->from == ALARM_STATES)
        event->from = state_in(event->summary, " from ");
    if (event->to == ALARM_STATES)
        event->to = state_in(event->summary, " to ");
}

static enum status
read_event(struct arena *arena, const cJSON *item, void *out, enum listing_verdict *verdict,
           struct err *err)
{
    struct alarms_event *event = out;

    (void)verdict;
    event->time_ms = answer_time_ms(item, "Timestamp");
    if (event->time_ms == 0)
        return err_set(err, E_INVALID, HISTORY ": an item without Timestamp");
    event->alarm = answer_text(arena, item, "AlarmName", "");
    event->kind = answer_text(arena, item, "HistoryItemType", "");
    event->summary = answer_text(arena, item, "HistorySummary", "");
    read_states(item, event);
    return OK;
}

static int
newest_first(const void *a, const void *b)
{
    const struct alarms_event *x = a, *y = b;

    if (x->time_ms != y->time_ms)
        return x->time_ms > y->time_ms ? -1 : 1;
    return strcmp(x->alarm, y->alarm);
}

static void
finish_history(const struct listing_end *end)
{
    alarms_events_done *done = (alarms_events_done *)end->done;

    if (end->count > 1)
        qsort(end->items, end->count, sizeof(struct alarms_event), newest_first);
    done(end->arg, end->items, end->count, end->partial, end->err);
}

struct listing *
alarms_history(struct aws_client *client, struct arena *arena, const char *alarm, int64_t from_ms,
               int64_t to_ms, size_t max, alarms_events_done *done, void *arg)
{
    cJSON *input = cJSON_CreateObject();

    if (alarm != NULL)
        cJSON_AddStringToObject(input, "AlarmName", alarm);
    add_types(input);
    cJSON_AddNumberToObject(input, "StartDate", (double)from_ms / 1000.0);
    cJSON_AddNumberToObject(input, "EndDate", (double)to_ms / 1000.0);
    cJSON_AddStringToObject(input, "ScanBy", "TimestampDescending");
    return listing_start(client, arena,
                         &(struct listing_request){ .service = AWS_CLOUDWATCH,
                                                    .operation = HISTORY,
                                                    .token = "NextToken",
                                                    .member = "AlarmHistoryItems",
                                                    .pages_max = PAGES_MAX,
                                                    .items_max = max,
                                                    .item_size = sizeof(struct alarms_event),
                                                    .input = input,
                                                    .read = read_event,
                                                    .finish = finish_history,
                                                    .done = (void (*)(void))done,
                                                    .arg = arg });
}
