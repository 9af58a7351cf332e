/* test_view_aurora.c - what the Aurora view asks of a cluster, and what it says.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answers.h"
#include "base/buf.h"
#include "tui/views/models.h"

#include <math.h>

#define ONE_CLUSTER "[{\"id\":\"shop\",\"members\":[[\"shop-1\",true]]}]"
#define TWO_CLUSTERS                                                     \
    "[{\"id\":\"shop\",\"members\":[[\"shop-1\",true]]},"                \
    "{\"id\":\"lab\",\"members\":[[\"lab-2\",false],[\"lab-1\",true]]}," \
    "{\"id\":\"papers\",\"engine\":\"docdb\",\"members\":[[\"p-1\",true]]}]"
#define ONE_INSTANCE \
    "[{\"id\":\"shop-1\",\"class\":\"db.t4g.medium\",\"resource\":\"db-A\",\"insights\":true}]"

static void
show(struct stage *s)
{
    stage_show(s, aurora_ask, aurora_build);
}

static const char *
fact(const struct stage *s, const char *name)
{
    const struct panel *panel = stage_panel(s, "cluster");

    for (size_t i = 0; i < panel->fact_count; i++) {
        if (strcmp(panel->facts[i].name, name) == 0)
            return panel->facts[i].value.text;
    }
    fail_msg("there is no %s", name);
    return NULL;
}

static const struct metric_ask *
query_named(const struct stage *s, const char *key, const char *id)
{
    const struct ask *ask = stage_ask(s, key);

    for (size_t i = 0; ask != NULL && i < ask->query_count; i++) {
        if (strcmp(ask->queries[i].id, id) == 0)
            return &ask->queries[i];
    }
    return NULL;
}

static void
what_is_judged_is_asked_oftener_than_the_rest(void **state)
{
    const struct metric_ask *cpu;
    struct stage s;

    (void)state;
    stage_open(&s);
    show(&s);
    assert_non_null(stage_ask(&s, "aurora.clusters"));
    assert_null(stage_ask(&s, "aurora.main")); /* of what? */
    stage_db_clusters(&s, "aurora.clusters", TWO_CLUSTERS);
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    show(&s);
    assert_int_equal(stage_ask(&s, "aurora.main")->query_count, 6); /* two of three instances */
    assert_true(stage_ask(&s, "aurora.main")->pace_ms == 0);
    cpu = query_named(&s, "aurora.main", "cpu.shop-1");
    assert_string_equal(cpu->series.metric, "CPUUtilization");
    assert_string_equal(cpu->series.dims.dims[0].name, "DBInstanceIdentifier");
    assert_string_equal(cpu->stat, "Average");
    assert_null(query_named(&s, "aurora.main", "cpu.p-1")); /* DocumentDB */
    assert_true(stage_ask(&s, "aurora.more.shop")->pace_ms == 300000);
    assert_true(stage_ask(&s, "aurora.storage.shop")->pace_ms == 3600000);
    assert_true(stage_ask(&s, "aurora.storage.shop")->range.span_ms == INT64_C(7) * 86400000);
    assert_null(stage_ask(&s, "aurora.more.lab")); /* not under the cursor */
    assert_non_null(query_named(&s, "aurora.more.shop", "credits"));
    assert_null(query_named(&s, "aurora.more.shop", "acu"));
    assert_string_equal(stage_ask(&s, "aurora.load.shop")->database, "db-A");
    s.q.is_behind = true;
    show(&s);
    assert_non_null(stage_ask(&s, "aurora.main"));
    assert_null(stage_ask(&s, "aurora.more.shop"));
    assert_null(stage_ask(&s, "aurora.own"));
    stage_close(&s);
}

