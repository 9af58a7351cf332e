/* test_aws_full.c - AWS operations while the disk is full.
 * SPDX-License-Identifier: MIT
 *
 * An SDK reads a refusal in its own protocol or not at all, and it repeats by itself what was
 * answered with 503. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include <cmocka.h>

#include "aws_ask.h"
#include "base/json.h"
#include "failing_vfs.h"

#define DATUM "{\"Namespace\":\"Shop\",\"MetricData\":[{\"MetricName\":\"Orders\",\"Value\":1}]}"
#define FORM                                                                    \
    "Action=PutMetricData&Version=2010-08-01&Namespace=Shop&MetricData.member." \
    "1.MetricName=Orders&MetricData.member.1.Value=1"
#define DEADLINE_NS 10000000000u

static struct ask ask;

static int
start(void **state)
{
    (void)state;
    failing_vfs_install();
    ask_start(&ask);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    failing_vfs_fail(0, false, 0);
    ask_stop(&ask);
    return 0;
}

static size_t
occurrences(const char *text, const char *part)
{
    size_t count = 0;

    for (text = strstr(text, part); text != NULL; text = strstr(text + 1, part))
        count++;
    return count;
}

static void
put(struct answer *out)
{
    ask_send(&ask,
             &(struct ask_request){
                 .service = "monitoring", .operation = "PutMetricData", .body = DATUM },
             out);
}

static void
a_put_is_refused_in_aws_json(void **state)
{
    struct answer got;

    (void)state;
    failing_vfs_fail(1, true, SQLITE_FULL);
    put(&got);
    assert_int_equal(got.status, 503);
    assert_string_equal(got.type, "application/x-amz-json-1.0");
    assert_string_equal(json_get_string(got.json, "__type", ""), "ServiceUnavailableException");
    assert_non_null(strstr(json_get_string(got.json, "message", ""), "the disk is full"));
    assert_non_null(strstr(got.headers, "Retry-After: 1\n"));
    assert_int_equal(occurrences(got.headers, "x-amzn-RequestId: "), 1);
    answer_fini(&got);
}

static void
a_put_is_refused_in_the_query_protocol(void **state)
{
    struct answer got;

    (void)state;
    failing_vfs_fail(1, true, SQLITE_FULL);
    ask_send(&ask,
             &(struct ask_request){ .service = "monitoring",
                                    .type = "application/x-www-form-urlencoded",
                                    .body = FORM },
             &got);
    assert_int_equal(got.status, 503);
    assert_string_equal(got.type, "text/xml");
    assert_non_null(strstr(got.body, "<Type>Receiver</Type>"));
    assert_non_null(strstr(got.body, "the disk is full"));
    answer_fini(&got);
}

static void
what_waits_for_the_store_is_refused_alike(void **state)
{
    cJSON *got;

    (void)state;
    failing_vfs_fail(1, true, SQLITE_FULL);
    got = ask_json(&ask, "logs", "CreateLogGroup", 503, "{'logGroupName':'/full'}");
    assert_string_equal(json_get_string(got, "__type", ""), "ServiceUnavailableException");
    cJSON_Delete(got);
}

static void
room_ends_it(void **state)
{
    struct answer got = { .status = 503 };

    (void)state;
    failing_vfs_fail(1, true, SQLITE_FULL);
    put(&got);
    assert_int_equal(got.status, 503);
    answer_fini(&got);
    failing_vfs_fail(0, false, 0);
    for (uint64_t until = mono_ns() + DEADLINE_NS; got.status == 503 && mono_ns() < until;) {
        put(&got);
        answer_fini(&got);
    }
    assert_int_equal(got.status, 200);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(a_put_is_refused_in_aws_json),
        CASE(a_put_is_refused_in_the_query_protocol),
        CASE(what_waits_for_the_store_is_refused_alike),
        CASE(room_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
