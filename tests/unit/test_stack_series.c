/* test_stack_series.c - what the services of a stack measure, and how incidents show in it.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "domain/stack_series.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "domain/statistic.h"

#define NOW    INT64_C(1795867200000) /* 2026-11-28T12:00:00Z */
#define MINUTE INT64_C(60000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

#define CPU_FROM  (NOW - 2 * HOUR)
#define CPU_TO    (CPU_FROM + 10 * MINUTE)
#define TASK_FROM (NOW - 4 * HOUR)
#define TASK_TO   (TASK_FROM + 30 * MINUTE)
#define FAIL_FROM (NOW - 6 * HOUR)
#define BUSY_FROM (NOW - 8 * HOUR)
#define BOOT_FROM (NOW - 10 * HOUR)

/* The document's account, made to go wrong in every way, with a reader and a database of another
 * class. */
static const char troubled[] =
    "{\"obsview-stack\":1,\"extends\":\"document\",\"name\":\"troubled\",\"resources\":["
    "{\"name\":\"reader\",\"type\":\"rds:db\",\"parent\":\"shop-aurora\",\"class\":\"db.r6g."
    "large\","
    "\"cpu\":12,\"connections\":9},"
    "{\"name\":\"quiet\",\"type\":\"elasticloadbalancing:loadbalancer\",\"requestsPerDay\":0}],"
    "\"incidents\":["
    "{\"name\":\"cpu\",\"at\":\"2026-11-28T10:00:00Z\",\"minutes\":10,\"effects\":["
    "{\"resource\":\"shop-aurora-1\",\"cpu\":90,\"connections\":333}]},"
    "{\"name\":\"task\",\"at\":\"2026-11-28T08:00:00Z\",\"minutes\":30,\"effects\":["
    "{\"resource\":\"umami\",\"stopTasks\":1}]},"
    "{\"name\":\"fail\",\"at\":\"2026-11-28T06:00:00Z\",\"minutes\":30,\"effects\":["
    "{\"resource\":\"openreplay-alb\",\"failRequests\":50},"
    "{\"resource\":\"shop-web\",\"failRequests\":25}]},"
    "{\"name\":\"busy\",\"at\":\"2026-11-28T04:00:00Z\",\"minutes\":30,\"effects\":["
    "{\"resource\":\"openreplay-alb\",\"scaleRequests\":20}]},"
    "{\"name\":\"more\",\"at\":\"2026-11-27T00:00:00Z\",\"minutes\":1440,\"effects\":["
    "{\"resource\":\"session-recordings\",\"scaleCost\":2}]},"
    "{\"name\":\"boot\",\"at\":\"2026-11-28T02:00:00Z\",\"minutes\":5,\"effects\":["
    "{\"resource\":\"shop-aurora-1\",\"restart\":true}]}]}";

static struct stack *
read_stack(const char *text)
{
    const struct stack_world world = {
        .account = "000000000000", .region = "us-east-1", .environment = "dev", .start_ms = NOW
    };
    struct stack_faults *faults = xcalloc(1, sizeof *faults);
    struct stack *stack = NULL;

    if (stack_read(&stack, text, strlen(text), &world, faults) != OK)
        fail_msg("%s: %s", faults->items[0].pointer, faults->items[0].text);
    free(faults);
    return stack;
}

static int
setup(void **state)
{
    *state = read_stack(troubled);
    return 0;
}

static int
teardown(void **state)
{
    stack_free(*state);
    return 0;
}

/* --- finding ---------------------------------------------------------------------------------- */

/* By dimensions as "Name=value,Name=value", sorted by name. */
static const struct stack_series *
find(const struct stack *stack, const char *namespace_name, const char *metric, const char *dims)
{
    char text[400];
    struct dimension list[4];
    struct series_key key = { namespace_name, metric, { list, 0 } };
    const struct stack_series *series;

    snprintf(text, sizeof text, "%s", dims);
    for (char *part = text; part != NULL && *part != '\0';) {
        char *next = strchr(part, ','), *value = strchr(part, '=');

        if (next != NULL)
            *next++ = '\0';
        assert_non_null(value);
        *value++ = '\0';
        list[key.dims.count++] = (struct dimension){ part, value };
        part = next;
    }
    series = stack_series_find(stack, &key);
    if (series == NULL)
        fail_msg("no %s %s of %s", namespace_name, metric, dims);
    return series;
}

