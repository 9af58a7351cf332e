/* test_aws_metrics.c - CloudWatch's operations over a real store.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "aws_ask.h"
#include "base/json.h"
#include "base/mem.h"
#include "emulator/aws_metric.h"

#define NOW_S (ASK_NOW / 1000)

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
put(const char *json)
{
    cJSON_Delete(ask_json(&ask, "monitoring", "PutMetricData", 200, "%s", json));
}

/* One result of GetMetricData as "time=value time=value", times in seconds before now. */
static char *
series(const cJSON *doc, int index)
{
    const cJSON *result = cJSON_GetArrayItem(json_get(doc, "MetricDataResults"), index);
    const cJSON *time = json_get(result, "Timestamps")->child;
    const cJSON *value = json_get(result, "Values")->child;
    struct buf b;

    buf_init(&b, 65536);
    for (; time != NULL && value != NULL; time = time->next, value = value->next) {
        buf_addf(&b, "%s-%lld=", b.len == 0 ? "" : " ",
                 (long long)NOW_S - (long long)time->valuedouble);
        json_print_number(&b, value->valuedouble);
    }
    assert_null(time);
    assert_null(value);
    return buf_take(&b, NULL);
}

static void
assert_series(const cJSON *doc, int index, const char *want)
{
    char *got = series(doc, index);

    assert_string_equal(got, want);
    free(got);
}

static const char *
text_of(const cJSON *doc, int index, const char *key)
{
    return json_get_string(cJSON_GetArrayItem(json_get(doc, "MetricDataResults"), index), key, "");
}

#define QUERY(id, metric, period, stat)                                                   \
    "{'Id':'" id "','MetricStat':{'Metric':{'Namespace':'Shop/Web','MetricName':'" metric \
    "','Dimensions':[{'Name':'Page','Value':'/"                                           \
    "home'},{'Name':'Env','Value':'prod'}]},'Period':" #period ",'Stat':'" stat "'}}"

/* Three minutes of LCP, dimensions in another order than they are asked for. */
static void
put_lcp(void)
{
    char body[2048];

    snprintf(body, sizeof body,
             "{\"Namespace\":\"Shop/Web\",\"MetricData\":["
             "{\"MetricName\":\"LCP\",\"Dimensions\":[{\"Name\":\"Env\",\"Value\":\"prod\"},"
             "{\"Name\":\"Page\",\"Value\":\"/home\"}],\"Timestamp\":%lld,"
             "\"Values\":[900,1200,2600,4100],\"Counts\":[3,5,2,1],\"Unit\":\"Milliseconds\"},"
             "{\"MetricName\":\"LCP\",\"Dimensions\":[{\"Name\":\"Env\",\"Value\":\"prod\"},"
             "{\"Name\":\"Page\",\"Value\":\"/home\"}],\"Timestamp\":%lld.25,"
             "\"Value\":2000,\"Unit\":\"Milliseconds\"},"
             "{\"MetricName\":\"LCP\",\"Dimensions\":[{\"Name\":\"Env\",\"Value\":\"prod\"},"
             "{\"Name\":\"Page\",\"Value\":\"/home\"}],\"Timestamp\":%lld,"
             "\"StatisticValues\":{\"SampleCount\":10,\"Sum\":12000,\"Minimum\":300,\"Maximum\":"
             "4000},\"Unit\":\"Milliseconds\"}]}",
             (long long)NOW_S - 600, (long long)NOW_S - 530, (long long)NOW_S - 420);
    put(body);
}

/* --- GetMetricData --- */

static void
every_statistic_of_three_minutes(void **state)
{
    cJSON *doc;

    (void)state;
    put_lcp();
    doc = ask_json(&ask, "monitoring", "GetMetricData", 200,
                   "{'StartTime':%lld,'EndTime':%lld,'ScanBy':'TimestampAscending',"
                   "'MetricDataQueries':[%s,%s,%s,%s,%s,%s,%s,%s]}",
                   (long long)NOW_S - 3600, (long long)NOW_S, QUERY("n", "LCP", 60, "SampleCount"),
                   QUERY("sum", "LCP", 60, "Sum"), QUERY("avg", "LCP", 60, "Average"),
                   QUERY("min", "LCP", 60, "Minimum"), QUERY("max", "LCP", 60, "Maximum"),
                   QUERY("p75", "LCP", 60, "p75"), QUERY("p0", "LCP", 60, "p0"),
                   QUERY("good", "LCP", 60, "PR(:2500)"));
    assert_series(doc, 0, "-600=11 -540=1 -420=10");
    assert_series(doc, 1, "-600=18000 -540=2000 -420=12000");
    assert_series(doc, 2, "-600=1636.3636363636363 -540=2000 -420=1200");
    assert_series(doc, 3, "-600=900 -540=2000 -420=300");
    assert_series(doc, 4, "-600=4100 -540=2000 -420=4000");
    /* 900 x3, 1200 x5, 2600 x2, 4100: rank 7.5 lies between 1200 and 2600; the statistic set of
     * the third minute has no percentiles */
    assert_series(doc, 5, "-600=1900 -540=2000");
    assert_series(doc, 6, "-600=900 -540=2000");
    assert_series(doc, 7, "-600=72.72727272727273 -540=100");
    assert_string_equal(text_of(doc, 0, "StatusCode"), "Complete");
    assert_null(json_get(doc, "NextToken"));
    cJSON_Delete(doc);
}

