/* test_start.c - looking for an obsview that runs, at an address where anything may listen.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/start.h"

#define SECOND_NS UINT64_C(1000000000)

/* Answers byte by byte, `pause_ms` apart. */
struct dripper {
    int fd;
    const char *text;
    unsigned pause_ms;
    pthread_t thread;
    char url[40];
};

static void *
drip(void *arg)
{
    struct dripper *d = arg;
    int fd = accept(d->fd, NULL, NULL);
    char request[1024];

    /* A request left unread would turn the close into a reset, which drops the answer. */
    while (recv(fd, request, sizeof request, 0) == (ssize_t)sizeof request)
        continue;
    for (const char *c = d->text; *c != '\0' && send(fd, c, 1, MSG_NOSIGNAL) == 1; c++)
        usleep(d->pause_ms * 1000);
    close(fd);
    return NULL;
}

static void
dripper_open(struct dripper *d)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;

    d->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(d->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(d->fd, 1), 0);
    assert_int_equal(getsockname(d->fd, (struct sockaddr *)&at, &len), 0);
    snprintf(d->url, sizeof d->url, "http://127.0.0.1:%d", ntohs(at.sin_port));
    assert_int_equal(pthread_create(&d->thread, NULL, drip, d), 0);
}

static void
dripper_close(struct dripper *d)
{
    pthread_join(d->thread, NULL);
    close(d->fd);
}

static void
an_obsview_is_known_by_its_name(void **state)
{
    static const struct {
        const char *answer;
        bool is_obsview;
    } cases[] = {
        { "HTTP/1.1 200 OK\r\n\r\n{\"name\":\"obsview\",\"version\":\"1\"}", true },
        { "HTTP/1.1 404 Not Found\r\n\r\n{\"name\":\"moto\"}", false },
        { "", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct dripper d = { .text = cases[i].answer };

        dripper_open(&d);
        assert_int_equal(start_is_obsview(d.url, NULL), cases[i].is_obsview);
        dripper_close(&d);
    }
    assert_false(start_is_obsview("https://127.0.0.1:1", NULL));
    assert_false(start_is_obsview("http://127.0.0.1:1", NULL));
}

/* The screen waits for this before its first frame. */
static void
a_server_that_drips_is_not_waited_for(void **state)
{
    struct dripper d = { .text = "HTTP/1.1 200 OK", .pause_ms = 400 };
    uint64_t began = mono_ns();

    (void)state;
    dripper_open(&d);
    assert_false(start_is_obsview(d.url, NULL));
    assert_true(mono_ns() - began < 3 * SECOND_NS);
    dripper_close(&d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_obsview_is_known_by_its_name),
        cmocka_unit_test(a_server_that_drips_is_not_waited_for),
    };

    return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
