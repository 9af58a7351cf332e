/* test_survey.c - errors and deployments in a recording.
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

#include "base/mem.h"
#include "cli/replay/survey.h"

#define HEADER "{\"obsview-fixture\":2,\"start\":\"2026-11-23T12:00:00.000Z\",\"length\":60000}\n"
#define START  INT64_C(1795435200000)

static char path[] = "/tmp/obsview-survey-XXXXXX";

/* What a survey of these lines says, a marker a line: "250 new error ...". */
static void
said(char *out, size_t size, const char *lines, bool *is_cut)
{
    struct survey *survey = survey_new(START, "/ingest/v1/web/start");
    FILE *file = fopen(path, "w");
    const struct marker *markers;
    struct fixture_event event;
    struct fixture *f;
    size_t count;

    assert_non_null(file);
    fprintf(file, "%s%s", HEADER, lines);
    fclose(file);
    assert_int_equal(fixture_open(&f, path, NULL), OK);
    while (fixture_next(f, &event, NULL) == OK) {
        survey_add(survey, &event);
        fixture_event_fini(&event);
    }
    markers = survey_markers(survey, &count, is_cut);
    *out = '\0';
    for (size_t i = 0, used = 0; i < count; i++)
        used += (size_t)snprintf(out + used, size - used, "%lld %d %s\n",
                                 (long long)(markers[i].at_ms - START), (int)markers[i].kind,
                                 markers[i].text);
    fixture_close(f);
    survey_free(survey);
}

static void
expect(const char *lines, const char *markers)
{
    char out[4096];
    bool is_cut;

    said(out, sizeof out, lines, &is_cut);
    assert_string_equal(out, markers);
    assert_false(is_cut);
}

#define ERROR(t, message)                                                                    \
    "{\"t\":" #t                                                                             \
    ",\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"/errors/report?x=1\"," \
    "\"body\":{\"error\":{\"message\":\"" message "\"},\"context\":{\"sessionId\":"          \
    "\"0d2c6c2e-8a52-4d1c-9a53-0a1f5d0c3b11\",\"url\":\"/\"}}}}\n"

static void
the_first_error_of_a_group_is_new(void **state)
{
    char out[4096];
    bool is_cut;
    int a, b;
    char first[8], third[8];

    (void)state;
    said(out, sizeof out,
         ERROR(10, "cart 17 is gone") ERROR(20, "no network") ERROR(30, "cart 18 is gone"),
         &is_cut);
    assert_int_equal(sscanf(out, "10 %d new error %7s cart 17 is gone\n", &a, first), 2);
    assert_int_equal(a, MARKER_NEW_ERROR);
    assert_non_null(strstr(out, "\n20 2 new error "));
    assert_int_equal(sscanf(strstr(out, "\n30 "), "\n30 %d error %7s cart 18 is gone", &b, third),
                     2);
    assert_int_equal(b, MARKER_ERROR);
    assert_string_equal(first, third);
}

/* A storm of them leaves no end of the recording without. */
static void
of_too_many_errors_evenly_many_are_marked(void **state)
{
    const int64_t all = 5 * SURVEY_ERRORS_MAX / 2;
    size_t size = (size_t)all * 256, used = 0, lines = 0, late = 0;
    char *text = xmalloc(size), *out = xmalloc(size), *line;
    bool is_cut;

    (void)state;
    *text = '\0';
    for (int64_t t = 0; t <= all; t++)
        used += (size_t)snprintf(text + used, size - used,
                                 "{\"t\":%lld,\"source\":\"http\",\"request\":{\"method\":"
                                 "\"POST\",\"path\":\"/errors/report\",\"body\":{\"error\":"
                                 "{\"message\":\"m\"},\"context\":{\"sessionId\":\"s\"}}}}\n",
                                 (long long)t);
    said(out, size, text, &is_cut);
    assert_true(is_cut);
    for (line = out; line != NULL && *line != '\0'; line = strchr(line, '\n') + 1) {
        lines++;
        late += strtoll(line, NULL, 10) > all / 2;
    }
    assert_in_range(lines, SURVEY_ERRORS_MAX / 2, SURVEY_ERRORS_MAX + 1);
    assert_in_range(late, lines / 2 - 2, lines / 2 + 2);
    free(text);
    free(out);
}

static void
what_is_no_error_report_is_no_marker(void **state)
{
    (void)state;
    expect(
        "{\"t\":1,\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"/errors/report\","
        "\"body\":{\"error\":{}}}}\n"
        "{\"t\":2,\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"/errors/report\","
        "\"body\":\"no JSON\"}}\n"
        "{\"t\":3,\"source\":\"http\",\"request\":{\"method\":\"GET\",\"path\":\"/errors/"
        "report\"}}\n"
        "{\"t\":4,\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"/errors/"
        "reports\","
        "\"body\":{\"error\":{\"message\":\"m\"}}}}\n",
        "");
}

#define LINE(t, group, text) \
    "{\"t\":" #t ",\"source\":\"emf-stdin\",\"group\":\"" group "\",\"line\":\"" text "\"}\n"
