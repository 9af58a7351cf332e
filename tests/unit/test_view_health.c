/* test_view_health.c - the verdicts of the Health view.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "domain/bill.h"
#include "domain/wiring.h"
#include "tui/views/models.h"

static const char two[] =
    "[[\"Errors\",\"FunctionName\",\"f\"],[\"Errors\",\"FunctionName\",\"g\"],"
    "[\"Duration\",\"FunctionName\",\"f\"],[\"Errors\"]]";

static const struct cell *
cell(const struct stage *s, const char *thing, const char *column)
{
    return stage_cell(s, "things", thing, column);
}

static void
functions_are_held_against_five_percent(void **state)
{
    static const struct {
        const char *points;
        enum level level;
        int64_t ago_ms; /* of "since"; 0: none */
    } cases[] = {
        { "{\"Invocations.f\":[[600000,1000]],\"Errors.f\":[[600000,50]]}", LEVEL_OK, 0 },
        { "{\"Invocations.f\":[[600000,1000]],\"Errors.f\":[[600000,51]]}", LEVEL_BAD, 0 },
        { "{\"Invocations.f\":[[600000,9]]}", LEVEL_OK, 0 },
        { "{\"Invocations.f\":[],\"Errors.f\":[]}", LEVEL_UNKNOWN, 0 }, /* 0/0 is no data */
        { "{\"Invocations.f\":[[600000,10],[480000,10],[360000,10]],"
          "\"Errors.f\":[[480000,5],[360000,5]]}",
          LEVEL_BAD, 480000 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage s;
        int64_t since;

        stage_open(&s);
        stage_names(&s, "lambda.names", "AWS/Lambda", two);
        stage_points(&s, "health.functions", cases[i].points);
        stage_show(&s, health_ask, health_build);
        assert_int_equal(stage_ask(&s, "health.functions")->query_count, 4);
        assert_int_equal(cell(&s, "f", "state")->level, cases[i].level);
        since = cell(&s, "f", "since")->time_ms;
        if (cases[i].ago_ms == 0)
            assert_true(since == 0);
        else /* the start of its step */
            assert_true(since <= ANSWERS_NOW - cases[i].ago_ms &&
                        since > ANSWERS_NOW - cases[i].ago_ms - 120000);
        assert_int_equal(cell(&s, "g", "state")->level, LEVEL_UNKNOWN);
        stage_close(&s);
    }
}

static void
the_worst_is_seen_first_and_without_colour(void **state)
{
    const struct grid *grid;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "lambda.names", "AWS/Lambda", two);
    stage_points(&s, "health.functions",
                 "{\"Invocations.f\":[[600000,10]],\"Invocations.g\":[[600000,10]],"
                 "\"Errors.g\":[[600000,9]]}");
    stage_alarms(&s, "alarms", "[{\"name\":\"a\",\"state\":\"OK\"},{\"name\":\"b\"}]");
    stage_show(&s, health_ask, health_build);
    grid = stage_panel(&s, "things")->grid;
    assert_string_equal(grid->rows[0].key, "g");
    assert_string_equal(grid->rows[0].cells[1].text, "bad");
    assert_string_equal(cell(&s, "g", "what")->text, "90.0 % of 10 calls fail, line 5 %");
    assert_string_equal(cell(&s, "alarms", "what")->text, "0 ALARM, 2 OK, 0 no data");
    assert_int_equal(s.model.attention, 1);
    stage_close(&s);
}

static void
alarms_are_counted(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_alarms(&s, "alarms",
                 "[{\"name\":\"young\",\"state\":\"ALARM\",\"ago\":1000},"
                 "{\"name\":\"old\",\"state\":\"ALARM\",\"ago\":9000},"
                 "{\"name\":\"c\",\"state\":\"INSUFFICIENT_DATA\"}]");
    stage_show(&s, health_ask, health_build);
    assert_string_equal(cell(&s, "alarms", "what")->text, "2 ALARM, 0 OK, 1 no data: young, old");
    assert_true(cell(&s, "alarms", "since")->time_ms == ANSWERS_NOW - 9000);
    assert_null(stage_ask(&s, "alarms.events"));
    stage_close(&s);
}

