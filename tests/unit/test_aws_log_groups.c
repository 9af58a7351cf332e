/* test_aws_log_groups.c - what CloudWatch Logs says of groups: tags, retention, removal, filters.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <stdio.h>

#include "aws_ask.h"
#include "base/buf.h"
#include "base/json.h"
#include "store/store.h"

#define DAY 86400000LL
#define ARN "arn:aws:logs:eu-west-1:000000000000:log-group:"

static struct ask ask;

static int
setup(void **state)
{
    (void)state;
    ask_start(&ask);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    ask_stop(&ask);
    return 0;
}

/* Asks what has no answer but that it was done. */
#define DO(operation, ...) cJSON_Delete(ask_json(&ask, "logs", operation, 200, __VA_ARGS__))

static void
make_group(const char *group)
{
    DO("CreateLogGroup", "{'logGroupName':'%s'}", group);
    DO("CreateLogStream", "{'logGroupName':'%s','logStreamName':'s'}", group);
}

/* Compares the answer as compact JSON; single quotes in `want` stand for double ones. */
static void
assert_answer(const char *want, const char *operation, const char *body)
{
    cJSON *doc = ask_json(&ask, "logs", operation, 200, "%s", body);
    struct buf got;

    buf_init(&got, 1 << 16);
    json_print(&got, doc);
    for (size_t i = 0; i < got.len; i++) {
        if (got.data[i] == '"')
            got.data[i] = '\'';
    }
    assert_string_equal(got.data, want);
    buf_fini(&got);
    cJSON_Delete(doc);
}

static void
tags_come_with_a_group_or_later(void **state)
{
    (void)state;
    DO("CreateLogGroup", "{'logGroupName':'/g','tags':{'team':'web','env':'dev'}}");
    assert_answer("{'tags':{'env':'dev','team':'web'}}", "ListTagsLogGroup",
                  "{'logGroupName':'/g'}");
    DO("TagLogGroup", "{'logGroupName':'/g','tags':{'env':'prod','a b':''}}");
    assert_answer("{'tags':{'a b':'','env':'prod','team':'web'}}", "ListTagsForResource",
                  "{'resourceArn':'" ARN "/g'}");
    DO("UntagLogGroup", "{'logGroupName':'/g','tags':['team','none']}");
    DO("UntagResource", "{'resourceArn':'" ARN "/g:*','tagKeys':['a b']}");
    DO("TagResource", "{'resourceArn':'" ARN "/g','tags':{'x':'1'}}");
    assert_answer("{'tags':{'env':'prod','x':'1'}}", "ListTagsLogGroup", "{'logGroupName':'/g'}");
}

static void
tags_that_are_none_are_refused(void **state)
{
    (void)state;
    make_group("/g");
    ask_refused(&ask, "logs", "TagLogGroup", "ResourceNotFoundException",
                "The specified log group does not exist.",
                "{'logGroupName':'/none','tags':{'a':'b'}}");
    ask_refused(&ask, "logs", "TagLogGroup", "InvalidParameterException",
                "The parameter tags has the key aws:x; aws: is reserved.",
                "{'logGroupName':'/g','tags':{'aws:x':'b'}}");
    ask_refused(&ask, "logs", "TagLogGroup", "InvalidParameterException",
                "The parameter tags has a key that is none: a;b.",
                "{'logGroupName':'/g','tags':{'a;b':'b'}}");
    ask_refused(&ask, "logs", "TagLogGroup", "InvalidParameterException",
                "The parameter tags is empty.", "{'logGroupName':'/g','tags':{}}");
    ask_refused(&ask, "logs", "TagResource", "InvalidParameterException",
                "The parameter resourceArn is not the ARN of a log group, which are "
                "the only resources here.",
                "{'resourceArn':'arn:aws:logs:eu-west-1:0:destination:d','tags':{'a':'b'}}");
}

