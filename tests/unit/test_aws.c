/* test_aws.c - AWS operations against a server that says what AWS says, and worse.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/account.h"
#include "aws/client.h"
#include "aws/cloudwatch.h"
#include "aws/logs.h"
#include "aws_bench.h"
#include "base/mem.h"

/* What came of a question. */
struct bench {
    struct aws_bench aws;
    bool partial;
    size_t count;
    int64_t cost;
    const struct cloudwatch_points *points;
    const struct series_key *names;
    const struct logs_event *events;
    char account[ACCOUNT_TEXT];
};

static struct bench *
bench_new(const char *const *bodies)
{
    struct bench *b = xcalloc(1, sizeof *b);

    aws_bench_open(&b->aws, bodies);
    b->aws.target.max_attempts = 3;
    return b;
}

static void
bench_free(struct bench *b)
{
    aws_bench_close(&b->aws);
    free(b);
}

static void
on_data(void *arg, const struct cloudwatch_points *points, bool partial, int64_t cost_microusd,
        const struct err *err)
{
    struct bench *b = arg;

    b->points = points;
    b->partial = partial;
    b->cost = cost_microusd;
    aws_bench_end(&b->aws, err);
}

static void
on_names(void *arg, const struct series_key *names, size_t count, bool partial,
         int64_t cost_microusd, const struct err *err)
{
    struct bench *b = arg;

    b->names = names;
    b->count = count;
    b->partial = partial;
    b->cost = cost_microusd;
    aws_bench_end(&b->aws, err);
}

static void
on_events(void *arg, const struct logs_event *events, size_t count, bool partial,
          const struct err *err)
{
    struct bench *b = arg;

    b->events = events;
    b->count = count;
    b->partial = partial;
    aws_bench_end(&b->aws, err);
}

static const struct dimension dev[] = { { "environment", "dev" } };
static const struct cloudwatch_query two[] = {
    { .series = { "UserMetrics/Frontend", "LCP", { dev, 1 } }, .stat = "p75", .period_s = 60 },
    { .series = { "UserMetrics/Frontend", "LCP", { dev, 1 } },
      .stat = "SampleCount",
      .period_s = 60 },
};

static void
ask_data(struct bench *b)
{
    cloudwatch_get_data(b->aws.client, b->aws.arena, two, 2, 1795393200000, 1795396800000, on_data,
                        b);
    aws_bench_run(&b->aws);
}

