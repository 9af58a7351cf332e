/* bench_umami.c - Umami's questions over 30 days, as the number of events grows.
 * SPDX-License-Identifier: MIT
 *
 * Ten thousand, a hundred thousand and a million events of visits of five page views or so, 200
 * paths, 30 referrers, ten browsers; and a million that arrive in any order of their times. Each
 * question is asked warm, and the median of seven is told, in time of its thread; the first
 * question of all loads the events and is told apart, with the memory that they take. Goal: over a
 * million events at most 50 ms each, when they came in order.
 *
 *     bench_umami [EVENTS]
 *     bench_umami fill DATABASE EVENTS     adds them, up to now, for others to ask about */
#include "config.h"

#include "store/store_inside.h"
#include "store/store_umami.h"
#include "store/umami_columns.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS  7
#define NOW     INT64_C(1795867200000) /* 2026-11-28T12:00:00Z */
#define RANGE   (30 * INT64_C(86400000))
#define BATCH   512
#define GOAL_MS 50.0
#define WEBSITE "11111111-2222-4333-8444-555555555555"

static void
check(enum status st, const struct err *err)
{
    if (st == OK)
        return;
    fprintf(stderr, "bench_umami: %s\n", err->text);
    exit(1);
}

struct world {
    struct store *store;
    struct store_reader *reader;
    uint32_t events;
    bool shuffled;
    int64_t now_ms;
    struct umami_scope scope;
    const struct zone *zone;
};

/* --- filling ---------------------------------------------------------------------------------- */

static uint32_t state = 1;

static uint32_t
any(uint32_t below)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % below;
}

/* Which of the hits comes as number `i`: all of them do, as the step has no common divisor. */
static uint32_t
shuffle(const struct world *w, uint32_t i)
{
    const uint64_t step = 7919 * 7927;

    return w->shuffled ? (uint32_t)(i * step % w->events) : i;
}

static void
add_hit(const struct world *w, struct store_write *write, uint32_t i)
{
    static const char *const browsers[] = { "chrome", "safari",  "firefox", "edge-chromium",
                                            "ios",    "samsung", "opera",   "crios",
                                            "fxios",  "facebook" };
    const uint32_t visit = i / 5, session = any(3) == 0 ? visit : visit / 2;
    char path[32], referrer[32];
    struct umami_hit hit = {
        .website_id = WEBSITE,
        .row = any(10) == 0 ? UMAMI_ROW_EVENT : UMAMI_ROW_VIEW,
        .makes_website = true,
        .makes_session = true,
        .visitor = { .browser = browsers[session % 10],
                     .os = "Mac OS",
                     .device = "desktop",
                     .screen = "1440x900",
                     .language = "en-US",
                     .country = "DE" },
        .page = { .url_path = path,
                  .url_query = "",
                  .page_title = "A page",
                  .hostname = "shop.example",
                  .referrer_domain = i % 5 == 0 ? referrer : NULL },
        .revenue = (double)NAN,
    };

    for (int k = 0; k < UMAMI_VITALS; k++)
        hit.vitals[k] = (double)NAN;
    snprintf(path, sizeof path, "/p/%u", any(200));
    snprintf(referrer, sizeof referrer, "site%u.example", any(30));
    snprintf(hit.session_id, sizeof hit.session_id, "%08x-0000-5000-8000-000000000000", session);
    snprintf(hit.visit_id, sizeof hit.visit_id, "%08x-1111-5000-8000-000000000000", visit);
    if (hit.row == UMAMI_ROW_EVENT)
        hit.page.event_name = "click";
    hit.created_ms = w->now_ms - RANGE + (int64_t)i * (RANGE / w->events);
    hit.received_ms = hit.created_ms;
    store_write_umami(write, &hit);
}

static void
fill(const struct world *w)
{
    struct err err = { 0 };

    for (uint32_t i = 0; i < w->events;) {
        struct store_write *write = store_write_new(w->store);

        for (uint32_t end = i + BATCH; i < end && i < w->events; i++)
            add_hit(w, write, shuffle(w, i));
        check(store_submit_wait(w->store, write, &err), &err);
    }
}

/* --- asking ----------------------------------------------------------------------------------- */

