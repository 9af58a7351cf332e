/* fill_insights.c - a million log lines of 300 bytes, and how fast a bare look at them is.
 * SPDX-License-Identifier: MIT
 *
 * usage: fill_insights DATABASE. Prints "start END bare LINES_PER_SECOND": the range in epoch
 * seconds, and the best of three scans that do nothing with a line. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store.h"

#define LOG_LINES  1000000
#define LINES_ONCE 2000
#define LINE_BYTES 300
#define STEP_MS    80

static enum status
fill(struct store *store, int64_t start_ms, size_t from, struct err *err)
{
    static const char *const levels[] = { "INFO", "INFO", "INFO", "WARN", "ERROR" };
    struct store_write *write = store_write_new(store);
    struct arena *arena = arena_new();
    struct log_event *events = arena_alloc(arena, LINES_ONCE * sizeof *events);
    enum status st;

    for (size_t i = 0; i < LINES_ONCE; i++) {
        size_t n = from + i;
        char *text = arena_printf(
            arena,
            "{\"time\":\"2026-11-23T01:02:03.004Z\",\"level\":\"%s\",\"requestId\":\"8f3c9a1e-%"
            "08zx\","
            "\"message\":\"handled %zu\",\"route\":\"/api/items/%zu\",\"user\":{\"id\":%zu,"
            "\"plan\":\"free\"},\"ms\":%zu.%zu,\"status\":%d,\"pad\":\"%-400s",
            levels[n * 2654435761u % 5], n, n, n % 97, n * 31 % 5000, n * 7919 % 2000, n % 10,
            n % 50 == 0 ? 500 : 200, "lorem ipsum dolor sit amet");

        memcpy(text + LINE_BYTES - 2, "\"}", 3);
        events[i] = (struct log_event){ start_ms + (int64_t)n * STEP_MS, text, LINE_BYTES };
    }
    store_write_logs(write, "/bench/insights", "one", events, LINES_ONCE, start_ms);
    arena_free(arena);
    do
        st = store_submit_wait(store, write, err);
    while (st == E_BUSY);
    return st;
}

static bool
look(void *arg, const struct log_visit *line)
{
    *(size_t *)arg += line->message_len;
    return true;
}

static enum status
scan(struct store *store, double *lines_per_second, struct err *err)
{
    struct store_reader *reader = NULL;
    size_t bytes = 0;
    char after[32] = "", next[32];
    struct log_scan what = { .group = "/bench/insights",
                             .end_ms = INT64_MAX,
                             .newest_first = true,
                             .visit = look,
                             .arg = &bytes };
    uint64_t began = mono_ns();
    enum status st = store_reader_open(&reader, store, err);

    for (bool more = st == OK; more;) {
        st = store_scan_logs(reader, &what, next, err);
        more = st == OK && next[0] != '\0';
        memcpy(after, next, sizeof after);
        what.after = after;
    }
    store_reader_close(reader);
    *lines_per_second = (double)bytes / LINE_BYTES / ((double)(mono_ns() - began) / 1e9);
    return st;
}

int
main(int argc, char **argv)
{
    struct clock *clock = clock_new_real();
    struct store_options options = { .path = argc > 1 ? argv[1] : "",
                                     .max_bytes = (int64_t)8 << 30,
                                     .clock = clock };
    int64_t start_ms = clock_now_ms(clock) - (int64_t)LOG_LINES * STEP_MS - 60000;
    struct store *store;
    struct err err = { 0 };
    double best = 0, speed = 0;
    enum status st = store_open(&store, &options, &err);

    if (st == OK) {
        for (size_t i = 0; i < LOG_LINES && st == OK; i += LINES_ONCE)
            st = fill(store, start_ms, i, &err);
        for (int i = 0; i < 3 && st == OK; i++) {
            st = scan(store, &speed, &err);
            best = speed > best ? speed : best;
        }
        store_close(store);
    }
    if (st != OK)
        fprintf(stderr, "%s\n", err.text);
    else
        printf("%lld %lld bare %.0f\n", (long long)start_ms / 1000,
               (long long)start_ms / 1000 + LOG_LINES * STEP_MS / 1000 + 1, best);
    clock_free(clock);
    return st == OK ? 0 : 1;
}
