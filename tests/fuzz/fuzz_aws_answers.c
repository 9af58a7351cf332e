/* fuzz_aws_answers.c - what a server may answer to the client: alarms, history, functions, metric
 * data, names, tags, Insights results, services, target groups, databases and their load.
 * SPDX-License-Identifier: MIT
 *
 * The first byte says who reads the rest, a JSON value that is given as every page there is: the
 * link replaces the functions that would send requests and count them. */
#include "config.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "aws/alarms.h"
#include "aws/cloudwatch.h"
#include "aws/ecs.h"
#include "aws/elb.h"
#include "aws/insights_table.h"
#include "aws/lambda.h"
#include "aws/logs.h"
#include "aws/performance_insights.h"
#include "aws/rds.h"
#include "aws/tagging.h"
#include "base/json.h"
#include "domain/db_limit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PAGES_MOST 1000 /* more than any job asks for */

/* The call under way; nothing is ever sent. */
static struct {
    aws_done *done;
    void *arg;
} pending;
static unsigned ended;

struct aws_call *__wrap_aws_call_start(struct aws_client *client, enum aws_service service,
                                       const char *operation, const cJSON *input, aws_done *done,
                                       void *arg);
struct aws_call *__wrap_aws_get_start(struct aws_client *client, enum aws_service service,
                                      const char *operation, const char *path, const cJSON *query,
                                      aws_done *done, void *arg);
const struct aws_target *__wrap_aws_client_target(const struct aws_client *client);

struct aws_call *
__wrap_aws_call_start(struct aws_client *client, enum aws_service service, const char *operation,
                      const cJSON *input, aws_done *done, void *arg)
{
    (void)client;
    (void)service;
    (void)operation;
    (void)input;
    assert(pending.done == NULL);
    pending.done = done;
    pending.arg = arg;
    return NULL;
}

struct aws_call *
__wrap_aws_get_start(struct aws_client *client, enum aws_service service, const char *operation,
                     const char *path, const cJSON *query, aws_done *done, void *arg)
{
    (void)path;
    return __wrap_aws_call_start(client, service, operation, query, done, arg);
}

const struct aws_target *
__wrap_aws_client_target(const struct aws_client *client)
{
    static const struct aws_target target = { .is_emulator = true };

    (void)client;
    return &target;
}

void __wrap_aws_call_count(struct aws_call *call, unsigned *arrived);

void
__wrap_aws_call_count(struct aws_call *call, unsigned *arrived)
{
    (void)call;
    (void)arrived;
}

static void
check_text(const char *text)
{
    assert(text != NULL && strlen(text) < ((size_t)1 << 30));
}

static void
on_alarms(void *arg, const struct alarm *alarms, size_t count, bool partial, const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    assert(count <= ALARMS_MAX);
    for (size_t i = 0; err == NULL && i < count; i++) {
        const struct alarm_rule *rule = &alarms[i].rule;
        char text[256];

        check_text(alarms[i].name);
        check_text(alarms[i].reason);
        assert(alarms[i].state < ALARM_STATES && rule->comparison < ALARM_COMPARISONS);
        assert(rule->missing < ALARM_MISSINGS && rule->period_s > 0);
        assert(rule->datapoints_to_alarm >= 1);
        assert(rule->evaluation_periods >= rule->datapoints_to_alarm);
        alarm_describe(&alarms[i], text, sizeof text);
    }
}

static void
on_history(void *arg, const struct alarms_event *events, size_t count, bool partial,
           const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    assert(count <= 50);
    for (size_t i = 0; err == NULL && i < count; i++) {
        check_text(events[i].summary);
        assert(i == 0 || events[i - 1].time_ms >= events[i].time_ms);
        assert(events[i].from <= ALARM_STATES && events[i].to <= ALARM_STATES);
    }
}

static void
on_functions(void *arg, const struct lambda_info *functions, size_t count, bool partial,
             const struct err *err)
{
    (void)arg;
    (void)partial;
    (void)err;
    ended++;
    assert(count <= LAMBDA_FUNCTIONS_MAX);
    for (size_t i = 0; i < count; i++)
        check_text(functions[i].name);
}

