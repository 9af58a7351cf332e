/* test_throttle.c - requests that find a token, and those that do not.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emulator/aws.h"
#include "emulator/throttle.h"

#define SECOND 1000000000ULL

static struct throttle *
rules(const char *first, const char *second)
{
    const char *list[] = { first, second, NULL };
    struct throttle *throttle = NULL;
    struct err err = { 0 };

    if (throttle_new(&throttle, list, &err) != OK)
        fail_msg("%s", err.text);
    return throttle;
}

/* How many of `asked` pass at once. */
static int
count_passes(struct throttle *throttle, const char *service, const char *name, int asked,
             uint64_t now_ns)
{
    const struct aws_operation *op = aws_operation_find(service, name);
    int passed = 0;

    assert_non_null(op);
    for (int i = 0; i < asked; i++)
        passed += throttle_pass(throttle, op, now_ns);
    return passed;
}

static void
a_second_s_worth_passes_and_comes_back(void **state)
{
    struct throttle *t = rules("monitoring=5", NULL);

    (void)state;
    assert_int_equal(count_passes(t, "monitoring", "ListMetrics", 7, 10 * SECOND), 5);
    assert_int_equal(count_passes(t, "monitoring", "GetMetricData", 7, 10 * SECOND), 0);
    assert_int_equal(count_passes(t, "logs", "FilterLogEvents", 7, 10 * SECOND), 7);
    assert_int_equal(count_passes(t, "monitoring", "ListMetrics", 7, 10 * SECOND + SECOND / 5), 1);
    assert_int_equal(count_passes(t, "monitoring", "ListMetrics", 70, 100 * SECOND), 5);
    throttle_free(t);
}

static void
an_operation_meets_its_own_rule_and_the_service_s(void **state)
{
    struct throttle *t = rules("logs=4", "logs:FilterLogEvents=1");

    (void)state;
    assert_int_equal(count_passes(t, "logs", "FilterLogEvents", 3, SECOND), 1);
    /* what was refused by the narrow rule took nothing from the wide one */
    assert_int_equal(count_passes(t, "logs", "GetLogEvents", 9, SECOND), 3);
    throttle_free(t);
}

static void
slow_rates_and_none_at_all(void **state)
{
    struct throttle *t = rules("logs=0.5", "sts=0");

    (void)state;
    assert_int_equal(count_passes(t, "logs", "GetLogEvents", 3, SECOND), 1);
    assert_int_equal(count_passes(t, "logs", "GetLogEvents", 3, 2 * SECOND), 0);
    assert_int_equal(count_passes(t, "logs", "GetLogEvents", 3, 3 * SECOND), 1);
    assert_int_equal(count_passes(t, "sts", "GetCallerIdentity", 3, 90 * SECOND), 0);
    throttle_free(t);
}

static void
crooked_rules_are_named(void **state)
{
    static const struct {
        const char *rule;
        const char *says;
    } cases[] = {
        { "monitoring", "expected SERVICE=RATE" },
        { "=5", "expected SERVICE=RATE" },
        { "monitoring=", "expected SERVICE=RATE" },
        { "monitoring=many", "expected SERVICE=RATE" },
        { "monitoring=-1", "expected SERVICE=RATE" },
        { "monitorin=1", "no monitorin (did you mean monitoring?)" },
        { "logs:FilterLogEvent=1", "no logs:FilterLogEvent (did you mean FilterLogEvents?)" },
        { "sts:FilterLogEvents=1", "no sts:FilterLogEvents" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *list[] = { cases[i].rule, NULL };
        struct throttle *throttle = NULL;
        struct err err = { 0 };

        assert_int_equal(throttle_new(&throttle, list, &err), E_USAGE);
        if (strstr(err.text, cases[i].says) == NULL)
            fail_msg("%s: expected \"%s\", got \"%s\"", cases[i].rule, cases[i].says, err.text);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_s_worth_passes_and_comes_back),
        cmocka_unit_test(an_operation_meets_its_own_rule_and_the_service_s),
        cmocka_unit_test(slow_rates_and_none_at_all),
        cmocka_unit_test(crooked_rules_are_named),
    };

    return cmocka_run_group_tests_name("throttle", tests, NULL, NULL);
}
