/* test_tag_rule.c - the schema's verdicts: the document's own examples first, then every rule.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "domain/tag_rule.h"

#define TAGS_MAX 12

/* A resource with its tags as "Key=Value" texts, ended by NULL. */
struct example {
    const char *name, *type;
    const char *tags[TAGS_MAX + 1];
    const char *missing; /* of the five of every resource, in the schema's order */
};

#define US   "Project=UserMetrics"
#define ENV  "Environment=dev"
#define SST  "ManagedBy=SST"
#define CC   "CostCenter=Observability"
#define OWN  "Owner=engineering@example.com"
#define FIVE US, ENV, SST, CC, OWN

/* clang-format off */
static const struct example document[] = { /* "Resource-Specific Tagging Examples", as written */
    { "vpc", "ec2:vpc", { FIVE, "Component=Infrastructure", "Function=Networking" }, "" },
    { "nat", "ec2:natgateway",
      { US, ENV, "Component=Infrastructure", "Function=Networking", "Resource=NATGateway", CC },
      "ManagedBy, Owner" },
    { "sessions", "s3",
      { FIVE, "Component=OpenReplay", "Function=SessionReplay", "DataType=Sessions", "Resource=S3Bucket" }, "" },
    { "logs", "s3",
      { US, "Component=CloudWatch", "Function=Logging", "DataType=Logs", "Resource=S3Bucket" },
      "Environment, ManagedBy, CostCenter, Owner" },
    { "umami", "ecs:service",
      { US, ENV, "Component=Umami", "Function=Analytics", CC, "Resource=ECSService", "Tier=Standard" },
      "ManagedBy, Owner" },
    { "openreplay", "ecs:service",
      { US, "Component=OpenReplay", "Function=SessionReplay", "Resource=ECSService", CC },
      "Environment, ManagedBy, Owner" },
    { "web-vitals", "lambda:function",
      { US, ENV, SST, CC, "Component=CloudWatch", "Function=Metrics", "Resource=Lambda", "Endpoint=WebVitals" },
      "Owner" },
    { "errors", "lambda:function",
      { US, "Component=CloudWatch", "Function=Logging", "Resource=Lambda", "Endpoint=ErrorReporting" },
      "Environment, ManagedBy, CostCenter, Owner" },
    { "execution", "iam:role",
      { US, "Component=Infrastructure", "Function=Compute", "Resource=IAMRole", "Purpose=ECSTaskExecution" },
      "Environment, ManagedBy, CostCenter, Owner" },
    { "grafana", "iam:role",
      { US, "Component=Grafana", "Function=Visualization", "Resource=IAMRole" },
      "Environment, ManagedBy, CostCenter, Owner" },
    { "umami-alb", "elasticloadbalancing:loadbalancer",
      { US, "Component=Umami", "Function=Analytics", "Resource=ALB", CC }, "Environment, ManagedBy, Owner" },
    { "openreplay-alb", "elasticloadbalancing:loadbalancer",
      { US, "Component=OpenReplay", "Function=SessionReplay", "Resource=ALB" },
      "Environment, ManagedBy, CostCenter, Owner" },
    { "app", "lambda:function",
      { "Project=Application", "ObservabilityEnabled=true", "InstrumentedBy=UserMetrics" }, "" },
    { "aurora", "rds:cluster", { "Project=Application", "UmamiSchema=true", "ObservabilityEnabled=true" }, "" },
    { "app-role", "iam:role",
      { "Project=Application", "ObservabilityEnabled=true", "EnhancedPermissions=CloudWatchPutMetricData" }, "" },
};
/* clang-format on */
#define OF_USER_METRICS 12

struct made {
    struct tagged_resource resource;
    struct resource_tag tags[TAGS_MAX];
    char texts[TAGS_MAX][300];
    struct tag_verdict verdict;
};

