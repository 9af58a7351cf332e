/* http_guards.c - Host, token and headers, as a client sees them.
 * SPDX-License-Identifier: MIT
 *
 * Origins, methods and paths are fixtures: fixture/guards.jsonl, fixture/origins.jsonl. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire.h"

#include "base/json.h"

#define VITALS "/metrics/web-vitals"
#define BODY \
    "{\"metrics\":[{\"name\":\"LCP\",\"value\":1}],\"sessionId\":\"s\",\"userAgent\":\"u\"}"
#define LOCAL "Origin: http://localhost:5173\r\n"

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

/* --- Host and token
 * ------------------------------------------------------------------------------- */

static void
a_host_that_is_not_ours_is_misdirected(void **state)
{
    struct wire_answer got;

    (void)state;
    wire_ask(em, &got, "GET", "/_obsview/health", "Host: rebound.evil.example\r\n", "", 0);
    assert_int_equal(got.status, 421);
    assert_non_null(strstr(got.body.data, "rebound.evil.example"));
    assert_non_null(strstr(got.body.data, "--allow-host"));
    wire_answer_fini(&got);
    wire_ask(em, &got, "GET", "/_obsview/health", "Host: localhost:1\r\n", "", 0);
    assert_int_equal(got.status, 200);
    wire_answer_fini(&got);
}

static void
check_token(struct emulator *guarded, const char *path, const char *headers, unsigned status)
{
    struct wire_answer got;

    wire_ask(guarded, &got, "GET", path, headers, "", 0);
    if (got.status != status)
        fail_msg("%s %s gave %u", path, headers, got.status);
    wire_answer_fini(&got);
}

static void
a_token_is_asked_for_everywhere(void **state)
{
    static const struct emulator_options options = { .token = "swordfish" };
    struct emulator *guarded = wire_start(&options);
    struct wire_answer got;
    cJSON *events;
    char *text;

    (void)state;
    check_token(guarded, "/_obsview/health", "", 401);
    check_token(guarded, "/nowhere", "", 401);
    check_token(guarded, "/_obsview/health", "Authorization: Bearer swordfish\r\n", 200);
    check_token(guarded, "/_obsview/health", "Authorization: Bearer swordfis\r\n", 401);
    check_token(guarded, "/obsview.js?token=swordfish", "", 200);
    check_token(guarded, "/obsview.js?token=sword", "", 401);
    wire_ask(guarded, &got, "OPTIONS", VITALS, LOCAL "Access-Control-Request-Method: POST\r\n", "",
             0);
    assert_int_equal(got.status, 204); /* a preflight cannot carry credentials */
    wire_answer_fini(&got);
    wire_ask(guarded, &got, "GET", "/_obsview/events?body=1", "Authorization: Bearer swordfish\r\n",
             "", 0);
    assert_int_equal(json_parse(&events, got.body.data, got.body.len, NULL), OK);
    text = cJSON_PrintUnformatted(events);
    assert_null(strstr(text, "swordfish"));
    assert_non_null(strstr(text, "token=***"));
    free(text);
    cJSON_Delete(events);
    wire_answer_fini(&got);
    emulator_stop(guarded);
}

static void
the_token_is_the_access_key_of_aws_clients(void **state)
{
    static const char request[] =
        "Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Logs_20140328.DescribeLogGroups"
        "\r\nX-Amz-Date: 20260101T000000Z\r\nAuthorization: AWS4-HMAC-SHA256 "
        "Credential=%s/20260101/us-east-1/logs/aws4_request, SignedHeaders=host;x-amz-date, "
        "Signature=%064d\r\n";
    static const struct emulator_options options = { .token = "swordfish" };
    struct emulator *guarded = wire_start(&options);
    struct wire_answer got;
    char headers[600];

    (void)state;
    snprintf(headers, sizeof headers, request, "AKIAEXAMPLE", 0);
    wire_ask(guarded, &got, "POST", "/", headers, "{}", 2);
    assert_int_equal(got.status, 403);
    assert_non_null(strstr(got.body.data, "\"__type\":\"UnrecognizedClientException\""));
    wire_answer_fini(&got);
    snprintf(headers, sizeof headers, request, "swordfish", 0);
    wire_ask(guarded, &got, "POST", "/", headers, "{}", 2);
    if (got.status != 200)
        fail_msg("%u %s", got.status, got.body.data);
    wire_answer_fini(&got);
    emulator_stop(guarded);
}

