/* test_check_logs.c - lines against the schema, what may stay plain, secrets, and what a migration
 * lost. SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "judged.h"

#define HEAD "{\"timestamp\":\"2026-11-23T01:02:03.004Z\","
#define REPORT                                                                                    \
    "REPORT RequestId: 8f3c6d2e-0000-4000-8000-000000000000\tDuration: 1 ms\tBilled Duration: 1 " \
    "ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB"
#define TAIL          "\"functionName\":\"f\",\"requestId\":\"r\"}"
#define LINE(MESSAGE) HEAD "\"level\":\"INFO\",\"message\":\"" MESSAGE "\"," TAIL

static void
assert_told(const char *const *flags, bool is_production, const char *line, const char *want)
{
    struct judged j;
    char *have;

    judged_init(&j, flags);
    j.run.is_production = is_production;
    assert_true(judged_open(&j, &check_logs));
    judged_line(&j, line);
    judged_close(&j);
    have = judged_told(&j);
    if (strcmp(have, want) != 0)
        fail_msg("%s\nis told as\n%snot as\n%s", line, have, want);
    free(have);
    judged_fini(&j);
}

static void
each_rule_is_told_by_its_name(void **state)
{
    static const struct {
        const char *line, *told;
    } cases[] = {
        { LINE("well"), "" },
        { "{\"level\":\"INFO\",\"message\":\"m\"," TAIL, "fail logs.timestamp-missing\n" },
        { "{\"timestamp\":\"yesterday\",\"level\":\"INFO\",\"message\":\"m\"," TAIL,
          "fail logs.timestamp-format\n" },
        { "{\"time\":1795394140000,\"level\":\"INFO\",\"message\":\"m\"," TAIL,
          "fail logs.timestamp-epoch\n" },
        { HEAD "\"message\":\"m\"," TAIL, "fail logs.level-missing\n" },
        { HEAD "\"level\":\"notice\",\"message\":\"m\"," TAIL, "fail logs.level-unknown\n" },
        { HEAD "\"level\":30,\"message\":\"m\"," TAIL, "fail logs.level-number\n" },
        { HEAD "\"level\":\"info\",\"message\":\"m\"," TAIL, "fail logs.level-case\n" },
        { HEAD "\"level\":\"INFO\"," TAIL, "fail logs.message-missing\n" },
        { HEAD "\"level\":\"INFO\",\"msg\":\"m\"," TAIL, "fail logs.message-name\n" },
        { HEAD "\"level\":\"INFO\",\"message\":\"m\",\"requestId\":\"r\"}",
          "fail logs.function-missing\n" },
        { HEAD "\"level\":\"INFO\",\"message\":\"m\",\"functionName\":\"f\"}",
          "fail logs.request-missing\n" },
        { HEAD "\"level\":\"ERROR\",\"message\":\"m\"," TAIL, "fail logs.error-missing\n" },
        { HEAD "\"level\":\"ERROR\",\"message\":\"m\",\"err\":{}," TAIL, "fail logs.error-name\n" },
        { HEAD "\"level\":\"INFO\",\"message\":\"m\",\"error\":{}," TAIL,
          "fail logs.error-unexpected\n" },
        { HEAD "\"level\":\"DEBUG\",\"message\":\"m\"," TAIL, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_told(NULL, false, cases[i].line, cases[i].told);
    assert_told(NULL, true, HEAD "\"level\":\"DEBUG\",\"message\":\"m\"," TAIL,
                "fail logs.debug-in-prod\n");
}

static void
each_fault_says_what_mends_it(void **state)
{
    struct judged j;

    (void)state;
    judged_lines(&j, &check_logs, NULL,
                 (const char *const[]){ "{\"level\":30,\"time\":1,\"msg\":\"m\"}", NULL });
    assert_true(j.found.count > 4);
    for (size_t i = 0; i < j.found.count; i++)
        assert_true(j.found.items[i].level == FINDING_OK || *j.found.items[i].fix != '\0' ||
                    strcmp(j.found.items[i].rule, "logs.error-unexpected") == 0);
    judged_fini(&j);
}

static void
plain_lines_warn_unless_they_may_stay(void **state)
{
    static const char *const allow[] = { "allow", "Metric publishing failed", NULL };

    (void)state;
    assert_told(NULL, false, "Metric publishing failed: timeout", "warn logs.plain\n");
    assert_told(allow, false, "Metric publishing failed: timeout", "");
    assert_told(allow, false, "metric publishing failed: timeout", "warn logs.plain\n");
    assert_told(NULL, false, "[1,2]", "warn logs.plain\n");
    assert_told(NULL, false, "{\"broken\":", "warn logs.plain\n");
}

/* What the runtime writes is nobody's mistake, and alone it is nothing to judge by. */
static void
the_platforms_lines_are_not_judged(void **state)
{
    static const char *const lines[] = {
        "START RequestId: 8f3c6d2e-0000-4000-8000-000000000000 Version: $LATEST",
        "END RequestId: 8f3c6d2e-0000-4000-8000-000000000000",
        REPORT,
        "",
        " \r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_told(NULL, false, lines[i], "unknown logs\n");
}

static void
personal_data_counts_from_its_severity_on(void **state)
{
    static const char *const low[] = { "severity", "low", NULL };
    static const char *const high[] = { "severity", "high", NULL };
    struct judged j;

    (void)state;
    assert_told(NULL, false, LINE("key AKIAIOSFODNN7EXAMPLF"), "fail logs.pii.aws-key\n");
    judged_lines(&j, &check_logs, low,
                 (const char *const[]){ LINE("write to anna@firma.de"), NULL });
    assert_int_equal(judged_count(&j, "logs.pii.email"), 1);
    assert_null(strstr(judged_nth(&j, "logs.pii.email", 0)->evidence, "anna"));
    judged_fini(&j);
    judged_lines(&j, &check_logs, high, (const char *const[]){ LINE("from 203.0.113.77"), NULL });
    assert_int_equal(j.found.levels[FINDING_FAIL] + j.found.levels[FINDING_WARN], 0);
    judged_fini(&j);
}

static void
hostile_lines_are_judged_too(void **state)
{
    char *deep = judged_nested(200000), *object;
    struct judged j;

    (void)state;
    object = xasprintf("{\"message\":%s}", deep);
    judged_lines(&j, &check_logs, NULL,
                 (const char *const[]){ deep, object, "\xff\xfe\x80", NULL });
    assert_int_equal(judged_count(&j, "logs.plain"), 1);
    assert_non_null(strstr(judged_nth(&j, "logs.plain", 0)->evidence, "3 times"));
    judged_fini(&j);
    free(object);
    free(deep);
}

/* --- a baseline ------------------------------------------------------------------------------- */

static void
against(struct judged *j, const char *before, const char *const *lines)
{
    bool took;

    judged_init(j, NULL);
    if (settings_set_flag(j->settings, "baseline", judged_file(j, before), &took, &j->err) != OK)
        fail_msg("%s", j->err.text);
    assert_true(judged_open(j, &check_logs));
    for (; *lines != NULL; lines++)
        judged_line(j, *lines);
    judged_close(j);
}

static void
a_message_that_a_migration_lost_is_told(void **state)
{
    struct judged j;

    (void)state;
    against(&j, "cart 17 loaded\npaid\n", (const char *const[]){ LINE("cart 4 loaded"), NULL });
    assert_int_equal(judged_count(&j, "logs.lost"), 1);
    assert_string_equal(judged_nth(&j, "logs.lost", 0)->subject, "paid");
    judged_fini(&j);
}

/* Longer than what is shown of it: its ids fold, so the whole of it is a short pattern. */
static void
a_long_message_is_known_by_all_of_it(void **state)
{
    struct buf ids;
    char *line;
    struct judged j;

    (void)state;
    buf_init(&ids, 4096);
    for (int i = 0; i < 8; i++)
        buf_adds(&ids, "8f3c6d2e-0000-4000-8000-000000000000 ");
    buf_adds(&ids, "paid");
    line = xasprintf(HEAD "\"level\":\"INFO\",\"message\":\"%s\"," TAIL, ids.data);
    against(&j, ids.data, (const char *const[]){ line, NULL });
    assert_int_equal(judged_count(&j, "logs.lost"), 0);
    judged_fini(&j);
    buf_fini(&ids);
    free(line);
}

static void
an_empty_baseline_is_no_pass(void **state)
{
    struct judged j;

    (void)state;
    against(&j, "", (const char *const[]){ LINE("m"), NULL });
    assert_int_equal(judged_nth(&j, "logs.baseline", 0)->level, FINDING_UNKNOWN);
    judged_fini(&j);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule_is_told_by_its_name),
        cmocka_unit_test(each_fault_says_what_mends_it),
        cmocka_unit_test(plain_lines_warn_unless_they_may_stay),
        cmocka_unit_test(the_platforms_lines_are_not_judged),
        cmocka_unit_test(personal_data_counts_from_its_severity_on),
        cmocka_unit_test(hostile_lines_are_judged_too),
        cmocka_unit_test(a_message_that_a_migration_lost_is_told),
        cmocka_unit_test(a_long_message_is_known_by_all_of_it),
        cmocka_unit_test(an_empty_baseline_is_no_pass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
