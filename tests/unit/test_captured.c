/* test_captured.c - requests of the intake as commands and as lines of a fixture.
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
#include "tui/captured.h"

#define HOST_AND "[\"Host\",\"127.0.0.1:9\"],[\"Content-Length\",\"7\"]"

/* What the form makes of the event; "-" and why it is refused. The caller's. */
static char *
told(const char *event_text, const char *form, bool *is_masked)
{
    struct arena *arena = arena_new();
    const struct captured_form *f = captured_forms;
    struct captured captured;
    struct err err = { 0 };
    struct buf b;
    cJSON *event;
    enum status st;
    char *text;

    if (json_parse(&event, event_text, strlen(event_text), &err) != OK)
        fail_msg("%s", err.text);
    while (strcmp(f->name, form) != 0)
        f++;
    buf_init(&b, CAPTURED_TEXT_MAX);
    st = captured_read(&captured, arena, event, &err);
    if (st == OK) {
        *is_masked = captured.is_masked;
        st = f->print(&b, &captured, &err);
    }
    text = st == OK ? xstrdup(b.data) : xasprintf("-%s", err.text);
    buf_fini(&b);
    cJSON_Delete(event);
    arena_free(arena);
    return text;
}

static void
assert_told(const char *event, const char *form, const char *want)
{
    bool is_masked;
    char *have = told(event, form, &is_masked);

    assert_string_equal(have, want);
    free(have);
}

#define BARE " -H 'User-Agent:' -H 'Accept:'" /* that curl adds none of its own */

static const char vital[] =
    "{\"kind\":\"http\",\"method\":\"POST\",\"path\":\"/a?b=c\",\"size\":11,\"durationUs\":44,"
    "\"headers\":[" HOST_AND ",[\"Content-Type\",\"text/plain\"],[\"Umami-Rule\",\"ours\"],"
    "[\"Replay-Session\",\"7\"],[\"x-amzn-RequestId\",\"id\"]],"
    "\"body\":\"it's \\\\ {\\\"a\\\"\"}";

static void
a_request_is_a_curl_command(void **state)
{
    (void)state;
    assert_told(vital, "curl",
                "curl 'http://127.0.0.1:9/a?b=c' -H 'Content-Type: text/plain'" BARE
                " --data-raw 'it'\\''s \\ {\"a\"'");
    assert_told("{\"kind\":\"http\",\"method\":\"GET\",\"path\":\"/x\",\"size\":0,\"body\":\"\","
                "\"headers\":[" HOST_AND "]}",
                "curl", "curl 'http://127.0.0.1:9/x'" BARE);
    assert_told(
        "{\"kind\":\"http\",\"method\":\"OPTIONS\",\"path\":\"/x\",\"size\":0,\"body\":\"\"}",
        "curl", "curl -X OPTIONS 'http://127.0.0.1:6270/x'" BARE);
    assert_told("{\"kind\":\"http\",\"method\":\"HEAD\",\"path\":\"/x\",\"size\":0,\"body\":\"\"}",
                "curl", "curl --head 'http://127.0.0.1:6270/x'" BARE);
}

static void
nothing_foreign_speaks_to_the_shell(void **state)
{
    (void)state;
    assert_told("{\"kind\":\"http\",\"method\":\"POST\",\"path\":\"/$(id)'`id`\",\"size\":8,"
                "\"body\":\"a\\n\\u001b'\\\\\\u007f$x\"}",
                "curl",
                "curl 'http://127.0.0.1:6270/$(id)'\\''`id`'" BARE " -H 'Content-Type:' --data-raw "
                "$'a\\012\\033\\'\\\\\\177$x'");
    assert_told("{\"kind\":\"http\",\"method\":\"A$(id);'\",\"path\":\"/x\",\"size\":0}", "curl",
                "curl -X 'A$(id);'\\''' 'http://127.0.0.1:6270/x'" BARE);
    assert_told("{\"kind\":\"aws\",\"method\":\"POST\",\"path\":\"/\",\"size\":0,\"headers\":["
                "[\"X-Amz-Target\",\"Logs_20140328.A;id\"]]}",
                "awscli",
                "-S3's requests do not name their operation as awscli does; copy it as curl");
    assert_told("{\"kind\":\"aws\",\"method\":\"POST\",\"path\":\"/\",\"size\":30,\"body\":"
                "\"Action=`id`&Version=2010-08-01\"}",
                "awscli",
                "-S3's requests do not name their operation as awscli does; copy it as curl");
    assert_told("{\"kind\":\"http\",\"method\":\"; id #\",\"path\":\"/x\",\"size\":0}", "curl",
                "-it never became a request");
}

