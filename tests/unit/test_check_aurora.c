/* test_check_aurora.c - the lines of a database, at their edges.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "cli/check/checks.h"

static void
no_model(struct model *out, struct arena *arena, const struct view_query *q)
{
    (void)out;
    (void)arena;
    (void)q;
}

#define CLUSTER "[{\"id\":\"shop\",\"group\":\"shop-pg\",\"members\":[[\"shop-1\",true]]}]"

static void
stage_shop(struct stage *s, const char *points, const char *parameter)
{
    stage_open(s);
    stage_db_clusters(s, "aurora.clusters", CLUSTER);
    stage_db_instances(s, "aurora.instances", "[{\"id\":\"shop-1\"}]");
    if (parameter != NULL)
        stage_db_parameter(s, "aurora.parameter.shop", parameter);
    else
        stage_failure(s, "aurora.parameter.shop", ASK_DB_PARAMETER, "access denied");
    if (points != NULL)
        stage_points(s, "aurora.main", points);
    else
        stage_failure(s, "aurora.main", ASK_METRICS, "access denied: GetMetricData");
}

static void
judge_stage(struct findings *f, struct stage *s)
{
    stage_show(s, check_aurora_ask, no_model);
    findings_init(f);
    check_aurora_judge(f, &s->q);
    stage_close(s);
}

/* The highest of the hour is neither first nor last. */
static void
judge_hour(struct findings *f, double cpu, double connections, const char *parameter)
{
    char points[200];
    struct stage s;

    snprintf(points, sizeof points,
             "{\"cpu.shop-1\":[[240000,1],[180000,%.1f],[120000,2]],"
             "\"conn.shop-1\":[[240000,1],[180000,%.1f],[120000,2]]}",
             cpu, connections);
    stage_shop(&s, points, parameter);
    judge_stage(f, &s);
}

static void
the_edges_are_exact(void **state)
{
    static const struct {
        double cpu, connections;
        enum finding_level cpu_level, connections_level;
    } cases[] = {
        { 69.9, 79, FINDING_OK, FINDING_OK },     { 70.0, 80, FINDING_OK, FINDING_OK },
        { 70.1, 81, FINDING_FAIL, FINDING_FAIL }, { 0, 0, FINDING_OK, FINDING_OK },
        { 100, 100, FINDING_FAIL, FINDING_FAIL },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct findings f;

        judge_hour(&f, cases[i].cpu, cases[i].connections, "100");
        assert_int_equal(f.count, 2);
        assert_string_equal(f.items[0].rule, "aurora.cpu");
        assert_string_equal(f.items[0].subject, "shop/shop-1");
        assert_int_equal(f.items[0].level, cases[i].cpu_level);
        assert_string_equal(f.items[1].rule, "aurora.connections");
        assert_int_equal(f.items[1].level, cases[i].connections_level);
        findings_fini(&f);
    }
}

static void
the_evidence_names_numbers_and_their_source(void **state)
{
    struct findings f;

    (void)state;
    judge_hour(&f, 70.1, 81, "100");
    assert_string_equal(f.items[0].evidence, "up to 70.1 % CPU in the last hour");
    assert_string_equal(f.items[0].expected, "at most 70 %");
    assert_string_equal(f.items[1].evidence,
                        "up to 81 of 100 connections in the last hour, 81.0 % (parameter group)");
    findings_fini(&f);
}

static void
an_unknown_maximum_cannot_be_judged(void **state)
{
    struct findings f;

    (void)state;
    judge_hour(&f, 10, 5, NULL);
    assert_int_equal(f.items[0].level, FINDING_OK);
    assert_int_equal(f.items[1].level, FINDING_UNKNOWN);
    assert_string_equal(f.items[1].evidence,
                        "cannot judge: up to 5 connections, of a maximum nobody told");
    findings_fini(&f);
}

static void
what_did_not_come_is_never_clean(void **state)
{
    struct findings f;
    struct stage s;

    (void)state;
    stage_shop(&s, "{\"none\":[]}", "100"); /* an instance that CloudWatch does not know */
    judge_stage(&f, &s);
    assert_int_equal(f.levels[FINDING_UNKNOWN], 2);
    findings_fini(&f);
    stage_shop(&s, NULL, "100");
    judge_stage(&f, &s);
    assert_int_equal(f.count, 1);
    assert_string_equal(f.items[0].evidence, "cannot judge: access denied: GetMetricData");
    findings_fini(&f);
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", "[]");
    judge_stage(&f, &s);
    assert_int_equal(f.levels[FINDING_UNKNOWN], 1);
    assert_string_equal(f.items[0].evidence, "cannot judge: there is no Aurora cluster here");
    findings_fini(&f);
    stage_open(&s);
    stage_failure(&s, "aurora.clusters", ASK_DB_CLUSTERS, "access denied");
    judge_stage(&f, &s);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.items[0].level, FINDING_UNKNOWN);
    findings_fini(&f);
}

static void
only_what_is_judged_is_asked(void **state)
{
    static const char *const never[] = { "aurora.own", "aurora.events", "aurora.load.shop",
                                         "aurora.more.shop", "aurora.storage.shop" };
    struct stage s;

    (void)state;
    stage_shop(&s, "{\"none\":[]}", "100");
    stage_show(&s, check_aurora_ask, no_model);
    assert_non_null(stage_ask(&s, "aurora.main"));
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        assert_null(stage_ask(&s, never[i]));
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_edges_are_exact),
        cmocka_unit_test(the_evidence_names_numbers_and_their_source),
        cmocka_unit_test(an_unknown_maximum_cannot_be_judged),
        cmocka_unit_test(what_did_not_come_is_never_clean),
        cmocka_unit_test(only_what_is_judged_is_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