static void
what_fails_on_purpose_is_not_forgotten(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_json(&s, "health.obsview",
               "{\"store\":{},\"faults\":[{\"rule\":\"POST /api/send=hang@0.5\",\"taken\":3}]}");
    stage_show(&s, health_ask, health_build);
    assert_string_equal(cell(&s, "fault", "what")->text,
                        "POST /api/send=hang@0.5, on purpose: 3 times so far");
    assert_int_equal(cell(&s, "fault", "state")->level, LEVEL_WARN);
    stage_close(&s);
}

static void
obsview_judges_itself(void **state)
{
    static const struct {
        const char *json;
        enum level store, queue;
    } cases[] = {
        { "{\"store\":{\"bytes\":10,\"maxBytes\":100,\"queue\":0}}", LEVEL_OK, LEVEL_OK },
        { "{\"store\":{\"bytes\":81,\"maxBytes\":100,\"queue\":1001}}", LEVEL_WARN, LEVEL_WARN },
        { "{\"store\":{\"bytes\":81,\"maxBytes\":0,\"queue\":1000}}", LEVEL_OK, LEVEL_OK },
        { "{\"store\":{\"bytes\":1,\"maxBytes\":100,\"diskFull\":true}}", LEVEL_BAD, LEVEL_OK },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct stage s;

        stage_open(&s);
        stage_json(&s, "health.obsview", cases[i].json);
        stage_show(&s, health_ask, health_build);
        assert_string_equal(stage_ask(&s, "health.obsview")->path, "/_obsview/health");
        assert_int_equal(cell(&s, "obsview store", "state")->level, cases[i].store);
        assert_int_equal(cell(&s, "obsview queue", "state")->level, cases[i].queue);
        assert_int_equal(cell(&s, "source", "state")->level, LEVEL_OK);
        assert_int_equal(cell(&s, "answers", "state")->level, LEVEL_OK);
        stage_close(&s);
    }
}

static void
silence_and_failures_are_told(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(&s, "logs.names", "AWS/Logs",
                "[[\"IncomingLogEvents\",\"LogGroupName\",\"/a\"],[\"IncomingLogEvents\"],"
                "[\"IncomingBytes\"]]");
    stage_points(&s, "health.logs", "{\"0\":[[1800000,40],[1680000,2]]}");
    stage_failure(&s, "api.names", ASK_METRIC_NAMES, "access denied");
    stage_show(&s, health_ask, health_build);
    assert_int_equal(stage_ask(&s, "health.logs")->query_count, 1); /* the whole, not its parts */
    assert_int_equal(cell(&s, "log intake", "state")->level, LEVEL_WARN);
    assert_non_null(strstr(cell(&s, "log intake", "what")->text, "after 42 lines"));
    assert_int_equal(cell(&s, "answers", "state")->level, LEVEL_WARN);
    assert_non_null(strstr(cell(&s, "answers", "what")->text, "access denied"));
    stage_close(&s);
}

static void
answers_that_all_fail_are_bad(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_failure(&s, "api.names", ASK_METRIC_NAMES, "no AWS endpoint");
    stage_failure(&s, "alarms", ASK_ALARMS, "no AWS endpoint");
    stage_show(&s, health_ask, health_build);
    assert_int_equal(cell(&s, "answers", "state")->level, LEVEL_BAD);
    assert_string_equal(cell(&s, "answers", "what")->text, "2 of 2 fail: no AWS endpoint");
    stage_close(&s);
}

