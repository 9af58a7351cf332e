/* test_sigv4.c - signatures made and judged, against vectors and what other clients sent.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "wire/sigv4.h"

/* The key pair that AWS's own documentation uses; it opens nothing. */
#define SECRET "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define NOW_MS 1795395723000 /* 2026-11-23T01:02:03Z */

static const struct sigv4_key key = {
    .access_key = "AKIDEXAMPLE",
    .secret = SECRET,
    .region = "eu-west-1",
    .service = "monitoring",
};

/* --- requests as awscli 2.9 and the JavaScript SDK 3 sent them to a local server --- */

static const struct http_header sent_0[] = {
    { "Host", "127.0.0.1:5882" },
    { "Content-Type", "application/x-www-form-urlencoded; charset=utf-8" },
    { "X-Amz-Date", "20261123T002823Z" },
    { "Authorization",
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/monitoring/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date, "
      "Signature=60ef80a138e4b017cea341f98cde73ea7694a0df9ddf4e00aeabc67c76bfc2a1" },
};

static const struct http_header sent_1[] = {
    { "Host", "127.0.0.1:5882" },
    { "X-Amz-Target", "Logs_20140328.DescribeLogGroups" },
    { "Content-Type", "application/x-amz-json-1.1" },
    { "X-Amz-Date", "20261123T002828Z" },
    { "Authorization",
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/logs/aws4_request, "
      "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
      "Signature=bbe0296f6ba1f673955da22caf49415dddc6d9624087b5b1ab985d3c9749907f" },
};

static const struct http_header sent_2[] = {
    { "Host", "127.0.0.1:5882" },
    { "X-Amz-Date", "20261123T002857Z" },
    { "X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "Authorization",
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/s3/aws4_request, "
      "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
      "Signature=a8502aefaf1d597ff9314ab054d422ad5556381b03087f5b397543b8ae10126a" },
};

static const struct http_header sent_3[] = {
    { "Host", "127.0.0.1:5882" },
    { "X-Amz-Date", "20261123T002858Z" },
    { "X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "Authorization",
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/s3/aws4_request, "
      "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
      "Signature=30f9b9701f78c00c0bc6a8f7b41f9f807d81123bd6b70be2fa94c5ff3a3e4218" },
};

static const struct http_header sent_4[] = {
    { "Host", "127.0.0.1:5882" },
    { "X-Amz-Date", "20261123T002859Z" },
    { "X-Amz-Content-SHA256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "Authorization",
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/s3/aws4_request, "
      "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
      "Signature=4877575892575a265ad95842b4e944090a4d91767ea56c6f7c3ad2770d3ed9e5" },
};

static const struct http_header sent_5[] = {
    { "content-type", "application/x-amz-json-1.0" },
    { "x-amz-target", "GraniteServiceVersion20100801.ListMetrics" },
    { "x-amzn-query-mode", "true" },
    { "content-length", "42" },
    { "x-amz-user-agent", "aws-sdk-js/3.1163.0" },
    { "host", "127.0.0.1:5882" },
    { "amz-sdk-invocation-id", "ecfa5c7d-4a28-4464-969f-c8edf5468211" },
    { "amz-sdk-request", "attempt=1; max=1" },
    { "x-amz-date", "20261123T003037Z" },
    { "x-amz-content-sha256", "0ac09653bd3e60178981b3a996ccb384f74002437b3985a109b0ae8c8404b6a9" },
    { "authorization",
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/monitoring/aws4_request, "
      "SignedHeaders=amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-"
      "content-sha256;x-amz-date;x-amz-target;x-amz-user-agent;x-amzn-query-mode, "
      "Signature=d64ade04b0385e1339e974917d058f300dba7f509a532b7a64759fce2f180042" },
};

