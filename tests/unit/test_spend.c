/* test_spend.c - sums to the cent, marks to the day, and who is outside of what was projected.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/day.h"
#include "domain/limits.h"
#include "domain/money.h"
#include "domain/projection.h"
#include "domain/spend.h"

#define LIMIT    (LIMIT_BUDGET_USD * MONEY_USD)
#define ROWS_MAX 2000

struct bill {
    struct bill_row rows[ROWS_MAX];
    size_t count;
};

static int64_t
day(const char *text)
{
    int64_t number;

    assert_true(day_parse(&number, text));
    return number;
}

static void
put(struct bill *b, int64_t at, const char *first, const char *second, int64_t microusd)
{
    assert_true(b->count < ROWS_MAX);
    b->rows[b->count++] = (struct bill_row){ at, { first, second }, microusd };
}

/* So much a day for each day of [from, to). */
static void
put_days(struct bill *b, const char *from, const char *to, const char *name, int64_t microusd)
{
    for (int64_t at = day(from); at < day(to); at++)
        put(b, at, name, "f", microusd);
}

/* --- judgement --- */

static void
the_mark_itself_is_still_fine(void **state)
{
    (void)state;
    assert_int_equal(spend_judge(0, LIMIT), SPEND_FINE);
    assert_int_equal(spend_judge(119990000, LIMIT), SPEND_FINE);
    assert_int_equal(spend_judge(120000000, LIMIT), SPEND_FINE);
    assert_int_equal(spend_judge(120000001, LIMIT), SPEND_NEAR);
    assert_int_equal(spend_judge(120010000, LIMIT), SPEND_NEAR);
    assert_int_equal(spend_judge(150000000, LIMIT), SPEND_NEAR);
    assert_int_equal(spend_judge(150000001, LIMIT), SPEND_OVER);
    assert_int_equal(spend_judge(150010000, LIMIT), SPEND_OVER);
    assert_int_equal(spend_near_mark(LIMIT), 120000000);
    assert_int_equal(spend_near_mark(99), 79); /* no rounding up to what is not reached */
    assert_int_equal(spend_near_mark(MONEY_MAX), MONEY_MAX / 5 * 4);
}

/* --- the month --- */

static void
sums_are_exact(void **state)
{
    static struct bill b;
    struct spend_month m;

    (void)state;
    b.count = 0;
    for (int i = 0; i < 1000; i++) /* a thousand tenths of a cent, and a refund */
        put(&b, day("2026-11-03"), "A", "f", 1001);
    put(&b, day("2026-11-04"), "A", "f", -500);
    put(&b, day("2026-10-31"), "A", "f", 7);
    put(&b, day("2026-09-30"), "A", "f", 99); /* before what was asked */
    spend_month(&m, b.rows, b.count, day("2026-10-01"), day("2026-11-05"), day("2026-11-05"));
    assert_int_equal(m.first, day("2026-11-01"));
    assert_int_equal(m.end, day("2026-12-01"));
    assert_int_equal(m.to_date, 1001000 - 500);
    assert_int_equal(m.before, 7);
    assert_int_equal(m.day_count, 5);
    assert_int_equal(m.days[2], 1001000);
    assert_int_equal(m.days[3], -500);
    assert_int_equal(m.average, 1000500 / 4);
}