static void
periods_lie_on_the_clock_and_newest_comes_first(void **state)
{
    cJSON *doc;

    (void)state;
    put_lcp();
    doc = ask_json(&ask, "monitoring", "GetMetricData", 200,
                   "{'StartTime':%lld,'EndTime':%lld,'MetricDataQueries':[%s,%s]}",
                   (long long)NOW_S - 3600 + 77, (long long)NOW_S,
                   QUERY("a", "LCP", 300, "SampleCount"), QUERY("b", "LCP", 86400, "Sum"));
    assert_series(doc, 0, "-600=22");
    assert_series(doc, 1, "-86400=32000");
    cJSON_Delete(doc);
    doc = ask_json(&ask, "monitoring", "GetMetricData", 200,
                   "{'StartTime':%lld,'EndTime':%lld,'MetricDataQueries':[%s]}",
                   (long long)NOW_S - 3600, (long long)NOW_S, QUERY("a", "LCP", 60, "Sum"));
    assert_series(doc, 0, "-420=12000 -540=2000 -600=18000");
    cJSON_Delete(doc);
}

/* A period that begins before the end is told whole, so a point never depends on who asks. */
static void
the_last_period_is_whole(void **state)
{
    char body[512];
    cJSON *doc;

    (void)state;
    snprintf(body, sizeof body,
             "{\"Namespace\":\"N\",\"MetricData\":["
             "{\"MetricName\":\"m\",\"Timestamp\":%lld,\"Value\":1},"
             "{\"MetricName\":\"m\",\"Timestamp\":%lld,\"Value\":2},"
             "{\"MetricName\":\"m\",\"Timestamp\":%lld,\"Value\":4}]}",
             (long long)NOW_S - 600, (long long)NOW_S - 530, (long long)NOW_S - 300);
    put(body);
    doc = ask_json(&ask, "monitoring", "GetMetricData", 200,
                   "{'StartTime':%lld,'EndTime':%lld,'MetricDataQueries':[{'Id':'a','MetricStat':"
                   "{'Metric':{'Namespace':'N','MetricName':'m'},'Period':300,'Stat':'Sum'}}]}",
                   (long long)NOW_S - 3600, (long long)NOW_S - 580);
    assert_series(doc, 0, "-600=3");
    cJSON_Delete(doc);
}

static void
an_unknown_series_is_empty_and_complete(void **state)
{
    cJSON *doc;

    (void)state;
    put_lcp();
    doc = ask_json(&ask, "monitoring", "GetMetricData", 200,
                   "{'StartTime':%lld,'EndTime':%lld,'MetricDataQueries':[%s,"
                   "{'Id':'fewer','MetricStat':{'Metric':{'Namespace':'Shop/Web','MetricName':"
                   "'LCP','Dimensions':[{'Name':'Env','Value':'prod'}]},'Period':60,'Stat':"
                   "'Sum'}},"
                   "{'Id':'unit','MetricStat':{'Metric':{'Namespace':'Shop/Web','MetricName':"
                   "'LCP','Dimensions':[{'Name':'Env','Value':'prod'},{'Name':'Page','Value':"
                   "'/home'}]},'Period':60,'Stat':'Sum','Unit':'Seconds'}}]}",
                   (long long)NOW_S - 3600, (long long)NOW_S, QUERY("no", "INP", 60, "Sum"));
    for (int i = 0; i < 3; i++) {
        assert_series(doc, i, "");
        assert_string_equal(text_of(doc, i, "StatusCode"), "Complete");
    }
    cJSON_Delete(doc);
}

static void
labels_say_what_tells_queries_apart(void **state)
{
    cJSON *doc;

    (void)state;
    doc = ask_json(&ask, "monitoring", "GetMetricData", 200,
                   "{'StartTime':%lld,'EndTime':%lld,'MetricDataQueries':[%s,%s,%s,"
                   "{'Id':'x','Label':'mine','MetricStat':{'Metric':{'Namespace':'Shop/Web',"
                   "'MetricName':'CLS'},'Period':60,'Stat':'Sum'}},"
                   "{'Id':'hidden','ReturnData':false,'MetricStat':{'Metric':{'Namespace':'N',"
                   "'MetricName':'M'},'Period':60,'Stat':'Sum'}}]}",
                   (long long)NOW_S - 3600, (long long)NOW_S, QUERY("a", "LCP", 60, "p75"),
                   QUERY("b", "LCP", 60, "Average"), QUERY("c", "INP", 60, "p75"));
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "MetricDataResults")), 4);
    assert_string_equal(text_of(doc, 0, "Label"), "LCP p75");
    assert_string_equal(text_of(doc, 1, "Label"), "LCP Average");
    assert_string_equal(text_of(doc, 2, "Label"), "INP");
    assert_string_equal(text_of(doc, 3, "Label"), "mine");
    cJSON_Delete(doc);
}

/* Follows NextToken to the end; every page has at most `max` points. Gives "id: series; ..." */
static char *
all_pages(const char *order, int max)
{
    char token[512] = "";
    struct buf told;
    int pages = 0;

    buf_init(&told, 65536);
    do {
        cJSON *doc =
            ask_json(&ask, "monitoring", "GetMetricData", 200,
                     "{'StartTime':%lld,'EndTime':%lld,'ScanBy':'%s','MaxDatapoints':%d%s"
                     "%s%s,'MetricDataQueries':[%s,%s]}",
                     (long long)NOW_S - 3600, (long long)NOW_S, order, max,
                     *token == '\0' ? "" : ",'NextToken':'", token, *token == '\0' ? "" : "'",
                     QUERY("a", "LCP", 60, "Sum"), QUERY("b", "LCP", 60, "SampleCount"));
        const cJSON *results = json_get(doc, "MetricDataResults");
        int points = 0;

        for (int i = 0; i < cJSON_GetArraySize(results); i++) {
            char *text = series(doc, i);

            points += cJSON_GetArraySize(json_get(cJSON_GetArrayItem(results, i), "Values"));
            buf_addf(&told, "%s%s: %s%s", told.len == 0 ? "" : "; ", text_of(doc, i, "Id"), text,
                     strcmp(text_of(doc, i, "StatusCode"), "PartialData") == 0 ? " ..." : "");
            free(text);
        }
        assert_true(points <= max);
        snprintf(token, sizeof token, "%s", json_get_string(doc, "NextToken", ""));
        cJSON_Delete(doc);
        assert_true(++pages < 20);
    } while (*token != '\0');
    return buf_take(&told, NULL);
}