static const struct stack_series *
of_instance(const struct stack *stack, const char *metric)
{
    return find(stack, "AWS/RDS", metric, "DBInstanceIdentifier=shop-aurora-1");
}

static const char *
dims_of(const struct stack *stack, const char *balancer, const char *group)
{
    static char text[400];
    const struct stack_resource *lb = stack_find(stack, balancer);

    if (group == NULL)
        snprintf(text, sizeof text, "LoadBalancer=%s", lb->id);
    else
        snprintf(text, sizeof text, "LoadBalancer=%s,TargetGroup=%s", lb->id,
                 stack_find(stack, group)->id);
    return text;
}

static const struct stack_series *
of_balancer(const struct stack *stack, const char *balancer, const char *group, const char *metric)
{
    return find(stack, "AWS/ApplicationELB", metric, dims_of(stack, balancer, group));
}

static bool
value_at(const struct stack *stack, const struct stack_series *series, int64_t at,
         struct statistic_set *set)
{
    *set = (struct statistic_set){ 0 };
    return stack_series_value(stack, series, at, set, NULL);
}

static double
average(const struct stack *stack, const struct stack_series *series, int64_t at)
{
    struct statistic_set set;

    if (!value_at(stack, series, at, &set))
        fail_msg("%s has no value", series->key.metric);
    return set.sum / set.count;
}

/* Of the minutes in [from, to); 0 without data. */
static double
sum(const struct stack *stack, const struct stack_series *series, int64_t from, int64_t to)
{
    double all = 0;

    for (int64_t at = from; at < to; at += MINUTE) {
        struct statistic_set set;

        if (value_at(stack, series, at, &set))
            all += set.sum;
    }
    return all;
}

/* --- which there are -------------------------------------------------------------------------- */

static void
series_are_sorted_and_found(void **state)
{
    const struct stack *stack = *state;
    const struct series_key unknown = { "AWS/RDS", "Nothing", { NULL, 0 } };
    size_t count;
    const struct stack_series *all = stack_series_all(stack, &count);

    assert_true(count > 100);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            assert_true(series_key_compare(&all[i - 1].key, &all[i].key) < 0);
        assert_ptr_equal(stack_series_find(stack, &all[i].key), &all[i]);
    }
    assert_null(stack_series_find(stack, &unknown));
}

static void
check_values(const struct stack *stack)
{
    size_t count;
    const struct stack_series *all = stack_series_all(stack, &count);

    for (size_t i = 0; i < count; i++) {
        const int64_t step = all[i].period_s * 1000LL;
        bool has = all[i].resource != NULL && strcmp(all[i].resource->name, "quiet") == 0;
        struct statistic_set set;

        for (int64_t at = NOW - NOW % step; !has && at > NOW - 14 * DAY; at -= step)
            has = value_at(stack, &all[i], at, &set);
        if (!has)
            fail_msg("%s %s has no value in two weeks", all[i].key.namespace_name,
                     all[i].key.metric);
    }
}

static void
each_has_a_value_somewhere(void **state)
{
    struct stack *plain = read_stack(stack_builtin_text());

    check_values(*state);
    check_values(plain);
    stack_free(plain);
}

static void
the_document_has_no_replica(void **state)
{
    struct stack *plain = read_stack(stack_builtin_text());
    size_t count;
    const struct stack_series *all = stack_series_all(plain, &count);

    (void)state;
    for (size_t i = 0; i < count; i++)
        assert_null(strstr(all[i].key.metric, "ReplicaLag"));
    stack_free(plain);
}

