/* ecs.c - ListClusters, ListServices, DescribeServices; ListTasks, DescribeTasks for the ailing.
 * SPDX-License-Identifier: MIT
 *
 * Five operations one after the other, because each wants what the one before it told: the
 * clusters, of each its services, of ten services at a time their state, and then, of the few
 * services that are short of tasks, what became of the tasks that stopped. ECS forgets a stopped
 * task after an hour or so, and not everybody may list tasks, so the last step may fail without a
 * loss: the answer says what it lacks.
 *
 * ListServices gives ten unless it is told otherwise; DescribeServices takes ten, DescribeTasks a
 * hundred (API model of 2014-11-13). */
#include "config.h"

#include "aws/ecs.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define LIST_PAGES_MAX  10
#define LIST_MOST       100 /* of a page, where the API allows it */
#define DESCRIBE_MOST   10
#define SHORT_MOST      5  /* services whose tasks are looked at */
#define TASKS_MOST      10 /* of each */
#define TASKS_COUNT_MAX 1000000

struct ecs_job {
    struct aws_client *client;
    struct arena *arena;
    struct pages *pages;
    ecs_done *done;
    void *arg;

    const char *clusters[ECS_CLUSTERS_MAX]; /* ARNs */
    size_t cluster_count, cluster_at;       /* the next to be listed */
    const char *listed[ECS_SERVICES_MAX];   /* ARNs of services of the one before it */
    size_t listed_count, described;         /* of these */
    struct ecs_service services[ECS_SERVICES_MAX];
    size_t count;
    size_t task_at; /* the next service whose tasks may be looked at */
    size_t looked;
    const char *tasks[TASKS_MOST]; /* ARNs */
    size_t task_count;
    const char *caveat;
    bool partial;
};

static void go_on(struct ecs_job *job);

bool
ecs_service_is_short(const struct ecs_service *s)
{
    return (s->running != ECS_UNTOLD && s->running < s->desired) ||
           strcmp(s->rollout, "FAILED") == 0 ||
           (s->failed > 0 && strcmp(s->rollout, "COMPLETED") != 0);
}

static int
compare_services(const void *a, const void *b)
{
    const struct ecs_service *x = a, *y = b;
    int order = strcmp(x->cluster, y->cluster);

    return order != 0 ? order : strcmp(x->name, y->name);
}

static void
end(struct ecs_job *job, const struct err *err)
{
    struct ecs_service *out = arena_alloc(job->arena, (job->count + 1) * sizeof *out);

    memcpy(out, job->services, job->count * sizeof *out);
    qsort(out, job->count, sizeof *out, compare_services);
    job->done(job->arg, out, job->count, job->partial, job->caveat, err);
    free(job);
}

void
ecs_cancel(struct ecs_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    free(job);
}

/* "umami" of "arn:aws:ecs:eu-west-1:123456789012:service/cluster/umami". */
static const char *
name_in(const char *arn)
{
    const char *slash = strrchr(arn, '/');

    return slash == NULL ? arn : slash + 1;
}

typedef enum status page_reader(void *arg, const cJSON *page, bool *enough, struct err *err);
typedef void step_done(void *arg, bool more, unsigned arrived, const struct err *err);

static void
ask(struct ecs_job *job, const char *operation, cJSON *input, page_reader *read, step_done *done)
{
    job->pages = pages_start(job->client, &(struct pages_request){ .service = AWS_ECS,
                                                                   .operation = operation,
                                                                   .token = "nextToken",
                                                                   .max = LIST_PAGES_MAX,
                                                                   .input = input,
                                                                   .read = read,
                                                                   .done = done,
                                                                   .arg = job });
}

/* A list of ARNs; those beyond `max` make the answer a partial one. */
static enum status
read_arns(struct ecs_job *job, const cJSON *page, const char *operation, const char *member,
          const char **out, size_t *count, size_t max, struct err *err)
{
    const cJSON *list = json_get(page, member), *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "%s: an answer without %s", operation, member);
    cJSON_ArrayForEach(item, list)
    {
        if (!cJSON_IsString(item))
            return err_set(err, E_INVALID, "%s: %s holds something that is not text", operation,
                           member);
        if (*count == max) {
            job->partial = true;
            break;
        }
        out[(*count)++] = arena_strdup(job->arena, item->valuestring);
    }
    return answer_check_size(job->arena, operation, err);
}

/* --- clusters --- */