static void
pages_lose_and_repeat_nothing(void **state)
{
    char *told;

    (void)state;
    put_lcp();
    told = all_pages("TimestampDescending", 2);
    assert_string_equal(told, "a: -420=12000 -540=2000 ...; a: -600=18000; b: -420=10 ...; "
                              "b: -540=1 -600=11");
    free(told);
    told = all_pages("TimestampAscending", 1);
    assert_string_equal(told, "a: -600=18000 ...; a: -540=2000 ...; a: -420=12000; "
                              "b: -600=11 ...; b: -540=1 ...; b: -420=10");
    free(told);
    told = all_pages("TimestampAscending", 100);
    assert_string_equal(told, "a: -600=18000 -540=2000 -420=12000; b: -600=11 -540=1 -420=10");
    free(told);
}

static void
a_token_of_another_question_is_refused(void **state)
{
    cJSON *doc;

    (void)state;
    put_lcp();
    doc = ask_json(&ask, "monitoring", "GetMetricData", 200,
                   "{'StartTime':%lld,'EndTime':%lld,'MaxDatapoints':1,'MetricDataQueries':[%s]}",
                   (long long)NOW_S - 3600, (long long)NOW_S, QUERY("a", "LCP", 60, "Sum"));
    ask_refused(&ask, "monitoring", "GetMetricData", "InvalidNextToken",
                "The NextToken is not one that was given for this request.",
                "{'StartTime':%lld,'EndTime':%lld,'NextToken':'%s','MetricDataQueries':[%s]}",
                (long long)NOW_S - 3600, (long long)NOW_S, json_get_string(doc, "NextToken", ""),
                QUERY("a", "LCP", 300, "Sum"));
    cJSON_Delete(doc);
}

/* Seconds are only there for what was put with StorageResolution 1. */
static void
high_resolution_answers_below_a_minute(void **state)
{
    char body[512];
    cJSON *doc;

    (void)state;
    snprintf(body, sizeof body,
             "{\"Namespace\":\"N\",\"MetricData\":["
             "{\"MetricName\":\"fine\",\"Timestamp\":%lld,\"Value\":1,\"StorageResolution\":1},"
             "{\"MetricName\":\"fine\",\"Timestamp\":%lld,\"Value\":2,\"StorageResolution\":1},"
             "{\"MetricName\":\"coarse\",\"Timestamp\":%lld,\"Value\":3}]}",
             (long long)NOW_S - 57, (long long)NOW_S - 52, (long long)NOW_S - 57);
    put(body);
    doc = ask_json(&ask, "monitoring", "GetMetricData", 200,
                   "{'StartTime':%lld,'EndTime':%lld,'MetricDataQueries':["
                   "{'Id':'a','MetricStat':{'Metric':{'Namespace':'N','MetricName':'fine'},"
                   "'Period':5,'Stat':'Sum'}},"
                   "{'Id':'b','MetricStat':{'Metric':{'Namespace':'N','MetricName':'fine'},"
                   "'Period':60,'Stat':'Sum'}},"
                   "{'Id':'c','MetricStat':{'Metric':{'Namespace':'N','MetricName':'coarse'},"
                   "'Period':5,'Stat':'Sum'}}]}",
                   (long long)NOW_S - 600, (long long)NOW_S);
    assert_series(doc, 0, "-55=2 -60=1");
    assert_series(doc, 1, "-60=3");
    assert_series(doc, 2, "");
    cJSON_Delete(doc);
}

/* --- expressions --- */

/* Two pages of LCP and a request count, one value a minute. */
static void
put_shop(void)
{
    struct buf b;

    buf_init(&b, 2048);
    buf_adds(&b, "{\"Namespace\":\"Shop\",\"MetricData\":[");
    for (int i = 0; i < 3; i++)
        buf_addf(&b,
                 "%s{\"MetricName\":\"LCP\",\"Timestamp\":%lld,\"Value\":%d,\"Dimensions\":[{"
                 "\"Name\":\"Page\",\"Value\":\"/home\"}]},{\"MetricName\":\"LCP\",\"Timestamp\":"
                 "%lld,\"Value\":%d,\"Dimensions\":[{\"Name\":\"Page\",\"Value\":\"/cart\"}]}",
                 i == 0 ? "" : ",", (long long)NOW_S - 300 + 60 * i, 100 + i,
                 (long long)NOW_S - 300 + 60 * i, 200 + i);
    buf_adds(&b, "]}");
    put(b.data);
    buf_fini(&b);
}

#define LCP_OF(id, page, rest)                                                              \
    "{'Id':'" id "'," rest                                                                  \
    "'MetricStat':{'Metric':{'Namespace':'Shop','MetricName':'LCP','Dimensions':[{'Name':'" \
    "Page','Value':'/" page "'}]},'Period':60,'Stat':'Average'}}"

static cJSON *
ask_math(const char *queries)
{
    return ask_json(&ask, "monitoring", "GetMetricData", 200,
                    "{'StartTime':%lld,'EndTime':%lld,'ScanBy':'TimestampAscending',"
                    "'LabelOptions':{'Timezone':'+0100'},'MetricDataQueries':[%s]}",
                    (long long)NOW_S - 300, (long long)NOW_S, queries);
}

