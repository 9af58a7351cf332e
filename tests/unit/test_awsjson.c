/* test_awsjson.c - AWS JSON from both ends, and the readers of an operation's input.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "wire/awsjson.h"
#include "wire/awsvalue.h"
#include "wire/codec.h"

static const struct http_header cloudwatch[] = {
    { "Content-Type", "application/x-amz-json-1.0" },
    { "X-Amz-Target", "GraniteServiceVersion20100801.ListMetrics" },
    { "x-amzn-query-mode", "true" },
};
static const struct http_header logs[] = {
    { "X-AMZ-TARGET", "Logs_20140328.PutLogEvents" },
    { "content-type", "application/x-amz-json-1.1; charset=utf-8" },
};

static struct http_request
post(const struct http_header *headers, size_t count, const char *body)
{
    return (struct http_request){
        .method = "POST",
        .path = "/",
        .query = "",
        .headers = headers,
        .header_count = count,
        .body = body,
        .body_len = strlen(body),
    };
}

static const char *
reply_header(const struct wire_reply *reply, const char *name)
{
    for (size_t i = 0; i < reply->header_count; i++) {
        if (strcmp(reply->headers[i].name, name) == 0)
            return reply->headers[i].value;
    }
    return NULL;
}

static void
a_json_call_is_answered_in_json(void **state)
{
    struct http_request rq = post(cloudwatch, 3, "{\"Namespace\":\"Shop/Web\"}");
    const struct wire_codec *codec = codec_find(&rq);
    struct wire_call call;
    struct wire_error error;
    struct wire_reply reply;
    cJSON *result = cJSON_CreateObject();

    (void)state;
    assert_ptr_equal(codec, &codec_awsjson);
    assert_int_equal(codec->decode(&call, &rq, &error), OK);
    assert_string_equal(call.service->name, "monitoring");
    assert_string_equal(call.operation, "ListMetrics");
    assert_string_equal(json_get_string(call.input, "Namespace", ""), "Shop/Web");

    cJSON_AddItemToObject(result, "At", json_time(1795482123004));
    wire_reply_init(&reply);
    codec_encode(codec, &reply, &call, result, "id-1");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.content_type, "application/x-amz-json-1.0");
    assert_string_equal(reply_header(&reply, "x-amzn-RequestId"), "id-1");
    assert_string_equal(reply.body.data, "{\"At\":1795482123.004}");
    wire_reply_fini(&reply);
    cJSON_Delete(result);
    wire_call_fini(&call);
}

static void
an_operation_without_output_has_an_empty_body(void **state)
{
    struct wire_call call = { .content_type = "application/x-amz-json-1.1" };
    struct wire_reply reply;

    (void)state;
    wire_reply_init(&reply);
    codec_encode(&codec_awsjson, &reply, &call, NULL, "id-1");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.content_type, "application/x-amz-json-1.1");
    assert_int_equal(reply.body.len, 0);
    wire_reply_fini(&reply);
}

static void
errors_carry_both_spellings_when_asked(void **state)
{
    struct wire_call call = { .content_type = "application/x-amz-json-1.0" };
    struct wire_error error;
    struct wire_reply reply;

    (void)state;
    assert_int_equal(wire_error_set(&error, 400, "InvalidParameterValueException", "\"%s\"", "x"),
                     E_INVALID);
    wire_reply_init(&reply);
    codec_awsjson.encode_error(&reply, &call, &error, "id");
    assert_int_equal(reply.status, 400);
    assert_string_equal(reply.body.data, "{\"__type\":\"InvalidParameterValueException\","
                                         "\"message\":\"\\\"x\\\"\"}");
    assert_null(reply_header(&reply, "x-amzn-query-error"));
    assert_string_equal(reply_header(&reply, "x-amzn-ErrorType"), "InvalidParameterValueException");
    wire_reply_fini(&reply);

    call.wants_query_error = true;
    wire_reply_init(&reply);
    codec_awsjson.encode_error(&reply, &call, &error, "id");
    assert_string_equal(reply_header(&reply, "x-amzn-query-error"), "InvalidParameterValue;Sender");
    wire_reply_fini(&reply);

    assert_int_equal(wire_error_set(&error, 500, "InternalServiceFault", "oh"), E_INTERNAL);
    wire_reply_init(&reply);
    codec_awsjson.encode_error(&reply, &call, &error, "id");
    assert_string_equal(reply_header(&reply, "x-amzn-query-error"),
                        "InternalServiceError;Receiver");
    wire_reply_fini(&reply);
}

static void
an_error_sentence_is_clean_text_however_it_is_cut(void **state)
{
    struct wire_error error;
    char noise[2 * WIRE_MESSAGE_MAX];

    (void)state;
    for (size_t shift = 0; shift < 4; shift++) {
        memset(noise, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof noise; i += 3)
            memcpy(noise + i, "\xe2\x82\xac", 4); /* the euro sign */
        wire_error_set(&error, 400, "X", "%s", noise);
        assert_true(strlen(error.message) < sizeof error.message);
        assert_true(((unsigned char)error.message[strlen(error.message) - 3]) == 0xe2 ||
                    ((unsigned char)error.message[strlen(error.message) - 3]) == 0xef);
    }
    wire_error_set(&error, 400, "X", "esc %s", "\x1b[31m\xff");
    assert_string_equal(error.message, "esc \xef\xbf\xbd[31m\xef\xbf\xbd");
}

