/* test_umami.c - whom Umami's client asks, its session, and what it makes of answers.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/libcurl.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "responder.h"
#include "umami/client.h"

#include <math.h>
#include <unistd.h>

#define DEADLINE_NS (20 * 1000000000ULL)
#define DAY_MS      INT64_C(86400000)
#define FROM_MS     INT64_C(1795132800000) /* 2026-11-20T00:00:00Z */

/* --- readers --- */

struct reading {
    struct arena *arena;
    struct umami_answer answer;
    struct err err;
    enum status status;
};

static struct reading
read_as(enum umami_topic topic, enum umami_dialect dialect, const char *text)
{
    const struct umami_question question = { .topic = topic,
                                             .website = "w",
                                             .type = "path",
                                             .from_ms = FROM_MS,
                                             .to_ms = FROM_MS + DAY_MS };
    struct reading r = { .arena = arena_new() };
    cJSON *json = NULL;

    assert_int_equal(json_parse(&json, text, strlen(text), &r.err), OK);
    r.status = umami_answer_read(&r.answer, r.arena, &question, dialect, json, &r.err);
    cJSON_Delete(json);
    return r;
}

static void
each_generation_of_stats_is_read_alike(void **state)
{
    static const struct {
        const char *name, *text;
        enum umami_dialect shows;
        double before;
    } cases[] = {
        { "3.1",
          "{\"pageviews\":40,\"visitors\":29,\"visits\":30,\"bounces\":26,\"totaltime\":181,"
          "\"comparison\":{\"pageviews\":8,\"visitors\":1,\"visits\":1,\"bounces\":0,"
          "\"totaltime\":0}}",
          UMAMI_V3, 8 },
        { "2.20",
          "{\"pageviews\":{\"value\":40,\"prev\":8},\"visitors\":{\"value\":29,\"prev\":1},"
          "\"visits\":{\"value\":30,\"prev\":1},\"bounces\":{\"value\":26,\"prev\":0},"
          "\"totaltime\":{\"value\":181,\"prev\":0}}",
          UMAMI_V2, 8 },
        { "2.11",
          "{\"pageviews\":{\"value\":40,\"change\":32},\"visitors\":{\"value\":29,\"change\":-3},"
          "\"visits\":{\"value\":30,\"change\":0},\"bounces\":{\"value\":26,\"change\":0},"
          "\"totaltime\":{\"value\":181,\"change\":0}}",
          UMAMI_V2, 8 },
        { "sums as texts",
          "{\"pageviews\":\"40\",\"visitors\":\"29\",\"visits\":\"30\",\"bounces\":\"26\","
          "\"totaltime\":\"181\"}",
          UMAMI_UNKNOWN, (double)NAN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r = read_as(UMAMI_STATS, UMAMI_UNKNOWN, cases[i].text);

        if (r.status != OK || r.answer.now[UMAMI_VIEWS] != 40 ||
            r.answer.now[UMAMI_SECONDS] != 181 || r.answer.dialect != cases[i].shows)
            fail_msg("%s: %s", cases[i].name, r.err.text);
        if (isnan(cases[i].before))
            assert_true(isnan(r.answer.before[UMAMI_VIEWS]));
        else
            assert_true(r.answer.before[UMAMI_VIEWS] == cases[i].before);
        arena_free(r.arena);
    }
}

static void
what_is_no_answer_is_named(void **state)
{
    static const struct {
        enum umami_topic topic;
        const char *text, *sentence;
    } cases[] = {
        { UMAMI_WEBSITES, "null", "websites: an answer without data" },
        { UMAMI_WEBSITES, "{\"data\":[{\"name\":\"x\"}]}", "websites: one without an id" },
        { UMAMI_ACTIVE, "{\"visitors\":-1}", "active: an answer without visitors" },
        { UMAMI_ACTIVE, "{\"visitors\":1e300}", "active: an answer without visitors" },
        { UMAMI_STATS, "{\"pageviews\":\"4x\"}", "stats: pageviews is no number" },
        { UMAMI_PAGEVIEWS, "{\"pageviews\":[]}", "pageviews: an answer without" },
        { UMAMI_PAGEVIEWS, "{\"sessions\":[],\"pageviews\":[{\"x\":\"soon\",\"y\":1}]}",
          "pageviews: a point that is no time and number" },
        { UMAMI_METRICS, "{}", "metrics: the answer is no list" },
        { UMAMI_METRICS, "[{\"x\":7,\"y\":1}]", "metrics: a row that is no name and number" },
        { UMAMI_REALTIME, "{\"events\":[{\"createdAt\":5}]}", "realtime: createdAt is no time" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading r = read_as(cases[i].topic, UMAMI_V2, cases[i].text);

        assert_int_equal(r.status, E_INVALID);
        if (strstr(r.err.text, cases[i].sentence) != r.err.text)
            fail_msg("\"%s\" instead of \"%s\"", r.err.text, cases[i].sentence);
        arena_free(r.arena);
    }
}

static void
older_forms_of_active_are_understood(void **state)
{
    static const char *const forms[] = { "{\"visitors\":3}", "{\"x\":3}", "[{\"x\":3}]",
                                         "{\"visitors\":\"3\"}" };

    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct reading r = read_as(UMAMI_ACTIVE, UMAMI_V2, forms[i]);

        assert_int_equal(r.status, OK);
        assert_true(r.answer.active == 3);
        arena_free(r.arena);
    }
}

static void
rows_are_told_apart_and_sorted(void **state)
{
    struct reading r =
        read_as(UMAMI_METRICS, UMAMI_V2,
                "[{\"x\":\"en\",\"y\":1},{\"x\":null,\"y\":2},{\"x\":\"de\",\"y\":3},"
                "{\"x\":\"en\",\"y\":4},{\"x\":\"\",\"y\":2}]");

    (void)state;
    assert_int_equal(r.status, OK);
    assert_int_equal(r.answer.row_count, 3);
    assert_string_equal(r.answer.rows[0].name, "en"); /* 1 and 4 are one row */
    assert_true(r.answer.rows[0].count == 5);
    assert_null(r.answer.rows[1].name);
    assert_true(r.answer.rows[1].count == 4);
    arena_free(r.arena);
}

static void
buckets_join_views_and_sessions(void **state)
{
    struct reading r = read_as(UMAMI_PAGEVIEWS, UMAMI_V3,
                               "{\"pageviews\":[{\"x\":\"2026-11-20 10:00:00\",\"y\":6},"
                               "{\"x\":\"2026-11-20 09:00:00\",\"y\":2}],"
                               "\"sessions\":[{\"x\":\"2026-11-20T10:00:00Z\",\"y\":\"3\"}]}");

    (void)state;
    assert_int_equal(r.status, OK);
    assert_int_equal(r.answer.bucket_count, 2);
    assert_int_equal(r.answer.step_ms, 3600000);
    assert_true(r.answer.buckets[1].at_ms == FROM_MS + 10 * 3600000);
    assert_true(r.answer.buckets[1].views == 6 && r.answer.buckets[1].sessions == 3);
    arena_free(r.arena);
}

static void
a_session_of_realtime_is_no_hit(void **state)
{
    struct reading r = read_as(UMAMI_REALTIME, UMAMI_V3,
                               "{\"events\":[{\"__type\":\"session\",\"createdAt\":\"x\"},"
                               "{\"__type\":\"pageview\",\"urlPath\":\"/a\",\"createdAt\":"
                               "\"2026-11-20T10:00:00.000Z\"},"
                               "{\"__type\":\"event\",\"eventName\":\"buy\",\"createdAt\":"
                               "\"2026-11-20T10:00:01.000Z\"},7]}");

    (void)state;
    assert_int_equal(r.status, OK);
    assert_int_equal(r.answer.hit_count, 2);
    assert_string_equal(r.answer.hits[0].name, "buy");
    assert_string_equal(r.answer.hits[1].path, "/a");
    arena_free(r.arena);
}

/* --- questions --- */

static void
questions_are_put_in_the_words_of_the_server(void **state)
{
    static const struct {
        struct umami_question question;
        enum umami_dialect dialect;
        bool is_cloud;
        const char *path;
    } cases[] = {
        { { .topic = UMAMI_WEBSITES }, UMAMI_V2, false, "/api/websites?pageSize=200" },
        { { .topic = UMAMI_WEBSITES }, UMAMI_V3, true, "/websites?pageSize=200&includeTeams=true" },
        { { .topic = UMAMI_ACTIVE, .website = "a/../b?c" },
          UMAMI_V2,
          false,
          "/api/websites/a%2F..%2Fb%3Fc/active" },
        { { .topic = UMAMI_METRICS, .website = "w", .type = "path", .from_ms = 5, .to_ms = 9 },
          UMAMI_V2,
          false,
          "/api/websites/w/metrics?startAt=5&endAt=9&type=url&limit=50" },
        { { .topic = UMAMI_METRICS, .website = "w", .type = "path", .from_ms = 5, .to_ms = 9 },
          UMAMI_V3,
          false,
          "/api/websites/w/metrics?startAt=5&endAt=9&type=path&limit=50" },
        { { .topic = UMAMI_PAGEVIEWS, .website = "w", .from_ms = 61000, .to_ms = 3661000 },
          UMAMI_V2,
          false,
          "/api/websites/w/pageviews?startAt=60000&endAt=3661000&unit=minute&timezone=UTC" },
        { { .topic = UMAMI_PAGEVIEWS, .website = "w", .from_ms = 1, .to_ms = 7 * DAY_MS },
          UMAMI_V2,
          false,
          "/api/websites/w/pageviews?startAt=0&endAt=604800000&unit=day&timezone=UTC" },
        { { .topic = UMAMI_PAGEVIEWS, .website = "w", .from_ms = 1, .to_ms = 7 * DAY_MS },
          UMAMI_V3,
          false,
          "/api/websites/w/pageviews?startAt=0&endAt=604800000&unit=hour&timezone=UTC" },
    };
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        buf_clear(&b);
        umami_question_print(&b, &cases[i].question, cases[i].dialect, cases[i].is_cloud);
        assert_string_equal(b.data, cases[i].path);
    }
    buf_fini(&b);
}