#define BEGIN(version) "START RequestId: 0d2c6c2e Version: " version "\\n"
#define TRACKER(t, revision)                                                                   \
    "{\"t\":" #t                                                                               \
    ",\"source\":\"http\",\"request\":{\"method\":\"POST\",\"path\":\"/ingest/v1/web/start\"," \
    "\"body\":{\"revID\":\"" revision "\"}}}\n"

static void
another_version_is_a_deployment(void **state)
{
    (void)state;
    expect(LINE(1, "/aws/lambda/a", BEGIN("3")) LINE(2, "/aws/lambda/b", BEGIN("7"))
               LINE(3, "/aws/lambda/a", BEGIN("3")) LINE(4, "/aws/lambda/a", BEGIN("4"))
                   LINE(5, "/aws/lambda/a", "START of something else")
                       LINE(6, "/aws/lambda/b", BEGIN("7")),
           "4 1 deploy: /aws/lambda/a from 3 to 4\n");
    expect(TRACKER(1, "v1") TRACKER(2, "") TRACKER(3, "v1") TRACKER(4, "v2"),
           "4 1 deploy: the page from v1 to v2\n");
}

#define FUNCTIONS(t, modified)                                                         \
    "{\"t\":" #t ",\"source\":\"aws-response\",\"request\":{\"service\":\"lambda\","   \
    "\"operation\":\"ListFunctions\",\"parameters\":{}},\"response\":{\"status\":200," \
    "\"body\":{\"Functions\":[{\"FunctionName\":\"cart\",\"LastModified\":\"" modified "\"}]}}}\n"

static void
a_function_that_was_changed_meanwhile_is_a_deployment_then(void **state)
{
    (void)state;
    expect(FUNCTIONS(1000, "2026-11-20T10:00:00.000+0000") FUNCTIONS(30000,
                                                                     "2026-11-23T12:00:20.000+0000")
               FUNCTIONS(40000, "2026-11-23T12:00:20.000+0000")
                   FUNCTIONS(50000, "2027-01-01T00:00:00.000+0000") FUNCTIONS(55000, "tomorrow"),
           "20000 1 deploy: function cart\n");
}

#define ALARMS(t, state, at)                                                             \
    "{\"t\":" #t ",\"source\":\"aws-response\",\"request\":{\"service\":\"monitoring\"," \
    "\"operation\":\"DescribeAlarms\",\"parameters\":{}},\"response\":{\"status\":200,"  \
    "\"body\":{\"MetricAlarms\":[{\"AlarmName\":\"cpu\",\"StateValue\":\"" state         \
    "\",\"StateUpdatedTimestamp\":" #at "}]}}}\n"

static void
an_alarm_of_an_account_turned_when_it_says(void **state)
{
    (void)state;
    expect(ALARMS(1000, "OK", 1795430000) ALARMS(30000, "ALARM", 1795435220.5)
               ALARMS(40000, "ALARM", 1795435220.5) ALARMS(50000, "OK", 0)
                   ALARMS(51000, "INSUFFICIENT_DATA", 1795435251) ALARMS(52000, "OK", 1795435252),
           "20500 3 alarm cpu turned ALARM\n50000 3 alarm cpu turned OK\n");
    /* It was in alarm before the recording began, or turned before it was first looked at. */
    expect(ALARMS(1000, "ALARM", 1795430000), "");
    expect(ALARMS(9000, "ALARM", 1795435201), "1000 3 alarm cpu turned ALARM\n");
}

#define ALARM_LIST(t, list)                                                              \
    "{\"t\":" #t ",\"source\":\"aws-response\",\"request\":{\"service\":\"monitoring\"," \
    "\"operation\":\"DescribeAlarms\",\"parameters\":{}},\"response\":{\"status\":200,"  \
    "\"body\":{\"MetricAlarms\":" list "}}}\n"

static void
an_alarm_that_says_nothing_turns_nowhere(void **state)
{
    (void)state;
    expect(ALARM_LIST(1, "[{},{},null,\"x\",[]]") ALARM_LIST(2, "{}") ALARM_LIST(3, "[{}]"), "");
    expect(ALARMS(1, "", 0) ALARMS(2, "", 0) ALARMS(1000, "ALARM", 1795435200.5) ALARMS(2000, "", 0)
               ALARMS(3000, "ALARM", 1795435200.5),
           "500 3 alarm cpu turned ALARM\n");
}

static int
make_file(void **state)
{
    int fd = mkstemp(path);

    (void)state;
    close(fd);
    return fd < 0;
}

static int
remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_error_of_a_group_is_new),
        cmocka_unit_test(of_too_many_errors_evenly_many_are_marked),
        cmocka_unit_test(what_is_no_error_report_is_no_marker),
        cmocka_unit_test(another_version_is_a_deployment),
        cmocka_unit_test(an_alarm_of_an_account_turned_when_it_says),
        cmocka_unit_test(an_alarm_that_says_nothing_turns_nowhere),
        cmocka_unit_test(a_function_that_was_changed_meanwhile_is_a_deployment_then),
    };

    return cmocka_run_group_tests(tests, make_file, remove_file);
}
