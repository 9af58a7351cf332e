/* test_insights_ask.c - a Logs Insights query from its start to its end, and never left behind.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/insights.h"
#include "aws_bench.h"
#include "base/buf.h"

#define STARTED "{\"queryId\":\"q-1\"}"

struct asked {
    struct aws_bench b;
    struct insights_job *job;
    unsigned told;
    int attempts;  /* of each request; 0: one */
    bool gives_up; /* when first told */
    enum insights_status status;
    size_t row_count, column_count;
    bool is_partial;
    char columns[64]; /* with commas between */
    char cells[128];  /* likewise; "-" where there is none */
    double bytes;
    int64_t cost;
};

static void
keep(struct asked *a, const struct insights_table *table)
{
    size_t used = 0;

    a->status = table->status;
    a->row_count = table->row_count;
    a->column_count = table->column_count;
    a->is_partial = table->is_partial;
    a->bytes = table->bytes_scanned;
    a->columns[0] = a->cells[0] = '\0';
    for (size_t i = 0; i < table->column_count && used < sizeof a->columns; i++)
        used += (size_t)snprintf(a->columns + used, sizeof a->columns - used, "%s%s",
                                 i > 0 ? "," : "", table->columns[i]);
    used = 0;
    for (size_t i = 0; i < table->column_count * table->row_count && used < sizeof a->cells; i++)
        used += (size_t)snprintf(a->cells + used, sizeof a->cells - used, "%s%s", i > 0 ? "," : "",
                                 table->cells[i] != NULL ? table->cells[i] : "-");
}

static void
on_told(void *arg, const struct insights_table *table, bool is_last, int64_t cost_microusd,
        const struct err *err)
{
    struct asked *a = arg;

    a->told++;
    a->cost = cost_microusd;
    if (table != NULL)
        keep(a, table);
    if (is_last)
        aws_bench_end(&a->b, err);
    else if (a->gives_up) {
        a->cost = insights_cancel(a->job);
        aws_bench_end(&a->b, NULL);
    }
}

static void
start(struct asked *a, const char *const *bodies)
{
    static const char *const groups[] = { "/aws/lambda/a", "/b" };

    aws_bench_open(&a->b, bodies);
    if (a->attempts > 0)
        a->b.target.max_attempts = a->attempts;
    a->job = insights_start(a->b.client,
                            &(struct insights_query){ .groups = groups,
                                                      .group_count = 2,
                                                      .text = "fields @message",
                                                      .from_ms = 1795393200999,
                                                      .to_ms = 1795396800001,
                                                      .poll_ms = 2 },
                            on_told, a);
}

static void
a_query_is_started_looked_at_and_read(void **state)
{
    static const char *const bodies[] = {
        STARTED, "{\"status\":\"Scheduled\"}",
        "{\"status\":\"Running\",\"results\":[],\"statistics\":{\"bytesScanned\":1e9}}",
        "{\"status\":\"Complete\",\"results\":[[{\"field\":\"@timestamp\",\"value\":\"t1\"},"
        "{\"field\":\"@ptr\",\"value\":\"x\"}],[{\"field\":\"n\",\"value\":7},"
        "{\"field\":\"@timestamp\",\"value\":\"t2\"},{\"field\":\"o\",\"value\":{}},{},3]],"
        "\"statistics\":{\"recordsMatched\":2,\"recordsScanned\":\"9\",\"bytesScanned\":2e9}}",
        NULL
    };
    struct asked a = { 0 };

    (void)state;
    start(&a, bodies);
    aws_bench_run(&a.b);
    assert_int_equal(a.b.err.code, OK);
    aws_bench_asked(&a.b, 0, "Logs_20140328.StartQuery");
    aws_bench_asked(&a.b, 0, "\"logGroupNames\":[\"/aws/lambda/a\",\"/b\"]");
    aws_bench_asked(&a.b, 0, "\"startTime\":1795393200,\"endTime\":1795396801,");
    aws_bench_asked(&a.b, 1, "Logs_20140328.GetQueryResults");
    aws_bench_asked(&a.b, 1, "{\"queryId\":\"q-1\"}");
    assert_int_equal(a.told, 3);
    assert_int_equal(a.status, INSIGHTS_STATUS_COMPLETE);
    assert_string_equal(a.columns, "@timestamp,n,o");
    assert_string_equal(a.cells, "t1,-,-,t2,7,-");
    assert_true(a.bytes == 2e9);
    assert_int_equal(a.cost, 10000);
    assert_false(a.is_partial);
    aws_bench_close(&a.b);
}

