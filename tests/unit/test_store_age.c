/* test_store_age.c - what happens to data as it grows old, many, or too large for the disk.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/sketch.h"
#include "store/compact.h"
#include "store/store.h"
#include "store/store_inside.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "memory_store.h"

#define NOW  MEMORY_STORE_NOW
#define DAY  86400000LL
#define HOUR 3600000LL

static int
setup(void **state)
{
    return memory_store_open(state, 4 << 20);
}

static void
retain(struct fixture *f)
{
    struct err err = { 0 };

    if (store_retain(f->store, &err) != OK)
        fail_msg("%s", err.text);
}

static const struct dimension service = { "service", "checkout" };

static void
add_values(struct store_write *write, int64_t at_ms, const double *values, size_t count)
{
    const struct dimension_set set = { &service, 1 };
    const struct metric_datum datum = { .namespace_name = "Shop",
                                        .metric = "Latency",
                                        .unit = UNIT_MILLISECONDS,
                                        .high_resolution = true,
                                        .time_ms = at_ms,
                                        .sets = &set,
                                        .set_count = 1,
                                        .values = values,
                                        .value_count = count };

    store_write_datum(write, &datum);
}

static void
put_values(struct fixture *f, int64_t at_ms, const double *values, size_t count)
{
    struct store_write *write = store_write_new(f->store);

    add_values(write, at_ms, values, count);
    submit(f, write);
}

static struct metric_buckets
read_latency(struct fixture *f, int64_t start_ms, int64_t end_ms, int64_t period_ms)
{
    const struct metric_query query = { .key = { "Shop", "Latency", { &service, 1 } },
                                        .start_ms = start_ms,
                                        .end_ms = end_ms,
                                        .period_ms = period_ms,
                                        .want_sketch = true,
                                        .unit = -1 };
    struct metric_buckets out = { 0 };
    struct err err = { 0 };

    if (store_read_metric(f->reader, f->arena, &query, &out, &err) != OK)
        fail_msg("%s", err.text);
    return out;
}

/* --- tiers ------------------------------------------------------------------------------------ */

static void
tiers_grow_coarser_with_age(void **state)
{
    static const double values[] = { 10, 20, 30, 40 };
    struct fixture *f = *state;
    struct metric_buckets out;

    for (int i = 0; i < 10; i++)
        put_values(f, NOW + i * 60000, values, 4);
    assert_int_equal(read_latency(f, NOW, NOW + HOUR, 1000).count, 10);
    clock_set(f->clock, NOW + 4 * HOUR);
    retain(f);
    assert_int_equal(read_latency(f, NOW, NOW + HOUR, 1000).count, 0);
    assert_int_equal(read_latency(f, NOW, NOW + HOUR, 60000).count, 10);
    clock_set(f->clock, NOW + 16 * DAY);
    retain(f);
    assert_int_equal(read_latency(f, NOW, NOW + HOUR, 60000).count, 0);
    out = read_latency(f, NOW, NOW + HOUR, 300000);
    assert_int_equal(out.count, 2);
    assert_true(out.buckets[0].set.count == 20 && out.buckets[0].set.sum == 500);
    assert_true(sketch_quantile(out.buckets[0].sketch, 1) == 40);
    clock_set(f->clock, NOW + 64 * DAY);
    retain(f);
    assert_int_equal(read_latency(f, NOW, NOW + HOUR, 300000).count, 0);
    out = read_latency(f, NOW - NOW % HOUR, NOW + HOUR, HOUR);
    assert_int_equal(out.count, 1);
    assert_true(out.buckets[0].set.count == 40);
    clock_set(f->clock, NOW + 456 * DAY);
    retain(f);
    assert_int_equal(read_latency(f, NOW - HOUR, NOW + HOUR, HOUR).count, 0);
}

static void
series_go_with_their_last_value(void **state)
{
    static const double one = 1;
    struct fixture *f = *state;
    const struct series_filter all = { .namespace_name = "Shop" };
    struct series_page page;
    struct err err;

    put_values(f, NOW, &one, 1);
    assert_int_equal(store_list_series(f->reader, f->arena, &all, NULL, 10, &page, &err), OK);
    assert_int_equal(page.count, 1);
    clock_set(f->clock, NOW + 456 * DAY);
    retain(f);
    assert_int_equal(store_list_series(f->reader, f->arena, &all, NULL, 10, &page, &err), OK);
    assert_int_equal(page.count, 0);
    put_values(f, NOW + 456 * DAY, &one, 1);
    assert_int_equal(read_latency(f, NOW + 455 * DAY, NOW + 457 * DAY, 60000).count, 1);
}

