/* test_aws_insights.c - Logs Insights queries as jobs: started, asked for, stopped, refused.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws_ask.h"
#include "base/json.h"
#include "base/mem.h"

#define LINES  200
#define NOW_S  (ASK_NOW / 1000)
#define WAIT_S 30
#define RANGE  "'startTime':%lld,'endTime':%lld"
/* Some milliseconds for each line, because a regular expression gives up on it again and again. */
#define SLOW                                                                            \
    "fields @message not like /(.+)+[!?]$/ as a, @message not like /(.+)+[!%%]$/ as b " \
    "| stats count(*) as n"

static struct ask ask;

static void
put_lines(void)
{
    struct buf body;

    buf_init(&body, (size_t)1 << 20);
    for (int i = 0; i < LINES; i++)
        buf_addf(&body,
                 "%s{'timestamp':%lld,'message':'n=%d kind=%s and aaaaaaaaaaaaaaaaaaaaaaaa'}",
                 i == 0 ? "" : ",", ASK_NOW - 1000 + i, i, i % 2 == 0 ? "even" : "odd");
    cJSON_Delete(ask_json(&ask, "logs", "PutLogEvents", 200,
                          "{'logGroupName':'g','logStreamName':'s','logEvents':[%s]}", body.data));
    buf_fini(&body);
}

static int
setup(void **state)
{
    (void)state;
    ask_start(&ask);
    cJSON_Delete(ask_json(&ask, "logs", "CreateLogGroup", 200, "{'logGroupName':'g'}"));
    cJSON_Delete(ask_json(&ask, "logs", "CreateLogGroup", 200, "{'logGroupName':'h'}"));
    cJSON_Delete(
        ask_json(&ask, "logs", "CreateLogStream", 200, "{'logGroupName':'g','logStreamName':'s'}"));
    put_lines();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    ask_stop(&ask); /* with whatever is still running */
    return 0;
}

static void
start_query(const char *query, char id[64])
{
    cJSON *answer = ask_json(&ask, "logs", "StartQuery", 200,
                             "{'logGroupNames':['h','g'],'queryString':'%s'," RANGE "}", query,
                             (long long)NOW_S - 10, (long long)NOW_S);

    snprintf(id, 64, "%s", json_get_string(answer, "queryId", ""));
    cJSON_Delete(answer);
}

/* The answer once the query has ended. */
static cJSON *
wait_for(const char *id)
{
    time_t until = time(NULL) + WAIT_S;

    while (true) {
        cJSON *answer =
            ask_json(&ask, "logs", "GetQueryResults", 200, "{'queryId':'%s','maxItems':50}", id);
        const char *status = json_get_string(answer, "status", "");

        if (strcmp(status, "Scheduled") != 0 && strcmp(status, "Running") != 0)
            return answer;
        cJSON_Delete(answer);
        assert_true(time(NULL) < until);
        nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
    }
}

static const char *
cell(const cJSON *answer, int row, const char *field)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetArrayItem(json_get(answer, "results"), row))
    {
        if (strcmp(json_get_string(item, "field", ""), field) == 0)
            return json_get_string(item, "value", "");
    }
    return "";
}

static void
answers_with_rows_and_statistics(void **state)
{
    char id[64];
    cJSON *answer, *record;

    (void)state;
    start_query("parse @message /n=(?<n>.+) kind=(?<kind>.+) and/ | filter kind = \\\"odd\\\" | "
                "display n, kind",
                id);
    answer = wait_for(id);
    assert_string_equal(json_get_string(answer, "status", ""), "Complete");
    assert_string_equal(cell(answer, 0, "n"), "199");
    assert_string_equal(cell(answer, 49, "kind"), "odd");
    assert_int_equal(cJSON_GetArraySize(json_get(answer, "results")), 50);
    assert_true(json_get_string(answer, "nextToken", NULL) != NULL);
    assert_int_equal(json_get_int(json_get(answer, "statistics"), "recordsScanned", 0), LINES);
    assert_int_equal(json_get_int(json_get(answer, "statistics"), "recordsMatched", 0), LINES / 2);
    assert_int_equal(json_get_int(json_get(answer, "statistics"), "logGroupsScanned", 0), 2);
    record = ask_json(&ask, "logs", "GetLogRecord", 200, "{'logRecordPointer':'%s'}",
                      cell(answer, 0, "@ptr"));
    assert_memory_equal(json_get_string(json_get(record, "logRecord"), "@message", ""),
                        "n=199 kind=odd", 14);
    assert_string_equal(json_get_string(json_get(record, "logRecord"), "@log", ""),
                        "000000000000:g");
    cJSON_Delete(record);
    cJSON_Delete(answer);
}

