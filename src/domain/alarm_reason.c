/* alarm_reason.c - an alarm's verdict in CloudWatch's words.
 * SPDX-License-Identifier: MIT
 *
 * Scripts search StateReason and StateReasonData, so both are worded as in recorded answers:
 *
 *   Threshold Crossed: 1 datapoint [3.0 (26/10/24 18:59:00)] was greater than or equal to the
 *   threshold (1.0).
 *   Threshold Crossed: 1 out of the last 20 datapoints [613.0 (16/03/24 12:15:00)] was greater than
 *   ... and 19 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK ->
 *   ALARM transition).
 *   Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were
 *   treated as [Breaching].
 *   Insufficient Data: 5 datapoints were unknown.
 *
 * "out of the last" and "minimum" appear when DatapointsToAlarm was given; from five datapoints on
 * they move into a sentence of their own, and only the newest five are told. Numbers are printed as
 * Java prints a double. */
#include "config.h"

#include "domain/alarm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TOLD_MAX 5  /* datapoints in a sentence */
#define KEPT_MAX 28 /* datapoints in StateReasonData, whose text has at most 4,000 characters */
#define TEXT_MAX 2048

static const char *const comparison_words[ALARM_COMPARISONS] = {
    [ALARM_GREATER_OR_EQUAL] = "greater than or equal to",
    [ALARM_GREATER] = "greater than",
    [ALARM_LESS] = "less than",
    [ALARM_LESS_OR_EQUAL] = "less than or equal to",
};

/* --- parts ------------------------------------------------------------------------------------ */

/* The shortest digits that read back the same: "5.0", "0.352", "1.34217728E8". */
static void
add_double(struct buf *b, double value)
{
    const double size = fabs(value);
    char text[40], *e;
    int digits = 1;
    long exponent;

    do {
        snprintf(text, sizeof text, "%.*e", digits - 1, value);
    } while (strtod(text, NULL) != value && ++digits <= 17);
    e = strchr(text, 'e');
    if (e == NULL) { /* infinite */
        buf_adds(b, text);
        return;
    }
    exponent = strtol(e + 1, NULL, 10);
    if (value == 0 || (size >= 1e-3 && size < 1e7)) {
        const long decimals = digits - 1 - exponent;

        snprintf(text, sizeof text, "%.*f", decimals < 1 ? 1 : (int)decimals, value);
        buf_adds(b, text);
        return;
    }
    *e = '\0';
    buf_addf(b, "%s%sE%ld", text, strchr(text, '.') == NULL ? ".0" : "", exponent);
}

static void
add_time(struct buf *b, int64_t time_ms, const char *format)
{
    time_t seconds = (time_t)(time_ms / 1000);
    char text[40];
    struct tm tm;

    gmtime_r(&seconds, &tm);
    if (strftime(text, sizeof text, format, &tm) > 0)
        buf_adds(b, text);
}

static void
add_stamp(struct buf *b, int64_t time_ms)
{
    add_time(b, time_ms, "\"%Y-%m-%dT%H:%M:%S");
    buf_addf(b, ".%03d+0000\"", (int)(time_ms % 1000));
}

static int64_t
time_of(const struct alarm_rule *rule, const struct alarm_window *window, size_t i)
{
    return window->newest_ms - (int64_t)(window->count - 1 - i) * rule->period_s * 1000;
}

static const char *
s(int count)
{
    return count == 1 ? "" : "s";
}

static const char *
were(int count)
{
    return count == 1 ? "was" : "were";
}

/* --- the sentence ----------------------------------------------------------------------------- */

struct telling {
    const struct alarm_rule *rule;
    const struct alarm_window *window;
    const struct alarm_verdict *verdict;
    struct buf *b;
};

static bool
is_told(const struct telling *t, size_t i)
{
    const double value = t->window->values[i];

    return !isnan(value) && alarm_breaches(t->rule->comparison, value, t->rule->threshold) ==
                                (t->verdict->state == ALARM_STATE_ALARM);
}

static int
count_told(const struct telling *t)
{
    int count = 0;

    for (size_t i = t->verdict->first; i < t->window->count; i++)
        count += is_told(t, i);
    return count;
}

/* " [3.0 (26/10/24 18:59:00), ...]", newest first */
static void
tell_points(const struct telling *t)
{
    int told = 0;

    buf_adds(t->b, " [");
    for (size_t i = t->window->count; i > t->verdict->first && told < TOLD_MAX; i--) {
        if (!is_told(t, i - 1))
            continue;
        buf_adds(t->b, told++ == 0 ? "" : ", ");
        add_double(t->b, t->window->values[i - 1]);
        add_time(t->b, time_of(t->rule, t->window, i - 1), " (%d/%m/%y %H:%M:%S)");
    }
    buf_addc(t->b, ']');
}

static void
tell_filled(const struct telling *t)
{
    const int filled = t->verdict->filled;

    if (filled > 0 &&
        (t->rule->missing == ALARM_BREACHING || t->rule->missing == ALARM_NOT_BREACHING))
        buf_addf(t->b, " and %d missing datapoint%s %s treated as [%s]", filled, s(filled),
                 were(filled), t->rule->missing == ALARM_BREACHING ? "Breaching" : "NonBreaching");
}