static void
raw_values_live_a_day(void **state)
{
    static const double one = 1;
    struct fixture *f = *state;
    struct store_stats stats;

    put_values(f, NOW, &one, 1);
    clock_set(f->clock, NOW + DAY - 1);
    put_values(f, NOW + DAY - 1, &one, 1);
    retain(f);
    store_stats(f->store, &stats);
    assert_int_equal(stats.data, 2);
    clock_set(f->clock, NOW + DAY + 1);
    retain(f);
    store_stats(f->store, &stats);
    assert_int_equal(stats.data, 1);
    assert_int_equal(read_latency(f, NOW, NOW + 2 * DAY, 60000).count, 2);
}

/* --- the cap ---------------------------------------------------------------------------------- */

static void
write_bulk(struct fixture *f, int64_t at_ms, int number)
{
    struct store_write *write = store_write_new(f->store);
    struct log_event event = { .time_ms = at_ms };
    char *text = malloc(20000);

    /* Text that does not compress. */
    for (int i = 0; i < 20000; i++)
        text[i] = (char)(' ' + rand() % 95);
    event.message = text;
    event.message_len = 20000;
    snprintf(text, 20, "line %d", number);
    store_write_logs(write, "/app", number % 2 == 0 ? "even" : "odd", &event, 1, at_ms);
    submit(f, write);
    free(text);
}

static void
beyond_the_cap_the_oldest_goes(void **state)
{
    struct fixture *f = *state;
    struct log_query query = { .group = "/app", .end_ms = NOW + DAY, .limit = 5 };
    struct store_stats stats;
    struct log_page page;
    struct err err;

    srand(7);
    write_bulk(f, NOW - DAY, 1);
    for (int i = 0; i < 600; i++) {
        write_bulk(f, NOW + i * 1000, 2 * i);
        if (i % 100 == 99)
            retain(f);
    }
    retain(f);
    store_stats(f->store, &stats);
    assert_in_range(stats.log_lines, 50, 250);
    assert_int_equal(store_read_logs(f->reader, f->arena, &query, &page, &err), OK);
    assert_true(page.lines[0].time_ms > NOW);
    query.newest_first = true;
    assert_int_equal(store_read_logs(f->reader, f->arena, &query, &page, &err), OK);
    assert_true(page.lines[0].time_ms == NOW + 599 * 1000);
    /* The stream that has nothing left went with its lines. */
    query.streams = (const char *const[]){ "odd" };
    query.stream_count = 1;
    assert_int_equal(store_read_logs(f->reader, f->arena, &query, &page, &err), E_NOTFOUND);
}

/* A dimension with a value of its own for every request fills the file with series alone. */
static void
beyond_the_cap_silent_series_go(void **state)
{
    struct fixture *f = *state;
    const struct series_filter old = { .namespace_name = "Noise" };
    struct store_stats stats;
    struct series_page page;
    struct err err;
    char value[900];

    memset(value, 'v', sizeof value);
    for (int burst = 0; burst < 60; burst++) {
        struct store_write *write = store_write_new(f->store);

        for (int i = 0; i < 100; i++) {
            const struct dimension dim = { "request", value };
            const struct dimension_set set = { &dim, 1 };
            const double one = 1;
            const struct metric_datum datum = { .namespace_name = "Noise",
                                                .metric = "Hits",
                                                .unit = UNIT_COUNT,
                                                .time_ms = NOW + burst * 1000,
                                                .sets = &set,
                                                .set_count = 1,
                                                .values = &one,
                                                .value_count = 1 };

            snprintf(value + 880, 20, "%d", burst * 100 + i);
            store_write_datum(write, &datum);
        }
        submit(f, write);
    }
    retain(f);
    store_stats(f->store, &stats);
    assert_int_equal(stats.data, 0);
    assert_int_equal(store_list_series(f->reader, f->arena, &old, NULL, 10000, &page, &err), OK);
    assert_in_range(page.count, 100, 4000);
    for (size_t i = 0; i < page.count; i++)
        assert_true(page.series[i].last_ms > NOW);
    put_values(f, NOW + HOUR, (const double[]){ 1 }, 1);
    assert_int_equal(read_latency(f, NOW, NOW + 2 * HOUR, 60000).count, 1);
}

/* --- exact percentiles ------------------------------------------------------------------------ */

static int
ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double
truth(double *values, size_t n, double q)
{
    double rank = q * (double)(n - 1);
    size_t low = (size_t)rank;

    qsort(values, n, sizeof *values, ascending);
    return low + 1 < n ? values[low] + (values[low + 1] - values[low]) * (rank - (double)low)
                       : values[low];
}