static void
ask_stats(struct world *w, struct arena *arena)
{
    struct umami_totals totals;
    struct err err = { 0 };

    check(store_umami_totals(w->reader, arena, &w->scope, &totals, &err), &err);
}

static void
ask_pageviews(struct world *w, struct arena *arena)
{
    struct umami_points points = { 0 };
    struct err err = { 0 };

    check(store_umami_series(w->reader, arena, &w->scope, UMAMI_DAY, w->zone, false, 0, &points,
                             &err),
          &err);
}

static void
ask_hours(struct world *w, struct arena *arena)
{
    struct umami_points points = { 0 };
    struct err err = { 0 };

    check(store_umami_series(w->reader, arena, &w->scope, UMAMI_HOUR, w->zone, false, 0, &points,
                             &err),
          &err);
}

static void
ask_filtered(struct world *w, struct arena *arena, struct umami_filter filter)
{
    const struct umami_scope all = w->scope;

    w->scope.filters = &filter;
    w->scope.filter_count = 1;
    ask_stats(w, arena);
    w->scope = all;
}

static void
ask_of_country(struct world *w, struct arena *arena)
{
    ask_filtered(w, arena,
                 (struct umami_filter){ .column = UMAMI_BY_COUNTRY,
                                        .values = (const char *const[]){ "DE" },
                                        .count = 1 });
}

static void
ask_of_path(struct world *w, struct arena *arena)
{
    ask_filtered(w, arena,
                 (struct umami_filter){ .column = UMAMI_BY_PATH,
                                        .operator_ = UMAMI_CONTAINS,
                                        .values = (const char *const[]){ "/1" },
                                        .count = 1 });
}

static void
ask_of_event(struct world *w, struct arena *arena)
{
    const unsigned types = w->scope.types;

    w->scope.types = UMAMI_ALL_TYPES;
    ask_filtered(w, arena,
                 (struct umami_filter){ .column = UMAMI_BY_EVENT,
                                        .values = (const char *const[]){ "click" },
                                        .count = 1 });
    w->scope.types = types;
}

static void
ask_metric(struct world *w, struct arena *arena, struct umami_metric_query query)
{
    struct umami_metric_list list = { 0 };
    struct err err = { 0 };

    query.limit = 500;
    check(store_umami_metric(w->reader, arena, &w->scope, &query, &list, &err), &err);
}

static void
ask_paths(struct world *w, struct arena *arena)
{
    ask_metric(w, arena,
               (struct umami_metric_query){ .column = UMAMI_BY_PATH, .only_visitors = true });
}

static void
ask_referrers(struct world *w, struct arena *arena)
{
    ask_metric(w, arena,
               (struct umami_metric_query){ .column = UMAMI_BY_REFERRER, .only_visitors = true });
}

static void
ask_browsers(struct world *w, struct arena *arena)
{
    ask_metric(w, arena,
               (struct umami_metric_query){ .column = UMAMI_BY_BROWSER, .only_visitors = true });
}

static void
ask_entries(struct world *w, struct arena *arena)
{
    ask_metric(w, arena,
               (struct umami_metric_query){ .kind = UMAMI_METRIC_ENTRY, .only_visitors = true });
}

static void
ask_channels(struct world *w, struct arena *arena)
{
    ask_metric(w, arena,
               (struct umami_metric_query){ .kind = UMAMI_METRIC_CHANNEL, .only_visitors = true });
}

static void
ask_channel_sums(struct world *w, struct arena *arena)
{
    ask_metric(w, arena, (struct umami_metric_query){ .kind = UMAMI_METRIC_CHANNEL_SUMS });
}

static void
ask_languages(struct world *w, struct arena *arena)
{
    ask_metric(w, arena,
               (struct umami_metric_query){ .column = UMAMI_BY_LANGUAGE, .only_visitors = true });
}

static void
ask_expanded(struct world *w, struct arena *arena)
{
    ask_metric(w, arena, (struct umami_metric_query){ .column = UMAMI_BY_PATH });
}

static void
ask_sessions(struct world *w, struct arena *arena)
{
    const struct umami_list_query query = { .limit = 20 };
    struct umami_session_list list = { 0 };
    struct err err = { 0 };

    check(store_umami_sessions(w->reader, arena, &w->scope, UMAMI_BIT(UMAMI_ROW_VIEW), true, &query,
                               &list, &err),
          &err);
}