/* --- whom to ask --- */

static const char *
key_variable(const char *name)
{
    return strcmp(name, "UMAMI_API_KEY") == 0 ? "umami_key" : NULL;
}

static const char *
login_variables(const char *name)
{
    if (strcmp(name, "UMAMI_USERNAME") == 0)
        return "viewer";
    return strcmp(name, "UMAMI_PASSWORD") == 0 ? "secret" : NULL;
}

static void
addresses_are_taken_or_refused(void **state)
{
    static const struct {
        const char *url;
        bool is_good, is_cloud;
    } cases[] = {
        { "https://umami.example.com/", true, false },
        { "http://10.0.0.5:3000/analytics//", true, false },
        { "https://api.umami.is/v1", true, true },
        { "umami.example.com", false, false },
        { "https://", false, false },
        { "https://user:secret@umami.example.com", false, false },
        { "https://umami.example.com/?a=b", false, false },
        { "https://umami.example.com/a b", false, false },
        { "https://umami.example.com/\r\nX: y", false, false },
        { "ftp://umami.example.com", false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct umami_target t;

        umami_target_resolve(
            &t, &(struct umami_options){ .url = cases[i].url, .get_variable = key_variable });
        if ((t.url != NULL) != cases[i].is_good || t.is_cloud != cases[i].is_cloud)
            fail_msg("%s: %s", cases[i].url, t.err.text);
        if (t.url != NULL)
            assert_int_not_equal(t.url[strlen(t.url) - 1], '/');
        else
            assert_null(strstr(t.err.text, "secret"));
        umami_target_fini(&t);
    }
}

static void
secrets_go_to_the_named_server_alone(void **state)
{
    struct umami_options options = { .emulator_url = "http://127.0.0.1:6270",
                                     .get_variable = key_variable };
    struct umami_target t;

    (void)state;
    umami_target_resolve(&t, &options);
    assert_true(t.is_emulator);
    assert_null(t.api_key); /* the variable's is for another server */
    assert_string_equal(t.user, "admin");
    umami_target_fini(&t);
    options.url = "https://umami.example.com";
    umami_target_resolve(&t, &options);
    assert_false(t.is_emulator);
    assert_string_equal(t.api_key, "umami_key");
    umami_target_fini(&t);
    options.get_variable = login_variables;
    umami_target_resolve(&t, &options);
    assert_string_equal(t.user, "viewer");
    assert_string_equal(t.password, "secret");
    umami_target_fini(&t);
    options.get_variable = NULL;
    umami_target_resolve(&t, &options);
    assert_null(t.url);
    assert_non_null(strstr(t.err.text, "umami-password-file"));
    umami_target_fini(&t);
    umami_target_resolve(&t, &(struct umami_options){ .url = NULL });
    assert_int_equal(t.err.code, E_UNSUPPORTED);
    umami_target_fini(&t);
}

static void
a_wrong_endpoint_is_named(void **state)
{
    struct umami_target t;

    (void)state;
    umami_target_resolve(&t, &(struct umami_options){ .endpoint = "http://127.0.0.1:9" });
    assert_int_equal(t.err.code, E_UNSUPPORTED);
    assert_string_equal(t.err.text, "no obsview answers at http://127.0.0.1:9, and no Umami is "
                                    "configured: umami-url names one");
    umami_target_fini(&t);
}

/* --- the session --- */

#define SITE "{\"data\":[{\"id\":\"w\",\"name\":\"Shop\"}],\"orderBy\":\"name\"}"

struct scene {
    struct responder *responder;
    struct net *net;
    struct umami_target target;
    struct umami_client *client;
    struct arena *arena;
    size_t answered, failed;
    double active;
    struct err err;
};

static void
scene_open(struct scene *s, const struct rule *rules, const char *(*variable)(const char *name))
{
    struct err err;

    *s = (struct scene){ .responder = responder_new(rules), .arena = arena_new() };
    assert_int_equal(libcurl_load(&err), OK);
    s->net = net_new();
    umami_target_resolve(&s->target, &(struct umami_options){ .url = responder_url(s->responder),
                                                              .get_variable = variable });
    s->client = umami_client_new(s->net, &s->target);
}

static void
scene_close(struct scene *s)
{
    umami_client_free(s->client);
    umami_target_fini(&s->target);
    net_free(s->net);
    responder_free(s->responder);
    arena_free(s->arena);
}

static void
on_done(void *arg, const struct umami_answer *answer, const struct err *err)
{
    struct scene *s = arg;

    s->answered += answer != NULL;
    s->failed += answer == NULL;
    if (answer != NULL && answer->topic == UMAMI_ACTIVE)
        s->active = answer->active;
    if (err != NULL)
        s->err = *err;
}

static void
ask(struct scene *s, enum umami_topic topic, const char *type)
{
    umami_ask(s->client, s->arena,
              &(struct umami_question){ .topic = topic,
                                        .website = "w",
                                        .type = type,
                                        .from_ms = FROM_MS,
                                        .to_ms = FROM_MS + DAY_MS },
              on_done, s);
}

static void
finish(struct scene *s, size_t count)
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    while (s->answered + s->failed < count && mono_ns() < end)
        net_run(s->net, 100);
    assert_int_equal(s->answered + s->failed, count);
}

