/* test_store_fail.c - every write and every sync fails once: nothing acknowledged is lost, nothing
 * counts twice.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "failing_vfs.h"
#include "store/store.h"

#include <pthread.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW    1795500000000 /* a whole minute */
#define WRITES 12

static struct store_write *
make_write(struct store *store, int number)
{
    const struct dimension dim = { "service", "checkout" };
    const struct dimension_set set = { &dim, 1 };
    const double value = 1 << number;
    const struct metric_datum datum = { .namespace_name = "Shop",
                                        .metric = "Number",
                                        .unit = UNIT_COUNT,
                                        .time_ms = NOW + number * 9000,
                                        .sets = &set,
                                        .set_count = 1,
                                        .values = &value,
                                        .value_count = 1 };
    const struct vital_sample sample = {
        .vital = VITAL_LCP, .value = value, .url = "https://shop/", .route = "/"
    };
    const struct vitals_post post = { .received_ms = NOW + number * 9000,
                                      .environment = "dev",
                                      .session_id = "s",
                                      .user_agent = "u",
                                      .samples = &sample,
                                      .sample_count = 1 };
    struct store_write *write = store_write_new(store);

    store_write_datum(write, &datum);
    store_write_vitals(write, &post);
    return write;
}

static double
sum_of(struct store *store, const char *namespace_name, const char *metric,
       const struct dimension *dim)
{
    const struct metric_query query = { .key = { namespace_name, metric, { dim, 1 } },
                                        .start_ms = NOW - 60000,
                                        .end_ms = NOW + 3600000,
                                        .period_ms = 60000,
                                        .unit = -1 };
    struct arena *arena = arena_new();
    struct store_reader *reader = NULL;
    struct metric_buckets out = { 0 };
    struct err err = { 0 };
    double sum = 0;

    if (store_reader_open(&reader, store, &err) != OK ||
        store_read_metric(reader, arena, &query, &out, &err) != OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < out.count; i++)
        sum += out.buckets[i].set.sum;
    store_reader_close(reader);
    arena_free(arena);
    return sum;
}

/* Each number is a bit of the sums: they say exactly which writes are in, and how often. */
static void
check_kept(struct store *store, double kept)
{
    const struct dimension service = { "service", "checkout" };
    const struct dimension environment = { "environment", "dev" };

    assert_true(sum_of(store, "Shop", "Number", &service) == kept);
    assert_true(sum_of(store, WEB_VITALS_NAMESPACE, "LCP", &environment) == kept);
}

/* Writes twelve times with the n-th file operation failing; false when it was never reached. */
static bool
one_round(const char *path, struct clock *clock, long nth, bool lasting, int code)
{
    const struct store_options options = { .path = path, .clock = clock, .power_loss_safe = true };
    struct store *store;
    struct err err = { 0 };
    double kept = 0;
    long failed;

    assert_int_equal(store_open(&store, &options, &err), OK);
    failing_vfs_fail(nth, lasting, code);
    for (int i = 0; i < WRITES; i++) {
        enum status st = store_submit_wait(store, make_write(store, i), &err);

        assert_true(st == OK || st == E_IO);
        if (st == OK)
            kept += 1 << i;
    }
    failed = failing_vfs_failed();
    failing_vfs_fail(0, false, 0);
    check_kept(store, kept);
    store_close(store);
    assert_int_equal(store_open(&store, &options, &err), OK);
    check_kept(store, kept);
    assert_int_equal(store_reset(store, &err), OK);
    store_close(store);
    return failed > 0;
}

static void
every_operation_may_fail(bool lasting, int code)
{
    char directory[64], path[80];
    static const char *const suffixes[] = { "", "-wal", "-shm", "-lock" };
    struct clock *clock = clock_new_virtual(NOW + 600000);
    long nth = 1;

    failing_vfs_install();
    /* Hundreds of syncs: in memory where that can be. */
    snprintf(directory, sizeof directory, "%s/ov-test-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/db", directory);
    while (nth < 200 && one_round(path, clock, nth, lasting, code))
        nth += lasting ? 7 : 1;
    assert_in_range(nth, 20, 199);
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/db%s", directory, suffixes[i]);
        unlink(path);
    }
    rmdir(directory);
    clock_free(clock);
}

static void
one_failing_write_loses_nothing(void **state)
{
    (void)state;
    every_operation_may_fail(false, SQLITE_IOERR_WRITE);
}

static void
a_disk_that_stays_full_loses_nothing(void **state)
{
    (void)state;
    every_operation_may_fail(true, SQLITE_FULL);
}

/* --- the queue -------------------------------------------------------------------------------- */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool entered, open;
    long done;
};

static void
wait_at_gate(void *arg, enum status status, const struct err *err)
{
    struct gate *gate = arg;

    (void)status;
    (void)err;
    pthread_mutex_lock(&gate->lock);
    gate->entered = true;
    pthread_cond_broadcast(&gate->wake);
    while (!gate->open)
        pthread_cond_wait(&gate->wake, &gate->lock);
    gate->done++;
    pthread_mutex_unlock(&gate->lock);
}

static void
a_full_queue_says_so_and_keeps_what_it_took(void **state)
{
    struct gate gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };
    struct clock *clock = clock_new_virtual(NOW);
    const struct store_options options = { .path = ":memory:", .clock = clock };
    static char line[1 << 20];
    const struct log_event event = { NOW, line, sizeof line };
    struct store_write *write = NULL;
    struct store_stats stats;
    struct store *store;
    struct err err = { 0 };
    enum status st = OK;
    long taken = 0;

    (void)state;
    memset(line, 'x', sizeof line);
    assert_int_equal(store_open(&store, &options, &err), OK);
    while (st == OK && taken < 1000) {
        write = store_write_new(store);
        store_write_logs(write, "/app", "s", &event, 1, NOW);
        st = store_submit(store, write, wait_at_gate, &gate, &err);
        if (st != OK)
            break;
        taken++;
        pthread_mutex_lock(&gate.lock);
        while (!gate.entered) /* the writer thread is held in the first callback */
            pthread_cond_wait(&gate.wake, &gate.lock);
        pthread_mutex_unlock(&gate.lock);
    }
    assert_int_equal(st, E_BUSY);
    store_write_free(write);
    assert_in_range(taken, 32, 200);
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.wake);
    pthread_mutex_unlock(&gate.lock);
    assert_int_equal(store_create_log_group(store, "/other", &err), OK);
    store_stats(store, &stats);
    assert_int_equal(stats.log_lines, taken);
    store_close(store);
    assert_int_equal(gate.done, taken);
    clock_free(clock);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_failing_write_loses_nothing),
        cmocka_unit_test(a_disk_that_stays_full_loses_nothing),
        cmocka_unit_test(a_full_queue_says_so_and_keeps_what_it_took),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