static void
rows_in_pages_come_together(void **state)
{
    static const char *const bodies[] = {
        STARTED,
        "{\"status\":\"Running\",\"results\":[[{\"field\":\"a\",\"value\":\"0\"}]],"
        "\"nextToken\":\"t0\"}",
        "{\"status\":\"Complete\",\"results\":[[{\"field\":\"a\",\"value\":\"1\"}]],"
        "\"statistics\":{\"bytesScanned\":1e9},\"nextToken\":\"t1\"}",
        "{\"status\":\"Complete\",\"results\":[[{\"field\":\"b\",\"value\":\"2\"}]],"
        "\"nextToken\":\"t2\"}",
        "{\"status\":\"Complete\",\"results\":[[{\"field\":\"a\",\"value\":\"3\"}]]}",
        NULL
    };
    struct asked a = { 0 };

    (void)state;
    start(&a, bodies);
    aws_bench_run(&a.b);
    assert_int_equal(a.b.err.code, OK);
    aws_bench_asked(&a.b, 3, "\"nextToken\":\"t1\"");
    aws_bench_asked(&a.b, 4, "\"nextToken\":\"t2\"");
    assert_int_equal(a.told, 2);
    assert_string_equal(a.columns, "a,b");
    assert_string_equal(a.cells, "1,-,-,2,3,-");
    assert_int_equal(a.cost, 5000);
    assert_false(a.is_partial);
    aws_bench_close(&a.b);
}