static void
pages_through_all_rows(void **state)
{
    char id[64], token[256] = "";
    int seen = 0;

    (void)state;
    start_query("parse @message \\\"n=* \\\" as n | display n | sort n", id);
    cJSON_Delete(wait_for(id));
    do {
        cJSON *page =
            ask_json(&ask, "logs", "GetQueryResults", 200, "{'queryId':'%s','maxItems':60%s%s%s}",
                     id, *token == '\0' ? "" : ",'nextToken':'", token, *token == '\0' ? "" : "'");
        int count = cJSON_GetArraySize(json_get(page, "results"));

        for (int i = 0; i < count; i++)
            assert_int_equal(strtol(cell(page, i, "n"), NULL, 10), seen++);
        snprintf(token, sizeof token, "%s", json_get_string(page, "nextToken", ""));
        cJSON_Delete(page);
    } while (*token != '\0');
    assert_int_equal(seen, LINES);
}

static void
cancels_and_lists(void **state)
{
    char id[64];
    cJSON *answer;

    (void)state;
    start_query(SLOW, id);
    answer = ask_json(&ask, "logs", "StopQuery", 200, "{'queryId':'%s'}", id);
    assert_true(json_get_bool(answer, "success", false));
    cJSON_Delete(answer);
    answer = wait_for(id);
    assert_string_equal(json_get_string(answer, "status", ""), "Cancelled");
    cJSON_Delete(answer);
    ask_refused(&ask, "logs", "StopQuery", "InvalidParameterException",
                "The specified query is not running: it has ended already.", "{'queryId':'%s'}",
                id);
    answer = ask_json(&ask, "logs", "DescribeQueries", 200,
                      "{'status':'Cancelled','logGroupName':'h','maxResults':1}");
    assert_string_equal(
        json_get_string(cJSON_GetArrayItem(json_get(answer, "queries"), 0), "queryId", ""), id);
    cJSON_Delete(answer);
}

static void
counts_what_could_not_be_judged(void **state)
{
    char id[64];
    cJSON *answer;

    (void)state;
    start_query("filter @message like /(.+)+[!?]$/ | limit 1", id);
    answer = wait_for(id);
    assert_int_equal(json_get_int(json_get(answer, "statistics"), "recordsUndecided", 0), LINES);
    assert_int_equal(json_get_int(json_get(answer, "statistics"), "recordsMatched", 9), 0);
    cJSON_Delete(answer);
}

static void
takes_a_hundred_and_no_more(void **state)
{
    cJSON *answer;
    char id[64];

    (void)state;
    for (int i = 0; i < 100; i++)
        start_query(SLOW, id);
    ask_refused(&ask, "logs", "StartQuery", "LimitExceededException",
                "Account maximum query concurrency limit of [100] reached.",
                "{'logGroupName':'g','queryString':'" SLOW "'," RANGE "}", (long long)NOW_S - 10,
                (long long)NOW_S);
    answer = ask_json(&ask, "logs", "GetQueryResults", 200, "{'queryId':'%s'}", id);
    assert_string_equal(json_get_string(answer, "status", ""), "Scheduled");
    cJSON_Delete(answer);
}

static void
refuses_by_name_and_place(void **state)
{
    cJSON *answer, *error;

    (void)state;
    answer = ask_json(&ask, "logs", "StartQuery", 400,
                      "{'logGroupName':'g','queryString':'fields a | pattern b'," RANGE "}",
                      (long long)NOW_S - 10, (long long)NOW_S);
    assert_string_equal(json_get_string(answer, "__type", ""), "MalformedQueryException");
    error = cJSON_GetObjectItem(answer, "queryCompileError");
    assert_string_equal(json_get_string(error, "message", ""),
                        "obsview does not support the command pattern");
    assert_int_equal(json_get_int(json_get(error, "location"), "startCharOffset", 0), 11);
    assert_int_equal(json_get_int(json_get(error, "location"), "endCharOffset", 0), 18);
    cJSON_Delete(answer);
    ask_refused(&ask, "logs", "StartQuery", "ResourceNotFoundException",
                "Log group 'x' does not exist for account ID '000000000000'",
                "{'logGroupNames':['g','x'],'queryString':'fields a','startTime':1,'endTime':2}");
    ask_refused(&ask, "logs", "StartQuery", "InvalidParameterException",
                "expected exactly one of logGroupName, logGroupNames and logGroupIdentifiers",
                "{'queryString':'fields a','startTime':1,'endTime':2}");
    ask_refused(&ask, "logs", "GetQueryResults", "ResourceNotFoundException",
                "Query nope does not exist, or is forgotten by now.", "{'queryId':'nope'}");
    ask_refused(&ask, "logs", "GetLogRecord", "InvalidParameterException",
                "The parameter logRecordPointer is no @ptr of a query's result.",
                "{'logRecordPointer':'zz'}");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_with_rows_and_statistics),
        cmocka_unit_test(pages_through_all_rows),
        cmocka_unit_test(cancels_and_lists),
        cmocka_unit_test(counts_what_could_not_be_judged),
        cmocka_unit_test(refuses_by_name_and_place),
        cmocka_unit_test(takes_a_hundred_and_no_more),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
