/* test_store_recover.c - files that are reopened, killed, locked, foreign or full.
 * SPDX-License-Identifier: MIT
 *
 * OBSVIEW_KILL_ROUNDS sets how often a writing process is killed (24 without it). */
#include "config.h"

#include "store/store.h"

#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW 1795500000000 /* a whole minute */

struct fixture {
    char directory[64];
    char path[80];
    struct clock *clock;
    struct store *store;
    struct store_reader *reader;
    struct arena *arena;
};

static int
setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);

    snprintf(f->directory, sizeof f->directory, "/tmp/obsview-test-XXXXXX");
    if (mkdtemp(f->directory) == NULL)
        return -1;
    snprintf(f->path, sizeof f->path, "%s/db", f->directory);
    f->clock = clock_new_virtual(NOW);
    f->arena = arena_new();
    *state = f;
    return 0;
}

static void
close_store(struct fixture *f)
{
    store_reader_close(f->reader);
    store_close(f->store);
    f->reader = NULL;
    f->store = NULL;
}

static int
teardown(void **state)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-lock" };
    struct fixture *f = *state;

    close_store(f);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char *path = xasprintf("%s%s", f->path, suffixes[i]);

        unlink(path);
        free(path);
    }
    rmdir(f->directory);
    clock_free(f->clock);
    arena_free(f->arena);
    free(f);
    return 0;
}

static enum status
try_open(struct fixture *f, struct store **out, struct err *err)
{
    const struct store_options options = { .path = f->path, .clock = f->clock };

    return store_open(out, &options, err);
}

static void
open_store(struct fixture *f)
{
    struct err err = { 0 };

    if (try_open(f, &f->store, &err) != OK || store_reader_open(&f->reader, f->store, &err) != OK)
        fail_msg("%s", err.text);
}

/* One write holds one of each kind, all carrying the number. */
static struct store_write *
make_write(struct store *store, int64_t at_ms, int number)
{
    const struct dimension dim = { "service", "checkout" };
    const struct dimension_set set = { &dim, 1 };
    const double value = number;
    const struct metric_datum datum = { .namespace_name = "Shop",
                                        .metric = "Number",
                                        .unit = UNIT_COUNT,
                                        .time_ms = at_ms,
                                        .sets = &set,
                                        .set_count = 1,
                                        .values = &value,
                                        .value_count = 1 };
    const struct vital_sample sample = {
        .vital = VITAL_LCP, .value = number, .url = "https://shop/", .route = "/"
    };
    const struct vitals_post post = { .received_ms = at_ms,
                                      .environment = "dev",
                                      .session_id = "s",
                                      .user_agent = "u",
                                      .samples = &sample,
                                      .sample_count = 1 };
    struct store_write *write = store_write_new(store);
    struct log_event event = { .time_ms = at_ms };
    char text[32];

    event.message_len = (size_t)snprintf(text, sizeof text, "line %d", number);
    event.message = text;
    store_write_datum(write, &datum);
    store_write_vitals(write, &post);
    store_write_logs(write, "/app", "s", &event, 1, at_ms);
    return write;
}

static void
write_one(struct fixture *f, int64_t at_ms, int number)
{
    struct err err = { 0 };

    if (store_submit_wait(f->store, make_write(f->store, at_ms, number), &err) != OK)
        fail_msg("%s", err.text);
}

static struct statistic_set
total_of(struct fixture *f, const char *namespace_name, const char *metric,
         const struct dimension *dim)
{
    const struct metric_query query = { .key = { namespace_name, metric, { dim, 1 } },
                                        .start_ms = NOW - 86400000,
                                        .end_ms = NOW + 86400000,
                                        .period_ms = 60000,
                                        .unit = -1 };
    struct statistic_set total = { 0 };
    struct metric_buckets out;
    struct err err = { 0 };

    if (store_read_metric(f->reader, f->arena, &query, &out, &err) != OK)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < out.count; i++) {
        total.count += out.buckets[i].set.count;
        total.sum += out.buckets[i].set.sum;
    }
    return total;
}

