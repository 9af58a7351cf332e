/* test_metric_source.c - stored and simulated data asked as one, and listed in one order.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/metric_source.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "domain/sketch.h"
#include "domain/stack_series.h"

#define NOW    INT64_C(1795867200000) /* 2026-11-28T12:00:00Z */
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

struct fixture {
    struct clock *clock;
    struct store *store;
    struct store_reader *reader;
    struct arena *arena;
    struct stack *stack;
    struct metric_source source;
};

static const struct dimension instance[] = { { "DBInstanceIdentifier", "shop-aurora-1" } };
static const struct series_key cpu = { "AWS/RDS", "CPUUtilization", { instance, 1 } };

static int
setup(void **state)
{
    const struct stack_world world = {
        .account = "000000000000", .region = "us-east-1", .environment = "dev", .start_ms = NOW
    };
    struct fixture *f = xcalloc(1, sizeof *f);
    struct stack_faults *faults = xcalloc(1, sizeof *faults);
    struct err err = { 0 };

    f->clock = clock_new_virtual(NOW);
    assert_int_equal(
        stack_read(&f->stack, stack_builtin_text(), strlen(stack_builtin_text()), &world, faults),
        OK);
    free(faults);
    if (store_open(&f->store, &(struct store_options){ .path = ":memory:", .clock = f->clock },
                   &err) != OK ||
        store_reader_open(&f->reader, f->store, &err) != OK)
        fail_msg("%s", err.text);
    f->arena = arena_new();
    f->source = (struct metric_source){ f->reader, f->stack, NOW, NULL };
    *state = f;
    return 0;
}

static int
teardown(void **state)
{
    struct fixture *f = *state;

    store_reader_close(f->reader);
    store_close(f->store);
    stack_free(f->stack);
    clock_free(f->clock);
    arena_free(f->arena);
    free(f);
    return 0;
}

static void
put(struct fixture *f, const struct series_key *key, int64_t at, double value)
{
    struct store_write *write = store_write_new(f->store);
    const struct metric_datum datum = {
        .namespace_name = key->namespace_name,
        .metric = key->metric,
        .unit = UNIT_PERCENT,
        .time_ms = at,
        .sets = &key->dims,
        .set_count = 1,
        .values = &value,
        .value_count = 1,
    };

    store_write_datum(write, &datum);
    assert_int_equal(store_submit_wait(f->store, write, NULL), OK);
}

static struct metric_buckets
ask(struct fixture *f, const struct metric_query *query, enum metric_origin_kind *kind)
{
    struct metric_buckets out = { 0 };
    struct err err = { 0 };

    if (metric_source_read(&f->source, f->arena, query, &out, kind, &err) != OK)
        fail_msg("%s", err.text);
    return out;
}

/* --- values ----------------------------------------------------------------------------------- */

static struct statistic_set
made(struct fixture *f, const struct series_key *key, int64_t at)
{
    const struct stack_series *series = stack_series_find(f->stack, key);
    struct statistic_set set = { 0 };

    assert_non_null(series);
    assert_true(stack_series_value(f->stack, series, at, &set, NULL));
    return set;
}

static void
minutes_up_to_now(void **state)
{
    struct fixture *f = *state;
    const struct metric_query query = { cpu, NOW - HOUR, NOW + HOUR, MINUTE, false, -1 };
    enum metric_origin_kind kind;
    struct metric_buckets got;

    f->source.now_ms = NOW + MINUTE / 2; /* the minute of noon is not over */
    got = ask(f, &query, &kind);
    assert_int_equal(kind, METRIC_SIMULATED);
    assert_int_equal(got.count, 60);
    assert_int_equal(got.unit, UNIT_PERCENT);
    for (size_t i = 0; i < 60; i++) {
        const struct statistic_set set = made(f, &cpu, NOW - HOUR + (int64_t)i * MINUTE);

        assert_int_equal(got.buckets[i].start_ms, NOW - HOUR + (int64_t)i * MINUTE);
        assert_memory_equal(&got.buckets[i].set, &set, sizeof set);
    }
}

static void
longer_periods_hold_their_minutes(void **state)
{
    struct fixture *f = *state;
    const struct metric_query query = { cpu, NOW - HOUR, NOW, 5 * MINUTE, true, -1 };
    const struct metric_buckets got = ask(f, &query, NULL);

    assert_int_equal(got.count, 12);
    for (size_t i = 0; i < 12; i++) {
        double sum = 0;

        for (int64_t k = 0; k < 5; k++)
            sum += made(f, &cpu, got.buckets[i].start_ms + k * MINUTE).sum;
        assert_true(got.buckets[i].set.count == 5);
        assert_true(fabs(got.buckets[i].set.sum - sum) < 1e-9);
        assert_true(sketch_count(got.buckets[i].sketch) == 5);
    }
}

