/* alarm_query.h - what an alarm measures, as questions to CloudWatch.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TUI_VIEWS_ALARM_QUERY_H
#define OV_TUI_VIEWS_ALARM_QUERY_H

#include "domain/alarm.h"
#include "tui/views/parts.h"

#include <stdbool.h>
#include <stdint.h>

#define ALARM_VALUE "value" /* id of the metric that is compared, in an alarm's own questions */

const struct alarm_metric *alarm_query_returned(const struct alarm *alarm); /* NULL: none */
bool alarm_query_is_single(const struct alarm *alarm);                      /* no metric math */
int32_t alarm_query_period_s(const struct alarm *alarm);
enum quantity alarm_query_quantity(const struct alarm *alarm);
/* All metrics of an alarm at its own period, the compared one under `id`. */
void alarm_query_add(struct query_list *queries, const struct alarm *alarm, const char *id);
const char *alarm_query_rule(struct arena *arena, const struct alarm *alarm); /* in words */

#endif
