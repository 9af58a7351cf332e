/* test_check_naming.c - names of namespaces, metrics and dimensions, and what they become.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "judged.h"

#define SPACE "UserMetrics/Lambda"

static void
one_series(struct judged *j, const char *space, const char *metric, const char *const *dims)
{
    judged_init(j, NULL);
    assert_true(judged_open(j, &check_naming));
    judged_series(j, space, metric, dims);
    judged_close(j);
}

static void
each_name_is_held_to_its_case(void **state)
{
    static const struct {
        const char *space, *metric, *dimension, *rule, *expected; /* rule NULL: well */
    } cases[] = {
        { SPACE, "Duration", "functionName", NULL, NULL },
        { SPACE, "P95", "http2", NULL, NULL },
        { SPACE, "duration", "route", "naming.metric-case", "Duration" },
        { SPACE, "cold_start-time", "route", "naming.metric-case", "ColdStartTime" },
        { SPACE, "_x", "route", "naming.metric-case", "X" },
        { SPACE, "__", "route", "naming.metric-case", "PascalCase" },
        { SPACE, "9lives", "route", "naming.metric-case", "PascalCase" },
        { SPACE, "D\xc3\xa9lai", "route", "naming.metric-case", "DLai" },
        { SPACE, "Duration", "Route_Name", "naming.dimension-case", "routeName" },
        { SPACE, "Duration", "route-name", "naming.dimension-case", "routeName" },
        { SPACE, "Duration", "FunctionName", "naming.dimension-alias", "functionName" },
        { SPACE, "LargestContentfulPaint", "route", "naming.metric-alias", "LCP" },
        { "UserMetrics", "Duration", "route", "naming.namespace", NULL },
        { "UserMetrics/", "Duration", "route", "naming.namespace", NULL },
        { "UserMetrics/lambda", "Duration", "route", "naming.namespace", NULL },
        { "UserMetrics/A/B", "Duration", "route", "naming.namespace", NULL },
        { "Shop", "Duration", "route", "naming.namespace", NULL },
    };
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t bad;

        one_series(&j, cases[i].space, cases[i].metric,
                   (const char *const[]){ cases[i].dimension, "v", NULL });
        bad = j.found.count - j.found.levels[FINDING_OK];
        if (bad != (cases[i].rule != NULL))
            fail_msg("%s %s: %zu findings", cases[i].metric, cases[i].dimension, bad);
        if (cases[i].rule != NULL) {
            const struct finding *f = judged_nth(&j, cases[i].rule, 0);

            assert_int_equal(f->level, FINDING_WARN);
            assert_true(*f->fix != '\0');
            if (cases[i].expected != NULL)
                assert_string_equal(f->expected, cases[i].expected);
        }
        judged_fini(&j);
    }
}

static void
what_aws_names_is_not_judged(void **state)
{
    static const char *const spaces[] = { "AWS/Lambda", "ECS/ContainerInsights", "CWAgent" };
    struct judged j;

    (void)state;
    for (size_t i = 0; i < sizeof spaces / sizeof spaces[0]; i++) {
        one_series(&j, spaces[i], "wrong_case", (const char *const[]){ "Wrong_Case", "v", NULL });
        assert_int_equal(j.found.count, 1);
        assert_int_equal(judged_nth(&j, "naming", 0)->level, FINDING_UNKNOWN);
        judged_fini(&j);
    }
}

static void
a_name_is_told_once_in_its_namespace(void **state)
{
    char route[16];
    struct judged j;

    (void)state;
    judged_init(&j, NULL);
    assert_true(judged_open(&j, &check_naming));
    for (int i = 0; i < 1000; i++) {
        snprintf(route, sizeof route, "/%d", i);
        judged_series(&j, SPACE, "duration", (const char *const[]){ "route", route, NULL });
    }
    judged_close(&j);
    assert_int_equal(judged_count(&j, "naming.metric-case"), 1);
    assert_non_null(strstr(judged_nth(&j, "naming", 0)->evidence, "2 of 3 names"));
    judged_fini(&j);
}

static void
documents_and_vitals_make_names_too(void **state)
{
    struct judged j;

    (void)state;
    judged_init(&j, NULL);
    assert_true(judged_open(&j, &check_naming));
    judged_line(&j, "{\"FunctionName\":\"f\",\"Duration\":1,\"_aws\":{\"Timestamp\":1795394134547,"
                    "\"CloudWatchMetrics\":[{\"Namespace\":\"UserMetrics/Lambda\",\"Dimensions\":"
                    "[[\"FunctionName\"]],\"Metrics\":[{\"Name\":\"Duration\"}]}]}}");
    judged_post(&j, "/metrics/web-vitals",
                "{\"metrics\":[{\"name\":\"LCP\",\"value\":1}],\"sessionId\":\"s\"}");
    judged_close(&j);
    assert_int_equal(judged_count(&j, "naming.dimension-alias"), 1);
    assert_true(judged_nth(&j, "naming", 0)->level == FINDING_OK);
    judged_fini(&j);
}

static void
hostile_names_are_told_and_bounded(void **state)
{
    char *name = xcalloc(70001, 1), *deep = judged_nested(100000);
    struct judged j;

    (void)state;
    memset(name, 'x', 70000);
    judged_init(&j, NULL);
    assert_true(judged_open(&j, &check_naming));
    judged_series(&j, "UserMetrics/\x1b[31m", "M", NULL);
    judged_series(&j, name, name, (const char *const[]){ name, name, NULL });
    judged_line(&j, deep);
    judged_post(&j, "/metrics/web-vitals", deep);
    judged_close(&j);
    assert_int_equal(judged_count(&j, "naming.namespace"), 1);
    assert_null(strchr(judged_nth(&j, "naming.namespace", 0)->subject, '\x1b'));
    assert_int_equal(judged_nth(&j, "naming", 1)->level, FINDING_UNKNOWN); /* one was left out */
    judged_fini(&j);
    free(name);
    free(deep);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_name_is_held_to_its_case),
        cmocka_unit_test(what_aws_names_is_not_judged),
        cmocka_unit_test(a_name_is_told_once_in_its_namespace),
        cmocka_unit_test(documents_and_vitals_make_names_too),
        cmocka_unit_test(hostile_names_are_told_and_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
