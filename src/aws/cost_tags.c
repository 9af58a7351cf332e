/* cost_tags.c - ListCostAllocationTags.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/cost_tags.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define OPERATION "ListCostAllocationTags"
#define PAGE      1000 /* keys; the API allows so many and gives a hundred unasked */
#define PAGES_MAX 3    /* each of them is paid for */

struct cost_tags_job {
    struct arena *arena;
    struct pages *pages;
    cost_tags_done *done;
    void *arg;
    struct bill_tag *tags;
    size_t count;
    bool partial;
};

static void
job_free(struct cost_tags_job *job)
{
    free(job->tags);
    free(job);
}

void
cost_tags_cancel(struct cost_tags_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    job_free(job);
}

static enum status
read_tag(struct cost_tags_job *job, const cJSON *item, struct err *err)
{
    struct bill_tag *tag = &job->tags[job->count];
    const char *status = json_get_string(item, "Status", NULL);

    tag->key = answer_text(job->arena, item, "TagKey", NULL);
    if (tag->key == NULL)
        return err_set(err, E_INVALID, OPERATION ": a tag without TagKey");
    if (status == NULL)
        return err_set(err, E_INVALID, OPERATION ": %.60s: no Status, expected Active or Inactive",
                       tag->key);
    tag->is_active = strcmp(status, "Active") == 0;
    tag->is_generated = strcmp(json_get_string(item, "Type", ""), "AWSGenerated") == 0;
    tag->changed_ms = answer_time_ms(item, "LastUpdatedDate");
    tag->used_ms = answer_time_ms(item, "LastUsedDate");
    job->count++;
    return answer_check_size(job->arena, OPERATION, err);
}

static enum status
read_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct cost_tags_job *job = arg;
    const cJSON *list = json_get(page, "CostAllocationTags"), *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, OPERATION ": an answer without CostAllocationTags");
    cJSON_ArrayForEach(item, list)
    {
        if (job->count == COST_TAGS_MAX) {
            job->partial = true;
            break;
        }
        if (read_tag(job, item, err) != OK)
            return err->code;
    }
    *enough = job->count == COST_TAGS_MAX;
    return OK;
}

static void
on_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct cost_tags_job *job = arg;
    struct bill_tag *tags = arena_alloc(job->arena, (job->count + 1) * sizeof *tags);

    job->pages = NULL;
    memcpy(tags, job->tags, job->count * sizeof *tags);
    job->done(job->arg, tags, job->count, more || job->partial, arrived, err);
    job_free(job);
}

struct cost_tags_job *
cost_tags_list(struct aws_client *client, struct arena *arena, cost_tags_done *done, void *arg)
{
    struct cost_tags_job *job = xcalloc(1, sizeof *job);
    cJSON *input = cJSON_CreateObject();

    job->arena = arena;
    job->done = done;
    job->arg = arg;
    job->tags = xcalloc(COST_TAGS_MAX, sizeof *job->tags);
    cJSON_AddNumberToObject(input, "MaxResults", PAGE);
    job->pages = pages_start(client, &(struct pages_request){
                                         .service = AWS_COST_EXPLORER,
                                         .operation = OPERATION,
                                         .token = "NextToken",
                                         .max = PAGES_MAX,
                                         .input = input,
                                         .read = read_page,
                                         .done = on_done,
                                         .arg = job,
                                     });
    return job;
}
