/* test_arn.c - types and names of resources, out of their ARNs.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "domain/arn.h"

static void
types_and_names_come_apart(void **state)
{
    /* clang-format off */
    static const struct {
        const char *arn, *type, *name;
    } cases[] = {
        { "arn:aws:rds:us-east-1:000000000000:cluster:main", "rds:cluster", "main" },
        { "arn:aws:ecs:us-east-1:000000000000:service/umami/web", "ecs:service", "umami/web" },
        { "arn:aws:s3:::web-prod-uploads", "s3", "web-prod-uploads" },
        { "arn:aws:lambda:eu-west-1:000000000000:function:web-vitals", "lambda:function", "web-vitals" },
        { "arn:aws:iam::000000000000:role/service/grafana", "iam:role", "service/grafana" },
        { "arn:aws:ec2:us-east-1:000000000000:natgateway/nat-0a1b", "ec2:natgateway", "nat-0a1b" },
        { "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/umami/50dc",
          "elasticloadbalancing:loadbalancer", "app/umami/50dc" },
        { "arn:aws:grafana:us-east-1:000000000000:/workspaces/g-1", "grafana:workspaces", "g-1" },
        { "arn:aws:apigateway:us-east-1::/apis/a1", "apigateway:apis", "a1" },
        { "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/web", "logs:log-group", "/aws/lambda/web" },
        { "arn:aws-cn:sns:cn-north-1:000000000000:oncall", "sns", "oncall" },
        { "arn:aws:cloudfront::000000000000:distribution/E1", "cloudfront:distribution", "E1" },
    };
    /* clang-format on */
    char type[ARN_TYPE_TEXT];
    const char *name;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(arn_read(type, &name, cases[i].arn));
        assert_string_equal(type, cases[i].type);
        assert_string_equal(name, cases[i].name);
    }
}

static void
resources_stand_behind_the_account(void **state)
{
    (void)state;
    assert_string_equal(arn_resource("arn:aws:rds:us-east-1:000000000000:cluster:main"),
                        "cluster:main");
    assert_string_equal(arn_resource("arn:aws:s3:::uploads"), "uploads");
    assert_string_equal(arn_resource("arn:aws:s3"), "arn:aws:s3");
    assert_string_equal(arn_resource("targetgroup/web/1"), "targetgroup/web/1");
}

static void
what_is_no_arn_is_a_name(void **state)
{
    static const char *const texts[] = { "",
                                         "main",
                                         "arn:",
                                         "arn:aws:rds",
                                         "arn::",
                                         "arn:aws::r:a:x",
                                         "urn:aws:rds:r:a:cluster:main",
                                         "arn:a:b:c:d" };
    char type[ARN_TYPE_TEXT] = "x";
    const char *name;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_false(arn_read(type, &name, texts[i]));
        assert_string_equal(type, "");
        assert_ptr_equal(name, texts[i]);
    }
}

static void
a_long_one_is_cut(void **state)
{
    char arn[400] = "arn:aws:", type[ARN_TYPE_TEXT];
    const char *name;

    (void)state;
    memset(arn + 8, 's', 200);
    strncat(arn, ":r:a:type/name", sizeof arn - strlen(arn) - 1);
    assert_true(arn_read(type, &name, arn));
    assert_int_equal(strlen(type), ARN_TYPE_TEXT - 1);
    assert_string_equal(name, "name");
}

static void
edges_are_names_without_a_type(void **state)
{
    char type[ARN_TYPE_TEXT];
    const char *name;

    (void)state;
    assert_true(arn_read(type, &name, "arn:aws:x:r:a:"));
    assert_string_equal(type, "x");
    assert_string_equal(name, "");
    assert_true(arn_read(type, &name, "arn:aws:x:r:a::y"));
    assert_string_equal(type, "x");
    assert_string_equal(name, ":y");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_and_names_come_apart),
        cmocka_unit_test(resources_stand_behind_the_account),
        cmocka_unit_test(what_is_no_arn_is_a_name),
        cmocka_unit_test(a_long_one_is_cut),
        cmocka_unit_test(edges_are_names_without_a_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