static void
a_page_that_does_not_come_leaves_the_others(void **state)
{
    static const struct {
        const char *name, *body;
        size_t rows;
    } cases[] = {
        { "a refusal", "!400{\"__type\":\"X\"}", 1 },
        { "results of another kind", "{\"results\":{}}", 1 },
        { "the same token for ever",
          "{\"results\":[[{\"field\":\"a\",\"value\":\"2\"}]],\"nextToken\":\"t1\"}", 3 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const bodies[] = {
            STARTED,
            "{\"status\":\"Complete\",\"results\":[[{\"field\":\"a\",\"value\":\"1\"}]],"
            "\"nextToken\":\"t1\"}",
            cases[i].body,
            cases[i].body,
            cases[i].body,
            NULL
        };
        struct asked a = { 0 };

        print_message("%s\n", cases[i].name);
        start(&a, bodies);
        aws_bench_run(&a.b);
        assert_int_equal(a.b.err.code, OK);
        assert_int_equal(a.status, INSIGHTS_STATUS_COMPLETE);
        assert_int_equal(a.row_count, cases[i].rows);
        assert_true(a.is_partial);
        aws_bench_close(&a.b);
    }
}

/* Each would be a scan of its own. */
static void
a_query_is_never_started_twice(void **state)
{
    static const struct {
        const char *name, *first, *second;
        bool is_repeated;
    } cases[] = {
        { "an answer that is cut off", "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{", STARTED,
          false },
        { "an error of the service", "!500{\"__type\":\"InternalFailure\"}", STARTED, false },
        { "unavailable", "!503{\"__type\":\"ServiceUnavailable\"}", STARTED, false },
        { "asked too often", /* and the connection closed: the next one is a new one */
          "HTTP/1.1 400 X\r\n\r\n{\"__type\":\"ThrottlingException\",\"message\":\"m\"}", STARTED,
          true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const bodies[] = { cases[i].first, cases[i].second, "{\"status\":\"Complete\"}",
                                       NULL };
        struct asked a = { .attempts = 3 };

        print_message("%s\n", cases[i].name);
        start(&a, bodies);
        aws_bench_run(&a.b);
        assert_int_equal(a.b.err.code == OK, cases[i].is_repeated);
        if (cases[i].is_repeated)
            aws_bench_asked(&a.b, 1, "Logs_20140328.StartQuery");
        else
            assert_null(peer_request(a.b.peer, 1));
        aws_bench_close(&a.b);
    }
}

static void
who_gives_up_stops_the_query(void **state)
{
    static const char *const bodies[] = {
        STARTED, "{\"status\":\"Running\",\"statistics\":{\"bytesScanned\":1e9}}",
        "{\"success\":true}", NULL
    };
    struct asked a = { .gives_up = true };

    (void)state;
    start(&a, bodies);
    aws_bench_run(&a.b);
    net_finish(a.b.net, 5000);
    aws_bench_asked(&a.b, 2, "Logs_20140328.StopQuery");
    aws_bench_asked(&a.b, 2, "{\"queryId\":\"q-1\"}");
    assert_int_equal(a.cost, 5000); /* what was read until then */
    aws_bench_close(&a.b);
}

static void
who_gives_up_at_once_stops_it_too(void **state)
{
    static const char *const bodies[] = { STARTED, "{\"success\":true}", NULL };
    struct asked a = { 0 };

    (void)state;
    start(&a, bodies);
    insights_cancel(a.job);
    net_finish(a.b.net, 5000);
    assert_int_equal(a.told, 0);
    aws_bench_asked(&a.b, 1, "Logs_20140328.StopQuery");
    aws_bench_close(&a.b);
}

static void
a_client_that_goes_leaves_nothing_behind(void **state)
{
    static const char *const bodies[] = { STARTED, NULL };
    struct asked a = { 0 };

    (void)state;
    start(&a, bodies);
    insights_cancel(a.job);
    net_run(a.b.net, 0);
    aws_bench_close(&a.b); /* the sanitizer looks */
}

struct bad_case {
    const char *name;
    const char *bodies[8];
    const char *want;
    size_t stopped; /* the request that says so; 0: none */
};

#define RUNNING "{\"status\":\"Running\"}"

/* clang-format off */
static const struct bad_case bad_cases[] = {
    { "a query that is wrong",
      { "!400{\"__type\":\"MalformedQueryException\",\"message\":\"m\",\"queryCompileError\":"
        "{\"location\":{\"startCharOffset\":7,\"endCharOffset\":12},\"message\":\"unexpected bad\"}}" },
      "the query is wrong at characters 8 to 12: unexpected bad", 0 },
    { "wrong at one place", { "!400{\"__type\":\"MalformedQueryException\",\"queryCompileError\":"
      "{\"location\":{\"startCharOffset\":0},\"message\":\"no\"}}" },
      "the query is wrong at character 1: no", 0 },
    { "wrong, and no more said", { "!400{\"__type\":\"MalformedQueryException\",\"message\":\"m\"}" },
      "the query is wrong: m", 0 },
    { "wrong in a wrong way", { "!400{\"__type\":\"MalformedQueryException\",\"message\":\"m\","
      "\"queryCompileError\":{\"location\":{\"startCharOffset\":-5e300},\"message\":[]}}" },
      "the query is wrong: m", 0 },
    { "no id", { "{\"queryId\":5}" }, "StartQuery: an answer without queryId", 0 },
    { "no group", { "!400{\"__type\":\"ResourceNotFoundException\",\"message\":\"no such group\"}" },
      "no such group", 0 },
    { "a status nobody knows", { STARTED, "{\"status\":\"Dreaming\"}", "{}" },
      "a query with the status \"Dreaming\"", 2 },
    { "no status", { STARTED, "{}", "{}" }, "a query with the status \"\"", 2 },
    { "results of another kind", { STARTED, "{\"status\":\"Complete\",\"results\":{}}", "{}" },
      "results that are no list", 2 },
    { "rows of another kind", { STARTED, "{\"status\":\"Complete\",\"results\":[{}]}", "{}" },
      "a row that is no list of fields", 2 },
    { "a page", { STARTED, "<html>", "<html>", "<html>", "{}" }, "answers with a web page", 4 },
    { "failures now and then are bad luck",
      { STARTED, "!400{\"__type\":\"X\"}", RUNNING, "!400{\"__type\":\"X\"}", "!400{\"__type\":\"X\"}",
        "!400{\"__type\":\"Y\"}", "{}" }, "GetQueryResults: Y", 6 },
    { "a query that is gone",
      { STARTED, "!400{\"__type\":\"ResourceNotFoundException\",\"message\":\"gone\"}", "{}" },
      "gone", 2 },
};
/* clang-format on */

static void
what_goes_wrong_is_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
        const struct bad_case *c = &bad_cases[i];
        struct asked a = { 0 };

        print_message("%s\n", c->name);
        start(&a, c->bodies);
        aws_bench_run(&a.b);
        aws_bench_failed(&a.b, c->want);
        net_finish(a.b.net, 5000);
        if (c->stopped > 0)
            aws_bench_asked(&a.b, c->stopped, "Logs_20140328.StopQuery");
        else
            assert_null(peer_request(a.b.peer, 1));
        aws_bench_close(&a.b);
    }
}