static void
json_calls_that_cannot_be_read_are_refused(void **state)
{
    static const struct {
        const char *target;
        const char *body;
        const char *code;
        const char *says;
    } cases[] = {
        { NULL, "{}", "UnknownOperationException", "X-Amz-Target" },
        { "PutLogEvents", "{}", "UnknownOperationException", "SERVICE.OPERATION" },
        { "Logs_20140328.", "{}", "UnknownOperationException", "SERVICE.OPERATION" },
        { "Nobody_2020.Do", "{}", "UnknownOperationException", "Nobody_2020.Do" },
        { "Logs_20140328.PutLogEvents", "[]", "SerializationException", "JSON object" },
        { "Logs_20140328.PutLogEvents", "{\"a\":}", "SerializationException", "byte 5" },
        { "Logs_20140328.PutLogEvents", " ", "SerializationException", "got nothing" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct http_header headers[] = {
            { "Content-Type", "application/x-amz-json-1.1" },
            { "X-Amz-Target", cases[i].target },
        };
        struct http_request rq = post(headers, cases[i].target == NULL ? 1 : 2, cases[i].body);
        struct wire_call call;
        struct wire_error error = { 0 };

        assert_ptr_equal(codec_find(&rq), &codec_awsjson);
        assert_int_not_equal(codec_awsjson.decode(&call, &rq, &error), OK);
        assert_string_equal(error.code, cases[i].code);
        assert_non_null(strstr(error.message, cases[i].says));
        wire_call_fini(&call);
    }
}

static void
an_empty_body_is_an_empty_input(void **state)
{
    struct http_request rq = post(logs, 2, "");
    struct wire_call call;
    struct wire_error error;

    (void)state;
    assert_int_equal(codec_awsjson.decode(&call, &rq, &error), OK);
    assert_string_equal(call.content_type, "application/x-amz-json-1.1");
    assert_string_equal(call.operation, "PutLogEvents");
    assert_null(call.input->child);
    assert_false(call.wants_query_error);
    wire_call_fini(&call);
}

static void
the_asking_end_writes_what_the_answering_end_reads(void **state)
{
    const struct wire_service *service = service_by_name("monitoring");
    cJSON *input = cJSON_CreateObject();
    struct awsjson_request ask;
    struct wire_call call;
    struct wire_error error;

    (void)state;
    cJSON_AddStringToObject(input, "Namespace", "N\"\n");
    awsjson_request_init(&ask, service, "ListMetrics", input);
    assert_string_equal(ask.target, "GraniteServiceVersion20100801.ListMetrics");
    assert_string_equal(ask.type, "application/x-amz-json-1.0");
    {
        struct http_header headers[] = {
            { "Content-Type", ask.type },
            { "X-Amz-Target", ask.target },
        };
        struct http_request rq = post(headers, 2, ask.body.data);

        assert_int_equal(codec_awsjson.decode(&call, &rq, &error), OK);
    }
    assert_true(cJSON_Compare(call.input, input, true));
    wire_call_fini(&call);
    awsjson_request_fini(&ask);
    cJSON_Delete(input);
    awsjson_request_init(&ask, service_by_name("logs"), "DescribeLogGroups", NULL);
    assert_string_equal(ask.type, "application/x-amz-json-1.1");
    assert_string_equal(ask.body.data, "{}");
    awsjson_request_fini(&ask);
}

static void
error_answers_are_read_in_every_spelling(void **state)
{
    static const struct {
        unsigned status;
        const char *type;
        const char *body;
        const char *code;
        const char *message;
    } cases[] = {
        { 400, NULL,
          "{\"__type\":\"com.amazonaws.logs#ResourceNotFoundException\",\"message\":\"m\"}",
          "ResourceNotFoundException", "m" },
        { 400, NULL, "{\"__type\":\"ThrottlingException\",\"Message\":\"Rate exceeded\"}",
          "ThrottlingException", "Rate exceeded" },
        { 403, "AccessDeniedException:http://internal.example/", "{}", "AccessDeniedException",
          "" },
        { 403, "ns#X:http://a", "{\"message\":\"m\"}", "X", "m" },
        { 500, NULL, "<html>Internal Server Error</html>", "HTTP500", "" },
        { 502, NULL, "", "HTTP502", "" },
        { 400, "", "{\"__type\":\"\"}", "HTTP400", "" },
        { 400, NULL, "[1]", "HTTP400", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct wire_error error;

        awsjson_read_error(&error, cases[i].status, cases[i].type, cases[i].body,
                           strlen(cases[i].body));
        assert_int_equal(error.status, cases[i].status);
        assert_string_equal(error.code, cases[i].code);
        assert_string_equal(error.message, cases[i].message);
    }
}

/* --- awsvalue --- */

static struct wire_error error;

static struct awsvalue
input(struct wire_call *call, const char *service, const char *json)
{
    struct err err = { 0 };

    *call = (struct wire_call){ .service = service_by_name(service) };
    if (json_parse(&call->input, json, strlen(json), &err) != OK)
        fail_msg("%s: %s", json, err.text);
    error = (struct wire_error){ 0 };
    return awsvalue_of(call, &error);
}

static void
numbers_and_times_are_read_from_any_form(void **state)
{
    static const char *const numbers[] = { "{\"v\":1500}", "{\"v\":1500.0}", "{\"v\":1.5E3}",
                                           "{\"v\":\"1500\"}", "{\"v\":\"1.5e3\"}" };
    static const struct {
        const char *json;
        int64_t ms;
    } times[] = {
        { "{\"v\":1795482123}", 1795482123000 },
        { "{\"v\":1795482123.004}", 1795482123004 },
        { "{\"v\":1.795482123E9}", 1795482123000 },
        { "{\"v\":\"1795482123\"}", 1795482123000 },
        { "{\"v\":\"2026-11-24T01:02:03Z\"}", 1795482123000 },
        { "{\"v\":\"2026-11-24T02:02:03.004+01:00\"}", 1795482123004 },
        { "{\"v\":0}", 0 },
    };
    struct wire_call call;
    struct awsvalue in;

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        double d = 0;
        int64_t n = 0;

        in = input(&call, "monitoring", numbers[i]);
        assert_int_equal(awsvalue_number(&in, "v", AWS_REQUIRED, &d), OK);
        assert_int_equal(awsvalue_int(&in, "v", AWS_REQUIRED, 1, 1500, &n), OK);
        assert_true(d == 1500.0);
        assert_int_equal(n, 1500);
        wire_call_fini(&call);
    }
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        int64_t ms = -1;

        in = input(&call, "monitoring", times[i].json);
        assert_int_equal(awsvalue_time(&in, "v", AWS_REQUIRED, &ms), OK);
        assert_int_equal(ms, times[i].ms);
        wire_call_fini(&call);
    }
}

