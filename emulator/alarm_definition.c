/* alarm_definition.c - the parts of an alarm, their limits, and which of them go together.
 * SPDX-License-Identifier: MIT
 *
 * Rules and sentences are those of PutMetricAlarm and PutCompositeAlarm, API version 2010-08-01.
 * What is not supported (anomaly detection, PromQL, suppression of actions) is refused by name. */
#include "config.h"

#include "emulator/alarm_definition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "emulator/aws_call.h"
#include "emulator/aws_metric.h"
#include "wire/service.h"

#define DESCRIPTION_MAX 1024
#define ACTIONS_MAX     5
#define ACTION_MAX      1024
#define PERIODS_MAX     604800 /* also without a rule: nothing could be longer */
#define HOUR_S          3600
#define DAY_S           86400
#define WEEK_S          604800
#define METRICS_MAX     20 /* 10 metrics (quota) and as many expressions */
#define STAT_MAX        100
#define EXPRESSION_MAX  2048

/* clang-format off */
const char *const alarm_definition_members[] = {
    "AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions",
    "InsufficientDataActions", "MetricName", "Namespace", "Statistic", "ExtendedStatistic",
    "Dimensions", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold",
    "ComparisonOperator", "TreatMissingData", "EvaluateLowSampleCountPercentile", "Metrics",
    "Tags", NULL,
};
/* clang-format on */

static const char *const action_keys[ALARM_STATES] = {
    [ALARM_STATE_OK] = "OKActions",
    [ALARM_STATE_ALARM] = "AlarmActions",
    [ALARM_STATE_NO_DATA] = "InsufficientDataActions",
};

/* --- what both kinds have --------------------------------------------------------------------- */

static enum status
invalid(const struct awsvalue *in, const char *sentence)
{
    return wire_error_set(in->error, 400, "ValidationError", "%s", sentence);
}

static enum status
read_name(const struct awsvalue *in, const char **out)
{
    enum status st = awsvalue_string(in, "AlarmName", AWS_REQUIRED, 1, ALARM_NAME_MAX, out);

    if (st != OK)
        return st;
    for (const char *c = *out; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return awsvalue_invalid(in, "AlarmName", "must not hold control characters");
    }
    /* answers would spell it differently, and nobody could ask for it by that name */
    if (text_utf8_end(*out, strlen(*out)) != strlen(*out))
        return awsvalue_invalid(in, "AlarmName", "must be UTF-8");
    return OK;
}

static enum status
read_actions(struct alarm_definition *def, struct arena *arena, const struct awsvalue *in,
             enum alarm_state state)
{
    struct awslist list = { 0 };
    enum status st = aws_list(in, action_keys[state], AWS_OPTIONAL, ACTIONS_MAX, &list);
    const char **arns;

    if (st != OK)
        return st;
    arns = arena_alloc(arena, (list.count + 1) * sizeof *arns);
    def->actions[state] = arns;
    while (st == OK && awslist_next(&list))
        st = awslist_string(&list, 1, ACTION_MAX, &arns[def->action_counts[state]++]);
    return st;
}

static enum status
read_common(struct alarm_definition *def, struct arena *arena, const struct awsvalue *in)
{
    enum status st = read_name(in, &def->name);

    def->actions_enabled = true;
    if (st == OK)
        st = awsvalue_string(in, "AlarmDescription", AWS_OPTIONAL, 0, DESCRIPTION_MAX,
                             &def->description);
    if (st == OK)
        st = awsvalue_bool(in, "ActionsEnabled", AWS_OPTIONAL, &def->actions_enabled);
    for (int i = 0; i < ALARM_STATES && st == OK; i++)
        st = read_actions(def, arena, in, (enum alarm_state)i);
    return st;
}

/* --- one metric ------------------------------------------------------------------------------- */

static enum status
read_statistic(struct alarm_definition *def, const struct awsvalue *in)
{
    static const char *const plain[] = {
        "SampleCount", "Average", "Sum", "Minimum", "Maximum", NULL
    };
    const bool has_plain = awsvalue_has(in, "Statistic");
    int which = 0;
    enum status st;

    def->stat_is_extended = awsvalue_has(in, "ExtendedStatistic");
    if (has_plain == def->stat_is_extended)
        return invalid(in, "Exactly one of Statistic and ExtendedStatistic must be given");
    if (has_plain) {
        st = awsvalue_enum(in, "Statistic", AWS_REQUIRED, plain, &which);
        def->stat_name = plain[which];
        if (st != OK)
            return st;
        return aws_metric_statistic(in, "Statistic", def->stat_name, &def->stat);
    }
    st = awsvalue_string(in, "ExtendedStatistic", AWS_REQUIRED, 1, STAT_MAX, &def->stat_name);
    if (st == OK)
        st = aws_metric_statistic(in, "ExtendedStatistic", def->stat_name, &def->stat);
    for (size_t i = 0; st == OK && plain[i] != NULL; i++) {
        if (strcmp(plain[i], def->stat_name) == 0)
            return awsvalue_invalid(in, "ExtendedStatistic", "is %s, which belongs into Statistic",
                                    def->stat_name);
    }
    return st;
}