/* Five dollars a day, all alike: the forecast is that, and the interval as narrow as it gets. */
static void
a_month_of_equal_days_ends_where_it_must(void **state)
{
    static struct bill b;
    struct spend_month m;
    struct spend_passing p;

    (void)state;
    b.count = 0;
    put_days(&b, "2026-10-01", "2026-11-21", "A", 5 * MONEY_USD);
    put(&b, day("2026-11-21"), "A", "f", 1 * MONEY_USD); /* the day is young */
    spend_month(&m, b.rows, b.count, day("2026-10-01"), day("2026-11-21"), day("2026-11-21"));
    assert_int_equal(m.to_date, 101 * MONEY_USD);
    assert_int_equal(m.before, 155 * MONEY_USD);
    assert_true(m.has_forecast);
    assert_int_equal(m.end_of_month.mean, 150 * MONEY_USD);
    assert_int_equal(m.end_of_month.low, 150 * MONEY_USD);
    assert_int_equal(m.end_of_month.high, 150 * MONEY_USD);
    p = spend_passes(&m, 100 * MONEY_USD); /* 100 on the 20th is not beyond it, 101 is */
    assert_int_equal(p.when, SPEND_PASSED);
    assert_int_equal(p.day, day("2026-11-21"));
    p = spend_passes(&m, 120 * MONEY_USD); /* 120 on the 24th, 125 on the 25th */
    assert_int_equal(p.when, SPEND_EXPECTED);
    assert_int_equal(p.day, day("2026-11-25"));
    p = spend_passes(&m, 150 * MONEY_USD); /* exactly the limit is not beyond it */
    assert_int_equal(p.when, SPEND_UNLIKELY);
}

static void
a_mark_inside_the_interval_is_possible(void **state)
{
    static struct bill b;
    struct spend_month m;

    (void)state;
    b.count = 0;
    for (int64_t at = day("2026-10-01"); at < day("2026-11-15"); at++)
        put(&b, at, "A", "f", (at % 5 + 3) * MONEY_USD);
    spend_month(&m, b.rows, b.count, day("2026-10-01"), day("2026-11-15"), day("2026-11-15"));
    assert_true(m.has_forecast);
    assert_true(m.end_of_month.low < m.end_of_month.mean);
    assert_true(m.end_of_month.high > m.end_of_month.mean + MONEY_USD);
    assert_int_equal(spend_passes(&m, m.end_of_month.mean).when, SPEND_POSSIBLE);
    assert_int_equal(spend_passes(&m, m.end_of_month.high).when, SPEND_UNLIKELY);
}

/* A day that has already cost more than was expected of it counts with all of that. */
static void
a_dear_day_is_not_forecast_away(void **state)
{
    static struct bill b;
    struct spend_month m;

    (void)state;
    b.count = 0;
    put_days(&b, "2026-10-01", "2026-11-30", "A", 2 * MONEY_USD);
    put(&b, day("2026-11-30"), "A", "f", 9 * MONEY_USD);
    spend_month(&m, b.rows, b.count, day("2026-10-01"), day("2026-11-30"), day("2026-11-30"));
    assert_int_equal(m.to_date, 67 * MONEY_USD);
    assert_int_equal(m.end_of_month.mean, 67 * MONEY_USD);
    assert_int_equal(spend_passes(&m, 60 * MONEY_USD).when, SPEND_PASSED);
}

static void
nobody_forecasts_from_a_few_days(void **state)
{
    static struct bill b;
    struct spend_month m;

    (void)state;
    b.count = 0;
    put_days(&b, "2026-11-16", "2026-11-22", "A", 4 * MONEY_USD); /* it began on the 16th */
    spend_month(&m, b.rows, b.count, day("2026-10-01"), day("2026-11-22"), day("2026-11-22"));
    assert_false(m.has_forecast);
    assert_int_equal(m.to_date, 24 * MONEY_USD);
    assert_int_equal(spend_passes(&m, 120 * MONEY_USD).when, SPEND_UNKNOWN);
    assert_int_equal(spend_passes(&m, 20 * MONEY_USD).when, SPEND_PASSED);
    assert_int_equal(spend_passes(&m, 20 * MONEY_USD).day, day("2026-11-21"));
}

/* Asked on the last of a month, shown on the first of the next: nothing is known of that yet. */
static void
the_bill_of_last_month_tells_nothing_of_this(void **state)
{
    static struct bill b;
    struct spend_month m;

    (void)state;
    b.count = 0;
    put_days(&b, "2026-10-01", "2026-11-30", "A", 2 * MONEY_USD);
    spend_month(&m, b.rows, b.count, day("2026-10-01"), day("2026-11-30"), day("2026-12-01"));
    assert_int_equal(m.to_date, 0);
    assert_int_equal(m.before, 58 * MONEY_USD);
    assert_int_equal(m.day_count, 0);
    assert_false(m.has_forecast);
    assert_int_equal(spend_passes(&m, MONEY_USD).when, SPEND_UNKNOWN);
}

