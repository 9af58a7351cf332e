/* test_day.c - days of UTC as whole numbers.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/day.h"

static int64_t
day(const char *text)
{
    int64_t out;

    if (!day_parse(&out, text))
        fail_msg("%s is not read", text);
    return out;
}

static void
dates_become_numbers(void **state)
{
    (void)state;
    assert_int_equal(day("1970-01-01"), 0);
    assert_int_equal(day("1970-01-02"), 1);
    assert_int_equal(day("2000-02-29"), 11016);
    assert_int_equal(day("2026-11-28"), 20785);
    assert_int_equal(day("9999-12-31"), 2932896);
}

static void
what_is_no_date_is_refused(void **state)
{
    static const char *const cases[] = {
        "",
        "2026-11-31",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-1-01",
        "2026-11-2",
        "2026-11-28Z",
        "20261128",
        "2026/11/28",
        "2026-11-28 ",
        " 2026-11-28",
        "2026-11-28T00:00:00Z",
        "1969-12-31",
        "2026-11-xx",
        "26-11-28T0",
        "+026-11-28",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t out = 77;

        if (day_parse(&out, cases[i]))
            fail_msg("\"%s\" is read as %lld", cases[i], (long long)out);
        assert_int_equal(out, 77);
    }
}

static void
all_days_come_back(void **state)
{
    int64_t last = day("9999-12-31");

    (void)state;
    for (int64_t d = 0; d <= last; d += d < 40000 ? 1 : 97) {
        char text[DAY_TEXT];

        day_format(d, text);
        assert_int_equal(day(text), d);
    }
}

static void
times_belong_to_the_day_they_are_in(void **state)
{
    (void)state;
    assert_int_equal(day_of_ms(0), 0);
    assert_int_equal(day_of_ms(DAY_MS - 1), 0);
    assert_int_equal(day_of_ms(DAY_MS), 1);
    assert_int_equal(day_of_ms(-1), -1);
    assert_int_equal(day_of_ms(-DAY_MS), -1);
    assert_int_equal(day_of_ms(-DAY_MS - 1), -2);
}

static void
months_begin_on_their_first(void **state)
{
    (void)state;
    assert_int_equal(day_month(day("2026-11-28"), 0), day("2026-11-01"));
    assert_int_equal(day_month(day("2026-11-01"), 0), day("2026-11-01"));
    assert_int_equal(day_month(day("2026-11-30"), 1), day("2026-12-01"));
    assert_int_equal(day_month(day("2026-12-31"), 1), day("2027-01-01"));
    assert_int_equal(day_month(day("2026-01-31"), -1), day("2025-12-01"));
    assert_int_equal(day_month(day("2026-01-31"), 1), day("2026-02-01"));
    assert_int_equal(day_month(day("2026-11-28"), -14), day("2025-09-01"));
    assert_int_equal(day_month(day("2024-02-29"), 12), day("2025-02-01"));
    assert_int_equal(day_month(day("2024-02-29"), 1) - day_month(day("2024-02-29"), 0), 29);
}

static void
days_know_their_place(void **state)
{
    (void)state;
    assert_int_equal(day_of_month(day("2026-11-01")), 1);
    assert_int_equal(day_of_month(day("2024-02-29")), 29);
    assert_int_equal(day_weekday(0), 3);                 /* a Thursday */
    assert_int_equal(day_weekday(day("2026-11-28")), 5); /* a Saturday */
    assert_int_equal(day_weekday(day("2026-11-30")), 0);
    assert_int_equal(day_weekday(-1), 2);
    assert_int_equal(day_weekday(-4), 6);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_become_numbers),
        cmocka_unit_test(what_is_no_date_is_refused),
        cmocka_unit_test(all_days_come_back),
        cmocka_unit_test(times_belong_to_the_day_they_are_in),
        cmocka_unit_test(months_begin_on_their_first),
        cmocka_unit_test(days_know_their_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
