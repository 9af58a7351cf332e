/* test_stack.c - stack files: what is read, what is refused and where, and how busy an account is.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/day.h"
#include "base/iso8601.h"
#include "base/json.h"
#include "base/mem.h"
#include "domain/money.h"
#include "domain/stack.h"
#include "domain/stack_bill.h"
#include "domain/stack_load.h"
#include "domain/stack_type.h"
#include "emulator/stack_file.h"

#define START_MS INT64_C(1795435200000) /* 2026-11-23T12:00:00Z */
#define MINUTE   INT64_C(60000)

static const struct stack_world world = { .account = "000000000000",
                                          .region = "us-east-1",
                                          .environment = "dev",
                                          .start_ms = START_MS,
                                          .alarm_is_good = stack_file_alarm_is_good };
static struct stack_faults faults;

static void
assert_near(double got, double wanted, double slack)
{
    if (!(fabs(got - wanted) <= slack))
        fail_msg("%.12g, not %.12g", got, wanted);
}

static struct stack *
read_in(const struct stack_world *in, const char *text)
{
    struct stack *stack = NULL;

    if (stack_read(&stack, text, strlen(text), in, &faults) != OK)
        fail_msg("%s: %s", faults.items[0].pointer, faults.items[0].text);
    return stack;
}

static struct stack *
read_good(const char *text)
{
    return read_in(&world, text);
}

static struct stack *
builtin(void)
{
    return read_good(stack_builtin_text());
}

/* --- faults --- */

/* Around a fault there must be nothing else that is wrong. */
#define FILE_WITH(members) "{\"obsview-stack\":1," members "}"
#define RESOURCE(members)  FILE_WITH("\"resources\":[{\"name\":\"x\"," members "}]")
#define SERVICES                                 \
    "{\"name\":\"c\",\"type\":\"ecs:cluster\"}," \
    "{\"name\":\"s\",\"type\":\"ecs:service\",\"parent\":\"c\"}"
#define INCIDENT(members) \
    FILE_WITH("\"resources\":[" SERVICES "],\"incidents\":[{\"name\":\"i\"," members "}]")
#define EFFECT(members) INCIDENT("\"after\":0,\"minutes\":5,\"effects\":[{" members "}]")
#define BUDGET(members) FILE_WITH("\"budgets\":[{\"name\":\"b\"," members "}]")
#define ALARM(members)                                                                    \
    FILE_WITH("\"alarms\":[{\"AlarmName\":\"a\",\"EvaluationPeriods\":1,\"Threshold\":1," \
              "\"ComparisonOperator\":\"GreaterThanThreshold\"" members "}]")

