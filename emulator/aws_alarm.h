/* aws_alarm.h - what CloudWatch's operations on alarms have in common.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_AWS_ALARM_H
#define OV_EMULATOR_AWS_ALARM_H

#include "emulator/alarm_set.h"
#include "emulator/aws_call.h"

#define AWS_ALARM_NAMES_MAX 100

/* ResourceNotFound when there is none. */
MUST_CHECK enum status aws_alarm_find(struct aws_call *call, const char *name,
                                      struct alarm_row *out);
/* The list AlarmNames, required; in the arena. */
MUST_CHECK enum status aws_alarm_names(struct aws_call *call, const char *const **names,
                                       size_t *count);
/* All alarms; alarm_set_free() them. */
MUST_CHECK enum status aws_alarm_load(struct aws_call *call, struct alarm_set **out);
/* Commits, tells whoever listens, and lets composite alarms follow. */
MUST_CHECK enum status aws_alarm_change(struct aws_call *call, const struct alarm_change *changes,
                                        size_t count);

/* MaxRecords (1 to 100) and NextToken; *after is the state of the token, or NULL. */
MUST_CHECK enum status aws_alarm_page(struct aws_call *call, uint64_t scope, size_t *limit,
                                      const char **after);
/* The list AlarmTypes; without one metric alarms alone. */
MUST_CHECK enum status aws_alarm_types(const struct awsvalue *in, bool *metric, bool *composite);

/* Tags as they are kept: a list of {Key, Value}. */
MUST_CHECK enum status aws_alarm_read_tags(struct aws_call *call, enum awsvalue_need need,
                                           cJSON **out);
/* Printed into the arena. */
const char *aws_alarm_print(struct arena *arena, const cJSON *value);

#endif
