/* call_cost.c - the prices of looking ("Amazon CloudWatch pricing", 2026; us-east-1).
 * SPDX-License-Identifier: MIT
 *
 * The first million API requests, the first 5 GB and the first 1,800 minutes of a month are free.
 * That is not counted here: other people in the account use them up too. */
#include "config.h"

#include "aws/call_cost.h"

#include <stddef.h>
#include <string.h>

#define INSIGHTS_GB_MICROUSD      5000.0 /* 0.005 USD per GB scanned */
#define LIVE_TAIL_MINUTE_MICROUSD 10000  /* 0.01 USD per minute */
#define GB                        1e9

/* 0.01 USD per 1,000 requests */
static const char *const thousandth_of_a_cent[] = { "DescribeAlarmHistory", "DescribeAlarms",
                                                    "ListMetrics", NULL };

int64_t
call_cost_microusd(const char *operation)
{
    for (size_t i = 0; thousandth_of_a_cent[i] != NULL; i++) {
        if (strcmp(thousandth_of_a_cent[i], operation) == 0)
            return 10;
    }
    return 0;
}

int64_t
call_cost_insights_microusd(double bytes_scanned)
{
    if (!(bytes_scanned > 0 && bytes_scanned < 1e18))
        return 0;
    return (int64_t)(bytes_scanned / GB * INSIGHTS_GB_MICROUSD + 0.5);
}

int64_t
call_cost_live_tail_microusd(int64_t open_ms)
{
    return open_ms <= 0 ? 0 : (open_ms + 59999) / 60000 * LIVE_TAIL_MINUTE_MICROUSD;
}
