/* test_aws_services.c - alarms, functions and tags, as servers tell them and as they should not.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/alarms.h"
#include "aws/lambda.h"
#include "aws/tagging.h"
#include "aws_bench.h"
#include "base/buf.h"

struct asked {
    struct aws_bench b;
    const struct alarm *alarms;
    const struct alarms_event *events;
    const struct lambda_info *functions;
    const struct tagged_resource *tagged;
    size_t count;
    bool partial;
};

static void
on_alarms(void *arg, const struct alarm *alarms, size_t count, bool partial, const struct err *err)
{
    struct asked *a = arg;

    a->alarms = alarms;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

static void
on_history(void *arg, const struct alarms_event *events, size_t count, bool partial,
           const struct err *err)
{
    struct asked *a = arg;

    a->events = events;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

static void
on_functions(void *arg, const struct lambda_info *functions, size_t count, bool partial,
             const struct err *err)
{
    struct asked *a = arg;

    a->functions = functions;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

static void
on_tagged(void *arg, const struct tagged_resource *resources, size_t count, bool partial,
          const struct err *err)
{
    struct asked *a = arg;

    a->tagged = resources;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

typedef void starter(struct asked *a);

static void
start_alarms(struct asked *a)
{
    alarms_describe(a->b.client, a->b.arena, on_alarms, a);
}

static void
start_history(struct asked *a)
{
    alarms_history(a->b.client, a->b.arena, "Errors", 1795393200000, 1795396800000, 3, on_history,
                   a);
}

static void
start_functions(struct asked *a)
{
    lambda_list(a->b.client, a->b.arena, on_functions, a);
}

static void
start_tagged(struct asked *a)
{
    tagging_list(a->b.client, a->b.arena, on_tagged, a);
}

static void
ask(struct asked *a, starter *start, const char *const *bodies)
{
    *a = (struct asked){ 0 };
    aws_bench_open(&a->b, bodies);
    start(a);
    aws_bench_run(&a->b);
}

/* --- alarms --- */