static void
expressions_stand_beside_metrics(void **state)
{
    cJSON *doc;

    (void)state;
    put_shop();
    doc = ask_math("{'Id':'ratio','Expression':'part/all'},"
                   "{'Id':'part','Expression':'a-MIN(a)','ReturnData':false}," LCP_OF(
                       "a", "home", "") ",{'Id':'all','Expression':'SUM(METRICS())',"
                                        "'ReturnData':false,'Label':'x'},"
                                        "{'Id':'min','Expression':'MIN(a)','ReturnData':false}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "MetricDataResults")), 2);
    assert_string_equal(text_of(doc, 0, "Label"), "ratio");
    assert_series(doc, 0, "-300=0 -240=0.009900990099009901 -180=0.0196078431372549");
    assert_series(doc, 1, "-300=100 -240=101 -180=102");
    cJSON_Delete(doc);
}

static void
arrays_give_a_result_for_each_series(void **state)
{
    cJSON *doc;

    (void)state;
    put_shop();
    doc = ask_math("{'Id':'s','Expression':'SEARCH(\\u0027{Shop,Page} LCP\\u0027,\\u0027p50\\u0027,"
                   "60)'},{'Id':'t','Label':'twice','Expression':'s*2'},"
                   "{'Id':'d','Expression':'s','Label':'${PROP(\\u0027Dim.Page\\u0027)} ${MAX} at "
                   "${MAX_TIME}'}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "MetricDataResults")), 6);
    assert_string_equal(text_of(doc, 0, "Id"), "s");
    assert_string_equal(text_of(doc, 0, "Label"), "/cart LCP");
    assert_string_equal(text_of(doc, 1, "Label"), "/home LCP");
    assert_series(doc, 1, "-300=100 -240=101 -180=102");
    assert_string_equal(text_of(doc, 2, "Label"), "twice /cart LCP");
    assert_series(doc, 2, "-300=400 -240=402 -180=404");
    assert_string_equal(text_of(doc, 4, "Label"), "/cart 202 at 2026-11-23T00:57:00+01:00");
    assert_string_equal(text_of(doc, 5, "Label"), "/home 102 at 2026-11-23T00:57:00+01:00");
    cJSON_Delete(doc);
}

static void
labels_of_metrics_hold_values(void **state)
{
    cJSON *doc;

    (void)state;
    put_shop();
    doc = ask_math(
        LCP_OF("a", "home", "'Label':'${LABEL}: ${AVG} of ${DATAPOINT_COUNT}',") "," LCP_OF(
            "b", "nowhere", "'Label':'${LAST}',"));
    assert_string_equal(text_of(doc, 0, "Label"), "/home LCP: 101 of 3");
    assert_string_equal(text_of(doc, 1, "Label"), "--");
    cJSON_Delete(doc);
}

static void
pages_go_through_the_series_of_an_expression(void **state)
{
    char token[256] = "";
    struct buf told;
    int pages = 0;

    (void)state;
    put_shop();
    buf_init(&told, 4096);
    do {
        cJSON *doc = ask_json(
            &ask, "monitoring", "GetMetricData", 200,
            "{'StartTime':%lld,'EndTime':%lld,'MaxDatapoints':2,%s%s%s'MetricDataQueries':["
            "{'Id':'s','Expression':'SEARCH(\\u0027{Shop,Page}\\u0027,\\u0027Sum\\u0027,60)'}]}",
            (long long)NOW_S - 300, (long long)NOW_S, *token == '\0' ? "" : "'NextToken':'", token,
            *token == '\0' ? "" : "',");
        int count = cJSON_GetArraySize(json_get(doc, "MetricDataResults"));

        for (int i = 0; i < count; i++) {
            char *points = series(doc, i);

            buf_addf(&told, "%s %s %s; ", text_of(doc, i, "Label"), points,
                     text_of(doc, i, "StatusCode"));
            free(points);
        }
        snprintf(token, sizeof token, "%s", json_get_string(doc, "NextToken", ""));
        cJSON_Delete(doc);
    } while (*token != '\0' && ++pages < 10);
    assert_string_equal(told.data, "/cart LCP -180=202 -240=201 PartialData; "
                                   "/cart LCP -300=200 Complete; /home LCP -180=102 PartialData; "
                                   "/home LCP -240=101 -300=100 Complete; ");
    buf_fini(&told);
}

static void
another_account_is_forbidden(void **state)
{
    const cJSON *result;
    cJSON *doc;

    (void)state;
    put_shop();
    doc = ask_math(LCP_OF("a", "home", "'AccountId':'000000000000',") "," LCP_OF(
        "b", "home", "'AccountId':'111122223333',") ",{'Id':'e','Expression':'FILL(b,0)+a'}");
    assert_series(doc, 0, "-300=100 -240=101 -180=102");
    assert_string_equal(text_of(doc, 0, "StatusCode"), "Complete");
    assert_series(doc, 1, "");
    assert_string_equal(text_of(doc, 1, "StatusCode"), "Forbidden");
    result = cJSON_GetArrayItem(json_get(doc, "MetricDataResults"), 1);
    assert_string_equal(json_get_string(json_get(result, "Messages")->child, "Code", ""),
                        "Forbidden");
    assert_series(doc, 2, "-300=100 -240=101 -180=102");
    cJSON_Delete(doc);
}

/* More series than a search may bring: the first ones come, and a message says so. */
static void
a_search_that_finds_too_much_says_so(void **state)
{
    cJSON *doc, *messages;

    (void)state;
    for (int i = 0; i < 6; i++) {
        struct buf b;

        buf_init(&b, 1 << 20);
        buf_adds(&b, "{\"Namespace\":\"Many\",\"MetricData\":[");
        for (int k = 0; k < 100; k++)
            buf_addf(&b, "%s{\"MetricName\":\"m%03d\",\"Timestamp\":%lld,\"Value\":1}",
                     k == 0 ? "" : ",", i * 100 + k, (long long)NOW_S - 300);
        buf_adds(&b, "]}");
        put(b.data);
        buf_fini(&b);
    }
    doc = ask_math("{'Id':'s','Expression':'SEARCH(\\u0027{Many}\\u0027,\\u0027Sum\\u0027,60)'}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "MetricDataResults")), 500);
    messages = cJSON_GetObjectItem(doc, "Messages");
    assert_string_equal(json_get_string(messages->child, "Code", ""), "MaxMetricsExceeded");
    cJSON_Delete(doc);
    doc = ask_math(
        "{'Id':'s','Expression':'SUM(SEARCH(\\u0027{Many}\\u0027,\\u0027Sum\\u0027,60))'}");
    assert_series(doc, 0, "-300=100");
    assert_non_null(json_get(doc, "Messages"));
    cJSON_Delete(doc);
    doc = ask_math("{'Id':'s','Expression':'SUM(SEARCH(\\u0027{Many} MetricName=m001 OR "
                   "MetricName=m599\\u0027,\\u0027Sum\\u0027,60))'}");
    assert_series(doc, 0, "-300=2");
    assert_null(json_get(doc, "Messages"));
    cJSON_Delete(doc);
}

/* A series that has been silent for two weeks is not found, though its data is still kept. */
static void
searches_find_what_reported_in_two_weeks(void **state)
{
    const char *query =
        "{'Id':'s','Expression':'SEARCH(\\u0027{Shop}\\u0027,\\u0027Sum\\u0027,300)'}";
    cJSON *doc;

    (void)state;
    put_shop();
    clock_set(ask.clock, ASK_NOW - 180000 + 14 * 86400000LL);
    doc = ask_math(query);
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "MetricDataResults")), 2);
    cJSON_Delete(doc);
    clock_set(ask.clock, ASK_NOW - 180000 + 14 * 86400000LL + 1);
    doc = ask_math(query);
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "MetricDataResults")), 0);
    cJSON_Delete(doc);
}