static void
booleans_and_words_are_read(void **state)
{
    static const char *const orders[] = { "TimestampDescending", "TimestampAscending", NULL };
    struct wire_call call;
    struct awsvalue in =
        input(&call, "monitoring",
              "{\"a\":true,\"b\":\"false\",\"c\":\"TimestampAscending\",\"d\":\"up\",\"e\":\"1\"}");
    bool a = false, b = true;
    int order = -1;

    (void)state;
    assert_int_equal(awsvalue_bool(&in, "a", AWS_REQUIRED, &a), OK);
    assert_int_equal(awsvalue_bool(&in, "b", AWS_REQUIRED, &b), OK);
    assert_true(a);
    assert_false(b);
    assert_int_equal(awsvalue_bool(&in, "e", AWS_REQUIRED, &b), E_INVALID);
    assert_string_equal(error.message, "e: expected true or false, got a string");
    assert_int_equal(awsvalue_enum(&in, "c", AWS_REQUIRED, orders, &order), OK);
    assert_int_equal(order, 1);
    assert_int_equal(awsvalue_enum(&in, "d", AWS_REQUIRED, orders, &order), E_INVALID);
    assert_int_equal(order, 1);
    assert_string_equal(error.code, "InvalidParameterValueException");
    assert_string_equal(error.message,
                        "1 validation error detected: Value 'up' at 'd' failed to satisfy "
                        "constraint: Member must satisfy enum value set: [TimestampDescending, "
                        "TimestampAscending]");
    wire_call_fini(&call);
}

