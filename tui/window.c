/* window.c - choosing periods.
 * SPDX-License-Identifier: MIT
 *
 * CloudWatch cuts time at multiples of the period since 1970, so "p75 of the last hour" asked with
 * a period of one hour comes as two halves, and percentiles of halves cannot be put together. But a
 * period may be any multiple of a minute (five minutes for data older than 15 days, an hour beyond
 * 63), so there is a way: find a period that divides the begin of the range and is at least as
 * long as the range. Then one bucket begins exactly there and holds all of it. Minutes since 1970
 * are numbers near thirty million; of a few neighbours, one has such a divisor practically always.
 * The bucket ends in the future, where nothing is counted yet. For a range in the past its end must
 * fit too, so there the best of many pairs is taken and the window says what it really covers. */
#include "config.h"

#include "tui/window.h"

#include <stddef.h>

#define MINUTE_MS ((int64_t)60000)
#define DAY_MS    ((int64_t)86400000)
#define LONGEST_S ((int64_t)60 * 86400) /* of a period; the console offers 30 days */

/* Steps people know, in seconds. */
static const int32_t steps_s[] = { 60,   120,  300,   600,   900,   1800,
                                   3600, 7200, 10800, 21600, 43200, 86400 };

/* The finest period kept for data of this age, in seconds (CloudWatch's retention tiers). */
static int32_t
finest_s(int64_t age_ms)
{
    if (age_ms > 63 * DAY_MS)
        return 3600;
    return age_ms > 15 * DAY_MS ? 300 : 60;
}

int32_t
window_step_s(int64_t span_ms, int64_t age_ms, int steps)
{
    int64_t want_s = span_ms / 1000 / (steps > 0 ? steps : 1);
    size_t last = sizeof steps_s / sizeof steps_s[0] - 1;
    size_t i = 0;

    if (want_s < finest_s(age_ms))
        want_s = finest_s(age_ms);
    while (i < last && steps_s[i] < want_s)
        i++;
    return steps_s[i];
}

int64_t
window_floor(int64_t ms, int64_t step_ms)
{
    return ms - ((ms % step_ms) + step_ms) % step_ms;
}

int64_t
window_ceil(int64_t ms, int64_t step_ms)
{
    return window_floor(ms + step_ms - 1, step_ms);
}

struct choice {
    int64_t early;  /* how many units before the wanted begin */
    int64_t period; /* in units */
    int64_t excess; /* how much it holds beyond what is wanted; INT64_MAX: nothing found */
};

static void
consider(struct choice *best, int64_t early, int64_t period, int64_t excess)
{
    if (excess < best->excess)
        *best = (struct choice){ early, period, excess };
}

struct window
window_whole(int64_t from_ms, int64_t to_ms, int64_t now_ms, bool is_live)
{
    int64_t unit_ms = finest_s(now_ms - from_ms) * (int64_t)1000;
    int64_t from = from_ms / unit_ms;
    int64_t span = window_ceil(to_ms, unit_ms) / unit_ms - from;
    int64_t longest = LONGEST_S * 1000 / unit_ms;
    struct choice best = { 0, span, INT64_MAX };

    if (span < 1)
        span = 1;
    for (int64_t early = 0; early <= span && early < from && early < best.excess; early++) {
        int64_t need = span + early;
        int64_t most = is_live ? longest : need + span;

        for (int64_t period = need; period <= most; period++) {
            if ((from - early) % period == 0) {
                consider(&best, early, period, is_live ? early : early + period - need);
                break;
            }
        }
    }
    if (best.excess == INT64_MAX) /* no single bucket: begin at a multiple of the span */
        best = (struct choice){ from % span, span, 0 };
    return (struct window){
        .from_ms = (from - best.early) * unit_ms,
        .to_ms =
            is_live ? window_ceil(to_ms, unit_ms) : (from - best.early + best.period) * unit_ms,
        .period_s = (int32_t)(best.period * unit_ms / 1000),
    };
}
