/* test_topics.c - alarms, functions, tags and Insights queries kept answered by the collector.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "responder.h"
#include "tui/gather.h"

#define DEADLINE_NS (20 * 1000000000ULL)
#define RUNNING                                                                  \
    "{\"status\":\"Running\",\"results\":[[{\"field\":\"a\",\"value\":\"1\"}]]," \
    "\"statistics\":{\"bytesScanned\":1e9}}"
#define COMPLETE                                                                  \
    "{\"status\":\"Complete\",\"results\":[[{\"field\":\"a\",\"value\":\"2\"}]]," \
    "\"statistics\":{\"bytesScanned\":2e9}}"

static const struct rule rules[] = {
    { "DescribeAlarmHistory",
      "{\"AlarmHistoryItems\":[{\"AlarmName\":\"Errors\",\"Timestamp\":1795393200,"
      "\"HistoryItemType\":\"StateUpdate\",\"HistorySummary\":\"Alarm updated from OK to "
      "ALARM\"}]}" },
    { "DescribeAlarms",
      "{\"MetricAlarms\":[{\"AlarmName\":\"Errors\",\"StateValue\":\"ALARM\"}]}" },
    { "/2015-03-31/functions", "{\"Functions\":[{\"FunctionName\":\"f\",\"MemorySize\":256}]}" },
    { "GetResources",
      "{\"ResourceTagMappingList\":[{\"ResourceARN\":\"arn:aws:sqs:eu-west-1:1:b\",\"Tags\":[]},"
      "{\"ResourceARN\":\"arn:aws:s3:::a\",\"Tags\":[{\"Key\":\"Project\",\"Value\":"
      "\"UserMetrics\"}]},{\"ResourceARN\":\"arn:aws:sqs:eu-west-1:1:b\",\"Tags\":[]}]}" },
    { "StartQuery", "{\"queryId\":\"q-1\"}" },
    { "GetQueryResults", RUNNING },
    { "StopQuery", "{\"success\":true}" },
    { "GetCallerIdentity", "<Account>123456789012</Account>" },
    { NULL, NULL },
};

/* AWS, as far as gather can tell, and somebody who asks it. */
struct scene {
    struct responder *responder;
    struct aws_target target;
    struct clock *clock;
    struct gather *gather;
    struct snapshot *snapshot;
};

static void
scene_open(struct scene *s)
{
    struct gather_options options = { .environment = "dev", .max_spend_microusd = -1 };

    *s = (struct scene){ .responder = responder_new(rules), .clock = clock_new_real() };
    s->target = (struct aws_target){ .label = xstrdup("AWS eu-west-1"),
                                     .region = xstrdup("eu-west-1"),
                                     .max_attempts = 1 };
    price_list_builtin(&s->target.prices);
    for (int i = 0; i < AWS_SERVICES; i++)
        s->target.urls[i] = xstrdup(responder_url(s->responder));
    aws_credentials_set(&s->target.credentials, "AKIDEXAMPLE", "secret", NULL, "environment");
    options.target = &s->target;
    options.clock = s->clock;
    s->gather = gather_new(&options);
}

static void
scene_close(struct scene *s)
{
    snapshot_unref(s->snapshot);
    gather_free(s->gather);
    aws_target_fini(&s->target);
    clock_free(s->clock);
    responder_free(s->responder);
}

static void
want(struct scene *s, const struct ask *ask)
{
    struct ask_list *asks = ask_list_new();

    if (ask != NULL)
        ask_list_add(asks, ask);
    gather_want(s->gather, asks);
    ask_list_free(asks);
}

/* Runs until `is` holds of the answer "x"; that answer, which lives until the next call. */
static const struct answer *
run_until(struct scene *s, bool (*is)(const struct answer *answer))
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    while (mono_ns() < end) {
        const struct answer *answer;

        snapshot_unref(s->snapshot);
        s->snapshot = gather_snapshot(s->gather);
        answer = snapshot_answer(s->snapshot, "x");
        if (answer != NULL && is(answer))
            return answer;
        gather_run(s->gather, 100);
    }
    fail_msg("it did not come to that in time");
    abort(); /* not reached */
}

static bool
is_good(const struct answer *a)
{
    return a->got_ms != 0 && a->failure == NULL;
}

static bool
has_failed(const struct answer *a)
{
    return a->failure != NULL;
}