static const struct http_header sent_6[] = {
    { "x-amz-checksum-mode", "ENABLED" },
    { "x-amz-user-agent", "aws-sdk-js/3.1168.0" },
    { "host", "127.0.0.1:5882" },
    { "amz-sdk-invocation-id", "9dfffd40-fb13-405d-8c83-5fe426e47050" },
    { "amz-sdk-request", "attempt=1; max=1" },
    { "x-amz-date", "20261123T003038Z" },
    { "x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "authorization",
      "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/s3/aws4_request, "
      "SignedHeaders=amz-sdk-invocation-id;amz-sdk-request;host;x-amz-checksum-mode;x-amz-content-"
      "sha256;x-amz-date;x-amz-user-agent, "
      "Signature=fd04567a94ed33d495c03522888491b45b5c70e170b7f05311398d28bd9b8258" },
};

static const struct sent {
    const char *what;
    const char *method;
    const char *path;
    const char *query;
    const struct http_header *headers;
    size_t header_count;
    const char *body;
} sent[] = {
    { "a form", "POST", "/", "", sent_0, sizeof sent_0 / sizeof sent_0[0],
      "Action=ListMetrics&Version=2010-08-01&Namespace=Obs%2Fcli2" },
    { "AWS JSON", "POST", "/", "", sent_1, sizeof sent_1 / sizeof sent_1[0],
      "{\"logGroupNamePrefix\": \"/obs/\"}" },
    { "a query in another order", "GET", "/rec-cli2",
      "list-type=2&prefix=sessions%2F&encoding-type=url", sent_2, sizeof sent_2 / sizeof sent_2[0],
      "" },
    { "a path encoded once for s3", "GET", "/rec-cli2/sessions/a%20b/%C3%A9%2B1.bin", "", sent_3,
      sizeof sent_3 / sizeof sent_3[0], "" },
    { "a parameter without a value", "GET", "/rec-cli2", "lifecycle", sent_4,
      sizeof sent_4 / sizeof sent_4[0], "" },
    { "many signed headers", "POST", "/", "", sent_5, sizeof sent_5 / sizeof sent_5[0],
      "{\"Namespace\":\"Obs/js3\",\"MetricName\":\"LCP\"}" },
    { "a path, a query and many headers", "GET", "/rec-cli2/sessions/js%20%2B%C3%A9.bin",
      "x-id=GetObject", sent_6, sizeof sent_6 / sizeof sent_6[0], "" },
};

static struct http_request
as_sent(const struct sent *s)
{
    return (struct http_request){
        .method = s->method,
        .path = s->path,
        .query = s->query,
        .headers = s->headers,
        .header_count = s->header_count,
        .body = s->body,
        .body_len = strlen(s->body),
    };
}

static void
what_other_clients_signed_is_verified(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        struct http_request rq = as_sent(&sent[i]);
        struct sigv4_claim claim;
        struct wire_error error = { 0 };

        assert_true(sigv4_is_signed(&rq));
        if (sigv4_read(&claim, &rq, &error) != OK ||
            sigv4_verify(&claim, &rq, SECRET, &error) != OK)
            fail_msg("%s: %s: %s", sent[i].what, error.code, error.message);
        assert_string_equal(claim.access_key, "AKIDEXAMPLE");
        assert_string_equal(claim.region, "eu-west-1");
        assert_false(claim.is_presigned);
        assert_int_equal(sigv4_check_time(&claim, claim.time_ms + 1000, &error), OK);
    }
}

