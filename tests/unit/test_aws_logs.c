/* test_aws_logs.c - CloudWatch Logs' operations, and STS, over a real store.
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
#include "base/json.h"
#include "base/mem.h"
#include "domain/limits.h"
#include "store/store.h"

#define AT "'logGroupName':'/app/web','logStreamName':'s1'"

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

static void
make_stream(const char *group, const char *stream)
{
    struct answer answer;
    char body[256];

    snprintf(body, sizeof body, "{\"logGroupName\":\"%s\"}", group);
    ask_send(
        &ask,
        &(struct ask_request){ .service = "logs", .operation = "CreateLogGroup", .body = body },
        &answer);
    answer_fini(&answer);
    cJSON_Delete(ask_json(&ask, "logs", "CreateLogStream", 200,
                          "{'logGroupName':'%s','logStreamName':'%s'}", group, stream));
}

/* `count` events "line 0", "line 1", ..., the last one second before now. */
static void
put_lines(const char *group, const char *stream, int count, int apart_ms)
{
    struct buf body;

    buf_init(&body, (size_t)1 << 20);
    buf_addf(&body, "{'logGroupName':'%s','logStreamName':'%s','logEvents':[", group, stream);
    for (int i = 0; i < count; i++)
        buf_addf(&body, "%s{'timestamp':%lld,'message':'line %d'}", i == 0 ? "" : ",",
                 ASK_NOW - 1000 - (long long)(count - 1 - i) * apart_ms, i);
    buf_adds(&body, "]}");
    cJSON_Delete(ask_json(&ask, "logs", "PutLogEvents", 200, "%s", body.data));
    buf_fini(&body);
}

/* "line 0, line 1" */
static void
assert_lines(const cJSON *doc, const char *want)
{
    const cJSON *event;
    struct buf got;

    buf_init(&got, (size_t)1 << 20);
    cJSON_ArrayForEach(event, json_get(doc, "events"))
        buf_addf(&got, "%s%s", got.len == 0 ? "" : ", ", json_get_string(event, "message", "?"));
    assert_string_equal(got.data, want);
    buf_fini(&got);
}

/* --- groups and streams --- */

static void
groups_are_made_once(void **state)
{
    (void)state;
    make_stream("/app/web", "s1");
    ask_refused(&ask, "logs", "CreateLogGroup", "ResourceAlreadyExistsException",
                "The specified log group already exists", "{'logGroupName':'/app/web'}");
    ask_refused(&ask, "logs", "CreateLogStream", "ResourceAlreadyExistsException",
                "The specified log stream already exists", "{" AT "}");
    ask_refused(&ask, "logs", "CreateLogStream", "ResourceNotFoundException",
                "The specified log group does not exist.",
                "{'logGroupName':'none','logStreamName':'s'}");
    ask_refused(&ask, "logs", "CreateLogGroup", "InvalidParameterException",
                "1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+",
                "{'logGroupName':'a b'}");
    ask_refused(&ask, "logs", "CreateLogGroup", "InvalidParameterException",
                "The parameter color is not supported by obsview (see: obsview help aws).",
                "{'logGroupName':'g','color':'red'}");
}

