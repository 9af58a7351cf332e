/* test_alarm.c - the guide's tables of missing data, edges, reasons, rehearsal.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/alarm.h"
#include "domain/alarm_rehearsal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define T0           1795490280000LL /* 2026-11-24T03:18:00Z */

static const struct alarm_rule three_of_three = {
    .comparison = ALARM_GREATER,
    .threshold = 1,
    .period_s = 60,
    .evaluation_periods = 3,
    .datapoints_to_alarm = 3,
};

/* "0 - X": within, missing, breaching; blanks are skipped. */
static size_t
draw(const char *row, double values[32])
{
    size_t count = 0;

    for (; *row != '\0'; row++) {
        if (*row != ' ')
            values[count++] = *row == '-' ? NAN : *row == 'X' ? 5 : 0;
    }
    return count;
}

static enum alarm_state
judge(struct alarm_rule rule, enum alarm_missing missing, const char *row, enum alarm_state before)
{
    double values[32];
    struct alarm_window window = { .values = values, .newest_ms = T0, .percentile = -1 };
    struct alarm_verdict verdict;

    window.count = draw(row, values);
    rule.missing = missing;
    alarm_judge(&rule, &window, before, &verdict);
    return verdict.state;
}

/* Every row of both tables, for each state the alarm may have been in. K: keeps it. */
static void
the_tables_of_the_guide_hold(void **state)
{
    static const struct {
        int m;
        const char *row;
        const char *expected; /* missing, ignore, breaching, not breaching */
    } rows[] = {
        { 3, "0 - X - X", "OOOO" },
        { 3, "0 - - - -", "OOOO" },
        { 3, "- - - - -", "IKAO" },
        { 3, "0 X X - X", "AAAA" },
        { 3, "- - X - -", "AKAO" },
        { 2, "0 - X - X", "AAAA" },
        { 2, "0 0 X 0 X", "AAAA" },
        { 2, "0 - X - -", "OOAO" },
        { 2, "- - - - 0", "OOAO" },
        { 2, "- - - X -", "AKAO" },
        /* from the text: not yet an alarm */
        { 3, "- - - - X", "KKAO" },
        { 3, "- - - X -", "KKAO" },
        { 2, "- - - - X", "KKAO" },
        /* further: the range is N + 2; enough real data make missing ones irrelevant */
        { 3, "X X X - - - - -", "IKAO" },
        { 3, "X X X - -", "AAAA" },
        { 3, "X X 0 X X X", "AAAA" },
    };
    static const enum alarm_missing order[] = { ALARM_MISSING, ALARM_IGNORE, ALARM_BREACHING,
                                                ALARM_NOT_BREACHING };
    static const char letters[] = { 'O', 'A', 'I' };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        for (int before = 0; before < ALARM_STATES; before++) {
            for (size_t k = 0; k < COUNT(order); k++) {
                struct alarm_rule rule = three_of_three;
                char expected = rows[i].expected[k], got;

                rule.datapoints_to_alarm = rows[i].m;
                expected = expected == 'K' ? letters[before] : expected;
                got = letters[judge(rule, order[k], rows[i].row, (enum alarm_state)before)];
                if (got != expected)
                    fail_msg("%d of 3, %s, %s, before %c: got %c, expected %c", rows[i].m,
                             rows[i].row, alarm_missing_name(order[k]), letters[before], got,
                             expected);
            }
        }
    }
}

static void
five_percent_is_not_over_five_percent(void **state)
{
    static const struct {
        double rate;
        enum alarm_state state;
    } cases[] = {
        { 5.0, ALARM_STATE_OK },
        { 5.1, ALARM_STATE_ALARM },
        { 0, ALARM_STATE_OK },
        { (double)NAN, ALARM_STATE_NO_DATA }, /* 0 of 0 */
    };
    struct alarm_rule rule = three_of_three;

    (void)state;
    rule.threshold = 5;
    rule.evaluation_periods = rule.datapoints_to_alarm = 1;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct alarm_window window = { &cases[i].rate, NULL, 1, T0, -1 };
        struct alarm_verdict verdict;

        alarm_judge(&rule, &window, ALARM_STATE_NO_DATA, &verdict);
        assert_string_equal(alarm_state_name(verdict.state), alarm_state_name(cases[i].state));
    }
}

