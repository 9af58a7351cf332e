/* test_store_threads.c - several threads write while others read: what was said to be kept is seen.
 * SPDX-License-Identifier: MIT
 *
 * Meant to run under the thread sanitizer, too. */
#include "config.h"

#include "domain/sketch.h"
#include "store/store.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW     1795500000000 /* a whole minute */
#define WRITERS 3
#define READERS 2
#define WRITES  2000 /* of each writer */

struct shared {
    struct store *store;
    struct clock *clock;
    _Atomic long committed; /* writes whose callback said OK */
    _Atomic long failed;
    _Atomic int writing; /* writer threads that are not done */
    _Atomic long under_way;
    _Atomic int wrong; /* what a reading thread found amiss */
};

static void
done(void *arg, enum status status, const struct err *err)
{
    struct shared *s = arg;

    (void)err;
    if (status == OK)
        s->committed++;
    else
        s->failed++;
    s->under_way--;
}

static struct store_write *
make_write(struct store *store, int64_t at_ms, int number)
{
    const struct dimension dim = { "service", "checkout" };
    const struct dimension_set set = { &dim, 1 };
    const double value = number % 777;
    const struct metric_datum datum = { .namespace_name = "Shop",
                                        .metric = "Number",
                                        .unit = UNIT_COUNT,
                                        .high_resolution = true,
                                        .time_ms = at_ms,
                                        .sets = &set,
                                        .set_count = 1,
                                        .values = &value,
                                        .value_count = 1 };
    const struct vital_sample sample = {
        .vital = VITAL_INP, .value = value, .url = "https://shop/", .route = "/"
    };
    const struct vitals_post post = { .received_ms = at_ms,
                                      .environment = "dev",
                                      .session_id = "s",
                                      .user_agent = "u",
                                      .samples = &sample,
                                      .sample_count = 1 };
    const struct error_report report = { .received_ms = at_ms,
                                         .error_id = { (uint8_t)number },
                                         .environment = "dev",
                                         .message = "m",
                                         .stack = "",
                                         .type = "T",
                                         .url = "",
                                         .route = "",
                                         .user_agent = "u",
                                         .session_id = "s",
                                         .component_stack = "" };
    const struct log_event event = { .time_ms = at_ms, .message = "line", .message_len = 4 };
    struct store_write *write = store_write_new(store);

    store_write_datum(write, &datum);
    store_write_vitals(write, &post);
    store_write_error(write, &report);
    store_write_logs(write, "/app", "s", &event, 1, at_ms);
    return write;
}

static void *
write_all(void *arg)
{
    struct shared *s = arg;
    struct err err;

    for (int i = 0; i < WRITES; i++) {
        struct store_write *write = make_write(s->store, NOW + i * 60, i);

        s->under_way++;
        while (store_submit(s->store, write, done, s, &err) == E_BUSY)
            sched_yield();
        while (s->under_way > 64)
            sched_yield();
    }
    s->writing--;
    return NULL;
}

static double
count_of(struct store_reader *reader, const char *namespace_name, const char *metric,
         const struct dimension *dim, int64_t period_ms)
{
    const struct metric_query query = { .key = { namespace_name, metric, { dim, 1 } },
                                        .start_ms = NOW,
                                        .end_ms = NOW + 3600000,
                                        .period_ms = period_ms,
                                        .want_sketch = true,
                                        .unit = -1 };
    struct arena *arena = arena_new();
    struct metric_buckets out;
    struct err err;
    double total = 0;

    if (store_read_metric(reader, arena, &query, &out, &err) != OK)
        total = -1;
    for (size_t i = 0; total >= 0 && i < out.count; i++) {
        if (sketch_count(out.buckets[i].sketch) != out.buckets[i].set.count)
            total = -1;
        else
            total += out.buckets[i].set.count;
    }
    arena_free(arena);
    return total;
}

static double
lines_of(struct store_reader *reader)
{
    struct log_query query = { .group = "/app", .end_ms = NOW + 3600000, .limit = 1000 };
    struct arena *arena = arena_new();
    struct log_page page = { 0 };
    struct err err;
    double total = 0;

    do {
        enum status st = store_read_logs(reader, arena, &query, &page, &err);

        if (st != OK) {
            total = st == E_NOTFOUND ? 0 : -1;
            break;
        }
        total += (double)page.count;
        query.after = page.next;
    } while (page.next != NULL);
    arena_free(arena);
    return total;
}

/* Whatever was committed before a read began must be in it. */
static void *
read_all(void *arg)
{
    const struct dimension service = { "service", "checkout" };
    const struct dimension environment = { "environment", "dev" };
    struct shared *s = arg;
    struct store_reader *reader;
    struct err err;
    bool last;

    if (store_reader_open(&reader, s->store, &err) != OK) {
        s->wrong = 1;
        return NULL;
    }
    do {
        long before = s->committed;

        last = s->writing == 0 && s->under_way == 0;
        if (count_of(reader, "Shop", "Number", &service, 60000) < (double)before)
            s->wrong = 2;
        if (count_of(reader, "Shop", "Number", &service, 1000) < (double)before)
            s->wrong = 3;
        if (count_of(reader, WEB_VITALS_NAMESPACE, "INP", &environment, 60000) < (double)before)
            s->wrong = 4;
        if (count_of(reader, WEB_VITALS_NAMESPACE, "Errors", &environment, 300000) < (double)before)
            s->wrong = 5;
    } while (!last && s->wrong == 0);
    if (lines_of(reader) != WRITERS * WRITES)
        s->wrong = 6;
    store_reader_close(reader);
    return NULL;
}

static void
readers_see_what_was_committed(void **state)
{
    struct shared s = { .clock = clock_new_virtual(NOW + 120000), .writing = WRITERS };
    const struct store_options options = { .path = ":memory:", .clock = s.clock };
    pthread_t threads[WRITERS + READERS];
    struct store_stats stats;
    struct err err = { 0 };

    (void)state;
    assert_int_equal(store_open(&s.store, &options, &err), OK);
    for (int i = 0; i < WRITERS + READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, i < WRITERS ? write_all : read_all, &s),
                         0);
    for (int i = 0; i < 20 && s.writing > 0; i++) {
        assert_int_equal(store_retain(s.store, &err), OK);
        store_stats(s.store, &stats);
    }
    for (int i = 0; i < WRITERS + READERS; i++)
        pthread_join(threads[i], NULL);
    store_stats(s.store, &stats);
    assert_int_equal(s.failed, 0);
    assert_int_equal(s.wrong, 0);
    assert_int_equal(s.committed, WRITERS * WRITES);
    assert_int_equal(stats.vitals, WRITERS * WRITES);
    assert_int_equal(stats.errors, WRITERS * WRITES);
    store_close(s.store);
    clock_free(s.clock);
}

/* Closing commits what was submitted and calls every callback. */
static void
closing_leaves_nothing_behind(void **state)
{
    struct shared s = { .clock = clock_new_virtual(NOW) };
    const struct store_options options = { .path = ":memory:", .clock = s.clock };
    struct err err = { 0 };

    (void)state;
    assert_int_equal(store_open(&s.store, &options, &err), OK);
    for (int i = 0; i < 500; i++) {
        s.under_way++;
        assert_int_equal(store_submit(s.store, make_write(s.store, NOW, i), done, &s, &err), OK);
    }
    store_close(s.store);
    assert_int_equal(s.committed, 500);
    clock_free(s.clock);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_see_what_was_committed),
        cmocka_unit_test(closing_leaves_nothing_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
