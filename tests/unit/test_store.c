/* test_store.c - what goes in comes out: vitals, errors, metric data and logs through the door.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/sketch.h"
#include "store/store.h"

#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "memory_store.h"

#define NOW MEMORY_STORE_NOW

static int
setup(void **state)
{
    return memory_store_open(state, 0);
}

static void
post_vital(struct fixture *f, int64_t at_ms, double lcp, const char *route)
{
    const struct vital_sample samples[] = {
        { VITAL_LCP, lcp, RATING_GOOD, RATING_GOOD, "https://shop/p/1", route, at_ms - 40 },
        { VITAL_CLS, 0.043, RATING_GOOD, RATING_NONE, "https://shop/p/1", route, 0 },
    };
    const struct vitals_post post = {
        .received_ms = at_ms,
        .duration_us = 1500,
        .request_id = { 1, 2, 3 },
        .environment = "dev",
        .session_id = "0f8fad5b-d9cb-469f-a165-70867728950e",
        .user_agent = "Mozilla/5.0",
        .samples = samples,
        .sample_count = 2,
    };
    struct store_write *write = store_write_new(f->store);

    store_write_vitals(write, &post);
    submit(f, write);
}

static struct metric_buckets
read_metric(struct fixture *f, const char *namespace_name, const char *metric,
            const struct dimension *dims, size_t dim_count, int64_t period_ms)
{
    const struct metric_query query = {
        .key = { namespace_name, metric, { dims, dim_count } },
        .start_ms = NOW - 3600000,
        .end_ms = NOW + 3600000,
        .period_ms = period_ms,
        .want_sketch = true,
        .unit = -1,
    };
    struct metric_buckets out = { 0 };
    struct err err = { 0 };

    if (store_read_metric(f->reader, f->arena, &query, &out, &err) != OK)
        fail_msg("%s", err.text);
    return out;
}

static void
vitals_feed_both_dimension_sets(void **state)
{
    struct fixture *f = *state;
    const struct dimension dims[] = { { "environment", "dev" }, { "route", "/p/:id" } };
    struct metric_buckets out;

    post_vital(f, NOW + 10, 1000, "/p/:id");
    post_vital(f, NOW + 20, 2000, "/p/:id");
    post_vital(f, NOW + 60000, 4000, "/cart");
    out = read_metric(f, "UserMetrics/Frontend", "LCP", dims, 1, 60000);
    assert_int_equal(out.count, 2);
    assert_int_equal(out.unit, UNIT_MILLISECONDS);
    assert_true(out.buckets[0].start_ms == NOW);
    assert_true(out.buckets[0].set.count == 2 && out.buckets[0].set.sum == 3000);
    assert_true(out.buckets[1].start_ms == NOW + 60000 && out.buckets[1].set.min == 4000);
    assert_true(sketch_quantile(out.buckets[0].sketch, 0.75) == 1750);
    out = read_metric(f, "UserMetrics/Frontend", "LCP", dims, 2, 60000);
    assert_int_equal(out.count, 1);
    assert_true(out.buckets[0].set.max == 2000);
    out = read_metric(f, "UserMetrics/Frontend", "LCP", dims, 1, 300000);
    assert_int_equal(out.count, 1);
    assert_true(out.buckets[0].set.count == 3);
}

static void
vitals_count_as_invocations(void **state)
{
    struct fixture *f = *state;
    const struct dimension dim = { "FunctionName", WEB_VITALS_FUNCTION };
    struct metric_buckets out;

    post_vital(f, NOW, 1000, "/");
    out = read_metric(f, "AWS/Lambda", "Invocations", &dim, 1, 60000);
    assert_int_equal(out.count, 1);
    assert_true(out.buckets[0].set.sum == 1);
    out = read_metric(f, "AWS/Lambda", "Duration", &dim, 0, 60000);
    assert_int_equal(out.count, 1);
    assert_true(out.buckets[0].set.sum == 1.5);
    out = read_metric(f, "AWS/Lambda", "Errors", &dim, 1, 60000);
    assert_int_equal(out.count, 1);
    assert_true(out.buckets[0].set.sum == 0 && out.buckets[0].set.count == 1);
}

/* --- logs ------------------------------------------------------------------------------------- */

