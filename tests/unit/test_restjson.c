/* test_restjson.c - Lambda's control plane over REST JSON.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws_ask.h"
#include "base/json.h"
#include "wire/codec.h"
#include "wire/restjson.h"

static void
paths_are_operations(void **state)
{
    static const struct {
        const char *method, *path, *query;
        const char *operation; /* NULL: none */
        const char *input;
    } cases[] = {
        { "GET", "/2015-03-31/functions", "", "ListFunctions", "{}" },
        { "GET", "/2015-03-31/functions/", "MaxItems=5&Marker=a%2Bb", "ListFunctions",
          "{\"MaxItems\":\"5\",\"Marker\":\"a+b\"}" },
        { "GET", "/2015-03-31/functions/", "X-Amz-Date=1&MaxItems", "ListFunctions",
          "{\"MaxItems\":\"\"}" },
        { "GET", "/2015-03-31/functions/shop", "", "GetFunction", "{\"FunctionName\":\"shop\"}" },
        { "GET", "/2015-03-31/functions/arn%3Aaws%3Alambda/configuration", "Qualifier=%24LATEST",
          "GetFunctionConfiguration",
          "{\"FunctionName\":\"arn:aws:lambda\",\"Qualifier\":\"$LATEST\"}" },
        { "POST", "/2015-03-31/functions", "", NULL, NULL },
        { "GET", "/2015-03-31/functions/a/b", "", NULL, NULL },
        { "GET", "/2015-03-31/functions//configuration", "", NULL, NULL },
        { "GET", "/2019-09-25/functions/a/event-invoke-config", "", NULL, NULL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct http_request rq = { .method = cases[i].method,
                                         .path = cases[i].path,
                                         .query = cases[i].query };
        struct wire_error error = { 0 };
        struct wire_call call;
        struct buf text;
        enum status st;

        assert_ptr_equal(codec_find(&rq), &codec_restjson);
        st = codec_restjson.decode(&call, &rq, &error);
        if ((st == OK) != (cases[i].operation != NULL))
            fail_msg("%s %s: %s", cases[i].method, cases[i].path, error.message);
        if (st != OK) {
            assert_string_equal(error.code, "UnknownOperationException");
            assert_non_null(strstr(error.message, cases[i].path));
            wire_call_fini(&call);
            continue;
        }
        buf_init(&text, 4096);
        json_print(&text, call.input);
        assert_string_equal(call.operation, cases[i].operation);
        assert_string_equal(text.data, cases[i].input);
        buf_fini(&text);
        wire_call_fini(&call);
    }
}

static void
other_paths_are_not_ours(void **state)
{
    static const char *const paths[] = { "/", "/2015-03-31", "/2015-3-31/functions", "/functions" };

    (void)state;
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        const struct http_request rq = { .method = "GET", .path = paths[i], .query = "" };

        assert_null(codec_find(&rq));
    }
}

/* --- the operations --- */

static void
get(struct ask *a, const char *path, const char *query, struct answer *out)
{
    ask_send(a,
             &(struct ask_request){
                 .service = "lambda", .method = "GET", .path = path, .query = query, .type = "" },
             out);
}

#define REPORT                                                                            \
    "REPORT RequestId: 8f507cfc-xmpl-4697-b07a-ac58fc914c95\\tDuration: 3.5 ms\\tBilled " \
    "Duration: 4 ms\\tMemory Size: 512 MB\\tMax Memory Used: 70 MB"

static void
start_with_functions(struct ask *a)
{
    static const char *const names[] = { "shop-products", "shop-checkout", "api" };

    ask_start(a);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        cJSON_Delete(ask_json(a, "logs", "CreateLogGroup", 200, "{'logGroupName':'/aws/lambda/%s'}",
                              names[i]));
    cJSON_Delete(ask_json(a, "logs", "CreateLogGroup", 200, "{'logGroupName':'/app/web'}"));
    cJSON_Delete(ask_json(a, "logs", "CreateLogStream", 200,
                          "{'logGroupName':'/aws/lambda/shop-products','logStreamName':'s'}"));
    cJSON_Delete(
        ask_json(a, "logs", "PutLogEvents", 200,
                 "{'logGroupName':'/aws/lambda/shop-products','logStreamName':'s','logEvents':["
                 "{'timestamp':%lld,'message':'" REPORT "'},"
                 "{'timestamp':%lld,'message':'REPORT of something else'}]}",
                 (long long)ASK_NOW - 2000, (long long)ASK_NOW - 1000));
}