/* `rows` rows of `columns` fields each. */
static char *
wide_answer(int rows, int columns)
{
    struct buf b;

    buf_init(&b, 8 << 20);
    buf_adds(&b, "{\"status\":\"Complete\",\"results\":[");
    for (int i = 0; i < rows; i++) {
        buf_adds(&b, i > 0 ? ",[" : "[");
        for (int k = 0; k < columns; k++)
            buf_addf(&b, "%s{\"field\":\"f%d\",\"value\":\"v\"}", k > 0 ? "," : "", k);
        buf_adds(&b, "]");
    }
    buf_adds(&b, "]}");
    return buf_take(&b, NULL);
}

static void
more_than_anybody_reads_is_left_out(void **state)
{
    static const struct {
        int rows, columns;
        size_t want_rows, want_columns;
    } cases[] = { { INSIGHTS_ROWS_MAX + 1, 1, INSIGHTS_ROWS_MAX, 1 },
                  { 3, INSIGHTS_COLUMNS_MAX + 1, 3, INSIGHTS_COLUMNS_MAX } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *wide = wide_answer(cases[i].rows, cases[i].columns);
        const char *const bodies[] = { STARTED, wide, NULL };
        struct asked a = { 0 };

        start(&a, bodies);
        aws_bench_run(&a.b);
        assert_int_equal(a.row_count, cases[i].want_rows);
        assert_int_equal(a.column_count, cases[i].want_columns);
        assert_true(a.is_partial);
        aws_bench_close(&a.b);
        free(wide);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_is_started_looked_at_and_read),
        cmocka_unit_test(rows_in_pages_come_together),
        cmocka_unit_test(a_page_that_does_not_come_leaves_the_others),
        cmocka_unit_test(a_query_is_never_started_twice),
        cmocka_unit_test(who_gives_up_stops_the_query),
        cmocka_unit_test(who_gives_up_at_once_stops_it_too),
        cmocka_unit_test(a_client_that_goes_leaves_nothing_behind),
        cmocka_unit_test(what_goes_wrong_is_a_sentence),
        cmocka_unit_test(more_than_anybody_reads_is_left_out),
    };

    return cmocka_run_group_tests_name("insights_ask", tests, NULL, NULL);
}
