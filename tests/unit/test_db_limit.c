/* test_db_limit.c - classes, maximum connections, lines at their exact edges, before and after.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/db_limit.h"

#include <math.h>

static void
cpu_is_judged_at_seventy(void **state)
{
    (void)state;
    assert_int_equal(db_judge_cpu(69.9), DB_WELL);
    assert_int_equal(db_judge_cpu(70), DB_WELL); /* to exceed is to be above */
    assert_int_equal(db_judge_cpu(70.1), DB_OVER);
    assert_int_equal(db_judge_cpu((double)NAN), DB_CANNOT_JUDGE);
}

static void
connections_are_judged_at_eighty_percent(void **state)
{
    (void)state;
    assert_int_equal(db_judge_connections(79, 100), DB_WELL);
    assert_int_equal(db_judge_connections(80, 100), DB_WELL);
    assert_int_equal(db_judge_connections(81, 100), DB_OVER);
    assert_int_equal(db_judge_connections(320, 400), DB_WELL);
    assert_int_equal(db_judge_connections(321, 400), DB_OVER);
    assert_int_equal(db_judge_connections(72, 90), DB_WELL);
    assert_int_equal(db_judge_connections(72.1, 90), DB_OVER);
}

static void
without_a_maximum_nothing_is_said(void **state)
{
    (void)state;
    assert_int_equal(db_judge_connections(0, (double)NAN), DB_CANNOT_JUDGE);
    assert_int_equal(db_judge_connections(5000, (double)NAN), DB_CANNOT_JUDGE);
    assert_int_equal(db_judge_connections(1, 0), DB_CANNOT_JUDGE);
    assert_int_equal(db_judge_connections((double)NAN, 100), DB_CANNOT_JUDGE);
    assert_int_equal(db_judge_load(2, 2), DB_WELL);
    assert_int_equal(db_judge_load(2.1, 2), DB_OVER);
    assert_int_equal(db_judge_load(2.1, 0), DB_CANNOT_JUDGE);
}

static void
classes_have_size(void **state)
{
    static const struct {
        const char *name;
        double vcpus, gib;
        bool has_credits;
    } known[] = {
        { "db.t4g.medium", 2, 4, true },    { "db.t3.large", 2, 8, true },
        { "db.t4g.micro", 2, 1, true },     { "db.r6g.large", 2, 16, false },
        { "db.r7g.2xlarge", 8, 64, false }, { "db.r5.24xlarge", 96, 768, false },
        { "db.x2g.large", 2, 32, false },   { "db.r4.large", 2, 15.25, false },
    };
    static const char *const unknown[] = { "db.serverless",   "db.r6g.medium", "db.z9.large",
                                           "r6g.large",       "db.r6g.",       "db.r6g.0xlarge",
                                           "db.r6g.99xlarge", "db.r6g.2large", "" };
    struct db_class class;

    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        print_message("%s\n", known[i].name);
        assert_true(db_class_find(&class, known[i].name));
        assert_true(class.vcpus == known[i].vcpus);
        assert_true(class.memory_gib == known[i].gib);
        assert_int_equal(class.has_credits, known[i].has_credits);
    }
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        assert_false(db_class_find(&class, unknown[i]));
    assert_false(db_class_find(&class, NULL));
}

