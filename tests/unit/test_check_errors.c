/* test_check_errors.c - groups of errors against a baseline, of bodies, lines and saved files.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "judged.h"

#define PATH "/errors/report"

static char *
body_of(const char *message)
{
    return xasprintf("{\"error\":{\"type\":\"TypeError\",\"message\":\"%s\",\"stack\":\"TypeError: "
                     "%s\\n    at pay (https://shop.example/assets/cart.js:10:5)\"},\"context\":"
                     "{\"url\":\"https://shop.example/\",\"userAgent\":\"t\",\"sessionId\":\"s\"}}",
                     message, message);
}

static void
post_error(struct judged *j, const char *message)
{
    char *body = body_of(message);

    judged_post(j, PATH, body);
    free(body);
}

static void
begin(struct judged *j, const char *baseline)
{
    bool took;

    judged_init(j, NULL);
    if (settings_set_flag(j->settings, "baseline", judged_file(j, baseline), &took, &j->err) != OK)
        fail_msg("%s", j->err.text);
    assert_true(judged_open(j, &check_errors));
}

/* A log with one ERROR line. */
#define LINE(MESSAGE)                                                                         \
    "{\"timestamp\":\"2026-11-23T01:02:03.004Z\",\"level\":\"ERROR\",\"message\":\"failed\"," \
    "\"functionName\":\"f\",\"requestId\":\"r\",\"error\":{\"name\":\"Error\",\"message\":"   \
    "\"" MESSAGE "\"}}\n"

static void
it_needs_something_to_compare_with_or_to_save(void **state)
{
    struct judged j;

    (void)state;
    judged_init(&j, NULL);
    assert_false(judged_open(&j, &check_errors));
    assert_int_equal(j.err.code, E_USAGE);
    assert_non_null(strstr(j.err.text, "--baseline"));
    judged_fini(&j);
}

static void
a_group_that_the_baseline_has_is_well_whatever_its_numbers(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, LINE("item 17 of cart 4 is gone"));
    judged_line(&j, LINE("item 900 of cart 5 is gone"));
    judged_line(&j, LINE("item 1 of cart 1 is gone"));
    judged_close(&j);
    assert_int_equal(judged_count(&j, "errors.new"), 1);
    assert_int_equal(judged_nth(&j, "errors.new", 0)->level, FINDING_OK);
    assert_non_null(strstr(judged_nth(&j, "errors.new", 0)->evidence, "known, 2 times"));
    judged_fini(&j);
}

static void
a_new_group_fails_with_what_to_do(void **state)
{
    const struct finding *f;
    struct judged j;

    (void)state;
    begin(&j, LINE("one"));
    post_error(&j, "cannot pay");
    judged_close(&j);
    f = judged_nth(&j, "errors.new", 0);
    assert_int_equal(f->level, FINDING_FAIL);
    assert_non_null(strstr(f->subject, "TypeError: cannot pay"));
    assert_non_null(strstr(f->evidence, "not in the baseline, 1 time, first at event 1"));
    assert_non_null(strstr(f->fix, "--save"));
    assert_int_equal(j.found.note_count, 1); /* the baseline's did not come again */
    judged_fini(&j);
}

static void
no_error_at_all_is_well_and_nothing_at_all_is_not(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, LINE("one"));
    judged_line(&j, "{\"message\":\"all is well\"}");
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "errors", 0)->level, FINDING_OK);
    judged_fini(&j);
    begin(&j, LINE("one"));
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "errors", 0)->level, FINDING_UNKNOWN);
    judged_fini(&j);
}

static void
an_empty_baseline_is_told(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, "");
    post_error(&j, "x");
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "errors.baseline", 0)->level, FINDING_UNKNOWN);
    assert_int_equal(judged_nth(&j, "errors.new", 0)->level, FINDING_FAIL);
    judged_fini(&j);
}

static void
what_is_no_error_is_passed_over(void **state)
{
    static const char *const lines[] = {
        "{\"level\":\"ERROR\"}",
        "{\"level\":\"INFO\",\"error\":{\"message\":\"x\"}}",
        "\"error\"",
        "{\"error\":",
        "{\"obsview-errors\":1,\"groups\":7}",
        "{\"obsview-errors\":2,\"groups\":[{\"id\":\"a\"}]}",
    };
    char *deep = judged_nested(100000), *body = body_of("refused");
    struct judged j;

    (void)state;
    begin(&j, LINE("one"));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        judged_line(&j, lines[i]);
    judged_line(&j, deep);
    judged_post(&j, PATH, deep);
    judged_post(&j, PATH, "");
    judged_request(&j, "GET", PATH, body, 0);
    judged_request(&j, "POST", PATH, body, 400);
    judged_request(&j, "POST", "/errors/other", body, 0);
    judged_close(&j);
    assert_int_equal(judged_count(&j, "errors.new"), 0);
    assert_int_equal(judged_nth(&j, "errors", 0)->level, FINDING_UNKNOWN); /* two reports */
    assert_int_equal(judged_nth(&j, "errors", 1)->level, FINDING_OK);
    judged_fini(&j);
    free(body);
    free(deep);
}

/* Groups are bounded, and what is beyond is told. The words are letters alone, since numbers do not
 * make a group. */
static void
more_groups_than_are_kept_cannot_be_judged(void **state)
{
    struct judged j;
    struct buf b;

    (void)state;
    begin(&j, LINE("one"));
    buf_init(&b, 64 << 20);
    buf_adds(&b, "{\"obsview-errors\":1,\"groups\":[");
    for (unsigned i = 0; i < 10001; i++)
        buf_addf(&b, "%s{\"id\":\"%016x\",\"count\":1000000000000}", i == 0 ? "" : ",", i);
    buf_adds(&b, "]}");
    judged_line(&j, b.data);
    judged_close(&j);
    assert_int_equal(judged_count(&j, "errors.new"), 10000);
    assert_int_equal(judged_nth(&j, "errors", 0)->level, FINDING_UNKNOWN);
    buf_fini(&b);
    judged_fini(&j);
}

