/* test_view_tags.c - what the Tags view makes of resources and of the bill's keys.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "tui/views/models.h"

#define FIVE                                                         \
    "\"Project=UserMetrics\",\"Environment=dev\",\"ManagedBy=SST\"," \
    "\"CostCenter=Observability\",\"Owner=web\""

#define WELL  "arn:aws:s3:::well"
#define NAT   "arn:aws:ec2:us-east-1:1:natgateway/nat-1"
#define QUEUE "arn:aws:sqs:us-east-1:1:shop"
#define ROLE  "arn:aws:iam::1:role/grafana"
#define APP   "arn:aws:lambda:us-east-1:1:function:app"
#define LOST  "arn:aws:sqs:us-east-1:1:lost"

static const char resources[] =
    "[[\"" NAT "\",\"Project=UserMetrics\",\"Environment=Prod\",\"Component=Infrastructure\","
    "\"Function=Networking\",\"Resource=NATGateway\",\"CostCenter=Observability\",\"owner=web\"],"
    "[\"" ROLE "\",\"Project=UserMetrics\",\"Component=Grafana\",\"Function=Visualization\","
    "\"Resource=IAMRole\"],"
    "[\"" APP "\",\"Project=Application\",\"ObservabilityEnabled=true\","
    "\"InstrumentedBy=UserMetrics\"],"
    "[\"" WELL "\"," FIVE ",\"Component=OpenReplay\",\"Function=SessionReplay\","
    "\"DataType=Sessions\"],"
    "[\"" LOST "\",\"Component=Umami\"],"
    "[\"" QUEUE "\",\"Project=Shop\"]]";

static void
show(struct stage *s)
{
    stage_open(s);
    stage_tagged(s, "tags", resources);
    stage_cost_tags(s, "costs.tags",
                    "[[\"Project\",true,864000000],[\"Component\",true,39600001],"
                    "[\"Function\",false,0]]");
    stage_show(s, tags_ask, tags_build);
}

static const char *
text_of(const struct stage *s, const char *panel, const char *row, const char *column)
{
    return stage_cell(s, panel, row, column)->text;
}

static void
the_worst_comes_first_and_foreigners_last(void **state)
{
    static const char *const order[] = { LOST, ROLE, NAT, APP, WELL, QUEUE };
    struct stage s;

    (void)state;
    show(&s);
    for (size_t i = 0; i < 6; i++) {
        const struct row *row = &stage_panel(&s, "resources")->grid->rows[i];

        assert_string_equal(row->key, order[i]);
        assert_string_equal(row->open_key, row->key);
    }
    assert_string_equal(stage_panel(&s, "resources")->note, "3 of 5 faulty; counting tags finds 1");
    assert_int_equal(s.model.attention, 3);
    assert_int_equal(s.model.attention_level, LEVEL_WARN);
    assert_string_equal(text_of(&s, "resources", ROLE, "lacks"),
                        "Environment, ManagedBy, CostCenter, Owner");
    assert_string_equal(text_of(&s, "resources", NAT, "lacks"), "ManagedBy, Owner");
    assert_string_equal(text_of(&s, "resources", NAT, "wrong"), "Environment");
    assert_string_equal(text_of(&s, "resources", LOST, "lacks"),
                        "Project, Environment, ManagedBy, CostCenter, Owner, Function");
    assert_string_equal(text_of(&s, "resources", NAT, "type"), "ec2:natgateway");
    assert_int_equal(stage_cell(&s, "resources", WELL, "resource")->level, LEVEL_OK);
    assert_int_equal(stage_cell(&s, "resources", QUEUE, "resource")->level, LEVEL_NONE);
    stage_close(&s);
}

static void
a_chosen_resource_shows_its_tags_rule_by_rule(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.q.key = NAT;
    stage_tagged(&s, "tags", resources);
    stage_show(&s, tags_ask, tags_build);
    assert_string_equal(stage_panel(&s, "resource")->title, "nat-1");
    assert_string_equal(stage_panel(&s, "resource")->note, "7 tags");
    assert_string_equal(text_of(&s, "resource", "Project", "verdict"), "right");
    assert_string_equal(text_of(&s, "resource", "Environment", "verdict"), "wrong");
    assert_string_equal(text_of(&s, "resource", "Environment", "value"), "Prod");
    assert_string_equal(text_of(&s, "resource", "Environment", "expected"),
                        "dev, staging or prod; \"prod\"?");
    assert_string_equal(text_of(&s, "resource", "Owner", "verdict"), "missing");
    assert_string_equal(text_of(&s, "resource", "Owner", "expected"),
                        "an e-mail address or the name of a team; has \"owner\"");
    assert_string_equal(text_of(&s, "resource", "owner", "expected"), "meant Owner?");
    assert_string_equal(text_of(&s, "resource", "Resource", "verdict"), "no rule");
    stage_close(&s);
}

static void
compliance_is_told_by_type_and_by_rule(void **state)
{
    struct stage s;

    (void)state;
    show(&s);
    assert_string_equal(text_of(&s, "types", "s3", "DataType"), "1/1");
    assert_string_equal(text_of(&s, "types", "iam:role", "Owner"), "0/1");
    assert_int_equal(stage_cell(&s, "types", "iam:role", "DataType")->kind, CELL_EMPTY);
    assert_string_equal(text_of(&s, "types", "lambda:function", "InstrumentedBy"), "1/1");
    assert_true(stage_cell(&s, "types", "sqs", "all")->number == 1); /* the shop's is not ours */
    assert_int_equal(stage_panel(&s, "rules")->grid->row_count, TAG_RULES);
    assert_string_equal(text_of(&s, "rules", "all.Project", "right"), "3/4");
    assert_true(stage_cell(&s, "rules", "all.Environment", "missing")->number == 2);
    assert_true(stage_cell(&s, "rules", "all.Environment", "wrong")->number == 1);
    assert_int_equal(stage_cell(&s, "rules", "managed services.Tier", "right")->kind, CELL_EMPTY);
    stage_close(&s);
}

