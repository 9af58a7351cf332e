/* test_cbor.c - CBOR values, and the RPC v2 CBOR protocol around them.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "wire/awsvalue.h"
#include "wire/cbor.h"
#include "wire/codec.h"
#include "wire/rpccbor.h"

/* Bytes from hexadecimal; blanks are for the reader. */
static void
from_hex(struct buf *b, const char *hex)
{
    buf_init(b, 1 << 20);
    for (; *hex != '\0'; hex++) {
        char pair[3] = { hex[0], hex[1], '\0' };

        if (*hex == ' ')
            continue;
        buf_addc(b, (char)strtol(pair, NULL, 16));
        hex++;
    }
}

static void
assert_reads(const char *hex, const char *json)
{
    cJSON *value = NULL;
    struct err err = { 0 };
    struct buf bytes, text;

    from_hex(&bytes, hex);
    buf_init(&text, 4096);
    if (cbor_parse(&value, bytes.data, bytes.len, &err) != OK)
        fail_msg("%s: %s", hex, err.text);
    json_print(&text, value);
    if (strcmp(text.data, json) != 0)
        fail_msg("%s: expected %s, got %s", hex, json, text.data);
    cJSON_Delete(value);
    buf_fini(&bytes);
    buf_fini(&text);
}

/* Many are the examples of RFC 8949, appendix A. */
static void
values_read_as_what_they_are(void **state)
{
    static const struct {
        const char *hex;
        const char *json;
    } cases[] = {
        { "00", "0" },
        { "17", "23" },
        { "1818", "24" },
        { "1903e8", "1000" },
        { "1a000f4240", "1000000" },
        { "1b000000e8d4a51000", "1000000000000" },
        { "20", "-1" },
        { "3863", "-100" },
        { "3903e7", "-1000" },
        { "3a000f423f", "-1000000" },
        { "3b000000e8d4a50fff", "-1000000000000" },
        { "f93c00", "1" },
        { "f93e00", "1.5" },
        { "fa47c35000", "100000" },
        { "fb3ff199999999999a", "1.1" },
        { "f97e00", "null" }, /* not a number: JSON has no word for it */
        { "f4", "false" },
        { "f5", "true" },
        { "f6", "null" },
        { "f7", "null" },
        { "60", "\"\"" },
        { "6449455446", "\"IETF\"" },
        { "62c3bc", "\"ü\"" },
        { "7f657374726561646d696e67ff", "\"streaming\"" },
        { "7fff", "\"\"" },
        { "80", "[]" },
        { "83010203", "[1,2,3]" },
        { "8301820203820405", "[1,[2,3],[4,5]]" },
        { "9fff", "[]" },
        { "9f018202039f0405ffff", "[1,[2,3],[4,5]]" },
        { "83018202039f0405ff", "[1,[2,3],[4,5]]" },
        { "a0", "{}" },
        { "a26161016162820203", "{\"a\":1,\"b\":[2,3]}" },
        { "bf6346756ef563416d7421ff", "{\"Fun\":true,\"Amt\":-2}" },
        { "bf 7f 6146 62756e ff 01 ff", "{\"Fun\":1}" }, /* a key in pieces */
        { "a16161bf61629fffff", "{\"a\":{\"b\":[]}}" },
        { "c11a514b67b0", "1363896240" },
        { "c1fb41d452d9ec200000", "1363896240.5" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_reads(cases[i].hex, cases[i].json);
}

static void
times_keep_their_mark(void **state)
{
    cJSON *value = NULL;
    struct buf bytes;

    (void)state;
    from_hex(&bytes, "82 c1 1a514b67b0 1a514b67b0");
    assert_int_equal(cbor_parse(&value, bytes.data, bytes.len, NULL), OK);
    assert_true((cJSON_GetArrayItem(value, 0)->type & JSON_TIME) != 0);
    assert_true((cJSON_GetArrayItem(value, 1)->type & JSON_TIME) == 0);
    cJSON_Delete(value);
    buf_fini(&bytes);
}

static void
crooked_bytes_are_named(void **state)
{
    static const struct {
        const char *hex;
        enum status st;
        const char *says;
    } cases[] = {
        { "", E_INVALID, "byte 0: ends in the middle" },
        { "19 03", E_INVALID, "ends in the middle" },
        { "82 01", E_INVALID, "ends in the middle" },
        { "84 01 02", E_INVALID, "an array of 4 items, with 3 bytes left" },
        { "65 6162", E_INVALID, "ends in the middle" },
        { "7f 61 61", E_INVALID, "ends in the middle" },
        { "9b ffffffffffffffff", E_INVALID, "items, with 9 bytes left" },
        { "bb 7fffffffffffffff 00", E_INVALID, "a map of" },
        { "bb ffffffffffffffff 00", E_INVALID, "a map of" },
        { "7b ffffffffffffffff 00", E_INVALID, "ends in the middle" },
        { "01 02", E_INVALID, "1 bytes behind the value" },
        { "a1 01 02", E_INVALID, "a number as the key of a map" },
        { "a1 80 02", E_INVALID, "an array as the key of a map" },
        { "bf 6161 ff", E_INVALID, "a break where nothing can end" },
        { "ff", E_INVALID, "a break where nothing can end" },
        { "82 01 ff", E_INVALID, "a break where nothing can end" },
        { "7f 01 ff", E_INVALID, "a number within a text in pieces" },
        { "7f 7f ff ff", E_INVALID, "a text in pieces within a text in pieces" },
        { "1c", E_INVALID, "byte 0x1c begins no item" },
        { "f8 20", E_INVALID, "begins no item" },
        { "61 ff", E_INVALID, "not UTF-8" },
        { "61 00", E_INVALID, "holds a NUL" },
        { "41 00", E_UNSUPPORTED, "byte strings are not supported" },
        { "5f 41 00 ff", E_UNSUPPORTED, "byte strings are not supported" },
        { "c0 60", E_UNSUPPORTED, "tag 0 is not supported" },
        { "d9d9f7 00", E_UNSUPPORTED, "tag 55799 is not supported" },
        { "c1 60", E_INVALID, "must be followed by a number, not a text" },
        { "c1 f6", E_INVALID, "must be followed by a number, not null" },
        { "c1 c1 00", E_INVALID, "must be followed by a number, not tag 1" },
        { "9f c1 ff", E_INVALID, "a break where nothing can end" },
        { "a1 c1 6161 00", E_INVALID, "tag 1 as the key" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *value = NULL;
        struct err err = { 0 };
        struct buf bytes;
        enum status st;

        from_hex(&bytes, cases[i].hex);
        st = cbor_parse(&value, bytes.data, bytes.len, &err);
        if (st != cases[i].st || strstr(err.text, cases[i].says) == NULL)
            fail_msg("%s: expected \"%s\", got %d \"%s\"", cases[i].hex, cases[i].says, (int)st,
                     err.text);
        assert_null(value);
        buf_fini(&bytes);
    }
}

static enum status
parse_repeated(char byte, size_t count, char head, struct err *err)
{
    char *bytes = malloc(count + 1);
    cJSON *value = NULL;
    enum status st;

    memset(bytes + 1, byte, count);
    bytes[0] = head;
    st = cbor_parse(&value, bytes, count + 1, err);
    cJSON_Delete(value);
    free(bytes);
    return st;
}

static void
budgets_hold(void **state)
{
    struct err err = { 0 };

    (void)state;
    assert_int_equal(parse_repeated((char)0x9f, CBOR_DEPTH_MAX, (char)0x9f, &err), E_LIMIT);
    assert_non_null(strstr(err.text, "nested deeper than 32"));
    assert_int_equal(parse_repeated((char)0x00, CBOR_ITEMS_MAX, (char)0x9f, &err), E_LIMIT);
    assert_non_null(strstr(err.text, "more than 600000 items"));
}

/* The inverse reads the same, and whole numbers are short. */
static void
values_print_and_read_back(void **state)
{
    static const struct {
        const char *json;
        const char *hex;
    } cases[] = {
        { "{}", "a0" },
        { "[]", "80" },
        { "{\"a\":[1,-1,24,1000,true,false,null,\"x\"]}", "a1616188012018181903e8f5f4f66178" },
        { "1.5", "fb3ff8000000000000" },
        { "-9007199254740992", "3b001fffffffffffff" },
        { "1e+300", "fb7e37e43c8800759c" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *value = NULL;
        struct buf bytes, expected;

        buf_init(&bytes, 4096);
        from_hex(&expected, cases[i].hex);
        assert_int_equal(json_parse(&value, cases[i].json, strlen(cases[i].json), NULL), OK);
        cbor_print(&bytes, value);
        if (bytes.len != expected.len || memcmp(bytes.data, expected.data, bytes.len) != 0)
            fail_msg("%s is not printed as %s", cases[i].json, cases[i].hex);
        cJSON_Delete(value);
        buf_fini(&bytes);
        buf_fini(&expected);
        assert_reads(cases[i].hex, cases[i].json);
    }
}

static void
assert_prints(cJSON *value, const char *hex)
{
    struct buf bytes, expected;

    buf_init(&bytes, 4096);
    from_hex(&expected, hex);
    cbor_print(&bytes, value);
    assert_int_equal(bytes.len, expected.len);
    assert_memory_equal(bytes.data, expected.data, bytes.len);
    buf_fini(&bytes);
    buf_fini(&expected);
    cJSON_Delete(value);
}

static void
times_print_under_tag_one(void **state)
{
    (void)state;
    assert_prints(json_time(1363896240000), "c1 1a514b67b0");
    assert_prints(json_time(1363896240500), "c1 fb41d452d9ec200000");
}

/* One bad byte must not cost the reader the whole answer. */
static void
text_that_is_not_utf8_prints_with_replacements(void **state)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        { "a\xff", "64 61efbfbd" },
        { "\xc3(", "64 efbfbd28" },
        { "\xe2\x82", "66 efbfbdefbfbd" },
        { "\xc3\xa9\xfez", "66 c3a9efbfbd7a" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_prints(cJSON_CreateString(cases[i].text), cases[i].hex);
}

/* --- the protocol --- */

#define OPERATION_PATH "/service/GraniteServiceVersion20100801/operation/"

static struct http_request
request_of(const char *path, const struct buf *body)
{
    static const struct http_header headers[] = {
        { "smithy-protocol", "rpc-v2-cbor" },
        { "Content-Type", "application/cbor" },
        { "x-amzn-query-mode", "true" },
    };

    return (struct http_request){ .method = "POST",
                                  .path = path,
                                  .query = "",
                                  .headers = headers,
                                  .header_count = 3,
                                  .body = body->data,
                                  .body_len = body->len };
}

static void
requests_name_their_operation_in_the_path(void **state)
{
    static const char *const paths[] = {
        OPERATION_PATH "ListMetrics",
        "/proxy" OPERATION_PATH "ListMetrics",
        "/service/x/operation/y" OPERATION_PATH "ListMetrics",
    };
    struct buf body;

    (void)state;
    from_hex(&body, "");
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct http_request rq = request_of(paths[i], &body);
        struct wire_error error = { 0 };
        struct wire_call call;

        assert_ptr_equal(codec_find(&rq), &codec_rpccbor);
        assert_int_equal(codec_rpccbor.decode(&call, &rq, &error), OK);
        assert_string_equal(call.service->name, "monitoring");
        assert_string_equal(call.operation, "ListMetrics");
        assert_true(cJSON_IsObject(call.input));
        wire_call_fini(&call);
    }
    buf_fini(&body);
}

static void
members_reach_the_typed_readers(void **state)
{
    struct buf body;
    struct http_request rq;
    struct wire_error error = { 0 };
    struct wire_call call;
    struct awsvalue in;
    int64_t start = 0, end = 0, period = 0;

    (void)state;
    from_hex(&body, "bf 695374617274 54696d65 c1 fb41d452d9ec200000 67456e6454696d65 c1 1a514b67b0 "
                    "66506572696f64 f95380 ff"); /* 60 as a half float */
    rq = request_of(OPERATION_PATH "GetMetricStatistics", &body);
    assert_int_equal(codec_rpccbor.decode(&call, &rq, &error), OK);
    in = awsvalue_of(&call, &error);
    assert_int_equal(awsvalue_time(&in, "StartTime", AWS_REQUIRED, &start), OK);
    assert_int_equal(awsvalue_time(&in, "EndTime", AWS_REQUIRED, &end), OK);
    assert_int_equal(awsvalue_int(&in, "Period", AWS_REQUIRED, 1, 86400, &period), OK);
    assert_int_equal(start, 1363896240500);
    assert_int_equal(end, 1363896240000);
    assert_int_equal(period, 60);
    wire_call_fini(&call);
    buf_fini(&body);
}

static void
wrong_requests_are_refused_in_the_protocol(void **state)
{
    static const struct {
        const char *path;
        const char *hex;
        unsigned status;
        const char *code;
        const char *says;
    } cases[] = {
        { "/", "", 404, "UnknownOperationException", "got POST /" },
        { "/service/Nobody/operation/X", "", 404, "UnknownOperationException",
          "no service speaks CBOR as Nobody" },
        { OPERATION_PATH "ListMetrics", "80", 400, "SerializationException",
          "expected a CBOR map" },
        { OPERATION_PATH "ListMetrics", "a1", 400, "SerializationException", "CBOR, byte 0" },
        { OPERATION_PATH
          "AnOperationWhoseNameIsMuchLongerThanAnyOperationsNameWillEverBeInThisWorld",
          "", 404, "UnknownOperationException", "longer than 63 bytes" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf body;
        struct http_request rq;
        struct wire_error error = { 0 };
        struct wire_call call;

        from_hex(&body, cases[i].hex);
        rq = request_of(cases[i].path, &body);
        assert_int_not_equal(codec_rpccbor.decode(&call, &rq, &error), OK);
        assert_int_equal(error.status, cases[i].status);
        assert_string_equal(error.code, cases[i].code);
        if (strstr(error.message, cases[i].says) == NULL)
            fail_msg("expected \"%s\", got \"%s\"", cases[i].says, error.message);
        wire_call_fini(&call);
        buf_fini(&body);
    }
}

static const char *
header_of(const struct wire_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (strcmp(reply->headers[i].name, name) == 0)
            return reply->headers[i].value;
    }
    return "";
}

static void
errors_carry_their_shape_and_the_old_code(void **state)
{
    const struct wire_call call = { .service = service_by_name("monitoring"),
                                    .content_type = "application/cbor",
                                    .wants_query_error = true };
    struct wire_error error;
    struct wire_reply reply;
    cJSON *body = NULL;

    (void)state;
    (void)wire_error_set(&error, 400, "InvalidParameterValueException", "no such thing");
    wire_reply_init(&reply);
    codec_rpccbor.encode_error(&reply, &call, &error, "id-1");
    assert_int_equal(reply.status, 400);
    assert_string_equal(reply.content_type, "application/cbor");
    assert_string_equal(header_of(&reply, "Smithy-Protocol"), "rpc-v2-cbor");
    assert_string_equal(header_of(&reply, "x-amzn-RequestId"), "id-1");
    assert_string_equal(header_of(&reply, "x-amzn-query-error"), "InvalidParameterValue;Sender");
    assert_int_equal(cbor_parse(&body, reply.body.data, reply.body.len, NULL), OK);
    assert_string_equal(json_get_string(body, "__type", ""),
                        "com.amazonaws.cloudwatch#InvalidParameterValueException");
    assert_string_equal(json_get_string(body, "message", ""), "no such thing");
    cJSON_Delete(body);
    wire_reply_fini(&reply);
}

static void
no_output_is_no_body(void **state)
{
    const struct wire_call call = { .service = service_by_name("monitoring"),
                                    .content_type = "application/cbor" };
    struct wire_reply reply;

    (void)state;
    wire_reply_init(&reply);
    codec_rpccbor.encode(&reply, &call, NULL, "id-1");
    assert_int_equal(reply.status, 200);
    assert_null(reply.content_type);
    assert_int_equal(reply.body.len, 0);
    assert_string_equal(header_of(&reply, "Smithy-Protocol"), "rpc-v2-cbor");
    wire_reply_fini(&reply);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_read_as_what_they_are),
        cmocka_unit_test(times_keep_their_mark),
        cmocka_unit_test(crooked_bytes_are_named),
        cmocka_unit_test(budgets_hold),
        cmocka_unit_test(values_print_and_read_back),
        cmocka_unit_test(times_print_under_tag_one),
        cmocka_unit_test(text_that_is_not_utf8_prints_with_replacements),
        cmocka_unit_test(requests_name_their_operation_in_the_path),
        cmocka_unit_test(members_reach_the_typed_readers),
        cmocka_unit_test(wrong_requests_are_refused_in_the_protocol),
        cmocka_unit_test(errors_carry_their_shape_and_the_old_code),
        cmocka_unit_test(no_output_is_no_body),
    };

    return cmocka_run_group_tests_name("cbor", tests, NULL, NULL);
}