static void
a_request_is_what_aws_wants(void **state)
{
    static const char *const bodies[] = { "{\"MetricDataResults\":[]}", NULL };
    struct bench *b = bench_new(bodies);
    const char *rq;

    (void)state;
    ask_data(b);
    rq = peer_request(b->aws.peer, 0);
    assert_non_null(strstr(rq, "POST / HTTP/1.1\r\n"));
    assert_non_null(strstr(rq, "Content-Type: application/x-amz-json-1.0\r\n"));
    assert_non_null(strstr(rq, "X-Amz-Target: GraniteServiceVersion20100801.GetMetricData\r\n"));
    assert_non_null(strstr(rq, "X-Amz-Security-Token: token==\r\n"));
    assert_non_null(strstr(rq, "User-Agent: obsview/"));
    assert_non_null(strstr(rq, "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    assert_non_null(strstr(rq, "/eu-west-1/monitoring/aws4_request"));
    assert_non_null(strstr(
        rq, "{\"Id\":\"ov1\",\"MetricStat\":{\"Metric\":{\"Namespace\":\"UserMetrics/Frontend\","
            "\"MetricName\":\"LCP\",\"Dimensions\":[{\"Name\":\"environment\",\"Value\":\"dev\"}]},"
            "\"Period\":60,\"Stat\":\"SampleCount\"}}"));
    assert_non_null(strstr(rq, "\"StartTime\":1795393200,\"EndTime\":1795396800"));
    assert_null(strstr(rq, "secret"));
    assert_int_equal(b->aws.err.code, OK);
    assert_int_equal(b->points[0].count, 0);
    assert_int_equal(b->cost, 10); /* two statistics of one metric are one metric */
    bench_free(b);
}

static void
pages_are_merged_by_id_and_put_in_order(void **state)
{
    static const char *const bodies[] = {
        "{\"MetricDataResults\":[{\"Id\":\"ov0\",\"Timestamps\":[1795393320,1.79539326E9],"
        "\"Values\":[3,2],\"StatusCode\":\"PartialData\"}],\"NextToken\":\"t1\"}",
        "{\"MetricDataResults\":[{\"Id\":\"ov1\",\"Timestamps\":[1795393200],\"Values\":[7]},"
        "{\"Id\":\"nobody\",\"Timestamps\":[1],\"Values\":[1]},"
        "{\"Id\":\"ov0\",\"Timestamps\":[1795393200.0,1795393320],\"Values\":[1,33],"
        "\"StatusCode\":\"Complete\"}]}",
        NULL
    };
    struct bench *b = bench_new(bodies);

    (void)state;
    ask_data(b);
    assert_int_equal(b->aws.err.code, OK);
    assert_int_equal(b->points[0].count, 3);
    assert_int_equal(b->points[0].times_ms[0], 1795393200000);
    assert_int_equal(b->points[0].times_ms[2], 1795393320000);
    assert_true(b->points[0].values[1] == 2);
    assert_true(b->points[0].values[2] == 33); /* the later word counts */
    assert_int_equal(b->points[1].count, 1);
    assert_non_null(strstr(peer_request(b->aws.peer, 1), "\"NextToken\":\"t1\""));
    assert_int_equal(b->cost, 20);
    bench_free(b);
}

struct bad_answer {
    const char *name;
    const char *bodies[4];
    enum status code;
    const char *part;
};

static const struct bad_answer bad_answers[] = {
    { "no JSON", { "<html>" }, E_INVALID, "GetMetricData" },
    { "an array", { "[]" }, E_INVALID, "not a JSON object" },
    { "another shape", { "{\"Metrics\":[]}" }, E_INVALID, "without MetricDataResults" },
    { "no arrays",
      { "{\"MetricDataResults\":[{\"Id\":\"ov0\"}]}" },
      E_INVALID,
      "without Timestamps" },
    { "unequal arrays",
      { "{\"MetricDataResults\":[{\"Id\":\"ov0\",\"Timestamps\":[1],\"Values\":[]}]}" },
      E_INVALID,
      "differ in length" },
    { "text for numbers",
      { "{\"MetricDataResults\":[{\"Id\":\"ov0\",\"Timestamps\":[1],\"Values\":[\"2\"]}]}" },
      E_INVALID,
      "no time and number" },
    { "a time beyond time",
      { "{\"MetricDataResults\":[{\"Id\":\"ov0\",\"Timestamps\":[1e300],\"Values\":[2]}]}" },
      E_INVALID,
      "no time and number" },
    { "an endless token",
      { "{\"MetricDataResults\":[],\"NextToken\":\"t\"}",
        "{\"MetricDataResults\":[],\"NextToken\":\"t\"}" },
      E_INVALID,
      "repeats a page token" },
    { "a token of another type",
      { "{\"MetricDataResults\":[],\"NextToken\":7}" },
      E_INVALID,
      "NextToken is not text" },
    { "refused",
      { "!400{\"__type\":\"com.amazon#AccessDeniedException\",\"Message\":\"no way\"}" },
      E_AUTH,
      "access denied: CloudWatch GetMetricData (no way)" },
    { "expired",
      { "!400{\"__type\":\"ExpiredTokenException\",\"message\":\"x\"}" },
      E_AUTH,
      "(environment) have expired" },
    { "unknown keys",
      { "!403{\"__type\":\"UnrecognizedClientException\",\"message\":\"x\"}" },
      E_AUTH,
      "are refused" },
    { "wrong",
      { "!400{\"__type\":\"ValidationError\",\"message\":\"bad period\"}" },
      E_INVALID,
      "ValidationError: bad period" },
    { "not AWS at all",
      { "!404<html>nothing here</html>", "!404<html>nothing here</html>" },
      E_INVALID,
      "answers with status 404 and a web page" },
    { "elsewhere", { "!302" }, E_INVALID, "which is not followed" },
};

static void
broken_answers_are_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_answers / sizeof bad_answers[0]; i++) {
        struct bench *b = bench_new(bad_answers[i].bodies);

        print_message("%s\n", bad_answers[i].name);
        ask_data(b);
        assert_int_equal(b->aws.err.code, bad_answers[i].code);
        if (strstr(b->aws.err.text, bad_answers[i].part) == NULL)
            fail_msg("\"%s\" is not in \"%s\"", bad_answers[i].part, b->aws.err.text);
        bench_free(b);
    }
}

static void
what_never_arrived_is_not_paid_for(void **state)
{
    static const char *const bodies[] = { "!400{\"__type\":\"X\"}", NULL };
    struct bench *b = bench_new(bodies);

    (void)state;
    ask_data(b);
    assert_int_equal(b->aws.err.code, E_INVALID);
    assert_int_equal(b->cost, 10); /* refused, but asked */
    free(b->aws.target.urls[AWS_CLOUDWATCH]);
    b->aws.target.urls[AWS_CLOUDWATCH] = xstrdup("http://127.0.0.1:1");
    b->aws.is_done = false;
    ask_data(b);
    assert_int_equal(b->aws.err.code, E_IO);
    assert_non_null(strstr(b->aws.err.text, "connection refused"));
    assert_int_equal(b->cost, 0);
    bench_free(b);
}