/* clang-format off */
static const struct {
    const char *text, *pointer, *sentence;
} bad[] = {
    /* the file */
    { "", "", "expected a JSON value, got nothing" },
    { "{\"obsview-stack\":1", "", "breaks off" },
    { "[]", "", "expected an object, got an array" },
    { "{}", "", "has no \"obsview-stack\"" },
    { "{\"obsview-stack\":2}", "/obsview-stack", "expected 1, got 2" },
    { "{\"obsview-stack\":\"1\"}", "/obsview-stack", "expected a number" },
    { "{\"obsview-stack\":1,\"name\":\"\xff\"}", "", "not UTF-8 at byte 27" },
    { FILE_WITH("\"resorces\":[]"), "/resorces", "did you mean \"resources\"?" },
    { FILE_WITH("\"name\":\"a\",\"name\":\"b\""), "/name", "is there twice" },
    { FILE_WITH("\"a/b~c\":1"), "/a~1b~0c", "unknown member" },
    { FILE_WITH("\"\":1"), "/", "unknown member" },
    { FILE_WITH("\"about\":1"), "/about", "expected a text, got a number" },
    { FILE_WITH("\"extends\":\"other\""), "/extends", "expected \"document\"" },
    { FILE_WITH("\"seed\":-1"), "/seed", "expected a number from 0" },
    { FILE_WITH("\"since\":\"yesterday\""), "/since", "expected a time in ISO 8601" },
    { FILE_WITH("\"since\":7"), "/since", "got a number" },
    /* load */
    { FILE_WITH("\"load\":[]"), "/load", "expected an object" },
    { FILE_WITH("\"load\":{\"hours\":[1,2]}"), "/load/hours", "expected 24 numbers, got 2" },
    { FILE_WITH("\"load\":{\"weekdays\":[1,1,1,-1,1,1,1]}"), "/load/weekdays/3", "from 0 to" },
    { FILE_WITH("\"load\":{\"weekdays\":[0,0,0,0,0,0,0]}"), "/load/weekdays", "above 0" },
    { FILE_WITH("\"load\":{\"noise\":0.6}"), "/load/noise", "from 0 to 0.5, got 0.6" },
    { FILE_WITH("\"load\":{\"hour\":[]}"), "/load/hour", "did you mean \"hours\"?" },
    /* prices */
    { FILE_WITH("\"prices\":{\"Nonsense\":{}}"), "/prices/Nonsense", "is no price" },
    { FILE_WITH("\"prices\":{\"GetMetricDate\":{\"usd\":1}}"), "/prices/GetMetricDate", "did you mean GetMetricData?" },
    { FILE_WITH("\"prices\":{\"about\":1}"), "/prices/about", "expected a text" },
    { FILE_WITH("\"prices\":{\"GetMetricData\":{\"usd\":-1}}"), "/prices/GetMetricData/usd", "from 0" },
    { FILE_WITH("\"prices\":{\"GetMetricData\":{\"usd\":null}}"), "/prices/GetMetricData/usd", "null" },
    { FILE_WITH("\"prices\":{\"GetMetricData\":1}"), "/prices/GetMetricData", "an object" },
    /* resources */
    { FILE_WITH("\"resources\":{}"), "/resources", "expected an array, got an object" },
    { FILE_WITH("\"resources\":[7]"), "/resources/0", "expected an object, got a number" },
    { FILE_WITH("\"resources\":[{\"type\":\"ec2:vpc\"}]"), "/resources/0", "has no \"name\"" },
    { FILE_WITH("\"resources\":[{\"name\":\"\",\"type\":\"ec2:vpc\"}]"), "/resources/0/name", "is empty" },
    { FILE_WITH("\"resources\":[{\"name\":\"a b\",\"type\":\"ec2:vpc\"}]"), "/resources/0/name", "expected letters" },
    { FILE_WITH("\"resources\":[{\"name\":\"a\",\"type\":\"ec2:vpc\"},{\"name\":\"a\",\"type\":\"ec2:vpc\"}]"),
      "/resources/1/name", "is the name of element 0 already" },
    { RESOURCE("\"tags\":{}"), "/resources/0", "has no \"type\"" },
    { RESOURCE("\"type\":\"rds:clutser\""), "/resources/0/type", "did you mean \"rds:cluster\"?" },
    { RESOURCE("\"type\":\"kinesisanalytics:application\""), "/resources/0/type", "needs the member \"service\"" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"cpu\":1"), "/resources/0/cpu", "type ec2:vpc has no cpu" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"class\":\"a\""), "/resources/0/class", "has no class" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"parent\":\"x\""), "/resources/0/parent", "has no parent" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"users\":{\"a\":1}"), "/resources/0/users", "has no users" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"tags\":[]"), "/resources/0/tags", "expected an object" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"tags\":{\"a/b\":1}"), "/resources/0/tags/a~1b", "expected a text" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"tags\":{\"\":\"v\"}"), "/resources/0/tags/", "1 to 128" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"tags\":{\"a\":\"1\",\"b\":\"\",\"a\":\"2\"}"), "/resources/0/tags/a", "twice" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"listed\":1"), "/resources/0/listed", "true or false" },
    { RESOURCE("\"type\":\"ec2:vpc\",\"created\":\"2026-02-30\""), "/resources/0/created", "ISO 8601" },
    { RESOURCE("\"type\":\"lambda:function\",\"memoryGiB\":11"), "/resources/0/memoryGiB", "from 0.125 to 10, got 11" },
    { RESOURCE("\"type\":\"lambda:function\",\"arm\":1"), "/resources/0/arm", "true or false" },
    { RESOURCE("\"type\":\"sns:topic\",\"service\":\"SNS\",\"monthlyUsd\":\"much\""), "/resources/0/monthlyUsd",
      "expected dollars" },
    { RESOURCE("\"type\":\"sns:topic\",\"service\":\"SNS\",\"monthlyUsd\":-1"), "/resources/0/monthlyUsd", "got -1" },
    { RESOURCE("\"type\":\"ecs:service\""), "/resources/0", "has no \"parent\"" },
    { RESOURCE("\"type\":\"ecs:service\",\"parent\":\"y\""), "/resources/0/parent", "there is no resource \"y\"" },
    { RESOURCE("\"type\":\"ecs:service\",\"parent\":\"x\""), "/resources/0/parent", "expected one of type ecs:cluster" },
    { FILE_WITH("\"resources\":[{\"name\":\"c\",\"type\":\"rds:cluster\"},"
                "{\"name\":\"i\",\"type\":\"rds:db\",\"parent\":\"c\",\"class\":\"db.huge\"}]"),
      "/resources/1/class", "give vcpu and memoryGiB" },
    { FILE_WITH("\"resources\":[{\"name\":\"c\",\"type\":\"rds:cluster\"},{\"name\":\"i\",\"type\":\"rds:db\","
                "\"parent\":\"c\",\"class\":\"db.t3.large\",\"users\":{\"me\":-1}}]"),
      "/resources/1/users/me", "from 0" },
    /* budgets and cost tags */
    { BUDGET("\"alerts\":[]"), "/budgets/0", "has no \"limitUsd\"" },
    { BUDGET("\"limitUsd\":\"1,50\""), "/budgets/0/limitUsd", "expected dollars" },
    { BUDGET("\"limitUsd\":1e12"), "/budgets/0/limitUsd", "expected dollars" },
    { BUDGET("\"limitUsd\":1,\"filter\":{\"a\":2}"), "/budgets/0/filter/a", "expected a text" },
    { BUDGET("\"limitUsd\":1,\"alerts\":[{\"percent\":0}]"), "/budgets/0/alerts/0/percent", "from 0.1" },
    { BUDGET("\"limitUsd\":1,\"alerts\":[1,{\"forecast\":true}]"), "/budgets/0/alerts/0", "an object" },
    { FILE_WITH("\"costTags\":[]"), "/costTags", "expected an object" },
    { FILE_WITH("\"costTags\":{\"a\":\"yes\"}"), "/costTags/a", "true or false" },
    { FILE_WITH("\"costTags\":{\"a\":{}}"), "/costTags/a", "has no \"active\"" },
    { FILE_WITH("\"costTags\":{\"a\":{\"active\":true,\"after\":1,\"changed\":\"2026-01-01\"}}"), "/costTags/a", "not both" },
    /* incidents */
    { INCIDENT("\"minutes\":5,\"effects\":[{\"resource\":\"s\",\"cpu\":1}]"), "/incidents/0", "\"at\"" },
    { INCIDENT("\"after\":0,\"effects\":[{\"resource\":\"s\",\"cpu\":1}]"), "/incidents/0", "has no \"minutes\"" },
    { INCIDENT("\"after\":0,\"minutes\":5"), "/incidents/0", "has no \"effects\"" },
    { INCIDENT("\"after\":0,\"minutes\":5,\"effects\":[]"), "/incidents/0", "has no \"effects\"" },
    { INCIDENT("\"after\":0,\"minutes\":0,\"effects\":[{\"resource\":\"s\",\"cpu\":1}]"), "/incidents/0/minutes", "from 1" },
    { EFFECT("\"resource\":\"s\""), "/incidents/0/effects/0", "has no effect" },
    { EFFECT("\"cpu\":1"), "/incidents/0/effects/0", "expected \"resource\" or \"tag\"" },
    { EFFECT("\"resource\":\"q\",\"cpu\":1"), "/incidents/0/effects/0/resource", "there is no resource \"q\"" },
    { EFFECT("\"resource\":\"s\",\"cpu\":101"), "/incidents/0/effects/0/cpu", "from 0 to 100" },
    { EFFECT("\"resource\":\"c\",\"cpu\":50"), "/incidents/0/effects/0/cpu", "type ecs:cluster cannot have it" },
    { EFFECT("\"resource\":\"s\",\"restart\":true"), "/incidents/0/effects/0/restart", "cannot have it" },
    { EFFECT("\"tag\":{\"a\":\"b\"},\"cpu\":1"), "/incidents/0/effects/0/tag", "no resource with that tag" },
    { EFFECT("\"resource\":\"s\",\"cpus\":1,\"cpu\":1"), "/incidents/0/effects/0/cpus", "did you mean \"cpu\"?" },
    /* alarms, as PutMetricAlarm sees them */
    { FILE_WITH("\"alarms\":[{}]"), "/alarms/0", "has no \"AlarmName\"" },
    { ALARM(",\"Treshold\":1"), "/alarms/0", "Treshold" },
    { ALARM(",\"Namespace\":\"N\",\"MetricName\":\"M\",\"Statistic\":\"Sum\",\"Period\":61"), "/alarms/0", "Period" },
    { ALARM(",\"Namespace\":\"N\",\"MetricName\":\"M\",\"Statistic\":\"Sum\",\"Period\":60,"
            "\"Dimensions\":[{\"Name\":\"D\",\"Value\":\"${gone}\"}]"),
      "/alarms/0/Dimensions/0/Value", "there is no resource \"gone\"" },
};
/* clang-format on */

