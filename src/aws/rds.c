/* rds.c - four operations of the query protocol, each a list in pages.
 * SPDX-License-Identifier: MIT
 *
 * Elements that lack what they are known by end the listing; anything else may be missing. */
#include "config.h"

#include "aws/rds.h"

#include "aws/answer.h"
#include "aws/listing.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define PAGES_MAX       60
#define EVENTS_KEPT_MS  (14 * INT64_C(86400000))
#define ACU_MAX         1024.0
#define BACKUP_DAYS_MAX 3650
#define PARAMETER       "max_connections"

/* What an element is known by; NULL, and the sentence, when it is missing. */
static const char *
known_by(struct arena *arena, const cJSON *item, const char *element, const char *key,
         struct err *err)
{
    const char *text = answer_text(arena, item, key, NULL);

    if (text == NULL || *text == '\0') {
        err_set(err, E_INVALID, "%s without %s", element, key);
        return NULL;
    }
    return text;
}

static const struct db_member *
read_members(struct arena *arena, const cJSON *list, size_t *count)
{
    struct db_member *members = arena_alloc(arena, DB_MEMBERS_MAX * sizeof *members);
    const cJSON *item;

    *count = 0;
    cJSON_ArrayForEach(item, list)
    {
        const char *id = answer_text(arena, item, "DBInstanceIdentifier", "");

        if (*id == '\0' || *count == DB_MEMBERS_MAX)
            continue;
        members[(*count)++] =
            (struct db_member){ .instance = id,
                                .is_writer = json_get_bool(item, "IsClusterWriter", false) };
    }
    return members;
}

static double
read_acu(const cJSON *scaling, const char *key)
{
    double acu = json_get_number(scaling, key, 0);

    return acu >= 0 && acu <= ACU_MAX ? acu : 0;
}

static enum status
read_cluster(struct arena *arena, const cJSON *item, void *out, enum listing_verdict *verdict,
             struct err *err)
{
    const cJSON *scaling = json_get(item, "ServerlessV2ScalingConfiguration");
    struct db_cluster *c = out;

    (void)verdict;
    c->id = known_by(arena, item, "DescribeDBClusters: an element of DBClusters",
                     "DBClusterIdentifier", err);
    if (c->id == NULL)
        return err->code;
    c->status = answer_text(arena, item, "Status", "");
    c->engine = answer_text(arena, item, "Engine", "");
    c->version = answer_text(arena, item, "EngineVersion", "");
    c->parameter_group = answer_text(arena, item, "DBClusterParameterGroup", "");
    c->members = read_members(arena, json_get(item, "DBClusterMembers"), &c->member_count);
    c->least_acu = read_acu(scaling, "MinCapacity");
    c->most_acu = read_acu(scaling, "MaxCapacity");
    c->backup_days = answer_int(item, "BackupRetentionPeriod", 0, BACKUP_DAYS_MAX, 0);
    c->restorable_ms = answer_time_ms(item, "LatestRestorableTime");
    return OK;
}

static enum status
read_instance(struct arena *arena, const cJSON *item, void *out, enum listing_verdict *verdict,
              struct err *err)
{
    struct db_instance *i = out;

    (void)verdict;
    i->id = known_by(arena, item, "DescribeDBInstances: an element of DBInstances",
                     "DBInstanceIdentifier", err);
    if (i->id == NULL)
        return err->code;
    i->cluster = answer_text(arena, item, "DBClusterIdentifier", "");
    i->class_name = answer_text(arena, item, "DBInstanceClass", "");
    i->status = answer_text(arena, item, "DBInstanceStatus", "");
    i->engine = answer_text(arena, item, "Engine", "");
    i->resource_id = answer_text(arena, item, "DbiResourceId", "");
    i->has_insights = json_get_bool(item, "PerformanceInsightsEnabled", false);
    return OK;
}

static enum status
read_event(struct arena *arena, const cJSON *item, void *out, enum listing_verdict *verdict,
           struct err *err)
{
    const cJSON *categories = json_get(item, "EventCategories");
    const cJSON *first = cJSON_IsArray(categories) ? categories->child : NULL;
    struct db_event *e = out;

    (void)verdict;
    e->source =
        known_by(arena, item, "DescribeEvents: an element of Events", "SourceIdentifier", err);
    if (e->source == NULL)
        return err->code;
    e->message = answer_text(arena, item, "Message", "");
    e->category = cJSON_IsString(first) ? arena_strdup(arena, first->valuestring) : "";
    e->time_ms = answer_time_ms(item, "Date");
    return OK;
}