static void
services_and_targets_are_judged(void **state)
{
    static const struct {
        const char *service; /* members of it */
        enum level level;
        const char *what;
    } services[] = {
        { "\"desired\":2,\"running\":2", LEVEL_OK, "2 of 2 tasks run" },
        { "\"desired\":2,\"running\":1,\"pending\":1,\"failed\":3,\"rollout\":\"IN_PROGRESS\"",
          LEVEL_WARN, "1 of 2 tasks runs, 1 pending, 3 failed, rollout IN_PROGRESS" },
        { "\"desired\":1,\"running\":0,\"stopped\":\"out of memory\"", LEVEL_BAD,
          "0 of 1 task run; last stopped 03:19:23: out of memory" },
        { "\"desired\":2,\"running\":2,\"rollout\":\"FAILED\"", LEVEL_BAD,
          "2 of 2 tasks run, rollout FAILED" },
        { "\"desired\":0,\"running\":0", LEVEL_UNKNOWN, "no task is wanted" },
        { "\"desired\":-1,\"running\":1", LEVEL_UNKNOWN,
          "1 task runs, of how many ECS did not tell" },
        { "\"desired\":2,\"running\":-1", LEVEL_UNKNOWN,
          "how many of 2 tasks run ECS did not tell" },
        { "\"desired\":-1,\"running\":-1,\"rollout\":\"FAILED\"", LEVEL_BAD,
          "how many tasks run ECS did not tell, rollout FAILED" },
    };
    static const struct {
        const char *group;
        enum level level;
        const char *what;
    } groups[] = {
        { "\"targets\":2,\"healthy\":2,\"check\":\"/api/heartbeat\"", LEVEL_OK,
          "2 of 2 targets healthy, asked for /api/heartbeat" },
        { "\"targets\":3,\"healthy\":2,\"leaving\":1", LEVEL_OK,
          "2 of 2 targets healthy, 1 leaving" },
        { "\"targets\":2,\"healthy\":1,\"state\":\"unhealthy\",\"description\":\"codes: [503]\"",
          LEVEL_WARN, "1 of 2 targets healthy; unhealthy: codes: [503]" },
        { "\"targets\":1,\"healthy\":0,\"state\":\"unhealthy\"", LEVEL_BAD,
          "0 of 1 target healthy; unhealthy: " },
        { "\"targets\":1,\"healthy\":0,\"starting\":1", LEVEL_WARN,
          "0 of 1 target healthy, 1 starting" },
        { "\"targets\":0", LEVEL_BAD, "no target is registered" },
        { "\"targets\":0,\"balancer\":\"\"", LEVEL_UNKNOWN,
          "no load balancer uses it; no target is registered" },
    };
    char json[256];

    (void)state;
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        struct stage s;

        stage_open(&s);
        s.is_account = true;
        snprintf(json, sizeof json, "[{\"name\":\"web\",%s}]", services[i].service);
        stage_services(&s, "health.services", json);
        stage_show(&s, health_ask, health_build);
        assert_int_equal(cell(&s, "ECS obs/web", "state")->level, services[i].level);
        assert_string_equal(cell(&s, "ECS obs/web", "what")->text, services[i].what);
        stage_close(&s);
    }
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        struct stage s;

        stage_open(&s);
        s.is_account = true;
        snprintf(json, sizeof json, "[{\"name\":\"web\",%s}]", groups[i].group);
        stage_targets(&s, "health.targets", json);
        stage_show(&s, health_ask, health_build);
        assert_int_equal(cell(&s, "targets web", "state")->level, groups[i].level);
        assert_string_equal(cell(&s, "targets web", "what")->text, groups[i].what);
        stage_close(&s);
    }
}

