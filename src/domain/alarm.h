/* alarm.h - a CloudWatch alarm: what it watches, and what a row of datapoints makes of it.
 * SPDX-License-Identifier: MIT
 *
 * One definition for both halves: the emulator judges alarms with it on the product clock, the
 * client reads DescribeAlarms into it and rehearses the same alarm over the past. Pure: no I/O, no
 * clock. Strings are borrowed: they live as long as whoever made the struct says.
 *
 * Rules: "Using Amazon CloudWatch alarms" and "Configuring how alarms treat missing data", Amazon
 * CloudWatch User Guide; shapes: PutMetricAlarm and DescribeAlarms of the API model. */
#ifndef OV_DOMAIN_ALARM_H
#define OV_DOMAIN_ALARM_H

#include "base/buf.h"
#include "base/err.h"
#include "domain/metric.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum alarm_state { ALARM_STATE_OK, ALARM_STATE_ALARM, ALARM_STATE_NO_DATA, ALARM_STATES };
const char *alarm_state_name(enum alarm_state state); /* "OK", "ALARM", "INSUFFICIENT_DATA" */
bool alarm_state_parse(enum alarm_state *out, const char *name);

/* Those without anomaly detection. */
enum alarm_comparison {
    ALARM_GREATER_OR_EQUAL, /* GreaterThanOrEqualToThreshold */
    ALARM_GREATER,          /* GreaterThanThreshold */
    ALARM_LESS,             /* LessThanThreshold */
    ALARM_LESS_OR_EQUAL,    /* LessThanOrEqualToThreshold */
    ALARM_COMPARISONS
};
const char *alarm_comparison_name(enum alarm_comparison comparison);
bool alarm_comparison_parse(enum alarm_comparison *out, const char *name);
bool alarm_breaches(enum alarm_comparison comparison, double value, double threshold);

enum alarm_missing {
    ALARM_MISSING, /* "missing", the default */
    ALARM_BREACHING,
    ALARM_NOT_BREACHING,
    ALARM_IGNORE,
    ALARM_MISSINGS
};
const char *alarm_missing_name(enum alarm_missing missing); /* "notBreaching" */
bool alarm_missing_parse(enum alarm_missing *out, const char *name);

/* What anomaly detection compares with, instead of a threshold; only AWS knows the band. */
enum alarm_band { ALARM_NO_BAND, ALARM_ABOVE_BAND, ALARM_BELOW_BAND, ALARM_OUTSIDE_BAND };

struct alarm_rule {
    enum alarm_comparison comparison;
    enum alarm_missing missing;
    double threshold; /* NaN: there is none, or none that can be read */
    enum alarm_band band;
    int32_t period_s;
    int evaluation_periods;   /* N */
    int datapoints_to_alarm;  /* M; never 0 */
    bool names_datapoints;    /* DatapointsToAlarm was given, so reasons speak of M out of N */
    bool ignores_low_samples; /* EvaluateLowSampleCountPercentile "ignore" */
};

/* What is measured: one metric, or several ids and expressions of which one is returned. */
struct alarm_metric {
    const char *id;           /* "" when the alarm names a single metric */
    struct series_key series; /* unless there is an expression */
    const char *stat;
    int32_t period_s;
    const char *expression; /* metric math over the other ids; NULL: a metric */
    const char *label;      /* NULL: none */
    bool is_returned;       /* the one that is compared */
};

struct alarm {
    const char *name;
    const char *arn;
    const char *description; /* "" when there is none */
    bool is_composite;
    const char *composite_rule; /* AlarmRule; NULL for a metric alarm */
    struct alarm_rule rule;     /* metric alarms */
    const struct alarm_metric *metrics;
    size_t metric_count;
    bool actions_enabled;
    const char *const *actions; /* ARNs of AlarmActions */
    size_t action_count;
    enum alarm_state state;
    const char *reason;
    int64_t updated_ms;    /* StateUpdatedTimestamp */
    int64_t changed_ms;    /* StateTransitionedTimestamp; 0: not told */
    int64_t configured_ms; /* AlarmConfigurationUpdatedTimestamp */
};

/* "Errors > 1 for 3 of 3 x 1 m", in words a person reads; for a composite alarm its rule. */
void alarm_describe(const struct alarm *alarm, char *text, size_t size);

/* The periods that are looked at: CloudWatch reads more than N when data is missing. The guide
 * shows 5 for N = 3 and gives no formula; here it is N + 2. */
int alarm_evaluation_range(const struct alarm_rule *rule);

/* Fewer samples than this make a percentile (0 to 100) statistically meaningless: 10/(1-p) from the
 * median up, 10/p below. */
double alarm_samples_needed(double percentile);

/* The newest `count` periods, oldest first. */
struct alarm_window {
    const double *values;  /* NaN where there was no data */
    const double *samples; /* how many each was made of; NULL: not known */
    size_t count;
    int64_t newest_ms; /* start of the newest period */
    double percentile; /* 0 to 100 when the statistic is one, else negative */
};

struct alarm_verdict {
    enum alarm_state state;
    size_t first;     /* evaluated are the real values from here on ... */
    int real, filled; /* ... so many, and so many made up for missing ones */
    char reason[512]; /* as CloudWatch words StateReason */
};
/* `before` is the state until now; some rules keep it. */
void alarm_judge(const struct alarm_rule *rule, const struct alarm_window *window,
                 enum alarm_state before, struct alarm_verdict *out);

/* StateReason of a verdict, and StateReasonData as JSON; `statistic` and `unit` may be NULL. */
void alarm_reason(const struct alarm_rule *rule, const struct alarm_window *window,
                  const struct alarm_verdict *verdict, char *text, size_t size);
void alarm_reason_data(struct buf *out, const struct alarm_rule *rule,
                       const struct alarm_window *window, const struct alarm_verdict *verdict,
                       const char *statistic, const char *unit, int64_t now_ms);

#endif
