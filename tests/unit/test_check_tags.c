/* test_check_tags.c - what `obsview check tags` says of what came, and of what did not.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "cli/check/checks.h"
#include "domain/tag_rule.h"

#define FIVE                                                         \
    "\"Project=UserMetrics\",\"Environment=dev\",\"ManagedBy=SST\"," \
    "\"CostCenter=Observability\",\"Owner=web\""
#define WELL "[\"arn:aws:sqs:us-east-1:1:well\"," FIVE ",\"Component=Umami\",\"Function=Storage\"]"
#define ALL_ACTIVE                                                    \
    "[[\"Project\",true,864000000],[\"Component\",true,864000000],"   \
    "[\"Function\",true,864000000],[\"Environment\",true,864000000]," \
    "[\"CostCenter\",true,864000000],[\"DataType\",true,0]]"

static void
no_model(struct model *out, struct arena *arena, const struct view_query *q)
{
    (void)out;
    (void)arena;
    (void)q;
}

/* NULL: refused. */
static void
judge(struct findings *f, const char *tagged, const char *cost_tags)
{
    struct stage s;

    stage_open(&s);
    if (tagged != NULL)
        stage_tagged(&s, "tags", tagged);
    else
        stage_failure(&s, "tags", ASK_TAGS, "access denied");
    if (cost_tags != NULL)
        stage_cost_tags(&s, "costs.tags", cost_tags);
    else
        stage_failure(&s, "costs.tags", ASK_COST_TAGS, "no bill");
    stage_show(&s, check_tags_ask, no_model);
    findings_init(f);
    check_tags_judge(f, &s.q);
    stage_close(&s);
}

/* The n-th finding that is not ok. */
static const struct finding *
nth(const struct findings *f, size_t n)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->items[i].level != FINDING_OK && n-- == 0)
            return &f->items[i];
    }
    fail_msg("there is no such finding");
    return &f->items[0];
}

static size_t
not_ok(const struct findings *f)
{
    return f->count - f->levels[FINDING_OK];
}

static void
a_clean_account_has_no_finding(void **state)
{
    struct findings f;

    (void)state;
    judge(&f, "[" WELL "]", ALL_ACTIVE);
    assert_int_equal(not_ok(&f), 0);
    assert_int_equal(f.count, 1 + TAG_COST_KEYS);
    assert_int_equal(f.note_count, 0);
    findings_fini(&f);
}

static void
each_part_of_the_schema_is_a_finding_of_its_own(void **state)
{
    struct findings f;

    (void)state;
    judge(&f,
          "[[\"arn:aws:s3:::b\",\"Project=UserMetrics\",\"environment=prod\",\"ManagedBy=Hand\","
          "\"CostCenter=Observability\",\"Component=Umami\"]]",
          ALL_ACTIVE);
    assert_int_equal(not_ok(&f), 4);
    assert_string_equal(nth(&f, 0)->rule, "tags.required");
    assert_string_equal(nth(&f, 0)->subject, "arn:aws:s3:::b");
    assert_string_equal(nth(&f, 0)->evidence, "lacks Environment, Owner");
    assert_string_equal(
        nth(&f, 0)->expected,
        "Environment=dev, staging or prod; Owner=an e-mail address or the name of a team");
    assert_string_equal(nth(&f, 0)->fix, "in SST, rename \"environment\" to Environment");
    assert_string_equal(nth(&f, 1)->rule, "tags.functional");
    assert_string_equal(nth(&f, 1)->evidence, "lacks Function");
    assert_string_equal(nth(&f, 2)->rule, "tags.conditional");
    assert_string_equal(nth(&f, 2)->evidence, "lacks DataType");
    assert_string_equal(nth(&f, 3)->rule, "tags.value");
    assert_string_equal(nth(&f, 3)->evidence, "ManagedBy is \"Hand\", not SST");
    assert_string_equal(nth(&f, 3)->expected, "ManagedBy=SST");
    findings_fini(&f);
}

static void
the_note_tells_what_counting_would_have_found(void **state)
{
    struct findings f;

    (void)state;
    judge(&f,
          "[" WELL ",[\"arn:a\",\"Project=UserMetrics\",\"A=1\",\"B=2\",\"C=3\",\"D=4\"],"
          "[\"arn:b\",\"Project=UserMetrics\"],[\"arn:c\",\"Project=Shop\"]]",
          ALL_ACTIVE);
    assert_int_equal(f.note_count, 2);
    assert_string_equal(f.notes[0],
                        "counting tags (length(Tags) < 5) would have found 1 of these 2 resources");
    assert_string_equal(f.notes[1],
                        "not judged: 1 with another Project, or with nothing that says whose");
    findings_fini(&f);
}

static void
what_did_not_come_is_never_clean(void **state)
{
    struct findings f;

    (void)state;
    judge(&f, NULL, NULL);
    assert_int_equal(f.levels[FINDING_UNKNOWN], 2);
    assert_int_equal(f.levels[FINDING_OK], 0);
    assert_string_equal(f.items[0].evidence, "cannot judge: access denied");
    assert_string_equal(f.items[1].rule, "tags.costs");
    findings_fini(&f);
    judge(&f, "[[\"arn:c\",\"Project=Shop\"]]", ALL_ACTIVE);
    assert_int_equal(f.levels[FINDING_UNKNOWN], 1);
    assert_string_equal(nth(&f, 0)->evidence,
                        "cannot judge: none of 1 resource here is one of the schema's");
    findings_fini(&f);
}

static void
keys_of_the_bill_are_judged(void **state)
{
    struct findings f;

    (void)state;
    judge(&f, "[" WELL "]",
          "[[\"Project\",true,86400000],[\"Component\",true,86399999],[\"Function\",false,5],"
          "[\"Environment\",true,864000000],[\"CostCenter\",true,0]]");
    assert_int_equal(not_ok(&f), 3);
    assert_int_equal(nth(&f, 0)->level, FINDING_WARN); /* a day is over for Project, not for it */
    assert_string_equal(nth(&f, 0)->subject, "Component");
    assert_string_equal(nth(&f, 0)->evidence,
                        "activated less than a day ago: in Cost Explorer in about 1 h");
    assert_int_equal(nth(&f, 1)->level, FINDING_FAIL);
    assert_string_equal(nth(&f, 1)->subject, "Function");
    assert_string_equal(nth(&f, 2)->subject, "DataType");
    assert_string_equal(nth(&f, 2)->evidence,
                        "the bill does not know this key: no resource had it when it was made");
    findings_fini(&f);
}

static void
checks_are_found_by_name(void **state)
{
    (void)state;
    for (const struct check *c = checks; c->name != NULL; c++) {
        assert_ptr_equal(check_find(c->name), c);
        assert_true(*c->help != '\0');
    }
    assert_null(check_find("tag"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_account_has_no_finding),
        cmocka_unit_test(each_part_of_the_schema_is_a_finding_of_its_own),
        cmocka_unit_test(the_note_tells_what_counting_would_have_found),
        cmocka_unit_test(what_did_not_come_is_never_clean),
        cmocka_unit_test(keys_of_the_bill_are_judged),
        cmocka_unit_test(checks_are_found_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