static void
comparisons_differ_at_the_threshold(void **state)
{
    static const struct {
        enum alarm_comparison comparison;
        bool below, at, above;
    } cases[] = {
        { ALARM_GREATER_OR_EQUAL, false, true, true },
        { ALARM_GREATER, false, false, true },
        { ALARM_LESS, true, false, false },
        { ALARM_LESS_OR_EQUAL, true, true, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        enum alarm_comparison read;

        assert_int_equal(alarm_breaches(cases[i].comparison, 0.9, 1), cases[i].below);
        assert_int_equal(alarm_breaches(cases[i].comparison, 1, 1), cases[i].at);
        assert_int_equal(alarm_breaches(cases[i].comparison, 1.1, 1), cases[i].above);
        assert_true(alarm_comparison_parse(&read, alarm_comparison_name(cases[i].comparison)));
        assert_int_equal(read, cases[i].comparison);
    }
}

static void
few_samples_keep_the_state(void **state)
{
    static const double values[] = { 5, 5, 5 };
    double samples[] = { 40, 40, 39 };
    struct alarm_window window = { values, samples, 3, T0, 75 };
    struct alarm_rule rule = three_of_three;
    struct alarm_verdict verdict;

    (void)state;
    assert_float_equal(alarm_samples_needed(99), 1000, 1e-6);
    assert_float_equal(alarm_samples_needed(75), 40, 1e-9);
    assert_float_equal(alarm_samples_needed(10), 100, 1e-9);
    rule.ignores_low_samples = true;
    alarm_judge(&rule, &window, ALARM_STATE_OK, &verdict);
    assert_int_equal(verdict.state, ALARM_STATE_OK);
    samples[2] = 40;
    alarm_judge(&rule, &window, ALARM_STATE_OK, &verdict);
    assert_int_equal(verdict.state, ALARM_STATE_ALARM);
    samples[2] = 1;
    rule.ignores_low_samples = false;
    alarm_judge(&rule, &window, ALARM_STATE_OK, &verdict);
    assert_int_equal(verdict.state, ALARM_STATE_ALARM);
}

static void
reasons_are_worded_as_recorded(void **state)
{
    static const struct {
        int n, m;
        bool names;
        enum alarm_missing missing;
        const char *row, *reason;
    } cases[] = {
        { 1, 1, false, ALARM_MISSING, "X",
          "Threshold Crossed: 1 datapoint [5.0 (24/11/26 03:18:00)] was greater than the threshold "
          "(1.0)." },
        { 1, 1, true, ALARM_MISSING, "0",
          "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (24/11/26 03:18:00)] was not "
          "greater than the threshold (1.0) (minimum 1 datapoint for ALARM -> OK transition)." },
        { 3, 3, true, ALARM_MISSING, "XXX",
          "Threshold Crossed: 3 out of the last 3 datapoints [5.0 (24/11/26 03:18:00), 5.0 "
          "(24/11/26 03:17:00), 5.0 (24/11/26 03:16:00)] were greater than the threshold (1.0) "
          "(minimum 3 datapoints for OK -> ALARM transition)." },
        { 20, 1, true, ALARM_NOT_BREACHING, "X",
          "Threshold Crossed: 1 out of the last 20 datapoints [5.0 (24/11/26 03:18:00)] was "
          "greater "
          "than the threshold (1.0) and 19 missing datapoints were treated as [NonBreaching] "
          "(minimum 1 datapoint for OK -> ALARM transition)." },
        { 5, 5, false, ALARM_MISSING, "XXXXX",
          "Threshold Crossed: 5 datapoints were greater than the threshold (1.0). The most recent "
          "datapoints which crossed the threshold: [5.0 (24/11/26 03:18:00), 5.0 (24/11/26 "
          "03:17:00), 5.0 (24/11/26 03:16:00), 5.0 (24/11/26 03:15:00), 5.0 (24/11/26 "
          "03:14:00)]." },
        { 2, 2, false, ALARM_BREACHING, "",
          "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints "
          "were treated as [Breaching]." },
        { 1, 1, false, ALARM_NOT_BREACHING, "-",
          "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was "
          "treated as [NonBreaching]." },
        { 3, 2, true, ALARM_BREACHING, "0",
          "Threshold Crossed: 1 datapoint was received for 3 periods and 2 missing datapoints were "
          "treated as [Breaching]." },
        { 5, 5, false, ALARM_MISSING, "---", "Insufficient Data: 5 datapoints were unknown." },
        { 1, 1, false, ALARM_MISSING, "-", "Insufficient Data: 1 datapoint was unknown." },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        double values[32];
        struct alarm_window window = { .values = values, .newest_ms = T0, .percentile = -1 };
        struct alarm_rule rule = three_of_three;
        struct alarm_verdict verdict;

        window.count = draw(cases[i].row, values);
        rule.evaluation_periods = cases[i].n;
        rule.datapoints_to_alarm = cases[i].m;
        rule.names_datapoints = cases[i].names;
        rule.missing = cases[i].missing;
        alarm_judge(&rule, &window, ALARM_STATE_NO_DATA, &verdict);
        assert_string_equal(verdict.reason, cases[i].reason);
    }
}

static void
numbers_are_printed_as_java_does(void **state)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        { 5.1, "5.1" },     { 134217728, "1.34217728E8" },
        { 1e7, "1.0E7" },   { 1234567, "1234567.0" },
        { 0.001, "0.001" }, { 0.00025, "2.5E-4" },
        { -2.5, "-2.5" },   { 100, "100.0" },
        { 0, "0.0" },       { 8.891518474692088, "8.891518474692088" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct alarm_window window = { &cases[i].value, NULL, 1, T0, -1 };
        struct alarm_rule rule = three_of_three;
        struct alarm_verdict verdict;
        char expected[64];

        rule.evaluation_periods = rule.datapoints_to_alarm = 1;
        alarm_judge(&rule, &window, ALARM_STATE_NO_DATA, &verdict);
        snprintf(expected, sizeof expected, "[%s (", cases[i].text);
        if (strstr(verdict.reason, expected) == NULL)
            fail_msg("%s is not in: %s", expected, verdict.reason);
    }
}