/* --- what is still kept --- */

#define DAYS(n) ((n)*86400000LL)

static void
ranges_end_where_a_tier_ends(void **state)
{
    static const struct {
        int64_t age_ms, period_s;
        int64_t want_ms; /* age of the first period that is read */
    } cases[] = {
        /* 3 hours for periods below a minute */
        { 3 * 3600000LL, 1, 3 * 3600000LL },
        { 3 * 3600000LL + 1, 1, 3 * 3600000LL },
        { DAYS(1), 30, 3 * 3600000LL },
        /* 15 days for a minute, 63 for five, 455 for an hour */
        { DAYS(15), 60, DAYS(15) },
        { DAYS(15) + 60000, 60, DAYS(15) },
        { DAYS(15) + 60000, 300, DAYS(15) + 300000 },
        { DAYS(63), 300, DAYS(63) },
        { DAYS(63) + 300000, 300, DAYS(63) },
        { DAYS(63) + 300000, 3600, DAYS(63) + 3600000 },
        { DAYS(455), 3600, DAYS(455) },
        { DAYS(500), 3600, DAYS(455) },
        { DAYS(500), 86400, DAYS(455) },
        /* the start is rounded down by age: minute, five minutes, hour */
        { 3600000 - 1, 60, 3600000 },
        { DAYS(15) + 1, 60, DAYS(15) },
        { DAYS(20) - 1, 300, DAYS(20) },
        { DAYS(64) - 1, 3600, DAYS(64) },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct aws_metric_range range =
            aws_metric_range(ASK_NOW - cases[i].age_ms, ASK_NOW, cases[i].period_s * 1000, ASK_NOW);

        if (ASK_NOW - range.start_ms != cases[i].want_ms || range.end_ms != ASK_NOW)
            fail_msg("age %lld ms, period %lld s: from %lld ms ago", (long long)cases[i].age_ms,
                     (long long)cases[i].period_s, (long long)(ASK_NOW - range.start_ms));
    }
}

struct refusal {
    const char *code, *message, *body;
};

