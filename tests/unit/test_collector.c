/* test_collector.c - asks kept answered: in time, within bounds, whatever the source does.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "responder.h"
#include "tui/collector.h"
#include "tui/gather.h"

#define DEADLINE_NS (20 * 1000000000ULL)

#define GROUPS   "DescribeLogGroups"
#define EVENTS   "FilterLogEvents"
#define ONE_NAME "{\"logGroups\":[{\"logGroupName\":\"/a\",\"storedBytes\":5}]}"

/* A source, and somebody who asks it. */
struct scene {
    struct responder *responder;
    struct aws_target target;
    struct clock *clock;
    struct gather_options options;
    struct ask_list *asks;
};

static void
scene_open(struct scene *s, const struct rule *rules)
{
    struct aws_target_options options = { 0 };
    struct err err;

    s->responder = responder_new(rules);
    options.emulator_url = responder_url(s->responder);
    assert_int_equal(aws_target_resolve(&s->target, &options, &aws_environment_real, &err), OK);
    s->clock = clock_new_real();
    s->options = (struct gather_options){ .target = &s->target,
                                          .clock = s->clock,
                                          .environment = "dev",
                                          .listens = true,
                                          .pace_ms = 60,
                                          .max_spend_microusd = -1 };
    s->asks = ask_list_new();
}

static void
scene_close(struct scene *s)
{
    ask_list_free(s->asks);
    aws_target_fini(&s->target);
    clock_free(s->clock);
    responder_free(s->responder);
}

static void
want_groups(struct scene *s)
{
    ask_list_add(
        s->asks,
        &(struct ask){ .key = "groups", .kind = ASK_LOG_GROUPS, .range = { .span_ms = 3600000 } });
}

static void
want_events(struct scene *s, size_t limit)
{
    ask_list_add(s->asks, &(struct ask){ .key = "events",
                                         .kind = ASK_LOG_EVENTS,
                                         .range = { .span_ms = 3600000 },
                                         .group = "/a",
                                         .limit = limit });
}

/* Runs until `is` holds of the newest snapshot; that snapshot. */
static struct snapshot *
run_until(struct gather *g, bool (*is)(const struct snapshot *snapshot))
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    while (mono_ns() < end) {
        struct snapshot *snapshot = gather_snapshot(g);

        if (is(snapshot))
            return snapshot;
        snapshot_unref(snapshot);
        gather_run(g, 200);
    }
    fail_msg("it did not come to that in time");
    abort(); /* not reached */
}

static const struct answer *
answer_in(const struct snapshot *snapshot, const char *key)
{
    const struct answer *answer = snapshot_answer(snapshot, key);

    if (answer == NULL) {
        fail_msg("no answer %s", key);
        abort(); /* not reached */
    }
    return answer;
}

static bool
has_groups(const struct snapshot *s)
{
    const struct answer *a = snapshot_answer(s, "groups");

    return a != NULL && a->got_ms != 0 && a->failure == NULL;
}

static bool
has_failed_groups(const struct snapshot *s)
{
    const struct answer *a = snapshot_answer(s, "groups");

    return a != NULL && a->failure != NULL;
}

static void
an_ask_is_answered(void **state)
{
    static const struct rule rules[] = { { GROUPS, ONE_NAME }, { NULL, NULL } };
    const struct answer *answer;
    struct snapshot *snapshot;
    struct gather *g;
    struct scene s;

    (void)state;
    scene_open(&s, rules);
    want_groups(&s);
    g = gather_new(&s.options);
    snapshot = gather_take(g);
    assert_int_equal(snapshot->state, SOURCE_CONNECTING);
    snapshot_unref(snapshot);
    gather_want(g, s.asks);
    assert_false(gather_is_settled(g));
    snapshot = run_until(g, has_groups);
    answer = answer_in(snapshot, "groups");
    assert_true(gather_is_settled(g));
    assert_int_equal(snapshot->state, SOURCE_LIVE);
    assert_true(snapshot->is_emulator);
    assert_int_equal(answer->group_count, 1);
    assert_string_equal(answer->groups[0].name, "/a");
    assert_int_equal(answer->groups[0].stored_bytes, 5);
    assert_int_equal(snapshot->cost_microusd, 0);
    gather_free(g);
    assert_string_equal(answer->groups[0].name, "/a"); /* a snapshot outlives its maker */
    snapshot_unref(snapshot);
    scene_close(&s);
}