static void
what_is_absent_keeps_its_default_or_is_missed(void **state)
{
    struct wire_call call;
    struct awsvalue in = input(&call, "monitoring", "{\"n\":null}");
    struct awslist list = { 0 };
    const char *text = "default";
    int64_t n = 7;

    (void)state;
    assert_int_equal(awsvalue_string(&in, "s", AWS_OPTIONAL, 1, 9, &text), OK);
    assert_int_equal(awsvalue_int(&in, "n", AWS_OPTIONAL, 1, 9, &n), OK);
    assert_int_equal(awsvalue_list(&in, "l", AWS_OPTIONAL, 1, 9, &list), OK);
    assert_string_equal(text, "default");
    assert_int_equal(n, 7);
    assert_false(awslist_next(&list));
    assert_false(awsvalue_has(&in, "n"));
    assert_int_equal(awsvalue_string(&in, "Namespace", AWS_REQUIRED, 1, 9, &text), E_INVALID);
    assert_string_equal(error.code, "MissingRequiredParameterException");
    assert_string_equal(error.message, "The parameter Namespace is required.");
    wire_call_fini(&call);

    in = input(&call, "logs", "{}");
    assert_int_equal(awsvalue_string(&in, "logGroupName", AWS_REQUIRED, 1, 9, &text), E_INVALID);
    assert_string_equal(error.code, "InvalidParameterException");
    assert_string_equal(error.message,
                        "1 validation error detected: Value null at 'logGroupName' failed to "
                        "satisfy constraint: Member must not be null");
    wire_call_fini(&call);
}

