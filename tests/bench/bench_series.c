/* bench_series.c - a day of every simulated series, beside a day of stored values.
 * SPDX-License-Identifier: MIT
 *
 * Each series of the document's stack is asked for p99 of every minute of a day where GetMetricData
 * asks (emulator/metric_source.h), and the slowest is told; beside it, in turns, the same question
 * about as many values as the slowest has, read from the store. The last figure is what the stack
 * costs a stored series: a search for a key that it does not have. Medians of nine.
 *
 *     bench_series */
#include "config.h"

#include "domain/sketch.h"
#include "domain/stack_series.h"
#include "emulator/metric_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS  9
#define MINUTES 1440
#define VALUES  60
#define NOW     INT64_C(1795867200000) /* 2026-11-28T12:00:00Z */
#define MINUTE  INT64_C(60000)
#define BATCH   64
#define GOAL_MS 50.0

static const struct dimension environment = { "environment", "dev" };
static const struct series_key stored = { "Bench", "Latency", { &environment, 1 } };

static void
check(enum status st, const struct err *err)
{
    if (st == OK)
        return;
    fprintf(stderr, "bench_series: %s\n", err->text);
    exit(1);
}

static struct stack *
read_stack(void)
{
    const struct stack_world world = {
        .account = "000000000000", .region = "us-east-1", .environment = "dev", .start_ms = NOW
    };
    struct stack_faults *faults = xcalloc(1, sizeof *faults);
    const char *text = stack_builtin_text();
    struct stack *stack;
    struct err err = { 0 };

    if (stack_read(&stack, text, strlen(text), &world, faults) != OK)
        check(err_set(&err, E_INVALID, "%s", faults->items[0].text), &err);
    free(faults);
    return stack;
}

static void
fill(struct store *store, const struct stack *stack)
{
    struct store_write *write = store_write_new(store);
    struct err err = { 0 };

    for (int64_t i = 0; i < MINUTES; i++) {
        double values[VALUES];
        const struct metric_datum datum = { .namespace_name = stored.namespace_name,
                                            .metric = stored.metric,
                                            .unit = UNIT_MILLISECONDS,
                                            .time_ms = NOW - (i + 1) * MINUTE,
                                            .sets = &stored.dims,
                                            .set_count = 1,
                                            .values = values,
                                            .value_count = VALUES };

        for (size_t k = 0; k < VALUES; k++)
            values[k] = 2 + (double)(k * 37 % VALUES) / 16 + (double)(stack->seed % 7);
        store_write_datum(write, &datum);
        if (i % BATCH != BATCH - 1)
            continue;
        check(store_submit_wait(store, write, &err), &err);
        write = store_write_new(store);
    }
    check(store_submit_wait(store, write, &err), &err);
}

/* A day of a series, every percentile computed. */
static double
ask(const struct metric_source *source, const struct series_key *key, double *sum)
{
    const struct metric_query query = { .key = *key,
                                        .start_ms = NOW - MINUTES * MINUTE,
                                        .end_ms = NOW,
                                        .period_ms = MINUTE,
                                        .want_sketch = true,
                                        .unit = -1 };
    struct arena *arena = arena_new();
    const uint64_t from = mono_ns();
    struct metric_buckets out = { 0 };
    struct err err = { 0 };
    double ms;

    check(metric_source_read(source, arena, &query, &out, NULL, &err), &err);
    for (size_t i = 0; i < out.count; i++)
        *sum += sketch_quantile(out.buckets[i].sketch, 0.99);
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

static double
median(const struct metric_source *source, const struct series_key *key)
{
    double ms[ROUNDS], sum = 0;

    for (int i = 0; i < ROUNDS; i++)
        ms[i] = ask(source, key, &sum);
    qsort(ms, ROUNDS, sizeof ms[0], ascending);
    return ms[ROUNDS / 2];
}

/* The stored series without and with a stack, in turns. */
static void
compare(const struct metric_source *source, double *alone, double *beside)
{
    const struct metric_source plain = { source->reader, NULL, source->now_ms, NULL };
    double without[ROUNDS], with[ROUNDS], sum = 0;

    for (int i = 0; i < ROUNDS; i++) {
        without[i] = ask(&plain, &stored, &sum);
        with[i] = ask(source, &stored, &sum);
    }
    qsort(without, ROUNDS, sizeof without[0], ascending);
    qsort(with, ROUNDS, sizeof with[0], ascending);
    *alone = without[ROUNDS / 2];
    *beside = with[ROUNDS / 2];
}

static const struct stack_series *
find_slowest(const struct metric_source *source, double *worst)
{
    size_t count;
    const struct stack_series *all = stack_series_all(source->stack, &count), *slowest = all;

    *worst = 0;
    for (size_t i = 0; i < count; i++) {
        const double ms = median(source, &all[i].key);

        if (ms <= *worst)
            continue;
        *worst = ms;
        slowest = &all[i];
    }
    return slowest;
}

int
main(void)
{
    struct clock *clock = clock_new_virtual(NOW);
    struct stack *stack = read_stack();
    struct metric_source source = { .stack = stack, .now_ms = NOW };
    const struct stack_series *slowest;
    double simulated, alone, beside;
    struct store *store;
    struct err err = { 0 };

    check(store_open(&store, &(struct store_options){ .path = ":memory:", .clock = clock }, &err),
          &err);
    check(store_reader_open(&source.reader, store, &err), &err);
    fill(store, stack);
    slowest = find_slowest(&source, &simulated);
    compare(&source, &alone, &beside);
    printf("a day of %s by the minute, p99: %.2f ms simulated (goal: %.0f), %.2f ms of %d stored "
           "values a minute: %.2f times\n",
           slowest->key.metric, simulated, GOAL_MS, alone, VALUES, simulated / alone);
    printf("a stored series beside a stack: %.2f times\n", beside / alone);
    store_reader_close(source.reader);
    store_close(store);
    stack_free(stack);
    clock_free(clock);
    return simulated > GOAL_MS;
}
