/* test_tape.c - what was answered last is answered again, and nothing that came later or never.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "fixture/tape.h"
#include "fixture/tape_question.h"

#define START_MS INT64_C(1795435200000) /* 2026-11-23T12:00:00Z */
#define MINUTE   INT64_C(60000)

/* --- a file ------------------------------------------------------------------------------------
 */

static char path[64];

static FILE *
begin_file(void)
{
    FILE *file;

    snprintf(path, sizeof path, "/tmp/obsview-tape-XXXXXX");
    file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    fputs("{\"obsview-fixture\":2,\"start\":\"2026-11-23T12:00:00.000Z\"}\n", file);
    return file;
}

static void
put(FILE *file, int64_t t_ms, const char *service, const char *operation, const char *parameters,
    const char *response)
{
    fprintf(file,
            "{\"t\":%lld,\"source\":\"aws-response\",\"request\":{\"service\":\"%s\",\"operation\":"
            "\"%s\",\"parameters\":%s},\"response\":%s}\n",
            (long long)t_ms, service, operation, parameters, response);
}

static void
put_good(FILE *file, int64_t t_ms, const char *service, const char *operation,
         const char *parameters, const char *body)
{
    char response[2000];

    snprintf(response, sizeof response, "{\"status\":200,\"body\":%s}", body);
    put(file, t_ms, service, operation, parameters, response);
}

static struct tape *
end_file(FILE *file)
{
    struct tape *tape;
    struct err err = { 0 };

    fclose(file);
    if (tape_open(&tape, path, &err) != OK)
        fail_msg("%s", err.text);
    unlink(path);
    return tape;
}

/* The answer as text, the failure, or the sentence; the caller's. */
static char *
ask(const struct tape *tape, int64_t after_ms, const char *service, const char *operation,
    const char *parameters)
{
    struct tape_answer told;
    struct err err = { 0 };
    cJSON *value = NULL;
    struct buf text;

    assert_int_equal(json_parse(&value, parameters, strlen(parameters), NULL), OK);
    buf_init(&text, 1 << 20);
    if (tape_ask(
            tape,
            &(struct tape_call){ .service = service, .operation = operation, .parameters = value },
            START_MS + after_ms, &told, &err) != OK) {
        assert_int_equal(err.code, E_UNRECORDED);
        buf_adds(&text, err.text);
    } else if (told.status == 0)
        buf_addf(&text, "%d: %s", (int)told.err.code, told.err.text);
    else {
        if (told.status != 200)
            buf_addf(&text, "%u ", told.status);
        json_print(&text, told.answer);
        cJSON_Delete(told.answer);
    }
    cJSON_Delete(value);
    return buf_take(&text, NULL);
}

static void
expect(const struct tape *tape, int64_t after_ms, const char *service, const char *operation,
       const char *parameters, const char *wanted)
{
    char *got = ask(tape, after_ms, service, operation, parameters);

    assert_string_equal(got, wanted);
    free(got);
}

/* --- questions ---------------------------------------------------------------------------------
 */

static void
what_was_known_last_is_answered(void **state)
{
    FILE *file = begin_file();
    struct tape *tape;

    (void)state;
    put_good(file, 1000, "rds", "DescribeDBClusters", "{}", "{\"n\":1}");
    put_good(file, 5000, "rds", "DescribeDBClusters", "{}", "{\"n\":2}");
    put(file, 9000, "rds", "DescribeDBClusters", "{}",
        "{\"status\":400,\"body\":{\"__type\":\"AccessDenied\",\"message\":\"no\"}}");
    put(file, 9500, "rds", "DescribeDBClusters", "{}",
        "{\"kind\":\"io\",\"failure\":\"cannot reach it\"}");
    tape = end_file(file);
    assert_int_equal(tape_count(tape), 4);
    assert_int_equal(tape_start_ms(tape), START_MS);
    assert_int_equal(tape_end_ms(tape), START_MS + 9500);
    expect(
        tape, 999, "rds", "DescribeDBClusters", "{}",
        "not in the recording yet: DescribeDBClusters was answered at 12:00:01 UTC for the first "
        "time");
    expect(tape, 1000, "rds", "DescribeDBClusters", "{}", "{\"n\":1}");
    expect(tape, 4999, "rds", "DescribeDBClusters", "{}", "{\"n\":1}");
    expect(tape, 5000, "rds", "DescribeDBClusters", "{}", "{\"n\":2}");
    expect(tape, 9000, "rds", "DescribeDBClusters", "{}",
           "400 {\"__type\":\"AccessDenied\",\"message\":\"no\"}");
    expect(tape, 99000, "rds", "DescribeDBClusters", "{}", "8: cannot reach it");
    expect(tape, 99000, "rds", "DescribeDBInstances", "{}",
           "not in the recording: DescribeDBInstances was never asked so");
    expect(tape, 99000, "rds", "DescribeDBClusters", "{\"Filters\":[]}",
           "not in the recording: DescribeDBClusters was never asked so");
    tape_close(tape);
}

