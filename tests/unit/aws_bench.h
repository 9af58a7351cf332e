/* aws_bench.h - a client, and the scripted server it asks.
 * SPDX-License-Identifier: MIT */
#ifndef OV_TESTS_AWS_BENCH_H
#define OV_TESTS_AWS_BENCH_H

#include "aws/client.h"
#include "base/mem.h"
#include "peer.h"

#include <stdbool.h>

#define AWS_BENCH_SCRIPT 64

struct aws_bench {
    char *script[AWS_BENCH_SCRIPT];
    struct peer *peer;
    struct net *net;
    struct aws_target target;
    struct aws_client *client;
    struct arena *arena;

    bool is_done;
    struct err err;
};

/* The bodies are the answers in order, each with status 200 unless it begins with "!" and three
 * digits, and each as it stands, head and all, when it begins with "HTTP/". The list ends with
 * NULL. The region is eu-west-1, and nothing is tried twice. */
void aws_bench_open(struct aws_bench *b, const char *const *bodies);
void aws_bench_close(struct aws_bench *b);
/* For the functions that are called when it is over; `err` may be NULL. */
void aws_bench_end(struct aws_bench *b, const struct err *err);
/* Until it is over; fails the test when that takes too long. */
void aws_bench_run(struct aws_bench *b);
/* Request n holds this text; fails the test when not. */
void aws_bench_asked(struct aws_bench *b, size_t n, const char *text);
/* It ended with a sentence that holds this text. */
void aws_bench_failed(const struct aws_bench *b, const char *text);

#endif
