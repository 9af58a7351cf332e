/* test_aws_databases.c - RDS and Performance Insights, as servers tell and as they should not.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aws/performance_insights.h"
#include "aws/rds.h"
#include "aws_bench.h"

#define ANSWER(OP, X) "<" OP "Response><" OP "Result>" X "</" OP "Result></" OP "Response>"
#define NOW_MS        INT64_C(1795396800000)

struct asked {
    struct aws_bench b;
    const struct db_cluster *clusters;
    const struct db_instance *instances;
    const struct db_event *events;
    const struct load_series *series;
    const char *value;
    size_t count;
    bool partial;
};

static void
on_clusters(void *arg, const struct db_cluster *clusters, size_t count, bool partial,
            const struct err *err)
{
    struct asked *a = arg;

    a->clusters = clusters;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

static void
on_instances(void *arg, const struct db_instance *instances, size_t count, bool partial,
             const struct err *err)
{
    struct asked *a = arg;

    a->instances = instances;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

static void
on_events(void *arg, const struct db_event *events, size_t count, bool partial,
          const struct err *err)
{
    struct asked *a = arg;

    a->events = events;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

static void
on_value(void *arg, const char *value, const struct err *err)
{
    struct asked *a = arg;

    a->value = value;
    aws_bench_end(&a->b, err);
}

static void
on_load(void *arg, const struct load_series *series, size_t count, bool partial,
        const struct err *err)
{
    struct asked *a = arg;

    a->series = series;
    a->count = count;
    a->partial = partial;
    aws_bench_end(&a->b, err);
}

typedef void starter(struct asked *a);

static void
start_clusters(struct asked *a)
{
    rds_clusters(a->b.client, a->b.arena, on_clusters, a);
}

static void
start_instances(struct asked *a)
{
    rds_instances(a->b.client, a->b.arena, on_instances, a);
}

static void
start_events(struct asked *a)
{
    rds_events(a->b.client, a->b.arena, 0, NOW_MS, on_events, a);
}

static void
start_value(struct asked *a)
{
    rds_max_connections(a->b.client, a->b.arena, "default.aurora-postgresql15", on_value, a);
}

static void
start_load(struct asked *a)
{
    performance_insights_load(a->b.client, a->b.arena, "db-ABC", NOW_MS - 3600000, NOW_MS, on_load,
                              a);
}

static void
ask(struct asked *a, starter *start, const char *const *bodies)
{
    *a = (struct asked){ 0 };
    aws_bench_open(&a->b, bodies);
    start(a);
    aws_bench_run(&a->b);
}

static void
clusters_come_in_pages(void **state)
{
    static const char *const bodies[] = {
        ANSWER("DescribeDBClusters",
               "<Marker>more</Marker><DBClusters><DBCluster><DBClusterIdentifier>shop"
               "</DBClusterIdentifier><Status>available</Status><Engine>aurora-postgresql</Engine>"
               "<EngineVersion>15.4</EngineVersion><DBClusterParameterGroup>pg"
               "</DBClusterParameterGroup><DBClusterMembers><DBClusterMember>"
               "<DBInstanceIdentifier>shop-1</DBInstanceIdentifier><IsClusterWriter>true"
               "</IsClusterWriter></DBClusterMember><DBClusterMember><DBInstanceIdentifier>shop-2"
               "</DBInstanceIdentifier><IsClusterWriter>false</IsClusterWriter></DBClusterMember>"
               "</DBClusterMembers><BackupRetentionPeriod>7</BackupRetentionPeriod>"
               "<LatestRestorableTime>2026-11-23T00:20:00Z</LatestRestorableTime></DBCluster>"
               "</DBClusters>"),
        ANSWER("DescribeDBClusters",
               "<DBClusters><DBCluster><DBClusterIdentifier>small</DBClusterIdentifier>"
               "<ServerlessV2ScalingConfiguration><MinCapacity>0.5</MinCapacity><MaxCapacity>8"
               "</MaxCapacity></ServerlessV2ScalingConfiguration><BackupRetentionPeriod>-1"
               "</BackupRetentionPeriod></DBCluster></DBClusters>"),
        NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_clusters, bodies);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 2);
    assert_false(a.partial);
    aws_bench_asked(&a.b, 0, "Content-Type: application/x-www-form-urlencoded");
    aws_bench_asked(&a.b, 0, "Action=DescribeDBClusters&Version=2014-10-31");
    aws_bench_asked(&a.b, 1, "&Marker=more");
    assert_string_equal(a.clusters[0].id, "shop");
    assert_string_equal(a.clusters[0].parameter_group, "pg");
    assert_int_equal(a.clusters[0].member_count, 2);
    assert_true(a.clusters[0].members[0].is_writer);
    assert_string_equal(a.clusters[0].members[1].instance, "shop-2");
    assert_false(a.clusters[0].members[1].is_writer);
    assert_int_equal(a.clusters[0].backup_days, 7);
    assert_true(a.clusters[0].restorable_ms == 1795393200000);
    assert_true(a.clusters[0].most_acu == 0);
    assert_true(a.clusters[1].least_acu == 0.5 && a.clusters[1].most_acu == 8);
    assert_int_equal(a.clusters[1].backup_days, 0);
    assert_string_equal(a.clusters[1].status, "");
    aws_bench_close(&a.b);
}

static void
instances_and_none_at_all(void **state)
{
    static const char *const bodies[] = {
        ANSWER("DescribeDBInstances",
               "<DBInstances><DBInstance><DBInstanceIdentifier>shop-1</DBInstanceIdentifier>"
               "<DBInstanceClass>db.t4g.medium</DBInstanceClass><DBInstanceStatus>available"
               "</DBInstanceStatus><DbiResourceId>db-ABC</DbiResourceId><DBClusterIdentifier>shop"
               "</DBClusterIdentifier><PerformanceInsightsEnabled>true</PerformanceInsightsEnabled>"
               "<DBParameterGroups><DBParameterGroup/></DBParameterGroups></DBInstance>"
               "</DBInstances>"),
        NULL
    };
    static const char *const none[] = { ANSWER("DescribeDBInstances", "<DBInstances/>"), NULL };
    struct asked a;

    (void)state;
    ask(&a, start_instances, bodies);
    assert_int_equal(a.count, 1);
    assert_string_equal(a.instances[0].class_name, "db.t4g.medium");
    assert_string_equal(a.instances[0].resource_id, "db-ABC");
    assert_string_equal(a.instances[0].cluster, "shop");
    assert_true(a.instances[0].has_insights);
    aws_bench_close(&a.b);
    ask(&a, start_instances, none);
    assert_int_equal(a.b.err.code, OK);
    assert_int_equal(a.count, 0);
    aws_bench_close(&a.b);
}

static void
events_are_the_newest_first_and_of_two_weeks(void **state)
{
    static const char *const bodies[] = {
        ANSWER("DescribeEvents",
               "<Events><Event><SourceIdentifier>shop-1</SourceIdentifier><Message>restarted"
               "</Message><EventCategories><EventCategory>availability</EventCategory>"
               "</EventCategories><Date>2026-11-23T00:20:00Z</Date></Event><Event>"
               "<SourceIdentifier>shop-1</SourceIdentifier><Date>2026-11-23T01:00:00.5Z</Date>"
               "</Event></Events>"),
        NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_events, bodies);
    aws_bench_asked(&a.b, 0,
                    "&StartTime=2026-11-09T01%3A20%3A00Z&EndTime=2026-11-23T01%3A20%3A00Z");
    assert_int_equal(a.count, 2);
    assert_true(a.events[0].time_ms == 1795395600500);
    assert_string_equal(a.events[0].message, "");
    assert_string_equal(a.events[1].category, "availability");
    assert_string_equal(a.events[1].message, "restarted");
    aws_bench_close(&a.b);
}

static void
the_walk_ends_at_the_parameter(void **state)
{
    static const char *const bodies[] = {
        ANSWER("DescribeDBClusterParameters",
               "<Marker>m</Marker><Parameters><Parameter><ParameterName>shared_buffers"
               "</ParameterName></Parameter></Parameters>"),
        ANSWER("DescribeDBClusterParameters",
               "<Marker>n</Marker><Parameters><Parameter><ParameterName>max_connections"
               "</ParameterName><ParameterValue>LEAST({DBInstanceClassMemory/9531392},5000)"
               "</ParameterValue></Parameter></Parameters>"),
        NULL
    };
    static const char *const none[] = { ANSWER("DescribeDBClusterParameters", "<Parameters/>"),
                                        NULL };
    struct asked a;

    (void)state;
    ask(&a, start_value, bodies);
    aws_bench_asked(&a.b, 0,
                    "Filters.Filter.1.Name=parameter-name"
                    "&Filters.Filter.1.Values.Value.1=max_connections");
    assert_string_equal(a.value, "LEAST({DBInstanceClassMemory/9531392},5000)");
    aws_bench_close(&a.b);
    ask(&a, start_value, none);
    assert_int_equal(a.b.err.code, OK);
    assert_null(a.value);
    aws_bench_close(&a.b);
}

static void
load_is_told_by_user(void **state)
{
    static const char *const bodies[] = {
        "{\"MetricList\":[{\"Key\":{\"Metric\":\"db.load.avg\"},\"DataPoints\":["
        "{\"Timestamp\":1795393260,\"Value\":1.5},{\"Timestamp\":1795393320},"
        "{\"Timestamp\":1795393260,\"Value\":9},{\"Timestamp\":1795393380,\"Value\":2}]},"
        "{\"Key\":{\"Metric\":\"db.load.avg\",\"Dimensions\":{\"db.user.name\":\"umami_user\","
        "\"db.user.id\":\"1\"}},\"DataPoints\":[{\"Timestamp\":1795393260,\"Value\":0.5}]}],"
        "\"NextToken\":\"t\"}",
        "{\"MetricList\":[{\"Key\":{\"Metric\":\"db.load.avg\",\"Dimensions\":{\"db.user.name\":"
        "\"umami_user\"}},\"DataPoints\":[{\"Timestamp\":1795393320,\"Value\":0.25}]}]}",
        NULL
    };
    struct asked a;

    (void)state;
    ask(&a, start_load, bodies);
    aws_bench_asked(&a.b, 0, "PerformanceInsightsv20180227.GetResourceMetrics");
    aws_bench_asked(&a.b, 0,
                    "{\"ServiceType\":\"RDS\",\"Identifier\":\"db-ABC\",\"MetricQueries\":["
                    "{\"Metric\":\"db.load.avg\",\"GroupBy\":{\"Group\":\"db.user\","
                    "\"Limit\":10}}],\"StartTime\":1795393200,\"EndTime\":1795396800,"
                    "\"PeriodInSeconds\":60}");
    aws_bench_asked(&a.b, 1, "\"NextToken\":\"t\"");
    assert_int_equal(a.count, 2);
    assert_string_equal(a.series[0].user, "");
    assert_int_equal(a.series[0].count, 2);
    assert_true(a.series[0].values[1] == 2);
    assert_string_equal(a.series[1].user, "umami_user");
    assert_int_equal(a.series[1].count, 2);
    assert_true(a.series[1].times_ms[1] == 1795393320000);
    aws_bench_close(&a.b);
}

static void
what_is_no_answer_says_so(void **state)
{
    static const struct {
        starter *start;
        const char *body;
        const char *sentence;
    } cases[] = {
        { start_clusters, ANSWER("DescribeDBClusters", "<Other/>"),
          "DescribeDBClusters: an answer without DBClusters" },
        { start_clusters, ANSWER("DescribeDBClusters", "<DBClusters><DBCluster/></DBClusters>"),
          "DescribeDBClusters: an element of DBClusters without DBClusterIdentifier" },
        { start_instances, "{}", "DescribeDBInstances: answer: the answer is not XML" },
        { start_events,
          "!403<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error>"
          "</ErrorResponse>",
          "access denied: RDS DescribeEvents (no)" },
        { start_value,
          "!404<ErrorResponse><Error><Code>DBParameterGroupNotFound</Code><Message>not found"
          "</Message></Error></ErrorResponse>",
          "DBParameterGroupNotFound: not found" },
        { start_load, "{\"MetricList\":1}", "GetResourceMetrics: an answer without MetricList" },
        { start_load, "!400{\"__type\":\"NotAuthorizedException\",\"message\":\"off\"}",
          "access denied: Performance Insights GetResourceMetrics (off)" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *const bodies[] = { cases[i].body, NULL };
        struct asked a;

        ask(&a, cases[i].start, bodies);
        aws_bench_failed(&a.b, cases[i].sentence);
        aws_bench_close(&a.b);
    }
}

static void
jobs_can_be_dropped(void **state)
{
    static const char *const bodies[] = { NULL };
    struct asked a = { 0 };

    (void)state;
    aws_bench_open(&a.b, bodies);
    listing_cancel(rds_clusters(a.b.client, a.b.arena, on_clusters, &a));
    performance_insights_cancel(
        performance_insights_load(a.b.client, a.b.arena, "db-A", 0, NOW_MS, on_load, &a));
    listing_cancel(NULL);
    performance_insights_cancel(NULL);
    assert_false(a.b.is_done);
    aws_bench_close(&a.b);
}

static void
periods_are_those_that_are_kept(void **state)
{
    (void)state;
    assert_int_equal(performance_insights_period_s(3 * 3600000), 60);
    assert_int_equal(performance_insights_period_s(3 * 3600000 + 1), 300);
    assert_int_equal(performance_insights_period_s(24 * 3600000), 300);
    assert_int_equal(performance_insights_period_s(INT64_C(7) * 86400000), 3600);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clusters_come_in_pages),
        cmocka_unit_test(instances_and_none_at_all),
        cmocka_unit_test(events_are_the_newest_first_and_of_two_weeks),
        cmocka_unit_test(the_walk_ends_at_the_parameter),
        cmocka_unit_test(load_is_told_by_user),
        cmocka_unit_test(what_is_no_answer_says_so),
        cmocka_unit_test(jobs_can_be_dropped),
        cmocka_unit_test(periods_are_those_that_are_kept),
    };

    return cmocka_run_group_tests_name("aws_databases", tests, NULL, NULL);
}