static enum status
read_clusters(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct ecs_job *job = arg;
    enum status st = read_arns(job, page, "ListClusters", "clusterArns", job->clusters,
                               &job->cluster_count, ECS_CLUSTERS_MAX, err);

    *enough = job->cluster_count == ECS_CLUSTERS_MAX;
    return st;
}

/* What every step but the last ends with. */
static void
on_step(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct ecs_job *job = arg;

    (void)arrived;
    job->pages = NULL;
    job->partial |= more;
    if (err != NULL)
        end(job, err);
    else
        go_on(job);
}

/* --- services --- */

static enum status
read_services(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct ecs_job *job = arg;
    enum status st = read_arns(job, page, "ListServices", "serviceArns", job->listed,
                               &job->listed_count, ECS_SERVICES_MAX - job->count, err);

    *enough = job->listed_count == ECS_SERVICES_MAX - job->count;
    return st;
}

static cJSON *
in_cluster(const char *cluster)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "cluster", cluster);
    return input;
}

static void
list_services(struct ecs_job *job)
{
    cJSON *input = in_cluster(job->clusters[job->cluster_at++]);

    job->listed_count = job->described = 0;
    cJSON_AddNumberToObject(input, "maxResults", LIST_MOST);
    ask(job, "ListServices", input, read_services, on_step);
}

/* The primary deployment is the one that is wanted; a service that ECS does not roll out itself has
 * none. */
static const cJSON *
primary(const cJSON *service)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, json_get(service, "deployments"))
    {
        if (strcmp(json_get_string(item, "status", ""), "PRIMARY") == 0)
            return item;
    }
    return NULL;
}

static enum status
read_service(struct ecs_job *job, const cJSON *item, struct err *err)
{
    const cJSON *deployment = primary(item);
    struct ecs_service *s = &job->services[job->count];
    const char *cluster = answer_text(job->arena, item, "clusterArn", "");

    s->name = answer_text(job->arena, item, "serviceName", NULL);
    if (s->name == NULL)
        return err_set(err, E_INVALID, "DescribeServices: a service without serviceName");
    s->cluster = name_in(cluster);
    s->status = answer_text(job->arena, item, "status", "");
    s->desired = answer_int(item, "desiredCount", ECS_UNTOLD, TASKS_COUNT_MAX, ECS_UNTOLD);
    s->running = answer_int(item, "runningCount", ECS_UNTOLD, TASKS_COUNT_MAX, ECS_UNTOLD);
    s->pending = answer_int(item, "pendingCount", 0, TASKS_COUNT_MAX, 0);
    s->rollout = answer_text(job->arena, deployment, "rolloutState", "");
    s->rollout_reason = answer_text(job->arena, deployment, "rolloutStateReason", "");
    s->failed = answer_int(deployment, "failedTasks", 0, TASKS_COUNT_MAX, 0);
    s->rollout_ms = answer_time_ms(deployment, "updatedAt");
    s->stopped = "";
    job->count++;
    return answer_check_size(job->arena, "DescribeServices", err);
}

static enum status
read_described(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct ecs_job *job = arg;
    const cJSON *list = json_get(page, "services"), *item;

    *enough = true; /* it does not come in pages */
    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "DescribeServices: an answer without services");
    cJSON_ArrayForEach(item, list)
    {
        if (job->count == ECS_SERVICES_MAX) {
            job->partial = true;
            break;
        }
        if (read_service(job, item, err) != OK)
            return err->code;
    }
    return OK;
}

static void
describe_services(struct ecs_job *job)
{
    size_t left = job->listed_count - job->described;
    int count = (int)(left < DESCRIBE_MOST ? left : DESCRIBE_MOST);
    cJSON *input = in_cluster(job->clusters[job->cluster_at - 1]);

    cJSON_AddItemToObject(input, "services",
                          cJSON_CreateStringArray(&job->listed[job->described], count));
    job->described += (size_t)count;
    ask(job, "DescribeServices", input, read_described, on_step);
}

/* --- tasks that stopped --- */

static const char *
cluster_arn(const struct ecs_job *job, const struct ecs_service *service)
{
    for (size_t i = 0; i < job->cluster_count; i++) {
        if (strcmp(name_in(job->clusters[i]), service->cluster) == 0)
            return job->clusters[i];
    }
    return service->cluster;
}