static enum status
read_single(struct alarm_definition *def, struct arena *arena, const struct awsvalue *in)
{
    int64_t period_ms = 0;
    enum status st = aws_metric_key(in, arena, &def->key);

    if (st == OK)
        st = read_statistic(def, in);
    if (st == OK)
        st = aws_metric_unit(in, &def->unit);
    if (st == OK)
        st = aws_metric_period(in, &period_ms);
    if (st == OK && period_ms < 10000)
        return awsvalue_invalid(in, "Period", "must be 10, 20, 30 or a multiple of 60");
    def->rule.period_s = (int32_t)(period_ms / 1000);
    return st;
}

/* --- several metrics -------------------------------------------------------------------------- */

/* What metric_data_read() took, as far as the alarm itself needs it. */
struct seen {
    size_t returned;
    int64_t returned_period, longest_period;
};

static enum status
see_query(const struct awslist *list, struct seen *seen)
{
    struct awsvalue query, stat;
    const char *expression = NULL;
    int64_t period = 0;
    bool is_returned = true;
    enum status st = awslist_struct(list, &query);

    if (st == OK)
        st = awsvalue_bool(&query, "ReturnData", AWS_OPTIONAL, &is_returned);
    if (st == OK)
        st = awsvalue_int(&query, "Period", AWS_OPTIONAL, 1, INT32_MAX, &period);
    if (st == OK)
        st = awsvalue_string(&query, "Expression", AWS_OPTIONAL, 1, EXPRESSION_MAX, &expression);
    if (st == OK && expression != NULL && strstr(expression, "SEARCH(") != NULL)
        return invalid(list->in, "SEARCH is not supported on Metric Alarms.");
    if (st == OK && awsvalue_has(&query, "MetricStat")) {
        st = awsvalue_struct(&query, "MetricStat", AWS_REQUIRED, &stat);
        if (st == OK)
            st = awsvalue_int(&stat, "Period", AWS_REQUIRED, 1, INT32_MAX, &period);
    }
    seen->longest_period = period > seen->longest_period ? period : seen->longest_period;
    if (is_returned) {
        seen->returned++;
        seen->returned_period = period;
    }
    return st;
}

static bool
is_empty_list(const cJSON *value)
{
    return cJSON_IsArray(value) && value->child == NULL;
}

static enum status
refuse_single(const struct awsvalue *in)
{
    static const char *const single[] = { "MetricName", "Namespace", "Dimensions",        "Period",
                                          "Unit",       "Statistic", "ExtendedStatistic", NULL };

    for (size_t i = 0; single[i] != NULL; i++) {
        if (awsvalue_has(in, single[i]) && !is_empty_list(json_get(in->object, single[i])))
            return wire_error_set(in->error, 400, "ValidationError",
                                  "%s must not be set if a Metrics list is specified", single[i]);
    }
    return OK;
}

static enum status
read_math(struct alarm_definition *def, struct arena *arena, const struct awsvalue *in)
{
    struct awslist list = { 0 };
    struct seen seen = { 0 };
    int64_t period;
    enum status st = refuse_single(in);

    def->is_math = true;
    def->metrics = json_get(in->object, "Metrics");
    if (st == OK)
        st = metric_data_read(&def->data, arena, in, "Metrics", METRICS_MAX);
    if (st == OK)
        st = aws_list(in, "Metrics", AWS_REQUIRED, METRICS_MAX, &list);
    while (st == OK && awslist_next(&list))
        st = see_query(&list, &seen);
    if (st != OK)
        return st;
    if (seen.returned != 1)
        return invalid(in, "Exactly one element of the metrics list should return data.");
    period = seen.returned_period > 0 ? seen.returned_period : seen.longest_period;
    if (period < 10 || (period < 60 && period % 10 != 0) || (period >= 60 && period % 60 != 0))
        return invalid(in, "The period of an alarm must be 10, 20, 30 or a multiple of 60");
    def->rule.period_s = (int32_t)period;
    return OK;
}

/* --- metric alarms ---------------------------------------------------------------------------- */