static void
a_failure_keeps_what_was_known_and_passes(void **state)
{
    static const struct rule rules[] = { { GROUPS, ONE_NAME }, { NULL, NULL } };
    const struct answer *answer;
    struct snapshot *snapshot;
    struct gather *g;
    struct scene s;

    (void)state;
    scene_open(&s, rules);
    s.options.listens = false;
    want_groups(&s);
    g = gather_new(&s.options);
    gather_want(g, s.asks);
    snapshot_unref(run_until(g, has_groups));
    responder_set(s.responder, GROUPS, "{\"logGroups\":7}");
    gather_hurry(g);
    snapshot = run_until(g, has_failed_groups);
    answer = answer_in(snapshot, "groups");
    assert_int_equal(answer->group_count, 1); /* still shown */
    assert_true(answer->retry_ms > 0);
    assert_non_null(strstr(answer->failure, "without logGroups"));
    assert_int_equal(snapshot->state, SOURCE_LIVE); /* it answers; the answer is wrong */
    snapshot_unref(snapshot);
    responder_set(s.responder, GROUPS, "!");
    gather_hurry(g);
    gather_run(g, 500);
    responder_set(s.responder, GROUPS, ONE_NAME);
    snapshot_unref(run_until(g, has_groups)); /* without anybody's doing */
    gather_free(g);
    scene_close(&s);
}

static void
nobody_there_is_a_sentence_with_a_way_out(void **state)
{
    static const struct rule rules[] = { { NULL, NULL } };
    struct snapshot *snapshot;
    struct gather *g;
    struct scene s;

    (void)state;
    scene_open(&s, rules);
    responder_free(s.responder);
    want_groups(&s);
    g = gather_new(&s.options);
    gather_want(g, s.asks);
    snapshot = run_until(g, has_failed_groups);
    assert_int_equal(snapshot->state, SOURCE_FAILING);
    assert_non_null(strstr(snapshot->failure, "cannot reach 127.0.0.1:"));
    assert_non_null(
        strstr(snapshot->failure, ": connection refused; start one with: obsview emulate"));
    snapshot_unref(snapshot);
    gather_free(g);
    s.responder = responder_new(rules);
    scene_close(&s);
}

/* "[id, ms ago, line]" as FilterLogEvents would say it. */
static char *
events_json(int64_t now_ms, int first, int count)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_adds(&b, "{\"events\":[");
    for (int i = first; i < first + count; i++)
        buf_addf(&b, "%s{\"eventId\":\"e%d\",\"timestamp\":%lld,\"message\":\"line %d\"}",
                 i > first ? "," : "", i, (long long)(now_ms - 60000 + i), i);
    buf_adds(&b, "]}");
    return buf_take(&b, NULL);
}

static size_t wanted_lines;

static bool
has_lines(const struct snapshot *s)
{
    const struct answer *a = snapshot_answer(s, "events");

    return a != NULL && a->event_count == wanted_lines &&
           strcmp(a->events[a->event_count - 1].id, "e7") == 0;
}

static bool
has_first_lines(const struct snapshot *s)
{
    const struct answer *a = snapshot_answer(s, "events");

    return a != NULL && a->event_count > 0;
}

static void
lines_come_once_and_the_newest_stay(void **state)
{
    static const struct rule rules[] = { { EVENTS, "{\"events\":[]}" }, { NULL, NULL } };
    char *first, *second;
    struct snapshot *old, *snapshot;
    const struct answer *a;
    struct gather *g;
    struct scene s;

    (void)state;
    scene_open(&s, rules);
    s.options.listens = false;
    first = events_json(clock_now_ms(s.clock), 1, 4);
    second = events_json(clock_now_ms(s.clock), 3, 5); /* two of them again */
    responder_set(s.responder, EVENTS, first);
    want_events(&s, 6);
    g = gather_new(&s.options);
    gather_want(g, s.asks);
    old = run_until(g, has_first_lines);
    assert_int_equal(answer_in(old, "events")->event_count, 4);
    responder_set(s.responder, EVENTS, second);
    wanted_lines = 6; /* seven came, six may stay */
    snapshot = run_until(g, has_lines);
    a = answer_in(snapshot, "events");
    for (size_t i = 1; i < a->event_count; i++)
        assert_true(a->events[i - 1].time_ms <= a->events[i].time_ms);
    assert_string_equal(a->events[0].id, "e2");
    assert_true(a->is_partial);
    assert_non_null(a->events[0].digest);
    gather_free(g);
    assert_string_equal(answer_in(old, "events")->events[0].message, "line 1");
    assert_string_equal(a->events[5].message, "line 7");
    snapshot_unref(old);
    snapshot_unref(snapshot);
    free(first);
    free(second);
    scene_close(&s);
}