static void
windows_move_with_the_clock(void **state)
{
    static const char hour[] = "{\"A\":[{\"x\":1,\"y\":2}],\"StartTime\":1795431600,"
                               "\"EndTime\":1795435200,\"B\":\"b\"}";
    /* members in another order, half a minute later */
    static const char same[] = "{\"B\":\"b\",\"EndTime\":1795435230,\"StartTime\":1795431630,"
                               "\"A\":[{\"y\":2,\"x\":1}]}";
    static const char day[] = "{\"A\":[{\"x\":1,\"y\":2}],\"StartTime\":1795348800,"
                              "\"EndTime\":1795435200,\"B\":\"b\"}";
    static const char earlier[] = "{\"A\":[{\"x\":1,\"y\":2}],\"StartTime\":1795421600,"
                                  "\"EndTime\":1795425200,\"B\":\"b\"}";
    FILE *file = begin_file();
    struct tape *tape;

    (void)state;
    put_good(file, 0, "monitoring", "GetMetricData", hour, "{\"of\":\"hour\"}");
    put_good(file, 20 * MINUTE, "monitoring", "GetMetricData", earlier, "{\"of\":\"earlier\"}");
    tape = end_file(file);
    expect(tape, 0, "monitoring", "GetMetricData", hour, "{\"of\":\"hour\"}");
    expect(tape, 30000, "monitoring", "GetMetricData", same, "{\"of\":\"hour\"}");
    expect(tape, 30000, "monitoring", "GetMetricData", day,
           "not in the recording: GetMetricData was asked of another time range");
    /* a window that stands still is the same at any time */
    expect(tape, 90 * MINUTE, "monitoring", "GetMetricData", earlier, "{\"of\":\"earlier\"}");
    tape_close(tape);
}

static void
one_point_for_all_is_one_question(void **state)
{
    static const char first[] = "{\"Q\":[{\"Period\":3720}],\"StartTime\":1795431600,"
                                "\"EndTime\":1795435200}";
    static const char later[] = "{\"Q\":[{\"Period\":4440}],\"StartTime\":1795431660,"
                                "\"EndTime\":1795435260}";
    static const char finer[] = "{\"Q\":[{\"Period\":60}],\"StartTime\":1795431660,"
                                "\"EndTime\":1795435260}";
    FILE *file = begin_file();
    struct tape *tape;

    (void)state;
    put_good(file, 0, "monitoring", "GetMetricData", first, "{\"n\":1}");
    tape = end_file(file);
    expect(tape, MINUTE, "monitoring", "GetMetricData", later, "{\"n\":1}");
    expect(tape, MINUTE, "monitoring", "GetMetricData", finer,
           "not in the recording: GetMetricData was never asked so");
    tape_close(tape);
}