/* What is known of Umami stands together; what is not known is not made up. */
static void
umami_has_a_line_of_its_own(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_services(&s, "health.services", "[{\"name\":\"Umami-Web\",\"desired\":1,\"running\":1}]");
    stage_targets(&s, "health.targets", "[{\"name\":\"umami\",\"targets\":1,\"healthy\":0}]");
    stage_show(&s, health_ask, health_build);
    assert_int_equal(cell(&s, "Umami", "state")->level, LEVEL_BAD);
    assert_string_equal(cell(&s, "Umami", "what")->text,
                        "1 of 1 task runs, 0 of 1 target healthy, simulated");
    for (size_t i = 0; i < stage_panel(&s, "things")->grid->row_count; i++)
        assert_string_not_equal(stage_panel(&s, "things")->grid->rows[i].key, "OpenReplay");
    stage_close(&s);

    stage_open(&s);
    stage_services(&s, "health.services",
                   "[{\"name\":\"umami\",\"desired\":-1,\"running\":1},"
                   "{\"name\":\"umami-db\",\"desired\":1,\"running\":1}]");
    stage_show(&s, health_ask, health_build);
    assert_string_equal(cell(&s, "Umami", "what")->text,
                        "how many tasks run ECS did not tell, simulated");
    stage_close(&s);

    stage_open(&s);
    stage_failure(&s, "health.services", ASK_SERVICES, "access denied: ECS ListClusters");
    stage_show(&s, health_ask, health_build);
    assert_string_equal(cell(&s, "ECS services", "what")->text, "access denied: ECS ListClusters");
    stage_close(&s);
}

static void
a_sum_that_is_not_kept_is_told(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.unkept = "cannot write /x/spend: disk full";
    stage_json(&s, "health.obsview", "{}");
    stage_show(&s, health_ask, health_build);
    assert_int_equal(cell(&s, "own cost", "state")->level, LEVEL_WARN);
    assert_non_null(strstr(cell(&s, "own cost", "what")->text,
                           "the month's sum is not kept: cannot write /x/spend: disk full"));
    stage_close(&s);
}

/* --- the account --- */

static struct answer *
add_answer(struct stage *s, const char *key, enum ask_kind kind)
{
    struct answer *answer = answer_new(key, kind);

    answer->got_ms = ANSWERS_NOW - 400;
    answer->pace_ms = 1000;
    s->list[s->count++] = answer;
    return answer;
}

