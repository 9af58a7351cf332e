/* budget.c - a sum of money spread over what is left of a month.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "tui/budget.h"

#include <math.h>
#include <time.h>

unsigned
budget_slowness(const struct budget *budget, double hour_microusd)
{
    int64_t rest = budget->limit_microusd - budget->spent_microusd;
    double hours = fmax(budget->left * BUDGET_HOURS, 1), times;

    if (budget->limit_microusd < 0)
        return 1;
    if (rest <= 0)
        return BUDGET_STOP;
    if (!(hour_microusd > 0))
        return 1;
    times = ceil(hour_microusd * hours / (double)rest);
    return times < 1 ? 1 : times > BUDGET_MOST ? BUDGET_MOST : (unsigned)times;
}

static time_t
month_begin(const struct tm *in, int months_on)
{
    struct tm first = { .tm_year = in->tm_year, .tm_mon = in->tm_mon + months_on, .tm_mday = 1 };

    return timegm(&first);
}

double
budget_month_left(int64_t now_ms)
{
    time_t now = (time_t)(now_ms / 1000), begin, end;
    struct tm tm;

    gmtime_r(&now, &tm);
    begin = month_begin(&tm, 0);
    end = month_begin(&tm, 1);
    return ((double)end - (double)now_ms / 1000.0) / (double)(end - begin);
}

void
budget_month(int64_t now_ms, char text[BUDGET_MONTH_TEXT])
{
    time_t now = (time_t)(now_ms / 1000);
    struct tm tm;

    gmtime_r(&now, &tm);
    strftime(text, BUDGET_MONTH_TEXT, "%Y-%m", &tm);
}
