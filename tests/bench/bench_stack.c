/* bench_stack.c - reading a stack of 10,000 resources, beside cJSON parsing the same text.
 * SPDX-License-Identifier: MIT
 *
 * In turns, five rounds each; the medians and their ratio are printed. The stack is whole then:
 * checked, with ids, parents and the indexes of what it costs and measures. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/clock.h"
#include "domain/stack.h"

#define ROUNDS    5
#define RESOURCES 10000
#define GOAL_MS   1000

/* Of many kinds, with tags as the document has them. */
static void
write_stack(struct buf *b)
{
    static const char *const types[] = {
        "\"s3:bucket\",\"storageGiB\":12.5,\"requestsPerDay\":3000",
        "\"lambda:function\",\"memoryGiB\":0.25,\"requestsPerDay\":1e5",
        "\"ecs:service\",\"parent\":\"cluster\",\"tasks\":2,\"vcpu\":0.5,\"memoryGiB\":1",
        "\"elasticloadbalancing:loadbalancer\",\"requestsPerDay\":5e4",
        "\"rds:db\",\"parent\":\"aurora\",\"class\":\"db.r6g.large\",\"connections\":120",
        "\"iam:role\"",
    };

    buf_adds(b,
             "{\"obsview-stack\":1,\"resources\":[{\"name\":\"cluster\",\"type\":\"ecs:cluster\"},"
             "{\"name\":\"aurora\",\"type\":\"rds:cluster\"}");
    for (int i = 2; i < RESOURCES; i++)
        buf_addf(
            b,
            ",{\"name\":\"resource-%d\",\"type\":%s,\"tags\":{\"Project\":\"UserMetrics\","
            "\"Environment\":\"$stage\",\"ManagedBy\":\"SST\",\"CostCenter\":\"Observability\","
            "\"Owner\":\"team-%d@example.com\",\"Component\":\"Application\"}}",
            i, types[(size_t)i % (sizeof types / sizeof types[0])], i % 40);
    buf_adds(b, "]}");
}

static double
read_stack(const struct buf *text)
{
    static const struct stack_world world = { .account = "000000000000",
                                              .region = "us-east-1",
                                              .environment = "dev" };
    static struct stack_faults faults;
    struct stack *stack;
    uint64_t from = mono_ns();
    double took;

    if (stack_read(&stack, text->data, text->len, &world, &faults) != OK) {
        fprintf(stderr, "bench_stack: %s: %s\n", faults.items[0].pointer, faults.items[0].text);
        exit(1);
    }
    took = (double)(mono_ns() - from) / 1e6;
    stack_free(stack);
    return took;
}

static double
parse_alone(const struct buf *text)
{
    uint64_t from = mono_ns();
    cJSON *tree = cJSON_ParseWithLength(text->data, text->len);
    double took = (double)(mono_ns() - from) / 1e6;

    cJSON_Delete(tree);
    return took;
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof values[0], by_size);
    return values[ROUNDS / 2];
}

int
main(void)
{
    double whole[ROUNDS], alone[ROUNDS];
    struct buf text;

    buf_init(&text, STACK_BYTES_MAX);
    write_stack(&text);
    for (int i = 0; i < ROUNDS; i++) {
        alone[i] = parse_alone(&text);
        whole[i] = read_stack(&text);
    }
    printf(
        "stack of %d resources, %.1f MB: %.1f ms, cJSON alone %.1f ms, ratio %.2f (goal: %d ms)\n",
        RESOURCES, (double)text.len / 1e6, median(whole), median(alone),
        median(whole) / median(alone), GOAL_MS);
    buf_fini(&text);
    return median(whole) <= GOAL_MS ? 0 : 1;
}