/* Runs until so many requests held this text. */
static void
run_until_asked(struct scene *s, const char *needle, size_t count)
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    while (responder_count(s->responder, needle) < count && mono_ns() < end)
        gather_run(s->gather, 50);
    assert_int_equal(responder_count(s->responder, needle), count);
}

/* --- alarms and functions --- */

static void
alarms_are_kept_when_a_look_fails(void **state)
{
    static const struct ask ask = { .key = "x", .kind = ASK_ALARMS };
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    want(&s, &ask);
    a = run_until(&s, is_good);
    assert_int_equal(a->alarm_count, 1);
    assert_string_equal(a->alarms[0].name, "Errors");
    assert_int_equal(a->alarms[0].state, ALARM_STATE_ALARM);
    assert_int_equal(a->pace_ms, 60000);
    responder_set(s.responder, "DescribeAlarms", "<html>no such thing</html>");
    want(&s, &(struct ask){ .key = "x", .kind = ASK_ALARMS, .range = { .span_ms = 1 } });
    a = run_until(&s, has_failed);
    assert_int_equal(a->alarm_count, 1);
    assert_non_null(strstr(a->failure, "answers with a web page, not JSON"));
    scene_close(&s);
}

static void
history_of_an_alarm_is_asked_for_by_name(void **state)
{
    static const struct ask ask = { .key = "x",
                                    .kind = ASK_ALARM_EVENTS,
                                    .alarm = "Errors",
                                    .range = { .span_ms = 3600000, .to_ms = 1795396800000 } };
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    want(&s, &ask);
    a = run_until(&s, is_good);
    assert_int_equal(a->alarm_event_count, 1);
    assert_int_equal(a->alarm_events[0].to, ALARM_STATE_ALARM);
    assert_int_equal(responder_count(s.responder, "\"AlarmName\":\"Errors\""), 1);
    assert_int_equal(responder_count(s.responder, "\"StartDate\":1795393200,"), 1);
    scene_close(&s);
}

static void
functions_are_asked_for_now_and_then(void **state)
{
    static const struct ask ask = { .key = "x", .kind = ASK_FUNCTIONS };
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    want(&s, &ask);
    a = run_until(&s, is_good);
    assert_int_equal(a->function_count, 1);
    assert_string_equal(a->functions[0].name, "f");
    assert_int_equal(a->functions[0].memory_mb, 256);
    assert_int_equal(a->pace_ms, 300000);
    scene_close(&s);
}

static void
resources_are_sorted_told_once_and_judged(void **state)
{
    static const struct ask ask = { .key = "x", .kind = ASK_TAGS };
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    want(&s, &ask);
    a = run_until(&s, is_good);
    assert_int_equal(a->tagged_count, 2);
    assert_string_equal(a->tagged[0].arn, "arn:aws:s3:::a");
    assert_int_equal(a->tag_verdicts[0].group, TAG_OURS);
    assert_int_equal(a->tag_verdicts[0].missing, 7);
    assert_int_equal(a->tag_verdicts[1].group, TAG_FOREIGN);
    assert_int_equal(a->pace_ms, 900000);
    assert_int_equal(a->cost_microusd, 0);
    scene_close(&s);
}

static void
an_ask_goes_to_its_region(void **state)
{
    struct ask ask = { .key = "x", .kind = ASK_ALARMS, .region = "us-east-1" };
    struct scene s;

    (void)state;
    scene_open(&s);
    want(&s, &ask);
    run_until(&s, is_good);
    assert_int_equal(responder_count(s.responder, "/us-east-1/monitoring/aws4_request"), 1);
    ask.region = "../evil";
    want(&s, &ask);
    assert_string_equal(run_until(&s, has_failed)->failure, "\"../evil\" is not an AWS region");
    scene_close(&s);
}

/* --- Insights --- */

static const char *const groups[] = { "/a" };
static const struct ask query = { .key = "x",
                                  .kind = ASK_INSIGHTS,
                                  .range = { .span_ms = 3600000 },
                                  .groups = groups,
                                  .group_count = 1,
                                  .query = "fields a",
                                  .run = 1 };

static bool
is_running(const struct answer *a)
{
    return a->insights != NULL && a->insights->state == INSIGHTS_RUNNING;
}

static bool
is_complete(const struct answer *a)
{
    return a->insights != NULL && a->insights->state == INSIGHTS_COMPLETE;
}