static void
alarms_of_both_kinds_are_read(void **state)
{
    static const char *const bodies[] = {
        "{\"MetricAlarms\":[{\"AlarmName\":\"Errors\",\"AlarmArn\":\"arn:x\",\"StateValue\":"
        "\"ALARM\",\"StateReason\":\"r\",\"StateUpdatedTimestamp\":1795393200.5,"
        "\"StateTransitionedTimestamp\":\"2026-11-23T00:20:00Z\",\"MetricName\":\"Errors\","
        "\"Namespace\":\"AWS/Lambda\",\"Statistic\":\"Sum\",\"Dimensions\":[{\"Name\":"
        "\"FunctionName\",\"Value\":\"f\"}],\"Period\":300,\"EvaluationPeriods\":3,"
        "\"DatapointsToAlarm\":2,\"Threshold\":1,\"ComparisonOperator\":"
        "\"GreaterThanOrEqualToThreshold\",\"TreatMissingData\":\"notBreaching\","
        "\"AlarmActions\":[\"arn:sns\",7],\"ActionsEnabled\":false,\"Metrics\":[]}],"
        "\"NextToken\":\"n\"}",
        "{\"MetricAlarms\":[{\"AlarmName\":\"Rate\",\"ComparisonOperator\":\"LessThanThreshold\","
        "\"Threshold\":5,\"EvaluationPeriods\":4,\"Metrics\":[{\"Id\":\"m1\",\"MetricStat\":{"
        "\"Metric\":{\"Namespace\":\"N\",\"MetricName\":\"A\"},\"Period\":120,\"Stat\":\"p99\"},"
        "\"ReturnData\":false},{\"Id\":\"e1\",\"Expression\":\"m1*2\",\"Label\":\"twice\"}]}],"
        "\"CompositeAlarms\":[{\"AlarmName\":\"All\",\"AlarmRule\":\"ALARM(Errors)\","
        "\"StateValue\":\"OK\"}]}",
        NULL
    };
    const struct alarm *x;
    struct asked a;

    (void)state;
    ask(&a, start_alarms, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 3);
    assert_false(a.partial);
    assert_int_equal(aws_client_free_calls(a.b.client), 2);
    aws_bench_asked(&a.b, 0, "GraniteServiceVersion20100801.DescribeAlarms\r\n");
    aws_bench_asked(&a.b, 0, "{\"AlarmTypes\":[\"MetricAlarm\",\"CompositeAlarm\"],");
    aws_bench_asked(&a.b, 1, "\"NextToken\":\"n\"");

    x = &a.alarms[0];
    assert_string_equal(x->name, "Errors");
    assert_int_equal(x->state, ALARM_STATE_ALARM);
    assert_int_equal(x->updated_ms, 1795393200500);
    assert_int_equal(x->changed_ms, 1795393200000);
    assert_int_equal(x->rule.comparison, ALARM_GREATER_OR_EQUAL);
    assert_int_equal(x->rule.missing, ALARM_NOT_BREACHING);
    assert_int_equal(x->rule.period_s, 300);
    assert_int_equal(x->rule.evaluation_periods, 3);
    assert_int_equal(x->rule.datapoints_to_alarm, 2);
    assert_int_equal(x->metric_count, 1);
    assert_string_equal(x->metrics[0].series.dims.dims[0].value, "f");
    assert_string_equal(x->metrics[0].stat, "Sum");
    assert_int_equal(x->action_count, 1);
    assert_false(x->actions_enabled);

    x = &a.alarms[1];
    assert_int_equal(x->state, ALARM_STATE_NO_DATA);
    assert_int_equal(x->metric_count, 2);
    assert_false(x->metrics[0].is_returned);
    assert_true(x->metrics[1].is_returned);
    assert_string_equal(x->metrics[1].expression, "m1*2");
    assert_int_equal(x->rule.period_s, 120); /* of what the expression is made of */
    assert_int_equal(x->rule.datapoints_to_alarm, 4);

    x = &a.alarms[2];
    assert_true(x->is_composite);
    assert_string_equal(x->composite_rule, "ALARM(Errors)");
    assert_int_equal(x->metric_count, 0);
    aws_bench_close(&a.b);
}

/* Only the name, and numbers nobody could work with. */
static void
an_alarm_that_tells_nothing_is_taken(void **state)
{
    static const char *const bodies[] = {
        "{\"MetricAlarms\":[{\"AlarmName\":\"bare\"},{\"AlarmName\":\"odd\",\"Period\":-5,"
        "\"EvaluationPeriods\":1e300,\"DatapointsToAlarm\":900,\"Threshold\":\"5\","
        "\"StateValue\":7,\"Dimensions\":{},\"Metrics\":\"none\",\"AlarmActions\":4,"
        "\"ComparisonOperator\":\"LessThanLowerThreshold\",\"StateUpdatedTimestamp\":1e300,"
        "\"TreatMissingData\":\"maybe\"},"
        "{\"AlarmName\":\"none returned\",\"Metrics\":[{\"ReturnData\":false},7]}]}",
        NULL
    };
    const struct alarm *x;
    struct asked a;

    (void)state;
    ask(&a, start_alarms, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 3);
    x = &a.alarms[0];
    assert_string_equal(x->description, "");
    assert_string_equal(x->reason, "");
    assert_int_equal(x->state, ALARM_STATE_NO_DATA);
    assert_int_equal(x->rule.period_s, 60);
    assert_int_equal(x->rule.evaluation_periods, 1);
    assert_int_equal(x->rule.datapoints_to_alarm, 1);
    assert_true(isnan(x->rule.threshold));
    assert_string_equal(x->metrics[0].series.metric, "");
    x = &a.alarms[1];
    assert_int_equal(x->rule.period_s, 1);
    assert_int_equal(x->rule.evaluation_periods, 1);
    assert_int_equal(x->rule.datapoints_to_alarm, 1);
    assert_int_equal(x->rule.comparison, ALARM_LESS);
    assert_int_equal(x->rule.missing, ALARM_MISSING);
    assert_int_equal(x->updated_ms, 0);
    assert_true(isnan(x->rule.threshold));
    assert_true(a.alarms[2].metrics[1].is_returned);
    aws_bench_close(&a.b);
}

