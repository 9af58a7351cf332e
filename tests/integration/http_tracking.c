/* http_tracking.c - the two endpoints that pages send to: answers, edges, refusals.
 * SPDX-License-Identifier: MIT */
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
#include <zlib.h>

#include "wire.h"

#include "base/json.h"
#include "base/mem.h"
#include "domain/limits.h"

/* The two requests of the architecture document, verbatim. */
static const char document_vitals[] = "{\n"
                                      "  \"metrics\": [\n"
                                      "    {\n"
                                      "      \"name\": \"LCP\",\n"
                                      "      \"value\": 1250.5,\n"
                                      "      \"rating\": \"good\",\n"
                                      "      \"url\": \"https://example.com/page\",\n"
                                      "      \"timestamp\": \"2025-11-23T10:30:00.000Z\"\n"
                                      "    },\n"
                                      "    {\n"
                                      "      \"name\": \"FID\",\n"
                                      "      \"value\": 45.2,\n"
                                      "      \"rating\": \"good\",\n"
                                      "      \"url\": \"https://example.com/page\",\n"
                                      "      \"timestamp\": \"2025-11-23T10:30:01.000Z\"\n"
                                      "    }\n"
                                      "  ],\n"
                                      "  \"sessionId\": \"uuid-v4-session-id\",\n"
                                      "  \"userAgent\": \"Mozilla/5.0...\"\n"
                                      "}\n";

static const char document_error[] =
    "{\n"
    "  \"error\": {\n"
    "    \"message\": \"Cannot read property 'x' of undefined\",\n"
    "    \"stack\": \"Error: Cannot read property...\\n  at Component.render...\",\n"
    "    \"type\": \"TypeError\"\n"
    "  },\n"
    "  \"context\": {\n"
    "    \"url\": \"https://example.com/page\",\n"
    "    \"userAgent\": \"Mozilla/5.0...\",\n"
    "    \"timestamp\": \"2025-11-23T10:30:00.000Z\",\n"
    "    \"sessionId\": \"uuid-v4-session-id\",\n"
    "    \"componentStack\": \"in Component (at App.tsx:42)\"\n"
    "  }\n"
    "}\n";

#define VITALS "/metrics/web-vitals"
#define ERRORS "/errors/report"
#define TWO    "{\"success\":true,\"metricsReceived\":2}"
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

static void
the_documents_vitals_give_its_answer(void **state)
{
    struct wire_answer got;

    (void)state;
    wire_ask(em, &got, "POST", VITALS, "Content-Type: application/json\r\n", document_vitals,
             strlen(document_vitals));
    assert_int_equal(got.status, 200);
    assert_string_equal(got.body.data, TWO);
    assert_string_equal(wire_header(&got, "Content-Type"), "application/json");
    wire_answer_fini(&got);
}

static void
the_documents_error_gives_an_id_that_can_be_looked_up(void **state)
{
    struct wire_answer got;
    char path[64];
    cJSON *json, *report;

    (void)state;
    wire_ask(em, &got, "POST", ERRORS, "Content-Type: application/json\r\n", document_error,
             strlen(document_error));
    assert_int_equal(got.status, 200);
    assert_int_equal(json_parse(&json, got.body.data, got.body.len, NULL), OK);
    assert_int_equal(got.body.len, strlen("{\"success\":true,\"errorId\":\"\"}") + 36);
    assert_int_equal(strncmp(got.body.data, "{\"success\":true,\"errorId\":\"", 27), 0);
    snprintf(path, sizeof path, "/errors/%s", json_get_string(json, "errorId", ""));
    report = wire_get_json(em, path);
    assert_string_equal(json_get_string(report, "errorId", ""),
                        json_get_string(json, "errorId", "-"));
    assert_string_equal(json_get_string(json_get(report, "error"), "type", ""), "TypeError");
    assert_string_equal(json_get_string(json_get(report, "error"), "message", ""),
                        "Cannot read property 'x' of undefined");
    assert_string_equal(json_get_string(json_get(report, "error"), "stack", ""),
                        "Error: Cannot read property...\n  at Component.render...");
    assert_string_equal(json_get_string(json_get(report, "context"), "componentStack", ""),
                        "in Component (at App.tsx:42)");
    assert_string_equal(json_get_string(json_get(report, "context"), "timestamp", ""),
                        "2025-11-23T10:30:00.000Z");
    cJSON_Delete(report);
    cJSON_Delete(json);
    wire_answer_fini(&got);
    wire_ask(em, &got, "GET", "/errors/00000000-0000-4000-8000-000000000000", "", "", 0);
    assert_int_equal(got.status, 404);
    wire_answer_fini(&got);
    wire_ask(em, &got, "GET", "/errors/nonsense", "", "", 0);
    assert_int_equal(got.status, 404);
    wire_answer_fini(&got);
}