static void
nothing_foreign_speaks_to_curl(void **state)
{
    (void)state;
    assert_told("{\"kind\":\"http\",\"method\":\"GET\",\"path\":\"/a[1-3]?q={b,c}\",\"size\":0}",
                "curl", "curl --globoff 'http://127.0.0.1:6270/a[1-3]?q={b,c}'" BARE);
    assert_told("{\"kind\":\"http\",\"method\":\"GET\",\"path\":\"/a/../b\",\"size\":0}", "curl",
                "curl --path-as-is 'http://127.0.0.1:6270/a/../b'" BARE);
    assert_told("{\"kind\":\"http\",\"method\":\"GET\",\"path\":\"/\",\"size\":0,\"headers\":["
                "[\"X-Empty\",\"\"]]}",
                "curl", "curl 'http://127.0.0.1:6270/' -H 'X-Empty;'" BARE);
    assert_told("{\"kind\":\"http\",\"method\":\"GET\",\"path\":\"/\",\"size\":0,\"headers\":["
                "[\"@x\",\"y\"]]}",
                "curl",
                "-curl would read a file for its header that begins with @; copy it as a fixture "
                "line");
}

static void
credentials_stay_masked(void **state)
{
    static const char *const events[] = {
        "{\"kind\":\"http\",\"method\":\"GET\",\"path\":\"/x\",\"size\":0,\"headers\":["
        "[\"Cookie\",\"***\"],[\"Accept\",\"a\"]]}",
        "{\"kind\":\"http\",\"method\":\"GET\",\"path\":\"/x?token=***\",\"size\":0}",
    };
    static const char *const wanted[] = {
        "curl 'http://127.0.0.1:6270/x' -H 'Accept: a' -H 'User-Agent:'",
        "curl 'http://127.0.0.1:6270/x?token=***'" BARE
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        bool is_masked = false;
        char *have = told(events[i], "curl", &is_masked);

        assert_string_equal(have, wanted[i]);
        assert_true(is_masked);
        free(have);
    }
}

static const char json[] =
    "{\"kind\":\"aws\",\"method\":\"POST\",\"path\":\"/\",\"size\":17,\"headers\":[" HOST_AND
    ",[\"X-Amz-Target\",\"Logs_20140328.DescribeLogGroups\"],[\"Authorization\",\"***\"],"
    "[\"X-Amz-Date\",\"20261128T000000Z\"]],\"body\":\"{\\\"logGroup\\\":\\\"it's\"}";
static const char form[] =
    "{\"kind\":\"aws\",\"method\":\"POST\",\"path\":\"/\",\"size\":196,\"headers\":[],\"body\":\""
    "Action=PutMetricData&Version=2010-08-01&Namespace=A+B&MetricData.member.1.MetricName=Orders"
    "&MetricData.member.1.Value=3.5&MetricData.member.1.Dimensions.member.1.Name=status"
    "&MetricData.member.1.Dimensions.member.1.Value=200\"}";
static const char cbor[] =
    "{\"kind\":\"aws\",\"method\":\"POST\",\"size\":13,\"path\":"
    "\"/service/GraniteServiceVersion20100801/operation/ListMetrics\",\"headers\":[],"
    "\"body\":\"\",\"bodyBase64\":\"oWlOYW1lc3BhY2VhQQ==\"}";
/* Action=PutMetricData&Version=2010-08-01&Namespace=A */
static const char packed_form[] =
    "{\"kind\":\"aws\",\"method\":\"POST\",\"size\":69,\"path\":\"/\",\"headers\":[["
    "\"Content-Encoding\",\"gzip\"]],\"body\":\"\",\"bodyBase64\":"
    "\"H4sIAAAAAAACA3NMLsnMz7MNKC3xTS0pykx2SSxJVAtLLSoGiRoZGBroGljoGhiq+SXmphYXJCan2joCAPPC0WozAAAA"
    "\"}";