static void
every_fault_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct stack *stack = NULL;

        if (stack_read(&stack, bad[i].text, strlen(bad[i].text), &world, &faults) != E_INVALID)
            fail_msg("no fault in %s", bad[i].text);
        assert_null(stack);
        if (strcmp(faults.items[0].pointer, bad[i].pointer) != 0 ||
            strstr(faults.items[0].text, bad[i].sentence) == NULL)
            fail_msg("%s\n  %s: %s\n  wanted %s: %s", bad[i].text, faults.items[0].pointer,
                     faults.items[0].text, bad[i].pointer, bad[i].sentence);
    }
}

static void
all_faults_are_told(void **state)
{
    static const char text[] =
        FILE_WITH("\"seed\":-1,\"resources\":[{\"name\":\"a\",\"type\":\"ec2:vpc\",\"cpu\":1},7,"
                  "{\"name\":\"b\",\"type\":\"s3:bucket\",\"storageGiB\":-1}],\"budgets\":[{}]");
    static const char *const pointers[] = { "/seed", "/resources/1", "/resources/0/cpu",
                                            "/resources/2/storageGiB", "/budgets/0" };
    struct stack *stack = NULL;

    (void)state;
    assert_int_equal(stack_read(&stack, text, strlen(text), &world, &faults), E_INVALID);
    assert_int_equal(faults.count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(faults.items[i].pointer, pointers[i]);
}

static void
faults_beyond_the_room_are_counted(void **state)
{
    struct stack *stack = NULL;
    struct buf b;

    (void)state;
    buf_init(&b, 1 << 20);
    buf_adds(&b, "{\"obsview-stack\":1,\"resources\":[0");
    for (int i = 1; i < 250; i++)
        buf_adds(&b, ",0");
    buf_adds(&b, "]}");
    assert_int_equal(stack_read(&stack, b.data, b.len, &world, &faults), E_INVALID);
    assert_int_equal(faults.count, 250);
    assert_string_equal(faults.items[STACK_FAULTS_MAX - 1].pointer, "/resources/99");
    buf_fini(&b);
}

static void
foreign_text_in_a_fault_is_cleaned_and_cut(void **state)
{
    static const char text[] = FILE_WITH("\"\\u001b[2J\\u202e\\n\":1");
    struct stack *stack = NULL;
    struct buf b;

    (void)state;
    assert_int_equal(stack_read(&stack, text, strlen(text), &world, &faults), E_INVALID);
    assert_string_equal(faults.items[0].pointer, "/\xef\xbf\xbd[2J\xef\xbf\xbd ");
    buf_init(&b, 1 << 16);
    buf_adds(&b, "{\"obsview-stack\":1,\"k");
    for (int i = 0; i < 1000; i++)
        buf_adds(&b, "\xc3\xa4");
    buf_adds(&b, "\":1}");
    assert_int_equal(stack_read(&stack, b.data, b.len, &world, &faults), E_INVALID);
    assert_int_equal(strlen(faults.items[0].pointer), sizeof faults.items[0].pointer - 2);
    assert_int_equal((unsigned char)faults.items[0].pointer[157], 0xa4); /* no half character */
    buf_fini(&b);
}

static void
too_much_is_refused(void **state)
{
    size_t len = STACK_BYTES_MAX + 1;
    char *text = xmalloc(len);
    struct stack *stack = NULL;
    struct buf b;

    (void)state;
    memset(text, ' ', len);
    assert_int_equal(stack_read(&stack, text, len, &world, &faults), E_INVALID);
    assert_non_null(strstr(faults.items[0].text, "larger than 32 MiB"));
    free(text);
    buf_init(&b, 8 << 20);
    buf_adds(&b, "{\"obsview-stack\":1,\"resources\":[");
    for (int i = 0; i <= STACK_RESOURCES_MAX; i++)
        buf_addf(&b, "%s{\"name\":\"r%d\",\"type\":\"ec2:vpc\"}", i == 0 ? "" : ",", i);
    buf_adds(&b, "]}");
    assert_int_equal(stack_read(&stack, b.data, b.len, &world, &faults), E_INVALID);
    assert_string_equal(faults.items[0].pointer, "/resources");
    assert_string_equal(faults.items[0].text, "more than 20000");
    buf_clear(&b);
    buf_adds(&b,
             "{\"obsview-stack\":1,\"resources\":[{\"name\":\"v\",\"type\":\"ec2:vpc\",\"tags\":{");
    for (int i = 0; i <= STACK_TAGS_MAX; i++)
        buf_addf(&b, "%s\"k%d\":\"v\"", i == 0 ? "" : ",", i);
    buf_adds(&b, "}}]}");
    assert_int_equal(stack_read(&stack, b.data, b.len, &world, &faults), E_INVALID);
    assert_string_equal(faults.items[0].pointer, "/resources/0/tags");
    buf_fini(&b);
}

/* `number` children of one parent. */
static enum status
read_children(struct stack **out, const char *parent, const char *child, int number)
{
    enum status st;
    struct buf b;

    buf_init(&b, 1 << 20);
    buf_addf(&b, "{\"obsview-stack\":1,\"resources\":[{\"name\":\"p\",\"type\":\"%s\"}", parent);
    for (int i = 0; i < number; i++)
        buf_addf(&b, ",{\"name\":\"c%d\",\"type\":\"%s\",\"parent\":\"p\"%s}", i, child,
                 strcmp(child, "rds:db") == 0 ? ",\"class\":\"db.t4g.medium\"" : "");
    buf_adds(&b, "]}");
    st = stack_read(out, b.data, b.len, &world, &faults);
    buf_fini(&b);
    return st;
}

static void
a_parent_has_no_more_children_than_aws_allows(void **state)
{
    static const char lb[] = "elasticloadbalancing:loadbalancer";
    static const char tg[] = "elasticloadbalancing:targetgroup";
    struct stack *stack = NULL;

    (void)state;
    assert_int_equal(read_children(&stack, "rds:cluster", "rds:db", 16), OK);
    stack_free(stack);
    assert_int_equal(read_children(&stack, "rds:cluster", "rds:db", 40), E_INVALID);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].pointer, "/resources/17/parent");
    assert_string_equal(faults.items[0].text, "\"p\" has more than 16 instances");
    assert_int_equal(read_children(&stack, lb, tg, 100), OK);
    stack_free(stack);
    assert_int_equal(read_children(&stack, lb, tg, 101), E_INVALID);
    assert_string_equal(faults.items[0].text, "\"p\" has more than 100 target groups");
}

