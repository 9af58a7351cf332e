/* tagging.c - GetResources, in pages of a hundred.
 * SPDX-License-Identifier: MIT
 *
 * Nothing is filtered at the server: a resource that lacks its Project is what we look for. */
#include "config.h"

#include "aws/tagging.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"
#include "domain/arn.h"

#include <stdlib.h>
#include <string.h>

#define OPERATION  "GetResources"
#define PAGE_ITEMS 100                                      /* the most there may be */
#define PAGES_MAX  (2 * TAGGING_RESOURCES_MAX / PAGE_ITEMS) /* pages need not be full */

struct tagging_job {
    struct arena *arena;
    struct pages *pages;
    tagging_done *done;
    void *arg;
    struct tagged_resource *resources;
    size_t count, cap;
    bool partial;
};

static void
job_free(struct tagging_job *job)
{
    free(job->resources);
    free(job);
}

void
tagging_cancel(struct tagging_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    job_free(job);
}

static enum status
read_tags(struct tagging_job *job, struct tagged_resource *r, const cJSON *list, struct err *err)
{
    int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : 0;
    struct resource_tag *tags;
    const cJSON *item;

    if (count > TAGGING_TAGS_MAX)
        return err_set(err, E_LIMIT, OPERATION ": %d tags on one resource, expected %d at most",
                       count, TAGGING_TAGS_MAX);
    tags = arena_alloc(job->arena, ((size_t)count + 1) * sizeof *tags);
    r->tags = tags;
    if (count == 0)
        return OK;
    cJSON_ArrayForEach(item, list)
    {
        struct resource_tag *tag = &tags[r->tag_count];

        tag->key = answer_text(job->arena, item, "Key", NULL);
        tag->value = answer_text(job->arena, item, "Value", "");
        if (tag->key == NULL)
            return err_set(err, E_INVALID, OPERATION ": a tag without Key on %s", r->arn);
        r->tag_count++;
    }
    return OK;
}

static void
grow(struct tagging_job *job)
{
    if (job->count < job->cap)
        return;
    job->cap = job->cap == 0 ? PAGE_ITEMS : job->cap * 2;
    job->resources = xreallocarray(job->resources, job->cap, sizeof *job->resources);
}

static enum status
read_resource(struct tagging_job *job, const cJSON *item, struct err *err)
{
    struct tagged_resource r = { .arn = answer_text(job->arena, item, "ResourceARN", NULL) };
    char type[ARN_TYPE_TEXT];

    if (r.arn == NULL)
        return err_set(err, E_INVALID, OPERATION ": a resource without ResourceARN");
    arn_read(type, &r.name, r.arn);
    r.type = arena_strdup(job->arena, type);
    if (read_tags(job, &r, json_get(item, "Tags"), err) != OK)
        return err->code;
    grow(job);
    job->resources[job->count++] = r;
    return answer_check_size(job->arena, OPERATION, err);
}

static enum status
read_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct tagging_job *job = arg;
    const cJSON *list = json_get(page, "ResourceTagMappingList"), *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, OPERATION ": an answer without ResourceTagMappingList");
    cJSON_ArrayForEach(item, list)
    {
        if (job->count == TAGGING_RESOURCES_MAX) {
            job->partial = true;
            break;
        }
        if (read_resource(job, item, err) != OK)
            return err->code;
    }
    *enough = job->count == TAGGING_RESOURCES_MAX;
    return OK;
}

static void
on_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct tagging_job *job = arg;
    struct tagged_resource *resources =
        arena_alloc(job->arena, (job->count + 1) * sizeof *resources);

    (void)arrived;
    job->pages = NULL;
    if (job->count > 0)
        memcpy(resources, job->resources, job->count * sizeof *resources);
    job->done(job->arg, resources, job->count, more || job->partial, err);
    job_free(job);
}

struct tagging_job *
tagging_list(struct aws_client *client, struct arena *arena, tagging_done *done, void *arg)
{
    struct tagging_job *job = xcalloc(1, sizeof *job);
    cJSON *input = cJSON_CreateObject();

    job->arena = arena;
    job->done = done;
    job->arg = arg;
    cJSON_AddNumberToObject(input, "ResourcesPerPage", PAGE_ITEMS);
    job->pages = pages_start(client, &(struct pages_request){
                                         .service = AWS_TAGGING,
                                         .operation = OPERATION,
                                         .token = "PaginationToken",
                                         .max = PAGES_MAX,
                                         .input = input,
                                         .read = read_page,
                                         .done = on_done,
                                         .arg = job,
                                     });
    return job;
}