static void
roles_follow_the_order_of_the_file(void **state)
{
    const struct stack *stack = *state;
    const struct stack_series *writer =
        find(stack, "AWS/RDS", "CPUUtilization", "DBClusterIdentifier=shop-aurora,Role=WRITER");
    const struct stack_series *both =
        find(stack, "AWS/RDS", "CPUUtilization", "DBClusterIdentifier=shop-aurora");
    struct statistic_set set;

    assert_true(average(stack, writer, NOW - HOUR) ==
                average(stack, of_instance(stack, "CPUUtilization"), NOW - HOUR));
    assert_true(value_at(stack, both, NOW - HOUR, &set));
    assert_true(set.count == 2);
    find(stack, "AWS/RDS", "AuroraReplicaLag", "DBInstanceIdentifier=reader");
    of_instance(stack, "AuroraReplicaLagMaximum");
    of_instance(stack, "CPUCreditBalance");
}

/* --- values ----------------------------------------------------------------------------------- */

static void
values_follow_from_seed_and_time(void **state)
{
    const struct stack *stack = *state;
    struct stack *again = read_stack(troubled);
    size_t count, other;
    const struct stack_series *a = stack_series_all(stack, &count);
    const struct stack_series *b = stack_series_all(again, &other);

    assert_int_equal(count, other);
    for (size_t i = 0; i < count; i++) {
        const int64_t step = a[i].period_s * 1000LL;

        for (int64_t back = 0; back <= 15; back++) {
            const int64_t at = NOW - back * DAY - (NOW - back * DAY) % step;
            struct statistic_set x = { 0 }, y = { 0 };

            assert_true(value_at(stack, &a[i], at, &x) == value_at(again, &b[i], at, &y));
            assert_memory_equal(&x, &y, sizeof x);
        }
    }
    stack_free(again);
}

static void
nothing_before_it_was_there(void **state)
{
    const struct stack *stack = *state;
    size_t count;
    const struct stack_series *all = stack_series_all(stack, &count);
    struct statistic_set set;

    for (size_t i = 0; i < count; i++) {
        const int64_t step = all[i].period_s * 1000LL;

        assert_false(
            value_at(stack, &all[i], stack->since_ms - stack->since_ms % step - step, &set));
    }
}

static void
set_and_sketch_agree(void **state)
{
    const struct stack *stack = *state;
    size_t count;
    const struct stack_series *all = stack_series_all(stack, &count);

    for (size_t i = 0; i < count; i++) {
        const int64_t step = all[i].period_s * 1000LL, at = NOW - HOUR - (NOW - HOUR) % step;
        struct sketch *sketch = sketch_new();
        struct statistic_set set;

        if (stack_series_value(stack, &all[i], at, &set, sketch)) {
            struct sketch_part part = sketch_part_of_ranks(sketch, 0, 1);

            assert_true(sketch_count(sketch) == set.count);
            assert_true(fabs(part.sum - set.sum) <= 1e-9 * fabs(set.sum));
            assert_true(sketch_quantile(sketch, 0) == set.min);
            assert_true(sketch_quantile(sketch, 1) == set.max);
        }
        sketch_free(sketch);
    }
}

static void
latencies_have_a_tail(void **state)
{
    const struct stack *stack = *state;
    const struct stack_series *series = of_instance(stack, "CommitLatency");
    struct sketch *sketch = sketch_new();
    struct statistic_set set;
    double p50, p95, p99;

    assert_true(stack_series_value(stack, series, NOW - HOUR, &set, sketch));
    p50 = sketch_quantile(sketch, 0.5);
    p95 = sketch_quantile(sketch, 0.95);
    p99 = sketch_quantile(sketch, 0.99);
    assert_true(set.count == 60);
    assert_true(p50 < set.sum / set.count);
    assert_true(p95 > 2 * p50 && p95 < 4 * p50);
    assert_true(p99 > p95 && p99 < 8 * p50);
    sketch_free(sketch);
}