static bool
has_two_groups(const struct snapshot *s)
{
    const struct answer *a = snapshot_answer(s, "groups");

    return a != NULL && a->group_count == 2;
}

static void
a_change_is_seen_at_once_and_silence_is_trusted(void **state)
{
    static const struct rule rules[] = { { GROUPS, ONE_NAME }, { NULL, NULL } };
    uint64_t end = mono_ns() + DEADLINE_NS;
    struct snapshot *snapshot;
    struct gather *g;
    struct scene s;
    int64_t got_ms;
    uint64_t began;
    size_t asked;

    (void)state;
    scene_open(&s, rules);
    want_groups(&s);
    g = gather_new(&s.options);
    gather_want(g, s.asks);
    snapshot_unref(run_until(g, has_groups));
    while (responder_streams(s.responder) == 0 && mono_ns() < end)
        gather_run(g, 50);
    responder_set(s.responder, GROUPS,
                  "{\"logGroups\":[{\"logGroupName\":\"/a\"},{\"logGroupName\":\"/b\"}]}");
    began = mono_ns();
    responder_change(s.responder);
    snapshot = run_until(g, has_two_groups);
    assert_true(mono_ns() - began < 2 * 1000000000ULL);
    /* Later nothing is asked, and yet the answer is known to be right. */
    got_ms = answer_in(snapshot, "groups")->got_ms;
    asked = responder_count(s.responder, GROUPS);
    snapshot_unref(snapshot);
    for (;;) {
        snapshot = gather_snapshot(g);
        if (snapshot_known_ms(snapshot, answer_in(snapshot, "groups")) > got_ms + 150)
            break;
        snapshot_unref(snapshot);
        assert_true(mono_ns() < end);
        gather_run(g, 20);
    }
    assert_true(responder_count(s.responder, GROUPS) <= asked + 2); /* a minute may begin */
    snapshot_unref(snapshot);
    gather_free(g);
    scene_close(&s);
}

static bool
has_past(const struct snapshot *s)
{
    const struct answer *a = snapshot_answer(s, "past");

    return has_groups(s) && a != NULL && a->got_ms != 0;
}

static bool
is_failing(const struct snapshot *s)
{
    return s->state == SOURCE_FAILING;
}

static void
a_stream_that_breaks_off_is_looked_into(void **state)
{
    static const struct rule rules[] = { { GROUPS, ONE_NAME }, { NULL, NULL } };
    uint64_t end = mono_ns() + DEADLINE_NS;
    struct snapshot *snapshot;
    struct gather *g;
    struct scene s;

    (void)state;
    scene_open(&s, rules);
    want_groups(&s);
    ask_list_add(s.asks, &(struct ask){ .key = "past", /* nothing new comes there: asked once */
                                        .kind = ASK_LOG_GROUPS,
                                        .range = { .span_ms = 1, .to_ms = 1 } });
    g = gather_new(&s.options);
    gather_want(g, s.asks);
    snapshot_unref(run_until(g, has_past));
    while (responder_streams(s.responder) == 0 && mono_ns() < end)
        gather_run(g, 50);
    gather_run(g, 50);
    responder_free(s.responder);
    snapshot = run_until(g, is_failing);
    assert_int_equal(snapshot->vouched_ms, 0);
    assert_int_equal(answer_in(snapshot, "groups")->group_count, 1);
    assert_null(answer_in(snapshot, "past")->failure);
    snapshot_unref(snapshot);
    gather_free(g);
    s.responder = responder_new(rules);
    scene_close(&s);
}

static void
what_is_not_wanted_is_not_asked(void **state)
{
    static const struct rule rules[] = { { GROUPS, ONE_NAME }, { NULL, NULL } };
    struct ask_list *nothing = ask_list_new();
    struct snapshot *snapshot;
    struct gather *g;
    struct scene s;
    size_t asked;
    uint64_t end;

    (void)state;
    scene_open(&s, rules);
    s.options.listens = false;
    want_groups(&s);
    g = gather_new(&s.options);
    gather_want(g, s.asks);
    snapshot_unref(run_until(g, has_groups));
    gather_want(g, nothing);
    asked = responder_count(s.responder, GROUPS);
    end = mono_ns() + 200 * 1000000ULL; /* longer than its pace */
    while (mono_ns() < end)
        gather_run(g, 20);
    assert_int_equal(responder_count(s.responder, GROUPS), asked);
    snapshot = gather_snapshot(g);
    assert_true(has_groups(snapshot)); /* going back shows what was there */
    snapshot_unref(snapshot);
    ask_list_free(nothing);
    gather_free(g);
    scene_close(&s);
}