static void
check_type(const char *header, unsigned status)
{
    struct wire_answer got;

    wire_ask(em, &got, "POST", VITALS, header, LCP, strlen(LCP));
    if (got.status != status)
        fail_msg("%s gave %u %s", header, got.status, got.body.data);
    if (status == 200)
        assert_string_equal(got.body.data, ONE);
    else
        assert_non_null(strstr(got.body.data, "\"hint\":\"send JSON as"));
    wire_answer_fini(&got);
}

static void
what_beacons_send_is_read(void **state)
{
    (void)state;
    check_type("Content-Type: text/plain;charset=UTF-8\r\n", 200);
    check_type("Content-Type: text/plain\r\n", 200);
    check_type("Content-Type: application/json; charset=utf-8\r\n", 200);
    check_type("content-type: APPLICATION/JSON\r\n", 200);
    check_type("Content-Type: application/reports+json\r\n", 200);
    check_type("", 200);
    check_type("Content-Type: application/x-www-form-urlencoded\r\n", 415);
    check_type("Content-Type: multipart/form-data; boundary=x\r\n", 415);
    check_type("Content-Type: text/html\r\n", 415);
    check_type("Content-Type: application/octet-stream\r\n", 415);
    check_type("Content-Type: application/jsonp\r\n", 415);
}

static size_t
compress_gzip(char *to, size_t size, const char *from, size_t len)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)from,
                   .avail_in = (uInt)len,
                   .next_out = (Bytef *)to,
                   .avail_out = (uInt)size };

    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

static void
check_encoded(const char *encoding, const char *body, size_t len, unsigned status)
{
    struct wire_answer got;
    char headers[64];

    snprintf(headers, sizeof headers, "Content-Encoding: %s\r\n", encoding);
    wire_ask(em, &got, "POST", VITALS, headers, body, len);
    if (got.status != status)
        fail_msg("%s gave %u %s", headers, got.status, got.body.data);
    wire_answer_fini(&got);
}

static void
gzip_bodies_are_opened_within_the_limit(void **state)
{
    static char bomb[LIMIT_BODY_BYTES * 4], packed[LIMIT_BODY_BYTES];
    size_t len;

    (void)state;
    len = compress_gzip(packed, sizeof packed, LCP, strlen(LCP));
    check_encoded("gzip", packed, len, 200);
    check_encoded("gzip", packed, len / 2, 400);
    check_encoded("gzip", LCP, strlen(LCP), 400);
    check_encoded("identity", LCP, strlen(LCP), 200);
    check_encoded("br", LCP, strlen(LCP), 415);
    memset(bomb, ' ', sizeof bomb);
    len = compress_gzip(packed, sizeof packed, bomb, sizeof bomb);
    check_encoded("gzip", packed, len, 413);
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

/* --- malformed bodies --------------------------------------------------------------------------
 */

#define REFUSED(field, message) \
    "{\"success\":false,\"errors\":[{\"field\":\"" field "\",\"message\":\"" message "\"}]}"

struct bad_body {
    const char *path;
    const char *body;
    const char *answer; /* NULL: 400 with errors, whose words belong to others */
};

static const struct bad_body bad_bodies[] = {
    { VITALS, "", REFUSED("body", "expected a JSON object, got nothing") },
    { VITALS, "   ", REFUSED("body", "expected a JSON value, got nothing") },
    { VITALS, "{", NULL },
    { VITALS, "}", NULL },
    { VITALS, "nul", NULL },
    { VITALS, "{\"metrics\":[}", NULL },
    { VITALS, "{\"metrics\":[]} x", REFUSED("body", "not JSON: text after the value at byte 14") },
    { VITALS, "\xff\xfe", REFUSED("body", "byte 0 is not valid UTF-8") },
    { VITALS, "{\"a\":\"\xc3\"}", REFUSED("body", "byte 6 is not valid UTF-8") },
    { VITALS, "{\"a\":\"\xed\xa0\x80\"}", REFUSED("body", "byte 6 is not valid UTF-8") },
    { VITALS, "{'metrics':[]}", NULL },
    { VITALS, "null", NULL },
    { VITALS, "true", NULL },
    { VITALS, "1", NULL },
    { VITALS, "\"text\"", NULL },
    { VITALS, "[]", NULL },
    { VITALS, "{}", NULL },
    { VITALS, "{\"metrics\":null}", NULL },
    { VITALS, "{\"metrics\":{}}", NULL },
    { VITALS, "{\"metrics\":[]}", NULL },
    { VITALS, "{\"metrics\":[1]}", NULL },
    { VITALS, "{\"metrics\":[{}]}", NULL },
    { VITALS, "{\"metrics\":[{\"name\":\"LCP\"}]}", NULL },
    { VITALS, "{\"metrics\":[{\"name\":\"LCP\",\"value\":\"1\"}]}", NULL },
    { VITALS, "{\"metrics\":[{\"name\":\"LCP\",\"value\":null}]}", NULL },
    { VITALS, "{\"metrics\":[{\"name\":\"LCP\",\"value\":NaN}]}", NULL },
    { VITALS, "{\"metrics\":[{\"name\":\"LCP\",\"value\":1e999}]}", NULL },
    { VITALS, "{\"metrics\":[{\"name\":\"LCP\",\"value\":-1}]}", NULL },
    { VITALS, "{\"metrics\":[{\"name\":\"XYZ\",\"value\":1}]}", NULL },
    { VITALS, "{\"metrics\":[{\"name\":1,\"value\":1}]}", NULL },
    { ERRORS, "{}", NULL },
    { ERRORS, "[]", NULL },
    { ERRORS, "{\"error\":null}", NULL },
    { ERRORS, "{\"error\":\"boom\"}", NULL },
    { ERRORS, "{\"error\":{}}", NULL },
    { ERRORS, "{\"error\":{\"message\":1}}", NULL },
    { ERRORS, "{\"error\":{\"message\":\"m\",\"stack\":1}}", NULL },
};

static void
check_fields(const struct bad_body *bad, const struct wire_answer *got)
{
    const cJSON *errors, *first;
    cJSON *json;

    assert_int_equal(json_parse(&json, got->body.data, got->body.len, NULL), OK);
    assert_false(json_get_bool(json, "success", true));
    errors = json_get(json, "errors");
    first = cJSON_GetArrayItem(errors, 0);
    if (*json_get_string(first, "field", "") == '\0' ||
        *json_get_string(first, "message", "") == '\0')
        fail_msg("%s: %s", bad->body, got->body.data);
    cJSON_Delete(json);
}

static void
malformed_bodies_are_refused_field_by_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_bodies / sizeof bad_bodies[0]; i++) {
        const struct bad_body *bad = &bad_bodies[i];
        struct wire_answer got;

        wire_ask(em, &got, "POST", bad->path, "Content-Type: application/json\r\n", bad->body,
                 strlen(bad->body));
        if (got.status != 400 || (bad->answer != NULL && strcmp(got.body.data, bad->answer) != 0))
            fail_msg("%s %s: %u %s", bad->path, bad->body, got.status, got.body.data);
        check_fields(bad, &got);
        wire_answer_fini(&got);
    }
}