static void
make(struct made *m, const char *type, const char *const *tags)
{
    size_t n = 0;

    for (; tags[n] != NULL; n++) {
        char *eq;

        strncpy(m->texts[n], tags[n], sizeof m->texts[n] - 1);
        m->texts[n][sizeof m->texts[n] - 1] = '\0';
        eq = strchr(m->texts[n], '=');
        *eq = '\0';
        m->tags[n] = (struct resource_tag){ m->texts[n], eq + 1 };
    }
    m->resource = (struct tagged_resource){
        .arn = "arn", .type = type, .name = "n", .tags = m->tags, .tag_count = n
    };
    tag_judge(&m->verdict, &m->resource);
}

#define MADE(m, type, ...) make(m, type, (const char *const[]){ __VA_ARGS__, NULL })

static const char *
told(struct buf *b, const struct made *m)
{
    buf_clear(b);
    tag_tell(b, &m->resource, &m->verdict);
    return b->data;
}

static void
assert_told(const struct made *m, const char *sentence)
{
    struct buf b;

    buf_init(&b, 4096);
    assert_string_equal(told(&b, m), sentence);
    buf_fini(&b);
}

static void
the_documents_examples_give_ten_findings(void **state)
{
    size_t faulty = 0, counted = 0;
    struct buf keys;

    (void)state;
    buf_init(&keys, 4096);
    for (size_t i = 0; i < sizeof document / sizeof document[0]; i++) {
        struct made m;

        make(&m, document[i].type, document[i].tags);
        buf_clear(&keys);
        tag_list_keys(&keys, &m.verdict, TAG_MISSING, TAG_REQUIRED);
        assert_string_equal(keys.data, document[i].missing);
        assert_int_equal(m.verdict.wrong, 0);
        assert_int_equal(m.verdict.group, i < OF_USER_METRICS ? TAG_OURS : TAG_APPLICATION);
        buf_clear(&keys);
        assert_int_equal(tag_list_keys(&keys, &m.verdict, TAG_MISSING, TAG_FUNCTIONAL), 0);
        assert_int_equal(tag_list_keys(&keys, &m.verdict, TAG_MISSING, TAG_CONDITIONAL), 0);
        faulty += tag_is_faulty(&m.verdict);
        if (i < OF_USER_METRICS)
            counted += m.resource.tag_count < TAG_COUNT_LEAST;
    }
    assert_int_equal(faulty, 10);
    assert_int_equal(counted, 2); /* what the document's own command would have found */
    buf_fini(&keys);
}

/* Every value of every rule, and one that is none of them. */
static void
each_rule_takes_its_values_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < TAG_RULES; i++) {
        const struct tag_rule *rule = &tag_rules[i];
        const char *type = rule->of == TAG_OF_FUNCTION     ? "lambda:function"
                           : rule->of == TAG_OF_DB_CLUSTER ? "rds:cluster"
                           : rule->of == TAG_OF_MANAGED    ? "grafana:workspaces"
                           : rule->of == TAG_OF_STORAGE    ? "s3"
                                                           : "sqs";
        const char *project = rule->set == TAG_OURS ? US : "Project=Application";
        char text[300];
        struct made m;

        for (const char *const *v = rule->values; v != NULL && *v != NULL; v++) {
            snprintf(text, sizeof text, "%s=%s", rule->key, *v);
            MADE(&m, type, text, project);
            assert_int_equal(m.verdict.states[i], TAG_GOOD);
        }
        if (strcmp(rule->key, "Project") != 0) {
            snprintf(text, sizeof text, "%s=Nonsense?", rule->key);
            MADE(&m, type, project, text);
            assert_int_equal(m.verdict.states[i], rule->accepts != NULL ? TAG_GOOD : TAG_WRONG);
            MADE(&m, type, project);
            assert_int_equal(m.verdict.states[i], TAG_MISSING);
            snprintf(text, sizeof text, "%s=", rule->key);
            MADE(&m, type, project, text);
            assert_int_equal(m.verdict.states[i], TAG_WRONG);
        }
    }
}