/* A page of `count` alarms with short names. */
static char *
many_alarms(int count, const char *token)
{
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_adds(&b, "{\"MetricAlarms\":[");
    for (int i = 0; i < count; i++)
        buf_addf(&b, "%s{\"AlarmName\":\"a%d\"}", i > 0 ? "," : "", i);
    buf_addf(&b, "],\"NextToken\":\"%s\"}", token);
    return buf_take(&b, NULL);
}

static void
two_thousand_alarms_are_enough(void **state)
{
    char *first = many_alarms(1999, "x"), *second = many_alarms(2, "y");
    const char *const bodies[] = { first, second, NULL };
    struct asked a;

    (void)state;
    ask(&a, start_alarms, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, ALARMS_MAX);
    assert_true(a.partial);
    aws_bench_close(&a.b);
    free(first);
    free(second);
}

/* --- history --- */

static void
history_is_newest_first_and_bounded(void **state)
{
    static const char *const bodies[] = {
        "{\"AlarmHistoryItems\":[{\"AlarmName\":\"Errors\",\"Timestamp\":1795393200,"
        "\"HistoryItemType\":\"StateUpdate\",\"HistorySummary\":\"Alarm updated from "
        "INSUFFICIENT_DATA to OK\"},{\"AlarmName\":\"Errors\",\"Timestamp\":1795393300,"
        "\"HistoryItemType\":\"StateUpdate\",\"HistorySummary\":\"s\",\"HistoryData\":"
        "\"{\\\"oldState\\\":{\\\"stateValue\\\":\\\"OK\\\"},\\\"newState\\\":{\\\"stateValue\\\":"
        "\\\"ALARM\\\"}}\"}],\"NextToken\":\"n\"}",
        "{\"AlarmHistoryItems\":[{\"Timestamp\":1795393250,\"HistoryItemType\":\"Action\","
        "\"HistoryData\":\"{not json\"},{\"AlarmName\":\"late\",\"Timestamp\":1795393100}]}",
        NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_history, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 3);
    assert_true(a.partial);
    assert_int_equal(aws_client_free_calls(a.b.client), 2);
    aws_bench_asked(&a.b, 0, "\"AlarmName\":\"Errors\"");
    aws_bench_asked(&a.b, 0, "\"ScanBy\":\"TimestampDescending\"");
    aws_bench_asked(&a.b, 0, "\"StartDate\":1795393200,");
    assert_int_equal(a.events[0].time_ms, 1795393300000);
    assert_int_equal(a.events[0].from, ALARM_STATE_OK);
    assert_int_equal(a.events[0].to, ALARM_STATE_ALARM);
    assert_string_equal(a.events[1].kind, "Action");
    assert_int_equal(a.events[1].from, ALARM_STATES);
    assert_int_equal(a.events[2].from, ALARM_STATE_NO_DATA);
    assert_int_equal(a.events[2].to, ALARM_STATE_OK);
    aws_bench_close(&a.b);
}

/* --- functions --- */