/* Marks the numbers of all lines; returns how many lines there are. */
static size_t
read_numbers(struct fixture *f, bool *seen, size_t max)
{
    struct log_query query = {
        .group = "/app", .end_ms = NOW + 86400000, .limit = 5000, .limit_bytes = 10000000
    };
    struct err err = { 0 };
    struct log_page page;
    size_t n = 0;

    do {
        enum status st = store_read_logs(f->reader, f->arena, &query, &page, &err);

        if (st == E_NOTFOUND)
            return 0;
        if (st != OK)
            fail_msg("%s", err.text);
        for (size_t i = 0; i < page.count; i++, n++) {
            size_t number = strtoul(page.lines[i].message + 5, NULL, 10);

            assert_true(number < max && !seen[number]);
            seen[number] = true;
        }
        query.after = page.next;
    } while (page.next != NULL);
    return n;
}

/* Rollups, raw rows and lines all tell the same number. */
static size_t
check_consistent(struct fixture *f, bool *seen, size_t max)
{
    const struct dimension service = { "service", "checkout" };
    const struct dimension environment = { "environment", "dev" };
    size_t lines = read_numbers(f, seen, max);
    struct statistic_set data = total_of(f, "Shop", "Number", &service);
    struct statistic_set posts = total_of(f, WEB_VITALS_NAMESPACE, "LCP", &environment);
    struct store_stats stats;

    store_stats(f->store, &stats);
    assert_true(data.count == (double)lines);
    assert_true(posts.count == (double)lines);
    assert_true(posts.sum == data.sum);
    assert_int_equal(stats.vitals, lines);
    assert_int_equal(stats.data, lines);
    assert_int_equal(stats.log_lines, lines);
    return lines;
}

static void
data_is_there_after_reopening(void **state)
{
    struct fixture *f = *state;
    bool seen[64] = { false };

    open_store(f);
    for (int i = 0; i < 10; i++)
        write_one(f, NOW + i * 20000, i);
    close_store(f);
    open_store(f);
    assert_int_equal(check_consistent(f, seen, 64), 10);
    write_one(f, NOW + 30000, 10); /* into a minute that is on disk */
    memset(seen, 0, sizeof seen);
    assert_int_equal(check_consistent(f, seen, 64), 11);
}

/* A clock that steps back must not lose or double anything. */
static void
late_posts_are_recovered(void **state)
{
    struct fixture *f = *state;
    bool seen[64] = { false };

    open_store(f);
    for (int i = 0; i < 12; i++)
        write_one(f, i % 3 == 0 ? NOW : NOW - i * 3600000, i);
    assert_int_equal(check_consistent(f, seen, 64), 12);
    close_store(f);
    memset(seen, 0, sizeof seen);
    open_store(f);
    assert_int_equal(check_consistent(f, seen, 64), 12);
}

static void
a_second_opener_is_told(void **state)
{
    struct fixture *f = *state;
    struct store *other = NULL;
    struct err err = { 0 };

    open_store(f);
    assert_int_equal(try_open(f, &other, &err), E_EXISTS);
    assert_non_null(strstr(err.text, f->path));
    assert_non_null(strstr(err.text, "another obsview"));
}