static void
a_changed_request_or_another_key_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        struct http_request rq = as_sent(&sent[i]);
        struct http_request other = rq;
        struct sigv4_claim claim;
        struct wire_error error = { 0 };

        assert_int_equal(sigv4_read(&claim, &rq, &error), OK);
        assert_int_equal(sigv4_verify(&claim, &rq, SECRET "x", &error), E_INVALID);
        assert_string_equal(error.code, "InvalidSignatureException");
        assert_int_equal(error.status, 403);
        other.body = "changed";
        other.body_len = 7;
        assert_int_equal(sigv4_verify(&claim, &other, SECRET, &error), E_INVALID);
        other = rq;
        other.path = "/elsewhere";
        assert_int_equal(sigv4_verify(&claim, &other, SECRET, &error), E_INVALID);
        other = rq;
        other.query = "more=1";
        assert_int_equal(sigv4_verify(&claim, &other, SECRET, &error), E_INVALID);
        other = rq;
        other.method = "PATCH";
        assert_int_equal(sigv4_verify(&claim, &other, SECRET, &error), E_INVALID);
        other = rq;
        other.header_count = 0;
        assert_int_equal(sigv4_verify(&claim, &other, SECRET, &error), E_INVALID);
        assert_non_null(strstr(error.message, "is not in the request"));
        claim.signature[0] ^= 1;
        assert_int_equal(sigv4_verify(&claim, &rq, SECRET, &error), E_INVALID);
    }
}

/* --- signing --- */

static void
the_documented_example_comes_out_the_same(void **state)
{
    static const struct http_header headers[] = {
        { "Content-Type", "application/x-amz-json-1.0" },
        { "Host", "monitoring.eu-west-1.amazonaws.com" },
        { "X-Amz-Target", "GraniteServiceVersion20100801.ListMetrics" },
    };
    struct http_request rq = {
        .method = "POST",
        .path = "/",
        .query = "",
        .headers = headers,
        .header_count = 3,
        .body = "{\"Namespace\":\"Shop/Web\",\"MetricName\":\"LCP\"}",
        .body_len = 43,
    };
    struct sigv4_key with_token = key;
    struct sigv4_signed out;
    struct err err;

    (void)state;
    with_token.token = "AQoEXAMPLE//token==";
    assert_int_equal(sigv4_sign(&out, &rq, &with_token, NOW_MS, &err), OK);
    assert_string_equal(out.date, "20261123T010203Z");
    assert_string_equal(out.content_sha256,
                        "48a446f391c70dc5b752fdfeb8be260ef6ea22af6b5006ac2c066367235697a2");
    assert_string_equal(
        out.authorization,
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/monitoring/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
        "Signature=d56c31479680b83f4c6beadfc243dd294ac6a13229e3ef4d2e4736e227ff3060");
}

static void
paths_are_encoded_again_and_queries_sorted(void **state)
{
    static const struct http_header headers[] = { { "Host", "lambda.eu-west-1.amazonaws.com" } };
    struct http_request rq = {
        .method = "GET",
        .path = "/2015-03-31/functions/arn%3Aaws%3Alambda",
        .query = "Qualifier=1&Marker=a%2Fb",
        .headers = headers,
        .header_count = 1,
    };
    struct sigv4_key lambda = key;
    struct sigv4_signed out;
    struct err err;

    (void)state;
    lambda.service = "lambda";
    assert_int_equal(sigv4_sign(&out, &rq, &lambda, NOW_MS, &err), OK);
    assert_non_null(
        strstr(out.authorization,
               "Signature=2b954cc13b1426a562448441ebb92103d2ce935575cc80492b273c778b75b41d"));
}

