/* test_umami_read.c - counting visits, buckets, filters: small cases that can be counted by hand.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "base/iso8601.h"
#include "domain/umami_channel.h"
#include "store/store_umami.h"
#include "store/umami_read.h"
#include "store/umami_site.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW     INT64_C(1795500000000)
#define WEBSITE "11111111-2222-4333-8444-555555555555"
#define VIEWS   UMAMI_BIT(UMAMI_ROW_VIEW)

struct fixture {
    struct clock *clock;
    struct store *store;
    struct store_reader *reader;
    struct arena *arena;
    struct umami_scope scope;
};

static int
setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    struct store_options options = { .path = ":memory:" };
    struct err err = { 0 };

    f->clock = clock_new_virtual(NOW);
    options.clock = f->clock;
    f->arena = arena_new();
    if (store_open(&f->store, &options, &err) != OK ||
        store_reader_open(&f->reader, f->store, &err) != OK)
        fail_msg("%s", err.text);
    f->scope = (struct umami_scope){ .start_ms = NOW - 86400000,
                                     .end_ms = NOW + 86400000,
                                     .types = VIEWS };
    assert_true(uuid_parse(f->scope.website, WEBSITE));
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    store_reader_close(f->reader);
    store_close(f->store);
    clock_free(f->clock);
    arena_free(f->arena);
    free(f);
    return 0;
}

struct row {
    int64_t at_ms; /* from NOW */
    int session, visit;
    const char *path, *referrer, *browser, *event;
};

static void
send(struct fixture *f, const struct row *rows, size_t count)
{
    struct store_write *write = store_write_new(f->store);
    struct err err = { 0 };

    for (size_t i = 0; i < count; i++) {
        struct umami_hit hit = {
            .website_id = WEBSITE,
            .row = rows[i].event == NULL ? UMAMI_ROW_VIEW : UMAMI_ROW_EVENT,
            .makes_website = true,
            .makes_session = rows[i].browser != NULL,
            .created_ms = NOW + rows[i].at_ms,
            .received_ms = NOW,
            .visitor = { .browser = rows[i].browser },
            .page = { .url_path = rows[i].path,
                      .url_query = "",
                      .hostname = "www.shop.example",
                      .referrer_domain = rows[i].referrer,
                      .event_name = rows[i].event },
            .revenue = (double)NAN,
        };

        for (int k = 0; k < UMAMI_VITALS; k++)
            hit.vitals[k] = (double)NAN;
        snprintf(hit.session_id, sizeof hit.session_id, "%08d-0000-5000-8000-000000000000",
                 rows[i].session);
        snprintf(hit.visit_id, sizeof hit.visit_id, "%08d-1111-5000-8000-000000000000",
                 rows[i].visit);
        store_write_umami(write, &hit);
    }
    if (store_submit_wait(f->store, write, &err) != OK)
        fail_msg("%s", err.text);
}
#define SEND(f, rows) send(f, rows, sizeof rows / sizeof rows[0])

static struct umami_totals
count(struct fixture *f)
{
    struct umami_totals t = { 0 };
    struct err err = { 0 };

    if (store_umami_totals(f->reader, f->arena, &f->scope, &t, &err) != OK)
        fail_msg("%s", err.text);
    return t;
}

/* --- totals ----------------------------------------------------------------------------------- */

static void
visits_bounces_and_time(void **state)
{
    /* Visit 1: three views over 95.7 s and an event that ends no bounce and adds no time.
     * Visit 2: one view and an event: a bounce. A token carries visit 2 into session 9. */
    static const struct row rows[] = {
        { 0, 1, 1, "/", NULL, "chrome", NULL },      { 50000, 1, 1, "/a", NULL, "chrome", NULL },
        { 95700, 1, 1, "/b", NULL, "chrome", NULL }, { 300000, 1, 1, "/b", NULL, "chrome", "buy" },
        { 1000, 2, 2, "/", NULL, "safari", NULL },   { 2000, 2, 2, "/", NULL, "safari", "buy" },
        { 3000, 9, 2, "/", NULL, NULL, NULL },
    };
    struct fixture *f = *state;
    struct umami_totals t;

    SEND(f, rows);
    t = count(f);
    assert_int_equal(t.rows, 5);
    assert_int_equal(t.visitors, 3);
    assert_int_equal(t.visits, 2);
    assert_int_equal(t.bounces, 2);
    assert_int_equal(t.totaltime_s, 95);
    f->scope.types = UMAMI_BIT(UMAMI_ROW_EVENT);
    t = count(f);
    assert_int_equal(t.rows, 2);
    assert_int_equal(t.names, 1);
}

