/* forecast.h - what the coming days will cost, from those that were, with an interval.
 * SPDX-License-Identifier: MIT
 *
 * Per weekday, since traffic has a week in it; the spread of what is left over makes the interval.
 * Pure; used for Cost Explorer's and Budgets' forecasts here and for the screen's own. */
#ifndef OV_DOMAIN_FORECAST_H
#define OV_DOMAIN_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FORECAST_DAYS_LEAST 7   /* of history; with fewer nobody can tell */
#define FORECAST_DAYS_MOST  600 /* told: Cost Explorer's 18 months and some */

struct forecast_value {
    int64_t mean, low, high; /* microusd; low is never below 0 */
};

/* `history` are costs of whole days, the first one of day number `first` (base/day.h). Fills
 * `ahead` days behind them, and their sum with an interval of its own (which is narrower than the
 * sum of theirs). `level` is the chance in percent that the truth lies inside, 51 to 99. false: too
 * little history. */
bool forecast_days(struct forecast_value *out, size_t ahead, struct forecast_value *total,
                   const int64_t *history, size_t count, int64_t first, double level);
/* Of the sum of `days` days alone, the first of them `skip` days behind the history. */
bool forecast_sum(struct forecast_value *out, size_t skip, size_t days, const int64_t *history,
                  size_t count, int64_t first, double level);

#endif