static void
on_tagged(void *arg, const struct tagged_resource *resources, size_t count, bool partial,
          const struct err *err)
{
    struct tag_verdict verdict;
    struct buf told;

    (void)arg;
    (void)partial;
    ended++;
    assert(count <= TAGGING_RESOURCES_MAX);
    buf_init(&told, (size_t)1 << 20);
    for (size_t i = 0; err == NULL && i < count; i++) {
        check_text(resources[i].name);
        check_text(resources[i].type);
        tag_judge(&verdict, &resources[i]);
        buf_clear(&told);
        tag_tell(&told, &resources[i], &verdict);
        assert(tag_is_faulty(&verdict) == (told.len > 0 || buf_failed(&told)));
    }
    buf_fini(&told);
}

static void
on_data(void *arg, const struct cloudwatch_points *points, bool partial, int64_t cost_microusd,
        const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    assert(cost_microusd == 0);
    for (size_t i = 0; err == NULL && i < 3; i++) {
        for (size_t k = 1; k < points[i].count; k++)
            assert(points[i].times_ms[k - 1] < points[i].times_ms[k]);
    }
}

static void
on_services(void *arg, const struct ecs_service *services, size_t count, bool partial,
            const char *caveat, const struct err *err)
{
    (void)arg;
    (void)partial;
    (void)caveat;
    ended++;
    assert(count <= ECS_SERVICES_MAX);
    for (size_t i = 0; err == NULL && i < count; i++) {
        check_text(services[i].name);
        check_text(services[i].cluster);
        check_text(services[i].stopped);
        assert(services[i].running >= ECS_UNTOLD && services[i].desired >= ECS_UNTOLD);
    }
}

static void
on_groups(void *arg, const struct elb_group *groups, size_t count, bool partial,
          const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    assert(count <= ELB_GROUPS_MAX);
    for (size_t i = 0; err == NULL && i < count; i++) {
        check_text(groups[i].name);
        check_text(groups[i].reason);
        assert(groups[i].healthy + groups[i].starting + groups[i].leaving <= groups[i].targets);
    }
}

static void
on_names(void *arg, const struct series_key *names, size_t count, bool partial,
         int64_t cost_microusd, const struct err *err)
{
    (void)arg;
    (void)partial;
    (void)cost_microusd;
    (void)err;
    ended++;
    for (size_t i = 0; i < count; i++)
        check_text(names[i].metric);
}

static void
on_events(void *arg, const struct logs_event *events, size_t count, bool partial,
          const struct err *err)
{
    (void)arg;
    (void)partial;
    (void)err;
    ended++;
    assert(count <= 20);
    for (size_t i = 1; i < count; i++)
        assert(events[i - 1].time_ms <= events[i].time_ms);
}

static void
on_clusters(void *arg, const struct db_cluster *clusters, size_t count, bool partial,
            const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    assert(count <= RDS_ITEMS_MAX);
    for (size_t i = 0; err == NULL && i < count; i++) {
        check_text(clusters[i].id);
        check_text(clusters[i].parameter_group);
        assert(clusters[i].member_count <= DB_MEMBERS_MAX);
        for (size_t k = 0; k < clusters[i].member_count; k++)
            check_text(clusters[i].members[k].instance);
        assert(clusters[i].most_acu >= 0 && clusters[i].backup_days >= 0);
    }
}

static void
on_instances(void *arg, const struct db_instance *instances, size_t count, bool partial,
             const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    for (size_t i = 0; err == NULL && i < count; i++) {
        check_text(instances[i].class_name);
        check_text(instances[i].resource_id);
    }
}

static void
on_db_events(void *arg, const struct db_event *events, size_t count, bool partial,
             const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    for (size_t i = 0; err == NULL && i < count; i++) {
        check_text(events[i].message);
        check_text(events[i].category);
        assert(i == 0 || events[i - 1].time_ms >= events[i].time_ms);
    }
}