static void
bounds_are_inclusive_and_named(void **state)
{
    struct wire_call call;
    struct awsvalue in = input(&call, "logs",
                               "{\"s\":\"\xc3\xa9\xc3\xa9\xc3\xa9\",\"n\":51,\"f\":1.5,"
                               "\"big\":1e300,\"t\":\"soon\",\"neg\":-1,\"o\":{}}");
    const char *text = NULL;
    int64_t n = 0;
    double d = 0;

    (void)state;
    assert_int_equal(awsvalue_string(&in, "s", AWS_REQUIRED, 3, 3, &text), OK); /* characters */
    assert_int_equal(awsvalue_string(&in, "s", AWS_REQUIRED, 4, 9, &text), E_INVALID);
    assert_non_null(strstr(error.message, "'s' failed to satisfy constraint: Member must have "
                                          "length greater than or equal to 4"));
    assert_int_equal(awsvalue_string(&in, "s", AWS_REQUIRED, 0, 2, &text), E_INVALID);
    assert_non_null(strstr(error.message, "less than or equal to 2"));
    assert_int_equal(awsvalue_int(&in, "n", AWS_REQUIRED, 1, 51, &n), OK);
    assert_int_equal(awsvalue_int(&in, "n", AWS_REQUIRED, 1, 50, &n), E_INVALID);
    assert_non_null(strstr(error.message, "Value '51' at 'n'"));
    assert_int_equal(awsvalue_int(&in, "f", AWS_REQUIRED, 1, 50, &n), E_INVALID);
    assert_non_null(strstr(error.message, "whole number"));
    assert_int_equal(awsvalue_int(&in, "big", AWS_REQUIRED, 1, 50, &n), E_INVALID);
    assert_int_equal(awsvalue_time(&in, "t", AWS_REQUIRED, &n), E_INVALID);
    assert_non_null(strstr(error.message, "ISO 8601"));
    assert_int_equal(awsvalue_time(&in, "neg", AWS_REQUIRED, &n), E_INVALID);
    assert_int_equal(awsvalue_time(&in, "big", AWS_REQUIRED, &n), E_INVALID);
    assert_int_equal(awsvalue_millis(&in, "neg", AWS_REQUIRED, &n), E_INVALID);
    assert_int_equal(awsvalue_number(&in, "o", AWS_REQUIRED, &d), E_INVALID);
    assert_string_equal(error.code, "SerializationException");
    assert_string_equal(error.message, "o: expected a number, got a structure");
    wire_call_fini(&call);
}

