/* topic_alarms.c - ASK_ALARMS and ASK_ALARM_EVENTS: DescribeAlarms and DescribeAlarmHistory.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/alarms.h"
#include "tui/topic.h"

#define EVENTS_DEFAULT 500

/* --- alarms --- */

static void
cancel_alarms(struct topic *topic)
{
    alarms_cancel(topic->state);
    topic_drop(topic);
}

static void
on_alarms(void *arg, const struct alarm *alarms, size_t count, bool partial, const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);

    if (answer == NULL)
        return;
    answer->alarms = alarms;
    answer->alarm_count = count;
    topic_answer(topic, answer, 0);
}

static void
start_alarms(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);

    topic->state = alarms_describe(topic->client, answer->arena, on_alarms, topic);
}

const struct topic_kind topic_alarms = { .start = start_alarms, .cancel = cancel_alarms };

/* --- history --- */

static void
on_events(void *arg, const struct alarms_event *events, size_t count, bool partial,
          const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = topic_end(topic, partial, err);
    struct alarm_history_item *out;

    if (answer == NULL)
        return;
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct alarm_history_item){ .alarm = events[i].alarm,
                                              .kind = events[i].kind,
                                              .summary = events[i].summary,
                                              .from = events[i].from,
                                              .to = events[i].to,
                                              .time_ms = events[i].time_ms };
    answer->alarm_events = out;
    answer->alarm_event_count = count;
    topic_answer(topic, answer, 0);
}

static void
start_events(struct topic *topic)
{
    struct answer *answer = topic_begin(topic);
    size_t max = topic->ask->limit > 0 ? topic->ask->limit : EVENTS_DEFAULT;

    topic->state = alarms_history(topic->client, answer->arena, topic->ask->alarm, answer->from_ms,
                                  answer->to_ms, max, on_events, topic);
}

const struct topic_kind topic_alarm_events = { .start = start_events,
                                               .cancel = topic_cancel_listing };
