/* alarm.c - how an alarm's row of datapoints becomes a state.
 * SPDX-License-Identifier: MIT
 *
 * CloudWatch looks at more periods than N (the evaluation range). Are there N real datapoints in
 * it, the newest N decide and the treatment of missing data does not matter. Are there fewer, all
 * of them count and the rest of N is filled in as the alarm says. The two worked tables of the user
 * guide ("Configuring how CloudWatch alarms treat missing data") are the unit test.
 *
 * What is left after filling, for "missing" and "ignore": any real datapoint within the threshold
 * means OK. If all there are breach but are fewer than M, "ignore" keeps the state, and "missing"
 * alarms once the oldest is M periods old, since whatever had been sent in between would have
 * breached or be missing ("Avoiding premature transitions"). Until then the guide only says that
 * the alarm does not go into ALARM: here it stays as it is. */
#include "config.h"

#include "domain/alarm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RANGE_EXTRA 2
#define LIMIT_TEXT  40

/* --- names ------------------------------------------------------------------------------------ */

static const char *const state_names[ALARM_STATES] = {
    [ALARM_STATE_OK] = "OK",
    [ALARM_STATE_ALARM] = "ALARM",
    [ALARM_STATE_NO_DATA] = "INSUFFICIENT_DATA",
};

static const struct {
    const char *name, *sign;
} comparisons[ALARM_COMPARISONS] = {
    [ALARM_GREATER_OR_EQUAL] = { "GreaterThanOrEqualToThreshold", ">=" },
    [ALARM_GREATER] = { "GreaterThanThreshold", ">" },
    [ALARM_LESS] = { "LessThanThreshold", "<" },
    [ALARM_LESS_OR_EQUAL] = { "LessThanOrEqualToThreshold", "<=" },
};

static const char *const missing_names[ALARM_MISSINGS] = {
    [ALARM_MISSING] = "missing",
    [ALARM_BREACHING] = "breaching",
    [ALARM_NOT_BREACHING] = "notBreaching",
    [ALARM_IGNORE] = "ignore",
};

const char *
alarm_state_name(enum alarm_state state)
{
    return state_names[state];
}

bool
alarm_state_parse(enum alarm_state *out, const char *name)
{
    for (int i = 0; i < ALARM_STATES; i++) {
        if (strcmp(name, state_names[i]) == 0) {
            *out = (enum alarm_state)i;
            return true;
        }
    }
    return false;
}

const char *
alarm_comparison_name(enum alarm_comparison comparison)
{
    return comparisons[comparison].name;
}

static const char *
comparison_sign(enum alarm_comparison comparison)
{
    return comparisons[comparison].sign;
}

bool
alarm_comparison_parse(enum alarm_comparison *out, const char *name)
{
    for (int i = 0; i < ALARM_COMPARISONS; i++) {
        if (strcmp(name, comparisons[i].name) == 0) {
            *out = (enum alarm_comparison)i;
            return true;
        }
    }
    return false;
}

bool
alarm_breaches(enum alarm_comparison comparison, double value, double threshold)
{
    switch (comparison) {
    case ALARM_GREATER_OR_EQUAL:
        return value >= threshold;
    case ALARM_GREATER:
        return value > threshold;
    case ALARM_LESS:
        return value < threshold;
    case ALARM_LESS_OR_EQUAL:
        return value <= threshold;
    case ALARM_COMPARISONS:
        break;
    }
    return false;
}

const char *
alarm_missing_name(enum alarm_missing missing)
{
    return missing_names[missing];
}

bool
alarm_missing_parse(enum alarm_missing *out, const char *name)
{
    for (int i = 0; i < ALARM_MISSINGS; i++) {
        if (strcmp(name, missing_names[i]) == 0) {
            *out = (enum alarm_missing)i;
            return true;
        }
    }
    return false;
}

/* --- words ------------------------------------------------------------------------------------ */

static const char *
measured(const struct alarm *alarm)
{
    for (size_t i = 0; i < alarm->metric_count; i++) {
        const struct alarm_metric *m = &alarm->metrics[i];

        if (!m->is_returned && alarm->metric_count > 1)
            continue;
        if (m->label != NULL && *m->label != '\0')
            return m->label;
        return m->expression != NULL ? m->expression : m->series.metric;
    }
    return alarm->name;
}

static void
describe_period(int32_t period_s, char text[16])
{
    static const struct {
        int32_t seconds;
        const char *unit;
    } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "m" }, { 1, "s" } };
    size_t i = 0;

    while (units[i].seconds > 1 && (period_s < units[i].seconds || period_s % units[i].seconds))
        i++;
    snprintf(text, 16, "%d %s", (int)(period_s / units[i].seconds), units[i].unit);
}