static void
a_group_has_at_most_fifty_tags(void **state)
{
    struct buf tags;

    (void)state;
    make_group("/g");
    buf_init(&tags, 4096);
    for (int i = 0; i < 50; i++)
        buf_addf(&tags, "%s'k%d':'v'", i == 0 ? "" : ",", i);
    DO("TagLogGroup", "{'logGroupName':'/g','tags':{%s}}", tags.data);
    ask_refused(&ask, "logs", "TagResource", "TooManyTagsException",
                "a log group has at most 50 tags, and this would make it more",
                "{'resourceArn':'" ARN "/g','tags':{'one':'more'}}");
    DO("TagLogGroup", "{'logGroupName':'/g','tags':{'k7':'replaced'}}");
    buf_fini(&tags);
}

static void
retention_is_one_of_the_days_aws_has(void **state)
{
    cJSON *doc;

    (void)state;
    make_group("/g");
    DO("PutRetentionPolicy", "{'logGroupName':'/g','retentionInDays':30}");
    doc = ask_json(&ask, "logs", "DescribeLogGroups", 200, "{}");
    assert_int_equal(json_get_int(json_get(doc, "logGroups")->child, "retentionInDays", 0), 30);
    cJSON_Delete(doc);
    DO("DeleteRetentionPolicy", "{'logGroupName':'/g'}");
    doc = ask_json(&ask, "logs", "DescribeLogGroups", 200, "{}");
    assert_null(json_get(json_get(doc, "logGroups")->child, "retentionInDays"));
    cJSON_Delete(doc);
    ask_refused(&ask, "logs", "PutRetentionPolicy", "InvalidParameterException",
                "The parameter retentionInDays is none of 1 3 5 7 14 30 60 90 120 150 "
                "180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653.",
                "{'logGroupName':'/g','retentionInDays':2}");
    ask_refused(&ask, "logs", "PutRetentionPolicy", "ResourceNotFoundException",
                "The specified log group does not exist.",
                "{'logGroupName':'/none','retentionInDays':1}");
}

