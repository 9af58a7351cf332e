/* alarm_definition.h - what PutMetricAlarm and PutCompositeAlarm say, understood and written again.
 * SPDX-License-Identifier: MIT
 *
 * The same reader takes the request and what was kept of it: a definition is stored as the object
 * that DescribeAlarms shows, without the parts that change with the state. */
#ifndef OV_EMULATOR_ALARM_DEFINITION_H
#define OV_EMULATOR_ALARM_DEFINITION_H

#include "domain/alarm.h"
#include "domain/alarm_rule.h"
#include "domain/statistic.h"
#include "emulator/metric_data.h"
#include "wire/awsvalue.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#define ALARM_NAME_MAX 255

struct alarm_definition {
    const char *name;
    const char *description; /* NULL: none */
    bool is_composite;
    bool actions_enabled; /* when it was put; struct alarm_row knows the present */
    const char *const *actions[ALARM_STATES]; /* for turning to that state */
    size_t action_counts[ALARM_STATES];

    const char *rule_text; /* composite */
    const struct alarm_expr *expr;

    struct alarm_rule rule;   /* metric alarms */
    const char *missing;      /* TreatMissingData; NULL: not given */
    const char *low_samples;  /* EvaluateLowSampleCountPercentile; NULL: not given */
    bool is_math;             /* Metrics, else the one below */
    const cJSON *metrics;     /* as they came */
    struct metric_data *data; /* the same, read */
    struct series_key key;
    const char *stat_name;
    bool stat_is_extended;
    struct statistic stat;
    int unit; /* enum unit, or -1 */
};

/* The members of an input of PutMetricAlarm; ends with NULL. */
extern const char *const alarm_definition_members[];

/* Reads and checks everything; borrows from `in`. On failure in->error says why. */
MUST_CHECK enum status alarm_definition_read_metric(struct alarm_definition *out,
                                                    struct arena *arena, const struct awsvalue *in);
MUST_CHECK enum status alarm_definition_read_composite(struct alarm_definition *out,
                                                       struct arena *arena,
                                                       const struct awsvalue *in);
/* One that was kept. The text and everything read from it live in the arena. */
MUST_CHECK enum status alarm_definition_load(struct alarm_definition *out, struct arena *arena,
                                             const char *text, bool is_composite,
                                             struct wire_error *error);

/* A new object; the caller's. */
cJSON *alarm_definition_show(const struct alarm_definition *def);

/* "arn:aws:cloudwatch:us-east-1:000000000000:alarm:NAME" */
const char *alarm_arn(struct arena *arena, const char *region, const char *name);

#endif
