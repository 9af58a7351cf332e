/* cost_forecast.c - history out of the ledger, a forecast behind it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "emulator/cost_forecast.h"

#include "base/day.h"
#include "emulator/cost_view.h"

enum status
cost_days_read(struct cost_days *out, struct aws_call *call, const struct cost_filter *filter,
               struct err *err)
{
    int64_t today = day_of_ms(call->now_ms);
    struct cost_view view = { .key_count = 0 };
    struct cost_book book;
    enum status st;

    out->first = today - COST_HISTORY;
    st = cost_book_open(&book, call->em, call->reader, call->arena, out->first, today + 1,
                        call->now_ms, err);
    if (st != OK)
        return st;
    cost_view_init(&view, call->arena, &book, filter);
    for (int64_t i = 0; i <= COST_HISTORY; i++) {
        cost_view_clear(&view);
        cost_view_add_day(&view, out->first + i);
        out->microusd[i] = cost_view_total(&view).microusd;
    }
    cost_view_fini(&view);
    return OK;
}

bool
cost_days_forecast(struct forecast_value *out, const struct cost_days *days, int64_t from,
                   int64_t to, double level)
{
    int64_t today = days->first + COST_HISTORY, past = 0;
    struct forecast_value sum = { .mean = 0 };

    for (; from < to && from < today; from++)
        past += from >= days->first ? days->microusd[from - days->first] : 0;
    if (from < to && !forecast_sum(&sum, (size_t)(from - today), (size_t)(to - from),
                                   days->microusd, COST_HISTORY, days->first, level))
        return false;
    *out = (struct forecast_value){ .mean = past + sum.mean,
                                    .low = past + sum.low,
                                    .high = past + sum.high };
    return true;
}
