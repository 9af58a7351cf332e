/* elb.c - DescribeTargetGroups, and of each group DescribeTargetHealth.
 * SPDX-License-Identifier: MIT
 *
 * The service reads the query protocol alone, where an empty list cannot be told from an empty
 * text; so an empty text is taken for one. Reasons and states are those of the API model of
 * 2015-12-01. */
#include "config.h"

#include "aws/elb.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"
#include "domain/arn.h"

#include <stdlib.h>
#include <string.h>

#define PAGES_MAX   5
#define TARGETS_MAX 1000 /* of a group, AWS's own limit */

struct elb_job {
    struct aws_client *client;
    struct arena *arena;
    struct pages *pages;
    elb_done *done;
    void *arg;
    struct elb_group groups[ELB_GROUPS_MAX];
    const char *arns[ELB_GROUPS_MAX];
    size_t count;
    size_t asked; /* of these, for their targets */
    bool partial;
};

static void
end(struct elb_job *job, const struct err *err)
{
    struct elb_group *out = arena_alloc(job->arena, (job->count + 1) * sizeof *out);

    memcpy(out, job->groups, job->count * sizeof *out);
    job->done(job->arg, out, job->count, job->partial, err);
    free(job);
}

void
elb_cancel(struct elb_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    free(job);
}

static bool
is_list(const cJSON *value)
{
    return cJSON_IsArray(value) || (cJSON_IsString(value) && *value->valuestring == '\0');
}

/* --- targets --- */

static void
count_target(struct elb_job *job, struct elb_group *group, const cJSON *health)
{
    const char *state = json_get_string(health, "State", "");

    group->targets++;
    if (strcmp(state, "healthy") == 0)
        group->healthy++;
    else if (strcmp(state, "initial") == 0)
        group->starting++;
    else if (strcmp(state, "draining") == 0 || strcmp(state, "unused") == 0)
        group->leaving++;
    else if (*group->state == '\0') {
        group->state = answer_text(job->arena, health, "State", "unknown");
        group->reason = answer_text(job->arena, health, "Reason", "");
        group->description = answer_text(job->arena, health, "Description", "");
    }
}

static enum status
read_health(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct elb_job *job = arg;
    struct elb_group *group = &job->groups[job->asked - 1];
    const cJSON *list = json_get(page, "TargetHealthDescriptions"), *item;

    *enough = true; /* it does not come in pages */
    if (!is_list(list))
        return err_set(err, E_INVALID,
                       "DescribeTargetHealth: an answer without TargetHealthDescriptions");
    cJSON_ArrayForEach(item, list)
    {
        if (group->targets == TARGETS_MAX) {
            job->partial = true;
            break;
        }
        count_target(job, group, json_get(item, "TargetHealth"));
    }
    return answer_check_size(job->arena, "DescribeTargetHealth", err);
}

static void on_step(void *arg, bool more, unsigned arrived, const struct err *err);

static void
ask_health(struct elb_job *job)
{
    cJSON *input = cJSON_CreateObject();

    cJSON_AddStringToObject(input, "TargetGroupArn", job->arns[job->asked++]);
    job->pages =
        pages_start(job->client, &(struct pages_request){ .service = AWS_ELB,
                                                          .operation = "DescribeTargetHealth",
                                                          .token = "Marker",
                                                          .next = "NextMarker",
                                                          .max = 1,
                                                          .input = input,
                                                          .read = read_health,
                                                          .done = on_step,
                                                          .arg = job });
}

static void
on_step(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct elb_job *job = arg;

    (void)arrived;
    job->pages = NULL;
    job->partial |= more;
    if (err != NULL || job->asked == job->count)
        end(job, err);
    else
        ask_health(job);
}

/* --- groups --- */

/* What CloudWatch's dimension has of an ARN: all behind "...:123456789012:", and of a load balancer
 * not its first word either. */
static const char *
dimension_of(const char *arn, const char *word)
{
    const char *text = arn_resource(arn);

    return strncmp(text, word, strlen(word)) == 0 ? text + strlen(word) : text;
}

static const char *
first_text(const cJSON *list)
{
    const cJSON *first = cJSON_IsArray(list) ? list->child : NULL;

    return cJSON_IsString(first) ? first->valuestring : "";
}

static enum status
read_group(struct elb_job *job, const cJSON *item, struct err *err)
{
    struct elb_group *group = &job->groups[job->count];
    const char *balancer = first_text(json_get(item, "LoadBalancerArns"));

    *group = (struct elb_group){ .state = "", .reason = "", .description = "" };
    group->name = answer_text(job->arena, item, "TargetGroupName", NULL);
    job->arns[job->count] = answer_text(job->arena, item, "TargetGroupArn", NULL);
    if (group->name == NULL || job->arns[job->count] == NULL)
        return err_set(err, E_INVALID,
                       "DescribeTargetGroups: a group without TargetGroupName or TargetGroupArn");
    group->dimension = dimension_of(job->arns[job->count], "");
    group->balancer = arena_strdup(job->arena, dimension_of(balancer, "loadbalancer/"));
    group->check = answer_text(job->arena, item, "HealthCheckPath", "");
    job->count++;
    return answer_check_size(job->arena, "DescribeTargetGroups", err);
}

static enum status
read_groups(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct elb_job *job = arg;
    const cJSON *list = json_get(page, "TargetGroups"), *item;

    if (!is_list(list))
        return err_set(err, E_INVALID, "DescribeTargetGroups: an answer without TargetGroups");
    cJSON_ArrayForEach(item, list)
    {
        if (job->count == ELB_GROUPS_MAX) {
            job->partial = true;
            break;
        }
        if (read_group(job, item, err) != OK)
            return err->code;
    }
    *enough = job->count == ELB_GROUPS_MAX;
    return OK;
}

struct elb_job *
elb_describe(struct aws_client *client, struct arena *arena, elb_done *done, void *arg)
{
    struct elb_job *job = xcalloc(1, sizeof *job);

    job->client = client;
    job->arena = arena;
    job->done = done;
    job->arg = arg;
    job->pages = pages_start(client, &(struct pages_request){ .service = AWS_ELB,
                                                              .operation = "DescribeTargetGroups",
                                                              .token = "Marker",
                                                              .next = "NextMarker",
                                                              .max = PAGES_MAX,
                                                              .input = cJSON_CreateObject(),
                                                              .read = read_groups,
                                                              .done = on_step,
                                                              .arg = job });
    return job;
}