static void
groups_are_described(void **state)
{
    const cJSON *groups;
    cJSON *doc;

    (void)state;
    make_stream("/app/web", "s1");
    make_stream("/app/api", "s1");
    make_stream("/other", "s1");
    doc = ask_json(&ask, "logs", "DescribeLogGroups", 200, "{'logGroupNamePrefix':'/app/'}");
    groups = json_get(doc, "logGroups");
    assert_int_equal(cJSON_GetArraySize(groups), 2);
    assert_string_equal(json_get_string(groups->child, "logGroupName", ""), "/app/api");
    assert_string_equal(json_get_string(groups->child, "arn", ""),
                        "arn:aws:logs:eu-west-1:000000000000:log-group:/app/api:*");
    assert_true(json_get_number(groups->child, "creationTime", 0) == (double)ASK_NOW);
    assert_null(json_get(doc, "nextToken"));
    cJSON_Delete(doc);

    doc = ask_json(&ask, "logs", "DescribeLogGroups", 200, "{'logGroupNamePattern':'the'}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "logGroups")), 1);
    cJSON_Delete(doc);
    ask_refused(&ask, "logs", "DescribeLogGroups", "InvalidParameterException",
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
                "{'logGroupNamePattern':'a','logGroupNamePrefix':'b'}");
}

static void
groups_come_in_pages(void **state)
{
    char token[1024] = "";
    int total = 0;

    (void)state;
    for (int i = 0; i < 7; i++)
        cJSON_Delete(ask_json(&ask, "logs", "CreateLogGroup", 200, "{'logGroupName':'g%d'}", i));
    for (int pages = 0; pages == 0 || *token != '\0'; pages++) {
        cJSON *doc =
            ask_json(&ask, "logs", "DescribeLogGroups", 200, "{'limit':3%s%s%s}",
                     *token == '\0' ? "" : ",'nextToken':'", token, *token == '\0' ? "" : "'");

        total += cJSON_GetArraySize(json_get(doc, "logGroups"));
        snprintf(token, sizeof token, "%s", json_get_string(doc, "nextToken", ""));
        cJSON_Delete(doc);
        assert_true(pages < 5);
    }
    assert_int_equal(total, 7 + 1); /* the emulator's own */
    ask_refused(&ask, "logs", "DescribeLogGroups", "InvalidParameterException",
                "The specified nextToken is invalid.", "{'nextToken':'00'}");
}

static void
streams_are_described_by_name_and_by_last_event(void **state)
{
    const cJSON *stream;
    cJSON *doc;

    (void)state;
    make_stream("/app/web", "a");
    make_stream("/app/web", "b");
    put_lines("/app/web", "a", 2, 1000);
    doc = ask_json(&ask, "logs", "DescribeLogStreams", 200,
                   "{'logGroupName':'/app/web','orderBy':'LastEventTime','descending':true}");
    stream = json_get(doc, "logStreams")->child;
    assert_string_equal(json_get_string(stream, "logStreamName", ""), "a");
    assert_true(json_get_number(stream, "firstEventTimestamp", 0) == (double)(ASK_NOW - 2000));
    assert_true(json_get_number(stream, "lastEventTimestamp", 0) == (double)(ASK_NOW - 1000));
    assert_true(json_get_number(stream, "lastIngestionTime", 0) == (double)ASK_NOW);
    assert_string_equal(json_get_string(stream, "arn", ""),
                        "arn:aws:logs:eu-west-1:000000000000:log-group:/app/web:log-stream:a");
    assert_null(json_get(stream->next, "lastEventTimestamp"));
    cJSON_Delete(doc);

    doc = ask_json(&ask, "logs", "DescribeLogStreams", 200,
                   "{'logGroupIdentifier':'arn:aws:logs:eu-west-1:000000000000:log-group:/app/"
                   "web:*','logStreamNamePrefix':'b'}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "logStreams")), 1);
    cJSON_Delete(doc);
    ask_refused(&ask, "logs", "DescribeLogStreams", "InvalidParameterException",
                "Cannot order by LastEventTime with a logStreamNamePrefix.",
                "{'logGroupName':'/app/web','orderBy':'LastEventTime','logStreamNamePrefix':'a'}");
    ask_refused(&ask, "logs", "DescribeLogStreams", "ResourceNotFoundException",
                "The specified log group does not exist.", "{'logGroupName':'none'}");
}

/* --- PutLogEvents --- */

static void
events_out_of_the_window_are_rejected_by_index(void **state)
{
    const cJSON *info;
    cJSON *doc;

    (void)state;
    make_stream("/app/web", "s1");
    doc = ask_json(&ask, "logs", "PutLogEvents", 200,
                   "{" AT ",'logEvents':[{'timestamp':%lld,'message':'old'},{'timestamp':%lld,"
                   "'message':'good'}]}",
                   ASK_NOW - 14 * 86400000LL - 1, ASK_NOW - 14 * 86400000LL);
    info = json_get(doc, "rejectedLogEventsInfo");
    assert_true(json_get_number(info, "tooOldLogEventEndIndex", -1) == 1);
    assert_null(json_get(info, "tooNewLogEventStartIndex"));
    assert_int_equal(strlen(json_get_string(doc, "nextSequenceToken", "")), 56);
    cJSON_Delete(doc);

    doc = ask_json(&ask, "logs", "PutLogEvents", 200,
                   "{" AT ",'logEvents':[{'timestamp':%lld,'message':'new'}]}",
                   ASK_NOW + 2 * 3600000LL + 1);
    info = json_get(doc, "rejectedLogEventsInfo");
    assert_true(json_get_number(info, "tooNewLogEventStartIndex", -1) == 0);
    cJSON_Delete(doc);

    doc = ask_json(&ask, "logs", "GetLogEvents", 200, "{" AT ",'startFromHead':true}");
    assert_lines(doc, "good");
    cJSON_Delete(doc);
}

static void
batches_that_break_a_rule_are_refused(void **state)
{
    (void)state;
    make_stream("/app/web", "s1");
    ask_refused(&ask, "logs", "PutLogEvents", "InvalidParameterException",
                "Log events in a single PutLogEvents request must be in chronological order.",
                "{" AT ",'logEvents':[{'timestamp':%lld,'message':'b'},{'timestamp':%lld,"
                "'message':'a'}]}",
                ASK_NOW, ASK_NOW - 1);
    ask_refused(&ask, "logs", "PutLogEvents", "InvalidParameterException",
                "The batch of log events in a single PutLogEvents request cannot span more than 24 "
                "hours.",
                "{" AT ",'logEvents':[{'timestamp':%lld,'message':'a'},{'timestamp':%lld,"
                "'message':'b'}]}",
                ASK_NOW - 86400001LL, ASK_NOW);
    ask_refused(&ask, "logs", "PutLogEvents", "ResourceNotFoundException",
                "The specified log stream does not exist.",
                "{'logGroupName':'/app/web','logStreamName':'s','logEvents':[{'timestamp':1,"
                "'message':'a'}]}");
    ask_refused(&ask, "logs", "PutLogEvents", "ResourceNotFoundException",
                "The specified log group does not exist.",
                "{'logGroupName':'none','logStreamName':'s','logEvents':[{'timestamp':1,"
                "'message':'a'}]}");
    ask_refused(&ask, "logs", "PutLogEvents", "InvalidParameterException",
                "1 validation error detected: Value '' at 'logEvents' failed to satisfy "
                "constraint: Member must have length greater than or equal to 1",
                "{" AT ",'logEvents':[]}");
}

static void
a_batch_over_a_megabyte_is_refused(void **state)
{
    const size_t half = 524288 - 26;
    char *text = xmalloc(half + 2);

    (void)state;
    make_stream("/app/web", "s1");
    memset(text, 'x', half + 1);
    text[half + 1] = '\0';
    ask_refused(&ask, "logs", "PutLogEvents", "InvalidParameterException",
                "Upload too large: 1048577 bytes exceeds limit of 1048576",
                "{" AT ",'logEvents':[{'timestamp':%lld,'message':'%s'},{'timestamp':%lld,"
                "'message':'%s'}]}",
                ASK_NOW, text + 1, ASK_NOW, text);
    cJSON_Delete(ask_json(&ask, "logs", "PutLogEvents", 200,
                          "{" AT ",'logEvents':[{'timestamp':%lld,'message':'%s'},{'timestamp':"
                          "%lld,'message':'%s'}]}",
                          ASK_NOW, text + 1, ASK_NOW, text + 1));
    free(text);
}

static void
an_entity_is_answered_for(void **state)
{
    cJSON *doc;

    (void)state;
    make_stream("/app/web", "s1");
    doc = ask_json(&ask, "logs", "PutLogEvents", 200,
                   "{" AT ",'entity':{'keyAttributes':{'Type':'Service'}},'sequenceToken':'1',"
                   "'logEvents':[{'timestamp':%lld,'message':'a'}]}",
                   ASK_NOW);
    assert_string_equal(json_get_string(json_get(doc, "rejectedEntityInfo"), "errorType", ""),
                        "UnsupportedLogGroupType");
    cJSON_Delete(doc);
}

/* The EMF of one event becomes two series, and the line stays a line. */
static void
emf_in_an_event_becomes_metrics(void **state)
{
    const cJSON *result;
    cJSON *doc;

    (void)state;
    make_stream("/app/web", "s1");
    cJSON_Delete(ask_json(
        &ask, "logs", "PutLogEvents", 200,
        "{" AT ",'logEvents':[{'timestamp':%lld,'message':'{\\'_aws\\':{\\'Timestamp\\':%lld,"
        "\\'CloudWatchMetrics\\':[{\\'Namespace\\':\\'Shop\\',\\'Dimensions\\':[[\\'Page\\'],[]],"
        "\\'Metrics\\':[{\\'Name\\':\\'LCP\\',\\'Unit\\':\\'Milliseconds\\'}]}]},"
        "\\'Page\\':\\'/\\',\\'LCP\\':[100,300]}'}]}",
        ASK_NOW - 1000, ASK_NOW - 60000));
    doc = ask_json(&ask, "monitoring", "GetMetricData", 200,
                   "{'StartTime':%lld,'EndTime':%lld,'MetricDataQueries':[{'Id':'a','MetricStat':"
                   "{'Metric':{'Namespace':'Shop','MetricName':'LCP','Dimensions':[{'Name':'Page',"
                   "'Value':'/'}]},'Period':60,'Stat':'p75'}}]}",
                   ASK_NOW / 1000 - 3600, ASK_NOW / 1000);
    result = json_get(doc, "MetricDataResults")->child;
    assert_int_equal(cJSON_GetArraySize(json_get(result, "Values")), 1);
    assert_true(json_get(result, "Values")->child->valuedouble == 250);
    cJSON_Delete(doc);
    doc = ask_json(&ask, "monitoring", "ListMetrics", 200, "{'Namespace':'Shop'}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "Metrics")), 2);
    cJSON_Delete(doc);
    doc = ask_json(&ask, "logs", "FilterLogEvents", 200,
                   "{'logGroupName':'/app/web','filterPattern':'{ $.Page = \\'/\\' }'}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "events")), 1);
    cJSON_Delete(doc);
}

/* --- GetLogEvents --- */

/* One page; the tokens go where asked. */
static cJSON *
get_page(const char *rest, const char *token)
{
    return ask_json(&ask, "logs", "GetLogEvents", 200, "{" AT ",%s%s%s%s}", rest,
                    token == NULL ? "" : ",'nextToken':'", token == NULL ? "" : token,
                    token == NULL ? "" : "'");
}

#define TOKEN(doc, way) json_get_string(doc, "next" way "Token", "")

static void
pages_go_forward_to_the_end(int apart_ms)
{
    cJSON *one, *two, *three, *four;

    make_stream("/app/web", "s1");
    put_lines("/app/web", "s1", 5, apart_ms);
    one = get_page("'startFromHead':true,'limit':2", NULL);
    assert_lines(one, "line 0, line 1");
    two = get_page("'startFromHead':true,'limit':2", TOKEN(one, "Forward"));
    assert_lines(two, "line 2, line 3");
    three = get_page("'startFromHead':true,'limit':2", TOKEN(two, "Forward"));
    assert_lines(three, "line 4");
    four = get_page("'startFromHead':true,'limit':2", TOKEN(three, "Forward"));
    assert_lines(four, "");
    assert_string_equal(TOKEN(four, "Forward"), TOKEN(three, "Forward"));
    cJSON_Delete(one);
    one = get_page("'startFromHead':true,'limit':2", TOKEN(four, "Backward"));
    assert_lines(one, "line 3, line 4");
    cJSON_Delete(one);
    one = get_page("'startFromHead':true,'limit':2", TOKEN(two, "Backward"));
    assert_lines(one, "line 0, line 1");
    cJSON_Delete(one);
    cJSON_Delete(two);
    cJSON_Delete(three);
    cJSON_Delete(four);
}

static void
pages_go_forward(void **state)
{
    (void)state;
    pages_go_forward_to_the_end(1000);
}

static void
pages_go_forward_within_a_millisecond(void **state)
{
    (void)state;
    pages_go_forward_to_the_end(0);
}

static void
pages_go_backward_from_the_newest(void **state)
{
    cJSON *one, *two, *three, *four, *tail;

    (void)state;
    make_stream("/app/web", "s1");
    put_lines("/app/web", "s1", 5, 20000);
    one = get_page("'limit':2", NULL);
    assert_lines(one, "line 3, line 4");
    two = get_page("'limit':2", TOKEN(one, "Backward"));
    assert_lines(two, "line 1, line 2");
    three = get_page("'limit':2", TOKEN(two, "Backward"));
    assert_lines(three, "line 0");
    four = get_page("'limit':2", TOKEN(three, "Backward"));
    assert_lines(four, "");
    assert_string_equal(TOKEN(four, "Backward"), TOKEN(three, "Backward"));
    /* what comes later is behind the newest page's forward token */
    cJSON_Delete(ask_json(&ask, "logs", "PutLogEvents", 200,
                          "{" AT ",'logEvents':[{'timestamp':%lld,'message':'late'}]}", ASK_NOW));
    tail = get_page("'limit':2", TOKEN(one, "Forward"));
    assert_lines(tail, "late");
    cJSON_Delete(tail);
    tail = get_page("'limit':2", TOKEN(four, "Forward"));
    assert_lines(tail, "line 0, line 1");
    cJSON_Delete(tail);
    cJSON_Delete(one);
    cJSON_Delete(two);
    cJSON_Delete(three);
    cJSON_Delete(four);
}

static void
an_empty_stream_has_tokens_that_wait(void **state)
{
    cJSON *one, *two;

    (void)state;
    make_stream("/app/web", "s1");
    one = get_page("'limit':2", NULL);
    assert_lines(one, "");
    two = get_page("'limit':2", TOKEN(one, "Forward"));
    assert_string_equal(TOKEN(two, "Forward"), TOKEN(one, "Forward"));
    cJSON_Delete(two);
    put_lines("/app/web", "s1", 3, 1000);
    two = get_page("'limit':2", TOKEN(one, "Forward"));
    assert_lines(two, "line 0, line 1");
    cJSON_Delete(two);
    cJSON_Delete(one);
}

static void
the_end_of_a_range_is_left_out_here_and_taken_in_there(void **state)
{
    cJSON *doc;

    (void)state;
    make_stream("/app/web", "s1");
    put_lines("/app/web", "s1", 3, 1000);
    doc = ask_json(&ask, "logs", "GetLogEvents", 200, "{" AT ",'startTime':%lld,'endTime':%lld}",
                   ASK_NOW - 3000, ASK_NOW - 1000);
    assert_lines(doc, "line 0, line 1");
    cJSON_Delete(doc);
    doc = ask_json(&ask, "logs", "FilterLogEvents", 200,
                   "{'logGroupName':'/app/web','startTime':%lld,'endTime':%lld}", ASK_NOW - 2000,
                   ASK_NOW - 1000);
    assert_lines(doc, "line 1, line 2");
    cJSON_Delete(doc);
}

static void
foreign_tokens_are_refused(void **state)
{
    cJSON *doc;

    (void)state;
    make_stream("/app/web", "s1");
    make_stream("/app/web", "s2");
    put_lines("/app/web", "s1", 3, 1000);
    doc = get_page("'limit':1", NULL);
    ask_refused(&ask, "logs", "GetLogEvents", "InvalidParameterException",
                "The specified nextToken is invalid.",
                "{'logGroupName':'/app/web','logStreamName':'s2','nextToken':'%s'}",
                TOKEN(doc, "Forward"));
    cJSON_Delete(doc);
    ask_refused(&ask, "logs", "GetLogEvents", "ResourceNotFoundException",
                "The specified log stream does not exist.",
                "{'logGroupName':'/app/web','logStreamName':'none'}");
    ask_refused(&ask, "logs", "GetLogEvents", "ResourceNotFoundException",
                "The specified log group does not exist.",
                "{'logGroupName':'none','logStreamName':'none'}");
}

/* --- FilterLogEvents --- */

static void
put_kinds(void)
{
    make_stream("/app/web", "api-1");
    make_stream("/app/web", "web-1");
    cJSON_Delete(ask_json(&ask, "logs", "PutLogEvents", 200,
                          "{'logGroupName':'/app/web','logStreamName':'api-1','logEvents':["
                          "{'timestamp':%lld,'message':'{\\'level\\':\\'error\\',\\'ms\\':700}'},"
                          "{'timestamp':%lld,'message':'plain ERROR text'}]}",
                          ASK_NOW - 5000, ASK_NOW - 3000));
    cJSON_Delete(ask_json(&ask, "logs", "PutLogEvents", 200,
                          "{'logGroupName':'/app/web','logStreamName':'web-1','logEvents':["
                          "{'timestamp':%lld,'message':'GET / 200'},{'timestamp':%lld,"
                          "'message':'GET /x 500'}]}",
                          ASK_NOW - 4000, ASK_NOW - 2000));
}

struct filter_case {
    const char *filter, *want;
};

/* clang-format off */
static const struct filter_case filter_cases[] = {
    { "'interleaved':true", "{\"level\":\"error\",\"ms\":700}, GET / 200, plain ERROR text, GET /x 500" },
    { "'filterPattern':'ERROR'", "plain ERROR text" },
    { "'filterPattern':'{ $.level = error && $.ms > 500 }'", "{\"level\":\"error\",\"ms\":700}" },
    { "'filterPattern':'[verb, path, status=5*]'", "GET /x 500" },
    { "'filterPattern':'?ERROR ?GET','limit':2", "GET / 200, plain ERROR text" },
    { "'filterPattern':''", "{\"level\":\"error\",\"ms\":700}, GET / 200, plain ERROR text, GET /x 500" },
    { "'logStreamNames':['web-1']", "GET / 200, GET /x 500" },
    { "'logStreamNamePrefix':'api'", "{\"level\":\"error\",\"ms\":700}, plain ERROR text" },
    { "'startTime':1795391997000", "plain ERROR text, GET /x 500" },
    { "'startFromHead':false,'startTime':1795391995000,'limit':3", "GET /x 500, plain ERROR text, GET / 200" },
};
/* clang-format on */

static void
filters_choose_lines(void **state)
{
    (void)state;
    put_kinds();
    for (size_t i = 0; i < sizeof filter_cases / sizeof filter_cases[0]; i++) {
        cJSON *doc = ask_json(&ask, "logs", "FilterLogEvents", 200,
                              "{'logGroupName':'/app/web',%s}", filter_cases[i].filter);

        assert_lines(doc, filter_cases[i].want);
        assert_int_equal(cJSON_GetArraySize(json_get(doc, "searchedLogStreams")), 0);
        cJSON_Delete(doc);
    }
}

static void
filters_refuse(void **state)
{
    (void)state;
    put_kinds();
    ask_refused(&ask, "logs", "FilterLogEvents", "ResourceNotFoundException",
                "The specified log group does not exist.", "{'logGroupName':'none'}");
    ask_refused(&ask, "logs", "FilterLogEvents", "InvalidParameterException",
                "expected exactly one of logGroupName and logGroupIdentifier", "{}");
    ask_refused(&ask, "logs", "FilterLogEvents", "InvalidParameterException",
                "LogStreamNames and LogStreamNamePrefix are mutually exclusive parameters.",
                "{'logGroupName':'/app/web','logStreamNames':['a'],'logStreamNamePrefix':'b'}");
    ask_refused(&ask, "logs", "FilterLogEvents", "InvalidParameterException",
                "The specified nextToken is invalid.",
                "{'logGroupName':'/app/web','nextToken':'x'}");
    ask_refused(&ask, "logs", "FilterLogEvents", "InvalidParameterException",
                "The parameter startFromHead may be false only with a startTime on or after "
                "2024-01-01T00:00:00Z.",
                "{'logGroupName':'/app/web','startFromHead':false}");
    cJSON_Delete(ask_json(&ask, "logs", "FilterLogEvents", 400,
                          "{'logGroupName':'/app/web','filterPattern':'{ $.a = '}"));
}

static void
filter_pages_follow_their_token(void **state)
{
    char token[2048] = "";
    struct buf told;

    (void)state;
    make_stream("/app/web", "s1");
    put_lines("/app/web", "s1", 7, 0);
    buf_init(&told, 65536);
    for (int pages = 0; pages == 0 || *token != '\0'; pages++) {
        cJSON *doc = ask_json(
            &ask, "logs", "FilterLogEvents", 200, "{'logGroupName':'/app/web','limit':3%s%s%s}",
            *token == '\0' ? "" : ",'nextToken':'", token, *token == '\0' ? "" : "'");
        const cJSON *event;

        cJSON_ArrayForEach(event, json_get(doc, "events"))
            buf_addf(&told, "%s;", json_get_string(event, "message", "?"));
        snprintf(token, sizeof token, "%s", json_get_string(doc, "nextToken", ""));
        cJSON_Delete(doc);
        assert_true(pages < 10);
    }
    assert_string_equal(told.data, "line 0;line 1;line 2;line 3;line 4;line 5;line 6;");
    buf_fini(&told);
}

/* --- the way in --- */

struct wire_case {
    const char *name;
    struct ask_request rq;
    unsigned status;
    const char *contains;
};

#define CREDENTIAL "AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/monitoring/aws4_request"
#define SIGNATURE  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SPEAKS_CBOR                           \
    (const struct ask_header[])               \
    {                                         \
        { "Smithy-Protocol", "rpc-v2-cbor" }, \
        {                                     \
            NULL, NULL                        \
        }                                     \
    }
#define FORM "application/x-www-form-urlencoded"

static const struct wire_case wire_cases[] = {
    { "an operation that is not here",
      { .service = "monitoring", .operation = "GetInsightRuleReport", .body = "{}" },
      400,
      "{\"__type\":\"UnknownOperationException\",\"message\":\"obsview does not support "
      "GetInsightRuleReport; see obsview help aws\"}" },
    { "the same by query",
      { .service = "monitoring",
        .type = FORM,
        .body = "Action=GetInsightRuleReport&Version=2010-08-01" },
      400,
      "<Code>InvalidAction</Code><Message>obsview does not support GetInsightRuleReport; see "
      "obsview help aws</Message>" },
    { "a service without operations",
      { .service = "secretsmanager", .operation = "GetSecretValue", .body = "{}" },
      400,
      "obsview does not support GetSecretValue" },
    { "a scope for another service",
      { .service = "monitoring",
        .operation = "ListMetrics",
        .authorization = "AWS4-HMAC-SHA256 Credential=AKID/20261123/eu-west-1/logs/aws4_request, "
                         "SignedHeaders=host, Signature=" SIGNATURE,
        .body = "{}" },
      403,
      "InvalidSignatureException" },
    { "no signature",
      { .service = "monitoring",
        .operation = "ListMetrics",
        .authorization = CREDENTIAL ", SignedHeaders=host",
        .body = "{}" },
      400,
      "IncompleteSignatureException" },
    { "a service nobody here knows",
      { .service = "dynamodb", .type = "", .body = "" },
      501,
      "obsview does not emulate the service dynamodb" },
    { "S3 speaks XML",
      { .service = "s3", .type = "", .body = "" },
      405,
      "<Error><Code>MethodNotAllowed</Code>" },
    { "CBOR without its header",
      { .service = "monitoring",
        .type = "application/cbor",
        .path = "/service/GraniteServiceVersion20100801/operation/ListMetrics" },
      400,
      "content type application/cbor" },
    { "CBOR",
      { .service = "monitoring",
        .type = "application/cbor",
        .extra = SPEAKS_CBOR,
        .path = "/service/GraniteServiceVersion20100801/operation/ListMetrics" },
      200,
      "Metrics" },
    { "CBOR without a signature",
      { .service = "monitoring",
        .type = "application/cbor",
        .extra = SPEAKS_CBOR,
        .authorization = "",
        .path = "/service/GraniteServiceVersion20100801/operation/ListMetrics" },
      403,
      "com.amazonaws.cloudwatch#MissingAuthenticationTokenException" },
    { "an operation that is not here, in CBOR",
      { .service = "monitoring",
        .type = "application/cbor",
        .extra = SPEAKS_CBOR,
        .path = "/service/GraniteServiceVersion20100801/operation/GetInsightRuleReport" },
      400,
      "obsview does not support GetInsightRuleReport" },
    { "REST JSON without a signature",
      { .service = "lambda",
        .method = "GET",
        .type = "",
        .authorization = "",
        .path = "/2015-03-31/functions/" },
      403,
      "\"Message\":\"Request is missing Authentication Token\"" },
    { "JSON that is none",
      { .service = "monitoring", .operation = "ListMetrics", .body = "{" },
      400,
      "SerializationException" },
    { "gzip that is none",
      { .service = "monitoring",
        .operation = "ListMetrics",
        .body = "{}",
        .extra = (const struct ask_header[]){ { "Content-Encoding", "gzip" }, { NULL, NULL } } },
      400,
      "SerializationException" },
    { "AWS JSON without a signature",
      { .service = "logs",
        .operation = "DescribeLogGroups",
        .type = "application/x-amz-json-1.1",
        .authorization = "",
        .body = "{}" },
      403,
      "{\"__type\":\"MissingAuthenticationTokenException\"" },
    { "a form without a signature",
      { .service = "sts",
        .type = FORM,
        .authorization = "",
        .body = "Action=GetCallerIdentity&Version=2011-06-15" },
      403,
      "<Code>MissingAuthenticationToken</Code>" },
    { "null in a list",
      { .service = "monitoring",
        .operation = "PutMetricData",
        .body = "{\"Namespace\":\"N\",\"MetricData\":[null]}" },
      400,
      "MetricData.member.1: expected a structure, got null" },
    { "who am I",
      { .service = "sts", .type = FORM, .body = "Action=GetCallerIdentity&Version=2011-06-15" },
      200,
      "<UserId>AKIDEXAMPLE</UserId><Account>000000000000</Account>" },
    { "who am I, presigned",
      { .service = "sts",
        .method = "GET",
        .type = "",
        .authorization = "",
        .query = "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-"
                 "Amz-Credential=AKID%2F20261123%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date="
                 "20261123T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-"
                 "Signature=" SIGNATURE },
      200,
      "<UserId>AKID</UserId>" },
};

/* A function's output may hold anything; in JSON it comes as text, whole. */
static void
bytes_that_are_no_text_hide_nothing(void **state)
{
    static const char line[] = "a\0b\xff\0";
    static const char shown[] = "a\xef\xbf\xbd"
                                "b\xef\xbf\xbd\xef\xbf\xbd";
    const struct log_event event = { ASK_NOW, line, sizeof line - 1 };
    struct store *store = emulator_store(ask.em);
    struct store_write *write = store_write_new(store);
    struct err err = { 0 };
    cJSON *got;

    (void)state;
    store_write_logs(write, "/out", "s", &event, 1, ASK_NOW);
    assert_int_equal(store_submit_wait(store, write, &err), OK);
    got = ask_json(&ask, "logs", "FilterLogEvents", 200, "{'logGroupName':'/out'}");
    assert_lines(got, shown);
    cJSON_Delete(got);
    got =
        ask_json(&ask, "logs", "GetLogEvents", 200, "{'logGroupName':'/out','logStreamName':'s'}");
    assert_lines(got, shown);
    cJSON_Delete(got);
}

static void
the_way_in_answers_in_the_protocol_of_the_question(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wire_cases / sizeof wire_cases[0]; i++) {
        const struct wire_case *c = &wire_cases[i];
        struct answer answer;

        ask_send(&ask, &c->rq, &answer);
        if (answer.status != c->status || strstr(answer.body, c->contains) == NULL)
            fail_msg("%s: %u %.500s", c->name, answer.status, answer.body);
        answer_fini(&answer);
    }
}

/* A mebibyte of quotes is two of JSON; what no batch can need is refused in the protocol. */
static void
bodies_may_be_as_large_as_their_escapes(void **state)
{
    const size_t quotes = (1 << 20) - 26, most = LIMIT_AWS_BODY_BYTES;
    struct answer answer;
    struct buf body;

    (void)state;
    make_stream("/app/web", "s1");
    buf_init(&body, most + 4096);
    buf_addf(&body,
             "{\"logGroupName\":\"/app/web\",\"logStreamName\":\"s1\",\"logEvents\":[{"
             "\"timestamp\":%lld,\"message\":\"",
             (long long)ASK_NOW);
    for (size_t i = 0; i < quotes; i++)
        buf_adds(&body, "\\\"");
    buf_adds(&body, "\"}]}");
    ask_send(
        &ask,
        &(struct ask_request){ .service = "logs", .operation = "PutLogEvents", .body = body.data },
        &answer);
    assert_int_equal(answer.status, 200);
    answer_fini(&answer);
    while (body.len <= most)
        buf_adds(&body, "                                                                ");
    ask_send(
        &ask,
        &(struct ask_request){ .service = "logs", .operation = "PutLogEvents", .body = body.data },
        &answer);
    assert_int_equal(answer.status, 413);
    assert_string_equal(json_get_string(answer.json, "__type", ""),
                        "RequestEntityTooLargeException");
    answer_fini(&answer);
    buf_fini(&body);
}

static void
query_mode_repeats_the_error_in_a_header(void **state)
{
    const struct ask_header extra[] = { { "x-amzn-query-mode", "true" }, { NULL, NULL } };
    struct answer answer;

    (void)state;
    ask_send(
        &ask,
        &(struct ask_request){
            .service = "monitoring", .operation = "PutMetricData", .body = "{}", .extra = extra },
        &answer);
    assert_int_equal(answer.status, 400);
    assert_non_null(strstr(answer.headers, "x-amzn-query-error: MissingParameter;Sender\n"));
    assert_non_null(strstr(answer.headers, "x-amzn-RequestId: "));
    answer_fini(&answer);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(groups_are_made_once),
        TEST(groups_are_described),
        TEST(groups_come_in_pages),
        TEST(streams_are_described_by_name_and_by_last_event),
        TEST(events_out_of_the_window_are_rejected_by_index),
        TEST(batches_that_break_a_rule_are_refused),
        TEST(a_batch_over_a_megabyte_is_refused),
        TEST(an_entity_is_answered_for),
        TEST(emf_in_an_event_becomes_metrics),
        TEST(pages_go_forward),
        TEST(pages_go_forward_within_a_millisecond),
        TEST(pages_go_backward_from_the_newest),
        TEST(an_empty_stream_has_tokens_that_wait),
        TEST(the_end_of_a_range_is_left_out_here_and_taken_in_there),
        TEST(foreign_tokens_are_refused),
        TEST(filters_choose_lines),
        TEST(filters_refuse),
        TEST(filter_pages_follow_their_token),
        TEST(bytes_that_are_no_text_hide_nothing),
        TEST(the_way_in_answers_in_the_protocol_of_the_question),
        TEST(bodies_may_be_as_large_as_their_escapes),
        TEST(query_mode_repeats_the_error_in_a_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