static enum status
read_comparison(struct alarm_rule *rule, const struct awsvalue *in)
{
    static const char *const of_bands[] = { "LessThanLowerOrGreaterThanUpperThreshold",
                                            "LessThanLowerThreshold", "GreaterThanUpperThreshold" };
    const char *name = NULL;
    enum status st = awsvalue_string(in, "ComparisonOperator", AWS_REQUIRED, 1, STAT_MAX, &name);

    if (st != OK || alarm_comparison_parse(&rule->comparison, name))
        return st;
    for (size_t i = 0; i < sizeof of_bands / sizeof of_bands[0]; i++) {
        if (strcmp(of_bands[i], name) == 0)
            return awsvalue_invalid(in, "ComparisonOperator",
                                    "is %s: obsview does no anomaly detection", name);
    }
    return awsvalue_invalid(in, "ComparisonOperator", "is not a comparison: %s", name);
}

static enum status
read_treatments(struct alarm_definition *def, const struct awsvalue *in)
{
    static const char *const low[] = { "evaluate", "ignore", NULL };
    struct alarm_rule *rule = &def->rule;
    int which = 0;
    enum status st;

    st = awsvalue_string(in, "TreatMissingData", AWS_OPTIONAL, 1, ALARM_NAME_MAX, &def->missing);
    if (st == OK && def->missing != NULL && !alarm_missing_parse(&rule->missing, def->missing))
        return awsvalue_invalid(in, "TreatMissingData",
                                "must be breaching, notBreaching, ignore or missing");
    if (st != OK || !awsvalue_has(in, "EvaluateLowSampleCountPercentile"))
        return st;
    st = awsvalue_enum(in, "EvaluateLowSampleCountPercentile", AWS_REQUIRED, low, &which);
    if (st != OK)
        return st;
    if (def->is_math || def->stat.kind != STATISTIC_PERCENTILE)
        return invalid(in, "Option EvaluateLowSampleCountPercentile is only for percentiles.");
    def->low_samples = low[which];
    rule->ignores_low_samples = which == 1;
    return OK;
}

static enum status
read_counts(struct alarm_rule *rule, const struct awsvalue *in)
{
    int64_t n = 0, m = 0;
    enum status st = awsvalue_int(in, "EvaluationPeriods", AWS_REQUIRED, 1, PERIODS_MAX, &n);

    if (st == OK)
        st = awsvalue_int(in, "DatapointsToAlarm", AWS_OPTIONAL, 1, PERIODS_MAX, &m);
    if (st != OK)
        return st;
    if (m > n)
        return invalid(in, "DatapointsToAlarm must be less than or equal to EvaluationPeriods.");
    if (rule->period_s < HOUR_S && n * rule->period_s > DAY_S)
        return invalid(in, "Metrics cannot be checked across more than a day (EvaluationPeriods * "
                           "Period must be <= 86400).");
    if (n * rule->period_s > WEEK_S)
        return invalid(in, "Metrics cannot be checked across more than a week (EvaluationPeriods * "
                           "Period must be <= 604800).");
    rule->evaluation_periods = (int)n;
    rule->names_datapoints = m > 0;
    rule->datapoints_to_alarm = (int)(m > 0 ? m : n);
    return OK;
}

enum status
alarm_definition_read_metric(struct alarm_definition *out, struct arena *arena,
                             const struct awsvalue *in)
{
    struct alarm_definition def = { .unit = -1 };
    enum status st = read_common(&def, arena, in);

    if (st != OK)
        return st;
    if (awsvalue_has(in, "Metrics"))
        st = read_math(&def, arena, in);
    else if (awsvalue_has(in, "MetricName"))
        st = read_single(&def, arena, in);
    else
        return invalid(in, "Either MetricName or Metrics must be specified.");
    if (st == OK)
        st = read_counts(&def.rule, in);
    if (st == OK)
        st = awsvalue_number(in, "Threshold", AWS_REQUIRED, &def.rule.threshold);
    if (st == OK && !isfinite(def.rule.threshold))
        return awsvalue_invalid(in, "Threshold", "must be a finite number");
    if (st == OK)
        st = read_comparison(&def.rule, in);
    if (st == OK)
        st = read_treatments(&def, in);
    if (st == OK)
        *out = def;
    return st;
}

/* --- composite alarms ------------------------------------------------------------------------- */

enum status
alarm_definition_read_composite(struct alarm_definition *out, struct arena *arena,
                                const struct awsvalue *in)
{
    struct alarm_definition def = { .is_composite = true };
    struct err err = { 0 };
    enum status st = read_common(&def, arena, in);

    if (st == OK)
        st = awsvalue_string(in, "AlarmRule", AWS_REQUIRED, 1, ALARM_RULE_CHARS, &def.rule_text);
    if (st != OK)
        return st;
    if (alarm_rule_parse(&def.expr, arena, def.rule_text, &err) != OK)
        return wire_error_set(in->error, 400, "ValidationError", "AlarmRule: %s", err.text);
    *out = def;
    return OK;
}