static void
one_login_serves_all(void **state)
{
    static const struct rule rules[] = {
        { "/api/auth/login", "{\"token\":\"first/+=\",\"user\":{\"role\":\"admin\"}}" },
        { "/active", "{\"visitors\":3}" },
        { "/api/websites?", SITE },
        { NULL, NULL },
    };
    struct scene s;

    (void)state;
    scene_open(&s, rules, login_variables);
    ask(&s, UMAMI_WEBSITES, NULL);
    ask(&s, UMAMI_ACTIVE, NULL);
    ask(&s, UMAMI_ACTIVE, NULL);
    finish(&s, 3);
    assert_int_equal(s.answered, 3);
    assert_int_equal(responder_count(s.responder, "/api/auth/login"), 1);
    assert_int_equal(
        responder_count(s.responder, "{\"username\":\"viewer\",\"password\":\"secret\"}"), 1);
    assert_int_equal(responder_count(s.responder, "Authorization: Bearer first/+="), 3);
    assert_int_equal(umami_client_dialect(s.client), UMAMI_V2);
    assert_true(s.active == 3);
    scene_close(&s);
}

static void
a_refused_token_is_renewed_once(void **state)
{
    static const struct rule rules[] = {
        { "/api/auth/login", "{\"token\":\"old\",\"user\":{}}" },
        { "Bearer old", "!401{\"error\":\"Unauthorized\"}" },
        { "/active", "{\"visitors\":3}" },
        { "/realtime/", "!401{\"error\":\"Unauthorized\"}" },
        { NULL, NULL },
    };
    struct scene s;

    (void)state;
    scene_open(&s, rules, login_variables);
    ask(&s, UMAMI_ACTIVE, NULL);
    ask(&s, UMAMI_ACTIVE, NULL);
    while (responder_count(s.responder, "Bearer old") < 1)
        net_run(s.net, 20);
    responder_set(s.responder, "/api/auth/login", "{\"token\":\"new\",\"user\":{}}");
    finish(&s, 2);
    assert_int_equal(s.answered, 2);
    assert_int_equal(responder_count(s.responder, "/api/auth/login"), 2);
    ask(&s, UMAMI_REALTIME, NULL); /* refused with a token that is good */
    finish(&s, 3);
    assert_int_equal(s.err.code, E_AUTH);
    assert_non_null(strstr(s.err.text, "access denied"));
    assert_int_equal(responder_count(s.responder, "/api/auth/login"), 2);
    scene_close(&s);
}