static struct log_page
read_logs(struct fixture *f, const char *group, bool newest_first, size_t limit, const char *after)
{
    const struct log_query query = {
        .group = group,
        .start_ms = NOW - 3600000,
        .end_ms = NOW + 3600000,
        .newest_first = newest_first,
        .limit = limit,
        .after = after,
    };
    struct log_page out = { 0 };
    struct err err = { 0 };

    if (store_read_logs(f->reader, f->arena, &query, &out, &err) != OK)
        fail_msg("%s", err.text);
    return out;
}

static void
vitals_are_log_lines(void **state)
{
    struct fixture *f = *state;
    struct log_page page;

    post_vital(f, NOW, 1234.5, "/p/:id");
    page = read_logs(f, "/aws/lambda/" WEB_VITALS_FUNCTION, false, 100, NULL);
    assert_int_equal(page.count, 5);
    assert_memory_equal(page.lines[0].message, "START RequestId: 01020300-", 26);
    assert_non_null(strstr(page.lines[1].message, "1234.5"));
    assert_non_null(strstr(page.lines[1].message, "\"_aws\""));
    assert_memory_equal(page.lines[3].message, "END", 3);
    assert_memory_equal(page.lines[4].message, "REPORT", 6);
    assert_non_null(strstr(page.lines[0].stream, "/[$LATEST]"));
    assert_null(page.next);
    for (size_t i = 1; i < page.count; i++)
        assert_true(strcmp(page.lines[i - 1].id, page.lines[i].id) < 0);
    page = read_logs(f, "/aws/lambda/" WEB_VITALS_FUNCTION, true, 2, NULL);
    assert_int_equal(page.count, 2);
    assert_memory_equal(page.lines[0].message, "REPORT", 6);
    page = read_logs(f, "/aws/lambda/" WEB_VITALS_FUNCTION, true, 10, page.next);
    assert_int_equal(page.count, 3);
    assert_memory_equal(page.lines[2].message, "START", 5);
}

static void
errors_are_found_and_logged(void **state)
{
    struct fixture *f = *state;
    const struct dimension dims[] = { { "environment", "dev" }, { "errorType", "TypeError" } };
    const struct error_report report = {
        .received_ms = NOW + 5,
        .duration_us = 900,
        .request_id = { 9 },
        .error_id = { 7, 7, 7 },
        .environment = "dev",
        .message = "x is undefined",
        .stack = "TypeError: x is undefined\n    at App (src/App.tsx:1:2)",
        .type = "TypeError",
        .url = "https://shop/cart",
        .route = "/cart",
        .user_agent = "Mozilla/5.0",
        .session_id = "not a uuid",
        .component_stack = "in App",
        .page_time_ms = NOW,
    };
    struct store_write *write = store_write_new(f->store);
    struct error_report found;
    struct log_page page;
    struct err err = { 0 };
    uint8_t other[16] = { 1 };

    store_write_error(write, &report);
    submit(f, write);
    assert_int_equal(store_find_error(f->reader, f->arena, report.error_id, &found, &err), OK);
    assert_string_equal(found.stack, report.stack);
    assert_string_equal(found.session_id, "not a uuid");
    assert_true(found.received_ms == NOW + 5 && found.page_time_ms == NOW);
    assert_int_equal(store_find_error(f->reader, f->arena, other, &found, &err), E_NOTFOUND);
    page = read_logs(f, "/aws/lambda/" ERROR_REPORT_FUNCTION, false, 100, NULL);
    assert_int_equal(page.count, 4);
    assert_non_null(strstr(page.lines[1].message, "x is undefined"));
    assert_int_equal(read_metric(f, "UserMetrics/Frontend", "Errors", dims, 2, 60000).count, 1);
}

static void
report_error(struct fixture *f, int64_t at_ms, const char *message)
{
    static uint8_t number;
    const struct error_report report = { .received_ms = at_ms,
                                         .error_id = { 1, ++number },
                                         .environment = "dev",
                                         .message = message,
                                         .type = "TypeError",
                                         .stack = "at pay (http://x/src/pay.ts:1:2)",
                                         .session_id = "s" };
    struct store_write *write = store_write_new(f->store);

    store_write_error(write, &report);
    submit(f, write);
}

