/* test_check_groups.c - alike faults are one; the time of a document of which nobody knows it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cli/check/check_groups.h"
#include "cli/check/check_stream.h"

#define NOW INT64_C(1795394140000)

static void
add(struct check_groups *groups, const char *where, const char *rule, const char *subject,
    const char *evidence)
{
    check_groups_add(
        groups, where,
        &(struct finding){
            .level = FINDING_FAIL, .rule = rule, .subject = subject, .evidence = evidence });
}

static void
alike_faults_are_one_finding_with_its_first_place(void **state)
{
    struct check_groups groups;
    struct findings found;

    (void)state;
    check_groups_init(&groups);
    findings_init(&found);
    add(&groups, "a.log:1", "emf.unit", "/m", "once");
    add(&groups, "a.log:2", "emf.unit", "/n", "often");
    add(&groups, "a.log:3", "emf.unit", "/n", "often");
    add(&groups, "a.log:4", "emf.name", "/n", "often");
    add(&groups, "/x", "naming", "/x", NULL);
    check_groups_put(&groups, &found);
    assert_int_equal(found.count, 4);
    assert_string_equal(found.items[0].subject, "/n");
    assert_string_equal(found.items[0].evidence, "often (2 times, first at a.log:2)");
    assert_string_equal(found.items[1].subject, "a.log:1 /m");
    assert_string_equal(found.items[1].evidence, "once");
    assert_string_equal(found.items[2].rule, "emf.name");
    assert_string_equal(found.items[3].subject, "/x"); /* not twice */
    findings_fini(&found);
    check_groups_fini(&groups);
}

static void
what_is_not_listed_is_counted(void **state)
{
    struct check_groups groups;
    struct findings found;
    char evidence[32];

    (void)state;
    check_groups_init(&groups);
    findings_init(&found);
    for (int i = 0; i < 1005; i++) {
        snprintf(evidence, sizeof evidence, "fault %d", i);
        add(&groups, "x", "rule", "", evidence);
    }
    check_groups_put(&groups, &found);
    assert_int_equal(found.count, 1001);
    assert_non_null(strstr(found.items[1000].evidence, "5 further ones"));
    findings_fini(&found);
    check_groups_fini(&groups);
}

static void
a_document_is_judged_by_a_time_that_it_could_have(void **state)
{
    static const struct {
        const char *text;
        int64_t arrived_ms, moment_ms;
    } cases[] = {
        { "{\"_aws\":{\"Timestamp\":1795394134547}", 0, 1795394134547 },
        { "{\"_aws\":{\"Timestamp\" : 1700000000000}", 0, 1700000000000 },
        { "{\"_aws\":{\"Timestamp\":1795394134547}", 5, 5 },                /* it is known */
        { "{\"_aws\":{\"Timestamp\":1795394134}", 0, 1795394134000 },       /* seconds */
        { "{\"_aws\":{\"Timestamp\":1795394134547000}", 0, 1795394134547 }, /* microseconds */
        { "{\"_aws\":{\"Timestamp\":1795501340000}", 0, NOW },              /* ahead of the clock */
        { "{\"_aws\":{\"Timestamp\":99999999999999999999999}", 0, NOW },
        { "{\"_aws\":{\"Timestamp\":-5}", 0, NOW },
        { "{\"_aws\":{\"Timestamp\":\"x\"}", 0, NOW },
        { "{\"_aws\":{\"Timestamp\"", 0, NOW },
        { "{\"Timestamp\":\"own\",\"_aws\":{\"Timestamp\":1795394134547}}", 0, 1795394134547 },
        { "{\"_aws\":{\"Timestamp\":-99999999999999999}}", 0, NOW },
        { "", 0, NOW },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct check_item item = { .text = cases[i].text,
                                         .length = strlen(cases[i].text),
                                         .time_ms = cases[i].arrived_ms };

        if (check_moment(&item, NOW) != cases[i].moment_ms)
            fail_msg("%s: %lld", cases[i].text, (long long)check_moment(&item, NOW));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alike_faults_are_one_finding_with_its_first_place),
        cmocka_unit_test(what_is_not_listed_is_counted),
        cmocka_unit_test(a_document_is_judged_by_a_time_that_it_could_have),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
