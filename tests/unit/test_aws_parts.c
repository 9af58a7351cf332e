/* test_aws_parts.c - what AWS operations are made of: tokens, ranges, the table.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/json.h"
#include "domain/limits.h"
#include "emulator/aws.h"
#include "emulator/aws_metric.h"
#include "emulator/aws_token.h"
#include "wire/service.h"

#define SECOND 1000LL
#define MINUTE (60 * SECOND)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)
#define NOW    1795392000000LL /* 2026-11-23T00:00:00Z */

/* --- the table --- */

static void
operations_are_sorted_and_documented(void **state)
{
    (void)state;
    for (const struct aws_operation *op = aws_operations; op->name != NULL; op++) {
        const struct aws_operation *next = op + 1;
        int order;

        assert_non_null(service_by_name(op->service));
        assert_non_null(op->handle);
        assert_in_range(strlen(op->doc), 10, 53); /* a line of help has 80 columns */
        assert_ptr_equal(aws_operation_find(op->service, op->name), op);
        if (next->name == NULL)
            continue;
        order = strcmp(op->service, next->service);
        assert_true(order < 0 || (order == 0 && strcmp(op->name, next->name) < 0));
    }
    assert_null(aws_operation_find("monitoring", "GetInsightRuleReport"));
    assert_null(aws_operation_find("logs", "GetMetricData"));
}

/* --- tokens --- */

static uint64_t
scope_of(const char *operation, const char *json)
{
    static const char *const keys[] = { "a", "b", NULL };
    struct awsvalue in = { 0 };
    cJSON *doc;
    uint64_t scope;

    assert_int_equal(json_parse(&doc, json, strlen(json), NULL), OK);
    in.object = doc;
    scope = aws_token_scope(operation, &in, keys);
    cJSON_Delete(doc);
    return scope;
}

static void
a_token_comes_back_as_its_state(void **state)
{
    static const char *const states[] = { "", "7", "7@1795393560000", "caf\xc3\xa9 / \"x\"" };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        const char *token = aws_token_make(arena, 42, states[i]);

        assert_string_equal(aws_token_read(arena, 42, token), states[i]);
        assert_int_equal(strspn(token, "0123456789abcdef"), strlen(token));
    }
    arena_free(arena);
}

static void
a_token_is_refused_elsewhere_and_when_touched(void **state)
{
    struct arena *arena = arena_new();
    char *token;

    (void)state;
    token = arena_strdup(arena, aws_token_make(arena, 42, "state"));
    assert_null(aws_token_read(arena, 43, token));
    for (size_t i = 0; i < strlen(token); i++) {
        char was = token[i];

        token[i] = was == '0' ? '1' : '0';
        assert_null(aws_token_read(arena, 42, token));
        token[i] = was;
    }
    assert_null(aws_token_read(arena, 42, ""));
    assert_null(aws_token_read(arena, 42, "not a token"));
    assert_null(aws_token_read(arena, 42, "00112233445566778"));
    arena_free(arena);
}

static void
a_scope_is_the_question_and_nothing_else(void **state)
{
    (void)state;
    assert_true(scope_of("X", "{\"a\":1,\"b\":[2]}") ==
                scope_of("X", "{\"b\":[2],\"a\":1,\"c\":9}"));
    assert_false(scope_of("X", "{\"a\":1}") == scope_of("Y", "{\"a\":1}"));
    assert_false(scope_of("X", "{\"a\":1}") == scope_of("X", "{\"a\":2}"));
    assert_false(scope_of("X", "{\"a\":1}") == scope_of("X", "{\"b\":1}"));
}

/* --- ranges --- */

struct range_case {
    const char *name;
    int64_t start_ms, end_ms, period_ms;
    int64_t want_start_ms, want_end_ms;
};

/* clang-format off */
static const struct range_case range_cases[] = {
    { "aligned stays", NOW - HOUR, NOW, MINUTE, NOW - HOUR, NOW },
    { "start goes down to the minute", NOW - HOUR + 17 * SECOND, NOW, MINUTE, NOW - HOUR, NOW },
    { "end goes up to the minute", NOW - HOUR, NOW - 20 * SECOND, MINUTE, NOW - HOUR, NOW },
    { "end goes up to the period", NOW - HOUR, NOW - 7 * MINUTE, 5 * MINUTE, NOW - HOUR,
      NOW - 5 * MINUTE },
    { "start goes down to the period", NOW - HOUR + 7 * MINUTE, NOW, 5 * MINUTE,
      NOW - HOUR + 5 * MINUTE, NOW },
    { "five seconds: 15:07:17 is 15:07:15", NOW - 133 * SECOND, NOW, 5 * SECOND,
      NOW - 135 * SECOND, NOW },
    { "a day starts at midnight UTC", NOW - 30 * HOUR, NOW, DAY, NOW - 2 * DAY, NOW },
    { "older than 15 days: to five minutes", NOW - 20 * DAY + 4 * MINUTE, NOW - 19 * DAY, 15 * MINUTE,
      NOW - 20 * DAY, NOW - 19 * DAY },
    { "seconds are kept for three hours", NOW - 5 * HOUR, NOW, 10 * SECOND, NOW - 3 * HOUR, NOW },
    { "minutes for 15 days", NOW - 16 * DAY, NOW, MINUTE, NOW - 15 * DAY, NOW },
    { "five minutes for 63 days", NOW - 70 * DAY, NOW, 5 * MINUTE, NOW - 63 * DAY, NOW },
    { "hours for 455 days", NOW - 500 * DAY, NOW, HOUR, NOW - 455 * DAY, NOW },
    { "nothing left", NOW - 20 * DAY, NOW - 16 * DAY, MINUTE, NOW - 16 * DAY, NOW - 16 * DAY },
};
/* clang-format on */

static void
ranges_are_rounded_and_cut_as_cloudwatch_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof range_cases / sizeof range_cases[0]; i++) {
        const struct range_case *c = &range_cases[i];
        struct aws_metric_range got = aws_metric_range(c->start_ms, c->end_ms, c->period_ms, NOW);

        if (got.start_ms != c->want_start_ms || got.end_ms != c->want_end_ms)
            fail_msg("%s: got %lld..%lld, want %lld..%lld (before now, seconds)", c->name,
                     (long long)(NOW - got.start_ms) / 1000, (long long)(NOW - got.end_ms) / 1000,
                     (long long)(NOW - c->want_start_ms) / 1000,
                     (long long)(NOW - c->want_end_ms) / 1000);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_are_sorted_and_documented),
        cmocka_unit_test(a_token_comes_back_as_its_state),
        cmocka_unit_test(a_token_is_refused_elsewhere_and_when_touched),
        cmocka_unit_test(a_scope_is_the_question_and_nothing_else),
        cmocka_unit_test(ranges_are_rounded_and_cut_as_cloudwatch_does),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