/* Incidents that find many resources by tag, again and again, end at a bound. */
static void
effects_by_tag_are_bounded(void **state)
{
    struct stack *stack = NULL;
    struct buf b;

    (void)state;
    buf_init(&b, 8 << 20);
    buf_adds(&b, "{\"obsview-stack\":1,\"resources\":[");
    for (int i = 0; i < 3000; i++)
        buf_addf(&b, "%s{\"name\":\"r%d\",\"type\":\"ec2:vpc\",\"tags\":{\"a\":\"b\"}}",
                 i == 0 ? "" : ",", i);
    buf_adds(&b, "],\"incidents\":[");
    for (int i = 0; i < 100; i++)
        buf_addf(&b,
                 "%s{\"name\":\"i%d\",\"after\":0,\"minutes\":1,\"effects\":[{\"tag\":{\"a\":\"b\"}"
                 ",\"scaleCost\":2}]}",
                 i == 0 ? "" : ",", i);
    buf_adds(&b, "]}");
    assert_int_equal(stack_read(&stack, b.data, b.len, &world, &faults), E_INVALID);
    assert_string_equal(faults.items[faults.count - 1].pointer, "/incidents");
    buf_fini(&b);
}

/* --- the built-in stack --- */

/* Copied from the document's examples by hand, "stage" being dev; keys in their order there. */
static const struct {
    const char *name;
    enum stack_type type;
    const char *tags;
} document[] = {
    { "observability-vpc", STACK_VPC,
      "Project=UserMetrics Environment=dev ManagedBy=SST CostCenter=Observability "
      "Owner=engineering@example.com Component=Infrastructure Function=Networking" },
    { "observability-nat", STACK_NAT_GATEWAY,
      "Project=UserMetrics Environment=dev Component=Infrastructure Function=Networking "
      "Resource=NATGateway CostCenter=Observability" },
    { "session-recordings", STACK_BUCKET,
      "Project=UserMetrics Environment=dev ManagedBy=SST CostCenter=Observability "
      "Owner=engineering@example.com Component=OpenReplay Function=SessionReplay "
      "DataType=Sessions Resource=S3Bucket" },
    { "cloudwatch-logs-export", STACK_BUCKET,
      "Project=UserMetrics Component=CloudWatch Function=Logging DataType=Logs "
      "Resource=S3Bucket" },
    { "umami", STACK_ECS_SERVICE,
      "Project=UserMetrics Environment=dev Component=Umami Function=Analytics "
      "CostCenter=Observability Resource=ECSService Tier=Standard" },
    { "openreplay", STACK_ECS_SERVICE,
      "Project=UserMetrics Component=OpenReplay Function=SessionReplay Resource=ECSService "
      "CostCenter=Observability" },
    { "obsview-dev-web-vitals", STACK_FUNCTION,
      "Project=UserMetrics Environment=dev ManagedBy=SST CostCenter=Observability "
      "Component=CloudWatch Function=Metrics Resource=Lambda Endpoint=WebVitals" },
    { "obsview-dev-error-reporter", STACK_FUNCTION,
      "Project=UserMetrics Component=CloudWatch Function=Logging Resource=Lambda "
      "Endpoint=ErrorReporting" },
    { "shop-checkout", STACK_FUNCTION,
      "Project=Application ObservabilityEnabled=true InstrumentedBy=UserMetrics" },
    { "shop-aurora", STACK_DB_CLUSTER,
      "Project=Application UmamiSchema=true ObservabilityEnabled=true" },
    { "ecs-task-execution", STACK_ROLE,
      "Project=UserMetrics Component=Infrastructure Function=Compute Resource=IAMRole "
      "Purpose=ECSTaskExecution" },
    { "grafana-workspace-role", STACK_ROLE,
      "Project=UserMetrics Component=Grafana Function=Visualization Resource=IAMRole" },
    { "shop-lambda-execution", STACK_ROLE,
      "Project=Application ObservabilityEnabled=true "
      "EnhancedPermissions=CloudWatchPutMetricData" },
    { "umami-alb", STACK_LOAD_BALANCER,
      "Project=UserMetrics Component=Umami Function=Analytics Resource=ALB "
      "CostCenter=Observability" },
    { "openreplay-alb", STACK_LOAD_BALANCER,
      "Project=UserMetrics Component=OpenReplay Function=SessionReplay Resource=ALB" },
};
#define DOCUMENT (sizeof document / sizeof document[0])

static void
assert_tags(const struct stack_resource *resource, const char *wanted)
{
    char copy[512], *save = NULL;
    size_t count = 0;

    snprintf(copy, sizeof copy, "%s", wanted);
    for (char *pair = strtok_r(copy, " ", &save); pair != NULL; pair = strtok_r(NULL, " ", &save)) {
        char *equals = strchr(pair, '=');
        const char *value;

        *equals = '\0';
        value = stack_resource_tag(resource, pair);
        if (value == NULL || strcmp(value, equals + 1) != 0)
            fail_msg("%s: %s is %s, not %s", resource->name, pair, value, equals + 1);
        count++;
    }
    assert_int_equal(resource->tag_count, count);
}

