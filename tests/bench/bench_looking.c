/* bench_looking.c - what one screen, open for a month's work, asks of CloudWatch and what that
 * costs. SPDX-License-Identifier: MIT
 *
 * An emulator plays the demo traffic and is asked as if it were AWS: with prices, paces and the
 * free tier. Each view stands in front for an hour of simulated time, with what is asked for behind
 * it; the emulator counts the calls and the metrics they would be charged for. The client's own
 * count must be the same. An hour times 176 is a month; what is asked of Cost Explorer is asked
 * once a day, and of those a month of work has 22.
 *
 *     bench_looking FIXTURE */
#include "config.h"

#include "aws/libcurl.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "emulator/emulator.h"
#include "emulator/parts.h"
#include "emulator/tally.h"
#include "tui/budget.h"
#include "tui/gather.h"
#include "tui/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOUR_MS     3600000
#define TALLY_MAX   ((size_t)1 << 20)
#define ROUNDS_MAX  12
#define GOAL_DOLLAR 3.0
#define DAYS        22

static uint64_t fake_ns = 1000000000;

static uint64_t
fake_mono(void)
{
    return fake_ns;
}

static void
check(enum status st, const struct err *err)
{
    if (st == OK)
        return;
    fprintf(stderr, "bench_looking: %s\n", err->text);
    exit(1);
}

static const char *
no_variable(void *arg, const char *name)
{
    (void)arg;
    if (strcmp(name, "AWS_ACCESS_KEY_ID") == 0)
        return "AKIDEXAMPLE";
    return strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0 ? "secret" : NULL;
}

/* What the emulator has counted so far. */
struct counted {
    double data_calls, metrics, free_calls, bill_calls, other_calls;
};

static struct counted
count(struct emulator *em)
{
    struct counted sum = { 0 };
    const cJSON *op;
    cJSON *doc = NULL;
    struct err err;
    struct buf b;

    buf_init(&b, TALLY_MAX);
    buf_addc(&b, '{');
    tally_print(&b, emulator_tally(em));
    buf_addc(&b, '}');
    check(json_parse(&doc, b.data, b.len, &err), &err);
    cJSON_ArrayForEach(op, json_get(doc, "operations"))
    {
        double calls = json_get_number(op, "calls", 0);

        if (strcmp(json_get_string(op, "service", ""), "ce") == 0)
            sum.bill_calls += calls;
        else if (strcmp(json_get_string(op, "service", ""), "monitoring") != 0)
            sum.other_calls += calls;
        else if (strcmp(json_get_string(op, "operation", ""), "GetMetricData") == 0) {
            sum.data_calls += calls;
            sum.metrics += json_get_number(op, "billed", 0);
        } else
            sum.free_calls += calls;
    }
    cJSON_Delete(doc);
    buf_fini(&b);
    return sum;
}

static void
ask_all(struct ask_list *asks, const struct view *front, const struct snapshot *snapshot,
        const struct clock *clock)
{
    struct view_query q = { .now_ms = clock_now_ms(clock),
                            .range = { .span_ms = HOUR_MS },
                            .snapshot = snapshot,
                            .key = "",
                            .cursor = "",
                            .filter = "",
                            .steps = 60 };

    front->ask(asks, &q);
    q.is_behind = true;
    for (size_t i = 0; views[i] != NULL; i++) {
        struct ask_list *behind = ask_list_new();

        if (views[i] != front && views[i]->is_watched)
            views[i]->ask(behind, &q);
        for (size_t k = 0; k < behind->count; k++) {
            behind->items[k].is_background = true;
            ask_list_add(asks, &behind->items[k]);
        }
        ask_list_free(behind);
    }
}

static void
look(struct gather *g, const struct view *view, const struct clock *clock)
{
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct snapshot *snapshot = gather_snapshot(g);
        struct ask_list *asks = ask_list_new();

        ask_all(asks, view, snapshot, clock);
        gather_want(g, asks);
        ask_list_free(asks);
        snapshot_unref(snapshot);
        do
            gather_run(g, 5);
        while (!gather_is_settled(g));
    }
}