static const struct {
    const char *name;
    void (*ask)(struct world *w, struct arena *arena);
} questions[] = {
    { "stats", ask_stats },
    { "of a country", ask_of_country },
    { "of paths with /1", ask_of_path },
    { "of an event", ask_of_event },
    { "pageviews by day", ask_pageviews },
    { "by hour", ask_hours },
    { "paths", ask_paths },
    { "referrers", ask_referrers },
    { "browsers", ask_browsers },
    { "languages", ask_languages },
    { "entries", ask_entries },
    { "channels", ask_channels },
    { "their sums", ask_channel_sums },
    { "paths expanded", ask_expanded },
    { "sessions", ask_sessions },
};
#define QUESTIONS (sizeof questions / sizeof questions[0])

static int
ascending(const void *left, const void *right)
{
    const double *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* Of this thread alone: a question computes and waits for nobody, and a busy machine has no say. */
static double
cpu_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
time_once(struct world *w, size_t which)
{
    struct arena *arena = arena_new();
    const double from = cpu_ms();
    double ms;

    questions[which].ask(w, arena);
    ms = cpu_ms() - from;
    arena_free(arena);
    return ms;
}

static double
median(struct world *w, size_t which)
{
    double ms[ROUNDS];

    for (int i = 0; i < ROUNDS; i++)
        ms[i] = time_once(w, which);
    qsort(ms, ROUNDS, sizeof ms[0], ascending);
    return ms[ROUNDS / 2];
}

static void
open_world(struct world *w, const char *path, struct clock *clock)
{
    struct err err = { 0 };

    check(store_open(&w->store, &(struct store_options){ .path = path, .clock = clock }, &err),
          &err);
    check(store_reader_open(&w->reader, w->store, &err), &err);
    w->now_ms = clock_now_ms(clock);
    w->scope = (struct umami_scope){ .start_ms = w->now_ms - RANGE,
                                     .end_ms = w->now_ms,
                                     .types = UMAMI_BIT(UMAMI_ROW_VIEW) };
    if (!uuid_parse(w->scope.website, WEBSITE))
        abort();
}

static void
close_world(struct world *w)
{
    store_reader_close(w->reader);
    store_close(w->store);
}

/* The slowest question. */
static double
run(uint32_t events, bool shuffled)
{
    struct clock *clock = clock_new_virtual(NOW);
    struct world w = { .events = events, .shuffled = shuffled };
    struct arena *arena = arena_new();
    struct err err = { 0 };
    double worst = 0;

    open_world(&w, ":memory:", clock);
    check(zone_find(&w.zone, arena, "Europe/Berlin", &err), &err);
    fill(&w);
    printf("%8u events%s: first %.0f ms, then", events, shuffled ? " in any order" : "",
           time_once(&w, 0));
    printf(" %.1f MiB;", (double)umami_columns_bytes(w.store->umami) / (1 << 20));
    for (size_t i = 0; i < QUESTIONS; i++) {
        const double ms = median(&w, i);

        printf(" %s %.2f%s", questions[i].name, ms, i + 1 < QUESTIONS ? "," : " ms\n");
        worst = ms > worst ? ms : worst;
    }
    close_world(&w);
    arena_free(arena);
    clock_free(clock);
    return worst;
}

static void
fill_database(const char *path, uint32_t events)
{
    struct clock *clock = clock_new_real();
    struct world w = { .events = events };

    open_world(&w, path, clock);
    fill(&w);
    close_world(&w);
    clock_free(clock);
}

int
main(int argc, char **argv)
{
    double worst = 0;

    if (argc == 4 && strcmp(argv[1], "fill") == 0) {
        fill_database(argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
        return 0;
    }
    if (argc > 1)
        return run((uint32_t)strtoul(argv[1], NULL, 10), false) > GOAL_MS;
    (void)run(10000, false);
    (void)run(100000, false);
    worst = run(1000000, false);
    printf("slowest question over a million events: %.1f ms (goal: %.0f), in any order %.1f ms\n",
           worst, GOAL_MS, run(1000000, true));
    return worst > GOAL_MS;
}
