/* test_hostile.c - endpoints that never stop talking: each ends in a sentence, in time and memory.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "aws/alarms.h"
#include "aws/insights.h"
#include "aws/lambda.h"
#include "base/clock.h"
#include "base/mem.h"

#define DEADLINE_NS (30 * 1000000000ULL)
#define HEAD        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"
#define READ_MAX    16384

/* What is said, and then again and again without an end. */
struct endless {
    const char *first;
    const char *again;
    int pause_ms; /* between two pieces */
};

struct server {
    pthread_t thread;
    int listener;
    int stop[2];
    char url[64];
    const struct endless *script;
};

/* True: something can be read, or written when `events` says so, and it is not over yet. */
static bool
wait_for(const struct server *s, int fd, short events, int wait_ms)
{
    struct pollfd fds[2] = { { .fd = fd, .events = events },
                             { .fd = s->stop[0], .events = POLLIN } };

    return poll(fds, 2, wait_ms) >= 0 && fds[1].revents == 0;
}

static void
talk(const struct server *s, int fd)
{
    char request[READ_MAX];
    const char *text = s->script->first;

    if (!wait_for(s, fd, POLLIN, -1) || read(fd, request, sizeof request) <= 0)
        return;
    while (wait_for(s, fd, POLLOUT, -1) && send(fd, text, strlen(text), MSG_NOSIGNAL) > 0) {
        text = s->script->again;
        if (s->script->pause_ms > 0 && !wait_for(s, -1, 0, s->script->pause_ms))
            return;
    }
}

static void *
serve(void *arg)
{
    struct server *s = arg;

    while (wait_for(s, s->listener, POLLIN, -1)) {
        int fd = accept(s->listener, NULL, NULL);

        if (fd < 0)
            break;
        talk(s, fd);
        close(fd);
    }
    return NULL;
}

static void
server_open(struct server *s, const struct endless *script)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;

    *s = (struct server){ .script = script };
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(s->listener >= 0 && bind(s->listener, (struct sockaddr *)&at, sizeof at) == 0);
    assert_true(listen(s->listener, 8) == 0 && pipe(s->stop) == 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&at, &len), 0);
    snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void
server_close(struct server *s)
{
    close(s->stop[1]);
    pthread_join(s->thread, NULL);
    close(s->stop[0]);
    close(s->listener);
}

struct asked {
    struct aws_target target;
    struct net *net;
    struct aws_client *client;
    struct arena *arena;
    bool is_done;
    struct err err;
};

static void
end(struct asked *a, const struct err *err)
{
    a->is_done = true;
    if (err != NULL)
        a->err = *err;
}

static void
on_alarms(void *arg, const struct alarm *alarms, size_t count, bool partial, const struct err *err)
{
    (void)alarms;
    (void)count;
    (void)partial;
    end(arg, err);
}

static void
on_functions(void *arg, const struct lambda_info *functions, size_t count, bool partial,
             const struct err *err)
{
    (void)functions;
    (void)count;
    (void)partial;
    end(arg, err);
}

static void
on_told(void *arg, const struct insights_table *table, bool is_last, int64_t cost_microusd,
        const struct err *err)
{
    (void)table;
    (void)cost_microusd;
    if (is_last)
        end(arg, err);
}

static void
start_alarms(struct asked *a)
{
    alarms_describe(a->client, a->arena, on_alarms, a);
}

static void
start_functions(struct asked *a)
{
    lambda_list(a->client, a->arena, on_functions, a);
}

static void
start_insights(struct asked *a)
{
    static const char *const groups[] = { "/a" };

    insights_start(a->client,
                   &(struct insights_query){ .groups = groups, .group_count = 1, .text = "x" },
                   on_told, a);
}

static void
ask(const struct endless *script, void (*start)(struct asked *a), const char *want)
{
    uint64_t until = mono_ns() + DEADLINE_NS;
    struct asked a = { .target = { .region = xstrdup("eu-west-1"), .max_attempts = 1 } };
    struct server s;

    server_open(&s, script);
    for (int i = 0; i < AWS_SERVICES; i++)
        a.target.urls[i] = xstrdup(s.url);
    a.target.is_emulator = true;
    aws_credentials_set(&a.target.credentials, "AKIDEXAMPLE", "secret", NULL, "environment");
    a.net = net_new();
    a.client = aws_client_new(a.net, &a.target);
    a.arena = arena_new();
    start(&a);
    while (!a.is_done && mono_ns() < until)
        net_run(a.net, 1000);
    if (!a.is_done || strstr(a.err.text, want) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", a.err.text, want);
    aws_client_free(a.client);
    net_free(a.net);
    aws_target_fini(&a.target);
    arena_free(a.arena);
    server_close(&s);
}

#define TIMES_4(text)  text text text text
#define TIMES_64(text) TIMES_4(TIMES_4(TIMES_4(text)))
#define BLANKS         TIMES_64("    ")

static void
a_body_without_an_end_is_too_large(void **state)
{
    static const struct endless blanks = { HEAD "{\"MetricAlarms\":[", BLANKS BLANKS BLANKS, 0 };
    static const struct endless alarms = { HEAD "{\"MetricAlarms\":[",
                                           TIMES_64("{\"AlarmName\":\"a\"},"), 0 };
    static const struct endless nested = { HEAD, TIMES_64("[[[[[[[["), 0 };

    (void)state;
    ask(&blanks, start_alarms, "is larger than");
    ask(&alarms, start_functions, "is larger than");
    ask(&nested, start_insights, "is larger than");
}

/* Headers, too: libcurl has its own bound for them. */
static void
a_head_without_an_end_is_no_answer(void **state)
{
    static const struct endless script = { "HTTP/1.1 200 OK\r\n", "X: " BLANKS BLANKS "x\r\n", 0 };

    (void)state;
    ask(&script, start_alarms, "127.0.0.1:");
}

static void
on_answer(void *arg, const struct net_answer *answer)
{
    end(arg, &answer->err);
}

/* An attempt has its time as a whole, however busy the line is. */
static void
a_slow_drip_is_no_answer_in_time(void **state)
{
    static const struct endless script = { HEAD "{", " ", 20 };
    struct net *net = net_new();
    struct asked a = { 0 };
    struct server s;
    uint64_t begun = mono_ns();

    (void)state;
    server_open(&s, &script);
    net_start(net, &(struct net_request){ .method = "GET",
                                          .url = s.url,
                                          .answer_max = 1000000,
                                          .timeout_ms = 300,
                                          .max_attempts = 1,
                                          .done = on_answer,
                                          .arg = &a });
    while (!a.is_done && mono_ns() < begun + DEADLINE_NS)
        net_run(net, 1000);
    assert_non_null(strstr(a.err.text, "no answer from 127.0.0.1:"));
    assert_true(mono_ns() - begun < 10 * 1000000000ULL);
    net_free(net);
    server_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_without_an_end_is_too_large),
        cmocka_unit_test(a_head_without_an_end_is_no_answer),
        cmocka_unit_test(a_slow_drip_is_no_answer_in_time),
    };

    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
