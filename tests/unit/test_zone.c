/* test_zone.c - wall clocks of zones with and without summer time, and names that are none.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/iso8601.h"
#include "base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define MINUTE 60000

/* Offsets in minutes, from the rules of the places. */
static const struct {
    const char *zone, *utc;
    int minutes;
} cases[] = {
    { "UTC", "2026-07-01T00:00:00Z", 0 },
    { "utc", "1970-01-01T00:00:00Z", 0 },
    { "Europe/Berlin", "2026-10-25T00:59:59Z", 120 },
    { "Europe/Berlin", "2026-10-25T01:00:00Z", 60 },
    { "Europe/Berlin", "2026-03-29T00:59:59Z", 60 },
    { "Europe/Berlin", "2026-03-29T01:00:00Z", 120 },
    { "America/New_York", "2026-11-01T05:59:59Z", -240 },
    { "America/New_York", "2026-11-01T06:00:00Z", -300 },
    { "America/New_York", "2026-03-08T07:00:00Z", -240 },
    { "America/New_York", "2060-07-01T00:00:00Z", -240 }, /* by the rule at the file's end */
    { "America/New_York", "2060-11-07T06:00:00Z", -300 },
    { "America/New_York", "2060-11-07T05:59:59Z", -240 },
    { "Australia/Lord_Howe", "2027-01-01T00:00:00Z", 660 }, /* half an hour of summer time */
    { "Australia/Lord_Howe", "2027-07-01T00:00:00Z", 630 },
    { "Australia/Sydney", "2055-01-01T00:00:00Z", 660 }, /* summer over the new year */
    { "Asia/Kolkata", "2026-01-01T00:00:00Z", 330 },
    { "Asia/Tokyo", "2050-01-01T00:00:00Z", 540 },
    { "Etc/GMT+5", "2026-01-01T00:00:00Z", -300 },
};

static void
tells_the_wall_clock(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *arena = arena_new();
        const struct zone *zone = NULL;
        int64_t utc = 0, from = 0, until = 0, offset;
        struct err err = { 0 };

        assert_true(iso8601_parse(&utc, cases[i].utc));
        if (zone_find(&zone, arena, cases[i].zone, &err) != OK)
            fail_msg("%s", err.text);
        offset = zone_offset_ms(zone, utc, &from, &until);
        if (offset != cases[i].minutes * MINUTE)
            fail_msg("%s at %s: %lld minutes", cases[i].zone, cases[i].utc,
                     (long long)(offset / MINUTE));
        assert_true(from <= utc && utc < until);
        /* It holds as long as it says. */
        assert_int_equal(zone_offset_ms(zone, from > 0 ? from : utc, NULL, NULL), offset);
        if (until < INT64_C(4000000000000))
            assert_int_equal(zone_offset_ms(zone, until - 1, NULL, NULL), offset);
        arena_free(arena);
    }
}

static void
refuses_what_is_no_zone(void **state)
{
    static const char *const names[] = { "",
                                         "Mars/Olympus",
                                         "../../etc/passwd",
                                         "/etc/passwd",
                                         "Europe",
                                         "Europe//Berlin",
                                         "Europe/Berlin/",
                                         "tzdata.zi",
                                         "Europe/Ber lin" };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct arena *arena = arena_new();
        const struct zone *zone = NULL;
        struct err err = { 0 };

        if (zone_find(&zone, arena, names[i], &err) == OK)
            fail_msg("'%s' is taken for a zone", names[i]);
        assert_null(zone);
        assert_string_not_equal(err.text, "");
        arena_free(arena);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_the_wall_clock),
        cmocka_unit_test(refuses_what_is_no_zone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