static void
a_budget_is_judged_to_the_cent(void **state)
{
    static const struct {
        int64_t spent, forecast; /* cents; 0: no forecast */
        enum level level;
        const char *what;
    } cases[] = {
        { 12000, 0, LEVEL_OK, "$120.00 of $150.00 this month, 80.0 %" },
        { 12001, 0, LEVEL_WARN, "$120.01 of $150.00 this month, 80.0 %: above 80 %" },
        { 15000, 0, LEVEL_WARN, "$150.00 of $150.00 this month, 100.0 %: above 80 %" },
        { 15001, 0, LEVEL_BAD, "$150.01 of $150.00 this month, 100.0 %: over the limit" },
        { 9620, 14000, LEVEL_OK, "$96.20 of $150.00 this month, 64.1 %, forecast $140.00" },
        { 9620, 15001, LEVEL_WARN,
          "$96.20 of $150.00 this month, 64.1 %, forecast $150.01 passes it" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct bill_budget budgets[] = {
            { .name = "hours", .is_monthly = true },
            { .name = "project",
              .is_monthly = true,
              .is_cost = true,
              .limit_microusd = 150000000,
              .spent_microusd = cases[i].spent * 10000,
              .has_forecast = cases[i].forecast > 0,
              .forecast_microusd = cases[i].forecast * 10000 },
        };
        struct answer *answer;
        struct stage s;

        stage_open(&s);
        s.is_account = true;
        answer = add_answer(&s, "costs.budgets", ASK_BUDGETS);
        answer->budgets = budgets;
        answer->budget_count = 2;
        stage_show(&s, health_ask, health_build);
        assert_int_equal(cell(&s, "budget project", "state")->level, cases[i].level);
        assert_string_equal(cell(&s, "budget project", "what")->text, cases[i].what);
        for (size_t k = 0; k < stage_panel(&s, "things")->grid->row_count; k++)
            assert_string_not_equal(stage_panel(&s, "things")->grid->rows[k].key, "budget hours");
        stage_close(&s);
    }
}

/* Above 70 % of CPU, above 80 % of what it may take; where that is not known, nothing is said. */
static void
a_database_is_judged_by_its_lines(void **state)
{
    static const struct {
        double cpu, connections;
        const char *parameter; /* max_connections */
        enum level level;
        const char *what;
    } cases[] = {
        { 69.9, 79, "100", LEVEL_OK, "CPU 69.9 %, line 70 %, 79 of 100 connections, line 80 %" },
        { 70, 80, "100", LEVEL_OK, "CPU 70.0 %, line 70 %, 80 of 100 connections, line 80 %" },
        { 70.1, 80, "100", LEVEL_BAD, "CPU 70.1 %, line 70 %, 80 of 100 connections, line 80 %" },
        { 70, 81, "100", LEVEL_BAD, "CPU 70.0 %, line 70 %, 81 of 100 connections, line 80 %" },
        { 10, 900, "a secret", LEVEL_OK,
          "CPU 10.0 %, line 70 %, 900 connections, of how many is unknown: cannot judge" },
    };
    static const struct db_member member = { .instance = "db-1", .is_writer = true };
    static const struct db_cluster cluster = { .id = "shop",
                                               .status = "available",
                                               .engine = "aurora-postgresql",
                                               .version = "15.4",
                                               .parameter_group = "own",
                                               .members = &member,
                                               .member_count = 1 };
    static const struct db_instance instance = { .id = "db-1",
                                                 .cluster = "shop",
                                                 .class_name = "db.t4g.medium",
                                                 .status = "available",
                                                 .resource_id = "" };
    char points[128];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer *answer;
        struct stage s;

        stage_open(&s);
        s.is_account = true;
        answer = add_answer(&s, "aurora.clusters", ASK_DB_CLUSTERS);
        answer->db_clusters = &cluster;
        answer->db_cluster_count = 1;
        answer = add_answer(&s, "aurora.instances", ASK_DB_INSTANCES);
        answer->db_instances = &instance;
        answer->db_instance_count = 1;
        add_answer(&s, "aurora.parameter.shop", ASK_DB_PARAMETER)->db_parameter =
            cases[i].parameter;
        snprintf(points, sizeof points, "{\"cpu.db-1\":[[60000,%g]],\"conn.db-1\":[[60000,%g]]}",
                 cases[i].cpu, cases[i].connections);
        stage_points(&s, "aurora.main", points);
        stage_show(&s, health_ask, health_build);
        assert_int_equal(cell(&s, "Aurora shop", "state")->level, cases[i].level);
        assert_string_equal(cell(&s, "Aurora shop", "what")->text, cases[i].what);
        stage_close(&s);
    }
}

/* --- edges --- */

#define VITALS_TO_EMF "Vitals Endpoint > EMF"

/* All names that an emulator has after a vital, an error, a metric and a line of a function. */
static void
stage_edge_names(struct stage *s, bool has_sink)
{
    stage_names(s, "lambda.names", "AWS/Lambda",
                "[[\"Invocations\",\"FunctionName\",\"dev-web-vitals\"],"
                "[\"Invocations\",\"FunctionName\",\"dev-error-reporter\"]]");
    stage_names(s, "logs.names", "AWS/Logs",
                "[[\"IncomingLogEvents\",\"LogGroupName\",\"/aws/lambda/dev-error-reporter\"],"
                "[\"IncomingLogEvents\",\"LogGroupName\",\"/aws/lambda/checkout\"],"
                "[\"IncomingLogEvents\"]]");
    stage_names(s, "vitals.names", "UserMetrics/Frontend",
                has_sink ? "[[\"LCP\",\"environment\",\"dev\"],"
                           "[\"LCP\",\"environment\",\"dev\",\"route\",\"/a\"]]"
                         : "[]");
    stage_names(s, "edges.custom", "UserMetrics/Lambda",
                has_sink ? "[[\"Duration\",\"function\",\"checkout\"]]" : "[]");
    stage_names(s, "edges.database", "UserMetrics/Database", "[]");
    stage_names(s, "edges.balancers", "AWS/ApplicationELB", "[]");
    stage_names(s, "edges.buckets", "AWS/S3", "[]");
    stage_umami(s, "umami.websites", UMAMI_WEBSITES, NULL, "{\"data\":[],\"count\":0}");
}