/* A view of two steps: the second ask follows from the first answer. */
static void
stepping_ask(struct ask_list *asks, const struct view_query *q)
{
    ask_list_add(
        asks,
        &(struct ask){ .key = "groups", .kind = ASK_LOG_GROUPS, .range = { .span_ms = 3600000 } });
    if (snapshot_answer(q->snapshot, "groups") != NULL &&
        snapshot_answer(q->snapshot, "groups")->group_count > 0)
        ask_list_add(asks, &(struct ask){ .key = "events",
                                          .kind = ASK_LOG_EVENTS,
                                          .range = { .span_ms = 3600000 },
                                          .group = "/a",
                                          .limit = 5 });
}

static const struct view stepping = { .name = "stepping", .ask = stepping_ask };

static void
one_look_follows_the_asks(void **state)
{
    static const struct rule rules[] = { { GROUPS, ONE_NAME },
                                         { EVENTS, "{\"events\":[]}" },
                                         { NULL, NULL } };
    struct view_query q = { .key = "", .cursor = "", .filter = "", .steps = 20 };
    struct snapshot *snapshot = NULL;
    struct err err;
    struct scene s;

    (void)state;
    scene_open(&s, rules);
    s.options.listens = false;
    assert_int_equal(collect_once(&snapshot, &q, &s.options, &stepping, 10000, &err), OK);
    assert_non_null(snapshot_answer(snapshot, "events"));
    assert_int_equal(responder_count(s.responder, EVENTS), 1);
    snapshot_unref(snapshot);
    responder_set(s.responder, GROUPS, "!");
    assert_int_equal(collect_once(&snapshot, &q, &s.options, &stepping, 10000, &err), E_IO);
    assert_non_null(strstr(err.text, "closed the connection"));
    snapshot_unref(snapshot);
    responder_set(s.responder, GROUPS, "{\"wrong\":1}"); /* it answers, but nothing of use */
    assert_int_equal(collect_once(&snapshot, &q, &s.options, &stepping, 10000, &err), E_IO);
    assert_non_null(strstr(err.text, "without logGroups"));
    snapshot_unref(snapshot);
    scene_close(&s);
}

static void
the_thread_hands_snapshots_over(void **state)
{
    static const struct rule rules[] = { { GROUPS, ONE_NAME }, { NULL, NULL } };
    struct collector *collector = NULL;
    struct snapshot *newest = NULL;
    struct err err;
    struct scene s;
    struct feed feed;
    uint64_t end = mono_ns() + DEADLINE_NS;

    (void)state;
    scene_open(&s, rules);
    want_groups(&s);
    assert_int_equal(collector_start(&collector, &s.options, &err), OK);
    feed = collector_feed(collector);
    feed.want(feed.ctx, s.asks);
    while ((newest == NULL || !has_groups(newest)) && mono_ns() < end) {
        struct pollfd p = { .fd = feed.fd, .events = POLLIN };
        struct snapshot *taken;

        assert_true(poll(&p, 1, 20000) >= 0);
        taken = feed.take(feed.ctx);
        if (taken != NULL) {
            snapshot_unref(newest);
            newest = taken;
        }
    }
    assert_true(newest != NULL && has_groups(newest));
    assert_int_equal(feed.hurry(feed.ctx), 0);
    collector_stop(collector); /* with a request on its way, perhaps */
    assert_true(has_groups(newest));
    snapshot_unref(newest);
    scene_close(&s);
}

/* --- an account --- */

/* An environment of its own, so that nothing of this machine's counts. */
struct account {
    struct scene scene;
    char dir[64];
    char credentials[96];
};