static void
run_sql(const char *path, const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void
foreign_and_newer_files_are_refused(void **state)
{
    struct fixture *f = *state;
    struct store *store = NULL;
    struct err err = { 0 };

    run_sql(f->path, "CREATE TABLE theirs(x)");
    assert_int_equal(try_open(f, &store, &err), E_IO);
    assert_non_null(strstr(err.text, "another program"));
    unlink(f->path);
    open_store(f);
    close_store(f);
    run_sql(f->path, "PRAGMA user_version=999");
    assert_int_equal(try_open(f, &store, &err), E_IO);
    assert_non_null(strstr(err.text, "newer"));
}

static void
a_path_that_cannot_be_is_named(void **state)
{
    struct fixture *f = *state;
    struct store *store = NULL;
    struct err err = { 0 };

    snprintf(f->path, sizeof f->path, "%s/no/such/db", f->directory);
    assert_int_equal(try_open(f, &store, &err), E_IO);
    assert_non_null(strstr(err.text, f->path));
}

/* --- killed at random moments ----------------------------------------------------------------- */

#define NUMBERS_MAX 1000000

struct ack {
    int fd;
    int number;
};

static void
acknowledge(void *arg, enum status status, const struct err *err)
{
    struct ack *ack = arg;

    (void)err;
    if (status == OK && write(ack->fd, &ack->number, sizeof ack->number) != sizeof ack->number)
        _exit(3);
    free(ack);
}

/* Writes for ever, from a number on; tells each number that was committed. */
static _Noreturn void
write_until_killed(const struct fixture *f, int from, int fd)
{
    const struct store_options options = { .path = f->path, .clock = f->clock };
    struct store *store;
    struct err err;

    if (store_open(&store, &options, &err) != OK)
        _exit(2);
    for (int number = from; number < NUMBERS_MAX; number++) {
        struct ack *ack = xcalloc(1, sizeof *ack);
        struct store_write *write = make_write(store, NOW + number * 37 % 300000, number);

        *ack = (struct ack){ fd, number };
        while (store_submit(store, write, acknowledge, ack, &err) != OK)
            usleep(100);
        if (number % 16 == 0)
            usleep(200);
    }
    _exit(4);
}

/* Runs a writer and kills it after some milliseconds; marks what it said was kept and returns the
 * number behind the largest that may have been written. */
static int
run_and_kill(struct fixture *f, int from, bool *kept, unsigned after_us)
{
    int fds[2], number, top = from;
    pid_t child;

    assert_int_equal(pipe(fds), 0);
    child = fork();
    if (child == 0) {
        close(fds[0]);
        write_until_killed(f, from, fds[1]);
    }
    close(fds[1]);
    /* The first word says that the store is open. */
    if (read(fds[0], &number, sizeof number) == sizeof number) {
        kept[number] = true;
        top = number;
    }
    usleep(after_us);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (read(fds[0], &number, sizeof number) == sizeof number) {
        kept[number] = true;
        top = number > top ? number : top;
    }
    close(fds[0]);
    return top + 1;
}

static void
nothing_acknowledged_is_lost_when_killed(void **state)
{
    const char *given = getenv("OBSVIEW_KILL_ROUNDS");
    long rounds = given == NULL ? 24 : strtol(given, NULL, 10);
    bool *kept = xcalloc(NUMBERS_MAX, sizeof *kept), *seen = xcalloc(NUMBERS_MAX, sizeof *seen);
    struct fixture *f = *state;
    unsigned seed = 1;
    int from = 0;

    for (long i = 0; i < rounds && from < NUMBERS_MAX; i++) {
        seed = seed * 1103515245 + 12345;
        from = run_and_kill(f, from, kept, (seed >> 16) % 25000);
        memset(seen, 0, NUMBERS_MAX * sizeof *seen);
        open_store(f);
        check_consistent(f, seen, NUMBERS_MAX);
        for (int n = 0; n < NUMBERS_MAX; n++) {
            if (kept[n] && !seen[n])
                fail_msg("round %ld: number %d was acknowledged and is gone", i, n);
            if (seen[n] && n >= from)
                from = n + 1; /* written, but killed before it was said */
        }
        close_store(f);
    }
    free(kept);
    free(seen);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(data_is_there_after_reopening),  CASE(late_posts_are_recovered),
        CASE(a_second_opener_is_told),        CASE(foreign_and_newer_files_are_refused),
        CASE(a_path_that_cannot_be_is_named), CASE(nothing_acknowledged_is_lost_when_killed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
