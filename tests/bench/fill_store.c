/* fill_store.c - a database with a day of 500 series and a million log lines, to be asked for.
 * SPDX-License-Identifier: MIT
 *
 * usage: fill_store DATABASE */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

#define SERIES     500
#define MINUTES    1440
#define LOG_LINES  1000000
#define LINES_ONCE 2000

static enum status
put(struct store *store, struct store_write *write, struct err *err)
{
    enum status st;

    do
        st = store_submit_wait(store, write, err);
    while (st == E_BUSY);
    return st;
}

static enum status
fill_minute(struct store *store, int64_t time_ms, struct err *err)
{
    struct store_write *write = store_write_new(store);

    for (unsigned i = 0; i < SERIES; i++) {
        char name[32];
        const struct dimension dim = { "route", name };
        const struct dimension_set set = { &dim, 1 };
        double value = (double)((i * 7919 + (unsigned)(time_ms / 60000)) % 4000);
        const struct metric_datum datum = {
            .namespace_name = "Bench",
            .metric = "LCP",
            .unit = UNIT_MILLISECONDS,
            .time_ms = time_ms,
            .sets = &set,
            .set_count = 1,
            .values = &value,
            .value_count = 1,
        };

        snprintf(name, sizeof name, "/route/%u", i);
        store_write_datum(write, &datum);
    }
    return put(store, write, err);
}

static enum status
fill_lines(struct store *store, int64_t start_ms, size_t from, struct err *err)
{
    struct store_write *write = store_write_new(store);
    struct arena *arena = arena_new();
    struct log_event *events = arena_alloc(arena, LINES_ONCE * sizeof *events);
    enum status st;

    for (size_t i = 0; i < LINES_ONCE; i++) {
        char *text = arena_printf(arena,
                                  "{\"level\":\"INFO\",\"message\":\"request %zu took %zu ms\","
                                  "\"route\":\"/route/%zu\",\"requestId\":\"r-%zu\"}",
                                  from + i, (from + i) % 977, (from + i) % SERIES, from + i);

        events[i] = (struct log_event){ start_ms + (int64_t)((from + i) * 80), text, strlen(text) };
    }
    store_write_logs(write, "/bench/lines", "one", events, LINES_ONCE, start_ms);
    arena_free(arena);
    st = put(store, write, err);
    return st;
}

int
main(int argc, char **argv)
{
    struct clock *clock = clock_new_real();
    struct store_options options = { .path = argc > 1 ? argv[1] : "",
                                     .max_bytes = (int64_t)8 << 30,
                                     .clock = clock };
    int64_t start_ms = clock_now_ms(clock) - (int64_t)MINUTES * 60000;
    struct store *store;
    struct err err = { 0 };
    enum status st = store_open(&store, &options, &err);

    if (st == OK) {
        for (int i = 0; i < MINUTES && st == OK; i++)
            st = fill_minute(store, start_ms + (int64_t)i * 60000, &err);
        for (size_t i = 0; i < LOG_LINES && st == OK; i += LINES_ONCE)
            st = fill_lines(store, start_ms, i, &err);
        store_close(store);
    }
    if (st != OK)
        fprintf(stderr, "%s\n", err.text);
    clock_free(clock);
    return st == OK ? 0 : 1;
}
