/* test_names.c - two spellings, one name.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/names.h"
#include "domain/web_vitals.h"

#define OURS "UserMetrics/Lambda"

static void
aliases_have_one_canonical_name(void **state)
{
    (void)state;
    assert_string_equal(name_canonical(NAME_DIMENSION, OURS, "FunctionName"), "functionName");
    assert_string_equal(name_canonical(NAME_DIMENSION, OURS, "functionName"), "functionName");
    assert_string_equal(name_canonical(NAME_METRIC, OURS, "ColdStartDuration"), "ColdStart");
    assert_string_equal(name_canonical(NAME_METRIC, OURS, "Duration"), "Duration");
    assert_string_equal(name_canonical(NAME_METRIC, OURS, "Route"),
                        "Route"); /* no dimension here */
    assert_string_equal(name_canonical(NAME_DIMENSION, OURS, "LCP"), "LCP");
}

static void
every_vital_has_both_names(void **state)
{
    (void)state;
    for (int v = 0; v < VITALS; v++) {
        assert_string_equal(name_canonical(NAME_METRIC, WEB_VITALS_NAMESPACE, vitals[v].alias),
                            vitals[v].name);
        assert_string_equal(name_alias(NAME_METRIC, WEB_VITALS_NAMESPACE, vitals[v].name),
                            vitals[v].alias);
    }
}

static void
amazons_own_names_are_left_alone(void **state)
{
    (void)state;
    assert_string_equal(name_canonical(NAME_DIMENSION, "AWS/Lambda", "FunctionName"),
                        "FunctionName");
    assert_null(name_alias(NAME_DIMENSION, "AWS/Lambda", "functionName"));
    assert_string_equal(name_alias(NAME_DIMENSION, "AWSome", "route"), "Route");
    assert_null(name_alias(NAME_METRIC, OURS, "Duration"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aliases_have_one_canonical_name),
        cmocka_unit_test(every_vital_has_both_names),
        cmocka_unit_test(amazons_own_names_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
