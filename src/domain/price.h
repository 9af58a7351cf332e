/* price.h - what AWS charges for being asked: list prices of one day, each a row.
 * SPDX-License-Identifier: MIT
 *
 * Prices are data (fixtures/prices.ini, built into the program) with the day they were true, since
 * they change and differ by region: everything made of them is an estimate, and a file of the
 * user's own may replace them. */
#ifndef OV_DOMAIN_PRICE_H
#define OV_DOMAIN_PRICE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum price {
    PRICE_METRIC_DATA,      /* GetMetricData: a metric, with up to five statistics of it */
    PRICE_CLOUDWATCH_CALL,  /* every other request to CloudWatch */
    PRICE_INSIGHTS_GB,      /* Logs Insights: a gigabyte scanned */
    PRICE_LIVE_TAIL_MINUTE, /* a minute of a Live Tail session */
    PRICE_COST_EXPLORER,    /* a request to Cost Explorer, or a further page */
    PRICES
};

#define PRICE_DAY_MAX 16

struct price_list {
    char as_of[PRICE_DAY_MAX]; /* "2026-02" */
    struct {
        double usd;          /* for `per` units */
        double per;          /* units */
        double free_a_month; /* units that cost nothing; shared by everybody in the account */
    } rows[PRICES];
};

/* The list built into the program. In a zeroed list nothing costs anything: an emulator's. */
void price_list_builtin(struct price_list *out);
/* Reads the INI text of a price file over a copy of the built-in list: rows it lacks keep their
 * price. E_INVALID names the section and key. */
MUST_CHECK enum status price_list_read(struct price_list *out, const char *text, struct err *err);

/* Sets "usd", "per" or "free-a-month" of the row of that name. E_INVALID as above. */
MUST_CHECK enum status price_list_set(struct price_list *list, const char *section, const char *key,
                                      const char *value, struct err *err);

/* In millionths of a dollar, rounded up: what is shown is never less than what is paid. */
int64_t price_microusd(const struct price_list *list, enum price price, double units);

#endif