static const char calls[] =
    "\"0 AWS/Lambda Invocations FunctionName=dev-web-vitals\":[[120000,30],[60000,30]],"
    "\"1 AWS/Lambda Invocations FunctionName=dev-error-reporter\":[],"
    "\"4 AWS/Logs IncomingLogEvents LogGroupName=/aws/lambda/dev-error-reporter\":[],"
    "\"5 AWS/Logs IncomingLogEvents LogGroupName=/aws/lambda/checkout\":[[60000,5]]";
static const char metrics[] = ",\"2 UserMetrics/Frontend LCP environment=dev\":[[60000,60]],"
                              "\"3 UserMetrics/Lambda Duration function=checkout\":[[1800000,5]]";

static const struct cell *
edge(const struct stage *s, const char *row, const char *column)
{
    return stage_cell(s, "edges", row, column);
}

static void
edges_say_what_was_seen(void **state)
{
    struct stage s;
    char json[1024];

    (void)state;
    stage_open(&s);
    stage_edge_names(&s, true);
    snprintf(json, sizeof json, "{%s%s}", calls, metrics);
    stage_points(&s, "edges.now", json);
    stage_points(
        &s, "edges.past",
        "{\"1 AWS/Lambda Invocations FunctionName=dev-error-reporter\":[[86400000,2]],"
        "\"4 AWS/Logs IncomingLogEvents LogGroupName=/aws/lambda/dev-error-reporter\":[]}");
    stage_show(&s, health_ask, health_build);
    assert_int_equal(stage_panel(&s, "edges")->grid->row_count, 21);
    assert_int_equal(stage_ask(&s, "edges.now")->query_count, 6);  /* the whole, not its parts */
    assert_int_equal(stage_ask(&s, "edges.past")->query_count, 2); /* only what was quiet */
    assert_string_equal(edge(&s, VITALS_TO_EMF, "state")->text, "seen");
    assert_string_equal(edge(&s, VITALS_TO_EMF, "evidence")->text, "UserMetrics/Frontend");
    assert_true(edge(&s, VITALS_TO_EMF, "a minute")->number == 1);
    assert_true(edge(&s, VITALS_TO_EMF, "last")->time_ms == ANSWERS_NOW);
    assert_string_equal(edge(&s, "React App > Orchestrator", "evidence")->text,
                        "implied by AWS/Lambda Invocations of dev-web-vitals");
    assert_string_equal(edge(&s, "Error Reporter > Error Endpoint", "state")->text, "seen");
    assert_string_equal(edge(&s, "Error Endpoint > Logger", "state")->text, "never seen");
    assert_int_equal(edge(&s, "Functions > EMF", "state")->level, LEVEL_WARN);
    assert_int_equal(edge(&s, "Umami SDK > Umami", "state")->level, LEVEL_UNKNOWN);
    assert_string_equal(edge(&s, "Grafana > Metrics", "evidence")->text,
                        "the calls of an account are counted, not who makes them");
    assert_int_equal(s.model.attention, 0);
    stage_close(&s);
}

#define SHOP "11111111-2222-4333-8444-555555555555"
#define SITES                                                                          \
    "{\"data\":[{\"id\":\"" SHOP "\",\"name\":\"Shop\",\"domain\":\"shop.example\"}]," \
    "\"count\":1}"