static void
the_data_of_a_reason(void **state)
{
    static const double values[] = { (double)NAN, 2, 5.5 }, samples[] = { 0, 1, 3 };
    const struct alarm_window window = { values, samples, 3, T0, -1 };
    struct alarm_rule rule = three_of_three;
    struct alarm_verdict verdict;
    struct buf b;

    (void)state;
    buf_init(&b, 4000);
    rule.datapoints_to_alarm = 2;
    alarm_judge(&rule, &window, ALARM_STATE_OK, &verdict);
    alarm_reason_data(&b, &rule, &window, &verdict, "Sum", "Count", T0 + 62500);
    assert_string_equal(
        b.data,
        "{\"version\":\"1.0\",\"queryDate\":\"2026-11-24T03:19:02.500+0000\",\"startDate\":"
        "\"2026-11-24T03:17:00.000+0000\",\"unit\":\"Count\",\"statistic\":\"Sum\",\"period\":60,"
        "\"recentDatapoints\":[2.0,5.5],\"threshold\":1.0,\"evaluatedDatapoints\":[{\"timestamp\":"
        "\"2026-11-24T03:18:00.000+0000\",\"sampleCount\":3.0,\"value\":5.5},{\"timestamp\":"
        "\"2026-11-24T03:17:00.000+0000\",\"sampleCount\":1.0,\"value\":2.0}]}");
    buf_fini(&b);
}