/* The container that went down first of all is the one with an exit code that is not 0. */
static const char *
why_stopped(struct arena *arena, const cJSON *task)
{
    const char *reason = json_get_string(task, "stoppedReason", "");
    const cJSON *container;

    cJSON_ArrayForEach(container, json_get(task, "containers"))
    {
        int64_t code = json_get_int(container, "exitCode", 0);
        const char *why = json_get_string(container, "reason", "");

        if (code != 0)
            return arena_printf(arena, "%s (%s exited with %lld%s%s)", reason,
                                json_get_string(container, "name", "a container"), (long long)code,
                                *why == '\0' ? "" : ": ", why);
        if (*why != '\0')
            return arena_printf(arena, "%s (%s: %s)", reason,
                                json_get_string(container, "name", "a container"), why);
    }
    return arena_strdup(arena, reason);
}

static enum status
read_tasks(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct ecs_job *job = arg;
    struct ecs_service *service = &job->services[job->task_at - 1];
    const cJSON *list = json_get(page, "tasks"), *item, *newest = NULL;

    *enough = true;
    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, "DescribeTasks: an answer without tasks");
    cJSON_ArrayForEach(item, list)
    {
        int64_t stopped_ms = answer_time_ms(item, "stoppedAt");

        if (stopped_ms <= service->stopped_ms)
            continue;
        service->stopped_ms = stopped_ms;
        newest = item;
    }
    if (newest != NULL)
        service->stopped = why_stopped(job->arena, newest);
    return answer_check_size(job->arena, "DescribeTasks", err);
}

/* That this step fails takes nothing from what is known. */
static bool
has_failed(struct ecs_job *job, const struct err *err)
{
    job->pages = NULL;
    if (err == NULL)
        return false;
    job->caveat = arena_strdup(job->arena, err->text);
    end(job, NULL);
    return true;
}

static void
on_tasks(void *arg, bool more, unsigned arrived, const struct err *err)
{
    (void)more;
    (void)arrived;
    if (!has_failed(arg, err))
        go_on(arg);
}

static enum status
read_task_arns(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct ecs_job *job = arg;
    bool partial = job->partial; /* ten tasks are enough to know why */
    enum status st = read_arns(job, page, "ListTasks", "taskArns", job->tasks, &job->task_count,
                               TASKS_MOST, err);

    job->partial = partial;
    *enough = true;
    return st;
}

static void
on_task_arns(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct ecs_job *job = arg;
    cJSON *input;

    (void)more;
    (void)arrived;
    if (has_failed(job, err))
        return;
    if (job->task_count == 0) {
        go_on(job);
        return;
    }
    input = in_cluster(cluster_arn(job, &job->services[job->task_at - 1]));
    cJSON_AddItemToObject(input, "tasks",
                          cJSON_CreateStringArray(job->tasks, (int)job->task_count));
    ask(job, "DescribeTasks", input, read_tasks, on_tasks);
}

static void
list_tasks(struct ecs_job *job, const struct ecs_service *service)
{
    cJSON *input = in_cluster(cluster_arn(job, service));

    job->looked++;
    job->task_count = 0;
    cJSON_AddStringToObject(input, "serviceName", service->name);
    cJSON_AddStringToObject(input, "desiredStatus", "STOPPED");
    cJSON_AddNumberToObject(input, "maxResults", TASKS_MOST);
    ask(job, "ListTasks", input, read_task_arns, on_task_arns);
}

/* --- one after the other --- */

static void
go_on(struct ecs_job *job)
{
    if (job->described < job->listed_count && job->count < ECS_SERVICES_MAX) {
        describe_services(job);
        return;
    }
    if (job->cluster_at < job->cluster_count && job->count < ECS_SERVICES_MAX) {
        list_services(job);
        return;
    }
    while (job->task_at < job->count && job->looked < SHORT_MOST) {
        const struct ecs_service *service = &job->services[job->task_at++];

        if (ecs_service_is_short(service)) {
            list_tasks(job, service);
            return;
        }
    }
    end(job, NULL);
}

struct ecs_job *
ecs_describe(struct aws_client *client, struct arena *arena, ecs_done *done, void *arg)
{
    struct ecs_job *job = xcalloc(1, sizeof *job);

    job->client = client;
    job->arena = arena;
    job->done = done;
    job->arg = arg;
    ask(job, "ListClusters", cJSON_CreateObject(), read_clusters, on_step);
    return job;
}
