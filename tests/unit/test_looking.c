/* test_looking.c - what looking at an account costs: how often it is asked, by which call, and what
 * is done when a month's sum comes to its end.
 * SPDX-License-Identifier: MIT
 *
 * Time is the test's own, so that hours pass as fast as the answers come. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/mem.h"
#include "responder.h"
#include "tui/gather.h"

#define NOW       INT64_C(1793491200000) /* 2026-11-01T00:00:00Z */
#define MINUTE_MS 60000
#define HOUR_MS   (60 * MINUTE_MS)

static uint64_t fake_ns;

static uint64_t
fake_mono(void)
{
    return fake_ns;
}

struct scene {
    struct responder *responder;
    struct aws_target target;
    struct clock *clock;
    struct gather_options options;
    struct gather *gather;
    struct ask_list *asks;
    char dir[64];
    char ledger[96];
};

static const struct rule rules[] = {
    { "GetCallerIdentity", "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>"
                           "123456789012</Account></GetCallerIdentityResult>"
                           "</GetCallerIdentityResponse>" },
    { "GetMetricStatistics",
      "{\"Datapoints\":[{\"Timestamp\":1793491140,\"Sum\":3,\"Average\":1}]}" },
    { "GetMetricData", "{\"MetricDataResults\":[]}" },
    { NULL, NULL },
};

static void
scene_open(struct scene *s, int64_t max_spend_microusd)
{
    memset(s, 0, sizeof *s);
    fake_ns = 1000000000;
    s->responder = responder_new(rules);
    s->clock = clock_new_virtual(NOW);
    s->target.region = xstrdup("eu-west-1");
    s->target.label = xstrdup("AWS eu-west-1");
    s->target.max_attempts = 1;
    for (int i = 0; i < AWS_SERVICES; i++)
        s->target.urls[i] = xstrdup(responder_url(s->responder));
    aws_credentials_set(&s->target.credentials, "AKIDEXAMPLE", "secret", NULL, "environment");
    price_list_builtin(&s->target.prices);
    snprintf(s->dir, sizeof s->dir, "/tmp/obsview-looking-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->ledger, sizeof s->ledger, "%s/spend", s->dir);
    s->options = (struct gather_options){ .target = &s->target,
                                          .clock = s->clock,
                                          .environment = "prod",
                                          .max_spend_microusd = max_spend_microusd,
                                          .ledger_path = s->ledger,
                                          .mono_ns = fake_mono };
    s->gather = gather_new(&s->options);
    s->asks = ask_list_new();
}

static void
scene_close(struct scene *s)
{
    char lock[128];

    gather_free(s->gather);
    ask_list_free(s->asks);
    aws_target_fini(&s->target);
    clock_free(s->clock);
    responder_free(s->responder);
    snprintf(lock, sizeof lock, "%s.lock", s->ledger);
    unlink(lock);
    unlink(s->ledger);
    assert_int_equal(rmdir(s->dir), 0);
}

/* An ask for so many series, each with two statistics. */
static void
want_series(struct scene *s, const char *key, size_t count, bool is_background)
{
    struct metric_ask *queries = xcalloc(2 * count, sizeof *queries);
    char(*names)[24] = xcalloc(2 * count, sizeof *names);

    for (size_t i = 0; i < 2 * count; i++) {
        snprintf(names[i], sizeof names[i], "m%zu%s", i / 2, i % 2 == 0 ? "" : "b");
        queries[i] =
            (struct metric_ask){ .id = names[i],
                                 .series = { .namespace_name = "N", .metric = names[i - i % 2] },
                                 .stat = i % 2 == 0 ? "Sum" : "Average",
                                 .period_s = 60 };
    }
    ask_list_add(s->asks, &(struct ask){ .key = key,
                                         .kind = ASK_METRICS,
                                         .range = { .span_ms = HOUR_MS },
                                         .is_background = is_background,
                                         .queries = queries,
                                         .query_count = 2 * count });
    free(queries);
    free(names);
}

static void
settle(struct scene *s)
{
    uint64_t end = mono_ns() + 20 * 1000000000ULL;

    do
        gather_run(s->gather, 5);
    while (!gather_is_settled(s->gather) && mono_ns() < end);
    assert_true(gather_is_settled(s->gather));
}

static void
pass(struct scene *s, int64_t ms)
{
    int64_t end_ms = clock_now_ms(s->clock) + ms;

    settle(s);
    while (clock_now_ms(s->clock) < end_ms) {
        int64_t left = end_ms - clock_now_ms(s->clock);
        int step = gather_next_ms(s->gather, (int)left);

        step = step < 1 ? 1 : step;
        fake_ns += (uint64_t)step * 1000000;
        clock_set(s->clock, clock_now_ms(s->clock) + step);
        settle(s);
    }
}

/* Until STS has said whose account it is: the ledger is kept by it. */
static void
learn_account(struct scene *s)
{
    for (int i = 0; i < 400; i++) {
        struct snapshot *snapshot = gather_snapshot(s->gather);
        bool is_known = strncmp(snapshot->source, "123456789012", 12) == 0;

        snapshot_unref(snapshot);
        if (is_known)
            return;
        gather_run(s->gather, 10);
    }
    fail_msg("the account is not known");
}

static int64_t
spent(const struct scene *s)
{
    struct snapshot *snapshot = gather_snapshot(s->gather);
    int64_t microusd = snapshot->cost_microusd;

    snapshot_unref(snapshot);
    return microusd;
}

static size_t
asked(const struct scene *s, const char *operation)
{
    return responder_count(s->responder, operation);
}

/* Looking goes on; that its price is not kept is told, until it is. */
static void
a_ledger_that_cannot_be_kept_is_told(void **state)
{
    struct snapshot *snapshot;
    struct scene s;
    char locked[128];

    (void)state;
    scene_open(&s, -1);
    assert_int_equal(mkdir(s.ledger, 0700), 0); /* where the file should be */
    want_series(&s, "few", 1, false);
    gather_want(s.gather, s.asks);
    learn_account(&s);
    pass(&s, MINUTE_MS);
    snapshot = gather_snapshot(s.gather);
    assert_non_null(snapshot->unkept);
    snprintf(locked, sizeof locked, "%s", s.ledger);
    if (strstr(snapshot->unkept, locked) == NULL)
        fail_msg("\"%s\" does not name %s", snapshot->unkept, locked);
    snapshot_unref(snapshot);

    assert_int_equal(rmdir(s.ledger), 0);
    pass(&s, MINUTE_MS);
    snapshot = gather_snapshot(s.gather);
    assert_null(snapshot->unkept);
    snapshot_unref(snapshot);
    scene_close(&s);
}

static void
a_few_series_are_asked_for_free(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, -1);
    want_series(&s, "few", 3, false);
    gather_want(s.gather, s.asks);
    pass(&s, 10 * MINUTE_MS);
    assert_int_equal(asked(&s, "GetMetricData"), 0);
    assert_int_equal(asked(&s, "GetMetricStatistics"), 3 * 11);
    assert_int_equal(spent(&s), 0);
    scene_close(&s);
}