static void
functions_are_told_with_what_is_known(void **state)
{
    struct answer answer;
    struct ask a;

    (void)state;
    start_with_functions(&a);
    get(&a, "/2015-03-31/functions/shop-products/configuration", "", &answer);
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.type, "application/json");
    assert_string_equal(
        answer.body,
        "{\"FunctionName\":\"shop-products\",\"FunctionArn\":\"arn:aws:lambda:eu-west-1:"
        "000000000000:function:shop-products\",\"Version\":\"$LATEST\",\"LastModified\":"
        "\"2026-11-23T00:00:00.000+0000\",\"MemorySize\":512,\"LoggingConfig\":{\"LogGroup\":"
        "\"/aws/lambda/shop-products\"}}");
    answer_fini(&answer);
    get(&a, "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Aapi",
        "", &answer);
    assert_string_equal(json_get_string(json_get(answer.json, "Configuration"), "FunctionName", ""),
                        "api");
    assert_null(json_get(json_get(answer.json, "Configuration"), "MemorySize"));
    answer_fini(&answer);
    ask_stop(&a);
}

static void
lists_come_in_pages(void **state)
{
    struct answer first, second;
    const char *marker;
    char query[512];
    struct ask a;

    (void)state;
    start_with_functions(&a);
    get(&a, "/2015-03-31/functions/", "MaxItems=2", &first);
    assert_int_equal(cJSON_GetArraySize(json_get(first.json, "Functions")), 2);
    marker = json_get_string(first.json, "NextMarker", NULL);
    assert_non_null(marker);
    snprintf(query, sizeof query, "MaxItems=2&Marker=%s", marker);
    get(&a, "/2015-03-31/functions/", query, &second);
    assert_int_equal(cJSON_GetArraySize(json_get(second.json, "Functions")), 1);
    assert_null(json_get(second.json, "NextMarker"));
    assert_string_equal(json_get_string(cJSON_GetArrayItem(json_get(second.json, "Functions"), 0),
                                        "FunctionName", ""),
                        "shop-products");
    answer_fini(&first);
    answer_fini(&second);
    ask_stop(&a);
}

static void
refusals_have_their_shape(void **state)
{
    static const struct {
        const char *path, *query;
        unsigned status;
        const char *code, *says;
    } cases[] = {
        { "/2015-03-31/functions/none", "", 404, "ResourceNotFoundException",
          "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:none" },
        { "/2015-03-31/functions/shop", "", 404, "ResourceNotFoundException", "function:shop" },
        { "/2015-03-31/functions/api", "Qualifier=live", 404, "ResourceNotFoundException",
          "function:api:live" },
        { "/2015-03-31/functions/api:7", "", 404, "ResourceNotFoundException", "function:api:7" },
        { "/2015-03-31/functions/", "MaxItems=0", 400, "InvalidParameterValueException",
          "MaxItems" },
        { "/2015-03-31/functions/", "Marker=x", 400, "InvalidParameterValueException", "Marker" },
        { "/2015-03-31/functions/", "Sort=x", 400, "InvalidParameterValueException", "Sort" },
        { "/2015-03-31/functions/api/code", "", 404, "UnknownOperationException",
          "GET /2015-03-31/functions/api/code" },
    };
    struct ask a;

    (void)state;
    start_with_functions(&a);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer;
        char header[128];

        get(&a, cases[i].path, cases[i].query, &answer);
        snprintf(header, sizeof header, "x-amzn-ErrorType: %s\n", cases[i].code);
        if (answer.status != cases[i].status || strstr(answer.headers, header) == NULL ||
            strstr(json_get_string(answer.json, "Message", ""), cases[i].says) == NULL)
            fail_msg("%s?%s: got %u: %s%s", cases[i].path, cases[i].query, answer.status,
                     answer.headers, answer.body);
        assert_string_equal(json_get_string(answer.json, "Type", ""), "User");
        answer_fini(&answer);
    }
    ask_stop(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_are_operations),
        cmocka_unit_test(other_paths_are_not_ours),
        cmocka_unit_test(functions_are_told_with_what_is_known),
        cmocka_unit_test(lists_come_in_pages),
        cmocka_unit_test(refusals_have_their_shape),
    };

    return cmocka_run_group_tests_name("REST JSON", tests, NULL, NULL);
}
