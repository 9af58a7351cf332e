/* test_net.c - the client's transport against a server that misbehaves on purpose.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws/net.h"
#include "base/clock.h"
#include "peer.h"

#define DEADLINE_S 20

struct outcome {
    bool is_done;
    int status;
    int attempts;
    int64_t date_ms;
    char body[256];
    struct err err;
    size_t streamed;
    int prepared;
};

static void
on_done(void *arg, const struct net_answer *answer)
{
    struct outcome *out = arg;

    assert_false(out->is_done);
    out->is_done = true;
    out->status = answer->status;
    out->attempts = answer->attempts;
    out->date_ms = answer->date_ms;
    out->err = answer->err;
    snprintf(out->body, sizeof out->body, "%s", answer->body->data);
}

static void
run_until_done(struct net *net, const struct outcome *out)
{
    uint64_t end = mono_ns() + DEADLINE_S * 1000000000ULL;

    while (!out->is_done && mono_ns() < end)
        net_run(net, 1000);
    assert_true(out->is_done);
}

static void
on_prepare(void *arg, struct net_call *call)
{
    struct outcome *out = arg;
    char attempt[16];

    snprintf(attempt, sizeof attempt, "%d", ++out->prepared);
    net_call_header(call, "X-Attempt", attempt);
}

static struct net_request
get(const char *url, struct outcome *out)
{
    return (struct net_request){ .method = "GET",
                                 .url = url,
                                 .answer_max = 100,
                                 .timeout_ms = 10000,
                                 .max_attempts = 1,
                                 .done = on_done,
                                 .arg = out };
}

static void
two_requests_share_a_connection(void **state)
{
    static const char *const script[] = { "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 01:02:03 GMT"
                                          "\r\nContent-Length: 5\r\n\r\nhello",
                                          "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", NULL };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome first = { 0 }, second = { 0 };
    struct net_request rq = get(peer_url(peer), &first);

    (void)state;
    net_start(net, &rq);
    run_until_done(net, &first);
    assert_int_equal(first.status, 200);
    assert_string_equal(first.body, "hello");
    assert_int_equal(first.date_ms, 1795482123000);
    rq.method = "POST";
    rq.body = "{}";
    rq.body_len = 2;
    rq.arg = &second;
    net_start(net, &rq);
    run_until_done(net, &second);
    assert_int_equal(second.status, 404);
    assert_int_equal(second.attempts, 1);
    assert_int_equal(peer_connections(peer), 1);
    assert_int_equal(net_requests_sent(net), 2);
    assert_non_null(strstr(peer_request(peer, 1), "\r\n\r\n{}"));
    net_free(net);
    peer_free(peer);
}

static void
a_busy_server_is_asked_again_with_fresh_headers(void **state)
{
    static const char *const script[] = { "HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy",
                                          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome out = { 0 };
    struct net_request rq = get(peer_url(peer), &out);

    (void)state;
    rq.max_attempts = 3;
    rq.prepare = on_prepare;
    net_start(net, &rq);
    run_until_done(net, &out);
    assert_int_equal(out.status, 200);
    assert_string_equal(out.body, "ok");
    assert_int_equal(out.attempts, 2);
    assert_non_null(strstr(peer_request(peer, 0), "X-Attempt: 1"));
    assert_non_null(strstr(peer_request(peer, 1), "X-Attempt: 2"));
    net_free(net);
    peer_free(peer);
}

static void
attempts_end(void **state)
{
    static const char busy[] = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    static const char *const script[] = { busy, busy, busy, NULL };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome out = { 0 };
    struct net_request rq = get(peer_url(peer), &out);

    (void)state;
    rq.max_attempts = 2;
    net_start(net, &rq);
    run_until_done(net, &out);
    assert_int_equal(out.status, 503);
    assert_int_equal(net_requests_sent(net), 2);
    net_free(net);
    peer_free(peer);
}

static void
nobody_listening_is_a_sentence(void **state)
{
    static const char *const script[] = { NULL };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome out = { 0 };
    struct net_request rq;
    char url[64], expected[96];

    (void)state;
    snprintf(url, sizeof url, "%s", peer_url(peer));
    peer_free(peer);
    rq = get(url, &out);
    net_start(net, &rq);
    run_until_done(net, &out);
    snprintf(expected, sizeof expected, "cannot reach %s: connection refused", url + 7);
    assert_int_equal(out.status, 0);
    assert_int_equal(out.err.code, E_IO);
    assert_string_equal(out.err.text, expected);
    net_free(net);
}

struct bad_answer {
    const char *script[2];
    enum status code;
    const char *part;
};

static const struct bad_answer bad_answers[] = {
    { { "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf\r\nX" }, E_IO, "closed the connection" },
    { { "220 ftp ready\r\n" }, E_INVALID, "does not answer in HTTP" },
    { { "" }, E_IO, "closed the connection" },
    { { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab" },
      E_IO,
      "closed the connection" },
    { { "HTTP/1.1 200 OK\r\n\r\n"
        "0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789" },
      E_LIMIT,
      "larger than 100 bytes" },
    { { "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n" }, OK, "" },
};

static void
broken_answers_are_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_answers / sizeof bad_answers[0]; i++) {
        const struct bad_answer *c = &bad_answers[i];
        struct peer *peer = peer_new(c->script);
        struct net *net = net_new();
        struct outcome out = { 0 };
        struct net_request rq = get(peer_url(peer), &out);

        print_message("%.40s\n", c->script[0]);
        net_start(net, &rq);
        run_until_done(net, &out);
        assert_int_equal(out.err.code, c->code);
        if (c->code != OK)
            assert_int_equal(out.status, 0);
        assert_non_null(strstr(out.err.text, c->part));
        net_free(net);
        peer_free(peer);
    }
}

static bool
on_bytes(void *arg, const char *bytes, size_t len)
{
    struct outcome *out = arg;

    (void)bytes;
    out->streamed += len;
    return true;
}

static void
a_stream_is_handed_over_as_it_comes(void **state)
{
    static const char *const script[] = {
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\ndata: 2\n\n", NULL
    };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome out = { 0 };
    struct net_request rq = get(peer_url(peer), &out);

    (void)state;
    rq.on_bytes = on_bytes;
    rq.timeout_ms = 0;
    rq.answer_max = 0;
    net_start(net, &rq);
    run_until_done(net, &out);
    assert_int_equal(out.streamed, 18);
    assert_string_equal(out.body, "");
    net_free(net);
    peer_free(peer);
}

static void
nobody_waits_for_the_cancelled(void **state)
{
    static const char *const script[] = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", NULL };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome out = { 0 };
    struct net_request rq = get(peer_url(peer), &out);
    uint64_t began = mono_ns();

    (void)state;
    net_cancel(net_start(net, &rq));
    net_finish(net, 3000);
    assert_true(mono_ns() - began < UINT64_C(1000000000));
    net_free(net);
    peer_free(peer);
}

static void
a_cancelled_call_says_nothing(void **state)
{
    static const char *const script[] = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                                          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NULL };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome dropped = { 0 }, kept = { 0 };
    struct net_request rq = get(peer_url(peer), &dropped);

    (void)state;
    net_cancel(net_start(net, &rq));
    rq.arg = &kept;
    net_start(net, &rq);
    run_until_done(net, &kept);
    assert_false(dropped.is_done);
    net_start(net, &rq); /* left under way: net_free() drops it */
    net_free(net);
    peer_free(peer);
}

