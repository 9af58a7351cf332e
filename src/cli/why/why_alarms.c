/* why_alarms.c - the alarms that watch it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "cli/why/why_own.h"

#include <string.h>

#include "base/text.h"

#define PAGES_MAX 3

static bool
watches(const struct why *a, const cJSON *alarm)
{
    const cJSON *query;

    if (tale_has_series(a->tale, json_get_string(alarm, "Namespace", ""),
                        json_get_string(alarm, "MetricName", "")))
        return true;
    cJSON_ArrayForEach(query, json_get(alarm, "Metrics"))
    {
        const cJSON *metric = json_get(json_get(query, "MetricStat"), "Metric");

        if (tale_has_series(a->tale, json_get_string(metric, "Namespace", ""),
                            json_get_string(metric, "MetricName", "")))
            return true;
    }
    return false;
}

void
why_look_for_alarms(struct why *a)
{
    const char *token = NULL;
    size_t count = 0;

    for (int page = 0; page < PAGES_MAX && (page == 0 || token != NULL); page++) {
        const cJSON *alarm;
        cJSON *json = why_ask_aws(
            a, AWS_CLOUDWATCH, "DescribeAlarms",
            token == NULL ? "{\"MaxRecords\":100}"
                          : arena_printf(a->arena, "{\"MaxRecords\":100,\"NextToken\":%s}",
                                         why_quoted(a, token)));

        cJSON_ArrayForEach(alarm, json_get(json, "MetricAlarms"))
        {
            count++;
            if (watches(a, alarm))
                tale_add(a->tale, TALE_ALARM, 0, "%s is %s: %s",
                         json_get_string(alarm, "AlarmName", "?"),
                         json_get_string(alarm, "StateValue", "?"),
                         json_get_string(alarm, "StateReason", ""));
        }
        token = json_get_string(json, "NextToken", NULL);
        if (token != NULL)
            token = arena_strdup(a->arena, token);
        cJSON_Delete(json);
    }
    tale_looked(a->tale, "%zu alarm%s", count, text_s(count));
}