static void
events_older_than_the_retention_are_rejected(void **state)
{
    const cJSON *info;
    cJSON *doc;

    (void)state;
    make_group("/g");
    DO("PutRetentionPolicy", "{'logGroupName':'/g','retentionInDays':3}");
    doc = ask_json(&ask, "logs", "PutLogEvents", 200,
                   "{'logGroupName':'/g','logStreamName':'s','logEvents':["
                   "{'timestamp':%lld,'message':'gone'},{'timestamp':%lld,'message':'kept'}]}",
                   ASK_NOW - 3 * DAY - 1, ASK_NOW - 3 * DAY);
    info = json_get(doc, "rejectedLogEventsInfo");
    assert_int_equal(json_get_int(info, "expiredLogEventEndIndex", -1), 1);
    assert_null(json_get(info, "tooOldLogEventEndIndex"));
    cJSON_Delete(doc);
    doc = ask_json(&ask, "logs", "FilterLogEvents", 200, "{'logGroupName':'/g'}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "events")), 1);
    cJSON_Delete(doc);
}

static void
groups_and_streams_can_be_removed(void **state)
{
    (void)state;
    make_group("/g");
    ask_refused(&ask, "logs", "DeleteLogStream", "ResourceNotFoundException",
                "The specified log stream does not exist.",
                "{'logGroupName':'/g','logStreamName':'none'}");
    DO("DeleteLogStream", "{'logGroupName':'/g','logStreamName':'s'}");
    assert_answer("{'logStreams':[]}", "DescribeLogStreams", "{'logGroupName':'/g'}");
    DO("DeleteLogGroup", "{'logGroupName':'/g'}");
    ask_refused(&ask, "logs", "DeleteLogGroup", "ResourceNotFoundException",
                "The specified log group does not exist.", "{'logGroupName':'/g'}");
    ask_refused(&ask, "logs", "DeleteLogStream", "ResourceNotFoundException",
                "The specified log group does not exist.",
                "{'logGroupName':'/g','logStreamName':'s'}");
    make_group("/g");
}

static void
groups_are_found_by_identifier_and_class(void **state)
{
    cJSON *doc;

    (void)state;
    make_group("/g");
    make_group("/g/more");
    DO("CreateLogGroup", "{'logGroupName':'/k','kmsKeyId':'arn:aws:kms:x:0:key/1'}");
    doc = ask_json(&ask, "logs", "DescribeLogGroups", 200,
                   "{'logGroupIdentifiers':['/g','" ARN "/k','/none']}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "logGroups")), 2);
    assert_string_equal(json_get_string(json_get(doc, "logGroups")->child->next, "kmsKeyId", ""),
                        "arn:aws:kms:x:0:key/1");
    cJSON_Delete(doc);
    assert_answer("{'logGroups':[]}", "DescribeLogGroups", "{'logGroupClass':'DELIVERY'}");
    doc = ask_json(&ask, "logs", "DescribeLogGroups", 200, "{'logGroupClass':'STANDARD'}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "logGroups")),
                     3 + 1); /* the emulator's own */
    cJSON_Delete(doc);
    ask_refused(&ask, "logs", "DescribeLogGroups", "InvalidParameterException",
                "The parameter logGroupIdentifiers goes with no prefix, pattern, "
                "limit and nextToken.",
                "{'logGroupIdentifiers':['/g'],'logGroupNamePrefix':'/'}");
}

/* --- metric filters --- */

#define FILTER(transformation) "'metricTransformations':[{" transformation "}]"
#define COUNTS                 FILTER("'metricName':'Errors','metricNamespace':'App','metricValue':'1'")

static void
put_event(const char *group, int64_t time_ms, const char *message)
{
    DO("PutLogEvents",
       "{'logGroupName':'%s','logStreamName':'s','logEvents':[{'timestamp':%lld,'message':'%s'}]}",
       group, (long long)time_ms, message);
}

/* "2 of 7": samples and sum of a metric in the ten minutes before now; "" when there are none. */
static void
assert_metric(const char *want, const char *metric, const char *dimensions)
{
    cJSON *doc = ask_json(&ask, "monitoring", "GetMetricStatistics", 200,
                          "{'Namespace':'App','MetricName':'%s','Dimensions':[%s],"
                          "'StartTime':%lld,'EndTime':%lld,'Period':3600,"
                          "'Statistics':['Sum','SampleCount']}",
                          metric, dimensions, ASK_NOW / 1000 - 3600, ASK_NOW / 1000);
    const cJSON *point = cJSON_GetArrayItem(json_get(doc, "Datapoints"), 0);
    char got[64] = "";

    if (point != NULL)
        snprintf(got, sizeof got, "%g of %g", json_get_number(point, "SampleCount", -1),
                 json_get_number(point, "Sum", -1));
    assert_string_equal(got, want);
    cJSON_Delete(doc);
}

static void
a_filter_counts_the_lines_that_match(void **state)
{
    cJSON *doc;

    (void)state;
    make_group("/g");
    make_group("/other");
    put_event("/g", ASK_NOW - 5000, "ERROR before there was a filter");
    DO("PutMetricFilter",
       "{'logGroupName':'/g','filterName':'f','filterPattern':'ERROR'," COUNTS "}");
    put_event("/g", ASK_NOW - 4000, "ERROR one");
    put_event("/g", ASK_NOW - 3000, "fine");
    put_event("/g", ASK_NOW - 2000, "ERROR two");
    put_event("/other", ASK_NOW - 1000, "ERROR elsewhere");
    assert_metric("2 of 2", "Errors", "");
    doc = ask_json(&ask, "logs", "DescribeLogGroups", 200, "{'logGroupNamePrefix':'/g'}");
    assert_int_equal(json_get_int(json_get(doc, "logGroups")->child, "metricFilterCount", -1), 1);
    cJSON_Delete(doc);

    /* replaced: other lines count, and more */
    DO("PutMetricFilter",
       "{'logGroupName':'/g','filterName':'f','filterPattern':'fine'," FILTER(
           "'metricName':'Errors','metricNamespace':'App','metricValue':'10'") "}");
    put_event("/g", ASK_NOW - 900, "ERROR three");
    put_event("/g", ASK_NOW - 800, "fine");
    assert_metric("3 of 12", "Errors", "");
    DO("DeleteMetricFilter", "{'logGroupName':'/g','filterName':'f'}");
    put_event("/g", ASK_NOW - 700, "fine");
    assert_metric("3 of 12", "Errors", "");
    ask_refused(&ask, "logs", "DeleteMetricFilter", "ResourceNotFoundException",
                "The specified metric filter does not exist.",
                "{'logGroupName':'/g','filterName':'f'}");
}

static void
a_filter_takes_values_and_dimensions_from_the_line(void **state)
{
    (void)state;
    make_group("/json");
    make_group("/fields");
    DO("PutMetricFilter",
       "{'logGroupName':'/json','filterName':'f','filterPattern':'{ $.ms > 10 }'," FILTER(
           "'metricName':'Ms','metricNamespace':'App','metricValue':'$.ms','unit':'Milliseconds',"
           "'dimensions':{'Route':'$.route','A':'$.kind'}") "}");
    DO("PutMetricFilter",
       "{'logGroupName':'/fields','filterName':'f','filterPattern':'[..., status = 4*, "
       "bytes]'," FILTER(
           "'metricName':'Bytes','metricNamespace':'App','metricValue':'$bytes'") "}");
    put_event("/json", ASK_NOW - 9000, "{\\'ms\\':12.5,\\'route\\':\\'/a\\',\\'kind\\':7}");
    put_event("/json", ASK_NOW - 8000, "{\\'ms\\':30,\\'route\\':\\'/a\\',\\'kind\\':7}");
    put_event("/json", ASK_NOW - 7000, "{\\'ms\\':30,\\'route\\':\\'/a\\'}"); /* no kind */
    put_event("/json", ASK_NOW - 6000, "{\\'ms\\':9,\\'route\\':\\'/a\\',\\'kind\\':7}");
    assert_metric("2 of 42.5", "Ms", "{'Name':'Route','Value':'/a'},{'Name':'A','Value':'7'}");
    assert_metric("", "Ms", "");
    put_event("/fields", ASK_NOW - 5000, "1.2.3.4 - [now] 404 1500");
    put_event("/fields", ASK_NOW - 4000, "1.2.3.4 - [now] 410 none");
    put_event("/fields", ASK_NOW - 3000, "1.2.3.4 - [now] 200 77");
    assert_metric("1 of 1500", "Bytes", "");
}

/* A minute with lines and no match reports the default once; when it is over. */
static void
a_minute_without_a_match_gives_the_default(void **state)
{
    const int64_t minute = ASK_NOW - 600000;

    (void)state;
    make_group("/g");
    DO("PutMetricFilter",
       "{'logGroupName':'/g','filterName':'f','filterPattern':'ERROR'," FILTER(
           "'metricName':'E','metricNamespace':'App','metricValue':'1','defaultValue':0.25") "}");
    put_event("/g", minute, "fine");
    put_event("/g", minute + 10000, "fine");
    assert_metric("", "E", "");
    put_event("/g", minute + 60000, "fine"); /* closes the minute before */
    assert_metric("1 of 0.25", "E", "");
    put_event("/g", minute + 61000, "ERROR"); /* matched: no default for this one */
    put_event("/g", minute + 240000, "fine"); /* minutes without lines have none */
    put_event("/g", minute + 300000, "ERROR");
    assert_metric("4 of 2.5", "E", "");
}

static void
filters_that_cannot_work_are_refused(void **state)
{
    static const struct {
        const char *filter, *says;
    } cases[] = {
        { "'filterPattern':'a-b'," COUNTS,
          "expected letters, digits or _ (put a term with others into quotes) at position 2 of the "
          "filter pattern, got -b" },
        { "'filterPattern':'a'," FILTER(
              "'metricName':'m','metricNamespace':'n','metricValue':'many'"),
          "metricValue many is neither a number nor the name of a field" },
        { "'filterPattern':'a'," FILTER(
              "'metricName':'m','metricNamespace':'n','metricValue':'$.x'"),
          "$.x names nothing: only filter patterns over JSON or over space-delimited fields have "
          "names" },
        { "'filterPattern':'[a]'," FILTER(
              "'metricName':'m','metricNamespace':'n','metricValue':'$b'"),
          "the filter pattern has no field of the name $b" },
        { "'filterPattern':'a'," FILTER(
              "'metricName':'m','metricNamespace':'AWS/n','metricValue':'1'"),
          "namespaces that begin with AWS/ are reserved" },
        { "'filterPattern':'a'," FILTER(
              "'metricName':'m','metricNamespace':'n','metricValue':'1','unit':'Parsecs'"),
          "Parsecs is not a unit of CloudWatch" },
        { "'filterPattern':'[a]'," FILTER(
              "'metricName':'m','metricNamespace':'n','metricValue':'1','dimensions':{'d':'x'}"),
          "the value of dimension d must name a field ($.name or $name), not x" },
        { "'filterPattern':'[a]'," FILTER("'metricName':'m','metricNamespace':'n','metricValue':'1'"
                                          ",'defaultValue':0,'dimensions':{'d':'$a'}"),
          "a metric filter with dimensions cannot have a default value" },
        { "'filterPattern':'[a]'," FILTER(
              "'metricName':'m','metricNamespace':'n','metricValue':'1',"
              "'dimensions':{'d':'$a','e':'$a','f':'$a','g':'$a'}"),
          "The parameter metricTransformations.member.1.dimensions has more than 3 entries." },
        { "'filterPattern':'a'," FILTER(
              "'metricName':'m:','metricNamespace':'n','metricValue':'1'"),
          "The parameter metricTransformations.member.1.metricName may not hold any of : * $." },
        { "'filterPattern':'a','fieldSelectionCriteria':'x'," COUNTS,
          "The parameter fieldSelectionCriteria is not supported by obsview (see: obsview help "
          "aws)." },
    };

    (void)state;
    make_group("/g");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ask_refused(&ask, "logs", "PutMetricFilter", "InvalidParameterException", cases[i].says,
                    "{'logGroupName':'/g','filterName':'f',%s}", cases[i].filter);
    ask_refused(&ask, "logs", "PutMetricFilter", "ResourceNotFoundException",
                "The specified log group does not exist.",
                "{'logGroupName':'/none','filterName':'f','filterPattern':''," COUNTS "}");
}

static void
a_group_has_a_hundred_filters_and_five_with_regex(void **state)
{
    cJSON *doc;

    (void)state;
    make_group("/g");
    for (int i = 0; i < 100; i++)
        DO("PutMetricFilter",
           "{'logGroupName':'/g','filterName':'f%03d','filterPattern':'%s'," COUNTS "}", i,
           i < 5 ? "%a%" : "a");
    ask_refused(&ask, "logs", "PutMetricFilter", "LimitExceededException",
                "Resource limit exceeded: a log group has at most 100 metric filters.",
                "{'logGroupName':'/g','filterName':'more','filterPattern':'a'," COUNTS "}");
    ask_refused(&ask, "logs", "PutMetricFilter", "LimitExceededException",
                "Resource limit exceeded: a log group has at most 5 filter patterns with regular "
                "expressions.",
                "{'logGroupName':'/g','filterName':'f099','filterPattern':'%%b%%'," COUNTS "}");
    DO("PutMetricFilter",
       "{'logGroupName':'/g','filterName':'f004','filterPattern':'%%b%%'," COUNTS "}");

    doc = ask_json(&ask, "logs", "DescribeMetricFilters", 200, "{'logGroupName':'/g'}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "metricFilters")), 50);
    assert_string_equal(
        json_get_string(cJSON_GetArrayItem(json_get(doc, "metricFilters"), 49), "filterName", ""),
        "f049");
    cJSON_Delete(ask_json(&ask, "logs", "DescribeMetricFilters", 200,
                          "{'logGroupName':'/g','nextToken':'%s'}",
                          json_get_string(doc, "nextToken", "")));
    cJSON_Delete(doc);
    doc = ask_json(&ask, "logs", "DescribeMetricFilters", 200,
                   "{'logGroupName':'/g','filterNamePrefix':'f09','limit':7}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "metricFilters")), 7);
    assert_non_null(json_get(doc, "nextToken"));
    cJSON_Delete(doc);
}

static void
a_filter_is_described_as_it_was_put(void **state)
{
    (void)state;
    make_group("/g");
    DO("PutMetricFilter",
       "{'logGroupName':'/g','filterName':'f','filterPattern':'{ $.a = * }'," FILTER(
           "'metricName':'m','metricNamespace':'n','metricValue':'$.a','unit':'Bytes',"
           "'dimensions':{'B':'$.b'}") "}");
    assert_answer(
        "{'metricFilters':[{'filterPattern':'{ $.a = * }','metricTransformations':[{"
        "'metricName':'m','metricNamespace':'n','metricValue':'$.a','dimensions':{'B':'$.b'},"
        "'unit':'Bytes'}],'filterName':'f','logGroupName':'/g','creationTime':1795392000000,"
        "'applyOnTransformedLogs':false}]}",
        "DescribeMetricFilters", "{'metricName':'m','metricNamespace':'n'}");
    assert_answer("{'metricFilters':[]}", "DescribeMetricFilters",
                  "{'metricName':'m','metricNamespace':'o'}");
    DO("DeleteLogGroup", "{'logGroupName':'/g'}");
    assert_answer("{'metricFilters':[]}", "DescribeMetricFilters", "{}");
}

static void
a_pattern_can_be_tried(void **state)
{
    (void)state;
    assert_answer("{'matches':[{'eventNumber':2,'eventMessage':'404 1534','extractedValues':{"
                  "'$status':'404','$bytes':'1534'}}]}",
                  "TestMetricFilter",
                  "{'filterPattern':'[status = 4*, bytes]','logEventMessages':["
                  "'200 77','404 1534']}");
    ask_refused(&ask, "logs", "TestMetricFilter", "InvalidParameterException",
                "The parameter filterPattern is not a filter pattern: the quote at position 1 of "
                "the filter pattern is not closed.",
                "{'filterPattern':'\\'ERROR','logEventMessages':['a']}");
}

static void
subscriptions_are_kept_as_records(void **state)
{
    static const char lambda[] = "arn:aws:lambda:eu-west-1:1:function:f";

    (void)state;
    make_group("/g");
    DO("PutSubscriptionFilter",
       "{'logGroupName':'/g','filterName':'a','filterPattern':'','destinationArn':'%s'}", lambda);
    DO("PutSubscriptionFilter",
       "{'logGroupName':'/g','filterName':'b','filterPattern':'ERROR','destinationArn':"
       "'arn:aws:kinesis:eu-west-1:1:stream/s','roleArn':'arn:aws:iam::1:role/r',"
       "'distribution':'Random'}");
    assert_answer("{'subscriptionFilters':[{'filterPattern':'ERROR','destinationArn':"
                  "'arn:aws:kinesis:eu-west-1:1:stream/s','roleArn':'arn:aws:iam::1:role/r',"
                  "'distribution':'Random','filterName':'b','logGroupName':'/g',"
                  "'creationTime':1795392000000}]}",
                  "DescribeSubscriptionFilters", "{'logGroupName':'/g','filterNamePrefix':'b'}");
    ask_refused(&ask, "logs", "PutSubscriptionFilter", "LimitExceededException",
                "Resource limit exceeded: a log group has at most 2 subscription filters.",
                "{'logGroupName':'/g','filterName':'c','filterPattern':'','destinationArn':'%s'}",
                lambda);
    ask_refused(&ask, "logs", "PutSubscriptionFilter", "InvalidParameterException",
                "The parameter destinationArn is not the ARN of a Kinesis stream, a Firehose "
                "stream, a Lambda function or a destination of Logs.",
                "{'logGroupName':'/g','filterName':'c','filterPattern':'','destinationArn':"
                "'arn:aws:s3:::bucket'}");
    DO("DeleteSubscriptionFilter", "{'logGroupName':'/g','filterName':'a'}");
    ask_refused(&ask, "logs", "DeleteSubscriptionFilter", "ResourceNotFoundException",
                "The specified subscription filter does not exist.",
                "{'logGroupName':'/g','filterName':'a'}");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(tags_come_with_a_group_or_later),
        T(tags_that_are_none_are_refused),
        T(a_group_has_at_most_fifty_tags),
        T(retention_is_one_of_the_days_aws_has),
        T(events_older_than_the_retention_are_rejected),
        T(groups_and_streams_can_be_removed),
        T(groups_are_found_by_identifier_and_class),
        T(a_filter_counts_the_lines_that_match),
        T(a_filter_takes_values_and_dimensions_from_the_line),
        T(a_minute_without_a_match_gives_the_default),
        T(filters_that_cannot_work_are_refused),
        T(a_group_has_a_hundred_filters_and_five_with_regex),
        T(a_filter_is_described_as_it_was_put),
        T(a_pattern_can_be_tried),
        T(subscriptions_are_kept_as_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