static void
groups_of_errors_are_known_since_their_first(void **state)
{
    struct fixture *f = *state;
    struct stored_groups groups;
    struct fingerprint print;
    struct err err = { 0 };

    assert_int_equal(store_find_error_groups(f->reader, f->arena, &groups, &err), OK);
    assert_int_equal(groups.count, 0);
    report_error(f, NOW + 100, "order 17 is lost");
    report_error(f, NOW + 50, "order 4711 is lost"); /* late, and of the same group */
    report_error(f, NOW + 200, "no such basket");
    report_error(f, NOW + 300, "order 1 is lost");
    assert_int_equal(store_find_error_groups(f->reader, f->arena, &groups, &err), OK);
    assert_int_equal(groups.count, 2);
    fingerprint_make(&print, f->arena, "TypeError", "order 2 is lost",
                     "at pay (http://x/src/pay.ts:9:9)");
    assert_true(groups.list[0].id == print.id);
    assert_true(groups.list[0].first_ms == NOW + 50 && groups.list[0].last_ms == NOW + 300);
    assert_true(groups.list[1].first_ms == NOW + 200 && groups.list[1].last_ms == NOW + 200);
    assert_false(groups.is_partial);
}

static void
write_line(struct fixture *f, const char *stream, int64_t at_ms, const char *text)
{
    const struct log_event event = { at_ms, text, strlen(text) };
    struct store_write *write = store_write_new(f->store);

    store_write_logs(write, "/app", stream, &event, 1, NOW + 1);
    submit(f, write);
}

static void
lines_come_in_time_order_whatever_their_arrival(void **state)
{
    static const int64_t at[] = { 500, 100, 61000, 60000, 3, 500, 125000, 0 };
    struct fixture *f = *state;
    const char *after = NULL;
    int64_t before = 0;
    size_t seen = 0;
    char text[32];

    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        snprintf(text, sizeof text, "line %zu", i);
        write_line(f, i % 2 == 0 ? "a" : "b", NOW + at[i], text);
    }
    for (int reverse = 0; reverse < 2; reverse++) {
        seen = 0;
        after = NULL;
        do {
            struct log_page page = read_logs(f, "/app", reverse == 1, 3, after);

            for (size_t i = 0; i < page.count; i++, seen++) {
                if (seen > 0)
                    assert_true(reverse ? page.lines[i].time_ms <= before
                                        : page.lines[i].time_ms >= before);
                before = page.lines[i].time_ms;
                assert_true(page.lines[i].ingested_ms == NOW + 1);
            }
            after = page.next;
        } while (after != NULL);
        assert_int_equal(seen, 8);
    }
}

static void
streams_are_filtered_and_listed(void **state)
{
    struct fixture *f = *state;
    const char *const wanted[] = { "b" };
    struct log_query query = {
        .group = "/app", .streams = wanted, .stream_count = 1, .end_ms = NOW + 100000, .limit = 10
    };
    struct log_stream_page streams;
    struct log_group_page groups;
    struct log_page page;
    struct err err = { 0 };

    write_line(f, "a", NOW, "one");
    write_line(f, "b", NOW + 1, "two");
    assert_int_equal(store_read_logs(f->reader, f->arena, &query, &page, &err), OK);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.lines[0].message, "two");
    assert_string_equal(page.lines[0].stream, "b");
    assert_int_equal(store_list_log_streams(f->reader, f->arena, "/app", NULL, true, true, NULL, 1,
                                            &streams, &err),
                     OK);
    assert_int_equal(streams.count, 1);
    assert_string_equal(streams.streams[0].name, "b");
    assert_true(streams.streams[0].last_event_ms == NOW + 1);
    assert_int_equal(store_list_log_streams(f->reader, f->arena, "/app", NULL, true, true,
                                            streams.next, 5, &streams, &err),
                     OK);
    assert_int_equal(streams.count, 1);
    assert_string_equal(streams.streams[0].name, "a");
    assert_null(streams.next);
    assert_int_equal(store_list_log_groups(f->reader, f->arena, "/a", "pp", NULL, 5, &groups, &err),
                     OK);
    assert_int_equal(groups.count, 1);
    assert_true(groups.groups[0].stored_bytes > 0);
    query.group = "/none";
    assert_int_equal(store_read_logs(f->reader, f->arena, &query, &page, &err), E_NOTFOUND);
}

static void
groups_and_streams_are_created_once(void **state)
{
    struct fixture *f = *state;
    struct err err = { 0 };

    assert_int_equal(store_create_log_stream(f->store, "/g", "s", &err), E_NOTFOUND);
    assert_int_equal(store_create_log_group(f->store, "/g", &err), OK);
    assert_int_equal(store_create_log_group(f->store, "/g", &err), E_EXISTS);
    assert_int_equal(store_create_log_stream(f->store, "/g", "s", &err), OK);
    assert_int_equal(store_create_log_stream(f->store, "/g", "s", &err), E_EXISTS);
}