/* Requests that mean the same are signed the same. */
static void
equal_requests_have_equal_signatures(void **state)
{
    static const struct {
        const char *path, *query;
        const char *same_path, *same_query;
    } cases[] = {
        { "/", "", "", "" },
        { "/", "", "//", "" },
        { "/", "", "/./", "" },
        { "/", "", "/example/..", "" },
        { "/", "", "/a/b/../..", "" },
        { "/", "", "/..", "" },
        { "/example", "", "/./example", "" },
        { "/example/", "", "//example//", "" },
        { "/b", "", "/a/../b", "" },
        { "/", "a=1&b=2", "/", "b=2&a=1" },
        { "/", "a=", "/", "a" },
        { "/", "a=%2F", "/", "a=/" },
        { "/", "a=%2F", "/", "a=%2f" },
        { "/", "a=1&a=2", "/", "a=2&a=1" },
        { "/", "Param=2&Param-3=1", "/", "Param-3=1&Param=2" },
        { "/", "a=1", "/", "&a=1&&" },
    };
    static const struct http_header headers[] = {
        { "Host", "localhost" }, { "My-Header", "a b c" }, { "Twice", "1" }, { "twice", "2" }
    };
    static const struct http_header same_headers[] = { { "twice", "1,2" },
                                                       { "MY-HEADER", "  a   b\n\t c  " },
                                                       { "host", "localhost" } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request a = { .method = "GET",
                                  .path = cases[i].path,
                                  .query = cases[i].query,
                                  .headers = headers,
                                  .header_count = 4 };
        struct http_request b = { .method = "GET",
                                  .path = cases[i].same_path,
                                  .query = cases[i].same_query,
                                  .headers = same_headers,
                                  .header_count = 3 };
        struct sigv4_signed one, other;
        struct err err;

        assert_int_equal(sigv4_sign(&one, &a, &key, NOW_MS, &err), OK);
        assert_int_equal(sigv4_sign(&other, &b, &key, NOW_MS, &err), OK);
        if (strcmp(one.authorization, other.authorization) != 0)
            fail_msg("%s?%s and %s?%s", a.path, a.query, b.path, b.query);
    }
}

static void
what_we_sign_we_verify(void **state)
{
    static const char *const services[] = { "monitoring", "s3" };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct http_header headers[6] = { { "Host", "localhost:6270" },
                                          { "X-Amz-Meta", "a" },
                                          { "X-Amz-Meta-Two", "b" } };
        struct http_request rq = { .method = "PUT",
                                   .path = "/a%20b/../c%2Fd+e=f",
                                   .query = "z=%C3%A9&x-id=Put&b",
                                   .headers = headers,
                                   .header_count = 3,
                                   .body = "body",
                                   .body_len = 4 };
        struct sigv4_key k = key;
        struct sigv4_signed out;
        struct sigv4_claim claim;
        struct wire_error error;
        struct err err;

        k.service = services[i];
        k.token = "token";
        assert_int_equal(sigv4_sign(&out, &rq, &k, NOW_MS, &err), OK);
        headers[rq.header_count++] = (struct http_header){ "X-Amz-Date", out.date };
        headers[rq.header_count++] = (struct http_header){ "X-Amz-Security-Token", "token" };
        if (i == 1) {
            struct http_header all[8];

            memcpy(all, headers, sizeof headers);
            all[5] = (struct http_header){ "X-Amz-Content-Sha256", out.content_sha256 };
            all[6] = (struct http_header){ "Authorization", out.authorization };
            rq.headers = all;
            rq.header_count = 7;
            assert_int_equal(sigv4_read(&claim, &rq, &error), OK);
            assert_int_equal(sigv4_verify(&claim, &rq, SECRET, &error), OK);
            rq.body_len = 3; /* the header's hash is no longer the body's */
            assert_int_equal(sigv4_verify(&claim, &rq, SECRET, &error), E_INVALID);
            assert_non_null(strstr(error.message, "X-Amz-Content-Sha256"));
        } else {
            headers[rq.header_count++] = (struct http_header){ "Authorization", out.authorization };
            assert_int_equal(sigv4_read(&claim, &rq, &error), OK);
            assert_int_equal(sigv4_verify(&claim, &rq, SECRET, &error), OK);
            assert_string_equal(claim.service, "monitoring");
            assert_int_equal(claim.time_ms, NOW_MS);
        }
    }
}