/* CPU 69.9, 70 and 70.1 %; 79, 80 and 81 of 100 connections, and of nobody knows how many. */
static void
lines_are_judged_at_their_edges(void **state)
{
    static const struct {
        double cpu, connections;
        const char *maximum;
        enum level cpu_level, connections_level;
        const char *note;
        unsigned attention;
    } cases[] = {
        { 69.9, 79, "100", LEVEL_OK, LEVEL_OK, "fine", 0 },
        { 70, 80, "100", LEVEL_OK, LEVEL_OK, "fine", 0 },
        { 70.1, 81, "100", LEVEL_BAD, LEVEL_BAD, "over 80 % of 100", 2 },
        { 41, 80, "?", LEVEL_OK, LEVEL_UNKNOWN, "cannot judge: no max", 0 },
        { 41, 5000, NULL, LEVEL_OK, LEVEL_BAD, "over 80 % of ~400", 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct cell *cell;
        struct buf points;
        struct stage s;

        print_message("%g %% and %g of %s\n", cases[i].cpu, cases[i].connections,
                      cases[i].maximum == NULL ? "the formula" : cases[i].maximum);
        stage_open(&s);
        buf_init(&points, 1000);
        buf_addf(&points, "{\"cpu.shop-1\":[[120000,%g]],\"conn.shop-1\":[[120000,%g]]}",
                 cases[i].cpu, cases[i].connections);
        stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
        stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
        stage_db_parameter(&s, "aurora.parameter.shop", cases[i].maximum);
        stage_points(&s, "aurora.main", points.data);
        show(&s);
        cell = stage_cell(&s, "measures", "cpu.shop-1", "now");
        assert_true(cell->number == cases[i].cpu);
        assert_int_equal(cell->level, cases[i].cpu_level);
        cell = stage_cell(&s, "measures", "conn.shop-1", "now");
        assert_int_equal(cell->level, cases[i].connections_level);
        assert_string_equal(stage_cell(&s, "measures", "conn.shop-1", "note")->text, cases[i].note);
        assert_int_equal(s.model.attention, cases[i].attention);
        buf_fini(&points);
        stage_close(&s);
    }
}

static void
what_was_over_is_told(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    stage_points(&s, "aurora.main", "{\"cpu.shop-1\":[[600000,90],[120000,40]]}");
    show(&s);
    assert_int_equal(stage_cell(&s, "measures", "cpu.shop-1", "now")->level, LEVEL_WARN);
    assert_string_equal(stage_cell(&s, "measures", "cpu.shop-1", "note")->text, "was over 70 %");
    assert_true(stage_cell(&s, "measures", "cpu.shop-1", "most")->number == 90);
    assert_int_equal(s.model.attention, 0);
    stage_close(&s);
}

/* A group of somebody's own that cannot be read may say anything; AWS's own cannot be changed. */
static void
a_group_that_is_not_told_is_no_formula(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters",
                      "[{\"id\":\"shop\",\"group\":\"mine\",\"members\":[[\"shop-1\",true]]}]");
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    stage_failure(&s, "aurora.parameter.shop", ASK_DB_PARAMETER,
                  "access denied: RDS DescribeDBClusterParameters");
    show(&s);
    assert_string_equal(fact(&s, "maximum"), "unknown: cannot judge");
    assert_string_equal(stage_panel(&s, "cluster")->failure,
                        "access denied: RDS DescribeDBClusterParameters");
    stage_close(&s);
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    stage_failure(&s, "aurora.parameter.shop", ASK_DB_PARAMETER, "not there");
    show(&s);
    assert_string_equal(fact(&s, "maximum"), "~400, formula by class");
    assert_null(stage_panel(&s, "cluster")->failure);
    stage_close(&s);
}

static void
users_have_connections_where_somebody_publishes_them(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    stage_names(&s, "aurora.own", "UserMetrics/Database",
                "[[\"DatabaseConnections\",\"environment\",\"dev\",\"user\",\"umami_user\"],"
                "[\"DatabaseConnections\",\"user\",\"umami_user\"],"
                "[\"DatabaseConnections\",\"User\",\"app_rw\"],"
                "[\"DatabaseConnections\",\"cluster\",\"lab\",\"user\",\"other\"],"
                "[\"Queries\",\"user\",\"app_rw\"]]");
    stage_points(&s, "aurora.users.shop",
                 "{\"umami_user\":[[120000,12]],\"app_rw\":[[120000,48]]}");
    stage_points(&s, "aurora.load.shop",
                 "{\"\":[[120000,2]],\"umami_user\":[[120000,1]],\"rdsadmin\":[[120000,1]]}");
    show(&s);
    assert_int_equal(stage_ask(&s, "aurora.users.shop")->query_count, 2);
    assert_int_equal(query_named(&s, "aurora.users.shop", "umami_user")->series.dims.count, 1);
    assert_string_equal(stage_panel(&s, "users")->title, "connections by user");
    assert_string_equal(stage_panel(&s, "users")->grid->rows[0].key, "app_rw");
    assert_true(stage_cell(&s, "users", "umami_user", "connections")->number == 12);
    assert_true(stage_cell(&s, "users", "umami_user", "share")->number == 20);
    assert_true(stage_cell(&s, "users", "umami_user", "load (sessions)")->number == 1);
    assert_int_equal(stage_cell(&s, "users", "rdsadmin", "connections")->kind, CELL_EMPTY);
    assert_string_equal(fact(&s, "Umami"), "20 % by connections: 12 of 60");
    stage_close(&s);
}