static void
days_are_windows_too(void **state)
{
    static const char november[] =
        "{\"TimePeriod\":{\"Start\":\"2026-10-01\",\"End\":\"2026-11-24\"}}";
    static const char summer[] =
        "{\"TimePeriod\":{\"Start\":\"2026-07-01\",\"End\":\"2026-08-24\"}}";
    FILE *file = begin_file();
    struct tape *tape;

    (void)state;
    put_good(file, 0, "ce", "GetCostAndUsage", november, "{\"n\":1}");
    tape = end_file(file);
    expect(tape, 5000, "ce", "GetCostAndUsage", november, "{\"n\":1}");
    expect(tape, 5000, "ce", "GetCostAndUsage", summer,
           "not in the recording: GetCostAndUsage was asked of another time range");
    tape_close(tape);
}

static void
regions_are_apart(void **state)
{
    static const char *const regions[] = { "eu-west-1", "us-east-1", "eu-west-1" };
    FILE *file = begin_file();
    struct tape *tape;
    struct tape_answer told;
    struct err err;

    (void)state;
    for (int i = 0; i < 3; i++)
        fprintf(file,
                "{\"t\":%d,\"source\":\"aws-response\",\"request\":{\"service\":\"tagging\","
                "\"operation\":\"GetResources\",\"region\":\"%s\",\"parameters\":{}},"
                "\"response\":{\"status\":200,\"body\":{\"n\":%d}}}\n",
                i, regions[i], i);
    tape = end_file(file);
    assert_string_equal(tape_region(tape), "eu-west-1");
    expect(tape, 10, "tagging", "GetResources", "{}", "{\"n\":2}");
    assert_int_equal(tape_ask(tape,
                              &(struct tape_call){ "tagging", "GetResources", "us-east-1", NULL },
                              START_MS + 10, &told, &err),
                     OK);
    assert_int_equal(json_get_int(told.answer, "n", 0), 1);
    cJSON_Delete(told.answer);
    tape_close(tape);
}

/* --- pages -------------------------------------------------------------------------------------
 */

static void
a_list_counts_from_its_last_page(void **state)
{
    FILE *file = begin_file();
    struct tape *tape;

    (void)state;
    put_good(file, 1000, "ecs", "ListServices", "{}", "{\"n\":1}");
    put_good(file, 5000, "ecs", "ListServices", "{}", "{\"n\":2,\"nextToken\":\"a\"}");
    put_good(file, 6000, "ecs", "ListServices", "{\"nextToken\":\"a\"}",
             "{\"n\":3,\"nextToken\":\"b\"}");
    put_good(file, 7000, "ecs", "ListServices", "{\"nextToken\":\"b\"}", "{\"n\":4}");
    put_good(file, 9000, "ecs", "ListServices", "{}", "{\"n\":5,\"nextToken\":\"a\"}");
    put_good(file, 9500, "ecs", "ListServices", "{\"nextToken\":\"a\"}", "{\"n\":6}");
    tape = end_file(file);
    expect(tape, 6999, "ecs", "ListServices", "{}", "{\"n\":1}");
    expect(tape, 7000, "ecs", "ListServices", "{}", "{\"n\":2,\"nextToken\":\"a\"}");
    expect(tape, 7000, "ecs", "ListServices", "{\"nextToken\":\"a\"}",
           "{\"n\":3,\"nextToken\":\"b\"}");
    expect(tape, 7000, "ecs", "ListServices", "{\"nextToken\":\"b\"}", "{\"n\":4}");
    expect(tape, 9499, "ecs", "ListServices", "{}", "{\"n\":2,\"nextToken\":\"a\"}");
    expect(tape, 9500, "ecs", "ListServices", "{}", "{\"n\":5,\"nextToken\":\"a\"}");
    expect(tape, 9500, "ecs", "ListServices", "{\"nextToken\":\"a\"}", "{\"n\":6}");
    expect(tape, 9500, "ecs", "ListServices", "{\"nextToken\":\"z\"}",
           "not in the recording: ListServices was asked of another time range");
    tape_close(tape);
}

/* --- log lines ---------------------------------------------------------------------------------
 */

#define EVENT(id, time, text)                                                                    \
    "{\"eventId\":\"" id "\",\"logStreamName\":\"s\",\"timestamp\":" time ",\"message\":\"" text \
    "\",\"ingestionTime\":" time "}"
