/* test_hearing.c - calls to AWS are heard by their meaning, without keys, and can be answered in
 * its place. SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/client.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "responder.h"

#define DEADLINE_NS (20 * 1000000000ULL)

static const struct rule rules[] = {
    { "DescribeAlarms", "{\"MetricAlarms\":[]}" },
    { "ListMetrics", "!403{\"__type\":\"AccessDeniedException\",\"message\":\"not for you\"}" },
    { "GetMetricData", "!" },
    { "SetAlarmState", "!502<html>a proxy</html>" },
    { "Action=DescribeDBClusters",
      "<DescribeDBClustersResponse xmlns=\"x\"><DescribeDBClustersResult><DBClusters/>"
      "<Marker>m</Marker></DescribeDBClustersResult></DescribeDBClustersResponse>" },
    { "Action=GetCallerIdentity",
      "<GetCallerIdentityResponse xmlns=\"x\"><GetCallerIdentityResult><Arn>arn:jane</Arn>"
      "<UserId>AIDAJANE</UserId><Account>123456789012</Account></GetCallerIdentityResult>"
      "</GetCallerIdentityResponse>" },
    { "list-type=2", "<ListBucketResult><Name>b</Name><Contents><Key>k</Key></Contents>"
                     "</ListBucketResult>" },
    { "GET /b/k", "bytes of a session" },
    { NULL, NULL },
};

struct scene {
    struct responder *responder;
    struct aws_target target;
    struct net *net;
    struct aws_client *client;
    struct aws_ear ear;
    struct aws_stand_in stand_in;
    struct buf heard; /* a line for each */
    struct buf told;  /* what the callers got */
    unsigned under_way;
    int64_t known_ms;
};

static void
hear(void *arg, struct aws_heard *heard)
{
    struct scene *s = arg;

    buf_addf(&s->heard, "%s %s %s ", heard->service, heard->operation, heard->region);
    json_print(&s->heard, heard->input);
    buf_addf(&s->heard, " %u ", heard->status);
    if (heard->answer != NULL)
        json_print(&s->heard, heard->answer);
    if (heard->err != NULL)
        buf_addf(&s->heard, " (%.9s)", heard->err->text);
    buf_addc(&s->heard, '\n');
    if (heard->status == 200) { /* it may be taken */
        cJSON_Delete(heard->answer);
        heard->answer = NULL;
    }
}

static void
answer(void *arg, const struct aws_heard *call, struct aws_cue *out)
{
    struct scene *s = arg;

    *out = (struct aws_cue){ .status = 200, .known_ms = 42 };
    if (strcmp(call->operation, "ListObjectsV2") == 0)
        assert_int_equal(json_parse(&out->answer, "{\"Name\":\"<b>\"}", 14, NULL), OK);
    else if (strcmp(call->operation, "GetCallerIdentity") == 0)
        assert_int_equal(json_parse(&out->answer, "{\"Account\":\"000012345678\"}", 26, NULL), OK);
    else if (strcmp(call->operation, "ListMetrics") == 0) {
        out->status = 400;
        assert_int_equal(
            json_parse(&out->answer, "{\"__type\":\"AccessDenied\",\"message\":\"no\"}", 40, NULL),
            OK);
    } else if (strcmp(call->operation, "GetMetricData") == 0) {
        out->status = 0;
        err_set(&out->err, E_UNRECORDED, "not in the recording");
    } else
        out->answer = cJSON_Duplicate(call->input, true);
    buf_addf(&s->heard, "asked %s\n", call->operation);
}

static void
scene_open(struct scene *s, bool stands_in)
{
    *s = (struct scene){ .responder = responder_new(rules), .net = net_new() };
    s->target = (struct aws_target){ .label = xstrdup("AWS"),
                                     .region = xstrdup("eu-west-1"),
                                     .max_attempts = 1 };
    for (int i = 0; i < AWS_SERVICES; i++)
        s->target.urls[i] = xstrdup(responder_url(s->responder));
    aws_credentials_set(&s->target.credentials, "AKIDEXAMPLE", "secret", NULL, "environment");
    buf_init(&s->heard, 100000);
    buf_init(&s->told, 100000);
    s->client = aws_client_new(s->net, &s->target);
    s->ear = (struct aws_ear){ .hear = hear, .arg = s };
    s->stand_in = (struct aws_stand_in){ .answer = answer, .arg = s };
    aws_client_set_ear(s->client, stands_in ? NULL : &s->ear);
    aws_client_set_stand_in(s->client, stands_in ? &s->stand_in : NULL);
}

static void
scene_close(struct scene *s)
{
    aws_client_free(s->client);
    net_free(s->net);
    aws_target_fini(&s->target);
    responder_free(s->responder);
    buf_fini(&s->heard);
    buf_fini(&s->told);
}

static void
on_json(void *arg, const cJSON *json, const struct err *err)
{
    struct scene *s = arg;

    s->under_way--;
    s->known_ms = aws_client_known_ms(s->client);
    if (err != NULL)
        buf_addf(&s->told, "%d %s\n", (int)err->code, err->text);
    else {
        json_print(&s->told, json);
        buf_addc(&s->told, '\n');
    }
}

static void
on_text(void *arg, const char *text, const struct err *err)
{
    struct scene *s = arg;

    s->under_way--;
    buf_addf(&s->told, "%s\n", err != NULL ? err->text : text);
}