static void
the_document_lists_fifteen_as_written(void **state)
{
    struct stack *stack = builtin();
    size_t listed = 0;

    (void)state;
    for (size_t i = 0; i < stack->resource_count; i++)
        listed += stack->resources[i].is_listed;
    assert_int_equal(listed, 15);
    for (size_t i = 0; i < DOCUMENT; i++) {
        const struct stack_resource *resource = stack_find(stack, document[i].name);

        assert_non_null(resource);
        assert_true(resource->is_listed);
        assert_int_equal(resource->type, document[i].type);
        assert_tags(resource, document[i].tags);
    }
    stack_free(stack);
}

static void
the_document_has_its_database(void **state)
{
    struct stack *stack = builtin();
    const struct stack_resource *writer = stack_find(stack, "shop-aurora-1");
    double connections = 0;

    (void)state;
    assert_int_equal(writer->type, STACK_DB_INSTANCE);
    assert_ptr_equal(writer->parent, stack_find(stack, "shop-aurora"));
    assert_string_equal(writer->words[STACK_CLASS], "db.t4g.medium");
    assert_near(writer->sizes[STACK_VCPU], 2, 0);
    assert_near(writer->sizes[STACK_MEMORY_GIB], 4, 0);
    assert_near(writer->sizes[STACK_ARM], 1, 0);
    assert_near(writer->sizes[STACK_MAX_CONNECTIONS], 400, 0);
    assert_int_equal(writer->user_count, 4);
    for (size_t i = 0; i < writer->user_count; i++)
        connections += writer->users[i].connections;
    assert_near(connections, writer->sizes[STACK_CONNECTIONS], 1e-9);
    assert_near(connections, 58, 1e-9);
    stack_free(stack);
}

static void
the_document_has_its_budget_and_cost_tags(void **state)
{
    static const char *const active[] = { "Project",    "Component", "Function", "Environment",
                                          "CostCenter", "DataType",  "Resource" };
    struct stack *stack = builtin();
    const struct stack_budget *budget = &stack->budgets[0];
    size_t count = 0;

    (void)state;
    assert_int_equal(stack->budget_count, 1);
    assert_int_equal(budget->limit_microusd, 150 * MONEY_USD);
    assert_int_equal(budget->filter_count, 1);
    assert_string_equal(budget->filter[0].key, "Project");
    assert_string_equal(budget->filter[0].value, "UserMetrics");
    assert_int_equal(budget->threshold_count, 3);
    assert_near(budget->thresholds[0].percent, 80, 0);
    assert_false(budget->thresholds[1].is_forecast);
    assert_true(budget->thresholds[2].is_forecast);
    for (size_t i = 0; i < stack->cost_tag_count; i++) {
        if (!stack->cost_tags[i].is_active)
            continue;
        assert_true(count < 7);
        assert_string_equal(stack->cost_tags[i].key, active[count++]);
    }
    assert_int_equal(count, 7);
    assert_int_equal(stack->incident_count, 0);
    stack_free(stack);
}

/* The document's "Example Cost Breakdown", in dollars; the last one is the total. */
static const struct {
    const char *component;
    int64_t least, most;
} projected[] = {
    { "Infrastructure", 35, 45 }, { "OpenReplay", 25, 35 }, { "Umami", 15, 25 },
    { "CloudWatch", 10, 20 },     { "Grafana", 9, 9 },      { NULL, 94, 120 },
};

/* What a month costs with Project=UserMetrics, of one component or of all (NULL). */
static int64_t
cost_of_month(const struct stack *stack, int64_t month, const char *component)
{
    size_t count;
    const struct stack_bill_line *lines = stack_bill_lines(stack, &count);
    struct stack_charge *charges = xcalloc(count, sizeof *charges);
    int64_t sum = 0;

    for (int64_t day = month; day < day_month(month, 1); day++) {
        stack_bill_day(stack, day, (day + 2) * DAY_MS, charges);
        for (size_t i = 0; i < count; i++) {
            const char *project = stack_resource_tag(lines[i].resource, "Project");
            const char *of = stack_resource_tag(lines[i].resource, "Component");

            if (project != NULL && strcmp(project, "UserMetrics") == 0 &&
                (component == NULL || (of != NULL && strcmp(of, component) == 0)))
                sum += charges[i].microusd;
        }
    }
    free(charges);
    return sum;
}

/* The total stays below 120, where the budget's first alert is. */
static void
every_month_lands_in_the_projected_ranges(void **state)
{
    struct stack *stack = builtin();
    int64_t month;

    (void)state;
    assert_true(day_parse(&month, "2024-01-01"));
    for (int i = 0; i < 36; i++, month = day_month(month, 1)) {
        for (size_t p = 0; p < sizeof projected / sizeof projected[0]; p++) {
            int64_t cost = cost_of_month(stack, month, projected[p].component);
            char day[DAY_TEXT];

            day_format(month, day);
            if (cost < projected[p].least * MONEY_USD || cost > projected[p].most * MONEY_USD)
                fail_msg("%s: %s costs %.2f", day,
                         projected[p].component == NULL ? "all" : projected[p].component,
                         (double)cost / 1e6);
        }
    }
    stack_free(stack);
}

static void
alarms_have_the_ids_of_resources(void **state)
{
    struct stack *stack = builtin();
    const struct stack_resource *balancer = stack_find(stack, "umami-alb");
    const cJSON *alarm, *found = NULL;
    const cJSON *dimension;

    (void)state;
    assert_int_equal(cJSON_GetArraySize(stack->alarms), 8);
    cJSON_ArrayForEach(alarm, stack->alarms)
    {
        if (strcmp(json_get_string(alarm, "AlarmName", ""), "umami-unhealthy") == 0)
            found = alarm;
    }
    dimension = cJSON_GetArrayItem(json_get(found, "Dimensions"), 0);
    assert_string_equal(json_get_string(dimension, "Value", ""), balancer->id);
    stack_free(stack);
}

/* --- ids, and what follows from what --- */