static void
a_refused_login_is_not_repeated(void **state)
{
    static const struct rule rules[] = {
        { "/api/auth/login", "!401{\"error\":\"wrong secret\"}" },
        { NULL, NULL },
    };
    struct scene s;

    (void)state;
    scene_open(&s, rules, login_variables);
    ask(&s, UMAMI_ACTIVE, NULL);
    ask(&s, UMAMI_STATS, NULL);
    finish(&s, 2);
    ask(&s, UMAMI_WEBSITES, NULL);
    finish(&s, 3);
    assert_int_equal(s.failed, 3);
    assert_int_equal(s.err.code, E_AUTH);
    assert_non_null(strstr(s.err.text, "refuses the login of \"viewer\""));
    assert_null(strstr(s.err.text, "secret"));
    assert_int_equal(responder_count(s.responder, "/api/auth/login"), 1);
    scene_close(&s);
}

static void
logins_that_are_none_are_said(void **state)
{
    static const struct {
        const char *answer, *sentence;
    } cases[] = {
        { "{\"requiresTwoFactor\":true,\"partialToken\":\"t\"}", "second factor" },
        { "{\"user\":{}}", "without a token" },
        { "{\"token\":\"two\\nlines\"}", "without a token" },
        { "<html>", "does not answer in JSON" },
        { "!404<html>", "has no Umami" },
        { "!503", "status 503" },
        { "!429{}", "no more logins" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rule rules[] = { { "/api/auth/login", cases[i].answer }, { NULL, NULL } };
        struct scene s;

        scene_open(&s, rules, login_variables);
        ask(&s, UMAMI_ACTIVE, NULL);
        finish(&s, 1);
        assert_int_equal(s.failed, 1);
        if (strstr(s.err.text, cases[i].sentence) == NULL)
            fail_msg("\"%s\" instead of \"%s\"", s.err.text, cases[i].sentence);
        scene_close(&s);
    }
}

static void
the_generation_is_found_by_its_refusal(void **state)
{
    static const struct rule rules[] = {
        { "type=url", "!400{\"error\":{\"message\":\"Bad request\"}}" },
        { "type=path", "[{\"x\":\"/\",\"y\":4}]" },
        { "type=referrer", "!400{\"error\":[\"type: no\"]}" },
        { NULL, NULL },
    };
    struct scene s;

    (void)state;
    scene_open(&s, rules, key_variable);
    ask(&s, UMAMI_METRICS, "path");
    finish(&s, 1);
    assert_int_equal(s.answered, 1);
    assert_int_equal(umami_client_dialect(s.client), UMAMI_V3);
    assert_int_equal(responder_count(s.responder, "x-umami-api-key: umami_key"), 2);
    assert_int_equal(responder_count(s.responder, "Authorization"), 0);
    ask(&s, UMAMI_METRICS, "path"); /* known now */
    ask(&s, UMAMI_METRICS, "referrer");
    finish(&s, 3);
    assert_int_equal(responder_count(s.responder, "type=url"), 1);
    assert_int_equal(s.err.code, E_INVALID);
    assert_non_null(strstr(s.err.text, "metrics with status 400: type: no"));
    scene_close(&s);
}

static void
calls_may_be_dropped_at_any_time(void **state)
{
    static const struct rule rules[] = {
        { "/api/auth/login", "{\"token\":\"t\",\"user\":{}}" },
        { "/active", "~" },
        { NULL, NULL },
    };
    struct umami_call *waiting, *sent;
    struct scene s;

    (void)state;
    scene_open(&s, rules, login_variables);
    waiting =
        umami_ask(s.client, s.arena,
                  &(struct umami_question){ .topic = UMAMI_ACTIVE, .website = "w" }, on_done, &s);
    umami_cancel(waiting); /* the login goes on */
    sent =
        umami_ask(s.client, s.arena,
                  &(struct umami_question){ .topic = UMAMI_ACTIVE, .website = "w" }, on_done, &s);
    while (responder_count(s.responder, "/active") < 1)
        net_run(s.net, 20);
    umami_cancel(sent);
    ask(&s, UMAMI_ACTIVE, NULL); /* goes with the client */
    assert_int_equal(s.answered + s.failed, 0);
    scene_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_generation_of_stats_is_read_alike),
        cmocka_unit_test(what_is_no_answer_is_named),
        cmocka_unit_test(older_forms_of_active_are_understood),
        cmocka_unit_test(rows_are_told_apart_and_sorted),
        cmocka_unit_test(buckets_join_views_and_sessions),
        cmocka_unit_test(a_session_of_realtime_is_no_hit),
        cmocka_unit_test(questions_are_put_in_the_words_of_the_server),
        cmocka_unit_test(addresses_are_taken_or_refused),
        cmocka_unit_test(secrets_go_to_the_named_server_alone),
        cmocka_unit_test(a_wrong_endpoint_is_named),
        cmocka_unit_test(one_login_serves_all),
        cmocka_unit_test(a_refused_token_is_renewed_once),
        cmocka_unit_test(a_refused_login_is_not_repeated),
        cmocka_unit_test(logins_that_are_none_are_said),
        cmocka_unit_test(the_generation_is_found_by_its_refusal),
        cmocka_unit_test(calls_may_be_dropped_at_any_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
