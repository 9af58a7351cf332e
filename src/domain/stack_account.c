/* stack_account.c - what is measured a few times a day: the size of buckets, and the bill.
 * SPDX-License-Identifier: MIT
 *
 * AWS/Billing tells what the month has cost so far, of the same ledger as Cost Explorer
 * (stack_bill.h), by the names that CloudWatch has for services. Names: "Amazon S3 daily storage
 * metrics", "Create a billing alarm to monitor your estimated AWS charges". */
#include "config.h"

#include "domain/stack_series.h"

#include <math.h>
#include <stdlib.h>

#include "base/day.h"
#include "base/mem.h"
#include "domain/money.h"
#include "domain/stack_bill.h"
#include "domain/stack_series_own.h"

#define GIB          1073741824.0
#define OBJECT_BYTES 180000.0 /* on average */
#define ALL_SERVICES UINT32_MAX

/* --- buckets ---------------------------------------------------------------------------------- */

static double
bucket_bytes(const struct stack_moment *at)
{
    const struct stack_resource *r = at->resource;
    const double days = (double)(at->start_ms - at->stack->since_ms) / (double)DAY_MS;

    return floor(GIB * (r->sizes[STACK_STORAGE_GIB] + days * r->sizes[STACK_GROWTH_GIB_DAY]));
}

static void
measure_bucket(const struct stack_moment *at, struct stack_sink *sink)
{
    stack_sink_add(sink, bucket_bytes(at), 1);
}

static void
measure_objects(const struct stack_moment *at, struct stack_sink *sink)
{
    stack_sink_add(sink, ceil(bucket_bytes(at) / OBJECT_BYTES), 1);
}

/* --- the bill --------------------------------------------------------------------------------- */

static int64_t
sum_of_month(const struct stack_moment *at, uint32_t service)
{
    const struct stack *stack = at->stack;
    const int64_t today = day_of_ms(at->start_ms);
    struct stack_charge *charges;
    int64_t sum = 0;
    size_t count;

    (void)stack_bill_lines(stack, &count);
    charges = xcalloc(count + 1, sizeof *charges);
    for (int64_t day = day_month(today, 0); day <= today; day++) {
        stack_bill_day(stack, day, at->start_ms, charges);
        for (size_t i = 0; i < count; i++) {
            if (service == ALL_SERVICES || stack->series->line_services[i] == service)
                sum += charges[i].microusd;
        }
    }
    free(charges);
    return sum;
}

static void
measure_charges(const struct stack_moment *at, struct stack_sink *sink)
{
    stack_sink_add(sink, (double)sum_of_month(at, ALL_SERVICES) / MONEY_USD, 1);
}

static void
measure_service(const struct stack_moment *at, struct stack_sink *sink)
{
    stack_sink_add(sink, (double)sum_of_month(at, at->which) / MONEY_USD, 1);
}

#define DAY_S 86400
#define SIX_H 21600
#define S3    "AWS/S3"
#define BILL  "AWS/Billing"

/* clang-format off */
const struct stack_metric stack_account_metrics[] = {
    { S3,   "BucketSizeBytes",  UNIT_BYTES, DAY_S, IN(SET_BUCKET),     measure_bucket,  NULL },
    { S3,   "NumberOfObjects",  UNIT_COUNT, DAY_S, IN(SET_BUCKET_ALL), measure_objects, NULL },
    { BILL, "EstimatedCharges", UNIT_NONE,  SIX_H, IN(SET_CURRENCY),   measure_charges, NULL },
    { BILL, "EstimatedCharges", UNIT_NONE,  SIX_H, IN(SET_BILLED),     measure_service, NULL },
    { NULL, NULL, UNIT_NONE, 0, 0, NULL, NULL },
};
/* clang-format on */
