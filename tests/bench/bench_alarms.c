/* bench_alarms.c - a thousand alarms over a thousand series, evaluated every minute.
 * SPDX-License-Identifier: MIT
 *
 * Under a virtual clock: each minute gets a value per series, then the clock moves and the alarms
 * are evaluated. Counted is the processor time of all threads from the move to the end of the
 * evaluation, as a share of the minute that it has on a real clock; beside it the time that writing
 * the minute's thousand values takes. One alarm in fifty turns each minute; a half reads a
 * percentile.
 *
 *     bench_alarms [ALARMS [MINUTES]] */
#include "config.h"

#include "base/buf.h"
#include "base/mem.h"
#include "emulator/alarm_watch.h"
#include "emulator/emulator.h"
#include "emulator/parts.h"
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NOW       1795478400000 /* a midnight */
#define MINUTE_MS 60000
#define WARM_UP   5
#define SAMPLES   20

static void
check(enum status st, const struct err *err)
{
    if (st == OK)
        return;
    fprintf(stderr, "bench_alarms: %s\n", err->text);
    exit(1);
}

static double
cpu_s(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void
make_alarms(struct store *store, int count)
{
    struct alarm_change *changes = xcalloc((size_t)count, sizeof *changes);
    struct arena *arena = arena_new();
    struct err err = { 0 };

    for (int i = 0; i < count; i++) {
        struct alarm_row *row = &changes[i].row;

        changes[i].kind = ALARM_PUT;
        row->name = arena_printf(arena, "alarm-%04d", i);
        row->definition = arena_printf(
            arena,
            "{\"AlarmName\":\"alarm-%04d\",\"MetricName\":\"Latency\",\"Namespace\":\"Bench\","
            "\"%s\",\"Dimensions\":[{\"Name\":\"service\",\"Value\":\"s%04d\"}],\"Period\":60,"
            "\"EvaluationPeriods\":3,\"DatapointsToAlarm\":2,\"Threshold\":100,"
            "\"ComparisonOperator\":\"GreaterThanThreshold\"}",
            i, i % 2 ? "ExtendedStatistic\":\"p75" : "Statistic\":\"Average", i);
        row->tags = "[]";
        row->state = ALARM_STATE_NO_DATA;
        row->actions_enabled = true;
    }
    check(store_change_alarms(store, changes, (size_t)count, &err), &err);
    arena_free(arena);
    free(changes);
}

/* One alarm in fifty sees two bad minutes after two good ones. */
static void
fill_minute(struct store *store, int series, int minute)
{
    struct store_write *write = store_write_new(store);
    struct err err = { 0 };
    char name[16];

    for (int i = 0; i < series; i++) {
        const struct dimension dim = { "service", name };
        const struct dimension_set set = { &dim, 1 };
        double values[SAMPLES];
        const struct metric_datum datum = { .namespace_name = "Bench",
                                            .metric = "Latency",
                                            .time_ms = NOW + (int64_t)minute * MINUTE_MS,
                                            .sets = &set,
                                            .set_count = 1,
                                            .values = values,
                                            .value_count = SAMPLES };

        snprintf(name, sizeof name, "s%04d", i);
        for (int k = 0; k < SAMPLES; k++)
            values[k] = (i % 25 == 0 && (minute / 2 + i / 25) % 2 == 0 ? 150 : 50) + k;
        store_write_datum(write, &datum);
    }
    check(store_submit_wait(store, write, &err), &err);
}

int
main(int argc, char **argv)
{
    const int alarms = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 1000;
    const int minutes = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 60;
    struct emulator_options options = { .listen = "127.0.0.1:0", .db = ":memory:" };
    double judging = 0, writing = 0, before;
    struct emulator *em;
    struct err err = { 0 };
    struct store *store;
    uint64_t turns;

    options.clock = clock_new_virtual(NOW);
    check(emulator_start(&em, &options, &err), &err);
    store = emulator_store(em);
    make_alarms(store, alarms);
    turns = store_alarm_generation(store);
    for (int minute = 0; minute < WARM_UP + minutes; minute++) {
        if (minute == WARM_UP) {
            judging = writing = 0;
            turns = store_alarm_generation(store);
        }
        before = cpu_s();
        fill_minute(store, alarms, minute);
        writing += cpu_s() - before;
        before = cpu_s();
        clock_set(options.clock, NOW + (int64_t)(minute + 1) * MINUTE_MS);
        if (!alarm_watch_await(emulator_alarm_watch(em), 60000))
            return 1;
        judging += cpu_s() - before;
    }
    turns = store_alarm_generation(store) - turns;
    printf("%d alarms, %d minutes (turns in %llu of them): %.2f ms of processor a minute, %.3f %% "
           "of a core (goal: below 1 %%)\n",
           alarms, minutes, (unsigned long long)turns, judging / minutes * 1e3,
           judging / minutes / 60 * 100);
    printf("ratio to writing the minute's %d values: %.2f\n", alarms * SAMPLES, judging / writing);
    emulator_stop(em);
    clock_free(options.clock);
    return judging / minutes / 60 < 0.01 ? 0 : 1;
}
