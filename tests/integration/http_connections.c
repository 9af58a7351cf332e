/* http_connections.c - many keep-alive connections at once: nobody waits for ever.
 * SPDX-License-Identifier: MIT
 *
 * libmicrohttpd's epoll mode stops answering when 128 events are ready at the same time; this is
 * the test that would notice. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

#define BODY \
    "{\"metrics\":[{\"name\":\"LCP\",\"value\":1}],\"sessionId\":\"s\",\"userAgent\":\"u\"}"
#define ROUNDS 20

struct client {
    int fd;
    int rounds;  /* answered */
    size_t have; /* bytes of the answer under way */
    char answer[1024];
};

static char request[400];
static size_t request_len;

static void
take_answer(struct client *c)
{
    ssize_t n = recv(c->fd, c->answer + c->have, sizeof c->answer - 1 - c->have, MSG_DONTWAIT);
    char *body;

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        fail_msg("a connection ended after %d rounds: %s", c->rounds,
                 n == 0 ? "closed" : strerror(errno));
    c->have += (size_t)n;
    c->answer[c->have] = '\0';
    body = strstr(c->answer, "\r\n\r\n");
    if (body == NULL || strchr(body, '}') == NULL)
        return;
    if (strncmp(c->answer, "HTTP/1.1 200", 12) != 0)
        fail_msg("%s", c->answer);
    c->have = 0;
    c->rounds++;
    if (c->rounds < ROUNDS)
        wire_send(c->fd, request, request_len);
}

static void
run(struct emulator *em, size_t count)
{
    struct client *clients = xcalloc(count, sizeof *clients);
    struct pollfd *polled = xcalloc(count, sizeof *polled);
    size_t ready = 0;

    for (size_t i = 0; i < count; i++) {
        clients[i].fd = wire_connect(emulator_url(em));
        polled[i] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
    }
    for (size_t i = 0; i < count; i++)
        wire_send(clients[i].fd, request, request_len);
    while (ready < count) {
        int n = poll(polled, count, WIRE_DEADLINE_MS);

        if (n <= 0)
            fail_msg("%zu connections: nothing came for %d ms, %zu of them are through", count,
                     WIRE_DEADLINE_MS, ready);
        for (size_t i = 0; i < count; i++) {
            if (polled[i].fd < 0 || polled[i].revents == 0)
                continue;
            take_answer(&clients[i]);
            if (clients[i].rounds == ROUNDS) {
                polled[i].fd = -1;
                ready++;
            }
        }
    }
    for (size_t i = 0; i < count; i++)
        close(clients[i].fd);
    free(polled);
    free(clients);
}

static void
many_connections_are_all_answered(void **state)
{
    static const size_t counts[] = { 1, 127, 128, 129, 256, 1000 };
    struct emulator *em = wire_start(NULL);
    size_t expected = 0;
    cJSON *health;

    (void)state;
    request_len = (size_t)snprintf(request, sizeof request,
                                   "POST /metrics/web-vitals HTTP/1.1\r\nHost: localhost\r\n"
                                   "Content-Length: %zu\r\n\r\n" BODY,
                                   strlen(BODY));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        run(em, counts[i]);
        expected += counts[i] * ROUNDS;
    }
    health = wire_get_json(em, "/_obsview/health");
    assert_int_equal(json_get_int(json_get(health, "store"), "vitals", 0), expected);
    cJSON_Delete(health);
    wire_stop(em);
}

/* Clients that say nothing, or stop in the middle, hold nobody up. */
static void
silent_connections_do_not_matter(void **state)
{
    static const char half[] = "POST /metrics/web-vitals HTTP/1.1\r\nHost: localhost\r\n"
                               "Content-Length: 1000\r\n\r\n{\"metrics\"";
    struct emulator *em = wire_start(NULL);
    int fds[200];

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        fds[i] = wire_connect(emulator_url(em));
        wire_send(fds[i], half, i % 3 == 0 ? 0 : i % 3 == 1 ? 40 : sizeof half - 1);
    }
    for (int i = 0; i < 50; i++)
        wire_expect(em, "/metrics/web-vitals", BODY, 200, NULL);
    for (size_t i = 0; i < 200; i++)
        close(fds[i]);
    wire_expect(em, "/metrics/web-vitals", BODY, 200, NULL);
    wire_stop(em);
}

/* libmicrohttpd hangs up and forgets the request; we must not: it would never end, and stopping
 * would wait for it. */
static void
a_request_with_too_many_arguments_ends(void **state)
{
    struct emulator *em = wire_start(NULL);
    struct buf head;
    char byte;
    cJSON *doc;
    int seen = 0, fd;

    (void)state;
    buf_init(&head, 65536);
    buf_adds(&head, "GET /?");
    for (int i = 0; i < 2000; i++)
        buf_adds(&head, "a=1&");
    buf_adds(&head, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    fd = wire_connect(emulator_url(em));
    wire_send(fd, head.data, head.len);
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
    buf_fini(&head);
    for (uint64_t until = mono_ns() + WIRE_DEADLINE_MS * 1000000ULL;
         seen == 0 && mono_ns() < until;) {
        const cJSON *event;

        doc = wire_get_json(em, "/_obsview/events");
        cJSON_ArrayForEach(event, json_get(doc, "events"))
        {
            seen += strcmp(json_get_string(event, "reason", ""), "aborted") == 0;
        }
        cJSON_Delete(doc);
    }
    assert_int_equal(seen, 1);
    wire_stop(em);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_connections_are_all_answered),
        cmocka_unit_test(silent_connections_do_not_matter),
        cmocka_unit_test(a_request_with_too_many_arguments_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