static bool
is_cancelled(const struct answer *a)
{
    return a->insights != NULL && a->insights->state == INSIGHTS_CANCELLED;
}

static void
a_query_shows_its_progress_and_runs_once(void **state)
{
    struct ask other_range = query, again = query;
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    want(&s, &query);
    a = run_until(&s, is_running);
    assert_string_equal(a->insights->columns[0], "a");
    assert_string_equal(a->insights->cells[0], "1");
    assert_int_equal(a->cost_microusd, 5000);
    assert_false(gather_is_settled(s.gather));
    responder_set(s.responder, "GetQueryResults", COMPLETE);
    a = run_until(&s, is_complete);
    assert_string_equal(a->insights->cells[0], "2");
    assert_int_equal(a->cost_microusd, 10000);
    assert_int_equal(s.snapshot->cost_microusd, 10000);
    assert_true(s.snapshot->cost_month_microusd < 1000); /* it is not asked again */
    assert_int_equal(gather_hurry(s.gather), 0);
    other_range.range.span_ms = 7200000; /* the same run of the same query */
    want(&s, &other_range);
    want(&s, NULL);
    want(&s, &query);
    gather_run(s.gather, 50);
    assert_int_equal(responder_count(s.responder, "StartQuery"), 1);
    assert_int_equal(responder_count(s.responder, "StopQuery"), 0);
    again.run = 2;
    want(&s, &again);
    run_until_asked(&s, "StartQuery", 2);
    scene_close(&s); /* in the middle of it */
}

static void
a_query_nobody_wants_is_stopped(void **state)
{
    struct ask other = query;
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    want(&s, &query);
    run_until(&s, is_running);
    want(&s, NULL);
    a = run_until(&s, is_cancelled);
    assert_string_equal(a->insights->cells[0], "1"); /* what was found until then */
    assert_int_equal(s.snapshot->cost_microusd, 5000);
    run_until_asked(&s, "StopQuery", 1);
    want(&s, &query); /* back again: it was ended, and stays so */
    gather_run(s.gather, 50);
    assert_int_equal(responder_count(s.responder, "StartQuery"), 1);
    other.query = "fields b"; /* another query */
    want(&s, &other);
    run_until(&s, is_running);
    other.run = 5; /* overtaken by the next run */
    want(&s, &other);
    run_until_asked(&s, "StopQuery", 2);
    run_until(&s, is_running);
    assert_int_equal(responder_count(s.responder, "StartQuery"), 3);
    scene_close(&s);
}

/* Quitting stops it too. The responder is asked after the gather has gone. */
static void
leaving_stops_the_query(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s);
    want(&s, &query);
    run_until(&s, is_running);
    gather_free(s.gather);
    s.gather = NULL;
    assert_int_equal(responder_count(s.responder, "StopQuery"), 1);
    scene_close(&s);
}

static void
a_failed_query_keeps_the_last_results(void **state)
{
    struct ask again = query;
    const struct answer *a;
    struct scene s;

    (void)state;
    scene_open(&s);
    responder_set(s.responder, "GetQueryResults", COMPLETE);
    want(&s, &query);
    run_until(&s, is_complete);
    responder_set(s.responder, "StartQuery", "{}");
    again.run = 2;
    want(&s, &again);
    a = run_until(&s, has_failed);
    assert_string_equal(a->failure, "StartQuery: an answer without queryId");
    assert_string_equal(a->insights->cells[0], "2");
    assert_int_equal(a->retry_ms, 0); /* nobody tries again by himself */
    again.run = 3;
    again.group_count = 0;
    want(&s, &again);
    a = run_until(&s, has_failed);
    assert_string_equal(a->failure, "a query reads 1 to 50 log groups, not 0");
    scene_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alarms_are_kept_when_a_look_fails),
        cmocka_unit_test(history_of_an_alarm_is_asked_for_by_name),
        cmocka_unit_test(functions_are_asked_for_now_and_then),
        cmocka_unit_test(resources_are_sorted_told_once_and_judged),
        cmocka_unit_test(an_ask_goes_to_its_region),
        cmocka_unit_test(a_query_shows_its_progress_and_runs_once),
        cmocka_unit_test(a_query_nobody_wants_is_stopped),
        cmocka_unit_test(leaving_stops_the_query),
        cmocka_unit_test(a_failed_query_keeps_the_last_results),
    };

    return cmocka_run_group_tests_name("topics", tests, NULL, NULL);
}