static void
beyond_loopback_a_token_is_needed(void **state)
{
    struct clock *clock = clock_new_real();
    struct emulator_options options = { .listen = "0.0.0.0:0", .db = ":memory:", .clock = clock };
    struct emulator *refused = NULL;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(emulator_start(&refused, &options, &err), E_USAGE);
    assert_non_null(strstr(err.text, "without a token"));
    assert_non_null(strstr(err.text, "--token"));
    options.listen = "127.0.0.1:0";
    options.emf_listen = "0.0.0.0:0";
    assert_int_equal(emulator_start(&refused, &options, &err), E_USAGE);
    assert_non_null(strstr(err.text, "EMF"));
    clock_free(clock);
}

static void
a_taken_port_is_named(void **state)
{
    struct clock *clock = clock_new_real();
    struct emulator_options options = {
        .listen = emulator_url(em) + 7, .db = ":memory:", .clock = clock
    };
    struct emulator *second = NULL;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(emulator_start(&second, &options, &err), E_EXISTS);
    assert_non_null(strstr(err.text, emulator_url(em) + 7));
    assert_non_null(strstr(err.text, "address in use"));
    clock_free(clock);
}

/* --- headers
 * -------------------------------------------------------------------------------------- */

static void
a_head_has_no_body(void **state)
{
    struct wire_answer got;

    (void)state;
    wire_ask(em, &got, "HEAD", "/_obsview/health", "", "", 0);
    assert_int_equal(got.status, 200);
    assert_int_equal(got.body.len, 0);
    wire_answer_fini(&got);
}

/* A browser sends the cookies of every port of localhost. */
static void
large_headers_are_taken(void **state)
{
    static char headers[20000];
    struct wire_answer got;
    size_t len = (size_t)snprintf(headers, sizeof headers, "Cookie: ");

    (void)state;
    memset(headers + len, 'c', 16000);
    memcpy(headers + len + 16000, "\r\n", 3);
    wire_ask(em, &got, "POST", VITALS, headers, BODY, strlen(BODY));
    assert_int_equal(got.status, 200);
    wire_answer_fini(&got);
}

/* What libmicrohttpd refuses by itself is seen too. */
static void
oversized_headers_are_counted(void **state)
{
    static char headers[60000];
    struct wire_answer got;
    const cJSON *last;
    cJSON *events;
    size_t len = (size_t)snprintf(headers, sizeof headers, "Cookie: ");

    (void)state;
    memset(headers + len, 'c', 50000);
    memcpy(headers + len + 50000, "\r\n", 3);
    wire_ask(em, &got, "GET", "/_obsview/health", headers, "", 0);
    assert_int_equal(got.status, 431);
    wire_answer_fini(&got);
    events = wire_get_json(em, "/_obsview/events?limit=1");
    last = cJSON_GetArrayItem(json_get(events, "events"), 0);
    assert_string_equal(json_get_string(last, "reason", ""), "aborted");
    assert_non_null(strstr(json_get_string(last, "verdict", ""), "over 32 KiB"));
    cJSON_Delete(events);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_host_that_is_not_ours_is_misdirected),
        cmocka_unit_test(a_token_is_asked_for_everywhere),
        cmocka_unit_test(the_token_is_the_access_key_of_aws_clients),
        cmocka_unit_test(beyond_loopback_a_token_is_needed),
        cmocka_unit_test(a_taken_port_is_named),
        cmocka_unit_test(a_head_has_no_body),
        cmocka_unit_test(large_headers_are_taken),
        cmocka_unit_test(oversized_headers_are_counted),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
