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

/* Days by their number modulo DAYS. */
#define DAYS 64

struct stack_day_sums {
    pthread_mutex_t lock;
    size_t services;
    struct {
        int64_t day; /* 0: none, for nothing was billed in 1970 */
        int64_t *microusd;
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

/* By service, up to a moment of the day; `out` has room for all. */
static void
sum_day(const struct stack *stack, int64_t day, int64_t until_ms, int64_t *out)
{
    struct stack_charge *charges;
    size_t count;

    (void)stack_bill_lines(stack, &count);
    charges = xcalloc(count + 1, sizeof *charges);
    stack_bill_day(stack, day, until_ms, charges);
    memset(out, 0, stack->series->service_count * sizeof *out);
    for (size_t i = 0; i < count; i++)
        out[stack->series->line_services[i]] += charges[i].microusd;
    free(charges);
}

static int64_t
part_of(const struct stack *stack, const int64_t *services, uint32_t service)
{
    int64_t sum = 0;

    if (service != ALL_SERVICES)
        return services[service];
    for (size_t i = 0; i < stack->series->service_count; i++)
        sum += services[i];
    return sum;
}

static int64_t
sum_of_whole_day(const struct stack *stack, int64_t day, uint32_t service)
{
    struct stack_day_sums *sums = stack->series->days;
    const size_t slot = (size_t)day % DAYS;
    int64_t sum;

    pthread_mutex_lock(&sums->lock);
    if (sums->days[slot].day != day) {
        if (sums->days[slot].microusd == NULL)
            sums->days[slot].microusd = xcalloc(sums->services + 1, sizeof(int64_t));
        sum_day(stack, day, (day + 1) * DAY_MS, sums->days[slot].microusd);
        sums->days[slot].day = day;
    }
    sum = part_of(stack, sums->days[slot].microusd, service);
    pthread_mutex_unlock(&sums->lock);
    return sum;
}

static int64_t
sum_of_month(const struct stack_moment *at, uint32_t service)
{
    const struct stack *stack = at->stack;
    const int64_t today = day_of_ms(at->start_ms);
    int64_t *services = xcalloc(stack->series->service_count + 1, sizeof *services);
    int64_t sum;

    sum_day(stack, today, at->start_ms, services);
    sum = part_of(stack, services, service);
    free(services);
    for (int64_t day = day_month(today, 0); day < today; day++)
        sum += sum_of_whole_day(stack, day, service);
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