/* clang-format off */
#define RANGE "'StartTime':1795388400,'EndTime':1795392000"
#define ONE   QUERY("a", "LCP", 60, "Sum")
static const struct refusal data_refusals[] = {
    { "MissingRequiredParameterException", "The parameter StartTime is required.",
      "{'EndTime':1795392000,'MetricDataQueries':[" ONE "]}" },
    { "MissingRequiredParameterException", "The parameter MetricDataQueries is required.",
      "{" RANGE "}" },
    { "MissingRequiredParameterException", "The parameter MetricDataQueries is required.",
      "{" RANGE ",'MetricDataQueries':[]}" },
    { "ValidationError", "The parameter StartTime must be less than the parameter EndTime.",
      "{'StartTime':1795392000,'EndTime':1795392000,'MetricDataQueries':[" ONE "]}" },
    { "ValidationError", "The values for parameter id in MetricDataQueries are not unique: a",
      "{" RANGE ",'MetricDataQueries':[" ONE "," ONE "]}" },
    { "ValidationError", "The value for parameter MetricDataQueries.member.1.Id must be letters, "
      "numbers and underscores, starting with a lower-case letter: A",
      "{" RANGE ",'MetricDataQueries':[" QUERY("A", "LCP", 60, "Sum") "]}" },
    { "ValidationError",
      "Error in expression 'e': at character 1: there is no query with the id a",
      "{" RANGE ",'MetricDataQueries':[{'Id':'e','Expression':'a*2'}]}" },
    { "ValidationError", "Error in expression 'e': at character 3: expected a number, an id or a "
      "function, but the expression ends",
      "{" RANGE ",'MetricDataQueries':[" ONE ",{'Id':'e','Expression':'a*'}]}" },
    { "ValidationError",
      "Error in expression 'e': the result is a number, but it must be a time series: set ReturnData "
      "to false, or use TIME_SERIES()",
      "{" RANGE ",'MetricDataQueries':[" ONE ",{'Id':'e','Expression':'AVG(a)'}]}" },
    { "ValidationError",
      "Error in expression 'x': the expressions name each other in a circle: x -> y -> z -> x",
      "{" RANGE ",'MetricDataQueries':[" ONE ",{'Id':'x','Expression':'y+1'},{'Id':'y','Expression':"
      "'z+a'},{'Id':'z','Expression':'x'},{'Id':'w','Expression':'y'}]}" },
    { "ValidationError",
      "Error in expression 'e': at character 1: obsview does not compute ANOMALY_DETECTION_BAND (see: "
      "obsview help aws)",
      "{" RANGE ",'MetricDataQueries':[" ONE ",{'Id':'e','Expression':'ANOMALY_DETECTION_BAND(a)'}]}" },
    { "ValidationError",
      "Error in expression 'e': Metrics Insights queries (SELECT ...) are not computed by obsview: "
      "name the metrics, or find them with SEARCH()",
      "{" RANGE ",'MetricDataQueries':[{'Id':'e','Expression':'SELECT AVG(a) FROM N'}]}" },
    { "ValidationError",
      "Error in expression 'e': SEARCH needs a period, as its third argument or as the Period of the "
      "query",
      "{" RANGE ",'MetricDataQueries':[{'Id':'e','Expression':'SEARCH(\\u0027LCP\\u0027,\\u0027p75\\u0027)'}]}" },
    { "InvalidParameterCombinationException",
      "The parameters MetricDataQueries.member.1.Expression and MetricDataQueries.member.1.MetricStat "
      "are mutually exclusive and you have specified both.",
      "{" RANGE ",'MetricDataQueries':[{'Id':'e','Expression':'1','MetricStat':{}}]}" },
    { "InvalidParameterValueException",
      "The parameter MetricDataQueries.member.1.AccountId names another account, which an expression "
      "cannot look into.",
      "{" RANGE ",'MetricDataQueries':[{'Id':'e','AccountId':'1','Expression':'1'}]}" },
    { "InvalidParameterValueException",
      "The parameter MetricDataQueries.member.1.MetricStat.Period must be 1, 5, 10, 20, 30 or a "
      "multiple of 60.",
      "{" RANGE ",'MetricDataQueries':[" QUERY("a", "LCP", 90, "Sum") "]}" },
    { "InvalidParameterValueException",
      "The parameter MetricDataQueries.member.1.MetricStat.Stat is not valid: TM(10%:1000) is not "
      "a statistic: expected Average, Sum, Minimum, Maximum, SampleCount, p0 to p100, tm, wm, tc or "
      "ts with a percentage, IQM, PR(low:high) or TM, WM, TC, TS with (low:high) or (low%:high%).",
      "{" RANGE ",'MetricDataQueries':[" QUERY("a", "LCP", 60, "TM(10%:1000)") "]}" },
    { "InvalidParameterValueException",
      "The parameter MetricDataQueries.member.1.Label is not valid: ${P99} is not a variable of "
      "dynamic labels.",
      "{" RANGE ",'MetricDataQueries':[{'Id':'a','Label':'${P99}'}]}" },
    { "InvalidNextToken", "The NextToken is not one that was given for this request.",
      "{" RANGE ",'NextToken':'zz','MetricDataQueries':[" ONE "]}" },
};

#define DATUM "'MetricName':'m','Value':1"
static const struct refusal put_refusals[] = {
    { "MissingRequiredParameterException", "The parameter Namespace is required.",
      "{'MetricData':[{" DATUM "}]}" },
    { "MissingRequiredParameterException", "The parameter MetricData is required.",
      "{'Namespace':'N'}" },
    { "InvalidParameterValueException", "The value AWS/ for parameter Namespace is invalid.",
      "{'Namespace':'AWS/Lambda','MetricData':[{" DATUM "}]}" },
    { "InvalidParameterValueException", "The parameter Namespace must not start with a colon.",
      "{'Namespace':':N','MetricData':[{" DATUM "}]}" },
    { "MissingRequiredParameterException",
      "The parameter MetricData.member.2.MetricName is required.",
      "{'Namespace':'N','MetricData':[{" DATUM "},{'Value':1}]}" },
    { "MissingRequiredParameterException",
      "At least one of the parameters MetricData.member.1.Value, MetricData.member.1.Values or "
      "MetricData.member.1.StatisticValues must be specified.",
      "{'Namespace':'N','MetricData':[{'MetricName':'m'}]}" },
    { "InvalidParameterCombinationException",
      "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually "
      "exclusive and you have specified both.",
      "{'Namespace':'N','MetricData':[{" DATUM ",'Values':[1]}]}" },
    { "InvalidParameterValueException",
      "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same "
      "size.",
      "{'Namespace':'N','MetricData':[{'MetricName':'m','Values':[1,2],'Counts':[1]}]}" },
    { "InvalidParameterValueException",
      "The parameter MetricData.member.1.Counts must hold numbers greater than 0.",
      "{'Namespace':'N','MetricData':[{'MetricName':'m','Values':[1],'Counts':[0]}]}" },
    { "MissingRequiredParameterException",
      "The parameter MetricData.member.1.StatisticValues.Sum is required.",
      "{'Namespace':'N','MetricData':[{'MetricName':'m','StatisticValues':{'SampleCount':1}}]}" },
    { "InvalidParameterValueException",
      "The parameter MetricData.member.1.StatisticValues.Maximum must be greater than "
      "MetricData.member.1.StatisticValues.Minimum.",
      "{'Namespace':'N','MetricData':[{'MetricName':'m','StatisticValues':{'SampleCount':1,'Sum':1,"
      "'Minimum':2,'Maximum':1}}]}" },
    { "InvalidParameterValueException",
      "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.",
      "{'Namespace':'N','MetricData':[{" DATUM ",'Timestamp':1794182399}]}" },
    { "InvalidParameterValueException",
      "The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the "
      "future.",
      "{'Namespace':'N','MetricData':[{" DATUM ",'Timestamp':1795399201}]}" },
    { "InvalidParameterValueException",
      "The parameter MetricData.member.1.StorageResolution must be 1 or 60.",
      "{'Namespace':'N','MetricData':[{" DATUM ",'StorageResolution':30}]}" },
    { "InvalidParameterValueException",
      "The value 1e+200 for parameter MetricData.member.1.Value is invalid.",
      "{'Namespace':'N','MetricData':[{'MetricName':'m','Value':1e200}]}" },
    { "InvalidParameterValueException", "No metric may specify the same dimension name twice.",
      "{'Namespace':'N','MetricData':[{" DATUM ",'Dimensions':[{'Name':'a','Value':'1'},{'Name':"
      "'a','Value':'2'}]}]}" },
    { "InvalidParameterValueException",
      "The parameter MetricData.member.1.Dimensions must contain only ASCII characters, not "
      "caf\xc3\xa9.",
      "{'Namespace':'N','MetricData':[{" DATUM ",'Dimensions':[{'Name':'a','Value':'caf\xc3\xa9'}]}"
      "]}" },
    { "InvalidParameterValueException",
      "The parameter EntityMetricData is not supported by obsview (see: obsview help aws).",
      "{'Namespace':'N','EntityMetricData':[]}" },
};