static void
an_aws_request_is_signed_anew(void **state)
{
    (void)state;
    assert_told(json, "curl",
                "curl 'http://127.0.0.1:9/' --aws-sigv4 \"aws:amz:${AWS_REGION:-us-east-1}:logs\" "
                "--user \"${AWS_ACCESS_KEY_ID:-test}:${AWS_SECRET_ACCESS_KEY:-test}\" "
                "-H 'X-Amz-Target: Logs_20140328.DescribeLogGroups'" BARE " -H 'Content-Type:' "
                "--data-raw '{\"logGroup\":\"it'\\''s'");
    /* S3 lists buckets at the root, and says nothing of itself. */
    assert_told("{\"kind\":\"aws\",\"method\":\"GET\",\"path\":\"/\",\"size\":0}", "curl",
                "curl 'http://127.0.0.1:6270/' --aws-sigv4 "
                "\"aws:amz:${AWS_REGION:-us-east-1}:s3\" "
                "--user \"${AWS_ACCESS_KEY_ID:-test}:${AWS_SECRET_ACCESS_KEY:-test}\"" BARE);
}

static void
an_aws_request_is_an_awscli_command(void **state)
{
    char sized[1024];
    const char *body = strstr(form, "Action=");

    (void)state;
    assert_told(json, "awscli",
                "aws --endpoint-url 'http://127.0.0.1:9' logs describe-log-groups --cli-input-json "
                "'{\"logGroup\":\"it'\\''s'");
    snprintf(sized, sizeof sized, "%.*s%zu%s", (int)(strstr(form, "196") - form), form,
             strlen(body) - 2, strstr(form, "196") + 3);
    assert_told(
        sized, "awscli",
        "aws --endpoint-url 'http://127.0.0.1:6270' cloudwatch put-metric-data "
        "--cli-input-json '{\"MetricData\":[{\"Dimensions\":[{\"Name\":\"status\",\"Value\":"
        "\"200\"}],\"MetricName\":\"Orders\",\"Value\":3.5}],\"Namespace\":\"A B\"}'");
    assert_told(
        "{\"kind\":\"aws\",\"method\":\"POST\",\"path\":\"/\",\"size\":163,\"body\":\""
        "Action=PutMetricAlarm&Version=2010-08-01&AlarmName=true&MetricName=5&AlarmDescription="
        "7&Tags.member.1.Key=a&Tags.member.1.Value=1&Threshold=1.5&ActionsEnabled=true\","
        "\"headers\":[]}",
        "awscli",
        "aws --endpoint-url 'http://127.0.0.1:6270' cloudwatch put-metric-alarm "
        "--cli-input-json '{\"ActionsEnabled\":true,\"AlarmDescription\":\"7\","
        "\"AlarmName\":\"true\",\"MetricName\":\"5\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"1\"}],"
        "\"Threshold\":1.5}'");
    assert_told("{\"kind\":\"aws\",\"method\":\"POST\",\"path\":\"/\",\"size\":44,\"body\":"
                "\"Action=DescribeDBClusters&Version=2014-10-31&\",\"headers\":[]}",
                "awscli", "-its body is no text, and the intake tells text alone");
    assert_told("{\"kind\":\"aws\",\"method\":\"POST\",\"path\":\"/\",\"size\":44,\"body\":"
                "\"Action=DescribeDBClusters&Version=2014-10-31\",\"headers\":[]}",
                "awscli",
                "aws --endpoint-url 'http://127.0.0.1:6270' rds describe-db-clusters "
                "--cli-input-json '{}'");
    assert_told(
        cbor, "awscli",
        "aws --endpoint-url 'http://127.0.0.1:6270' cloudwatch list-metrics --cli-input-json "
        "'{\"Namespace\":\"A\"}'");
    assert_told(packed_form, "awscli",
                "aws --endpoint-url 'http://127.0.0.1:6270' cloudwatch put-metric-data "
                "--cli-input-json '{\"Namespace\":\"A\"}'");
    assert_told(vital, "awscli", "-it is no request to AWS; copy it as curl");
}

