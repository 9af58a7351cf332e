/* bench_query.c - p75 of every minute of a day out of ten million samples.
 * SPDX-License-Identifier: MIT
 *
 * The store is asked through its reader, and then by GetMetricData over HTTP; beside them, in
 * turns, SQLite scans the same values as rows (metric, time, value) and the percentile of each
 * minute is found by selection, which is the best a program without rollups can do. Medians of
 * five; the largest relative error is told, too.
 *
 *     bench_query [DIRECTORY [SAMPLES]] */
#include "config.h"

#include "aws_wire.h"
#include "base/buf.h"
#include "domain/sketch.h"
#include "emulator/emulator.h"
#include "store/store.h"

#include <math.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS  5
#define MINUTES 1440
#define METRICS 6
#define NOW     1795478400000 /* a midnight */
#define BATCH   1000

static _Atomic int under_way;

static void
done(void *arg, enum status status, const struct err *err)
{
    (void)arg;
    if (status != OK) {
        fprintf(stderr, "bench_query: %s\n", err->text);
        exit(1);
    }
    under_way--;
}

static void
check(enum status st, const struct err *err)
{
    if (st == OK)
        return;
    fprintf(stderr, "bench_query: %s\n", err->text);
    exit(1);
}

static uint64_t seed = 88172645463325252u;

static double
uniform(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (double)(seed >> 11) / 9007199254740992.0;
}

/* A latency: about log-normal, in tenths of a millisecond. */
static double
draw(void)
{
    return round(exp(6 + 1.5 * (uniform() + uniform() + uniform() - 1.5)) * 10) / 10;
}

static const char *const names[METRICS] = { "LCP", "INP", "CLS", "FCP", "TTFB", "FID" };
static const struct dimension environment = { "environment", "dev" };

static void
add(struct store_write *write, int64_t at_ms, int metric, const double *value)
{
    const struct dimension_set set = { &environment, 1 };
    const struct metric_datum datum = { .namespace_name = "Bench",
                                        .metric = names[metric],
                                        .unit = UNIT_MILLISECONDS,
                                        .time_ms = at_ms,
                                        .sets = &set,
                                        .set_count = 1,
                                        .values = value,
                                        .value_count = 1 };

    store_write_datum(write, &datum);
}

/* The same samples into both. */
static void
fill(struct store *store, sqlite3 *raw, long samples)
{
    sqlite3_stmt *insert;
    struct err err;

    sqlite3_prepare_v2(raw, "INSERT INTO t(metric, ts, value) VALUES(?1, ?2, ?3)", -1, &insert,
                       NULL);
    for (long n = 0; n < samples; n += BATCH) {
        struct store_write *write = store_write_new(store);
        int64_t at_ms = NOW + (int64_t)((double)n / (double)samples * 86400000);

        sqlite3_exec(raw, "BEGIN", NULL, NULL, NULL);
        for (int i = 0; i < BATCH; i++) {
            int metric = i % METRICS;
            double value = draw();

            add(write, at_ms, metric, &value);
            sqlite3_bind_int(insert, 1, metric);
            sqlite3_bind_int64(insert, 2, at_ms);
            sqlite3_bind_double(insert, 3, value);
            sqlite3_step(insert);
            sqlite3_reset(insert);
        }
        sqlite3_exec(raw, "COMMIT", NULL, NULL, NULL);
        while (under_way > 8)
            usleep(100);
        under_way++;
        check(store_submit(store, write, done, NULL, &err), &err);
    }
    while (under_way > 0)
        usleep(100);
    sqlite3_finalize(insert);
}

/* --- the two ways ----------------------------------------------------------------------------- */

static double
ask_store(struct store_reader *reader, double p75[MINUTES])
{
    const struct metric_query query = { .key = { "Bench", "LCP", { &environment, 1 } },
                                        .start_ms = NOW,
                                        .end_ms = NOW + 86400000,
                                        .period_ms = 60000,
                                        .want_sketch = true,
                                        .unit = -1 };
    struct arena *arena = arena_new();
    struct metric_buckets out;
    uint64_t from = mono_ns();
    struct err err;
    double ms;

    check(store_read_metric(reader, arena, &query, &out, &err), &err);
    for (size_t i = 0; i < out.count; i++)
        p75[(out.buckets[i].start_ms - NOW) / 60000] = sketch_quantile(out.buckets[i].sketch, 0.75);
    ms = (double)(mono_ns() - from) / 1e6;
    arena_free(arena);
    return ms;
}

static int
ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* The whole of a GetMetricData, from the first byte sent to the last one read. */
static double
ask_wire(int fd)
{
    static const char body[] =
        "{\"StartTime\":1795478400,\"EndTime\":1795564800,\"MetricDataQueries\":[{\"Id\":\"a\","
        "\"MetricStat\":{\"Metric\":{\"Namespace\":\"Bench\",\"MetricName\":\"LCP\",\"Dimensions\":"
        "[{\"Name\":\"environment\",\"Value\":\"dev\"}]},\"Period\":60,\"Stat\":\"p75\"}}]}";
    struct buf answer;
    double ms;

    buf_init(&answer, 1 << 20);
    ms = aws_wire_ask(fd, body, &answer);
    buf_fini(&answer);
    return ms;
}