static void
many_series_share_a_request_that_costs(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, -1);
    want_series(&s, "many", 100, false);
    gather_want(s.gather, s.asks);
    pass(&s, 10 * MINUTE_MS);
    assert_int_equal(asked(&s, "GetMetricStatistics"), 0);
    assert_int_equal(asked(&s, "GetMetricData"), 11);
    assert_int_equal(spent(&s), 11 * 100 * 10); /* two statistics of one metric are one metric */
    scene_close(&s);
}

static void
asking_is_aligned_to_the_end_of_periods(void **state)
{
    struct scene s;
    struct snapshot *snapshot;
    int64_t got_ms;

    (void)state;
    scene_open(&s, -1);
    clock_set(s.clock, NOW + 37000);
    want_series(&s, "many", 100, false);
    gather_want(s.gather, s.asks);
    pass(&s, 3 * MINUTE_MS);
    snapshot = gather_snapshot(s.gather);
    got_ms = snapshot_answer(snapshot, "many")->got_ms % MINUTE_MS;
    snapshot_unref(snapshot);
    assert_true(got_ms >= 15000 && got_ms < 16000);
    scene_close(&s);
}

static void
what_is_not_looked_at_is_asked_more_seldom(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, -1);
    want_series(&s, "behind", 100, true);
    gather_want(s.gather, s.asks);
    pass(&s, HOUR_MS);
    assert_true(asked(&s, "GetMetricData") >= 12 && asked(&s, "GetMetricData") <= 14);
    scene_close(&s);
}

static void
without_a_key_everything_slows_down(void **state)
{
    struct scene s;
    size_t before;

    (void)state;
    scene_open(&s, -1);
    want_series(&s, "many", 100, false);
    gather_want(s.gather, s.asks);
    settle(&s);
    gather_set_idle(s.gather, true);
    pass(&s, 5 * MINUTE_MS); /* what was planned before is still done */
    before = asked(&s, "GetMetricData");
    pass(&s, HOUR_MS);
    assert_int_equal(asked(&s, "GetMetricData") - before, 12);
    gather_set_idle(s.gather, false);
    before = asked(&s, "GetMetricData");
    pass(&s, 10 * MINUTE_MS);
    assert_true(asked(&s, "GetMetricData") - before >= 10);
    scene_close(&s);
}

static bool
says(const struct snapshot *snapshot, const char *key, const char *text)
{
    const struct answer *a = snapshot_answer(snapshot, key);

    return a != NULL && a->failure != NULL && strstr(a->failure, text) != NULL;
}