static void
functions_come_page_by_page(void **state)
{
    static const char *const bodies[] = {
        "{\"Functions\":[{\"FunctionName\":\"f\",\"Runtime\":\"nodejs24.x\",\"MemorySize\":256,"
        "\"Timeout\":30,\"LastModified\":\"2026-11-24T03:20:23.000+0000\"}],"
        "\"NextMarker\":\"a b/c=\"}",
        "{\"Functions\":[{\"FunctionName\":\"image\",\"MemorySize\":\"256\",\"LastModified\":"
        "\"yesterday\"}],\"NextMarker\":null}",
        NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_functions, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 2);
    aws_bench_asked(&a.b, 0, "GET /2015-03-31/functions HTTP/1.1\r\n");
    aws_bench_asked(&a.b, 0, "/eu-west-1/lambda/aws4_request");
    aws_bench_asked(&a.b, 0, "SignedHeaders=host;x-amz-date;x-amz-security-token,");
    aws_bench_asked(&a.b, 1, "GET /2015-03-31/functions?Marker=a%20b%2Fc%3D HTTP/1.1\r\n");
    assert_int_equal(a.functions[0].modified_ms, 1795490423000);
    assert_int_equal(a.functions[0].memory_mb, 256);
    assert_string_equal(a.functions[1].runtime, "");
    assert_int_equal(a.functions[1].memory_mb, 0);
    assert_int_equal(a.functions[1].modified_ms, 0);
    aws_bench_close(&a.b);
}

/* As moto does. */
static void
json_that_is_called_html_is_json(void **state)
{
    static const char *const bodies[] = { "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
                                          "Content-Length: 16\r\n\r\n{\"Functions\":[]}",
                                          NULL };
    struct asked a;

    (void)state;
    ask(&a, start_functions, bodies);
    assert_int_equal(a.b.err.code, OK);
    aws_bench_close(&a.b);
}

/* --- tags --- */

static void
resources_come_with_type_name_and_tags(void **state)
{
    static const char *const bodies[] = {
        "{\"ResourceTagMappingList\":[{\"ResourceARN\":\"arn:aws:rds:eu-west-1:1:cluster:main\","
        "\"Tags\":[{\"Key\":\"Project\",\"Value\":\"Application\"},{\"Key\":\"Empty\"}]}],"
        "\"PaginationToken\":\"t\"}",
        "{\"ResourceTagMappingList\":[{\"ResourceARN\":\"arn:aws:s3:::b\",\"Tags\":[]},"
        "{\"ResourceARN\":\"odd\",\"Tags\":7}],\"PaginationToken\":\"\"}",
        NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_tagged, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 3);
    assert_false(a.partial);
    aws_bench_asked(&a.b, 0, "ResourceGroupsTaggingAPI_20170126.GetResources");
    aws_bench_asked(&a.b, 0, "/eu-west-1/tagging/aws4_request");
    aws_bench_asked(&a.b, 0, "{\"ResourcesPerPage\":100}");
    aws_bench_asked(&a.b, 1, "\"PaginationToken\":\"t\"");
    assert_string_equal(a.tagged[0].type, "rds:cluster");
    assert_string_equal(a.tagged[0].name, "main");
    assert_int_equal(a.tagged[0].tag_count, 2);
    assert_string_equal(a.tagged[0].tags[0].value, "Application");
    assert_string_equal(a.tagged[0].tags[1].value, "");
    assert_string_equal(a.tagged[1].type, "s3");
    assert_int_equal(a.tagged[1].tag_count, 0);
    assert_string_equal(a.tagged[2].type, "");
    assert_string_equal(a.tagged[2].name, "odd");
    aws_bench_close(&a.b);
}

/* --- whatever they say --- */

