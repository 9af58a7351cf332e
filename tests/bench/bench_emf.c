/* bench_emf.c - what reading an EMF line costs, beside cJSON parsing it.
 * SPDX-License-Identifier: MIT
 *
 * Both are measured in turns over the same lines, five rounds each; the medians and their ratio are
 * printed. Also told: what a line without a document costs. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/mem.h"
#include "domain/emf.h"

#define ROUNDS 5
#define LINES  200000
#define BURST  16 /* lines that share an arena, as in a batch of the listener */
#define NOW    1795394140000

static const char document[] =
    "{\"environment\":\"dev\",\"functionName\":\"shop-recommend\",\"route\":\"/products/:id\","
    "\"requestId\":\"26fdb24d-9ea3-4767-862f-5e76cae1d1ca\",\"_aws\":{\"Timestamp\":1795394134547,"
    "\"CloudWatchMetrics\":[{\"Dimensions\":[[\"environment\"],[\"functionName\",\"environment\"]],"
    "\"Metrics\":[{\"Name\":\"Duration\",\"Unit\":\"Milliseconds\"},{\"Name\":\"Errors\"}],"
    "\"Namespace\":\"UserMetrics/Lambda\"}]},\"Duration\":74.614,\"Errors\":0}";
static const char plain[] =
    "{\"timestamp\":\"2026-11-23T10:30:00.000Z\",\"level\":\"INFO\",\"message\":\"cart loaded\","
    "\"functionName\":\"shop-cart\",\"requestId\":\"26fdb24d-9ea3-4767-862f-5e76cae1d1ca\"}";

static double
parse_alone(void)
{
    uint64_t from = mono_ns();

    for (int i = 0; i < LINES; i++)
        cJSON_Delete(cJSON_ParseWithLength(document, sizeof document - 1));
    return (double)(mono_ns() - from) / LINES;
}

static double
read_lines(const char *line, size_t len, double values)
{
    uint64_t from = mono_ns();
    double sum = 0;

    for (int i = 0; i < LINES; i += BURST) {
        struct arena *arena = arena_new();

        for (int j = 0; j < BURST; j++) {
            struct emf_result r;

            emf_read(&r, arena, line, len, NOW);
            sum += r.value_count;
        }
        arena_free(arena);
    }
    if (sum < values * (LINES - BURST)) {
        fprintf(stderr, "bench_emf: read %.0f values\n", sum);
        exit(1);
    }
    return (double)(mono_ns() - from) / LINES;
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
    double alone[ROUNDS], emf[ROUNDS], other[ROUNDS];

    for (int i = 0; i < ROUNDS; i++) {
        alone[i] = parse_alone();
        emf[i] = read_lines(document, sizeof document - 1, 2);
        other[i] = read_lines(plain, sizeof plain - 1, 0);
    }
    printf("line of %zu bytes, 2 metrics, 2 dimension sets: cJSON alone %.0f ns, emf_read %.0f ns, "
           "ratio %.2f; plain line %.0f ns\n",
           sizeof document - 1, median(alone), median(emf), median(emf) / median(alone),
           median(other));
    return 0;
}
