/* http_intake.c - what only connections can tell of an emulator: who is there, wake-ups, stopping.
 * SPDX-License-Identifier: MIT
 *
 * Events, health and reset are fixtures: fixture/intake.jsonl. */
#include "config.h"

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire.h"

#include "base/json.h"

#define VITALS "/metrics/web-vitals"
#define BODY \
    "{\"metrics\":[{\"name\":\"LCP\",\"value\":1}],\"sessionId\":\"s\",\"userAgent\":\"u\"}"

static struct emulator *em;

static int
start(void **state)
{
    (void)state;
    em = wire_start(NULL);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    wire_stop(em);
    return 0;
}

static int
count_of(const cJSON *events, const char *verdict)
{
    const cJSON *event;
    int count = 0;

    cJSON_ArrayForEach(event, json_get(events, "events")) count +=
        strcmp(json_get_string(event, "verdict", ""), verdict) == 0;
    return count;
}

static bool
all_are_shown(void *arg)
{
    cJSON *events = wire_get_json(em, "/_obsview/events");
    bool all = count_of(events, "1 vital") == *(int *)arg;

    cJSON_Delete(events);
    return all;
}

/* A page sends its last beacon and is gone. */
static void
what_was_kept_is_not_shown_as_lost(void **state)
{
    static const char request[] =
        "POST " VITALS " HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n" BODY;
    struct wire_answer got;
    int expected = 20;
    cJSON *events, *health;
    char text[400];

    (void)state;
    snprintf(text, sizeof text, request, strlen(BODY));
    wire_ask(em, &got, "POST", "/_obsview/reset", "", "", 0);
    wire_answer_fini(&got);
    for (int i = 0; i < expected; i++) {
        int fd = wire_connect(emulator_url(em));

        wire_send(fd, text, strlen(text));
        close(fd);
    }
    assert_true(wire_wait(all_are_shown, &expected));
    events = wire_get_json(em, "/_obsview/events");
    assert_int_equal(count_of(events, "the client went away"), 0);
    cJSON_Delete(events);
    health = wire_get_json(em, "/_obsview/health");
    assert_int_equal(json_get_int(json_get(health, "store"), "vitals", 0), expected);
    cJSON_Delete(health);
}

/* A connection that was just closed at our end is not ours any more, for a moment. */
static bool
nobody_else_is_there(void *arg)
{
    (void)arg;
    return emulator_other_clients(em) == 0;
}

static void
health_knows_the_version_and_who_is_there(void **state)
{
    cJSON *health = wire_get_json(em, "/_obsview/health");

    (void)state;
    assert_string_equal(json_get_string(health, "version", ""), PACKAGE_VERSION);
    assert_string_equal(json_get_string(health, "url", ""), emulator_url(em));
    assert_true(wire_wait(nobody_else_is_there, NULL)); /* all connections are of this process */
    cJSON_Delete(health);
}

/* Reads from a stream until `text` was seen. */
static void
read_until(int fd, struct buf *b, const char *text)
{
    while (strstr(b->data, text) == NULL) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        char *room = buf_room(b, 4096);
        ssize_t n;

        assert_int_equal(poll(&p, 1, WIRE_DEADLINE_MS), 1);
        n = recv(fd, room, 4096, 0);
        if (n <= 0)
            fail_msg("the stream ended before %s: %s", text, b->data);
        buf_grown(b, (size_t)n);
    }
}

static void
changes_wake_a_listener(void **state)
{
    static const char request[] = "GET /_obsview/changes HTTP/1.1\r\nHost: localhost\r\n\r\n";
    int fd = wire_connect(emulator_url(em));
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    wire_send(fd, request, sizeof request - 1);
    read_until(fd, &b, "retry: 1000");
    assert_non_null(strcasestr(b.data, "Content-Type: text/event-stream"));
    for (int i = 0; i < 3; i++) {
        buf_clear(&b);
        wire_expect(em, VITALS, BODY, 200, NULL);
        read_until(fd, &b, "event: changed\ndata: ");
    }
    buf_fini(&b);
    close(fd);
}

/* --- stopping
 * --------------------------------------------------------------------------------------- */

struct sender {
    const char *url;
    atomic_uint acknowledged;
    pthread_t thread;
};

/* Sends until the connection ends; counts what was answered with 200. */
static void *
send_until_stopped(void *arg)
{
    struct sender *s = arg;
    int fd = wire_connect(s->url);
    char request[300], answer[4096];
    int len =
        snprintf(request, sizeof request,
                 "POST " VITALS " HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n" BODY,
                 strlen(BODY));

    for (;;) {
        ssize_t n;

        if (send(fd, request, (size_t)len, MSG_NOSIGNAL) != len)
            break;
        n = recv(fd, answer, sizeof answer, 0);
        if (n < 12 || memcmp(answer, "HTTP/1.1 200", 12) != 0)
            break;
        atomic_fetch_add(&s->acknowledged, 1);
    }
    close(fd);
    return NULL;
}

static bool
is_busy(void *arg)
{
    struct sender *senders = arg;

    return atomic_load(&senders[0].acknowledged) > 20 && atomic_load(&senders[7].acknowledged) > 20;
}

static void
stopping_keeps_what_was_acknowledged(void **state)
{
    char path[] = "/tmp/obsview-stop-XXXXXX", db[64];
    struct sender senders[8];
    struct emulator_options options = { .db = db };
    struct emulator *stopped;
    uint64_t acknowledged = 0;
    cJSON *health;

    (void)state;
    assert_non_null(mkdtemp(path));
    snprintf(db, sizeof db, "%s/db", path);
    stopped = wire_start(&options);
    for (size_t i = 0; i < 8; i++) {
        senders[i].url = strdup(emulator_url(stopped));
        atomic_init(&senders[i].acknowledged, 0);
        pthread_create(&senders[i].thread, NULL, send_until_stopped, &senders[i]);
    }
    assert_true(wire_wait(is_busy, senders));
    emulator_stop(stopped);
    for (size_t i = 0; i < 8; i++) {
        pthread_join(senders[i].thread, NULL);
        acknowledged += atomic_load(&senders[i].acknowledged);
        free((void *)(uintptr_t)senders[i].url);
    }
    stopped = wire_start(&options);
    health = wire_get_json(stopped, "/_obsview/health");
    assert_int_equal(json_get_int(json_get(health, "store"), "vitals", 0), acknowledged);
    cJSON_Delete(health);
    emulator_stop(stopped);
    unlink(db);
    rmdir(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(health_knows_the_version_and_who_is_there),
        cmocka_unit_test(changes_wake_a_listener),
        cmocka_unit_test(what_was_kept_is_not_shown_as_lost),
        cmocka_unit_test(stopping_keeps_what_was_acknowledged),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