static void
percentiles_are_exact_up_to_4096_samples(void **state)
{
    enum { N = 4000 };
    double values[N];
    struct fixture *f = *state;
    struct metric_buckets out;

    for (size_t i = 0; i < N; i++)
        values[i] = (double)((i * 7919) % 10007) + 0.1;
    for (size_t i = 0; i < N; i += 100)
        put_values(f, NOW + (int64_t)i * 70, &values[i], 100);
    out = read_latency(f, NOW, NOW + HOUR, 300000);
    assert_int_equal(out.count, 1);
    assert_true(sketch_is_exact(out.buckets[0].sketch));
    assert_true(fabs(sketch_quantile(out.buckets[0].sketch, 0.75) - truth(values, N, 0.75)) < 1e-9);
    /* Once the raw values are gone the sketch answers. */
    clock_set(f->clock, NOW + 2 * DAY);
    retain(f);
    out = read_latency(f, NOW, NOW + HOUR, 300000);
    assert_false(sketch_is_exact(out.buckets[0].sketch));
    assert_true(fabs(sketch_quantile(out.buckets[0].sketch, 0.75) / truth(values, N, 0.75) - 1) <
                0.01);
}

static void
vitals_are_exact_per_route(void **state)
{
    enum { N = 1000 };
    const struct dimension dims[] = { { "environment", "dev" }, { "route", "/b" } };
    const struct metric_query query = { .key = { WEB_VITALS_NAMESPACE, "LCP", { dims, 2 } },
                                        .start_ms = NOW,
                                        .end_ms = NOW + HOUR,
                                        .period_ms = 60000,
                                        .want_sketch = true,
                                        .unit = -1 };
    const struct dimension function = { "FunctionName", WEB_VITALS_FUNCTION };
    const struct metric_query duration = { .key = { "AWS/Lambda", "Duration", { &function, 1 } },
                                           .start_ms = NOW,
                                           .end_ms = NOW + HOUR,
                                           .period_ms = 60000,
                                           .want_sketch = true,
                                           .unit = -1 };
    struct fixture *f = *state;
    struct metric_buckets out;
    double values[N];
    struct err err;

    for (size_t i = 0; i < 2 * N; i++) {
        const struct vital_sample sample = { .vital = VITAL_LCP,
                                             .value = (double)((i * 7919) % 10007),
                                             .url = "u",
                                             .route = i % 2 == 0 ? "/a" : "/b" };
        const struct vitals_post post = { .received_ms = NOW + (int64_t)i * 20,
                                          .duration_us = (uint32_t)(i * 31),
                                          .environment = "dev",
                                          .session_id = "s",
                                          .user_agent = "u",
                                          .samples = &sample,
                                          .sample_count = 1 };
        struct store_write *write = store_write_new(f->store);

        if (i % 2 == 1)
            values[i / 2] = sample.value;
        store_write_vitals(write, &post);
        submit(f, write);
    }
    assert_int_equal(store_read_metric(f->reader, f->arena, &query, &out, &err), OK);
    assert_int_equal(out.count, 1);
    assert_true(sketch_is_exact(out.buckets[0].sketch));
    assert_true(fabs(sketch_quantile(out.buckets[0].sketch, 0.9) - truth(values, N, 0.9)) < 1e-9);
    assert_int_equal(store_read_metric(f->reader, f->arena, &duration, &out, &err), OK);
    assert_true(sketch_is_exact(out.buckets[0].sketch));
    assert_true(sketch_count(out.buckets[0].sketch) == 2 * N);
}

/* --- compaction ------------------------------------------------------------------------------- */

static struct log_page
all_lines(struct fixture *f)
{
    const struct log_query query = { .group = "/app", .end_ms = NOW + DAY, .limit = 1000 };
    struct log_page page = { 0 };
    struct err err = { 0 };

    if (store_read_logs(f->reader, f->arena, &query, &page, &err) != OK)
        fail_msg("%s", err.text);
    return page;
}

static enum status
count_chunks(struct writer *w, void *arg, struct err *err)
{
    sqlite3_stmt *st;
    enum status status;

    if (sqlite3_prepare_v2(w->db.handle, "SELECT count(*) FROM log_chunk", -1, &st, NULL) !=
        SQLITE_OK)
        return db_fail(&w->db, err);
    status = db_get_int(&w->db, st, 0, arg, err);
    sqlite3_finalize(st);
    return status;
}