static void
what_came_in_is_a_line_of_a_fixture(void **state)
{
    (void)state;
    assert_told(
        "{\"kind\":\"http\",\"method\":\"POST\",\"path\":\"/a\",\"size\":7,\"durationUs\":44,"
        "\"headers\":[" HOST_AND ",[\"Content-Type\",\"application/json\"]],"
        "\"body\":\"{\\\"a\\\":1}\"}",
        "fixture",
        "{\"t\":0,\"source\":\"http\",\"took\":44,\"request\":{\"method\":\"POST\","
        "\"path\":\"/a\",\"headers\":{\"content-type\":\"application/json\"},"
        "\"body\":{\"a\":1}}}");
    assert_told(
        "{\"kind\":\"emf-tcp\",\"method\":\"EMF\",\"path\":\"x\",\"size\":7,\"durationUs\":5,"
        "\"body\":\"{\\\"a\\\":1}\"}",
        "fixture", "{\"t\":0,\"source\":\"emf-tcp\",\"took\":5,\"line\":\"{\\\"a\\\":1}\"}");
    assert_told(
        "{\"kind\":\"aws\",\"method\":\"POST\",\"path\":\"/\",\"size\":2,\"headers\":[["
        "\"X-Amz-Target\",\"Logs_20140328.DescribeLogGroups\"],[\"Authorization\",\"***\"]],"
        "\"body\":\"{}\"}",
        "fixture",
        "{\"t\":0,\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"/\","
        "\"headers\":{\"x-amz-target\":\"Logs_20140328.DescribeLogGroups\","
        "\"x-obsview-signed\":\"logs\"},\"body\":{}}}");
}

static void
bytes_that_are_no_text_are_kept(void **state)
{
    static const char event[] = "{\"kind\":\"http\",\"method\":\"POST\",\"path\":\"/x\",\"size\":3,"
                                "\"body\":\"\\ufffd\\u0000a\",\"bodyBase64\":\"/wBh\"}";

    (void)state;
    assert_told(event, "fixture",
                "{\"t\":0,\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"/x\","
                "\"body\":{\"base64\":\"/wBh\"}}}");
    assert_told(event, "curl",
                "printf %s /wBh | base64 -d | curl 'http://127.0.0.1:6270/x'" BARE
                " -H 'Content-Type:' --data-binary @-");
}

static void
what_was_not_kept_cannot_be_told(void **state)
{
    (void)state;
    assert_told("{\"kind\":\"replay\",\"method\":\"POST\",\"path\":\"/x\",\"size\":3}", "curl",
                "-replay: bodies of recordings are not kept in the intake");
    assert_told("{\"kind\":\"http\",\"method\":\"POST\",\"path\":\"/x\",\"size\":9,\"body\":\"a\","
                "\"bodyCut\":true}",
                "curl", "-the intake did not keep its body whole");
    assert_told("{\"kind\":\"http\",\"method\":\"POST\",\"path\":\"/x\",\"size\":2,"
                "\"body\":\"\\ufffd\"}",
                "curl", "-its body is no text, and the intake tells text alone");
    assert_told("{\"kind\":\"http\",\"method\":\"POST\",\"path\":\"/x\",\"size\":9,"
                "\"body\":\"cut\",\"masked\":true}",
                "fixture", "-its body is shown without the personal data in it");
    assert_told("{\"kind\":\"emf-udp\",\"size\":1,\"body\":\"a\"}", "curl",
                "-a line is no request: there is no curl for it; copy it as a fixture line");
    assert_told("[]", "curl", "-it is not known whole yet");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_a_curl_command),
        cmocka_unit_test(nothing_foreign_speaks_to_the_shell),
        cmocka_unit_test(nothing_foreign_speaks_to_curl),
        cmocka_unit_test(credentials_stay_masked),
        cmocka_unit_test(an_aws_request_is_signed_anew),
        cmocka_unit_test(an_aws_request_is_an_awscli_command),
        cmocka_unit_test(what_came_in_is_a_line_of_a_fixture),
        cmocka_unit_test(bytes_that_are_no_text_are_kept),
        cmocka_unit_test(what_was_not_kept_cannot_be_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
