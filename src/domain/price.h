/* price.h - what AWS charges for being asked and for being used: list prices of one day.
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
    /* What resources use (stack_bill.h). */
    PRICE_FARGATE_VCPU, /* an hour of a vCPU */
    PRICE_FARGATE_GB,   /* an hour of a GiB */
    PRICE_FARGATE_ARM_VCPU,
    PRICE_FARGATE_ARM_GB,
    PRICE_ALB,     /* an hour */
    PRICE_ALB_LCU, /* an hour of a capacity unit */
    PRICE_NAT,     /* an hour */
    PRICE_NAT_GB,
    PRICE_IPV4,        /* an hour */
    PRICE_TRANSFER_GB, /* to the internet */
    PRICE_S3_STORAGE,  /* a gigabyte for a month */
    PRICE_S3_PUT,      /* a request */
    PRICE_S3_GET,
    PRICE_AURORA_T3, /* an hour of a medium */
    PRICE_AURORA_T4G,
    PRICE_AURORA_R5, /* an hour of a large */
    PRICE_AURORA_R6G,
    PRICE_AURORA_R7G,
    PRICE_AURORA_R8G,
    PRICE_AURORA_STORAGE, /* a gigabyte for a month */
    PRICE_AURORA_IO,      /* a request */
    PRICE_AURORA_BACKUP,  /* a gigabyte for a month */
    PRICE_CLOUDFRONT_GB,
    PRICE_CLOUDFRONT_REQUEST,
    PRICE_LAMBDA_REQUEST,
    PRICE_LAMBDA_GB_SECOND,
    PRICE_LAMBDA_ARM_GB_SECOND,
    PRICE_HTTP_API,       /* a request */
    PRICE_GRAFANA_EDITOR, /* for a month */
    PRICE_GRAFANA_VIEWER,
    PRICE_CUSTOM_METRIC,      /* for a month; one of the first 10,000 */
    PRICE_CUSTOM_METRIC_250K, /* likewise, of those up to 250,000 */
    PRICE_CUSTOM_METRIC_1M,
    PRICE_CUSTOM_METRIC_MORE,
    PRICE_ALARM,        /* for a month */
    PRICE_LOGS_GB,      /* ingested */
    PRICE_LOGS_STORAGE, /* a gigabyte for a month */
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

/* The price of a section's name. E_INVALID names the nearest one. */
MUST_CHECK enum status price_find(enum price *out, const char *section, struct err *err);
/* Sets "usd", "per" or "free-a-month" of the row of that name. E_INVALID as above. */
MUST_CHECK enum status price_list_set(struct price_list *list, const char *section, const char *key,
                                      const char *value, struct err *err);

/* In millionths of a dollar, rounded up: what is shown is never less than what is paid. */
int64_t price_microusd(const struct price_list *list, enum price price, double units);
/* The same of a month, without the units of it that are free. */
int64_t price_month_microusd(const struct price_list *list, enum price price, double units);
/* So many custom metrics for a month, through the four tiers, the free ones left out. */
int64_t price_custom_metrics(const struct price_list *list, double metrics);

#endif