/* An hour of one view in front; what the client thinks it spent. */
static int64_t
watch(const struct gather_options *options, const struct view *view, struct clock *clock)
{
    struct gather *g = gather_new(options);
    int64_t end_ms = clock_now_ms(clock) + HOUR_MS;
    struct snapshot *snapshot;
    int64_t microusd;

    look(g, view, clock);
    while (clock_now_ms(clock) < end_ms) {
        int step = gather_next_ms(g, 60000);

        step = step < 1 ? 1 : step;
        fake_ns += (uint64_t)step * 1000000;
        clock_set(clock, clock_now_ms(clock) + step);
        look(g, view, clock);
    }
    snapshot = gather_snapshot(g);
    microusd = snapshot->cost_microusd;
    snapshot_unref(snapshot);
    gather_free(g);
    return microusd;
}

static bool
tell(const struct view *view, const struct counted *before, const struct counted *after,
     int64_t microusd, const struct price_list *prices)
{
    double metrics = after->metrics - before->metrics;
    double bills = after->bill_calls - before->bill_calls;
    int64_t of_bills = price_microusd(prices, PRICE_COST_EXPLORER, bills);
    int64_t expected = price_microusd(prices, PRICE_METRIC_DATA, metrics) + of_bills;
    double month = ((double)(microusd - of_bills) * BUDGET_HOURS + (double)of_bills * DAYS) / 1e6;

    printf("%-9s %5.0f GetMetricData for %6.0f metrics, %5.0f free calls, %5.0f Logs and others an "
           "hour, %1.0f Cost Explorer a day: $%.2f a month%s%s\n",
           view->name, after->data_calls - before->data_calls, metrics,
           after->free_calls - before->free_calls, after->other_calls - before->other_calls, bills,
           month, microusd == expected ? "" : "  COUNTED OTHERWISE BY THE CLIENT",
           month < GOAL_DOLLAR ? "" : "  TOO MUCH");
    return microusd == expected && month < GOAL_DOLLAR;
}

int
main(int argc, char **argv)
{
    const struct aws_environment env = { .get = no_variable };
    struct clock *real = clock_new_real(), *clock;
    struct emulator_options options = { .listen = "127.0.0.1:0",
                                        .emf_listen = "off",
                                        .db = ":memory:",
                                        .clock = real,
                                        .demo_path = argc > 1 ? argv[1] : NULL };
    struct aws_target_options to = { .region = "us-east-1" };
    struct gather_options gather = { .environment = "dev",
                                     .max_spend_microusd = 3000000,
                                     .mono_ns = fake_mono };
    struct aws_target target;
    struct emulator *em;
    struct err err;
    bool good = true;

    check(libcurl_load(&err), &err);
    check(emulator_start(&em, &options, &err), &err);
    nanosleep(&(struct timespec){ .tv_sec = 5 }, NULL); /* the demo's past is played first */
    to.endpoint_url = emulator_url(em);
    check(aws_target_resolve(&target, &to, &env, &err), &err);
    gather.target = &target;
    for (size_t i = 0; views[i] != NULL; i++) {
        struct counted before = count(em), after;
        int64_t microusd;

        if (views[i]->needs_emulator)
            continue;
        clock = clock_new_virtual(clock_now_ms(real));
        gather.clock = clock;
        microusd = watch(&gather, views[i], clock);
        after = count(em);
        good &= tell(views[i], &before, &after, microusd, &target.prices);
        clock_free(clock);
    }
    aws_target_fini(&target);
    emulator_stop(em);
    clock_free(real);
    puts(good ? "every view below $3.00 a month of 176 hours, both counts the same"
              : "a view costs too much, or the counts differ");
    return good ? 0 : 1;
}