static void
ids_look_as_those_of_the_services(void **state)
{
    static const struct {
        const char *name, *lead;
        size_t id_len;
        const char *arn_lead;
    } cases[] = {
        { "observability-vpc", "vpc-0", 21, "arn:aws:ec2:us-east-1:000000000000:vpc/vpc-0" },
        { "observability-nat", "nat-0", 21, "arn:aws:ec2:us-east-1:000000000000:natgateway/nat-0" },
        { "session-recordings", "session-recordings", 18, "arn:aws:s3:::session-recordings" },
        { "umami", "umami", 5, "arn:aws:ecs:us-east-1:000000000000:service/observability/umami" },
        { "shop-aurora", "cluster-", 34, "arn:aws:rds:us-east-1:000000000000:cluster:shop-aurora" },
        { "shop-aurora-1", "db-", 29, "arn:aws:rds:us-east-1:000000000000:db:shop-aurora-1" },
        { "umami-alb", "app/umami-alb/", 30,
          "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/umami-alb/" },
        { "umami-tg", "targetgroup/umami-tg/", 37,
          "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/umami-tg/" },
        { "shop-web", "E", 14, "arn:aws:cloudfront::000000000000:distribution/E" },
        { "grafana-workspace-role", "grafana-workspace-role", 22,
          "arn:aws:iam::000000000000:role/grafana-workspace-role" },
    };
    struct stack *stack = builtin();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct stack_resource *resource = stack_find(stack, cases[i].name);

        assert_memory_equal(resource->id, cases[i].lead, strlen(cases[i].lead));
        assert_int_equal(strlen(resource->id), cases[i].id_len);
        assert_memory_equal(resource->arn, cases[i].arn_lead, strlen(cases[i].arn_lead));
    }
    stack_free(stack);
}

static void
the_same_file_gives_the_same_account(void **state)
{
    struct stack_world other = world;
    struct stack *one = builtin(), *two, *more;

    (void)state;
    other.environment = "prod";
    other.start_ms += 12345;
    two = read_in(&other, stack_builtin_text());
    more = read_good("{\"obsview-stack\":1,\"extends\":\"document\",\"resources\":"
                     "[{\"name\":\"new\",\"type\":\"ec2:natgateway\"}]}");
    for (size_t i = 0; i < one->resource_count; i++) {
        assert_string_equal(one->resources[i].arn, two->resources[i].arn);
        assert_string_equal(one->resources[i].id, more->resources[i].id);
        for (size_t k = i + 1; k < one->resource_count; k++)
            assert_string_not_equal(one->resources[i].id, one->resources[k].id);
    }
    assert_string_equal(stack_resource_tag(stack_find(two, "umami"), "Environment"), "prod");
    assert_string_equal(stack_resource_tag(stack_find(one, "umami"), "Environment"), "dev");
    assert_near(stack_noise(one, 7, 9), stack_noise(two, 7, 9), 0);
    stack_free(one);
    stack_free(two);
    stack_free(more);
}

static void
a_file_extends_the_document(void **state)
{
    static const char text[] =
        "{\"obsview-stack\":1,\"extends\":\"document\",\"name\":\"mine\",\"load\":{\"noise\":0.01},"
        "\"resources\":[{\"name\":\"umami\",\"tasks\":3},{\"name\":\"new\",\"type\":\"s3:bucket\"}]"
        ","
        "\"budgets\":[{\"name\":\"UserMetrics\",\"limitUsd\":200.5}],"
        "\"costTags\":{\"Project\":{\"active\":true,\"after\":-60},\"Team\":false},"
        "\"prices\":{\"as-of\":\"2027-01\",\"GetMetricData\":{\"usd\":0.5}},"
        "\"alarms\":[{\"AlarmName\":\"aurora-cpu\",\"Namespace\":\"AWS/RDS\",\"MetricName\":"
        "\"CPUUtilization\",\"Statistic\":\"Average\",\"Period\":60,\"EvaluationPeriods\":1,"
        "\"Threshold\":99,\"ComparisonOperator\":\"GreaterThanThreshold\"}]}";
    struct stack *base = builtin(), *stack = read_good(text);
    const struct stack_resource *umami = stack_find(stack, "umami");

    (void)state;
    assert_string_equal(stack->name, "mine");
    assert_int_equal(stack->resource_count, base->resource_count + 1);
    assert_near(umami->sizes[STACK_TASKS], 3, 0);
    assert_near(umami->sizes[STACK_VCPU], 0.25, 0);
    assert_string_equal(stack_resource_tag(umami, "Tier"), "Standard");
    assert_int_equal(umami->number, stack_find(base, "umami")->number);
    assert_int_equal(stack->budget_count, 1);
    assert_int_equal(stack->budgets[0].limit_microusd, 200500000);
    assert_int_equal(stack->budgets[0].threshold_count, 3);
    assert_string_equal(stack->cost_tags[0].key, "Project");
    assert_int_equal(stack->cost_tags[0].changed_ms, START_MS - 60 * MINUTE);
    assert_int_equal(stack->cost_tag_count, base->cost_tag_count + 1);
    assert_string_equal(stack->prices.as_of, "2027-01");
    assert_near(stack->prices.rows[PRICE_METRIC_DATA].usd, 0.5, 0);
    assert_near(stack->curve.noise, 0.01, 0);
    assert_near(stack->curve.hours[17], base->curve.hours[17], 0);
    assert_int_equal(cJSON_GetArraySize(stack->alarms), 8);
    assert_near(json_get_number(cJSON_GetArrayItem(stack->alarms, 2), "Threshold", 0), 99, 0);
    stack_free(base);
    stack_free(stack);
}

static void
other_types_need_a_service(void **state)
{
    struct stack *stack = read_good(
        RESOURCE("\"type\":\"sns:topic\",\"service\":\"Amazon SNS\",\"monthlyUsd\":\"0.80\","
                 "\"tags\":{\"a\":\"$stage-$stage!\"}"));
    const struct stack_resource *topic = stack_find(stack, "x");

    (void)state;
    assert_int_equal(topic->type, STACK_OTHER);
    assert_string_equal(topic->type_name, "sns:topic");
    assert_string_equal(topic->arn, "arn:aws:sns:us-east-1:000000000000:topic/x");
    assert_near(topic->sizes[STACK_MONTHLY_USD], 0.8, 1e-12);
    assert_string_equal(topic->words[STACK_SERVICE], "Amazon SNS");
    assert_string_equal(stack_resource_tag(topic, "a"), "dev-dev!");
    assert_null(stack_resource_tag(topic, "b"));
    stack_free(stack);
}