static void
nuls_and_depth_are_refused(void **state)
{
    static const char nul[] = "{\"metrics\":[]\0}";
    struct wire_answer got;
    char deep[2000];

    (void)state;
    wire_ask(em, &got, "POST", VITALS, "", nul, sizeof nul - 1);
    assert_int_equal(got.status, 400);
    assert_string_equal(got.body.data, REFUSED("body", "not JSON: NUL byte at offset 13"));
    wire_answer_fini(&got);
    memset(deep, '[', sizeof deep);
    wire_ask(em, &got, "POST", VITALS, "", deep, sizeof deep);
    assert_int_equal(got.status, 400);
    assert_non_null(strstr(got.body.data, "nested deeper than"));
    wire_answer_fini(&got);
}

static void
the_second_metrics_value_is_named(void **state)
{
    static const char body[] = "{\"metrics\":[{\"name\":\"LCP\",\"value\":1,\"url\":\"http://a/\"},"
                               "{\"name\":\"CLS\",\"value\":\"x\",\"url\":\"http://a/\"}],"
                               "\"sessionId\":\"s\",\"userAgent\":\"u\"}";
    struct wire_answer got;

    (void)state;
    wire_ask(em, &got, "POST", VITALS, "", body, strlen(body));
    assert_int_equal(got.status, 400);
    assert_non_null(strstr(got.body.data, "{\"field\":\"metrics[1].value\",\"message\":\""));
    wire_answer_fini(&got);
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
    wire_expect(limited, ERRORS, document_error, 429, NULL);
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
        cmocka_unit_test(the_documents_vitals_give_its_answer),
        cmocka_unit_test(the_documents_error_gives_an_id_that_can_be_looked_up),
        cmocka_unit_test(what_beacons_send_is_read),
        cmocka_unit_test(gzip_bodies_are_opened_within_the_limit),
        cmocka_unit_test(bodies_end_at_102400_bytes),
        cmocka_unit_test(endless_bodies_are_cut_off),
        cmocka_unit_test(malformed_bodies_are_refused_field_by_field),
        cmocka_unit_test(nuls_and_depth_are_refused),
        cmocka_unit_test(the_second_metrics_value_is_named),
    };
    const struct CMUnitTest alone[] = { cmocka_unit_test(request_1001_is_refused) };
    int failed = cmocka_run_group_tests(tests, start, stop);

    return failed + cmocka_run_group_tests(alone, NULL, NULL);
}
