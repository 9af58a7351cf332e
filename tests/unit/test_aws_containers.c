/* test_aws_containers.c - ECS and load balancers, as servers tell them and as they should not.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aws/ecs.h"
#include "aws/elb.h"
#include "aws_bench.h"

struct asked {
    struct aws_bench b;
    const struct ecs_service *services;
    const struct elb_group *groups;
    size_t count;
    bool partial;
    const char *caveat;
};

static void
on_services(void *arg, const struct ecs_service *services, size_t count, bool partial,
            const char *caveat, const struct err *err)
{
    struct asked *a = arg;

    a->services = services;
    a->count = count;
    a->partial = partial;
    a->caveat = caveat;
    aws_bench_end(&a->b, err);
}

static void
on_groups(void *arg, const struct elb_group *groups, size_t count, bool partial,
          const struct err *err)
{
    struct asked *a = arg;

    a->groups = groups;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

static void
ask_ecs(struct asked *a, const char *const *bodies)
{
    *a = (struct asked){ 0 };
    aws_bench_open(&a->b, bodies);
    ecs_describe(a->b.client, a->b.arena, on_services, a);
    aws_bench_run(&a->b);
}

static void
ask_elb(struct asked *a, const char *const *bodies)
{
    *a = (struct asked){ 0 };
    aws_bench_open(&a->b, bodies);
    elb_describe(a->b.client, a->b.arena, on_groups, a);
    aws_bench_run(&a->b);
}

#define CLUSTERS "{\"clusterArns\":[\"arn:aws:ecs:eu-west-1:1:cluster/obs\"]}"
#define ONE      "{\"serviceArns\":[\"arn:aws:ecs:eu-west-1:1:service/obs/umami\"]}"
#define UMAMI(counts)                                           \
    "{\"services\":[{\"serviceName\":\"umami\",\"clusterArn\":" \
    "\"arn:aws:ecs:eu-west-1:1:cluster/obs\",\"status\":\"ACTIVE\"," counts "}],\"failures\":[]}"

/* A number of another type is not 0: "1 of 0 tasks" would be made up. */
static void
a_count_that_is_none_is_not_told(void **state)
{
    static const struct {
        const char *counts;
        int64_t desired, running;
    } cases[] = {
        { "\"desiredCount\":\"2\",\"runningCount\":1", ECS_UNTOLD, 1 },
        { "\"desiredCount\":2,\"runningCount\":null", 2, ECS_UNTOLD },
        { "\"desiredCount\":-7", ECS_UNTOLD, ECS_UNTOLD },
        { "\"desiredCount\":0,\"runningCount\":0", 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *service = xasprintf(UMAMI("%s"), cases[i].counts);
        const char *bodies[] = { CLUSTERS, ONE, service, NULL };
        struct asked a;

        ask_ecs(&a, bodies);
        assert_int_equal(a.count, 1);
        assert_int_equal(a.services[0].desired, cases[i].desired);
        assert_int_equal(a.services[0].running, cases[i].running);
        assert_false(ecs_service_is_short(&a.services[0]));
        aws_bench_close(&a.b);
        free(service);
    }
}

/* Two pages of services, described ten at a time; all is well, so no task is looked at. */
static void
services_are_described_in_tens(void **state)
{
    static const char *const bodies[] = {
        CLUSTERS,
        "{\"serviceArns\":[\"s/1\",\"s/2\",\"s/3\",\"s/4\",\"s/5\",\"s/6\"],\"nextToken\":\"n\"}",
        "{\"serviceArns\":[\"s/7\",\"s/8\",\"s/9\",\"s/10\",\"s/11\"]}",
        "{\"services\":[{\"serviceName\":\"b\",\"clusterArn\":\"c/obs\",\"desiredCount\":2,"
        "\"runningCount\":2,\"deployments\":[{\"status\":\"ACTIVE\",\"failedTasks\":9},"
        "{\"status\":\"PRIMARY\",\"rolloutState\":\"COMPLETED\",\"failedTasks\":1,"
        "\"updatedAt\":1795490000.5}]}]}",
        "{\"services\":[{\"serviceName\":\"a\",\"clusterArn\":\"c/obs\"}]}",
        NULL
    };
    struct asked a;

    (void)state;
    ask_ecs(&a, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 2);
    assert_string_equal(a.services[0].name, "a"); /* by name */
    assert_string_equal(a.services[1].cluster, "obs");
    assert_int_equal(a.services[1].running, 2);
    assert_int_equal(a.services[1].failed, 1);
    assert_string_equal(a.services[1].rollout, "COMPLETED");
    assert_true(a.services[1].rollout_ms == 1795490000500);
    assert_string_equal(a.services[0].rollout, "");
    assert_false(a.partial || a.caveat != NULL);
    aws_bench_asked(&a.b, 0, "AmazonEC2ContainerServiceV20141113.ListClusters");
    aws_bench_asked(&a.b, 1, "\"maxResults\":100");
    aws_bench_asked(&a.b, 3, "\"s/10\"");
    aws_bench_asked(&a.b, 4, "\"services\":[\"s/11\"]");
    aws_bench_close(&a.b);
}

static void
of_a_service_that_is_short_the_last_stopped_task_is_told(void **state)
{
    static const char *const bodies[] = {
        CLUSTERS,
        ONE,
        UMAMI("\"desiredCount\":2,\"runningCount\":1,\"pendingCount\":1"),
        "{\"taskArns\":[\"t/1\",\"t/2\"]}",
        "{\"tasks\":[{\"stoppedAt\":1795490000,\"stoppedReason\":\"old\"},"
        "{\"stoppedAt\":1795490100,\"stoppedReason\":\"Essential container in task exited\","
        "\"containers\":[{\"name\":\"side\",\"exitCode\":0},{\"name\":\"umami\",\"exitCode\":137,"
        "\"reason\":\"OutOfMemoryError\"}]}]}",
        NULL
    };
    struct asked a;

    (void)state;
    ask_ecs(&a, bodies);
    assert_int_equal(a.count, 1);
    assert_true(ecs_service_is_short(&a.services[0]));
    assert_int_equal(a.services[0].pending, 1);
    assert_string_equal(a.services[0].stopped, "Essential container in task exited (umami exited "
                                               "with 137: OutOfMemoryError)");
    assert_true(a.services[0].stopped_ms == 1795490100000);
    aws_bench_asked(&a.b, 3, "\"desiredStatus\":\"STOPPED\"");
    aws_bench_asked(&a.b, 4, "\"tasks\":[\"t/1\",\"t/2\"]");
    aws_bench_close(&a.b);
}

static void
who_may_not_list_tasks_sees_the_services(void **state)
{
    static const char *const bodies[] = {
        CLUSTERS, ONE, UMAMI("\"desiredCount\":1,\"runningCount\":0"),
        "!400{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}", NULL
    };
    struct asked a;

    (void)state;
    ask_ecs(&a, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 1);
    assert_string_equal(a.services[0].stopped, "");
    assert_non_null(strstr(a.caveat, "access denied: ECS ListTasks"));
    aws_bench_close(&a.b);
}

static void
an_account_without_clusters_is_well(void **state)
{
    static const char *const bodies[] = { "{\"clusterArns\":[]}", NULL };
    struct asked a;

    (void)state;
    ask_ecs(&a, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 0);
    aws_bench_close(&a.b);
}

static const char some_groups[] =
    "<DescribeTargetGroupsResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/"
    "2015-12-01/\"><DescribeTargetGroupsResult><TargetGroups><member><TargetGroupName>umami"
    "</TargetGroupName><TargetGroupArn>arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/umami/"
    "943f</TargetGroupArn><HealthCheckPath>/api/heartbeat</HealthCheckPath><LoadBalancerArns>"
    "<member>arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/obs/50dc</member>"
    "</LoadBalancerArns></member><member><TargetGroupName>old</TargetGroupName><TargetGroupArn>"
    "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/old/1</TargetGroupArn>"
    "<LoadBalancerArns/></member></TargetGroups></DescribeTargetGroupsResult>"
    "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DescribeTargetGroupsResponse>";

#define HEALTH(inner)                                                                      \
    "<DescribeTargetHealthResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/"     \
    "doc/2015-12-01/\"><DescribeTargetHealthResult>" inner "</DescribeTargetHealthResult>" \
    "</DescribeTargetHealthResponse>"

static void
targets_are_counted_by_their_health(void **state)
{
    static const char *const bodies[] = {
        some_groups,
        HEALTH("<TargetHealthDescriptions><member><Target><Id>10.0.0.1</Id><Port>3000</Port>"
               "</Target><TargetHealth><State>healthy</State></TargetHealth></member><member>"
               "<TargetHealth><State>unhealthy</State><Reason>Target.ResponseCodeMismatch</Reason>"
               "<Description>Health checks failed with these codes: [503]</Description>"
               "</TargetHealth></member><member><TargetHealth><State>initial</State></TargetHealth>"
               "</member><member><TargetHealth><State>draining</State></TargetHealth></member>"
               "</TargetHealthDescriptions>"),
        HEALTH("<TargetHealthDescriptions/>"), NULL
    };
    const struct elb_group *g;
    struct asked a;

    (void)state;
    ask_elb(&a, bodies);
    assert_string_equal(a.b.err.text, "");
    assert_int_equal(a.count, 2);
    g = &a.groups[0];
    assert_string_equal(g->name, "umami");
    assert_string_equal(g->dimension, "targetgroup/umami/943f");
    assert_string_equal(g->balancer, "app/obs/50dc");
    assert_string_equal(g->check, "/api/heartbeat");
    assert_int_equal(g->targets, 4);
    assert_int_equal(g->healthy, 1);
    assert_int_equal(g->starting, 1);
    assert_int_equal(g->leaving, 1);
    assert_string_equal(g->state, "unhealthy");
    assert_string_equal(g->reason, "Target.ResponseCodeMismatch");
    assert_string_equal(g->description, "Health checks failed with these codes: [503]");
    assert_string_equal(a.groups[1].balancer, "");
    assert_int_equal(a.groups[1].targets, 0);
    aws_bench_asked(&a.b, 0, "Action=DescribeTargetGroups&Version=2015-12-01");
    aws_bench_asked(&a.b, 1, "targetgroup%2Fumami%2F943f");
    aws_bench_close(&a.b);
}

/* clang-format off */
static const struct bad_case {
    const char *name;
    void (*ask)(struct asked *a, const char *const *bodies);
    const char *bodies[4];
    const char *want;
} bad_cases[] = {
    { "clusters: nothing in it", ask_ecs, { "{}" }, "ListClusters: an answer without clusterArns" },
    { "clusters: numbers", ask_ecs, { "{\"clusterArns\":[1]}" }, "clusterArns holds something that is not text" },
    { "clusters: round and round", ask_ecs,
      { "{\"clusterArns\":[],\"nextToken\":\"a\"}", "{\"clusterArns\":[],\"nextToken\":\"a\"}" }, "repeats a page token" },
    { "services: no list", ask_ecs, { CLUSTERS, "{\"serviceArns\":\"x\"}" }, "ListServices: an answer without serviceArns" },
    { "described: no list", ask_ecs, { CLUSTERS, ONE, "{}" }, "DescribeServices: an answer without services" },
    { "described: no name", ask_ecs, { CLUSTERS, ONE, "{\"services\":[{}]}" }, "a service without serviceName" },
    { "refused", ask_ecs, { "!400{\"__type\":\"AccessDeniedException\",\"message\":\"no\"}" },
      "access denied: ECS ListClusters (no)" },
    { "groups: nothing in it", ask_elb,
      { "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult/></DescribeTargetGroupsResponse>" },
      "DescribeTargetGroups: an answer without TargetGroups" },
    { "groups: no name", ask_elb,
      { "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups><member><Port>1</Port></member>"
        "</TargetGroups></DescribeTargetGroupsResult></DescribeTargetGroupsResponse>" },
      "a group without TargetGroupName or TargetGroupArn" },
    { "health: nothing in it", ask_elb, { some_groups, HEALTH("") }, "an answer without TargetHealthDescriptions" },
};
/* clang-format on */

static void
wrong_answers_are_sentences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof bad_cases[0]; i++) {
        const struct bad_case *c = &bad_cases[i];
        struct asked a;

        print_message("%s\n", c->name);
        c->ask(&a, c->bodies);
        aws_bench_failed(&a.b, c->want);
        aws_bench_close(&a.b);
    }
}

static void
cancelled_jobs_leave_nothing_behind(void **state)
{
    static const char *const bodies[] = { "{}", NULL };
    struct asked a = { 0 };

    (void)state;
    aws_bench_open(&a.b, bodies);
    ecs_cancel(ecs_describe(a.b.client, a.b.arena, on_services, &a));
    elb_cancel(elb_describe(a.b.client, a.b.arena, on_groups, &a));
    net_run(a.b.net, 0);
    assert_false(a.b.is_done);
    aws_bench_close(&a.b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_count_that_is_none_is_not_told),
        cmocka_unit_test(services_are_described_in_tens),
        cmocka_unit_test(of_a_service_that_is_short_the_last_stopped_task_is_told),
        cmocka_unit_test(who_may_not_list_tasks_sees_the_services),
        cmocka_unit_test(an_account_without_clusters_is_well),
        cmocka_unit_test(targets_are_counted_by_their_health),
        cmocka_unit_test(wrong_answers_are_sentences),
        cmocka_unit_test(cancelled_jobs_leave_nothing_behind),
    };

    return cmocka_run_group_tests_name("aws_containers", tests, NULL, NULL);
}