static void
load_alone_is_called_load(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    stage_names(&s, "aurora.own", "UserMetrics/Database", "[]");
    stage_points(&s, "aurora.load.shop",
                 "{\"\":[[240000,1],[120000,3]],\"umami_user\":[[240000,0.5],[120000,0.5]]}");
    show(&s);
    assert_string_equal(stage_panel(&s, "users")->title, "load by user");
    assert_string_equal(stage_panel(&s, "users")->note,
                        "load, average active sessions; connections by user unknown");
    assert_string_equal(fact(&s, "Umami"), "25 % by load (active sessions)");
    stage_close(&s);
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_db_instances(&s, "aurora.instances", "[{\"id\":\"shop-1\"}]");
    stage_names(&s, "aurora.own", "UserMetrics/Database", "[]");
    show(&s);
    assert_null(stage_ask(&s, "aurora.load.shop"));
    assert_int_equal(stage_panel(&s, "users")->grid->row_count, 0);
    assert_string_equal(fact(&s, "Umami"), "share unknown: none by user");
    stage_close(&s);
}

static void
storage_grows_by_the_day(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    stage_points(&s, "aurora.storage.shop",
                 "{\"bytes\":[[172800000,30000000000],[0,30800000000]],"
                 "\"schema\":[[86400000,310000000],[0,314000000]]}");
    stage_points(&s, "aurora.more.shop",
                 "{\"read_s\":[[120000,0.0006]],\"deadlocks\":[[240000,0.05],[120000,0]]}");
    show(&s);
    assert_string_equal(stage_cell(&s, "measures", "storage", "note")->text, "+400 MB a day");
    assert_string_equal(fact(&s, "schema"), "314 MB  +4.0 MB a day");
    assert_true(fabs(stage_cell(&s, "measures", "read_s", "now")->number - 0.6) < 1e-9);
    assert_string_equal(stage_cell(&s, "measures", "deadlocks", "note")->text, "3 in this range");
    stage_close(&s);
}

static void
serverless_is_judged_by_its_greatest_capacity(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters",
                      "[{\"id\":\"shop\",\"acu\":[0.5,8],\"members\":[[\"shop-1\",true]]}]");
    stage_db_instances(&s, "aurora.instances", "[{\"id\":\"shop-1\",\"class\":\"db.serverless\"}]");
    stage_points(&s, "aurora.more.shop", "{\"acu\":[[120000,2.5]]}");
    show(&s);
    assert_non_null(query_named(&s, "aurora.more.shop", "acu"));
    assert_null(query_named(&s, "aurora.more.shop", "credits"));
    assert_string_equal(fact(&s, "maximum"), "~1669, formula by greatest capacity");
    assert_true(stage_cell(&s, "measures", "acu", "of all")->full == 8);
    assert_string_equal(stage_cell(&s, "measures", "acu", "note")->text, "0.5 to 8");
    stage_close(&s);
}

/* CPU 40 % for half of the hour, then 48 %: twenty percent more. */
static void
a_mark_splits_the_range(void **state)
{
    struct buf points;
    struct stage s;

    (void)state;
    stage_open(&s);
    buf_init(&points, 10000);
    buf_adds(&points, "{\"cpu.shop-1\":[");
    for (int i = 29; i >= 1; i--)
        buf_addf(&points, "%s[%d,%d]", i == 29 ? "" : ",", i * 120000, i > 15 ? 40 : 48);
    buf_adds(&points, "]}");
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    stage_points(&s, "aurora.main", points.data);
    show(&s);
    assert_null(model_panel(&s.model, "change"));
    s.q.mark_ms = ANSWERS_NOW - 1800000;
    show(&s);
    assert_true(stage_cell(&s, "change", "cpu.shop-1", "before")->number == 40);
    assert_true(stage_cell(&s, "change", "cpu.shop-1", "after")->number == 48);
    assert_true(stage_cell(&s, "change", "cpu.shop-1", "change")->number == 20);
    assert_string_equal(stage_cell(&s, "change", "cpu.shop-1", "verdict")->text, "grew");
    assert_int_equal(stage_panel(&s, "cpu")->charts[0].mark_count, 1);
    s.q.mark_ms = ANSWERS_NOW - 240000;
    show(&s);
    assert_string_equal(stage_cell(&s, "change", "cpu.shop-1", "verdict")->text, "too few samples");
    s.q.mark_ms = ANSWERS_NOW - 7200000;
    show(&s);
    assert_int_equal(stage_panel(&s, "change")->grid->row_count, 0);
    s.q.mark_ms = 0;
    stage_functions(&s, "functions", "[[\"checkout\",\"nodejs22.x\",512,10,1800000]]");
    show(&s);
    assert_string_equal(stage_panel(&s, "change")->note, "function checkout");
    assert_string_equal(stage_cell(&s, "change", "cpu.shop-1", "verdict")->text, "grew");
    buf_fini(&points);
    stage_close(&s);
}