static void
load_is_the_sum_of_users_and_of_waits(void **state)
{
    const struct stack *stack = *state;
    const struct stack_resource *instance = stack_find(stack, "shop-aurora-1");
    const struct stack_series *load = of_instance(stack, "DBLoad");
    const struct stack_series *cpu = of_instance(stack, "DBLoadCPU");
    const struct stack_series *rest = of_instance(stack, "DBLoadNonCPU");

    assert_true(instance->user_count > 1);
    for (int64_t at = CPU_FROM - 5 * MINUTE; at < CPU_TO + 5 * MINUTE; at += MINUTE) {
        const double all = average(stack, load, at);
        double users = 0, waits = 0, loads[STACK_WAITS], *each;

        each = xcalloc(instance->user_count, sizeof *each);
        stack_user_loads(stack, instance, at, each);
        for (size_t i = 0; i < instance->user_count; i++) {
            assert_true(each[i] == stack_user_load(stack, instance, i, at));
            users += each[i];
        }
        free(each);
        stack_wait_loads(stack, instance, at, loads);
        for (size_t i = 0; i < STACK_WAITS; i++)
            waits += loads[i];
        assert_true(fabs(users - all) < 1e-9);
        assert_true(fabs(waits - all) < 1e-9);
        assert_true(fabs(average(stack, cpu, at) + average(stack, rest, at) - all) < 1e-9);
        assert_true(loads[0] == average(stack, cpu, at));
    }
}

static void
no_traffic_is_no_data(void **state)
{
    const struct stack *stack = *state;
    struct statistic_set set;

    for (int64_t at = NOW - DAY; at < NOW; at += MINUTE) {
        assert_false(value_at(stack, of_balancer(stack, "quiet", NULL, "RequestCount"), at, &set));
        assert_false(
            value_at(stack, of_balancer(stack, "quiet", NULL, "TargetResponseTime"), at, &set));
    }
}

static void
requests_are_as_many_as_the_file_says(void **state)
{
    const struct stack *stack = *state;
    const double a_week = sum(stack, of_balancer(stack, "umami-alb", NULL, "RequestCount"),
                              NOW - 21 * DAY, NOW - 14 * DAY);

    assert_true(fabs(a_week / (7 * 4000) - 1) < 0.02);
}

static void
codes_sum_up_to_requests(void **state)
{
    static const char *const codes[] = { "HTTPCode_Target_2XX_Count", "HTTPCode_Target_3XX_Count",
                                         "HTTPCode_Target_4XX_Count", "HTTPCode_Target_5XX_Count",
                                         "HTTPCode_ELB_5XX_Count" };
    const struct stack *stack = *state;

    for (int64_t at = TASK_FROM - HOUR; at < TASK_FROM + HOUR; at += MINUTE) {
        double all = 0;

        for (size_t i = 0; i < 5; i++)
            all += sum(stack, of_balancer(stack, "umami-alb", NULL, codes[i]), at, at + MINUTE);
        assert_true(all == sum(stack, of_balancer(stack, "umami-alb", NULL, "RequestCount"), at,
                               at + MINUTE));
    }
}

/* --- incidents -------------------------------------------------------------------------------- */

static void
a_hot_database_shows_to_the_minute(void **state)
{
    const struct stack *stack = *state;
    const struct stack_series *cpu = of_instance(stack, "CPUUtilization");
    const struct stack_series *connections = of_instance(stack, "DatabaseConnections");

    assert_true(average(stack, cpu, CPU_FROM - MINUTE) < 70);
    assert_true(average(stack, cpu, CPU_FROM) == 90);
    assert_true(average(stack, cpu, CPU_TO - MINUTE) == 90);
    assert_true(average(stack, cpu, CPU_TO) < 70);
    assert_true(average(stack, connections, CPU_FROM - MINUTE) < 150);
    assert_true(average(stack, connections, CPU_FROM) == 333);
    assert_true(average(stack, connections, CPU_TO) < 150);
}

static void
load_and_latencies_follow_the_cpu(void **state)
{
    static const char *const followers[] = { "DBLoad", "DBLoadCPU", "CommitLatency", "ReadLatency",
                                             "WriteLatency" };
    const struct stack *stack = *state;

    for (size_t i = 0; i < sizeof followers / sizeof followers[0]; i++) {
        const struct stack_series *series = of_instance(stack, followers[i]);

        if (average(stack, series, CPU_FROM) < 1.5 * average(stack, series, CPU_FROM - MINUTE))
            fail_msg("%s does not follow", followers[i]);
    }
}