static void
the_longest_data_fit(void **state)
{
    double values[200], samples[200];
    const struct alarm_window window = { values, samples, 200, T0, -1 };
    struct alarm_rule rule = three_of_three;
    struct alarm_verdict verdict;
    struct buf b;

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        values[i] = 0.12345678901234567;
        samples[i] = 1234567;
    }
    buf_init(&b, 1 << 20);
    rule.evaluation_periods = 200;
    alarm_judge(&rule, &window, ALARM_STATE_OK, &verdict);
    alarm_reason_data(&b, &rule, &window, &verdict, "SampleCount", "Gigabytes/Second", T0);
    assert_true(b.len <= 4000);
    buf_fini(&b);
}

static void
an_alarm_in_words(void **state)
{
    const struct alarm_metric metric = { .series = { .metric = "Errors" }, .is_returned = true };
    struct alarm alarm = { .name = "a", .rule = three_of_three, .metrics = &metric };
    char text[80];

    (void)state;
    alarm.metric_count = 1;
    alarm_describe(&alarm, text, sizeof text);
    assert_string_equal(text, "Errors > 1 for 3 of 3 x 1 m");
    alarm.rule.period_s = 10;
    alarm.rule.threshold = 2.5;
    alarm_describe(&alarm, text, sizeof text);
    assert_string_equal(text, "Errors > 2.5 for 3 of 3 x 10 s");
    alarm.rule.threshold = (double)NAN;
    alarm_describe(&alarm, text, sizeof text);
    assert_string_equal(text, "Errors > ? for 3 of 3 x 10 s");
    alarm.rule.band = ALARM_BELOW_BAND;
    alarm_describe(&alarm, text, sizeof text);
    assert_string_equal(text, "Errors below its band for 3 of 3 x 10 s");
}

static void
a_rehearsal_tells_turns_flaps_and_blindness(void **state)
{
    static const struct {
        int64_t minute;
        enum alarm_state from, to;
        bool is_flap;
    } turns[] = {
        { 1, ALARM_STATE_NO_DATA, ALARM_STATE_OK, false },
        { 3, ALARM_STATE_OK, ALARM_STATE_ALARM, false },
        { 4, ALARM_STATE_ALARM, ALARM_STATE_OK, false },
        { 6, ALARM_STATE_OK, ALARM_STATE_ALARM, true },
        { 10, ALARM_STATE_ALARM, ALARM_STATE_NO_DATA, false },
    };
    struct alarm_rule rule = three_of_three;
    struct arena *arena = arena_new();
    struct alarm_rehearsal out;
    double values[32];
    size_t count = draw("0XX0XX------", values);

    (void)state;
    rule.evaluation_periods = rule.datapoints_to_alarm = 2;
    alarm_rehearse(&rule, values, NULL, count, T0, -1, arena, &out);
    assert_int_equal(out.turn_count, COUNT(turns));
    for (size_t i = 0; i < COUNT(turns); i++) {
        assert_int_equal((out.turns[i].time_ms - T0) / 60000, turns[i].minute);
        assert_int_equal(out.turns[i].from, turns[i].from);
        assert_int_equal(out.turns[i].to, turns[i].to);
        assert_int_equal(out.turns[i].is_flap, turns[i].is_flap);
    }
    assert_int_equal(out.fired, 2);
    assert_int_equal(out.flaps, 1);
    assert_int_equal(out.blind_count, 1);
    assert_int_equal(out.blind_ms, 3 * 60000);
    assert_int_equal(out.blind[0].start_ms, T0 + 9 * 60000);
    assert_int_equal(out.state_ms[ALARM_STATE_ALARM], 5 * 60000);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_of_the_guide_hold),
        cmocka_unit_test(five_percent_is_not_over_five_percent),
        cmocka_unit_test(comparisons_differ_at_the_threshold),
        cmocka_unit_test(few_samples_keep_the_state),
        cmocka_unit_test(reasons_are_worded_as_recorded),
        cmocka_unit_test(numbers_are_printed_as_java_does),
        cmocka_unit_test(the_data_of_a_reason),
        cmocka_unit_test(the_longest_data_fit),
        cmocka_unit_test(an_alarm_in_words),
        cmocka_unit_test(a_rehearsal_tells_turns_flaps_and_blindness),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