static void
tell_minimum(const struct telling *t)
{
    const bool alarms = t->verdict->state == ALARM_STATE_ALARM;
    const int minimum = alarms ? t->rule->datapoints_to_alarm
                               : t->rule->evaluation_periods - t->rule->datapoints_to_alarm + 1;

    if (t->rule->names_datapoints)
        buf_addf(t->b, " (minimum %d datapoint%s for %s transition)", minimum, s(minimum),
                 alarms ? "OK -> ALARM" : "ALARM -> OK");
}

/* Nothing real speaks for the state: what was filled in made it. */
static void
tell_absence(const struct telling *t)
{
    const int real = t->verdict->real, periods = t->rule->evaluation_periods;

    if (real == 0)
        buf_adds(t->b, "no datapoints were");
    else
        buf_addf(t->b, "%d datapoint%s %s", real, s(real), were(real));
    buf_addf(t->b, " received for %d period%s", periods, s(periods));
    tell_filled(t);
    buf_addc(t->b, '.');
}

static void
tell_crossing(const struct telling *t)
{
    const int count = count_told(t);
    const bool is_long = count >= TOLD_MAX;

    buf_adds(t->b, "Threshold Crossed: ");
    if (count == 0) {
        tell_absence(t);
        return;
    }
    if (t->rule->names_datapoints)
        buf_addf(t->b, "%d out of the last %d datapoints", count, t->rule->evaluation_periods);
    else
        buf_addf(t->b, "%d datapoint%s", count, s(count));
    if (!is_long)
        tell_points(t);
    buf_addf(t->b, " %s %s%s the threshold (", were(count),
             t->verdict->state == ALARM_STATE_ALARM ? "" : "not ",
             comparison_words[t->rule->comparison]);
    add_double(t->b, t->rule->threshold);
    buf_addc(t->b, ')');
    tell_filled(t);
    if (is_long) {
        buf_adds(t->b, ". The most recent datapoints which crossed the threshold:");
        tell_points(t);
    }
    tell_minimum(t);
    buf_addc(t->b, '.');
}

void
alarm_reason(const struct alarm_rule *rule, const struct alarm_window *window,
             const struct alarm_verdict *verdict, char *text, size_t size)
{
    struct buf b;
    const struct telling telling = { rule, window, verdict, &b };
    const int unknown = rule->evaluation_periods;

    buf_init(&b, TEXT_MAX);
    if (verdict->state == ALARM_STATE_NO_DATA)
        buf_addf(&b, "Insufficient Data: %d datapoint%s %s unknown.", unknown, s(unknown),
                 were(unknown));
    else
        tell_crossing(&telling);
    snprintf(text, size, "%s", b.data);
    buf_fini(&b);
}

/* --- the data --------------------------------------------------------------------------------- */

static void
add_evaluated(const struct telling *t)
{
    int told = 0;

    for (size_t i = t->window->count; i > t->verdict->first && told < KEPT_MAX; i--) {
        if (isnan(t->window->values[i - 1]))
            continue;
        buf_adds(t->b, told++ == 0 ? "{\"timestamp\":" : ",{\"timestamp\":");
        add_stamp(t->b, time_of(t->rule, t->window, i - 1));
        if (t->window->samples != NULL) {
            buf_adds(t->b, ",\"sampleCount\":");
            add_double(t->b, t->window->samples[i - 1]);
        }
        buf_adds(t->b, ",\"value\":");
        add_double(t->b, t->window->values[i - 1]);
        buf_addc(t->b, '}');
    }
}

static void
add_unknown(const struct telling *t)
{
    for (int i = 0; i < t->rule->evaluation_periods && i < KEPT_MAX; i++) {
        buf_adds(t->b, i == 0 ? "{\"timestamp\":" : ",{\"timestamp\":");
        add_stamp(t->b, t->window->newest_ms - (int64_t)i * t->rule->period_s * 1000);
        buf_addc(t->b, '}');
    }
}

static void
add_recent(const struct telling *t)
{
    size_t first = t->verdict->first;
    bool begun = false;

    if (t->window->count - first > KEPT_MAX)
        first = t->window->count - KEPT_MAX;
    for (size_t i = first; i < t->window->count; i++) {
        if (isnan(t->window->values[i]))
            continue;
        buf_adds(t->b, begun ? "," : "");
        add_double(t->b, t->window->values[i]);
        begun = true;
    }
}

void
alarm_reason_data(struct buf *out, const struct alarm_rule *rule, const struct alarm_window *window,
                  const struct alarm_verdict *verdict, const char *statistic, const char *unit,
                  int64_t now_ms)
{
    const struct telling t = { rule, window, verdict, out };

    buf_adds(out, "{\"version\":\"1.0\",\"queryDate\":");
    add_stamp(out, now_ms);
    if (verdict->real > 0) {
        buf_adds(out, ",\"startDate\":");
        add_stamp(out, time_of(rule, window, verdict->first));
    }
    if (unit != NULL)
        buf_addf(out, ",\"unit\":\"%s\"", unit);
    if (statistic != NULL)
        buf_addf(out, ",\"statistic\":\"%s\"", statistic);
    buf_addf(out, ",\"period\":%d,\"recentDatapoints\":[", (int)rule->period_s);
    add_recent(&t);
    buf_adds(out, "],\"threshold\":");
    add_double(out, rule->threshold);
    buf_adds(out, ",\"evaluatedDatapoints\":[");
    if (verdict->real > 0)
        add_evaluated(&t);
    else
        add_unknown(&t);
    buf_adds(out, "]}");
}
