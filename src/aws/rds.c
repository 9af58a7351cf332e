/* rds.c - four operations of the query protocol, each a list in pages.
 * SPDX-License-Identifier: MIT
 *
 * What they have in common is one job: pages are walked, their elements read one after the other
 * into an array, and the array is given away at the end. Elements that lack what they are known by
 * end the job; anything else may be missing. */
#include "config.h"

#include "aws/rds.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define PAGES_MAX       60
#define EVENTS_KEPT_MS  (14 * INT64_C(86400000))
#define ACU_MAX         1024.0
#define BACKUP_DAYS_MAX 3650
#define PARAMETER       "max_connections"

struct rds_list {
    const char *operation;
    const char *member; /* of the answer: the list */
    size_t size;        /* of what an element becomes */
    /* Into `out`, zeroed. *skip: it is none of those that are looked for. */
    enum status (*read)(struct rds_job *job, const cJSON *item, void *out, bool *skip,
                        struct err *err);
    void (*finish)(struct rds_job *job, void *items, bool partial, const struct err *err);
};

struct rds_job {
    const struct rds_list *list;
    struct arena *arena;
    struct pages *pages;
    void *arg;
    char *items;
    size_t count;
    size_t cap;
    bool partial;
    bool has_enough;
    union {
        rds_clusters_done *clusters;
        rds_instances_done *instances;
        rds_events_done *events;
        rds_parameter_done *parameter;
    } done;
};

static void
job_free(struct rds_job *job)
{
    free(job->items);
    free(job);
}

void
rds_cancel(struct rds_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    job_free(job);
}

/* --- elements --- */

/* What an element is known by; NULL, and the sentence, when it is missing. */
static const char *
known_by(struct rds_job *job, const cJSON *item, const char *key, struct err *err)
{
    const char *text = answer_text(job->arena, item, key, NULL);

    if (text == NULL || *text == '\0') {
        err_set(err, E_INVALID, "%s: an element of %s without %s", job->list->operation,
                job->list->member, key);
        return NULL;
    }
    return text;
}

static const struct rds_member *
read_members(struct arena *arena, const cJSON *list, size_t *count)
{
    struct rds_member *members = arena_alloc(arena, RDS_MEMBERS_MAX * sizeof *members);
    const cJSON *item;

    *count = 0;
    cJSON_ArrayForEach(item, list)
    {
        const char *id = answer_text(arena, item, "DBInstanceIdentifier", "");

        if (*id == '\0' || *count == RDS_MEMBERS_MAX)
            continue;
        members[(*count)++] =
            (struct rds_member){ .instance = id,
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
read_cluster(struct rds_job *job, const cJSON *item, void *out, bool *skip, struct err *err)
{
    const cJSON *scaling = json_get(item, "ServerlessV2ScalingConfiguration");
    struct rds_cluster *c = out;

    *skip = false;
    c->id = known_by(job, item, "DBClusterIdentifier", err);
    if (c->id == NULL)
        return err->code;
    c->status = answer_text(job->arena, item, "Status", "");
    c->engine = answer_text(job->arena, item, "Engine", "");
    c->version = answer_text(job->arena, item, "EngineVersion", "");
    c->parameter_group = answer_text(job->arena, item, "DBClusterParameterGroup", "");
    c->members = read_members(job->arena, json_get(item, "DBClusterMembers"), &c->member_count);
    c->least_acu = read_acu(scaling, "MinCapacity");
    c->most_acu = read_acu(scaling, "MaxCapacity");
    c->backup_days = answer_int(item, "BackupRetentionPeriod", 0, BACKUP_DAYS_MAX, 0);
    c->restorable_ms = answer_time_ms(item, "LatestRestorableTime");
    return OK;
}

static enum status
read_instance(struct rds_job *job, const cJSON *item, void *out, bool *skip, struct err *err)
{
    struct rds_instance *i = out;

    *skip = false;
    i->id = known_by(job, item, "DBInstanceIdentifier", err);
    if (i->id == NULL)
        return err->code;
    i->cluster = answer_text(job->arena, item, "DBClusterIdentifier", "");
    i->class_name = answer_text(job->arena, item, "DBInstanceClass", "");
    i->status = answer_text(job->arena, item, "DBInstanceStatus", "");
    i->engine = answer_text(job->arena, item, "Engine", "");
    i->resource_id = answer_text(job->arena, item, "DbiResourceId", "");
    i->has_insights = json_get_bool(item, "PerformanceInsightsEnabled", false);
    return OK;
}

static enum status
read_event(struct rds_job *job, const cJSON *item, void *out, bool *skip, struct err *err)
{
    const cJSON *categories = json_get(item, "EventCategories");
    const cJSON *first = cJSON_IsArray(categories) ? categories->child : NULL;
    struct rds_event *e = out;

    *skip = false;
    e->source = known_by(job, item, "SourceIdentifier", err);
    if (e->source == NULL)
        return err->code;
    e->message = answer_text(job->arena, item, "Message", "");
    e->category = cJSON_IsString(first) ? arena_strdup(job->arena, first->valuestring) : "";
    e->time_ms = answer_time_ms(item, "Date");
    return OK;
}

static enum status
read_parameter(struct rds_job *job, const cJSON *item, void *out, bool *skip, struct err *err)
{
    const char *name = json_get_string(item, "ParameterName", "");
    const char **value = out;

    (void)err;
    *skip = strcmp(name, PARAMETER) != 0;
    if (!*skip) {
        *value = answer_text(job->arena, item, "ParameterValue", "");
        job->has_enough = true;
    }
    return OK;
}

/* --- ends --- */

static void
finish_clusters(struct rds_job *job, void *items, bool partial, const struct err *err)
{
    job->done.clusters(job->arg, items, job->count, partial, err);
}

static void
finish_instances(struct rds_job *job, void *items, bool partial, const struct err *err)
{
    job->done.instances(job->arg, items, job->count, partial, err);
}

static int
newest_first(const void *a, const void *b)
{
    const struct rds_event *x = a, *y = b;

    return (x->time_ms < y->time_ms) - (x->time_ms > y->time_ms);
}

static void
finish_events(struct rds_job *job, void *items, bool partial, const struct err *err)
{
    if (job->count > 1)
        qsort(items, job->count, sizeof(struct rds_event), newest_first);
    job->done.events(job->arg, items, job->count, partial, err);
}

static void
finish_parameter(struct rds_job *job, void *items, bool partial, const struct err *err)
{
    const char **values = items;

    (void)partial;
    job->done.parameter(job->arg, job->count > 0 && err == NULL ? values[0] : NULL, err);
}

static const struct rds_list clusters_list = { "DescribeDBClusters", "DBClusters",
                                               sizeof(struct rds_cluster), read_cluster,
                                               finish_clusters };
static const struct rds_list instances_list = { "DescribeDBInstances", "DBInstances",
                                                sizeof(struct rds_instance), read_instance,
                                                finish_instances };
static const struct rds_list events_list = { "DescribeEvents", "Events", sizeof(struct rds_event),
                                             read_event, finish_events };
static const struct rds_list parameters_list = { "DescribeDBClusterParameters", "Parameters",
                                                 sizeof(const char *), read_parameter,
                                                 finish_parameter };

/* --- the way of a job --- */

static void *
next_item(struct rds_job *job)
{
    size_t size = job->list->size;

    if (job->count == job->cap) {
        job->cap = job->cap == 0 ? 16 : 2 * job->cap;
        job->items = xreallocarray(job->items, job->cap, size);
    }
    return memset(job->items + job->count * size, 0, size);
}

static enum status
read_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct rds_job *job = arg;
    const cJSON *list = json_get(page, job->list->member), *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "%s: an answer without %s", job->list->operation,
                       job->list->member);
    cJSON_ArrayForEach(item, list)
    {
        bool skip;

        if (job->count == RDS_ITEMS_MAX) {
            job->partial = job->has_enough = true;
            break;
        }
        if (job->list->read(job, item, next_item(job), &skip, err) != OK)
            return err->code;
        job->count += skip ? 0 : 1;
        if (answer_check_size(job->arena, job->list->operation, err) != OK)
            return err->code;
    }
    *enough = job->has_enough;
    return OK;
}

static void
on_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct rds_job *job = arg;
    size_t size = job->list->size;
    void *items = arena_alloc(job->arena, (job->count + 1) * size);

    (void)arrived;
    job->pages = NULL;
    if (job->count > 0)
        memcpy(items, job->items, job->count * size);
    job->list->finish(job, items, more || job->partial, err);
    job_free(job);
}