static void
a_request_that_cannot_be_signed_says_why(void **state)
{
    struct http_request rq = { .method = "GET", .path = "/", .query = "" };
    struct http_header many[100];
    struct buf query;
    struct sigv4_signed out;
    struct err err;

    (void)state;
    assert_int_equal(sigv4_sign(&out, &rq, &key, NOW_MS, &err), E_INVALID);
    assert_non_null(strstr(err.text, "Host"));
    for (size_t i = 0; i < 100; i++)
        many[i] = (struct http_header){ "Host", "x" };
    rq.headers = many;
    rq.header_count = 100;
    assert_int_equal(sigv4_sign(&out, &rq, &key, NOW_MS, &err), E_LIMIT);
    rq.header_count = 1;
    buf_init(&query, 8192);
    for (int i = 0; i < 600; i++)
        buf_adds(&query, "a=b&");
    rq.query = query.data;
    assert_int_equal(sigv4_sign(&out, &rq, &key, NOW_MS, &err), E_LIMIT);
    assert_non_null(strstr(err.text, "512 parameters"));
    buf_fini(&query);
}

/* --- presigned URLs --- */

static void
presigned_urls_come_out_as_documented_and_verify(void **state)
{
    static const struct http_header headers[] = { { "host", "rec.s3.eu-west-1.amazonaws.com" } };
    struct http_request rq = { .method = "GET",
                               .path = "/sessions/a%20b.bin",
                               .query = "",
                               .headers = headers,
                               .header_count = 1 };
    struct sigv4_key s3 = key;
    struct sigv4_claim claim;
    struct wire_error error;
    struct buf query;
    struct err err;

    (void)state;
    s3.service = "s3";
    s3.token = "AQoEXAMPLE//token==";
    buf_init(&query, 4096);
    assert_int_equal(sigv4_presign(&query, &rq, &s3, NOW_MS, 900, &err), OK);
    assert_string_equal(
        query.data,
        "X-Amz-Algorithm=AWS4-HMAC-SHA256"
        "&X-Amz-Credential=AKIDEXAMPLE%2F20261123%2Feu-west-1%2Fs3%2Faws4_request"
        "&X-Amz-Date=20261123T010203Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host"
        "&X-Amz-Security-Token=AQoEXAMPLE%2F%2Ftoken%3D%3D"
        "&X-Amz-Signature=ff20e833ec705723af6f73e512ced0a42883257ad7c359d4872f4c5272e70684");

    rq.query = query.data;
    assert_true(sigv4_is_signed(&rq));
    assert_int_equal(sigv4_read(&claim, &rq, &error), OK);
    assert_true(claim.is_presigned);
    assert_int_equal(claim.expires_s, 900);
    assert_int_equal(sigv4_verify(&claim, &rq, SECRET, &error), OK);
    assert_int_equal(sigv4_check_time(&claim, NOW_MS + 900000, &error), OK);
    assert_int_equal(sigv4_check_time(&claim, NOW_MS + 900001, &error), E_INVALID);
    rq.path = "/sessions/other.bin";
    assert_int_equal(sigv4_verify(&claim, &rq, SECRET, &error), E_INVALID);

    rq.query = "";
    assert_int_equal(sigv4_presign(&query, &rq, &s3, NOW_MS, 604801, &err), E_INVALID);
    assert_int_equal(sigv4_presign(&query, &rq, &s3, NOW_MS, 0, &err), E_INVALID);
    buf_fini(&query);
}