static void
on_parameter(void *arg, const char *value, const struct err *err)
{
    (void)arg;
    ended++;
    if (value != NULL) {
        struct db_limit limit =
            db_limit_of(&(struct db_shape){ "db.t4g.medium", 0, 0, value, NULL });

        assert(err == NULL);
        assert(limit.source == DB_LIMIT_UNKNOWN || limit.connections >= 1);
    }
}

static void
on_load(void *arg, const struct load_series *series, size_t count, bool partial,
        const struct err *err)
{
    (void)arg;
    (void)partial;
    ended++;
    assert(count <= INSIGHTS_USERS_MAX + 1);
    for (size_t i = 0; err == NULL && i < count; i++) {
        check_text(series[i].user);
        for (size_t k = 1; k < series[i].count; k++)
            assert(series[i].times_ms[k - 1] < series[i].times_ms[k]);
    }
}

static void
read_insights(struct arena *arena, const cJSON *answer)
{
    struct insights_table table;
    struct err err;

    if (insights_table_read(&table, arena, answer, &err) != OK)
        return;
    assert(table.row_count <= INSIGHTS_ROWS_MAX && table.column_count <= INSIGHTS_COLUMNS_MAX);
    for (size_t i = 0; i < table.row_count * table.column_count; i++) {
        if (table.cells[i] != NULL)
            check_text(table.cells[i]);
    }
}

static const struct cloudwatch_query queries[] = {
    { .series = { .namespace_name = "N", .metric = "A" }, .stat = "Sum", .period_s = 60 },
    { .series = { .namespace_name = "N", .metric = "B" },
      .stat = "p75",
      .period_s = 60,
      .math_id = "m1" },
    { .expression = "m1*2", .math_id = "e1" },
};

static void
start(uint8_t who, struct arena *arena)
{
    static const struct logs_filter filter = { .group = "/a", .to_ms = 1000, .max = 20 };

    switch (who % 14) {
    case 0:
        alarms_describe(NULL, arena, on_alarms, NULL);
        break;
    case 1:
        alarms_history(NULL, arena, NULL, 0, 1000, 50, on_history, NULL);
        break;
    case 2:
        lambda_list(NULL, arena, on_functions, NULL);
        break;
    case 3:
        cloudwatch_get_data(NULL, arena, queries, 3, 0, 60000, on_data, NULL);
        break;
    case 4:
        cloudwatch_list_metrics(NULL, arena, NULL, 100, on_names, NULL);
        break;
    case 5:
        logs_filter_events(NULL, arena, &filter, on_events, NULL);
        break;
    case 6:
        tagging_list(NULL, arena, on_tagged, NULL);
        break;
    case 7:
        ecs_describe(NULL, arena, on_services, NULL);
        break;
    case 8:
        elb_describe(NULL, arena, on_groups, NULL);
        break;
    case 9:
        rds_clusters(NULL, arena, on_clusters, NULL);
        break;
    case 10:
        rds_instances(NULL, arena, on_instances, NULL);
        break;
    case 11:
        rds_events(NULL, arena, 0, 1000, on_db_events, NULL);
        break;
    case 12:
        rds_max_connections(NULL, arena, "group", on_parameter, NULL);
        break;
    default:
        performance_insights_load(NULL, arena, "db-A", 0, 60000, on_load, NULL);
        break;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    cJSON *answer = NULL;
    unsigned pages = 0;

    if (size > 0 && json_parse(&answer, (const char *)data + 1, size - 1, NULL) == OK &&
        cJSON_IsObject(answer)) {
        read_insights(arena, answer);
        ended = 0;
        start(data[0], arena);
        while (pending.done != NULL) {
            aws_done *done = pending.done;

            pending.done = NULL;
            assert(++pages < PAGES_MOST);
            done(pending.arg, answer, NULL);
        }
        assert(ended == 1);
    }
    cJSON_Delete(answer);
    arena_free(arena);
    return 0;
}