/* Median of the whole way over HTTP, with an emulator over the same database. */
static double
wire_median(const char *path, struct clock *clock)
{
    const struct emulator_options options = { .listen = "127.0.0.1:0",
                                              .db = path,
                                              .environment = "dev",
                                              .region = "us-east-1",
                                              .clock = clock };
    struct emulator *em;
    double ms[ROUNDS];
    struct err err;
    int fd;

    check(emulator_start(&em, &options, &err), &err);
    fd = aws_wire_connect(emulator_url(em));
    ask_wire(fd);
    for (int i = 0; i < ROUNDS; i++)
        ms[i] = ask_wire(fd);
    close(fd);
    emulator_stop(em);
    qsort(ms, ROUNDS, sizeof ms[0], ascending);
    return ms[ROUNDS / 2];
}

/* The k-th smallest, by selection. */
static double
nth(double *v, size_t n, size_t k)
{
    size_t low = 0, high = n - 1;

    while (low < high) {
        double pivot = v[low + (high - low) / 2];
        size_t i = low, j = high;

        while (i <= j) {
            while (v[i] < pivot)
                i++;
            while (v[j] > pivot)
                j--;
            if (i <= j) {
                double other = v[i];

                v[i++] = v[j];
                v[j] = other;
                if (j == 0)
                    break;
                j--;
            }
        }
        if (k <= j)
            high = j;
        else if (k >= i)
            low = i;
        else
            break;
    }
    return v[k];
}

static double
p75_of(double *values, size_t n)
{
    double rank = 0.75 * (double)(n - 1), low;
    size_t at = (size_t)rank;

    if (n == 0)
        return NAN;
    low = nth(values, n, at);
    return at + 1 < n ? low + (nth(values, n, at + 1) - low) * (rank - (double)at) : low;
}

static double
ask_rows(sqlite3 *raw, double p75[MINUTES])
{
    double *values = NULL;
    size_t n = 0, room = 0;
    int64_t minute = 0;
    uint64_t from = mono_ns();
    sqlite3_stmt *st;

    sqlite3_prepare_v2(raw, "SELECT ts, value FROM t WHERE metric=0", -1, &st, NULL);
    while (sqlite3_step(st) == SQLITE_ROW) {
        int64_t at = (sqlite3_column_int64(st, 0) - NOW) / 60000;

        if (at != minute) {
            p75[minute] = p75_of(values, n);
            n = 0;
            minute = at;
        }
        if (n == room) {
            room = room == 0 ? 4096 : room * 2;
            values = xreallocarray(values, room, sizeof *values);
        }
        values[n++] = sqlite3_column_double(st, 1);
    }
    p75[minute] = p75_of(values, n);
    sqlite3_finalize(st);
    free(values);
    return (double)(mono_ns() - from) / 1e6;
}

static void
remove_files(const char *path)
{
    static const char *const suffixes[] = { "", "-wal", "-shm", "-lock", ".raw", ".raw-journal" };
    char name[512];

    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        unlink(name);
    }
}

int
main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : "/tmp";
    long samples = argc > 2 ? strtol(argv[2], NULL, 10) : 10000000;
    static double by_store[MINUTES], by_rows[MINUTES];
    double store_ms[ROUNDS], rows_ms[ROUNDS], wire_ms, worst = 0;
    struct clock *clock = clock_new_virtual(NOW + 86400000);
    char path[256], raw_path[300];
    struct store_options options = { .path = path, .clock = clock };
    struct store_reader *reader;
    struct store *store;
    struct err err;
    sqlite3 *raw;

    snprintf(path, sizeof path, "%s/obsview-bench-%ld.db", directory, (long)getpid());
    snprintf(raw_path, sizeof raw_path, "%s.raw", path);
    sqlite3_open(raw_path, &raw);
    sqlite3_exec(raw,
                 "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                 "CREATE TABLE t(id INTEGER PRIMARY KEY, metric, ts, value)",
                 NULL, NULL, NULL);
    check(store_open(&store, &options, &err), &err);
    check(store_reader_open(&reader, store, &err), &err);
    fill(store, raw, samples);
    ask_store(reader, by_store);
    ask_rows(raw, by_rows);
    for (int i = 0; i < ROUNDS; i++) {
        store_ms[i] = ask_store(reader, by_store);
        rows_ms[i] = ask_rows(raw, by_rows);
    }
    for (int i = 0; i < MINUTES; i++)
        worst = fmax(worst, fabs(by_store[i] - by_rows[i]) / by_rows[i]);
    qsort(store_ms, ROUNDS, sizeof store_ms[0], ascending);
    qsort(rows_ms, ROUNDS, sizeof rows_ms[0], ascending);
    printf(
        "p75 a minute over 24 h, %ld samples of %d metrics: store %.2f ms, scan of rows %.0f ms, "
        "1/%.0f; largest error %.4f\n",
        samples, METRICS, store_ms[ROUNDS / 2], rows_ms[ROUNDS / 2],
        rows_ms[ROUNDS / 2] / store_ms[ROUNDS / 2], worst);
    store_reader_close(reader);
    store_close(store);
    wire_ms = wire_median(path, clock);
    printf("the same by GetMetricData over HTTP: %.2f ms, 1/%.0f of the scan\n", wire_ms,
           rows_ms[ROUNDS / 2] / wire_ms);
    sqlite3_close(raw);
    remove_files(path);
    clock_free(clock);
    return 0;
}
