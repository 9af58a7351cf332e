/* test_restxml.c - S3's requests read, its answers and errors written.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "wire/restxml.h"
#include "wire/s3_operation.h"

static void
requests_are_operations(void **state)
{
    static const struct {
        const char *method, *path, *query, *body;
        const char *operation;
        const char *input;
    } cases[] = {
        { "GET", "/", "", "", "ListBuckets", "{}" },
        { "GET", "/", "x-id=ListBuckets", "", "ListBuckets", "{}" },
        { "HEAD", "/mobs", "", "", "HeadBucket", "{\"Bucket\":\"mobs\"}" },
        { "GET", "/mobs/", "location", "", "GetBucketLocation",
          "{\"Bucket\":\"mobs\",\"location\":\"\"}" },
        { "GET", "/mobs", "list-type=2&prefix=7%2Fd&max-keys=5", "", "ListObjectsV2",
          "{\"Bucket\":\"mobs\",\"list-type\":\"2\",\"prefix\":\"7/d\",\"max-keys\":\"5\"}" },
        { "GET", "/mobs", "list-type=2&X-Amz-Signature=ab", "", "ListObjectsV2",
          "{\"Bucket\":\"mobs\",\"list-type\":\"2\"}" },
        { "GET", "/mobs", "prefix=list-type", "", "ListObjects",
          "{\"Bucket\":\"mobs\",\"prefix\":\"list-type\"}" },
        { "GET", "/mobs/7/dom.mobs", "", "", "GetObject",
          "{\"Bucket\":\"mobs\",\"Key\":\"7/dom.mobs\"}" },
        { "GET", "/mobs/a%20b//c+d", "", "", "GetObject",
          "{\"Bucket\":\"mobs\",\"Key\":\"a b//c+d\"}" },
        { "GET", "/mobs/7", "tagging", "", "GetObjectTagging",
          "{\"Bucket\":\"mobs\",\"Key\":\"7\",\"tagging\":\"\"}" },
        { "PUT", "/mobs/7", "partNumber=1&uploadId=x", "not xml", "UploadPart",
          "{\"Bucket\":\"mobs\",\"Key\":\"7\",\"partNumber\":\"1\",\"uploadId\":\"x\"}" },
        { "GET", "/mobs", "analytics", "", "ListBucketAnalyticsConfigurations",
          "{\"Bucket\":\"mobs\",\"analytics\":\"\"}" },
        { "GET", "/mobs", "analytics&id=1", "", "GetBucketAnalyticsConfiguration",
          "{\"Bucket\":\"mobs\",\"analytics\":\"\",\"id\":\"1\"}" },
        { "POST", "/mobs", "delete",
          "<Delete xmlns=\"x\"><Object><Key>7/a&amp;b</Key></Object><Object><Key>8</Key></Object>"
          "<Quiet>true</Quiet></Delete>",
          "DeleteObjects",
          "{\"Bucket\":\"mobs\",\"delete\":\"\",\"Delete\":{\"Object\":[{\"Key\":\"7/"
          "a&b\"},{\"Key\":"
          "\"8\"}],\"Quiet\":\"true\"}}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct http_request rq = { .method = cases[i].method,
                                         .path = cases[i].path,
                                         .query = cases[i].query,
                                         .body = cases[i].body,
                                         .body_len = strlen(cases[i].body) };
        struct wire_error error = { 0 };
        struct wire_call call;
        struct buf text;

        if (codec_restxml.decode(&call, &rq, &error) != OK)
            fail_msg("%s %s: %s", rq.method, rq.path, error.message);
        buf_init(&text, 4096);
        json_print(&text, call.input);
        assert_string_equal(call.operation, cases[i].operation);
        assert_string_equal(text.data, cases[i].input);
        buf_fini(&text);
        wire_call_fini(&call);
    }
}

static void
broken_requests_are_refused(void **state)
{
    char *long_key = xmalloc(RESTXML_KEY_MAX + 20);
    const struct {
        const char *method, *path, *query, *body;
        const char *code;
    } cases[] = {
        { "PATCH", "/mobs", "", "", "MethodNotAllowed" },
        { "GET", long_key, "", "", "KeyTooLongError" },
        { "GET", "/mobs/a%00b", "", "", "InvalidURI" },
        { "GET", "/mobs", "prefix=%00", "", "InvalidURI" },
        { "POST", "/mobs", "delete", "<Delete><Object>", "MalformedXML" },
        { "POST", "/mobs", "delete", "<!DOCTYPE a [<!ENTITY b \"c\">]><Delete>&b;</Delete>",
          "MalformedXML" },
    };

    (void)state;
    memset(long_key, 'k', RESTXML_KEY_MAX + 19);
    memcpy(long_key, "/mobs/", 6);
    long_key[RESTXML_KEY_MAX + 19] = '\0';
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct http_request rq = { .method = cases[i].method,
                                         .path = cases[i].path,
                                         .query = cases[i].query,
                                         .body = cases[i].body,
                                         .body_len = strlen(cases[i].body) };
        struct wire_error error = { 0 };
        struct wire_call call;

        assert_int_not_equal(codec_restxml.decode(&call, &rq, &error), OK);
        assert_string_equal(error.code, cases[i].code);
        wire_call_fini(&call);
    }
    free(long_key);
}

static void
answers_repeat_an_element_for_each_item(void **state)
{
    static const char text[] = "{\"Name\":\"mobs\",\"Contents\":[{\"Key\":\"a<b\",\"Size\":12},{"
                               "\"Key\":\"c\",\"Size\":0}],"
                               "\"IsTruncated\":false,\"Marker\":null}";
    struct wire_call call = { .operation = "ListObjectsV2" };
    struct wire_reply reply;
    cJSON *out = NULL;

    (void)state;
    assert_int_equal(json_parse(&out, text, strlen(text), NULL), OK);
    cJSON_AddItemToObject(out, "At", json_time(1500));
    wire_reply_init(&reply);
    codec_restxml.encode(&reply, &call, out, "id");
    assert_string_equal(
        reply.body.data,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>mobs</Name>"
        "<Contents><Key>a&lt;b</Key><Size>12</Size></Contents><Contents><Key>c</Key>"
        "<Size>0</Size></Contents><IsTruncated>false</IsTruncated>"
        "<At>1970-01-01T00:00:01.500Z</At></ListBucketResult>");
    wire_reply_fini(&reply);
    cJSON_Delete(out);
}

static void
errors_are_spelled_as_s3_spells_them(void **state)
{
    static const struct {
        const char *code;
        unsigned status;
        const char *s3;
        unsigned s3_status;
    } cases[] = {
        { "UnknownOperationException", 400, "NotImplemented", 501 },
        { "ThrottlingException", 400, "SlowDown", 503 },
        { "InvalidSignatureException", 403, "SignatureDoesNotMatch", 403 },
        { "NoSuchKey", 404, "NoSuchKey", 404 },
    };
    struct wire_call call = { .input = cJSON_CreateObject() };

    (void)state;
    cJSON_AddStringToObject(call.input, "Bucket", "mobs");
    cJSON_AddStringToObject(call.input, "Key", "a&b");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_error error;
        struct wire_reply reply;
        char code[80];

        wire_error_set(&error, cases[i].status, cases[i].code, "no <such>");
        wire_reply_init(&reply);
        codec_restxml.encode_error(&reply, &call, &error, "id");
        assert_int_equal(reply.status, cases[i].s3_status);
        snprintf(code, sizeof code, "<Error><Code>%s</Code>", cases[i].s3);
        assert_non_null(strstr(reply.body.data, code));
        assert_non_null(strstr(reply.body.data, "<Message>no &lt;such&gt;</Message>"
                                                "<BucketName>mobs</BucketName><Key>a&amp;b</Key>"
                                                "<RequestId>id</RequestId>"));
        wire_reply_fini(&reply);
    }
    wire_call_fini(&call);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_operations),
        cmocka_unit_test(broken_requests_are_refused),
        cmocka_unit_test(answers_repeat_an_element_for_each_item),
        cmocka_unit_test(errors_are_spelled_as_s3_spells_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
