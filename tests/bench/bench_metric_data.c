/* bench_metric_data.c - how the time of GetMetricData grows with what it looks at.
 * SPDX-License-Identifier: MIT
 *
 * First p75 of every minute of a day, of one metric with ten thousand up to ten million samples:
 * rollups are what is read, so a thousand times the samples should cost about the same. Then five
 * hundred series of a day at five minutes in one question, beside the same as five hundred
 * questions, and a question of five hundred expressions. All over HTTP, in turns, medians of five.
 *
 *     bench_metric_data [DIRECTORY [SAMPLES]] */
#include "config.h"

#include "aws_wire.h"
#include "emulator/emulator.h"
#include "store/store.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 5
#define NOW    1795478400000 /* a midnight */
#define DAY    86400000LL
#define BATCH  1000
#define SERIES 500
#define BODY   ((size_t)1 << 20)
#define RANGE  "{\"StartTime\":1795478400,\"EndTime\":1795564800,\"MetricDataQueries\":["

static _Atomic int under_way;

static void
check(enum status st, const struct err *err)
{
    if (st == OK)
        return;
    fprintf(stderr, "bench_metric_data: %s\n", err->text);
    exit(1);
}

static void
done(void *arg, enum status status, const struct err *err)
{
    (void)arg;
    check(status, err);
    under_way--;
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

static void
submit(struct store *store, struct store_write *write)
{
    struct err err;

    while (under_way > 8)
        usleep(100);
    under_way++;
    check(store_submit(store, write, done, NULL, &err), &err);
}

/* `samples` over the day, evenly, in one metric called by their number, or spread over SERIES. */
static void
fill(struct store *store, long samples, bool spread)
{
    char name[32], page[32];
    const struct dimension dim = { "Page", page };
    const struct dimension_set set = { &dim, 1 };

    for (long n = 0; n < samples; n += BATCH) {
        struct store_write *write = store_write_new(store);

        for (long i = n; i < n + BATCH && i < samples; i++) {
            double value = draw();
            const struct metric_datum datum = {
                .namespace_name = "Bench",
                .metric = name,
                .unit = UNIT_MILLISECONDS,
                .time_ms = NOW + (int64_t)((double)i / (double)samples * DAY),
                .sets = &set,
                .set_count = 1,
                .values = &value,
                .value_count = 1,
            };

            snprintf(name, sizeof name, spread ? "many" : "n%ld", samples);
            snprintf(page, sizeof page, "/%ld", spread ? i % SERIES : 0);
            store_write_datum(write, &datum);
        }
        submit(store, write);
    }
    while (under_way > 0)
        usleep(100);
}

static void
add_query(struct buf *b, int number, const char *metric, int page, int period, const char *stat)
{
    buf_addf(b,
             "%s{\"Id\":\"q%d\",\"MetricStat\":{\"Metric\":{\"Namespace\":\"Bench\","
             "\"MetricName\":\"%s\",\"Dimensions\":[{\"Name\":\"Page\",\"Value\":\"/%d\"}]},"
             "\"Period\":%d,\"Stat\":\"%s\"}}",
             number == 0 ? "" : ",", number, metric, page, period, stat);
}

static int
ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static double
median(double ms[ROUNDS])
{
    qsort(ms, ROUNDS, sizeof ms[0], ascending);
    return ms[ROUNDS / 2];
}

/* CPU time of the emulator's threads: of the process without this thread. A busy machine distorts
 * it less than the clock on the wall. */
static double
cpu_ms(void)
{
    struct timespec all, own;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
    return (double)(all.tv_sec - own.tv_sec) * 1e3 + (double)(all.tv_nsec - own.tv_nsec) / 1e6;
}

/* --- growth ----------------------------------------------------------------------------------- */

#define SIZES_MAX 8

static void
bench_growth(int fd, long samples)
{
    double ms[SIZES_MAX][ROUNDS], first = 0, last = 0;
    size_t sizes = 0, points;

    for (long n = 10000; n <= samples && sizes < SIZES_MAX; n *= 10)
        sizes++;
    for (int round = -1; round < ROUNDS; round++) { /* the first one warms up */
        long n = 10000;

        for (size_t i = 0; i < sizes; i++, n *= 10) {
            char name[32];
            struct buf body;
            double took;

            buf_init(&body, BODY);
            buf_adds(&body, RANGE);
            snprintf(name, sizeof name, "n%ld", n);
            add_query(&body, 0, name, 0, 60, "p75");
            buf_addc(&body, ']');
            took = aws_wire_ask_all(fd, body.data, &points);
            buf_fini(&body);
            if (round >= 0)
                ms[i][round] = took;
        }
    }
    printf("p75 a minute over 24 h by samples:");
    for (size_t i = 0; i < sizes; i++) {
        last = median(ms[i]);
        first = i == 0 ? last : first;
        printf(" 10^%zu %.2f ms%s", i + 4, last, i + 1 < sizes ? "," : "");
    }
    printf("; grows %.2f times (goal 3)\n", last / first);
}

/* --- width ------------------------------------------------------------------------------------ */

static double
ask_apart(int fd)
{
    double ms = 0;

    for (int i = 0; i < SERIES; i++) {
        struct buf body;
        size_t points;

        buf_init(&body, BODY);
        buf_adds(&body, RANGE);
        add_query(&body, 0, "many", i, 300, "p75");
        buf_addc(&body, ']');
        ms += aws_wire_ask_all(fd, body.data, &points);
        buf_fini(&body);
    }
    return ms;
}

static void
bench_width(int fd)
{
    double together[ROUNDS], apart[ROUNDS], sums[ROUNDS], cpu[ROUNDS], a, b;
    struct buf wide, math;
    size_t points = 0, math_points = 0;

    buf_init(&wide, BODY);
    buf_init(&math, BODY);
    buf_adds(&wide, RANGE);
    buf_adds(&math, RANGE);
    for (int i = 0; i < SERIES; i++)
        add_query(&wide, i, "many", i, 300, "p75");
    for (int i = 0; i < SERIES / 2; i++)
        add_query(&math, i, "many", i, 300, "p75");
    for (int i = 0; i < SERIES / 2; i++)
        buf_addf(&math, ",{\"Id\":\"e%d\",\"Expression\":\"100*q%d/SUM(METRICS())\"}", i, i);
    buf_addc(&wide, ']');
    buf_addc(&math, ']');
    for (int round = 0; round < ROUNDS; round++) {
        cpu[round] = cpu_ms();
        together[round] = aws_wire_ask_all(fd, wide.data, &points);
        cpu[round] = cpu_ms() - cpu[round];
        apart[round] = ask_apart(fd);
        sums[round] = aws_wire_ask_all(fd, math.data, &math_points);
    }
    a = median(together);
    b = median(apart);
    printf("%d series over 24 h at five minutes in one question, %zu points: %.0f ms (goal 250), "
           "%.0f ms of CPU, 1/%.1f of as many questions\n",
           SERIES, points, a, median(cpu), b / a);
    a = median(sums);
    printf("%d metrics and %d expressions over all of them, %zu points: %.0f ms\n", SERIES / 2,
           SERIES / 2, math_points, a);
    buf_fini(&wide);
    buf_fini(&math);
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

int
main(int argc, char **argv)
{
    const char *directory = argc > 1 ? argv[1] : "/tmp";
    long samples = argc > 2 ? strtol(argv[2], NULL, 10) : 10000000;
    struct clock *clock = clock_new_virtual(NOW + DAY);
    char path[256];
    const struct emulator_options options = { .listen = "127.0.0.1:0",
                                              .db = path,
                                              .environment = "dev",
                                              .region = "us-east-1",
                                              .clock = clock };
    struct store_options store_options = { .path = path, .clock = clock, .max_bytes = 8LL << 30 };
    struct store *store;
    struct emulator *em;
    struct err err;
    int fd;

    snprintf(path, sizeof path, "%s/obsview-bench-%ld.db", directory, (long)getpid());
    check(store_open(&store, &store_options, &err), &err);
    for (long n = 10000; n <= samples; n *= 10)
        fill(store, n, false);
    fill(store, SERIES * 288 * 4, true);
    store_close(store);
    check(emulator_start(&em, &options, &err), &err);
    fd = aws_wire_connect(emulator_url(em));
    bench_growth(fd, samples);
    bench_width(fd);
    close(fd);
    emulator_stop(em);
    remove_files(path);
    clock_free(clock);
    return 0;
}