static void
conditional_keys_are_asked_of_their_kinds_alone(void **state)
{
    static const struct {
        const char *type;
        bool data_type, tier;
    } cases[] = {
        { "s3", true, false },
        { "s3:bucket", true, false },
        { "rds:cluster", true, true },
        { "rds:db", false, true },
        { "rds:cluster-pg", false, false },
        { "grafana:workspaces", false, true },
        { "es:domain", false, true },
        { "elasticache:cluster", false, true },
        { "ecs:service", false, false },
        { "lambda:function", false, false },
        { "elasticloadbalancing:loadbalancer", false, false },
        { "logs:log-group", false, false },
        { "s3-outposts", false, false },
        { "", false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf keys;
        struct made m;

        MADE(&m, cases[i].type, FIVE, "Component=Umami", "Function=Storage");
        buf_init(&keys, 100);
        tag_list_keys(&keys, &m.verdict, TAG_MISSING, TAG_CONDITIONAL);
        assert_string_equal(keys.data, cases[i].data_type && cases[i].tier ? "DataType, Tier"
                                       : cases[i].data_type                ? "DataType"
                                       : cases[i].tier                     ? "Tier"
                                                                           : "");
        buf_fini(&keys);
    }
}

static void
what_nobody_asks_is_held_to_its_values(void **state)
{
    struct made m;

    (void)state;
    MADE(&m, "ecs:service", FIVE, "Component=Umami", "Function=Analytics", "Tier=Gold");
    assert_told(&m, "Tier is \"Gold\", not Free, Essential, Standard or Premium");
    MADE(&m, "ecs:service", FIVE, "Component=Umami", "Function=Analytics", "Tier=Premium",
         "Name=web", "aws:cloudformation:stack-name=x", "sst:app=web", "Resource=ECSService");
    assert_false(tag_is_faulty(&m.verdict));
}

static void
the_application_is_asked_only_what_instruments_it(void **state)
{
    struct made m;

    (void)state;
    MADE(&m, "lambda:function", "Project=Application");
    assert_told(&m, "lacks ObservabilityEnabled, InstrumentedBy");
    MADE(&m, "rds:cluster", "Project=Application", "ObservabilityEnabled=yes");
    assert_told(&m, "lacks UmamiSchema; ObservabilityEnabled is \"yes\", not true");
    MADE(&m, "rds:db", "Project=Application");
    assert_false(tag_is_faulty(&m.verdict));
    MADE(&m, "s3", "Project=Application", "Environment=nowhere");
    assert_false(tag_is_faulty(&m.verdict));
    MADE(&m, "s3", "Project=application");
    assert_int_equal(m.verdict.group, TAG_APPLICATION);
    assert_told(&m, "Project is \"application\", meant \"Application\"?");
}

static void
whose_it_is_follows_from_project_then_component(void **state)
{
    static const struct {
        const char *tag;
        enum tag_group group;
    } cases[] = {
        { "Project=UserMetrics", TAG_OURS },
        { "Project=usermetrics", TAG_OURS },
        { "Project=User-Metrics ", TAG_OURS },
        { "Project=UserMetric", TAG_OURS },
        { "Project=WebMetrics", TAG_FOREIGN },
        { "Project=User", TAG_FOREIGN },
        { "Project=Application", TAG_APPLICATION },
        { "Project=App", TAG_FOREIGN },
        { "Project=", TAG_FOREIGN },
        { "Component=Umami", TAG_STRAY },
        { "Component=Application", TAG_STRAY },
        { "Component=umami", TAG_FOREIGN },
        { "project=UserMetrics", TAG_STRAY },
        { "project=Shop", TAG_FOREIGN },
        { "Name=web", TAG_FOREIGN },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made m;

        MADE(&m, "sqs", cases[i].tag);
        assert_int_equal(m.verdict.group, cases[i].group);
        if (m.verdict.group == TAG_FOREIGN)
            assert_false(tag_is_faulty(&m.verdict));
    }
}

static void
a_misspelt_key_is_named(void **state)
{
    struct made m;

    (void)state;
    MADE(&m, "sqs", "project=UserMetrics", ENV, "managed-by=SST", CC, "owner=x", "Component=Umami",
         "Function=Storage");
    assert_told(&m, "lacks Project (has \"project\"), ManagedBy (has \"managed-by\"), "
                    "Owner (has \"owner\")");
    MADE(&m, "sqs", US, "Env=dev", SST, CC, OWN, "Componnet=Umami", "Function=Storage");
    assert_told(&m, "lacks Environment (has \"Env\"), Component (has \"Componnet\")");
    MADE(&m, "sqs", US, ENV, SST, CC, OWN, "Component=Umami", "Resource=Queue", "Team=web");
    assert_told(&m, "lacks Function");
}

static void
a_wrong_value_says_what_was_meant(void **state)
{
    static const struct {
        const char *tag, *sentence;
    } cases[] = {
        { "Environment=prod ", "Environment is \"prod \", meant \"prod\"?" },
        { "Environment=Prod", "Environment is \"Prod\", meant \"prod\"?" },
        { "Environment=production", "Environment is \"production\", meant \"prod\"?" },
        { "Environment=stagging", "Environment is \"stagging\", meant \"staging\"?" },
        { "Environment=qa", "Environment is \"qa\", not dev, staging or prod" },
        { "Environment=", "Environment is \"\", not dev, staging or prod" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made m;

        MADE(&m, "sqs", US, cases[i].tag, SST, CC, OWN, "Component=Umami", "Function=Storage");
        assert_told(&m, cases[i].sentence);
    }
}

static void
an_owner_is_somebody(void **state)
{
    static const struct {
        const char *tag;
        bool is_right;
    } cases[] = {
        { "Owner=engineering@example.com", true },
        { "Owner=a.b+c@mail.example.co.uk", true },
        { "Owner=Platform Team", true },
        { "Owner=web-3", true },
        { "Owner=\xc3\xa9quipe web", true },
        { "Owner=@example.com", false },
        { "Owner=a@b", false },
        { "Owner=a@b@example.com", false },
        { "Owner=a b@example.com", false },
        { "Owner=a@.com", false },
        { "Owner=a@example.", false },
        { "Owner=a@example..com", false },
        { "Owner=", false },
        { "Owner= ", false },
        { "Owner=web ", false },
        { "Owner=42", false },
        { "Owner=-", false },
        { "Owner=N/A", false },
        { "Owner=unknown", false },
        { "Owner=TODO", false },
        { "Owner=a\x01z", false },
        { "Owner=\xff\xfe", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made m;

        MADE(&m, "sqs", US, ENV, SST, CC, cases[i].tag, "Component=Umami", "Function=Storage");
        if (tag_is_faulty(&m.verdict) == cases[i].is_right)
            fail_msg("%s", cases[i].tag);
    }
}

static void
the_keys_to_activate_are_the_documents(void **state)
{
    size_t n = 0;

    (void)state;
    while (tag_cost_keys[n] != NULL)
        n++;
    assert_int_equal(n, TAG_COST_KEYS);
    for (size_t i = 0; i < TAG_GROUPS; i++)
        assert_true(*tag_group_name((enum tag_group)i) != '\0');
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_documents_examples_give_ten_findings),
        cmocka_unit_test(each_rule_takes_its_values_and_no_other),
        cmocka_unit_test(conditional_keys_are_asked_of_their_kinds_alone),
        cmocka_unit_test(what_nobody_asks_is_held_to_its_values),
        cmocka_unit_test(the_application_is_asked_only_what_instruments_it),
        cmocka_unit_test(whose_it_is_follows_from_project_then_component),
        cmocka_unit_test(a_misspelt_key_is_named),
        cmocka_unit_test(a_wrong_value_says_what_was_meant),
        cmocka_unit_test(an_owner_is_somebody),
        cmocka_unit_test(the_keys_to_activate_are_the_documents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