static bool
has_needle(void *arg, const char *message, size_t len)
{
    return memmem(message, len, arg, strlen(arg)) != NULL;
}

static void
filters_skip_and_keys_go_on(void **state)
{
    struct fixture *f = *state;
    char needle[] = "needle";
    struct log_query query = { .group = "/app",
                               .end_ms = NOW + 100000,
                               .limit = 1,
                               .match = has_needle,
                               .match_arg = needle };
    struct log_page page;
    struct err err = { 0 };

    write_line(f, "a", NOW, "hay");
    write_line(f, "a", NOW + 1, "a needle");
    write_line(f, "a", NOW + 2, "hay");
    write_line(f, "a", NOW + 3, "needle too");
    assert_int_equal(store_read_logs(f->reader, f->arena, &query, &page, &err), OK);
    assert_int_equal(page.count, 1);
    query.after = page.last;
    query.limit = 10;
    assert_int_equal(store_read_logs(f->reader, f->arena, &query, &page, &err), OK);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.lines[0].message, "needle too");
    assert_null(page.next);
    query.after = page.last;
    write_line(f, "a", NOW + 3, "needle again");
    assert_int_equal(store_read_logs(f->reader, f->arena, &query, &page, &err), OK);
    assert_int_equal(page.count, 1);
    query.after = "bogus";
    assert_int_equal(store_read_logs(f->reader, f->arena, &query, &page, &err), E_INVALID);
}

/* Notes "stream:message "; may stop behind every line. */
struct shown {
    struct buf text;
    char last_id[32];
    bool one_at_a_time;
};

static bool
show(void *arg, const struct log_visit *line)
{
    struct shown *shown = arg;

    buf_addf(&shown->text, "%s:%.*s ", line->stream, (int)line->message_len, line->message);
    log_visit_id(line, shown->last_id);
    return !shown->one_at_a_time;
}

static void
scans_show_every_line_once(void **state)
{
    static const char *const want[2] = { "a:one b:two a:three b:four ",
                                         "b:four a:three b:two a:one " };
    struct fixture *f = *state;
    struct err err = { 0 };

    write_line(f, "a", NOW, "one");
    write_line(f, "b", NOW + 1, "two");
    write_line(f, "a", NOW + 2, "three");
    write_line(f, "b", NOW + 70000, "four");
    for (int turn = 0; turn < 4; turn++) {
        struct shown shown = { .one_at_a_time = turn >= 2 };
        struct log_page page = read_logs(f, "/app", turn % 2 == 1, 10, NULL);
        char after[32] = "", next[32] = "x";
        struct log_scan scan = { .group = "/app",
                                 .end_ms = NOW + 100000,
                                 .newest_first = turn % 2 == 1,
                                 .visit = show,
                                 .arg = &shown };

        buf_init(&shown.text, 4096);
        while (next[0] != '\0') {
            assert_int_equal(store_scan_logs(f->reader, &scan, next, &err), OK);
            memcpy(after, next, sizeof after);
            scan.after = after;
        }
        assert_string_equal(shown.text.data, want[turn % 2]);
        assert_string_equal(shown.last_id, page.lines[page.count - 1].id);
        buf_fini(&shown.text);
    }
}

/* --- metric data ------------------------------------------------------------------------------ */

static void
put(struct fixture *f, const struct metric_datum *datum)
{
    struct store_write *write = store_write_new(f->store);

    store_write_datum(write, datum);
    submit(f, write);
}