static void
late_rows_find_their_place(void **state)
{
    static const struct row first[] = { { 60000, 1, 1, "/b", NULL, "chrome", NULL } };
    static const struct row late[] = { { 1000, 1, 1, "/a", NULL, "chrome", NULL },
                                       { 90000, 1, 1, "/c", NULL, "chrome", NULL },
                                       { -999, 1, 1, "/z", NULL, "chrome", NULL } };
    struct umami_metric_query query = { .kind = UMAMI_METRIC_ENTRY, .limit = 9 };
    struct umami_metric_list list = { 0 };
    struct fixture *f = *state;

    SEND(f, first);
    assert_int_equal(count(f).totaltime_s, 0);
    SEND(f, late);
    assert_int_equal(count(f).totaltime_s, 90); /* 90.999 s */
    assert_int_equal(store_umami_metric(f->reader, f->arena, &f->scope, &query, &list, NULL), OK);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.rows[0].name, "/z");
    query.kind = UMAMI_METRIC_EXIT;
    assert_int_equal(store_umami_metric(f->reader, f->arena, &f->scope, &query, &list, NULL), OK);
    assert_string_equal(list.rows[0].name, "/c");
}

static void
both_ends_of_a_range_count(void **state)
{
    static const struct row rows[] = { { 0, 1, 1, "/", NULL, "chrome", NULL },
                                       { 1000, 1, 1, "/", NULL, "chrome", NULL } };
    struct fixture *f = *state;

    SEND(f, rows);
    f->scope.start_ms = NOW;
    f->scope.end_ms = NOW + 1000;
    assert_int_equal(count(f).rows, 2);
    f->scope.end_ms = NOW + 999;
    assert_int_equal(count(f).rows, 1);
    f->scope.start_ms = NOW + 1;
    assert_int_equal(count(f).rows, 0);
}

static void
an_emptied_website_starts_anew(void **state)
{
    static const struct row rows[] = { { -5, 1, 1, "/", NULL, "chrome", NULL } };
    static const struct row more[] = { { 5, 1, 1, "/", NULL, "chrome", NULL },
                                       { -5, 1, 1, "/", NULL, "chrome", NULL } };
    struct umami_session s;
    struct fixture *f = *state;
    uint8_t session[16];

    SEND(f, rows);
    assert_int_equal(count(f).rows, 1);
    assert_int_equal(store_umami_empty_website(f->store, f->scope.website, false, NOW, NULL), OK);
    assert_int_equal(count(f).rows, 0);
    /* What is dated before it stays unseen; the session gets a row again. */
    SEND(f, more);
    assert_int_equal(count(f).rows, 1);
    assert_true(uuid_parse(session, "00000001-0000-5000-8000-000000000000"));
    assert_int_equal(
        store_umami_session(f->reader, f->arena, f->scope.website, session, VIEWS, &s, NULL), OK);
    assert_string_equal(s.text[UMAMI_BY_BROWSER], "chrome");
}

static void
what_is_too_old_goes(void **state)
{
    const int64_t year = INT64_C(365) * 86400000;
    const struct row rows[] = { { -10 * INT64_C(86400000), 1, 1, "/", NULL, "chrome", NULL },
                                { 0, 2, 2, "/", NULL, "chrome", NULL },
                                { 20 - year, 3, 3, "/", NULL, "chrome", NULL } };
    const struct row next[] = { { 5, 4, 4, "/", NULL, "chrome", NULL } };
    struct fixture *f = *state;

    f->scope.start_ms = 0;
    SEND(f, rows);
    assert_int_equal(count(f).rows, 3);
    clock_set(f->clock, NOW + 1000);
    assert_int_equal(count(f).rows, 2); /* before it is deleted, too */
    assert_int_equal(store_retain(f->store, NULL), OK);
    /* The row that was stored last is gone, and the next one has its number. */
    SEND(f, next);
    assert_int_equal(count(f).rows, 3);
    assert_int_equal(count(f).visitors, 3);
}

