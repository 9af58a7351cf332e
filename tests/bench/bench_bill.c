/* bench_bill.c - what a large account costs, day by day, beside a loop that only makes the noise.
 * SPDX-License-Identifier: MIT
 *
 * 90 days of 10,000 resources, as a request for a quarter by days adds them up. The plain loop
 * makes a hash for each line and day and sums it: no answer can be had for less. Both are measured
 * in turn, in rounds, and the medians compared. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/day.h"
#include "base/mem.h"
#include "domain/stack_bill.h"

#define RESOURCES 10000
#define DAYS      90
#define ROUNDS    7
#define FIRST_DAY 20600 /* 2026-05-27 */

static uint64_t
cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static int
compare(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Gateways, buckets, functions and other things in turn. */
static struct stack *
make_stack(void)
{
    static const char *const kinds[] = {
        "\"type\": \"ec2:natgateway\", \"transferGBPerDay\": 2",
        "\"type\": \"s3:bucket\", \"storageGiB\": 100, \"growthGiBPerDay\": 1",
        "\"type\": \"lambda:function\", \"requestsPerDay\": 100000",
        "\"type\": \"kms:key\", \"service\": \"AWS Key Management Service\", \"monthlyUsd\": \"1\"",
    };
    const struct stack_world world = { .account = "000000000000",
                                       .region = "us-east-1",
                                       .environment = "dev" };
    struct stack_faults faults;
    struct stack *stack;
    struct buf text;

    buf_init(&text, STACK_BYTES_MAX);
    buf_adds(&text, "{\"obsview-stack\": 1, \"resources\": [");
    for (int i = 0; i < RESOURCES; i++)
        buf_addf(&text, "%s{\"name\": \"r%d\", %s, \"tags\": {\"Component\": \"c%d\"}}",
                 i == 0 ? "" : ",", i, kinds[i % 4], i % 7);
    buf_adds(&text, "]}");
    if (stack_read(&stack, text.data, text.len, &world, &faults) != OK) {
        fprintf(stderr, "%s: %s\n", faults.items[0].pointer, faults.items[0].text);
        exit(1);
    }
    buf_fini(&text);
    return stack;
}

static double
bill_ms(const struct stack *stack, struct stack_charge *charges, size_t lines, int64_t *sum)
{
    uint64_t from = cpu_ns();

    *sum = 0;
    for (int64_t day = FIRST_DAY; day < FIRST_DAY + DAYS; day++) {
        stack_bill_day(stack, day, (FIRST_DAY + DAYS) * DAY_MS, charges);
        for (size_t i = 0; i < lines; i++)
            *sum += charges[i].microusd;
    }
    return (double)(cpu_ns() - from) / 1e6;
}

static double
plain_ms(size_t lines, uint64_t *sum)
{
    uint64_t from = cpu_ns();

    *sum = 0;
    for (uint64_t day = 0; day < DAYS; day++) {
        for (uint64_t i = 0; i < lines; i++) {
            uint64_t x = (day << 32 ^ i) * 0xbf58476d1ce4e5b9u;

            x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
            *sum += x ^ (x >> 31);
        }
    }
    return (double)(cpu_ns() - from) / 1e6;
}

int
main(void)
{
    struct stack *stack = make_stack();
    double bill[ROUNDS], plain[ROUNDS];
    struct stack_charge *charges;
    uint64_t noise;
    int64_t sum;
    size_t lines;

    stack_bill_lines(stack, &lines);
    charges = xcalloc(lines, sizeof *charges);
    for (int i = 0; i < ROUNDS; i++) {
        plain[i] = plain_ms(lines, &noise);
        bill[i] = bill_ms(stack, charges, lines, &sum);
    }
    qsort(bill, ROUNDS, sizeof *bill, compare);
    qsort(plain, ROUNDS, sizeof *plain, compare);
    printf("bill   %6.1f ms for %d days of %d resources, %zu lines (%" PRId64 " dollars)\n",
           bill[ROUNDS / 2], DAYS, RESOURCES, lines, sum / 1000000);
    printf("plain  %6.1f ms of hashes (%" PRIx64 ")\n", plain[ROUNDS / 2], noise);
    printf("ratio %.1f\n", bill[ROUNDS / 2] / plain[ROUNDS / 2]);
    free(charges);
    stack_free(stack);
    return 0;
}