static struct rds_job *
new_job(const struct rds_list *list, struct arena *arena, void *arg)
{
    struct rds_job *job = xcalloc(1, sizeof *job);

    job->list = list;
    job->arena = arena;
    job->arg = arg;
    return job;
}

/* Takes the input. */
static struct rds_job *
start(struct rds_job *job, struct aws_client *client, cJSON *input)
{
    job->pages = pages_start(client, &(struct pages_request){
                                         .service = AWS_RDS,
                                         .operation = job->list->operation,
                                         .token = "Marker",
                                         .max = PAGES_MAX,
                                         .input = input,
                                         .read = read_page,
                                         .done = on_done,
                                         .arg = job,
                                     });
    return job;
}

struct rds_job *
rds_clusters(struct aws_client *client, struct arena *arena, rds_clusters_done *done, void *arg)
{
    struct rds_job *job = new_job(&clusters_list, arena, arg);

    job->done.clusters = done;
    return start(job, client, cJSON_CreateObject());
}

struct rds_job *
rds_instances(struct aws_client *client, struct arena *arena, rds_instances_done *done, void *arg)
{
    struct rds_job *job = new_job(&instances_list, arena, arg);

    job->done.instances = done;
    return start(job, client, cJSON_CreateObject());
}

struct rds_job *
rds_events(struct aws_client *client, struct arena *arena, int64_t from_ms, int64_t to_ms,
           rds_events_done *done, void *arg)
{
    struct rds_job *job = new_job(&events_list, arena, arg);
    cJSON *input = cJSON_CreateObject();

    if (from_ms < to_ms - EVENTS_KEPT_MS)
        from_ms = to_ms - EVENTS_KEPT_MS;
    job->done.events = done;
    cJSON_AddItemToObject(input, "StartTime", json_time(from_ms));
    cJSON_AddItemToObject(input, "EndTime", json_time(to_ms));
    return start(job, client, input);
}

/* Servers that do not know the filter tell all parameters; the walk ends at the one. */
struct rds_job *
rds_max_connections(struct aws_client *client, struct arena *arena, const char *parameter_group,
                    rds_parameter_done *done, void *arg)
{
    static const char *const names[] = { PARAMETER };
    struct rds_job *job = new_job(&parameters_list, arena, arg);
    cJSON *input = cJSON_CreateObject(), *filter = cJSON_CreateObject();

    job->done.parameter = done;
    cJSON_AddStringToObject(input, "DBClusterParameterGroupName", parameter_group);
    cJSON_AddStringToObject(filter, "Name", "parameter-name");
    cJSON_AddItemToObject(filter, "Values", cJSON_CreateStringArray(names, 1));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(input, "Filters"), filter);
    return start(job, client, input);
}
