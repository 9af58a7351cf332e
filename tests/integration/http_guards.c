/* http_guards.c - CORS, Host, token, methods and paths, as a client sees them.
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

#include "wire.h"

#include "base/json.h"

#define VITALS "/metrics/web-vitals"
#define BODY \
    "{\"metrics\":[{\"name\":\"LCP\",\"value\":1}],\"sessionId\":\"s\",\"userAgent\":\"u\"}"
#define LOCAL   "Origin: http://localhost:5173\r\n"
#define FOREIGN "Origin: https://evil.example\r\n"

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

/* --- CORS ---------------------------------------------------------------------------------------
 */

static void
check_allowed(const struct wire_answer *got, const char *origin)
{
    assert_string_equal(wire_header(got, "Access-Control-Allow-Origin"), origin);
    assert_string_equal(wire_header(got, "Vary"), "Origin");
    assert_string_equal(wire_header(got, "Access-Control-Allow-Credentials"), "true");
}

static void
a_local_origin_is_echoed_also_on_errors(void **state)
{
    struct wire_answer got;

    (void)state;
    wire_ask(em, &got, "POST", VITALS, LOCAL, BODY, strlen(BODY));
    assert_int_equal(got.status, 200);
    check_allowed(&got, "http://localhost:5173");
    wire_answer_fini(&got);
    wire_ask(em, &got, "POST", VITALS, LOCAL, "{", 1);
    assert_int_equal(got.status, 400);
    check_allowed(&got, "http://localhost:5173");
    wire_answer_fini(&got);
    wire_ask(em, &got, "POST", "/nowhere", LOCAL, "{", 1);
    assert_int_equal(got.status, 404);
    check_allowed(&got, "http://localhost:5173");
    wire_answer_fini(&got);
    wire_ask(em, &got, "PUT", VITALS, LOCAL, "{", 1);
    assert_int_equal(got.status, 405);
    check_allowed(&got, "http://localhost:5173");
    wire_answer_fini(&got);
}

static void
a_foreign_origin_may_not_post(void **state)
{
    struct wire_answer got;
    cJSON *events;
    const cJSON *last;

    (void)state;
    wire_ask(em, &got, "POST", VITALS, FOREIGN, BODY, strlen(BODY));
    assert_int_equal(got.status, 403);
    assert_null(wire_header(&got, "Access-Control-Allow-Origin"));
    assert_non_null(strstr(got.body.data, "CORS: origin https://evil.example is not allowed"));
    assert_non_null(strstr(got.body.data, "--allow-origin https://evil.example"));
    wire_answer_fini(&got);
    events = wire_get_json(em, "/_obsview/events?limit=1");
    last = cJSON_GetArrayItem(json_get(events, "events"), 0);
    assert_string_equal(json_get_string(last, "reason", ""), "origin");
    assert_true(json_get_bool(last, "fault", false));
    cJSON_Delete(events);

    wire_ask(em, &got, "POST", VITALS, "Origin: null\r\n", BODY, strlen(BODY));
    assert_int_equal(got.status, 403);
    wire_answer_fini(&got);
    wire_ask(em, &got, "POST", "/_obsview/reset", FOREIGN, "", 0);
    assert_int_equal(got.status, 403);
    wire_answer_fini(&got);
    wire_ask(em, &got, "GET", "/_obsview/health", FOREIGN, "", 0);
    assert_int_equal(got.status, 200);
    assert_null(wire_header(&got, "Access-Control-Allow-Origin"));
    assert_string_equal(wire_header(&got, "Vary"), "Origin");
    wire_answer_fini(&got);
}

static void
preflights_are_answered(void **state)
{
    struct wire_answer got;

    (void)state;
    wire_ask(em, &got, "OPTIONS", VITALS,
             LOCAL "Access-Control-Request-Method: POST\r\n"
                   "Access-Control-Request-Headers: content-type,x-trace\r\n"
                   "Access-Control-Request-Private-Network: true\r\n",
             "", 0);
    assert_int_equal(got.status, 204);
    check_allowed(&got, "http://localhost:5173");
    assert_string_equal(wire_header(&got, "Access-Control-Allow-Methods"), "POST, OPTIONS");
    assert_string_equal(wire_header(&got, "Access-Control-Allow-Headers"), "content-type,x-trace");
    assert_string_equal(wire_header(&got, "Access-Control-Allow-Private-Network"), "true");
    assert_string_equal(wire_header(&got, "Access-Control-Max-Age"), "600");
    wire_answer_fini(&got);

    /* what lifts the rate limit is not for pages */
    wire_ask(em, &got, "OPTIONS", VITALS,
             LOCAL "Access-Control-Request-Method: POST\r\n"
                   "Access-Control-Request-Headers: x-obsview-replay, x-a ,x-obsview-replayed\r\n",
             "", 0);
    assert_string_equal(wire_header(&got, "Access-Control-Allow-Headers"),
                        "x-a,x-obsview-replayed");
    wire_answer_fini(&got);

    wire_ask(em, &got, "OPTIONS", VITALS, FOREIGN "Access-Control-Request-Method: POST\r\n", "", 0);
    assert_int_equal(got.status, 403);
    assert_null(wire_header(&got, "Access-Control-Allow-Origin"));
    wire_answer_fini(&got);
    wire_ask(em, &got, "OPTIONS", "/nowhere", LOCAL "Access-Control-Request-Method: POST\r\n", "",
             0);
    assert_int_equal(got.status, 404);
    wire_answer_fini(&got);
}