static void
connections_follow_from_memory(void **state)
{
    (void)state;
    /* the values that AWS's default parameter group comes to */
    assert_near(stack_max_connections(4), 400, 0);
    assert_near(stack_max_connections(16), 1669, 0);
    assert_near(stack_max_connections(32), 3360, 20);
    assert_near(stack_max_connections(512), 5000, 0);
}

static void
the_table_of_types_is_whole(void **state)
{
    const char *const *names = stack_type_names();

    (void)state;
    for (enum stack_type t = 0; t < STACK_OTHER; t++) {
        assert_string_equal(names[t], stack_type_name(t));
        assert_int_equal(stack_type_find(names[t]), t);
        for (const struct stack_size_rule *r = stack_type_rule(t)->sizes; r->size != STACK_SIZES;
             r++)
            assert_true(r->least <= r->most && r->otherwise <= r->most);
    }
    assert_null(names[STACK_OTHER]);
    assert_int_equal(stack_type_find("rds:nothing"), STACK_OTHER);
}

/* --- load --- */

static void
the_load_is_one_on_average(void **state)
{
    struct stack *stack = builtin();
    int64_t monday = START_MS - (START_MS - 4 * DAY_MS) % (7 * DAY_MS);
    double sum = 0, day = 0;

    (void)state;
    assert_int_equal(day_weekday(day_of_ms(monday)), 0);
    for (int i = 0; i < 7 * 1440; i++)
        sum += stack_load(stack, monday + i * MINUTE);
    assert_near(sum / (7 * 1440), 1, 1e-9);
    for (int i = 0; i < 1440; i++)
        day += stack_load(stack, monday + i * MINUTE) / 1440;
    assert_near(day, stack->curve.weekdays[0], 1e-9);
    stack_free(stack);
}

static void
the_load_is_smooth_within_a_day(void **state)
{
    struct stack *stack = builtin();
    int64_t midnight = START_MS - START_MS % DAY_MS;

    (void)state;
    for (int i = 1; i < 1440; i++) {
        double step = stack_load(stack, midnight + i * MINUTE) -
                      stack_load(stack, midnight + (i - 1) * MINUTE);

        assert_true(fabs(step) < 0.01);
    }
    stack_free(stack);
}

static void
the_share_of_a_day_is_the_sum_of_its_load(void **state)
{
    struct stack *stack = builtin();
    int64_t midnight = START_MS - START_MS % DAY_MS;
    double sum = 0, all = 0;

    (void)state;
    for (int i = 0; i < 1440; i++)
        all += stack_load(stack, midnight + i * MINUTE + MINUTE / 2);
    for (int i = 0; i < 1440; i++) {
        assert_near(stack_load_share(stack, i * MINUTE), sum / all, 1e-9);
        sum += stack_load(stack, midnight + i * MINUTE + MINUTE / 2);
    }
    assert_near(stack_load_share(stack, 0), 0, 0);
    assert_near(stack_load_share(stack, -1), 0, 0);
    assert_near(stack_load_share(stack, DAY_MS), 1, 0);
    assert_true(stack_load_share(stack, DAY_MS - 1) < 1);
    stack_free(stack);
}

static void
noise_is_even_and_bounded(void **state)
{
    struct stack *stack = builtin();
    uint64_t key = stack_noise_key(&stack->resources[0], "usage");
    uint64_t other = stack_noise_key(&stack->resources[1], "usage");
    double sum = 0, square = 0, product = 0;
    int64_t day = day_of_ms(START_MS);

    (void)state;
    for (int i = 0; i < 10000; i++) {
        double noise = stack_noise(stack, key, i);

        assert_true(noise >= -1 && noise < 1);
        sum += noise;
        square += noise * noise;
        product += noise * stack_noise(stack, other, i);
    }
    assert_near(sum / 10000, 0, 0.03);
    assert_near(square / 10000, 1.0 / 3, 0.02);
    assert_near(product / 10000, 0, 0.02);
    for (int i = 0; i < 100; i++) {
        double factor = stack->curve.weekdays[day_weekday(day + i)];
        struct stack_day_load load = stack_day_load(stack, day + i);

        assert_true(fabs(stack_day_load_of(&load, key) / factor - 1) <= stack->curve.noise);
    }
    stack_free(stack);
}

static void
a_file_without_load_is_always_even(void **state)
{
    struct stack *stack = read_good("{\"obsview-stack\":1}");
    struct stack_day_load load = stack_day_load(stack, 20000);

    (void)state;
    assert_near(stack_load(stack, START_MS), 1, 0);
    assert_near(stack_day_load_of(&load, 1), 1, 0);
    assert_near(stack_load_share(stack, DAY_MS / 4), 0.25, 1e-12);
    assert_null(stack->alarms);
    stack_free(stack);
}

/* --- incidents --- */