static void
on_rest(void *arg, const struct net_answer *rest, const struct err *err)
{
    struct scene *s = arg;

    s->under_way--;
    buf_addf(&s->told, "%s\n", err != NULL ? err->text : rest->body->data);
}

static void
settle(struct scene *s)
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    while (s->under_way > 0 && mono_ns() < end)
        net_run(s->net, 20);
    assert_int_equal(s->under_way, 0);
}

static void
ask(struct scene *s, enum aws_service service, const char *operation)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "a", "b");
    s->under_way++;
    aws_call_start(s->client, service, operation, input, on_json, s);
    cJSON_Delete(input);
    settle(s);
}

static void
ask_account(struct scene *s)
{
    s->under_way++;
    aws_query_start(s->client, AWS_STS, "GetCallerIdentity", on_text, s);
    settle(s);
}

static void
ask_bucket(struct scene *s, const char *operation, const char *path, const char *query)
{
    s->under_way++;
    aws_rest_start(s->client,
                   &(struct aws_rest){ .operation = operation,
                                       .method = "GET",
                                       .path = path,
                                       .query = query,
                                       .answer_max = 10000 },
                   on_rest, s);
    settle(s);
}

static void
whatever_carried_it_is_heard_alike(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, false);
    ask(&s, AWS_CLOUDWATCH, "DescribeAlarms");
    ask(&s, AWS_RDS, "DescribeDBClusters");
    ask_bucket(&s, "ListObjectsV2", "/b", "list-type=2&prefix=7%2F");
    assert_string_equal(
        s.heard.data,
        "monitoring DescribeAlarms eu-west-1 {\"a\":\"b\"} 200 {\"MetricAlarms\":[]}\n"
        "rds DescribeDBClusters eu-west-1 {\"a\":\"b\"} 200 {\"DBClusters\":[],\"Marker\":\"m\"}\n"
        "s3 ListObjectsV2 eu-west-1 {\"Bucket\":\"b\",\"list-type\":\"2\",\"prefix\":\"7/\"} 200 "
        "{\"Name\":\"b\",\"Contents\":{\"Key\":\"k\"}}\n");
    assert_non_null(strstr(s.told.data, "{\"MetricAlarms\":[]}\n"));
    scene_close(&s);
}

static void
failures_are_heard_too(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, false);
    ask(&s, AWS_CLOUDWATCH, "ListMetrics");
    ask(&s, AWS_CLOUDWATCH, "GetMetricData");
    ask(&s, AWS_CLOUDWATCH, "SetAlarmState");
    assert_string_equal(s.heard.data,
                        "monitoring ListMetrics eu-west-1 {\"a\":\"b\"} 403 "
                        "{\"__type\":\"AccessDeniedException\",\"message\":\"not for you\"} "
                        "(access de)\n"
                        "monitoring GetMetricData eu-west-1 {\"a\":\"b\"} 0  (127.0.0.1)\n"
                        "monitoring SetAlarmState eu-west-1 {\"a\":\"b\"} 0  (CloudWatc)\n");
    scene_close(&s);
}

static void
of_people_and_their_sessions_nothing_is_heard(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, false);
    ask_account(&s);
    ask_bucket(&s, "GetObject", "/b/k", "");
    assert_string_equal(s.heard.data, "sts GetCallerIdentity eu-west-1 {} 200 "
                                      "{\"Account\":\"123456789012\"}\n");
    assert_non_null(strstr(s.told.data, "bytes of a session"));
    scene_close(&s);
}

static void
a_stand_in_answers_and_nobody_else_is_asked(void **state)
{
    struct scene s;

    (void)state;
    scene_open(&s, true);
    ask(&s, AWS_CLOUDWATCH, "DescribeAlarms");
    assert_int_equal(s.known_ms, 42);
    assert_int_equal(aws_client_known_ms(s.client), 0);
    ask(&s, AWS_RDS, "DescribeDBClusters"); /* which speaks the query protocol alone */
    ask(&s, AWS_CLOUDWATCH, "ListMetrics");
    ask(&s, AWS_CLOUDWATCH, "GetMetricData");
    ask_account(&s);
    ask_bucket(&s, "ListObjectsV2", "/b", "list-type=2");
    assert_non_null(strstr(s.told.data, "{\"a\":\"b\"}\n{\"a\":\"b\"}\n"));
    assert_non_null(strstr(s.told.data, "access denied: CloudWatch ListMetrics (no)\n"));
    assert_non_null(strstr(s.told.data, " not in the recording\n"));
    assert_non_null(strstr(s.told.data, "<Account>000012345678</Account>\n"));
    assert_non_null(strstr(s.told.data, "<Name>&lt;b&gt;</Name></ListBucketResult>\n"));
    assert_int_equal(net_requests_sent(s.net), 0);
    scene_close(&s);
}

static void
who_no_longer_waits_is_not_told(void **state)
{
    struct scene s;
    struct aws_call *call;

    (void)state;
    scene_open(&s, true);
    call = aws_call_start(s.client, AWS_CLOUDWATCH, "DescribeAlarms", NULL, on_json, &s);
    aws_call_cancel(call);
    net_run(s.net, 20);
    assert_string_equal(s.heard.data, "");
    scene_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_carried_it_is_heard_alike),
        cmocka_unit_test(failures_are_heard_too),
        cmocka_unit_test(of_people_and_their_sessions_nothing_is_heard),
        cmocka_unit_test(a_stand_in_answers_and_nobody_else_is_asked),
        cmocka_unit_test(who_no_longer_waits_is_not_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