static void
a_throttled_request_is_made_again(void **state)
{
    static const char *const bodies[] = {
        "!400{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}",
        "{\"MetricDataResults\":[]}", NULL
    };
    struct bench *b = bench_new(bodies);

    (void)state;
    ask_data(b);
    assert_int_equal(b->aws.err.code, OK);
    assert_int_equal(net_requests_sent(b->aws.net), 2);
    bench_free(b);
}

/* A service an hour ahead of us: its Date header sets the clock of the second attempt. */
static void
a_clock_that_is_off_is_set_by_the_service(void **state)
{
    static const char body[] = "{\"__type\":\"InvalidSignatureException\","
                               "\"message\":\"Signature expired\"}";
    static const char *const bodies[] = { "{\"MetricDataResults\":[]}",
                                          "{\"MetricDataResults\":[]}", NULL };
    struct bench *b = bench_new(bodies);
    const char *first, *second;

    (void)state;
    free(b->aws.script[0]);
    b->aws.script[0] = xasprintf("HTTP/1.1 403 X\r\nDate: Thu, 01 Jan 2099 00:00:00 GMT\r\n"
                                 "Content-Length: %zu\r\n\r\n%s",
                                 strlen(body), body);
    ask_data(b);
    assert_int_equal(b->aws.err.code, OK);
    first = strstr(peer_request(b->aws.peer, 0), "X-Amz-Date: ");
    second = strstr(peer_request(b->aws.peer, 1), "X-Amz-Date: ");
    assert_memory_not_equal(first, second, 20);
    assert_memory_equal(second, "X-Amz-Date: 20990101T0000", 25);
    bench_free(b);
}

static void
five_hundred_and_one_queries_are_two_requests(void **state)
{
    static const char *const bodies[] = {
        "{\"MetricDataResults\":[{\"Id\":\"ov500\",\"Timestamps\":[60],\"Values\":[1]}]}",
        "{\"MetricDataResults\":[{\"Id\":\"ov500\",\"Timestamps\":[60],\"Values\":[2]}]}", NULL
    };
    struct bench *b = bench_new(bodies);
    struct cloudwatch_query *many = xcalloc(501, sizeof *many);

    (void)state;
    for (size_t i = 0; i < 501; i++)
        many[i] = two[0];
    cloudwatch_get_data(b->aws.client, b->aws.arena, many, 501, 0, 60000, on_data, b);
    aws_bench_run(&b->aws);
    assert_int_equal(b->aws.err.code, OK);
    assert_int_equal(b->points[500].count, 1);
    assert_true(b->points[500].values[0] == 2); /* an Id of another request counts for nothing */
    free(many);
    bench_free(b);
}

static void
names_are_listed_and_bounded(void **state)
{
    static const char *const bodies[] = {
        "{\"Metrics\":[{\"Namespace\":\"N\",\"MetricName\":\"LCP\",\"Dimensions\":["
        "{\"Name\":\"route\",\"Value\":\"/a\"},{\"Name\":\"environment\",\"Value\":\"dev\"}]}],"
        "\"NextToken\":\"x\"}",
        "{\"Metrics\":[{\"Namespace\":\"N\",\"MetricName\":\"INP\",\"Dimensions\":[]},"
        "{\"Namespace\":\"N\",\"MetricName\":\"CLS\"}]}",
        NULL
    };
    struct bench *b = bench_new(bodies);

    (void)state;
    cloudwatch_list_metrics(b->aws.client, b->aws.arena, "N", 2, on_names, b);
    aws_bench_run(&b->aws);
    assert_int_equal(b->aws.err.code, OK);
    assert_int_equal(b->count, 2);
    assert_true(b->partial);
    assert_string_equal(b->names[0].dims.dims[0].name, "environment"); /* sorted */
    assert_string_equal(b->names[1].metric, "INP");
    assert_int_equal(b->cost, 0); /* one of the month's free requests */
    bench_free(b);
}

static void
the_newest_lines_are_kept_in_order(void **state)
{
    static const char *const bodies[] = {
        "{\"events\":[],\"nextToken\":\"a\"}",
        "{\"events\":[{\"eventId\":\"3\",\"timestamp\":1795393203000,\"message\":\"three\"},"
        "{\"eventId\":\"2\",\"timestamp\":1795393202000,\"message\":\"two\"}],\"nextToken\":\"b\"}",
        "{\"events\":[{\"eventId\":\"1\",\"timestamp\":1795393201000,\"message\":\"one\"}]}", NULL
    };
    struct bench *b = bench_new(bodies);
    struct logs_filter filter = { .group = "/aws/lambda/x",
                                  .pattern = "ERROR",
                                  .from_ms = 1795393200000,
                                  .to_ms = 1795396800000,
                                  .max = 2 };

    (void)state;
    logs_filter_events(b->aws.client, b->aws.arena, &filter, on_events, b);
    aws_bench_run(&b->aws);
    assert_int_equal(b->aws.err.code, OK);
    assert_int_equal(b->count, 2);
    assert_string_equal(b->events[0].message, "two");
    assert_string_equal(b->events[1].message, "three");
    assert_int_equal(b->events[1].message_len, 5);
    assert_true(b->partial); /* there is a page nobody asked for */
    assert_non_null(strstr(peer_request(b->aws.peer, 0), "\"startFromHead\":false"));
    assert_non_null(strstr(peer_request(b->aws.peer, 0), "Logs_20140328.FilterLogEvents"));
    bench_free(b);
}