static void
presigned_urls_that_lack_something_say_what(void **state)
{
    static const struct {
        const char *query;
        const char *says;
    } cases[] = {
#define ALG   "X-Amz-Algorithm=AWS4-HMAC-SHA256"
#define CRED  "&X-Amz-Credential=A%2F20261123%2Fr%2Fs%2Faws4_request"
#define SIGN  "&X-Amz-Signature=" HEX64
#define HEX64 "0000000000000000000000000000000000000000000000000000000000000000"
        { "X-Amz-Algorithm=AWS4-X", "must be AWS4-HMAC-SHA256" },
        { ALG, "X-Amz-Credential" },
        { ALG CRED, "X-Amz-SignedHeaders" },
        { ALG CRED "&X-Amz-SignedHeaders=host", "X-Amz-Signature" },
        { ALG CRED SIGN "&X-Amz-SignedHeaders=host", "X-Amz-Date" },
        { ALG CRED SIGN "&X-Amz-SignedHeaders=host&X-Amz-Date=20261123T010203Z", "X-Amz-Expires" },
        { ALG CRED SIGN "&X-Amz-SignedHeaders=host&X-Amz-Date=20261123T010203Z&X-Amz-Expires=0",
          "604800" },
        { ALG CRED SIGN "&X-Amz-SignedHeaders=host&X-Amz-Date=20261123T010203Z&X-Amz-Expires=9x",
          "604800" },
        { ALG CRED SIGN "&X-Amz-SignedHeaders=date&X-Amz-Date=20261123T010203Z&X-Amz-Expires=9",
          "must name host" },
        { ALG CRED SIGN "&X-Amz-SignedHeaders=host&X-Amz-Date=2026-11-23&X-Amz-Expires=9",
          "X-Amz-Date must be" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_request rq = { .method = "GET", .path = "/", .query = cases[i].query };
        struct sigv4_claim claim;
        struct wire_error error = { 0 };

        assert_int_equal(sigv4_read(&claim, &rq, &error), E_INVALID);
        assert_string_equal(error.code, "IncompleteSignatureException");
        if (strstr(error.message, cases[i].says) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", error.message, cases[i].says);
    }
}

/* --- headers that claim badly --- */

static void
authorization_headers_that_lack_something_say_what(void **state)
{
    static const struct {
        const char *authorization;
        const char *date;
        const char *code;
        const char *says;
    } cases[] = {
#define FULL \
    "AWS4-HMAC-SHA256 Credential=A/20261123/r/s/aws4_request, SignedHeaders=host, Signature="
        { NULL, NULL, "MissingAuthenticationTokenException", "Authentication Token" },
        { "Bearer x", NULL, "IncompleteSignatureException", "algorithm Bearer" },
        { "", NULL, "IncompleteSignatureException", "AWS4-HMAC-SHA256" },
        { "AWS4-ECDSA-P256-SHA256 Credential=x", NULL, "IncompleteSignatureException",
          "AWS4-ECDSA-P256-SHA256 is not supported" },
        { "AWS4-HMAC-SHA256 ", NULL, "IncompleteSignatureException", "'Credential'" },
        { "AWS4-HMAC-SHA256 Credential=A/20261123/r/s/aws4_request", NULL,
          "IncompleteSignatureException", "'SignedHeaders'" },
        { "AWS4-HMAC-SHA256 Credential=A/20261123/r/s/aws4_request, SignedHeaders=host", NULL,
          "IncompleteSignatureException", "'Signature'" },
        { FULL HEX64, NULL, "IncompleteSignatureException", "'X-Amz-Date'" },
        { FULL HEX64, "yesterday", "IncompleteSignatureException", "X-Amz-Date must be" },
        { FULL HEX64, "20261323T010203Z", "IncompleteSignatureException", "X-Amz-Date must be" },
        { FULL HEX64, "20261123T010203Zxxxxxxxx", "IncompleteSignatureException",
          "X-Amz-Date must be" },
        { FULL "abc", "20261123T010203Z", "IncompleteSignatureException", "64 lower-case" },
        { FULL HEX64 "0", "20261123T010203Z", "IncompleteSignatureException", "'Signature'" },
        { FULL HEX64, "20261124T010203Z", "InvalidSignatureException", "does not match" },
        { "AWS4-HMAC-SHA256 Credential=A/20261123/r/aws4_request, SignedHeaders=host, "
          "Signature=" HEX64,
          "20261123T010203Z", "IncompleteSignatureException", "KEY/YYYYMMDD" },
        { "AWS4-HMAC-SHA256 Credential=A/2026112x/r/s/aws4_request, SignedHeaders=host, "
          "Signature=" HEX64,
          "20261123T010203Z", "IncompleteSignatureException", "KEY/YYYYMMDD" },
        { "AWS4-HMAC-SHA256 Credential=A/20261123/r/s/aws5_request, SignedHeaders=host, "
          "Signature=" HEX64,
          "20261123T010203Z", "IncompleteSignatureException", "KEY/YYYYMMDD" },
        { "AWS4-HMAC-SHA256 Credential=/20261123/r/s/aws4_request, SignedHeaders=host, "
          "Signature=" HEX64,
          "20261123T010203Z", "IncompleteSignatureException", "KEY/YYYYMMDD" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_header headers[2] = { { "Authorization", cases[i].authorization },
                                          { "X-Amz-Date", cases[i].date } };
        struct http_request rq = { .method = "POST",
                                   .path = "/",
                                   .query = "",
                                   .headers = headers,
                                   .header_count = cases[i].authorization == NULL ? 0
                                                   : cases[i].date == NULL        ? 1
                                                                                  : 2 };
        struct sigv4_claim claim;
        struct wire_error error = { 0 };

        assert_int_equal(sigv4_read(&claim, &rq, &error), E_INVALID);
        if (strcmp(error.code, cases[i].code) != 0 || strstr(error.message, cases[i].says) == NULL)
            fail_msg("%zu: %s: \"%s\" is not %s: \"%s\"", i, error.code, error.message,
                     cases[i].code, cases[i].says);
    }
}

static void
only_signed_requests_claim_to_be(void **state)
{
    struct http_header bearer = { "Authorization", "Bearer x" };
    struct http_header aws = { "authorization", "AWS4-HMAC-SHA256 x" };
    struct http_request rq = { .method = "GET", .path = "/", .query = "a=1" };

    (void)state;
    assert_false(sigv4_is_signed(&rq));
    rq.headers = &bearer;
    rq.header_count = 1;
    assert_false(sigv4_is_signed(&rq));
    rq.headers = &aws;
    assert_true(sigv4_is_signed(&rq));
    rq.header_count = 0;
    rq.query = "a=1&X-Amz-Algorithm=AWS4-HMAC-SHA256";
    assert_true(sigv4_is_signed(&rq));
}

static void
signatures_are_good_for_minutes(void **state)
{
    struct sigv4_claim claim = { .service = "logs", .time_ms = NOW_MS };
    struct wire_error error = { 0 };

    (void)state;
    assert_int_equal(sigv4_check_time(&claim, NOW_MS + 5 * 60000, &error), OK);
    assert_int_equal(sigv4_check_time(&claim, NOW_MS + 5 * 60000 + 1, &error), E_INVALID);
    assert_non_null(strstr(error.message, "expired"));
    assert_int_equal(sigv4_check_time(&claim, NOW_MS - 5 * 60000, &error), OK);
    assert_int_equal(sigv4_check_time(&claim, NOW_MS - 5 * 60000 - 1, &error), E_INVALID);
    assert_non_null(strstr(error.message, "not yet current"));
    memcpy(claim.service, "s3", 3);
    assert_int_equal(sigv4_check_time(&claim, NOW_MS + 15 * 60000, &error), OK);
    assert_int_equal(sigv4_check_time(&claim, NOW_MS + 15 * 60000 + 1, &error), E_INVALID);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_other_clients_signed_is_verified),
        cmocka_unit_test(a_changed_request_or_another_key_is_refused),
        cmocka_unit_test(the_documented_example_comes_out_the_same),
        cmocka_unit_test(paths_are_encoded_again_and_queries_sorted),
        cmocka_unit_test(equal_requests_have_equal_signatures),
        cmocka_unit_test(what_we_sign_we_verify),
        cmocka_unit_test(a_request_that_cannot_be_signed_says_why),
        cmocka_unit_test(presigned_urls_come_out_as_documented_and_verify),
        cmocka_unit_test(presigned_urls_that_lack_something_say_what),
        cmocka_unit_test(authorization_headers_that_lack_something_say_what),
        cmocka_unit_test(only_signed_requests_claim_to_be),
        cmocka_unit_test(signatures_are_good_for_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
