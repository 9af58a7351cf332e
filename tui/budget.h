/* budget.h - how often what costs money may be asked, so that a month stays below a sum.
 * SPDX-License-Identifier: MIT
 *
 * Pure. What is left of the sum is spread over the hours somebody works in what is left of the
 * month; when asking costs more than that, everything that costs is asked more slowly, and when the
 * sum is spent, not at all. A screen that is open day and night spends faster, so it is slowed
 * down further and further, and never goes beyond the sum. */
#ifndef OV_TUI_BUDGET_H
#define OV_TUI_BUDGET_H

#include <stdint.h>

#define BUDGET_HOURS 176 /* a month's work: 22 days of 8 hours */
#define BUDGET_STOP  0u
#define BUDGET_MOST  60u /* times slower; beyond it only the sum itself stops anything */

struct budget {
    int64_t limit_microusd; /* below 0: no limit */
    int64_t spent_microusd; /* this month */
    double left;            /* share of the month that is still to come */
};

/* 1: as often as wanted; n: n times slower; BUDGET_STOP. `hour_microusd` is what an hour of asking
 * as often as wanted costs. */
unsigned budget_slowness(const struct budget *budget, double hour_microusd);

/* The share of its month (UTC) that is left at this time. */
double budget_month_left(int64_t now_ms);
/* "2026-11" */
#define BUDGET_MONTH_TEXT 8
void budget_month(int64_t now_ms, char text[BUDGET_MONTH_TEXT]);

#endif
