/* topic_pace.c - how often each kind of question is asked, and how soon after an answer or a
 * failure.
 * SPDX-License-Identifier: MIT
 *
 * An emulator is asked as often as it changes, AWS as often as its own figures do, and what costs
 * more seldom as the month's sum gets used up (budget.h). */
#include "config.h"

#include "tui/gather_own.h"

#include "tui/budget.h"

#define AWS_MS            60000  /* CloudWatch's own resolution */
#define AWS_LOGS_MS       10000  /* free, but rated at a few requests a second */
#define AWS_FUNCTIONS_MS  300000 /* deployments are seldom */
#define AWS_TAGS_MS       900000 /* free, but a region may have pages and pages of them */
#define AWS_DATABASES_MS  300000 /* free, and they seldom change */
#define AWS_PARAMETER_MS  3600000
#define AWS_BUDGETS_MS    (6 * 3600000LL) /* Budgets are worked out three times a day */
#define UMAMI_MS          30000           /* free, but somebody's own server */
#define LOCAL_BILL_MS     60000
#define LOCAL_SERVICES_MS 5000
#define SLOW_MS           3600000
#define ONCE_MS           (365LL * 86400000)
#define BACKGROUND_MS     300000
#define IDLE_FACTOR       5
#define SETTLE_MS         15000 /* what a period brought is not all there when it ends */
#define PAST_MS           60000 /* a window that stands still */
#define RETRY_LOCAL_MAX   5000
#define RETRY_SOON        5000
#define RETRY_SOON_MAX    60000
#define RETRY_AWS_MAX     300000

/* clang-format off */
const struct source topic_sources[ASK_KINDS] = {
    [ASK_METRICS] =      { &topic_metrics, 0, 0 },
    [ASK_METRIC_NAMES] = { &topic_names, 0, 0 },
    [ASK_LOG_GROUPS] =   { &topic_groups, 0, 0 },
    [ASK_LOG_EVENTS] =   { &topic_events, AWS_LOGS_MS, 0 },
    [ASK_EMULATOR] =     { &topic_emulator, 0, 0 },
    [ASK_ALARMS] =       { &topic_alarms, 0, 0 },
    [ASK_ALARM_EVENTS] = { &topic_alarm_events, 0, 0 },
    [ASK_FUNCTIONS] =    { &topic_functions, AWS_FUNCTIONS_MS, 0 },
    [ASK_TAGS] =         { &topic_tags, AWS_TAGS_MS, LOCAL_BILL_MS },
    [ASK_SERVICES] =     { &topic_services, 0, LOCAL_SERVICES_MS },
    [ASK_TARGETS] =      { &topic_targets, 0, LOCAL_SERVICES_MS },
    [ASK_DB_CLUSTERS] =  { &topic_db_clusters, AWS_DATABASES_MS, LOCAL_SERVICES_MS },
    [ASK_DB_INSTANCES] = { &topic_db_instances, AWS_DATABASES_MS, LOCAL_SERVICES_MS },
    [ASK_DB_EVENTS] =    { &topic_db_events, 0, LOCAL_SERVICES_MS },
    [ASK_DB_PARAMETER] = { &topic_db_parameter, AWS_PARAMETER_MS, LOCAL_SERVICES_MS },
    [ASK_DB_LOAD] =      { &topic_db_load, 0, LOCAL_SERVICES_MS },
    [ASK_INSIGHTS] =     { &topic_insights, 0, 0 },
    [ASK_COSTS] =        { &topic_costs, TOPIC_BILL_PACE_MS, LOCAL_BILL_MS },
    [ASK_COST_TAGS] =    { &topic_cost_tags, TOPIC_BILL_PACE_MS, LOCAL_BILL_MS },
    [ASK_BUDGETS] =      { &topic_budgets, AWS_BUDGETS_MS, LOCAL_BILL_MS },
    [ASK_UMAMI] =        { &topic_umami, UMAMI_MS, 0 },
    [ASK_SESSIONS] =     { &topic_sessions, 0, 0 },
    [ASK_RECORDING] =    { &topic_recording, 0, 0 },
    [ASK_SEND] =         { &topic_send, 0, 0 },
};
/* clang-format on */