#define LIVE(time, text)                                                  \
    "{\"logStreamName\":\"s\",\"timestamp\":" time ",\"message\":\"" text \
    "\",\"ingestionTime\":" time "}"

/* The messages of an answer, one behind the other, and its token. */
static void
expect_lines(const struct tape *tape, int64_t after_ms, const char *parameters, const char *wanted)
{
    char *text = ask(tape, after_ms, "logs", "FilterLogEvents", parameters);
    const cJSON *event;
    cJSON *answer = NULL;
    struct buf all;

    assert_int_equal(json_parse(&answer, text, strlen(text), NULL), OK);
    buf_init(&all, 10000);
    cJSON_ArrayForEach(event, json_get(answer, "events"))
        buf_addf(&all, "%s ", json_get_string(event, "message", "?"));
    if (json_get(answer, "nextToken") != NULL)
        buf_addf(&all, "+%s", json_get_string(answer, "nextToken", ""));
    assert_string_equal(all.data, wanted);
    buf_fini(&all);
    cJSON_Delete(answer);
    free(text);
}

static void
lines_are_the_sum_of_what_came(void **state)
{
    static const char whole[] =
        "{\"logGroupName\":\"/g\",\"startTime\":0,\"endTime\":1795435300000,\"limit\":10}";
    FILE *file = begin_file();
    struct tape *tape;

    (void)state;
    put_good(file, 1000, "logs", "FilterLogEvents",
             "{\"logGroupName\":\"/g\",\"startTime\":1,\"endTime\":9,\"limit\":10}",
             "{\"events\":[" EVENT("e1", "100", "a") "," EVENT("e2", "200", "b") "]}");
    put_good(file, 5000, "logs", "FilterLogEvents",
             "{\"logGroupName\":\"/g\",\"startTime\":150,\"endTime\":400,\"limit\":10}",
             "{\"events\":[" EVENT("e2", "200", "b") "," EVENT("e3", "300", "c") "]}");
    tape = end_file(file);
    expect_lines(tape, 1000, whole, "b a ");
    expect_lines(tape, 5000, whole, "c b a ");
    expect_lines(tape, 5000,
                 "{\"logGroupName\":\"/g\",\"startTime\":150,\"endTime\":250,\"limit\":10}", "b ");
    expect_lines(tape, 5000, "{\"logGroupName\":\"/g\",\"limit\":2}", "c b +2");
    expect_lines(tape, 5000, "{\"logGroupName\":\"/g\",\"limit\":2,\"nextToken\":\"2\"}", "a ");
    expect(tape, 5000, "logs", "FilterLogEvents", "{\"logGroupName\":\"/other\"}",
           "not in the recording: FilterLogEvents was never asked so");
    expect(tape, 5000, "logs", "FilterLogEvents",
           "{\"logGroupName\":\"/g\",\"filterPattern\":\"x\"}",
           "not in the recording: FilterLogEvents was never asked so");
    tape_close(tape);
}

static void
live_lines_stand_until_they_are_found(void **state)
{
    static const char tail[] =
        "{\"logGroupIdentifiers\":[\"arn:aws:logs:eu-west-1:000000000000:log-group:/g\"]}";
    static const char ask_g[] = "{\"logGroupName\":\"/g\"}";
    FILE *file = begin_file();
    struct tape *tape;

    (void)state;
    put_good(file, 1000, "logs", "FilterLogEvents", ask_g, "{\"events\":[]}");
    put_good(file, 2000, "logs", "StartLiveTail", tail,
             "{\"sessionUpdate\":{\"sessionResults\":[" LIVE("100", "a") "," LIVE(
                 "100", "a") ","
                             "" LIVE("200", "b") "]}}");
    put_good(file, 3000, "logs", "FilterLogEvents", ask_g,
             "{\"events\":[" EVENT("e1", "100", "a") "," EVENT("e2", "100", "a") "]}");
    tape = end_file(file);
    expect_lines(tape, 1000, ask_g, "");
    expect_lines(tape, 2000, ask_g, "b a a ");
    expect_lines(tape, 3000, ask_g, "b a a "); /* two with ids, and one that was not found */
    tape_close(tape);
}

