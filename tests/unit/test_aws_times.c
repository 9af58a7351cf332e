/* test_aws_times.c - times in recorded requests to AWS, an hour later.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/json.h"
#include "fixture/aws_times.h"
#include "wire/cbor.h"

#define HOUR INT64_C(3600000)

#define JSON(operation) \
    "{\"content-type\":\"application/x-amz-json-1.1\",\"x-amz-target\":\"X." operation "\"}"
#define FORM "{\"content-type\":\"application/x-www-form-urlencoded; charset=utf-8\"}"
#define CBOR "{\"content-type\":\"application/cbor\"}"

static void
print(struct buf *b, const char *path, const char *headers, const char *body, int64_t by_ms)
{
    struct fixture_event event = { .path = path, .arena = arena_new() };

    buf_clear(b);
    assert_int_equal(json_parse(&event.headers, headers, strlen(headers), NULL), OK);
    assert_int_equal(json_parse(&event.body, body, strlen(body), NULL), OK);
    aws_times_print(b, &event, by_ms);
    cJSON_Delete(event.headers);
    cJSON_Delete(event.body);
    arena_free(event.arena);
}

static const struct {
    const char *headers, *body, *moved;
} cases[] = {
    { JSON("PutLogEvents"),
      "{\"logEvents\":[{\"timestamp\":1795435203361,\"message\":\"at 1795435203361\"},{}],"
      "\"timestamp\":1}",
      "{\"logEvents\":[{\"timestamp\":1795438803361,\"message\":\"at 1795435203361\"},{}],"
      "\"timestamp\":1}" },
    /* a line has times of its own */
    { JSON("PutLogEvents"),
      "{\"logEvents\":[{\"timestamp\":1,\"message\":\"{\\\"_aws\\\":{\\\"Timestamp\\\":2},"
      "\\\"n\\\":3}\"},{\"message\":\"2026-11-23T12:00:00.500Z\\tid\\tERROR\"},{\"message\":\"\"}]"
      "}",
      "{\"logEvents\":[{\"timestamp\":3600001,\"message\":\"{\\\"_aws\\\":{\\\"Timestamp\\\":"
      "3600002},"
      "\\\"n\\\":3}\"},{\"message\":\"2026-11-23T13:00:00.500Z\\tid\\tERROR\"},{\"message\":\"\"}]"
      "}" },
    { JSON("PutMetricData"),
      "{\"MetricData\":[{\"Timestamp\":1795435203.361,\"Value\":1795435203},"
      "{\"Timestamp\":\"2026-11-23T12:00:00Z\"},{\"Timestamp\":null},7],"
      "\"EntityMetricData\":[{\"MetricData\":[{\"Timestamp\":10}]},{}],\"Timestamp\":1}",
      "{\"MetricData\":[{\"Timestamp\":1795438803.361,\"Value\":1795435203},"
      "{\"Timestamp\":\"2026-11-23T13:00:00.000Z\"},{\"Timestamp\":null},7],"
      "\"EntityMetricData\":[{\"MetricData\":[{\"Timestamp\":3610}]},{}],\"Timestamp\":1}" },
    /* the text of a body, as a recorder writes what is no object */
    { JSON("PutMetricData"), "\"{\\\"MetricData\\\": [{\\\"Timestamp\\\": 1}]}\"",
      "{\"MetricData\":[{\"Timestamp\":3601}]}" },
    { FORM,
      "\"Action=PutMetricData&Namespace=A%26Timestamp%3D1&MetricData.member.1.MetricName=a+b&"
      "MetricData.member.1.Timestamp=2026-11-23T12%3A00%3A00Z&MetricData.member.12.Timestamp="
      "2026-11-23T12:00:00.5%2B00:00&MetricData.member.1.Value=1\"",
      "Action=PutMetricData&Namespace=A%26Timestamp%3D1&MetricData.member.1.MetricName=a+b&"
      "MetricData.member.1.Timestamp=2026-11-23T13%3A00%3A00.000Z&MetricData.member.12.Timestamp="
      "2026-11-23T13%3A00%3A00.500Z&MetricData.member.1.Value=1" },
    { FORM,
      "\"EntityMetricData.member.1.MetricData.member.2.Timestamp=2026-11-23T12:00:00Z&Action="
      "PutMetricData\"",
      "EntityMetricData.member.1.MetricData.member.2.Timestamp=2026-11-23T13%3A00%3A00.000Z&Action="
      "PutMetricData" },
    /* what only looks like it stays, and so does what cannot be read */
    { FORM,
      "\"Action=PutMetricData&Timestamp=2026-11-23T12:00:00Z&MetricData.member.x.Timestamp="
      "2026-11-23T12:00:00Z&MetricData.member.1.Timestamps=2026-11-23T12:00:00Z&"
      "MetricData.member.2.Timestamp=soon&MetricData.member.3.Timestamp&&\"",
      "Action=PutMetricData&Timestamp=2026-11-23T12:00:00Z&MetricData.member.x.Timestamp="
      "2026-11-23T12:00:00Z&MetricData.member.1.Timestamps=2026-11-23T12:00:00Z&"
      "MetricData.member.2.Timestamp=soon&MetricData.member.3.Timestamp&&" },
    { FORM, "\"Action=PutMetricAlarm&MetricData.member.1.Timestamp=2026-11-23T12:00:00Z\"",
      "Action=PutMetricAlarm&MetricData.member.1.Timestamp=2026-11-23T12:00:00Z" },
    { FORM, "\"MetricData.member.1.Timestamp=2026-11-23T12:00:00Z\"",
      "MetricData.member.1.Timestamp=2026-11-23T12:00:00Z" },
    { JSON("PutMetricFilter"), "{\"logEvents\":[{\"timestamp\":1}]}",
      "{\"logEvents\":[{\"timestamp\":1}]}" },
    { JSON("PutLogEvents"), "\"{broken\"", "{broken" },
    { JSON("PutLogEvents"), "\"\"", "" },
    { JSON("PutLogEvents"), "{\"logEvents\":7}", "{\"logEvents\":7}" },
    { JSON("PutLogEvents"), "[]", "[]" },
    { "{}", "{\"logEvents\":[{\"timestamp\":1}]}", "{\"logEvents\":[{\"timestamp\":1}]}" },
    { "{\"x-amz-target\":\"\"}", "\"x\"", "x" },
};

