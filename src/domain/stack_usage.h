/* stack_usage.h - what AWS charges for, per type of resource: a table.
 * SPDX-License-Identifier: MIT
 *
 * Private to the bill (stack_bill.c). A row says how an item is called on the bill, and how much of
 * it a resource uses, from its sizes. */
#ifndef OV_DOMAIN_STACK_USAGE_H
#define OV_DOMAIN_STACK_USAGE_H

#include "domain/price.h"
#include "domain/stack.h"

#include <stdbool.h>
#include <stddef.h>

/* The two items that a local store measures itself. */
#define USAGE_CUSTOM_METRICS "CW:MetricMonitorUsage"
#define USAGE_LOGS_INGESTED  "DataProcessing-Bytes"

/* How units become the usage of a day. */
enum usage_rate {
    USAGE_HOURS,        /* so many for each hour */
    USAGE_MONTH,        /* so many kept for a calendar month: a day is its part of the month */
    USAGE_METRIC_MONTH, /* so many for a month of 730 hours, counted by the hour */
    USAGE_BUSY,         /* so many on an average day, following the load */
    USAGE_FLAT,         /* so many for a month, however long: spread over its days without a rest */
};

/* Which code of its region stands before a usage type. */
enum usage_code {
    USAGE_CODE,      /* none in us-east-1, as with all old services */
    USAGE_CODE_EVEN, /* "USE1-" in us-east-1 */
    USAGE_CODE_NONE, /* never: not regional */
};

/* So many days after the stack's beginning a resource has first + growth * days. */
struct usage_units {
    double first, growth;
};

struct usage_row {
    enum stack_type type; /* STACK_TYPES: any */
    const char *service;  /* NULL: the resource's own word */
    const char *name;     /* of the usage type; a '*' stands for the class */
    enum usage_code code;
    const char *operation;
    const char *unit;
    enum price price; /* PRICES: units are dollars */
    enum usage_rate rate;
    const char *noise;  /* USAGE_BUSY: what the noise of a day is about; shared by related rows */
    bool by_requests;   /* more of it with STACK_SCALE_REQUESTS */
    const char *family; /* of the class, "db.t4g."; NULL: any */
    void (*units)(struct usage_units *out, const struct stack_resource *resource);
};

extern const struct usage_row usage_rows[];
extern const size_t usage_row_count;

/* "EU-" for eu-west-1: what usage types of that region begin with. Fits into 16 bytes. */
void usage_region_code(char out[16], const char *region, enum usage_code code);

#endif