/* --- filters ---------------------------------------------------------------------------------- */

static const struct {
    enum umami_column column;
    enum umami_operator operator_;
    const char *value;
    int rows;
} filter_cases[] = {
    { UMAMI_BY_PATH, UMAMI_IS, "/products", 1 },
    { UMAMI_BY_PATH, UMAMI_IS, "/none", 0 },
    { UMAMI_BY_PATH, UMAMI_IS_NOT, "/products", 3 },
    { UMAMI_BY_PATH, UMAMI_CONTAINS, "PROD", 2 },
    { UMAMI_BY_PATH, UMAMI_CONTAINS_NOT, "prod", 2 },
    /* As LIKE has it. */
    { UMAMI_BY_PATH, UMAMI_CONTAINS, "p_od%cts/", 1 },
    { UMAMI_BY_PATH, UMAMI_CONTAINS, "p\\%", 0 },
    { UMAMI_BY_PATH, UMAMI_MATCHES, "^/products", 2 },
    { UMAMI_BY_PATH, UMAMI_MATCHES_NOT, "^/PRODUCTS/", 3 },
    /* A row without a value passes no filter, not even one that asks for others. */
    { UMAMI_BY_BROWSER, UMAMI_IS_NOT, "chrome", 1 },
    { UMAMI_BY_BROWSER, UMAMI_CONTAINS_NOT, "zzz", 3 },
    /* Its own site (www.shop.example) is no referrer. */
    { UMAMI_BY_REFERRER, UMAMI_CONTAINS, "o", 1 },
};

static void
filters_by_column(void **state)
{
    static const struct row rows[] = {
        { 0, 1, 1, "/products", "google.com", "chrome", NULL },
        { 1, 1, 1, "/products/1", "shop.example", "chrome", NULL },
        { 2, 2, 2, "/", "shop.example", "safari", NULL },
        { 3, 3, 3, "", NULL, NULL, NULL },
    };
    struct fixture *f = *state;

    SEND(f, rows);
    for (size_t i = 0; i < sizeof filter_cases / sizeof filter_cases[0]; i++) {
        const struct umami_filter filter = { filter_cases[i].column, filter_cases[i].operator_,
                                             &filter_cases[i].value, 1 };

        f->scope.filters = &filter;
        f->scope.filter_count = 1;
        if (count(f).rows != filter_cases[i].rows)
            fail_msg("case %zu (%s): %lld rows", i, filter_cases[i].value,
                     (long long)count(f).rows);
    }
}

static void
all_or_any_filter(void **state)
{
    static const struct row rows[] = { { 0, 1, 1, "/a", NULL, "chrome", NULL },
                                       { 1, 2, 2, "/a", NULL, "safari", NULL },
                                       { 2, 2, 2, "/b", NULL, "safari", NULL } };
    static const char *const values[] = { "/a", "chrome" };
    const struct umami_filter filters[] = { { UMAMI_BY_PATH, UMAMI_IS, &values[0], 1 },
                                            { UMAMI_BY_BROWSER, UMAMI_IS, &values[1], 1 } };
    struct fixture *f = *state;

    SEND(f, rows);
    f->scope.filters = filters;
    f->scope.filter_count = 2;
    assert_int_equal(count(f).rows, 1);
    f->scope.any = true;
    assert_int_equal(count(f).rows, 2);
    f->scope.filter_count = 0;
    f->scope.bounce_types = VIEWS;
    assert_int_equal(count(f).rows, 2); /* of session 2 */
}

static void
a_bad_pattern_is_said(void **state)
{
    static const struct row rows[] = { { 0, 1, 1, "/a", NULL, "chrome", NULL } };
    static const char *const value = "(";
    const struct umami_filter filter = { UMAMI_BY_PATH, UMAMI_MATCHES, &value, 1 };
    struct fixture *f = *state;
    struct umami_totals t;
    struct err err = { 0 };

    SEND(f, rows);
    f->scope.filters = &filter;
    f->scope.filter_count = 1;
    assert_int_equal(store_umami_totals(f->reader, f->arena, &f->scope, &t, &err), E_INVALID);
    assert_non_null(strstr(err.text, "regular expression"));
}