static const struct refusal statistics_refusals[] = {
    { "InvalidParameterCombinationException", "Must specify either Statistics or ExtendedStatistics",
      "{'Namespace':'N','MetricName':'m'," RANGE ",'Period':60}" },
    { "InvalidParameterCombinationException",
      "Must specify either Statistics or ExtendedStatistics, but not both",
      "{'Namespace':'N','MetricName':'m'," RANGE ",'Period':60,'Statistics':['Sum'],"
      "'ExtendedStatistics':['p75']}" },
    { "InvalidParameterValueException",
      "The parameter StartTime must be less than the parameter EndTime.",
      "{'Namespace':'N','MetricName':'m','StartTime':1795392000,'EndTime':1795388400,'Period':60,"
      "'Statistics':['Sum']}" },
    { "InvalidParameterCombinationException",
      "You have requested up to 4,320 datapoints, which exceeds the limit of 1,440. You may reduce "
      "the datapoints requested by increasing Period, or decreasing the time range.",
      "{'Namespace':'N','MetricName':'m','StartTime':1795132800,'EndTime':1795392000,'Period':60,"
      "'Statistics':['Sum']}" },
    { "InvalidParameterValueException",
      "The parameter Statistics does not take p75; use ExtendedStatistics.",
      "{'Namespace':'N','MetricName':'m'," RANGE ",'Period':60,'Statistics':['p75']}" },
};
/* clang-format on */

static void
assert_refusals(const char *operation, const struct refusal *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ask_refused(&ask, "monitoring", operation, list[i].code, list[i].message, "%s",
                    list[i].body);
}

static void
get_metric_data_refuses(void **state)
{
    (void)state;
    assert_refusals("GetMetricData", data_refusals, sizeof data_refusals / sizeof *data_refusals);
}

static void
put_metric_data_refuses(void **state)
{
    (void)state;
    assert_refusals("PutMetricData", put_refusals, sizeof put_refusals / sizeof *put_refusals);
}

static void
get_metric_statistics_refuses(void **state)
{
    (void)state;
    assert_refusals("GetMetricStatistics", statistics_refusals,
                    sizeof statistics_refusals / sizeof *statistics_refusals);
}

/* One bad datum refuses all. */
static void
a_refused_put_leaves_nothing(void **state)
{
    cJSON *doc;

    (void)state;
    doc = ask_json(&ask, "monitoring", "PutMetricData", 400,
                   "{'Namespace':'N','MetricData':[{'MetricName':'good','Value':1},"
                   "{'MetricName':'bad'}]}");
    cJSON_Delete(doc);
    doc = ask_json(&ask, "monitoring", "ListMetrics", 200, "{}");
    assert_int_equal(cJSON_GetArraySize(json_get(doc, "Metrics")), 0);
    cJSON_Delete(doc);
}

static void
too_many_of_anything_is_counted(void **state)
{
    struct buf body;

    (void)state;
    buf_init(&body, (size_t)1 << 20);
    buf_adds(&body, "{'Namespace':'N','MetricData':[{'MetricName':'m','Values':[0");
    for (int i = 0; i < 150; i++)
        buf_adds(&body, ",1");
    buf_adds(&body, "]}]}");
    ask_refused(&ask, "monitoring", "PutMetricData", "InvalidParameterValueException",
                "The collection MetricData.member.1.Values must not have a size greater than 150.",
                "%s", body.data);
    buf_clear(&body);
    buf_adds(&body, "{'Namespace':'N','MetricData':[{'MetricName':'m','Value':1}");
    for (int i = 0; i < 1000; i++)
        buf_adds(&body, ",{'MetricName':'m','Value':1}");
    buf_adds(&body, "]}");
    ask_refused(&ask, "monitoring", "PutMetricData", "InvalidParameterValueException",
                "The collection MetricData must not have a size greater than 1000.", "%s",
                body.data);
    buf_fini(&body);
}

/* --- GetMetricStatistics --- */