static enum status
read_parameter(struct arena *arena, const cJSON *item, void *out, enum listing_verdict *verdict,
               struct err *err)
{
    const char *name = json_get_string(item, "ParameterName", "");
    const char **value = out;

    (void)err;
    *verdict = strcmp(name, PARAMETER) == 0 ? LISTING_LAST : LISTING_SKIP;
    if (*verdict == LISTING_LAST)
        *value = answer_text(arena, item, "ParameterValue", "");
    return OK;
}

/* --- ends --- */

static void
finish_clusters(const struct listing_end *end)
{
    rds_clusters_done *done = (rds_clusters_done *)end->done;

    done(end->arg, end->items, end->count, end->partial, end->err);
}

static void
finish_instances(const struct listing_end *end)
{
    rds_instances_done *done = (rds_instances_done *)end->done;

    done(end->arg, end->items, end->count, end->partial, end->err);
}

static int
newest_first(const void *a, const void *b)
{
    const struct db_event *x = a, *y = b;

    return (x->time_ms < y->time_ms) - (x->time_ms > y->time_ms);
}

static void
finish_events(const struct listing_end *end)
{
    rds_events_done *done = (rds_events_done *)end->done;

    if (end->count > 1)
        qsort(end->items, end->count, sizeof(struct db_event), newest_first);
    done(end->arg, end->items, end->count, end->partial, end->err);
}

static void
finish_parameter(const struct listing_end *end)
{
    rds_parameter_done *done = (rds_parameter_done *)end->done;
    const char **values = end->items;

    done(end->arg, end->count > 0 && end->err == NULL ? values[0] : NULL, end->err);
}

/* --- operations --- */

static const struct listing_request clusters = {
    .operation = "DescribeDBClusters",
    .member = "DBClusters",
    .item_size = sizeof(struct db_cluster),
    .read = read_cluster,
    .finish = finish_clusters,
};
static const struct listing_request instances = {
    .operation = "DescribeDBInstances",
    .member = "DBInstances",
    .item_size = sizeof(struct db_instance),
    .read = read_instance,
    .finish = finish_instances,
};
static const struct listing_request events = {
    .operation = "DescribeEvents",
    .member = "Events",
    .item_size = sizeof(struct db_event),
    .read = read_event,
    .finish = finish_events,
};
static const struct listing_request parameters = {
    .operation = "DescribeDBClusterParameters",
    .member = "Parameters",
    .item_size = sizeof(const char *),
    .read = read_parameter,
    .finish = finish_parameter,
};

/* Takes the input. */
static struct listing *
start(struct aws_client *client, struct arena *arena, const struct listing_request *what,
      cJSON *input, void (*done)(void), void *arg)
{
    struct listing_request request = *what;

    request.service = AWS_RDS;
    request.token = "Marker";
    request.pages_max = PAGES_MAX;
    request.items_max = RDS_ITEMS_MAX;
    request.input = input;
    request.done = done;
    request.arg = arg;
    return listing_start(client, arena, &request);
}

struct listing *
rds_clusters(struct aws_client *client, struct arena *arena, rds_clusters_done *done, void *arg)
{
    return start(client, arena, &clusters, cJSON_CreateObject(), (void (*)(void))done, arg);
}

struct listing *
rds_instances(struct aws_client *client, struct arena *arena, rds_instances_done *done, void *arg)
{
    return start(client, arena, &instances, cJSON_CreateObject(), (void (*)(void))done, arg);
}

struct listing *
rds_events(struct aws_client *client, struct arena *arena, int64_t from_ms, int64_t to_ms,
           rds_events_done *done, void *arg)
{
    cJSON *input = cJSON_CreateObject();

    if (from_ms < to_ms - EVENTS_KEPT_MS)
        from_ms = to_ms - EVENTS_KEPT_MS;
    cJSON_AddItemToObject(input, "StartTime", json_time(from_ms));
    cJSON_AddItemToObject(input, "EndTime", json_time(to_ms));
    return start(client, arena, &events, input, (void (*)(void))done, arg);
}

/* Servers that do not know the filter tell all parameters; the walk ends at the one. */
struct listing *
rds_max_connections(struct aws_client *client, struct arena *arena, const char *parameter_group,
                    rds_parameter_done *done, void *arg)
{
    static const char *const names[] = { PARAMETER };
    cJSON *input = cJSON_CreateObject(), *filter = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "DBClusterParameterGroupName", parameter_group);
    cJSON_AddStringToObject(filter, "Name", "parameter-name");
    cJSON_AddItemToObject(filter, "Values", cJSON_CreateStringArray(names, 1));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "Filters"), filter);
    return start(client, arena, &parameters, input, (void (*)(void))done, arg);
}