static void
times_move_in_text(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print(&b, "/", cases[i].headers, cases[i].body, HOUR);
        if (strcmp(b.data, cases[i].moved) != 0)
            fail_msg("%zu: %s, expected %s", i, b.data, cases[i].moved);
    }
    print(&b, "/", cases[3].headers, cases[3].body,
          0); /* at its own time nothing is written anew */
    assert_string_equal(b.data, "{\"MetricData\": [{\"Timestamp\": 1}]}");
    buf_fini(&b);
}

static void
print_cbor(struct buf *b, const char *path, const struct buf *bytes)
{
    char base64[1024];
    struct buf body;

    assert_true(bytes->len < sizeof base64 / 2);
    EVP_EncodeBlock((unsigned char *)base64, (const unsigned char *)bytes->data, (int)bytes->len);
    buf_init(&body, 1 << 20);
    buf_addf(&body, "{\"base64\":\"%s\"}", base64);
    print(b, path, CBOR, body.data, HOUR);
    buf_fini(&body);
}

static void
times_move_in_cbor(void **state)
{
    static const char path[] = "/service/GraniteServiceVersion20100801/operation/PutMetricData";
    static const char text[] =
        "{\"Namespace\":\"A\",\"MetricData\":[{\"MetricName\":\"m\",\"Value\":0.5},{}]}";
    cJSON *tree, *datum;
    struct buf bytes, moved;

    (void)state;
    buf_init(&bytes, 1 << 20);
    buf_init(&moved, 1 << 20);
    assert_int_equal(json_parse(&tree, text, strlen(text), NULL), OK);
    datum = cJSON_GetObjectItem(tree, "MetricData")->child;
    cJSON_AddItemToObject(datum, "Timestamp", json_time(1795435203361));
    cbor_print(&bytes, tree);
    cJSON_Delete(tree);
    print_cbor(&moved, path, &bytes);
    assert_int_equal(cbor_parse(&tree, moved.data, moved.len, NULL), OK);
    datum = cJSON_GetObjectItem(tree, "MetricData")->child;
    assert_true(json_get_number(datum, "Timestamp", 0) == 1795438803.361);
    assert_true((json_get(datum, "Timestamp")->type & JSON_TIME) != 0); /* still one */
    assert_true(json_get_number(datum, "Value", 0) == 0.5);
    cJSON_Delete(tree);
    print_cbor(&moved, "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm", &bytes);
    assert_true(moved.len == bytes.len && memcmp(moved.data, bytes.data, bytes.len) == 0);
    bytes.len--; /* cut off */
    print_cbor(&moved, path, &bytes);
    assert_true(moved.len == bytes.len && memcmp(moved.data, bytes.data, bytes.len) == 0);
    buf_fini(&moved);
    buf_fini(&bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_move_in_text),
        cmocka_unit_test(times_move_in_cbor),
    };

    return cmocka_run_group_tests_name("aws_times", tests, NULL, NULL);
}
