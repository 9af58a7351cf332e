/* test_transport.c - moments, markers and speeds of a recording.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/iso8601.h"
#include "tui/transport.h"

static int64_t
moment(const char *text)
{
    int64_t ms;

    assert_true(iso8601_parse(&ms, text));
    return ms;
}

static struct recorded_time
recording(const char *start, const char *end, const char *now)
{
    return (struct recorded_time){ moment(start), moment(end), moment(now), true };
}

static const char *
parsed(const struct recorded_time *time, const char *text)
{
    static char out[ISO8601_TEXT];
    struct err err = { 0 };
    int64_t at_ms;

    if (moment_parse(&at_ms, text, time, &err) != OK)
        return "refused";
    iso8601_format_ms(at_ms, out);
    return out;
}

static void
reads_what_a_person_types(void **state)
{
    static const struct {
        const char *text, *at;
    } cases[] = {
        { "start", "2026-11-23T12:00:00.000Z" },
        { "end", "2026-11-23T12:20:00.000Z" },
        { "12:05", "2026-11-23T12:05:00.000Z" },
        { "12:05:10", "2026-11-23T12:05:10.000Z" },
        { "12:05:10.250", "2026-11-23T12:05:10.250Z" },
        { "2026-11-23T12:05:10.5Z", "2026-11-23T12:05:10.500Z" },
        { "2026-11-23T13:05:10+01:00", "2026-11-23T12:05:10.000Z" },
        { "+5m", "2026-11-23T12:15:00.000Z" },
        { "-30s", "2026-11-23T12:09:30.000Z" },
        { "+250ms", "2026-11-23T12:10:00.250Z" },
        { "90s", "2026-11-23T12:01:30.000Z" },
        { "+1h", "2026-11-23T12:20:00.000Z" }, /* steps end where the recording does */
        { "-1d", "2026-11-23T12:00:00.000Z" },
        { "12:20:00", "2026-11-23T12:20:00.000Z" },
        { "12:20:00.001", "refused" },
        { "11:59", "refused" },
        { "2h", "refused" },
        { "2026-11-24T12:05:00Z", "refused" },
        { "", "refused" },
        { "12", "refused" },
        { "12:5x", "refused" },
        { "12:05:", "refused" },
        { "12:05:10.25", "2026-11-23T12:05:10.250Z" },
        { "12:05:10.5", "2026-11-23T12:05:10.500Z" },
        { "12:05:10.1239999999999", "2026-11-23T12:05:10.123Z" },
        { "1.5s", "2026-11-23T12:00:01.500Z" },
        { "+0.25m", "2026-11-23T12:10:15.000Z" },
        { "-0.0015s", "2026-11-23T12:09:59.999Z" },
        { "12:05:10.", "refused" },
        { "12:05:10.5x", "refused" },
        { "12:05.5", "refused" },
        { "1.s", "refused" },
        { ".5s", "refused" },
        { "1.5", "refused" },
        { "1.5.5s", "refused" },
        { "12:60", "refused" },
        { "24:00", "refused" },
        { "+5", "refused" },
        { "+", "refused" },
        { "5 m", "refused" },
        { "+99999999999m", "refused" },
        { "ende", "refused" },
    };
    const struct recorded_time time =
        recording("2026-11-23T12:00:00Z", "2026-11-23T12:20:00Z", "2026-11-23T12:10:00Z");

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (strcmp(parsed(&time, cases[i].text), cases[i].at) != 0)
            fail_msg("\"%s\": %s, not %s", cases[i].text, parsed(&time, cases[i].text),
                     cases[i].at);
    }
}

static void
a_time_of_day_is_the_nearest_in_the_recording(void **state)
{
    struct recorded_time time =
        recording("2026-11-23T22:00:00Z", "2026-11-25T08:00:00Z", "2026-11-23T23:00:00Z");

    (void)state;
    assert_string_equal(parsed(&time, "07:00"), "2026-11-24T07:00:00.000Z");
    time.now_ms = moment("2026-11-25T06:00:00Z");
    assert_string_equal(parsed(&time, "07:00"), "2026-11-25T07:00:00.000Z");
    assert_string_equal(parsed(&time, "21:00"), "2026-11-24T21:00:00.000Z");
    time.start_ms = moment("2026-11-23T23:59:00Z");
    time.end_ms = moment("2026-11-24T00:10:00Z");
    time.now_ms = time.start_ms;
    assert_string_equal(parsed(&time, "00:05"), "2026-11-24T00:05:00.000Z");
    assert_string_equal(parsed(&time, "23:59:30"), "2026-11-23T23:59:30.000Z");
}

static void
an_end_that_is_not_known_refuses_nothing_behind_it(void **state)
{
    struct recorded_time time =
        recording("2026-11-23T12:00:00Z", "2026-11-23T12:00:01Z", "2026-11-23T12:00:00Z");
    struct err err = { 0 };
    int64_t at_ms;

    (void)state;
    time.is_end_known = false;
    assert_string_equal(parsed(&time, "12:05"), "2026-11-23T12:05:00.000Z");
    assert_string_equal(parsed(&time, "+1h"), "2026-11-23T13:00:00.000Z");
    assert_int_equal(moment_parse(&at_ms, "end", &time, &err), OK);
    assert_int_equal(at_ms, INT64_MAX);
    time.is_end_known = true;
    assert_int_equal(moment_parse(&at_ms, "12:05", &time, &err), E_USAGE);
    assert_non_null(strstr(err.text, "goes from 12:00:00 to 12:00:01"));
}

