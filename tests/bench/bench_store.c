/* bench_store.c - what it costs to keep a web-vitals post and an EMF line, and the room they take.
 * SPDX-License-Identifier: MIT
 *
 * One thread submits and keeps 64 writes under way, as 64 keep-alive connections do; the store's
 * own threads are measured by the processor time they use. The floor in the same rounds is SQLite
 * alone: one blob of the same size a row, 64 rows a transaction. Medians of five rounds of a
 * bounded time.
 *
 *     bench_store [DIRECTORY [SECONDS-A-ROUND]] */
#include "config.h"

#include "store/store.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS    5
#define UNDER_WAY 64
#define BURST     16 /* EMF lines of one read from a socket */
#define NOW       1795500000000
#define ROUTES    40
#define SESSIONS  1000

struct result {
    double rate;      /* a second */
    double store_us;  /* processor time of the store's threads, for each */
    double submit_us; /* of the submitting thread */
    double bytes;     /* in the file, for each sample */
};

static _Atomic int under_way;

static void
done(void *arg, enum status status, const struct err *err)
{
    (void)arg;
    if (status != OK) {
        fprintf(stderr, "bench_store: %s\n", err->text);
        exit(1);
    }
    under_way--;
}

static double
cpu_s(clockid_t clock)
{
    struct timespec ts;

    clock_gettime(clock, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
seconds_since(uint64_t from)
{
    return (double)(mono_ns() - from) / 1e9;
}

static uint64_t seed = 88172645463325252u;

static uint64_t
random_below(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

static void
submit(struct store *store, struct store_write *write)
{
    const struct timespec nap = { .tv_nsec = 20000 };
    struct err err;

    while (under_way >= UNDER_WAY)
        nanosleep(&nap, NULL);
    under_way++;
    if (store_submit(store, write, done, NULL, &err) != OK) {
        fprintf(stderr, "bench_store: %s\n", err.text);
        exit(1);
    }
}

/* --- what is written -------------------------------------------------------------------------- */

static char routes[ROUTES][32], urls[ROUTES][64], sessions[SESSIONS][UUID_TEXT];

static void
make_names(void)
{
    uint8_t uuid[16];

    for (int i = 0; i < ROUTES; i++) {
        snprintf(routes[i], sizeof routes[i], "/products/%d/:id", i);
        snprintf(urls[i], sizeof urls[i], "https://shop.example/products/%d/4711", i);
    }
    for (int i = 0; i < SESSIONS; i++) {
        for (int k = 0; k < 16; k++)
            uuid[k] = (uint8_t)random_below(256);
        uuid_format(uuid, sessions[i]);
    }
}

/* Two vitals, as the usual beacon has. */
static size_t
one_post(struct store *store, int64_t number)
{
    int route = (int)random_below(ROUTES);
    int64_t at_ms = NOW + number / 64;
    const struct vital_sample samples[2] = {
        { VITAL_LCP, (double)(4000 + random_below(40000)) / 10, RATING_GOOD, RATING_GOOD,
          urls[route], routes[route], at_ms - 35 },
        { VITAL_INP, (double)(8 * random_below(60)), RATING_GOOD, RATING_GOOD, urls[route],
          routes[route], at_ms - 30 },
    };
    struct vitals_post post = {
        .received_ms = at_ms,
        .duration_us = (uint32_t)(40 + random_below(100)),
        .environment = "dev",
        .session_id = sessions[random_below(SESSIONS)],
        .user_agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                      "Chrome/131.0.0.0 Safari/537.36",
        .samples = samples,
        .sample_count = 2,
    };
    struct store_write *write = store_write_new(store);

    memcpy(post.request_id, &seed, sizeof seed);
    store_write_vitals(write, &post);
    submit(store, write);
    return 2;
}

static void
add_line(struct store_write *write, int64_t at_ms, bool with_text)
{
    const struct dimension dims[] = { { "functionName", "shop-recommend" } };
    const struct dimension_set set = { dims, 1 };
    double duration = (double)random_below(90000) / 1000, items = (double)random_below(40);
    struct metric_datum datum = { .namespace_name = "UserMetrics/Lambda",
                                  .metric = "Duration",
                                  .unit = UNIT_MILLISECONDS,
                                  .time_ms = at_ms,
                                  .sets = &set,
                                  .set_count = 1,
                                  .values = &duration,
                                  .value_count = 1 };
    struct log_event event = { .time_ms = at_ms };
    char text[512];

    store_write_datum(write, &datum);
    datum.metric = "Items";
    datum.unit = UNIT_COUNT;
    datum.values = &items;
    store_write_datum(write, &datum);
    if (!with_text)
        return;
    event.message = text;
    event.message_len = (size_t)snprintf(
        text, sizeof text,
        "{\"functionName\":\"shop-recommend\",\"requestId\":\"%s\",\"_aws\":{\"Timestamp\":%lld,"
        "\"CloudWatchMetrics\":[{\"Namespace\":\"UserMetrics/Lambda\",\"Dimensions\":[["
        "\"functionName\"]],\"Metrics\":[{\"Name\":\"Duration\",\"Unit\":\"Milliseconds\"},"
        "{\"Name\":\"Items\",\"Unit\":\"Count\"}]}]},\"Duration\":%.3f,\"Items\":%.0f}",
        sessions[random_below(SESSIONS)], (long long)at_ms, duration, items);
    store_write_logs(write, "/aws/lambda/shop-recommend", "local", &event, 1, at_ms);
}

static size_t
burst(struct store *store, int64_t number, bool with_text)
{
    struct store_write *write = store_write_new(store);

    for (int i = 0; i < BURST; i++)
        add_line(write, NOW + number / 20, with_text);
    submit(store, write);
    return (size_t)2 * BURST;
}

static size_t
one_burst(struct store *store, int64_t number)
{
    return burst(store, number, true);
}

static size_t
one_burst_of_data(struct store *store, int64_t number)
{
    return burst(store, number, false);
}

/* --- rounds ----------------------------------------------------------------------------------- */

static double
file_bytes(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 ? (double)info.st_size : 0;
}

static void
remove_files(const char *path)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-lock" };
    char name[512];

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

static struct result
run(const char *path, double seconds, size_t (*step)(struct store *, int64_t), size_t per_step)
{
    struct clock *clock = clock_new_virtual(NOW);
    const struct store_options options = { .path = path, .clock = clock };
    struct result result = { 0 };
    double all_cpu, own_cpu;
    struct store *store;
    size_t samples = 0;
    int64_t steps = 0;
    uint64_t from;
    struct err err;

    remove_files(path);
    if (store_open(&store, &options, &err) != OK) {
        fprintf(stderr, "bench_store: %s\n", err.text);
        exit(1);
    }
    from = mono_ns();
    all_cpu = cpu_s(CLOCK_PROCESS_CPUTIME_ID);
    own_cpu = cpu_s(CLOCK_THREAD_CPUTIME_ID);
    for (; seconds_since(from) < seconds; steps++)
        samples += step(store, steps);
    while (under_way > 0)
        usleep(100);
    own_cpu = cpu_s(CLOCK_THREAD_CPUTIME_ID) - own_cpu;
    all_cpu = cpu_s(CLOCK_PROCESS_CPUTIME_ID) - all_cpu;
    result.rate = (double)steps * (double)per_step / seconds_since(from);
    result.store_us = (all_cpu - own_cpu) * 1e6 / ((double)steps * (double)per_step);
    result.submit_us = own_cpu * 1e6 / ((double)steps * (double)per_step);
    store_close(store);
    result.bytes = file_bytes(path) / (double)samples;
    remove_files(path);
    clock_free(clock);
    return result;
}

/* SQLite alone: blobs of 80 bytes, 64 a transaction. */
static struct result
run_floor(const char *path, double seconds)
{
    static const char blob[80] = "x";
    struct result result = { 0 };
    sqlite3_stmt *insert;
    uint64_t from;
    double cpu;
    sqlite3 *db;
    long n = 0;

    remove_files(path);
    sqlite3_open(path, &db);
    sqlite3_exec(db,
                 "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                 "CREATE TABLE t(id INTEGER PRIMARY KEY, b)",
                 NULL, NULL, NULL);
    sqlite3_prepare_v2(db, "INSERT INTO t(b) VALUES(?1)", -1, &insert, NULL);
    from = mono_ns();
    cpu = cpu_s(CLOCK_THREAD_CPUTIME_ID);
    while (seconds_since(from) < seconds) {
        sqlite3_exec(db, "BEGIN", NULL, NULL, NULL);
        for (int i = 0; i < 64; i++, n++) {
            sqlite3_bind_blob(insert, 1, blob, sizeof blob, SQLITE_STATIC);
            sqlite3_step(insert);
            sqlite3_reset(insert);
        }
        sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    }
    result.rate = (double)n / seconds_since(from);
    result.store_us = (cpu_s(CLOCK_THREAD_CPUTIME_ID) - cpu) * 1e6 / (double)n;
    sqlite3_finalize(insert);
    sqlite3_close(db);
    result.bytes = file_bytes(path) / (double)n;
    remove_files(path);
    return result;
}

static int
ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double
median(const struct result *results, size_t offset)
{
    double values[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        memcpy(&values[i], (const char *)&results[i] + offset, sizeof values[i]);
    qsort(values, ROUNDS, sizeof values[0], ascending);
    return values[ROUNDS / 2];
}

static void
print(const char *name, const struct result *results)
{
    printf("%-28s %9.0f %10.2f %10.2f %10.1f\n", name,
           median(results, offsetof(struct result, rate)),
           median(results, offsetof(struct result, store_us)),
           median(results, offsetof(struct result, submit_us)),
           median(results, offsetof(struct result, bytes)));
}

int
main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : "/tmp";
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 0.5;
    struct result posts[ROUNDS], lines[ROUNDS], data[ROUNDS], bare[ROUNDS];
    char path[256];

    snprintf(path, sizeof path, "%s/obsview-bench-%ld.db", directory, (long)getpid());
    make_names();
    for (int i = 0; i < ROUNDS; i++) {
        bare[i] = run_floor(path, seconds);
        posts[i] = run(path, seconds, one_post, 1);
        lines[i] = run(path, seconds, one_burst, BURST);
        data[i] = run(path, seconds, one_burst_of_data, BURST);
    }
    printf("%-28s %9s %10s %10s %10s\n", "medians of 5 rounds", "each/s", "store us", "submit us",
           "B/sample");
    print("SQLite alone, 80 B rows", bare);
    print("web-vitals post, 2 samples", posts);
    print("EMF line, 2 metrics and text", lines);
    print("the same without its text", data);
    return 0;
}
