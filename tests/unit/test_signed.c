/* test_signed.c - requests that real clients signed, judged by the verifier at their own time.
 * SPDX-License-Identifier: MIT
 *
 * signed_requests.json holds what awscli 2.9.19, awscli 1.45.11 and the AWS SDK for JavaScript 3
 * sent to an emulator with AWS's documented example key: five services in JSON, forms, CBOR and
 * S3's REST, with what each of them chose to sign. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "wire/sigv4.h"

#define FILE_MAX    (1 << 20)
#define HEADERS_MAX 32
#define REQUESTS    162
#define SECRET      "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define MINUTE_MS   60000

struct recorded {
    struct http_header headers[HEADERS_MAX];
    struct http_request rq;
    unsigned char body[4096];
    char name[128];
};

static cJSON *
read_recorded(void)
{
    const char *srcdir = getenv("srcdir");
    char *path = xasprintf("%s/tests/unit/signed_requests.json", srcdir != NULL ? srcdir : ".");
    struct err err = { 0 };
    struct buf text;
    cJSON *all = NULL;

    buf_init(&text, FILE_MAX);
    if (buf_read_file(&text, path, &err) != OK || json_parse(&all, text.data, text.len, &err) != OK)
        fail_msg("%s: %s", path, err.text);
    buf_fini(&text);
    free(path);
    return all;
}

static void
take_body(struct recorded *out, const cJSON *row)
{
    const char *base64 = json_get_string(row, "body_base64", NULL);
    size_t len;

    out->rq.body = json_get_string(row, "body", "");
    out->rq.body_len = strlen(out->rq.body);
    if (base64 == NULL)
        return;
    len = strlen(base64);
    assert_true(len / 4 * 3 <= sizeof out->body);
    assert_true(EVP_DecodeBlock(out->body, (const unsigned char *)base64, (int)len) >= 0);
    out->rq.body = (const char *)out->body;
    out->rq.body_len = len / 4 * 3 - (base64[len - 1] == '=') - (base64[len - 2] == '=');
}

static void
take(struct recorded *out, const cJSON *row)
{
    const cJSON *pair;

    *out = (struct recorded){ 0 };
    snprintf(out->name, sizeof out->name, "%s %s", json_get_string(row, "client", "?"),
             json_get_string(row, "call", "?"));
    out->rq.method = json_get_string(row, "method", "");
    out->rq.path = json_get_string(row, "path", "");
    out->rq.query = json_get_string(row, "query", "");
    out->rq.headers = out->headers;
    cJSON_ArrayForEach(pair, json_get(row, "headers"))
    {
        assert_true(out->rq.header_count < HEADERS_MAX);
        out->headers[out->rq.header_count++] =
            (struct http_header){ cJSON_GetArrayItem(pair, 0)->valuestring,
                                  cJSON_GetArrayItem(pair, 1)->valuestring };
    }
    take_body(out, row);
}

static void
every_recorded_signature_is_right(void **state)
{
    cJSON *all = read_recorded();
    const cJSON *row;
    size_t count = 0;

    (void)state;
    cJSON_ArrayForEach(row, all)
    {
        struct sigv4_claim claim;
        struct wire_error error = { 0 };
        struct recorded r;

        take(&r, row);
        if (sigv4_read(&claim, &r.rq, &error) != OK ||
            sigv4_verify(&claim, &r.rq, SECRET, &error) != OK ||
            sigv4_check_time(&claim, claim.time_ms, &error) != OK)
            fail_msg("%s: %s: %s", r.name, error.code, error.message);
        assert_string_equal(claim.access_key, "AKIDEXAMPLE");
        count++;
    }
    assert_int_equal(count, REQUESTS);
    cJSON_Delete(all);
}

/* One byte more of anything that is signed, or one minute too late. */
static void
nothing_else_passes(void **state)
{
    cJSON *all = read_recorded();
    const cJSON *row;

    (void)state;
    cJSON_ArrayForEach(row, all)
    {
        struct sigv4_claim claim;
        struct wire_error error = { 0 };
        struct http_request other;
        struct recorded r;
        int64_t patience;

        take(&r, row);
        assert_int_equal(sigv4_read(&claim, &r.rq, &error), OK);
        patience = (strcmp(claim.service, "s3") == 0 ? 15 : 5) * MINUTE_MS;
        assert_int_not_equal(sigv4_verify(&claim, &r.rq, SECRET "x", &error), OK);
        other = r.rq;
        other.query = "x=1";
        assert_int_not_equal(sigv4_verify(&claim, &other, SECRET, &error), OK);
        other = r.rq;
        other.body = "another body";
        other.body_len = 12;
        assert_int_not_equal(sigv4_verify(&claim, &other, SECRET, &error), OK);
        assert_int_equal(sigv4_check_time(&claim, claim.time_ms + patience, &error), OK);
        assert_int_not_equal(sigv4_check_time(&claim, claim.time_ms + patience + 1, &error), OK);
        assert_int_not_equal(sigv4_check_time(&claim, claim.time_ms - patience - 1, &error), OK);
    }
    cJSON_Delete(all);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_signature_is_right),
        cmocka_unit_test(nothing_else_passes),
    };

    return cmocka_run_group_tests_name("signed requests", tests, NULL, NULL);
}
