/* bill.h - what AWS tells of a bill: costs by day and two keys, tag keys, budgets.
 * SPDX-License-Identifier: MIT
 *
 * As Cost Explorer and Budgets answer, money rounded to millionths where it was read (money.h) and
 * days as whole numbers (base/day.h). */
#ifndef OV_DOMAIN_BILL_H
#define OV_DOMAIN_BILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BILL_KEYS 2

/* The cost of one day under two values; "" is what has no such tag. */
struct bill_row {
    int64_t day;
    const char *keys[BILL_KEYS];
    int64_t microusd; /* below 0: a refund or credit */
};

/* A tag key as the billing console lists it: costs can be grouped by it while it is active. */
struct bill_tag {
    const char *key;
    bool is_active;
    bool is_generated;  /* by AWS: "aws:createdBy" */
    int64_t changed_ms; /* activated or deactivated; 0: not told */
    int64_t used_ms;    /* last seen on a resource; 0: not told */
};

struct bill_notification {
    bool is_forecast;      /* of what the month will come to, else of what was spent */
    int64_t mark_microusd; /* told when it is passed */
    bool is_alarm;         /* it is passed */
};

struct bill_filter {
    const char *key; /* of a tag: "Project" */
    const char *value;
};

struct bill_budget {
    const char *name;
    bool is_monthly;
    bool is_cost; /* of money, and not of hours or coverage */
    int64_t limit_microusd;
    int64_t spent_microusd;
    bool has_forecast;
    int64_t forecast_microusd;
    int64_t updated_ms;                /* 0: not told */
    const struct bill_filter *filters; /* tags; other filters are counted alone */
    size_t filter_count;
    size_t other_filters;
    const struct bill_notification *notifications;
    size_t notification_count;
    bool has_notifications; /* they could be asked for */
};

#endif