static const char *
account_variable(void *arg, const char *name)
{
    const struct account *a = arg;

    if (strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
        return a->credentials;
    if (strcmp(name, "AWS_EC2_METADATA_DISABLED") == 0)
        return "true";
    return strcmp(name, "AWS_CONFIG_FILE") == 0 ? "/dev/null" : NULL;
}

static void
account_open(struct account *a, const struct rule *rules)
{
    struct aws_environment env = { .get = account_variable, .arg = a };
    struct aws_target_options options = { .region = "eu-west-1" };
    struct err err;

    strcpy(a->dir, "/tmp/obsview-home-XXXXXX");
    assert_non_null(mkdtemp(a->dir));
    snprintf(a->credentials, sizeof a->credentials, "%s/credentials", a->dir);
    scene_open(&a->scene, rules);
    aws_target_fini(&a->scene.target);
    options.endpoint_url = responder_url(a->scene.responder);
    assert_int_equal(aws_target_resolve(&a->scene.target, &options, &env, &err), OK);
    want_groups(&a->scene);
}

static void
account_sign_in(struct account *a)
{
    FILE *f = fopen(a->credentials, "w");

    assert_non_null(f);
    assert_true(fputs("[default]\naws_access_key_id = AKID\naws_secret_access_key = s\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void
account_close(struct account *a)
{
    scene_close(&a->scene);
    unlink(a->credentials);
    assert_int_equal(rmdir(a->dir), 0);
}

static bool
has_groups_and_account(const struct snapshot *s)
{
    return has_groups(s) && strcmp(s->source, "123456789012 eu-west-1") == 0;
}

/* The retry of an account's panel is minutes away by then; the file that appears is not. */
static void
a_login_made_elsewhere_brings_the_panels_back(void **state)
{
    static const struct rule rules[] = {
        { "Action=GetCallerIdentity", "<Account>123456789012</Account>" },
        { GROUPS, ONE_NAME },
        { NULL, NULL },
    };
    struct account a;
    struct snapshot *snapshot;
    struct gather *g;

    (void)state;
    account_open(&a, rules);
    g = gather_new(&a.scene.options);
    gather_want(g, a.scene.asks);
    snapshot = run_until(g, has_failed_groups);
    assert_int_equal(snapshot->state, SOURCE_FAILING);
    assert_non_null(strstr(answer_in(snapshot, "groups")->failure, "no AWS credentials"));
    snapshot_unref(snapshot);
    account_sign_in(&a);
    snapshot_unref(run_until(g, has_groups_and_account));
    gather_free(g);
    account_close(&a);
}

static bool
has_failed_groups_alone(const struct snapshot *s)
{
    const struct answer *events = snapshot_answer(s, "events");

    return has_failed_groups(s) && events != NULL && events->got_ms != 0;
}

static void
a_missing_permission_is_one_panels_matter(void **state)
{
    static const struct rule rules[] = {
        { GROUPS, "!400{\"__type\":\"AccessDeniedException\",\"message\":\"not you\"}" },
        { EVENTS, "{\"events\":[]}" },
        { NULL, NULL },
    };
    struct account a;
    struct snapshot *snapshot;
    struct gather *g;

    (void)state;
    account_open(&a, rules);
    account_sign_in(&a);
    g = gather_new(&a.scene.options);
    want_events(&a.scene, 0);
    gather_want(g, a.scene.asks);
    snapshot = run_until(g, has_failed_groups_alone);
    assert_int_equal(snapshot->state, SOURCE_LIVE);
    assert_string_equal(answer_in(snapshot, "groups")->failure,
                        "access denied: CloudWatch Logs DescribeLogGroups (not you)");
    snapshot_unref(snapshot);
    gather_free(g);
    account_close(&a);
}

static bool
has_failed_both(const struct snapshot *s)
{
    const struct answer *events = snapshot_answer(s, "events");

    return has_failed_groups(s) && events != NULL && events->failure != NULL;
}

static void
a_server_that_refuses_everything_is_failing(void **state)
{
    static const struct rule rules[] = {
        { GROUPS, "!404<html>" },
        { EVENTS, "!404<html>" },
        { NULL, NULL },
    };
    struct account a;
    struct snapshot *snapshot;
    struct gather *g;

    (void)state;
    account_open(&a, rules);
    account_sign_in(&a);
    g = gather_new(&a.scene.options);
    want_events(&a.scene, 0);
    gather_want(g, a.scene.asks);
    snapshot = run_until(g, has_failed_both);
    assert_int_equal(snapshot->state, SOURCE_FAILING);
    assert_non_null(strstr(snapshot->failure, "404"));
    snapshot_unref(snapshot);
    gather_free(g);
    account_close(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ask_is_answered),
        cmocka_unit_test(a_failure_keeps_what_was_known_and_passes),
        cmocka_unit_test(nobody_there_is_a_sentence_with_a_way_out),
        cmocka_unit_test(lines_come_once_and_the_newest_stay),
        cmocka_unit_test(a_change_is_seen_at_once_and_silence_is_trusted),
        cmocka_unit_test(a_stream_that_breaks_off_is_looked_into),
        cmocka_unit_test(what_is_not_wanted_is_not_asked),
        cmocka_unit_test(one_look_follows_the_asks),
        cmocka_unit_test(the_thread_hands_snapshots_over),
        cmocka_unit_test(a_login_made_elsewhere_brings_the_panels_back),
        cmocka_unit_test(a_missing_permission_is_one_panels_matter),
        cmocka_unit_test(a_server_that_refuses_everything_is_failing),
    };

    return cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