static void
a_missing_log_group_is_not_found(void **state)
{
    static const char *const bodies[] = {
        "!400{\"__type\":\"ResourceNotFoundException\",\"message\":\"The specified log group does "
        "not exist.\"}",
        NULL
    };
    struct bench *b = bench_new(bodies);
    struct logs_filter filter = { .group = "x", .to_ms = 1000, .max = 2 };

    (void)state;
    logs_filter_events(b->aws.client, b->aws.arena, &filter, on_events, b);
    aws_bench_run(&b->aws);
    assert_int_equal(b->aws.err.code, E_NOTFOUND);
    bench_free(b);
}

static void
on_account(void *arg, const char id[ACCOUNT_TEXT], const struct err *why)
{
    struct bench *b = arg;

    assert_true((*id == '\0') == (why != NULL));
    if (why != NULL)
        b->aws.err = *why;
    memcpy(b->account, id, strlen(id) + 1);
    b->aws.is_done = true;
}

static void
the_account_is_twelve_digits_or_nothing(void **state)
{
    static const char no_account[] = "its answer has no Account of twelve digits";
    static const char *const answers[][3] = {
        { "<R><GetCallerIdentityResult><Account>123456789012</Account></R>", "123456789012", "" },
        { "<Account>1234567890123</Account>", "", no_account },
        { "<Account>12345678901</Account>", "", no_account },
        { "<Account>", "", no_account },
        { "nothing of the kind", "", no_account },
        { "!403<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", "",
          "access denied: STS GetCallerIdentity" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        const char *const bodies[] = { answers[i][0], NULL };
        struct bench *b = bench_new(bodies);

        account_ask(b->aws.client, on_account, b);
        aws_bench_run(&b->aws);
        assert_string_equal(b->account, answers[i][1]);
        assert_memory_equal(b->aws.err.text, answers[i][2], strlen(answers[i][2]));
        assert_non_null(strstr(peer_request(b->aws.peer, 0), "/eu-west-1/sts/aws4_request"));
        assert_non_null(strstr(peer_request(b->aws.peer, 0),
                               "\r\n\r\nAction=GetCallerIdentity&Version=2011-06-15"));
        assert_null(strstr(peer_request(b->aws.peer, 0), "X-Amz-Target"));
        bench_free(b);
    }
}

static void
cancelled_jobs_leave_nothing_behind(void **state)
{
    static const char *const bodies[] = { "{\"MetricDataResults\":[]}", NULL };
    struct bench *b = bench_new(bodies);
    struct logs_filter filter = { .group = "x", .to_ms = 1000, .max = 2 };

    (void)state;
    cloudwatch_cancel(
        cloudwatch_get_data(b->aws.client, b->aws.arena, two, 2, 0, 60000, on_data, b));
    cloudwatch_cancel(cloudwatch_list_metrics(b->aws.client, b->aws.arena, NULL, 5, on_names, b));
    logs_cancel(logs_filter_events(b->aws.client, b->aws.arena, &filter, on_events, b));
    account_cancel(account_ask(b->aws.client, on_account, b));
    net_run(b->aws.net, 0);
    assert_false(b->aws.is_done);
    bench_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_what_aws_wants),
        cmocka_unit_test(pages_are_merged_by_id_and_put_in_order),
        cmocka_unit_test(broken_answers_are_sentences),
        cmocka_unit_test(what_never_arrived_is_not_paid_for),
        cmocka_unit_test(a_throttled_request_is_made_again),
        cmocka_unit_test(a_clock_that_is_off_is_set_by_the_service),
        cmocka_unit_test(five_hundred_and_one_queries_are_two_requests),
        cmocka_unit_test(names_are_listed_and_bounded),
        cmocka_unit_test(the_newest_lines_are_kept_in_order),
        cmocka_unit_test(a_missing_log_group_is_not_found),
        cmocka_unit_test(the_account_is_twelve_digits_or_nothing),
        cmocka_unit_test(cancelled_jobs_leave_nothing_behind),
    };

    return cmocka_run_group_tests_name("aws", tests, NULL, NULL);
}