enum status
alarm_definition_load(struct alarm_definition *out, struct arena *arena, const char *text,
                      bool is_composite, struct wire_error *error)
{
    struct awsvalue in = { .service = service_by_name("monitoring"), .error = error };
    struct err err = { 0 };

    if (json_parse_in(&in.object, arena, text, strlen(text), &err) != OK)
        return wire_error_set(error, 500, "InternalServiceFault", "%s", err.text);
    return is_composite ? alarm_definition_read_composite(out, arena, &in)
                        : alarm_definition_read_metric(out, arena, &in);
}

/* --- shown ------------------------------------------------------------------------------------ */

static void
show_dimensions(cJSON *to, const struct dimension_set *dims)
{
    cJSON *list = cJSON_AddArrayToObject(to, "Dimensions");

    for (size_t i = 0; i < dims->count; i++) {
        cJSON *dim = cJSON_CreateObject();

        cJSON_AddStringToObject(dim, "Name", dims->dims[i].name);
        cJSON_AddStringToObject(dim, "Value", dims->dims[i].value);
        cJSON_AddItemToArray(list, dim);
    }
}

static void
show_single(const struct alarm_definition *def, cJSON *to)
{
    cJSON_AddStringToObject(to, "MetricName", def->key.metric);
    cJSON_AddStringToObject(to, "Namespace", def->key.namespace_name);
    cJSON_AddStringToObject(to, def->stat_is_extended ? "ExtendedStatistic" : "Statistic",
                            def->stat_name);
    show_dimensions(to, &def->key.dims);
    cJSON_AddNumberToObject(to, "Period", def->rule.period_s);
    if (def->unit >= 0)
        cJSON_AddStringToObject(to, "Unit", unit_name((enum unit)def->unit));
}

/* Requests in the query protocol have texts for numbers and truths; all of it was checked. */
static void
type_member(cJSON *object, const char *key, bool is_truth)
{
    const cJSON *value = json_get(object, key);

    if (!cJSON_IsString(value))
        return;
    cJSON_ReplaceItemInObjectCaseSensitive(
        object, key,
        is_truth ? cJSON_CreateBool(strcmp(value->valuestring, "true") == 0)
                 : cJSON_CreateNumber(strtod(value->valuestring, NULL)));
}

static void
show_metrics(const struct alarm_definition *def, cJSON *to)
{
    cJSON *list = cJSON_Duplicate(def->metrics, true), *query;

    cJSON_AddItemToObject(to, "Metrics", list);
    cJSON_ArrayForEach(query, list)
    {
        cJSON *stat = cJSON_GetObjectItemCaseSensitive(query, "MetricStat");

        type_member(query, "ReturnData", true);
        type_member(query, "Period", false);
        if (stat != NULL)
            type_member(stat, "Period", false);
    }
}

static void
show_measured(const struct alarm_definition *def, cJSON *to)
{
    const struct alarm_rule *rule = &def->rule;

    if (def->is_math)
        show_metrics(def, to);
    else
        show_single(def, to);
    cJSON_AddNumberToObject(to, "EvaluationPeriods", rule->evaluation_periods);
    if (rule->names_datapoints)
        cJSON_AddNumberToObject(to, "DatapointsToAlarm", rule->datapoints_to_alarm);
    cJSON_AddNumberToObject(to, "Threshold", rule->threshold);
    cJSON_AddStringToObject(to, "ComparisonOperator", alarm_comparison_name(rule->comparison));
    if (def->missing != NULL)
        cJSON_AddStringToObject(to, "TreatMissingData", def->missing);
    if (def->low_samples != NULL)
        cJSON_AddStringToObject(to, "EvaluateLowSampleCountPercentile", def->low_samples);
}

cJSON *
alarm_definition_show(const struct alarm_definition *def)
{
    cJSON *to = cJSON_CreateObject();

    cJSON_AddStringToObject(to, "AlarmName", def->name);
    if (def->description != NULL)
        cJSON_AddStringToObject(to, "AlarmDescription", def->description);
    cJSON_AddBoolToObject(to, "ActionsEnabled", def->actions_enabled);
    for (int i = 0; i < ALARM_STATES; i++) {
        cJSON *list = cJSON_AddArrayToObject(to, action_keys[i]);

        for (size_t k = 0; k < def->action_counts[i]; k++)
            cJSON_AddItemToArray(list, cJSON_CreateString(def->actions[i][k]));
    }
    if (def->is_composite)
        cJSON_AddStringToObject(to, "AlarmRule", def->rule_text);
    else
        show_measured(def, to);
    return to;
}

const char *
alarm_arn(struct arena *arena, const char *region, const char *name)
{
    return arena_printf(arena, "arn:aws:cloudwatch:%s:" AWS_ACCOUNT ":alarm:%s", region, name);
}
