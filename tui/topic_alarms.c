/* topic_alarms.c - ASK_ALARMS and ASK_ALARM_EVENTS: DescribeAlarms and DescribeAlarmHistory.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/alarms.h"
#include "tui/topic.h"

#include <stdlib.h>

#define EVENTS_DEFAULT 500

struct alarms_state {
    struct alarms_job *job;
    struct answer *answer; /* being filled */
};

static struct alarms_state *
state_of(struct topic *topic)
{
    if (topic->state == NULL)
        topic->state = xcalloc(1, sizeof(struct alarms_state));
    return topic->state;
}

static void
cancel(struct topic *topic)
{
    struct alarms_state *state = state_of(topic);

    alarms_cancel(state->job);
    answer_unref(state->answer);
    *state = (struct alarms_state){ NULL, NULL };
}

static void
fini(struct topic *topic)
{
    free(topic->state);
}

static struct answer *
begin(struct topic *topic)
{
    struct answer *answer = answer_new(topic->ask->key, topic->ask->kind);

    answer->to_ms = topic_to_ms(topic);
    answer->from_ms = answer->to_ms - topic->ask->range.span_ms;
    state_of(topic)->answer = answer;
    return answer;
}

/* The answer that was being filled, or NULL when it has come to nothing. */
static struct answer *
end(struct topic *topic, bool partial, const struct err *err)
{
    struct alarms_state *state = state_of(topic);
    struct answer *answer = state->answer;

    *state = (struct alarms_state){ NULL, NULL };
    answer->is_partial = partial;
    if (err == NULL)
        return answer;
    answer_unref(answer);
    topic_fail(topic, err, 0);
    return NULL;
}

static void
on_alarms(void *arg, const struct alarm *alarms, size_t count, bool partial, const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = end(topic, partial, err);

    if (answer == NULL)
        return;
    answer->alarms = alarms;
    answer->alarm_count = count;
    topic_answer(topic, answer, 0);
}

static void
start_alarms(struct topic *topic)
{
    struct answer *answer = begin(topic);

    state_of(topic)->job = alarms_describe(topic->client, answer->arena, on_alarms, topic);
}

const struct topic_kind topic_alarms = { .start = start_alarms, .cancel = cancel, .fini = fini };

static void
on_events(void *arg, const struct alarms_event *events, size_t count, bool partial,
          const struct err *err)
{
    struct topic *topic = arg;
    struct answer *answer = end(topic, partial, err);
    struct alarm_event *out;

    if (answer == NULL)
        return;
    out = arena_alloc(answer->arena, (count + 1) * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[i] = (struct alarm_event){ .alarm = events[i].alarm,
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
    struct answer *answer = begin(topic);
    size_t max = topic->ask->limit > 0 ? topic->ask->limit : EVENTS_DEFAULT;

    state_of(topic)->job = alarms_history(topic->client, answer->arena, topic->ask->alarm,
                                          answer->from_ms, answer->to_ms, max, on_events, topic);
}

const struct topic_kind topic_alarm_events = { .start = start_events,
                                               .cancel = cancel,
                                               .fini = fini };