static bool
is_paid(const struct topic *topic)
{
    return topic->last_microusd > 0;
}

/* Of AWS. */
static int64_t
account_pace_ms(const struct topic *topic)
{
    const struct source *source = &topic_sources[topic->ask->kind];
    int64_t pace = source->aws_ms != 0 ? source->aws_ms : AWS_MS;

    if (topic->is_background && pace < BACKGROUND_MS)
        pace = BACKGROUND_MS;
    if (topic->ask->pace_ms > pace)
        pace = topic->ask->pace_ms;
    return topic->gather->is_idle && pace < SLOW_MS ? pace * IDLE_FACTOR : pace;
}

int64_t
topic_told_pace_ms(const struct topic *topic)
{
    return topic_is_played(topic) && !topic->kind->is_once ? account_pace_ms(topic)
                                                           : topic_pace_ms(topic);
}

int64_t
topic_plain_pace_ms(const struct topic *topic)
{
    const struct source *source = &topic_sources[topic->ask->kind];

    if (topic->kind->is_once)
        return ONCE_MS;
    if (topic->ask->range.to_ms != 0)
        return topic->is_background ? BACKGROUND_MS : PAST_MS;
    if (topic_is_local(topic) && source->local_ms != 0)
        return source->local_ms;
    if (topic_is_near(topic))
        return topic->is_background ? topic->gather->options.background_ms
                                    : topic->gather->options.pace_ms;
    return account_pace_ms(topic);
}

bool
topic_is_slow(const struct topic *topic)
{
    return topic_sources[topic->ask->kind].aws_ms >= SLOW_MS;
}

int64_t
topic_pace_ms(const struct topic *topic)
{
    unsigned slowness = topic->gather->slowness;

    if (!is_paid(topic) || topic_is_slow(topic))
        return topic_plain_pace_ms(topic);
    return topic_plain_pace_ms(topic) * (slowness == BUDGET_STOP ? BUDGET_MOST : slowness);
}

/* Metrics are asked for when a period has just ended: at other times the answer would be the same,
 * or not be whole yet. */
int64_t
topic_rest_ms(const struct topic *topic)
{
    const struct gather *g = topic->gather;
    int64_t pace = topic_pace_ms(topic), now = topic_now_ms(topic);

    if (topic->kind->is_once)
        return pace;
    if (topic->ask->range.to_ms == 0 && g->wakeups != NULL && wakeups_are_live(g->wakeups) &&
        topic_is_local(topic))
        return 60000 - now % 60000; /* windows move on at full minutes */
    if (topic_is_near(topic) || topic->ask->kind != ASK_METRICS || topic->ask->range.to_ms != 0)
        return pace;
    return pace - (now - SETTLE_MS) % pace;
}

/* A source that is out of reach, or busy, may be back at any moment, and a try costs nothing; one
 * that refuses us has to be told otherwise first. What changes by the day is not hurried. */
int64_t
topic_retry_ms(const struct topic *topic, enum status why)
{
    bool is_passing = why == E_IO || (why == E_BUSY && !topic_is_slow(topic));
    int64_t first = is_passing ? RETRY_SOON : AWS_MS;
    int64_t most = is_passing ? RETRY_SOON_MAX : RETRY_AWS_MAX;
    int64_t wait;

    if (topic->kind->is_once)
        return ONCE_MS;
    if (topic_is_near(topic)) {
        first = topic_pace_ms(topic);
        most = RETRY_LOCAL_MAX;
    }
    wait = topic->failures > 12 ? most : first << (topic->failures - 1);
    return wait < most ? wait : most;
}