static void
statistics_of_one_metric(void **state)
{
    const cJSON *points, *point;
    cJSON *doc;

    (void)state;
    put_lcp();
    doc = ask_json(&ask, "monitoring", "GetMetricStatistics", 200,
                   "{'Namespace':'Shop/Web','MetricName':'LCP','Dimensions':[{'Name':'Page',"
                   "'Value':'/home'},{'Name':'Env','Value':'prod'}],'StartTime':%lld,'EndTime':"
                   "%lld,'Period':60,'Statistics':['Average','Sum','SampleCount']}",
                   (long long)NOW_S - 600, (long long)NOW_S);
    points = json_get(doc, "Datapoints");
    assert_string_equal(json_get_string(doc, "Label", ""), "LCP");
    assert_int_equal(cJSON_GetArraySize(points), 3);
    point = points->child;
    assert_true(json_get_number(point, "Timestamp", 0) == (double)(NOW_S - 600));
    assert_true(fabs(json_get_number(point, "Average", 0) - 18000.0 / 11) < 1e-9);
    assert_true(json_get_number(point, "SampleCount", 0) == 11);
    assert_string_equal(json_get_string(point, "Unit", ""), "Milliseconds");
    assert_null(json_get(point, "Maximum"));
    cJSON_Delete(doc);

    doc = ask_json(&ask, "monitoring", "GetMetricStatistics", 200,
                   "{'Namespace':'Shop/Web','MetricName':'LCP','Dimensions':[{'Name':'Page',"
                   "'Value':'/home'},{'Name':'Env','Value':'prod'}],'StartTime':%lld,'EndTime':"
                   "%lld,'Period':60,'ExtendedStatistics':['p75','p99.9']}",
                   (long long)NOW_S - 600, (long long)NOW_S);
    points = json_get(doc, "Datapoints");
    assert_int_equal(cJSON_GetArraySize(points), 2); /* the statistic set has no percentiles */
    point = json_get(points->child, "ExtendedStatistics");
    assert_true(json_get_number(point, "p75", 0) == 1900);
    cJSON_Delete(doc);
}

/* --- ListMetrics --- */

static int
listed(const char *filter)
{
    cJSON *doc = ask_json(&ask, "monitoring", "ListMetrics", 200, "%s", filter);
    int count = cJSON_GetArraySize(json_get(doc, "Metrics"));

    cJSON_Delete(doc);
    return count;
}

static void
metrics_are_listed_by_what_is_asked(void **state)
{
    char old[256];

    (void)state;
    put("{\"Namespace\":\"A\",\"MetricData\":[{\"MetricName\":\"x\",\"Value\":1},"
        "{\"MetricName\":\"x\",\"Value\":1,\"Dimensions\":[{\"Name\":\"d\",\"Value\":\"1\"}]},"
        "{\"MetricName\":\"y\",\"Value\":1,\"Dimensions\":[{\"Name\":\"d\",\"Value\":\"1\"},"
        "{\"Name\":\"e\",\"Value\":\"2\"}]}]}");
    snprintf(old, sizeof old,
             "{\"Namespace\":\"B\",\"MetricData\":[{\"MetricName\":\"z\",\"Value\":1,\"Timestamp\":"
             "%lld}]}",
             (long long)NOW_S - 4 * 3600);
    put(old);
    assert_int_equal(listed("{}"), 4);
    assert_int_equal(listed("{'Namespace':'A'}"), 3);
    assert_int_equal(listed("{'Namespace':'A','MetricName':'x'}"), 2);
    assert_int_equal(listed("{'Dimensions':[{'Name':'d'}]}"), 2);
    assert_int_equal(listed("{'Dimensions':[{'Name':'d','Value':'1'},{'Name':'e'}]}"), 1);
    assert_int_equal(listed("{'Dimensions':[{'Name':'d','Value':'2'}]}"), 0);
    assert_int_equal(listed("{'RecentlyActive':'PT3H'}"), 3);
    ask_refused(&ask, "monitoring", "ListMetrics", "InvalidParameterValueException",
                "The parameter OwningAccount is not supported by obsview (see: obsview help aws).",
                "{'OwningAccount':'1'}");
}

static void
metrics_are_listed_in_pages(void **state)
{
    char token[1024] = "";
    int total = 0, pages = 0;

    (void)state;
    for (int batch = 0; batch < 2; batch++) {
        struct buf body;

        buf_init(&body, (size_t)1 << 20);
        buf_adds(&body, "{\"Namespace\":\"N\",\"MetricData\":[");
        for (int i = 0; i < 600; i++)
            buf_addf(&body, "%s{\"MetricName\":\"m%04d\",\"Value\":1}", i == 0 ? "" : ",",
                     batch * 600 + i);
        buf_adds(&body, "]}");
        put(body.data);
        buf_fini(&body);
    }
    do {
        cJSON *doc =
            ask_json(&ask, "monitoring", "ListMetrics", 200, "{%s%s%s}",
                     *token == '\0' ? "" : "'NextToken':'", token, *token == '\0' ? "" : "'");

        total += cJSON_GetArraySize(json_get(doc, "Metrics"));
        snprintf(token, sizeof token, "%s", json_get_string(doc, "NextToken", ""));
        cJSON_Delete(doc);
        pages++;
    } while (*token != '\0' && pages < 10);
    assert_int_equal(total, 1200);
    assert_int_equal(pages, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_statistic_of_three_minutes, setup, teardown),
        cmocka_unit_test_setup_teardown(periods_lie_on_the_clock_and_newest_comes_first, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_last_period_is_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_series_is_empty_and_complete, setup, teardown),
        cmocka_unit_test_setup_teardown(labels_say_what_tells_queries_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_lose_and_repeat_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_token_of_another_question_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(high_resolution_answers_below_a_minute, setup, teardown),
        cmocka_unit_test_setup_teardown(expressions_stand_beside_metrics, setup, teardown),
        cmocka_unit_test_setup_teardown(arrays_give_a_result_for_each_series, setup, teardown),
        cmocka_unit_test_setup_teardown(labels_of_metrics_hold_values, setup, teardown),
        cmocka_unit_test_setup_teardown(pages_go_through_the_series_of_an_expression, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(another_account_is_forbidden, setup, teardown),
        cmocka_unit_test_setup_teardown(a_search_that_finds_too_much_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(searches_find_what_reported_in_two_weeks, setup, teardown),
        cmocka_unit_test(ranges_end_where_a_tier_ends),
        cmocka_unit_test_setup_teardown(get_metric_data_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(put_metric_data_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(get_metric_statistics_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(a_refused_put_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_of_anything_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(statistics_of_one_metric, setup, teardown),
        cmocka_unit_test_setup_teardown(metrics_are_listed_by_what_is_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(metrics_are_listed_in_pages, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
