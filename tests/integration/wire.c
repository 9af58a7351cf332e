/* wire.c - plain sockets, so that a test says exactly what is sent.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire.h"

#include "base/json.h"
#include "base/mem.h"
#include "emulator/address.h"

#define ANSWER_MAX ((size_t)64 << 20)

static struct clock *the_clock;

struct emulator *
wire_start(const struct emulator_options *options)
{
    struct emulator_options o = options == NULL ? (struct emulator_options){ 0 } : *options;
    struct emulator *em = NULL;
    struct err err = { 0 };

    if (o.listen == NULL)
        o.listen = "127.0.0.1:0";
    if (o.db == NULL)
        o.db = ":memory:";
    if (o.clock == NULL) {
        if (the_clock == NULL)
            the_clock = clock_new_real();
        o.clock = the_clock;
    }
    if (emulator_start(&em, &o, &err) != OK)
        fail_msg("emulator_start: %s", err.text);
    return em;
}

void
wire_stop(struct emulator *em)
{
    emulator_stop(em);
    clock_free(the_clock);
    the_clock = NULL;
}

int
wire_connect(const char *address)
{
    struct address a;
    int fd;

    if (strncmp(address, "http://", 7) == 0)
        address += 7;
    assert_int_equal(address_parse(&a, address, "test", NULL), OK);
    fd = socket(a.sock.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&a.sock, a.len), 0);
    return fd;
}

void
wire_send(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n < 0)
            fail_msg("send: %s", strerror(errno));
        bytes += n;
        len -= (size_t)n;
    }
}

/* Appends what is there; false at the end. */
static bool
read_more(int fd, struct buf *b)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    char *room = buf_room(b, 65536);
    ssize_t n;

    assert_non_null(room);
    if (poll(&p, 1, WIRE_DEADLINE_MS) <= 0)
        fail_msg("no answer within %d ms", WIRE_DEADLINE_MS);
    n = recv(fd, room, 65536, 0);
    if (n <= 0)
        return false;
    buf_grown(b, (size_t)n);
    return true;
}

const char *
wire_header(const struct wire_answer *answer, const char *name)
{
    static char value[4096];
    const char *line = strstr(answer->head.data, "\r\n");
    size_t len = strlen(name);

    for (; line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, len) != 0 || line[len] != ':')
            continue;
        line += len + 1;
        line += strspn(line, " ");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(line, "\r"), line);
        return value;
    }
    return NULL;
}

static void
read_chunks(int fd, struct wire_answer *out, struct buf *raw)
{
    for (;;) {
        char *end;
        size_t size, head;

        while ((end = strstr(raw->data, "\r\n")) == NULL)
            assert_true(read_more(fd, raw));
        size = strtoul(raw->data, NULL, 16);
        head = (size_t)(end - raw->data) + 2;
        while (raw->len < head + size + 2)
            assert_true(read_more(fd, raw));
        buf_add(&out->body, raw->data + head, size);
        buf_consume(raw, head + size + 2);
        if (size == 0)
            return;
    }
}

void
wire_read(int fd, struct wire_answer *out, bool without_body)
{
    const char *length, *chunked, *end;
    struct buf raw;
    size_t size;

    buf_init(&out->head, ANSWER_MAX);
    buf_init(&out->body, ANSWER_MAX);
    buf_init(&raw, ANSWER_MAX);
    for (;;) {
        end = strstr(raw.data, "\r\n\r\n");
        if (end != NULL && strncmp(raw.data, "HTTP/1.1 100", 12) == 0) {
            buf_consume(&raw, (size_t)(end - raw.data) + 4);
            continue;
        }
        if (end != NULL)
            break;
        if (!read_more(fd, &raw))
            fail_msg("the connection ended before an answer: %s", raw.data);
    }
    size = (size_t)(end - raw.data);
    buf_add(&out->head, raw.data, size);
    buf_consume(&raw, size + 4);
    assert_int_equal(strncmp(out->head.data, "HTTP/1.1 ", 9), 0);
    out->status = (unsigned)strtoul(out->head.data + 9, NULL, 10);
    chunked = wire_header(out, "Transfer-Encoding");
    if (without_body || out->status == 204 || out->status == 304) {
        buf_fini(&raw);
        return;
    }
    if (chunked != NULL) {
        read_chunks(fd, out, &raw);
    } else {
        length = wire_header(out, "Content-Length");
        assert_non_null(length);
        size = strtoul(length, NULL, 10);
        while (raw.len < size)
            assert_true(read_more(fd, &raw));
        buf_add(&out->body, raw.data, size);
    }
    buf_fini(&raw);
}

void
wire_answer_fini(struct wire_answer *answer)
{
    buf_fini(&answer->head);
    buf_fini(&answer->body);
}

void
wire_ask(struct emulator *em, struct wire_answer *out, const char *method, const char *path,
         const char *headers, const char *body, size_t len)
{
    const char *url = emulator_url(em);
    int fd = wire_connect(url);
    struct buf b;

    buf_init(&b, ANSWER_MAX);
    buf_addf(&b, "%s %s HTTP/1.1\r\n", method, path);
    if (strcasestr(headers, "Host:") == NULL)
        buf_addf(&b, "Host: %s\r\n", url + 7);
    if (len > 0 || strcmp(method, "POST") == 0) {
        if (strcasestr(headers, "Content-Length:") == NULL &&
            strcasestr(headers, "Transfer-Encoding:") == NULL)
            buf_addf(&b, "Content-Length: %zu\r\n", len);
    }
    buf_addf(&b, "%sConnection: close\r\n\r\n", headers);
    buf_add(&b, body, len);
    wire_send(fd, b.data, b.len);
    buf_fini(&b);
    wire_read(fd, out, strcmp(method, "HEAD") == 0);
    close(fd);
}

void
wire_expect(struct emulator *em, const char *path, const char *json, unsigned status,
            const char *answer)
{
    struct wire_answer got;

    wire_ask(em, &got, "POST", path, "Content-Type: application/json\r\n", json, strlen(json));
    if (got.status != status || (answer != NULL && strcmp(got.body.data, answer) != 0))
        fail_msg("%s %.200s\n  expected %u %s\n  got      %u %s", path, json, status,
                 answer == NULL ? "" : answer, got.status, got.body.data);
    wire_answer_fini(&got);
}

cJSON *
wire_get_json(struct emulator *em, const char *path)
{
    struct wire_answer got;
    struct err err = { 0 };
    cJSON *json = NULL;

    wire_ask(em, &got, "GET", path, "", "", 0);
    if (got.status != 200)
        fail_msg("GET %s: %u %s", path, got.status, got.body.data);
    if (json_parse(&json, got.body.data, got.body.len, &err) != OK)
        fail_msg("GET %s: %s", path, err.text);
    wire_answer_fini(&got);
    return json;
}

bool
wire_wait(bool (*is_true)(void *arg), void *arg)
{
    const struct timespec pause = { .tv_nsec = 2000000 };
    uint64_t start = mono_ns();

    while (!is_true(arg)) {
        if (mono_ns() - start > WIRE_DEADLINE_MS * 1000000ULL)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}