/* The band is an expression beside the metric, and may stand before it. */
static void
an_alarm_on_anomalies_compares_its_metric(void **state)
{
    static const char *const bodies[] = {
        "{\"MetricAlarms\":[{\"AlarmName\":\"Odd\",\"ComparisonOperator\":"
        "\"LessThanLowerOrGreaterThanUpperThreshold\",\"EvaluationPeriods\":2,"
        "\"ThresholdMetricId\":\"ad1\",\"Metrics\":[{\"Id\":\"ad1\",\"Expression\":"
        "\"ANOMALY_DETECTION_BAND(m1, 2)\",\"Label\":\"band\",\"ReturnData\":true},"
        "{\"Id\":\"m1\",\"MetricStat\":{\"Metric\":{\"Namespace\":\"AWS/RDS\",\"MetricName\":"
        "\"CPUUtilization\"},\"Period\":300,\"Stat\":\"Average\"},\"ReturnData\":true}]},"
        "{\"AlarmName\":\"Only\",\"ThresholdMetricId\":\"a\",\"Metrics\":[{\"Id\":\"a\"}]}]}",
        NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_alarms, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 2);
    assert_int_equal(a.alarms[0].rule.band, ALARM_OUTSIDE_BAND);
    assert_true(isnan(a.alarms[0].rule.threshold));
    assert_int_equal(a.alarms[0].rule.period_s, 300);
    assert_int_equal(a.alarms[0].metric_count, 1);
    assert_string_equal(a.alarms[0].metrics[0].series.metric, "CPUUtilization");
    assert_true(a.alarms[0].metrics[0].is_returned);
    assert_int_equal(a.alarms[1].metric_count, 0);
    aws_bench_close(&a.b);
}

struct bad_case {
    const char *name;
    starter *start;
    const char *bodies[4];
    const char *want;
};

#define PAGE "<!doctype html>\n<title>500 Internal Server Error</title>"

/* clang-format off */
static const struct bad_case bad_cases[] = {
    { "alarms: an empty object", start_alarms, { "{}" }, "DescribeAlarms: an answer without MetricAlarms" },
    { "alarms: no object", start_alarms, { "[]" }, "DescribeAlarms: the answer is not a JSON object" },
    { "alarms: nothing", start_alarms, { "" }, "DescribeAlarms: answer: " },
    { "alarms: numbers", start_alarms, { "{\"MetricAlarms\":[1]}" }, "an alarm without AlarmName" },
    { "alarms: a name that is none", start_alarms, { "{\"MetricAlarms\":[{\"AlarmName\":[]}]}" },
      "an alarm without AlarmName" },
    { "alarms: half a dimension", start_alarms,
      { "{\"MetricAlarms\":[{\"AlarmName\":\"a\",\"Dimensions\":[{\"Name\":\"x\"}]}]}" },
      "DescribeAlarms: a dimension without Name and Value" },
    { "alarms: round and round", start_alarms,
      { "{\"MetricAlarms\":[],\"NextToken\":\"a\"}", "{\"MetricAlarms\":[],\"NextToken\":\"a\"}" },
      "repeats a page token" },
    { "alarms: a web page", start_alarms, { PAGE }, "answers with a web page, not JSON" },
    { "alarms: refused", start_alarms,
      { "!403{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}" },
      "access denied: CloudWatch DescribeAlarms (no)" },
    { "history: a web page and 500", start_history, { "!500" PAGE, "!500" PAGE },
      "answers with status 500 and a web page: it does not know this operation, breaks on it" },
    { "history: no list", start_history, { "{\"AlarmHistoryItems\":{}}" }, "without AlarmHistoryItems" },
    { "history: no time", start_history, { "{\"AlarmHistoryItems\":[{\"Timestamp\":\"then\"}]}" },
      "an item without Timestamp" },
    { "functions: no list", start_functions, { "{\"Functions\":null}" }, "without Functions" },
    { "functions: no name", start_functions, { "{\"Functions\":[{}]}" }, "without FunctionName" },
    { "functions: round and round", start_functions,
      { "{\"Functions\":[],\"NextMarker\":\"a\"}", "{\"Functions\":[],\"NextMarker\":\"b\"}",
        "{\"Functions\":[],\"NextMarker\":\"a\"}" }, "ListFunctions: the server repeats a page token" },
    { "tags: an empty object", start_tagged, { "{}" }, "GetResources: an answer without ResourceTagMappingList" },
    { "tags: no ARN", start_tagged, { "{\"ResourceTagMappingList\":[{}]}" }, "a resource without ResourceARN" },
    { "tags: no key", start_tagged,
      { "{\"ResourceTagMappingList\":[{\"ResourceARN\":\"arn:x\",\"Tags\":[{\"Value\":\"v\"}]}]}" },
      "GetResources: a tag without Key on arn:x" },
    { "tags: round and round", start_tagged,
      { "{\"ResourceTagMappingList\":[],\"PaginationToken\":\"a\"}",
        "{\"ResourceTagMappingList\":[],\"PaginationToken\":\"a\"}" }, "repeats a page token" },
    { "tags: refused", start_tagged,
      { "!400{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}" },
      "access denied: Resource Groups Tagging GetResources (no)" },
    { "functions: cut off", start_functions,
      { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"Functi" }, "closed the connection in the middle" },
};
/* clang-format on */