static void
compaction_changes_no_line(void **state)
{
    struct fixture *f = *state;
    struct log_page before, after;
    struct err err = { 0 };
    int64_t chunks = 0;

    for (int i = 0; i < 60; i++) {
        struct store_write *write = store_write_new(f->store);
        struct log_event event = { .time_ms = NOW + (i * 7919) % 120000 };
        char text[64];

        event.message_len = (size_t)snprintf(text, sizeof text, "request %d took 17 ms", i);
        event.message = text;
        store_write_logs(write, "/app", i % 3 == 0 ? "a" : "b", &event, 1, NOW + i);
        submit(f, write);
    }
    before = all_lines(f);
    assert_int_equal(before.count, 60);
    assert_int_equal(compact_logs(f->reader, NOW, NOW + 300000, &err), OK);
    assert_int_equal(store_ask_writer(f->store, count_chunks, NULL, &chunks, &err), OK);
    assert_int_equal(chunks, 4); /* two streams, two minutes */
    after = all_lines(f);
    assert_int_equal(after.count, 60);
    for (size_t i = 0; i < 60; i++) {
        assert_string_equal(before.lines[i].id, after.lines[i].id);
        assert_string_equal(before.lines[i].message, after.lines[i].message);
        assert_string_equal(before.lines[i].stream, after.lines[i].stream);
        assert_true(before.lines[i].ingested_ms == after.lines[i].ingested_ms);
    }
}

/* --- a full disk ------------------------------------------------------------------------------ */

static enum status
set_pages(struct writer *w, void *arg, struct err *err)
{
    return db_exec(&w->db, arg, err);
}

static void
a_full_disk_refuses_and_recovers(void **state)
{
    static const double one = 1;
    static char few[] = "PRAGMA max_page_count=1", many[] = "PRAGMA max_page_count=100000";
    struct fixture *f = *state;
    struct store_stats stats;
    enum status st = OK;
    struct err err = { 0 };

    put_values(f, NOW, &one, 1);
    /* The limit cannot be set below what is there: the next new page is one too many. */
    assert_int_equal(store_ask_writer(f->store, NULL, set_pages, few, &err), OK);
    for (int i = 0; i < 1000 && st == OK; i++) {
        struct store_write *write = store_write_new(f->store);
        const struct log_event event = { NOW, few, sizeof few - 1 };

        store_write_logs(write, "/app", "s", &event, 1, NOW);
        add_values(write, NOW + i * 1000, &one, 1);
        st = store_submit_wait(f->store, write, &err);
    }
    assert_int_equal(st, E_IO);
    assert_non_null(strstr(err.text, "full"));
    store_stats(f->store, &stats);
    assert_true(stats.disk_full);
    /* What was kept before is still there, and only that. */
    assert_true(read_latency(f, NOW, NOW + HOUR, HOUR).buckets[0].set.count == (double)stats.data);
    assert_int_equal(store_ask_writer(f->store, NULL, set_pages, many, &err), OK);
    for (uint64_t until = mono_ns() + 5000000000u; st != OK && mono_ns() < until;) {
        struct store_write *write = store_write_new(f->store);

        add_values(write, NOW + 1, &one, 1);
        st = store_submit_wait(f->store, write, &err);
    }
    assert_int_equal(st, OK);
    store_stats(f->store, &stats);
    assert_false(stats.disk_full);
    assert_true(read_latency(f, NOW, NOW + HOUR, HOUR).buckets[0].set.count == (double)stats.data);
}

static void
report_error(struct fixture *f, int64_t at_ms, const char *message)
{
    static uint8_t number;
    const struct error_report report = {
        .received_ms = at_ms, .error_id = { 1, ++number }, .message = message, .session_id = "s"
    };
    struct store_write *write = store_write_new(f->store);

    store_write_error(write, &report);
    submit(f, write);
}

static void
groups_of_errors_go_with_their_last_report(void **state)
{
    struct fixture *f = *state;
    struct stored_groups groups;
    struct err err = { 0 };

    report_error(f, NOW, "rare");
    report_error(f, NOW, "often");
    clock_set(f->clock, NOW + 4 * DAY);
    report_error(f, NOW + 4 * DAY, "often");
    assert_int_equal(
        store_set_log_retention(f->store, "/aws/lambda/" ERROR_REPORT_FUNCTION, 3, &err), OK);
    retain(f);
    assert_int_equal(store_find_error_groups(f->reader, f->arena, &groups, &err), OK);
    assert_int_equal(groups.count, 1); /* "rare" is forgotten */
    assert_true(groups.list[0].first_ms == NOW && groups.list[0].last_ms == NOW + 4 * DAY);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, memory_store_close)
    const struct CMUnitTest tests[] = {
        CASE(tiers_grow_coarser_with_age),
        CASE(groups_of_errors_go_with_their_last_report),
        CASE(series_go_with_their_last_value),
        CASE(raw_values_live_a_day),
        CASE(beyond_the_cap_the_oldest_goes),
        CASE(beyond_the_cap_silent_series_go),
        CASE(percentiles_are_exact_up_to_4096_samples),
        CASE(vitals_are_exact_per_route),
        CASE(compaction_changes_no_line),
        CASE(a_full_disk_refuses_and_recovers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