static void
rare_metrics_are_at_their_times(void **state)
{
    static const struct dimension currency[] = { { "Currency", "USD" } };
    struct fixture *f = *state;
    const struct series_key bill = { "AWS/Billing", "EstimatedCharges", { currency, 1 } };
    const struct metric_query minutes = { bill, NOW - DAY, NOW + DAY, MINUTE, false, -1 };
    const struct metric_query days = { bill, NOW - 12 * HOUR, NOW + 12 * HOUR, DAY, false, -1 };
    struct metric_buckets got = ask(f, &minutes, NULL);

    assert_int_equal(got.count, 5); /* noon to noon */
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(got.buckets[i].start_ms, NOW - DAY + (int64_t)i * 6 * HOUR);
    got = ask(f, &days, NULL);
    assert_int_equal(got.count, 1);
    assert_true(got.buckets[0].set.count == 3); /* midnight, six, noon */
    assert_true(got.buckets[0].set.max == made(f, &bill, NOW).sum);
}

static void
what_is_stored_wins_minute_by_minute(void **state)
{
    struct fixture *f = *state;
    const int64_t mine = NOW - 20 * MINUTE;
    const struct metric_query minutes = { cpu, NOW - HOUR, NOW, MINUTE, true, -1 };
    const struct metric_query hour = { cpu, NOW - HOUR, NOW, HOUR, true, -1 };
    enum metric_origin_kind kind;
    struct metric_buckets got;
    double sum = 0;

    put(f, &cpu, mine + 7000, 99.5);
    put(f, &cpu, mine + 9000, 0.5);
    got = ask(f, &minutes, &kind);
    assert_int_equal(kind, METRIC_PARTLY_SIMULATED);
    assert_int_equal(got.count, 60);
    for (size_t i = 0; i < 60; i++) {
        const bool is_mine = got.buckets[i].start_ms == mine;

        assert_true(got.buckets[i].set.count == (is_mine ? 2 : 1));
        assert_true(is_mine ? got.buckets[i].set.max == 99.5 : got.buckets[i].set.max < 99);
        sum += got.buckets[i].set.sum;
    }
    got = ask(f, &hour, &kind);
    assert_int_equal(got.count, 1);
    assert_true(got.buckets[0].set.count == 61);
    assert_true(fabs(got.buckets[0].set.sum - sum) < 1e-9);
    assert_true(sketch_count(got.buckets[0].sketch) == 61);
    assert_true(sketch_quantile(got.buckets[0].sketch, 1) == 99.5);
}

static void
other_units_and_seconds_have_nothing(void **state)
{
    struct fixture *f = *state;
    const struct metric_query bytes = { cpu, NOW - HOUR, NOW, MINUTE, false, UNIT_BYTES };
    const struct metric_query percent = { cpu, NOW - HOUR, NOW, MINUTE, false, UNIT_PERCENT };
    const struct metric_query seconds = { cpu, NOW - HOUR, NOW, 10000, false, -1 };

    assert_int_equal(ask(f, &bytes, NULL).count, 0);
    assert_int_equal(ask(f, &percent, NULL).count, 60);
    assert_int_equal(ask(f, &seconds, NULL).count, 0);
}

static void
without_a_stack_there_is_the_store(void **state)
{
    struct fixture *f = *state;
    const struct metric_query query = { cpu, NOW - HOUR, NOW, MINUTE, false, -1 };
    enum metric_origin_kind kind = METRIC_SIMULATED;

    f->source.stack = NULL;
    put(f, &cpu, NOW - MINUTE, 3);
    assert_int_equal(ask(f, &query, &kind).count, 1);
    assert_int_equal(kind, METRIC_STORED);
    assert_false(metric_source_is_simulated(NULL, &cpu));
    assert_true(metric_source_is_simulated(f->stack, &cpu));
}

static void
fifteen_days_back(void **state)
{
    struct fixture *f = *state;
    const struct metric_query query = { cpu,    NOW - 15 * DAY, NOW - 15 * DAY + HOUR,
                                        MINUTE, false,          -1 };
    const struct metric_query before = {
        cpu, f->stack->since_ms - DAY, f->stack->since_ms, MINUTE, false, -1
    };

    assert_int_equal(ask(f, &query, NULL).count, 60);
    assert_int_equal(ask(f, &before, NULL).count, 0);
}

/* --- lists ------------------------------------------------------------------------------------ */

static struct series_page
list(struct fixture *f, const struct series_filter *filter, const char *after, size_t limit)
{
    struct series_page page = { 0 };
    struct err err = { 0 };

    if (metric_source_list(&f->source, f->arena, filter, after, limit, &page, &err) != OK)
        fail_msg("%s", err.text);
    return page;
}