/* --- buckets ---------------------------------------------------------------------------------- */

static int64_t
ms(const char *text)
{
    int64_t out = 0;

    assert_true(iso8601_parse(&out, text));
    return out;
}

static void
buckets_are_of_the_wall_clock(void **state)
{
    static const struct {
        const char *zone;
        enum umami_unit unit;
        const char *utc, *wall;
    } cases[] = {
        { "UTC", UMAMI_MINUTE, "2026-11-20T10:00:59.999Z", "2026-11-20T10:00:00Z" },
        { "Asia/Kolkata", UMAMI_HOUR, "2026-11-20T10:15:00Z", "2026-11-20T15:00:00Z" },
        { "America/New_York", UMAMI_DAY, "2026-11-21T03:00:00Z", "2026-11-20T00:00:00Z" },
        { "Europe/Berlin", UMAMI_DAY, "2026-10-24T22:00:00Z", "2026-10-25T00:00:00Z" },
        { "Europe/Berlin", UMAMI_HOUR, "2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z" },
        { "Europe/Berlin", UMAMI_HOUR, "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z" },
        { "Asia/Tokyo", UMAMI_MONTH, "2026-11-30T15:00:00Z", "2026-12-01T00:00:00Z" },
        { "Asia/Tokyo", UMAMI_YEAR, "2026-12-31T15:00:00Z", "2027-01-01T00:00:00Z" },
        { "UTC", UMAMI_YEAR, "2028-12-31T23:59:59Z", "2028-01-01T00:00:00Z" },
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct zone *zone;

        assert_int_equal(zone_find(&zone, f->arena, cases[i].zone, NULL), OK);
        if (umami_bucket_start(zone, cases[i].unit, ms(cases[i].utc)) != ms(cases[i].wall))
            fail_msg("case %zu: %s in %s", i, cases[i].utc, cases[i].zone);
    }
}

/* The hour that comes twice is one bucket, and who was there both times is one visitor. */
static void
the_repeated_hour_is_one(void **state)
{
    struct fixture *f = *state;
    const int64_t hour = ms("2026-10-25T00:00:00Z") - NOW; /* 02:00 in Berlin, summer time */
    const struct row rows[] = {
        { hour + 1800000, 1, 1, "/", NULL, "chrome", NULL },
        { hour + 2 * 1800000 + 1, 2, 2, "/", NULL, "chrome", NULL },
        { hour + 3 * 1800000, 1, 1, "/", NULL, "chrome", NULL },
        { hour + 4 * 1800000, 1, 1, "/", NULL, "chrome", NULL },
    };
    struct umami_points points = { 0 };
    const struct zone *zone;

    SEND(f, rows);
    f->scope.start_ms = ms("2026-10-25T00:00:00Z");
    f->scope.end_ms = ms("2026-10-26T00:00:00Z");
    assert_int_equal(zone_find(&zone, f->arena, "Europe/Berlin", NULL), OK);
    assert_int_equal(store_umami_series(f->reader, f->arena, &f->scope, UMAMI_HOUR, zone, false, 0,
                                        &points, NULL),
                     OK);
    assert_int_equal(points.count, 2);
    assert_int_equal(points.points[0].wall_ms, ms("2026-10-25T02:00:00Z"));
    assert_int_equal(points.points[0].rows, 3);
    assert_int_equal(points.points[0].sessions, 2);
    assert_int_equal(points.points[1].wall_ms, ms("2026-10-25T03:00:00Z"));
    /* By the minute the wall clock steps back over half an hour of buckets. */
    assert_int_equal(store_umami_series(f->reader, f->arena, &f->scope, UMAMI_MINUTE, zone, false,
                                        0, &points, NULL),
                     OK);
    assert_int_equal(points.count, 3);
    assert_int_equal(points.points[0].wall_ms, ms("2026-10-25T02:00:00Z"));
    assert_int_equal(points.points[1].rows, 2);
}

/* --- channels --------------------------------------------------------------------------------- */