/* --- markers -----------------------------------------------------------------------------------
 */

static void
markers_are_found_before_behind_and_between(void **state)
{
    static const struct marker items[] = {
        { 10, MARKER_NEW_ERROR, "a" }, { 20, MARKER_DEPLOY, "b" }, { 20, MARKER_NEW_ERROR, "c" },
        { 20, MARKER_ERROR, "d" },     { 35, MARKER_ALARM, "e" },
    };
    const struct marker_list list = { .items = items, .count = 5 }, none = { .count = 0 };
    size_t count;

    (void)state;
    assert_string_equal(marker_next(&list, 0, 1, MARKER_ERROR)->text, "a");
    assert_string_equal(marker_next(&list, 10, 1, MARKER_ERROR)->text, "b");
    assert_string_equal(marker_next(&list, 20, 1, MARKER_ERROR)->text, "e");
    assert_null(marker_next(&list, 35, 1, MARKER_ERROR));
    assert_null(marker_next(&list, 10, -1, MARKER_ERROR));
    assert_string_equal(marker_next(&list, 11, -1, MARKER_ERROR)->text, "a");
    assert_string_equal(marker_next(&list, 35, -1, MARKER_ERROR)->text, "d");
    assert_string_equal(marker_next(&list, 100, -1, MARKER_ERROR)->text, "e");
    assert_null(marker_next(&none, 100, -1, MARKER_ERROR));
    assert_null(marker_next(&none, 0, 1, MARKER_ERROR));
    assert_string_equal(marker_next(&list, 0, 1, MARKER_GRAVE)->text, "a");
    assert_string_equal(marker_next(&list, 10, 1, MARKER_GRAVE)->text, "c");
    assert_string_equal(marker_next(&list, 20, 1, MARKER_GRAVE)->text, "e");
    assert_null(marker_next(&list, 35, 1, MARKER_GRAVE));
    assert_string_equal(marker_next(&list, 100, -1, MARKER_GRAVE)->text, "e");
    assert_string_equal(marker_next(&list, 35, -1, MARKER_GRAVE)->text, "c"); /* not "d" */
    assert_string_equal(marker_next(&list, 20, -1, MARKER_GRAVE)->text, "a");
    assert_null(marker_next(&list, 10, -1, MARKER_GRAVE));
    assert_string_equal(marker_between(&list, 19, 20, &count)->text, "c"); /* the gravest */
    assert_int_equal(count, 3);
    assert_null(marker_between(&list, 20, 34, &count));
    assert_int_equal(count, 0);
    assert_string_equal(marker_between(&list, 0, 100, &count)->text, "e");
    assert_null(marker_between(&list, 100, 0, &count));
    assert_int_equal(count, 0);
}

/* --- speeds ------------------------------------------------------------------------------------
 */

static void
speeds_go_up_and_down_and_end(void **state)
{
    double speed = 1;
    char text[16];

    (void)state;
    for (int i = 0; i < 20; i++)
        speed = speed_step(speed, 1);
    assert_true(speed == SPEED_WHOLE);
    speed_format(text, speed);
    assert_string_equal(text, "max");
    speed = speed_step(speed, -1);
    assert_true(speed == 1000);
    for (int i = 0; i < 20; i++)
        speed = speed_step(speed, -1);
    assert_true(speed == 0.1);
    assert_true(speed_step(3, 1) == 5); /* what was typed lies between two of them */
    assert_true(speed_step(3, -1) == 2);
    speed_format(text, 0.25);
    assert_string_equal(text, "0.25x");
}

static void
speeds_are_read(void **state)
{
    double speed = -1;

    (void)state;
    assert_true(speed_parse(&speed, "10") && speed == 10);
    assert_true(speed_parse(&speed, "2.5x") && speed == 2.5);
    assert_true(speed_parse(&speed, "max") && speed == SPEED_WHOLE);
    assert_false(speed_parse(&speed, ""));
    assert_false(speed_parse(&speed, "x"));
    assert_false(speed_parse(&speed, "0"));
    assert_false(speed_parse(&speed, "-1"));
    assert_false(speed_parse(&speed, "1e9"));
    assert_false(speed_parse(&speed, "nan"));
    assert_false(speed_parse(&speed, "10xx"));
    assert_false(speed_parse(&speed, "11111111111111111111"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_a_person_types),
        cmocka_unit_test(a_time_of_day_is_the_nearest_in_the_recording),
        cmocka_unit_test(an_end_that_is_not_known_refuses_nothing_behind_it),
        cmocka_unit_test(markers_are_found_before_behind_and_between),
        cmocka_unit_test(speeds_go_up_and_down_and_end),
        cmocka_unit_test(speeds_are_read),
    };

    setenv("TZ", "UTC", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