/* What Umami counted came through its script, and that was loaded. */
static void
hits_light_the_way_to_umami(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
    stage_umami(&s, "edges.hits", UMAMI_PAGEVIEWS, NULL,
                "{\"pageviews\":[{\"x\":\"$now-180000\",\"y\":40},"
                "{\"x\":\"$now-120000\",\"y\":20}],\"sessions\":[]}");
    stage_show(&s, health_ask, health_build);
    assert_string_equal(stage_ask(&s, "edges.hits")->website, SHOP);
    assert_null(stage_ask(&s, "edges.hits.past"));
    assert_string_equal(edge(&s, "Umami SDK > Umami", "state")->text, "seen");
    assert_string_equal(edge(&s, "Umami SDK > Umami", "evidence")->text,
                        "views of shop.example in Umami");
    assert_true(edge(&s, "Umami SDK > Umami", "a minute")->number == 1);
    assert_true(edge(&s, "Umami SDK > Umami", "last")->time_ms == ANSWERS_NOW - 60000);
    assert_string_equal(edge(&s, "Orchestrator > Umami SDK", "state")->text, "seen");
    assert_string_equal(edge(&s, "React App > Orchestrator", "state")->text, "seen");
    stage_close(&s);
}

/* Nothing in the range: two weeks are looked at before it is called "never". */
static void
a_website_without_hits_was_never_seen(void **state)
{
    static const char none[] = "{\"pageviews\":[],\"sessions\":[]}";
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_umami(&s, "umami.websites", UMAMI_WEBSITES, NULL, SITES);
    stage_names(&s, "edges.balancers", "AWS/ApplicationELB", "[]");
    stage_umami(&s, "edges.hits", UMAMI_PAGEVIEWS, NULL, none);
    stage_show(&s, health_ask, health_build);
    assert_non_null(stage_ask(&s, "edges.hits.past"));
    stage_umami(&s, "edges.hits.past", UMAMI_PAGEVIEWS, NULL, none);
    stage_show(&s, health_ask, health_build);
    assert_string_equal(edge(&s, "Umami SDK > Umami", "state")->text, "never seen");
    stage_close(&s);
}

/* The same traffic without what makes metrics of it: one path is dark, and where it begins to be is
 * what calls for eyes. */
static void
without_the_emf_sink_one_path_is_dark(void **state)
{
    static const char *const path[] = { VITALS_TO_EMF, "Functions > EMF", "EMF > Metrics" };
    size_t dark = 0, lit = 0;
    struct stage s;
    char json[1024];

    (void)state;
    stage_open(&s);
    stage_edge_names(&s, false);
    snprintf(json, sizeof json, "{%s}", calls);
    stage_points(&s, "edges.now", json);
    stage_points(&s, "edges.past",
                 "{\"1 AWS/Lambda Invocations FunctionName=dev-error-reporter\":[[86400000,2]],"
                 "\"4 AWS/Logs IncomingLogEvents LogGroupName=/aws/lambda/dev-error-reporter\":"
                 "[[86400000,2]]}");
    stage_show(&s, health_ask, health_build);
    for (size_t i = 0; i < sizeof path / sizeof path[0]; i++)
        assert_string_equal(edge(&s, path[i], "state")->text, "never seen");
    for (size_t i = 0; i < WIRING_EDGES; i++) {
        const struct row *row = &stage_panel(&s, "edges")->grid->rows[i];

        dark += row->level == LEVEL_BAD;
        lit += strcmp(edge(&s, row->key, "state")->text, "seen") == 0;
    }
    assert_int_equal(dark, 3);
    assert_int_equal(lit, 8); /* AB BE BF EH FI GK IK KQ */
    assert_int_equal(s.model.attention, 1);
    assert_non_null(strstr(cell(&s, "edges", "what")->text,
                           "nothing goes from Web Vitals Endpoint to CloudWatch EMF"));
    stage_close(&s);
}