static enum net_verdict
on_judge(void *arg, const struct net_answer *answer)
{
    struct outcome *out = arg;

    out->prepared += 100;
    return answer->status == 503 ? NET_FINAL : answer->status == 418 ? NET_AGAIN : NET_AS_USUAL;
}

static void
a_judge_may_say_more_than_the_status(void **state)
{
    static const struct {
        const char *script[3];
        int status, attempts;
    } cases[] = {
        { { "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", NULL }, 503, 1 },
        { { "HTTP/1.1 418 X\r\nx-amz-retry-after: 5\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n", NULL },
          404,
          2 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct peer *peer = peer_new(cases[i].script);
        struct net *net = net_new();
        struct outcome out = { 0 };
        struct net_request rq = get(peer_url(peer), &out);

        rq.max_attempts = 3;
        rq.judge = on_judge;
        net_start(net, &rq);
        run_until_done(net, &out);
        assert_int_equal(out.status, cases[i].status);
        assert_int_equal(out.attempts, cases[i].attempts);
        net_free(net);
        peer_free(peer);
    }
}

static void
the_servers_wish_is_the_pause(void **state)
{
    static const struct {
        const char *name, *first;
        int least_ms, most_ms;
    } cases[] = {
        { "x-amz-retry-after",
          "HTTP/1.1 503 X\r\nx-amz-retry-after: 300\r\nContent-Length: 0\r\n\r\n", 300, 900 },
        { "at once, before Retry-After",
          "HTTP/1.1 503 X\r\nx-amz-retry-after: 0\r\nRetry-After: 9\r\nContent-Length: 0"
          "\r\n\r\n",
          0, 250 },
        { "Retry-After", "HTTP/1.1 429 X\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n", 1000,
          1600 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const script[] = { cases[i].first,
                                       "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", NULL };
        struct peer *peer = peer_new(script);
        struct net *net = net_new();
        struct outcome out = { 0 };
        struct net_request rq = get(peer_url(peer), &out);
        uint64_t began = mono_ns();
        int64_t took_ms;

        print_message("%s\n", cases[i].name);
        rq.max_attempts = 2;
        net_start(net, &rq);
        run_until_done(net, &out);
        took_ms = (int64_t)(mono_ns() - began) / 1000000;
        assert_int_equal(out.status, 200);
        assert_in_range(took_ms, cases[i].least_ms, cases[i].most_ms + 2000);
        net_free(net);
        peer_free(peer);
    }
}

/* 500 tokens, five for each further attempt: after a hundred there are no further attempts. */
static void
a_failing_server_empties_the_bucket(void **state)
{
    static const char busy[] =
        "HTTP/1.1 503 X\r\nx-amz-retry-after: 0\r\nContent-Length: 0\r\n\r\n";
    const char *script[160];
    struct peer *peer;
    struct net *net = net_new();
    unsigned attempts = 0;

    (void)state;
    for (size_t i = 0; i + 1 < sizeof script / sizeof script[0]; i++)
        script[i] = busy;
    script[sizeof script / sizeof script[0] - 1] = NULL;
    peer = peer_new(script);
    for (int i = 0; i < 15; i++) {
        struct outcome out = { 0 };
        struct net_request rq = get(peer_url(peer), &out);

        rq.max_attempts = 10;
        net_start(net, &rq);
        run_until_done(net, &out);
        attempts += (unsigned)out.attempts;
    }
    assert_int_equal(attempts, 15 + 100);
    net_free(net);
    peer_free(peer);
}

static void
on_waited(void *arg, bool is_ready)
{
    *(int *)arg = is_ready ? 1 : 2;
}

static void
waits_end_by_time_or_by_what_is_readable(void **state)
{
    struct net *net = net_new();
    int fds[2], by_time = 0, by_bytes = 0, by_end = 0, cancelled = 0;
    char byte;
    uint64_t end = mono_ns() + DEADLINE_S * 1000000000ULL;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    net_wait(net, -1, 20, on_waited, &by_time);
    net_wait(net, fds[0], 60000, on_waited, &by_bytes);
    net_wait_cancel(net_wait(net, fds[0], 0, on_waited, &cancelled));
    assert_int_equal(write(fds[1], "x", 1), 1);
    while ((by_time == 0 || by_bytes == 0) && mono_ns() < end)
        net_run(net, 1000);
    assert_int_equal(by_time, 2);
    assert_int_equal(by_bytes, 1);
    assert_int_equal(cancelled, 0);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    net_wait(net, fds[0], 60000, on_waited, &by_end);
    close(fds[1]); /* the end of a pipe is something to read, too */
    while (by_end == 0 && mono_ns() < end)
        net_run(net, 1000);
    assert_int_equal(by_end, 1);
    close(fds[0]);
    net_free(net);
}

static void
clocks_are_remembered_by_host(void **state)
{
    struct net *net = net_new();

    (void)state;
    net_learn_clock(net, "https://a.example/path?x", 600000);
    net_learn_clock(net, "https://b.example", -5000);
    net_learn_clock(net, "https://a.example", 700000);
    assert_int_equal(net_clock_off_ms(net, "https://a.example/other"), 700000);
    assert_int_equal(net_clock_off_ms(net, "https://b.example"), -5000);
    assert_int_equal(net_clock_off_ms(net, "https://c.example"), 0);
    net_free(net);
}

/* Byte by byte for ever: given up when the time for the whole is over. */
static void
an_answer_that_drips_is_given_up(void **state)
{
    static const char *const script[] = {
        "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nbut no more than this", "never sent", NULL
    };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome out = { 0 };
    struct net_request rq = get(peer_url(peer), &out);

    (void)state;
    rq.timeout_ms = 300;
    net_start(net, &rq);
    run_until_done(net, &out);
    assert_int_equal(out.status, 0);
    assert_non_null(strstr(out.err.text, "no answer from"));
    net_free(net);
    peer_free(peer);
}

/* What people set for curl and the AWS CLI. Addresses that only this machine has go past it. */
static void
a_proxy_is_used_but_for_what_is_near(void **state)
{
    static const char *const script[] = { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy",
                                          NULL };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome far = { 0 }, near = { 0 };
    struct net_request rq = get("http://monitoring.example/", &far);

    (void)state;
    setenv("http_proxy", peer_url(peer), 1);
    net_start(net, &rq);
    run_until_done(net, &far);
    assert_string_equal(far.body, "proxy");
    assert_non_null(strstr(peer_request(peer, 0), "GET http://monitoring.example/ HTTP/1.1"));
    rq = get("http://127.0.0.1:1/", &near);
    rq.is_direct = true;
    net_start(net, &rq);
    run_until_done(net, &near);
    assert_string_equal(near.err.text, "cannot reach 127.0.0.1:1: connection refused");
    unsetenv("http_proxy");
    net_free(net);
    peer_free(peer);
}

static void
certificates_that_cannot_be_read_are_a_sentence(void **state)
{
    static const char *const script[] = { NULL };
    struct peer *peer = peer_new(script);
    struct net *net = net_new();
    struct outcome out = { 0 };
    struct net_request rq;
    char url[64];

    (void)state;
    snprintf(url, sizeof url, "https%s", peer_url(peer) + 4);
    rq = get(url, &out);
    net_set_ca_bundle(net, "/nowhere/ca.pem");
    net_start(net, &rq);
    run_until_done(net, &out);
    assert_string_equal(out.err.text,
                        "cannot read the certificates of AWS_CA_BUNDLE: /nowhere/ca.pem");
    net_free(net);
    peer_free(peer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_requests_share_a_connection),
        cmocka_unit_test(a_busy_server_is_asked_again_with_fresh_headers),
        cmocka_unit_test(attempts_end),
        cmocka_unit_test(nobody_listening_is_a_sentence),
        cmocka_unit_test(broken_answers_are_sentences),
        cmocka_unit_test(a_stream_is_handed_over_as_it_comes),
        cmocka_unit_test(nobody_waits_for_the_cancelled),
        cmocka_unit_test(a_cancelled_call_says_nothing),
        cmocka_unit_test(a_judge_may_say_more_than_the_status),
        cmocka_unit_test(the_servers_wish_is_the_pause),
        cmocka_unit_test(a_failing_server_empties_the_bucket),
        cmocka_unit_test(waits_end_by_time_or_by_what_is_readable),
        cmocka_unit_test(clocks_are_remembered_by_host),
        cmocka_unit_test(an_answer_that_drips_is_given_up),
        cmocka_unit_test(a_proxy_is_used_but_for_what_is_near),
        cmocka_unit_test(certificates_that_cannot_be_read_are_a_sentence),
    };

    return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