static void
the_maximum_comes_from_somewhere(void **state)
{
    static const char formula[] = "LEAST({DBInstanceClassMemory/9531392},5000)";
    static const struct {
        const char *name;
        struct db_shape shape;
        double connections; /* 0: unknown */
        enum db_limit_source source;
    } cases[] = {
        { "a number", { "db.t4g.medium", 0, 0, "90", NULL }, 90, DB_LIMIT_PARAMETER },
        { "a number beats the capacity",
          { "db.serverless", 0, 8, "500", NULL },
          500,
          DB_LIMIT_PARAMETER },
        { "4 GiB", { "db.t4g.medium", 0, 0, formula, NULL }, 400, DB_LIMIT_CLASS },
        { "not told", { "db.t4g.medium", 0, 0, NULL, NULL }, 400, DB_LIMIT_CLASS },
        { "8 GiB", { "db.t4g.large", 0, 0, "", NULL }, 823, DB_LIMIT_CLASS },
        { "16 GiB", { "db.r6g.large", 0, 0, formula, NULL }, 1669, DB_LIMIT_CLASS },
        { "32 GiB", { "db.r6g.xlarge", 0, 0, formula, NULL }, 3360, DB_LIMIT_CLASS },
        { "64 GiB", { "db.r6g.2xlarge", 0, 0, formula, NULL }, 5000, DB_LIMIT_CLASS },
        { "half the divisor",
          { "db.t4g.medium", 0, 0, "LEAST({DBInstanceClassMemory/4765696},600)", NULL },
          600,
          DB_LIMIT_CLASS },
        { "1 ACU", { "db.serverless", 1, 1, formula, NULL }, 189, DB_LIMIT_CAPACITY },
        { "4 ACU", { "db.serverless", 1, 4, NULL, NULL }, 823, DB_LIMIT_CAPACITY },
        { "8 ACU", { "db.serverless", 0, 8, NULL, NULL }, 1669, DB_LIMIT_CAPACITY },
        { "16 ACU", { "db.serverless", 1, 16, NULL, NULL }, 3360, DB_LIMIT_CAPACITY },
        { "16 ACU down to half a one",
          { "db.serverless", 0.5, 16, NULL, NULL },
          2000,
          DB_LIMIT_CAPACITY },
        { "64 ACU down to nothing",
          { "db.serverless", 0, 64, NULL, NULL },
          2000,
          DB_LIMIT_CAPACITY },
        { "64 ACU", { "db.serverless", 1, 64, NULL, NULL }, 5000, DB_LIMIT_CAPACITY },
        { "no capacity told", { "db.serverless", 0, 0, NULL, NULL }, 0, DB_LIMIT_UNKNOWN },
        { "a class of next year", { "db.z9.large", 0, 0, NULL, NULL }, 0, DB_LIMIT_UNKNOWN },
        { "another formula",
          { "db.t4g.medium", 0, 0, "GREATEST({DBInstanceClassMemory/1},1)", NULL },
          0,
          DB_LIMIT_UNKNOWN },
        { "a formula cut off",
          { "db.t4g.medium", 0, 0, "LEAST({DBInstanceClassMemory/9531392}", NULL },
          0,
          DB_LIMIT_UNKNOWN },
        { "nothing divides",
          { "db.t4g.medium", 0, 0, "LEAST({DBInstanceClassMemory/0},5)", NULL },
          0,
          DB_LIMIT_UNKNOWN },
        { "Aurora MySQL", { "db.r6g.large", 0, 0, NULL, "aurora-mysql" }, 0, DB_LIMIT_UNKNOWN },
        { "Aurora MySQL by number",
          { "db.r6g.large", 0, 0, "1000", "aurora-mysql" },
          1000,
          DB_LIMIT_PARAMETER },
        { "nothing at all", { "db.t4g.medium", 0, 0, "0", NULL }, 0, DB_LIMIT_UNKNOWN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct db_limit limit = db_limit_of(&cases[i].shape);

        print_message("%s: %g\n", cases[i].name, limit.connections);
        assert_int_equal(limit.source, cases[i].source);
        if (cases[i].source == DB_LIMIT_UNKNOWN)
            assert_true(isnan(limit.connections));
        else
            assert_true(limit.connections == cases[i].connections);
        assert_int_equal(limit.is_estimate,
                         limit.source == DB_LIMIT_CLASS || limit.source == DB_LIMIT_CAPACITY);
    }
}

static void
a_share_names_its_method(void **state)
{
    const double none = (double)NAN;
    struct db_share share = db_share_of(12, 60, 0.4, 2);

    (void)state;
    assert_true(share.percent == 20);
    assert_int_equal(share.method, DB_SHARE_CONNECTIONS);
    share = db_share_of(none, 60, 0.5, 2);
    assert_true(share.percent == 25);
    assert_int_equal(share.method, DB_SHARE_LOAD);
    share = db_share_of(61, 60, 0.5, 2); /* two sources that disagree */
    assert_int_equal(share.method, DB_SHARE_LOAD);
    share = db_share_of(none, none, none, 2);
    assert_true(isnan(share.percent));
    assert_int_equal(share.method, DB_SHARE_UNKNOWN);
    assert_int_equal(db_share_of(0, 0, none, none).method, DB_SHARE_UNKNOWN);
    assert_true(db_share_of(0, 60, none, none).percent == 0);
}

/* `n` samples a minute apart around a mark that stands between the halves. */
static struct db_change
compare(double before, double after, double noise, size_t n, double line)
{
    int64_t times[64];
    double values[64];

    for (size_t i = 0; i < 2 * n; i++) {
        times[i] = (int64_t)i * 60000;
        values[i] = (i < n ? before : after) + (i % 2 == 0 ? noise : -noise);
    }
    return db_compare(times, values, 2 * n, (int64_t)n * 60000, 3600000, line);
}

static void
a_database_gets_worse_or_does_not(void **state)
{
    const double none = (double)NAN;
    struct db_change c = compare(40, 48, 1, 20, DB_CPU_LINE);

    (void)state;
    assert_true(c.before == 40 && c.after == 48 && c.percent == 20);
    assert_int_equal(c.before_count, 20);
    assert_int_equal(c.verdict, DB_CHANGE_WORSE);
    assert_int_equal(compare(100, 115, 0, 20, none).verdict, DB_CHANGE_NONE); /* not more than */
    assert_int_equal(compare(100, 115.1, 0, 20, none).verdict, DB_CHANGE_WORSE);
    assert_int_equal(compare(40, 48, 30, 20, none).verdict, DB_CHANGE_NONE); /* chance */
    assert_int_equal(compare(68, 71, 0, 20, DB_CPU_LINE).verdict, DB_CHANGE_OVER);
    assert_int_equal(compare(71, 74, 0, 20, DB_CPU_LINE).verdict, DB_CHANGE_NONE);
    assert_int_equal(compare(68, 70, 0, 20, DB_CPU_LINE).verdict, DB_CHANGE_NONE);
    assert_int_equal(compare(48, 30, 0, 20, none).verdict, DB_CHANGE_NONE);
    assert_int_equal(compare(0, 1, 0, 20, none).verdict, DB_CHANGE_WORSE);
    assert_true(isnan(compare(0, 1, 0, 20, none).percent));
    assert_int_equal(compare(40, 80, 0, 4, none).verdict, DB_CHANGE_UNKNOWN);
    assert_int_equal(compare(40, 80, 0, 5, none).verdict, DB_CHANGE_WORSE);
}

static void
only_the_window_around_the_mark_counts(void **state)
{
    int64_t times[] = { 0, 59999, 60000, 119999, 120000 };
    double values[] = { 1000, (double)NAN, 10, 30, 1000 };
    struct db_change c = db_compare(times, values, 5, 90000, 30000, (double)NAN);

    (void)state;
    assert_int_equal(c.before_count, 1);
    assert_int_equal(c.after_count, 1);
    assert_true(c.before == 10 && c.after == 30 && c.percent == 200);
    assert_int_equal(c.verdict, DB_CHANGE_UNKNOWN);
    c = db_compare(times, values, 0, 90000, 30000, (double)NAN);
    assert_true(isnan(c.before) && isnan(c.after) && isnan(c.percent));
}

static void
growth_needs_a_while(void **state)
{
    int64_t times[] = { 0, 43200000, 86400000 };
    double values[] = { 100, 120, 130 };

    (void)state;
    assert_true(db_growth_a_day(times, values, 3) == 30);
    assert_true(db_growth_a_day(times, values, 2) == 40);
    assert_true(isnan(db_growth_a_day(times, values, 1)));
    times[1] = 21599999;
    assert_true(isnan(db_growth_a_day(times, values, 2)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpu_is_judged_at_seventy),
        cmocka_unit_test(connections_are_judged_at_eighty_percent),
        cmocka_unit_test(without_a_maximum_nothing_is_said),
        cmocka_unit_test(classes_have_size),
        cmocka_unit_test(the_maximum_comes_from_somewhere),
        cmocka_unit_test(a_share_names_its_method),
        cmocka_unit_test(a_database_gets_worse_or_does_not),
        cmocka_unit_test(only_the_window_around_the_mark_counts),
        cmocka_unit_test(growth_needs_a_while),
    };

    return cmocka_run_group_tests_name("db_limit", tests, NULL, NULL);
}