static void
keys_of_the_bill_count_down_their_day(void **state)
{
    struct stage s;

    (void)state;
    show(&s);
    assert_string_equal(text_of(&s, "activation", "Project", "in the bill"), "active");
    assert_string_equal(text_of(&s, "activation", "Component", "in the bill"), "in 13 h");
    assert_string_equal(text_of(&s, "activation", "Function", "in the bill"), "inactive");
    assert_string_equal(text_of(&s, "activation", "DataType", "in the bill"), "never seen");
    stage_close(&s);
}

static void
an_account_is_asked_at_home_of_global_services_too(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    stage_tagged(&s, "tags", "[[\"" NAT "\"],[\"" WELL "\"," FIVE "]]");
    stage_tagged(&s, "tags.global",
                 "[[\"arn:aws:cloudfront::1:distribution/E\"," FIVE "],"
                 "[\"" NAT "\"]]");
    stage_show(&s, tags_ask, tags_build);
    assert_string_equal(stage_ask(&s, "tags.global")->region, "us-east-1");
    assert_null(stage_ask(&s, "tags")->region);
    assert_int_equal(stage_panel(&s, "resources")->grid->row_count, 3); /* each once */
    stage_close(&s);
}

static void
what_costs_is_asked_only_when_it_is_looked_at(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.q.is_behind = true;
    stage_tagged(&s, "tags", resources);
    stage_show(&s, tags_ask, tags_build);
    assert_null(stage_ask(&s, "costs.tags"));
    assert_int_equal(s.model.attention, 3);
    stage_close(&s);
}

static void
each_refusal_stands_in_its_own_panel(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_failure(&s, "tags", ASK_TAGS, "no tags for you");
    stage_failure(&s, "costs.tags", ASK_COST_TAGS, "no bill for you");
    stage_show(&s, tags_ask, tags_build);
    assert_string_equal(stage_panel(&s, "resources")->failure, "no tags for you");
    assert_string_equal(stage_panel(&s, "activation")->failure, "no bill for you");
    assert_null(stage_panel(&s, "resources")->note);
    assert_int_equal(stage_panel(&s, "activation")->grid->row_count, 0);
    assert_int_equal(s.model.attention, 0);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_comes_first_and_foreigners_last),
        cmocka_unit_test(a_chosen_resource_shows_its_tags_rule_by_rule),
        cmocka_unit_test(compliance_is_told_by_type_and_by_rule),
        cmocka_unit_test(keys_of_the_bill_count_down_their_day),
        cmocka_unit_test(an_account_is_asked_at_home_of_global_services_too),
        cmocka_unit_test(what_costs_is_asked_only_when_it_is_looked_at),
        cmocka_unit_test(each_refusal_stands_in_its_own_panel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