static void
an_empty_bill_is_a_month_of_nothing(void **state)
{
    struct spend_month m;
    struct arena *arena = arena_new();
    struct spend_part *parts;
    size_t count;

    (void)state;
    spend_month(&m, NULL, 0, day("2026-10-01"), day("2026-11-22"), day("2026-11-22"));
    assert_int_equal(m.to_date, 0);
    assert_false(m.has_forecast);
    parts = spend_split(arena, &count, NULL, 0, 0, day("2026-10-01"), day("2026-11-22"),
                        day("2026-11-22"));
    assert_int_equal(count, 1);
    assert_string_equal(parts[0].name, "");
    arena_free(arena);
}

/* --- parts --- */

static const struct spend_part *
part_named(const struct spend_part *parts, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(parts[i].name, name) == 0)
            return &parts[i];
    }
    fail_msg("no part %s", name);
    abort(); /* not reached */
}

static void
parts_sum_up_to_the_month_and_untagged_is_there(void **state)
{
    static struct bill b;
    struct arena *arena = arena_new();
    struct spend_month m;
    struct spend_part *parts;
    size_t count;
    int64_t sum = 0;

    (void)state;
    b.count = 0;
    put_days(&b, "2026-10-01", "2026-11-22", "A", 1333333);
    put_days(&b, "2026-10-01", "2026-11-22", "B", 2777777);
    put_days(&b, "2026-11-20", "2026-11-22", "", 1);
    spend_month(&m, b.rows, b.count, day("2026-10-01"), day("2026-11-22"), day("2026-11-22"));
    for (int key = 0; key < BILL_KEYS; key++) {
        sum = 0;
        parts = spend_split(arena, &count, b.rows, b.count, key, day("2026-10-01"),
                            day("2026-11-22"), day("2026-11-22"));
        for (size_t i = 0; i < count; i++)
            sum += parts[i].to_date;
        assert_int_equal(sum, m.to_date);
        (void)part_named(parts, count, "");
    }
    parts = spend_split(arena, &count, b.rows, b.count, 0, day("2026-10-01"), day("2026-11-22"),
                        day("2026-11-22"));
    assert_int_equal(count, 3);
    assert_string_equal(parts[0].name, "B"); /* the dearest first */
    assert_string_equal(parts[2].name, "");
    assert_int_equal(part_named(parts, count, "A")->before, 31 * 1333333);
    assert_true(part_named(parts, count, "A")->is_forecast);
    assert_int_equal(part_named(parts, count, "A")->end_of_month, 30 * 1333333);
    /* two days of history: in proportion to 21 days that are over */
    assert_false(part_named(parts, count, "")->is_forecast);
    assert_true(part_named(parts, count, "")->has_end);
    assert_int_equal(part_named(parts, count, "")->end_of_month, 2);
    arena_free(arena);
}

/* --- projected against actual --- */

static void
the_documents_ranges_sum_up(void **state)
{
    int64_t low = 0, high = 0;

    (void)state;
    for (size_t i = 0; i < PROJECTED_COMPONENTS; i++) {
        low += projected_components[i].low;
        high += projected_components[i].high;
        assert_true(projected_components[i].low <= projected_components[i].high);
    }
    assert_int_equal(low, projected_total.low);
    assert_int_equal(high, projected_total.high);
    assert_int_equal(low, 94 * MONEY_USD);
    assert_int_equal(high, 134 * MONEY_USD);
}

static const struct projection_line *
line_named(const struct projection *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++) {
        if (strcmp(p->lines[i].component, name) == 0)
            return &p->lines[i];
    }
    fail_msg("no line %s", name);
    abort(); /* not reached */
}

#define END(called, usd)                                                              \
    {                                                                                 \
        .name = (called), .has_end = true, .end_of_month = (int64_t)((usd)*1e6 + 0.5) \
    }