/* An account is not asked about edges behind another page: that would cost. */
static void
edges_of_an_account_are_asked_while_they_are_looked_at(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    s.is_account = true;
    stage_edge_names(&s, true);
    stage_show(&s, health_ask, health_build);
    assert_non_null(stage_ask(&s, "edges.now"));
    assert_in_range(stage_ask(&s, "edges.now")->pace_ms, 300000, 3600000);
    assert_string_equal(stage_ask(&s, "edges.custom")->namespace_name, "UserMetrics/Lambda");
    s.q.is_behind = true;
    stage_show(&s, health_ask, health_build);
    assert_null(stage_ask(&s, "edges.now"));
    assert_null(stage_ask(&s, "edges.buckets"));
    assert_non_null(stage_ask(&s, "health.services"));
    stage_close(&s);
}

/* Whatever the class its bytes are in; of other buckets nothing is said. */
static void
a_bucket_of_recordings_has_its_size(void **state)
{
    const struct cell *what;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_names(
        &s, "edges.buckets", "AWS/S3",
        "[[\"BucketSizeBytes\",\"BucketName\",\"replays\",\"StorageType\",\"StandardStorage\"],"
        "[\"BucketSizeBytes\",\"BucketName\",\"replays\",\"StorageType\",\"StandardIAStorage\"],"
        "[\"NumberOfObjects\",\"BucketName\",\"replays\",\"StorageType\",\"AllStorageTypes\"],"
        "[\"BucketSizeBytes\",\"BucketName\",\"session-b\",\"StorageType\",\"StandardStorage\"],"
        "[\"BucketSizeBytes\",\"BucketName\",\"photos\",\"StorageType\",\"StandardStorage\"]]");
    stage_points(&s, "health.buckets",
                 "{\"BucketSizeBytes replays StandardStorage\":[[259200000,2e9],[86400000,3e9]],"
                 "\"BucketSizeBytes replays StandardIAStorage\":[[259200000,7e9],[86400000,9e9]],"
                 "\"NumberOfObjects replays AllStorageTypes\":[[86400000,1234]],"
                 "\"BucketSizeBytes session-b StandardStorage\":[]}");
    stage_show(&s, health_ask, health_build);
    assert_int_equal(stage_ask(&s, "health.buckets")->query_count, 4);
    assert_true(stage_ask(&s, "health.buckets")->range.span_ms == INT64_C(14) * 86400000);
    what = stage_cell(&s, "things", "bucket replays", "what");
    assert_string_equal(what->text, "12.0 GB in 1,234 objects, +1.5 GB a day, simulated");
    what = stage_cell(&s, "things", "bucket session-b", "what");
    assert_string_equal(what->text, "no size in two weeks");
    for (size_t i = 0; i < stage_panel(&s, "things")->grid->row_count; i++)
        assert_null(strstr(stage_panel(&s, "things")->grid->rows[i].key, "photos"));
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_are_held_against_five_percent),
        cmocka_unit_test(the_worst_is_seen_first_and_without_colour),
        cmocka_unit_test(alarms_are_counted),
        cmocka_unit_test(obsview_judges_itself),
        cmocka_unit_test(what_fails_on_purpose_is_not_forgotten),
        cmocka_unit_test(silence_and_failures_are_told),
        cmocka_unit_test(answers_that_all_fail_are_bad),
        cmocka_unit_test(services_and_targets_are_judged),
        cmocka_unit_test(umami_has_a_line_of_its_own),
        cmocka_unit_test(a_sum_that_is_not_kept_is_told),
        cmocka_unit_test(a_budget_is_judged_to_the_cent),
        cmocka_unit_test(a_database_is_judged_by_its_lines),
        cmocka_unit_test(a_bucket_of_recordings_has_its_size),
        cmocka_unit_test(edges_say_what_was_seen),
        cmocka_unit_test(hits_light_the_way_to_umami),
        cmocka_unit_test(a_website_without_hits_was_never_seen),
        cmocka_unit_test(without_the_emf_sink_one_path_is_dark),
        cmocka_unit_test(edges_of_an_account_are_asked_while_they_are_looked_at),
    };

    return cmocka_run_group_tests_name("view_health", tests, NULL, NULL);
}
