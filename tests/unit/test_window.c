/* test_window.c - periods that CloudWatch's clock can answer.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/window.h"

#define MINUTE 60000
#define HOUR   (60 * (int64_t)MINUTE)
#define DAY    (24 * HOUR)
#define NOW    1795490423456 /* 2026-11-24T03:20:23.456Z */

static void
one_bucket_holds_a_live_range(void **state)
{
    static const int64_t spans[] = {
        5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, DAY, 7 * DAY, 30 * DAY
    };

    (void)state;
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        for (int64_t now = NOW; now < NOW + 3 * HOUR; now += 7 * MINUTE + 13) {
            struct window w = window_whole(now - spans[i], now, now, true);
            int64_t period_ms = w.period_s * (int64_t)1000;
            int64_t unit_ms = spans[i] > 15 * DAY ? 5 * MINUTE : MINUTE;

            assert_int_equal(w.from_ms % period_ms, 0); /* a bucket begins exactly there */
            assert_true(w.from_ms <= now - spans[i]);
            assert_true(w.from_ms + period_ms >= now); /* and has not ended yet */
            assert_int_equal(w.period_s % (int32_t)(unit_ms / 1000), 0);
            assert_true(w.period_s <= 60 * 86400);
            /* no more than a little before the range is counted in */
            assert_true(now - spans[i] - w.from_ms < spans[i] / 10 + 6 * unit_ms);
        }
    }
}

static void
one_bucket_fits_a_past_range_closely(void **state)
{
    (void)state;
    for (int64_t to = NOW - 2 * DAY; to < NOW - DAY; to += 97 * MINUTE) {
        struct window w = window_whole(to - HOUR, to, NOW, false);
        int64_t period_ms = w.period_s * (int64_t)1000;

        assert_int_equal(w.from_ms % period_ms, 0);
        assert_true(w.from_ms <= to - HOUR);
        assert_true(w.from_ms + period_ms >= to);
        assert_int_equal(w.to_ms, w.from_ms + period_ms); /* what it says is what is counted */
        assert_true(period_ms < HOUR + HOUR / 2);
    }
}

static void
steps_are_lengths_people_know(void **state)
{
    (void)state;
    assert_int_equal(window_step_s(HOUR, HOUR, 30), 120);
    assert_int_equal(window_step_s(HOUR, HOUR, 60), 60);
    assert_int_equal(window_step_s(5 * MINUTE, 5 * MINUTE, 60), 60); /* kept no finer for long */
    assert_int_equal(window_step_s(DAY, DAY, 30), 3600);
    assert_int_equal(window_step_s(HOUR, 20 * DAY, 30), 300);
    assert_int_equal(window_step_s(HOUR, 70 * DAY, 30), 3600);
    assert_int_equal(window_step_s(3000 * DAY, 3000 * DAY, 20), 86400);
}

static void
floors_and_ceilings(void **state)
{
    (void)state;
    assert_int_equal(window_floor(61, 60), 60);
    assert_int_equal(window_floor(60, 60), 60);
    assert_int_equal(window_floor(-1, 60), -60);
    assert_int_equal(window_ceil(61, 60), 120);
    assert_int_equal(window_ceil(60, 60), 60);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_bucket_holds_a_live_range),
        cmocka_unit_test(one_bucket_fits_a_past_range_closely),
        cmocka_unit_test(steps_are_lengths_people_know),
        cmocka_unit_test(floors_and_ceilings),
    };

    return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