static void
a_typical_month_is_inside_everywhere(void **state)
{
    static const struct spend_part parts[] = { END("Infrastructure", 45.5), END("OpenReplay", 25),
                                               END("Umami", 20.01),         END("CloudWatch", 9.5),
                                               END("Grafana", 8.98),        END("", 0) };
    static struct projection p;

    (void)state;
    projection_compare(&p, parts, 6);
    assert_int_equal(p.count, PROJECTED_COMPONENTS);
    for (size_t i = 0; i < p.count; i++)
        assert_int_equal(p.lines[i].verdict, PROJECTION_IN);
    assert_int_equal(p.total.verdict, PROJECTION_IN);
    assert_null(p.driver);
}

/* The document's scenario: OpenReplay costs 60 % more. */
static void
the_driver_is_named(void **state)
{
    static const struct spend_part parts[] = { END("Infrastructure", 40),
                                               END("OpenReplay", 48),
                                               END("Umami", 12),
                                               END("CloudWatch", 20.51),
                                               END("Grafana", 9),
                                               END("Application", 3),
                                               END("", 0.5) };
    static struct projection p;

    (void)state;
    projection_compare(&p, parts, 7);
    assert_int_equal(p.count, 7);
    assert_non_null(p.driver);
    assert_string_equal(p.driver->component, "OpenReplay");
    assert_int_equal(p.driver->off, 13 * MONEY_USD);
    assert_int_equal(line_named(&p, "Umami")->verdict, PROJECTION_BELOW);
    assert_int_equal(line_named(&p, "Umami")->off, -3 * MONEY_USD);
    assert_int_equal(line_named(&p, "CloudWatch")->verdict, PROJECTION_ABOVE);
    assert_int_equal(line_named(&p, "CloudWatch")->off, 510000);
    assert_null(line_named(&p, "Application")->projected);
    assert_int_equal(line_named(&p, "Application")->verdict, PROJECTION_ABOVE);
    assert_int_equal(line_named(&p, "")->off, 500000);
    assert_int_equal(p.total.end_of_month, 133010000);
    assert_int_equal(p.total.verdict, PROJECTION_IN);
}

static void
too_little_has_a_driver_too_and_nothing_has_none(void **state)
{
    static const struct spend_part low[] = { END("Infrastructure", 20), END("OpenReplay", 25),
                                             END("Umami", 20), END("CloudWatch", 9),
                                             END("Grafana", 9) };
    static const struct spend_part early[] = { { .name = "Umami", .to_date = 5 } };
    static struct projection p;

    (void)state;
    projection_compare(&p, low, 5);
    assert_string_equal(p.driver->component, "Infrastructure");
    assert_int_equal(p.total.verdict, PROJECTION_BELOW);
    projection_compare(&p, early, 1);
    assert_null(p.driver);
    assert_int_equal(line_named(&p, "Umami")->verdict, PROJECTION_UNKNOWN);
    assert_int_equal(p.total.verdict, PROJECTION_UNKNOWN);
    assert_int_equal(p.total.actual, 5);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mark_itself_is_still_fine),
        cmocka_unit_test(sums_are_exact),
        cmocka_unit_test(a_month_of_equal_days_ends_where_it_must),
        cmocka_unit_test(a_mark_inside_the_interval_is_possible),
        cmocka_unit_test(a_dear_day_is_not_forecast_away),
        cmocka_unit_test(nobody_forecasts_from_a_few_days),
        cmocka_unit_test(the_bill_of_last_month_tells_nothing_of_this),
        cmocka_unit_test(an_empty_bill_is_a_month_of_nothing),
        cmocka_unit_test(parts_sum_up_to_the_month_and_untagged_is_there),
        cmocka_unit_test(the_documents_ranges_sum_up),
        cmocka_unit_test(a_typical_month_is_inside_everywhere),
        cmocka_unit_test(the_driver_is_named),
        cmocka_unit_test(too_little_has_a_driver_too_and_nothing_has_none),
    };

    return cmocka_run_group_tests_name("spend", tests, NULL, NULL);
}