/* Before, between, in and behind those of the stack. */
static size_t
put_some(struct fixture *f)
{
    static const struct dimension other[] = { { "DBInstanceIdentifier", "elsewhere" } };
    static const struct series_key keys[] = {
        { "A", "m", { NULL, 0 } },
        { "AWS/ECS", "A", { NULL, 0 } },
        { "AWS/RDS", "CPUUtilization", { instance, 1 } }, /* the stack's, too */
        { "AWS/RDS", "CPUUtilization", { other, 1 } },
        { "AWS/RDS", "CPUUtilization", { NULL, 0 } },
        { "AWS/S3", "Z", { NULL, 0 } },
        { "Z", "m", { NULL, 0 } },
    };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        put(f, &keys[i], NOW - MINUTE, 1);
    return sizeof keys / sizeof keys[0] - 1;
}

static void
pages_are_one_list(void **state)
{
    static const size_t limits[] = { 1, 2, 3, 7, 50, 137, 500 };
    struct fixture *f = *state;
    const struct series_filter all = { .active_since_ms = NOW - DAY };
    const size_t mine = put_some(f);
    size_t simulated;
    struct series_page whole = list(f, &all, NULL, 10000);

    (void)stack_series_all(f->stack, &simulated);
    assert_int_equal(whole.count, mine + simulated);
    assert_null(whole.next);
    for (size_t i = 1; i < whole.count; i++)
        assert_true(series_key_compare(&whole.series[i - 1].key, &whole.series[i].key) < 0);
    for (size_t l = 0; l < sizeof limits / sizeof limits[0]; l++) {
        const char *after = NULL;
        size_t seen = 0;

        do {
            const struct series_page page = list(f, &all, after, limits[l]);

            assert_true(page.count <= limits[l]);
            for (size_t i = 0; i < page.count; i++)
                assert_true(series_key_equal(&page.series[i].key, &whole.series[seen++].key));
            after = page.next;
        } while (after != NULL);
        assert_int_equal(seen, whole.count);
    }
}

static void
filters_hold_for_both(void **state)
{
    static const struct dimension any[] = { { "DBInstanceIdentifier", NULL } };
    struct fixture *f = *state;
    struct series_filter filter = { .namespace_name = "AWS/RDS", .metric = "CPUUtilization" };
    struct series_page page;

    (void)put_some(f);
    page = list(f, &filter, NULL, 100);
    assert_int_equal(page.count, 5); /* none, cluster, cluster and role, two instances */
    assert_int_equal(page.series[0].key.dims.count, 0);
    filter.dims = any;
    filter.dim_count = 1;
    page = list(f, &filter, NULL, 1);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.series[0].key.dims.dims[0].value, "elsewhere");
    page = list(f, &filter, page.next, 1);
    assert_string_equal(page.series[0].key.dims.dims[0].value, "shop-aurora-1");
    filter.dims = instance;
    assert_int_equal(list(f, &filter, NULL, 100).count, 1);
}

static void
only_what_has_data_is_listed(void **state)
{
    struct fixture *f = *state;
    const struct series_filter recent = { .namespace_name = "AWS/S3",
                                          .active_since_ms = NOW - 3 * HOUR };
    const struct series_filter all = { .namespace_name = "AWS/S3" };

    assert_int_equal(list(f, &recent, NULL, 100).count, 0); /* told at midnight */
    assert_true(list(f, &all, NULL, 100).count > 0);
    f->source.now_ms = f->stack->since_ms - DAY;
    assert_int_equal(list(f, &all, NULL, 100).count, 0);
}

static void
a_foreign_key_is_refused(void **state)
{
    static const char *const keys[] = { "zz", "00", "4100", "41" };
    struct fixture *f = *state;
    const struct series_filter all = { 0 };

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        struct series_page page;

        assert_int_equal(metric_source_list(&f->source, f->arena, &all, keys[i], 10, &page, NULL),
                         E_INVALID);
    }
}

static void
namespaces_are_told(void **state)
{
    static const char *const expected[] = {
        "AWS/ApplicationELB", "AWS/Billing", "AWS/CloudFront", "AWS/ECS",
        "AWS/NATGateway",     "AWS/RDS",     "AWS/S3",         "ECS/ContainerInsights"
    };
    struct fixture *f = *state;
    const char *names[16];

    assert_int_equal(metric_source_namespaces(f->stack, names, 16), 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(names[i], expected[i]);
    assert_int_equal(metric_source_namespaces(f->stack, names, 1), 8);
    for (size_t i = 0; metric_source_measured(i).metric != NULL; i++)
        assert_string_equal(metric_source_measured(i).namespace_name, "AWS/RDS");
    assert_null(metric_source_measured(2).metric);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(minutes_up_to_now),
        TEST(longer_periods_hold_their_minutes),
        TEST(rare_metrics_are_at_their_times),
        TEST(what_is_stored_wins_minute_by_minute),
        TEST(other_units_and_seconds_have_nothing),
        TEST(without_a_stack_there_is_the_store),
        TEST(fifteen_days_back),
        TEST(pages_are_one_list),
        TEST(filters_hold_for_both),
        TEST(only_what_has_data_is_listed),
        TEST(a_foreign_key_is_refused),
        TEST(namespaces_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