static void
data_with_counts_sets_and_high_resolution(void **state)
{
    struct fixture *f = *state;
    const struct dimension dim = { "service", "checkout" };
    const struct dimension_set set = { &dim, 1 };
    const double values[] = { 10, 20 }, counts[] = { 3, 1 };
    struct metric_datum datum = { .namespace_name = "Shop",
                                  .metric = "Latency",
                                  .unit = UNIT_MILLISECONDS,
                                  .high_resolution = true,
                                  .time_ms = NOW + 1500,
                                  .sets = &set,
                                  .set_count = 1,
                                  .values = values,
                                  .counts = counts,
                                  .value_count = 2 };
    struct metric_buckets out;

    put(f, &datum);
    out = read_metric(f, "Shop", "Latency", &dim, 1, 1000);
    assert_int_equal(out.count, 1);
    assert_true(out.buckets[0].start_ms == NOW + 1000);
    assert_true(out.buckets[0].set.count == 4 && out.buckets[0].set.sum == 50);
    assert_true(sketch_quantile(out.buckets[0].sketch, 1) == 20);
    assert_true(sketch_quantile(out.buckets[0].sketch, 0.5) == 10);
    datum.value_count = 0;
    datum.high_resolution = false;
    datum.statistics = (struct statistic_set){ 5, 100, 1, 60 };
    put(f, &datum);
    out = read_metric(f, "Shop", "Latency", &dim, 1, 60000);
    assert_int_equal(out.count, 1);
    assert_true(out.buckets[0].set.count == 9 && out.buckets[0].set.max == 60);
    assert_null(out.buckets[0].sketch);
}

static void
series_are_listed_by_page(void **state)
{
    struct fixture *f = *state;
    char value[16];
    struct dimension dims[] = { { "id", value } };
    const struct dimension_set set = { dims, 1 };
    const double one = 1;
    const struct metric_datum datum = { .namespace_name = "Shop",
                                        .metric = "Hits",
                                        .unit = UNIT_COUNT,
                                        .time_ms = NOW,
                                        .sets = &set,
                                        .set_count = 1,
                                        .values = &one,
                                        .value_count = 1 };
    struct series_filter filter = { .namespace_name = "Shop" };
    struct series_page page = { 0 };
    struct err err = { 0 };
    size_t seen = 0;

    for (int i = 0; i < 25; i++) {
        snprintf(value, sizeof value, "%02d", i);
        put(f, &datum);
    }
    do {
        const char *after = page.next;

        assert_int_equal(store_list_series(f->reader, f->arena, &filter, after, 10, &page, &err),
                         OK);
        for (size_t i = 0; i < page.count; i++, seen++) {
            snprintf(value, sizeof value, "%02zu", seen);
            assert_string_equal(page.series[i].key.dims.dims[0].value, value);
            assert_true(page.series[i].last_ms == NOW);
        }
    } while (page.next != NULL);
    assert_int_equal(seen, 25);
    snprintf(value, sizeof value, "07");
    filter.dims = dims;
    filter.dim_count = 1;
    assert_int_equal(store_list_series(f->reader, f->arena, &filter, NULL, 10, &page, &err), OK);
    assert_int_equal(page.count, 1);
    assert_int_equal(store_list_series(f->reader, f->arena, &filter, "zz", 10, &page, &err),
                     E_INVALID);
}

static void
reset_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    const struct dimension dim = { "environment", "dev" };
    struct store_stats stats;
    struct err err = { 0 };

    post_vital(f, NOW, 1000, "/");
    write_line(f, "a", NOW, "one");
    store_stats(f->store, &stats);
    assert_int_equal(stats.vitals, 2);
    assert_int_equal(stats.log_lines, 1);
    assert_int_equal(store_reset(f->store, &err), OK);
    store_stats(f->store, &stats);
    assert_int_equal(stats.vitals + stats.log_lines, 0);
    assert_int_equal(read_metric(f, "UserMetrics/Frontend", "LCP", &dim, 1, 60000).count, 0);
    post_vital(f, NOW, 1000, "/");
    assert_int_equal(read_metric(f, "UserMetrics/Frontend", "LCP", &dim, 1, 60000).count, 1);
}

/* --- hours of series --- */

static bool
is_mine(const char *namespace_name)
{
    return strncmp(namespace_name, "Mine", 4) == 0;
}

static void
put_at(struct fixture *f, const char *namespace_name, const char *metric, enum unit unit,
       int64_t time_ms)
{
    const struct dimension_set none = { NULL, 0 };
    const double value = 1;
    const struct metric_datum datum = { .namespace_name = namespace_name,
                                        .metric = metric,
                                        .unit = unit,
                                        .time_ms = time_ms,
                                        .sets = &none,
                                        .set_count = 1,
                                        .values = &value,
                                        .value_count = 1 };
    struct store_write *write = store_write_new(f->store);

    store_write_datum(write, &datum);
    submit(f, write);
}

