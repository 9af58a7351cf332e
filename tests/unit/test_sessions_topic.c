/* test_sessions_topic.c - a bucket of an account is asked on demand, and what that costs is
 * counted. SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "responder.h"
#include "tui/gather.h"
#include "tui/recording.h"

#define NOW_MS      INT64_C(1795490423000) /* 2026-11-24T03:20:23Z */
#define DEADLINE_NS (20 * 1000000000ULL)
#define HOUR_NS     (3600 * 1000000000ULL)
#define YEAR_MS     (INT64_C(365) * 86400000)
#define LIST        "GET /mobs?list-type=2"
#define SESSION     "4118640000000000000" /* began within a day of NOW_MS */
#define KEY(file)                                                 \
    "<Contents><Key>" SESSION "/" file                            \
    "</Key><LastModified>2026-11-24T03:00:00.000Z</LastModified>" \
    "<ETag>\"a\"</ETag><Size>1000</Size></Contents>"
#define KEYS                                                                                      \
    "<?xml version=\"1.0\"?><ListBucketResult><Name>mobs</Name><IsTruncated>false</IsTruncated>"  \
    "<Contents><Key>somebody-else.txt</Key><LastModified>2026-11-24T03:00:00.000Z</LastModified>" \
    "<ETag>\"a\"</ETag><Size>1</Size></Contents>" KEY("devtools.mob")                             \
        KEY("dom.mobs") "</ListBucketResult>"
#define NO_KEYS \
    "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"

static const struct rule rules[] = {
    { "prefix=1%2F", NO_KEYS },
    { "prefix=1/", NO_KEYS },
    { LIST, KEYS },
    { "GetCallerIdentity", "<Account>123456789012</Account>" },
    { NULL, NULL },
};

static const struct ask list = {
    .key = "sessions", .kind = ASK_SESSIONS, .range = { .span_ms = 86400000 }, .pace_ms = YEAR_MS
};
static const struct ask missing = { .key = "sessions.1",
                                    .kind = ASK_RECORDING,
                                    .range = { .span_ms = 86400000 },
                                    .pace_ms = YEAR_MS,
                                    .session = "1" };

static uint64_t moved_ns;

static uint64_t
moved_mono_ns(void)
{
    return mono_ns() + moved_ns;
}

struct scene {
    struct responder *responder;
    struct aws_target target;
    struct clock *clock;
    struct gather *gather;
};

static void
scene_open(struct scene *s, int64_t limit_microusd)
{
    moved_ns = 0;
    *s = (struct scene){ .responder = responder_new(rules), .clock = clock_new_virtual(NOW_MS) };
    s->target = (struct aws_target){ .label = xstrdup("AWS eu-west-1"),
                                     .region = xstrdup("eu-west-1"),
                                     .max_attempts = 1 };
    price_list_builtin(&s->target.prices);
    for (int i = 0; i < AWS_SERVICES; i++)
        s->target.urls[i] = xstrdup(responder_url(s->responder));
    aws_credentials_set(&s->target.credentials, "AKIDEXAMPLE", "secret", NULL, "environment");
    s->gather = gather_new(&(struct gather_options){ .environment = "dev",
                                                     .target = &s->target,
                                                     .clock = s->clock,
                                                     .recordings_bucket = "mobs",
                                                     .max_spend_microusd = limit_microusd,
                                                     .mono_ns = moved_mono_ns });
}

static void
scene_close(struct scene *s)
{
    gather_free(s->gather);
    aws_target_fini(&s->target);
    clock_free(s->clock);
    responder_free(s->responder);
}

static void
want(struct scene *s, const struct ask *ask)
{
    struct ask_list *asks = ask_list_new();

    ask_list_add(asks, ask);
    gather_want(s->gather, asks);
    ask_list_free(asks);
}

/* Lets time pass, as a screen does that stands there. */
static struct snapshot *
settle(struct scene *s)
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    gather_run(s->gather, 1);
    while (!gather_is_settled(s->gather) && mono_ns() < end)
        gather_run(s->gather, 10);
    assert_true(gather_is_settled(s->gather));
    return gather_snapshot(s->gather);
}

static void
a_list_is_paid_once(void **state)
{
    const struct answer *answer;
    struct snapshot *snapshot;
    struct scene s;

    (void)state;
    scene_open(&s, -1);
    want(&s, &list);
    snapshot = settle(&s);
    answer = snapshot_answer(snapshot, "sessions");
    assert_int_equal(answer->recordings->count, 1);
    assert_string_equal(answer->recordings->list[0].id, SESSION);
    assert_int_equal(answer->recordings->list[0].bytes, 2000);
    assert_false(answer->recordings->list[0].is_read); /* that would cost */
    assert_int_equal(answer->cost_microusd, 5);
    assert_int_equal(snapshot->cost_microusd, 5);
    snapshot_unref(snapshot);
    for (int hour = 0; hour < 30; hour++) {
        moved_ns += HOUR_NS;
        snapshot_unref(settle(&s));
    }
    assert_int_equal(responder_count(s.responder, LIST), 1);
    assert_int_equal(gather_hurry(s.gather), 0); /* `r` */
    snapshot = settle(&s);
    assert_int_equal(responder_count(s.responder, LIST), 2);
    assert_int_equal(snapshot->cost_microusd, 10);
    snapshot_unref(snapshot);
    scene_close(&s);
}

static void
what_is_not_there_is_counted_too(void **state)
{
    const struct answer *answer;
    struct snapshot *snapshot;
    struct scene s;

    (void)state;
    scene_open(&s, -1);
    want(&s, &missing);
    snapshot = settle(&s);
    answer = snapshot_answer(snapshot, "sessions.1");
    assert_string_equal(answer->failure, "there is no session 1 in s3://mobs");
    assert_int_equal(snapshot->cost_microusd, 5);
    snapshot_unref(snapshot);
    scene_close(&s);
}

static void
nothing_is_asked_when_nothing_may_be_spent(void **state)
{
    struct snapshot *snapshot;
    struct scene s;

    (void)state;
    scene_open(&s, 0);
    want(&s, &list);
    snapshot = settle(&s);
    assert_string_equal(snapshot_answer(snapshot, "sessions")->failure,
                        "--max-spend 0: what costs is not asked");
    assert_int_equal(responder_count(s.responder, LIST), 0);
    snapshot_unref(snapshot);
    scene_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_paid_once),
        cmocka_unit_test(what_is_not_there_is_counted_too),
        cmocka_unit_test(nothing_is_asked_when_nothing_may_be_spent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
