/* stack_account.c - what is measured a few times a day: the size of buckets, and the bill.
 * SPDX-License-Identifier: MIT
 *
 * AWS/Billing tells what the month has cost so far, of the same ledger as Cost Explorer
 * (stack_bill.h), by the names that CloudWatch has for services. Names: "Amazon S3 daily storage
 * metrics", "Create a billing alarm to monitor your estimated AWS charges". */
#include "config.h"

#include "domain/stack_series.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

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

    return floor(GIB * stack_use_factor(at) *
                 (r->sizes[STACK_STORAGE_GIB] + days * r->sizes[STACK_GROWTH_GIB_DAY]));
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

/* Days by their number modulo DAYS; of each, what is told: until 6, 12, 18 and 24 o'clock. */
#define DAYS       64
#define QUARTERS   4
#define QUARTER_MS (DAY_MS / QUARTERS)

struct stack_day_sums {
    pthread_mutex_t lock;
    size_t services;
    struct {
        int64_t day;       /* 0: none, for nothing was billed in 1970 */
        int64_t *microusd; /* by quarter and service */
    } days[DAYS];
};

struct stack_day_sums *
stack_day_sums_new(size_t services)
{
    struct stack_day_sums *sums = xcalloc(1, sizeof *sums);

    pthread_mutex_init(&sums->lock, NULL);
    sums->services = services;
    return sums;
}

void
stack_day_sums_free(struct stack_day_sums *sums)
{
    if (sums == NULL)
        return;
    for (size_t i = 0; i < DAYS; i++)
        free(sums->days[i].microusd);
    pthread_mutex_destroy(&sums->lock);
    free(sums);
}

/* Adds `charges` to the sums of their services. */
static void
add_up(const struct stack *stack, const struct stack_charge *charges, size_t count, int64_t *out)
{
    memset(out, 0, stack->series->service_count * sizeof *out);
    for (size_t i = 0; i < count; i++) {
        int64_t *sum = &out[stack->series->line_services[i]];

        if (__builtin_add_overflow(*sum, charges[i].microusd, sum))
            *sum = INT64_MAX;
    }
}

/* The day's sums at its quarters. */
static void
sum_day(const struct stack *stack, int64_t day, int64_t *out)
{
    const int64_t start_ms = day * DAY_MS;
    struct stack_charge *whole, *part;
    size_t count;

    (void)stack_bill_lines(stack, &count);
    whole = xcalloc(count + 1, sizeof *whole);
    part = xcalloc(count + 1, sizeof *part);
    stack_bill_day(stack, day, start_ms + DAY_MS, whole);
    for (size_t i = 1; i < QUARTERS; i++) {
        stack_bill_parts(stack, whole, start_ms, start_ms + (int64_t)i * QUARTER_MS, part);
        add_up(stack, part, count, out + (i - 1) * stack->series->service_count);
    }
    add_up(stack, whole, count, out + (QUARTERS - 1) * stack->series->service_count);
    free(part);
    free(whole);
}

static int64_t
part_of(const struct stack *stack, const int64_t *services, uint32_t service)
{
    int64_t sum = 0;

    if (service != ALL_SERVICES)
        return services[service];
    for (size_t i = 0; i < stack->series->service_count; i++) {
        if (__builtin_add_overflow(sum, services[i], &sum))
            return INT64_MAX;
    }
    return sum;
}

/* Until the end of a quarter of the day, 1 to QUARTERS. */
static int64_t
sum_until(const struct stack *stack, int64_t day, size_t quarter, uint32_t service)
{
    struct stack_day_sums *sums = stack->series->days;
    const size_t slot = (size_t)day % DAYS;
    int64_t sum;

    pthread_mutex_lock(&sums->lock);
    if (sums->days[slot].day != day) {
        if (sums->days[slot].microusd == NULL)
            sums->days[slot].microusd = xcalloc(QUARTERS * sums->services + 1, sizeof(int64_t));
        sum_day(stack, day, sums->days[slot].microusd);
        sums->days[slot].day = day;
    }
    sum = part_of(stack, sums->days[slot].microusd + (quarter - 1) * sums->services, service);
    pthread_mutex_unlock(&sums->lock);
    return sum;
}

/* Until the start of a period, which is a quarter's. */
static int64_t
sum_of_month(const struct stack_moment *at, uint32_t service)
{
    const int64_t today = day_of_ms(at->start_ms);
    const size_t quarter = (size_t)((at->start_ms - today * DAY_MS) / QUARTER_MS);
    int64_t sum = quarter == 0 ? 0 : sum_until(at->stack, today, quarter, service);

    for (int64_t day = day_month(today, 0); day < today; day++) {
        if (__builtin_add_overflow(sum, sum_until(at->stack, day, QUARTERS, service), &sum))
            return INT64_MAX;
    }
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
