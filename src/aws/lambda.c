/* lambda.c - ListFunctions, a GET of the REST-JSON protocol.
 * SPDX-License-Identifier: MIT */
#include "config.h"

#include "aws/lambda.h"

#include "aws/answer.h"
#include "aws/listing.h"
#include "base/json.h"

#define OPERATION "ListFunctions"
#define PATH      "/2015-03-31/functions"
#define PAGES_MAX 60 /* a page has 50 functions, or fewer */

/* API model */
#define MEMORY_MAX_MB 32768
#define TIMEOUT_MAX_S 31536000

static enum status
read_function(struct arena *arena, const cJSON *item, void *out, enum listing_verdict *verdict,
              struct err *err)
{
    struct lambda_info *f = out;

    (void)verdict;
    f->name = answer_text(arena, item, "FunctionName", NULL);
    if (f->name == NULL)
        return err_set(err, E_INVALID, OPERATION ": a function without FunctionName");
    f->runtime = answer_text(arena, item, "Runtime", "");
    f->memory_mb = answer_int(item, "MemorySize", 0, MEMORY_MAX_MB, 0);
    f->timeout_s = answer_int(item, "Timeout", 0, TIMEOUT_MAX_S, 0);
    f->modified_ms = answer_time_ms(item, "LastModified");
    return OK;
}

static void
finish(const struct listing_end *end)
{
    lambda_done *done = (lambda_done *)end->done;

    done(end->arg, end->items, end->count, end->partial, end->err);
}

struct listing *
lambda_list(struct aws_client *client, struct arena *arena, lambda_done *done, void *arg)
{
    return listing_start(client, arena,
                         &(struct listing_request){ .service = AWS_LAMBDA,
                                                    .operation = OPERATION,
                                                    .path = PATH,
                                                    .token = "Marker",
                                                    .next = "NextMarker",
                                                    .member = "Functions",
                                                    .pages_max = PAGES_MAX,
                                                    .items_max = LAMBDA_FUNCTIONS_MAX,
                                                    .item_size = sizeof(struct lambda_info),
                                                    .input = cJSON_CreateObject(),
                                                    .read = read_function,
                                                    .finish = finish,
                                                    .done = (void (*)(void))done,
                                                    .arg = arg });
}