static void
several_clusters_are_a_list(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", TWO_CLUSTERS);
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    stage_points(&s, "aurora.main", "{\"cpu.lab-1\":[[120000,90]]}");
    show(&s);
    assert_string_equal(s.model.panels[0].name, "clusters");
    assert_int_equal(s.model.panels[0].grid->row_count, 2);
    assert_string_equal(stage_panel(&s, "measures")->title, "shop");
    assert_int_equal(s.model.panels[0].grid->rows[1].level, LEVEL_BAD);
    assert_string_equal(s.model.panels[0].grid->rows[1].open_key, "lab");
    assert_int_equal(s.model.attention, 1);
    s.q.cursor = "lab";
    show(&s);
    assert_string_equal(stage_panel(&s, "measures")->title, "lab");
    s.q.cursor = "";
    s.q.key = "lab";
    show(&s);
    assert_string_equal(s.model.panels[0].name, "measures");
    assert_string_equal(s.model.panels[0].title, "measures"); /* "Aurora, lab, measures" */
    assert_string_equal(s.model.panels[0].grid->rows[0].key, "cpu.lab-1"); /* the writer first */
    stage_close(&s);
}

static void
no_cluster_is_one_sentence(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", "[]");
    stage_db_instances(&s, "aurora.instances", "[]");
    show(&s);
    assert_int_equal(s.model.panel_count, 1);
    assert_string_equal(stage_panel(&s, "measures")->grid->empty,
                        "no Aurora cluster in this account and region");
    stage_close(&s);
    stage_open(&s);
    stage_failure(&s, "aurora.clusters", ASK_DB_CLUSTERS, "access denied: RDS DescribeDBClusters");
    show(&s);
    assert_string_equal(stage_panel(&s, "measures")->failure,
                        "access denied: RDS DescribeDBClusters");
    stage_close(&s);
}

static void
what_is_made_up_is_called_so(void **state)
{
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_json(&s, "aurora.stack",
               "{\"simulated\":[\"AWS/ECS\",\"AWS/RDS\"],"
               "\"measured\":[{\"namespace\":\"AWS/RDS\",\"metric\":\"CommitLatency\"}]}");
    stage_db_instances(&s, "aurora.instances", ONE_INSTANCE);
    stage_points(&s, "aurora.more.shop", "{\"commit_ms\":[[120000,2]],\"read_s\":[[120000,2]]}");
    show(&s);
    assert_string_equal(stage_cell(&s, "measures", "commit_ms", "note")->text,
                        "own store while written");
    assert_int_equal(stage_cell(&s, "measures", "read_s", "note")->kind, CELL_EMPTY);
    assert_non_null(strstr(stage_panel(&s, "measures")->note, "simulated"));
    stage_close(&s);
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_json(&s, "aurora.stack", "{\"simulated\":[\"AWS/ECS\"],\"measured\":[]}");
    show(&s);
    assert_null(strstr(stage_panel(&s, "measures")->note, "simulated"));
    stage_close(&s);
}

static void
events_are_those_of_the_cluster(void **state)
{
    const struct grid *grid;
    struct stage s;

    (void)state;
    stage_open(&s);
    stage_db_clusters(&s, "aurora.clusters", ONE_CLUSTER);
    stage_db_events(&s, "aurora.events",
                    "[[\"shop-1\",60000,\"failover\",\"b\"],[\"other\",60000,\"failure\",\"c\"],"
                    "[\"shop\",90000,\"maintenance\",\"a\"]]");
    show(&s);
    grid = stage_panel(&s, "events")->grid;
    assert_int_equal(grid->row_count, 2);
    assert_int_equal(grid->rows[0].level, LEVEL_WARN);
    assert_int_equal(grid->rows[1].level, LEVEL_NONE);
    stage_close(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_judged_is_asked_oftener_than_the_rest),
        cmocka_unit_test(lines_are_judged_at_their_edges),
        cmocka_unit_test(what_was_over_is_told),
        cmocka_unit_test(a_group_that_is_not_told_is_no_formula),
        cmocka_unit_test(users_have_connections_where_somebody_publishes_them),
        cmocka_unit_test(load_alone_is_called_load),
        cmocka_unit_test(storage_grows_by_the_day),
        cmocka_unit_test(serverless_is_judged_by_its_greatest_capacity),
        cmocka_unit_test(a_mark_splits_the_range),
        cmocka_unit_test(several_clusters_are_a_list),
        cmocka_unit_test(no_cluster_is_one_sentence),
        cmocka_unit_test(what_is_made_up_is_called_so),
        cmocka_unit_test(events_are_those_of_the_cluster),
    };

    return cmocka_run_group_tests_name("view_aurora", tests, NULL, NULL);
}