static void
a_target_group_without_targets_counts_no_hosts(void **state)
{
    static const char *const names[] = { "HealthyHostCount", "UnHealthyHostCount" };
    struct stack *stack = read_stack(
        "{\"obsview-stack\":1,\"resources\":["
        "{\"name\":\"lb\",\"type\":\"elasticloadbalancing:loadbalancer\",\"requestsPerDay\":9000},"
        "{\"name\":\"tg\",\"type\":\"elasticloadbalancing:targetgroup\",\"parent\":\"lb\"}]}");
    const struct stack_series *all;
    size_t count;

    (void)state;
    all = stack_series_all(stack, &count);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        for (size_t n = 0; n < 2; n++)
            assert_string_not_equal(all[i].key.metric, names[n]);
    }
    stack_free(stack);
}

static void
a_dead_task_shows_everywhere(void **state)
{
    static const char service[] = "ClusterName=observability,ServiceName=umami";
    const struct stack *stack = *state;
    const struct stack_series *running =
        find(stack, "ECS/ContainerInsights", "RunningTaskCount", service);
    const struct stack_series *desired =
        find(stack, "ECS/ContainerInsights", "DesiredTaskCount", service);
    const struct stack_series *cpu = find(stack, "AWS/ECS", "CPUUtilization", service);
    const struct stack_series *unhealthy =
        of_balancer(stack, "umami-alb", "umami-tg", "UnHealthyHostCount");
    const struct stack_series *refused =
        of_balancer(stack, "umami-alb", NULL, "HTTPCode_ELB_5XX_Count");
    struct statistic_set set;

    assert_true(average(stack, running, TASK_FROM - MINUTE) == 1);
    assert_true(average(stack, running, TASK_FROM) == 0);
    assert_true(average(stack, running, TASK_TO - MINUTE) == 0);
    assert_true(average(stack, running, TASK_TO) == 1);
    assert_true(average(stack, desired, TASK_FROM) == 1);
    assert_false(value_at(stack, cpu, TASK_FROM, &set));
    assert_true(average(stack, unhealthy, TASK_FROM - MINUTE) == 0);
    assert_true(average(stack, unhealthy, TASK_FROM) == 1);
    assert_true(average(stack, unhealthy, TASK_TO) == 0);
    assert_true(sum(stack, refused, TASK_FROM - 30 * MINUTE, TASK_FROM) == 0);
    assert_true(sum(stack, refused, TASK_FROM, TASK_TO) > 0);
    assert_true(sum(stack, refused, TASK_TO, TASK_TO + 30 * MINUTE) == 0);
}

static void
failing_requests_show_behind_and_in_front(void **state)
{
    const struct stack *stack = *state;
    const struct stack_series *failed =
        of_balancer(stack, "openreplay-alb", "openreplay-tg", "HTTPCode_Target_5XX_Count");
    const struct stack_series *all = of_balancer(stack, "openreplay-alb", NULL, "RequestCount");
    char dims[100];
    const double share = sum(stack, failed, FAIL_FROM, FAIL_FROM + 30 * MINUTE) /
                         sum(stack, all, FAIL_FROM, FAIL_FROM + 30 * MINUTE);

    assert_true(share > 0.4 && share < 0.6);
    snprintf(dims, sizeof dims, "DistributionId=%s,Region=Global",
             stack_find(stack, "shop-web")->id);
    assert_true(average(stack, find(stack, "AWS/CloudFront", "5xxErrorRate", dims), FAIL_FROM) ==
                25);
}

static void
more_requests_make_a_service_busy(void **state)
{
    const struct stack *stack = *state;
    const struct stack_series *all = of_balancer(stack, "openreplay-alb", NULL, "RequestCount");
    const struct stack_series *cpu = find(stack, "AWS/ECS", "CPUUtilization",
                                          "ClusterName=observability,ServiceName=openreplay");

    assert_true(sum(stack, all, BUSY_FROM, BUSY_FROM + 30 * MINUTE) >
                10 * sum(stack, all, BUSY_FROM - 30 * MINUTE, BUSY_FROM));
    assert_true(average(stack, cpu, BUSY_FROM) > 2 * average(stack, cpu, BUSY_FROM - MINUTE));
}

