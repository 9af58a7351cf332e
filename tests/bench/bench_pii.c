/* bench_pii.c - what the search for personal data adds to the decoding of recordings.
 * SPDX-License-Identifier: MIT
 *
 * All captures, each searched as a session of its own, beside their decoding alone and beside their
 * decoding with the nodes that give elements their names. Measured in turn, capture set after
 * capture set, so that a machine that slows down slows all of them; the median of the rounds
 * counts. */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../unit/openreplay_captures.h"
#include "domain/openreplay_nodes.h"
#include "domain/openreplay_scan.h"

#define ROUNDS 9
#define TIMES  40 /* in a round */
#define GOAL   3.0

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

static uint64_t
decode(const struct capture *capture, struct openreplay_nodes *nodes)
{
    struct openreplay_message message;
    uint64_t messages = 0;

    for (size_t i = 0; i < capture->body_count; i++) {
        struct openreplay_reader reader;

        openreplay_reader_init(&reader, capture->bodies[i].bytes, capture->bodies[i].length);
        while (openreplay_reader_next(&reader, &message)) {
            messages += 1 + message.values[0].u % 2;
            if (nodes != NULL && message.layout != NULL)
                openreplay_nodes_take(nodes, &message);
        }
    }
    return messages;
}

static uint64_t
decode_alone(const struct capture *capture, const struct pii_rules *rules)
{
    (void)rules;
    return decode(capture, NULL);
}

static uint64_t
decode_nodes(const struct capture *capture, const struct pii_rules *rules)
{
    struct openreplay_nodes *nodes = openreplay_nodes_new();
    uint64_t messages = decode(capture, nodes);

    (void)rules;
    openreplay_nodes_free(nodes);
    return messages;
}

static void
see(void *arg, const struct pii_finding *finding)
{
    *(uint64_t *)arg += finding->count;
}

static uint64_t
search(const struct capture *capture, const struct pii_rules *rules)
{
    static const uint8_t key[PII_KEY_BYTES];
    struct openreplay_scan *scan = openreplay_scan_new(rules, key, "1");
    uint64_t found = 0;

    for (size_t i = 0; i < capture->body_count; i++) {
        struct openreplay_scanned out;

        openreplay_scan_take(scan, capture->bodies[i].bytes, capture->bodies[i].length, false, see,
                             &found, &out);
    }
    openreplay_scan_free(scan);
    return found;
}

static const struct {
    const char *name;
    uint64_t (*run)(const struct capture *capture, const struct pii_rules *rules);
} runs[] = { { "decode", decode_alone },
             { "decode and name nodes", decode_nodes },
             { "search", search } };
#define RUNS (sizeof runs / sizeof runs[0])

int
main(void)
{
    struct pii_rules *rules = pii_rules_default();
    double ms[RUNS][ROUNDS], added[ROUNDS], bytes = 0;
    struct captures captures;
    volatile uint64_t sum = 0;

    captures_load(&captures);
    for (size_t i = 0; i < captures.count; i++) {
        for (size_t j = 0; j < captures.list[i].body_count; j++)
            bytes += (double)captures.list[i].bodies[j].length * TIMES;
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t r = 0; r < RUNS; r++)
            ms[r][round] = 0;
        for (size_t i = 0; i < RUNS * TIMES; i++) {
            uint64_t from = cpu_ns();

            for (size_t j = 0; j < captures.count; j++)
                sum += runs[i % RUNS].run(&captures.list[j], rules);
            ms[i % RUNS][round] += (double)(cpu_ns() - from) / 1e6;
        }
        added[round] = (ms[2][round] - ms[0][round]) / ms[0][round];
    }
    qsort(added, ROUNDS, sizeof(double), compare);
    for (size_t r = 0; r < RUNS; r++) {
        qsort(ms[r], ROUNDS, sizeof(double), compare);
        printf("%-22s %8.1f ms %8.0f MB/s\n", runs[r].name, ms[r][ROUNDS / 2],
               bytes / 1e3 / ms[r][ROUNDS / 2]);
    }
    printf("the search adds %.2f times the decoding; goal: %.1f\n", added[ROUNDS / 2], GOAL);
    captures_free(&captures);
    pii_rules_free(rules);
    return 0;
}