static void
a_list_of_origins_is_exact(void **state)
{
    static const char *const origins[] = { "https://shop.example", NULL };
    static const struct emulator_options options = { .allow_origins = origins };
    struct emulator *listed = wire_start(&options);
    struct wire_answer got;

    (void)state;
    wire_ask(listed, &got, "POST", VITALS, "Origin: https://shop.example\r\n", BODY, strlen(BODY));
    assert_int_equal(got.status, 200);
    check_allowed(&got, "https://shop.example");
    wire_answer_fini(&got);
    wire_ask(listed, &got, "POST", VITALS, "Origin: https://shop.example:444\r\n", BODY,
             strlen(BODY));
    assert_int_equal(got.status, 403);
    wire_answer_fini(&got);
    wire_ask(listed, &got, "POST", VITALS, LOCAL, BODY, strlen(BODY));
    assert_int_equal(got.status, 403);
    wire_answer_fini(&got);
    emulator_stop(listed);
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

/* --- paths and methods
 * ----------------------------------------------------------------------------- */

static void
check_hint(const char *method, const char *path, const char *headers, unsigned status,
           const char *hint)
{
    struct wire_answer got;

    wire_ask(em, &got, method, path, headers, "", 0);
    if (got.status != status || strstr(got.body.data, hint) == NULL)
        fail_msg("%s %s: %u %s", method, path, got.status, got.body.data);
    assert_string_equal(wire_header(&got, "Content-Type"), "application/json");
    wire_answer_fini(&got);
}

static void
unknown_paths_get_a_hint(void **state)
{
    (void)state;
    check_hint("POST", "/metrics/web-vital", "", 404, "did you mean /metrics/web-vitals?");
    check_hint("POST", "/metrics/webvitals/", "", 404, "did you mean /metrics/web-vitals?");
    check_hint("POST", "/error/report", "", 404, "did you mean /errors/report?");
    check_hint("POST", "/v2/metrics/web-vitals", "", 404, "no prefix: /metrics/web-vitals");
    check_hint("POST", "/v1/errors/report", "", 404, "no prefix: /errors/report");
    check_hint("GET", "/some/thing/else/entirely", "", 404, "GET / lists what is here");
    check_hint("POST", "/elsewhere", "X-Amz-Target: Logs_20140328.PutLogEvents\r\n", 404,
               "not signed");
}

static void
wrong_methods_are_told_the_right_ones(void **state)
{
    struct wire_answer got;

    (void)state;
    wire_ask(em, &got, "GET", VITALS, "", "", 0);
    assert_int_equal(got.status, 405);
    assert_string_equal(wire_header(&got, "Allow"), "POST, OPTIONS");
    wire_answer_fini(&got);
    wire_ask(em, &got, "DELETE", "/_obsview/health", "", "", 0);
    assert_int_equal(got.status, 405);
    assert_string_equal(wire_header(&got, "Allow"), "GET, HEAD, OPTIONS");
    wire_answer_fini(&got);
    wire_ask(em, &got, "OPTIONS", "/errors/report", "", "", 0);
    assert_int_equal(got.status, 204);
    assert_non_null(strstr(wire_header(&got, "Allow"), "POST"));
    wire_answer_fini(&got);
    wire_ask(em, &got, "HEAD", "/_obsview/health", "", "", 0);
    assert_int_equal(got.status, 200);
    assert_int_equal(got.body.len, 0);
    wire_answer_fini(&got);
}

static void
the_page_and_the_script_are_served(void **state)
{
    struct wire_answer got;
    char etag[100], headers[200];

    (void)state;
    wire_ask(em, &got, "GET", "/", "", "", 0);
    assert_int_equal(got.status, 200);
    assert_string_equal(wire_header(&got, "Content-Type"), "text/html; charset=utf-8");
    assert_non_null(strstr(got.body.data, "<html"));
    wire_answer_fini(&got);
    wire_ask(em, &got, "GET", "/obsview.js", "", "", 0);
    assert_int_equal(got.status, 200);
    assert_string_equal(wire_header(&got, "Content-Type"), "text/javascript; charset=utf-8");
    assert_string_equal(wire_header(&got, "Cache-Control"), "max-age=3600");
    assert_non_null(strstr(got.body.data, "initializeTracking"));
    snprintf(etag, sizeof etag, "%s", wire_header(&got, "ETag"));
    wire_answer_fini(&got);
    snprintf(headers, sizeof headers, "If-None-Match: %s\r\n", etag);
    wire_ask(em, &got, "GET", "/obsview.js", headers, "", 0);
    assert_int_equal(got.status, 304);
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
        cmocka_unit_test(a_local_origin_is_echoed_also_on_errors),
        cmocka_unit_test(a_foreign_origin_may_not_post),
        cmocka_unit_test(preflights_are_answered),
        cmocka_unit_test(a_list_of_origins_is_exact),
        cmocka_unit_test(a_host_that_is_not_ours_is_misdirected),
        cmocka_unit_test(a_token_is_asked_for_everywhere),
        cmocka_unit_test(the_token_is_the_access_key_of_aws_clients),
        cmocka_unit_test(beyond_loopback_a_token_is_needed),
        cmocka_unit_test(a_taken_port_is_named),
        cmocka_unit_test(unknown_paths_get_a_hint),
        cmocka_unit_test(wrong_methods_are_told_the_right_ones),
        cmocka_unit_test(the_page_and_the_script_are_served),
        cmocka_unit_test(large_headers_are_taken),
        cmocka_unit_test(oversized_headers_are_counted),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
