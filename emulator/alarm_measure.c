/* alarm_measure.c - reads what an alarm looks at.
 * SPDX-License-Identifier: MIT
 *
 * An alarm with a period of five minutes is evaluated every minute, over the last five minutes each
 * time: its windows do not lie on the multiples of the period that GetMetricData shows. So minutes
 * are read (ten seconds for periods below a minute, hours for alarms that are evaluated once an
 * hour) and put together. Every evaluation reads its range again: late data counts. */
#include "config.h"

#include "emulator/alarm_measure.h"

#include <math.h>

#include "domain/sketch.h"

#define SECOND_MS 1000LL
#define FINE_S    10
#define MINUTE_S  60

/* --- one metric ------------------------------------------------------------------------------- */

struct period {
    struct statistic_set set;
    struct sketch *merged;       /* of several buckets */
    const struct sketch *sketch; /* what to ask: of one bucket, or merged */
    bool sketchless;
};

static void
add_sketch(struct period *p, struct arena *arena, const struct sketch *sketch)
{
    if (sketch == NULL)
        p->sketchless = true;
    if (p->sketchless)
        return;
    if (p->sketch == NULL) {
        p->sketch = sketch;
        return;
    }
    if (p->merged == NULL) {
        p->merged = sketch_new_in(arena);
        sketch_merge(p->merged, p->sketch);
        p->sketch = p->merged;
    }
    sketch_merge(p->merged, sketch);
}

static void
add_bucket(struct period *p, struct arena *arena, const struct metric_bucket *bucket)
{
    struct statistic_set *to = &p->set;

    if (to->count == 0) {
        *to = bucket->set;
    } else {
        to->count += bucket->set.count;
        to->sum += bucket->set.sum;
        to->min = fmin(to->min, bucket->set.min);
        to->max = fmax(to->max, bucket->set.max);
    }
    add_sketch(p, arena, bucket->sketch);
}

static int32_t
base_of(const struct alarm_rule *rule)
{
    return rule->period_s < MINUTE_S ? FINE_S : MINUTE_S;
}

static enum status
measure_metric(const struct alarm_definition *def, const struct metric_source *source,
               struct arena *arena, int64_t end_ms, struct alarm_window *window, struct err *err)
{
    const int64_t period_ms = def->rule.period_s * SECOND_MS;
    const int64_t start_ms = end_ms - (int64_t)window->count * period_ms;
    const struct metric_query ask = {
        .key = def->key,
        .start_ms = start_ms,
        .end_ms = end_ms,
        .period_ms = base_of(&def->rule) * SECOND_MS,
        .want_sketch = statistic_needs_sketch(&def->stat),
        .unit = def->unit,
    };
    struct period *periods = arena_alloc(arena, window->count * sizeof *periods);
    double *values = arena_alloc(arena, window->count * sizeof *values);
    double *samples = arena_alloc(arena, window->count * sizeof *samples);
    struct metric_buckets buckets = { 0 };
    enum status st = metric_source_read(source, arena, &ask, &buckets, NULL, err);

    if (st != OK)
        return st;
    for (size_t i = 0; i < buckets.count; i++)
        add_bucket(&periods[(buckets.buckets[i].start_ms - start_ms) / period_ms], arena,
                   &buckets.buckets[i]);
    for (size_t i = 0; i < window->count; i++) {
        const struct period *p = &periods[i];

        samples[i] = p->set.count;
        values[i] = p->set.count > 0
                        ? statistic_value(&def->stat, &p->set, p->sketchless ? NULL : p->sketch)
                        : (double)NAN;
    }
    window->values = values;
    window->samples = samples;
    window->newest_ms = end_ms - period_ms;
    window->percentile = def->stat.kind == STATISTIC_PERCENTILE ? def->stat.high : -1;
    return OK;
}

/* --- metric math ------------------------------------------------------------------------------ */

static enum status
measure_math(const struct alarm_definition *def, const struct metric_source *source,
             struct arena *arena, int64_t end_ms, struct alarm_window *window, struct err *err)
{
    const int64_t period_ms = def->rule.period_s * SECOND_MS;
    const int64_t last_ms = end_ms - end_ms % period_ms;
    const int64_t start_ms = last_ms - (int64_t)window->count * period_ms;
    double *values = arena_alloc(arena, window->count * sizeof *values);
    struct metric_data_result result = { 0 };
    enum status st = metric_data_compute(def->data, source, arena, start_ms, last_ms, &result, err);

    if (st != OK)
        return st;
    for (size_t i = 0; i < window->count; i++)
        values[i] = NAN;
    for (size_t i = 0; result.count == 1 && i < result.series[0].count; i++) {
        const int64_t at = (result.series[0].times_ms[i] - start_ms) / period_ms;

        if (result.series[0].times_ms[i] >= start_ms && at < (int64_t)window->count)
            values[at] = result.series[0].values[i];
    }
    window->values = values;
    window->newest_ms = last_ms - period_ms;
    window->percentile = -1;
    return OK;
}

enum status
alarm_measure(const struct alarm_definition *def, const struct metric_source *source,
              struct arena *arena, int64_t end_ms, struct alarm_window *out, struct err *err)
{
    struct alarm_window window = { .count = (size_t)alarm_evaluation_range(&def->rule) };
    enum status st;

    if (def->is_math)
        st = measure_math(def, source, arena, end_ms, &window, err);
    else
        st = measure_metric(def, source, arena, end_ms, &window, err);
    if (st == OK)
        *out = window;
    return st;
}