/* 100 metrics a minute for 30 days would be 43 dollars. */
static void
a_months_sum_is_never_passed(void **state)
{
    const int64_t limit = 10000; /* a cent */
    struct snapshot *snapshot;
    struct scene s;

    (void)state;
    scene_open(&s, limit);
    want_series(&s, "many", 100, false);
    want_series(&s, "few", 2, false);
    gather_want(s.gather, s.asks);
    learn_account(&s);
    pass(&s, 2 * HOUR_MS);
    snapshot = gather_snapshot(s.gather);
    assert_true(snapshot->slowness > 1);
    assert_true(snapshot->cost_microusd <= limit);
    assert_int_equal(snapshot->spent_microusd, snapshot->cost_microusd);
    snapshot_unref(snapshot);
    pass(&s, 20 * HOUR_MS);
    snapshot = gather_snapshot(s.gather);
    assert_true(snapshot->spent_microusd >= limit && snapshot->spent_microusd < limit + 1000);
    assert_true(snapshot->is_spent);
    assert_true(says(snapshot, "many", "stopped: $0.01 of --max-spend 0.01 are spent this month"));
    assert_null(snapshot_answer(snapshot, "few")->failure); /* it costs nothing */
    snapshot_unref(snapshot);
    scene_close(&s);
}

/* "$0.00 of 0.00" would be no sentence at all. */
static void
a_tiny_sum_and_none_at_all_are_told_as_they_are(void **state)
{
    static const struct {
        int64_t limit_microusd;
        const char *sentence;
    } cases[] = {
        { 100, "stopped: $0.001 of --max-spend 0.0001 are spent this month" },
        { 0, "--max-spend 0: what costs is not asked" },
    };
    struct snapshot *snapshot;
    struct scene s;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        scene_open(&s, cases[i].limit_microusd);
        want_series(&s, "many", 100, false);
        gather_want(s.gather, s.asks);
        learn_account(&s);
        pass(&s, HOUR_MS);
        snapshot = gather_snapshot(s.gather);
        assert_true(snapshot->is_spent);
        assert_string_equal(snapshot_answer(snapshot, "many")->failure, cases[i].sentence);
        snapshot_unref(snapshot);
        scene_close(&s);
    }
}

static void
a_new_month_begins_with_its_whole_sum(void **state)
{
    struct snapshot *snapshot;
    struct scene s;

    (void)state;
    scene_open(&s, 1000);
    clock_set(s.clock, NOW + INT64_C(29) * 24 * HOUR_MS + 23 * HOUR_MS);
    want_series(&s, "many", 100, false);
    gather_want(s.gather, s.asks);
    learn_account(&s);
    pass(&s, 50 * MINUTE_MS);
    snapshot = gather_snapshot(s.gather);
    assert_true(snapshot->is_spent);
    snapshot_unref(snapshot);
    pass(&s, 20 * MINUTE_MS);
    snapshot = gather_snapshot(s.gather);
    assert_null(snapshot_answer(snapshot, "many")->failure);
    assert_int_equal(snapshot->spent_microusd, 1000);
    assert_int_equal(snapshot->cost_microusd, 2000);
    snapshot_unref(snapshot);
    scene_close(&s);
}

static void
screens_share_the_sum(void **state)
{
    struct scene s;
    struct snapshot *snapshot;

    (void)state;
    scene_open(&s, 1000);
    want_series(&s, "many", 100, false);
    gather_want(s.gather, s.asks);
    learn_account(&s);
    settle(&s);
    assert_int_equal(spent(&s), 1000);
    gather_free(s.gather);
    s.gather = gather_new(&s.options);
    learn_account(&s);
    gather_run(s.gather, 5);
    gather_want(s.gather, s.asks);
    settle(&s);
    snapshot = gather_snapshot(s.gather);
    assert_true(says(snapshot, "many", "stopped:"));
    assert_int_equal(snapshot->cost_microusd, 0);
    assert_int_equal(snapshot->spent_microusd, 1000);
    snapshot_unref(snapshot);
    scene_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ledger_that_cannot_be_kept_is_told),
        cmocka_unit_test(a_few_series_are_asked_for_free),
        cmocka_unit_test(many_series_share_a_request_that_costs),
        cmocka_unit_test(asking_is_aligned_to_the_end_of_periods),
        cmocka_unit_test(what_is_not_looked_at_is_asked_more_seldom),
        cmocka_unit_test(without_a_key_everything_slows_down),
        cmocka_unit_test(a_months_sum_is_never_passed),
        cmocka_unit_test(a_tiny_sum_and_none_at_all_are_told_as_they_are),
        cmocka_unit_test(a_new_month_begins_with_its_whole_sum),
        cmocka_unit_test(screens_share_the_sum),
    };

    return cmocka_run_group_tests_name("looking", tests, NULL, NULL);
}
