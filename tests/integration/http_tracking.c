/* http_tracking.c - the two endpoints that pages send to: sizes, and too much of it.
 * SPDX-License-Identifier: MIT
 *
 * What they answer to whom are fixtures: fixture/vitals.jsonl, fixture/errors.jsonl. */
#include "config.h"

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

#include "base/json.h"
#include "base/mem.h"
#include "domain/limits.h"

#define VITALS "/metrics/web-vitals"
#define ERRORS "/errors/report"
#define ONE    "{\"success\":true,\"metricsReceived\":1}"
#define LCP    "{\"metrics\":[{\"name\":\"LCP\",\"value\":1}],\"sessionId\":\"s\",\"userAgent\":\"u\"}"

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

/* --- the size limit --------------------------------------------------------------------------- */

/* A valid body of exactly `len` bytes. */
static void
make_body(char *body, size_t len)
{
    memset(body, ' ', len);
    memcpy(body, LCP, strlen(LCP));
}

static void
check_size(size_t len, unsigned status)
{
    char *body = xmalloc(len);
    struct wire_answer got;

    make_body(body, len);
    wire_ask(em, &got, "POST", VITALS, "", body, len);
    if (got.status != status)
        fail_msg("%zu bytes gave %u", len, got.status);
    if (status == 413)
        assert_non_null(strstr(got.body.data, "\"error\":\"body over 102400 bytes\""));
    wire_answer_fini(&got);
    free(body);
}

static void
check_chunked(size_t len, unsigned status)
{
    char *body = xmalloc(len);
    struct wire_answer got;
    struct buf b;

    make_body(body, len);
    buf_init(&b, 4 * len + 100);
    for (size_t at = 0; at < len;) {
        size_t part = len - at < 4093 ? len - at : 4093;

        buf_addf(&b, "%zx\r\n", part);
        buf_add(&b, body + at, part);
        buf_adds(&b, "\r\n");
        at += part;
    }
    buf_adds(&b, "0\r\n\r\n");
    wire_ask(em, &got, "POST", VITALS, "Transfer-Encoding: chunked\r\n", b.data, b.len);
    if (got.status != status)
        fail_msg("%zu bytes in chunks gave %u", len, got.status);
    wire_answer_fini(&got);
    buf_fini(&b);
    free(body);
}

static void
bodies_end_at_102400_bytes(void **state)
{
    (void)state;
    check_size(LIMIT_BODY_BYTES, 200);
    check_size(LIMIT_BODY_BYTES + 1, 413);
    check_size((size_t)5 << 20, 413);
    check_chunked(LIMIT_BODY_BYTES, 200);
    check_chunked(LIMIT_BODY_BYTES + 1, 413);
    check_chunked((size_t)2 << 20, 413);
}

static void
endless_bodies_are_cut_off(void **state)
{
    static char mebibyte[1 << 20];
    int fd = wire_connect(emulator_url(em));
    char head[200];
    cJSON *health;
    size_t sent = 0;
    int len = snprintf(head, sizeof head,
                       "POST " VITALS " HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n",
                       100 << 20);

    (void)state;
    wire_send(fd, head, (size_t)len);
    while (sent < (size_t)100 << 20) {
        ssize_t n = send(fd, mebibyte, sizeof mebibyte, MSG_NOSIGNAL);

        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    close(fd);
    assert_true(sent < (size_t)100 << 20);
    health = wire_get_json(em, "/_obsview/health");
    assert_int_equal(
        json_get_int(json_get(cJSON_GetArrayItem(json_get(health, "routes"), 0), "refused"),
                     "aborted", 0) +
            json_get_int(
                json_get(cJSON_GetArrayItem(json_get(health, "routes"),
                                            cJSON_GetArraySize(json_get(health, "routes")) - 1),
                         "refused"),
                "aborted", 0),
        1);
    cJSON_Delete(health);
}

/* --- the rate limit ------------------------------------------------------------------------------
 */

static void
request_1001_is_refused(void **state)
{
    static const struct emulator_options options = { .rate_limit = 1000 };
    struct emulator *limited = wire_start(&options);
    int fd = wire_connect(emulator_url(limited));
    struct wire_answer got;
    char request[400];
    cJSON *health;
    int len = snprintf(request, sizeof request,
                       "POST " VITALS " HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n"
                       "Origin: http://localhost:5173\r\n\r\n" LCP,
                       strlen(LCP));

    (void)state;
    for (int i = 0; i < 1000; i++) {
        wire_send(fd, request, (size_t)len);
        wire_read(fd, &got, false);
        assert_int_equal(got.status, 200);
        wire_answer_fini(&got);
    }
    wire_send(fd, request, (size_t)len);
    wire_read(fd, &got, false);
    assert_int_equal(got.status, 429);
    assert_in_range(strtoul(wire_header(&got, "Retry-After"), NULL, 10), 1, 60);
    assert_string_equal(wire_header(&got, "Access-Control-Allow-Origin"), "http://localhost:5173");
    assert_non_null(strstr(got.body.data, "more than 1000 requests within a minute"));
    wire_answer_fini(&got);
    close(fd);
    wire_expect(limited, ERRORS, "{\"error\":{\"message\":\"m\"}}", 429, NULL);
    health = wire_get_json(limited, "/_obsview/health"); /* not limited, and it knows */
    assert_int_equal(
        json_get_int(json_get(cJSON_GetArrayItem(json_get(health, "routes"), 0), "refused"), "rate",
                     0),
        1);
    cJSON_Delete(health);
    wire_ask(limited, &got, "POST", "/_obsview/reset", "", "", 0);
    assert_int_equal(got.status, 200);
    wire_answer_fini(&got);
    wire_expect(limited, VITALS, LCP, 200, ONE);
    wire_stop(limited);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies_end_at_102400_bytes),
        cmocka_unit_test(endless_bodies_are_cut_off),
    };
    const struct CMUnitTest alone[] = { cmocka_unit_test(request_1001_is_refused) };
    int failed = cmocka_run_group_tests(tests, start, stop);

    return failed + cmocka_run_group_tests(alone, NULL, NULL);
}
