/* aws_bench.c - the bench of the tests of AWS services.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws_bench.h"
#include "base/clock.h"

#define DEADLINE_NS (20 * 1000000000ULL)

static char *
response(const char *body)
{
    int status = 200;

    if (strncmp(body, "HTTP/", 5) == 0)
        return xstrdup(body);
    if (*body == '!') {
        status = (int)strtol(body + 1, NULL, 10);
        body += 4;
    }
    return xasprintf("HTTP/1.1 %d X\r\nContent-Type: application/x-amz-json-1.1\r\n"
                     "Content-Length: %zu\r\n\r\n%s",
                     status, strlen(body), body);
}

void
aws_bench_open(struct aws_bench *b, const char *const *bodies)
{
    *b = (struct aws_bench){ 0 };
    for (size_t i = 0; bodies[i] != NULL; i++) {
        assert_true(i + 1 < AWS_BENCH_SCRIPT);
        b->script[i] = response(bodies[i]);
    }
    b->peer = peer_new((const char *const *)b->script);
    b->net = net_new();
    b->target.region = xstrdup("eu-west-1");
    b->target.max_attempts = 1;
    price_list_builtin(&b->target.prices);
    for (int i = 0; i < AWS_SERVICES; i++)
        b->target.urls[i] = xstrdup(peer_url(b->peer));
    aws_credentials_set(&b->target.credentials, "AKIDEXAMPLE", "secret", "token==", "environment");
    b->client = aws_client_new(b->net, &b->target);
    b->arena = arena_new();
}

void
aws_bench_close(struct aws_bench *b)
{
    aws_client_free(b->client);
    net_free(b->net);
    peer_free(b->peer);
    aws_target_fini(&b->target);
    arena_free(b->arena);
    for (size_t i = 0; i < AWS_BENCH_SCRIPT; i++)
        free(b->script[i]);
}

void
aws_bench_end(struct aws_bench *b, const struct err *err)
{
    assert_false(b->is_done);
    b->is_done = true;
    if (err != NULL)
        b->err = *err;
}

void
aws_bench_run(struct aws_bench *b)
{
    uint64_t end = mono_ns() + DEADLINE_NS;

    while (!b->is_done && mono_ns() < end)
        net_run(b->net, 1000);
    assert_true(b->is_done);
}

void
aws_bench_asked(struct aws_bench *b, size_t n, const char *text)
{
    const char *request = peer_request(b->peer, n);

    if (request == NULL || strstr(request, text) == NULL)
        fail_msg("request %zu has no %s:\n%s", n, text, request != NULL ? request : "none came");
}

void
aws_bench_failed(const struct aws_bench *b, const char *text)
{
    if (b->err.code == OK || strstr(b->err.text, text) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", b->err.text, text);
}