static void
series_are_counted_by_hours_with_data(void **state)
{
    const int64_t hour = 3600000, today = NOW - NOW % (24 * hour);
    struct fixture *f = *state;
    struct err err = { 0 };
    int64_t hours[3];

    put_at(f, "Mine", "a", UNIT_COUNT, today + 1);
    put_at(f, "Mine", "a", UNIT_COUNT, today + 59 * 60000);
    put_at(f, "Mine", "a", UNIT_SECONDS, today + 2); /* the same metric in another unit */
    put_at(f, "Mine", "a", UNIT_COUNT, today + hour);
    put_at(f, "Mine", "b", UNIT_COUNT, today + 5 * hour);
    put_at(f, "Mine", "b", UNIT_COUNT, today - 1);
    put_at(f, "Mine/Other", "b", UNIT_COUNT, today - 24 * hour);
    put_at(f, "Theirs", "a", UNIT_COUNT, today + 1);
    assert_int_equal(
        store_count_series_hours(f->reader, f->arena, today - 24 * hour, 3, is_mine, hours, &err),
        OK);
    assert_int_equal(hours[0], 2);
    assert_int_equal(hours[1], 3);
    assert_int_equal(hours[2], 0);
    assert_int_equal(store_count_series_hours(f->reader, f->arena, today, 1, is_mine, hours, &err),
                     OK);
    assert_int_equal(hours[0], 3);
}

static enum status
pour(void *arg, int to, struct err *err)
{
    const int from = *(int *)arg;
    char bytes[8192];
    ssize_t n;

    while ((n = read(from, bytes, sizeof bytes)) > 0) {
        if (write(to, bytes, (size_t)n) != n)
            return err_set(err, E_IO, "not written");
    }
    return n == 0 ? OK : err_set(err, E_IO, "not read");
}

static enum status
refuse(void *arg, int to, struct err *err)
{
    (void)arg;
    (void)to;
    return err_set(err, E_IO, "refused");
}

static void
a_copy_has_what_memory_holds(void **state)
{
    struct fixture *f = *state;
    const struct series_filter all = { .namespace_name = NULL };
    struct store_reader *reader = NULL;
    struct series_page page;
    struct store *copy = NULL;
    struct err err;
    int fd;

    put_at(f, "Mine", "a", UNIT_COUNT, NOW); /* of a minute that is not over */
    assert_int_equal(store_copy(f->reader, INT64_MAX, &fd, &err), OK);
    put_at(f, "Mine", "later", UNIT_COUNT, NOW);
    assert_int_equal(store_open_copy(&copy, "there", f->clock, pour, &fd, &err), OK);
    close(fd);
    assert_int_equal(store_reader_open(&reader, copy, &err), OK);
    assert_int_equal(store_list_series(reader, f->arena, &all, NULL, 10, &page, &err), OK);
    assert_int_equal(page.count, 1);
    assert_string_equal(page.series[0].key.metric, "a");
    store_reader_close(reader);
    store_close(copy);
}

static void
what_is_no_copy_is_refused(void **state)
{
    struct fixture *f = *state;
    struct store *copy = NULL;
    struct err err;
    int fd;

    assert_int_equal(store_copy(f->reader, 4096, &fd, &err), E_LIMIT);
    assert_int_equal(fd, -1);
    assert_non_null(strstr(err.text, "at most 4096"));
    assert_int_equal(store_open_copy(&copy, "there", f->clock, refuse, NULL, &err), E_IO);
    assert_string_equal(err.text, "refused");
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_int_equal(store_open_copy(&copy, "there", f->clock, pour, &fd, &err), E_IO);
    close(fd);
    assert_null(copy);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, memory_store_close)
    const struct CMUnitTest tests[] = {
        CASE(vitals_feed_both_dimension_sets),
        CASE(vitals_count_as_invocations),
        CASE(vitals_are_log_lines),
        CASE(errors_are_found_and_logged),
        CASE(groups_of_errors_are_known_since_their_first),
        CASE(lines_come_in_time_order_whatever_their_arrival),
        CASE(streams_are_filtered_and_listed),
        CASE(groups_and_streams_are_created_once),
        CASE(filters_skip_and_keys_go_on),
        CASE(scans_show_every_line_once),
        CASE(data_with_counts_sets_and_high_resolution),
        CASE(series_are_listed_by_page),
        CASE(reset_leaves_nothing),
        CASE(series_are_counted_by_hours_with_data),
        CASE(a_copy_has_what_memory_holds),
        CASE(what_is_no_copy_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