static void
a_restart_sets_the_uptime_back(void **state)
{
    const struct stack *stack = *state;
    const struct stack_series *uptime = of_instance(stack, "EngineUptime");

    assert_true(average(stack, uptime, BOOT_FROM - MINUTE) > 86400);
    assert_true(average(stack, uptime, BOOT_FROM) == 60);
    assert_true(average(stack, uptime, BOOT_FROM + HOUR) == 3660);
}

static void
more_use_is_more_storage(void **state)
{
    const struct stack *stack = *state;
    const struct stack_series *bytes =
        find(stack, "AWS/S3", "BucketSizeBytes",
             "BucketName=session-recordings,StorageType=StandardStorage");
    const int64_t today = NOW - NOW % DAY;

    assert_true(average(stack, bytes, today - DAY) == 2 * average(stack, bytes, today - 2 * DAY));
    assert_true(average(stack, bytes, today) == average(stack, bytes, today - 2 * DAY));
}

static void
what_is_published_by_now(void **state)
{
    const struct stack *stack = *state;
    const struct stack_series *cpu = of_instance(stack, "CPUUtilization");
    const struct stack_series *bill =
        find(stack, "AWS/Billing", "EstimatedCharges", "Currency=USD");

    assert_int_equal(stack_series_newest(cpu, NOW), NOW - MINUTE);
    assert_int_equal(stack_series_newest(cpu, NOW + MINUTE - 1), NOW - MINUTE);
    assert_int_equal(stack_series_newest(bill, NOW), NOW);
    assert_int_equal(stack_series_newest(bill, NOW + HOUR), NOW);
}

static void
the_bill_grows_and_its_services_sum_up(void **state)
{
    const struct stack *stack = *state;
    double before = 0;
    size_t count;
    const struct stack_series *all = stack_series_all(stack, &count);

    for (int64_t at = NOW - 3 * DAY; at <= NOW; at += 6 * HOUR) {
        double services = 0, total = 0;

        for (size_t i = 0; i < count; i++) {
            if (strcmp(all[i].key.metric, "EstimatedCharges") != 0)
                continue;
            if (all[i].key.dims.count == 1)
                total = average(stack, &all[i], at);
            else
                services += average(stack, &all[i], at);
        }
        assert_true(fabs(total - services) < 1e-6);
        assert_true(total > before);
        before = total;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_are_sorted_and_found),
        cmocka_unit_test(each_has_a_value_somewhere),
        cmocka_unit_test(the_document_has_no_replica),
        cmocka_unit_test(roles_follow_the_order_of_the_file),
        cmocka_unit_test(values_follow_from_seed_and_time),
        cmocka_unit_test(nothing_before_it_was_there),
        cmocka_unit_test(set_and_sketch_agree),
        cmocka_unit_test(latencies_have_a_tail),
        cmocka_unit_test(load_is_the_sum_of_users_and_of_waits),
        cmocka_unit_test(no_traffic_is_no_data),
        cmocka_unit_test(requests_are_as_many_as_the_file_says),
        cmocka_unit_test(codes_sum_up_to_requests),
        cmocka_unit_test(a_hot_database_shows_to_the_minute),
        cmocka_unit_test(load_and_latencies_follow_the_cpu),
        cmocka_unit_test(a_dead_task_shows_everywhere),
        cmocka_unit_test(failing_requests_show_behind_and_in_front),
        cmocka_unit_test(more_requests_make_a_service_busy),
        cmocka_unit_test(a_restart_sets_the_uptime_back),
        cmocka_unit_test(more_use_is_more_storage),
        cmocka_unit_test(what_is_published_by_now),
        cmocka_unit_test(a_target_group_without_targets_counts_no_hosts),
        cmocka_unit_test(the_bill_grows_and_its_services_sum_up),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