static const char *
describe_limit(const struct alarm_rule *rule, char text[LIMIT_TEXT])
{
    static const char *const bands[] = { [ALARM_ABOVE_BAND] = "above its band",
                                         [ALARM_BELOW_BAND] = "below its band",
                                         [ALARM_OUTSIDE_BAND] = "outside its band" };

    if (rule->band != ALARM_NO_BAND)
        return bands[rule->band];
    if (isnan(rule->threshold))
        snprintf(text, LIMIT_TEXT, "%s ?", comparison_sign(rule->comparison));
    else
        snprintf(text, LIMIT_TEXT, "%s %.15g", comparison_sign(rule->comparison), rule->threshold);
    return text;
}

void
alarm_describe(const struct alarm *alarm, char *text, size_t size)
{
    const struct alarm_rule *rule = &alarm->rule;
    char period[16], limit[LIMIT_TEXT];

    if (alarm->is_composite) {
        snprintf(text, size, "%s", alarm->composite_rule);
        return;
    }
    describe_period(rule->period_s, period);
    snprintf(text, size, "%s %s for %d of %d x %s", measured(alarm), describe_limit(rule, limit),
             rule->datapoints_to_alarm, rule->evaluation_periods, period);
}

/* --- judgement -------------------------------------------------------------------------------- */

int
alarm_evaluation_range(const struct alarm_rule *rule)
{
    return rule->evaluation_periods + RANGE_EXTRA;
}

double
alarm_samples_needed(double percentile)
{
    const double p = percentile / 100;

    /* "Percentile-based alarms and low data samples", CloudWatch User Guide. p0 and p100 would need
     * infinitely many. */
    return 10 / (p >= 0.5 ? 1 - p : p);
}

/* The real datapoints that count. */
struct counted {
    int breaching, good;
    int oldest_age; /* of the oldest; the newest period has age 1 */
    bool has_low;   /* one was made of too few samples */
};

static bool
is_low(const struct alarm_window *window, size_t i)
{
    return window->samples != NULL && window->percentile >= 0 &&
           window->samples[i] < alarm_samples_needed(window->percentile);
}

static void
count_points(const struct alarm_rule *rule, const struct alarm_window *window,
             struct counted *counted, struct alarm_verdict *out)
{
    const size_t range = (size_t)alarm_evaluation_range(rule);
    const size_t end = window->count > range ? window->count - range : 0;

    out->first = window->count;
    for (size_t i = window->count; i > end && out->real < rule->evaluation_periods; i--) {
        const double value = window->values[i - 1];

        if (isnan(value))
            continue;
        if (alarm_breaches(rule->comparison, value, rule->threshold))
            counted->breaching++;
        else
            counted->good++;
        counted->oldest_age = (int)(window->count - i + 1);
        counted->has_low = counted->has_low || is_low(window, i - 1);
        out->first = i - 1;
        out->real++;
    }
    out->filled = rule->evaluation_periods - out->real;
}

static enum alarm_state
judge_nothing(const struct alarm_rule *rule, enum alarm_state before)
{
    switch (rule->missing) {
    case ALARM_BREACHING:
        return ALARM_STATE_ALARM;
    case ALARM_NOT_BREACHING:
        return ALARM_STATE_OK;
    case ALARM_IGNORE:
        return before;
    case ALARM_MISSING:
    case ALARM_MISSINGS:
        break;
    }
    return ALARM_STATE_NO_DATA;
}

static enum alarm_state
judge_points(const struct alarm_rule *rule, const struct counted *c, int filled,
             enum alarm_state before)
{
    const int made_up = rule->missing == ALARM_BREACHING ? filled : 0;

    if (rule->ignores_low_samples && c->has_low)
        return before;
    if (c->breaching + made_up >= rule->datapoints_to_alarm)
        return ALARM_STATE_ALARM;
    if (filled == 0 || rule->missing == ALARM_BREACHING || rule->missing == ALARM_NOT_BREACHING)
        return ALARM_STATE_OK;
    if (c->good > 0)
        return ALARM_STATE_OK;
    if (rule->missing == ALARM_IGNORE || c->oldest_age < rule->datapoints_to_alarm)
        return before;
    return ALARM_STATE_ALARM;
}

void
alarm_judge(const struct alarm_rule *rule, const struct alarm_window *window,
            enum alarm_state before, struct alarm_verdict *out)
{
    struct counted counted = { 0 };

    *out = (struct alarm_verdict){ 0 };
    count_points(rule, window, &counted, out);
    out->state = out->real == 0 ? judge_nothing(rule, before)
                                : judge_points(rule, &counted, out->filled, before);
    alarm_reason(rule, window, out, out->reason, sizeof out->reason);
}