static void
wrong_answers_are_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
        const struct bad_case *c = &bad_cases[i];
        struct asked a;

        print_message("%s\n", c->name);
        ask(&a, c->start, c->bodies);
        aws_bench_failed(&a.b, c->want);
        aws_bench_close(&a.b);
    }
}

/* --- where and for how much --- */

static void
another_region_is_signed_for_and_asked_there(void **state)
{
    static const char *const bodies[] = { "{\"MetricAlarms\":[]}", NULL };
    struct asked a = { 0 };
    struct aws_client *there;
    char *url;

    (void)state;
    aws_bench_open(&a.b, bodies);
    there = aws_client_in(a.b.client, "us-east-1");
    assert_ptr_equal(aws_client_in(a.b.client, "us-east-1"), there);
    assert_ptr_equal(aws_client_in(a.b.client, NULL), a.b.client);
    assert_ptr_equal(aws_client_in(a.b.client, "eu-west-1"), a.b.client);
    assert_null(aws_client_in(a.b.client, "evil.example/"));
    alarms_describe(there, a.b.arena, on_alarms, &a);
    aws_bench_run(&a.b); /* at the same endpoint: it was named */
    aws_bench_asked(&a.b, 0, "/us-east-1/monitoring/aws4_request");
    assert_int_equal(aws_client_free_calls(a.b.client), 1); /* one account, one count */
    free(a.b.target.urls[AWS_CLOUDWATCH]);
    a.b.target.urls[AWS_CLOUDWATCH] = NULL; /* AWS's own */
    url = aws_target_url(&a.b.target, AWS_CLOUDWATCH, "us-east-1");
    assert_string_equal(url, "https://monitoring.us-east-1.amazonaws.com");
    free(url);
    aws_bench_close(&a.b);
}

static void
cancelled_jobs_leave_nothing_behind(void **state)
{
    static const char *const bodies[] = { "{}", NULL };
    struct asked a = { 0 };

    (void)state;
    aws_bench_open(&a.b, bodies);
    alarms_cancel(alarms_describe(a.b.client, a.b.arena, on_alarms, &a));
    listing_cancel(alarms_history(a.b.client, a.b.arena, NULL, 0, 1, 5, on_history, &a));
    listing_cancel(lambda_list(a.b.client, a.b.arena, on_functions, &a));
    listing_cancel(tagging_list(a.b.client, a.b.arena, on_tagged, &a));
    net_run(a.b.net, 0);
    assert_false(a.b.is_done);
    aws_bench_close(&a.b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alarms_of_both_kinds_are_read),
        cmocka_unit_test(an_alarm_on_anomalies_compares_its_metric),
        cmocka_unit_test(an_alarm_that_tells_nothing_is_taken),
        cmocka_unit_test(two_thousand_alarms_are_enough),
        cmocka_unit_test(history_is_newest_first_and_bounded),
        cmocka_unit_test(functions_come_page_by_page),
        cmocka_unit_test(json_that_is_called_html_is_json),
        cmocka_unit_test(resources_come_with_type_name_and_tags),
        cmocka_unit_test(wrong_answers_are_sentences),
        cmocka_unit_test(another_region_is_signed_for_and_asked_there),
        cmocka_unit_test(cancelled_jobs_leave_nothing_behind),
    };

    return cmocka_run_group_tests_name("aws_services", tests, NULL, NULL);
}
