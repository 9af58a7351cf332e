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
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "logGroups")), 3);
    cJSON_Delete(doc);
    ask_refused(&ask, "logs", "DescribeLogGroups", "InvalidParameterException",
                "The parameter logGroupIdentifiers goes with no prefix, pattern, "
                "limit and nextToken.",
                "{'logGroupIdentifiers':['/g'],'logGroupNamePrefix':'/'}");
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