static void
a_saved_count_is_bounded(void **state)
{
    static const struct {
        const char *count, *told;
    } cases[] = {
        { "7", ", 7 times" },
        { "1e9", ", 1000000000 times" },
        { "0", ", 1 time," },
        { "-1", ", 1 time," },
        { "-9e18", ", 1 time," },
        { "1000000001", ", 1000000000 times" },
        { "9e18", ", 1000000000 times" },
        { "1e300", ", 1 time," },
        { "\"7\"", ", 1 time," },
        { "1},{\"id\":\"a\",\"count\":-5", ", 2 times" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *line = xasprintf("{\"obsview-errors\":1,\"groups\":[{\"id\":\"a\",\"count\":%s}]}",
                               cases[i].count);
        struct judged j;

        begin(&j, line);
        judged_line(&j, line);
        judged_close(&j);
        if (strstr(judged_nth(&j, "errors.new", 0)->evidence, cases[i].told) == NULL)
            fail_msg("%s: %s", cases[i].count, judged_nth(&j, "errors.new", 0)->evidence);
        judged_fini(&j);
        free(line);
    }
}

static void
what_is_saved_is_a_baseline(void **state)
{
    char path[] = "/tmp/obsview-errors-XXXXXX";
    int fd = mkstemp(path);
    struct judged j;

    (void)state;
    assert_true(fd >= 0);
    close(fd);
    judged_init(&j, (const char *const[]){ "save", path, NULL });
    assert_true(judged_open(&j, &check_errors));
    post_error(&j, "quotes \\\" and \\\\ and \\u00e9");
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "errors", 0)->level, FINDING_OK);
    judged_fini(&j);
    judged_init(&j, (const char *const[]){ "baseline", path, NULL });
    assert_true(judged_open(&j, &check_errors));
    post_error(&j, "quotes \\\" and \\\\ and \\u00e9");
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "errors.new", 0)->level, FINDING_OK);
    judged_fini(&j);
    unlink(path);
}

static void
what_cannot_be_saved_is_an_error(void **state)
{
    struct judged j;

    (void)state;
    judged_init(&j, (const char *const[]){ "save", "/nowhere/at/all", NULL });
    assert_true(judged_open(&j, &check_errors));
    post_error(&j, "x");
    assert_int_equal(j.stream->close(j.state, &j.run, &j.err), E_IO);
    assert_non_null(strstr(j.err.text, "/nowhere/at/all"));
    judged_fini(&j);
}

/* As the Errors view has it: no member of that name is needed. */
static void
an_error_line_without_an_error_is_one(void **state)
{
    static const char *const lines[] = {
        "{\"level\":\"ERROR\",\"message\":\"no stock\",\"functionName\":\"f\"}",
        "{\"level\" : \"fatal\",\"message\":\"no stock\"}",
        "{\"level\":\"CRITICAL\",\"message\":\"no stock\"}",
        "{\"level\":50,\"msg\":\"no stock\"}",
        "2026-11-23T01:02:03.004Z\tr-1\tERROR\t{\"message\":\"no stock\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct judged j;

        begin(&j, LINE("another"));
        judged_line(&j, lines[i]);
        judged_close(&j);
        if (judged_count(&j, "errors.new") != 1 ||
            judged_nth(&j, "errors.new", 0)->level != FINDING_FAIL)
            fail_msg("%s: not found", lines[i]);
        judged_fini(&j);
    }
}

static void
plain_lines_alone_are_not_enough(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, LINE("another"));
    judged_line(&j, "server started");
    judged_line(&j, "TypeError: boom");
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "errors", 0)->level, FINDING_UNKNOWN);
    judged_fini(&j);

    begin(&j, LINE("another"));
    judged_line(&j, "server started");
    judged_line(&j, "{\"level\":\"INFO\",\"message\":\"well\"}");
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "errors", 0)->level, FINDING_OK);
    judged_fini(&j);
}

static void
a_report_that_cannot_be_read_is_no_pass(void **state)
{
    struct judged j;

    (void)state;
    begin(&j, LINE("another"));
    judged_post(&j, PATH, "{\"message\":\"boom\"}");
    judged_request(&j, "POST", PATH, "{not JSON", 400);
    judged_close(&j);
    assert_int_equal(judged_nth(&j, "errors", 0)->level, FINDING_UNKNOWN);
    assert_non_null(strstr(judged_nth(&j, "errors", 0)->evidence, "2 reports"));
    judged_fini(&j);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_line_without_an_error_is_one),
        cmocka_unit_test(plain_lines_alone_are_not_enough),
        cmocka_unit_test(a_report_that_cannot_be_read_is_no_pass),
        cmocka_unit_test(it_needs_something_to_compare_with_or_to_save),
        cmocka_unit_test(a_group_that_the_baseline_has_is_well_whatever_its_numbers),
        cmocka_unit_test(a_new_group_fails_with_what_to_do),
        cmocka_unit_test(no_error_at_all_is_well_and_nothing_at_all_is_not),
        cmocka_unit_test(an_empty_baseline_is_told),
        cmocka_unit_test(what_is_no_error_is_passed_over),
        cmocka_unit_test(more_groups_than_are_kept_cannot_be_judged),
        cmocka_unit_test(a_saved_count_is_bounded),
        cmocka_unit_test(what_is_saved_is_a_baseline),
        cmocka_unit_test(what_cannot_be_saved_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