static void
effects_begin_and_end_to_the_millisecond(void **state)
{
    static const char text[] =
        "{\"obsview-stack\":1,\"extends\":\"document\",\"incidents\":["
        "{\"name\":\"long\",\"after\":-30,\"minutes\":120,\"effects\":[{\"resource\":\"shop-aurora-"
        "1\","
        "\"cpu\":60,\"connections\":300}]},"
        "{\"name\":\"short\",\"after\":10,\"minutes\":10,\"effects\":[{\"resource\":\"shop-aurora-"
        "1\","
        "\"cpu\":90,\"restart\":true}]},"
        "{\"name\":\"then\",\"at\":\"2026-11-24T00:00:00Z\",\"minutes\":1,\"effects\":"
        "[{\"tag\":{\"Component\":\"OpenReplay\"},\"scaleCost\":1.6}]}]}";
    struct stack *stack = read_good(text);
    const struct stack_resource *writer = stack_find(stack, "shop-aurora-1");
    static const struct {
        int64_t after_ms;
        double cpu; /* -1: as always */
    } cases[] = {
        { -30 * MINUTE - 1, -1 }, { -30 * MINUTE, 60 },    { 10 * MINUTE - 1, 60 },
        { 10 * MINUTE, 90 },      { 20 * MINUTE - 1, 90 }, { 20 * MINUTE, 60 },
        { 90 * MINUTE - 1, 60 },  { 90 * MINUTE, -1 },
    };
    int64_t midnight;
    size_t dearer = 0;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct stack_effect *effect =
            stack_effect_at(stack, writer, STACK_SET_CPU, START_MS + cases[i].after_ms);

        assert_near(effect == NULL ? -1 : effect->value, cases[i].cpu, 0);
    }
    assert_near(
        stack_effect_at(stack, writer, STACK_SET_CONNECTIONS, START_MS + 15 * MINUTE)->value, 300,
        0);
    assert_null(stack_effect_at(stack, writer, STACK_RESTART, START_MS + 9 * MINUTE));
    assert_non_null(stack_effect_at(stack, writer, STACK_RESTART, START_MS + 10 * MINUTE));
    assert_null(stack_effect_at(stack, stack_find(stack, "umami"), STACK_SET_CPU, START_MS));
    assert_true(iso8601_parse(&midnight, "2026-11-24T00:00:00Z"));
    for (size_t i = 0; i < stack->resource_count; i++) {
        const struct stack_resource *resource = &stack->resources[i];
        const char *component = stack_resource_tag(resource, "Component");
        bool is_replay = component != NULL && strcmp(component, "OpenReplay") == 0;

        assert_int_equal(stack_effect_at(stack, resource, STACK_SCALE_COST, midnight) != NULL,
                         is_replay);
        dearer += is_replay;
    }
    assert_int_equal(dearer, 3); /* the service, the load balancer and the bucket */
    assert_string_equal(stack->incidents[0].name, "long");
    assert_string_equal(stack->incidents[2].name, "then");
    stack_free(stack);
}

/* --- large files --- */

static void
ten_thousand_resources_are_found_by_name(void **state)
{
    struct stack *stack;
    char name[32];
    struct buf b;

    (void)state;
    buf_init(&b, 8 << 20);
    buf_adds(&b, "{\"obsview-stack\":1,\"resources\":[{\"name\":\"c\",\"type\":\"ecs:cluster\"}");
    for (int i = 1; i < 10000; i++)
        buf_addf(&b,
                 ",{\"name\":\"svc-%d\",\"type\":\"ecs:service\",\"parent\":\"c\",\"tags\":"
                 "{\"Project\":\"P\",\"Number\":\"%d\"}}",
                 i, i);
    buf_adds(&b, "]}");
    stack = read_good(b.data);
    assert_int_equal(stack->resource_count, 10000);
    for (int i = 1; i < 10000; i++) {
        const struct stack_resource *resource;

        snprintf(name, sizeof name, "svc-%d", i);
        resource = stack_find(stack, name);
        assert_int_equal(resource->number, i);
        assert_string_equal(stack_resource_tag(resource, "Number"), name + 4);
    }
    assert_null(stack_find(stack, "svc-10000"));
    stack_free(stack);
    buf_fini(&b);
}

/* --- the manual page --- */

static void
the_page_names_every_type(void **state)
{
    const char *srcdir = getenv("srcdir");
    char *path = xasprintf("%s/man/obsview-stack.5", srcdir != NULL ? srcdir : ".");
    struct err err = { 0 };
    struct buf page;

    (void)state;
    buf_init(&page, 1 << 20);
    assert_int_equal(buf_read_file(&page, path, &err), OK);
    for (const char *const *name = stack_type_names(); *name != NULL; name++) {
        char *item = xasprintf("Cm %s", *name);

        if (strstr(page.data, item) == NULL)
            fail_msg("%s is not in %s", *name, path);
        free(item);
    }
    free(path);
    buf_fini(&page);
}

/* The examples are read by whoever begins. */
static void
the_examples_are_good(void **state)
{
    static const char *const files[] = { "document", "incident", "small" };
    const char *srcdir = getenv("srcdir");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *path =
            xasprintf("%s/fixtures/stacks/%s.json", srcdir != NULL ? srcdir : ".", files[i]);
        struct stack *stack;
        struct err err = { 0 };
        struct buf text;

        buf_init(&text, STACK_BYTES_MAX);
        assert_int_equal(buf_read_file(&text, path, &err), OK);
        stack = read_good(text.data);
        assert_string_equal(stack->name, files[i]);
        stack_free(stack);
        buf_fini(&text);
        free(path);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_has_its_place),
        cmocka_unit_test(all_faults_are_told),
        cmocka_unit_test(faults_beyond_the_room_are_counted),
        cmocka_unit_test(foreign_text_in_a_fault_is_cleaned_and_cut),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(a_parent_has_no_more_children_than_aws_allows),
        cmocka_unit_test(effects_by_tag_are_bounded),
        cmocka_unit_test(the_document_lists_fifteen_as_written),
        cmocka_unit_test(the_document_has_its_database),
        cmocka_unit_test(the_document_has_its_budget_and_cost_tags),
        cmocka_unit_test(every_month_lands_in_the_projected_ranges),
        cmocka_unit_test(alarms_have_the_ids_of_resources),
        cmocka_unit_test(ids_look_as_those_of_the_services),
        cmocka_unit_test(the_same_file_gives_the_same_account),
        cmocka_unit_test(a_file_extends_the_document),
        cmocka_unit_test(other_types_need_a_service),
        cmocka_unit_test(connections_follow_from_memory),
        cmocka_unit_test(the_table_of_types_is_whole),
        cmocka_unit_test(the_load_is_one_on_average),
        cmocka_unit_test(the_load_is_smooth_within_a_day),
        cmocka_unit_test(the_share_of_a_day_is_the_sum_of_its_load),
        cmocka_unit_test(noise_is_even_and_bounded),
        cmocka_unit_test(a_file_without_load_is_always_even),
        cmocka_unit_test(effects_begin_and_end_to_the_millisecond),
        cmocka_unit_test(ten_thousand_resources_are_found_by_name),
        cmocka_unit_test(the_page_names_every_type),
        cmocka_unit_test(the_examples_are_good),
    };

    return cmocka_run_group_tests_name("stack", tests, NULL, NULL);
}
