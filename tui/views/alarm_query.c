/* alarm_query.c - from an alarm's definition to metric queries.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/views/alarm_query.h"

#include <string.h>

#define RULE_MAX 400

const struct alarm_metric *
alarm_query_returned(const struct alarm *alarm)
{
    for (size_t i = 0; i < alarm->metric_count; i++) {
        if (alarm->metrics[i].is_returned)
            return &alarm->metrics[i];
    }
    return alarm->metric_count > 0 ? &alarm->metrics[0] : NULL;
}

bool
alarm_query_is_single(const struct alarm *alarm)
{
    return alarm->metric_count == 1 && alarm->metrics[0].expression == NULL;
}

int32_t
alarm_query_period_s(const struct alarm *alarm)
{
    const struct alarm_metric *m = alarm_query_returned(alarm);

    if (alarm->rule.period_s > 0)
        return alarm->rule.period_s;
    return m != NULL && m->period_s > 0 ? m->period_s : 60;
}

static bool
ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && strcmp(text + n - m, end) == 0;
}

/* DescribeAlarms seldom tells a unit, so the name has to. */
enum quantity
alarm_query_quantity(const struct alarm *alarm)
{
    static const struct {
        const char *end;
        enum quantity quantity;
    } ends[] = {
        { "Duration", QUANTITY_MILLISECONDS }, { "Latency", QUANTITY_MILLISECONDS },
        { "Utilization", QUANTITY_PERCENT },   { "ErrorRate", QUANTITY_PERCENT },
        { "HitRate", QUANTITY_PERCENT },       { "%", QUANTITY_PERCENT },
        { "percent", QUANTITY_PERCENT },       { "Percent", QUANTITY_PERCENT },
        { "Bytes", QUANTITY_BYTES },
    };
    const struct alarm_metric *m = alarm_query_returned(alarm);
    const char *name;

    if (m == NULL || (m->stat != NULL && strcmp(m->stat, "SampleCount") == 0))
        return QUANTITY_PLAIN;
    name = m->expression == NULL ? m->series.metric : m->label != NULL ? m->label : "";
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (ends_with(name, ends[i].end))
            return ends[i].quantity;
    }
    return QUANTITY_PLAIN;
}

/* All metrics of an alarm, the compared one under `id`. */
void
alarm_query_add(struct query_list *queries, const struct alarm *alarm, const char *id)
{
    for (size_t i = 0; i < alarm->metric_count; i++) {
        const struct alarm_metric *m = &alarm->metrics[i];
        bool is_value = m == alarm_query_returned(alarm);
        int32_t period = m->period_s > 0 ? m->period_s : alarm_query_period_s(alarm);
        struct metric_ask *added;

        query_add(queries, is_value ? id : m->id, &m->series, m->stat, period);
        added = &queries->items[queries->count - 1];
        if (alarm_query_is_single(alarm))
            continue;
        added->expression = m->expression;
        added->math_id = m->id;
        added->is_hidden = !is_value;
    }
}

const char *
alarm_query_rule(struct arena *arena, const struct alarm *alarm)
{
    char text[RULE_MAX];

    alarm_describe(alarm, text, sizeof text);
    return arena_strdup(arena, text);
}
