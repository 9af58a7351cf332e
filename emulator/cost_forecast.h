/* cost_forecast.h - what the account will cost, from its last days.
 * SPDX-License-Identifier: MIT */
#ifndef OV_EMULATOR_COST_FORECAST_H
#define OV_EMULATOR_COST_FORECAST_H

#include "domain/forecast.h"
#include "emulator/cost_filter.h"

#include <stdint.h>

#define COST_HISTORY 90 /* days before today that forecasts are made of (domain/forecast.h) */

/* Costs by day up to now: history[0] is COST_HISTORY days ago, history[COST_HISTORY] is today. */
struct cost_days {
    int64_t first; /* the day of [0] */
    int64_t microusd[COST_HISTORY + 1];
};
MUST_CHECK enum status cost_days_read(struct cost_days *out, struct aws_call *call,
                                      const struct cost_filter *filter, struct err *err);
/* Of the days [from, to), whole: those behind us as they were, those to come (and all of today) as
 * the forecast has them. false: too little history. */
bool cost_days_forecast(struct forecast_value *out, const struct cost_days *days, int64_t from,
                        int64_t to, double level);

#endif