/* --- what is wrong -----------------------------------------------------------------------------
 */

static void
broken_lines_do_not_stop_it(void **state)
{
    FILE *file = begin_file();
    struct tape *tape;

    (void)state;
    put_good(file, 1000, "rds", "DescribeDBClusters", "{}", "{\"n\":1}");
    fputs("{\"t\":1500,\"source\":\"aws-response\",\"request\":{}}\n", file);
    fputs("{\"t\":1600,\"source\":\"emf-tcp\",\"line\":\"x\"}\n", file);
    for (int i = 0; i < 3000; i++)
        fputc('[', file);
    fputs("\n{\"t\":2000,\"source\":\"aws-resp", file); /* killed while writing */
    tape = end_file(file);
    assert_int_equal(tape_count(tape), 1);
    assert_int_equal(tape_broken(tape), 3);
    assert_non_null(strstr(tape_fault(tape), "line 3, column 45: request has no service"));
    expect(tape, 3000, "rds", "DescribeDBClusters", "{}", "{\"n\":1}");
    tape_close(tape);
}

static void
odd_answers_are_survived(void **state)
{
    static const char *const bodies[] = { "{\"events\":7}", "{\"events\":[7,{\"eventId\":\"x\"}]}",
                                          "{\"nextToken\":[]}", "[]", "null" };
    FILE *file = begin_file();
    struct tape *tape;

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        put_good(file, 1000, "logs", "FilterLogEvents", "{\"logGroupName\":\"/g\"}", bodies[i]);
        put_good(file, 1000, "logs", "StartLiveTail", "{}", bodies[i]);
        put_good(file, 1000, "monitoring", "GetMetricData",
                 "{\"StartTime\":1e300,\"EndTime\":\"x\",\"TimePeriod\":3}", bodies[i]);
    }
    put(file, 1000, "monitoring", "ListMetrics", "{}", "{\"status\":200}");
    tape = end_file(file);
    assert_int_equal(tape_broken(tape), 0);
    expect_lines(tape, 2000, "{\"logGroupName\":\"/g\"}", "");
    expect(tape, 2000, "monitoring", "GetMetricData",
           "{\"StartTime\":1e300,\"EndTime\":\"x\",\"TimePeriod\":3}", "null");
    expect(tape, 2000, "monitoring", "ListMetrics", "{}",
           "not in the recording: what ListMetrics answered was left out");
    tape_close(tape);
}

static void
long_answers_are_packed_and_come_back(void **state)
{
    FILE *file = begin_file();
    struct tape *tape;
    char *text;

    (void)state;
    fputs(
        "{\"t\":1,\"source\":\"aws-response\",\"request\":{\"service\":\"rds\",\"operation\":\"D\","
        "\"parameters\":{}},\"response\":{\"status\":200,\"body\":{\"list\":[",
        file);
    for (int i = 0; i < 20000; i++)
        fprintf(file, "%s\"item %d\"", i == 0 ? "" : ",", i);
    fputs("]}}}\n", file);
    tape = end_file(file);
    text = ask(tape, 5, "rds", "D", "{}");
    assert_int_equal(strlen(text), 11 + 248889);
    assert_non_null(strstr(text, "\"item 19999\"]}"));
    free(text);
    tape_close(tape);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_known_last_is_answered),
        cmocka_unit_test(windows_move_with_the_clock),
        cmocka_unit_test(one_point_for_all_is_one_question),
        cmocka_unit_test(days_are_windows_too),
        cmocka_unit_test(regions_are_apart),
        cmocka_unit_test(a_list_counts_from_its_last_page),
        cmocka_unit_test(lines_are_the_sum_of_what_came),
        cmocka_unit_test(live_lines_stand_until_they_are_found),
        cmocka_unit_test(broken_lines_do_not_stop_it),
        cmocka_unit_test(odd_answers_are_survived),
        cmocka_unit_test(long_answers_are_packed_and_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
