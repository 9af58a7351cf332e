/* lambda.c - ListFunctions, a GET of the REST-JSON protocol.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/lambda.h"

#include "aws/answer.h"
#include "aws/pages.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#define OPERATION "ListFunctions"
#define PATH      "/2015-03-31/functions"
#define PAGES_MAX 60 /* a page has 50 functions, or fewer */

/* API model */
#define MEMORY_MAX_MB 32768
#define TIMEOUT_MAX_S 31536000

struct lambda_job {
    struct arena *arena;
    struct pages *pages;
    lambda_done *done;
    void *arg;
    struct lambda_info *functions;
    size_t count;
    bool partial;
};

static void
job_free(struct lambda_job *job)
{
    free(job->functions);
    free(job);
}

void
lambda_cancel(struct lambda_job *job)
{
    if (job == NULL)
        return;
    pages_cancel(job->pages);
    job_free(job);
}

static enum status
read_function(struct lambda_job *job, const cJSON *item, struct err *err)
{
    struct lambda_info *f = &job->functions[job->count];

    f->name = answer_text(job->arena, item, "FunctionName", NULL);
    if (f->name == NULL)
        return err_set(err, E_INVALID, OPERATION ": a function without FunctionName");
    f->runtime = answer_text(job->arena, item, "Runtime", "");
    f->memory_mb = answer_int(item, "MemorySize", 0, MEMORY_MAX_MB, 0);
    f->timeout_s = answer_int(item, "Timeout", 0, TIMEOUT_MAX_S, 0);
    f->modified_ms = answer_time_ms(item, "LastModified");
    job->count++;
    return answer_check_size(job->arena, OPERATION, err);
}

static enum status
read_page(void *arg, const cJSON *page, bool *enough, struct err *err)
{
    struct lambda_job *job = arg;
    const cJSON *list = json_get(page, "Functions"), *item;

    if (!cJSON_IsArray(list))
        return err_set(err, E_INVALID, OPERATION ": an answer without Functions");
    cJSON_ArrayForEach(item, list)
    {
        if (job->count == LAMBDA_FUNCTIONS_MAX) {
            job->partial = true;
            break;
        }
        if (read_function(job, item, err) != OK)
            return err->code;
    }
    *enough = job->count == LAMBDA_FUNCTIONS_MAX;
    return OK;
}

static void
on_done(void *arg, bool more, unsigned arrived, const struct err *err)
{
    struct lambda_job *job = arg;
    struct lambda_info *functions = arena_alloc(job->arena, (job->count + 1) * sizeof *functions);

    (void)arrived;
    job->pages = NULL;
    memcpy(functions, job->functions, job->count * sizeof *functions);
    job->done(job->arg, functions, job->count, more || job->partial, err);
    job_free(job);
}

struct lambda_job *
lambda_list(struct aws_client *client, struct arena *arena, lambda_done *done, void *arg)
{
    struct lambda_job *job = xcalloc(1, sizeof *job);

    job->arena = arena;
    job->done = done;
    job->arg = arg;
    job->functions = xcalloc(LAMBDA_FUNCTIONS_MAX, sizeof *job->functions);
    job->pages = pages_start(client, &(struct pages_request){
                                         .service = AWS_LAMBDA,
                                         .operation = OPERATION,
                                         .path = PATH,
                                         .token = "Marker",
                                         .next = "NextMarker",
                                         .max = PAGES_MAX,
                                         .input = cJSON_CreateObject(),
                                         .read = read_page,
                                         .done = on_done,
                                         .arg = job,
                                     });
    return job;
}