static void
lists_and_structures_name_their_path(void **state)
{
    struct wire_call call;
    struct awsvalue in =
        input(&call, "monitoring",
              "{\"MetricData\":[{\"Dimensions\":[{\"Name\":\"a\"},{\"Name\":\"\"}]},7],"
              "\"Names\":[\"x\",\"y\"],\"Empty\":\"\",\"S\":{\"n\":\"x\"}}");
    struct awsvalue item, inner;
    struct awslist list = { 0 }, dims = { 0 };
    const char *text = NULL;
    double d = 0;

    (void)state;
    assert_int_equal(awsvalue_list(&in, "MetricData", AWS_REQUIRED, 1, 2, &list), OK);
    assert_int_equal(list.count, 2);
    assert_true(awslist_next(&list));
    assert_int_equal(awslist_struct(&list, &item), OK);
    assert_int_equal(awsvalue_list(&item, "Dimensions", AWS_REQUIRED, 1, 30, &dims), OK);
    assert_true(awslist_next(&dims));
    assert_true(awslist_next(&dims));
    assert_int_equal(awslist_struct(&dims, &inner), OK);
    assert_int_equal(awsvalue_string(&inner, "Name", AWS_REQUIRED, 1, 255, &text), E_INVALID);
    assert_non_null(strstr(error.message, "'MetricData.member.1.Dimensions.member.2.Name'"));
    assert_int_equal(awsvalue_string(&inner, "Value", AWS_REQUIRED, 1, 255, &text), E_INVALID);
    assert_string_equal(error.message,
                        "The parameter "
                        "MetricData.member.1.Dimensions.member.2.Value is required.");
    assert_int_equal(awsvalue_invalid(&inner, NULL, "is odd"), E_INVALID);
    assert_string_equal(error.message,
                        "The parameter MetricData.member.1.Dimensions.member.2 is odd.");
    assert_true(awslist_next(&list));
    assert_int_equal(awslist_struct(&list, &item), E_INVALID);
    assert_string_equal(error.message, "MetricData.member.2: expected a structure, got a number");
    assert_false(awslist_next(&list));

    assert_int_equal(awsvalue_list(&in, "MetricData", AWS_REQUIRED, 1, 1, &list), E_INVALID);
    assert_non_null(strstr(error.message, "less than or equal to 1, got 2"));
    assert_int_equal(awsvalue_list(&in, "Empty", AWS_REQUIRED, 0, 1, &list), OK);
    assert_int_equal(list.count, 0);
    assert_int_equal(awsvalue_list(&in, "Empty", AWS_REQUIRED, 1, 1, &list), E_INVALID);
    assert_int_equal(awsvalue_list(&in, "S", AWS_REQUIRED, 0, 1, &list), E_INVALID);
    assert_int_equal(awsvalue_list(&in, "Names", AWS_REQUIRED, 1, 2, &list), OK);
    assert_true(awslist_next(&list));
    assert_int_equal(awslist_string(&list, 1, 1, &text), OK);
    assert_string_equal(text, "x");
    assert_int_equal(awslist_number(&list, &d), E_INVALID);
    assert_string_equal(error.message, "Names.member.1: expected a number, got a string");
    assert_int_equal(awsvalue_struct(&in, "S", AWS_REQUIRED, &item), OK);
    assert_int_equal(awsvalue_number(&item, "n", AWS_REQUIRED, &d), E_INVALID);
    assert_string_equal(error.message, "S.n: expected a number, got a string");
    wire_call_fini(&call);
}

static void
the_services_are_told_apart(void **state)
{
    (void)state;
    for (const struct wire_service *s = wire_services; s->name != NULL; s++) {
        assert_ptr_equal(service_by_name(s->name), s);
        /* S3 is known by its path alone */
        assert_true(s->target != NULL || s->query_version != NULL || s->rest_version != NULL ||
                    strcmp(s->name, "s3") == 0);
        if (s->cbor_name != NULL)
            assert_ptr_equal(service_by_cbor_name(s->cbor_name), s);
        if (s->rest_version != NULL)
            assert_ptr_equal(service_by_rest_version(s->rest_version), s);
        if (s->target != NULL) {
            assert_ptr_equal(service_by_target(s->target), s);
            assert_non_null(s->json_version);
        }
        if (s->query_version != NULL) {
            assert_ptr_equal(service_by_query_version(s->query_version), s);
            assert_non_null(s->xmlns);
        }
        assert_non_null(s->title);
        assert_non_null(s->missing_code);
        assert_non_null(s->invalid_code);
    }
    assert_null(service_by_name("nobody"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_json_call_is_answered_in_json),
        cmocka_unit_test(an_operation_without_output_has_an_empty_body),
        cmocka_unit_test(errors_carry_both_spellings_when_asked),
        cmocka_unit_test(an_error_sentence_is_clean_text_however_it_is_cut),
        cmocka_unit_test(json_calls_that_cannot_be_read_are_refused),
        cmocka_unit_test(an_empty_body_is_an_empty_input),
        cmocka_unit_test(the_asking_end_writes_what_the_answering_end_reads),
        cmocka_unit_test(error_answers_are_read_in_every_spelling),
        cmocka_unit_test(numbers_and_times_are_read_from_any_form),
        cmocka_unit_test(booleans_and_words_are_read),
        cmocka_unit_test(what_is_absent_keeps_its_default_or_is_missed),
        cmocka_unit_test(bounds_are_inclusive_and_named),
        cmocka_unit_test(lists_and_structures_name_their_path),
        cmocka_unit_test(the_services_are_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