static void
channels(void **state)
{
    static const struct {
        const char *domain, *query, *medium, *source;
        enum umami_channel v2, v3;
    } cases[] = {
        { NULL, NULL, NULL, NULL, UMAMI_CHANNEL_DIRECT, UMAMI_CHANNEL_NONE },
        { "", "", NULL, NULL, UMAMI_CHANNEL_DIRECT, UMAMI_CHANNEL_DIRECT },
        { "google.com", "", NULL, NULL, UMAMI_CHANNEL_ORGANIC_SEARCH,
          UMAMI_CHANNEL_ORGANIC_SEARCH },
        { "google.com", "gclid=1", NULL, NULL, UMAMI_CHANNEL_PAID_ADS, UMAMI_CHANNEL_PAID_ADS },
        { NULL, "GCLID=1", NULL, NULL, UMAMI_CHANNEL_NONE, UMAMI_CHANNEL_PAID_ADS },
        { "bing.com", "utm_medium=ppc", "ppc", NULL, UMAMI_CHANNEL_PAID_SEARCH,
          UMAMI_CHANNEL_PAID_SEARCH },
        { "bing.com", "utm_medium=a-cp-b", "a-cp-b", NULL, UMAMI_CHANNEL_PAID_SEARCH,
          UMAMI_CHANNEL_ORGANIC_SEARCH },
        { "t.co", "", NULL, NULL, UMAMI_CHANNEL_ORGANIC_SOCIAL, UMAMI_CHANNEL_ORGANIC_SOCIAL },
        { NULL, "utm_medium=social", "social", NULL, UMAMI_CHANNEL_ORGANIC_SOCIAL,
          UMAMI_CHANNEL_NONE },
        { NULL, "utm_medium=affiliate", "affiliate", NULL, UMAMI_CHANNEL_AFFILIATE,
          UMAMI_CHANNEL_AFFILIATE },
        { NULL, "utm_medium=My%20App", "My App", NULL, UMAMI_CHANNEL_NONE, UMAMI_CHANNEL_REFERRAL },
        { NULL, "utm_source=SMS", NULL, "SMS", UMAMI_CHANNEL_NONE, UMAMI_CHANNEL_SMS },
        { NULL, "utm_medium=e-mail", "e-mail", NULL, UMAMI_CHANNEL_EMAIL, UMAMI_CHANNEL_EMAIL },
        { NULL, "utm_campaign=shop", NULL, NULL, UMAMI_CHANNEL_NONE, UMAMI_CHANNEL_NONE },
        { NULL, "utm_campaign=eshop", NULL, NULL, UMAMI_CHANNEL_ORGANIC_SHOPPING,
          UMAMI_CHANNEL_NONE },
        { NULL, "utm_campaign=workshop", NULL, NULL, UMAMI_CHANNEL_NONE, UMAMI_CHANNEL_NONE },
        { NULL, "utm_campaign=shopping", NULL, NULL, UMAMI_CHANNEL_ORGANIC_SHOPPING,
          UMAMI_CHANNEL_NONE },
        { "blog.example", "", NULL, NULL, UMAMI_CHANNEL_NONE, UMAMI_CHANNEL_REFERRAL },
        { "youtube.com", "utm_medium=pay", "pay", NULL, UMAMI_CHANNEL_ORGANIC_VIDEO,
          UMAMI_CHANNEL_PAID_VIDEO },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct umami_arrival a = { cases[i].domain, cases[i].query, cases[i].medium,
                                   cases[i].source, false,          false };

        a.is_foreign = a.domain != NULL && *a.domain != '\0';
        if (umami_channel_of(&a) != cases[i].v2)
            fail_msg("case %zu, v2: %d", i, (int)umami_channel_of(&a));
        a.is_v3 = true;
        if (umami_channel_of(&a) != cases[i].v3)
            fail_msg("case %zu, v3: %d", i, (int)umami_channel_of(&a));
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(visits_bounces_and_time),
        TEST(late_rows_find_their_place),
        TEST(both_ends_of_a_range_count),
        TEST(an_emptied_website_starts_anew),
        TEST(what_is_too_old_goes),
        TEST(filters_by_column),
        TEST(all_or_any_filter),
        TEST(a_bad_pattern_is_said),
        TEST(buckets_are_of_the_wall_clock),
        TEST(the_repeated_hour_is_one),
        TEST(channels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
